//! Finding a patient: by personal number, or by name among the unit's own matters. Always by POST, so that neither
//! stands in an address; somebody with a protected identity is never found by name.

use askama::Template;
use axum::response::Response;
use shared::page::{Faults, FormPost, Viewer, new_key};
use shared::patient::Patient;
use shared::personal_identity::PersonalIdentity;
use shared::platform::Ports;
use shared::problem::Problem;
use shared::sealing::Sealer;
use shared::session::{Caller, Staff};
use shared::text::Text;
use shared::time::Timestamp;
use shared::words::dates::moment;
use shared::words::{Language, Word, booking, messaging, roles, tickets, workspace as words};

use crate::patients::{
    CaseOfPatient, OpenedPatient, Opening, TicketOfPatient, VisitView, open_patient,
};
use crate::store;

/// A search by name shows no more.
const MOST_FOUND: usize = 30;

#[derive(Template)]
#[template(path = "find_patient.html")]
struct FindPage {
    language: Language,
    now: Timestamp,
    key: String,
    identity: String,
    name: String,
    reason: String,
    faults: Faults,
    needs_reason: bool,
    nobody: bool,
    found: Vec<Patient>,
    opened: Option<OpenedPatient>,
}

impl FindPage {
    fn empty(ports: &Ports, viewer: &Viewer) -> Self {
        FindPage {
            language: viewer.language,
            now: ports.clock.now(),
            key: new_key(ports),
            identity: String::new(),
            name: String::new(),
            reason: String::new(),
            faults: Faults::none(),
            needs_reason: false,
            nobody: false,
            found: vec![],
            opened: None,
        }
    }

    fn show(&self, viewer: Viewer) -> Result<Response, Problem> {
        let status = self.faults.status();
        let title = self.language.say(words::FIND_PATIENT);
        viewer.wide().show_as(status, title, self)
    }

    fn wrong(&self, field: &str) -> Option<&'static str> {
        self.faults.of(field).map(|word| self.language.say(word))
    }

    /// A personal number, and the age that it tells.
    fn who(&self, identity: &str) -> String {
        match identity.parse::<PersonalIdentity>() {
            Ok(identity) => words::identity_and_age(self.language, &identity, self.now),
            Err(_) => identity.to_owned(),
        }
    }

    fn when(&self, at: &Timestamp) -> String {
        moment(self.language, *at)
    }

    fn state(&self, visit: &VisitView) -> &'static str {
        self.language.say(booking::state(visit.state))
    }

    fn role(&self, ticket: &TicketOfPatient) -> &'static str {
        self.language.say(roles::name(ticket.role))
    }

    fn state_of_ticket(&self, ticket: &TicketOfPatient) -> &'static str {
        self.language.say(tickets::state(&ticket.state))
    }

    /// Until when a case is open, or since when it isn't.
    fn ends(&self, case: &CaseOfPatient) -> String {
        let (word, at) = match case.closed_at {
            Some(at) => (messaging::WAS_CLOSED, at),
            None => (messaging::CLOSES, case.closes_at),
        };
        format!("{} {}", self.language.say(word), moment(self.language, at))
    }

    fn ways(&self) -> [(&'static str, &'static str); 5] {
        let way = |path, word: Word| (path, self.language.say(word));
        [
            way("/booking/new/scheduled", words::WAY_SCHEDULED),
            way("/booking/new/free-time", words::WAY_FREE_TIME),
            way("/booking/new/video", words::WAY_VIDEO),
            way("/tickets/new", words::WAY_TICKET),
            way("/messaging/new-case", words::WAY_CASE),
        ]
    }
}

/// The form, empty.
pub async fn page(_: Staff, ports: Ports, viewer: Viewer) -> Result<Response, Problem> {
    FindPage::empty(&ports, &viewer).show(viewer)
}

/// Searches, and opens the one whom a personal number names.
pub async fn find(
    staff: Staff,
    ports: Ports,
    viewer: Viewer,
    form: FormPost,
) -> Result<Response, Problem> {
    let mut page = FindPage::empty(&ports, &viewer);
    page.identity = form.text("personal_identity");
    page.name = form.text("name");
    page.reason = form.text("emergency_reason");
    let letters = page.name.chars().filter(|letter| letter.is_alphabetic());
    match (page.identity.trim().is_empty(), letters.count() >= 2) {
        (false, _) => open(&staff, &ports, &form, &mut page).await?,
        (true, true) => page.found = by_name(&staff, &ports, &page.name).await?,
        (true, false) => page.faults.add("name", words::WRONG_SEARCH),
    }
    page.nobody |= page.faults.is_empty()
        && page.opened.is_none()
        && page.found.is_empty()
        && !page.needs_reason;
    page.show(viewer)
}

async fn open(
    staff: &Staff,
    ports: &Ports,
    form: &FormPost,
    page: &mut FindPage,
) -> Result<(), Problem> {
    let Ok(personal_identity) = page.identity.parse::<PersonalIdentity>() else {
        page.faults.add("personal_identity", words::WRONG_IDENTITY);
        return Ok(());
    };
    let asks_for_reason = form
        .fields
        .iter()
        .any(|(name, _)| name == "emergency_reason");
    let emergency_reason = match form.parsed::<Text<500>>("emergency_reason") {
        Ok(None) if !asks_for_reason => None,
        Ok(Some(reason)) => Some(reason),
        _ => {
            page.faults.add("emergency_reason", words::WRONG_EMERGENCY);
            page.needs_reason = true;
            return Ok(());
        }
    };
    let opening = Opening {
        personal_identity,
        emergency_reason,
    };
    match open_patient(staff, ports, &opening, &form.identity).await {
        Ok(answer) => {
            let unread = || Problem::internal("an opened patient does not read back");
            // Our own answer, which may be longer than what others may send.
            let bytes = axum::body::to_bytes(answer.into_body(), usize::MAX).await;
            let bytes = bytes.map_err(|_| unread())?;
            page.opened = serde_json::from_slice(&bytes).map_err(|_| unread())?;
        }
        Err(problem) => match (problem.kind(), problem.field()) {
            ("emergency-reason", _) => page.needs_reason = true,
            ("not-found", _) => page.nobody = true,
            ("invalid", Some("patient.personal_identity")) => {
                page.faults.add("personal_identity", words::WRONG_IDENTITY);
            }
            _ => return Err(problem),
        },
    }
    Ok(())
}

/// Those with a matter at the unit whose name holds every word that was written. Names are sealed, so they are
/// opened to be compared; the log tells of those that are shown.
async fn by_name(staff: &Staff, ports: &Ports, written: &str) -> Result<Vec<Patient>, Problem> {
    let sealer = Sealer::from_secrets(&*ports.secrets)?;
    let patients = ports.store_for(&Caller::Staff(staff.clone()));
    let words: Vec<String> = written.split_whitespace().map(str::to_lowercase).collect();
    let known = patients.query(store::names(staff)).await?;
    let mut found = vec![];
    for row in known.rows.iter() {
        let patient = Patient::from_row(&sealer, row)?;
        let name = patient.name.to_lowercase();
        if words.iter().all(|word| name.contains(word.as_str())) {
            found.push(patient);
        }
    }
    found.sort_by(|one, other| one.name.cmp(&other.name));
    found.truncate(MOST_FOUND);
    if !found.is_empty() {
        let ids: Vec<String> = found.iter().map(|one| one.id.to_string()).collect();
        let ids = shared::json::text(&ids)?;
        patients.query(store::log_found(ports, staff, ids)?).await?;
    }
    Ok(found)
}
