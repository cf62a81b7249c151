//! The pages of tickets: the short link, picking a time, and what staff issues and sees. Plain forms that work
//! without scripts; each leads to what the JSON does.

use askama::Template;
use axum::response::Response;
use chrono::{NaiveDate, Timelike};
use http::{StatusCode, header};
use shared::appointment::patient_may_cancel;
use shared::colleagues::{self, Colleague};
use shared::first_contact::PatientInput;
use shared::page::{Faults, FormPost, LocalPath, Viewer, go_to, new_key, redirect, sent_already};
use shared::paging::Cursor;
use shared::platform::Ports;
use shared::problem::Problem;
use shared::role::Role;
use shared::session::{Caller, SignedInPatient, Staff};
use shared::time::Timestamp;
use shared::walls::Anyone;
use shared::words::roles as roles_words;
use shared::words::{
    Language, Word, dates, portal, text_messages as sms_words, ticket_batches as batch_words,
    tickets as words,
};

use crate::By;
use crate::api::issue::{Extension, NewTicket, issue_ticket, make_longer, send_again, take_back};
use crate::api::read::{TicketQuery, balance, find_and_log, fitting, list_tickets};
use crate::api::redeem::{opened, pick, pick_another, tell_staff};
use crate::api::view::{RoleBalance, SlotList, SlotView, TicketView, VisitView};
use crate::batch::api::Wanted;
use crate::store::{Found, balance as weigh};
use crate::ticket::{TicketState, USUAL_DAYS, days_valid};

/// How many slots the page shows at most.
const MOST_SLOTS: usize = 200;

/// The link of a text message. Whoever isn't signed in goes to 1177 at once and comes back; looking spends
/// nothing, so that previews and scanners may.
pub async fn follow(mut asked: By<Anyone>) -> Result<Response, Problem> {
    let patient = asked.patient().await;
    let code = asked.id();
    let patient = match patient {
        Ok(patient) => patient,
        Err(problem) if problem.kind() == "not-signed-in" => {
            let here = LocalPath::from_outside(&format!("/t/{code}"));
            return Ok(redirect(&format!(
                "/identity/sign-in/patient?return_to={}",
                here.in_query()
            )));
        }
        Err(problem) => return Err(problem),
    };
    let ticket = opened(&patient, &asked.address(), &asked.ports, code).await?;
    Ok(go_to(&LocalPath::from_outside(&format!(
        "/tickets/{ticket}"
    ))))
}

/// A day with free times.
struct Day {
    name: String,
    count: usize,
    parts: Vec<Part>,
}

/// The times before noon, or after.
struct Part {
    name: &'static str,
    slots: Vec<Time>,
}

/// One free time.
struct Time {
    id: String,
    clock: String,
    practitioner: Option<String>,
}

#[derive(Template)]
#[template(path = "ticket.html")]
struct TicketPage {
    language: Language,
    ticket: TicketView,
    picking: bool,
    redeemed: bool,
    /// Where else the patient can turn.
    where_to_turn: String,
    valid_until: String,
    days: Vec<Day>,
    /// Where the days go on from, if not from the first.
    cursor: Option<String>,
    /// Where the days after these go on from.
    later: Option<String>,
    visit: Option<VisitView>,
    visit_time: String,
    key: String,
    other_key: String,
    summary: String,
    movable: bool,
    reason: String,
    reason_fault: Option<&'static str>,
    fault: Option<&'static str>,
    told: Option<&'static str>,
    told_as: &'static str,
}

impl TicketPage {
    /// The practitioner's name, or the role's.
    fn with(&self) -> String {
        with(&self.ticket, self.language)
    }
}

