//! The record panel of a chat: entry, triage and details; notes that are kept as drafts, signed for good, and added to;
//! and all of it as plain text for the journal. By program and by form, which do the same. The page has the chat's
//! thread beside the record.

use std::str::FromStr;

use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::json;
use shared::access_log::Activity;
use shared::case::{CaseState, Course};
use shared::chat_message::{
    Message, Side, Which, files_found, mark_all_read, messages, waiting_files,
};
use shared::chat_notice::{Notice, NoticeKind};
use shared::colleagues::{Offer, offer_of};
use shared::identifiers::{ChatId, RecordNoteId};
use shared::json::Json;
use shared::page::{
    Faults, FormPost, LocalPath, Viewer, assets, go_to, new_key, sent_already, waiting_offer,
};
use shared::platform::{Outcome, Ports, Statement, StoreError};
use shared::post::{ATTEMPTS, Post, RequestIdentity};
use shared::problem::Problem;
use shared::sealing::Sealer;
use shared::session::{Caller, Staff};
use shared::text::Text;
use shared::time::Timestamp;
use shared::words::dates::moment;
use shared::words::{
    Language, attachments as files, messaging as chat_words, record as words, workspace,
};
use utoipa::ToSchema;

use crate::record_store::{self as store, Draft, Matter, Record, RecordNote, SentText};
use crate::signed_notes::{self, in_reading_order, plain_text};
use crate::tabs::{self, Kind, Looked};
use crate::tabs_store;

/// How many messages the page shows; the chat's own page has them all.
const SHOWN: i64 = 50;

/// A note of the record.
#[derive(Serialize, ToSchema)]
pub struct RecordNoteView {
    /// Its id.
    pub id: String,
    /// Who wrote it (HSA-id).
    pub practitioner: String,
    /// Their name.
    pub name: String,
    /// Plain text.
    pub text: String,
    /// The note that it is an addendum to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub adds_to: Option<String>,
    /// When it was written last, in UTC. Every change of a draft has a later one: by it is said which text was read.
    #[schema(value_type = String, format = DateTime)]
    pub changed_at: Timestamp,
    /// When it was signed; a draft was not.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub signed_at: Option<Timestamp>,
}

impl From<RecordNote> for RecordNoteView {
    fn from(note: RecordNote) -> Self {
        RecordNoteView {
            id: note.id,
            practitioner: note.practitioner.to_string(),
            name: note.practitioner_name,
            text: note.text,
            adds_to: note.adds_to,
            changed_at: note.changed_at,
            signed_at: note.signed_at,
        }
    }
}

/// The record beside a chat.
#[derive(Serialize, ToSchema)]
pub struct RecordView {
    /// Rises with every change of the next three; 0 where there is no record yet.
    pub version: i64,
    /// Ingång.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entry: Option<String>,
    /// Triage.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub triage: Option<String>,
    /// Besöksdetaljer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub details: Option<String>,
    /// The signed notes and your own drafts, the oldest first.
    pub notes: Vec<RecordNoteView>,
    /// What is signed, and what was about the contact, as text for the journal.
    pub plain_text: String,
}

async fn look(
    staff: &Staff,
    ports: &Ports,
    chat: &str,
) -> Result<(Matter, Vec<RecordNote>), Problem> {
    let chat: ChatId = chat.parse().map_err(|_| Problem::not_found())?;
    let sealer = Sealer::from_secrets(&*ports.secrets)?;
    let found = ports
        .store_for(&Caller::Staff(staff.clone()))
        .batch(vec![
            store::find(chat, staff),
            store::notes(chat, staff),
            store::log_read(ports, staff, "record", chat)?,
        ])
        .await?;
    let row = found[0].rows.first().ok_or_else(Problem::not_found)?;
    let matter = Matter::from_row(&sealer, chat, row)?;
    Ok((matter, notes_of(&sealer, &found[1])?))
}

/// What stands beside the record.
struct Thread {
    messages: Vec<Message>,
    texts: Vec<SentText>,
    /// How many of the reader's files wait for their next message.
    files: i64,
    /// The offer of the matter that waits for an answer.
    offer: Option<Offer>,
    /// The matters that are open, this one too, as HTML.
    tabs: String,
}

