//! docs/SECURITY.md against the repository: every file and every test that it names is there.

use std::path::Path;

/// What stands between backticks and looks like a file, with the function after `::`, if any.
fn named(document: &str) -> Vec<(&str, Option<&str>)> {
    document
        .split('`')
        .skip(1)
        .step_by(2)
        .map(|name| match name.split_once("::") {
            Some((file, function)) => (file, Some(function)),
            None => (name, None),
        })
        .filter(|(file, _)| {
            let kinds = [
                ".rs", ".toml", ".md", ".json", ".html", ".css", ".txt", ".lock",
            ];
            kinds.iter().any(|kind| file.ends_with(kind)) && !file.contains(' ')
        })
        .collect()
}

#[test]
fn every_file_and_test_that_the_security_document_names_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let document = std::fs::read_to_string(root.join("docs/SECURITY.md")).expect("the document");
    let named = named(&document);
    assert!(named.len() > 100, "{}", named.len());
    let mut missing = vec![];
    for (file, function) in named {
        match (std::fs::read_to_string(root.join(file)), function) {
            (Err(_), _) => missing.push(file.to_owned()),
            (Ok(text), Some(function)) if !text.contains(&format!("fn {function}(")) => {
                missing.push(format!("{file}::{function}"));
            }
            _ => {}
        }
    }
    assert!(missing.is_empty(), "not there:\n{}", missing.join("\n"));
}
