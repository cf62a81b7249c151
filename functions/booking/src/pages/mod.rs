//! The pages of visits: one visit, for its patient and its unit, and staff's forms for booking one. Plain forms
//! that work without scripts; each leads to what the JSON does.

pub mod new_visit;
pub mod visit;
