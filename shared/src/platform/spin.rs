//! Spin adapter: SQLite, key-value, variables and outgoing HTTP of a Spin host (2 and later).
//! The only file that knows Spin; a fresh instance serves every request, so nothing is kept between them.

use std::sync::Arc;

use async_trait::async_trait;
use axum::body::Body;
use futures_util::future::{Either, select};
use spin_sdk::http::{IncomingRequest, OutgoingResponse, ResponseOutparam};

use super::expiry::{unless_expired, with_expiry};
use super::filling::Filling;
use super::{
    Batch, ClientAddress, Clock, Http, KeyValue, Outcome, PATIENCE, Pause, PortError, Ports,
    Random, Rooms, Secrets, Statement, Store, StoreError, Value,
};
use crate::time::Timestamp;

/// Labels of the store and key-value in spin.toml.
const STORE_LABEL: &str = "default";
const KEY_VALUE_LABEL: &str = "default";
/// After how much of a request's body reading stops: the routes' own limits are below, and say no to what is cut.
const LARGEST_BODY: usize = 12 * 1024 * 1024;

/// One log line to standard output, which the host collects.
pub fn log(line: &str) {
    println!("{line}");
}

/// Answers one request with `router`.
pub async fn answer(router: fn() -> axum::Router, request: IncomingRequest, out: ResponseOutparam) {
    let answer = match to_http(request).await {
        Ok(mut request) => {
            // The host adds its own behind whatever the caller sent; the port changes with each connection.
            let address = request
                .headers()
                .get_all("spin-client-addr")
                .iter()
                .next_back();
            if let Some(address) = address.and_then(|address| address.to_str().ok()) {
                let host = address.rsplit_once(':').map_or(address, |(host, _)| host);
                let address = ClientAddress(host.to_owned());
                request.extensions_mut().insert(address);
            }
            request.extensions_mut().insert(ports());
            match tower_service::Service::call(&mut router(), request).await {
                Ok(answer) => answer,
                Err(never) => match never {},
            }
        }
        Err(status) => {
            let mut answer = http::Response::new(Body::empty());
            *answer.status_mut() = status;
            answer
        }
    };
    give(answer, out).await;
}

async fn to_http(request: IncomingRequest) -> Result<http::Request<Body>, http::StatusCode> {
    use futures_util::StreamExt;
    use spin_sdk::http::Method;

    let method = match request.method() {
        Method::Get => http::Method::GET,
        Method::Head => http::Method::HEAD,
        Method::Post => http::Method::POST,
        Method::Put => http::Method::PUT,
        Method::Delete => http::Method::DELETE,
        Method::Connect => http::Method::CONNECT,
        Method::Options => http::Method::OPTIONS,
        Method::Trace => http::Method::TRACE,
        Method::Patch => http::Method::PATCH,
        Method::Other(other) => {
            http::Method::from_bytes(other.as_bytes()).map_err(|_| http::StatusCode::BAD_REQUEST)?
        }
    };
    let mut builder = http::Request::builder()
        .method(method)
        .uri(request.path_with_query().unwrap_or_else(|| "/".to_owned()));
    for (name, value) in request.headers().entries() {
        builder = builder.header(name, value);
    }
    let mut body = Vec::new();
    let mut chunks = std::pin::pin!(request.into_body_stream());
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|_| http::StatusCode::BAD_REQUEST)?;
        body.extend_from_slice(&chunk);
        if body.len() > LARGEST_BODY {
            break;
        }
    }
    builder
        .body(Body::from(body))
        .map_err(|_| http::StatusCode::BAD_REQUEST)
}

async fn give(answer: http::Response<Body>, out: ResponseOutparam) {
    use futures_util::{SinkExt, StreamExt};

    let (parts, body) = answer.into_parts();
    let headers: Vec<(String, Vec<u8>)> = parts
        .headers
        .iter()
        .map(|(name, value)| (name.as_str().to_owned(), value.as_bytes().to_vec()))
        .collect();
    let outgoing = spin_sdk::http::Headers::from_list(&headers).map_or_else(
        |_| OutgoingResponse::new(spin_sdk::http::Headers::new()),
        OutgoingResponse::new,
    );
    // Setting fails only for numbers that no HTTP status has.
    let _ = outgoing.set_status_code(parts.status.as_u16());
    let mut sink = outgoing.take_body();
    out.set(outgoing);
    let mut chunks = body.into_data_stream();
    while let Some(Ok(chunk)) = chunks.next().await {
        // The other side has gone: there is nobody left to tell.
        if chunk.is_empty() || sink.send(chunk.to_vec()).await.is_err() {
            break;
        }
    }
}

