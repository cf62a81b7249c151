//! Sessions: who calls, proven by a signed token, and the guards that a route names in its signature.
//! A handler that takes none of them answers nobody's data; one that takes `Staff` can't be reached by a patient.
//!
//! The token is a JWS in Ed25519 with 15 minutes to live. Only the identity function signs it; all verify.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use http::HeaderMap;
use http::header::AUTHORIZATION;
use http::request::Parts;
use jwt_simple::prelude::{
    Duration, Ed25519KeyPair, Ed25519PublicKey, EdDSAKeyPairLike, EdDSAPublicKeyLike, JWTClaims,
    UnixTimeStamp, VerificationOptions,
};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::cookie;
use crate::environment::Environment;
use crate::hsa_id::HsaId;
use crate::identifiers::{AppointmentId, ParticipantId, SessionId};
use crate::platform::Ports;
use crate::problem::Problem;
use crate::role::Role;
use crate::sealing::{IdentityIndex, decoded, encoded, secret_key};
use crate::standing::StandingStore;
use crate::time::{MINUTE, Timestamp};

/// How long a token holds, in milliseconds.
pub const LIFETIME: i64 = 15 * MINUTE;
/// How far the clocks of our own servers may lie apart, in milliseconds.
const CLOCK_TOLERANCE: i64 = 5_000;
/// No token of ours comes near this many characters.
const LONGEST_TOKEN: usize = 2_000;

/// What kind of person calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SessionKind {
    /// Signed in with 1177 or BankID.
    Patient,
    /// Signed in with a SITHS card, in one commission.
    Practitioner,
    /// Came with a link to one appointment.
    Guest,
}

/// What a token says, beside its times.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Session {
    /// A practitioner's HSA-id; a patient's blind index; a guest's participant id.
    #[serde(skip)]
    pub subject: String,
    /// Which row of the sessions it belongs to: all tokens of one sign-in share it.
    #[serde(rename = "sid")]
    pub id: SessionId,
    /// What kind of person.
    pub kind: SessionKind,
    /// Practitioners and guests: whose records.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub care_provider: Option<HsaId>,
    /// Practitioners: at which unit.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub care_unit: Option<HsaId>,
    /// Practitioners: as what.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub role: Option<Role>,
    /// Practitioners: under which commission.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub commission: Option<HsaId>,
    /// Guests: the one visit it opens.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub appointment: Option<AppointmentId>,
    /// Where it holds.
    pub environment: Environment,
}

/// What somebody hears whose session doesn't hold, whatever the reason.
pub(crate) const NOT_HOLDING: &str =
    "The session is missing, has ended or isn't one of ours: sign in again.";

impl SessionKind {
    /// As tokens, the store and log lines call it.
    pub fn as_str(self) -> &'static str {
        match self {
            SessionKind::Patient => "patient",
            SessionKind::Practitioner => "practitioner",
            SessionKind::Guest => "guest",
        }
    }
}

impl Session {
    /// A patient's.
    pub fn of_patient(patient: &SignedInPatient, id: SessionId, environment: Environment) -> Self {
        Session {
            subject: patient.identity.as_str().to_owned(),
            id,
            kind: SessionKind::Patient,
            care_provider: None,
            care_unit: None,
            role: None,
            commission: None,
            appointment: None,
            environment,
        }
    }

    /// A practitioner's, under one commission.
    pub fn of_staff(staff: &Staff, id: SessionId, environment: Environment) -> Self {
        Session {
            subject: staff.practitioner.to_string(),
            id,
            kind: SessionKind::Practitioner,
            care_provider: Some(staff.care_provider.clone()),
            care_unit: Some(staff.care_unit.clone()),
            role: Some(staff.role),
            commission: Some(staff.commission.clone()),
            appointment: None,
            environment,
        }
    }

