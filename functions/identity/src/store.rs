//! The SQL of sign-in: sessions and their refresh tokens, commissions, guests' links.

use shared::guest_link;
use shared::hsa_id::HsaId;
use shared::identifiers::{AppointmentId, ParticipantId, SessionId};
use shared::platform::{Outcome, Ports, Row, Statement, StoreError};
use shared::problem::Problem;
use shared::role::Role;
use shared::sealing::{IdentityIndex, Place, Sealer};
use shared::session::{Session, SessionKind};
use shared::time::Timestamp;

use crate::life::Life;

/// Keeps a session that begins now. A second one of the same attempt is refused by `sessions.started_by`.
pub fn start(
    session: &Session,
    attempt_hash: &str,
    now: Timestamp,
    ends_at: Timestamp,
) -> Statement {
    Statement::new(
        "INSERT INTO sessions (
  id, kind, subject, care_provider_id, care_unit_id, role, commission_id, appointment_id,
  started_by, started_at, renewed_at, ends_at
)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?10, ?11)",
        [
            session.id.into(),
            session.kind.as_str().into(),
            session.subject.as_str().into(),
            session.care_provider.as_ref().into(),
            session.care_unit.as_ref().into(),
            session.role.into(),
            session.commission.as_ref().into(),
            session.appointment.into(),
            attempt_hash.into(),
            now.into(),
            ends_at.into(),
        ],
    )
}

/// Keeps the hash of the refresh token that a session has from now on.
pub fn keep_refresh_token(hash: &str, session: SessionId) -> Statement {
    Statement::new(
        "INSERT INTO refresh_tokens (hash, session_id) VALUES (?1, ?2)",
        [hash.into(), session.into()],
    )
}

/// Finds a session by the hash of one of its refresh tokens, with what its renewal depends on: whether the
/// commission still stands, and when a guest's visit is.
pub fn find_by_refresh_token(hash: &str, now: Timestamp) -> Statement {
    Statement::new(
        "SELECT token.used_at, session.id, session.kind, session.subject, session.care_provider_id,
  session.care_unit_id, session.role, session.commission_id, session.appointment_id,
  session.renewed_at, session.ends_at, session.ended_at,
  CASE session.kind
    WHEN 'practitioner' THEN EXISTS (
      SELECT 1 FROM commissions
      WHERE commissions.id = session.commission_id AND commissions.practitioner_id = session.subject
    )
    WHEN 'guest' THEN EXISTS (
      SELECT 1 FROM appointments
      WHERE appointments.id = session.appointment_id AND appointments.state <> 'cancelled'
        AND appointments.starts_at - ?3 <= ?2 AND ?2 < appointments.ends_at + ?3
    )
    ELSE 1
  END AS has_right
FROM refresh_tokens AS token
JOIN sessions AS session ON session.id = token.session_id
WHERE token.hash = ?1",
        [hash.into(), now.into(), guest_link::MARGIN.into()],
    )
}

/// A row of [`find_by_refresh_token`].
pub struct Renewable {
    /// What its tokens say.
    pub session: Session,
    /// Its life.
    pub life: Life,
    /// Whether a practitioner's commission still stands, and a guest's visit is open still.
    pub has_right: bool,
}

impl Renewable {
    /// From the row; the environment is this deployment's, for its store is no other's.
    pub fn from_row(
        row: Row,
        environment: shared::environment::Environment,
    ) -> Result<Self, StoreError> {
        let at = |column| Ok::<_, StoreError>(Timestamp::from_millis(row.integer(column)?));
        let at_most =
            |column| Ok::<_, StoreError>(row.optional_integer(column)?.map(Timestamp::from_millis));
        let kind = match row.text("kind")? {
            "patient" => SessionKind::Patient,
            "practitioner" => SessionKind::Practitioner,
            _ => SessionKind::Guest,
        };
        Ok(Renewable {
            session: Session {
                subject: row.text("subject")?.to_owned(),
                id: row.parsed("id")?,
                kind,
                care_provider: row.optional_parsed("care_provider_id")?,
                care_unit: row.optional_parsed("care_unit_id")?,
                role: row.optional_parsed("role")?,
                commission: row.optional_parsed("commission_id")?,
                appointment: row.optional_parsed("appointment_id")?,
                environment,
            },
            life: Life {
                kind,
                renewed_at: at("renewed_at")?,
                ends_at: at("ends_at")?,
                ended_at: at_most("ended_at")?,
                token_used_at: at_most("used_at")?,
            },
            has_right: row.truth("has_right")?,
        })
    }
}

