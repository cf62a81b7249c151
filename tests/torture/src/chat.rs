//! Writers and stream readers of chats while the process that serves them is killed again and again: every message
//! that was acknowledged is there, once, for every reader. The process is messaging over SQLite in a file, with the
//! rooms of functions/live in front of its streams, as on Workers.

use std::collections::{BTreeMap, HashMap};
use std::convert::Infallible;
use std::path::Path;
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use axum::body::Body;
use e2e::Failure;
use e2e::caller::{World, new_key, random};
use http::{Request, Response};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use live::LiveStreams;
use rusqlite::OpenFlags;
use serde_json::json;
use shared::platform::native::{MIGRATIONS, Sqlite, SystemClock, ports};
use shared::platform::{Entering, Http, Pause, PortError, Ports, Room, Rooms};
use tokio::process::{Child, Command};
use tower_service::Service;
use training::keys::{Keys, MachineRandom, now};
use training::people::PATIENTS;
use training::reference::reference;

const CHATS: usize = 4;
const WRITERS: usize = 12;
/// In each chat, half of them of either side.
const READERS: usize = 4;
/// A writer rests so long between two messages, in milliseconds at most.
const REST: u64 = 60;
/// A reader to whom nothing comes for so long opens another stream.
const SILENCE: Duration = Duration::from_secs(3);
const PATIENCE: Duration = Duration::from_secs(15 * 60);

/// How many fall in each of these ways.
#[derive(Default)]
struct Verdict {
    lost: usize,
    doubled: usize,
}

/// The whole run.
pub async fn torture(messages: usize) -> Result<(), Failure> {
    let began = Instant::now();
    let folder = crate::Folder::new("chat")?;
    let port = std::net::TcpListener::bind("127.0.0.1:0")?
        .local_addr()?
        .port();
    let keys =
        Keys::generate(&MachineRandom)?.with("PUBLIC_ORIGIN", &format!("http://127.0.0.1:{port}"));
    crate::write_keys(folder.path(), &keys)?;
    lay(folder.path(), &keys)?;
    let world = World::new(&format!("http://127.0.0.1:{port}"), keys);
    let mut running = start(folder.path(), port)?;

    let mut chats = vec![];
    for patient in PATIENTS.iter().take(CHATS) {
        chats.push((open_chat(&world, patient).await?, patient.key));
    }
    let each = messages.div_ceil(WRITERS);
    let writers: Vec<_> = (0..WRITERS)
        .map(|writer| {
            let (chat, patient) = chats[writer % CHATS].clone();
            let person = if (writer / CHATS).is_multiple_of(2) {
                "anna.lind"
            } else {
                patient
            };
            tokio::spawn(write(world.clone(), chat, person, writer, each))
        })
        .collect();
    let ended = Arc::new(AtomicBool::new(false));
    let reopened = Arc::new(AtomicUsize::new(0));
    let readers: Vec<_> = (0..CHATS * READERS)
        .map(|reader| {
            let (chat, patient) = chats[reader % CHATS].clone();
            let person = if (reader / CHATS).is_multiple_of(2) {
                "anna.lind"
            } else {
                patient
            };
            let (ended, reopened) = (Arc::clone(&ended), Arc::clone(&reopened));
            tokio::spawn(read(world.clone(), chat, person, ended, reopened))
        })
        .collect();

    let mut kills = 0;
    while !writers.iter().all(tokio::task::JoinHandle::is_finished) {
        tokio::time::sleep(Duration::from_millis(400 + random(1200))).await;
        if began.elapsed() > PATIENCE {
            return Err("writers still write after a quarter of an hour".into());
        }
        running.start_kill()?;
        running.wait().await?;
        kills += 1;
        running = start(folder.path(), port)?;
    }
    let mut acknowledged = vec![];
    for writer in writers {
        acknowledged.extend(writer.await??);
    }
    // Who reads has as long as a lost stream takes to be noticed.
    tokio::time::sleep(2 * SILENCE).await;
    ended.store(true, Ordering::Relaxed);
    let mut threads = vec![];
    for reader in readers {
        threads.push(reader.await??);
    }
    let mut verdict = Verdict::default();
    let mut faults = vec![];
    for (chat, _) in &chats {
        let stored = stored(&world, chat).await?;
        judge_chat(
            &stored,
            chat,
            &acknowledged,
            &threads,
            &mut verdict,
            &mut faults,
        );
    }
    running.start_kill()?;
    running.wait().await?;
    verdict.lost += without_row(folder.path(), &acknowledged)?;
    println!(
        "torture chat acknowledged={} lost={} doubled={}",
        acknowledged.len(),
        verdict.lost,
        verdict.doubled
    );
    println!(
        "torture chat writers={WRITERS} readers={} kills={kills} reopened={} seconds={}",
        threads.len(),
        reopened.load(Ordering::Relaxed),
        began.elapsed().as_secs()
    );
    if verdict.lost + verdict.doubled > 0 {
        return Err(faults.join("\n").into());
    }
    Ok(())
}