/// A ticket: for its patient the times while it is open, the visit once one was picked; for staff how it stands.
pub async fn show(asked: By<Caller>) -> Result<Response, Problem> {
    let patient = match &asked.who {
        Caller::Patient(patient) => patient,
        Caller::Staff(_) => {
            let viewer = asked.viewer()?;
            let faults = Faults::none();
            let [issued] = asked.query(["issued"])?;
            let shown = (faults, issued.is_some(), None);
            return show_to_staff(&asked.who, &asked.ports, &viewer, asked.id(), shown).await;
        }
    };
    let [rebook, told, cursor] = asked.query(["rebook", "told", "cursor"])?;
    let told = told.map(|_| (words::TOLD, "done"));
    let shown = Shown {
        rebooking: rebook.is_some(),
        told,
        cursor,
        ..Shown::plain()
    };
    let viewer = asked.viewer()?;
    show_ticket(patient, &asked.ports, &viewer, asked.id(), shown).await
}

#[derive(Template)]
#[template(path = "staff_ticket.html")]
struct StaffTicketPage {
    language: Language,
    ticket: TicketView,
    patient: String,
    with: String,
    state: &'static str,
    is_open: bool,
    is_expired: bool,
    is_unheard: bool,
    short_of: Option<i64>,
    visit: Option<(String, String)>,
    issued_at: String,
    valid_until: String,
    key: String,
    faults: Faults,
    /// For how many days it is to be valid, and to which day: what was typed, or what stands.
    written: [String; 2],
}

/// A ticket as its unit sees it. Where it was just issued, with what staff should know of it; where a number of days
/// can't be used, with what was typed.
async fn show_to_staff(
    caller: &Caller,
    ports: &Ports,
    viewer: &Viewer,
    id: &str,
    (faults, issued, typed): (Faults, bool, Option<[String; 2]>),
) -> Result<Response, Problem> {
    let language = viewer.language;
    let status = faults.status();
    let found = find_and_log(caller, ports, id).await?;
    let Found { ticket, .. } = &found;
    let is_new = issued && ticket.state == TicketState::Open;
    let mut short_of = None;
    if is_new {
        let (unit, now) = (&ticket.care_unit, ports.clock.now());
        let store = ports.store_for(caller);
        let balance = weigh(&*store, unit, &ticket.frame, 0, now).await?;
        short_of = balance.is_short().then_some(balance.slots);
    }
    let moment = |at| dates::moment(language, at);
    let view = TicketView::of(&found, caller);
    let page = StaffTicketPage {
        language,
        patient: found.patient.name.to_string(),
        with: with(&view, language),
        state: state(ticket.state, language),
        is_open: ticket.state == TicketState::Open,
        is_expired: ticket.state == TicketState::Expired,
        is_unheard: is_new && found.patient.reachable_at().is_none(),
        short_of,
        visit: ticket
            .appointment
            .zip(found.visit)
            .map(|(id, visit)| (id.to_string(), moment(visit.starts_at))),
        issued_at: moment(ticket.issued_at),
        valid_until: moment(ticket.valid_until),
        key: new_key(ports),
        faults,
        written: typed.unwrap_or_else(|| {
            let days = days_valid(ticket.issued_at, ticket.valid_until);
            [days.to_string(), view.last_day.clone()]
        }),
        ticket: view,
    };
    viewer.show_as(status, viewer.say(words::TICKET), &page)
}

/// With the practitioner of this name, or with a role.
fn with(ticket: &TicketView, language: Language) -> String {
    let name = ticket
        .practitioner
        .as_ref()
        .and_then(|one| one.name.clone());
    name.unwrap_or_else(|| language.say(roles_words::name(ticket.role)).to_owned())
}

/// How a ticket is.
fn state(state: TicketState, language: Language) -> &'static str {
    language.say(words::state(state.as_str()))
}

