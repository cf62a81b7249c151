//! The JSON face of booking: what its handlers share, and its OpenAPI document.

pub mod appointments;
pub mod slots;
pub mod view;

use axum::response::IntoResponse;
use chrono::NaiveDate;
use http::header;
use shared::appointment::PeriodError;
use shared::problem::Problem;
use shared::sealing::{decoded, encoded};
use shared::time::{Timestamp, start_of_day};
use utoipa::OpenApi;

/// The document, made from the code by `make openapi`; a test holds it against the code.
const OPENAPI: &str = include_str!("../../openapi.json");

/// Answers with the OpenAPI 3.1 document. Needs no session.
pub async fn openapi() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/json")], OPENAPI)
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

/// A POST that needs to say nothing but that it is meant: `{}`.
#[derive(serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}

/// A moment in a query: a date means its first moment in Sweden.
pub(crate) fn moment(field: &str, text: &str) -> Result<Timestamp, Problem> {
    match text.parse::<NaiveDate>() {
        Ok(date) => Ok(start_of_day(date)),
        Err(_) => text.parse().map_err(|error: shared::time::TimeError| {
            Problem::invalid(field, format!("{error}; or a date as 2026-11-30"))
        }),
    }
}

/// Where a list goes on: a moment and, within it, an id.
pub(crate) struct Cursor {
    pub moment: Timestamp,
    pub id: String,
}

impl Cursor {
    /// From the text that an earlier page gave.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        let wrong = || Problem::invalid("cursor", "use `next` of an earlier page as it is");
        let bytes = decoded(text).ok_or_else(wrong)?;
        let text = String::from_utf8(bytes).map_err(|_| wrong())?;
        let (moment, id) = text.split_once('/').ok_or_else(wrong)?;
        Ok(Cursor {
            moment: Timestamp::from_millis(moment.parse().map_err(|_| wrong())?),
            id: id.to_owned(),
        })
    }

    /// As a page gives it out.
    pub fn to_text(&self) -> Result<String, Problem> {
        encoded(format!("{}/{}", self.moment.millis(), self.id).as_bytes())
    }
}

/// How many rows a page has, from what was asked.
pub(crate) fn page_size(asked: Option<u16>) -> Result<usize, Problem> {
    match asked {
        None => Ok(200),
        Some(asked @ 1..=500) => Ok(usize::from(asked)),
        Some(_) => Err(Problem::invalid("limit", "a page has 1 to 500 rows")),
    }
}

pub(crate) fn period_problem(field: &str, error: PeriodError) -> Problem {
    Problem::invalid(field, error.to_string())
}
