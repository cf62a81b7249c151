//! A form with a file, as browsers send it without scripts (multipart/form-data, RFC 7578). Pure.

/// The fields of a form, in its order: name and bytes. Nothing where the body is no such form.
pub fn fields<'a>(content_type: &str, body: &'a [u8]) -> Option<Vec<Field<'a>>> {
    let (found, is_whole) = parts(content_type, body)?;
    is_whole.then(|| {
        let fields = found.into_iter().map(|part| (part.name, part.value));
        fields.collect()
    })
}

/// A field: its name and bytes.
pub type Field<'a> = (String, &'a [u8]);

/// What stands in the fields of a form that may break off, but for its files, by name.
pub fn texts(content_type: &str, body: &[u8]) -> Vec<(String, String)> {
    let parts = parts(content_type, body).map_or_else(Vec::new, |(parts, _)| parts);
    let texts = parts.into_iter().filter(|part| !part.is_file);
    texts
        .map(|part| {
            let text = String::from_utf8_lossy(part.value);
            (part.name, text.into_owned())
        })
        .collect()
}

struct Part<'a> {
    name: String,
    is_file: bool,
    value: &'a [u8],
}

/// The parts of a form that may break off, those that are whole; and whether the form is.
fn parts<'a>(content_type: &str, body: &'a [u8]) -> Option<(Vec<Part<'a>>, bool)> {
    let (kind, parameters) = content_type.split_once(';')?;
    if !kind.trim().eq_ignore_ascii_case("multipart/form-data") {
        return None;
    }
    let boundary = parameters.trim().strip_prefix("boundary=")?;
    let delimiter = format!("--{}", boundary.trim_matches('"')).into_bytes();
    let mut rest = body.strip_prefix(delimiter.as_slice())?;
    let between = [b"\r\n".as_slice(), &delimiter].concat();
    let mut found = vec![];
    while let Some(part) = rest.strip_prefix(b"\r\n") {
        let Some(end) = place_of(part, &between) else {
            return Some((found, false));
        };
        let head = place_of(&part[..end], b"\r\n\r\n")?;
        let (name, is_file) = std::str::from_utf8(&part[..head])
            .ok()?
            .lines()
            .find_map(named_in)?;
        found.push(Part {
            name,
            is_file,
            value: &part[head + 4..end],
        });
        rest = &part[end + between.len()..];
    }
    Some((found, rest.starts_with(b"--")))
}

/// The field's name in a part's Content-Disposition, and whether it is a file.
fn named_in(line: &str) -> Option<(String, bool)> {
    let (header, value) = line.split_once(':')?;
    if !header.eq_ignore_ascii_case("content-disposition") {
        return None;
    }
    let named = value
        .split(';')
        .find_map(|one| one.trim().strip_prefix("name="))?;
    let is_file = value.contains("; filename");
    Some((named.trim_matches('"').to_owned(), is_file))
}

/// Where a text begins in a larger one. Looks for its first byte first: files have millions.
fn place_of(text: &[u8], wanted: &[u8]) -> Option<usize> {
    let first = wanted.first()?;
    let mut from = 0;
    loop {
        let rest = text.get(from..)?;
        let at = from + rest.iter().position(|byte| byte == first)?;
        if text[at..].starts_with(wanted) {
            return Some(at);
        }
        from = at + 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const TYPE: &str = "multipart/form-data; boundary=----x7";

    #[test]
    fn a_browsers_form_gives_its_fields_and_the_files_bytes_as_they_are() {
        let body = b"------x7\r\nContent-Disposition: form-data; name=\"minutes\"\r\n\r\n30\r\n------x7\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a;b.csv\"\r\nContent-Type: text/csv\r\n\r\nnamn\r\n\xc5sa\r\n\r\n------x7--\r\n";
        let fields = fields(TYPE, body).expect("a form");
        assert_eq!(fields[0], ("minutes".to_owned(), b"30".as_slice()));
        assert_eq!(
            fields[1],
            ("file".to_owned(), b"namn\r\n\xc5sa\r\n".as_slice())
        );
    }

    #[test]
    fn of_a_form_that_breaks_off_what_stands_before_its_file_can_be_read() {
        let body = b"------x7\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\nS\xc3\xa5 h\xc3\xa4r\r\n------x7\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.jpg\"\r\n\r\n\xff\xd8";
        assert_eq!(fields(TYPE, body), None);
        assert_eq!(
            texts(TYPE, body),
            [("text".to_owned(), "Så här".to_owned())]
        );
    }

    proptest! {
        #[test]
        fn any_body_is_a_form_or_none(body in proptest::collection::vec(any::<u8>(), 0..200), begins in any::<bool>()) {
            let mut whole = if begins { b"------x7\r\n".to_vec() } else { vec![] };
            whole.extend(body);
            let _ = fields(TYPE, &whole);
            let _ = fields("multipart/form-data", &whole);
            let _ = texts(TYPE, &whole);
        }
    }
}
