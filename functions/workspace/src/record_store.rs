//! The SQL of the record beside a chat: entry, triage, details, notes that are drafts until they are signed, and what
//! became of the chat's text messages. Nothing else; the messages themselves are in `shared::chat_message`. Only what is at the staff's own unit is found.

use serde::{Deserialize, Serialize};
use shared::access_log::{self, Activity, LOG_ENTRY_OF_ONE, Resource};
use shared::case::{Course, course_from_row};
use shared::hsa_id::HsaId;
use shared::identifiers::ChatId;
use shared::patient::Patient;
use shared::platform::{Ports, Row, Statement};
use shared::practitioner;
use shared::problem::Problem;
use shared::sealing::{Place, Sealer};
use shared::session::{Caller, Staff};
use shared::time::Timestamp;
use shared::{log_entry_over, patient_columns};

/// What a contact was about.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct Record {
    /// Ingång.
    pub entry: Option<String>,
    /// Triage.
    pub triage: Option<String>,
    /// Besöksdetaljer.
    pub details: Option<String>,
}

/// The chat that a record is of.
pub struct Matter {
    /// Its id.
    pub chat: ChatId,
    /// Whose row it is.
    pub care_provider: HsaId,
    /// Whose matter it is.
    pub patient: Patient,
    /// The number of the chat's last message.
    pub last_number: i64,
    /// Rises with every change of the chat.
    pub chat_version: i64,
    /// What decides about the chat.
    pub course: Course,
    /// What it is about.
    pub subject: String,
    /// Whether both sides are there now.
    pub is_synchronous: bool,
    /// The version of its record; 0 where there is none.
    pub version: i64,
    /// Its record.
    pub record: Record,
}

/// A chat of the unit, with its record.
pub fn find(chat: ChatId, staff: &Staff) -> Statement {
    Statement::new(
        concat!(
            "SELECT chats.care_provider_id, chats.patient_id, chats.subject, chats.phase, chats.last_number,
  chats.version AS chat_version, chats.opens_at, chats.closes_at, chats.first_writer, chats.patient_may_reply, chats.begun,
  chats.last_from, chats.last_at, chats.grace_ends_at, chats.closed_at, chat_records.record, coalesce(chat_records.version, 0) AS version,
  ",
            patient_columns!(),
            "
FROM chats
JOIN patients ON patients.id = chats.patient_id
LEFT JOIN chat_records ON chat_records.chat_id = chats.id
WHERE chats.id = ?1 AND chats.care_unit_id = ?2"
        ),
        [chat.into(), (&staff.care_unit).into()],
    )
}

impl Matter {
    /// From a row of [`find`].
    pub fn from_row(sealer: &Sealer, chat: ChatId, row: Row) -> Result<Self, Problem> {
        let care_provider: HsaId = row.parsed("care_provider_id")?;
        let id = chat.to_string();
        let open = |column: &'static str, sealed: &str| {
            let place = Place {
                care_provider: &care_provider,
                column,
                row: &id,
            };
            sealer.open(place, sealed)
        };
        let record = match row.optional_text("record")? {
            None => Record::default(),
            Some(sealed) => serde_json::from_str(&open("chat_records.record", sealed)?)
                .map_err(|_| Problem::internal("a record no longer parses"))?,
        };
        Ok(Matter {
            chat,
            subject: open("chats.subject", row.text("subject")?)?,
            patient: Patient::from_columns(sealer, row, "patient_id", "patient_name")?,
            last_number: row.integer("last_number")?,
            chat_version: row.integer("chat_version")?,
            course: course_from_row(row)?,
            is_synchronous: row.text("phase")? == "synchronous",
            version: row.integer("version")?,
            record,
            care_provider,
        })
    }
}

