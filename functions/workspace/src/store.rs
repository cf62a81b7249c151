//! The SQL of staff's own pages and of opening patients, nothing else. The wall stands in each WHERE: the
//! caller's unit.

use shared::access_log::{self, Activity, Resource};
use shared::hsa_id::HsaId;
use shared::identifiers::PatientId;
use shared::log_entry_over;
use shared::paging::Cursor;
use shared::platform::{Ports, Rows, Statement, StoreError, Value};
use shared::problem::Problem;
use shared::sealing::IdentityIndex;
use shared::session::{Caller, Staff};
use shared::time::Timestamp;

/// Whether the patient has anything at the unit: then there is a row.
pub fn has_matter(index: &IdentityIndex, staff: &Staff) -> Statement {
    Statement::new(
        "SELECT 1 AS found
FROM patients
WHERE patients.identity_index = ?1 AND patients.care_provider_id = ?2 AND (
  EXISTS (
    SELECT 1 FROM appointments
    WHERE appointments.patient_id = patients.id AND appointments.care_unit_id = ?3
  )
  OR EXISTS (SELECT 1 FROM chats WHERE chats.patient_id = patients.id AND chats.care_unit_id = ?3)
  OR EXISTS (SELECT 1 FROM tickets WHERE tickets.patient_id = patients.id AND tickets.care_unit_id = ?3)
)
LIMIT 1",
        [
            index.as_str().into(),
            (&staff.care_provider).into(),
            (&staff.care_unit).into(),
        ],
    )
}

/// A patient's chats at the unit, closed ones too, the newest first.
pub fn chats_of(patient: PatientId, staff: &Staff, limit: i64) -> Statement {
    Statement::new(
        "SELECT id, care_provider_id, subject, closes_at, closed_at
FROM chats
WHERE patient_id = ?1 AND care_unit_id = ?2
ORDER BY id DESC
LIMIT ?3",
        [patient.into(), (&staff.care_unit).into(), limit.into()],
    )
}

/// A patient's tickets at the unit, in every state, the newest first.
pub fn tickets_of(patient: PatientId, staff: &Staff, limit: i64) -> Statement {
    Statement::new(
        "SELECT id, role, state, valid_until
FROM tickets
WHERE patient_id = ?1 AND care_unit_id = ?2
ORDER BY id DESC
LIMIT ?3",
        [patient.into(), (&staff.care_unit).into(), limit.into()],
    )
}

/// Keeps who opened a patient in an emergency, and the sealed reason.
pub fn insert_emergency(
    staff: &Staff,
    id: String,
    patient: PatientId,
    now: Timestamp,
    reason: String,
) -> Statement {
    Statement::new(
        "INSERT INTO emergency_accesses (
  id, care_provider_id, care_unit_id, patient_id, practitioner_id, commission_id, at, reason
)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        [
            id.into(),
            (&staff.care_provider).into(),
            (&staff.care_unit).into(),
            patient.into(),
            (&staff.practitioner).into(),
            (&staff.commission).into(),
            now.into(),
            reason.into(),
        ],
    )
}

/// The unit's emergencies, the newest first.
pub fn list_emergencies(care_unit: &HsaId) -> Statement {
    Statement::new(
        "SELECT emergency.id, emergency.care_provider_id, practitioner_id, patient_id, at, reason,
  practitioner.name AS practitioner_name, practitioner.care_provider_id AS employer
FROM emergency_accesses AS emergency
JOIN practitioners AS practitioner ON practitioner.id = practitioner_id
WHERE care_unit_id = ?1
ORDER BY emergency.id DESC
LIMIT 200",
        [care_unit.into()],
    )
}

/// No list of what waits shows more. (The SQL below says it in figures; of tasks and unanswered chats it reads one more,
/// which tells that there are more.)
pub const LONGEST: usize = 50;

/// After which row a list goes on, by what it is ordered by and the row's id; without a cursor before the first.
fn begins_after(cursor: Option<&Cursor>) -> [Value; 2] {
    match cursor {
        Some(cursor) => [cursor.moment.into(), cursor.id.as_str().into()],
        None => [(-1_i64).into(), "".into()],
    }
}

/// What gives the next page of a list, if there is one; `by` is the column that its rows are ordered by.
pub fn next(rows: &Rows, by: &str) -> Result<Option<String>, StoreError> {
    match rows.iter().nth(LONGEST - 1) {
        Some(last) if rows.len() > LONGEST => {
            let moment = Timestamp::from_millis(last.integer(by)?);
            let id = last.text("id")?.to_owned();
            Ok(Some(Cursor { moment, id }.to_text()))
        }
        _ => Ok(None),
    }
}

