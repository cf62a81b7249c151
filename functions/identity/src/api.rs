//! The JSON face of identity: for programs that hold a session, and for staff who invite guests.

use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};
use shared::access_log::{self, Activity, LOG_ENTRY_OF_ONE, Resource};
use shared::audit;
use shared::cookie;
use shared::guest_link::{self, GuestLink, MARGIN, Opening};
use shared::hsa_id::HsaId;
use shared::identifiers::{AppointmentId, ParticipantId};
use shared::json::Json;
use shared::page::{LocalPath, go_to};
use shared::platform::{Outcome, Ports, Row, Statement};
use shared::post::{Post, StrictBody, was_repeated};
use shared::problem::Problem;
use shared::sealing::Sealer;
use shared::service::Document;
use shared::session::{Administrator, Caller, Session, SessionKind, Staff};
use shared::time::Timestamp;
use shared::walls::Anyone;
use utoipa::{OpenApi, ToSchema};

use crate::open_id::registration::{Audience, Registration};
use crate::sessions::{self, Bearer, Renewal, Tokens};
use crate::store;

/// The document, made from the code by `make openapi`; a test holds it against the code.
const OPENAPI: Document = shared::document!("../openapi.json");

/// Answers with the OpenAPI 3.1 document. Needs no session.
pub async fn openapi(_: Anyone) -> Document {
    OPENAPI
}

/// What `make openapi` writes out.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Vårdflöde identity",
        description = "Sessions and guests' links. People sign in by the pages under /identity/; programs carry a session on from there (Bearer). Errors are RFC 9457 problem documents with a stable type, urn:vardflode:problem:<kind>. Times are RFC 3339."
    ),
    paths(
        client_keys,
        session,
        renew,
        sign_out,
        sign_out_practitioner,
        issue_guest_link,
        revoke_guest_link
    )
)]
pub struct Api;

/// The public keys that prove us to the providers, for their registrations (JWK set). Needs no session.
#[utoipa::path(get, path = "/identity/v1/client-keys", security(()),
    responses((status = 200, description = "a JWK set")))]
pub async fn client_keys(_: Anyone, ports: Ports) -> Result<impl IntoResponse, Problem> {
    let keys = [Audience::Patient, Audience::Staff]
        .into_iter()
        .map(|audience| Registration::of(audience, &ports)?.public_key())
        .collect::<Result<Vec<_>, Problem>>()?;
    Ok(Json(serde_json::json!({ "keys": keys })))
}

/// Who one is signed in as.
#[derive(Serialize, ToSchema)]
pub struct SessionView {
    /// `patient`, `practitioner` or `guest`.
    #[schema(value_type = String)]
    kind: SessionKind,
    /// Practitioners: HSA-id.
    #[serde(skip_serializing_if = "Option::is_none")]
    practitioner: Option<String>,
    /// Practitioners and guests: HSA-id.
    #[serde(skip_serializing_if = "Option::is_none")]
    care_provider: Option<String>,
    /// Practitioners: HSA-id.
    #[serde(skip_serializing_if = "Option::is_none")]
    care_unit: Option<String>,
    /// Practitioners: as what.
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<&'static str>,
    /// Practitioners: HSA-id.
    #[serde(skip_serializing_if = "Option::is_none")]
    commission: Option<String>,
    /// Guests: the visit it opens.
    #[serde(skip_serializing_if = "Option::is_none")]
    appointment: Option<String>,
}

/// Tells who one is signed in as, if the session stands.
#[utoipa::path(get, path = "/identity/v1/session", responses((status = 200, body = SessionView)))]
pub async fn session(session: Session, ports: Ports) -> Result<Json<SessionView>, Problem> {
    let over = store::over(session.id, ports.clock.now());
    if ports.store.query(over).await?.rows.first().is_some() {
        return Err(Problem::not_signed_in(
            "The session has ended: sign in again.",
        ));
    }
    let text = |id: Option<HsaId>| id.map(|id| id.to_string());
    let is_practitioner = session.kind == SessionKind::Practitioner;
    Ok(Json(SessionView {
        kind: session.kind,
        practitioner: is_practitioner.then_some(session.subject),
        care_provider: text(session.care_provider),
        care_unit: text(session.care_unit),
        role: session.role.map(shared::role::Role::as_str),
        commission: text(session.commission),
        appointment: session.appointment.map(|id| id.to_string()),
    }))
}

