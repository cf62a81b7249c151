//! The SQL of appointments: finding, writing, changing. Rules are next door; guarantees are in the schema.
//! Staff find what belongs to their unit and patients what is their own: the walls stand in the WHERE.

use serde::Deserialize;

use super::{Appointment, Cancellation, Contact, Participant, Period};
use crate::access_log::{self, Activity, LOG_ENTRY_OF_ONE, Resource};
use crate::care_unit::CareUnit;
use crate::hsa_id::HsaId;
use crate::identifiers::{AppointmentId, ParticipantId, PatientId, SlotId};
use crate::log_entry_over;
use crate::patient::Patient;
use crate::platform::{Ports, Row, Statement, StoreError, Value};
use crate::practitioner;
use crate::problem::Problem;
use crate::sealing::{IdentityIndex, Place, Sealer};
use crate::session::Caller;
use crate::time::Timestamp;

/// A visit with the names around it, as a reader wants it.
#[derive(Clone)]
pub struct Found {
    /// The visit itself.
    pub appointment: Appointment,
    /// The unit, with its rules.
    pub care_unit: CareUnit,
    /// The patient.
    pub patient: Patient,
    /// The practitioner's name, where one is named.
    pub practitioner_name: Option<String>,
}

macro_rules! found {
    ($where:literal) => {
        concat!(
            "SELECT
  appointments.id, appointments.care_provider_id, appointments.care_unit_id, appointments.patient_id,
  appointments.kind, appointments.state, appointments.slot_id, appointments.practitioner_id, appointments.role,
  appointments.starts_at, appointments.ends_at, appointments.overlap_allowed_by, appointments.details,
  appointments.cancellation, appointments.version, appointments.calendar_sequence, appointments.changed_at,
  appointments.ticket_id,
  ",
            crate::care_unit_columns!(),
            ",
  ",
            crate::patient_columns!(),
            ",
  practitioners.name AS practitioner_name,
  CASE WHEN appointments.kind = 'video' THEN (
    SELECT json_group_array(json_object('id', participants.id, 'role', participants.role, 'contact', participants.contact))
    FROM participants WHERE participants.appointment_id = appointments.id
  ) END AS participants
FROM appointments
JOIN care_units ON care_units.id = appointments.care_unit_id
JOIN patients ON patients.id = appointments.patient_id
LEFT JOIN practitioners ON practitioners.id = appointments.practitioner_id
WHERE ",
            $where
        )
    };
}

macro_rules! scope {
    ($where:literal) => {
        concat!(
            "SELECT appointments.care_provider_id, appointments.patient_id
FROM appointments
JOIN patients ON patients.id = appointments.patient_id
WHERE ",
            $where
        )
    };
}

/// Finds one visit, if the caller may know of it.
pub fn find(id: AppointmentId, caller: &Caller) -> Statement {
    match caller {
        Caller::Staff(staff) => Statement::new(
            found!(
                "appointments.id = ?1 AND appointments.care_provider_id = ?2 AND appointments.care_unit_id = ?3"
            ),
            [
                id.into(),
                (&staff.care_provider).into(),
                (&staff.care_unit).into(),
            ],
        ),
        Caller::Patient(patient) => Statement::new(
            found!("appointments.id = ?1 AND patients.identity_index = ?2"),
            [id.into(), patient.identity.as_str().into()],
        ),
    }
}

/// The access-log entry for reading one visit: nothing is logged where nothing is found.
pub fn log_read(ports: &Ports, caller: &Caller, id: AppointmentId) -> Result<Statement, Problem> {
    let resource = Resource::new("appointment", id);
    match caller {
        Caller::Staff(staff) => access_log::entry(
            ports,
            caller,
            Activity::Read,
            &resource,
            log_entry_over!(
                "SELECT care_provider_id, patient_id
FROM appointments
WHERE id = ?12 AND care_provider_id = ?13 AND care_unit_id = ?14"
            ),
            vec![
                id.into(),
                (&staff.care_provider).into(),
                (&staff.care_unit).into(),
            ],
        ),
        Caller::Patient(patient) => access_log::entry(
            ports,
            caller,
            Activity::Read,
            &resource,
            log_entry_over!(scope!(
                "appointments.id = ?12 AND patients.identity_index = ?13"
            )),
            vec![id.into(), patient.identity.as_str().into()],
        ),
    }
}

