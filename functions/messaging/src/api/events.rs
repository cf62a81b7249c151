//! A chat, or what happens at a unit, as a stream of server-sent events: what is new, in order. Each event has an
//! id, `<chat>.<version>.<number>`: changes of messages up to that version and messages up to that number have come, so
//! that who reconnects with `Last-Event-ID` misses nothing and gets nothing twice.
//!
//! Where the platform has rooms (functions/live), one holds the stream open and is told when there is something to
//! look for: it asks here, with `once=true` and by its reader's own right, for what comes after an id. Elsewhere
//! the store is looked at once a second, by one statement a look, and the stream ends after half a minute: the browser
//! comes again by itself.

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use futures_util::stream;
use http::{HeaderMap, HeaderValue, header};
use serde::Serialize;
use shared::identifiers::{ChatId, SessionId};
use shared::platform::{Entering, KeyValue, Outcome, Ports};
use shared::problem::Problem;
use shared::sealing::Sealer;
use shared::session::{Caller, Session, Staff};
use shared::time::{MINUTE, Timestamp};
use utoipa::IntoParams;

use super::chats::chat_id;
use super::view::{CaseView, MessageView, Standing, side_of};
use crate::asked::By;
use crate::case::Side;
use crate::notification::{self, NotificationView};
use crate::store::{self, Chat, Message, Which};

/// How long a stream waits between two looks, in milliseconds.
const PACE: u32 = 1_000;
/// How often a stream looks before it ends.
const LOOKS: u32 = 30;
/// How many messages one look takes. A room that gets so many looks again.
const PAGE: i64 = 100;
/// How long somebody is there after their stream last said so, and writes after the last key, in milliseconds.
const HERE: i64 = 8_000;
/// How often it is told again that the other side writes, as long as it does, in milliseconds.
const AGAIN: i64 = 3_000;

/// From where a stream begins.
#[derive(Default, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct EventQuery {
    /// The id of the last event that was seen, for those who can't send `Last-Event-ID`. Without either the
    /// stream begins with what comes.
    pub since: Option<String>,
    /// `true`: what there is after `since`, and no waiting for more.
    pub once: Option<bool>,
}

/// Where in a chat's events a reader is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// Messages that changed up to this version have come again.
    pub version: i64,
    /// Messages up to this number have come.
    pub number: i64,
}

impl Position {
    /// The id of an event after which a reader is here.
    pub fn id(self, of: &str) -> String {
        format!("{of}.{}.{}", self.version, self.number)
    }

    /// From an event's id; nothing, where it isn't one of this chat's, or unit's.
    fn parse(text: &str, of: &str) -> Option<Self> {
        let mut parts = text.strip_prefix(of)?.strip_prefix('.')?.split('.');
        let version = i64::from(parts.next()?.parse::<u32>().ok()?);
        let number = i64::from(parts.next()?.parse::<u32>().ok()?);
        parts
            .next()
            .is_none()
            .then_some(Position { version, number })
    }
}

/// The chat's events from now on, or from the last one that was seen: `message` (new, or changed), `chat`
/// (how it stands: state, phase, marks; before the last of the messages it comes with) and, without an id, `presence` (which sides are there, and who writes).
#[utoipa::path(get, path = "/messaging/v1/chats/{id}/events", params(("id" = String, Path, description = "the chat"), EventQuery),
    responses((status = 200, content_type = "text/event-stream", body = String), (status = 404, description = "none, or none for you"),
        (status = 422, description = "an id of another chat, of the future, or none of ours")))]
pub async fn events(asked: By<Caller>) -> Result<Response, Problem> {
    let chat = chat_id(&asked.part(0))?;
    stream(asked, Source::Chat(chat)).await
}

/// What happens at the unit, from now on or from the last event that was seen: `notification`, with ids
/// `<unit>.0.<number>`.
#[utoipa::path(get, path = "/messaging/v1/notifications/events", params(EventQuery),
    responses((status = 200, content_type = "text/event-stream", body = NotificationView),
        (status = 422, description = "an id of another unit, of the future, or none of ours")))]
pub async fn notifications(asked: By<Staff>) -> Result<Response, Problem> {
    let staff = asked.who.clone();
    stream(asked.of_caller(), Source::Unit(Box::new(staff))).await
}

