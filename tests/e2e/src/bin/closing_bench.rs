//! Closes 100,000 due cases on workerd while somebody goes on writing: what is written a case on its whole way, by the
//! engine's own counter, and how long requests take meanwhile. Half of the cases have a question without an answer: the
//! job first gives staff a task about each, and closes it when the grace is over. Each of the three steps is measured by
//! itself, over a store that holds such cases alone; the grace takes days, so the third store holds cases as the first
//! step leaves them, with a grace that has ended. The machine makes slow requests of its own: so requests are sent
//! before each run of the job, too, and what was over twice their median is counted of both.
//!
//! Fails where closing a case writes more than four rows, or a task about its question more than six; where one more of
//! a hundred requests than usual is slower than twice the usual median; and where the slowest of a hundred is, and is
//! slower than the usual ones' by a quarter, too.
//! `closing_bench [--cases N]`.

use std::time::{Duration, Instant};

use e2e::Failure;
use e2e::caller::World;
use e2e::deployment::{Deployment, Runtime, Served, keys_file};
use serde_json::json;
use training::keys::{Keys, now};
use training::people::{CARE_UNITS, PATIENTS};

/// Rows a case that is closed, at most.
const MOST_WRITTEN: f64 = 4.0;
/// And a task: itself and the chat, each with an entry of an index, and the message that tells of it, are five.
const MOST_WRITTEN_OF_TASK: f64 = 6.0;
/// How much slower a request may be meanwhile.
const MOST_SLOWER: f64 = 2.0;
/// Which share of them more than usual may be slower than that: as many as the noise of two cores is.
const MORE_SLOW: f64 = 0.01;
/// How much slower the slowest of a hundred may be where the usual ones are slower than that without the job.
const NOISE: f64 = 1.25;
/// How long whoever writes rests between two messages.
const PACE: Duration = Duration::from_millis(5);
/// For how long requests are sent before the job's first run.
const USUAL: Duration = Duration::from_secs(5);
/// How many are sent before that and not counted: the first ones meet a module that V8 has not compiled for speed yet.
const WARM: usize = 500;

/// What is due about a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Nobody waits for an answer: it closes.
    Answered,
    /// The patient does: staff get a task.
    Unanswered,
    /// The patient still does, after the task's grace: it closes.
    Asked,
}

impl Kind {
    const ALL: [Kind; 3] = [Kind::Answered, Kind::Unanswered, Kind::Asked];

