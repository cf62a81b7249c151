//! Appointments (bokade besök): kinds, states and the rules of moving between them. Pure: no I/O, clock or SQL.
//! Their SQL is in `store`; booking and tickets write them, so both stand in the shared crate.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::hsa_id::HsaId;
use crate::identifiers::{AppointmentId, ParticipantId, PatientId, SlotId, TicketId};
use crate::phone_number::PhoneNumber;
use crate::role::Role;
use crate::text::{self, Text};
use crate::time::{HOUR, MINUTE, Timestamp, start_of_day};

pub mod change;
pub mod problems;
pub mod store;

/// The longest visit, in minutes.
pub const LONGEST_MINUTES: i64 = 480;
/// How many may be invited to a video visit.
pub const MOST_PARTICIPANTS: usize = 10;
/// How long before its time a visit can be arrived at, in milliseconds.
pub const ARRIVAL_OPENS: i64 = HOUR;

/// In which way the visit was initiated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum AppointmentKind {
    /// Schemalagd: staff picked one of the slots.
    Scheduled,
    /// Schemalagt fri: staff picked any date and time.
    FreeTime,
    /// Videobesök: staff picked any date and time and may have invited others.
    Video,
    /// The patient picked a slot with a ticket.
    Ticket,
}

impl AppointmentKind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Scheduled, Self::FreeTime, Self::Video, Self::Ticket];

    /// Its name in the store and the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Scheduled => "scheduled",
            Self::FreeTime => "free-time",
            Self::Video => "video",
            Self::Ticket => "ticket",
        }
    }
}

/// How far a visit has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum AppointmentState {
    /// Agreed on.
    Booked,
    /// The patient is here ("jag är här").
    Arrived,
    /// Going on.
    Started,
    /// Done.
    Completed,
    /// Called off.
    Cancelled,
    /// The patient did not come.
    NoShow,
}

impl AppointmentState {
    /// Every state.
    pub const ALL: [Self; 6] = [
        Self::Booked,
        Self::Arrived,
        Self::Started,
        Self::Completed,
        Self::Cancelled,
        Self::NoShow,
    ];

    /// Its name in the store and the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Booked => "booked",
            Self::Arrived => "arrived",
            Self::Started => "started",
            Self::Completed => "completed",
            Self::Cancelled => "cancelled",
            Self::NoShow => "no-show",
        }
    }

    /// The state after a step, or why the step can't be taken from here.
    pub fn after(self, step: Step) -> Result<Self, WrongStep> {
        use AppointmentState as State;
        match (self, step) {
            (State::Booked, Step::Arrive) => Ok(State::Arrived),
            (State::Booked | State::Arrived, Step::Start) => Ok(State::Started),
            (State::Started, Step::Complete) => Ok(State::Completed),
            (State::Booked | State::Arrived, Step::Cancel) => Ok(State::Cancelled),
            (State::Booked, Step::MarkNoShow) => Ok(State::NoShow),
            (State::Booked, Step::Reschedule) => Ok(State::Booked),
            (state, step) => Err(WrongStep { state, step }),
        }
    }
}

/// What can be done with a booked visit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    /// The patient is here.
    Arrive,
    /// The visit begins.
    Start,
    /// The visit is over.
    Complete,
    /// It is called off.
    Cancel,
    /// The patient did not come.
    MarkNoShow,
    /// It moves to another time.
    Reschedule,
}

impl Step {
    /// Every step.
    pub const ALL: [Self; 6] = [
        Self::Arrive,
        Self::Start,
        Self::Complete,
        Self::Cancel,
        Self::MarkNoShow,
        Self::Reschedule,
    ];

    /// Its name in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Arrive => "arrive",
            Self::Start => "start",
            Self::Complete => "complete",
            Self::Cancel => "cancel",
            Self::MarkNoShow => "no-show",
            Self::Reschedule => "reschedule",
        }
    }
}

/// A step that can't be taken from a state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a visit that is {} can't do this: {}", state.as_str(), step.as_str())]
pub struct WrongStep {
    /// Where the visit is.
    pub state: AppointmentState,
    /// What was asked.
    pub step: Step,
}

macro_rules! reads_back {
    ($name:ident) => {
        impl std::str::FromStr for $name {
            type Err = ();
            fn from_str(text: &str) -> Result<Self, ()> {
                $name::ALL
                    .into_iter()
                    .find(|one| one.as_str() == text)
                    .ok_or(())
            }
        }
        impl From<$name> for crate::platform::Value {
            fn from(value: $name) -> Self {
                value.as_str().into()
            }
        }
    };
}
reads_back!(AppointmentKind);
reads_back!(AppointmentState);

