//! What a file is, by its content alone, and the file without what tells more than its picture: pure, no I/O.
//! Each format's parts are copied one by one, and only those that a picture needs; what is unknown stays behind.

mod jpeg;
mod pdf;
mod png;
mod webp;

use serde::Serialize;
use utoipa::ToSchema;

/// The largest file, in bytes.
pub const LARGEST: usize = 10 * 1024 * 1024;
/// The most pixels that a picture may unfold into.
pub const MOST_PIXELS: u64 = 50_000_000;

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A photograph.
    Jpeg,
    /// A picture, a screen's for one.
    Png,
    /// A picture.
    Webp,
    /// A document.
    Pdf,
}

impl Kind {
    /// As the store keeps it.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Jpeg => "jpeg",
            Kind::Png => "png",
            Kind::Webp => "webp",
            Kind::Pdf => "pdf",
        }
    }

    /// Its media type.
    pub fn media_type(self) -> &'static str {
        match self {
            Kind::Jpeg => "image/jpeg",
            Kind::Png => "image/png",
            Kind::Webp => "image/webp",
            Kind::Pdf => "application/pdf",
        }
    }
}

impl std::str::FromStr for Kind {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let all = [Kind::Jpeg, Kind::Png, Kind::Webp, Kind::Pdf];
        all.into_iter().find(|kind| kind.as_str() == text).ok_or(())
    }
}

/// Why a file can't be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unfit {
    /// There is nothing in it.
    Empty,
    /// More than [`LARGEST`] bytes.
    TooLarge,
    /// None of the four, whatever its name says.
    Unknown,
    /// It ends before its end.
    Cut,
    /// It is one of the four, and not made as that format says.
    Broken,
    /// It would unfold into more than [`MOST_PIXELS`].
    TooManyPixels,
}

/// A file that can be kept.
#[derive(Debug, PartialEq, Eq)]
pub struct Cleaned {
    /// What it is.
    pub kind: Kind,
    /// Its bytes, without what was left out.
    pub bytes: Vec<u8>,
}

/// What a file is, and its bytes without metadata: place, time, device, comments, thumbnails. Of a photograph the
/// way it is turned stays. A PDF stays as it is.
pub fn cleaned(file: &[u8]) -> Result<Cleaned, Unfit> {
    if file.is_empty() {
        return Err(Unfit::Empty);
    }
    if file.len() > LARGEST {
        return Err(Unfit::TooLarge);
    }
    let (kind, bytes) = if file.starts_with(&[0xFF, 0xD8, 0xFF]) {
        (Kind::Jpeg, jpeg::cleaned(file)?)
    } else if file.starts_with(png::SIGNATURE) {
        (Kind::Png, png::cleaned(file)?)
    } else if file.starts_with(b"RIFF") && file.get(8..12) == Some(b"WEBP") {
        (Kind::Webp, webp::cleaned(file)?)
    } else if file.starts_with(b"%PDF-") {
        pdf::check(file)?;
        (Kind::Pdf, file.to_vec())
    } else {
        return Err(Unfit::Unknown);
    };
    Ok(Cleaned { kind, bytes })
}

/// Whether a picture of this width and height can be taken.
fn fits(width: u32, height: u32) -> Result<(), Unfit> {
    match u64::from(width) * u64::from(height) {
        0 => Err(Unfit::Broken),
        pixels if pixels > MOST_PIXELS => Err(Unfit::TooManyPixels),
        _ => Ok(()),
    }
}

/// A file's bytes, read from its beginning; what isn't there was cut.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Result<&'a [u8], Unfit> {
        let (taken, rest) = self.0.split_at_checked(length).ok_or(Unfit::Cut)?;
        self.0 = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Unfit> {
        let (taken, rest) = self.0.split_first_chunk::<N>().ok_or(Unfit::Cut)?;
        self.0 = rest;
        Ok(*taken)
    }
}

#[cfg(test)]
pub(crate) mod tests;
