//! The tickets' own SQL. Staff find what belongs to their unit and patients what is their own: the walls
//! stand in the WHERE. What a redeemed ticket writes beside itself is in `shared::appointment`.

use shared::access_log::{self, Activity, LOG_ENTRY_OF_ONE, Resource};
use shared::appointment::{Period, store as visits};
use shared::care_unit::CareUnit;
use shared::hsa_id::HsaId;
use shared::identifiers::{AppointmentId, SlotId, TicketId};
use shared::patient::Patient;
use shared::platform::{Ports, Row, Statement, Store, StoreError, Value};
use shared::practitioner;
use shared::problem::Problem;
use shared::role::Role;
use shared::sealing::{Place, Sealer};
use shared::session::{Caller, SignedInPatient};
use shared::slot;
use shared::time::Timestamp;
use shared::{care_unit_columns, log_entry_over, patient_columns};

use crate::code::TicketCode;
use crate::ticket::{Frame, Ticket, TicketDetails, TicketState, next_look};

/// The column in which details are sealed.
const DETAILS: &str = "tickets.details";

/// A ticket with the names around it, as a reader wants it.
#[derive(Clone)]
pub struct Found {
    /// The ticket itself, its state judged by the clock.
    pub ticket: Ticket,
    /// The unit, with its rules.
    pub care_unit: CareUnit,
    /// The patient.
    pub patient: Patient,
    /// The practitioner's name, where one is named.
    pub practitioner_name: Option<String>,
    /// When the visit is that it was redeemed for.
    pub visit: Option<Period>,
}

macro_rules! found {
    ($where:literal) => {
        concat!(
            "SELECT
  tickets.id, tickets.care_provider_id, tickets.care_unit_id, tickets.patient_id, tickets.state,
  tickets.practitioner_id, tickets.role, tickets.minutes, tickets.slots_from, tickets.slots_until,
  tickets.valid_until, tickets.details, tickets.appointment_id, tickets.version, tickets.sent_at,
  tickets.reminded_at, tickets.issued_at,
  appointments.starts_at, appointments.ends_at,
  ",
            care_unit_columns!(),
            ",
  ",
            patient_columns!(),
            ",
  practitioners.name AS practitioner_name
FROM tickets
JOIN care_units ON care_units.id = tickets.care_unit_id
JOIN patients ON patients.id = tickets.patient_id
LEFT JOIN practitioners ON practitioners.id = tickets.practitioner_id
LEFT JOIN appointments ON appointments.id = tickets.appointment_id
WHERE ",
            $where
        )
    };
}

macro_rules! scope {
    ($where:literal) => {
        concat!(
            "SELECT tickets.care_provider_id, tickets.patient_id
FROM tickets
JOIN patients ON patients.id = tickets.patient_id
WHERE ",
            $where
        )
    };
}

/// Finds one ticket, if the caller may know of it.
pub fn find(id: TicketId, caller: &Caller) -> Statement {
    match caller {
        Caller::Staff(staff) => Statement::new(
            found!(
                "tickets.id = ?1 AND tickets.care_provider_id = ?2 AND tickets.care_unit_id = ?3"
            ),
            [
                id.into(),
                (&staff.care_provider).into(),
                (&staff.care_unit).into(),
            ],
        ),
        Caller::Patient(patient) => Statement::new(
            found!("tickets.id = ?1 AND patients.identity_index = ?2"),
            [id.into(), patient.identity.as_str().into()],
        ),
    }
}

/// The access-log entry for reading one ticket: nothing is logged where nothing is found.
pub fn log_read(ports: &Ports, caller: &Caller, id: TicketId) -> Result<Statement, Problem> {
    let (sql, scope): (_, Vec<Value>) = match caller {
        Caller::Staff(staff) => (
            log_entry_over!(scope!(
                "tickets.id = ?12 AND tickets.care_provider_id = ?13 AND tickets.care_unit_id = ?14"
            )),
            vec![
                id.into(),
                (&staff.care_provider).into(),
                (&staff.care_unit).into(),
            ],
        ),
        Caller::Patient(patient) => (
            log_entry_over!(scope!("tickets.id = ?12 AND patients.identity_index = ?13")),
            vec![id.into(), patient.identity.as_str().into()],
        ),
    };
    let resource = Resource::new("ticket", id);
    access_log::entry(ports, caller, Activity::Read, &resource, sql, scope)
}

