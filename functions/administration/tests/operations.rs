//! How the service is, for the administrator: connected units, gateways, what waits, and who is signed in.
#![expect(
    clippy::expect_used,
    reason = "a test whose ground is missing stops at once"
)]

use axum::body::Body;
use http::Request;
use serde_json::json;
use world::{ALEX, ANNA, Answer, Function, OLOF, PROVIDER, UNIT, World, patient};

const FUNCTIONS: [Function; 2] = [
    ("administration", administration::router),
    ("booking", booking::router),
];

async fn of_administrator(world: &World, path: &str) -> Answer {
    let token = world.sign(&world.administrator());
    let request = Request::get(path)
        .header("authorization", format!("Bearer {token}"))
        .header("accept", "text/html");
    world
        .send(request.body(Body::empty()).expect("a request"))
        .await
}

#[tokio::test]
async fn an_administrator_sees_the_units_of_the_care_provider_and_no_others() {
    let world = World::new(&FUNCTIONS).await;
    let session = format!(
        "INSERT INTO sessions (id, kind, subject, care_provider_id, care_unit_id, role, commission_id, started_by, started_at, renewed_at, ends_at)
VALUES ('a', 'practitioner', '{ANNA}', '{PROVIDER}', '{UNIT}', 'nurse', 'x', 'b', 1795420800000, 1795420800000, 1795500000000)"
    );
    world.store.execute_script(&session).expect("a session");
    let found = of_administrator(&world, "/administration/v1/operations")
        .await
        .json();
    let units = found["care_units"].as_array().expect("units");
    let all = world.number("SELECT count(*) AS n FROM care_units").await;
    assert!(!units.is_empty() && (units.len() as i64) < all, "{found}");
    let practitioners: i64 = units
        .iter()
        .filter_map(|unit| unit["practitioners"].as_i64())
        .sum();
    assert!(practitioners > 0);
    let page = of_administrator(&world, "/administration/operations").await;
    assert_eq!(page.status, 200, "{}", page.text);
    for told in ["måndag–fredag 8.00–17.00", "Öppet nu", "Senaste aktivitet"] {
        assert!(page.text.contains(told), "{told}: {}", page.text);
    }
    let own = units
        .iter()
        .find(|unit| unit["id"] == UNIT)
        .expect("own unit");
    assert_eq!(own["is_open"], true);
    assert_eq!(own["active_at"], "2026-11-23T08:00:00Z", "{own}");
    assert_eq!(own["signed_in"], 1, "{own}");
    for unit in units {
        assert!(page.text.contains(unit["id"].as_str().expect("an id")));
    }
}

#[tokio::test]
async fn a_gateway_that_fails_and_a_message_that_waits_show_since_when() {
    let world = World::new(&FUNCTIONS).await;
    let page = of_administrator(&world, "/administration/operations").await;
    assert!(page.text.contains("Inget meddelande väntar") && page.text.contains("Ingen växel"));
    let visit = json!({
        "kind": "free-time", "starts_at": "2026-11-24T10:00", "minutes": 20, "reason": "Kontroll", "patient": patient(ALEX),
    });
    assert_eq!(
        world
            .post(ANNA, "/booking/v1/appointments", visit)
            .await
            .status,
        201
    );
    world
        .store
        .execute_script(
            "INSERT INTO sms_gateways (name, failing_since, failed_at) VALUES ('46elks', 1795503600000, 1795507200000);
INSERT INTO sms_gateways (name, window_began) VALUES ('twilio', 1795507200000);
INSERT INTO sms_gateways (name, failed_at, works_since) VALUES ('telia', 1795503600000, 1795507200000)",
        )
        .expect("gateways");
    let found = of_administrator(&world, "/administration/v1/operations")
        .await
        .json();
    assert_eq!(found["waiting"], 1);
    let of_another = json!({
        "kind": "free-time", "starts_at": "2026-11-24T10:00", "minutes": 20, "reason": "Kontroll", "patient": patient(ALEX),
    });
    let booked = world
        .post(OLOF, "/booking/v1/appointments", of_another)
        .await;
    assert_eq!(booked.status, 201, "{}", booked.text);
    let again = of_administrator(&world, "/administration/v1/operations").await;
    assert_eq!(
        again.json()["waiting"],
        1,
        "nobody counts another care provider's"
    );
    assert_eq!(found["gateways"][0]["name"], "46elks");
    assert_eq!(
        found["gateways"][2]["failing_since"],
        serde_json::Value::Null
    );
    let queued = found["messages"].as_array().expect("counts");
    assert!(
        queued
            .iter()
            .any(|count| count["name"] == "queued" && count["count"] == 1)
    );
    let page = of_administrator(&world, "/administration/operations?ended=2").await;
    assert!(page.text.contains("Svarar inte sedan") && page.text.contains("Fungerar"));
    assert!(page.text.contains("Avslutade sessioner: 2."));
    assert!(page.text.contains("Fungerar sedan "), "{}", page.text);
    let page = of_administrator(&world, "/administration/operations?ended=x").await;
    assert_eq!(page.status, 422);
    assert!(
        page.text.contains("<main"),
        "a page as any other: {}",
        page.text
    );
}

#[tokio::test]
async fn each_of_the_units_staff_can_be_signed_out_by_a_form() {
    let world = World::new(&FUNCTIONS).await;
    let page = of_administrator(&world, "/administration/operations").await;
    let form = format!("action=\"/identity/practitioners/{ANNA}/sign-out\"");
    assert!(page.text.contains(&form), "{}", page.text);
}
