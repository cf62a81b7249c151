//! In which words messaging says no: each problem of its own, with what to do instead.

use http::StatusCode;
use shared::problem::Problem;

use crate::case::{MOST_DAYS, NotNow, UnfitPeriod};

/// Somebody may not write now.
pub fn not_now(why: NotNow) -> Problem {
    let (kind, title, detail) = match why {
        NotNow::NotYetOpen => (
            "case-not-open",
            "The case isn't open yet",
            "Write when it has opened: opens_at says when.",
        ),
        NotNow::Closed => (
            "case-closed",
            "The case is closed",
            "Nothing more can be written here. Staff can reopen it for a while; where_to_turn says where else to go.",
        ),
        NotNow::TimeIsOver => (
            "time-is-over",
            "The patient's time to write is over",
            "Staff may still answer the last message, or extend the case.",
        ),
        NotNow::OtherSideBegins => (
            "other-side-begins",
            "The other side writes first here",
            "Write when the first message has come.",
        ),
        NotNow::ReadOnly => (
            "read-only",
            "This case can only be read",
            "The unit doesn't take answers here.",
        ),
    };
    Problem::new(StatusCode::CONFLICT, kind, title).detail(detail)
}

/// A period can't be.
pub fn unfit(field: &str, why: UnfitPeriod) -> Problem {
    match why {
        UnfitPeriod::TooShort => {
            Problem::invalid(field, "a case stays open for an hour at least, from now on")
        }
        UnfitPeriod::TooLong => Problem::invalid(
            field,
            format!("a case stays open for {MOST_DAYS} days at most"),
        ),
        UnfitPeriod::NotLater => Problem::invalid(
            field,
            "an extended case closes later than before; shorten it instead",
        ),
        UnfitPeriod::NotSooner => Problem::invalid(
            field,
            "a shortened case closes sooner than before; extend it instead",
        ),
        UnfitPeriod::Closed => {
            Problem::new(StatusCode::CONFLICT, "case-closed", "The case is closed")
                .detail("Reopen it, if it was closed recently, or open a new one.")
        }
        UnfitPeriod::TimeIsOver => Problem::new(
            StatusCode::CONFLICT,
            "time-is-over",
            "The patient's time to write is over",
        )
        .detail("Extend the case instead, or give a later end with the phase.")
        .with("field", field),
        UnfitPeriod::NotClosed => Problem::new(
            StatusCode::CONFLICT,
            "case-not-closed",
            "The case isn't closed",
        )
        .detail("Extend or shorten it instead."),
        UnfitPeriod::TooLate => Problem::new(
            StatusCode::CONFLICT,
            "too-late",
            "The case was closed too long ago",
        )
        .detail("Open a new case."),
    }
}

/// A first message of staff's where they can't write yet.
pub fn message_too_early() -> Problem {
    Problem::new(
        StatusCode::UNPROCESSABLE_ENTITY,
        "message-too-early",
        "Staff can't write yet",
    )
    .detail("Leave the message out: the case opens later, or the patient writes first.")
    .with("field", "message")
}

/// Closing a case over a message that has no answer.
pub fn unanswered() -> Problem {
    Problem::new(
        StatusCode::CONFLICT,
        "unanswered",
        "The patient's last message has no answer",
    )
    .detail("Give the patient an answer in `message` as you close the case, or answer first.")
}

/// A note beside a chat that has as many as are shown.
pub fn notes_full() -> Problem {
    Problem::new(
        StatusCode::CONFLICT,
        "notes-full",
        "There are 500 notes here already",
    )
    .detail("No more can be kept beside this chat. What more there is belongs in the journal.")
}

/// Taking back what can't be.
pub fn not_withdrawable() -> Problem {
    Problem::new(
        StatusCode::CONFLICT,
        "not-withdrawable",
        "The message can't be taken back",
    )
    .detail("You can take back your own message within five minutes, while the case is open.")
}
