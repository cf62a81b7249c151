//! The schedule: a day with the unit's practitioners side by side, or a week, as a table, with a list beside it in
//! which each visit has its forms. It only reads: every form goes to booking, which has the rules. Where scripts
//! run, assets/schedule.js moves a visit by drag, through booking's JSON; the same move is a form here.

mod table;

use askama::Template;
use axum::response::Response;
use chrono::{Datelike, NaiveDate, Timelike};
use serde::Deserialize;
use shared::appointment::store::{Found, Wanted, list};
use shared::appointment::{AppointmentState, Period, Step, clock_allows};
use shared::colleagues::{Colleague, colleagues, opened};
use shared::hsa_id::HsaId;
use shared::identifiers::SlotId;
use shared::page::{Faults, Viewer, assets, new_key};
use shared::platform::Ports;
use shared::problem::Problem;
use shared::query::Query;
use shared::role::Role;
use shared::sealing::Sealer;
use shared::session::{Caller, Staff};
use shared::slot;
use shared::time::{Timestamp, clock, start_of_day};
use shared::words::dates::{day, weekday};
use shared::words::{Language, booking, roles, workspace as words};

use table::{Axis, Cell, Entry, Table, View};

/// No schedule shows more visits.
const MOST_VISITS: i64 = 500;
/// No schedule shows more free slots.
const MOST_SLOTS: i64 = 1_500;
/// How far from today a schedule is shown, in days.
const FARTHEST: i64 = 800;

/// Which schedule. Nothing here is about a patient.
#[derive(Deserialize)]
pub struct ScheduleQuery {
    view: Option<String>,
    date: Option<String>,
    practitioner: Option<String>,
}

/// Whose time a column or a row is: a practitioner's, or that of anyone of a role.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Whose {
    Practitioner(HsaId),
    Anyone(&'static str),
}

/// A column or a row of somebody.
struct Lane {
    whose: Whose,
    title: String,
}

/// A visit in the schedule.
struct Visit {
    id: String,
    patient: Option<String>,
    with: String,
    kind: &'static str,
    state: AppointmentState,
    is_in_slot: bool,
    steps: Vec<(&'static str, &'static str)>,
    may_move: bool,
    may_cancel: bool,
}

enum What {
    Visit(Visit),
    Free(SlotId),
}

/// A free slot, as the store's JSON has it.
#[derive(Deserialize)]
struct FreeSlot {
    id: SlotId,
    practitioner: Option<HsaId>,
    role: Role,
    starts_at: Timestamp,
    ends_at: Timestamp,
}

/// A choice of the form above the table.
struct Choice {
    id: String,
    text: String,
    is_chosen: bool,
}

#[derive(Template)]
#[template(path = "schedule.html")]
struct SchedulePage {
    language: Language,
    key: String,
    here: String,
    view: View,
    date: NaiveDate,
    today: NaiveDate,
    /// What was asked for as a date, where no schedule is shown for it.
    unfit: Option<String>,
    faults: Faults,
    chosen: Option<HsaId>,
    choices: Vec<Choice>,
    lanes: Vec<Lane>,
    entries: Vec<Entry<What>>,
    table: Table,
}

impl SchedulePage {
    fn is_week(&self) -> bool {
        matches!(self.view, View::Week(_))
    }

    fn caption(&self) -> String {
        let whose = match &self.chosen {
            Some(_) => self.lanes.first().map(|lane| lane.title.as_str()),
            None => None,
        };
        let whose = whose.unwrap_or(self.language.say(words::WHOLE_UNIT));
        let when = match self.view {
            View::Day(date) => day(self.language, date),
            View::Week(monday) => {
                let week = monday.iso_week();
                let word = self.language.say(words::WEEK).to_lowercase();
                format!("{word} {}, {}", week.week(), week.year())
            }
        };
        format!("{whose}, {when}")
    }