/// What a ticket's page shows beside the ticket.
struct Shown {
    rebooking: bool,
    told: Option<(Word, &'static str)>,
    /// Where the days go on from, if not from the first.
    cursor: Option<String>,
    faults: Faults,
    /// What was written about why no time fits.
    reason: String,
    status: StatusCode,
}

impl Shown {
    /// The ticket alone.
    fn plain() -> Self {
        Shown {
            rebooking: false,
            told: None,
            cursor: None,
            faults: Faults::none(),
            reason: String::new(),
            status: StatusCode::OK,
        }
    }
}

async fn show_ticket(
    patient: &SignedInPatient,
    ports: &Ports,
    viewer: &Viewer,
    id: &str,
    shown: Shown,
) -> Result<Response, Problem> {
    let caller = Caller::Patient(patient.clone());
    let language = viewer.language;
    let found = find_and_log(&caller, ports, id).await?;
    let state = found.ticket.state;
    let redeemed = state == TicketState::Redeemed;
    // Past the unit's cut-off there is nothing to choose any more.
    let movable = found.visit.is_some_and(|visit| {
        let cutoff = found.care_unit.cancellation_cutoff;
        patient_may_cancel(visit, cutoff, ports.clock.now()).is_ok()
    });
    let picking = state == TicketState::Open || (redeemed && shown.rebooking && movable);
    let cursor = shown.cursor.as_deref().map(Cursor::parse).transpose()?;
    let list = match picking {
        true => whole_days(fitting(&caller, ports, &found, cursor, MOST_SLOTS).await?),
        false => SlotList {
            slots: vec![],
            next: None,
        },
    };
    let title = match (state, picking) {
        (TicketState::Open, _) => words::PICK_TIME,
        (TicketState::Redeemed, true) => words::PICK_ANOTHER,
        (TicketState::Redeemed, false) => words::BOOKED,
        (TicketState::Expired, _) => words::EXPIRED,
        (TicketState::Revoked, _) => words::REVOKED,
    };
    let moment = |at: Timestamp| dates::moment(language, at);
    let mut ticket = TicketView::of(&found, &caller);
    let page = TicketPage {
        language,
        picking,
        redeemed,
        where_to_turn: found.care_unit.where_to_turn(language).to_owned(),
        valid_until: moment(found.ticket.valid_until),
        days: days(language, list.slots),
        cursor: shown.cursor,
        later: list.next,
        visit: ticket.appointment.take(),
        visit_time: found
            .visit
            .map(|visit| moment(visit.starts_at))
            .unwrap_or_default(),
        ticket,
        key: new_key(ports),
        other_key: new_key(ports),
        summary: shown.faults.summary(language),
        movable,
        reason_fault: shown.faults.of("reason").map(|word| language.say(word)),
        reason: shown.reason,
        fault: shown.faults.of("slot").map(|word| language.say(word)),
        told: shown.told.map(|(word, _)| language.say(word)),
        told_as: shown.told.map_or("done", |(_, class)| class),
    };
    viewer.show_as(shown.status, viewer.say(title), &page)
}

/// As much of a list that goes on as is whole days, and all of it where it is of a single one.
fn whole_days(mut list: SlotList) -> SlotList {
    let at = |slot: &SlotView| slot.starts_at.parse::<Timestamp>().ok();
    let day = |slot: &SlotView| at(slot).map(Timestamp::date_in_stockholm);
    let last = list.slots.last().filter(|_| list.next.is_some()).map(day);
    let before = |slot: &SlotView| last.is_some_and(|last| day(slot) != last);
    if let Some(end) = list.slots.iter().rposition(before) {
        list.slots.truncate(end + 1);
        let cursor = list.slots.last().and_then(|slot| {
            let (moment, id) = (at(slot)?, slot.id.clone());
            Some(Cursor { moment, id }.to_text())
        });
        list.next = cursor;
    }
    list
}

/// Slots by day, and within a day by before and after noon.
fn days(language: Language, slots: Vec<SlotView>) -> Vec<Day> {
    let mut days: Vec<(NaiveDate, Day)> = vec![];
    for slot in slots {
        let Ok(at) = slot.starts_at.parse::<Timestamp>() else {
            continue;
        };
        let local = at.in_stockholm();
        let date = local.date();
        if days.last().is_none_or(|(last, _)| *last != date) {
            let name = dates::day(language, date);
            days.push((
                date,
                Day {
                    name,
                    count: 0,
                    parts: vec![],
                },
            ));
        }
        let name = match local.hour() {
            0..12 => language.say(words::MORNING),
            _ => language.say(words::AFTERNOON),
        };
        if let Some((_, day)) = days.last_mut() {
            day.count += 1;
            if day.parts.last().is_none_or(|part| part.name != name) {
                day.parts.push(Part {
                    name,
                    slots: vec![],
                });
            }
            if let Some(part) = day.parts.last_mut() {
                part.slots.push(Time {
                    id: slot.id,
                    clock: at.date_and_clock().1,
                    practitioner: slot.practitioner.and_then(|one| one.name),
                });
            }
        }
    }
    days.into_iter().map(|(_, day)| day).collect()
}

/// A time is picked, changed, or none fits.
pub async fn answer(asked: By<SignedInPatient>) -> Result<Response, Problem> {
    let (patient, ports, id) = (&asked.who, &asked.ports, asked.id());
    let (form, viewer) = (asked.form()?, asked.viewer()?);
    let action = form.text("action");
    let cursor = Some(form.text("cursor")).filter(|cursor| !cursor.is_empty());
    if action == "none" {
        let Ok(reason) = form.parsed("reason") else {
            let mut faults = Faults::none();
            faults.add("reason", words::TOO_LONG);
            let shown = Shown {
                faults,
                reason: form.text("reason"),
                status: StatusCode::UNPROCESSABLE_ENTITY,
                ..Shown::plain()
            };
            return show_ticket(patient, ports, &viewer, id, shown).await;
        };
        return match tell_staff(patient, ports, id, reason, &form.identity).await {
            Ok(_) => Ok(go_to(&LocalPath::from_outside(&format!(
                "/tickets/{id}?told=1"
            )))),
            Err(problem) => as_it_stands(&asked, &viewer, problem, form.text("reason")).await,
        };
    }
    let rebooking = action == "rebook";
    let mut faults = Faults::none();
    let Ok(Some(slot)) = form.parsed("slot") else {
        faults.add("slot", words::NOTHING_PICKED);
        let shown = Shown {
            rebooking,
            cursor,
            faults,
            status: StatusCode::UNPROCESSABLE_ENTITY,
            ..Shown::plain()
        };
        return show_ticket(patient, ports, &viewer, id, shown).await;
    };
    let picked = if rebooking {
        pick_another(patient, ports, id, slot, &form.identity).await
    } else {
        pick(patient, ports, id, slot, &form.identity).await
    };
    match picked {
        Ok(_) => Ok(go_to(&LocalPath::from_outside(&format!("/tickets/{id}")))),
        // Nothing else is lost: the same page, with the times that are left.
        Err(problem) if matches!(problem.kind(), "slot-taken" | "invalid") => {
            let (word, status) = match problem.kind() {
                "slot-taken" => (words::TAKEN, StatusCode::CONFLICT),
                _ => (words::NOTHING_PICKED, StatusCode::UNPROCESSABLE_ENTITY),
            };
            faults.add("slot", word);
            let shown = Shown {
                rebooking,
                cursor,
                faults,
                status,
                ..Shown::plain()
            };
            show_ticket(patient, ports, &viewer, id, shown).await
        }
        Err(problem) => as_it_stands(&asked, &viewer, problem, String::new()).await,
    }
}

/// The ticket's page where it was closed, or its visit became too near, while the page lay open: that says how it
/// stands. What was written about why no time fits is said back, for nobody has got it. Another device's visit is
/// gone to.
async fn as_it_stands(
    asked: &By<SignedInPatient>,
    viewer: &Viewer,
    problem: Problem,
    reason: String,
) -> Result<Response, Problem> {
    let word = match problem.kind() {
        "ticket-redeemed" if reason.is_empty() => {
            let path = format!("/tickets/{}", asked.id());
            return Ok(go_to(&LocalPath::from_outside(&path)));
        }
        "too-late-to-cancel" => words::TOO_LATE,
        "ticket-open" => words::CALLED_OFF,
        kind if kind.starts_with("ticket-") => words::CLOSED,
        _ => return Err(problem),
    };
    let mut faults = Faults::none();
    faults.add("content", word);
    let shown = Shown {
        faults,
        reason,
        status: StatusCode::CONFLICT,
        ..Shown::plain()
    };
    show_ticket(&asked.who, &asked.ports, viewer, asked.id(), shown).await
}

/// A ticket as a row of the unit's list.
struct Row {
    id: String,
    patient: String,
    with: String,
    state: &'static str,
    open: bool,
    visit: Option<String>,
    valid_until: String,
    key: String,
}

#[derive(Template)]
#[template(path = "tickets.html")]
struct TicketsPage {
    language: Language,
    tickets: Vec<Row>,
    next: Option<String>,
}

/// The unit's tickets, the newest first. A protected patient goes by no name in a list.
pub async fn list(asked: By<Staff>) -> Result<Response, Problem> {
    let [before] = asked.query(["before"])?;
    let query = TicketQuery {
        before,
        limit: Some(50),
    };
    let (ports, viewer) = (&asked.ports, asked.viewer()?);
    let caller = Caller::Staff(asked.who.clone());
    let language = viewer.language;
    let found = list_tickets(&caller, ports, &query).await?;
    let shown = |at: &str| match at.parse::<Timestamp>() {
        Ok(at) => dates::moment(language, at),
        Err(_) => String::new(),
    };
    let rows = found.tickets.into_iter().map(|ticket| Row {
        with: with(&ticket, language),
        patient: ticket.patient.name.unwrap_or_else(|| "–".to_owned()),
        state: state(ticket.state, language),
        open: ticket.state == TicketState::Open,
        visit: ticket.appointment.map(|visit| shown(&visit.starts_at)),
        valid_until: shown(&ticket.valid_until),
        key: new_key(ports),
        id: ticket.id,
    });
    let page = TicketsPage {
        language,
        tickets: rows.collect(),
        next: found.next,
    };
    viewer
        .clone()
        .wide()
        .show(viewer.say(words::UNITS_TICKETS), &page)
}

/// A ticket is made longer, sent again or taken back, from the list or its own page.
pub async fn change(asked: By<Staff>) -> Result<Response, Problem> {
    let (staff, ports, id) = (&asked.who, &asked.ports, asked.id());
    let form = asked.form()?;
    let days = form.parsed("valid_days");
    let changed = match (form.text("action").as_str(), days, form.parsed("last_day")) {
        ("extend", Ok(Some(valid_days)), Ok(last_day)) => {
            let to = Extension {
                valid_days,
                last_day,
            };
            make_longer(staff, ports, id, &to, &form.identity).await
        }
        ("extend", Ok(Some(_)), Err(problem)) => Err(problem),
        ("extend", ..) => Err(Problem::invalid("valid_days", "a number of days")),
        ("resend", ..) => send_again(staff, ports, id, &form.identity).await,
        ("revoke", ..) => take_back(staff, ports, id, &form.identity).await,
        _ => return Err(Problem::invalid("action", "extend, resend or revoke")),
    };
    let mut faults = Faults::none();
    match changed {
        Ok(_) => {
            let path = format!("/tickets/{id}");
            return Ok(go_to(&LocalPath::from_outside(&path)));
        }
        Err(problem) if problem.kind() == "invalid" => match problem.field() {
            Some("last_day") => faults.add("last_day", words::WRONG_LAST_DAY),
            Some("valid_days") => faults.add("valid_days", words::WRONG_EXTENSION),
            _ => return Err(problem),
        },
        // Somebody was quicker, or its time has run out: the page says how it stands.
        Err(problem) if problem.kind().starts_with("ticket-") => {
            faults.add("content", words::CLOSED);
        }
        Err(problem) => return Err(problem),
    }
    let caller = Caller::Staff(staff.clone());
    let typed = ["valid_days", "last_day"].map(|field| form.text(field));
    let typed = Some(typed).filter(|_| faults.of("content").is_none());
    show_to_staff(&caller, ports, &asked.viewer()?, id, (faults, false, typed)).await
}

/// A field of the form: an input of some kind, a text over lines, a choice of role, or a box to tick.
struct Field<'a> {
    name: &'static str,
    label: &'static str,
    kind: &'static str,
    was: &'a str,
    wrong: Option<&'static str>,
}

