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
use batch::api::LARGEST_LIST;
use shared::asked::{Answering, answering};
use shared::job::Job;
use shared::platform::Ports;
use shared::walls::Routes;
use shared::{by_anyone, by_caller, by_patient, by_staff};

shared::serve!(router, jobs: ["/tickets/v1/jobs/look", "/tickets/v1/jobs/batches"]);

/// The whole function, as both platforms serve it.
pub fn router() -> Router {
    shared::service::service("tickets", routes())
}

/// What a route takes, with a body as large as the largest list of patients.
pub type By<Who> = shared::asked::By<Who, LARGEST_LIST>;

/// A handler for the schedule, as a function pointer.
macro_rules! by_job {
    ($handler:path) => {
        (|job, ports| answering($handler(job, ports))) as fn(Job, Ports) -> Answering
    };
}

/// Every route of the function.
pub fn routes() -> Routes {
    Routes::new()
        .get("/t/{code}", by_anyone!(pages::follow))
        .get("/tickets", by_staff!(pages::list))
        .get("/tickets/new", by_staff!(pages::new_form))
        .post("/tickets/new", by_staff!(pages::issue))
        .get("/tickets/capacity", by_staff!(pages::capacity))
        .get("/tickets/batches", by_staff!(batch::pages::list))
        .get("/tickets/batches/new", by_staff!(batch::pages::new_form))
        .post("/tickets/batches/new", by_staff!(batch::pages::upload))
        .get("/tickets/batches/{id}", by_staff!(batch::pages::show))
        .post("/tickets/batches/{id}", by_staff!(batch::pages::change))
        .get("/tickets/{id}", by_caller!(pages::show))
        .post("/tickets/{id}", by_patient!(pages::answer))
        .post("/tickets/{id}/change", by_staff!(pages::change))
        .get("/tickets/v1/openapi.json", by_anyone!(api::openapi))
        .get("/tickets/v1/tickets", by_caller!(read::list))
        .post("/tickets/v1/tickets", by_staff!(issue::issue))
        .get("/tickets/v1/tickets/{id}", by_caller!(read::read))
        .get("/tickets/v1/tickets/{id}/slots", by_caller!(read::slots))
        .post("/tickets/v1/tickets/{id}/revoke", by_staff!(issue::revoke))
        .post("/tickets/v1/tickets/{id}/extend", by_staff!(issue::extend))
        .post("/tickets/v1/tickets/{id}/resend", by_staff!(issue::resend))
        .post("/tickets/v1/open", by_patient!(redeem::open))
        .post(
            "/tickets/v1/tickets/{id}/redeem",
            by_patient!(redeem::redeem),
        )
        .post(
            "/tickets/v1/tickets/{id}/rebook",
            by_patient!(redeem::rebook),
        )
        .post(
            "/tickets/v1/tickets/{id}/no-time-fits",
            by_patient!(redeem::no_time_fits),
        )
        .get("/tickets/v1/capacity", by_staff!(read::capacity))
        .get("/tickets/v1/batches", by_staff!(batch::api::list))
        .post("/tickets/v1/batches", by_staff!(batch::api::upload))
        .get("/tickets/v1/batches/{id}", by_staff!(batch::api::read))
        .post(
            "/tickets/v1/batches/{id}/confirm",
            by_staff!(batch::api::confirm),
        )
        .post("/tickets/v1/batches/{id}/stop", by_staff!(batch::api::stop))
        .post(
            "/tickets/v1/batches/{id}/discard",
            by_staff!(batch::api::discard),
        )
        .post(
            "/tickets/v1/batches/{id}/work",
            by_staff!(batch::api::go_on),
        )
        .post("/tickets/v1/jobs/look", by_job!(job::look))
        .post("/tickets/v1/jobs/batches", by_job!(batch::work::run))
}