/// As [`look`], with the chat's last messages, which are read by being shown, and the tabs, of which this is one from now on.
async fn look_beside(
    staff: &Staff,
    looked: Looked,
    ports: &Ports,
    language: Language,
    chat: &str,
) -> Result<(Matter, Vec<RecordNote>, Thread), Problem> {
    let chat: ChatId = chat.parse().map_err(|_| Problem::not_found())?;
    let (id, now) = (chat.to_string(), ports.clock.now());
    let session = looked.session;
    let [open, log_open] = tabs_store::list(ports, staff, session)?;
    let sealer = Sealer::from_secrets(&*ports.secrets)?;
    let caller = Caller::Staff(staff.clone());
    let mut statements = vec![
        mark_all_read(chat, &caller),
        store::find(chat, staff),
        store::notes(chat, staff),
        messages(chat, &caller, Which::Before(None), SHOWN),
        store::texts(chat, staff),
        waiting_files(chat, &caller),
    ];
    statements.extend(offer_of(ports, staff, chat)?);
    if looked.by_person {
        let open_from_now = tabs_store::keep_open(staff, session, Kind::Chat, &id, now);
        statements.push(open_from_now);
    }
    let tabs_at = statements.len();
    statements.extend([
        open,
        log_open,
        store::log_read(ports, staff, "record", chat)?,
        store::log_read(ports, staff, "chat", chat)?,
    ]);
    let found = ports.store_for(&caller).batch(statements).await?;
    let row = found[1].rows.first().ok_or_else(Problem::not_found)?;
    let matter = Matter::from_row(&sealer, chat, row)?;
    if found[0].rows.first().is_some() {
        ports.rooms.tell(&id, "change");
    }
    let mut messages = Message::from_rows(&sealer, &matter.care_provider, &found[3].rows)?;
    messages.reverse();
    let texts = found[4].rows.iter().map(SentText::from_row);
    let offer = found[6].rows.first();
    let offer = offer.map(|row| Offer::from_row(&sealer, row));
    let thread = Thread {
        messages,
        texts: texts.collect::<Result<_, _>>()?,
        files: files_found(&found[5])?,
        offer: offer.transpose()?,
        tabs: tabs::navigation(language, ports, &sealer, &found[tabs_at], Some(&id))?,
    };
    Ok((matter, notes_of(&sealer, &found[2])?, thread))
}

fn notes_of(sealer: &Sealer, found: &Outcome) -> Result<Vec<RecordNote>, Problem> {
    let read = |row| RecordNote::from_row(sealer, row);
    found.rows.iter().map(read).collect()
}

/// The record beside a chat. The patient never sees it.
#[utoipa::path(get, path = "/workspace/v1/chats/{id}/record", params(("id" = String, Path, description = "the chat")),
    responses((status = 200, body = RecordView), (status = 404, description = "none, or none for you")))]
pub async fn read(
    staff: Staff,
    ports: Ports,
    Path(id): Path<String>,
) -> Result<Json<RecordView>, Problem> {
    let (matter, notes) = look(&staff, &ports, &id).await?;
    Ok(Json(RecordView {
        version: matter.version,
        plain_text: plain_text(&matter.record, &notes),
        entry: matter.record.entry,
        triage: matter.record.triage,
        details: matter.record.details,
        notes: notes.into_iter().map(RecordNoteView::from).collect(),
    }))
}

/// What a contact was about. What is left out is taken away.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRecord {
    /// The version that this one takes the place of; 0 for the first.
    pub version: u32,
    /// Ingång, up to 200 characters.
    #[schema(value_type = Option<String>)]
    pub entry: Option<Text<200>>,
    /// Triage, up to 4,000 characters.
    #[schema(value_type = Option<String>)]
    pub triage: Option<Text<4000>>,
    /// Besöksdetaljer, up to 4,000 characters.
    #[schema(value_type = Option<String>)]
    pub details: Option<Text<4000>>,
}

/// A note to be kept as a draft.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewNote {
    /// Your own draft that gets this text; a new one, if left out.
    #[schema(value_type = Option<String>)]
    pub note: Option<RecordNoteId>,
    /// That draft's `changed_at` as you read it, without which no draft is written over.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub changed_at: Option<Timestamp>,
    /// Plain text of 1 to 8,000 characters.
    #[schema(value_type = String)]
    pub text: Text<8000>,
    /// The signed note that a new one is an addendum to.
    #[schema(value_type = Option<String>)]
    pub adds_to: Option<RecordNoteId>,
}

