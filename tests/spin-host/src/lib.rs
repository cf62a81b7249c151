//! A test host that serves the components of a `spin.toml` as Spin does: enough
//! of Spin to run an end-to-end suite against, and no more.

pub mod manifest;
pub mod serve;

mod instance;
mod interfaces;
mod key_value;
mod outbound;
mod output;
mod routes;
mod sqlite;
