//! The SQL of the patient's own pages, nothing else. The wall stands in each WHERE: the patient's blind index.

use shared::access_log::{self, Activity, Resource};
use shared::hsa_id::HsaId;
use shared::log_entry_over;
use shared::platform::{Ports, Statement, Value};
use shared::problem::Problem;
use shared::session::{Caller, SignedInPatient};
use shared::time::{HOUR, Timestamp};

/// No list of a patient's matters is longer, of each kind.
pub const LONGEST: usize = 100;
/// One more is read, to see whether there are more.
const READ: i64 = LONGEST as i64 + 1;

const LOG: &str = log_entry_over!(
    "SELECT care_provider_id, id AS patient_id FROM patients WHERE identity_index = ?12"
);

fn index(patient: &SignedInPatient) -> Value {
    patient.identity.as_str().into()
}

/// The entry about what a patient reads or writes of their own, at every care provider that knows them.
pub fn log(
    ports: &Ports,
    patient: &SignedInPatient,
    activity: Activity,
    resource: &'static str,
) -> Result<Statement, Problem> {
    access_log::entry(
        ports,
        &Caller::Patient(patient.clone()),
        activity,
        &Resource::new(resource, "own"),
        LOG,
        vec![index(patient)],
    )
}

/// How long after its end a visit is one of now that the patient has come to and nobody has ended, in milliseconds:
/// who is seen late still finds it.
const LATE: i64 = 4 * HOUR;

/// The visits that end at a moment or later, or are waited for or going on after their end, in their order; or those
/// before them, the newest first.
pub fn visits(patient: &SignedInPatient, now: Timestamp, earlier: bool) -> Statement {
    let sql = if earlier {
        "SELECT appointments.id, appointments.kind, appointments.state, appointments.starts_at, appointments.role, care_units.name AS unit_name
FROM patients
JOIN appointments ON appointments.patient_id = patients.id
JOIN care_units ON care_units.id = appointments.care_unit_id
WHERE patients.identity_index = ?1 AND appointments.starts_at < ?2
  AND (appointments.ends_at < ?2 - ?4 OR (appointments.ends_at < ?2 AND appointments.state = 'booked')
    OR appointments.state = 'completed' OR appointments.state = 'cancelled' OR appointments.state = 'no-show')
ORDER BY appointments.starts_at DESC
LIMIT ?3"
    } else {
        // 28800000: eight hours, the longest visit.
        "SELECT appointments.id, appointments.kind, appointments.state, appointments.starts_at, appointments.role, care_units.name AS unit_name
FROM patients
JOIN appointments ON appointments.patient_id = patients.id
JOIN care_units ON care_units.id = appointments.care_unit_id
WHERE patients.identity_index = ?1 AND appointments.starts_at > ?2 - ?4 - 28800000
  AND ((appointments.state = 'booked' AND appointments.ends_at >= ?2)
    OR ((appointments.state = 'arrived' OR appointments.state = 'started') AND appointments.ends_at >= ?2 - ?4)
    OR (appointments.state = 'cancelled' AND appointments.starts_at > ?2))
ORDER BY appointments.starts_at
LIMIT ?3"
    };
    let values = [index(patient), now.into(), READ.into(), LATE.into()];
    Statement::new(sql, values)
}

/// The tickets that were not redeemed, the newest first. (A redeemed one is a visit.)
pub fn tickets(patient: &SignedInPatient) -> Statement {
    Statement::new(
        "SELECT tickets.id, tickets.state, tickets.valid_until, tickets.role, care_units.name AS unit_name
FROM patients
JOIN tickets ON tickets.patient_id = patients.id
JOIN care_units ON care_units.id = tickets.care_unit_id
WHERE patients.identity_index = ?1 AND tickets.state <> 'redeemed'
ORDER BY tickets.id DESC
LIMIT ?2",
        [index(patient), READ.into()],
    )
}

/// The cases and chats, the newest first.
pub fn chats(patient: &SignedInPatient) -> Statement {
    Statement::new(
        "SELECT chats.id, chats.care_provider_id, chats.subject, chats.role, chats.opens_at, chats.closes_at, chats.closed_at, chats.last_from, chats.grace_ends_at, chats.unread_by_patient, care_units.name AS unit_name
FROM patients
JOIN chats ON chats.patient_id = patients.id
JOIN care_units ON care_units.id = chats.care_unit_id
WHERE patients.identity_index = ?1
ORDER BY chats.id DESC
LIMIT ?2",
        [index(patient), READ.into()],
    )
}

/// The patient at every care provider that knows them, by the columns that `Patient::from_row` reads.
pub fn known(patient: &SignedInPatient) -> Statement {
    Statement::new(
        "SELECT id, care_provider_id, identity, name, phone, sms_consent, language, protected_identity
FROM patients
WHERE identity_index = ?1",
        [index(patient)],
    )
}

/// Writes the profile of the patient at one care provider; `phone` is sealed for that row, and `phone_index` is
/// what it is found by.
pub fn update_profile(
    patient: &SignedInPatient,
    care_provider: &HsaId,
    phone: Option<String>,
    phone_index: Option<&str>,
    language: &str,
    sms_consent: bool,
) -> Statement {
    Statement::new(
        "UPDATE patients SET phone = ?3, phone_index = ?6, language = ?4, sms_consent = ?5
WHERE identity_index = ?1 AND care_provider_id = ?2",
        [
            index(patient),
            care_provider.into(),
            phone.into(),
            language.into(),
            sms_consent.into(),
            phone_index.into(),
        ],
    )
}

/// A phone that wrote STOPP takes text messages again.
pub fn take_text_messages(phone_index: &str) -> Statement {
    Statement::new(
        "DELETE FROM sms_refusals WHERE phone_index = ?1",
        [phone_index.into()],
    )
}
