//! Swedish public holidays (lag 1989:253), and the three eves that annual leave treats as Sundays
//! (semesterlagen 3 a §): days on which a unit is closed whatever its week looks like. Pure.

use chrono::{Datelike, Days, NaiveDate, Weekday};

/// Easter Sunday of a year in the Gregorian calendar: the anonymous computus (Meeus, Jones and Butcher).
pub fn easter_sunday(year: i32) -> Option<NaiveDate> {
    let golden = year.rem_euclid(19);
    let century = year.div_euclid(100);
    let of_century = year.rem_euclid(100);
    let moon_correction = (8 * century + 13).div_euclid(25);
    let epact =
        (19 * golden + century - century.div_euclid(4) - moon_correction + 15).rem_euclid(30);
    let to_sunday = (32 + 2 * century.rem_euclid(4) + 2 * of_century.div_euclid(4)
        - epact
        - of_century.rem_euclid(4))
    .rem_euclid(7);
    let late = (golden + 11 * epact + 22 * to_sunday).div_euclid(451);
    let day = epact + to_sunday - 7 * late + 114;
    NaiveDate::from_ymd_opt(
        year,
        u32::try_from(day.div_euclid(31)).ok()?,
        u32::try_from(day.rem_euclid(31) + 1).ok()?,
    )
}

/// Whether a date is a public holiday or one of the eves that count as one. Sundays as such are left to a
/// unit's own week.
pub fn is_holiday(date: NaiveDate) -> bool {
    let (month, day) = (date.month(), date.day());
    let saturday = date.weekday() == Weekday::Sat;
    let fixed = matches!(
        (month, day),
        // New Year's Day, Epiphany, the first of May, the national day, Christmas, New Year's Eve
        (1, 1 | 6) | (5, 1) | (6, 6) | (12, 24 | 25 | 26 | 31)
    );
    // Midsummer's Eve is the Friday before the Saturday between 20 and 26 June.
    let midsummer = (month == 6 && saturday && (20..=26).contains(&day))
        || (month == 6 && date.weekday() == Weekday::Fri && (19..=25).contains(&day));
    let all_saints = saturday && ((month == 10 && day == 31) || (month == 11 && day <= 6));
    fixed || midsummer || all_saints || follows_easter(date)
}

/// Good Friday, Easter Sunday and Monday, Ascension Day and Whit Sunday.
fn follows_easter(date: NaiveDate) -> bool {
    let Some(easter) = easter_sunday(date.year()) else {
        return false;
    };
    let good_friday = easter.checked_sub_days(Days::new(2));
    let after = |days| easter.checked_add_days(Days::new(days));
    [good_friday, after(0), after(1), after(39), after(49)].contains(&Some(date))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn date(text: &str) -> NaiveDate {
        text.parse().expect("a date")
    }

    #[test]
    fn easter_falls_where_the_almanac_says() {
        for (year, easter) in [
            (1961, "1961-04-02"),
            (2000, "2000-04-23"),
            (2008, "2008-03-23"),
            (2011, "2011-04-24"),
            (2024, "2024-03-31"),
            (2025, "2025-04-20"),
            (2026, "2026-04-05"),
            (2027, "2027-03-28"),
            (2038, "2038-04-25"),
        ] {
            assert_eq!(easter_sunday(year), Some(date(easter)));
        }
    }

    #[test]
    fn the_holidays_of_a_year_are_those_of_the_almanac() {
        let first = date("2026-01-01");
        let found: Vec<String> = first
            .iter_days()
            .take(365)
            .filter(|day| is_holiday(*day))
            .map(|day| day.to_string())
            .collect();
        assert_eq!(
            found,
            [
                "2026-01-01",
                "2026-01-06",
                "2026-04-03",
                "2026-04-05",
                "2026-04-06",
                "2026-05-01",
                "2026-05-14",
                "2026-05-24",
                "2026-06-06",
                "2026-06-19",
                "2026-06-20",
                "2026-10-31",
                "2026-12-24",
                "2026-12-25",
                "2026-12-26",
                "2026-12-31",
            ]
        );
    }

    proptest! {
        #[test]
        fn easter_is_a_sunday_between_22_march_and_25_april(year in 1583..4000i32) {
            let easter = easter_sunday(year).expect("a date");
            prop_assert_eq!(easter.weekday(), Weekday::Sun);
            let earliest = NaiveDate::from_ymd_opt(year, 3, 22).expect("a date");
            let latest = NaiveDate::from_ymd_opt(year, 4, 25).expect("a date");
            prop_assert!((earliest..=latest).contains(&easter));
        }
    }
}
