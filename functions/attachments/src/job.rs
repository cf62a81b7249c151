//! What the schedule does for attachments: asks the scanner again, and deletes what waited a day for a message, what
//! was taken back, and what a fault left half written. Bounded, and safe when two run at once.

use serde_json::{Value, json};
use shared::job::Job;
use shared::json::Json;
use shared::platform::Ports;
use shared::problem::Problem;
use shared::sealing::Sealer;
use shared::time::{HOUR, Timestamp};

use crate::chunks;
use crate::scanner::{self, Verdict};
use crate::store::{self, Kept, State};

/// How long an upload waits for its message, in milliseconds.
pub const WAITS: i64 = 24 * HOUR;
/// How many files one run deletes.
const MOST_DELETED: i64 = 100;
/// About how many files one run asks the scanner: each is read and sent whole.
const MOST_ASKED: i64 = 10;

/// Does what is due, and says how much of what.
pub async fn tidy(_: Job, ports: Ports) -> Result<Json<Value>, Problem> {
    let now = ports.clock.now();
    let (cleared, refused) = ask_scanner(&ports, now).await?;
    let deleted = delete(&ports, now).await?;
    Ok(Json(
        json!({ "cleared": cleared, "refused": refused, "deleted": deleted }),
    ))
}

async fn ask_scanner(ports: &Ports, now: Timestamp) -> Result<(usize, usize), Problem> {
    let sealer = Sealer::from_secrets(&*ports.secrets)?;
    let waiting = ports.store.query(store::quarantined(MOST_ASKED)).await?;
    let (mut cleared, mut refused) = (0, 0);
    for row in waiting.rows.iter() {
        let kept = Kept::from_row(row)?;
        ports
            .store
            .query(store::ask_again_after(kept.id, now))
            .await?;
        let id = kept.id.to_string();
        let file = chunks::get(ports, &kept.key(&sealer)?, &id, kept.bytes).await?;
        let (state, count) = match scanner::ask(ports, file).await {
            Verdict::Clean => (State::Ready, &mut cleared),
            Verdict::Harmful => (State::Refused, &mut refused),
            Verdict::Unknown => continue,
        };
        match ports
            .store
            .batch(store::judge(ports, &kept, state)?.into())
            .await
        {
            Ok(_) => *count += 1,
            // Another run was quicker, or the message was taken back.
            Err(error) if error.refused_by("require_changes") => continue,
            Err(error) => return Err(error.into()),
        }
        if state == State::Refused {
            chunks::delete(ports, &id, kept.bytes).await?;
        }
        ports.rooms.tell(&kept.chat.id.to_string(), "change");
    }
    Ok((cleared, refused))
}

async fn delete(ports: &Ports, now: Timestamp) -> Result<usize, Problem> {
    let found = ports
        .store
        .batch(vec![
            store::give_up_waiting(now.plus(-WAITS), MOST_DELETED),
            store::removed(MOST_DELETED),
        ])
        .await?;
    let mut ids = vec![];
    for row in found[1].rows.iter() {
        let id = row.text("id")?;
        let bytes = usize::try_from(row.integer("bytes")?).unwrap_or_default();
        chunks::delete(ports, id, bytes).await?;
        ids.push(id);
    }
    if !ids.is_empty() {
        let list = json!(ids).to_string();
        let statements = store::delete_removed(ports, &list)?;
        ports.store.batch(statements.into()).await?;
    }
    Ok(ids.len())
}
