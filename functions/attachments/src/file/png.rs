//! PNG (W3C, third edition): chunks with a length, a name and a checksum. Kept are those that decoding needs and
//! those that say how colours and transparency are meant; texts, EXIF, times and animations are left out.

use super::{Reader, Unfit, fits};

/// How every PNG begins.
pub const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";
/// A colour profile is packed, too: a larger one unfolds into more than a screen needs.
const LARGEST_PROFILE: usize = 100_000;

/// The picture without its metadata.
pub fn cleaned(file: &[u8]) -> Result<Vec<u8>, Unfit> {
    let mut reader = Reader(file);
    let mut kept = reader.take(SIGNATURE.len())?.to_vec();
    let (mut chunks, mut has_pixels) = (0_u32, false);
    loop {
        let whole = reader.0;
        let length =
            usize::try_from(u32::from_be_bytes(reader.array()?)).map_err(|_| Unfit::Cut)?;
        let name: [u8; 4] = reader.array()?;
        let body = reader.take(length)?;
        if u32::from_be_bytes(reader.array()?) != checksum(&whole[4..8 + length]) {
            return Err(Unfit::Broken);
        }
        chunks += 1;
        if (chunks == 1) != (&name == b"IHDR") {
            return Err(Unfit::Broken);
        }
        match &name {
            b"IHDR" => head(body)?,
            b"IDAT" => has_pixels = true,
            b"IEND" if has_pixels && body.is_empty() => {
                kept.extend(&whole[..12]);
                return Ok(kept);
            }
            b"PLTE" if body.len() % 3 == 0 && body.len() <= 768 => {}
            b"tRNS" | b"gAMA" | b"cHRM" | b"sRGB" | b"sBIT" | b"bKGD" | b"pHYs" | b"cICP"
                if body.len() <= 768 => {}
            b"iCCP" if body.len() <= LARGEST_PROFILE => {}
            // Small letters in front: not needed to show the picture.
            [first, ..] if first.is_ascii_lowercase() => continue,
            _ => return Err(Unfit::Broken),
        }
        kept.extend(&whole[..12 + length]);
    }
}

/// The header: width and height, and a way of coding that exists.
fn head(body: &[u8]) -> Result<(), Unfit> {
    let [
        w0,
        w1,
        w2,
        w3,
        h0,
        h1,
        h2,
        h3,
        depth,
        colours,
        packing,
        filter,
        interlace,
    ] = *body
    else {
        return Err(Unfit::Broken);
    };
    let coded = matches!(
        (colours, depth),
        (0, 1 | 2 | 4 | 8 | 16) | (3, 1 | 2 | 4 | 8) | (2 | 4 | 6, 8 | 16)
    );
    if !coded || packing != 0 || filter != 0 || interlace > 1 {
        return Err(Unfit::Broken);
    }
    fits(
        u32::from_be_bytes([w0, w1, w2, w3]),
        u32::from_be_bytes([h0, h1, h2, h3]),
    )
}

/// CRC-32 (ISO 3309), as the specification's annex has it.
pub(super) fn checksum(bytes: &[u8]) -> u32 {
    const TABLE: [u32; 256] = {
        let mut table = [0; 256];
        let mut place = 0;
        while place < 256 {
            let mut value = place as u32;
            let mut bit = 0;
            while bit < 8 {
                value = if value & 1 == 1 {
                    0xEDB8_8320 ^ (value >> 1)
                } else {
                    value >> 1
                };
                bit += 1;
            }
            table[place] = value;
            place += 1;
        }
        table
    };
    !bytes.iter().fold(u32::MAX, |sum, byte| {
        TABLE[usize::from((sum as u8) ^ byte)] ^ (sum >> 8)
    })
}
