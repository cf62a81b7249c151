//! The SQL of sharing matters: offers, who is responsible, and who is brought in. Nothing else. What the workspace
//! reads, too, is in `shared::colleagues`.

use shared::hsa_id::HsaId;
use shared::identifiers::{ChatId, HandoverId};
use shared::platform::{Ports, Statement};
use shared::problem::Problem;
use shared::role::Role;
use shared::sealing::{Place, Sealer};
use shared::session::Staff;
use shared::time::Timestamp;

use crate::store::{Chat, is_not_over};

/// The offer of a chat that waits for an answer: then there is a row.
pub fn open_offer(chat: &str) -> Statement {
    Statement::new(
        "SELECT 1 AS found FROM chat_handovers WHERE chat_id = ?1 AND answered_at IS NULL",
        [chat.into()],
    )
}

/// One offer, if it waits for an answer still.
pub fn find_offer(id: HandoverId, chat: &str) -> Statement {
    Statement::new(
        "SELECT to_id FROM chat_handovers WHERE id = ?1 AND chat_id = ?2 AND answered_at IS NULL",
        [id.into(), chat.into()],
    )
}

/// Keeps an offer. A second one while it waits is refused by `chat_handovers.chat_id`, and by
/// `chat_handovers_are_to_another_of_the_unit` whoever can't take it.
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

/// Declines an offer, or takes it back, if it waits still. Who may is said by `chat_handovers_are_answered_once`.
pub fn decline(id: HandoverId, staff: &Staff, now: Timestamp) -> [Statement; 2] {
    [
        Statement::new(
            "UPDATE chat_handovers SET answered_at = ?2, accepted = 0, answered_by = ?3
WHERE id = ?1 AND answered_at IS NULL",
            [id.into(), now.into(), (&staff.practitioner).into()],
        ),
        Statement::require_changes(),
    ]
}

/// Accepts an offer, if it waits still and its chat isn't over at this moment, and makes who accepts responsible.
pub fn accept(id: HandoverId, chat: ChatId, staff: &Staff, now: Timestamp) -> [Statement; 3] {
    [
        Statement::new(
            concat!(
                "UPDATE chat_handovers SET answered_at = ?2, accepted = 1, answered_by = ?3
WHERE id = ?1 AND answered_at IS NULL AND to_id = ?3 AND EXISTS (
  SELECT 1 FROM chats WHERE chats.id = chat_id AND ",
                is_not_over!("?2"),
                "
)"
            ),
            [id.into(), now.into(), (&staff.practitioner).into()],
        ),
        Statement::require_changes(),
        make_responsible(chat, Some(&staff.practitioner), staff.role),
    ]
}

/// Makes somebody responsible for a chat; nobody puts it into the pool. An offer that waits ends with that, by
/// `chat_handovers_end_with_who_is_responsible`.
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

/// Keeps that a colleague takes part in a chat from now on. A second time is refused by the primary key, and by
/// `chat_colleagues_are_of_the_unit` whoever can't take part.
pub fn bring_in(
    chat: &Chat,
    practitioner: &HsaId,
    role: &str,
    by: &HsaId,
    now: Timestamp,
) -> Statement {
    Statement::new(
        "INSERT INTO chat_colleagues (chat_id, practitioner_id, care_provider_id, role, brought_by, brought_at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        [
            chat.id.into(),
            practitioner.into(),
            (&chat.care_provider).into(),
            role.into(),
            by.into(),
            now.into(),
        ],
    )
}

/// A colleague takes part in a chat no more.
pub fn leave(chat: ChatId, practitioner: &HsaId) -> [Statement; 2] {
    [
        Statement::new(
            "DELETE FROM chat_colleagues WHERE chat_id = ?1 AND practitioner_id = ?2",
            [chat.into(), practitioner.into()],
        ),
        Statement::require_changes(),
    ]
}
