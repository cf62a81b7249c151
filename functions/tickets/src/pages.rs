//! The pages of tickets: the short link, picking a time, and what staff issues and sees. Plain forms that work
//! without scripts; each leads to what the JSON does.

use askama::Template;
use axum::extract::{Path, Query};
use axum::response::Response;
use chrono::{NaiveDate, Timelike};
use http::StatusCode;
use serde::Deserialize;
use shared::appointment::patient_may_cancel;
use shared::first_contact::PatientInput;
use shared::page::{Faults, FormPost, LocalPath, Viewer, go_to, new_key, redirect};
use shared::platform::{ClientAddress, Ports};
use shared::problem::Problem;
use shared::role::Role;
use shared::session::{Caller, SignedInPatient, Staff};
use shared::time::Timestamp;
use shared::walls::Anyone;
use shared::words::roles as roles_words;
use shared::words::{Language, Word, dates, ticket_batches as batch_words, tickets as words};

use crate::api::issue::{NewTicket, issue_ticket, send_again, take_back};
use crate::api::read::{TicketQuery, balance, find_and_log, fitting, list_tickets};
use crate::api::redeem::{opened, pick, pick_another, tell_staff};
use crate::api::view::{RoleBalance, SlotView, TicketView, VisitView};
use crate::ticket::{TicketState, USUAL_DAYS};

/// How many slots the page shows at most.
const MOST_SLOTS: i64 = 200;

/// The link of a text message. Whoever isn't signed in goes to 1177 at once and comes back; looking spends
/// nothing, so that previews and scanners may.
pub async fn follow(
    _: Anyone,
    patient: Result<SignedInPatient, Problem>,
    address: ClientAddress,
    ports: Ports,
    Path(code): Path<String>,
) -> Result<Response, Problem> {
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
    let ticket = opened(&patient, &address, &ports, &code).await?;
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
    valid_until: String,
    days: Vec<Day>,
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
        let practitioner = self.ticket.practitioner.as_ref();
        practitioner
            .and_then(|practitioner| practitioner.name.clone())
            .unwrap_or_else(|| {
                self.language
                    .say(roles_words::name(self.ticket.role))
                    .to_owned()
            })
    }
}

/// What the address may say.
#[derive(Deserialize)]
pub struct TicketPageQuery {
    rebook: Option<String>,
    told: Option<String>,
}

/// A ticket: its times while it is open, the visit once one was picked.
pub async fn show(
    patient: SignedInPatient,
    ports: Ports,
    viewer: Viewer,
    Path(id): Path<String>,
    Query(query): Query<TicketPageQuery>,
) -> Result<Response, Problem> {
    let told = query.told.map(|_| (words::TOLD, "done"));
    let shown = Shown {
        rebooking: query.rebook.is_some(),
        told,
        ..Shown::plain()
    };
    show_ticket(&patient, &ports, &viewer, &id, shown).await
}

/// What a ticket's page shows beside the ticket.
struct Shown {
    rebooking: bool,
    told: Option<(Word, &'static str)>,
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
    let slots = match picking {
        true => fitting(&caller, ports, &found, MOST_SLOTS).await?,
        false => vec![],
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
        valid_until: moment(found.ticket.valid_until),
        days: days(language, slots),
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
pub async fn answer(
    patient: SignedInPatient,
    ports: Ports,
    viewer: Viewer,
    Path(id): Path<String>,
    form: FormPost,
) -> Result<Response, Problem> {
    let action = form.text("action");
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
            return show_ticket(&patient, &ports, &viewer, &id, shown).await;
        };
        tell_staff(&patient, &ports, &id, reason, &form.identity).await?;
        return Ok(go_to(&LocalPath::from_outside(&format!(
            "/tickets/{id}?told=1"
        ))));
    }
    let rebooking = action == "rebook";
    let mut faults = Faults::none();
    let Ok(Some(slot)) = form.parsed("slot") else {
        faults.add("slot", words::NOTHING_PICKED);
        let shown = Shown {
            rebooking,
            faults,
            status: StatusCode::UNPROCESSABLE_ENTITY,
            ..Shown::plain()
        };
        return show_ticket(&patient, &ports, &viewer, &id, shown).await;
    };
    let picked = if rebooking {
        pick_another(&patient, &ports, &id, slot, &form.identity).await
    } else {
        pick(&patient, &ports, &id, slot, &form.identity).await
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
                faults,
                status,
                ..Shown::plain()
            };
            show_ticket(&patient, &ports, &viewer, &id, shown).await
        }
        // Another device was quicker: its visit is shown.
        Err(problem) if problem.kind() == "ticket-redeemed" => {
            Ok(go_to(&LocalPath::from_outside(&format!("/tickets/{id}"))))
        }
        Err(problem) => Err(problem),
    }
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

