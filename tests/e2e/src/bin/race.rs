//! Two hundred clients for one slot, over HTTP, round after round: one gets it, the others are told so,
//! and the store says the same. `race [--rounds N] [--runtime workerd|spin]`.

use std::collections::HashMap;

use e2e::Failure;
use e2e::caller::{Answer, World, identity, new_key, random};
use e2e::deployment::{Deployment, Runtime, Served, keys_file};
use serde_json::{Value, json};
use training::keys::Keys;

const CLIENTS: u64 = 200;
const SLOTS_A_DAY: usize = 48;

#[derive(Default)]
struct Tally {
    won: usize,
    refused: usize,
    wrong: usize,
    what: HashMap<String, usize>,
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
    let rounds: usize = after("--rounds").unwrap_or("50").parse()?;
    let only = after("--runtime");
    let keys = Keys::read(&keys_file())?;
    let mut wrong = 0;
    for runtime in Runtime::ALL {
        if only.is_some_and(|only| only != runtime.name()) {
            continue;
        }
        let deployment = Deployment::start(runtime, Served::Functions).await?;
        let world = World::new(&deployment.address, keys.clone());
        let slots = lay_out(&world, 2 * rounds).await?;
        let (single, repeated) = slots.split_at(rounds);
        for (name, slots, times) in [("slot", single, 1), ("slot-repeated", repeated, 2)] {
            let mut tally = Tally::default();
            for slot in slots {
                round(&world, slot, times, &mut tally).await?;
            }
            println!(
                "race {name} runtime={} rounds={} won={} refused={} wrong={}",
                runtime.name(),
                slots.len(),
                tally.won,
                tally.refused,
                tally.wrong
            );
            for (what, count) in &tally.what {
                println!("  wrong: {what} ({count})");
            }
            wrong += tally.wrong;
        }
        deployment.stop().await?;
    }
    if wrong == 0 {
        Ok(())
    } else {
        Err("a race was not won by exactly one".into())
    }
}

/// Days of half-hour slots of the unit's nurses, until there are enough.
async fn lay_out(world: &World, wanted: usize) -> Result<Vec<Value>, Failure> {
    let from = training::keys::now().date_in_stockholm() + chrono::Days::new(30);
    let to = from + chrono::Days::new((wanted / SLOTS_A_DAY + 1) as u64);
    let body = json!({
        "role": "nurse",
        "recurrence": {
            "weekdays": ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"],
            "from": "00:00", "to": "23:59", "minutes": 29, "valid_from": from, "valid_to": to
        }
    });
    let laid = world
        .post("anna.lind", "/booking/v1/slot-templates", body)
        .await?;
    if laid.status != 201 {
        return Err(format!("slots were not laid out: {}", laid.text).into());
    }
    let listed = world
        .get(
            "anna.lind",
            &format!("/booking/v1/slots?from={from}&to={to}&limit=500"),
        )
        .await?;
    let slots = listed.json()["slots"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    if slots.len() < wanted {
        return Err(format!("{} slots where {wanted} were wanted", slots.len()).into());
    }
    Ok(slots.into_iter().take(wanted).collect())
}

/// One slot, all clients at once, each sending its request `times` times under one key.
async fn round(
    world: &World,
    slot: &Value,
    times: usize,
    tally: &mut Tally,
) -> Result<(), Failure> {
    let id = slot["id"].as_str().unwrap_or_default();
    let first = random(10_000);
    let sending = (0..CLIENTS).map(|client| {
        let body = json!({
            "kind": "scheduled", "slot": id, "reason": "Kapplöpning",
            "patient": { "personal_identity": identity(2 * (first + client)), "name": "Test Testsson" }
        })
        .to_string();
        let key = new_key();
        async move {
            let one = || world.post_under(&key, "anna.lind", "/booking/v1/appointments", body.clone());
            futures_util::future::join_all((0..times).map(|_| one())).await
        }
    });
    let answers = futures_util::future::join_all(sending).await;
    let mut winners = vec![];
    for of_client in answers {
        let outcomes: Vec<String> = of_client.iter().map(outcome).collect();
        let bodies: Vec<&str> = of_client
            .iter()
            .flatten()
            .map(|answer| answer.text.as_str())
            .collect();
        if outcomes.iter().all(|one| one == "201")
            && bodies.windows(2).all(|pair| pair[0] == pair[1])
        {
            tally.won += 1;
            winners.extend(of_client.into_iter().flatten().next());
        } else if outcomes.iter().all(|one| one == "409 slot-taken") {
            tally.refused += 1;
        } else {
            tally.wrong += 1;
            *tally.what.entry(outcomes.join(" + ")).or_default() += 1;
        }
    }
    if winners.len() != 1 {
        tally.wrong += 1;
        *tally
            .what
            .entry(format!("{} winners", winners.len()))
            .or_default() += 1;
    }
    // What was answered is what is kept.
    let starts_at = slot["starts_at"].as_str().unwrap_or_default();
    let at = |path: &str| {
        format!(
            "/booking/v1/{path}?from={starts_at}&to={}",
            slot["ends_at"].as_str().unwrap_or_default()
        )
    };
    let kept = world.get("anna.lind", &at("appointments")).await?.json();
    let kept: Vec<&Value> = kept["appointments"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|one| one["slot"] == id)
        .map(|one| &one["id"])
        .collect();
    let won: Vec<Value> = winners
        .iter()
        .map(|answer| answer.json()["id"].clone())
        .collect();
    let listed = world
        .get("anna.lind", &(at("slots") + "&free=false"))
        .await?
        .json();
    let is_taken = listed["slots"]
        .as_array()
        .into_iter()
        .flatten()
        .any(|one| one["id"] == id && one["free"] == false);
    if kept != won.iter().collect::<Vec<_>>() || !is_taken {
        tally.wrong += 1;
        *tally
            .what
            .entry("the store says otherwise".into())
            .or_default() += 1;
    }
    Ok(())
}

fn outcome(answer: &Result<Answer, Failure>) -> String {
    match answer {
        Ok(answer) => answer.outcome(),
        Err(error) => error.to_string(),
    }
}
