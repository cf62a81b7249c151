//! Staff issues, revokes, extends and sends again.

use serde_json::{Value, json};
use shared::platform::{Statement, Store};
use shared::time::HOUR;

use crate::world::*;

#[tokio::test]
async fn a_ticket_goes_to_the_patient_with_a_link_of_its_own() {
    let clinic = Clinic::new().await;
    let issued = clinic.post(ANNA, "tickets", for_alex()).await;
    assert_eq!(issued.status, 201, "{}", issued.text);
    let ticket = issued.json();
    assert_eq!(ticket["state"], "open");
    assert_eq!(ticket["first_day"], "2026-11-30");
    assert_eq!(ticket["last_day"], "2026-12-04");
    assert_eq!(ticket["valid_until"], at("2026-11-30T09:00").to_string());
    assert!(ticket.get("warnings").is_none(), "{ticket}");
    assert_eq!(clinic.messages("ticket").await, 1);
    let codes = clinic.codes().await;
    assert_eq!(codes.len(), 1);
    assert_eq!(codes[0].len(), 26);
    // The code itself is nowhere in the store.
    let kept = Statement::new(
        "SELECT 1 FROM ticket_codes WHERE hash = ?1",
        [codes[0].as_str().into()],
    );
    let kept = clinic.store.query(kept).await.expect("a query");
    assert!(kept.rows.first().is_none());
}

#[tokio::test]
async fn a_repeated_issue_is_one_ticket_and_one_message() {
    let clinic = Clinic::new().await;
    let first = clinic
        .post_again(ANNA, "tickets", "the-same-key", for_alex())
        .await;
    let again = clinic
        .post_again(ANNA, "tickets", "the-same-key", for_alex())
        .await;
    assert_eq!(first.id(), again.id());
    assert_eq!(clinic.messages("ticket").await, 1);
}

#[tokio::test]
async fn a_ticket_or_list_is_answered_again_once_its_days_have_passed() {
    let clinic = Clinic::new().await;
    let ticket = with(
        with(for_alex(), "first_day", json!("2026-11-23")),
        "last_day",
        json!("2026-11-23"),
    );
    let csv = json!(format!("personnummer;namn\n{ALEX};Alex Blom\n"));
    let list = with(with(ticket.clone(), "patient", Value::Null), "csv", csv);
    for (path, body) in [("tickets", ticket), ("batches", list)] {
        clinic.clock.set(at("2026-11-23T23:50"));
        let ask = async |key: &str| clinic.post_again(ANNA, path, key, body.clone()).await;
        let first = ask(&format!("the-same-{path}")).await;
        assert_eq!(first.status, 201, "{}", first.text);
        clinic.clock.set(at("2026-11-24T00:05"));
        let again = ask(&format!("the-same-{path}")).await;
        assert_eq!((again.status, again.text), (first.status, first.text));
        assert_eq!(ask("another-key").await.refused(), (422, "invalid".into()));
    }
}

#[tokio::test]
async fn staff_is_told_where_tickets_outnumber_the_slots_that_fit() {
    let clinic = Clinic::new().await;
    // Six half hours of Anna's; the seventh ticket is one too many.
    for number in 1..=7 {
        let issued = clinic.post(ANNA, "tickets", for_alex()).await.json();
        let warned = issued["warnings"]
            .as_array()
            .map(Vec::len)
            .unwrap_or_default();
        assert_eq!(warned, usize::from(number > 6), "{number}: {issued}");
        if number > 6 {
            assert_eq!(
                issued["warnings"][0],
                json!({ "kind": "too-few-slots", "open_tickets": 7, "free_slots": 6 })
            );
        }
    }
    let balance = clinic.get(ANNA, "capacity").await.json();
    assert_eq!(
        balance,
        json!({ "roles": [{ "role": "nurse", "open_tickets": 7, "free_slots": 6 }] })
    );
}

#[tokio::test]
async fn staff_is_told_where_no_message_reaches_the_patient() {
    let clinic = Clinic::new().await;
    let quiet = json!({ "personal_identity": ALEX, "name": "Alex Blom", "phone": "070-174 06 05" });
    let issued = clinic
        .post(ANNA, "tickets", with(for_alex(), "patient", quiet))
        .await;
    assert_eq!(issued.json()["warnings"], json!([{ "kind": "no-message" }]));
    assert!(clinic.codes().await.is_empty());
    assert_eq!(
        clinic
            .number("SELECT count(*) AS n FROM ticket_codes")
            .await,
        0
    );
    // The patient finds it all the same.
    let own = clinic.get(ALEX, "tickets").await.json();
    assert_eq!(own["tickets"][0]["id"], issued.json()["id"]);
}