    /// The address of a schedule like this one, at another date or in the other view.
    fn path(&self, view: &str, date: NaiveDate) -> String {
        let mut path = format!("/workspace/schedule?view={view}&date={date}");
        if let Some(practitioner) = &self.chosen {
            path.push_str(&format!("&practitioner={practitioner}"));
        }
        path
    }

    fn same_view(&self) -> &'static str {
        match self.view {
            View::Day(_) => "day",
            View::Week(_) => "week",
        }
    }

    fn before(&self) -> String {
        let (first, end) = self.view.dates();
        let length = (end - first).num_days().unsigned_abs();
        let before = first.checked_sub_days(chrono::Days::new(length));
        self.path(self.same_view(), before.unwrap_or(first))
    }

    fn after(&self) -> String {
        self.path(self.same_view(), self.view.dates().1)
    }

    /// What a column or row is called.
    fn title(&self, axis: &Axis) -> String {
        if let Some(clock) = axis.clock() {
            return clock.replace(':', ".");
        }
        match (axis.lane, axis.date) {
            (Some(lane), _) => self
                .lanes
                .get(lane)
                .map(|lane| lane.title.clone())
                .unwrap_or_default(),
            (None, Some(date)) => format!(
                "{} {}/{}",
                weekday(self.language, date),
                date.day(),
                date.month()
            ),
            (None, None) => String::new(),
        }
    }

    /// Where a column's or row's head leads to: from a week to its day.
    fn leads_to(&self, axis: &Axis) -> Option<String> {
        axis.date.map(|date| self.path("day", date))
    }

    /// What stands in a cell: all but what is cancelled, which the list beside the table tells.
    fn visible<'a>(&'a self, cell: &'a Cell) -> impl Iterator<Item = &'a Entry<What>> {
        let shown = |entry: &&Entry<What>| match &entry.what {
            What::Visit(visit) => visit.state != AppointmentState::Cancelled,
            What::Free(_) => true,
        };
        let entry = |place: &usize| self.entries.get(*place);
        cell.entries.iter().filter_map(entry).filter(shown)
    }

    fn clock(&self, entry: &Entry<What>) -> String {
        let [from, to] = [entry.begins, entry.ends].map(|at| clock(at.time()));
        format!("{from}–{to}")
    }

    /// As the field for a time takes it.
    fn in_field(&self, entry: &Entry<What>) -> String {
        let at = entry.begins;
        format!("{}T{:02}:{:02}", at.date(), at.hour(), at.minute())
    }

    fn on(&self, entry: &Entry<What>) -> String {
        match self.view {
            View::Day(_) => String::new(),
            View::Week(_) => format!("{} ", weekday(self.language, entry.begins.date())),
        }
    }

    fn patient<'a>(&'a self, visit: &'a Visit) -> &'a str {
        let name = visit.patient.as_deref();
        name.unwrap_or(self.language.say(words::PROTECTED))
    }

    fn state(&self, visit: &Visit) -> &'static str {
        self.language.say(booking::state(visit.state))
    }

    fn lane(&self, entry: &Entry<What>) -> &str {
        self.lanes
            .get(entry.lane)
            .map_or("", |lane| lane.title.as_str())
    }

    fn visits(&self) -> Vec<(&Entry<What>, &Visit)> {
        let visits = self.entries.iter().filter_map(|entry| match &entry.what {
            What::Visit(visit) => Some((entry, visit)),
            What::Free(_) => None,
        });
        visits.collect()
    }

    fn free(&self) -> Vec<(&Entry<What>, &SlotId)> {
        let free = self.entries.iter().filter_map(|entry| match &entry.what {
            What::Free(slot) => Some((entry, slot)),
            What::Visit(_) => None,
        });
        free.collect()
    }
}

/// The lanes that are wanted: made as entries come, and put in order at the end.
struct Lanes<'a> {
    language: Language,
    own: &'a HsaId,
    colleagues: &'a [Colleague],
    lanes: Vec<Lane>,
}

