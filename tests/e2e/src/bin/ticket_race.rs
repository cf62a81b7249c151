//! Tickets under pressure, over HTTP, round after round: a hundred devices redeem one ticket, and a hundred
//! patients with a ticket each want ten times. As many win as there is room for, the others are told what is
//! left, and the store says the same. `ticket_race [--rounds N] [--runtime workerd|spin]`.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Days, NaiveDate};
use e2e::Failure;
use e2e::caller::{Answer, World, identity, new_key, random};
use e2e::deployment::{Deployment, Runtime, Served, keys_file};
use futures_util::future::join_all;
use serde_json::{Value, json};
use shared::environment::Environment;
use shared::identifiers::SessionId;
use shared::sealing::IdentityIndex;
use shared::session::{Session, SignedInPatient};
use training::keys::{Keys, MachineRandom, now};

/// Devices of one ticket, and tickets for the same times.
const CLIENTS: u64 = 100;
/// How many times each round's day has.
const TIMES: usize = 10;
/// How long each is, in minutes: slots of the training week have other lengths.
const MINUTES: i64 = 25;

#[derive(Default)]
struct Tally {
    won: usize,
    refused: usize,
    wrong: BTreeMap<String, usize>,
}

impl Tally {
    fn is_wrong(&mut self, what: impl Into<String>) {
        *self.wrong.entry(what.into()).or_default() += 1;
    }
}

#[tokio::main]
async fn main() -> std::process::ExitCode {
    e2e::ended(run().await)
}

async fn run() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let after = |name: &str| {
        let place = arguments.iter().position(|argument| argument == name)?;
        arguments.get(place + 1).map(String::as_str)
    };
    let rounds: u64 = after("--rounds").unwrap_or("50").parse()?;
    let only = after("--runtime");
    let keys = Keys::read(&keys_file())?;
    let mut wrong = 0;
    for runtime in Runtime::ALL {
        if only.is_some_and(|only| only != runtime.name()) {
            continue;
        }
        let deployment = Deployment::start(runtime, Served::Functions).await?;
        let world = World::new(&deployment.address, keys.clone());
        let first_day = now().date_in_stockholm() + Days::new(30);
        lay_out(&world, first_day, 2 * rounds).await?;
        let (mut devices, mut slots) = (Tally::default(), Tally::default());
        for round in 0..rounds {
            let day = first_day + Days::new(2 * round);
            one_ticket(&world, day, &mut devices).await?;
            many_tickets(&world, day + Days::new(1), &mut slots).await?;
        }
        for (name, tally) in [("ticket-devices", devices), ("ticket-slots", slots)] {
            let faults: usize = tally.wrong.values().sum();
            println!(
                "race {name} runtime={} rounds={rounds} won={} refused={} wrong={faults}",
                runtime.name(),
                tally.won,
                tally.refused,
            );
            for (what, count) in &tally.wrong {
                println!("  wrong: {what} ({count})");
            }
            wrong += faults;
        }
        deployment.stop().await?;
    }
    if wrong == 0 {
        Ok(())
    } else {
        Err("a ticket or a time was not won by exactly one".into())
    }
}

/// Ten times of any midwife's on each of so many days.
async fn lay_out(world: &World, first: NaiveDate, days: u64) -> Result<(), Failure> {
    let body = json!({
        "role": "midwife",
        "recurrence": {
            "weekdays": ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"],
            "from": "08:00", "to": "12:10", "minutes": MINUTES,
            "valid_from": first, "valid_to": first + Days::new(days - 1)
        }
    });
    let path = "/booking/v1/slot-templates";
    let laid = world.post("anna.lind", path, body).await?;
    match laid.status.as_u16() {
        201 => Ok(()),
        _ => Err(format!("slots were not laid out: {}", laid.text).into()),
    }
}

/// A patient with a ticket for a day.
struct Holder {
    token: String,
    ticket: String,
}

async fn holder(world: &World, number: u64, day: NaiveDate) -> Result<Holder, Failure> {
    let identity = identity(2 * number);
    let index = IdentityIndex::of(&world.keys().secrets(), &identity.parse()?)
        .map_err(|_| "BLIND_INDEX_KEY is missing")?;
    let session = Session::of_patient(
        &SignedInPatient { identity: index },
        SessionId::at(now(), &MachineRandom),
        Environment::Training,
    );
    let body = json!({
        "patient": { "personal_identity": identity, "name": "Test Testsson" },
        "role": "midwife", "minutes": MINUTES, "first_day": day, "last_day": day, "reason": "Kapplöpning"
    });
    let issued = world.post("anna.lind", "/tickets/v1/tickets", body).await?;
    match issued.json()["id"].as_str() {
        Some(ticket) => Ok(Holder {
            token: world.sign(&session, 0)?,
            ticket: ticket.to_owned(),
        }),
        None => Err(format!("no ticket was issued: {}", issued.text).into()),
    }
}

