//! What the host reads out of a manifest, and how it answers a wrong one.
#![expect(clippy::panic, reason = "a test whose ground is missing stops at once")]

use std::collections::BTreeMap;
use std::path::Path;

use spin_host::manifest::Application;

const MANIFEST: &str = r#"
spin_manifest_version = 2

[application]
name = "clinic"
version = "0.1.0"

[variables]
city = { default = "Umeå" }
token = { required = true, secret = true }

[[trigger.http]]
route = "/booking/..."
component = "booking"

[[trigger.http]]
route = { private = true }
component = "records"

[component.booking]
source = "../booking.wasm"
allowed_outbound_hosts = ["http://records.spin.internal"]
sqlite_databases = ["default"]
key_value_stores = ["sessions"]
environment = { MODE = "test" }
[component.booking.variables]
greeting = "{{ city }}: {{token}}"
[component.booking.build]
command = "cargo build"

[component.records]
source = "records.wasm"

[component.unused]
source = "unused.wasm"
"#;

fn parse(text: &str, given: &[(&str, &str)]) -> Result<Application, String> {
    let given: BTreeMap<String, String> = given
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    let parsed = Application::parse(text, Path::new("/app"), &given);
    parsed.map_err(|error| format!("{error:#}"))
}

fn refusal(text: &str) -> String {
    match parse(text, &[("token", "t")]) {
        Ok(_) => panic!("the manifest is accepted"),
        Err(text) => text,
    }
}

#[test]
fn a_component_has_what_its_manifest_gives_it() {
    let application = parse(MANIFEST, &[("token", "t")]).expect("the manifest is right");
    let booking = &application.components["booking"];
    assert_eq!(booking.source, Path::new("/app/../booking.wasm"));
    assert_eq!(booking.sqlite_databases, ["default"]);
    assert_eq!(booking.key_value_stores, ["sessions"]);
    assert_eq!(booking.environment["MODE"], "test");
    let records = &application.components["records"];
    assert!(records.sqlite_databases.is_empty());
}

#[test]
fn a_component_without_a_trigger_is_not_served() {
    let application = parse(MANIFEST, &[("token", "t")]).expect("the manifest is right");
    let names: Vec<_> = application.components.keys().collect();
    assert_eq!(names, ["booking", "records"]);
}

#[test]
fn a_value_that_is_given_takes_precedence_over_the_default() {
    let greeting = |given: &[(&str, &str)]| {
        let application = parse(MANIFEST, given).expect("the manifest is right");
        application.components["booking"].variables["greeting"].clone()
    };
    assert_eq!(greeting(&[("token", "t")]), "Umeå: t");
    assert_eq!(greeting(&[("token", "t"), ("city", "Luleå")]), "Luleå: t");
}

#[test]
fn a_required_variable_without_a_value_is_named() {
    let refused = parse(MANIFEST, &[]).err().expect("a value is missing");
    assert!(refused.contains("\"token\""), "{refused}");
}

#[test]
fn a_wrong_manifest_is_refused_with_its_reason() {
    let both = r#"{ default = "Umeå", required = true }"#;
    for (right, wrong, reason) in [
        ("version = 2", "version = 1", "reads only 2"),
        ("[variables]", "[variables", "TOML parse error"),
        (r#"component = "records""#, r#"component = "x""#, "\"x\""),
        ("private = true", "private = false", "{ private = true }"),
        ("private = true", "hidden = true", "route must be a text"),
        (r#"source = "records.wasm""#, "", "missing field `source`"),
        (r#"{ default = "Umeå" }"#, both, "either a default or"),
        ("city = ", "City = ", "lower-case"),
        ("{{ city }}", "{{ town }}", "not declared"),
        ("{{ city }}", "{{ city ", "not declared"),
        ("{{token}}", "{{token", "unmatched"),
        ("http://records", "records", "allowed_outbound_hosts"),
    ] {
        let text = refusal(&MANIFEST.replace(right, wrong));
        assert!(text.contains(reason), "{wrong}: {text}");
    }
}