fn ports() -> Ports {
    Ports {
        store: Arc::new(SpinStore),
        key_value: Arc::new(SpinKeyValue),
        http: Arc::new(OutgoingHttp),
        clock: Arc::new(WasiClock),
        random: Arc::new(WasiRandom),
        pause: Arc::new(WasiPause),
        rooms: Arc::new(NoRooms),
        secrets: Arc::new(Variables),
        proven_tokens: Arc::default(),
        acting: None,
    }
}

/// Each request has an instance of its own here: nothing lives on that a room could be.
struct NoRooms;

impl Rooms for NoRooms {
    fn are_here(&self) -> bool {
        false
    }

    fn tell(&self, _room: &str, _what: &str) {}
}

struct SpinStore;

fn engine_error(error: spin_sdk::sqlite::Error) -> StoreError {
    StoreError::from_engine(match error {
        spin_sdk::sqlite::Error::Io(text) => text,
        other => other.to_string(),
    })
}

/// A connection of its own, as every `open` is. D1 enforces foreign keys always, SQLite where asked.
fn open() -> Result<spin_sdk::sqlite::Connection, StoreError> {
    let connection = spin_sdk::sqlite::Connection::open(STORE_LABEL).map_err(engine_error)?;
    run(&connection, "PRAGMA foreign_keys = ON", &[])?;
    Ok(connection)
}

fn run(
    connection: &spin_sdk::sqlite::Connection,
    sql: &str,
    parameters: &[Value],
) -> Result<Outcome, StoreError> {
    use spin_sdk::sqlite::Value as Cell;

    let parameters: Vec<Cell> = parameters
        .iter()
        .map(|parameter| match parameter {
            Value::Null => Cell::Null,
            Value::Integer(integer) => Cell::Integer(*integer),
            Value::Real(real) => Cell::Real(*real),
            Value::Text(text) => Cell::Text(text.clone()),
        })
        .collect();
    let found = connection.execute(sql, &parameters).map_err(engine_error)?;
    let mut filling = Filling::new(found.columns.iter().map(String::as_str));
    for cell in found.rows.into_iter().flat_map(|row| row.values) {
        match cell {
            Cell::Null => filling.null(),
            Cell::Integer(integer) => filling.integer(integer),
            Cell::Real(real) => filling.real(real),
            Cell::Text(text) => filling.text(&text),
            Cell::Blob(_) => return Err(StoreError::Broken("blobs are kept as text here".into())),
        }
    }
    Ok(Outcome {
        rows: filling.finish(),
        ..Outcome::default()
    })
}

/// How often a writer queues for SQLite's five seconds before it gives up: its queue is not fair, and
/// among hundreds somebody may be passed over.
const QUEUEING: usize = 4;

/// Begins a transaction. Those who only read don't stand in the writers' queue (with WAL they go on beside
/// them); a writer takes its place before it reads, so that it never has to be undone for another's sake.
fn begin(
    connection: &spin_sdk::sqlite::Connection,
    statements: &[Statement],
) -> Result<(), StoreError> {
    let reads_only = statements
        .iter()
        .all(|statement| statement.sql.starts_with("SELECT"));
    let sql = if reads_only {
        "BEGIN"
    } else {
        "BEGIN IMMEDIATE"
    };
    let mut begun = run(connection, sql, &[]);
    for _ in 1..QUEUEING {
        if !matches!(begun, Err(StoreError::Unavailable(_))) {
            break;
        }
        begun = run(connection, sql, &[]);
    }
    begun.map(|_| ())
}

#[async_trait]
impl Store for SpinStore {
    async fn query(&self, statement: Statement) -> Result<Outcome, StoreError> {
        run(&open()?, statement.sql, &statement.parameters)
    }

    async fn batch(&self, statements: Batch) -> Result<Vec<Outcome>, StoreError> {
        let connection = open()?;
        begin(&connection, &statements)?;
        let outcomes: Result<Vec<_>, _> = statements
            .iter()
            .map(|statement| run(&connection, statement.sql, &statement.parameters))
            .collect();
        // Where a statement failed, the transaction is undone as the connection closes, too; saying so
        // frees the others sooner.
        let ended = if outcomes.is_ok() {
            "COMMIT"
        } else {
            "ROLLBACK"
        };
        let ended = run(&connection, ended, &[]);
        let outcomes = outcomes?;
        ended?;
        Ok(outcomes)
    }
}

