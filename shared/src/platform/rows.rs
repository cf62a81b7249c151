//! What a statement answered: rows, read by column name. One text holds every text of an answer, one after the
//! other, and each cell says where its own lies: a page of messages has six hundred cells, and a text of its own
//! for each cost more than reading what is in them.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::{StoreError, Value};

/// From where to where in the texts, in bytes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Span {
    pub start: usize,
    pub end: usize,
}

/// One value of a row.
#[derive(Debug, Clone, Copy)]
pub(super) enum Cell {
    Null,
    Integer(i64),
    Real(f64),
    Text(Span),
}

/// The rows of one statement's answer, in its order. Without rows it has no columns either.
#[derive(Debug, Clone, Default)]
pub struct Rows {
    texts: Arc<String>,
    columns: Vec<Span>,
    /// Row after row, each as long as there are columns.
    cells: Vec<Cell>,
    next: Next,
}

/// The column after the one that was read last: where whoever reads them in their order finds the next at once.
#[derive(Debug, Default)]
struct Next(AtomicUsize);

impl Clone for Next {
    fn clone(&self) -> Self {
        Next::default()
    }
}

impl Rows {
    /// Of texts that lie there already, perhaps those of other answers among them.
    pub(super) fn within(texts: Arc<String>, columns: Vec<Span>, cells: Vec<Cell>) -> Self {
        Rows {
            texts,
            columns,
            cells,
            next: Next::default(),
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.cells
            .len()
            .checked_div(self.columns.len())
            .unwrap_or(0)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.cells.is_empty()
    }

    /// The columns' names, in the order of a row's values.
    pub fn columns(&self) -> impl Iterator<Item = &str> {
        self.columns
            .iter()
            .map(|span| self.text(*span).unwrap_or_default())
    }

    /// The rows, to be read by column name.
    pub fn iter(&self) -> impl Iterator<Item = Row<'_>> {
        let rows = self.cells.chunks(self.columns.len().max(1));
        rows.map(|cells| Row { rows: self, cells })
    }

    /// The first row, if any.
    pub fn first(&self) -> Option<Row<'_>> {
        self.iter().next()
    }

    fn text(&self, span: Span) -> Option<&str> {
        self.texts.get(span.start..span.end)
    }
}

/// One row, read by column name. A column that isn't there or has another type is our own mistake
/// (or a store at another migration), and says so by name.
#[derive(Debug, Clone, Copy)]
pub struct Row<'a> {
    rows: &'a Rows,
    cells: &'a [Cell],
}

impl<'a> Row<'a> {
    fn cell(&self, column: &str) -> Result<Cell, StoreError> {
        let Rows {
            texts,
            columns,
            next: Next(next),
            ..
        } = self.rows;
        let bytes = texts.as_bytes();
        let is_it = |span: &Span| bytes.get(span.start..span.end) == Some(column.as_bytes());
        let from = next.load(Ordering::Relaxed).min(columns.len());
        let (before, after) = columns.split_at(from);
        let place = match after.iter().position(is_it) {
            Some(place) => from + place,
            None => before
                .iter()
                .position(is_it)
                .ok_or_else(|| StoreError::Broken(format!("no column {column}")))?,
        };
        next.store(place + 1, Ordering::Relaxed);
        self.cells
            .get(place)
            .copied()
            .ok_or_else(|| StoreError::Broken(format!("a row ends before {column}")))
    }

    /// Its values, in the order of the columns.
    pub fn values(&self) -> Vec<Value> {
        let value = |cell: &Cell| match *cell {
            Cell::Null => Value::Null,
            Cell::Integer(integer) => Value::Integer(integer),
            Cell::Real(real) => Value::Real(real),
            Cell::Text(span) => self.rows.text(span).unwrap_or_default().into(),
        };
        self.cells.iter().map(value).collect()
    }

    /// A text that must be there.
    pub fn text(&self, column: &str) -> Result<&'a str, StoreError> {
        self.optional_text(column)?
            .ok_or_else(|| StoreError::Broken(format!("column {column} is null")))
    }

    /// A text, or nothing for NULL.
    pub fn optional_text(&self, column: &str) -> Result<Option<&'a str>, StoreError> {
        match self.cell(column)? {
            Cell::Text(span) => match self.rows.text(span) {
                Some(text) => Ok(Some(text)),
                None => Err(StoreError::Broken(format!("column {column} was cut"))),
            },
            Cell::Null => Ok(None),
            _ => Err(StoreError::Broken(format!("column {column} is no text"))),
        }
    }

    /// An integer that must be there.
    pub fn integer(&self, column: &str) -> Result<i64, StoreError> {
        match self.cell(column)? {
            Cell::Integer(integer) => Ok(integer),
            _ => Err(StoreError::Broken(format!("column {column} is no integer"))),
        }
    }

    /// An integer, or nothing for NULL.
    pub fn optional_integer(&self, column: &str) -> Result<Option<i64>, StoreError> {
        match self.cell(column)? {
            Cell::Null => Ok(None),
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
