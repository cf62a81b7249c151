//! The program as a test suite starts it: what it prints, what it answers when
//! no component is asked for, and how it ends.
#![expect(
    clippy::expect_used,
    reason = "a test whose ground is missing stops at once"
)]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

const EMPTY: &str = "spin_manifest_version = 2\n[application]\nname = \"empty\"\n";

fn folder(name: &str, manifest: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::create_dir_all(&folder).expect("the folder can be made");
    std::fs::write(folder.join("spin.toml"), manifest).expect("the manifest can be written");
    folder
}

fn host(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_spin-host"));
    command
        .args(["--listen", "127.0.0.1:0", "--from"])
        .arg(folder.join("spin.toml"))
        .arg("--state")
        .arg(folder.join("state"));
    command
}

fn started(folder: &Path) -> (Child, String) {
    let mut child = host(folder)
        .stdout(Stdio::piped())
        .spawn()
        .expect("the host starts");
    let stdout = child.stdout.take().expect("its output is piped");
    let mut line = String::new();
    BufReader::new(stdout)
        .read_line(&mut line)
        .expect("it prints a line");
    let address = line
        .trim_end()
        .strip_prefix("spin-host ready on http://")
        .expect("the line says where it is ready");
    (child, address.to_owned())
}

fn status(address: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(address).expect("the host accepts");
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream
        .write_all(request.as_bytes())
        .expect("the request is sent");
    let mut response = String::new();
    stream
        .read_to_string(&mut response)
        .expect("a response comes");
    response.lines().next().unwrap_or_default().to_owned()
}

#[test]
fn it_tells_its_real_port_answers_and_ends_cleanly_when_asked_to() {
    let (mut child, address) = started(&folder("answers", EMPTY));
    assert_ne!(address, "127.0.0.1:0");
    assert_eq!(
        status(&address, "/.well-known/spin/health"),
        "HTTP/1.1 200 OK"
    );
    assert_eq!(status(&address, "/nowhere"), "HTTP/1.1 404 Not Found");

    let id = child.id().to_string();
    let sent = Command::new("kill").args(["-TERM", &id]).status();
    assert!(sent.expect("kill runs").success());
    assert!(child.wait().expect("the host ends").success());
}

#[test]
fn it_says_why_it_cannot_start() {
    let missing = format!(
        "{EMPTY}[[trigger.http]]\nroute = \"/...\"\ncomponent = \"a\"\n\
         [component.a]\nsource = \"missing.wasm\"\n"
    );
    for (name, manifest, reason) in [
        ("wrong", "spin_manifest_version = 1", "reads only 2"),
        ("missing", &missing, "the component \"a\" cannot be served"),
    ] {
        let output = host(&folder(name, manifest))
            .output()
            .expect("the host starts");
        assert!(!output.status.success());
        let text = String::from_utf8_lossy(&output.stderr);
        assert!(text.contains(reason), "{text}");
    }
}
