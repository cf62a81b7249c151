//! The access log: what patients and administrators see of it, and that no change, deletion, reordering or
//! cut goes unnoticed. Entries come from booking's own routes over the same store.
#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a test whose ground is missing stops at once"
)]

use axum::body::Body;
use http::{Method, Request, StatusCode};
use portal::access_log::chain::{Checkpoint, Fault};
use portal::access_log::keeping::{Linked, link_waiting, signing_key, verify_after};
use proptest::prelude::*;
use serde_json::{Value, json};
use shared::platform::{Statement, Store};
use shared::sealing::secret_key;
use shared::time::{HOUR, MINUTE};
use world::*;

async fn ground() -> World {
    World::new(&[("portal", portal::router), ("booking", booking::router)]).await
}

/// Anna books visits for Alex, so that the log has so many entries.
async fn booked(world: &World, visits: usize) {
    for visit in 0..visits {
        let minutes = 15 * visit;
        let body = json!({
            "kind": "free-time",
            "starts_at": format!("2026-11-{:02}T{:02}:{:02}", 24 + minutes / 600, 8 + minutes % 600 / 60, minutes % 60),
            "minutes": 15, "patient": patient(ALEX), "reason": "Hosta"
        });
        let answer = world.post(ANNA, "/booking/v1/appointments", body).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
        world.clock.set(world.ports.clock.now().plus(1_000));
    }
}

async fn as_administrator(
    world: &World,
    method: Method,
    path: &str,
    body: Option<Value>,
) -> Answer {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header(
            "authorization",
            format!("Bearer {}", world.sign(&world.administrator())),
        )
        .header("content-type", "application/json")
        .header("idempotency-key", world.new_key());
    let body = body.map_or(Body::empty(), |body| Body::from(body.to_string()));
    world.send(request.body(body).expect("a request")).await
}

async fn linked(world: &World) -> Linked {
    link_waiting(&world.ports, &*world.store, PROVIDER)
        .await
        .unwrap_or_else(|_| panic!("linked"))
}

/// What a whole verification finds, against the checkpoints in the store and those kept elsewhere.
async fn faults(world: &World, kept: &[(i64, String)]) -> Vec<Fault> {
    let mac_key =
        secret_key(&*world.ports.secrets, "ACCESS_LOG_KEY").unwrap_or_else(|_| panic!("a key"));
    let public = signing_key(&world.ports)
        .unwrap_or_else(|_| panic!("a key"))
        .public();
    let mut faults = vec![];
    let mut after = Some(0);
    while let Some(from) = after {
        let step = verify_after(&*world.store, PROVIDER, from, kept, &mac_key, &public)
            .await
            .unwrap_or_else(|_| panic!("a step"));
        faults.extend(step.report.faults);
        after = step.next;
    }
    faults
}

async fn checkpoints(world: &World) -> Vec<(i64, String)> {
    let found = world
        .store
        .query(Statement::new(
            "SELECT number, token FROM access_log_checkpoints ORDER BY number",
            [],
        ))
        .await
        .expect("checkpoints");
    found
        .rows
        .iter()
        .map(|row| {
            (
                row.integer("number").expect("a number"),
                row.text("token").expect("a token").to_owned(),
            )
        })
        .collect()
}

/// What somebody does who can write to the store, but has none of the keys.
fn without_triggers(world: &World, sql: &str) {
    world
        .store
        .execute_script(&format!(
            "DROP TRIGGER IF EXISTS access_log_is_not_changed;
DROP TRIGGER IF EXISTS access_log_is_not_deleted;
DROP TRIGGER IF EXISTS access_log_links_are_not_changed;
DROP TRIGGER IF EXISTS access_log_links_are_not_deleted;
DROP TRIGGER IF EXISTS access_log_checkpoints_are_not_changed;
DROP TRIGGER IF EXISTS access_log_checkpoints_are_not_deleted;
{sql}"
        ))
        .expect("tampered");
}

