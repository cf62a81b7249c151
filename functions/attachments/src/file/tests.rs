//! Files as cameras and people send them, and files that lie, bomb or are cut.

use proptest::prelude::*;

use super::*;

/// Where metadata says that a picture was taken: what may be left nowhere.
const PLACE: &[u8] = b"57.70887N 11.97456E";

fn holds(bytes: &[u8], wanted: &[u8]) -> bool {
    bytes.windows(wanted.len()).any(|found| found == wanted)
}

fn segment(marker: u8, body: &[u8]) -> Vec<u8> {
    let length = (body.len() as u16 + 2).to_be_bytes();
    [&[0xFF, marker], &length[..], body].concat()
}

/// EXIF with a place in it, turned so.
fn exif(turn: u8, little: bool) -> Vec<u8> {
    let head: &[u8] = if little {
        b"Exif\0\0II*\0\x08\0\0\0\x02\0\x0F\x01\x02\0\x13\0\0\0\x26\0\0\0\x12\x01\x03\0\x01\0\0\0"
    } else {
        b"Exif\0\0MM\0*\0\0\0\x08\0\x02\x01\x0F\0\x02\0\0\0\x13\0\0\0\x26\x01\x12\0\x03\0\0\0\x01"
    };
    let value = if little {
        [turn, 0, 0, 0]
    } else {
        [0, turn, 0, 0]
    };
    [head, &value, &[0; 4], PLACE].concat()
}

/// A JPEG of this size, with these segments before its frame.
fn jpeg(width: u16, height: u16, before: &[Vec<u8>]) -> Vec<u8> {
    let mut frame = vec![8];
    frame.extend(height.to_be_bytes());
    frame.extend(width.to_be_bytes());
    frame.extend([1, 1, 0x11, 0]);
    [
        vec![0xFF, 0xD8],
        segment(0xE0, b"JFIF\0\x01\x02\0\0\x01\0\x01\x01\x01abc"),
        before.concat(),
        segment(0xDB, &[0; 65]),
        segment(0xC0, &frame),
        segment(0xC4, &[0; 17]),
        segment(0xDA, &[1, 1, 0, 0, 63, 0]),
        // Coded pixels with a stuffed byte and a restart in them.
        vec![0x12, 0xFF, 0x00, 0x34, 0xFF, 0xD0, 0x56],
        segment(0xC4, &[0; 17]),
        segment(0xDA, &[1, 1, 0, 0, 63, 0]),
        vec![0x78, 0xFF, 0xD9],
    ]
    .concat()
}

fn chunk(name: &[u8; 4], body: &[u8]) -> Vec<u8> {
    let named = [&name[..], body].concat();
    let length = (body.len() as u32).to_be_bytes();
    [&length[..], &named, &png::checksum(&named).to_be_bytes()].concat()
}

fn png(width: u32, height: u32, between: &[Vec<u8>]) -> Vec<u8> {
    let mut head = width.to_be_bytes().to_vec();
    head.extend(height.to_be_bytes());
    head.extend([8, 6, 0, 0, 0]);
    [
        png::SIGNATURE.to_vec(),
        chunk(b"IHDR", &head),
        chunk(b"gAMA", &[0, 0, 0xB1, 0x8F]),
        between.concat(),
        chunk(b"IDAT", b"\x78\x01\x03\0\0\0\0\x01"),
        chunk(b"IEND", &[]),
    ]
    .concat()
}

fn riff_chunk(name: &[u8; 4], body: &[u8]) -> Vec<u8> {
    let length = (body.len() as u32).to_le_bytes();
    let filled: &[u8] = if body.len() % 2 == 1 { &[0] } else { &[] };
    [&name[..], &length, body, filled].concat()
}

fn riff(chunks: &[Vec<u8>]) -> Vec<u8> {
    let chunks = chunks.concat();
    let length = (chunks.len() as u32 + 4).to_le_bytes();
    [b"RIFF", &length[..], b"WEBP", &chunks].concat()
}

/// A lossless picture's chunk.
fn lossless(width: u32, height: u32) -> Vec<u8> {
    let bits = ((width - 1) | (height - 1) << 14).to_le_bytes();
    riff_chunk(b"VP8L", &[&[0x2F][..], &bits, b"pixel"].concat())
}

/// The header of an extended one.
fn extended(flags: u8, width: u32, height: u32) -> Vec<u8> {
    let (width, height) = ((width - 1).to_le_bytes(), (height - 1).to_le_bytes());
    riff_chunk(
        b"VP8X",
        &[&[flags, 0, 0, 0], &width[..3], &height[..3]].concat(),
    )
}

fn pdf(text: &str) -> Vec<u8> {
    format!("%PDF-1.7\n1 0 obj\n({text})\nendobj\nstartxref\n9\n%%EOF\n").into_bytes()
}

fn clean(file: &[u8]) -> Vec<u8> {
    cleaned(file).expect("a file that can be kept").bytes
}