    /// What the job does.
    fn step(self) -> &'static str {
        match self {
            Kind::Answered => "answered-to-closed",
            Kind::Unanswered => "unanswered-to-asked",
            Kind::Asked => "asked-to-closed",
        }
    }

    /// What the job counts it as.
    fn counted_as(self) -> &'static str {
        match self {
            Kind::Unanswered => "asked_staff",
            Kind::Answered | Kind::Asked => "closed",
        }
    }

    /// How many rows that may write a case.
    fn most_written(self) -> f64 {
        match self {
            Kind::Unanswered => MOST_WRITTEN_OF_TASK,
            Kind::Answered | Kind::Asked => MOST_WRITTEN,
        }
    }

    /// Who wrote last.
    fn last_from(self) -> &'static str {
        match self {
            Kind::Answered => "staff",
            Kind::Unanswered | Kind::Asked => "patient",
        }
    }
}

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
    let (mut usual, mut meanwhile) = (vec![], vec![]);
    let mut each = vec![];
    for kind in Kind::ALL {
        let due = due_cases(kind, cases / 2);
        let deployment = Deployment::start_with(Runtime::Workerd, Served::Functions, &due).await?;
        let world = World::new(&deployment.address, keys.clone());
        let measured = measure(&world, &keys, kind).await;
        deployment.stop().await?;
        let measured = measured?;
        let step = kind.step();
        if measured.done != cases / 2 {
            return Err(format!("{step}: {} of {}", measured.done, cases / 2).into());
        }
        let rows = measured.written as f64 / measured.done as f64;
        println!(
            "bench closing step={step} cases={} rows_written_per_case={rows:.2} seconds={}",
            measured.done,
            measured.job.as_secs()
        );
        each.push(rows);
        usual.extend(measured.usual);
        meanwhile.extend(measured.meanwhile);
    }
    let (answered, unanswered) = (each[0], each[1] + each[2]);
    println!(
        "bench closing cases={cases} rows_written_on_the_whole_way={:.2} answered={answered:.2} unanswered={unanswered:.2}",
        (answered + unanswered) / 2.0
    );
    let (usual, meanwhile) = (Times::of(usual), Times::of(meanwhile));
    let most = MOST_SLOWER * usual.share(0.5);
    for (when, times) in [("usually", &usual), ("meanwhile", &meanwhile)] {
        println!(
            "bench closing-requests when={when} requests={} median_ms={:.1} p99_ms={:.1} slowest_ms={:.1} over_twice_the_usual_median={} percent={:.2}",
            times.0.len(),
            times.share(0.5),
            times.share(0.99),
            times.share(1.0),
            times.over(most),
            100.0 * times.share_over(most)
        );
    }
    for (kind, rows) in Kind::ALL.into_iter().zip(each) {
        if rows > kind.most_written() {
            return Err(format!("{} writes more rows a case than the limit", kind.step()).into());
        }
    }
    if meanwhile.share_over(most) > usual.share_over(most) + MORE_SLOW {
        return Err("more requests are slow meanwhile than the limit".into());
    }
    if meanwhile.share(0.99) > most.max(NOISE * usual.share(0.99)) {
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

    /// Which share of them did.
    fn share_over(&self, most: f64) -> f64 {
        self.over(most) as f64 / self.0.len() as f64
    }
}

/// Cases that have been due for a minute, as SQL. What the job never opens is not sealed.
fn due_cases(kind: Kind, cases: usize) -> String {
    let unit = &CARE_UNITS[0];
    let (provider, unit) = (unit.care_provider, unit.id);
    let (now, from) = (now().millis(), kind.last_from());
    let day = 24 * 3_600_000;
    let (opened, due) = (now - 14 * day, now - 60_000);
    let (ended, grace) = match kind {
        Kind::Asked => (now - 7 * day, due.to_string()),
        Kind::Answered | Kind::Unanswered => (due, "NULL".into()),
    };
    let mut sql = format!(
        "INSERT INTO patients (id, care_provider_id, identity_index, identity, name, created_at) VALUES ('01890000-0000-7000-9000-000000000001', '{provider}', 'x', 'x', 'x', {opened});\n"
    );
    for first in (0..cases).step_by(5_000) {
        let last = (first + 5_000).min(cases) - 1;
        let numbers = format!(
            "(WITH RECURSIVE numbers (value) AS (VALUES ({first}) UNION ALL SELECT value + 1 FROM numbers WHERE value < {last}) SELECT value FROM numbers)"
        );
        let mut task = "NULL";
        if kind == Kind::Asked {
            task = "printf('01890000-0000-7000-a000-%012d', value)";
            sql.push_str(&format!(
                "INSERT INTO tasks (id, care_provider_id, care_unit_id, kind, patient_id, resource_type, resource_id, created_at)
SELECT {task}, '{provider}', '{unit}', 'unanswered-at-close', '01890000-0000-7000-9000-000000000001', 'case', printf('01890000-0000-7000-8000-%012d', value), {ended} FROM {numbers};\n"
            ));
        }
        sql.push_str(&format!(
            "INSERT INTO chats (id, care_provider_id, care_unit_id, patient_id, role, subject, phase, first_writer, patient_may_reply, opens_at, closes_at, due_at, begun, last_number, last_from, last_at, task_id, grace_ends_at, opened_by, opened_at)
SELECT printf('01890000-0000-7000-8000-%012d', value), '{provider}', '{unit}', '01890000-0000-7000-9000-000000000001', 'nurse', 'x', 'asynchronous', 'either', 1, {opened}, {ended}, {due}, 1, 1, '{from}', {opened}, {task}, {grace}, 'x', {opened} FROM {numbers};\n"
        ));
    }
    sql.push_str(&format!(
        "INSERT INTO messages (chat_id, number, id, care_provider_id, version, sender, practitioner_id, text, sent_at)
SELECT id, 1, id, care_provider_id, 1, last_from, iif(last_from = 'staff', 'x', NULL), 'x', {opened} FROM chats;\n"
    ));
    if kind == Kind::Asked {
        sql.push_str(&format!(
            "UPDATE chats SET last_number = 2, version = 2;
INSERT INTO messages (chat_id, number, id, care_provider_id, version, sender, notice, sent_at)
SELECT id, 2, id, care_provider_id, 2, 'system', 'time-is-over', {ended} FROM chats;\n"
        ));
    }
    // What the load itself told staff.
    sql.push_str("DELETE FROM notifications;\n");
    sql
}

