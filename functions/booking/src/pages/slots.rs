//! Staff's form that lays out bookable times by a weekly template, the templates that stand, each with a form that ends
//! it, and the form of the schedule that withdraws free slots.

use askama::Template;
use axum::response::Response;
use serde::Deserialize;
use serde_json::json;
use shared::asked::By;
use shared::colleagues;
use shared::identifiers::SlotId;
use shared::page::{Faults, FormPost, LocalPath, Viewer, go_to, new_key, sent_already};
use shared::platform::Ports;
use shared::problem::Problem;
use shared::role::Role;
use shared::session::{Caller, Staff};
use shared::slot::{self, Slot};
use shared::time::clock;
use shared::words::{Language, Word, booking as words, dates, roles, workspace};

use super::free_slots::{FreeSlot, Names, whose};
use crate::api::slots::{
    NewTemplate, StayingVisit, TemplateView, end_template, lay_out_slots, templates, withdraw_slots,
};
use crate::slot_template::{Recurrence, Weekday};
use crate::store;

/// No form withdraws more slots at once.
const MOST_WITHDRAWN: usize = 100;
/// What the form repeats to whoever must correct it; the days of the week come beside.
const FIELDS: [&str; 8] = [
    "whose",
    "from",
    "to",
    "minutes",
    "pause_minutes",
    "valid_from",
    "valid_to",
    "exceptions",
];
const WEEKDAYS: [(Weekday, &str); 7] = [
    (Weekday::Monday, "monday"),
    (Weekday::Tuesday, "tuesday"),
    (Weekday::Wednesday, "wednesday"),
    (Weekday::Thursday, "thursday"),
    (Weekday::Friday, "friday"),
    (Weekday::Saturday, "saturday"),
    (Weekday::Sunday, "sunday"),
];

/// What was just made, for the page after the form.
#[derive(Deserialize)]
struct Made {
    #[serde(rename = "slots")]
    made: u32,
    left_out: u32,
}

/// Whose slots are laid out: a practitioner's, or anyone's of a role.
struct Choice {
    value: String,
    text: String,
}

#[derive(Template)]
#[template(path = "slots.html")]
struct SlotsPage {
    language: Language,
    key: String,
    written: Vec<(String, String)>,
    faults: Faults,
    choices: Vec<Choice>,
    templates: Vec<TemplateView>,
    made: Option<String>,
    /// The visits that stay in slots of a template that was just ended: when, and where they are seen.
    ended: Option<Vec<(String, String)>>,
}

impl SlotsPage {
    fn was(&self, field: &str) -> &str {
        let found = self.written.iter().find(|(name, _)| name == field);
        found.map_or("", |(_, value)| value.as_str())
    }

    fn wrong(&self, field: &str) -> Option<&'static str> {
        self.faults.of(field).map(|word| self.language.say(word))
    }

    /// The days of the week: value, name, and whether it was ticked.
    fn weekdays(&self) -> Vec<(&'static str, &'static str, bool)> {
        let day = |(number, (_, value)): (usize, (Weekday, &'static str))| {
            let ticked = |(name, was): &(String, String)| name == "weekdays" && was == value;
            let name = dates::weekday_numbered(self.language, number);
            (value, name, self.written.iter().any(ticked))
        };
        WEEKDAYS.into_iter().enumerate().map(day).collect()
    }

    fn whose(&self, template: &TemplateView) -> String {
        let of = template.practitioner.as_ref().and_then(|id| {
            let value = format!("practitioner:{id}");
            self.choices.iter().find(|one| one.value == value)
        });
        match of {
            Some(choice) => choice.text.clone(),
            None => self.language.say(roles::name(template.role)).to_owned(),
        }
    }

    /// How many of its coming slots are free, and how many booked.
    fn coming(&self, template: &TemplateView) -> String {
        let number = |count: Option<i64>| count.unwrap_or_default();
        words::slots_coming(
            self.language,
            number(template.free),
            number(template.booked),
        )
    }

    fn recurs(&self, template: &TemplateView) -> String {
        let recurrence = &template.recurrence;
        let days = WEEKDAYS.iter().enumerate();
        let days = days.filter(|(_, (day, _))| recurrence.weekdays.contains(day));
        let days: Vec<&str> = days
            .map(|(number, _)| dates::weekday_numbered(self.language, number))
            .collect();
        format!(
            "{} {}–{}, {} min",
            days.join(", "),
            clock(recurrence.from),
            clock(recurrence.to),
            recurrence.minutes
        )
    }
}

