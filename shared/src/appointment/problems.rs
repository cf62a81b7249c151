//! The answers that say why a visit can't be booked or changed: one problem document for each of the rules.

use http::StatusCode;

use super::{NotNow, PeriodError, WrongStep};
use crate::problem::Problem;

/// Somebody else has the slot.
pub fn slot_taken() -> Problem {
    Problem::new(
        StatusCode::CONFLICT,
        "slot-taken",
        "This slot is no longer free",
    )
    .detail("List the free slots again and choose another.")
}

/// The visit's state doesn't allow the step.
pub fn wrong_step(error: WrongStep) -> Problem {
    Problem::new(
        StatusCode::CONFLICT,
        "wrong-step",
        "The visit can't do this from where it is",
    )
    .detail(error.to_string())
    .with("state", error.state.as_str())
    .with("step", error.step.as_str())
}

/// The clock doesn't allow the step.
pub fn not_now(error: NotNow) -> Problem {
    let kind = match error {
        NotNow::CutoffPassed => "too-late-to-cancel",
        NotNow::TooEarly => "too-early",
        NotNow::NotBegun => "not-begun",
        NotNow::Over => "over",
    };
    Problem::new(StatusCode::CONFLICT, kind, "The clock doesn't allow this")
        .detail(error.to_string())
}

/// A time that no visit can have.
pub fn unfit_period(field: &str, error: PeriodError) -> Problem {
    Problem::invalid(field, error.to_string())
}
