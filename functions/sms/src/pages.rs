//! The page of text messages for staff: those about a visit, a ticket or a case, or one of which a task tells, each
//! with what became of it. It stands for itself, and scripts show its table on the page of what it is about.

use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use shared::page::{FormPost, LocalPath, Viewer, go_to, new_key};
use shared::platform::Ports;
use shared::problem::Problem;
use shared::session::{Caller, Staff};
use shared::time::Timestamp;
use shared::words::{Language, dates, text_messages as words};

use crate::api::messages::{MessageView, send_again_by};
use crate::store::{self, About};

/// A message as a row.
struct Row {
    id: String,
    what: &'static str,
    to_guest: bool,
    state: &'static str,
    why: Option<&'static str>,
    written: String,
    settled: String,
    failed: bool,
    about: Option<String>,
    key: String,
}

impl Row {
    fn of(ports: &Ports, language: Language, message: MessageView) -> Self {
        let moment = |at: &str| match at.parse::<Timestamp>() {
            Ok(at) => dates::moment(language, at),
            Err(_) => String::new(),
        };
        let settled = message.settled_at.as_ref().or(message.sent_at.as_ref());
        let about = |path: &str, id: Option<String>| id.map(|id| format!("{path}/{id}"));
        Row {
            what: language.say(words::template(&message.template)),
            to_guest: message.to_guest,
            state: language.say(words::state(&message.state)),
            why: message
                .why
                .as_deref()
                .map(|why| language.say(words::why(why))),
            written: moment(&message.created_at),
            settled: settled.map(|at| moment(at)).unwrap_or_default(),
            failed: message.state == "failed",
            about: about("/booking/appointments", message.appointment)
                .or_else(|| about("/tickets", message.ticket))
                .or_else(|| about("/messaging/chats", message.chat)),
            key: new_key(ports),
            id: message.id,
        }
    }
}

#[derive(Template)]
#[template(path = "messages.html")]
struct MessagesPage {
    language: Language,
    rows: Vec<Row>,
    here: String,
    /// Whether the page is about one message alone.
    is_one: bool,
}

/// The messages of the unit about something. About what is nowhere, or another unit's, there are none.
pub async fn show(
    staff: Staff,
    ports: Ports,
    viewer: Viewer,
    Path((about, id)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let about = About::named(&about).ok_or_else(Problem::not_found)?;
    let batch = store::list_about(&ports, &staff, about, &id)?;
    let caller = Caller::Staff(staff);
    let found = ports.store_for(&caller).batch(batch.into()).await?;
    let mut rows = vec![];
    for row in found.first().into_iter().flat_map(|one| one.rows.iter()) {
        let message = MessageView::from_row(row)?;
        rows.push(Row::of(&ports, viewer.language, message));
    }
    let page = MessagesPage {
        language: viewer.language,
        rows,
        here: path(about, &id),
        is_one: about == About::Message,
    };
    let title = viewer.say(words::TITLE);
    viewer.clone().wide().show(title, &page)
}

/// Sends one of them again, and goes back to the page.
pub async fn send_again(
    staff: Staff,
    ports: Ports,
    Path((about, id)): Path<(String, String)>,
    form: FormPost,
) -> Result<Response, Problem> {
    let about = About::named(&about).ok_or_else(Problem::not_found)?;
    match send_again_by(&staff, &ports, &form.text("message"), &form.identity).await {
        Ok(_) => {}
        // Somebody else was quicker: the page says how it is.
        Err(problem) if problem.kind() == "not-failed" => {}
        Err(problem) => return Err(problem),
    }
    Ok(go_to(&LocalPath::from_outside(&path(about, &id))))
}

fn path(about: About, id: &str) -> String {
    format!("/sms/messages/{}/{id}", about.as_str())
}