/// The form, and the templates that stand.
pub async fn page(asked: By<Staff>) -> Result<Response, Problem> {
    let viewer = asked.viewer()?;
    let (staff, ports) = (asked.who, asked.ports);
    let number = |name| super::asked(&viewer, name).and_then(|text| text.parse().ok());
    let made = number("made").map(|made: u32| {
        let left_out = number("left_out").unwrap_or_default();
        words::slots_made(viewer.language, made, left_out)
    });
    let now = ports.clock.now();
    let mut ended = None;
    if let Some(id) = super::asked(&viewer, "ended").and_then(|id| id.parse().ok()) {
        let booked = store::booked_of_template(id, &staff.care_unit, now);
        let caller = Caller::Staff(staff.clone());
        let found = ports.store_for(&caller).query(booked).await?;
        let stays = StayingVisit::all(&found)?.into_iter();
        let link = |one: StayingVisit| {
            let when = dates::moment(viewer.language, one.starts_at);
            (when, format!("/booking/appointments/{}", one.appointment))
        };
        ended = Some(stays.map(link).collect());
    }
    let today = now.date_in_stockholm();
    let usual = [
        ("whose", format!("practitioner:{}", staff.practitioner)),
        ("from", "09:00".to_owned()),
        ("to", "12:00".to_owned()),
        ("minutes", "30".to_owned()),
        ("pause_minutes", "0".to_owned()),
        ("valid_from", today.to_string()),
    ];
    let usual = usual.map(|(name, value)| (name.to_owned(), value));
    let told = (made, ended);
    show(&staff, &ports, &viewer, usual.into(), Faults::none(), told).await
}

async fn show(
    staff: &Staff,
    ports: &Ports,
    viewer: &Viewer,
    written: Vec<(String, String)>,
    faults: Faults,
    (made, ended): (Option<String>, Option<Vec<(String, String)>>),
) -> Result<Response, Problem> {
    let language = viewer.language;
    let mut choices = vec![];
    for one in colleagues::of_unit(staff, ports).await? {
        choices.push(Choice {
            value: format!("practitioner:{}", one.id),
            text: whose(language, Some(&one.name), one.role),
        });
    }
    for role in Role::meeting_patients() {
        choices.push(Choice {
            value: format!("role:{}", role.as_str()),
            text: whose(language, None, role),
        });
    }
    let status = faults.status();
    let content = SlotsPage {
        language,
        key: new_key(ports),
        written,
        faults,
        choices,
        templates: templates(staff, ports).await?,
        made,
        ended,
    };
    let title = viewer.say(words::SET_UP_SLOTS);
    viewer.clone().wide().show_as(status, title, &content)
}

