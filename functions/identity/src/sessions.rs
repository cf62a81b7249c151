//! Sessions in the store: how one begins, is renewed and ends, and the cookies that carry it. The rules of
//! its life are in `life`, its SQL in `store`.

use axum::response::Response;
use http::{HeaderMap, header};
use serde::{Deserialize, Serialize};
use shared::audit;
use shared::cookie;
use shared::environment::Environment;
use shared::identifiers::SessionId;
use shared::platform::{Outcome, Ports, Statement, StoreError};
use shared::problem::Problem;
use shared::sealing::decoded;
use shared::session::{LIFETIME, Session, SessionKind, SigningKey};
use shared::time::{HOUR, MINUTE, Timestamp};
use utoipa::ToSchema;

use crate::life::{Limits, Worth};
use crate::open_id::attempt::secret;
use crate::open_id::hashed;
use crate::store::{self, Renewable};

/// How long after its end a session's refresh token stays in a browser, in milliseconds. It renews nothing then, but
/// says whose a form is that is sent too late (see `kept_form`), whichever way the session ended.
const KEPT_AFTER_ITS_END: i64 = HOUR;

/// What a session is carried on by: for programs as it is, for browsers in cookies.
#[derive(Debug, Serialize, ToSchema)]
pub struct Tokens {
    /// Goes into the header `Authorization: Bearer …`; holds for 15 minutes at most.
    pub token: String,
    /// Renews the session, once.
    pub refresh_token: String,
    /// When the token stops to hold.
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: Timestamp,
    /// When the session ends, whatever happens.
    #[schema(value_type = String, format = DateTime)]
    pub ends_at: Timestamp,
    /// How long a browser keeps the refresh token, in seconds.
    #[serde(skip)]
    pub kept_for: i64,
}

impl Tokens {
    fn of(
        ports: &Ports,
        session: &Session,
        refresh_token: String,
        ends_at: Timestamp,
    ) -> Result<Self, Problem> {
        let key = ports
            .secrets
            .get("SESSION_SIGNING_KEY")
            .as_deref()
            .and_then(SigningKey::from_text)
            .ok_or_else(|| {
                Problem::internal("SESSION_SIGNING_KEY is not base64url of a key pair")
            })?;
        let now = ports.clock.now();
        Ok(Tokens {
            token: session.sign_until(&key, now, ends_at)?,
            refresh_token,
            expires_at: ends_at.min(now.plus(LIFETIME)),
            ends_at,
            kept_for: (ends_at.millis() - now.millis() + KEPT_AFTER_ITS_END) / 1000,
        })
    }

    /// Lays them into a browser's cookies.
    pub fn into_cookies(self, answer: &mut Response) {
        set(
            answer,
            cookie::set(cookie::name::SESSION, &self.token, LIFETIME / 1000),
        );
        set(
            answer,
            cookie::set(cookie::name::REFRESH, &self.refresh_token, self.kept_for),
        );
    }
}

/// Makes a browser forget its session, and in which language its patient reads.
pub fn forget_cookies(answer: &mut Response) {
    set(answer, cookie::forget(cookie::name::PROFILE_LANGUAGE));
    set(answer, cookie::forget(cookie::name::NAME));
    set(answer, cookie::forget(cookie::name::SESSION));
    set(answer, cookie::forget(cookie::name::REFRESH));
}

/// Adds one `Set-Cookie`.
pub fn set(answer: &mut Response, cookie: Option<http::HeaderValue>) {
    if let Some(cookie) = cookie {
        answer.headers_mut().append(header::SET_COOKIE, cookie);
    }
}