/// One good file of each kind, with a place in it where a picture can have one.
fn one_of_each() -> [(Kind, Vec<u8>); 4] {
    [
        (
            Kind::Jpeg,
            jpeg(
                4000,
                3000,
                &[segment(0xE1, &exif(6, true)), segment(0xFE, PLACE)],
            ),
        ),
        (
            Kind::Png,
            png(1170, 2532, &[chunk(b"tEXt", PLACE), chunk(b"eXIf", PLACE)]),
        ),
        (
            Kind::Webp,
            riff(&[
                extended(0x2C, 640, 480),
                riff_chunk(b"ICCP", b"profile"),
                lossless(640, 480),
                riff_chunk(b"EXIF", PLACE),
                riff_chunk(b"XMP ", PLACE),
            ]),
        ),
        (Kind::Pdf, pdf("Remiss")),
    ]
}

#[test]
fn what_a_file_is_stands_in_its_bytes() {
    for (kind, file) in one_of_each() {
        assert_eq!(cleaned(&file).map(|it| it.kind), Ok(kind));
    }
    for other in [
        &b"MZ\x90\0"[..],
        b"GIF89a\x01\0\x01\0",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"<html><script>alert(1)</script>",
        b"PK\x03\x04",
        b"\0\0\0\x18ftypheic",
        b"RIFF\x04\0\0\0WAVE",
        b" %PDF-1.7",
        b"\xFF\xD8",
    ] {
        assert_eq!(cleaned(other), Err(Unfit::Unknown), "{other:?}");
    }
    assert_eq!(cleaned(b""), Err(Unfit::Empty));
}

#[test]
fn no_place_is_left_in_any_picture() {
    for (kind, file) in one_of_each() {
        assert!(kind == Kind::Pdf || holds(&file, PLACE));
        assert!(!holds(&clean(&file), PLACE), "{kind:?}");
    }
    for more in [
        segment(0xE1, &[b"http://ns.adobe.com/xap/1.0/\0", PLACE].concat()),
        segment(0xE2, &[b"MPF\0", PLACE].concat()),
        segment(0xED, &[b"Photoshop 3.0\0", PLACE].concat()),
        segment(0xE0, &[b"JFXX\0\x10", PLACE].concat()),
    ] {
        assert!(!holds(&clean(&jpeg(8, 8, &[more])), PLACE));
    }
    for name in [b"iTXt", b"zTXt", b"tIME", b"acTL", b"prVt"] {
        assert!(!holds(&clean(&png(8, 8, &[chunk(name, PLACE)])), PLACE));
    }
}

#[test]
fn what_stands_behind_the_end_is_left_behind() {
    for (kind, mut file) in one_of_each()
        .into_iter()
        .filter(|(kind, _)| *kind != Kind::Pdf)
    {
        let clean_before = clean(&file);
        file.extend(PLACE);
        assert_eq!(clean(&file), clean_before, "{kind:?}");
    }
}

#[test]
fn a_photograph_stays_turned_the_way_it_was() {
    for turn in 1..=8 {
        for little in [true, false] {
            let file = jpeg(8, 8, &[segment(0xE1, &exif(turn, little))]);
            let kept = clean(&file);
            let own = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01";
            assert_eq!(holds(&kept, &[&own[..], &[0, turn]].concat()), turn != 1);
            assert_eq!(
                kept,
                clean(&kept),
                "an EXIF of our own reads like any other"
            );
        }
    }
    // Nonsense turns nothing.
    let kept = clean(&jpeg(8, 8, &[segment(0xE1, &exif(9, true))]));
    assert!(!holds(&kept, b"Exif"));
}

#[test]
fn a_picture_keeps_what_it_is_made_of() {
    let kept = clean(&jpeg(8, 8, &[segment(0xEE, b"Adobe\0d\0\0\0\0\x01")]));
    assert!(holds(&kept, b"Adobe") && holds(&kept, &[0x12, 0xFF, 0x00, 0x34, 0xFF, 0xD0, 0x56]));
    assert!(!holds(&kept, b"abc"), "JFIF's thumbnail");
    let kept = clean(&png(8, 8, &[chunk(b"tRNS", &[1, 2]), chunk(b"sRGB", &[0])]));
    assert!(holds(&kept, b"gAMA") && holds(&kept, b"tRNS") && holds(&kept, b"sRGB"));
    let (_, file) = &one_of_each()[2];
    let kept = clean(file);
    assert!(holds(&kept, b"ICCP") && !holds(&kept, b"EXIF"));
    assert_eq!(kept[20], 0x20, "the header says only what is there");
    assert_eq!(
        kept.len(),
        8 + u32::from_le_bytes([kept[4], kept[5], kept[6], kept[7]]) as usize
    );
}

