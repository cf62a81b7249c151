//! How much waits at a unit, in numbers alone: what a page's script asks for again and again, to say so in the title.
//! Tells nothing of anybody, so it leaves no entry in the access log.

use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde::Serialize;
use shared::entity_tag;
use shared::json::Json;
use shared::platform::Ports;
use shared::problem::Problem;
use shared::session::{Caller, Staff};
use shared::time::{days_after, start_of_day};
use utoipa::ToSchema;

use crate::store;

/// How much waits, each number a hundred at most.
#[derive(Serialize, ToSchema)]
pub struct Waiting {
    /// Patients who are here to today's visits: who have said so, or have come into the visit's chat.
    pub arrived: i64,
    /// Chats whose last message is the patient's.
    pub unanswered: i64,
    /// Tasks that aren't done.
    pub tasks: i64,
    /// Matters that were offered to you.
    pub offered: i64,
}

/// How much waits at the unit. With `If-None-Match`, 304 while nothing has changed.
#[utoipa::path(get, path = "/workspace/v1/waiting",
    responses((status = 200, body = Waiting), (status = 304, description = "as before")))]
pub async fn counts(staff: Staff, ports: Ports, headers: HeaderMap) -> Result<Response, Problem> {
    let today = ports.clock.now().date_in_stockholm();
    let day = (start_of_day(today), start_of_day(days_after(today, 1)));
    let found = ports
        .store_for(&Caller::Staff(staff.clone()))
        .query(store::waiting(&staff, day))
        .await?;
    let row = found
        .rows
        .first()
        .ok_or_else(|| Problem::internal("numbers came without a row"))?;
    let waiting = Waiting {
        arrived: row.integer("arrived")?,
        unanswered: row.integer("unanswered")?,
        tasks: row.integer("tasks")?,
        offered: row.integer("offered")?,
    };
    let tag = format!(
        "\"{}-{}-{}-{}\"",
        waiting.arrived, waiting.unanswered, waiting.tasks, waiting.offered
    );
    let is_known = entity_tag::is_known(&headers, &tag);
    let tag = HeaderValue::from_str(&tag).map_err(|_| Problem::internal("a tag"))?;
    Ok(if is_known {
        (StatusCode::NOT_MODIFIED, [(header::ETAG, tag)]).into_response()
    } else {
        ([(header::ETAG, tag)], Json(waiting)).into_response()
    })
}
