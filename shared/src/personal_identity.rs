//! Personal identities: personnummer, samordningsnummer and VGR's reservnummer, parsed once into types.
//! Pure: whoever needs to know an age hands in the day. Check digits and forms: docs/facts are Skatteverket's and Inera's.

use chrono::{Datelike, NaiveDate};
use serde::Deserialize;

use crate::time::years_between;

/// Who a patient is, in one of the three forms Västra Götaland uses.
#[derive(Clone, PartialEq, Eq, Hash)]
pub enum PersonalIdentity {
    /// Personnummer, from the population register.
    PersonalNumber(PersonalNumber),
    /// Samordningsnummer, for people who are not in the register.
    CoordinationNumber(CoordinationNumber),
    /// Reservnummer, given by the region until the person is known.
    ReserveNumber(ReserveNumber),
}

/// Twelve digits `YYYYMMDDNNNC` whose check digit is right and whose date exists.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct PersonalNumber(String);

/// As a personal number, with 60 added to the day.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct CoordinationNumber(String);

/// Twelve characters `yyyymmddGggC` with G one of K, M and X (Inera, Lokala reservidentiteter).
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct ReserveNumber(String);

/// Why a text is no personal identity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAnIdentity {
    /// Not one of the forms.
    #[error("write the identity with twelve characters, such as YYYYMMDDNNNN")]
    Malformed,
    /// The day is not in the calendar.
    #[error("the date of birth in this identity does not exist")]
    NoSuchDate,
    /// A slip of the finger, most often.
    #[error("the check digit of this identity is wrong: look at the digits again")]
    WrongCheckDigit,
}

impl PersonalIdentity {
    /// The twelve characters.
    pub fn as_str(&self) -> &str {
        match self {
            PersonalIdentity::PersonalNumber(PersonalNumber(text))
            | PersonalIdentity::CoordinationNumber(CoordinationNumber(text))
            | PersonalIdentity::ReserveNumber(ReserveNumber(text)) => text,
        }
    }

    /// The object identifier of its kind, as FHIR and the national contracts name it.
    pub fn oid(&self) -> &'static str {
        match self {
            PersonalIdentity::PersonalNumber(_) => "1.2.752.129.2.1.3.1",
            PersonalIdentity::CoordinationNumber(_) => "1.2.752.129.2.1.3.3",
            PersonalIdentity::ReserveNumber(_) => "1.2.752.113.11.0.2.1.1.1",
        }
    }

    /// The day of birth.
    pub fn born(&self) -> NaiveDate {
        let shift = match self {
            PersonalIdentity::CoordinationNumber(_) => 60,
            _ => 0,
        };
        // Parsing made sure of it.
        date_of(self.as_str(), shift).unwrap_or(NaiveDate::MIN)
    }

    /// Whole years on the day.
    pub fn age_on(&self, day: NaiveDate) -> i32 {
        years_between(self.born(), day)
    }

    /// Whether it is one that no living person has: birth numbers 238, 239 and 980–999, which
    /// Skatteverket's published test numbers are made of (inferred from its list), and Inera's
    /// published reserve samples. Training accepts no others.
    pub fn is_test_identity(&self) -> bool {
        const RESERVE_SAMPLES: [&str; 3] = ["19810829M071", "19450829K088", "19930829X802"];
        let text = self.as_str();
        match self {
            PersonalIdentity::ReserveNumber(_) => RESERVE_SAMPLES.contains(&text),
            _ => text
                .get(8..11)
                .and_then(|birth_number| birth_number.parse().ok())
                .is_some_and(|birth_number: u16| matches!(birth_number, 238 | 239 | 980..=999)),
        }
    }
}

/// The date in the first eight digits, its day less `shift`.
fn date_of(text: &str, shift: u32) -> Option<NaiveDate> {
    let year = text.get(..4)?.parse().ok()?;
    let month = text.get(4..6)?.parse().ok()?;
    let day = text.get(6..8)?.parse::<u32>().ok()?.checked_sub(shift)?;
    NaiveDate::from_ymd_opt(year, month, day).filter(|date| date.year() >= 1800)
}

/// The Luhn check digit: weights 2, 1, 2 … from the left, the digits of each product added.
fn check_digit(digits: impl Iterator<Item = u32>) -> u32 {
    let sum: u32 = digits
        .enumerate()
        .map(|(place, digit)| {
            let product = digit * (2 - place as u32 % 2);
            product / 10 + product % 10
        })
        .sum();
    (10 - sum % 10) % 10
}

impl std::str::FromStr for PersonalIdentity {
    type Err = NotAnIdentity;

