//! Weekly templates: from "Mondays and Thursdays, 9 to 12, twenty minutes each" to the slots of half a year.
//! Pure: knows no store and no clock, and is right over both changes of the clock.

use chrono::{Datelike, NaiveDate, NaiveTime, TimeDelta};
use serde::{Deserialize, Serialize};
use shared::appointment::Period;
use shared::time::{MINUTE, Timestamp, days_after, first_moment_in_stockholm};
use utoipa::ToSchema;

/// The longest time a template may be laid out for, in days.
pub const LONGEST_DAYS: i64 = 366;
/// The most slots one template may make.
pub const MOST_SLOTS: usize = 5_000;

/// A day of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Weekday {
    /// måndag
    Monday,
    /// tisdag
    Tuesday,
    /// onsdag
    Wednesday,
    /// torsdag
    Thursday,
    /// fredag
    Friday,
    /// lördag
    Saturday,
    /// söndag
    Sunday,
}

impl Weekday {
    fn of(date: NaiveDate) -> Self {
        match date.weekday() {
            chrono::Weekday::Mon => Weekday::Monday,
            chrono::Weekday::Tue => Weekday::Tuesday,
            chrono::Weekday::Wed => Weekday::Wednesday,
            chrono::Weekday::Thu => Weekday::Thursday,
            chrono::Weekday::Fri => Weekday::Friday,
            chrono::Weekday::Sat => Weekday::Saturday,
            chrono::Weekday::Sun => Weekday::Sunday,
        }
    }
}

/// When slots recur, in Swedish clock time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Recurrence {
    /// On which days.
    pub weekdays: Vec<Weekday>,
    /// From this time of the day, as `08:00`.
    #[schema(value_type = String, example = "08:00")]
    #[serde(with = "clock_time")]
    pub from: NaiveTime,
    /// Until this time; the last slot ends by then.
    #[schema(value_type = String, example = "12:00")]
    #[serde(with = "clock_time")]
    pub to: NaiveTime,
    /// The length of each slot, in minutes: 1 to 480.
    pub minutes: u16,
    /// Between two slots, in minutes.
    #[serde(default)]
    pub pause_minutes: u16,
    /// The first date.
    #[schema(value_type = String, format = Date)]
    pub valid_from: NaiveDate,
    /// The last date, at most a year later.
    #[schema(value_type = String, format = Date)]
    pub valid_to: NaiveDate,
    /// Dates without slots.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    pub exceptions: Vec<NaiveDate>,
}

/// Why a template can't be laid out. Each names the field that is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RecurrenceError {
    /// No day of the week.
    #[error("name at least one weekday")]
    NoWeekday,
    /// The end of the day is not after its beginning.
    #[error("`to` must be later than `from`")]
    EndsBeforeItStarts,
    /// Zero or over eight hours.
    #[error("a slot is 1 to 480 minutes long")]
    Length,
    /// Over eight hours.
    #[error("a pause is at most 480 minutes")]
    Pause,
    /// The last date is before the first, or too long after.
    #[error("`valid_to` must be on or after `valid_from`, and at most a year later")]
    Validity,
    /// More dates than a year has.
    #[error("at most 366 exceptions")]
    Exceptions,
    /// Begins too far ahead.
    #[error("slots can be laid out for two years ahead at most")]
    TooFar,
    /// A slot every minute of a year.
    #[error("this template makes more than 5,000 slots: choose a shorter period or longer slots")]
    TooMany,
    /// All in the past, or on excepted dates, or longer than the day.
    #[error("this template makes no slot that can still be booked")]
    NoSlot,
}

impl RecurrenceError {
    /// The field to mend.
    pub fn field(self) -> &'static str {
        match self {
            RecurrenceError::NoWeekday => "weekdays",
            RecurrenceError::EndsBeforeItStarts | RecurrenceError::NoSlot => "to",
            RecurrenceError::Length => "minutes",
            RecurrenceError::Pause => "pause_minutes",
            RecurrenceError::Validity | RecurrenceError::TooMany => "valid_to",
            RecurrenceError::TooFar => "valid_from",
            RecurrenceError::Exceptions => "exceptions",
        }
    }
}

impl Recurrence {
    /// The times it makes that have not begun by `now`, in order. A time that the clock jumps over is
    /// left out; one that comes twice is meant the first time.
    pub fn periods(&self, now: Timestamp) -> Result<Vec<Period>, RecurrenceError> {
        self.check(now)?;
        let step = TimeDelta::minutes(i64::from(self.minutes) + i64::from(self.pause_minutes));
        let length = TimeDelta::minutes(i64::from(self.minutes));
        let mut periods = Vec::new();
        let mut date = self.valid_from;
        while date <= self.valid_to {
            if self.weekdays.contains(&Weekday::of(date)) && !self.exceptions.contains(&date) {
                let end_of_day = date.and_time(self.to);
                let mut start = date.and_time(self.from);
                while start + length <= end_of_day {
                    if let Some(starts_at) = first_moment_in_stockholm(date, start.time()) {
                        let ends_at = starts_at.plus(i64::from(self.minutes) * MINUTE);
                        // The hour that is put back lies in one slot after another: keep them apart.
                        let is_apart = periods
                            .last()
                            .is_none_or(|last: &Period| last.ends_at <= starts_at);
                        if starts_at >= now && is_apart {
                            periods.push(Period { starts_at, ends_at });
                        }
                        if periods.len() > MOST_SLOTS {
                            return Err(RecurrenceError::TooMany);
                        }
                    }
                    start += step;
                }
            }
            date = days_after(date, 1);
        }
        if periods.is_empty() {
            return Err(RecurrenceError::NoSlot);
        }
        Ok(periods)
    }