/// The fields in their order.
const FIELDS: [(&str, Word, &str); 11] = [
    ("csv", batch_words::FILE, "file"),
    ("personal_identity", words::PERSONAL_IDENTITY, "text"),
    ("name", words::NAME, "text"),
    ("phone", words::PHONE, "tel"),
    ("minutes", words::MINUTES_LONG, "number"),
    ("first_day", words::FIRST_DAY, "date"),
    ("last_day", words::LAST_DAY, "date"),
    ("valid_days", words::VALID_DAYS, "number"),
    ("role", words::WITH_WHOM, "select"),
    ("reason", words::CONTACT_REASON, "textarea"),
    ("instructions", words::INSTRUCTIONS, "textarea"),
];

/// Those that speak of one patient.
const OF_PATIENT: [&str; 3] = ["personal_identity", "name", "phone"];

/// A role to choose.
pub(crate) struct Choice {
    pub(crate) value: &'static str,
    pub(crate) name: &'static str,
}

/// The roles that a ticket can be for.
pub(crate) fn roles(viewer: &Viewer) -> Vec<Choice> {
    let choice = |role: Role| Choice {
        value: role.as_str(),
        name: viewer.say(roles_words::name(role)),
    };
    Role::meeting_patients().map(choice).collect()
}

#[derive(Template)]
#[template(path = "new_ticket.html")]
struct NewTicketPage {
    language: Language,
    key: String,
    was: Vec<(String, String)>,
    roles: Vec<Choice>,
    colleagues: Vec<Colleague>,
    faults: Faults,
    is_none_free: bool,
    short: Vec<RoleRow>,
    is_list: bool,
}

