//! When a text message may leave: quiet hours, how long to wait after a failure, and which gateway is asked.
//! Pure: the clock and chance are handed in.

use chrono::Timelike;
use shared::sms_outbox::SmsTemplate;
use shared::time::{HOUR, MINUTE, Timestamp, days_after, first_moment_in_stockholm, start_of_day};

/// How often a message is tried before it is a dead letter.
pub const ATTEMPTS: i64 = 8;
/// The first pause after a failure, in milliseconds; each further one is twice as long.
const FIRST_PAUSE: i64 = 30_000;
/// The longest pause, in milliseconds.
const LONGEST_PAUSE: i64 = HOUR;
/// Nobody is woken: from this clock hour in Stockholm …
const QUIET_FROM: u32 = 21;
/// … until this one.
const QUIET_UNTIL: u32 = 8;
/// What was just asked for goes out at any hour, so long after it was, in milliseconds.
const JUST_ASKED: i64 = 15 * MINUTE;
/// How many hours of the day a message may wait before staff is told, in milliseconds: the quiet ones don't count.
const WAITS_AT_MOST: i64 = 4 * HOUR;
/// So many messages a gateway may refuse one after the other. Where it takes none between them, the fault is its own,
/// or ours with it (an account that is closed, a sender that it doesn't know), and no message's.
pub const REFUSED_AT_MOST: i64 = 5;
/// How long a gateway may fail before the next takes over, in milliseconds.
pub const TAKEOVER: i64 = 2 * MINUTE;
/// How long after its last failure a gateway is tried again, in milliseconds.
pub const TRIED_AGAIN: i64 = 5 * MINUTE;

/// When a message may leave that is due now: now, or at the end of the quiet hours. What somebody just did
/// (booked, moved, cancelled, invited, sent a ticket) is told at once, for they have the phone in their hand, unless
/// it was not `asked` for then: the tickets of a list are not.
pub fn may_leave(
    template: SmsTemplate,
    asked: bool,
    created_at: Timestamp,
    now: Timestamp,
) -> Timestamp {
    let answers_an_act = asked
        && matches!(
            template,
            SmsTemplate::Booked
                | SmsTemplate::Changed
                | SmsTemplate::Cancelled
                | SmsTemplate::VideoLink
                | SmsTemplate::Ticket
        );
    // An hour before a visit is the only hour there is.
    if template == SmsTemplate::ReminderHour
        || (answers_an_act && now <= created_at.plus(JUST_ASKED))
    {
        return now;
    }
    let local = now.in_stockholm();
    let day = match local.hour() {
        QUIET_FROM.. => days_after(local.date(), 1),
        0..QUIET_UNTIL => local.date(),
        _ => return now,
    };
    clock(day, QUIET_UNTIL)
}

/// A full hour of a day in Stockholm.
fn clock(day: chrono::NaiveDate, hour: u32) -> Timestamp {
    let hour = chrono::NaiveTime::from_hms_opt(hour, 0, 0).unwrap_or_default();
    first_moment_in_stockholm(day, hour).unwrap_or_else(|| start_of_day(day))
}

/// Since when a message must have waited, to have waited too long by now. Hours in which nothing leaves don't count.
pub fn too_long_since(now: Timestamp) -> Timestamp {
    let local = now.in_stockholm();
    let today = local.date();
    let evening = |day| clock(day, QUIET_FROM);
    let yesterday = today.pred_opt().unwrap_or(today);
    // How much of today's hours has passed: none before the morning, all after the evening.
    let last = now.min(evening(today));
    let passed = (last.millis() - clock(today, QUIET_UNTIL).millis()).max(0);
    match WAITS_AT_MOST - passed {
        left @ 1.. => evening(yesterday).plus(-left),
        _ => last.plus(-WAITS_AT_MOST),
    }
}

/// How long to wait before the next try, after so many: twice as long each time, up to an hour, and half of
/// it left to chance (`chance` from 0 to 255), so that what failed together doesn't come back together.
pub fn pause_after(attempts: i64, chance: u8) -> i64 {
    let doubled = u32::try_from(attempts - 1).unwrap_or(0).min(16);
    let whole = (FIRST_PAUSE << doubled).min(LONGEST_PAUSE);
    whole / 2 + whole / 2 * i64::from(chance) / 255
}

/// How a gateway is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Health {
    /// Since when every message failed.
    pub failing_since: Option<Timestamp>,
    /// When one last failed.
    pub failed_at: Option<Timestamp>,
    /// Until when it asked to be left alone.
    pub not_before: Option<Timestamp>,
    /// How many messages it refused one after the other.
    pub refused: i64,
}

impl Health {
    /// Whether another one should take over.
    pub fn is_down(self, now: Timestamp) -> bool {
        match (self.failing_since, self.failed_at) {
            (Some(since), Some(last)) => {
                now >= since.plus(TAKEOVER) && now < last.plus(TRIED_AGAIN)
            }
            _ => false,
        }
    }

    /// Whether it may be asked: it did not ask to be left alone until later.
    pub fn may_be_asked(self, now: Timestamp) -> bool {
        self.not_before.is_none_or(|until| until <= now)
    }
}

