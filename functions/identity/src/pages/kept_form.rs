//! A form whose session had ended when it was sent: `service` sends the browser here with it. It is kept sealed for an
//! hour, for the one whose session it was, in this browser alone; after the renewal or the sign-in it is shown again,
//! to be sent on. Nothing typed is lost, and nobody else at the same computer sees it.

use askama::Template;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use shared::cookie;
use shared::environment::Environment;
use shared::identifiers::RecordNoteId;
use shared::page::{LocalPath, go_to, redirect, takes_file};
use shared::platform::Ports;
use shared::problem::Problem;
use shared::sealing::Sealer;
use shared::session::{Session, SessionKind};
use shared::time::HOUR;
use shared::words::{
    Language, Word, access_log, administration, booking, identity as words, messaging, record,
};

use super::AnyVisitor;
use crate::open_id::attempt::secret;
use crate::open_id::hashed;
use crate::sessions;
use crate::store::{self, Renewable};

/// How long a form is kept, in milliseconds.
const KEPT: i64 = HOUR;
/// What it is sealed for.
const USE: &str = "kept form";
/// Where it is shown again.
const PAGE: &str = "/identity/kept-form";
/// The fields that a person writes by hand, and what each is called where it is shown again. All the others are sent on,
/// too: what was chosen and ticked, and what the page itself put there.
const WRITTEN: [(&str, Word); 27] = [
    ("personal_identity", words::KEPT_IDENTITY),
    ("name", words::KEPT_NAME),
    ("phone", words::KEPT_PHONE),
    ("subject", words::KEPT_SUBJECT),
    ("title", words::KEPT_SUBJECT),
    ("starts_at", booking::STARTS_AT),
    ("opens_at", messaging::OPENS_AT),
    ("closes_at", messaging::CLOSES_AT),
    ("minutes", booking::MINUTES),
    ("reason", words::KEPT_REASON),
    ("emergency_reason", words::KEPT_REASON),
    ("instructions", words::KEPT_INSTRUCTIONS),
    ("entry", booking::ENTRY),
    ("triage", record::TRIAGE),
    ("details", record::DETAILS),
    ("text", words::KEPT_TEXT),
    ("message", words::KEPT_MESSAGE),
    ("note", words::KEPT_NOTE),
    ("handover_note", words::KEPT_NOTE),
    ("bring_note", words::KEPT_NOTE),
    ("remark", access_log::REMARK),
    ("description", words::KEPT_TEXT),
    ("where_to_turn", administration::WHERE_TO_TURN),
    ("participant_name_1", booking::PARTICIPANT),
    ("participant_name_2", booking::PARTICIPANT),
    ("participant_name_3", booking::PARTICIPANT),
    ("exceptions", words::KEPT_DAYS),
];

/// A form that was sent too late.
#[derive(Serialize, Deserialize)]
struct KeptForm {
    whose: String,
    to: String,
    fields: Vec<(String, String)>,
    /// Whether a file can go with it. Files aren't kept.
    #[serde(default)]
    takes_file: bool,
}

/// Whose a session is: another person's, or the same one's at another unit, is another.
fn whose(session: &Session) -> Option<String> {
    match session.kind {
        SessionKind::Patient => Some(format!("patient {}", session.subject)),
        SessionKind::Practitioner => {
            let unit = session.care_unit.as_ref()?;
            Some(format!("practitioner {} {unit}", session.subject))
        }
        SessionKind::Guest => None,
    }
}

fn place(id: &str) -> Result<String, Problem> {
    Ok(format!("kept-form/{}", hashed(id)))
}

/// Whose session the browser's refresh token is or was of. It proves who typed, not that they may do anything.
async fn typed_by(ports: &Ports, refresh_token: &str) -> Result<Option<String>, Problem> {
    let found = ports
        .store
        .query(store::find_by_refresh_token(
            &hashed(refresh_token),
            ports.clock.now(),
        ))
        .await?;
    let Some(row) = found.rows.first() else {
        return Ok(None);
    };
    let environment = Environment::of(&*ports.secrets)?;
    Ok(whose(&Renewable::from_row(row, environment)?.session))
}

/// Keeps the form and goes on to renew the session, or to sign in. A form of nobody's is not kept.
pub async fn keep(visit: AnyVisitor) -> Result<Response, Problem> {
    let (ports, headers) = (&visit.ports, &visit.headers);
    let whose = match cookie::read(headers, cookie::name::REFRESH) {
        Some(token) => typed_by(ports, token).await?,
        None => None,
    };
    let to = LocalPath::from_outside(visit.parameter("to").unwrap_or("/"));
    let Some(whose) = whose else {
        return Ok(redirect(&format!(
            "/identity/sign-in?return_to={}",
            to.in_query()
        )));
    };
    let form = KeptForm {
        whose,
        to: to.as_str().to_owned(),
        fields: visit.fields.clone(),
        takes_file: takes_file(headers),
    };
    let text = shared::json::text(&form)?;
    let sealed = Sealer::from_secrets(&*ports.secrets)?.seal_for(&*ports.random, USE, &text)?;
    let id = secret(&*ports.random);
    let until = ports.clock.now().plus(KEPT);
    ports
        .key_value
        .put(&place(&id)?, sealed.as_bytes(), Some(until))
        .await?;
    let mut answer = redirect(&format!(
        "/identity/renew?return_to={}",
        LocalPath::from_outside(PAGE).in_query()
    ));
    let kept = cookie::set(cookie::name::KEPT_FORM, &id, KEPT / 1000);
    sessions::set(&mut answer, kept);
    Ok(answer)
}

#[derive(Template)]
#[template(path = "kept_form.html")]
struct KeptFormPage {
    language: Language,
    form: KeptForm,
}

impl KeptFormPage {
    /// What a person wrote, to be recognised, and what it was written for.
    fn written(&self) -> Vec<(&'static str, &str)> {
        let fields = self.form.fields.iter();
        let written = fields.filter_map(|(name, value)| {
            let (_, label) = WRITTEN.iter().find(|(field, _)| field == name)?;
            // A draft's form names the note that it is by the same name.
            let is_id = value.parse::<RecordNoteId>().is_ok();
            (!value.trim().is_empty() && !is_id)
                .then(|| (self.language.say(*label), value.as_str()))
        });
        written.collect()
    }
}

/// The kept form again, to whose it is. Anybody else goes to the start, and the browser forgets it.
pub async fn show(session: Session, visit: AnyVisitor) -> Result<Response, Problem> {
    let ports = &visit.ports;
    let found = match cookie::read(&visit.headers, cookie::name::KEPT_FORM) {
        Some(id) => ports.key_value.get(&place(id)?).await?,
        None => None,
    };
    let sealer = Sealer::from_secrets(&*ports.secrets)?;
    let form = found
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .and_then(|sealed| sealer.open_for(USE, &sealed).ok())
        .and_then(|text| serde_json::from_str::<KeptForm>(&text).ok())
        .filter(|form| whose(&session).is_some_and(|whose| whose == form.whose));
    let Some(form) = form else {
        let mut answer = go_to(&LocalPath::start());
        sessions::set(&mut answer, cookie::forget(cookie::name::KEPT_FORM));
        return Ok(answer);
    };
    let content = KeptFormPage {
        language: visit.viewer.language,
        form,
    };
    let title = visit.viewer.say(words::KEPT_FORM);
    visit.viewer.show(title, &content)
}