/// Where the list goes on.
#[derive(Deserialize)]
pub struct ListQuery {
    before: Option<String>,
}

/// The unit's tickets, the newest first. A protected patient goes by no name in a list.
pub async fn list(
    staff: Staff,
    ports: Ports,
    viewer: Viewer,
    Query(query): Query<ListQuery>,
) -> Result<Response, Problem> {
    let asked = TicketQuery {
        before: query.before,
        limit: Some(50),
    };
    let caller = Caller::Staff(staff);
    let language = viewer.language;
    let found = list_tickets(&caller, &ports, &asked).await?;
    let shown = |at: &str| match at.parse::<Timestamp>() {
        Ok(at) => dates::moment(language, at),
        Err(_) => String::new(),
    };
    let rows = found.tickets.into_iter().map(|ticket| {
        let protected = ticket.patient.protected_identity == Some(true);
        let role = language.say(roles_words::name(ticket.role)).to_owned();
        Row {
            patient: match (protected, ticket.patient.name) {
                (false, Some(name)) => name,
                _ => "–".to_owned(),
            },
            with: ticket.practitioner.and_then(|one| one.name).unwrap_or(role),
            state: language.say(match ticket.state {
                TicketState::Open => words::STATE_OPEN,
                TicketState::Redeemed => words::STATE_REDEEMED,
                TicketState::Revoked => words::STATE_REVOKED,
                TicketState::Expired => words::STATE_EXPIRED,
            }),
            open: ticket.state == TicketState::Open,
            visit: ticket.appointment.map(|visit| shown(&visit.starts_at)),
            valid_until: shown(&ticket.valid_until),
            key: new_key(&ports),
            id: ticket.id,
        }
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

/// A ticket is sent again or taken back from the list.
pub async fn change(
    staff: Staff,
    ports: Ports,
    Path(id): Path<String>,
    form: FormPost,
) -> Result<Response, Problem> {
    match form.text("action").as_str() {
        "resend" => send_again(&staff, &ports, &id, &form.identity).await?,
        "revoke" => take_back(&staff, &ports, &id, &form.identity).await?,
        _ => return Err(Problem::invalid("action", "resend or revoke")),
    };
    Ok(go_to(&LocalPath::from_outside("/tickets")))
}

/// A field of one line of the form.
struct Field {
    name: &'static str,
    label: &'static str,
    kind: &'static str,
}

/// A role to choose.
pub(crate) struct Choice {
    pub(crate) value: &'static str,
    pub(crate) name: &'static str,
}

/// The roles that a ticket can be for.
pub(crate) fn roles(viewer: &Viewer) -> Vec<Choice> {
    let meeting = Role::ALL
        .into_iter()
        .filter(|role| *role != Role::Administrator);
    let choice = |role: Role| Choice {
        value: role.as_str(),
        name: viewer.say(roles_words::name(role)),
    };
    meeting.map(choice).collect()
}

#[derive(Template)]
#[template(path = "new_ticket.html")]
struct NewTicketPage {
    language: Language,
    key: String,
    was: Vec<(String, String)>,
    roles: Vec<Choice>,
    faults: Faults,
    is_none_free: bool,
    short: Vec<RoleRow>,
}

impl NewTicketPage {
    fn fields(&self) -> Vec<Field> {
        const FIELDS: [(&str, Word, &str); 7] = [
            ("personal_identity", words::PERSONAL_IDENTITY, "text"),
            ("name", words::NAME, "text"),
            ("phone", words::PHONE, "tel"),
            ("minutes", words::MINUTES_LONG, "number"),
            ("first_day", words::FIRST_DAY, "date"),
            ("last_day", words::LAST_DAY, "date"),
            ("valid_days", words::VALID_DAYS, "number"),
        ];
        let field = |(name, word, kind)| Field {
            name,
            label: self.language.say(word),
            kind,
        };
        FIELDS.into_iter().map(field).collect()
    }

    fn was(&self, name: &str) -> &str {
        let found = self.was.iter().find(|(field, _)| field == name);
        found.map_or("", |(_, value)| value)
    }

    fn wrong(&self, name: &str) -> Option<&'static str> {
        self.faults.of(name).map(|word| self.language.say(word))
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
pub async fn new_form(staff: Staff, ports: Ports, viewer: Viewer) -> Result<Response, Problem> {
    show_form(&staff, &ports, &viewer, usual(&ports), Faults::none()).await
}

/// The form, under a warning where the unit's tickets that wait are as many as its free times already.
async fn show_form(
    staff: &Staff,
    ports: &Ports,
    viewer: &Viewer,
    was: Vec<(String, String)>,
    faults: Faults,
) -> Result<Response, Problem> {
    let status = if faults.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    let balance = balance(staff, ports).await?.roles;
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
        short: short.map(|one| RoleRow::of(viewer, &one)).collect(),
        roles: roles(viewer),
    };
    viewer.show_as(status, viewer.say(words::NEW_TICKET), &page)
}

/// A new ticket is sent. What can't be used comes back with what was written. With `action=begin` it only shows the
/// form with the patient filled in, so that no personal number stands in an address.
pub async fn issue(
    staff: Staff,
    ports: Ports,
    viewer: Viewer,
    form: FormPost,
) -> Result<Response, Problem> {
    if form.text("action") == "begin" {
        let mut was = usual(&ports);
        let known = ["personal_identity", "name", "phone"];
        was.extend(known.map(|name| (name.to_owned(), form.text(name))));
        return show_form(&staff, &ports, &viewer, was, Faults::none()).await;
    }
    let (new, mut faults) = read_form(&form);
    if let Some(new) = new {
        match issue_ticket(&staff, &ports, &new, &form.identity).await {
            Ok(_) => return Ok(go_to(&LocalPath::from_outside("/tickets"))),
            Err(problem) => match fault_at(&problem) {
                Some((field, word)) => faults.add(field, word),
                None => return Err(problem),
            },
        }
    }
    show_form(&staff, &ports, &viewer, form.fields, faults).await
}

/// At which field, and in which words; nothing where it isn't for this page to say.
pub(crate) fn fault_at(problem: &Problem) -> Option<(&'static str, Word)> {
    let field = match problem.kind() {
        "under-age" => return Some(("personal_identity", words::TOO_YOUNG)),
        "idempotency-key-reused" => return Some(("content", words::SENT_ALREADY)),
        _ => problem.field()?,
    };
    let field = field.rsplit('.').next().unwrap_or_default();
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

/// What the form says, and everything that is wrong with it at once.
fn read_form(form: &FormPost) -> (Option<NewTicket>, Faults) {
    let mut faults = Faults::none();
    let mut wrong = |name: &str| {
        let found = FAULTS.into_iter().find(|(field, _)| *field == name);
        faults.add(name, found.map_or(words::WRONG, |(_, word)| word));
    };
    macro_rules! field {
        ($name:literal) => {
            form.parsed($name).unwrap_or_else(|_| {
                wrong($name);
                None
            })
        };
        (needed $name:literal) => {{
            let value = form.parsed($name).unwrap_or_default();
            if value.is_none() {
                wrong($name);
            }
            value
        }};
    }
    let personal_identity = field!(needed "personal_identity");
    let name = field!("name");
    let phone = field!("phone");
    let minutes = field!(needed "minutes");
    let first_day = field!("first_day");
    let last_day = field!(needed "last_day");
    let valid_days = field!("valid_days");
    let reason = field!(needed "reason");
    let instructions = field!("instructions");
    let role = form.parsed("role").unwrap_or_default();
    let (Some(personal_identity), Some(minutes), Some(last_day), Some(reason), true) = (
        personal_identity,
        minutes,
        last_day,
        reason,
        faults.is_empty(),
    ) else {
        return (None, faults);
    };
    let new = NewTicket {
        patient: PatientInput {
            personal_identity,
            name,
            phone,
            sms_consent: !form.text("sms_consent").is_empty(),
            language: None,
            protected_identity: !form.text("protected_identity").is_empty(),
        },
        role,
        practitioner: None,
        minutes,
        first_day,
        last_day,
        valid_days,
        reason,
        instructions,
    };
    (Some(new), faults)
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
pub async fn capacity(staff: Staff, ports: Ports, viewer: Viewer) -> Result<Response, Problem> {
    let roles = balance(&staff, &ports).await?.roles.into_iter();
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
