//! The JSON face of messaging, and its OpenAPI document.

pub mod cases;
pub mod chats;
pub mod colleagues;
pub mod events;
pub mod phrases;
pub mod problems;
pub mod view;
pub mod visits;

use shared::service::Document;
use shared::walls::Anyone;
use utoipa::OpenApi;

/// The document, made from the code by `make openapi`; a test holds it against the code.
const OPENAPI: Document = shared::document!("../../openapi.json");

/// Answers with the OpenAPI 3.1 document. Needs no session.
pub async fn openapi(_: Anyone) -> Document {
    OPENAPI
}

/// What `make openapi` writes out.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Vårdflöde messaging",
        description = "Cases in which patient and unit write to each other for a period, the chat they share with visits, staff's notes and a unit's reply phrases. Every call carries a session (Bearer). Every POST carries an Idempotency-Key. Errors are RFC 9457 problem documents with a stable type, urn:vardflode:problem:<kind>. Times are RFC 3339; one without an offset is Swedish time. Messages are plain text: whoever shows them escapes them."
    ),
    paths(
        cases::open,
        cases::list,
        cases::read,
        cases::extend,
        cases::shorten,
        cases::close,
        cases::reopen,
        cases::phase,
        visits::open,
        chats::list,
        chats::write,
        events::events,
        events::writing,
        events::notifications,
        chats::withdraw,
        chats::mark_read,
        chats::notes,
        chats::write_note,
        colleagues::list,
        colleagues::offers,
        colleagues::hand_over,
        colleagues::answer,
        colleagues::take,
        colleagues::bring_in,
        colleagues::leave,
        phrases::list,
        phrases::add,
        phrases::remove,
    )
)]
pub struct Api;
