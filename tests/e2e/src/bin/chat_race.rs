//! Fifty writers in one chat, over HTTP, while others read it as streams that end and begin anew: the numbers
//! have no gap and no repeat, every acknowledged message is there once, and every reader has what the store has.
//! `chat_race [--messages N] [--runtime workerd|spin]`.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use e2e::Failure;
use e2e::caller::World;
use e2e::deployment::{Deployment, Runtime, Served, keys_file};
use serde_json::json;
use training::keys::{Keys, now};
use training::people::PATIENTS;

const WRITERS: usize = 50;
const READERS: usize = 6;
/// A reader leaves its stream after so many events, and comes again.
const LEFT_AFTER: usize = 60;
/// Or when nothing comes for so long.
const SILENCE: Duration = Duration::from_secs(5);
/// How often a message is sent whose connection breaks.
const TRIES: usize = 4;
/// After so long a reader who lacks something still is given up, and said to lack it.
const PATIENCE: Duration = Duration::from_secs(60);

#[tokio::main]
async fn main() -> std::process::ExitCode {
    e2e::ended(run().await)
}

async fn run() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let after = |name: &str| {
        let place = arguments.iter().position(|argument| argument == name)?;
        arguments.get(place + 1).map(String::as_str)
    };
    let each: usize = after("--messages").unwrap_or("10").parse()?;
    let only = after("--runtime");
    let keys = Keys::read(&keys_file())?;
    let mut wrong = vec![];
    for runtime in Runtime::ALL {
        if only.is_some_and(|only| only != runtime.name()) {
            continue;
        }
        let deployment = Deployment::start(runtime, Served::Functions).await?;
        let world = World::new(&deployment.address, keys.clone());
        let faults = race(&world, runtime.name(), each).await?;
        deployment.stop().await?;
        wrong.extend(faults);
    }
    if wrong.is_empty() {
        Ok(())
    } else {
        Err(wrong.join("\n").into())
    }
}

/// What a message is known by: its number and its text.
type Thread = BTreeMap<i64, String>;

async fn race(world: &World, runtime: &str, each: usize) -> Result<Vec<String>, Failure> {
    let [patient, ..] = &PATIENTS;
    let opened = world
        .post(
            "anna.lind",
            "/messaging/v1/cases",
            json!({
                "patient": { "personal_identity": patient.identity, "name": patient.name },
                "subject": "Kapplöpning", "closes_at": now().plus(7 * 24 * 3_600_000)
            }),
        )
        .await?;
    if opened.status != 201 {
        return Err(format!("no case was opened: {}", opened.text).into());
    }
    let case = opened.json()["id"].as_str().unwrap_or_default().to_owned();
    let people = ["anna.lind", patient.key];
    let path = format!("/messaging/v1/chats/{case}/messages");
    let wanted = (WRITERS * each) as i64;

    let began = std::time::Instant::now();
    let refused = AtomicBool::new(false);
    let refused = &refused;
    let writers = (0..WRITERS).map(|writer| {
        let (world, path) = (world.clone(), path.clone());
        async move {
            let mut acknowledged = vec![];
            for turn in 0..each {
                let text = format!("Skribent {writer}, meddelande {turn}");
                let body = json!({ "text": text });
                // Where the connection breaks, the same again under the same key: it is in once.
                let key = format!("race-{writer:08}-{turn:08}");
                let mut answer = Err("not sent".into());
                for _ in 0..TRIES {
                    let person = people[writer % 2];
                    answer = world
                        .post_under(&key, person, &path, body.to_string())
                        .await;
                    if answer.is_ok() {
                        break;
                    }
                }
                if !answer.as_ref().is_ok_and(|answer| answer.status == 201) {
                    // What it didn't write nobody can read.
                    refused.store(true, Ordering::Relaxed);
                }
                let answer = answer?;
                if answer.status != 201 {
                    return Err(Failure::from(answer.outcome()));
                }
                acknowledged.push((answer.json()["number"].as_i64().unwrap_or_default(), text));
            }
            Ok::<_, Failure>(acknowledged)
        }
    });
    let readers =
        (0..READERS).map(|reader| read(world, people[reader % 2], &case, wanted, refused));
    let (written, read) = tokio::join!(
        futures_util::future::join_all(writers),
        futures_util::future::join_all(readers)
    );
    let took = began.elapsed().as_millis();

    let stored = stored(world, people[0], &path).await?;
    let mut faults = vec![];
    let gapless = stored.keys().copied().eq(1..=wanted);
    if !gapless {
        faults.push(format!("{runtime}: the numbers are {:?}", stored.keys()));
    }
    let mut acknowledged = 0;
    for of_writer in written {
        for (number, text) in of_writer? {
            acknowledged += 1;
            if stored.get(&number) != Some(&text) {
                faults.push(format!(
                    "{runtime}: {number} was acknowledged for another message"
                ));
            }
        }
    }
    for of_reader in read {
        let (thread, repeated) = of_reader?;
        if thread != stored || repeated > 0 {
            faults.push(format!(
                "{runtime}: a reader has {} of {} messages, {repeated} of them twice",
                thread.len(),
                stored.len()
            ));
        }
    }
    println!(
        "race chat runtime={runtime} writers={WRITERS} readers={READERS} acknowledged={acknowledged} stored={} gaps={} wrong={} ms={took}",
        stored.len(),
        usize::from(!gapless),
        faults.len()
    );
    Ok(faults)
}

/// Reads the chat's streams, one after the other, until all messages have come. Gives them, and how many came twice.
async fn read(
    world: &World,
    person: &str,
    case: &str,
    wanted: i64,
    refused: &AtomicBool,
) -> Result<(Thread, usize), Failure> {
    let mut thread = Thread::new();
    let mut repeated = 0;
    let mut last = format!("{case}.1.0");
    let mut news = std::time::Instant::now();
    while thread.len() as i64 != wanted && news.elapsed() < PATIENCE {
        if refused.load(Ordering::Relaxed) {
            break;
        }
        let path = format!("/messaging/v1/chats/{case}/events");
        let mut stream = world.events(person, &path, &last).await?;
        // Left every so often, as browsers do.
        for _ in 0..LEFT_AFTER {
            let next = tokio::time::timeout(SILENCE, stream.next()).await;
            let Ok(Some(event)) = next else { break };
            last = event.id.unwrap_or(last);
            if event.kind == "message" {
                let number = event.data["number"].as_i64().unwrap_or_default();
                let text = event.data["text"].as_str().unwrap_or_default().to_owned();
                repeated += usize::from(thread.insert(number, text).is_some());
                news = std::time::Instant::now();
            }
            if thread.len() as i64 == wanted || news.elapsed() > PATIENCE {
                break;
            }
        }
    }
    Ok((thread, repeated))
}

/// The chat as its list gives it, page by page.
async fn stored(world: &World, person: &str, path: &str) -> Result<Thread, Failure> {
    let mut thread = Thread::new();
    loop {
        let last = thread.keys().next_back().copied().unwrap_or_default();
        let page = world
            .get(person, &format!("{path}?after={last}&limit=200"))
            .await?;
        let page = page.json();
        for message in page["messages"].as_array().into_iter().flatten() {
            let number = message["number"].as_i64().unwrap_or_default();
            let text = message["text"].as_str().unwrap_or_default().to_owned();
            if thread.insert(number, text).is_some() {
                return Err(format!("{number} is listed twice").into());
            }
        }
        if page["more"] != true {
            return Ok(thread);
        }
    }
}