/// The unit's tasks that aren't done, after a place in their order (the schema has it): those about an unanswered question
/// first, then the oldest.
pub fn tasks(staff: &Staff, after: Option<&Cursor>) -> Statement {
    let [turn, id] = begins_after(after);
    Statement::new(
        "SELECT tasks.id, tasks.turn, tasks.care_provider_id, tasks.kind, tasks.resource_type, tasks.resource_id, tasks.note, tasks.created_at,
  tasks.patient_id, patients.name AS patient_name, patients.protected_identity
FROM tasks
JOIN patients ON patients.id = tasks.patient_id
WHERE tasks.care_unit_id = ?1 AND tasks.done_at IS NULL AND (tasks.turn, tasks.id) > (?2, ?3)
ORDER BY tasks.turn, tasks.id
LIMIT 51",
        [(&staff.care_unit).into(), turn, id],
    )
}

/// The unit's tickets that still can be redeemed, those that run out first before the others.
pub fn tickets(staff: &Staff, now: Timestamp) -> Statement {
    Statement::new(
        "SELECT tickets.id, tickets.care_provider_id, tickets.role, tickets.valid_until,
  tickets.patient_id, patients.name AS patient_name, patients.protected_identity
FROM tickets
JOIN patients ON patients.id = tickets.patient_id
WHERE tickets.care_unit_id = ?1 AND tickets.state = 'open' AND tickets.valid_until > ?2
ORDER BY tickets.valid_until
LIMIT 50",
        [(&staff.care_unit).into(), now.into()],
    )
}

/// The unit's chats whose last message is the patient's, those first who have waited longest, after a place in their order.
pub fn unanswered(staff: &Staff, after: Option<&Cursor>) -> Statement {
    let [since, id] = begins_after(after);
    Statement::new(
        "SELECT chats.id, chats.care_provider_id, chats.subject, chats.waits_since,
  chats.patient_id, patients.name AS patient_name, patients.protected_identity
FROM chats
JOIN patients ON patients.id = chats.patient_id
WHERE chats.care_unit_id = ?1 AND chats.due_at IS NOT NULL AND chats.last_from = 'patient'
  AND (chats.waits_since, chats.id) > (?2, ?3)
ORDER BY chats.waits_since, chats.id
LIMIT 51",
        [(&staff.care_unit).into(), since, id],
    )
}

/// Of each list of matters so many are shown. (The SQL below says it in figures, and reads one more, which tells that
/// there are more.)
pub const MATTERS_SHOWN: usize = 100;

macro_rules! open_chats {
    ($columns:literal, $from:literal, $unit:literal, $whose:literal, $limit:literal) => {
        concat!(
            "SELECT ",
            $columns,
            " FROM ",
            $from,
            " WHERE chats.care_unit_id = ",
            $unit,
            " AND chats.due_at IS NOT NULL AND ",
            $whose,
            "
ORDER BY chats.due_at, chats.id
LIMIT ",
            $limit
        )
    };
}

macro_rules! matters {
    ($from:literal, $whose:literal) => {
        open_chats!(
            "chats.id, chats.care_provider_id, chats.subject, chats.closes_at, chats.patient_id,
  patients.name AS patient_name, patients.protected_identity",
            $from,
            "?1",
            $whose,
            "101"
        )
    };
}

/// The unit's chats that aren't closed and are nobody's (the pool), and those that are the caller's own, each soonest
/// due first; and the entry about everyone who is shown of them.
pub fn matters(ports: &Ports, staff: &Staff) -> Result<[Statement; 3], Problem> {
    let log = access_log::entry(
        ports,
        &Caller::Staff(staff.clone()),
        Activity::Read,
        &Resource::new("matters", &staff.care_unit),
        log_entry_over!(concat!(
            "SELECT care_provider_id, patient_id FROM (",
            open_chats!(
                "chats.care_provider_id, chats.patient_id",
                "chats",
                "?12",
                "chats.practitioner_id IS NULL",
                "100"
            ),
            ") UNION ALL SELECT care_provider_id, patient_id FROM (",
            open_chats!(
                "chats.care_provider_id, chats.patient_id",
                "chats",
                "?12",
                "chats.practitioner_id = ?13",
                "100"
            ),
            ")"
        )),
        vec![(&staff.care_unit).into(), (&staff.practitioner).into()],
    )?;
    let pool = matters!(
        "chats JOIN patients ON patients.id = chats.patient_id",
        "chats.practitioner_id IS NULL"
    );
    let own = matters!(
        "chats JOIN patients ON patients.id = chats.patient_id",
        "chats.practitioner_id = ?2"
    );
    Ok([
        Statement::new(pool, [(&staff.care_unit).into()]),
        Statement::new(
            own,
            [(&staff.care_unit).into(), (&staff.practitioner).into()],
        ),
        log,
    ])
}

