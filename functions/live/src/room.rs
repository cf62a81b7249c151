//! A room: the open streams of one chat or unit. When it is told that something happened it asks messaging, once for
//! each session that reads here and by that session's own right, for what comes after what the session's streams have
//! had, and hands that out. So a reader's walls, the access log and the end of a session hold for every event, and
//! nothing is missed: whoever comes in is asked for from the last event they saw, by themselves until they have had
//! what the session's other streams have.
//!
//! A room asks only in the requests that come to it and when it is woken, never in the stream of a reader: what a
//! stream is in the middle of ends with its reader.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use axum::body::Body;
use bytes::Bytes;
use futures_channel::mpsc;
use futures_util::future::{Either, select};
use futures_util::{StreamExt, stream};
use http::header::{AUTHORIZATION, COOKIE, HeaderName, HeaderValue};
use http::{HeaderMap, Request, Response, StatusCode};
use shared::platform::{Ports, Room};
use shared::session::Session as SignedIn;
use shared::time::Timestamp;

use crate::event::{Event, Position, add_boundaries, boundaries, events, next_look, position};

/// How many pieces a reader may be behind before their stream ends, and they come again.
const BEHIND: usize = 1_000;
/// How often an open stream says that it is one, in milliseconds: proxies end what is silent for a minute.
const ALIVE: i64 = 25_000;
/// After how long a reader is gone in whose stream nobody reads on, in milliseconds. (The platform cancels a request
/// whose caller has gone, and drops nothing: not their place here either.)
const GONE: i64 = 2 * ALIVE;
/// How often a stream in which nothing happens looks whether its session was ended, in milliseconds.
const STANDING: i64 = 60_000;
/// How long a look is waited for, in milliseconds: longer than a call to messaging may last. One that has not come
/// on by then never will (it was cancelled like that), and another begins.
const LOOK: i64 = 15_000;
/// How long whoever tells something looks on for what others tell meanwhile, in milliseconds; then the room is woken
/// for it. A request's background is ended by the platform after thirty seconds.
const LOOKING_ON: i64 = 5_000;
/// How many messages messaging gives at once: after so many there may be more.
const PAGE: usize = 100;
/// How many rounds a room takes at once for those alone who lag behind.
const ROUNDS: u32 = 50;

/// The open streams of one chat or unit.
#[derive(Default)]
pub struct LiveStreams(Mutex<Streams>);

#[derive(Default)]
struct Streams {
    readers: Vec<Reader>,
    came_in: u64,
    /// How often there was something to look for.
    asked: u64,
    /// Up to which of these it was looked for to the end.
    looked: u64,
    /// How often somebody began to look.
    began: u64,
    /// Who is looking, and since when they were seen to come on.
    looking: Option<(u64, Timestamp)>,
    boundaries: Vec<Timestamp>,
    /// When the room looks by itself.
    look_at: Option<Timestamp>,
}

/// What proves a reader's right: the header in which their session came.
type Session = (HeaderName, HeaderValue);

/// What is asked of messaging: what comes after a place, by one session.
struct Question {
    session: Session,
    since: Position,
    path: String,
}

impl Question {
    fn of(reader: &Reader) -> Self {
        let Position { version, number } = reader.at;
        let (events, name) = (&reader.events, &reader.name);
        Question {
            session: reader.session.clone(),
            since: reader.at,
            path: format!("{events}?once=true&since={name}.{version}.{number}"),
        }
    }

    /// Whether the answer is for a reader: to whoever stands elsewhere it would say wrongly what they have had.
    fn is_for(&self, reader: &Reader) -> bool {
        self.session == reader.session && self.since == reader.at
    }
}

struct Reader {
    id: u64,
    /// Where messaging gives the events.
    events: String,
    session: Session,
    /// `patient` or `staff` in a chat.
    side: String,
    at: Position,
    /// What their events' ids begin with.
    name: String,
    /// The last event that told how the chat stands, hashed.
    stands: u64,
    /// When somebody last read on in their stream.
    read_at: Timestamp,
    pieces: mpsc::Sender<Bytes>,
}

