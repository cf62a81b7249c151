//! Rows as SQLite itself gives them, cell by cell: on Spin and natively. D1's come whole.

use std::sync::Arc;

use super::Rows;
use super::rows::{Cell, Span};

/// Rows that are being filled.
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