    /// A guest's, to one visit.
    pub fn of_guest(guest: &Guest, id: SessionId, environment: Environment) -> Self {
        Session {
            subject: guest.participant.to_string(),
            id,
            kind: SessionKind::Guest,
            care_provider: Some(guest.care_provider.clone()),
            care_unit: None,
            role: None,
            commission: None,
            appointment: Some(guest.appointment),
            environment,
        }
    }

    /// Signs a token for this session that holds from `now` for [`LIFETIME`].
    pub fn sign(&self, key: &SigningKey, now: Timestamp) -> Result<String, Problem> {
        self.sign_until(key, now, now.plus(LIFETIME))
    }

    /// As [`Session::sign`], for a session that ends before a whole [`LIFETIME`] is over.
    pub fn sign_until(
        &self,
        key: &SigningKey,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<String, Problem> {
        let at = |moment: Timestamp| UnixTimeStamp::from_millis(moment.millis().unsigned_abs());
        let claims = JWTClaims {
            issued_at: Some(at(now)),
            expires_at: Some(at(until.min(now.plus(LIFETIME)))),
            invalid_before: None,
            issuer: None,
            subject: Some(self.subject.clone()),
            audiences: None,
            jwt_id: None,
            nonce: None,
            custom: self.clone(),
        };
        key.sign(claims)
    }

    /// The session that a token proves now.
    pub fn verify(token: &str, ports: &Ports) -> Result<Self, Problem> {
        ProvenToken::holding(token, ports).map(|proven| proven.session)
    }

    /// Which session's the token of a request is, and until when it holds: no stream that it opens lasts longer.
    pub fn holds_until(
        headers: &HeaderMap,
        ports: &Ports,
    ) -> Result<(SessionId, Timestamp), Problem> {
        let token = token_of(headers).ok_or_else(|| Problem::not_signed_in(NOT_HOLDING))?;
        ProvenToken::holding(token, ports).map(|proven| (proven.session.id, proven.expires_at))
    }

    /// Under which key it is kept, until its last token has run out, that a session was ended: for open streams,
    /// which don't ask the store while nothing happens.
    pub fn ended_key(session: &str) -> String {
        format!("session-ended.{session}")
    }
}

impl ProvenToken {
    /// What a token proves now.
    fn holding(token: &str, ports: &Ports) -> Result<Self, Problem> {
        let not_holding = || Problem::not_signed_in(NOT_HOLDING);
        let environment = Environment::of(&*ports.secrets)?;
        // A signature is checked once an isolate: that costs more than all else a read does.
        let proven = match ports.proven_tokens.get(token) {
            Some(proven) => proven,
            None => {
                let key = secret_key(&*ports.secrets, "SESSION_PUBLIC_KEY")?;
                let proven = ProvenToken::of(token, &key)?.ok_or_else(not_holding)?;
                ports.proven_tokens.keep(token, proven.clone());
                proven
            }
        };
        // Time and environment are judged each time: only the signature stays true.
        let holds = proven.session.environment == environment && proven.holds_at(ports.clock.now());
        holds.then_some(proven).ok_or_else(not_holding)
    }
}

/// What a token with a good signature says, whether or not it holds now.
#[derive(Debug, Clone)]
pub struct ProvenToken {
    session: Session,
    issued_at: Timestamp,
    expires_at: Timestamp,
}

impl ProvenToken {
    /// Nothing, if the signature, the algorithm or the form isn't ours. Times are judged by
    /// [`ProvenToken::holds_at`] alone.
    fn of(token: &str, key: &[u8]) -> Result<Option<Self>, Problem> {
        let key = Ed25519PublicKey::from_bytes(key)
            .map_err(|error| Problem::internal(format!("SESSION_PUBLIC_KEY: {error}")))?;
        let options = VerificationOptions {
            max_token_length: Some(LONGEST_TOKEN),
            // The library must not judge times, for it would do so only the first time.
            artificial_time: Some(UnixTimeStamp::from_secs(0)),
            time_tolerance: Some(Duration::from_secs(0)),
            accept_future: true,
            ..VerificationOptions::default()
        };
        let Ok(claims) = key.verify_token::<Session>(token, Some(options)) else {
            return Ok(None);
        };
        // The library lets a token without times pass: ours always have them.
        let (Some(issued_at), Some(expires_at), Some(subject)) =
            (claims.issued_at, claims.expires_at, claims.subject)
        else {
            return Ok(None);
        };
        let moment = |at: UnixTimeStamp| {
            Timestamp::from_millis(i64::try_from(at.as_millis()).unwrap_or(i64::MAX))
        };
        let mut session = claims.custom;
        session.subject = subject;
        Ok(Some(ProvenToken {
            session,
            issued_at: moment(issued_at),
            expires_at: moment(expires_at),
        }))
    }

