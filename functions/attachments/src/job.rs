//! What the schedule does for attachments: asks the scanner again, and deletes what waited a day for a message, what
//! was taken back, what a fault left half written, and the chunks of what was refused. Bounded, and safe when two run
//! at once. Each file is taken by itself: one that can't be read, or whose chunks can't be deleted, is counted and
//! put off, and holds up no other.

use serde_json::{Value, json};
use shared::audit;
use shared::job::Job;
use shared::json::Json;
use shared::platform::{Outcome, Ports, Row};
use shared::problem::Problem;
use shared::sealing::Sealer;
use shared::time::{HOUR, Timestamp};

use crate::chunks;
use crate::scanner::{self, Verdict};
use crate::store::{self, Kept, State};

/// How long an upload waits for its message, in milliseconds: who uploads is told so (`words::attachments::WITHIN_A_DAY`).
pub const WAITS: i64 = 24 * HOUR;
/// How many files one run deletes.
const MOST_DELETED: i64 = 100;
/// About how many files one run asks the scanner: each is read and sent whole.
const MOST_ASKED: i64 = 10;

/// What a run did.
#[derive(Default)]
struct Done {
    cleared: usize,
    refused: usize,
    deleted: usize,
    failed: usize,
}

/// Does what is due, and says how much of what.
pub async fn tidy(_: Job, ports: Ports) -> Result<Json<Value>, Problem> {
    let now = ports.clock.now();
    let mut done = Done::default();
    let asked = ask_scanner(&ports, now, &mut done).await;
    // Whatever became of the asking: what is to be deleted doesn't wait for it.
    delete(&ports, now, &mut done).await?;
    asked?;
    let report = json!({
        "at": now.to_string(), "function": "attachments", "job": "tidy", "cleared": done.cleared,
        "refused": done.refused, "deleted": done.deleted, "failed": done.failed,
    });
    shared::json::log(&report);
    Ok(Json(report))
}

async fn ask_scanner(ports: &Ports, now: Timestamp, done: &mut Done) -> Result<(), Problem> {
    let sealer = Sealer::from_secrets(&*ports.secrets)?;
    let waiting = ports
        .store
        .query(store::quarantined(now, MOST_ASKED))
        .await?;
    for row in waiting.rows.iter() {
        let id = row.text("id")?;
        // First of all, so that a file that breaks the run off comes behind the others with the next.
        ports
            .store
            .query(store::put_off(id, State::Quarantined, now))
            .await?;
        match ask_about(ports, &sealer, row).await {
            Ok(Some(State::Refused)) => done.refused += 1,
            Ok(Some(_)) => done.cleared += 1,
            Ok(None) => {}
            Err(why) => put_off(ports, (id, State::Quarantined), &why, now, done).await?,
        }
    }
    Ok(())
}

/// Asks about one file, and writes the answer down; gives nothing where there was none, or where another run was
/// quicker or the message was taken back.
async fn ask_about(ports: &Ports, sealer: &Sealer, row: Row<'_>) -> Result<Option<State>, Problem> {
    let kept = Kept::from_row(row)?;
    let id = kept.id.to_string();
    let file = chunks::get(ports, &kept.key(sealer)?, &id, kept.bytes).await?;
    let state = match scanner::ask(ports, file).await {
        Verdict::Clean => State::Ready,
        Verdict::Harmful => State::Refused,
        Verdict::Unknown => return Ok(None),
    };
    let judged = ports.store.batch(store::judge(ports, &kept, state)?.into());
    match judged.await {
        Ok(_) => {}
        Err(error) if error.refused_by("require_changes") => return Ok(None),
        Err(error) => return Err(error.into()),
    }
    ports.rooms.tell(&kept.chat.id.to_string(), "change");
    Ok(Some(state))
}

/// Leaves a file to a later run: for an hour where it can't be read, for its key may be on its way, and behind the
/// others where only the store could not be reached. What is in another state by now has not failed: it was taken
/// back, or judged, meanwhile.
async fn put_off(
    ports: &Ports,
    (id, state): (&str, State),
    why: &Problem,
    now: Timestamp,
    done: &mut Done,
) -> Result<(), Problem> {
    let (until, why) = match why.kind() {
        "unavailable" => (now, "unavailable"),
        _ => (now.plus(HOUR), "unreadable"),
    };
    let found = ports.store.query(store::put_off(id, state, until)).await?;
    if found.rows.first().is_some() {
        audit::line(ports, "attachment-put-off", why);
        done.failed += 1;
    }
    Ok(())
}

async fn delete(ports: &Ports, now: Timestamp, done: &mut Done) -> Result<(), Problem> {
    let found = ports
        .store
        .batch(vec![
            store::give_up_waiting(now.plus(-WAITS), MOST_DELETED),
            store::removed(now, MOST_DELETED),
            store::refused(now, MOST_DELETED),
        ])
        .await?;
    let removed = delete_chunks(ports, &found[1], State::Removed, now, done).await?;
    if !removed.is_empty() {
        let statements = store::delete_removed(ports, &shared::json::text(&removed)?)?;
        ports.store.batch(statements.into()).await?;
        done.deleted += removed.len();
    }
    let refused = delete_chunks(ports, &found[2], State::Refused, now, done).await?;
    if !refused.is_empty() {
        let gone = store::chunks_are_gone(&shared::json::text(&refused)?);
        ports.store.query(gone).await?;
    }
    Ok(())
}

/// Deletes the chunks of files that were found in a state; gives the ids of those whose chunks are gone.
async fn delete_chunks(
    ports: &Ports,
    found: &Outcome,
    state: State,
    now: Timestamp,
    done: &mut Done,
) -> Result<Vec<String>, Problem> {
    let mut gone = vec![];
    for row in found.rows.iter() {
        let id = row.text("id")?;
        let bytes = usize::try_from(row.integer("bytes")?).unwrap_or_default();
        match chunks::delete(ports, id, bytes).await {
            Ok(()) => gone.push(id.to_owned()),
            Err(why) => put_off(ports, (id, state), &why, now, done).await?,
        }
    }
    Ok(gone)
}
