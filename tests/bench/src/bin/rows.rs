//! `rows`: counts by the engine's own counters what booking, tickets and messaging read and write, with a thousand and
//! with a million slots stored, a quarter as many chats with a message each, and as many notifications as chats and a
//! thousand more. Prints a line each, and fails where a count is over its limit or grows with the store.

use bench::Failure;
use bench::calls::{
    book_slot, book_time, change_visit, issue_ticket, list_free_slots, list_messages, open_by_code,
    open_case, open_ticket, post_message, read_appointment, redeem_ticket,
};
use bench::client::{Asked, Connection, Costs};
use bench::load::{
    CODE, WEEK_SLOTS, end_of_week, holder, monday, other_chats, other_notifications, other_weeks,
    reference, ticket_with_code, unit, week, week_slot,
};
use bench::workerd::{Workerd, keys_file};
use http::StatusCode;
use serde_json::{Value, json};
use shared::role::Role;
use shared::time::{HOUR, MINUTE};
use training::keys::{self, Keys};
use training::people::PATIENTS;

const SIZES: [u64; 2] = [1_000, 1_000_000];

/// How many are invited to the video visit.
const INVITED: usize = 2;

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
        ticket_with_code(keys, monday)?,
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
    let [newcomer, patient, greta, bo, ..] = &PATIENTS;
    let at = |day: i64, minutes: i64| monday.plus(day * 24 * HOUR + minutes * MINUTE);
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
    // Over a free slot of the caller's own, on Thursday.
    let free_time = book_time(&token, at(3, 8 * 60), 30, "rows-free-time", patient, None);
    send("book-free-time", free_time, StatusCode::CREATED).await?;
    let video = book_time(
        &token,
        at(3, 15 * 60),
        30,
        "rows-video",
        patient,
        Some(INVITED),
    );
    send("book-video", video, StatusCode::CREATED).await?;
    let id = visit["id"].as_str().ok_or("a visit without an id")?;
    send(
        "read-appointment",
        read_appointment(&token, id),
        StatusCode::OK,
    )
    .await?;
    let reason = json!({ "reason": "Läkaren är sjuk" });
    let cancel = change_visit(&token, id, "cancel", "rows-cancel", &reason);
    send("cancel", cancel, StatusCode::OK).await?;
    // Between others of the practitioner's, on a morning that is full and in an hour of the shortest visits.
    for (slot, of) in [(20, greta), (70, bo), (95, newcomer)] {
        let key = format!("rows-neighbour-{slot}");
        let asked = book_slot(&token, &week_slot(slot), &key, of);
        send("", asked, StatusCode::CREATED).await?;
    }
    let between = book_slot(&token, &week_slot(45), "rows-between", patient);
    let between = send("book-slot-between-others", between, StatusCode::CREATED).await?;
    for minutes in [0, 10, 20, 30, 40, 60, 70, 80, 90, 120, 180, 240] {
        let key = format!("rows-short-{minutes}");
        let asked = book_time(&token, at(4, 11 * 60 + minutes), 10, &key, greta, None);
        send("", asked, StatusCode::CREATED).await?;
    }
    let short = book_time(
        &token,
        at(4, 11 * 60 + 50),
        10,
        "rows-between-short",
        patient,
        None,
    );
    let short = send("book-free-time-between-others", short, StatusCode::CREATED).await?;
    for (name, moved, to) in [
        ("reschedule", &between, json!({ "slot": week_slot(90) })),
        (
            "reschedule-free-time",
            &short,
            json!({ "starts_at": at(4, 11 * 60 + 100).to_string() }),
        ),
    ] {
        let id = moved["id"].as_str().ok_or("a visit without an id")?;
        let asked = change_visit(&token, id, "reschedule", &format!("rows-{name}"), &to);
        send(name, asked, StatusCode::OK).await?;
        let asked = change_visit(
            &token,
            id,
            "cancel",
            &format!("rows-{name}-cancel"),
            &reason,
        );
        send("cancel-between-others", asked, StatusCode::OK).await?;
    }
    // At the end of that full day.
    let last = book_time(&token, at(4, 16 * 60), 30, "rows-last", patient, None);
    let last = send("", last, StatusCode::CREATED).await?;
    let last = last["id"].as_str().ok_or("a visit without an id")?;
    let cancel = change_visit(&token, last, "cancel", "rows-cancel-last", &reason);
    send("cancel-after-a-full-day", cancel, StatusCode::OK).await?;
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
    let of_holder = keys.session(holder().key, keys::now())?;
    send(
        "open-by-code",
        open_by_code(&of_holder, CODE),
        StatusCode::OK,
    )
    .await?;
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

/// How many rows a call that gives no list reads and writes at most.
fn most_without_list(name: &str) -> (u64, u64) {
    match name {
        // Each who is invited is a row, a link and a message.
        "book-video" => (15 + 2 * INVITED as u64, 20 + 8 * INVITED as u64),
        // Each of the five visits that began within the hour before is looked at.
        "book-free-time-between-others" => (15 + 5, 20),
        // Two times are asked about: what is given back, and what is taken.
        "reschedule" => (15 + 5, 20),
        "reschedule-free-time" => (15 + 5 + 5, 20),
        _ => (15, 20),
    }
}

/// What is over its limit, or differs between the sizes.
fn faults(measured: &[Vec<Counted>]) -> Vec<String> {
    let mut faults = vec![];
    for (size, counted) in SIZES.iter().zip(measured) {
        for one in counted {
            let Costs { read, written, .. } = one.costs;
            let (most_read, most_written) = match one.returned {
                Some(returned) => (2 * returned + 10, u64::MAX),
                None => most_without_list(one.name),
            };
            if read > most_read {
                faults.push(format!(
                    "{} with {size} slots reads {read} rows; {most_read} at most",
                    one.name
                ));
            }
            if written > most_written {
                faults.push(format!(
                    "{} with {size} slots writes {written} rows; {most_written} at most",
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
