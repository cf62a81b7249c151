//! The page on which patients see who has read their data.

use askama::Template;
use axum::response::Response;
use shared::page::Viewer;
use shared::platform::Ports;
use shared::problem::Problem;
use shared::query::Query;
use shared::session::SignedInPatient;
use shared::words::{Language, access_log};

use super::api::{EntryView, OwnLogQuery, own_log};

#[derive(Template)]
#[template(path = "access_log.html")]
struct AccessLogPage {
    language: Language,
    entries: Vec<EntryView>,
    next: Option<String>,
}

impl AccessLogPage {
    fn who(&self, entry: &EntryView) -> String {
        match (entry.user_kind.as_str(), &entry.user_name) {
            (_, Some(name)) => name.clone(),
            ("patient", None) => self.language.say(access_log::YOURSELF).to_owned(),
            ("guest", None) => self.language.say(access_log::A_GUEST).to_owned(),
            _ => self.language.say(access_log::THE_SERVICE).to_owned(),
        }
    }

    fn what(&self, entry: &EntryView) -> String {
        let what = self.language.say(access_log::activity(&entry.activity));
        let of = self.language.say(access_log::resource(&entry.resource));
        format!("{what} {of}")
    }

    fn why(&self, entry: &EntryView) -> &'static str {
        self.language.say(access_log::purpose(&entry.purpose))
    }

    fn when(&self, entry: &EntryView) -> String {
        let (date, clock) = entry.at.date_and_clock();
        format!("{date} {clock}")
    }
}

/// "Vem har läst mina uppgifter".
pub async fn own(
    patient: SignedInPatient,
    ports: Ports,
    viewer: Viewer,
    Query(query): Query<OwnLogQuery>,
) -> Result<Response, Problem> {
    let log = own_log(&ports, patient, &query).await?;
    let page = AccessLogPage {
        language: viewer.language,
        entries: log.entries,
        next: log.next,
    };
    viewer.show(viewer.say(access_log::WHO_HAS_READ), &page)
}