/// Begins a session that ends at its limit, or at `ends_at` where that is sooner. Whatever session the
/// browser had ends with it. Nothing, if the attempt has begun one before.
pub async fn begin(
    ports: &Ports,
    session: &Session,
    attempt_hash: &str,
    ends_at: Option<Timestamp>,
    before: Option<&str>,
) -> Result<Option<Tokens>, Problem> {
    let now = ports.clock.now();
    let limit = now.plus(Limits::of(session.kind).absolute);
    let ends_at = ends_at.map_or(limit, |earlier| earlier.min(limit));
    let refresh_token = secret(&*ports.random);
    if let Some(earlier) = before {
        end_by_refresh_token(ports, earlier).await?;
    }
    let begun = ports
        .store
        .batch(vec![
            store::start(session, attempt_hash, now, ends_at),
            store::keep_refresh_token(&hashed(&refresh_token), session.id),
        ])
        .await;
    match begun {
        Ok(_) => Tokens::of(ports, session, refresh_token, ends_at).map(Some),
        Err(error) if error.refused_by("sessions.started_by") => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// What came of a refresh token.
pub enum Renewal {
    /// New tokens; the old refresh token is spent.
    Renewed(Box<Tokens>),
    /// Another tab of the same browser has just got them.
    ByAnotherTab,
    /// The session has ended, or there never was one.
    Over,
}

/// Who brings a refresh token.
#[derive(Debug, Clone, Copy)]
pub enum Bearer {
    /// A program, which keeps one and loses none.
    Program,
    /// A browser, with the session that its other cookie speaks of, if it has one still.
    Browser(Option<SessionId>),
}

/// Renews a session by its refresh token. One that was used before ends the session: there are two copies,
/// and nobody can tell whose is the thief's.
pub async fn renew(ports: &Ports, refresh_token: &str, bearer: Bearer) -> Result<Renewal, Problem> {
    let environment = Environment::of(&*ports.secrets)?;
    let now = ports.clock.now();
    let hash = hashed(refresh_token);
    // The second look is for who was passed by between looking and writing.
    for _ in 0..2 {
        let found = ports
            .store
            .query(store::find_by_refresh_token(&hash, now))
            .await?;
        let Some(row) = found.rows.first() else {
            audit::line(ports, "renewal-refused", "unknown-token");
            return Ok(Renewal::Over);
        };
        let Renewable {
            session,
            life,
            has_right,
        } = Renewable::from_row(row, environment)?;
        let swapped = matches!(bearer, Bearer::Browser(Some(other)) if other != session.id);
        let why = match (life.worth(now), bearer) {
            _ if swapped => "swapped-cookies",
            _ if !has_right && session.kind == SessionKind::Guest => "visit-closed",
            _ if !has_right => "commission-gone",
            (Worth::Over, _) => {
                audit::line(ports, "renewal-refused", "session-over");
                return Ok(Renewal::Over);
            }
            (Worth::JustUsed, Bearer::Browser(_)) => return Ok(Renewal::ByAnotherTab),
            (Worth::JustUsed | Worth::Copied, _) => "refresh-token-reused",
            (Worth::Renews, _) => {
                let fresh = secret(&*ports.random);
                let [spend, mark] = store::renew(&hash, session.id, now);
                let written = ports
                    .store
                    .batch(vec![
                        spend,
                        Statement::require_changes(),
                        mark,
                        Statement::require_changes(),
                        store::keep_refresh_token(&hashed(&fresh), session.id),
                    ])
                    .await;
                match written {
                    Ok(_) => {
                        let tokens = Tokens::of(ports, &session, fresh, life.ends_at)?;
                        return Ok(Renewal::Renewed(Box::new(tokens)));
                    }
                    Err(StoreError::Refused(_)) => continue,
                    Err(error) => return Err(error.into()),
                }
            }
        };
        audit::line(ports, "session-ended", why);
        let ended = ports.store.query(store::end(session.id, now)).await?;
        tell_streams(ports, &ended).await;
        return Ok(Renewal::Over);
    }
    Ok(Renewal::Over)
}

/// Ends the session that a refresh token belongs to; one that is unknown ends nothing. Gives the session.
pub async fn end_by_refresh_token(
    ports: &Ports,
    refresh_token: &str,
) -> Result<Option<Session>, Problem> {
    let environment = Environment::of(&*ports.secrets)?;
    let hash = hashed(refresh_token);
    let found = ports
        .store
        .query(store::find_by_refresh_token(&hash, ports.clock.now()))
        .await?;
    let Some(row) = found.rows.first() else {
        return Ok(None);
    };
    let session = Renewable::from_row(row, environment)?.session;
    end(ports, &session, false).await?;
    Ok(Some(session))
}

/// Ends a session, or every session of whose it is.
pub async fn end(ports: &Ports, session: &Session, everywhere: bool) -> Result<(), Problem> {
    let now = ports.clock.now();
    let statement = if everywhere {
        store::end_all(session.kind, &session.subject, now)
    } else {
        store::end(session.id, now)
    };
    let ended = ports.store.query(statement).await?;
    tell_streams(ports, &ended).await;
    Ok(())
}

/// Says of sessions that just ended (rows with their ids) that they have, for open streams, which ask no store while
/// nothing happens. What happens is asked for by the session's own right: a stream that doesn't hear this gets nothing.
pub async fn tell_streams(ports: &Ports, ended: &Outcome) {
    let until = ports.clock.now().plus(LIFETIME + MINUTE);
    for row in ended.rows.iter() {
        if let Ok(id) = row.text("id") {
            let key = Session::ended_key(id);
            let _ = ports.key_value.put(&key, b"1", Some(until)).await;
        }
    }
}

/// The session that a browser's token speaks of, unproven: good for seeing that two cookies don't fit.
pub fn spoken_of(headers: &HeaderMap) -> Option<SessionId> {
    #[derive(Deserialize)]
    struct Spoken {
        sid: SessionId,
    }
    let token = cookie::read(headers, cookie::name::SESSION)?;
    let payload = decoded(token.split('.').nth(1)?)?;
    Some(serde_json::from_slice::<Spoken>(&payload).ok()?.sid)
}
