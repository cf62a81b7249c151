//! Sealing: what may not be read from the store is encrypted before it gets there (XChaCha20-Poly1305).
//! Knows nothing of patients: it gets a text and the place it is kept at, and gives a text.
//!
//! A sealed text is `1.<key id>.<base64url of nonce and ciphertext>`. Its associated data is the place
//! (care provider, table, column, row), so that a value moved to another row no longer opens. Keys come
//! as a ring: one primary to seal with, older ones to open with (as Tink does).

mod columns;
mod data_key;

pub use columns::{SEALED_COLUMNS, SealedColumn};
pub use data_key::DataKey;

use std::sync::Arc;

use sealed_bytes::{Cipher, NONCE_LENGTH};
use serde::Deserialize;

pub use sealed_bytes::{decoded, encoded};

use crate::hsa_id::HsaId;
use crate::personal_identity::PersonalIdentity;
use crate::phone_number::PhoneNumber;
use crate::platform::{Random, Secrets};
use crate::problem::Problem;

/// What each sealed text begins with.
const FORMAT: &str = "1.";

/// Where a sealed value is kept: the associated data that binds it there.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// Whose row it is.
    pub care_provider: &'a HsaId,
    /// Table and column, as `patients.name`: one of [`SEALED_COLUMNS`].
    pub column: &'static str,
    /// The row's id.
    pub row: &'a str,
}

impl Place<'_> {
    fn associated_data(&self) -> Vec<u8> {
        debug_assert!(
            SEALED_COLUMNS.iter().any(|one| one.name == self.column),
            "{} is sealed, but not in SEALED_COLUMNS: its values would be lost with their key",
            self.column
        );
        // A zero byte can stand in none of the parts, so no two places give the same bytes.
        [self.care_provider.as_str(), self.column, self.row]
            .join("\0")
            .into_bytes()
    }
}

/// Why a sealed text did not open.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// The ring in the platform's secrets can't be used at all.
    #[error(
        "SEALING_KEYS is missing or malformed: it must be {{\"primary\": id, \"keys\": {{id: base64url of 32 bytes}}}}"
    )]
    NoRing,
    /// One of the ring's keys can't be used.
    #[error(
        "a key in SEALING_KEYS is malformed: an id has 1 to 32 of a-z, 0-9, - and _, a key is base64url of 32 bytes"
    )]
    MalformedKey,
    /// The ring says that a key is primary, and hasn't got it.
    #[error("key {0} is primary in SEALING_KEYS and not among its keys")]
    NoPrimary(String),
    /// The key it was sealed with is no longer in the ring: put it back to read what it sealed.
    #[error("key {0} is not in SEALING_KEYS")]
    KeyLost(String),
    /// Changed, cut, or moved here from another place.
    #[error("a sealed value does not open where it is kept")]
    DoesNotOpen,
}