#[tokio::test]
async fn a_ticket_for_a_practitioner_shows_their_slots_alone() {
    let clinic = Clinic::new().await;
    let for_stig = with(
        with(for_alex(), "role", Value::Null),
        "practitioner",
        json!(STIG),
    );
    let ticket = clinic.post(ANNA, "tickets", for_stig).await;
    assert_eq!(ticket.json()["role"], "physician");
    assert_eq!(ticket.json()["warnings"][0]["kind"], "too-few-slots");
    assert!(clinic.slots(ALEX, &ticket.id()).await.is_empty());
    let laid = clinic
        .post(
            ANNA,
            "/booking/v1/slot-templates",
            morning(STIG, "2026-11-30"),
        )
        .await;
    assert_eq!(laid.status, 201, "{}", laid.text);
    assert_eq!(clinic.slots(ALEX, &ticket.id()).await.len(), 6);
}

#[tokio::test]
async fn the_slots_of_a_ticket_are_free_of_its_length_and_on_its_days() {
    let clinic = Clinic::new().await;
    let other_day = with(for_alex(), "first_day", json!("2026-12-01"));
    let other_length = with(for_alex(), "minutes", json!(45));
    for body in [other_day, other_length] {
        let ticket = clinic.post(ANNA, "tickets", body).await.id();
        assert!(clinic.slots(ALEX, &ticket).await.is_empty());
    }
    let ticket = clinic.issue().await;
    let slots = clinic.slots(ALEX, &ticket).await;
    assert_eq!(slots.len(), 6);
    let body =
        json!({ "kind": "scheduled", "slot": slots[0], "patient": patient(BO), "reason": "Hosta" });
    assert_eq!(
        clinic
            .post(ANNA, "/booking/v1/appointments", body)
            .await
            .status,
        201
    );
    assert_eq!(clinic.slots(ALEX, &ticket).await, slots[1..]);
    // What has begun is no longer offered.
    clinic.clock.set(at("2026-11-30T10:00").plus(1));
    assert_eq!(clinic.slots(ANNA, &ticket).await.len(), 3);
}

#[tokio::test]
async fn a_revoked_ticket_is_closed_for_good() {
    let clinic = Clinic::new().await;
    let ticket = clinic.issue().await;
    let slots = clinic.slots(ALEX, &ticket).await;
    let path = |step: &str| format!("tickets/{ticket}/{step}");
    assert_eq!(
        clinic.post(ANNA, &path("revoke"), json!({})).await.status,
        200
    );
    assert_eq!(clinic.state(&ticket).await, "revoked");
    let refused = clinic.redeem(ALEX, &ticket, &slots[0]).await.refused();
    assert_eq!(refused, (409, "ticket-revoked".to_owned()));
    for (step, body) in [
        ("revoke", json!({})),
        ("resend", json!({})),
        ("extend", json!({ "valid_days": 14 })),
    ] {
        let refused = clinic.post(ANNA, &path(step), body).await.refused();
        assert_eq!(refused, (409, "ticket-revoked".to_owned()));
    }
}

#[tokio::test]
async fn an_extended_ticket_opens_again_within_twelve_weeks_of_its_issue() {
    let clinic = Clinic::new().await;
    let ticket = clinic.issue().await;
    let path = format!("tickets/{ticket}/extend");
    clinic.clock.set(at("2026-11-30T09:00"));
    assert_eq!(clinic.state(&ticket).await, "expired");
    for days in [0, 7, 85] {
        let refused = clinic
            .post(ANNA, &path, json!({ "valid_days": days }))
            .await;
        assert_eq!(refused.refused(), (422, "invalid".to_owned()));
    }
    let longer = json!({ "valid_days": 14, "last_day": "2026-12-11" });
    let extended = clinic.post(ANNA, &path, longer).await;
    assert_eq!(extended.json()["state"], "open");
    assert_eq!(
        extended.json()["valid_until"],
        at("2026-12-07T09:00").to_string()
    );
    assert_eq!(extended.json()["last_day"], "2026-12-11");
    // Whether the job had written the expiry down or not.
    clinic.clock.set(at("2026-12-07T09:00"));
    clinic.look().await;
    let extended = clinic.post(ANNA, &path, json!({ "valid_days": 84 })).await;
    assert_eq!(extended.json()["state"], "open");
}

