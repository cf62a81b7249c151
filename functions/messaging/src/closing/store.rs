//! The SQL of the job that closes what is due, nothing else. Each statement takes a page of chats as one JSON
//! parameter, and touches only those whose version is the one that was read: what changed meanwhile waits for
//! the next look, and two runs at once never do the same twice.

use shared::access_log::{self, Activity, Resource};
use shared::log_entry_over;
use shared::platform::{Ports, Statement, Value};
use shared::problem::Problem;
use shared::time::Timestamp;

use crate::notice::{Notice, NoticeKind};
use crate::store::is_unread_of_staff;

/// At most so many chats that are due at units after one, in the order of the units, with what decides about them.
pub fn due(now: Timestamp, after: &str, limit: i64) -> Statement {
    Statement::new(
        concat!(
            "SELECT chats.id, chats.care_provider_id, chats.care_unit_id, chats.patient_id, chats.due_at, chats.opens_at,
  chats.closes_at, chats.first_writer, chats.patient_may_reply, chats.begun, chats.last_from, chats.last_at,
  chats.grace_ends_at, chats.closed_at, chats.version, chats.appointment_id,
  chats.phase = 'synchronous' AND chats.unread_by_patient > 0 AND chats.patient_told <= chats.patient_read
    AND ",
            is_unread_of_staff!(),
            " AS tells,
  care_units.opening_hours, care_units.case_notice_hours, care_units.case_grace_hours
FROM care_units
CROSS JOIN chats ON chats.care_unit_id = care_units.id AND chats.due_at <= ?1
WHERE care_units.id > ?2 AND (chats.put_off_until IS NULL OR chats.put_off_until <= ?1)
ORDER BY care_units.id, chats.due_at
LIMIT ?3"
        ),
        [now.into(), after.into(), limit.into()],
    )
}

/// Leaves chats (a JSON array of ids) alone until a moment, or until their own end.
pub fn put_off(chats: &str, until: Timestamp, now: Timestamp) -> Statement {
    Statement::new(
        "UPDATE chats SET put_off_until = CASE WHEN closes_at > ?3 THEN min(closes_at, ?2) ELSE ?2 END
WHERE id IN (SELECT value FROM json_each(?1))",
        [chats.into(), until.into(), now.into()],
    )
}

/// The patients of chats, for those steps that tell them by text message: `?1` is a JSON array of ids.
pub fn patients(ids: &str) -> Statement {
    Statement::new(
        "SELECT id, care_provider_id, identity, name, phone, sms_consent, language, protected_identity
FROM patients
WHERE id IN (SELECT value FROM json_each(?1))",
        [ids.into()],
    )
}

/// A page of chats as JSON: `[[chat, version, due_at, message, task, sealed …], …]`; what a statement doesn't
/// use may be missing.
pub struct Page(pub String);

impl From<&Page> for Value {
    fn from(page: &Page) -> Self {
        page.0.as_str().into()
    }
}

macro_rules! standing {
    () => {
        "FROM json_each(?1) AS page
JOIN chats ON chats.id = (page.value ->> 0) AND chats.version = (page.value ->> 1) AND chats.closed_at IS NULL"
    };
}

macro_rules! update_standing {
    ($set:literal) => {
        concat!(
            "UPDATE chats SET version = chats.version + 1, ",
            $set,
            " FROM json_each(?1) AS page
WHERE chats.id = (page.value ->> 0) AND chats.version = (page.value ->> 1) AND chats.closed_at IS NULL"
        )
    };
}

/// Sets when chats are looked at next. `[chat, version, due_at]`
pub fn look_later(page: &Page) -> Statement {
    Statement::new(update_standing!("due_at = page.value ->> 2"), [page.into()])
}

/// Counts a message of the system into chats of which a text message tells, and sets when they are looked at next.
/// `of_new` where that one tells of what staff write, too. `[chat, version, due_at]`
pub fn count_notices(page: &Page, of_new: bool) -> Statement {
    Statement::new(
        update_standing!(
            "last_number = last_number + 1, unread_by_patient = unread_by_patient + 1, due_at = page.value ->> 2,
  patient_told = CASE WHEN ?2 THEN last_number + 1 ELSE patient_told END"
        ),
        [page.into(), of_new.into()],
    )
}

