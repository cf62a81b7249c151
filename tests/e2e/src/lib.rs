//! What the end-to-end programs share: deployments to speak to, a caller who speaks, and the suite. It
//! knows booking by its API alone.

pub mod caller;
pub mod deployment;
pub mod suite;

pub use training::keys::Failure;
