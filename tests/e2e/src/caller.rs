//! A caller: somebody signed in, who speaks HTTP to a deployment and reads whole answers. Makes up the
//! test identities, days and keys that cases need to stay out of each other's way.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use chrono::{Days, NaiveDate};
use http::{HeaderMap, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;
use shared::session::Session;
use training::keys::{Keys, now};

use crate::Failure;
use crate::deployment::Runtime;

/// Nothing here takes nearly as long: who hasn't answered by then won't.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long a connection rests before it is used no more: workerd closes one after five seconds, perhaps while a
/// request is on its way.
const IDLE: Duration = Duration::from_secs(2);
/// How often a request is sent whose connection breaks.
const TRIES: usize = 3;
/// Cases stay this many days clear of today, where the training week is.
const FIRST_DAY: u64 = 30;

/// An answer, read to its end.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub text: String,
}

impl Answer {
    /// The body as JSON; null where it is none.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_default()
    }

    /// Status and kind of a problem, as `409 slot-taken`; the kind is missing where it is no problem document.
    pub fn outcome(&self) -> String {
        let document = self.json();
        let kind = document["type"]
            .as_str()
            .and_then(|text| text.strip_prefix("urn:vardflode:problem:"));
        match kind {
            Some(kind) => format!("{} {kind}", self.status.as_u16()),
            None => self.status.as_u16().to_string(),
        }
    }

    /// One header as text.
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }
}

/// One event of a stream.
#[derive(Debug, Clone)]
pub struct Event {
    /// What kind.
    pub kind: String,
    /// Its id, where it has one.
    pub id: Option<String>,
    /// Its data.
    pub data: Value,
}

/// An open stream of server-sent events, read as they come.
pub struct EventStream {
    body: Incoming,
    rest: String,
}

impl EventStream {
    /// The next event; nothing, when the stream has ended or broke off.
    pub async fn next(&mut self) -> Option<Event> {
        loop {
            while let Some((block, rest)) = self.rest.split_once("\n\n") {
                let field = |name: &str| block.lines().find_map(|line| line.strip_prefix(name));
                let event = field("event: ")
                    .zip(field("data: "))
                    .map(|(kind, data)| Event {
                        kind: kind.to_owned(),
                        id: field("id: ").map(str::to_owned),
                        data: serde_json::from_str(data).unwrap_or_default(),
                    });
                self.rest = rest.to_owned();
                if event.is_some() {
                    return event;
                }
            }
            let frame = self.body.frame().await?.ok()?;
            let data = frame.into_data().ok()?;
            self.rest.push_str(&String::from_utf8_lossy(&data));
        }
    }
}

/// A deployment and the keys that sign sessions for it.
#[derive(Clone)]
pub struct World {
    address: String,
    runtime: Option<Runtime>,
    keys: Keys,
    client: Client<HttpConnector, Full<Bytes>>,
    taken_days: Arc<Mutex<HashSet<NaiveDate>>>,
}

impl World {
    /// The deployment at this address.
    pub fn new(address: &str, keys: Keys) -> Self {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        World {
            address: address.to_owned(),
            runtime: None,
            keys,
            client: Client::builder(TokioExecutor::new())
                .pool_idle_timeout(IDLE)
                .build(connector),
            taken_days: Arc::default(),
        }
    }

    /// The same, known to be served by a runtime.
    #[must_use]
    pub fn on(self, runtime: Option<Runtime>) -> Self {
        World { runtime, ..self }
    }

    /// Which runtime serves it, where that is known.
    pub fn runtime(&self) -> Option<Runtime> {
        self.runtime
    }