/// A refresh token; browsers leave it out, for theirs is in a cookie.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RenewInput {
    /// As the last renewal gave it.
    refresh_token: Option<String>,
}

/// Renews a session, once for each refresh token: one that comes again ends the session. A browser gets
/// its new tokens in cookies.
#[utoipa::path(post, path = "/identity/v1/renew", request_body = RenewInput, security(()),
    responses(
        (status = 200, description = "a program's new tokens", body = Tokens),
        (status = 204, description = "a browser's are in its cookies"),
        (status = 401, description = "the session has ended: sign in again")))]
pub async fn renew(
    _: Anyone,
    ports: Ports,
    headers: HeaderMap,
    StrictBody(input): StrictBody<RenewInput>,
) -> Result<Response, Problem> {
    let over = || Problem::not_signed_in("The session has ended: sign in again.");
    if let Some(token) = input.refresh_token {
        return match sessions::renew(&ports, &token, Bearer::Program).await? {
            Renewal::Renewed(tokens) => Ok(Json(*tokens).into_response()),
            Renewal::ByAnotherTab | Renewal::Over => Err(over()),
        };
    }
    let token = cookie::read(&headers, cookie::name::REFRESH).ok_or_else(over)?;
    let bearer = Bearer::Browser(sessions::spoken_of(&headers));
    let mut answer = StatusCode::NO_CONTENT.into_response();
    match sessions::renew(&ports, token, bearer).await? {
        Renewal::Renewed(tokens) => tokens.into_cookies(&mut answer),
        Renewal::ByAnotherTab => {}
        Renewal::Over => {
            answer = over().into_response();
            sessions::forget_cookies(&mut answer);
        }
    }
    Ok(answer)
}

/// What is to end.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignOutInput {
    /// Every session of the same person, not only this one.
    #[serde(default)]
    everywhere: bool,
}

/// Ends this session, or all of the same person. Ending one that has ended is no error.
#[utoipa::path(post, path = "/identity/v1/sign-out", request_body = SignOutInput,
    responses((status = 204, description = "it has ended")))]
pub async fn sign_out(
    _: Anyone,
    ports: Ports,
    headers: HeaderMap,
    StrictBody(input): StrictBody<SignOutInput>,
) -> Result<Response, Problem> {
    // Not by the guard, which lets in only whose session stands.
    let session = Session::of_headers(&headers, &ports)?;
    sessions::end(&ports, &session, input.everywhere).await?;
    let mut answer = StatusCode::NO_CONTENT.into_response();
    sessions::forget_cookies(&mut answer);
    Ok(answer)
}

/// Nothing needs to be said.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NothingInput {}

/// Ends every session of a practitioner at the administrator's unit: a lost card, somebody who has left.
/// Their next sign-in depends on their commission alone. Repeating it is no error.
#[utoipa::path(post, path = "/identity/v1/practitioners/{id}/sign-out", request_body = NothingInput,
    params(("id" = String, Path, description = "the practitioner's HSA-id")),
    responses(
        (status = 200, description = "how many sessions have ended with it"),
        (status = 404, description = "nobody of that HSA-id has a commission or a session at your unit")))]
pub async fn sign_out_practitioner(
    Administrator(staff): Administrator,
    ports: Ports,
    Path(practitioner): Path<String>,
    _: StrictBody<NothingInput>,
) -> Result<Json<serde_json::Value>, Problem> {
    let ended = end_at_unit(&staff, &ports, &practitioner).await?;
    Ok(Json(serde_json::json!({ "ended": ended })))
}

