//! The pages of identity: HTML handlers. Each shows a page of the common layout, or goes on to another.

pub mod guest;
pub mod sign_in;
pub mod sign_out;
