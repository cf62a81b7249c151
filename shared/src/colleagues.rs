//! Digital colleagues (digitala kollegor): who works at a unit and who is on, and the matters that wait for somebody's
//! answer. SQL and rows together, because messaging answers programs by them and the workspace shows them.

use serde::Serialize;
use utoipa::ToSchema;

use crate::access_log::{self, Activity, Resource};
use crate::hsa_id::HsaId;
use crate::identifiers::ChatId;
use crate::log_entry_over;
use crate::platform::{Batch, Ports, Row, Rows, Statement};
use crate::practitioner;
use crate::problem::Problem;
use crate::role::Role;
use crate::sealing::{Place, Sealer};
use crate::session::{Caller, Staff};
use crate::time::{MINUTE, Timestamp};

/// Somebody who works at the unit.
pub struct Colleague {
    /// HSA-id.
    pub id: HsaId,
    /// Their name.
    pub name: String,
    /// As what.
    pub role: Role,
    /// Whether they are signed in and were active within a quarter of an hour.
    pub is_on: bool,
}

impl Colleague {
    /// From a row of [`colleagues`].
    pub fn from_row(sealer: &Sealer, care_provider: &HsaId, row: Row) -> Result<Self, Problem> {
        Ok(Colleague {
            id: row.parsed("id")?,
            name: practitioner::open_name(
                sealer,
                care_provider,
                row.text("id")?,
                row.text("name")?,
            )?,
            role: row.parsed("role")?,
            is_on: row.truth("is_on")?,
        })
    }
}

/// Who works at a unit, for whoever asked: a program or a page.
pub async fn of_unit(staff: &Staff, ports: &Ports) -> Result<Vec<Colleague>, Problem> {
    let found = ports
        .store_for(&Caller::Staff(staff.clone()))
        .query(colleagues(staff, ports.clock.now()))
        .await?;
    opened(staff, ports, &found.rows)
}

/// Those whom [`colleagues`] found, where it was asked together with something else.
pub fn opened(staff: &Staff, ports: &Ports, found: &Rows) -> Result<Vec<Colleague>, Problem> {
    let sealer = Sealer::from_secrets(&*ports.secrets)?;
    let colleague = |row| Colleague::from_row(&sealer, &staff.care_provider, row);
    found.iter().map(colleague).collect()
}

/// Who works at a unit. On is who is signed in there and renewed the session within a quarter of an hour, which
/// whoever is active does.
pub fn colleagues(staff: &Staff, now: Timestamp) -> Statement {
    Statement::new(
        "SELECT practitioners.id, practitioners.name, commissions.role, EXISTS (
    SELECT 1 FROM sessions
    WHERE sessions.subject = practitioners.id AND sessions.kind = 'practitioner' AND sessions.ended_at IS NULL
      AND sessions.care_unit_id = ?1 AND sessions.renewed_at > ?3 AND sessions.ends_at > ?4
  ) AS is_on
FROM practitioners
JOIN commissions ON commissions.practitioner_id = practitioners.id AND commissions.care_unit_id = ?1
WHERE practitioners.care_provider_id = ?2
ORDER BY practitioners.id
LIMIT 500",
        [
            (&staff.care_unit).into(),
            (&staff.care_provider).into(),
            now.plus(-15 * MINUTE).into(),
            now.into(),
        ],
    )
}

/// A matter that waits for somebody's answer.
#[derive(Serialize, ToSchema)]
pub struct Offer {
    /// Its id, by which it is answered.
    pub id: String,
    /// The chat.
    pub chat: String,
    /// Who offers it (HSA-id).
    #[schema(value_type = String)]
    pub from: HsaId,
    /// Their name.
    pub from_name: String,
    /// To whom (HSA-id).
    #[schema(value_type = String)]
    pub to: HsaId,
    /// Their name.
    pub to_name: String,
    /// What they wrote.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// When, in UTC.
    #[schema(value_type = String, format = DateTime)]
    pub offered_at: Timestamp,
}

