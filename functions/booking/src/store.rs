//! Booking's own SQL: templates and the slots they lay out. What tickets write, too, is in `shared::slot`
//! and `shared::appointment`.

use shared::appointment::Period;
use shared::hsa_id::HsaId;
use shared::identifiers::{AppointmentId, SlotId, SlotTemplateId};
use shared::platform::Statement;
use shared::role::Role;
use shared::time::Timestamp;

/// A template and whose it is.
pub struct NewSlotTemplate<'a> {
    /// Its id.
    pub id: SlotTemplateId,
    /// Whose row it is.
    pub care_provider: &'a HsaId,
    /// At which unit.
    pub care_unit: &'a HsaId,
    /// With whom, or with anyone of the role.
    pub practitioner: Option<&'a HsaId>,
    /// With what role.
    pub role: Role,
    /// The recurrence as JSON.
    pub definition: String,
    /// Who laid it out.
    pub created_by: &'a HsaId,
    /// When.
    pub created_at: Timestamp,
}

/// Whose a slot of the unit is, by the columns that `practitioner::from_row` reads: no row where nobody is named.
pub fn practitioner_of_slot(slot: SlotId, care_unit: &HsaId) -> Statement {
    Statement::new(
        "SELECT practitioners.id AS practitioner_id, practitioners.name AS practitioner_name
FROM slots
JOIN practitioners ON practitioners.id = slots.practitioner_id
WHERE slots.id = ?1 AND slots.care_unit_id = ?2",
        [slot.into(), care_unit.into()],
    )
}

/// The times of a practitioner's slots that begin between two moments, or up to eight hours before.
pub fn standing_slots(practitioner: &HsaId, from: Timestamp, until: Timestamp) -> Statement {
    Statement::new(
        "SELECT starts_at, ends_at
FROM slots
WHERE practitioner_id = ?1 AND withdrawn_at IS NULL AND starts_at > ?2 - 28800000 AND starts_at < ?3
ORDER BY starts_at",
        [practitioner.into(), from.into(), until.into()],
    )
}

/// The statements that keep a template and lay out its slots. A slot over another of the practitioner's is
/// refused by `slots_do_not_overlap`; where a visit lies over the time, the slot is born occupied.
pub fn insert_template(template: &NewSlotTemplate, slots: &[(SlotId, Period)]) -> [Statement; 2] {
    let slots: Vec<_> = slots
        .iter()
        .map(|(id, period)| {
            serde_json::json!([id, period.starts_at.millis(), period.ends_at.millis()])
        })
        .collect();
    [
        Statement::new(
            "INSERT INTO slot_templates (
  id, care_provider_id, care_unit_id, practitioner_id, role, definition, created_by, created_at
)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            [
                template.id.into(),
                template.care_provider.into(),
                template.care_unit.into(),
                template.practitioner.into(),
                template.role.into(),
                template.definition.as_str().into(),
                template.created_by.into(),
                template.created_at.into(),
            ],
        ),
        // One JSON parameter carries them all: D1 takes a hundred parameters, not five thousand.
        Statement::new(
            "INSERT INTO slots (
  id, care_provider_id, care_unit_id, practitioner_id, role, template_id, starts_at, ends_at, occupied_by
)
SELECT
  new.value ->> 0, ?2, ?3, ?4, ?5, ?6, new.value ->> 1, new.value ->> 2,
  (
    SELECT appointments.id FROM appointments
    WHERE appointments.practitioner_id = ?4 AND appointments.state IN ('booked', 'arrived', 'started')
      AND appointments.starts_at > (new.value ->> 1) - 28800000
      AND appointments.starts_at < (new.value ->> 2) AND appointments.ends_at > (new.value ->> 1)
    LIMIT 1
  )
FROM json_each(?1) AS new",
            [
                shared::json::of(&slots.into()).into(),
                template.care_provider.into(),
                template.care_unit.into(),
                template.practitioner.into(),
                template.role.into(),
                template.id.into(),
            ],
        ),
    ]
}

/// The templates of a unit that stand, the newest first, and how many of their coming slots are free and booked.
pub fn list_templates(care_unit: &HsaId, now: Timestamp) -> Statement {
    Statement::new(
        "SELECT id, practitioner_id, role, definition, coalesce(free, 0) AS free, coalesce(booked, 0) AS booked
FROM slot_templates
LEFT JOIN (
  SELECT template_id, sum(occupied_by IS NULL) AS free, sum(occupied_by IS NOT NULL) AS booked
  FROM slots
  WHERE care_unit_id = ?1 AND starts_at > ?2 AND withdrawn_at IS NULL
  GROUP BY template_id
) ON template_id = id
WHERE care_unit_id = ?1 AND ended_at IS NULL
ORDER BY id DESC
LIMIT 200",
        [care_unit.into(), now.into()],
    )
}

/// How many coming slots of a template of the unit that stands are free: no row, where there is no such template.
pub fn count_free(id: SlotTemplateId, care_unit: &HsaId, now: Timestamp) -> Statement {
    Statement::new(
        "SELECT (
  SELECT count(*) FROM slots
  WHERE care_unit_id = ?2 AND starts_at > ?3 AND template_id = ?1 AND occupied_by IS NULL AND withdrawn_at IS NULL
) AS free
FROM slot_templates
WHERE id = ?1 AND care_unit_id = ?2 AND ended_at IS NULL",
        [id.into(), care_unit.into(), now.into()],
    )
}

/// The visits that take coming slots of a unit's template, in their order.
pub fn booked_of_template(id: SlotTemplateId, care_unit: &HsaId, now: Timestamp) -> Statement {
    Statement::new(
        "SELECT occupied_by, starts_at
FROM slots
WHERE care_unit_id = ?2 AND starts_at > ?3 AND template_id = ?1 AND occupied_by IS NOT NULL
ORDER BY starts_at, id
LIMIT 500",
        [id.into(), care_unit.into(), now.into()],
    )
}

/// Ends a template and withdraws its coming free slots, which are as many as were counted; or refuses all of it by
/// `require_changes`.
pub fn end_template(
    id: SlotTemplateId,
    care_unit: &HsaId,
    ended_by: &HsaId,
    free: i64,
    now: Timestamp,
) -> [Statement; 4] {
    [
        Statement::new(
            "UPDATE slot_templates SET ended_at = ?3, ended_by = ?4
WHERE id = ?1 AND care_unit_id = ?2 AND ended_at IS NULL",
            [id.into(), care_unit.into(), now.into(), ended_by.into()],
        ),
        Statement::require_changes(),
        Statement::new(
            "UPDATE slots SET withdrawn_at = ?3
WHERE care_unit_id = ?2 AND starts_at > ?3 AND template_id = ?1 AND occupied_by IS NULL AND withdrawn_at IS NULL",
            [id.into(), care_unit.into(), now.into()],
        ),
        Statement::new("INSERT INTO require VALUES (changes() = ?1)", [free.into()]),
    ]
}

/// The chat of a visit, if it has one.
pub fn chat_of(visit: AppointmentId) -> Statement {
    Statement::new(
        "SELECT id FROM chats WHERE appointment_id = ?1",
        [visit.into()],
    )
}
