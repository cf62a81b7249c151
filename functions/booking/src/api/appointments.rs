//! JSON handlers for appointments. Each reads in one batch, decides by the rules, and writes in one batch:
//! the visit, its slot, its text message, the access log and the kept answer happen together or not at all.

use axum::response::{IntoResponse, Response};
use http::{StatusCode, header};
use serde::Deserialize;
use shared::appointment::change::{self, claim, messages};
use shared::appointment::problems::{not_now, slot_taken, unfit_period, wrong_step};
use shared::appointment::store::{self, Clash, Found, Wanted, When};
use shared::appointment::{
    Appointment, AppointmentKind, AppointmentState, Cancellation, CancelledBy, Contact, Details,
    EmailAddress, MOST_PARTICIPANTS, Participant, ParticipantRole, Period, Step, clock_allows,
    patient_may_cancel,
};
use shared::asked::{By, parsed};
use shared::care_unit::CareUnit;
use shared::commission::{named, role_at};
use shared::first_contact::{FirstContact, PatientInput, check_age, check_identity};
use shared::hsa_id::HsaId;
use shared::identifiers::{AppointmentId, ParticipantId, SlotId};
use shared::json::Json;
use shared::notification::tell;
use shared::paging::{Cursor, page_size, period};
use shared::patient::Patient;
use shared::phone_number::{MobileNumber, PhoneNumber};
use shared::platform::{Outcome, Ports, Statement, StoreError};
use shared::post::{ATTEMPTS, Nothing, Post, RequestIdentity, located, was_repeated};
use shared::practitioner::from_row;
use shared::problem::Problem;
use shared::role::Role;
use shared::sealing::{IdentityIndex, Sealer};
use shared::session::{Caller, Staff};
use shared::slot::{self, Slot};
use shared::sms_outbox::SmsTemplate;
use shared::text::Text;
use shared::time::{HOUR, Timestamp, start_of_day};
use utoipa::{IntoParams, ToSchema};

use super::view::{AppointmentPage, AppointmentView, ClashView};
use crate::store::{chat_of, practitioner_of_slot};

/// Someone to invite to a video visit: reached by phone or e-mail.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ParticipantInput {
    /// As what.
    pub role: ParticipantRole,
    /// Their name.
    #[schema(value_type = Option<String>)]
    pub name: Option<Text<100>>,
    /// Their phone number, a Swedish mobile.
    #[schema(value_type = Option<String>)]
    pub phone: Option<MobileNumber>,
    /// Their e-mail address.
    #[schema(value_type = Option<String>)]
    pub email: Option<EmailAddress>,
}

/// A visit to be booked. `scheduled` takes a `slot`; `free-time` and `video` take `starts_at` and `minutes`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAppointment {
    /// `scheduled`, `free-time` or `video`.
    pub kind: AppointmentKind,
    /// Who it is for.
    pub patient: PatientInput,
    /// Scheduled: which slot.
    #[schema(value_type = Option<String>)]
    pub slot: Option<SlotId>,
    /// Free-time and video: when it begins.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub starts_at: Option<Timestamp>,
    /// Free-time and video: how long it is, 1 to 480.
    pub minutes: Option<i64>,
    /// Free-time and video: with whom (HSA-id); yourself, if left out.
    #[schema(value_type = Option<String>)]
    pub practitioner: Option<HsaId>,
    /// Books over another visit of the practitioner, if there is one. Your name is kept with it.
    #[serde(default)]
    pub allow_overlap: bool,
    /// Video: who else to invite, ten at most.
    #[serde(default)]
    pub participants: Vec<ParticipantInput>,
    /// Reason for contact, 1 to 1,000 characters.
    #[schema(value_type = String)]
    pub reason: Text<1000>,
    /// How the patient should prepare, up to 4,000 characters.
    #[schema(value_type = Option<String>)]
    pub instructions: Option<Text<4000>>,
    /// Ingång, up to 200 characters.
    #[schema(value_type = Option<String>)]
    pub entry: Option<Text<200>>,
}

/// Books a visit in one of the three ways in which staff choose the time.
#[utoipa::path(post, path = "/booking/v1/appointments", request_body = NewAppointment,
    responses(
        (status = 201, body = AppointmentView),
        (status = 409, description = "the slot is taken, or the practitioner has another visit at the time"),
        (status = 422, description = "a value can't be used; `field` says which")))]