async fn stream(asked: By<Caller>, source: Source) -> Result<Response, Problem> {
    let [since, once] = asked.query(["since", "once"])?;
    let last_event = asked.header("last-event-id").map(str::to_owned);
    let seen = last_event.or(since).filter(|seen| !seen.is_empty());
    let known = seen
        .map(|seen| Position::parse(&seen, &source.name()).ok_or_else(not_an_event))
        .transpose()?;
    let mut reader = Reader {
        caller: asked.who.clone(),
        ports: asked.ports.clone(),
        source,
        at: Position {
            version: 0,
            number: 0,
        },
        told: None,
        present: None,
        looks: 0,
    };
    if let (Some(at), Some("true")) = (known, once.as_deref()) {
        reader.at = at;
        let told = reader.look().await?;
        // A chat's look refuses what is of the future; a unit's finds nothing after it.
        if told.is_none() && matches!(reader.source, Source::Unit(_)) {
            let (present, _) = reader.present(None).await?;
            if at.number > present.number {
                return Err(not_an_event());
            }
        }
        return Ok(event_stream(Body::from(told.unwrap_or_default())));
    }
    // A room holds the stream open, for as long as the session's token holds at most.
    let entering = match asked.ports.rooms.are_here() {
        true => Some(Session::holds_until(asked.headers(), &asked.ports)?),
        false => None,
    };
    let until = entering.map(|(_, until)| until);
    let (present, stands) = reader.present(until).await?;
    reader.at = match known {
        None => present,
        Some(at) if at.version <= present.version && at.number <= present.number => at,
        Some(_) => return Err(not_an_event()),
    };
    // Who has had all that came has been told how the chat stands, too.
    reader.told = stands.filter(|_| known == Some(present));
    if let Some(session) = entering {
        return enter(&asked, &reader, session);
    }
    Ok(event_stream(Body::from_stream(stream::unfold(
        Some(reader),
        Reader::next,
    ))))
}

fn not_an_event() -> Problem {
    Problem::invalid(
        "Last-Event-ID",
        "send the id of an event of this stream, or none to begin with what comes",
    )
}

fn event_stream(body: Body) -> Response {
    let mut answer = Response::new(body);
    let headers = answer.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("text/event-stream"),
    );
    // Proxies that gather an answer before they pass it on would make a stream of it in one piece.
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    answer
}

/// Leads a reader whose right was just proven into the room, with the session by which it asks for them, and until when
/// its token holds.
fn enter(
    asked: &By<Caller>,
    reader: &Reader,
    (session, until): (SessionId, Timestamp),
) -> Result<Response, Problem> {
    let mut headers = HeaderMap::new();
    for name in [header::AUTHORIZATION, header::COOKIE] {
        if let Some(value) = asked.headers().get(&name) {
            headers.insert(name, value.clone());
        }
    }
    let (room, events, side) = match &reader.source {
        Source::Chat(chat) => (
            chat.to_string(),
            format!("/messaging/v1/chats/{chat}/events"),
            side_of(&asked.who).as_str(),
        ),
        Source::Unit(staff) => (
            notification::room_of(&staff.care_unit),
            "/messaging/v1/notifications/events".to_owned(),
            "",
        ),
    };
    let (session, until) = (session.to_string(), until.millis().to_string());
    for (name, value) in [
        ("room-events", events.as_str()),
        ("room-side", side),
        ("room-since", &reader.at.id(&reader.source.name())),
        ("room-session", &session),
        ("room-until", &until),
    ] {
        let value = HeaderValue::from_str(value).map_err(|_| Problem::internal("a header"))?;
        headers.insert(name, value);
    }
    let mut answer = event_stream(Body::empty());
    answer.extensions_mut().insert(Entering { room, headers });
    Ok(answer)
}

/// Says that the caller is writing, to whoever else is in the chat. Kept nowhere; ask again while it goes on,
/// every few seconds.
#[utoipa::path(post, path = "/messaging/v1/chats/{id}/writing", request_body = shared::post::Nothing,
    params(("id" = String, Path, description = "the chat")),
    responses((status = 204, description = "told"), (status = 404, description = "none, or none for you")))]