    fn check(&self, now: Timestamp) -> Result<(), RecurrenceError> {
        let days = (self.valid_to - self.valid_from).num_days();
        let ahead = (self.valid_from - now.date_in_stockholm()).num_days();
        if self.weekdays.is_empty() {
            Err(RecurrenceError::NoWeekday)
        } else if self.to <= self.from {
            Err(RecurrenceError::EndsBeforeItStarts)
        } else if !(1..=480).contains(&self.minutes) {
            Err(RecurrenceError::Length)
        } else if self.pause_minutes > 480 {
            Err(RecurrenceError::Pause)
        } else if !(0..=LONGEST_DAYS).contains(&days) {
            Err(RecurrenceError::Validity)
        } else if ahead > 366 {
            Err(RecurrenceError::TooFar)
        } else if self.exceptions.len() > 366 {
            Err(RecurrenceError::Exceptions)
        } else {
            Ok(())
        }
    }
}

/// The wanted times that share none with those that stand. Both in order of their beginning, and apart
/// from each other.
pub fn still_open(wanted: Vec<Period>, standing: &[Period]) -> Vec<Period> {
    let mut ahead = standing;
    wanted
        .into_iter()
        .filter(|period| {
            while let [first, rest @ ..] = ahead
                && first.ends_at <= period.starts_at
            {
                ahead = rest;
            }
            ahead.first().is_none_or(|next| !next.overlaps(*period))
        })
        .collect()
}

/// Clock times as `08:00`, to the minute.
mod clock_time {
    use chrono::{NaiveTime, Timelike};
    use serde::{Deserialize, Deserializer, Serializer};

