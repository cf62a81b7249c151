//! JSON handlers for what is written: messages, taking them back, read marks, and staff's own notes. A message
//! gets its number in the write itself, which also judges whether its writer may write at that moment.

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde::{Deserialize, Serialize};
use shared::access_log::{Activity, LOG_ENTRY_OF_ONE, Resource};
use shared::entity_tag;
use shared::identifiers::{ChatId, ChatNoteId, MessageId};
use shared::json::Json;
use shared::platform::{Outcome, Ports, Statement, StoreError};
use shared::post::{ATTEMPTS, Nothing, RequestIdentity, was_repeated};
use shared::problem::Problem;
use shared::sealing::Sealer;
use shared::session::{Caller, Staff};
use shared::sms_outbox::SmsTemplate;
use shared::text::Text;
use shared::time::{MINUTE, Timestamp};
use shared::view::Made;
use shared::words::Language;
use utoipa::{IntoParams, ToSchema};

use super::cases::text_message;
use super::problems::{not_now, not_withdrawable, notes_full};
use super::view::{
    CaseView, MessagePage, MessageView, NoteList, NoteView, Posted, ReadView, Standing,
    may_withdraw, side_of,
};
use crate::asked::{By, Unheard, parsed};
use crate::case::{LastMessage, Side, WITHDRAWABLE};
use crate::notification::room_of;
use crate::store::{self, Chat, Message, NewMessage, Note, Phase, Which};

/// How many messages a page has where nothing else is asked for, and at most.
const PAGE: i64 = 50;
const LARGEST_PAGE: i64 = 200;

/// Which messages to list.
#[derive(Default, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct MessageQuery {
    /// Those after this number.
    pub after: Option<u32>,
    /// The last ones before this number.
    pub before: Option<u32>,
    /// 1 to 200; 50, if left out.
    pub limit: Option<i64>,
}

/// A chat's id out of an address.
pub fn chat_id(id: &str) -> Result<ChatId, Problem> {
    id.parse().map_err(|_| Problem::not_found())
}

/// What a reader's copy is known by: every change that they would see gives another. While something may be taken back
/// that is one each minute, for each message's time for it runs out by itself.
pub fn tag(stands: Standing, last: Option<LastMessage>, now: Timestamp) -> String {
    // 0 while it is open, -1 where it never opens.
    let closed = -i64::from(!stands.is_open);
    let left = last.map_or(0, |last| last.at.plus(WITHDRAWABLE).millis() - now.millis());
    format!(
        "\"{}-{}-{}-{}-{}\"",
        stands.version,
        stands.state.as_str(),
        i32::from(stands.is_over),
        stands.opens_at.map_or(closed, Timestamp::millis),
        (left.max(0) + MINUTE - 1) / MINUTE
    )
}

/// 304, where whoever asks has a copy of the chat or its case as it stands. It costs one statement, and is no reading.
pub async fn unchanged(asked: &By<Caller>, id: ChatId) -> Result<Option<Response>, Problem> {
    if !asked.headers().contains_key(header::IF_NONE_MATCH) {
        return Ok(None);
    }
    let store = asked.ports.store_for(&asked.who);
    let found = store.query(store::find_course(id, &asked.who)).await?;
    let row = found.rows.first().ok_or_else(Problem::not_found)?;
    let now = asked.ports.clock.now();
    let course = store::course_from_row(row)?;
    let stands = Standing::from_row(row, &course, now, now)?;
    let tag = tag(stands, course.last, now);
    if !entity_tag::is_known(asked.headers(), &tag) {
        return Ok(None);
    }
    let tag = HeaderValue::from_str(&tag).map_err(|_| Problem::internal("a tag"))?;
    Ok(Some(
        (StatusCode::NOT_MODIFIED, [(header::ETAG, tag)]).into_response(),
    ))
}

/// The last messages of a chat, or those after or before a number. With `If-None-Match` it costs one
/// statement to hear that nothing has changed.
#[utoipa::path(get, path = "/messaging/v1/chats/{id}/messages", params(("id" = String, Path, description = "the chat"), MessageQuery),
    responses((status = 200, body = MessagePage), (status = 304, description = "nothing has changed"),
        (status = 404, description = "none, or none for you")))]
