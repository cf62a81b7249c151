//! What a statement answered: rows, read by column name. One text holds every text of an answer, one after the
//! other, and each cell says where its own lies: a page of messages has six hundred cells, and a text of its own
//! for each cost more than reading what is in them.

use std::sync::Arc;

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
}

impl Rows {
    /// Of texts that lie there already, perhaps those of other answers among them.
    pub(super) fn within(texts: Arc<String>, columns: Vec<Span>, cells: Vec<Cell>) -> Self {
        Rows {
            texts,
            columns,
            cells,
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

/// Rows as an engine gives them, cell by cell.
pub(super) struct Filling {
    texts: String,
    columns: Vec<Span>,
    cells: Vec<Cell>,
}

impl Filling {
    /// Rows of these columns, none yet.
    pub fn new<'a>(columns: impl IntoIterator<Item = &'a str>) -> Self {
        let mut filling = Filling {
            texts: String::new(),
            columns: vec![],
            cells: vec![],
        };
        for column in columns {
            let span = filling.keep(column);
            filling.columns.push(span);
        }
        filling
    }

    fn keep(&mut self, text: &str) -> Span {
        let start = self.texts.len();
        self.texts.push_str(text);
        Span {
            start,
            end: self.texts.len(),
        }
    }

    /// The next cell is NULL.
    pub fn null(&mut self) {
        self.cells.push(Cell::Null);
    }

    /// The next cell is an integer.
    pub fn integer(&mut self, integer: i64) {
        self.cells.push(Cell::Integer(integer));
    }

    /// The next cell is a real number.
    pub fn real(&mut self, real: f64) {
        self.cells.push(Cell::Real(real));
    }

    /// The next cell is a text.
    pub fn text(&mut self, text: &str) {
        let span = self.keep(text);
        self.cells.push(Cell::Text(span));
    }

    /// All of them.
    pub fn finish(self) -> Rows {
        if self.cells.is_empty() {
            return Rows::default();
        }
        Rows::within(Arc::new(self.texts), self.columns, self.cells)
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
        let bytes = self.rows.texts.as_bytes();
        let mut columns = self.rows.columns.iter();
        columns
            .position(|span| bytes.get(span.start..span.end) == Some(column.as_bytes()))
            .and_then(|place| self.cells.get(place).copied())
            .ok_or_else(|| StoreError::Broken(format!("no column {column}")))
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
