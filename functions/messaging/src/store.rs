//! Messaging's own SQL, nothing else. Staff reach their unit's chats and patients their own: the walls stand in
//! the WHERE, and so does who may write when, so that a message that races a closing is in or is refused.
//! 300000 is the five minutes in which a message may be taken back (`case.rs`).

use serde::{Deserialize, Serialize};
use shared::access_log::{self, Activity, LOG_ENTRY_OF_ONE, Resource};
use shared::chat_message::whose;
pub use shared::chat_message::{
    Message, Which, changed_since, files_found, mark_all_read, message, messages, waiting_files,
};
use shared::hsa_id::HsaId;
use shared::identifiers::{AppointmentId, ChatId, ChatNoteId, MessageId};
use shared::opening_hours::OpeningHours;
use shared::patient::Patient;
use shared::platform::{Ports, Row, Statement, StoreError};
use shared::practitioner;
use shared::problem::Problem;
use shared::role::Role;
use shared::sealing::{Place, SealError, Sealer};
use shared::session::{Caller, Staff};
use shared::time::{HOUR, Timestamp};
use shared::words::Language;
use shared::words::messaging::WHY_CLOSED;
use shared::{log_entry_over, patient_columns};
use utoipa::ToSchema;

pub use crate::case::course_from_row;
use crate::case::{Course, Side};
use crate::notice::Notice;

/// Whether an answer is expected now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// Both sides are there.
    Synchronous,
    /// Each writes when they can.
    Asynchronous,
}

impl Phase {
    /// As the store keeps it.
    pub fn as_str(self) -> &'static str {
        match self {
            Phase::Synchronous => "synchronous",
            Phase::Asynchronous => "asynchronous",
        }
    }
}

impl std::str::FromStr for Phase {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "synchronous" => Ok(Phase::Synchronous),
            "asynchronous" => Ok(Phase::Asynchronous),
            _ => Err(()),
        }
    }
}

/// A unit, and what it has chosen for its cases.
#[derive(Debug, Clone)]
pub struct Unit {
    /// HSA-id.
    pub id: HsaId,
    /// Its name.
    pub name: String,
    /// When it is open.
    pub hours: OpeningHours,
    /// How long before the end both sides are told, in milliseconds.
    pub notice: i64,
    /// How long staff may still answer after the end, in milliseconds of opening hours.
    pub grace: i64,
    /// How long after its closing a case may be reopened, in milliseconds.
    pub reopening: i64,
    /// Within how many milliseconds of opening hours the patient can expect an answer.
    pub answer: i64,
    /// Whether patients see what staff have read.
    pub shows_read_marks: bool,
    /// What a patient whose case is closed is told to do.
    pub where_to_turn: Option<String>,
}

impl Unit {
    /// By when a patient who has waited since a moment can expect an answer; nothing where the unit has no hours.
    pub fn answer_by(&self, since: Timestamp) -> Option<Timestamp> {
        self.hours.promised(since, self.answer)
    }

    /// Finds a unit within a care provider.
    pub fn find(id: &HsaId, care_provider: &HsaId) -> Statement {
        Statement::new(
            "SELECT id, care_provider_id, name, public_name, cancellation_cutoff_hours, age_limit,
  id AS care_unit_id, name AS unit_name, opening_hours, case_notice_hours, case_grace_hours,
  case_reopen_hours, case_answer_hours, shows_read_marks, where_to_turn
FROM care_units
WHERE id = ?1 AND care_provider_id = ?2",
            [id.into(), care_provider.into()],
        )
    }

    /// From a row of [`Unit::find`] (which is one of `CareUnit`, too) or [`find`].
    pub fn from_row(row: Row) -> Result<Self, StoreError> {
        Ok(Unit {
            id: row.parsed("care_unit_id")?,
            name: row.text("unit_name")?.to_owned(),
            hours: row.parsed("opening_hours")?,
            notice: row.integer("case_notice_hours")? * HOUR,
            grace: row.integer("case_grace_hours")? * HOUR,
            reopening: row.integer("case_reopen_hours")? * HOUR,
            answer: row.integer("case_answer_hours")? * HOUR,
            shows_read_marks: row.truth("shows_read_marks")?,
            where_to_turn: row.optional_text("where_to_turn")?.map(str::to_owned),
        })
    }
}

/// Who closed a case by hand, and why.
#[derive(Clone, Serialize, Deserialize)]
pub struct Closing {
    /// The practitioner.
    pub by: HsaId,
    /// What they wrote, for staff alone.
    pub reason: String,
}

/// Up to which number each side was given the messages, and has read them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Marks {
    /// Given to the patient.
    pub patient_delivered: i64,
    /// Read by the patient.
    pub patient_read: i64,
    /// Given to staff.
    pub staff_delivered: i64,
    /// Read by staff.
    pub staff_read: i64,
}

/// A colleague who was brought into a chat, and takes part beside who is responsible.
#[derive(Clone)]
pub struct BroughtIn {
    /// Who.
    pub practitioner: HsaId,
    /// Their name.
    pub name: String,
    /// As what.
    pub role: Role,
    /// Who asked them.
    pub by: HsaId,
}

