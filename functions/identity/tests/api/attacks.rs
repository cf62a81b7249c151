//! Everything that is sent to a sign-in and must not sign anybody in: a page, an audit line, no session.

use std::collections::HashMap;

use serde_json::{Value, json};
use shared::sealing::encoded;

use crate::browser::{Browser, issuer, location, refused};
use crate::provider::*;

const NOT_TRUSTED: &str = "gick inte att lita på";
const START_AGAIN: &str = "Börja om";
const DOWN: &str = "Inloggningstjänsten svarar inte";

/// Signs in with an ID token made by `forge` from what a good one would say.
async fn with_token(
    world: &World,
    forge: impl FnOnce(&Provider, Value) -> String,
) -> (u16, String) {
    let browser = Browser::new(world);
    let asked = browser.begin("patient").await;
    let code = world.code_for(&asked, PATIENTS);
    world.provider(PATIENTS, |provider| {
        let claims = provider.token_claims(&asked["nonce"]);
        provider.tokens = Tokens::Forged(forge(provider, claims));
    });
    let query = format!("code={code}&state={}&iss={PATIENTS}", asked["state"]);
    let answer = browser.answer("patient", &query).await;
    if answer.status != 303 {
        refused(&browser, &answer, "").await;
    }
    (answer.status.as_u16(), answer.text)
}

async fn does_not_hold(world: &World, what: &str, forge: impl FnOnce(&Provider, Value) -> String) {
    let (status, text) = with_token(world, forge).await;
    assert_eq!(status, 403, "{what}");
    assert!(text.contains(NOT_TRUSTED), "{what}");
}

#[tokio::test]
async fn an_answer_of_another_sign_in_is_refused() {
    let world = World::new().await;
    let (browser, other) = (Browser::new(&world), Browser::new(&world));
    let asked = browser.begin("patient").await;
    let others = other.begin("patient").await;
    let code = world.code_for(&asked, PATIENTS);
    for state in [others["state"].as_str(), "", "x"] {
        let victim = Browser::new(&world);
        victim.begin("patient").await;
        let query = format!("code={code}&state={state}&iss={PATIENTS}");
        let answer = victim.answer("patient", &query).await;
        assert_eq!(answer.status, 400);
        refused(&victim, &answer, START_AGAIN).await;
    }
    // Without the cookie of who began, or with one that was cut or made up.
    let query = format!("code={code}&state={}&iss={PATIENTS}", asked["state"]);
    let sealed = browser.cookie("__Host-sign-in").expect("an attempt");
    for cookie in ["", &sealed[..sealed.len() - 2], "1.a.AAAA", "x"] {
        let thief = Browser::new(&world);
        thief
            .cookies
            .borrow_mut()
            .insert("__Host-sign-in".into(), cookie.to_owned());
        let answer = thief.answer("patient", &query).await;
        refused(&thief, &answer, START_AGAIN).await;
    }
    assert_eq!(
        world.asked(PATIENTS, "/token"),
        0,
        "no code left this place"
    );
    assert_eq!(
        browser.answer("patient", &query).await.status,
        303,
        "the right one still holds"
    );
}

#[tokio::test]
async fn an_answer_that_takes_too_long_is_refused() {
    let world = World::new().await;
    let browser = Browser::new(&world);
    let asked = browser.begin("patient").await;
    let code = world.code_for(&asked, PATIENTS);
    world.wait(15 * 60_000);
    let query = format!("code={code}&state={}&iss={PATIENTS}", asked["state"]);
    let answer = browser.answer("patient", &query).await;
    refused(&browser, &answer, START_AGAIN).await;
}

