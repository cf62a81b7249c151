//! Lists of patients who get a ticket each: as spreadsheets write them, checked row by row, confirmed, worked off in
//! steps, stopped and gone on with, and nobody gets two.

use std::collections::BTreeSet;

use super::text_messages::messages;
use super::*;
use crate::caller::{identity_of, new_key};

const BATCHES: &str = "/tickets/v1/batches";
/// More than one request works off, and than one run of a schedule beside it.
const LONG: u64 = 250;
/// So many tickets one step gives at most.
const STEP: u64 = 10;
/// So many steps others must have been quicker at before a request leaves the rest to them.
const QUICKER: u64 = 4;
/// More pages of tickets than a run of the suite makes.
const MOST_PAGES: usize = 10;

/// A batch as it is asked for; its reason is by what its tickets are known.
fn batch_of(csv: &str, reason: &str) -> Value {
    let day = training::keys::now().date_in_stockholm() + chrono::Days::new(30);
    json!({ "role": "nurse", "minutes": 30, "first_day": day, "last_day": day, "reason": reason, "csv": csv })
}

fn a_reason() -> String {
    format!("Lista {}", new_key())
}

/// The identities of so many people who stand together nowhere else.
fn people(wanted: u64) -> Vec<String> {
    let first = random(50_000 - wanted);
    (first..first + wanted).map(identity).collect()
}

async fn upload(world: &World, body: Value) -> Result<(String, Value), Failure> {
    let kept = world.post("anna.lind", BATCHES, body).await?;
    same(kept.status.as_u16(), 201)?;
    Ok((made(&kept)?, kept.json()))
}

async fn wish(world: &World, batch: &str, wish: &str) -> Result<Answer, Failure> {
    let path = format!("{BATCHES}/{batch}/{wish}");
    world.post("anna.lind", &path, json!({})).await
}

async fn read(world: &World, batch: &str) -> Result<Value, Failure> {
    let path = format!("{BATCHES}/{batch}");
    Ok(world.get("anna.lind", &path).await?.json())
}

/// Works off all of it, in as many requests as it has steps at most: each does one, or leaves it to who was quicker.
async fn work_off(world: &World, batch: &str) -> Verdict {
    for _ in 0..=LONG / STEP {
        if wish(world, batch, "work").await?.json()["state"] == "done" {
            return Ok(());
        }
    }
    Err(format!("not done: {}", read(world, batch).await?).into())
}

/// Runs the job that works batches off, as the schedule does every minute.
async fn run_job(world: &World) -> Verdict {
    let bearer = format!("Bearer {}", world.keys().get("JOB_KEY").unwrap_or_default());
    let headers = [("authorization", bearer.as_str())];
    let path = "/tickets/v1/jobs/batches";
    let answer = world.send("POST", path, &headers, "").await?;
    about(&answer.text, same(answer.status.as_u16(), 200))
}

/// The tickets of a reason, of those that the unit issued last.
async fn tickets_of(world: &World, reason: &str) -> Result<Vec<Value>, Failure> {
    let (mut found, mut before) = (vec![], String::new());
    for _ in 0..MOST_PAGES {
        let path = format!("/tickets/v1/tickets?limit=500{before}");
        let page = world.get("anna.lind", &path).await?.json();
        let listed = rows(&page, "tickets").into_iter();
        found.extend(listed.filter(|ticket| ticket["reason"] == reason));
        match page["next"].as_str() {
            Some(next) => before = format!("&before={next}"),
            None => break,
        }
    }
    Ok(found)
}