impl NewTicketPage {
    /// Those of a list, or of one patient's ticket.
    fn fields(&self) -> Vec<Field<'_>> {
        let asked = |name| match name {
            "csv" => self.is_list,
            name => !(self.is_list && OF_PATIENT.contains(&name)),
        };
        let fields = FIELDS.into_iter().filter(|(name, _, _)| asked(*name));
        fields.map(|field| self.field(field)).collect()
    }

    /// The boxes to tick.
    fn choices(&self) -> Vec<Field<'_>> {
        let choices: &[(&'static str, Word, &'static str)] = match self.is_list {
            true => &[("sms_consent", batch_words::SMS_CONSENT, "")],
            false => &[
                ("sms_consent", words::SMS_CONSENT, ""),
                ("protected_identity", words::PROTECTED, ""),
            ],
        };
        choices.iter().map(|field| self.field(*field)).collect()
    }

    fn field(&self, (name, word, kind): (&'static str, Word, &'static str)) -> Field<'_> {
        let was = self.was.iter().find(|(field, _)| field == name);
        Field {
            name,
            label: self.language.say(word),
            kind,
            was: was.map_or("", |(_, value)| value),
            wrong: self.faults.of(name).map(|word| self.language.say(word)),
        }
    }
}

/// What the form says before anybody wrote in it.
pub(crate) fn usual(ports: &Ports) -> Vec<(String, String)> {
    let today = ports.clock.now().date_in_stockholm();
    let was = [
        ("minutes", "30".to_owned()),
        ("first_day", today.to_string()),
        ("valid_days", USUAL_DAYS.to_string()),
        ("sms_consent", "yes".to_owned()),
        ("role", Role::Nurse.as_str().to_owned()),
    ];
    was.map(|(name, value)| (name.to_owned(), value)).into()
}