#[tokio::test]
async fn the_store_itself_refuses_to_change_or_delete_what_is_logged() {
    let world = ground().await;
    booked(&world, 2).await;
    linked(&world).await;
    for sql in [
        "UPDATE access_log SET purpose = 'own'",
        "DELETE FROM access_log WHERE number = 1",
        "UPDATE access_log_links SET link = ''",
        "DELETE FROM access_log_links",
        "UPDATE access_log_checkpoints SET token = ''",
        "DELETE FROM access_log_checkpoints",
    ] {
        let refused = world.store.query(Statement::new(sql, [])).await;
        assert!(
            refused.is_err_and(|error| error.refused_by("access_log_is_append_only")),
            "{sql}"
        );
    }
}

#[tokio::test]
async fn a_log_that_nobody_touched_is_whole() {
    let world = ground().await;
    assert_eq!(faults(&world, &[]).await, []);
    booked(&world, 3).await;
    assert_eq!(
        linked(&world).await,
        Linked {
            entries: 3,
            more: false
        }
    );
    assert_eq!(linked(&world).await, Linked::default());
    booked(&world, 0).await;
    assert_eq!(faults(&world, &checkpoints(&world).await).await, []);
}

#[tokio::test]
async fn entries_wait_for_their_links_without_being_a_fault() {
    let world = ground().await;
    booked(&world, 2).await;
    let found = as_administrator(
        &world,
        Method::GET,
        "/portal/v1/access-log/verification",
        None,
    )
    .await
    .json();
    // The verification links first, so nothing waits.
    assert_eq!(
        found,
        json!({ "entries": 2, "not_yet_linked": 0, "faults": [], "next": null })
    );
    booked_at_another_hour(&world).await;
    assert_eq!(faults(&world, &[]).await, []);
}

async fn booked_at_another_hour(world: &World) {
    let body = json!({
        "kind": "free-time", "starts_at": "2026-11-30T08:00", "minutes": 15,
        "patient": patient(ALEX), "reason": "Hosta"
    });
    world
        .post(ANNA, "/booking/v1/appointments", body)
        .await
        .id();
}

#[tokio::test]
async fn the_scheduled_job_links_what_waits_and_needs_its_secret() {
    let world = ground().await;
    booked(&world, 3).await;
    let job = async |key: &str| {
        let request = Request::post("/portal/v1/jobs/chain-access-log")
            .header("authorization", format!("Bearer {key}"));
        let request = request.body(Body::empty()).expect("a request");
        world.send(request).await
    };
    assert_eq!(job("").await.refused(), (401, "not-signed-in".into()));
    assert_eq!(job("guessed").await.refused().0, 401);
    assert_eq!(job(&world.token(ANNA)).await.refused().0, 401);
    let key = world.ports.secrets.get("JOB_KEY").expect("a key");
    let done = job(&key).await.json();
    assert_eq!(
        done["linked"][PROVIDER],
        json!({ "entries": 3, "more": false })
    );
    assert_eq!(done["linked"][OTHER_PROVIDER]["entries"], 0);
    assert_eq!(faults(&world, &[]).await, []);
}

#[tokio::test]
async fn two_who_link_at_once_link_every_entry_once() {
    let world = ground().await;
    booked(&world, 12).await;
    let (one, other) = tokio::join!(linked(&world), linked(&world));
    assert_eq!(one.entries + other.entries, 12);
    assert_eq!(
        world
            .number("SELECT count(*) AS n FROM access_log_links")
            .await,
        12
    );
    assert_eq!(faults(&world, &[]).await, []);
}

#[tokio::test]
async fn a_cut_of_entries_links_and_checkpoints_alike_is_found_by_a_checkpoint_kept_elsewhere() {
    let world = ground().await;
    booked(&world, 4).await;
    linked(&world).await;
    booked_at_another_hour(&world).await;
    linked(&world).await;
    let kept = checkpoints(&world).await;
    assert_eq!(
        kept.iter().map(|(number, _)| *number).collect::<Vec<_>>(),
        [4, 5]
    );
    without_triggers(
        &world,
        "DELETE FROM access_log WHERE number > 3; DELETE FROM access_log_links WHERE number > 3;
DELETE FROM access_log_checkpoints WHERE number > 3;",
    );
    assert_eq!(
        faults(&world, &[]).await,
        [],
        "in the store alone nothing is left to tell"
    );
    assert_eq!(faults(&world, &kept).await, [Fault::Cut { from: 4, to: 5 }]);
}

