//! The store on Workers: D1. Statements go to cloudflare.js as one JSON text, and their answers come back as the bytes
//! of all texts and a list of numbers that says what lies where.

use std::cell::RefCell;
use std::sync::Arc;

use async_trait::async_trait;
use wasm_bindgen::prelude::*;
use worker::send::SendFuture;

use super::promise::promised;
use super::{STORE_BINDING, of_units};
use crate::platform::rows::{Cell, Span};
use crate::platform::{Batch, Outcome, Rows, Statement, Store, StoreError, Value};

/// The largest integer JavaScript keeps exactly: 2^53.
const LARGEST_INTEGER: u64 = 1 << 53;

#[wasm_bindgen(module = "/src/platform/cloudflare.js")]
extern "C" {
    fn know(number: u32, sql: &str);
    fn ask(database: &JsValue, statements: &str) -> js_sys::Promise;
    #[wasm_bindgen(js_name = layOut, catch)]
    fn lay_out(answers: &JsValue) -> Result<usize, JsValue>;
    #[wasm_bindgen(js_name = writeTexts)]
    fn write_texts(bytes: &mut [u8]) -> i32;
    #[wasm_bindgen(js_name = howManyNumbers)]
    fn how_many_numbers() -> usize;
    fn numbers(numbers: &mut [f64]);
}

/// The D1 database of the binding.
pub(super) struct D1 {
    pub database: Option<JsValue>,
}

// An isolate has one thread; nothing in it is ever moved to another.
#[expect(unsafe_code, reason = "an isolate has one thread")]
unsafe impl Send for D1 {}
#[expect(unsafe_code, reason = "an isolate has one thread")]
unsafe impl Sync for D1 {}

fn d1_error(error: JsValue) -> StoreError {
    let text = error.dyn_ref::<js_sys::Error>().map_or_else(
        || format!("{error:?}"),
        |error| String::from(error.message()),
    );
    StoreError::from_engine(text)
}

/// The number by which cloudflare.js knows a statement's text, which it gets when it first meets it.
fn number_of(sql: &'static str) -> u32 {
    thread_local! {
        static KNOWN: RefCell<Vec<(usize, usize)>> = const { RefCell::new(Vec::new()) };
    }
    let place = (sql.as_ptr() as usize, sql.len());
    KNOWN.with_borrow_mut(|known| {
        // Some dozens: looking through them costs less than any order among them.
        let found = known.iter().position(|one| *one == place);
        #[expect(clippy::cast_possible_truncation, reason = "some dozens")]
        let number = found.unwrap_or(known.len()) as u32;
        if found.is_none() {
            know(number, sql);
            known.push(place);
        }
        number
    })
}

/// The statements as JSON, as `ask` wants them.
fn written(statements: &[Statement]) -> Result<String, StoreError> {
    let values = statements.iter().flat_map(|each| &each.parameters);
    for value in values {
        if let Value::Integer(integer) = value
            && integer.unsigned_abs() > LARGEST_INTEGER
        {
            return Err(StoreError::Broken(format!("{integer} is beyond 2^53")));
        }
    }
    let pairs: Vec<_> = statements
        .iter()
        .map(|each| (number_of(each.sql), &each.parameters))
        .collect();
    json_text::text(&pairs).map_err(|error| StoreError::Broken(error.to_string()))
}

/// What the first number of a cell calls its kind: all of it, but for a text, whose length stands above these two bits.
mod kind {
    pub const NULL: u32 = 0;
    pub const INTEGER: u32 = 1;
    pub const REAL: u32 = 2;
}

/// Reads what `write_texts` and `numbers` gave of the answers.
struct Answers {
    texts: Arc<String>,
    /// Up to where texts have been read, in bytes.
    read: usize,
    /// Whether those of the answer that is being read have a byte a unit.
    are_ascii: bool,
    numbers: std::vec::IntoIter<f64>,
    /// Whether there were fewer numbers than were read.
    is_cut: bool,
}

