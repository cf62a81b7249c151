//! Holds the outbox against what reached phones. Lost: a message that did not reach a phone and of which staff does
//! not know, as a dead letter or as one without a report, each with a task. Doubled: copies on a phone beyond the
//! first. Unexplained: a copy more than there were lost answers, that is, takings of which the sender never heard
//! because the answer was lost or it was killed; and a message whose report is said to be missing though it was taken.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::Path;

use e2e::Failure;
use rusqlite::Connection;
use serde::Deserialize;

/// A message as the gateway took it.
#[derive(Deserialize)]
pub struct Taking {
    /// The gateway's id.
    id: String,
    to: String,
    /// The address of ours for its report, which ends with the message's own id.
    whendelivered: String,
    /// Whether the answer went out whole.
    answered: bool,
    /// `lost`, where it reached no phone.
    state: String,
    /// Whether we took the report of what became of it.
    reported: bool,
}

impl Taking {
    fn message(&self) -> &str {
        self.whendelivered.rsplit('/').next().unwrap_or_default()
    }

    fn reached_a_phone(&self) -> bool {
        self.state != "lost"
    }
}

/// What the gateway did, by its own count.
#[derive(Deserialize)]
pub struct Met {
    /// How many messages it was asked to send.
    sends: usize,
    /// How many reports are still on their way.
    pub reporting: usize,
    /// How many faults of each kind there were: one at most in each send.
    happened: BTreeMap<String, usize>,
}

impl Met {
    /// A kind of fault that never happened.
    pub fn missing(&self) -> Option<&str> {
        let mut missing = self.happened.iter().filter(|(_, count)| **count == 0);
        missing.next().map(|(kind, _)| kind.as_str())
    }

    /// The share of the sends that met a fault.
    fn share(&self) -> f64 {
        self.faults() as f64 / self.sends.max(1) as f64
    }

    /// Whether so few of the sends met a fault that chance alone can't be why: three standard deviations below 30 %.
    pub fn are_too_few(&self) -> bool {
        let deviation = (0.3 * 0.7 / self.sends.max(1) as f64).sqrt();
        self.share() < 0.3 - 3.0 * deviation
    }

    fn faults(&self) -> usize {
        self.happened.values().sum()
    }
}

impl fmt::Display for Met {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (faults, share) = (self.faults(), self.share());
        write!(out, "sends={} faults={faults} share={share:.3}", self.sends)?;
        for (kind, count) in &self.happened {
            write!(out, " {kind}={count}")?;
        }
        Ok(())
    }
}

/// The takings of which a killed sender never wrote down the answer, by the gateway's id.
#[derive(Default)]
pub struct LostAnswers(BTreeSet<String>);

impl LostAnswers {
    /// Looks while the sender is dead: what was taken and still waits in the queue will be sent again.
    pub fn add(&mut self, takings: &[Taking], queued: &BTreeSet<String>) {
        let lost = takings.iter().filter(|one| queued.contains(one.message()));
        self.0.extend(lost.map(|one| one.id.clone()));
    }
}

/// What came out.
pub struct Verdict {
    pub lost: usize,
    pub doubled: usize,
    pub unexplained: usize,
    pub disordered: usize,
    pub lost_answers: usize,
    pub dead_letters: usize,
    /// Of how many staff was told that no report came, as none did.
    pub without_report: usize,
    /// What is wrong, in words.
    pub faults: Vec<String>,
}

fn store(folder: &Path) -> Result<Connection, Failure> {
    Ok(Connection::open(folder.join("store.db"))?)
}

/// The messages that wait.
pub fn queued(folder: &Path) -> Result<BTreeSet<String>, Failure> {
    let store = store(folder)?;
    let mut asking = store.prepare("SELECT id FROM sms_outbox WHERE state = 'queued'")?;
    let ids = asking.query_map([], |row| row.get(0))?;
    Ok(ids.collect::<Result<_, _>>()?)
}

/// How many were sent and still wait for their report.
pub fn awaiting_report(folder: &Path) -> Result<usize, Failure> {
    let sql = "SELECT count(*) FROM sms_outbox WHERE report_due_at IS NOT NULL";
    Ok(store(folder)?.query_row(sql, [], |row| row.get(0))?)
}