impl Lanes<'_> {
    fn of(&mut self, practitioner: Option<&HsaId>, role: Role, name: Option<&str>) -> usize {
        let whose = match practitioner {
            Some(practitioner) => Whose::Practitioner(practitioner.clone()),
            None => Whose::Anyone(role.as_str()),
        };
        if let Some(place) = self.lanes.iter().position(|lane| lane.whose == whose) {
            return place;
        }
        let role = self.language.say(roles::name(role));
        let title = match practitioner {
            Some(id) => {
                let known = self.colleagues.iter().find(|one| one.id == *id);
                let name = known.map(|one| one.name.as_str()).or(name);
                let title = name.unwrap_or(id.as_str());
                if id == self.own {
                    format!("{title} ({})", self.language.say(words::YOU))
                } else {
                    title.to_owned()
                }
            }
            None => format!("{} ({role})", self.language.say(words::ANYONE)),
        };
        self.lanes.push(Lane { whose, title });
        self.lanes.len() - 1
    }

    /// Own time first, then the others' by name, then anyone's; the entries' lanes are changed with them.
    fn in_order<T>(self, entries: &mut [Entry<T>]) -> Vec<Lane> {
        let own = Whose::Practitioner(self.own.clone());
        let mut lanes: Vec<(usize, Lane)> = self.lanes.into_iter().enumerate().collect();
        lanes.sort_by_key(|(_, lane)| {
            let is_anyone = matches!(lane.whose, Whose::Anyone(_));
            (lane.whose != own, is_anyone, lane.title.clone())
        });
        for entry in entries {
            let place = lanes.iter().position(|(before, _)| *before == entry.lane);
            entry.lane = place.unwrap_or_default();
        }
        lanes.into_iter().map(|(_, lane)| lane).collect()
    }
}

fn visit(language: Language, found: &Found, now: Timestamp) -> Visit {
    let visit = &found.appointment;
    let may =
        |step| visit.state.after(step).is_ok() && clock_allows(step, visit.period, now).is_ok();
    let steps = [
        (Step::Arrive, booking::MARK_ARRIVED),
        (Step::Start, booking::START),
        (Step::Complete, booking::COMPLETE),
        (Step::MarkNoShow, booking::MARK_NO_SHOW),
    ];
    let role = language.say(roles::name(visit.role));
    Visit {
        id: visit.id.to_string(),
        patient: (!found.patient.protected_identity).then(|| found.patient.name.clone()),
        with: found
            .practitioner_name
            .clone()
            .unwrap_or_else(|| role.to_owned()),
        kind: language.say(booking::kind(visit.kind)),
        state: visit.state,
        is_in_slot: visit.slot.is_some(),
        steps: steps
            .into_iter()
            .filter(|(step, _)| may(*step))
            .map(|(step, word)| (step.as_str(), language.say(word)))
            .collect(),
        may_move: may(Step::Reschedule),
        may_cancel: may(Step::Cancel),
    }
}

/// Which table, of whom, on which date was asked for.
fn asked(
    query: &ScheduleQuery,
    today: NaiveDate,
    faults: &mut Faults,
) -> Result<(View, NaiveDate, Option<HsaId>), Problem> {
    let is_given = |text: &&str| !text.trim().is_empty();
    let date = match query.date.as_deref().filter(is_given) {
        Some(text) => text
            .parse::<NaiveDate>()
            .ok()
            .filter(|date| (*date - today).num_days().abs() <= FARTHEST)
            .unwrap_or_else(|| {
                faults.add("date", words::WRONG_DATE);
                today
            }),
        None => today,
    };
    let view = match query.view.as_deref() {
        Some("week") => {
            let days = u64::from(date.weekday().num_days_from_monday());
            View::Week(
                date.checked_sub_days(chrono::Days::new(days))
                    .unwrap_or(date),
            )
        }
        Some("day") | None => View::Day(date),
        Some(_) => return Err(Problem::invalid("view", "ask for `day` or `week`")),
    };
    let practitioner = match query.practitioner.as_deref().filter(is_given) {
        Some(text) => Some(text.parse().map_err(|_| Problem::not_found())?),
        None => None,
    };
    Ok((view, date, practitioner))
}

