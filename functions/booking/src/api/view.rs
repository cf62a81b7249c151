//! What a caller sees of a visit. One view for all routes; a patient's lacks what is staff's alone.

use serde::Serialize;
use shared::appointment::store::{Clash, Found};
use shared::appointment::{
    AppointmentKind, AppointmentState, CancelledBy, Participant, ParticipantRole,
};
use shared::hsa_id::HsaId;
use shared::platform::{Outcome, StoreError};
use shared::role::Role;
use shared::session::Caller;
use shared::view::{CareUnitView, PatientView, PractitionerView};
use utoipa::ToSchema;

/// Someone invited to a video visit. How they are reached is for staff.
#[derive(Serialize, ToSchema)]
pub struct ParticipantView {
    /// Their id.
    pub id: String,
    /// As what they take part.
    pub role: ParticipantRole,
    /// Their name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Their phone number; for staff.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// Their e-mail address; for staff.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
}

/// Who called a visit off, and why.
#[derive(Serialize, ToSchema)]
pub struct CancellationView {
    /// Which side.
    pub by: CancelledBy,
    /// What staff wrote.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Something that doesn't stand in the way, but should be known.
#[derive(Serialize, ToSchema)]
pub struct Warning {
    /// `patient-overlap`: the patient has another visit at the time.
    pub kind: &'static str,
    /// When the other visit begins.
    pub starts_at: String,
    /// When it ends.
    pub ends_at: String,
    /// Which it is, if it is at the caller's unit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub appointment: Option<String>,
}

/// A visit.
#[derive(Serialize, ToSchema)]
pub struct AppointmentView {
    /// Its id, for good.
    pub id: String,
    /// How it was initiated.
    pub kind: AppointmentKind,
    /// How far it has come.
    pub state: AppointmentState,
    /// At which unit.
    pub care_unit: CareUnitView,
    /// With whom, where one is named.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub practitioner: Option<PractitionerView>,
    /// With what role.
    pub role: Role,
    /// Whose visit.
    pub patient: PatientView,
    /// When it begins, in UTC.
    #[schema(format = DateTime)]
    pub starts_at: String,
    /// When it ends, in UTC.
    #[schema(format = DateTime)]
    pub ends_at: String,
    /// The slot it was booked through.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slot: Option<String>,
    /// Reason for contact.
    pub reason: String,
    /// How to prepare.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instructions: Option<String>,
    /// Ingång; for staff.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entry: Option<String>,
    /// Who else takes part.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub participants: Vec<ParticipantView>,
    /// Who called it off, and why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cancellation: Option<CancellationView>,
    /// Who booked it over another visit of the practitioner; for staff.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub overlap_allowed_by: Option<String>,
    /// Rises with every change.
    pub version: i64,
    /// What should be known about a booking or a move just made.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<Warning>,
}

impl AppointmentView {
    /// What this caller sees.
    pub fn of(found: &Found, caller: &Caller) -> Self {
        let Found {
            appointment,
            care_unit,
            patient,
            practitioner_name,
        } = found;
        let staff = matches!(caller, Caller::Staff(_)).then_some(());
        let text = |id: &HsaId| id.as_str().to_owned();
        AppointmentView {
            id: appointment.id.to_string(),
            kind: appointment.kind,
            state: appointment.state,
            care_unit: CareUnitView::of(care_unit),
            practitioner: appointment
                .practitioner
                .as_ref()
                .map(|id| PractitionerView {
                    id: text(id),
                    name: practitioner_name.clone(),
                }),
            role: appointment.role,
            patient: PatientView::of(patient, caller),
            starts_at: appointment.period.starts_at.to_string(),
            ends_at: appointment.period.ends_at.to_string(),
            slot: appointment.slot.map(|slot| slot.to_string()),
            reason: appointment.details.reason.as_str().to_owned(),
            instructions: appointment
                .details
                .instructions
                .as_ref()
                .map(|text| text.as_str().to_owned()),
            entry: staff
                .and(appointment.details.entry.as_ref())
                .map(|text| text.as_str().to_owned()),
            participants: appointment
                .participants
                .iter()
                .map(|one| participant(one, staff))
                .collect(),
            cancellation: appointment
                .cancellation
                .as_ref()
                .map(|cancellation| CancellationView {
                    by: cancellation.by,
                    reason: cancellation
                        .reason
                        .as_ref()
                        .map(|text| text.as_str().to_owned()),
                }),
            overlap_allowed_by: staff.and(appointment.overlap_allowed_by.as_ref()).map(text),
            version: appointment.version,
            warnings: vec![],
        }
    }
}

impl AppointmentView {
    /// As [`AppointmentView::of`], in a list: staff who look through many visits see no protected patient's
    /// name or number there, only on the visit itself.
    pub fn listed(found: &Found, caller: &Caller) -> Self {
        let mut view = Self::of(found, caller);
        if found.patient.protected_identity && matches!(caller, Caller::Staff(_)) {
            view.patient.name = None;
            view.patient.personal_identity = None;
        }
        view
    }
}

fn participant(one: &Participant, staff: Option<()>) -> ParticipantView {
    ParticipantView {
        id: one.id.to_string(),
        role: one.role,
        name: one
            .contact
            .name
            .as_ref()
            .map(|name| name.as_str().to_owned()),
        phone: staff.and(one.contact.phone.clone()),
        email: staff
            .and(one.contact.email.as_ref())
            .map(ToString::to_string),
    }
}

/// A page of visits.
#[derive(Serialize, ToSchema)]
pub struct AppointmentPage {
    /// In the order of their beginning.
    pub appointments: Vec<AppointmentView>,
    /// Give it as `cursor` for the next page; null on the last.
    pub next: Option<String>,
}

/// Another visit, as much of it as a caller of this unit may know.
#[derive(Serialize, ToSchema)]
pub struct ClashView {
    /// When it begins.
    pub starts_at: String,
    /// When it ends.
    pub ends_at: String,
    /// Which it is, if it is at the caller's unit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub appointment: Option<String>,
}

impl ClashView {
    /// What someone at `care_unit` may know: of other units only that the time is taken.
    pub fn of(clash: &Clash, care_unit: &HsaId) -> Self {
        ClashView {
            starts_at: clash.period.starts_at.to_string(),
            ends_at: clash.period.ends_at.to_string(),
            appointment: (clash.care_unit == *care_unit).then(|| clash.appointment.to_string()),
        }
    }
}

impl AppointmentView {
    /// Warns of the patient's other visits at the time, as much of them as someone at `care_unit` may know.
    pub fn warn_of(&mut self, clashes: &Outcome, care_unit: &HsaId) -> Result<(), StoreError> {
        for row in clashes.rows.iter() {
            let ClashView {
                starts_at,
                ends_at,
                appointment,
            } = ClashView::of(&Clash::from_row(row)?, care_unit);
            self.warnings.push(Warning {
                kind: "patient-overlap",
                starts_at,
                ends_at,
                appointment,
            });
        }
        Ok(())
    }
}