/// A message that its writer was told is there.
struct Acknowledged {
    chat: String,
    id: String,
    number: i64,
    text: String,
}

/// What a reader has: each number's text, and how often a number came.
struct Thread {
    chat: String,
    texts: BTreeMap<i64, String>,
    repeated: usize,
}

fn judge_chat(
    stored: &BTreeMap<i64, String>,
    chat: &str,
    acknowledged: &[Acknowledged],
    threads: &[Thread],
    verdict: &mut Verdict,
    faults: &mut Vec<String>,
) {
    for one in acknowledged.iter().filter(|one| one.chat == chat) {
        let times = stored.values().filter(|text| **text == one.text).count();
        if stored.get(&one.number) != Some(&one.text) {
            verdict.lost += 1;
            faults.push(format!("{} is not where it was acknowledged", one.text));
        }
        if times > 1 {
            verdict.doubled += 1;
            faults.push(format!("{} is stored {times} times", one.text));
        }
    }
    if !stored.keys().copied().eq(1..=stored.len() as i64) {
        verdict.lost += 1;
        faults.push(format!("{chat}: numbers have gaps"));
    }
    for thread in threads.iter().filter(|thread| thread.chat == chat) {
        verdict.doubled += thread.repeated;
        if thread.repeated > 0 {
            faults.push(format!("a reader got {} messages twice", thread.repeated));
        }
        let missing = stored
            .iter()
            .filter(|(number, text)| thread.texts.get(number) != Some(text))
            .count();
        verdict.lost += missing;
        if missing > 0 {
            faults.push(format!("a reader misses {missing} of {}", stored.len()));
        }
    }
}

/// What of the acknowledged isn't in the store's own rows.
fn without_row(folder: &Path, acknowledged: &[Acknowledged]) -> Result<usize, Failure> {
    let store = rusqlite::Connection::open_with_flags(
        folder.join("store.db"),
        OpenFlags::SQLITE_OPEN_READ_ONLY,
    )?;
    let mut rows = store.prepare("SELECT count(*) FROM messages WHERE chat_id = ?1 AND id = ?2")?;
    let mut lost = 0;
    for one in acknowledged {
        let found: i64 = rows.query_row([&one.chat, &one.id], |row| row.get(0))?;
        lost += usize::from(found != 1);
    }
    Ok(lost)
}