#[tokio::test]
async fn a_code_signs_in_once() {
    let world = World::new().await;
    let browser = Browser::new(&world);
    let asked = browser.begin("patient").await;
    let attempt = browser.cookie("__Host-sign-in").expect("an attempt");
    let code = world.code_for(&asked, PATIENTS);
    let query = format!("code={code}&state={}&iss={PATIENTS}", asked["state"]);
    assert_eq!(browser.answer("patient", &query).await.status, 303);
    // The provider knows the code no more; and were it to answer again, the attempt has its session.
    let replay = |attempt: &str| {
        let replayer = Browser::new(&world);
        replayer
            .cookies
            .borrow_mut()
            .insert("__Host-sign-in".into(), attempt.to_owned());
        replayer
    };
    let replayer = replay(&attempt);
    let answer = replayer.answer("patient", &query).await;
    assert_eq!(answer.status, 403);
    assert!(answer.text.contains(NOT_TRUSTED) && !replayer.is_signed_in());
    let again = world.code_for(&asked, PATIENTS);
    let query = format!("code={again}&state={}&iss={PATIENTS}", asked["state"]);
    let replayer = replay(&attempt);
    let answer = replayer.answer("patient", &query).await;
    assert_eq!(answer.status, 403);
    assert!(answer.text.contains(START_AGAIN) && !replayer.is_signed_in());
    assert_eq!(world.number("SELECT count(*) AS n FROM sessions").await, 1);
}

#[tokio::test]
async fn an_answer_from_another_provider_is_refused() {
    let world = World::new().await;
    for iss in [
        "&iss=https://elsewhere.example",
        "&iss=https://staff.example",
        "",
    ] {
        let browser = Browser::new(&world);
        let asked = browser.begin("patient").await;
        let code = world.code_for(&asked, PATIENTS);
        let query = format!("code={code}&state={}{iss}", asked["state"]);
        let answer = browser.answer("patient", &query).await;
        assert_eq!(answer.status, 403, "{iss}");
        refused(&browser, &answer, NOT_TRUSTED).await;
    }
    // A patient's answer at the staff's door.
    let browser = Browser::new(&world);
    let asked = browser.begin("patient").await;
    let code = world.code_for(&asked, PATIENTS);
    let query = format!("code={code}&state={}&iss={STAFF}", asked["state"]);
    let answer = browser.answer("staff", &query).await;
    refused(&browser, &answer, START_AGAIN).await;
    assert_eq!(world.asked(PATIENTS, "/token"), 0);
    assert_eq!(world.asked(STAFF, "/token"), 0);
}

#[tokio::test]
async fn a_provider_that_does_not_name_itself_is_still_believed_where_it_never_said_it_would() {
    let world = World::new().await;
    world.provider(PATIENTS, |provider| provider.iss_supported = false);
    let browser = Browser::new(&world);
    let asked = browser.begin("patient").await;
    let code = world.code_for(&asked, PATIENTS);
    let query = format!("code={code}&state={}", asked["state"]);
    assert_eq!(browser.answer("patient", &query).await.status, 303);
}

#[tokio::test]
async fn a_token_of_another_time_sign_in_client_or_provider_does_not_hold() {
    let world = World::new().await;
    let now = world.ports.clock.now().millis() / 1000;
    let changed = |name: &'static str, value: Value| {
        move |provider: &Provider, mut claims: Value| {
            match &value {
                Value::Null => {
                    claims.as_object_mut().expect("claims").remove(name);
                }
                value => claims[name] = value.clone(),
            }
            provider
                .key
                .sign_as(&json!({ "alg": "EdDSA", "kid": "first" }), &claims)
        }
    };
    for (name, value) in [
        ("nonce", json!("another")),
        ("nonce", json!(null)),
        ("iss", json!(STAFF)),
        ("iss", json!(format!("{PATIENTS}/"))),
        ("iss", json!(null)),
        ("aud", json!("another-client")),
        ("aud", json!([CLIENT, "another-client"])),
        ("aud", json!([])),
        ("aud", json!(null)),
        ("azp", json!("another-client")),
        ("exp", json!(now - 61)),
        ("exp", json!(null)),
        ("exp", json!("soon")),
        ("iat", json!(now + 61)),
        ("iat", json!(null)),
        ("nbf", json!(now + 61)),
        ("sub", json!(null)),
    ] {
        does_not_hold(&world, &format!("{name} {value}"), changed(name, value)).await;
    }
    // A minute of skew is let pass.
    for (name, value) in [
        ("exp", json!(now - 59)),
        ("iat", json!(now + 59)),
        ("azp", json!(CLIENT)),
    ] {
        let (status, text) = with_token(&world, changed(name, value)).await;
        assert_eq!(status, 303, "{name} {text}");
    }
}

