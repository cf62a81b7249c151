//! What stands in a chat, as messaging shows it and the workspace beside its record: who writes, and the messages,
//! read within the walls: staff reach their unit's chats and patients their own.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::chat_notice::Notice;
use crate::hsa_id::HsaId;
use crate::identifiers::ChatId;
use crate::platform::{Outcome, Row, Rows, Statement, StoreError, Value};
use crate::practitioner::OpenedNames;
use crate::problem::Problem;
use crate::sealing::{Place, Sealer};
use crate::session::Caller;
use crate::time::Timestamp;

/// One of the two who write to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// The patient.
    Patient,
    /// Whoever of the unit.
    Staff,
}

impl Side {
    /// As the store keeps it.
    pub fn as_str(self) -> &'static str {
        match self {
            Side::Patient => "patient",
            Side::Staff => "staff",
        }
    }
}

impl std::str::FromStr for Side {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "patient" => Ok(Side::Patient),
            "staff" => Ok(Side::Staff),
            _ => Err(()),
        }
    }
}

/// Who the caller is, as the walls ask for it: a unit, or a patient's blind index.
pub fn whose(caller: &Caller) -> Value {
    match caller {
        Caller::Staff(staff) => (&staff.care_unit).into(),
        Caller::Patient(patient) => patient.identity.as_str().into(),
    }
}

/// A message as it is kept.
pub struct Message {
    /// Its number in the chat.
    pub number: i64,
    /// Its id.
    pub id: String,
    /// The chat's version as it came or changed last.
    pub version: i64,
    /// Whose; of nobody's, the system's.
    pub from: Option<Side>,
    /// Which practitioner wrote it, or is told of by the system.
    pub practitioner: Option<HsaId>,
    /// Their name.
    pub practitioner_name: Option<String>,
    /// What was written, unless it was taken back.
    pub text: Option<String>,
    /// Its files, as `<id>.<what>` (see `words::attachments::name`).
    pub attachments: Vec<String>,
    /// What the system says.
    pub notice: Option<Notice>,
    /// When it was sent.
    pub sent_at: Timestamp,
    /// When it was taken back.
    pub withdrawn_at: Option<Timestamp>,
}

macro_rules! behind_wall {
    ($select:literal, $where:literal, for $caller:expr) => {
        match $caller {
            Caller::Staff(_) => concat!(
                $select,
                " AND EXISTS (SELECT 1 FROM chats WHERE id = ?1 AND care_unit_id = ?2) AND ",
                $where
            ),
            Caller::Patient(_) => concat!(
                $select,
                " AND EXISTS (SELECT 1 FROM chats JOIN patients ON patients.id = chats.patient_id WHERE chats.id = ?1 AND patients.identity_index = ?2) AND ",
                $where
            ),
        }
    };
}

macro_rules! messages {
    ($where:literal, for $caller:expr) => {
        behind_wall!(
            "SELECT messages.id, coalesce(messages.practitioner_id, messages.named_id) AS practitioner_id,
  practitioners.name AS practitioner_name, messages.number, messages.version, messages.sender, messages.text,
  messages.attachments, messages.notice, messages.sent_at, messages.withdrawn_at
FROM messages
LEFT JOIN practitioners ON practitioners.id = coalesce(messages.practitioner_id, messages.named_id)
WHERE messages.chat_id = ?1",
            $where,
            for $caller
        )
    };
}

/// Which of a chat's messages are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// Those after a number, in order.
    After(i64),
    /// The last before a number, the last of all where there is none; the newest first.
    Before(Option<i64>),
}

/// A chat's messages, if the caller may read them.
pub fn messages(chat: ChatId, caller: &Caller, which: Which, limit: i64) -> Statement {
    let (sql, number) = match which {
        Which::After(number) => (
            messages!("messages.number > ?3 ORDER BY messages.number LIMIT ?4", for caller),
            number,
        ),
        Which::Before(number) => (
            messages!("messages.number < ?3 ORDER BY messages.number DESC LIMIT ?4", for caller),
            number.unwrap_or(i64::from(u32::MAX)),
        ),
    };
    Statement::new(
        sql,
        [chat.into(), whose(caller), number.into(), limit.into()],
    )
}

/// One message of a chat.
pub fn message(chat: ChatId, caller: &Caller, number: i64) -> Statement {
    Statement::new(
        messages!("messages.number = ?3", for caller),
        [chat.into(), whose(caller), number.into()],
    )
}

