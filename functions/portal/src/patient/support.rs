//! Support, terms and personal data: pages that show nobody's data.

use askama::Template;
use axum::response::Response;
use shared::page::{Viewer, assets};
use shared::platform::Ports;
use shared::problem::Problem;
use shared::walls::Anyone;
use shared::words::{Language, Word, common, portal as words};

#[derive(Template)]
#[template(path = "support.html")]
struct SupportPage {
    language: Language,
    /// Where support is reached, as the region's setting `SUPPORT_EMAIL` says.
    address: Option<String>,
}

/// Help, the test of camera and microphone, and the accessibility statement.
pub async fn page(_: Anyone, ports: Ports, viewer: Viewer) -> Result<Response, Problem> {
    let content = SupportPage {
        language: viewer.language,
        address: ports
            .secrets
            .get("SUPPORT_EMAIL")
            .filter(|address| address.contains('@')),
    };
    viewer.show(viewer.say(common::SUPPORT), &content)
}

#[derive(Template)]
#[template(path = "text.html")]
struct TextPage {
    language: Language,
    texts: &'static [Word],
}

impl TextPage {
    fn say(&self, word: &Word) -> &'static str {
        self.language.say(*word)
    }
}

fn show(viewer: &Viewer, title: Word, texts: &'static [Word]) -> Result<Response, Problem> {
    let content = TextPage {
        language: viewer.language,
        texts,
    };
    viewer.show(viewer.say(title), &content)
}

/// What is agreed to by signing in.
pub async fn terms(_: Anyone, viewer: Viewer) -> Result<Response, Problem> {
    const TEXTS: [Word; 4] = [
        words::TERMS_WHO,
        words::TERMS_NOT_URGENT,
        words::TERMS_RECORD,
        words::TERMS_CARE,
    ];
    show(&viewer, common::TERMS, &TEXTS)
}

/// How personal data is handled.
pub async fn personal_data(_: Anyone, viewer: Viewer) -> Result<Response, Problem> {
    const TEXTS: [Word; 6] = [
        words::DATA_WHO,
        words::DATA_WHAT,
        words::DATA_SMS,
        words::DATA_LOG,
        words::DATA_RIGHTS,
        words::DATA_COOKIES,
    ];
    show(&viewer, common::PERSONAL_DATA, &TEXTS)
}
