//! What a caller sees of cases, messages and notes. One view for all routes; a patient's lacks what is staff's.

use serde::Serialize;
use shared::opening_hours::OpeningHours;
use shared::platform::{Row, StoreError};
use shared::role::Role;
use shared::session::Caller;
use shared::time::Timestamp;
use shared::view::PatientView;
use shared::words::Language;
use shared::words::messaging::WHERE_TO_TURN;
use utoipa::ToSchema;

use crate::case::{CaseState, Course, FirstWriter, NotNow, Side};
use crate::notice::Notice;
use crate::store::{BroughtIn, Chat, Message, Note, Phase};

/// Which side a caller is on.
pub fn side_of(caller: &Caller) -> Side {
    match caller {
        Caller::Staff(_) => Side::Staff,
        Caller::Patient(_) => Side::Patient,
    }
}

/// The unit of a case.
#[derive(Serialize, ToSchema)]
pub struct CareUnitView {
    /// HSA-id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Whether it is open now.
    pub is_open: bool,
    /// When it opens next, while it is closed; left out where it has no hours.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub opens_at: Option<Timestamp>,
}

/// Who is responsible for a case.
#[derive(Serialize, ToSchema)]
pub struct ResponsibleView {
    /// As what.
    pub role: Role,
    /// HSA-id, where somebody is named.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub practitioner: Option<String>,
    /// Their name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// A colleague who was brought into a case.
#[derive(Serialize, ToSchema)]
pub struct BroughtInView {
    /// HSA-id.
    pub practitioner: String,
    /// Their name.
    pub name: String,
    /// As what.
    pub role: Role,
    /// Whether you can end that they take part: it is you, or you asked them, or are responsible.
    pub may_leave: bool,
}

/// A case, or a visit's chat.
#[derive(Serialize, ToSchema)]
pub struct CaseView {
    /// Its id, for good. Its chat's, too.
    pub id: String,
    /// What it is about.
    pub subject: String,
    /// How far it has come.
    pub state: CaseState,
    /// Whether an answer is expected now.
    pub phase: Phase,
    /// At which unit.
    pub care_unit: CareUnitView,
    /// Who is responsible.
    pub responsible: ResponsibleView,
    /// Who takes part beside them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub colleagues: Vec<BroughtInView>,
    /// Whose case.
    pub patient: PatientView,
    /// The visit whose chat it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub appointment: Option<String>,
    /// From when it may be written in, in UTC.
    #[schema(value_type = String, format = DateTime)]
    pub opens_at: Timestamp,
    /// When the patient's writing stops, in UTC.
    #[schema(value_type = String, format = DateTime)]
    pub closes_at: Timestamp,
    /// Who may write first.
    pub first_writer: FirstWriter,
    /// Whether the patient may write at all.
    pub patient_may_reply: bool,
    /// Whether you may write now.
    pub may_write: bool,
    /// Why not, if you may not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why_not: Option<NotNow>,
    /// By when an answer can be expected, while the patient waits for one in the asynchronous phase; it has passed where
    /// the unit is late. Left out where the unit has no hours.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub answer_by: Option<Timestamp>,
    /// Until when staff may still answer after the end; for staff.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub grace_ends_at: Option<Timestamp>,
    /// When it was over.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub closed_at: Option<Timestamp>,
    /// Why staff closed it; for staff.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub closing_reason: Option<String>,
    /// Where to turn now that it is closed: the unit's own words, or the service's in the patient's language.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub where_to_turn: Option<String>,
    /// How many messages you haven't read.
    pub unread: i64,
    /// Up to which number the other side was given the messages; where you may see that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub other_delivered: Option<i64>,
    /// Up to which number the other side has read; where you may see that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub other_read: Option<i64>,
    /// The number of the last message; 0 where there is none.
    pub last_number: i64,
    /// Rises with every change.
    pub version: i64,
}

impl CaseView {
    /// A case by itself.
    pub fn of(chat: &Chat, caller: &Caller, now: Timestamp) -> Self {
        let side = side_of(caller);
        let staff = side == Side::Staff;
        let course = &chat.course;
        let state = course.state(now);
        let may_write = course.may_write(side, now);
        let (is_open, opens_at) = opening(&chat.unit.hours, now);
        let closed = state == CaseState::Closed;
        let marks = other_sides_marks(chat, side);
        CaseView {
            id: chat.id.to_string(),
            subject: chat.subject.clone(),
            state,
            phase: chat.phase,
            care_unit: CareUnitView {
                id: chat.unit.id.to_string(),
                name: chat.unit.name.clone(),
                is_open,
                opens_at,
            },
            responsible: ResponsibleView {
                role: chat.role,
                practitioner: chat.practitioner.as_ref().map(ToString::to_string),
                name: chat.practitioner_name.clone(),
            },
            colleagues: chat
                .colleagues
                .iter()
                .map(|one| BroughtInView {
                    practitioner: one.practitioner.to_string(),
                    name: one.name.clone(),
                    role: one.role,
                    may_leave: !closed && may_let_go(one, chat, caller),
                })
                .collect(),
            patient: PatientView::of(&chat.patient, caller),
            appointment: chat.appointment.map(|id| id.to_string()),
            opens_at: course.opens_at,
            closes_at: course.closes_at,
            first_writer: course.first_writer,
            patient_may_reply: course.patient_may_reply,
            may_write: may_write.is_ok(),
            why_not: may_write.err(),
            answer_by: chat
                .waits_since
                .filter(|_| state == CaseState::AwaitingStaff && chat.phase == Phase::Asynchronous)
                .and_then(|since| chat.unit.answer_by(since)),
            grace_ends_at: course.grace_ends_at.filter(|_| staff && !closed),
            closed_at: closed.then(|| course.ended_at()),
            closing_reason: chat
                .closing
                .as_ref()
                .filter(|_| staff)
                .map(|closing| closing.reason.clone()),
            where_to_turn: closed.then(|| where_to_turn(chat)),
            other_delivered: marks.map(|(delivered, _)| delivered),
            other_read: marks.map(|(_, read)| read),
            unread: match side {
                Side::Patient => chat.unread_by_patient,
                Side::Staff => chat.unread_by_staff,
            },
            last_number: chat.last_number,
            version: chat.version,
        }
    }

