//! Reminders: a day and an hour before, once each, as each unit chooses, and never of what is no longer so.

use serde_json::json;
use shared::time::{HOUR, MINUTE};

use crate::world::*;

#[tokio::test]
async fn a_patient_is_reminded_a_day_and_an_hour_before() {
    let clinic = Clinic::new().await;
    clinic.remind().await;
    clinic.book("2026-11-30T14:00").await;
    clinic.deliver().await;
    clinic.clock.set(at("2026-11-29T13:59"));
    assert_eq!(clinic.remind().await["written"], 0);
    for _ in 0..5 {
        clinic.pass(MINUTE);
        clinic.remind().await;
        clinic.deliver().await;
    }
    clinic.clock.set(at("2026-11-30T12:59"));
    for _ in 0..5 {
        clinic.pass(MINUTE);
        clinic.remind().await;
        clinic.deliver().await;
    }
    let texts = clinic.gateway.texts();
    assert_eq!(texts.len(), 3, "{texts:?}");
    assert_eq!(
        texts[1],
        "Påminnelse: du har ett digitalt besök mån 30 nov kl 14.00, Testberget. Läs mer: https://vard.example"
    );
    assert_eq!(
        texts[2],
        "Ditt digitala besök börjar snart, mån 30 nov kl 14.00, Testberget. Logga in: https://vard.example"
    );
}

#[tokio::test]
async fn an_outage_of_hours_passes_nobody_over_and_reminds_nobody_twice() {
    let clinic = Clinic::new().await;
    clinic.remind().await;
    let visits = 230;
    for number in 0..visits {
        let minute = number % 60;
        let hour = 10 + number / 60;
        clinic
            .book(&format!("2026-11-30T{hour:02}:{minute:02}"))
            .await;
    }
    // Nothing runs until six hours before the first visit, and then two at once.
    clinic.clock.set(at("2026-11-30T09:00"));
    tokio::join!(clinic.remind(), clinic.remind());
    clinic.remind().await;
    let day = clinic
        .number("SELECT count(*) AS n FROM sms_outbox WHERE template = 'reminder-day'")
        .await;
    let distinct = clinic
        .number("SELECT count(DISTINCT appointment_id) AS n FROM sms_outbox WHERE template = 'reminder-day'")
        .await;
    assert_eq!((day, distinct), (visits, visits));
}

#[tokio::test]
async fn a_unit_that_wants_no_reminders_sends_none() {
    let clinic = Clinic::new().await;
    clinic.remind().await;
    clinic
        .run("UPDATE care_units SET reminds_day_before = 0", [])
        .await;
    clinic.book("2026-11-30T14:00").await;
    clinic.clock.set(at("2026-11-29T14:30"));
    assert_eq!(clinic.remind().await["written"], 0);
    clinic.clock.set(at("2026-11-30T13:30"));
    assert_eq!(clinic.remind().await["written"], 1);
}

#[tokio::test]
async fn a_visit_that_was_cancelled_or_moved_away_is_not_reminded_of() {
    let clinic = Clinic::new().await;
    clinic.remind().await;
    let cancelled = clinic.book("2026-11-30T14:00").await;
    let moved = clinic.book("2026-11-30T15:00").await;
    clinic.deliver().await;
    clinic.clock.set(at("2026-11-29T15:30"));
    assert_eq!(clinic.remind().await["written"], 2);
    let path = |visit: &str, step: &str| format!("/booking/v1/appointments/{visit}/{step}");
    clinic
        .post(
            ANNA,
            &path(&cancelled, "cancel"),
            json!({ "reason": "Sjuk" }),
        )
        .await;
    let later = json!({ "starts_at": "2026-12-04T15:00" });
    clinic.post(ANNA, &path(&moved, "reschedule"), later).await;
    let before = clinic.gateway.texts().len();
    for _ in 0..3 {
        clinic.deliver().await;
        clinic.pass(HOUR);
    }
    let texts = clinic.gateway.texts();
    assert_eq!(texts.len(), before + 2, "{texts:?}");
    assert!(
        texts[before..]
            .iter()
            .all(|text| !text.starts_with("Påminnelse")),
        "{texts:?}"
    );
}
