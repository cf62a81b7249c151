//! What staff of a unit are told as it happens: nothing is missed, nothing comes twice, and nobody else hears of it.
#![expect(
    clippy::expect_used,
    reason = "a test whose ground is missing stops at once"
)]

use crate::world::*;
use serde_json::{Value, json};

const EVENTS: &str = "notifications/events";

impl Clinic {
    /// What has happened after an event's number: ids and data.
    async fn happened(&self, person: &str, unit: &str, after: i64) -> Vec<(String, Value)> {
        let answer = self
            .get(
                person,
                &format!("{EVENTS}?since={unit}.0.{after}&once=true"),
            )
            .await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        let field = |block: &str, name: &str| {
            let found = block.lines().find_map(|line| line.strip_prefix(name));
            found.map(str::to_owned)
        };
        let blocks = answer.text.split("\n\n").filter_map(|block| {
            assert!(block.is_empty() || block.starts_with("event: notification\n"));
            let data = serde_json::from_str(&field(block, "data: ")?).expect("JSON");
            Some((field(block, "id: ")?, data))
        });
        blocks.collect()
    }
}

#[tokio::test]
async fn staff_hear_that_a_patient_wrote_and_nothing_of_what() {
    let clinic = Clinic::new().await;
    let case = clinic.open_case().await;
    clinic.write(ANNA, &case, "Hur mår du?").await;
    clinic.write(ALEX, &case, "Bara bra, tack").await;
    clinic.write(ALEX, &case, "Nästan").await;
    let happened = clinic.happened(STIG, UNIT, 0).await;
    assert_eq!(
        happened
            .iter()
            .map(|(id, _)| id.as_str())
            .collect::<Vec<_>>(),
        [format!("{UNIT}.0.1"), format!("{UNIT}.0.2")]
    );
    assert_eq!(
        happened[0].1,
        json!({
            "number": 1, "kind": "patient-wrote", "resource_type": "case", "resource_id": case, "times": 1,
            "path": format!("/messaging/chats/{case}"), "at": clinic.now().to_string(),
        })
    );
    // From any event on, what came after it.
    assert_eq!(clinic.happened(STIG, UNIT, 1).await, happened[1..]);
    assert!(clinic.happened(STIG, UNIT, 2).await.is_empty());
}

#[tokio::test]
async fn who_is_brought_into_a_matter_hears_of_it_and_nobody_else() {
    let clinic = Clinic::new().await;
    let case = clinic.open_case().await;
    let body = json!({ "practitioner": STIG });
    clinic
        .post(ANNA, &format!("chats/{case}/colleagues"), body)
        .await;
    clinic.write(ALEX, &case, "Hej").await;
    let happened = clinic.happened(STIG, UNIT, 0).await;
    assert_eq!(happened.len(), 2);
    assert_eq!(
        (&happened[0].1["kind"], &happened[0].1["path"]),
        (
            &json!("brought-in"),
            &json!(format!("/messaging/chats/{case}"))
        )
    );
    let of_anna = clinic.happened(ANNA, UNIT, 0).await;
    assert_eq!(of_anna, happened[1..]);
}

#[tokio::test]
async fn who_is_offered_a_matter_hears_of_it_and_who_offered_it_of_the_answer_and_nobody_else() {
    let mut clinic = Clinic::new().await;
    let told = clinic.hear_rooms();
    let case = clinic.open_case().await;
    let unit = format!("unit.{UNIT}");
    let kinds = async |person: &str| {
        let happened = clinic.happened(person, UNIT, 0).await;
        let kind = |one: &(String, Value)| {
            assert_eq!(one.1["path"], format!("/messaging/chats/{case}"));
            one.1["kind"].as_str().expect("a kind").to_owned()
        };
        happened.iter().map(kind).collect::<Vec<_>>()
    };
    let mut of_anna = vec![];
    let mut of_stig = vec![];
    // Declined, taken back (which only who takes it back knows of) and accepted.
    for (who, accept, kind) in [
        (STIG, false, Some("handover-declined")),
        (ANNA, false, None),
        (STIG, true, Some("handover-accepted")),
    ] {
        heard_in(&told, &unit);
        let offer = clinic.offer(ANNA, &case, STIG).await;
        of_stig.push("handover-offered");
        assert_eq!(kinds(STIG).await, of_stig);
        assert_eq!(kinds(ANNA).await, of_anna);
        assert_eq!(heard_in(&told, &unit), ["change"]);
        let answered = clinic.answer(who, &case, &offer, accept).await;
        assert_eq!(answered.status, 200, "{}", answered.text);
        of_anna.extend(kind);
        assert_eq!(kinds(ANNA).await, of_anna);
        assert_eq!(kinds(STIG).await, of_stig);
        assert_eq!(heard_in(&told, &unit), ["change"]);
    }
}

