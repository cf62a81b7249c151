//! The weeks that statistics are counted in: whole ones from Monday, in Swedish time. Pure.

use chrono::{Datelike, NaiveDate};
use shared::time::{Timestamp, days_after, start_of_day};

/// How many weeks may be asked for, and are offered.
pub const CHOICES: [u64; 3] = [4, 13, 26];
/// How many there are, where nobody says.
pub const USUAL: u64 = 13;

/// A week.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Week {
    /// Its Monday.
    pub monday: NaiveDate,
    /// Its first moment.
    pub from: Timestamp,
    /// The first moment after it.
    pub until: Timestamp,
}

/// So many weeks, of which the last is the one of `now`.
pub fn weeks(now: Timestamp, count: u64) -> Vec<Week> {
    let today = now.date_in_stockholm();
    let since_first =
        u64::from(today.weekday().num_days_from_monday()) + 7 * count.saturating_sub(1);
    let first = today
        .checked_sub_days(chrono::Days::new(since_first))
        .unwrap_or(today);
    (0..count)
        .map(|week| {
            let monday = days_after(first, 7 * week);
            Week {
                monday,
                from: start_of_day(monday),
                until: start_of_day(days_after(monday, 7)),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use shared::time::HOUR;

    #[test]
    fn the_last_week_is_the_present_one_and_changed_clocks_shift_nothing() {
        // The clocks go back on Sunday, 25 October 2026.
        let weeks = weeks("2026-10-28T12:00".parse().expect("a time"), 2);
        let mondays: Vec<String> = weeks.iter().map(|week| week.monday.to_string()).collect();
        assert_eq!(mondays, ["2026-10-19", "2026-10-26"]);
        assert_eq!(weeks[0].from.to_string(), "2026-10-18T22:00:00Z");
        assert_eq!(weeks[0].until.to_string(), "2026-10-25T23:00:00Z");
        assert_eq!(weeks[0].until.millis() - weeks[0].from.millis(), 169 * HOUR);
    }

    proptest! {
        #[test]
        fn weeks_follow_one_another_without_gaps(now in 1_600_000_000_000i64..2_200_000_000_000, count in 1u64..60) {
            let now = Timestamp::from_millis(now);
            let weeks = weeks(now, count);
            prop_assert_eq!(weeks.len() as u64, count);
            for pair in weeks.windows(2) {
                prop_assert_eq!(pair[0].until, pair[1].from);
            }
            let last = weeks[weeks.len() - 1];
            prop_assert!(last.from <= now && now < last.until);
        }
    }
}