pub async fn book(asked: By<Staff>) -> Result<Response, Problem> {
    let post: Post<NewAppointment> = asked.post()?;
    book_visit(&asked.who, &asked.ports, &post.body, &post.identity).await
}

/// Books a visit for whoever asked: a program or a page.
pub async fn book_visit(
    staff: &Staff,
    ports: &Ports,
    new: &NewAppointment,
    request: &RequestIdentity,
) -> Result<Response, Problem> {
    let caller = Caller::Staff(staff.clone());
    let sealer = Sealer::from_secrets(&*ports.secrets)?;
    let now = ports.clock.now();
    let wanted = wanted_time(new)?;
    check_participants(new)?;
    check_identity(ports, &new.patient.personal_identity)?;
    let index = IdentityIndex::of(&*ports.secrets, &new.patient.personal_identity)?;
    let id = AppointmentId::new(ports);
    let practitioner = new.practitioner.as_ref().unwrap_or(&staff.practitioner);
    let store = ports.store_for(&caller);
    // Somebody's name stands with a visit only where it lies over another.
    let mut is_over = false;

    for _ in 0..ATTEMPTS {
        let with = match wanted {
            When::In(slot) => slot::find(slot, &staff.care_unit),
            When::At(_) => role_at(practitioner, &staff.care_unit, &staff.care_provider),
        };
        let found = store
            .batch(vec![
                request.lookup(&caller),
                CareUnit::find(&staff.care_unit, &staff.care_provider),
                Patient::find(&index, &staff.care_provider),
                store::clashes_of_patient(index.as_str(), &staff.care_provider, wanted, id),
                with,
            ])
            .await?;
        let [before, care_unit, patient, clashes, with] = found.as_slice() else {
            return Err(Problem::internal(
                "a batch answered with another number of outcomes",
            ));
        };
        if let Some(answer) = request.replay(&sealer, &caller, before)? {
            return Ok(answer);
        }
        let care_unit = CareUnit::from_row(CareUnit::connected(care_unit)?)?;

        let (slot, practitioner, practitioner_name, role, period) = match wanted {
            When::In(_) => {
                let row = with.rows.first().ok_or_else(Problem::not_found)?;
                let slot = Slot::from_row(row)?;
                if !slot.free {
                    return Err(slot_taken());
                }
                let period = Period {
                    starts_at: slot.starts_at,
                    ends_at: slot.ends_at,
                };
                let period = period
                    .bookable(now)
                    .map_err(|error| unfit_period("slot", error))?;
                (Some(slot.id), slot.practitioner, None, slot.role, period)
            }
            When::At(period) => {
                let period = period
                    .bookable(now)
                    .map_err(|error| unfit_period("starts_at", error))?;
                let (role, name) = named(
                    &sealer,
                    &staff.care_provider,
                    practitioner,
                    with,
                    "practitioner",
                )?;
                (None, Some(practitioner.clone()), Some(name), role, period)
            }
        };
        check_age(&care_unit, &new.patient.personal_identity, period.starts_at)?;
        let contact = FirstContact::of(ports, &sealer, &new.patient, patient)?;
        let contact_rows = contact.rows(ports, &sealer, &index, &staff.care_provider)?;
        let patient = contact.patient;

        let booked = Found {
            appointment: Appointment {
                id,
                care_provider: staff.care_provider.clone(),
                care_unit: staff.care_unit.clone(),
                patient: patient.id,
                kind: new.kind,
                state: AppointmentState::Booked,
                slot,
                ticket: None,
                practitioner,
                role,
                period,
                overlap_allowed_by: is_over.then(|| staff.practitioner.clone()),
                details: Details {
                    reason: new.reason.clone(),
                    instructions: new.instructions.clone(),
                    entry: new.entry.clone(),
                },
                cancellation: None,
                participants: invited(ports, &new.participants),
                version: 1,
                calendar_sequence: 0,
                changed_at: now,
            },
            care_unit,
            patient,
            practitioner_name,
        };
        let mut view = AppointmentView::of(&booked, &caller);
        view.warn_of(clashes, &staff.care_unit)?;

        let (keep, answer) = request.keep(
            ports,
            &sealer,
            &caller,
            &staff.care_provider,
            StatusCode::CREATED,
            &view,
        )?;
        let mut writing = vec![keep];
        writing.extend(contact_rows);
        writing.extend(claim(&booked.appointment));
        writing.extend(store::insert(
            ports,
            &sealer,
            &booked.appointment,
            staff.practitioner.as_str(),
        )?);
        writing.extend(messages(ports, &sealer, &booked, SmsTemplate::Booked)?);
        writing.push(store::log_write(
            ports,
            &caller,
            id,
            &staff.care_provider,
            booked.patient.id,
        )?);
        match store.batch(writing).await {
            Ok(_) => return Ok(located(answer, format!("/booking/v1/appointments/{id}"))),
            Err(error) if was_repeated(&error) || error.refused_by("patients.") => {}
            Err(error) if new.allow_overlap && !is_over && lies_over_another(&error) => {
                is_over = true;
            }
            Err(error) => {
                refusal(&*store, error, &booked.appointment, staff).await?;
            }
        }
    }
    Err(Problem::unavailable(
        "others were quicker at every attempt to book",
    ))
}