impl Answers {
    fn of(answers: &JsValue) -> Result<Self, StoreError> {
        let units = lay_out(answers).map_err(d1_error)?;
        let texts = of_units(units, write_texts);
        // Copied before anything else can ask: they lie where the next answers' will.
        let mut laid = vec![0.0; how_many_numbers()];
        numbers(&mut laid);
        Ok(Answers {
            texts: Arc::new(texts),
            read: 0,
            are_ascii: false,
            numbers: laid.into_iter(),
            is_cut: false,
        })
    }

    /// Zero where there is none left, which `outcome` says at its end: an error of its own for each of a thousand
    /// numbers would cost more than they do.
    fn number(&mut self) -> f64 {
        self.numbers.next().unwrap_or_else(|| {
            self.is_cut = true;
            0.0
        })
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "counters, kinds and lengths: whole, and none below zero"
    )]
    fn count(&mut self) -> u32 {
        self.number() as u32
    }

    /// The next text, of so many of JavaScript's units of sixteen bits.
    fn span(&mut self, units: u32) -> Span {
        let units = units as usize;
        let start = self.read;
        let bytes = if self.are_ascii {
            units
        } else {
            bytes_of(units, self.texts.get(start..).unwrap_or_default())
        };
        self.read = start.saturating_add(bytes);
        Span {
            start,
            end: self.read,
        }
    }

    fn cell(&mut self) -> Cell {
        let first = self.count();
        #[expect(clippy::cast_possible_truncation, reason = "whole, and within 2^53")]
        match first % 4 {
            kind::NULL => Cell::Null,
            kind::INTEGER => Cell::Integer(self.number() as i64),
            kind::REAL => Cell::Real(self.number()),
            _ => Cell::Text(self.span(first / 4)),
        }
    }

    fn outcome(&mut self) -> Result<Outcome, StoreError> {
        self.are_ascii = self.count() == 1;
        let (rows_read, rows_written) = (self.count().into(), self.count().into());
        let (columns, rows) = (self.count() as usize, self.count() as usize);
        let mut names = vec![];
        for _ in 0..columns {
            let length = self.count();
            names.push(self.span(length));
        }
        // Each has a number at least.
        let many = columns.saturating_mul(rows);
        self.is_cut |= many > self.numbers.len();
        let mut cells = Vec::new();
        if !self.is_cut {
            cells.reserve_exact(many);
            cells.extend((0..many).map(|_| self.cell()));
        }
        if self.is_cut {
            return Err(StoreError::Broken("an answer was cut".to_owned()));
        }
        Ok(Outcome {
            rows: Rows::within(Arc::clone(&self.texts), names, cells),
            rows_read,
            rows_written,
        })
    }
}

/// How many bytes the first letters of a text have that make so many units.
fn bytes_of(units: usize, text: &str) -> usize {
    if text.as_bytes().get(..units).is_some_and(<[u8]>::is_ascii) {
        return units;
    }
    let mut left = units;
    let letters = text.chars().take_while(|letter| {
        let fits = left > 0;
        left = left.saturating_sub(letter.len_utf16());
        fits
    });
    letters.map(char::len_utf8).sum()
}

impl D1 {
    async fn ask(&self, statements: &[Statement]) -> Result<Vec<Outcome>, StoreError> {
        let database = self
            .database
            .as_ref()
            .ok_or_else(|| StoreError::Broken(format!("no D1 binding named {STORE_BINDING}")))?;
        let answers = promised(ask(database, &written(statements)?))
            .await
            .map_err(d1_error)?;
        let mut answers = Answers::of(&answers)?;
        statements.iter().map(|_| answers.outcome()).collect()
    }
}

#[async_trait]
impl Store for D1 {
    async fn query(&self, statement: Statement) -> Result<Outcome, StoreError> {
        SendFuture::new(async move {
            let mut outcomes = self.ask(&[statement]).await?;
            outcomes
                .pop()
                .ok_or_else(|| StoreError::Broken("a query without an answer".to_owned()))
        })
        .await
    }

    async fn batch(&self, statements: Batch) -> Result<Vec<Outcome>, StoreError> {
        SendFuture::new(async move { self.ask(&statements).await }).await
    }
}
