//! JSON handlers for a unit's reply phrases.

use axum::response::Response;
use serde::{Deserialize, Serialize};
use shared::json::Json;
use shared::post::Nothing;
use shared::problem::Problem;
use shared::reply_phrase::{self, LONGEST_TEXT, LONGEST_TITLE, Phrase};
use shared::session::Staff;
use shared::text::Text;
use shared::view::Made;
use utoipa::ToSchema;

use crate::asked::By;

/// A reply phrase to be kept.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPhrase {
    /// What staff know it by, up to 60 characters.
    #[schema(value_type = String)]
    pub title: Text<LONGEST_TITLE>,
    /// The text, up to 2,000 characters; {patient}, {practitioner}, {unit} and {closes} are filled in.
    #[schema(value_type = String)]
    pub text: Text<LONGEST_TEXT>,
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

impl From<(String, Phrase)> for PhraseView {
    fn from((id, Phrase { title, text }): (String, Phrase)) -> Self {
        PhraseView { id, title, text }
    }
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
    let found = reply_phrase::of_unit(&asked.who, &asked.ports).await?;
    let phrases = found.into_iter().map(PhraseView::from).collect();
    Ok(Json(PhraseList { phrases }))
}

/// Keeps a reply phrase for the whole unit.
#[utoipa::path(post, path = "/messaging/v1/reply-phrases", request_body = NewPhrase, responses((status = 201, body = Made)))]
pub async fn add(asked: By<Staff>) -> Result<Response, Problem> {
    let post = asked.post::<NewPhrase>()?;
    let phrase = Phrase::new(&post.body.title, &post.body.text)
        .map_err(|unknown| Problem::invalid("text", unknown.to_string()))?;
    reply_phrase::add(&asked.who, &asked.ports, &phrase, &post.identity).await
}

/// Removes a reply phrase.
#[utoipa::path(post, path = "/messaging/v1/reply-phrases/{id}/remove", request_body = Nothing,
    params(("id" = String, Path, description = "the phrase")),
    responses((status = 200, body = Made), (status = 404, description = "none at your unit")))]
pub async fn remove(asked: By<Staff>) -> Result<Response, Problem> {
    let post = asked.post::<Nothing>()?;
    reply_phrase::remove(&asked.who, &asked.ports, asked.id(), &post.identity).await
}
