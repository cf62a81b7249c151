//! When a unit is open: its week in Swedish clock time, less public holidays. Deadlines for staff are counted
//! in it, and patients are told by it when an answer can come. Pure.

use chrono::{Datelike, NaiveDate, NaiveTime};
use serde::{Deserialize, Serialize};

use crate::swedish_holidays::is_holiday;
use crate::time::{MINUTE, Timestamp, days_after, first_moment_in_stockholm, start_of_day};

/// The minutes of a day.
const DAY: u16 = 24 * 60;
/// How many days ahead an opening is looked for: a unit that is closed for so long opens never.
const FURTHEST: u64 = 400;

/// A unit's week, from Monday: each day's spans as minutes from midnight, `[[480, 1020]]` for 8 to 17. Spans
/// come in order and don't touch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct OpeningHours([Vec<(u16, u16)>; 7]);

/// Why a week can't be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "opening hours are seven lists of [from, to] in minutes after midnight, each span after the one before"
)]
pub struct UnfitWeek;

impl OpeningHours {
    /// From seven lists of spans, from Monday.
    pub fn new(week: [Vec<(u16, u16)>; 7]) -> Result<Self, UnfitWeek> {
        let fits = week.iter().all(|day| {
            let mut earliest = 0;
            day.iter().all(|(from, to)| {
                let fits = *from >= earliest && from < to && *to <= DAY;
                earliest = to.saturating_add(1);
                fits
            })
        });
        fits.then_some(OpeningHours(week)).ok_or(UnfitWeek)
    }

    /// The week, from Monday.
    pub fn week(&self) -> &[Vec<(u16, u16)>; 7] {
        &self.0
    }

    /// The spans of one date as moments.
    fn spans(&self, date: NaiveDate) -> impl Iterator<Item = (Timestamp, Timestamp)> {
        let place = date.weekday().num_days_from_monday() as usize;
        let day = self.0.get(place).filter(|_| !is_holiday(date));
        day.into_iter()
            .flatten()
            .map(move |(from, to)| (clock_time(date, *from), clock_time(date, *to)))
    }

    /// Whether it is open at a moment.
    pub fn is_open(&self, at: Timestamp) -> bool {
        self.spans(at.date_in_stockholm())
            .any(|(from, to)| (from..to).contains(&at))
    }

    /// The first moment from `at` on at which it is open, if it ever opens.
    pub fn next_open(&self, at: Timestamp) -> Option<Timestamp> {
        let today = at.date_in_stockholm();
        for days in 0..FURTHEST {
            for (from, to) in self.spans(days_after(today, days)) {
                if at < to {
                    return Some(from.max(at));
                }
            }
        }
        None
    }

    /// The moment at which it has been open for so many milliseconds since `at`. Where it opens too seldom
    /// for that within a year, so many milliseconds by the clock: a deadline must come.
    pub fn open_for(&self, at: Timestamp, millis: i64) -> Timestamp {
        self.promised(at, millis).unwrap_or(at.plus(millis))
    }

    /// As [`OpeningHours::open_for`], for what is promised: nothing, where it opens too seldom.
    pub fn promised(&self, at: Timestamp, millis: i64) -> Option<Timestamp> {
        let today = at.date_in_stockholm();
        let mut left = millis;
        for days in 0..FURTHEST {
            for (from, to) in self.spans(days_after(today, days)) {
                let begins = from.max(at);
                let open = (to.millis() - begins.millis()).max(0);
                if open > 0 && left <= open {
                    return Some(begins.plus(left));
                }
                left -= open;
            }
        }
        None
    }
}

/// A clock time of a date. One that the clock jumps over in spring is the moment of the jump; one that comes
/// twice in autumn is the first.
fn clock_time(date: NaiveDate, minute: u16) -> Timestamp {
    let midnight = start_of_day(date);
    if minute >= DAY {
        return start_of_day(days_after(date, 1));
    }
    let time = NaiveTime::from_num_seconds_from_midnight_opt(u32::from(minute) * 60, 0);
    time.and_then(|time| first_moment_in_stockholm(date, time))
        .unwrap_or_else(|| {
            // The jump itself is at two, whatever minute after it was meant.
            let before = first_moment_in_stockholm(date, NaiveTime::MIN).unwrap_or(midnight);
            before.plus(120 * MINUTE)
        })
}

impl<'de> Deserialize<'de> for OpeningHours {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let week = <[Vec<(u16, u16)>; 7]>::deserialize(deserializer)?;
        OpeningHours::new(week).map_err(serde::de::Error::custom)
    }
}

/// As the store keeps it: JSON.
impl std::str::FromStr for OpeningHours {
    type Err = UnfitWeek;

    fn from_str(text: &str) -> Result<Self, UnfitWeek> {
        serde_json::from_str(text).map_err(|_| UnfitWeek)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::HOUR;
    use proptest::prelude::*;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a time")
    }

