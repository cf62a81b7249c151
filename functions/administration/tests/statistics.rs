//! A unit's numbers: counted from what its flows wrote, its own alone, and never of anybody by name.
#![expect(
    clippy::expect_used,
    reason = "a test whose ground is missing stops at once"
)]

use serde_json::{Value, json};
use shared::time::{HOUR, MINUTE};
use world::{ALEX, ANNA, EVA, Function, World, patient};

const FUNCTIONS: [Function; 3] = [
    ("administration", administration::router),
    ("booking", booking::router),
    ("messaging", messaging::router),
];
const STATISTICS: &str = "/administration/v1/statistics?weeks=4";

async fn statistics(world: &World, person: &str) -> Value {
    let answer = world.get(person, STATISTICS).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.json()
}

async fn booked(world: &World, starts_at: &str) -> String {
    let visit = json!({
        "kind": "free-time", "starts_at": starts_at, "minutes": 20, "reason": "Kontroll", "patient": patient(ALEX),
    });
    let answer = world.post(ANNA, "/booking/v1/appointments", visit).await;
    assert_eq!(answer.status, 201, "{}", answer.text);
    answer.id()
}

fn count<'a>(counts: &'a Value, name: &str) -> &'a Value {
    let counts = counts.as_array().expect("counts");
    let found = counts.iter().find(|count| count["name"] == name);
    &found.expect("a count of that name")["count"]
}

#[tokio::test]
async fn visits_are_counted_in_their_week_by_kind_and_cancelled_ones_are_not() {
    // The world's clock stands at Monday, 23 November 2026, 9 in the morning.
    let world = World::new(&FUNCTIONS).await;
    booked(&world, "2026-11-24T10:00").await;
    booked(&world, "2026-11-29T23:30").await;
    let cancelled = booked(&world, "2026-11-25T10:00").await;
    let path = format!("/booking/v1/appointments/{cancelled}/cancel");
    let answer = world
        .post(ANNA, &path, json!({ "reason": "Dubbelt" }))
        .await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    // Beyond the period: the week after.
    booked(&world, "2026-11-30T00:30").await;
    let weeks = statistics(&world, ANNA).await["weeks"].clone();
    let mondays: Vec<&str> = weeks
        .as_array()
        .expect("weeks")
        .iter()
        .filter_map(|week| week["monday"].as_str())
        .collect();
    assert_eq!(
        mondays,
        ["2026-11-02", "2026-11-09", "2026-11-16", "2026-11-23"]
    );
    assert_eq!(count(&weeks[3]["kinds"], "free-time"), 2);
    assert_eq!(count(&weeks[3]["kinds"], "video"), 0);
    assert_eq!(weeks[3]["no_shows"], 0);
}

#[tokio::test]
async fn who_did_not_come_is_counted_as_a_visit_and_as_a_no_show() {
    let world = World::new(&FUNCTIONS).await;
    let visit = booked(&world, "2026-11-23T10:00").await;
    world.pass(2 * HOUR);
    let path = format!("/booking/v1/appointments/{visit}/no-show");
    let answer = world.post(ANNA, &path, json!({})).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let week = statistics(&world, ANNA).await["weeks"][3].clone();
    assert_eq!(count(&week["kinds"], "free-time"), 1);
    assert_eq!(week["no_shows"], 1);
}

#[tokio::test]
async fn messages_are_counted_by_what_became_of_them() {
    let world = World::new(&FUNCTIONS).await;
    booked(&world, "2026-11-24T10:00").await;
    let messages = statistics(&world, ANNA).await["messages"].clone();
    let all = world.number("SELECT count(*) AS n FROM sms_outbox").await;
    assert!(all > 0);
    let counted: i64 = messages
        .as_array()
        .expect("counts")
        .iter()
        .filter_map(|count| count["count"].as_i64())
        .sum();
    assert_eq!(counted, all);
}

#[tokio::test]
async fn the_first_answer_is_timed_from_the_patients_first_question() {
    let world = World::new(&FUNCTIONS).await;
    let case = json!({
        "subject": "Utslag", "patient": patient(ALEX), "closes_at": "2026-12-01T12:00",
        "first_writer": "patient", "patient_may_reply": true, "role": "nurse",
    });
    let answer = world.post(ANNA, "/messaging/v1/cases", case).await;
    assert_eq!(answer.status, 201, "{}", answer.text);
    let messages = format!("/messaging/v1/chats/{}/messages", answer.id());
    let write = async |person: &str| {
        let answer = world
            .post(person, &messages, json!({ "text": "Hej" }))
            .await;
        assert_eq!(answer.status, 201, "{}", answer.text);
    };
    write(ALEX).await;
    let unanswered = statistics(&world, ANNA).await["first_answers"].clone();
    assert_eq!(unanswered["unanswered"], 1);
    assert_eq!(unanswered["median_minutes"], Value::Null);
    world.pass(90 * MINUTE);
    write(ANNA).await;
    world.pass(5 * MINUTE);
    write(ANNA).await;
    let answered = statistics(&world, ANNA).await["first_answers"].clone();
    assert_eq!(answered["within"], json!([0, 1, 0, 0, 0]));
    assert_eq!(answered["median_minutes"], 90);
    assert_eq!(answered["unanswered"], 0);
}

#[tokio::test]
async fn another_units_numbers_are_not_counted_and_nobody_is_named() {
    let world = World::new(&FUNCTIONS).await;
    booked(&world, "2026-11-24T10:00").await;
    let others = statistics(&world, EVA).await;
    assert_eq!(count(&others["weeks"][3]["kinds"], "free-time"), 0);
    for person in [ANNA, EVA] {
        let text = statistics(&world, person).await.to_string();
        assert!(!text.contains("Alex") && !text.contains(ALEX));
    }
}

#[tokio::test]
async fn the_page_draws_what_it_tells_in_a_table_and_the_period_can_be_chosen() {
    let world = World::new(&FUNCTIONS).await;
    booked(&world, "2026-11-24T10:00").await;
    let page = world.get(ANNA, "/administration/statistics?weeks=4").await;
    assert_eq!(page.status, 200);
    assert!(
        page.text.contains("<svg class=\"chart\"")
            && page.text.contains("<rect class=\"series-1\"")
    );
    assert!(page.text.contains("<th scope=\"row\">2026-11-23</th>"));
    assert!(page.text.contains("weeks=4\" aria-current"));
    for nonsense in ["0", "27", "-1", "x", "13&unit=other"] {
        let path = format!("/administration/statistics?weeks={nonsense}");
        assert!(
            world.get(ANNA, &path).await.status.is_client_error(),
            "{nonsense}"
        );
    }
}