    fn from_str(text: &str) -> Result<Self, NotAnIdentity> {
        // Twelve characters, with or without the hyphen. Ten digits leave the century open, and
        // guessing it has mis-dated centenarians: whoever knows it must say it.
        let text: String = match text.trim().split_once('-') {
            Some((date, rest)) if date.len() == 8 => format!("{date}{rest}"),
            Some(_) => return Err(NotAnIdentity::Malformed),
            None => text.trim().to_ascii_uppercase(),
        };
        let text = text.to_ascii_uppercase();
        if text.len() != 12 || !text.is_ascii() {
            return Err(NotAnIdentity::Malformed);
        }
        let group = text.as_bytes()[8];
        let is_digit = |place: usize| place == 8 || text.as_bytes()[place].is_ascii_digit();
        if !(0..12).all(is_digit) {
            return Err(NotAnIdentity::Malformed);
        }
        let value_of_group = match group {
            b'0'..=b'9' => u32::from(group - b'0'),
            b'K' => 5,
            b'M' => 7,
            b'X' => 8,
            _ => return Err(NotAnIdentity::Malformed),
        };
        let digit = |place: usize| match place {
            8 => value_of_group,
            _ => u32::from(text.as_bytes()[place] - b'0'),
        };
        let is_reserve = !group.is_ascii_digit();
        if is_reserve {
            let number = digit(9) * 10 + digit(10);
            let fits = match group {
                b'K' => (6..=79).contains(&number) && number % 2 == 0,
                b'M' => (6..=79).contains(&number) && number % 2 == 1,
                _ => (80..=89).contains(&number),
            };
            if !fits {
                return Err(NotAnIdentity::Malformed);
            }
        } else if text.get(8..11) == Some("000") {
            return Err(NotAnIdentity::Malformed);
        }
        let is_coordination = !is_reserve && digit(6) >= 6;
        let shift = if is_coordination { 60 } else { 0 };
        if date_of(&text, shift).is_none() {
            return Err(NotAnIdentity::NoSuchDate);
        }
        if check_digit((2..11).map(digit)) != digit(11) {
            return Err(NotAnIdentity::WrongCheckDigit);
        }
        Ok(if is_reserve {
            PersonalIdentity::ReserveNumber(ReserveNumber(text))
        } else if is_coordination {
            PersonalIdentity::CoordinationNumber(CoordinationNumber(text))
        } else {
            PersonalIdentity::PersonalNumber(PersonalNumber(text))
        })
    }
}

/// Says only of which kind it is: an identity must not end up in a log through `{:?}`.
impl std::fmt::Debug for PersonalIdentity {
    fn fmt(&self, formatter: &mut std::fmt::Formatter) -> std::fmt::Result {
        formatter.write_str(match self {
            PersonalIdentity::PersonalNumber(_) => "PersonalNumber(…)",
            PersonalIdentity::CoordinationNumber(_) => "CoordinationNumber(…)",
            PersonalIdentity::ReserveNumber(_) => "ReserveNumber(…)",
        })
    }
}

impl<'de> Deserialize<'de> for PersonalIdentity {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parse(text: &str) -> Result<PersonalIdentity, NotAnIdentity> {
        text.parse()
    }

    /// A test identity born on `born` with the given birth number: the check digit is worked out here.
    fn personal_number(born: NaiveDate, birth_number: u32) -> String {
        let text = format!("{}{birth_number:03}", born.format("%Y%m%d"));
        let check = check_digit(text[2..].bytes().map(|byte| u32::from(byte - b'0')));
        format!("{text}{check}")
    }

    #[test]
    fn the_published_samples_are_identities_of_their_kind() {
        assert!(matches!(
            parse("196109732393"),
            Ok(PersonalIdentity::CoordinationNumber(_))
        ));
        for sample in ["19810829M071", "19450829K088", "19930829X802"] {
            assert!(
                matches!(parse(sample), Ok(PersonalIdentity::ReserveNumber(_))),
                "{sample}"
            );
        }
        assert!(matches!(
            parse("189001019802"),
            Ok(PersonalIdentity::PersonalNumber(_))
        ));
    }

    #[test]
    fn the_day_of_birth_is_read_without_the_shift() {
        let born = |text| parse(text).map(|identity| identity.born().to_string());
        assert_eq!(born("196109732393"), Ok("1961-09-13".into()));
        assert_eq!(born("19930829x802"), Ok("1993-08-29".into()));
    }

    #[test]
    fn a_hyphen_after_the_date_is_read_over() {
        assert_eq!(parse("18900101-9802"), parse("189001019802"));
    }

    #[test]
    fn what_is_wrong_is_named() {
        assert_eq!(parse("189001019803"), Err(NotAnIdentity::WrongCheckDigit));
        assert_eq!(parse("199002302384"), Err(NotAnIdentity::NoSuchDate));
        for text in [
            "",
            "9001019802",
            "900101-9802",
            "19900101000",
            "199001010009",
            "19810829M081",
            "19810829A071",
            "1990010198٢2",
        ] {
            assert_eq!(parse(text), Err(NotAnIdentity::Malformed), "{text}");
        }
    }

    #[test]
    fn only_published_test_identities_are_test_identities() {
        for text in ["189001019802", "196109732393", "19810829M071"] {
            assert_eq!(
                parse(text).map(|identity| identity.is_test_identity()),
                Ok(true)
            );
        }
        let living = personal_number(NaiveDate::MIN.with_year(1990).expect("a date"), 123);
        assert_eq!(
            parse(&living).map(|identity| identity.is_test_identity()),
            Ok(false)
        );
    }

    #[test]
    fn printing_an_identity_for_debugging_shows_none() {
        let shown = format!("{:?}", parse("189001019802"));
        assert!(!shown.contains("9802"), "{shown}");
    }

    prop_compose! {
        fn a_birthday()(days in 0i64..60_000) -> NaiveDate {
            NaiveDate::from_ymd_opt(1870, 1, 1).expect("a date") + chrono::TimeDelta::days(days)
        }
    }

    proptest! {
        #[test]
        fn a_number_with_its_check_digit_is_an_identity_born_that_day(
            born in a_birthday(), number in 1u32..1000,
        ) {
            let identity = parse(&personal_number(born, number));
            prop_assert_eq!(identity.map(|identity| identity.born()), Ok(born));
        }

        #[test]
        fn one_wrong_digit_is_always_found(
            born in a_birthday(), number in 1u32..1000, place in 8usize..12, change in 1u8..10,
        ) {
            let mut text = personal_number(born, number).into_bytes();
            text[place] = b'0' + (text[place] - b'0' + change) % 10;
            let text = String::from_utf8(text).expect("digits");
            prop_assert!(parse(&text).is_err());
        }

        #[test]
        fn no_text_makes_the_parser_panic(text in "\\PC{0,16}") {
            let _ = parse(&text);
        }
    }
}