impl Holder {
    /// The ids of the slots that the ticket offers.
    async fn slots(&self, world: &World) -> Result<Vec<String>, Failure> {
        let path = format!("/tickets/v1/tickets/{}/slots", self.ticket);
        let list = world.get_by(&self.token, &path).await?;
        Ok(ids(&list.json()["slots"]))
    }

    async fn redeem(&self, world: &World, slot: &str) -> Result<Answer, Failure> {
        let (bearer, key) = (format!("Bearer {}", self.token), new_key());
        let headers = [
            ("authorization", bearer.as_str()),
            ("content-type", "application/json"),
            ("idempotency-key", &key),
        ];
        let path = format!("/tickets/v1/tickets/{}/redeem", self.ticket);
        let body = json!({ "slot": slot }).to_string();
        world.send("POST", &path, &headers, body).await
    }
}

fn ids(list: &Value) -> Vec<String> {
    let entries = list.as_array().into_iter().flatten();
    let id = |entry: &Value| entry["id"].as_str().unwrap_or_default().to_owned();
    entries.map(id).collect()
}

/// The visits that the unit has on a day.
async fn visits(world: &World, day: NaiveDate) -> Result<BTreeSet<String>, Failure> {
    let to = day + Days::new(1);
    let path = format!("/booking/v1/appointments?from={day}&to={to}&limit=500");
    let list = world.get("anna.lind", &path).await?;
    Ok(ids(&list.json()["appointments"]).into_iter().collect())
}

/// One ticket on a hundred devices, each with a time of its own in mind.
async fn one_ticket(world: &World, day: NaiveDate, tally: &mut Tally) -> Result<(), Failure> {
    let holder = holder(world, random(10_000), day).await?;
    let slots = holder.slots(world).await?;
    if slots.len() != TIMES {
        return Err(format!("{} times where {TIMES} were wanted", slots.len()).into());
    }
    let sending = (0..CLIENTS as usize).map(|device| holder.redeem(world, &slots[device % TIMES]));
    let mut won = BTreeSet::new();
    for answer in join_all(sending).await {
        match answer.as_ref().map(Answer::outcome).as_deref() {
            Ok("201") => {
                tally.won += 1;
                won.extend(answer?.json()["appointment"].as_str().map(str::to_owned));
            }
            Ok("409 ticket-redeemed") => tally.refused += 1,
            Ok(other) => tally.is_wrong(other),
            Err(error) => tally.is_wrong(error.to_string()),
        }
    }
    if won.len() != 1 {
        tally.is_wrong(format!("{} devices won", won.len()));
    }
    if visits(world, day).await? != won {
        tally.is_wrong("the store has other visits");
    }
    if holder.slots(world).await?.len() != TIMES - 1 {
        tally.is_wrong("other times were taken");
    }
    Ok(())
}

/// A hundred tickets for ten times: each patient goes on to the times that come with a refusal, until one is
/// theirs or none is left.
async fn many_tickets(world: &World, day: NaiveDate, tally: &mut Tally) -> Result<(), Failure> {
    let first = random(10_000);
    let issuing = (0..CLIENTS).map(|number| holder(world, first + number, day));
    let holders: Vec<Holder> = join_all(issuing)
        .await
        .into_iter()
        .collect::<Result<_, _>>()?;
    let slots = holders[0].slots(world).await?;
    let outcomes = join_all(holders.iter().enumerate().map(|(number, holder)| {
        let slots = &slots;
        async move {
            let mut wanted = slots[number % slots.len()].clone();
            loop {
                let answer = holder.redeem(world, &wanted).await?;
                let left = ids(&answer.json()["next_slots"]);
                match (answer.outcome().as_str(), left.is_empty()) {
                    ("409 slot-taken", false) => wanted = left[number % left.len()].clone(),
                    _ => return Ok::<_, Failure>(answer),
                }
            }
        }
    }))
    .await;
    let mut won = BTreeSet::new();
    for answer in outcomes {
        match answer.as_ref().map(Answer::outcome).as_deref() {
            Ok("201") => {
                tally.won += 1;
                won.extend(answer?.json()["appointment"].as_str().map(str::to_owned));
            }
            Ok("409 slot-taken") => tally.refused += 1,
            Ok(other) => tally.is_wrong(other),
            Err(error) => tally.is_wrong(error.to_string()),
        }
    }
    if won.len() != TIMES {
        tally.is_wrong(format!("{} of {TIMES} times were won", won.len()));
    }
    if visits(world, day).await? != won {
        tally.is_wrong("the store has other visits");
    }
    let mut open = 0;
    for holder in &holders {
        let path = format!("/tickets/v1/tickets/{}", holder.ticket);
        let ticket = world.get_by(&holder.token, &path).await?.json();
        open += usize::from(ticket["state"] == "open");
    }
    if open != holders.len() - TIMES {
        tally.is_wrong(format!("{open} tickets are still open"));
    }
    Ok(())
}
