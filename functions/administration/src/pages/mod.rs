//! The pages of a unit's administrator: plain forms that lead to what the JSON does.

pub mod settings;
