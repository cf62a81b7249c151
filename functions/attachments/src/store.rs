//! Attachments' own SQL, nothing else. Staff reach their unit's and patients their own, as with a chat's messages;
//! one that goes with no message yet is its uploader's alone. That a message takes its writer's attachments along is
//! the schema's (0023_attachments.sql).

use shared::access_log::{self, Activity, LOG_ENTRY_OF_ONE, Resource};
use shared::chat_message::whose;
use shared::hsa_id::HsaId;
use shared::identifiers::{AttachmentId, ChatId};
use shared::log_entry_over;
use shared::platform::{Ports, Row, Statement, StoreError, Value};
use shared::problem::Problem;
use shared::sealing::{DataKey, Place, Sealer};
use shared::session::Caller;
use shared::time::Timestamp;

use crate::file::Kind;

/// How far a file has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Its chunks are being written.
    Uploading,
    /// The scanner has not answered.
    Quarantined,
    /// It can be read.
    Ready,
    /// The scanner refused it.
    Refused,
    /// It is about to be deleted.
    Removed,
}

impl State {
    /// As the store keeps it.
    pub fn as_str(self) -> &'static str {
        match self {
            State::Uploading => "uploading",
            State::Quarantined => "quarantined",
            State::Ready => "ready",
            State::Refused => "refused",
            State::Removed => "removed",
        }
    }
}

impl std::str::FromStr for State {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let all = [
            State::Uploading,
            State::Quarantined,
            State::Ready,
            State::Refused,
            State::Removed,
        ];
        all.into_iter()
            .find(|state| state.as_str() == text)
            .ok_or(())
    }
}

/// Which practitioner a caller is; a patient is none.
fn uploader(caller: &Caller) -> Value {
    match caller {
        Caller::Staff(staff) => (&staff.practitioner).into(),
        Caller::Patient(_) => Value::Null,
    }
}

/// A chat, as far as one that attaches something must know it.
pub struct Chat {
    /// Its id.
    pub id: ChatId,
    /// Whose row it is.
    pub care_provider: HsaId,
    /// Whose chat.
    pub patient: Value,
}

/// Finds a chat, if the caller may know of it.
pub fn find_chat(id: ChatId, caller: &Caller) -> Statement {
    let sql = match caller {
        Caller::Staff(_) => {
            "SELECT id, care_provider_id, patient_id FROM chats WHERE id = ?1 AND care_unit_id = ?2"
        }
        Caller::Patient(_) => {
            "SELECT chats.id, chats.care_provider_id, chats.patient_id
FROM chats
JOIN patients ON patients.id = chats.patient_id
WHERE chats.id = ?1 AND patients.identity_index = ?2"
        }
    };
    Statement::new(sql, [id.into(), whose(caller)])
}

impl Chat {
    /// From a row of [`find_chat`].
    pub fn from_row(row: Row) -> Result<Self, StoreError> {
        Ok(Chat {
            id: row.parsed("id")?,
            care_provider: row.parsed("care_provider_id")?,
            patient: row.text("patient_id")?.into(),
        })
    }

    /// The access-log entry for what is done with one of its attachments, or with those that wait (by the chat's id).
    pub fn log(
        &self,
        ports: &Ports,
        caller: &Caller,
        activity: Activity,
        id: impl ToString,
    ) -> Result<Statement, Problem> {
        access_log::entry(
            ports,
            caller,
            activity,
            &Resource::new("attachment", id),
            LOG_ENTRY_OF_ONE,
            vec![(&self.care_provider).into(), self.patient.clone()],
        )
    }
}

/// A file that is about to be kept.
pub struct New<'a> {
    /// Its id.
    pub id: AttachmentId,
    /// In which chat.
    pub chat: &'a Chat,
    /// Who uploads it.
    pub from: &'a Caller,
    /// What it is.
    pub kind: Kind,
    /// How many bytes are kept.
    pub bytes: usize,
    /// What it is sealed with.
    pub key: &'a DataKey,
}

impl New<'_> {
    /// Writes that it is being uploaded, if the chat could be written in at this moment. Whether its message may be
    /// written is judged as that is.
    pub fn begin(&self, ports: &Ports, sealer: &Sealer) -> Result<[Statement; 2], Problem> {
        let id = self.id.to_string();
        let place = Place {
            care_provider: &self.chat.care_provider,
            column: "attachments.data_key",
            row: &id,
        };
        let key = sealer.seal(&*ports.random, place, &self.key.to_text())?;
        Ok([
            Statement::new(
                "INSERT INTO attachments (id, care_provider_id, chat_id, practitioner_id, kind, bytes, state, data_key, uploaded_at)
SELECT ?2, care_provider_id, id, ?3, ?4, ?5, 'uploading', ?6, ?7
FROM chats
WHERE id = ?1 AND closed_at IS NULL AND opens_at <= ?7
  AND (?3 IS NOT NULL OR (?7 < closes_at AND patient_may_reply = 1))",
                [
                    self.chat.id.into(),
                    id.into(),
                    uploader(self.from),
                    self.kind.as_str().into(),
                    i64::try_from(self.bytes).unwrap_or(i64::MAX).into(),
                    key.into(),
                    ports.clock.now().into(),
                ],
            ),
            Statement::require_changes(),
        ])
    }
}