/// From when until when, of a length that a visit can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// Its beginning.
    pub starts_at: Timestamp,
    /// Its end.
    pub ends_at: Timestamp,
}

/// Why a time can't be booked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PeriodError {
    /// Zero, negative or over eight hours.
    #[error("a visit is 1 to {LONGEST_MINUTES} minutes long")]
    Length,
    /// Already begun.
    #[error("this time has passed: choose a later one")]
    Past,
    /// More than two years ahead.
    #[error("this time is more than two years ahead: choose an earlier one")]
    TooFar,
}

impl Period {
    /// `minutes` from `starts_at`.
    pub fn of_minutes(starts_at: Timestamp, minutes: i64) -> Result<Self, PeriodError> {
        if !(1..=LONGEST_MINUTES).contains(&minutes) {
            return Err(PeriodError::Length);
        }
        let ends_at = starts_at.plus(minutes * MINUTE);
        Ok(Period { starts_at, ends_at })
    }

    /// Itself, if it can still be booked now.
    pub fn bookable(self, now: Timestamp) -> Result<Self, PeriodError> {
        let today = now.date_in_stockholm();
        let last = today
            .checked_add_months(chrono::Months::new(24))
            .map_or(now, |day| start_of_day(crate::time::days_after(day, 1)));
        if self.starts_at < now {
            Err(PeriodError::Past)
        } else if self.starts_at >= last {
            Err(PeriodError::TooFar)
        } else {
            Ok(self)
        }
    }

    /// Whether two periods share any time. Touching ends do not.
    pub fn overlaps(self, other: Period) -> bool {
        self.starts_at < other.ends_at && other.starts_at < self.ends_at
    }
}

/// Why a step, right in itself, can't be taken now or by this caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotNow {
    /// A patient who cancels too late.
    #[error("it is too late to cancel here: call the unit")]
    CutoffPassed,
    /// More than an hour before.
    #[error("it is too early: come back an hour before the visit at the soonest")]
    TooEarly,
    /// Marking as no-show before the visit has begun.
    #[error("the visit's time has not come yet")]
    NotBegun,
    /// Arriving after the end.
    #[error("the visit's time is over")]
    Over,
}

/// Whether a patient may still cancel: until `cutoff` milliseconds before the beginning.
pub fn patient_may_cancel(period: Period, cutoff: i64, now: Timestamp) -> Result<(), NotNow> {
    if now.plus(cutoff) <= period.starts_at {
        Ok(())
    } else {
        Err(NotNow::CutoffPassed)
    }
}

/// Whether the clock allows a step of a visit at `period`.
pub fn clock_allows(step: Step, period: Period, now: Timestamp) -> Result<(), NotNow> {
    match step {
        Step::Arrive if now < period.starts_at.plus(-ARRIVAL_OPENS) => Err(NotNow::TooEarly),
        Step::Arrive if now >= period.ends_at => Err(NotNow::Over),
        Step::Start if now < period.starts_at.plus(-ARRIVAL_OPENS) => Err(NotNow::TooEarly),
        Step::MarkNoShow if now < period.starts_at => Err(NotNow::NotBegun),
        _ => Ok(()),
    }
}

/// What is written about a visit. Kept sealed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Details {
    /// Reason for contact.
    #[serde(deserialize_with = "text::kept")]
    pub reason: Text<1000>,
    /// How the patient should prepare.
    #[serde(
        skip_serializing_if = "Option::is_none",
        default,
        deserialize_with = "text::kept_if_any"
    )]
    pub instructions: Option<Text<4000>>,
    /// Ingång: by which way the matter came in.
    #[serde(
        skip_serializing_if = "Option::is_none",
        default,
        deserialize_with = "text::kept_if_any"
    )]
    pub entry: Option<Text<200>>,
}

/// Who called a visit off, and why. Kept sealed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cancellation {
    /// Staff or patient.
    pub by: CancelledBy,
    /// Staff always gives one.
    #[serde(
        skip_serializing_if = "Option::is_none",
        default,
        deserialize_with = "text::kept_if_any"
    )]
    pub reason: Option<Text<1000>>,
}

/// Which side called it off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum CancelledBy {
    /// The unit.
    Staff,
    /// The patient.
    Patient,
}