/// What the outbox says of a message.
struct Kept {
    state: String,
    failure: Option<String>,
    has_task: bool,
}

impl Kept {
    /// Staff knows that it will not arrive.
    fn is_dead(&self) -> bool {
        self.state == "failed" && self.has_task
    }

    /// Staff knows that nobody heard what became of it.
    fn is_without_report(&self) -> bool {
        self.state == "sent" && self.failure.as_deref() == Some("no-report") && self.has_task
    }
}

/// Holds one against the other.
pub fn judge(
    folder: &Path,
    takings: &[Taking],
    lost_answers: &LostAnswers,
) -> Result<Verdict, Failure> {
    let store = store(folder)?;
    let mut asking = store.prepare(
        "SELECT id, state, failure, EXISTS (
  SELECT 1 FROM tasks WHERE kind = 'message-failed' AND resource_id = sms_outbox.id AND done_at IS NULL
)
FROM sms_outbox ORDER BY id",
    )?;
    let rows = asking
        .query_map([], |row| {
            let kept = Kept {
                state: row.get(1)?,
                failure: row.get(2)?,
                has_task: row.get(3)?,
            };
            Ok((row.get(0)?, kept))
        })?
        .collect::<Result<BTreeMap<String, Kept>, _>>()?;
    let mut copies: BTreeMap<&str, Vec<&Taking>> = BTreeMap::new();
    for taking in takings {
        copies.entry(taking.message()).or_default().push(taking);
    }
    let unheard = |one: &Taking| !one.answered || lost_answers.0.contains(&one.id);
    let mut verdict = Verdict {
        lost: 0,
        doubled: 0,
        unexplained: 0,
        disordered: 0,
        lost_answers: takings.iter().filter(|one| unheard(one)).count(),
        dead_letters: 0,
        without_report: 0,
        faults: vec![],
    };
    for (id, kept) in &rows {
        let of_this = copies.get(id.as_str()).map_or(&[][..], Vec::as_slice);
        let on_phones = of_this.iter().filter(|one| one.reached_a_phone()).count();
        verdict.dead_letters += usize::from(kept.is_dead());
        verdict.without_report += usize::from(kept.is_without_report());
        let arrived = kept.state == "delivered" && on_phones > 0;
        // A gateway that takes a message and loses it is explained by the missing report alone, as staff hears of it.
        let is_known = kept.is_dead() || (kept.is_without_report() && !of_this.is_empty());
        if !arrived && !is_known {
            verdict.lost += 1;
            let state = &kept.state;
            verdict.faults.push(format!(
                "{id} is {state}, with {on_phones} copies on a phone"
            ));
        }
        if kept.is_without_report() && of_this.iter().any(|one| one.reported) {
            verdict.unexplained += 1;
            verdict
                .faults
                .push(format!("{id} has no report though we took one"));
        }
        verdict.doubled += on_phones.saturating_sub(1);
        let Some((_, before)) = of_this.split_last() else {
            continue;
        };
        // Each copy but the last must have been one of which the sender never heard.
        let unexplained = before.iter().filter(|one| !unheard(one)).count();
        if unexplained > 0 {
            verdict.unexplained += unexplained;
            verdict
                .faults
                .push(format!("{id} came again though its answer was heard"));
        }
    }
    for id in copies.keys().filter(|id| !rows.contains_key(**id)) {
        verdict.unexplained += 1;
        verdict.faults.push(format!("{id} is no message of ours"));
    }
    // Ids rise with time: on each phone, first arrivals come in their order.
    let mut seen = BTreeSet::new();
    let mut last: BTreeMap<&str, &str> = BTreeMap::new();
    let on_phones = takings.iter().filter(|one| one.reached_a_phone());
    for taking in on_phones.filter(|one| seen.insert(one.message())) {
        let before = last.insert(&taking.to, taking.message());
        if before.is_some_and(|before| before > taking.message()) {
            verdict.disordered += 1;
            verdict
                .faults
                .push(format!("{} overtook another", taking.message()));
        }
    }
    Ok(verdict)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// A message of the outbox, whether staff has an open task about it, and its copies at the gateway.
    fn verdict_of(
        state: &str,
        failure: Option<&str>,
        has_task: bool,
        copies: &[(&str, bool)],
    ) -> Verdict {
        let name = format!(
            "vardflode-judgement-{}-{:?}",
            std::process::id(),
            std::thread::current().id()
        );
        let folder = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&folder).expect("a folder");
        let kept = store(&folder).expect("a store");
        kept.execute_batch(
            "CREATE TABLE sms_outbox (id TEXT, state TEXT, failure TEXT);
CREATE TABLE tasks (kind TEXT, resource_id TEXT, done_at INTEGER);",
        )
        .expect("tables");
        kept.execute(
            "INSERT INTO sms_outbox VALUES ('one', ?1, ?2)",
            (state, failure),
        )
        .expect("a message");
        if has_task {
            kept.execute(
                "INSERT INTO tasks VALUES ('message-failed', 'one', NULL)",
                [],
            )
            .expect("a task");
        }
        let takings: Vec<Taking> = copies
            .iter()
            .enumerate()
            .map(|(number, (state, reported))| {
                let taking = json!({
                    "id": number.to_string(), "to": "+46701740605", "whendelivered": "http://sms/one",
                    "answered": true, "state": state, "reported": reported,
                });
                serde_json::from_value(taking).expect("a taking")
            })
            .collect();
        let verdict = judge(&folder, &takings, &LostAnswers::default()).expect("a verdict");
        std::fs::remove_dir_all(&folder).expect("the folder goes");
        verdict
    }

    #[test]
    fn a_message_that_the_gateway_lost_is_explained_by_its_task_alone() {
        let told = verdict_of("sent", Some("no-report"), true, &[("lost", false)]);
        assert_eq!(
            (told.lost, told.unexplained, told.without_report),
            (0, 0, 1)
        );
        let untold = verdict_of("sent", Some("no-report"), false, &[("lost", false)]);
        assert_eq!((untold.lost, untold.without_report), (1, 0));
        let awaited = verdict_of("sent", None, false, &[("lost", false)]);
        assert_eq!(awaited.lost, 1);
        let never_taken = verdict_of("sent", Some("no-report"), true, &[]);
        assert_eq!(never_taken.lost, 1);
        let said_to_have_arrived = verdict_of("delivered", None, false, &[("lost", false)]);
        assert_eq!(said_to_have_arrived.lost, 1);
    }

    #[test]
    fn a_report_that_we_took_is_not_missing() {
        let taken = verdict_of("sent", Some("no-report"), true, &[("delivered", true)]);
        assert_eq!((taken.lost, taken.unexplained), (0, 1));
    }

    #[test]
    fn what_reached_no_phone_is_no_double_but_a_copy_after_a_heard_answer_has_no_explanation() {
        let copies = [("lost", false), ("delivered", true)];
        let verdict = verdict_of("delivered", None, false, &copies);
        assert_eq!(
            (verdict.lost, verdict.doubled, verdict.unexplained),
            (0, 0, 1)
        );
        let copies = [("delivered", true), ("delivered", true)];
        assert_eq!(verdict_of("delivered", None, false, &copies).doubled, 1);
    }

    #[test]
    fn a_kind_of_fault_that_never_happened_is_named() {
        let met: Met = serde_json::from_value(json!({
            "sends": 10, "reporting": 0, "happened": { "fail": 2, "lose": 0, "drop": 1 }
        }))
        .expect("a count");
        assert_eq!(met.missing(), Some("lose"));
        assert_eq!(
            met.to_string(),
            "sends=10 faults=3 share=0.300 drop=1 fail=2 lose=0"
        );
        assert!(!met.are_too_few());
        let met: Met = serde_json::from_value(json!({
            "sends": 1000, "reporting": 0, "happened": { "fail": 250 }
        }))
        .expect("a count");
        assert!(met.are_too_few());
    }
}