pub async fn writing(asked: By<Caller>) -> Result<Response, Problem> {
    asked.post::<shared::post::Nothing>()?;
    let chat = chat_id(&asked.part(0))?;
    let caller = &asked.who;
    let found = asked
        .ports
        .store_for(caller)
        .query(store::find_course(chat, caller))
        .await?;
    found.rows.first().ok_or_else(Problem::not_found)?;
    let side = side_of(caller);
    if asked.ports.rooms.are_here() {
        let what = format!("writing.{}", side.as_str());
        asked.ports.rooms.tell(&chat.to_string(), &what);
    } else {
        say(&asked.ports, "writing", chat, side).await;
    }
    let mut answer = Response::new(Body::empty());
    *answer.status_mut() = http::StatusCode::NO_CONTENT;
    Ok(answer)
}

fn kept_as(what: &str, chat: ChatId, side: Side) -> String {
    format!("{what}.{chat}.{}", side.as_str())
}

/// Says for a few seconds that a side does something, where there are no rooms. Losing it harms nothing.
async fn say(ports: &Ports, what: &str, chat: ChatId, side: Side) {
    let until = ports.clock.now().plus(HERE);
    let key = kept_as(what, chat, side);
    let _ = ports.key_value.put(&key, b"1", Some(until)).await;
}

async fn said(key_value: &dyn KeyValue, what: &str, chat: ChatId, side: Side) -> bool {
    let kept = key_value.get(&kept_as(what, chat, side)).await;
    kept.is_ok_and(|kept| kept.is_some())
}

/// Who is in a chat, and who writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
struct Presence {
    patient: bool,
    staff: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    writing: Option<&'static str>,
}

/// What a stream is of.
enum Source {
    Chat(ChatId),
    Unit(Box<Staff>),
}

impl Source {
    /// What its events' ids begin with.
    fn name(&self) -> String {
        match self {
            Source::Chat(chat) => chat.to_string(),
            Source::Unit(staff) => staff.care_unit.to_string(),
        }
    }
}

/// Who reads a stream, and how far they have come.
struct Reader {
    caller: Caller,
    ports: Ports,
    source: Source,
    at: Position,
    /// What the last `chat` event told of.
    told: Option<Standing>,
    /// What the last `presence` event told of, and when.
    present: Option<(Presence, Timestamp)>,
    looks: u32,
}

type Piece = Result<Bytes, std::convert::Infallible>;

impl Reader {
    /// Where a stream is that begins now, if there is one for the caller; and how a chat stands, as whoever has come so
    /// far was told. With `until` it is kept in the same moment that somebody may listen until then: so what comes after
    /// this place is told to the room.
    async fn present(
        &self,
        until: Option<Timestamp>,
    ) -> Result<(Position, Option<Standing>), Problem> {
        let (place, listen) = match &self.source {
            Source::Chat(chat) => (
                store::find_course(*chat, &self.caller),
                until.map(|until| store::listen(*chat, &self.caller, until)),
            ),
            Source::Unit(staff) => (
                notification::last(staff),
                until.map(|until| notification::listen(staff, until)),
            ),
        };
        let mut asking = vec![place];
        asking.extend(listen);
        let store = self.ports.store_for(&self.caller);
        let found = store.batch(asking).await?;
        let row = found[0].rows.first();
        match &self.source {
            Source::Chat(_) => {
                let row = row.ok_or_else(Problem::not_found)?;
                let at = Position {
                    version: row.integer("version")?,
                    number: row.integer("last_number")?,
                };
                // What the clock has decided and the job hasn't come to, this version may not have told of.
                let due_at = row.optional_integer("due_at")?;
                let now = self.ports.clock.now();
                let known_at = due_at.map_or(now, |due_at| {
                    now.min(Timestamp::from_millis(due_at).plus(-1))
                });
                let course = store::course_from_row(row)?;
                // Nor of the unit's opening or closing, where that fell between two streams.
                let hours_at = now.plus(-MINUTE);
                let stands = Standing::from_row(row, &course, known_at, hours_at)?;
                Ok((at, Some(stands)))
            }
            Source::Unit(_) => {
                let last = row.map(|row| row.integer("number"));
                let at = Position {
                    version: 0,
                    number: last.transpose()?.unwrap_or(0),
                };
                Ok((at, None))
            }
        }
    }