/// A draft that is signed as it was read.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Signing {
    /// Its `changed_at`: what has been written since is not signed.
    #[schema(value_type = String, format = DateTime)]
    pub changed_at: Timestamp,
}

/// What is done in a record.
enum Change {
    Keep(NewRecord),
    /// A draft is kept, and signed if that is asked, too.
    Draft(NewNote, bool),
    /// A draft is signed that was read as it was changed last at this moment.
    Sign(String, Timestamp),
}

fn conflict(kind: &'static str, title: &'static str, detail: &'static str) -> Problem {
    Problem::new(StatusCode::CONFLICT, kind, title).detail(detail)
}

/// Keeps entry, triage and details over the version that was read.
#[utoipa::path(post, path = "/workspace/v1/chats/{id}/record", request_body = NewRecord,
    params(("id" = String, Path, description = "the chat")),
    responses((status = 200, description = "kept"), (status = 409, description = "somebody else changed it meanwhile")))]
pub async fn write(
    staff: Staff,
    ports: Ports,
    Path(id): Path<String>,
    post: Post<NewRecord>,
) -> Result<Response, Problem> {
    change(
        &staff,
        &ports,
        &id,
        &post.identity,
        &Change::Keep(post.body),
    )
    .await
}

/// Keeps a draft of a note, over the text that was read where there is one: only its writer sees it until it is signed.
///
/// Answers with its `id`, and with the `changed_at` by which it is written over or signed next.
#[utoipa::path(post, path = "/workspace/v1/chats/{id}/record/notes", request_body = NewNote,
    params(("id" = String, Path, description = "the chat")),
    responses((status = 200, description = "kept"), (status = 409, description = "it is signed: write an addendum; or it was changed since you read it: read it anew; or there are 500 already")))]
pub async fn write_note(
    staff: Staff,
    ports: Ports,
    Path(id): Path<String>,
    post: Post<NewNote>,
) -> Result<Response, Problem> {
    let draft = Change::Draft(post.body, false);
    change(&staff, &ports, &id, &post.identity, &draft).await
}

/// Signs one's own draft as it was read: from then on it stays as it is, and all the unit's staff see it.
#[utoipa::path(post, path = "/workspace/v1/chats/{id}/record/notes/{note}/sign", request_body = Signing,
    params(("id" = String, Path, description = "the chat"), ("note" = String, Path, description = "the draft")),
    responses((status = 200, description = "signed"), (status = 409, description = "it is signed already; or it was changed since you read it: read it anew")))]
pub async fn sign(
    staff: Staff,
    ports: Ports,
    Path((id, note)): Path<(String, String)>,
    post: Post<Signing>,
) -> Result<Response, Problem> {
    let signing = Change::Sign(note, post.body.changed_at);
    change(&staff, &ports, &id, &post.identity, &signing).await
}

