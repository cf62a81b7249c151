//! The JSON face of booking: what its handlers share, and its OpenAPI document.

pub mod appointments;
pub mod slots;
pub mod view;

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
        title = "Vårdflöde booking",
        description = "Slots and schedules; scheduled, free-time and video appointments. Every call carries a session (Bearer). Every POST carries an Idempotency-Key. Errors are RFC 9457 problem documents with a stable type, urn:vardflode:problem:<kind>. Times are RFC 3339; one without an offset is Swedish time."
    ),
    paths(
        slots::lay_out,
        slots::list_templates,
        slots::end,
        slots::list,
        slots::withdraw,
        appointments::book,
        appointments::list,
        appointments::read,
        appointments::calendar,
        appointments::reschedule,
        appointments::cancel,
        appointments::arrive,
        appointments::start,
        appointments::complete,
        appointments::mark_no_show,
    )
)]
pub struct Api;