/// The form of a new ticket.
pub async fn new_form(asked: By<Staff>) -> Result<Response, Problem> {
    show_form(&asked, usual(&asked.ports), Faults::none(), false).await
}

/// The form, under a warning where the unit's tickets that wait are as many as its free times already.
pub(crate) async fn show_form(
    asked: &By<Staff>,
    was: Vec<(String, String)>,
    faults: Faults,
    is_list: bool,
) -> Result<Response, Problem> {
    let (ports, viewer) = (&asked.ports, asked.viewer()?);
    let status = faults.status();
    let balance = balance(&asked.who, ports).await?.roles;
    let mut colleagues = colleagues::of_unit(&asked.who, ports).await?;
    colleagues.retain(|one| one.role.meets_patients());
    let is_none_free = balance.iter().all(|one| one.free_slots == 0);
    let short = balance
        .into_iter()
        .filter(|one| one.open_tickets >= one.free_slots);
    let page = NewTicketPage {
        language: viewer.language,
        key: new_key(ports),
        was,
        faults,
        is_none_free,
        short: short.map(|one| RoleRow::of(&viewer, &one)).collect(),
        roles: roles(&viewer),
        colleagues,
        is_list,
    };
    let title = match is_list {
        true => batch_words::NEW_BATCH,
        false => words::NEW_TICKET,
    };
    viewer.show_as(status, viewer.say(title), &page)
}

