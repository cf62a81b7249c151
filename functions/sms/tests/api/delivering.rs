//! Sending: once, in order, at decent hours, and again when a gateway fails.

use serde_json::json;
use shared::platform::{Statement, Store};
use shared::time::{HOUR, MINUTE};

use crate::gateway::Answers;
use crate::world::*;

#[tokio::test]
async fn a_booking_is_told_once() {
    let clinic = Clinic::new().await;
    clinic.book("2026-11-30T09:00").await;
    assert_eq!(clinic.deliver().await["sent"], 1);
    assert_eq!(clinic.deliver().await["sent"], 0);
    assert_eq!(
        clinic.gateway.texts(),
        [
            "Du har fått en tid för ett digitalt besök mån 30 nov kl 09.00, Testberget. Läs mer: https://vard.example"
        ]
    );
    assert_eq!(clinic.states().await, ["sent"]);
    let asked = clinic.gateway.asked.lock().expect("free").clone();
    assert_eq!(asked[0].0, "http://127.0.0.1:8793/a1/sms");
    assert_eq!(asked[0].1["to"], "+46701740605");
}

#[tokio::test]
async fn behind_a_request_messages_leave_within_the_gateways_rate_and_the_rest_is_left() {
    let mut clinic = Clinic::new().await;
    clinic.set(&[("SMS_RATE_PER_SECOND", "1")]);
    clinic.book("2026-11-30T09:00").await;
    let now = "/sms/v1/jobs/deliver-now";
    assert_eq!(clinic.run_job(now).await["sent"], 1);
    // The same second has no room for another: nobody waits for one.
    clinic.pass(1);
    clinic.book_for(BO, "2026-11-30T10:00").await;
    assert_eq!(clinic.run_job(now).await["sent"], 0);
    assert_eq!(clinic.states().await, ["sent", "queued"]);
    clinic.pass(1000);
    assert_eq!(clinic.run_job(now).await["sent"], 1);
    assert_eq!(clinic.gateway.texts().len(), 2);
}

#[tokio::test]
async fn behind_a_request_reports_that_never_came_are_left_to_the_schedule() {
    let clinic = Clinic::new().await;
    clinic.book("2026-11-30T09:00").await;
    clinic.deliver().await;
    clinic.pass(24 * HOUR);
    let now = "/sms/v1/jobs/deliver-now";
    assert_eq!(clinic.run_job(now).await["overdue"], 0);
    assert_eq!(clinic.tasks().await, 0);
    assert_eq!(clinic.deliver().await["overdue"], 1);
}

#[tokio::test]
async fn a_ticket_carries_its_link_and_a_revoked_one_is_not_sent() {
    let clinic = Clinic::new().await;
    let ticket = json!({
        "patient": patient(ALEX), "role": "nurse", "minutes": 30, "last_day": "2026-12-04", "reason": "Hosta"
    });
    clinic
        .post(ANNA, "/tickets/v1/tickets", ticket.clone())
        .await
        .id();
    clinic.deliver().await;
    let text = clinic.gateway.texts().remove(0);
    assert!(text.starts_with("Välj själv en tid för ett digitalt besök, Testberget, senast mån 30 nov kl 09.00: https://vard.example/t/"), "{text}");
    clinic.pass(MINUTE);
    let other = clinic.post(ANNA, "/tickets/v1/tickets", ticket).await.id();
    clinic
        .post(
            ANNA,
            &format!("/tickets/v1/tickets/{other}/revoke"),
            json!({}),
        )
        .await;
    assert_eq!(clinic.deliver().await["withheld"], 1);
    assert_eq!(clinic.states().await, ["sent", "withheld"]);
}

