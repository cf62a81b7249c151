//! A chat as a stream of server-sent events: what is new, in order, and how the chat stands. Each event has an
//! id, `<chat>.<version>.<number>`: withdrawals up to that version and messages up to that number have come, so
//! that who reconnects with `Last-Event-ID` misses nothing and gets nothing twice.
//!
//! The store is looked at once a second, one row a look, and the stream ends after half a minute: the browser
//! comes again by itself. So it is the same on every platform, and no request lasts long.

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use futures_util::stream;
use http::{HeaderValue, header};
use serde::Serialize;
use shared::identifiers::ChatId;
use shared::platform::Ports;
use shared::problem::Problem;
use shared::sealing::Sealer;
use shared::session::Caller;
use utoipa::IntoParams;

use super::chats::chat_id;
use super::view::{CaseView, MessageView};
use crate::asked::By;
use crate::case::CaseState;
use crate::store::{self, Chat, Message, Which};

/// How long a stream waits between two looks, in milliseconds.
const PACE: u32 = 1_000;
/// How often a stream looks before it ends.
const LOOKS: u32 = 30;
/// How many messages one look takes.
const PAGE: i64 = 100;

/// From where a stream begins.
#[derive(Default, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct EventQuery {
    /// The id of the last event that was seen, for those who can't send `Last-Event-ID`. Without either the
    /// stream begins with what comes.
    pub since: Option<String>,
}

/// Where in a chat's events a reader is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// Withdrawals up to this version have come.
    pub version: i64,
    /// Messages up to this number have come.
    pub number: i64,
}

impl Position {
    /// The id of an event after which a reader is here.
    pub fn id(self, chat: ChatId) -> String {
        format!("{chat}.{}.{}", self.version, self.number)
    }

    /// From an event's id; nothing, where it isn't one of this chat's.
    fn parse(text: &str, chat: ChatId) -> Option<Self> {
        let mut parts = text.split('.');
        let of_chat = parts.next()?.parse::<ChatId>().ok()? == chat;
        let version = i64::from(parts.next()?.parse::<u32>().ok()?);
        let number = i64::from(parts.next()?.parse::<u32>().ok()?);
        (of_chat && parts.next().is_none()).then_some(Position { version, number })
    }
}

/// The chat's events from now on, or from the last one that was seen: `message` (new, or taken back) and `chat`
/// (how it stands: state, phase, marks).
#[utoipa::path(get, path = "/messaging/v1/chats/{id}/events", params(("id" = String, Path, description = "the chat"), EventQuery),
    responses((status = 200, content_type = "text/event-stream", body = String), (status = 404, description = "none, or none for you"),
        (status = 422, description = "an id of another chat, of the future, or none of ours")))]
pub async fn events(asked: By<Caller>) -> Result<Response, Problem> {
    let id = asked.part(0);
    let [since] = asked.query(["since"])?;
    let last_event = asked.header("last-event-id").map(str::to_owned);
    let By {
        who: caller, ports, ..
    } = asked;
    let id = chat_id(&id)?;
    let found = ports
        .store_for(&caller)
        .query(store::find_course(id, &caller))
        .await?;
    let row = found.rows.first().ok_or_else(Problem::not_found)?;
    let present = Position {
        version: row.integer("version")?,
        number: row.integer("last_number")?,
    };
    let seen = last_event.or(since);
    let at = match seen.as_deref().filter(|seen| !seen.is_empty()) {
        None => present,
        Some(seen) => Position::parse(seen, id)
            .filter(|seen| seen.version <= present.version && seen.number <= present.number)
            .ok_or_else(|| {
                Problem::invalid(
                    "Last-Event-ID",
                    "send the id of an event of this chat, or none to begin with what comes",
                )
            })?,
    };
    let reader = Reader {
        caller,
        ports,
        chat: id,
        at,
        told: None,
        looks: 0,
    };
    let body = Body::from_stream(stream::unfold(Some(reader), Reader::next));
    let mut answer = Response::new(body);
    let headers = answer.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("text/event-stream"),
    );
    // Proxies that gather an answer before they pass it on would make a stream of it in one piece.
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    Ok(answer)
}