#[tokio::test]
async fn a_token_that_says_how_to_verify_itself_does_not_hold() {
    let world = World::new().await;
    let forger = Key::edwards();
    let own = forger.public("mine");
    for header in [
        json!({ "alg": "EdDSA", "kid": "first", "crit": ["exp"], "exp": 1 }),
        json!({ "alg": "EdDSA", "kid": "first", "crit": ["urn:new"], "urn:new": true }),
        json!({ "alg": "EdDSA", "kid": "first", "crit": [] }),
        json!({ "alg": "EdDSA", "kid": "mine", "jwk": own }),
        json!({ "alg": "EdDSA", "kid": "mine", "jku": "https://elsewhere.example/keys" }),
        json!({ "alg": "EdDSA", "kid": "mine", "x5u": "https://elsewhere.example/chain" }),
        json!({ "alg": "EdDSA", "kid": "mine", "x5c": ["AAAA"] }),
        json!({ "alg": "EdDSA", "kid": "mine" }),
        json!({ "alg": "EdDSA", "kid": "first" }),
        json!({ "alg": "EdDSA" }),
        json!({ "alg": "EdDSA", "kid": "../../first" }),
        json!({ "alg": "EdDSA", "kid": "first' OR '1'='1" }),
        json!({ "alg": "EdDSA", "kid": "a".repeat(5000) }),
        json!({ "alg": "EdDSA", "kid": { "first": 1 } }),
        json!({ "kid": "first" }),
    ] {
        does_not_hold(&world, &header.to_string(), |_, claims| {
            forger.sign_as(&header, &claims)
        })
        .await;
    }
    // Well signed, but asking for what we don't know.
    let critical = json!({ "alg": "EdDSA", "kid": "first", "crit": ["urn:new"], "urn:new": true });
    does_not_hold(&world, "critical", |provider, claims| {
        provider.key.sign_as(&critical, &claims)
    })
    .await;
}

#[tokio::test]
async fn a_token_without_a_signature_or_signed_by_the_public_key_does_not_hold() {
    let world = World::new().await;
    let part = |value: &Value| encoded(value.to_string().as_bytes());
    for algorithm in ["none", "None", "NONE", "nOnE", ""] {
        does_not_hold(&world, algorithm, |_, claims| {
            let header = json!({ "alg": algorithm, "kid": "first" });
            format!("{}.{}.", part(&header), part(&claims))
        })
        .await;
    }
    for algorithm in [
        "HS256", "HS384", "RS256", "PS256", "ES256", "ES256K", "Ed448",
    ] {
        does_not_hold(&world, algorithm, |provider, claims| {
            let header = json!({ "alg": algorithm, "kid": "first" });
            let signed = format!("{}.{}", part(&header), part(&claims));
            let public = provider.key.public("first");
            let secret =
                shared::sealing::decoded(public["x"].as_str().expect("a key")).expect("bytes");
            let mac = hmac_sha256::HMAC::mac(signed.as_bytes(), secret);
            format!("{signed}.{}", encoded(&mac))
        })
        .await;
    }
    for (what, cut) in [("", 0), ("half", 2), ("no signature", 1)] {
        does_not_hold(&world, what, |provider, claims| {
            let whole = provider.key.sign("first", &claims);
            match cut {
                0 => String::new(),
                1 => whole.rsplit_once('.').expect("parts").0.to_owned(),
                _ => whole[..whole.len() / cut].to_owned(),
            }
        })
        .await;
    }
    does_not_hold(&world, "changed", |provider, mut claims| {
        let whole = provider.key.sign("first", &claims);
        claims[NUMBER] = json!(BO);
        let mut parts: Vec<&str> = whole.split('.').collect();
        let changed = part(&claims);
        parts[1] = &changed;
        parts.join(".")
    })
    .await;
}

