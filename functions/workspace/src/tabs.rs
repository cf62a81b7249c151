//! The matters that staff keep open as tabs and switch between: chats beside their record, visits and tickets. A record
//! panel that is looked at is open; visits and tickets are kept open by a button on their pages. Links of a navigation, for
//! each leads to a page of its own; what is open is the session's and ends with it.

use askama::Template;
use axum::response::Response;
use http::HeaderMap;
use shared::hsa_id::HsaId;
use shared::identifiers::SessionId;
use shared::page::{FormPost, LocalPath, Viewer, go_to, is_opened, new_key};
use shared::platform::{Outcome, Ports, Row};
use shared::problem::Problem;
use shared::sealing::{Place, Sealer};
use shared::session::{Caller, Session, Staff};
use shared::time::Timestamp;
use shared::words::dates::moment;
use shared::words::{Language, booking, workspace as words};

use crate::tabs_store as store;
use crate::tasks::patient_name;

/// What a tab holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A chat beside its record.
    Chat,
    /// A visit.
    Visit,
    /// A ticket.
    Ticket,
}

impl Kind {
    /// As the store keeps it.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Chat => "chat",
            Kind::Visit => "visit",
            Kind::Ticket => "ticket",
        }
    }

    /// The page of one.
    fn page_of(self, id: &str) -> String {
        match self {
            Kind::Chat => format!("/workspace/records/{id}"),
            Kind::Visit => format!("/booking/appointments/{id}"),
            Kind::Ticket => format!("/tickets/{id}"),
        }
    }
}

impl std::str::FromStr for Kind {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "chat" => Ok(Kind::Chat),
            "visit" => Ok(Kind::Visit),
            "ticket" => Ok(Kind::Ticket),
            _ => Err(()),
        }
    }
}

/// A matter that is open.
struct Tab {
    id: String,
    path: String,
    patient: String,
    what: String,
    is_unread: bool,
}

impl Tab {
    /// From a row of [`store::list`].
    fn from_row(language: Language, sealer: &Sealer, row: Row) -> Result<Self, Problem> {
        let unfit = |()| Problem::internal("an open matter of an unknown kind");
        let kind: Kind = row.text("kind")?.parse().map_err(unfit)?;
        let id = row.text("matter_id")?;
        let protected = || language.say(words::PROTECTED).to_owned();
        Ok(Tab {
            path: kind.page_of(id),
            patient: patient_name(sealer, row)?.unwrap_or_else(protected),
            what: match kind {
                Kind::Chat => {
                    let care_provider: HsaId = row.parsed("care_provider_id")?;
                    let place = Place {
                        care_provider: &care_provider,
                        column: "chats.subject",
                        row: id,
                    };
                    sealer.open(place, row.text("subject")?)?
                }
                Kind::Visit => {
                    let at = Timestamp::from_millis(row.integer("starts_at")?);
                    let visit = language.say(booking::VISIT);
                    format!("{visit} {}", moment(language, at))
                }
                Kind::Ticket => language.say(words::WAY_TICKET).to_owned(),
            },
            is_unread: row.integer("unread")? > 0,
            id: id.to_owned(),
        })
    }
}

#[derive(Template)]
#[template(path = "tabs.html")]
struct Tabs<'a> {
    language: Language,
    key: String,
    tabs: Vec<Tab>,
    /// The one whose page this is.
    here: Option<&'a str>,
}

impl Tabs<'_> {
    fn is_here(&self, tab: &Tab) -> bool {
        self.here == Some(tab.id.as_str())
    }

    /// Where closing a tab leads: from the one that is looked at to its neighbour, from another back to that.
    fn after_closing(&self, tab: &Tab) -> &str {
        let other = |one: &&Tab| one.id != tab.id;
        let next = match self.tabs.iter().position(|one| self.is_here(one)) {
            None => return "/workspace/open",
            Some(here) if self.is_here(tab) => self.tabs.get(here + 1),
            Some(here) => self.tabs.get(here),
        };
        next.or_else(|| self.tabs.iter().rfind(other))
            .map_or("/workspace/start", |tab| tab.path.as_str())
    }
}

/// The navigation of the matters that [`store::list`] found, as HTML; empty where none is open.
pub fn navigation(
    language: Language,
    ports: &Ports,
    sealer: &Sealer,
    found: &Outcome,
    here: Option<&str>,
) -> Result<String, Problem> {
    let read = |row| Tab::from_row(language, sealer, row);
    let tabs: Vec<Tab> = found.rows.iter().map(read).collect::<Result<_, _>>()?;
    if tabs.is_empty() {
        return Ok(String::new());
    }
    let tabs = Tabs {
        language,
        key: new_key(ports),
        tabs,
        here,
    };
    tabs.render()
        .map_err(|error| Problem::internal(format!("tabs: {error}")))
}

/// Whose tabs a page shows, and whether looking at it opens one.
#[derive(Debug, Clone, Copy)]
pub struct Looked {
    /// Whose.
    pub session: SessionId,
    /// Not by a script that fetches its page anew: what was closed meanwhile stays so.
    pub by_person: bool,
}

/// Who looks at a page.
pub fn looked(headers: &HeaderMap, ports: &Ports) -> Result<Looked, Problem> {
    Ok(Looked {
        session: session_of(headers, ports)?,
        by_person: is_opened(headers),
    })
}

/// Whose tabs a request means.
fn session_of(headers: &HeaderMap, ports: &Ports) -> Result<SessionId, Problem> {
    Ok(Session::of_headers(headers, ports)?.id)
}

#[derive(Template)]
#[template(path = "open_matters.html")]
struct OpenMattersPage {
    language: Language,
    is_empty: bool,
}

/// What is open, on a page of its own: other functions' pages lead here, and take the tabs from here where scripts run.
pub async fn page(
    staff: Staff,
    ports: Ports,
    viewer: Viewer,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let sealer = Sealer::from_secrets(&*ports.secrets)?;
    let reading = store::list(&ports, &staff, session_of(&headers, &ports)?)?;
    let found = ports
        .store_for(&Caller::Staff(staff))
        .batch(reading.into())
        .await?;
    let tabs = navigation(viewer.language, &ports, &sealer, &found[0], None)?;
    let content = OpenMattersPage {
        language: viewer.language,
        is_empty: tabs.is_empty(),
    };
    let title = viewer.say(words::OPEN_MATTERS);
    viewer.wide().with_tabs(tabs).show(title, &content)
}

/// Keeps a matter open, or closes its tab: the field `action` says which. Doing either again changes nothing.
pub async fn act(
    staff: Staff,
    ports: Ports,
    headers: HeaderMap,
    form: FormPost,
) -> Result<Response, Problem> {
    let session = session_of(&headers, &ports)?;
    let matter = form.text("matter");
    let matters = ports.store_for(&Caller::Staff(staff.clone()));
    let goes_to = match form.text("action").as_str() {
        "keep" => {
            let kind: Option<Kind> = form.parsed("kind")?;
            let kind = kind.ok_or_else(|| Problem::invalid("kind", "say what it is"))?;
            let now = ports.clock.now();
            let found = matters
                .batch(vec![
                    store::find(&staff, kind, &matter),
                    store::keep_open(&staff, session, kind, &matter, now),
                ])
                .await?;
            found[0].rows.first().ok_or_else(Problem::not_found)?;
            kind.page_of(&matter)
        }
        "close" => {
            matters.query(store::close(session, &matter)).await?;
            form.text("return_to")
        }
        _ => return Err(Problem::invalid("action", "there is no such action")),
    };
    Ok(go_to(&LocalPath::from_outside(&goes_to)))
}
