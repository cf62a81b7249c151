//! Slots (bokningsbara tider): times set up in advance that someone can book. Type, rules and SQL together,
//! because booking and tickets both claim them. A slot is free while nothing occupies it and it stands.

use crate::appointment::Period;
use crate::hsa_id::HsaId;
use crate::identifiers::{AppointmentId, SlotId};
use crate::platform::{Row, Statement, StoreError};
use crate::role::Role;
use crate::time::Timestamp;

/// One bookable time.
#[derive(Debug, Clone)]
pub struct Slot {
    /// Its id.
    pub id: SlotId,
    /// With whom; nobody named means anyone of the role.
    pub practitioner: Option<HsaId>,
    /// With what role.
    pub role: Role,
    /// From when.
    pub starts_at: Timestamp,
    /// Until when.
    pub ends_at: Timestamp,
    /// Whether it can be booked.
    pub free: bool,
    /// Whether it was taken away by staff.
    pub withdrawn: bool,
}

impl Slot {
    /// From a row of the queries below.
    pub fn from_row(row: Row) -> Result<Self, StoreError> {
        let withdrawn = row.optional_integer("withdrawn_at")?.is_some();
        Ok(Slot {
            id: row.parsed("id")?,
            practitioner: row.optional_parsed("practitioner_id")?,
            role: row.parsed("role")?,
            starts_at: Timestamp::from_millis(row.integer("starts_at")?),
            ends_at: Timestamp::from_millis(row.integer("ends_at")?),
            free: row.optional_text("occupied_by")?.is_none() && !withdrawn,
            withdrawn,
        })
    }
}

/// Finds one slot of a unit.
pub fn find(id: SlotId, care_unit: &HsaId) -> Statement {
    Statement::new(
        "SELECT id, practitioner_id, role, starts_at, ends_at, occupied_by, withdrawn_at
FROM slots
WHERE id = ?1 AND care_unit_id = ?2",
        [id.into(), care_unit.into()],
    )
}

/// Finds one slot, and of which unit it is (`care_unit_id`), for whoever learns in the same round trip which
/// unit it must be.
pub fn find_with_unit(id: SlotId) -> Statement {
    Statement::new(
        "SELECT id, practitioner_id, role, starts_at, ends_at, occupied_by, withdrawn_at, care_unit_id
FROM slots
WHERE id = ?1",
        [id.into()],
    )
}

/// Which slots of a unit a list asks for.
pub struct Wanted<'a> {
    /// The unit.
    pub care_unit: &'a HsaId,
    /// Slots that begin before this.
    pub until: Timestamp,
    /// After this place in the order: a moment and, within it, a slot's id (empty: all of them).
    pub after: (Timestamp, &'a str),
    /// With this role alone.
    pub role: Option<Role>,
    /// With this practitioner alone.
    pub practitioner: Option<&'a HsaId>,
    /// Free ones alone, or all.
    pub only_free: bool,
    /// At most so many.
    pub limit: i64,
}

/// Lists slots in the order of their beginning, as one row of one JSON array (`slots`), each in the form
/// that callers see. A week of slots is the largest answer there is: SQLite writes it in less time than
/// the rows would take to cross into WASM, be read and be written again. `last_starts_at` and `last_id`
/// name the last slot where there are more after it. Each of the two texts has an index of its own.
pub fn page(wanted: &Wanted) -> Statement {
    macro_rules! page_where {
        ($which:literal) => {
            concat!(
                "SELECT
  CASE WHEN listed > ?7 THEN json_remove(slots, '$[#-1]') ELSE slots END AS slots,
  CASE WHEN listed > ?7 THEN json_extract(slots, '$[#-2].starts_at') END AS last_starts_at,
  CASE WHEN listed > ?7 THEN json_extract(slots, '$[#-2].id') END AS last_id
FROM (
  SELECT
    count(*) AS listed,
    json_group_array(json_object(
      'id', id,
      'practitioner', practitioner_id,
      'role', role,
      'starts_at', strftime('%Y-%m-%dT%H:%M:%SZ', starts_at / 1000, 'unixepoch'),
      'ends_at', strftime('%Y-%m-%dT%H:%M:%SZ', ends_at / 1000, 'unixepoch'),
      'free', json(CASE WHEN occupied_by IS NULL AND withdrawn_at IS NULL THEN 'true' ELSE 'false' END),
      'withdrawn', json(CASE WHEN withdrawn_at IS NULL THEN 'false' ELSE 'true' END)
    )) AS slots
  FROM (
    SELECT id, practitioner_id, role, starts_at, ends_at, occupied_by, withdrawn_at
    FROM slots
    WHERE care_unit_id = ?1", $which, "
      AND (starts_at, id) > (?2, ?3) AND starts_at < ?4
      AND (?5 IS NULL OR role = ?5) AND (?6 IS NULL OR practitioner_id = ?6)
    ORDER BY starts_at, id
    LIMIT ?7 + 1
  )
)"
            )
        };
    }
    const FREE: &str = page_where!(" AND occupied_by IS NULL AND withdrawn_at IS NULL");
    const ALL: &str = page_where!("");
    let (moment, id) = wanted.after;
    Statement::new(
        if wanted.only_free { FREE } else { ALL },
        [
            wanted.care_unit.into(),
            moment.into(),
            id.into(),
            wanted.until.into(),
            wanted.role.into(),
            wanted.practitioner.into(),
            wanted.limit.into(),
        ],
    )
}