#[tokio::test]
async fn who_offered_a_matter_and_who_was_to_take_it_hear_that_a_third_took_the_offer_back() {
    let mut clinic = Clinic::new().await;
    let told = clinic.hear_rooms();
    clinic.connect_maja().await;
    let case = clinic.open_case().await;
    let offer = clinic.offer(ANNA, &case, STIG).await;
    heard_in(&told, &format!("unit.{UNIT}"));
    clinic.pass(hours(1));
    let taken_back = clinic.answer(MAJA, &case, &offer, false).await;
    assert_eq!(taken_back.status, 200, "{}", taken_back.text);
    assert_eq!(heard_in(&told, &format!("unit.{UNIT}")), ["change"]);
    for (person, before) in [(ANNA, 0), (STIG, 1)] {
        let happened = clinic.happened(person, UNIT, 0).await;
        let (_, last) = &happened[before..][0];
        assert_eq!(happened.len(), before + 1, "{person}");
        assert_eq!(
            (&last["kind"], &last["path"], &last["at"]),
            (
                &json!("handover-taken-back"),
                &json!(format!("/messaging/chats/{case}")),
                &json!(clinic.now().to_string())
            ),
            "{person}"
        );
    }
    assert!(clinic.happened(MAJA, UNIT, 0).await.is_empty());
}

#[tokio::test]
async fn another_unit_and_another_care_provider_hear_nothing() {
    let clinic = Clinic::new().await;
    let case = clinic.open_case().await;
    clinic.write(ALEX, &case, "Hej").await;
    for (person, unit) in [(EVA, YOUTH_UNIT), (OLOF, FOREIGN_UNIT)] {
        assert!(clinic.happened(person, unit, 0).await.is_empty());
        let answer = clinic
            .get(person, &format!("{EVENTS}?since={UNIT}.0.0&once=true"))
            .await;
        assert_eq!(answer.refused(), (422, "invalid".to_owned()));
    }
    assert_eq!(clinic.get(ALEX, EVENTS).await.status, 403);
}

#[tokio::test]
async fn the_job_tells_of_what_closes_soon_and_of_what_has_no_answer_once_for_a_unit() {
    let clinic = Clinic::new().await;
    let mut last = String::new();
    for _ in 0..3 {
        last = clinic.open_case().await;
        clinic.write(ALEX, &last, "Hör av er").await;
    }
    clinic.pass(hours(6 * 24 + 1));
    clinic.run_job().await;
    clinic.run_job().await;
    let soon = clinic.happened(ANNA, UNIT, 3).await;
    assert_eq!(soon.len(), 1);
    assert_eq!(
        (&soon[0].1["kind"], &soon[0].1["times"], &soon[0].1["path"]),
        (
            &json!("closing-soon"),
            &json!(3),
            &json!("/messaging/cases")
        )
    );
    clinic.write(ANNA, &last, "Här är jag").await;
    clinic.pass(hours(24));
    clinic.run_job().await;
    let unanswered = clinic.happened(ANNA, UNIT, 4).await;
    assert_eq!(unanswered.len(), 1);
    assert_eq!(
        (&unanswered[0].1["kind"], &unanswered[0].1["times"]),
        (&json!("unanswered-at-close"), &json!(2))
    );
}

#[tokio::test]
async fn garbage_and_the_future_are_refused() {
    let clinic = Clinic::new().await;
    for since in [
        "x",
        "1",
        &format!("{UNIT}.0"),
        &format!("{UNIT}.0.1"),
        &format!("{UNIT}.0.-1"),
        &format!("{YOUTH_UNIT}.0.0"),
    ] {
        // By whoever reads a stream, and by what a room asks.
        for once in ["", "&once=true"] {
            let path = format!("{EVENTS}?since={since}{once}");
            let answer = clinic.get(ANNA, &path).await;
            assert_eq!(answer.refused(), (422, "invalid".to_owned()), "{path}");
        }
    }
}

#[tokio::test]
async fn saying_that_one_writes_is_kept_a_few_seconds_and_seen_by_the_other_side_alone() {
    let clinic = Clinic::new().await;
    let case = clinic.open_case().await;
    let seen = async |person: &str| {
        let stream = clinic.get(person, &format!("chats/{case}/events")).await;
        let line = |line: &str| line.contains("\"writing\":\"patient\"");
        stream.text.lines().any(line)
    };
    assert!(!seen(ANNA).await);
    let rows = clinic.rows().await;
    let path = format!("chats/{case}/writing");
    assert_eq!(clinic.post(ALEX, &path, json!({})).await.status, 204);
    assert_eq!(clinic.rows().await, rows);
    assert!(seen(ANNA).await);
    assert!(!seen(ALEX).await);
    clinic.pass(9_000);
    assert!(!seen(ANNA).await);
    assert_eq!(clinic.post(BO, &path, json!({})).await.status, 404);
}
