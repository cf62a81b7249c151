//! A booked visit's own chat: it comes into being when somebody first asks for it, opens at the visit's time,
//! begins in the synchronous phase, and may go on as a case. Where its visit is moved or called off, triggers of the
//! schema let it follow, or say that it was left behind, and then it opens anew at the visit's time. Staff who come only
//! after its time get it closed, for the record beside it.

use axum::response::Response;
use http::StatusCode;
use serde::Deserialize;
use shared::hsa_id::HsaId;
use shared::identifiers::{AppointmentId, ChatId};
use shared::patient::Patient;
use shared::platform::{Ports, Row, StoreError};
use shared::post::{ATTEMPTS, Nothing, RequestIdentity, was_repeated};
use shared::practitioner;
use shared::problem::Problem;
use shared::sealing::{Place, Sealer};
use shared::session::Caller;
use shared::time::{HOUR, Timestamp};

use super::problems::not_now;
use super::view::CaseView;
use crate::asked::By;
use crate::case::{Course, FirstWriter, NotNow};
use crate::notification::room_of;
use crate::store::{self, Chat, Marks, Phase, Unit};

/// How long before its time a visit's chat is there to be waited in, in milliseconds.
const BEFORE: i64 = HOUR;
/// How long after the visit it can be written in, in milliseconds.
const AFTER: i64 = HOUR;

/// The chat of a visit, from an hour before it on. One that nobody asked for in its time only staff still get, closed:
/// for what is written in the record beside it.
#[utoipa::path(post, path = "/messaging/v1/visits/{id}/chat", request_body = Nothing,
    params(("id" = String, Path, description = "the visit")),
    responses((status = 200, body = CaseView), (status = 404, description = "no such visit, or none of yours"),
        (status = 409, description = "more than an hour before the visit, or it was called off; for patients also when nobody came in its time")))]
pub async fn open(asked: By<Caller>) -> Result<Response, Problem> {
    let id = asked.part(0);
    let post = asked.post::<Nothing>()?;
    let By {
        who: caller, ports, ..
    } = asked;
    open_visits_chat(&caller, &ports, &id, &post.identity).await
}

