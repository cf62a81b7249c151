//! The SQL of sending: what is due, claiming it, and writing down what became of it. A state only goes forward,
//! from queued over sent to delivered or failed, whatever comes late, twice or in another order.

use std::collections::BTreeMap;

use shared::access_log::{self, Activity, LOG_ENTRY_OF_ONE, Resource};
use shared::hsa_id::HsaId;
use shared::identifiers::PatientId;
use shared::log_entry_over;
use shared::platform::{Outcome, Ports, Row, Statement, StoreError};
use shared::problem::Problem;
use shared::session::{Caller, Staff};
use shared::time::{HOUR, Timestamp};

use crate::pace::Health;

/// How long a sender has for a page, in milliseconds: longer than any call out may take.
pub const LEASE: i64 = 60_000;
/// How long a delivery report may take, in milliseconds.
pub const REPORT_WITHIN: i64 = 24 * HOUR;

/// The messages that are due, with what each tells of as it is now. One whose phone has an earlier message
/// that was tried and not put off, or is due as well, waits for it.
pub fn due(now: Timestamp, limit: i64) -> Statement {
    Statement::new(
        "SELECT
  sms.id, sms.care_provider_id, sms.care_unit_id, sms.patient_id, sms.participant_id, sms.template, sms.language,
  sms.recipient, sms.fields, sms.due_at, sms.created_at, sms.attempts, sms.asked,
  sms.appointment_id, sms.ticket_id, sms.chat_id,
  care_units.public_name, care_units.age_limit, care_units.reminds_day_before, care_units.reminds_hour_before,
  care_units.case_notice_hours,
  patients.identity, patients.phone, patients.sms_consent, patients.protected_identity,
  appointments.state AS visit_state, appointments.starts_at,
  tickets.state AS ticket_state, tickets.valid_until,
  chats.closed_at, chats.closes_at, chats.unread_by_patient,
  sms_refusals.refused_at,
  EXISTS (
    SELECT 1 FROM sms_outbox AS newer
    WHERE newer.patient_id = sms.patient_id AND newer.id > sms.id AND newer.template = sms.template
      AND coalesce(newer.appointment_id, newer.ticket_id, newer.chat_id)
        = coalesce(sms.appointment_id, sms.ticket_id, sms.chat_id)
  ) AS told_anew
FROM sms_outbox AS sms
JOIN care_units ON care_units.id = sms.care_unit_id
JOIN patients ON patients.id = sms.patient_id
LEFT JOIN appointments ON appointments.id = sms.appointment_id
LEFT JOIN tickets ON tickets.id = sms.ticket_id
LEFT JOIN chats ON chats.id = sms.chat_id
LEFT JOIN sms_refusals ON sms_refusals.phone_index =
  CASE WHEN sms.participant_id IS NULL THEN coalesce(patients.phone_index, sms.recipient_index) ELSE sms.recipient_index END
WHERE sms.state = 'queued' AND sms.due_at <= ?1
  AND NOT EXISTS (
    SELECT 1 FROM sms_outbox AS earlier
    WHERE earlier.recipient_index = sms.recipient_index AND earlier.state = 'queued'
      AND earlier.id < sms.id AND ((earlier.attempts > 0 AND earlier.put_off = 0) OR earlier.due_at <= ?1)
  )
ORDER BY sms.due_at
LIMIT ?2",
        [now.into(), limit.into()],
    )
}

/// Claims those of the ids (a JSON array) that are still due, and gives back which they were. Whoever dies with
/// a claim leaves them to come back when the lease is over.
pub fn claim(ids: &str, lease: &str, now: Timestamp) -> Statement {
    Statement::new(
        "UPDATE sms_outbox
SET due_at = ?4, lease = ?2, attempts = attempts + 1, put_off = 0
WHERE id IN (SELECT value FROM json_each(?1)) AND state = 'queued' AND due_at <= ?3
RETURNING id",
        [ids.into(), lease.into(), now.into(), now.plus(LEASE).into()],
    )
}