/// What is known of a visit before it is booked.
pub struct Foreseen {
    /// When it would be.
    pub period: Period,
    /// With whom, where a practitioner is named.
    pub practitioner_name: Option<String>,
    /// With what role.
    pub role: Role,
    /// The patient's name: as it is known here, or as it was written.
    pub patient_name: String,
    /// Other visits of the practitioner at the time.
    pub clashes_of_practitioner: Vec<Period>,
    /// Other visits of the patient at the care provider at the time.
    pub clashes_of_patient: Vec<Period>,
}

/// Looks at a visit that somebody is about to book, by the rules of [`book_visit`], and books nothing.
pub async fn foresee(
    staff: &Staff,
    ports: &Ports,
    new: &NewAppointment,
) -> Result<Foreseen, Problem> {
    let caller = Caller::Staff(staff.clone());
    let sealer = Sealer::from_secrets(&*ports.secrets)?;
    let now = ports.clock.now();
    let wanted = wanted_time(new)?;
    check_participants(new)?;
    check_identity(ports, &new.patient.personal_identity)?;
    let index = IdentityIndex::of(&*ports.secrets, &new.patient.personal_identity)?;
    let nobody = AppointmentId::new(ports);
    let practitioner = new.practitioner.as_ref().unwrap_or(&staff.practitioner);
    let found = ports
        .store_for(&caller)
        .batch(vec![
            CareUnit::find(&staff.care_unit, &staff.care_provider),
            Patient::find(&index, &staff.care_provider),
            store::clashes_of_patient(index.as_str(), &staff.care_provider, wanted, nobody),
            match wanted {
                When::In(slot) => slot::find(slot, &staff.care_unit),
                When::At(period) => store::clashes_of_practitioner(practitioner, period, nobody),
            },
            match wanted {
                When::In(slot) => practitioner_of_slot(slot, &staff.care_unit),
                When::At(_) => role_at(practitioner, &staff.care_unit, &staff.care_provider),
            },
            store::log_foreseen(ports, &caller, index.as_str(), &staff.care_provider)?,
        ])
        .await?;
    let care_unit = CareUnit::from_row(CareUnit::connected(&found[0])?)?;
    let periods = |outcome: &Outcome| -> Result<Vec<Period>, Problem> {
        Ok(outcome
            .rows
            .iter()
            .map(Period::from_row)
            .collect::<Result<_, _>>()?)
    };
    let provider = &staff.care_provider;
    let (period, clashes_of_practitioner, role, practitioner_name) = match wanted {
        When::At(period) => {
            let (role, name) = named(&sealer, provider, practitioner, &found[4], "practitioner")?;
            (period, periods(&found[3])?, role, Some(name))
        }
        When::In(_) => {
            let row = found[3].rows.first().ok_or_else(Problem::not_found)?;
            let slot = Slot::from_row(row)?;
            if !slot.free {
                return Err(slot_taken());
            }
            let with = found[4].rows.first();
            let with = with
                .map(|row| from_row(&sealer, provider, row))
                .transpose()?;
            let name = with.and_then(|(_, name)| name);
            (Period::from_row(row)?, vec![], slot.role, name)
        }
    };
    let period = period
        .bookable(now)
        .map_err(|error| unfit_period("starts_at", error))?;
    check_age(&care_unit, &new.patient.personal_identity, period.starts_at)?;
    let contact = FirstContact::of(ports, &sealer, &new.patient, &found[1])?;
    Ok(Foreseen {
        period,
        practitioner_name,
        role,
        patient_name: contact.patient.name,
        clashes_of_practitioner,
        clashes_of_patient: periods(&found[2])?,
    })
}

