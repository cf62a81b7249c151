//! What an isolate may remember between requests: results that can be computed again, never a truth.
//! Bounded, and known by a hash, so that it keeps no secret it was asked with. Where every request gets a
//! fresh instance (Spin), it is simply always empty.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// At most so many; then it begins anew, which costs each its computation once more.
const MOST: usize = 512;

/// Results by the SHA-256 of what they were computed from.
pub struct Remembered<V>(Mutex<BTreeMap<[u8; 32], V>>);

impl<V> Default for Remembered<V> {
    fn default() -> Self {
        Remembered(Mutex::new(BTreeMap::new()))
    }
}

impl<V: Clone> Remembered<V> {
    /// The result for this hash, unless it is forgotten.
    pub fn get(&self, hash: &[u8; 32]) -> Option<V> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.get(hash).cloned()
    }

    /// Remembers a result.
    pub fn keep(&self, hash: [u8; 32], result: V) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= MOST {
            kept.clear();
        }
        kept.insert(hash, result);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hash(number: usize) -> [u8; 32] {
        hmac_sha256::Hash::hash(number.to_string().as_bytes())
    }

    #[test]
    fn what_was_kept_is_there_and_nothing_else() {
        let remembered = Remembered::default();
        remembered.keep(hash(1), "one");
        assert_eq!(remembered.get(&hash(1)), Some("one"));
        assert_eq!(remembered.get(&hash(2)), None);
    }

    #[test]
    fn it_never_grows_beyond_its_bound() {
        let remembered = Remembered::default();
        for number in 0..3 * MOST {
            remembered.keep(hash(number), number);
        }
        assert!(remembered.0.lock().unwrap().len() <= MOST);
        assert_eq!(remembered.get(&hash(3 * MOST - 1)), Some(3 * MOST - 1));
    }
}
