//! Booking: slots and schedules; scheduled, free-time and video appointments. `/booking/v1/…` is JSON.
//! The routes are below; each leads to a handler in `api`, whose SQL is in `store` and whose rules are in
//! `slot_template` and `shared::appointment`.

pub mod api;
pub mod calendar;
pub mod pages;

pub mod slot_template;
pub mod store;

use api::{appointments, slots};
use axum::Router;
use shared::walls::Routes;

shared::serve!(router);

/// The whole function, as both platforms serve it.
pub fn router() -> Router {
    shared::service::service("booking", routes())
}

/// Every route of the function.
pub fn routes() -> Routes {
    Routes::new()
        .get("/booking/appointments/{id}", pages::visit::page)
        .post("/booking/appointments/{id}", pages::visit::act)
        .get("/booking/new/{kind}", pages::new_visit::page)
        .post("/booking/new/{kind}", pages::new_visit::book)
        .get("/booking/slots", pages::slots::page)
        .post("/booking/slots", pages::slots::act)
        .get("/booking/v1/openapi.json", api::openapi)
        .get("/booking/v1/slot-templates", slots::list_templates)
        .post("/booking/v1/slot-templates", slots::lay_out)
        .get("/booking/v1/slots", slots::list)
        .post("/booking/v1/slots/{id}/withdraw", slots::withdraw)
        .get("/booking/v1/appointments", appointments::list)
        .post("/booking/v1/appointments", appointments::book)
        .get("/booking/v1/appointments/{id}", appointments::read)
        .get(
            "/booking/v1/appointments/{id}/calendar.ics",
            appointments::calendar,
        )
        .post(
            "/booking/v1/appointments/{id}/reschedule",
            appointments::reschedule,
        )
        .post("/booking/v1/appointments/{id}/cancel", appointments::cancel)
        .post("/booking/v1/appointments/{id}/arrive", appointments::arrive)
        .post("/booking/v1/appointments/{id}/start", appointments::start)
        .post(
            "/booking/v1/appointments/{id}/complete",
            appointments::complete,
        )
        .post(
            "/booking/v1/appointments/{id}/no-show",
            appointments::mark_no_show,
        )
}
