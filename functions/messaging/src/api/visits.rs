//! A booked visit's own chat: it comes into being when somebody first asks for it, opens at the visit's time,
//! begins in the synchronous phase, and may go on as a case.

use axum::extract::Path;
use axum::response::Response;
use http::StatusCode;
use shared::appointment::AppointmentState;
use shared::appointment::store::{Found, find as find_visit};
use shared::identifiers::{AppointmentId, ChatId};
use shared::platform::Ports;
use shared::post::{ATTEMPTS, Nothing, Post, RequestIdentity, was_repeated};
use shared::problem::Problem;
use shared::sealing::Sealer;
use shared::session::Caller;
use shared::time::HOUR;

use super::problems::not_now;
use super::view::CaseView;
use crate::case::{Course, FirstWriter, NotNow};
use crate::store::{self, Chat, Marks, Phase, Unit};

/// How long before its time a visit's chat is there to be waited in, in milliseconds.
const BEFORE: i64 = HOUR;
/// How long after the visit it can be written in, in milliseconds.
const AFTER: i64 = HOUR;

/// The chat of a visit, from an hour before it on.
#[utoipa::path(post, path = "/messaging/v1/visits/{id}/chat", request_body = Nothing,
    params(("id" = String, Path, description = "the visit")),
    responses((status = 200, body = CaseView), (status = 404, description = "no such visit, or none of yours"),
        (status = 409, description = "more than an hour before the visit, or it was called off")))]
pub async fn open(
    caller: Caller,
    ports: Ports,
    Path(id): Path<String>,
    post: Post<Nothing>,
) -> Result<Response, Problem> {
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
                find_visit(id, caller),
                store::find_of_visit(id, caller),
            ])
            .await?;
        if let Some(answer) = request.replay(&sealer, caller, &found[0])? {
            return Ok(answer);
        }
        let row = found[1].rows.first().ok_or_else(Problem::not_found)?;
        let visit = Found::from_row(&sealer, row)?;
        let known = found[2]
            .rows
            .first()
            .map(|row| Chat::from_row(&sealer, row))
            .transpose()?;
        let course = course_of(&visit);
        let mut writing = vec![];
        let chat = match known {
            Some(mut chat) => {
                // The visit was moved before anybody wrote.
                if !chat.course.begun
                    && chat.phase == Phase::Synchronous
                    && chat.course.opens_at > now
                    && chat.course.opens_at != course.opens_at
                {
                    writing.push(store::move_with_visit(&chat, &course));
                    chat.course = course;
                    chat.version += 1;
                }
                chat
            }
            None => {
                let called_off = matches!(
                    visit.appointment.state,
                    AppointmentState::Cancelled | AppointmentState::NoShow
                );
                if called_off || now >= course.closes_at {
                    return Err(not_now(NotNow::Closed));
                }
                if now < course.opens_at.plus(-BEFORE) {
                    return Err(not_now(NotNow::NotYetOpen));
                }
                let unit = store
                    .query(Unit::find(
                        &visit.care_unit.id,
                        &visit.appointment.care_provider,
                    ))
                    .await?;
                let unit = unit.rows.first().ok_or_else(Problem::not_found)?;
                let chat = chat_of(&visit, Unit::from_row(unit)?, ChatId::new(ports), course);
                let by = visit.appointment.practitioner.as_ref();
                let opened_by = by.unwrap_or(&visit.care_unit.id);
                let due_at = course.due_at(chat.unit.notice, now);
                writing.push(store::insert(ports, &sealer, &chat, opened_by, due_at)?);
                chat
            }
        };
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
            Ok(_) => return Ok(answer),
            // The other side asked at the same moment.
            Err(error) if was_repeated(&error) || error.refused_by("chats.appointment_id") => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(Problem::unavailable(
        "others were quicker at every attempt to open a visit's chat",
    ))
}

fn course_of(visit: &Found) -> Course {
    Course {
        opens_at: visit.appointment.period.starts_at,
        closes_at: visit.appointment.period.ends_at.plus(AFTER),
        first_writer: FirstWriter::Either,
        patient_may_reply: true,
        begun: false,
        last: None,
        grace_ends_at: None,
        closed_at: None,
    }
}

fn chat_of(visit: &Found, unit: Unit, id: ChatId, course: Course) -> Chat {
    let appointment = &visit.appointment;
    Chat {
        id,
        care_provider: appointment.care_provider.clone(),
        unit,
        patient: visit.patient.clone(),
        appointment: Some(appointment.id),
        practitioner: appointment.practitioner.clone(),
        practitioner_name: visit.practitioner_name.clone(),
        role: appointment.role,
        subject: appointment
            .details
            .reason
            .as_str()
            .chars()
            .take(200)
            .collect(),
        phase: Phase::Synchronous,
        course,
        last_number: 0,
        marks: Marks::default(),
        unread_by_patient: 0,
        unread_by_staff: 0,
        version: 1,
        has_task: false,
        closing: None,
        opened_at: appointment.changed_at,
    }
}
