//! The requests that are measured, as callers of booking, of tickets and of messaging send them.

use shared::time::{HOUR, Timestamp};

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

/// A patient with what the first contact needs.
fn first_contact(patient: &training::people::Patient) -> serde_json::Value {
    serde_json::json!({
        "personal_identity": patient.identity,
        "name": patient.name,
        "phone": patient.phone,
        "sms_consent": true,
    })
}

/// Books a slot for a patient.
pub fn book_slot(token: &str, slot: &str, key: &str, patient: &training::people::Patient) -> Asked {
    let body = serde_json::json!({
        "kind": "scheduled",
        "slot": slot,
        "patient": first_contact(patient),
        "reason": "Uppföljning av provsvar från förra veckan",
        "instructions": "Ha gärna dina senaste mätvärden till hands.",
    });
    post(token, "/booking/v1/appointments".to_owned(), key, &body)
}

/// Books a time of the caller's own, without a slot: as free time, or as a video visit with so many who are invited by
/// their phones.
pub fn book_time(
    token: &str,
    starts_at: Timestamp,
    minutes: i64,
    key: &str,
    patient: &training::people::Patient,
    invited: Option<usize>,
) -> Asked {
    let participants: Vec<_> = (0..invited.unwrap_or(0))
        .map(|number| {
            serde_json::json!({
                "role": "relative", "name": "Kim Testkvist", "phone": format!("070-174 06 {}", 20 + number)
            })
        })
        .collect();
    let body = serde_json::json!({
        "kind": if invited.is_some() { "video" } else { "free-time" },
        "starts_at": starts_at.to_string(),
        "minutes": minutes,
        "patient": first_contact(patient),
        "participants": participants,
        "reason": "Samtal om egenvård",
    });
    post(token, "/booking/v1/appointments".to_owned(), key, &body)
}

/// Changes a visit: `reschedule` or `cancel`.
pub fn change_visit(
    token: &str,
    appointment: &str,
    change: &str,
    key: &str,
    body: &serde_json::Value,
) -> Asked {
    let target = format!("/booking/v1/appointments/{appointment}/{change}");
    post(token, target, key, body)
}

/// Reads a visit.
pub fn read_appointment(token: &str, appointment: &str) -> Asked {
    get(token, format!("/booking/v1/appointments/{appointment}"))
}

/// A ticket for half an hour with a role, on any day that is measured.
pub fn issue_ticket(
    token: &str,
    patient: &training::people::Patient,
    role: shared::role::Role,
    key: &str,
    days: (Timestamp, Timestamp),
) -> Asked {
    let body = serde_json::json!({
        "patient": { "personal_identity": patient.identity, "name": patient.name },
        "role": role,
        "minutes": 30,
        "first_day": days.0.date_in_stockholm(),
        "last_day": days.1.date_in_stockholm(),
        "valid_days": 84,
        "reason": "Uppföljning av provsvar från förra veckan",
    });
    post(token, "/tickets/v1/tickets".to_owned(), key, &body)
}

/// Opens a ticket by the code of its message.
pub fn open_by_code(token: &str, code: &str) -> Asked {
    let mut headers = headers(token);
    headers.push(("content-type", "application/json".to_owned()));
    Asked {
        method: "POST",
        target: "/tickets/v1/open".to_owned(),
        headers,
        body: serde_json::json!({ "code": code }).to_string(),
    }
}

/// Looks at a ticket's slots: what its patient can choose among.
pub fn open_ticket(token: &str, ticket: &str) -> Asked {
    get(token, format!("/tickets/v1/tickets/{ticket}/slots"))
}

/// Redeems a ticket for a slot.
pub fn redeem_ticket(token: &str, ticket: &str, slot: &str, key: &str) -> Asked {
    let body = serde_json::json!({ "slot": slot });
    post(
        token,
        format!("/tickets/v1/tickets/{ticket}/redeem"),
        key,
        &body,
    )
}

/// Opens a case of a week with a first message.
pub fn open_case(
    token: &str,
    patient: &training::people::Patient,
    key: &str,
    now: Timestamp,
) -> Asked {
    let body = serde_json::json!({
        "patient": { "personal_identity": patient.identity, "name": patient.name },
        "subject": "Uppföljning av blodtryck",
        "closes_at": now.plus(7 * 24 * HOUR),
        "message": "Hej! Hur har dina värden varit sedan sist?",
    });
    post(token, "/messaging/v1/cases".to_owned(), key, &body)
}

/// Writes a message of some three hundred characters.
pub fn post_message(token: &str, chat: &str, key: &str) -> Asked {
    let text = "Mina värden har legat mellan 130 och 140 på morgnarna, lite högre på kvällarna. "
        .repeat(4);
    let target = format!("/messaging/v1/chats/{chat}/messages");
    post(token, target, key, &serde_json::json!({ "text": text }))
}

/// Lists a chat's last fifty messages.
pub fn list_messages(token: &str, chat: &str) -> Asked {
    get(token, format!("/messaging/v1/chats/{chat}/messages"))
}
