//! Bad input: a clear no at the right field, and nothing written.

use super::*;

pub(super) async fn a_value_that_cannot_be_used_is_refused_at_its_field(world: World) -> Verdict {
    let day = a_day();
    let good = || free_time(&format!("{day}T22:00"));
    let participants = json!(vec![json!({ "role": "other", "phone": "0701740606" }); 11]);
    let cases = [
        ("minutes", json!(0)),
        ("minutes", json!(481)),
        ("minutes", json!("30")),
        ("starts_at", json!("2020-01-01T09:00")),
        ("starts_at", json!("2099-01-01T09:00")),
        ("starts_at", json!("2027-03-28T02:30")),
        ("starts_at", json!("2027-10-31T02:30")),
        ("starts_at", json!("soon")),
        ("reason", json!("")),
        ("reason", json!("x".repeat(1001))),
        ("reason", json!("a\u{202e}b")),
        ("instructions", json!("x".repeat(4001))),
        ("entry", json!("x".repeat(201))),
        ("kind", json!("ticket")),
        ("kind", json!("party")),
        ("slot", json!("019ab000-0000-7000-8000-000000000000")),
        ("practitioner", json!("SE165565594230-P009")),
        ("participants", participants),
        ("surprise", json!(true)),
    ];
    for (field, value) in cases {
        let mut body = good();
        body[field] = value;
        let answer = world.post("anna.lind", APPOINTMENTS, body).await?;
        same(
            (answer.outcome(), text(&answer.json()["field"])),
            ("422 invalid".into(), field.into()),
        )?;
    }
    for (field, value) in [
        ("personal_identity", json!("196103072391")),
        ("personal_identity", json!("199002302384")),
        ("personal_identity", json!("199001011239")),
        ("phone", json!("112")),
    ] {
        let mut body = good();
        body["patient"][field] = value;
        let answer = world.post("anna.lind", APPOINTMENTS, body).await?;
        same(
            (answer.outcome(), text(&answer.json()["field"])),
            ("422 invalid".into(), format!("patient.{field}")),
        )?;
    }
    let listed = world
        .get(
            "anna.lind",
            &format!("{APPOINTMENTS}?from={day}T21:59&to={day}T22:01&practitioner={NURSE}"),
        )
        .await?;
    same(listed.json()["appointments"].clone(), json!([]))
}

pub(super) async fn a_body_that_is_no_json_or_too_large_is_refused(world: World) -> Verdict {
    let key = crate::caller::new_key();
    let send = |body: String| world.post_under(&key, "anna.lind", APPOINTMENTS, body);
    same(send("{".into()).await?.outcome(), "400 malformed".into())?;
    same(
        send(format!("{{\"reason\":\"{}\"}}", "a".repeat(70_000)))
            .await?
            .outcome(),
        "413 too-large".into(),
    )?;
    let unkeyed = world
        .post_under("short", "anna.lind", APPOINTMENTS, "{}".into())
        .await?;
    same(unkeyed.outcome(), "400 idempotency-key".into())
}

pub(super) async fn a_wrong_step_is_refused_by_name(world: World) -> Verdict {
    let (visit, _) = a_visit(&world, &[]).await?;
    let id = text(&visit["id"]);
    let wrong = world
        .post("anna.lind", &path(&id, "complete"), json!({}))
        .await?;
    same(wrong.outcome(), "409 wrong-step".into())?;
    same(wrong.json()["state"].clone(), json!("booked"))?;
    for (step, outcome) in [
        ("arrive", "409 too-early"),
        ("start", "409 too-early"),
        ("no-show", "409 not-begun"),
    ] {
        let answer = world.post("anna.lind", &path(&id, step), json!({})).await?;
        same(answer.outcome(), outcome.into())?;
    }
    Ok(())
}

pub(super) async fn who_is_too_young_is_not_booked(world: World) -> Verdict {
    let child = json!({ "personal_identity": "201410012387", "name": "Liv Tolv" });
    let soon = (training::keys::now().date_in_stockholm() + chrono::Days::new(10)).to_string();
    for person in ["anna.lind", "eva.dahl"] {
        let mut body = free_time(&format!("{soon}T22:00"));
        body["patient"] = child.clone();
        let answer = world.post(person, APPOINTMENTS, body).await?;
        same(answer.outcome(), "422 under-age".into())?;
    }
    Ok(())
}

pub(super) async fn a_query_that_cannot_be_used_is_refused(world: World) -> Verdict {
    for query in [
        "limit=0",
        "limit=501",
        "cursor=x",
        "from=soon",
        "from=2027-01-02&to=2027-01-01",
        "surprise=1",
    ] {
        let answer = world
            .get("anna.lind", &format!("/booking/v1/slots?{query}"))
            .await?;
        same(answer.outcome(), "422 invalid".into())?;
    }
    Ok(())
}