/// A chat with the names around it.
#[derive(Clone)]
pub struct Chat {
    /// Its id; a case's, too.
    pub id: ChatId,
    /// Whose row it is.
    pub care_provider: HsaId,
    /// The unit, with its rules.
    pub unit: Unit,
    /// The patient.
    pub patient: Patient,
    /// The visit whose chat it is.
    pub appointment: Option<AppointmentId>,
    /// Who is responsible; anyone of the role, if nobody.
    pub practitioner: Option<HsaId>,
    /// Their name.
    pub practitioner_name: Option<String>,
    /// As what.
    pub role: Role,
    /// Who takes part, too.
    pub colleagues: Vec<BroughtIn>,
    /// What it is about.
    pub subject: String,
    /// Whether an answer is expected now.
    pub phase: Phase,
    /// What decides about it.
    pub course: Course,
    /// When the patient's first message came that has no answer.
    pub waits_since: Option<Timestamp>,
    /// The number of the last message.
    pub last_number: i64,
    /// What was given and read.
    pub marks: Marks,
    /// Of which message a text message told the patient last.
    pub patient_told: i64,
    /// How many messages the patient hasn't read.
    pub unread_by_patient: i64,
    /// How many messages staff haven't read.
    pub unread_by_staff: i64,
    /// Rises with every change.
    pub version: i64,
    /// Whether a task was made about its unanswered message.
    pub has_task: bool,
    /// Who closed it by hand.
    pub closing: Option<Closing>,
    /// When it was opened by staff.
    pub opened_at: Timestamp,
}

macro_rules! found {
    ($where:literal) => {
        concat!(
            "SELECT
  chats.id, chats.care_provider_id, chats.care_unit_id, chats.patient_id, chats.appointment_id,
  chats.practitioner_id, chats.role, chats.subject, chats.phase, chats.first_writer, chats.patient_may_reply,
  chats.opens_at, chats.closes_at, chats.due_at, chats.begun, chats.last_number, chats.last_from, chats.last_at,
  chats.waits_since, chats.patient_delivered, chats.patient_read, chats.staff_delivered, chats.staff_read,
  chats.patient_told, chats.unread_by_patient, chats.unread_by_staff, chats.version, chats.task_id, chats.grace_ends_at,
  chats.closed_at, chats.closing, chats.opened_at, chats.left_behind,
  care_units.name AS unit_name, care_units.opening_hours, care_units.case_notice_hours,
  care_units.case_grace_hours, care_units.case_reopen_hours, care_units.case_answer_hours,
  care_units.shows_read_marks, care_units.where_to_turn,
  ",
            patient_columns!(),
            ",
  practitioners.name AS practitioner_name, (
    SELECT json_group_array(json_array(brought.practitioner_id, colleagues.name, brought.role, brought.brought_by))
    FROM chat_colleagues AS brought
    JOIN practitioners AS colleagues ON colleagues.id = brought.practitioner_id
    WHERE brought.chat_id = chats.id
  ) AS colleagues
FROM chats
JOIN care_units ON care_units.id = chats.care_unit_id
JOIN patients ON patients.id = chats.patient_id
LEFT JOIN practitioners ON practitioners.id = chats.practitioner_id
WHERE ",
            $where
        )
    };
}

macro_rules! scope {
    ($where:literal) => {
        concat!(
            "SELECT chats.care_provider_id, chats.patient_id
FROM chats
JOIN patients ON patients.id = chats.patient_id
WHERE ",
            $where
        )
    };
}

/// Finds one chat, if the caller may know of it.
pub fn find(id: ChatId, caller: &Caller) -> Statement {
    let sql = match caller {
        Caller::Staff(_) => found!("chats.id = ?1 AND chats.care_unit_id = ?2"),
        Caller::Patient(_) => found!("chats.id = ?1 AND patients.identity_index = ?2"),
    };
    Statement::new(sql, [id.into(), whose(caller)])
}

/// Finds a visit's own chat, if the caller may know of it.
pub fn find_of_visit(visit: AppointmentId, caller: &Caller) -> Statement {
    let sql = match caller {
        Caller::Staff(_) => found!("chats.appointment_id = ?1 AND chats.care_unit_id = ?2"),
        Caller::Patient(_) => found!("chats.appointment_id = ?1 AND patients.identity_index = ?2"),
    };
    Statement::new(sql, [visit.into(), whose(caller)])
}

/// What a visit's chat is made of, if the caller may know of the visit.
pub fn find_visit(visit: AppointmentId, caller: &Caller) -> Statement {
    macro_rules! visit {
        ($where:literal) => {
            concat!(
                "SELECT appointments.id, appointments.care_provider_id, appointments.care_unit_id, appointments.patient_id,
  appointments.state, appointments.practitioner_id, appointments.role, appointments.starts_at, appointments.ends_at,
  appointments.version, appointments.details, care_units.name AS unit_name, care_units.opening_hours, care_units.case_notice_hours,
  care_units.case_grace_hours, care_units.case_reopen_hours, care_units.case_answer_hours,
  care_units.shows_read_marks, care_units.where_to_turn,
  ",
            patient_columns!(),
            ", practitioners.name AS practitioner_name
FROM appointments
JOIN care_units ON care_units.id = appointments.care_unit_id
JOIN patients ON patients.id = appointments.patient_id
LEFT JOIN practitioners ON practitioners.id = appointments.practitioner_id
WHERE appointments.id = ?1 AND ",
                $where
            )
        };
    }
    let sql = match caller {
        Caller::Staff(_) => visit!("appointments.care_unit_id = ?2"),
        Caller::Patient(_) => visit!("patients.identity_index = ?2"),
    };
    Statement::new(sql, [visit.into(), whose(caller)])
}

/// Undoes the batch if a visit has changed since it was read: what moves it or calls it off finds no chat to take along
/// before that is there.
pub fn require_visit(visit: AppointmentId, version: i64) -> Statement {
    Statement::new(
        "INSERT INTO require SELECT count(*) FROM appointments WHERE id = ?1 AND version = ?2",
        [visit.into(), version.into()],
    )
}

