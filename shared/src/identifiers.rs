//! Ids of our own rows: UUID version 7, so that rows made together lie together, each kind a type of its own.
//! Made from a clock and randomness that are handed in; units and practitioners have HSA-ids instead.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::platform::{Ports, Random, Value};
use crate::time::Timestamp;

macro_rules! identifier {
    ($(#[$documentation:meta])* $name:ident) => {
        $(#[$documentation])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// A new id.
            pub fn new(ports: &Ports) -> Self {
                Self::at(ports.clock.now(), &*ports.random)
            }

            /// A new one of a moment, where there are no ports.
            pub fn at(now: Timestamp, random: &dyn Random) -> Self {
                $name(new_uuid(now, random))
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter) -> std::fmt::Result {
                std::fmt::Display::fmt(&self.0, formatter)
            }
        }

        impl std::str::FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, uuid::Error> {
                text.parse().map($name)
            }
        }

        impl From<$name> for Value {
            fn from(id: $name) -> Self {
                Value::Text(id.to_string())
            }
        }
    };
}

identifier!(
    /// A patient at one care provider.
    PatientId
);
identifier!(
    /// A bookable time.
    SlotId
);
identifier!(
    /// A weekly template that slots were made from.
    SlotTemplateId
);
identifier!(
    /// A booked digital visit.
    AppointmentId
);
identifier!(
    /// Someone invited to a video visit.
    ParticipantId
);
identifier!(
    /// An invitation to pick a slot.
    TicketId
);
identifier!(
    /// A list of patients who get a ticket each.
    TicketBatchId
);
identifier!(
    /// A chat between a patient and a unit: of a case, or of a visit.
    ChatId
);
identifier!(
    /// One entry in a chat.
    MessageId
);
identifier!(
    /// A file that goes with a message.
    AttachmentId
);
identifier!(
    /// A note that staff keep beside a chat.
    ChatNoteId
);
identifier!(
    /// A matter that one practitioner offers another.
    HandoverId
);
identifier!(
    /// A note in the record beside a chat.
    RecordNoteId
);
identifier!(
    /// A reply that a unit keeps ready.
    ReplyPhraseId
);
identifier!(
    /// Something that staff must look at.
    TaskId
);
identifier!(
    /// A text message on its way.
    SmsId
);
identifier!(
    /// An entry of the access log.
    LogEntryId
);
identifier!(
    /// One time that a patient was opened in an emergency.
    EmergencyAccessId
);
identifier!(
    /// Entries of the access log, drawn at random to be checked.
    LogSampleId
);
identifier!(
    /// One request, in our log lines.
    RequestId
);
identifier!(
    /// One sign-in and all that it renews.
    SessionId
);

/// As text, what no id of a row from `at` on lies before: with it a table is read by time over its ids.
pub fn first_id_of(at: Timestamp) -> String {
    let millis = at.millis().unsigned_abs();
    uuid::Builder::from_unix_timestamp_millis(millis, &[0; 10])
        .into_uuid()
        .to_string()
}

fn new_uuid(now: Timestamp, random: &dyn Random) -> Uuid {
    let mut bytes = [0; 10];
    random.fill(&mut bytes);
    let millis = now.millis().unsigned_abs();
    uuid::Builder::from_unix_timestamp_millis(millis, &bytes).into_uuid()
}
