//! JSON handlers for the patient: opening a code, picking a slot, picking another, and saying that none fits.
//! The visit, its slot, the ticket's state, the text message, the access log and the kept answer are written
//! in one batch, so that of many devices one wins and the others are told.

use std::ops::ControlFlow;

use axum::response::Response;
use http::StatusCode;
use serde::Deserialize;
use shared::appointment::change::{self, claim, messages};
use shared::appointment::problems::{not_now, wrong_step};
use shared::appointment::store::{self as visits, When};
use shared::appointment::{
    Appointment, AppointmentKind, AppointmentState, Details, Period, Step, patient_may_cancel,
};
use shared::first_contact::check_age;
use shared::identifiers::{AppointmentId, SlotId, TicketId};
use shared::json::Json;
use shared::notification::tell;
use shared::paging::Cursor;
use shared::platform::{ClientAddress, Ports, Statement, StoreError};
use shared::post::{ATTEMPTS, Post, RequestIdentity, located, was_repeated};
use shared::problem::Problem;
use shared::rate_limit::RateLimit;
use shared::sealing::Sealer;
use shared::session::{Caller, SignedInPatient};
use shared::slot::{self, Slot};
use shared::sms_outbox::SmsTemplate;
use shared::task::{NewTask, TaskKind};
use shared::text::Text;
use shared::time::{MINUTE, Timestamp};
use utoipa::ToSchema;

use super::problems::{closed, outside_frame, taken, unknown_code};
use super::read::{clashes, fitting};
use super::view::{OpenedView, PickedView, SlotView, ToldView};
use super::{look, look_with};
use crate::By;
use crate::code::TicketCode;
use crate::store::{self, Found};
use crate::ticket::TicketState;

/// How many codes that lead nowhere one address may try.
const BY_ADDRESS: RateLimit = RateLimit {
    name: "ticket-address",
    most: 60,
    within: 10 * MINUTE,
};
/// How many codes that lead nowhere one person may try.
const BY_PERSON: RateLimit = RateLimit {
    name: "ticket-person",
    most: 20,
    within: 10 * MINUTE,
};
/// How many slots come with word that one was taken.
const NEXT_SLOTS: usize = 10;
/// Who booked, where it wasn't staff.
const BY_PATIENT: &str = "patient";

/// The code of a message's link.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Code {
    /// 26 letters and digits; capitals, o for 0, and i or l for 1 are read as what they mean.
    pub code: String,
}

/// Which slot.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Pick {
    /// One of the ticket's slots.
    #[schema(value_type = String)]
    pub slot: SlotId,
}

/// Why no time fits.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NoTime {
    /// In a few words, up to 500 characters.
    #[schema(value_type = Option<String>)]
    pub reason: Option<Text<500>>,
}

/// Which ticket a code opens, if it is yours and open. Spends nothing: open it as often as you like.
#[utoipa::path(post, path = "/tickets/v1/open", request_body = Code,
    responses((status = 200, body = OpenedView), (status = 404, description = "no ticket of yours opens with it"), (status = 429, description = "too many that led nowhere")))]
pub async fn open(asked: By<SignedInPatient>) -> Result<Json<OpenedView>, Problem> {
    let body: Code = asked.strict_body()?;
    let ticket = opened(&asked.who, &asked.address(), &asked.ports, &body.code).await?;
    Ok(Json(OpenedView { ticket }))
}

/// The id of the patient's open ticket that a code leads to. Every other outcome is one answer at one cost.
pub async fn opened(
    patient: &SignedInPatient,
    address: &ClientAddress,
    ports: &Ports,
    code: &str,
) -> Result<String, Problem> {
    let person = patient.identity.as_str();
    let code = TicketCode::parse(code).unwrap_or_else(TicketCode::nobodys);
    let caller = Caller::Patient(patient.clone());
    let store = ports.store_for(&caller);
    let found = store
        .batch(vec![
            BY_ADDRESS.looking(ports, &address.0)?,
            BY_PERSON.looking(ports, person)?,
            store::open(patient, &code, ports.clock.now())?,
        ])
        .await?;
    let [by_address, by_person, ticket] = found.as_slice() else {
        return Err(Problem::internal(
            "a batch answered with another number of outcomes",
        ));
    };
    BY_ADDRESS.judge_looked(ports, by_address)?;
    BY_PERSON.judge_looked(ports, by_person)?;
    if let Some(row) = ticket.rows.first() {
        return Ok(row.text("id")?.to_owned());
    }
    let counted = store
        .batch(vec![
            BY_ADDRESS.counting(ports, &address.0)?,
            BY_PERSON.counting(ports, person)?,
            store::log_foreign_code(ports, patient, &code)?,
        ])
        .await?;
    for (limit, counted) in [BY_ADDRESS, BY_PERSON].iter().zip(&counted) {
        limit.judge_counted(ports, counted)?;
    }
    Err(unknown_code())
}

