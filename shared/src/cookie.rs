//! Cookies, all of one kind: `__Host-`, HttpOnly, Secure, SameSite=Lax, so that no script reads them and
//! no other host or path sets them. Says how one is read and written, not what is in it.

use http::{HeaderMap, HeaderValue, header};

/// The names in use.
pub mod name {
    /// The session's token, for 15 minutes at a time.
    pub const SESSION: &str = "__Host-session";
    /// What renews it, once.
    pub const REFRESH: &str = "__Host-refresh";
    /// A sign-in under way: what binds state and nonce to this browser.
    pub const SIGN_IN: &str = "__Host-sign-in";
    /// A form that was sent after its session had ended: under what it is kept.
    pub const KEPT_FORM: &str = "__Host-kept-form";
    /// Who is signed in, sealed: a patient's name; a practitioner's and the unit's. For the top of pages alone.
    pub const NAME: &str = "__Host-name";
    /// The language that was chosen.
    pub const LANGUAGE: &str = "__Host-language";
    /// The language of the signed-in patient's profile, until they sign out.
    pub const PROFILE_LANGUAGE: &str = "__Host-profile-language";
}

/// The value of a cookie, or nothing where it is missing, or sent twice: then somebody else set one.
pub fn read<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut found = None;
    for line in headers.get_all(header::COOKIE) {
        for pair in line.to_str().ok()?.split(';') {
            let Some((key, value)) = pair.trim().split_once('=') else {
                continue;
            };
            if key == name {
                if found.is_some() {
                    return None;
                }
                found = Some(value);
            }
        }
    }
    found.filter(|value| !value.is_empty())
}

/// A `Set-Cookie` that keeps a value for so many seconds. Values are of our own making: base64url, dots
/// and digits; another is left out rather than sent broken.
pub fn set(name: &str, value: &str, seconds: i64) -> Option<HeaderValue> {
    let plain = value
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'));
    if !plain {
        return None;
    }
    HeaderValue::from_str(&format!(
        "{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; Secure; SameSite=Lax"
    ))
    .ok()
}

/// A `Set-Cookie` that makes the browser forget one.
pub fn forget(name: &str) -> Option<HeaderValue> {
    set(name, "", 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(lines: &[&'static str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(header::COOKIE, HeaderValue::from_static(line));
        }
        headers
    }

    #[test]
    fn a_cookie_is_found_by_its_whole_name() {
        let sent = headers(&["a=1; __Host-session=x.y.z; session=no"]);
        assert_eq!(read(&sent, name::SESSION), Some("x.y.z"));
        assert_eq!(read(&sent, name::REFRESH), None);
    }

    #[test]
    fn a_cookie_that_comes_twice_or_empty_is_none() {
        assert_eq!(read(&headers(&["a=1; a=2"]), "a"), None);
        assert_eq!(read(&headers(&["a=1", "a=1"]), "a"), None);
        assert_eq!(read(&headers(&["a="]), "a"), None);
    }

    #[test]
    fn a_value_that_would_break_out_of_its_header_is_not_sent() {
        assert_eq!(set("a", "x; Domain=elsewhere.example", 1), None);
        let sent = set("__Host-a", "x.y", 60).expect("a header");
        assert_eq!(
            sent,
            "__Host-a=x.y; Path=/; Max-Age=60; HttpOnly; Secure; SameSite=Lax"
        );
    }
}