#[tokio::test]
async fn a_participant_gets_a_link_of_their_own_that_opens_the_visit() {
    let clinic = Clinic::new().await;
    let body = json!({
        "kind": "video", "starts_at": "2026-11-30T09:00", "minutes": 30, "patient": patient(ALEX),
        "reason": "Hosta", "allow_overlap": true, "participants": [
            { "role": "relative", "phone": "0701740606" }, { "role": "interpreter", "phone": "0701740607" }
        ]
    });
    clinic
        .post(ANNA, "/booking/v1/appointments", body)
        .await
        .id();
    assert_eq!(clinic.deliver().await["sent"], 3);
    let texts = clinic.gateway.texts();
    let codes: Vec<&str> = texts
        .iter()
        .filter_map(|text| Some(text.split_once("https://vard.example/identity/g/")?.1))
        .collect();
    assert_eq!(codes.len(), 2, "{texts:?}");
    assert_ne!(codes[0], codes[1]);
    for code in codes {
        let find = shared::guest_link::find(code).expect("a statement");
        let found = clinic.store.query(find).await.expect("rows");
        assert_eq!(found.rows.len(), 1);
    }
}

#[tokio::test]
async fn whoever_gave_no_number_or_withdrew_consent_gets_nothing_and_staff_sees_it() {
    let clinic = Clinic::new().await;
    let visit = clinic.book("2026-11-30T09:00").await;
    clinic.run("UPDATE patients SET sms_consent = 0", []).await;
    assert_eq!(clinic.deliver().await["withheld"], 1);
    assert!(clinic.gateway.texts().is_empty());
    let read = clinic
        .get(ANNA, &format!("/booking/v1/appointments/{visit}"))
        .await
        .json();
    let path = format!(
        "messages?patient={}",
        read["patient"]["id"].as_str().expect("an id")
    );
    let list = clinic.get(ANNA, &path).await.json();
    assert_eq!(list["messages"][0]["state"], "withheld");
    assert_eq!(list["messages"][0]["why"], "unreachable");
    assert_eq!(list["messages"][0]["appointment"], json!(visit));
    // Another unit sees none of it.
    assert_eq!(clinic.get(EVA, &path).await.json()["messages"], json!([]));
}

#[tokio::test]
async fn what_is_no_longer_so_does_not_leave() {
    let clinic = Clinic::new().await;
    let visit = clinic.book("2026-11-30T09:00").await;
    clinic.pass(1);
    let path = format!("/booking/v1/appointments/{visit}/cancel");
    assert_eq!(
        clinic
            .post(ANNA, &path, json!({ "reason": "Sjuk" }))
            .await
            .status,
        200
    );
    clinic.deliver().await;
    assert_eq!(
        clinic.gateway.texts(),
        [
            "Ditt digitala besök mån 30 nov kl 09.00, Testberget är avbokat. Läs mer: https://vard.example"
        ]
    );
    assert_eq!(clinic.states().await, ["withheld", "sent"]);
    assert_eq!(clinic.failures().await, ["outdated", ""]);
}

#[tokio::test]
async fn who_is_too_young_on_the_day_of_sending_gets_no_message() {
    // Born 1 October 2011: sixteen on the day of the visit, and fifteen today.
    let clinic = Clinic::new().await;
    clinic.book_for(NOA, "2027-10-01T09:00").await;
    assert_eq!(clinic.deliver().await["withheld"], 1);
    assert_eq!(clinic.states().await, ["withheld"]);
    assert!(clinic.gateway.texts().is_empty());

    let of_the_young = Clinic::new().await;
    of_the_young
        .run("UPDATE care_units SET age_limit = 13", [])
        .await;
    of_the_young.book_for(NOA, "2027-10-01T09:00").await;
    of_the_young.deliver().await;
    assert_eq!(of_the_young.states().await, ["sent"]);
}

#[tokio::test]
async fn a_protected_patients_message_names_no_unit() {
    let clinic = Clinic::new().await;
    clinic.book("2026-11-30T09:00").await;
    clinic
        .run("UPDATE patients SET protected_identity = 1", [])
        .await;
    clinic.deliver().await;
    let text = clinic.gateway.texts().remove(0);
    assert!(!text.contains("Testberget"), "{text}");
}

