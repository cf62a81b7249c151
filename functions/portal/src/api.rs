//! The OpenAPI document of the front door's JSON.

use shared::service::Document;
use shared::walls::Anyone;
use utoipa::OpenApi;

use crate::access_log::api as log;
use crate::patient::profile;

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
        title = "Vårdflöde front door",
        description = "The patient's own profile. The access log: a patient's own entries; for a unit's administrator its verification, export and samples. Every call carries a session. Every POST carries an Idempotency-Key. Errors are RFC 9457 problem documents with a stable type, urn:vardflode:problem:<kind>."
    ),
    paths(
        profile::read,
        profile::write,
        log::own,
        log::verification,
        log::export,
        log::draw_sample,
        log::list_samples,
        log::read_sample,
        log::sign_off_sample,
    )
)]
pub struct Api;
