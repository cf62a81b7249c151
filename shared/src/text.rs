//! Free text from people: bounded, trimmed, without what could trick a reader's eye.

use serde::{Deserialize, Deserializer, Serialize};

/// A text of 1 to `MAX` characters (Unicode scalar values) of which one at least can be seen, without control
/// characters but line ends and tabs, without byte order marks and the separators U+2028 and U+2029, which programs
/// take for different things, and without bidirectional overrides, which can make a text read as another.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Text<const MAX: usize>(String);

/// Why a text can't be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// Nothing that can be seen.
    #[error("write something here, or leave the field out")]
    Empty,
    /// Too many characters.
    #[error("this text is longer than the {0} characters that fit here")]
    TooLong(usize),
    /// A character that can't be shown, or that changes how others are shown.
    #[error(
        "this text holds a control character, a byte order mark, a line or paragraph separator (U+2028, U+2029) or one that turns the direction of writing; remove it, or write the text anew"
    )]
    ControlCharacter,
}

/// Whether nothing is seen of a character that stands alone: white space, control characters, what Unicode lets
/// programs ignore (Default_Ignorable_Code_Point), and the blank Braille pattern.
fn is_invisible(c: char) -> bool {
    c.is_whitespace()
        || c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
            | '\u{ffa0}' | '\u{fff0}'..='\u{fff8}' | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// Whether a character has no place in a text, for it is none or makes it read as another.
fn is_refused(c: char) -> bool {
    (c.is_control() && !matches!(c, '\n' | '\r' | '\t'))
        || matches!(c, '\u{feff}' | '\u{2028}' | '\u{2029}')
        || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' | '\u{61c}')
}

impl<const MAX: usize> Text<MAX> {
    /// As written, trimmed.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A text as it was kept, whatever would be refused of it today: what was taken once stays readable.
    pub fn as_kept(text: String) -> Self {
        Text(text)
    }
}

/// Reads a kept document's text: see [`Text::as_kept`].
pub fn kept<'de, D: Deserializer<'de>, const MAX: usize>(
    deserializer: D,
) -> Result<Text<MAX>, D::Error> {
    String::deserialize(deserializer).map(Text::as_kept)
}

/// As [`kept`], where there may be none.
pub fn kept_if_any<'de, D: Deserializer<'de>, const MAX: usize>(
    deserializer: D,
) -> Result<Option<Text<MAX>>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?;
    Ok(text.map(Text::as_kept))
}

impl<const MAX: usize> std::str::FromStr for Text<MAX> {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        let text = text.trim();
        if text.chars().all(is_invisible) {
            Err(TextError::Empty)
        } else if text.chars().count() > MAX {
            Err(TextError::TooLong(MAX))
        } else if text.chars().any(is_refused) {
            Err(TextError::ControlCharacter)
        } else {
            Ok(Text(text.to_owned()))
        }
    }
}

impl<'de, const MAX: usize> Deserialize<'de> for Text<MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What nobody sees, of every kind.
    const UNSEEN: &str = "[ \t\n\u{ad}\u{34f}\u{61c}\u{115f}\u{17b4}\u{180e}\u{200b}\u{200c}\u{200d}\u{202e}\u{2028}\u{2060}\u{2064}\u{2800}\u{3000}\u{3164}\u{fe0f}\u{feff}\u{ffa0}\u{e0041}]{0,12}";
    /// Some of what has no place in a text.
    const REFUSED: &str =
        "[\u{0}\u{1b}\u{85}\u{feff}\u{2028}\u{2029}\u{202a}\u{2066}\u{200f}\u{61c}]";

    proptest! {
        #[test]
        fn a_text_of_which_nothing_is_seen_is_empty(text in UNSEEN) {
            prop_assert_eq!(text.parse::<Text<40>>().err(), Some(TextError::Empty), "{:?}", text);
        }

        #[test]
        fn joiners_stay_where_something_is_seen(
            before in "[a-zåäö👩]{1,4}", joined in "[\u{200d}\u{200c}\u{200b}\u{ad}\u{fe0f}]{1,4}", after in "[a-zåäö💻]{1,4}",
        ) {
            let text = format!("{before}{joined}{after}");
            let taken = text.parse::<Text<40>>();
            prop_assert_eq!(taken.as_ref().map(Text::as_str), Ok(text.as_str()));
        }

        #[test]
        fn what_reads_as_something_else_is_refused_within_a_text(
            before in "[a-zåäö]{1,8}", refused in REFUSED, after in "[a-zåäö]{1,8}",
        ) {
            let text = format!("{before}{refused}{after}");
            prop_assert_eq!(text.parse::<Text<40>>().err(), Some(TextError::ControlCharacter), "{:?}", text);
        }

        #[test]
        fn whatever_is_taken_can_be_seen_and_comes_back_the_same(text in "\\PC{0,20}|.{0,20}") {
            if let Ok(taken) = text.parse::<Text<40>>() {
                prop_assert!(taken.as_str().chars().any(|c| !is_invisible(c)));
                prop_assert!(!taken.as_str().chars().any(is_refused));
                let again = taken.as_str().parse::<Text<40>>();
                prop_assert_eq!(again.as_ref().map(Text::as_str), Ok(taken.as_str()));
            }
        }
    }

    #[test]
    fn what_was_kept_before_it_would_be_refused_stays_readable() {
        #[derive(Deserialize)]
        struct Document {
            #[serde(deserialize_with = "kept")]
            reason: Text<40>,
            #[serde(default, deserialize_with = "kept_if_any")]
            entry: Option<Text<40>>,
        }
        let document = |json| serde_json::from_str::<Document>(json).ok();
        let both = document("{\"reason\":\"a\u{2028}b\",\"entry\":\"\u{200b}\"}");
        let read = both.map(|both| {
            let entry = both.entry.map(|entry| entry.as_str().to_owned());
            (both.reason.as_str().to_owned(), entry)
        });
        assert_eq!(read, Some(("a\u{2028}b".into(), Some("\u{200b}".into()))));
        assert!(document(r#"{"reason":"a"}"#).is_some_and(|one| one.entry.is_none()));
        assert!(document(r#"{"reason":"a","entry":null}"#).is_some_and(|one| one.entry.is_none()));
    }

    #[test]
    fn a_text_is_trimmed_and_counted_in_characters() {
        let text: Result<Text<4>, _> = "  åäöé\n".parse();
        assert_eq!(text.as_ref().map(Text::as_str), Ok("åäöé"));
        assert_eq!(
            "åäöéü".parse::<Text<4>>().err(),
            Some(TextError::TooLong(4))
        );
        assert_eq!(" \t\n".parse::<Text<4>>().err(), Some(TextError::Empty));
    }

    #[test]
    fn what_cannot_be_seen_is_refused() {
        for text in ["a\0b", "a\u{1b}[31m", "ab\u{202e}cd", "a\u{2066}b"] {
            assert_eq!(
                text.parse::<Text<40>>().err(),
                Some(TextError::ControlCharacter),
                "{text:?}"
            );
        }
    }
}