/// Who reads a stream, and how far they have come.
struct Reader {
    caller: Caller,
    ports: Ports,
    chat: ChatId,
    at: Position,
    /// What the last `chat` event told of.
    told: Option<(i64, CaseState)>,
    looks: u32,
}

type Piece = Result<Bytes, std::convert::Infallible>;

impl Reader {
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
            reader.looks += 1;
            match reader.look().await {
                Ok(Some(told)) => return Some((Ok(Bytes::from(told)), Some(reader))),
                Ok(None) => reader.ports.pause.pause(PACE).await,
                // The reader comes again, and hears then what is the matter.
                Err(_) => break,
            }
        }
        Some((Ok(Bytes::from_static(b": come again\n\n")), None))
    }

    /// What has happened since the last look, as events; nothing, if nothing has.
    async fn look(&mut self) -> Result<Option<String>, Problem> {
        let store = self.ports.store_for(&self.caller);
        let now = self.ports.clock.now();
        let found = store
            .query(store::find_course(self.chat, &self.caller))
            .await?;
        let row = found.rows.first().ok_or_else(Problem::not_found)?;
        let state = store::course_from_row(row)?.state(now);
        if self.told == Some((row.integer("version")?, state)) {
            return Ok(None);
        }
        let sealer = Sealer::from_secrets(&*self.ports.secrets)?;
        let found = store
            .batch(vec![
                store::mark_delivered(self.chat, &self.caller),
                store::find(self.chat, &self.caller),
                store::withdrawn_since(self.chat, &self.caller, self.at.version, self.at.number),
                store::messages(self.chat, &self.caller, Which::After(self.at.number), PAGE),
                store::log_read(&self.ports, &self.caller, "chat", self.chat)?,
            ])
            .await?;
        let row = found[1].rows.first().ok_or_else(Problem::not_found)?;
        let chat = Chat::from_row(&sealer, row)?;
        let mut told = String::new();
        for row in found[2].rows.iter() {
            let message = Message::from_row(&sealer, row)?;
            self.at.version = message.version;
            self.tell(
                &mut told,
                "message",
                &MessageView::of(&message, &chat, &self.caller, now),
            )?;
        }
        let whole = i64::try_from(found[3].rows.values.len()).unwrap_or(PAGE) < PAGE;
        self.at.version = chat.version;
        for row in found[3].rows.iter() {
            let message = Message::from_row(&sealer, row)?;
            self.at.number = message.number;
            self.tell(
                &mut told,
                "message",
                &MessageView::of(&message, &chat, &self.caller, now),
            )?;
        }
        // Of a long backlog the rest comes with the next look, which follows at once.
        if whole {
            let view = CaseView::of(&chat, &self.caller, now);
            self.told = Some((view.version, view.state));
            self.tell(&mut told, "chat", &view)?;
        }
        Ok(Some(told))
    }

    fn tell(&self, told: &mut String, event: &str, data: &impl Serialize) -> Result<(), Problem> {
        let data =
            serde_json::to_string(data).map_err(|error| Problem::internal(error.to_string()))?;
        // JSON has no line ends of its own, so it is one line of data.
        told.push_str(&format!(
            "event: {event}\nid: {}\ndata: {data}\n\n",
            self.at.id(self.chat)
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
        assert_eq!(Position::parse(&at.id(chat), chat), Some(at));
        assert_eq!(Position::parse(&at.id(other), chat), None);
        for text in [
            "",
            "7.3",
            ".7.3",
            &format!("{chat}.7"),
            &format!("{chat}.7.3.1"),
            &format!("{chat}.-7.3"),
            &format!("{chat}.7.x"),
        ] {
            assert_eq!(Position::parse(text, chat), None, "{text}");
        }
    }
}
