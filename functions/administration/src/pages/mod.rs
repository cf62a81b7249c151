//! The pages of administration: plain forms that lead to what the JSON does, and numbers drawn and told.

pub mod operations;
pub mod phrases;
pub mod settings;
pub mod statistics;
