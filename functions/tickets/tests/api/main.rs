//! The tickets' own tests: the domain's sentences, spoken to the function's router over SQLite in memory.

mod batches;
mod issuing;
mod job;
mod openapi;
mod pages;
mod redeeming;
mod refusals;
mod world;
