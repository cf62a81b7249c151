//! Administration: a unit's settings and reply phrases and how its service is (`operations`), by its administrator, and
//! its numbers, for all its staff. `/administration/v1/…` is JSON; other paths are pages. Rules are in `settings`,
//! `period` and `statistics`, the SQL in `store`.

pub mod api;
pub mod chart;
pub mod operations;
pub mod pages;
pub mod period;
pub mod settings;
pub mod statistics;
pub mod store;

use axum::Router;
use shared::walls::Routes;

shared::serve!(router);

/// The whole function, as both platforms serve it.
pub fn router() -> Router {
    shared::service::service("administration", routes())
}

/// Every route of the function.
pub fn routes() -> Routes {
    Routes::new()
        .get("/administration/settings", pages::settings::show)
        .post("/administration/settings", pages::settings::save)
        .get("/administration/phrases", pages::phrases::show)
        .post("/administration/phrases", pages::phrases::act)
        .get("/administration/statistics", pages::statistics::show)
        .get("/administration/operations", pages::operations::show)
        .get("/administration/v1/operations", api::read_operations)
        .get("/administration/v1/statistics", api::read_statistics)
        .get("/administration/v1/openapi.json", api::openapi)
        .get("/administration/v1/settings", api::read_settings)
        .put("/administration/v1/settings", api::write_settings)
}
