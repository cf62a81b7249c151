//! Booking: slots and schedules; scheduled, free-time and video appointments. `/booking/v1/…` is JSON.
//! The routes are below; each leads to a handler in `api`, whose SQL is in `store` and whose rules are in
//! `slot_template` and `shared::appointment`.

pub mod api;
pub mod calendar;
pub mod slot_template;
pub mod store;

use api::{appointments, slots};
use axum::Router;
use axum::routing::{get, post};

shared::serve!(router);

/// Every route of the function.
pub fn router() -> Router {
    let routes = Router::new()
        .route("/booking/v1/openapi.json", get(api::openapi))
        .route(
            "/booking/v1/slot-templates",
            get(slots::list_templates).post(slots::lay_out),
        )
        .route("/booking/v1/slots", get(slots::list))
        .route("/booking/v1/slots/{id}/withdraw", post(slots::withdraw))
        .route(
            "/booking/v1/appointments",
            get(appointments::list).post(appointments::book),
        )
        .route("/booking/v1/appointments/{id}", get(appointments::read))
        .route(
            "/booking/v1/appointments/{id}/calendar.ics",
            get(appointments::calendar),
        )
        .route(
            "/booking/v1/appointments/{id}/reschedule",
            post(appointments::reschedule),
        )
        .route(
            "/booking/v1/appointments/{id}/cancel",
            post(appointments::cancel),
        )
        .route(
            "/booking/v1/appointments/{id}/arrive",
            post(appointments::arrive),
        )
        .route(
            "/booking/v1/appointments/{id}/start",
            post(appointments::start),
        )
        .route(
            "/booking/v1/appointments/{id}/complete",
            post(appointments::complete),
        )
        .route(
            "/booking/v1/appointments/{id}/no-show",
            post(appointments::mark_no_show),
        );
    shared::service::service("booking", routes)
}
