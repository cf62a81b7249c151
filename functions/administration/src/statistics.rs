//! A unit's numbers over some weeks: visits by kind, no-shows, what became of tickets and of text messages,
//! and how soon a patient's first question was answered. Counts alone, of nobody by name. The counting is in
//! `store`; here it is put together.

use serde::Serialize;
use shared::appointment::AppointmentKind;
use shared::platform::{Ports, Rows, StoreError};
use shared::problem::Problem;
use shared::session::{Caller, Staff};
use shared::time::{HOUR, MINUTE};
use utoipa::ToSchema;

use crate::period::weeks;
use crate::store;

/// How soon a first answer came, at most, in milliseconds; what took longer stands last.
pub const ANSWERED_WITHIN: [i64; 4] = [HOUR, 4 * HOUR, 24 * HOUR, 72 * HOUR];
/// Of so many cases at most the answers are looked at, the newest.
pub const MOST_CASES: i64 = 2_000;

/// How many of a kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Count {
    /// What was counted, as the JSON of its flow calls it.
    pub name: &'static str,
    /// How many.
    pub count: i64,
}

/// A week's visits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct WeekOfVisits {
    /// The date of its Monday.
    pub monday: String,
    /// Those that weren't cancelled, by kind.
    pub kinds: Vec<Count>,
    /// Those to which nobody came.
    pub no_shows: i64,
}

/// How soon the first question of a case was answered.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct FirstAnswers {
    /// How many took up to an hour, four hours, a day, three days, and longer.
    pub within: [i64; ANSWERED_WITHIN.len() + 1],
    /// How many have no answer yet.
    pub unanswered: i64,
    /// Half of the answers came within so many minutes.
    pub median_minutes: Option<i64>,
}

/// A unit's numbers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Statistics {
    /// The weeks, the earliest first; the last is the present one, and not over.
    pub weeks: Vec<WeekOfVisits>,
    /// Tickets that were issued in them, by what they are now.
    pub tickets: Vec<Count>,
    /// Text messages that were written in them, by what became of them.
    pub messages: Vec<Count>,
    /// Cases that were opened in them.
    pub first_answers: FirstAnswers,
}

/// Counts the last weeks of staff's unit.
pub async fn count(staff: &Staff, ports: &Ports, of_weeks: u64) -> Result<Statistics, Problem> {
    let now = ports.clock.now();
    let weeks = weeks(now, of_weeks);
    let (Some(first), Some(last)) = (weeks.first(), weeks.last()) else {
        return Err(Problem::invalid("weeks", "this is one week at least"));
    };
    let mut asking = vec![
        store::tickets(staff, first.from, last.until, now),
        store::messages(staff, first.from, last.until),
        store::first_answers(staff, first.from, last.until, MOST_CASES),
    ];
    asking.extend(
        weeks
            .iter()
            .map(|week| store::visits(staff, week.from, week.until)),
    );
    let found = ports
        .store_for(&Caller::Staff(staff.clone()))
        .batch(asking)
        .await?;
    let [tickets, messages, answers, visits @ ..] = found.as_slice() else {
        return Err(Problem::internal(
            "a batch answered with another number of outcomes",
        ));
    };
    Ok(Statistics {
        weeks: weeks
            .iter()
            .zip(visits)
            .map(|(week, visits)| week_of_visits(week.monday.to_string(), &visits.rows))
            .collect::<Result<_, _>>()?,
        tickets: counts(&tickets.rows, ["open", "redeemed", "revoked", "expired"])?,
        messages: of_messages(&messages.rows)?,
        first_answers: first_answers(&answers.rows)?,
    })
}

/// What became of text messages, from the rows of [`store::messages`].
pub fn of_messages(rows: &Rows) -> Result<Vec<Count>, StoreError> {
    counts(rows, ["queued", "sent", "delivered", "failed", "withheld"])
}

/// The counts of rows with a `state` and `n`, each state once and in this order.
fn counts<const N: usize>(rows: &Rows, names: [&'static str; N]) -> Result<Vec<Count>, StoreError> {
    names
        .into_iter()
        .map(|name| {
            let mut count = 0;
            for row in rows.iter().filter(|row| row.text("state") == Ok(name)) {
                count += row.integer("n")?;
            }
            Ok(Count { name, count })
        })
        .collect()
}

fn week_of_visits(monday: String, rows: &Rows) -> Result<WeekOfVisits, StoreError> {
    let mut kinds: Vec<Count> = AppointmentKind::ALL
        .map(|kind| Count {
            name: kind.as_str(),
            count: 0,
        })
        .into();
    let mut no_shows = 0;
    for row in rows.iter() {
        let count = row.integer("n")?;
        match row.text("state")? {
            "cancelled" => continue,
            "no-show" => no_shows += count,
            _ => {}
        }
        let kind = row.text("kind")?;
        if let Some(of_kind) = kinds.iter_mut().find(|of_kind| of_kind.name == kind) {
            of_kind.count += count;
        }
    }
    Ok(WeekOfVisits {
        monday,
        kinds,
        no_shows,
    })
}

fn first_answers(rows: &Rows) -> Result<FirstAnswers, StoreError> {
    let mut answers = FirstAnswers::default();
    let mut took = vec![];
    for row in rows.iter() {
        let Some(answered_at) = row.optional_integer("answered_at")? else {
            answers.unanswered += 1;
            continue;
        };
        let millis = answered_at - row.integer("asked_at")?;
        let place = ANSWERED_WITHIN.iter().position(|within| millis <= *within);
        answers.within[place.unwrap_or(ANSWERED_WITHIN.len())] += 1;
        took.push(millis);
    }
    took.sort_unstable();
    // Of an even number the earlier of the two in the middle: half have come by then.
    let middle = took.len().saturating_sub(1) / 2;
    answers.median_minutes = took.get(middle).map(|millis| millis / MINUTE);
    Ok(answers)
}