/// Which visits a list asks for: those that begin in a period, after a place in the order.
pub struct Wanted<'a> {
    /// Visits that begin before this.
    pub until: Timestamp,
    /// After this place in the order: a moment and, within it, a visit's id (empty: all of them).
    pub after: (Timestamp, &'a str),
    /// With this practitioner alone.
    pub practitioner: Option<&'a HsaId>,
    /// At most so many.
    pub limit: i64,
}

/// Lists the visits of the caller's unit, or the patient's own, in the order of their beginning, together
/// with the access-log entry about everyone in the list.
pub fn list(ports: &Ports, caller: &Caller, wanted: &Wanted) -> Result<[Statement; 2], Problem> {
    let (moment, id) = wanted.after;
    let frame = Resource::new("appointments", format!("{moment}/{}", wanted.until));
    let whose = match caller {
        Caller::Staff(staff) => staff.care_unit.as_str(),
        Caller::Patient(patient) => patient.identity.as_str(),
    };
    let parameters: [Value; 6] = [
        whose.into(),
        moment.into(),
        id.into(),
        wanted.until.into(),
        wanted.practitioner.into(),
        wanted.limit.into(),
    ];
    let (rows, log) = match caller {
        Caller::Staff(_) => (
            found!(
                "appointments.care_unit_id = ?1
  AND (appointments.starts_at, appointments.id) > (?2, ?3) AND appointments.starts_at < ?4
  AND (?5 IS NULL OR appointments.practitioner_id = ?5)
ORDER BY appointments.starts_at, appointments.id
LIMIT ?6"
            ),
            log_entry_over!(scope!(
                "appointments.care_unit_id = ?12
  AND (appointments.starts_at, appointments.id) > (?13, ?14) AND appointments.starts_at < ?15
  AND (?16 IS NULL OR appointments.practitioner_id = ?16)
ORDER BY appointments.starts_at, appointments.id
LIMIT ?17"
            )),
        ),
        Caller::Patient(_) => (
            found!(
                "patients.identity_index = ?1
  AND (appointments.starts_at, appointments.id) > (?2, ?3) AND appointments.starts_at < ?4
  AND (?5 IS NULL OR appointments.practitioner_id = ?5)
ORDER BY appointments.starts_at, appointments.id
LIMIT ?6"
            ),
            log_entry_over!(scope!(
                "patients.identity_index = ?12
  AND (appointments.starts_at, appointments.id) > (?13, ?14) AND appointments.starts_at < ?15
  AND (?16 IS NULL OR appointments.practitioner_id = ?16)
ORDER BY appointments.starts_at, appointments.id
LIMIT ?17"
            )),
        ),
    };
    let log = access_log::entry(
        ports,
        caller,
        Activity::Read,
        &frame,
        log,
        parameters.to_vec(),
    )?;
    Ok([Statement::new(rows, parameters), log])
}

/// Which of a patient's visits at a care provider are asked for.
#[derive(Debug, Clone, Copy)]
pub enum Which<'a> {
    /// Those at this unit.
    OfUnit(&'a HsaId),
    /// Those at all its units.
    OfCareProvider,
}

/// Lists a patient's visits at a care provider, the newest first. The caller writes the access-log entry.
pub fn of_patient(
    patient: PatientId,
    care_provider: &HsaId,
    which: Which,
    limit: i64,
) -> Statement {
    let unit = match which {
        Which::OfUnit(unit) => Some(unit),
        Which::OfCareProvider => None,
    };
    Statement::new(
        found!(
            "appointments.patient_id = ?1 AND appointments.care_provider_id = ?2
  AND (?3 IS NULL OR appointments.care_unit_id = ?3)
ORDER BY appointments.starts_at DESC
LIMIT ?4"
        ),
        [
            patient.into(),
            care_provider.into(),
            unit.into(),
            limit.into(),
        ],
    )
}

