//! Keeping an upload: looked at, cleaned, sealed, put among the objects, and only then there. Whatever goes wrong on
//! the way, nothing is left: a row says that the upload is under way before its first chunk is written, so that the
//! job finds what a fault left behind. And what was kept stays, though nobody heard that it was.

use axum::response::Response;
use http::StatusCode;
use serde::Serialize;
use shared::access_log::Activity;
use shared::identifiers::{AttachmentId, ChatId};
use shared::platform::{Ports, Store, StoreError};
use shared::post::{RequestIdentity, located, was_repeated};
use shared::problem::Problem;
use shared::sealing::{DataKey, Sealer};
use shared::session::Caller;
use utoipa::ToSchema;

use crate::chunks;
use crate::file::{self, Kind};
use crate::problems::{harmful, not_now, ten_wait, unfit};
use crate::scanner::{self, Verdict};
use crate::store::{self, Chat, New, State};

/// A file that was uploaded.
#[derive(Serialize, ToSchema)]
pub struct AttachmentView {
    /// Its id: GET /attachments/v1/{id} gives its bytes.
    pub id: String,
    /// In which chat.
    pub chat: String,
    /// What it is, by its content.
    pub kind: Kind,
    /// Its media type.
    pub media_type: &'static str,
    /// How many bytes are kept: a picture's metadata is not.
    pub bytes: usize,
    /// `ready`, or `quarantined` until the virus scanner has answered.
    pub state: State,
}

/// Keeps a file for the next message that the caller writes in a chat.
pub async fn keep(
    caller: &Caller,
    ports: &Ports,
    chat: &str,
    request: &RequestIdentity,
    file: &[u8],
) -> Result<Response, Problem> {
    let chat: ChatId = chat.parse().map_err(|_| Problem::not_found())?;
    let sealer = Sealer::from_secrets(&*ports.secrets)?;
    let store = ports.store_for(caller);
    let found = store
        .batch(vec![request.lookup(caller), store::find_chat(chat, caller)])
        .await?;
    if let Some(answer) = request.replay(&sealer, caller, &found[0])? {
        return Ok(answer);
    }
    let chat = Chat::from_row(found[1].rows.first().ok_or_else(Problem::not_found)?)?;
    let cleaned = file::cleaned(file).map_err(unfit)?;
    let key = DataKey::new(&*ports.random);
    let new = New {
        id: AttachmentId::new(ports),
        chat: &chat,
        from: caller,
        kind: cleaned.kind,
        bytes: cleaned.bytes.len(),
        key: &key,
    };
    let begun = store.batch(new.begin(ports, &sealer)?.into()).await;
    begun.map_err(|error| match error {
        error if error.refused_by("attachments_are_ten_at_most") => ten_wait(),
        error if error.refused_by("require_changes") => not_now(),
        error => error.into(),
    })?;

    let kept = put_and_finish(caller, ports, &sealer, &new, cleaned.bytes, request).await;
    match kept {
        Ok(answer) => Ok(answer),
        Err(Unkept(problem, repeated)) => {
            let undone = undo(ports, &*store, &new).await;
            if repeated || undone == Ok(false) {
                let found = store.query(request.lookup(caller)).await?;
                if let Some(answer) = request.replay(&sealer, caller, &found)? {
                    return Ok(answer);
                }
            }
            Err(problem)
        }
    }
}

/// Why an upload was not kept, and whether the same one was kept meanwhile.
struct Unkept(Problem, bool);

impl From<Problem> for Unkept {
    fn from(problem: Problem) -> Self {
        Unkept(problem, false)
    }
}

impl From<StoreError> for Unkept {
    fn from(error: StoreError) -> Self {
        let repeated = was_repeated(&error);
        Unkept(error.into(), repeated)
    }
}

/// Undoes what is left of an upload that came to nothing. Not where it is kept after all, its last commit having been
/// done though the answer was lost: what the row says decides, before a chunk is touched. What can't be deleted now the
/// job deletes.
async fn undo(ports: &Ports, store: &dyn Store, new: &New<'_>) -> Result<bool, StoreError> {
    let given_up = store.query(store::give_up(new.id)).await?;
    if given_up.rows.first().is_none() {
        return Ok(false);
    }
    if chunks::delete(ports, &new.id.to_string(), new.bytes)
        .await
        .is_ok()
    {
        drop(store.query(store::forget(new.id)).await);
    }
    Ok(true)
}

async fn put_and_finish(
    caller: &Caller,
    ports: &Ports,
    sealer: &Sealer,
    new: &New<'_>,
    file: Vec<u8>,
    request: &RequestIdentity,
) -> Result<Response, Unkept> {
    let id = new.id.to_string();
    chunks::put(ports, new.key, &id, &file).await?;
    let state = match scanner::ask(ports, file).await {
        Verdict::Clean => State::Ready,
        Verdict::Unknown => State::Quarantined,
        Verdict::Harmful => return Err(harmful().into()),
    };
    let view = AttachmentView {
        id: id.clone(),
        chat: new.chat.id.to_string(),
        kind: new.kind,
        media_type: new.kind.media_type(),
        bytes: new.bytes,
        state,
    };
    let care_provider = &new.chat.care_provider;
    let created = StatusCode::CREATED;
    let (keep, answer) = request.keep(ports, sealer, caller, care_provider, created, &view)?;
    let mut writing = vec![keep];
    writing.extend(store::finish(new.id, state));
    writing.push(new.chat.log(ports, caller, Activity::Write, &id)?);
    ports.store_for(caller).batch(writing).await?;
    Ok(located(answer, format!("/attachments/v1/{id}")))
}

/// Takes back an attachment of the caller's own that goes with no message yet.
pub async fn take_back(
    caller: &Caller,
    ports: &Ports,
    id: &str,
    request: &RequestIdentity,
) -> Result<Response, Problem> {
    let id: AttachmentId = id.parse().map_err(|_| Problem::not_found())?;
    let sealer = Sealer::from_secrets(&*ports.secrets)?;
    let store = ports.store_for(caller);
    let [find, _] = store::read(ports, id, caller)?;
    let found = store.batch(vec![request.lookup(caller), find]).await?;
    if let Some(answer) = request.replay(&sealer, caller, &found[0])? {
        return Ok(answer);
    }
    let row = found[1].rows.first().ok_or_else(Problem::not_found)?;
    let kept = store::Kept::from_row(row)?;
    let (keep, answer) = request.keep(
        ports,
        &sealer,
        caller,
        &kept.chat.care_provider,
        StatusCode::OK,
        &serde_json::json!({ "id": id }),
    )?;
    let mut writing = vec![keep];
    writing.extend(store::remove(id, caller));
    writing.push(kept.chat.log(ports, caller, Activity::Delete, id)?);
    match store.batch(writing).await {
        Ok(_) => Ok(answer),
        Err(error) if error.refused_by("require_changes") => Err(Problem::new(
            StatusCode::CONFLICT,
            "goes-with-a-message",
            "The file goes with a message",
        )
        .detail("Take the message back instead, within five minutes.")),
        Err(error) if was_repeated(&error) => {
            Err(Problem::unavailable("the same removal is under way"))
        }
        Err(error) => Err(error.into()),
    }
}
