//! What an isolate may remember between requests: results that can be computed again, never a truth.
//! Bounded, and gone with the isolate. Where every request gets a fresh instance (Spin), it is simply
//! always empty.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use crate::sealing::equal_in_constant_time;

/// At most so many; then it begins anew, which costs each its computation once more.
const MOST: usize = 512;
/// How much of a token it is found by: less than half of what proves it, of no use without the rest.
const MARK: usize = 40;

/// Results by the token they were computed from. Found by the token's last characters and then compared
/// whole, in constant time: a hash of it would cost more than all else that a known token needs.
pub struct Remembered<V>(Mutex<BTreeMap<String, (String, V)>>);

impl<V> Default for Remembered<V> {
    fn default() -> Self {
        Remembered(Mutex::new(BTreeMap::new()))
    }
}

/// The token's last characters. Tokens are ASCII; what isn't one is never kept.
fn mark(token: &str) -> &str {
    let begin = token.len().saturating_sub(MARK);
    token.get(begin..).unwrap_or_default()
}

impl<V: Clone> Remembered<V> {
    /// The result for this token, unless it is forgotten.
    pub fn get(&self, token: &str) -> Option<V> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (whole, result) = kept.get(mark(token))?;
        equal_in_constant_time(whole, token).then(|| result.clone())
    }

    /// Remembers a result.
    pub fn keep(&self, token: &str, result: V) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= MOST {
            kept.clear();
        }
        kept.insert(mark(token).to_owned(), (token.to_owned(), result));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(number: usize) -> String {
        format!("eyJ.{number}.{number:0>86}")
    }

    #[test]
    fn what_was_kept_is_there_and_nothing_else() {
        let remembered = Remembered::default();
        remembered.keep(&token(1), "one");
        assert_eq!(remembered.get(&token(1)), Some("one"));
        assert_eq!(remembered.get(&token(2)), None);
    }

    #[test]
    fn another_text_with_the_same_end_is_not_known() {
        let remembered = Remembered::default();
        remembered.keep(&token(1), "one");
        let forged = token(1).replacen("eyJ.1", "eyJ.2", 1);
        assert_eq!(mark(&forged), mark(&token(1)));
        assert_eq!(remembered.get(&forged), None);
        assert_eq!(remembered.get(mark(&forged)), None);
        assert_eq!(remembered.get(""), None);
    }

    #[test]
    fn it_never_grows_beyond_its_bound() {
        let remembered = Remembered::default();
        for number in 0..3 * MOST {
            remembered.keep(&token(number), number);
        }
        assert!(remembered.0.lock().unwrap().len() <= MOST);
        let last = 3 * MOST - 1;
        assert_eq!(remembered.get(&token(last)), Some(last));
    }
}
