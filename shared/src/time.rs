//! Time: epoch milliseconds in UTC for the store, Europe/Stockholm for people. Pure: nothing here reads a clock.
//! Every rule that adds days or hours goes through this file, so that both DST changes are right once.

use chrono::{
    DateTime, Days, LocalResult, NaiveDate, NaiveDateTime, NaiveTime, TimeZone, Timelike, Utc,
};
use chrono_tz::Europe::Stockholm;
use serde::{Deserialize, Serialize};

use crate::platform::Value;

/// Milliseconds in a minute.
pub const MINUTE: i64 = 60_000;
/// Milliseconds in an hour.
pub const HOUR: i64 = 60 * MINUTE;

/// A moment: milliseconds since 1970-01-01 in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// From milliseconds since 1970 in UTC.
    pub const fn from_millis(millis: i64) -> Self {
        Timestamp(millis)
    }

    /// Milliseconds since 1970 in UTC.
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// This many milliseconds later (earlier, if negative).
    #[must_use]
    pub const fn plus(self, millis: i64) -> Self {
        Timestamp(self.0.saturating_add(millis))
    }

    /// The date and clock time in Sweden at this moment.
    pub fn in_stockholm(self) -> NaiveDateTime {
        self.utc().with_timezone(&Stockholm).naive_local()
    }

    /// The date in Sweden at this moment.
    pub fn date_in_stockholm(self) -> NaiveDate {
        self.in_stockholm().date()
    }

    /// The date in Sweden as `2026-11-30` and the clock time as `09.05`. By hand, for chrono's own formatting
    /// costs a function as many bytes as the rest of its use.
    pub fn date_and_clock(self) -> (String, String) {
        use chrono::Datelike;
        let at = self.in_stockholm();
        (
            format!("{:04}-{:02}-{:02}", at.year(), at.month(), at.day()),
            clock(at.time()),
        )
    }

    /// The same moment for `chrono`.
    pub fn utc(self) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(self.0).unwrap_or(DateTime::<Utc>::MIN_UTC)
    }
}

impl From<Timestamp> for Value {
    fn from(at: Timestamp) -> Self {
        Value::Integer(at.0)
    }
}

/// Why a text is not a moment. The messages tell the caller what to write instead.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TimeError {
    /// Neither form is met.
    #[error("write a time as 2026-11-30T09:00:00+01:00, or as 2026-11-30T09:00 for Swedish time")]
    Malformed,
    /// The clock jumps over this time in spring.
    #[error("this time does not exist in Sweden: the clock is put forward over it")]
    DoesNotExist,
    /// The clock passes this time twice in autumn.
    #[error(
        "this time comes twice in Sweden: the clock is put back over it; give the offset, +02:00 for the first and +01:00 for the second"
    )]
    Ambiguous,
}

/// A clock time as people read it: `09.05`.
pub fn clock(time: NaiveTime) -> String {
    format!("{:02}.{:02}", time.hour(), time.minute())
}

/// The moment of a date and clock time in Sweden.
pub fn moment_in_stockholm(local: NaiveDateTime) -> Result<Timestamp, TimeError> {
    match Stockholm.from_local_datetime(&local) {
        LocalResult::Single(moment) => Ok(Timestamp(moment.timestamp_millis())),
        LocalResult::Ambiguous(..) => Err(TimeError::Ambiguous),
        LocalResult::None => Err(TimeError::DoesNotExist),
    }
}

/// As [`moment_in_stockholm`], but of a time that comes twice the first, and nothing where there is none:
/// what a weekly template means.
pub fn first_moment_in_stockholm(date: NaiveDate, time: NaiveTime) -> Option<Timestamp> {
    Stockholm
        .from_local_datetime(&date.and_time(time))
        .earliest()
        .map(|moment| Timestamp(moment.timestamp_millis()))
}

/// The first moment of a date in Sweden. Days begin at midnight: the clock is changed at two and three.
pub fn start_of_day(date: NaiveDate) -> Timestamp {
    first_moment_in_stockholm(date, NaiveTime::MIN)
        .unwrap_or_else(|| Timestamp(date.and_time(NaiveTime::MIN).and_utc().timestamp_millis()))
}

/// The date `days` later.
pub fn days_after(date: NaiveDate, days: u64) -> NaiveDate {
    date.checked_add_days(Days::new(days))
        .unwrap_or(NaiveDate::MAX)
}

impl std::str::FromStr for Timestamp {
    type Err = TimeError;

    fn from_str(text: &str) -> Result<Self, TimeError> {
        // chrono reads a sixtieth second, at any minute, as a leap second: more than a second of nanoseconds.
        let whole_second = |nanoseconds| {
            (nanoseconds < 1_000_000_000)
                .then_some(())
                .ok_or(TimeError::Malformed)
        };
        if let Ok(moment) = DateTime::parse_from_rfc3339(text) {
            whole_second(moment.nanosecond())?;
            return Ok(Timestamp(moment.timestamp_millis()));
        }
        // Seconds may be left out.
        let whole = if text.len() == 16 {
            format!("{text}:00")
        } else {
            text.to_owned()
        };
        let local: NaiveDateTime = whole.parse().map_err(|_| TimeError::Malformed)?;
        whole_second(local.nanosecond())?;
        moment_in_stockholm(local)
    }
}

/// A moment as RFC 3339 writes it.
struct Written {
    bytes: [u8; 24],
    length: usize,
}