pub(super) async fn a_list_is_checked_row_by_row_and_nothing_is_sent_before_staff_confirms(
    world: World,
) -> Verdict {
    let [good, wrong, formula, nameless, talkative] = &people(5)[..] else {
        return Err("five people were wanted".into());
    };
    let (stem, digit) = wrong.split_at(11);
    let mistyped = format!("{stem}{}", (digit.parse::<u8>()? + 1) % 10);
    let today = training::keys::now().date_in_stockholm();
    let child = identity_of(today - chrono::Months::new(12 * 10), 0);
    let csv = format!(
        "personnummer;namn;mobil;sms;språk
{good};Test Testsson;070-174 06 05;nej;sv
;Utan Nummer;;;
{mistyped};Fel Siffra;;;
{good};Test Igen;;;
{child};För Ung;;;
{formula};=HYPERLINK(1);;;
{nameless};;031-390 06 05;kanske;fi
{talkative};Mia Kvist;ring mig;;;mer
"
    );
    let reason = a_reason();
    let (id, batch) = upload(&world, batch_of(&csv, &reason)).await?;
    let faults: Vec<Value> = [
        (3, "identity", "missing"),
        (4, "identity", "not-an-identity"),
        (5, "identity", "repeated"),
        (6, "identity", "under-age"),
        (7, "name", "formula"),
        (8, "name", "missing"),
        (8, "phone", "not-a-swedish-mobile"),
        (8, "sms", "neither-yes-nor-no"),
        (8, "language", "not-a-language"),
        (9, "row", "too-many-values"),
        (9, "phone", "not-a-phone"),
    ]
    .into_iter()
    .map(|(line, column, fault)| json!({ "line": line, "column": column, "fault": fault }))
    .collect();
    for shown in [&batch, &read(&world, &id).await?] {
        for (member, value) in [
            ("state", json!("checked")),
            ("rows", json!(8)),
            ("wanted", json!(1)),
            ("issued", json!(0)),
            ("faults", json!(faults)),
        ] {
            same((member, &shown[member]), (member, &value))?;
        }
    }
    // Staff read the same as a table.
    let bearer = format!("Bearer {}", world.token("anna.lind")?);
    let headers = [("authorization", bearer.as_str()), ("accept", "text/html")];
    let page = format!("/tickets/batches/{id}");
    let page = world.send("GET", &page, &headers, "").await?;
    same(
        page.text.matches("<th scope=\"row\">").count(),
        faults.len(),
    )?;

    // Neither who works it off, nor the schedule, nor another unit sends what is not confirmed.
    same(
        &wish(&world, &id, "work").await?.json()["state"],
        &json!("checked"),
    )?;
    run_job(&world).await?;
    for path in ["confirm", "work", "discard"] {
        let path = format!("{BATCHES}/{id}/{path}");
        refused(
            &world.post("eva.dahl", &path, json!({})).await?,
            "404 not-found",
        )?;
    }
    same(tickets_of(&world, &reason).await?, vec![])?;
    same(
        &wish(&world, &id, "discard").await?.json()["state"],
        &json!("discarded"),
    )?;
    refused(&wish(&world, &id, "confirm").await?, "409 batch-state")
}

pub(super) async fn a_list_is_worked_off_in_steps_stopped_and_gone_on_with_and_nobody_gets_two(
    world: World,
) -> Verdict {
    let (people, reason) = (people(LONG), a_reason());
    let mut csv = "personnummer;namn;mobil;sms\n".to_owned();
    for (number, person) in people.iter().enumerate() {
        // A few have a phone; what the others would have been told is withheld.
        let wants = if number % 50 == 0 { "ja" } else { "nej" };
        csv += &format!("{person};Test Testsson;070-174 06 05;{wants}\n");
    }
    let (id, batch) = upload(&world, batch_of(&csv, &reason)).await?;
    same(
        (&batch["wanted"], &batch["faults"]),
        (&json!(LONG), &json!([])),
    )?;
    let confirm = format!("{BATCHES}/{id}/confirm");
    let key = new_key();
    let confirmed = world
        .post_under(&key, "anna.lind", &confirm, "{}")
        .await?
        .json();
    same(&confirmed["state"], &json!("working"))?;

    // One request does a part of it (all that one request may, as the tickets' own tests hold; unless a run of the job that
    // another case started was quicker at so many steps that the rest is left to it), and a stop holds.
    let part = wish(&world, &id, "work").await?.json();
    same(&part["state"], &json!("working"))?;
    sure(part["issued"].as_u64() >= Some(QUICKER * STEP), &part)?;
    same(
        &wish(&world, &id, "stop").await?.json()["state"],
        &json!("stopped"),
    )?;
    let stopped = read(&world, &id).await?;
    sure(stopped["issued"].as_u64() < Some(LONG), &stopped)?;
    wish(&world, &id, "work").await?;
    run_job(&world).await?;
    // The first confirmation, sent again, is answered as it was, and does not begin anew.
    let repeated = world.post_under(&key, "anna.lind", &confirm, "{}").await?;
    same(repeated.json(), confirmed)?;
    same(read(&world, &id).await?, stopped)?;

    // Several go on with it at once.
    made(&wish(&world, &id, "confirm").await?)?;
    let going_on = (0..3).map(|_| wish(&world, &id, "work"));
    let (answers, job) = tokio::join!(
        futures_util::future::try_join_all(going_on),
        run_job(&world)
    );
    job?;
    for answer in answers? {
        same(answer.status.as_u16(), 200)?;
    }
    work_off(&world, &id).await?;
    same(&read(&world, &id).await?["issued"], &json!(LONG))?;

    let tickets = tickets_of(&world, &reason).await?;
    let holders: BTreeSet<String> = tickets
        .iter()
        .map(|ticket| text(&ticket["patient"]["personal_identity"]))
        .collect();
    same(
        (tickets.len(), holders),
        (people.len(), people.into_iter().collect()),
    )?;
    for ticket in &tickets {
        let told = messages(&world, &ticket["patient"]).await?.into_iter();
        let told: Vec<Value> = told.filter(|one| one["ticket"] == ticket["id"]).collect();
        about(&ticket["id"], same(told.len(), 1))?;
        same(&told[0]["template"], &json!("ticket"))?;
    }
    refused(&wish(&world, &id, "confirm").await?, "409 batch-state")
}