/// Spends a refresh token and marks its session as renewed: the next two statements of a batch, each
/// followed by `require_changes`, so that of two at once one is refused.
pub fn renew(hash: &str, session: SessionId, now: Timestamp) -> [Statement; 2] {
    [
        Statement::new(
            "UPDATE refresh_tokens SET used_at = ?2 WHERE hash = ?1 AND used_at IS NULL",
            [hash.into(), now.into()],
        ),
        Statement::new(
            "UPDATE sessions SET renewed_at = ?2 WHERE id = ?1 AND ended_at IS NULL",
            [session.into(), now.into()],
        ),
    ]
}

/// Ends a session; one that has ended stays as it was. Its id comes back.
pub fn end(session: SessionId, now: Timestamp) -> Statement {
    Statement::new(
        "UPDATE sessions SET ended_at = ?2 WHERE id = ?1 AND ended_at IS NULL RETURNING id",
        [session.into(), now.into()],
    )
}

/// Ends every session of somebody: their ids come back.
pub fn end_all(kind: SessionKind, subject: &str, now: Timestamp) -> Statement {
    Statement::new(
        "UPDATE sessions SET ended_at = ?3 WHERE subject = ?1 AND kind = ?2 AND ended_at IS NULL RETURNING id",
        [subject.into(), kind.as_str().into(), now.into()],
    )
}

/// Ends the sessions of a practitioner at one unit, if they have a commission there: their ids come back.
pub fn end_at_unit(practitioner: &HsaId, care_unit: &HsaId, now: Timestamp) -> Statement {
    Statement::new(
        "UPDATE sessions SET ended_at = ?3
WHERE subject = ?1 AND kind = 'practitioner' AND care_unit_id = ?2 AND ended_at IS NULL
RETURNING id",
        [practitioner.into(), care_unit.into(), now.into()],
    )
}

/// One row, if a practitioner works at a unit.
pub fn works_at(practitioner: &HsaId, care_unit: &HsaId) -> Statement {
    Statement::new(
        "SELECT 1 AS works FROM commissions WHERE practitioner_id = ?1 AND care_unit_id = ?2 LIMIT 1",
        [practitioner.into(), care_unit.into()],
    )
}

/// Deletes sessions whose absolute end lies before, the oldest first: first their refresh tokens, then the
/// sessions, whose ids come back.
pub fn delete_sessions_over_since(before: Timestamp, most: i64) -> [Statement; 2] {
    [
        "DELETE FROM refresh_tokens WHERE session_id IN (
  SELECT id FROM sessions WHERE ends_at < ?1 ORDER BY ends_at, id LIMIT ?2)",
        "DELETE FROM sessions WHERE id IN (
  SELECT id FROM sessions WHERE ends_at < ?1 ORDER BY ends_at, id LIMIT ?2)
RETURNING id",
    ]
    .map(|sql| Statement::new(sql, [before.into(), most.into()]))
}

/// Deletes counters of tries that began before, the oldest first. Their beginnings come back.
pub fn delete_tries_before(before: Timestamp, most: i64) -> Statement {
    Statement::new(
        "DELETE FROM rate_limits WHERE bucket IN (
  SELECT bucket FROM rate_limits WHERE began_at < ?1 ORDER BY began_at LIMIT ?2)
RETURNING began_at",
        [before.into(), most.into()],
    )
}

/// Deletes the kept answers to POSTs of before, the oldest first. Their times come back.
pub fn delete_answers_before(before: Timestamp, most: i64) -> Statement {
    Statement::new(
        "DELETE FROM idempotency_keys WHERE (subject, key) IN (
  SELECT subject, key FROM idempotency_keys WHERE created_at < ?1 ORDER BY created_at LIMIT ?2)
RETURNING created_at",
        [before.into(), most.into()],
    )
}

/// Deletes what every unit has of notifications beyond its last thousand, unit by unit. Their numbers come back.
pub fn delete_notifications_beyond_a_thousand(most: i64) -> Statement {
    Statement::new(
        "DELETE FROM notifications WHERE (care_unit_id, number) IN (
  SELECT notifications.care_unit_id, notifications.number
  FROM care_units
  JOIN notifications ON notifications.care_unit_id = care_units.id AND notifications.number <= (
    SELECT max(newest.number) FROM notifications AS newest WHERE newest.care_unit_id = care_units.id
  ) - 1000
  LIMIT ?1)
RETURNING number",
        [most.into()],
    )
}