#[tokio::test]
async fn a_checkpoint_that_somebody_else_signed_is_found() {
    let world = ground().await;
    booked(&world, 2).await;
    linked(&world).await;
    let forged = Checkpoint {
        care_provider: PROVIDER.into(),
        number: 2,
        link: "of my own".into(),
    }
    .sign(
        &shared::session::SigningKey::generate(),
        world.ports.clock.now(),
    )
    .unwrap_or_else(|_| panic!("signed"));
    without_triggers(
        &world,
        &format!("UPDATE access_log_checkpoints SET token = '{forged}';"),
    );
    assert_eq!(faults(&world, &[]).await, [Fault::Checkpoint { number: 2 }]);
}

/// How somebody tampers, what SQL does it to place `n` (and `m`), and which faults name the place.
#[derive(Debug, Clone)]
enum Tampering {
    Change(&'static str),
    Delete,
    Swap,
    CutTail,
    ChangeLink,
    DeleteLink,
}

fn tampering() -> impl Strategy<Value = Tampering> {
    prop_oneof![
        prop::sample::select(vec![
            "user_id = 'SE2321000131-P9'",
            "at = at + 1",
            "activity = 'read'",
            "purpose = 'own'",
            "care_unit_id = 'SE2321000131-U2'",
            "resource_id = 'another'",
            "patients = '[]'",
            "mac = 'x' || mac",
        ])
        .prop_map(Tampering::Change),
        Just(Tampering::Delete),
        Just(Tampering::Swap),
        Just(Tampering::CutTail),
        Just(Tampering::ChangeLink),
        Just(Tampering::DeleteLink),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]
    #[test]
    fn whatever_is_done_to_the_log_is_found_and_its_place_named(
        tampering in tampering(),
        place in 1i64..=9,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        runtime.block_on(async {
            let world = ground().await;
            booked(&world, 10).await;
            linked(&world).await;
            let next = place + 1;
            let (sql, expected) = match &tampering {
                Tampering::Change(what) => (
                    format!("UPDATE access_log SET {what} WHERE number = {place};"),
                    vec![Fault::Changed { number: place }],
                ),
                Tampering::Delete => (
                    format!("DELETE FROM access_log WHERE number = {place};"),
                    vec![Fault::Missing { from: place, to: place }],
                ),
                Tampering::Swap => (
                    format!(
                        "UPDATE access_log SET number = -1 WHERE number = {place};
UPDATE access_log SET number = {place} WHERE number = {next};
UPDATE access_log SET number = {next} WHERE number = -1;"
                    ),
                    vec![Fault::Changed { number: place }, Fault::Changed { number: next }],
                ),
                Tampering::CutTail => (
                    format!("DELETE FROM access_log WHERE number > {place};"),
                    vec![Fault::Cut { from: next, to: 10 }],
                ),
                Tampering::ChangeLink => (
                    format!("UPDATE access_log_links SET link = 'x' || link WHERE number = {place};"),
                    vec![Fault::Changed { number: place }],
                ),
                Tampering::DeleteLink => (
                    format!("DELETE FROM access_log_links WHERE number = {place};"),
                    vec![Fault::Unlinked { number: place }],
                ),
            };
            without_triggers(&world, &sql);
            prop_assert_eq!(faults(&world, &[]).await, expected, "{:?} at {}", tampering, place);
            Ok(())
        })?;
    }
}

#[tokio::test]
async fn patients_see_who_read_about_them_where_when_and_why_and_nobody_elses() {
    let world = ground().await;
    booked(&world, 1).await;
    world.clock.set(world.ports.clock.now().plus(MINUTE));
    let before = world.get(ALEX, "access-log").await.json();
    let first = &before["entries"][0];
    assert_eq!(first["user_name"], "Stig Testkvist");
    assert_eq!(first["care_unit"], "Mottagningen för blodtryck");
    assert_eq!(first["activity"], "write");
    assert_eq!(first["purpose"], "care");
    // Having looked is in the log, too.
    let after = world.get(ALEX, "access-log").await.json();
    assert_eq!(after["entries"][0]["user_kind"], "patient");
    assert_eq!(after["entries"].as_array().map(Vec::len), Some(2));
    assert_eq!(
        world.get(BO, "access-log").await.json()["entries"],
        json!([])
    );
    assert_eq!(world.get(ANNA, "access-log").await.refused().0, 403);
}

#[tokio::test]
async fn a_patients_own_log_is_paged_without_gap_or_repeat() {
    let world = ground().await;
    booked(&world, 7).await;
    let mut seen = vec![];
    let mut path = "access-log?limit=3".to_owned();
    let cursor = loop {
        let page = world.get(ALEX, &path).await.json();
        seen.extend(
            page["entries"]
                .as_array()
                .expect("entries")
                .iter()
                .map(|entry| entry["at"].clone()),
        );
        match page["next"].as_str() {
            Some(next) => path = format!("access-log?limit=3&cursor={next}"),
            None => break page["next"].clone(),
        }
    };
    assert!(cursor.is_null());
    let mut distinct = seen.clone();
    distinct.dedup();
    assert_eq!(seen.len(), distinct.len());
    assert!(seen.len() >= 7, "{seen:?}");
    assert_eq!(
        world
            .get(ALEX, "access-log?cursor=garbage")
            .await
            .refused()
            .0,
        422
    );
}

#[tokio::test]
async fn the_page_shows_the_same_in_the_readers_language() {
    let world = ground().await;
    booked(&world, 1).await;
    for (language, title, what) in [
        (
            "sv",
            "Vem har läst mina uppgifter",
            "Skrev ett besök – för din vård",
        ),
        (
            "en",
            "Who has read my data",
            "Wrote a visit – for your care",
        ),
    ] {
        let request = Request::get("/portal/access-log")
            .header("authorization", format!("Bearer {}", world.token(ALEX)))
            .header("accept", "text/html")
            .header("accept-language", language);
        let page = world
            .send(request.body(Body::empty()).expect("a request"))
            .await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.text);
        assert!(
            page.text.contains(title) && page.text.contains(what),
            "{}",
            page.text
        );
        assert!(page.text.contains("Stig Testkvist"));
    }
}

