//! What the real router asks of the store for each hot call, recorded while it answers over SQLite in
//! memory. The floor Worker repeats it, so the floor's SQL can't drift from the functions' own.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use axum::body::{Body, to_bytes};
use bytes::Bytes;
use serde_json::{Value as Json, json};
use shared::platform::native::{SeededRandom, SetClock, Sqlite, ports};
use shared::platform::{Batch, Outcome, Ports, Statement, Store, StoreError, Value};
use shared::time::Timestamp;
use tower_service::Service;
use training::keys::Keys;

use crate::Failure;
use crate::client::Asked;

/// One round trip: what was asked, and what came back.
struct RoundTrip {
    statements: Batch,
    outcomes: Vec<Outcome>,
    is_batch: bool,
}

/// A store that remembers.
struct RecordingStore {
    store: Arc<Sqlite>,
    round_trips: Mutex<Vec<RoundTrip>>,
}

impl RecordingStore {
    fn remember(&self, statements: Batch, outcomes: Vec<Outcome>, is_batch: bool) {
        self.round_trips
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(RoundTrip {
                statements,
                outcomes,
                is_batch,
            });
    }

    fn take(&self) -> Vec<RoundTrip> {
        std::mem::take(
            &mut *self
                .round_trips
                .lock()
                .unwrap_or_else(PoisonError::into_inner),
        )
    }
}

#[async_trait]
impl Store for RecordingStore {
    async fn query(&self, statement: Statement) -> Result<Outcome, StoreError> {
        let outcome = self.store.query(statement.clone()).await?;
        self.remember(vec![statement], vec![outcome.clone()], false);
        Ok(outcome)
    }

    async fn batch(&self, statements: Batch) -> Result<Vec<Outcome>, StoreError> {
        let outcomes = self.store.batch(statements.clone()).await?;
        self.remember(statements, outcomes.clone(), true);
        Ok(outcomes)
    }
}

/// The real functions over a store in memory that remembers what it was asked.
pub struct Recorder {
    ports: Ports,
    store: Arc<RecordingStore>,
    now: Timestamp,
}

impl Recorder {
    /// Over a store that holds what `load` says.
    pub fn new(keys: &Keys, now: Timestamp, load: &str) -> Result<Self, Failure> {
        let sqlite = Arc::new(Sqlite::migrated()?);
        sqlite.execute_script(load)?;
        let clock = Arc::new(SetClock::at(now));
        let random = Arc::new(SeededRandom::new(2));
        let mut ports = ports(Arc::clone(&sqlite), clock, random, keys.secrets());
        let store = Arc::new(RecordingStore {
            store: sqlite,
            round_trips: Mutex::default(),
        });
        ports.store = Arc::clone(&store) as Arc<dyn Store>;
        Ok(Recorder { ports, store, now })
    }

    /// Answers one request with JSON, and remembers what it alone asked of the store.
    pub async fn answer(&self, asked: Asked) -> Result<Json, Failure> {
        Ok(serde_json::from_slice(&self.send(asked).await?)?)
    }

    async fn send(&self, asked: Asked) -> Result<Bytes, Failure> {
        let mut router = match asked.target.split('/').nth(1) {
            Some("messaging") => messaging::router(),
            Some("portal") => portal::router(),
            Some("tickets") => tickets::router(),
            Some("workspace") => workspace::router(),
            _ => booking::router(),
        };
        let mut request = http::Request::builder()
            .method(asked.method)
            .uri(asked.target);
        for (name, value) in asked.headers {
            request = request.header(name, value);
        }
        let mut request = request.body(Body::from(asked.body))?;
        request.extensions_mut().insert(self.ports.clone());
        self.store.take();
        let answer = match router.call(request).await {
            Ok(answer) => answer,
            Err(never) => match never {},
        };
        let status = answer.status();
        let body = to_bytes(answer.into_body(), usize::MAX).await?;
        if !status.is_success() {
            let said = String::from_utf8_lossy(&body);
            return Err(format!("{status} while recording: {said}").into());
        }
        Ok(body)
    }

    /// Answers one request, and gives the answer and the round trips that the floor is to repeat. `given`
    /// names, from the answer, the values that come with each request of the floor's, by what they were here.
    pub async fn record(
        &self,
        asked: Asked,
        given: impl FnOnce(&Json) -> Vec<(&'static str, String)>,
    ) -> Result<(Json, Json), Failure> {
        let answer = self.answer(asked).await?;
        let given = given(&answer);
        Ok((answer, self.repeated(&given)))
    }

    /// Answers one request with a page, and gives the round trips that the floor is to repeat.
    pub async fn record_page(
        &self,
        asked: Asked,
        given: &[(&'static str, String)],
    ) -> Result<Json, Failure> {
        self.send(asked).await?;
        Ok(self.repeated(given))
    }

    /// What the last request asked of the store, for the floor.
    fn repeated(&self, given: &[(&'static str, String)]) -> Json {
        let mut before: Vec<Outcome> = vec![];
        let mut repeated = vec![];
        for round_trip in self.store.take() {
            let statements: Vec<Json> = round_trip
                .statements
                .iter()
                .map(|statement| {
                    let parameters: Vec<Json> = statement
                        .parameters
                        .iter()
                        .map(|value| self.parameter(value, given, &before))
                        .collect();
                    json!({ "sql": statement.sql, "parameters": parameters })
                })
                .collect();
            repeated.push(json!({ "is_batch": round_trip.is_batch, "statements": statements }));
            before = round_trip.outcomes;
        }
        Json::from(repeated)
    }

    /// A parameter as it stands, or, as an object, where the floor is to take it from: the request
    /// (`given`), a row of the round trip before (`row`), the clock (`now`), or a new id (`new_id`).
    fn parameter(
        &self,
        value: &Value,
        given: &[(&'static str, String)],
        before: &[Outcome],
    ) -> Json {
        let from_row = || {
            before.iter().enumerate().find_map(|(place, outcome)| {
                let row = outcome.rows.first()?.values();
                let column = row.iter().position(|kept| kept == value)?;
                Some(json!({ "row": [place, outcome.rows.columns().nth(column)?] }))
            })
        };
        match value {
            Value::Null => Json::Null,
            Value::Real(real) => json!(real),
            Value::Integer(integer) if *integer == self.now.millis() => json!({ "now": true }),
            // Small numbers are the same in every row by chance.
            Value::Integer(integer) if integer.abs() < 1000 => json!(integer),
            Value::Integer(integer) => from_row().unwrap_or_else(|| json!(integer)),
            Value::Text(text) => {
                if let Some((name, _)) = given.iter().find(|(_, value)| value == text) {
                    return json!({ "given": name });
                }
                let is_id =
                    text.len() == 36 && text.bytes().filter(|byte| *byte == b'-').count() == 4;
                match from_row() {
                    // Whose slot it is differs between rows, as the ids do.
                    Some(row) if is_id || row["row"][1] == "practitioner_id" => row,
                    None if is_id => json!({ "new_id": true }),
                    _ => json!(text),
                }
            }
        }
    }
}
