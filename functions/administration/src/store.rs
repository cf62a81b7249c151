//! The SQL of administration: a unit's settings, their changes, and what its statistics count.

use shared::identifiers::first_id_of;
use shared::platform::{Row, Statement, StoreError};
use shared::session::Staff;
use shared::time::Timestamp;

use crate::settings::UnitSettings;

/// The settings of staff's own unit, and their version.
pub fn settings(staff: &Staff) -> Statement {
    Statement::new(
        "SELECT settings_version, opening_hours, cancellation_cutoff_hours, age_limit, reminds_day_before,
  reminds_hour_before, case_notice_hours, case_grace_hours, case_reopen_hours, case_answer_hours,
  shows_read_marks, where_to_turn
FROM care_units
WHERE id = ?1 AND care_provider_id = ?2",
        [(&staff.care_unit).into(), (&staff.care_provider).into()],
    )
}

/// From a row of [`settings`]: the version and what they are.
pub fn settings_from_row(row: Row) -> Result<(i64, UnitSettings), StoreError> {
    let settings = UnitSettings {
        opening_hours: row.parsed("opening_hours")?,
        cancellation_cutoff_hours: row.integer("cancellation_cutoff_hours")?,
        age_limit: row.integer("age_limit")?,
        reminds_day_before: row.truth("reminds_day_before")?,
        reminds_hour_before: row.truth("reminds_hour_before")?,
        case_notice_hours: row.integer("case_notice_hours")?,
        case_grace_hours: row.integer("case_grace_hours")?,
        case_reopen_hours: row.integer("case_reopen_hours")?,
        case_answer_hours: row.integer("case_answer_hours")?,
        shows_read_marks: row.truth("shows_read_marks")?,
        where_to_turn: row.optional_text("where_to_turn")?.map(str::to_owned),
    };
    Ok((row.integer("settings_version")?, settings))
}

/// Writes settings over the version they were made from, and keeps the change: a batch, refused by
/// `require_changes` where somebody else was first.
pub fn change_settings(
    staff: &Staff,
    from_version: i64,
    settings: &UnitSettings,
    opening_hours: &str,
    as_json: &str,
    now: Timestamp,
) -> Vec<Statement> {
    vec![
        Statement::new(
            "UPDATE care_units SET settings_version = settings_version + 1, opening_hours = ?4,
  cancellation_cutoff_hours = ?5, age_limit = ?6, reminds_day_before = ?7, reminds_hour_before = ?8,
  case_notice_hours = ?9, case_grace_hours = ?10, case_reopen_hours = ?11, case_answer_hours = ?12,
  shows_read_marks = ?13, where_to_turn = ?14
WHERE id = ?1 AND care_provider_id = ?2 AND settings_version = ?3",
            [
                (&staff.care_unit).into(),
                (&staff.care_provider).into(),
                from_version.into(),
                opening_hours.into(),
                settings.cancellation_cutoff_hours.into(),
                settings.age_limit.into(),
                settings.reminds_day_before.into(),
                settings.reminds_hour_before.into(),
                settings.case_notice_hours.into(),
                settings.case_grace_hours.into(),
                settings.case_reopen_hours.into(),
                settings.case_answer_hours.into(),
                settings.shows_read_marks.into(),
                settings.where_to_turn.clone().into(),
            ],
        ),
        Statement::require_changes(),
        Statement::new(
            "INSERT INTO care_unit_changes (care_unit_id, version, care_provider_id, practitioner_id, changed_at, settings)
VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            [
                (&staff.care_unit).into(),
                (from_version + 1).into(),
                (&staff.care_provider).into(),
                (&staff.practitioner).into(),
                now.into(),
                as_json.into(),
            ],
        ),
    ]
}

/// The last changes of a unit's settings, the newest first.
pub fn changes(staff: &Staff) -> Statement {
    Statement::new(
        "SELECT change.changed_at, change.practitioner_id, practitioner.name AS practitioner_name
FROM care_unit_changes AS change
LEFT JOIN practitioners AS practitioner ON practitioner.id = change.practitioner_id
WHERE change.care_unit_id = ?1
ORDER BY change.version DESC
LIMIT 5",
        [(&staff.care_unit).into()],
    )
}

/// How many visits of a week are of which kind and state.
pub fn visits(staff: &Staff, from: Timestamp, until: Timestamp) -> Statement {
    Statement::new(
        "SELECT kind, state, count(*) AS n FROM appointments
WHERE care_unit_id = ?1 AND starts_at >= ?2 AND starts_at < ?3
GROUP BY kind, state",
        [(&staff.care_unit).into(), from.into(), until.into()],
    )
}

