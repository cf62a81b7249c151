//! The front door. It says how the whole system is, and on Workers hands every other function's prefix on
//! (on Spin the host routes). Start pages, my matters, profile and static files find their place here.

pub mod access_log;
pub mod api;
pub mod api_documents;
pub mod health;
pub mod jobs;
pub mod patient;
mod resealing;
pub mod start;

use access_log::{api as log, pages, review};
use axum::Router;
use shared::platform::Following;
use shared::walls::Routes;

/// What these wrote to the outbox leaves at once, where the platform lets work go on behind an answer.
pub const FOLLOWING: Following = Following {
    functions: &["booking", "messaging", "tickets"],
    job: "/sms/v1/jobs/deliver-now",
};

shared::serve!(
    router,
    forwards: ["booking", "identity", "messaging", "tickets", "t", "sms", "workspace", "administration", "attachments"],
    following: FOLLOWING,
    jobs: ["/portal/v1/jobs/chain-access-log", "/portal/v1/jobs/reseal"]
);

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
        .get("/static/{name}", start::static_file)
        .get("/docs", api_documents::page)
        .get("/portal/v1/openapi.json", api::openapi)
        .post("/portal/v1/jobs/chain-access-log", jobs::chain_access_log)
        .post("/portal/v1/jobs/reseal", resealing::api::reseal)
        .get("/portal/access-log", pages::own)
        .get("/portal/access-log/review", review::page)
        .post("/portal/access-log/review", review::draw_one)
        .get("/portal/access-log/review/{id}", review::read)
        .post("/portal/access-log/review/{id}", review::sign)
        .get("/portal/home", patient::home::page)
        .get("/portal/matters", patient::matters::page)
        .get("/portal/profile", patient::profile::page)
        .post("/portal/profile", patient::profile::save)
        .get("/portal/v1/profile", patient::profile::read)
        .put("/portal/v1/profile", patient::profile::write)
        .get("/portal/support", patient::support::page)
        .get("/portal/terms", patient::support::terms)
        .get("/portal/personal-data", patient::support::personal_data)
        .get("/portal/v1/access-log", log::own)
        .get("/portal/v1/access-log/verification", log::verification)
        .get("/portal/v1/access-log/export", log::export)
        .get("/portal/v1/access-log/samples", log::list_samples)
        .post("/portal/v1/access-log/samples", log::draw_sample)
        .get("/portal/v1/access-log/samples/{id}", log::read_sample)
        .post(
            "/portal/v1/access-log/samples/{id}/sign-off",
            log::sign_off_sample,
        )
}
