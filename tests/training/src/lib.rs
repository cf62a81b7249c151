//! The training environment: invented people at invented units, local keys, sessions for them, and a
//! week of bookings. Nothing here is real, and nothing of it is deployed.

pub mod front_desk;
pub mod keys;
pub mod people;
pub mod provider_accounts;
pub mod reasons;
pub mod reference;
mod ring;
pub mod rows;
pub mod unit_week;
pub mod weekly_templates;
