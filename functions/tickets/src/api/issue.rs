//! JSON handlers for staff: issuing a ticket, and revoking, extending and sending it again. A ticket, its code
//! and its text message are written in one batch, with the access log and the kept answer.

use std::ops::ControlFlow;

use axum::response::Response;
use chrono::NaiveDate;
use http::StatusCode;
use serde::Deserialize;
use shared::care_unit::CareUnit;
use shared::commission::{named, role_at};
use shared::first_contact::{FirstContact, PatientInput, check_age, check_identity};
use shared::hsa_id::HsaId;
use shared::identifiers::TicketId;
use shared::patient::Patient;
use shared::platform::{Batch, Ports, Statement};
use shared::post::{ATTEMPTS, Nothing, Post, RequestIdentity, located, was_repeated};
use shared::problem::Problem;
use shared::role::Role;
use shared::same_origin::own_origin;
use shared::sealing::{IdentityIndex, Sealer};
use shared::session::{Caller, Staff};
use shared::sms_outbox::{About, NewSms, SmsFields, SmsTemplate};
use shared::text::Text;
use shared::time::Timestamp;
use utoipa::ToSchema;

use super::look;
use super::problems::{closed, unfit};
use super::view::{TicketView, TicketWarning};
use crate::By;
use crate::code::TicketCode;
use crate::store::{self, Found};
use crate::ticket::{
    Frame, Ticket, TicketDetails, TicketState, USUAL_DAYS, length, moments, valid_until,
    valid_within,
};

/// A ticket to be issued, for a role or for one practitioner of the unit.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewTicket {
    /// Who it is for.
    pub patient: PatientInput,
    /// With anyone of this role.
    pub role: Option<Role>,
    /// With this practitioner (HSA-id).
    #[schema(value_type = Option<String>)]
    pub practitioner: Option<HsaId>,
    /// How long the visit is, 1 to 480 minutes: only slots of this length fit.
    pub minutes: i64,
    /// The first day that may be picked; today, if left out.
    #[schema(value_type = Option<String>, format = Date)]
    pub first_day: Option<NaiveDate>,
    /// The last day that may be picked.
    #[schema(value_type = String, format = Date)]
    pub last_day: NaiveDate,
    /// For how many days from now a time can be picked, 1 to 84; 7, if left out. Never longer than the last day.
    pub valid_days: Option<u16>,
    /// Reason for contact, 1 to 1,000 characters.
    #[schema(value_type = String)]
    pub reason: Text<1000>,
    /// How the patient should prepare, up to 4,000 characters.
    #[schema(value_type = Option<String>)]
    pub instructions: Option<Text<4000>>,
}

/// For how long a ticket is valid after all.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Extension {
    /// For how many days from its issue, 1 to 84. Never longer than the last day that may be picked.
    pub valid_days: u16,
    /// The last day that may be picked; as before, if left out.
    #[schema(value_type = Option<String>, format = Date)]
    pub last_day: Option<NaiveDate>,
}

/// Issues a ticket and sends its link by text message.
#[utoipa::path(post, path = "/tickets/v1/tickets", request_body = NewTicket,
    responses(
        (status = 201, body = TicketView),
        (status = 422, description = "a value can't be used; `field` says which")))]
pub async fn issue(asked: By<Staff>) -> Result<Response, Problem> {
    let post: Post<NewTicket> = asked.post()?;
    issue_ticket(&asked.who, &asked.ports, &post.body, &post.identity).await
}

