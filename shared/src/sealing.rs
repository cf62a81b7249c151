//! Sealing: what may not be read from the store is encrypted before it gets there (XChaCha20-Poly1305).
//! Knows nothing of patients: it gets a text and the place it is kept at, and gives a text.
//!
//! A sealed text is `1.<key id>.<base64url of nonce and ciphertext>`. Its associated data is the place
//! (care provider, table, column, row), so that a value moved to another row no longer opens. Keys come
//! as a ring: one primary to seal with, older ones to open with (as Tink does).

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use ct_codecs::{Base64UrlSafeNoPadding, Decoder, Encoder};
use serde::Deserialize;

use crate::hsa_id::HsaId;
use crate::personal_identity::PersonalIdentity;
use crate::platform::{Random, Secrets};
use crate::problem::Problem;

const FORMAT: &str = "1";
const NONCE_LENGTH: usize = 24;

/// Where a sealed value is kept: the associated data that binds it there.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// Whose row it is.
    pub care_provider: &'a HsaId,
    /// Table and column, as `patients.name`.
    pub column: &'static str,
    /// The row's id.
    pub row: &'a str,
}

impl Place<'_> {
    fn associated_data(&self) -> Vec<u8> {
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
struct Ring {
    primary: String,
    keys: std::collections::BTreeMap<String, String>,
}

/// The ring of keys, read from the secret `SEALING_KEYS`.
pub struct Sealer {
    primary: String,
    keys: Vec<(String, XChaCha20Poly1305)>,
}

impl Sealer {
    /// The ring that the platform's secrets hold.
    pub fn from_secrets(secrets: &dyn Secrets) -> Result<Self, SealError> {
        let ring = secrets.get("SEALING_KEYS").ok_or(SealError::NoRing)?;
        let ring: Ring = serde_json::from_str(&ring).map_err(|_| SealError::NoRing)?;
        let mut keys = Vec::with_capacity(ring.keys.len());
        for (id, key) in ring.keys {
            let key = decoded_key(&key).ok_or(SealError::NoRing)?;
            keys.push((id, XChaCha20Poly1305::new(&Key::from(key))));
        }
        if keys.iter().all(|(id, _)| *id != ring.primary) {
            return Err(SealError::NoRing);
        }
        Ok(Sealer {
            primary: ring.primary,
            keys,
        })
    }

    fn key(&self, id: &str) -> Result<&XChaCha20Poly1305, SealError> {
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
        let payload = Payload {
            msg: text.as_bytes(),
            aad: associated_data,
        };
        let ciphertext = self
            .key(&self.primary)?
            .encrypt(&XNonce::from(nonce), payload)
            .map_err(|_| SealError::DoesNotOpen)?;
        let bytes = [&nonce[..], &ciphertext].concat();
        let encoded =
            Base64UrlSafeNoPadding::encode_to_string(bytes).map_err(|_| SealError::DoesNotOpen)?;
        Ok(format!("{FORMAT}.{}.{encoded}", self.primary))
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
        let mut parts = sealed.splitn(3, '.');
        let (Some(FORMAT), Some(id), Some(encoded)) = (parts.next(), parts.next(), parts.next())
        else {
            return Err(SealError::DoesNotOpen);
        };
        let bytes = Base64UrlSafeNoPadding::decode_to_vec(encoded, None)
            .map_err(|_| SealError::DoesNotOpen)?;
        let (nonce, ciphertext) = bytes
            .split_first_chunk::<NONCE_LENGTH>()
            .ok_or(SealError::DoesNotOpen)?;
        let payload = Payload {
            msg: ciphertext,
            aad: associated_data,
        };
        let text = self
            .key(id)?
            .decrypt(&XNonce::from(*nonce), payload)
            .map_err(|_| SealError::DoesNotOpen)?;
        String::from_utf8(text).map_err(|_| SealError::DoesNotOpen)
    }
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
        encoded(&mac[..16]).map(IdentityIndex)
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

/// A 32-byte key from the platform's secrets, kept as base64url.
pub fn secret_key(secrets: &dyn Secrets, name: &'static str) -> Result<[u8; 32], Problem> {
    secrets
        .get(name)
        .as_deref()
        .and_then(decoded_key)
        .ok_or_else(|| Problem::internal(format!("{name} is not base64url of 32 bytes")))
}

/// Bytes as base64url without padding.
pub fn encoded(bytes: &[u8]) -> Result<String, Problem> {
    Base64UrlSafeNoPadding::encode_to_string(bytes)
        .map_err(|_| Problem::internal("bytes too long to encode"))
}

/// What [`encoded`] made.
pub fn decoded(text: &str) -> Option<Vec<u8>> {
    Base64UrlSafeNoPadding::decode_to_vec(text, None).ok()
}

fn decoded_key(text: &str) -> Option<[u8; 32]> {
    decoded(text)?.try_into().ok()
}