/// Lists the tickets of the caller's unit, or the patient's own, the newest first, those issued before one
/// of them (`before`, empty for all); together with the access-log entry about everyone in the list.
pub fn list(
    ports: &Ports,
    caller: &Caller,
    before: &str,
    limit: i64,
) -> Result<[Statement; 2], Problem> {
    // Ids rise with time; the tilde comes after all of them.
    let before = if before.is_empty() { "~" } else { before };
    let (whose, rows, log) = match caller {
        Caller::Staff(staff) => (
            staff.care_unit.as_str(),
            found!(
                "tickets.care_unit_id = ?1 AND tickets.id < ?2
ORDER BY tickets.id DESC
LIMIT ?3"
            ),
            log_entry_over!(scope!(
                "tickets.care_unit_id = ?12 AND tickets.id < ?13
ORDER BY tickets.id DESC
LIMIT ?14"
            )),
        ),
        Caller::Patient(patient) => (
            patient.identity.as_str(),
            found!(
                "patients.identity_index = ?1 AND tickets.id < ?2
ORDER BY tickets.id DESC
LIMIT ?3"
            ),
            log_entry_over!(scope!(
                "patients.identity_index = ?12 AND tickets.id < ?13
ORDER BY tickets.id DESC
LIMIT ?14"
            )),
        ),
    };
    let parameters: [Value; 3] = [whose.into(), before.into(), limit.into()];
    let resource = Resource::new("tickets", format!("before/{before}"));
    let log = access_log::entry(
        ports,
        caller,
        Activity::Read,
        &resource,
        log,
        parameters.to_vec(),
    )?;
    Ok([Statement::new(rows, parameters), log])
}

impl Found {
    /// From a row of [`find`], [`list`] or [`to_look_at`], as things stand at a moment.
    pub fn from_row(sealer: &Sealer, row: Row, now: Timestamp) -> Result<Self, Problem> {
        let care_provider: HsaId = row.parsed("care_provider_id")?;
        let care_unit: HsaId = row.parsed("care_unit_id")?;
        let id = row.text("id")?;
        let open = |column: &'static str, row: &str, sealed: &str| {
            let place = Place {
                care_provider: &care_provider,
                column,
                row,
            };
            sealer.open(place, sealed)
        };
        let at = |column| Ok::<_, StoreError>(Timestamp::from_millis(row.integer(column)?));
        let (practitioner, practitioner_name) =
            practitioner::from_row(sealer, &care_provider, row)?;
        let patient = Patient::from_columns(sealer, row, "patient_id", "patient_name")?;
        let details: TicketDetails =
            serde_json::from_str(&open(DETAILS, id, row.text("details")?)?)
                .map_err(|_| StoreError::Broken("a sealed document no longer parses".into()))?;
        let valid_until = at("valid_until")?;
        let appointment: Option<AppointmentId> = row.optional_parsed("appointment_id")?;
        let visit = appointment.map(|_| Period::from_row(row)).transpose()?;
        Ok(Found {
            ticket: Ticket {
                id: row.parsed("id")?,
                care_provider: care_provider.clone(),
                care_unit: care_unit.clone(),
                patient: patient.id,
                state: row.parsed::<TicketState>("state")?.at(valid_until, now),
                frame: Frame {
                    practitioner,
                    role: row.parsed("role")?,
                    minutes: row.integer("minutes")?,
                    from: at("slots_from")?,
                    until: at("slots_until")?,
                },
                valid_until,
                details,
                appointment,
                version: row.integer("version")?,
                sent_at: at("sent_at")?,
                reminded: row.optional_integer("reminded_at")?.is_some(),
                issued_at: at("issued_at")?,
            },
            care_unit: CareUnit::from_columns(row, "care_unit_id", "unit_name")?,
            patient,
            practitioner_name,
            visit,
        })
    }
}

