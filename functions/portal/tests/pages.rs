//! The front door's pages: the layout that every page has, its language, and problems in human words.
#![expect(
    clippy::expect_used,
    reason = "a test whose ground is missing stops at once"
)]

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use http::{HeaderMap, Request, StatusCode};
use shared::page::assets;
use shared::platform::native::{SeededRandom, SetClock, SetSecrets, Sqlite, ports};
use shared::problem::Problem;
use shared::renewal::IN_USE;
use shared::time::Timestamp;
use shared::walls::{Anyone, Routes};
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

async fn send(environment: &str, request: Request<Body>) -> Answer {
    ask(portal::router(), environment, request).await
}

async fn ask(mut router: Router, environment: &str, mut request: Request<Body>) -> Answer {
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
    let answer = router.call(request).await.expect("an answer");
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
async fn an_address_that_only_takes_forms_leads_a_person_to_the_start_and_no_program() {
    let opened = page("/language", &[]).await;
    assert_eq!(opened.status, 303);
    assert_eq!(opened.header("location"), "/");
    let program = Request::get("/language").body(Body::empty());
    let program = send("training", program.expect("a request")).await;
    assert_eq!(program.status, 405);
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
async fn what_a_script_fetches_passes_by_the_renewal_only_where_somebody_uses_its_page() {
    const MODE: &str = "sec-fetch-mode";
    let cookies = ("cookie", "__Host-refresh=y");
    for (headers, renews) in [
        (&[(MODE, "navigate")][..], true),
        (&[(MODE, "cors")], false),
        (&[(MODE, "same-origin")], false),
        (&[(MODE, "cors"), (IN_USE, "yes")], true),
        (&[(MODE, "cors"), (IN_USE, "no")], false),
        // A browser that doesn't say how it comes.
        (&[(IN_USE, "yes")], true),
        (&[(IN_USE, "no")], false),
    ] {
        let answer = page("/nothing", &[&[cookies], headers].concat()).await;
        let status = if renews { 303 } else { 404 };
        assert_eq!(answer.status, status, "{headers:?}");
    }
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

async fn refused(_: Anyone, path: axum::extract::Path<u16>) -> Result<(), Problem> {
    let status = StatusCode::from_u16(path.0).expect("a status");
    Err(match status {
        StatusCode::INTERNAL_SERVER_ERROR => Problem::internal("column patients.secret"),
        _ => Problem::new(status, "some-kind", "Some title for programs"),
    })
}

#[tokio::test]
async fn whatever_goes_wrong_is_told_in_words_with_a_way_on_and_without_its_cause() {
    for (status, title, next) in [
        (403, "Det här är inte för dig", "för någon annan roll"),
        (404, "Sidan finns inte", "börja därifrån"),
        (410, "Det här finns inte längre", "har gått ut"),
        (422, "Det gick inte att använda", "titta en gång till"),
        (429, "För många försök", "Vänta några minuter"),
        (500, "Något gick fel hos oss", "Det är inte ditt fel."),
        (503, "Det är mycket att göra just nu", "Försök igen"),
    ] {
        let routes = Routes::new().get("/refused/{status}", refused);
        let router = shared::service::service("pages", routes);
        let request = Request::get(format!("/refused/{status}")).header("accept", "text/html");
        let request = request.body(Body::empty()).expect("a request");
        let answer = ask(router, "training", request).await;
        assert_eq!(answer.status.as_u16(), status);
        let main = answer.text.split("<main").nth(1).expect("a page");
        for told in [title, next, "Till startsidan"] {
            assert!(main.contains(told), "{status} {told}: {main}");
        }
        for untold in ["secret", "some-kind", "Some title", "urn:"] {
            assert!(!main.contains(untold), "{status} {untold}: {main}");
        }
        assert_eq!(main.contains("Ärendenummer för supporten:"), status >= 500);
    }
}

/// Whether a declaration knows left from right, which a page from right to left would have to undo.
fn knows_a_side(declaration: &str) -> bool {
    let Some((property, value)) = declaration.split_once(':') else {
        return false;
    };
    let (property, value) = (property.trim(), value.trim());
    let has_side = |text: &str| {
        let mut words = text.split(|at: char| !at.is_ascii_alphabetic());
        words.any(|word| matches!(word, "left" | "right"))
    };
    let sides: Vec<_> = value.split_whitespace().collect();
    let of_sides = ["margin", "padding", "inset", "border-width", "border-style"];
    has_side(property)
        || (matches!(property, "text-align" | "float" | "clear") && has_side(value))
        || (of_sides.contains(&property) && sides.len() == 4 && sides[1] != sides[3])
        || (property == "border-radius" && sides.len() > 1)
}

#[test]
fn the_stylesheets_know_no_left_and_no_right_so_that_a_page_can_run_the_other_way() {
    for known in [
        "margin-left: 1rem",
        "text-align: right",
        " right:0",
        "padding: 0 1rem 0 2rem",
    ] {
        assert!(knows_a_side(known), "{known}");
    }
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../assets");
    let mut looked_at = 0;
    for entry in std::fs::read_dir(folder).expect("the assets") {
        let path = entry.expect("a file").path();
        if path.extension().is_none_or(|ending| ending != "css") {
            continue;
        }
        let text = std::fs::read_to_string(&path).expect("a stylesheet");
        for declaration in text.split(['{', '}', ';']) {
            looked_at += 1;
            assert!(!knows_a_side(declaration), "{path:?}: {declaration}");
        }
    }
    assert!(looked_at > 200, "{looked_at} declarations");
}

#[tokio::test]
async fn a_page_says_in_which_direction_it_runs() {
    for language in ["sv", "en"] {
        let page = page("/", &[("accept-language", language)]).await;
        let begins = format!("<html lang=\"{language}\" dir=\"ltr\">");
        assert!(page.text.contains(&begins));
    }
}
