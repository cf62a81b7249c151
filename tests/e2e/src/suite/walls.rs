//! Who gets in, and whose things they see: tokens that don't hold, other units, other patients.

use shared::environment::Environment;
use shared::session::{LIFETIME, Session, SessionKind};

use super::*;

const UNKNOWN: &str = "019ab000-0000-7000-8000-000000000000";

pub(super) async fn only_health_and_the_document_answer_without_a_session(world: World) -> Verdict {
    let document = world
        .send("GET", "/booking/v1/openapi.json", &[], String::new())
        .await?
        .json();
    same(document["openapi"].clone(), json!("3.1.0"))?;
    let paths = document["paths"].as_object().cloned().unwrap_or_default();
    sure(paths.len() >= 11, paths.keys().collect::<Vec<_>>())?;
    for (path, operations) in &paths {
        for method in operations
            .as_object()
            .into_iter()
            .flat_map(|operations| operations.keys())
        {
            let path = path.replace("{id}", UNKNOWN);
            let answer = world
                .send(&method.to_uppercase(), &path, &[], String::new())
                .await?;
            same(
                (&path, answer.outcome()),
                (&path, "401 not-signed-in".into()),
            )?;
        }
    }
    Ok(())
}

pub(super) async fn a_token_that_does_not_hold_opens_nothing(world: World) -> Verdict {
    let good = world.token("anna.lind")?;
    let (claims, _) = good.rsplit_once('.').ok_or("no token")?;
    let (_, payload) = claims.split_once('.').ok_or("no token")?;
    let session = |environment| Session {
        subject: NURSE.into(),
        kind: SessionKind::Practitioner,
        care_provider: "SE165565594230-VF1".parse().ok(),
        care_unit: "SE165565594230-VF1A".parse().ok(),
        role: Some(shared::role::Role::Nurse),
        commission: "SE165565594230-C001".parse().ok(),
        environment,
    };
    let forger = training::keys::Keys::generate(&training::keys::MachineRandom)?;
    let tokens = [
        // {"alg":"none"}
        format!("eyJhbGciOiJub25lIn0.{payload}."),
        // {"alg":"HS256","typ":"JWT"}
        format!(
            "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.{payload}.{}",
            "A".repeat(43)
        ),
        format!("{claims}.{}", "A".repeat(86)),
        "a.b.c".into(),
        String::new(),
        world.sign(&session(Environment::Production), 0)?,
        world.sign(&session(Environment::Training), -LIFETIME - 10_000)?,
        world.sign(&session(Environment::Training), 60_000)?,
        forger.session("anna.lind", training::keys::now())?,
    ];
    for token in tokens {
        let bearer = format!("Bearer {token}");
        let answer = world
            .send(
                "GET",
                "/booking/v1/slots",
                &[("authorization", &bearer)],
                String::new(),
            )
            .await?;
        same(answer.outcome(), "401 not-signed-in".into())?;
    }
    same(
        world.get("anna.lind", "/booking/v1/slots").await?.outcome(),
        "200".into(),
    )
}

pub(super) async fn what_is_not_the_callers_looks_as_if_it_were_not_there(world: World) -> Verdict {
    let (visit, _) = a_visit(&world, &[]).await?;
    let id = text(&visit["id"]);
    let nothing = world
        .get("anna.lind", &format!("{APPOINTMENTS}/{UNKNOWN}"))
        .await?;
    same(nothing.outcome(), "404 not-found".into())?;
    // Another unit of the care provider, another care provider, another patient.
    for stranger in ["eva.dahl", "olof.strand", "bo.fors"] {
        let answer = world.get(stranger, &format!("{APPOINTMENTS}/{id}")).await?;
        same(
            (answer.status, answer.text),
            (nothing.status, nothing.text.clone()),
        )?;
        same(
            world
                .get(stranger, &path(&id, "calendar.ics"))
                .await?
                .outcome(),
            "404 not-found".into(),
        )?;
        let reason = if stranger == "bo.fors" {
            json!({})
        } else {
            json!({ "reason": "x" })
        };
        same(
            world
                .post(stranger, &path(&id, "cancel"), reason)
                .await?
                .outcome(),
            "404 not-found".into(),
        )?;
    }
    let (_, slots) = an_hour_of_slots(&world, "anna.lind", NURSE).await?;
    same(
        world
            .post("eva.dahl", APPOINTMENTS, scheduled(&slots[0]))
            .await?
            .outcome(),
        "404 not-found".into(),
    )?;
    let foreign = world
        .get(
            "anna.lind",
            "/booking/v1/slots?care_unit=SE165565594230-VF1B",
        )
        .await?;
    same(foreign.outcome(), "404 not-found".into())?;
    same(
        world.get("alex.blom", "/booking/v1/slots").await?.outcome(),
        "403 not-allowed".into(),
    )
}

pub(super) async fn answers_are_not_kept_by_caches_and_not_sniffed(world: World) -> Verdict {
    let answer = world.get("anna.lind", "/booking/v1/slots").await?;
    for (name, value) in [
        ("cache-control", "no-store"),
        ("x-content-type-options", "nosniff"),
        (
            "content-security-policy",
            "default-src 'none'; frame-ancestors 'none'",
        ),
    ] {
        same((name, answer.header(name)), (name, value))?;
    }
    sure(!answer.header("x-request-id").is_empty(), &answer.headers)
}
