//! The front door. It says how the whole system is, and on Workers hands every other function's prefix on
//! (on Spin the host routes). Start pages, my matters, profile and static files find their place here.

pub mod health;
pub mod start;

use axum::Router;
use axum::routing::{get, post};

shared::serve!(router, forwards: ["booking"]);

/// Every route of the function.
pub fn router() -> Router {
    // Not `service::service`: the front door's health is everybody's.
    shared::service::observe(
        "portal",
        Router::new()
            .route("/", get(start::start))
            .route("/healthz", get(health::healthz))
            .route("/language", post(start::choose_language))
            .route(shared::page::STYLESHEET_PATH, get(start::stylesheet)),
    )
}
