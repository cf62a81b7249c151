//! A guest's way in: a link that shows a page, a button that opens the visit. Looking at the link spends
//! and tells nothing, for messages' previews look at it, too.

use askama::Template;
use axum::response::Response;
use http::StatusCode;
use shared::appointment::Contact;
use shared::audit;
use shared::cookie;
use shared::environment::Environment;
use shared::guest_link::{self, Opening};
use shared::hsa_id::HsaId;
use shared::identifiers::{ParticipantId, SessionId};
use shared::page::{Faults, Viewer, redirect};
use shared::platform::{Ports, Row};
use shared::problem::{Kind, Problem};
use shared::rate_limit::RateLimit;
use shared::sealing::{Place, Sealer, equal_in_constant_time};
use shared::session::{Guest, Session, SessionKind};
use shared::time::MINUTE;
use shared::words::{Language, Word, identity as words};

use super::AnyVisitor;
use crate::open_id::attempt::secret;
use crate::open_id::hashed;
use crate::sessions;

/// Codes that opened nothing, per address.
const UNKNOWN_CODES: RateLimit = RateLimit {
    name: "guest-link",
    most: 20,
    within: 10 * MINUTE,
};
/// Wrong digits, per participant.
const WRONG_DIGITS: RateLimit = RateLimit {
    name: "guest-digits",
    most: 5,
    within: 15 * MINUTE,
};

#[derive(Template)]
#[template(path = "guest_link.html")]
struct LinkPage<'a> {
    language: Language,
    code: &'a str,
    asks_for_phone: bool,
    /// What was typed and is wrong.
    digits: &'a str,
    faults: Faults,
}

#[derive(Template)]
#[template(path = "text.html")]
struct TextPage<'a> {
    text: &'a str,
}

/// The page of a link: the same for every code, known or not.
pub async fn look(visit: AnyVisitor) -> Result<Response, Problem> {
    let (viewer, code) = (&visit.viewer, visit.last_segment());
    if !guest_link::has_form(code) {
        return closed(
            viewer,
            StatusCode::NOT_FOUND,
            words::NO_LINK,
            words::NO_LINK_TELLS,
        );
    }
    link_page(viewer, code, false, None)
}

/// Opens the visit: a guest session for it and nothing else, until the link's time is over.
pub async fn redeem(visit: AnyVisitor) -> Result<Response, Problem> {
    let (viewer, ports, address) = (&visit.viewer, &visit.ports, &visit.address);
    let code = visit.last_segment();
    UNKNOWN_CODES.check(ports, &address.0).await?;
    let found = match guest_link::has_form(code) {
        true => ports.store.query(guest_link::find(code)?).await?,
        false => shared::platform::Outcome::default(),
    };
    let Some(row) = found.rows.first() else {
        UNKNOWN_CODES.count(ports, &address.0).await?;
        audit::line(ports, "guest-refused", "no-such-link");
        return closed(
            viewer,
            StatusCode::NOT_FOUND,
            words::NO_LINK,
            words::NO_LINK_TELLS,
        );
    };
    let closes_at = match Opening::from_row(row, ports.clock.now())? {
        Opening::Open(closes_at) => closes_at,
        Opening::Later(opens_at) => {
            audit::line(ports, "guest-refused", "too-early");
            let (date, clock) = opens_at.date_and_clock();
            let text = words::opens_at(viewer.language, &clock, &date);
            return show_closed(viewer, StatusCode::FORBIDDEN, words::TOO_EARLY, &text);
        }
        Opening::Over if row.text("state")? == "cancelled" => {
            audit::line(ports, "guest-refused", "cancelled");
            return closed(
                viewer,
                StatusCode::NOT_FOUND,
                words::NO_LINK,
                words::NO_LINK_TELLS,
            );
        }
        Opening::Over => {
            audit::line(ports, "guest-refused", "too-late");
            return closed(
                viewer,
                StatusCode::GONE,
                words::TOO_LATE,
                words::TOO_LATE_TELLS,
            );
        }
    };
    let care_provider: HsaId = row.parsed("care_provider_id")?;
    let participant: ParticipantId = row.parsed("participant_id")?;
    if row.truth("needs_confirmation")? {
        let who = participant.to_string();
        WRONG_DIGITS.check(ports, &who).await?;
        let Some(digits) = visit.field("phone") else {
            return link_page(viewer, code, true, None);
        };
        if !is_confirmed(ports, row, &care_provider, &who, digits)? {
            WRONG_DIGITS.count(ports, &who).await?;
            audit::line(ports, "guest-refused", "wrong-digits");
            return link_page(viewer, code, true, Some(digits));
        }
    }
    let guest = Guest {
        participant,
        appointment: row.parsed("appointment_id")?,
        care_provider,
    };
    let environment = Environment::of(&*ports.secrets)?;
    let session = Session::of_guest(&guest, SessionId::new(ports), environment);
    // A link may be opened on a second device: each opening is an attempt of its own.
    let opening = hashed(&secret(&*ports.random));
    let before = cookie::read(&visit.headers, cookie::name::REFRESH);
    let tokens = sessions::begin(ports, &session, &opening, Some(closes_at), before)
        .await?
        .ok_or_else(|| Problem::internal("an opening of a link came twice"))?;
    audit::line(ports, "signed-in", session.kind.as_str());
    let mut answer = redirect("/identity/guest");
    tokens.into_cookies(&mut answer);
    // Of whoever was signed in here before.
    sessions::set(&mut answer, cookie::forget(cookie::name::NAME));
    Ok(answer)
}