    /// Looks until there is something to tell, or the stream has lasted long enough.
    async fn next(reader: Option<Reader>) -> Option<(Piece, Option<Reader>)> {
        let mut reader = reader?;
        if reader.looks == 0 {
            reader.looks = 1;
            // So that something passes at once: some proxies hold back until then.
            let opening = format!("retry: {PACE}\n\n");
            return Some((Ok(Bytes::from(opening)), Some(reader)));
        }
        while reader.looks <= LOOKS {
            // Whatever the look before had to tell: it is the pace that the store and the reader can count on.
            if reader.looks > 1 {
                reader.ports.pause.pause(PACE).await;
            }
            reader.looks += 1;
            match reader.look_all_over().await {
                Ok(Some(told)) => return Some((Ok(Bytes::from(told)), Some(reader))),
                Ok(None) => {}
                // The reader comes again, and hears then what is the matter.
                Err(_) => break,
            }
        }
        Some((Ok(Bytes::from_static(b": come again\n\n")), None))
    }

    /// Who else is there, and what is new.
    async fn look_all_over(&mut self) -> Result<Option<String>, Problem> {
        let mut told = self.look_around().await.unwrap_or_default();
        told.push_str(&self.look_if_changed().await?.unwrap_or_default());
        Ok(Some(told).filter(|told| !told.is_empty()))
    }

    /// Who else is there, if that has changed; and says now and then that this reader is.
    async fn look_around(&mut self) -> Option<String> {
        let Source::Chat(chat) = self.source else {
            return None;
        };
        let (own, other) = match side_of(&self.caller) {
            Side::Patient => (Side::Patient, Side::Staff),
            Side::Staff => (Side::Staff, Side::Patient),
        };
        if self.looks % 5 == 2 {
            say(&self.ports, "here", chat, own).await;
        }
        let key_value = &*self.ports.key_value;
        let writes = said(key_value, "writing", chat, other).await;
        let here = writes || said(key_value, "here", chat, other).await;
        let present = Presence {
            patient: own == Side::Patient || here,
            staff: own == Side::Staff || here,
            writing: writes.then(|| other.as_str()),
        };
        let now = self.ports.clock.now();
        if let Some((told, at)) = self.present {
            // Writing is told again as long as it goes on.
            let is_again = writes && now >= at.plus(AGAIN);
            if told == present && !is_again {
                return None;
            }
        }
        self.present = Some((present, now));
        let data = shared::json::text(&present).ok()?;
        Some(format!("event: presence\ndata: {data}\n\n"))
    }

    /// As [`Reader::look`], unless one statement says that nothing has changed.
    async fn look_if_changed(&mut self) -> Result<Option<String>, Problem> {
        if let Source::Chat(chat) = self.source {
            let store = self.ports.store_for(&self.caller);
            let found = store.query(store::find_course(chat, &self.caller)).await?;
            let row = found.rows.first().ok_or_else(Problem::not_found)?;
            let now = self.ports.clock.now();
            let course = store::course_from_row(row)?;
            if self.told == Some(Standing::from_row(row, &course, now, now)?) {
                return Ok(None);
            }
        }
        self.look().await
    }

    /// What has happened since the last look, as events; nothing, if nothing has.
    async fn look(&mut self) -> Result<Option<String>, Problem> {
        let told = match &self.source {
            Source::Chat(chat) => self.look_into_chat(*chat).await?,
            Source::Unit(staff) => {
                let store = self.ports.store_for(&self.caller);
                let found = store.query(notification::after(staff, self.at.number, PAGE));
                let mut told = String::new();
                for row in found.await?.rows.iter() {
                    let view = NotificationView::from_row(row)?;
                    self.at.number = view.number;
                    self.tell(&mut told, "notification", &view)?;
                }
                told
            }
        };
        Ok(Some(told).filter(|told| !told.is_empty()))
    }

