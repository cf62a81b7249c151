//! What there is before the torture begins: a unit, a patient for each phone that is reserved for fiction, each
//! with a visit some days ahead, and the outbox full of messages about these visits.

use std::path::Path;
use std::sync::Arc;

use e2e::Failure;
use e2e::caller::identity;
use shared::hsa_id::HsaId;
use shared::identifiers::{AppointmentId, PatientId};
use shared::phone_number::PhoneNumber;
use shared::platform::native::{MIGRATIONS, SetClock, Sqlite, ports};
use shared::platform::{Batch, Ports, Statement, Store};
use shared::sealing::{Place, Sealer};
use shared::sms_outbox::{About, NewSms, SmsTemplate};
use shared::time::{HOUR, Timestamp};
use training::keys::{Keys, MachineRandom};
use training::people::CARE_UNITS;
use training::reference::reference;

/// The numbers that Sweden reserves for fiction: +46701740605 and those after it.
const FIRST_PHONE: u64 = 46_701_740_605;
const PHONES: usize = 95;

/// Monday 23 November 2026, eight in the morning in Stockholm: where the fast clock begins.
pub fn morning() -> Timestamp {
    Timestamp::from_millis(1_795_417_200_000)
}

/// Lays it into `store.db` in the folder.
pub async fn lay(folder: &Path, keys: &Keys, messages: usize) -> Result<(), Failure> {
    let store = Arc::new(Sqlite::open(&folder.join("store.db"))?);
    // As docs/operations.md tells regions to set it.
    store.execute_script("PRAGMA journal_mode = WAL")?;
    for migration in MIGRATIONS {
        store.execute_script(migration)?;
    }
    for row in reference(keys, &MachineRandom)? {
        store.execute_script(&row)?;
    }
    // Each message is a millisecond older than the next, and all are older than the morning.
    let first = morning().plus(-i64::try_from(messages)?);
    let clock = Arc::new(SetClock::at(first));
    let ports = ports(
        Arc::clone(&store),
        clock.clone(),
        Arc::new(MachineRandom),
        keys.secrets(),
    );
    let sealer = Sealer::from_secrets(&*ports.secrets)?;
    let unit = &CARE_UNITS[0];
    let (care_provider, care_unit) = (unit.care_provider.parse()?, unit.id.parse()?);
    let mut people = vec![];
    let mut batch: Batch = vec![];
    for number in 0..PHONES as u64 {
        let phone: PhoneNumber = format!("+{}", FIRST_PHONE + number)
            .parse()
            .map_err(|_| "a number that is none")?;
        let person = Person {
            patient: PatientId::new(&ports),
            appointment: AppointmentId::new(&ports),
            phone,
        };
        batch.extend(person.rows(&ports, &sealer, &care_provider, &care_unit, number)?);
        people.push(person);
    }
    for (number, person) in people.iter().cycle().take(messages).enumerate() {
        clock.set(first.plus(i64::try_from(number)?));
        let message = NewSms {
            care_provider: &care_provider,
            care_unit: &care_unit,
            patient: person.patient,
            about: About::Appointment(person.appointment),
            participant: None,
            template: SmsTemplate::Booked,
            language: "sv",
            recipient: Some(&person.phone),
            fields: None,
            asked: true,
        };
        batch.push(
            message
                .insert(&ports, &sealer)
                .map_err(|problem| format!("{problem:?}"))?,
        );
    }
    store.batch(batch).await?;
    Ok(())
}

struct Person {
    patient: PatientId,
    appointment: AppointmentId,
    phone: PhoneNumber,
}

impl Person {
    fn rows(
        &self,
        ports: &Ports,
        sealer: &Sealer,
        care_provider: &HsaId,
        care_unit: &HsaId,
        number: u64,
    ) -> Result<[Statement; 2], Failure> {
        let row = self.patient.to_string();
        let seal = |column, text: &str| {
            let place = Place {
                care_provider,
                column,
                row: &row,
            };
            sealer.seal(&*ports.random, place, text)
        };
        let patient = Statement::new(
            "INSERT INTO patients (id, care_provider_id, identity_index, identity, name, phone, sms_consent, created_at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, 1, ?7)",
            [
                self.patient.into(),
                care_provider.into(),
                format!("index-{number}").into(),
                seal("patients.identity", &identity(number))?.into(),
                seal("patients.name", "Test Testkvist")?.into(),
                seal("patients.phone", self.phone.as_str())?.into(),
                ports.clock.now().into(),
            ],
        );
        let starts_at = morning().plus(10 * 24 * HOUR);
        let appointment = Statement::new(
            "INSERT INTO appointments (
  id, care_provider_id, care_unit_id, patient_id, kind, state, role, starts_at, ends_at, details, booked_by, booked_at, changed_at
)
VALUES (?1, ?2, ?3, ?4, 'free-time', 'booked', 'nurse', ?5, ?6, '', 'torture', ?7, ?7)",
            [
                self.appointment.into(),
                care_provider.into(),
                care_unit.into(),
                self.patient.into(),
                starts_at.into(),
                starts_at.plus(HOUR / 2).into(),
                ports.clock.now().into(),
            ],
        );
        Ok([patient, appointment])
    }
}
