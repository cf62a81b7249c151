//! The rows to measure on, as SQL: the reference rows, a week of two hundred free slots, slots to book, and,
//! for counting rows, any number of slots of other weeks with the visits that were booked through them.
//!
//! Every size has the very same week, and nothing lies within two days of it, so that whatever differs
//! between two sizes is the size's doing.

use shared::platform::native::SeededRandom;
use shared::role::Role;
use shared::sealing::IdentityIndex;
use shared::time::{HOUR, MINUTE, Timestamp};
use tickets::code::TicketCode;
use training::keys::Keys;
use training::people::{CARE_UNITS, CareUnit, PATIENTS, PRACTITIONERS, Patient, Practitioner};

use crate::Failure;

const DAY: i64 = 24 * HOUR;
/// How many free slots the measured week has.
pub const WEEK_SLOTS: u64 = 200;
/// How many slots [`bookable`] lays out.
pub const BOOKABLE_SLOTS: u64 = BOOKABLE_DAYS * BOOKABLE_A_DAY;
const BOOKABLE_DAYS: u64 = 600;
const BOOKABLE_A_DAY: u64 = 80;
const ROWS_A_STATEMENT: u64 = 50_000;

/// The unit whose week is listed and whose slots are booked.
pub fn unit() -> &'static CareUnit {
    &CARE_UNITS[0]
}

/// The Monday, in UTC, with which the measured week begins: two to three weeks ahead.
pub fn monday(now: Timestamp) -> Timestamp {
    let days = now.millis() / DAY;
    // The first of January 1970 was a Thursday.
    let since_monday = (days + 3) % 7;
    Timestamp::from_millis((days - since_monday + 21) * DAY)
}

/// The end of the measured week.
pub fn end_of_week(monday: Timestamp) -> Timestamp {
    monday.plus(7 * DAY)
}

/// The id of a slot of the measured week: the first half are practitioners' own, the rest of a role.
pub fn week_slot(number: u64) -> String {
    format!("019b0000-0000-7000-8000-{number:012x}")
}

/// The id of the slot for the `turn`th booking. Turns go from day to day, so that a patient who comes
/// again rarely comes on the same day, and never at the same time.
pub fn bookable_slot(turn: u64) -> String {
    let number = (turn % BOOKABLE_DAYS) * BOOKABLE_A_DAY + turn / BOOKABLE_DAYS;
    format!("019d0000-0000-7000-8000-{number:012x}")
}

/// The role of the practitioner whose slot it is.
pub fn role_of_bookable_slot(turn: u64) -> Role {
    let lane = turn / BOOKABLE_DAYS / 16;
    let mut of_unit = PRACTITIONERS
        .iter()
        .filter(|one| one.care_unit == unit().id);
    of_unit
        .nth(usize::try_from(lane).unwrap_or(usize::MAX))
        .map_or(Role::Nurse, role_of)
}

/// As what somebody meets patients here: an administrator, whom the training unit has one of, as a nurse.
fn role_of(one: &Practitioner) -> Role {
    match one.role {
        Role::Administrator => Role::Nurse,
        role => role,
    }
}

/// The moments between which all bookable slots lie.
pub fn bookable_days(monday: Timestamp) -> (Timestamp, Timestamp) {
    let first = monday.plus(14 * DAY);
    (first, first.plus(BOOKABLE_DAYS as i64 * DAY))
}

/// Care providers, units, practitioners and commissions.
pub fn reference(keys: &Keys) -> Result<String, Failure> {
    Ok(training::reference::reference(keys, &SeededRandom::new(1))?.join("\n") + "\n")
}

/// The code that opens the ticket of [`ticket_with_code`].
pub const CODE: &str = "7zzzzzzzzzzzzzzzzzzzzzzzzz";

/// Whose ticket that is. Whoever else is measured is another patient.
pub fn holder() -> &'static Patient {
    &PATIENTS[PATIENTS.len() - 2]
}