pub async fn list(asked: By<Caller>) -> Result<Response, Problem> {
    let id = asked.part(0);
    let [after, before, limit] = asked.query(["after", "before", "limit"])?;
    let query = MessageQuery {
        after: parsed("after", after)?,
        before: parsed("before", before)?,
        limit: parsed("limit", limit)?,
    };
    let id = chat_id(&id)?;
    if let Some(unchanged) = unchanged(&asked, id).await? {
        return Ok(unchanged);
    }
    let looked = messages(&asked.who, &asked.ports, id, &query, Looking::ByProgram).await?;
    Ok(([(header::ETAG, looked.tag)], Json(looked.page)).into_response())
}

/// Who looks at messages: a program delivers them, a page is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Looking {
    /// Somebody may see them later.
    ByProgram,
    /// Somebody sees them now, in this language.
    OnPage(Language),
}

/// A page of messages, for whoever asked.
pub struct Looked {
    /// The page itself.
    pub page: MessagePage,
    /// Its tag.
    pub tag: String,
    /// How many of the reader's files go with their next message; counted for a page that is shown.
    pub files: i64,
}

/// Looks at a page of messages. Marks them as delivered, or read.
pub async fn messages(
    caller: &Caller,
    ports: &Ports,
    id: ChatId,
    query: &MessageQuery,
    looking: Looking,
) -> Result<Looked, Problem> {
    let limit = match query.limit {
        None => PAGE,
        Some(limit @ 1..=LARGEST_PAGE) => limit,
        Some(_) => {
            return Err(Problem::invalid("limit", "a page has 1 to 200 messages"));
        }
    };
    let which = match (query.after, query.before) {
        (Some(_), Some(_)) => {
            return Err(Problem::invalid(
                "before",
                "ask for those after or before a number",
            ));
        }
        (Some(after), None) => Which::After(i64::from(after)),
        (None, before) => Which::Before(before.map(i64::from)),
    };
    let sealer = Sealer::from_secrets(&*ports.secrets)?;
    let now = ports.clock.now();
    let is_seen = matches!((looking, which), (Looking::OnPage(_), Which::Before(None)));
    let mut reading = vec![
        if is_seen {
            store::mark_all_read(id, caller)
        } else {
            store::mark_delivered(id, caller, which, limit)
        },
        store::find(id, caller),
        store::messages(id, caller, which, limit),
        store::log_read(ports, caller, "chat", id)?,
    ];
    if matches!(looking, Looking::OnPage(_)) {
        reading.push(store::waiting_files(id, caller));
    }
    // Whoever looks at the page of their visit's chat has come into it, whichever way led there.
    let comes = is_seen && matches!(caller, Caller::Patient(_));
    if comes {
        reading.insert(0, store::mark_arrived(id, caller, now));
    }
    let mut found = ports.store_for(caller).batch(reading).await?;
    let arrived = comes && found.remove(0).rows.first().is_some();
    let row = found[1].rows.first().ok_or_else(Problem::not_found)?;
    let mut chat = Chat::from_row(&sealer, row)?;
    // A page says everything in its reader's language, a program's answer in the patient's.
    if let Looking::OnPage(language) = looking {
        language.tag().clone_into(&mut chat.patient.language);
    }
    if arrived || found[0].rows.first().is_some() {
        ports.rooms.tell(&id.to_string(), "change");
    }
    if arrived {
        ports.rooms.tell(&room_of(&chat.unit.id), "change");
    }
    let mut messages: Vec<_> = Message::from_rows(&sealer, &chat.care_provider, &found[2].rows)?
        .into_iter()
        .map(|message| MessageView::of(message, &chat, caller, now))
        .collect();
    // Numbers have no gaps, so the last one that came tells whether there are more.
    let last = messages.last().map(|message| message.number);
    let more = match which {
        Which::Before(_) => last.is_some_and(|number| number > 1),
        Which::After(_) => last.is_some_and(|number| number < chat.last_number),
    };
    if matches!(which, Which::Before(_)) {
        messages.reverse();
    }
    let page = MessagePage {
        chat: CaseView::of(&chat, caller, now),
        messages,
        more,
    };
    let tag = tag(Standing::of(&page.chat, now), chat.course.last, now);
    let files = found.get(4).map_or(Ok(0), store::files_found)?;
    Ok(Looked { page, tag, files })
}

