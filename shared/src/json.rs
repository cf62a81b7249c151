//! Answers in JSON, written into one text by the serializers that everything kept as JSON has already: the framework's
//! own writer would put a second copy of each into every function, some kilobytes gzipped.

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::HeaderValue;
use http::header::CONTENT_TYPE;
use serde::Serialize;

use crate::problem::Problem;

/// What is enough for most answers, in bytes.
const ROOM: usize = 2048;

/// What an answer says, as JSON.
#[derive(Debug, Clone, Copy)]
pub struct Json<T>(pub T);

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        let mut text = Vec::with_capacity(ROOM);
        match serde_json::to_writer(&mut text, &self.0) {
            Ok(()) => (
                [(CONTENT_TYPE, HeaderValue::from_static("application/json"))],
                Body::from(text),
            )
                .into_response(),
            Err(error) => Problem::internal(error.to_string()).into_response(),
        }
    }
}