impl Found {
    /// From a row of [`find`], [`list`] or [`of_patient`].
    pub fn from_row(sealer: &Sealer, row: Row) -> Result<Self, Problem> {
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
        let (practitioner, practitioner_name) =
            practitioner::from_row(sealer, &care_provider, row)?;
        let patient = Patient::from_columns(sealer, row, "patient_id", "patient_name")?;
        let cancellation = row
            .optional_text("cancellation")?
            .map(|sealed| unfolded::<Cancellation>(&open("appointments.cancellation", id, sealed)?))
            .transpose()?;
        let participants = row
            .optional_text("participants")?
            .map(|rows| participants(sealer, &care_provider, rows))
            .transpose()?
            .unwrap_or_default();
        Ok(Found {
            appointment: Appointment {
                id: row.parsed("id")?,
                care_provider: care_provider.clone(),
                care_unit,
                patient: patient.id,
                kind: row.parsed("kind")?,
                state: row.parsed("state")?,
                slot: row.optional_parsed("slot_id")?,
                ticket: row.optional_parsed("ticket_id")?,
                practitioner,
                role: row.parsed("role")?,
                period: Period::from_row(row)?,
                overlap_allowed_by: row.optional_parsed("overlap_allowed_by")?,
                details: unfolded(&open("appointments.details", id, row.text("details")?)?)?,
                cancellation,
                participants,
                version: row.integer("version")?,
                calendar_sequence: row.integer("calendar_sequence")?,
                changed_at: Timestamp::from_millis(row.integer("changed_at")?),
            },
            care_unit: CareUnit::from_columns(row, "care_unit_id", "unit_name")?,
            patient,
            practitioner_name,
        })
    }
}

fn unfolded<T: for<'de> Deserialize<'de>>(json: &str) -> Result<T, Problem> {
    serde_json::from_str(json)
        .map_err(|_| StoreError::Broken("a sealed document no longer parses".into()).into())
}

fn folded(document: &impl serde::Serialize) -> Result<String, Problem> {
    Ok(crate::json::text(document)?)
}

fn participants(
    sealer: &Sealer,
    care_provider: &HsaId,
    rows: &str,
) -> Result<Vec<Participant>, Problem> {
    #[derive(Deserialize)]
    struct Kept {
        id: ParticipantId,
        role: super::ParticipantRole,
        contact: String,
    }
    unfolded::<Vec<Kept>>(rows)?
        .into_iter()
        .map(|kept| {
            let row = kept.id.to_string();
            let place = Place {
                care_provider,
                column: "participants.contact",
                row: &row,
            };
            Ok(Participant {
                id: kept.id,
                role: kept.role,
                contact: unfolded::<Contact>(&sealer.open(place, &kept.contact)?)?,
            })
        })
        .collect()
}

/// The statements that write a new visit and its participants. The schema refuses it with
/// `appointments.slot_id` where the slot is booked, and with `appointments_do_not_overlap` where the
/// practitioner has another visit at the time and nobody allowed the overlap.
pub fn insert(
    ports: &Ports,
    sealer: &Sealer,
    appointment: &Appointment,
    booked_by: &str,
) -> Result<Vec<Statement>, Problem> {
    let id = appointment.id.to_string();
    let place = Place {
        care_provider: &appointment.care_provider,
        column: "appointments.details",
        row: &id,
    };
    let details = sealer.seal(&*ports.random, place, &folded(&appointment.details)?)?;
    let mut statements = vec![Statement::new(
        "INSERT INTO appointments (
  id, care_provider_id, care_unit_id, patient_id, kind, state, slot_id, practitioner_id, role,
  starts_at, ends_at, overlap_allowed_by, details, version, calendar_sequence, booked_by, booked_at, changed_at,
  ticket_id
)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?17, ?18)",
        [
            appointment.id.into(),
            (&appointment.care_provider).into(),
            (&appointment.care_unit).into(),
            appointment.patient.into(),
            appointment.kind.into(),
            appointment.state.into(),
            appointment.slot.into(),
            appointment.practitioner.as_ref().into(),
            appointment.role.into(),
            appointment.period.starts_at.into(),
            appointment.period.ends_at.into(),
            appointment.overlap_allowed_by.as_ref().into(),
            details.into(),
            appointment.version.into(),
            appointment.calendar_sequence.into(),
            booked_by.into(),
            appointment.changed_at.into(),
            appointment.ticket.into(),
        ],
    )];
    for participant in &appointment.participants {
        let row = participant.id.to_string();
        let place = Place {
            care_provider: &appointment.care_provider,
            column: "participants.contact",
            row: &row,
        };
        let contact = sealer.seal(&*ports.random, place, &folded(&participant.contact)?)?;
        statements.push(Statement::new(
            "INSERT INTO participants (appointment_id, id, care_provider_id, role, contact)
VALUES (?1, ?2, ?3, ?4, ?5)",
            [
                appointment.id.into(),
                participant.id.into(),
                (&appointment.care_provider).into(),
                participant.role.into(),
                contact.into(),
            ],
        ));
    }
    Ok(statements)
}

