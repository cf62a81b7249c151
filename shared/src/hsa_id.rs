//! HSA-ids: the national directory's names for care providers, care units, practitioners and commissions.
//! Form: `SE<organisation number>-<letters and digits>`, at most 31 characters (docs: facts of Inera's HSA).

use serde::{Deserialize, Serialize};

use crate::platform::Value;

/// A text that has the form of an HSA-id. Compared without regard to case, so kept in capitals.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct HsaId(String);

/// Why a text is no HSA-id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an HSA-id has the form SE162321000024-11B, at most 31 characters")]
pub struct NotAnHsaId;

impl HsaId {
    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::str::FromStr for HsaId {
    type Err = NotAnHsaId;

    fn from_str(text: &str) -> Result<Self, NotAnHsaId> {
        let fits = |text: &str| {
            let (number, suffix) = text.strip_prefix("SE")?.split_once('-')?;
            // Ten digits, or twelve with the century in front: both are in use.
            let number =
                matches!(number.len(), 10 | 12) && number.bytes().all(|b| b.is_ascii_digit());
            let suffix = !suffix.is_empty() && suffix.bytes().all(|b| b.is_ascii_alphanumeric());
            (number && suffix).then_some(())
        };
        let id = text.to_ascii_uppercase();
        if id.len() > 31 || fits(&id).is_none() {
            return Err(NotAnHsaId);
        }
        Ok(HsaId(id))
    }
}

impl<'de> Deserialize<'de> for HsaId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl std::fmt::Display for HsaId {
    fn fmt(&self, formatter: &mut std::fmt::Formatter) -> std::fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl From<&HsaId> for Value {
    fn from(id: &HsaId) -> Self {
        Value::Text(id.0.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_published_sample_and_the_short_number_are_hsa_ids() {
        for text in [
            "SE162321000024-11B",
            "SE2321000131-E000000000001",
            "se2321000131-p1",
        ] {
            assert!(text.parse::<HsaId>().is_ok(), "{text}");
        }
        assert_eq!(
            "se2321000131-p1".parse::<HsaId>(),
            "SE2321000131-P1".parse::<HsaId>()
        );
    }

    #[test]
    fn other_texts_are_not() {
        for text in [
            "",
            "SE",
            "SE2321000131",
            "SE2321000131-",
            "NO2321000131-1",
            "SE232100013-1",
            "SE2321000131-Å",
            "SE2321000131-1 OR 1=1",
            "SE162321000024-AAAAAAAAAAAAAAAAA",
        ] {
            assert!(text.parse::<HsaId>().is_err(), "{text}");
        }
    }

    /// An id by its rules, in capitals and small letters as they come, of 31 characters at most.
    fn an_id() -> impl Strategy<Value = String> {
        prop_oneof![
            "SE[0-9]{10}-[A-Za-z0-9]{1,18}",
            "SE[0-9]{12}-[A-Za-z0-9]{1,16}"
        ]
    }

    proptest! {
        #[test]
        fn what_is_made_by_the_rules_is_an_id_that_reads_back(text in an_id()) {
            let id: HsaId = text.parse().expect("an id");
            prop_assert_eq!(id.to_string(), text.to_uppercase());
            prop_assert_eq!(id.to_string().parse(), Ok(id.clone()));
            let json = serde_json::to_string(&id).expect("JSON");
            prop_assert_eq!(serde_json::from_str::<HsaId>(&json).ok(), Some(id));
        }

        #[test]
        fn capitals_and_small_letters_are_the_same_id(text in an_id()) {
            let id = text.parse::<HsaId>();
            prop_assert_eq!(&text.to_lowercase().parse::<HsaId>(), &id);
            prop_assert_eq!(&text.to_uppercase().parse::<HsaId>(), &id);
        }

        #[test]
        fn one_character_too_many_is_refused(text in "SE([0-9]{10}-[A-Za-z0-9]{19}|[0-9]{12}-[A-Za-z0-9]{17})") {
            prop_assert_eq!(text.parse::<HsaId>(), Err(NotAnHsaId));
        }

        #[test]
        fn an_organisation_number_has_ten_digits_or_twelve(number in "[0-9]{0,20}", suffix in "[A-Z0-9]{1,8}") {
            let is_id = format!("SE{number}-{suffix}").parse::<HsaId>().is_ok();
            prop_assert_eq!(is_id, matches!(number.len(), 10 | 12));
        }

        #[test]
        fn no_other_country_has_one(country in "[A-Z]{2}", rest in "[0-9]{10}-[A-Z0-9]{1,8}") {
            prop_assert_eq!(format!("{country}{rest}").parse::<HsaId>().is_ok(), country == "SE");
        }

        #[test]
        fn another_sign_anywhere_makes_it_none(text in an_id(), sign in "[^A-Za-z0-9]", place in 0usize..32) {
            let mut text = text;
            text.insert_str(place.min(text.len()), &sign);
            prop_assert_eq!(text.parse::<HsaId>(), Err(NotAnHsaId));
        }

        #[test]
        fn any_text_is_refused_or_becomes_an_id_that_reads_back(text in "\\PC{0,40}") {
            if let Ok(id) = text.parse::<HsaId>() {
                prop_assert_eq!(id.to_string().parse(), Ok(id));
            }
        }
    }
}