/// What the tickets of a period are now; an open one whose time is over has expired, written down or not.
pub fn tickets(staff: &Staff, from: Timestamp, until: Timestamp, now: Timestamp) -> Statement {
    Statement::new(
        "SELECT CASE WHEN state = 'open' AND valid_until <= ?4 THEN 'expired' ELSE state END AS state, count(*) AS n
FROM tickets
WHERE care_unit_id = ?1 AND id >= ?2 AND id < ?3
GROUP BY 1",
        [
            (&staff.care_unit).into(),
            first_id_of(from).into(),
            first_id_of(until).into(),
            now.into(),
        ],
    )
}

/// What became of the text messages of a period.
pub fn messages(staff: &Staff, from: Timestamp, until: Timestamp) -> Statement {
    Statement::new(
        "SELECT state, count(*) AS n FROM sms_outbox
WHERE care_unit_id = ?1 AND id >= ?2 AND id < ?3
GROUP BY state",
        [
            (&staff.care_unit).into(),
            first_id_of(from).into(),
            first_id_of(until).into(),
        ],
    )
}

/// When a case's patient first asked, and when staff first answered after: of the cases of a period in which
/// the patient wrote, the newest first.
pub fn first_answers(staff: &Staff, from: Timestamp, until: Timestamp, most: i64) -> Statement {
    Statement::new(
        "SELECT asked.sent_at AS asked_at, (
    SELECT answer.sent_at FROM messages AS answer
    WHERE answer.chat_id = chats.id AND answer.number > asked.number AND answer.sender = 'staff'
    ORDER BY answer.number
    LIMIT 1
  ) AS answered_at
FROM chats
JOIN messages AS asked ON asked.chat_id = chats.id AND asked.number = (
  SELECT first.number FROM messages AS first
  WHERE first.chat_id = chats.id AND first.sender = 'patient'
  ORDER BY first.number
  LIMIT 1
)
WHERE chats.care_unit_id = ?1 AND chats.id >= ?2 AND chats.id < ?3 AND chats.appointment_id IS NULL
ORDER BY chats.id DESC
LIMIT ?4",
        [
            (&staff.care_unit).into(),
            first_id_of(from).into(),
            first_id_of(until).into(),
            most.into(),
        ],
    )
}

/// The care provider's connected units, each with how many work there, how many are signed in now, and when somebody
/// last was active or something last happened there (0 where nobody remembers).
pub fn units(staff: &Staff, now: Timestamp) -> Statement {
    Statement::new(
        "SELECT care_units.id, care_units.name, care_units.age_limit, care_units.opening_hours,
  (SELECT count(*) FROM commissions WHERE commissions.care_unit_id = care_units.id) AS practitioners,
  count(DISTINCT CASE WHEN sessions.ended_at IS NULL AND sessions.ends_at > ?2 THEN sessions.subject END) AS signed_in,
  max(coalesce(max(sessions.renewed_at), 0), coalesce((
    SELECT notifications.created_at FROM notifications
    WHERE notifications.care_unit_id = care_units.id
    ORDER BY notifications.number DESC
    LIMIT 1
  ), 0)) AS active_at
FROM care_units
LEFT JOIN sessions ON sessions.care_unit_id = care_units.id AND sessions.kind = 'practitioner'
WHERE care_units.care_provider_id = ?1
GROUP BY care_units.id
ORDER BY care_units.name, care_units.id
LIMIT 500",
        [(&staff.care_provider).into(), now.into()],
    )
}

/// How each gateway of text messages is: whatever has been used or has failed.
pub fn gateways() -> Statement {
    Statement::new(
        "SELECT name, failing_since, failed_at, works_since, window_began FROM sms_gateways ORDER BY name",
        [],
    )
}

/// The care provider's messages that should have left by now: how many (a thousand at most), and since when the first
/// of them waits.
pub fn waiting(staff: &Staff, now: Timestamp) -> Statement {
    Statement::new(
        "SELECT count(*) AS n, min(due_at) AS since FROM (
  SELECT due_at FROM sms_outbox
  WHERE state = 'queued' AND due_at <= ?1 AND care_provider_id = ?2
  ORDER BY due_at
  LIMIT 1000
)",
        [now.into(), (&staff.care_provider).into()],
    )
}
