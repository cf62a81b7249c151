//! Patients at one care provider: found by blind index, kept sealed.

use crate::hsa_id::HsaId;
use crate::identifiers::PatientId;
use crate::personal_identity::PersonalIdentity;
use crate::phone_number::PhoneNumber;
use crate::platform::{Ports, Row, Statement, StoreError};
use crate::problem::Problem;
use crate::sealing::{IdentityIndex, PhoneIndex, Place, Sealer};

/// The columns that [`Patient::from_columns`] reads beside the ids, in a query that joins `patients`: its name
/// goes by `patient_name`.
#[macro_export]
macro_rules! patient_columns {
    () => {
        "patients.identity, patients.name AS patient_name, patients.phone, patients.sms_consent, patients.language,
  patients.protected_identity"
    };
}

/// A patient as the care provider knows them.
#[derive(Debug, Clone)]
pub struct Patient {
    /// The row.
    pub id: PatientId,
    /// Who it is.
    pub identity: PersonalIdentity,
    /// Given name and family name.
    pub name: String,
    /// Where text messages go.
    pub phone: Option<PhoneNumber>,
    /// Whether the patient wants text messages.
    pub sms_consent: bool,
    /// `sv` or `en`.
    pub language: String,
    /// Skyddade personuppgifter: what leaves our walls names neither unit nor person.
    pub protected_identity: bool,
}

impl Patient {
    /// Finds the patient with this identity at a care provider.
    pub fn find(index: &IdentityIndex, care_provider: &HsaId) -> Statement {
        Statement::new(
            "SELECT id, care_provider_id, identity, name, phone, sms_consent, language, protected_identity
FROM patients
WHERE identity_index = ?1 AND care_provider_id = ?2",
            [index.as_str().into(), care_provider.into()],
        )
    }

    /// From a row of [`Patient::find`].
    pub fn from_row(sealer: &Sealer, row: Row) -> Result<Self, Problem> {
        Self::from_columns(sealer, row, "id", "name")
    }

    /// From a row in which the patient's id and name go by these names, because others have the plain ones.
    pub fn from_columns(
        sealer: &Sealer,
        row: Row,
        id_column: &str,
        name_column: &str,
    ) -> Result<Self, Problem> {
        let care_provider: HsaId = row.parsed("care_provider_id")?;
        let id = row.text(id_column)?;
        let open = |column, sealed| {
            sealer.open(
                Place {
                    care_provider: &care_provider,
                    column,
                    row: id,
                },
                sealed,
            )
        };
        Ok(Patient {
            id: row.parsed(id_column)?,
            identity: parsed(&open("patients.identity", row.text("identity")?)?)?,
            name: open("patients.name", row.text(name_column)?)?,
            phone: row
                .optional_text("phone")?
                .map(|sealed| parsed(&open("patients.phone", sealed)?))
                .transpose()?,
            sms_consent: row.truth("sms_consent")?,
            language: row.text("language")?.to_owned(),
            // Whatever isn't a plain no is a yes.
            protected_identity: row.integer("protected_identity")? != 0,
        })
    }

    /// The statement that keeps a new patient. Another one with the same identity is refused by
    /// `patients.identity_index`: then somebody was quicker, and the patient is there to be found.
    pub fn insert(
        &self,
        ports: &Ports,
        sealer: &Sealer,
        index: &IdentityIndex,
        care_provider: &HsaId,
    ) -> Result<Statement, Problem> {
        let id = self.id.to_string();
        let seal = |column, text: &str| {
            let place = Place {
                care_provider,
                column,
                row: &id,
            };
            sealer.seal(&*ports.random, place, text)
        };
        let phone = self
            .phone
            .as_ref()
            .map(|phone| seal("patients.phone", phone.as_str()));
        let phone_index = self
            .phone
            .as_ref()
            .map(|phone| PhoneIndex::of(&*ports.secrets, phone))
            .transpose()?;
        Ok(Statement::new(
            "INSERT INTO patients (
  id, care_provider_id, identity_index, identity, name, phone, sms_consent, language, created_at,
  protected_identity, phone_index
)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
            [
                self.id.into(),
                care_provider.into(),
                index.as_str().into(),
                seal("patients.identity", self.identity.as_str())?.into(),
                seal("patients.name", &self.name)?.into(),
                phone.transpose()?.into(),
                self.sms_consent.into(),
                self.language.as_str().into(),
                ports.clock.now().into(),
                self.protected_identity.into(),
                phone_index.as_ref().map(PhoneIndex::as_str).into(),
            ],
        ))
    }

    /// Marks a patient's identity as protected.
    pub fn protect(id: PatientId) -> Statement {
        Statement::new(
            "UPDATE patients SET protected_identity = 1 WHERE id = ?1",
            [id.into()],
        )
    }

    /// The number that text messages may go to, if the patient wants any: a landline would swallow them.
    pub fn reachable_at(&self) -> Option<&PhoneNumber> {
        let mobile = self
            .phone
            .as_ref()
            .filter(|phone| phone.is_swedish_mobile());
        mobile.filter(|_| self.sms_consent)
    }
}

fn parsed<T: std::str::FromStr>(text: &str) -> Result<T, Problem> {
    text.parse()
        .map_err(|_| StoreError::Broken("a sealed value no longer parses".into()).into())
}
