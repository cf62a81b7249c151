//! The `Store` port: SQL in, rows out, and batches that happen whole or not at all.
//! It speaks SQLite, for D1, Spin's SQLite and native SQLite are all that; it knows none of our tables.

use async_trait::async_trait;
use serde::Serialize;

use super::Rows;

/// One value of a row or a parameter, in SQLite's own types. Sealed bytes travel as text, so that
/// D1's JSON transport does not blow them up into arrays of numbers.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Value {
    /// NULL
    Null,
    /// INTEGER, within ±2^53 because D1 speaks JavaScript numbers
    Integer(i64),
    /// REAL
    Real(f64),
    /// TEXT
    Text(String),
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Value::Integer(value)
    }
}
impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Value::Integer(i64::from(value))
    }
}
impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Value::Text(value.to_owned())
    }
}
impl From<String> for Value {
    fn from(value: String) -> Self {
        Value::Text(value)
    }
}
impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Value::Null, Into::into)
    }
}

/// One SQL statement with its parameters, `?1`, `?2` … in order (at most 100, D1's limit).
#[derive(Debug, Clone)]
pub struct Statement {
    /// The text, which stands beside the function that runs it.
    pub sql: &'static str,
    /// Its parameters.
    pub parameters: Vec<Value>,
}

impl Statement {
    /// A statement and its parameters.
    pub fn new<const N: usize>(sql: &'static str, parameters: [Value; N]) -> Self {
        Statement {
            sql,
            parameters: parameters.into(),
        }
    }

    /// Refuses the whole batch unless the statement before it changed a row. Needed because an
    /// `UPDATE … WHERE` that finds nothing is no error to SQLite.
    pub fn require_changes() -> Self {
        Statement::new("INSERT INTO require VALUES (changes())", [])
    }
}

/// What a statement did, with the engine's own counters where it has them (D1 does; others say 0).
#[derive(Debug, Clone, Default)]
pub struct Outcome {
    /// What came back.
    pub rows: Rows,
    /// Rows the engine read, indexes included.
    pub rows_read: u64,
    /// Rows the engine wrote, indexes included.
    pub rows_written: u64,
}

/// Why the store did not do what was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// A constraint, trigger or [`Statement::require_changes`] said no, and nothing of the batch was
    /// written. The text names it.
    #[error("refused: {0}")]
    Refused(String),
    /// Busy, overloaded or out of reach: trying again may help.
    #[error("unavailable: {0}")]
    Unavailable(String),
    /// The session that asked has ended; nothing was read or written.
    #[error("the session has ended")]
    SessionEnded,
    /// A wrong statement, a missing table, a row that doesn't fit: trying again won't help.
    #[error("broken: {0}")]
    Broken(String),
}

impl StoreError {
    /// Sorts an engine's error text, which all three platforms pass on from SQLite.
    pub fn from_engine(text: String) -> Self {
        const REFUSALS: [&str; 2] = ["constraint", "refused: "];
        const PASSING: [&str; 5] = [
            "database is locked",
            "SQLITE_BUSY",
            "overloaded",
            "Network connection lost",
            "reset because its code was updated",
        ];
        if PASSING.iter().any(|passing| text.contains(passing)) {
            StoreError::Unavailable(text)
        } else if REFUSALS.iter().any(|refusal| text.contains(refusal)) {
            StoreError::Refused(text)
        } else {
            StoreError::Broken(text)
        }
    }

    /// Whether the constraint or trigger of this name refused the batch, e.g. `appointments.slot_id`.
    pub fn refused_by(&self, name: &str) -> bool {
        matches!(self, StoreError::Refused(text) if text.contains(name))
    }
}

/// A list of statements that happen in order, all or none.
pub type Batch = Vec<Statement>;

/// The managed store: D1 on Workers, SQLite on Spin and natively.
#[async_trait]
pub trait Store: Send + Sync {
    /// Runs one statement and gives its rows.
    async fn query(&self, statement: Statement) -> Result<Outcome, StoreError>;
    /// Runs all statements in order in one transaction; one error undoes them all.
    async fn batch(&self, statements: Batch) -> Result<Vec<Outcome>, StoreError>;
}
