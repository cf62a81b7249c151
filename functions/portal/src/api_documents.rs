//! `/docs`: every function's OpenAPI document, read and tried out in Swagger UI. Shows nobody's data; what is
//! tried out goes with the reader's own session and meets the same walls.

use askama::Template;
use axum::response::Response;
use serde::Deserialize;
use shared::page::{Viewer, assets};
use shared::problem::Problem;
use shared::query::Query;
use shared::walls::Anyone;
use shared::words::{Language, portal as words};

use crate::health::FUNCTIONS;

/// Whose document.
#[derive(Deserialize)]
pub struct Choice {
    /// A function's name; the front door's own, if left out.
    function: Option<String>,
}

#[derive(Template)]
#[template(path = "api_documents.html")]
struct ApiDocumentsPage {
    language: Language,
    functions: Vec<&'static str>,
    chosen: &'static str,
}

/// The page, for one function at a time.
pub async fn page(
    _: Anyone,
    viewer: Viewer,
    Query(choice): Query<Choice>,
) -> Result<Response, Problem> {
    let functions: Vec<_> = FUNCTIONS.into_iter().chain(["portal"]).collect();
    let named = choice.function.as_deref().unwrap_or(functions[0]);
    let chosen = functions.iter().copied().find(|name| *name == named);
    let content = ApiDocumentsPage {
        language: viewer.language,
        chosen: chosen.ok_or_else(Problem::not_found)?,
        functions,
    };
    viewer
        .clone()
        .wide()
        .show(viewer.say(words::API_DOCUMENTS), &content)
}
