//! The patient opens a ticket, picks a time, rebooks, cancels, or finds none that fits.

use serde_json::json;
use shared::time::HOUR;

use crate::world::*;

#[tokio::test]
async fn a_patient_opens_the_link_picks_a_time_and_is_booked() {
    let clinic = Clinic::new().await;
    let ticket = clinic.issue().await;
    let code = clinic.codes().await.remove(0);
    // Opening spends nothing, in whatever way the code is written.
    for written in [code.clone(), code.to_uppercase()] {
        let opened = clinic.post(ALEX, "open", json!({ "code": written })).await;
        assert_eq!(opened.json(), json!({ "ticket": ticket }));
    }
    let slots = clinic.slots(ALEX, &ticket).await;
    let picked = clinic.redeem(ALEX, &ticket, &slots[2]).await;
    assert_eq!(picked.status, 201, "{}", picked.text);
    assert_eq!(
        picked.json()["starts_at"],
        at("2026-11-30T10:00").to_string()
    );
    assert_eq!(clinic.state(&ticket).await, "redeemed");
    let visit = picked.json()["appointment"]
        .as_str()
        .expect("an id")
        .to_owned();
    let read = clinic
        .get(ALEX, &format!("/booking/v1/appointments/{visit}"))
        .await
        .json();
    assert_eq!(read["kind"], "ticket");
    assert_eq!(read["reason"], "Uppföljning av blodtryck");
    assert_eq!(read["slot"], json!(slots[2]));
    assert_eq!(clinic.messages("booked").await, 1);
    // Staff of the unit are told of the visit, once.
    for told in [
        "SELECT count(*) AS n FROM notifications WHERE kind = 'ticket-redeemed'",
        "SELECT count(*) AS n FROM notifications
JOIN appointments ON appointments.id = notifications.resource_id AND appointments.ticket_id IS NOT NULL
WHERE notifications.kind = 'ticket-redeemed' AND notifications.resource_type = 'appointment'
  AND notifications.care_unit_id = 'SE2321000131-U1' AND notifications.times = 1",
    ] {
        assert_eq!(clinic.number(told).await, 1);
    }
    let shown = clinic.get(ALEX, &format!("tickets/{ticket}")).await.json();
    assert_eq!(shown["appointment"]["id"], json!(visit));
    assert_eq!(
        shown["appointment"]["starts_at"],
        at("2026-11-30T10:00").to_string()
    );
}

#[tokio::test]
async fn the_age_is_judged_again_when_a_time_is_picked_and_when_it_is_changed() {
    let clinic = Clinic::new().await;
    let limit = async |years: i64| {
        let set = "UPDATE care_units SET age_limit = ?1";
        clinic.run(set, [years.into()]).await;
    };
    limit(13).await;
    let issued = clinic.post(ANNA, "tickets", for_patient(NOA)).await;
    let ticket = issued.id();
    let slots = clinic.slots(NOA, &ticket).await;
    limit(16).await;
    let refused = clinic.redeem(NOA, &ticket, &slots[0]).await;
    assert_eq!(refused.refused(), (422, "under-age".into()));
    assert_eq!(clinic.state(&ticket).await, "open");
    limit(13).await;
    let picked = clinic.redeem(NOA, &ticket, &slots[0]).await;
    assert_eq!(picked.status, 201, "{}", picked.text);
    limit(16).await;
    let path = format!("tickets/{ticket}/rebook");
    let body = json!({ "slot": slots[1] });
    let refused = clinic.post(NOA, &path, body).await;
    assert_eq!(refused.refused(), (422, "under-age".into()));
}

#[tokio::test]
async fn a_double_tap_is_one_visit() {
    let clinic = Clinic::new().await;
    let ticket = clinic.issue().await;
    let slots = clinic.slots(ALEX, &ticket).await;
    let path = format!("tickets/{ticket}/redeem");
    let body = json!({ "slot": slots[0] });
    let first = clinic
        .post_again(ALEX, &path, "one-and-the-same", body.clone())
        .await;
    let again = clinic
        .post_again(ALEX, &path, "one-and-the-same", body)
        .await;
    assert_eq!(first.text, again.text);
    assert_eq!(again.headers["idempotency-replayed"], "true");
    // Another device, with another slot: told which visit there is.
    let other = clinic.redeem(ALEX, &ticket, &slots[1]).await;
    assert_eq!(other.refused(), (409, "ticket-redeemed".to_owned()));
    assert_eq!(other.json()["appointment"], first.json()["appointment"]);
    assert_eq!(
        clinic
            .number("SELECT count(*) AS n FROM appointments")
            .await,
        1
    );
}

#[tokio::test]
async fn a_slot_that_was_taken_comes_with_the_free_ones_after_it_and_then_the_earliest() {
    let clinic = Clinic::new().await;
    let ticket = clinic.issue().await;
    let slots = clinic.slots(ALEX, &ticket).await;
    let bos = clinic.post(ANNA, "tickets", for_patient(BO)).await.id();
    assert_eq!(clinic.redeem(BO, &bos, &slots[3]).await.status, 201);
    let taken = clinic.redeem(ALEX, &ticket, &slots[3]).await;
    assert_eq!(taken.refused(), (409, "slot-taken".to_owned()));
    let next = taken.json()["next_slots"]
        .as_array()
        .expect("slots")
        .clone();
    let next: Vec<_> = next.iter().map(|slot| slot["id"].clone()).collect();
    assert_eq!(
        next,
        [4, 5, 0, 1, 2].map(|place: usize| json!(slots[place]))
    );
    assert_eq!(clinic.state(&ticket).await, "open");
}