/// When the visit is to be, from the fields that its kind takes. Whether that can still be booked is for the clock to
/// say, after the request has been looked for among those that were answered.
fn wanted_time(new: &NewAppointment) -> Result<When, Problem> {
    let unfit = |field, detail| Err(Problem::invalid(field, detail));
    match new.kind {
        AppointmentKind::Scheduled => {
            if new.starts_at.is_some() || new.minutes.is_some() {
                return unfit(
                    "starts_at",
                    "a scheduled visit takes its time from its slot",
                );
            }
            if new.practitioner.is_some() {
                return unfit(
                    "practitioner",
                    "a scheduled visit takes its practitioner from its slot",
                );
            }
            match new.slot {
                Some(slot) => Ok(When::In(slot)),
                None => unfit("slot", "name the slot to book"),
            }
        }
        AppointmentKind::FreeTime | AppointmentKind::Video => {
            if new.slot.is_some() {
                return unfit("slot", "only a scheduled visit has a slot");
            }
            let Some(starts_at) = new.starts_at else {
                return unfit("starts_at", "say when the visit begins");
            };
            let Some(minutes) = new.minutes else {
                return unfit("minutes", "say how many minutes the visit takes");
            };
            Period::of_minutes(starts_at, minutes)
                .map(When::At)
                .map_err(|error| unfit_period("minutes", error))
        }
        AppointmentKind::Ticket => unfit(
            "kind",
            "a ticket is redeemed by the patient; book scheduled, free-time or video",
        ),
    }
}

fn check_participants(new: &NewAppointment) -> Result<(), Problem> {
    if new.kind != AppointmentKind::Video && !new.participants.is_empty() {
        return Err(Problem::invalid(
            "participants",
            "only a video visit has participants",
        ));
    }
    if new.participants.len() > MOST_PARTICIPANTS {
        return Err(Problem::invalid(
            "participants",
            format!("invite {MOST_PARTICIPANTS} at most"),
        ));
    }
    let unreachable = new
        .participants
        .iter()
        .position(|p| p.phone.is_none() && p.email.is_none());
    match unreachable {
        Some(place) => Err(Problem::invalid(
            &format!("participants[{place}].phone"),
            "give a phone number or an e-mail address",
        )),
        None => Ok(()),
    }
}

fn invited(ports: &Ports, inputs: &[ParticipantInput]) -> Vec<Participant> {
    inputs
        .iter()
        .map(|input| Participant {
            id: ParticipantId::new(ports),
            role: input.role,
            contact: Contact {
                name: input.name.clone(),
                phone: input
                    .phone
                    .clone()
                    .map(|phone| PhoneNumber::from(phone).as_str().to_owned()),
                email: input.email.clone(),
            },
        })
        .collect()
}

/// Whether the schema refused a visit because the practitioner has another at the time.
fn lies_over_another(error: &StoreError) -> bool {
    error.refused_by("appointments_do_not_overlap")
}

/// Turns the schema's no into an answer, or into `Ok` where looking again may help.
async fn refusal(
    store: &dyn shared::platform::Store,
    error: StoreError,
    wanted: &Appointment,
    staff: &Staff,
) -> Result<(), Problem> {
    if lies_over_another(&error) {
        let Some(practitioner) = &wanted.practitioner else {
            return Err(error.into());
        };
        let clashes = store
            .query(store::clashes_of_practitioner(
                practitioner,
                wanted.period,
                wanted.id,
            ))
            .await?;
        // Gone again meanwhile: the time is free now.
        let Some(row) = clashes.rows.first() else {
            return Ok(());
        };
        let clash = ClashView::of(&Clash::from_row(row)?, &staff.care_unit);
        return Err(Problem::new(
            StatusCode::CONFLICT,
            "practitioner-busy",
            "The practitioner has another visit at this time",
        )
        .detail("Choose another time, or set allow_overlap to book over it in your name.")
        .with("clash", serde_json::to_value(clash).unwrap_or_default()));
    }
    if error.refused_by("require_changes") || error.refused_by("appointments.slot_id") {
        return Ok(());
    }
    Err(error.into())
}

