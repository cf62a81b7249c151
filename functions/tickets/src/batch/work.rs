//! Working a batch off: step by step, each in one transaction that gives its patients their tickets and messages,
//! forgets them, and says how far the batch has come. Whoever is killed or is second has written nothing, and
//! the next one goes on from where the store says. By the job, and by whoever looks at the batch's page.

use serde_json::{Value, json};
use shared::access_log::{self, Activity, LOG_ENTRY_OF_ONE, Resource};
use shared::audit;
use shared::care_unit::CareUnit;
use shared::first_contact::{FirstContact, PatientInput};
use shared::identifiers::{TicketBatchId, TicketId};
use shared::job::Job;
use shared::json::Json;
use shared::patient::Patient;
use shared::personal_identity::PersonalIdentity;
use shared::platform::{Batch, Ports, Statement, StoreError};
use shared::post::ATTEMPTS;
use shared::problem::Problem;
use shared::sealing::{IdentityIndex, Sealer};
use shared::session::{Caller, Staff};

use super::list::Listed;
use super::store::{self, TicketBatch};
use super::{BatchState, KEPT_FOR, STEPS_AT_ONCE};
use crate::api::issue;
use crate::store::{Found, log_write};
use crate::ticket::{Frame, Ticket, TicketDetails, TicketState, valid_within};

/// Who works: a practitioner at the batch's page, or the job.
#[derive(Clone, Copy)]
pub enum Worker<'a> {
    /// The caller, in whose name the access log has it.
    Staff(&'a Staff),
    /// The job, on behalf of whoever confirmed.
    Job,
}

/// How a step ended.
enum Stepped {
    /// So many got their ticket.
    Issued(usize),
    /// There is nothing to do: not confirmed, stopped, done, or no longer of use.
    Nothing,
}

/// Works off so many steps at most, and says how many tickets came of them.
pub async fn work(
    ports: &Ports,
    worker: Worker<'_>,
    batch: TicketBatchId,
    most_steps: usize,
) -> Result<usize, Problem> {
    let mut issued = 0;
    for _ in 0..most_steps {
        match step(ports, worker, batch).await? {
            Stepped::Issued(tickets) => issued += tickets,
            Stepped::Nothing => break,
        }
    }
    Ok(issued)
}

async fn step(ports: &Ports, worker: Worker<'_>, id: TicketBatchId) -> Result<Stepped, Problem> {
    let sealer = Sealer::from_secrets(&*ports.secrets)?;
    for _ in 0..ATTEMPTS {
        let now = ports.clock.now();
        let found = ports.store.query(store::at(id)).await?;
        let row = found.rows.first().ok_or_else(Problem::not_found)?;
        let batch = TicketBatch::from_row(&sealer, row)?;
        if batch.state != BatchState::Working {
            return Ok(Stepped::Nothing);
        }
        if !batch.common.can_be_issued(now) {
            let stopping = store::change(&batch, BatchState::Stopped, None, now);
            return match ports.store.batch(stopping).await {
                Err(error) if !error.refused_by("require_changes") => Err(error.into()),
                _ => Ok(Stepped::Nothing),
            };
        }
        let reading = vec![
            store::step(id, batch.next_step),
            CareUnit::find(&batch.care_unit, &batch.care_provider),
        ];
        let found = ports.store.batch(reading).await?;
        // Somebody else worked it off in between.
        let Some(row) = found[0].rows.first() else {
            continue;
        };
        let patients = store::patients(&sealer, &batch, batch.next_step, row)?;
        let care_unit = CareUnit::from_row(CareUnit::connected(&found[1])?)?;
        let writing = tickets(ports, worker, &sealer, &batch, &care_unit, &patients).await?;
        match ports.store.batch(writing).await {
            Ok(_) => return Ok(Stepped::Issued(patients.len())),
            // Another worker, a stop, or another first contact was quicker: look again.
            Err(error) if error.refused_by("require_changes") || error.refused_by("patients.") => {}
            Err(error) => return Err(error.into()),
        }
    }
    // Others get on with it.
    Ok(Stepped::Nothing)
}