/// A message to be written.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewText {
    /// Plain text of 1 to 4,000 characters.
    #[schema(value_type = String)]
    pub text: Text<4000>,
}

/// What is kept of an answer to a post: all but the number, which the write decides.
#[derive(Serialize, Deserialize)]
struct Kept {
    id: String,
    chat: String,
    sent_at: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    answer_by: Option<Timestamp>,
}

/// Writes a message, if the caller may write in the chat now.
#[utoipa::path(post, path = "/messaging/v1/chats/{id}/messages", request_body = NewText,
    params(("id" = String, Path, description = "the chat")),
    responses((status = 201, body = Posted), (status = 409, description = "not now: closed, not yet open, the other side begins")))]
pub async fn write(asked: By<Caller>) -> Result<Response, Problem> {
    let id = asked.part(0);
    let post = asked.post::<NewText>()?;
    let By {
        who: caller, ports, ..
    } = asked;
    write_message(&caller, &ports, &id, &post.identity, &post.body.text).await
}

/// Writes a message for whoever asked: a program or a page.
pub async fn write_message(
    caller: &Caller,
    ports: &Ports,
    id: &str,
    request: &RequestIdentity,
    text: &Text<4000>,
) -> Result<Response, Problem> {
    let id = chat_id(id)?;
    let sealer = Sealer::from_secrets(&*ports.secrets)?;
    let store = ports.store_for(caller);
    for _ in 0..ATTEMPTS {
        let now = ports.clock.now();
        let found = store
            .batch(vec![request.lookup(caller), store::find(id, caller)])
            .await?;
        if let Some(answer) = request.replay(&sealer, caller, &found[0])? {
            return replayed(&*store, id, answer).await;
        }
        let row = found[1].rows.first().ok_or_else(Problem::not_found)?;
        let chat = Chat::from_row(&sealer, row)?;
        let side = side_of(caller);
        chat.course.may_write(side, now).map_err(not_now)?;

        let message = MessageId::new(ports);
        let waits = side == Side::Patient;
        let kept = Kept {
            id: message.to_string(),
            chat: id.to_string(),
            sent_at: now.to_string(),
            answer_by: (waits && chat.phase == Phase::Asynchronous)
                .then(|| chat.unit.answer_by(chat.waits_since.unwrap_or(now)))
                .flatten(),
        };
        let (keep, answer) = request.keep(
            ports,
            &sealer,
            caller,
            &chat.care_provider,
            StatusCode::CREATED,
            &kept,
        )?;
        let mut writing = vec![keep];
        // Who sits in the chat needs no text message.
        let tells = chat.phase == Phase::Asynchronous && chat.is_to_be_told();
        let counting = writing.len();
        writing.extend(match side {
            Side::Staff => store::count_of_staff(&chat, tells, now),
            Side::Patient => store::count_of_patient(&chat, now),
        });
        writing.push(
            NewMessage {
                id: message,
                chat: &chat,
                from: caller,
                text: text.as_str(),
                sent_at: now,
            }
            .insert(ports, &sealer)?,
        );
        if let Caller::Staff(staff) = caller {
            if tells {
                writing.push(text_message(
                    ports,
                    &sealer,
                    &chat,
                    SmsTemplate::NewMessage,
                )?);
            }
            if chat.has_task {
                writing.push(store::finish_task(id, &staff.practitioner, now));
            }
            if now >= chat.course.closes_at {
                writing.push(store::look_again(id, now.plus(WITHDRAWABLE)));
            }
        }
        writing.push(store::log_write(ports, caller, "chat", &chat)?);
        match store.batch(writing).await {
            Ok(outcomes) => {
                let counted = outcomes
                    .get(counting)
                    .and_then(|outcome| outcome.rows.first())
                    .ok_or_else(|| Problem::internal("a message got no number"))?;
                if waits && counted.truth("unit_is_listened_in")? {
                    ports.rooms.tell(&room_of(&chat.unit.id), "change");
                }
                let mut answer = numbered(answer, kept, counted.integer("number")?)?;
                if !counted.truth("chat_is_listened_in")? {
                    answer.extensions_mut().insert(Unheard);
                }
                return Ok(answer);
            }
            // The case was closed, or changed, on the way: look again, and judge by what stands now.
            Err(error) if was_repeated(&error) || error.refused_by("require_changes") => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(Problem::unavailable(
        "a case changed at every attempt to write in it",
    ))
}

async fn replayed(
    store: &dyn shared::platform::Store,
    chat: ChatId,
    answer: Response,
) -> Result<Response, Problem> {
    let (parts, body) = answer.into_parts();
    let bytes = shared::post::whole(body).await?;
    let kept: Kept = serde_json::from_slice(&bytes)
        .map_err(|_| Problem::internal("a kept answer no longer parses"))?;
    let found = store.query(store::number_of(chat, &kept.id)).await?;
    let number = found
        .rows
        .first()
        .ok_or_else(|| Problem::internal("a message that was acknowledged isn't there"))?
        .integer("number")?;
    let answer = Response::from_parts(parts, axum::body::Body::empty());
    numbered(answer, kept, number)
}

fn numbered(answer: Response, kept: Kept, number: i64) -> Result<Response, Problem> {
    let posted = Posted {
        id: kept.id,
        chat: kept.chat,
        number,
        sent_at: kept.sent_at,
        answer_by: kept.answer_by,
    };
    let body = shared::json::text(&posted)?;
    let (mut parts, _) = answer.into_parts();
    parts.headers.remove(header::CONTENT_LENGTH);
    Ok(Response::from_parts(parts, axum::body::Body::from(body)))
}

/// Takes back one's own message, within five minutes. A tombstone stays in its place.
#[utoipa::path(post, path = "/messaging/v1/chats/{id}/messages/{number}/withdraw", request_body = Nothing,
    params(("id" = String, Path, description = "the chat"), ("number" = i64, Path, description = "the message")),
    responses((status = 200, body = MessageView), (status = 409, description = "somebody else's, too old, or taken back already")))]
