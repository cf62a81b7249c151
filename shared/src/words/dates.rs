//! Days and moments as people say them: "tisdag 24 november 2026 kl. 08.00".

use chrono::{Datelike, NaiveDate};

use super::Language;
use crate::time::{Timestamp, clock};

const WEEKDAYS: [(&str, &str); 7] = [
    ("måndag", "Monday"),
    ("tisdag", "Tuesday"),
    ("onsdag", "Wednesday"),
    ("torsdag", "Thursday"),
    ("fredag", "Friday"),
    ("lördag", "Saturday"),
    ("söndag", "Sunday"),
];
const MONTHS: [(&str, &str); 12] = [
    ("januari", "January"),
    ("februari", "February"),
    ("mars", "March"),
    ("april", "April"),
    ("maj", "May"),
    ("juni", "June"),
    ("juli", "July"),
    ("augusti", "August"),
    ("september", "September"),
    ("oktober", "October"),
    ("november", "November"),
    ("december", "December"),
];

fn pick(language: Language, (sv, en): (&'static str, &'static str)) -> &'static str {
    match language {
        Language::Sv => sv,
        Language::En => en,
    }
}

/// A day's weekday: "tisdag".
pub fn weekday(language: Language, date: NaiveDate) -> &'static str {
    weekday_numbered(language, date.weekday().num_days_from_monday() as usize)
}

/// A day of the week by its number from Monday, which is 0: "tisdag".
pub fn weekday_numbered(language: Language, number: usize) -> &'static str {
    pick(language, WEEKDAYS[number % 7])
}

/// A day: "tisdag 24 november 2026".
pub fn day(language: Language, date: NaiveDate) -> String {
    let month = pick(language, MONTHS[date.month0() as usize % 12]);
    format!(
        "{} {} {month} {}",
        weekday(language, date),
        date.day(),
        date.year()
    )
}

/// A moment: "tisdag 24 november 2026 kl. 08.00".
pub fn moment(language: Language, at: Timestamp) -> String {
    let at = at.in_stockholm();
    let (day, clock) = (day(language, at.date()), clock(at.time()));
    match language {
        Language::Sv => format!("{day} kl. {clock}"),
        Language::En => format!("{day} at {clock}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_said_in_swedish_time_and_in_each_language() {
        let at: Timestamp = "2026-11-24T08:00".parse().expect("a time");
        assert_eq!(
            moment(Language::Sv, at),
            "tisdag 24 november 2026 kl. 08.00"
        );
        assert_eq!(
            moment(Language::En, at),
            "Tuesday 24 November 2026 at 08.00"
        );
        let summer: Timestamp = "2026-07-05T23:30:00Z".parse().expect("a time");
        assert_eq!(moment(Language::Sv, summer), "måndag 6 juli 2026 kl. 01.30");
    }
}
