//! A visit as an iCalendar file (RFC 5545), for the patient's own calendar. It leaves our walls, so it
//! names the unit by its neutral public name and tells no reason; for a protected identity it names no
//! unit at all. Pure.

use icalendar::{Calendar, Component, Event, EventLike, EventStatus};
use shared::appointment::store::Found;
use shared::appointment::{AppointmentKind, AppointmentState};

/// The file's text. The UID stays for good and SEQUENCE rises, so that an import of a later file
/// moves or removes what an earlier one put there.
pub fn calendar(found: &Found) -> String {
    let appointment = &found.appointment;
    let summary = match appointment.kind {
        AppointmentKind::Video => "Digitalt videobesök",
        _ => "Digitalt besök",
    };
    let summary = if found.patient.protected_identity {
        summary.to_owned()
    } else {
        format!("{summary} – {}", found.care_unit.public_name)
    };
    let is_cancelled = appointment.state == AppointmentState::Cancelled;
    let status = if is_cancelled {
        EventStatus::Cancelled
    } else {
        EventStatus::Confirmed
    };
    let sequence = u32::try_from(appointment.calendar_sequence).unwrap_or(u32::MAX);
    let event = Event::new()
        .uid(&format!("{}@vardflode", appointment.id))
        .timestamp(appointment.changed_at.utc())
        .starts(appointment.period.starts_at.utc())
        .ends(appointment.period.ends_at.utc())
        .summary(&summary)
        .description("Logga in i Vård och hälsa för att se besöket.")
        .status(status)
        .sequence(sequence)
        .done();
    let method = if is_cancelled { "CANCEL" } else { "PUBLISH" };
    Calendar::new()
        .append_property(("METHOD", method))
        .push(event)
        .done()
        .to_string()
}