/// An open ticket at the measured unit whose code is known: what staff issue is told to nobody but the patient. The
/// ticket and its patient are sealed for nobody to open, for its code asks for neither.
pub fn ticket_with_code(keys: &Keys, monday: Timestamp) -> Result<String, Failure> {
    let index = IdentityIndex::of(&keys.secrets(), &holder().identity.parse()?)
        .map_err(|_| "BLIND_INDEX_KEY is missing")?;
    let code = TicketCode::parse(CODE).ok_or("a code that is none")?;
    let unit = unit();
    Ok(format!(
        "INSERT INTO patients (id, care_provider_id, identity_index, identity, name, created_at)
VALUES ('{patient}', '{provider}', '{index}', 'other', 'other', 0);
INSERT INTO tickets (
  id, care_provider_id, care_unit_id, patient_id, state, role, minutes, slots_from, slots_until, valid_until, details,
  sent_at, issued_by, issued_at
)
VALUES ('{ticket}', '{provider}', '{unit}', '{patient}', 'open', 'midwife', 30, {from}, {until}, {until}, 'other', 0, 'other', 0);
INSERT INTO ticket_codes (hash, care_provider_id, ticket_id, created_at)
VALUES ('{hash}', '{provider}', '{ticket}', 0);\n",
        patient = "019e0000-0000-7000-9000-000000000000",
        ticket = "019f0000-0000-7000-8000-000000000000",
        provider = unit.care_provider,
        unit = unit.id,
        index = index.as_str(),
        hash = code.hash(),
        from = monday.millis(),
        until = end_of_week(monday).millis(),
    ))
}

/// A template for every unit, to which all slots here belong.
fn templates() -> String {
    CARE_UNITS
        .iter()
        .map(|unit| {
            format!(
                "INSERT INTO slot_templates (id, care_provider_id, care_unit_id, role, definition, created_by, created_at)
VALUES ('{}', '{}', '{}', 'nurse', '{{}}', 'SE165565594230-P001', 0);\n",
                template(unit.id),
                unit.care_provider,
                unit.id,
            )
        })
        .collect()
}

fn template(unit: &str) -> String {
    let number = CARE_UNITS.iter().take_while(|one| one.id != unit).count();
    format!("019a0000-0000-7000-9000-{number:012x}")
}

/// The measured week: from Monday to Friday four mornings of each of five practitioners and twenty slots
/// of any nurse, half an hour each.
pub fn week(monday: Timestamp) -> String {
    let unit = unit();
    let lanes = lanes_of(unit);
    format!(
        "{}INSERT INTO slots (id, care_provider_id, care_unit_id, practitioner_id, role, template_id, starts_at, ends_at)
WITH RECURSIVE {lanes},
number (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM number WHERE n < 99)
SELECT printf('019b0000-0000-7000-8000-%012x', n), '{provider}', '{unit}', lane.practitioner, lane.role, '{template}',
  {first} + (n / 5 % 5) * {DAY} + (n / 25) * {half}, {first} + (n / 5 % 5) * {DAY} + (n / 25 + 1) * {half}
FROM number JOIN lane ON lane.lane = number.n % 5;
INSERT INTO slots (id, care_provider_id, care_unit_id, practitioner_id, role, template_id, starts_at, ends_at)
WITH RECURSIVE number (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM number WHERE n < 99)
SELECT printf('019b0000-0000-7000-8000-%012x', n + 100), '{provider}', '{unit}', NULL, 'nurse', '{template}',
  {first} + (n % 5) * {DAY} + (n / 5) * {half}, {first} + (n % 5) * {DAY} + (n / 5 + 1) * {half}
FROM number;\n",
        templates(),
        provider = unit.care_provider,
        unit = unit.id,
        template = template(unit.id),
        first = monday.millis() + 8 * HOUR,
        half = 30 * MINUTE,
    )
}

