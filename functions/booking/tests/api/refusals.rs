//! Bad input, foreign callers and repeated requests: a clear no, and nothing written.

use crate::world::*;
use axum::body::Body;
use http::{Method, Request, StatusCode};
use serde_json::{Value, json};
use shared::environment::Environment;
use shared::session::SessionKind;

#[tokio::test]
async fn a_body_that_cannot_be_used_is_refused_at_its_field_and_leaves_nothing() {
    let world = World::new().await;
    let slots = world.annas_morning().await;
    let rows = world.rows().await;
    let free = || free_time("2026-11-30T13:00", 30);
    let long = |length: usize| json!("å".repeat(length));
    let participants = |n: usize| json!(vec![json!({ "role": "other", "phone": "0701740606" }); n]);
    let video = || with(free(), "kind", json!("video"));
    let cases: Vec<(Value, &str)> = vec![
        (with(free(), "kind", json!("ticket")), "kind"),
        (with(free(), "kind", json!("party")), "kind"),
        (with(free(), "minutes", json!(0)), "minutes"),
        (with(free(), "minutes", json!(-30)), "minutes"),
        (with(free(), "minutes", json!(481)), "minutes"),
        (with(free(), "minutes", json!("30")), "minutes"),
        (with(free(), "minutes", json!(null)), "minutes"),
        (with(free(), "starts_at", json!(null)), "starts_at"),
        (
            with(free(), "starts_at", json!("2026-11-23T08:59")),
            "starts_at",
        ),
        (
            with(free(), "starts_at", json!("2028-11-24T09:00")),
            "starts_at",
        ),
        (
            with(free(), "starts_at", json!("2027-03-28T02:30")),
            "starts_at",
        ),
        (
            with(free(), "starts_at", json!("2027-10-31T02:30")),
            "starts_at",
        ),
        (with(free(), "starts_at", json!("tomorrow")), "starts_at"),
        (with(free(), "slot", json!(slots[0])), "slot"),
        (with(free(), "practitioner", json!(EVA)), "practitioner"),
        (
            with(free(), "participants", participants(1)),
            "participants",
        ),
        (
            with(video(), "participants", participants(11)),
            "participants",
        ),
        (
            with(video(), "participants", json!([{ "role": "other" }])),
            "participants[0].phone",
        ),
        (
            with(
                video(),
                "participants",
                json!([{ "role": "other", "email": "nobody" }]),
            ),
            "participants[0].email",
        ),
        (with(free(), "reason", json!("")), "reason"),
        (with(free(), "reason", long(1001)), "reason"),
        (with(free(), "reason", json!("a\u{202e}b")), "reason"),
        (with(free(), "instructions", long(4001)), "instructions"),
        (with(free(), "entry", long(201)), "entry"),
        (
            with(free(), "patient.personal_identity", json!("196103072391")),
            "patient.personal_identity",
        ),
        (
            with(free(), "patient.personal_identity", json!("199002301234")),
            "patient.personal_identity",
        ),
        // A living person's form of number has no place in training.
        (
            with(free(), "patient.personal_identity", json!("199001011239")),
            "patient.personal_identity",
        ),
        (with(free(), "patient.phone", json!("112")), "patient.phone"),
        (with(free(), "surprise", json!(1)), "surprise"),
        (
            with(
                scheduled(&slots[0], ALEX),
                "starts_at",
                json!("2026-11-30T13:00"),
            ),
            "starts_at",
        ),
        (
            with(scheduled(&slots[0], ALEX), "practitioner", json!(ANNA)),
            "practitioner",
        ),
        (
            with(scheduled(&slots[0], ALEX), "slot", json!(null)),
            "slot",
        ),
        (with(scheduled(&slots[0], ALEX), "slot", json!("7")), "slot"),
    ];
    for (body, field) in cases {
        let answer = world.book(body.clone()).await;
        assert_eq!(answer.refused(), (422, "invalid".into()), "{body}");
        assert_eq!(answer.json()["field"], field, "{body} {}", answer.text);
    }
    assert_eq!(world.rows().await, rows);
}