impl Written {
    /// In UTC, to the second where no milliseconds are lost by it. The standard's years have four digits: what lies
    /// before or after them is their first or last moment. By hand, for any formatting costs more than the query a
    /// list of slots or messages comes from.
    fn of(at: Timestamp) -> Self {
        use chrono::{Datelike, Timelike};
        const FIRST: i64 = -62_167_219_200_000;
        const LAST: i64 = 253_402_300_799_999;
        let at = Timestamp(at.0.clamp(FIRST, LAST));
        let millis = at.0.rem_euclid(1000);
        let mut bytes = *b"0000-00-00T00:00:00.000Z";
        let mut put = |digits: std::ops::Range<usize>, mut number: u32| {
            for place in digits.rev() {
                bytes[place] += (number % 10) as u8;
                number /= 10;
            }
        };
        // A moment of no zone: one with an offset adds it for each of its parts.
        let utc = at.utc().naive_utc();
        put(0..4, utc.year().unsigned_abs());
        put(5..7, utc.month());
        put(8..10, utc.day());
        put(11..13, utc.hour());
        put(14..16, utc.minute());
        put(17..19, utc.second());
        put(20..23, millis.unsigned_abs() as u32);
        let length = if millis == 0 {
            bytes[19] = b'Z';
            20
        } else {
            24
        };
        Written { bytes, length }
    }

    fn as_str(&self) -> &str {
        std::str::from_utf8(&self.bytes[..self.length]).unwrap_or_default()
    }
}

impl std::fmt::Display for Timestamp {
    fn fmt(&self, formatter: &mut std::fmt::Formatter) -> std::fmt::Result {
        formatter.write_str(Written::of(*self).as_str())
    }
}

impl Serialize for Timestamp {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(Written::of(*self).as_str())
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// Whole years from birth to `on`; who is born on 29 February has the birthday on 1 March in other years.
pub fn years_between(born: NaiveDate, on: NaiveDate) -> i32 {
    use chrono::Datelike;
    let had_birthday = (on.month(), on.day()) >= (born.month(), born.day());
    on.year() - born.year() - i32::from(!had_birthday)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_moment_is_written_as_the_standard_has_it(millis in -70_000_000_000_000_i64..260_000_000_000_000) {
            let text = Timestamp(millis).to_string();
            let within = millis.clamp(-62_167_219_200_000, 253_402_300_799_999);
            let read = DateTime::parse_from_rfc3339(&text).map(|at| at.timestamp_millis());
            prop_assert_eq!(read, Ok(within), "{}", text);
            prop_assert_eq!(text.len(), if within % 1000 == 0 { 20 } else { 24 });
        }
    }

    fn parsed(text: &str) -> Result<String, TimeError> {
        text.parse::<Timestamp>().map(|at| at.to_string())
    }

    #[test]
    fn a_time_without_offset_is_swedish_time() {
        assert_eq!(
            parsed("2026-11-30T09:00"),
            Ok("2026-11-30T08:00:00Z".into())
        );
        assert_eq!(
            parsed("2026-06-30T09:00:00"),
            Ok("2026-06-30T07:00:00Z".into())
        );
        assert_eq!(
            parsed("2026-06-30T09:00:00.250+02:00"),
            Ok("2026-06-30T07:00:00.250Z".into())
        );
    }

    #[test]
    fn the_spring_gap_has_no_times_and_the_autumn_hour_needs_an_offset() {
        assert_eq!(parsed("2027-03-28T02:30"), Err(TimeError::DoesNotExist));
        assert_eq!(
            parsed("2027-03-28T03:00"),
            Ok("2027-03-28T01:00:00Z".into())
        );
        assert_eq!(parsed("2026-10-25T02:30"), Err(TimeError::Ambiguous));
        assert_eq!(
            parsed("2026-10-25T02:30:00+01:00"),
            Ok("2026-10-25T01:30:00Z".into())
        );
    }

    #[test]
    fn nonsense_is_no_time() {
        for text in [
            "",
            "igår",
            "2026-13-01T09:00",
            "2026-11-30",
            "2026-11-30T25:00",
        ] {
            assert_eq!(parsed(text), Err(TimeError::Malformed), "{text}");
        }
    }

    #[test]
    fn a_day_of_changed_clocks_is_23_or_25_hours() {
        let length = |year, month, day| {
            let date = NaiveDate::from_ymd_opt(year, month, day).expect("a date");
            (start_of_day(days_after(date, 1)).millis() - start_of_day(date).millis()) / HOUR
        };
        assert_eq!(length(2027, 3, 28), 23);
        assert_eq!(length(2026, 10, 25), 25);
        assert_eq!(length(2026, 11, 30), 24);
    }

    #[test]
    fn age_turns_on_the_birthday() {
        let date = |text: &str| text.parse::<NaiveDate>().expect("a date");
        assert_eq!(years_between(date("2010-11-30"), date("2026-11-29")), 15);
        assert_eq!(years_between(date("2010-11-30"), date("2026-11-30")), 16);
        assert_eq!(years_between(date("2008-02-29"), date("2024-02-28")), 15);
        assert_eq!(years_between(date("2008-02-29"), date("2025-02-28")), 16);
        assert_eq!(years_between(date("2008-02-29"), date("2025-03-01")), 17);
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back_as_the_same_moment(millis in 0i64..4_102_444_800_000) {
            let at = Timestamp::from_millis(millis);
            prop_assert_eq!(at.to_string().parse::<Timestamp>(), Ok(at));
        }

        #[test]
        fn swedish_time_is_one_or_two_hours_ahead(millis in 1_000_000_000_000i64..2_000_000_000_000) {
            let at = Timestamp::from_millis(millis);
            let ahead = at.in_stockholm().and_utc().timestamp_millis() - millis;
            prop_assert!(ahead == HOUR || ahead == 2 * HOUR);
        }
    }
}
