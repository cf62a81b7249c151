//! Telling staff of messages that did not arrive, or can't leave: a task, once a message, logged as the job's that
//! found it.

use shared::hsa_id::HsaId;
use shared::identifiers::PatientId;
use shared::notification::tell;
use shared::platform::{Ports, Statement};
use shared::problem::Problem;
use shared::sealing::Sealer;
use shared::task::{NewTask, TaskKind};

use crate::store;

/// Whose message it is.
pub struct Whose<'a> {
    /// The message.
    pub id: &'a str,
    /// Whose row it is.
    pub care_provider: &'a HsaId,
    /// The unit that it speaks for.
    pub care_unit: &'a HsaId,
    /// The patient it is about.
    pub patient: PatientId,
}

/// The task that a message which did not arrive gives staff, with the access-log entry of the job that found it.
pub fn failure_task(
    ports: &Ports,
    sealer: &Sealer,
    job: &'static str,
    whose: &Whose,
    why: &str,
) -> Result<[Statement; 2], Problem> {
    let task = NewTask {
        care_provider: whose.care_provider,
        care_unit: whose.care_unit,
        kind: TaskKind::MessageFailed,
        patient: whose.patient,
        resource: ("text-message", whose.id.to_owned()),
        note: Some(why),
    };
    Ok([
        task.insert(ports, sealer)?,
        store::log_task(ports, job, whose.id, whose.care_provider, whose.patient)?,
    ])
}

/// Tells staff of messages, each once: of those that are `found`, unless marking one changes nothing.
pub async fn tell_staff(
    ports: &Ports,
    sealer: &Sealer,
    found: Statement,
    mark: fn(&str) -> Statement,
    why: &'static str,
) -> Result<usize, Problem> {
    let found = ports.store.query(found).await?;
    let mut told = 0;
    for row in found.rows.iter() {
        let (care_provider, care_unit) =
            (row.parsed("care_provider_id")?, row.parsed("care_unit_id")?);
        let whose = Whose {
            id: row.text("id")?,
            care_provider: &care_provider,
            care_unit: &care_unit,
            patient: row.parsed("patient_id")?,
        };
        let mut writing = vec![mark(whose.id), Statement::require_changes()];
        writing.extend(failure_task(ports, sealer, "sms/deliver", &whose, why)?);
        match ports.store.batch(writing).await {
            Ok(_) => {
                told += 1;
                tell(ports, &care_unit);
            }
            Err(error) if error.refused_by("require_changes") => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(told)
}
