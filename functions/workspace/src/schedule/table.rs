//! A schedule as a table: a day with its practitioners side by side, a week of one of them, or a week of them all.
//! Two axes, each of which may name a lane, a date or a half hour; an entry stands where both of them fit. Pure.

use chrono::{NaiveDate, NaiveDateTime, Timelike};
use shared::appointment::Period;
use shared::time::days_after;

/// The half hours that a day shows at the least: from eight to five.
const USUAL: (u32, u32) = (16, 33);

/// What lies in a schedule: whose, when, and what.
pub struct Entry<T> {
    /// Which of the lanes.
    pub lane: usize,
    /// When.
    pub period: Period,
    /// When it begins, in Sweden. Kept, for a table asks for it once a row and a column.
    pub begins: NaiveDateTime,
    /// When it ends, in Sweden.
    pub ends: NaiveDateTime,
    /// A visit or a slot.
    pub what: T,
}

impl<T> Entry<T> {
    /// In a lane, from the start of a period to its end.
    pub fn new(lane: usize, period: Period, what: T) -> Self {
        Entry {
            lane,
            begins: period.starts_at.in_stockholm(),
            ends: period.ends_at.in_stockholm(),
            period,
            what,
        }
    }

    fn half_hour(&self) -> u32 {
        self.begins.hour() * 2 + self.begins.minute() / 30
    }
}

/// One column or row: what it is about.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Axis {
    /// Whose.
    pub lane: Option<usize>,
    /// On which date.
    pub date: Option<NaiveDate>,
    /// From which half hour of the day on; 17 is half past eight.
    pub half_hour: Option<u32>,
}

impl Axis {
    fn of_lane(lane: usize) -> Self {
        Axis {
            lane: Some(lane),
            ..Axis::default()
        }
    }

    fn of_date(date: NaiveDate) -> Self {
        Axis {
            date: Some(date),
            ..Axis::default()
        }
    }

    fn holds<T>(&self, entry: &Entry<T>) -> bool {
        self.lane.is_none_or(|lane| lane == entry.lane)
            && self.date.is_none_or(|date| date == entry.begins.date())
            && self.half_hour.is_none_or(|half| half == entry.half_hour())
    }

    /// Its clock time: `09:30`.
    pub fn clock(&self) -> Option<String> {
        let half = self.half_hour?;
        Some(format!("{:02}:{:02}", half / 2, half % 2 * 30))
    }
}

/// Where a row and a column meet.
pub struct Cell {
    /// Whose it is.
    pub lane: Option<usize>,
    /// What is moved here is moved to this date, or to this date and clock time: `2026-11-24T09:30`.
    pub at: Option<String>,
    /// Which entries stand here, in the order in which they were given.
    pub entries: Vec<usize>,
}

/// A row and its cells, one a column.
pub struct Line {
    /// What the row is about.
    pub axis: Axis,
    /// One a column.
    pub cells: Vec<Cell>,
}

/// The table.
pub struct Table {
    /// What each column is about.
    pub columns: Vec<Axis>,
    /// The rows.
    pub rows: Vec<Line>,
}

/// Which table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View {
    /// One day, the lanes side by side.
    Day(NaiveDate),
    /// The week that begins on this Monday.
    Week(NaiveDate),
}

impl View {
    /// Its dates: the first, and the one after its last.
    pub fn dates(self) -> (NaiveDate, NaiveDate) {
        match self {
            View::Day(date) => (date, days_after(date, 1)),
            View::Week(monday) => (monday, days_after(monday, 7)),
        }
    }
}

impl Table {
    /// Lays the entries out. A weekend without entries is left out.
    pub fn lay<T>(view: View, lanes: usize, entries: &[Entry<T>]) -> Self {
        let half_hours = || {
            let first = entries.iter().map(Entry::half_hour).min();
            let last = entries.iter().map(Entry::half_hour).max();
            let first = first.unwrap_or(USUAL.0).min(USUAL.0);
            let last = last.unwrap_or(USUAL.1).max(USUAL.1);
            (first..=last).map(|half| Axis {
                half_hour: Some(half),
                ..Axis::default()
            })
        };
        match view {
            View::Day(date) => {
                let columns = (0..lanes).map(Axis::of_lane).collect();
                Self::cross(
                    columns,
                    half_hours().collect(),
                    Axis::of_date(date),
                    entries,
                )
            }
            View::Week(monday) => {
                let days = (0..7).map(|number| (number, Axis::of_date(days_after(monday, number))));
                let stays = |(number, day): &(u64, Axis)| {
                    *number < 5 || entries.iter().any(|entry| day.holds(entry))
                };
                let columns = days.filter(stays).map(|(_, day)| day).collect();
                let (rows, all) = match lanes {
                    1 => (half_hours().collect(), Axis::of_lane(0)),
                    _ => ((0..lanes).map(Axis::of_lane).collect(), Axis::default()),
                };
                Self::cross(columns, rows, all, entries)
            }
        }
    }