/// Picks a slot with an open ticket: the visit is booked.
#[utoipa::path(post, path = "/tickets/v1/tickets/{id}/redeem", request_body = Pick,
    params(("id" = String, Path, description = "the ticket")),
    responses(
        (status = 201, body = PickedView),
        (status = 409, description = "the slot was taken (`next_slots` has others), or the ticket is no longer open"),
        (status = 422, description = "the slot isn't one of the ticket's")))]
pub async fn redeem(asked: By<SignedInPatient>) -> Result<Response, Problem> {
    let post: Post<Pick> = asked.post()?;
    let (patient, ports) = (&asked.who, &asked.ports);
    pick(patient, ports, asked.id(), post.body.slot, &post.identity).await
}

/// What [`redeem`] does, for a program and for a page.
pub async fn pick(
    patient: &SignedInPatient,
    ports: &Ports,
    id: &str,
    picked: SlotId,
    request: &RequestIdentity,
) -> Result<Response, Problem> {
    let id: TicketId = id.parse().map_err(|_| Problem::not_found())?;
    let caller = Caller::Patient(patient.clone());
    let sealer = Sealer::from_secrets(&*ports.secrets)?;
    let store = ports.store_for(&caller);
    let appointment = AppointmentId::new(ports);

    for _ in 0..ATTEMPTS {
        let now = ports.clock.now();
        let beside = store::picked(patient, picked, appointment);
        let looked = look_with(ports, &caller, &sealer, id, request, beside.into()).await?;
        let (found, read) = match looked {
            ControlFlow::Break(answer) => return Ok(answer),
            ControlFlow::Continue(looked) => looked,
        };
        let ticket = &found.ticket;
        if ticket.state != TicketState::Open {
            return Err(closed(&found));
        }
        let row = read[0].rows.first();
        let unit = row.map(|row| row.text("care_unit_id")).transpose()?;
        let own = row.filter(|_| unit == Some(ticket.care_unit.as_str()));
        let (slot, period) = fitting_slot(&found, own, now)?;
        if !slot.free {
            return Err(taken_at(period.starts_at, &caller, ports, &found).await?);
        }
        check_age(&found.care_unit, &found.patient.identity, period.starts_at)?;
        let overlaps = clashes(&read[1].rows)?;

        let booked = visits::Found {
            appointment: Appointment {
                id: appointment,
                care_provider: ticket.care_provider.clone(),
                care_unit: ticket.care_unit.clone(),
                patient: ticket.patient,
                kind: AppointmentKind::Ticket,
                state: AppointmentState::Booked,
                slot: Some(slot.id),
                ticket: Some(ticket.id),
                practitioner: slot.practitioner,
                role: slot.role,
                period,
                overlap_allowed_by: None,
                details: Details {
                    reason: ticket.details.reason.clone(),
                    instructions: ticket.details.instructions.clone(),
                    entry: None,
                },
                cancellation: None,
                participants: vec![],
                version: 1,
                calendar_sequence: 0,
                changed_at: now,
            },
            care_unit: found.care_unit.clone(),
            patient: found.patient.clone(),
            practitioner_name: None,
        };
        let visit = &booked.appointment;
        let (keep, answer) = request.keep(
            ports,
            &sealer,
            &caller,
            &ticket.care_provider,
            StatusCode::CREATED,
            &PickedView::of(visit, &overlaps),
        )?;
        // The ticket first: of many devices, the others learn that it is spent before they take a slot.
        let mut writing = vec![
            keep,
            store::redeem(ticket.id, appointment, now),
            Statement::require_changes(),
        ];
        writing.extend(claim(visit));
        writing.extend(visits::insert(ports, &sealer, visit, BY_PATIENT)?);
        writing.extend(messages(ports, &sealer, &booked, SmsTemplate::Booked)?);
        writing.push(visits::log_write(
            ports,
            &caller,
            appointment,
            &ticket.care_provider,
            ticket.patient,
        )?);
        match store.batch(writing).await {
            Ok(_) => {
                tell(ports, &ticket.care_unit);
                let place = format!("/booking/v1/appointments/{appointment}");
                return Ok(located(answer, place));
            }
            Err(error) => refusal(period.starts_at, &caller, ports, &found, error).await?,
        }
    }
    Err(Problem::unavailable(
        "others were quicker at every attempt to redeem a ticket",
    ))
}

