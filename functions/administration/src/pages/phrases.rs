//! The unit's reply phrases: what chats offer all its staff, kept and taken away by the administrator. The rules and the
//! SQL are in `shared::reply_phrase`, for messaging answers programs by them.

use askama::Template;
use axum::response::Response;
use serde::Deserialize;
use shared::page::{Faults, FormPost, LocalPath, Viewer, go_to, new_key, sent_already};
use shared::platform::Ports;
use shared::problem::Problem;
use shared::query::Query;
use shared::reply_phrase::{self, FIELD_NAMES, LONGEST_TEXT, LONGEST_TITLE, Phrase};
use shared::session::{Administrator, Staff};
use shared::words::{Language, Word, administration as words, common, messaging};

#[derive(Template)]
#[template(path = "phrases.html")]
struct PhrasesPage {
    language: Language,
    key: String,
    faults: Faults,
    done: Option<&'static str>,
    phrases: Vec<Kept>,
    title: String,
    text: String,
}

/// A phrase that stands, and the key of the form that removes it.
struct Kept {
    id: String,
    key: String,
    phrase: Phrase,
}

impl PhrasesPage {
    /// The fields that a chat fills in, as they are written, and with what.
    fn fields(&self) -> [(String, &'static str); FIELD_NAMES.len()] {
        FIELD_NAMES.map(|name| {
            let meaning = self.language.say(words::phrase_field(name));
            (format!("{{{name}}}"), meaning)
        })
    }

    fn wrong(&self, field: &str) -> Option<&'static str> {
        self.faults.of(field).map(|word| self.language.say(word))
    }
}

/// What was just done, for the page after the form.
#[derive(Deserialize)]
pub struct Done {
    done: Option<String>,
}

/// The phrases that stand, and the form for another.
pub async fn show(
    Administrator(staff): Administrator,
    ports: Ports,
    viewer: Viewer,
    Query(query): Query<Done>,
) -> Result<Response, Problem> {
    let done = match query.done.as_deref() {
        Some("added") => Some(words::PHRASE_ADDED),
        Some("removed") => Some(words::PHRASE_REMOVED),
        _ => None,
    };
    let nothing = [String::new(), String::new()];
    page(&staff, &ports, &viewer, nothing, Faults::none(), done).await
}

/// Keeps the phrase that the form holds, or shows it again with what is wrong at its fields. With `action=remove`
/// takes one away.
pub async fn act(
    Administrator(staff): Administrator,
    ports: Ports,
    viewer: Viewer,
    form: FormPost,
) -> Result<Response, Problem> {
    if form.text("action") == "remove" {
        return match reply_phrase::remove(&staff, &ports, &form.text("id"), &form.identity).await {
            // One that somebody else removed meanwhile is gone as well.
            Err(problem) if problem.kind() != "not-found" => Err(problem),
            _ => Ok(after("removed")),
        };
    }
    let written = [form.text("title"), form.text("text")];
    let faults = match read(&written) {
        Ok(phrase) => match reply_phrase::add(&staff, &ports, &phrase, &form.identity).await {
            Ok(_) => return Ok(after("added")),
            Err(problem) => {
                let (field, word) = sent_already(&problem).ok_or(problem)?;
                let mut faults = Faults::none();
                faults.add(field, word);
                faults
            }
        },
        Err(faults) => faults,
    };
    page(&staff, &ports, &viewer, written, faults, None).await
}

fn after(done: &str) -> Response {
    let path = format!("/administration/phrases?done={done}");
    go_to(&LocalPath::from_outside(&path))
}

/// The phrase that was written, or what is wrong at which field.
fn read([title, text]: &[String; 2]) -> Result<Phrase, Faults> {
    let mut faults = Faults::none();
    let title = title.parse();
    if title.is_err() {
        faults.add("title", words::PHRASE_TITLE_WRONG);
    }
    let text = text.parse();
    if text.is_err() {
        faults.add("text", words::PHRASE_TEXT_WRONG);
    }
    let (Ok(title), Ok(text)) = (title, text) else {
        return Err(faults);
    };
    Phrase::new(&title, &text).map_err(|_| {
        faults.add("text", words::PHRASE_FIELD_WRONG);
        faults
    })
}

async fn page(
    staff: &Staff,
    ports: &Ports,
    viewer: &Viewer,
    [title, text]: [String; 2],
    faults: Faults,
    done: Option<Word>,
) -> Result<Response, Problem> {
    let found = reply_phrase::of_unit(staff, ports).await?.into_iter();
    let phrases = found
        .map(|(id, phrase)| Kept {
            id,
            key: new_key(ports),
            phrase,
        })
        .collect();
    let status = faults.status();
    let content = PhrasesPage {
        language: viewer.language,
        key: new_key(ports),
        faults,
        done: done.map(|word| viewer.say(word)),
        phrases,
        title,
        text,
    };
    viewer.show_as(status, viewer.say(messaging::PHRASES), &content)
}
