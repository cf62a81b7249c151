//! Asynchronous cases and their chats: both sides write, staff extend, close, reopen and hand over, and what happens
//! comes as events, on both platforms.

use std::time::Duration;

use training::keys::now;

use super::*;
use crate::caller::EventStream;

const CASES_PATH: &str = "/messaging/v1/cases";
const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;
/// How long an event may be on its way: where a stream polls, it looks once a second.
const PATIENCE: Duration = Duration::from_secs(10);

/// A case of a patient who can sign in, for a week, open from now on.
fn a_week() -> Value {
    json!({
        "patient": { "personal_identity": "196103072390", "name": "Alex Blom" },
        "subject": "Blodtryck", "closes_at": in_time(7 * DAY)
    })
}

fn in_time(millis: i64) -> String {
    now().plus(millis).to_string()
}

async fn opened(world: &World) -> Result<String, Failure> {
    made(&world.post("anna.lind", CASES_PATH, a_week()).await?)
}

/// Something of a chat or a case.
fn of(kind: &str, id: &str, what: &str) -> String {
    format!("/messaging/v1/{kind}/{id}/{what}")
}

async fn write(world: &World, person: &str, case: &str, said: &str) -> Result<Answer, Failure> {
    let path = of("chats", case, "messages");
    world.post(person, &path, json!({ "text": said })).await
}

async fn state(world: &World, person: &str, case: &str) -> Result<String, Failure> {
    let read = world.get(person, &format!("{CASES_PATH}/{case}")).await?;
    Ok(text(&read.json()["state"]))
}

/// Whether an answer has this status.
fn status(answer: &Answer, expected: u16) -> Verdict {
    about(&answer.text, same(answer.status.as_u16(), expected))
}

/// What people wrote, in the order of its numbers, which have no gaps.
async fn thread(world: &World, person: &str, case: &str) -> Result<Vec<String>, Failure> {
    let page = world.get(person, &of("chats", case, "messages")).await?;
    let messages = rows(&page.json(), "messages");
    for (place, message) in messages.iter().enumerate() {
        same(&message["number"], &json!(place + 1))?;
    }
    let said = messages
        .iter()
        .filter(|message| message["from"] != "system");
    Ok(said.map(|message| text(&message["text"])).collect())
}

pub(super) async fn both_sides_write_and_see_one_thread_and_whose_turn_it_is(
    world: World,
) -> Verdict {
    let case = opened(&world).await?;
    same(state(&world, "alex.blom", &case).await?.as_str(), "open")?;
    for (person, said, turn) in [
        ("anna.lind", "Hur mår du?", "awaiting-patient"),
        ("alex.blom", "<b>Bra</b> 👍", "awaiting-staff"),
        ("anna.lind", "Fint.", "awaiting-patient"),
    ] {
        status(&write(&world, person, &case, said).await?, 201)?;
        same(state(&world, "alex.blom", &case).await?.as_str(), turn)?;
    }
    for person in ["anna.lind", "alex.blom"] {
        let seen = thread(&world, person, &case).await?;
        same(
            seen,
            ["Hur mår du?", "<b>Bra</b> 👍", "Fint."]
                .map(str::to_owned)
                .to_vec(),
        )?;
    }
    let path = of("chats", &case, "messages");
    let tag = world
        .get("anna.lind", &path)
        .await?
        .header("etag")
        .to_owned();
    let bearer = format!("Bearer {}", world.token("anna.lind")?);
    let known = [
        ("authorization", bearer.as_str()),
        ("if-none-match", tag.as_str()),
    ];
    status(&world.send("GET", &path, &known, "").await?, 304)?;
    for stranger in ["eva.dahl", "bo.fors"] {
        refused(&world.get(stranger, &path).await?, "404 not-found")?;
        refused(
            &write(&world, stranger, &case, "Hej").await?,
            "404 not-found",
        )?;
    }
    Ok(())
}

