//! What the two measuring programs share: the served workerd and a client for it, the rows to measure on,
//! and the recording of what the real router asks of the store. `bench` measures time, `rows` counts rows.

pub mod calls;
pub mod client;
pub mod load;
pub mod options;
pub mod recording;
pub mod workerd;

/// What can go wrong here, in words for a developer.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;
