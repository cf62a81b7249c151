//! The unit's settings as one form. Where another administrator was first, what was typed stays and what
//! stands now is told; saving once more is then meant.

use askama::Template;
use axum::response::Response;
use http::StatusCode;
use serde::Deserialize;
use shared::opening_hours::OpeningHours;
use shared::page::{Faults, FormPost, LocalPath, Viewer, go_to, new_key};
use shared::platform::Ports;
use shared::practitioner;
use shared::problem::Problem;
use shared::query::Query;
use shared::sealing::Sealer;
use shared::session::{Administrator, Caller, Staff};
use shared::time::Timestamp;
use shared::words::{Language, Word, administration as words, common, dates, messaging};

use crate::api::{Kept, VersionedSettings, find, keep};
use crate::settings::{
    CHOICES, LONGEST_WHERE_TO_TURN, NUMBERS, UnfitSettings, UnitSettings, spans_as_text,
    spans_from_text,
};
use crate::store;

/// What the form calls a day's hours, from Monday.
const DAYS: [&str; 7] = [
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
];

#[derive(Template)]
#[template(path = "settings.html")]
struct SettingsPage {
    language: Language,
    key: String,
    version: String,
    faults: Faults,
    days: Vec<Field>,
    numbers: Vec<Field>,
    choices: Vec<Tick>,
    where_to_turn: String,
    longest: usize,
    saved: bool,
    overtaken: bool,
    changes: Vec<String>,
}

/// A field of one line.
struct Field {
    name: &'static str,
    label: &'static str,
    hint: String,
    value: String,
}

/// A box to tick.
struct Tick {
    name: &'static str,
    label: &'static str,
    ticked: bool,
}

impl SettingsPage {
    fn wrong(&self, field: &str) -> Option<&'static str> {
        self.faults.of(field).map(|word| self.language.say(word))
    }
}

/// Whether it was just saved.
#[derive(Deserialize)]
pub struct Saved {
    saved: Option<String>,
}

/// The form, as the settings stand.
pub async fn show(
    Administrator(staff): Administrator,
    ports: Ports,
    viewer: Viewer,
    Query(query): Query<Saved>,
) -> Result<Response, Problem> {
    let current = find(&staff, &ports).await?;
    let written = Written::of(&current.settings);
    let state = State {
        version: current.version,
        faults: Faults::none(),
        saved: query.saved.is_some(),
        overtaken: false,
    };
    page(&staff, &ports, &viewer, written, state, StatusCode::OK).await
}

/// Saves the form, or shows it again with what is wrong at its fields.
pub async fn save(
    Administrator(staff): Administrator,
    ports: Ports,
    viewer: Viewer,
    form: FormPost,
) -> Result<Response, Problem> {
    let written = Written::from_form(&form);
    let version: i64 = form.parsed("version")?.unwrap_or_default();
    let state = |version, faults, overtaken| State {
        version,
        faults,
        saved: false,
        overtaken,
    };
    let settings = match written.settings() {
        Ok(settings) => settings,
        Err(faults) => {
            let state = state(version, faults, false);
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            return page(&staff, &ports, &viewer, written, state, status).await;
        }
    };
    let wanted = VersionedSettings {
        version,
        settings: settings.clone(),
    };
    match keep(&staff, &ports, wanted).await? {
        Kept::Written(_) => Ok(go_to(&saved())),
        // A form that was sent twice: what stands is what it says.
        Kept::Overtaken(current) if current.settings == settings => Ok(go_to(&saved())),
        Kept::Overtaken(current) => {
            let state = state(current.version, Faults::none(), true);
            page(
                &staff,
                &ports,
                &viewer,
                written,
                state,
                StatusCode::CONFLICT,
            )
            .await
        }
    }
}

fn saved() -> LocalPath {
    LocalPath::from_outside("/administration/settings?saved=yes")
}

/// What the page tells beside what is in its fields.
struct State {
    version: i64,
    faults: Faults,
    saved: bool,
    overtaken: bool,
}