/// Ends an upload: from now on it can go with a message.
pub fn finish(id: AttachmentId, state: State) -> [Statement; 2] {
    [
        Statement::new(
            "UPDATE attachments SET state = ?2 WHERE id = ?1 AND state = 'uploading'",
            [id.into(), state.as_str().into()],
        ),
        Statement::require_changes(),
    ]
}

/// Gives an upload up, so that it can be finished no more and its chunks may go; gives no row where it was finished.
pub fn give_up(id: AttachmentId) -> Statement {
    Statement::new(
        "UPDATE attachments SET state = 'removed' WHERE id = ?1 AND state = 'uploading' RETURNING id",
        [id.into()],
    )
}

/// Forgets an upload that was given up and whose chunks are gone.
pub fn forget(id: AttachmentId) -> Statement {
    Statement::new(
        "DELETE FROM attachments WHERE id = ?1 AND state = 'removed'",
        [id.into()],
    )
}

/// The caller's attachments of a chat that wait for a message, in their order.
pub fn waiting(chat: ChatId, caller: &Caller) -> Statement {
    Statement::new(
        "SELECT id, kind, bytes, state FROM attachments
WHERE chat_id = ?1 AND practitioner_id IS ?2 AND message_number IS NULL
  AND (state = 'ready' OR state = 'quarantined' OR state = 'refused')
ORDER BY id
LIMIT 20",
        [chat.into(), uploader(caller)],
    )
}

macro_rules! readable {
    ($columns:literal, $id:literal, $whose:literal, $uploader:literal, for $caller:expr) => {
        match $caller {
            Caller::Staff(_) => {
                readable!($columns, $id, "", "chats.care_unit_id", $whose, $uploader)
            }
            Caller::Patient(_) => readable!(
                $columns,
                $id,
                " JOIN patients ON patients.id = chats.patient_id",
                "patients.identity_index",
                $whose,
                $uploader
            ),
        }
    };
    ($columns:literal, $id:literal, $join:literal, $wall:literal, $whose:literal, $uploader:literal) => {
        concat!(
            "SELECT ",
            $columns,
            " FROM attachments JOIN chats ON chats.id = attachments.chat_id",
            $join,
            " WHERE attachments.id = ",
            $id,
            " AND ",
            $wall,
            " = ",
            $whose,
            " AND (attachments.message_number IS NOT NULL OR attachments.practitioner_id IS ",
            $uploader,
            ") AND attachments.state <> 'uploading' AND attachments.state <> 'removed'"
        )
    };
    // The scope of an access-log entry: of what is given out, and of nothing else.
    (scope for $caller:expr) => {
        match $caller {
            Caller::Staff(_) => log_entry_over!(concat!(
                readable!(
                    "chats.care_provider_id, chats.patient_id",
                    "?12",
                    "",
                    "chats.care_unit_id",
                    "?13",
                    "?14"
                ),
                " AND attachments.state = 'ready'"
            )),
            Caller::Patient(_) => log_entry_over!(concat!(
                readable!(
                    "chats.care_provider_id, chats.patient_id",
                    "?12",
                    " JOIN patients ON patients.id = chats.patient_id",
                    "patients.identity_index",
                    "?13",
                    "?14"
                ),
                " AND attachments.state = 'ready'"
            )),
        }
    };
}

/// Finds an attachment that the caller may read, and logs the reading, if it can be read now.
pub fn read(ports: &Ports, id: AttachmentId, caller: &Caller) -> Result<[Statement; 2], Problem> {
    let parameters = vec![id.into(), whose(caller), uploader(caller)];
    let sql = readable!(
        "attachments.id, attachments.care_provider_id, attachments.chat_id, attachments.kind, attachments.bytes,
    attachments.state, attachments.data_key, attachments.message_number, chats.patient_id",
        "?1", "?2", "?3", for caller
    );
    let log = access_log::entry(
        ports,
        caller,
        Activity::Read,
        &Resource::new("attachment", id),
        readable!(scope for caller),
        parameters.clone(),
    )?;
    Ok([Statement { sql, parameters }, log])
}

/// Takes back an attachment of the caller's own that goes with no message yet.
pub fn remove(id: AttachmentId, caller: &Caller) -> [Statement; 2] {
    [
        Statement::new(
            "UPDATE attachments SET state = 'removed'
WHERE id = ?1 AND practitioner_id IS ?2 AND message_number IS NULL AND state <> 'removed' AND state <> 'uploading'",
            [id.into(), uploader(caller)],
        ),
        Statement::require_changes(),
    ]
}

/// An attachment as it is kept.
pub struct Kept {
    /// Its id.
    pub id: AttachmentId,
    /// Its chat.
    pub chat: Chat,
    /// What it is.
    pub kind: Kind,
    /// How many bytes it has.
    pub bytes: usize,
    /// How far it has come.
    pub state: State,
    sealed_key: String,
}

