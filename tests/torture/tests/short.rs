//! A small run of each torture at every test, with everything in it that the long one has.

use std::process::Command;

#[test]
fn six_hundred_messages_survive_faults_and_kills() {
    let output = Command::new(env!("CARGO_BIN_EXE_torture"))
        .args(["--messages", "600"])
        .output()
        .expect("a run");
    let said = String::from_utf8_lossy(&output.stdout);
    let wrong = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}{wrong}");
    assert!(
        said.contains("torture sms messages=600 lost=0 doubled="),
        "{said}"
    );
    assert!(said.ends_with(" unexplained=0\n"), "{said}");
    assert!(!said.contains(" kills=0 "), "{said}");
    assert!(!said.contains(" without_report=0 "), "{said}");
}

#[test]
fn chats_lose_and_double_nothing_while_their_server_is_killed() {
    let output = Command::new(env!("CARGO_BIN_EXE_torture"))
        .args(["chat", "--messages", "300"])
        .output()
        .expect("a run");
    let said = String::from_utf8_lossy(&output.stdout);
    let wrong = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}{wrong}");
    assert!(
        said.starts_with("torture chat acknowledged=300 lost=0 doubled=0\n"),
        "{said}"
    );
    assert!(!said.contains(" kills=0 "), "{said}");
}
