//! The page on which files are attached, for patients and staff: a plain form that works without scripts. What was
//! uploaded waits on it until its message is written, which messaging does that the form is sent to then. A message that
//! was begun in the chat comes along with the way here, and goes on with each way of the form's.

use askama::Template;
use axum::response::{IntoResponse, Response};
use shared::access_log::Activity;
use shared::identifiers::ChatId;
use shared::page::{Faults, LocalPath, Viewer, go_to, new_key, sent_already};
use shared::problem::Problem;
use shared::session::Caller;
use shared::words::{Language, attachments as words};

use crate::By;
use crate::file::Unfit;
use crate::keeping::{keep, take_back};
use crate::problems::unfit;
use crate::store::{self, Chat};

/// A file that waits.
struct Waiting {
    id: String,
    /// As a message would name it.
    kept: String,
    size: String,
}

#[derive(Template)]
#[template(path = "attachments.html")]
struct AttachmentsPage {
    language: Language,
    chat: String,
    /// This page, for its forms.
    here: LocalPath,
    /// Where the chat is looked at.
    back: LocalPath,
    key: String,
    /// The message, as far as it is written.
    written: String,
    waiting: Vec<Waiting>,
    faults: Faults,
}

impl AttachmentsPage {
    fn name(&self, kept: &str) -> &'static str {
        words::name(self.language, kept)
    }

    fn wrong(&self) -> Option<&'static str> {
        self.faults.of("file").map(|word| self.language.say(word))
    }
}

/// This page and where it leads back to: the chat's own page, or its record's where the address names that. Both take
/// the message back that is sent there with the action `back`.
fn here_and_back(asked: &By<Caller>) -> Result<(LocalPath, LocalPath), Problem> {
    let local = |path: String| LocalPath::from_outside(&path);
    let id = asked.id();
    let here = format!("/attachments/chats/{id}");
    let record = format!("/workspace/records/{id}");
    let [return_to] = asked.query(["return_to"])?;
    Ok(match return_to.is_some_and(|path| path == record) {
        false => (local(here), local(format!("/messaging/chats/{id}"))),
        true => {
            let back = local(record);
            (local(format!("{here}?return_to={}", back.in_query())), back)
        }
    })
}

/// What waits for a message of the caller's, and the form for more.
pub async fn show(asked: By<Caller>) -> Result<Response, Problem> {
    let viewer = asked.viewer()?;
    page(&asked, &viewer, String::new(), Faults::none()).await
}

async fn page(
    asked: &By<Caller>,
    viewer: &Viewer,
    written: String,
    faults: Faults,
) -> Result<Response, Problem> {
    let (caller, ports) = (&asked.who, &asked.ports);
    let id: ChatId = asked.id().parse().map_err(|_| Problem::not_found())?;
    let (here, back) = here_and_back(asked)?;
    let store = ports.store_for(caller);
    let found = store.query(store::find_chat(id, caller)).await?;
    let chat = Chat::from_row(found.rows.first().ok_or_else(Problem::not_found)?)?;
    let found = store
        .batch(vec![
            store::waiting(id, caller),
            chat.log(ports, caller, Activity::Read, id)?,
        ])
        .await?;
    let mut waiting = vec![];
    for row in found[0].rows.iter() {
        let id = row.text("id")?;
        let what = match row.text("state")? {
            "ready" => row.text("kind")?,
            "quarantined" => "checking",
            _ => "refused",
        };
        waiting.push(Waiting {
            id: id.to_owned(),
            kept: format!("{id}.{what}"),
            size: format!("{} kB", row.integer("bytes")?.div_euclid(1000) + 1),
        });
    }
    let status = faults.status();
    let content = AttachmentsPage {
        language: viewer.language,
        chat: id.to_string(),
        here,
        back,
        key: new_key(ports),
        written,
        waiting,
        faults,
    };
    viewer.show_as(status, viewer.say(words::ATTACH), &content)
}

/// Uploads a file by the form, or takes one back; or shows the page to whoever comes with a message that was begun.
pub async fn act(asked: By<Caller>) -> Result<Response, Problem> {
    let viewer = asked.viewer()?;
    let (written, done) = if asked.content_type().starts_with("multipart/") {
        upload(&asked).await?
    } else {
        let form = asked.form()?;
        let written = form.text("text");
        if form.text("action") == "attach" {
            return page(&asked, &viewer, written, Faults::none()).await;
        }
        let done = take_back(&asked.who, &asked.ports, &form.text("id"), &form.identity).await;
        (written, done.map(drop).or_else(is_gone))
    };
    let (mut faults, mut failed) = (Faults::none(), None);
    match done {
        Ok(()) if written.is_empty() => return Ok(go_to(&here_and_back(&asked)?.0)),
        // An address would show the message to whoever reads it: the page itself is the answer.
        Ok(()) => {}
        Err(problem) => {
            let of_file = words::of_problem(problem.kind()).map(|word| ("file", word));
            let Some((field, word)) = of_file.or(sent_already(&problem)) else {
                return Err(problem);
            };
            faults.add(field, word);
            failed = (problem.kind() == "unavailable").then(|| problem.into_response());
        }
    }
    let mut shown = page(&asked, &viewer, written, faults).await?;
    // What was no fault of the file's is one to the caller and to the log.
    if let Some(failed) = failed {
        *shown.status_mut() = failed.status();
        shown
            .extensions_mut()
            .extend(failed.into_parts().0.extensions);
    }
    Ok(shown)
}

/// A file that is gone waits no more, whoever took it: the page without it is the answer.
fn is_gone(problem: Problem) -> Result<(), Problem> {
    match problem.kind() {
        "not-found" | "goes-with-a-message" => Ok(()),
        _ => Err(problem),
    }
}

/// Uploads the form's file. Gives what is written of the message, too, whatever becomes of the file.
async fn upload(asked: &By<Caller>) -> Result<(String, Result<(), Problem>), Problem> {
    let Some((form, file)) = asked.form_with_file("file")? else {
        return Ok((asked.text_before_file("text"), Err(unfit(Unfit::TooLarge))));
    };
    let kept = keep(&asked.who, &asked.ports, asked.id(), &form.identity, file).await;
    Ok((form.text("text"), kept.map(drop)))
}
