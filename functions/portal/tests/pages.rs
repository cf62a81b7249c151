//! The front door's pages: the layout that every page has, its language, and problems in human words.
#![expect(
    clippy::expect_used,
    reason = "a test whose ground is missing stops at once"
)]

use std::sync::Arc;

use axum::body::Body;
use http::{HeaderMap, Request, StatusCode};
use shared::page::assets;
use shared::platform::native::{SeededRandom, SetClock, SetSecrets, Sqlite, ports};
use shared::time::Timestamp;
use tower_service::Service;

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    text: String,
}

impl Answer {
    fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }
}

async fn send(environment: &str, mut request: Request<Body>) -> Answer {
    let clock = Arc::new(SetClock::at(Timestamp::from_millis(1_795_000_000_000)));
    let secrets = [
        ("ENVIRONMENT".to_owned(), environment.to_owned()),
        (
            "PUBLIC_ORIGIN".to_owned(),
            "https://vard.example".to_owned(),
        ),
    ];
    let store = Arc::new(Sqlite::migrated().expect("a store"));
    let random = Arc::new(SeededRandom::new(7));
    let ports = ports(store, clock, random, SetSecrets::new(secrets));
    request.extensions_mut().insert(ports);
    let answer = portal::router().call(request).await.expect("an answer");
    let (parts, body) = answer.into_parts();
    let bytes = axum::body::to_bytes(body, usize::MAX)
        .await
        .expect("a body");
    Answer {
        status: parts.status,
        headers: parts.headers,
        text: String::from_utf8(bytes.to_vec()).expect("text"),
    }
}

async fn page(path: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request = Request::get(path).header("accept", "text/html");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    send("training", request.body(Body::empty()).expect("a request")).await
}

#[tokio::test]
async fn a_page_is_swedish_until_the_browser_or_a_choice_says_otherwise() {
    let swedish = page("/", &[]).await;
    assert!(swedish.text.contains("<html lang=\"sv\""));
    assert!(swedish.text.contains("Välkommen till Vård och hälsa"));
    let english = page("/", &[("accept-language", "en-GB,sv;q=0.5")]).await;
    assert!(english.text.contains("<html lang=\"en\""));
    assert_eq!(english.header("content-language"), "en");
    let chosen = page(
        "/",
        &[("accept-language", "en"), ("cookie", "__Host-language=sv")],
    )
    .await;
    assert!(chosen.text.contains("<html lang=\"sv\""));
}

#[tokio::test]
async fn a_chosen_language_is_kept_and_leads_back_but_never_to_another_site() {
    for (return_to, led_to) in [
        ("/booking/x", "/booking/x"),
        ("https://elsewhere.example", "/"),
        ("//elsewhere.example", "/"),
    ] {
        let request = Request::post("/language")
            .header("content-type", "application/x-www-form-urlencoded")
            .header("sec-fetch-site", "same-origin")
            .body(Body::from(format!("language=en&return_to={return_to}")));
        let answer = send("training", request.expect("a request")).await;
        assert_eq!(answer.status, 303);
        assert_eq!(answer.header("location"), led_to);
        let cookie = answer.header("set-cookie");
        assert!(cookie.starts_with("__Host-language=en; Path=/;"));
        assert!(cookie.ends_with("HttpOnly; Secure; SameSite=Lax"));
    }
}

#[tokio::test]
async fn training_says_so_on_every_page_and_production_on_none() {
    assert!(page("/", &[]).await.text.contains("UTBILDNING"));
    assert!(page("/nothing", &[]).await.text.contains("UTBILDNING"));
    let request = Request::get("/").header("accept", "text/html");
    let answer = send(
        "production",
        request.body(Body::empty()).expect("a request"),
    )
    .await;
    assert!(!answer.text.contains("UTBILDNING"));
}

#[tokio::test]
async fn pages_load_from_this_site_alone_and_hold_no_script_or_style_of_their_own() {
    let answer = page("/", &[]).await;
    let policy = answer.header("content-security-policy");
    assert!(policy.starts_with("default-src 'self';") && !policy.contains("unsafe"));
    for inline in ["<script>", "<style", " style=", " onclick="] {
        assert!(!answer.text.contains(inline), "{inline}");
    }
    for loaded in [assets::STYLESHEET_PATH, assets::PAGE_SCRIPT_PATH] {
        assert!(answer.text.contains(loaded), "{loaded}");
    }
    // Where no files are mounted there is none, whatever is asked for.
    for name in ["style.css", "..%2Fspin.toml", "%2e%2e"] {
        assert_eq!(page(&format!("/static/{name}"), &[]).await.status, 404);
    }
}

#[tokio::test]
async fn a_person_gets_a_problem_in_words_and_a_program_gets_the_document() {
    let person = page("/nothing", &[]).await;
    assert_eq!(person.status, 404);
    assert_eq!(person.header("content-type"), "text/html; charset=utf-8");
    assert!(person.text.contains("Sidan finns inte"));
    let english = page("/nothing", &[("accept-language", "en")]).await;
    assert!(english.text.contains("There is no such page"));
    for accept in ["application/json", "*/*"] {
        let request = Request::get("/nothing").header("accept", accept);
        let program = send("training", request.body(Body::empty()).expect("a request")).await;
        assert_eq!(program.header("content-type"), "application/problem+json");
    }
}

#[tokio::test]
async fn what_another_site_sends_is_refused_in_words() {
    let request = Request::post("/language")
        .header("accept", "text/html")
        .header("content-type", "application/x-www-form-urlencoded")
        .header("sec-fetch-site", "cross-site")
        .body(Body::from("language=en&return_to=/"));
    let answer = send("training", request.expect("a request")).await;
    assert_eq!(answer.status, 403);
    assert!(answer.text.contains("Det här kom från en annan webbplats"));
    assert_eq!(answer.header("set-cookie"), "");
}

#[tokio::test]
async fn a_page_with_an_old_token_passes_by_the_renewal_and_comes_back() {
    let renewed = "/identity/renew?return_to=%2Fnothing%3Fa%3D1";
    // {"iat":1794999000}: over a quarter of an hour old.
    let old = "__Host-session=e30.eyJpYXQiOjE3OTQ5OTkwMDB9.x; __Host-refresh=y";
    for cookies in [
        old,
        "__Host-refresh=y",
        "__Host-session=x; __Host-refresh=y",
    ] {
        let answer = page("/nothing?a=1", &[("cookie", cookies)]).await;
        assert_eq!(answer.status, 303, "{cookies}");
        assert_eq!(answer.header("location"), renewed);
    }
    // {"iat":1794999990}
    let young = "__Host-session=e30.eyJpYXQiOjE3OTQ5OTk5OTB9.x; __Host-refresh=y";
    assert_eq!(page("/nothing", &[("cookie", young)]).await.status, 404);
}

#[tokio::test]
async fn every_functions_document_is_shown_and_an_unknown_functions_is_not() {
    let first = page("/docs", &[]).await;
    assert_eq!(first.status, 200);
    assert!(first.text.contains("data-url=\"/booking/v1/openapi.json\""));
    for function in portal::health::FUNCTIONS.into_iter().chain(["portal"]) {
        assert!(first.text.contains(&format!("/docs?function={function}\"")));
        let shown = page(&format!("/docs?function={function}"), &[]).await;
        let address = format!("data-url=\"/{function}/v1/openapi.json\"");
        assert!(shown.text.contains(&address), "{function}");
    }
    let unknown = page("/docs?function=%22%3E%3Cscript%3E", &[]).await;
    assert_eq!(unknown.status, 404);
}
