//! Audit lines: what happened around sign-in that those who watch the system must see, without saying to
//! whom. Structured like the request's own line, and told apart from it by `audit`.

use serde_json::json;

use crate::json;
use crate::platform::Ports;

/// Writes one line: what happened (`sign-in-refused`) and why (`nonce-mismatch`), both fixed words of ours,
/// so that nothing of a person's can slip in.
pub fn line(ports: &Ports, event: &'static str, why: &'static str) {
    let line = json!({
        "at": ports.clock.now().to_string(),
        "audit": event,
        "why": why,
    });
    json::log(&line);
}