/// Which visits to list.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AppointmentQuery {
    /// From this moment or Swedish date; for staff today, for patients a year back, if left out.
    pub from: Option<String>,
    /// Until this moment or Swedish date, exclusive; for staff a day, for patients three years after `from`.
    pub to: Option<String>,
    /// Staff: with this practitioner (HSA-id) alone.
    #[param(value_type = Option<String>)]
    pub practitioner: Option<HsaId>,
    /// 1 to 500; 200, if left out.
    pub limit: Option<u16>,
    /// `next` of the page before.
    pub cursor: Option<String>,
}

impl AppointmentQuery {
    fn of(asked: &By<Caller>) -> Result<Self, Problem> {
        let [from, to, practitioner, limit, cursor] =
            asked.query(["from", "to", "practitioner", "limit", "cursor"])?;
        Ok(AppointmentQuery {
            from,
            to,
            practitioner: parsed("practitioner", practitioner)?,
            limit: parsed("limit", limit)?,
            cursor,
        })
    }
}

/// The unit's visits in a period, or the patient's own.
#[utoipa::path(get, path = "/booking/v1/appointments", params(AppointmentQuery),
    responses((status = 200, body = AppointmentPage)))]
pub async fn list(asked: By<Caller>) -> Result<Json<AppointmentPage>, Problem> {
    const YEAR: u64 = 366;
    let query = AppointmentQuery::of(&asked)?;
    let (caller, ports) = (asked.who, asked.ports);
    let today = ports.clock.now().date_in_stockholm();
    let (from, until) = match &caller {
        Caller::Staff(_) => period(&query.from, &query.to, start_of_day(today), 1, 62)?,
        Caller::Patient(_) => {
            let a_year_back = today - chrono::Days::new(YEAR);
            period(
                &query.from,
                &query.to,
                start_of_day(a_year_back),
                3 * YEAR,
                3 * YEAR,
            )?
        }
    };
    let cursor = query.cursor.as_deref().map(Cursor::parse).transpose()?;
    let size = page_size(query.limit)?;
    let wanted = Wanted {
        until,
        after: cursor
            .as_ref()
            .map_or((from, ""), |cursor| (cursor.moment, &cursor.id)),
        practitioner: query.practitioner.as_ref(),
        limit: size as i64 + 1,
    };
    let sealer = Sealer::from_secrets(&*ports.secrets)?;
    let statements = store::list(&ports, &caller, &wanted)?;
    let found = ports.store_for(&caller).batch(statements.into()).await?;
    let mut appointments = Vec::new();
    let mut last = None;
    for row in found[0].rows.iter().take(size) {
        let one = Found::from_row(&sealer, row)?;
        last = Some(Cursor {
            moment: one.appointment.period.starts_at,
            id: one.appointment.id.to_string(),
        });
        appointments.push(AppointmentView::listed(&one, &caller));
    }
    let next = match last {
        Some(last) if found[0].rows.len() > size => Some(last.to_text()),
        _ => None,
    };
    Ok(Json(AppointmentPage { appointments, next }))
}

pub(crate) async fn find_and_log(
    caller: &Caller,
    ports: &Ports,
    id: &str,
) -> Result<Found, Problem> {
    let id: AppointmentId = id.parse().map_err(|_| Problem::not_found())?;
    let sealer = Sealer::from_secrets(&*ports.secrets)?;
    let found = ports
        .store_for(caller)
        .batch(vec![
            store::find(id, caller),
            store::log_read(ports, caller, id)?,
        ])
        .await?;
    let row = found[0].rows.first().ok_or_else(Problem::not_found)?;
    Found::from_row(&sealer, row)
}

/// One visit.
#[utoipa::path(get, path = "/booking/v1/appointments/{id}",
    params(("id" = String, Path, description = "the visit")),
    responses((status = 200, body = AppointmentView), (status = 404, description = "none, or none for you")))]
pub async fn read(asked: By<Caller>) -> Result<Response, Problem> {
    let found = find_and_log(&asked.who, &asked.ports, asked.id()).await?;
    let tag = format!("\"{}\"", found.appointment.version);
    Ok((
        [(header::ETAG, tag)],
        Json(AppointmentView::of(&found, &asked.who)),
    )
        .into_response())
}

/// The visit as an iCalendar file.
#[utoipa::path(get, path = "/booking/v1/appointments/{id}/calendar.ics",
    params(("id" = String, Path, description = "the visit")),
    responses((status = 200, content_type = "text/calendar", body = String)))]
