//! The front door. It says how the whole system is, and on Workers hands every other function's prefix on
//! (on Spin the host routes). Start pages, my matters, profile and static files find their place here.

pub mod health;
pub mod start;

use axum::Router;
use shared::walls::Routes;

shared::serve!(router, forwards: ["booking"]);

/// The whole function, as both platforms serve it.
pub fn router() -> Router {
    // Not `service::service`: the front door's health is everybody's.
    shared::service::observe("portal", routes())
}

/// Every route of the function.
pub fn routes() -> Routes {
    Routes::new()
        .get("/", start::start)
        .get("/healthz", health::healthz)
        .post("/language", start::choose_language)
        .get(shared::page::STYLESHEET_PATH, start::stylesheet)
}
