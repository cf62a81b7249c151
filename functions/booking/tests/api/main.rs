//! Booking's own tests: the domain's sentences, spoken to the function's router over SQLite in memory.

mod appointments;
mod attacks;
mod openapi;
mod pages;
mod refusals;
mod slots;
mod world;
