//! Patients sign in, by every format of identity, and the young are told where to turn.

use serde_json::json;
use shared::session::{Session, SessionKind};

use crate::browser::{Browser, location, refused};
use crate::provider::*;

/// The cookie of the profile's language.
const OF_PROFILE: &str = "__Host-profile-language";

#[tokio::test]
async fn a_patient_signs_in_and_comes_back_to_where_they_were_going() {
    let world = World::new().await;
    let browser = Browser::new(&world);
    let asked = browser.begin("patient").await;
    assert_eq!(asked["response_type"], "code");
    assert_eq!(asked["code_challenge_method"], "S256");
    assert_eq!(
        asked["redirect_uri"],
        "https://vard.example/identity/callback/patient"
    );
    assert!(asked["scope"].contains("naturalPersonNumber"));
    for secret in ["state", "nonce", "code_challenge"] {
        assert!(asked[secret].len() >= 43, "256 bits of {secret}");
    }
    let answer = browser.sign_in("patient").await;
    assert_eq!(
        (answer.status.as_u16(), location(&answer)),
        (303, "/booking/x".into())
    );
    let session = Session::verify(&browser.token(), &world.ports).expect("a session");
    assert_eq!(session.kind, SessionKind::Patient);
    assert_eq!(session.subject, world.session(ALEX).subject);
    assert_eq!(browser.cookie("__Host-sign-in"), None);
    let listed = browser.get("/booking/v1/appointments").await;
    assert_eq!(
        listed.status, 200,
        "the cookie opens the other functions, too"
    );
}

#[tokio::test]
async fn every_format_of_identity_is_somebody_and_a_brokers_claim_is_a_setting() {
    let world = World::new().await;
    for number in [
        "196103072390",
        "19610307-2390",
        "19930829X802",
        "19450829K088",
        "192506102389",
    ] {
        world.claim(PATIENTS, NUMBER, json!(number));
        let answer = Browser::new(&world).sign_in("patient").await;
        assert_eq!(answer.status, 303, "{number}");
    }
    world.provider(PATIENTS, |provider| {
        provider.claims = json!({ COORDINATION: "196109732393" })
    });
    assert_eq!(Browser::new(&world).sign_in("patient").await.status, 303);
    world.change_setting("PATIENT_OIDC_CLAIMS", "ssn nin");
    world.provider(PATIENTS, |provider| {
        provider.claims = json!({ "nin": ALEX })
    });
    assert_eq!(Browser::new(&world).sign_in("patient").await.status, 303);
}

#[tokio::test]
async fn every_algorithm_of_the_profile_is_understood() {
    use jwt_simple::prelude::{ES256KeyPair, PS256KeyPair, RS256KeyPair};
    let world = World::new().await;
    let keys = [
        Key::edwards(),
        Key::Elliptic(ES256KeyPair::generate()),
        Key::Rsa(RS256KeyPair::generate(2048).expect("a key")),
        Key::RsaPss(PS256KeyPair::generate(2048).expect("a key")),
    ];
    for (place, key) in keys.into_iter().enumerate() {
        let algorithm = key.algorithm();
        world.provider(PATIENTS, |provider| {
            provider.key = key;
            provider.kid = format!("key-{place}");
        });
        // A new key's name is looked for at the provider, once a minute.
        world.wait(61_000);
        let answer = Browser::new(&world).sign_in("patient").await;
        assert_eq!(answer.status, 303, "{algorithm} {}", answer.text);
    }
}

#[tokio::test]
async fn who_is_under_sixteen_is_told_where_to_turn() {
    let world = World::new().await;
    world.claim(PATIENTS, NUMBER, json!(NOA));
    let browser = Browser::new(&world);
    let answer = browser.sign_in("patient").await;
    refused(&browser, &answer, "Du är för ung för att logga in här").await;
    assert!(answer.text.contains("1177") && answer.text.contains("ungdomsmottagningen"));
    assert!(!answer.text.contains("2011"), "nothing about the person");
    world.set_time("2027-10-01T00:00");
    assert_eq!(
        Browser::new(&world).sign_in("patient").await.status,
        303,
        "sixteen on the day"
    );
}

#[tokio::test]
async fn a_unit_of_a_care_provider_that_knows_them_lowers_the_age_to_its_own() {
    let world = World::new().await;
    world.claim(PATIENTS, NUMBER, json!(NOA));
    let visit = json!({
        "kind": "free-time", "starts_at": "2026-11-30T13:00", "minutes": 30, "reason": "Samtal",
        "patient": { "personal_identity": NOA, "name": "Noa Femton" }
    });
    let booked = world.post(EVA, "/booking/v1/appointments", visit).await;
    assert_eq!(booked.status, 201, "{}", booked.text);
    assert_eq!(Browser::new(&world).sign_in("patient").await.status, 303);
    world.run("UPDATE care_units SET age_limit = 16", []).await;
    let browser = Browser::new(&world);
    assert_eq!(browser.sign_in("patient").await.status, 403);
}