/// That something of what the patient has not read in a chat is staff's own, as a condition on `chats`.
macro_rules! is_unread_of_staff {
    () => {
        "EXISTS (
    SELECT 1 FROM messages
    WHERE chat_id = chats.id AND number > chats.patient_read AND sender = 'staff' AND withdrawn_at IS NULL
  )"
    };
}
pub(crate) use is_unread_of_staff;

/// Whether it is so in one chat.
pub fn unread_of_staff(chat: ChatId) -> Statement {
    Statement::new(
        concat!(
            "SELECT ",
            is_unread_of_staff!(),
            " AS unread_of_staff FROM chats WHERE id = ?1"
        ),
        [chat.into()],
    )
}

/// What tells whether a chat has changed: little, for those who ask often.
pub fn find_course(id: ChatId, caller: &Caller) -> Statement {
    let sql = match caller {
        Caller::Staff(_) => {
            "SELECT opens_at, closes_at, first_writer, patient_may_reply, begun, last_from, last_at, grace_ends_at,
  closed_at, due_at, version, last_number,
  (SELECT opening_hours FROM care_units WHERE care_units.id = chats.care_unit_id) AS opening_hours
FROM chats
WHERE id = ?1 AND care_unit_id = ?2"
        }
        Caller::Patient(_) => {
            "SELECT opens_at, closes_at, first_writer, patient_may_reply, begun, last_from, last_at, grace_ends_at,
  closed_at, due_at, version, last_number,
  (SELECT opening_hours FROM care_units WHERE care_units.id = chats.care_unit_id) AS opening_hours
FROM chats
JOIN patients ON patients.id = chats.patient_id
WHERE chats.id = ?1 AND patients.identity_index = ?2"
        }
    };
    Statement::new(sql, [id.into(), whose(caller)])
}

impl Chat {
    /// Whether a text message is to tell the patient of what staff write: one tells of all until the patient has read
    /// what it told of. Where none can be sent, that is kept once for all that is unread.
    pub fn is_to_be_told(&self) -> bool {
        self.unread_by_patient == 0
            || (self.patient_told <= self.marks.patient_read
                && self.patient.reachable_at().is_some())
    }

    /// Whether a text message is to tell the patient, when the synchronous phase ends, of what staff wrote in it, if
    /// they did: see [`unread_of_staff`].
    pub fn is_to_be_told_at_last(&self, unread_of_staff: bool) -> bool {
        self.phase == Phase::Synchronous && unread_of_staff && self.is_to_be_told()
    }

    /// The phase in which it goes on until another end: nobody sits in a chat whose time was over, nor overnight.
    pub fn phase_until(&self, end: Timestamp, now: Timestamp) -> Phase {
        let goes_on = self.course.closed_at.is_none() && now < self.course.closes_at;
        match self.phase {
            Phase::Synchronous if goes_on && end.date_and_clock().0 == now.date_and_clock().0 => {
                Phase::Synchronous
            }
            _ => Phase::Asynchronous,
        }
    }

    /// From a row of [`find`] or of a list.
    pub fn from_row(sealer: &Sealer, row: Row) -> Result<Self, Problem> {
        let care_provider: HsaId = row.parsed("care_provider_id")?;
        let id = row.text("id")?;
        let open = |column: &'static str, row: &str, sealed: &str| {
            let place = Place {
                care_provider: &care_provider,
                column,
                row,
            };
            sealer.open(place, sealed)
        };
        let (practitioner, practitioner_name) =
            practitioner::from_row(sealer, &care_provider, row)?;
        let closing = row
            .optional_text("closing")?
            .map(|sealed| {
                let json = open("chats.closing", id, sealed)?;
                serde_json::from_str(&json)
                    .map_err(|_| Problem::internal("a closing no longer parses"))
            })
            .transpose()?;
        Ok(Chat {
            id: row.parsed("id")?,
            unit: Unit::from_row(row)?,
            patient: Patient::from_columns(sealer, row, "patient_id", "patient_name")?,
            appointment: row.optional_parsed("appointment_id")?,
            practitioner,
            practitioner_name,
            role: row.parsed("role")?,
            colleagues: colleagues_from_row(sealer, &care_provider, row)?,
            subject: open("chats.subject", id, row.text("subject")?)?,
            phase: row.parsed("phase")?,
            course: course_from_row(row)?,
            waits_since: row
                .optional_integer("waits_since")?
                .map(Timestamp::from_millis),
            last_number: row.integer("last_number")?,
            marks: Marks {
                patient_delivered: row.integer("patient_delivered")?,
                patient_read: row.integer("patient_read")?,
                staff_delivered: row.integer("staff_delivered")?,
                staff_read: row.integer("staff_read")?,
            },
            patient_told: row.integer("patient_told")?,
            unread_by_patient: row.integer("unread_by_patient")?,
            unread_by_staff: row.integer("unread_by_staff")?,
            version: row.integer("version")?,
            has_task: row.optional_text("task_id")?.is_some(),
            closing,
            opened_at: Timestamp::from_millis(row.integer("opened_at")?),
            care_provider,
        })
    }
}

fn colleagues_from_row(
    sealer: &Sealer,
    care_provider: &HsaId,
    row: Row,
) -> Result<Vec<BroughtIn>, Problem> {
    let json = row.text("colleagues")?;
    // As nearly always.
    if json == "[]" {
        return Ok(vec![]);
    }
    let broken = || Problem::internal("a chat's colleagues don't parse");
    let rows: Vec<[String; 4]> = serde_json::from_str(json).map_err(|_| broken())?;
    let mut colleagues = vec![];
    for [practitioner, name, role, by] in &rows {
        colleagues.push(BroughtIn {
            practitioner: practitioner.parse().map_err(|_| broken())?,
            name: practitioner::open_name(sealer, care_provider, practitioner, name)?,
            role: role.parse().map_err(|_| broken())?,
            by: by.parse().map_err(|_| broken())?,
        });
    }
    Ok(colleagues)
}

