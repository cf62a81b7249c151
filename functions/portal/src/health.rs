//! `/healthz`: asks every function how it is and names them all. Answers 503 while one doesn't answer.

use http::StatusCode;
use serde_json::{Map, Value, json};
use shared::json::Json;
use shared::platform::Ports;
use shared::walls::Anyone;

/// Every function beside the front door itself.
pub const FUNCTIONS: [&str; 8] = [
    "booking",
    "identity",
    "messaging",
    "tickets",
    "sms",
    "workspace",
    "administration",
    "attachments",
];

/// The function that only platforms with rooms have: a room answers for it.
const ROOMS: &str = "live";

/// The health of the whole system, function by function.
pub async fn healthz(_: Anyone, ports: Ports) -> (StatusCode, Json<Value>) {
    let mut functions = Map::new();
    functions.insert("portal".into(), json!("ok"));
    let mut all_well = true;
    let rooms = ports.rooms.are_here().then_some(ROOMS);
    for function in FUNCTIONS.into_iter().chain(rooms) {
        let well = is_well(&ports, function).await;
        all_well &= well;
        functions.insert(function.into(), json!(if well { "ok" } else { "down" }));
    }
    let status = if all_well {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    let word = if all_well { "ok" } else { "degraded" };
    (
        status,
        Json(json!({ "status": word, "functions": functions })),
    )
}

async fn is_well(ports: &Ports, function: &str) -> bool {
    let request =
        http::Request::get(format!("http://{function}.spin.internal/healthz")).body(vec![]);
    let Ok(request) = request else { return false };
    ports
        .http
        .send(request)
        .await
        .is_ok_and(|answer| answer.status().is_success())
}