/// The statement that keeps a new ticket.
pub fn insert(
    ports: &Ports,
    sealer: &Sealer,
    ticket: &Ticket,
    issued_by: &HsaId,
) -> Result<Statement, Problem> {
    let id = ticket.id.to_string();
    let place = Place {
        care_provider: &ticket.care_provider,
        column: DETAILS,
        row: &id,
    };
    let details = shared::json::text(&ticket.details)?;
    Ok(Statement::new(
        "INSERT INTO tickets (
  id, care_provider_id, care_unit_id, patient_id, state, practitioner_id, role, minutes, slots_from,
  slots_until, valid_until, details, sent_at, look_at, issued_by, issued_at
)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?13)",
        [
            ticket.id.into(),
            (&ticket.care_provider).into(),
            (&ticket.care_unit).into(),
            ticket.patient.into(),
            ticket.state.as_str().into(),
            ticket.frame.practitioner.as_ref().into(),
            ticket.frame.role.into(),
            ticket.frame.minutes.into(),
            ticket.frame.from.into(),
            ticket.frame.until.into(),
            ticket.valid_until.into(),
            sealer.seal(&*ports.random, place, &details)?.into(),
            ticket.issued_at.into(),
            next_look(ticket.valid_until, ticket.issued_at, false).into(),
            issued_by.into(),
        ],
    ))
}

/// The statement that keeps a code's hash.
pub fn insert_code(
    ports: &Ports,
    ticket: &Ticket,
    code: &TicketCode,
) -> Result<Statement, Problem> {
    Ok(Statement::new(
        "INSERT INTO ticket_codes (hash, care_provider_id, ticket_id, created_at)
VALUES (?1, ?2, ?3, ?4)",
        [
            code.hash().into(),
            (&ticket.care_provider).into(),
            ticket.id.into(),
            ports.clock.now().into(),
        ],
    ))
}

/// The statement that writes a ticket's changed state, validity, last day and message over the version before it.
/// Followed by [`Statement::require_changes`], it refuses where somebody else changed the ticket meanwhile.
pub fn update(changed: &Ticket, now: Timestamp) -> Statement {
    let look_at = match changed.state {
        TicketState::Open => Some(next_look(
            changed.valid_until,
            changed.sent_at,
            changed.reminded,
        )),
        _ => None,
    };
    Statement::new(
        "UPDATE tickets
SET state = ?3, valid_until = ?4, sent_at = ?5,
  reminded_at = CASE WHEN ?6 THEN coalesce(reminded_at, ?8) END, look_at = ?7, slots_until = ?9, version = ?2
WHERE id = ?1 AND version = ?2 - 1",
        [
            changed.id.into(),
            changed.version.into(),
            changed.state.as_str().into(),
            changed.valid_until.into(),
            changed.sent_at.into(),
            changed.reminded.into(),
            look_at.into(),
            now.into(),
            changed.frame.until.into(),
        ],
    )
}

/// The statement that redeems an open ticket for a visit. Followed by [`Statement::require_changes`], whoever
/// is second, or too late, loses the whole batch.
pub fn redeem(ticket: TicketId, appointment: AppointmentId, now: Timestamp) -> Statement {
    Statement::new(
        "UPDATE tickets
SET state = 'redeemed', appointment_id = ?2, look_at = NULL, version = version + 1
WHERE id = ?1 AND (state = 'open' OR state = 'expired') AND valid_until > ?3",
        [ticket.into(), appointment.into(), now.into()],
    )
}

/// The open ticket that a code leads its own patient to.
pub fn open(
    patient: &SignedInPatient,
    code: &TicketCode,
    now: Timestamp,
) -> Result<Statement, Problem> {
    Ok(Statement::new(
        "SELECT tickets.id
FROM ticket_codes
JOIN tickets ON tickets.id = ticket_codes.ticket_id
JOIN patients ON patients.id = tickets.patient_id
WHERE ticket_codes.hash = ?1 AND patients.identity_index = ?2
  AND (tickets.state = 'open' OR tickets.state = 'expired') AND tickets.valid_until > ?3",
        [
            code.hash().into(),
            patient.identity.as_str().into(),
            now.into(),
        ],
    ))
}

