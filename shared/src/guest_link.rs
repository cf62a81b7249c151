//! Guests' links: the way of an invited participant to one visit. Written in the batch that invites; only
//! the hash is kept. The code is handed out once, to be sealed into the message that carries it.

use crate::hsa_id::HsaId;
use crate::identifiers::{AppointmentId, ParticipantId};
use crate::platform::{Ports, Row, Statement, StoreError};
use crate::problem::Problem;
use crate::same_origin::own_origin;
use crate::sealing::encoded;
use crate::time::{MINUTE, Timestamp};

/// How long before the visit and after it a link opens it, in milliseconds.
pub const MARGIN: i64 = 30 * MINUTE;
/// A code's length: 128 bits as base64url.
const CODE_LENGTH: usize = 22;

/// A new link.
pub struct GuestLink {
    code: String,
    hash: String,
}

impl GuestLink {
    /// A new code of 128 bits.
    pub fn new(ports: &Ports) -> Result<Self, Problem> {
        let mut bytes = [0; 16];
        ports.random.fill(&mut bytes);
        let code = encoded(&bytes);
        Ok(GuestLink {
            hash: hash_of(&code),
            code,
        })
    }

    /// The address to be sent to the participant, and nobody else.
    pub fn address(&self, ports: &Ports) -> Result<String, Problem> {
        let origin = own_origin(&*ports.secrets)?;
        Ok(format!("{origin}/identity/g/{}", self.code))
    }

    /// The statements that keep it, in place of any earlier one of the participant.
    pub fn insert(
        &self,
        ports: &Ports,
        care_provider: &HsaId,
        appointment: AppointmentId,
        participant: ParticipantId,
    ) -> [Statement; 2] {
        let now = ports.clock.now();
        [
            revoke(appointment, participant, now),
            Statement::new(
                "INSERT INTO guest_links (hash, care_provider_id, appointment_id, participant_id, created_at)
VALUES (?1, ?2, ?3, ?4, ?5)",
                [
                    self.hash.as_str().into(),
                    care_provider.into(),
                    appointment.into(),
                    participant.into(),
                    now.into(),
                ],
            ),
        ]
    }
}

/// Revokes whatever link a participant has.
pub fn revoke(appointment: AppointmentId, participant: ParticipantId, now: Timestamp) -> Statement {
    Statement::new(
        "UPDATE guest_links SET revoked_at = ?3
WHERE appointment_id = ?1 AND participant_id = ?2 AND revoked_at IS NULL",
        [appointment.into(), participant.into(), now.into()],
    )
}

/// Finds the visit that a code opens, revoked links left out. `needs_confirmation` is the one place that
/// says who must confirm a second time: whoever's link asks for it, and every guest of a patient with
/// protected identity.
pub fn find(code: &str) -> Result<Statement, Problem> {
    Ok(Statement::new(
        "SELECT link.care_provider_id, link.appointment_id, link.participant_id, participant.contact,
  appointment.state, appointment.starts_at, appointment.ends_at,
  max(link.asks_for_phone, patient.protected_identity) AS needs_confirmation
FROM guest_links AS link
JOIN appointments AS appointment ON appointment.id = link.appointment_id
JOIN patients AS patient ON patient.id = appointment.patient_id
JOIN participants AS participant ON participant.appointment_id = link.appointment_id AND participant.id = link.participant_id
WHERE link.hash = ?1 AND link.revoked_at IS NULL",
        [hash_of(code).into()],
    ))
}

/// Whether a text has the form of a code at all.
pub fn has_form(code: &str) -> bool {
    code.len() == CODE_LENGTH
        && code
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

/// When a visit's links open it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opening {
    /// From this moment on.
    Later(Timestamp),
    /// Now, and until this moment.
    Open(Timestamp),
    /// No more.
    Over,
}

impl Opening {
    /// For a visit of this time.
    pub fn of(starts_at: Timestamp, ends_at: Timestamp, now: Timestamp) -> Self {
        let (opens_at, closes_at) = (starts_at.plus(-MARGIN), ends_at.plus(MARGIN));
        if now < opens_at {
            Opening::Later(opens_at)
        } else if now < closes_at {
            Opening::Open(closes_at)
        } else {
            Opening::Over
        }
    }

    /// From a row with `state`, `starts_at` and `ends_at` of a visit; a cancelled one is over.
    pub fn from_row(row: Row, now: Timestamp) -> Result<Self, StoreError> {
        if row.text("state")? == "cancelled" {
            return Ok(Opening::Over);
        }
        let at = |column| Ok::<_, StoreError>(Timestamp::from_millis(row.integer(column)?));
        Ok(Opening::of(at("starts_at")?, at("ends_at")?, now))
    }
}

fn hash_of(code: &str) -> String {
    encoded(&hmac_sha256::Hash::hash(code.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_opens_half_an_hour_before_and_closes_half_an_hour_after() {
        let start = Timestamp::from_millis(1_000_000_000);
        let end = start.plus(45 * MINUTE);
        let at = |moment: Timestamp| Opening::of(start, end, moment);
        assert_eq!(
            at(start.plus(-MARGIN - 1)),
            Opening::Later(start.plus(-MARGIN))
        );
        assert_eq!(at(start.plus(-MARGIN)), Opening::Open(end.plus(MARGIN)));
        assert_eq!(at(end.plus(MARGIN - 1)), Opening::Open(end.plus(MARGIN)));
        assert_eq!(at(end.plus(MARGIN)), Opening::Over);
    }
}