pub async fn withdraw(asked: By<Caller>) -> Result<Response, Problem> {
    let id = asked.part(0);
    let number = asked.part(1);
    let post = asked.post::<Nothing>()?;
    let By {
        who: caller, ports, ..
    } = asked;
    withdraw_message(&caller, &ports, &id, &number, &post.identity).await
}

/// Takes a message back for whoever asked: a program or a page.
pub async fn withdraw_message(
    caller: &Caller,
    ports: &Ports,
    id: &str,
    number: &str,
    request: &RequestIdentity,
) -> Result<Response, Problem> {
    let id = chat_id(id)?;
    let number: u32 = number.parse().map_err(|_| Problem::not_found())?;
    let number = i64::from(number);
    let sealer = Sealer::from_secrets(&*ports.secrets)?;
    let store = ports.store_for(caller);
    for _ in 0..ATTEMPTS {
        let now = ports.clock.now();
        let found = store
            .batch(vec![
                request.lookup(caller),
                store::find(id, caller),
                store::message(id, caller, number),
            ])
            .await?;
        if let Some(answer) = request.replay(&sealer, caller, &found[0])? {
            return Ok(answer);
        }
        let row = found[1].rows.first().ok_or_else(Problem::not_found)?;
        let chat = Chat::from_row(&sealer, row)?;
        let row = found[2].rows.first().ok_or_else(Problem::not_found)?;
        let mut message = Message::from_row(&sealer, &chat.care_provider, row)?;
        if !may_withdraw(&message, &chat, caller, now) {
            return Err(not_withdrawable());
        }
        message.text = None;
        message.attachments.clear();
        message.withdrawn_at = Some(now);
        message.version = chat.version + 1;
        let (keep, answer) = request.keep(
            ports,
            &sealer,
            caller,
            &chat.care_provider,
            StatusCode::OK,
            &MessageView::of(message, &chat, caller, now),
        )?;
        let mut writing = vec![keep];
        writing.extend(store::withdraw(&chat, number, now));
        if side_of(caller) == Side::Staff && now >= chat.course.closes_at {
            // What was answered late is a question again: its task is to do, or is made with the next run.
            writing.push(store::resume_task(id));
            writing.push(store::ask_again(id, now));
        }
        writing.push(store::log_write(ports, caller, "chat", &chat)?);
        match store.batch(writing).await {
            Ok(_) => return Ok(answer),
            Err(error)
                if was_repeated(&error)
                    || error.refused_by("require_changes")
                    || error.refused_by("CHECK") => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(Problem::unavailable(
        "a message changed at every attempt to take it back",
    ))
}

/// Up to where one has read.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReadMark {
    /// The number of the last message that was read.
    pub number: u32,
}

/// Marks messages as read by the caller's side. What was read stays read.
#[utoipa::path(post, path = "/messaging/v1/chats/{id}/read", request_body = ReadMark,
    params(("id" = String, Path, description = "the chat")),
    responses((status = 200, body = ReadView), (status = 422, description = "there is no such message yet")))]