/// Everything that one step writes.
async fn tickets(
    ports: &Ports,
    worker: Worker<'_>,
    sealer: &Sealer,
    batch: &TicketBatch,
    care_unit: &CareUnit,
    patients: &[Listed],
) -> Result<Batch, Problem> {
    let now = ports.clock.now();
    let inputs = patients.iter().map(input).collect::<Result<Vec<_>, _>>()?;
    let indexes = inputs
        .iter()
        .map(|input| IdentityIndex::of(&*ports.secrets, &input.personal_identity))
        .collect::<Result<Vec<_>, _>>()?;
    let finding = indexes
        .iter()
        .map(|index| Patient::find(index, &batch.care_provider));
    let known = ports.store.batch(finding.collect()).await?;
    let common = &batch.common;
    let unfit = |error: crate::ticket::FrameError| Problem::internal(error.to_string());
    let until = valid_within(now, common.valid_days, common.until).map_err(unfit)?;
    let mut writing = store::worked_off(batch, patients.len() as i64, now);
    for ((input, index), known) in inputs.iter().zip(&indexes).zip(&known) {
        let contact = FirstContact::of(ports, sealer, input, known)?;
        writing.extend(contact.rows(ports, sealer, index, &batch.care_provider)?);
        let issued = Found {
            ticket: Ticket {
                id: TicketId::new(ports),
                care_provider: batch.care_provider.clone(),
                care_unit: batch.care_unit.clone(),
                patient: contact.patient.id,
                state: TicketState::Open,
                frame: Frame {
                    practitioner: common.practitioner.clone(),
                    role: common.role,
                    minutes: common.minutes,
                    from: common.from,
                    until: common.until,
                },
                valid_until: until,
                details: TicketDetails {
                    reason: common.reason.clone(),
                    instructions: common.instructions.clone(),
                },
                appointment: None,
                version: 1,
                sent_at: now,
                reminded: false,
                issued_at: now,
            },
            care_unit: care_unit.clone(),
            patient: contact.patient,
            practitioner_name: None,
            visit: None,
        };
        // Confirmed by one, worked off whenever its turn comes: no patient waits for it with the phone in hand.
        let by = &batch.issued_by;
        writing.extend(issue::rows(ports, sealer, &issued, by, false)?);
        writing.push(log_entry(ports, worker, &issued.ticket)?);
    }
    Ok(writing)
}

fn log_entry(ports: &Ports, worker: Worker<'_>, ticket: &Ticket) -> Result<Statement, Problem> {
    match worker {
        Worker::Staff(staff) => log_write(ports, &Caller::Staff(staff.clone()), ticket),
        Worker::Job => access_log::entry_of_job(
            ports,
            "tickets/batches",
            Activity::Write,
            &Resource::new("ticket", ticket.id),
            LOG_ENTRY_OF_ONE,
            vec![(&ticket.care_provider).into(), ticket.patient.into()],
        ),
    }
}

/// A patient of the list, as a first contact takes them. What was kept was checked.
fn input(listed: &Listed) -> Result<PatientInput, Problem> {
    fn parsed<T: std::str::FromStr>(text: &str) -> Result<T, Problem> {
        let broken = |_| StoreError::Broken("a kept row no longer parses".into());
        Ok(text.parse().map_err(broken)?)
    }
    Ok(PatientInput {
        personal_identity: parsed::<PersonalIdentity>(&listed.identity)?,
        name: Some(parsed(&listed.name)?),
        phone: listed.phone.as_deref().map(parsed).transpose()?,
        sms_consent: listed.sms_consent,
        language: Some(listed.language),
        protected_identity: false,
    })
}

/// Works off what staff confirmed, a bounded part at a time, and forgets the lists that nobody came back to.
pub async fn run(_: Job, ports: Ports) -> Result<Json<Value>, Problem> {
    let now = ports.clock.now();
    ports
        .store
        .batch(store::forget(now.plus(-KEPT_FOR)).into())
        .await?;
    let working = ports
        .store
        .query(store::working(STEPS_AT_ONCE as i64))
        .await?;
    let ids = working.rows.iter().map(|row| row.parsed("id"));
    let ids: Vec<TicketBatchId> = ids.collect::<Result<_, _>>()?;
    // Each gets its share, so that a long list holds up no short one.
    let share = STEPS_AT_ONCE / ids.len().max(1);
    let mut issued = 0;
    for id in &ids {
        match work(&ports, Worker::Job, *id, share).await {
            Ok(tickets) => issued += tickets,
            // Its key may be on its way: no other list waits for it, and next time the others come first.
            Err(_) => {
                audit::line(&ports, "ticket-batch-put-off", "failed");
                ports.store.batch(vec![store::touch(*id, now)]).await?;
            }
        }
    }
    let report = json!({
        "at": now.to_string(), "function": "tickets", "job": "batches", "working": ids.len(), "issued": issued,
    });
    shared::json::log(&report);
    Ok(Json(report))
}
