//! The JSON face of text messages for staff, and the gateways' webhooks.

pub mod messages;
pub mod webhooks;

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
        title = "Vårdflöde text messages",
        description = "What became of the text messages about a patient. Every call carries a session (Bearer). Every POST carries an Idempotency-Key. Errors are RFC 9457 problem documents with a stable type, urn:vardflode:problem:<kind>."
    ),
    paths(messages::list, messages::send_again, messages::gateways)
)]
pub struct Api;
