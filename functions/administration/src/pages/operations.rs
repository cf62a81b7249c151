//! How the service is, as a page: connected units, gateways of text messages, and who is signed in, each of whom the
//! administrator can sign out (the form leads to identity, which leads back).

use askama::Template;
use axum::response::Response;
use serde::Deserialize;
use shared::page::Viewer;
use shared::platform::Ports;
use shared::problem::Problem;
use shared::query::Query;
use shared::session::Administrator;
use shared::time::Timestamp;
use shared::words::{Language, administration as words, dates, roles};

use crate::operations::{ConnectedUnit, Gateway, Operations, Practitioner, look};
use crate::settings::spans_as_text;
use crate::statistics::Count;

#[derive(Template)]
#[template(path = "operations.html")]
struct OperationsPage {
    language: Language,
    now: Operations,
    ended: Option<String>,
}

impl OperationsPage {
    fn moment(&self, at: Option<Timestamp>) -> String {
        at.map_or("–".to_owned(), |at| dates::moment(self.language, at))
    }

    fn how(&self, gateway: &Gateway) -> String {
        let language = self.language;
        match gateway.failing_since {
            Some(since) => words::failing_since(language, &dates::moment(language, since)),
            None => match gateway.works_since {
                Some(since) => words::works_since(language, &dates::moment(language, since)),
                None => language.say(words::WORKS).to_owned(),
            },
        }
    }

    fn active(&self, unit: &ConnectedUnit) -> String {
        self.moment(unit.active_at)
    }

    /// A unit's week, days of the same hours together: from which day, to which, and when.
    fn hours(&self, unit: &ConnectedUnit) -> Vec<String> {
        let week = unit.opening_hours.week();
        let mut lines = vec![];
        let mut first = 0;
        for day in 0..week.len() {
            if week.get(day + 1) == week.get(first) {
                continue;
            }
            if !week[first].is_empty() {
                let name = |day| dates::weekday_numbered(self.language, day);
                let days = if first == day {
                    name(day).to_owned()
                } else {
                    format!("{}–{}", name(first), name(day))
                };
                lines.push(format!("{days} {}", spans_as_text(&week[first])));
            }
            first = day + 1;
        }
        lines
    }

    fn used(&self, gateway: &Gateway) -> String {
        self.moment(gateway.used_at)
    }

    fn failed(&self, gateway: &Gateway) -> String {
        self.moment(gateway.failed_at)
    }

    fn queue(&self) -> String {
        match self.now.waiting_since {
            Some(since) => {
                let since = dates::moment(self.language, since);
                words::waiting(self.language, self.now.waiting, &since)
            }
            None => self.language.say(words::NOTHING_WAITS).to_owned(),
        }
    }

    fn state(&self, count: &Count) -> &'static str {
        self.language.say(words::state(count.name))
    }

    fn role(&self, one: &Practitioner) -> &'static str {
        self.language.say(roles::name(one.role))
    }
}

/// Whether somebody's sessions have just been ended, and how many.
#[derive(Deserialize)]
pub struct Ended {
    ended: Option<u32>,
}

/// The page.
pub async fn show(
    Administrator(staff): Administrator,
    ports: Ports,
    viewer: Viewer,
    Query(query): Query<Ended>,
) -> Result<Response, Problem> {
    let content = OperationsPage {
        language: viewer.language,
        now: look(&staff, &ports).await?,
        ended: query
            .ended
            .map(|number| words::signed_out(viewer.language, number)),
    };
    let viewer = viewer.wide();
    viewer.show(viewer.say(words::OPERATIONS), &content)
}
