//! Closes 100,000 due cases on workerd while somebody goes on writing: what is written a case, by the engine's own
//! counter, and how long requests take meanwhile, the slowest among them. Half of the cases have a question without an
//! answer, for which staff get a task. The machine makes slow requests of its own: so as many are sent with nothing to
//! close, before and after, and what was over twice their median is counted of both. Fails above four rows a case;
//! where meanwhile one request of a hundred is over twice the usual median; and where the slowest is, and is over twice
//! the slowest of the usual ones, too. `closing_bench [--cases N]`.

use std::time::{Duration, Instant};

use e2e::Failure;
use e2e::caller::World;
use e2e::deployment::{Deployment, Runtime, Served, keys_file};
use serde_json::json;
use training::keys::{Keys, now};
use training::people::{CARE_UNITS, PATIENTS};

/// Rows a case, at most.
const MOST_WRITTEN: f64 = 4.0;
/// How much slower a request may be meanwhile.
const MOST_SLOWER: f64 = 2.0;
/// How long whoever writes rests between two messages.
const PACE: Duration = Duration::from_millis(5);
/// How many requests are sent before anything is closed.
const USUAL: usize = 1_000;

#[tokio::main]
async fn main() -> std::process::ExitCode {
    e2e::ended(run().await)
}

async fn run() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let cases: usize = match arguments.as_slice() {
        [] => 100_000,
        [name, number] if name == "--cases" => number.parse()?,
        _ => return Err("closing_bench [--cases N]".into()),
    };
    let keys = Keys::read(&keys_file())?;
    let due = due_cases(cases);
    let deployment = Deployment::start_with(Runtime::Workerd, Served::Functions, &due).await?;
    let world = World::new(&deployment.address, keys.clone());
    let measured = measure(&world, &keys).await;
    deployment.stop().await?;
    let Measured {
        written,
        closed,
        usual,
        meanwhile,
        job,
    } = measured?;
    let each = written as f64 / closed as f64;
    let most = MOST_SLOWER * usual.share(0.5);
    for (when, times) in [("usually", &usual), ("meanwhile", &meanwhile)] {
        println!(
            "bench closing-requests when={when} requests={} median_ms={:.1} p99_ms={:.1} slowest_ms={:.1} over_twice_the_median={}",
            times.0.len(),
            times.share(0.5),
            times.share(0.99),
            times.share(1.0),
            times.over(most)
        );
    }
    println!(
        "bench closing cases={closed} rows_written_per_case={each:.2} median_ratio={:.2} p99_ratio={:.2} slowest_ratio={:.2} seconds={}",
        meanwhile.share(0.5) / usual.share(0.5),
        meanwhile.share(0.99) / usual.share(0.5),
        meanwhile.share(1.0) / usual.share(0.5),
        job.as_secs()
    );
    if closed != cases {
        return Err(format!("{closed} of {cases} were taken care of").into());
    }
    if each > MOST_WRITTEN {
        return Err("more rows are written a case than the limit".into());
    }
    if meanwhile.share(0.99) > most
        || meanwhile.share(1.0) > most.max(MOST_SLOWER * usual.share(1.0))
    {
        return Err("requests are slower meanwhile than the limit".into());
    }
    Ok(())
}

/// How long requests took, the quickest first, in milliseconds.
struct Times(Vec<f64>);

impl Times {
    fn of(times: Vec<Duration>) -> Self {
        let mut times: Vec<f64> = times
            .into_iter()
            .map(|time| time.as_secs_f64() * 1000.0)
            .collect();
        times.sort_by(f64::total_cmp);
        Times(times)
    }

    /// The time within which such a share of them was answered.
    fn share(&self, share: f64) -> f64 {
        let place = (self.0.len() as f64 * share).ceil() as usize;
        self.0
            .get(place.saturating_sub(1))
            .copied()
            .unwrap_or_default()
    }

    /// How many took longer than so many milliseconds.
    fn over(&self, most: f64) -> usize {
        self.0.iter().filter(|time| **time > most).count()
    }
}