/// Claims a free slot for an appointment. Followed by [`Statement::require_changes`], whoever is second
/// loses the whole batch.
pub fn claim(id: SlotId, care_unit: &HsaId, appointment: AppointmentId) -> Statement {
    Statement::new(
        "UPDATE slots
SET occupied_by = ?3
WHERE id = ?1 AND care_unit_id = ?2 AND occupied_by IS NULL AND withdrawn_at IS NULL",
        [id.into(), care_unit.into(), appointment.into()],
    )
}

/// Takes away a free slot. Followed by [`Statement::require_changes`], a booked one refuses.
pub fn withdraw(id: SlotId, care_unit: &HsaId, now: Timestamp) -> Statement {
    Statement::new(
        "UPDATE slots
SET withdrawn_at = ?3
WHERE id = ?1 AND care_unit_id = ?2 AND occupied_by IS NULL AND withdrawn_at IS NULL",
        [id.into(), care_unit.into(), now.into()],
    )
}

/// The time another active appointment of the practitioner still takes of a slot, if any does: one of up to an hour,
/// or a long one, each by an index of its own.
macro_rules! still_taken_by {
    (@within $before:literal) => {
        concat!(
            "(
  SELECT other.id FROM appointments AS other
  WHERE other.practitioner_id = slots.practitioner_id AND other.state IN ('booked', 'arrived', 'started')
    AND other.id <> ?1
    AND other.starts_at > slots.starts_at - ",
            $before,
            " AND other.starts_at < slots.ends_at
    AND other.ends_at > slots.starts_at
  LIMIT 1
)"
        )
    };
    () => {
        concat!(
            "coalesce(",
            still_taken_by!(@within "3600000"),
            ", ",
            still_taken_by!(@within "28800000 AND other.ends_at - other.starts_at > 3600000"),
            ")"
        )
    };
}

/// Gives back the slot that an appointment was booked through.
pub fn release(id: SlotId, appointment: AppointmentId) -> Statement {
    Statement::new(
        concat!(
            "UPDATE slots SET occupied_by = ",
            still_taken_by!(),
            " WHERE id = ?2 AND occupied_by = ?1"
        ),
        [appointment.into(), id.into()],
    )
}

/// Those slots of a practitioner (`?2`) that an appointment (`?1`) from `?3` to `?4` lies over are handed from one to
/// another: the slots of up to an hour, and the long ones, each by an index of its own.
macro_rules! hand_overlapped {
    ($which:literal, to $($whom:tt)+) => {
        [
            hand_overlapped!(@of "starts_at > ?3 - 3600000", $which, $($whom)+),
            hand_overlapped!(@of "ends_at - starts_at > 3600000 AND starts_at > ?3 - 28800000", $which, $($whom)+),
        ]
    };
    (@of $length:literal, $which:literal, $($whom:tt)+) => {
        concat!(
            "UPDATE slots SET occupied_by = ",
            $($whom)+,
            " WHERE practitioner_id = ?2 AND ",
            $which,
            " AND withdrawn_at IS NULL
  AND ",
            $length,
            " AND starts_at < ?4 AND ends_at > ?3"
        )
    };
}

/// The slots that an appointment lies over change hands.
fn overlapped(
    sql: [&'static str; 2],
    practitioner: &HsaId,
    period: Period,
    appointment: AppointmentId,
) -> [Statement; 2] {
    sql.map(|sql| {
        let Period { starts_at, ends_at } = period;
        let parameters = [
            appointment.into(),
            practitioner.into(),
            starts_at.into(),
            ends_at.into(),
        ];
        Statement::new(sql, parameters)
    })
}

/// Takes a practitioner's free slots out of the lists while another appointment lies over them.
pub fn occupy_overlapped(
    practitioner: &HsaId,
    period: Period,
    appointment: AppointmentId,
) -> [Statement; 2] {
    const OCCUPY: [&str; 2] = hand_overlapped!("occupied_by IS NULL", to "?1");
    overlapped(OCCUPY, practitioner, period, appointment)
}

/// Gives back the slots that an appointment of a practitioner lay over.
pub fn release_overlapped(
    practitioner: &HsaId,
    period: Period,
    appointment: AppointmentId,
) -> [Statement; 2] {
    const RELEASE: [&str; 2] = hand_overlapped!("occupied_by = ?1", to still_taken_by!());
    overlapped(RELEASE, practitioner, period, appointment)
}
