//! The command itself over a store in a file: a whole log, a changed one, and one that was cut.
#![expect(
    clippy::expect_used,
    reason = "a test whose ground is missing stops at once"
)]

use std::path::PathBuf;
use std::process::{Command, Output};

use portal::access_log::keeping::link_waiting;
use serde_json::json;
use shared::platform::native::Sqlite;
use shared::platform::{Statement, Store};
use world::*;

struct Place(PathBuf);

impl Drop for Place {
    fn drop(&mut self) {
        // What can't be removed is the system's to tidy: it lies in the folder for passing things.
        drop(std::fs::remove_dir_all(&self.0));
    }
}

/// A store in a file with four chained entries, its keys, and its checkpoints as log lines.
async fn ground(name: &str) -> Place {
    let place =
        Place(std::env::temp_dir().join(format!("verify-log-{name}-{}", std::process::id())));
    std::fs::create_dir_all(&place.0).expect("a folder");
    let world = World::new(&[("booking", booking::router)]).await;
    for hour in 8..12 {
        let body = json!({
            "kind": "free-time", "starts_at": format!("2026-11-24T{hour:02}:00"), "minutes": 15,
            "patient": patient(ALEX), "reason": "Hosta"
        });
        world.post(ANNA, "appointments", body).await.id();
    }
    let linked = link_waiting(&world.ports, &*world.store, PROVIDER).await;
    assert!(linked.is_ok_and(|linked| linked.entries == 4));
    let file = place.0.join("store.db");
    world
        .store
        .execute_script(&format!("VACUUM INTO '{}'", file.display()))
        .expect("a copy");
    let found = world
        .store
        .query(Statement::new(
            "SELECT token FROM access_log_checkpoints",
            [],
        ))
        .await
        .expect("checkpoints");
    let token = found
        .rows
        .first()
        .expect("one")
        .text("token")
        .expect("a token")
        .to_owned();
    let lines = json!({ "function": "portal", "access_log_checkpoint": token });
    std::fs::write(
        place.0.join("checkpoints"),
        format!("{}\n{lines}\n", json!({ "function": "booking" })),
    )
    .expect("written");
    let keys: String = ["ACCESS_LOG_KEY", "ACCESS_LOG_SIGNING_KEY"]
        .map(|name| format!("{name}={}\n", world.ports.secrets.get(name).expect("a key")))
        .concat();
    std::fs::write(place.0.join("keys"), keys).expect("written");
    place
}

fn verified(place: &Place, with_checkpoints: bool) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_verify-log"));
    command
        .arg(place.0.join("store.db"))
        .arg(place.0.join("keys"));
    if with_checkpoints {
        command.arg(place.0.join("checkpoints"));
    }
    command.output().expect("it runs")
}

fn tampered(place: &Place, sql: &str) {
    let store = Sqlite::open(&place.0.join("store.db")).expect("the store");
    let script = format!(
        "DROP TRIGGER access_log_is_not_changed; DROP TRIGGER access_log_is_not_deleted;
DROP TRIGGER access_log_links_are_not_deleted; DROP TRIGGER access_log_checkpoints_are_not_deleted; {sql}"
    );
    store.execute_script(&script).expect("tampered");
}

#[tokio::test]
async fn a_whole_log_is_said_to_be_whole() {
    let place = ground("whole").await;
    let output = verified(&place, true);
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}");
    let line = format!(
        "verify-log care_provider={PROVIDER} entries=4 not_yet_linked=0 kept_checkpoints=1 faults=0"
    );
    assert!(text.contains(&line), "{text}");
}

#[tokio::test]
async fn a_changed_entry_is_named() {
    let place = ground("changed").await;
    tampered(
        &place,
        "UPDATE access_log SET user_id = 'SE2321000131-P9' WHERE number = 2;",
    );
    let output = verified(&place, false);
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(text.contains(r#"{"fault":"changed","number":2}"#), "{text}");
}

#[tokio::test]
async fn a_cut_that_only_a_kept_checkpoint_proves_is_named() {
    let place = ground("cut").await;
    tampered(
        &place,
        "DELETE FROM access_log WHERE number > 2; DELETE FROM access_log_links WHERE number > 2;
DELETE FROM access_log_checkpoints;",
    );
    assert!(verified(&place, false).status.success());
    let output = verified(&place, true);
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(
        text.contains(r#"{"fault":"cut","from":3,"to":4}"#),
        "{text}"
    );
}

#[tokio::test]
async fn without_a_store_or_its_keys_it_says_so() {
    let place = ground("missing").await;
    std::fs::remove_file(place.0.join("keys")).expect("removed");
    assert_eq!(verified(&place, false).status.code(), Some(2));
    std::fs::remove_file(place.0.join("store.db")).expect("removed");
    let output = verified(&place, false);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("is no file"));
}
