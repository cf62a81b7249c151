//! Bad input: a clear problem, and nothing written.
#![expect(
    clippy::expect_used,
    reason = "a test whose ground is missing stops at once"
)]

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use axum::body::Body;
use http::Request;
use serde_json::{Value, json};
use shared::platform::{Batch, Outcome, Ports, Statement, Store, StoreError};
use tower_service::Service;

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
        (
            "patient",
            json!({ "personal_identity": ALEX, "name": "Alex Blom", "phone": "031-390 06 05" }),
            "patient.phone",
        ),
        (
            "patient",
            json!({ "personal_identity": ALEX, "name": "Alex Blom", "phone": "+358 40 1234567" }),
            "patient.phone",
        ),
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
    // At another unit, and fitting in every other way.
    let mut elsewhere = morning(EVA, "2026-11-30");
    elsewhere["practitioner"] = Value::Null;
    elsewhere["role"] = json!("nurse");
    let laid = clinic.post(EVA, "/booking/v1/slot-templates", elsewhere);
    assert_eq!(laid.await.status, 201);
    let found = clinic
        .get(EVA, "/booking/v1/slots?from=2026-11-30&to=2026-12-01")
        .await
        .json();
    let elsewhere = found["slots"][0]["id"].as_str().expect("an id").to_owned();
    let rows = clinic.rows().await;
    let unknown = "019aa000-0000-7000-8000-000000000000".to_owned();
    for (ticket, slot) in [
        (&later, &slots[0]),
        (&inside, &unknown),
        (&inside, &elsewhere),
    ] {
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
    // One of a ticket that is out of date, too: all of them are, a week later.
    clinic.pass(8 * 24 * shared::time::HOUR);
    let mut answers = vec![];
    for (person, code) in [
        (ALEX, codes[0].as_str()),            // spent
        (ALEX, codes[1].as_str()),            // revoked
        (ALEX, codes[2].as_str()),            // expired
        (BO, codes[2].as_str()),              // somebody else's
        (ALEX, "7zzzzzzzzzzzzzzzzzzzzzzzzz"), // unknown
        (ALEX, "nonsense"),                   // malformed
        (ALEX, ""),
        (ALEX, "' OR 1=1 --"),
    ] {
        let asked = Arc::new(Watched {
            store: Arc::clone(&clinic.ports.store),
            asked: Mutex::default(),
        });
        let ports = Ports {
            store: Arc::clone(&asked) as Arc<dyn Store>,
            ..clinic.ports.clone()
        };
        let mut request = Request::post("/tickets/v1/open")
            .header("authorization", format!("Bearer {}", clinic.token(person)))
            .header("content-type", "application/json")
            .body(Body::from(json!({ "code": code }).to_string()))
            .expect("a request");
        request.extensions_mut().insert(ports);
        let answer = tickets::router().call(request).await.expect("an answer");
        assert_eq!(answer.status(), 404, "{code}");
        let body = axum::body::to_bytes(answer.into_body(), usize::MAX).await;
        let asked = std::mem::take(&mut *asked.asked.lock().expect("nobody died"));
        answers.push((body.expect("a body"), asked));
    }
    // The same words, and the same statements in the same transactions, with the same number of values.
    assert_eq!(answers[0].1.len(), 2, "one transaction reads, one writes");
    answers.dedup();
    assert_eq!(answers.len(), 1, "{answers:?}");
}

/// A transaction's statements, each with the length of its values: what the store's work, and the hashing and
/// sealing before it, go by.
type Transaction = Vec<(&'static str, Vec<usize>)>;

/// A store that remembers what it was asked, each transaction by itself.
struct Watched {
    store: Arc<dyn Store>,
    asked: Mutex<Vec<Transaction>>,
}

#[async_trait]
impl Store for Watched {
    async fn query(&self, statement: Statement) -> Result<Outcome, StoreError> {
        let mut outcomes = self.batch(vec![statement]).await?;
        Ok(outcomes.remove(0))
    }

    async fn batch(&self, statements: Batch) -> Result<Vec<Outcome>, StoreError> {
        let length = |value: &shared::platform::Value| match value {
            shared::platform::Value::Text(text) => text.len(),
            _ => 8,
        };
        let asked = statements.iter().map(|statement| {
            let lengths = statement.parameters.iter().map(length);
            (statement.sql, lengths.collect())
        });
        let asked = asked.collect();
        self.asked.lock().expect("nobody died").push(asked);
        self.store.batch(statements).await
    }
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