#[tokio::test]
async fn an_algorithm_other_than_the_one_the_key_is_for_is_refused() {
    let world = World::new().await;
    world.provider(PATIENTS, |provider| {
        let mut public = provider.key.public("first");
        public["alg"] = json!("ES256");
        provider.keys = Some(vec![public]);
    });
    does_not_hold(&world, "EdDSA", |provider, claims| {
        provider.key.sign("first", &claims)
    })
    .await;
    world.wait(61_000);
    world.provider(PATIENTS, |provider| {
        let mut public = provider.key.public("second");
        public["use"] = json!("enc");
        provider.kid = "second".into();
        provider.keys = Some(vec![public]);
    });
    does_not_hold(&world, "enc", |provider, claims| {
        provider.key.sign("second", &claims)
    })
    .await;
}

#[tokio::test]
async fn a_claim_that_comes_twice_is_refused() {
    let world = World::new().await;
    does_not_hold(&world, "two numbers", |provider, claims| {
        let text = claims.to_string();
        let twice = format!("{},\"{NUMBER}\":\"{BO}\"}}", &text[..text.len() - 1]);
        let part = |text: &str| encoded(text.as_bytes());
        let signed = format!(
            "{}.{}",
            part(r#"{"alg":"EdDSA","kid":"first"}"#),
            part(&twice)
        );
        let Key::Edwards(pair) = &provider.key else {
            unreachable!("made so")
        };
        use jwt_simple::prelude::EdDSAKeyPairLike;
        let signature = pair.key_pair().as_ref().sk.sign(&signed, None);
        format!("{signed}.{}", encoded(&signature[..]))
    })
    .await;
}

#[tokio::test]
async fn what_a_person_is_said_to_be_is_one_published_test_identity() {
    let world = World::new().await;
    for (claims, words) in [
        (json!({}), "det vi behöver veta"),
        (json!({ NUMBER: null }), "det vi behöver veta"),
        (json!({ NUMBER: "" }), "det vi behöver veta"),
        (json!({ NUMBER: "196103072391" }), "det vi behöver veta"),
        (json!({ NUMBER: [ALEX, BO] }), "det vi behöver veta"),
        (
            json!({ NUMBER: ALEX, COORDINATION: "196109732393" }),
            "två olika personnummer",
        ),
        (json!({ NUMBER: "199001011239" }), "påhittade personer"),
    ] {
        world.provider(PATIENTS, |provider| provider.claims = claims);
        let browser = Browser::new(&world);
        let answer = browser.sign_in("patient").await;
        refused(&browser, &answer, words).await;
    }
}

#[tokio::test]
async fn a_new_key_is_looked_for_once_and_made_up_ones_hammer_nobody() {
    let world = World::new().await;
    assert_eq!(Browser::new(&world).sign_in("patient").await.status, 303);
    assert_eq!(Browser::new(&world).sign_in("patient").await.status, 303);
    assert_eq!(
        world.asked(PATIENTS, "/.well-known/openid-configuration"),
        1,
        "kept"
    );
    assert_eq!(world.asked(PATIENTS, "/keys"), 1, "kept");
    world.provider(PATIENTS, |provider| {
        provider.key = Key::edwards();
        provider.kid = "second".into();
    });
    assert_eq!(
        Browser::new(&world).sign_in("patient").await.status,
        303,
        "rotated"
    );
    assert_eq!(world.asked(PATIENTS, "/keys"), 2);
    world.run("DELETE FROM refresh_tokens", []).await;
    world.run("DELETE FROM sessions", []).await;
    for made_up in 0..5 {
        let header = json!({ "alg": "EdDSA", "kid": format!("made-up-{made_up}") });
        does_not_hold(&world, "made up", |provider, claims| {
            provider.key.sign_as(&header, &claims)
        })
        .await;
    }
    assert_eq!(
        world.asked(PATIENTS, "/keys"),
        2,
        "not again within the minute"
    );
    world.wait(61 * 60_000);
    world.provider(PATIENTS, |provider| provider.tokens = Tokens::Signed);
    assert_eq!(Browser::new(&world).sign_in("patient").await.status, 303);
    assert_eq!(world.asked(PATIENTS, "/keys"), 3, "anew after an hour");
}

#[tokio::test]
async fn a_provider_that_is_down_or_answers_garbage_has_a_page_and_a_retry() {
    let world = World::new().await;
    let layout = |change: fn(&mut Value)| {
        let mut layout = json!({
            "issuer": PATIENTS, "authorization_endpoint": format!("{PATIENTS}/authorize"),
            "token_endpoint": format!("{PATIENTS}/token"), "jwks_uri": format!("{PATIENTS}/keys"),
        });
        change(&mut layout);
        (200, layout.to_string())
    };
    for (answer, status) in [
        ((503, String::new()), 503),
        ((500, "oops".into()), 503),
        ((404, "<html>".into()), 502),
        ((200, "<html>".into()), 502),
        ((200, "{}".into()), 502),
        ((200, format!("\"{}\"", "x".repeat(300_000))), 502),
        (
            layout(|layout| layout["issuer"] = json!("https://elsewhere.example")),
            502,
        ),
        (
            layout(|layout| layout["token_endpoint"] = json!("http://patients.example/token")),
            502,
        ),
        (
            layout(|layout| layout["jwks_uri"] = json!("file:///etc/passwd")),
            502,
        ),
        (
            layout(|layout| layout["authorization_endpoint"] = json!("javascript:alert(1)")),
            502,
        ),
    ] {
        world.provider(PATIENTS, |provider| provider.layout = Some(answer.clone()));
        let browser = Browser::new(&world);
        let page = browser
            .get("/identity/sign-in/patient?return_to=%2Fa")
            .await;
        assert_eq!(page.status, status, "{answer:?}");
        assert!(page.text.contains(DOWN));
        assert!(
            page.text
                .contains("/identity/sign-in/patient?return_to=%2Fa"),
            "a retry"
        );
        assert_eq!(browser.cookie("__Host-sign-in"), None);
    }
    world.provider(PATIENTS, |provider| provider.layout = None);
    for (tokens, status) in [
        (Tokens::Nothing, 503),
        (Tokens::Raw(500, String::new()), 503),
        (Tokens::Raw(429, "slow down".into()), 503),
        (Tokens::Raw(200, "<html>".into()), 502),
        (Tokens::Raw(200, "{}".into()), 502),
        (Tokens::Raw(200, json!({ "id_token": 7 }).to_string()), 502),
        (Tokens::Raw(302, String::new()), 502),
        (
            Tokens::Raw(400, json!({ "error": "invalid_client" }).to_string()),
            502,
        ),
    ] {
        world.provider(PATIENTS, |provider| provider.tokens = tokens);
        let browser = Browser::new(&world);
        let answer = browser.sign_in("patient").await;
        assert_eq!(answer.status, status);
        refused(&browser, &answer, "").await;
    }
    world.provider(PATIENTS, |provider| provider.tokens = Tokens::Signed);
    assert_eq!(
        Browser::new(&world).sign_in("patient").await.status,
        303,
        "well again"
    );
}

#[tokio::test]
async fn keys_that_are_garbage_open_nothing() {
    for keys in [
        vec![],
        vec![json!(7)],
        vec![json!({ "kty": "oct", "k": "AAAA", "kid": "first" })],
        vec![json!({ "kty": "OKP", "crv": "Ed25519", "x": "!", "kid": "first" })],
        vec![json!({ "kty": "EC", "crv": "P-256", "x": "AA", "y": "AA", "kid": "first" })],
        vec![json!({ "kty": "RSA", "n": "AQAB", "e": "AQAB", "kid": "first" })],
        vec![json!({ "kty": "RSA", "kid": "first" })],
    ] {
        let world = World::new().await;
        world.provider(PATIENTS, |provider| provider.keys = Some(keys));
        let browser = Browser::new(&world);
        let answer = browser.sign_in("patient").await;
        refused(&browser, &answer, "").await;
    }
}

#[tokio::test]
async fn what_the_provider_says_went_wrong_is_said_in_words() {
    let world = World::new().await;
    for (error, status, words) in [
        ("error=access_denied", 403, "avbröts"),
        ("error=temporarily_unavailable", 503, DOWN),
        ("error=invalid_scope", 502, "tog inte emot oss"),
        ("error=%3Cscript%3E", 502, "tog inte emot oss"),
        ("error=access_denied&code=x", 400, START_AGAIN),
        ("", 400, START_AGAIN),
    ] {
        let browser = Browser::new(&world);
        let state = &browser.begin("patient").await["state"];
        let query = format!("{error}&state={state}&iss={PATIENTS}");
        let answer = browser.answer("patient", &query).await;
        assert_eq!(answer.status, status, "{error}");
        refused(&browser, &answer, words).await;
        assert!(!answer.text.contains("<script>"));
    }
    for query in [
        "code=a&code=b&state=x",
        "state=a&state=b",
        "code=%FF&state=x",
    ] {
        let browser = Browser::new(&world);
        browser.begin("patient").await;
        let answer = browser.answer("patient", query).await;
        assert_eq!(answer.status, 400, "{query}");
        refused(&browser, &answer, START_AGAIN).await;
    }
}

#[tokio::test]
async fn no_sign_in_leads_to_another_site() {
    let world = World::new().await;
    for target in [
        "https://elsewhere.example",
        "//elsewhere.example",
        "/\\elsewhere.example",
        "%2F%2Felsewhere.example",
        "/%09/elsewhere.example",
    ] {
        let browser = Browser::new(&world);
        let begun = browser
            .get(&format!("/identity/sign-in/patient?return_to={target}"))
            .await;
        let address = location(&begun);
        let asked = form(address.split_once('?').expect("a query").1.as_bytes());
        let code = world.code_for(&asked, PATIENTS);
        let query = format!("code={code}&state={}&iss={PATIENTS}", asked["state"]);
        let led = location(&browser.answer("patient", &query).await);
        assert!(
            led.starts_with('/') && !led.starts_with("//") && !led.contains('\\'),
            "{target} {led}"
        );
        let renewed = location(
            &browser
                .get(&format!("/identity/renew?return_to={target}"))
                .await,
        );
        assert!(
            renewed.starts_with('/') && !renewed.starts_with("//"),
            "{target} {renewed}"
        );
    }
}

#[tokio::test]
async fn production_takes_no_local_provider_and_no_missing_setting() {
    let world = World::in_environment("production").await;
    for local in [
        "http://127.0.0.1:8790",
        "http://localhost:8790",
        "https://127.0.0.1:8790",
        "http://patients.example",
        "patients.example",
    ] {
        world.change_setting("PATIENT_OIDC_ISSUER", local);
        let answer = Browser::new(&world).get("/identity/sign-in/patient").await;
        assert_eq!(answer.status, 500, "{local}");
        assert!(
            !answer.text.contains("OIDC"),
            "the cause is for the log alone"
        );
    }
    let world = World::new().await;
    for name in [
        "STAFF_OIDC_ISSUER",
        "STAFF_OIDC_CLIENT_ID",
        "STAFF_OIDC_CLIENT_KEY",
        "PUBLIC_ORIGIN",
    ] {
        world.change_setting(name, " ");
        let answer = Browser::new(&world).get("/identity/sign-in/staff").await;
        assert_eq!(answer.status, 500, "{name}");
        world.change_setting(name, "https://staff.example");
    }
}

#[tokio::test]
async fn who_tries_too_often_waits() {
    let world = World::new().await;
    let browser = Browser::new(&world);
    for _ in 0..60 {
        assert_eq!(
            browser.answer("patient", "code=x&state=y").await.status,
            400
        );
    }
    let answer = browser.answer("patient", "code=x&state=y").await;
    assert_eq!(answer.status, 429);
    assert!(answer.text.contains("För många försök"));
    assert!(answer.headers.contains_key("retry-after"));
    world.wait(10 * 60_000);
    assert_eq!(
        browser.answer("patient", "code=x&state=y").await.status,
        400
    );
}

#[tokio::test]
async fn the_proof_of_who_we_are_names_the_key_that_is_published() {
    let world = World::new().await;
    let browser = Browser::new(&world);
    let keys = browser.get("/identity/v1/client-keys").await.json();
    let published: HashMap<String, Value> = keys["keys"]
        .as_array()
        .expect("keys")
        .iter()
        .map(|key| (key["kid"].as_str().expect("a name").to_owned(), key.clone()))
        .collect();
    assert_eq!(published.len(), 2);
    assert!(
        published
            .values()
            .all(|key| key["d"].is_null() && key["crv"] == "P-256")
    );
    assert_eq!(issuer("patient"), PATIENTS);
}
