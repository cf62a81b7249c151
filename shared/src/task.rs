//! Tasks for staff: what a person at a unit must look at, written in the batch of what gave rise to it.
//! Listing them and ticking them off is the staff workspace's.

use crate::hsa_id::HsaId;
use crate::identifiers::{PatientId, TaskId};
use crate::platform::{Ports, Statement};
use crate::problem::Problem;
use crate::sealing::{Place, Sealer};

/// Why staff must look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TaskKind {
    /// A patient found no time among those of the ticket ("ingen tid passar").
    NoTimeFits,
    /// A text message did not arrive.
    MessageFailed,
    /// A case's time is over, and the patient's last message has no answer.
    UnansweredAtClose,
}

impl TaskKind {
    /// Its name in the store and the API.
    pub fn as_str(self) -> &'static str {
        match self {
            TaskKind::NoTimeFits => "no-time-fits",
            TaskKind::MessageFailed => "message-failed",
            TaskKind::UnansweredAtClose => "unanswered-at-close",
        }
    }
}

/// A task to be written.
pub struct NewTask<'a> {
    /// Whose row it is.
    pub care_provider: &'a HsaId,
    /// The unit that must look.
    pub care_unit: &'a HsaId,
    /// Why.
    pub kind: TaskKind,
    /// Whom it is about.
    pub patient: PatientId,
    /// What it is about: a type and an id, as in the access log.
    pub resource: (&'static str, String),
    /// What was written or went wrong.
    pub note: Option<&'a str>,
}

impl NewTask<'_> {
    /// The statement that writes it.
    pub fn insert(&self, ports: &Ports, sealer: &Sealer) -> Result<Statement, Problem> {
        let id = TaskId::new(ports).to_string();
        let place = Place {
            care_provider: self.care_provider,
            column: "tasks.note",
            row: &id,
        };
        let note = self
            .note
            .map(|note| sealer.seal(&*ports.random, place, note))
            .transpose()?;
        let (resource_type, resource_id) = &self.resource;
        Ok(Statement::new(
            "INSERT INTO tasks (
  id, care_provider_id, care_unit_id, kind, patient_id, resource_type, resource_id, note, created_at
)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            [
                id.into(),
                self.care_provider.into(),
                self.care_unit.into(),
                self.kind.as_str().into(),
                self.patient.into(),
                (*resource_type).into(),
                resource_id.as_str().into(),
                note.into(),
                ports.clock.now().into(),
            ],
        ))
    }
}
