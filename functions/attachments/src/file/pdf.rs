//! PDF (ISO 32000): looked at and left as it is, for what a document tells stands all through it. It begins at the
//! first byte, so that no other kind of file hides in front, and ends with where its table lies.

use super::Unfit;

/// How far from the end a reader looks for it.
const TAIL: usize = 2_048;

/// Whether it has its beginning and its end.
pub fn check(file: &[u8]) -> Result<(), Unfit> {
    let [b'%', b'P', b'D', b'F', b'-', major, b'.', minor, ..] = *file else {
        return Err(Unfit::Broken);
    };
    if !matches!(major, b'1' | b'2') || !minor.is_ascii_digit() {
        return Err(Unfit::Broken);
    }
    let tail = &file[file.len().saturating_sub(TAIL)..];
    let last = |wanted: &[u8]| {
        tail.windows(wanted.len())
            .rposition(|found| found == wanted)
    };
    match (last(b"startxref"), last(b"%%EOF")) {
        (Some(table), Some(end)) if table < end => Ok(()),
        _ => Err(Unfit::Cut),
    }
}
