//! How long a message takes from its writer's request to another client's stream, while 200 streams are open: on
//! workerd, where rooms hold them, and on the Spin host, where each looks once a second. Fails where workerd's median
//! is over 150 ms. `stream_bench [--posts N] [--runtime workerd|spin]`.

use std::time::{Duration, Instant};

use e2e::Failure;
use e2e::caller::{EventStream, World};
use e2e::deployment::{Deployment, Runtime, Served, keys_file};
use serde_json::json;
use tokio::sync::mpsc;
use training::keys::{Keys, now};
use training::people::PATIENTS;

/// Each chat has a stream of either side.
const CHATS: usize = 100;
/// The limit, in milliseconds.
const MOST: f64 = 150.0;
/// Nothing here takes nearly as long.
const PATIENCE: Duration = Duration::from_secs(20);

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
    let posts: usize = after("--posts").unwrap_or("300").parse()?;
    let only = after("--runtime");
    let keys = Keys::read(&keys_file())?;
    for runtime in Runtime::ALL {
        if only.is_some_and(|only| only != runtime.name()) {
            continue;
        }
        let deployment = Deployment::start(runtime, Served::Functions).await?;
        let world = World::new(&deployment.address, keys.clone());
        let times = measure(&world, posts).await;
        deployment.stop().await?;
        let mut times = times?;
        times.sort();
        let at = |share: usize| times[times.len() * share / 100].as_secs_f64() * 1000.0;
        let median = at(50);
        println!(
            "bench stream_ms runtime={} median_ms={median:.1} p95_ms={:.1} streams={} posts={posts}",
            runtime.name(),
            at(95),
            2 * CHATS
        );
        if runtime == Runtime::Workerd && median > MOST {
            return Err(format!("a message takes {median:.1} ms to another stream").into());
        }
    }
    Ok(())
}

/// A message as it came out of a stream: which chat, which side's stream, and its text.
type Came = (usize, usize, String, Instant);

async fn measure(world: &World, posts: usize) -> Result<Vec<Duration>, Failure> {
    let (told, mut came) = mpsc::unbounded_channel::<Came>();
    let mut chats = vec![];
    for place in 0..CHATS {
        let patient = &PATIENTS[place % 8];
        let case = json!({
            "patient": { "personal_identity": patient.identity, "name": patient.name },
            "subject": "Mätning", "closes_at": now().plus(7 * 24 * 3_600_000)
        });
        let opened = world.post("anna.lind", "/messaging/v1/cases", case).await?;
        let id = opened.json()["id"].as_str().ok_or(opened.text)?.to_owned();
        let people = ["anna.lind", patient.key];
        for (side, person) in people.into_iter().enumerate() {
            let path = format!("/messaging/v1/chats/{id}/events");
            let stream = world.events(person, &path, "").await?;
            tokio::spawn(listen(stream, place, side, told.clone()));
        }
        chats.push((id, people));
    }
    let mut times = vec![];
    for post in 0..posts {
        let (place, side) = (post % CHATS, post / CHATS % 2);
        let (id, people) = &chats[place];
        let text = format!("Mätning {post}");
        let path = format!("/messaging/v1/chats/{id}/messages");
        let began = Instant::now();
        let posting = world.post(people[side], &path, json!({ "text": text }));
        let coming = async {
            loop {
                let next = tokio::time::timeout(PATIENCE, came.recv()).await?;
                let (at, of, said, when) = next.ok_or("no stream is left")?;
                if (at, of) == (place, 1 - side) && said == text {
                    return Ok::<_, Failure>(when);
                }
            }
        };
        let (posted, came) = tokio::join!(posting, coming);
        let posted = posted?;
        if posted.status != 201 {
            return Err(posted.outcome().into());
        }
        times.push(came?.duration_since(began));
    }
    Ok(times)
}

async fn listen(
    mut stream: EventStream,
    chat: usize,
    side: usize,
    told: mpsc::UnboundedSender<Came>,
) {
    while let Some(event) = stream.next().await {
        let text = event.data["text"].as_str().unwrap_or_default();
        if event.kind == "message"
            && told
                .send((chat, side, text.to_owned(), Instant::now()))
                .is_err()
        {
            return;
        }
    }
}