/// The schedule.
pub async fn page(
    staff: Staff,
    ports: Ports,
    viewer: Viewer,
    Query(query): Query<ScheduleQuery>,
) -> Result<Response, Problem> {
    let language = viewer.language;
    let caller = Caller::Staff(staff.clone());
    let sealer = Sealer::from_secrets(&*ports.secrets)?;
    let now = ports.clock.now();
    let today = now.date_in_stockholm();
    let mut faults = Faults::none();
    let (view, date, chosen) = asked(&query, today, &mut faults)?;
    let (first, end) = view.dates();
    let wanted = Wanted {
        until: start_of_day(end),
        after: (start_of_day(first), ""),
        practitioner: chosen.as_ref(),
        limit: MOST_VISITS,
    };
    let slots = slot::page(&slot::Wanted {
        care_unit: &staff.care_unit,
        until: start_of_day(end),
        after: (start_of_day(first).max(now), ""),
        role: None,
        practitioner: chosen.as_ref(),
        only_free: true,
        limit: MOST_SLOTS,
    });
    let [visits, log] = list(&ports, &caller, &wanted)?;
    let found = ports
        .store_for(&caller)
        .batch(vec![visits, log, slots, colleagues(&staff, now)])
        .await?;

    let people = opened(&staff, &ports, &found[3].rows)?;
    if chosen
        .as_ref()
        .is_some_and(|chosen| people.iter().all(|one| one.id != *chosen))
    {
        return Err(Problem::not_found());
    }
    let mut lanes = Lanes {
        language,
        own: &staff.practitioner,
        colleagues: &people,
        lanes: vec![],
    };
    lanes.of(
        Some(chosen.as_ref().unwrap_or(&staff.practitioner)),
        staff.role,
        None,
    );
    let mut entries = vec![];
    for row in found[0].rows.iter() {
        let found = Found::from_row(&sealer, row)?;
        let one = &found.appointment;
        let name = found.practitioner_name.as_deref();
        let lane = lanes.of(one.practitioner.as_ref(), one.role, name);
        let what = What::Visit(visit(language, &found, now));
        entries.push(Entry::new(lane, one.period, what));
    }
    let page = found[2]
        .rows
        .first()
        .ok_or_else(|| Problem::internal("a page of slots came without a row"))?;
    let free: Vec<FreeSlot> = serde_json::from_str(page.text("slots")?)
        .map_err(|error| Problem::internal(format!("the slots' own JSON: {error}")))?;
    for slot in free {
        let lane = lanes.of(slot.practitioner.as_ref(), slot.role, None);
        let period = Period {
            starts_at: slot.starts_at,
            ends_at: slot.ends_at,
        };
        entries.push(Entry::new(lane, period, What::Free(slot.id)));
    }
    entries.sort_by_key(|entry| entry.period.starts_at);
    let lanes = lanes.in_order(&mut entries);
    let mut choices: Vec<Choice> = people
        .into_iter()
        .map(|one| Choice {
            is_chosen: chosen.as_ref() == Some(&one.id),
            text: if one.id == staff.practitioner {
                format!("{} ({})", one.name, language.say(words::YOU))
            } else {
                one.name
            },
            id: one.id.to_string(),
        })
        .collect();
    choices.sort_by(|one, other| one.text.cmp(&other.text));
    let content = SchedulePage {
        language,
        key: new_key(&ports),
        here: viewer.here.as_str().to_owned(),
        view,
        date,
        today,
        unfit: query.date.filter(|_| !faults.is_empty()),
        faults,
        chosen,
        choices,
        table: Table::lay(view, lanes.len(), &entries),
        lanes,
        entries,
    };
    let status = content.faults.status();
    let title = language.say(words::SCHEDULE);
    viewer.wide().show_as(status, title, &content)
}
