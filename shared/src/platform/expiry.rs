//! How a key-value adapter keeps the moment a value runs out: as text in front of it, up to a line end.
//! Spin's key-value knows no expiry at all, and Workers KV none below 60 seconds.

use crate::time::Timestamp;

/// The value as it is kept.
pub fn with_expiry(value: &[u8], expires_at: Option<Timestamp>) -> Vec<u8> {
    let mut kept = expires_at
        .map(|at| at.millis().to_string())
        .unwrap_or_default()
        .into_bytes();
    kept.push(b'\n');
    kept.extend_from_slice(value);
    kept
}

/// The value that was kept, or nothing where its time has come or it was not kept by [`with_expiry`].
pub fn unless_expired(kept: &[u8], now: Timestamp) -> Option<Vec<u8>> {
    let end = kept.iter().position(|byte| *byte == b'\n')?;
    let (expiry, value) = (kept.get(..end)?, kept.get(end + 1..)?);
    if !expiry.is_empty() {
        let at: i64 = std::str::from_utf8(expiry).ok()?.parse().ok()?;
        if at <= now.millis() {
            return None;
        }
    }
    Some(value.to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_there_until_its_moment_and_gone_at_it() {
        let kept = with_expiry(b"a\nb", Some(Timestamp::from_millis(1000)));
        assert_eq!(
            unless_expired(&kept, Timestamp::from_millis(999)),
            Some(b"a\nb".to_vec())
        );
        assert_eq!(unless_expired(&kept, Timestamp::from_millis(1000)), None);
    }

    #[test]
    fn a_value_without_a_moment_stays() {
        let kept = with_expiry(b"", None);
        assert_eq!(
            unless_expired(&kept, Timestamp::from_millis(i64::MAX)),
            Some(vec![])
        );
    }
}
