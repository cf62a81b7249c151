//! Reply phrases (svarsfraser): texts that a unit keeps ready, with fields that a chat fills in. Rules and SQL together,
//! because messaging uses them in chats and administration keeps them on a page of their own.

use axum::response::Response;
use http::StatusCode;
use serde::{Deserialize, Serialize};

use crate::hsa_id::HsaId;
use crate::identifiers::ReplyPhraseId;
use crate::platform::{Ports, Row, Rows, Statement};
use crate::post::RequestIdentity;
use crate::problem::Problem;
use crate::sealing::{Place, Sealer};
use crate::session::{Caller, Staff};
use crate::text::Text;
use crate::view::Made;

/// How long what staff know a phrase by may be, in characters.
pub const LONGEST_TITLE: usize = 60;
/// How long its text may be, in characters.
pub const LONGEST_TEXT: usize = 2000;

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
pub const FIELD_NAMES: [&str; 4] = ["patient", "practitioner", "unit", "closes"];

/// A reply that a unit keeps ready.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Phrase {
    /// What staff know it by.
    pub title: String,
    /// The text, with fields as `{patient}`.
    pub text: String,
}

/// A field that no chat can fill in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{{{0}}} can't be filled in: use {{patient}}, {{practitioner}}, {{unit}} and {{closes}}")]
pub struct UnknownField(pub String);

impl Phrase {
    /// One whose every field a chat can fill in.
    pub fn new(
        title: &Text<LONGEST_TITLE>,
        text: &Text<LONGEST_TEXT>,
    ) -> Result<Self, UnknownField> {
        match unknown_field(text.as_str()) {
            Some(field) => Err(UnknownField(field.to_owned())),
            None => Ok(Phrase {
                title: title.as_str().to_owned(),
                text: text.as_str().to_owned(),
            }),
        }
    }

    /// From a row of a unit's phrases, with its id.
    pub fn from_row(sealer: &Sealer, row: Row) -> Result<(String, Self), Problem> {
        let care_provider: HsaId = row.parsed("care_provider_id")?;
        let id = row.text("id")?;
        let json = sealer.open(place(&care_provider, id), row.text("phrase")?)?;
        let phrase = serde_json::from_str(&json)
            .map_err(|_| Problem::internal("a reply phrase no longer parses"))?;
        Ok((id.to_owned(), phrase))
    }
}

/// The first field of a text that no chat can fill in, if there is one.
fn unknown_field(text: &str) -> Option<&str> {
    pieces(text).find_map(|piece| match piece {
        Piece::Field(name) if !FIELD_NAMES.contains(&name) => Some(name),
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

/// Where a phrase's words are sealed.
fn place<'a>(care_provider: &'a HsaId, id: &'a str) -> Place<'a> {
    Place {
        care_provider,
        column: "reply_phrases.phrase",
        row: id,
    }
}

/// A unit's reply phrases, the oldest first, 200 at most, each with its id.
pub async fn of_unit(staff: &Staff, ports: &Ports) -> Result<Vec<(String, Phrase)>, Problem> {
    let found = ports
        .store_for(&Caller::Staff(staff.clone()))
        .query(phrases(&staff.care_unit))
        .await?;
    opened(ports, &found.rows)
}

/// Those which [`phrases`] found, where it was asked together with something else.
pub fn opened(ports: &Ports, found: &Rows) -> Result<Vec<(String, Phrase)>, Problem> {
    let sealer = Sealer::from_secrets(&*ports.secrets)?;
    let phrase = |row| Phrase::from_row(&sealer, row);
    found.iter().map(phrase).collect()
}

/// Keeps a reply phrase for the whole unit, once, for whoever asked: a program or a page.
pub async fn add(
    staff: &Staff,
    ports: &Ports,
    phrase: &Phrase,
    request: &RequestIdentity,
) -> Result<Response, Problem> {
    let sealer = Sealer::from_secrets(&*ports.secrets)?;
    let id = ReplyPhraseId::new(ports).to_string();
    let adding = vec![insert(ports, &sealer, staff, &id, phrase)?];
    let made = (StatusCode::CREATED, &Made { id });
    request
        .write_once(staff, ports, &sealer, made, adding)
        .await
}

/// Removes one of the unit's reply phrases, once, for whoever asked: a program or a page.
pub async fn remove(
    staff: &Staff,
    ports: &Ports,
    id: &str,
    request: &RequestIdentity,
) -> Result<Response, Problem> {
    let id: ReplyPhraseId = id.parse().map_err(|_| Problem::not_found())?;
    let sealer = Sealer::from_secrets(&*ports.secrets)?;
    let removing = vec![delete(&staff.care_unit, id), Statement::require_changes()];
    let made = (StatusCode::OK, &Made { id: id.to_string() });
    request
        .write_once(staff, ports, &sealer, made, removing)
        .await
}

fn insert(
    ports: &Ports,
    sealer: &Sealer,
    staff: &Staff,
    id: &str,
    phrase: &Phrase,
) -> Result<Statement, Problem> {
    let json = crate::json::text(phrase)?;
    let sealed = sealer.seal(&*ports.random, place(&staff.care_provider, id), &json)?;
    Ok(Statement::new(
        "INSERT INTO reply_phrases (id, care_provider_id, care_unit_id, phrase, created_by, created_at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        [
            id.into(),
            (&staff.care_provider).into(),
            (&staff.care_unit).into(),
            sealed.into(),
            (&staff.practitioner).into(),
            ports.clock.now().into(),
        ],
    ))
}

/// Finds a unit's reply phrases, the oldest first, 200 at most.
pub fn phrases(care_unit: &HsaId) -> Statement {
    Statement::new(
        "SELECT id, care_provider_id, phrase FROM reply_phrases WHERE care_unit_id = ?1 ORDER BY id LIMIT 200",
        [care_unit.into()],
    )
}

/// One of a unit's reply phrases.
pub fn find(care_unit: &HsaId, id: ReplyPhraseId) -> Statement {
    Statement::new(
        "SELECT id, care_provider_id, phrase FROM reply_phrases WHERE id = ?2 AND care_unit_id = ?1",
        [care_unit.into(), id.into()],
    )
}

fn delete(care_unit: &HsaId, id: ReplyPhraseId) -> Statement {
    Statement::new(
        "DELETE FROM reply_phrases WHERE id = ?2 AND care_unit_id = ?1",
        [care_unit.into(), id.into()],
    )
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
