//! Whether a text message leaves behind the answer of the request that wrote it, while no schedule runs: visits are
//! booked and tickets issued through the front door of workerd, and each one's message is awaited at the simulated
//! gateway. The later half goes to a gateway that takes its time, for which no answer waits. Spin has nothing behind
//! an answer: there the schedule sends. `on_commit`.

use std::time::{Duration, Instant};

use chrono::Days;
use e2e::Failure;
use e2e::caller::{World, identity};
use e2e::deployment::{Deployment, Runtime, Served, keys_file};
use serde_json::json;
use training::keys::{Keys, now};

/// How many messages are awaited, each on a phone of its own.
const MESSAGES: u64 = 20;
/// The median of them is there after so long, counted from the answer.
const SOON: Duration = Duration::from_secs(1);
/// Not one takes longer: a schedule would come by once a minute.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long the gateway keeps the sender waiting when it takes its time.
const STALL: Duration = Duration::from_millis(400);
/// How long whoever writes rests between two messages: what is over the gateway's rate, ten a second, is left to the
/// schedule.
const REST: Duration = Duration::from_millis(150);
/// How long between two looks at the gateway.
const PACE: Duration = Duration::from_millis(10);

#[tokio::main]
async fn main() -> std::process::ExitCode {
    e2e::ended(run().await)
}

async fn run() -> Result<(), Failure> {
    let keys = Keys::read(&keys_file())?;
    let deployment = Deployment::start(Runtime::Workerd, Served::Functions).await?;
    let world = World::new(&deployment.address, keys);
    let measured = match &deployment.phone {
        Some(phone) => measure(&world, phone).await,
        None => Err("no gateway was started".into()),
    };
    deployment.stop().await?;
    let (answers, arrivals) = measured?;
    println!(
        "on-commit runtime=workerd messages={} median_ms={:.0} slowest_ms={:.0} answer_while_stalled_ms={:.0}",
        arrivals.len(),
        millis(median(&arrivals)),
        millis(arrivals.iter().copied().max().unwrap_or_default()),
        millis(median(&answers)),
    );
    if median(&arrivals) > SOON {
        return Err("messages wait after they were written".into());
    }
    if median(&answers) >= STALL {
        return Err("answers wait for the gateway".into());
    }
    Ok(())
}

/// How long the answers took while the gateway took its time, and how long after its answer each message arrived.
async fn measure(world: &World, phone: &str) -> Result<(Vec<Duration>, Vec<Duration>), Failure> {
    let (mut answers, mut arrivals) = (vec![], vec![]);
    for turn in 0..MESSAGES {
        if turn == MESSAGES / 2 {
            let faults = json!({ "stall": 1 }).to_string();
            let told = world
                .send("POST", &format!("{phone}/faults"), &[], faults)
                .await?;
            if told.status != 204 {
                return Err(format!("the gateway took no orders: {}", told.text).into());
            }
        }
        let number = 50 + turn;
        let began = Instant::now();
        write(world, turn, number).await?;
        let answered = Instant::now();
        if turn >= MESSAGES / 2 {
            answers.push(answered - began);
        }
        while !has_come(world, phone, number).await? {
            if answered.elapsed() > PATIENCE {
                return Err(format!("message {turn} had not come after {PATIENCE:?}").into());
            }
            tokio::time::sleep(PACE).await;
        }
        arrivals.push(answered.elapsed());
        tokio::time::sleep(REST).await;
    }
    Ok((answers, arrivals))
}

/// Books a visit or, every second time, issues a ticket, for somebody with this phone.
async fn write(world: &World, turn: u64, number: u64) -> Result<(), Failure> {
    let day = now().date_in_stockholm() + Days::new(30 + turn);
    let patient = json!({
        "personal_identity": identity(turn), "name": "Test Testsson", "phone": format!("070-174 06 {number}"),
        "sms_consent": true
    });
    let (path, body) = match turn % 2 {
        0 => (
            "/booking/v1/appointments",
            json!({
                "kind": "free-time", "starts_at": format!("{day}T13:00"), "minutes": 30, "patient": patient,
                "reason": "Uppföljning"
            }),
        ),
        _ => (
            "/tickets/v1/tickets",
            json!({ "role": "nurse", "minutes": 30, "last_day": day, "patient": patient, "reason": "Uppföljning" }),
        ),
    };
    let answer = world.post("anna.lind", path, body).await?;
    match answer.status.as_u16() {
        201 => Ok(()),
        _ => Err(format!("{path}: {} {}", answer.outcome(), answer.text).into()),
    }
}

/// Whether the gateway has taken a message to a phone.
async fn has_come(world: &World, phone: &str, number: u64) -> Result<bool, Failure> {
    let taken = world
        .send("GET", &format!("{phone}/messages"), &[], "")
        .await?;
    let messages = taken.json();
    let mut to = messages.as_array().into_iter().flatten();
    Ok(to.any(|message| message["to"] == format!("+467017406{number}")))
}

/// The one in the middle.
fn median(times: &[Duration]) -> Duration {
    let mut times = times.to_vec();
    times.sort();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}