/// A new ticket is sent. What can't be used comes back with what was written. With `action=begin` it only shows the
/// form with the patient filled in, so that no personal number stands in an address.
pub async fn issue(asked: By<Staff>) -> Result<Response, Problem> {
    let (staff, ports) = (&asked.who, &asked.ports);
    let form = asked.form()?;
    if form.text("action") == "begin" {
        let mut was = usual(ports);
        was.extend(OF_PATIENT.map(|name| (name.to_owned(), form.text(name))));
        return show_form(&asked, was, Faults::none(), false).await;
    }
    let mut faults = Faults::none();
    let patient = read_patient(&form, &mut faults);
    let wanted = read_wanted(&form, &mut faults);
    if let (Some(patient), Some(wanted), true) = (patient, wanted, faults.is_empty()) {
        let new = NewTicket {
            patient,
            role: wanted.role,
            practitioner: wanted.practitioner,
            minutes: wanted.minutes,
            first_day: wanted.first_day,
            last_day: wanted.last_day,
            valid_days: wanted.valid_days,
            reason: wanted.reason,
            instructions: wanted.instructions,
        };
        match issue_ticket(staff, ports, &new, &form.identity).await {
            Ok(answer) => return Ok(go_to(&place_of(&answer, "/tickets", "?issued=1"))),
            Err(problem) => match fault_at(&problem) {
                Some((field, word)) => faults.add(field, word),
                None => return Err(problem),
            },
        }
    }
    show_form(&asked, form.fields, faults, false).await
}

/// The page of what an answer made; of a repeated one, which no longer says where that is, the list it stands in.
pub(crate) fn place_of(answer: &Response, list: &str, asking: &str) -> LocalPath {
    let place = answer.headers().get(header::LOCATION);
    let id = place.and_then(|place| place.to_str().ok()?.rsplit('/').next());
    let page = id.map(|id| format!("{list}/{id}{asking}"));
    LocalPath::from_outside(page.as_deref().unwrap_or(list))
}

/// At which field, and in which words; nothing where it isn't for this page to say.
pub(crate) fn fault_at(problem: &Problem) -> Option<(&'static str, Word)> {
    let field = match problem.kind() {
        "under-age" => return Some(("personal_identity", words::TOO_YOUNG)),
        _ => match problem.field() {
            Some(field) => field,
            None => return sent_already(problem),
        },
    };
    let field = match field.rsplit('.').next().unwrap_or_default() {
        "practitioner" => "role",
        field => field,
    };
    let found = FAULTS.into_iter().find(|(name, _)| *name == field);
    Some(found.unwrap_or(("content", words::WRONG)))
}

