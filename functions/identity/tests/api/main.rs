//! Identity's own tests: signing in and out, spoken to the function's router over SQLite in memory, with a
//! provider behind the Http port that signs, lies and fails as a test wants it.
#![expect(
    clippy::expect_used,
    reason = "a test whose ground is missing stops at once"
)]

mod attacks;
mod browser;
mod guests;
mod kept_forms;
mod openapi;
mod patients;
mod provider;
mod sessions;
mod staff;
