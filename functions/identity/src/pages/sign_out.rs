//! Signing out: of this session or of all, here, and then at the provider.

use askama::Template;
use axum::response::Response;
use http::{HeaderName, HeaderValue, header};
use shared::cookie;
use shared::page::redirect;
use shared::platform::Ports;
use shared::problem::Problem;
use shared::session::{Session, SessionKind};
use shared::words::{Language, common, identity as words};

use super::AnyVisitor;
use crate::open_id::attempt::with_query;
use crate::open_id::provider::Discovery;
use crate::open_id::registration::{Audience, Registration};
use crate::sessions;

/// Ends the browser's session, known by either cookie, and goes on to the page that says so.
pub async fn sign_out(visit: AnyVisitor) -> Result<Response, Problem> {
    let (ports, headers) = (&visit.ports, &visit.headers);
    let everywhere = visit.field("everywhere").is_some();
    let session = Session::of_headers(headers, ports).ok();
    let refresh_token = cookie::read(headers, cookie::name::REFRESH);
    let by_refresh_token = match refresh_token {
        Some(token) => sessions::end_by_refresh_token(ports, token).await?,
        None => None,
    };
    for one in by_refresh_token.iter().chain(session.as_ref()) {
        sessions::end(ports, one, everywhere).await?;
    }
    let from = match session.or(by_refresh_token).map(|session| session.kind) {
        Some(SessionKind::Patient) => "?from=patient",
        Some(SessionKind::Practitioner) => "?from=staff",
        Some(SessionKind::Guest) | None => "",
    };
    let mut answer = redirect(&format!("/identity/signed-out{from}"));
    sessions::forget_cookies(&mut answer);
    // Pages keep nothing in the browser, and are kept by none (`no-store`); should one ever, it goes here.
    answer.headers_mut().insert(
        HeaderName::from_static("clear-site-data"),
        HeaderValue::from_static("\"storage\""),
    );
    Ok(answer)
}

#[derive(Template)]
#[template(path = "signed_out.html")]
struct SignedOutPage {
    language: Language,
    there: Option<String>,
}

/// Says that one is signed out, and leads on to the provider's own sign-out, which comes back here. A page
/// in between, for a form may not lead to another site; and without the ID token as a hint, for it holds
/// a personal number and would stand in an address.
pub async fn signed_out(visit: AnyVisitor) -> Result<Response, Problem> {
    let (viewer, ports) = (&visit.viewer, &visit.ports);
    // From which provider one came, while its own sign-out is still to come.
    let audience = visit.parameter("from").and_then(Audience::named);
    let there = match audience {
        Some(audience) => provider_sign_out(ports, audience).await,
        None => None,
    };
    let content = SignedOutPage {
        language: viewer.language,
        there: there.clone(),
    };
    let mut answer = viewer
        .clone()
        .signed_out()
        .show(viewer.say(words::SIGNED_OUT), &content)?;
    if let Some(there) = there
        && let Ok(refresh) = HeaderValue::from_str(&format!("0; url={there}"))
    {
        answer.headers_mut().insert(header::REFRESH, refresh);
    }
    Ok(answer)
}

/// Where the provider's own sign-out is. A provider that can't be asked leaves it at ours.
async fn provider_sign_out(ports: &Ports, audience: Audience) -> Option<String> {
    let registration = Registration::of(audience, ports).ok()?;
    let discovery = Discovery::of(ports, &registration).await.ok()?;
    let parameters = [
        ("client_id", registration.client_id.as_str()),
        (
            "post_logout_redirect_uri",
            registration.signed_out_uri.as_str(),
        ),
    ];
    Some(with_query(
        discovery.end_session_endpoint.as_deref()?,
        &parameters,
    ))
}