impl Reader {
    /// Hands an event out, unless the reader has heard the same last. Whether they keep up.
    fn hand(&mut self, event: &Event) -> bool {
        self.at = event.at;
        if event.stands() {
            let mut hasher = DefaultHasher::new();
            event.data.hash(&mut hasher);
            let stands = hasher.finish();
            if stands == std::mem::replace(&mut self.stands, stands) {
                return true;
            }
        }
        self.give(event.text(&self.name))
    }

    fn give(&mut self, text: String) -> bool {
        self.pieces.try_send(Bytes::from(text)).is_ok()
    }
}

/// Someone looks for what is new; whatever ends that, another may look afterwards.
struct Looking<'a>(&'a LiveStreams, u64);

impl Drop for Looking<'_> {
    fn drop(&mut self) {
        let mut streams = self.0.streams();
        if streams.is_looking(self.1) {
            streams.looking = None;
        }
    }
}

impl LiveStreams {
    fn streams(&self) -> MutexGuard<'_, Streams> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Looks for what is new, for everybody, and for so many milliseconds for what is told meanwhile; if somebody does
    /// already, they go on for this, too.
    async fn look(&self, ports: &Ports, looking_on: i64) {
        let now = ports.clock.now();
        let until = now.plus(looking_on);
        let looker = {
            let mut streams = self.streams();
            streams.asked += 1;
            if streams.is_looked_for(now) {
                return;
            }
            streams.began += 1;
            let looker = streams.began;
            streams.looking = Some((looker, now));
            looker
        };
        let _looking = Looking(self, looker);
        let mut seen = 0;
        let mut lagging = 0;
        let mut is_more = false;
        while lagging < ROUNDS {
            let (asked, is_for_all, questions) = {
                let mut streams = self.streams();
                if !streams.is_looking(looker) {
                    return;
                }
                let now = ports.clock.now();
                let is_told = streams.asked != seen;
                if is_told && seen > 0 && !is_more && now >= until {
                    break;
                }
                streams.looking = Some((looker, now));
                streams.let_go(now);
                let is_for_all = is_told || is_more;
                (streams.asked, is_for_all, streams.to_look_for(is_for_all))
            };
            if questions.is_empty() {
                seen = asked;
                break;
            }
            lagging = if is_for_all { 0 } else { lagging + 1 };
            seen = asked;
            // All at once: the slowest session must not hold the others back.
            let all = questions
                .into_iter()
                .map(|question| self.look_for(ports, looker, question));
            is_more = futures_util::future::join_all(all).await.contains(&true);
        }
        let mut streams = self.streams();
        streams.looked = seen;
        streams.look_at = next_look(&streams.boundaries, ports.clock.now());
    }

    /// What is new for a session's streams that stand at one place. Whether there may be more.
    async fn look_for(&self, ports: &Ports, looker: u64, question: Question) -> bool {
        let answer = async {
            let path = &question.path;
            let (name, value) = question.session.clone();
            let request = Request::get(format!("http://messaging.spin.internal{path}"))
                .header(name, value)
                .body(vec![])
                .ok()?;
            let answer = ports.http.send(request).await.ok()?;
            (answer.status() == StatusCode::OK)
                .then(|| String::from_utf8(answer.into_body()).ok())
                .flatten()
        };
        let told = answer.await;
        let mut streams = self.streams();
        // Whoever has taken over asked again, and later: this answer would take the readers away from under theirs.
        if !streams.is_looking(looker) {
            return false;
        }
        let Some(told) = told else {
            // Their session has ended, the chat is no longer theirs, or messaging is out of reach: the streams end, and
            // who comes again hears which.
            streams
                .readers
                .retain(|reader| reader.session != question.session);
            streams.tell_presence("");
            return false;
        };
        let told = events(&told);
        if let Some(boundaries) = boundaries(&told) {
            add_boundaries(&mut streams.boundaries, boundaries, ports.clock.now());
        }
        streams.readers.retain_mut(|reader| {
            // Who came in meanwhile at another place is asked for next.
            !question.is_for(reader) || told.iter().all(|event| reader.hand(event))
        });
        told.len() >= PAGE
    }

