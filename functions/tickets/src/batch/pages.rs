//! Staff's pages of batches: uploading a list, what is wrong with it, and how far it has come. Plain forms; a
//! script only sends the form that goes on by itself.

use askama::Template;
use axum::extract::{Path, Request};
use axum::response::Response;
use http::{StatusCode, header};
use shared::page::{Faults, FormPost, LocalPath, Viewer, assets, go_to, new_key};
use shared::platform::Ports;
use shared::problem::Problem;
use shared::session::Staff;
use shared::time::Timestamp;
use shared::words::{Language, Word, dates, ticket_batches as words, tickets as ticket_words};

use super::api::{
    BatchView, NewBatch, change as wish_for, keep_checked, of_unit, view, whole, worked_view,
};
use super::list::{Column, Fault, RowFault};
use super::{BatchState, Wish, upload as form_with_file};
use crate::pages::{Choice, fault_at, roles, usual};

/// How many faults the page shows; the JSON has all.
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
pub async fn list(staff: Staff, ports: Ports, viewer: Viewer) -> Result<Response, Problem> {
    let batches = of_unit(&staff, &ports).await?.into_iter();
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

#[derive(Template)]
#[template(path = "new_batch.html")]
struct NewBatchPage {
    language: Language,
    key: String,
    was: Vec<(String, String)>,
    roles: Vec<Choice>,
    faults: Faults,
}

impl NewBatchPage {
    fn fields(&self) -> [(&'static str, &'static str, &'static str); 4] {
        [
            ("minutes", ticket_words::MINUTES_LONG, "number"),
            ("first_day", ticket_words::FIRST_DAY, "date"),
            ("last_day", ticket_words::LAST_DAY, "date"),
            ("valid_days", ticket_words::VALID_DAYS, "number"),
        ]
        .map(|(name, word, kind)| (name, self.language.say(word), kind))
    }

    fn texts(&self) -> [(&'static str, &'static str, u16); 2] {
        [
            ("reason", ticket_words::CONTACT_REASON, 1000),
            ("instructions", ticket_words::INSTRUCTIONS, 4000),
        ]
        .map(|(name, word, most)| (name, self.language.say(word), most))
    }

    fn was(&self, name: &str) -> &str {
        let found = self.was.iter().find(|(field, _)| field == name);
        found.map_or("", |(_, value)| value)
    }

    fn wrong(&self, name: &str) -> Option<&'static str> {
        self.faults.of(name).map(|word| self.language.say(word))
    }
}

/// The form that uploads a list.
pub async fn new_form(_: Staff, ports: Ports, viewer: Viewer) -> Result<Response, Problem> {
    show_form(&ports, &viewer, usual(&ports), Faults::none())
}

fn show_form(
    ports: &Ports,
    viewer: &Viewer,
    was: Vec<(String, String)>,
    faults: Faults,
) -> Result<Response, Problem> {
    let status = match faults.is_empty() {
        true => StatusCode::OK,
        false => StatusCode::UNPROCESSABLE_ENTITY,
    };
    let page = NewBatchPage {
        language: viewer.language,
        key: new_key(ports),
        was,
        roles: roles(viewer),
        faults,
    };
    viewer.show_as(status, viewer.say(words::NEW_BATCH), &page)
}

/// A list is uploaded and checked. What can't be used comes back with what was written.
pub async fn upload(
    staff: Staff,
    ports: Ports,
    viewer: Viewer,
    request: Request,
) -> Result<Response, Problem> {
    let (parts, body) = request.into_parts();
    let Ok(bytes) = whole(body).await else {
        let mut faults = Faults::none();
        faults.add("csv", words::TOO_LARGE);
        return show_form(&ports, &viewer, usual(&ports), faults);
    };
    let kind = parts.headers.get(header::CONTENT_TYPE);
    let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let fields = form_with_file::fields(kind, &bytes)
        .ok_or_else(|| Problem::invalid("csv", "send the form as multipart/form-data"))?;
    let (file, texts): (Vec<_>, Vec<_>) = fields.into_iter().partition(|(name, _)| name == "csv");
    let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
    let texts = texts.into_iter().map(|(name, value)| (name, text(value)));
    let form = FormPost::of_fields(parts.uri.path(), texts.collect(), &bytes)?;
    let file = file.first().map_or(&[][..], |(_, bytes)| bytes);

    let (new, mut faults) = read_form(&form);
    if file.is_empty() {
        faults.add("csv", words::NO_FILE);
    } else if let Some(new) = new {
        match keep_checked(&staff, &ports, &new, file, &form.identity).await {
            Ok(answer) => {
                let place = answer.headers().get(header::LOCATION);
                let id = place.and_then(|place| place.to_str().ok()?.rsplit('/').next());
                let page = format!("/tickets/batches/{}", id.unwrap_or_default());
                return Ok(go_to(&LocalPath::from_outside(&page)));
            }
            Err(problem) => match words::of_list_problem(problem.kind()) {
                Some(word) => faults.add("csv", word),
                None => match fault_at(&problem) {
                    Some((field, word)) => faults.add(field, word),
                    None => return Err(problem),
                },
            },
        }
    }
    show_form(&ports, &viewer, form.fields, faults)
}

/// What the form says beside its file, and everything that is wrong with it at once.
fn read_form(form: &FormPost) -> (Option<NewBatch>, Faults) {
    let mut faults = Faults::none();
    macro_rules! field {
        ($name:literal, $needed:literal, $word:ident) => {{
            let value = form.parsed($name);
            if value.is_err() || $needed && matches!(value, Ok(None)) {
                faults.add($name, ticket_words::$word);
            }
            value.unwrap_or_default()
        }};
    }
    let role = form.parsed("role").unwrap_or_default();
    let minutes = field!("minutes", true, WRONG_MINUTES);
    let first_day = field!("first_day", false, WRONG_DAYS);
    let last_day = field!("last_day", true, WRONG_DAYS);
    let valid_days = field!("valid_days", false, WRONG_VALID_DAYS);
    let reason = field!("reason", true, WRONG_REASON);
    let instructions = field!("instructions", false, WRONG_INSTRUCTIONS);
    let (Some(minutes), Some(last_day), Some(reason), true) =
        (minutes, last_day, reason, faults.is_empty())
    else {
        return (None, faults);
    };
    let new = NewBatch {
        role,
        practitioner: None,
        minutes,
        first_day,
        last_day,
        valid_days,
        reason,
        instructions,
        sms_consent: !form.text("sms_consent").is_empty(),
        csv: String::new(),
    };
    (Some(new), faults)
}

/// What can be done with a batch.
struct Button {
    action: &'static str,
    text: String,
    key: String,
}

/// A fault as a row of the table.
struct FaultRow {
    line: usize,
    column: &'static str,
    fault: &'static str,
}

impl FaultRow {
    fn of(language: Language, fault: &Fault) -> Self {
        FaultRow {
            line: fault.line,
            column: language.say(match fault.column {
                Column::Identity => words::COLUMN_IDENTITY,
                Column::Name => words::COLUMN_NAME,
                Column::Phone => words::COLUMN_PHONE,
                Column::Sms => words::COLUMN_SMS,
                Column::Language => words::COLUMN_LANGUAGE,
                Column::Row => words::COLUMN_ROW,
            }),
            fault: language.say(match fault.fault {
                RowFault::Missing => words::MISSING,
                RowFault::NotAnIdentity => words::NOT_AN_IDENTITY,
                RowFault::NotATestIdentity => words::NOT_A_TEST_IDENTITY,
                RowFault::UnderAge => words::UNDER_AGE,
                RowFault::Repeated => words::REPEATED,
                RowFault::NotAText => words::NOT_A_TEXT,
                RowFault::Formula => words::FORMULA,
                RowFault::NotAPhone => words::NOT_A_PHONE,
                RowFault::NotASwedishMobile => words::NOT_A_SWEDISH_MOBILE,
                RowFault::NeitherYesNorNo => words::NEITHER_YES_NOR_NO,
                RowFault::NotALanguage => words::NOT_A_LANGUAGE,
                RowFault::TooManyValues => words::TOO_MANY_VALUES,
            }),
        }
    }
}

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
pub async fn show(
    staff: Staff,
    ports: Ports,
    viewer: Viewer,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let batch = view(&staff, &ports, &id).await?;
    show_batch(&ports, &viewer, batch, Faults::none())
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
    let shown = batch.faults.iter().take(SHOWN_FAULTS);
    let page = BatchPage {
        language,
        state: viewer.say(state_in_words(batch.state)),
        is_working: batch.state == BatchState::Working,
        has_too_few: batch
            .free_slots
            .is_some_and(|free| free < batch.wanted.min(crate::store::COUNTED)),
        has_more: batch.faults.len() > SHOWN_FAULTS,
        buttons: buttons
            .into_iter()
            .map(|(action, text)| Button {
                action,
                text,
                key: new_key(ports),
            })
            .collect(),
        rows: shown.map(|fault| FaultRow::of(language, fault)).collect(),
        batch,
        faults,
    };
    let title = viewer.say(words::BATCH);
    viewer.clone().wide().show_as(status, title, &page)
}

/// A batch is confirmed, stopped, given up, or goes on.
pub async fn change(
    staff: Staff,
    ports: Ports,
    viewer: Viewer,
    Path(id): Path<String>,
    form: FormPost,
) -> Result<Response, Problem> {
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
            worked_view(&staff, &ports, &id).await?;
        }
        Some(wish) => match wish_for(&staff, &ports, &id, wish, &form.identity).await {
            Ok(_) => {}
            Err(problem) if problem.kind() == "batch-nothing-to-send" => {
                let mut faults = Faults::none();
                faults.add("content", words::NOTHING_TO_SEND);
                let batch = view(&staff, &ports, &id).await?;
                return show_batch(&ports, &viewer, batch, faults);
            }
            // A colleague was quicker: the page shows how it stands.
            Err(problem) if problem.kind() == "batch-state" => {}
            Err(problem) => return Err(problem),
        },
    }
    let page = format!("/tickets/batches/{id}");
    Ok(go_to(&LocalPath::from_outside(&page)))
}
