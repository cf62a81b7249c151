//! Reply phrases: texts that a unit keeps ready, with fields that a chat fills in. Pure.

/// What a phrase's fields are filled with.
#[derive(Debug, Clone, Copy)]
pub struct Fields<'a> {
    /// `{patient}`: the patient's name.
    pub patient: &'a str,
    /// `{practitioner}`: who writes.
    pub practitioner: &'a str,
    /// `{unit}`: the unit's name.
    pub unit: &'a str,
    /// `{closes}`: when the case closes, as `2026-11-30 09.00`.
    pub closes: &'a str,
}

/// The fields that a phrase may have.
const NAMES: [&str; 4] = ["patient", "practitioner", "unit", "closes"];

/// The first field of a text that no chat can fill in, if there is one.
pub fn unknown_field(text: &str) -> Option<&str> {
    pieces(text).find_map(|piece| match piece {
        Piece::Field(name) if !NAMES.contains(&name) => Some(name),
        _ => None,
    })
}

/// A phrase with its fields filled in. What is filled in is text: a field in a name stays as it stands.
pub fn filled(text: &str, fields: &Fields) -> String {
    pieces(text)
        .map(|piece| match piece {
            Piece::Text(text) => text,
            Piece::Field("patient") => fields.patient,
            Piece::Field("practitioner") => fields.practitioner,
            Piece::Field("unit") => fields.unit,
            Piece::Field("closes") => fields.closes,
            Piece::Field(_) => "",
        })
        .collect()
}

enum Piece<'a> {
    Text(&'a str),
    Field(&'a str),
}

fn pieces(text: &str) -> impl Iterator<Item = Piece<'_>> {
    text.split_inclusive('}').flat_map(|part| {
        let field = part
            .strip_suffix('}')
            .and_then(|part| part.rsplit_once('{'));
        match field {
            Some((before, name)) => [Piece::Text(before), Piece::Field(name)],
            None => [Piece::Text(part), Piece::Text("")],
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const FIELDS: Fields = Fields {
        patient: "Alex {unit}",
        practitioner: "Anna",
        unit: "Testberget",
        closes: "2026-11-30 09.00",
    };

    #[test]
    fn fields_are_filled_in_once() {
        let text = "Hej {patient}! Hälsar {practitioner}, {unit}. Stänger {closes}.";
        assert_eq!(
            filled(text, &FIELDS),
            "Hej Alex {unit}! Hälsar Anna, Testberget. Stänger 2026-11-30 09.00."
        );
        assert_eq!(unknown_field(text), None);
        assert_eq!(unknown_field("Hej {namn}!"), Some("namn"));
        assert_eq!(filled("{}}{ a } b", &FIELDS), "} b");
    }

    proptest! {
        #[test]
        fn a_text_without_braces_stays_as_it_is(text in "[^{}]*") {
            prop_assert_eq!(filled(&text, &FIELDS), text);
        }
    }
}
