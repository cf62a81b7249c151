//! The unit week as a whole: it repeats for a seed, holds every kind and state, names nobody real, and
//! loads into an empty store.
#![expect(
    clippy::expect_used,
    reason = "a test whose ground is missing stops at once"
)]

use chrono::NaiveDate;
use shared::hsa_id::HsaId;
use shared::platform::native::Sqlite;
use shared::platform::{Statement, Store};
use shared::sealing::{Place, Sealer};
use training::keys::{Keys, MachineRandom};
use training::people::PATIENTS;
use training::rows::{counts, rows_as_sql};
use training::unit_week::{DEFAULT_SEED, unit_week};

fn keys() -> Keys {
    Keys::generate(&MachineRandom).expect("keys")
}

fn date(text: &str) -> NaiveDate {
    text.parse().expect("a date")
}

async fn number(store: &Sqlite, sql: &'static str) -> i64 {
    let found = store.query(Statement::new(sql, [])).await.expect("a query");
    found
        .rows
        .first()
        .expect("a row")
        .integer("n")
        .expect("a number")
}

#[tokio::test]
async fn the_same_seed_gives_the_same_week_and_another_seed_another() {
    let keys = keys();
    let make = async |seed, from| {
        let desk = unit_week(&keys, seed, date(from)).await.expect("a week");
        rows_as_sql(&desk.store).await.expect("rows")
    };
    let one = make(1, "2026-11-23").await;
    // Any day of the week means the week.
    assert!(one == make(1, "2026-11-29").await);
    assert!(one != make(2, "2026-11-23").await);
    assert!(one != make(1, "2026-11-30").await);
}

#[tokio::test]
async fn a_week_holds_about_fifty_visits_of_every_kind_and_state() {
    let desk = unit_week(&keys(), DEFAULT_SEED, date("2026-11-23"))
        .await
        .expect("a week");
    let states = counts(
        &desk.store,
        "SELECT state AS name, count(*) AS n FROM appointments GROUP BY 1",
    );
    let states = states.await.expect("counts");
    let names: Vec<_> = states.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            "arrived",
            "booked",
            "cancelled",
            "completed",
            "no-show",
            "started"
        ]
    );
    assert!(
        (45..=55).contains(&states.values().sum::<i64>()),
        "{states:?}"
    );
    let kinds = counts(
        &desk.store,
        "SELECT kind AS name, count(*) AS n FROM appointments GROUP BY 1",
    );
    assert_eq!(kinds.await.expect("counts").len(), 3);
    for (what, least) in [
        ("SELECT count(*) AS n FROM slots", 300),
        (
            "SELECT count(*) AS n FROM slots WHERE withdrawn_at IS NOT NULL",
            2,
        ),
        (
            "SELECT count(*) AS n FROM slots WHERE practitioner_id IS NULL AND occupied_by IS NOT NULL",
            1,
        ),
        (
            "SELECT count(*) AS n FROM slot_templates WHERE definition LIKE '%exceptions\":[\"%'",
            3,
        ),
        (
            "SELECT count(*) AS n FROM appointments WHERE overlap_allowed_by IS NOT NULL",
            1,
        ),
        (
            "SELECT count(*) AS n FROM appointments WHERE calendar_sequence > 0 AND state = 'booked'",
            2,
        ),
        (
            "SELECT count(*) AS n FROM participants WHERE role = 'relative'",
            1,
        ),
        (
            "SELECT count(*) AS n FROM participants WHERE role = 'interpreter'",
            1,
        ),
        (
            "SELECT count(*) AS n FROM sms_outbox WHERE state = 'withheld'",
            1,
        ),
        (
            "SELECT count(*) AS n FROM patients WHERE language = 'en'",
            1,
        ),
        (
            "SELECT count(*) AS n FROM access_log WHERE user_kind = 'patient' AND activity = 'write'",
            4,
        ),
        (
            "SELECT count(DISTINCT care_unit_id) AS n FROM appointments",
            3,
        ),
    ] {
        assert!(number(&desk.store, what).await >= least, "{what}");
    }
}

#[tokio::test]
async fn every_seed_and_season_makes_a_week() {
    let keys = keys();
    // Both changes of the clock, a turn of the year, and a leap day are among them.
    let dates = [
        "2026-10-26",
        "2027-03-29",
        "2027-01-01",
        "2028-02-29",
        "2026-06-15",
    ];
    for (seed, from) in dates.iter().enumerate() {
        let desk = unit_week(&keys, seed as u64, date(from)).await;
        assert!(
            desk.is_ok(),
            "{from}: {:?}",
            desk.err().map(|error| error.to_string())
        );
    }
}

#[tokio::test]
async fn nobody_is_in_it_but_test_identities() {
    let keys = keys();
    let desk = unit_week(&keys, DEFAULT_SEED, date("2026-11-23"))
        .await
        .expect("a week");
    let sealer = Sealer::from_secrets(&keys.secrets()).expect("a ring");
    let found = desk
        .store
        .query(Statement::new(
            "SELECT id, care_provider_id, identity, name FROM patients",
            [],
        ))
        .await
        .expect("patients");
    assert!(found.rows.len() > 10);
    for row in found.rows.iter() {
        let care_provider: HsaId = row.parsed("care_provider_id").expect("an HSA-id");
        let open = |column, sealed| {
            let place = Place {
                care_provider: &care_provider,
                column,
                row: row.text("id").expect("an id"),
            };
            sealer.open(place, sealed).expect("opened")
        };
        let identity = open(
            "patients.identity",
            row.text("identity").expect("an identity"),
        );
        let name = open("patients.name", row.text("name").expect("a name"));
        assert!(
            PATIENTS
                .iter()
                .any(|one| one.identity == identity && one.name == name)
        );
    }
}

#[tokio::test]
async fn it_loads_into_an_empty_store_and_once_more_without_change() {
    let desk = unit_week(&keys(), DEFAULT_SEED, date("2026-11-23"))
        .await
        .expect("a week");
    let rows = rows_as_sql(&desk.store).await.expect("rows");
    assert!(
        rows.iter()
            .all(|row| row.len() < 100_000 && !row.contains('\n'))
    );
    let other = Sqlite::migrated().expect("a store");
    for _ in 0..2 {
        other.execute_script(&rows.join("\n")).expect("loaded");
        assert!(rows_as_sql(&other).await.expect("rows") == rows);
    }
}
