//! The free slots that a form of staff's offers, by day, each with whose it is.

use serde::Deserialize;
use shared::colleagues::{Colleague, colleagues, opened};
use shared::hsa_id::HsaId;
use shared::identifiers::SlotId;
use shared::platform::{Outcome, Ports};
use shared::problem::Problem;
use shared::role::Role;
use shared::session::{Caller, Staff};
use shared::slot::{self, Slot};
use shared::time::Timestamp;
use shared::words::dates::day;
use shared::words::{Language, booking as words, roles};

use super::AHEAD;

/// No form shows more slots.
const MOST_SLOTS: i64 = 200;

/// A free slot to choose.
pub struct FreeSlot {
    /// Its id.
    pub id: String,
    /// What it is called among its day's slots: when it begins, and with whom.
    pub name: String,
}

/// The free slots of one day.
pub struct Day {
    /// The day in words.
    pub title: String,
    /// Its slots, in order.
    pub slots: Vec<FreeSlot>,
}

impl Day {
    /// Whether a slot is one of the day's.
    pub fn has(&self, slot: &str) -> bool {
        self.slots.iter().any(|one| one.id == slot)
    }
}

/// Who works at the unit, from what [`colleagues`] found.
pub struct Names(Vec<Colleague>);

impl Names {
    /// Opens the names.
    pub fn of(staff: &Staff, ports: &Ports, found: &Outcome) -> Result<Self, Problem> {
        Ok(Names(opened(staff, ports, &found.rows)?))
    }

    /// Whose a slot is: a practitioner's, by name, or anyone's of a role.
    pub fn whose(&self, language: Language, practitioner: Option<&HsaId>, role: Role) -> String {
        let name = practitioner.map(|id| {
            let known = self.0.iter().find(|one| one.id == *id);
            known.map_or(id.as_str(), |one| one.name.as_str())
        });
        whose(language, name, role)
    }
}

/// A practitioner by name and role, or anyone of the role.
pub fn whose(language: Language, name: Option<&str>, role: Role) -> String {
    let role = language.say(roles::name(role));
    match name {
        Some(name) => format!("{name}, {role}"),
        None => format!("{}: {role}", language.say(words::ANYONE_OF_ROLE)),
    }
}

/// A free slot, as the store's JSON has it.
#[derive(Deserialize)]
struct Kept {
    id: SlotId,
    practitioner: Option<HsaId>,
    role: Role,
    starts_at: Timestamp,
}

/// The free slots from a moment that was asked for, or from now on, by day; and the one that is picked, wherever it
/// lies.
pub async fn free_slots(
    staff: &Staff,
    ports: &Ports,
    language: Language,
    from: &str,
    picked: &str,
) -> Result<Vec<Day>, Problem> {
    let now = ports.clock.now();
    let from = from.parse().map_or(now, |from: Timestamp| from.max(now));
    let wanted = slot::Wanted {
        care_unit: &staff.care_unit,
        until: from.plus(AHEAD),
        after: (from, ""),
        role: None,
        practitioner: None,
        only_free: true,
        limit: MOST_SLOTS,
    };
    let mut asking = vec![slot::page(&wanted), colleagues(staff, now)];
    if let Ok(picked) = picked.parse() {
        asking.push(slot::find(picked, &staff.care_unit));
    }
    let caller = Caller::Staff(staff.clone());
    let found = ports.store_for(&caller).batch(asking).await?;
    let page = found[0]
        .rows
        .first()
        .ok_or_else(|| Problem::internal("a page of slots came without a row"))?;
    let mut slots: Vec<Kept> = serde_json::from_str(page.text("slots")?)
        .map_err(|error| Problem::internal(format!("the slots' own JSON: {error}")))?;
    if let Some(row) = found.get(2).and_then(|found| found.rows.first()) {
        let picked = Slot::from_row(row)?;
        let is_listed = slots.iter().any(|one| one.id == picked.id);
        if picked.free && picked.starts_at >= now && !is_listed {
            let later = |one: &Kept| one.starts_at > picked.starts_at;
            let place = slots.iter().position(later).unwrap_or(slots.len());
            let picked = Kept {
                id: picked.id,
                practitioner: picked.practitioner,
                role: picked.role,
                starts_at: picked.starts_at,
            };
            slots.insert(place, picked);
        }
    }
    let names = Names::of(staff, ports, &found[1])?;
    let mut days: Vec<Day> = vec![];
    for slot in slots {
        let title = day(language, slot.starts_at.date_in_stockholm());
        let (_, clock) = slot.starts_at.date_and_clock();
        let whose = names.whose(language, slot.practitioner.as_ref(), slot.role);
        let slot = FreeSlot {
            id: slot.id.to_string(),
            name: format!("{clock} {whose}"),
        };
        match days.last_mut() {
            Some(day) if day.title == title => day.slots.push(slot),
            _ => days.push(Day {
                title,
                slots: vec![slot],
            }),
        }
    }
    Ok(days)
}
