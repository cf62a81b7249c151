//! What a unit settles for itself, and within which bounds. Pure. The schema has the same bounds; here each
//! has its name, so that whoever goes beyond hears which field it was.

use std::str::FromStr;

use serde::{Deserialize, Serialize};
use shared::opening_hours::OpeningHours;
use shared::text::{Text, TextError};
use utoipa::ToSchema;

/// How long the words may be that tell a patient where to turn, in characters.
pub const LONGEST_WHERE_TO_TURN: usize = 500;

/// A unit's settings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UnitSettings {
    /// When it is open: seven lists from Monday, of spans in minutes after midnight, Swedish time; public
    /// holidays are closed.
    #[schema(value_type = Vec<Vec<[u16; 2]>>)]
    pub opening_hours: OpeningHours,
    /// How long before a visit the patient may still cancel it, in hours.
    pub cancellation_cutoff_hours: i64,
    /// From what age patients are let in, in whole years.
    pub age_limit: i64,
    /// Whether patients are reminded the day before a visit.
    pub reminds_day_before: bool,
    /// Whether they are reminded the hour before.
    pub reminds_hour_before: bool,
    /// How long before a case closes both sides are told, in hours.
    pub case_notice_hours: i64,
    /// How long staff may still answer a question that stood when a case should have closed, in opening hours.
    pub case_grace_hours: i64,
    /// How long a closed case can be opened again, in hours.
    pub case_reopen_hours: i64,
    /// Within how many opening hours patients are told to expect an answer.
    pub case_answer_hours: i64,
    /// Whether patients see what staff have read.
    pub shows_read_marks: bool,
    /// What a patient is told at the end of a case: where to turn. The service's own words, where left out.
    pub where_to_turn: Option<String>,
}

/// A number among the settings, and its bounds.
pub struct Number {
    /// Its field.
    pub name: &'static str,
    /// The lowest that may be set.
    pub least: i64,
    /// The highest.
    pub most: i64,
    of: fn(&mut UnitSettings) -> &mut i64,
}

/// A choice of yes or no among the settings.
pub struct Choice {
    /// Its field.
    pub name: &'static str,
    of: fn(&mut UnitSettings) -> &mut bool,
}

/// Every number, in the order of the form.
pub const NUMBERS: [Number; 6] = [
    number("cancellation_cutoff_hours", 0, 336, |it| {
        &mut it.cancellation_cutoff_hours
    }),
    number("age_limit", 13, 16, |it| &mut it.age_limit),
    number("case_notice_hours", 1, 168, |it| &mut it.case_notice_hours),
    number("case_grace_hours", 1, 336, |it| &mut it.case_grace_hours),
    number("case_reopen_hours", 0, 2160, |it| &mut it.case_reopen_hours),
    number("case_answer_hours", 1, 168, |it| &mut it.case_answer_hours),
];

/// Every choice, in the order of the form.
pub const CHOICES: [Choice; 3] = [
    choice("reminds_day_before", |it| &mut it.reminds_day_before),
    choice("reminds_hour_before", |it| &mut it.reminds_hour_before),
    choice("shows_read_marks", |it| &mut it.shows_read_marks),
];

const fn number(
    name: &'static str,
    least: i64,
    most: i64,
    of: fn(&mut UnitSettings) -> &mut i64,
) -> Number {
    Number {
        name,
        least,
        most,
        of,
    }
}

const fn choice(name: &'static str, of: fn(&mut UnitSettings) -> &mut bool) -> Choice {
    Choice { name, of }
}

impl Number {
    /// As it is set.
    pub fn read(&self, settings: &UnitSettings) -> i64 {
        *(self.of)(&mut settings.clone())
    }

    /// Sets it, whether or not it is within its bounds.
    pub fn write(&self, settings: &mut UnitSettings, value: i64) {
        *(self.of)(settings) = value;
    }

    /// Whether a value is within its bounds.
    pub fn admits(&self, value: i64) -> bool {
        (self.least..=self.most).contains(&value)
    }
}