impl Kept {
    /// From a row of [`read`] or [`quarantined`].
    pub fn from_row(row: Row) -> Result<Self, StoreError> {
        Ok(Kept {
            id: row.parsed("id")?,
            chat: Chat {
                id: row.parsed("chat_id")?,
                care_provider: row.parsed("care_provider_id")?,
                patient: row.text("patient_id")?.into(),
            },
            kind: row.parsed("kind")?,
            bytes: usize::try_from(row.integer("bytes")?).unwrap_or_default(),
            state: row.parsed("state")?,
            sealed_key: row.text("data_key")?.to_owned(),
        })
    }

    /// What its chunks are sealed with.
    pub fn key(&self, sealer: &Sealer) -> Result<DataKey, Problem> {
        let place = Place {
            care_provider: &self.chat.care_provider,
            column: "attachments.data_key",
            row: &self.id.to_string(),
        };
        Ok(DataKey::from_text(&sealer.open(place, &self.sealed_key)?)?)
    }
}

/// Marks what has waited for a message since before a moment as to be deleted, so many at most.
pub fn give_up_waiting(before: Timestamp, most: i64) -> Statement {
    Statement::new(
        "UPDATE attachments SET state = 'removed'
WHERE id IN (
  SELECT id FROM attachments
  WHERE message_number IS NULL AND uploaded_at < ?1 AND state <> 'removed'
  ORDER BY uploaded_at
  LIMIT ?2
)",
        [before.into(), most.into()],
    )
}

/// What is to be deleted, so many at most, those last that were put off.
pub fn removed(now: Timestamp, most: i64) -> Statement {
    Statement::new(
        "SELECT id, bytes FROM attachments
WHERE state = 'removed' AND asked_at <= ?1
ORDER BY asked_at
LIMIT ?2",
        [now.into(), most.into()],
    )
}

/// What was refused and has its chunks still, so many at most, those last that were put off.
pub fn refused(now: Timestamp, most: i64) -> Statement {
    Statement::new(
        "SELECT id, bytes FROM attachments
WHERE state = 'refused' AND chunks_remain = 1 AND asked_at <= ?1
ORDER BY asked_at
LIMIT ?2",
        [now.into(), most.into()],
    )
}

/// Writes down that the chunks of what was refused are gone. `ids` is a JSON list.
pub fn chunks_are_gone(ids: &str) -> Statement {
    Statement::new(
        "UPDATE attachments SET chunks_remain = 0 WHERE id IN (SELECT value FROM json_each(?1)) AND state = 'refused'",
        [ids.into()],
    )
}

/// Deletes rows whose chunks are gone, and logs it. `ids` is a JSON list.
pub fn delete_removed(ports: &Ports, ids: &str) -> Result<[Statement; 2], Problem> {
    let log = access_log::entry_of_job(
        ports,
        "attachments/tidy",
        Activity::Delete,
        &Resource::new("attachments", "removed"),
        log_entry_over!(
            "SELECT chats.care_provider_id, chats.patient_id
FROM attachments JOIN chats ON chats.id = attachments.chat_id
WHERE attachments.id IN (SELECT value FROM json_each(?12)) AND attachments.state = 'removed'"
        ),
        vec![ids.into()],
    )?;
    Ok([
        log,
        Statement::new(
            "DELETE FROM attachments WHERE id IN (SELECT value FROM json_each(?1)) AND state = 'removed'",
            [ids.into()],
        ),
    ])
}

/// What waits for the scanner, those first that it was asked about longest ago.
pub fn quarantined(now: Timestamp, most: i64) -> Statement {
    Statement::new(
        "SELECT attachments.id, attachments.care_provider_id, attachments.chat_id, attachments.kind, attachments.bytes,
  attachments.state, attachments.data_key, chats.patient_id
FROM attachments JOIN chats ON chats.id = attachments.chat_id
WHERE attachments.state = 'quarantined' AND attachments.asked_at <= ?1
ORDER BY attachments.asked_at
LIMIT ?2",
        [now.into(), most.into()],
    )
}

/// Leaves a file in this state until a moment, behind those that have waited longer; gives no row where it is in
/// another state by now. The id is as the store has it: it need not be one.
pub fn put_off(id: &str, state: State, until: Timestamp) -> Statement {
    Statement::new(
        "UPDATE attachments SET asked_at = ?3 WHERE id = ?1 AND state = ?2 RETURNING id",
        [id.into(), state.as_str().into(), until.into()],
    )
}

/// Writes down what the scanner answered, and logs it. The chunks of what it refused are the job's to delete.
pub fn judge(ports: &Ports, kept: &Kept, state: State) -> Result<[Statement; 3], Problem> {
    Ok([
        Statement::new(
            "UPDATE attachments SET state = ?2, chunks_remain = (?2 = 'refused') WHERE id = ?1 AND state = 'quarantined'",
            [kept.id.into(), state.as_str().into()],
        ),
        Statement::require_changes(),
        access_log::entry_of_job(
            ports,
            "attachments/tidy",
            Activity::Write,
            &Resource::new("attachment", kept.id),
            LOG_ENTRY_OF_ONE,
            vec![(&kept.chat.care_provider).into(), kept.chat.patient.clone()],
        )?,
    ])
}