/// The place of the gateway to ask, of those that may be asked: the first that isn't down, or the first of them
/// all where every one is.
pub fn choose(healths: &[Health], now: Timestamp) -> Option<usize> {
    let first = |fits: &dyn Fn(&Health) -> bool| {
        healths
            .iter()
            .position(|health| health.may_be_asked(now) && fits(health))
    };
    first(&|health| !health.is_down(now)).or_else(|| first(&|_| true))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a time")
    }

    #[test]
    fn nobody_is_woken_but_by_what_they_just_did() {
        for (now, leaves) in [
            ("2026-11-23T20:59", "2026-11-23T20:59"),
            ("2026-11-23T21:00", "2026-11-24T08:00"),
            ("2026-11-24T00:00", "2026-11-24T08:00"),
            ("2026-11-24T07:59", "2026-11-24T08:00"),
            ("2026-11-24T08:00", "2026-11-24T08:00"),
            // Over both changes of the clock.
            ("2026-10-24T22:00", "2026-10-25T08:00"),
            ("2027-03-27T22:00", "2027-03-28T08:00"),
        ] {
            let (now, leaves) = (at(now), at(leaves));
            for template in [
                SmsTemplate::ReminderDay,
                SmsTemplate::NewMessage,
                SmsTemplate::TicketExpiring,
            ] {
                assert_eq!(may_leave(template, true, now, now), leaves);
            }
            assert_eq!(may_leave(SmsTemplate::Booked, true, now, now), now);
            assert_eq!(may_leave(SmsTemplate::Ticket, true, now, now), now);
            assert_eq!(may_leave(SmsTemplate::Ticket, false, now, now), leaves);
            assert_eq!(may_leave(SmsTemplate::ReminderHour, false, now, now), now);
            assert_eq!(
                may_leave(SmsTemplate::Booked, true, now.plus(-16 * MINUTE), now),
                leaves
            );
        }
    }

    #[test]
    fn a_message_has_waited_too_long_after_four_hours_of_the_day() {
        for (now, since) in [
            ("2026-11-24T12:00", "2026-11-24T08:00"),
            ("2026-11-24T20:59", "2026-11-24T16:59"),
            ("2026-11-24T21:00", "2026-11-24T17:00"),
            ("2026-11-24T23:30", "2026-11-24T17:00"),
            ("2026-11-25T07:59", "2026-11-24T17:00"),
            ("2026-11-25T08:00", "2026-11-24T17:00"),
            ("2026-11-25T10:30", "2026-11-24T19:30"),
            ("2026-11-25T11:59", "2026-11-24T20:59"),
            // Over both changes of the clock.
            ("2026-10-25T09:00", "2026-10-24T18:00"),
            ("2027-03-28T09:00", "2027-03-27T18:00"),
        ] {
            assert_eq!(too_long_since(at(now)), at(since), "{now}");
        }
    }

    #[test]
    fn a_second_gateway_takes_over_and_the_first_gets_its_turn_again() {
        let began = at("2026-11-23T10:00");
        let failing = |last: i64| Health {
            failing_since: Some(began),
            failed_at: Some(began.plus(last)),
            ..Health::default()
        };
        let well = Health::default();
        for (first, second, now, chosen) in [
            (well, well, 0, 0),
            (failing(0), well, TAKEOVER - 1, 0),
            (failing(TAKEOVER), well, TAKEOVER, 1),
            (failing(TAKEOVER), well, TAKEOVER + TRIED_AGAIN - 1, 1),
            (failing(TAKEOVER), well, TAKEOVER + TRIED_AGAIN, 0),
            (failing(TAKEOVER), failing(TAKEOVER), TAKEOVER, 0),
        ] {
            let place = choose(&[first, second], began.plus(now));
            assert_eq!(place, Some(chosen), "{now}");
        }
    }

    #[test]
    fn a_gateway_that_asks_to_be_left_alone_is_not_asked() {
        let began = at("2026-11-23T10:00");
        let busy = Health {
            not_before: Some(began.plus(MINUTE)),
            ..Health::default()
        };
        let well = Health::default();
        for (healths, now, place) in [
            (&[busy, well][..], 0, Some(1)),
            (&[busy, busy], MINUTE - 1, None),
            (&[busy, busy], MINUTE, Some(0)),
            (&[], 0, None),
        ] {
            assert_eq!(choose(healths, began.plus(now)), place, "{now}");
        }
    }

    proptest! {
        #[test]
        fn pauses_grow_and_end_within_an_hour(attempts in 1i64..100, chance: u8) {
            let pause = pause_after(attempts, chance);
            prop_assert!((FIRST_PAUSE / 2..=LONGEST_PAUSE).contains(&pause));
            prop_assert!(pause_after(attempts + 1, 0) * 2 >= pause_after(attempts, chance));
            prop_assert!(pause_after(attempts, 255) >= pause);
        }

        #[test]
        fn whatever_the_hour_a_message_leaves_within_eleven_hours_and_never_in_the_quiet_ones(
            minutes in 0i64..2_000_000,
        ) {
            let now = at("2026-01-01T00:00").plus(minutes * MINUTE);
            let leaves = may_leave(SmsTemplate::NewMessage, true, now, now);
            prop_assert!(leaves >= now && leaves <= now.plus(12 * HOUR));
            let hour = leaves.in_stockholm().hour();
            prop_assert!((QUIET_UNTIL..QUIET_FROM).contains(&hour));
        }
    }
}
