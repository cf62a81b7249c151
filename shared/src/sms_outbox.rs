//! The writing side of the outbox: a text message is a row, written in the batch of the change it tells of.
//! No text is made here: a template's name and whom it is for. Sending is the SMS function's.

use serde::{Deserialize, Serialize};

use crate::hsa_id::HsaId;
use crate::identifiers::{AppointmentId, ChatId, ParticipantId, PatientId, SmsId, TicketId};
use crate::phone_number::PhoneNumber;
use crate::platform::{Ports, Statement};
use crate::problem::Problem;
use crate::sealing::{PhoneIndex, Place, Sealer};
use crate::time::{HOUR, Timestamp};

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
    /// A visit begins within a day.
    ReminderDay,
    /// A visit begins within an hour.
    ReminderHour,
    /// A ticket, with its link.
    Ticket,
    /// A ticket that nobody redeemed is about to expire.
    TicketExpiring,
    /// Something new stands in a chat.
    NewMessage,
    /// A case will close soon: `until` says when.
    CaseClosing,
}

impl SmsTemplate {
    /// Every template.
    pub const ALL: [Self; 10] = [
        Self::Booked,
        Self::Changed,
        Self::Cancelled,
        Self::VideoLink,
        Self::ReminderDay,
        Self::ReminderHour,
        Self::Ticket,
        Self::TicketExpiring,
        Self::NewMessage,
        Self::CaseClosing,
    ];

    /// Its name in the store.
    pub fn as_str(self) -> &'static str {
        match self {
            SmsTemplate::Booked => "booked",
            SmsTemplate::Changed => "changed",
            SmsTemplate::Cancelled => "cancelled",
            SmsTemplate::VideoLink => "video-link",
            SmsTemplate::ReminderDay => "reminder-day",
            SmsTemplate::ReminderHour => "reminder-hour",
            SmsTemplate::Ticket => "ticket",
            SmsTemplate::TicketExpiring => "ticket-expiring",
            SmsTemplate::NewMessage => "new-message",
            SmsTemplate::CaseClosing => "case-closing",
        }
    }
}

impl std::str::FromStr for SmsTemplate {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        let found = Self::ALL.into_iter().find(|one| one.as_str() == text);
        found.ok_or(())
    }
}

/// How long before a ticket's end its patient is reminded at the earliest, in milliseconds.
pub const TICKET_EXPIRES_WITHIN: i64 = 48 * HOUR;

/// What a text message tells of: its state is looked at again when the message leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum About {
    /// A visit.
    Appointment(AppointmentId),
    /// A ticket.
    Ticket(TicketId),
    /// A chat.
    Chat(ChatId),
}

/// What fills a template's fields where the row it tells of does not know it. Kept sealed, for whoever has
/// a link can use it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SmsFields {
    /// The address to open.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub link: Option<String>,
    /// Until when it holds.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub until: Option<Timestamp>,
}

/// A text message to be written.
pub struct NewSms<'a> {
    /// Whose row it is.
    pub care_provider: &'a HsaId,
    /// The unit it speaks for.
    pub care_unit: &'a HsaId,
    /// The patient it is about, who mostly is the one who gets it.
    pub patient: PatientId,
    /// What it tells of.
    pub about: About,
    /// The participant who gets it, where it isn't the patient.
    pub participant: Option<ParticipantId>,
    /// Which text.
    pub template: SmsTemplate,
    /// In which language.
    pub language: &'a str,
    /// Where to. Without a number, or without consent to use it, the row says that no message went.
    pub recipient: Option<&'a PhoneNumber>,
    /// What else the template needs.
    pub fields: Option<&'a SmsFields>,
    /// Whether somebody just did what it tells of and waits for it: a list that is worked off is nobody's.
    pub asked: bool,
}

impl NewSms<'_> {
    /// The statement that writes it.
    pub fn insert(&self, ports: &Ports, sealer: &Sealer) -> Result<Statement, Problem> {
        let id = SmsId::new(ports).to_string();
        let seal = |column, text: &str| {
            let place = Place {
                care_provider: self.care_provider,
                column,
                row: &id,
            };
            sealer.seal(&*ports.random, place, text)
        };
        let recipient = self
            .recipient
            .map(|number| seal("sms_outbox.recipient", number.as_str()))
            .transpose()?;
        let recipient_index = self
            .recipient
            .map(|number| PhoneIndex::of(&*ports.secrets, number))
            .transpose()?;
        // What doesn't go out needs no link that works.
        let fields = self
            .fields
            .filter(|_| recipient.is_some())
            .map(|fields| {
                let json = crate::json::text(fields)?;
                Ok::<_, Problem>(seal("sms_outbox.fields", &json)?)
            })
            .transpose()?;
        let (mut appointment, mut ticket, mut chat) = (None, None, None);
        match self.about {
            About::Appointment(id) => appointment = Some(id),
            About::Ticket(id) => ticket = Some(id),
            About::Chat(id) => chat = Some(id),
        }
        let state = if recipient.is_some() {
            "queued"
        } else {
            "withheld"
        };
        let now = ports.clock.now();
        Ok(Statement::new(
            "INSERT INTO sms_outbox (
  id, care_provider_id, care_unit_id, patient_id, appointment_id, participant_id,
  template, language, recipient, state, due_at, created_at, fields, ticket_id, chat_id,
  recipient_index, asked
)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?11, ?12, ?13, ?14, ?15, ?16)",
            [
                id.into(),
                self.care_provider.into(),
                self.care_unit.into(),
                self.patient.into(),
                appointment.into(),
                self.participant.into(),
                self.template.as_str().into(),
                self.language.into(),
                recipient.into(),
                state.into(),
                now.into(),
                fields.into(),
                ticket.into(),
                chat.into(),
                recipient_index.as_ref().map(PhoneIndex::as_str).into(),
                self.asked.into(),
            ],
        ))
    }
}
