//! Every POST: a strict body, an `Idempotency-Key`, and the first answer again when it is repeated.
//! Knows nothing of what is posted. Only answers that changed something are kept: a refusal wrote
//! nothing, and may turn out otherwise next time.

use std::future::poll_fn;
use std::pin::Pin;

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{FromRequest, Request};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::hsa_id::HsaId;
use crate::json_field;
use crate::platform::{Outcome, Ports, Statement, StoreError};
use crate::problem::Problem;
use crate::sealing::{Place, Sealer, encoded};
use crate::session::{Caller, Staff};

/// The largest body of a JSON route, in bytes.
pub const LARGEST_BODY: usize = 64 * 1024;
const LONGEST_KEY: usize = 128;
const ANSWER_COLUMN: &str = "idempotency_keys.answer";

/// How often a handler looks again after somebody else was quicker, before it says so.
pub const ATTEMPTS: usize = 4;

/// A POST that has been read and understood.
pub struct Post<T> {
    /// Its body.
    pub body: T,
    /// By what it is known again.
    pub identity: RequestIdentity,
}

/// A POST that needs to say nothing but that it is meant: `{}`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}

/// By what a repeated POST is known: its key, and a hash of its path and body.
pub struct RequestIdentity {
    key: String,
    fingerprint: String,
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Post<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _state: &S) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        let bytes = whole(body).await?;
        Post::read(&parts.headers, parts.uri.path(), &bytes)
    }
}

impl<T: DeserializeOwned> Post<T> {
    /// From a request whose body was read already.
    pub fn read(headers: &HeaderMap, path: &str, bytes: &Bytes) -> Result<Self, Problem> {
        let key = idempotency_key(headers)?;
        Ok(Post {
            body: parsed(headers, bytes)?,
            identity: RequestIdentity {
                key,
                fingerprint: fingerprint(path, bytes),
            },
        })
    }
}

/// A strict body alone, for the few POSTs that can't be repeated or that may be at will: renewing and
/// ending a session.
pub struct StrictBody<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for StrictBody<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _state: &S) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        let bytes = whole(body).await?;
        parsed(&parts.headers, &bytes).map(StrictBody)
    }
}

/// A whole body, of [`LARGEST_BODY`] at most.
pub async fn whole(body: Body) -> Result<Bytes, Problem> {
    let whole = axum::body::to_bytes(body, LARGEST_BODY).await;
    whole.map_err(|_| too_large())
}

/// A whole body, or how it begins where it is larger or breaks off: so far as what stands before a form's file.
pub async fn as_far_as(largest: usize, mut body: Body) -> Result<Bytes, Bytes> {
    let size = HttpBody::size_hint(&body).exact().unwrap_or_default();
    let mut read = Vec::with_capacity(usize::try_from(size).unwrap_or_default().min(largest));
    let is_whole = loop {
        match poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
            None => break true,
            Some(Err(_)) => break false,
            Some(Ok(frame)) => read.extend_from_slice(&frame.into_data().unwrap_or_default()),
        }
        if read.len() > largest {
            break false;
        }
    };
    if is_whole {
        return Ok(read.into());
    }
    read.truncate(LARGEST_BODY);
    read.shrink_to_fit();
    Err(read.into())
}

/// A body over [`LARGEST_BODY`].
pub fn too_large() -> Problem {
    Problem::new(
        StatusCode::PAYLOAD_TOO_LARGE,
        "too-large",
        "The request is too large",
    )
    .detail(format!("A body here has at most {LARGEST_BODY} bytes."))
}

impl<T: DeserializeOwned> StrictBody<T> {
    /// From a request whose body was read already.
    pub fn read(headers: &HeaderMap, bytes: &Bytes) -> Result<T, Problem> {
        parsed(headers, bytes)
    }
}

fn fingerprint(path: &str, body: &[u8]) -> String {
    let mut hash = hmac_sha256::Hash::new();
    hash.update(path.as_bytes());
    hash.update([0]);
    hash.update(body);
    encoded(&hash.finalize())
}

fn fitting_key(key: &str) -> Option<String> {
    let key = key.trim();
    (8..=LONGEST_KEY)
        .contains(&key.len())
        .then(|| key.to_owned())
}

fn idempotency_key(headers: &HeaderMap) -> Result<String, Problem> {
    headers
        .get("idempotency-key")
        .and_then(|value| value.to_str().ok())
        .and_then(fitting_key)
        .ok_or_else(|| {
            Problem::new(
                StatusCode::BAD_REQUEST,
                "idempotency-key",
                "An Idempotency-Key is needed",
            )
            .detail("Send the header Idempotency-Key with 8 to 128 characters that you use for this request alone, such as a UUID.")
        })
}

fn parsed<T: DeserializeOwned>(headers: &HeaderMap, bytes: &Bytes) -> Result<T, Problem> {
    let is_json = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.split(';').next().map(str::trim) == Some("application/json"));
    if !is_json {
        return Err(Problem::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "not-json",
            "The body must be JSON",
        )
        .detail("Send the header Content-Type: application/json."));
    }
    serde_json::from_slice(bytes).map_err(|error| {
        let (field, detail) = json_field::locate(bytes, &error);
        // The error's own category won't do: a null where a name is wanted counts as broken JSON there.
        if serde_json::from_slice::<serde_json::Value>(bytes).is_ok() {
            Problem::invalid(&field, detail)
        } else {
            Problem::new(StatusCode::BAD_REQUEST, "malformed", "The body is not JSON")
                .detail(detail)
        }
    })
}

