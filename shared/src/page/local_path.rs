//! Addresses within this site, as "where to go on" after sign-in: whatever came from outside is checked
//! here once, so that no redirect leads to another site.

/// A path with its query on this very site, `/` where nothing fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalPath(String);

/// Nothing of ours is longer.
const LONGEST: usize = 512;

impl LocalPath {
    /// The start page.
    pub fn start() -> Self {
        LocalPath("/".into())
    }

    /// From a text out of a query, form or cookie. Anything a browser could read as another site's
    /// address (`//host`, `/\host`, a tab in between) becomes the start page.
    pub fn from_outside(text: &str) -> Self {
        let begins_here = text.starts_with('/') && !text[1..].starts_with('/');
        let plain = text
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'\\' | b'"' | b'<' | b'>'));
        if begins_here && plain && text.len() <= LONGEST {
            LocalPath(text.to_owned())
        } else {
            Self::start()
        }
    }

    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// As the value of a query parameter.
    pub fn in_query(&self) -> String {
        percent_encoded(&self.0)
    }
}

/// A text as a value in a query or a form: all but unreserved characters as `%XX` (RFC 3986).
pub fn percent_encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len() + 16);
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn addresses_of_this_site_stay_and_others_become_the_start_page() {
        for good in ["/", "/booking/x?day=2026-11-30&a=%C3%A5", "/t/abc#x"] {
            assert_eq!(LocalPath::from_outside(good).as_str(), good);
        }
        for bad in [
            "",
            "https://elsewhere.example/",
            "//elsewhere.example",
            "/\\elsewhere.example",
            "/\t/elsewhere.example",
            "\\/elsewhere.example",
            "javascript:alert(1)",
            "/a\r\nset-cookie: x=y",
            "elsewhere.example",
            " /a",
        ] {
            assert_eq!(LocalPath::from_outside(bad).as_str(), "/", "{bad:?}");
        }
    }

    proptest! {
        #[test]
        fn whatever_comes_is_a_path_of_ours(text in "\\PC*|[/\\\\a-z:.@]*") {
            let path = LocalPath::from_outside(&text);
            prop_assert!(path.as_str().starts_with('/'));
            prop_assert!(!path.as_str().starts_with("//") && !path.as_str().contains('\\'));
        }
    }
}