pub async fn calendar(asked: By<Caller>) -> Result<Response, Problem> {
    let found = find_and_log(&asked.who, &asked.ports, asked.id()).await?;
    Ok((
        [
            (header::CONTENT_TYPE, "text/calendar; charset=utf-8"),
            (
                header::CONTENT_DISPOSITION,
                "attachment; filename=\"besok.ics\"",
            ),
        ],
        crate::calendar::calendar(&found),
    )
        .into_response())
}

/// Where a visit is to move.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewTime {
    /// Scheduled: to this slot.
    #[schema(value_type = Option<String>)]
    pub slot: Option<SlotId>,
    /// Free-time and video: to this time.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub starts_at: Option<Timestamp>,
    /// Free-time and video: of this length; as before, if left out.
    pub minutes: Option<i64>,
    /// Moves it over another visit of the practitioner, if there is one. Your name is kept with it.
    #[serde(default)]
    pub allow_overlap: bool,
}

/// Why staff calls a visit off.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CancelRequest {
    /// Needed from staff; a patient gives none.
    #[schema(value_type = Option<String>)]
    pub reason: Option<Text<1000>>,
}

/// Moves a visit to another time. For staff.
#[utoipa::path(post, path = "/booking/v1/appointments/{id}/reschedule", request_body = NewTime,
    params(("id" = String, Path, description = "the visit")),
    responses((status = 200, body = AppointmentView), (status = 409, description = "taken, busy, or a wrong step")))]
pub async fn reschedule(asked: By<Staff>) -> Result<Response, Problem> {
    let post: Post<NewTime> = asked.post()?;
    move_visit(
        &asked.who,
        &asked.ports,
        asked.id(),
        &post.identity,
        &post.body,
    )
    .await
}

/// Moves a visit for whoever asked: a program or a page.
pub async fn move_visit(
    staff: &Staff,
    ports: &Ports,
    id: &str,
    request: &RequestIdentity,
    to: &NewTime,
) -> Result<Response, Problem> {
    let caller = Caller::Staff(staff.clone());
    let now = ports.clock.now();
    let extra = to.slot.map(|slot| slot::find(slot, &staff.care_unit));
    change(
        &caller,
        ports,
        id,
        request,
        extra,
        Step::Reschedule,
        &|visit, slot| {
            if visit.slot.is_some() {
                if to.starts_at.is_some() || to.minutes.is_some() {
                    return Err(Problem::invalid(
                        "starts_at",
                        "a scheduled visit moves to another slot",
                    ));
                }
                if to.slot.is_none() {
                    return Err(Problem::invalid("slot", "name the slot to move to"));
                }
                let slot = slot.ok_or_else(Problem::not_found)?;
                if !slot.free {
                    return Err(slot_taken());
                }
                let period = Period {
                    starts_at: slot.starts_at,
                    ends_at: slot.ends_at,
                };
                visit.period = period
                    .bookable(now)
                    .map_err(|error| unfit_period("slot", error))?;
                visit.slot = Some(slot.id);
                visit.practitioner = slot.practitioner.clone();
                visit.role = slot.role;
            } else {
                if to.slot.is_some() {
                    return Err(Problem::invalid(
                        "slot",
                        "only a scheduled visit has a slot",
                    ));
                }
                let Some(starts_at) = to.starts_at else {
                    return Err(Problem::invalid("starts_at", "say when the visit begins"));
                };
                let before = visit.period.ends_at.millis() - visit.period.starts_at.millis();
                let minutes = to.minutes.unwrap_or(before / shared::time::MINUTE);
                let period = Period::of_minutes(starts_at, minutes)
                    .map_err(|error| unfit_period("minutes", error))?;
                visit.period = period
                    .bookable(now)
                    .map_err(|error| unfit_period("starts_at", error))?;
            }
            visit.overlap_allowed_by = to.allow_overlap.then(|| staff.practitioner.clone());
            visit.calendar_sequence += 1;
            Ok(())
        },
    )
    .await
}

/// Calls a visit off: staff with a reason, a patient until the unit's cut-off.
#[utoipa::path(post, path = "/booking/v1/appointments/{id}/cancel", request_body = CancelRequest,
    params(("id" = String, Path, description = "the visit")),
    responses((status = 200, body = AppointmentView), (status = 409, description = "too late, or a wrong step")))]
