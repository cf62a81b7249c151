//! JPEG (ITU-T T.81): segments behind markers, and scans of coded pixels between them. Kept are the segments that
//! decoding needs, JFIF's and Adobe's (how colours are coded) and the colour profile. Of EXIF the way the picture is
//! turned stays, in an EXIF of our own with that alone; all else, and whatever follows the end, is left out.

use super::{Reader, Unfit, fits};

/// More scans than any camera or programme makes; each would be decoded over the whole picture.
const MOST_SCANS: usize = 100;

const START_OF_SCAN: u8 = 0xDA;
const END: u8 = 0xD9;

/// The picture without its metadata.
pub fn cleaned(file: &[u8]) -> Result<Vec<u8>, Unfit> {
    let mut reader = Reader(file);
    reader.take(2)?;
    let mut kept = vec![0xFF, 0xD8];
    let (mut turned, mut has_frame, mut scans) = (false, false, 0);
    loop {
        let marker = next_marker(&mut reader)?;
        if marker == END {
            if scans == 0 {
                return Err(Unfit::Broken);
            }
            kept.extend([0xFF, END]);
            return Ok(kept);
        }
        let length = usize::from(u16::from_be_bytes(reader.array()?));
        let body = reader.take(length.checked_sub(2).ok_or(Unfit::Broken)?)?;
        match marker {
            // A frame: baseline, extended or progressive, Huffman or arithmetic. DHT, JPG and DAC lie between.
            0xC0..=0xCF if !matches!(marker, 0xC4 | 0xC8 | 0xCC) => {
                let frame = body.first_chunk::<6>().ok_or(Unfit::Broken)?;
                let size = |place| u32::from(u16::from_be_bytes([frame[place], frame[place + 1]]));
                fits(size(3), size(1))?;
                // Those of several frames are no photographs, and no browser shows them.
                if std::mem::replace(&mut has_frame, true) {
                    return Err(Unfit::Broken);
                }
            }
            START_OF_SCAN => {
                scans += 1;
                if !has_frame || scans > MOST_SCANS {
                    return Err(Unfit::Broken);
                }
            }
            // Tables: Huffman's, arithmetic's, quantisation, restart interval.
            0xC4 | 0xCC | 0xDB | 0xDD => {}
            0xE0 if body.starts_with(b"JFIF\0") => {}
            0xE1 if body.starts_with(b"Exif\0") => {
                let turn = body.get(6..).and_then(orientation);
                if let Some(turn @ 2..=8) = turn
                    && !turned
                {
                    turned = true;
                    kept.extend(exif_of(turn));
                }
                continue;
            }
            0xE2 if body.starts_with(b"ICC_PROFILE\0") => {}
            0xEE if body.starts_with(b"Adobe") => {}
            // Other applications' segments, and comments.
            0xE0..=0xEF | 0xFE => continue,
            _ => return Err(Unfit::Broken),
        }
        kept.extend([0xFF, marker]);
        kept.extend((length as u16).to_be_bytes());
        // JFIF's own thumbnail shows the picture as it was before somebody cut something out of it.
        if marker == 0xE0 {
            let place = kept.len() - 2;
            kept.truncate(place);
            kept.extend(without_thumbnail(body)?);
        } else {
            kept.extend(body);
        }
        if marker == START_OF_SCAN {
            let coded = scan_length(reader.0)?;
            kept.extend(reader.take(coded)?);
        }
    }
}

/// The next marker's second byte; fill bytes before it are allowed.
fn next_marker(reader: &mut Reader) -> Result<u8, Unfit> {
    let [first] = reader.array()?;
    if first != 0xFF {
        return Err(Unfit::Broken);
    }
    loop {
        let [marker] = reader.array()?;
        if marker != 0xFF {
            return Ok(marker);
        }
    }
}

/// JFIF's segment from its length on, with the thumbnail's size as none.
fn without_thumbnail(body: &[u8]) -> Result<Vec<u8>, Unfit> {
    let head = body.get(..12).ok_or(Unfit::Broken)?;
    Ok([&[0, 16], head, &[0, 0]].concat())
}

/// How long a scan's coded pixels are: up to the next marker that is none of its own.
fn scan_length(coded: &[u8]) -> Result<usize, Unfit> {
    let mut place = 0;
    loop {
        let found = coded.get(place..).ok_or(Unfit::Cut)?;
        let at = found
            .iter()
            .position(|byte| *byte == 0xFF)
            .ok_or(Unfit::Cut)?;
        match found.get(at + 1).ok_or(Unfit::Cut)? {
            // A byte of the pixels, or where decoding may begin anew.
            0x00 | 0xD0..=0xD7 => place += at + 2,
            // A fill byte.
            0xFF => place += at + 1,
            _ => return Ok(place + at),
        }
    }
}

/// The way the picture is turned, 1 to 8, in EXIF's first directory (TIFF 6.0); nothing where it can't be read.
fn orientation(tiff: &[u8]) -> Option<u16> {
    let little = match tiff.get(..4)? {
        b"II*\0" => true,
        b"MM\0*" => false,
        _ => return None,
    };
    let short = |place: usize| -> Option<u16> {
        let bytes = *tiff.get(place..)?.first_chunk()?;
        Some(if little {
            u16::from_le_bytes(bytes)
        } else {
            u16::from_be_bytes(bytes)
        })
    };
    let long = |place: usize| -> Option<u32> {
        let (a, b) = (u32::from(short(place)?), u32::from(short(place + 2)?));
        Some(if little { b << 16 | a } else { a << 16 | b })
    };
    let directory = usize::try_from(long(4)?).ok()?;
    let entries = usize::from(short(directory)?);
    let mut places = (0..entries).map(|entry| directory + 2 + 12 * entry);
    let place = places.find(|place| short(*place) == Some(0x0112))?;
    // One SHORT, kept in the entry itself.
    (short(place + 2)? == 3 && long(place + 4)? == 1)
        .then(|| short(place + 8))
        .flatten()
        .filter(|turn| (1..=8).contains(turn))
}

/// A segment with an EXIF that says nothing but how the picture is turned.
fn exif_of(turn: u16) -> Vec<u8> {
    let mut segment =
        b"\xFF\xE1\x00\x22Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01".to_vec();
    segment.extend(turn.to_be_bytes());
    segment.extend([0; 6]);
    segment
}
