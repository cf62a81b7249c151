//! The JSON face of tickets: what its handlers share, and its OpenAPI document.

pub mod issue;
pub mod problems;
pub mod read;
pub mod redeem;
pub mod view;

use std::ops::ControlFlow;

use axum::response::Response;
use shared::identifiers::TicketId;
use shared::platform::{Batch, Outcome, Ports};
use shared::post::RequestIdentity;
use shared::problem::Problem;
use shared::sealing::Sealer;
use shared::service::Document;
use shared::session::Caller;
use shared::walls::Anyone;
use utoipa::OpenApi;

use crate::By;
use crate::batch;
use crate::store::{self, Found};

/// The document, made from the code by `make openapi`; a test holds it against the code.
const OPENAPI: Document = shared::document!("../../openapi.json");

/// Answers with the OpenAPI 3.1 document. Needs no session.
pub async fn openapi(_: By<Anyone>) -> Result<Document, Problem> {
    Ok(OPENAPI)
}

/// A ticket that the caller may know of, as it stands now, for a request that is about to change it; or the
/// answer that the same request got before.
async fn look(
    ports: &Ports,
    caller: &Caller,
    sealer: &Sealer,
    id: TicketId,
    request: &RequestIdentity,
) -> Result<ControlFlow<Response, Found>, Problem> {
    let looked = look_with(ports, caller, sealer, id, request, vec![]).await?;
    Ok(looked.map_continue(|(found, _)| found))
}

/// As [`look`], and what else the request must know, asked in the same round trip.
async fn look_with(
    ports: &Ports,
    caller: &Caller,
    sealer: &Sealer,
    id: TicketId,
    request: &RequestIdentity,
    beside: Batch,
) -> Result<ControlFlow<Response, (Found, Vec<Outcome>)>, Problem> {
    let mut asking = vec![request.lookup(caller), store::find(id, caller)];
    asking.extend(beside);
    let mut read = ports.store_for(caller).batch(asking).await?;
    if let Some(answer) = request.replay(sealer, caller, &read[0])? {
        return Ok(ControlFlow::Break(answer));
    }
    let row = read[1].rows.first().ok_or_else(Problem::not_found)?;
    let found = Found::from_row(sealer, row, ports.clock.now())?;
    Ok(ControlFlow::Continue((found, read.split_off(2))))
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
        batch::api::list,
        batch::api::upload,
        batch::api::read,
        batch::api::confirm,
        batch::api::stop,
        batch::api::discard,
        batch::api::go_on,
    )
)]
pub struct Api;
