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

use axum::Router;
use axum::routing::{get, post};
use pages::{guest, sign_in, sign_out};

shared::serve!(router);

/// Every route of the function.
pub fn router() -> Router {
    let routes = Router::new()
        .route("/identity/sign-in", get(sign_in::choose))
        .route("/identity/sign-in/{audience}", get(sign_in::begin))
        .route("/identity/callback/{audience}", get(sign_in::answered))
        .route(
            "/identity/commission",
            get(sign_in::offer_commissions).post(sign_in::choose_commission),
        )
        .route("/identity/renew", get(sign_in::renew))
        .route("/identity/sign-out", post(sign_out::sign_out))
        .route("/identity/signed-out", get(sign_out::signed_out))
        .route("/identity/g/{code}", get(guest::look).post(guest::redeem))
        .route("/identity/guest", get(guest::landed))
        .route("/identity/v1/openapi.json", get(api::openapi))
        .route("/identity/v1/client-keys", get(api::client_keys))
        .route("/identity/v1/session", get(api::session))
        .route("/identity/v1/renew", post(api::renew))
        .route("/identity/v1/sign-out", post(api::sign_out))
        .route("/identity/v1/guest-links", post(api::issue_guest_link))
        .route(
            "/identity/v1/guest-links/revoke",
            post(api::revoke_guest_link),
        );
    shared::service::service("identity", routes)
}