/// The same from a page's form, which it leads back to. Needs no key: repeating it changes nothing.
pub async fn sign_out_practitioner_by_form(
    Administrator(staff): Administrator,
    ports: Ports,
    Path(practitioner): Path<String>,
) -> Result<Response, Problem> {
    let ended = end_at_unit(&staff, &ports, &practitioner).await?;
    let page = format!("/administration/operations?ended={ended}");
    Ok(go_to(&LocalPath::from_outside(&page)))
}

/// Ends a practitioner's sessions at the administrator's unit, and says how many that were.
async fn end_at_unit(staff: &Staff, ports: &Ports, practitioner: &str) -> Result<usize, Problem> {
    let practitioner: HsaId = practitioner.parse().map_err(|_| Problem::not_found())?;
    let now = ports.clock.now();
    let outcomes = ports
        .store_for(&Caller::Staff(staff.clone()))
        .batch(vec![
            store::works_at(&practitioner, &staff.care_unit),
            store::end_at_unit(&practitioner, &staff.care_unit, now),
        ])
        .await?;
    let [works, ended] = <[Outcome; 2]>::try_from(outcomes)
        .map_err(|_| Problem::internal("a batch answered with another number of outcomes"))?;
    sessions::tell_streams(ports, &ended).await;
    let ended = ended.rows.len();
    if ended == 0 && works.rows.first().is_none() {
        return Err(Problem::not_found());
    }
    audit::line(ports, "session-ended", "by-administrator");
    Ok(ended)
}

/// A participant of a visit.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GuestInput {
    /// The visit.
    #[schema(value_type = String)]
    appointment: AppointmentId,
    /// Who, in its list of participants.
    #[schema(value_type = String)]
    participant: ParticipantId,
}

/// A link to be given to that participant and nobody else.
#[derive(Serialize, ToSchema)]
pub struct GuestLinkView {
    /// The address. It is shown this once.
    link: String,
    /// From when it opens the visit.
    #[schema(value_type = String, format = DateTime)]
    opens_at: Timestamp,
    /// Until when.
    #[schema(value_type = String, format = DateTime)]
    closes_at: Timestamp,
}

/// Issues a participant's link anew, for staff of the visit's unit. Earlier ones no longer hold.
#[utoipa::path(post, path = "/identity/v1/guest-links", request_body = GuestInput,
    responses(
        (status = 201, body = GuestLinkView),
        (status = 404, description = "no such participant of a visit at your unit"),
        (status = 409, description = "the visit is over")))]
pub async fn issue_guest_link(
    staff: Staff,
    ports: Ports,
    post: Post<GuestInput>,
) -> Result<Response, Problem> {
    let GuestInput {
        appointment,
        participant,
    } = post.body;
    let caller = Caller::Staff(staff.clone());
    let sealer = Sealer::from_secrets(&*ports.secrets)?;
    let visit = match looked_up(&ports, &staff, &post, &sealer).await? {
        LookedUp::Before(answer) => return Ok(answer),
        LookedUp::Visit(visit) => visit,
    };
    let row = visit.rows.first().ok_or_else(Problem::not_found)?;
    if Opening::from_row(row, ports.clock.now())? == Opening::Over {
        return Err(Problem::new(StatusCode::CONFLICT, "visit-over", "The visit is over")
            .detail("A link opens a visit until half an hour after it, and never one that was called off."));
    }
    let link = GuestLink::new(&ports)?;
    let view = GuestLinkView {
        link: link.address(&ports)?,
        opens_at: Timestamp::from_millis(row.integer("starts_at")?).plus(-MARGIN),
        closes_at: Timestamp::from_millis(row.integer("ends_at")?).plus(MARGIN),
    };
    let status = StatusCode::CREATED;
    let (kept, answer) = post.identity.keep(
        &ports,
        &sealer,
        &caller,
        &staff.care_provider,
        status,
        &view,
    )?;
    let mut batch = vec![kept];
    batch.extend(link.insert(&ports, &staff.care_provider, appointment, participant));
    batch.push(store::end_guests(participant, ports.clock.now()));
    batch.push(logged(&ports, &staff, appointment, row)?);
    written(&ports, &caller, &post, &sealer, batch, answer).await
}

