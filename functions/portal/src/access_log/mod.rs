//! The access log's chain, what people see of the log, and the recurring check by sample.
//! `chain` is the pure rules, `store` the SQL, `keeping` adds links and verifies over a store; `api` and
//! `pages` and `review` are what callers reach. Entries themselves are written by `shared::access_log`.

pub mod api;
pub mod chain;
pub mod keeping;
pub mod pages;
pub mod review;
pub mod store;
