//! Closes 100,000 due cases on workerd while somebody goes on writing: what is written a case, by the engine's own
//! counter, and how long a request takes meanwhile. Half of them have a question without an answer, for which staff
//! get a task. Fails above four rows a case, or above twice the usual median. `closing_bench [--cases N]`.

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
/// How many requests the usual median is taken of.
const USUAL: usize = 200;

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
    let (written, closed, usual, meanwhile, job) = measured?;
    let each = written as f64 / closed as f64;
    println!(
        "bench closing cases={closed} rows_written_per_case={each:.2} usual_median_ms={usual:.1} meanwhile_median_ms={meanwhile:.1} ratio={:.2} seconds={}",
        meanwhile / usual,
        job.as_secs()
    );
    if closed != cases {
        return Err(format!("{closed} of {cases} were taken care of").into());
    }
    if each > MOST_WRITTEN || meanwhile > MOST_SLOWER * usual {
        return Err("over the limit".into());
    }
    Ok(())
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

type Measured = (u64, usize, f64, f64, Duration);

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
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        Ok::<_, Failure>(times)
    };
    let (closed, meanwhile) = tokio::join!(closing, writing);
    let (written, closed, took) = closed?;
    Ok((written, closed, median(usual), median(meanwhile?), took))
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

/// In milliseconds.
fn median(mut times: Vec<Duration>) -> f64 {
    times.sort();
    times
        .get(times.len() / 2)
        .map_or(0.0, |time| time.as_secs_f64() * 1000.0)
}