/// The access-log entry of claimed messages: whoever sends one reads where it goes.
pub fn log_claim(ports: &Ports, ids: &str, lease: &str) -> Result<Statement, Problem> {
    access_log::entry_of_job(
        ports,
        "sms/deliver",
        Activity::Read,
        &Resource::new("text-messages", lease),
        log_entry_over!(
            "SELECT care_provider_id, patient_id FROM sms_outbox
WHERE id IN (SELECT value FROM json_each(?12)) AND lease = ?13"
        ),
        vec![ids.into(), lease.into()],
    )
}

/// The access-log entry of a task that a message gives staff, by the job of this name.
pub fn log_task(
    ports: &Ports,
    job: &'static str,
    id: &str,
    care_provider: &HsaId,
    patient: PatientId,
) -> Result<Statement, Problem> {
    access_log::entry_of_job(
        ports,
        job,
        Activity::Write,
        &Resource::new("text-message", id),
        LOG_ENTRY_OF_ONE,
        vec![care_provider.into(), patient.into()],
    )
}

/// The access-log entry of the reminders of visits (a JSON array of ids) that are written.
pub fn log_reminders(
    ports: &Ports,
    template: &'static str,
    visits: &str,
) -> Result<Statement, Problem> {
    access_log::entry_of_job(
        ports,
        "sms/remind",
        Activity::Write,
        &Resource::new("text-messages", template),
        log_entry_over!(
            "SELECT care_provider_id, patient_id FROM appointments WHERE id IN (SELECT value FROM json_each(?12))"
        ),
        vec![visits.into()],
    )
}

/// Puts a message off, as it was read.
pub fn put_off(id: &str, read_due_at: Timestamp, until: Timestamp) -> Statement {
    Statement::new(
        "UPDATE sms_outbox SET due_at = ?3, put_off = 1 WHERE id = ?1 AND state = 'queued' AND due_at = ?2",
        [id.into(), read_due_at.into(), until.into()],
    )
}

/// Keeps a message back for good, as it was read.
pub fn withhold(id: &str, read_due_at: Timestamp, why: &str, now: Timestamp) -> Statement {
    Statement::new(
        "UPDATE sms_outbox SET state = 'withheld', failure = ?3, settled_at = ?4
WHERE id = ?1 AND state = 'queued' AND due_at = ?2",
        [id.into(), read_due_at.into(), why.into(), now.into()],
    )
}

/// A gateway took the message that this lease holds, and reports on it by then, if it ever does.
pub fn taken(
    id: &str,
    lease: &str,
    gateway: &'static str,
    gateway_id: &str,
    now: Timestamp,
    report_due_at: Option<Timestamp>,
) -> Statement {
    Statement::new(
        "UPDATE sms_outbox
SET state = 'sent', gateway = ?3, gateway_id = ?4, sent_at = ?5, report_due_at = ?6, lease = NULL, failure = NULL
WHERE id = ?1 AND lease = ?2 AND state = 'queued'",
        [
            id.into(),
            lease.into(),
            gateway.into(),
            gateway_id.into(),
            now.into(),
            report_due_at.into(),
        ],
    )
}

/// A try failed: the message that this lease holds comes again.
pub fn comes_again(id: &str, lease: &str, why: &str, at: Timestamp) -> Statement {
    Statement::new(
        "UPDATE sms_outbox SET due_at = ?4, failure = ?3, lease = NULL
WHERE id = ?1 AND lease = ?2 AND state = 'queued'",
        [id.into(), lease.into(), why.into(), at.into()],
    )
}

/// The gateway was busy: the message that this lease holds was not tried, and is due since when it was. A later
/// moment would let one behind it overtake it in a run that began before that moment.
pub fn was_not_tried(id: &str, lease: &str, why: &str, due_since: Timestamp) -> Statement {
    Statement::new(
        "UPDATE sms_outbox SET due_at = ?4, attempts = attempts - 1, failure = ?3, lease = NULL
WHERE id = ?1 AND lease = ?2 AND state = 'queued'",
        [id.into(), lease.into(), why.into(), due_since.into()],
    )
}

