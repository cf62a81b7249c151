//! The SQL of opening patients, nothing else. (The access log's own is in `access_log::store`.)

use shared::hsa_id::HsaId;
use shared::identifiers::PatientId;
use shared::platform::Statement;
use shared::sealing::IdentityIndex;
use shared::session::Staff;
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
        "SELECT id, care_provider_id, practitioner_id, patient_id, at, reason
FROM emergency_accesses
WHERE care_unit_id = ?1
ORDER BY id DESC
LIMIT 200",
        [care_unit.into()],
    )
}
