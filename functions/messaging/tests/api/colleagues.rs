//! Handing a matter over, the pool, bringing a colleague in, and who is on.

use crate::world::*;
use serde_json::{Value, json};

async fn responsible(clinic: &Clinic, case: &str) -> Value {
    clinic.get(ANNA, &format!("cases/{case}")).await.json()["responsible"]["practitioner"].clone()
}

#[tokio::test]
async fn a_matter_is_handed_over_when_the_colleague_accepts() {
    let clinic = Clinic::new().await;
    let case = clinic.open_case().await;
    let path = format!("chats/{case}/hand-over");
    let offered = clinic
        .post(
            ANNA,
            &path,
            json!({ "practitioner": STIG, "note": "Behöver en läkare" }),
        )
        .await;
    assert_eq!(offered.status, 200, "{}", offered.text);
    assert_eq!(responsible(&clinic, &case).await, ANNA);
    let offers = clinic.get(STIG, "hand-overs").await.json();
    assert_eq!(
        (&offers["offers"][0]["chat"], &offers["offers"][0]["note"]),
        (&json!(case), &json!("Behöver en läkare"))
    );
    let offer = offered.json()["offer"].as_str().expect("an id").to_owned();
    assert_eq!(offers["offers"][0]["id"], offer);
    let twice = clinic
        .post(ANNA, &path, json!({ "practitioner": STIG }))
        .await;
    assert_eq!(twice.refused(), (409, "offered-already".into()));
    let not_mine = clinic.answer(ANNA, &case, &offer, true).await;
    assert_eq!(not_mine.refused(), (409, "not-offered".into()));
    let accepted = clinic.answer(STIG, &case, &offer, true).await;
    assert_eq!(accepted.status, 200);
    assert_eq!(responsible(&clinic, &case).await, STIG);
    assert_eq!(
        clinic.get(STIG, "hand-overs").await.json()["offers"],
        json!([])
    );
}

#[tokio::test]
async fn a_declined_matter_stays_and_an_offer_can_be_taken_back() {
    let clinic = Clinic::new().await;
    let case = clinic.open_case().await;
    let path = format!("chats/{case}/hand-over");
    for who in [STIG, ANNA] {
        let offer = clinic.offer(ANNA, &case, STIG).await;
        let declined = clinic.answer(who, &case, &offer, false).await;
        assert_eq!(declined.status, 200);
        assert_eq!(responsible(&clinic, &case).await, ANNA);
    }
    for (to, status) in [(EVA, 422), (OLOF, 422)] {
        let refused = clinic
            .post(ANNA, &path, json!({ "practitioner": to }))
            .await;
        assert_eq!(refused.status, status);
    }
    clinic.clock.set(at("2026-11-30T09:00"));
    let closed = clinic
        .post(ANNA, &path, json!({ "practitioner": STIG }))
        .await;
    assert_eq!(closed.refused(), (409, "case-closed".into()));
}

#[tokio::test]
async fn an_offer_between_two_who_are_away_is_taken_back_by_anybody_of_the_unit_and_by_nobody_else()
{
    let clinic = Clinic::new().await;
    clinic.connect_maja().await;
    let case = clinic.open_case().await;
    let offered = clinic.offer(ANNA, &case, STIG).await;
    // It is none of hers, but she finds it by the matter.
    let own = clinic.get(MAJA, "hand-overs").await.json();
    assert_eq!(own["offers"], json!([]));
    let of_case = format!("hand-overs?chat={case}");
    let offers = clinic.get(MAJA, &of_case).await.json();
    assert_eq!(
        (
            &offers["offers"][0]["id"],
            &offers["offers"][0]["from"],
            &offers["offers"][0]["to"],
            &offers["offers"][0]["to_name"],
        ),
        (
            &json!(offered),
            &json!(ANNA),
            &json!(STIG),
            &json!("Stig Testkvist")
        )
    );
    let logged = "SELECT count(*) AS n FROM access_log WHERE resource_type = 'hand-overs' AND activity = 'read'";
    assert_eq!(clinic.number(logged).await, 1, "what was found, once");
    for stranger in [EVA, OLOF] {
        let offers = clinic.get(stranger, &of_case).await.json();
        assert_eq!(offers["offers"], json!([]));
        let answer = clinic.answer(stranger, &case, &offered, false).await;
        assert_eq!(answer.refused(), (404, "not-found".into()));
    }
    assert_eq!(
        clinic.get(ANNA, "hand-overs?chat=x").await.refused(),
        (422, "invalid".into())
    );
    let accepts = clinic.answer(MAJA, &case, &offered, true).await;
    assert_eq!(accepts.refused(), (409, "not-offered".into()));
    let taken_back = clinic.answer(MAJA, &case, &offered, false).await;
    assert_eq!(taken_back.status, 200, "{}", taken_back.text);
    assert_eq!(responsible(&clinic, &case).await, ANNA);
    let late = clinic.answer(STIG, &case, &offered, true).await;
    assert_eq!(late.refused(), (409, "not-offered".into()));
    // So the matter can be moved again, by whoever is there.
    let path = format!("chats/{case}/hand-over");
    assert_eq!(clinic.post(MAJA, &path, json!({})).await.status, 200);
    let take = format!("chats/{case}/take");
    assert_eq!(clinic.post(MAJA, &take, json!({})).await.status, 200);
    assert_eq!(responsible(&clinic, &case).await, MAJA);
}

