//! What the system itself says in a chat: fixed kinds, with the moment that some of them tell of. The words
//! stand in `words::messaging`; nothing here is about health.

use crate::platform::Value;
use crate::time::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

/// A kind of system message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum NoticeKind {
    /// "SMS skickat"
    SmsSent,
    /// The case closes at `until`.
    ClosingSoon,
    /// The patient's time is over; staff still owe an answer.
    TimeIsOver,
    /// "Ärendet avslutat", by time.
    Closed,
    /// "Ärendet avslutat", by staff.
    ClosedByStaff,
    /// The case goes on until `until`.
    Extended,
    /// The case ends sooner: at `until`.
    EndsSooner,
    /// The case is open again until `until`.
    Reopened,
    /// Both sides are there now: an answer is expected at once.
    NowSynchronous,
    /// Each writes when they can, until `until`.
    NowAsynchronous,
    /// A colleague takes part from now on; the message names them.
    ColleagueJoined,
    /// A colleague takes part no more; the message names them.
    ColleagueLeft,
}

impl NoticeKind {
    /// Whether it is the last message of a case, which says where to turn.
    pub fn is_last(self) -> bool {
        matches!(self, NoticeKind::Closed | NoticeKind::ClosedByStaff)
    }
}

const KINDS: [(NoticeKind, &str); 12] = [
    (NoticeKind::SmsSent, "sms-sent"),
    (NoticeKind::ClosingSoon, "closing-soon"),
    (NoticeKind::TimeIsOver, "time-is-over"),
    (NoticeKind::Closed, "closed"),
    (NoticeKind::ClosedByStaff, "closed-by-staff"),
    (NoticeKind::Extended, "extended"),
    (NoticeKind::EndsSooner, "ends-sooner"),
    (NoticeKind::Reopened, "reopened"),
    (NoticeKind::NowSynchronous, "now-synchronous"),
    (NoticeKind::NowAsynchronous, "now-asynchronous"),
    (NoticeKind::ColleagueJoined, "colleague-joined"),
    (NoticeKind::ColleagueLeft, "colleague-left"),
];

/// A system message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct Notice {
    /// What it says.
    pub kind: NoticeKind,
    /// The moment that it tells of.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub until: Option<Timestamp>,
}

impl Notice {
    /// One that tells of no moment.
    pub fn plain(kind: NoticeKind) -> Self {
        Notice { kind, until: None }
    }

    /// One that tells of a moment.
    pub fn until(kind: NoticeKind, until: Timestamp) -> Self {
        Notice {
            kind,
            until: Some(until),
        }
    }
}

/// As the store keeps it: `extended:1800000000000`.
impl std::fmt::Display for Notice {
    fn fmt(&self, formatter: &mut std::fmt::Formatter) -> std::fmt::Result {
        let name = KINDS.iter().find(|(kind, _)| *kind == self.kind);
        formatter.write_str(name.map_or("", |(_, name)| name))?;
        match self.until {
            Some(until) => write!(formatter, ":{}", until.millis()),
            None => Ok(()),
        }
    }
}

impl std::str::FromStr for Notice {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (name, until) = match text.split_once(':') {
            Some((name, until)) => (name, Some(until)),
            None => (text, None),
        };
        let (kind, _) = KINDS.iter().find(|(_, known)| *known == name).ok_or(())?;
        let until = until
            .map(|millis| millis.parse().map(Timestamp::from_millis).map_err(|_| ()))
            .transpose()?;
        Ok(Notice { kind: *kind, until })
    }
}

impl From<Notice> for Value {
    fn from(notice: Notice) -> Self {
        notice.to_string().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_reads_back() {
        for (kind, _) in KINDS {
            for notice in [
                Notice::plain(kind),
                Notice::until(kind, Timestamp::from_millis(1_800_000_000_000)),
            ] {
                assert_eq!(notice.to_string().parse(), Ok(notice));
            }
        }
        assert_eq!("lost".parse::<Notice>(), Err(()));
    }
}
