//! A case's course: what the clock decides about it, who may write when, and what is due. Pure: the moment
//! comes in, and nothing here reads a clock or a store. Messaging says the same in the WHERE of its writes; the
//! workspace shows by it what may be done beside a record.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use crate::chat_message::Side;
use crate::platform::{Row, StoreError, Value};
use crate::time::{HOUR, MINUTE, Timestamp, days_after, first_moment_in_stockholm};

/// How long a message may be taken back, in milliseconds. The SQL of messaging says 300000.
pub const WITHDRAWABLE: i64 = 5 * MINUTE;
/// A period is at least so long, in milliseconds.
pub const SHORTEST: i64 = HOUR;
/// And at most so many days of the calendar.
pub const MOST_DAYS: u64 = 90;

/// Who may write the first message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum FirstWriter {
    /// The patient waits for staff.
    Staff,
    /// Staff wait for the patient.
    Patient,
    /// Whoever comes first.
    Either,
}

impl FirstWriter {
    /// As the store keeps it.
    pub fn as_str(self) -> &'static str {
        match self {
            FirstWriter::Staff => "staff",
            FirstWriter::Patient => "patient",
            FirstWriter::Either => "either",
        }
    }
}

impl std::str::FromStr for FirstWriter {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "staff" => Ok(FirstWriter::Staff),
            "patient" => Ok(FirstWriter::Patient),
            "either" => Ok(FirstWriter::Either),
            _ => Err(()),
        }
    }
}

impl From<FirstWriter> for Value {
    fn from(first: FirstWriter) -> Self {
        first.as_str().into()
    }
}

/// How far a case has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CaseState {
    /// Its time has not come.
    Planned,
    /// Nobody waits for an answer.
    Open,
    /// Staff wrote last.
    AwaitingPatient,
    /// The patient wrote last: an answer is owed, also after the patient's own writing has stopped.
    AwaitingStaff,
    /// Over.
    Closed,
}

impl CaseState {
    /// As the API names it.
    pub fn as_str(self) -> &'static str {
        match self {
            CaseState::Planned => "planned",
            CaseState::Open => "open",
            CaseState::AwaitingPatient => "awaiting-patient",
            CaseState::AwaitingStaff => "awaiting-staff",
            CaseState::Closed => "closed",
        }
    }
}

/// The last message of a person that was not taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LastMessage {
    /// Whose.
    pub from: Side,
    /// When it was sent.
    pub at: Timestamp,
}

/// What decides about a case at any moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Course {
    /// From when it may be written in.
    pub opens_at: Timestamp,
    /// When the patient's writing stops.
    pub closes_at: Timestamp,
    /// Who may write first.
    pub first_writer: FirstWriter,
    /// Whether the patient may write at all.
    pub patient_may_reply: bool,
    /// Whether anybody has written.
    pub begun: bool,
    /// The last message of a person that stands.
    pub last: Option<LastMessage>,
    /// Until when staff may still answer: set when the task about the unanswered message was made.
    pub grace_ends_at: Option<Timestamp>,
    /// When it was closed by hand, or was over, since the job has written it down.
    pub closed_at: Option<Timestamp>,
}

/// Why somebody may not write now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
#[schema(as = WhyNot)]
pub enum NotNow {
    /// It opens later.
    NotYetOpen,
    /// It is over.
    Closed,
    /// The patient's time is over; staff may still answer.
    TimeIsOver,
    /// The other side has the first word.
    OtherSideBegins,
    /// The patient can only read here.
    ReadOnly,
}

/// Why a period can't be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnfitPeriod {
    /// Shorter than an hour, or over before an hour has passed.
    TooShort,
    /// Longer than 90 days.
    TooLong,
    /// An extension must end later than before.
    NotLater,
    /// A shortening must end sooner than before.
    NotSooner,
    /// It is over: it can only be reopened.
    Closed,
    /// The patient's time is over, and staff's isn't: it can only be extended.
    TimeIsOver,
    /// It is not over: there is nothing to reopen.
    NotClosed,
    /// It was closed too long ago.
    TooLate,
}

/// What the job has to do about a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DueStep {
    /// Its time has come: tell the patient.
    Announce,
    /// It will close soon: tell both sides.
    GiveNotice,
    /// It would close over an unanswered message: give staff a task.
    AskStaff,
    /// It is over.
    Close,
    /// Nothing yet.
    Wait,
}

impl Course {
    /// How far it has come, at a moment.
    pub fn state(&self, now: Timestamp) -> CaseState {
        if self.closed_at.is_some() {
            return CaseState::Closed;
        }
        if now < self.opens_at {
            return CaseState::Planned;
        }
        if now < self.closes_at {
            return match self.last {
                Some(LastMessage {
                    from: Side::Patient,
                    ..
                }) => CaseState::AwaitingStaff,
                Some(LastMessage {
                    from: Side::Staff, ..
                }) if self.patient_may_reply => CaseState::AwaitingPatient,
                _ => CaseState::Open,
            };
        }
        match self.last {
            // Without a task nothing is over: an unanswered message waits for the job, however late it comes.
            Some(LastMessage {
                from: Side::Patient,
                ..
            }) if self.grace_ends_at.is_none_or(|end| now < end) => CaseState::AwaitingStaff,
            // An answer given in the grace may be taken back for a while; until then it isn't final.
            Some(LastMessage {
                from: Side::Staff,
                at,
            }) if at >= self.closes_at && now < at.plus(WITHDRAWABLE) => CaseState::Open,
            _ => CaseState::Closed,
        }
    }