/// Does one thing in a record once: reads it, decides, and writes it with the access-log entry, or looks again where
/// somebody was quicker.
async fn change(
    staff: &Staff,
    ports: &Ports,
    id: &str,
    request: &RequestIdentity,
    change: &Change,
) -> Result<Response, Problem> {
    let chat: ChatId = id.parse().map_err(|_| Problem::not_found())?;
    let caller = Caller::Staff(staff.clone());
    let sealer = Sealer::from_secrets(&*ports.secrets)?;
    let store = ports.store_for(&caller);
    for _ in 0..ATTEMPTS {
        let found = store
            .batch(vec![
                request.lookup(&caller),
                store::find(chat, staff),
                store::notes(chat, staff),
            ])
            .await?;
        if let Some(answer) = request.replay(&sealer, &caller, &found[0])? {
            return Ok(answer);
        }
        let row = found[1].rows.first().ok_or_else(Problem::not_found)?;
        let matter = Matter::from_row(&sealer, chat, row)?;
        let notes = notes_of(&sealer, &found[2])?;
        let (answer, statements) = decide(staff, ports, &sealer, &matter, &notes, change)?;
        let activity = match change {
            Change::Sign(..) | Change::Draft(_, true) => Activity::Sign,
            Change::Keep(_) | Change::Draft(_, false) => Activity::Write,
        };
        let provider = &matter.care_provider;
        let (keep, answer) =
            request.keep(ports, &sealer, &caller, provider, StatusCode::OK, &answer)?;
        let mut writing = vec![keep];
        writing.extend(statements);
        writing.push(store::log_write(ports, staff, &matter, activity)?);
        match store.batch(writing).await {
            Ok(_) => return Ok(answer),
            Err(error) if error.refused_by("record_notes_are_500_at_most") => {
                return Err(conflict(
                    "notes-full",
                    "There are 500 notes here already",
                    "No more can be kept in this record, drafts counted. What more there is belongs in the journal.",
                ));
            }
            Err(StoreError::Refused(_)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(Problem::unavailable("others were quicker at every attempt"))
}

fn decide(
    staff: &Staff,
    ports: &Ports,
    sealer: &Sealer,
    matter: &Matter,
    notes: &[RecordNote],
    change: &Change,
) -> Result<(serde_json::Value, Vec<Statement>), Problem> {
    let now = ports.clock.now();
    let known = |id: &str| notes.iter().find(|note| note.id == id);
    match change {
        Change::Keep(new) => {
            if matter.version != i64::from(new.version) {
                return Err(conflict(
                    "record-changed",
                    "Somebody else changed the record",
                    "Read it anew, and write your change over its present version.",
                ));
            }
            let record = Record {
                entry: new.entry.as_ref().map(|text| text.as_str().to_owned()),
                triage: new.triage.as_ref().map(|text| text.as_str().to_owned()),
                details: new.details.as_ref().map(|text| text.as_str().to_owned()),
            };
            let statements = store::keep(ports, sealer, staff, matter, &record)?;
            Ok((json!({ "version": matter.version + 1 }), statements.into()))
        }
        Change::Draft(new, signed) => {
            let (id, over) = match new.note {
                None => (RecordNoteId::new(ports).to_string(), None),
                Some(id) => {
                    let draft = draft_as_read(staff, known(&id.to_string()), new.changed_at)?;
                    (draft.id.clone(), Some(draft.changed_at))
                }
            };
            let adds_to = new.adds_to.map(|note| note.to_string());
            if let Some(note) = &adds_to
                && known(note).is_none_or(|note| note.signed_at.is_none())
            {
                return Err(Problem::invalid(
                    "adds_to",
                    "an addendum is to a signed note of this chat",
                ));
            }
            let draft = Draft {
                id: &id,
                text: new.text.as_str(),
                adds_to: adds_to.as_deref(),
                over,
                // Later than what it takes the place of, whatever the clocks say: two texts are never of one moment.
                changed_at: over.map_or(now, |over| now.max(over.plus(1))),
            };
            let mut statements =
                Vec::from(store::keep_draft(ports, sealer, staff, matter, &draft)?);
            if *signed {
                statements.extend(store::sign(matter.chat, staff, &id, draft.changed_at, now));
            }
            let answer = json!({ "id": id, "changed_at": draft.changed_at });
            Ok((answer, statements))
        }
        Change::Sign(note, read) => {
            let draft = draft_as_read(staff, known(note), Some(*read))?;
            let statements = store::sign(matter.chat, staff, &draft.id, *read, now);
            let answer = json!({ "id": draft.id, "signed_at": now });
            Ok((answer, statements.into()))
        }
    }
}

/// One's own draft, if it is as it was read, by when it was changed last.
fn draft_as_read<'a>(
    staff: &Staff,
    note: Option<&'a RecordNote>,
    read: Option<Timestamp>,
) -> Result<&'a RecordNote, Problem> {
    let note = note.ok_or_else(Problem::not_found)?;
    if note.signed_at.is_some() || note.practitioner != staff.practitioner {
        return Err(conflict(
            "signed",
            "The note is signed",
            "What is signed stays as it is: write an addendum with adds_to.",
        ));
    }
    if read != Some(note.changed_at) {
        return Err(conflict(
            "draft-changed",
            "The draft was changed since it was read",
            "Read it anew, and write over it or sign it by its present changed_at.",
        ));
    }
    Ok(note)
}

/// What the page's forms hold beyond what is kept: what somebody typed that could not be, and what a note adds to.
#[derive(Default)]
struct Typed {
    /// With the version that it was typed over.
    record: Option<(Record, i64)>,
    note: String,
    /// A message that was begun before a file was attached.
    message: String,
    /// The draft that the note was typed in, if it was in one, and when that was changed last as it was read.
    draft: Option<(String, Option<Timestamp>)>,
    adds_to: Option<String>,
    faults: Faults,
}

#[derive(Template)]
#[template(path = "record.html")]
struct RecordPage {
    language: Language,
    now: Timestamp,
    key: String,
    /// Who looks.
    staff: Staff,
    matter: Matter,
    thread: Thread,
    /// The offer of the matter that waits, as HTML; empty where none does.
    offer: String,
    script: &'static str,
    /// What the form holds.
    record: Record,
    /// Whether what it holds was typed over another version than is kept now.
    record_changed: bool,
    notes: Vec<RecordNote>,
    plain_text: String,
    adds_to: Option<String>,
    /// What the chat's form holds.
    typed_message: String,
    typed_note: String,
    /// The draft that it was typed in; otherwise the new note.
    typed_in: Option<String>,
    /// Whether it was typed over another text than that draft has now.
    draft_changed: bool,
    faults: Faults,
}

impl RecordPage {
    fn course(&self) -> &Course {
        &self.matter.course
    }

    /// How far the chat has come.
    fn state(&self) -> &'static str {
        let state = self.course().state(self.now);
        self.language.say(chat_words::state(state, true))
    }

    fn is_planned(&self) -> bool {
        self.course().state(self.now) == CaseState::Planned
    }

    fn is_closed(&self) -> bool {
        self.course().state(self.now) == CaseState::Closed
    }

    /// Whether its end is still to come: not in the grace after it.
    fn ends_later(&self) -> bool {
        !self.is_closed() && self.now < self.course().closes_at
    }

    /// Why nothing can be written in the chat now.
    fn why_not(&self) -> Option<&'static str> {
        let may_write = self.course().may_write(Side::Staff, self.now);
        let why = may_write.err()?;
        Some(self.language.say(chat_words::why_not(why, true)))
    }

    /// Until when staff may answer a patient whose time is over.
    fn grace(&self) -> Option<&Timestamp> {
        let ends = self.course().grace_ends_at.as_ref();
        ends.filter(|_| !self.is_closed())
    }

    fn wrong(&self, field: &str) -> Option<&'static str> {
        self.faults.of(field).map(|word| self.language.say(word))
    }

    /// The patient's personal number, and the age that it tells.
    fn identity(&self) -> String {
        workspace::identity_and_age(self.language, &self.matter.patient.identity, self.now)
    }

    /// The record's fields that stand below the first: name, label, rows, what is typed and what is kept.
    fn areas(&self) -> [(&'static str, &'static str, u8, &str, &str); 2] {
        let kept = &self.matter.record;
        let (triage, details) = (&self.record.triage, &self.record.details);
        [
            (
                "triage",
                self.language.say(words::TRIAGE),
                3,
                self.kept(triage),
                self.kept(&kept.triage),
            ),
            (
                "details",
                self.language.say(words::DETAILS),
                4,
                self.kept(details),
                self.kept(&kept.details),
            ),
        ]
    }

    /// A field's text; empty where nothing is kept.
    fn kept<'a>(&self, text: &'a Option<String>) -> &'a str {
        text.as_deref().unwrap_or_default()
    }

    fn phase(&self) -> &'static str {
        self.language.say(match self.matter.is_synchronous {
            true => words::SYNCHRONOUS_VISIT,
            false => words::ASYNCHRONOUS_VISIT,
        })
    }

    fn moment(&self, at: &Timestamp) -> String {
        moment(self.language, *at)
    }

    fn signed(&self) -> Vec<(&RecordNote, Timestamp)> {
        in_reading_order(&self.notes)
    }

    /// An addendum, and what it adds to.
    fn addendum(&self, to: &str) -> String {
        let said = |at| moment(self.language, at);
        signed_notes::addendum(self.language, &self.notes, to, said)
    }

    fn drafts(&self) -> impl Iterator<Item = &RecordNote> {
        self.notes.iter().filter(|note| note.signed_at.is_none())
    }

    /// The id of a draft's field.
    fn field_of(&self, draft: &RecordNote) -> String {
        field_of_draft(&draft.id)
    }

    /// What a draft's field holds: what was typed and could not be kept, or what is kept.
    fn text_of<'a>(&'a self, draft: &'a RecordNote) -> &'a str {
        match self.is_typed_in(draft) {
            true => &self.typed_note,
            false => &draft.text,
        }
    }

    fn is_typed_in(&self, draft: &RecordNote) -> bool {
        self.typed_in.as_ref() == Some(&draft.id)
    }

    fn class(&self, message: &Message) -> &'static str {
        match message.from {
            None => "message system",
            Some(_) if self.is_own(message) => "message own",
            Some(_) => "message other",
        }
    }

    fn is_own(&self, message: &Message) -> bool {
        message.practitioner.as_ref() == Some(&self.staff.practitioner)
    }

    fn who<'a>(&'a self, message: &'a Message) -> &'a str {
        match (message.from, &message.practitioner_name) {
            _ if self.is_own(message) => self.language.say(chat_words::YOU),
            (Some(Side::Patient), _) => &self.matter.patient.name,
            (_, name) => name.as_deref().unwrap_or_default(),
        }
    }

    /// What the service said; of a text message, what became of it, too.
    fn notice(&self, notice: &Notice, message: &Message) -> String {
        let named = message.practitioner_name.as_deref();
        let said = chat_words::notice(self.language, notice, named);
        let template = match notice.kind {
            NoticeKind::SmsSent => "new-message",
            NoticeKind::ClosingSoon => "case-closing",
            _ => return said,
        };
        // Written in one transaction, a moment apart at most.
        let far = |text: &&SentText| (text.created_at.millis() - message.sent_at.millis()).abs();
        let texts = self.thread.texts.iter();
        let of_kind = texts.filter(|text| text.template == template);
        match of_kind.min_by_key(far).map(|text| text.state.as_str()) {
            None => said,
            Some(state) => {
                let became = self.language.say(match state {
                    "queued" => words::SMS_QUEUED,
                    "sent" => words::SMS_SENT,
                    "delivered" => words::SMS_DELIVERED,
                    "failed" => words::SMS_FAILED,
                    _ => words::SMS_WITHHELD,
                });
                match notice.kind {
                    NoticeKind::SmsSent => format!("{said}: {became}"),
                    _ => format!("{said} (sms: {became})"),
                }
            }
        }
    }

    /// Whether there are messages before those that are shown.
    fn has_earlier(&self) -> bool {
        let first = self.thread.messages.first();
        first.is_some_and(|message| message.number > 1)
    }
}