/// The last try failed: a dead letter. Followed by [`Statement::require_changes`] and its task.
pub fn dead(id: &str, lease: &str, why: &str, now: Timestamp) -> Statement {
    Statement::new(
        "UPDATE sms_outbox SET state = 'failed', failure = ?3, settled_at = ?4, lease = NULL
WHERE id = ?1 AND lease = ?2 AND state = 'queued'",
        [id.into(), lease.into(), why.into(), now.into()],
    )
}

/// What a report changes: a message that was delivered, or will not be. Nothing goes back from there. Of one that
/// arrived after all nobody needs to look any more: the last statement gives the units whose task that closes.
pub fn report_delivered(
    ports: &Ports,
    id: &str,
    now: Timestamp,
) -> Result<[Statement; 3], Problem> {
    let delivered = Statement::new(
        "UPDATE sms_outbox
SET state = 'delivered', failure = NULL, settled_at = ?2, report_due_at = NULL, lease = NULL, sent_at = coalesce(sent_at, ?2)
WHERE id = ?1 AND (state = 'sent' OR state = 'failed' OR (state = 'queued' AND attempts > 0))",
        [id.into(), now.into()],
    );
    let log = access_log::entry_of_job(
        ports,
        "sms/report",
        Activity::Write,
        &Resource::new("text-message", id),
        log_entry_over!(
            "SELECT care_provider_id, patient_id FROM tasks
WHERE resource_id = ?12 AND resource_type = 'text-message' AND done_at IS NULL
  AND EXISTS (SELECT 1 FROM sms_outbox WHERE id = ?12 AND state = 'delivered')"
        ),
        vec![id.into()],
    )?;
    let done = Statement::new(
        "UPDATE tasks SET done_at = ?2, done_by = 'system'
WHERE resource_id = ?1 AND resource_type = 'text-message' AND done_at IS NULL
  AND EXISTS (SELECT 1 FROM sms_outbox WHERE id = ?1 AND state = 'delivered')
RETURNING care_unit_id",
        [id.into(), now.into()],
    );
    Ok([delivered, log, done])
}

/// As [`report_delivered`], for a message that the network gave up, which the gateway calls so: of one that was sent
/// again, or twice because an answer was lost, an earlier copy's failure tells nothing. Followed by
/// [`Statement::require_changes`] and its task.
pub fn report_failed(id: &str, gateway_id: &str, now: Timestamp) -> Statement {
    Statement::new(
        "UPDATE sms_outbox
SET state = 'failed', failure = 'not-delivered', settled_at = ?2, report_due_at = NULL, lease = NULL
WHERE id = ?1 AND (
  (state = 'sent' AND gateway_id = ?3)
  OR (state = 'queued' AND attempts > 0 AND (gateway_id IS NULL OR gateway_id <> ?3))
)",
        [id.into(), now.into(), gateway_id.into()],
    )
}

/// Whose message it is: for the task that a failure gives.
pub fn find(id: &str) -> Statement {
    Statement::new(
        "SELECT id, care_provider_id, care_unit_id, patient_id, state, attempts FROM sms_outbox WHERE id = ?1",
        [id.into()],
    )
}

/// The messages whose report is overdue.
pub fn without_report(now: Timestamp, limit: i64) -> Statement {
    Statement::new(
        "SELECT id, care_provider_id, care_unit_id, patient_id FROM sms_outbox
WHERE report_due_at <= ?1
ORDER BY report_due_at
LIMIT ?2",
        [now.into(), limit.into()],
    )
}

/// Staff is told once. Followed by [`Statement::require_changes`] and the task.
pub fn stop_waiting(id: &str) -> Statement {
    Statement::new(
        "UPDATE sms_outbox SET report_due_at = NULL, failure = 'no-report'
WHERE id = ?1 AND report_due_at IS NOT NULL",
        [id.into()],
    )
}

/// The messages that wait since a moment or longer, of which staff has not been told.
pub fn waiting_since(since: Timestamp, limit: i64) -> Statement {
    Statement::new(
        "SELECT id, care_provider_id, care_unit_id, patient_id FROM sms_outbox
WHERE state = 'queued' AND told_waiting = 0 AND coalesce(waits_since, created_at) <= ?1
ORDER BY due_at
LIMIT ?2",
        [since.into(), limit.into()],
    )
}

