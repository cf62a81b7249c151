//! Laying out, listing and withdrawing slots, spoken through the API.

use crate::world::*;
use serde_json::json;

#[tokio::test]
async fn laying_out_twice_leaves_out_what_stands() {
    let world = World::new().await;
    world.annas_morning().await;
    let again = world
        .post(ANNA, "slot-templates", morning(ANNA, "2026-11-30"))
        .await
        .json();
    assert_eq!(
        (&again["slots"], &again["left_out"]),
        (&json!(0), &json!(6))
    );
    assert_eq!(world.free_slots().await.len(), 6);
    let listed = world.get(ANNA, "slot-templates").await.json();
    assert_eq!(listed["slot_templates"].as_array().map(Vec::len), Some(2));
    assert_eq!(listed["slot_templates"][0]["recurrence"]["from"], "09:00");
}

#[tokio::test]
async fn times_of_a_role_stand_beside_each_other() {
    let world = World::new().await;
    let mut body = morning(ANNA, "2026-11-30");
    body.as_object_mut()
        .expect("an object")
        .remove("practitioner");
    body["role"] = json!("nurse");
    for _ in 0..2 {
        assert_eq!(
            world
                .post(ANNA, "slot-templates", body.clone())
                .await
                .json()["slots"],
            6
        );
    }
    assert_eq!(world.free_slots().await.len(), 12);
    let slot = world.free_slots().await.remove(0);
    let booked = world.book(scheduled(&slot, ALEX)).await.json();
    assert!(booked.get("practitioner").is_none());
    assert_eq!(booked["role"], "nurse");
}

#[tokio::test]
async fn a_list_shows_a_slot_as_other_answers_show_it() {
    let world = World::new().await;
    let slots = world.annas_morning().await;
    let mut of_a_role = morning(ANNA, "2026-11-30");
    of_a_role
        .as_object_mut()
        .expect("an object")
        .remove("practitioner");
    of_a_role["role"] = json!("nurse");
    world.post(ANNA, "slot-templates", of_a_role).await;
    let all = "slots?from=2026-11-30&to=2026-12-01&free=false";
    let listed = world.get(ANNA, all).await.json()["slots"].clone();
    let of_a_role = listed
        .as_array()
        .and_then(|slots| slots.iter().find(|slot| slot["practitioner"].is_null()))
        .and_then(|slot| slot["id"].as_str())
        .expect("a slot of a role");
    for id in [slots[0].as_str(), of_a_role] {
        let withdrawn = world
            .post(ANNA, &format!("slots/{id}/withdraw"), json!({}))
            .await
            .json();
        let listed = world.get(ANNA, all).await.json()["slots"].clone();
        let shown = listed
            .as_array()
            .and_then(|slots| slots.iter().find(|slot| slot["id"] == id));
        assert_eq!(shown, Some(&withdrawn));
    }
}

#[tokio::test]
async fn a_list_is_filtered_and_paged() {
    let world = World::new().await;
    let slots = world.annas_morning().await;
    world
        .post(ANNA, "slot-templates", morning(STIG, "2026-11-30"))
        .await;
    let count = |text: &str| {
        serde_json::from_str::<serde_json::Value>(text).expect("JSON")["slots"]
            .as_array()
            .map(Vec::len)
    };
    let all = "slots?from=2026-11-30&to=2026-12-01";
    assert_eq!(count(&world.get(ANNA, all).await.text), Some(12));
    assert_eq!(
        count(&world.get(ANNA, &format!("{all}&role=physician")).await.text),
        Some(6)
    );
    assert_eq!(
        count(
            &world
                .get(ANNA, &format!("{all}&practitioner={ANNA}"))
                .await
                .text
        ),
        Some(6)
    );
    world.book(scheduled(&slots[0], ALEX)).await;
    assert_eq!(count(&world.get(ANNA, all).await.text), Some(11));
    assert_eq!(
        count(&world.get(ANNA, &format!("{all}&free=false")).await.text),
        Some(12)
    );

    let mut seen = vec![];
    let mut path = format!("{all}&limit=4");
    loop {
        let page = world.get(ANNA, &path).await.json();
        seen.extend(
            page["slots"]
                .as_array()
                .expect("slots")
                .iter()
                .map(|slot| slot["id"].to_string()),
        );
        match page["next"].as_str() {
            Some(cursor) => path = format!("{all}&limit=4&cursor={cursor}"),
            None => break,
        }
    }
    assert_eq!(seen.len(), 11);
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 11, "no slot on two pages");
}

#[tokio::test]
async fn a_free_slot_is_withdrawn_and_a_booked_one_is_not() {
    let world = World::new().await;
    let slots = world.annas_morning().await;
    let withdraw = |slot: &str| format!("slots/{slot}/withdraw");
    assert_eq!(
        world
            .post(ANNA, &withdraw(&slots[0]), json!({}))
            .await
            .json()["withdrawn"],
        true
    );
    assert_eq!(
        world
            .post(ANNA, &withdraw(&slots[0]), json!({}))
            .await
            .refused(),
        (409, "slot-not-free".into())
    );
    assert_eq!(
        world.book(scheduled(&slots[0], ALEX)).await.refused(),
        (409, "slot-taken".into())
    );
    world.book(scheduled(&slots[1], ALEX)).await;
    assert_eq!(
        world
            .post(ANNA, &withdraw(&slots[1]), json!({}))
            .await
            .refused(),
        (409, "slot-not-free".into())
    );
    assert_eq!(
        world
            .post(EVA, &withdraw(&slots[2]), json!({}))
            .await
            .status,
        404
    );
    assert_eq!(
        world
            .post(ANNA, &withdraw("nonsense"), json!({}))
            .await
            .status,
        404
    );
}