#[tokio::test]
async fn every_fault_of_a_gateway_lets_the_message_come_again_and_none_is_lost() {
    for (answers, why) in [
        (
            Answers::With(200, None, r#"{"error":"no credit"}"#),
            "confused",
        ),
        (Answers::With(200, None, "<html>"), "confused"),
        (Answers::With(200, None, ""), "confused"),
        (Answers::With(500, None, "oops"), "out-of-order"),
        (Answers::With(503, None, ""), "out-of-order"),
        (Answers::With(401, None, ""), "not-let-in"),
        (Answers::With(402, None, ""), "not-let-in"),
        (Answers::With(404, None, ""), "not-let-in"),
        (Answers::With(405, None, ""), "not-let-in"),
        (Answers::With(410, None, ""), "not-let-in"),
        (Answers::With(429, None, ""), "busy"),
        (Answers::Nothing, "no-answer"),
    ] {
        let clinic = Clinic::new().await;
        clinic.book("2026-11-30T09:00").await;
        clinic.gateway.will(answers.clone());
        assert_eq!(clinic.deliver().await["again"], 1, "{answers:?}");
        assert_eq!(clinic.failures().await, [why]);
        // Not at once …
        assert_eq!(clinic.deliver().await["sent"], 0);
        // … but within a minute.
        clinic.pass(MINUTE);
        assert_eq!(clinic.deliver().await["sent"], 1, "{answers:?}");
        assert_eq!(clinic.states().await, ["sent"]);
        assert_eq!(clinic.tasks().await, 0);
    }
}

#[tokio::test]
async fn a_busy_gateway_is_left_alone_for_as_long_as_it_asks() {
    let clinic = Clinic::new().await;
    clinic.book("2026-11-30T09:00").await;
    clinic
        .gateway
        .will(Answers::With(429, Some(("retry-after", "600")), ""));
    clinic.deliver().await;
    clinic.pass(9 * MINUTE);
    assert_eq!(clinic.deliver().await["sent"], 0);
    clinic.pass(MINUTE);
    assert_eq!(clinic.deliver().await["sent"], 1);
}

#[tokio::test]
async fn a_number_that_is_refused_is_a_dead_letter_and_a_task_at_once() {
    let clinic = Clinic::new().await;
    let visit = clinic.book("2026-11-30T09:00").await;
    clinic.gateway.will(Answers::With(400, None, "Invalid to"));
    assert_eq!(clinic.deliver().await["failed"], 1);
    assert_eq!(clinic.states().await, ["failed"]);
    assert_eq!(clinic.tasks().await, 1);
    // By hand it goes again.
    let read = clinic
        .get(ANNA, &format!("/booking/v1/appointments/{visit}"))
        .await
        .json();
    let path = format!(
        "messages?patient={}",
        read["patient"]["id"].as_str().expect("an id")
    );
    let id = clinic.get(ANNA, &path).await.json()["messages"][0]["id"].clone();
    let path = format!("messages/{}/send-again", id.as_str().expect("an id"));
    assert_eq!(clinic.post(EVA, &path, json!({})).await.status, 404);
    assert_eq!(clinic.post(ANNA, &path, json!({})).await.status, 200);
    assert_eq!(
        clinic.post(ANNA, &path, json!({})).await.refused(),
        (409, "not-failed".to_owned())
    );
    assert_eq!(clinic.deliver().await["sent"], 1);
}

#[tokio::test]
async fn after_the_last_try_staff_has_a_task_with_the_reason() {
    let clinic = Clinic::new().await;
    clinic.book("2026-12-04T09:00").await;
    for _ in 0..8 {
        clinic.gateway.will(Answers::With(500, None, ""));
        clinic.deliver().await;
        // As long as the longest pause before the last try.
        clinic.pass(32 * MINUTE);
    }
    assert_eq!(clinic.states().await, ["failed"]);
    assert_eq!(clinic.failures().await, ["out-of-order"]);
    assert_eq!(clinic.tasks().await, 1);
    let logged =
        "SELECT count(*) AS n FROM access_log WHERE user_id = 'sms/deliver' AND activity = 'write'";
    assert_eq!(clinic.number(logged).await, 1);
    assert_eq!(clinic.deliver().await["sent"], 0);
}

#[tokio::test]
async fn the_order_of_messages_to_one_phone_is_kept() {
    let clinic = Clinic::new().await;
    let visit = clinic.book("2026-11-30T09:00").await;
    clinic.pass(1);
    clinic.book_for(BO, "2026-11-30T09:00").await;
    clinic.pass(1);
    let path = format!("/booking/v1/appointments/{visit}/reschedule");
    let later = json!({ "starts_at": "2026-11-30T13:00" });
    // The first message waits for its next try; the second must not overtake it, though both have one phone.
    clinic.gateway.will(Answers::With(500, None, ""));
    clinic.deliver().await;
    assert_eq!(clinic.post(ANNA, &path, later).await.status, 200);
    assert_eq!(clinic.deliver().await["sent"], 0);
    clinic.pass(MINUTE);
    clinic.deliver().await;
    let texts = clinic.gateway.texts();
    assert_eq!(texts.len(), 3, "{texts:?}");
    assert!(texts[0].contains("30 nov kl 13.00"), "{texts:?}");
    assert!(texts[1].contains("30 nov kl 09.00"), "{texts:?}");
    assert!(
        texts[2].contains("flyttat till mån 30 nov kl 13.00"),
        "{texts:?}"
    );
}

#[tokio::test]
async fn nobody_is_woken() {
    let clinic = Clinic::new().await;
    clinic.remind().await;
    clinic.book("2026-11-24T22:00").await;
    clinic.deliver().await;
    clinic.clock.set(at("2026-11-23T22:00"));
    assert_eq!(clinic.remind().await["written"], 1);
    assert_eq!(clinic.deliver().await["put_off"], 1);
    assert_eq!(clinic.gateway.texts().len(), 1);
    clinic.clock.set(at("2026-11-24T08:00"));
    assert_eq!(clinic.deliver().await["sent"], 1);
    assert!(clinic.gateway.texts()[1].starts_with("Påminnelse: "));
}

#[tokio::test]
async fn two_senders_at_once_send_each_message_once() {
    let clinic = Clinic::new().await;
    for minute in 0..30 {
        clinic.book(&format!("2026-11-30T10:{minute:02}")).await;
        clinic.pass(1);
    }
    // All have one phone, so they go one after the other, whoever sends them.
    for _ in 0..40 {
        tokio::join!(clinic.deliver(), clinic.deliver(), clinic.deliver());
        clinic.pass(1000);
    }
    let texts = clinic.gateway.texts();
    assert_eq!(texts.len(), 30);
    let clocks: Vec<_> = (0..30).map(|minute| format!("kl 10.{minute:02}")).collect();
    for (text, clock) in texts.iter().zip(clocks) {
        assert!(text.contains(&clock), "{text} is not of {clock}");
    }
}

#[tokio::test]
async fn a_sender_that_died_leaves_its_messages_to_the_next() {
    let clinic = Clinic::new().await;
    clinic.book("2026-11-30T09:00").await;
    // Claimed, and never heard of again.
    clinic
        .run(
            "UPDATE sms_outbox SET due_at = ?1, lease = 'dead', attempts = 1",
            [clinic.now().plus(MINUTE).into()],
        )
        .await;
    assert_eq!(clinic.deliver().await["sent"], 0);
    clinic.pass(MINUTE);
    assert_eq!(clinic.deliver().await["sent"], 1);
}

#[tokio::test]
async fn without_a_simulator_training_sends_nothing_anywhere() {
    let clinic = Clinic::with(&[("ELKS_USERNAME", "u"), ("ELKS_PASSWORD", "p")]).await;
    clinic.book("2026-11-30T09:00").await;
    assert_eq!(clinic.deliver().await["sent"], 1);
    assert!(clinic.gateway.asked.lock().expect("free").is_empty());
    // And nobody waits for a report of it.
    clinic.pass(25 * HOUR);
    assert_eq!(clinic.deliver().await["overdue"], 0);
    assert_eq!(clinic.tasks().await, 0);
}

#[tokio::test]
async fn what_waits_for_the_morning_holds_up_nothing_that_was_just_asked_for() {
    let clinic = Clinic::new().await;
    clinic.remind().await;
    clinic.book("2026-11-24T20:59").await;
    clinic.deliver().await;
    clinic.clock.set(at("2026-11-23T20:59"));
    clinic.remind().await;
    // Tried a minute before the quiet hours, and then put off.
    clinic.gateway.will(Answers::With(500, None, ""));
    assert_eq!(clinic.deliver().await["again"], 1);
    clinic.clock.set(at("2026-11-23T21:30"));
    assert_eq!(clinic.deliver().await["put_off"], 1);
    clinic.book("2026-11-24T09:00").await;
    assert_eq!(clinic.deliver().await["sent"], 1);
    clinic.clock.set(at("2026-11-24T08:00"));
    assert_eq!(clinic.deliver().await["sent"], 1);
    assert!(clinic.gateway.texts()[2].starts_with("Påminnelse: "));
}

#[tokio::test]
async fn a_lists_tickets_wait_for_the_morning_and_hold_up_no_ticket_that_was_just_sent() {
    let clinic = Clinic::new().await;
    clinic.clock.set(at("2026-11-23T22:00"));
    let list = clinic.list_of(&[(ALEX, "0701740605"), (BO, "0701740606")]);
    let batch = clinic.post(ANNA, "/tickets/v1/batches", list).await.id();
    let path = |step: &str| format!("/tickets/v1/batches/{batch}/{step}");
    clinic.post(ANNA, &path("confirm"), json!({})).await;
    assert_eq!(
        clinic.run_job("/tickets/v1/jobs/batches").await["issued"],
        2
    );
    assert_eq!(clinic.deliver().await["put_off"], 2);
    clinic.pass(MINUTE);
    let ticket = json!({
        "patient": patient(ALEX), "role": "nurse", "minutes": 30, "last_day": "2026-12-04", "reason": "Hosta"
    });
    clinic.post(ANNA, "/tickets/v1/tickets", ticket).await.id();
    assert_eq!(clinic.deliver().await["sent"], 1);
    clinic.clock.set(at("2026-11-24T07:59"));
    assert_eq!(clinic.deliver().await["sent"], 0);
    clinic.clock.set(at("2026-11-24T08:00"));
    assert_eq!(clinic.deliver().await["sent"], 2);
    assert_eq!(clinic.states().await, ["sent", "sent", "sent"]);
}

#[tokio::test]
async fn of_a_gateway_that_works_again_is_known_since_when_and_when_it_last_failed() {
    let clinic = Clinic::new().await;
    clinic.book("2026-12-04T09:00").await;
    clinic.gateway.will(Answers::With(500, None, ""));
    clinic.deliver().await;
    let failed_at = clinic.now();
    clinic.pass(HOUR);
    assert_eq!(clinic.deliver().await["sent"], 1);
    let known = "SELECT 1 AS found FROM sms_gateways WHERE failing_since IS NULL AND failed_at = ?1 AND works_since = ?2";
    let known = Statement::new(known, [failed_at.into(), clinic.now().into()]);
    let found = clinic.ports.store.query(known).await.expect("a store");
    assert_eq!(found.rows.len(), 1);
}

#[tokio::test]
async fn a_second_gateway_takes_over_when_the_first_has_failed_for_two_minutes() {
    let mut clinic = Clinic::with(&[]).await;
    clinic.book("2026-11-30T09:00").await;
    clinic.set(&[
        ("ENVIRONMENT", "production"),
        ("SMS_GATEWAYS", "46elks,twilio"),
        ("ELKS_USERNAME", "u"),
        ("ELKS_PASSWORD", "p"),
        ("TWILIO_ACCOUNT_SID", "AC1"),
        ("TWILIO_AUTH_TOKEN", "12345"),
        ("TWILIO_FROM", "+46701740699"),
    ]);
    clinic
        .run(
            "INSERT INTO sms_gateways (name, failing_since, failed_at) VALUES ('46elks', ?1, ?1)",
            [clinic.now().plus(-2 * MINUTE).into()],
        )
        .await;
    assert_eq!(clinic.deliver().await["sent"], 1);
    let asked = clinic.gateway.asked.lock().expect("free").clone();
    assert_eq!(
        asked[0].0,
        "https://api.twilio.com/2010-04-01/Accounts/AC1/Messages.json"
    );
    assert_eq!(asked[0].1["To"], "+46701740605");
    assert!(
        asked[0].1["StatusCallback"].starts_with("https://vard.example/sms/v1/reports/twilio/")
    );
}
