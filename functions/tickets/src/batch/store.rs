//! The batches' SQL. Staff find those of their own unit: the wall stands in the WHERE.

use serde_json::Value;
use shared::hsa_id::HsaId;
use shared::identifiers::TicketBatchId;
use shared::platform::{Batch, Ports, Row, Statement, StoreError};
use shared::problem::Problem;
use shared::sealing::{Place, Sealer};
use shared::session::Staff;
use shared::time::Timestamp;

use super::list::Listed;
use super::{BatchState, Common, STEP};

/// The column in which what is common is sealed.
const COMMON: &str = "ticket_batches.common";
/// The column in which a step's patients are sealed.
const PATIENTS: &str = "ticket_batch_steps.patients";
/// How many steps one statement keeps: some hundred kilobytes.
const STEPS_A_STATEMENT: usize = 50;

/// A batch as it is kept.
pub struct TicketBatch {
    /// Its id.
    pub id: TicketBatchId,
    /// Whose row it is.
    pub care_provider: HsaId,
    /// At which unit.
    pub care_unit: HsaId,
    /// How far it has come.
    pub state: BatchState,
    /// What every ticket is like.
    pub common: Common,
    /// How many rows the list had.
    pub rows: i64,
    /// How many tickets it is to give.
    pub wanted: i64,
    /// How many it has given.
    pub issued: i64,
    /// What is wrong with the other rows, as [`super::list::Fault`] is kept: the first faults.
    pub faults: Value,
    /// How many faults there were.
    pub fault_count: i64,
    /// The first step that hasn't been worked off.
    pub next_step: i64,
    /// How many steps there are.
    pub steps: i64,
    /// Who confirmed it, else who uploaded it.
    pub issued_by: HsaId,
    /// When it was uploaded.
    pub created_at: Timestamp,
}

macro_rules! batches {
    ($where:literal) => {
        concat!(
            "SELECT id, care_provider_id, care_unit_id, state, common, rows, wanted, issued, faults, fault_count, next_step, steps, issued_by, created_at
FROM ticket_batches
WHERE ",
            $where
        )
    };
}

/// Finds a batch of the caller's unit.
pub fn find(id: TicketBatchId, staff: &Staff) -> Statement {
    Statement::new(
        batches!("id = ?1 AND care_provider_id = ?2 AND care_unit_id = ?3"),
        [
            id.into(),
            (&staff.care_provider).into(),
            (&staff.care_unit).into(),
        ],
    )
}

/// The unit's batches, the newest first.
pub fn list(staff: &Staff, limit: i64) -> Statement {
    Statement::new(
        batches!(
            "care_unit_id = ?1
ORDER BY id DESC
LIMIT ?2"
        ),
        [(&staff.care_unit).into(), limit.into()],
    )
}

/// A batch whose id is known to whoever works it off.
pub fn at(id: TicketBatchId) -> Statement {
    Statement::new(batches!("id = ?1"), [id.into()])
}

/// The ids of the batches that are being worked off, the longest untouched first.
pub fn working(limit: i64) -> Statement {
    Statement::new(
        "SELECT id FROM ticket_batches WHERE state = 'working' ORDER BY changed_at LIMIT ?1",
        [limit.into()],
    )
}

impl TicketBatch {
    /// From a row of [`find`], [`list`] or [`at`].
    pub fn from_row(sealer: &Sealer, row: Row) -> Result<Self, Problem> {
        let care_provider: HsaId = row.parsed("care_provider_id")?;
        let place = Place {
            care_provider: &care_provider,
            column: COMMON,
            row: row.text("id")?,
        };
        let common = document(&sealer.open(place, row.text("common")?)?)?;
        Ok(TicketBatch {
            id: row.parsed("id")?,
            care_unit: row.parsed("care_unit_id")?,
            state: row.parsed("state")?,
            common: Common::from_json(&common).ok_or_else(broken)?,
            rows: row.integer("rows")?,
            wanted: row.integer("wanted")?,
            issued: row.integer("issued")?,
            faults: document(row.text("faults")?)?,
            fault_count: row.integer("fault_count")?,
            next_step: row.integer("next_step")?,
            steps: row.integer("steps")?,
            issued_by: row.parsed("issued_by")?,
            created_at: Timestamp::from_millis(row.integer("created_at")?),
            care_provider,
        })
    }
}

fn step_place(batch: TicketBatchId, number: i64) -> String {
    format!("{batch}/{number}")
}

fn broken() -> StoreError {
    StoreError::Broken("a batch's document no longer parses".into())
}

fn document(text: &str) -> Result<Value, StoreError> {
    serde_json::from_str(text).map_err(|_| broken())
}