/// Moves the visit that a ticket was redeemed for to another of its slots, until the unit's cut-off.
#[utoipa::path(post, path = "/tickets/v1/tickets/{id}/rebook", request_body = Pick,
    params(("id" = String, Path, description = "the ticket")),
    responses(
        (status = 200, body = PickedView),
        (status = 409, description = "the slot was taken (`next_slots` has others), too late, or nothing was picked"),
        (status = 422, description = "the slot isn't one of the ticket's")))]
pub async fn rebook(asked: By<SignedInPatient>) -> Result<Response, Problem> {
    let post: Post<Pick> = asked.post()?;
    let (patient, ports) = (&asked.who, &asked.ports);
    pick_another(patient, ports, asked.id(), post.body.slot, &post.identity).await
}

/// What [`rebook`] does, for a program and for a page.
pub async fn pick_another(
    patient: &SignedInPatient,
    ports: &Ports,
    id: &str,
    picked: SlotId,
    request: &RequestIdentity,
) -> Result<Response, Problem> {
    let id: TicketId = id.parse().map_err(|_| Problem::not_found())?;
    let caller = Caller::Patient(patient.clone());
    let sealer = Sealer::from_secrets(&*ports.secrets)?;
    let store = ports.store_for(&caller);
    for _ in 0..ATTEMPTS {
        let now = ports.clock.now();
        let found = match look(ports, &caller, &sealer, id, request).await? {
            ControlFlow::Break(answer) => return Ok(answer),
            ControlFlow::Continue(found) => found,
        };
        let appointment = found.ticket.appointment.ok_or_else(|| closed(&found))?;
        let read = store
            .batch(vec![
                visits::find(appointment, &caller),
                slot::find(picked, &found.ticket.care_unit),
                visits::clashes_of_patient(
                    patient.identity.as_str(),
                    &found.ticket.care_provider,
                    When::In(picked),
                    appointment,
                ),
            ])
            .await?;
        let row = read[0].rows.first().ok_or_else(Problem::not_found)?;
        let before = visits::Found::from_row(&sealer, row)?;
        let (slot, period) = fitting_slot(&found, read[1].rows.first(), now)?;
        let state = before.appointment.state.after(Step::Reschedule);
        let state = state.map_err(wrong_step)?;
        let cutoff = found.care_unit.cancellation_cutoff;
        patient_may_cancel(before.appointment.period, cutoff, now).map_err(not_now)?;
        if !slot.free {
            return Err(taken_at(period.starts_at, &caller, ports, &found).await?);
        }
        check_age(&found.care_unit, &found.patient.identity, period.starts_at)?;
        let overlaps = clashes(&read[2].rows)?;

        let mut after = before.clone();
        let visit = &mut after.appointment;
        visit.state = state;
        visit.slot = Some(slot.id);
        visit.practitioner = slot.practitioner;
        visit.role = slot.role;
        visit.period = period;
        visit.version += 1;
        visit.calendar_sequence += 1;
        visit.changed_at = now;
        after.practitioner_name = None;

        let (keep, answer) = request.keep(
            ports,
            &sealer,
            &caller,
            &found.ticket.care_provider,
            StatusCode::OK,
            &PickedView::of(&after.appointment, &overlaps),
        )?;
        let mut writing = vec![keep];
        writing.extend(change::rows(
            ports,
            &sealer,
            Step::Reschedule,
            &before,
            &after,
        )?);
        writing.push(visits::log_write(
            ports,
            &caller,
            appointment,
            &found.ticket.care_provider,
            found.ticket.patient,
        )?);
        match store.batch(writing).await {
            Ok(_) => return Ok(answer),
            Err(error) => refusal(period.starts_at, &caller, ports, &found, error).await?,
        }
    }
    Err(Problem::unavailable(
        "others were quicker at every attempt to rebook",
    ))
}