/// Takes a participant's link back, and ends what it opened.
#[utoipa::path(post, path = "/identity/v1/guest-links/revoke", request_body = GuestInput,
    responses(
        (status = 200, description = "no link of theirs holds any more"),
        (status = 404, description = "no such participant of a visit at your unit")))]
pub async fn revoke_guest_link(
    staff: Staff,
    ports: Ports,
    post: Post<GuestInput>,
) -> Result<Response, Problem> {
    let GuestInput {
        appointment,
        participant,
    } = post.body;
    let caller = Caller::Staff(staff.clone());
    let sealer = Sealer::from_secrets(&*ports.secrets)?;
    let visit = match looked_up(&ports, &staff, &post, &sealer).await? {
        LookedUp::Before(answer) => return Ok(answer),
        LookedUp::Visit(visit) => visit,
    };
    let row = visit.rows.first().ok_or_else(Problem::not_found)?;
    let now = ports.clock.now();
    let view = serde_json::json!({ "revoked": true });
    let (kept, answer) = post.identity.keep(
        &ports,
        &sealer,
        &caller,
        &staff.care_provider,
        StatusCode::OK,
        &view,
    )?;
    let batch = vec![
        kept,
        guest_link::revoke(appointment, participant, now),
        store::end_guests(participant, now),
        logged(&ports, &staff, appointment, row)?,
    ];
    written(&ports, &caller, &post, &sealer, batch, answer).await
}

/// What a POST about somebody's link finds.
enum LookedUp {
    /// It is repeated: its first answer.
    Before(Response),
    /// The visit, if the participant is in one of the unit's.
    Visit(Outcome),
}

async fn looked_up(
    ports: &Ports,
    staff: &Staff,
    post: &Post<GuestInput>,
    sealer: &Sealer,
) -> Result<LookedUp, Problem> {
    let GuestInput {
        appointment,
        participant,
    } = post.body;
    let caller = Caller::Staff(staff.clone());
    let found = ports
        .store_for(&caller)
        .batch(vec![
            post.identity.lookup(&caller),
            store::participant_at(appointment, participant, &staff.care_unit),
        ])
        .await?;
    let [before, visit] = <[Outcome; 2]>::try_from(found)
        .map_err(|_| Problem::internal("a batch answered with another number of outcomes"))?;
    Ok(match post.identity.replay(sealer, &caller, &before)? {
        Some(answer) => LookedUp::Before(answer),
        None => LookedUp::Visit(visit),
    })
}

fn logged(
    ports: &Ports,
    staff: &Staff,
    appointment: AppointmentId,
    visit: Row,
) -> Result<Statement, Problem> {
    access_log::entry(
        ports,
        &Caller::Staff(staff.clone()),
        Activity::Write,
        &Resource::new("guest-link", appointment),
        LOG_ENTRY_OF_ONE,
        vec![
            (&staff.care_provider).into(),
            visit.text("patient_id")?.into(),
        ],
    )
}

async fn written(
    ports: &Ports,
    caller: &Caller,
    post: &Post<GuestInput>,
    sealer: &Sealer,
    batch: Vec<Statement>,
    answer: Response,
) -> Result<Response, Problem> {
    let store = ports.store_for(caller);
    match store.batch(batch).await {
        Ok(_) => Ok(answer),
        Err(error) if was_repeated(&error) => {
            let before = store.query(post.identity.lookup(caller)).await?;
            let answer = post.identity.replay(sealer, caller, &before)?;
            answer.ok_or_else(|| Problem::internal("a kept answer is not there"))
        }
        Err(error) => Err(error.into()),
    }
}
