//! WebP (RFC 9649): a RIFF of chunks. Kept are the picture, its transparency and its colour profile; EXIF, XMP and
//! what is unknown are left out, and the header says so. Moving pictures are not taken.

use super::{Reader, Unfit, fits};

/// The header's bits for a moving picture, XMP and EXIF.
const MOVING: u8 = 0x02;
const XMP: u8 = 0x04;
const EXIF: u8 = 0x08;

/// The picture without its metadata.
pub fn cleaned(file: &[u8]) -> Result<Vec<u8>, Unfit> {
    let mut outer = Reader(file);
    outer.take(4)?;
    let length = usize::try_from(u32::from_le_bytes(outer.array()?)).map_err(|_| Unfit::Cut)?;
    // What follows the length that it tells is no part of it.
    let mut reader = Reader(outer.take(length)?);
    reader.take(4)?;
    let mut kept = b"RIFF\0\0\0\0WEBP".to_vec();
    let (mut canvas, mut picture) = (None, None);
    let mut first = true;
    while !reader.0.is_empty() {
        let name: [u8; 4] = reader.array()?;
        let length =
            usize::try_from(u32::from_le_bytes(reader.array()?)).map_err(|_| Unfit::Cut)?;
        let body = reader.take(length)?;
        // Chunks are of even length; what fills them up may be missing at the very end.
        if length % 2 == 1 && !reader.0.is_empty() {
            reader.take(1)?;
        }
        let mut body = body.to_vec();
        match &name {
            b"VP8X" if first => {
                let [flags, _, _, _, w0, w1, w2, h0, h1, h2] = body.as_slice() else {
                    return Err(Unfit::Broken);
                };
                if flags & MOVING != 0 {
                    return Err(Unfit::Unknown);
                }
                let size = |a: &u8, b: &u8, c: &u8| 1 + u32::from_le_bytes([*a, *b, *c, 0]);
                canvas = Some((size(w0, w1, w2), size(h0, h1, h2)));
                body[0] &= !(XMP | EXIF);
            }
            b"VP8 " | b"VP8L" if picture.is_none() => {
                picture = Some(if &name == b"VP8 " {
                    lossy(&body)?
                } else {
                    lossless(&body)?
                });
            }
            b"ICCP" | b"ALPH" if canvas.is_some() && picture.is_none() => {}
            b"VP8X" | b"VP8 " | b"VP8L" => return Err(Unfit::Broken),
            b"ANIM" | b"ANMF" => return Err(Unfit::Unknown),
            _ if first => return Err(Unfit::Broken),
            _ => continue,
        }
        first = false;
        kept.extend(name);
        kept.extend((length as u32).to_le_bytes());
        kept.append(&mut body);
        if length % 2 == 1 {
            kept.push(0);
        }
    }
    let (width, height) = picture.ok_or(Unfit::Broken)?;
    fits(width, height)?;
    if canvas.is_some_and(|canvas| canvas != (width, height)) {
        return Err(Unfit::Broken);
    }
    let told = (kept.len() - 8) as u32;
    kept[4..8].copy_from_slice(&told.to_le_bytes());
    Ok(kept)
}

/// Width and height of a lossy picture: a VP8 key frame (RFC 6386, 9.1).
fn lossy(body: &[u8]) -> Result<(u32, u32), Unfit> {
    let [tag, _, _, 0x9D, 0x01, 0x2A, w0, w1, h0, h1] = *body.first_chunk().ok_or(Unfit::Cut)?
    else {
        return Err(Unfit::Broken);
    };
    if tag & 1 == 1 {
        return Err(Unfit::Broken);
    }
    let size = |low, high| u32::from(u16::from_le_bytes([low, high]) & 0x3FFF);
    Ok((size(w0, w1), size(h0, h1)))
}

/// Width and height of a lossless picture.
fn lossless(body: &[u8]) -> Result<(u32, u32), Unfit> {
    let [0x2F, a, b, c, d] = *body.first_chunk().ok_or(Unfit::Cut)? else {
        return Err(Unfit::Broken);
    };
    let bits = u32::from_le_bytes([a, b, c, d]);
    if bits >> 29 != 0 {
        return Err(Unfit::Broken);
    }
    Ok((1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)))
}
