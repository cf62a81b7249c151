//! Sealing what is kept anew after another key became primary: a walk over every sealed column, in bounded
//! pages, while the system serves. `walk` is its rules, `store` its SQL, `api` the job that runs it.

pub mod api;
mod store;
mod walk;
