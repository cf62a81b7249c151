//! Identity: sign-in for patients (1177, BankID) and staff (SITHS) by OpenID Connect, guests by link;
//! sessions, their renewal and their end. `/identity/v1/…` is JSON, other paths are pages.
//! The only function that holds the key that signs sessions.

pub mod api;
pub mod life;
pub mod open_id;
pub mod pages;
pub mod patient;
pub mod refusal;
pub mod sessions;
pub mod staff;
pub mod store;
pub mod tidying;

use axum::Router;
use pages::{guest, kept_form, sign_in, sign_out};
use shared::walls::Routes;

shared::serve!(router, jobs: ["/identity/v1/jobs/tidy"]);

/// The whole function, as both platforms serve it.
pub fn router() -> Router {
    shared::service::service("identity", routes())
}

/// Every route of the function.
pub fn routes() -> Routes {
    Routes::new()
        .get("/identity/sign-in", sign_in::choose)
        .get("/identity/sign-in/{audience}", sign_in::begin)
        .get("/identity/callback/{audience}", sign_in::answered)
        .get("/identity/commission", sign_in::offer_commissions)
        .post("/identity/commission", sign_in::choose_commission)
        .get("/identity/renew", sign_in::renew)
        .post("/identity/sign-out", sign_out::sign_out)
        .get("/identity/signed-out", sign_out::signed_out)
        .get("/identity/g/{code}", guest::look)
        .post("/identity/g/{code}", guest::redeem)
        .get("/identity/kept-form", kept_form::show)
        .post("/identity/kept-form", kept_form::keep)
        .get("/identity/guest", guest::landed)
        .post(
            "/identity/practitioners/{id}/sign-out",
            api::sign_out_practitioner_by_form,
        )
        .get("/identity/v1/openapi.json", api::openapi)
        .get("/identity/v1/client-keys", api::client_keys)
        .get("/identity/v1/session", api::session)
        .post("/identity/v1/renew", api::renew)
        .post("/identity/v1/sign-out", api::sign_out)
        .post(
            "/identity/v1/practitioners/{id}/sign-out",
            api::sign_out_practitioner,
        )
        .post("/identity/v1/guest-links", api::issue_guest_link)
        .post("/identity/v1/guest-links/revoke", api::revoke_guest_link)
        .post("/identity/v1/jobs/tidy", tidying::tidy)
}
