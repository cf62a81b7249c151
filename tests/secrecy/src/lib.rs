//! What may be read nowhere: `Secrets` collects what a run was told, in every form in which it might stand
//! somewhere, and finds it in a text. `run` is the run.
#![expect(
    clippy::expect_used,
    reason = "a test whose ground is missing stops at once"
)]

pub mod run;

use std::collections::{BTreeMap, BTreeSet};

use aho_corasick::AhoCorasick;
use serde_json::Value;
use shared::identifiers::PatientId;

/// Shorter ones are found by chance in sealed values.
const SHORTEST: usize = 5;
/// From this length on, capitals and small letters count as the same.
const LONG: usize = 8;

/// Members of a request that tell nothing of a person. All others are secrets, new ones too.
const PLAIN: [&str; 30] = [
    "phase",
    "action",
    "key",
    "kind",
    "by",
    "role",
    "practitioner",
    "care_unit",
    "unit",
    "commission",
    "slot",
    "slots",
    "starts_at",
    "ends_at",
    "minutes",
    "weekdays",
    "from",
    "to",
    "until",
    "valid_from",
    "valid_to",
    "first_day",
    "last_day",
    "language",
    "return_to",
    "count",
    "expires_at",
    "changed_at",
    "template",
    "whose",
];

/// Everything that must not be found in clear.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Secrets(BTreeSet<String>);

impl Secrets {
    fn add(&mut self, form: impl Into<String>) {
        let form = form.into();
        if form.len() >= SHORTEST {
            self.0.insert(form);
        }
    }

    /// A text as it is, and as it would stand in a URL: a token, a cookie's value, what somebody wrote.
    pub fn text(&mut self, text: &str) {
        let text = text.trim();
        self.add(text);
        self.add(text.replace(' ', "%20"));
        self.add(text.replace(' ', "+"));
    }

    /// A name: whole, and each part that is long enough not to stand in sealed values by chance.
    pub fn name(&mut self, name: &str) {
        self.text(name);
        for part in name.split_whitespace().filter(|part| part.len() > SHORTEST) {
            self.text(part);
        }
    }

    /// A personal identity of twelve characters: with and without century and dash, and the date of birth.
    pub fn identity(&mut self, identity: &str) {
        let (Some(birth), Some(last)) = (identity.get(..8), identity.get(8..)) else {
            return self.text(identity);
        };
        self.text(identity);
        self.add(format!("{birth}-{last}"));
        self.add(identity.split_at(2).1);
        self.add(format!("{}-{last}", birth.split_at(2).1));
        let (year, day) = birth.split_at(4);
        self.add(format!("{year}-{}-{}", &day[..2], &day[2..]));
    }

    /// A phone number of Sweden, written in whatever way: as it is, and its digits with either prefix.
    pub fn phone(&mut self, phone: &str) {
        self.text(phone);
        let digits: String = phone.chars().filter(char::is_ascii_digit).collect();
        let number = digits.strip_prefix("46").unwrap_or(&digits);
        let number = number.trim_start_matches('0');
        self.add(number);
        self.add(format!("0{number}"));
        self.add(format!("46{number}"));
    }

    /// A token: whole, and its claims and signature each. (The header is the same for all.)
    pub fn token(&mut self, token: &str) {
        self.text(token);
        for part in token.split('.').skip(1) {
            self.add(part);
        }
    }

    /// Every text of a JSON document but the members that tell nothing of a person.
    pub fn document(&mut self, value: &Value) {
        match value {
            Value::Object(members) => {
                for (member, value) in members {
                    match (member.as_str(), value) {
                        (plain, _) if PLAIN.contains(&plain) => {}
                        ("phone", Value::String(phone)) => self.phone(phone),
                        ("personal_identity", Value::String(identity)) => self.identity(identity),
                        ("name", Value::String(name)) => self.name(name),
                        (_, value) => self.document(value),
                    }
                }
            }
            Value::Array(values) => values.iter().for_each(|value| self.document(value)),
            // Ids of our own rows tell nothing of anybody, and stand in log entries.
            Value::String(text) if text.parse::<PatientId>().is_ok() => {}
            Value::String(text) => self.text(text),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    /// Theirs, too.
    pub fn extend(&mut self, others: Secrets) {
        self.0.extend(others.0);
    }

    /// How many forms there are to look for.
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// One a line, each as JSON.
    pub fn to_lines(&self) -> String {
        self.0
            .iter()
            .map(|form| format!("{}\n", Value::from(form.as_str())))
            .collect()
    }

    /// What [`Secrets::to_lines`] wrote.
    pub fn from_lines(lines: &str) -> Self {
        let form = |line| serde_json::from_str(line).expect("a JSON text");
        Secrets(lines.lines().map(form).collect())
    }

    /// Which of them stand in a text, each with the line where it stands first.
    pub fn found_in(&self, text: &str) -> BTreeMap<&str, String> {
        let (long, short): (Vec<&String>, Vec<&String>) =
            self.0.iter().partition(|form| form.len() >= LONG);
        let mut found = BTreeMap::new();
        for (forms, any_case) in [(long, true), (short, false)] {
            let search = AhoCorasick::builder()
                .ascii_case_insensitive(any_case)
                .build(&forms)
                .expect("a search");
            for hit in search.find_overlapping_iter(text) {
                let form = forms[hit.pattern().as_usize()].as_str();
                found.entry(form).or_insert_with(|| {
                    let line = text[..hit.start()].rfind('\n').map_or(0, |end| end + 1);
                    let line = text[line..].lines().next().unwrap_or_default();
                    line.chars().take(300).collect()
                });
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Whether a text that is planted is found.
    fn finds(secrets: &Secrets, planted: &str) -> bool {
        !secrets
            .found_in(&format!("{{\"a\":\"b\"}}\n{{\"cause\":\"x{planted}y\"}}"))
            .is_empty()
    }

    #[test]
    fn what_a_request_says_is_found_in_whatever_form_it_is_written() {
        let mut secrets = Secrets::default();
        secrets.document(&json!({
            "kind": "free-time",
            "patient": { "personal_identity": "196103072390", "name": "Alex Blomkvist", "phone": "070-174 06 05" },
            "reason": "Hosta",
            "something_new": ["Ont i knät"]
        }));
        for planted in [
            "196103072390",
            "19610307-2390",
            "6103072390",
            "610307-2390",
            "1961-03-07",
            "Alex Blomkvist",
            "ALEX BLOMKVIST",
            "blomkvist",
            "070-174 06 05",
            "0701740605",
            "+46701740605",
            "Hosta",
            "Ont i knät",
            "Alex%20Blomkvist",
        ] {
            assert!(finds(&secrets, planted), "{planted}");
        }
        assert!(!finds(&secrets, "free-time"));
        assert_eq!(Secrets::from_lines(&secrets.to_lines()), secrets);
    }

    #[test]
    fn a_token_is_found_by_its_parts() {
        let mut secrets = Secrets::default();
        secrets.token("header.claims-of-it.signature-of-it");
        assert!(finds(&secrets, "claims-of-it") && finds(&secrets, "signature-of-it"));
        assert!(!finds(&secrets, "header"));
    }
}
