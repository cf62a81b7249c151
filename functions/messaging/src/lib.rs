//! Messaging: cases in which a patient and a unit write to each other, the chat itself, and the job that closes
//! what is due. `/messaging/v1/…` is JSON; other paths are pages. The rules are in `case`, the SQL in `store` and `closing::store`.

pub mod api;
pub mod asked;
pub mod closing;
pub mod handover_store;
pub mod notification;
pub mod pages;
pub mod store;

/// What the clock decides about a case.
pub use shared::case;
/// What the system says in a chat.
pub use shared::chat_notice as notice;

use api::{cases, chats, colleagues, events, phrases, visits};
use asked::{By, Changing};
use axum::Router;
use axum::response::IntoResponse;
use shared::asked::{Answering, answering};
use shared::problem::Problem;
use shared::session::{Caller, Staff};
use shared::walls::{Anyone, Routes};

shared::serve!(router, jobs: ["/messaging/v1/jobs/close"]);

/// The whole function, as both platforms serve it.
pub fn router() -> Router {
    shared::service::service("messaging", routes())
}

/// A handler for staff alone, or for staff and patients, as a function pointer; who is in the chat is told.
macro_rules! by_staff {
    ($handler:path) => {
        (|asked| telling(Changing::of(&asked), $handler(asked))) as fn(By<Staff>) -> Answering
    };
}
macro_rules! by_caller {
    ($handler:path) => {
        (|asked| telling(Changing::of(&asked), $handler(asked))) as fn(By<Caller>) -> Answering
    };
}

macro_rules! by_anyone {
    ($handler:path) => {
        (|anyone| answering(async move { Ok($handler(anyone).await) })) as fn(Anyone) -> Answering
    };
}

/// As [`answering`]; and where what was done changed a chat, those who are in it are told.
fn telling<A: IntoResponse>(
    chat: Option<Changing>,
    answer: impl Future<Output = Result<A, Problem>> + Send + 'static,
) -> Answering {
    tell_after(chat, answering(answer))
}

fn tell_after(chat: Option<Changing>, answer: Answering) -> Answering {
    let Some(chat) = chat else { return answer };
    Box::pin(async move {
        let answer = answer.await?;
        chat.tell(&answer);
        Ok(answer)
    })
}

/// Every route of the function.
pub fn routes() -> Routes {
    Routes::new()
        .get("/messaging/cases", by_caller!(pages::list))
        .get("/messaging/new-case", by_staff!(pages::new_case))
        .post("/messaging/new-case", by_staff!(pages::open_case))
        .get("/messaging/chats/{id}", by_caller!(pages::chat))
        .post("/messaging/chats/{id}", by_caller!(pages::act))
        .post("/messaging/visits/{id}", by_caller!(pages::visit))
        .get("/messaging/v1/openapi.json", by_anyone!(api::openapi))
        .get("/messaging/v1/cases", by_caller!(cases::list))
        .post("/messaging/v1/cases", by_staff!(cases::open))
        .get("/messaging/v1/cases/{id}", by_caller!(cases::read))
        .post("/messaging/v1/cases/{id}/extend", by_staff!(cases::extend))
        .post(
            "/messaging/v1/cases/{id}/shorten",
            by_staff!(cases::shorten),
        )
        .post("/messaging/v1/cases/{id}/close", by_staff!(cases::close))
        .post("/messaging/v1/cases/{id}/reopen", by_staff!(cases::reopen))
        .get("/messaging/v1/chats/{id}/messages", by_caller!(chats::list))
        .post(
            "/messaging/v1/chats/{id}/messages",
            by_caller!(chats::write),
        )
        .post(
            "/messaging/v1/chats/{id}/messages/{number}/withdraw",
            by_caller!(chats::withdraw),
        )
        .get(
            "/messaging/v1/chats/{id}/events",
            by_caller!(events::events),
        )
        .post(
            "/messaging/v1/chats/{id}/writing",
            by_caller!(events::writing),
        )
        .get(
            "/messaging/v1/notifications/events",
            by_staff!(events::notifications),
        )
        .post("/messaging/v1/chats/{id}/phase", by_staff!(cases::phase))
        .post("/messaging/v1/visits/{id}/chat", by_caller!(visits::open))
        .post(
            "/messaging/v1/chats/{id}/read",
            by_caller!(chats::mark_read),
        )
        .get("/messaging/v1/chats/{id}/notes", by_staff!(chats::notes))
        .post(
            "/messaging/v1/chats/{id}/notes",
            by_staff!(chats::write_note),
        )
        .get("/messaging/v1/colleagues", by_staff!(colleagues::list))
        .get("/messaging/v1/hand-overs", by_staff!(colleagues::offers))
        .post(
            "/messaging/v1/chats/{id}/hand-over",
            by_staff!(colleagues::hand_over),
        )
        .post(
            "/messaging/v1/chats/{id}/hand-over/answer",
            by_staff!(colleagues::answer),
        )
        .post("/messaging/v1/chats/{id}/take", by_staff!(colleagues::take))
        .post(
            "/messaging/v1/chats/{id}/colleagues",
            by_staff!(colleagues::bring_in),
        )
        .post(
            "/messaging/v1/chats/{id}/colleagues/{practitioner}/leave",
            by_staff!(colleagues::leave),
        )
        .get("/messaging/v1/reply-phrases", by_staff!(phrases::list))
        .post("/messaging/v1/reply-phrases", by_staff!(phrases::add))
        .post(
            "/messaging/v1/reply-phrases/{id}/remove",
            by_staff!(phrases::remove),
        )
        .post("/messaging/v1/jobs/close", closing::close_due)
}
