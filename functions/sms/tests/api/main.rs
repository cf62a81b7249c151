//! The text messages' own tests: the domain's sentences, spoken to the function's router over SQLite in memory,
//! with a gateway that speaks 46elks' form.

mod delivering;
mod gateway;
mod openapi;
mod pacing;
mod pages;
mod reminding;
mod webhooks;
mod world;