#[tokio::test]
async fn an_administrator_draws_a_sample_reads_it_and_signs_it_off_once() {
    let world = ground().await;
    booked(&world, 12).await;
    let drawn = as_administrator(
        &world,
        Method::POST,
        "/portal/v1/access-log/samples",
        Some(json!({ "size": 5 })),
    )
    .await;
    assert_eq!(drawn.status, StatusCode::CREATED, "{}", drawn.text);
    assert_eq!(drawn.json()["size"], 5);
    let path = format!("/portal/v1/access-log/samples/{}", drawn.id());
    let read = as_administrator(&world, Method::GET, &path, None)
        .await
        .json();
    assert_eq!(read["entries"].as_array().map(Vec::len), Some(5));
    assert_eq!(read["entries"][0]["user_name"], "Stig Testkvist");
    let remark = Some(json!({ "remark": "Alla hade en vårdrelation" }));
    let sign_off = format!("{path}/sign-off");
    let signed = as_administrator(&world, Method::POST, &sign_off, remark.clone()).await;
    assert_eq!(signed.json()["remark"], "Alla hade en vårdrelation");
    let again = as_administrator(&world, Method::POST, &sign_off, remark).await;
    assert_eq!(again.refused(), (409, "signed-off".into()));
    let listed = as_administrator(&world, Method::GET, "/portal/v1/access-log/samples", None)
        .await
        .json();
    assert_eq!(listed["samples"][0]["remark"], "Alla hade en vårdrelation");
    assert_eq!(
        world
            .number("SELECT count(*) AS n FROM access_log_samples WHERE remark LIKE '%Alla%'")
            .await,
        0
    );
}

#[tokio::test]
async fn a_sample_whose_answer_was_lost_is_drawn_once_however_late_it_is_asked_for_again() {
    let world = ground().await;
    booked(&world, 3).await;
    let draw = async || {
        let token = world.sign(&world.administrator());
        let request = Request::post("/portal/v1/access-log/samples")
            .header("authorization", format!("Bearer {token}"))
            .header("content-type", "application/json")
            .header("idempotency-key", "key-of-the-sample")
            // The 92 days end with this one.
            .body(Body::from(json!({ "from": "2026-08-23" }).to_string()));
        world.send(request.expect("a request")).await
    };
    let first = draw().await;
    assert_eq!(first.status, StatusCode::CREATED, "{}", first.text);
    world.pass(16 * HOUR);
    let again = draw().await;
    assert_eq!((again.status, again.text), (first.status, first.text));
}