    fn cross<T>(columns: Vec<Axis>, rows: Vec<Axis>, all: Axis, entries: &[Entry<T>]) -> Self {
        let cell = |row: &Axis, of_row: &[(usize, &Entry<T>)], column: &Axis| {
            let date = row.date.or(column.date).or(all.date);
            let fitting = of_row.iter().filter(|(_, entry)| column.holds(entry));
            Cell {
                lane: row.lane.or(column.lane).or(all.lane),
                at: date.map(|date| match row.clock() {
                    Some(clock) => format!("{date}T{clock}"),
                    None => date.to_string(),
                }),
                entries: fitting.map(|(place, _)| *place).collect(),
            }
        };
        let rows = rows.into_iter().map(|axis| {
            let placed = entries.iter().enumerate();
            let of_row: Vec<_> = placed.filter(|(_, entry)| axis.holds(entry)).collect();
            let cells = columns.iter().map(|column| cell(&axis, &of_row, column));
            Line {
                cells: cells.collect(),
                axis,
            }
        });
        Table {
            rows: rows.collect(),
            columns,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(lane: usize, at: &str, minutes: i64) -> Entry<()> {
        let starts_at = at.parse().expect("a time");
        let period = Period::of_minutes(starts_at, minutes).expect("a period");
        Entry::new(lane, period, ())
    }

    fn date(text: &str) -> NaiveDate {
        text.parse().expect("a date")
    }

    fn places(table: &Table) -> Vec<(usize, usize, usize)> {
        let mut places = vec![];
        for (row, line) in table.rows.iter().enumerate() {
            for (column, cell) in line.cells.iter().enumerate() {
                places.extend(cell.entries.iter().map(|entry| (row, column, *entry)));
            }
        }
        places.sort_by_key(|(_, _, entry)| *entry);
        places
    }

    #[test]
    fn a_day_shows_its_practitioners_side_by_side_from_eight_to_five() {
        let entries = [
            entry(0, "2026-11-24T08:00", 20),
            entry(1, "2026-11-24T09:40", 60),
            entry(1, "2026-11-24T09:59", 1),
        ];
        let table = Table::lay(View::Day(date("2026-11-24")), 2, &entries);
        assert_eq!((table.columns.len(), table.rows.len()), (2, 18));
        assert_eq!(places(&table), [(0, 0, 0), (3, 1, 1), (3, 1, 2)]);
        let cell = &table.rows[3].cells[1];
        assert_eq!(cell.at.as_deref(), Some("2026-11-24T09:30"));
        assert_eq!(cell.lane, Some(1));
    }

    #[test]
    fn what_begins_early_or_late_widens_the_day() {
        let entries = [
            entry(0, "2026-11-24T05:15", 20),
            entry(0, "2026-11-24T23:30", 20),
        ];
        let table = Table::lay(View::Day(date("2026-11-24")), 1, &entries);
        assert_eq!(table.rows[0].axis.clock().as_deref(), Some("05:00"));
        assert_eq!(
            table
                .rows
                .last()
                .and_then(|row| row.axis.clock())
                .as_deref(),
            Some("23:30")
        );
        assert_eq!(places(&table).len(), 2);
    }

    #[test]
    fn a_week_of_one_has_hours_and_a_week_of_all_has_people() {
        let entries = [
            entry(0, "2026-11-23T10:00", 20),
            entry(0, "2026-11-28T10:30", 20),
        ];
        let monday = View::Week(date("2026-11-23"));
        let one = Table::lay(monday, 1, &entries);
        assert_eq!((one.columns.len(), one.rows.len()), (6, 18));
        assert_eq!(places(&one), [(4, 0, 0), (5, 5, 1)]);
        let all = Table::lay(monday, 3, &entries[..1]);
        assert_eq!((all.columns.len(), all.rows.len()), (5, 3));
        assert_eq!(places(&all), [(0, 0, 0)]);
        assert_eq!(all.rows[0].cells[4].at.as_deref(), Some("2026-11-27"));
    }

    #[test]
    fn the_hour_that_comes_twice_stands_in_one_row() {
        let entries = [
            entry(0, "2026-10-25T02:15:00+02:00", 15),
            entry(0, "2026-10-25T02:15:00+01:00", 15),
        ];
        let table = Table::lay(View::Day(date("2026-10-25")), 1, &entries);
        assert_eq!(places(&table), [(0, 0, 0), (0, 0, 1)]);
        assert_eq!(table.rows[0].axis.clock().as_deref(), Some("02:00"));
    }
}
