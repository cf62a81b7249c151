//! Messaging's own tests: the domain's sentences, spoken to the function's router over SQLite in memory.

mod cases;
mod chats;
mod closing;
mod colleagues;
mod events;
mod model;
mod notifications;
mod on_its_way;
mod openapi;
mod pages;
mod refusals;
mod visits;
mod world;