    /// Sends one request.
    pub async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Bytes>,
    ) -> Result<Answer, Failure> {
        // The identity providers stand elsewhere: an address of theirs is taken whole.
        let address = if path.starts_with('/') {
            format!("{}{path}", self.address)
        } else {
            path.to_owned()
        };
        let mut request = Request::builder().method(method).uri(address);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Full::from(body.into()))?;
        let answering = async {
            let (parts, body) = self.sent(request).await?.into_parts();
            let bytes = body.collect().await?.to_bytes();
            Ok(Answer {
                status: parts.status,
                headers: parts.headers,
                text: String::from_utf8_lossy(&bytes).into_owned(),
            })
        };
        match tokio::time::timeout(PATIENCE, answering).await {
            Ok(answer) => answer,
            Err(_) => Err(format!("no answer to {method} {path} in {PATIENCE:?}").into()),
        }
    }

    /// Sends a request, and again where its connection breaks before an answer, as clients of the web do: what is
    /// sent twice here has a key under which it is done once, or changes nothing.
    async fn sent(&self, request: Request<Full<Bytes>>) -> Result<Response<Incoming>, Failure> {
        for _ in 1..TRIES {
            match self.client.request(request.clone()).await {
                Err(error) => eprintln!("sent again, for its connection broke: {error}"),
                answer => return Ok(answer?),
            }
        }
        Ok(self.client.request(request).await?)
    }

    /// Opens a stream of server-sent events as somebody, from the last event that was seen.
    pub async fn events(
        &self,
        person: &str,
        path: &str,
        last: &str,
    ) -> Result<EventStream, Failure> {
        let bearer = format!("Bearer {}", self.token(person)?);
        let mut request = Request::builder()
            .uri(format!("{}{path}", self.address))
            .header("authorization", bearer);
        if !last.is_empty() {
            request = request.header("last-event-id", last);
        }
        let request = request.body(Full::from(Bytes::new()))?;
        let answer = tokio::time::timeout(PATIENCE, self.sent(request)).await??;
        if answer.status() != StatusCode::OK {
            return Err(format!("a stream answered {}", answer.status()).into());
        }
        Ok(EventStream {
            body: answer.into_body(),
            rest: String::new(),
        })
    }

    /// Where the deployment answers.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// A token for a training identity.
    pub fn token(&self, person: &str) -> Result<String, Failure> {
        self.keys.session(person, now())
    }

    /// A token for any session, issued this many milliseconds from now.
    pub fn sign(&self, session: &Session, from_now: i64) -> Result<String, Failure> {
        self.keys.sign(session, now().plus(from_now))
    }

    /// The local keys.
    pub fn keys(&self) -> &Keys {
        &self.keys
    }

    /// A day some weeks ahead, at most so many days, that no other case of this run has.
    pub fn day(&self, most: u64) -> NaiveDate {
        let today = now().date_in_stockholm();
        let draw = || today + Days::new(FIRST_DAY + random(most - FIRST_DAY));
        let mut taken = self
            .taken_days
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        // Where nearly all are taken, cases may meet: the schema keeps them apart and they draw again.
        let mut day = draw();
        for _ in 0..100 {
            if taken.insert(day) {
                break;
            }
            day = draw();
        }
        day
    }

    /// GETs as somebody.
    pub async fn get(&self, person: &str, path: &str) -> Result<Answer, Failure> {
        self.get_by(&self.token(person)?, path).await
    }

    /// GETs by a token.
    pub async fn get_by(&self, token: &str, path: &str) -> Result<Answer, Failure> {
        let bearer = format!("Bearer {token}");
        self.send("GET", path, &[("authorization", &bearer)], "")
            .await
    }

    /// POSTs JSON as somebody, under a key of its own.
    pub async fn post(&self, person: &str, path: &str, body: Value) -> Result<Answer, Failure> {
        self.post_under(&new_key(), person, path, body.to_string())
            .await
    }

    /// POSTs a body as somebody under a key.
    pub async fn post_under(
        &self,
        key: &str,
        person: &str,
        path: &str,
        body: impl Into<Bytes>,
    ) -> Result<Answer, Failure> {
        let bearer = format!("Bearer {}", self.token(person)?);
        let headers = [
            ("authorization", bearer.as_str()),
            ("content-type", "application/json"),
            ("idempotency-key", key),
        ];
        self.send("POST", path, &headers, body).await
    }
}

/// A number below `limit`.
pub fn random(limit: u64) -> u64 {
    let mut bytes = [0; 8];
    // Without randomness cases only meet more often.
    let _ = getrandom::fill(&mut bytes);
    u64::from_le_bytes(bytes) % limit
}

/// A key nobody used before.
pub fn new_key() -> String {
    format!("e2e-{:016x}{:016x}", random(u64::MAX), random(u64::MAX))
}

/// A test identity of somebody between 20 and 95, from a number.
pub fn identity(number: u64) -> String {
    let born = NaiveDate::default() - Days::new(13_000) + Days::new(number / 2 % 26_000);
    identity_of(born, number)
}

/// A test identity (birth numbers 238 and 239) of somebody born on a day.
pub fn identity_of(born: NaiveDate, number: u64) -> String {
    let text = format!("{}{}", born.format("%Y%m%d"), 238 + number % 2);
    let sum: u64 = text[2..]
        .bytes()
        .enumerate()
        .map(|(place, byte)| {
            let product = u64::from(byte - b'0') * (2 - place as u64 % 2);
            product / 10 + product % 10
        })
        .sum();
    format!("{text}{}", (10 - sum % 10) % 10)
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::personal_identity::PersonalIdentity;

    #[test]
    fn a_made_up_identity_is_one_that_training_accepts() {
        for number in (0..52_000).step_by(7) {
            let parsed = identity(number).parse::<PersonalIdentity>();
            assert!(parsed.is_ok_and(|identity| identity.is_test_identity()));
        }
    }
}
