//! The SQL of sealing anew: how far the walk has come, a page of a sealed column, and what was sealed anew,
//! written with the walk's progress in one batch.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use shared::hsa_id::HsaId;
use shared::platform::{Batch, Outcome, Row, Statement, StoreError, Value};
use shared::problem::Problem;
use shared::sealing::{SEALED_COLUMNS, SealedColumn};
use shared::time::Timestamp;

use super::walk::Walk;

/// How many rows are left in a column is counted up to this.
pub const COUNTED: i64 = 1000;

const LOAD: &str = "SELECT ring, seen_at, began_at, sealed_column, after_key, found, unreadable
FROM resealing
WHERE id = 1";

const BEGIN: &str = "INSERT INTO resealing (id, ring, seen_at, began_at, sealed_column, after_key, found, unreadable)
VALUES (1, ?1, ?2, ?3, ?4, ?5, ?6, ?7)
ON CONFLICT (id) DO UPDATE SET
  ring = excluded.ring, seen_at = excluded.seen_at, began_at = excluded.began_at,
  sealed_column = excluded.sealed_column, after_key = excluded.after_key, found = excluded.found,
  unreadable = excluded.unreadable";

const ADVANCE: &str = "UPDATE resealing
SET sealed_column = ?1, after_key = ?2, found = ?3, unreadable = ?4
WHERE id = 1 AND ring = ?5 AND began_at = ?6 AND sealed_column IS ?7 AND after_key = ?8";

/// Reads the walk that was kept.
pub fn load() -> Statement {
    Statement::new(LOAD, [])
}

/// The walk of [`load`]; none where there is none, or where it stands at a column that is no more.
pub fn kept(outcome: &Outcome) -> Result<Option<Walk>, Problem> {
    let Some(row) = outcome.rows.first() else {
        return Ok(None);
    };
    let column = match row.optional_text("sealed_column")? {
        None => None,
        Some(name) => match SEALED_COLUMNS.iter().position(|one| one.name == name) {
            None => return Ok(None),
            found => found,
        },
    };
    Ok(Some(Walk {
        ring: unfolded(row, "ring")?,
        seen_at: Timestamp::from_millis(row.integer("seen_at")?),
        began_at: Timestamp::from_millis(row.integer("began_at")?),
        column,
        after: unfolded(row, "after_key")?,
        found: row.integer("found")?,
        unreadable: unfolded::<BTreeMap<String, i64>>(row, "unreadable")?,
    }))
}

fn unfolded<T: DeserializeOwned>(row: Row, column: &'static str) -> Result<T, Problem> {
    serde_json::from_str(row.text(column)?)
        .map_err(|_| StoreError::Broken(format!("resealing.{column} does not parse")).into())
}

fn folded(value: &impl serde::Serialize) -> Result<Value, Problem> {
    let text = shared::json::text(value)?;
    Ok(text.into())
}

fn column_of(walk: &Walk) -> Value {
    walk.sealed_column().map(|column| column.name).into()
}

/// Keeps a walk that begins.
pub fn begin(walk: &Walk) -> Result<Statement, Problem> {
    let parameters = [
        folded(&walk.ring)?,
        walk.seen_at.into(),
        walk.began_at.into(),
        column_of(walk),
        folded(&walk.after)?,
        walk.found.into(),
        folded(&walk.unreadable)?,
    ];
    Ok(Statement::new(BEGIN, parameters))
}

/// Reads the page of the column that the walk has come to.
pub fn page(column: &SealedColumn, after: &[String], rows: i64) -> Statement {
    Statement {
        sql: column.read,
        parameters: with_limit(after, rows),
    }
}

/// Counts how many rows of a column are left after a key, up to one more than [`COUNTED`].
pub fn count(column: &SealedColumn, after: &[String]) -> Statement {
    Statement {
        sql: column.count,
        parameters: with_limit(after, COUNTED + 1),
    }
}

fn with_limit(after: &[String], rows: i64) -> Vec<Value> {
    let keys = after.iter().map(|key| key.as_str().into());
    keys.chain([rows.into()]).collect()
}

/// A value of a page.
pub struct SealedValue {
    /// Its row's primary key.
    pub key: Vec<String>,
    /// Whose row it is.
    pub care_provider: HsaId,
    /// What the row is called in the associated data.
    pub row: String,
    /// The sealed value.
    pub sealed: Option<String>,
}

impl SealedValue {
    /// From a row of [`page`].
    pub fn from_row(column: &SealedColumn, row: Row) -> Result<Self, Problem> {
        let keys = ["key_1", "key_2"].into_iter().take(column.key.len());
        Ok(SealedValue {
            key: keys
                .map(|key| row.text(key).map(str::to_owned))
                .collect::<Result<_, _>>()?,
            care_provider: row.parsed("care_provider_id")?,
            row: row.text("row_name")?.to_owned(),
            sealed: row.optional_text("sealed")?.map(str::to_owned),
        })
    }

    /// Puts `anew` in the place of the value that was read, and gives a row back; nothing where somebody has
    /// changed it meanwhile.
    pub fn write(&self, column: &SealedColumn, anew: String) -> Statement {
        let values = [anew.into(), self.sealed.clone().into()];
        let keys = self.key.iter().map(|key| key.as_str().into());
        Statement {
            sql: column.write,
            parameters: values.into_iter().chain(keys).collect(),
        }
    }
}

/// The batch that writes what was sealed anew and takes the walk from one page to the next. It is refused
/// whole (`require_changes`) where another run of the job has taken that step already.
pub fn advance(from: &Walk, to: &Walk, writes: Vec<Statement>) -> Result<Batch, Problem> {
    let step = Statement::new(
        ADVANCE,
        [
            column_of(to),
            folded(&to.after)?,
            to.found.into(),
            folded(&to.unreadable)?,
            folded(&from.ring)?,
            from.began_at.into(),
            column_of(from),
            folded(&from.after)?,
        ],
    );
    let mut batch = vec![step, Statement::require_changes()];
    batch.extend(writes);
    Ok(batch)
}
