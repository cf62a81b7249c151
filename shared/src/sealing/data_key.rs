//! Keys of large values, which lie outside the store in chunks: one random key a value, itself sealed in a column, so
//! that a new primary key reseals that column alone and no chunk. A chunk is nonce and ciphertext
//! (XChaCha20-Poly1305), bound to its value, its number and how many there are: none can be left out or swapped.

use sealed_bytes::{Cipher, NONCE_LENGTH};

use super::{SealError, decoded_key, encoded};
use crate::platform::Random;

/// The key of one value.
pub struct DataKey([u8; 32]);

/// What a chunk is bound to.
fn associated_data(value: &str, number: usize, of: usize) -> Vec<u8> {
    format!("chunk\0{value}\0{number}\0{of}").into_bytes()
}

impl DataKey {
    /// A new one.
    pub fn new(random: &dyn Random) -> Self {
        let mut key = [0; 32];
        random.fill(&mut key);
        DataKey(key)
    }

    /// As text, to be sealed in a column.
    pub fn to_text(&self) -> String {
        encoded(&self.0)
    }

    /// From what was sealed in a column.
    pub fn from_text(text: &str) -> Result<Self, SealError> {
        decoded_key(text).map(DataKey).ok_or(SealError::DoesNotOpen)
    }

    fn cipher(&self) -> Cipher {
        Cipher::new(self.0)
    }

    /// Seals chunk `number` (from 0) `of` so many of a value.
    pub fn seal(
        &self,
        random: &dyn Random,
        value: &str,
        (number, of): (usize, usize),
        chunk: &[u8],
    ) -> Result<Vec<u8>, SealError> {
        let mut nonce = [0; NONCE_LENGTH];
        random.fill(&mut nonce);
        self.cipher()
            .seal(nonce, &associated_data(value, number, of), chunk)
            .ok_or(SealError::DoesNotOpen)
    }

    /// Opens a chunk in the very place that it was sealed for.
    pub fn open(
        &self,
        value: &str,
        (number, of): (usize, usize),
        sealed: &[u8],
    ) -> Result<Vec<u8>, SealError> {
        self.cipher()
            .open(&associated_data(value, number, of), sealed.to_vec())
            .ok_or(SealError::DoesNotOpen)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::platform::native::SeededRandom;

    proptest! {
        #[test]
        fn a_chunk_opens_in_its_place_and_nowhere_else(
            chunk in prop::collection::vec(any::<u8>(), 0..300),
            number in 0_usize..10,
            seed: u64,
        ) {
            let random = SeededRandom::new(seed);
            let key = DataKey::new(&random);
            let sealed = key.seal(&random, "a", (number, 11), &chunk).expect("sealed");
            let kept = DataKey::from_text(&key.to_text()).expect("the same key");
            prop_assert_eq!(kept.open("a", (number, 11), &sealed), Ok(chunk.clone()));
            let lost = Err(SealError::DoesNotOpen);
            prop_assert_eq!(key.open("b", (number, 11), &sealed), lost.clone());
            prop_assert_eq!(key.open("a", (number + 1, 11), &sealed), lost.clone());
            prop_assert_eq!(key.open("a", (number, 10), &sealed), lost.clone());
            prop_assert_eq!(key.open("a", (number, 11), &sealed[..sealed.len() - 1]), lost.clone());
            prop_assert_eq!(DataKey::new(&random).open("a", (number, 11), &sealed), lost);
            let again = key.seal(&random, "a", (number, 11), &chunk).expect("sealed");
            prop_assert_ne!(again, sealed);
        }
    }
}
