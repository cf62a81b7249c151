//! Administration: a unit's settings, by its administrator, and what its numbers are. `/administration/v1/…`
//! is JSON; other paths are pages. Rules are in `settings` and `period`, the SQL in `store`.

pub mod api;
pub mod pages;
pub mod settings;
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
        .get("/administration/v1/openapi.json", api::openapi)
        .get("/administration/v1/settings", api::read_settings)
        .put("/administration/v1/settings", api::write_settings)
}
