//! Staff's forms for the three ways of booking in which they choose the time: one form each. What is wrong stands
//! at its field and in a summary; nothing that was written is lost, and a form sent twice books once.

use askama::Template;
use axum::response::Response;
use serde::Deserialize;
use shared::appointment::store::{self, Found, Wanted};
use shared::appointment::{AppointmentKind, AppointmentState, ParticipantRole};
use shared::asked::By;
use shared::first_contact::PatientInput;
use shared::identifiers::AppointmentId;
use shared::page::{Faults, FormPost, LocalPath, Viewer, go_to, new_key, sent_already};
use shared::platform::Ports;
use shared::problem::Problem;
use shared::sealing::Sealer;
use shared::session::{Caller, Staff};
use shared::words::dates::moment;
use shared::words::{Language, Word, booking as words};

use super::free_slots::{Day, FreeSlot, free_slots};
use super::{AHEAD, check};
use crate::api::appointments::{NewAppointment, ParticipantInput, book_visit, foresee};

/// How many participants a form has room for; programs may invite ten.
const PARTICIPANTS: usize = 3;
/// What the form repeats to whoever must correct it.
const FIELDS: [&str; 13] = [
    "personal_identity",
    "name",
    "phone",
    "sms_consent",
    "protected_identity",
    "slot",
    "from",
    "starts_at",
    "minutes",
    "allow_overlap",
    "reason",
    "instructions",
    "entry",
];
const ROLES: [ParticipantRole; 4] = [
    ParticipantRole::Relative,
    ParticipantRole::Interpreter,
    ParticipantRole::Colleague,
    ParticipantRole::Other,
];

#[derive(Template)]
#[template(path = "new_visit.html")]
struct NewVisitPage {
    language: Language,
    kind: AppointmentKind,
    key: String,
    written: Vec<(String, String)>,
    faults: Faults,
    days: Vec<Day>,
    busy: Vec<String>,
}

impl NewVisitPage {
    fn was(&self, field: &str) -> &str {
        let found = self.written.iter().find(|(name, _)| name == field);
        found.map_or("", |(_, value)| value.as_str())
    }

    /// What a participant's field is called.
    fn name_of(&self, number: &usize, field: &str) -> String {
        format!("participant_{field}_{number}")
    }

    fn has_role(&self, number: &usize, role: &str) -> bool {
        self.was(&self.name_of(number, "role")) == role
    }

    fn wrong(&self, field: &str) -> Option<&'static str> {
        self.faults.of(field).map(|word| self.language.say(word))
    }

    fn is_picked(&self, slot: &FreeSlot) -> bool {
        self.was("slot") == slot.id
    }

    /// The day of the picked slot is open, else the first.
    fn is_open(&self, is_first: &bool, day: &Day) -> bool {
        match self.was("slot") {
            "" => *is_first,
            slot => day.has(slot),
        }
    }

    fn is_scheduled(&self) -> bool {
        self.kind == AppointmentKind::Scheduled
    }

    fn is_video(&self) -> bool {
        self.kind == AppointmentKind::Video
    }

    fn numbers(&self) -> std::ops::RangeInclusive<usize> {
        1..=PARTICIPANTS
    }

    fn roles(&self) -> Vec<(&'static str, &'static str)> {
        let named = |role: ParticipantRole| {
            let text = self.language.say(words::participant(role));
            (role.as_str(), text)
        };
        ROLES.map(named).to_vec()
    }

    fn tells(&self) -> &'static str {
        self.language.say(match self.kind {
            AppointmentKind::Scheduled => words::SCHEDULED_TELLS,
            AppointmentKind::Video => words::VIDEO_TELLS,
            _ => words::FREE_TIME_TELLS,
        })
    }
}

fn kind_named(name: &str) -> Result<AppointmentKind, Problem> {
    match name {
        "scheduled" => Ok(AppointmentKind::Scheduled),
        "free-time" => Ok(AppointmentKind::FreeTime),
        "video" => Ok(AppointmentKind::Video),
        _ => Err(Problem::not_found()),
    }
}

/// The form, empty but for the slot that the schedule led from.
pub async fn page(asked: By<Staff>) -> Result<Response, Problem> {
    let kind = kind_named(asked.id())?;
    let viewer = asked.viewer()?;
    let slot = super::asked(&viewer, "slot").map(|slot| ("slot".to_owned(), slot));
    let written = slot.into_iter().collect();
    show(
        &asked.who,
        &asked.ports,
        &viewer,
        kind,
        written,
        Faults::none(),
    )
    .await
}