fn field_of_draft(id: &str) -> String {
    format!("draft-{id}")
}

/// The page.
pub async fn page(
    staff: Staff,
    ports: Ports,
    viewer: Viewer,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let looked = tabs::looked(&headers, &ports)?;
    let typed = Typed::default();
    show(&staff, looked, &ports, viewer, &id, typed).await
}

/// The page, with the form for an addendum to a note.
pub async fn addendum_page(
    staff: Staff,
    ports: Ports,
    viewer: Viewer,
    headers: HeaderMap,
    Path((id, note)): Path<(String, String)>,
) -> Result<Response, Problem> {
    let looked = tabs::looked(&headers, &ports)?;
    let typed = Typed {
        adds_to: Some(note),
        ..Typed::default()
    };
    show(&staff, looked, &ports, viewer, &id, typed).await
}

async fn show(
    staff: &Staff,
    looked: Looked,
    ports: &Ports,
    viewer: Viewer,
    id: &str,
    typed: Typed,
) -> Result<Response, Problem> {
    let (matter, notes, mut thread) =
        look_beside(staff, looked, ports, viewer.language, id).await?;
    let tabs = std::mem::take(&mut thread.tabs);
    let known = |id: &String| notes.iter().find(|note| note.id == *id);
    let is_signed = |id: &String| known(id).is_some_and(|note| note.signed_at.is_some());
    // What isn't signed here gets no addendum: the panel as it is.
    let mut adds_to = typed.adds_to.filter(is_signed);
    let mut faults = typed.faults;
    // Whatever else was wrong: what was typed over something that is kept no more is shown beside what is, so that the
    // next press of a button overwrites nothing unseen.
    let (record, record_changed) = match typed.record {
        None => (matter.record.clone(), false),
        Some((record, over)) => (record, over != matter.version),
    };
    if record_changed {
        faults.add("entry", words::CHANGED);
    }
    let (mut typed_in, mut draft_changed) = (None, false);
    if let Some((id, read)) = typed.draft
        && let Some(note) = known(&id)
    {
        if is_signed(&id) {
            // Goes on as a new note, and adds to what the draft added to.
            faults.add("text", words::SIGNED_ALREADY);
            adds_to = note.adds_to.clone();
        } else {
            draft_changed = read != Some(note.changed_at);
            if draft_changed {
                faults.add(&field_of_draft(&id), words::DRAFT_CHANGED);
            }
            typed_in = Some(id);
        }
    }
    let now = ports.clock.now();
    let is_closed = matter.course.state(now) == CaseState::Closed;
    let here = LocalPath::from_outside(&format!("/workspace/records/{}", matter.chat));
    let offer = match &thread.offer {
        Some(offer) => waiting_offer(viewer.language, ports, staff, offer, is_closed, &here)?,
        None => String::new(),
    };
    let content = RecordPage {
        language: viewer.language,
        now,
        key: new_key(ports),
        record,
        record_changed,
        plain_text: plain_text(&matter.record, &notes),
        staff: staff.clone(),
        matter,
        thread,
        offer,
        script: assets::CHAT_SCRIPT_PATH,
        notes,
        adds_to,
        typed_message: typed.message,
        typed_note: typed.note,
        typed_in,
        draft_changed,
        faults,
    };
    let status = content.faults.status();
    let viewer = viewer.wide().with_tabs(tabs);
    let title = content.matter.subject.clone();
    viewer.show_as(status, &title, &content)
}

