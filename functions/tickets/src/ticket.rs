//! Tickets (biljetter): states, the frame that a slot must lie in, and the rules of validity. Pure: no I/O,
//! clock or SQL. Times are moments; whoever speaks of days has turned them into moments here.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use shared::appointment::{LONGEST_MINUTES, Period};
use shared::hsa_id::HsaId;
use shared::identifiers::{AppointmentId, PatientId, TicketId};
use shared::role::Role;
use shared::sms_outbox::TICKET_EXPIRES_WITHIN;
use shared::text::{self, Text};
use shared::time::{HOUR, MINUTE, Timestamp, days_after, first_moment_in_stockholm, start_of_day};
use utoipa::ToSchema;

/// How many days a ticket is valid where nothing else is said.
pub const USUAL_DAYS: u16 = 7;
/// How many days a ticket can be valid, counted from its issue: twelve weeks.
pub const MOST_DAYS: u16 = 84;
/// A reminder never comes sooner than this after the ticket itself, in milliseconds.
pub const REMINDER_AFTER: i64 = 24 * HOUR;
/// A reminder that leaves less time than this is none, in milliseconds.
pub const REMINDER_LEAVES: i64 = 2 * HOUR;

/// How far a ticket has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TicketState {
    /// A slot can be picked with it.
    Open,
    /// A slot was picked, and the visit stands.
    Redeemed,
    /// Staff took it back.
    Revoked,
    /// Its time ran out.
    Expired,
}

impl TicketState {
    const ALL: [Self; 4] = [Self::Open, Self::Redeemed, Self::Revoked, Self::Expired];

    /// Its name in the store and the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Redeemed => "redeemed",
            Self::Revoked => "revoked",
            Self::Expired => "expired",
        }
    }

    /// The state that counts at a moment: what was kept, but that nothing is open after its time, and that a
    /// ticket which was extended is no longer expired.
    pub fn at(self, valid_until: Timestamp, now: Timestamp) -> Self {
        match self {
            Self::Open | Self::Expired if now >= valid_until => Self::Expired,
            Self::Open | Self::Expired => Self::Open,
            other => other,
        }
    }
}

impl std::str::FromStr for TicketState {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        let found = Self::ALL.into_iter().find(|one| one.as_str() == text);
        found.ok_or(())
    }
}

/// What a picked slot must be like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// With whom; nobody named means anyone of the role.
    pub practitioner: Option<HsaId>,
    /// With what role.
    pub role: Role,
    /// How long.
    pub minutes: i64,
    /// It begins at this moment or later …
    pub from: Timestamp,
    /// … and before this one.
    pub until: Timestamp,
}

/// Why days or lengths can't be those of a ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// Zero, negative or over eight hours.
    #[error("a visit is 1 to {LONGEST_MINUTES} minutes long")]
    Minutes,
    /// The last day is before the first.
    #[error("the last day is before the first")]
    Backwards,
    /// All of it has passed.
    #[error("the last day has passed")]
    Past,
    /// Beyond what can be booked.
    #[error("the last day is more than two years ahead")]
    TooFar,
    /// Zero or over twelve weeks.
    #[error("a ticket is valid for 1 to {MOST_DAYS} days from its issue")]
    Validity,
}

/// The moments between which slots of these days begin: from the first day's midnight to the one after the
/// last day, in Stockholm.
pub fn moments(
    first: NaiveDate,
    last: NaiveDate,
    now: Timestamp,
) -> Result<(Timestamp, Timestamp), FrameError> {
    let today = now.date_in_stockholm();
    let furthest = today.checked_add_months(chrono::Months::new(24));
    if last < first {
        Err(FrameError::Backwards)
    } else if last < today {
        Err(FrameError::Past)
    } else if furthest.is_none_or(|furthest| last > furthest) {
        Err(FrameError::TooFar)
    } else {
        Ok((start_of_day(first), start_of_day(days_after(last, 1))))
    }
}

/// A length in minutes, if a visit can have it.
pub fn length(minutes: i64) -> Result<i64, FrameError> {
    if (1..=LONGEST_MINUTES).contains(&minutes) {
        Ok(minutes)
    } else {
        Err(FrameError::Minutes)
    }
}

/// Until when a ticket is valid that is so for some days from its issue: the same time of day, that many
/// days later by the Swedish calendar.
pub fn valid_until(issued_at: Timestamp, days: u16) -> Result<Timestamp, FrameError> {
    if !(1..=MOST_DAYS).contains(&days) {
        return Err(FrameError::Validity);
    }
    let local = issued_at.in_stockholm();
    let day = days_after(local.date(), u64::from(days));
    // In the gap of spring the clock has no such time; the day's beginning is always there.
    Ok(first_moment_in_stockholm(day, local.time()).unwrap_or_else(|| start_of_day(day)))
}

