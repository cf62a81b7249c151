//! Sends many text messages through the simulated gateway of `tests/phone` with 30 % faults of every kind, from
//! a process that is killed every few seconds, and then holds every message of the outbox against every one that
//! reached a phone. `torture [--messages N]`; `torture sender …` is the process that is killed. `torture chat
//! [--messages N]` does the like with chats and their streams.

mod chat;
mod ground;
mod judgement;
mod sender;

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use e2e::Failure;
use e2e::caller::{World, random};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use training::keys::{Keys, MachineRandom};

use judgement::{LostAnswers, Met, Taking, judge};
use sender::Sender;
use shared::time::HOUR;
use sms::store::REPORT_WITHIN;

/// The chances of each fault that a send can meet: together 30 %, for none meets two.
const FAULTS: [(&str, &str); 7] = [
    ("--fail", "0.10"),
    ("--stall", "0.03"),
    ("--drop", "0.06"),
    ("--lose", "0.02"),
    ("--lose-report", "0.03"),
    ("--double", "0.03"),
    ("--reorder", "0.03"),
];
/// Reports take longer than the first pause, so that a lost answer does make a double now and then.
const REPORT_AFTER: &str = "1500";
/// A stall is longer than the sender waits.
const STALL_FOR: &str = "1500";
/// Whoever needs longer has stopped.
const PATIENCE: Duration = Duration::from_secs(30 * 60);
/// How many call the job at once, as overlapping schedules do.
const CALLERS: usize = 2;

#[tokio::main]
async fn main() -> std::process::ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.first().is_some_and(|word| word == "sender") {
        return e2e::ended(sender::serve(&arguments[1..]).await);
    }
    if arguments.first().is_some_and(|word| word == "chat-server") {
        return e2e::ended(chat::serve(&arguments[1..]).await);
    }
    let (of_chat, rest) = match arguments.split_first() {
        Some((word, rest)) if word == "chat" => (true, rest),
        _ => (false, arguments.as_slice()),
    };
    let messages = match rest {
        [] => Ok(if of_chat { 3_000 } else { 10_000 }),
        [name, number] if name == "--messages" => number.parse().map_err(Failure::from),
        _ => Err("torture [chat] [--messages N]".into()),
    };
    e2e::ended(match messages {
        Ok(messages) if of_chat => chat::torture(messages).await,
        Ok(messages) => torture(messages).await,
        Err(failure) => Err(failure),
    })
}

/// A folder that goes when it is no longer needed.
struct Folder(PathBuf);

