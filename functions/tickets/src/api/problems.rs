//! What goes wrong with tickets, as problem documents: each says what the caller can do.

use http::StatusCode;
use shared::problem::Problem;

use super::view::SlotView;
use crate::store::Found;
use crate::ticket::{FrameError, TicketState};

/// A field of a new ticket that can't be used.
pub fn unfit(field: &str, error: FrameError) -> Problem {
    Problem::invalid(field, error.to_string())
}

/// Every code that leads nowhere, whatever the reason: nobody learns which it is.
pub fn unknown_code() -> Problem {
    Problem::new(
        StatusCode::NOT_FOUND,
        "unknown-ticket",
        "No ticket opens with this code",
    )
    .detail("It may be used, out of date or somebody else's. What you have booked stands under your matters; for anything else call the unit.")
}

/// A ticket with which this can no longer be done.
pub fn closed(found: &Found) -> Problem {
    let (kind, title, detail) = match found.ticket.state {
        TicketState::Redeemed => (
            "ticket-redeemed",
            "A time has been picked with this ticket",
            "Rebook or cancel the visit instead.",
        ),
        TicketState::Revoked => (
            "ticket-revoked",
            "The ticket was taken back",
            "Call the unit if you still need a visit.",
        ),
        TicketState::Expired => (
            "ticket-expired",
            "The ticket is out of date",
            "Call the unit: it can extend the ticket.",
        ),
        TicketState::Open => (
            "ticket-open",
            "No time has been picked with this ticket",
            "Pick one first.",
        ),
    };
    let problem = Problem::new(StatusCode::CONFLICT, kind, title).detail(detail);
    match found.ticket.appointment {
        Some(appointment) => problem.with("appointment", appointment.to_string()),
        None => problem,
    }
}

/// A slot that isn't one of the ticket's.
pub fn outside_frame() -> Problem {
    Problem::invalid(
        "slot",
        "this time isn't one of those that the ticket is for: choose among its slots",
    )
}

/// The slot was taken; the next free ones come along.
pub fn taken(next: Vec<SlotView>) -> Problem {
    shared::appointment::problems::slot_taken()
        .with("next_slots", serde_json::to_value(next).unwrap_or_default())
}