/// Staff is told once. Followed by [`Statement::require_changes`] and the task.
pub fn tell_that_it_waits(id: &str) -> Statement {
    Statement::new(
        "UPDATE sms_outbox SET told_waiting = 1, failure = 'waits' WHERE id = ?1 AND state = 'queued' AND told_waiting = 0",
        [id.into()],
    )
}

/// How every gateway is.
pub fn healths() -> Statement {
    Statement::new(
        "SELECT name, failing_since, failed_at, not_before, refused FROM sms_gateways",
        [],
    )
}

impl Health {
    /// From a row of [`healths`], with the gateway's name.
    fn from_row(row: Row) -> Result<(String, Self), StoreError> {
        let at =
            |column| Ok::<_, StoreError>(row.optional_integer(column)?.map(Timestamp::from_millis));
        Ok((
            row.text("name")?.to_owned(),
            Health {
                failing_since: at("failing_since")?,
                failed_at: at("failed_at")?,
                not_before: at("not_before")?,
                refused: row.integer("refused")?,
            },
        ))
    }
}

/// How the gateways of these names are, in their order: one of which nothing is known is well.
pub fn healths_of(
    names: impl Iterator<Item = &'static str>,
    found: &Outcome,
) -> Result<Vec<Health>, StoreError> {
    let known = found.rows.iter().map(Health::from_row);
    let known: BTreeMap<String, Health> = known.collect::<Result<_, _>>()?;
    Ok(names
        .map(|name| known.get(name).copied().unwrap_or_default())
        .collect())
}

/// A gateway failed, or asks to be left alone until a moment.
pub fn gateway_failed(
    name: &'static str,
    not_before: Option<Timestamp>,
    now: Timestamp,
) -> Statement {
    Statement::new(
        "INSERT INTO sms_gateways (name, failing_since, failed_at, not_before) VALUES (?1, ?2, ?2, ?3)
ON CONFLICT (name) DO UPDATE SET
  failing_since = coalesce(failing_since, excluded.failed_at), failed_at = excluded.failed_at, works_since = NULL,
  not_before = coalesce(max(excluded.not_before, coalesce(not_before, 0)), not_before)",
        [name.into(), now.into(), not_before.into()],
    )
}

/// A gateway that had failed works again; when it last failed is kept.
pub fn gateway_works(name: &'static str, now: Timestamp) -> Statement {
    Statement::new(
        "UPDATE sms_gateways SET failing_since = NULL, works_since = ?2 WHERE name = ?1 AND failing_since IS NOT NULL",
        [name.into(), now.into()],
    )
}

/// How many messages a gateway has refused one after the other.
pub fn gateway_refused(name: &'static str, in_a_row: i64) -> Statement {
    Statement::new(
        "INSERT INTO sms_gateways (name, refused) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET refused = excluded.refused",
        [name.into(), in_a_row.into()],
    )
}

/// Counts `messages` more through a gateway this second, if they are within its rate: then it gives a row.
pub fn count_through(name: &'static str, messages: i64, rate: i64, now: Timestamp) -> Statement {
    Statement::new(
        "INSERT INTO sms_gateways (name, window_began, window_sent) VALUES (?1, ?4, ?2)
ON CONFLICT (name) DO UPDATE SET
  window_sent = CASE WHEN window_began <= ?4 - 1000 THEN excluded.window_sent ELSE window_sent + excluded.window_sent END,
  window_began = CASE WHEN window_began <= ?4 - 1000 THEN excluded.window_began ELSE window_began END
WHERE window_began <= ?4 - 1000 OR window_sent + excluded.window_sent <= ?3
RETURNING window_sent",
        [name.into(), messages.into(), rate.into(), now.into()],
    )
}

