//! Keys change while the system serves: the job that seals every value anew, and what becomes of readers and
//! writers meanwhile.
#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "a test whose ground is missing stops at once"
)]

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use axum::body::Body;
use http::Request;
use serde_json::{Value, json};
use shared::platform::{Batch, Outcome, Secrets, Statement, Store, StoreError};
use shared::sealing::{Place, SEALED_COLUMNS, Sealer, encoded, key_id};
use shared::time::MINUTE;
use world::{ALEX, ANNA, Answer, PROVIDER, World, morning, patient};

/// What bookings fill.
const FILLED: [&str; 9] = [
    "practitioners.name",
    "patients.identity",
    "patients.name",
    "patients.phone",
    "appointments.details",
    "appointments.cancellation",
    "participants.contact",
    "sms_outbox.recipient",
    "idempotency_keys.answer",
];

/// The world's secrets with another ring.
struct Rekeyed {
    others: Arc<dyn Secrets>,
    ring: String,
}

impl Secrets for Rekeyed {
    fn get(&self, name: &str) -> Option<String> {
        match name {
            "SEALING_KEYS" => Some(self.ring.clone()),
            other => self.others.get(other),
        }
    }
}

/// The old key is what the world seals with: `a`, of 32 ones.
fn ring(primary: &str, keys: &[(&str, u8)]) -> String {
    let keys: Vec<String> = keys
        .iter()
        .map(|(id, byte)| format!(r#""{id}":"{}""#, encoded(&[*byte; 32])))
        .collect();
    format!(r#"{{"primary":"{primary}","keys":{{{}}}}}"#, keys.join(","))
}

fn give_ring(world: &mut World, ring: impl Into<String>) {
    world.ports.secrets = Arc::new(Rekeyed {
        others: Arc::clone(&world.ports.secrets),
        ring: ring.into(),
    });
}

/// `b` is primary, `a` still opens.
fn promote(world: &mut World) {
    give_ring(world, ring("b", &[("a", 1), ("b", 9)]));
}

/// A world with something in every column of [`FILLED`].
async fn with_visits() -> (World, String) {
    let world = World::new(&[("portal", portal::router), ("booking", booking::router)]).await;
    let laid = world
        .post(
            ANNA,
            "/booking/v1/slot-templates",
            morning(ANNA, "2026-11-30"),
        )
        .await;
    assert!(laid.status.is_success(), "{}", laid.text);
    let book = async |starts_at: &str| {
        let body = json!({
            "kind": "video", "starts_at": starts_at, "minutes": 30, "patient": patient(ALEX), "reason": "Hosta",
            "participants": [{ "role": "relative", "name": "Bo Testkvist", "phone": "070-174 06 06" }]
        });
        world
            .post(ANNA, "/booking/v1/appointments", body)
            .await
            .id()
    };
    let visit = book("2026-11-25T10:00").await;
    let cancelled = book("2026-11-26T10:00").await;
    let path = format!("/booking/v1/appointments/{cancelled}/cancel");
    let gone = world
        .post(ANNA, &path, json!({ "reason": "Läkaren är sjuk" }))
        .await;
    assert!(gone.status.is_success(), "{}", gone.text);
    (world, visit)
}

async fn call(world: &World, key: &str) -> Answer {
    let request =
        Request::post("/portal/v1/jobs/reseal").header("authorization", format!("Bearer {key}"));
    world
        .send(request.body(Body::empty()).expect("a request"))
        .await
}

async fn reseal(world: &World) -> Value {
    let answer = call(world, &encoded(&[4; 32])).await;
    assert_eq!(answer.status.as_u16(), 200, "{}", answer.text);
    answer.json()
}

/// Calls the job until it is done, and gives how often that was and how many values it sealed anew.
async fn reseal_until_done(world: &World) -> (usize, u64) {
    let mut resealed = 0;
    for calls in 1..=50 {
        let report = reseal(world).await;
        resealed += report["resealed"].as_u64().expect("a number");
        if report["done"] == true {
            assert_eq!(report["left"], json!([]));
            return (calls, resealed);
        }
    }
    panic!("fifty calls were not enough");
}

/// How many values of each sealed column are kept under a key.
async fn under(world: &World, key: &str) -> Vec<(&'static str, usize)> {
    let mut counted = vec![];
    for column in SEALED_COLUMNS {
        let (table, name) = column.name.split_once('.').expect("table.column");
        let sql = format!("SELECT {name} AS sealed FROM {table}").leak();
        let found = world
            .store
            .query(Statement::new(sql, []))
            .await
            .expect("rows");
        let values = found.rows.iter().filter(|row| {
            let sealed = row.optional_text("sealed").expect("a text");
            sealed.is_some_and(|sealed| key_id(sealed) == Some(key))
        });
        counted.push((column.name, values.count()));
    }
    counted
}

fn total(counted: &[(&str, usize)]) -> usize {
    counted.iter().map(|(_, values)| values).sum()
}

/// Writes so many patients past the API.
async fn many_patients(world: &World, count: usize) {
    let sealer = Sealer::from_secrets(&*world.ports.secrets).expect("a ring");
    let care_provider = PROVIDER.parse().expect("an HSA-id");
    for number in 0..count {
        let id = format!("patient-{number:06}");
        let seal = |column, text: &str| {
            let place = Place {
                care_provider: &care_provider,
                column,
                row: &id,
            };
            sealer
                .seal(&*world.ports.random, place, text)
                .expect("sealed")
        };
        world
            .run(
                "INSERT INTO patients (id, care_provider_id, identity_index, identity, name, created_at)
VALUES (?1, ?2, ?1, ?3, ?4, 0)",
                [
                    id.as_str().into(),
                    PROVIDER.into(),
                    seal("patients.identity", ALEX).into(),
                    seal("patients.name", "Alex Blom").into(),
                ],
            )
            .await;
    }
}

#[tokio::test]
async fn every_value_is_sealed_anew_and_reads_the_same_without_the_old_key() {
    let (mut world, visit) = with_visits().await;
    let path = format!("/booking/v1/appointments/{visit}");
    let before = world.get(ANNA, &path).await.text;
    let old = under(&world, "a").await;
    for (column, values) in &old {
        assert!(
            *values > 0 || !FILLED.contains(column),
            "nothing in {column}"
        );
    }

    promote(&mut world);
    assert_eq!(
        world.get(ANNA, &path).await.text,
        before,
        "while both keys are there"
    );
    let (_, resealed) = reseal_until_done(&world).await;
    assert_eq!(usize::try_from(resealed), Ok(total(&old)));
    assert_eq!(total(&under(&world, "a").await), 0);
    assert_eq!(under(&world, "b").await, old);

    give_ring(&mut world, ring("b", &[("b", 9)]));
    assert_eq!(
        world.get(ANNA, &path).await.text,
        before,
        "without the old key"
    );
}

#[tokio::test]
async fn a_repeated_post_gets_its_first_answer_under_the_new_key() {
    let (mut world, _) = with_visits().await;
    let body = json!({
        "kind": "free-time", "starts_at": "2026-11-27T10:00", "minutes": 30, "patient": patient(ALEX), "reason": "Hosta"
    });
    let (path, key) = ("/booking/v1/appointments", "the-same-key");
    let first = world.post_again(ANNA, path, key, body.clone()).await;
    promote(&mut world);
    reseal_until_done(&world).await;
    give_ring(&mut world, ring("b", &[("b", 9)]));
    let again = world.post_again(ANNA, path, key, body).await;
    assert_eq!(again.headers["idempotency-replayed"], "true");
    assert_eq!(again.text, first.text);
}

#[tokio::test]
async fn a_large_store_is_gone_through_in_bounded_calls_that_go_on_where_the_last_one_stopped() {
    let (mut world, _) = with_visits().await;
    many_patients(&world, 2500).await;
    promote(&mut world);
    let first = reseal(&world).await;
    assert_eq!(first["done"], false);
    let read = first["read"].as_u64().expect("a number");
    assert!(
        (1000..=100 * SEALED_COLUMNS.len() as u64).contains(&read),
        "{first}"
    );
    let left = first["left"].as_array().expect("a list");
    let last = left.last().expect("a column");
    assert_eq!(
        last["column"],
        SEALED_COLUMNS.last().expect("a column").name
    );
    assert!(
        left.iter()
            .any(|one| one["column"] == "patients.phone" && one["or_more"] == true),
        "{first}"
    );

    reseal_until_done(&world).await;
    assert_eq!(total(&under(&world, "a").await), 0);
    // And then it rests.
    let rest = reseal(&world).await;
    assert_eq!((&rest["read"], &rest["done"]), (&json!(0), &json!(true)));
}

/// A store in which others get their turn before each call, and in which somebody writes right before the
/// first batch that seals names anew.
struct Interrupted {
    store: Arc<dyn Store>,
    by: Mutex<Option<Statement>>,
}

#[async_trait]
impl Store for Interrupted {
    async fn query(&self, statement: Statement) -> Result<Outcome, StoreError> {
        tokio::task::yield_now().await;
        self.store.query(statement).await
    }

    async fn batch(&self, statements: Batch) -> Result<Vec<Outcome>, StoreError> {
        tokio::task::yield_now().await;
        let seals_names = statements
            .iter()
            .any(|one| one.sql.starts_with("UPDATE patients SET name"));
        if seals_names {
            let by = self.by.lock().expect("a lock").take();
            if let Some(statement) = by {
                self.store.query(statement).await?;
            }
        }
        self.store.batch(statements).await
    }
}

#[tokio::test]
async fn two_runs_at_once_do_each_step_once() {
    let (mut world, _) = with_visits().await;
    many_patients(&world, 300).await;
    let old = total(&under(&world, "a").await);
    promote(&mut world);
    world.ports.store = Arc::new(Interrupted {
        store: world.ports.store.clone(),
        by: Mutex::new(None),
    });
    let (mut resealed, mut stopped) = (0, 0);
    for _ in 0..20 {
        let (one, other) = tokio::join!(reseal(&world), reseal(&world));
        for report in [&one, &other] {
            resealed += report["resealed"].as_u64().expect("a number");
            stopped += usize::from(report["done"] == false);
            assert_eq!(
                (&report["unreadable"], &report["overtaken"]),
                (&json!({}), &json!(0))
            );
        }
    }
    assert_eq!(usize::try_from(resealed), Ok(old));
    assert!(stopped > 0, "the slower one left it to the other");
    assert_eq!(total(&under(&world, "a").await), 0);
    assert_eq!(reseal(&world).await["done"], true);
}

#[tokio::test]
async fn a_value_that_somebody_changes_meanwhile_is_left_as_they_changed_it() {
    let (mut world, _) = with_visits().await;
    let patient = {
        let found = world
            .store
            .query(Statement::new("SELECT id FROM patients", []))
            .await
            .expect("rows");
        found
            .rows
            .first()
            .expect("a patient")
            .text("id")
            .expect("an id")
            .to_owned()
    };
    let care_provider = PROVIDER.parse().expect("an HSA-id");
    let place = Place {
        care_provider: &care_provider,
        column: "patients.name",
        row: &patient,
    };
    // An instance that still has the former ring writes under the old key.
    let former = Sealer::from_secrets(&*world.ports.secrets).expect("a ring");
    let newer = former
        .seal(&*world.ports.random, place, "Alexandra Blom")
        .expect("sealed");
    promote(&mut world);
    world.ports.store = Arc::new(Interrupted {
        store: world.ports.store.clone(),
        by: Mutex::new(Some(Statement::new(
            "UPDATE patients SET name = ?1",
            [newer.into()],
        ))),
    });
    let (mut overtaken, mut done) = (0, false);
    while !done {
        let report = reseal(&world).await;
        overtaken += report["overtaken"].as_u64().expect("a number");
        done = report["done"] == true;
    }
    assert_eq!(overtaken, 1);

    let kept = world
        .store
        .query(Statement::new("SELECT name FROM patients", []))
        .await
        .expect("rows");
    let kept = kept
        .rows
        .first()
        .expect("a patient")
        .text("name")
        .expect("a name")
        .to_owned();
    let sealer = Sealer::from_secrets(&*world.ports.secrets).expect("a ring");
    assert_eq!(sealer.open(place, &kept).as_deref(), Ok("Alexandra Blom"));
    assert!(sealer.is_up_to_date(&kept), "the next walk sealed it anew");
}

#[tokio::test]
async fn the_old_key_may_go_only_when_a_walk_after_the_roll_out_found_nothing_under_it() {
    let (mut world, _) = with_visits().await;
    promote(&mut world);
    reseal_until_done(&world).await;
    let report = reseal(&world).await;
    assert_eq!(
        (&report["done"], &report["may_be_dropped"]),
        (&json!(true), &json!([]))
    );

    world.clock.set(world.ports.clock.now().plus(15 * MINUTE));
    reseal_until_done(&world).await;
    let report = reseal(&world).await;
    assert_eq!(
        (&report["primary"], &report["may_be_dropped"]),
        (&json!("b"), &json!(["a"]))
    );
}

#[tokio::test]
async fn a_key_dropped_too_early_is_named_to_us_and_not_to_callers_and_can_be_put_back() {
    let (mut world, visit) = with_visits().await;
    let path = format!("/booking/v1/appointments/{visit}");
    give_ring(&mut world, ring("b", &[("b", 9)]));
    let refused = world.get(ANNA, &path).await;
    assert_eq!(refused.refused(), (500, "internal".to_owned()));
    assert!(
        !refused.text.contains("SEALING_KEYS") && !refused.text.contains("key a"),
        "{}",
        refused.text
    );

    let report = reseal(&world).await;
    assert_eq!(
        (&report["resealed"], &report["done"]),
        (&json!(0), &json!(false))
    );
    let lost = report["unreadable"]["a"].as_u64().expect("a number");
    assert_eq!(usize::try_from(lost), Ok(total(&under(&world, "a").await)));
    assert_eq!(report["may_be_dropped"], json!([]));

    promote(&mut world);
    let (_, resealed) = reseal_until_done(&world).await;
    assert_eq!(resealed, lost);
    assert_eq!(world.get(ANNA, &path).await.status.as_u16(), 200);
}

#[tokio::test]
async fn one_value_that_does_not_open_keeps_no_other_from_being_sealed_anew() {
    let (mut world, _) = with_visits().await;
    world
        .run(
            "UPDATE practitioners SET name = 'Stig Testkvist' WHERE id = ?1",
            [ANNA.into()],
        )
        .await;
    let old = total(&under(&world, "a").await);
    promote(&mut world);
    let report = reseal(&world).await;
    assert_eq!(
        report["resealed"]
            .as_u64()
            .and_then(|n| usize::try_from(n).ok()),
        Some(old)
    );
    assert_eq!(
        (&report["unreadable"], &report["done"]),
        (&json!({ "?": 1 }), &json!(false))
    );
    assert_eq!(total(&under(&world, "a").await), 0);
}

#[tokio::test]
async fn a_broken_ring_is_our_fault_and_says_nothing_to_the_caller() {
    let (mut world, visit) = with_visits().await;
    let job_key = encoded(&[4; 32]);
    for broken in [
        String::new(),
        "{".into(),
        ring("c", &[("a", 1)]),
        ring("a", &[]),
        r#"{"primary":"a","keys":{"a":"short"}}"#.into(),
    ] {
        give_ring(&mut world, broken.clone());
        for answer in [
            call(&world, &job_key).await,
            world
                .get(ANNA, &format!("/booking/v1/appointments/{visit}"))
                .await,
        ] {
            assert_eq!(answer.refused(), (500, "internal".to_owned()), "{broken}");
            assert!(!answer.text.contains("SEALING_KEYS"), "{}", answer.text);
        }
    }
}

#[tokio::test]
async fn nobody_without_the_jobs_key_starts_it() {
    let (world, _) = with_visits().await;
    for key in ["", "wrong", &world.token(ANNA), &encoded(&[5; 32])] {
        assert_eq!(
            call(&world, key).await.refused(),
            (401, "not-signed-in".to_owned())
        );
    }
}