#[tokio::test]
async fn what_is_no_json_or_too_large_or_unnamed_is_refused_before_it_is_read() {
    let world = World::new().await;
    let rows = world.rows().await;
    let key = "a-good-key";
    for text in ["", "{", "[]x", "{\"kind\":\"free-time\"} {}"] {
        let answer = world
            .post_text(ANNA, "appointments", key, text.to_owned())
            .await;
        assert!(
            answer.status == 400 || answer.status == 422,
            "{text} {}",
            answer.text
        );
        answer.problem();
    }
    let large = format!("{{\"reason\":\"{}\"}}", "a".repeat(70_000));
    assert_eq!(
        world
            .post_text(ANNA, "appointments", key, large)
            .await
            .refused(),
        (413, "too-large".into())
    );
    let short = world
        .post_text(ANNA, "appointments", "short", "{}".into())
        .await;
    assert_eq!(short.refused(), (400, "idempotency-key".into()));
    let unnamed = Request::post("/booking/v1/appointments")
        .header("authorization", format!("Bearer {}", world.token(ANNA)))
        .header("idempotency-key", key)
        .body(Body::from("{}"))
        .expect("a request");
    assert_eq!(
        world.send(unnamed).await.refused(),
        (415, "not-json".into())
    );
    for path in [
        "slots?limit=0",
        "slots?limit=many",
        "slots?cursor=!",
        "slots?cursor=YWJj",
        "slots?from=soon",
        "slots?from=2026-11-30&to=2026-11-29",
        "slots?to=2028-01-01",
        "slots?surprise=1",
        "appointments?to=2027-11-30",
    ] {
        assert_eq!(world.get(ANNA, path).await.status, 422, "{path}");
    }
    assert_eq!(world.rows().await, rows);
}

#[tokio::test]
async fn a_patient_under_the_units_limit_is_not_booked_and_the_day_of_the_visit_decides() {
    let world = World::new().await;
    let of_noa = |start: &str| with(free_time(start, 30), "patient", patient(NOA));
    let refused = world.book(of_noa("2027-09-30T13:00")).await;
    assert_eq!(refused.refused(), (422, "under-age".into()));
    assert_eq!(
        world.book(of_noa("2027-10-01T13:00")).await.status,
        201,
        "sixteen on the day"
    );
    let youth = world
        .post(EVA, "appointments", of_noa("2026-11-30T13:00"))
        .await;
    assert_eq!(youth.status, 201, "{}", youth.text);
}

#[tokio::test]
async fn what_is_not_the_callers_looks_as_if_it_were_not_there() {
    let world = World::new().await;
    let slots = world.annas_morning().await;
    let id = world.book(scheduled(&slots[0], ALEX)).await.id();
    let unknown = "019ab000-0000-7000-8000-000000000000";
    let rows = world.rows().await;
    let nothing = world.get(ANNA, &format!("appointments/{unknown}")).await;
    for caller in [EVA, OLOF, BO] {
        for path in [
            format!("appointments/{id}"),
            format!("appointments/{id}/calendar.ics"),
        ] {
            let answer = world.get(caller, &path).await;
            assert_eq!(
                (answer.status.as_u16(), &answer.text),
                (404, &nothing.text),
                "{caller}"
            );
        }
        let cancelled = world
            .post(
                caller,
                &format!("appointments/{id}/cancel"),
                json!(if caller == BO {
                    json!({})
                } else {
                    json!({ "reason": "x" })
                }),
            )
            .await;
        assert_eq!(cancelled.status, 404);
    }
    assert_eq!(
        world
            .post(EVA, "appointments", scheduled(&slots[1], BO))
            .await
            .status,
        404,
        "another unit's slot"
    );
    assert_eq!(
        world
            .get(ANNA, &format!("slots?care_unit={YOUTH_UNIT}"))
            .await
            .status,
        404
    );
    assert_eq!(world.get(ANNA, "appointments/7").await.status, 404);
    assert_eq!(
        world.get(ALEX, "slots").await.refused(),
        (403, "not-allowed".into())
    );
    assert_eq!(world.rows().await, rows, "nothing found, nothing logged");
}

