//! One visit's page: when, with whom and how to prepare; to the patient the calendar, "jag är här" and
//! cancelling, to staff its steps.

use askama::Template;
use axum::response::Response;
use shared::appointment::store::Found;
use shared::appointment::{
    ARRIVAL_OPENS, AppointmentState, NotNow, Participant, Period, Step, clock_allows,
    patient_may_cancel,
};
use shared::asked::By;
use shared::identifiers::TicketId;
use shared::page::{Faults, FormPost, Viewer, go_to, new_key, sent_already};
use shared::platform::Ports;
use shared::problem::Problem;
use shared::session::Caller;
use shared::text::Text;
use shared::time::Timestamp;
use shared::words::dates::moment;
use shared::words::{Language, Word, booking as words, portal, roles};

use super::free_slots::{Day, free_slots};
use crate::api::appointments::{
    CancelRequest, NewTime, cancel_visit, find_and_log, move_visit, take_step,
};

#[derive(Template)]
#[template(path = "visit.html")]
struct VisitPage {
    language: Language,
    visit: Found,
    is_staff: bool,
    key: String,
    faults: Faults,
    /// What was sent, where something is wrong with it.
    written: Option<FormPost>,
    may_arrive: bool,
    may_start: bool,
    may_complete: bool,
    may_miss: bool,
    may_cancel: bool,
    is_too_late: bool,
    /// The ticket with which the patient may pick another time.
    rebooks: Option<TicketId>,
    may_chat: bool,
    /// Whether staff may move it to another slot, and those that are free from a moment on.
    moves_to_slot: bool,
    from: String,
    days: Vec<Day>,
    /// Whether the patient can say "jag är här" later.
    arrives_later: bool,
}

impl VisitPage {
    fn when(&self) -> String {
        let (_, ends) = self.visit.appointment.period.ends_at.date_and_clock();
        let begins = moment(self.language, self.visit.appointment.period.starts_at);
        format!("{begins}–{ends}")
    }

    fn with(&self) -> String {
        let role = self.language.say(roles::name(self.visit.appointment.role));
        match &self.visit.practitioner_name {
            Some(name) => format!("{name}, {role}"),
            None => role.to_owned(),
        }
    }

    fn kind(&self) -> &'static str {
        self.language.say(words::kind(self.visit.appointment.kind))
    }

    fn state(&self) -> &'static str {
        let state = self.visit.appointment.state;
        self.language.say(if self.is_staff {
            words::state(state)
        } else {
            portal::visit_state(state.as_str())
        })
    }

    fn is_booked(&self) -> bool {
        self.visit.appointment.state == AppointmentState::Booked
    }

    fn is_free(&self) -> bool {
        self.visit.appointment.slot.is_none()
    }

    fn participant(&self, one: &Participant) -> String {
        let role = self.language.say(words::participant(one.role));
        let mut whom = match &one.contact.name {
            Some(name) => format!("{}, {role}", name.as_str()),
            None => role.to_owned(),
        };
        // Links go by text message alone: staff must know who got none.
        if self.is_staff && one.contact.phone_number().is_none() {
            whom = format!("{whom}. {}", self.language.say(words::NOT_INVITED));
        }
        whom
    }

    /// What was written in a field.
    fn was(&self, field: &str) -> String {
        let written = self.written.as_ref();
        written.map(|form| form.text(field)).unwrap_or_default()
    }

    fn wrong(&self, field: &str) -> Option<&'static str> {
        self.faults.of(field).map(|word| self.language.say(word))
    }

    /// What is wrong with a field that isn't here any more, since somebody else changed the visit meanwhile: the summary
    /// leads to it all the same.
    fn wrong_elsewhere(&self) -> Option<(&'static str, &'static str)> {
        let is_movable = self.is_staff && self.is_booked();
        let fields = [
            ("slot", self.days.is_empty()),
            ("starts_at", !is_movable || !self.is_free()),
            ("reason", !self.is_staff || !self.may_cancel),
        ];
        let missing = fields.into_iter().filter(|(_, is_missing)| *is_missing);
        missing
            .filter_map(|(field, _)| Some((field, self.wrong(field)?)))
            .next()
    }
}

/// A visit.
pub async fn page(asked: By<Caller>) -> Result<Response, Problem> {
    let viewer = asked.viewer()?;
    show(&asked, &viewer, Faults::none(), None).await
}