/// The messages about one patient of the unit, the newest first, with the access-log entry.
pub fn list(ports: &Ports, staff: &Staff, patient: &str) -> Result<[Statement; 2], Problem> {
    let log = access_log::entry(
        ports,
        &Caller::Staff(staff.clone()),
        Activity::Read,
        &Resource::new("text-messages", patient),
        log_entry_over!(
            "SELECT care_provider_id, patient_id FROM sms_outbox WHERE patient_id = ?12 AND care_unit_id = ?13"
        ),
        vec![patient.into(), (&staff.care_unit).into()],
    )?;
    let rows = Statement::new(
        "SELECT id, template, state, failure, created_at, sent_at, settled_at, appointment_id, ticket_id, chat_id, participant_id
FROM sms_outbox
WHERE patient_id = ?1 AND care_unit_id = ?2
ORDER BY id DESC
LIMIT 100",
        [patient.into(), (&staff.care_unit).into()],
    );
    Ok([rows, log])
}

/// What a page's messages are about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum About {
    /// A visit.
    Appointment,
    /// A ticket.
    Ticket,
    /// A case, or a visit's chat.
    Case,
    /// One message alone.
    Message,
}

impl About {
    /// By the word that stands in addresses, which is the store's for the resource of a task.
    pub fn named(name: &str) -> Option<Self> {
        let all = [
            About::Appointment,
            About::Ticket,
            About::Case,
            About::Message,
        ];
        all.into_iter().find(|about| about.as_str() == name)
    }

    /// The word in addresses.
    pub fn as_str(self) -> &'static str {
        match self {
            About::Appointment => "appointment",
            About::Ticket => "ticket",
            About::Case => "case",
            About::Message => "text-message",
        }
    }
}