/// As what someone takes part in a video visit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum ParticipantRole {
    /// närstående
    Relative,
    /// tolk
    Interpreter,
    /// kollega
    Colleague,
    /// annan
    Other,
}

impl ParticipantRole {
    /// Every role.
    pub const ALL: [Self; 4] = [
        Self::Relative,
        Self::Interpreter,
        Self::Colleague,
        Self::Other,
    ];

    /// Its name in the store and the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Relative => "relative",
            Self::Interpreter => "interpreter",
            Self::Colleague => "colleague",
            Self::Other => "other",
        }
    }
}
reads_back!(ParticipantRole);

/// Someone invited to a video visit.
#[derive(Clone)]
pub struct Participant {
    /// Their row, and later the subject of their guest session.
    pub id: ParticipantId,
    /// As what.
    pub role: ParticipantRole,
    /// How they are reached.
    pub contact: Contact,
}

/// How a participant is reached. Kept sealed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// Their name.
    #[serde(
        skip_serializing_if = "Option::is_none",
        default,
        deserialize_with = "text::kept_if_any"
    )]
    pub name: Option<Text<100>>,
    /// Their phone number, as E.164.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub phone: Option<String>,
    /// Their e-mail address.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub email: Option<EmailAddress>,
}

impl Contact {
    /// Where a text message to them goes.
    pub fn phone_number(&self) -> Option<PhoneNumber> {
        self.phone.as_deref().and_then(|phone| phone.parse().ok())
    }
}

/// Something with one @ and a domain, at most 254 characters. Whether it works only a message can tell.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct EmailAddress(String);

impl std::str::FromStr for EmailAddress {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, &'static str> {
        let fits = text.len() <= 254
            && !text
                .chars()
                .any(|c| c.is_control() || c.is_whitespace() || matches!(c, '<' | '>' | ',' | ';'))
            && text.split_once('@').is_some_and(|(name, domain)| {
                !name.is_empty()
                    && !domain.contains('@')
                    && domain.split('.').count() > 1
                    && domain.split('.').all(|label| !label.is_empty())
            });
        if fits {
            Ok(EmailAddress(text.to_owned()))
        } else {
            Err("write an e-mail address as name@example.se")
        }
    }
}

