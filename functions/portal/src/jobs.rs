//! The front door's scheduled jobs. Each is bounded, may run twice at once, and catches up after an outage.

use serde_json::{Map, Value, json};
use shared::job::Job;
use shared::json::Json;
use shared::platform::Ports;
use shared::problem::Problem;

use crate::access_log::keeping::link_waiting;
use crate::access_log::store;

/// Adds the links that entries of the access log wait for, and a signed checkpoint for each batch. Says how
/// many entries of each care provider were linked, and whether some still wait.
pub async fn chain_access_log(_: Job, ports: Ports) -> Result<Json<Value>, Problem> {
    // Each care provider's own log: where each has a store of its own, this job runs in each.
    let known = ports.store.query(store::care_providers()).await?;
    let mut done = Map::new();
    for row in known.rows.iter() {
        let care_provider = row.text("id")?;
        let linked = link_waiting(&ports, &*ports.store, care_provider).await?;
        done.insert(care_provider.to_owned(), json!(linked));
    }
    Ok(Json(json!({ "linked": done })))
}
