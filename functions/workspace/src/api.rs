//! The OpenAPI document of the workspace's JSON.

use shared::service::Document;
use shared::walls::Anyone;
use utoipa::OpenApi;

use crate::{patients, record, tasks, waiting};

/// The document, made from the code by `make openapi`; a test holds it against the code.
const OPENAPI: Document = shared::document!("../openapi.json");

/// Answers with the OpenAPI 3.1 document. Needs no session.
pub async fn openapi(_: Anyone) -> Document {
    OPENAPI
}

/// What `make openapi` writes out.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Vårdflöde workspace",
        description = "For staff: a unit's tasks; opening a patient, with a reason where there is no matter at the unit. Every call carries a session (Bearer). Every POST carries an Idempotency-Key. Errors are RFC 9457 problem documents with a stable type, urn:vardflode:problem:<kind>."
    ),
    paths(
        tasks::list,
        tasks::done,
        waiting::counts,
        patients::open,
        patients::emergencies,
        record::read,
        record::write,
        record::write_note,
        record::sign,
    )
)]
pub struct Api;