    pub fn serialize<S: Serializer>(time: &NaiveTime, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&written(*time))
    }

    fn written(time: NaiveTime) -> String {
        format!("{:02}:{:02}", time.hour(), time.minute())
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<NaiveTime, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse()
            .ok()
            .filter(|time| written(*time) == text)
            .ok_or_else(|| serde::de::Error::custom("write a time of the day as 08:00"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn date(text: &str) -> NaiveDate {
        text.parse().expect("a date")
    }

    fn time(text: &str) -> NaiveTime {
        NaiveTime::parse_from_str(text, "%H:%M").expect("a time")
    }

    fn every_day(from: &str, to: &str, minutes: u16, first: &str, last: &str) -> Recurrence {
        use Weekday::*;
        Recurrence {
            weekdays: vec![
                Monday, Tuesday, Wednesday, Thursday, Friday, Saturday, Sunday,
            ],
            from: time(from),
            to: time(to),
            minutes,
            pause_minutes: 0,
            valid_from: date(first),
            valid_to: date(last),
            exceptions: vec![],
        }
    }

    fn now() -> Timestamp {
        "2026-09-01T00:00".parse().expect("a time")
    }

    fn starts(recurrence: &Recurrence) -> Vec<String> {
        let periods = recurrence.periods(now()).expect("slots");
        periods
            .iter()
            .map(|period| {
                period
                    .starts_at
                    .in_stockholm()
                    .format("%d %H:%M")
                    .to_string()
            })
            .collect()
    }

    #[test]
    fn a_morning_of_twenty_minutes_with_pauses() {
        let mut template = every_day("09:00", "10:15", 20, "2026-11-30", "2026-11-30");
        template.pause_minutes = 5;
        assert_eq!(starts(&template), ["30 09:00", "30 09:25", "30 09:50"]);
    }

    #[test]
    fn only_the_weekdays_named_and_no_excepted_date() {
        let mut template = every_day("09:00", "10:00", 60, "2026-11-30", "2026-12-13");
        template.weekdays = vec![Weekday::Monday, Weekday::Friday];
        template.exceptions = vec![date("2026-12-07")];
        assert_eq!(starts(&template), ["30 09:00", "04 09:00", "11 09:00"]);
    }

    #[test]
    fn a_visit_at_nine_is_at_nine_on_both_sides_of_a_change_of_clocks() {
        for (first, last) in [("2026-10-24", "2026-10-26"), ("2027-03-27", "2027-03-29")] {
            let template = every_day("09:00", "09:30", 30, first, last);
            assert!(
                starts(&template)
                    .iter()
                    .all(|start| start.ends_with("09:00"))
            );
            assert_eq!(starts(&template).len(), 3);
        }
    }

    #[test]
    fn the_hour_that_is_jumped_over_has_no_slots() {
        let template = every_day("01:00", "04:00", 30, "2027-03-28", "2027-03-28");
        assert_eq!(
            starts(&template),
            ["28 01:00", "28 01:30", "28 03:00", "28 03:30"]
        );
    }

    #[test]
    fn the_hour_that_comes_twice_has_its_slots_once() {
        let template = every_day("01:00", "04:00", 30, "2026-10-25", "2026-10-25");
        assert_eq!(
            starts(&template),
            [
                "25 01:00", "25 01:30", "25 02:00", "25 02:30", "25 03:00", "25 03:30"
            ]
        );
    }

    #[test]
    fn what_has_begun_is_not_laid_out() {
        let template = every_day("09:00", "12:00", 60, "2026-11-30", "2026-11-30");
        let now = "2026-11-30T10:30".parse().expect("a time");
        assert_eq!(template.periods(now).map(|periods| periods.len()), Ok(1));
    }

    #[test]
    fn what_is_wrong_is_named() {
        let good = || every_day("09:00", "10:00", 20, "2026-11-30", "2026-12-06");
        let wrong = |change: fn(&mut Recurrence)| {
            let mut template = good();
            change(&mut template);
            template.periods(now()).err()
        };
        assert_eq!(
            wrong(|t| t.weekdays.clear()),
            Some(RecurrenceError::NoWeekday)
        );
        assert_eq!(
            wrong(|t| t.to = t.from),
            Some(RecurrenceError::EndsBeforeItStarts)
        );
        assert_eq!(wrong(|t| t.minutes = 0), Some(RecurrenceError::Length));
        assert_eq!(wrong(|t| t.minutes = 481), Some(RecurrenceError::Length));
        assert_eq!(
            wrong(|t| t.pause_minutes = 481),
            Some(RecurrenceError::Pause)
        );
        assert_eq!(
            wrong(|t| t.valid_to = date("2026-11-29")),
            Some(RecurrenceError::Validity)
        );
        assert_eq!(
            wrong(|t| t.valid_to = date("2028-01-01")),
            Some(RecurrenceError::Validity)
        );
        assert_eq!(wrong(|t| t.minutes = 61), Some(RecurrenceError::NoSlot));
        assert_eq!(
            wrong(|t| (t.valid_from, t.valid_to) = (date("2028-01-01"), date("2028-01-02"))),
            Some(RecurrenceError::TooFar)
        );
        assert_eq!(
            wrong(|t| (t.minutes, t.valid_to, t.to) = (1, date("2027-11-01"), time("23:59"))),
            Some(RecurrenceError::TooMany)
        );
    }

    fn apart(gaps: &[(i64, i64)]) -> Vec<Period> {
        let mut at = 0;
        gaps.iter()
            .map(|(gap, minutes)| {
                let start = at + gap;
                at = start + minutes;
                Period::of_minutes(Timestamp::from_millis(start * MINUTE), *minutes)
                    .expect("a length")
            })
            .collect()
    }

    proptest! {
        #[test]
        fn a_time_is_still_open_exactly_if_it_shares_none_with_those_that_stand(
            wanted in prop::collection::vec((0i64..40, 1i64..60), 0..20),
            standing in prop::collection::vec((0i64..40, 1i64..60), 0..20),
        ) {
            let (wanted, standing) = (apart(&wanted), apart(&standing));
            let expected: Vec<Period> = wanted
                .iter()
                .copied()
                .filter(|period| !standing.iter().any(|other| other.overlaps(*period)))
                .collect();
            prop_assert_eq!(still_open(wanted, &standing), expected);
        }

        #[test]
        fn slots_never_overlap_and_keep_their_length_whatever_the_clock_does(
            from in 0u32..1380, span in 10u32..600, minutes in 1u16..120, pause in 0u16..30,
            first in 0i64..400,
        ) {
            let to = (from + span).min(1439);
            let clock = |m: u32| NaiveTime::from_hms_opt(m / 60, m % 60, 0).expect("a time");
            let start = date("2026-09-01") + TimeDelta::days(first);
            let template = Recurrence {
                from: clock(from),
                to: clock(to),
                minutes,
                pause_minutes: pause,
                valid_from: start,
                valid_to: start + TimeDelta::days(3),
                ..every_day("00:00", "01:00", 1, "2026-09-01", "2026-09-01")
            };
            let now = "2026-09-01T00:00".parse::<Timestamp>().expect("a time");
            if let Ok(periods) = template.periods(now) {
                for pair in periods.windows(2) {
                    prop_assert!(pair[0].ends_at <= pair[1].starts_at);
                }
                for period in &periods {
                    let length = period.ends_at.millis() - period.starts_at.millis();
                    prop_assert_eq!(length, i64::from(minutes) * MINUTE);
                }
            }
        }
    }
}