/// Free slots to book, from the second week after the measured one: sixteen a day of each practitioner.
pub fn bookable(monday: Timestamp) -> String {
    let unit = unit();
    format!(
        "INSERT INTO slots (id, care_provider_id, care_unit_id, practitioner_id, role, template_id, starts_at, ends_at)
WITH RECURSIVE {lanes},
number (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM number WHERE n < {last})
SELECT printf('019d0000-0000-7000-8000-%012x', number.n), '{provider}', '{unit}', lane.practitioner, lane.role, '{template}',
  {first} + (number.n / {BOOKABLE_A_DAY}) * {DAY} + (number.n % 16) * {half},
  {first} + (number.n / {BOOKABLE_A_DAY}) * {DAY} + (number.n % 16 + 1) * {half}
FROM number JOIN lane ON lane.lane = number.n % {BOOKABLE_A_DAY} / 16;\n",
        lanes = lanes_of(unit),
        last = BOOKABLE_SLOTS - 1,
        provider = unit.care_provider,
        unit = unit.id,
        template = template(unit.id),
        first = monday.millis() + 14 * DAY + 8 * HOUR,
        half = 30 * MINUTE,
    )
}

/// The unit's practitioners, numbered from 0.
fn lanes_of(unit: &CareUnit) -> String {
    let rows: Vec<String> = PRACTITIONERS
        .iter()
        .filter(|one| one.care_unit == unit.id)
        .enumerate()
        .map(|(n, one)| format!("({n}, '{}', '{}')", one.id, role_of(one).as_str()))
        .collect();
    format!(
        "lane (lane, practitioner, role) AS (VALUES {})",
        rows.join(", ")
    )
}

/// So many slots of other weeks, years back and two years ahead, at all units: those of every practitioner
/// and, for each unit, those of any nurse. Four of five that are past and a third of those to come are
/// booked, each by one of two thousand patients.
pub fn other_weeks(monday: Timestamp, slots: u64) -> String {
    let mut lanes: Vec<(Option<&str>, &str, &CareUnit)> = PRACTITIONERS
        .iter()
        .map(|one| (Some(one.id), one.role.as_str(), one.unit()))
        .collect();
    lanes.extend(CARE_UNITS.iter().map(|unit| (None, "nurse", unit)));
    let count = lanes.len();
    let lanes: Vec<String> = lanes
        .into_iter()
        .enumerate()
        .map(|(n, (practitioner, role, unit))| {
            let practitioner = practitioner.map_or("NULL".to_owned(), |id| format!("'{id}'"));
            format!(
                "({n}, {practitioner}, '{role}', '{}', '{}', '{}')",
                unit.id,
                unit.care_provider,
                template(unit.id)
            )
        })
        .collect();
    let mut sql = String::new();
    for provider in training::people::CARE_PROVIDERS {
        sql += &format!(
            "INSERT INTO patients (id, care_provider_id, identity_index, identity, name, created_at)
WITH RECURSIVE number (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM number WHERE n < 999)
SELECT printf('019e0000-0000-7000-8000-%s%08x', substr('{id}', -3), n), '{id}', printf('other-%s-%06d', '{id}', n), 'other', 'other', 0
FROM number;\n",
            id = provider.id
        );
    }
    // Twenty-seven slots of twenty minutes a day. Even days lie ahead for as long as two years hold, the
    // others behind.
    let mut from = 0;
    while from < slots {
        let until = (from + ROWS_A_STATEMENT).min(slots);
        let laid = format!(
            "WITH RECURSIVE lane (lane, practitioner, role, unit, provider, template) AS (VALUES {lanes}),
number (n) AS (SELECT {from} UNION ALL SELECT n + 1 FROM number WHERE n < {last}),
laid AS MATERIALIZED (
  SELECT number.n, number.n / {count} / 27 AS day, number.n / {count} % 27 AS place, lane.practitioner, lane.role,
    lane.unit, lane.provider, lane.template
  FROM number JOIN lane ON lane.lane = number.n % {count}
),
dated AS MATERIALIZED (
  SELECT *, CASE WHEN day < 1300 AND day % 2 = 0 THEN 14 + day / 2 WHEN day < 1300 THEN -7 - day / 2 ELSE -7 - day + 650 END AS days,
    printf('019a0000-0000-7000-8000-%012x', n) AS slot
  FROM laid
),
timed AS MATERIALIZED (
  SELECT *, {first} + days * {DAY} + place * {length} AS starts_at,
    CASE WHEN days < 0 AND n * 7 % 5 > 0 OR days > 0 AND n * 7 % 3 = 0
      THEN printf('019c0000-0000-7000-8000-%012x', n) END AS visit
  FROM dated
)",
            lanes = lanes.join(", "),
            last = until - 1,
            first = monday.millis() + 8 * HOUR,
            length = 20 * MINUTE,
        );
        sql += &format!(
            "INSERT INTO slots (id, care_provider_id, care_unit_id, practitioner_id, role, template_id, starts_at, ends_at, occupied_by)
{laid}
SELECT slot, provider, unit, practitioner, role, template, starts_at, starts_at + {length}, visit FROM timed;
INSERT INTO appointments (
  id, care_provider_id, care_unit_id, patient_id, kind, state, slot_id, practitioner_id, role,
  starts_at, ends_at, details, booked_by, booked_at, changed_at
)
{laid}
SELECT visit, provider, unit, printf('019e0000-0000-7000-8000-%s%08x', substr(provider, -3), n * 7 % 1000),
  'scheduled', CASE WHEN days < 0 THEN 'completed' ELSE 'booked' END, slot, practitioner, role,
  starts_at, starts_at + {length}, 'other', 'SE165565594230-P001', 0, 0
FROM timed WHERE visit IS NOT NULL;\n",
            length = 20 * MINUTE,
        );
        from = until;
    }
    sql
}

