//! What a visit's booking, moving and calling off write beside the visit itself: its slots and its text
//! messages, in the batch of the change. The rules are in the module above, the visit's own SQL in `store`.

use super::store::{self, Found};
use super::{Appointment, Step};
use crate::guest_link::GuestLink;
use crate::platform::{Batch, Ports, Statement};
use crate::problem::Problem;
use crate::sealing::Sealer;
use crate::slot;
use crate::sms_outbox::{About, NewSms, SmsFields, SmsTemplate};

/// The statements that take the slot, or the practitioner's slots that a freely chosen time lies over.
pub fn claim(appointment: &Appointment) -> Batch {
    match (&appointment.slot, &appointment.practitioner) {
        (Some(slot), _) => vec![
            slot::claim(*slot, &appointment.care_unit, appointment.id),
            Statement::require_changes(),
        ],
        (None, Some(practitioner)) => {
            slot::occupy_overlapped(practitioner, appointment.period, appointment.id).into()
        }
        (None, None) => vec![],
    }
}

/// The statements that give back what [`claim`] took.
pub fn release(appointment: &Appointment) -> Batch {
    match (&appointment.slot, &appointment.practitioner) {
        (Some(slot), _) => vec![slot::release(*slot, appointment.id)],
        (None, Some(practitioner)) => {
            slot::release_overlapped(practitioner, appointment.period, appointment.id).into()
        }
        (None, None) => vec![],
    }
}

/// The statement that gives a patient the ticket back whose visit was called off. Whether it is still valid
/// the clock says, and the job looks at it at once.
fn reopen_ticket(cancelled: &Appointment) -> Option<Statement> {
    cancelled.ticket.map(|ticket| {
        Statement::new(
            "UPDATE tickets SET state = 'open', appointment_id = NULL, look_at = ?3, version = version + 1
WHERE id = ?1 AND appointment_id = ?2",
            [
                ticket.into(),
                cancelled.id.into(),
                cancelled.changed_at.into(),
            ],
        )
    })
}

/// The text messages that tell of a booking, a change or a cancellation.
pub fn messages(
    ports: &Ports,
    sealer: &Sealer,
    found: &Found,
    template: SmsTemplate,
) -> Result<Batch, Problem> {
    let appointment = &found.appointment;
    let to_patient = NewSms {
        care_provider: &appointment.care_provider,
        care_unit: &appointment.care_unit,
        patient: found.patient.id,
        about: About::Appointment(appointment.id),
        participant: None,
        template,
        language: &found.patient.language,
        recipient: found.patient.reachable_at(),
        fields: None,
        asked: true,
    };
    let mut batch = vec![to_patient.insert(ports, sealer)?];
    for participant in &appointment.participants {
        let Some(number) = participant.contact.phone_number() else {
            continue;
        };
        // Those who are invited get their link when they are invited, and word when it no longer holds.
        let (template, link) = match template {
            SmsTemplate::Booked => (SmsTemplate::VideoLink, Some(GuestLink::new(ports)?)),
            other => (other, None),
        };
        let mut fields = None;
        if let Some(link) = link {
            fields = Some(SmsFields {
                link: Some(link.address(ports)?),
                until: None,
            });
            batch.extend(link.insert(
                ports,
                &appointment.care_provider,
                appointment.id,
                participant.id,
            ));
        }
        let to_participant = NewSms {
            participant: Some(participant.id),
            template,
            recipient: Some(&number),
            fields: fields.as_ref(),
            ..to_patient
        };
        batch.push(to_participant.insert(ports, sealer)?);
    }
    Ok(batch)
}

/// The statements that write a step: the visit, and with it its slots and messages where the step moves
/// or ends it.
pub fn rows(
    ports: &Ports,
    sealer: &Sealer,
    step: Step,
    before: &Found,
    after: &Found,
) -> Result<Batch, Problem> {
    let mut batch = Batch::new();
    match step {
        Step::Reschedule => {
            batch.extend(release(&before.appointment));
            batch.extend(claim(&after.appointment));
            batch.push(store::update(ports, sealer, &after.appointment)?);
            batch.push(Statement::require_changes());
            batch.extend(messages(ports, sealer, after, SmsTemplate::Changed)?);
        }
        Step::Cancel => {
            batch.push(store::update(ports, sealer, &after.appointment)?);
            batch.push(Statement::require_changes());
            batch.extend(release(&before.appointment));
            batch.extend(reopen_ticket(&after.appointment));
            batch.extend(messages(ports, sealer, after, SmsTemplate::Cancelled)?);
        }
        Step::Arrive | Step::Start | Step::Complete | Step::MarkNoShow => {
            batch.push(store::update_state(&after.appointment));
            batch.push(Statement::require_changes());
        }
    }
    Ok(batch)
}