#[test]
fn a_picture_that_would_unfold_into_too_much_is_refused_by_its_header() {
    let bombs = [
        jpeg(60_000, 60_000, &[]),
        png(100_000, 100_000, &[]),
        png(u32::MAX, u32::MAX, &[]),
        riff(&[lossless(16_384, 16_384)]),
        riff(&[extended(0, 16_384, 16_384), lossless(16_384, 16_384)]),
    ];
    for bomb in bombs {
        assert_eq!(cleaned(&bomb), Err(Unfit::TooManyPixels));
    }
    for nothing in [jpeg(0, 8, &[]), jpeg(8, 0, &[]), png(0, 8, &[])] {
        assert_eq!(cleaned(&nothing), Err(Unfit::Broken));
    }
    // A small canvas around a large picture, and a profile that could unfold.
    let hidden = riff(&[extended(0, 8, 8), lossless(64, 64)]);
    assert_eq!(cleaned(&hidden), Err(Unfit::Broken));
    assert_eq!(
        cleaned(&png(8, 8, &[chunk(b"iCCP", &[0; 100_001])])).map(|it| it.bytes.len() < 1000),
        Ok(true)
    );
    let mut many = jpeg(8, 8, &[]);
    many.truncate(many.len() - 2);
    for _ in 0..100 {
        many.extend(segment(0xDA, &[1, 1, 0, 0, 63, 0]));
    }
    many.extend([0xFF, 0xD9]);
    assert_eq!(cleaned(&many), Err(Unfit::Broken));
}

#[test]
fn a_file_of_more_than_ten_megabytes_is_too_large() {
    let mut file = pdf("x");
    let filled = LARGEST - file.len();
    file.splice(9..9, vec![b' '; filled]);
    assert!(cleaned(&file).is_ok());
    file.insert(9, b' ');
    assert_eq!(cleaned(&file), Err(Unfit::TooLarge));
}

#[test]
fn a_wrong_checksum_a_strange_order_or_an_unknown_coding_is_broken() {
    let good = png(8, 8, &[]);
    for place in 16..29 {
        let mut wrong = good.clone();
        wrong[place] ^= 1;
        assert!(cleaned(&wrong).is_err(), "byte {place}");
    }
    let twice = png(8, 8, &[chunk(b"IHDR", &[0; 13])]);
    let critical = png(8, 8, &[chunk(b"EVIL", &[])]);
    let moving = riff(&[extended(0x02, 8, 8), riff_chunk(b"ANIM", &[0; 6])]);
    for (file, why) in [
        (twice, Unfit::Broken),
        (critical, Unfit::Broken),
        (moving, Unfit::Unknown),
        (
            riff(&[riff_chunk(b"VP8 ", b"\x01\0\0\x9D\x01\x2A\x08\0\x08\0")]),
            Unfit::Broken,
        ),
        (riff(&[]), Unfit::Broken),
        (b"%PDF-x.7 startxref %%EOF".to_vec(), Unfit::Broken),
        (b"%PDF-1.7 startxref".to_vec(), Unfit::Cut),
        (b"\xFF\xD8\xFF\xD9".to_vec(), Unfit::Broken),
    ] {
        assert_eq!(cleaned(&file), Err(why));
    }
}

proptest! {
    /// Wherever a file is cut, it is refused.
    #[test]
    fn a_cut_file_is_refused(which in 0_usize..4, at in 0.0_f64..1.0) {
        let (kind, file) = &one_of_each()[which];
        // A line end behind a PDF's last word is nothing that it needs.
        let needed = if *kind == Kind::Pdf { file.len() - 1 } else { file.len() };
        let cut = &file[..(needed as f64 * at) as usize];
        prop_assert!(cleaned(cut).is_err());
    }

    /// Whatever stands in segments that pictures don't need, nothing of it is left; cleaning twice changes nothing.
    #[test]
    fn nothing_of_any_application_is_left(
        marker in prop::sample::select(vec![0xE1_u8, 0xE3, 0xE4, 0xED, 0xEF, 0xFE]),
        body in prop::collection::vec(any::<u8>(), 0..2000),
        name in "[a-z][a-zA-Z]{3}",
    ) {
        let secret = [PLACE, &body].concat();
        let name: [u8; 4] = name.as_bytes().try_into().expect("four letters");
        prop_assume!(![*b"tRNS", *b"gAMA", *b"cHRM", *b"sRGB", *b"sBIT", *b"bKGD", *b"pHYs", *b"cICP", *b"iCCP"].contains(&name));
        for file in [
            jpeg(8, 8, &[segment(marker, &secret)]),
            png(8, 8, &[chunk(&name, &secret)]),
            riff(&[lossless(8, 8), riff_chunk(&name, &secret)]),
        ] {
            let kept = clean(&file);
            prop_assert!(!holds(&kept, PLACE));
            prop_assert_eq!(clean(&kept), kept);
        }
    }

    /// Whatever comes, there is an answer, and what is kept is never larger than what came, but by its turn.
    #[test]
    fn any_bytes_have_an_answer(
        which in 0_usize..4,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..12),
        more in prop::collection::vec(any::<u8>(), 0..40),
    ) {
        let (_, mut file) = one_of_each()[which].clone();
        for (place, byte) in changes {
            let place = place.index(file.len());
            file[place] = byte;
        }
        file.extend(more);
        if let Ok(kept) = cleaned(&file) {
            prop_assert!(kept.bytes.len() <= file.len() + 38);
            let again = cleaned(&kept.bytes);
            prop_assert_eq!(again.map(|it| it.bytes), Ok(kept.bytes));
        }
    }
}
