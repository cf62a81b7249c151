//! What sealing does to every byte: XChaCha20-Poly1305 and base64url. A crate of its own, and with little in it,
//! because it alone is compiled for speed (Cargo.toml's profile), everything else for size: half of the time that
//! fifty messages took was spent here. Knows no keys' names and no places; `shared::sealing` does.

mod base64url;

pub use base64url::{decoded, encoded};

use chacha20poly1305::aead::{Aead, AeadInOut, KeyInit, Payload};
use chacha20poly1305::{Key, Tag, XChaCha20Poly1305, XNonce};

/// The random bytes in front of each sealed value: 192 bits, so that they may be drawn anew for each.
pub const NONCE_LENGTH: usize = 24;

/// The bytes after each that say whether it was changed.
const TAG_LENGTH: usize = 16;

/// A key, ready for use.
pub struct Cipher(XChaCha20Poly1305);

impl Cipher {
    /// From a key of 256 bits.
    pub fn new(key: [u8; 32]) -> Self {
        Cipher(XChaCha20Poly1305::new(&Key::from(key)))
    }

    /// Nonce and ciphertext of `bytes`, bound to `place` (the associated data). Nothing for more than 256 GB.
    pub fn seal(&self, nonce: [u8; NONCE_LENGTH], place: &[u8], bytes: &[u8]) -> Option<Vec<u8>> {
        let payload = Payload {
            msg: bytes,
            aad: place,
        };
        let ciphertext = self.0.encrypt(&XNonce::from(nonce), payload).ok()?;
        Some([&nonce[..], &ciphertext].concat())
    }

    /// What [`Cipher::seal`] sealed for this very place, opened where it lies; nothing for anything else.
    pub fn open(&self, place: &[u8], mut sealed: Vec<u8>) -> Option<Vec<u8>> {
        let (nonce, rest) = sealed.split_first_chunk_mut::<NONCE_LENGTH>()?;
        let (bytes, tag) = rest.split_last_chunk_mut::<TAG_LENGTH>()?;
        let length = bytes.len();
        self.0
            .decrypt_inout_detached(&XNonce::from(*nonce), place, bytes.into(), &Tag::from(*tag))
            .ok()?;
        sealed.copy_within(NONCE_LENGTH..NONCE_LENGTH + length, 0);
        sealed.truncate(length);
        Some(sealed)
    }
}
