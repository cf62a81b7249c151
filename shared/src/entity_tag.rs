//! Entity tags: whether whoever asks has a copy that is as what stands (RFC 9110, sections 8.8.3 and 13.1.2). Pure.

use http::HeaderMap;
use http::header::IF_NONE_MATCH;

/// Whether `If-None-Match` names this tag. They are compared weakly: a proxy that compresses an answer makes its tag
/// `W/"…"`.
pub fn is_known(headers: &HeaderMap, tag: &str) -> bool {
    let mut known = headers.get_all(IF_NONE_MATCH).iter();
    known.any(|known| names(known.as_bytes(), tag.as_bytes()))
}

fn names(known: &[u8], tag: &[u8]) -> bool {
    if known.trim_ascii() == b"*" {
        return true;
    }
    tags(known).any(|known| opaque(known) == opaque(tag))
}

fn opaque(tag: &[u8]) -> &[u8] {
    tag.strip_prefix(b"W/").unwrap_or(tag)
}

/// The tags of a list, up to what isn't one. A comma may stand in a tag, too, and a list may have empty places.
fn tags(list: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = list;
    std::iter::from_fn(move || {
        while let [b' ' | b'\t' | b',', after @ ..] = rest {
            rest = after;
        }
        let quoted = opaque(rest).strip_prefix(b"\"")?;
        let end = quoted.iter().position(|byte| *byte == b'"')?;
        let length = rest.len() - quoted.len() + end + 1;
        let (tag, after) = rest.split_at_checked(length)?;
        rest = after;
        Some(tag)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    fn known(lines: &[&'static str], tag: &str) -> bool {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(IF_NONE_MATCH, HeaderValue::from_static(line));
        }
        is_known(&headers, tag)
    }

    #[test]
    fn a_tag_is_known_whoever_made_it_weak() {
        for line in [r#""7-open""#, r#"W/"7-open""#] {
            assert!(known(&[line], r#""7-open""#), "{line}");
            assert!(known(&[line], r#"W/"7-open""#), "{line}");
            assert!(!known(&[line], r#""8-open""#), "{line}");
        }
    }

    #[test]
    fn one_of_several_is_enough_and_a_star_names_all() {
        for lines in [
            &[r#""6-open", W/"7-open""#] as &[_],
            &[r#", ,"7-open","8-open""#],
            &[r#""6-open""#, r#""7-open""#],
            &["*"],
            &[" * "],
        ] {
            assert!(known(lines, r#""7-open""#), "{lines:?}");
        }
        assert!(known(&[r#""a,b""#], r#""a,b""#), "a comma in a tag");
        assert!(!known(&[r#""a,"b",c""#], r#""b""#), "quotes are of one tag");
    }

    #[test]
    fn what_is_no_list_of_tags_names_none() {
        for line in [
            "",
            "7-open",
            "\"7-open",
            "7-open\"",
            "w/\"7-open\"",
            "\"*\"",
            "W/",
            ",",
        ] {
            assert!(!known(&[line], r#""7-open""#), "{line}");
        }
        assert!(!known(&[], r#""7-open""#));
    }
}