#[tokio::test]
async fn samples_differ_and_hold_only_the_units_entries() {
    let world = ground().await;
    booked(&world, 12).await;
    let body = json!({
        "kind": "free-time", "starts_at": "2026-12-01T08:00", "minutes": 15,
        "patient": patient(BO), "reason": "Hosta"
    });
    world.post(EVA, "/booking/v1/appointments", body).await.id();
    let mut samples = std::collections::BTreeSet::new();
    for _ in 0..6 {
        let drawn = as_administrator(
            &world,
            Method::POST,
            "/portal/v1/access-log/samples",
            Some(json!({ "size": 4 })),
        )
        .await;
        assert_eq!(drawn.status, StatusCode::CREATED, "{}", drawn.text);
    }
    let found = world
        .store
        .query(Statement::new("SELECT numbers FROM access_log_samples", []))
        .await
        .expect("samples");
    for row in found.rows.iter() {
        samples.insert(row.text("numbers").expect("numbers").to_owned());
    }
    assert!(samples.len() > 1, "six samples, all alike: {samples:?}");
    let foreign = "SELECT count(*) AS n FROM access_log_samples AS s, json_each(s.numbers) AS d
JOIN access_log AS l ON l.number = d.value WHERE l.care_unit_id <> s.care_unit_id";
    assert_eq!(world.number(foreign).await, 0);
}

#[tokio::test]
async fn the_export_has_store_logs_fields_and_only_the_units_entries() {
    let world = ground().await;
    booked(&world, 2).await;
    let answer = as_administrator(&world, Method::GET, "/portal/v1/access-log/export", None).await;
    assert_eq!(answer.headers["content-type"], "application/x-ndjson");
    let lines: Vec<Value> = answer
        .text
        .lines()
        .map(|line| serde_json::from_str(line).expect("a line"))
        .collect();
    assert_eq!(lines.len(), 2);
    for (part, members) in [
        ("", "activity logId number resources system user"),
        ("/activity", "activityType purpose startDate"),
        ("/user", "careProvider careUnit userId"),
        ("/resources/0", "careProvider careUnit patient resourceType"),
    ] {
        let found = lines[0].pointer(part).and_then(Value::as_object);
        let mut found: Vec<_> = found.expect("an object").keys().cloned().collect();
        found.sort();
        assert_eq!(found.join(" "), members, "{part}");
    }
    assert_eq!(lines[0]["activity"]["activityType"], "Skriva");
    assert_eq!(lines[0]["user"]["userId"], ANNA);
    assert_eq!(lines[0]["resources"][0]["careUnit"], UNIT);
    assert!(lines[0]["resources"][0]["patient"].is_string());
    // Handing it out is in the log, too.
    assert_eq!(
        world
            .number("SELECT count(*) AS n FROM access_log WHERE activity = 'print'")
            .await,
        1
    );
}

#[tokio::test]
async fn a_sample_that_asks_for_too_much_is_refused_and_nothing_is_written() {
    let world = ground().await;
    booked(&world, 1).await;
    let before = world.rows().await;
    for (body, field) in [
        (json!({ "size": 0 }), "size"),
        (json!({ "size": 101 }), "size"),
        (json!({ "from": "2026-11-23", "to": "2026-11-22" }), "to"),
        (json!({ "from": "2026-01-01", "to": "2026-11-22" }), "to"),
        (json!({ "from": "yesterday" }), "from"),
        (json!({ "sise": 3 }), "sise"),
    ] {
        let answer = as_administrator(
            &world,
            Method::POST,
            "/portal/v1/access-log/samples",
            Some(body.clone()),
        )
        .await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{body}");
        assert_eq!(answer.json()["field"], field, "{}", answer.text);
    }
    let answer = as_administrator(
        &world,
        Method::GET,
        "/portal/v1/access-log/verification?after=-1",
        None,
    )
    .await;
    assert_eq!(answer.refused(), (422, "invalid".into()));
    assert_eq!(world.rows().await - before, 0);
}

async fn page_of_administrator(world: &World, path: &str, form: Option<&str>) -> Answer {
    let token = world.sign(&world.administrator());
    let request = Request::builder()
        .method(if form.is_some() { "POST" } else { "GET" })
        .uri(path)
        .header("authorization", format!("Bearer {token}"))
        .header("accept", "text/html")
        .header("content-type", "application/x-www-form-urlencoded");
    let body = Body::from(form.unwrap_or_default().to_owned());
    world.send(request.body(body).expect("a request")).await
}