#[tokio::test]
async fn a_slot_over_which_a_visit_was_laid_counts_as_taken() {
    let clinic = Clinic::new().await;
    let ticket = clinic.issue().await;
    let slots = clinic.slots(ALEX, &ticket).await;
    let free_time = json!({
        "kind": "free-time", "starts_at": "2026-11-30T09:10", "minutes": 10, "patient": patient(BO), "reason": "Hosta"
    });
    assert_eq!(
        clinic
            .post(ANNA, "/booking/v1/appointments", free_time)
            .await
            .status,
        201
    );
    let taken = clinic.redeem(ALEX, &ticket, &slots[0]).await;
    assert_eq!(taken.refused(), (409, "slot-taken".to_owned()));
}

#[tokio::test]
async fn a_cancelled_visit_gives_the_ticket_back_while_it_is_valid() {
    let clinic = Clinic::new().await;
    let ticket = clinic.issue().await;
    let slots = clinic.slots(ALEX, &ticket).await;
    for round in 0..2 {
        let picked = clinic.redeem(ALEX, &ticket, &slots[round]).await.json();
        let visit = picked["appointment"].as_str().expect("an id").to_owned();
        let path = format!("/booking/v1/appointments/{visit}/cancel");
        assert_eq!(clinic.post(ALEX, &path, json!({})).await.status, 200);
        assert_eq!(clinic.state(&ticket).await, "open");
        assert_eq!(clinic.slots(ALEX, &ticket).await, slots);
    }
    let picked = clinic.redeem(ALEX, &ticket, &slots[5]).await.json();
    let visit = picked["appointment"].as_str().expect("an id").to_owned();
    clinic.clock.set(at("2026-11-30T09:30"));
    let path = format!("/booking/v1/appointments/{visit}/cancel");
    let by_staff = clinic.post(ANNA, &path, json!({ "reason": "Sjuk" })).await;
    assert_eq!(by_staff.status, 200, "{}", by_staff.text);
    assert_eq!(clinic.state(&ticket).await, "expired");
}

#[tokio::test]
async fn a_patient_rebooks_until_the_units_cut_off() {
    let clinic = Clinic::new().await;
    let ticket = clinic.issue().await;
    let slots = clinic.slots(ALEX, &ticket).await;
    let path = format!("tickets/{ticket}/rebook");
    let before = clinic.post(ALEX, &path, json!({ "slot": slots[0] })).await;
    assert_eq!(before.refused(), (409, "ticket-open".to_owned()));
    let picked = clinic.redeem(ALEX, &ticket, &slots[0]).await.json();
    let moved = clinic.post(ALEX, &path, json!({ "slot": slots[4] })).await;
    assert_eq!(moved.status, 200, "{}", moved.text);
    assert_eq!(moved.json()["appointment"], picked["appointment"]);
    assert_eq!(
        moved.json()["starts_at"],
        at("2026-11-30T11:00").to_string()
    );
    assert_eq!(clinic.messages("changed").await, 1);
    let free = clinic.slots(ALEX, &ticket).await;
    assert!(free.contains(&slots[0]) && !free.contains(&slots[4]));
    // 24 hours before, it is too late.
    clinic.clock.set(at("2026-11-29T11:00").plus(1));
    let late = clinic.post(ALEX, &path, json!({ "slot": slots[5] })).await;
    assert_eq!(late.status, 409, "{}", late.text);
    assert_eq!(
        late.json()["type"],
        "urn:vardflode:problem:too-late-to-cancel"
    );
}

#[tokio::test]
async fn whoever_finds_no_time_gives_staff_a_task_and_keeps_the_ticket() {
    let clinic = Clinic::new().await;
    let ticket = clinic.issue().await;
    let path = format!("tickets/{ticket}/no-time-fits");
    let told = clinic
        .post(
            ALEX,
            &path,
            json!({ "reason": "Jag arbetar på förmiddagarna" }),
        )
        .await;
    assert_eq!(told.status, 201, "{}", told.text);
    assert_eq!(
        clinic
            .number(
                "SELECT count(*) AS n FROM tasks WHERE kind = 'no-time-fits' AND note IS NOT NULL"
            )
            .await,
        1
    );
    assert_eq!(clinic.state(&ticket).await, "open");
}

#[tokio::test]
async fn a_patients_own_overlap_comes_back_as_a_warning() {
    let clinic = Clinic::new().await;
    let ticket = clinic.issue().await;
    let slots = clinic.slots(ALEX, &ticket).await;
    let other = json!({
        "kind": "free-time", "starts_at": "2026-11-30T09:00", "minutes": 30, "practitioner": STIG,
        "patient": patient(ALEX), "reason": "Hosta"
    });
    let other = clinic
        .post(ANNA, "/booking/v1/appointments", other)
        .await
        .id();
    let picked = clinic.redeem(ALEX, &ticket, &slots[0]).await.json();
    assert_eq!(picked["overlaps"][0]["id"], json!(other));
}

#[tokio::test]
async fn the_clock_closes_a_ticket_without_any_job() {
    let clinic = Clinic::new().await;
    let ticket = clinic.issue().await;
    let code = clinic.codes().await.remove(0);
    let slots = clinic.slots(ALEX, &ticket).await;
    clinic.clock.set(at("2026-11-30T09:00").plus(-1));
    assert_eq!(
        clinic
            .post(ALEX, "open", json!({ "code": code }))
            .await
            .status,
        200
    );
    clinic.pass(1);
    let rows = clinic.rows().await;
    let refused = clinic.redeem(ALEX, &ticket, &slots[5]).await.refused();
    assert_eq!(refused, (409, "ticket-expired".to_owned()));
    let refused = clinic
        .post(ALEX, "open", json!({ "code": code }))
        .await
        .refused();
    assert_eq!(refused, (404, "unknown-ticket".to_owned()));
    assert_eq!(clinic.rows().await, rows);
    clinic.pass(HOUR);
}
