//! What two functions of Vårdflöde need, in modules named by what they are. Only `platform` knows a
//! platform; everything else is the same on Workers, on Spin and in a test.

pub mod access_log;
pub mod appointment;
pub mod audit;
pub mod care_unit;
pub mod commission;
pub mod cookie;
pub mod environment;
pub mod first_contact;
pub mod guest_link;
pub mod hsa_id;
pub mod identifiers;
pub mod job;
mod json_field;
pub mod page;
pub mod paging;
pub mod patient;
pub mod personal_identity;
pub mod phone_number;
pub mod platform;
pub mod post;
pub mod problem;
pub mod rate_limit;
pub mod renewal;
pub mod role;
pub mod same_origin;
pub mod sealing;
pub mod service;
pub mod session;
pub mod slot;
pub mod sms_outbox;
pub mod standing;
pub mod task;
pub mod text;
pub mod time;
pub mod walls;
pub mod words;