/// The access-log entry for reading one chat: nothing is logged where nothing is found.
pub fn log_read(
    ports: &Ports,
    caller: &Caller,
    kind: &'static str,
    id: ChatId,
) -> Result<Statement, Problem> {
    let sql = match caller {
        Caller::Staff(_) => log_entry_over!(
            "SELECT care_provider_id, patient_id FROM chats WHERE id = ?12 AND care_unit_id = ?13"
        ),
        Caller::Patient(_) => {
            log_entry_over!(scope!("chats.id = ?12 AND patients.identity_index = ?13"))
        }
    };
    access_log::entry(
        ports,
        caller,
        Activity::Read,
        &Resource::new(kind, id),
        sql,
        vec![id.into(), whose(caller)],
    )
}

/// The access-log entry for writing to a chat that was found.
pub fn log_write(
    ports: &Ports,
    caller: &Caller,
    kind: &'static str,
    chat: &Chat,
) -> Result<Statement, Problem> {
    access_log::entry(
        ports,
        caller,
        Activity::Write,
        &Resource::new(kind, chat.id),
        LOG_ENTRY_OF_ONE,
        vec![(&chat.care_provider).into(), chat.patient.id.into()],
    )
}

/// Which chats a list asks for.
#[derive(Debug, Clone, Copy)]
pub enum Listed<'a> {
    /// A unit's that aren't visibly closed, in the order in which something is due, after a place in it.
    Current(Timestamp, &'a str),
    /// All of the caller's, the newest first, before an id.
    All(&'a str),
}

/// Lists chats of the caller's unit, or the patient's own, together with the access-log entry about everyone
/// in the list.
pub fn list(
    ports: &Ports,
    caller: &Caller,
    listed: Listed,
    limit: i64,
) -> Result<[Statement; 2], Problem> {
    let (rows, log, parameters, frame) = match (caller, listed) {
        (Caller::Staff(_), Listed::Current(due, id)) => (
            found!(
                "chats.care_unit_id = ?1 AND chats.due_at IS NOT NULL AND (chats.due_at, chats.id) > (?2, ?3)
ORDER BY chats.due_at, chats.id
LIMIT ?4"
            ),
            log_entry_over!(
                "SELECT care_provider_id, patient_id
FROM chats
WHERE care_unit_id = ?12 AND due_at IS NOT NULL AND (due_at, id) > (?13, ?14)
ORDER BY due_at, id
LIMIT ?15"
            ),
            vec![whose(caller), due.into(), id.into(), limit.into()],
            format!("current/{due}"),
        ),
        (Caller::Staff(_), Listed::All(before)) => (
            found!(
                "chats.care_unit_id = ?1 AND chats.id < ?2
ORDER BY chats.id DESC
LIMIT ?3"
            ),
            log_entry_over!(
                "SELECT care_provider_id, patient_id
FROM chats
WHERE care_unit_id = ?12 AND id < ?13
ORDER BY id DESC
LIMIT ?14"
            ),
            vec![whose(caller), before.into(), limit.into()],
            format!("all/{before}"),
        ),
        (Caller::Patient(_), Listed::All(before) | Listed::Current(_, before)) => (
            found!(
                "patients.identity_index = ?1 AND chats.id < ?2
ORDER BY chats.id DESC
LIMIT ?3"
            ),
            log_entry_over!(scope!(
                "patients.identity_index = ?12 AND chats.id < ?13
ORDER BY chats.id DESC
LIMIT ?14"
            )),
            vec![whose(caller), before.into(), limit.into()],
            format!("own/{before}"),
        ),
    };
    let log = access_log::entry(
        ports,
        caller,
        Activity::Read,
        &Resource::new("cases", frame),
        log,
        parameters.clone(),
    )?;
    Ok([
        Statement {
            sql: rows,
            parameters,
        },
        log,
    ])
}

/// Keeps a new chat.
pub fn insert(
    ports: &Ports,
    sealer: &Sealer,
    chat: &Chat,
    opened_by: &HsaId,
    due_at: Option<Timestamp>,
) -> Result<Statement, Problem> {
    let id = chat.id.to_string();
    let place = Place {
        care_provider: &chat.care_provider,
        column: "chats.subject",
        row: &id,
    };
    let subject = sealer.seal(&*ports.random, place, &chat.subject)?;
    Ok(Statement::new(
        "INSERT INTO chats (
  id, care_provider_id, care_unit_id, patient_id, appointment_id, practitioner_id, role, subject, phase,
  first_writer, patient_may_reply, opens_at, closes_at, due_at, opened_by, opened_at, closed_at, listened_until
)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, 0)",
        [
            id.into(),
            (&chat.care_provider).into(),
            (&chat.unit.id).into(),
            chat.patient.id.into(),
            chat.appointment.into(),
            chat.practitioner.as_ref().into(),
            chat.role.into(),
            subject.into(),
            chat.phase.as_str().into(),
            chat.course.first_writer.into(),
            chat.course.patient_may_reply.into(),
            chat.course.opens_at.into(),
            chat.course.closes_at.into(),
            due_at.into(),
            opened_by.into(),
            chat.opened_at.into(),
            chat.course.closed_at.into(),
        ],
    ))
}