async fn show(
    asked: &By<Caller>,
    viewer: &Viewer,
    faults: Faults,
    written: Option<FormPost>,
) -> Result<Response, Problem> {
    let (caller, ports) = (&asked.who, &asked.ports);
    let visit = find_and_log(caller, ports, asked.id()).await?;
    let now = ports.clock.now();
    let is_staff = matches!(caller, Caller::Staff(_));
    let (state, period) = (visit.appointment.state, visit.appointment.period);
    let may = |step| state.after(step).is_ok() && clock_allows(step, period, now).is_ok();
    let is_in_time =
        is_staff || patient_may_cancel(period, visit.care_unit.cancellation_cutoff, now).is_ok();
    let was = |field: &str| written.as_ref().map(|form| form.text(field));
    let from = was("from").or_else(|| super::asked(viewer, "from"));
    let from = from.unwrap_or_default();
    let mut moves_to_slot = false;
    let mut days = vec![];
    if let Caller::Staff(staff) = caller
        && visit.appointment.slot.is_some()
        && may(Step::Reschedule)
    {
        moves_to_slot = true;
        let picked = was("slot").unwrap_or_default();
        days = free_slots(staff, ports, viewer.language, &from, &picked).await?;
    }
    let arrives = clock_allows(Step::Arrive, period, now);
    let content = VisitPage {
        language: viewer.language,
        is_staff,
        key: new_key(ports),
        written,
        may_arrive: may(Step::Arrive),
        may_start: is_staff && may(Step::Start),
        may_complete: is_staff && may(Step::Complete),
        may_miss: is_staff && may(Step::MarkNoShow),
        may_cancel: may(Step::Cancel) && is_in_time,
        is_too_late: may(Step::Cancel) && !is_in_time,
        rebooks: visit
            .appointment
            .ticket
            .filter(|_| !is_staff && is_in_time && may(Step::Reschedule)),
        may_chat: has_chat(is_staff, state, period, now),
        moves_to_slot,
        from,
        days,
        arrives_later: state == AppointmentState::Booked && arrives == Err(NotNow::TooEarly),
        visit,
        faults,
    };
    let status = content.faults.status();
    let title = if is_staff {
        words::VISIT
    } else {
        words::YOUR_VISIT
    };
    viewer.show_as(status, viewer.say(title), &content)
}

/// Whether the visit's chat is there: messaging opens it an hour before and closes it an hour after. Staff still come to
/// it then, and to the record beside it.
fn has_chat(is_staff: bool, state: AppointmentState, period: Period, now: Timestamp) -> bool {
    let is_held = !matches!(
        state,
        AppointmentState::Cancelled | AppointmentState::NoShow
    );
    is_held
        && now >= period.starts_at.plus(-ARRIVAL_OPENS)
        && (is_staff || now < period.ends_at.plus(ARRIVAL_OPENS))
}

/// What somebody does with a visit by one of its forms: the field `action` says which.
pub async fn act(asked: By<Caller>) -> Result<Response, Problem> {
    let (viewer, form) = (asked.viewer()?, asked.form()?);
    match take(&asked.who, &asked.ports, asked.id(), &form).await {
        Ok(_) => Ok(go_to(&super::return_to(&form, asked.path()))),
        Err(problem) => {
            let moved_by = match form.text("slot").as_str() {
                "" => "starts_at",
                _ => "slot",
            };
            let Some((field, word)) = what_is_wrong(&problem, moved_by) else {
                return Err(problem);
            };
            let mut faults = Faults::none();
            faults.add(field, word);
            show(&asked, &viewer, faults, Some(form)).await
        }
    }
}

async fn take(
    caller: &Caller,
    ports: &Ports,
    id: &str,
    form: &FormPost,
) -> Result<Response, Problem> {
    let request = &form.identity;
    let step = match (form.text("action").as_str(), caller) {
        ("arrive", _) => Step::Arrive,
        ("start", Caller::Staff(_)) => Step::Start,
        ("complete", Caller::Staff(_)) => Step::Complete,
        ("no-show", Caller::Staff(_)) => Step::MarkNoShow,
        ("cancel", _) => {
            let reason: Option<Text<1000>> = form.parsed("reason")?;
            return cancel_visit(caller, ports, id, request, &CancelRequest { reason }).await;
        }
        ("move", Caller::Staff(staff)) => {
            let to = NewTime {
                slot: form.parsed("slot")?,
                starts_at: form.parsed("starts_at")?,
                minutes: None,
                allow_overlap: !form.text("allow_overlap").is_empty(),
            };
            return move_visit(staff, ports, id, request, &to).await;
        }
        _ => return Err(Problem::invalid("action", "no such action here")),
    };
    take_step(caller, ports, id, request, step).await
}

/// At which field, and in which words; nothing where it isn't for this page to say. A new time is wrong at the field
/// that it was moved by.
fn what_is_wrong(problem: &Problem, moved_by: &'static str) -> Option<(&'static str, Word)> {
    let found = match (problem.kind(), problem.field()) {
        ("invalid", Some("reason")) => ("reason", words::WRONG_WHY),
        ("invalid", Some("slot")) => ("slot", words::WRONG_SLOT),
        ("slot-taken", _) => ("slot", words::TAKEN_SLOT),
        ("invalid", Some("starts_at" | "minutes")) => ("starts_at", words::WRONG_TIME),
        ("practitioner-busy", _) => (moved_by, words::BUSY),
        ("under-age", _) => (moved_by, words::TOO_YOUNG),
        ("too-late-to-cancel", _) => ("content", words::TOO_LATE),
        ("wrong-step" | "too-early" | "not-begun" | "over", _) => ("content", words::NOT_NOW),
        _ => return sent_already(problem),
    };
    Some(found)
}
