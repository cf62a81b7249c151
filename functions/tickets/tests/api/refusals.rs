//! Bad input: a clear problem, and nothing written.

use serde_json::{Value, json};

use crate::world::*;

#[tokio::test]
async fn a_ticket_that_makes_no_sense_is_refused_at_its_field() {
    let clinic = Clinic::new().await;
    let rows = clinic.rows().await;
    for (name, value, field) in [
        ("minutes", json!(0), "minutes"),
        ("minutes", json!(481), "minutes"),
        ("last_day", json!("2026-11-29"), "last_day"),
        ("last_day", json!("2029-01-01"), "last_day"),
        ("valid_days", json!(0), "valid_days"),
        ("valid_days", json!(85), "valid_days"),
        ("role", Value::Null, "role"),
        ("role", json!("administrator"), "role"),
        ("practitioner", json!(STIG), "practitioner"),
        ("reason", json!(""), "reason"),
        ("surprise", json!(1), "surprise"),
    ] {
        let refused = clinic
            .post(ANNA, "tickets", with(for_alex(), name, value))
            .await;
        assert_eq!(refused.refused(), (422, "invalid".to_owned()), "{name}");
        assert_eq!(refused.json()["field"], json!(field));
    }
    let elsewhere = with(
        with(for_alex(), "role", Value::Null),
        "practitioner",
        json!(EVA),
    );
    let refused = clinic.post(ANNA, "tickets", elsewhere).await;
    assert_eq!(refused.json()["field"], "practitioner");
    let young = with(for_alex(), "patient", patient(NOA));
    let refused = clinic.post(ANNA, "tickets", young).await;
    assert_eq!(refused.refused(), (422, "under-age".to_owned()));
    assert_eq!(clinic.rows().await, rows);
}

#[tokio::test]
async fn a_slot_outside_the_ticket_is_refused() {
    let clinic = Clinic::new().await;
    let inside = clinic.issue().await;
    let slots = clinic.slots(ALEX, &inside).await;
    let later = clinic
        .post(
            ANNA,
            "tickets",
            with(for_alex(), "first_day", json!("2026-12-01")),
        )
        .await
        .id();
    let rows = clinic.rows().await;
    let unknown = "019aa000-0000-7000-8000-000000000000".to_owned();
    for (ticket, slot) in [(&later, &slots[0]), (&inside, &unknown)] {
        let refused = clinic.redeem(ALEX, ticket, slot).await;
        assert_eq!(refused.refused(), (422, "invalid".to_owned()));
        assert_eq!(refused.json()["field"], "slot");
    }
    assert_eq!(clinic.rows().await, rows);
}

#[tokio::test]
async fn every_code_that_leads_nowhere_gets_one_answer() {
    let clinic = Clinic::new().await;
    let mut tickets = vec![];
    for _ in 0..3 {
        tickets.push(clinic.issue().await);
        clinic.pass(1);
    }
    let codes = clinic.codes().await;
    let slots = clinic.slots(ALEX, &tickets[0]).await;
    clinic.redeem(ALEX, &tickets[0], &slots[0]).await;
    clinic
        .post(ANNA, &format!("tickets/{}/revoke", tickets[1]), json!({}))
        .await;
    let mut answers = vec![];
    for (person, code) in [
        (ALEX, codes[0].as_str()),            // spent
        (ALEX, codes[1].as_str()),            // revoked
        (BO, codes[2].as_str()),              // somebody else's
        (ALEX, "7zzzzzzzzzzzzzzzzzzzzzzzzz"), // unknown
        (ALEX, "nonsense"),                   // malformed
        (ALEX, ""),
        (ALEX, "' OR 1=1 --"),
    ] {
        let refused = clinic.post(person, "open", json!({ "code": code })).await;
        assert_eq!(refused.status, 404, "{code}");
        // Each question costs the store the same.
        let cost = refused.headers["server-timing"]
            .to_str()
            .expect("text")
            .to_owned();
        answers.push((refused.text, cost));
    }
    answers.dedup();
    assert_eq!(answers.len(), 1, "{answers:?}");
}

#[tokio::test]
async fn whoever_tries_somebody_elses_code_stands_in_that_patients_log() {
    let clinic = Clinic::new().await;
    clinic.issue().await;
    let code = clinic.codes().await.remove(0);
    let count = "SELECT count(*) AS n FROM access_log WHERE resource_type = 'ticket-code'";
    assert_eq!(
        clinic
            .post(ALEX, "open", json!({ "code": code }))
            .await
            .status,
        200
    );
    assert_eq!(clinic.number(count).await, 0);
    assert_eq!(
        clinic
            .post(BO, "open", json!({ "code": code }))
            .await
            .status,
        404
    );
    assert_eq!(clinic.number(count).await, 1);
}

#[tokio::test]
async fn guessing_codes_is_slowed_down() {
    let clinic = Clinic::new().await;
    clinic.issue().await;
    let code = clinic.codes().await.remove(0);
    for _ in 0..20 {
        assert_eq!(
            clinic
                .post(ALEX, "open", json!({ "code": "guess" }))
                .await
                .status,
            404
        );
    }
    let refused = clinic.post(ALEX, "open", json!({ "code": code })).await;
    assert_eq!(refused.refused(), (429, "too-many-attempts".to_owned()));
    assert!(refused.headers.contains_key("retry-after"));
    // Everybody else goes on, and so does this one after a while.
    assert_eq!(
        clinic
            .post(BO, "open", json!({ "code": "guess" }))
            .await
            .status,
        404
    );
    clinic.pass(11 * shared::time::MINUTE);
    assert_eq!(
        clinic
            .post(ALEX, "open", json!({ "code": code }))
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn nobody_reaches_a_ticket_that_is_not_theirs() {
    let clinic = Clinic::new().await;
    let ticket = clinic.issue().await;
    let slots = clinic.slots(ALEX, &ticket).await;
    let rows = clinic.rows().await;
    for person in [BO, EVA, OLOF] {
        assert_eq!(
            clinic
                .get(person, &format!("tickets/{ticket}"))
                .await
                .status,
            404
        );
        assert_eq!(
            clinic
                .get(person, &format!("tickets/{ticket}/slots"))
                .await
                .status,
            404
        );
        assert_eq!(
            clinic.get(person, "tickets").await.json()["tickets"],
            json!([])
        );
    }
    assert_eq!(clinic.redeem(BO, &ticket, &slots[0]).await.status, 404);
    for person in [EVA, OLOF] {
        for (step, body) in [
            ("revoke", json!({})),
            ("resend", json!({})),
            ("extend", json!({ "valid_days": 14 })),
        ] {
            let refused = clinic
                .post(person, &format!("tickets/{ticket}/{step}"), body)
                .await;
            assert_eq!(refused.status, 404);
        }
    }
    assert_eq!(clinic.rows().await, rows);
    assert_eq!(clinic.get(ANNA, "tickets/nonsense").await.status, 404);
}