/// The statement that writes a changed visit over the version before it. Followed by
/// [`Statement::require_changes`], it refuses where somebody else changed the visit meanwhile.
pub fn update(ports: &Ports, sealer: &Sealer, changed: &Appointment) -> Result<Statement, Problem> {
    let id = changed.id.to_string();
    let cancellation = changed
        .cancellation
        .as_ref()
        .map(|cancellation| {
            let place = Place {
                care_provider: &changed.care_provider,
                column: "appointments.cancellation",
                row: &id,
            };
            Ok::<_, Problem>(sealer.seal(&*ports.random, place, &folded(cancellation)?)?)
        })
        .transpose()?;
    Ok(Statement::new(
        "UPDATE appointments
SET state = ?3, slot_id = ?4, starts_at = ?5, ends_at = ?6, practitioner_id = ?7, role = ?8,
  overlap_allowed_by = ?9, cancellation = ?10, calendar_sequence = ?11, changed_at = ?12, version = ?2
WHERE id = ?1 AND version = ?2 - 1",
        [
            changed.id.into(),
            changed.version.into(),
            changed.state.into(),
            changed.slot.into(),
            changed.period.starts_at.into(),
            changed.period.ends_at.into(),
            changed.practitioner.as_ref().into(),
            changed.role.into(),
            changed.overlap_allowed_by.as_ref().into(),
            cancellation.into(),
            changed.calendar_sequence.into(),
            changed.changed_at.into(),
        ],
    ))
}

/// The statement that moves a visit on to its next state, where nothing else of it changes: fewer
/// columns set, fewer indexes touched.
pub fn update_state(changed: &Appointment) -> Statement {
    Statement::new(
        "UPDATE appointments
SET state = ?3, changed_at = ?4, version = ?2
WHERE id = ?1 AND version = ?2 - 1",
        [
            changed.id.into(),
            changed.version.into(),
            changed.state.into(),
            changed.changed_at.into(),
        ],
    )
}

/// Another visit that shares time with one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clash {
    /// The other visit.
    pub appointment: AppointmentId,
    /// At which unit.
    pub care_unit: HsaId,
    /// When.
    pub period: Period,
}

impl Clash {
    /// From a row of the queries below.
    pub fn from_row(row: Row) -> Result<Self, StoreError> {
        Ok(Clash {
            appointment: row.parsed("id")?,
            care_unit: row.parsed("care_unit_id")?,
            period: Period::from_row(row)?,
        })
    }
}

/// The visits of a practitioner that share time with a period, but for one visit itself.
pub fn clashes_of_practitioner(
    practitioner: &HsaId,
    period: Period,
    except: AppointmentId,
) -> Statement {
    Statement::new(
        "SELECT id, care_unit_id, starts_at, ends_at
FROM appointments
WHERE practitioner_id = ?1 AND state IN ('booked', 'arrived', 'started') AND id <> ?4
  AND starts_at > ?2 - 28800000 AND starts_at < ?3 AND ends_at > ?2
ORDER BY starts_at
LIMIT 5",
        [
            practitioner.into(),
            period.starts_at.into(),
            period.ends_at.into(),
            except.into(),
        ],
    )
}

