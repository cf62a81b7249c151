//! The `Store` port: SQL in, rows out, and batches that happen whole or not at all.
//! It speaks SQLite, for D1, Spin's SQLite and native SQLite are all that; it knows none of our tables.

use async_trait::async_trait;
use serde::Serialize;

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

/// What a statement answered: column names once, then the values of each row.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Rows {
    /// Names in the order of the values. Empty where no row came back.
    pub columns: Vec<String>,
    /// One list of values a row.
    pub values: Vec<Vec<Value>>,
}

impl Rows {
    /// The rows, to be read by column name.
    pub fn iter(&self) -> impl Iterator<Item = Row<'_>> {
        self.values.iter().map(|values| Row {
            columns: &self.columns,
            values,
        })
    }

    /// The first row, if any.
    pub fn first(&self) -> Option<Row<'_>> {
        self.iter().next()
    }
}

/// One row, read by column name. A column that isn't there or has another type is our own mistake
/// (or a store at another migration), and says so by name.
#[derive(Debug, Clone, Copy)]
pub struct Row<'a> {
    columns: &'a [String],
    values: &'a [Value],
}

impl<'a> Row<'a> {
    fn value(&self, column: &str) -> Result<&'a Value, StoreError> {
        self.columns
            .iter()
            .position(|name| name == column)
            .and_then(|place| self.values.get(place))
            .ok_or_else(|| StoreError::Broken(format!("no column {column}")))
    }

    /// A text that must be there.
    pub fn text(&self, column: &str) -> Result<&'a str, StoreError> {
        self.optional_text(column)?
            .ok_or_else(|| StoreError::Broken(format!("column {column} is null")))
    }

    /// A text, or nothing for NULL.
    pub fn optional_text(&self, column: &str) -> Result<Option<&'a str>, StoreError> {
        match self.value(column)? {
            Value::Text(text) => Ok(Some(text)),
            Value::Null => Ok(None),
            _ => Err(StoreError::Broken(format!("column {column} is no text"))),
        }
    }

    /// An integer that must be there.
    pub fn integer(&self, column: &str) -> Result<i64, StoreError> {
        match self.value(column)? {
            Value::Integer(integer) => Ok(*integer),
            _ => Err(StoreError::Broken(format!("column {column} is no integer"))),
        }
    }

    /// An integer, or nothing for NULL.
    pub fn optional_integer(&self, column: &str) -> Result<Option<i64>, StoreError> {
        match self.value(column)? {
            Value::Null => Ok(None),
            _ => self.integer(column).map(Some),
        }
    }

    /// Zero or one, as SQLite keeps truth.
    pub fn truth(&self, column: &str) -> Result<bool, StoreError> {
        Ok(self.integer(column)? != 0)
    }

    /// A text turned into one of our types; a text that no longer fits it is a broken store.
    pub fn parsed<T: std::str::FromStr>(&self, column: &str) -> Result<T, StoreError> {
        self.text(column)?
            .parse()
            .map_err(|_| StoreError::Broken(format!("column {column} does not parse")))
    }

    /// As [`Row::parsed`], or nothing for NULL.
    pub fn optional_parsed<T: std::str::FromStr>(
        &self,
        column: &str,
    ) -> Result<Option<T>, StoreError> {
        match self.optional_text(column)? {
            Some(_) => self.parsed(column).map(Some),
            None => Ok(None),
        }
    }
}

/// What a statement did, with the engine's own counters where it has them (D1 does; others say 0).
#[derive(Debug, Clone, Default, PartialEq)]
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
