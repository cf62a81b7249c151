//! Who gets in, and whose things they see: tokens that don't hold, other units, other patients.

use shared::environment::Environment;
use shared::platform::Secrets;
use shared::sealing::{decoded, encoded};
use shared::session::{LIFETIME, Session, SessionKind};
use training::keys::{Keys, MachineRandom, now};

use super::*;

fn session(kind: SessionKind, environment: Environment) -> Session {
    Session {
        subject: NURSE.into(),
        id: shared::identifiers::SessionId::at(now(), &MachineRandom),
        kind,
        care_provider: "SE165565594230-VF1".parse().ok(),
        care_unit: "SE165565594230-VF1A".parse().ok(),
        role: Some(shared::role::Role::Nurse),
        commission: "SE165565594230-C001".parse().ok(),
        appointment: None,
        environment,
    }
}

/// The first two parts of a token that holds, and the second alone.
fn parts(token: &str) -> Result<(&str, &str), Failure> {
    let (signed, _) = token.rsplit_once('.').ok_or("no token")?;
    let (_, payload) = signed.split_once('.').ok_or("no token")?;
    Ok((signed, payload))
}

async fn opens_nothing(world: &World, what: &str, token: &str) -> Verdict {
    let answer = world.get_by(token, SLOTS).await?;
    about(what, refused(&answer, "401 not-signed-in"))?;
    let bearer = format!("Bearer {token}");
    let key = crate::caller::new_key();
    let headers = [
        ("authorization", bearer.as_str()),
        ("content-type", "application/json"),
        ("idempotency-key", key.as_str()),
    ];
    let body = free_time("2027-01-01T09:00").to_string();
    let answer = world.send("POST", APPOINTMENTS, &headers, body).await?;
    about(what, refused(&answer, "401 not-signed-in"))
}

pub(super) async fn a_token_that_does_not_hold_opens_nothing(world: World) -> Verdict {
    let good = world.token("anna.lind")?;
    let (signed, payload) = parts(&good)?;
    let staff = |environment| session(SessionKind::Practitioner, environment);
    let unitless = Session {
        care_unit: None,
        ..staff(Environment::Training)
    };
    let forger = Keys::generate(&MachineRandom)?;
    let (eva, _) = (world.token("eva.dahl")?, ());
    let (_, payload_of_another) = parts(&eva)?;
    let (header, _) = signed.split_once('.').ok_or("no token")?;
    let signature = good.rsplit('.').next().unwrap_or_default();
    let tokens = [
        // {"alg":"none"}
        ("alg none", format!("eyJhbGciOiJub25lIn0.{payload}.")),
        (
            "alg none, signed",
            format!("eyJhbGciOiJub25lIn0.{payload}.{signature}"),
        ),
        ("no signature", format!("{signed}.")),
        (
            "a made-up signature",
            format!("{signed}.{}", "A".repeat(86)),
        ),
        (
            "another's claims",
            format!("{header}.{payload_of_another}.{signature}"),
        ),
        ("two parts", signed.to_owned()),
        ("nonsense", "a.b.c".into()),
        ("nothing", String::new()),
        ("far too long", "x".repeat(5_000)),
        (
            "of production",
            world.sign(&staff(Environment::Production), 0)?,
        ),
        ("without a unit", world.sign(&unitless, 0)?),
        (
            "expired",
            world.sign(&staff(Environment::Training), -LIFETIME - 10_000)?,
        ),
        (
            "not issued yet",
            world.sign(&staff(Environment::Training), 60_000)?,
        ),
        ("of another key", forger.session("anna.lind", now())?),
    ];
    for (what, token) in &tokens {
        opens_nothing(&world, what, token).await?;
    }
    let basic = format!("Basic {good}");
    let answer = world
        .send("GET", SLOTS, &[("authorization", &basic)], "")
        .await?;
    refused(&answer, "401 not-signed-in")?;
    same(world.get_by(&good, SLOTS).await?.outcome(), "200".into())
}

pub(super) async fn a_token_signed_by_the_public_key_as_a_secret_opens_nothing(
    world: World,
) -> Verdict {
    let good = world.token("anna.lind")?;
    let (_, payload) = parts(&good)?;
    let public = world
        .keys()
        .secrets()
        .get("SESSION_PUBLIC_KEY")
        .ok_or("SESSION_PUBLIC_KEY is missing")?;
    let bytes = decoded(&public).ok_or("SESSION_PUBLIC_KEY is not base64url")?;
    // {"alg":"HS256","typ":"JWT"}
    let signed = format!("eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.{payload}");
    for secret in [bytes.as_slice(), public.as_bytes()] {
        let code = hmac_sha256::HMAC::mac(signed.as_bytes(), secret);
        let signature = encoded(&code);
        opens_nothing(&world, "HS256", &format!("{signed}.{signature}")).await?;
    }
    Ok(())
}

