//! JSON handlers for staff: what became of a patient's messages, sending one again, and how the gateways are.

use axum::extract::Path;
use axum::response::Response;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use shared::identifiers::{PatientId, SmsId};
use shared::json::Json;
use shared::platform::{Ports, Row, Statement, StoreError};
use shared::post::{ATTEMPTS, Nothing, Post, RequestIdentity, was_repeated};
use shared::problem::Problem;
use shared::query::Query;
use shared::sealing::Sealer;
use shared::session::{Caller, Staff};
use shared::time::Timestamp;
use utoipa::{IntoParams, ToSchema};

use crate::gateway::configured;
use crate::store;

/// Whose messages.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct MessageQuery {
    /// The patient's id at your care provider.
    pub patient: String,
}

/// One text message: what it was about and what became of it. What it said is not kept.
#[derive(Serialize, ToSchema)]
pub struct MessageView {
    /// Its id.
    pub id: String,
    /// Which text: `booked`, `reminder-day`, `ticket` …
    pub template: String,
    /// `queued`, `sent`, `delivered`, `failed`, or `withheld`: it never left.
    pub state: String,
    /// Why it failed, was withheld or waits for another try.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// When it was written, in UTC.
    #[schema(format = DateTime)]
    pub created_at: String,
    /// When a gateway took it, in UTC.
    #[schema(format = DateTime)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sent_at: Option<String>,
    /// When its fate was known, in UTC.
    #[schema(format = DateTime)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub settled_at: Option<String>,
    /// The visit it tells of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub appointment: Option<String>,
    /// The ticket it tells of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ticket: Option<String>,
    /// The chat it tells of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chat: Option<String>,
    /// Whether it went to somebody invited rather than the patient.
    pub to_guest: bool,
}

impl MessageView {
    /// From a row of [`store::list`] or [`store::list_about`].
    pub fn from_row(row: Row) -> Result<Self, StoreError> {
        let text = |column| Ok::<_, StoreError>(row.optional_text(column)?.map(str::to_owned));
        let at = |column| {
            let at = row.optional_integer(column)?;
            Ok::<_, StoreError>(at.map(|at| Timestamp::from_millis(at).to_string()))
        };
        Ok(MessageView {
            id: row.text("id")?.to_owned(),
            template: row.text("template")?.to_owned(),
            state: row.text("state")?.to_owned(),
            why: text("failure")?,
            created_at: Timestamp::from_millis(row.integer("created_at")?).to_string(),
            sent_at: at("sent_at")?,
            settled_at: at("settled_at")?,
            appointment: text("appointment_id")?,
            ticket: text("ticket_id")?,
            chat: text("chat_id")?,
            to_guest: row.optional_text("participant_id")?.is_some(),
        })
    }
}

/// A patient's messages from your unit, the newest hundred.
#[derive(Serialize, ToSchema)]
pub struct MessageList {
    /// The messages.
    pub messages: Vec<MessageView>,
}

/// A message that goes out again.
#[derive(Serialize, ToSchema)]
pub struct SentAgain {
    /// Its id.
    pub id: String,
    /// `queued`.
    pub state: &'static str,
}

/// How a gateway is.
#[derive(Serialize, ToSchema)]
pub struct GatewayView {
    /// Its name.
    pub name: &'static str,
    /// Since when every message failed, in UTC.
    #[schema(format = DateTime)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failing_since: Option<String>,
    /// Whether the next one has taken over.
    pub down: bool,
}

/// The gateways, the one that is asked first in front.
#[derive(Serialize, ToSchema)]
pub struct GatewayList {
    /// The gateways.
    pub gateways: Vec<GatewayView>,
}