/// Uploads a list as the form of a browser does, and gives the batch's id.
async fn upload_by_form(world: &World, csv: &[u8], reason: &str) -> Result<String, Failure> {
    let (key, body) = (new_key(), batch_of("", reason));
    let (first, last) = (text(&body["first_day"]), text(&body["last_day"]));
    let mut form = vec![];
    for (name, value) in [
        ("key", key.as_bytes()),
        ("role", b"nurse"),
        ("minutes", b"30"),
        ("first_day", first.as_bytes()),
        ("last_day", last.as_bytes()),
        ("valid_days", b"7"),
        ("reason", reason.as_bytes()),
        ("instructions", b""),
        ("csv\"; filename=\"lista.csv", csv),
    ] {
        let head = format!("--grans\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n");
        form.extend([head.as_bytes(), value, b"\r\n"].concat());
    }
    form.extend(b"--grans--\r\n");
    let bearer = format!("Bearer {}", world.token("anna.lind")?);
    let headers = [
        ("authorization", bearer.as_str()),
        ("accept", "text/html"),
        ("content-type", "multipart/form-data; boundary=grans"),
    ];
    let path = "/tickets/batches/new";
    let answer = world.send("POST", path, &headers, form).await?;
    let place = answer.header("location").strip_prefix("/tickets/batches/");
    place
        .map(str::to_owned)
        .ok_or_else(|| format!("{}: {}", answer.status, answer.text).into())
}

pub(super) async fn a_list_reads_the_same_however_a_spreadsheet_wrote_it(world: World) -> Verdict {
    let latin_1 = |text: String| text.chars().map(|sign| sign as u8).collect::<Vec<u8>>();
    let mark = '\u{feff}';
    type Written = fn(&str) -> String;
    let ways: [(&str, Written); 3] = [
        ("semicolons", |who| {
            format!("personnummer;namn\n{who};Åsa Öberg\n")
        }),
        ("commas and quotes", |who| {
            format!("Namn,Ort,Personnummer\n\"Alm, \"\"Asta\"\"\",\"Umeå,\nmitt i\",{who}\n")
        }),
        ("tabs and the lines of old", |who| {
            format!("personnummer\tnamn\r{who}\t\"Bo Ek\"\r")
        }),
    ];
    for ((way, written), name) in ways
        .into_iter()
        .zip(["Åsa Öberg", "Alm, \"Asta\"", "Bo Ek"])
    {
        // What is known of a patient stands over what a list says: these are strangers.
        for encoding in ["latin-1", "utf-8 with its mark"] {
            let who = text(&a_stranger(&world).await?["personal_identity"]);
            let (csv, reason) = (written(&who), a_reason());
            let id = match encoding {
                "latin-1" => upload_by_form(&world, &latin_1(csv), &reason).await?,
                _ => {
                    let body = batch_of(&format!("{mark}{csv}"), &reason);
                    upload(&world, body).await?.0
                }
            };
            made(&wish(&world, &id, "confirm").await?)?;
            work_off(&world, &id).await?;
            let tickets = tickets_of(&world, &reason).await?;
            let holders: Vec<_> = tickets
                .iter()
                .map(|ticket| {
                    let patient = &ticket["patient"];
                    (text(&patient["personal_identity"]), text(&patient["name"]))
                })
                .collect();
            about(
                format!("{way}, {encoding}"),
                same(holders, vec![(who, name.to_owned())]),
            )?;
        }
    }
    Ok(())
}