pub async fn mark_read(asked: By<Caller>) -> Result<Response, Problem> {
    let id = asked.part(0);
    let post = asked.post::<ReadMark>()?;
    let By {
        who: caller, ports, ..
    } = asked;
    let id = chat_id(&id)?;
    let sealer = Sealer::from_secrets(&*ports.secrets)?;
    let store = ports.store_for(&caller);
    let number = i64::from(post.body.number);
    for _ in 0..ATTEMPTS {
        let found = store
            .batch(vec![
                post.identity.lookup(&caller),
                store::find(id, &caller),
            ])
            .await?;
        if let Some(answer) = post.identity.replay(&sealer, &caller, &found[0])? {
            return Ok(answer);
        }
        let row = found[1].rows.first().ok_or_else(Problem::not_found)?;
        let chat = Chat::from_row(&sealer, row)?;
        if number > chat.last_number {
            return Err(Problem::invalid("number", "there is no such message yet"));
        }
        let side = side_of(&caller);
        let before = match side {
            Side::Patient => chat.marks.patient_read,
            Side::Staff => chat.marks.staff_read,
        };
        let (keep, answer) = post.identity.keep(
            &ports,
            &sealer,
            &caller,
            &chat.care_provider,
            StatusCode::OK,
            &ReadView {
                read: number.max(before),
            },
        )?;
        let writing = vec![
            keep,
            store::mark_read(id, side, number),
            store::log_write(&ports, &caller, "chat", &chat)?,
        ];
        match store.batch(writing).await {
            Ok(_) => return Ok(answer),
            Err(error) if was_repeated(&error) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(Problem::unavailable("a key was used at every attempt"))
}

/// The notes that staff keep beside a chat. The patient never sees them.
#[utoipa::path(get, path = "/messaging/v1/chats/{id}/notes",
    params(("id" = String, Path, description = "the chat")),
    responses((status = 200, body = NoteList), (status = 404, description = "none, or none for you")))]
pub async fn notes(asked: By<Staff>) -> Result<Json<NoteList>, Problem> {
    let id = chat_id(asked.id())?;
    let By {
        who: staff, ports, ..
    } = asked;
    let sealer = Sealer::from_secrets(&*ports.secrets)?;
    let asking = find_notes(&staff, &ports, id)?;
    let store = ports.store_for(&Caller::Staff(staff));
    let notes = notes_found(&sealer, &store.batch(asking.into()).await?)?;
    Ok(Json(NoteList { notes }))
}

/// What finds the notes of a chat, and the access-log entry: to stand in a batch, whose outcomes [`notes_found`] reads.
pub fn find_notes(staff: &Staff, ports: &Ports, id: ChatId) -> Result<[Statement; 3], Problem> {
    let caller = Caller::Staff(staff.clone());
    Ok([
        store::find_course(id, &caller),
        store::notes(id, &staff.care_unit),
        store::log_read(ports, &caller, "chat-notes", id)?,
    ])
}