pub async fn cancel(asked: By<Caller>) -> Result<Response, Problem> {
    let post: Post<CancelRequest> = asked.post()?;
    cancel_visit(
        &asked.who,
        &asked.ports,
        asked.id(),
        &post.identity,
        &post.body,
    )
    .await
}

/// Calls a visit off for whoever asked: a program or a page.
pub async fn cancel_visit(
    caller: &Caller,
    ports: &Ports,
    id: &str,
    request: &RequestIdentity,
    body: &CancelRequest,
) -> Result<Response, Problem> {
    let by = match caller {
        Caller::Staff(_) if body.reason.is_none() => {
            return Err(Problem::invalid(
                "reason",
                "write why the visit is called off",
            ));
        }
        Caller::Staff(_) => CancelledBy::Staff,
        Caller::Patient(_) if body.reason.is_some() => {
            return Err(Problem::invalid(
                "reason",
                "a patient cancels without a reason",
            ));
        }
        Caller::Patient(_) => CancelledBy::Patient,
    };
    let cancellation = Cancellation {
        by,
        reason: body.reason.clone(),
    };
    change(
        caller,
        ports,
        id,
        request,
        None,
        Step::Cancel,
        &|visit, _| {
            visit.cancellation = Some(cancellation.clone());
            visit.calendar_sequence += 1;
            Ok(())
        },
    )
    .await
}

/// The patient is here: said by the patient ("jag är här") or seen by staff.
#[utoipa::path(post, path = "/booking/v1/appointments/{id}/arrive", request_body = Nothing,
    params(("id" = String, Path, description = "the visit")),
    responses((status = 200, body = AppointmentView), (status = 409, description = "too early, too late, or a wrong step")))]
pub async fn arrive(asked: By<Caller>) -> Result<Response, Problem> {
    asked_step(&asked, &asked.who, Step::Arrive).await
}

/// The visit begins. For staff.
#[utoipa::path(post, path = "/booking/v1/appointments/{id}/start", request_body = Nothing,
    params(("id" = String, Path, description = "the visit")),
    responses((status = 200, body = AppointmentView), (status = 409, description = "too early, or a wrong step")))]
pub async fn start(asked: By<Staff>) -> Result<Response, Problem> {
    asked_step(&asked, &Caller::Staff(asked.who.clone()), Step::Start).await
}

/// The visit is over. For staff.
#[utoipa::path(post, path = "/booking/v1/appointments/{id}/complete", request_body = Nothing,
    params(("id" = String, Path, description = "the visit")),
    responses((status = 200, body = AppointmentView), (status = 409, description = "a wrong step")))]
pub async fn complete(asked: By<Staff>) -> Result<Response, Problem> {
    asked_step(&asked, &Caller::Staff(asked.who.clone()), Step::Complete).await
}

/// The patient did not come. For staff, once the visit's time has come.
#[utoipa::path(post, path = "/booking/v1/appointments/{id}/no-show", request_body = Nothing,
    params(("id" = String, Path, description = "the visit")),
    responses((status = 200, body = AppointmentView), (status = 409, description = "too early, or a wrong step")))]
pub async fn mark_no_show(asked: By<Staff>) -> Result<Response, Problem> {
    asked_step(&asked, &Caller::Staff(asked.who.clone()), Step::MarkNoShow).await
}

async fn asked_step<Who>(
    asked: &By<Who>,
    caller: &Caller,
    step: Step,
) -> Result<Response, Problem> {
    let post: Post<Nothing> = asked.post()?;
    take_step(caller, &asked.ports, asked.id(), &post.identity, step).await
}

/// Takes a step that changes nothing but the visit's state, for whoever asked: a program or a page.
pub async fn take_step(
    caller: &Caller,
    ports: &Ports,
    id: &str,
    request: &RequestIdentity,
    step: Step,
) -> Result<Response, Problem> {
    change(caller, ports, id, request, None, step, &|_, _| Ok(())).await
}

/// What a step changes of a visit beside its state; given the slot that the request names, if any.
type Apply<'a> = &'a (dyn Fn(&mut Appointment, Option<Slot>) -> Result<(), Problem> + Sync);