/// Lays out what the form says; or shows it again. With `action=end` it ends a template, and with `action=withdraw`, from
/// the schedule, it withdraws slots.
pub async fn act(asked: By<Staff>) -> Result<Response, Problem> {
    let (viewer, form) = (asked.viewer()?, asked.form()?);
    let (staff, ports) = (asked.who, asked.ports);
    match form.text("action").as_str() {
        "withdraw" => return withdraw(&staff, &ports, &viewer, &form).await,
        "end" => {
            let id = form.text("template");
            end_template(&staff, &ports, &id, &form.identity).await?;
            let path = format!("/booking/slots?ended={id}");
            return Ok(go_to(&LocalPath::from_outside(&path)));
        }
        _ => {}
    }
    let (new, mut faults) = read(&form);
    if let Some(new) = new {
        match lay_out_slots(&staff, &ports, &new, &form.identity).await {
            Ok(answer) => {
                let made = counts(answer).await?;
                let path = format!(
                    "/booking/slots?made={}&left_out={}",
                    made.made, made.left_out
                );
                return Ok(go_to(&LocalPath::from_outside(&path)));
            }
            Err(problem) => match what_is_wrong(&problem) {
                Some((field, word)) => faults.add(field, word),
                None => return Err(problem),
            },
        }
    }
    let kept = |(name, _): &(String, String)| name == "weekdays" || FIELDS.contains(&name.as_str());
    let written = form.fields.into_iter().filter(kept).collect();
    show(&staff, &ports, &viewer, written, faults, (None, None)).await
}

/// How many slots an answer says were made and left out.
async fn counts(answer: Response) -> Result<Made, Problem> {
    let bytes = shared::post::whole(answer.into_body()).await?;
    serde_json::from_slice(&bytes).map_err(|_| Problem::internal("laid out slots have no number"))
}

/// What the form says, and everything that is wrong with it at once.
fn read(form: &FormPost) -> (Option<NewTemplate>, Faults) {
    let mut faults = Faults::none();
    macro_rules! field {
        ($name:literal, $wrong:expr) => {{
            let value = form.parsed($name).unwrap_or_default();
            if value.is_none() {
                faults.add($name, $wrong);
            }
            value
        }};
    }
    let whose = form.text("whose");
    let practitioner = whose
        .strip_prefix("practitioner:")
        .and_then(|id| id.parse().ok());
    let role = whose
        .strip_prefix("role:")
        .and_then(|role| role.parse().ok());
    if practitioner.is_none() && role.is_none() {
        faults.add("whose", words::WRONG_WHOSE);
    }
    let ticked = |value: &str| {
        let mut fields = form.fields.iter();
        fields.any(|(name, was)| name == "weekdays" && was == value)
    };
    let weekdays: Vec<Weekday> = WEEKDAYS
        .into_iter()
        .filter(|(_, value)| ticked(value))
        .map(|(day, _)| day)
        .collect();
    if weekdays.is_empty() {
        faults.add("weekdays", words::WRONG_WEEKDAYS);
    }
    let from = field!("from", words::WRONG_CLOCK);
    let to = field!("to", words::WRONG_CLOCK);
    let minutes = field!("minutes", words::WRONG_SLOT_MINUTES);
    let pause_minutes = match form.parsed("pause_minutes") {
        Ok(minutes) => minutes.unwrap_or_default(),
        Err(_) => {
            faults.add("pause_minutes", words::WRONG_SLOT_MINUTES);
            0
        }
    };
    let valid_from = field!("valid_from", words::WRONG_DATES);
    let valid_to = field!("valid_to", words::WRONG_DATES);
    let exceptions: Result<Vec<_>, _> = form
        .text("exceptions")
        .split([' ', ',', '\n'])
        .filter(|text| !text.is_empty())
        .map(str::parse)
        .collect();
    if exceptions.is_err() {
        faults.add("exceptions", words::WRONG_EXCEPTIONS);
    }
    let (
        Some(from),
        Some(to),
        Some(minutes),
        Some(valid_from),
        Some(valid_to),
        Ok(exceptions),
        true,
    ) = (
        from,
        to,
        minutes,
        valid_from,
        valid_to,
        exceptions,
        faults.is_empty(),
    )
    else {
        return (None, faults);
    };
    let recurrence = Recurrence {
        weekdays,
        from,
        to,
        minutes,
        pause_minutes,
        valid_from,
        valid_to,
        exceptions,
    };
    let new = NewTemplate {
        practitioner,
        role,
        recurrence,
    };
    (Some(new), faults)
}