/// The access-log entry about whoever tries with a code that is somebody else's: written in one transaction with
/// the counting, and asked whatever is given, so that every refusal costs the same.
pub fn log_foreign_code(
    ports: &Ports,
    patient: &SignedInPatient,
    code: &TicketCode,
) -> Result<Statement, Problem> {
    let hash = code.hash();
    access_log::entry(
        ports,
        &Caller::Patient(patient.clone()),
        Activity::Read,
        &Resource::new("ticket-code", hash.get(..8).unwrap_or_default()),
        log_entry_over!(
            "SELECT tickets.care_provider_id, tickets.patient_id
FROM ticket_codes
JOIN tickets ON tickets.id = ticket_codes.ticket_id
JOIN patients ON patients.id = tickets.patient_id
WHERE ticket_codes.hash = ?12 AND patients.identity_index <> ?13"
        ),
        vec![hash.as_str().into(), patient.identity.as_str().into()],
    )
}

/// The slot that was picked, and the patient's own visits at that time: what redeeming must know beside the
/// ticket, before the ticket is known.
pub fn picked(
    patient: &SignedInPatient,
    slot: SlotId,
    appointment: AppointmentId,
) -> [Statement; 2] {
    [
        slot::find_with_unit(slot),
        visits::clashes_of_patient_in(&patient.identity, slot, appointment),
    ]
}

/// A free slot that fits a ticket.
pub struct FittingSlot {
    /// Its id.
    pub id: SlotId,
    /// When.
    pub period: Period,
    /// With whom, where one is named.
    pub practitioner: Option<HsaId>,
    /// That practitioner's name, sealed.
    pub practitioner_name: Option<String>,
}

impl FittingSlot {
    /// From a row of [`fitting_slots`].
    pub fn from_row(row: Row) -> Result<Self, StoreError> {
        Ok(FittingSlot {
            id: row.parsed("id")?,
            period: Period::from_row(row)?,
            practitioner: row.optional_parsed("practitioner_id")?,
            practitioner_name: row.optional_text("practitioner_name")?.map(str::to_owned),
        })
    }
}

/// The free slots that fit a frame, in the order of their beginning, after a place in it: a moment and, within it, a
/// slot's id (empty: all of them).
pub fn fitting_slots(
    care_unit: &HsaId,
    frame: &Frame,
    (moment, id): (Timestamp, &str),
    limit: usize,
) -> Statement {
    Statement::new(
        "SELECT slots.id, slots.starts_at, slots.ends_at, slots.practitioner_id, practitioners.name AS practitioner_name
FROM slots
LEFT JOIN practitioners ON practitioners.id = slots.practitioner_id
WHERE slots.care_unit_id = ?1 AND slots.role = ?2 AND slots.occupied_by IS NULL AND slots.withdrawn_at IS NULL
  AND (slots.starts_at, slots.id) > (?3, ?8) AND slots.starts_at < ?4
  AND slots.ends_at - slots.starts_at = ?5 * 60000 AND (?6 IS NULL OR slots.practitioner_id = ?6)
ORDER BY slots.starts_at, slots.id
LIMIT ?7",
        [
            care_unit.into(),
            frame.role.into(),
            moment.into(),
            frame.until.into(),
            frame.minutes.into(),
            frame.practitioner.as_ref().into(),
            (limit as i64).into(),
            id.into(),
        ],
    )
}

/// How many open tickets are counted at first where a frame's slots are weighed against them.
const COUNTED_AT_FIRST: i64 = 50;
/// How many times as many are counted where there turned out to be more of both.
const COUNTED_NEXT: i64 = 8;

/// A unit's open tickets of a role, and the free slots that fit a frame.
#[derive(Debug, Clone, Copy)]
pub struct Balance {
    /// How many tickets are open, with those that are wanted beside: at least so many, where the slots are too few
    /// for these already.
    pub tickets: i64,
    /// How many free slots fit, counted no further than to one for each of these tickets.
    pub slots: i64,
}

impl Balance {
    /// Whether the tickets outnumber the slots.
    pub fn is_short(self) -> bool {
        self.tickets > self.slots
    }
}