impl Choice {
    /// As it is set.
    pub fn read(&self, settings: &UnitSettings) -> bool {
        *(self.of)(&mut settings.clone())
    }

    /// Sets it.
    pub fn write(&self, settings: &mut UnitSettings, value: bool) {
        *(self.of)(settings) = value;
    }
}

/// Why settings can't be kept.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnfitSettings {
    /// Out of its bounds.
    #[error("this is a whole number from {1} to {2}")]
    Number(&'static str, i64, i64),
    /// The words for patients.
    #[error("{0}")]
    WhereToTurn(TextError),
}

impl UnfitSettings {
    /// The field that can't be kept.
    pub fn field(&self) -> &'static str {
        match self {
            UnfitSettings::Number(name, ..) => name,
            UnfitSettings::WhereToTurn(_) => "where_to_turn",
        }
    }
}

impl UnitSettings {
    /// Every field that can't be kept, in the order of the form.
    pub fn faults(&self) -> Vec<UnfitSettings> {
        let mut faults: Vec<_> = NUMBERS
            .iter()
            .filter(|number| !number.admits(number.read(self)))
            .map(|number| UnfitSettings::Number(number.name, number.least, number.most))
            .collect();
        if let Some(text) = &self.where_to_turn
            && let Err(error) = Text::<LONGEST_WHERE_TO_TURN>::from_str(text)
        {
            faults.push(UnfitSettings::WhereToTurn(error));
        }
        faults
    }
}

/// A day's opening hours as people write them, `8–12, 13.30–17`. Nothing, where that can't be read.
pub fn spans_from_text(text: &str) -> Option<Vec<(u16, u16)>> {
    let minutes = |clock: &str| {
        let (hour, minute) = clock.trim().split_once(['.', ':']).unwrap_or((clock, "00"));
        let (hour, minute) = (hour.trim(), minute.trim());
        let digits =
            |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let fits = digits(hour) && digits(minute) && hour.len() <= 2 && minute.len() == 2;
        let (hour, minute): (u16, u16) = (hour.parse().ok()?, minute.parse().ok()?);
        (fits && hour <= 24 && minute < 60).then_some(hour * 60 + minute)
    };
    text.split(',')
        .filter(|span| !span.trim().is_empty())
        .map(|span| {
            let (from, to) = span.split_once(['-', '–'])?;
            Some((minutes(from)?, minutes(to)?))
        })
        .collect()
}

/// As [`spans_from_text`] reads it.
pub fn spans_as_text(spans: &[(u16, u16)]) -> String {
    let clock = |minutes: u16| format!("{}.{:02}", minutes / 60, minutes % 60);
    let spans: Vec<String> = spans
        .iter()
        .map(|(from, to)| format!("{}–{}", clock(*from), clock(*to)))
        .collect();
    spans.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn opening_hours_are_read_as_people_write_them() {
        assert_eq!(
            spans_from_text("8-12, 13.30 – 17:00"),
            Some(vec![(480, 720), (810, 1020)])
        );
        assert_eq!(spans_from_text("  "), Some(vec![]), "closed");
        assert_eq!(spans_from_text("0–24"), Some(vec![(0, 1440)]));
        for nonsense in [
            "8",
            "8-",
            "8-12-13",
            "8.5-12",
            "8-25.00",
            "8.60-9",
            "åtta-tolv",
            "-8-9",
            "+8-9",
        ] {
            assert_eq!(spans_from_text(nonsense), None, "{nonsense}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back_as_the_same_hours(
            spans in proptest::collection::vec((0u16..1440, 0u16..1440), 0..4),
        ) {
            prop_assert_eq!(spans_from_text(&spans_as_text(&spans)), Some(spans));
        }

        #[test]
        fn nothing_that_is_typed_breaks_the_reading(text in "\\PC{0,40}") {
            if let Some(spans) = spans_from_text(&text) {
                prop_assert!(spans.iter().all(|(from, to)| *from <= 1499 && *to <= 1499));
            }
        }
    }
}