pub(super) async fn what_is_not_the_callers_looks_as_if_it_were_not_there(world: World) -> Verdict {
    let (visit, _) = a_visit(&world, &[]).await?;
    let id = text(&visit["id"]);
    let nothing = world
        .get("anna.lind", &format!("{APPOINTMENTS}/{UNKNOWN}"))
        .await?;
    refused(&nothing, "404 not-found")?;
    let not_there = |answer: &Answer| {
        same(
            (answer.status, answer.text.as_str()),
            (nothing.status, nothing.text.as_str()),
        )
    };
    let soon = json!({ "starts_at": format!("{}T09:00", world.day(MOST_DAYS)) });
    // Another unit of the care provider, another care provider, another patient.
    for stranger in ["eva.dahl", "olof.strand", "bo.fors"] {
        for address in [format!("{APPOINTMENTS}/{id}"), path(&id, "calendar.ics")] {
            about(stranger, not_there(&world.get(stranger, &address).await?))?;
        }
        let of_staff = stranger != "bo.fors";
        let reason = if of_staff {
            json!({ "reason": "x" })
        } else {
            json!({})
        };
        for (step, body, for_staff) in [
            ("cancel", reason, false),
            ("arrive", json!({}), false),
            ("reschedule", soon.clone(), true),
            ("start", json!({}), true),
            ("complete", json!({}), true),
            ("no-show", json!({}), true),
        ] {
            let answer = world.post(stranger, &path(&id, step), body).await?;
            let verdict = if for_staff && !of_staff {
                refused(&answer, "403 not-allowed")
            } else {
                not_there(&answer)
            };
            about(format!("{stranger} {step}"), verdict)?;
        }
    }
    let read = world
        .get("anna.lind", &format!("{APPOINTMENTS}/{id}"))
        .await?;
    same(read.json(), visit)
}

pub(super) async fn another_units_slots_are_not_there(world: World) -> Verdict {
    let laid = an_hour_of_slots(&world).await?;
    let own = made(
        &world
            .post("anna.lind", APPOINTMENTS, scheduled(&laid.slots[0]))
            .await?,
    )?;
    for stranger in ["eva.dahl", "olof.strand"] {
        for slot in [&laid.slots[0], &laid.slots[1], &UNKNOWN.to_owned()] {
            let booked = world.post(stranger, APPOINTMENTS, scheduled(slot)).await?;
            about(stranger, refused(&booked, "404 not-found"))?;
            let withdrawn = world
                .post(stranger, &format!("{SLOTS}/{slot}/withdraw"), json!({}))
                .await?;
            about(stranger, refused(&withdrawn, "404 not-found"))?;
        }
        let listed = world
            .get(stranger, &format!("{SLOTS}?care_unit=SE165565594230-VF1A"))
            .await?;
        about(stranger, refused(&listed, "404 not-found"))?;
        let by_practitioner = world.get(stranger, &laid.query()).await?;
        same(&by_practitioner.json()["slots"], &json!([]))?;
    }
    let moved = world
        .post(
            "anna.lind",
            &path(&own, "reschedule"),
            json!({ "slot": UNKNOWN }),
        )
        .await?;
    refused(&moved, "404 not-found")?;
    same(laid.free(&world).await?, laid.slots[1..].to_vec())
}

pub(super) async fn a_patient_reaches_what_is_theirs_and_no_more(world: World) -> Verdict {
    let laid = an_hour_of_slots(&world).await?;
    let (_, starts_at) = a_visit(&world, &[]).await?;
    for address in [SLOTS, SLOT_TEMPLATES] {
        let answer = world.get("alex.blom", address).await?;
        about(address, refused(&answer, "403 not-allowed"))?;
    }
    let template = json!({ "role": "nurse", "recurrence": recurrence(laid.day, "22:00", "23:00") });
    for (address, body) in [
        (APPOINTMENTS.to_owned(), scheduled(&laid.slots[0])),
        (SLOT_TEMPLATES.to_owned(), template),
        (format!("{SLOTS}/{}/withdraw", laid.slots[0]), json!({})),
    ] {
        let answer = world.post("alex.blom", &address, body).await?;
        about(&address, refused(&answer, "403 not-allowed"))?;
    }
    // A list of one's own holds nobody else's, whatever it is asked for.
    let query = format!(
        "{APPOINTMENTS}?from={starts_at}&to={}",
        minutes_past(&starts_at, 1)
    );
    for query in [query.clone(), format!("{query}&practitioner={NURSE}")] {
        let listed = world.get("alex.blom", &query).await?;
        same(&listed.json()["appointments"], &json!([]))?;
    }
    same(laid.free(&world).await?, laid.slots)
}

pub(super) async fn a_guest_reaches_nothing_here(world: World) -> Verdict {
    let guest = world.sign(&session(SessionKind::Guest, Environment::Training), 0)?;
    for address in [SLOTS, APPOINTMENTS, SLOT_TEMPLATES] {
        let answer = world.get_by(&guest, address).await?;
        about(address, refused(&answer, "403 not-allowed"))?;
    }
    Ok(())
}

pub(super) async fn a_list_holds_nothing_of_another_unit(world: World) -> Verdict {
    let (visit, starts_at) = a_visit(&world, &[]).await?;
    let query = format!(
        "{APPOINTMENTS}?from={starts_at}&to={}",
        minutes_past(&starts_at, 1)
    );
    let own = world.get("anna.lind", &query).await?.json();
    sure(
        ids(&rows(&own, "appointments")).contains(&text(&visit["id"])),
        own,
    )?;
    for stranger in ["eva.dahl", "olof.strand"] {
        for query in [query.clone(), format!("{query}&practitioner={NURSE}")] {
            let listed = world.get(stranger, &query).await?;
            same(listed.outcome(), "200".into())?;
            sure(!listed.text.contains(&text(&visit["id"])), &listed.text)?;
        }
        let body = with(free_time(&starts_at), "practitioner", json!(NURSE));
        let answer = world.post(stranger, APPOINTMENTS, body).await?;
        about(stranger, refused_at(&answer, "practitioner"))?;
    }
    Ok(())
}