    /// Whether it has begun, has not ended, and was never given more than [`LIFETIME`].
    fn holds_at(&self, now: Timestamp) -> bool {
        self.issued_at <= now.plus(CLOCK_TOLERANCE)
            && now < self.expires_at
            && self.expires_at <= self.issued_at.plus(LIFETIME)
    }
}

/// A key that signs tokens: sessions' is a secret of the identity function alone (`SESSION_SIGNING_KEY`).
pub struct SigningKey(Ed25519KeyPair);

impl SigningKey {
    /// A token in Ed25519 (JWS) of these claims.
    pub fn sign<T: Serialize + DeserializeOwned>(
        &self,
        claims: JWTClaims<T>,
    ) -> Result<String, Problem> {
        self.0
            .sign(claims)
            .map_err(|error| Problem::internal(format!("a token did not sign: {error}")))
    }

    /// The public half.
    pub fn public(&self) -> Ed25519PublicKey {
        self.0.public_key()
    }

    /// A new one.
    pub fn generate() -> Self {
        SigningKey(Ed25519KeyPair::generate())
    }

    /// From base64url of its 64 bytes, private and public half.
    pub fn from_text(text: &str) -> Option<Self> {
        let bytes = decoded(text)?;
        Ed25519KeyPair::from_bytes(&bytes).ok().map(SigningKey)
    }

    /// As [`SigningKey::from_text`] reads it.
    pub fn to_text(&self) -> String {
        encoded(&self.0.to_bytes())
    }

    /// The public half, as `SESSION_PUBLIC_KEY` keeps it.
    pub fn public_text(&self) -> String {
        encoded(&self.0.public_key().to_bytes())
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Session {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let ports = Ports::from_request_parts(parts, state).await?;
        let session = Session::of_headers(&parts.headers, &ports)?;
        // From here on the request's store asks first whether the session has been ended.
        parts.extensions.insert(Ports {
            store: Arc::new(StandingStore::new(Arc::clone(&ports.store), session.id)),
            acting: session.acting(),
            ..ports
        });
        Ok(session)
    }
}

impl Session {
    /// Who of the staff acts, and at which unit, in one word.
    fn acting(&self) -> Option<Arc<str>> {
        let unit = self.care_unit.as_ref()?;
        Some(format!("{}_{unit}", self.subject).into())
    }