#[tokio::test]
async fn what_is_taken_from_the_pool_is_not_lost_to_an_offer_made_before() {
    let mut clinic = Clinic::new().await;
    let told = clinic.hear_rooms();
    clinic.connect_maja().await;
    let case = clinic.open_case().await;
    let path = format!("chats/{case}/hand-over");
    clinic.post(ANNA, &path, json!({})).await;
    let offer = clinic.offer(ANNA, &case, STIG).await;
    let take = format!("chats/{case}/take");
    heard_in(&told, &format!("unit.{UNIT}"));
    assert_eq!(clinic.post(MAJA, &take, json!({})).await.status, 200);
    assert_eq!(heard_in(&told, &format!("unit.{UNIT}")), ["change"]);
    for person in [ANNA, STIG] {
        let offers = clinic.get(person, "hand-overs").await.json();
        assert_eq!(offers["offers"], json!([]), "{person}");
    }
    let late = clinic.answer(STIG, &case, &offer, true).await;
    assert_eq!(late.refused(), (409, "not-offered".into()));
    assert_eq!(responsible(&clinic, &case).await, MAJA);
    // Nobody has declined it, and nobody is told so.
    let answers = "SELECT count(*) AS n FROM notifications WHERE kind LIKE 'handover-%' AND kind <> 'handover-offered'";
    assert_eq!(clinic.number(answers).await, 0);
    clinic.offer(MAJA, &case, STIG).await;
}

#[tokio::test]
async fn an_answer_is_to_the_offer_that_was_read_and_to_none_made_meanwhile() {
    let clinic = Clinic::new().await;
    let case = clinic.open_case().await;
    let read = clinic.offer(ANNA, &case, STIG).await;
    clinic.answer(ANNA, &case, &read, false).await;
    let late = clinic.answer(STIG, &case, &read, true).await;
    assert_eq!(late.refused(), (409, "not-offered".into()));
    // The same colleague is offered the same matter anew, with something else to know.
    let anew = clinic.offer(ANNA, &case, STIG).await;
    assert_ne!(read, anew);
    for accept in [true, false] {
        let late = clinic.answer(STIG, &case, &read, accept).await;
        assert_eq!(late.refused(), (409, "not-offered".into()));
    }
    let taken_back = clinic.answer(ANNA, &case, &read, false).await;
    assert_eq!(taken_back.refused(), (409, "not-offered".into()));
    let waits = "SELECT count(*) AS n FROM chat_handovers WHERE answered_at IS NULL";
    assert_eq!(clinic.number(waits).await, 1);
    assert_eq!(responsible(&clinic, &case).await, ANNA);
    // Nor is one of another matter answered in this one.
    let other = clinic.open_case().await;
    let elsewhere = clinic.answer(STIG, &other, &anew, true).await;
    assert_eq!(elsewhere.refused(), (409, "not-offered".into()));
    let accepted = clinic.answer(STIG, &case, &anew, true).await;
    assert_eq!(accepted.status, 200, "{}", accepted.text);
    assert_eq!(responsible(&clinic, &case).await, STIG);
}

