//! Problems: RFC 9457 documents, the only form in which a function says no.
//! Each has a stable `type` and tells the caller what to do; none shows what happens inside.

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde_json::{Map, Value, json};

use crate::json;
use crate::platform::{PortError, StoreError};

/// A problem document about to be answered. Built from the named ones below, or by a flow with [`Problem::new`].
#[derive(Debug)]
pub struct Problem {
    status: StatusCode,
    kind: &'static str,
    title: &'static str,
    detail: Option<String>,
    more: Map<String, Value>,
    // Boxed, for problems travel in every Result.
    cause: Option<Box<str>>,
    retry_after: Option<u32>,
}

/// What the log line says of a request that failed inside. Travels beside the answer, never in it.
#[derive(Clone)]
pub struct Cause(pub String);

/// The stable name of a problem, for the log line.
#[derive(Clone, Copy)]
pub struct Kind(pub &'static str);

impl Problem {
    /// A problem with its stable kind (`slot-taken`) and a title that is the same for all of that kind.
    pub fn new(status: StatusCode, kind: &'static str, title: &'static str) -> Self {
        Problem {
            status,
            kind,
            title,
            detail: None,
            more: Map::new(),
            cause: None,
            retry_after: None,
        }
    }

    /// What is the matter this time, and what to do.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// A member of its own, such as the clash of a booking.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.more.insert(name.to_owned(), value.into());
        self
    }

    /// When to try again, in seconds: the header `Retry-After`.
    #[must_use]
    pub fn retry_after(mut self, seconds: u32) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    /// What it tells the caller, in one sentence or two.
    pub fn sentence(&self) -> &str {
        self.detail.as_deref().unwrap_or(self.title)
    }

    /// Which value can't be used, of one that says so.
    pub fn field(&self) -> Option<&str> {
        self.more.get("field")?.as_str()
    }

    /// Its stable kind.
    pub fn kind(&self) -> &'static str {
        self.kind
    }

    /// Something in the request isn't as it must be; `field` says where, as a JSON pointer without the slash.
    pub fn invalid(field: &str, detail: impl Into<String>) -> Self {
        Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "invalid",
            "A value in the request can't be used",
        )
        .detail(detail)
        .with("field", field)
    }

    /// No such thing, or not one that this caller may know of: the two can't be told apart.
    pub fn not_found() -> Self {
        Problem::new(
            StatusCode::NOT_FOUND,
            "not-found",
            "There is nothing here for you",
        )
    }

    /// No session, or one that doesn't hold.
    pub fn not_signed_in(detail: &'static str) -> Self {
        Problem::new(StatusCode::UNAUTHORIZED, "not-signed-in", "Sign in first").detail(detail)
    }

    /// A session of a kind or role that this route isn't for.
    pub fn not_allowed(detail: &'static str) -> Self {
        Problem::new(
            StatusCode::FORBIDDEN,
            "not-allowed",
            "This isn't for your role",
        )
        .detail(detail)
    }

    /// Our own fault. The cause goes to the log alone.
    pub fn internal(cause: impl Into<String>) -> Self {
        let mut problem = Problem::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "Something went wrong here",
        )
        .detail("Nothing was changed. Try again; if it goes on, tell support the request id.");
        problem.cause = Some(cause.into().into());
        problem
    }

    /// The store can't be reached now.
    pub fn unavailable(cause: impl Into<String>) -> Self {
        let mut problem = Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "unavailable",
            "Too much to do just now",
        )
        .detail("Nothing was changed. Try again in a moment with the same Idempotency-Key.");
        problem.cause = Some(cause.into().into());
        problem
    }
}

/// A store's no that a flow did not turn into something better is our fault, or passes.
impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable(_) => Problem::unavailable(error.to_string()),
            StoreError::SessionEnded => Problem::not_signed_in(crate::session::NOT_HOLDING),
            StoreError::Refused(_) | StoreError::Broken(_) => Problem::internal(error.to_string()),
        }
    }
}

/// What can't be written is a mistake of ours.
impl From<json_text::Error> for Problem {
    fn from(error: json_text::Error) -> Self {
        Problem::internal(error.to_string())
    }
}

impl From<PortError> for Problem {
    fn from(error: PortError) -> Self {
        Problem::unavailable(error.to_string())
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut document = Map::new();
        document.insert(
            "type".into(),
            json!(format!("urn:vardflode:problem:{}", self.kind)),
        );
        document.insert("title".into(), json!(self.title));
        document.insert("status".into(), json!(self.status.as_u16()));
        if let Some(detail) = self.detail {
            document.insert("detail".into(), json!(detail));
        }
        document.extend(self.more);
        let mut answer = (self.status, json::of(&document.into())).into_response();
        answer.headers_mut().insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        if self.status == StatusCode::UNAUTHORIZED {
            answer
                .headers_mut()
                .insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        let is_unavailable = self.status == StatusCode::SERVICE_UNAVAILABLE;
        if let Some(seconds) = self.retry_after.or(is_unavailable.then_some(1)) {
            answer
                .headers_mut()
                .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        answer.extensions_mut().insert(Kind(self.kind));
        if let Some(cause) = self.cause {
            answer.extensions_mut().insert(Cause(cause.into()));
        }
        answer
    }
}
