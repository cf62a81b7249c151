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

    /// A personal number of somebody born on `born`.
    fn personal_number(born: NaiveDate, birth_number: u32) -> String {
        checked(&format!("{}{birth_number:03}", born.format("%Y%m%d")))
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

    #[test]
    fn a_reserve_numbers_letter_says_which_numbers_follow_it() {
        for letter in 'A'..='Z' {
            for number in 0..100 {
                let fits = match letter {
                    'K' => (6..80).contains(&number) && number % 2 == 0,
                    'M' => (6..80).contains(&number) && number % 2 == 1,
                    'X' => (80..90).contains(&number),
                    _ => false,
                };
                let text = checked(&format!("19810829{letter}{number:02}"));
                match parse(&text) {
                    Ok(identity) => assert!(fits && identity.as_str() == text, "{text}"),
                    Err(error) => assert!(!fits && error == NotAnIdentity::Malformed, "{text}"),
                }
            }
        }
    }

    /// Eleven characters with the digit that makes them an identity, found by trial: doubled at every other place
    /// from the century on (nines thrown out), all of them together are divisible by ten.
    fn checked(text: &str) -> String {
        let value = |(place, byte): (usize, u8)| {
            let value = match byte {
                b'K' => 5,
                b'M' => 7,
                b'X' => 8,
                // No letter of any reserve number: what it counts is nobody's concern.
                _ => usize::from(byte) % 16 % 10,
            };
            if place % 2 == 0 {
                [0, 2, 4, 6, 8, 1, 3, 5, 7, 9][value]
            } else {
                value
            }
        };
        let whole = (0..10).map(|digit| format!("{text}{digit}"));
        let fits =
            |whole: &String| whole[2..].bytes().enumerate().map(value).sum::<usize>() % 10 == 0;
        let mut found = whole.filter(fits);
        found.next().expect("one of ten digits")
    }

    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    enum Kind {
        Personal,
        Coordination,
        Reserve,
    }

    fn kind_of(identity: &PersonalIdentity) -> Kind {
        match identity {
            PersonalIdentity::PersonalNumber(_) => Kind::Personal,
            PersonalIdentity::CoordinationNumber(_) => Kind::Coordination,
            PersonalIdentity::ReserveNumber(_) => Kind::Reserve,
        }
    }

    prop_compose! {
        fn a_birthday()(days in 0i64..60_000) -> NaiveDate {
            NaiveDate::from_ymd_opt(1870, 1, 1).expect("a date") + chrono::TimeDelta::days(days)
        }
    }

    /// The three characters after the date, and which kind of identity they make.
    fn an_ending() -> impl Strategy<Value = (Kind, String)> {
        let birth_number = || (1u32..1000).prop_map(|number| format!("{number:03}"));
        let reserve = prop_oneof![
            (3u32..40).prop_map(|half| format!("K{:02}", half * 2)),
            (3u32..40).prop_map(|half| format!("M{:02}", half * 2 + 1)),
            (80u32..90).prop_map(|number| format!("X{number}")),
        ];
        prop_oneof![
            birth_number().prop_map(|text| (Kind::Personal, text)),
            birth_number().prop_map(|text| (Kind::Coordination, text)),
            reserve.prop_map(|text| (Kind::Reserve, text)),
        ]
    }

    prop_compose! {
        /// An identity by its rules: its kind, the day of birth, and its twelve characters.
        fn an_identity()(born in a_birthday(), (kind, ending) in an_ending()) -> (Kind, NaiveDate, String) {
            let shift = if kind == Kind::Coordination { 60 } else { 0 };
            let day = born.day() + shift;
            (kind, born, checked(&format!("{}{day:02}{ending}", born.format("%Y%m"))))
        }
    }

    proptest! {
        #[test]
        fn what_is_made_by_the_rules_is_an_identity_of_its_kind_born_that_day((kind, born, text) in an_identity()) {
            let identity = parse(&text).expect("an identity");
            prop_assert_eq!((kind_of(&identity), identity.born()), (kind, born));
            prop_assert_eq!(identity.as_str(), &text);
            prop_assert_eq!(parse(identity.as_str()), Ok(identity));
        }

        #[test]
        fn however_it_is_written_it_is_the_same_identity((_, _, text) in an_identity(), before in " {0,3}", after in " {0,3}") {
            let identity = parse(&text);
            let hyphened = format!("{}-{}", &text[..8], &text[8..]);
            for written in [text.to_lowercase(), hyphened.clone(), hyphened.to_lowercase()] {
                prop_assert_eq!(&parse(&format!("{before}{written}{after}")), &identity);
                let json = serde_json::to_string(&written).expect("JSON");
                prop_assert_eq!(&serde_json::from_str(&json).map_err(|_| NotAnIdentity::Malformed), &identity);
            }
        }

        #[test]
        fn without_its_century_it_is_refused((_, _, text) in an_identity(), between in "[-+]?") {
            let short = format!("{}{between}{}", &text[2..8], &text[8..]);
            prop_assert_eq!(parse(&short), Err(NotAnIdentity::Malformed));
        }

        #[test]
        fn another_check_digit_is_a_wrong_one((_, _, text) in an_identity(), change in 1u8..10) {
            let check = text.as_bytes()[11] - b'0';
            let wrong = format!("{}{}", &text[..11], (check + change) % 10);
            prop_assert_eq!(parse(&wrong), Err(NotAnIdentity::WrongCheckDigit));
        }

        // The century is the only part of which the check digit knows nothing.
        #[test]
        fn one_wrong_digit_is_always_found((_, _, text) in an_identity(), place in 2usize..12, change in 1u8..10) {
            let mut wrong = text.into_bytes();
            prop_assume!(wrong[place].is_ascii_digit());
            wrong[place] = b'0' + (wrong[place] - b'0' + change) % 10;
            let wrong = String::from_utf8(wrong).expect("digits");
            prop_assert!(parse(&wrong).is_err(), "{}", wrong);
        }

        // But for a nought and a nine, which no check digit of this kind tells apart.
        #[test]
        fn two_neighbours_that_changed_places_are_found((_, _, text) in an_identity(), place in 2usize..11) {
            let mut wrong = text.into_bytes();
            let both = [wrong[place], wrong[place + 1]];
            prop_assume!(both[0] != both[1] && both != *b"09" && both != *b"90");
            wrong.swap(place, place + 1);
            let wrong = String::from_utf8(wrong).expect("characters");
            prop_assert!(parse(&wrong).is_err(), "{}", wrong);
        }

        #[test]
        fn only_a_day_of_the_calendar_is_one_of_birth(
            year in 1700i32..2100, month in 0u32..15, day in prop_oneof![0u32..36, 56u32..100], (kind, ending) in an_ending(),
        ) {
            let text = checked(&format!("{year}{month:02}{day:02}{ending}"));
            let shift = if kind != Kind::Reserve && day >= 60 { 60 } else { 0 };
            let expected = NaiveDate::from_ymd_opt(year, month, day - shift).filter(|_| year >= 1800);
            let born = parse(&text).map(|identity| identity.born());
            prop_assert_eq!(born, expected.ok_or(NotAnIdentity::NoSuchDate));
        }

        #[test]
        fn nobody_has_the_birth_number_of_noughts(born in a_birthday(), is_shifted in any::<bool>()) {
            let day = born.day() + if is_shifted { 60 } else { 0 };
            let text = checked(&format!("{}{day:02}000", born.format("%Y%m")));
            prop_assert_eq!(parse(&text), Err(NotAnIdentity::Malformed));
        }

        #[test]
        fn any_text_is_refused_or_becomes_an_identity_that_reads_back(text in "\\PC{0,16}|[0-9]{8}-?[0-9KMXkmx][0-9]{3}") {
            if let Ok(identity) = parse(&text) {
                prop_assert_eq!(parse(identity.as_str()), Ok(identity));
            }
        }
    }
}