/// The fields in their order, and what is said where one can't be used.
const FAULTS: [(&str, Word); 10] = [
    ("personal_identity", words::WRONG_IDENTITY),
    ("name", words::WRONG_NAME),
    ("phone", words::WRONG_PHONE),
    ("minutes", words::WRONG_MINUTES),
    ("first_day", words::WRONG_DAYS),
    ("last_day", words::WRONG_DAYS),
    ("valid_days", words::WRONG_VALID_DAYS),
    ("role", words::WRONG_ROLE),
    ("reason", words::WRONG_REASON),
    ("instructions", words::WRONG_INSTRUCTIONS),
];

/// A field that can't be used, in the page's words for it.
fn is_wrong(faults: &mut Faults, name: &str) {
    let found = FAULTS.into_iter().find(|(field, _)| *field == name);
    faults.add(name, found.map_or(words::WRONG, |(_, word)| word));
}

/// A field's value; it is wrong where it doesn't parse, or isn't there though it must be.
fn read<T: std::str::FromStr>(
    form: &FormPost,
    faults: &mut Faults,
    name: &str,
    is_needed: bool,
) -> Option<T> {
    let value = form.parsed(name);
    if value.is_err() || (is_needed && matches!(value, Ok(None))) {
        is_wrong(faults, name);
    }
    value.unwrap_or_default()
}

/// Whom the form is about.
fn read_patient(form: &FormPost, faults: &mut Faults) -> Option<PatientInput> {
    let personal_identity = read(form, faults, "personal_identity", true);
    let name = read(form, faults, "name", false);
    let phone = read(form, faults, "phone", false);
    Some(PatientInput {
        personal_identity: personal_identity?,
        name,
        phone,
        sms_consent: !form.text("sms_consent").is_empty(),
        language: None,
        protected_identity: !form.text("protected_identity").is_empty(),
    })
}

/// What the form says about a ticket, or about every ticket of a list, and everything that is wrong with it.
pub(crate) fn read_wanted(form: &FormPost, faults: &mut Faults) -> Option<Wanted> {
    let minutes = read(form, faults, "minutes", true);
    let first_day = read(form, faults, "first_day", false);
    let last_day = read(form, faults, "last_day", true);
    let valid_days = read(form, faults, "valid_days", false);
    let reason = read(form, faults, "reason", true);
    let instructions = read(form, faults, "instructions", false);
    // One field for both: no role is called as a practitioner is.
    let role = form.parsed("role").unwrap_or_default();
    let practitioner = match role {
        None => form.parsed("role").unwrap_or_default(),
        Some(_) => None,
    };
    Some(Wanted {
        role,
        practitioner,
        minutes: minutes?,
        first_day,
        last_day: last_day?,
        valid_days,
        reason: reason?,
        instructions,
    })
}

#[derive(Template)]
#[template(path = "capacity.html")]
struct CapacityPage {
    language: Language,
    roles: Vec<RoleRow>,
}

/// A role's balance.
struct RoleRow {
    name: &'static str,
    open_tickets: i64,
    free_slots: i64,
}

impl RoleRow {
    fn of(viewer: &Viewer, balance: &RoleBalance) -> Self {
        RoleRow {
            name: viewer.say(roles_words::name(balance.role)),
            open_tickets: balance.open_tickets,
            free_slots: balance.free_slots,
        }
    }
}

/// The balance of the unit's open tickets and free times.
pub async fn capacity(asked: By<Staff>) -> Result<Response, Problem> {
    let viewer = asked.viewer()?;
    let roles = balance(&asked.who, &asked.ports).await?.roles.into_iter();
    let roles = roles.map(|one| RoleRow::of(&viewer, &one));
    let page = CapacityPage {
        language: viewer.language,
        roles: roles.collect(),
    };
    viewer
        .clone()
        .wide()
        .show(viewer.say(words::CAPACITY), &page)
}
