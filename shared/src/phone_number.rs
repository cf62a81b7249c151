//! Phone numbers, kept as E.164 (`+46701740605`). A number without a country is Swedish.
//! Knows forms only: whether a number answers is the SMS gateway's to find out.

use serde::Deserialize;

/// A phone number in E.164: a plus, then 8 to 15 digits.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct PhoneNumber(String);

/// Why a text is no phone number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("write a phone number as 070-174 06 05 or +46701740605")]
pub struct NotAPhoneNumber;

impl PhoneNumber {
    /// The number as E.164.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is a Swedish mobile number (070, 072, 073, 076, 079; PTS' numbering plan).
    pub fn is_swedish_mobile(&self) -> bool {
        ["+4670", "+4672", "+4673", "+4676", "+4679"]
            .iter()
            .any(|prefix| self.0.starts_with(prefix))
            && self.0.len() == 12
    }
}

impl std::str::FromStr for PhoneNumber {
    type Err = NotAPhoneNumber;

    fn from_str(text: &str) -> Result<Self, NotAPhoneNumber> {
        if text.len() > 40 {
            return Err(NotAPhoneNumber);
        }
        let mut digits = String::with_capacity(16);
        for (place, character) in text.trim().chars().enumerate() {
            match character {
                '0'..='9' => digits.push(character),
                '+' if place == 0 => digits.push('+'),
                // What people write between the groups, among it the spaces that phones paste.
                ' ' | '-' | '(' | ')' | '/' | '.' | '\u{a0}' | '\u{2011}' | '\u{2013}' => {}
                _ => return Err(NotAPhoneNumber),
            }
        }
        let number = if let Some(international) = digits.strip_prefix('+') {
            // "+46 (0)70": the zero belongs to the number as dialled inside the country.
            match international.strip_prefix("460") {
                Some(rest) => format!("46{rest}"),
                None => international.to_owned(),
            }
        } else if let Some(international) = digits.strip_prefix("00") {
            international.to_owned()
        } else if let Some(national) = digits.strip_prefix('0') {
            format!("46{national}")
        } else {
            return Err(NotAPhoneNumber);
        };
        if !(8..=15).contains(&number.len()) || number.starts_with('0') {
            return Err(NotAPhoneNumber);
        }
        Ok(PhoneNumber(format!("+{number}")))
    }
}

/// A number that text messages go to: a Swedish mobile. A landline would swallow a message, and what a foreign
/// number costs and who answers there nobody has agreed to: both are refused where they are written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MobileNumber(PhoneNumber);

/// Why a text is no number for text messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("text messages go to Swedish mobile numbers alone: write one as 070-174 06 05")]
pub struct NotAMobileNumber;

impl From<MobileNumber> for PhoneNumber {
    fn from(mobile: MobileNumber) -> Self {
        mobile.0
    }
}

impl std::str::FromStr for MobileNumber {
    type Err = NotAMobileNumber;

    fn from_str(text: &str) -> Result<Self, NotAMobileNumber> {
        let number = text.parse::<PhoneNumber>().ok();
        let mobile = number.filter(PhoneNumber::is_swedish_mobile);
        mobile.map(MobileNumber).ok_or(NotAMobileNumber)
    }
}

