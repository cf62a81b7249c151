//! What a list asks for in its query: a period, a page's size, and where an earlier page ended.

use chrono::NaiveDate;

use crate::problem::Problem;
use crate::sealing::{decoded, encoded};
use crate::time::{TimeError, Timestamp, days_after, start_of_day};

/// Beyond this many milliseconds from 1970, either way, browsers know no time, and a store's integers end soon.
const FURTHEST_MOMENT: u64 = 8_640_000_000_000_000;

/// A moment in a query: a date means its first moment in Sweden.
pub fn moment(field: &str, text: &str) -> Result<Timestamp, Problem> {
    match text.parse::<NaiveDate>() {
        Ok(date) => Ok(start_of_day(date)),
        Err(_) => text.parse().map_err(|error: TimeError| {
            Problem::invalid(field, format!("{error}; or a date as 2026-11-30"))
        }),
    }
}

/// Where a list goes on: a moment and, within it, an id.
pub struct Cursor {
    /// The moment.
    pub moment: Timestamp,
    /// The id of the last row.
    pub id: String,
}

impl Cursor {
    /// From the text that an earlier page gave.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        let wrong = || Problem::invalid("cursor", "use `next` of an earlier page as it is");
        let bytes = decoded(text).ok_or_else(wrong)?;
        let text = String::from_utf8(bytes).map_err(|_| wrong())?;
        let (moment, id) = text.split_once('/').ok_or_else(wrong)?;
        let moment: i64 = moment.parse().map_err(|_| wrong())?;
        // What no page gave out may be more than the store takes for an integer.
        if moment.unsigned_abs() > FURTHEST_MOMENT {
            return Err(wrong());
        }
        Ok(Cursor {
            moment: Timestamp::from_millis(moment),
            id: id.to_owned(),
        })
    }

    /// As a page gives it out.
    pub fn to_text(&self) -> String {
        encoded(format!("{}/{}", self.moment.millis(), self.id).as_bytes())
    }
}

/// How many rows a page has, from what was asked.
pub fn page_size(asked: Option<u16>) -> Result<usize, Problem> {
    match asked {
        None => Ok(200),
        Some(asked @ 1..=500) => Ok(usize::from(asked)),
        Some(_) => Err(Problem::invalid("limit", "a page has 1 to 500 rows")),
    }
}

/// The period a list asks for, `days` long where no end is given, `most` days at most.
pub fn period(
    from: &Option<String>,
    to: &Option<String>,
    default_from: Timestamp,
    days: u64,
    most: u64,
) -> Result<(Timestamp, Timestamp), Problem> {
    let after = |from: Timestamp, days| start_of_day(days_after(from.date_in_stockholm(), days));
    let from = match from {
        Some(text) => moment("from", text)?,
        None => default_from,
    };
    let to = match to {
        Some(text) => moment("to", text)?,
        None => after(from, days),
    };
    if to <= from {
        return Err(Problem::invalid("to", "`to` must be later than `from`"));
    }
    if to > after(from, most + 1) {
        return Err(Problem::invalid(
            "to",
            format!("ask for {most} days at most"),
        ));
    }
    Ok((from, to))
}