impl RequestIdentity {
    /// Of a body that is no JSON, such as a file.
    pub fn of_bytes(headers: &HeaderMap, path: &str, body: &[u8]) -> Result<Self, Problem> {
        Ok(RequestIdentity {
            key: idempotency_key(headers)?,
            fingerprint: fingerprint(path, body),
        })
    }

    /// Of a form, which carries its key in a field of its own: made as the form was shown, so that sending it
    /// twice does it once.
    pub(crate) fn of_form(path: &str, key: &str, body: &[u8]) -> Result<Self, Problem> {
        let key = fitting_key(key).ok_or_else(|| {
            Problem::invalid(
                "key",
                "a form carries a key of 8 to 128 characters of its own",
            )
        })?;
        Ok(RequestIdentity {
            key,
            fingerprint: fingerprint(path, body),
        })
    }

    /// Looks for the answer that this request got before: to stand in the batch that reads.
    pub fn lookup(&self, caller: &Caller) -> Statement {
        Statement::new(
            "SELECT care_provider_id, fingerprint, status, answer
FROM idempotency_keys
WHERE subject = ?1 AND key = ?2",
            [caller.name().into(), self.key.as_str().into()],
        )
    }

    /// The first answer again, where there was one. Another request under the same key is refused.
    pub fn replay(
        &self,
        sealer: &Sealer,
        caller: &Caller,
        found: &Outcome,
    ) -> Result<Option<Response>, Problem> {
        let Some(row) = found.rows.first() else {
            return Ok(None);
        };
        if row.text("fingerprint")? != self.fingerprint {
            return Err(Problem::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "idempotency-key-reused",
                "This Idempotency-Key was used for another request",
            )
            .detail("Use a new key for a new request; repeat an old one letter by letter."));
        }
        let care_provider: HsaId = row.parsed("care_provider_id")?;
        let kept_under = self.row_name(caller);
        let answer = sealer.open(
            Place {
                care_provider: &care_provider,
                column: ANSWER_COLUMN,
                row: &kept_under,
            },
            row.text("answer")?,
        )?;
        let status = u16::try_from(row.integer("status")?)
            .ok()
            .and_then(|status| StatusCode::from_u16(status).ok())
            .ok_or_else(|| Problem::internal("a kept answer has no status"))?;
        let mut answer = json_response(status, answer);
        answer
            .headers_mut()
            .insert("idempotency-replayed", HeaderValue::from_static("true"));
        Ok(Some(answer))
    }

    /// Keeps the answer: to stand in the batch that writes. Gives the answer, too.
    pub fn keep(
        &self,
        ports: &Ports,
        sealer: &Sealer,
        caller: &Caller,
        care_provider: &HsaId,
        status: StatusCode,
        answer: &impl Serialize,
    ) -> Result<(Statement, Response), Problem> {
        let text = crate::json::text(answer)?;
        let kept_under = self.row_name(caller);
        let place = Place {
            care_provider,
            column: ANSWER_COLUMN,
            row: &kept_under,
        };
        let statement = Statement::new(
            "INSERT INTO idempotency_keys (subject, key, care_provider_id, fingerprint, status, answer, created_at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            [
                caller.name().into(),
                self.key.as_str().into(),
                care_provider.into(),
                self.fingerprint.as_str().into(),
                i64::from(status.as_u16()).into(),
                sealer.seal(&*ports.random, place, &text)?.into(),
                ports.clock.now().into(),
            ],
        );
        Ok((statement, json_response(status, text)))
    }

    /// Writes statements once, and gives the first answer again to whoever of the staff repeats the request.
    /// Where a guarded statement among them changed nothing, there is nothing for them to change.
    pub async fn write_once(
        &self,
        staff: &Staff,
        ports: &Ports,
        sealer: &Sealer,
        (status, answer): (StatusCode, &impl Serialize),
        statements: Vec<Statement>,
    ) -> Result<Response, Problem> {
        let caller = Caller::Staff(staff.clone());
        let store = ports.store_for(&caller);
        for _ in 0..ATTEMPTS {
            let (keep, answer) =
                self.keep(ports, sealer, &caller, &staff.care_provider, status, answer)?;
            let mut writing = vec![keep];
            writing.extend(statements.clone());
            match store.batch(writing).await {
                Ok(_) => return Ok(answer),
                Err(error) if was_repeated(&error) => {
                    let found = store.query(self.lookup(&caller)).await?;
                    if let Some(answer) = self.replay(sealer, &caller, &found)? {
                        return Ok(answer);
                    }
                }
                Err(error) if error.refused_by("require_changes") => {
                    return Err(Problem::not_found());
                }
                Err(error) => return Err(error.into()),
            }
        }
        Err(Problem::unavailable("a key was used at every attempt"))
    }

    fn row_name(&self, caller: &Caller) -> String {
        format!("{}\n{}", caller.name(), self.key)
    }
}

/// An answer that says where what it made is to be found.
pub fn located(mut answer: Response, place: String) -> Response {
    if let Ok(place) = HeaderValue::try_from(place) {
        answer.headers_mut().insert(header::LOCATION, place);
    }
    answer
}

/// Whether a batch was refused because the same key had just been used: look it up, and give that answer.
pub fn was_repeated(error: &StoreError) -> bool {
    error.refused_by("idempotency_keys.")
}

fn json_response(status: StatusCode, text: String) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json")], text).into_response()
}
