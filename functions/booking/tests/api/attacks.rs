//! What somebody tries who reads the rules closely: values at the very edges, moments out of the calendar,
//! cursors of their own making, another commission, a visit moved to where it could not have been booked.

use crate::world::*;
use http::StatusCode;
use serde_json::{Value, json};
use shared::session::Session;

const LARGEST: usize = 64 * 1024;

/// `text` filled up with white space, which JSON allows, to so many bytes.
fn filled(text: &Value, bytes: usize) -> String {
    let text = text.to_string();
    format!("{}{text}", " ".repeat(bytes - text.len()))
}

#[tokio::test]
async fn a_body_of_64_kilobytes_is_read_and_one_byte_more_is_not() {
    let world = World::new().await;
    let body = free_time("2026-11-30T13:00", 30);
    let over = world
        .post_text(
            ANNA,
            "appointments",
            "a-key-of-its-own",
            filled(&body, LARGEST + 1),
        )
        .await;
    assert_eq!(over.refused(), (413, "too-large".into()));
    let whole = world
        .post_text(
            ANNA,
            "appointments",
            "a-key-of-its-own",
            filled(&body, LARGEST),
        )
        .await;
    assert_eq!(whole.status, StatusCode::CREATED, "{}", whole.text);
}

#[tokio::test]
async fn what_just_fits_is_booked() {
    let world = World::new().await;
    let long = |length: usize| json!("å".repeat(length));
    let free = || free_time("2026-11-30T13:00", 30);
    let video = || with(free(), "kind", json!("video"));
    let ten = json!(vec![json!({ "role": "other", "phone": "0701740606" }); 10]);
    for fitting in [
        with(free(), "minutes", json!(1)),
        with(free(), "minutes", json!(480)),
        // Now, and the last minute of the day two years on.
        with(free(), "starts_at", json!("2026-11-23T09:00")),
        with(free(), "starts_at", json!("2028-11-23T23:59")),
        // The hour that comes twice, each time by its offset.
        with(free(), "starts_at", json!("2027-10-31T02:30:00+02:00")),
        with(free(), "starts_at", json!("2027-10-31T02:30:00+01:00")),
        with(free(), "starts_at", json!("2027-03-28T03:00")),
        with(free(), "reason", long(1000)),
        with(free(), "instructions", long(4000)),
        with(free(), "entry", long(200)),
        with(video(), "participants", ten),
        with(video(), "participants", json!([])),
    ] {
        let fitting = with(fitting, "allow_overlap", json!(true));
        let answer = world.book(fitting.clone()).await;
        assert_eq!(
            answer.status,
            StatusCode::CREATED,
            "{fitting} {}",
            answer.text
        );
    }
}

#[tokio::test]
async fn what_is_unknown_is_refused_wherever_it_stands() {
    let world = World::new().await;
    let id = world.book(free_time("2026-11-30T13:00", 30)).await.id();
    let slots = world.annas_morning().await;
    let rows = world.rows().await;
    let step = |step: &str| format!("appointments/{id}/{step}");
    let free = || free_time("2026-11-30T15:00", 30);
    let video = with(free(), "kind", json!("video"));
    let someone = json!([{ "role": "other", "phone": "0701740606", "x": 1 }]);
    for (path, body) in [
        ("appointments".to_owned(), with(free(), "x", json!(1))),
        (
            "appointments".to_owned(),
            with(free(), "patient.x", json!(1)),
        ),
        (
            "appointments".to_owned(),
            with(video, "participants", someone),
        ),
        (
            step("reschedule"),
            json!({ "starts_at": "2026-11-30T14:00", "x": 1 }),
        ),
        (step("cancel"), json!({ "reason": "x", "x": 1 })),
        (step("arrive"), json!({ "x": 1 })),
        (step("start"), json!({ "x": 1 })),
        (step("complete"), json!({ "x": 1 })),
        (step("no-show"), json!({ "x": 1 })),
        (
            "slot-templates".to_owned(),
            with(morning(STIG, "2026-11-30"), "x", json!(1)),
        ),
        (
            "slot-templates".to_owned(),
            with(morning(STIG, "2026-11-30"), "recurrence.x", json!(1)),
        ),
        (format!("slots/{}/withdraw", slots[0]), json!({ "x": 1 })),
    ] {
        let answer = world.post(ANNA, &path, body.clone()).await;
        assert_eq!(answer.refused(), (422, "invalid".into()), "{path} {body}");
    }
    for path in ["slots?x=1", "appointments?x=1"] {
        assert_eq!(world.get(ANNA, path).await.status, 422, "{path}");
    }
    assert_eq!(world.rows().await, rows);
}