/// The slot that was picked, if it is one of the ticket's, and its time.
fn fitting_slot(
    found: &Found,
    row: Option<shared::platform::Row>,
    now: Timestamp,
) -> Result<(Slot, Period), Problem> {
    let slot = Slot::from_row(row.ok_or_else(outside_frame)?)?;
    let period = Period {
        starts_at: slot.starts_at,
        ends_at: slot.ends_at,
    };
    let frame = &found.ticket.frame;
    if frame.fits(period, slot.practitioner.as_ref(), slot.role, now) {
        Ok((slot, period))
    } else {
        Err(outside_frame())
    }
}

/// The answer where a slot was taken, with the free ones of the ticket that come next after its beginning; then, where
/// they are few, with the earliest.
async fn taken_at(
    at: Timestamp,
    caller: &Caller,
    ports: &Ports,
    found: &Found,
) -> Result<Problem, Problem> {
    let from = Cursor {
        moment: at,
        id: String::new(),
    };
    let mut next = fitting(caller, ports, found, Some(from), NEXT_SLOTS)
        .await?
        .slots;
    if next.len() < NEXT_SLOTS {
        let mut earliest = fitting(caller, ports, found, None, NEXT_SLOTS).await?.slots;
        earliest.retain(|one: &SlotView| next.iter().all(|known| known.id != one.id));
        next.extend(earliest);
        next.truncate(NEXT_SLOTS);
    }
    Ok(taken(next))
}

/// Turns the schema's no to a slot that begins then into an answer, or into `Ok` where looking again tells which of
/// several it was.
async fn refusal(
    at: Timestamp,
    caller: &Caller,
    ports: &Ports,
    found: &Found,
    error: StoreError,
) -> Result<(), Problem> {
    if was_repeated(&error)
        || error.refused_by("require_changes")
        || error.refused_by("appointments.slot_id")
        || error.refused_by("appointments.ticket_id")
    {
        return Ok(());
    }
    // A visit was laid over the slot, which says so a moment later: for the patient it is taken.
    if error.refused_by("appointments_do_not_overlap") {
        return Err(taken_at(at, caller, ports, found).await?);
    }
    Err(error.into())
}

/// Tells staff that no time fits: a task for them. The ticket stays open.
#[utoipa::path(post, path = "/tickets/v1/tickets/{id}/no-time-fits", request_body = NoTime,
    params(("id" = String, Path, description = "the ticket")),
    responses((status = 201, body = ToldView), (status = 409, description = "the ticket is no longer open")))]
pub async fn no_time_fits(asked: By<SignedInPatient>) -> Result<Response, Problem> {
    let post: Post<NoTime> = asked.post()?;
    let (patient, ports) = (&asked.who, &asked.ports);
    tell_staff(patient, ports, asked.id(), post.body.reason, &post.identity).await
}

/// What [`no_time_fits`] does, for a program and for a page.
pub async fn tell_staff(
    patient: &SignedInPatient,
    ports: &Ports,
    id: &str,
    reason: Option<Text<500>>,
    request: &RequestIdentity,
) -> Result<Response, Problem> {
    let id: TicketId = id.parse().map_err(|_| Problem::not_found())?;
    let caller = Caller::Patient(patient.clone());
    let sealer = Sealer::from_secrets(&*ports.secrets)?;
    let store = ports.store_for(&caller);
    for _ in 0..ATTEMPTS {
        let found = match look(ports, &caller, &sealer, id, request).await? {
            ControlFlow::Break(answer) => return Ok(answer),
            ControlFlow::Continue(found) => found,
        };
        let ticket = &found.ticket;
        if ticket.state != TicketState::Open {
            return Err(closed(&found));
        }
        let task = NewTask {
            care_provider: &ticket.care_provider,
            care_unit: &ticket.care_unit,
            kind: TaskKind::NoTimeFits,
            patient: ticket.patient,
            resource: ("ticket", ticket.id.to_string()),
            note: reason.as_ref().map(Text::as_str),
        };
        let told = ToldView {
            ticket: ticket.id.to_string(),
        };
        let (keep, answer) = request.keep(
            ports,
            &sealer,
            &caller,
            &ticket.care_provider,
            StatusCode::CREATED,
            &told,
        )?;
        let writing = vec![
            keep,
            task.insert(ports, &sealer)?,
            store::log_write(ports, &caller, ticket)?,
        ];
        match store.batch(writing).await {
            Ok(_) => {
                tell(ports, &ticket.care_unit);
                return Ok(answer);
            }
            Err(error) if was_repeated(&error) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(Problem::unavailable(
        "others were quicker at every attempt to tell staff",
    ))
}
