//! Live: rooms that hold streams of server-sent events open together, on Workers alone. A room (a Durable Object, one
//! a chat and one a unit) is told by other functions that something happened, asks messaging for what is new by its
//! readers' own sessions, and hands it out. It keeps nothing but what its open streams need, in memory.

pub mod event;
pub mod room;

use axum::Router;
pub use room::LiveStreams;
use shared::walls::Routes;

shared::serve!(router, room: LiveStreams);

/// The function itself has no routes but its health: rooms are reached by their binding.
pub fn router() -> Router {
    shared::service::service("live", Routes::new())
}
