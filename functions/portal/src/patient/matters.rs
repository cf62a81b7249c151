//! My matters: visits, tickets and cases in one list, now and earlier.

use askama::Template;
use axum::response::Response;
use shared::access_log::Activity;
use shared::hsa_id::HsaId;
use shared::page::Viewer;
use shared::platform::{Outcome, Ports, Row};
use shared::problem::Problem;
use shared::role::Role;
use shared::sealing::{Place, Sealer};
use shared::session::{Caller, SignedInPatient};
use shared::time::Timestamp;
use shared::words::dates::moment;
use shared::words::{Language, common, portal as words, roles};

use super::store;

/// One matter as the list shows it.
pub struct Matter {
    /// What kind it is.
    pub kind: &'static str,
    /// When, or what it is about.
    pub title: String,
    /// With whom and where.
    pub place: String,
    /// How far it has come.
    pub state: String,
    /// Its own page.
    pub path: String,
    /// By what the list is ordered.
    pub at: Timestamp,
    /// Whether there is something in it that the patient has not read.
    pub is_unread: bool,
    /// Whether it is over.
    pub is_over: bool,
}

fn place(language: Language, row: Row) -> Result<String, Problem> {
    let role: Role = row.parsed("role")?;
    let unit = row.text("unit_name")?;
    Ok(format!("{unit}, {}", language.say(roles::name(role))))
}

fn visit(language: Language, row: Row, is_over: bool) -> Result<Matter, Problem> {
    let at = Timestamp::from_millis(row.integer("starts_at")?);
    let state = row.text("state")?;
    let kind = match row.text("kind")? {
        "video" => words::VIDEO_VISIT,
        _ => words::VISIT,
    };
    Ok(Matter {
        kind: language.say(kind),
        title: moment(language, at),
        place: place(language, row)?,
        state: language.say(words::visit_state(state)).to_owned(),
        path: format!("/booking/appointments/{}", row.text("id")?),
        at,
        is_unread: false,
        is_over: is_over || state == "cancelled",
    })
}

fn ticket(language: Language, row: Row, now: Timestamp) -> Result<Matter, Problem> {
    let until = Timestamp::from_millis(row.integer("valid_until")?);
    let state = row.text("state")?;
    let is_open = state == "open" && now < until;
    let state = match state {
        _ if is_open => format!(
            "{} {}",
            language.say(words::TICKET_OPEN),
            moment(language, until)
        ),
        "revoked" => language.say(words::TICKET_REVOKED).to_owned(),
        _ => language.say(words::TICKET_EXPIRED).to_owned(),
    };
    Ok(Matter {
        kind: language.say(words::TICKET),
        title: place(language, row)?,
        place: String::new(),
        state,
        path: format!("/tickets/{}", row.text("id")?),
        at: until,
        is_unread: false,
        is_over: !is_open,
    })
}

fn chat(language: Language, sealer: &Sealer, row: Row, now: Timestamp) -> Result<Matter, Problem> {
    let id = row.text("id")?;
    let care_provider: HsaId = row.parsed("care_provider_id")?;
    let bound = Place {
        care_provider: &care_provider,
        column: "chats.subject",
        row: id,
    };
    let opens = Timestamp::from_millis(row.integer("opens_at")?);
    let closes = Timestamp::from_millis(row.integer("closes_at")?);
    let closed = row
        .optional_integer("closed_at")?
        .map(Timestamp::from_millis);
    let grace_ends = row
        .optional_integer("grace_ends_at")?
        .map(Timestamp::from_millis);
    // A question that nobody answered keeps the case open until staff's time to answer is over, too.
    let awaits = row.optional_text("last_from")? == Some("patient")
        && grace_ends.is_none_or(|until| now < until);
    let is_over = closed.is_some() || (closes <= now && !awaits);
    let unread = row.integer("unread_by_patient")?;
    let mut state = match (is_over, opens > now) {
        (true, _) => language.say(words::CASE_CLOSED).to_owned(),
        _ if closes <= now => language.say(words::CASE_AWAITS).to_owned(),
        (_, true) => format!(
            "{} {}",
            language.say(words::CASE_OPENS),
            moment(language, opens)
        ),
        _ => format!(
            "{} {}",
            language.say(words::CASE_CLOSES),
            moment(language, closes)
        ),
    };
    if unread > 0 {
        state = format!("{} · {state}", words::unread(language, unread));
    }
    Ok(Matter {
        kind: language.say(words::CASE),
        title: sealer.open(bound, row.text("subject")?)?,
        place: place(language, row)?,
        state,
        path: format!("/messaging/chats/{id}"),
        at: closed.unwrap_or(closes),
        is_unread: unread > 0,
        is_over,
    })
}

/// A patient's matters.
pub struct Matters {
    /// Those of now, in their order.
    pub current: Vec<Matter>,
    /// Those that are over, the newest first.
    pub over: Vec<Matter>,
    /// Of what there is more than these.
    pub more: More,
}

/// Of what there is more than is shown.
pub struct More {
    /// Visits, coming or earlier.
    pub visits: bool,
    /// Tickets.
    pub tickets: bool,
    /// Cases and chats.
    pub chats: bool,
}

/// The rows that a list shows.
fn shown(found: &Outcome) -> impl Iterator<Item = Row<'_>> {
    found.rows.iter().take(store::LONGEST)
}

fn has_more(found: &Outcome) -> bool {
    found.rows.iter().nth(store::LONGEST).is_some()
}

/// The patient's matters. Reading them is an entry in the log.
pub async fn of_patient(
    ports: &Ports,
    patient: &SignedInPatient,
    language: Language,
) -> Result<Matters, Problem> {
    let now = ports.clock.now();
    let sealer = Sealer::from_secrets(&*ports.secrets)?;
    let found = ports
        .store_for(&Caller::Patient(patient.clone()))
        .batch(vec![
            store::visits(patient, now, false),
            store::visits(patient, now, true),
            store::tickets(patient),
            store::chats(patient),
            store::log(ports, patient, Activity::Read, "matters")?,
        ])
        .await?;
    let mut all = vec![];
    for row in shown(&found[0]) {
        all.push(visit(language, row, false)?);
    }
    for row in shown(&found[1]) {
        all.push(visit(language, row, true)?);
    }
    for row in shown(&found[2]) {
        all.push(ticket(language, row, now)?);
    }
    for row in shown(&found[3]) {
        all.push(chat(language, &sealer, row, now)?);
    }
    let (mut over, mut current): (Vec<_>, Vec<_>) = all.into_iter().partition(|one| one.is_over);
    current.sort_by_key(|matter| matter.at);
    over.sort_by_key(|matter| std::cmp::Reverse(matter.at));
    Ok(Matters {
        current,
        over,
        more: More {
            visits: has_more(&found[0]) || has_more(&found[1]),
            tickets: has_more(&found[2]),
            chats: has_more(&found[3]),
        },
    })
}

#[derive(Template)]
#[template(path = "matters.html")]
struct MattersPage {
    language: Language,
    matters: Matters,
}

/// "Mina ärenden".
pub async fn page(
    patient: SignedInPatient,
    ports: Ports,
    viewer: Viewer,
) -> Result<Response, Problem> {
    let content = MattersPage {
        language: viewer.language,
        matters: of_patient(&ports, &patient, viewer.language).await?,
    };
    viewer.show(viewer.say(common::MY_MATTERS), &content)
}