async fn page(
    staff: &Staff,
    ports: &Ports,
    viewer: &Viewer,
    written: Written,
    state: State,
    status: StatusCode,
) -> Result<Response, Problem> {
    let language = viewer.language;
    let field = |name, label: &'static str, hint, value: &String| Field {
        name,
        label,
        hint,
        value: value.clone(),
    };
    let content = SettingsPage {
        language,
        key: new_key(ports),
        version: state.version.to_string(),
        days: DAYS
            .into_iter()
            .enumerate()
            .map(|(place, name)| {
                let label = dates::weekday_numbered(language, place);
                field(name, label, String::new(), &written.days[place])
            })
            .collect(),
        numbers: NUMBERS
            .iter()
            .zip(&written.numbers)
            .map(|(number, value)| {
                let hint = words::from_to(language, number.least, number.most);
                field(
                    number.name,
                    language.say(words::setting(number.name)),
                    hint,
                    value,
                )
            })
            .collect(),
        choices: CHOICES
            .iter()
            .zip(&written.choices)
            .map(|(choice, ticked)| Tick {
                name: choice.name,
                label: language.say(words::setting(choice.name)),
                ticked: *ticked,
            })
            .collect(),
        where_to_turn: written.where_to_turn,
        longest: LONGEST_WHERE_TO_TURN,
        faults: state.faults,
        saved: state.saved,
        overtaken: state.overtaken,
        changes: changes(staff, ports, language).await?,
    };
    let viewer = viewer.clone().wide();
    viewer.show_as(status, viewer.say(words::SETTINGS), &content)
}

/// The last changes, each as a line: when and by whom.
async fn changes(staff: &Staff, ports: &Ports, language: Language) -> Result<Vec<String>, Problem> {
    let sealer = Sealer::from_secrets(&*ports.secrets)?;
    let found = ports
        .store_for(&Caller::Staff(staff.clone()))
        .query(store::changes(staff))
        .await?;
    let line = |row| -> Result<String, Problem> {
        let (id, name) = practitioner::from_row(&sealer, &staff.care_provider, row)?;
        let who = name.or(id.map(|id| id.to_string())).unwrap_or_default();
        let at = Timestamp::from_millis(row.integer("changed_at")?);
        Ok(format!("{}: {who}", dates::moment(language, at)))
    };
    found.rows.iter().map(line).collect()
}

/// The form's fields as they were written, so that nothing typed is lost.
struct Written {
    days: [String; 7],
    numbers: [String; NUMBERS.len()],
    choices: [bool; CHOICES.len()],
    where_to_turn: String,
}

impl Written {
    fn of(settings: &UnitSettings) -> Self {
        let week = settings.opening_hours.week();
        Written {
            days: std::array::from_fn(|day| spans_as_text(&week[day])),
            numbers: NUMBERS
                .each_ref()
                .map(|number| number.read(settings).to_string()),
            choices: CHOICES.each_ref().map(|choice| choice.read(settings)),
            where_to_turn: settings.where_to_turn.clone().unwrap_or_default(),
        }
    }

    fn from_form(form: &FormPost) -> Self {
        Written {
            days: DAYS.map(|day| form.text(day)),
            numbers: NUMBERS.each_ref().map(|number| form.text(number.name)),
            choices: CHOICES
                .each_ref()
                .map(|choice| !form.text(choice.name).is_empty()),
            where_to_turn: form.text("where_to_turn"),
        }
    }

    /// The settings, or what is wrong at which field.
    fn settings(&self) -> Result<UnitSettings, Faults> {
        let mut faults = Faults::none();
        let mut week: [Vec<(u16, u16)>; 7] = Default::default();
        for (day, text) in self.days.iter().enumerate() {
            let spans = spans_from_text(text).filter(|spans| {
                // Whether they come in order is judged day by day, so that the fault has its field.
                let mut alone: [Vec<(u16, u16)>; 7] = Default::default();
                alone[day].clone_from(spans);
                OpeningHours::new(alone).is_ok()
            });
            match spans {
                Some(spans) => week[day] = spans,
                None => faults.add(DAYS[day], words::HOURS_WRONG),
            }
        }
        let where_to_turn = self.where_to_turn.trim();
        let mut settings = UnitSettings {
            opening_hours: OpeningHours::new(week).map_err(|_| Faults::none())?,
            cancellation_cutoff_hours: 0,
            age_limit: 0,
            reminds_day_before: false,
            reminds_hour_before: false,
            case_notice_hours: 0,
            case_grace_hours: 0,
            case_reopen_hours: 0,
            case_answer_hours: 0,
            shows_read_marks: false,
            where_to_turn: (!where_to_turn.is_empty()).then(|| where_to_turn.to_owned()),
        };
        for (number, text) in NUMBERS.iter().zip(&self.numbers) {
            // What is no number is out of every bounds.
            number.write(&mut settings, text.trim().parse().unwrap_or(-1));
        }
        for (choice, ticked) in CHOICES.iter().zip(self.choices) {
            choice.write(&mut settings, ticked);
        }
        for fault in settings.faults() {
            let word: Word = match fault {
                UnfitSettings::Number(..) => words::NUMBER_WRONG,
                UnfitSettings::WhereToTurn(_) => words::WHERE_TO_TURN_WRONG,
            };
            faults.add(fault.field(), word);
        }
        if faults.is_empty() {
            Ok(settings)
        } else {
            Err(faults)
        }
    }
}
