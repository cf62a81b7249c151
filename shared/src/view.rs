//! What callers see of a unit, a practitioner and a patient, wherever they stand. A patient's own view lacks
//! what is staff's alone.

use serde::Serialize;
use utoipa::ToSchema;

use crate::care_unit::CareUnit;
use crate::patient::Patient;
use crate::session::Caller;

/// Just an id.
#[derive(Serialize, ToSchema)]
pub struct Made {
    /// The id.
    pub id: String,
}

/// A unit, by its directory id and its name.
#[derive(Serialize, ToSchema)]
pub struct CareUnitView {
    /// HSA-id.
    pub id: String,
    /// Its name.
    pub name: String,
}

/// A practitioner, by directory id and name.
#[derive(Serialize, ToSchema)]
pub struct PractitionerView {
    /// HSA-id.
    pub id: String,
    /// Their name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// A patient. Staff also sees the personal identity.
#[derive(Serialize, ToSchema)]
pub struct PatientView {
    /// Their id at this care provider.
    pub id: String,
    /// Their name; left out of lists where the identity is protected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Whether the identity is protected; for staff.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub protected_identity: Option<bool>,
    /// Twelve characters; for staff.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub personal_identity: Option<String>,
    /// Whether text messages reach them; for staff.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gets_text_messages: Option<bool>,
}

impl CareUnitView {
    /// Of a unit.
    pub fn of(care_unit: &CareUnit) -> Self {
        CareUnitView {
            id: care_unit.id.as_str().to_owned(),
            name: care_unit.name.clone(),
        }
    }
}

impl PatientView {
    /// Of a patient, as this caller sees one.
    pub fn of(patient: &Patient, caller: &Caller) -> Self {
        let staff = matches!(caller, Caller::Staff(_)).then_some(());
        PatientView {
            id: patient.id.to_string(),
            name: Some(patient.name.clone()),
            protected_identity: staff.map(|()| patient.protected_identity),
            personal_identity: staff.map(|()| patient.identity.as_str().to_owned()),
            gets_text_messages: staff.map(|()| patient.reachable_at().is_some()),
        }
    }
}