/// That a chat isn't over at a moment, as `Course::state` says it.
macro_rules! is_not_over {
    ($now:literal) => {
        concat!(
            "closed_at IS NULL AND (
    ",
            $now,
            " < closes_at
    OR (last_from = 'patient' AND (grace_ends_at IS NULL OR ",
            $now,
            " < grace_ends_at))
    OR (last_from = 'staff' AND last_at >= closes_at AND ",
            $now,
            " < last_at + 300000)
  )"
        )
    };
}
pub(crate) use is_not_over;

/// Whether somebody may listen in the room of a chat or a unit at a moment.
macro_rules! is_listened_in {
    ($now:literal) => {
        concat!("(listened_until IS NULL OR listened_until > ", $now, ")")
    };
}

/// Counts a message of staff in, if they may write in the chat at this moment, and it has the task that it was read
/// with: one that was made meanwhile is to be ticked off, too; and the phase, for that decides who is told of it. `tells`
/// where a text message tells the patient. Gives the message's number, and whether somebody may listen in the chat's room,
/// as `chat_is_listened_in`.
pub fn count_of_staff(chat: &Chat, tells: bool, now: Timestamp) -> [Statement; 2] {
    [
        Statement::new(
            concat!(
                "UPDATE chats
SET last_number = last_number + 1, version = version + 1, begun = 1, last_from = 'staff', last_at = ?3,
  waits_since = NULL, unread_by_patient = unread_by_patient + 1,
  patient_told = CASE WHEN ?5 THEN last_number + 1 ELSE patient_told END
WHERE id = ?1 AND care_unit_id = ?2 AND opens_at <= ?3
  AND (begun = 1 OR first_writer <> 'patient')
  AND ",
                is_not_over!("?3"),
                "
  AND (task_id IS NOT NULL) = ?4 AND phase = ?6
RETURNING last_number AS number, ",
                is_listened_in!("?3"),
                " AS chat_is_listened_in"
            ),
            [
                chat.id.into(),
                (&chat.unit.id).into(),
                now.into(),
                chat.has_task.into(),
                (tells && chat.patient.reachable_at().is_some()).into(),
                chat.phase.as_str().into(),
            ],
        ),
        Statement::require_changes(),
    ]
}

/// Counts a message of the patient in, if they may write in the chat at this moment. Who waits already keeps their place.
/// As [`count_of_staff`]; and for the unit's room, as `unit_is_listened_in`.
pub fn count_of_patient(chat: &Chat, now: Timestamp) -> [Statement; 2] {
    [
        Statement::new(
            concat!(
                "UPDATE chats
SET last_number = last_number + 1, version = version + 1, begun = 1, last_from = 'patient', last_at = ?3,
  waits_since = coalesce(waits_since, ?3), unread_by_staff = unread_by_staff + 1
WHERE id = ?1 AND patient_id = ?2 AND closed_at IS NULL AND opens_at <= ?3 AND ?3 < closes_at
  AND patient_may_reply = 1 AND (begun = 1 OR first_writer <> 'staff')
RETURNING last_number AS number, ",
                is_listened_in!("?3"),
                " AS chat_is_listened_in,
  (SELECT ",
                is_listened_in!("?3"),
                " FROM care_units WHERE care_units.id = care_unit_id) AS unit_is_listened_in"
            ),
            [chat.id.into(), chat.patient.id.into(), now.into()],
        ),
        Statement::require_changes(),
    ]
}

/// Counts a message of the system in of which a text message tells. Others don't count as unread by the patient:
/// who has read all but them is told anew of what staff write.
pub fn count_of_system(chat: ChatId) -> Statement {
    Statement::new(
        "UPDATE chats
SET last_number = last_number + 1, version = version + 1, unread_by_patient = unread_by_patient + 1,
  patient_told = last_number + 1
WHERE id = ?1",
        [chat.into()],
    )
}

/// A text message tells the patient of all that stands in the chat.
pub fn told(chat: ChatId) -> Statement {
    Statement::new(
        "UPDATE chats SET patient_told = last_number WHERE id = ?1",
        [chat.into()],
    )
}

/// Counts a message of the system in of which no text message tells, if the chat stands as it was read.
pub fn count_silently(chat: &Chat) -> [Statement; 2] {
    [
        Statement::new(
            "UPDATE chats SET last_number = last_number + 1, version = version + 1 WHERE id = ?1 AND version = ?2",
            [chat.id.into(), chat.version.into()],
        ),
        Statement::require_changes(),
    ]
}

/// When a case that was answered after its end is looked at next.
pub fn look_again(chat: ChatId, due_at: Timestamp) -> Statement {
    Statement::new(
        "UPDATE chats SET due_at = ?2 WHERE id = ?1 AND closed_at IS NULL",
        [chat.into(), due_at.into()],
    )
}

/// Lets staff answer anew what they take back after a case's end: their grace lasts another hour (3600000) at least, and
/// the case is looked at again at once.
pub fn ask_again(chat: ChatId, now: Timestamp) -> Statement {
    Statement::new(
        "UPDATE chats SET due_at = ?2, grace_ends_at = max(grace_ends_at, ?2 + 3600000) WHERE id = ?1",
        [chat.into(), now.into()],
    )
}

/// Ticks off the task about an unanswered message: it was answered, or the case goes on.
pub fn finish_task(chat: ChatId, by: &HsaId, now: Timestamp) -> Statement {
    Statement::new(
        "UPDATE tasks SET done_at = ?3, done_by = ?2
WHERE id = (SELECT task_id FROM chats WHERE id = ?1) AND done_at IS NULL",
        [chat.into(), by.into(), now.into()],
    )
}

/// Takes a task up again, if no answer stands any more. Comes after the statements of [`withdraw`].
pub fn resume_task(chat: ChatId) -> Statement {
    Statement::new(
        "UPDATE tasks SET done_at = NULL, done_by = NULL
WHERE id = (SELECT task_id FROM chats WHERE id = ?1 AND last_from = 'patient')",
        [chat.into()],
    )
}

/// A message of a person. Comes after the statement that counts it in, whose number it takes.
pub struct NewMessage<'a> {
    /// Its id.
    pub id: MessageId,
    /// In which chat.
    pub chat: &'a Chat,
    /// Who writes.
    pub from: &'a Caller,
    /// What.
    pub text: &'a str,
    /// When.
    pub sent_at: Timestamp,
}

impl NewMessage<'_> {
    /// The statement that keeps it, sealed.
    pub fn insert(&self, ports: &Ports, sealer: &Sealer) -> Result<Statement, Problem> {
        let id = self.id.to_string();
        let place = Place {
            care_provider: &self.chat.care_provider,
            column: "messages.text",
            row: &id,
        };
        let text = sealer.seal(&*ports.random, place, self.text)?;
        let (sender, practitioner) = match self.from {
            Caller::Staff(staff) => ("staff", Some(&staff.practitioner)),
            Caller::Patient(_) => ("patient", None),
        };
        Ok(Statement::new(
            "INSERT INTO messages (chat_id, number, id, care_provider_id, version, sender, practitioner_id, text, sent_at)
SELECT id, last_number, ?2, care_provider_id, version, ?3, ?4, ?5, ?6
FROM chats
WHERE id = ?1",
            [
                self.chat.id.into(),
                id.into(),
                sender.into(),
                practitioner.into(),
                text.into(),
                self.sent_at.into(),
            ],
        ))
    }
}

/// A message of the system. Comes after the statement that counts it in.
pub fn insert_notice(ports: &Ports, chat: ChatId, notice: Notice) -> Statement {
    insert_notice_naming(ports, chat, notice, None)
}

/// As [`insert_notice`], of one that tells of a practitioner.
pub fn insert_notice_naming(
    ports: &Ports,
    chat: ChatId,
    notice: Notice,
    named: Option<&HsaId>,
) -> Statement {
    Statement::new(
        "INSERT INTO messages (chat_id, number, id, care_provider_id, version, sender, notice, sent_at, named_id)
SELECT id, last_number, ?2, care_provider_id, version, 'system', ?3, ?4, ?5
FROM chats
WHERE id = ?1",
        [
            chat.into(),
            MessageId::new(ports).into(),
            notice.into(),
            ports.clock.now().into(),
            named.into(),
        ],
    )
}

/// Under which number a message was kept: for an answer that is given again.
pub fn number_of(chat: ChatId, message: &str) -> Statement {
    Statement::new(
        "SELECT number FROM messages WHERE chat_id = ?1 AND id = ?2 ORDER BY number DESC LIMIT 1",
        [chat.into(), message.into()],
    )
}

/// Marks as given to the caller what a page of at most `limit` messages reaches, where something unread was not. Gives
/// a row if so. Numbers have no gaps, so where it begins says how far it reaches; earlier messages mark nothing.
pub fn mark_delivered(chat: ChatId, caller: &Caller, which: Which, limit: i64) -> Statement {
    let sql = match caller {
        Caller::Staff(_) => {
            "UPDATE chats SET staff_delivered = min(last_number, ?3), version = version + 1
WHERE id = ?1 AND care_unit_id = ?2 AND unread_by_staff > 0 AND staff_delivered < min(last_number, ?3)
  AND ?4 < last_number
RETURNING id"
        }
        Caller::Patient(_) => {
            "UPDATE chats SET patient_delivered = min(last_number, ?3), version = version + 1
WHERE id = ?1 AND patient_id IN (SELECT id FROM patients WHERE identity_index = ?2)
  AND unread_by_patient > 0 AND patient_delivered < min(last_number, ?3) AND ?4 < last_number
RETURNING id"
        }
    };
    let (up_to, after) = match which {
        Which::After(number) => (number + limit, number),
        Which::Before(None) => (i64::from(u32::MAX), 0),
        Which::Before(Some(_)) => (0, 0),
    };
    let values = [chat.into(), whose(caller), up_to.into(), after.into()];
    Statement::new(sql, values)
}

/// Marks everything up to a number as read by a side, unless it was before.
pub fn mark_read(chat: ChatId, side: Side, number: i64) -> Statement {
    let sql = match side {
        Side::Staff => {
            "UPDATE chats
SET staff_read = ?2, staff_delivered = max(staff_delivered, ?2), version = version + 1, unread_by_staff = (
  SELECT count(*) FROM messages
  WHERE chat_id = ?1 AND number > ?2 AND sender = 'patient' AND withdrawn_at IS NULL
)
WHERE id = ?1 AND staff_read < ?2 AND ?2 <= last_number"
        }
        Side::Patient => {
            "UPDATE chats
SET patient_read = ?2, patient_delivered = max(patient_delivered, ?2), version = version + 1, unread_by_patient = (
  SELECT count(*) FROM messages
  WHERE chat_id = ?1 AND number > ?2 AND withdrawn_at IS NULL
    AND (sender = 'staff' OR notice = 'sms-sent' OR notice LIKE 'closing-soon%')
)
WHERE id = ?1 AND patient_read < ?2 AND ?2 <= last_number"
        }
    };
    Statement::new(sql, [chat.into(), number.into()])
}

/// Sets down that the patient has come into their visit's own chat: from an hour before it (3600000) until its time is
/// over, unless the visit itself is, or it has gone on as a case. Gives a row if so.
pub fn mark_arrived(chat: ChatId, patient: &Caller, now: Timestamp) -> Statement {
    Statement::new(
        "UPDATE chats SET arrived_at = ?3, version = version + 1
WHERE id = ?1 AND patient_id IN (SELECT id FROM patients WHERE identity_index = ?2)
  AND appointment_id IS NOT NULL AND arrived_at IS NULL AND closed_at IS NULL AND phase = 'synchronous'
  AND opens_at - 3600000 <= ?3 AND ?3 < closes_at AND EXISTS (
    SELECT 1 FROM appointments
    WHERE appointments.id = chats.appointment_id AND appointments.state IN ('booked', 'arrived', 'started')
  )
RETURNING id",
        [chat.into(), whose(patient), now.into()],
    )
}

/// Keeps until when a stream of a chat's may be open, and ten minutes (600000) more: whoever comes again soon writes
/// nothing, and no isolate's clock matters.
pub fn listen(chat: ChatId, caller: &Caller, until: Timestamp) -> Statement {
    let sql = match caller {
        Caller::Staff(_) => {
            "UPDATE chats SET listened_until = ?3 + 600000
WHERE id = ?1 AND care_unit_id = ?2 AND coalesce(listened_until, 0) < ?3 + 60000"
        }
        Caller::Patient(_) => {
            "UPDATE chats SET listened_until = ?3 + 600000
WHERE id = ?1 AND patient_id IN (SELECT id FROM patients WHERE identity_index = ?2)
  AND coalesce(listened_until, 0) < ?3 + 60000"
        }
    };
    Statement::new(sql, [chat.into(), whose(caller), until.into()])
}

/// Takes a message back, unless the chat was closed meanwhile: its text goes, a tombstone stays, and the chat forgets that
/// it was the last.
pub fn withdraw(chat: &Chat, number: i64, now: Timestamp) -> [Statement; 3] {
    [
        Statement::new(
            "UPDATE messages SET text = NULL, withdrawn_at = ?3, version = 1 + (SELECT version FROM chats WHERE id = ?1)
WHERE chat_id = ?1 AND number = ?2 AND withdrawn_at IS NULL AND notice IS NULL AND ?3 < sent_at + 300000
  AND EXISTS (SELECT 1 FROM chats WHERE id = ?1 AND closed_at IS NULL)",
            [chat.id.into(), number.into(), now.into()],
        ),
        Statement::require_changes(),
        Statement::new(
            "UPDATE chats
SET version = version + 1,
  (last_from, last_at) = (
    SELECT sender, sent_at FROM messages
    WHERE chat_id = ?1 AND withdrawn_at IS NULL AND sender <> 'system'
    ORDER BY number DESC LIMIT 1
  ),
  waits_since = (
    SELECT min(sent_at) FROM messages
    WHERE chat_id = ?1 AND sender = 'patient' AND withdrawn_at IS NULL AND number > coalesce((
      SELECT max(number) FROM messages WHERE chat_id = ?1 AND sender = 'staff' AND withdrawn_at IS NULL
    ), 0)
  ),
  unread_by_staff = (
    SELECT count(*) FROM messages
    WHERE chat_id = ?1 AND number > staff_read AND sender = 'patient' AND withdrawn_at IS NULL
  ),
  unread_by_patient = (
    SELECT count(*) FROM messages
    WHERE chat_id = ?1 AND number > patient_read AND withdrawn_at IS NULL
      AND (sender = 'staff' OR notice = 'sms-sent' OR notice LIKE 'closing-soon%')
  )
WHERE id = ?1",
            [chat.id.into()],
        ),
    ]
}

/// Gives a case another course, if it stands as it was read; counts in the message that tells of it.
pub fn change_course(
    chat: &Chat,
    after: &Course,
    phase: Phase,
    due_at: Option<Timestamp>,
) -> [Statement; 2] {
    [
        Statement::new(
            "UPDATE chats
SET opens_at = ?3, closes_at = ?4, due_at = ?5, phase = ?6, closed_at = NULL, closing = NULL, task_id = NULL, grace_ends_at = NULL,
  last_number = last_number + 1, version = version + 1
WHERE id = ?1 AND version = ?2",
            [
                chat.id.into(),
                chat.version.into(),
                after.opens_at.into(),
                after.closes_at.into(),
                due_at.into(),
                phase.as_str().into(),
            ],
        ),
        Statement::require_changes(),
    ]
}

/// Opens a visit's chat anew that the visit left behind, if it stands as it was read: as it is given, for the visit's
/// time and with whom the visit is.
pub fn open_anew(chat: &Chat, due_at: Option<Timestamp>) -> [Statement; 2] {
    [
        Statement::new(
            "UPDATE chats
SET practitioner_id = ?3, role = ?4, phase = 'synchronous', opens_at = ?5, closes_at = ?6, due_at = ?7, arrived_at = NULL,
  closed_at = NULL, closing = NULL, task_id = NULL, grace_ends_at = NULL, left_behind = 0, version = version + 1
WHERE id = ?1 AND version = ?2",
            [
                chat.id.into(),
                chat.version.into(),
                chat.practitioner.as_ref().into(),
                chat.role.into(),
                chat.course.opens_at.into(),
                chat.course.closes_at.into(),
                due_at.into(),
            ],
        ),
        Statement::require_changes(),
    ]
}

/// Closes a case by hand, unless the patient's last message has no answer: one may have been taken back meanwhile. As
/// many messages must be unread by the patient as in `chat`: by that it was decided whether a text message tells of them.
/// Counts in the message that tells of it.
pub fn close_by_hand(
    ports: &Ports,
    sealer: &Sealer,
    chat: &Chat,
    closing: &Closing,
    now: Timestamp,
) -> Result<[Statement; 2], Problem> {
    let id = chat.id.to_string();
    let place = Place {
        care_provider: &chat.care_provider,
        column: "chats.closing",
        row: &id,
    };
    let json = shared::json::text(closing)?;
    Ok([
        Statement::new(
            "UPDATE chats
SET closed_at = ?2, due_at = NULL, closing = ?3,
  last_number = last_number + 1, version = version + 1
WHERE id = ?1 AND closed_at IS NULL AND last_from IS NOT 'patient' AND unread_by_patient = ?4",
            [
                id.as_str().into(),
                now.into(),
                sealer.seal(&*ports.random, place, &json)?.into(),
                chat.unread_by_patient.into(),
            ],
        ),
        Statement::require_changes(),
    ])
}

/// A note that staff keep beside a chat.
pub struct Note {
    /// Its id.
    pub id: String,
    /// Who wrote it.
    pub practitioner: HsaId,
    /// Their name.
    pub practitioner_name: String,
    /// What.
    pub text: String,
    /// When.
    pub written_at: Timestamp,
}

/// A note's text, sealed for its row.
fn sealed_note(
    ports: &Ports,
    sealer: &Sealer,
    chat: &Chat,
    id: &str,
    text: &str,
) -> Result<String, SealError> {
    let place = Place {
        care_provider: &chat.care_provider,
        column: "chat_notes.text",
        row: id,
    };
    sealer.seal(&*ports.random, place, text)
}

/// Keeps a note, sealed.
pub fn insert_note(
    ports: &Ports,
    sealer: &Sealer,
    chat: &Chat,
    by: &HsaId,
    id: ChatNoteId,
    text: &str,
) -> Result<Statement, Problem> {
    let id = id.to_string();
    Ok(Statement::new(
        "INSERT INTO chat_notes (chat_id, id, care_provider_id, practitioner_id, text, written_at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        [
            chat.id.into(),
            id.as_str().into(),
            (&chat.care_provider).into(),
            by.into(),
            sealed_note(ports, sealer, chat, &id, text)?.into(),
            ports.clock.now().into(),
        ],
    ))
}