impl Offer {
    /// From a row of [`offers`] or [`offer_of`].
    pub fn from_row(sealer: &Sealer, row: Row) -> Result<Self, Problem> {
        let care_provider: HsaId = row.parsed("care_provider_id")?;
        let place = Place {
            care_provider: &care_provider,
            column: "chat_handovers.note",
            row: row.text("id")?,
        };
        let named = |id: &str, name: &str| {
            practitioner::open_name(sealer, &care_provider, row.text(id)?, row.text(name)?)
        };
        let note = row.optional_text("note")?;
        Ok(Offer {
            id: row.text("id")?.to_owned(),
            chat: row.text("chat_id")?.to_owned(),
            from: row.parsed("from_id")?,
            from_name: named("from_id", "from_name")?,
            to: row.parsed("to_id")?,
            to_name: named("to_id", "to_name")?,
            note: note.map(|note| sealer.open(place, note)).transpose()?,
            offered_at: Timestamp::from_millis(row.integer("offered_at")?),
        })
    }
}

macro_rules! offers {
    ($of:literal) => {
        concat!(
            "SELECT chat_handovers.id, chat_handovers.chat_id, chat_handovers.from_id, chat_handovers.to_id,
  chat_handovers.note, chat_handovers.offered_at, givers.name AS from_name, takers.name AS to_name,
  chats.care_provider_id, chats.subject, chats.patient_id, patients.name AS patient_name, patients.protected_identity
FROM chat_handovers
JOIN chats ON chats.id = chat_handovers.chat_id AND chats.care_unit_id = ?2
JOIN patients ON patients.id = chats.patient_id
JOIN practitioners AS givers ON givers.id = chat_handovers.from_id
JOIN practitioners AS takers ON takers.id = chat_handovers.to_id
WHERE chat_handovers.answered_at IS NULL AND chat_handovers.",
            $of,
            " = ?1
ORDER BY chat_handovers.id
LIMIT 200"
        )
    };
}

/// The open offers to somebody and from them, and the access-log entry about the patients.
pub fn offers(ports: &Ports, staff: &Staff) -> Result<Batch, Problem> {
    let whose = || [(&staff.practitioner).into(), (&staff.care_unit).into()];
    Ok(vec![
        Statement::new(offers!("to_id"), whose()),
        Statement::new(offers!("from_id"), whose()),
        access_log::entry(
            ports,
            &Caller::Staff(staff.clone()),
            Activity::Read,
            &Resource::new("hand-overs", "open"),
            log_entry_over!(
                "SELECT chats.care_provider_id, chats.patient_id
FROM chat_handovers
JOIN chats ON chats.id = chat_handovers.chat_id AND chats.care_unit_id = ?13
WHERE chat_handovers.answered_at IS NULL AND (chat_handovers.to_id = ?12 OR chat_handovers.from_id = ?12)"
            ),
            whose().into(),
        )?,
    ])
}

/// The open offer of one chat of the unit, whoever made it to whom, and the access-log entry about the patient.
pub fn offer_of(ports: &Ports, staff: &Staff, chat: ChatId) -> Result<[Statement; 2], Problem> {
    let which = || [chat.into(), (&staff.care_unit).into()];
    Ok([
        Statement::new(offers!("chat_id"), which()),
        access_log::entry(
            ports,
            &Caller::Staff(staff.clone()),
            Activity::Read,
            &Resource::new("hand-overs", chat),
            log_entry_over!(
                "SELECT chats.care_provider_id, chats.patient_id
FROM chat_handovers
JOIN chats ON chats.id = chat_handovers.chat_id AND chats.care_unit_id = ?13
WHERE chat_handovers.answered_at IS NULL AND chat_handovers.chat_id = ?12"
            ),
            which().into(),
        )?,
    ])
}