/// Where a guest lands. Whose session is over has no sign-in to go to, but the link.
pub async fn landed(visit: AnyVisitor) -> Result<Response, Problem> {
    let viewer = &visit.viewer;
    match Session::of_headers(&visit.headers, &visit.ports).map(|session| session.kind) {
        Ok(SessionKind::Guest) => {}
        Ok(_) => return Err(Problem::not_allowed("Only an invited guest can do this.")),
        Err(problem) if problem.kind() == "not-signed-in" => {
            let viewer = viewer.clone().signed_out();
            return closed(
                &viewer,
                StatusCode::UNAUTHORIZED,
                words::GUEST_AWAY,
                words::GUEST_AWAY_TELLS,
            );
        }
        Err(problem) => return Err(problem),
    }
    let content = TextPage {
        text: viewer.say(words::GUEST_IN_TELLS),
    };
    viewer.show(viewer.say(words::GUEST_IN), &content)
}

/// Whether the digits are the last four of the number that staff wrote down. Without one nobody gets in:
/// who must confirm and can't is kept out.
fn is_confirmed(
    ports: &Ports,
    row: Row,
    care_provider: &HsaId,
    participant: &str,
    digits: &str,
) -> Result<bool, Problem> {
    let place = Place {
        care_provider,
        column: "participants.contact",
        row: participant,
    };
    let contact = Sealer::from_secrets(&*ports.secrets)?.open(place, row.text("contact")?)?;
    let contact: Contact = serde_json::from_str(&contact)
        .map_err(|error| Problem::internal(format!("a contact no longer parses: {error}")))?;
    let last = contact
        .phone
        .as_deref()
        .and_then(|phone| phone.get(phone.len().checked_sub(4)?..));
    Ok(last.is_some_and(|last| equal_in_constant_time(last, digits.trim())))
}

fn link_page(
    viewer: &Viewer,
    code: &str,
    asks_for_phone: bool,
    wrong: Option<&str>,
) -> Result<Response, Problem> {
    let (mut faults, mut status) = (Faults::none(), StatusCode::OK);
    if wrong.is_some() {
        faults.add("phone", words::GUEST_PHONE_WRONG);
        status = StatusCode::FORBIDDEN;
    }
    let content = LinkPage {
        language: viewer.language,
        code,
        asks_for_phone,
        digits: wrong.unwrap_or_default(),
        faults,
    };
    viewer.show_as(status, viewer.say(words::GUEST), &content)
}

fn closed(
    viewer: &Viewer,
    status: StatusCode,
    title: Word,
    text: Word,
) -> Result<Response, Problem> {
    show_closed(viewer, status, title, viewer.say(text))
}

fn show_closed(
    viewer: &Viewer,
    status: StatusCode,
    title: Word,
    text: &str,
) -> Result<Response, Problem> {
    let mut answer = viewer.show_as(status, viewer.say(title), &TextPage { text })?;
    answer.extensions_mut().insert(Kind("guest-refused"));
    Ok(answer)
}