/// The notes that [`find_notes`] found, whose outcomes come first.
pub fn notes_found(sealer: &Sealer, found: &[Outcome]) -> Result<Vec<NoteView>, Problem> {
    found[0].rows.first().ok_or_else(Problem::not_found)?;
    let note = |row| Note::from_row(sealer, row).map(NoteView::from);
    found[1].rows.iter().map(note).collect()
}

/// Keeps a note beside a chat, for staff alone. It may be written at any time.
#[utoipa::path(post, path = "/messaging/v1/chats/{id}/notes", request_body = NewText,
    params(("id" = String, Path, description = "the chat")),
    responses((status = 201, body = Made), (status = 409, description = "there are 500 already")))]
pub async fn write_note(asked: By<Staff>) -> Result<Response, Problem> {
    let id = asked.part(0);
    let post = asked.post::<NewText>()?;
    let By {
        who: staff, ports, ..
    } = asked;
    keep_note(&staff, &ports, &id, &post.identity, &post.body.text).await
}

/// Keeps a note for whoever of the staff asked: a program or a page.
pub async fn keep_note(
    staff: &Staff,
    ports: &Ports,
    id: &str,
    request: &RequestIdentity,
    text: &Text<4000>,
) -> Result<Response, Problem> {
    let note = ChatNoteId::new(ports);
    let kind = ("chat-notes", Activity::Write);
    once_in_chat(
        staff,
        ports,
        id,
        request,
        kind,
        vec![],
        &|chat, _, sealer| {
            let insert = store::insert_note(
                ports,
                sealer,
                chat,
                &staff.practitioner,
                note,
                text.as_str(),
            )?;
            Ok((
                StatusCode::CREATED,
                serde_json::json!({ "id": note }),
                vec![insert],
            ))
        },
    )
    .await
}

/// What staff do in a chat, as its rules decide it: what is answered and what is written.
pub type Decision = Result<(StatusCode, serde_json::Value, Vec<Statement>), Problem>;

/// Does something of staff's in a chat once: reads the chat and what else is asked for, decides, and writes it
/// all with the access-log entry, or looks again where somebody was quicker.
pub async fn once_in_chat(
    staff: &Staff,
    ports: &Ports,
    id: &str,
    request: &RequestIdentity,
    kind: (&'static str, Activity),
    also: Vec<Statement>,
    decide: &(dyn Fn(&Chat, &[Outcome], &Sealer) -> Decision + Sync),
) -> Result<Response, Problem> {
    let id = chat_id(id)?;
    let caller = Caller::Staff(staff.clone());
    let sealer = Sealer::from_secrets(&*ports.secrets)?;
    let store = ports.store_for(&caller);
    let (resource, activity) = kind;
    for _ in 0..ATTEMPTS {
        let mut reading = vec![request.lookup(&caller), store::find(id, &caller)];
        reading.extend(also.clone());
        let found = store.batch(reading).await?;
        if let Some(answer) = request.replay(&sealer, &caller, &found[0])? {
            return Ok(answer);
        }
        let row = found[1].rows.first().ok_or_else(Problem::not_found)?;
        let chat = Chat::from_row(&sealer, row)?;
        let (status, answer, statements) = decide(&chat, &found[2..], &sealer)?;
        let (keep, answer) = request.keep(
            ports,
            &sealer,
            &caller,
            &chat.care_provider,
            status,
            &answer,
        )?;
        let mut writing = vec![keep];
        writing.extend(statements);
        writing.push(shared::access_log::entry(
            ports,
            &caller,
            activity,
            &Resource::new(resource, id),
            LOG_ENTRY_OF_ONE,
            vec![(&chat.care_provider).into(), chat.patient.id.into()],
        )?);
        match store.batch(writing).await {
            Ok(_) => return Ok(answer),
            Err(error) if error.refused_by("chat_notes_are_500_at_most") => {
                return Err(notes_full());
            }
            Err(StoreError::Refused(_)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(Problem::unavailable("others were quicker at every attempt"))
}
