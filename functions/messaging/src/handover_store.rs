//! The SQL of colleagues: who is on, offers of matters, and who is responsible. Nothing else.

use shared::access_log::{self, Activity, Resource};
use shared::hsa_id::HsaId;
use shared::identifiers::{ChatId, HandoverId};
use shared::log_entry_over;
use shared::platform::{Batch, Ports, Statement};
use shared::problem::Problem;
use shared::role::Role;
use shared::sealing::{Place, Sealer};
use shared::session::{Caller, Staff};
use shared::time::{MINUTE, Timestamp};

use crate::store::Chat;

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
  chat_handovers.note, chat_handovers.offered_at, practitioners.name AS from_name
FROM chat_handovers
JOIN chats ON chats.id = chat_handovers.chat_id AND chats.care_unit_id = ?2
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

/// The offer of a chat that waits for an answer.
pub fn open_offer(chat: &str) -> Statement {
    Statement::new(
        "SELECT from_id, to_id FROM chat_handovers WHERE chat_id = ?1 AND answered_at IS NULL",
        [chat.into()],
    )
}

/// Keeps an offer. A second one while it waits is refused by `chat_handovers.chat_id`.
pub fn insert_offer(
    ports: &Ports,
    sealer: &Sealer,
    staff: &Staff,
    chat: &Chat,
    id: HandoverId,
    to: &HsaId,
    note: Option<&str>,
) -> Result<Statement, Problem> {
    let id = id.to_string();
    let place = Place {
        care_provider: &chat.care_provider,
        column: "chat_handovers.note",
        row: &id,
    };
    let note = note
        .map(|note| sealer.seal(&*ports.random, place, note))
        .transpose()?;
    Ok(Statement::new(
        "INSERT INTO chat_handovers (id, care_provider_id, chat_id, from_id, to_id, note, offered_at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        [
            id.as_str().into(),
            (&chat.care_provider).into(),
            chat.id.into(),
            (&staff.practitioner).into(),
            to.into(),
            note.into(),
            ports.clock.now().into(),
        ],
    ))
}

/// Answers the offer of a chat that waits.
pub fn answer_offer(chat: ChatId, accepted: bool, now: Timestamp) -> Statement {
    Statement::new(
        "UPDATE chat_handovers SET answered_at = ?3, accepted = ?2 WHERE chat_id = ?1 AND answered_at IS NULL",
        [chat.into(), accepted.into(), now.into()],
    )
}

/// Makes somebody responsible for a chat; nobody puts it into the pool.
pub fn make_responsible(chat: ChatId, practitioner: Option<&HsaId>, role: Role) -> Statement {
    Statement::new(
        "UPDATE chats SET practitioner_id = ?2, role = ?3, version = version + 1 WHERE id = ?1",
        [chat.into(), practitioner.into(), role.into()],
    )
}

/// Makes somebody responsible for a chat in the pool, if it is there still.
pub fn take_from_pool(chat: ChatId, staff: &Staff) -> Statement {
    Statement::new(
        "UPDATE chats SET practitioner_id = ?2, role = ?3, version = version + 1 WHERE id = ?1 AND practitioner_id IS NULL",
        [chat.into(), (&staff.practitioner).into(), staff.role.into()],
    )
}