/// Whether the free slots that fit a frame are enough for the open tickets of its unit and role and for those that
/// are wanted beside. Counts both only as far as it takes to know.
pub async fn balance(
    store: &dyn Store,
    care_unit: &HsaId,
    frame: &Frame,
    wanted: i64,
    now: Timestamp,
) -> Result<Balance, Problem> {
    let mut most = COUNTED_AT_FIRST;
    loop {
        let counted = store
            .query(counts(care_unit, frame, now, wanted, most))
            .await?;
        let row = counted.rows.first();
        let row = row.ok_or_else(|| Problem::internal("a count came without a row"))?;
        let open = row.integer("tickets")?;
        let balance = Balance {
            tickets: open + wanted,
            slots: row.integer("slots")?,
        };
        if open < most || balance.is_short() {
            return Ok(balance);
        }
        most *= COUNTED_NEXT;
    }
}

/// Counts open tickets up to a number, and fitting slots up to one for each of these and those that are wanted.
fn counts(care_unit: &HsaId, frame: &Frame, now: Timestamp, wanted: i64, most: i64) -> Statement {
    Statement::new(
        "WITH open AS MATERIALIZED (
  SELECT count(*) AS n FROM (
    SELECT 1 FROM tickets
    WHERE care_unit_id = ?1 AND role = ?2 AND state = 'open' AND valid_until > ?3
    LIMIT ?9
  )
)
SELECT open.n AS tickets, (
  SELECT count(*) FROM (
    SELECT 1 FROM slots
    WHERE care_unit_id = ?1 AND role = ?2 AND occupied_by IS NULL AND withdrawn_at IS NULL
      AND starts_at >= ?4 AND starts_at < ?5 AND ends_at - starts_at = ?6 * 60000
      AND (?7 IS NULL OR practitioner_id = ?7)
    LIMIT (SELECT n FROM open) + ?8
  )
) AS slots
FROM open",
        [
            care_unit.into(),
            frame.role.into(),
            now.into(),
            frame.from.max(now).into(),
            frame.until.into(),
            frame.minutes.into(),
            frame.practitioner.as_ref().into(),
            wanted.into(),
            most.into(),
        ],
    )
}

/// The balance of a unit, role by role: open tickets, and free slots before a moment.
pub fn capacity(care_unit: &HsaId, now: Timestamp, until: Timestamp) -> [Statement; 2] {
    [
        Statement::new(
            "SELECT role, count(*) AS n FROM tickets
WHERE care_unit_id = ?1 AND state = 'open' AND valid_until > ?2
GROUP BY role",
            [care_unit.into(), now.into()],
        ),
        Statement::new(
            "SELECT role, count(*) AS n FROM slots
WHERE care_unit_id = ?1 AND occupied_by IS NULL AND withdrawn_at IS NULL AND starts_at >= ?2 AND starts_at < ?3
GROUP BY role",
            [care_unit.into(), now.into(), until.into()],
        ),
    ]
}

/// A role and a number, from a row of [`capacity`].
pub fn counted(row: Row) -> Result<(Role, i64), StoreError> {
    Ok((row.parsed("role")?, row.integer("n")?))
}

/// The tickets that the job must look at by now, the longest due first.
pub fn to_look_at(now: Timestamp, limit: i64) -> Statement {
    Statement::new(
        found!(
            "tickets.look_at <= ?1
ORDER BY tickets.look_at
LIMIT ?2"
        ),
        [now.into(), limit.into()],
    )
}

/// The statement that has the job look at a ticket later, where it was to look by now and could not read it.
pub fn look_later(id: &str, now: Timestamp, at: Timestamp) -> Statement {
    Statement::new(
        "UPDATE tickets SET look_at = ?3 WHERE id = ?1 AND look_at <= ?2",
        [id.into(), now.into(), at.into()],
    )
}

/// The access-log entry of a write about a ticket and a patient that are known.
pub fn log_write(ports: &Ports, caller: &Caller, ticket: &Ticket) -> Result<Statement, Problem> {
    access_log::entry(
        ports,
        caller,
        Activity::Write,
        &Resource::new("ticket", ticket.id),
        LOG_ENTRY_OF_ONE,
        vec![(&ticket.care_provider).into(), ticket.patient.into()],
    )
}
