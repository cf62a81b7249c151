//! Rooms over messaging's own router and a store in memory: what readers get as it happens, and what they never get.
#![expect(
    clippy::expect_used,
    reason = "a test whose ground is missing stops at once"
)]

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use axum::body::{Body, BodyDataStream};
use futures_util::StreamExt;
use http::Request;
use live::LiveStreams;
use serde_json::{Value, json};
use shared::platform::{Http, Pause, PortError, Ports, Room};
use shared::session::Session;
use tower_service::Service;
use world::*;

/// Calls to messaging reach its router.
struct ToMessaging(Ports);

/// As [`ToMessaging`], but an answer waits: its question was asked before what happens meanwhile.
struct Slowly(ToMessaging, Arc<tokio::sync::Semaphore>);

#[async_trait]
impl Http for Slowly {
    async fn send(&self, request: Request<Vec<u8>>) -> Result<http::Response<Vec<u8>>, PortError> {
        let answer = self.0.send(request).await;
        self.1.acquire().await.expect("leave to answer").forget();
        answer
    }
}

/// As [`ToMessaging`], but where it is set to, a call never ends, as of one whom the platform has cancelled.
struct Cancelled(ToMessaging, Arc<std::sync::atomic::AtomicBool>);

#[async_trait]
impl Http for Cancelled {
    async fn send(&self, request: Request<Vec<u8>>) -> Result<http::Response<Vec<u8>>, PortError> {
        if self.1.swap(false, std::sync::atomic::Ordering::SeqCst) {
            std::future::pending::<()>().await;
        }
        self.0.send(request).await
    }
}

#[async_trait]
impl Http for ToMessaging {
    async fn send(&self, request: Request<Vec<u8>>) -> Result<http::Response<Vec<u8>>, PortError> {
        assert_eq!(request.uri().host(), Some("messaging.spin.internal"));
        let mut request = request.map(Body::from);
        request.extensions_mut().insert(self.0.clone());
        let answer = messaging::router().call(request).await.expect("an answer");
        let (parts, body) = answer.into_parts();
        let body = axum::body::to_bytes(body, usize::MAX)
            .await
            .expect("a body");
        Ok(http::Response::from_parts(parts, body.to_vec()))
    }
}

/// A pause of a test's own length: the clock stands meanwhile.
struct ShortPause;

