//! Against requests forged by other sites (CSRF): whatever changes something must come from a page of this
//! site or from a program, judged for every route in one place, `service`, so that no handler can forget it.
//!
//! Browsers say where a request comes from by `Sec-Fetch-Site`, older ones by `Origin`; scripts of other
//! sites can set neither. A request with neither and without our cookies is a program's.

use http::{HeaderMap, Method, StatusCode};

use crate::cookie;
use crate::platform::Secrets;
use crate::problem::Problem;

/// Refuses a request that another site made somebody's browser send.
pub fn check(method: &Method, headers: &HeaderMap, secrets: &dyn Secrets) -> Result<(), Problem> {
    if method.is_safe() || comes_from_here(headers, secrets) {
        return Ok(());
    }
    Err(Problem::new(
        StatusCode::FORBIDDEN,
        "cross-site",
        "This request came from another site",
    )
    .detail("Nothing was changed. Send it from a page of this site, or as a program with a Bearer token and no cookies."))
}

fn comes_from_here(headers: &HeaderMap, secrets: &dyn Secrets) -> bool {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    match (text("sec-fetch-site"), text("origin")) {
        // "none": the person's own doing, such as an address typed in.
        (Some(site), _) => matches!(site, "same-origin" | "none"),
        (None, Some(origin)) => public_origin(secrets).is_some_and(|own| own == origin),
        (None, None) => [
            cookie::name::SESSION,
            cookie::name::REFRESH,
            cookie::name::SIGN_IN,
        ]
        .iter()
        .all(|name| cookie::read(headers, name).is_none()),
    }
}

/// Where this deployment is reached, as `https://vard.example`: the setting `PUBLIC_ORIGIN`.
pub fn public_origin(secrets: &dyn Secrets) -> Option<String> {
    secrets
        .get("PUBLIC_ORIGIN")
        .map(|origin| origin.trim_end_matches('/').to_owned())
        .filter(|origin| !origin.is_empty())
}

/// The same where there is no going on without it: for links in messages, and for who calls us back.
pub fn own_origin(secrets: &dyn Secrets) -> Result<String, Problem> {
    public_origin(secrets).ok_or_else(|| Problem::internal("PUBLIC_ORIGIN is not set"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::native::SetSecrets;
    use http::{HeaderName, HeaderValue};

    fn allowed(method: &Method, sent: &[(&'static str, &'static str)]) -> bool {
        let own = (
            "PUBLIC_ORIGIN".to_owned(),
            "https://vard.example".to_owned(),
        );
        let mut headers = HeaderMap::new();
        for (name, value) in sent {
            headers.insert(
                HeaderName::from_static(name),
                HeaderValue::from_static(value),
            );
        }
        check(method, &headers, &SetSecrets::new([own])).is_ok()
    }

    #[test]
    fn what_changes_something_comes_from_this_site_or_from_a_program() {
        let cookie = ("cookie", "__Host-session=x");
        let post = |sent: &[(&'static str, &'static str)]| allowed(&Method::POST, sent);
        assert!(post(&[("sec-fetch-site", "same-origin"), cookie]));
        assert!(post(&[("sec-fetch-site", "none"), cookie]));
        assert!(post(&[("origin", "https://vard.example"), cookie]));
        assert!(post(&[("authorization", "Bearer x")]));
        assert!(post(&[]));
        for site in ["cross-site", "same-site", "nonsense"] {
            assert!(!post(&[("sec-fetch-site", site)]), "{site}");
            assert!(!post(&[
                ("sec-fetch-site", site),
                ("origin", "https://vard.example")
            ]));
        }
        for origin in ["https://elsewhere.example", "null", "http://vard.example"] {
            assert!(!post(&[("origin", origin)]), "{origin}");
        }
        assert!(!post(&[cookie]), "a browser's cookie from nowhere");
        assert!(!post(&[("cookie", "__Host-refresh=x")]));
    }

    #[test]
    fn looking_is_free() {
        assert!(allowed(
            &Method::GET,
            &[
                ("sec-fetch-site", "cross-site"),
                ("cookie", "__Host-session=x")
            ]
        ));
    }
}