#[tokio::test]
async fn a_ticket_is_valid_no_longer_than_its_last_day_until_that_is_moved() {
    let clinic = Clinic::new().await;
    let short = with(for_alex(), "first_day", json!("2026-11-23"));
    let short = with(short, "last_day", json!("2026-11-25"));
    let ticket = clinic.post(ANNA, "tickets", short).await;
    let end_of_day = |day: &str| at(&format!("{day}T23:59:59")).to_string();
    assert_eq!(ticket.json()["valid_until"], end_of_day("2026-11-25"));
    let path = format!("tickets/{}/extend", ticket.id());
    for (refused, field) in [
        (json!({ "valid_days": 14 }), "last_day"),
        (
            json!({ "valid_days": 14, "last_day": "2026-11-24" }),
            "last_day",
        ),
        (
            json!({ "valid_days": 14, "last_day": "2026-11-22" }),
            "last_day",
        ),
        (
            json!({ "valid_days": 2, "last_day": "2026-12-04" }),
            "valid_days",
        ),
    ] {
        let answer = clinic.post(ANNA, &path, refused).await;
        assert_eq!(answer.json()["field"], field, "{}", answer.text);
        assert_eq!(answer.refused(), (422, "invalid".to_owned()));
    }
    // The last day alone, for as long as the ticket was to be valid.
    let moved = json!({ "valid_days": 7, "last_day": "2026-11-27" });
    let moved = clinic.post(ANNA, &path, moved).await.json();
    assert_eq!(moved["valid_until"], end_of_day("2026-11-27"));
    // It opens again after that day, with slots of the new ones.
    clinic.clock.set(at("2026-11-28T09:00"));
    assert_eq!(clinic.state(&ticket.id()).await, "expired");
    let again = json!({ "valid_days": 14, "last_day": "2026-12-04" });
    assert_eq!(
        clinic.post(ANNA, &path, again).await.json()["state"],
        "open"
    );
    assert_eq!(clinic.slots(ALEX, &ticket.id()).await.len(), 6);
}

#[tokio::test]
async fn the_slots_of_a_ticket_come_page_by_page() {
    let clinic = Clinic::new().await;
    let ticket = clinic.issue().await;
    let all = clinic.slots(ALEX, &ticket).await;
    let path = format!("tickets/{ticket}/slots?limit=4");
    let first = clinic.get(ALEX, &path).await.json();
    let next = first["next"].as_str().expect("a cursor");
    let then = clinic
        .get(ALEX, &format!("{path}&cursor={next}"))
        .await
        .json();
    let ids = |page: &Value| {
        let slots = page["slots"].as_array().expect("slots").clone();
        slots.into_iter().map(|slot| slot["id"].clone())
    };
    let both: Vec<_> = ids(&first).chain(ids(&then)).collect();
    assert_eq!(both, all.iter().map(|id| json!(id)).collect::<Vec<_>>());
    assert!(then.get("next").is_none(), "{then}");
    for unfit in ["limit=0", "limit=501", "cursor=x", "from=2026-11-30"] {
        let refused = clinic
            .get(ALEX, &format!("tickets/{ticket}/slots?{unfit}"))
            .await;
        assert_eq!(refused.refused(), (422, "invalid".to_owned()), "{unfit}");
    }
}

#[tokio::test]
async fn a_link_sent_again_is_another_one_and_both_work() {
    let clinic = Clinic::new().await;
    let ticket = clinic.issue().await;
    clinic.pass(HOUR);
    let again = clinic
        .post(ANNA, &format!("tickets/{ticket}/resend"), json!({}))
        .await;
    assert_eq!(again.status, 200, "{}", again.text);
    let codes = clinic.codes().await;
    assert_eq!(codes.len(), 2);
    assert_ne!(codes[0], codes[1]);
    for code in codes {
        let opened = clinic.post(ALEX, "open", json!({ "code": code })).await;
        assert_eq!(opened.json()["ticket"], json!(ticket));
    }
}
