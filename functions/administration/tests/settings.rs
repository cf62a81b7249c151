//! A unit's settings: the administrator's alone, changed whole, over the version they were read at.
#![expect(
    clippy::expect_used,
    reason = "a test whose ground is missing stops at once"
)]

use axum::body::Body;
use http::Request;
use serde_json::{Value, json};
use world::{ANNA, Answer, Function, World};

const SETTINGS: &str = "/administration/v1/settings";
const PAGE: &str = "/administration/settings";

const FUNCTIONS: [Function; 1] = [("administration", administration::router)];

async fn as_administrator(world: &World, request: http::request::Builder, body: String) -> Answer {
    let token = world.sign(&world.administrator());
    let request = request
        .header("authorization", format!("Bearer {token}"))
        .body(Body::from(body));
    world.send(request.expect("a request")).await
}

async fn read(world: &World) -> Value {
    as_administrator(world, Request::get(SETTINGS), String::new())
        .await
        .json()
}

async fn write(world: &World, wanted: &Value) -> Answer {
    let request = Request::put(SETTINGS).header("content-type", "application/json");
    as_administrator(world, request, wanted.to_string()).await
}

async fn page(world: &World, path: &str) -> Answer {
    as_administrator(world, Request::get(path), String::new()).await
}

/// The form as the page shows it, with some fields changed.
async fn submit(world: &World, version: &str, changed: &[(&str, &str)]) -> Answer {
    let mut fields = vec![
        ("key", "a-form-of-its-own"),
        ("version", version),
        ("monday", "8–12, 13–17"),
        ("friday", "8.30–15"),
        ("cancellation_cutoff_hours", "24"),
        ("age_limit", "16"),
        ("case_notice_hours", "24"),
        ("case_grace_hours", "48"),
        ("case_reopen_hours", "336"),
        ("case_answer_hours", "18"),
        ("reminds_day_before", "yes"),
    ];
    for (name, value) in changed {
        fields.retain(|(field, _)| field != name);
        fields.push((name, value));
    }
    let body: Vec<String> = fields
        .iter()
        .map(|(name, value)| format!("{name}={}", shared::page::percent_encoded(value)))
        .collect();
    let request = Request::post(PAGE).header("content-type", "application/x-www-form-urlencoded");
    as_administrator(world, request, body.join("&")).await
}

#[tokio::test]
async fn an_administrator_changes_the_settings_whole_and_the_version_rises() {
    let world = World::new(&FUNCTIONS).await;
    let mut wanted = read(&world).await;
    assert_eq!(wanted["version"], 1);
    wanted["settings"]["opening_hours"][5] = json!([[600, 840]]);
    wanted["settings"]["age_limit"] = json!(13);
    wanted["settings"]["where_to_turn"] = json!("Ring 1177.");
    let answer = write(&world, &wanted).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    wanted["version"] = json!(2);
    assert_eq!(answer.json(), wanted);
    assert_eq!(read(&world).await, wanted);
    let kept = "SELECT count(*) AS n FROM care_unit_changes WHERE version = 2 AND settings LIKE '%Ring 1177.%'";
    assert_eq!(world.number(kept).await, 1, "and who did it stands");
}

#[tokio::test]
async fn of_two_administrators_the_later_hears_what_stands_and_changes_nothing() {
    let world = World::new(&FUNCTIONS).await;
    let before = read(&world).await;
    let mut first = before.clone();
    first["settings"]["case_grace_hours"] = json!(24);
    assert_eq!(write(&world, &first).await.status, 200);
    let mut second = before.clone();
    second["settings"]["case_notice_hours"] = json!(48);
    let refused = write(&world, &second).await;
    assert_eq!(refused.refused(), (409, "settings-changed".to_owned()));
    assert_eq!(refused.json()["current"]["settings"], first["settings"]);
    assert_eq!(read(&world).await["settings"], first["settings"]);
    // The same by form: what was typed stays, and saving once more is meant.
    let overtaken = submit(&world, "1", &[("where_to_turn", "Ring växeln.")]).await;
    assert_eq!(overtaken.status, 409);
    assert!(
        overtaken.text.contains("Någon annan har ändrat"),
        "{}",
        overtaken.text
    );
    assert!(
        overtaken.text.contains("Ring växeln.")
            && overtaken.text.contains("name=\"version\" value=\"2\"")
    );
    let meant = submit(&world, "2", &[("where_to_turn", "Ring växeln.")]).await;
    assert_eq!(meant.status, 303);
    assert_eq!(
        read(&world).await["settings"]["where_to_turn"],
        "Ring växeln."
    );
}