/// The unit's messages about a row of a table (by the index over patients), or one message; `id` and `unit` are the
/// parameters' places.
macro_rules! about {
    ($what:literal, $table:literal, $column:literal, $id:literal, $unit:literal) => {
        concat!(
            "SELECT ",
            $what,
            " FROM sms_outbox
WHERE patient_id = (SELECT patient_id FROM ",
            $table,
            " WHERE id = ",
            $id,
            ") AND ",
            $column,
            " = ",
            $id,
            " AND care_unit_id = ",
            $unit
        )
    };
}
macro_rules! rows_about {
    ($table:literal, $column:literal) => {
        concat!(
            about!(
                "id, template, state, failure, created_at, sent_at, settled_at, appointment_id, ticket_id, chat_id, participant_id",
                $table, $column, "?1", "?2"
            ),
            " ORDER BY id DESC LIMIT 100"
        )
    };
}
macro_rules! log_about {
    ($table:literal, $column:literal) => {
        log_entry_over!(about!(
            "care_provider_id, patient_id",
            $table,
            $column,
            "?12",
            "?13"
        ))
    };
}

/// The unit's messages about something, the newest first, with the access-log entry.
pub fn list_about(
    ports: &Ports,
    staff: &Staff,
    about: About,
    id: &str,
) -> Result<[Statement; 2], Problem> {
    let (rows, log) = match about {
        About::Appointment => (
            rows_about!("appointments", "appointment_id"),
            log_about!("appointments", "appointment_id"),
        ),
        About::Ticket => (
            rows_about!("tickets", "ticket_id"),
            log_about!("tickets", "ticket_id"),
        ),
        About::Case => (
            rows_about!("chats", "chat_id"),
            log_about!("chats", "chat_id"),
        ),
        About::Message => (
            rows_about!("sms_outbox", "id"),
            log_about!("sms_outbox", "id"),
        ),
    };
    let scope = || [id.into(), (&staff.care_unit).into()];
    let log = access_log::entry(
        ports,
        &Caller::Staff(staff.clone()),
        Activity::Read,
        &Resource::new("text-messages", id),
        log,
        scope().into(),
    )?;
    Ok([Statement::new(rows, scope()), log])
}

/// Puts a failed message of the unit into the queue again, as new. Followed by [`Statement::require_changes`].
pub fn send_again(id: &str, care_unit: &HsaId, now: Timestamp) -> Statement {
    Statement::new(
        "UPDATE sms_outbox
SET state = 'queued', attempts = 0, due_at = ?3, failure = NULL, settled_at = NULL, lease = NULL, waits_since = ?3, told_waiting = 0
WHERE id = ?1 AND care_unit_id = ?2 AND state = 'failed' AND recipient IS NOT NULL",
        [id.into(), care_unit.into(), now.into()],
    )
}

/// Remembers an incoming message by the gateway's id of it. One that has been here is refused, and with it the batch.
pub fn received(id: &str, now: Timestamp) -> Statement {
    Statement::new(
        "INSERT INTO sms_incoming (id, received_at) VALUES (?1, ?2)",
        [id.into(), now.into()],
    )
}

/// The statements by which a phone wants no more messages, with the access-log entry about each patient whose it
/// is: their consent is withdrawn, and guests who were invited by it hear nothing either.
pub fn refuse(ports: &Ports, phone_index: &str) -> Result<[Statement; 3], Problem> {
    let log = access_log::entry_of_job(
        ports,
        "sms/incoming",
        Activity::Write,
        &Resource::new("sms-consent", "withdrawn"),
        log_entry_over!(
            "SELECT care_provider_id, id AS patient_id FROM patients WHERE phone_index = ?12 AND sms_consent = 1"
        ),
        vec![phone_index.into()],
    )?;
    let withdraw = Statement::new(
        "UPDATE patients SET sms_consent = 0 WHERE phone_index = ?1 AND sms_consent = 1",
        [phone_index.into()],
    );
    let refuse = Statement::new(
        "INSERT INTO sms_refusals (phone_index, refused_at) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
        [phone_index.into(), ports.clock.now().into()],
    );
    Ok([log, withdraw, refuse])
}

/// In which languages those whose phone it is want to be spoken to, Swedish first.
pub fn languages(phone_index: &str) -> Statement {
    Statement::new(
        "SELECT DISTINCT language FROM patients WHERE phone_index = ?1 ORDER BY language DESC",
        [phone_index.into()],
    )
}

/// The statement by which a phone takes invitations again. A patient's consent is given in the profile alone.
pub fn take_again(phone_index: &str) -> Statement {
    Statement::new(
        "DELETE FROM sms_refusals WHERE phone_index = ?1",
        [phone_index.into()],
    )
}

/// How far a kind of reminder has come.
pub fn reminded_until(kind: &'static str) -> Statement {
    Statement::new(
        "SELECT until, until_id FROM sms_reminders WHERE kind = ?1",
        [kind.into()],
    )
}

/// Sets how far it has come, from where it was read. Followed by [`Statement::require_changes`], of two runs
/// one loses.
pub fn advance(
    kind: &'static str,
    from: Option<(Timestamp, &str)>,
    to: (Timestamp, &str),
) -> Statement {
    match from {
        None => Statement::new(
            "INSERT INTO sms_reminders (kind, until, until_id) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
            [kind.into(), to.0.into(), to.1.into()],
        ),
        Some(from) => Statement::new(
            "UPDATE sms_reminders SET until = ?2, until_id = ?3 WHERE kind = ?1 AND until = ?4 AND until_id = ?5",
            [
                kind.into(),
                to.0.into(),
                to.1.into(),
                from.0.into(),
                from.1.into(),
            ],
        ),
    }
}

/// The booked visits that begin after a place in their order, up to a moment, with whom to remind.
pub fn to_remind(from: (Timestamp, &str), until: Timestamp, limit: i64) -> Statement {
    Statement::new(
        "SELECT
  appointments.id AS appointment_id, appointments.care_provider_id, appointments.care_unit_id,
  appointments.starts_at, appointments.booked_at, appointments.changed_at,
  care_units.reminds_day_before, care_units.reminds_hour_before,
  patients.id, patients.identity, patients.name, patients.phone, patients.sms_consent, patients.language,
  patients.protected_identity
FROM appointments
JOIN care_units ON care_units.id = appointments.care_unit_id
JOIN patients ON patients.id = appointments.patient_id
WHERE appointments.state = 'booked'
  AND (appointments.starts_at, appointments.id) > (?1, ?2) AND appointments.starts_at <= ?3
ORDER BY appointments.starts_at, appointments.id
LIMIT ?4",
        [from.0.into(), from.1.into(), until.into(), limit.into()],
    )
}