    /// Lets a reader in: their stream begins with what they have not seen.
    async fn enter(self: Arc<Self>, ports: Ports, headers: HeaderMap) -> Option<Response<Body>> {
        let header = |name: &str| headers.get(name)?.to_str().ok();
        let (name, at) = position(header("room-since")?)?;
        let until: i64 = header("room-until")?.parse().ok()?;
        let until = Timestamp::from_millis(until);
        let session = [AUTHORIZATION, COOKIE]
            .into_iter()
            .find_map(|name| Some((name.clone(), headers.get(&name)?.clone())))?;
        let now = ports.clock.now();
        let (mut pieces, handed) = mpsc::channel(BEHIND);
        let _ = pieces.try_send(Bytes::from_static(b"retry: 1000\n\n"));
        let id = {
            let mut streams = self.streams();
            streams.came_in += 1;
            let id = streams.came_in;
            streams.readers.push(Reader {
                id,
                events: header("room-events")?.to_owned(),
                session,
                side: header("room-side").unwrap_or_default().to_owned(),
                at,
                name: name.to_owned(),
                stands: 0,
                read_at: now,
                pieces,
            });
            streams.tell_presence("");
            id
        };
        let open = Open {
            place: Place {
                room: Arc::clone(&self),
                id,
            },
            handed,
            until,
            session: header("room-session").map(SignedIn::ended_key),
            looked_at: now,
            ports: ports.clone(),
        };
        self.look(&ports, 0).await;
        Some(Response::new(Body::from_stream(stream::unfold(
            open,
            Open::next,
        ))))
    }
}

impl Streams {
    fn is_looking(&self, looker: u64) -> bool {
        self.looking.is_some_and(|(one, _)| one == looker)
    }

    /// Whether somebody looks, and comes on with it.
    fn is_looked_for(&self, now: Timestamp) -> bool {
        self.looking
            .is_some_and(|(_, since)| now < since.plus(LOOK))
    }

    /// Whether there is something to look for, and nobody does.
    fn is_left(&self, now: Timestamp) -> bool {
        self.looked != self.asked && !self.is_looked_for(now)
    }

    /// Whether somebody began to look, and never ended.
    fn is_stuck(&self, now: Timestamp) -> bool {
        self.looking.is_some() && self.is_left(now)
    }

    /// Lets those go whose streams nobody reads any more, so that none of them counts as here, is asked for, or is
    /// marked as given what comes.
    fn let_go(&mut self, now: Timestamp) {
        let before = self.readers.len();
        self.readers
            .retain(|reader| now < reader.read_at.plus(GONE));
        if self.readers.len() < before {
            self.tell_presence("");
        }
    }

    /// What there is to ask: for all readers, or for those who are behind what others have seen (looking marks messages
    /// as delivered, which the others are to see); once for those of a session who stand at one place.
    fn to_look_for(&self, all: bool) -> Vec<Question> {
        let newest = self.readers.iter().map(|reader| reader.at.version).max();
        let mut questions: Vec<Question> = vec![];
        for reader in &self.readers {
            let is_behind = Some(reader.at.version) != newest;
            let is_asked = questions.iter().any(|question| question.is_for(reader));
            if (all || is_behind) && !is_asked {
                questions.push(Question::of(reader));
            }
        }
        questions
    }

    /// Tells everybody which sides are in the chat, and who is writing.
    fn tell_presence(&mut self, writing: &str) {
        let here = |side: &str| self.readers.iter().any(|reader| reader.side == side);
        let mut presence =
            serde_json::json!({ "patient": here("patient"), "staff": here("staff") });
        if !writing.is_empty() {
            presence["writing"] = writing.into();
        }
        let text = format!("event: presence\ndata: {presence}\n\n");
        self.readers
            .retain_mut(|reader| reader.side.is_empty() || reader.give(text.clone()));
    }
}

