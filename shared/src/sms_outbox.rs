//! The writing side of the outbox: a text message is a row, written in the batch of the change it tells of.
//! No text is made here: a template's name and whom it is for. Sending is the SMS function's.

use crate::hsa_id::HsaId;
use crate::identifiers::{AppointmentId, ParticipantId, PatientId, SmsId};
use crate::phone_number::PhoneNumber;
use crate::platform::{Ports, Statement};
use crate::problem::Problem;
use crate::sealing::{Place, Sealer};

/// Which of the fixed texts it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SmsTemplate {
    /// A visit was booked.
    Booked,
    /// A visit was moved.
    Changed,
    /// A visit was cancelled.
    Cancelled,
    /// The link by which a participant joins a video visit.
    VideoLink,
}

impl SmsTemplate {
    fn as_str(self) -> &'static str {
        match self {
            SmsTemplate::Booked => "booked",
            SmsTemplate::Changed => "changed",
            SmsTemplate::Cancelled => "cancelled",
            SmsTemplate::VideoLink => "video-link",
        }
    }
}

/// A text message to be written.
pub struct NewSms<'a> {
    /// Whose row it is.
    pub care_provider: &'a HsaId,
    /// The unit it speaks for.
    pub care_unit: &'a HsaId,
    /// The patient it is about, who mostly is the one who gets it.
    pub patient: PatientId,
    /// The visit it tells of.
    pub appointment: AppointmentId,
    /// The participant who gets it, where it isn't the patient.
    pub participant: Option<ParticipantId>,
    /// Which text.
    pub template: SmsTemplate,
    /// In which language.
    pub language: &'a str,
    /// Where to. Without a number, or without consent to use it, the row says that no message went.
    pub recipient: Option<&'a PhoneNumber>,
}

impl NewSms<'_> {
    /// The statement that writes it.
    pub fn insert(&self, ports: &Ports, sealer: &Sealer) -> Result<Statement, Problem> {
        let id = SmsId::new(ports).to_string();
        let place = Place {
            care_provider: self.care_provider,
            column: "sms_outbox.recipient",
            row: &id,
        };
        let recipient = self
            .recipient
            .map(|number| sealer.seal(&*ports.random, place, number.as_str()))
            .transpose()?;
        let state = if recipient.is_some() {
            "queued"
        } else {
            "withheld"
        };
        let now = ports.clock.now();
        Ok(Statement::new(
            "INSERT INTO sms_outbox (
  id, care_provider_id, care_unit_id, patient_id, appointment_id, participant_id,
  template, language, recipient, state, due_at, created_at
)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?11)",
            [
                id.into(),
                self.care_provider.into(),
                self.care_unit.into(),
                self.patient.into(),
                self.appointment.into(),
                self.participant.into(),
                self.template.as_str().into(),
                self.language.into(),
                recipient.into(),
                state.into(),
                now.into(),
            ],
        ))
    }
}
