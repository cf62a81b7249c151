//! Staff's pages of batches: uploading a list, what is wrong with it, and how far it has come. Plain forms; a
//! script only sends the form that goes on by itself.

use askama::Template;
use axum::response::Response;
use http::StatusCode;
use serde_json::Value;
use shared::page::{Faults, LocalPath, Viewer, assets, go_to, new_key};
use shared::platform::Ports;
use shared::problem::Problem;
use shared::session::Staff;
use shared::time::Timestamp;
use shared::words::{Language, Word, dates, ticket_batches as words, tickets as ticket_words};

use super::api::{BatchView, change as wish_for, keep_checked, of_unit, view, worked_view};
use super::list::{Column, RowFault};
use super::{BatchState, Wish};
use crate::By;
use crate::pages::{fault_at, place_of, read_wanted, show_form, usual};

/// How many faults the page shows; the JSON has more.
const SHOWN_FAULTS: usize = 100;

fn state_in_words(state: BatchState) -> Word {
    match state {
        BatchState::Checked => words::STATE_CHECKED,
        BatchState::Working => words::STATE_WORKING,
        BatchState::Stopped => words::STATE_STOPPED,
        BatchState::Done => words::STATE_DONE,
        BatchState::Discarded => words::STATE_DISCARDED,
    }
}

/// A batch as a row of the unit's list.
struct BatchRow {
    id: String,
    at: String,
    state: &'static str,
    wanted: i64,
    issued: i64,
}

#[derive(Template)]
#[template(path = "batches.html")]
struct BatchesPage {
    language: Language,
    batches: Vec<BatchRow>,
}

/// The unit's batches, the newest first.
pub async fn list(asked: By<Staff>) -> Result<Response, Problem> {
    let viewer = asked.viewer()?;
    let batches = of_unit(&asked.who, &asked.ports).await?.into_iter();
    let batches = batches.map(|batch| BatchRow {
        at: match batch.created_at.parse::<Timestamp>() {
            Ok(at) => dates::moment(viewer.language, at),
            Err(_) => String::new(),
        },
        state: viewer.say(state_in_words(batch.state)),
        wanted: batch.wanted,
        issued: batch.issued,
        id: batch.id,
    });
    let page = BatchesPage {
        language: viewer.language,
        batches: batches.collect(),
    };
    let title = viewer.say(words::BATCHES);
    viewer.wide().show(title, &page)
}

/// The form that uploads a list.
pub async fn new_form(asked: By<Staff>) -> Result<Response, Problem> {
    show_form(&asked, usual(&asked.ports), Faults::none(), true).await
}

/// A list is uploaded and checked. What can't be used comes back with what was written.
pub async fn upload(asked: By<Staff>) -> Result<Response, Problem> {
    let (staff, ports) = (&asked.who, &asked.ports);
    let mut faults = Faults::none();
    let Some((form, file)) = asked.form_with_file("csv")? else {
        faults.add("csv", words::TOO_LARGE);
        return show_form(&asked, usual(ports), faults, true).await;
    };
    if file.is_empty() {
        faults.add("csv", words::NO_FILE);
    }
    let wanted = read_wanted(&form, &mut faults);
    if let (Some(wanted), true) = (wanted, faults.is_empty()) {
        let list = (file, !form.text("sms_consent").is_empty());
        match keep_checked(staff, ports, wanted, list, &form.identity).await {
            Ok(answer) => return Ok(go_to(&place_of(&answer, "/tickets/batches", ""))),
            Err(problem) => match words::of_list_problem(problem.kind()) {
                Some(word) => faults.add("csv", word),
                None => match fault_at(&problem) {
                    Some((field, word)) => faults.add(field, word),
                    None => return Err(problem),
                },
            },
        }
    }
    show_form(&asked, form.fields, faults, true).await
}

/// What can be done with a batch.
struct Button {
    action: &'static str,
    text: String,
    key: String,
}

/// A fault as a row of the table.
struct FaultRow {
    line: String,
    column: &'static str,
    fault: &'static str,
}

impl FaultRow {
    fn of(language: Language, fault: &Value) -> Self {
        let known = |names: &[(&str, Word)], name: &Value| {
            let found = names.iter().find(|(one, _)| name == one);
            found.map_or("", |(_, word)| language.say(*word))
        };
        FaultRow {
            line: fault["line"].to_string(),
            column: known(&COLUMNS, &fault["column"]),
            fault: known(&FAULTS, &fault["fault"]),
        }
    }
}

/// What staff reads of a column.
const COLUMNS: [(&str, Word); 6] = [
    (Column::Identity.as_str(), words::COLUMN_IDENTITY),
    (Column::Name.as_str(), words::COLUMN_NAME),
    (Column::Phone.as_str(), words::COLUMN_PHONE),
    (Column::Sms.as_str(), words::COLUMN_SMS),
    (Column::Language.as_str(), words::COLUMN_LANGUAGE),
    (Column::Row.as_str(), words::COLUMN_ROW),
];

