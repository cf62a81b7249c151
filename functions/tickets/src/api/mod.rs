//! The JSON face of tickets: what its handlers share, and its OpenAPI document.

pub mod issue;
pub mod problems;
pub mod read;
pub mod redeem;
pub mod view;

use axum::response::IntoResponse;
use http::header;
use shared::walls::Anyone;
use utoipa::OpenApi;

/// The document, made from the code by `make openapi`; a test holds it against the code.
const OPENAPI: &str = include_str!("../../openapi.json");

/// Answers with the OpenAPI 3.1 document. Needs no session.
pub async fn openapi(_: Anyone) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/json")], OPENAPI)
}

/// What `make openapi` writes out.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Vårdflöde tickets",
        description = "Tickets: issued by staff, redeemed by the patient for a slot of their own choosing. Every call carries a session (Bearer). Every POST but `open` carries an Idempotency-Key. Errors are RFC 9457 problem documents with a stable type, urn:vardflode:problem:<kind>. Times are RFC 3339; one without an offset is Swedish time."
    ),
    paths(
        read::list,
        issue::issue,
        read::read,
        read::slots,
        issue::revoke,
        issue::extend,
        issue::resend,
        redeem::open,
        redeem::redeem,
        redeem::rebook,
        redeem::no_time_fits,
        read::capacity,
    )
)]
pub struct Api;