/// What the practitioner already has ahead, so that a clash is seen before the button. Times alone: the form is
/// about somebody else.
async fn busy_times(
    staff: &Staff,
    ports: &Ports,
    language: Language,
) -> Result<Vec<String>, Problem> {
    let now = ports.clock.now();
    let caller = Caller::Staff(staff.clone());
    let sealer = Sealer::from_secrets(&*ports.secrets)?;
    let wanted = Wanted {
        until: now.plus(AHEAD),
        after: (now, ""),
        practitioner: Some(&staff.practitioner),
        limit: 50,
    };
    let statements = store::list(ports, &caller, &wanted)?;
    let found = ports.store_for(&caller).batch(statements.into()).await?;
    let mut busy = vec![];
    for row in found[0].rows.iter() {
        let visit = Found::from_row(&sealer, row)?.appointment;
        if matches!(
            visit.state,
            AppointmentState::Booked | AppointmentState::Arrived | AppointmentState::Started
        ) {
            let (_, ends) = visit.period.ends_at.date_and_clock();
            busy.push(format!(
                "{}–{ends}",
                moment(language, visit.period.starts_at)
            ));
        }
    }
    Ok(busy)
}

async fn show(
    staff: &Staff,
    ports: &Ports,
    viewer: &Viewer,
    kind: AppointmentKind,
    written: Vec<(String, String)>,
    faults: Faults,
) -> Result<Response, Problem> {
    let language = viewer.language;
    let was = |field: &str| {
        let found = written.iter().find(|(name, _)| name == field);
        found.map_or("", |(_, value)| value.as_str())
    };
    let (days, busy) = match kind {
        AppointmentKind::Scheduled => {
            let days = free_slots(staff, ports, language, was("from"), was("slot"));
            (days.await?, vec![])
        }
        _ => (vec![], busy_times(staff, ports, language).await?),
    };
    let title = match kind {
        AppointmentKind::Scheduled => words::NEW_SCHEDULED,
        AppointmentKind::Video => words::NEW_VIDEO,
        _ => words::NEW_FREE_TIME,
    };
    let status = faults.status();
    let content = NewVisitPage {
        language,
        kind,
        key: new_key(ports),
        written,
        faults,
        days,
        busy,
    };
    viewer.show_as(status, viewer.say(title), &content)
}

/// Books what the form says and goes on to the visit; or shows the form again. With `action=begin` (from another page)
/// or `action=change` (from the check, or to see slots of other days) it only shows the form with what was filled in, so
/// that no personal number stands in an address; with `action=check` it shows what would be booked, and what it would
/// clash with.
pub async fn book(asked: By<Staff>) -> Result<Response, Problem> {
    let kind = kind_named(asked.id())?;
    let (viewer, form) = (asked.viewer()?, asked.form()?);
    let (staff, ports) = (asked.who, asked.ports);
    let written = written(&form);
    let action = form.text("action");
    if action == "begin" || action == "change" {
        return show(&staff, &ports, &viewer, kind, written, Faults::none()).await;
    }
    let (new, mut faults) = read(kind, &form);
    if let (Some(new), "check") = (&new, action.as_str()) {
        match foresee(&staff, &ports, new).await {
            Ok(foreseen) => return check::show(&viewer, &form, kind, new, &foreseen, written),
            Err(problem) => match what_is_wrong(&problem) {
                Some((field, word)) => faults.add(field, word),
                None => return Err(problem),
            },
        }
    } else if let Some(new) = new {
        match book_visit(&staff, &ports, &new, &form.identity).await {
            Ok(answer) => {
                let id = booked(answer).await?;
                let path = format!("/booking/appointments/{id}");
                return Ok(go_to(&LocalPath::from_outside(&path)));
            }
            Err(problem) => match what_is_wrong(&problem) {
                Some((field, word)) => faults.add(field, word),
                None => return Err(problem),
            },
        }
    }
    show(&staff, &ports, &viewer, kind, written, faults).await
}

fn written(form: &FormPost) -> Vec<(String, String)> {
    let mut written: Vec<_> = FIELDS
        .map(|field| (field.to_owned(), form.text(field)))
        .into();
    for number in 1..=PARTICIPANTS {
        for field in ["role", "name", "phone", "email"] {
            let name = format!("participant_{field}_{number}");
            let value = form.text(&name);
            written.push((name, value));
        }
    }
    written
}