/// Messages that changed after a version, of those up to a number, in the order in which they did: they were taken back,
/// or the scanner answered about their files. No others change.
pub fn changed_since(
    chat: ChatId,
    caller: &Caller,
    (version, number): (i64, i64),
    limit: i64,
) -> Statement {
    Statement::new(
        messages!(
            "(messages.withdrawn_at IS NOT NULL OR messages.attachments IS NOT NULL)
  AND messages.version > ?3 AND messages.number <= ?4
ORDER BY messages.version
LIMIT ?5",
            for caller
        ),
        [
            chat.into(),
            whose(caller),
            version.into(),
            number.into(),
            limit.into(),
        ],
    )
}

/// How many of the caller's files go with the next message that they write in a chat; none, if they may not read it.
pub fn waiting_files(chat: ChatId, caller: &Caller) -> Statement {
    let uploader = match caller {
        Caller::Staff(staff) => Some(&staff.practitioner),
        Caller::Patient(_) => None,
    };
    Statement::new(
        behind_wall!(
            "SELECT count(*) AS files
FROM attachments
WHERE chat_id = ?1 AND practitioner_id IS ?3 AND message_number IS NULL",
            "(state = 'ready' OR state = 'quarantined')",
            for caller
        ),
        [chat.into(), whose(caller), uploader.into()],
    )
}

/// The number that [`waiting_files`] found.
pub fn files_found(found: &Outcome) -> Result<i64, StoreError> {
    let row = found.rows.first();
    row.map_or(Ok(0), |row| row.integer("files"))
}

impl Message {
    /// From the rows of [`messages`] or [`changed_since`], in their order. `care_provider` is the chat's.
    pub fn from_rows(
        sealer: &Sealer,
        care_provider: &HsaId,
        rows: &Rows,
    ) -> Result<Vec<Self>, Problem> {
        let mut names = OpenedNames::default();
        rows.iter()
            .map(|row| Message::named(sealer, care_provider, &mut names, row))
            .collect()
    }

    /// From the row of [`message`]. `care_provider` is the chat's.
    pub fn from_row(sealer: &Sealer, care_provider: &HsaId, row: Row) -> Result<Self, Problem> {
        Message::named(sealer, care_provider, &mut OpenedNames::default(), row)
    }

    fn named(
        sealer: &Sealer,
        care_provider: &HsaId,
        names: &mut OpenedNames,
        row: Row,
    ) -> Result<Self, Problem> {
        let id = row.text("id")?;
        let place = Place {
            care_provider,
            column: "messages.text",
            row: id,
        };
        let (practitioner, practitioner_name) = names.from_row(sealer, care_provider, row)?;
        Ok(Message {
            number: row.integer("number")?,
            id: id.to_owned(),
            version: row.integer("version")?,
            from: row.text("sender")?.parse().ok(),
            practitioner,
            practitioner_name,
            text: row
                .optional_text("text")?
                .map(|sealed| sealer.open(place, sealed))
                .transpose()?,
            attachments: match row.optional_text("attachments")? {
                Some(files) => files.split(' ').map(str::to_owned).collect(),
                None => vec![],
            },
            notice: row.optional_parsed("notice")?,
            sent_at: Timestamp::from_millis(row.integer("sent_at")?),
            withdrawn_at: row
                .optional_integer("withdrawn_at")?
                .map(Timestamp::from_millis),
        })
    }
}

/// Marks everything as read by the caller's side: for a page, which a person looks at. Gives a row if so.
pub fn mark_all_read(chat: ChatId, caller: &Caller) -> Statement {
    let sql = match caller {
        Caller::Staff(_) => {
            "UPDATE chats SET staff_read = last_number, staff_delivered = last_number, unread_by_staff = 0, version = version + 1
WHERE id = ?1 AND care_unit_id = ?2 AND unread_by_staff > 0
RETURNING id"
        }
        Caller::Patient(_) => {
            "UPDATE chats SET patient_read = last_number, patient_delivered = last_number, unread_by_patient = 0, version = version + 1
WHERE id = ?1 AND patient_id IN (SELECT id FROM patients WHERE identity_index = ?2) AND unread_by_patient > 0
RETURNING id"
        }
    };
    Statement::new(sql, [chat.into(), whose(caller)])
}