/// Opens a visit's chat for whoever asked: a program or a page.
pub async fn open_visits_chat(
    caller: &Caller,
    ports: &Ports,
    id: &str,
    request: &RequestIdentity,
) -> Result<Response, Problem> {
    let id: AppointmentId = id.parse().map_err(|_| Problem::not_found())?;
    let sealer = Sealer::from_secrets(&*ports.secrets)?;
    let store = ports.store_for(caller);
    let now = ports.clock.now();
    for _ in 0..ATTEMPTS {
        let found = store
            .batch(vec![
                request.lookup(caller),
                store::find_visit(id, caller),
                store::find_of_visit(id, caller),
            ])
            .await?;
        if let Some(answer) = request.replay(&sealer, caller, &found[0])? {
            return Ok(answer);
        }
        let row = found[1].rows.first().ok_or_else(Problem::not_found)?;
        let called_off = matches!(row.text("state")?, "cancelled" | "no-show");
        let known = found[2].rows.first();
        let left_behind = known.map_or(Ok(false), |row| row.truth("left_behind"))?;
        let known = known.map(|row| Chat::from_row(&sealer, row)).transpose()?;
        let course = course_of(row)?;
        let mut writing = vec![];
        let anew = left_behind
            && !called_off
            && known
                .as_ref()
                .is_some_and(|chat| opens_anew(&chat.course, &course, now));
        let chat = match known {
            Some(mut chat) if anew => {
                writing.push(store::require_visit(id, row.integer("version")?));
                if let Some(closing) = chat.closing.take() {
                    writing.push(store::keep_closing(ports, &sealer, &chat, &closing)?);
                }
                (chat.practitioner, chat.practitioner_name) =
                    practitioner::from_row(&sealer, &chat.care_provider, row)?;
                chat.role = row.parsed("role")?;
                chat.phase = Phase::Synchronous;
                chat.course = Course {
                    begun: chat.course.begun,
                    last: chat.course.last,
                    ..course
                };
                chat.has_task = false;
                let due_at = chat.course.due_at(chat.unit.notice, now);
                writing.extend(store::open_anew(&chat, due_at));
                chat.version += 1;
                chat
            }
            Some(chat) => chat,
            None => {
                let over = now >= course.closes_at;
                if called_off || (over && matches!(caller, Caller::Patient(_))) {
                    return Err(not_now(NotNow::Closed));
                }
                if now < course.opens_at.plus(-BEFORE) {
                    return Err(not_now(NotNow::NotYetOpen));
                }
                let course = Course {
                    closed_at: over.then_some(course.closes_at),
                    ..course
                };
                let chat = chat_of(&sealer, row, ChatId::new(ports), course, now)?;
                let opened_by = chat.practitioner.as_ref().unwrap_or(&chat.unit.id);
                let due_at = course.due_at(chat.unit.notice, now);
                writing.push(store::require_visit(id, row.integer("version")?));
                writing.push(store::insert(ports, &sealer, &chat, opened_by, due_at)?);
                chat
            }
        };
        let comes = matches!(caller, Caller::Patient(_));
        if comes {
            writing.push(store::mark_arrived(chat.id, caller, now));
        }
        writing.push(store::log_write(ports, caller, "chat", &chat)?);
        let (keep, answer) = request.keep(
            ports,
            &sealer,
            caller,
            &chat.care_provider,
            StatusCode::OK,
            &CaseView::of(&chat, caller, now),
        )?;
        writing.insert(0, keep);
        match store.batch(writing).await {
            Ok(outcomes) => {
                // After it comes the entry in the log alone.
                let arrived = comes
                    && matches!(outcomes.as_slice(), [.., arrival, _] if arrival.rows.first().is_some());
                if arrived || anew {
                    ports.rooms.tell(&chat.id.to_string(), "change");
                }
                if arrived {
                    ports.rooms.tell(&room_of(&chat.unit.id), "change");
                }
                return Ok(answer);
            }
            // The other side asked at the same moment, or the visit was moved or called off.
            Err(error)
                if was_repeated(&error)
                    || error.refused_by("chats.appointment_id")
                    || error.refused_by("require_changes") => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(Problem::unavailable(
        "others were quicker at every attempt to open a visit's chat",
    ))
}

/// Whether a chat that its visit left behind is to open for the visit's time by now: the patient's time in it was over
/// before that. Staff may have longer, to answer a question: that waits for the visit, where they can.
fn opens_anew(chat: &Course, visit: &Course, now: Timestamp) -> bool {
    let patients_end = match chat.closed_at {
        Some(at) => at.min(chat.closes_at),
        None => chat.closes_at,
    };
    patients_end <= now.min(visit.opens_at)
        && now >= visit.opens_at.plus(-BEFORE)
        && now < visit.closes_at
}

fn course_of(visit: Row) -> Result<Course, StoreError> {
    Ok(Course {
        opens_at: Timestamp::from_millis(visit.integer("starts_at")?),
        closes_at: Timestamp::from_millis(visit.integer("ends_at")?).plus(AFTER),
        first_writer: FirstWriter::Either,
        patient_may_reply: true,
        begun: false,
        last: None,
        grace_ends_at: None,
        closed_at: None,
    })
}

/// What of a visit's details a chat is called by.
#[derive(Deserialize)]
struct Details {
    reason: String,
}

fn chat_of(
    sealer: &Sealer,
    visit: Row,
    id: ChatId,
    course: Course,
    now: Timestamp,
) -> Result<Chat, Problem> {
    let care_provider: HsaId = visit.parsed("care_provider_id")?;
    let open = |column, row, sealed| {
        let place = Place {
            care_provider: &care_provider,
            column,
            row,
        };
        sealer.open(place, sealed)
    };
    let details = open(
        "appointments.details",
        visit.text("id")?,
        visit.text("details")?,
    )?;
    let details: Details = serde_json::from_str(&details)
        .map_err(|_| Problem::internal("a visit's details no longer parse"))?;
    let (practitioner, practitioner_name) = practitioner::from_row(sealer, &care_provider, visit)?;
    Ok(Chat {
        id,
        unit: Unit::from_row(visit)?,
        patient: Patient::from_columns(sealer, visit, "patient_id", "patient_name")?,
        appointment: Some(visit.parsed("id")?),
        practitioner,
        practitioner_name,
        role: visit.parsed("role")?,
        colleagues: vec![],
        subject: details.reason.chars().take(200).collect(),
        phase: Phase::Synchronous,
        course,
        waits_since: None,
        last_number: 0,
        marks: Marks::default(),
        patient_told: 0,
        unread_by_patient: 0,
        unread_by_staff: 0,
        version: 1,
        has_task: false,
        closing: None,
        opened_at: now,
        care_provider,
    })
}