#[derive(Default)]
struct Measured {
    /// Rows.
    written: u64,
    /// Cases.
    done: usize,
    usual: Vec<Duration>,
    meanwhile: Vec<Duration>,
    job: Duration,
}

async fn measure(world: &World, keys: &Keys, kind: Kind) -> Result<Measured, Failure> {
    let patient = &PATIENTS[0];
    let case = json!({
        "patient": { "personal_identity": patient.identity, "name": patient.name },
        "subject": "Mätning", "closes_at": now().plus(7 * 24 * 3_600_000)
    });
    let opened = world.post("anna.lind", "/messaging/v1/cases", case).await?;
    let id = opened.json()["id"].as_str().ok_or(opened.text)?.to_owned();
    let path = format!("/messaging/v1/chats/{id}/messages");
    let post = async || -> Result<Duration, Failure> {
        let began = Instant::now();
        let answer = world
            .post("anna.lind", &path, json!({ "text": "Mätning" }))
            .await?;
        if answer.status != 201 {
            return Err(answer.outcome().into());
        }
        let took = began.elapsed();
        tokio::time::sleep(PACE).await;
        Ok(took)
    };
    for _ in 0..WARM {
        post().await?;
    }
    let mut measured = Measured::default();
    let mut took = USUAL;
    loop {
        // With nothing of the job's, just before each of its runs and for as long as the last one took: the machine is
        // as busy with other things in both.
        let began = Instant::now();
        while began.elapsed() < took {
            measured.usual.push(post().await?);
        }
        let began = Instant::now();
        let ended = std::cell::Cell::new(false);
        let running = async {
            let run = run_job(world, keys, kind).await;
            ended.set(true);
            run
        };
        let writing = async {
            let mut times = vec![];
            while !ended.get() {
                times.push(post().await?);
            }
            Ok::<_, Failure>(times)
        };
        let (run, times) = tokio::join!(running, writing);
        let run = run?;
        took = began.elapsed();
        measured.job += took;
        measured.meanwhile.extend(times?);
        measured.written += run.written;
        measured.done += run.done;
        if !run.left {
            return Ok(measured);
        }
    }
}

/// What a run of the job did: rows written, cases taken care of, and whether more is due.
struct Run {
    written: u64,
    done: usize,
    left: bool,
}

async fn run_job(world: &World, keys: &Keys, kind: Kind) -> Result<Run, Failure> {
    let bearer = format!("Bearer {}", keys.get("JOB_KEY").unwrap_or_default());
    let headers = [("authorization", bearer.as_str())];
    let answer = world
        .send("POST", "/messaging/v1/jobs/close", &headers, "")
        .await?;
    if answer.status != 200 {
        return Err(answer.text.into());
    }
    let report = answer.json();
    let done = report[kind.counted_as()].as_u64().unwrap_or_default();
    let costs = answer.header("server-timing");
    let rows = costs.split_once("written=").map_or("", |(_, rest)| rest);
    Ok(Run {
        written: rows.trim_end_matches('"').parse()?,
        done: usize::try_from(done)?,
        left: report["left"] == true,
    })
}
