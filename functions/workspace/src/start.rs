//! Staff's start page: today's visits, who waits and since when, what is unanswered, tickets and tasks.

use std::collections::HashMap;

use askama::Template;
use axum::response::Response;
use serde::Deserialize;
use shared::appointment::AppointmentState;
use shared::appointment::store::{Found, Wanted, list};
use shared::hsa_id::HsaId;
use shared::page::{Viewer, new_key};
use shared::paging::Cursor;
use shared::platform::Ports;
use shared::problem::Problem;
use shared::query::Query;
use shared::role::Role;
use shared::sealing::{Place, Sealer};
use shared::session::{Caller, Staff};
use shared::time::{Timestamp, days_after, start_of_day};
use shared::words::dates::moment;
use shared::words::{Language, access_log, administration, booking, roles, workspace as words};

use crate::store;
use crate::tasks::{TaskList, TaskView, patient_name};

/// No day's list is longer.
const MOST_VISITS: i64 = 300;

/// From where the two lists begin that are shown page by page. Nothing here is about a patient.
#[derive(Deserialize)]
pub struct StartQuery {
    tasks: Option<String>,
    unanswered: Option<String>,
}

/// One of today's visits.
struct Visit {
    id: String,
    clock: String,
    patient: Option<String>,
    with: String,
    state: &'static str,
    waits_since: Option<String>,
    chat: Option<String>, // that the patient has come into
}

/// Something that waits: an open ticket, or a chat whose last message is the patient's.
struct Waiting {
    path: String,
    title: String,
    patient: Option<String>,
    at: String,
}

#[derive(Template)]
#[template(path = "workspace.html")]
struct WorkspacePage {
    language: Language,
    key: String,
    asked: StartQuery,
    visits: Vec<Visit>,
    unanswered: Vec<Waiting>,
    next_unanswered: Option<String>,
    tickets: Vec<Waiting>,
    tasks: TaskList,
    administers: bool,
}

impl WorkspacePage {
    fn patient<'a>(&'a self, name: &'a Option<String>) -> &'a str {
        name.as_deref()
            .unwrap_or(self.language.say(words::PROTECTED))
    }

    fn waiting(&self) -> Vec<&Visit> {
        let waits = |visit: &&Visit| visit.waits_since.is_some();
        self.visits.iter().filter(waits).collect()
    }

    fn task(&self, task: &TaskView) -> &'static str {
        self.language.say(words::task(&task.kind))
    }

    fn since(&self, task: &TaskView) -> String {
        moment(self.language, task.created_at)
    }
}

fn clock(at: Timestamp) -> String {
    at.date_and_clock().1
}

/// Who has come into a visit's chat: its id and since when, by the visit's id.
type Chats = HashMap<String, (String, Timestamp)>;

fn visit(language: Language, found: &Found, chats: &mut Chats) -> Visit {
    let visit = &found.appointment;
    let role = language.say(roles::name(visit.role));
    let came = chats.remove(&visit.id.to_string());
    let arrived = (visit.state == AppointmentState::Arrived).then_some(visit.changed_at);
    let waits_since = arrived.or(came.as_ref().map(|(_, since)| *since));
    Visit {
        id: visit.id.to_string(),
        clock: format!(
            "{}–{}",
            clock(visit.period.starts_at),
            clock(visit.period.ends_at)
        ),
        patient: (!found.patient.protected_identity).then(|| found.patient.name.clone()),
        with: found
            .practitioner_name
            .clone()
            .unwrap_or_else(|| role.to_owned()),
        state: language.say(booking::state(visit.state)),
        waits_since: waits_since.map(clock),
        chat: came.map(|(chat, _)| chat),
    }
}

/// The start page.
pub async fn page(
    staff: Staff,
    ports: Ports,
    viewer: Viewer,
    Query(asked): Query<StartQuery>,
) -> Result<Response, Problem> {
    let cursor = |text: &Option<String>| text.as_deref().map(Cursor::parse).transpose();
    let (after_task, after_chat) = (cursor(&asked.tasks)?, cursor(&asked.unanswered)?);
    let language = viewer.language;
    let caller = Caller::Staff(staff.clone());
    let sealer = Sealer::from_secrets(&*ports.secrets)?;
    let now = ports.clock.now();
    let today = now.date_in_stockholm();
    let day = (start_of_day(today), start_of_day(days_after(today, 1)));
    let wanted = Wanted {
        until: day.1,
        after: (day.0, ""),
        practitioner: None,
        limit: MOST_VISITS,
    };
    let [visits, log] = list(&ports, &caller, &wanted)?;
    let found = ports
        .store_for(&caller)
        .batch(vec![
            visits,
            log,
            store::tasks(&staff, after_task.as_ref()),
            store::tickets(&staff, now),
            store::unanswered(&staff, after_chat.as_ref()),
            store::log_waiting(
                &ports,
                &staff,
                now,
                after_task.as_ref(),
                after_chat.as_ref(),
            )?,
            store::came_into_chats(&staff, day),
        ])
        .await?;
    let mut content = WorkspacePage {
        language,
        key: new_key(&ports),
        asked,
        visits: vec![],
        unanswered: vec![],
        next_unanswered: store::next(&found[4].rows, "waits_since")?,
        tickets: vec![],
        tasks: TaskList::from_rows(&sealer, &found[2].rows)?,
        administers: staff.role == Role::Administrator,
    };
    let mut chats = Chats::new();
    for row in found[6].rows.iter() {
        let since = Timestamp::from_millis(row.integer("arrived_at")?);
        let chat = (row.text("id")?.to_owned(), since);
        chats.insert(row.text("appointment_id")?.to_owned(), chat);
    }
    for row in found[0].rows.iter() {
        let found = Found::from_row(&sealer, row)?;
        content.visits.push(visit(language, &found, &mut chats));
    }
    for row in found[3].rows.iter() {
        let role: Role = row.parsed("role")?;
        let until = Timestamp::from_millis(row.integer("valid_until")?);
        content.tickets.push(Waiting {
            path: format!("/tickets/{}", row.text("id")?),
            title: language.say(roles::name(role)).to_owned(),
            patient: patient_name(&sealer, row)?,
            at: moment(language, until),
        });
    }
    for row in found[4].rows.iter().take(store::LONGEST) {
        let care_provider: HsaId = row.parsed("care_provider_id")?;
        let id = row.text("id")?;
        let place = Place {
            care_provider: &care_provider,
            column: "chats.subject",
            row: id,
        };
        let since = Timestamp::from_millis(row.integer("waits_since")?);
        content.unanswered.push(Waiting {
            path: format!("/messaging/chats/{id}"),
            title: sealer.open(place, row.text("subject")?)?,
            patient: patient_name(&sealer, row)?,
            at: moment(language, since),
        });
    }
    viewer.wide().show(language.say(words::START), &content)
}