#[tokio::test]
async fn what_is_out_of_bounds_is_named_and_nothing_is_written() {
    let world = World::new(&FUNCTIONS).await;
    let before = read(&world).await;
    let rows = world.rows().await;
    for (field, value) in [
        ("age_limit", json!(12)),
        ("age_limit", json!(17)),
        ("cancellation_cutoff_hours", json!(337)),
        ("cancellation_cutoff_hours", json!(-1)),
        ("case_notice_hours", json!(0)),
        ("case_grace_hours", json!(337)),
        ("case_reopen_hours", json!(2161)),
        ("case_answer_hours", json!(0)),
        ("where_to_turn", json!("x".repeat(501))),
        ("where_to_turn", json!("skriv \u{202e} här")),
    ] {
        let mut wanted = before.clone();
        wanted["settings"][field] = value.clone();
        let refused = write(&world, &wanted).await;
        assert_eq!(refused.status, 422, "{field} {value}");
        assert_eq!(refused.json()["field"], format!("settings.{field}"));
    }
    for week in [
        json!([[]]),
        json!([[[600, 540]], [], [], [], [], [], []]),
        json!("8-17"),
    ] {
        let mut wanted = before.clone();
        wanted["settings"]["opening_hours"] = week;
        assert!(write(&world, &wanted).await.status.is_client_error());
    }
    let mut unknown = before.clone();
    unknown["settings"]["name"] = json!("En annan");
    assert!(write(&world, &unknown).await.status.is_client_error());
    assert_eq!(read(&world).await, before);
    assert_eq!(world.rows().await, rows);
}

#[tokio::test]
async fn the_form_says_what_is_wrong_at_its_field_and_loses_nothing() {
    let world = World::new(&FUNCTIONS).await;
    let wrong = [
        ("tuesday", "åtta till fem"),
        ("age_limit", "tolv"),
        ("friday", "13–17, 8–12"),
    ];
    let refused = submit(&world, "1", &wrong).await;
    assert_eq!(refused.status, 422);
    for (field, typed) in wrong {
        assert!(
            refused.text.contains(&format!("id=\"{field}-wrong\"")),
            "{field}"
        );
        assert!(
            refused.text.contains(&format!("href=\"#{field}\"")),
            "{field} in the summary"
        );
        assert!(
            refused.text.contains(&format!("value=\"{typed}\"")),
            "{typed} stays"
        );
    }
    assert!(!refused.text.contains("id=\"monday-wrong\""));
    assert_eq!(read(&world).await["version"], 1);
}

#[tokio::test]
async fn the_form_is_saved_once_however_often_it_is_sent() {
    let world = World::new(&FUNCTIONS).await;
    for _ in 0..2 {
        let saved = submit(&world, "1", &[]).await;
        assert_eq!(saved.status, 303, "{}", saved.text);
        assert_eq!(
            saved.headers["location"],
            "/administration/settings?saved=yes"
        );
    }
    let now = read(&world).await;
    assert_eq!(now["version"], 2);
    assert_eq!(
        now["settings"]["opening_hours"][0],
        json!([[480, 720], [780, 1020]])
    );
    assert_eq!(now["settings"]["opening_hours"][1], json!([]));
    assert_eq!(now["settings"]["reminds_hour_before"], false);
    let shown = page(&world, "/administration/settings?saved=yes").await;
    assert!(shown.text.contains("Inställningarna är sparade."));
    assert!(shown.text.contains("value=\"8.00–12.00, 13.00–17.00\""));
    assert!(shown.text.contains("8.30–15.00"));
}

#[tokio::test]
async fn nobody_but_the_administrator_reads_or_changes_them() {
    let world = World::new(&FUNCTIONS).await;
    for path in [SETTINGS, PAGE] {
        assert_eq!(world.get(ANNA, path).await.status, 403, "{path}");
    }
}

#[tokio::test]
async fn the_settings_lead_to_the_rules_of_slots() {
    let world = World::new(&FUNCTIONS).await;
    let shown = page(&world, PAGE).await;
    assert!(
        shown.text.contains("href=\"/booking/slots\""),
        "{}",
        shown.text
    );
}
