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
use shared::{by_caller, by_staff};

shared::serve!(router);

/// The whole function, as both platforms serve it.
pub fn router() -> Router {
    shared::service::service("booking", routes())
}

/// Every route of the function.
pub fn routes() -> Routes {
    Routes::new()
        .get("/booking/appointments/{id}", by_caller!(pages::visit::page))
        .post("/booking/appointments/{id}", by_caller!(pages::visit::act))
        .get("/booking/new/{kind}", by_staff!(pages::new_visit::page))
        .post("/booking/new/{kind}", by_staff!(pages::new_visit::book))
        .get("/booking/slots", by_staff!(pages::slots::page))
        .post("/booking/slots", by_staff!(pages::slots::act))
        .get("/booking/v1/openapi.json", api::openapi)
        .get(
            "/booking/v1/slot-templates",
            by_staff!(slots::list_templates),
        )
        .post("/booking/v1/slot-templates", by_staff!(slots::lay_out))
        .post("/booking/v1/slot-templates/{id}/end", by_staff!(slots::end))
        .get("/booking/v1/slots", by_staff!(slots::list))
        .post(
            "/booking/v1/slots/{id}/withdraw",
            by_staff!(slots::withdraw),
        )
        .get("/booking/v1/appointments", by_caller!(appointments::list))
        .post("/booking/v1/appointments", by_staff!(appointments::book))
        .get(
            "/booking/v1/appointments/{id}",
            by_caller!(appointments::read),
        )
        .get(
            "/booking/v1/appointments/{id}/calendar.ics",
            by_caller!(appointments::calendar),
        )
        .post(
            "/booking/v1/appointments/{id}/reschedule",
            by_staff!(appointments::reschedule),
        )
        .post(
            "/booking/v1/appointments/{id}/cancel",
            by_caller!(appointments::cancel),
        )
        .post(
            "/booking/v1/appointments/{id}/arrive",
            by_caller!(appointments::arrive),
        )
        .post(
            "/booking/v1/appointments/{id}/start",
            by_staff!(appointments::start),
        )
        .post(
            "/booking/v1/appointments/{id}/complete",
            by_staff!(appointments::complete),
        )
        .post(
            "/booking/v1/appointments/{id}/no-show",
            by_staff!(appointments::mark_no_show),
        )
}
