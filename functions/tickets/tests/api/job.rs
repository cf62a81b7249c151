//! The job reminds once and writes down what has expired.

use serde_json::json;
use shared::time::HOUR;

use crate::world::*;

#[tokio::test]
async fn a_patient_is_reminded_once_two_days_before_the_end() {
    let clinic = Clinic::new().await;
    let ticket = clinic.issue().await;
    clinic.clock.set(at("2026-11-28T09:00").plus(-1));
    assert_eq!(clinic.look().await["looked_at"], 0);
    clinic.pass(1);
    assert_eq!(clinic.look().await["reminded"], 1);
    for _ in 0..3 {
        clinic.pass(HOUR);
        assert_eq!(clinic.look().await["looked_at"], 0);
    }
    assert_eq!(clinic.messages("ticket-expiring").await, 1);
    // The reminder's own link works, and the first one, too.
    let codes = clinic.codes().await;
    assert_eq!(codes.len(), 2);
    for code in codes {
        assert_eq!(
            clinic
                .post(ALEX, "open", json!({ "code": code }))
                .await
                .status,
            200
        );
    }
    clinic.clock.set(at("2026-11-30T09:00"));
    assert_eq!(clinic.look().await["expired"], 1);
    assert_eq!(clinic.look().await["looked_at"], 0);
    assert_eq!(clinic.state(&ticket).await, "expired");
}

#[tokio::test]
async fn a_ticket_ends_with_the_last_day_that_may_be_picked_and_is_reminded_of_before_that() {
    let clinic = Clinic::new().await;
    let short = with(for_alex(), "first_day", json!("2026-11-23"));
    let short = with(short, "last_day", json!("2026-11-26"));
    let ticket = clinic.post(ANNA, "tickets", short).await.id();
    clinic.clock.set(at("2026-11-24T23:59"));
    assert_eq!(clinic.look().await["reminded"], 0);
    clinic.clock.set(at("2026-11-25T00:00"));
    assert_eq!(clinic.look().await["reminded"], 1);
    let open = clinic.get(ANNA, "capacity").await.json();
    assert_eq!(open["roles"][0]["open_tickets"], 1, "{open}");
    // By the clock, before the job has looked.
    clinic.clock.set(at("2026-11-27T00:00"));
    assert_eq!(clinic.state(&ticket).await, "expired");
    let open = clinic.get(ANNA, "capacity").await.json();
    assert_eq!(open["roles"][0]["open_tickets"], 0, "{open}");
    assert_eq!(clinic.look().await["expired"], 1);
    // One that is issued on its last day counts no day more.
    let last = with(for_alex(), "last_day", json!("2026-11-30"));
    clinic.clock.set(at("2026-11-30T23:59"));
    let issued = clinic.post(ANNA, "tickets", last).await;
    assert_eq!(
        issued.json()["valid_until"],
        at("2026-11-30T23:59:59").to_string()
    );
}

#[tokio::test]
async fn whoever_has_picked_a_time_is_not_reminded() {
    let clinic = Clinic::new().await;
    let ticket = clinic.issue().await;
    let slots = clinic.slots(ALEX, &ticket).await;
    let picked = clinic.redeem(ALEX, &ticket, &slots[5]).await.json();
    clinic.clock.set(at("2026-11-28T10:00"));
    assert_eq!(clinic.look().await["looked_at"], 0);
    // Once the visit is called off the ticket is open again, and in its last days.
    let visit = picked["appointment"].as_str().expect("an id").to_owned();
    let path = format!("/booking/v1/appointments/{visit}/cancel");
    assert_eq!(clinic.post(ALEX, &path, json!({})).await.status, 200);
    assert_eq!(clinic.look().await["reminded"], 1);
    assert_eq!(clinic.look().await["looked_at"], 0);
}

#[tokio::test]
async fn a_ticket_of_two_days_and_one_sent_again_late_are_reminded_of_a_day_after_the_message() {
    let clinic = Clinic::new().await;
    let short = with(for_alex(), "valid_days", json!(2));
    clinic.post(ANNA, "tickets", short).await.id();
    clinic.clock.set(at("2026-11-24T09:00").plus(-1));
    assert_eq!(clinic.look().await["reminded"], 0);
    clinic.pass(1);
    assert_eq!(clinic.look().await["reminded"], 1);
    // Made longer, and sent again on its last day but two.
    let ticket = clinic.issue().await;
    clinic.clock.set(at("2026-11-29T15:00").plus(-1));
    assert_eq!(clinic.look().await["reminded"], 1);
    let extend = format!("tickets/{ticket}/extend");
    let longer = json!({ "valid_days": 8 });
    assert_eq!(clinic.post(ANNA, &extend, longer).await.status, 200);
    let resend = format!("tickets/{ticket}/resend");
    assert_eq!(clinic.post(ANNA, &resend, json!({})).await.status, 200);
    for (hours, reminded) in [(23, 0), (1, 1), (1, 0)] {
        clinic.pass(hours * HOUR);
        assert_eq!(clinic.look().await["reminded"], reminded);
    }
}

#[tokio::test]
async fn a_ticket_of_a_day_has_no_reminder() {
    let clinic = Clinic::new().await;
    let short = with(for_alex(), "valid_days", json!(1));
    clinic.post(ANNA, "tickets", short).await.id();
    for _ in 0..26 {
        clinic.pass(HOUR);
        clinic.look().await;
    }
    assert_eq!(clinic.messages("ticket-expiring").await, 0);
}

#[tokio::test]
async fn a_ticket_that_cannot_be_read_holds_up_no_other() {
    let clinic = Clinic::new().await;
    let unreadable = clinic.issue().await;
    clinic
        .run(
            "UPDATE tickets SET details = 'sealed under a key that is not here' WHERE id = ?1",
            [unreadable.as_str().into()],
        )
        .await;
    clinic.issue().await;
    clinic.clock.set(at("2026-11-28T09:00"));
    assert_eq!(clinic.look().await["reminded"], 1);
    // It is looked at again in an hour, not each minute.
    assert_eq!(clinic.look().await["looked_at"], 0);
    clinic.pass(HOUR);
    assert_eq!(clinic.look().await["looked_at"], 1);
}