struct SpinKeyValue;

fn key_value_error(error: impl std::fmt::Display) -> PortError {
    PortError {
        port: "key-value",
        cause: error.to_string(),
    }
}

#[async_trait]
impl KeyValue for SpinKeyValue {
    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, PortError> {
        let opened = spin_sdk::key_value::Store::open(KEY_VALUE_LABEL).map_err(key_value_error)?;
        let kept = opened.get(key).map_err(key_value_error)?;
        Ok(kept.and_then(|kept| unless_expired(&kept, WasiClock.now())))
    }

    async fn put(
        &self,
        key: &str,
        value: &[u8],
        expires_at: Option<Timestamp>,
    ) -> Result<(), PortError> {
        spin_sdk::key_value::Store::open(KEY_VALUE_LABEL)
            .and_then(|opened| opened.set(key, &with_expiry(value, expires_at)))
            .map_err(key_value_error)
    }

    async fn delete(&self, key: &str) -> Result<(), PortError> {
        spin_sdk::key_value::Store::open(KEY_VALUE_LABEL)
            .and_then(|opened| opened.delete(key))
            .map_err(key_value_error)
    }
}

struct OutgoingHttp;

fn http_error(error: impl std::fmt::Display) -> PortError {
    PortError {
        port: "http",
        cause: error.to_string(),
    }
}

#[async_trait]
impl Http for OutgoingHttp {
    async fn send(
        &self,
        request: http::Request<Vec<u8>>,
    ) -> Result<http::Response<Vec<u8>>, PortError> {
        // Spin's futures stay on this instance's one thread.
        let sending = spin_sdk::http::send::<_, http::Response<Vec<u8>>>(request);
        SendOnOneThread(async move {
            let sending = std::pin::pin!(sending);
            match select(sending, std::pin::pin!(pause(PATIENCE))).await {
                Either::Left((answer, _)) => answer.map_err(http_error),
                Either::Right(_) => Err(http_error("no answer in time")),
            }
        })
        .await
    }
}

/// Ends after so many milliseconds.
async fn pause(millis: u32) {
    use spin_executor::{CancelOnDropToken, push_waker_and_get_token};
    use wasi::clocks::monotonic_clock::{now, subscribe_instant};

    let ends_at = now() + u64::from(millis) * 1_000_000;
    // Dropped with the future, so that nobody waits for a call that was answered.
    let mut waiting = None;
    std::future::poll_fn(|context| {
        // Asked of the clock: a pollable for a moment that has passed is ready only once it was waited for.
        if now() >= ends_at {
            return std::task::Poll::Ready(());
        }
        let end = subscribe_instant(ends_at);
        let token = push_waker_and_get_token(end, context.waker().clone());
        waiting = Some(CancelOnDropToken::from(token));
        std::task::Poll::Pending
    })
    .await;
    drop(waiting);
}

struct WasiPause;

#[async_trait]
impl Pause for WasiPause {
    async fn pause(&self, millis: u32) {
        SendOnOneThread(pause(millis)).await;
    }
}

struct SendOnOneThread<F>(F);

#[expect(unsafe_code, reason = "a Spin instance has one thread")]
unsafe impl<F> Send for SendOnOneThread<F> {}

impl<F: Future> Future for SendOnOneThread<F> {
    type Output = F::Output;

    #[expect(unsafe_code, reason = "projects the pin to the only field")]
    fn poll(
        self: std::pin::Pin<&mut Self>,
        context: &mut std::task::Context<'_>,
    ) -> std::task::Poll<F::Output> {
        unsafe { self.map_unchecked_mut(|this| &mut this.0) }.poll(context)
    }
}

struct WasiClock;

impl Clock for WasiClock {
    fn now(&self) -> Timestamp {
        let since = std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .unwrap_or_default();
        Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }
}

struct WasiRandom;

impl Random for WasiRandom {
    fn fill(&self, bytes: &mut [u8]) {
        #[expect(clippy::expect_used, reason = "no safe way on without randomness")]
        getrandom::fill(bytes).expect("the host has randomness");
    }
}

struct Variables;

impl Secrets for Variables {
    fn get(&self, name: &str) -> Option<String> {
        // Spin's names are in small letters; an empty default stands for "not set".
        spin_sdk::variables::get(&name.to_lowercase())
            .ok()
            .filter(|value| !value.is_empty())
    }
}
