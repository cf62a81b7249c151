//! What is wrong with a form: one text a field, said at the field and in a summary above the form that takes focus.

use askama::Template;
use http::StatusCode;

use crate::problem::Problem;
use crate::words::{Language, Word, common};

/// What is wrong, in the order of the fields.
#[derive(Debug, Default)]
pub struct Faults(Vec<(String, Word)>);

#[derive(Template)]
#[template(path = "faults.html")]
struct Summary<'a> {
    heading: &'static str,
    faults: Vec<(&'a str, &'static str)>,
}

impl Faults {
    /// None.
    pub fn none() -> Self {
        Faults::default()
    }

    /// One more. The field's id in the page is its name.
    pub fn add(&mut self, field: &str, word: Word) {
        self.0.push((field.to_owned(), word));
    }

    /// Whether all is well.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// With what the form is shown: 200 where all is well, and 422 where something isn't.
    pub fn status(&self) -> StatusCode {
        if self.is_empty() {
            StatusCode::OK
        } else {
            StatusCode::UNPROCESSABLE_ENTITY
        }
    }

    /// What is wrong with one field.
    pub fn of(&self, field: &str) -> Option<Word> {
        let found = self.0.iter().find(|(name, _)| name == field);
        found.map(|(_, word)| *word)
    }

    /// What stands at a field: nothing where all is well with it. HTML, for `|safe`; the words are this project's own.
    pub fn at(&self, field: &str, language: Language) -> String {
        self.of(field).map_or_else(String::new, |word| {
            let word = language.say(word);
            format!("<span class=\"wrong\" id=\"{field}-wrong\">{word}</span>")
        })
    }

    /// What a field that something is wrong with says of itself: attributes, for `|safe`.
    pub fn aria(&self, field: &str) -> String {
        self.of(field).map_or_else(String::new, |_| {
            format!(" aria-invalid=\"true\" aria-describedby=\"{field}-wrong\"")
        })
    }

    /// The summary above the form: nothing where all is well. HTML, for `|safe`.
    pub fn summary(&self, language: Language) -> String {
        if self.is_empty() {
            return String::new();
        }
        let summary = Summary {
            heading: language.say(common::LOOK_AGAIN),
            faults: self
                .0
                .iter()
                .map(|(field, word)| (field.as_str(), language.say(*word)))
                .collect(),
        };
        summary.render().unwrap_or_default()
    }
}

/// Where in any form, and in which words, it is said that it was sent before with other values, as one can be that a
/// browser had kept. Nothing, where the problem is another.
pub fn sent_already(problem: &Problem) -> Option<(&'static str, Word)> {
    let is_it = problem.kind() == "idempotency-key-reused";
    is_it.then_some(("content", common::SENT_ALREADY))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_summary_leads_to_each_field_that_something_is_wrong_with() {
        let mut faults = Faults::none();
        assert_eq!(faults.summary(Language::Sv), "");
        assert_eq!(faults.at("phone", Language::Sv) + &faults.aria("phone"), "");
        faults.add("phone", common::LOOK_AGAIN);
        let summary = faults.summary(Language::Sv);
        assert!(summary.contains("href=\"#phone\""), "{summary}");
        assert!(faults.of("phone").is_some() && faults.of("name").is_none());
        let at = faults.at("phone", Language::Sv);
        assert!(at.contains("id=\"phone-wrong\""), "{at}");
        assert!(
            faults
                .aria("phone")
                .contains("aria-describedby=\"phone-wrong\"")
        );
        assert_eq!(faults.aria("name"), "");
    }
}
