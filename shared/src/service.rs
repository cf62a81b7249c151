//! What every function has around its routes: health, problems for what isn't there, safe headers, and
//! one structured log line a request. Holds no rule of any flow.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use axum::Router;
use axum::extract::{MatchedPath, Request};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use serde::Serialize;
use serde_json::json;

use crate::environment::Environment;
use crate::identifiers::RequestId;
use crate::json::{self, Json};
use crate::page::{self, Viewer};
use crate::platform::{Batch, Outcome, Ports, Statement, Store, StoreError};
use crate::problem::{Cause, Kind, Problem};
use crate::walls::{Anyone, Routes};
use crate::{renewal, same_origin};

/// A function's OpenAPI document, by [`document!`](crate::document); nothing where the front door has it as a file.
#[derive(Debug, Clone, Copy)]
pub struct Document(pub Option<&'static str>);

impl IntoResponse for Document {
    fn into_response(self) -> Response {
        match self.0 {
            Some(text) => ([(header::CONTENT_TYPE, "application/json")], text).into_response(),
            None => Problem::not_found().into_response(),
        }
    }
}

/// Puts a function's health and guard rails around its routes.
pub fn service(name: &'static str, routes: Routes) -> Router {
    let health = move |_: Anyone| async move { Json(json!({ "status": "ok", "function": name })) };
    observe(name, routes.get("/healthz", health))
}

/// As [`service`], for the front door, whose health is everybody's.
pub fn observe(name: &'static str, routes: Routes) -> Router {
    routes
        .into_router()
        .fallback(|| async { Problem::not_found() })
        .method_not_allowed_fallback(|| async {
            Problem::new(
                StatusCode::METHOD_NOT_ALLOWED,
                "method-not-allowed",
                "This address doesn't answer that method",
            )
        })
        .layer(axum::middleware::from_fn(move |request, next| {
            observed(name, request, next)
        }))
}

async fn observed(function: &'static str, mut request: Request, next: Next) -> Response {
    let Some(ports) = request.extensions().get::<Ports>().cloned() else {
        return Problem::internal("a request came without ports").into_response();
    };
    let meter = Arc::new(Meter::default());
    let metered = Ports {
        store: Arc::new(MeteredStore {
            store: Arc::clone(&ports.store),
            meter: Arc::clone(&meter),
        }),
        ..ports.clone()
    };
    request.extensions_mut().insert(metered);
    let request_id = RequestId::new(&ports).to_string();
    let began = ports.clock.now();
    let method = request.method().clone();
    // The pattern, not the path: an id in a log line is one too many.
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or("unmatched", |path| path.as_str())
        .to_owned();
    let trace = trace_parent(request.headers());
    // For those who asked for a page, a problem becomes one.
    let path = request
        .uri()
        .path_and_query()
        .map_or("/", |path| path.as_str());
    let viewer = page::is_wanted(request.uri().path(), request.headers())
        .then(|| Viewer::of(&ports, path, request.headers()).ok())
        .flatten();

    let kept = renewal::keepable_form(&method, &request);

    let mut answer = match same_origin::check(&method, request.headers(), &*ports.secrets) {
        Err(problem) => problem.into_response(),
        Ok(()) => match viewer
            .as_ref()
            .and_then(|viewer| renewal::before(&request, viewer, began))
        {
            Some(renewal) => renewal,
            None => next.run(request).await,
        },
    };
    if let Some(viewer) = viewer
        && answer.extensions().get::<Kind>().is_some()
        && !is_page(&answer)
    {
        answer = match renewal::sign_in(&method, &viewer, &answer)
            .or_else(|| kept.and_then(|to| renewal::keep_form(&to, &answer)))
            .or_else(|| renewal::away_from_form(&method, &answer))
        {
            Some(elsewhere) => elsewhere,
            None => {
                renewal::say_not_kept(&method, &mut answer);
                viewer.show_problem(answer, &request_id)
            }
        };
    }

    let outcome = answer
        .extensions()
        .get::<Kind>()
        .map_or("ok", |kind| kind.0);
    let cause = answer
        .extensions()
        .get::<Cause>()
        .map(|cause| cause.0.clone());
    let line = Line {
        at: began.to_string(),
        function,
        request_id: &request_id,
        traceparent: trace,
        method: method.as_str(),
        route: &route,
        status: answer.status().as_u16(),
        outcome,
        duration_ms: ports.clock.now().millis() - began.millis(),
        store_calls: meter.calls.load(Ordering::Relaxed),
        rows_read: meter.rows_read.load(Ordering::Relaxed),
        rows_written: meter.rows_written.load(Ordering::Relaxed),
        cause,
    };
    json::log(&line);
    finish(&ports, &mut answer, &request_id, &meter);
    answer
}

/// What the log has of one request. No id of anybody's, and nothing of what was said.
#[derive(Serialize)]
struct Line<'a> {
    at: String,
    function: &'static str,
    request_id: &'a str,
    traceparent: Option<String>,
    method: &'a str,
    route: &'a str,
    status: u16,
    outcome: &'static str,
    duration_ms: i64,
    store_calls: u64,
    rows_read: u64,
    rows_written: u64,
    cause: Option<String>,
}