/// The access-log entry for reading a record, or the chat beside it: nothing is logged where nothing is found.
pub fn log_read(
    ports: &Ports,
    staff: &Staff,
    kind: &'static str,
    chat: ChatId,
) -> Result<Statement, Problem> {
    access_log::entry(
        ports,
        &Caller::Staff(staff.clone()),
        Activity::Read,
        &Resource::new(kind, chat),
        log_entry_over!(
            "SELECT care_provider_id, patient_id FROM chats WHERE id = ?12 AND care_unit_id = ?13"
        ),
        vec![chat.into(), (&staff.care_unit).into()],
    )
}

/// The access-log entry for writing or signing in a record that was found.
pub fn log_write(
    ports: &Ports,
    staff: &Staff,
    matter: &Matter,
    activity: Activity,
) -> Result<Statement, Problem> {
    access_log::entry(
        ports,
        &Caller::Staff(staff.clone()),
        activity,
        &Resource::new("record", matter.chat),
        LOG_ENTRY_OF_ONE,
        vec![(&matter.care_provider).into(), matter.patient.id.into()],
    )
}

/// Keeps a chat's record over the version that was read (0: there was none). Another one that was quicker makes
/// it change nothing, and refuses the batch.
pub fn keep(
    ports: &Ports,
    sealer: &Sealer,
    staff: &Staff,
    matter: &Matter,
    record: &Record,
) -> Result<[Statement; 2], Problem> {
    let id = matter.chat.to_string();
    let place = Place {
        care_provider: &matter.care_provider,
        column: "chat_records.record",
        row: &id,
    };
    let json = shared::json::text(record)?;
    Ok([
        Statement::new(
            "INSERT INTO chat_records (chat_id, care_provider_id, record, changed_by, changed_at)
VALUES (?1, ?2, ?3, ?4, ?5)
ON CONFLICT (chat_id) DO UPDATE
SET record = excluded.record, changed_by = excluded.changed_by, changed_at = excluded.changed_at, version = version + 1
WHERE version = ?6",
            [
                id.as_str().into(),
                (&matter.care_provider).into(),
                sealer.seal(&*ports.random, place, &json)?.into(),
                (&staff.practitioner).into(),
                ports.clock.now().into(),
                matter.version.into(),
            ],
        ),
        Statement::require_changes(),
    ])
}

/// A text message that told of a chat.
pub struct SentText {
    /// As the outbox names it.
    pub template: String,
    /// `queued`, `sent`, `delivered`, `failed` or `withheld`.
    pub state: String,
    /// When it was written.
    pub created_at: Timestamp,
}

/// The text messages of a chat of the unit, the newest first.
pub fn texts(chat: ChatId, staff: &Staff) -> Statement {
    Statement::new(
        "SELECT sms_outbox.template, sms_outbox.state, sms_outbox.created_at
FROM chats
JOIN sms_outbox ON sms_outbox.patient_id = chats.patient_id AND sms_outbox.chat_id = chats.id
WHERE chats.id = ?1 AND chats.care_unit_id = ?2
ORDER BY sms_outbox.id DESC
LIMIT 50",
        [chat.into(), (&staff.care_unit).into()],
    )
}

impl SentText {
    /// From a row of [`texts`].
    pub fn from_row(row: Row) -> Result<Self, Problem> {
        Ok(SentText {
            template: row.text("template")?.to_owned(),
            state: row.text("state")?.to_owned(),
            created_at: Timestamp::from_millis(row.integer("created_at")?),
        })
    }
}

/// A note of the record.
pub struct RecordNote {
    /// Its id.
    pub id: String,
    /// Who wrote it.
    pub practitioner: HsaId,
    /// Their name.
    pub practitioner_name: String,
    /// What.
    pub text: String,
    /// The note that it is an addendum to.
    pub adds_to: Option<String>,
    /// When it was written last.
    pub changed_at: Timestamp,
    /// When it was signed.
    pub signed_at: Option<Timestamp>,
}

