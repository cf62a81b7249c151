//! The page on which files are attached, for patients and staff: plain forms that work without scripts. What was
//! uploaded waits on it until its message is written, which messaging's own form does.

use askama::Template;
use axum::response::Response;
use shared::access_log::Activity;
use shared::identifiers::ChatId;
use shared::page::{Faults, LocalPath, Viewer, go_to, new_key};
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

/// This page and where it leads back to: the chat's own page, or the one that the address names.
fn here_and_back(asked: &By<Caller>) -> Result<(LocalPath, LocalPath), Problem> {
    let local = |path: String| LocalPath::from_outside(&path);
    let here = format!("/attachments/chats/{}", asked.id());
    let [return_to] = asked.query(["return_to"])?;
    Ok(match return_to.map(local) {
        None => (
            local(here),
            local(format!("/messaging/chats/{}", asked.id())),
        ),
        Some(back) => (local(format!("{here}?return_to={}", back.in_query())), back),
    })
}

/// What waits for a message of the caller's, and the form for more.
pub async fn show(asked: By<Caller>) -> Result<Response, Problem> {
    let viewer = asked.viewer()?;
    page(&asked, &viewer, Faults::none()).await
}

async fn page(asked: &By<Caller>, viewer: &Viewer, faults: Faults) -> Result<Response, Problem> {
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
        waiting,
        faults,
    };
    viewer.show_as(status, viewer.say(words::ATTACH), &content)
}

/// Uploads a file by the form, or takes one back.
pub async fn act(asked: By<Caller>) -> Result<Response, Problem> {
    let viewer = asked.viewer()?;
    let done = if asked.content_type().starts_with("multipart/") {
        upload(&asked).await
    } else {
        let form = asked.form()?;
        take_back(&asked.who, &asked.ports, &form.text("id"), &form.identity).await
    };
    match done {
        Ok(_) => Ok(go_to(&here_and_back(&asked)?.0)),
        Err(problem) => match words::of_problem(problem.kind()) {
            Some(word) => {
                let mut faults = Faults::none();
                faults.add("file", word);
                page(&asked, &viewer, faults).await
            }
            None => Err(problem),
        },
    }
}

async fn upload(asked: &By<Caller>) -> Result<Response, Problem> {
    let sent = asked.form_with_file("file")?;
    let (form, file) = sent.ok_or_else(|| unfit(Unfit::TooLarge))?;
    keep(&asked.who, &asked.ports, asked.id(), &form.identity, file).await
}