/// Cases whose time ended a minute ago, as SQL. What the job never opens is not sealed.
fn due_cases(cases: usize) -> String {
    let unit = &CARE_UNITS[0];
    let (provider, unit) = (unit.care_provider, unit.id);
    let now = now().millis();
    let (opened, ended) = (now - 7 * 24 * 3_600_000, now - 60_000);
    let of = |first: usize, last: usize, from: &str| {
        format!(
            "INSERT INTO chats (id, care_provider_id, care_unit_id, patient_id, role, subject, phase, first_writer, patient_may_reply, opens_at, closes_at, due_at, begun, last_number, last_from, last_at, opened_by, opened_at)
SELECT printf('01890000-0000-7000-8000-%012d', value), '{provider}', '{unit}', '01890000-0000-7000-9000-000000000001', 'nurse', 'x', 'asynchronous', 'either', 1, {opened}, {ended}, {ended}, 1, 1, '{from}', {opened}, 'x', {opened}
FROM (WITH RECURSIVE numbers (value) AS (VALUES ({first}) UNION ALL SELECT value + 1 FROM numbers WHERE value < {last}) SELECT value FROM numbers);\n"
        )
    };
    let mut sql = format!(
        "INSERT INTO patients (id, care_provider_id, identity_index, identity, name, created_at) VALUES ('01890000-0000-7000-9000-000000000001', '{provider}', 'x', 'x', 'x', {opened});\n"
    );
    for (from, start) in [("staff", 0), ("patient", cases / 2)] {
        let end = if from == "staff" { cases / 2 } else { cases };
        for first in (start..end).step_by(5_000) {
            let last = (first + 5_000).min(end) - 1;
            sql.push_str(&of(first, last, from));
        }
    }
    sql.push_str(&format!(
        "INSERT INTO messages (chat_id, number, id, care_provider_id, version, sender, practitioner_id, text, sent_at)
SELECT id, 1, id, care_provider_id, 1, last_from, iif(last_from = 'staff', 'x', NULL), 'x', {opened} FROM chats;\n"
    ));
    // What the load itself told staff.
    sql.push_str("DELETE FROM notifications;\n");
    sql
}

struct Measured {
    /// Rows.
    written: u64,
    /// Cases.
    closed: usize,
    usual: Times,
    meanwhile: Times,
    job: Duration,
}

async fn measure(world: &World, keys: &Keys) -> Result<Measured, Failure> {
    let patient = &PATIENTS[0];
    let case = json!({
        "patient": { "personal_identity": patient.identity, "name": patient.name },
        "subject": "Mätning", "closes_at": now().plus(7 * 24 * 3_600_000)
    });
    let opened = world.post("anna.lind", "/messaging/v1/cases", case).await?;
    let id = opened.json()["id"].as_str().ok_or(opened.text)?.to_owned();
    let path = format!("/messaging/v1/chats/{id}/messages");
    let post = async |turn: usize| -> Result<Duration, Failure> {
        let began = Instant::now();
        let body = json!({ "text": format!("Mätning {turn}") });
        let answer = world.post("anna.lind", &path, body).await?;
        if answer.status != 201 {
            return Err(answer.outcome().into());
        }
        Ok(began.elapsed())
    };
    let mut usual = vec![];
    for turn in 0..USUAL + 50 {
        let took = post(turn).await?;
        if turn >= 50 {
            usual.push(took);
        }
        tokio::time::sleep(PACE).await;
    }
    let ended = std::cell::Cell::new(false);
    let closing = async {
        let done = close_all(world, keys).await;
        ended.set(true);
        done
    };
    let writing = async {
        let mut times = vec![];
        while !ended.get() {
            times.push(post(times.len()).await?);
            tokio::time::sleep(PACE).await;
        }
        Ok::<_, Failure>(times)
    };
    let (closed, meanwhile) = tokio::join!(closing, writing);
    let ((written, closed, took), meanwhile) = (closed?, meanwhile?);
    while usual.len() < meanwhile.len() {
        usual.push(post(usual.len()).await?);
        tokio::time::sleep(PACE).await;
    }
    Ok(Measured {
        written,
        closed,
        usual: Times::of(usual),
        meanwhile: Times::of(meanwhile),
        job: took,
    })
}

/// Calls the job until nothing is due: rows written, cases taken care of, and how long it took.
async fn close_all(world: &World, keys: &Keys) -> Result<(u64, usize, Duration), Failure> {
    let bearer = format!("Bearer {}", keys.get("JOB_KEY").unwrap_or_default());
    let (mut written, mut closed, began) = (0, 0, Instant::now());
    loop {
        let headers = [("authorization", bearer.as_str())];
        let answer = world
            .send("POST", "/messaging/v1/jobs/close", &headers, "")
            .await?;
        let report = answer.json();
        let count = |name: &str| report[name].as_u64().unwrap_or_default() as usize;
        if answer.status != 200 {
            return Err(answer.text.into());
        }
        closed += count("closed") + count("asked_staff");
        let costs = answer.header("server-timing");
        let rows = costs.split_once("written=").map_or("", |(_, rest)| rest);
        written += rows.trim_end_matches('"').parse::<u64>()?;
        if report["left"] != true {
            return Ok((written, closed, began.elapsed()));
        }
    }
}