pub(super) async fn a_file_that_is_no_list_or_too_long_is_refused(world: World) -> Verdict {
    let list_of = |wanted: u64| {
        let mut csv = "personnummer;namn\n".to_owned();
        for number in 0..wanted {
            csv += &format!("{};Test Testsson\n", identity(number));
        }
        csv
    };
    for (csv, outcome) in [
        (String::new(), "422 list-empty"),
        ("personnummer;namn\n;\n".to_owned(), "422 list-empty"),
        ("PK\u{3}\u{4}\0".to_owned(), "422 list-not-text"),
        ("a;b\n1;2\n".to_owned(), "422 list-without-columns"),
        (
            "personnummer;namn\n1;\"x\n".to_owned(),
            "422 list-open-quote",
        ),
        (list_of(5_001), "422 list-too-long"),
        (
            "personnummer;namn\n".to_owned() + &"x;y\n".repeat(100_000),
            "422 list-too-long",
        ),
        ("x".repeat(2 * 1024 * 1024), "413 too-large"),
    ] {
        let body = batch_of(&csv, "Ingen lista");
        let answer = world.post("anna.lind", BATCHES, body).await?;
        about(csv.len(), refused(&answer, outcome))?;
    }
    // The longest list is taken whole.
    let (id, batch) = upload(&world, batch_of(&list_of(5_000), &a_reason())).await?;
    same(
        (&batch["rows"], &batch["wanted"]),
        (&json!(5_000), &json!(5_000)),
    )?;
    made(&wish(&world, &id, "discard").await?)?;
    // One in which nobody can get a ticket is kept for its faults, and can't be sent.
    let (id, _) = upload(&world, batch_of("personnummer;namn\nx;y\n", &a_reason())).await?;
    refused(
        &wish(&world, &id, "confirm").await?,
        "409 batch-nothing-to-send",
    )
}

pub(super) async fn a_ticket_of_a_list_is_redeemed_as_any_other(world: World) -> Verdict {
    let laid = an_hour_of_slots(&world).await?;
    let reason = a_reason();
    let body = json!({
        "practitioner": NURSE, "minutes": 20, "first_day": laid.day, "last_day": laid.day, "reason": reason,
        "csv": "personnummer;namn\n196103072390;Alex Blom\n"
    });
    let (id, _) = upload(&world, body).await?;
    let checked = read(&world, &id).await?;
    sure(checked["free_slots"].as_u64() >= Some(3), &checked)?;
    made(&wish(&world, &id, "confirm").await?)?;
    work_off(&world, &id).await?;

    let own = world.get("alex.blom", "/tickets/v1/tickets").await?.json();
    let ticket = rows(&own, "tickets")
        .into_iter()
        .find(|ticket| ticket["reason"] == reason)
        .map(|ticket| format!("/tickets/v1/tickets/{}", text(&ticket["id"])))
        .ok_or("the patient does not see the ticket")?;
    let offered = world.get("alex.blom", &format!("{ticket}/slots")).await?;
    let offered = ids(&rows(&offered.json(), "slots"));
    sure(
        laid.slots.iter().all(|slot| offered.contains(slot)),
        &offered,
    )?;
    let redeem = format!("{ticket}/redeem");
    for (slot, outcome) in [
        (&laid.slots[0], "201"),
        (&laid.slots[1], "409 ticket-redeemed"),
    ] {
        let answer = world
            .post("alex.blom", &redeem, json!({ "slot": slot }))
            .await?;
        about(&answer.text, same(answer.outcome(), outcome.to_owned()))?;
    }
    same(laid.free(&world).await?, laid.slots[1..].to_vec())
}
