//! Digital colleagues (digitala kollegor): who works at a unit and who is on, and the matters that wait for somebody's
//! answer. SQL and rows together, because messaging answers programs by them and the workspace shows them.

use crate::access_log::{self, Activity, Resource};
use crate::hsa_id::HsaId;
use crate::log_entry_over;
use crate::platform::{Batch, Ports, Row, Rows, Statement};
use crate::practitioner;
use crate::problem::Problem;
use crate::role::Role;
use crate::sealing::Sealer;
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

macro_rules! offers {
    ($whose:literal) => {
        concat!(
            "SELECT chat_handovers.id, chat_handovers.chat_id, chat_handovers.from_id, chat_handovers.to_id,
  chat_handovers.note, chat_handovers.offered_at, practitioners.name AS from_name, chats.care_provider_id,
  chats.subject, chats.patient_id, patients.name AS patient_name, patients.protected_identity
FROM chat_handovers
JOIN chats ON chats.id = chat_handovers.chat_id AND chats.care_unit_id = ?2
JOIN patients ON patients.id = chats.patient_id
JOIN practitioners ON practitioners.id = chat_handovers.from_id
WHERE chat_handovers.answered_at IS NULL AND chat_handovers.",
            $whose,
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
