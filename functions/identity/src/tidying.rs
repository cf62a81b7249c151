//! The job that deletes what has served its time: sessions with their refresh tokens, counters of tries,
//! the kept answers to POSTs, and a unit's notifications beyond its last thousand. Everything else is a patient's record or its access log, whose time the care
//! provider decides. Bounded, safe when two run at once, and nothing waits for it.

use serde_json::{Value, json};
use shared::job::Job;
use shared::json::Json;
use shared::platform::{Outcome, Ports};
use shared::problem::Problem;
use shared::time::HOUR;

use crate::store;

/// How many rows of a kind one step deletes; the index that finds them is in the order of age.
const STEP: usize = 100;
/// How many steps one run takes at most.
const STEPS: usize = 20;
/// How long a session stands after its end, in milliseconds: for whoever looks into a theft.
const SESSIONS_STAND: i64 = 30 * 24 * HOUR;
/// No limit counts longer than a day, in milliseconds.
const TRIES_COUNT: i64 = 24 * HOUR;
/// How long a repeated POST gets its first answer, in milliseconds.
const ANSWERS_ARE_KEPT: i64 = 24 * HOUR;

/// Deletes what has served its time, and says how much of what.
pub async fn tidy(_: Job, ports: Ports) -> Result<Json<Value>, Problem> {
    let now = ports.clock.now();
    let mut deleted = [0; 4];
    let mut left = true;
    for _ in 0..STEPS {
        let step = STEP as i64;
        let [refresh_tokens, sessions] =
            store::delete_sessions_over_since(now.plus(-SESSIONS_STAND), step);
        let outcomes = ports
            .store
            .batch(vec![
                refresh_tokens,
                sessions,
                store::delete_tries_before(now.plus(-TRIES_COUNT), step),
                store::delete_answers_before(now.plus(-ANSWERS_ARE_KEPT), step),
                store::delete_notifications_beyond_a_thousand(step),
            ])
            .await?;
        let [_, sessions, tries, answers, notifications] = <[Outcome; 5]>::try_from(outcomes)
            .map_err(|_| Problem::internal("a batch answered with another number of outcomes"))?;
        let of_this_step =
            [sessions, tries, answers, notifications].map(|outcome| outcome.rows.len());
        for (sum, count) in deleted.iter_mut().zip(of_this_step) {
            *sum += count;
        }
        left = of_this_step.contains(&STEP);
        if !left {
            break;
        }
    }
    let [sessions, tries, answers, notifications] = deleted;
    let report = json!({
        "at": now.to_string(), "function": "identity", "job": "tidy", "sessions": sessions,
        "tries": tries, "answers": answers, "notifications": notifications, "left": left,
    });
    shared::json::log(&report);
    Ok(Json(report))
}