    fn weekdays_8_to_17() -> OpeningHours {
        "[[[480,1020]],[[480,1020]],[[480,1020]],[[480,1020]],[[480,1020]],[],[]]"
            .parse()
            .expect("a week")
    }

    #[test]
    fn hours_are_counted_while_the_unit_is_open() {
        let hours = weekdays_8_to_17();
        // Friday at 16: one hour on Friday, three on Monday.
        assert_eq!(
            hours.open_for(at("2026-11-20T16:00"), 4 * HOUR),
            at("2026-11-23T11:00")
        );
        // 48 hours are five days and a third of nine hours each.
        assert_eq!(
            hours.open_for(at("2026-11-23T08:00"), 48 * HOUR),
            at("2026-11-30T11:00")
        );
        // From outside the hours the count begins with the next opening.
        assert_eq!(
            hours.open_for(at("2026-11-21T12:00"), HOUR),
            at("2026-11-23T09:00")
        );
    }

    #[test]
    fn holidays_and_their_eves_are_not_counted() {
        let hours = weekdays_8_to_17();
        // Maundy Thursday 2026, then Good Friday to Easter Monday.
        assert_eq!(
            hours.open_for(at("2026-04-02T16:00"), 2 * HOUR),
            at("2026-04-07T09:00")
        );
        assert_eq!(
            hours.next_open(at("2026-12-23T17:00")),
            Some(at("2026-12-28T08:00"))
        );
        assert!(!hours.is_open(at("2026-12-24T10:00")));
        assert!(hours.is_open(at("2026-12-23T10:00")));
    }

    #[test]
    fn a_night_of_changed_clocks_has_an_hour_less_or_more() {
        let night = "[[],[],[],[],[],[],[[60,300]]]"
            .parse::<OpeningHours>()
            .expect("a week");
        let length = |date: &str| {
            let date = date.parse().expect("a date");
            let spans: Vec<_> = night.spans(date).collect();
            (spans[0].1.millis() - spans[0].0.millis()) / HOUR
        };
        assert_eq!(length("2026-10-25"), 5);
        assert_eq!(length("2026-11-22"), 4);
        // 28 March 2027 is Easter Sunday, too: a unit is closed then.
        assert_eq!(length("2025-03-30"), 3);
        let in_gap = "[[],[],[],[],[],[],[[150,300]]]"
            .parse::<OpeningHours>()
            .expect("a week");
        assert_eq!(
            in_gap.next_open(at("2025-03-30T01:00")),
            Some(at("2025-03-30T03:00"))
        );
    }

    #[test]
    fn a_week_that_is_none_is_refused() {
        for text in [
            "",
            "[]",
            "[[],[],[],[],[],[]]",
            "[[[600,500]],[],[],[],[],[],[]]",
            "[[[0,1441]],[],[],[],[],[],[]]",
            "[[[480,600],[600,700]],[],[],[],[],[],[]]",
            "[[[480,-1]],[],[],[],[],[],[]]",
        ] {
            assert_eq!(text.parse::<OpeningHours>(), Err(UnfitWeek), "{text}");
        }
    }

    #[test]
    fn a_unit_that_never_opens_has_deadlines_all_the_same_and_promises_nothing() {
        let never = "[[],[],[],[],[],[],[]]"
            .parse::<OpeningHours>()
            .expect("a week");
        let now = at("2026-11-23T09:00");
        assert_eq!(never.open_for(now, 48 * HOUR), now.plus(48 * HOUR));
        assert_eq!(never.promised(now, 48 * HOUR), None);
        assert_eq!(never.next_open(now), None);
    }

    fn any_week() -> impl Strategy<Value = OpeningHours> {
        let day = proptest::collection::vec((0u16..1440, 1u16..1440), 0..3).prop_map(|spans| {
            let mut day: Vec<(u16, u16)> = vec![];
            for (from, length) in spans {
                let to = (from + length).min(1440);
                if day.last().is_none_or(|(_, last)| from > *last) {
                    day.push((from, to));
                }
            }
            day
        });
        proptest::array::uniform7(day)
            .prop_filter_map("a week", |week| OpeningHours::new(week).ok())
    }

    proptest! {
        /// Counted minute by minute, the plain way.
        #[test]
        fn open_time_is_what_a_minute_by_minute_count_gives(
            hours in any_week(),
            minute in 0i64..(3 * 366 * 1440),
            wanted in 1i64..600,
        ) {
            let from = Timestamp::from_millis(at("2025-01-01T00:00").millis() + minute * MINUTE);
            let mut left = wanted;
            let mut now = from;
            for _ in 0..(8 * 1440) {
                if left == 0 { break; }
                if hours.is_open(now) { left -= 1; }
                now = now.plus(MINUTE);
            }
            if left == 0 {
                prop_assert_eq!(hours.open_for(from, wanted * MINUTE), now);
            }
            let next = hours.next_open(from);
            prop_assert_eq!(next == Some(from), hours.is_open(from));
            prop_assert!(next.is_none_or(|next| next >= from && hours.is_open(next)));
        }
    }
}