/// The unit's chats that aren't closed and into which the caller was brought, soonest due first; and the entry about
/// everyone who is shown of them.
pub fn joined(ports: &Ports, staff: &Staff) -> Result<[Statement; 2], Problem> {
    let whose = || [(&staff.care_unit).into(), (&staff.practitioner).into()];
    let log = access_log::entry(
        ports,
        &Caller::Staff(staff.clone()),
        Activity::Read,
        &Resource::new("matters", &staff.practitioner),
        log_entry_over!(open_chats!(
            "chats.care_provider_id, chats.patient_id",
            "chat_colleagues JOIN chats ON chats.id = chat_colleagues.chat_id",
            "?12",
            "chat_colleagues.practitioner_id = ?13",
            "100"
        )),
        whose().into(),
    )?;
    let rows = matters!(
        "chat_colleagues JOIN chats ON chats.id = chat_colleagues.chat_id JOIN patients ON patients.id = chats.patient_id",
        "chat_colleagues.practitioner_id = ?2"
    );
    Ok([Statement::new(rows, whose()), log])
}

/// The entry about everyone in the three lists above, each from where it begins.
pub fn log_waiting(
    ports: &Ports,
    staff: &Staff,
    now: Timestamp,
    tasks: Option<&Cursor>,
    unanswered: Option<&Cursor>,
) -> Result<Statement, Problem> {
    let mut scope = vec![(&staff.care_unit).into(), now.into()];
    scope.extend(begins_after(tasks));
    scope.extend(begins_after(unanswered));
    access_log::entry(
        ports,
        &Caller::Staff(staff.clone()),
        Activity::Read,
        &Resource::new("waiting", &staff.care_unit),
        log_entry_over!(
            "SELECT care_provider_id, patient_id FROM (
    SELECT care_provider_id, patient_id FROM tasks
    WHERE care_unit_id = ?12 AND done_at IS NULL AND (turn, id) > (?14, ?15) ORDER BY turn, id LIMIT 50
  )
  UNION SELECT care_provider_id, patient_id FROM (
    SELECT care_provider_id, patient_id FROM tickets
    WHERE care_unit_id = ?12 AND state = 'open' AND valid_until > ?13 ORDER BY valid_until LIMIT 50
  )
  UNION SELECT care_provider_id, patient_id FROM (
    SELECT care_provider_id, patient_id FROM chats
    WHERE care_unit_id = ?12 AND due_at IS NOT NULL AND last_from = 'patient' AND (waits_since, id) > (?16, ?17)
    ORDER BY waits_since, id LIMIT 50
  )"
        ),
        scope,
    )
}

/// The unit's notifications, the newest first: those for all, and for the caller alone. They name nobody, so reading them
/// leaves no entry in the access log.
pub fn notifications(staff: &Staff) -> Statement {
    Statement::new(
        "SELECT kind, resource_type, resource_id, times, created_at
FROM notifications
WHERE care_unit_id = ?1 AND care_provider_id = ?2 AND (practitioner_id IS NULL OR practitioner_id = ?3)
ORDER BY number DESC
LIMIT 50",
        [
            (&staff.care_unit).into(),
            (&staff.care_provider).into(),
            (&staff.practitioner).into(),
        ],
    )
}

/// Who has come into the chat of a visit of this day that nobody has begun: the visit, its chat and since when. The
/// visits themselves are in the day's list, whose entry in the access log names everyone.
pub fn came_into_chats(staff: &Staff, (begins, ends): (Timestamp, Timestamp)) -> Statement {
    Statement::new(
        "SELECT chats.appointment_id, chats.id, chats.arrived_at
FROM chats
JOIN appointments ON appointments.id = chats.appointment_id
WHERE chats.care_unit_id = ?1 AND chats.arrived_at >= ?2 AND chats.closed_at IS NULL
  AND appointments.state = 'booked' AND appointments.starts_at >= ?2 AND appointments.starts_at < ?3
LIMIT 100",
        [(&staff.care_unit).into(), begins.into(), ends.into()],
    )
}

