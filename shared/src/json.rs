//! Answers in JSON, and what is kept or logged as JSON: all of it is written by one writer.

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::HeaderValue;
use http::header::CONTENT_TYPE;
use serde::Serialize;
use serde_json::Value;

use crate::platform;
use crate::problem::Problem;

pub use json_text::text;

/// As [`text`], for what there is nothing to go wrong with.
pub fn of(value: &Value) -> String {
    text(value).unwrap_or_default()
}

/// Writes a line of the log.
pub fn log(line: &impl Serialize) {
    platform::log(&text(line).unwrap_or_else(|error| error.to_string()));
}

/// What an answer says, as JSON.
#[derive(Debug, Clone, Copy)]
pub struct Json<T>(pub T);

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        match text(&self.0) {
            Ok(text) => (
                [(CONTENT_TYPE, HeaderValue::from_static("application/json"))],
                Body::from(text),
            )
                .into_response(),
            Err(error) => Problem::from(error).into_response(),
        }
    }
}