impl From<SealError> for Problem {
    fn from(error: SealError) -> Self {
        Problem::internal(error.to_string())
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Ring {
    primary: String,
    keys: std::collections::BTreeMap<String, String>,
}

/// Whether a key may be called so. Ids stand in front of sealed values and in log lines: what else is found
/// there was never ours.
fn is_key_id(id: &str) -> bool {
    (1..=32).contains(&id.len())
        && id
            .bytes()
            .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_'))
}

/// The ring of keys, read from the secret `SEALING_KEYS`.
pub struct Sealer {
    primary: String,
    keys: Vec<(String, Cipher)>,
}

impl Sealer {
    /// The ring that the platform's secrets hold.
    pub fn from_secrets(secrets: &dyn Secrets) -> Result<Arc<Self>, SealError> {
        secrets.sealer()
    }

    /// The ring of a text, as `SEALING_KEYS` has it.
    pub fn from_ring(ring: &str) -> Result<Self, SealError> {
        let ring: Ring = serde_json::from_str(ring).map_err(|_| SealError::NoRing)?;
        let mut keys = Vec::with_capacity(ring.keys.len());
        for (id, key) in ring.keys {
            let key = decoded_key(&key)
                .filter(|_| is_key_id(&id))
                .ok_or(SealError::MalformedKey)?;
            keys.push((id, Cipher::new(key)));
        }
        if !is_key_id(&ring.primary) {
            return Err(SealError::MalformedKey);
        }
        if keys.iter().all(|(id, _)| *id != ring.primary) {
            return Err(SealError::NoPrimary(ring.primary));
        }
        Ok(Sealer {
            primary: ring.primary,
            keys,
        })
    }

    /// The id of the key that seals.
    pub fn primary(&self) -> &str {
        &self.primary
    }

    /// The ids of the other keys, which only open.
    pub fn older(&self) -> impl Iterator<Item = &str> {
        self.keys
            .iter()
            .map(|(id, _)| id.as_str())
            .filter(|id| *id != self.primary)
    }

    /// Whether a value is sealed with the primary key. Says nothing of whether it opens.
    pub fn is_up_to_date(&self, sealed: &str) -> bool {
        key_id(sealed) == Some(&self.primary)
    }

    /// The same text under the primary key, for the same place.
    pub fn reseal(
        &self,
        random: &dyn Random,
        place: Place,
        sealed: &str,
    ) -> Result<String, SealError> {
        self.seal(random, place, &self.open(place, sealed)?)
    }

    fn key(&self, id: &str) -> Result<&Cipher, SealError> {
        self.keys
            .iter()
            .find(|(known, _)| known == id)
            .map(|(_, key)| key)
            .ok_or_else(|| SealError::KeyLost(id.to_owned()))
    }

    /// Seals a text for its place.
    pub fn seal(&self, random: &dyn Random, place: Place, text: &str) -> Result<String, SealError> {
        self.seal_under(random, &place.associated_data(), text)
    }

    /// Seals a text that is kept outside the store, as in a cookie, for one use: `open_for` needs the same.
    pub fn seal_for(
        &self,
        random: &dyn Random,
        used_as: &'static str,
        text: &str,
    ) -> Result<String, SealError> {
        self.seal_under(random, used_as.as_bytes(), text)
    }

    fn seal_under(
        &self,
        random: &dyn Random,
        associated_data: &[u8],
        text: &str,
    ) -> Result<String, SealError> {
        let mut nonce = [0; NONCE_LENGTH];
        random.fill(&mut nonce);
        let sealed = self
            .key(&self.primary)?
            .seal(nonce, associated_data, text.as_bytes())
            .ok_or(SealError::DoesNotOpen)?;
        let encoded = encoded(&sealed);
        Ok(format!("{FORMAT}{}.{encoded}", self.primary))
    }

    /// Opens what was sealed for this very place.
    pub fn open(&self, place: Place, sealed: &str) -> Result<String, SealError> {
        self.open_under(&place.associated_data(), sealed)
    }

    /// Opens what [`Sealer::seal_for`] sealed for the same use.
    pub fn open_for(&self, used_as: &'static str, sealed: &str) -> Result<String, SealError> {
        self.open_under(used_as.as_bytes(), sealed)
    }

    fn open_under(&self, associated_data: &[u8], sealed: &str) -> Result<String, SealError> {
        let (id, encoded) = parts(sealed).ok_or(SealError::DoesNotOpen)?;
        let bytes = decoded(encoded).ok_or(SealError::DoesNotOpen)?;
        let text = self.key(id)?.open(associated_data, bytes);
        let text = text.ok_or(SealError::DoesNotOpen)?;
        String::from_utf8(text).map_err(|_| SealError::DoesNotOpen)
    }
}

/// The id of the key that a value is sealed with, and the rest of it.
fn parts(sealed: &str) -> Option<(&str, &str)> {
    let (id, encoded) = sealed.strip_prefix(FORMAT)?.split_once('.')?;
    is_key_id(id).then_some((id, encoded))
}

/// The id of the key that a value is sealed with, or nothing where it is no sealed value.
pub fn key_id(sealed: &str) -> Option<&str> {
    parts(sealed).map(|(id, _)| id)
}

/// A keyed index that finds a personal identity without telling it: HMAC-SHA-256 under a key of its
/// own (`BLIND_INDEX_KEY`), cut to 128 bits, as base64url. It is a patient session's subject, too.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct IdentityIndex(String);

impl IdentityIndex {
    /// The index of an identity.
    pub fn of(secrets: &dyn Secrets, identity: &PersonalIdentity) -> Result<Self, Problem> {
        let key = secret_key(secrets, "BLIND_INDEX_KEY")?;
        let mac = hmac_sha256::HMAC::mac(identity.as_str(), key);
        Ok(IdentityIndex(encoded(&mac[..16])))
    }

    /// From a session that we signed.
    pub fn from_subject(subject: &str) -> Self {
        IdentityIndex(subject.to_owned())
    }

    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A keyed blind index of a phone number: finds whose it is, and keeps the order of what goes to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PhoneIndex(String);

impl PhoneIndex {
    /// The index of a number.
    pub fn of(secrets: &dyn Secrets, phone: &PhoneNumber) -> Result<Self, Problem> {
        let key = secret_key(secrets, "BLIND_INDEX_KEY")?;
        // A zero byte keeps it apart from every other text that this key is used for.
        let mac = hmac_sha256::HMAC::mac(format!("phone\0{}", phone.as_str()), key);
        Ok(PhoneIndex(encoded(&mac[..16])))
    }

    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A 32-byte key from the platform's secrets, kept as base64url.
pub fn secret_key(secrets: &dyn Secrets, name: &'static str) -> Result<[u8; 32], Problem> {
    secrets
        .get(name)
        .as_deref()
        .and_then(decoded_key)
        .ok_or_else(|| Problem::internal(format!("{name} is not base64url of 32 bytes")))
}

/// Whether two texts are the same, in a time that tells nothing of where they differ: for secrets.
pub fn equal_in_constant_time(one: &str, other: &str) -> bool {
    let difference = one
        .bytes()
        .zip(other.bytes())
        .fold(0, |difference, (a, b)| difference | (a ^ b));
    one.len() == other.len() && std::hint::black_box(difference) == 0
}

fn decoded_key(text: &str) -> Option<[u8; 32]> {
    decoded(text)?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::platform::native::{SeededRandom, SetSecrets};

    fn key(byte: u8) -> String {
        encoded(&[byte; 32])
    }

    fn ring(text: impl Into<String>) -> Result<Arc<Sealer>, SealError> {
        Sealer::from_secrets(&SetSecrets::new([("SEALING_KEYS".to_owned(), text.into())]))
    }

    fn with_keys(primary: &str, keys: &[(&str, u8)]) -> Arc<Sealer> {
        let keys: Vec<String> = keys
            .iter()
            .map(|(id, byte)| format!(r#""{id}":"{}""#, key(*byte)))
            .collect();
        ring(format!(
            r#"{{"primary":"{primary}","keys":{{{}}}}}"#,
            keys.join(",")
        ))
        .expect("a ring")
    }

    fn provider() -> HsaId {
        "SE165565594230-VF1".parse().expect("an HSA-id")
    }

    fn name_of<'a>(care_provider: &'a HsaId, row: &'a str) -> Place<'a> {
        Place {
            care_provider,
            column: "patients.name",
            row,
        }
    }

    #[test]
    fn garbage_in_the_ring_is_an_error_that_says_what_a_ring_is() {
        let good = key(1);
        for (garbage, error) in [
            (String::new(), SealError::NoRing),
            ("primary".into(), SealError::NoRing),
            ("[]".into(), SealError::NoRing),
            (r#"{"primary":"a"}"#.into(), SealError::NoRing),
            (r#"{"primary":1,"keys":{}}"#.into(), SealError::NoRing),
            (
                format!(r#"{{"primary":"a","keys":{{"a":"{good}"}},"kyes":{{}}}}"#),
                SealError::NoRing,
            ),
            (
                format!(r#"{{"primary":"a","keys":{{"a":"{good}AA"}}}}"#),
                SealError::MalformedKey,
            ),
            (
                r#"{"primary":"a","keys":{"a":"c2hvcnQ"}}"#.into(),
                SealError::MalformedKey,
            ),
            (
                format!(r#"{{"primary":"a","keys":{{"a":"{good}","b":""}}}}"#),
                SealError::MalformedKey,
            ),
            (
                format!(r#"{{"primary":"a.b","keys":{{"a.b":"{good}"}}}}"#),
                SealError::MalformedKey,
            ),
            (
                format!(r#"{{"primary":"","keys":{{"":"{good}"}}}}"#),
                SealError::MalformedKey,
            ),
            (
                r#"{"primary":"a","keys":{}}"#.into(),
                SealError::NoPrimary("a".into()),
            ),
            (
                format!(r#"{{"primary":"b","keys":{{"a":"{good}"}}}}"#),
                SealError::NoPrimary("b".into()),
            ),
        ] {
            let said = ring(garbage.clone()).err().expect(&garbage);
            assert_eq!(said, error, "{garbage}");
            assert!(!said.to_string().contains(&good), "no key in an error");
        }
        let nothing = Sealer::from_secrets(&SetSecrets::new([])).err();
        assert_eq!(nothing, Some(SealError::NoRing));
    }

    #[test]
    fn a_value_under_a_key_that_is_lost_says_which() {
        let (random, care_provider) = (SeededRandom::new(1), provider());
        let place = name_of(&care_provider, "1");
        let old = with_keys("2025", &[("2025", 1)]);
        let sealed = old.seal(&random, place, "Alex Blom").expect("sealed");
        let new = with_keys("2026", &[("2026", 2)]);
        let lost = SealError::KeyLost("2025".into());
        assert_eq!(new.open(place, &sealed), Err(lost.clone()));
        assert_eq!(new.reseal(&random, place, &sealed), Err(lost.clone()));
        assert_eq!(lost.to_string(), "key 2025 is not in SEALING_KEYS");
    }

    #[test]
    fn an_id_that_was_never_a_keys_is_not_told_on() {
        let (care_provider, sealer) = (provider(), with_keys("a", &[("a", 1)]));
        for strange in [
            "1.Alex Blom.AAAA",
            "1..AAAA",
            "1.a",
            "2.a.AAAA",
            "",
            "1.ä.AAAA",
        ] {
            let opened = sealer.open(name_of(&care_provider, "1"), strange);
            assert_eq!(opened, Err(SealError::DoesNotOpen), "{strange}");
            assert!(!sealer.is_up_to_date(strange), "{strange}");
        }
    }

    #[test]
    fn a_value_sealed_anew_opens_in_its_place_without_the_old_key() {
        let (random, care_provider) = (SeededRandom::new(1), provider());
        let place = name_of(&care_provider, "1");
        let old = with_keys("2025", &[("2025", 1)]);
        let sealed = old.seal(&random, place, "Alex Blom").expect("sealed");
        let both = with_keys("2026", &[("2025", 1), ("2026", 2)]);
        assert!(!both.is_up_to_date(&sealed));
        let anew = both.reseal(&random, place, &sealed).expect("sealed anew");
        assert!(both.is_up_to_date(&anew));
        let new = with_keys("2026", &[("2026", 2)]);
        assert_eq!(new.open(place, &anew).as_deref(), Ok("Alex Blom"));
        assert_eq!(both.older().collect::<Vec<_>>(), ["2025"]);
    }

    #[test]
    fn secrets_are_the_same_only_letter_by_letter() {
        assert!(equal_in_constant_time("", ""));
        assert!(equal_in_constant_time("secret", "secret"));
        for other in ["", "secre", "secrets", "Secret", "secreu"] {
            assert!(!equal_in_constant_time("secret", other), "{other}");
        }
    }

    proptest! {
        #[test]
        fn a_value_opens_in_its_own_place_and_in_no_other(
            text in ".{0,200}",
            seed: u64,
            column in 0..SEALED_COLUMNS.len(),
            other_column in 0..SEALED_COLUMNS.len(),
            row in "[0-9a-f-]{1,36}",
            other_row in "[0-9a-f-]{1,36}",
        ) {
            let sealer = with_keys("a", &[("a", 1)]);
            let (ours, theirs): (HsaId, HsaId) = (provider(), "SE165565594230-VF2".parse().expect("an HSA-id"));
            let place = Place { care_provider: &ours, column: SEALED_COLUMNS[column].name, row: &row };
            let sealed = sealer.seal(&SeededRandom::new(seed), place, &text).expect("sealed");
            prop_assert_eq!(sealer.open(place, &sealed), Ok(text));

            let moved = Err(SealError::DoesNotOpen);
            prop_assert_eq!(sealer.open(Place { care_provider: &theirs, ..place }, &sealed), moved.clone());
            if other_row != row {
                prop_assert_eq!(sealer.open(Place { row: &other_row, ..place }, &sealed), moved.clone());
            }
            if other_column != column {
                let elsewhere = Place { column: SEALED_COLUMNS[other_column].name, ..place };
                prop_assert_eq!(sealer.open(elsewhere, &sealed), moved);
            }
        }

        #[test]
        fn a_value_that_was_changed_anywhere_does_not_open(text in ".{1,80}", seed: u64, at: prop::sample::Index) {
            let (sealer, care_provider) = (with_keys("a", &[("a", 1)]), provider());
            let place = name_of(&care_provider, "1");
            let sealed = sealer.seal(&SeededRandom::new(seed), place, &text).expect("sealed");
            let mut letters = sealed.clone().into_bytes();
            let at = at.index(letters.len());
            letters[at] = if letters[at] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(letters).expect("text");
            prop_assert!(sealer.open(place, &changed).is_err(), "{} for {}", changed, sealed);
        }
    }
}