/// The statements that keep a checked list: the batch, and its patients in steps.
pub fn insert(
    ports: &Ports,
    sealer: &Sealer,
    batch: &TicketBatch,
    listed: &[Listed],
) -> Result<Batch, Problem> {
    let id = batch.id.to_string();
    let place = Place {
        care_provider: &batch.care_provider,
        column: COMMON,
        row: &id,
    };
    let mut writing = vec![Statement::new(
        "INSERT INTO ticket_batches (
  id, care_provider_id, care_unit_id, state, common, rows, wanted, faults, steps, issued_by, created_at, changed_at,
  fault_count
)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?11, ?12)",
        [
            batch.id.into(),
            (&batch.care_provider).into(),
            (&batch.care_unit).into(),
            batch.state.as_str().into(),
            sealer
                .seal(&*ports.random, place, &batch.common.to_json().to_string())?
                .into(),
            batch.rows.into(),
            batch.wanted.into(),
            batch.faults.to_string().into(),
            batch.steps.into(),
            (&batch.issued_by).into(),
            batch.created_at.into(),
            batch.fault_count.into(),
        ],
    )];
    let mut sealed = vec![];
    for (number, patients) in listed.chunks(STEP).enumerate() {
        let row = step_place(batch.id, number as i64);
        let place = Place {
            care_provider: &batch.care_provider,
            column: PATIENTS,
            row: &row,
        };
        let patients: Value = patients.iter().map(Listed::to_json).collect();
        sealed.push(sealer.seal(&*ports.random, place, &patients.to_string())?);
    }
    for (turn, steps) in sealed.chunks(STEPS_A_STATEMENT).enumerate() {
        writing.push(Statement::new(
            "INSERT INTO ticket_batch_steps (batch_id, number, care_provider_id, patients)
SELECT ?1, ?2 + key, ?3, value FROM json_each(?4)",
            [
                batch.id.into(),
                ((turn * STEPS_A_STATEMENT) as i64).into(),
                (&batch.care_provider).into(),
                Value::from(steps).to_string().into(),
            ],
        ));
    }
    Ok(writing)
}

/// The patients of a step.
pub fn step(batch: TicketBatchId, number: i64) -> Statement {
    Statement::new(
        "SELECT patients FROM ticket_batch_steps WHERE batch_id = ?1 AND number = ?2",
        [batch.into(), number.into()],
    )
}

/// The patients in a row of [`step`].
pub fn patients(
    sealer: &Sealer,
    batch: &TicketBatch,
    number: i64,
    row: Row,
) -> Result<Vec<Listed>, Problem> {
    let name = step_place(batch.id, number);
    let place = Place {
        care_provider: &batch.care_provider,
        column: PATIENTS,
        row: &name,
    };
    let opened = document(&sealer.open(place, row.text("patients")?)?)?;
    let patients = opened.as_array().into_iter().flatten();
    let patients: Option<_> = patients.map(Listed::from_json).collect();
    Ok(patients.ok_or_else(broken)?)
}

/// The statement that puts a batch behind the others that are worked off.
pub fn touch(id: TicketBatchId, now: Timestamp) -> Statement {
    Statement::new(
        "UPDATE ticket_batches SET changed_at = ?2 WHERE id = ?1 AND state = 'working'",
        [id.into(), now.into()],
    )
}

/// The statements that go with a step's tickets: who was second, or worked on after a stop, loses the whole
/// transaction; the patients of the step are forgotten.
pub fn worked_off(batch: &TicketBatch, tickets: i64, now: Timestamp) -> Batch {
    vec![
        Statement::new(
            "UPDATE ticket_batches
SET next_step = next_step + 1, issued = issued + ?3, changed_at = ?4,
  state = CASE WHEN next_step + 1 = steps THEN 'done' ELSE state END
WHERE id = ?1 AND next_step = ?2 AND state = 'working'",
            [
                batch.id.into(),
                batch.next_step.into(),
                tickets.into(),
                now.into(),
            ],
        ),
        Statement::require_changes(),
        Statement::new(
            "DELETE FROM ticket_batch_steps WHERE batch_id = ?1 AND number = ?2",
            [batch.id.into(), batch.next_step.into()],
        ),
    ]
}

/// The statements that write another state over the one that was read; followed by nobody's work. Whoever
/// confirms is who issues. Where a batch is given up, its patients are forgotten.
pub fn change(
    batch: &TicketBatch,
    to: BatchState,
    issued_by: Option<&HsaId>,
    now: Timestamp,
) -> Batch {
    let mut writing = vec![
        Statement::new(
            "UPDATE ticket_batches
SET state = ?3, issued_by = coalesce(?4, issued_by), changed_at = ?5
WHERE id = ?1 AND state = ?2",
            [
                batch.id.into(),
                batch.state.as_str().into(),
                to.as_str().into(),
                issued_by.into(),
                now.into(),
            ],
        ),
        Statement::require_changes(),
    ];
    if to == BatchState::Discarded {
        writing.push(Statement::new(
            "DELETE FROM ticket_batch_steps WHERE batch_id = ?1",
            [batch.id.into()],
        ));
    }
    writing
}

/// Gives up the batches that waited for staff since before a moment, and forgets their patients.
pub fn forget(before: Timestamp) -> [Statement; 2] {
    [
        Statement::new(
            "DELETE FROM ticket_batch_steps
WHERE batch_id IN (
  SELECT id FROM ticket_batches WHERE (state = 'checked' OR state = 'stopped') AND changed_at < ?1
)",
            [before.into()],
        ),
        Statement::new(
            "UPDATE ticket_batches SET state = 'discarded'
WHERE (state = 'checked' OR state = 'stopped') AND changed_at < ?1",
            [before.into()],
        ),
    ]
}
