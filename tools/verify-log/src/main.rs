//! `verify-log STORE KEYS [CHECKPOINTS]`: verifies the access log in a SQLite file, such as a copy that
//! `wrangler d1 export` and sqlite3 made. Says which places were changed, deleted, reordered or cut.
//!
//! KEYS holds lines NAME=VALUE with ACCESS_LOG_KEY, and ACCESS_LOG_PUBLIC_KEY or ACCESS_LOG_SIGNING_KEY.
//! CHECKPOINTS holds checkpoints that were kept elsewhere: tokens, or the log lines that tell of them.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;

use jwt_simple::prelude::Ed25519PublicKey;
use portal::access_log::chain::Checkpoint;
use portal::access_log::{keeping::verify_after, store};
use shared::platform::Store;
use shared::platform::native::Sqlite;
use shared::sealing::decoded;
use shared::session::SigningKey;

type Failure = Box<dyn std::error::Error + Send + Sync>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let verified = match &arguments[..] {
        [store, keys] => verify(Path::new(store), Path::new(keys), None).await,
        [store, keys, kept] => {
            verify(Path::new(store), Path::new(keys), Some(Path::new(kept))).await
        }
        _ => Err("use: verify-log STORE KEYS [CHECKPOINTS]".into()),
    };
    match verified {
        Ok(0) => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(failure) => {
            eprintln!("verify-log: {failure}");
            ExitCode::from(2)
        }
    }
}

/// How many faults there are; each is printed with its place, and a line for each care provider.
async fn verify(store: &Path, keys: &Path, kept: Option<&Path>) -> Result<usize, Failure> {
    if !store.is_file() {
        return Err(format!("{} is no file", store.display()).into());
    }
    let keys = settings(keys)?;
    let mac_key = keys
        .get("ACCESS_LOG_KEY")
        .and_then(|key| decoded(key))
        .ok_or("ACCESS_LOG_KEY is missing from the keys")?;
    let public = public_key(&keys)?;
    let kept = match kept {
        Some(file) => checkpoints(&std::fs::read_to_string(file)?, &public)?,
        None => vec![],
    };
    let store = Sqlite::open(store)?;
    let known = store.query(store::care_providers()).await?;
    let mut faults = 0;
    for row in known.rows.iter() {
        let care_provider = row.text("id")?;
        let of_this: Vec<(i64, String)> = kept
            .iter()
            .filter(|(checkpoint, _)| checkpoint.care_provider == care_provider)
            .map(|(checkpoint, token)| (checkpoint.number, token.clone()))
            .collect();
        let (mut entries, mut waiting, mut found) = (0, 0, vec![]);
        let mut after = Some(0);
        while let Some(from) = after {
            let step = verify_after(&store, care_provider, from, &of_this, &mac_key, &public)
                .await
                .map_err(|problem| format!("{problem:?}"))?;
            entries += step.report.entries;
            waiting += step.report.not_yet_linked;
            found.extend(step.report.faults);
            after = step.next;
        }
        println!(
            "verify-log care_provider={care_provider} entries={entries} not_yet_linked={waiting} kept_checkpoints={} faults={}",
            of_this.len(),
            found.len()
        );
        for fault in &found {
            println!("  {}", serde_json::to_string(fault)?);
        }
        faults += found.len();
    }
    Ok(faults)
}

fn settings(file: &Path) -> Result<BTreeMap<String, String>, Failure> {
    let text =
        std::fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
    let lines = text.lines().filter_map(|line| line.split_once('='));
    Ok(lines
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect())
}

fn public_key(keys: &BTreeMap<String, String>) -> Result<Ed25519PublicKey, Failure> {
    if let Some(bytes) = keys
        .get("ACCESS_LOG_PUBLIC_KEY")
        .and_then(|key| decoded(key))
    {
        return Ok(Ed25519PublicKey::from_bytes(&bytes)?);
    }
    keys.get("ACCESS_LOG_SIGNING_KEY")
        .and_then(|key| SigningKey::from_text(key))
        .map(|key| key.public())
        .ok_or_else(|| "ACCESS_LOG_PUBLIC_KEY is missing from the keys".into())
}

/// From lines that are tokens, or log lines with one. A line that was not signed by us proves nothing, and
/// stops the verification: somebody should look at where it was kept.
fn checkpoints(
    text: &str,
    public: &Ed25519PublicKey,
) -> Result<Vec<(Checkpoint, String)>, Failure> {
    let mut checkpoints = vec![];
    for (place, line) in text.lines().enumerate() {
        let token = match serde_json::from_str::<serde_json::Value>(line) {
            Ok(line) => match line["access_log_checkpoint"].as_str() {
                Some(token) => token.to_owned(),
                None => continue,
            },
            Err(_) if line.trim().is_empty() => continue,
            Err(_) => line.trim().to_owned(),
        };
        let checkpoint = Checkpoint::proven(&token, public)
            .ok_or_else(|| format!("line {} is no checkpoint of ours", place + 1))?;
        checkpoints.push((checkpoint, token));
    }
    Ok(checkpoints)
}
