//! The start page, the choice of language, and on Spin the files that every page loads.

use askama::Template;
use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use http::header;
use serde::Deserialize;
use shared::page::{Form, LocalPath, Viewer, go_to, remember_language};
use shared::platform::static_files;
use shared::problem::Problem;
use shared::session::SessionKind;
use shared::walls::Anyone;
use shared::words::{Language, identity, portal as words, start};

#[derive(Template)]
#[template(path = "start.html")]
struct StartPage {
    language: Language,
}

/// The welcome page. Shows nobody's data, so that it needs no session; who has one is led to their own start.
pub async fn start(_: Anyone, viewer: Viewer) -> Result<Response, Problem> {
    let own = match viewer.signed_in_as {
        Some(SessionKind::Patient) => Some("/portal/home"),
        Some(SessionKind::Practitioner) => Some("/workspace/start"),
        _ => None,
    };
    if let Some(own) = own {
        return Ok(go_to(&LocalPath::from_outside(own)));
    }
    let content = StartPage {
        language: viewer.language,
    };
    viewer.show(viewer.say(start::WELCOME), &content)
}

/// What the buttons of the layout send.
#[derive(Deserialize)]
pub struct LanguageChoice {
    language: Language,
    return_to: String,
}

/// Keeps the chosen language in a cookie and goes back.
pub async fn choose_language(_: Anyone, Form(choice): Form<LanguageChoice>) -> Response {
    let mut answer = go_to(&LocalPath::from_outside(&choice.return_to));
    remember_language(answer.headers_mut(), choice.language);
    answer
}

/// A file that browsers load besides pages. Its name changes with it, so they may keep it for good.
pub async fn static_file(_: Anyone, Path(name): Path<String>) -> Result<Response, Problem> {
    let bytes = static_files::read(&name).ok_or_else(Problem::not_found)?;
    let kind = match name.rsplit_once('.') {
        Some((_, "css")) => "text/css; charset=utf-8",
        Some((_, "js")) => "text/javascript; charset=utf-8",
        Some((_, "svg")) => "image/svg+xml",
        _ => "application/octet-stream",
    };
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
    ];
    Ok((headers, bytes).into_response())
}