/// Every change of a visit: reads it, takes the step if the rules allow, lets `apply` change what the step
/// changes beside the state, and writes it over the version that was read, or looks again.
async fn change(
    caller: &Caller,
    ports: &Ports,
    id: &str,
    request: &RequestIdentity,
    slot: Option<Statement>,
    step: Step,
    apply: Apply<'_>,
) -> Result<Response, Problem> {
    let id: AppointmentId = id.parse().map_err(|_| Problem::not_found())?;
    let sealer = Sealer::from_secrets(&*ports.secrets)?;
    let store = ports.store_for(caller);
    let now = ports.clock.now();
    let mut is_over = false;
    for _ in 0..ATTEMPTS {
        let mut reading = vec![request.lookup(caller), store::find(id, caller)];
        reading.extend(slot.clone());
        let found = store.batch(reading).await?;
        if let Some(answer) = request.replay(&sealer, caller, &found[0])? {
            return Ok(answer);
        }
        let before = Found::from_row(
            &sealer,
            found[1].rows.first().ok_or_else(Problem::not_found)?,
        )?;
        let slot = found
            .get(2)
            .and_then(|outcome| outcome.rows.first())
            .map(Slot::from_row)
            .transpose()?;

        let mut after = before.clone();
        let visit = &mut after.appointment;
        visit.state = before.appointment.state.after(step).map_err(wrong_step)?;
        clock_allows(step, before.appointment.period, now).map_err(not_now)?;
        if step == Step::Cancel && matches!(caller, Caller::Patient(_)) {
            let cutoff = before.care_unit.cancellation_cutoff;
            patient_may_cancel(before.appointment.period, cutoff, now).map_err(not_now)?;
        }
        visit.version += 1;
        visit.changed_at = now;
        apply(visit, slot)?;
        let wanted = visit.period;
        // As in booking: the name stands where there turns out to be another visit below.
        let mut allows_over = false;
        if step == Step::Reschedule && !is_over {
            allows_over = visit.overlap_allowed_by.take().is_some();
        }
        let mut clashes = None;
        if step == Step::Reschedule {
            let (unit, patient) = (&before.care_unit, &before.patient);
            check_age(unit, &patient.identity, wanted.starts_at)?;
            let index = IdentityIndex::of(&*ports.secrets, &patient.identity)?;
            let provider = &before.appointment.care_provider;
            let asked = store::clashes_of_patient(index.as_str(), provider, When::At(wanted), id);
            clashes = Some(store.query(asked).await?);
        }
        if after.appointment.practitioner != before.appointment.practitioner {
            after.practitioner_name = None;
        }

        let mut view = AppointmentView::of(&after, caller);
        if let Some(clashes) = &clashes {
            view.warn_of(clashes, &before.appointment.care_unit)?;
        }
        let (keep, answer) = request.keep(
            ports,
            &sealer,
            caller,
            &before.appointment.care_provider,
            StatusCode::OK,
            &view,
        )?;
        let mut writing = vec![keep];
        writing.extend(change::rows(ports, &sealer, step, &before, &after)?);
        writing.push(store::log_write(
            ports,
            caller,
            id,
            &before.appointment.care_provider,
            before.patient.id,
        )?);
        // Whoever has the visit's chat open sees at once what becomes of it. Days before it nobody has.
        let away = before.appointment.period.starts_at.millis() - now.millis();
        let changes_chat = away.abs() < 24 * HOUR
            && matches!(step, Step::Cancel | Step::MarkNoShow | Step::Reschedule);
        if changes_chat {
            writing.push(chat_of(id));
        }
        match store.batch(writing).await {
            Ok(outcomes) => {
                if step == Step::Arrive {
                    tell(ports, &before.appointment.care_unit);
                }
                let chat = outcomes.last().and_then(|outcome| outcome.rows.first());
                if let Some(chat) = chat.filter(|_| changes_chat) {
                    ports.rooms.tell(chat.text("id")?, "change");
                }
                return Ok(answer);
            }
            Err(error) if was_repeated(&error) => {}
            Err(error) if allows_over && lies_over_another(&error) => is_over = true,
            Err(error) => match caller {
                Caller::Staff(staff) => {
                    refusal(&*store, error, &after.appointment, staff).await?;
                }
                Caller::Patient(_) if error.refused_by("require_changes") => {}
                Caller::Patient(_) => return Err(error.into()),
            },
        }
    }
    Err(Problem::unavailable(
        "others were quicker at every attempt to change a visit",
    ))
}