    /// As one of a list, which names nobody whose identity is protected.
    pub fn listed(chat: &Chat, caller: &Caller, now: Timestamp) -> Self {
        let mut view = CaseView::of(chat, caller, now);
        if chat.patient.protected_identity && side_of(caller) == Side::Staff {
            view.patient.name = None;
            view.patient.personal_identity = None;
        }
        view
    }
}

/// Whether a unit is open at a moment, and when it opens next, while it is closed.
fn opening(hours: &OpeningHours, at: Timestamp) -> (bool, Option<Timestamp>) {
    let opens = hours.next_open(at);
    (opens == Some(at), opens.filter(|opens| *opens > at))
}

/// What of a case a write or the clock changes: by it, whoever has a copy knows whether it still holds.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// Rises with every change that is written.
    pub version: i64,
    /// How far the case has come.
    pub state: CaseState,
    /// Whether the patient's own writing has stopped.
    pub is_over: bool,
    /// Whether the unit is open.
    pub is_open: bool,
    /// When it opens next, while it is closed.
    pub opens_at: Option<Timestamp>,
}

impl Standing {
    /// Of a case as somebody saw it at a moment.
    pub fn of(view: &CaseView, now: Timestamp) -> Self {
        Standing {
            version: view.version,
            state: view.state,
            is_over: now >= view.closes_at,
            is_open: view.care_unit.is_open,
            opens_at: view.care_unit.opens_at,
        }
    }

    /// From a row of `find_course` with its course, at a moment; the unit's hours at a moment of their own.
    pub fn from_row(
        row: Row,
        course: &Course,
        now: Timestamp,
        hours_at: Timestamp,
    ) -> Result<Self, StoreError> {
        let hours: OpeningHours = row.parsed("opening_hours")?;
        let (is_open, opens_at) = opening(&hours, hours_at);
        Ok(Standing {
            version: row.integer("version")?,
            state: course.state(now),
            is_over: now >= course.closes_at,
            is_open,
            opens_at,
        })
    }
}

/// What a patient whose case is closed is told to do.
fn where_to_turn(chat: &Chat) -> String {
    let own = chat.unit.where_to_turn.clone();
    own.unwrap_or_else(|| {
        let language = Language::from_tag(&chat.patient.language).unwrap_or(Language::Sv);
        language.say(WHERE_TO_TURN).to_owned()
    })
}

/// How far the other side has come, where this side may see it: up to which number it was given the messages,
/// and has read them.
fn other_sides_marks(chat: &Chat, side: Side) -> Option<(i64, i64)> {
    let marks = &chat.marks;
    match side {
        Side::Staff => Some((marks.patient_delivered, marks.patient_read)),
        Side::Patient if chat.unit.shows_read_marks => {
            Some((marks.staff_delivered, marks.staff_read))
        }
        Side::Patient => None,
    }
}

/// A page of cases.
#[derive(Serialize, ToSchema)]
pub struct CasePage {
    /// In the order that was asked for.
    pub cases: Vec<CaseView>,
    /// Where the next page begins, if there is one.
    pub next: Option<String>,
}

/// Who wrote a message.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Sender {
    /// The patient.
    Patient,
    /// Somebody of the unit.
    Staff,
    /// The service itself.
    System,
}