/// What [`issue`] does, for a program and for a page.
pub async fn issue_ticket(
    staff: &Staff,
    ports: &Ports,
    new: &NewTicket,
    request: &RequestIdentity,
) -> Result<Response, Problem> {
    let caller = Caller::Staff(staff.clone());
    let sealer = Sealer::from_secrets(&*ports.secrets)?;
    let now = ports.clock.now();
    let minutes = length(new.minutes).map_err(|error| unfit("minutes", error))?;
    let first_day = new.first_day.unwrap_or(now.date_in_stockholm());
    // Days that have passed since are no fault of a request that was answered before.
    let days = moments(first_day, new.last_day, now);
    let valid_days = new.valid_days.unwrap_or(USUAL_DAYS);
    valid_until(now, valid_days).map_err(|error| unfit("valid_days", error))?;
    check_with_whom(new.role, new.practitioner.as_ref())?;
    check_identity(ports, &new.patient.personal_identity)?;
    let index = IdentityIndex::of(&*ports.secrets, &new.patient.personal_identity)?;
    let id = TicketId::new(ports);
    let store = ports.store_for(&caller);

    for _ in 0..ATTEMPTS {
        let mut reading = vec![
            request.lookup(&caller),
            CareUnit::find(&staff.care_unit, &staff.care_provider),
            Patient::find(&index, &staff.care_provider),
        ];
        if let Some(practitioner) = &new.practitioner {
            reading.push(role_at(
                practitioner,
                &staff.care_unit,
                &staff.care_provider,
            ));
        }
        let found = store.batch(reading).await?;
        if let Some(answer) = request.replay(&sealer, &caller, &found[0])? {
            return Ok(answer);
        }
        let (from, until) = days.map_err(|error| unfit("last_day", error))?;
        let valid_until =
            valid_within(now, valid_days, until).map_err(|error| unfit("valid_days", error))?;
        let care_unit = CareUnit::from_row(CareUnit::connected(&found[1])?)?;
        check_age(&care_unit, &new.patient.personal_identity, now)?;
        let (role, practitioner_name) = match (&new.practitioner, found.get(3)) {
            (Some(practitioner), Some(found)) => {
                let care_provider = &staff.care_provider;
                let (role, name) =
                    named(&sealer, care_provider, practitioner, found, "practitioner")?;
                (role, Some(name))
            }
            _ => (new.role.unwrap_or(staff.role), None),
        };
        let contact = FirstContact::of(ports, &sealer, &new.patient, &found[2])?;
        let contact_rows = contact.rows(ports, &sealer, &index, &staff.care_provider)?;
        let patient = contact.patient;

        let issued = Found {
            ticket: Ticket {
                id,
                care_provider: staff.care_provider.clone(),
                care_unit: staff.care_unit.clone(),
                patient: patient.id,
                state: TicketState::Open,
                frame: Frame {
                    practitioner: new.practitioner.clone(),
                    role,
                    minutes,
                    from,
                    until,
                },
                valid_until,
                details: TicketDetails {
                    reason: new.reason.clone(),
                    instructions: new.instructions.clone(),
                },
                appointment: None,
                version: 1,
                sent_at: now,
                reminded: false,
                issued_at: now,
            },
            care_unit,
            patient,
            practitioner_name,
            visit: None,
        };
        let mut view = TicketView::of(&issued, &caller);
        view.warnings = warnings(&*store, &issued, now).await?;

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
        writing.extend(rows(ports, &sealer, &issued, &staff.practitioner, true)?);
        writing.push(store::log_write(ports, &caller, &issued.ticket)?);
        match store.batch(writing).await {
            Ok(_) => return Ok(located(answer, format!("/tickets/v1/tickets/{id}"))),
            Err(error) if was_repeated(&error) || error.refused_by("patients.") => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(Problem::unavailable(
        "others were quicker at every attempt to issue a ticket",
    ))
}

/// A ticket is for a role or for one practitioner.
pub fn check_with_whom(role: Option<Role>, practitioner: Option<&HsaId>) -> Result<(), Problem> {
    match (role, practitioner) {
        (Some(_), Some(_)) => Err(Problem::invalid(
            "practitioner",
            "name a role or a practitioner, not both",
        )),
        (None, None) => Err(Problem::invalid("role", "name a role or a practitioner")),
        (Some(role), _) if !role.meets_patients() => Err(Problem::invalid(
            "role",
            "nobody meets patients in this role",
        )),
        _ => Ok(()),
    }
}

/// The statements that keep a new ticket and send its link. `asked`: somebody waits for it, at whatever hour.
pub fn rows(
    ports: &Ports,
    sealer: &Sealer,
    issued: &Found,
    issued_by: &HsaId,
    asked: bool,
) -> Result<Batch, Problem> {
    let mut rows = vec![store::insert(ports, sealer, &issued.ticket, issued_by)?];
    rows.extend(message(ports, sealer, issued, SmsTemplate::Ticket, asked)?);
    Ok(rows)
}

/// What should be known: more tickets than slots, or a patient whom no message reaches.
async fn warnings(
    store: &dyn shared::platform::Store,
    issued: &Found,
    now: Timestamp,
) -> Result<Vec<TicketWarning>, Problem> {
    let ticket = &issued.ticket;
    let balance = store::balance(store, &ticket.care_unit, &ticket.frame, 1, now).await?;
    let mut warnings = vec![];
    if balance.is_short() {
        warnings.push(TicketWarning {
            kind: "too-few-slots",
            open_tickets: Some(balance.tickets),
            free_slots: Some(balance.slots),
        });
    }
    if issued.patient.reachable_at().is_none() {
        warnings.push(TicketWarning {
            kind: "no-message",
            open_tickets: None,
            free_slots: None,
        });
    }
    Ok(warnings)
}

/// The statements that send a ticket's link: a new code, and the message that carries it.
pub fn message(
    ports: &Ports,
    sealer: &Sealer,
    found: &Found,
    template: SmsTemplate,
    asked: bool,
) -> Result<Batch, Problem> {
    let ticket = &found.ticket;
    let code = TicketCode::new(&*ports.random);
    let origin = own_origin(&*ports.secrets)?;
    let fields = SmsFields {
        link: Some(format!("{origin}/t/{}", code.as_str())),
        until: Some(ticket.valid_until),
    };
    let sms = NewSms {
        care_provider: &ticket.care_provider,
        care_unit: &ticket.care_unit,
        patient: found.patient.id,
        about: About::Ticket(ticket.id),
        participant: None,
        template,
        language: &found.patient.language,
        recipient: found.patient.reachable_at(),
        fields: Some(&fields),
        asked,
    };
    let mut batch: Vec<Statement> = vec![];
    // A message that doesn't go needs no code that works.
    if sms.recipient.is_some() {
        batch.push(store::insert_code(ports, ticket, &code)?);
    }
    batch.push(sms.insert(ports, sealer)?);
    Ok(batch)
}

/// Takes a ticket back that nobody has redeemed.
#[utoipa::path(post, path = "/tickets/v1/tickets/{id}/revoke", request_body = Nothing,
    params(("id" = String, Path, description = "the ticket")),
    responses((status = 200, body = TicketView), (status = 409, description = "redeemed or revoked")))]
