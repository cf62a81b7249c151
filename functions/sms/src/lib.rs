//! Text messages: sent from the outbox through gateways, and what these report back. `/sms/v1/…` is JSON, `/sms/messages/…` are pages.
//! Which text says what is in `text`, when one may leave in `pace`, the gateways in `gateway`, the sending in
//! `delivery`, what staff are told in `telling`, the SQL in `store`.

pub mod api;
pub mod delivery;
pub mod gateway;
pub mod pace;
pub mod pages;
pub mod reminders;
pub mod store;
pub mod telling;
pub mod text;

use api::{messages, webhooks};
use axum::Router;
use shared::walls::Routes;

shared::serve!(router, jobs: ["/sms/v1/jobs/remind", "/sms/v1/jobs/deliver"]);

/// The whole function, as both platforms serve it.
pub fn router() -> Router {
    shared::service::service("sms", routes())
}

/// Every route of the function.
pub fn routes() -> Routes {
    Routes::new()
        .get("/sms/v1/openapi.json", api::openapi)
        .get("/sms/v1/messages", messages::list)
        .post("/sms/v1/messages/{id}/send-again", messages::send_again)
        .get("/sms/v1/gateways", messages::gateways)
        .get("/sms/messages/{about}/{id}", pages::show)
        .post("/sms/messages/{about}/{id}", pages::send_again)
        .post(
            "/sms/v1/reports/46elks/{secret}/{id}",
            webhooks::elks_report,
        )
        .post("/sms/v1/incoming/46elks/{secret}", webhooks::elks_incoming)
        .post("/sms/v1/reports/twilio/{id}", webhooks::twilio_report)
        .post("/sms/v1/incoming/twilio", webhooks::twilio_incoming)
        .post("/sms/v1/jobs/deliver", delivery::deliver)
        .post("/sms/v1/jobs/deliver-now", delivery::deliver_now)
        .post("/sms/v1/jobs/remind", reminders::remind)
}