/// A task for each chat whose last message has no answer. Comes before [`begin_grace`].
/// `[chat, version, grace_ends_at, message, task]`
pub fn insert_tasks(page: &Page, now: Timestamp) -> Statement {
    Statement::new(
        concat!(
            "INSERT INTO tasks (id, care_provider_id, care_unit_id, kind, patient_id, resource_type, resource_id, created_at)
SELECT page.value ->> 4, chats.care_provider_id, chats.care_unit_id, 'unanswered-at-close', chats.patient_id,
  'case', chats.id, ?2
",
            standing!()
        ),
        [page.into(), now.into()],
    )
}

/// Names each chat's task, sets the end of its grace, and counts the message in that tells of it.
/// `[chat, version, grace_ends_at, message, task]`
pub fn begin_grace(page: &Page) -> Statement {
    Statement::new(
        update_standing!(
            "last_number = last_number + 1,
  due_at = page.value ->> 2, grace_ends_at = page.value ->> 2, task_id = page.value ->> 4"
        ),
        [page.into()],
    )
}

/// Closes chats as of when each was over, however late that is written down, and counts their last message in.
/// A text message may tell of what is unread. `[chat, version, ended_at, message, told]`
pub fn close(page: &Page) -> Statement {
    Statement::new(
        update_standing!(
            "last_number = last_number + 1, closed_at = page.value ->> 2, due_at = NULL,
  patient_told = CASE WHEN page.value ->> 4 THEN last_number + 1 ELSE patient_told END"
        ),
        [page.into()],
    )
}

/// A text message for each chat that stands as it was read. Comes before the statement that counts.
/// `[chat, version, due_at, message, sms, language, sealed recipient or null]`
pub fn insert_texts(page: &Page, template: &'static str, now: Timestamp) -> Statement {
    Statement::new(
        concat!(
            "INSERT INTO sms_outbox (
  id, care_provider_id, care_unit_id, patient_id, template, language, recipient, state, due_at, created_at, chat_id,
  recipient_index
)
SELECT page.value ->> 4, chats.care_provider_id, chats.care_unit_id, chats.patient_id, ?2, page.value ->> 5,
  page.value ->> 6, CASE WHEN page.value ->> 6 IS NULL THEN 'withheld' ELSE 'queued' END, ?3, ?3, chats.id,
  (SELECT phone_index FROM patients WHERE patients.id = chats.patient_id)
",
            standing!()
        ),
        [page.into(), template.into(), now.into()],
    )
}

/// The system's message in each chat into which it was just counted: a number without a message is ours, but for the
/// nought of a chat in which nothing was counted yet.
/// Gives a row back for each. `[chat, version, …, message]`
pub fn insert_notices(page: &Page, notice: NoticeKind, now: Timestamp) -> Statement {
    let plain = Notice::plain(notice).to_string();
    let tells_end = notice == NoticeKind::ClosingSoon;
    Statement::new(
        "INSERT INTO messages (chat_id, number, id, care_provider_id, version, sender, notice, sent_at)
SELECT chats.id, chats.last_number, page.value ->> 3, chats.care_provider_id, chats.version, 'system',
  CASE WHEN ?4 THEN ?2 || ':' || chats.closes_at ELSE ?2 END, ?3
FROM json_each(?1) AS page
JOIN chats ON chats.id = (page.value ->> 0)
WHERE chats.last_number > 0
  AND NOT EXISTS (SELECT 1 FROM messages WHERE chat_id = chats.id AND number = chats.last_number)
RETURNING chat_id",
        [page.into(), plain.into(), now.into(), tells_end.into()],
    )
}

/// The access-log entries, one a care provider, about everybody whose chat a page is about to change. Comes before the
/// statements that change it. `[chat, version]`
pub fn log(ports: &Ports, page: &Page) -> Result<Statement, Problem> {
    access_log::entry_of_job(
        ports,
        "messaging/close",
        Activity::Write,
        &Resource::new("cases", "due"),
        log_entry_over!(
            "SELECT chats.care_provider_id, chats.patient_id
FROM json_each(?12) AS page
JOIN chats ON chats.id = (page.value ->> 0) AND chats.version = (page.value ->> 1) AND chats.closed_at IS NULL"
        ),
        vec![page.into()],
    )
}
