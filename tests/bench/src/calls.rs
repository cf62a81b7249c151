//! The requests that are measured, as booking's callers send them.

use shared::time::Timestamp;

use crate::client::Asked;
use crate::load::end_of_week;

fn headers(token: &str) -> Vec<(&'static str, String)> {
    vec![("authorization", format!("Bearer {token}"))]
}

/// A POST with a JSON body, under an idempotency key of its own.
pub fn post(token: &str, target: String, key: &str, body: &serde_json::Value) -> Asked {
    let mut headers = headers(token);
    headers.push(("content-type", "application/json".to_owned()));
    headers.push(("idempotency-key", key.to_owned()));
    Asked {
        method: "POST",
        target,
        headers,
        body: body.to_string(),
    }
}

fn get(token: &str, target: String) -> Asked {
    Asked {
        method: "GET",
        target,
        headers: headers(token),
        body: String::new(),
    }
}

/// Lists the free slots of the unit's week.
pub fn list_free_slots(token: &str, monday: Timestamp) -> Asked {
    let until = end_of_week(monday);
    get(
        token,
        format!("/booking/v1/slots?from={monday}&to={until}&limit=500"),
    )
}

/// Books a slot for a patient, with what the first contact needs.
pub fn book_slot(token: &str, slot: &str, key: &str, patient: &training::people::Patient) -> Asked {
    let body = serde_json::json!({
        "kind": "scheduled",
        "slot": slot,
        "patient": {
            "personal_identity": patient.identity,
            "name": patient.name,
            "phone": patient.phone,
            "sms_consent": true,
        },
        "reason": "Uppföljning av provsvar från förra veckan",
        "instructions": "Ha gärna dina senaste mätvärden till hands.",
    });
    post(token, "/booking/v1/appointments".to_owned(), key, &body)
}

/// Reads a visit.
pub fn read_appointment(token: &str, appointment: &str) -> Asked {
    get(token, format!("/booking/v1/appointments/{appointment}"))
}