/// So many chats of other days with a message each, at the measured unit: the older half closed, the rest open for
/// another month; each of one of the patients of [`other_weeks`].
pub fn other_chats(monday: Timestamp, chats: u64) -> String {
    let unit = unit();
    let mut sql = String::new();
    let mut from = 0;
    while from < chats {
        let until = (from + ROWS_A_STATEMENT).min(chats);
        sql += &format!(
            "INSERT INTO chats (
  id, care_provider_id, care_unit_id, patient_id, role, subject, phase, first_writer, patient_may_reply, opens_at,
  closes_at, due_at, closed_at, begun, last_number, last_from, last_at, opened_by, opened_at
)
WITH RECURSIVE number (n) AS (SELECT {from} UNION ALL SELECT n + 1 FROM number WHERE n < {last})
SELECT printf('018c0000-0000-7000-8000-%012x', n), '{provider}', '{unit}',
  printf('019e0000-0000-7000-8000-%s%08x', substr('{provider}', -3), n % 1000), 'nurse', 'other', 'asynchronous',
  'either', 1, {opened}, {closes}, CASE WHEN n >= {half} THEN {closes} END, CASE WHEN n < {half} THEN {opened} + 1 END,
  1, 1, 'staff', {opened}, 'other', {opened}
FROM number;
INSERT INTO messages (chat_id, number, id, care_provider_id, version, sender, practitioner_id, text, sent_at)
WITH RECURSIVE number (n) AS (SELECT {from} UNION ALL SELECT n + 1 FROM number WHERE n < {last})
SELECT printf('018c0000-0000-7000-8000-%012x', n), 1, printf('018d0000-0000-7000-8000-%012x', n), '{provider}', 1, 'staff',
  'SE165565594230-P001', 'other', {opened}
FROM number;\n",
            last = until - 1,
            provider = unit.care_provider,
            unit = unit.id,
            half = chats / 2,
            opened = monday.millis() - 28 * DAY,
            closes = monday.millis() + 28 * DAY,
        );
        from = until;
    }
    sql
}

/// So many notifications standing at the measured unit, about the chats of [`other_chats`].
pub fn other_notifications(monday: Timestamp, notifications: u64) -> String {
    let unit = unit();
    format!(
        "INSERT INTO notifications (care_unit_id, number, care_provider_id, kind, resource_type, resource_id, created_at)
WITH RECURSIVE number (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < {notifications})
SELECT '{unit}', n, '{provider}', 'patient-wrote', 'case', printf('018c0000-0000-7000-8000-%012x', n), {told}
FROM number;\n",
        unit = unit.id,
        provider = unit.care_provider,
        told = monday.millis() - 28 * DAY,
    )
}