#[tokio::test]
async fn a_template_that_cannot_be_laid_out_names_its_field() {
    let world = World::new().await;
    let rows = world.rows().await;
    let good = || morning(ANNA, "2026-11-30");
    for (member, value, field) in [
        ("recurrence.minutes", json!(0), "recurrence.minutes"),
        ("recurrence.to", json!("08:00"), "recurrence.to"),
        ("recurrence.to", json!("soon"), "recurrence.to"),
        ("recurrence.weekdays", json!([]), "recurrence.weekdays"),
        (
            "recurrence.weekdays",
            json!(["someday"]),
            "recurrence.weekdays[0]",
        ),
        (
            "recurrence.valid_to",
            json!("2026-11-01"),
            "recurrence.valid_to",
        ),
        ("practitioner", json!(EVA), "practitioner"),
        ("practitioner", json!("nobody"), "practitioner"),
        ("role", json!("nurse"), "role"),
    ] {
        let answer = world
            .post(ANNA, "slot-templates", with(good(), member, value))
            .await;
        assert_eq!(
            (answer.status.as_u16(), answer.json()["field"].clone()),
            (422, json!(field))
        );
    }
    assert_eq!(world.rows().await, rows);
}

#[tokio::test]
async fn ending_a_template_withdraws_its_coming_free_slots_and_what_is_booked_stays() {
    let world = World::new().await;
    let slots = world.annas_morning().await;
    world.clock.set(at("2026-11-23T09:01"));
    world
        .post(ANNA, "slot-templates", morning(STIG, "2026-11-30"))
        .await;
    let templates = async || {
        let listed = world.get(ANNA, "slot-templates").await.json();
        listed["slot_templates"].clone()
    };
    let visit = world.book(scheduled(&slots[1], ALEX)).await.id();
    // The first slot has begun.
    world.clock.set(at("2026-11-30T09:10"));
    let before = templates().await;
    assert_eq!(
        (&before[1]["free"], &before[1]["booked"]),
        (&json!(4), &json!(1))
    );
    let template = before[1]["id"].as_str().expect("an id").to_owned();
    let path = format!("slot-templates/{template}/end");
    assert_eq!(world.post(EVA, &path, json!({})).await.status, 404);
    let ended = world
        .post_again(ANNA, &path, "the-same-key", json!({}))
        .await;
    assert_eq!(ended.status, 200, "{}", ended.text);
    let told = ended.json();
    assert_eq!(told["withdrawn"], 4);
    assert_eq!(
        told["booked"],
        json!([{ "appointment": visit, "starts_at": "2026-11-30T08:30:00Z" }])
    );
    let repeated = world
        .post_again(ANNA, &path, "the-same-key", json!({}))
        .await;
    assert_eq!(repeated.json(), told);
    assert_eq!(world.post(ANNA, &path, json!({})).await.status, 404);
    let left = templates().await;
    assert_eq!(left.as_array().map(Vec::len), Some(1));
    assert_eq!(left[0]["free"], 5, "another's template stands");
    let visit = format!("appointments/{visit}");
    let stays = world.get(ANNA, &visit).await.json();
    assert_eq!(stays["state"], "booked");
    // Called off, its time is nobody's to book.
    let cancel = format!("{visit}/cancel");
    let sick = json!({ "reason": "Sjuk" });
    assert_eq!(world.post(ANNA, &cancel, sick).await.status, 200);
    let free = "SELECT count(*) AS n FROM slots WHERE practitioner_id LIKE '%P1' AND starts_at > 1796026200000
AND occupied_by IS NULL AND withdrawn_at IS NULL";
    assert_eq!(world.number(free).await, 0);
    // The same morning can be laid out anew.
    let anew = world
        .post(ANNA, "slot-templates", morning(ANNA, "2026-12-07"))
        .await;
    assert_eq!(anew.json()["slots"], 6);
}

#[tokio::test]
async fn a_booking_that_races_the_end_of_a_template_is_in_or_is_refused() {
    let world = World::new().await;
    let slots = world.annas_morning().await;
    let listed = world.get(ANNA, "slot-templates").await.json();
    let template = &listed["slot_templates"][0]["id"];
    let path = format!("slot-templates/{}/end", template.as_str().expect("an id"));
    let (ended, booked) = tokio::join!(
        world.post(ANNA, &path, json!({})),
        world.book(scheduled(&slots[0], ALEX))
    );
    assert_eq!(ended.status, 200, "{}", ended.text);
    let stays = ended.json()["booked"].as_array().map(Vec::len);
    match booked.status.as_u16() {
        201 => assert_eq!((stays, &ended.json()["withdrawn"]), (Some(1), &json!(5))),
        409 => assert_eq!((stays, &ended.json()["withdrawn"]), (Some(0), &json!(6))),
        status => panic!("{status}: {}", booked.text),
    }
}