/// Until when a ticket of these days is valid: as [`valid_until`] says, but no longer than the last day that may be
/// picked, for after it there is nothing to pick.
pub fn valid_within(
    issued_at: Timestamp,
    days: u16,
    slots_until: Timestamp,
) -> Result<Timestamp, FrameError> {
    let last_moment = slots_until.plus(-1000);
    let until = valid_until(issued_at, days)?.min(last_moment);
    // A list may be worked off after its days: its tickets have expired as they are issued.
    Ok(until.max(issued_at.plus(1)))
}

/// For how many days from its issue a ticket is valid, a day that has begun counting whole.
pub fn days_valid(issued_at: Timestamp, until: Timestamp) -> u16 {
    let lasts = |days: &u16| valid_until(issued_at, *days).is_ok_and(|end| end >= until);
    (1..MOST_DAYS).find(lasts).unwrap_or(MOST_DAYS)
}

impl Frame {
    /// Whether a slot lies in the frame and can still be booked.
    pub fn fits(
        &self,
        period: Period,
        practitioner: Option<&HsaId>,
        role: Role,
        now: Timestamp,
    ) -> bool {
        period.starts_at >= self.from
            && period.starts_at < self.until
            && period.starts_at >= now
            && period.ends_at.millis() - period.starts_at.millis() == self.minutes * MINUTE
            && role == self.role
            && (self.practitioner.is_none() || self.practitioner.as_ref() == practitioner)
    }
}

/// When the job must look at an open ticket next: to remind, or at its end.
pub fn next_look(valid_until: Timestamp, sent_at: Timestamp, reminded: bool) -> Timestamp {
    let reminder = (valid_until.plus(-TICKET_EXPIRES_WITHIN)).max(sent_at.plus(REMINDER_AFTER));
    if reminded || reminder > valid_until.plus(-REMINDER_LEAVES) {
        valid_until
    } else {
        reminder
    }
}

/// Whether the patient is to be reminded now of a ticket that is open: once, in its last two days, and not
/// within a day of the last message.
pub fn reminder_is_due(
    valid_until: Timestamp,
    sent_at: Timestamp,
    reminded: bool,
    now: Timestamp,
) -> bool {
    !reminded && now < valid_until && now >= next_look(valid_until, sent_at, reminded)
}

/// What is written about the visit that a ticket asks for. Kept sealed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TicketDetails {
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
}