/// What somebody does in a record by one of its forms: the field `action` says which.
pub async fn act(
    staff: Staff,
    ports: Ports,
    viewer: Viewer,
    headers: HeaderMap,
    Path(id): Path<String>,
    form: FormPost,
) -> Result<Response, Problem> {
    let here = LocalPath::from_outside(&format!("/workspace/records/{id}"));
    // From the page on which files are attached: a message that was begun is written on, and nothing is done.
    if form.text("action") == "back" {
        let message = form.text("text");
        if message.is_empty() {
            return Ok(go_to(&here));
        }
        let typed = Typed {
            message,
            ..Typed::default()
        };
        let looked = tabs::looked(&headers, &ports)?;
        return show(&staff, looked, &ports, viewer, &id, typed).await;
    }
    let done = match changed_by(&form) {
        Ok(asked) => change(&staff, &ports, &id, &form.identity, &asked).await,
        Err(problem) => Err(problem),
    };
    let some = |name| Some(form.text(name)).filter(|text| !text.is_empty());
    let draft = some("note");
    let mut faults = Faults::none();
    match done {
        Ok(_) => return Ok(go_to(&here)),
        Err(problem) => match problem.kind() {
            // The page itself says so, by what is kept when it is shown.
            "record-changed" | "draft-changed" | "signed" => {}
            "notes-full" => faults.add("text", words::NOTES_FULL),
            "invalid" => match problem.field() {
                Some(field @ ("entry" | "triage" | "details")) => {
                    faults.add(field, words::DOES_NOT_FIT);
                }
                _ => {
                    let field = draft.as_deref().map(field_of_draft);
                    faults.add(field.as_deref().unwrap_or("text"), words::DOES_NOT_FIT);
                }
            },
            _ => {
                let (field, word) = sent_already(&problem).ok_or(problem)?;
                faults.add(field, word);
            }
        },
    }
    let is_record = form.text("action") == "keep";
    let typed = Typed {
        record: is_record.then(|| {
            let record = Record {
                entry: some("entry"),
                triage: some("triage"),
                details: some("details"),
            };
            (record, read_at(&form, "version").unwrap_or(0))
        }),
        note: form.text("text"),
        message: String::new(),
        draft: draft.map(|id| (id, read_at(&form, "changed_at"))),
        adds_to: some("adds_to"),
        faults,
    };
    let looked = tabs::looked(&headers, &ports)?;
    show(&staff, looked, &ports, viewer, &id, typed).await
}

/// What a form says of what was read as it was filled in; nothing, where it can't be understood.
fn read_at<T: FromStr>(form: &FormPost, field: &str) -> Option<T> {
    form.parsed(field).ok().flatten()
}

fn changed_by(form: &FormPost) -> Result<Change, Problem> {
    let action = form.text("action");
    if action == "keep" {
        return Ok(Change::Keep(NewRecord {
            version: form.parsed("version")?.unwrap_or(0),
            entry: form.parsed("entry")?,
            triage: form.parsed("triage")?,
            details: form.parsed("details")?,
        }));
    }
    if action != "draft" && action != "sign" {
        return Err(Problem::invalid("action", "there is no such action"));
    }
    let text = form.parsed("text")?;
    let note = NewNote {
        note: form.parsed("note")?,
        changed_at: form.parsed("changed_at")?,
        text: text.ok_or_else(|| Problem::invalid("text", "write something"))?,
        adds_to: form.parsed("adds_to")?,
    };
    Ok(Change::Draft(note, action == "sign"))
}