/// What became of the messages about a patient that your unit wrote.
#[utoipa::path(get, path = "/sms/v1/messages", params(MessageQuery), responses((status = 200, body = MessageList)))]
pub async fn list(
    staff: Staff,
    ports: Ports,
    Query(query): Query<MessageQuery>,
) -> Result<Json<MessageList>, Problem> {
    let patient: PatientId = query
        .patient
        .parse()
        .map_err(|_| Problem::invalid("patient", "give the patient's id at your care provider"))?;
    let batch = store::list(&ports, &staff, &patient.to_string())?;
    let caller = Caller::Staff(staff);
    let found = ports.store_for(&caller).batch(batch.into()).await?;
    let rows = found.first().into_iter().flat_map(|one| one.rows.iter());
    let messages = rows.map(MessageView::from_row).collect::<Result<_, _>>()?;
    Ok(Json(MessageList { messages }))
}

/// Sends a message again that failed.
#[utoipa::path(post, path = "/sms/v1/messages/{id}/send-again", request_body = Nothing,
    params(("id" = String, Path, description = "the message")),
    responses((status = 200, body = SentAgain), (status = 409, description = "it has not failed")))]
pub async fn send_again(
    staff: Staff,
    ports: Ports,
    Path(id): Path<String>,
    post: Post<Nothing>,
) -> Result<Response, Problem> {
    send_again_by(&staff, &ports, &id, &post.identity).await
}

/// What [`send_again`] does, for a program and for a page.
pub async fn send_again_by(
    staff: &Staff,
    ports: &Ports,
    id: &str,
    request: &RequestIdentity,
) -> Result<Response, Problem> {
    let id: SmsId = id.parse().map_err(|_| Problem::not_found())?;
    let id = id.to_string();
    let caller = Caller::Staff(staff.clone());
    let sealer = Sealer::from_secrets(&*ports.secrets)?;
    let store = ports.store_for(&caller);
    for _ in 0..ATTEMPTS {
        let read = store
            .batch(vec![request.lookup(&caller), store::find(&id)])
            .await?;
        if let Some(answer) = request.replay(&sealer, &caller, &read[0])? {
            return Ok(answer);
        }
        let row = read[1].rows.first();
        let row = row
            .filter(|row| row.text("care_unit_id") == Ok(staff.care_unit.as_str()))
            .ok_or_else(Problem::not_found)?;
        if row.text("state")? != "failed" {
            return Err(Problem::new(
                StatusCode::CONFLICT,
                "not-failed",
                "The message has not failed",
            )
            .detail("Only a message that failed can be sent again."));
        }
        let patient: PatientId = row.parsed("patient_id")?;
        let again = SentAgain {
            id: id.clone(),
            state: "queued",
        };
        let (keep, answer) = request.keep(
            ports,
            &sealer,
            &caller,
            &staff.care_provider,
            StatusCode::OK,
            &again,
        )?;
        let log = shared::access_log::entry(
            ports,
            &caller,
            shared::access_log::Activity::Write,
            &shared::access_log::Resource::new("text-message", &id),
            shared::access_log::LOG_ENTRY_OF_ONE,
            vec![(&staff.care_provider).into(), patient.into()],
        )?;
        let writing = vec![
            keep,
            store::send_again(&id, &staff.care_unit, ports.clock.now()),
            Statement::require_changes(),
            log,
        ];
        match store.batch(writing).await {
            Ok(_) => return Ok(answer),
            Err(error) if was_repeated(&error) || error.refused_by("require_changes") => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(Problem::unavailable(
        "others were quicker at every attempt to send a message again",
    ))
}

/// How the gateways are.
#[utoipa::path(get, path = "/sms/v1/gateways", responses((status = 200, body = GatewayList)))]
pub async fn gateways(staff: Staff, ports: Ports) -> Result<Json<GatewayList>, Problem> {
    let now = ports.clock.now();
    let caller = Caller::Staff(staff);
    let found = ports.store_for(&caller).query(store::healths()).await?;
    let names = configured(&*ports.secrets)?;
    let names = names.iter().map(|gateway| gateway.name());
    let healths = store::healths_of(names.clone(), &found)?;
    let gateways = std::iter::zip(names, healths)
        .map(|(name, health)| GatewayView {
            name,
            failing_since: health.failing_since.map(|since| since.to_string()),
            down: health.is_down(now),
        })
        .collect();
    Ok(Json(GatewayList { gateways }))
}