#[tokio::test]
async fn nobody_offers_a_matter_to_themselves_or_to_who_is_responsible_already() {
    let clinic = Clinic::new().await;
    let case = clinic.open_case().await;
    let path = format!("chats/{case}/hand-over");
    let rows = clinic.rows().await;
    for (person, to, kind) in [
        (STIG, STIG, "offered-to-oneself"),
        (ANNA, ANNA, "offered-to-oneself"),
        (STIG, ANNA, "responsible-already"),
    ] {
        let refused = clinic
            .post(person, &path, json!({ "practitioner": to }))
            .await;
        assert_eq!(refused.refused(), (409, kind.into()));
    }
    assert_eq!(clinic.rows().await, rows);
    // In the pool there is nobody who has it already.
    clinic.post(ANNA, &path, json!({})).await;
    clinic.offer(STIG, &case, ANNA).await;
}

#[tokio::test]
async fn what_is_closed_is_not_accepted_but_declined_or_taken_back() {
    for (who, closes) in [(STIG, "by hand"), (ANNA, "by the clock")] {
        let clinic = Clinic::new().await;
        let case = clinic.open_case().await;
        let offer = clinic.offer(ANNA, &case, STIG).await;
        match closes {
            "by hand" => {
                let close = format!("cases/{case}/close");
                clinic
                    .post(STIG, &close, json!({ "reason": "Klart" }))
                    .await;
            }
            _ => clinic.clock.set(at("2026-11-30T09:00")),
        }
        let late = clinic.answer(STIG, &case, &offer, true).await;
        assert_eq!(late.refused(), (409, "case-closed".into()), "{closes}");
        assert_eq!(responsible(&clinic, &case).await, ANNA);
        let declined = clinic.answer(who, &case, &offer, false).await;
        assert_eq!(declined.status, 200, "{closes} {}", declined.text);
    }
}

#[tokio::test]
async fn the_store_itself_keeps_no_offer_that_nobody_can_take_nor_an_answer_that_is_not_theirs() {
    use shared::platform::{Statement, Store};
    let clinic = Clinic::new().await;
    let case = clinic.open_case().await;
    let refused = async |sql: &'static str, person: &str, by: &str| {
        let statement = Statement::new(sql, [person.into()]);
        let refused = clinic.store.query(statement).await.expect_err("refused");
        assert!(refused.refused_by(by), "{person} {refused}");
    };
    let insert =
        "INSERT INTO chat_handovers (id, care_provider_id, chat_id, from_id, to_id, offered_at)
SELECT 'x', care_provider_id, id, 'SE2321000131-P2', ?1, 1 FROM chats";
    let to_another = "chat_handovers_are_to_another_of_the_unit";
    // Who is responsible, who offers it, and who works elsewhere.
    for to in [ANNA, STIG, EVA, OLOF] {
        refused(insert, to, to_another).await;
    }
    clinic.offer(ANNA, &case, STIG).await;
    let once = "chat_handovers_are_answered_once";
    let accept = "UPDATE chat_handovers SET answered_at = 1, accepted = 1, answered_by = ?1";
    let decline = "UPDATE chat_handovers SET answered_at = 1, accepted = 0, answered_by = ?1";
    let nobody = "UPDATE chat_handovers SET answered_at = 1, accepted = 1 WHERE to_id = ?1";
    for (sql, by) in [
        (accept, ANNA),
        (accept, EVA),
        (decline, EVA),
        (nobody, STIG),
    ] {
        refused(sql, by, once).await;
    }
    clinic.run(decline, [STIG.into()]).await;
    refused(decline, STIG, once).await;
}

