//! Tickets: staff issue them, the patient picks a slot with one. `/tickets/v1/…` is JSON,
//! `/tickets/…` and `/t/…` are pages. The rules are in
//! `ticket` and `code`, the SQL in `store`, the handlers in `api`, reminders and expiry in `job`, tickets for
//! many patients at once in `batch`.

pub mod api;
pub mod batch;
pub mod code;
pub mod job;
pub mod pages;
pub mod store;
pub mod ticket;

use api::{issue, read, redeem};
use axum::Router;
use shared::walls::Routes;

shared::serve!(router, jobs: ["/tickets/v1/jobs/look", "/tickets/v1/jobs/batches"]);

/// The whole function, as both platforms serve it.
pub fn router() -> Router {
    shared::service::service("tickets", routes())
}

/// Every route of the function.
pub fn routes() -> Routes {
    Routes::new()
        .get("/t/{code}", pages::follow)
        .get("/tickets", pages::list)
        .get("/tickets/new", pages::new_form)
        .post("/tickets/new", pages::issue)
        .get("/tickets/capacity", pages::capacity)
        .get("/tickets/batches", batch::pages::list)
        .get("/tickets/batches/new", batch::pages::new_form)
        .post("/tickets/batches/new", batch::pages::upload)
        .get("/tickets/batches/{id}", batch::pages::show)
        .post("/tickets/batches/{id}", batch::pages::change)
        .get("/tickets/{id}", pages::show)
        .post("/tickets/{id}", pages::answer)
        .post("/tickets/{id}/change", pages::change)
        .get("/tickets/v1/openapi.json", api::openapi)
        .get("/tickets/v1/tickets", read::list)
        .post("/tickets/v1/tickets", issue::issue)
        .get("/tickets/v1/tickets/{id}", read::read)
        .get("/tickets/v1/tickets/{id}/slots", read::slots)
        .post("/tickets/v1/tickets/{id}/revoke", issue::revoke)
        .post("/tickets/v1/tickets/{id}/extend", issue::extend)
        .post("/tickets/v1/tickets/{id}/resend", issue::resend)
        .post("/tickets/v1/open", redeem::open)
        .post("/tickets/v1/tickets/{id}/redeem", redeem::redeem)
        .post("/tickets/v1/tickets/{id}/rebook", redeem::rebook)
        .post(
            "/tickets/v1/tickets/{id}/no-time-fits",
            redeem::no_time_fits,
        )
        .get("/tickets/v1/capacity", read::capacity)
        .get("/tickets/v1/batches", batch::api::list)
        .post("/tickets/v1/batches", batch::api::upload)
        .get("/tickets/v1/batches/{id}", batch::api::read)
        .post("/tickets/v1/batches/{id}/confirm", batch::api::confirm)
        .post("/tickets/v1/batches/{id}/stop", batch::api::stop)
        .post("/tickets/v1/batches/{id}/discard", batch::api::discard)
        .post("/tickets/v1/batches/{id}/work", batch::api::go_on)
        .post("/tickets/v1/jobs/look", job::look)
        .post("/tickets/v1/jobs/batches", batch::work::run)
}
