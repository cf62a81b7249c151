//! JSON handlers for a unit's reply phrases.

use axum::Json;
use axum::response::Response;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use shared::identifiers::ReplyPhraseId;
use shared::platform::{Ports, Statement};
use shared::post::{ATTEMPTS, Nothing, RequestIdentity, was_repeated};
use shared::problem::Problem;
use shared::sealing::Sealer;
use shared::session::{Caller, Staff};
use shared::text::Text;
use utoipa::ToSchema;

use super::chats::Made;
use crate::asked::By;
use crate::reply_phrase::unknown_field;
use crate::store::{self, Phrase};

/// A reply phrase to be kept.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPhrase {
    /// What staff know it by, up to 60 characters.
    #[schema(value_type = String)]
    pub title: Text<60>,
    /// The text, up to 2,000 characters; {patient}, {practitioner}, {unit} and {closes} are filled in.
    #[schema(value_type = String)]
    pub text: Text<2000>,
}

/// A reply phrase.
#[derive(Serialize, ToSchema)]
pub struct PhraseView {
    /// Its id.
    pub id: String,
    /// What staff know it by.
    pub title: String,
    /// The text, with its fields.
    pub text: String,
}

/// A unit's reply phrases.
#[derive(Serialize, ToSchema)]
pub struct PhraseList {
    /// The oldest first, 200 at most.
    pub phrases: Vec<PhraseView>,
}

/// The unit's reply phrases.
#[utoipa::path(get, path = "/messaging/v1/reply-phrases", responses((status = 200, body = PhraseList)))]
pub async fn list(asked: By<Staff>) -> Result<Json<PhraseList>, Problem> {
    let By {
        who: staff, ports, ..
    } = asked;
    list_phrases(&staff, &ports).await.map(Json)
}

/// Lists reply phrases for whoever asked: a program or a page.
pub async fn list_phrases(staff: &Staff, ports: &Ports) -> Result<PhraseList, Problem> {
    let sealer = Sealer::from_secrets(&*ports.secrets)?;
    let found = ports
        .store_for(&Caller::Staff(staff.clone()))
        .query(store::phrases(&staff.care_unit))
        .await?;
    let mut phrases = vec![];
    for row in found.rows.iter() {
        let (id, Phrase { title, text }) = Phrase::from_row(&sealer, row)?;
        phrases.push(PhraseView { id, title, text });
    }
    Ok(PhraseList { phrases })
}

/// Keeps a reply phrase for the whole unit.
#[utoipa::path(post, path = "/messaging/v1/reply-phrases", request_body = NewPhrase, responses((status = 201, body = Made)))]
pub async fn add(asked: By<Staff>) -> Result<Response, Problem> {
    let post = asked.post::<NewPhrase>()?;
    let By {
        who: staff, ports, ..
    } = asked;
    if let Some(field) = unknown_field(post.body.text.as_str()) {
        return Err(Problem::invalid(
            "text",
            format!(
                "{{{field}}} can't be filled in: use {{patient}}, {{practitioner}}, {{unit}} and {{closes}}"
            ),
        ));
    }
    let sealer = Sealer::from_secrets(&*ports.secrets)?;
    let id = ReplyPhraseId::new(&ports);
    let phrase = Phrase {
        title: post.body.title.as_str().to_owned(),
        text: post.body.text.as_str().to_owned(),
    };
    let insert = store::insert_phrase(&ports, &sealer, &staff, id, &phrase)?;
    let made = Made { id: id.to_string() };
    once(
        &staff,
        &ports,
        &sealer,
        &post.identity,
        StatusCode::CREATED,
        &made,
        vec![insert],
    )
    .await
}

/// Removes a reply phrase.
#[utoipa::path(post, path = "/messaging/v1/reply-phrases/{id}/remove", request_body = Nothing,
    params(("id" = String, Path, description = "the phrase")),
    responses((status = 200, body = Made), (status = 404, description = "none at your unit")))]
pub async fn remove(asked: By<Staff>) -> Result<Response, Problem> {
    let id = asked.part(0);
    let post = asked.post::<Nothing>()?;
    let By {
        who: staff, ports, ..
    } = asked;
    let id: ReplyPhraseId = id.parse().map_err(|_| Problem::not_found())?;
    let sealer = Sealer::from_secrets(&*ports.secrets)?;
    let removing = vec![
        store::remove_phrase(&staff.care_unit, id),
        Statement::require_changes(),
    ];
    let made = Made { id: id.to_string() };
    once(
        &staff,
        &ports,
        &sealer,
        &post.identity,
        StatusCode::OK,
        &made,
        removing,
    )
    .await
}

/// Writes once, and gives the first answer again to whoever repeats the request.
async fn once(
    staff: &Staff,
    ports: &Ports,
    sealer: &Sealer,
    request: &RequestIdentity,
    status: StatusCode,
    made: &Made,
    statements: Vec<Statement>,
) -> Result<Response, Problem> {
    let caller = Caller::Staff(staff.clone());
    let store = ports.store_for(&caller);
    for _ in 0..ATTEMPTS {
        let (keep, answer) =
            request.keep(ports, sealer, &caller, &staff.care_provider, status, made)?;
        let mut writing = vec![keep];
        writing.extend(statements.clone());
        match store.batch(writing).await {
            Ok(_) => return Ok(answer),
            Err(error) if was_repeated(&error) => {
                let found = store.query(request.lookup(&caller)).await?;
                if let Some(answer) = request.replay(sealer, &caller, &found)? {
                    return Ok(answer);
                }
            }
            Err(error) if error.refused_by("require_changes") => return Err(Problem::not_found()),
            Err(error) => return Err(error.into()),
        }
    }
    Err(Problem::unavailable("a key was used at every attempt"))
}
