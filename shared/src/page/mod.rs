//! Pages: one layout around every flow's own content, in the reader's language, and problems in human
//! words. A function that has pages takes [`Viewer`] in a handler and ends it with [`Viewer::show`].
//!
//! What a problem is stays `Problem`: `service` turns the document into a page for those who asked for
//! one, so that guards and handlers answer people and programs by the same line.

pub mod assets;
mod faults;
mod form;
mod local_path;
mod multipart;
mod offer;

use askama::Template;
use axum::extract::FromRequestParts;
use axum::response::{IntoResponse, Response};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, StatusCode, header};

use crate::cookie;
use crate::environment::Environment;
use crate::platform::Ports;
use crate::problem::Problem;
use crate::renewal;
use crate::sealing::Sealer;
use crate::session::SessionKind;
use crate::time::HOUR;
use crate::words::{Language, Word, common, problems, workspace};

pub use faults::{Faults, sent_already};
pub use form::{Form, FormPost, OTHERS_FORM, form_pairs, new_key, takes_file, written_fields};
pub(crate) use form::{content_type, text_begun};
pub use local_path::{LocalPath, percent_encoded};
pub use offer::waiting_offer;

/// What a page may load and send: nothing but this site's own. `form-action` is checked on redirects,
/// too, so a form never leads straight to another site (sign-in begins with a link).
pub const CONTENT_SECURITY_POLICY: &str = "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'";

/// Who looks at a page, as far as the layout must know: in which language, where, and signed in or not.
#[derive(Debug, Clone)]
pub struct Viewer {
    /// The language of this page.
    pub language: Language,
    /// Training says so on every page.
    pub environment: Environment,
    /// Where they are, to come back to.
    pub here: LocalPath,
    /// As what they say they are signed in. Unproven: it chooses the navigation and nothing else.
    pub signed_in_as: Option<SessionKind>,
    signed_in: bool,
    name: Option<String>,
    wide: bool,
    tabs: String,
}

/// A link of the navigation.
struct Section {
    text: &'static str,
    path: &'static str,
    is_here: bool,
}

/// The patient's sections, as the region's own introduction names them.
const PATIENT_SECTIONS: [(Word, &str); 4] = [
    (common::HOME, "/portal/home"),
    (common::MY_MATTERS, "/portal/matters"),
    (common::MY_PROFILE, "/portal/profile"),
    (common::SUPPORT, "/portal/support"),
];

/// Staff's sections, as the region's own introduction names them, with cases and what is open.
const STAFF_SECTIONS: [(Word, &str); 7] = [
    (workspace::FIND_PATIENT, "/workspace/find-patient"),
    (workspace::START, "/workspace/start"),
    (workspace::SCHEDULE, "/workspace/schedule"),
    (workspace::COLLEAGUES, "/workspace/colleagues"),
    (workspace::CASES, "/messaging/cases"),
    (workspace::OPEN_MATTERS, "/workspace/open"),
    (workspace::NOTIFICATIONS, "/workspace/notifications"),
];

#[derive(Template)]
#[template(path = "layout.html")]
struct Layout<'a> {
    language: Language,
    languages: [Language; 2],
    title: &'a str,
    training: bool,
    signed_in: bool,
    name: Option<&'a str>,
    staff: bool,
    sections: Vec<Section>,
    wide: bool,
    tabs: &'a str,
    here: &'a str,
    content: &'a str,
}

#[derive(Template)]
#[template(path = "problem.html")]
struct ProblemPage<'a> {
    language: Language,
    text: &'static str,
    sign_in: bool,
    return_to: String,
    request_id: Option<&'a str>,
}

