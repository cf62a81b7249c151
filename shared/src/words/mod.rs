//! Every word on a screen, in Swedish and English: one constant a text, so that a text without a
//! translation does not compile. A flow's words stand in a file of its own; what isn't used costs no bytes.
//!
//! In a template: `{{ language.say(words::common::SIGN_OUT) }}`. A text with a value in it is a function
//! that matches on [`Language`].

pub mod access_log;
pub mod administration;
pub mod attachments;
pub mod booking;
pub mod common;
pub mod dates;
pub mod identity;
pub mod messaging;
pub mod portal;
pub mod problems;
pub mod record;
pub mod roles;
pub mod sms;
pub mod start;
pub mod text_messages;
pub mod ticket_batches;
pub mod tickets;
pub mod workspace;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A language we have words in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// Swedish
    Sv,
    /// English
    En,
}

impl Language {
    /// Every language, in the order in which they are offered.
    pub const ALL: [Language; 2] = [Language::Sv, Language::En];

    /// Its tag (BCP 47), as `sv`: for `<html lang>`, cookies and the store.
    pub fn tag(self) -> &'static str {
        match self {
            Language::Sv => "sv",
            Language::En => "en",
        }
    }

    /// Which way it is written, for `<html dir>`: the layout reads either way.
    pub fn direction(self) -> &'static str {
        match self {
            Language::Sv | Language::En => "ltr",
        }
    }

    /// What it calls itself.
    pub fn own_name(self) -> &'static str {
        match self {
            Language::Sv => "Svenska",
            Language::En => "English",
        }
    }

    /// A text in this language.
    pub fn say(self, word: Word) -> &'static str {
        match self {
            Language::Sv => word.sv,
            Language::En => word.en,
        }
    }

    /// The one of this tag; regions are read over (`en-GB`).
    pub fn from_tag(tag: &str) -> Option<Self> {
        let primary = tag.split('-').next().unwrap_or_default().trim();
        Language::ALL
            .into_iter()
            .find(|language| language.tag().eq_ignore_ascii_case(primary))
    }

    /// The best of a browser's `Accept-Language` (RFC 9110 12.5.4).
    pub fn from_accept_language(header: &str) -> Option<Self> {
        let mut best: Option<(Language, u32)> = None;
        for item in header.split(',').take(20) {
            let (tag, parameters) = item.split_once(';').unwrap_or((item, ""));
            let Some(language) = Language::from_tag(tag.trim()) else {
                continue;
            };
            let quality = parameters
                .trim()
                .strip_prefix("q=")
                .map_or(1000, thousandths);
            if quality > best.map_or(0, |(_, highest)| highest) {
                best = Some((language, quality));
            }
        }
        best.map(|(language, _)| language)
    }
}

/// A quality value, `0` to `1` with three decimals at most. By hand, for parsing floats costs every function
/// fifteen kilobytes.
fn thousandths(quality: &str) -> u32 {
    let (whole, decimals) = quality.split_once('.').unwrap_or((quality, ""));
    let digits = format!("{decimals:0<3}");
    match (
        whole,
        digits.get(..3).and_then(|digits| digits.parse().ok()),
    ) {
        ("1", Some(_)) => 1000,
        ("0", Some(thousandths)) => thousandths,
        _ => 0,
    }
}

/// One text in every language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Word {
    /// In Swedish.
    pub sv: &'static str,
    /// In English.
    pub en: &'static str,
}

/// Names texts: `words! { /// What it stands on. SIGN_IN: "Logga in", "Sign in"; }`.
#[macro_export]
macro_rules! words {
    ($($(#[$documentation:meta])* $name:ident: $sv:literal, $en:literal;)*) => {
        $(
            $(#[$documentation])*
            pub const $name: $crate::words::Word = $crate::words::Word { sv: $sv, en: $en };
        )*

        #[cfg(test)]
        mod tests {
            #[test]
            fn every_text_is_written_in_both_languages() {
                for (name, word) in [$((stringify!($name), super::$name)),*] {
                    for text in [word.sv, word.en] {
                        assert!(!text.is_empty() && text.trim() == text, "{name}: {text:?}");
                    }
                    // A translation that was left for later still begins as the Swedish text does.
                    let long = word.sv.len() > 24;
                    assert!(!long || word.sv != word.en, "{name} is not translated");
                }
            }
        }
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_browsers_best_language_is_taken_and_others_are_read_over() {
        let best = Language::from_accept_language;
        assert_eq!(best("sv-SE,sv;q=0.9,en;q=0.8"), Some(Language::Sv));
        assert_eq!(best("fi, en-GB;q=0.7, sv;q=0.3"), Some(Language::En));
        assert_eq!(best("fi,de;q=0.5"), None);
        assert_eq!(best("en;q=0, sv;q=0.1"), Some(Language::Sv));
        assert_eq!(best(""), None);
    }
}
