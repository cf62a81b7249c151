//! Free text from people: bounded, trimmed, without what could trick a reader's eye.

use serde::{Deserialize, Serialize};

/// A text of 1 to `MAX` characters (Unicode scalar values), without control characters but line ends
/// and tabs, and without bidirectional overrides, which can make a text read as another.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Text<const MAX: usize>(String);

/// Why a text can't be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// Nothing but white space.
    #[error("write something here, or leave the field out")]
    Empty,
    /// Too many characters.
    #[error("this text is longer than the {0} characters that fit here")]
    TooLong(usize),
    /// A character that can't be shown, or that changes how others are shown.
    #[error("this text holds a control character; remove it")]
    ControlCharacter,
}

impl<const MAX: usize> Text<MAX> {
    /// As written, trimmed.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<const MAX: usize> std::str::FromStr for Text<MAX> {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        let text = text.trim();
        let is_bidi_trick = |c| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' | '\u{61c}');
        if text.is_empty() {
            Err(TextError::Empty)
        } else if text.chars().count() > MAX {
            Err(TextError::TooLong(MAX))
        } else if text
            .chars()
            .any(|c| (c.is_control() && !matches!(c, '\n' | '\r' | '\t')) || is_bidi_trick(c))
        {
            Err(TextError::ControlCharacter)
        } else {
            Ok(Text(text.to_owned()))
        }
    }
}

impl<'de, const MAX: usize> Deserialize<'de> for Text<MAX> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