/// The caller's trace (W3C Trace Context), if it has the right form.
fn trace_parent(headers: &HeaderMap) -> Option<String> {
    let value = headers.get("traceparent")?.to_str().ok()?;
    let fits = value.len() == 55
        && value.bytes().enumerate().all(|(place, byte)| match place {
            2 | 35 | 52 => byte == b'-',
            _ => byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte),
        });
    fits.then(|| value.to_owned())
}

/// A flow's own page, or one that a problem was made into.
fn is_page(answer: &Response) -> bool {
    answer
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"))
}

fn finish(ports: &Ports, answer: &mut Response, request_id: &str, meter: &Meter) {
    let policy = if is_page(answer) {
        page::CONTENT_SECURITY_POLICY
    } else {
        "default-src 'none'; frame-ancestors 'none'"
    };
    let headers = answer.headers_mut();
    let mut set = |name: HeaderName, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.entry(name).or_insert(value);
        }
    };
    set(HeaderName::from_static("x-request-id"), request_id);
    set(header::CACHE_CONTROL, "no-store");
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(header::REFERRER_POLICY, "no-referrer");
    set(header::CONTENT_SECURITY_POLICY, policy);
    set(
        header::STRICT_TRANSPORT_SECURITY,
        "max-age=31536000; includeSubDomains",
    );
    // Costs are for those who build and measure: they show in training alone.
    if Environment::of(&*ports.secrets).is_ok_and(|e| e == Environment::Training) {
        let costs = format!(
            "store;desc=\"calls={} read={} written={}\"",
            meter.calls.load(Ordering::Relaxed),
            meter.rows_read.load(Ordering::Relaxed),
            meter.rows_written.load(Ordering::Relaxed)
        );
        set(HeaderName::from_static("server-timing"), &costs);
    }
}

/// What one request cost the store.
#[derive(Default)]
struct Meter {
    calls: AtomicU64,
    rows_read: AtomicU64,
    rows_written: AtomicU64,
}

impl Meter {
    fn add<'a>(&self, outcomes: impl IntoIterator<Item = &'a Outcome>) {
        for outcome in outcomes {
            self.rows_read
                .fetch_add(outcome.rows_read, Ordering::Relaxed);
            self.rows_written
                .fetch_add(outcome.rows_written, Ordering::Relaxed);
        }
    }
}

struct MeteredStore {
    store: Arc<dyn Store>,
    meter: Arc<Meter>,
}

#[async_trait]
impl Store for MeteredStore {
    async fn query(&self, statement: Statement) -> Result<Outcome, StoreError> {
        self.meter.calls.fetch_add(1, Ordering::Relaxed);
        let outcome = self.store.query(statement).await?;
        self.meter.add([&outcome]);
        Ok(outcome)
    }

    async fn batch(&self, statements: Batch) -> Result<Vec<Outcome>, StoreError> {
        self.meter.calls.fetch_add(1, Ordering::Relaxed);
        let outcomes = self.store.batch(statements).await?;
        self.meter.add(&outcomes);
        Ok(outcomes)
    }
}
