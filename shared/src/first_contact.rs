//! The patient whom staff names in a request: who may be named, and what a first contact needs. Booking and
//! tickets both begin with it.

use http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::care_unit::CareUnit;
use crate::environment::Environment;
use crate::hsa_id::HsaId;
use crate::identifiers::PatientId;
use crate::patient::Patient;
use crate::personal_identity::PersonalIdentity;
use crate::phone_number::{MobileNumber, PhoneNumber};
use crate::platform::{Batch, Outcome, Ports};
use crate::problem::Problem;
use crate::sealing::{IdentityIndex, Sealer};
use crate::text::Text;
use crate::time::Timestamp;
use crate::words::Language;

/// Who a visit or a ticket is for.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PatientInput {
    /// Personal number, coordination number or reserve number, twelve characters.
    #[schema(value_type = String)]
    pub personal_identity: PersonalIdentity,
    /// Needed the first time; afterwards the patient's own profile stands.
    #[schema(value_type = Option<String>)]
    pub name: Option<Text<100>>,
    /// Where text messages go, a Swedish mobile number; used the first time.
    #[schema(value_type = Option<String>)]
    pub phone: Option<MobileNumber>,
    /// Whether the patient wants text messages; used the first time.
    #[serde(default)]
    pub sms_consent: bool,
    /// In which language; Swedish, if left out. Used the first time.
    pub language: Option<Language>,
    /// Skyddade personuppgifter: kept with a known patient, too. Naming the patient without it takes nothing away.
    #[serde(default)]
    pub protected_identity: bool,
}

/// Training accepts test identities alone, so that nobody real ends up in it.
pub fn check_identity(ports: &Ports, identity: &PersonalIdentity) -> Result<(), Problem> {
    let training = Environment::of(&*ports.secrets)? == Environment::Training;
    if training && !identity.is_test_identity() {
        return Err(Problem::invalid(
            "patient.personal_identity",
            "this is the training environment: use one of the published test identities",
        ));
    }
    Ok(())
}

/// The age is judged on the day of the visit, or of what leads to it.
pub fn check_age(
    unit: &CareUnit,
    identity: &PersonalIdentity,
    at: Timestamp,
) -> Result<(), Problem> {
    if identity.age_on(at.date_in_stockholm()) >= unit.age_limit {
        return Ok(());
    }
    Err(Problem::new(
        StatusCode::UNPROCESSABLE_ENTITY,
        "under-age",
        "The patient is too young to be booked here",
    )
    .detail(format!(
        "Patients are met digitally at this unit from {} years of age. Book through the guardian another way.",
        unit.age_limit
    ))
    .with("field", "patient.personal_identity"))
}

/// The patient whom staff named: as the care provider knows them, or as it comes to know them now.
pub struct FirstContact {
    /// The patient.
    pub patient: Patient,
    is_new: bool,
    becomes_protected: bool,
}

impl FirstContact {
    /// From what [`Patient::find`] found. A known patient's own profile stands over what staff writes, but that
    /// an identity becomes protected.
    pub fn of(
        ports: &Ports,
        sealer: &Sealer,
        input: &PatientInput,
        found: &Outcome,
    ) -> Result<Self, Problem> {
        let known = found.rows.first();
        let mut patient = match known {
            Some(row) => Patient::from_row(sealer, row)?,
            None => first_contact(ports, input)?,
        };
        let becomes_protected = input.protected_identity && !patient.protected_identity;
        patient.protected_identity |= becomes_protected;
        Ok(FirstContact {
            patient,
            is_new: known.is_none(),
            becomes_protected,
        })
    }

    /// The statements that keep what is new about the patient. Where somebody was quicker with the same
    /// identity, `patients.` refuses: look again.
    pub fn rows(
        &self,
        ports: &Ports,
        sealer: &Sealer,
        index: &IdentityIndex,
        care_provider: &HsaId,
    ) -> Result<Batch, Problem> {
        let mut rows = Batch::new();
        if self.is_new {
            rows.push(self.patient.insert(ports, sealer, index, care_provider)?);
        }
        if self.becomes_protected {
            rows.push(Patient::protect(self.patient.id));
        }
        Ok(rows)
    }
}

/// A patient who is new at the care provider.
fn first_contact(ports: &Ports, input: &PatientInput) -> Result<Patient, Problem> {
    let name = input.name.as_ref().ok_or_else(|| {
        Problem::invalid(
            "patient.name",
            "this patient is new here: give the name, too",
        )
    })?;
    Ok(Patient {
        id: PatientId::new(ports),
        identity: input.personal_identity.clone(),
        name: name.as_str().to_owned(),
        phone: input.phone.clone().map(PhoneNumber::from),
        sms_consent: input.sms_consent,
        language: input.language.unwrap_or(Language::Sv).tag().to_owned(),
        protected_identity: input.protected_identity,
    })
}