pub(super) async fn a_message_is_taken_back_and_a_tombstone_stays(world: World) -> Verdict {
    let case = opened(&world).await?;
    let number = write(&world, "anna.lind", &case, "Fel").await?.json()["number"].clone();
    let path = of("chats", &case, &format!("messages/{number}/withdraw"));
    refused(
        &world.post("alex.blom", &path, json!({})).await?,
        "409 not-withdrawable",
    )?;
    status(&world.post("anna.lind", &path, json!({})).await?, 200)?;
    refused(
        &world.post("anna.lind", &path, json!({})).await?,
        "409 not-withdrawable",
    )?;
    let page = world
        .get("alex.blom", &of("chats", &case, "messages"))
        .await?;
    let messages = rows(&page.json(), "messages");
    let tombstone = messages.last().cloned().unwrap_or_default();
    sure(
        tombstone["withdrawn_at"].is_string() && tombstone.get("text").is_none(),
        &tombstone,
    )
}

pub(super) async fn a_case_is_extended_shortened_closed_and_opened_again(world: World) -> Verdict {
    let case = opened(&world).await?;
    for (how, millis, is_fit) in [
        ("extend", 6 * DAY, false),
        ("extend", 8 * DAY, true),
        ("extend", 92 * DAY, false),
        ("shorten", HOUR / 2, false),
        ("shorten", 2 * DAY, true),
    ] {
        let body = json!({ "closes_at": in_time(millis) });
        let moved = world
            .post("anna.lind", &of("cases", &case, how), body)
            .await?;
        about(
            format!("{how} {millis}"),
            if is_fit {
                status(&moved, 200)
            } else {
                refused_at(&moved, "closes_at")
            },
        )?;
    }
    let close = of("cases", &case, "close");
    refused(
        &world
            .post("alex.blom", &close, json!({ "reason": "Klart" }))
            .await?,
        "403 not-allowed",
    )?;
    let closed = world
        .post("anna.lind", &close, json!({ "reason": "Klart" }))
        .await?;
    same(&closed.json()["state"], &json!("closed"))?;
    for person in ["anna.lind", "alex.blom"] {
        refused(
            &write(&world, person, &case, "Hej").await?,
            "409 case-closed",
        )?;
    }
    let body = json!({ "closes_at": in_time(3 * DAY) });
    let reopened = world
        .post("anna.lind", &of("cases", &case, "reopen"), body)
        .await?;
    same(&reopened.json()["state"], &json!("open"))?;
    same(
        write(&world, "alex.blom", &case, "Hej igen")
            .await?
            .status
            .as_u16(),
        201,
    )
}

pub(super) async fn a_case_with_a_question_is_closed_by_an_answer_alone(world: World) -> Verdict {
    let case = opened(&world).await?;
    write(&world, "alex.blom", &case, "Vad gör jag?").await?;
    let close = of("cases", &case, "close");
    let silent = json!({ "reason": "Klart" });
    refused(
        &world.post("anna.lind", &close, silent).await?,
        "409 unanswered",
    )?;
    let answering = json!({ "reason": "Klart", "message": "Vila." });
    status(&world.post("anna.lind", &close, answering).await?, 200)?;
    let seen = thread(&world, "alex.blom", &case).await?;
    same(seen, ["Vad gör jag?", "Vila."].map(str::to_owned).to_vec())?;
    let read = world
        .get("alex.blom", &format!("{CASES_PATH}/{case}"))
        .await?;
    same(read.json().get("closing_reason"), None)
}

