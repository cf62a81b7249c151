//! What answers everybody, and what every answer has around it.

use super::*;
use crate::deployment::Runtime;

pub(super) async fn the_whole_system_is_well_and_names_its_functions(world: World) -> Verdict {
    let health = world.send("GET", "/healthz", &[], "").await?;
    same(health.outcome(), "200".into())?;
    let mut functions = health.json()["functions"].clone();
    // Rooms are on Workers alone.
    let live = functions
        .as_object_mut()
        .and_then(|functions| functions.remove("live"));
    match world.runtime() {
        Some(Runtime::Workerd) => same(live, Some(json!("ok")))?,
        Some(Runtime::Spin) => same(live, None)?,
        None => sure(live.iter().all(|live| live == "ok"), &live)?,
    }
    same(
        functions,
        json!({ "portal": "ok", "booking": "ok", "identity": "ok", "messaging": "ok", "tickets": "ok", "sms": "ok", "workspace": "ok", "administration": "ok", "attachments": "ok" }),
    )
}

pub(super) async fn only_health_and_the_document_answer_without_a_session(world: World) -> Verdict {
    let document = world
        .send("GET", "/booking/v1/openapi.json", &[], "")
        .await?
        .json();
    same(&document["openapi"], &json!("3.1.0"))?;
    let paths = document["paths"].as_object().cloned().unwrap_or_default();
    sure(paths.len() >= 11, paths.keys().collect::<Vec<_>>())?;
    for (path, operations) in &paths {
        let methods = operations.as_object().cloned().unwrap_or_default();
        for method in methods.keys() {
            let path = path.replace("{id}", UNKNOWN);
            let answer = world.send(&method.to_uppercase(), &path, &[], "").await?;
            about(&path, refused(&answer, "401 not-signed-in"))?;
            same(answer.header("www-authenticate"), "Bearer")?;
        }
    }
    Ok(())
}

pub(super) async fn an_address_or_a_method_that_is_none_is_a_problem(world: World) -> Verdict {
    for address in ["/booking/v1/nothing", "/booking/v1/slots/", "/nothing"] {
        let answer = world.get("anna.lind", address).await?;
        about(address, refused(&answer, "404 not-found"))?;
    }
    let bearer = format!("Bearer {}", world.token("anna.lind")?);
    for (method, address) in [
        ("DELETE", SLOTS),
        ("PUT", APPOINTMENTS),
        ("GET", "/booking/v1/slots/x/withdraw"),
        ("PATCH", "/healthz"),
    ] {
        let answer = world
            .send(method, address, &[("authorization", &bearer)], "")
            .await?;
        about(address, refused(&answer, "405 method-not-allowed"))?;
    }
    Ok(())
}

pub(super) async fn answers_are_not_kept_by_caches_and_not_sniffed(world: World) -> Verdict {
    let answers = [
        world.get("anna.lind", SLOTS).await?,
        world.get("anna.lind", "/booking/v1/nothing").await?,
        world.send("GET", SLOTS, &[], "").await?,
        world.send("GET", "/healthz", &[], "").await?,
    ];
    for answer in &answers {
        for (name, value) in [
            ("cache-control", "no-store"),
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            (
                "content-security-policy",
                "default-src 'none'; frame-ancestors 'none'",
            ),
        ] {
            same((name, answer.header(name)), (name, value))?;
        }
    }
    let request_ids = answers.iter().map(|answer| answer.header("x-request-id"));
    let mut request_ids: Vec<&str> = request_ids.filter(|id| !id.is_empty()).collect();
    request_ids.dedup();
    same(request_ids.len(), answers.len())
}
