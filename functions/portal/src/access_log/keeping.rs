//! Keeps the chain over a store: adds the links that entries wait for, and verifies what stands.
//! Any number may do so at once: the schema lets one of them link an entry, and the others look again.

use std::collections::BTreeMap;

use jwt_simple::prelude::Ed25519PublicKey;
use serde::Serialize;
use serde_json::json;
use shared::json;
use shared::platform::{Outcome, Ports, Store};
use shared::problem::Problem;
use shared::sealing::secret_key;
use shared::session::SigningKey;

use super::chain::{Checkpoint, Ends, Entry, Found, Report, beginning, verify};
use super::store::{self, BATCH};

/// How many batches one call adds at most, so that it ends in time; the next goes on.
const MOST_BATCHES: usize = 20;

/// What a call did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Linked {
    /// How many entries got their links.
    pub entries: usize,
    /// Whether some still wait.
    pub more: bool,
}

/// The key that signs checkpoints: `ACCESS_LOG_SIGNING_KEY`, of this function alone.
pub fn signing_key(ports: &Ports) -> Result<SigningKey, Problem> {
    ports
        .secrets
        .get("ACCESS_LOG_SIGNING_KEY")
        .as_deref()
        .and_then(SigningKey::from_text)
        .ok_or_else(|| Problem::internal("ACCESS_LOG_SIGNING_KEY is not base64url of 64 bytes"))
}

/// Adds the links of a care provider's entries. A line in our own log tells of each checkpoint, so that a
/// copy lies where the log's lines go.
pub async fn link_waiting(
    ports: &Ports,
    store: &dyn Store,
    care_provider: &str,
) -> Result<Linked, Problem> {
    let mac_key = secret_key(&*ports.secrets, "ACCESS_LOG_KEY")?;
    let signing = signing_key(ports)?;
    let mut linked = Linked::default();
    for _ in 0..MOST_BATCHES {
        let found = store.batch(store::waiting(care_provider)).await?;
        let mut before = match found[0].rows.first() {
            Some(row) => row.text("link")?.to_owned(),
            None => beginning(care_provider),
        };
        let entries = entries(&found[1])?;
        let (Some(first), Some(last)) = (entries.first(), entries.last()) else {
            return Ok(linked);
        };
        let mut links = vec![];
        for entry in &entries {
            before = entry.link(&mac_key, &before);
            links.push(json!([entry.number, before]));
        }
        let now = ports.clock.now();
        let checkpoint = Checkpoint {
            care_provider: care_provider.to_owned(),
            number: last.number,
            link: before,
        };
        let token = checkpoint.sign(&signing, now)?;
        let line = json!({
            "at": now.to_string(),
            "function": "portal",
            "access_log_checkpoint": token,
        });
        let range = (first.number, last.number);
        let links = json::text(&links)?;
        let writing = store::link(care_provider, links, range, token, now);
        match store.batch(writing).await {
            Ok(_) => {
                json::log(&line);
                linked.entries += entries.len();
                if entries.len() < usize::try_from(BATCH).unwrap_or(usize::MAX) {
                    return Ok(linked);
                }
            }
            // Another was quicker: look again from where it left off.
            Err(error) if error.refused_by("access_log_links") => {}
            Err(error) => return Err(error.into()),
        }
    }
    linked.more = true;
    Ok(linked)
}

/// What one step of a verification gives.
pub struct Step {
    /// What was found in this piece.
    pub report: Report,
    /// Where the next step begins; none at the end.
    pub next: Option<i64>,
}

/// Verifies the piece of a care provider's log that comes after a number, against the checkpoints in the
/// store and those `kept` elsewhere (number and token).
pub async fn verify_after(
    store: &dyn Store,
    care_provider: &str,
    after: i64,
    kept: &[(i64, String)],
    mac_key: &[u8],
    public: &Ed25519PublicKey,
) -> Result<Step, Problem> {
    let found = store.batch(store::piece(care_provider, after)).await?;
    let link_before = match found[0].rows.first() {
        Some(row) => Some(row.text("link")?.to_owned()),
        None => None,
    };
    let entries = entries(&found[1])?;
    let mut links = BTreeMap::new();
    for row in found[2].rows.iter() {
        links.insert(row.integer("number")?, row.text("link")?.to_owned());
    }
    let until = after.saturating_add(BATCH);
    let mut checkpoints = vec![];
    for row in found[3].rows.iter() {
        checkpoints.push((row.integer("number")?, row.text("token")?.to_owned()));
    }
    let of_this_piece = |(number, _): &&(i64, String)| (after + 1..=until).contains(number);
    checkpoints.extend(kept.iter().filter(of_this_piece).cloned());
    let mut ends = Ends {
        entries: 0,
        linked: kept.iter().map(|(number, _)| *number).max().unwrap_or(0),
    };
    if let Some(row) = found[4].rows.first() {
        ends.entries = row.integer("entries")?;
        for column in ["links", "checkpoints"] {
            ends.linked = ends.linked.max(row.integer(column)?);
        }
    }
    let report = verify(
        &Found {
            care_provider,
            after,
            link_before,
            until,
            ends,
            entries: &entries,
            links: &links,
            checkpoints: &checkpoints,
        },
        mac_key,
        public,
    )?;
    Ok(Step {
        report,
        next: (ends.entries.max(ends.linked) > until).then_some(until),
    })
}

fn entries(outcome: &Outcome) -> Result<Vec<Entry>, Problem> {
    let entries: Result<_, _> = outcome.rows.iter().map(Entry::from_row).collect();
    Ok(entries?)
}
