//! Silent renewal for pages: a browser whose token is getting old passes by the identity function, which
//! gives it a new one, and comes back to where it was going. Decides only when; nothing here is trusted.

use axum::extract::Request;
use axum::response::Response;
use http::{HeaderMap, Method, StatusCode, header};
use serde::Deserialize;

use crate::cookie;
use crate::page::{LocalPath, Viewer, go_to, is_opened, redirect, takes_file};
use crate::problem::Kind;
use crate::sealing::decoded;
use crate::session::SessionKind;
use crate::time::{MINUTE, Timestamp};

/// From what age a token is renewed by the next page, in milliseconds. So somebody who keeps reading is
/// seen at least this often, and the idle limits of sessions are kept to within it.
pub const AGE: i64 = 5 * MINUTE;

/// By which header a page's script says whether somebody uses the page for which it asks: `yes`, or not.
pub const IN_USE: &str = "page-in-use";

/// As what a form is known that came without a session and could not be kept.
pub const NOT_KEPT: &str = "form-not-kept";

#[derive(Deserialize)]
struct IssuedAt {
    iat: i64,
}

#[derive(Deserialize)]
struct ClaimedKind {
    kind: SessionKind,
}

/// As what a token says somebody is signed in. Unproven, so good for choosing a page's navigation alone.
pub fn claimed_kind(token: &str) -> Option<SessionKind> {
    let payload = token.split('.').nth(1)?;
    let claims: ClaimedKind = serde_json::from_slice(&decoded(payload)?).ok()?;
    Some(claims.kind)
}

/// The way past the identity function, where a page is asked for with a token that is old or missing
/// and something to renew it with. What a script fetches at a screen that nobody uses renews nothing:
/// the session ends there by its idle limit, however much happens on the page.
pub fn before(request: &Request, viewer: &Viewer, now: Timestamp) -> Option<Response> {
    let is_due = request.method() == Method::GET
        && may_renew(request.uri().path())
        && is_of_a_person(request.headers())
        && cookie::read(request.headers(), cookie::name::REFRESH).is_some()
        && cookie::read(request.headers(), cookie::name::SESSION)
            .and_then(issued_at)
            .is_none_or(|at| at.plus(AGE) <= now);
    is_due.then(|| {
        redirect(&format!(
            "/identity/renew?return_to={}",
            viewer.here.in_query()
        ))
    })
}

/// Whether somebody has asked for it: by opening it, or by using the page whose script did.
fn is_of_a_person(headers: &HeaderMap) -> bool {
    match headers.get(IN_USE) {
        Some(said) => said == "yes",
        None => is_opened(headers),
    }
}

/// Leads somebody who isn't signed in, and asked for a page, to the sign-in.
pub fn sign_in(method: &Method, viewer: &Viewer, answer: &Response) -> Option<Response> {
    if answer.status() != StatusCode::UNAUTHORIZED || method != Method::GET {
        return None;
    }
    let address = format!("/identity/sign-in?return_to={}", viewer.here.in_query());
    let mut leading = redirect(&address);
    // What the log line reads stays.
    leading.extensions_mut().extend(answer.extensions().clone());
    Some(leading)
}

/// Where a form was sent, if it is one that a browser with a session, or with one that has ended, sent to a flow;
/// with what its address says, for a page knows by that where it leads back to.
pub fn keepable_form(method: &Method, request: &Request) -> Option<LocalPath> {
    let is_form = request
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| {
            kind.as_bytes()
                .starts_with(b"application/x-www-form-urlencoded")
        })
        || takes_file(request.headers());
    let is_kept = method == Method::POST
        && is_form
        && !is_of_identity(request.uri().path())
        && cookie::read(request.headers(), cookie::name::REFRESH).is_some();
    let to = request.uri().path_and_query();
    is_kept.then(|| LocalPath::from_outside(to.map_or("/", |to| to.as_str())))
}

/// Sends a form that came without a session on to the identity function, which keeps it until its writer is signed in
/// again. By 307 the browser sends the very same form once more, so that no other function need read it.
pub fn keep_form(to: &LocalPath, answer: &Response) -> Option<Response> {
    if answer.status() != StatusCode::UNAUTHORIZED {
        return None;
    }
    let mut leading = redirect(&format!("/identity/kept-form?to={}", to.in_query()));
    *leading.status_mut() = StatusCode::TEMPORARY_REDIRECT;
    leading.extensions_mut().extend(answer.extensions().clone());
    Some(leading)
}

/// Leads whoever opens an address that only takes forms to the start page: it is where they are who choose another
/// language, or sign in again, after a form of such a page.
pub fn away_from_form(method: &Method, answer: &Response) -> Option<Response> {
    let is_lost = method == Method::GET && answer.status() == StatusCode::METHOD_NOT_ALLOWED;
    is_lost.then(|| go_to(&LocalPath::start()))
}

/// Lets the page that a form without a session ends on say that nothing was sent: one of nobody's.
pub fn say_not_kept(method: &Method, answer: &mut Response) {
    if answer.status() == StatusCode::UNAUTHORIZED && method == Method::POST {
        answer.extensions_mut().insert(Kind(NOT_KEPT));
    }
}

/// Whether a page may pass by identity first: of identity's own only those that don't take part in signing in.
fn may_renew(path: &str) -> bool {
    !is_of_identity(path) || matches!(path, "/identity/guest" | "/identity/kept-form")
}

fn is_of_identity(path: &str) -> bool {
    path.starts_with("/identity/")
}

/// When a token says it was made. Unproven, so good for nothing but this.
fn issued_at(token: &str) -> Option<Timestamp> {
    let payload = token.split('.').nth(1)?;
    let claims: IssuedAt = serde_json::from_slice(&decoded(payload)?).ok()?;
    Some(Timestamp::from_millis(claims.iat.checked_mul(1000)?))
}