    async fn look_into_chat(&mut self, id: ChatId) -> Result<String, Problem> {
        let now = self.ports.clock.now();
        let sealer = Sealer::from_secrets(&*self.ports.secrets)?;
        let new = Which::After(self.at.number);
        let found = self
            .ports
            .store_for(&self.caller)
            .batch(vec![
                store::mark_delivered(id, &self.caller, new, PAGE),
                store::find(id, &self.caller),
                store::changed_since(id, &self.caller, (self.at.version, self.at.number), PAGE),
                store::messages(id, &self.caller, new, PAGE),
                store::log_read(&self.ports, &self.caller, "chat", id)?,
            ])
            .await?;
        let row = found[1].rows.first().ok_or_else(Problem::not_found)?;
        let chat = Chat::from_row(&sealer, row)?;
        if self.at.version > chat.version || self.at.number > chat.last_number {
            return Err(not_an_event());
        }
        let is_last =
            |found: &Outcome| i64::try_from(found.rows.len()).is_ok_and(|rows| rows < PAGE);
        let all_changed = is_last(&found[2]);
        let whole = all_changed && is_last(&found[3]);
        let changed = Message::from_rows(&sealer, &chat.care_provider, &found[2].rows)?;
        let number = self.at.number;
        let mut messages: Vec<(Position, Message)> = changed
            .into_iter()
            .map(|message| {
                let version = message.version;
                (Position { version, number }, message)
            })
            .collect();
        // Where more of them may have changed the reader stays at the last, and new ones wait, too: each would say that
        // all changes had come.
        if all_changed {
            let version = chat.version;
            let new = Message::from_rows(&sealer, &chat.care_provider, &found[3].rows)?;
            messages.extend(new.into_iter().map(|message| {
                let number = message.number;
                (Position { version, number }, message)
            }));
        }
        // Of a long backlog the rest comes with the next look, and how the chat stands with that.
        let last = if whole { messages.pop() } else { None };
        let mut told = String::new();
        for (at, message) in messages {
            self.at = at;
            let view = MessageView::of(message, &chat, &self.caller, now);
            self.tell(&mut told, "message", &view)?;
        }
        if !whole {
            return Ok(told);
        }
        // How the chat stands comes before the last message, at a place from which that still comes: so who has its
        // id, wherever the stream was cut, has had all there was.
        self.at.version = match &last {
            Some((_, message)) if message.number <= self.at.number => message.version - 1,
            _ => chat.version,
        };
        let view = CaseView::of(&chat, &self.caller, now);
        self.told = Some(Standing::of(&view, now));
        self.tell(&mut told, "chat", &view)?;
        if let Some((at, message)) = last {
            self.at = Position {
                version: chat.version,
                ..at
            };
            let view = MessageView::of(message, &chat, &self.caller, now);
            self.tell(&mut told, "message", &view)?;
        }
        Ok(told)
    }

    fn tell(&self, told: &mut String, event: &str, data: &impl Serialize) -> Result<(), Problem> {
        let data = shared::json::text(data)?;
        // JSON has no line ends of its own, so it is one line of data.
        told.push_str(&format!(
            "event: {event}\nid: {}\ndata: {data}\n\n",
            self.at.id(&self.source.name())
        ));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::platform::native::SeededRandom;
    use shared::time::Timestamp;

    #[test]
    fn an_events_id_is_read_back_for_its_own_chat_alone() {
        let random = SeededRandom::new(1);
        let chat = ChatId::at(Timestamp::from_millis(1_800_000_000_000), &random);
        let other = ChatId::at(Timestamp::from_millis(1_800_000_000_000), &random);
        let at = Position {
            version: 7,
            number: 3,
        };
        assert_eq!(
            Position::parse(&at.id(&chat.to_string()), &chat.to_string()),
            Some(at)
        );
        assert_eq!(
            Position::parse(&at.id(&other.to_string()), &chat.to_string()),
            None
        );
        for text in [
            "",
            "7.3",
            ".7.3",
            &format!("{chat}.7"),
            &format!("{chat}.7.3.1"),
            &format!("{chat}.-7.3"),
            &format!("{chat}.7.x"),
        ] {
            assert_eq!(Position::parse(text, &chat.to_string()), None, "{text}");
        }
    }
}
