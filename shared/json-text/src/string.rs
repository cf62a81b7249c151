//! A text as a JSON string (RFC 8259, section 7): in quotation marks, with what may not stand there escaped.

/// A byte in each of a word's eight.
const fn each(byte: u8) -> u64 {
    u64::from_ne_bytes([byte; 8])
}

/// Whether a byte may not stand for itself.
fn is_escaped(byte: u8) -> bool {
    byte < 0x20 || byte == b'"' || byte == b'\\'
}

/// Whether one of a word's bytes may not. Every letter of an answer comes by here: eight at a time.
fn has_escaped(word: u64) -> bool {
    // The highest bit of each byte that is below `limit` (at most 128), and of none before the first that is.
    let below = |word: u64, limit: u8| word.wrapping_sub(each(limit)) & !word;
    let marks = below(word ^ each(b'"'), 1) | below(word ^ each(b'\\'), 1);
    (below(word, 0x20) | marks) & each(0x80) != 0
}

/// How many bytes at the beginning stand for themselves.
fn plain(bytes: &[u8]) -> usize {
    let (eights, _) = bytes.as_chunks();
    let words = eights
        .iter()
        .take_while(|eight| !has_escaped(u64::from_le_bytes(**eight)));
    let from = 8 * words.count();
    let rest = bytes[from..].iter().take_while(|byte| !is_escaped(**byte));
    from + rest.count()
}

/// Writes a text as a string.
pub(crate) fn write(into: &mut String, text: &str) {
    into.reserve(text.len() + 2);
    into.push('"');
    let mut left = text;
    loop {
        // What is escaped is ASCII, so a letter ends before it.
        let (plain, rest) = left.split_at(plain(left.as_bytes()));
        into.push_str(plain);
        let Some(byte) = rest.bytes().next() else {
            break;
        };
        escape(into, byte);
        left = &rest[1..];
    }
    into.push('"');
}

fn escape(into: &mut String, byte: u8) {
    let short = match byte {
        0x08 => 'b',
        b'\t' => 't',
        b'\n' => 'n',
        0x0c => 'f',
        b'\r' => 'r',
        b'"' | b'\\' => char::from(byte),
        _ => {
            into.push_str(if byte < 0x10 { "\\u000" } else { "\\u001" });
            into.push(char::from(b"0123456789abcdef"[usize::from(byte & 15)]));
            return;
        }
    };
    into.push('\\');
    into.push(short);
}
