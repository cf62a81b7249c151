//! Staff open patients: with a matter at their unit freely, without one only with a reason, and never across
//! the wall between care providers.

use http::StatusCode;
use serde_json::{Value, json};
use world::*;

async fn ground() -> World {
    let world = World::new(&[
        ("workspace", workspace::router),
        ("booking", booking::router),
        ("portal", portal::router),
        ("messaging", messaging::router),
        ("tickets", tickets::router),
    ])
    .await;
    let visit = json!({
        "kind": "free-time", "starts_at": "2026-11-24T08:00", "minutes": 15,
        "patient": patient(ALEX), "reason": "Hosta"
    });
    world
        .post(ANNA, "/booking/v1/appointments", visit)
        .await
        .id();
    world
}

async fn opened(world: &World, by: &str, body: Value) -> Answer {
    world.post(by, "patients/open", body).await
}

#[tokio::test]
async fn staff_with_a_matter_open_the_patient_and_see_their_own_units_visits() {
    let world = ground().await;
    let answer = opened(&world, ANNA, json!({ "personal_identity": ALEX })).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    let patient = answer.json();
    assert_eq!(patient["opened_by"], "matter");
    assert_eq!(patient["name"], "Alex Blom");
    assert_eq!(patient["appointments"].as_array().map(Vec::len), Some(1));
    let read = "SELECT count(*) AS n FROM access_log WHERE activity = 'read' AND resource_type = 'patient'";
    assert_eq!(world.number(read).await, 1);
}

#[tokio::test]
async fn a_patients_cases_and_tickets_are_found_also_those_that_are_closed() {
    let world = ground().await;
    let case =
        json!({ "patient": patient(ALEX), "subject": "Recept", "closes_at": "2026-12-01T12:00" });
    let open = world
        .post(ANNA, "/messaging/v1/cases", case.clone())
        .await
        .id();
    world.clock.set(at("2026-11-23T09:05"));
    let case = with(case, "subject", json!("Provsvar"));
    let closed = world.post(ANNA, "/messaging/v1/cases", case).await.id();
    let close = format!("/messaging/v1/cases/{closed}/close");
    let why = json!({ "reason": "Svaret är lämnat" });
    assert_eq!(world.post(ANNA, &close, why).await.status, 200);
    let ticket = json!({
        "patient": patient(ALEX), "role": "nurse", "minutes": 30, "last_day": "2026-12-04", "valid_days": 7, "reason": "Uppföljning"
    });
    let ticket = world.post(ANNA, "/tickets/v1/tickets", ticket).await.id();
    let found = opened(&world, ANNA, json!({ "personal_identity": ALEX }))
        .await
        .json();
    assert_eq!(found["cases"][0]["id"], closed);
    assert!(found["cases"][0]["closed_at"].is_string());
    assert_eq!(
        (&found["cases"][1]["id"], &found["cases"][1]["closed_at"]),
        (&json!(open), &Value::Null)
    );
    assert_eq!(
        (&found["tickets"][0]["id"], &found["tickets"][0]["state"]),
        (&json!(ticket), &json!("open"))
    );

    let search = [("key", "form-0000001"), ("personal_identity", ALEX)];
    let page = world
        .submit(ANNA, "/workspace/find-patient", &search)
        .await
        .text;
    for told in [
        format!("<a href=\"/messaging/chats/{closed}\">Provsvar</a> · Avslutades"),
        format!("<a href=\"/messaging/chats/{open}\">Recept</a> · Stänger"),
        format!("<a href=\"/tickets/{ticket}\">Sjuksköterska, Gäller till"),
    ] {
        assert!(page.contains(&told), "{told}: {page}");
    }
    // That it has run out the clock says before any job.
    world.clock.set(at("2026-12-01T09:00"));
    let found = opened(&world, ANNA, json!({ "personal_identity": ALEX }))
        .await
        .json();
    assert_eq!(found["tickets"][0]["state"], "expired");
    // Another unit of the same care provider sees none of them, whatever its reason.
    let reason = json!({ "personal_identity": ALEX, "emergency_reason": "Hittad medvetslös" });
    let found = opened(&world, EVA, reason).await.json();
    assert_eq!(
        (&found["cases"], &found["tickets"]),
        (&json!([]), &json!([]))
    );
}

