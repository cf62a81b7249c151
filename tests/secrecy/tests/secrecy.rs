//! Nothing of a person stands in the store or in a log line: a whole run of the API in a process of its own,
//! whose dump and log are searched for everything that it was told.
#![expect(
    clippy::expect_used,
    reason = "a test whose ground is missing stops at once"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use secrecy::Secrets;
use serde_json::Value;

struct Run {
    secrets: Secrets,
    dump: String,
    log: String,
}

fn run() -> Run {
    let output = Command::new(env!("CARGO_BIN_EXE_secrecy"))
        .output()
        .expect("a run");
    let log = String::from_utf8(output.stderr).expect("text");
    assert!(output.status.success(), "{log}");
    let printed = String::from_utf8(output.stdout).expect("text");
    let (secrets, dump) = printed.split_once("\n\n").expect("two parts");
    Run {
        secrets: Secrets::from_lines(secrets),
        dump: dump.to_owned(),
        log,
    }
}

/// No more of them than a reader takes in.
fn first(found: BTreeMap<&str, String>) -> String {
    let lines = found
        .into_iter()
        .take(20)
        .map(|(form, line)| format!("{form:?} in {line}\n"));
    lines.collect()
}

#[test]
fn neither_the_store_nor_the_log_tells_of_anybody() {
    let Run { secrets, dump, log } = run();
    // That it was a whole run, and that something was told.
    assert!(secrets.count() > 500, "{}", secrets.count());
    for known in [
        "Alex Blom",
        "196103072390",
        "0701740605",
        "Hosta",
        "Uppföljning av blodtryck",
        "Det kliar på vänster hand",
        "Ring dottern om läkemedlen",
        "Kliar fortfarande lite",
    ] {
        assert!(!secrets.found_in(known).is_empty(), "{known} is looked for");
    }
    let tables: BTreeSet<&str> = dump
        .lines()
        .filter_map(|line| line.split_once('.'))
        .map(|(table, _)| table)
        .collect();
    for table in [
        "patients",
        "appointments",
        "participants",
        "sms_outbox",
        "access_log",
        "idempotency_keys",
        "chats",
        "messages",
        "chat_notes",
        "chat_records",
        "record_notes",
        "reply_phrases",
    ] {
        assert!(tables.contains(table), "{table} in {tables:?}");
    }

    let in_store = secrets.found_in(&dump);
    assert!(in_store.is_empty(), "in the store:\n{}", first(in_store));
    let in_log = secrets.found_in(&log);
    assert!(in_log.is_empty(), "in the log:\n{}", first(in_log));

    let lines: Vec<Value> = log
        .lines()
        .map(|line| serde_json::from_str(line).expect(line))
        .collect();
    assert!(lines.len() > 1000, "{} lines", lines.len());
    for line in &lines {
        assert!(
            line["at"].is_string() && (line["function"].is_string() || line["audit"].is_string()),
            "{line}"
        );
    }
    let causes: BTreeSet<&str> = lines
        .iter()
        .filter_map(|line| line["cause"].as_str())
        .collect();
    assert!(
        causes.contains("key a is not in SEALING_KEYS"),
        "{causes:?}"
    );
}