/// The signed notes of a chat's record and somebody's own drafts, the oldest first; the schema keeps no more than are
/// asked for.
pub fn notes(chat: ChatId, staff: &Staff) -> Statement {
    Statement::new(
        "SELECT record_notes.id, record_notes.care_provider_id, record_notes.practitioner_id, record_notes.text,
  record_notes.adds_to, record_notes.changed_at, record_notes.signed_at, practitioners.name AS practitioner_name
FROM record_notes
JOIN practitioners ON practitioners.id = record_notes.practitioner_id
WHERE record_notes.chat_id = ?1 AND EXISTS (SELECT 1 FROM chats WHERE id = ?1 AND care_unit_id = ?2)
  AND (record_notes.signed_at IS NOT NULL OR record_notes.practitioner_id = ?3)
ORDER BY record_notes.id
LIMIT 500",
        [
            chat.into(),
            (&staff.care_unit).into(),
            (&staff.practitioner).into(),
        ],
    )
}

impl RecordNote {
    /// From a row of [`notes`].
    pub fn from_row(sealer: &Sealer, row: Row) -> Result<Self, Problem> {
        let care_provider: HsaId = row.parsed("care_provider_id")?;
        let practitioner: HsaId = row.parsed("practitioner_id")?;
        let id = row.text("id")?;
        let place = Place {
            care_provider: &care_provider,
            column: "record_notes.text",
            row: id,
        };
        let signed_at = row.optional_integer("signed_at")?;
        Ok(RecordNote {
            id: id.to_owned(),
            practitioner_name: practitioner::open_name(
                sealer,
                &care_provider,
                practitioner.as_str(),
                row.text("practitioner_name")?,
            )?,
            text: sealer.open(place, row.text("text")?)?,
            adds_to: row.optional_text("adds_to")?.map(str::to_owned),
            changed_at: Timestamp::from_millis(row.integer("changed_at")?),
            signed_at: signed_at.map(Timestamp::from_millis),
            practitioner,
        })
    }
}

/// A draft as it is kept.
pub struct Draft<'a> {
    /// Its id.
    pub id: &'a str,
    /// What.
    pub text: &'a str,
    /// The note that a new one is an addendum to.
    pub adds_to: Option<&'a str>,
    /// When the text that it takes the place of was written; nothing, for a new one.
    pub over: Option<Timestamp>,
    /// When it is written.
    pub changed_at: Timestamp,
}

/// Keeps a draft: a new one, or its writer's other text over the one that was read. Another text that was quicker makes
/// it change nothing, and refuses the batch.
pub fn keep_draft(
    ports: &Ports,
    sealer: &Sealer,
    staff: &Staff,
    matter: &Matter,
    draft: &Draft,
) -> Result<[Statement; 2], Problem> {
    let place = Place {
        care_provider: &matter.care_provider,
        column: "record_notes.text",
        row: draft.id,
    };
    Ok([
        Statement::new(
            "INSERT INTO record_notes (chat_id, id, care_provider_id, practitioner_id, text, adds_to, changed_at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
ON CONFLICT (chat_id, id) DO UPDATE SET text = excluded.text, changed_at = excluded.changed_at
WHERE signed_at IS NULL AND practitioner_id = excluded.practitioner_id AND changed_at = ?8",
            [
                matter.chat.into(),
                draft.id.into(),
                (&matter.care_provider).into(),
                (&staff.practitioner).into(),
                sealer.seal(&*ports.random, place, draft.text)?.into(),
                draft.adds_to.into(),
                draft.changed_at.into(),
                draft.over.into(),
            ],
        ),
        Statement::require_changes(),
    ])
}

/// Signs one's own draft as it was changed last at this moment, for good. Refuses the batch as [`keep_draft`] does.
pub fn sign(
    chat: ChatId,
    staff: &Staff,
    id: &str,
    changed_at: Timestamp,
    now: Timestamp,
) -> [Statement; 2] {
    [
        Statement::new(
            "UPDATE record_notes SET signed_at = ?4
WHERE chat_id = ?1 AND id = ?2 AND practitioner_id = ?3 AND signed_at IS NULL AND changed_at = ?5",
            [
                chat.into(),
                id.into(),
                (&staff.practitioner).into(),
                now.into(),
                changed_at.into(),
            ],
        ),
        Statement::require_changes(),
    ]
}