/// A ticket as it is kept.
#[derive(Clone)]
pub struct Ticket {
    /// Its id, for good.
    pub id: TicketId,
    /// Whose row it is.
    pub care_provider: HsaId,
    /// At which unit.
    pub care_unit: HsaId,
    /// Who may redeem it.
    pub patient: PatientId,
    /// How far it has come, by the clock too.
    pub state: TicketState,
    /// What the slot must be like.
    pub frame: Frame,
    /// Until when a slot can be picked with it.
    pub valid_until: Timestamp,
    /// What is written about the visit.
    pub details: TicketDetails,
    /// The visit that it was redeemed for.
    pub appointment: Option<AppointmentId>,
    /// Rises with every change.
    pub version: i64,
    /// When its link last went into the outbox.
    pub sent_at: Timestamp,
    /// Whether the patient was reminded.
    pub reminded: bool,
    /// When it was issued.
    pub issued_at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a time")
    }

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a date")
    }

    #[test]
    fn a_week_is_a_week_by_the_calendar_over_both_changes_of_the_clock() {
        for (issued, ends) in [
            ("2026-10-20T09:00", "2026-10-27T09:00"),
            ("2027-03-24T09:00", "2027-03-31T09:00"),
        ] {
            assert_eq!(valid_until(at(issued), USUAL_DAYS), Ok(at(ends)));
        }
        // Half past two does not exist on the Sunday of spring.
        let in_the_gap = valid_until(at("2027-03-21T02:30"), 7).expect("a moment");
        assert_eq!(in_the_gap.date_in_stockholm(), day("2027-03-28"));
    }

    #[test]
    fn a_ticket_is_valid_no_longer_than_its_last_day_and_at_least_for_a_moment() {
        let (issued, until) = (at("2026-11-23T09:00"), at("2026-11-26T00:00"));
        let until_then = valid_within(issued, 7, until).expect("a moment");
        assert_eq!(until_then, until.plus(-1000));
        assert_eq!(days_valid(issued, until_then), 3);
        let sooner = valid_within(issued, 2, until).expect("a moment");
        assert_eq!(sooner, at("2026-11-25T09:00"));
        assert_eq!(days_valid(issued, sooner), 2);
        let late = at("2026-12-01T09:00");
        assert_eq!(valid_within(late, 7, until), Ok(late.plus(1)));
        assert_eq!(valid_within(issued, 0, until), Err(FrameError::Validity));
        assert_eq!(days_valid(issued, at("2027-11-26T00:00")), MOST_DAYS);
    }

    #[test]
    fn no_ticket_is_valid_for_nothing_or_for_more_than_twelve_weeks() {
        let now = at("2026-11-23T09:00");
        for days in [0, MOST_DAYS + 1, u16::MAX] {
            assert_eq!(valid_until(now, days), Err(FrameError::Validity));
        }
        assert!(valid_until(now, MOST_DAYS).is_ok());
    }

    #[test]
    fn days_are_whole_days_in_stockholm() {
        let now = at("2026-11-23T09:00");
        assert_eq!(
            moments(day("2026-11-30"), day("2026-11-30"), now),
            Ok((at("2026-11-30T00:00"), at("2026-12-01T00:00")))
        );
        assert_eq!(
            moments(day("2026-12-01"), day("2026-11-30"), now),
            Err(FrameError::Backwards)
        );
        assert_eq!(
            moments(day("2026-11-01"), day("2026-11-22"), now),
            Err(FrameError::Past)
        );
        assert_eq!(
            moments(day("2026-11-01"), day("2030-11-22"), now),
            Err(FrameError::TooFar)
        );
    }

    proptest! {
        #[test]
        fn a_ticket_is_open_or_expired_by_the_clock_alone(until in 0i64..1000, now in 0i64..1000) {
            let (until, now) = (Timestamp::from_millis(until), Timestamp::from_millis(now));
            let by_clock = if now < until { TicketState::Open } else { TicketState::Expired };
            for kept in [TicketState::Open, TicketState::Expired] {
                prop_assert_eq!(kept.at(until, now), by_clock);
            }
            for kept in [TicketState::Redeemed, TicketState::Revoked] {
                prop_assert_eq!(kept.at(until, now), kept);
            }
        }

        #[test]
        fn a_reminder_comes_at_most_once_in_the_last_two_days_and_a_day_after_the_ticket(
            sent in 0i64..10_000, lasts in 1i64..3000, step in 1i64..50,
        ) {
            let sent_at = Timestamp::from_millis(sent * MINUTE);
            let valid_until = sent_at.plus(lasts * HOUR);
            let mut reminded_at = None;
            let mut now = sent_at;
            while now < valid_until.plus(HOUR) {
                if reminder_is_due(valid_until, sent_at, reminded_at.is_some(), now) {
                    prop_assert!(reminded_at.is_none());
                    reminded_at = Some(now);
                }
                now = now.plus(step * HOUR);
            }
            if let Some(at) = reminded_at {
                prop_assert!(at < valid_until && at >= valid_until.plus(-TICKET_EXPIRES_WITHIN));
                prop_assert!(at >= sent_at.plus(REMINDER_AFTER));
            }
            // Whoever has so much more than a day that it is of use gets one, if somebody looks often enough.
            let span = (lasts - 24).min(48);
            if span >= 2 && step < span {
                prop_assert!(reminded_at.is_some());
            }
        }

        #[test]
        fn a_slot_fits_only_within_the_days_at_the_length_and_with_whom_the_ticket_says(
            starts in 0i64..100, minutes in 1i64..60, from in 0i64..100, length in 1i64..100,
            wanted in 1i64..60, now in 0i64..100,
        ) {
            let moment = |minute: i64| Timestamp::from_millis(minute * MINUTE);
            let frame = Frame {
                practitioner: None, role: Role::Nurse, minutes: wanted,
                from: moment(from), until: moment(from + length),
            };
            let period = Period { starts_at: moment(starts), ends_at: moment(starts + minutes) };
            let fits = frame.fits(period, None, Role::Nurse, moment(now));
            prop_assert_eq!(
                fits,
                starts >= from && starts < from + length && starts >= now && minutes == wanted
            );
            prop_assert!(!frame.fits(period, None, Role::Physician, moment(now)));
            let named = Frame { practitioner: Some("SE2321000131-P1".parse().expect("an HSA-id")), ..frame };
            prop_assert!(!named.fits(period, None, Role::Nurse, moment(now)));
        }
    }
}