pub async fn revoke(asked: By<Staff>) -> Result<Response, Problem> {
    let post: Post<Nothing> = asked.post()?;
    take_back(&asked.who, &asked.ports, asked.id(), &post.identity).await
}

/// Makes a ticket valid for longer, up to twelve weeks from its issue, or moves the last day that may be picked; one
/// that has expired opens again.
#[utoipa::path(post, path = "/tickets/v1/tickets/{id}/extend", request_body = Extension,
    params(("id" = String, Path, description = "the ticket")),
    responses(
        (status = 200, body = TicketView),
        (status = 409, description = "redeemed or revoked"),
        (status = 422, description = "it would not be longer; `field` says what stands in the way")))]
pub async fn extend(asked: By<Staff>) -> Result<Response, Problem> {
    let post: Post<Extension> = asked.post()?;
    let (staff, ports) = (&asked.who, &asked.ports);
    make_longer(staff, ports, asked.id(), &post.body, &post.identity).await
}

/// What [`extend`] does, for a program and for a page.
pub async fn make_longer(
    staff: &Staff,
    ports: &Ports,
    id: &str,
    to: &Extension,
    request: &RequestIdentity,
) -> Result<Response, Problem> {
    let now = ports.clock.now();
    change(staff, ports, id, request, &|ticket| {
        let (frame, days) = (&ticket.frame, to.valid_days);
        let until = match to.last_day {
            Some(last) => {
                let first = frame.from.date_in_stockholm();
                let moved = moments(first, last, now).map_err(|error| unfit("last_day", error))?;
                moved.1
            }
            None => frame.until,
        };
        let in_days = |error| unfit("valid_days", error);
        let asked = valid_until(ticket.issued_at, days).map_err(in_days)?;
        let longer = valid_within(ticket.issued_at, days, until).map_err(in_days)?;
        let is_same = (longer, until) == (ticket.valid_until, frame.until);
        if longer < ticket.valid_until || longer <= now || until < frame.until || is_same {
            // The days end where the ticket does, or its last day ends before them.
            return Err(if asked <= ticket.valid_until || asked <= now {
                let detail = "count from the day of issue, and beyond the end that the ticket has";
                Problem::invalid("valid_days", detail)
            } else {
                let detail = "nothing can be picked after the last day: move it to a later one";
                Problem::invalid("last_day", detail)
            });
        }
        ticket.frame.until = until;
        ticket.valid_until = longer;
        ticket.state = TicketState::Open;
        ticket.reminded = false;
        Ok(None)
    })
    .await
}