#[tokio::test]
async fn pages_follow_the_profiles_language_unless_one_was_chosen_in_the_browser() {
    let world = World::new().await;
    let visit = json!({
        "kind": "free-time", "starts_at": "2026-11-30T13:00", "minutes": 30, "reason": "Samtal",
        "patient": { "personal_identity": ALEX, "name": "Alex Blom" }
    });
    let booked = world.post(ANNA, "/booking/v1/appointments", visit).await;
    assert_eq!(booked.status, 201, "{}", booked.text);
    let unsaid = Browser::new(&world);
    assert_eq!(unsaid.sign_in("patient").await.status, 303);
    assert_eq!(unsaid.cookie(OF_PROFILE), None, "nobody said Swedish");
    world.run("UPDATE patients SET language = 'en'", []).await;
    let followed = Browser::new(&world);
    assert_eq!(followed.sign_in("patient").await.status, 303);
    assert_eq!(followed.cookie(OF_PROFILE), Some("en".to_owned()));
    assert_eq!(followed.cookie("__Host-language"), None, "nobody chose it");
    let chosen = Browser::new(&world);
    let swedish = ("__Host-language".to_owned(), "sv".to_owned());
    chosen.cookies.borrow_mut().extend([swedish]);
    assert_eq!(chosen.sign_in("patient").await.status, 303);
    assert_eq!(chosen.cookie("__Host-language"), Some("sv".to_owned()));
    assert_eq!(chosen.cookie(OF_PROFILE), None);
}

#[tokio::test]
async fn one_patients_language_does_not_stay_in_the_browser_for_the_next() {
    let world = World::new().await;
    let visit = json!({
        "kind": "free-time", "starts_at": "2026-11-30T13:00", "minutes": 30, "reason": "Samtal",
        "patient": { "personal_identity": ALEX, "name": "Alex Blom" }
    });
    let booked = world.post(ANNA, "/booking/v1/appointments", visit).await;
    assert_eq!(booked.status, 201, "{}", booked.text);
    world.run("UPDATE patients SET language = 'en'", []).await;
    for signs_out in [true, false] {
        let browser = Browser::new(&world);
        world.claim(PATIENTS, NUMBER, json!(ALEX));
        assert_eq!(browser.sign_in("patient").await.status, 303);
        let page = browser.get("/identity/sign-in").await;
        assert_eq!(page.headers["content-language"], "en");
        if signs_out {
            browser.post("/identity/sign-out", "").await;
            assert_eq!(browser.cookie(OF_PROFILE), None);
        }
        world.claim(PATIENTS, NUMBER, json!(BO));
        assert_eq!(browser.sign_in("patient").await.status, 303);
        let page = browser.get("/identity/sign-in").await;
        assert_eq!(page.headers["content-language"], "sv", "{signs_out}");
    }
}

#[tokio::test]
async fn a_level_of_assurance_is_demanded_where_the_setting_names_one() {
    let world = World::new().await;
    world.change_setting("PATIENT_OIDC_LEVELS", "loa3 loa4");
    let browser = Browser::new(&world);
    assert_eq!(browser.begin("patient").await["acr_values"], "loa3 loa4");
    let answer = browser.sign_in("patient").await;
    refused(&browser, &answer, "säkrare e-legitimation").await;
    world.claim(PATIENTS, "acr", json!("loa4"));
    assert_eq!(browser.sign_in("patient").await.status, 303);
}

#[tokio::test]
async fn the_page_before_the_provider_offers_both_ways_in_both_languages() {
    let world = World::new().await;
    let browser = Browser::new(&world);
    let page = browser
        .get("/identity/sign-in?return_to=%2Fbooking%2Fx")
        .await;
    assert!(page.text.contains("Logga in med 1177") && page.text.contains("Logga in med SITHS"));
    assert!(
        page.text
            .contains("/identity/sign-in/patient?return_to=%2Fbooking%2Fx")
    );
    assert!(page.text.contains("UTBILDNING"));
    for agreed in [
        "Genom att fortsätta godkänner du våra",
        "href=\"/portal/terms\"",
        "href=\"/portal/personal-data\"",
    ] {
        assert!(page.text.contains(agreed), "{agreed}: {}", page.text);
    }
    browser
        .cookies
        .borrow_mut()
        .insert("__Host-language".into(), "en".into());
    let page = browser.get("/identity/sign-in").await;
    assert!(page.text.contains("Sign in with 1177"));
    assert_eq!(browser.begin("patient").await["ui_locales"], "en");
}
