//! The start page, the choice of language, and on Spin the files that every page loads.

use askama::Template;
use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, header};
use serde::Deserialize;
use shared::cookie;
use shared::page::{Form, LocalPath, Viewer, go_to};
use shared::platform::static_files;
use shared::problem::Problem;
use shared::walls::Anyone;
use shared::words::{Language, common, start};

/// A year, in seconds.
const YEAR: i64 = 365 * 24 * 60 * 60;

#[derive(Template)]
#[template(path = "start.html")]
struct StartPage {
    language: Language,
    signed_in: bool,
}

/// The first page. Shows nobody's data, so that it needs no session.
pub async fn start(_: Anyone, viewer: Viewer, headers: HeaderMap) -> Result<Response, Problem> {
    let signed_in = cookie::read(&headers, cookie::name::REFRESH).is_some();
    let title = if signed_in {
        start::HERE_FOR_YOU
    } else {
        start::WELCOME
    };
    let content = StartPage {
        language: viewer.language,
        signed_in,
    };
    viewer.show(viewer.say(title), &content)
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
    if let Some(kept) = cookie::set(cookie::name::LANGUAGE, choice.language.tag(), YEAR) {
        answer.headers_mut().insert(header::SET_COOKIE, kept);
    }
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