/// What the form says, and everything that is wrong with it at once.
fn read(kind: AppointmentKind, form: &FormPost) -> (Option<NewAppointment>, Faults) {
    let mut faults = Faults::none();
    macro_rules! field {
        ($name:expr, $wrong:expr) => {
            form.parsed($name).unwrap_or_else(|_| {
                faults.add($name, $wrong);
                None
            })
        };
    }
    let is_checked = |name: &str| !form.text(name).is_empty();
    let identity = field!("personal_identity", words::WRONG_IDENTITY);
    if identity.is_none() && faults.of("personal_identity").is_none() {
        faults.add("personal_identity", words::WRONG_IDENTITY);
    }
    let name = field!("name", words::WRONG_NAME);
    let phone = field!("phone", words::WRONG_PHONE);
    let (mut slot, mut starts_at, mut minutes) = (None, None, None);
    if kind == AppointmentKind::Scheduled {
        slot = field!("slot", words::WRONG_SLOT);
        if slot.is_none() {
            faults.add("slot", words::WRONG_SLOT);
        }
    } else {
        starts_at = field!("starts_at", words::WRONG_TIME);
        if starts_at.is_none() && faults.of("starts_at").is_none() {
            faults.add("starts_at", words::WRONG_TIME);
        }
        minutes = field!("minutes", words::WRONG_MINUTES);
        if minutes.is_none() && faults.of("minutes").is_none() {
            faults.add("minutes", words::WRONG_MINUTES);
        }
    }
    let reason = field!("reason", words::WRONG_REASON);
    if reason.is_none() && faults.of("reason").is_none() {
        faults.add("reason", words::WRONG_REASON);
    }
    let instructions = field!("instructions", words::WRONG_VALUE);
    let entry = field!("entry", words::WRONG_VALUE);
    let mut participants = vec![];
    if kind == AppointmentKind::Video {
        for number in 1..=PARTICIPANTS {
            let role_field = format!("participant_role_{number}");
            let of = |field: &str| format!("participant_{field}_{number}");
            let Some(role) = ROLES
                .into_iter()
                .find(|role| role.as_str() == form.text(&role_field))
            else {
                continue;
            };
            let one = ParticipantInput {
                role,
                name: field!(&of("name"), words::WRONG_VALUE),
                phone: field!(&of("phone"), words::WRONG_PARTICIPANT),
                email: field!(&of("email"), words::WRONG_PARTICIPANT),
            };
            if one.phone.is_none() && one.email.is_none() && faults.of(&of("phone")).is_none() {
                faults.add(&of("phone"), words::WRONG_PARTICIPANT);
            }
            participants.push(one);
        }
    }
    let (Some(personal_identity), Some(reason), true) = (identity, reason, faults.is_empty())
    else {
        return (None, faults);
    };
    let new = NewAppointment {
        kind,
        patient: PatientInput {
            personal_identity,
            name,
            phone,
            sms_consent: is_checked("sms_consent"),
            language: None,
            protected_identity: is_checked("protected_identity"),
        },
        slot,
        starts_at,
        minutes,
        practitioner: None,
        allow_overlap: is_checked("allow_overlap"),
        participants,
        reason,
        instructions,
        entry,
    };
    (Some(new), faults)
}

/// At which field, and in which words; nothing where it isn't for this page to say.
fn what_is_wrong(problem: &Problem) -> Option<(&'static str, Word)> {
    let found = match (problem.kind(), problem.field()) {
        ("slot-taken" | "not-found", _) => ("slot", words::TAKEN),
        ("under-age", _) => ("personal_identity", words::TOO_YOUNG),
        ("practitioner-busy", _) => ("starts_at", words::BUSY),
        ("invalid", Some("patient.personal_identity")) => {
            ("personal_identity", words::WRONG_TEST_IDENTITY)
        }
        ("invalid", Some("patient.name")) => ("name", words::WRONG_NAME),
        ("invalid", Some("patient.phone")) => ("phone", words::WRONG_PHONE),
        ("invalid", Some("slot")) => ("slot", words::WRONG_SLOT),
        ("invalid", Some("minutes")) => ("minutes", words::WRONG_MINUTES),
        ("invalid", Some("starts_at")) => ("starts_at", words::WRONG_TIME),
        ("invalid", Some(field)) if field.starts_with("participants") => {
            ("participant_phone_1", words::WRONG_PARTICIPANT)
        }
        ("invalid", _) => ("content", words::WRONG_VALUE),
        _ => return sent_already(problem),
    };
    Some(found)
}

/// The id of the visit that an answer tells of, the first one or one that is given again.
async fn booked(answer: Response) -> Result<AppointmentId, Problem> {
    #[derive(Deserialize)]
    struct Booked {
        id: AppointmentId,
    }
    let bytes = shared::post::whole(answer.into_body()).await?;
    serde_json::from_slice::<Booked>(&bytes)
        .map(|booked| booked.id)
        .map_err(|_| Problem::internal("a booked visit has no id"))
}