#[tokio::test]
async fn a_field_that_comes_twice_is_refused() {
    let world = World::new().await;
    let rows = world.rows().await;
    let body = free_time("2026-11-30T13:00", 30).to_string();
    let twice = body.replacen('{', r#"{"minutes":31,"#, 1);
    let answer = world
        .post_text(ANNA, "appointments", "a-key-of-its-own", twice)
        .await;
    assert_eq!(answer.status, 422, "{}", answer.text);
    assert_eq!(world.rows().await, rows);
}

#[tokio::test]
async fn moments_out_of_the_calendar_and_cursors_of_ones_own_are_no_fault_of_ours() {
    let world = World::new().await;
    world.annas_morning().await;
    let rows = world.rows().await;
    let cursor = |text: &str| shared::sealing::encoded(text.as_bytes());
    let mut paths = vec![];
    for list in ["slots", "appointments"] {
        for moment in [
            "%2B262142-12-31",
            "-262143-01-01",
            "9999-12-31",
            "0000-01-01",
            "%2B262142-12-31T23:59:59",
            "-262143-01-01T00:00:00",
            "9999-12-31T23:59:59.999Z",
        ] {
            paths.push(format!("{list}?from={moment}"));
            paths.push(format!("{list}?to={moment}"));
            paths.push(format!("{list}?from={moment}&to={moment}"));
        }
        for text in [
            format!("{}/", i64::MAX),
            format!("{}/x", i64::MIN),
            "9223372036854775808/x".to_owned(),
            "0".to_owned(),
            "/".to_owned(),
            String::new(),
            "1/'; DROP TABLE slots".to_owned(),
            // Another unit's place in the order.
            "1795939200000/019ab000-0000-7000-8000-000000000000".to_owned(),
        ] {
            paths.push(format!("{list}?cursor={}", cursor(&text)));
        }
    }
    // No page gave these out, and a store takes no such integer.
    for list in ["slots", "appointments"] {
        for moment in [i64::MAX, i64::MIN, 8_640_000_000_000_001] {
            let path = format!("{list}?cursor={}", cursor(&format!("{moment}/x")));
            let refused = world.get(ANNA, &path).await.refused();
            assert_eq!(refused, (422, "invalid".into()), "{path}");
        }
    }
    for person in [ANNA, ALEX] {
        for path in &paths {
            let answer = world.get(person, path).await;
            let status = answer.status.as_u16();
            assert!(
                matches!(status, 200 | 403 | 422),
                "{person} {path}: {} {}",
                answer.status,
                answer.text
            );
            if status == 200 {
                assert!(!answer.text.contains("Alex"), "{path}");
            }
        }
    }
    assert_eq!(world.rows().await, rows);
}

#[tokio::test]
async fn a_template_or_a_visit_out_of_the_calendar_is_refused() {
    let world = World::new().await;
    let rows = world.rows().await;
    let template =
        |member: &str, value: &str| with(morning(ANNA, "2026-11-30"), member, json!(value));
    let extreme = |first: &str, last: &str| {
        with(
            template("recurrence.valid_from", first),
            "recurrence.valid_to",
            json!(last),
        )
    };
    for body in [
        extreme("-262143-01-01", "-262143-12-31"),
        extreme("+262142-01-01", "+262142-12-31"),
        extreme("-262143-01-01", "+262142-12-31"),
        extreme("+262142-12-31", "-262143-01-01"),
        extreme("1900-01-01", "1900-12-31"),
        template("recurrence.from", "24:00"),
        template("recurrence.from", "9:00"),
        template("recurrence.from", "1:2:3"),
        template("recurrence.from", "09:60"),
        template("recurrence.from", " 9:00"),
        with(morning(ANNA, "2026-11-30"), "recurrence.minutes", json!(-1)),
        with(
            morning(ANNA, "2026-11-30"),
            "recurrence.minutes",
            json!(65_536),
        ),
        with(
            morning(ANNA, "2026-11-30"),
            "recurrence.exceptions",
            json!(vec!["2026-11-30"; 367]),
        ),
    ] {
        let answer = world.post(ANNA, "slot-templates", body.clone()).await;
        assert_eq!(answer.status, 422, "{body}");
        assert_eq!(answer.problem(), "invalid");
    }
    for starts_at in [
        "+262142-12-31T23:59:59",
        "-262143-01-01T00:00:00",
        "9999-12-31T23:59:59Z",
        "0000-01-01T00:00:00Z",
        "2026-11-30T24:00",
        "2026-11-30T09:00:60",
        "2026-11-30T09:00:60+01:00",
        "2026-11-30T23:59:60.5Z",
    ] {
        let answer = world.book(free_time(starts_at, 30)).await;
        assert_eq!(answer.status, 422, "{starts_at}");
        assert_eq!(answer.problem(), "invalid");
    }
    assert_eq!(world.rows().await, rows);
}

#[tokio::test]
async fn a_visit_cannot_be_moved_to_before_the_patients_birthday() {
    let world = World::new().await;
    let sixteen = with(free_time("2027-10-01T13:00", 30), "patient", patient(NOA));
    let id = world.book(sixteen).await.id();
    let rows = world.rows().await;
    let path = format!("appointments/{id}/reschedule");
    let before = json!({ "starts_at": "2027-09-30T13:00" });
    let refused = world.post(ANNA, &path, before).await;
    assert_eq!(refused.refused(), (422, "under-age".into()));
    assert_eq!(world.rows().await, rows);
    let after = json!({ "starts_at": "2027-10-02T13:00" });
    assert_eq!(world.post(ANNA, &path, after).await.status, 200);
}

#[tokio::test]
async fn a_repeated_request_under_another_commission_is_another_request() {
    let world = World::new().await;
    world
        .run(
            "INSERT INTO commissions VALUES (?1, ?2, 'SE2321000131-P1D', 'nurse')",
            [ANNA.into(), YOUTH_UNIT.into()],
        )
        .await;
    let elsewhere = Session {
        care_unit: Some(YOUTH_UNIT.parse().expect("an HSA-id")),
        commission: Some("SE2321000131-P1D".parse().expect("an HSA-id")),
        ..world.session(ANNA)
    };
    let body = with(
        free_time("2026-11-30T13:00", 30),
        "allow_overlap",
        json!(true),
    );
    let key = "one-and-the-same-key";
    let here = world
        .post_again(ANNA, "appointments", key, body.clone())
        .await;
    let request = http::Request::post("/booking/v1/appointments")
        .header(
            "authorization",
            format!("Bearer {}", world.sign(&elsewhere)),
        )
        .header("content-type", "application/json")
        .header("idempotency-key", key)
        .body(axum::body::Body::from(body.to_string()))
        .expect("a request");
    let there = world.send(request).await;
    assert_eq!(there.status, StatusCode::CREATED, "{}", there.text);
    assert_ne!(here.id(), there.id(), "a visit at another unit");
    assert!(there.headers.get("idempotency-replayed").is_none());
}