/// What staff reads of a fault.
const FAULTS: [(&str, Word); 12] = [
    (RowFault::Missing.as_str(), words::MISSING),
    (RowFault::NotAnIdentity.as_str(), words::NOT_AN_IDENTITY),
    (
        RowFault::NotATestIdentity.as_str(),
        words::NOT_A_TEST_IDENTITY,
    ),
    (RowFault::UnderAge.as_str(), words::UNDER_AGE),
    (RowFault::Repeated.as_str(), words::REPEATED),
    (RowFault::NotAText.as_str(), words::NOT_A_TEXT),
    (RowFault::Formula.as_str(), words::FORMULA),
    (RowFault::NotAPhone.as_str(), words::NOT_A_PHONE),
    (
        RowFault::NotASwedishMobile.as_str(),
        words::NOT_A_SWEDISH_MOBILE,
    ),
    (
        RowFault::NeitherYesNorNo.as_str(),
        words::NEITHER_YES_NOR_NO,
    ),
    (RowFault::NotALanguage.as_str(), words::NOT_A_LANGUAGE),
    (RowFault::TooManyValues.as_str(), words::TOO_MANY_VALUES),
];

#[derive(Template)]
#[template(path = "batch.html")]
struct BatchPage {
    language: Language,
    state: &'static str,
    is_working: bool,
    has_too_few: bool,
    has_more: bool,
    buttons: Vec<Button>,
    rows: Vec<FaultRow>,
    batch: BatchView,
    faults: Faults,
}

/// A batch: what is wrong with its rows, how far it has come, and what can be done with it.
pub async fn show(asked: By<Staff>) -> Result<Response, Problem> {
    let batch = view(&asked.who, &asked.ports, asked.id()).await?;
    show_batch(&asked.ports, &asked.viewer()?, batch, Faults::none())
}

fn show_batch(
    ports: &Ports,
    viewer: &Viewer,
    batch: BatchView,
    faults: Faults,
) -> Result<Response, Problem> {
    let language = viewer.language;
    let status = match faults.is_empty() {
        true => StatusCode::OK,
        false => StatusCode::CONFLICT,
    };
    let say = |word: Word| language.say(word).to_owned();
    let buttons = match batch.state {
        BatchState::Checked if batch.wanted == 0 => vec![("discard", say(words::DISCARD))],
        BatchState::Checked => vec![
            ("confirm", words::send(language, batch.wanted)),
            ("discard", say(words::DISCARD)),
        ],
        BatchState::Working => vec![("work", say(words::GO_ON)), ("stop", say(words::STOP))],
        BatchState::Stopped => vec![
            ("confirm", say(words::RESUME)),
            ("discard", say(words::DISCARD)),
        ],
        BatchState::Done | BatchState::Discarded => vec![],
    };
    let faulty = batch.faults.as_array().map_or(&[][..], Vec::as_slice);
    let shown = faulty.iter().take(SHOWN_FAULTS);
    let rows = shown.map(|fault| FaultRow::of(language, fault)).collect();
    let has_more = batch.fault_count > SHOWN_FAULTS as i64;
    let page = BatchPage {
        language,
        state: viewer.say(state_in_words(batch.state)),
        is_working: batch.state == BatchState::Working,
        has_too_few: batch.free_slots < batch.open_tickets,
        has_more,
        buttons: buttons
            .into_iter()
            .map(|(action, text)| Button {
                action,
                text,
                key: new_key(ports),
            })
            .collect(),
        rows,
        batch,
        faults,
    };
    let title = viewer.say(words::BATCH);
    viewer.clone().wide().show_as(status, title, &page)
}

/// A batch is confirmed, stopped, given up, or goes on.
pub async fn change(asked: By<Staff>) -> Result<Response, Problem> {
    let (staff, ports, id) = (&asked.who, &asked.ports, asked.id());
    let form = asked.form()?;
    let wish = match form.text("action").as_str() {
        "confirm" => Some(Wish::Confirm),
        "stop" => Some(Wish::Stop),
        "discard" => Some(Wish::Discard),
        "work" => None,
        _ => {
            return Err(Problem::invalid("action", "confirm, stop, discard or work"));
        }
    };
    match wish {
        None => {
            worked_view(staff, ports, id).await?;
        }
        Some(wish) => match wish_for(staff, ports, id, wish, &form.identity).await {
            Ok(_) => {}
            Err(problem) if problem.kind() == "batch-nothing-to-send" => {
                let mut faults = Faults::none();
                faults.add("content", words::NOTHING_TO_SEND);
                let batch = view(staff, ports, id).await?;
                return show_batch(ports, &asked.viewer()?, batch, faults);
            }
            // A colleague was quicker: the page shows how it stands.
            Err(problem) if problem.kind() == "batch-state" => {}
            Err(problem) => return Err(problem),
        },
    }
    let page = format!("/tickets/batches/{id}");
    Ok(go_to(&LocalPath::from_outside(&page)))
}