#[tokio::test]
async fn nobody_gets_in_without_a_session_that_holds() {
    let world = World::new().await;
    let good = world.token(ANNA);
    let mut of_production = world.session(ANNA);
    of_production.environment = Environment::Production;
    let mut guest = world.session(ANNA);
    guest.kind = SessionKind::Guest;
    let mut unitless = world.session(ANNA);
    unitless.care_unit = None;
    let (claims, _) = good.rsplit_once('.').expect("three parts");
    let payload = claims.split_once('.').expect("two parts").1;
    // {"alg":"none"}
    let unsigned = format!("eyJhbGciOiJub25lIn0.{payload}.");
    let forged = format!("{claims}.{}", "A".repeat(86));
    let call = |token: String| {
        let request = Request::get("/booking/v1/slots").header("authorization", token);
        world.send(request.body(Body::empty()).expect("a request"))
    };
    for token in [
        String::new(),
        "Bearer ".into(),
        "Bearer a.b.c".into(),
        format!("Basic {good}"),
        format!("Bearer {unsigned}"),
        format!("Bearer {forged}"),
        format!("Bearer {}", "x".repeat(5000)),
        format!("Bearer {}", world.sign(&of_production)),
        format!("Bearer {}", world.sign(&unitless)),
    ] {
        let answer = call(token.clone()).await;
        assert_eq!(answer.refused(), (401, "not-signed-in".into()), "{token}");
        assert_eq!(answer.headers["www-authenticate"], "Bearer");
    }
    assert_eq!(
        call(format!("Bearer {}", world.sign(&guest))).await.status,
        403
    );
    assert_eq!(call(format!("Bearer {good}")).await.status, 200);
    world.clock.set(at("2026-11-23T09:15:10"));
    assert_eq!(
        call(format!("Bearer {good}")).await.status,
        401,
        "fifteen minutes are over"
    );
    world.clock.set(at("2026-11-23T08:59:00"));
    assert_eq!(
        call(format!("Bearer {good}")).await.status,
        401,
        "not issued yet"
    );
}

#[tokio::test]
async fn the_open_routes_are_health_and_the_document() {
    let world = World::new().await;
    let open = |path: &str| world.send(Request::get(path).body(Body::empty()).expect("a request"));
    assert_eq!(
        open("/healthz").await.json(),
        json!({ "status": "ok", "function": "booking" })
    );
    let document = open("/booking/v1/openapi.json").await.json();
    assert_eq!(document["openapi"], "3.1.0");
    for (path, operations) in document["paths"].as_object().expect("paths") {
        let path = path.replace("{id}", "019ab000-0000-7000-8000-000000000000");
        for method in operations.as_object().expect("operations").keys() {
            let request = Request::builder()
                .method(method.to_uppercase().as_str())
                .uri(&path);
            let answer = world
                .send(request.body(Body::empty()).expect("a request"))
                .await;
            assert_eq!(answer.status, 401, "{method} {path}");
        }
    }
    assert_eq!(
        open("/booking/v1/nothing").await.refused(),
        (404, "not-found".into())
    );
    let wrong = world
        .send(
            Request::delete("/booking/v1/slots")
                .body(Body::empty())
                .expect("a request"),
        )
        .await;
    assert_eq!(wrong.refused(), (405, "method-not-allowed".into()));
}

#[tokio::test]
async fn a_repeated_request_gets_the_first_answer_again() {
    let world = World::new().await;
    let slots = world.annas_morning().await;
    let key = "0193-my-own-key";
    let first = world
        .post_again(ANNA, "appointments", key, scheduled(&slots[0], ALEX))
        .await;
    let rows = world.rows().await;
    let again = world
        .post_again(ANNA, "appointments", key, scheduled(&slots[0], ALEX))
        .await;
    assert_eq!((first.status, &first.text), (again.status, &again.text));
    assert_eq!(again.headers["idempotency-replayed"], "true");
    let other = world
        .post_again(ANNA, "appointments", key, scheduled(&slots[1], ALEX))
        .await;
    assert_eq!(other.refused(), (422, "idempotency-key-reused".into()));
    assert_eq!(world.rows().await, rows);
    // The key is the caller's own: somebody else's is another.
    let stigs = world
        .post_again(STIG, "appointments", key, scheduled(&slots[1], BO))
        .await;
    assert_eq!(stigs.status, 201);

    let cancel = format!("appointments/{}/cancel", first.id());
    let reason = json!({ "reason": "x" });
    let one = world
        .post_again(ANNA, &cancel, "another-key", reason.clone())
        .await;
    let two = world.post_again(ANNA, &cancel, "another-key", reason).await;
    assert_eq!((one.status.as_u16(), one.text), (200, two.text));
    let lay = morning(STIG, "2026-12-07");
    let one = world
        .post_again(ANNA, "slot-templates", "a-third-key", lay.clone())
        .await;
    assert_eq!(
        one.text,
        world
            .post_again(ANNA, "slot-templates", "a-third-key", lay)
            .await
            .text
    );
    let withdraw = format!("slots/{}/withdraw", slots[5]);
    let one = world
        .post_again(ANNA, &withdraw, "a-fourth-key", json!({}))
        .await;
    assert_eq!(
        one.text,
        world
            .post_again(ANNA, &withdraw, "a-fourth-key", json!({}))
            .await
            .text
    );
}