impl<'de> Deserialize<'de> for MobileNumber {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// Says only that there is one: a number must not end up in a log through `{:?}`.
impl std::fmt::Debug for PhoneNumber {
    fn fmt(&self, formatter: &mut std::fmt::Formatter) -> std::fmt::Result {
        formatter.write_str("PhoneNumber(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    // PTS keeps 070-174 06 05 to 06 99 free for use in fiction.
    #[test]
    fn every_way_to_write_a_swedish_number_is_one_number() {
        for text in [
            "0701740605",
            "070-174 06 05",
            "+46 70 174 06 05",
            "+46 (0)70-174 06 05",
            "0046701740605",
            " 070.174.06.05 ",
            "070\u{a0}174\u{a0}06\u{a0}05",
        ] {
            let number: Result<PhoneNumber, _> = text.parse();
            assert_eq!(
                number.as_ref().map(PhoneNumber::as_str),
                Ok("+46701740605"),
                "{text}"
            );
            assert_eq!(number.map(|n| n.is_swedish_mobile()), Ok(true));
        }
    }

    #[test]
    fn text_messages_go_to_swedish_mobiles_alone() {
        for text in [
            "031-390 06 05",
            "+358 40 1234567",
            "010-1234567",
            "+46 70 174 06",
            "ring mig",
        ] {
            assert_eq!(
                text.parse::<MobileNumber>(),
                Err(NotAMobileNumber),
                "{text}"
            );
        }
        let mobile = "070-174 06 05"
            .parse()
            .map(|mobile: MobileNumber| PhoneNumber::from(mobile));
        assert_eq!(mobile.as_ref().map(PhoneNumber::as_str), Ok("+46701740605"));
    }

    #[test]
    fn other_texts_are_no_numbers() {
        for text in [
            "",
            "+",
            "112",
            "701740605",
            "ring mig",
            "070-174\n06 05",
            "+4670174060512345",
            "++46701740605",
        ] {
            assert!(text.parse::<PhoneNumber>().is_err(), "{text:?}");
        }
    }

    /// A Swedish mobile number as it goes on after the country.
    fn a_mobile() -> impl Strategy<Value = String> {
        "7[02369][0-9]{7}"
    }

    proptest! {
        #[test]
        fn a_swedish_mobile_is_one_number_however_it_is_written(
            digits in a_mobile(), between in proptest::collection::vec("[-–‑ ./()\u{a0}]{0,2}", 9),
        ) {
            let spread: String = digits.chars().zip(&between).flat_map(|(digit, sign)| [digit.to_string(), sign.clone()]).collect();
            let number = format!("+46{digits}");
            for begin in ["0", "+46", "+46(0)", "0046", " +46 (0) "] {
                let written = format!("{begin}{spread}");
                let mobile = written.parse::<MobileNumber>();
                prop_assume!(written.len() <= 40);
                let mobile = PhoneNumber::from(mobile.expect("a mobile number"));
                prop_assert_eq!(mobile.as_str(), &number, "{}", written);
            }
        }

        #[test]
        fn a_number_of_any_country_reads_back(digits in "[1-35-9][0-9]{7,14}") {
            let written = format!("+{digits}");
            let number = written.parse::<PhoneNumber>();
            prop_assert_eq!(number.as_ref().map(PhoneNumber::as_str), Ok(written.as_str()));
            prop_assert_eq!(&format!("00{digits}").parse::<PhoneNumber>(), &number);
            prop_assert!(!number.is_ok_and(|number| number.is_swedish_mobile()));
        }

        #[test]
        fn too_few_digits_or_too_many_are_no_number(digits in "[1-35-9]([0-9]{0,6}|[0-9]{15,25})") {
            prop_assert_eq!(format!("+{digits}").parse::<PhoneNumber>(), Err(NotAPhoneNumber));
            prop_assert_eq!(format!("00{digits}").parse::<PhoneNumber>(), Err(NotAPhoneNumber));
        }

        #[test]
        fn a_letter_anywhere_makes_it_no_number(digits in a_mobile(), letter in "[a-zåäöA-ZÅÄÖ٠-٩]", place in 0usize..11) {
            let mut text = format!("0{digits}");
            text.insert_str(place.min(text.len()), &letter);
            prop_assert_eq!(text.parse::<PhoneNumber>(), Err(NotAPhoneNumber));
        }

        #[test]
        fn a_digit_more_or_less_makes_a_mobile_none(digits in a_mobile(), more in 0u8..10) {
            prop_assert_eq!(format!("0{digits}{more}").parse::<MobileNumber>(), Err(NotAMobileNumber));
            prop_assert_eq!(format!("0{}", &digits[..8]).parse::<MobileNumber>(), Err(NotAMobileNumber));
        }

        #[test]
        fn what_begins_as_no_mobile_is_none(digits in "([1-689][0-9]|7[14578])[0-9]{5,7}") {
            let written = format!("0{digits}");
            prop_assert!(written.parse::<PhoneNumber>().is_ok());
            prop_assert_eq!(written.parse::<MobileNumber>(), Err(NotAMobileNumber));
        }

        #[test]
        fn any_text_is_refused_or_becomes_a_number_that_reads_back(text in "\\PC{0,45}") {
            if let Ok(number) = text.parse::<PhoneNumber>() {
                prop_assert_eq!(number.as_str().parse::<PhoneNumber>(), Ok(number.clone()));
            }
        }
    }
}