impl Period {
    /// From the columns `starts_at` and `ends_at`.
    pub fn from_row(row: Row) -> Result<Self, StoreError> {
        Ok(Period {
            starts_at: Timestamp::from_millis(row.integer("starts_at")?),
            ends_at: Timestamp::from_millis(row.integer("ends_at")?),
        })
    }
}

macro_rules! clashes_of_patient {
    ($wanted:literal, $care_provider:literal, $starts_at:literal, $ends_at:literal) => {
        concat!(
            "SELECT appointments.id, appointments.care_unit_id, appointments.starts_at, appointments.ends_at
FROM patients ",
            $wanted,
            "
JOIN appointments ON appointments.patient_id = patients.id
WHERE patients.identity_index = ?1 AND patients.care_provider_id = ",
            $care_provider,
            "
  AND appointments.state IN ('booked', 'arrived', 'started') AND appointments.id <> ?3
  AND appointments.starts_at > ",
            $starts_at,
            " - 28800000 AND appointments.starts_at < ",
            $ends_at,
            " AND appointments.ends_at > ",
            $starts_at,
            "
ORDER BY appointments.starts_at
LIMIT 5"
        )
    };
}

/// When a visit is to be: at a time, or in a slot whose time the store knows.
#[derive(Debug, Clone, Copy)]
pub enum When {
    /// At this time.
    At(Period),
    /// In this slot.
    In(SlotId),
}

/// The patient's own visits at the care provider that share time with a wanted one.
pub fn clashes_of_patient(
    identity_index: &str,
    care_provider: &HsaId,
    when: When,
    except: AppointmentId,
) -> Statement {
    let index = identity_index.into();
    match when {
        When::At(period) => Statement::new(
            clashes_of_patient!("", "?2", "?4", "?5"),
            [
                index,
                care_provider.into(),
                except.into(),
                period.starts_at.into(),
                period.ends_at.into(),
            ],
        ),
        When::In(slot) => Statement::new(
            clashes_of_patient!(
                "JOIN slots ON slots.id = ?4",
                "?2",
                "slots.starts_at",
                "slots.ends_at"
            ),
            [index, care_provider.into(), except.into(), slot.into()],
        ),
    }
}

/// The access-log entry of looking at a patient's times before a visit is booked: none where nobody knows them.
pub fn log_foreseen(
    ports: &Ports,
    caller: &Caller,
    identity_index: &str,
    care_provider: &HsaId,
) -> Result<Statement, Problem> {
    access_log::entry(
        ports,
        caller,
        Activity::Read,
        &Resource::new("appointments", "clashes"),
        log_entry_over!(
            "SELECT care_provider_id, id AS patient_id FROM patients
WHERE identity_index = ?12 AND care_provider_id = ?13"
        ),
        vec![identity_index.into(), care_provider.into()],
    )
}

/// The patient's own visits, at the care provider whose slot it is, that share time with a slot: for the
/// patient alone, who may know of them all.
pub fn clashes_of_patient_in(
    identity: &IdentityIndex,
    slot: SlotId,
    except: AppointmentId,
) -> Statement {
    Statement::new(
        clashes_of_patient!(
            "JOIN slots ON slots.id = ?2",
            "slots.care_provider_id",
            "slots.starts_at",
            "slots.ends_at"
        ),
        [identity.as_str().into(), slot.into(), except.into()],
    )
}

/// The access-log entry of a write about a visit and a patient that are known.
pub fn log_write(
    ports: &Ports,
    caller: &Caller,
    id: AppointmentId,
    care_provider: &HsaId,
    patient: PatientId,
) -> Result<Statement, Problem> {
    access_log::entry(
        ports,
        caller,
        Activity::Write,
        &Resource::new("appointment", id),
        LOG_ENTRY_OF_ONE,
        vec![care_provider.into(), patient.into()],
    )
}
