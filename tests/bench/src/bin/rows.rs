//! `rows`: counts by the engine's own counters what booking, tickets and messaging read and write, with a thousand and
//! with a million slots stored, a quarter as many chats with a message each, and as many notifications as chats and a
//! thousand more. Prints a line each, and fails where a count is over its limit or grows with the store.

use bench::Failure;
use bench::calls::{
    book_slot, issue_ticket, list_free_slots, list_messages, open_case, open_ticket, post,
    post_message, read_appointment, redeem_ticket,
};
use bench::client::{Asked, Connection, Costs};
use bench::load::{
    WEEK_SLOTS, end_of_week, monday, other_chats, other_notifications, other_weeks, reference,
    unit, week, week_slot,
};
use bench::workerd::{Workerd, keys_file};
use http::StatusCode;
use serde_json::{Value, json};
use shared::role::Role;
use shared::time::{HOUR, Timestamp};
use training::keys::{self, Keys};
use training::people::PATIENTS;

const SIZES: [u64; 2] = [1_000, 1_000_000];

/// What one call cost, and how many rows it gave where it gave a list.
struct Counted {
    name: &'static str,
    costs: Costs,
    returned: Option<u64>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    let keys = Keys::read(&keys_file())?;
    let mut measured = vec![];
    for slots in SIZES {
        let counted = count(&keys, slots).await?;
        for one in &counted {
            let Costs { read, written, .. } = one.costs;
            let returned = one
                .returned
                .map_or(String::new(), |returned| format!(" returned={returned}"));
            println!(
                "rows {} slots={slots} read={read} written={written}{returned}",
                one.name
            );
        }
        measured.push(counted);
    }
    let faults = faults(&measured);
    if faults.is_empty() {
        Ok(())
    } else {
        Err(faults.join("\n").into())
    }
}