#[tokio::test]
async fn a_deployment_without_its_secrets_answers_nothing_and_tells_nobody_why() {
    let world = World::in_environment("staging").await;
    let answer = world.get(ANNA, "slots").await;
    assert_eq!(answer.refused(), (500, "internal".into()));
    assert!(!answer.text.contains("ENVIRONMENT"));
}

#[tokio::test]
async fn a_lost_key_is_a_clear_error_and_nothing_is_shown() {
    let world = World::new().await;
    let id = world.book(free_time("2026-11-30T13:00", 30)).await.id();
    world
        .run(
            "UPDATE appointments SET details = replace(details, '1.a.', '1.lost.')",
            [],
        )
        .await;
    assert_eq!(
        world
            .get(ANNA, &format!("appointments/{id}"))
            .await
            .refused(),
        (500, "internal".into())
    );
    world
        .run(
            "UPDATE appointments SET details = (SELECT name FROM patients)",
            [],
        )
        .await;
    assert_eq!(
        world
            .get(ANNA, &format!("appointments/{id}"))
            .await
            .refused(),
        (500, "internal".into()),
        "a value moved here from another place"
    );
}

#[tokio::test]
async fn a_session_that_was_signed_out_reads_and_writes_nothing_though_its_token_still_holds() {
    let world = World::new().await;
    let slots = world.annas_morning().await;
    let session = world.session(ANNA);
    let token = world.sign(&session);
    let ask = async |method: Method, path: &str, body: Value| {
        let request = http::Request::builder()
            .method(method)
            .uri(format!("/booking/v1/{path}"))
            .header("authorization", format!("Bearer {token}"))
            .header("content-type", "application/json")
            .header("idempotency-key", world.new_key())
            .body(axum::body::Body::from(body.to_string()))
            .expect("a request");
        world.send(request).await
    };
    let listed = ask(
        Method::GET,
        "slots?from=2026-11-30&to=2026-12-01",
        json!({}),
    )
    .await;
    assert_eq!(listed.status, StatusCode::OK);

    world
        .run(
            "INSERT INTO sessions (
  id, kind, subject, care_provider_id, care_unit_id, role, commission_id, started_by, started_at, renewed_at, ends_at, ended_at
)
VALUES (?1, 'practitioner', ?2, ?3, ?4, 'nurse', ?5, 'x', 1, 1, 3, 2)",
            [
                session.id.into(),
                ANNA.into(),
                PROVIDER.into(),
                UNIT.into(),
                format!("{ANNA}C").into(),
            ],
        )
        .await;
    let before = world.rows().await;
    for (method, path, body) in [
        (
            Method::GET,
            "slots?from=2026-11-30&to=2026-12-01".to_owned(),
            json!({}),
        ),
        (
            Method::POST,
            "appointments".to_owned(),
            scheduled(&slots[0], ALEX),
        ),
        (
            Method::POST,
            format!("slots/{}/withdraw", slots[1]),
            json!({}),
        ),
    ] {
        let refused = ask(method, &path, body).await;
        assert_eq!(refused.refused(), (401, "not-signed-in".into()), "{path}");
    }
    assert_eq!(world.rows().await, before);
}