/// Sends the link of an open ticket again, with a code of its own; the earlier ones go on working.
#[utoipa::path(post, path = "/tickets/v1/tickets/{id}/resend", request_body = Nothing,
    params(("id" = String, Path, description = "the ticket")),
    responses((status = 200, body = TicketView), (status = 409, description = "redeemed, revoked or expired")))]
pub async fn resend(asked: By<Staff>) -> Result<Response, Problem> {
    let post: Post<Nothing> = asked.post()?;
    send_again(&asked.who, &asked.ports, asked.id(), &post.identity).await
}

/// What [`revoke`] does, for a program and for a page.
pub async fn take_back(
    staff: &Staff,
    ports: &Ports,
    id: &str,
    request: &RequestIdentity,
) -> Result<Response, Problem> {
    change(staff, ports, id, request, &|ticket| {
        ticket.state = TicketState::Revoked;
        Ok(None)
    })
    .await
}

/// What [`resend`] does, for a program and for a page.
pub async fn send_again(
    staff: &Staff,
    ports: &Ports,
    id: &str,
    request: &RequestIdentity,
) -> Result<Response, Problem> {
    let now = ports.clock.now();
    change(staff, ports, id, request, &|ticket| {
        ticket.sent_at = now;
        Ok(Some(SmsTemplate::Ticket))
    })
    .await
}

/// What staff changes of a ticket that is open or has expired; a template where a message goes with it.
type Apply<'a> = &'a (dyn Fn(&mut Ticket) -> Result<Option<SmsTemplate>, Problem> + Sync);

/// Every change by staff: reads the ticket, lets `apply` change it, and writes it over the version that was
/// read, or looks again. A message goes only about a ticket that is open.
async fn change(
    staff: &Staff,
    ports: &Ports,
    id: &str,
    request: &RequestIdentity,
    apply: Apply<'_>,
) -> Result<Response, Problem> {
    let id: TicketId = id.parse().map_err(|_| Problem::not_found())?;
    let caller = Caller::Staff(staff.clone());
    let sealer = Sealer::from_secrets(&*ports.secrets)?;
    let store = ports.store_for(&caller);
    for _ in 0..ATTEMPTS {
        let now = ports.clock.now();
        let mut found = match look(ports, &caller, &sealer, id, request).await? {
            ControlFlow::Break(answer) => return Ok(answer),
            ControlFlow::Continue(found) => found,
        };
        let before = found.ticket.state;
        if !matches!(before, TicketState::Open | TicketState::Expired) {
            return Err(closed(&found));
        }
        let template = apply(&mut found.ticket)?;
        if template.is_some() && before == TicketState::Expired {
            return Err(closed(&found));
        }
        found.ticket.version += 1;

        let (keep, answer) = request.keep(
            ports,
            &sealer,
            &caller,
            &staff.care_provider,
            StatusCode::OK,
            &TicketView::of(&found, &caller),
        )?;
        let mut writing = vec![
            keep,
            store::update(&found.ticket, now),
            Statement::require_changes(),
        ];
        if let Some(template) = template {
            writing.extend(message(ports, &sealer, &found, template, true)?);
        }
        writing.push(store::log_write(ports, &caller, &found.ticket)?);
        match store.batch(writing).await {
            Ok(_) => return Ok(answer),
            Err(error) if was_repeated(&error) || error.refused_by("require_changes") => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(Problem::unavailable(
        "others were quicker at every attempt to change a ticket",
    ))
}