    /// The session that a request's token proves, whether or not it was ended: for ending it.
    pub fn of_headers(headers: &HeaderMap, ports: &Ports) -> Result<Self, Problem> {
        let token = token_of(headers).ok_or_else(|| Problem::not_signed_in(NOT_HOLDING))?;
        Session::verify(token, ports)
    }
}

/// The token that a request carries: a program's Bearer, or else a browser's cookie. What a cookie may
/// change is judged before any route, in `same_origin`.
fn token_of(headers: &HeaderMap) -> Option<&str> {
    match headers.get(AUTHORIZATION) {
        Some(value) => value.to_str().ok()?.strip_prefix("Bearer "),
        None => cookie::read(headers, cookie::name::SESSION),
    }
}

/// A practitioner, acting under one commission at one unit.
#[derive(Debug, Clone)]
pub struct Staff {
    /// Who.
    pub practitioner: HsaId,
    /// Whose records.
    pub care_provider: HsaId,
    /// At which unit.
    pub care_unit: HsaId,
    /// As what.
    pub role: Role,
    /// Under which commission.
    pub commission: HsaId,
}

/// A patient who reaches only what is their own.
#[derive(Debug, Clone)]
pub struct SignedInPatient {
    /// Finds their rows at every care provider.
    pub identity: IdentityIndex,
}

/// Somebody invited to one visit, who came with a link to it and reaches nothing else.
#[derive(Debug, Clone)]
pub struct Guest {
    /// Who, in the list of the visit's participants.
    pub participant: ParticipantId,
    /// The visit.
    pub appointment: AppointmentId,
    /// Whose records.
    pub care_provider: HsaId,
}

/// Staff or patient, for the routes that serve both.
#[derive(Debug, Clone)]
pub enum Caller {
    /// A practitioner.
    Staff(Staff),
    /// A patient.
    Patient(SignedInPatient),
}

impl TryFrom<Session> for Caller {
    type Error = Problem;

    fn try_from(session: Session) -> Result<Self, Problem> {
        match session.kind {
            SessionKind::Patient => Ok(Caller::Patient(SignedInPatient {
                identity: IdentityIndex::from_subject(&session.subject),
            })),
            SessionKind::Practitioner => {
                let incomplete = || Problem::not_signed_in(NOT_HOLDING);
                Ok(Caller::Staff(Staff {
                    practitioner: session.subject.parse().map_err(|_| incomplete())?,
                    care_provider: session.care_provider.ok_or_else(incomplete)?,
                    care_unit: session.care_unit.ok_or_else(incomplete)?,
                    role: session.role.ok_or_else(incomplete)?,
                    commission: session.commission.ok_or_else(incomplete)?,
                }))
            }
            SessionKind::Guest => Err(Problem::not_allowed(
                "A guest link opens its own appointment and nothing else.",
            )),
        }
    }
}

impl Caller {
    /// A name that no two callers share: kind, subject, and of staff the commission, for under another one the same
    /// person is another caller.
    pub fn name(&self) -> String {
        match self {
            Caller::Staff(staff) => {
                format!("practitioner:{} {}", staff.practitioner, staff.commission)
            }
            Caller::Patient(patient) => format!("patient:{}", patient.identity.as_str()),
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        Session::from_request_parts(parts, state).await?.try_into()
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Staff {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match Caller::from_request_parts(parts, state).await? {
            Caller::Staff(staff) => Ok(staff),
            Caller::Patient(_) => Err(Problem::not_allowed("Only care staff can do this.")),
        }
    }
}

/// A unit's administrator: looks after its access log and settings.
#[derive(Debug, Clone)]
pub struct Administrator(pub Staff);

impl<S: Send + Sync> FromRequestParts<S> for Administrator {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let staff = Staff::from_request_parts(parts, state).await?;
        if staff.role == Role::Administrator {
            Ok(Administrator(staff))
        } else {
            Err(Problem::not_allowed(
                "Only the unit's administrator can do this.",
            ))
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for SignedInPatient {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match Caller::from_request_parts(parts, state).await? {
            Caller::Patient(patient) => Ok(patient),
            Caller::Staff(_) => Err(Problem::not_allowed("Only the patient can do this.")),
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Guest {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let session = Session::from_request_parts(parts, state).await?;
        if session.kind != SessionKind::Guest {
            return Err(Problem::not_allowed("Only an invited guest can do this."));
        }
        let incomplete = || Problem::not_signed_in(NOT_HOLDING);
        Ok(Guest {
            participant: session.subject.parse().map_err(|_| incomplete())?,
            appointment: session.appointment.ok_or_else(incomplete)?,
            care_provider: session.care_provider.ok_or_else(incomplete)?,
        })
    }
}
