//! `POST /portal/v1/jobs/reseal`: takes the walk some pages further and says what it did, how much is left, and
//! which keys may leave the ring. Repeat it until `done`; it does nothing once there is nothing to do.

use std::collections::BTreeMap;

use serde::Serialize;
use shared::audit;
use shared::job::Job;
use shared::json::Json;
use shared::platform::{Ports, Store};
use shared::problem::Problem;
use shared::sealing::{Place, SEALED_COLUMNS, SealError, Sealer, key_id};

use super::store::{self, COUNTED, SealedValue};
use super::walk::{NO_KEY, Page, Walk};

/// Rows a page.
const ROWS: i64 = 100;
/// Pages a call: as many as there are columns, so that a small store is gone through in one call.
const PAGES: usize = SEALED_COLUMNS.len();

/// What a call did, and what there is to do.
#[derive(Debug, Serialize)]
pub struct Report {
    /// The id of the key that seals.
    primary: String,
    /// The ids of the ring's other keys.
    older: Vec<String>,
    /// How many rows were looked at.
    read: usize,
    /// How many values were sealed anew.
    resealed: usize,
    /// How many were changed by somebody else between being read and written, and left to them.
    overtaken: usize,
    /// How many values of this walk did not open, by the key that they name; `?` where they name none.
    unreadable: BTreeMap<String, i64>,
    /// What this walk has still to look at.
    left: Vec<Left>,
    /// Whether a whole walk found every value under the primary key.
    done: bool,
    /// The keys that may leave the ring: `done`, by a walk that began long enough after the roll-out.
    may_be_dropped: Vec<String>,
}

/// What is left of a column.
#[derive(Debug, Serialize)]
struct Left {
    column: &'static str,
    /// Rows to look at: more than these where `or_more` says so.
    rows: i64,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    or_more: bool,
}

/// Takes the walk further, in bounded steps.
pub async fn reseal(_: Job, ports: Ports) -> Result<Json<Report>, Problem> {
    let sealer = Sealer::from_secrets(&*ports.secrets)?;
    let ring: Vec<String> = [sealer.primary()]
        .into_iter()
        .chain(sealer.older())
        .map(str::to_owned)
        .collect();
    let now = ports.clock.now();
    let kept = store::kept(&ports.store.query(store::load()).await?)?;
    let mut walk = Walk::resume(kept.clone(), ring.clone(), now);
    if kept.as_ref() != Some(&walk) {
        ports.store.query(store::begin(&walk)?).await?;
    }
    let mut done = Steps::default();
    for _ in 0..PAGES {
        if walk.is_over() {
            let next = Walk::resume(Some(walk.clone()), ring.clone(), now);
            if next == walk {
                break;
            }
            ports.store.query(store::begin(&next)?).await?;
            walk = next;
        }
        match done.step(&ports, &sealer, &walk).await? {
            Some(further) => walk = further,
            None => break, // Another run is at it.
        }
    }
    if !walk.unreadable.is_empty() {
        audit::line(&ports, "reseal", "values-do-not-open");
    }
    report(&*ports.store, &sealer, walk, done).await.map(Json)
}

#[derive(Default)]
struct Steps {
    read: usize,
    resealed: usize,
    overtaken: usize,
}

impl Steps {
    /// One page: read, sealed anew, and written where it still stands as it was read. None where another
    /// run took the step.
    async fn step(
        &mut self,
        ports: &Ports,
        sealer: &Sealer,
        walk: &Walk,
    ) -> Result<Option<Walk>, Problem> {
        let Some(column) = walk.sealed_column() else {
            return Ok(None);
        };
        let found = ports
            .store
            .query(store::page(column, &walk.after, ROWS))
            .await?;
        let values = found
            .rows
            .iter()
            .map(|row| SealedValue::from_row(column, row))
            .collect::<Result<Vec<_>, _>>()?;
        let mut page = Page {
            last: values.last().map(|value| value.key.clone()),
            is_full: i64::try_from(values.len()).is_ok_and(|rows| rows >= ROWS),
            ..Page::default()
        };
        let mut writes = vec![];
        for value in &values {
            let Some(sealed) = value.sealed.as_deref() else {
                continue;
            };
            if sealer.is_up_to_date(sealed) {
                continue;
            }
            page.found += 1;
            let place = Place {
                care_provider: &value.care_provider,
                column: column.name,
                row: &value.row,
            };
            match sealer.reseal(&*ports.random, place, sealed) {
                Ok(anew) => writes.push(value.write(column, anew)),
                // One value that is lost must not keep the others from being saved.
                Err(SealError::KeyLost(_) | SealError::DoesNotOpen) => {
                    let key = key_id(sealed).unwrap_or(NO_KEY).to_owned();
                    *page.unreadable.entry(key).or_default() += 1;
                }
                Err(other) => return Err(other.into()),
            }
        }
        let asked = writes.len();
        let further = walk.past(page);
        let outcomes = match ports
            .store
            .batch(store::advance(walk, &further, writes)?)
            .await
        {
            Err(error) if error.refused_by("require_changes") => return Ok(None),
            outcomes => outcomes?,
        };
        let written = outcomes
            .iter()
            .filter(|outcome| outcome.rows.first().is_some())
            .count();
        self.read += values.len();
        self.resealed += written;
        self.overtaken += asked - written;
        Ok(Some(further))
    }
}

async fn report(
    store: &dyn Store,
    sealer: &Sealer,
    walk: Walk,
    steps: Steps,
) -> Result<Report, Problem> {
    let mut left = vec![];
    for (column, after) in walk.left() {
        let counted = store.query(store::count(column, &after)).await?;
        let rows = match counted.rows.first() {
            Some(row) => row.integer("n")?,
            None => 0,
        };
        left.push(Left {
            column: column.name,
            rows: rows.min(COUNTED),
            or_more: rows > COUNTED,
        });
    }
    let may_be_dropped = if walk.older_keys_may_go() {
        sealer.older().map(str::to_owned).collect()
    } else {
        vec![]
    };
    Ok(Report {
        primary: sealer.primary().to_owned(),
        older: sealer.older().map(str::to_owned).collect(),
        read: steps.read,
        resealed: steps.resealed,
        overtaken: steps.overtaken,
        done: walk.is_done(),
        unreadable: walk.unreadable,
        left,
        may_be_dropped,
    })
}