impl Viewer {
    /// From what a browser sent: the language chosen here, else the profile's, else the browser's best, else Swedish.
    pub fn of(ports: &Ports, path: &str, headers: &HeaderMap) -> Result<Self, Problem> {
        let kept = [cookie::name::LANGUAGE, cookie::name::PROFILE_LANGUAGE];
        let kept = kept.map(|name| cookie::read(headers, name).and_then(Language::from_tag));
        let of_browser = || {
            let header = headers.get(header::ACCEPT_LANGUAGE)?.to_str().ok()?;
            Language::from_accept_language(header)
        };
        let signed_in = cookie::read(headers, cookie::name::REFRESH).is_some();
        Ok(Viewer {
            language: kept[0]
                .or(kept[1])
                .or_else(of_browser)
                .unwrap_or(Language::Sv),
            environment: Environment::of(&*ports.secrets)?,
            // A form's page has the address that the form is sent to. (`service` leads from the few that haven't.)
            here: LocalPath::from_outside(path),
            name: signed_in
                .then(|| cookie::read(headers, cookie::name::NAME))
                .flatten()
                .and_then(|sealed| {
                    let sealer = Sealer::from_secrets(&*ports.secrets).ok()?;
                    sealer.open_for(NAME_USE, sealed).ok()
                }),
            signed_in_as: signed_in
                .then(|| cookie::read(headers, cookie::name::SESSION))
                .flatten()
                .and_then(renewal::claimed_kind),
            signed_in,
            wide: false,
            tabs: String::new(),
        })
    }

    /// On the whole width of a large screen: for tables and for staff.
    #[must_use]
    pub fn wide(mut self) -> Self {
        self.wide = true;
        self
    }

    /// Under the navigation of staff's open matters, whose HTML the workspace makes.
    #[must_use]
    pub fn with_tabs(mut self, tabs: String) -> Self {
        self.tabs = tabs;
        self
    }

    fn sections(&self) -> Vec<Section> {
        let sections: &[(Word, &str)] = match self.signed_in_as {
            Some(SessionKind::Patient) => &PATIENT_SECTIONS,
            Some(SessionKind::Practitioner) => &STAFF_SECTIONS,
            _ => &[],
        };
        let here = self.here.as_str().split('?').next().unwrap_or_default();
        let section = |&(word, path): &(Word, &'static str)| Section {
            text: self.say(word),
            path,
            is_here: here == path,
        };
        sections.iter().map(section).collect()
    }

    /// Without the button that signs out: for the page after.
    #[must_use]
    pub fn signed_out(mut self) -> Self {
        self.signed_in = false;
        self.name = None;
        self.signed_in_as = None;
        self
    }

    /// A text in the page's language.
    pub fn say(&self, word: Word) -> &'static str {
        self.language.say(word)
    }

    /// A whole page around a flow's own content. The layout writes the title as the only `<h1>`.
    pub fn show(&self, title: &str, content: &impl Template) -> Result<Response, Problem> {
        self.show_as(StatusCode::OK, title, content)
    }

    /// As [`Viewer::show`], with another status.
    pub fn show_as(
        &self,
        status: StatusCode,
        title: &str,
        content: &impl Template,
    ) -> Result<Response, Problem> {
        let unwritten = |error: askama::Error| Problem::internal(format!("a page: {error}"));
        let content = content.render().map_err(unwritten)?;
        let layout = Layout {
            language: self.language,
            languages: Language::ALL,
            title,
            training: self.environment == Environment::Training,
            signed_in: self.signed_in,
            name: self.name.as_deref(),
            staff: self.signed_in_as == Some(SessionKind::Practitioner),
            sections: self.sections(),
            wide: self.wide,
            tabs: &self.tabs,
            here: self.here.as_str(),
            content: &content,
        };
        let page = layout.render().map_err(unwritten)?;
        let mut answer = (status, page).into_response();
        let headers = answer.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("text/html; charset=utf-8"),
        );
        headers.insert(
            header::CONTENT_LANGUAGE,
            HeaderValue::from_static(self.language.tag()),
        );
        Ok(answer)
    }

    /// A problem in human words. Keeps what the log line reads of it, and its headers.
    pub fn show_problem(&self, problem: Response, request_id: &str) -> Response {
        let status = problem.status();
        let kind = problem
            .extensions()
            .get::<crate::problem::Kind>()
            .map_or("", |kind| kind.0);
        let (title, text) = problems::for_people(status, kind);
        let content = ProblemPage {
            language: self.language,
            text: self.say(text),
            sign_in: status == StatusCode::UNAUTHORIZED,
            return_to: self.here.in_query(),
            request_id: status.is_server_error().then_some(request_id),
        };
        // Who must sign in isn't, whatever cookies say.
        let viewer = match content.sign_in {
            true => self.clone().signed_out(),
            false => self.clone(),
        };
        let Ok(page) = viewer.show_as(status, self.say(title), &content) else {
            return problem;
        };
        let (mut parts, _) = problem.into_parts();
        let (page, body) = page.into_parts();
        parts.headers.remove(header::CONTENT_LENGTH);
        parts.headers.extend(page.headers);
        Response::from_parts(parts, body)
    }
}

