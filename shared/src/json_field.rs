//! Which field of a JSON text an error lies in, so that a problem can name it. A walk over the text up to
//! the error's place: tracking the path while parsing would cost every function 50 KB.

use serde_json::Error;

enum Level {
    /// In an object, at this member; `before_name` while the next string is a member's name.
    Object { name: String, before_name: bool },
    /// In an array, at this place.
    Array(usize),
}

/// The path of the field, as `participants[0].email`, and what is wrong with it.
pub fn locate(text: &[u8], error: &Error) -> (String, String) {
    let message = error.to_string();
    // The place is for machines that see the text; the caller gets the field.
    let detail = message.split(" at line ").next().unwrap_or_default();
    let mut levels = levels_at(text, offset(text, error));
    let missing = detail
        .strip_prefix("missing field `")
        .and_then(|rest| rest.strip_suffix('`'));
    if let (Some(missing), Some(Level::Object { name, .. })) = (missing, levels.last_mut()) {
        missing.clone_into(name);
    }
    (path(&levels), detail.to_owned())
}

/// How many bytes were read when the error showed.
fn offset(text: &[u8], error: &Error) -> usize {
    let lines_before = error.line().saturating_sub(1);
    let start: usize = text
        .split_inclusive(|byte| *byte == b'\n')
        .take(lines_before)
        .map(<[u8]>::len)
        .sum();
    let read = (start + error.column()).min(text.len());
    // serde_json closes the object before it places an error of its last member: step back inside.
    match read.checked_sub(1).map(|last| text[last]) {
        Some(b'}' | b']') => read - 1,
        _ => read,
    }
}

fn levels_at(text: &[u8], end: usize) -> Vec<Level> {
    let mut levels = Vec::new();
    let mut at = 0;
    while at < end {
        match text[at] {
            b'{' => levels.push(Level::Object {
                name: String::new(),
                before_name: true,
            }),
            b'[' => levels.push(Level::Array(0)),
            b'}' | b']' => {
                levels.pop();
            }
            b',' => match levels.last_mut() {
                Some(Level::Object { before_name, .. }) => *before_name = true,
                Some(Level::Array(place)) => *place += 1,
                None => {}
            },
            b'"' => {
                let start = at + 1;
                at = end_of_string(text, start);
                if let Some(Level::Object { name, before_name }) = levels.last_mut()
                    && *before_name
                {
                    *name = String::from_utf8_lossy(&text[start..at]).into_owned();
                    *before_name = false;
                }
            }
            _ => {}
        }
        at += 1;
    }
    levels
}

fn end_of_string(text: &[u8], start: usize) -> usize {
    let mut at = start;
    while at < text.len() && text[at] != b'"' {
        at += if text[at] == b'\\' { 2 } else { 1 };
    }
    at.min(text.len())
}

fn path(levels: &[Level]) -> String {
    let mut path = String::new();
    for level in levels {
        match level {
            Level::Object { name, .. } if name.is_empty() => {}
            Level::Object { name, .. } => {
                if !path.is_empty() {
                    path.push('.');
                }
                path.push_str(name);
            }
            Level::Array(place) => path.push_str(&format!("[{place}]")),
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Outer {
        #[serde(rename = "name")]
        _name: String,
        #[serde(rename = "inner")]
        _inner: Vec<Inner>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Inner {
        #[serde(rename = "size")]
        _size: u8,
    }

    fn field(text: &str) -> String {
        let error = serde_json::from_str::<Outer>(text).expect_err("it does not fit");
        locate(text.as_bytes(), &error).0
    }

    #[test]
    fn the_field_that_does_not_fit_is_named_by_its_path() {
        assert_eq!(field(r#"{"name":1,"inner":[]}"#), "name");
        assert_eq!(
            field("{\n \"inner\": [{\"size\": 1},\n {\"size\": \"a\"}], \"name\": \"x\"}"),
            "inner[1].size"
        );
        assert_eq!(
            field(r#"{"name":"a \" , { b","inner":[{"size":1},{"size":300}]}"#),
            "inner[1].size"
        );
        assert_eq!(field(r#"{"name":"x","surprise":1,"inner":[]}"#), "surprise");
        assert_eq!(
            field(r#"{"name":"x","inner":[{"size":1,"more":2}]}"#),
            "inner[0].more"
        );
    }

    #[test]
    fn the_last_member_is_named_too_when_its_own_type_refuses_it() {
        #[derive(Debug, Deserialize)]
        struct Visit {
            #[serde(rename = "at")]
            _at: crate::time::Timestamp,
        }
        let text = br#"{"at":"soon"}"#;
        let error = serde_json::from_slice::<Visit>(text).expect_err("no time");
        assert_eq!(locate(text, &error).0, "at");
    }

    #[test]
    fn a_missing_field_is_named_where_it_belongs() {
        assert_eq!(field(r#"{"inner":[]}"#), "name");
        assert_eq!(field(r#"{"name":"x","inner":[{}]}"#), "inner[0].size");
        assert_eq!(field("{}"), "name");
    }

    proptest! {
        #[test]
        fn no_text_makes_the_walk_fail(text in "[\\[\\]{}\":,a1\\\\ \n]{0,40}") {
            if let Err(error) = serde_json::from_str::<Outer>(&text) {
                let _ = locate(text.as_bytes(), &error);
            }
        }
    }
}