pub(super) async fn a_case_is_not_written_in_before_its_time_or_out_of_turn(
    world: World,
) -> Verdict {
    let planned = with(a_week(), "opens_at", json!(in_time(DAY)));
    let planned = made(&world.post("anna.lind", CASES_PATH, planned).await?)?;
    let begins = with(a_week(), "first_writer", json!("staff"));
    let begins = made(&world.post("anna.lind", CASES_PATH, begins).await?)?;
    let silent = with(a_week(), "patient_may_reply", json!(false));
    let silent = made(&world.post("anna.lind", CASES_PATH, silent).await?)?;
    for (case, expected) in [
        (&planned, "409 case-not-open"),
        (&begins, "409 other-side-begins"),
        (&silent, "409 read-only"),
    ] {
        refused(&write(&world, "alex.blom", case, "Hej").await?, expected)?;
    }
    let long = "å".repeat(4_001);
    for said in [
        "",
        " \u{2003}\n",
        "\u{7}",
        "\u{202e}baklänges",
        long.as_str(),
    ] {
        refused_at(&write(&world, "anna.lind", &begins, said).await?, "text")?;
    }
    same(thread(&world, "anna.lind", &begins).await?.len(), 0)
}

pub(super) async fn a_matter_is_handed_over_with_a_note_and_accepted(world: World) -> Verdict {
    let case = opened(&world).await?;
    let offer = json!({ "practitioner": "SE165565594230-P003", "note": "Tar du den?" });
    let hand_over = of("chats", &case, "hand-over");
    let offered = world.post("anna.lind", &hand_over, offer.clone()).await?;
    let offer_id = offered.json()["offer"].clone();
    status(&world.post("anna.lind", &hand_over, offer).await?, 409)?;
    let waiting = world
        .get("maria.berg", "/messaging/v1/hand-overs")
        .await?
        .json();
    let mine = rows(&waiting, "offers");
    let mine = mine.iter().find(|one| one["chat"] == case.as_str());
    same(mine.map(|one| &one["note"]), Some(&json!("Tar du den?")))?;
    let answer = of("chats", &case, "hand-over/answer");
    let accepts = json!({ "offer": offer_id, "accept": true });
    status(
        &world
            .post("stig.testkvist", &answer, accepts.clone())
            .await?,
        409,
    )?;
    status(&world.post("maria.berg", &answer, accepts).await?, 200)?;
    let read = world
        .get("alex.blom", &format!("{CASES_PATH}/{case}"))
        .await?;
    same(
        &read.json()["responsible"]["practitioner"],
        &json!("SE165565594230-P003"),
    )
}

/// The next event of a kind.
async fn next(stream: &mut EventStream, kind: &str) -> Result<(Value, String), Failure> {
    let waiting = async {
        while let Some(event) = stream.next().await {
            if event.kind == kind {
                return Some((event.data, event.id.unwrap_or_default()));
            }
        }
        None
    };
    match tokio::time::timeout(PATIENCE, waiting).await {
        Ok(Some(event)) => Ok(event),
        _ => Err(format!("no {kind} within {PATIENCE:?}").into()),
    }
}

pub(super) async fn what_happens_in_a_chat_comes_as_events_and_is_caught_up_with_once(
    world: World,
) -> Verdict {
    let case = opened(&world).await?;
    let path = of("chats", &case, "events");
    let mut stream = world.events("alex.blom", &path, "").await?;
    next(&mut stream, "chat").await?;
    let note = of("chats", &case, "notes");
    made(
        &world
            .post("anna.lind", &note, json!({ "text": "Bara för personal" }))
            .await?,
    )?;
    write(&world, "anna.lind", &case, "Ett").await?;
    let (first, id) = next(&mut stream, "message").await?;
    same(&first["text"], &json!("Ett"))?;
    drop(stream);
    for said in ["Två", "Tre"] {
        write(&world, "anna.lind", &case, said).await?;
    }
    let mut stream = world.events("alex.blom", &path, &id).await?;
    for said in ["Två", "Tre"] {
        same(&next(&mut stream, "message").await?.0["text"], &json!(said))?;
    }
    drop(stream);
    let other = opened(&world).await?;
    let bearer = format!("Bearer {}", world.token("alex.blom")?);
    for strange in [id.as_str(), "garbage"] {
        let headers = [
            ("authorization", bearer.as_str()),
            ("last-event-id", strange),
        ];
        let path = of("chats", &other, "events");
        status(&world.send("GET", &path, &headers, "").await?, 422)?;
    }
    Ok(())
}
