//! Tickets for many patients at once: a list is checked row by row, confirmed by staff, and worked off in steps
//! of which each is one transaction. `list` reads and checks what staff uploaded,
//! `store` has the SQL, `work` makes the tickets, `api` and `pages` are the faces. Here are states and sizes. Pure.

pub mod api;
pub mod list;
pub mod pages;
pub mod store;
pub mod work;

use serde::Serialize;
use serde_json::{Value, json};
use shared::hsa_id::HsaId;
use shared::role::Role;
use shared::text::Text;
use shared::time::{HOUR, Timestamp};
use utoipa::ToSchema;

use crate::ticket::MOST_DAYS;

/// How many patients one step gives their tickets.
pub const STEP: usize = 10;
/// How many steps one request or one run of the job takes at most: with some six statements a ticket that stays
/// below the thousand that D1 takes of one invocation.
pub const STEPS_AT_ONCE: usize = 12;
/// How long a list waits for staff, unconfirmed or stopped, before its patients are forgotten.
pub const KEPT_FOR: i64 = 7 * 24 * HOUR;

/// How far a batch has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum BatchState {
    /// Its rows were checked; nothing was sent.
    Checked,
    /// Staff confirmed it: it is being worked off.
    Working,
    /// Staff stopped it, or its days have passed: it can go on.
    Stopped,
    /// Everyone in it has a ticket.
    Done,
    /// Given up, by staff or by time: nobody more gets a ticket.
    Discarded,
}

/// What staff asks of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wish {
    /// Send it, or go on after a stop.
    Confirm,
    /// Send no more for now.
    Stop,
    /// Send no more, and forget who was left.
    Discard,
}

impl BatchState {
    const ALL: [Self; 5] = [
        Self::Checked,
        Self::Working,
        Self::Stopped,
        Self::Done,
        Self::Discarded,
    ];

    /// Its name in the store and the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Checked => "checked",
            Self::Working => "working",
            Self::Stopped => "stopped",
            Self::Done => "done",
            Self::Discarded => "discarded",
        }
    }

    /// Where a wish leads, if it can be had in this state.
    pub fn after(self, wish: Wish) -> Option<Self> {
        match (wish, self) {
            (Wish::Confirm, Self::Checked | Self::Stopped) => Some(Self::Working),
            (Wish::Stop, Self::Working) => Some(Self::Stopped),
            (Wish::Discard, Self::Checked | Self::Stopped) => Some(Self::Discarded),
            _ => None,
        }
    }
}

impl std::str::FromStr for BatchState {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        let found = Self::ALL.into_iter().find(|one| one.as_str() == text);
        found.ok_or(())
    }
}

/// What every ticket of a batch is like. Kept sealed, for it says why patients are met.
#[derive(Clone)]
pub struct Common {
    /// With anyone of this role …
    pub role: Role,
    /// … or with this practitioner, whose role it is.
    pub practitioner: Option<HsaId>,
    /// How long the visit is.
    pub minutes: i64,
    /// The slot begins at this moment or later …
    pub from: Timestamp,
    /// … and before this one.
    pub until: Timestamp,
    /// For how many days from its issue each ticket is valid.
    pub valid_days: u16,
    /// Reason for contact.
    pub reason: Text<1000>,
    /// How to prepare.
    pub instructions: Option<Text<4000>>,
}

impl Common {
    /// As it is sealed. By hand: serde's code for a type costs kilobytes.
    pub fn to_json(&self) -> Value {
        json!({
            "role": self.role.as_str(),
            "practitioner": self.practitioner.as_ref().map(HsaId::as_str),
            "minutes": self.minutes,
            "from": self.from.millis(),
            "until": self.until.millis(),
            "valid_days": self.valid_days,
            "reason": self.reason.as_str(),
            "instructions": self.instructions.as_ref().map(Text::as_str),
        })
    }

    /// What [`Common::to_json`] wrote.
    pub fn from_json(value: &Value) -> Option<Self> {
        let moment = |name: &str| Some(Timestamp::from_millis(value[name].as_i64()?));
        let practitioner = value["practitioner"].as_str().map(str::parse);
        let kept = |name: &str| value[name].as_str().map(str::to_owned);
        Some(Common {
            role: value["role"].as_str()?.parse().ok()?,
            practitioner: practitioner.transpose().ok()?,
            minutes: value["minutes"].as_i64()?,
            from: moment("from")?,
            until: moment("until")?,
            valid_days: u16::try_from(value["valid_days"].as_u64()?).ok()?,
            reason: kept("reason").map(Text::as_kept)?,
            instructions: kept("instructions").map(Text::as_kept),
        })
    }

    /// Whether a ticket issued now could still be used.
    pub fn can_be_issued(&self, now: Timestamp) -> bool {
        now < self.until && (1..=MOST_DAYS).contains(&self.valid_days)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_is_sent_only_after_it_was_confirmed_and_never_again_once_it_ended() {
        use BatchState::*;
        for (wish, from) in [
            (Wish::Confirm, vec![Checked, Stopped]),
            (Wish::Stop, vec![Working]),
            (Wish::Discard, vec![Checked, Stopped]),
        ] {
            for state in BatchState::ALL {
                assert_eq!(state.after(wish).is_some(), from.contains(&state));
                assert_eq!(state.as_str().parse(), Ok(state));
            }
        }
    }
}
