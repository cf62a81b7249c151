//! The files that browsers load besides pages, where the front door serves them itself: on Spin they are mounted
//! into it (spin.toml). On Workers the platform serves them before the front door runs.

/// Where they are mounted.
const FOLDER: &str = "/static";

/// The bytes of one, by the last part of its address.
pub fn read(name: &str) -> Option<Vec<u8>> {
    is_name(name)
        .then(|| std::fs::read(format!("{FOLDER}/{name}")).ok())
        .flatten()
}

/// As tools/assets names them: nothing that could lead elsewhere.
fn is_name(name: &str) -> bool {
    name.len() <= 100
        && !name.starts_with('.')
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_leads_nowhere_else() {
        assert!(is_name("style-0123456789.css"));
        for other in ["..", "../etc/passwd", ".hidden", "a/b", "a\\b", "a%2e"] {
            assert!(!is_name(other), "{other}");
            assert_eq!(read(other), None);
        }
    }
}