#[tokio::test]
async fn what_lies_in_the_pool_is_taken_by_one() {
    let clinic = Clinic::new().await;
    let case = clinic.open_case().await;
    assert_eq!(
        clinic
            .post(
                ANNA,
                &format!("chats/{case}/hand-over"),
                json!({ "note": "Någon som kan sår" })
            )
            .await
            .status,
        200
    );
    let notes = clinic
        .get(STIG, &format!("chats/{case}/notes"))
        .await
        .json();
    assert_eq!(notes["notes"][0]["text"], "Någon som kan sår");
    assert_eq!(responsible(&clinic, &case).await, Value::Null);
    let path = format!("chats/{case}/take");
    let (anna, stig) = tokio::join!(
        clinic.post(ANNA, &path, json!({})),
        clinic.post(STIG, &path, json!({}))
    );
    assert_eq!(anna.status.as_u16() + stig.status.as_u16(), 200 + 409);
}

#[tokio::test]
async fn the_list_of_colleagues_says_who_is_on() {
    let clinic = Clinic::new().await;
    clinic.run("INSERT INTO sessions (id, kind, subject, care_provider_id, care_unit_id, role, commission_id, started_by, started_at, renewed_at, ends_at)
SELECT 's', 'practitioner', 'SE2321000131-P2', care_provider_id, id, 'physician', 'c', 'x', 1, 1795420000000, 1795500000000 FROM care_units WHERE id = 'SE2321000131-U1'", []).await;
    clinic
        .clock
        .set(shared::time::Timestamp::from_millis(1_795_420_000_000));
    let list = clinic.get(ANNA, "colleagues").await.json();
    let on: Vec<(&str, bool)> = list["colleagues"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|one| (one["id"].as_str().expect("an id"), one["is_on"] == true))
        .collect();
    assert_eq!(on, [(ANNA, false), (STIG, true)]);
}

fn brought_in(case: &Value) -> Vec<&str> {
    let colleagues = case["colleagues"].as_array();
    let ids = colleagues.into_iter().flatten();
    ids.filter_map(|one| one["practitioner"].as_str()).collect()
}

#[tokio::test]
async fn a_colleague_who_is_brought_in_takes_part_and_both_sides_are_told() {
    let clinic = Clinic::new().await;
    let case = clinic.open_case().await;
    let path = format!("chats/{case}/colleagues");
    let body = json!({ "practitioner": STIG, "note": "Titta på bilden" });
    let key = clinic.new_key();
    for _ in 0..2 {
        let answer = clinic.post_again(ANNA, &path, &key, body.clone()).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
    }
    for person in [ANNA, STIG, ALEX] {
        let seen = clinic.get(person, &format!("cases/{case}")).await.json();
        assert_eq!(seen["responsible"]["practitioner"], ANNA);
        assert_eq!(brought_in(&seen), [STIG], "{person}");
        assert_eq!(seen["colleagues"][0]["role"], "physician");
        assert_eq!(seen["colleagues"][0]["may_leave"], person != ALEX);
        let thread = clinic.chat(person, &case).await;
        let last = &thread["messages"][1];
        assert_eq!(
            (&last["notice"], &last["name"]),
            (
                &json!({ "kind": "colleague-joined" }),
                &json!("Stig Testkvist")
            ),
            "{person}"
        );
    }
    assert_eq!(clinic.thread(ALEX, &case).await.len(), 2, "told once");
    let notes = format!("chats/{case}/notes");
    let notes = clinic.get(STIG, &notes).await.json();
    assert_eq!(notes["notes"][0]["text"], "Titta på bilden");
    let told = "SELECT count(*) AS n FROM notifications WHERE kind = 'brought-in' AND practitioner_id = 'SE2321000131-P2'";
    assert_eq!(clinic.number(told).await, 1);
}

#[tokio::test]
async fn who_was_brought_in_leaves_by_themselves_or_is_let_go() {
    let clinic = Clinic::new().await;
    let case = clinic.open_case().await;
    let path = format!("chats/{case}/colleagues");
    let leave = format!("{path}/{STIG}/leave");
    for who in [STIG, ANNA] {
        clinic
            .post(ANNA, &path, json!({ "practitioner": STIG }))
            .await;
        let left = clinic.post(who, &leave, json!({})).await;
        assert_eq!(left.status, 200, "{}", left.text);
        let seen = clinic.get(ALEX, &format!("cases/{case}")).await.json();
        assert!(brought_in(&seen).is_empty());
        let thread = clinic.thread(ALEX, &case).await;
        assert_eq!(thread.last().expect("a notice").1, "system: colleague-left");
    }
    let again = clinic.post(STIG, &leave, json!({})).await;
    assert_eq!(again.refused(), (409, "not-taking-part".into()));
    // Somebody who came by themselves is let go by themselves, and by who is responsible, who is nobody here.
    let to_pool = json!({});
    clinic
        .post(ANNA, &format!("chats/{case}/hand-over"), to_pool)
        .await;
    clinic
        .post(STIG, &path, json!({ "practitioner": STIG }))
        .await;
    let others = clinic.post(ANNA, &leave, json!({})).await;
    assert_eq!(others.refused(), (403, "not-allowed".into()));
    let none = "SELECT count(*) AS n FROM notifications WHERE kind = 'brought-in'";
    assert_eq!(clinic.number(none).await, 2, "nobody is told of themselves");
}

#[tokio::test]
async fn who_takes_part_already_or_works_elsewhere_is_not_brought_in_nor_anybody_into_what_is_closed()
 {
    let clinic = Clinic::new().await;
    let case = clinic.open_case().await;
    let path = format!("chats/{case}/colleagues");
    let ask = async |to: &str| {
        let body = json!({ "practitioner": to, "note": "Hej" });
        clinic.post(ANNA, &path, body).await
    };
    let rows = clinic.rows().await;
    for to in [EVA, OLOF] {
        let refused = ask(to).await;
        assert_eq!(refused.refused(), (422, "invalid".into()));
        assert_eq!(refused.json()["field"], "practitioner");
    }
    assert_eq!(
        ask(ANNA).await.refused(),
        (409, "takes-part-already".into()),
        "who is responsible takes part"
    );
    assert_eq!(clinic.rows().await, rows);
    let (one, other) = tokio::join!(ask(STIG), ask(STIG));
    assert_eq!(one.status.as_u16() + other.status.as_u16(), 200 + 409);
    let kept = "SELECT count(*) AS n FROM chat_colleagues";
    assert_eq!(clinic.number(kept).await, 1);
    for (person, status) in [(EVA, 404), (OLOF, 404), (ALEX, 403)] {
        let body = json!({ "practitioner": STIG });
        assert_eq!(clinic.post(person, &path, body).await.status, status);
        let leave = format!("{path}/{STIG}/leave");
        assert_eq!(clinic.post(person, &leave, json!({})).await.status, status);
    }
    clinic.clock.set(at("2026-11-30T09:00"));
    for path in [path.clone(), format!("{path}/{STIG}/leave")] {
        let body = match path.ends_with("leave") {
            true => json!({}),
            false => json!({ "practitioner": STIG }),
        };
        let closed = clinic.post(ANNA, &path, body).await;
        assert_eq!(closed.refused(), (409, "case-closed".into()));
    }
    let seen = clinic.get(ALEX, &format!("cases/{case}")).await.json();
    assert_eq!(brought_in(&seen), [STIG], "what was stays on record");
}

#[tokio::test]
async fn who_was_brought_in_and_takes_the_matter_over_is_responsible_alone() {
    let clinic = Clinic::new().await;
    let case = clinic.open_case().await;
    let body = json!({ "practitioner": STIG });
    clinic
        .post(ANNA, &format!("chats/{case}/colleagues"), body)
        .await;
    let offer = clinic.offer(ANNA, &case, STIG).await;
    clinic.answer(STIG, &case, &offer, true).await;
    assert_eq!(responsible(&clinic, &case).await, STIG);
    let seen = clinic.get(ANNA, &format!("cases/{case}")).await.json();
    assert!(brought_in(&seen).is_empty(), "{seen}");
}

#[tokio::test]
async fn the_store_itself_lets_nobody_else_take_part() {
    use shared::platform::{Statement, Store};
    let clinic = Clinic::new().await;
    clinic.open_case().await;
    for practitioner in [ANNA, EVA, OLOF] {
        let insert = Statement::new(
            "INSERT INTO chat_colleagues SELECT id, ?1, care_provider_id, role, 'SE2321000131-P1', 1 FROM chats",
            [practitioner.into()],
        );
        let refused = clinic.store.query(insert).await.expect_err("refused");
        assert!(
            refused.refused_by("chat_colleagues_are_of_the_unit"),
            "{refused}"
        );
    }
}