/// A reader's place in the room, which they leave when their stream is dropped.
struct Place {
    room: Arc<LiveStreams>,
    id: u64,
}

impl Place {
    /// Somebody reads on here; whoever does sees to it that those are gone who don't.
    fn read_on(&self, now: Timestamp) {
        let mut streams = self.room.streams();
        let id = self.id;
        if let Some(reader) = streams.readers.iter_mut().find(|reader| reader.id == id) {
            reader.read_at = now;
        }
        streams.let_go(now);
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut streams = self.room.streams();
        let id = self.id;
        streams.readers.retain(|reader| reader.id != id);
        streams.tell_presence("");
    }
}

/// One open stream.
struct Open {
    place: Place,
    handed: mpsc::Receiver<Bytes>,
    until: Timestamp,
    /// Under which key it would say that the session was ended.
    session: Option<String>,
    /// When that was looked for last.
    looked_at: Timestamp,
    ports: Ports,
}

impl Open {
    /// Whether the session was ended, asked once a minute at most and of no store.
    async fn has_ended(&mut self, now: Timestamp) -> bool {
        let Some(key) = &self.session else {
            return false;
        };
        if now < self.looked_at.plus(STANDING) {
            return false;
        }
        self.looked_at = now;
        // Where it can't be asked the token's own end is the stream's, too.
        matches!(self.ports.key_value.get(key).await, Ok(Some(_)))
    }

    async fn next(mut open: Open) -> Option<(Result<Bytes, std::convert::Infallible>, Open)> {
        loop {
            let now = open.ports.clock.now();
            open.place.read_on(now);
            let left = open.until.millis() - now.millis();
            if left <= 0 {
                return None;
            }
            let wait = u32::try_from(ALIVE.min(left)).unwrap_or(0);
            let waiting = open.ports.pause.pause(wait);
            let piece = match select(open.handed.next(), waiting).await {
                Either::Left((piece, _)) => Some(piece),
                Either::Right(_) => None,
            };
            if let Some(piece) = piece {
                return piece.map(|piece| (Ok(piece), open));
            }
            let now = open.ports.clock.now();
            if open.has_ended(now).await {
                return None;
            }
            // Who waits for a look that never ended comes again, and begins one.
            if open.place.room.streams().is_stuck(now) {
                return None;
            }
            if now < open.until {
                return Some((Ok(Bytes::from_static(b": here\n\n")), open));
            }
        }
    }
}

#[async_trait]
impl Room for LiveStreams {
    async fn answer(self: Arc<Self>, ports: Ports, request: Request<Body>) -> Response<Body> {
        let path = request.uri().path().to_owned();
        let answered = match path.as_str() {
            "/healthz" => Some(Response::new(Body::empty())),
            "/enter" => self.enter(ports, request.headers().clone()).await,
            "/told/change" => {
                self.look(&ports, LOOKING_ON).await;
                Some(Response::new(Body::empty()))
            }
            other => other.strip_prefix("/told/writing.").map(|side| {
                self.streams().tell_presence(side);
                Response::new(Body::empty())
            }),
        };
        answered.unwrap_or_else(|| {
            let mut unknown = Response::new(Body::empty());
            *unknown.status_mut() = StatusCode::BAD_REQUEST;
            unknown
        })
    }

    fn wakes_at(&self, now: Timestamp) -> Option<Timestamp> {
        let streams = self.streams();
        if streams.readers.is_empty() {
            return None;
        }
        if streams.is_left(now) {
            Some(now)
        } else {
            streams.look_at
        }
    }

    async fn wake(self: Arc<Self>, ports: Ports) {
        self.look(&ports, LOOKING_ON).await;
    }
}