#[tokio::test]
async fn staff_without_a_matter_say_why_and_the_log_the_patient_and_the_administrator_see_it() {
    let world = ground().await;
    let before = world.rows().await;
    let refused = opened(&world, EVA, json!({ "personal_identity": ALEX })).await;
    assert_eq!(refused.refused(), (403, "emergency-reason".into()));
    assert_eq!(world.rows().await, before);

    let reason = "Hittad medvetslös utanför mottagningen";
    let body = json!({ "personal_identity": ALEX, "emergency_reason": reason });
    let patient = opened(&world, EVA, body).await.json();
    assert_eq!(patient["opened_by"], "emergency");
    assert_eq!(patient["appointments"][0]["reason"], "Hosta");
    let logged = "SELECT count(*) AS n FROM access_log WHERE activity = 'emergency'";
    assert_eq!(world.number(logged).await, 1);
    let own = world.get(ALEX, "/portal/v1/access-log").await.json();
    assert!(
        own["entries"]
            .as_array()
            .expect("entries")
            .iter()
            .any(|entry| entry["activity"] == "emergency")
    );

    let administrator = shared::session::Session {
        role: Some(shared::role::Role::Administrator),
        ..world.session(EVA)
    };
    let as_administrator = async |path: &str| {
        let request = http::Request::get(path).header(
            "authorization",
            format!("Bearer {}", world.sign(&administrator)),
        );
        world
            .send(request.body(axum::body::Body::empty()).expect("a request"))
            .await
    };
    let listed = as_administrator("/workspace/v1/emergency-accesses").await;
    let listed = listed.json();
    assert_eq!(listed["emergencies"][0]["reason"], reason);
    assert_eq!(listed["emergencies"][0]["practitioner"], EVA);
    let page = as_administrator("/workspace/emergencies").await.text;
    for told in [
        reason,
        "Stig Testkvist",
        patient["id"].as_str().expect("an id"),
    ] {
        assert!(page.contains(told), "{told}: {page}");
    }
    assert!(
        !page.contains("Alex Blom") && !page.contains(ALEX),
        "{page}"
    );
    assert_eq!(world.get(EVA, "/workspace/emergencies").await.status, 403);
}

#[tokio::test]
async fn another_care_provider_reaches_nobody_even_in_an_emergency() {
    let world = ground().await;
    let before = world.rows().await;
    let body = json!({ "personal_identity": ALEX, "emergency_reason": "Hittad medvetslös" });
    assert_eq!(
        opened(&world, OLOF, body).await.refused(),
        (404, "not-found".into())
    );
    assert_eq!(world.rows().await, before);
}

#[tokio::test]
async fn whether_a_patient_is_known_elsewhere_shows_only_to_who_gives_a_reason() {
    let world = ground().await;
    let known = opened(&world, EVA, json!({ "personal_identity": ALEX })).await;
    let unknown = opened(&world, EVA, json!({ "personal_identity": BO })).await;
    assert_eq!(known.text, unknown.text);
    assert_eq!(known.status, unknown.status);
}

#[tokio::test]
async fn a_wrong_number_or_an_empty_reason_is_refused_and_nothing_is_written() {
    let world = ground().await;
    let before = world.rows().await;
    for (body, field) in [
        (
            json!({ "personal_identity": "196103072391" }),
            "personal_identity",
        ),
        (
            json!({ "personal_identity": ALEX, "emergency_reason": " " }),
            "emergency_reason",
        ),
        (
            json!({ "personal_identity": ALEX, "reason": "x" }),
            "reason",
        ),
        (json!({}), "personal_identity"),
    ] {
        let answer = opened(&world, EVA, body.clone()).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{body}");
        assert!(
            answer.json()["field"]
                .as_str()
                .is_some_and(|named| named.contains(field) || named == "body"),
            "{}",
            answer.text
        );
    }
    assert_eq!(world.rows().await, before);
}

#[tokio::test]
async fn a_reason_that_cannot_be_used_is_said_at_its_field_and_stays() {
    let world = ground().await;
    let before = world.rows().await;
    let long = "x".repeat(501);
    for reason in ["", long.as_str(), "skriv \u{202e} här"] {
        let fields = [
            ("key", "form-0000001"),
            ("personal_identity", ALEX),
            ("emergency_reason", reason),
        ];
        let page = world.submit(EVA, "/workspace/find-patient", &fields).await;
        assert_eq!(page.status, 422, "{reason}");
        assert!(page.text.contains("id=\"emergency_reason-wrong\""));
        assert!(page.text.contains("href=\"#emergency_reason\""));
        let kept = format!("value=\"{reason}\"");
        assert!(page.text.contains(&kept), "{}", page.text);
    }
    assert_eq!(world.rows().await, before);
}