impl Folder {
    /// A new one for a run of this name.
    fn new(name: &str) -> Result<Self, Failure> {
        let name = format!("vardflode-torture-{name}-{}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&folder)?;
        Ok(Folder(folder))
    }

    fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What stays behind lies among the machine's temporary files.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

async fn torture(messages: usize) -> Result<(), Failure> {
    let began = Instant::now();
    let folder = Folder::new("sms")?;
    let port = std::net::TcpListener::bind("127.0.0.1:0")?
        .local_addr()?
        .port();
    let address = format!("http://127.0.0.1:{port}");
    let mut keys = Keys::generate(&MachineRandom)?
        .with("PUBLIC_ORIGIN", &address)
        .with("SMS_RATE_PER_SECOND", "1000");
    write_keys(&folder.0, &keys)?;
    let (_phone, phone) = start_phone(&folder.0).await?;
    keys = keys.with("SMS_SIMULATOR_URL", &phone);
    write_keys(&folder.0, &keys)?;
    ground::lay(&folder.0, &keys, messages).await?;

    let world = World::new(&address, keys.clone());
    let ended = Arc::new(AtomicBool::new(false));
    let refused = Arc::new(AtomicUsize::new(0));
    let callers: Vec<_> = (0..CALLERS)
        .map(|_| {
            let calling = call(
                world.clone(),
                keys.clone(),
                Arc::clone(&ended),
                Arc::clone(&refused),
            );
            tokio::spawn(calling)
        })
        .collect();

    let mut sender = Sender::new(&folder.0, port);
    let mut lost_answers = LostAnswers::default();
    let mut kills = 0;
    // The whole queue, and then, a day later, what nobody ever heard of again.
    let mut is_later = false;
    loop {
        let mut running = sender.start()?;
        tokio::time::sleep(Duration::from_millis(1500 + random(2500))).await;
        let is_done = if is_later {
            judgement::awaiting_report(&folder.0)? == 0
        } else {
            judgement::queued(&folder.0)?.is_empty()
        };
        if began.elapsed() > PATIENCE {
            return Err("messages still wait after half an hour".into());
        }
        if is_done && !is_later {
            all_reported(&world, &phone).await?;
        }
        running.start_kill()?;
        running.wait().await?;
        if is_done && is_later {
            break;
        }
        if is_done {
            sender.let_pass(REPORT_WITHIN + HOUR);
            is_later = true;
            continue;
        }
        kills += 1;
        // What was on its way to the gateway arrives before anybody looks.
        tokio::time::sleep(Duration::from_millis(150)).await;
        lost_answers.add(
            &takings(&world, &phone).await?,
            &judgement::queued(&folder.0)?,
        );
    }
    ended.store(true, Ordering::Relaxed);
    for caller in callers {
        caller.await?;
    }

    let met = met(&world, &phone).await?;
    let verdict = judge(&folder.0, &takings(&world, &phone).await?, &lost_answers)?;
    println!("torture sms {met}");
    println!(
        "torture sms disordered={} kills={kills} lost_answers={} dead_letters={} without_report={} seconds={}",
        verdict.disordered,
        verdict.lost_answers,
        verdict.dead_letters,
        verdict.without_report,
        began.elapsed().as_secs()
    );
    println!(
        "torture sms messages={messages} lost={} doubled={} unexplained={}",
        verdict.lost, verdict.doubled, verdict.unexplained
    );
    let refused = refused.load(Ordering::Relaxed);
    if refused > 0 {
        return Err(
            format!("the job answered {refused} times with something else than 200").into(),
        );
    }
    if let Some(kind) = met.missing() {
        return Err(format!("the gateway never had the fault {kind:?}").into());
    }
    if met.are_too_few() {
        return Err("less than 30 % of the sends met a fault, and not by chance".into());
    }
    if verdict.lost + verdict.unexplained + verdict.disordered > 0 {
        return Err(verdict.faults.join("\n").into());
    }
    Ok(())
}

fn write_keys(folder: &Path, keys: &Keys) -> Result<(), Failure> {
    Ok(std::fs::write(folder.join("keys.env"), keys.to_lines())?)
}

/// Starts the simulated gateway, and says where it is.
async fn start_phone(folder: &Path) -> Result<(Child, String), Failure> {
    let mut process = Command::new("node")
        .arg("tests/phone/serve.mjs")
        .arg("--keys")
        .arg(folder.join("keys.env"))
        .args(["--report-after", REPORT_AFTER, "--stall-for", STALL_FOR])
        .args(FAULTS.iter().flat_map(|(name, chance)| [*name, *chance]))
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("../.."))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    let output = process.stdout.take().ok_or("no standard output")?;
    let line = BufReader::new(output).lines().next_line().await?;
    let address = line
        .as_deref()
        .and_then(|line| line.split_once("phone="))
        .map(|(_, address)| address)
        .ok_or("the phone did not start")?;
    Ok((process, address.to_owned()))
}

/// Calls the job again and again, as a scheduler does, whether or not anybody answers.
async fn call(world: World, keys: Keys, ended: Arc<AtomicBool>, refused: Arc<AtomicUsize>) {
    let bearer = format!("Bearer {}", keys.get("JOB_KEY").unwrap_or_default());
    while !ended.load(Ordering::Relaxed) {
        let headers = [("authorization", bearer.as_str())];
        let answer = world
            .send("POST", "/sms/v1/jobs/deliver", &headers, "")
            .await;
        if let Ok(answer) = answer
            && answer.status != 200
        {
            eprintln!("{}", answer.text);
            refused.fetch_add(1, Ordering::Relaxed);
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Every message that the gateway took, in order.
async fn takings(world: &World, phone: &str) -> Result<Vec<Taking>, Failure> {
    let answer = world
        .send("GET", &format!("{phone}/messages"), &[], "")
        .await?;
    Ok(serde_json::from_str(&answer.text)?)
}

/// What the gateway did so far.
async fn met(world: &World, phone: &str) -> Result<Met, Failure> {
    let answer = world
        .send("GET", &format!("{phone}/faults"), &[], "")
        .await?;
    Ok(serde_json::from_str(&answer.text)?)
}

/// Waits for the last reports, which a gateway repeats for some seconds.
async fn all_reported(world: &World, phone: &str) -> Result<(), Failure> {
    for _ in 0..60 {
        if met(world, phone).await?.reporting == 0 {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
    Err("the gateway still reports".into())
}