#[tokio::test]
async fn an_administrator_reviews_the_log_on_pages() {
    let world = ground().await;
    booked(&world, 6).await;
    let review = "/portal/access-log/review";
    let page = page_of_administrator(&world, review, None).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text);
    assert!(page.text.contains("Inget urval har dragits än."));

    let drawn =
        page_of_administrator(&world, review, Some("key=review-key-0001&from=&to=&size=4")).await;
    assert_eq!(drawn.status, StatusCode::SEE_OTHER, "{}", drawn.text);
    let sample = drawn.headers["location"]
        .to_str()
        .expect("a path")
        .to_owned();
    assert!(sample.starts_with("/portal/access-log/review/"), "{sample}");
    // Sent twice, drawn once.
    page_of_administrator(&world, review, Some("key=review-key-0001&from=&to=&size=4")).await;
    let samples = "SELECT count(*) AS n FROM access_log_samples";
    assert_eq!(world.number(samples).await, 1);

    let page = page_of_administrator(&world, &sample, None).await;
    assert_eq!(page.text.matches("<tr><th scope=\"row\">").count(), 4);
    assert!(page.text.contains("Stig Testkvist") && page.text.contains("för vården"));
    // Patients go by our own ids, never by name or number.
    assert!(!page.text.contains(ALEX));
    let read = "SELECT count(*) AS n FROM access_log WHERE resource_type = 'access-log-sample'";
    assert_eq!(world.number(read).await, 1);

    let signing = "key=review-key-0002&remark=Alla+hade+en+v%C3%A5rdrelation";
    let signed = page_of_administrator(&world, &sample, Some(signing)).await;
    assert_eq!(signed.status, StatusCode::SEE_OTHER);
    for path in [review, &sample] {
        let page = page_of_administrator(&world, path, None).await.text;
        for told in ["Draget av Stig Testkvist", ": Stig Testkvist"] {
            assert!(page.contains(told), "{told}: {page}");
        }
    }
    let page = page_of_administrator(&world, &sample, None).await;
    assert!(page.text.contains("Alla hade en vårdrelation") && !page.text.contains("<textarea"));
    let again = "key=review-key-0003&remark=Igen";
    let again = page_of_administrator(&world, &sample, Some(again)).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(again.text.contains("Urvalet är redan signerat."));
}

#[tokio::test]
async fn what_is_wrong_with_a_review_stands_at_its_field_and_nothing_typed_is_lost() {
    let world = ground().await;
    booked(&world, 1).await;
    let review = "/portal/access-log/review";
    let form = "key=review-key-0004&from=2026-11-01&to=&size=tolv";
    let page = page_of_administrator(&world, review, Some(form)).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.text.contains("id=\"size-wrong\"") && page.text.contains("value=\"tolv\""));
    assert!(page.text.contains("value=\"2026-11-01\""));
    let form = "key=review-key-0005&from=2020-01-01&to=&size=3";
    let page = page_of_administrator(&world, review, Some(form)).await;
    assert!(page.text.contains("-wrong\""), "{}", page.text);
    let samples = "SELECT count(*) AS n FROM access_log_samples";
    assert_eq!(world.number(samples).await, 0);
}

#[tokio::test]
async fn the_review_says_whether_the_log_is_whole_and_names_the_place_if_not() {
    let world = ground().await;
    booked(&world, 4).await;
    let unreadable = "/portal/access-log/review?verify=x";
    let page = page_of_administrator(&world, unreadable, None).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        page.text.contains("<main"),
        "a page as any other: {}",
        page.text
    );
    let verify = "/portal/access-log/review?verify=0";
    let page = page_of_administrator(&world, verify, None).await;
    assert!(
        page.text.contains("Inget fattas och inget är ändrat"),
        "{}",
        page.text
    );
    without_triggers(
        &world,
        "UPDATE access_log SET purpose = 'own' WHERE number = 2",
    );
    let page = page_of_administrator(&world, verify, None).await;
    assert!(page.text.contains("Post 2 är ändrad"), "{}", page.text);
}
