//! The JSON face of attachments, the files themselves, and its OpenAPI document.

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::{HeaderName, header};
use shared::identifiers::AttachmentId;
use shared::post::{Nothing, RequestIdentity};
use shared::problem::Problem;
use shared::sealing::Sealer;
use shared::service::Document;
use shared::session::Caller;
use shared::walls::Anyone;
use utoipa::OpenApi;

use crate::By;
use crate::chunks;
use crate::file::{Kind, Unfit};
use crate::keeping::{AttachmentView, keep, take_back};
use crate::problems::{being_checked, refused, unfit};
use crate::store::{self, Kept, State};

/// The document, made from the code by `make openapi`; a test holds it against the code.
const OPENAPI: Document = shared::document!("../openapi.json");

/// Answers with the OpenAPI 3.1 document. Needs no session.
pub async fn openapi(_: Anyone) -> Document {
    OPENAPI
}

/// What `make openapi` writes out.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Vårdflöde attachments",
        description = "Pictures and documents that go with a chat's messages. A file is uploaded to a chat and goes with the next message that its uploader writes there (POST /messaging/v1/chats/{id}/messages), ten at most; what waits longer than a day is deleted. Every call carries a session (Bearer). Every POST carries an Idempotency-Key. Errors are RFC 9457 problem documents with a stable type, urn:vardflode:problem:<kind>."
    ),
    paths(upload, read, remove)
)]
pub struct Api;

/// Uploads a file: its bytes are the body. What it is is judged by them alone. A picture's metadata (place, time,
/// device) is left out; a PDF is kept as it is.
#[utoipa::path(post, path = "/attachments/v1/chats/{id}/attachments",
    request_body(content = Vec<u8>, content_type = "application/octet-stream", description = "JPEG, PNG, WebP or PDF of at most 10,485,760 bytes; a picture of at most 50,000,000 pixels"),
    params(("id" = String, Path, description = "the chat")),
    responses((status = 201, body = AttachmentView), (status = 404, description = "no such chat, or none for you"),
        (status = 409, description = "the chat can't be written in now, or ten files wait already"),
        (status = 413, description = "too large"), (status = 415, description = "another kind of file"),
        (status = 422, description = "cut, broken, too many pixels, or harmful")))]
pub async fn upload(asked: By<Caller>) -> Result<Response, Problem> {
    let file = asked.large_body().ok_or_else(|| unfit(Unfit::TooLarge))?;
    let request = RequestIdentity::of_bytes(asked.headers(), asked.path(), file)?;
    keep(&asked.who, &asked.ports, asked.id(), &request, file).await
}

/// A file's bytes, for those who can read the chat; one that goes with no message yet, for its uploader.
#[utoipa::path(get, path = "/attachments/v1/{id}",
    params(("id" = String, Path, description = "the attachment; whatever follows a full stop tells nothing")),
    responses((status = 200, description = "the file, as JPEG, PNG, WebP or PDF", content_type = "application/octet-stream"),
        (status = 404, description = "none, or none for you"),
        (status = 409, description = "the virus scanner has not answered"), (status = 410, description = "the virus scanner refused it")))]
pub async fn read(asked: By<Caller>) -> Result<Response, Problem> {
    let By {
        who: caller, ports, ..
    } = &asked;
    let id = asked.id().split('.').next().unwrap_or_default();
    let id: AttachmentId = id.parse().map_err(|_| Problem::not_found())?;
    let sealer = Sealer::from_secrets(&*ports.secrets)?;
    let found = ports
        .store_for(caller)
        .batch(store::read(ports, id, caller)?.into())
        .await?;
    let kept = Kept::from_row(found[0].rows.first().ok_or_else(Problem::not_found)?)?;
    match kept.state {
        State::Ready => {}
        State::Quarantined => return Err(being_checked()),
        _ => return Err(refused()),
    }
    let file = chunks::get(ports, &kept.key(&sealer)?, &id.to_string(), kept.bytes).await?;
    let kind = kept.kind;
    // A name of our own: what a person calls their files tells too much.
    let shown = match kind {
        Kind::Pdf => "attachment",
        _ => "inline",
    };
    let name = id.to_string();
    let name = name.split('-').next().unwrap_or_default();
    let disposition = format!("{shown}; filename=\"vardflode-{name}.{}\"", kind.as_str());
    Ok((
        [
            (header::CONTENT_TYPE, kind.media_type()),
            (header::CONTENT_DISPOSITION, disposition.as_str()),
            (header::CACHE_CONTROL, "private, no-store"),
            (
                header::CONTENT_SECURITY_POLICY,
                "sandbox; default-src 'none'; frame-ancestors 'none'",
            ),
            (
                HeaderName::from_static("cross-origin-resource-policy"),
                "same-origin",
            ),
        ],
        Body::from(file),
    )
        .into_response())
}

/// Takes back a file of one's own that goes with no message yet.
#[utoipa::path(post, path = "/attachments/v1/{id}/remove", request_body = Nothing,
    params(("id" = String, Path, description = "the attachment")),
    responses((status = 200, description = "it is gone"), (status = 404, description = "none, or none for you"),
        (status = 409, description = "it goes with a message")))]
pub async fn remove(asked: By<Caller>) -> Result<Response, Problem> {
    let post = asked.post::<Nothing>()?;
    take_back(&asked.who, &asked.ports, asked.id(), &post.identity).await
}
