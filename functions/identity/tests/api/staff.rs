//! Staff sign in under a commission that our own tables know.

use serde_json::json;
use shared::session::{Session, SessionKind};

use crate::browser::{Browser, location, refused};
use crate::provider::*;

async fn second_commission(world: &World) {
    world
        .run(
            "INSERT INTO commissions VALUES (?1, ?2, ?3, 'physician')",
            [
                ANNA.into(),
                world::YOUTH_UNIT.into(),
                "SE2321000131-P1D".into(),
            ],
        )
        .await;
    world.provider(STAFF, |provider| {
        provider.claims = json!({
            "acr": LEVEL, "employeeHsaId": ANNA,
            "allCommissions": [
                { "commissionHsaId": format!("{ANNA}C"), "healthCareUnitHsaId": world::UNIT },
                { "commissionHsaId": "SE2321000131-P1D", "healthCareUnitHsaId": world::YOUTH_UNIT },
                { "commissionHsaId": "SE2321000131-ELSEWHERE" },
            ],
        });
    });
}

#[tokio::test]
async fn a_practitioner_signs_in_under_the_commission_chosen_at_the_provider() {
    let world = World::new().await;
    let browser = Browser::new(&world);
    assert_eq!(browser.begin("staff").await["acr_values"], LEVEL);
    let answer = browser.sign_in("staff").await;
    assert_eq!(location(&answer), "/booking/x");
    let session = Session::verify(&browser.token(), &world.ports).expect("a session");
    let own = world.session(ANNA);
    assert_eq!(session.kind, SessionKind::Practitioner);
    assert_eq!(
        (
            session.subject,
            session.care_unit,
            session.role,
            session.commission
        ),
        (own.subject, own.care_unit, own.role, own.commission)
    );
    assert_eq!(browser.get("/booking/v1/slots").await.status, 200);
    let view = browser.get("/identity/v1/session").await.json();
    assert_eq!(
        (&view["kind"], &view["role"]),
        (&json!("practitioner"), &json!("nurse"))
    );
}

#[tokio::test]
async fn who_has_several_commissions_chooses_one_that_is_connected() {
    let world = World::new().await;
    second_commission(&world).await;
    let browser = Browser::new(&world);
    assert_eq!(
        location(&browser.sign_in("staff").await),
        "/identity/commission"
    );
    assert!(!browser.is_signed_in(), "not before the choice");
    let page = browser.get("/identity/commission").await;
    assert!(page.text.contains("Välj uppdrag"));
    assert_eq!(
        page.text.matches("name=\"commission\"").count(),
        2,
        "{}",
        page.text
    );
    assert!(page.text.contains("Läkare, Mottagningen") && page.text.contains("Sjuksköterska, "));
    let elsewhere = browser
        .post("/identity/commission", "commission=SE2321000131-ELSEWHERE")
        .await;
    refused(&browser, &elsewhere, "inget uppdrag").await;
    let browser = Browser::new(&world);
    browser.sign_in("staff").await;
    let chosen = browser
        .post("/identity/commission", "commission=SE2321000131-P1D")
        .await;
    assert_eq!(location(&chosen), "/booking/x");
    let session = Session::verify(&browser.token(), &world.ports).expect("a session");
    assert_eq!(session.care_unit, world::YOUTH_UNIT.parse().ok());
    assert_eq!(session.role, Some(shared::role::Role::Physician));
}

#[tokio::test]
async fn the_choice_is_of_this_browser_once_and_for_five_minutes() {
    let world = World::new().await;
    second_commission(&world).await;
    let browser = Browser::new(&world);
    browser.sign_in("staff").await;
    let kept = browser.cookie("__Host-sign-in").expect("a choice");
    let stranger = Browser::new(&world);
    let answer = stranger
        .post("/identity/commission", "commission=SE2321000131-P1D")
        .await;
    refused(&stranger, &answer, "Börja om").await;
    world.wait(5 * 60_000);
    let late = browser
        .post("/identity/commission", "commission=SE2321000131-P1D")
        .await;
    refused(&browser, &late, "Börja om").await;
    world.wait(-60_000);
    let again = |kept: &str| {
        let browser = Browser::new(&world);
        browser
            .cookies
            .borrow_mut()
            .insert("__Host-sign-in".into(), kept.to_owned());
        browser
    };
    let first = again(&kept);
    let answer = first
        .post("/identity/commission", "commission=SE2321000131-P1D")
        .await;
    assert_eq!(answer.status, 303);
    let second = again(&kept);
    let answer = second
        .post("/identity/commission", "commission=SE2321000131-P1D")
        .await;
    assert_eq!(answer.status, 403, "one sign-in, one session");
    assert!(!second.is_signed_in());
}

#[tokio::test]
async fn a_commission_at_a_unit_that_is_not_connected_opens_nothing() {
    let world = World::new().await;
    for (name, value) in [
        ("commissionHsaId", json!("SE2321000131-ELSEWHERE")),
        ("commissionHsaId", json!(format!("{STIG}C"))),
        ("employeeHsaId", json!("SE2321000131-NOBODY")),
    ] {
        let claims =
            json!({ "acr": LEVEL, "employeeHsaId": ANNA, "commissionHsaId": format!("{ANNA}C") });
        world.provider(STAFF, |provider| provider.claims = claims);
        world.claim(STAFF, name, value);
        let browser = Browser::new(&world);
        let answer = browser.sign_in("staff").await;
        refused(
            &browser,
            &answer,
            "inget uppdrag på en enhet som är ansluten",
        )
        .await;
    }
}

#[tokio::test]
async fn a_weak_sign_in_and_missing_claims_are_refused_in_words() {
    let world = World::new().await;
    for (name, value, words) in [
        ("acr", json!("http://id.sambi.se/loa/loa2"), "SITHS-kort"),
        ("acr", json!(null), "SITHS-kort"),
        ("employeeHsaId", json!(null), "det vi behöver veta"),
        ("employeeHsaId", json!(7), "det vi behöver veta"),
        ("commissionHsaId", json!(null), "det vi behöver veta"),
    ] {
        let claims =
            json!({ "acr": LEVEL, "employeeHsaId": ANNA, "commissionHsaId": format!("{ANNA}C") });
        world.provider(STAFF, |provider| provider.claims = claims);
        world.claim(STAFF, name, value);
        let browser = Browser::new(&world);
        let answer = browser.sign_in("staff").await;
        refused(&browser, &answer, words).await;
    }
}
