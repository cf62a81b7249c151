//! The patient's own pages: home, my matters, my profile, support, terms and personal data.

pub mod home;
pub mod matters;
pub mod profile;
pub mod store;
pub mod support;