/// Keeps who closed a chat by hand, when and why, as their note, before it is opened again; where no more notes are kept,
/// it opens without. Comes before the statement that opens it.
pub fn keep_closing(
    ports: &Ports,
    sealer: &Sealer,
    chat: &Chat,
    closing: &Closing,
) -> Result<Statement, Problem> {
    let id = ChatNoteId::new(ports).to_string();
    // A note is kept as it was written once, whatever language its readers have.
    let text = format!("{}: {}", Language::Sv.say(WHY_CLOSED), closing.reason);
    Ok(Statement::new(
        "INSERT INTO chat_notes (chat_id, id, care_provider_id, practitioner_id, text, written_at)
SELECT id, ?2, care_provider_id, ?3, ?4, closed_at
FROM chats
WHERE id = ?1 AND version = ?5 AND (SELECT count(*) FROM chat_notes WHERE chat_id = ?1) < 500",
        [
            chat.id.into(),
            id.as_str().into(),
            (&closing.by).into(),
            sealed_note(ports, sealer, chat, &id, &text)?.into(),
            chat.version.into(),
        ],
    ))
}

/// The notes beside a chat of this unit, the oldest first; the schema keeps no more than are asked for.
pub fn notes(chat: ChatId, care_unit: &HsaId) -> Statement {
    Statement::new(
        "SELECT chat_notes.id, chat_notes.care_provider_id, chat_notes.practitioner_id, chat_notes.text,
  chat_notes.written_at, practitioners.name AS practitioner_name
FROM chat_notes
JOIN practitioners ON practitioners.id = chat_notes.practitioner_id
WHERE chat_notes.chat_id = ?1 AND EXISTS (SELECT 1 FROM chats WHERE id = ?1 AND care_unit_id = ?2)
ORDER BY chat_notes.id
LIMIT 500",
        [chat.into(), care_unit.into()],
    )
}