/// One row, if a session is over: ended, or past its absolute end.
pub fn over(session: SessionId, now: Timestamp) -> Statement {
    Statement::new(
        "SELECT 1 AS over FROM sessions WHERE id = ?1 AND (ended_at IS NOT NULL OR ends_at <= ?2)",
        [session.into(), now.into()],
    )
}

/// The lowest age limit among the units of care providers that know a patient. One row, null for nobody's.
pub fn lowest_age_limit(identity: &IdentityIndex) -> Statement {
    Statement::new(
        "SELECT min(unit.age_limit) AS age_limit
FROM patients AS patient
JOIN care_units AS unit ON unit.care_provider_id = patient.care_provider_id
WHERE patient.identity_index = ?1",
        [identity.as_str().into()],
    )
}

/// Another language than Swedish that a patient's profile names at some care provider, if one does. Swedish is also what
/// stands where nobody said anything, so it says nothing.
pub fn profile_language(identity: &IdentityIndex) -> Statement {
    Statement::new(
        "SELECT language FROM patients WHERE identity_index = ?1 AND language <> 'sv' LIMIT 1",
        [identity.as_str().into()],
    )
}

/// A patient's name at one of the care providers that know them.
pub fn patient_name(identity: &IdentityIndex) -> Statement {
    Statement::new(
        "SELECT id, care_provider_id, name FROM patients WHERE identity_index = ?1 LIMIT 1",
        [identity.as_str().into()],
    )
}

/// A practitioner's name.
pub fn practitioner_name(practitioner: &HsaId) -> Statement {
    Statement::new(
        "SELECT id, care_provider_id, name FROM practitioners WHERE id = ?1",
        [practitioner.into()],
    )
}

/// The name that [`patient_name`] or [`practitioner_name`] found. One that doesn't open keeps nobody from signing in.
pub fn opened_name(ports: &Ports, found: &Outcome, column: &'static str) -> Option<String> {
    let row = found.rows.first()?;
    let care_provider: HsaId = row.parsed("care_provider_id").ok()?;
    let place = Place {
        care_provider: &care_provider,
        column,
        row: row.text("id").ok()?,
    };
    let sealer = Sealer::from_secrets(&*ports.secrets).ok()?;
    sealer.open(place, row.text("name").ok()?).ok()
}

/// The commissions of a practitioner at connected units.
pub fn commissions(practitioner: &HsaId) -> Statement {
    Statement::new(
        "SELECT commission.id, commission.role, commission.care_unit_id, unit.care_provider_id, unit.name
FROM commissions AS commission
JOIN care_units AS unit ON unit.id = commission.care_unit_id
WHERE commission.practitioner_id = ?1
ORDER BY unit.name, commission.id",
        [practitioner.into()],
    )
}

/// A row of [`commissions`].
#[derive(Debug, Clone)]
pub struct Commission {
    /// HSA-id.
    pub id: HsaId,
    /// As what.
    pub role: Role,
    /// Where.
    pub care_unit: HsaId,
    /// Whose records.
    pub care_provider: HsaId,
    /// The unit's name.
    pub unit_name: String,
}

impl Commission {
    /// From the row.
    pub fn from_row(row: Row) -> Result<Self, StoreError> {
        Ok(Commission {
            id: row.parsed("id")?,
            role: row.parsed("role")?,
            care_unit: row.parsed("care_unit_id")?,
            care_provider: row.parsed("care_provider_id")?,
            unit_name: row.text("name")?.to_owned(),
        })
    }
}

/// Ends the sessions that a participant's links began: with the link goes what it opened.
pub fn end_guests(participant: ParticipantId, now: Timestamp) -> Statement {
    end_all(SessionKind::Guest, &participant.to_string(), now)
}

/// A participant of a visit at a unit, with what issuing a link to them needs.
pub fn participant_at(
    appointment: AppointmentId,
    participant: ParticipantId,
    care_unit: &HsaId,
) -> Statement {
    Statement::new(
        "SELECT appointment.patient_id, appointment.starts_at, appointment.ends_at, appointment.state
FROM appointments AS appointment
JOIN participants AS participant ON participant.appointment_id = appointment.id
WHERE appointment.id = ?1 AND participant.id = ?2 AND appointment.care_unit_id = ?3",
        [appointment.into(), participant.into(), care_unit.into()],
    )
}

/// One row that must be there, for our own statements always answer it.
pub fn only_row<'a>(rows: &'a shared::platform::Rows) -> Result<Row<'a>, Problem> {
    rows.first()
        .ok_or_else(|| Problem::internal("a statement answered without its row"))
}