/// At which field, and in which words; nothing where it isn't for this page to say.
fn what_is_wrong(problem: &Problem) -> Option<(&'static str, Word)> {
    let field = match problem.kind() {
        "invalid" => problem.field()?,
        _ => return sent_already(problem),
    };
    let found = match field.strip_prefix("recurrence.").unwrap_or(field) {
        "weekdays" => ("weekdays", words::WRONG_WEEKDAYS),
        "to" => ("to", words::WRONG_CLOCK),
        "minutes" => ("minutes", words::WRONG_SLOT_MINUTES),
        "pause_minutes" => ("pause_minutes", words::WRONG_SLOT_MINUTES),
        "valid_from" => ("valid_from", words::WRONG_DATES),
        "valid_to" => ("valid_to", words::WRONG_DATES),
        "exceptions" => ("exceptions", words::WRONG_EXCEPTIONS),
        "practitioner" | "role" => ("whose", words::WRONG_WHOSE),
        _ => return None,
    };
    Some(found)
}

#[derive(Template)]
#[template(path = "withdraw.html")]
struct WithdrawPage {
    language: Language,
    key: String,
    faults: Faults,
    back: LocalPath,
    taken: Vec<FreeSlot>,
    free: Vec<FreeSlot>,
}

/// The slots that were ticked, where not all of them can be withdrawn: those that still can stay ticked.
async fn show_ticked(
    staff: &Staff,
    ports: &Ports,
    viewer: &Viewer,
    form: &FormPost,
    ids: &[SlotId],
    wrong: Word,
) -> Result<Response, Problem> {
    let language = viewer.language;
    let mut asking = vec![colleagues::colleagues(staff, ports.clock.now())];
    asking.extend(ids.iter().map(|id| slot::find(*id, &staff.care_unit)));
    let caller = Caller::Staff(staff.clone());
    let found = ports.store_for(&caller).batch(asking).await?;
    let names = Names::of(staff, ports, &found[0])?;
    let mut faults = Faults::none();
    faults.add("slot", wrong);
    let (mut taken, mut free) = (vec![], vec![]);
    for row in found[1..].iter().filter_map(|found| found.rows.first()) {
        let slot = Slot::from_row(row)?;
        let when = dates::moment(language, slot.starts_at);
        let whose = names.whose(language, slot.practitioner.as_ref(), slot.role);
        let side = if slot.free { &mut free } else { &mut taken };
        side.push(FreeSlot {
            id: slot.id.to_string(),
            name: format!("{when}, {whose}"),
        });
    }
    let content = WithdrawPage {
        language,
        key: new_key(ports),
        back: super::return_to(form, "/workspace/schedule"),
        taken,
        free,
        faults,
    };
    let title = viewer.say(workspace::WITHDRAW);
    viewer.show_as(content.faults.status(), title, &content)
}

/// Withdraws the slots that were ticked in the schedule, all of them or none, and goes back there; or shows which can't
/// be.
async fn withdraw(
    staff: &Staff,
    ports: &Ports,
    viewer: &Viewer,
    form: &FormPost,
) -> Result<Response, Problem> {
    let mut ids: Vec<SlotId> = vec![];
    for (_, value) in form.fields.iter().filter(|(name, _)| name == "slot") {
        let id = value.parse().map_err(|_| Problem::not_found())?;
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    if ids.len() > MOST_WITHDRAWN {
        ids.truncate(MOST_WITHDRAWN);
        return show_ticked(staff, ports, viewer, form, &ids, words::TOO_MANY).await;
    }
    if !ids.is_empty() {
        let told = |slots: &[Slot]| Ok(json!({ "withdrawn": slots.len() }));
        match withdraw_slots(staff, ports, &ids, &form.identity, &told).await {
            Ok(_) => {}
            Err(problem) if problem.kind() == "slot-not-free" => {
                let wrong = words::WITHDRAWN_TAKEN;
                return show_ticked(staff, ports, viewer, form, &ids, wrong).await;
            }
            Err(problem) => return Err(problem),
        }
    }
    Ok(go_to(&super::return_to(form, "/workspace/schedule")))
}
