//! What a caller sees of a ticket and its slots. A patient's view lacks what is staff's alone.

use serde::Serialize;
use shared::appointment::Appointment;
use shared::appointment::store::Clash;
use shared::hsa_id::HsaId;
use shared::role::Role;
use shared::session::Caller;
use shared::view::{CareUnitView, PatientView, PractitionerView};
use utoipa::ToSchema;

use crate::store::Found;
use crate::ticket::TicketState;

/// A ticket.
#[derive(Serialize, ToSchema)]
pub struct TicketView {
    /// Its id, for good.
    pub id: String,
    /// How far it has come, by the clock too.
    pub state: TicketState,
    /// At which unit.
    pub care_unit: CareUnitView,
    /// With whom, where one is named.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub practitioner: Option<PractitionerView>,
    /// With what role.
    pub role: Role,
    /// How long the visit is.
    pub minutes: i64,
    /// The first day that may be picked.
    #[schema(format = Date)]
    pub first_day: String,
    /// The last day that may be picked.
    #[schema(format = Date)]
    pub last_day: String,
    /// Until when a time can be picked, in UTC.
    #[schema(format = DateTime)]
    pub valid_until: String,
    /// Whose ticket.
    pub patient: PatientView,
    /// Reason for contact.
    pub reason: String,
    /// How to prepare.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instructions: Option<String>,
    /// The visit that it was redeemed for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub appointment: Option<VisitView>,
    /// When it was issued, in UTC.
    #[schema(format = DateTime)]
    pub issued_at: String,
    /// Rises with every change.
    pub version: i64,
    /// What should be known about a ticket just issued.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<TicketWarning>,
}

/// Which visit, and when.
#[derive(Serialize, ToSchema)]
pub struct VisitView {
    /// Its id.
    pub id: String,
    /// When it begins, in UTC.
    #[schema(format = DateTime)]
    pub starts_at: String,
    /// When it ends, in UTC.
    #[schema(format = DateTime)]
    pub ends_at: String,
}

/// Something that doesn't stand in the way, but should be known.
#[derive(Serialize, ToSchema)]
pub struct TicketWarning {
    /// `too-few-slots`: more open tickets than free slots that fit. `no-message`: the patient has no phone or
    /// wants no text messages, and finds the ticket under their matters alone.
    pub kind: &'static str,
    /// `too-few-slots`: how many tickets are open, this one among them; at least so many, where they are counted
    /// no further than to outnumber the slots.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub open_tickets: Option<i64>,
    /// `too-few-slots`: how many free slots fit this one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub free_slots: Option<i64>,
}

impl TicketView {
    /// What this caller sees.
    pub fn of(found: &Found, caller: &Caller) -> Self {
        let Found { ticket, .. } = found;
        let frame = &ticket.frame;
        let practitioner = |id: &HsaId| PractitionerView {
            id: id.as_str().to_owned(),
            name: found.practitioner_name.clone(),
        };
        let last_day = frame.until.plus(-1).date_in_stockholm();
        TicketView {
            id: ticket.id.to_string(),
            state: ticket.state,
            care_unit: CareUnitView::of(&found.care_unit),
            practitioner: frame.practitioner.as_ref().map(practitioner),
            role: frame.role,
            minutes: frame.minutes,
            first_day: frame.from.date_in_stockholm().to_string(),
            last_day: last_day.to_string(),
            valid_until: ticket.valid_until.to_string(),
            patient: PatientView::of(&found.patient, caller),
            reason: ticket.details.reason.as_str().to_owned(),
            instructions: ticket
                .details
                .instructions
                .as_ref()
                .map(|text| text.as_str().to_owned()),
            appointment: ticket
                .appointment
                .zip(found.visit)
                .map(|(id, period)| VisitView {
                    id: id.to_string(),
                    starts_at: period.starts_at.to_string(),
                    ends_at: period.ends_at.to_string(),
                }),
            issued_at: ticket.issued_at.to_string(),
            version: ticket.version,
            warnings: vec![],
        }
    }

    /// As one of a list, which names nobody to staff whose identity is protected.
    pub fn listed(found: &Found, caller: &Caller) -> Self {
        let mut view = Self::of(found, caller);
        if view.patient.protected_identity == Some(true) {
            view.patient.name = None;
            view.patient.personal_identity = None;
        }
        view
    }
}

/// A page of tickets, the newest first.
#[derive(Serialize, ToSchema)]
pub struct TicketPage {
    /// The tickets.
    pub tickets: Vec<TicketView>,
    /// Give it as `before` for the next page, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// A free slot that fits a ticket.
#[derive(Serialize, ToSchema)]
pub struct SlotView {
    /// Its id.
    pub id: String,
    /// When it begins, in UTC.
    #[schema(format = DateTime)]
    pub starts_at: String,
    /// When it ends, in UTC.
    #[schema(format = DateTime)]
    pub ends_at: String,
    /// With whom, where one is named.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub practitioner: Option<PractitionerView>,
}

/// A page of the free slots that fit a ticket, in the order of their beginning.
#[derive(Serialize, ToSchema)]
pub struct SlotList {
    /// The slots.
    pub slots: Vec<SlotView>,
    /// Give it as `cursor` for the next page, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// A time that was picked.
#[derive(Serialize, ToSchema)]
pub struct PickedView {
    /// The visit.
    pub appointment: String,
    /// When it begins, in UTC.
    #[schema(format = DateTime)]
    pub starts_at: String,
    /// When it ends, in UTC.
    #[schema(format = DateTime)]
    pub ends_at: String,
    /// With whom, where one is named (HSA-id).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub practitioner: Option<String>,
    /// With what role.
    pub role: Role,
    /// The patient's own visits at the same time.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub overlaps: Vec<VisitView>,
}

impl PickedView {
    /// Of a visit, and the patient's others at the time.
    pub fn of(appointment: &Appointment, overlaps: &[Clash]) -> Self {
        PickedView {
            appointment: appointment.id.to_string(),
            starts_at: appointment.period.starts_at.to_string(),
            ends_at: appointment.period.ends_at.to_string(),
            practitioner: appointment
                .practitioner
                .as_ref()
                .map(|id| id.as_str().to_owned()),
            role: appointment.role,
            overlaps: overlaps
                .iter()
                .map(|clash| VisitView {
                    id: clash.appointment.to_string(),
                    starts_at: clash.period.starts_at.to_string(),
                    ends_at: clash.period.ends_at.to_string(),
                })
                .collect(),
        }
    }
}

/// What a code led to.
#[derive(Serialize, ToSchema)]
pub struct OpenedView {
    /// The ticket.
    pub ticket: String,
}

/// A task that staff got.
#[derive(Serialize, ToSchema)]
pub struct ToldView {
    /// The ticket, which stays open.
    pub ticket: String,
}

/// The balance of one role.
#[derive(Serialize, ToSchema)]
pub struct RoleBalance {
    /// Which role.
    pub role: Role,
    /// How many tickets are open.
    pub open_tickets: i64,
    /// How many slots are free.
    pub free_slots: i64,
}

/// The balance of a unit's open tickets and its free slots within twelve weeks.
#[derive(Serialize, ToSchema)]
pub struct Capacity {
    /// Role by role, those with neither left out.
    pub roles: Vec<RoleBalance>,
}