impl Note {
    /// From a row of [`notes`].
    pub fn from_row(sealer: &Sealer, row: Row) -> Result<Self, Problem> {
        let care_provider: HsaId = row.parsed("care_provider_id")?;
        let practitioner: HsaId = row.parsed("practitioner_id")?;
        let id = row.text("id")?;
        let open = |column, row, sealed| {
            let place = Place {
                care_provider: &care_provider,
                column,
                row,
            };
            sealer.open(place, sealed)
        };
        Ok(Note {
            id: id.to_owned(),
            practitioner_name: practitioner::open_name(
                sealer,
                &care_provider,
                practitioner.as_str(),
                row.text("practitioner_name")?,
            )?,
            text: open("chat_notes.text", id, row.text("text")?)?,
            practitioner,
            written_at: Timestamp::from_millis(row.integer("written_at")?),
        })
    }
}

/// The name of whoever of the staff is signed in.
pub fn find_practitioner(staff: &Staff) -> Statement {
    Statement::new(
        "SELECT name FROM practitioners WHERE id = ?1 AND care_provider_id = ?2",
        [(&staff.practitioner).into(), (&staff.care_provider).into()],
    )
}

/// From a row of [`find_practitioner`].
pub fn practitioner_name(sealer: &Sealer, staff: &Staff, row: Row) -> Result<String, Problem> {
    let practitioner = staff.practitioner.as_str();
    practitioner::open_name(
        sealer,
        &staff.care_provider,
        practitioner,
        row.text("name")?,
    )
}