    /// When it was over; only of a closed one.
    pub fn ended_at(&self) -> Timestamp {
        match (self.closed_at, self.last) {
            (Some(at), _) => at,
            (
                None,
                Some(LastMessage {
                    from: Side::Patient,
                    ..
                }),
            ) => self.grace_ends_at.unwrap_or(self.closes_at),
            (
                None,
                Some(LastMessage {
                    from: Side::Staff,
                    at,
                }),
            ) if at >= self.closes_at => at.plus(WITHDRAWABLE),
            _ => self.closes_at,
        }
    }

    /// Whether a side may write at a moment.
    pub fn may_write(&self, side: Side, now: Timestamp) -> Result<(), NotNow> {
        match self.state(now) {
            CaseState::Planned => return Err(NotNow::NotYetOpen),
            CaseState::Closed => return Err(NotNow::Closed),
            _ => {}
        }
        match side {
            Side::Patient if now >= self.closes_at => Err(NotNow::TimeIsOver),
            Side::Patient if !self.patient_may_reply => Err(NotNow::ReadOnly),
            Side::Patient if !self.begun && self.first_writer == FirstWriter::Staff => {
                Err(NotNow::OtherSideBegins)
            }
            Side::Staff if !self.begun && self.first_writer == FirstWriter::Patient => {
                Err(NotNow::OtherSideBegins)
            }
            _ => Ok(()),
        }
    }

    /// Whether a side may take back what it wrote at `sent_at`: within five minutes, while it may write.
    pub fn may_withdraw(&self, side: Side, sent_at: Timestamp, now: Timestamp) -> bool {
        let over = self.state(now) == CaseState::Closed
            || (side == Side::Patient && now >= self.closes_at);
        !over && now < sent_at.plus(WITHDRAWABLE)
    }

    /// Whether the patient's last message has no answer.
    pub fn is_unanswered(&self) -> bool {
        self.last.is_some_and(|last| last.from == Side::Patient)
    }

    /// A later end for one that isn't over. A grace ends with it: the patient may write again.
    pub fn extended(&self, to: Timestamp, now: Timestamp) -> Result<Course, UnfitPeriod> {
        if self.state(now) == CaseState::Closed {
            return Err(UnfitPeriod::Closed);
        }
        if to <= self.closes_at {
            return Err(UnfitPeriod::NotLater);
        }
        self.until(to, now)
    }

    /// An earlier end, an hour away at least.
    pub fn shortened(&self, to: Timestamp, now: Timestamp) -> Result<Course, UnfitPeriod> {
        self.ending(None, now)?;
        if to >= self.closes_at {
            return Err(UnfitPeriod::NotSooner);
        }
        self.until(to, now)
    }

    /// Open again, for whom it was closed at most `grace` milliseconds ago.
    pub fn reopened(
        &self,
        to: Timestamp,
        grace: i64,
        now: Timestamp,
    ) -> Result<Course, UnfitPeriod> {
        if self.state(now) != CaseState::Closed {
            return Err(UnfitPeriod::NotClosed);
        }
        if now >= self.ended_at().plus(grace) {
            return Err(UnfitPeriod::TooLate);
        }
        Course {
            closed_at: None,
            ..*self
        }
        .until(to, now)
    }

    /// With another end, if one is given, of one that isn't over.
    pub fn ending(&self, to: Option<Timestamp>, now: Timestamp) -> Result<Course, UnfitPeriod> {
        match to {
            _ if self.state(now) == CaseState::Closed => Err(UnfitPeriod::Closed),
            Some(to) => self.until(to, now),
            None if now >= self.closes_at => Err(UnfitPeriod::TimeIsOver),
            None => Ok(*self),
        }
    }

    /// Open from now on at the latest: both sides are there. Its period is one that begins now.
    pub fn begun_now(&self, to: Option<Timestamp>, now: Timestamp) -> Result<Course, UnfitPeriod> {
        let begun = Course {
            opens_at: self.opens_at.min(now),
            ..*self
        }
        .ending(to, now)?;
        if now < self.opens_at {
            fits(now, begun.closes_at)?;
        }
        Ok(begun)
    }

    fn until(&self, to: Timestamp, now: Timestamp) -> Result<Course, UnfitPeriod> {
        fits(self.opens_at.max(now), to)?;
        Ok(Course {
            closes_at: to,
            grace_ends_at: None,
            ..*self
        })
    }

