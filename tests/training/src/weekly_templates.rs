//! When the units of the training environment can be booked: each practitioner's weeks, times that anyone
//! of a role takes, and the dates on which somebody is away.

use chrono::NaiveDate;
use serde_json::{Value, json};
use shared::role::Role;
use shared::time::days_after;

use crate::people::PRACTITIONERS;

/// Recurring times as a unit lays them out.
pub struct WeeklyTemplate {
    /// Who lays them out; the times are their own where no role is named.
    pub by: &'static str,
    /// For anyone of this role instead.
    pub role: Option<Role>,
    /// On which days.
    pub weekdays: &'static [&'static str],
    /// From and to.
    pub hours: (&'static str, &'static str),
    /// The length of each slot and the pause after it.
    pub minutes: (u16, u16),
    /// Away on this day, counted from the Monday of the unit week.
    pub away: Option<u64>,
}

/// What all three units lay out before anyone books.
pub fn weekly_templates() -> Vec<WeeklyTemplate> {
    vec![
        own(
            "anna.lind",
            &["monday", "wednesday", "thursday"],
            ("08:00", "10:00"),
            (20, 5),
        ),
        own("anna.lind", &["tuesday"], ("13:00", "15:00"), (30, 0)),
        WeeklyTemplate {
            away: Some(8),
            ..own(
                "stig.testkvist",
                &["monday", "tuesday", "thursday"],
                ("09:00", "11:30"),
                (30, 0),
            )
        },
        own(
            "maria.berg",
            &["tuesday", "friday"],
            ("08:30", "11:00"),
            (20, 10),
        ),
        own(
            "karin.holm",
            &["wednesday", "friday"],
            ("13:00", "16:00"),
            (45, 15),
        ),
        WeeklyTemplate {
            role: Some(Role::Nurse),
            ..own(
                "per.sand",
                &["monday", "wednesday", "friday"],
                ("15:00", "16:00"),
                (20, 0),
            )
        },
        WeeklyTemplate {
            away: Some(10),
            ..own(
                "eva.dahl",
                &["monday", "tuesday", "thursday"],
                ("13:00", "16:00"),
                (45, 15),
            )
        },
        own(
            "lars.ek",
            &["tuesday", "friday"],
            ("09:00", "11:30"),
            (30, 0),
        ),
        own(
            "sara.gran",
            &["monday", "wednesday", "thursday"],
            ("09:00", "12:30"),
            (60, 15),
        ),
        WeeklyTemplate {
            away: Some(4),
            ..own(
                "olof.strand",
                &["monday", "wednesday", "friday"],
                ("08:30", "11:30"),
                (30, 0),
            )
        },
        WeeklyTemplate {
            role: Some(Role::Physician),
            ..own("olof.strand", &["tuesday"], ("13:00", "15:00"), (20, 0))
        },
        own(
            "lena.vik",
            &["monday", "tuesday", "thursday", "friday"],
            ("08:00", "10:00"),
            (20, 10),
        ),
        own(
            "nils.hav",
            &["tuesday", "wednesday"],
            ("13:00", "15:30"),
            (20, 5),
        ),
        own("ida.skar", &["thursday"], ("09:00", "12:00"), (50, 10)),
    ]
}

fn own(
    by: &'static str,
    weekdays: &'static [&'static str],
    hours: (&'static str, &'static str),
    minutes: (u16, u16),
) -> WeeklyTemplate {
    WeeklyTemplate {
        by,
        role: None,
        weekdays,
        hours,
        minutes,
        away: None,
    }
}

impl WeeklyTemplate {
    /// As the API takes it: from the first date to the last.
    pub fn to_request(&self, monday: NaiveDate, first: NaiveDate, last: NaiveDate) -> Value {
        let mut request = json!({
            "recurrence": {
                "weekdays": self.weekdays, "from": self.hours.0, "to": self.hours.1,
                "minutes": self.minutes.0, "pause_minutes": self.minutes.1,
                "valid_from": first, "valid_to": last,
                "exceptions": self.away.map(|day| days_after(monday, day)).as_slice(),
            }
        });
        match self.role {
            Some(role) => request["role"] = json!(role),
            None => {
                let own = PRACTITIONERS.iter().find(|one| one.key == self.by);
                request["practitioner"] = json!(own.map(|one| one.id));
            }
        }
        request
    }
}
