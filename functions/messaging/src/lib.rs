//! Messaging: cases in which a patient and a unit write to each other, the chat itself, and the job that closes
//! what is due. `/messaging/v1/…` is JSON; other paths are pages. The rules are in `case`, the SQL in `store` and `closing::store`.

pub mod api;
pub mod case;
pub mod closing;
pub mod notice;
pub mod pages;
pub mod reply_phrase;
pub mod store;

use api::{cases, chats, events, phrases, visits};
use axum::Router;
use shared::walls::Routes;

shared::serve!(router, jobs: ["/messaging/v1/jobs/close"]);

/// The whole function, as both platforms serve it.
pub fn router() -> Router {
    shared::service::service("messaging", routes())
}

/// Every route of the function.
pub fn routes() -> Routes {
    Routes::new()
        .get("/messaging/cases", pages::list)
        .get(pages::SCRIPT_PATH, pages::script)
        .get("/messaging/new-case", pages::new_case)
        .post("/messaging/new-case", pages::open_case)
        .get("/messaging/chats/{id}", pages::chat)
        .post("/messaging/chats/{id}", pages::act)
        .post("/messaging/visits/{id}", pages::visit)
        .get("/messaging/v1/openapi.json", api::openapi)
        .get("/messaging/v1/cases", cases::list)
        .post("/messaging/v1/cases", cases::open)
        .get("/messaging/v1/cases/{id}", cases::read)
        .post("/messaging/v1/cases/{id}/extend", cases::extend)
        .post("/messaging/v1/cases/{id}/shorten", cases::shorten)
        .post("/messaging/v1/cases/{id}/close", cases::close)
        .post("/messaging/v1/cases/{id}/reopen", cases::reopen)
        .get("/messaging/v1/chats/{id}/messages", chats::list)
        .post("/messaging/v1/chats/{id}/messages", chats::write)
        .post(
            "/messaging/v1/chats/{id}/messages/{number}/withdraw",
            chats::withdraw,
        )
        .get("/messaging/v1/chats/{id}/events", events::events)
        .post("/messaging/v1/chats/{id}/phase", cases::phase)
        .post("/messaging/v1/visits/{id}/chat", visits::open)
        .post("/messaging/v1/chats/{id}/read", chats::mark_read)
        .get("/messaging/v1/chats/{id}/notes", chats::notes)
        .post("/messaging/v1/chats/{id}/notes", chats::write_note)
        .get("/messaging/v1/reply-phrases", phrases::list)
        .post("/messaging/v1/reply-phrases", phrases::add)
        .post("/messaging/v1/reply-phrases/{id}/remove", phrases::remove)
        .post("/messaging/v1/jobs/close", closing::close_due)
}
