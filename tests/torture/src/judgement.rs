//! Holds the outbox against what reached phones. Lost: a message that neither reached a phone nor is a dead
//! letter with a task for staff. Doubled: copies beyond the first. Unexplained: a copy more than there were lost
//! answers, that is, takings of which the sender never heard because the answer was lost or it was killed.

use std::collections::{BTreeMap, BTreeSet};
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
}

impl Taking {
    fn message(&self) -> &str {
        self.whendelivered.rsplit('/').next().unwrap_or_default()
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

/// How many were sent and have no report.
pub fn without_report(folder: &Path) -> Result<usize, Failure> {
    let sql = "SELECT count(*) FROM sms_outbox WHERE state = 'sent'";
    Ok(store(folder)?.query_row(sql, [], |row| row.get(0))?)
}

/// Holds one against the other.
pub fn judge(
    folder: &Path,
    takings: &[Taking],
    lost_answers: &LostAnswers,
) -> Result<Verdict, Failure> {
    let store = store(folder)?;
    let mut asking = store.prepare(
        "SELECT id, state, EXISTS (SELECT 1 FROM tasks WHERE kind = 'message-failed' AND resource_id = sms_outbox.id)
FROM sms_outbox ORDER BY id",
    )?;
    let rows = asking
        .query_map([], |row| Ok((row.get(0)?, (row.get(1)?, row.get(2)?))))?
        .collect::<Result<BTreeMap<String, (String, bool)>, _>>()?;
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
        without_report: without_report(folder)?,
        faults: vec![],
    };
    for (id, (state, has_task)) in &rows {
        let of_this = copies.get(id.as_str()).map_or(&[][..], Vec::as_slice);
        let dead = state == "failed" && *has_task;
        verdict.dead_letters += usize::from(dead);
        let arrived = (state == "sent" || state == "delivered") && !of_this.is_empty();
        if !arrived && !dead {
            verdict.lost += 1;
            let copies = of_this.len();
            verdict
                .faults
                .push(format!("{id} is {state}, with {copies} copies on a phone"));
        }
        let Some((_, before)) = of_this.split_last() else {
            continue;
        };
        verdict.doubled += before.len();
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
    for taking in takings.iter().filter(|one| seen.insert(one.message())) {
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
