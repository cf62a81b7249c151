//! How long a session lives: idle and absolute limits, and what a refresh token is worth now. Pure.

use shared::session::SessionKind;
use shared::time::{HOUR, MINUTE, Timestamp};

/// For so long after its use a refresh token that comes again from a browser is taken as two tabs at once,
/// in milliseconds. It still gives nothing: the browser has the new one already.
pub const TWO_TABS: i64 = 10_000;

/// The limits of a kind of session, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Without a renewal for so long, it has ended.
    pub idle: i64,
    /// After so long it ends whatever happens.
    pub absolute: i64,
}

impl Limits {
    /// Staff share rooms and computers, but work whole days; patients read and leave. A guest's session
    /// ends with the visit.
    pub fn of(kind: SessionKind) -> Self {
        match kind {
            SessionKind::Practitioner => Limits {
                idle: 30 * MINUTE,
                absolute: 12 * HOUR,
            },
            SessionKind::Patient => Limits {
                idle: 20 * MINUTE,
                absolute: 4 * HOUR,
            },
            SessionKind::Guest => Limits {
                idle: 12 * HOUR,
                absolute: 12 * HOUR,
            },
        }
    }
}

/// A session as far as its life goes.
#[derive(Debug, Clone, Copy)]
pub struct Life {
    /// Of which kind.
    pub kind: SessionKind,
    /// When it was last renewed.
    pub renewed_at: Timestamp,
    /// Its absolute end.
    pub ends_at: Timestamp,
    /// When it was ended, if it was.
    pub ended_at: Option<Timestamp>,
    /// When the refresh token at hand was used, if it was.
    pub token_used_at: Option<Timestamp>,
}

/// What a refresh token is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Worth {
    /// It renews its session.
    Renews,
    /// It has just done so: another tab was quicker.
    JustUsed,
    /// It did so before: somebody has a copy, and the session must end.
    Copied,
    /// Its session has ended.
    Over,
}

impl Life {
    /// What the token is worth now.
    pub fn worth(&self, now: Timestamp) -> Worth {
        let idle_end = self.renewed_at.plus(Limits::of(self.kind).idle);
        if self.ended_at.is_some() || now >= self.ends_at || now >= idle_end {
            return Worth::Over;
        }
        match self.token_used_at {
            None => Worth::Renews,
            Some(used_at) if now < used_at.plus(TWO_TABS) => Worth::JustUsed,
            Some(_) => Worth::Copied,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const START: Timestamp = Timestamp::from_millis(1_000_000_000);

    fn life(kind: SessionKind) -> Life {
        Life {
            kind,
            renewed_at: START,
            ends_at: START.plus(Limits::of(kind).absolute),
            ended_at: None,
            token_used_at: None,
        }
    }

    #[test]
    fn who_is_away_too_long_is_signed_out_and_so_is_everybody_in_the_end() {
        for (kind, idle, absolute) in [
            (SessionKind::Practitioner, 30, 12),
            (SessionKind::Patient, 20, 4),
        ] {
            let life = life(kind);
            assert_eq!(life.worth(START.plus(idle * MINUTE - 1)), Worth::Renews);
            assert_eq!(life.worth(START.plus(idle * MINUTE)), Worth::Over);
            let renewed = Life {
                renewed_at: START.plus(absolute * HOUR - MINUTE),
                ..life
            };
            assert_eq!(
                renewed.worth(START.plus(absolute * HOUR - 1)),
                Worth::Renews
            );
            assert_eq!(renewed.worth(START.plus(absolute * HOUR)), Worth::Over);
        }
    }

    #[test]
    fn a_used_token_is_a_tabs_for_ten_seconds_and_then_a_thiefs() {
        let used = Life {
            token_used_at: Some(START),
            ..life(SessionKind::Patient)
        };
        assert_eq!(used.worth(START.plus(TWO_TABS - 1)), Worth::JustUsed);
        assert_eq!(used.worth(START.plus(TWO_TABS)), Worth::Copied);
    }

    proptest! {
        #[test]
        fn what_has_ended_renews_nothing_at_any_time(later in 0i64..100 * HOUR, used in proptest::option::of(0i64..HOUR)) {
            let ended = Life {
                ended_at: Some(START),
                token_used_at: used.map(|after| START.plus(after)),
                ..life(SessionKind::Practitioner)
            };
            prop_assert_eq!(ended.worth(START.plus(later)), Worth::Over);
        }

        #[test]
        fn a_used_token_never_renews(later in 0i64..100 * HOUR, used in 0i64..HOUR) {
            let life = Life { token_used_at: Some(START.plus(used)), ..life(SessionKind::Patient) };
            prop_assert_ne!(life.worth(START.plus(later)), Worth::Renews);
        }
    }
}