    /// When the job has to look at it next, told `notice` milliseconds before the end. A period that has no
    /// room for a notice has none.
    pub fn due_at(&self, notice: i64, now: Timestamp) -> Option<Timestamp> {
        if self.closed_at.is_some() {
            return None;
        }
        if now < self.opens_at {
            return Some(self.opens_at);
        }
        let notice_at = self.closes_at.plus(-notice);
        if notice_at > now {
            return Some(notice_at);
        }
        Some(self.end_due_at(now))
    }

    /// As [`Course::due_at`], of one whose end came nearer: where the moment of the notice has passed, it is
    /// given at once, though not in the moment of the opening, by which the job knows that as what is due.
    fn due_at_nearer(&self, notice: i64, now: Timestamp) -> Option<Timestamp> {
        let due_at = self.due_at(notice, now)?;
        Some(if due_at == self.closes_at {
            now.max(self.opens_at.plus(1))
        } else {
            due_at
        })
    }

    /// As [`Course::due_at`], of one that had another course before and was to be looked at from `due_at` on. What was
    /// not told by then is told still, and so is an end that came nearer, or is a new one of what was over.
    pub fn due_at_after_change(
        &self,
        before: &Course,
        due_at: Option<Timestamp>,
        notice: i64,
        now: Timestamp,
    ) -> Option<Timestamp> {
        if due_at == Some(before.opens_at) {
            return Some(self.opens_at);
        }
        if due_at.is_some_and(|due_at| due_at < before.closes_at)
            || self.closes_at < before.closes_at
            || before.state(now) == CaseState::Closed
        {
            self.due_at_nearer(notice, now)
        } else {
            self.due_at(notice, now)
        }
    }

    /// As [`Course::due_at`], of one of which the patient was just told that it has opened, however late that is: the
    /// notice of its end is given all the same.
    pub fn due_at_after_opening(&self, notice: i64, now: Timestamp) -> Option<Timestamp> {
        if self.closes_at.plus(-notice) > self.opens_at {
            self.due_at_nearer(notice, now)
        } else {
            self.due_at(notice, now)
        }
    }

    /// When the job has to look at it next, of one whose notice was given or has no room.
    pub fn end_due_at(&self, now: Timestamp) -> Timestamp {
        if now < self.closes_at {
            return self.closes_at;
        }
        match self.state(now) {
            CaseState::Closed => now,
            _ => match (self.is_unanswered(), self.grace_ends_at) {
                (true, Some(end)) => end,
                (true, None) => self.closes_at,
                (false, _) => self.ended_at(),
            },
        }
    }

    /// What is due about it, of one that was to be looked at from `due_at` on.
    pub fn due_step(&self, due_at: Timestamp, now: Timestamp) -> DueStep {
        if now < due_at || self.closed_at.is_some() {
            return DueStep::Wait;
        }
        match self.state(now) {
            CaseState::Planned => DueStep::Wait,
            CaseState::Closed => DueStep::Close,
            _ if now < self.closes_at && due_at == self.opens_at => DueStep::Announce,
            _ if now < self.closes_at => DueStep::GiveNotice,
            CaseState::AwaitingStaff if self.grace_ends_at.is_none() => DueStep::AskStaff,
            _ => DueStep::Wait,
        }
    }
}

/// A course from a row that has its columns of `chats`.
pub fn course_from_row(row: Row) -> Result<Course, StoreError> {
    let moment = |column| {
        row.optional_integer(column)
            .map(|millis| millis.map(Timestamp::from_millis))
    };
    let last = match (
        row.optional_parsed::<Side>("last_from")?,
        moment("last_at")?,
    ) {
        (Some(from), Some(at)) => Some(LastMessage { from, at }),
        _ => None,
    };
    Ok(Course {
        opens_at: Timestamp::from_millis(row.integer("opens_at")?),
        closes_at: Timestamp::from_millis(row.integer("closes_at")?),
        first_writer: row.parsed("first_writer")?,
        patient_may_reply: row.truth("patient_may_reply")?,
        begun: row.truth("begun")?,
        last,
        grace_ends_at: moment("grace_ends_at")?,
        closed_at: moment("closed_at")?,
    })
}

/// Whether a period is between an hour and 90 days of the calendar long.
pub fn fits(from: Timestamp, to: Timestamp) -> Result<(), UnfitPeriod> {
    if to < from.plus(SHORTEST) {
        return Err(UnfitPeriod::TooShort);
    }
    if to > days_later(from, MOST_DAYS) {
        return Err(UnfitPeriod::TooLong);
    }
    Ok(())
}

/// The same clock time so many days later; an hour later where the clock jumps over it.
pub fn days_later(from: Timestamp, days: u64) -> Timestamp {
    let local = from.in_stockholm();
    let date = days_after(local.date(), days);
    first_moment_in_stockholm(date, local.time())
        .or_else(|| {
            let later = local.time() + chrono::TimeDelta::hours(1);
            first_moment_in_stockholm(date, later)
        })
        .unwrap_or(from)
}
