//! The unit's reply phrases on their page: the administrator's alone, kept for all staff of the unit.
#![expect(
    clippy::expect_used,
    reason = "a test whose ground is missing stops at once"
)]

use axum::body::Body;
use http::Request;
use serde_json::{Value, json};
use shared::page::percent_encoded;
use world::{ANNA, Answer, EVA, Function, STIG, World};

const PAGE: &str = "/administration/phrases";
const PROGRAMS: &str = "/messaging/v1/reply-phrases";
const FUNCTIONS: [Function; 2] = [
    ("administration", administration::router),
    ("messaging", messaging::router),
];

async fn as_administrator(world: &World, request: http::request::Builder, body: String) -> Answer {
    let token = world.sign(&world.administrator());
    let request = request
        .header("authorization", format!("Bearer {token}"))
        .body(Body::from(body));
    world.send(request.expect("a request")).await
}

async fn page(world: &World) -> String {
    let shown = as_administrator(world, Request::get(PAGE), String::new()).await;
    assert_eq!(shown.status, 200, "{}", shown.text);
    shown.text
}

/// Sends a form of the page under a key.
async fn submit(world: &World, key: &str, fields: &[(&str, &str)]) -> Answer {
    let fields = fields.iter();
    let fields: String = fields
        .map(|(name, value)| format!("&{name}={}", percent_encoded(value)))
        .collect();
    let request = Request::post(PAGE).header("content-type", "application/x-www-form-urlencoded");
    as_administrator(world, request, format!("key={key}{fields}")).await
}

async fn phrases(world: &World, who: &str) -> Value {
    world.get(who, PROGRAMS).await.json()["phrases"].clone()
}

const GREETING: [(&str, &str); 2] = [
    ("title", "Hälsning"),
    (
        "text",
        "Hej {patient}!\r\nVänta till {closes}. {practitioner}, {unit}",
    ),
];

#[tokio::test]
async fn a_phrase_that_the_administrator_adds_is_the_whole_units_and_no_others() {
    let world = World::new(&FUNCTIONS).await;
    assert!(
        page(&world)
            .await
            .contains("Enheten har inga svarsfraser än.")
    );
    let added = submit(&world, "a-form-of-its-own", &GREETING).await;
    assert_eq!(added.status, 303, "{}", added.text);
    assert_eq!(
        added.headers["location"],
        "/administration/phrases?done=added"
    );
    let shown = page(&world).await;
    assert!(shown.contains("<strong>Hälsning</strong>"), "{shown}");
    let kept = phrases(&world, STIG).await;
    assert_eq!(kept[0]["title"], "Hälsning");
    assert_eq!(
        kept[0]["text"],
        "Hej {patient}!\nVänta till {closes}. {practitioner}, {unit}"
    );
    assert_eq!(phrases(&world, EVA).await, json!([]));
}

#[tokio::test]
async fn a_form_that_is_sent_twice_adds_once_and_one_with_other_words_says_so() {
    let world = World::new(&FUNCTIONS).await;
    for _ in 0..2 {
        assert_eq!(submit(&world, "the-same-form", &GREETING).await.status, 303);
    }
    assert_eq!(
        phrases(&world, ANNA).await.as_array().map(Vec::len),
        Some(1)
    );
    let other = [("title", "Avslut"), ("text", "Tack för samtalet!")];
    let again = submit(&world, "the-same-form", &other).await;
    assert_eq!(again.status, 422);
    assert!(again.text.contains("Formuläret har redan skickats"));
    assert!(again.text.contains("value=\"Avslut\"") && again.text.contains("Tack för samtalet!"));
    assert_eq!(
        phrases(&world, ANNA).await.as_array().map(Vec::len),
        Some(1)
    );
}

#[tokio::test]
async fn what_is_wrong_stands_at_its_field_and_nothing_typed_is_lost() {
    let world = World::new(&FUNCTIONS).await;
    let rows = world.rows().await;
    let (long_title, long_text) = ("r".repeat(61), "t".repeat(2001));
    for (title, text, wrong) in [
        ("", "", &["title", "text"][..]),
        ("Hälsning", "Hej {namn}!", &["text"]),
        (&long_title, "Hej!", &["title"]),
        ("Hälsning", &long_text, &["text"]),
        ("Häls\u{202e}ning", "Hej!", &["title"]),
    ] {
        let fields = [("title", title), ("text", text)];
        let refused = submit(&world, "a-form-of-its-own", &fields).await;
        assert_eq!(refused.status, 422, "{title} {text}");
        for field in ["title", "text"] {
            let is_wrong = wrong.contains(&field);
            let at_field = format!("id=\"{field}-wrong\"");
            let in_summary = format!("href=\"#{field}\"");
            assert_eq!(refused.text.contains(&at_field), is_wrong, "{field}");
            assert_eq!(refused.text.contains(&in_summary), is_wrong, "{field}");
        }
        assert!(refused.text.contains(&format!("value=\"{title}\"")));
        assert!(refused.text.contains(&format!(">{text}</textarea>")));
    }
    assert_eq!(world.rows().await, rows);
}

#[tokio::test]
async fn a_phrase_is_removed_once_and_one_of_another_unit_stays() {
    let world = World::new(&FUNCTIONS).await;
    let body = json!({ "title": "Annan enhet", "text": "Hej!" });
    let foreign = world.post(EVA, PROGRAMS, body).await.id();
    submit(&world, "a-form-of-its-own", &GREETING).await;
    let own = phrases(&world, ANNA).await[0]["id"].clone();
    let own = own.as_str().expect("an id");
    assert!(page(&world).await.contains(own));
    for (key, id) in [
        ("remove-it", own),
        ("remove-it", own),
        ("removed-already", own),
        ("of-another-unit", &foreign),
        ("of-nobody", "nonsense"),
    ] {
        let removed = submit(&world, key, &[("action", "remove"), ("id", id)]).await;
        assert_eq!(removed.status, 303, "{}", removed.text);
        assert_eq!(
            removed.headers["location"],
            "/administration/phrases?done=removed"
        );
    }
    assert_eq!(phrases(&world, ANNA).await, json!([]));
    assert_eq!(phrases(&world, EVA).await[0]["title"], "Annan enhet");
}

#[tokio::test]
async fn markup_in_a_phrase_is_shown_as_it_was_typed() {
    let world = World::new(&FUNCTIONS).await;
    let fields = [("title", "<b>Hej</b>"), ("text", "</p><script>x</script>")];
    assert_eq!(
        submit(&world, "a-form-of-its-own", &fields).await.status,
        303
    );
    let shown = page(&world).await;
    assert!(
        !shown.contains("<b>Hej") && !shown.contains("<script>x"),
        "{shown}"
    );
}

#[tokio::test]
async fn the_page_is_the_administrators_and_led_to_from_the_settings() {
    let world = World::new(&FUNCTIONS).await;
    assert_eq!(world.get(ANNA, PAGE).await.status, 403);
    let settings = Request::get("/administration/settings");
    let settings = as_administrator(&world, settings, String::new()).await;
    assert!(settings.text.contains("href=\"/administration/phrases\""));
    let english = Request::get(PAGE).header("accept-language", "en");
    let english = as_administrator(&world, english, String::new()).await.text;
    for (field, meaning) in [
        ("{patient}", "The patient's name"),
        ("{practitioner}", "The name of whoever writes"),
        ("{unit}", "The unit's name"),
        ("{closes}", "When the chat closes"),
    ] {
        assert!(english.contains(field), "{field}");
        let meaning = meaning.replace('\'', "&#39;");
        assert!(english.contains(&meaning), "{meaning}");
    }
}