async fn count(keys: &Keys, slots: u64) -> Result<Vec<Counted>, Failure> {
    let now = keys::now();
    let monday = monday(now);
    let load = [
        reference(keys)?,
        week(monday),
        other_weeks(monday, slots - WEEK_SLOTS),
        other_chats(monday, slots / 4),
        other_notifications(monday, 1_000 + slots / 4),
    ]
    .concat();
    let workerd = Workerd::start(&load, false).await?;
    let mut booking = Connection::open(&workerd.booking).await?;
    let mut tickets = Connection::open(&workerd.tickets).await?;
    let mut messaging = Connection::open(&workerd.messaging).await?;
    let token = keys.session("anna.lind", keys::now())?;
    let [newcomer, patient, ..] = &PATIENTS;
    let before = book_slot(&token, &week_slot(0), "rows-first-contact", patient);
    booking.send(before).await?.expect(StatusCode::CREATED)?;
    let mut counted = vec![];
    let mut send = async |name, asked: Asked, status| -> Result<Value, Failure> {
        let function = match asked.target.split('/').nth(1) {
            Some("tickets") => &mut tickets,
            Some("messaging") => &mut messaging,
            _ => &mut booking,
        };
        let answer = function.send(asked).await?.expect(status)?;
        let body = answer.json()?;
        let list = body["slots"].as_array().or(body["messages"].as_array());
        let returned = list.map(|list| list.len() as u64);
        counted.push(Counted {
            name,
            costs: answer.costs()?,
            returned,
        });
        Ok(body)
    };
    send(
        "list-free-slots",
        list_free_slots(&token, monday),
        StatusCode::OK,
    )
    .await?;
    let first = book_slot(&token, &week_slot(35), "rows-new-patient", newcomer);
    send("book-slot-new-patient", first, StatusCode::CREATED).await?;
    // Right after the newcomer's visit with the same practitioner, whose hour is thus not empty.
    let next = book_slot(&token, &week_slot(60), "rows-known-patient", patient);
    let visit = send("book-slot", next, StatusCode::CREATED).await?;
    let of_role = book_slot(&token, &week_slot(104), "rows-role-slot", patient);
    send("book-slot-of-role", of_role, StatusCode::CREATED).await?;
    let free_time = free_time(&token, patient.identity, monday);
    send("book-free-time", free_time, StatusCode::CREATED).await?;
    let id = visit["id"].as_str().ok_or("a visit without an id")?;
    send(
        "read-appointment",
        read_appointment(&token, id),
        StatusCode::OK,
    )
    .await?;
    let target = format!("/booking/v1/appointments/{id}/cancel");
    let reason = json!({ "reason": "Läkaren är sjuk" });
    send(
        "cancel",
        post(&token, target, "rows-cancel", &reason),
        StatusCode::OK,
    )
    .await?;
    // The patient's own ticket for the week, once for any nurse's slot and once for a nurse's own.
    let of_patient = keys.session(patient.key, keys::now())?;
    let days = (monday, end_of_week(monday));
    for (name, slot) in [("redeem-ticket-of-role", 111), ("redeem-ticket", 65)] {
        let asked = issue_ticket(
            &token,
            patient,
            Role::Nurse,
            &format!("rows-for-{name}"),
            days,
        );
        let ticket = send("issue-ticket", asked, StatusCode::CREATED).await?;
        let ticket = ticket["id"].as_str().ok_or("a ticket without an id")?;
        send(
            "open-ticket",
            open_ticket(&of_patient, ticket),
            StatusCode::OK,
        )
        .await?;
        let asked = redeem_ticket(
            &of_patient,
            ticket,
            &week_slot(slot),
            &format!("rows-{name}"),
        );
        send(name, asked, StatusCode::CREATED).await?;
    }
    let asked = open_case(&token, patient, "rows-open-case", now);
    let chat = send("open-case", asked, StatusCode::CREATED).await?;
    let chat = chat["id"].as_str().ok_or("a chat without an id")?;
    for number in 0..60 {
        let (name, writer) = match number {
            ..58 => ("", &of_patient),
            58 => ("post-message-of-patient", &of_patient),
            _ => ("post-message", &token),
        };
        let key = format!("rows-message-{number}");
        let asked = post_message(writer, chat, &key);
        send(name, asked, StatusCode::CREATED).await?;
    }
    for (name, reader) in [
        ("list-messages-delivering", &token),
        ("list-messages", &token),
        ("list-messages-of-patient", &of_patient),
    ] {
        send(name, list_messages(reader, chat), StatusCode::OK).await?;
    }
    counted.retain(|one| !one.name.is_empty());
    workerd.stop().await?;
    Ok(counted)
}

/// Over a free slot of the caller's own, on the measured week's Thursday.
fn free_time(token: &str, identity: &str, monday: Timestamp) -> Asked {
    let body = json!({
        "kind": "free-time",
        "starts_at": monday.plus((3 * 24 + 8) * HOUR).to_string(),
        "minutes": 30,
        "patient": { "personal_identity": identity },
        "reason": "Samtal om egenvård",
    });
    post(
        token,
        "/booking/v1/appointments".to_owned(),
        "rows-free-time",
        &body,
    )
}

/// What is over its limit, or differs between the sizes.
fn faults(measured: &[Vec<Counted>]) -> Vec<String> {
    let mut faults = vec![];
    for (size, counted) in SIZES.iter().zip(measured) {
        for one in counted {
            let Costs { read, written, .. } = one.costs;
            let most_read = match one.returned {
                Some(returned) => 2 * returned + 10,
                None if one.name.starts_with("book-slot") => 15,
                None if one.name.starts_with("redeem-ticket") => 15,
                None if one.name.starts_with("post-message") => 15,
                None => continue,
            };
            if read > most_read {
                faults.push(format!(
                    "{} with {size} slots reads {read} rows; {most_read} at most",
                    one.name
                ));
            }
            if one.returned.is_none() && written > 20 {
                faults.push(format!(
                    "{} with {size} slots writes {written} rows; 20 at most",
                    one.name
                ));
            }
        }
    }
    if let [few, many] = measured {
        for (few, many) in few.iter().zip(many) {
            if few.costs != many.costs || few.returned != many.returned {
                faults.push(format!(
                    "{} of {} costs differently with few and with many slots",
                    few.name,
                    unit().name
                ));
            }
        }
    }
    faults
}