/// How much waits, in numbers of a hundred at most: patients who are here to this day's visits, unanswered chats, tasks, and
/// matters that were offered to the caller.
pub fn waiting(staff: &Staff, (begins, ends): (Timestamp, Timestamp)) -> Statement {
    Statement::new(
        "SELECT
  (SELECT count(*) FROM (
    SELECT 1 FROM appointments
    WHERE care_unit_id = ?1 AND state = 'arrived' AND starts_at >= ?3 AND starts_at < ?4
    UNION ALL
    SELECT 1 FROM chats
    JOIN appointments ON appointments.id = chats.appointment_id
    WHERE chats.care_unit_id = ?1 AND chats.arrived_at >= ?3 AND chats.closed_at IS NULL
      AND appointments.state = 'booked' AND appointments.starts_at >= ?3 AND appointments.starts_at < ?4
    LIMIT 100
  )) AS arrived,
  (SELECT count(*) FROM (
    SELECT 1 FROM chats WHERE care_unit_id = ?1 AND due_at IS NOT NULL AND last_from = 'patient' LIMIT 100
  )) AS unanswered,
  (SELECT count(*) FROM (
    SELECT 1 FROM tasks WHERE care_unit_id = ?1 AND done_at IS NULL LIMIT 100
  )) AS tasks,
  (SELECT count(*) FROM (
    SELECT 1 FROM chat_handovers
    JOIN chats ON chats.id = chat_handovers.chat_id AND chats.care_unit_id = ?1
    WHERE chat_handovers.to_id = ?2 AND chat_handovers.answered_at IS NULL LIMIT 100
  )) AS offered",
        [
            (&staff.care_unit).into(),
            (&staff.practitioner).into(),
            begins.into(),
            ends.into(),
        ],
    )
}

/// The entry about everyone in the list of tasks.
pub fn log_tasks(
    ports: &Ports,
    staff: &Staff,
    after: Option<&Cursor>,
) -> Result<Statement, Problem> {
    let mut scope = vec![(&staff.care_unit).into()];
    scope.extend(begins_after(after));
    access_log::entry(
        ports,
        &Caller::Staff(staff.clone()),
        Activity::Read,
        &Resource::new("tasks", &staff.care_unit),
        log_entry_over!(
            "SELECT care_provider_id, patient_id FROM tasks
  WHERE care_unit_id = ?12 AND done_at IS NULL AND (turn, id) > (?13, ?14) ORDER BY turn, id LIMIT 50"
        ),
        scope,
    )
}

/// Whether the unit has such a task.
pub fn task(staff: &Staff, id: &str) -> Statement {
    Statement::new(
        "SELECT id FROM tasks WHERE id = ?1 AND care_unit_id = ?2",
        [id.into(), (&staff.care_unit).into()],
    )
}

/// Ticks a task off, once: whoever was first stays.
pub fn tick_off(staff: &Staff, id: &str, now: Timestamp) -> Statement {
    Statement::new(
        "UPDATE tasks SET done_at = ?3, done_by = ?4
WHERE id = ?1 AND care_unit_id = ?2 AND done_at IS NULL",
        [
            id.into(),
            (&staff.care_unit).into(),
            now.into(),
            (&staff.practitioner).into(),
        ],
    )
}

/// The entry about the one whom a task is about.
pub fn log_ticked_off(ports: &Ports, staff: &Staff, id: &str) -> Result<Statement, Problem> {
    access_log::entry(
        ports,
        &Caller::Staff(staff.clone()),
        Activity::Write,
        &Resource::new("task", id),
        log_entry_over!(
            "SELECT care_provider_id, patient_id FROM tasks WHERE id = ?12 AND care_unit_id = ?13"
        ),
        vec![id.into(), (&staff.care_unit).into()],
    )
}

/// The names of those with a matter at the unit: of its latest thousand visits, cases and tickets. Nobody's
/// whose identity is protected.
pub fn names(staff: &Staff) -> Statement {
    Statement::new(
        "SELECT patients.id, patients.care_provider_id, patients.identity, patients.name, patients.phone, patients.sms_consent, patients.language, patients.protected_identity
FROM patients
WHERE patients.protected_identity = 0 AND patients.id IN (
  SELECT patient_id FROM (SELECT patient_id FROM appointments WHERE care_unit_id = ?1 ORDER BY starts_at DESC, id DESC LIMIT 1000)
  UNION SELECT patient_id FROM (SELECT patient_id FROM chats WHERE care_unit_id = ?1 ORDER BY id DESC LIMIT 1000)
  UNION SELECT patient_id FROM (SELECT patient_id FROM tickets WHERE care_unit_id = ?1 ORDER BY id DESC LIMIT 1000)
)",
        [(&staff.care_unit).into()],
    )
}

/// The entry about those whom a search by name shows; `found` is a JSON array of their ids.
pub fn log_found(ports: &Ports, staff: &Staff, found: String) -> Result<Statement, Problem> {
    access_log::entry(
        ports,
        &Caller::Staff(staff.clone()),
        Activity::Read,
        &Resource::new("patients", "by name"),
        log_entry_over!(
            "SELECT care_provider_id, id AS patient_id FROM patients
  WHERE id IN (SELECT value FROM json_each(?12)) AND care_provider_id = ?13"
        ),
        vec![found.into(), (&staff.care_provider).into()],
    )
}
