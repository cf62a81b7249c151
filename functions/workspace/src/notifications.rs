//! Notifications (notifieringar): what happened at the unit lately, each with the page to look at. Nobody is named here:
//! the page that is led to logs who was looked at.

use askama::Template;
use axum::response::Response;
use shared::notification::page_of;
use shared::page::Viewer;
use shared::platform::Ports;
use shared::problem::Problem;
use shared::session::{Caller, Staff};
use shared::time::Timestamp;
use shared::words::dates::moment;
use shared::words::{Language, workspace as words};

use crate::store;

/// Something that happened.
struct Notification {
    said: &'static str,
    times: i64,
    path: String,
    at: String,
}

#[derive(Template)]
#[template(path = "notifications.html")]
struct NotificationsPage {
    language: Language,
    notifications: Vec<Notification>,
}

/// The page.
pub async fn page(staff: Staff, ports: Ports, viewer: Viewer) -> Result<Response, Problem> {
    let language = viewer.language;
    let found = ports
        .store_for(&Caller::Staff(staff.clone()))
        .query(store::notifications(&staff))
        .await?;
    let mut notifications = vec![];
    for row in found.rows.iter() {
        let times = row.integer("times")?;
        let at = Timestamp::from_millis(row.integer("created_at")?);
        notifications.push(Notification {
            said: language.say(words::notification(row.text("kind")?)),
            times,
            path: page_of(row.text("resource_type")?, row.text("resource_id")?, times),
            at: moment(language, at),
        });
    }
    let content = NotificationsPage {
        language,
        notifications,
    };
    let title = viewer.say(words::NOTIFICATIONS);
    viewer.wide().show(title, &content)
}