#[async_trait]
impl Pause for ShortPause {
    async fn pause(&self, _millis: u32) {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

struct Rooms {
    world: World,
    ports: Ports,
    room: Arc<LiveStreams>,
}

/// One open stream, with what has come of it.
struct Reader {
    stream: BodyDataStream,
    rest: String,
    ended: bool,
}

impl Rooms {
    async fn new() -> Self {
        let world = World::new(&[("messaging", messaging::router)]).await;
        let ports = Ports {
            http: Arc::new(ToMessaging(world.ports.clone())),
            pause: Arc::new(ShortPause),
            ..world.ports.clone()
        };
        Rooms {
            world,
            ports,
            room: Arc::default(),
        }
    }

    /// Where so many calls to messaging have leave to be answered, and more as it is given.
    async fn slow(calls: usize) -> (Self, Arc<tokio::sync::Semaphore>) {
        let mut rooms = Rooms::new().await;
        let leave = Arc::new(tokio::sync::Semaphore::new(calls));
        rooms.ports.http = Arc::new(Slowly(
            ToMessaging(rooms.world.ports.clone()),
            Arc::clone(&leave),
        ));
        (rooms, leave)
    }

    async fn open_case(&self) -> String {
        let case = json!({ "patient": patient(ALEX), "subject": "Blodtryck", "closes_at": "2026-11-30T09:00" });
        self.world.post(ANNA, "cases", case).await.id()
    }

    async fn write(&self, person: &str, case: &str, text: &str) {
        let path = format!("chats/{case}/messages");
        let answer = self
            .world
            .post(person, &path, json!({ "text": text }))
            .await;
        assert_eq!(answer.status, 201, "{}", answer.text);
    }

    /// Somebody comes in, as messaging lets them.
    async fn enter(&self, session: &Session, side: &str, case: &str, since: &str) -> Reader {
        let token = self.world.sign(session);
        self.enter_by(&token, session, side, case, since).await
    }

    /// The same, by a token that other streams of theirs may have come by.
    async fn enter_by(
        &self,
        token: &str,
        session: &Session,
        side: &str,
        case: &str,
        since: &str,
    ) -> Reader {
        let until = self.ports.clock.now().plus(15 * 60_000).millis();
        let request = Request::get("http://room/enter")
            .header("authorization", format!("Bearer {token}"))
            .header("room-events", format!("/messaging/v1/chats/{case}/events"))
            .header("room-side", side)
            .header("room-since", format!("{case}.{since}"))
            .header("room-session", session.id.to_string())
            .header("room-until", until.to_string());
        let answer = self
            .ask(request.body(Body::empty()).expect("a request"))
            .await;
        assert_eq!(answer.status(), 200);
        Reader {
            stream: answer.into_body().into_data_stream(),
            rest: String::new(),
            ended: false,
        }
    }

    async fn ask(&self, request: Request<Body>) -> http::Response<Body> {
        Arc::clone(&self.room)
            .answer(self.ports.clone(), request)
            .await
    }

    /// The platform wakes the room, if it is time.
    async fn ring(&self) {
        if self.room.is_to_be_woken(self.ports.clock.now()) {
            Arc::clone(&self.room).wake(self.ports.clone()).await;
        }
    }

    async fn tell(&self, what: &str) {
        let request = Request::post(format!("http://room/told/{what}"));
        let answer = self
            .ask(request.body(Body::empty()).expect("a request"))
            .await;
        assert_eq!(answer.status(), 200);
    }
}

impl Reader {
    /// The events that have come so far; nothing more, if the stream has ended.
    async fn events(&mut self) -> Vec<(String, Value)> {
        let mut found = vec![];
        while let Some(piece) = self.piece().await {
            if piece.starts_with(": here") {
                break;
            }
            self.rest.push_str(&piece);
        }
        for block in std::mem::take(&mut self.rest).split("\n\n") {
            let field = |name| block.lines().find_map(|line| line.strip_prefix(name));
            if let (Some(kind), Some(data)) = (field("event: "), field("data: ")) {
                let data = serde_json::from_str(data).expect("JSON");
                found.push((kind.to_owned(), data));
            }
        }
        found
    }

    async fn texts(&mut self) -> Vec<String> {
        let events = self.events().await;
        let messages = events.iter().filter(|(kind, _)| kind == "message");
        messages
            .map(|(_, data)| data["text"].as_str().unwrap_or("-").to_owned())
            .collect()
    }

    /// What comes next within a moment.
    async fn piece(&mut self) -> Option<String> {
        if self.ended {
            return None;
        }
        let next = tokio::time::timeout(Duration::from_millis(100), self.stream.next());
        let next = next.await.ok()?;
        self.ended = next.is_none();
        let piece = next?.expect("a piece");
        Some(String::from_utf8(piece.to_vec()).expect("text"))
    }

    async fn has_ended(&mut self) -> bool {
        while self
            .piece()
            .await
            .is_some_and(|piece| piece.starts_with(": here"))
        {}
        self.ended
    }
}

#[tokio::test]
async fn a_room_says_that_it_is_well_and_is_not_woken_for_it() {
    let rooms = Rooms::new().await;
    let health = Request::get("http://live.spin.internal/healthz").body(Body::empty());
    assert_eq!(rooms.ask(health.expect("a request")).await.status(), 200);
    assert_eq!(rooms.room.wakes_at(rooms.ports.clock.now()), None);
}

#[tokio::test]
async fn both_sides_get_what_is_written_once_and_as_it_happens() {
    let rooms = Rooms::new().await;
    let case = rooms.open_case().await;
    rooms.write(ANNA, &case, "Före").await;
    let anna = rooms.world.session(ANNA);
    let alex = rooms.world.session(ALEX);
    let mut staff = rooms.enter(&anna, "staff", &case, "1.0").await;
    let mut patient = rooms.enter(&alex, "patient", &case, "1.0").await;
    // What was there before the stream began comes with it.
    assert_eq!(
        patient.texts().await.last().map(String::as_str),
        Some("Före")
    );
    staff.events().await;
    for turn in 0..5 {
        rooms.write(ALEX, &case, &format!("Fråga {turn}")).await;
        rooms.write(ANNA, &case, &format!("Svar {turn}")).await;
        if turn % 2 == 0 {
            rooms.tell("change").await;
        }
    }
    rooms.tell("change").await;
    rooms.tell("change").await;
    let expected: Vec<String> = (0..5)
        .flat_map(|turn| [format!("Fråga {turn}"), format!("Svar {turn}")])
        .collect();
    assert_eq!(staff.texts().await, expected);
    assert_eq!(patient.texts().await, expected);
}

#[tokio::test]
async fn each_sees_messages_as_their_own_side_does_and_that_they_were_delivered() {
    let rooms = Rooms::new().await;
    let case = rooms.open_case().await;
    let mut staff = rooms
        .enter(&rooms.world.session(ANNA), "staff", &case, "1.0")
        .await;
    let mut patient = rooms
        .enter(&rooms.world.session(ALEX), "patient", &case, "1.0")
        .await;
    staff.events().await;
    patient.events().await;
    rooms.write(ALEX, &case, "Hej").await;
    rooms.tell("change").await;
    let of = |events: &[(String, Value)], kind: &str| {
        events
            .iter()
            .rfind(|event| event.0 == kind)
            .map(|event| event.1.clone())
            .expect("one")
    };
    let (seen, own) = (staff.events().await, patient.events().await);
    assert_eq!(of(&seen, "message")["own"], false);
    assert_eq!(of(&own, "message")["own"], true);
    // Handing it to staff marked it as delivered, and the patient hears of that at once.
    let number = of(&own, "message")["number"].clone();
    assert_eq!(of(&own, "chat")["other_delivered"], number);
    assert_eq!(of(&own, "chat").get("closing_reason"), None);
}

#[tokio::test]
async fn who_comes_again_gets_what_they_missed_and_nothing_twice() {
    let rooms = Rooms::new().await;
    let case = rooms.open_case().await;
    let alex = rooms.world.session(ALEX);
    let mut reader = rooms.enter(&alex, "patient", &case, "1.0").await;
    rooms.write(ANNA, &case, "Ett").await;
    rooms.tell("change").await;
    assert_eq!(reader.texts().await.last().map(String::as_str), Some("Ett"));
    let chat = rooms.world.get(ALEX, &format!("cases/{case}")).await.json();
    drop(reader);
    rooms.write(ANNA, &case, "Två").await;
    rooms.tell("change").await;
    let last = format!("{}.{}", chat["version"], chat["last_number"]);
    let mut reader = rooms.enter(&alex, "patient", &case, &last).await;
    let mut beside = rooms.enter(&alex, "patient", &case, "1.0").await;
    assert_eq!(reader.texts().await, ["Två"]);
    assert!(
        beside
            .texts()
            .await
            .ends_with(&["Ett".to_owned(), "Två".to_owned()])
    );
    assert_eq!(reader.texts().await, Vec::<String>::new());
}

#[tokio::test]
async fn a_long_backlog_comes_whole() {
    let rooms = Rooms::new().await;
    let case = rooms.open_case().await;
    for turn in 0..230 {
        rooms.write(ANNA, &case, &turn.to_string()).await;
    }
    let mut reader = rooms
        .enter(&rooms.world.session(ALEX), "patient", &case, "1.0")
        .await;
    let mut texts = reader.texts().await;
    texts.retain(|text| text != "-");
    assert_eq!(
        texts,
        (0..230)
            .map(|turn: i32| turn.to_string())
            .collect::<Vec<_>>()
    );
}

#[tokio::test]
async fn nothing_reaches_a_session_that_has_ended_and_its_stream_ends() {
    let rooms = Rooms::new().await;
    let case = rooms.open_case().await;
    let alex = rooms.world.session(ALEX);
    let id = alex.id.to_string();
    rooms
        .world
        .run(
            "INSERT INTO sessions (id, kind, subject, started_by, started_at, renewed_at, ends_at) VALUES (?1, 'patient', ?2, 'x', 1, 1, 3)",
            [id.as_str().into(), alex.subject.as_str().into()],
        )
        .await;
    let mut reader = rooms.enter(&alex, "patient", &case, "1.0").await;
    let mut other = rooms
        .enter(&rooms.world.session(ALEX), "patient", &case, "1.0")
        .await;
    reader.events().await;
    rooms
        .world
        .run(
            "UPDATE sessions SET ended_at = 2 WHERE id = ?1",
            [id.into()],
        )
        .await;
    rooms.write(ANNA, &case, "Efter").await;
    rooms.tell("change").await;
    assert_eq!(reader.texts().await, Vec::<String>::new());
    assert!(reader.has_ended().await);
    assert_eq!(
        other.texts().await.last().map(String::as_str),
        Some("Efter")
    );
}

#[tokio::test]
async fn a_stream_in_which_nothing_happens_ends_soon_after_its_session_was_ended() {
    let mut rooms = Rooms::new().await;
    rooms.world = World::new(&[
        ("messaging", messaging::router as fn() -> axum::Router),
        ("identity", identity::router),
    ])
    .await;
    rooms.ports = Ports {
        http: Arc::new(ToMessaging(rooms.world.ports.clone())),
        pause: Arc::new(ShortPause),
        ..rooms.world.ports.clone()
    };
    let case = rooms.open_case().await;
    // Right after its opening a room looks by itself.
    rooms.world.pass(5 * 60_000);
    let [gone, stays] = [rooms.world.session(ALEX), rooms.world.session(ALEX)];
    for session in [&gone, &stays] {
        rooms.world.run(
            "INSERT INTO sessions (id, kind, subject, started_by, started_at, renewed_at, ends_at) VALUES (?1, 'patient', ?2, ?1, 1, 1, 3)",
            [session.id.into(), session.subject.as_str().into()],
        ).await;
    }
    let mut ends = rooms.enter(&gone, "patient", &case, "1.0").await;
    let mut goes_on = rooms.enter(&stays, "patient", &case, "1.0").await;
    let token = rooms.world.sign(&gone);
    let out = Request::post("/identity/v1/sign-out")
        .header("authorization", format!("Bearer {token}"))
        .header("content-type", "application/json");
    let out = out.body(Body::from("{}")).expect("a request");
    assert_eq!(rooms.world.send(out).await.status, 204);
    for passes in [25_000, 25_000, 9_000] {
        rooms.world.pass(passes);
        for reader in [&mut ends, &mut goes_on] {
            reader.events().await;
            reader.events().await;
        }
    }
    assert!(!ends.ended, "it looks once a minute at most");
    rooms.world.pass(1_000);
    assert!(ends.has_ended().await);
    goes_on.events().await;
    goes_on.events().await;
    assert!(!goes_on.ended, "another session of the same person's");
}

#[tokio::test]
async fn a_look_that_never_ends_keeps_nobody_from_the_news_for_long() {
    let mut rooms = Rooms::new().await;
    let never = Arc::new(std::sync::atomic::AtomicBool::new(false));
    rooms.ports.http = Arc::new(Cancelled(
        ToMessaging(rooms.world.ports.clone()),
        Arc::clone(&never),
    ));
    let case = rooms.open_case().await;
    rooms.world.pass(5 * 60_000);
    let alex = rooms.world.session(ALEX);
    let mut reader = rooms.enter(&alex, "patient", &case, "1.0").await;
    reader.events().await;
    never.store(true, std::sync::atomic::Ordering::SeqCst);
    rooms.write(ANNA, &case, "Ett").await;
    let told = Request::post("http://room/told/change").body(Body::empty());
    let answer = Arc::clone(&rooms.room).answer(rooms.ports.clone(), told.expect("a request"));
    let stuck = tokio::spawn(answer);
    tokio::time::sleep(Duration::from_millis(20)).await;
    rooms.write(ANNA, &case, "Två").await;
    rooms.tell("change").await;
    assert_eq!(reader.texts().await, Vec::<String>::new(), "somebody looks");
    rooms.world.pass(15_000);
    // Nobody looks any more: whoever waits is let go, comes again, and looks.
    assert!(reader.has_ended().await);
    let mut again = rooms.enter(&alex, "patient", &case, "1.0").await;
    assert!(
        again
            .texts()
            .await
            .ends_with(&["Ett".to_owned(), "Två".to_owned()])
    );
    stuck.abort();
}

#[tokio::test]
async fn what_a_look_brings_that_another_has_taken_over_from_is_left_to_that() {
    let (rooms, leave) = Rooms::slow(1).await;
    let case = rooms.open_case().await;
    let mut reader = rooms
        .enter(&rooms.world.session(ALEX), "patient", &case, "1.0")
        .await;
    reader.events().await;
    rooms.write(ANNA, &case, "Ett").await;
    let first = rooms.tell("change");
    let mut first = std::pin::pin!(first);
    let waits = tokio::time::timeout(Duration::from_millis(20), first.as_mut()).await;
    assert!(waits.is_err());
    rooms.world.pass(15_000);
    rooms.write(ANNA, &case, "Två").await;
    let second = rooms.tell("change");
    let mut second = std::pin::pin!(second);
    let waits = tokio::time::timeout(Duration::from_millis(20), second.as_mut()).await;
    assert!(waits.is_err());
    leave.add_permits(1);
    first.await;
    leave.add_permits(100);
    second.await;
    assert_eq!(reader.texts().await, ["Ett", "Två"]);
}

/// Who is there, as these events told last.
fn presence(events: &[(String, Value)]) -> Option<&Value> {
    let last = events.iter().rfind(|event| event.0 == "presence");
    last.map(|(_, data)| data)
}

#[tokio::test]
async fn who_was_cancelled_as_they_came_in_or_reads_on_no_more_is_soon_gone() {
    let (rooms, leave) = Rooms::slow(1).await;
    let case = rooms.open_case().await;
    rooms.world.pass(5 * 60_000);
    let [anna, alex] = [ANNA, ALEX].map(|person| rooms.world.session(person));
    let first = rooms.enter(&anna, "staff", &case, "1.0").await;
    // What the platform has cancelled is neither gone on with nor dropped.
    let cancelled = rooms.enter(&alex, "patient", &case, "1.0");
    let mut cancelled = std::pin::pin!(cancelled);
    let waits = tokio::time::timeout(Duration::from_millis(20), cancelled.as_mut()).await;
    assert!(waits.is_err());
    drop(first);
    rooms.world.pass(15_000);
    leave.add_permits(100);
    let mut staff = rooms.enter(&anna, "staff", &case, "1.0").await;
    let _unread = rooms.enter(&alex, "patient", &case, "1.0").await;
    let both = json!({ "patient": true, "staff": true });
    assert_eq!(presence(&staff.events().await), Some(&both));
    let mut seen = vec![];
    for _ in 0..2 {
        rooms.world.pass(25_000);
        assert_eq!(presence(&seen), None, "they may read on still");
        seen = staff.events().await;
        seen.extend(staff.events().await);
    }
    let alone = json!({ "patient": false, "staff": true });
    assert_eq!(presence(&seen), Some(&alone));
    rooms.write(ANNA, &case, "Hör du mig?").await;
    rooms.tell("change").await;
    let told = staff.events().await;
    let (_, chat) = told.iter().rfind(|event| event.0 == "chat").expect("one");
    let delivered = chat["other_delivered"].as_i64().expect("a number");
    assert!(delivered < chat["last_number"].as_i64().expect("a number"));
}

#[tokio::test]
async fn a_stream_ends_when_its_token_does() {
    let rooms = Rooms::new().await;
    let case = rooms.open_case().await;
    let mut reader = rooms
        .enter(&rooms.world.session(ALEX), "patient", &case, "1.0")
        .await;
    reader.events().await;
    rooms
        .world
        .clock
        .set(rooms.ports.clock.now().plus(15 * 60_000));
    assert!(reader.has_ended().await);
}

#[tokio::test]
async fn an_idle_stream_asks_the_store_nothing() {
    let rooms = Rooms::new().await;
    let case = rooms.open_case().await;
    let mut reader = rooms
        .enter(&rooms.world.session(ALEX), "patient", &case, "1.0")
        .await;
    reader.events().await;
    let read = "SELECT count(*) AS n FROM access_log";
    let before = rooms.world.number(read).await;
    for _ in 0..20 {
        reader.events().await;
    }
    assert_eq!(rooms.world.number(read).await, before);
}

#[tokio::test]
async fn the_end_of_a_case_comes_by_the_clock_alone() {
    let rooms = Rooms::new().await;
    let case = rooms.open_case().await;
    let mut reader = rooms
        .enter(&rooms.world.session(ALEX), "patient", &case, "1.0")
        .await;
    reader.events().await;
    // A token that holds beyond the end.
    rooms.world.clock.set(at("2026-11-30T08:59").plus(30_000));
    let mut reader = rooms
        .enter(&rooms.world.session(ALEX), "patient", &case, "1.0")
        .await;
    reader.events().await;
    assert_eq!(
        rooms.room.wakes_at(rooms.ports.clock.now()),
        Some(at("2026-11-30T09:00"))
    );
    rooms.world.clock.set(at("2026-11-30T09:00"));
    rooms.ring().await;
    let told = reader.events().await;
    let closed = told
        .iter()
        .any(|(kind, data)| kind == "chat" && data["state"] == "closed");
    assert!(closed, "{told:?}");
}

#[tokio::test]
async fn a_room_that_nobody_is_in_wants_no_waking() {
    let rooms = Rooms::new().await;
    let case = rooms.open_case().await;
    let now = rooms.ports.clock.now();
    assert_eq!(rooms.room.wakes_at(now), None);
    let alex = rooms.world.session(ALEX);
    let reader = rooms.enter(&alex, "patient", &case, "1.0").await;
    assert!(rooms.room.wakes_at(now).is_some_and(|at| at > now));
    drop(reader);
    assert_eq!(rooms.room.wakes_at(now), None);
}

#[tokio::test]
async fn what_is_told_without_end_is_looked_for_in_the_next_waking() {
    let (rooms, leave) = Rooms::slow(1).await;
    let case = rooms.open_case().await;
    let alex = rooms.world.session(ALEX);
    let mut reader = rooms.enter(&alex, "patient", &case, "1.0").await;
    reader.events().await;
    rooms.write(ANNA, &case, "Ett").await;
    let telling = rooms.tell("change");
    let mut telling = std::pin::pin!(telling);
    let waits = tokio::time::timeout(Duration::from_millis(20), telling.as_mut()).await;
    assert!(waits.is_err());
    // Meanwhile somebody tells more, and longer passes than whoever looks goes on for others.
    rooms.write(ANNA, &case, "Två").await;
    rooms.tell("change").await;
    rooms.world.pass(6_000);
    leave.add_permits(1);
    telling.await;
    assert_eq!(reader.texts().await, ["Ett"]);
    leave.add_permits(100);
    rooms.ring().await;
    assert_eq!(reader.texts().await, ["Två"]);
}

#[tokio::test]
async fn who_is_there_and_who_writes_is_seen() {
    let rooms = Rooms::new().await;
    let case = rooms.open_case().await;
    let mut patient = rooms
        .enter(&rooms.world.session(ALEX), "patient", &case, "1.0")
        .await;
    assert_eq!(
        presence(&patient.events().await),
        Some(&json!({ "patient": true, "staff": false }))
    );
    let staff = rooms
        .enter(&rooms.world.session(ANNA), "staff", &case, "1.0")
        .await;
    assert_eq!(
        presence(&patient.events().await),
        Some(&json!({ "patient": true, "staff": true }))
    );
    rooms.tell("writing.staff").await;
    assert_eq!(
        presence(&patient.events().await),
        Some(&json!({ "patient": true, "staff": true, "writing": "staff" }))
    );
    drop(staff);
    assert_eq!(
        presence(&patient.events().await),
        Some(&json!({ "patient": true, "staff": false }))
    );
}

#[tokio::test]
async fn a_foreign_chat_opens_for_nobody_though_they_stand_in_its_room() {
    let rooms = Rooms::new().await;
    let case = rooms.open_case().await;
    let mut stranger = rooms
        .enter(&rooms.world.session(BO), "patient", &case, "1.0")
        .await;
    assert_eq!(stranger.texts().await, Vec::<String>::new());
    assert!(stranger.has_ended().await);
}

#[tokio::test]
async fn who_comes_in_while_the_room_asks_for_others_misses_nothing_in_between() {
    let (rooms, leave) = Rooms::slow(100).await;
    let case = rooms.open_case().await;
    let alex = rooms.world.session(ALEX);
    let token = rooms.world.sign(&alex);
    let mut ahead = rooms.enter_by(&token, &alex, "patient", &case, "1.0").await;
    for turn in 0..4 {
        rooms.write(ANNA, &case, &turn.to_string()).await;
    }
    rooms.tell("change").await;
    ahead.events().await;
    rooms.write(ANNA, &case, "4").await;
    // The room asks for what comes after what this reader has, and is kept waiting.
    leave.forget_permits(100);
    let telling = rooms.tell("change");
    let mut telling = std::pin::pin!(telling);
    assert!(
        tokio::time::timeout(Duration::from_millis(50), telling.as_mut())
            .await
            .is_err()
    );
    let mut behind = rooms.enter_by(&token, &alex, "patient", &case, "1.0").await;
    leave.add_permits(100);
    telling.await;
    let mut texts = behind.texts().await;
    texts.retain(|text| text != "-");
    assert_eq!(texts, ["0", "1", "2", "3", "4"]);
    assert_eq!(ahead.texts().await, ["4"]);
}

#[tokio::test]
async fn what_was_taken_back_comes_to_a_stream_beside_one_that_lies_behind() {
    let rooms = Rooms::new().await;
    let case = rooms.open_case().await;
    let alex = rooms.world.session(ALEX);
    let token = rooms.world.sign(&alex);
    let mut ahead = rooms.enter_by(&token, &alex, "patient", &case, "1.0").await;
    let earlier = rooms.world.get(ALEX, &format!("cases/{case}")).await.json();
    for text in ["Ett", "Två"] {
        rooms.write(ANNA, &case, text).await;
    }
    rooms.tell("change").await;
    let events = ahead.events().await;
    let messages = events.iter().filter(|event| event.0 == "message");
    let numbers: Vec<&Value> = messages.map(|(_, data)| &data["number"]).collect();
    for number in &numbers[numbers.len() - 2..] {
        let path = format!("chats/{case}/messages/{number}/withdraw");
        let withdrawn = rooms.world.post(ANNA, &path, json!({})).await;
        assert_eq!(withdrawn.status, 200, "{}", withdrawn.text);
    }
    // Before the room has looked, who comes in has it look for both.
    let place = format!("{}.{}", earlier["version"], earlier["last_number"]);
    let mut behind = rooms
        .enter_by(&token, &alex, "patient", &case, &place)
        .await;
    assert_eq!(behind.texts().await, ["-", "-"]);
    assert_eq!(ahead.texts().await, ["-", "-"]);
    rooms.tell("change").await;
    for reader in [&mut ahead, &mut behind] {
        assert_eq!(reader.texts().await, Vec::<String>::new());
    }
}
