//! The training environment: invented people at invented units, local keys, sessions for them, and a
//! week of bookings. Nothing here is real, and nothing of it is deployed.

pub mod data;
pub mod keys;
pub mod people;
pub mod reference;