/// Where files are opened from pages, so that a person reads what is wrong with one.
const FILES: &str = "/attachments/v1/";

/// What pages link to for a visit's calendar file.
const CALENDAR: &str = "/calendar.ics";

/// Whether a request asks for a page: a browser's own, and not for something under `/v1/` that only programs ask for.
pub fn is_wanted(path: &str, headers: &HeaderMap) -> bool {
    let accepts = headers
        .get(header::ACCEPT)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.contains("text/html"));
    let is_file = path.starts_with(FILES) || path.ends_with(CALENDAR);
    accepts && (is_file || !path.split('/').any(|part| part == "v1"))
}

/// Whether a browser opens a page, rather than that a script fetches it. Browsers say how they come (Fetch Metadata);
/// who doesn't comes as a person.
pub fn is_opened(headers: &HeaderMap) -> bool {
    let mode = headers.get("sec-fetch-mode");
    mode.is_none_or(|mode| mode == "navigate")
}

impl<S: Send + Sync> FromRequestParts<S> for Viewer {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let ports = Ports::from_request_parts(parts, state).await?;
        let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
        Viewer::of(&ports, path, &parts.headers)
    }
}

/// What the cookie with the name of who is signed in is sealed for.
const NAME_USE: &str = "name of who is signed in";

/// Has the browser keep, for so many seconds, who every page says is signed in; nobody makes it forget who was before.
pub fn remember_name(
    answer: &mut Response,
    ports: &Ports,
    name: Option<String>,
    seconds: i64,
) -> Result<(), Problem> {
    let kept = match name {
        Some(name) => {
            let sealer = Sealer::from_secrets(&*ports.secrets)?;
            let sealed = sealer.seal_for(&*ports.random, NAME_USE, &name)?;
            cookie::set(cookie::name::NAME, &sealed, seconds)
        }
        None => cookie::forget(cookie::name::NAME),
    };
    if let Some(kept) = kept {
        answer.headers_mut().append(header::SET_COOKIE, kept);
    }
    Ok(())
}

/// How long a browser keeps a language, in seconds: a year.
const LANGUAGE_KEPT: i64 = 365 * 24 * 60 * 60;

/// Has the browser keep a language for every page from now on: chosen, or the profile's.
pub fn remember_language(headers: &mut HeaderMap, language: Language) {
    if let Some(kept) = cookie::set(cookie::name::LANGUAGE, language.tag(), LANGUAGE_KEPT) {
        headers.append(header::SET_COOKIE, kept);
    }
}

/// Keeps the language of a profile for as long as a session may last; none makes the browser forget the one before.
pub fn follow_profile(headers: &mut HeaderMap, language: Option<Language>) {
    let name = cookie::name::PROFILE_LANGUAGE;
    let kept = match language {
        Some(language) => cookie::set(name, language.tag(), 24 * HOUR / 1000),
        None => cookie::forget(name),
    };
    if let Some(kept) = kept {
        headers.append(header::SET_COOKIE, kept);
    }
}

/// Goes on to another page of this site, by GET.
pub fn go_to(path: &LocalPath) -> Response {
    redirect(path.as_str())
}

/// Goes on to an address that is not from outside: one of ours, or a provider's that the settings name.
pub fn redirect(address: &str) -> Response {
    let mut answer = StatusCode::SEE_OTHER.into_response();
    match HeaderValue::from_str(address) {
        Ok(address) => {
            answer.headers_mut().insert(header::LOCATION, address);
            answer
        }
        Err(_) => Problem::internal("an address to go on to is no header").into_response(),
    }
}