/// One entry of a chat.
#[derive(Serialize, ToSchema)]
pub struct MessageView {
    /// Its number in the chat, from 1 without gaps.
    pub number: i64,
    /// Its id.
    pub id: String,
    /// Who wrote it.
    pub from: Sender,
    /// Whether that is you.
    pub own: bool,
    /// The name of the practitioner who wrote it, or of whom the service tells.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Plain text. Left out once it was taken back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Its files: an id, a full stop, and `jpeg`, `png`, `webp`, `pdf`, `checking` (for viruses) or `refused`.
    /// GET /attachments/v1/{id} gives one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<String>,
    /// What the service says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notice: Option<Notice>,
    /// Where to turn: said with the notice that the case is closed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub where_to_turn: Option<String>,
    /// When it was sent, in UTC.
    #[schema(value_type = String, format = DateTime)]
    pub sent_at: Timestamp,
    /// When it was taken back.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub withdrawn_at: Option<Timestamp>,
    /// Whether the other side was given it; where you may see that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delivered: Option<bool>,
    /// Whether the other side has read it; where you may see that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub read: Option<bool>,
    /// Whether you can take it back now.
    pub may_withdraw: bool,
    /// The chat's version as it came or changed last: it was taken back, or its files were looked at.
    pub version: i64,
}

impl MessageView {
    /// A message as this caller sees it.
    pub fn of(message: Message, chat: &Chat, caller: &Caller, now: Timestamp) -> Self {
        let own = is_own(&message, caller);
        let may_withdraw = may_withdraw(&message, chat, caller, now);
        // How far the other side has come is shown of what one's own side wrote.
        let side = side_of(caller);
        let marks = match message.from {
            Some(from) if from == side => other_sides_marks(chat, side),
            _ => None,
        };
        MessageView {
            number: message.number,
            id: message.id,
            from: match message.from {
                Some(Side::Patient) => Sender::Patient,
                Some(Side::Staff) => Sender::Staff,
                None => Sender::System,
            },
            own,
            name: message.practitioner_name,
            text: message.text,
            attachments: message.attachments,
            where_to_turn: message
                .notice
                .filter(|notice| notice.kind.is_last())
                .map(|_| where_to_turn(chat)),
            notice: message.notice,
            sent_at: message.sent_at,
            withdrawn_at: message.withdrawn_at,
            delivered: marks.map(|(delivered, _)| message.number <= delivered),
            read: marks.map(|(_, read)| message.number <= read),
            may_withdraw,
            version: message.version,
        }
    }
}

/// Whether the caller wrote a message.
fn is_own(message: &Message, caller: &Caller) -> bool {
    match (message.from, caller) {
        (Some(Side::Patient), Caller::Patient(_)) => true,
        (Some(Side::Staff), Caller::Staff(staff)) => {
            message.practitioner.as_ref() == Some(&staff.practitioner)
        }
        _ => false,
    }
}

/// Whether the caller can take a message back now.
pub fn may_withdraw(message: &Message, chat: &Chat, caller: &Caller, now: Timestamp) -> bool {
    is_own(message, caller)
        && message.withdrawn_at.is_none()
        && message
            .from
            .is_some_and(|side| chat.course.may_withdraw(side, message.sent_at, now))
}

/// Whether the caller can end that a colleague takes part: they themselves, who asked them, and who is responsible.
pub fn may_let_go(colleague: &BroughtIn, chat: &Chat, caller: &Caller) -> bool {
    let Caller::Staff(staff) = caller else {
        return false;
    };
    let me = &staff.practitioner;
    colleague.practitioner == *me || colleague.by == *me || chat.practitioner.as_ref() == Some(me)
}

/// Messages, in order, with the chat that they stand in.
#[derive(Serialize, ToSchema)]
pub struct MessagePage {
    /// The chat as it is now.
    pub chat: CaseView,
    /// By number.
    pub messages: Vec<MessageView>,
    /// Whether there are more in the direction that was asked for.
    pub more: bool,
}

/// What somebody who posted a message gets.
#[derive(Serialize, ToSchema)]
pub struct Posted {
    /// The message's id.
    pub id: String,
    /// In which chat.
    pub chat: String,
    /// Its number there.
    pub number: i64,
    /// When it was sent, in UTC.
    pub sent_at: String,
    /// By when an answer can be expected; for patients, where the unit has hours.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub answer_by: Option<Timestamp>,
}

/// How far the caller's side has read.
#[derive(Serialize, ToSchema)]
pub struct ReadView {
    /// Up to which number.
    pub read: i64,
}

/// A note that staff keep beside a chat.
#[derive(Serialize, ToSchema)]
pub struct NoteView {
    /// Its id.
    pub id: String,
    /// Who wrote it (HSA-id).
    pub practitioner: String,
    /// Their name.
    pub name: String,
    /// Plain text.
    pub text: String,
    /// When, in UTC.
    #[schema(value_type = String, format = DateTime)]
    pub written_at: Timestamp,
}

impl From<Note> for NoteView {
    fn from(note: Note) -> Self {
        NoteView {
            id: note.id,
            practitioner: note.practitioner.to_string(),
            name: note.practitioner_name,
            text: note.text,
            written_at: note.written_at,
        }
    }
}

/// The notes beside a chat.
#[derive(Serialize, ToSchema)]
pub struct NoteList {
    /// The oldest first, 500 at most.
    pub notes: Vec<NoteView>,
}