async fn open_chat(world: &World, patient: &training::people::Patient) -> Result<String, Failure> {
    let case = json!({
        "patient": { "personal_identity": patient.identity, "name": patient.name },
        "subject": "Tortyr", "closes_at": now().plus(7 * 24 * 3_600_000)
    });
    for _ in 0..100 {
        if let Ok(answer) = world
            .post("anna.lind", "/messaging/v1/cases", case.clone())
            .await
        {
            return match answer.json()["id"].as_str() {
                Some(id) => Ok(id.to_owned()),
                None => Err(format!("no case was opened: {}", answer.text).into()),
            };
        }
        // The server isn't up yet.
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Err("the server did not start".into())
}

/// Writes so many messages, each under one key until it is acknowledged.
async fn write(
    world: World,
    chat: String,
    person: &'static str,
    writer: usize,
    each: usize,
) -> Result<Vec<Acknowledged>, Failure> {
    let path = format!("/messaging/v1/chats/{chat}/messages");
    let mut acknowledged = vec![];
    for turn in 0..each {
        let text = format!("Skribent {writer}, meddelande {turn}");
        let key = new_key();
        let body = json!({ "text": text }).to_string();
        loop {
            match world.post_under(&key, person, &path, body.clone()).await {
                Ok(answer) if answer.status == 201 => {
                    let posted = answer.json();
                    acknowledged.push(Acknowledged {
                        chat: chat.clone(),
                        id: posted["id"].as_str().unwrap_or_default().to_owned(),
                        number: posted["number"].as_i64().unwrap_or_default(),
                        text,
                    });
                    break;
                }
                Ok(answer) if answer.status != 503 => return Err(answer.outcome().into()),
                // Killed, or busy: the same again, under the same key.
                _ => tokio::time::sleep(Duration::from_millis(20)).await,
            }
        }
        tokio::time::sleep(Duration::from_millis(random(REST))).await;
    }
    Ok(acknowledged)
}

/// Reads a chat's stream, and each time it breaks off another from the last event that was seen.
async fn read(
    world: World,
    chat: String,
    person: &'static str,
    ended: Arc<AtomicBool>,
    reopened: Arc<AtomicUsize>,
) -> Result<Thread, Failure> {
    let path = format!("/messaging/v1/chats/{chat}/events");
    let mut last = format!("{chat}.1.0");
    let mut thread = Thread {
        chat,
        texts: BTreeMap::new(),
        repeated: 0,
    };
    while !ended.load(Ordering::Relaxed) {
        let Ok(mut stream) = world.events(person, &path, &last).await else {
            tokio::time::sleep(Duration::from_millis(30)).await;
            continue;
        };
        reopened.fetch_add(1, Ordering::Relaxed);
        while let Ok(Some(event)) = tokio::time::timeout(SILENCE, stream.next()).await {
            if event.kind == "message" {
                let number = event.data["number"].as_i64().unwrap_or_default();
                let text = event.data["text"].as_str().unwrap_or_default().to_owned();
                thread.repeated += usize::from(thread.texts.insert(number, text).is_some());
            }
            last = event.id.unwrap_or(last);
        }
    }
    Ok(thread)
}

async fn stored(world: &World, chat: &str) -> Result<BTreeMap<i64, String>, Failure> {
    let mut found = BTreeMap::new();
    loop {
        let after = found.keys().next_back().copied().unwrap_or(0);
        let path = format!("/messaging/v1/chats/{chat}/messages?after={after}&limit=200");
        let page = world.get("anna.lind", &path).await?.json();
        for message in page["messages"].as_array().into_iter().flatten() {
            let text = message["text"].as_str().unwrap_or_default().to_owned();
            found.insert(message["number"].as_i64().unwrap_or_default(), text);
        }
        if page["more"] != true {
            return Ok(found);
        }
    }
}

fn lay(folder: &Path, keys: &Keys) -> Result<(), Failure> {
    let store = Sqlite::open(&folder.join("store.db"))?;
    // As docs/operations.md tells regions to set it.
    store.execute_script("PRAGMA journal_mode = WAL")?;
    for migration in MIGRATIONS {
        store.execute_script(migration)?;
    }
    for row in reference(keys, &MachineRandom)? {
        store.execute_script(&row)?;
    }
    Ok(())
}

fn start(folder: &Path, port: u16) -> Result<Child, Failure> {
    let log = std::fs::File::options()
        .create(true)
        .append(true)
        .open(folder.join("server.log"))?;
    Ok(Command::new(std::env::current_exe()?)
        .arg("chat-server")
        .arg(folder)
        .arg(port.to_string())
        .stdin(Stdio::null())
        .stderr(log)
        .kill_on_drop(true)
        .spawn()?)
}

/// Rooms in this process, as long as it lives.
#[derive(Default)]
struct RoomsHere(
    Mutex<HashMap<String, Arc<LiveStreams>>>,
    Mutex<Option<Ports>>,
);

impl RoomsHere {
    fn room(&self, name: &str) -> Arc<LiveStreams> {
        let mut rooms = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(rooms.entry(name.to_owned()).or_default())
    }

    /// What a room reaches.
    fn ports(&self) -> Option<Ports> {
        let ports = self.1.lock().unwrap_or_else(PoisonError::into_inner);
        ports.clone()
    }
}

impl Rooms for RoomsHere {
    fn are_here(&self) -> bool {
        true
    }

    fn tell(&self, room: &str, what: &str) {
        let request = Request::post(format!("http://room/told/{what}")).body(Body::empty());
        if let (Ok(request), Some(ports)) = (request, self.ports()) {
            tokio::spawn(answered(self.room(room), ports, request));
        }
    }
}

/// A room's answer, after which it is woken as often as it wants to be at once. (No case's end comes in this test.)
async fn answered(room: Arc<LiveStreams>, ports: Ports, request: Request<Body>) -> Response<Body> {
    let answer = Arc::clone(&room).answer(ports.clone(), request).await;
    tokio::spawn(async move {
        while room.is_to_be_woken(ports.clock.now()) {
            Arc::clone(&room).wake(ports.clone()).await;
        }
    });
    answer
}

struct RealPause;

#[async_trait]
impl Pause for RealPause {
    async fn pause(&self, millis: u32) {
        tokio::time::sleep(Duration::from_millis(millis.into())).await;
    }
}

/// A room's calls reach messaging in this very process.
struct ToMessaging(Ports);

#[async_trait]
impl Http for ToMessaging {
    async fn send(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, PortError> {
        let mut request = request.map(Body::from);
        request.extensions_mut().insert(self.0.clone());
        let answer = match messaging::router().call(request).await {
            Ok(answer) => answer,
            Err(never) => match never {},
        };
        let (parts, body) = answer.into_parts();
        let body = axum::body::to_bytes(body, usize::MAX).await;
        let body = body.map_err(|error| PortError {
            port: "http",
            cause: error.to_string(),
        })?;
        Ok(Response::from_parts(parts, body.to_vec()))
    }
}

/// Serves until it is killed: `FOLDER PORT`.
pub async fn serve(arguments: &[String]) -> Result<(), Failure> {
    let [folder, port] = arguments else {
        return Err("torture chat-server FOLDER PORT".into());
    };
    let folder = Path::new(folder);
    let keys = Keys::read(&folder.join("keys.env"))?;
    let store = Arc::new(Sqlite::open(&folder.join("store.db"))?);
    let mut ports = ports(
        store,
        Arc::new(SystemClock),
        Arc::new(MachineRandom),
        keys.secrets(),
    );
    ports.pause = Arc::new(RealPause);
    let rooms = Arc::new(RoomsHere::default());
    ports.rooms = Arc::clone(&rooms) as Arc<dyn Rooms>;
    *rooms.1.lock().unwrap_or_else(PoisonError::into_inner) = Some(Ports {
        http: Arc::new(ToMessaging(ports.clone())),
        ..ports.clone()
    });
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port.parse()?)).await?;
    loop {
        let (stream, _) = listener.accept().await?;
        let (ports, rooms) = (ports.clone(), Arc::clone(&rooms));
        let service = service_fn(move |request: Request<hyper::body::Incoming>| {
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(ports.clone());
            let rooms = Arc::clone(&rooms);
            async move {
                let answer = match messaging::router().call(request).await {
                    Ok(answer) => answer,
                    Err(never) => match never {},
                };
                Ok::<_, Infallible>(entered(&rooms, answer).await)
            }
        });
        let serving = hyper::server::conn::http1::Builder::new()
            .serve_connection(TokioIo::new(stream), service);
        tokio::spawn(serving);
    }
}

/// A room's own answer, where that is what was answered.
async fn entered(rooms: &RoomsHere, answer: Response<Body>) -> Response<Body> {
    let Some(entering) = answer.extensions().get::<Entering>().cloned() else {
        return answer;
    };
    let mut request = Request::new(Body::empty());
    *request.uri_mut() = http::Uri::from_static("http://room/enter");
    *request.headers_mut() = entering.headers;
    match rooms.ports() {
        Some(ports) => answered(rooms.room(&entering.room), ports, request).await,
        None => answer,
    }
}