impl std::fmt::Display for EmailAddress {
    fn fmt(&self, formatter: &mut std::fmt::Formatter) -> std::fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for EmailAddress {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// A visit as it is kept.
#[derive(Clone)]
pub struct Appointment {
    /// Its id, for good.
    pub id: AppointmentId,
    /// Whose row it is.
    pub care_provider: HsaId,
    /// At which unit.
    pub care_unit: HsaId,
    /// Whose visit.
    pub patient: PatientId,
    /// How it was initiated.
    pub kind: AppointmentKind,
    /// How far it has come.
    pub state: AppointmentState,
    /// Booked through this slot.
    pub slot: Option<SlotId>,
    /// Picked with this ticket.
    pub ticket: Option<TicketId>,
    /// With whom.
    pub practitioner: Option<HsaId>,
    /// With what role.
    pub role: Role,
    /// When.
    pub period: Period,
    /// Who booked it over another visit of the practitioner.
    pub overlap_allowed_by: Option<HsaId>,
    /// What is written about it.
    pub details: Details,
    /// Who called it off, and why.
    pub cancellation: Option<Cancellation>,
    /// Who else takes part.
    pub participants: Vec<Participant>,
    /// Rises with every change.
    pub version: i64,
    /// Rises when a calendar must take note (RFC 5545 SEQUENCE).
    pub calendar_sequence: i64,
    /// When it last changed.
    pub changed_at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a time")
    }

    #[test]
    fn a_visit_goes_from_booked_over_arrived_and_started_to_completed() {
        let mut state = AppointmentState::Booked;
        for step in [Step::Arrive, Step::Start, Step::Complete] {
            state = state.after(step).expect("the way of a visit");
        }
        assert_eq!(state, AppointmentState::Completed);
    }

    #[test]
    fn what_has_ended_stays_ended() {
        for state in [
            AppointmentState::Completed,
            AppointmentState::Cancelled,
            AppointmentState::NoShow,
        ] {
            for step in Step::ALL {
                assert_eq!(state.after(step), Err(WrongStep { state, step }));
            }
        }
    }

    #[test]
    fn a_visit_is_between_a_minute_and_eight_hours() {
        let start = at("2026-11-30T09:00");
        for minutes in [-5, 0, 481, i64::MAX] {
            assert_eq!(Period::of_minutes(start, minutes), Err(PeriodError::Length));
        }
        for minutes in [1, 480] {
            assert!(Period::of_minutes(start, minutes).is_ok());
        }
    }

    #[test]
    fn a_visit_is_booked_from_now_until_two_years_ahead() {
        let now = at("2026-11-30T09:00");
        let bookable = |text| {
            Period::of_minutes(at(text), 30)
                .and_then(|period| period.bookable(now))
                .map(|_| ())
        };
        assert_eq!(bookable("2026-11-30T08:59"), Err(PeriodError::Past));
        assert_eq!(bookable("2026-11-30T09:00"), Ok(()));
        assert_eq!(bookable("2028-11-30T23:59"), Ok(()));
        assert_eq!(bookable("2028-12-01T00:00"), Err(PeriodError::TooFar));
    }

    #[test]
    fn a_patient_cancels_until_the_cutoff_to_the_second_also_over_a_change_of_clocks() {
        // The night to 28 March 2027 lacks an hour: 24 hours before 09:00 is 08:00 the day before.
        let period = Period::of_minutes(at("2027-03-28T09:00"), 30).expect("a period");
        let allowed = |text| patient_may_cancel(period, 24 * HOUR, at(text));
        assert_eq!(allowed("2027-03-27T08:00:00"), Ok(()));
        assert_eq!(allowed("2027-03-27T08:00:01"), Err(NotNow::CutoffPassed));
    }

    #[test]
    fn the_clock_says_when_to_arrive_and_when_nobody_came() {
        let period = Period::of_minutes(at("2026-11-30T09:00"), 30).expect("a period");
        let allowed = |step, text| clock_allows(step, period, at(text));
        assert_eq!(
            allowed(Step::Arrive, "2026-11-30T07:59"),
            Err(NotNow::TooEarly)
        );
        assert_eq!(allowed(Step::Arrive, "2026-11-30T08:00"), Ok(()));
        assert_eq!(allowed(Step::Arrive, "2026-11-30T09:30"), Err(NotNow::Over));
        assert_eq!(
            allowed(Step::MarkNoShow, "2026-11-30T08:59"),
            Err(NotNow::NotBegun)
        );
        assert_eq!(allowed(Step::MarkNoShow, "2026-11-30T09:00"), Ok(()));
    }

    #[test]
    fn an_email_address_has_one_at_sign_and_a_domain() {
        for good in ["anna@example.se", "a.b+c@x.example.se"] {
            assert!(good.parse::<EmailAddress>().is_ok(), "{good}");
        }
        for bad in [
            "",
            "anna",
            "@example.se",
            "anna@",
            "anna@se",
            "a@b@c.se",
            "a b@c.se",
            "a@b..se",
            "a@b.se\r\nbcc:x@y.se",
        ] {
            assert!(bad.parse::<EmailAddress>().is_err(), "{bad}");
        }
    }

    fn a_period() -> impl Strategy<Value = Period> {
        (0i64..2000, 1i64..=480).prop_map(|(start, minutes)| {
            Period::of_minutes(Timestamp::from_millis(start * MINUTE), minutes).expect("a length")
        })
    }

    proptest! {
        #[test]
        fn overlapping_is_mutual_and_means_a_shared_minute(one in a_period(), other in a_period()) {
            prop_assert_eq!(one.overlaps(other), other.overlaps(one));
            let shared = (0..2500).any(|minute| {
                let minute = Timestamp::from_millis(minute * MINUTE);
                let within = |p: Period| p.starts_at <= minute && minute < p.ends_at;
                within(one) && within(other)
            });
            prop_assert_eq!(one.overlaps(other), shared);
        }

        #[test]
        fn no_order_of_steps_leaves_an_end_state(steps in prop::collection::vec(0usize..6, 0..12)) {
            let mut state = AppointmentState::Booked;
            let mut ended = false;
            for step in steps {
                match state.after(Step::ALL[step]) {
                    Ok(next) => {
                        prop_assert!(!ended);
                        state = next;
                    }
                    Err(wrong) => prop_assert_eq!(wrong.state, state),
                }
                ended = matches!(
                    state,
                    AppointmentState::Completed | AppointmentState::Cancelled | AppointmentState::NoShow
                );
            }
        }
    }
}
