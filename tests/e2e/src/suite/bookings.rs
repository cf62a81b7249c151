//! Booking in the three ways, moving, calling off, the calendar: what staff and patients do.

use super::*;

pub(super) async fn the_whole_system_is_well_and_names_its_functions(world: World) -> Verdict {
    let health = world.send("GET", "/healthz", &[], String::new()).await?;
    same(health.outcome(), "200".into())?;
    same(
        health.json()["functions"].clone(),
        json!({ "portal": "ok", "booking": "ok" }),
    )
}

pub(super) async fn a_slot_is_booked_read_and_listed(world: World) -> Verdict {
    let (day, slots) = an_hour_of_slots(&world, "anna.lind", NURSE).await?;
    let booked = world
        .post("anna.lind", APPOINTMENTS, scheduled(&slots[0]))
        .await?;
    let id = made(&booked)?;
    same(
        booked.header("location").to_owned(),
        format!("{APPOINTMENTS}/{id}"),
    )?;
    let read = world
        .get("maria.berg", &format!("{APPOINTMENTS}/{id}"))
        .await?;
    same(read.json()["reason"].clone(), json!("Uppföljning"))?;
    same(
        read.json()["practitioner"]["name"].clone(),
        json!("Anna Lind"),
    )?;
    let listed = world
        .get(
            "anna.lind",
            &format!("{APPOINTMENTS}?from={day}&practitioner={NURSE}"),
        )
        .await?;
    sure(listed.text.contains(&id), &listed.text)?;
    let again = world
        .post("anna.lind", APPOINTMENTS, scheduled(&slots[0]))
        .await?;
    same(again.outcome(), "409 slot-taken".into())
}

pub(super) async fn free_slots_come_in_pages(world: World) -> Verdict {
    let (day, slots) = an_hour_of_slots(&world, "anna.lind", NURSE).await?;
    let mut seen = vec![];
    let mut cursor = String::new();
    loop {
        let page = world
            .get(
                "anna.lind",
                &format!("/booking/v1/slots?from={day}&to={day}T23:59&limit=2{cursor}"),
            )
            .await?
            .json();
        let found = page["slots"].as_array().cloned().unwrap_or_default();
        sure(found.len() <= 2, &page)?;
        seen.extend(found.iter().map(|slot| text(&slot["id"])));
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    let all = seen.len();
    seen.sort();
    seen.dedup();
    same(seen.len(), all)?;
    sure(slots.iter().all(|slot| seen.contains(slot)), seen)
}

pub(super) async fn a_free_time_visit_is_booked_and_its_clash_refused(world: World) -> Verdict {
    let (visit, starts_at) = a_visit(&world, &[]).await?;
    let clash = world
        .post("anna.lind", APPOINTMENTS, free_time(&starts_at))
        .await?;
    same(clash.outcome(), "409 practitioner-busy".into())?;
    same(
        clash.json()["clash"]["appointment"].clone(),
        visit["id"].clone(),
    )?;
    same(
        clash.json()["clash"]["starts_at"].clone(),
        visit["starts_at"].clone(),
    )
}

pub(super) async fn an_overlap_can_be_allowed(world: World) -> Verdict {
    let (_, starts_at) = a_visit(&world, &[]).await?;
    let mut body = free_time(&starts_at);
    body["allow_overlap"] = json!(true);
    let over = world
        .post("maria.berg", APPOINTMENTS, {
            body["practitioner"] = json!(NURSE);
            body
        })
        .await?;
    made(&over)?;
    same(
        over.json()["overlap_allowed_by"].clone(),
        json!("SE165565594230-P003"),
    )
}

pub(super) async fn a_video_visit_has_its_participants(world: World) -> Verdict {
    let invited = json!([
        { "role": "relative", "name": "Mia Kvist", "phone": "070-174 06 06" },
        { "role": "interpreter", "email": "tolk@example.se" }
    ]);
    let (visit, _) = a_visit(
        &world,
        &[("kind", json!("video")), ("participants", invited)],
    )
    .await?;
    let read = world
        .get(
            "anna.lind",
            &format!("{APPOINTMENTS}/{}", text(&visit["id"])),
        )
        .await?
        .json();
    same(read["participants"].as_array().map(Vec::len), Some(2))
}

pub(super) async fn a_cancelled_slot_can_be_booked_again_at_once(world: World) -> Verdict {
    let (_, slots) = an_hour_of_slots(&world, "anna.lind", NURSE).await?;
    let id = made(
        &world
            .post("anna.lind", APPOINTMENTS, scheduled(&slots[1]))
            .await?,
    )?;
    let cancelled = world
        .post(
            "anna.lind",
            &path(&id, "cancel"),
            json!({ "reason": "Sjuk" }),
        )
        .await?;
    same(cancelled.json()["state"].clone(), json!("cancelled"))?;
    made(
        &world
            .post("anna.lind", APPOINTMENTS, scheduled(&slots[1]))
            .await?,
    )?;
    Ok(())
}

pub(super) async fn a_moved_visit_frees_its_slot_and_raises_its_calendar_sequence(
    world: World,
) -> Verdict {
    let (_, slots) = an_hour_of_slots(&world, "anna.lind", NURSE).await?;
    let id = made(
        &world
            .post("anna.lind", APPOINTMENTS, scheduled(&slots[0]))
            .await?,
    )?;
    let calendar = path(&id, "calendar.ics");
    let first = world.get("anna.lind", &calendar).await?;
    sure(
        first.header("content-type").starts_with("text/calendar"),
        &first.headers,
    )?;
    sure(
        first.text.contains("SEQUENCE:0") && first.text.contains(&format!("UID:{id}@vardflode")),
        &first.text,
    )?;
    made(
        &world
            .post(
                "anna.lind",
                &path(&id, "reschedule"),
                json!({ "slot": slots[2] }),
            )
            .await?,
    )?;
    made(
        &world
            .post("anna.lind", APPOINTMENTS, scheduled(&slots[0]))
            .await?,
    )?;
    let second = world.get("anna.lind", &calendar).await?;
    sure(
        second.text.contains("SEQUENCE:1") && second.text.contains(&format!("UID:{id}@vardflode")),
        &second.text,
    )
}

pub(super) async fn a_booked_slot_is_not_withdrawn_and_a_free_one_is(world: World) -> Verdict {
    let (_, slots) = an_hour_of_slots(&world, "anna.lind", NURSE).await?;
    made(
        &world
            .post("anna.lind", APPOINTMENTS, scheduled(&slots[0]))
            .await?,
    )?;
    let withdraw = |slot: &str| format!("/booking/v1/slots/{slot}/withdraw");
    let booked = world
        .post("anna.lind", &withdraw(&slots[0]), json!({}))
        .await?;
    same(booked.outcome(), "409 slot-not-free".into())?;
    let free = world
        .post("anna.lind", &withdraw(&slots[1]), json!({}))
        .await?;
    same(free.json()["withdrawn"].clone(), json!(true))?;
    let gone = world
        .post("anna.lind", APPOINTMENTS, scheduled(&slots[1]))
        .await?;
    same(gone.outcome(), "409 slot-taken".into())
}

pub(super) async fn a_patient_sees_and_cancels_their_own_visit(world: World) -> Verdict {
    let alex = json!({ "personal_identity": "196103072390", "name": "Alex Blom" });
    let (visit, starts_at) = a_visit(&world, &[("patient", alex)]).await?;
    let id = text(&visit["id"]);
    let day = &starts_at[..10];
    let own = world
        .get("alex.blom", &format!("{APPOINTMENTS}?from={day}"))
        .await?;
    sure(own.text.contains(&id), &own.text)?;
    sure(
        !own.text.contains("196103072390"),
        "a patient's answer carries no personal number",
    )?;
    let cancelled = world
        .post("alex.blom", &path(&id, "cancel"), json!({}))
        .await?;
    same(
        cancelled.json()["cancellation"].clone(),
        json!({ "by": "patient" }),
    )?;
    let started = world
        .post("alex.blom", &path(&id, "start"), json!({}))
        .await?;
    same(started.outcome(), "403 not-allowed".into())
}

pub(super) async fn a_repeated_request_gets_the_first_answer_again(world: World) -> Verdict {
    let (_, slots) = an_hour_of_slots(&world, "anna.lind", NURSE).await?;
    let key = crate::caller::new_key();
    let body = scheduled(&slots[0]).to_string();
    let first = world
        .post_under(&key, "anna.lind", APPOINTMENTS, body.clone())
        .await?;
    made(&first)?;
    let again = world
        .post_under(&key, "anna.lind", APPOINTMENTS, body)
        .await?;
    same(
        (again.status, again.text.clone()),
        (first.status, first.text),
    )?;
    same(
        again.header("idempotency-replayed").to_owned(),
        "true".into(),
    )?;
    let other = world
        .post_under(
            &key,
            "anna.lind",
            APPOINTMENTS,
            scheduled(&slots[1]).to_string(),
        )
        .await?;
    same(other.outcome(), "422 idempotency-key-reused".into())
}

pub(super) async fn the_patients_own_overlap_is_a_warning(world: World) -> Verdict {
    let who = patient();
    let (visit, starts_at) = a_visit(&world, &[("patient", who.clone())]).await?;
    let mut body = free_time(&starts_at);
    body["patient"] = who;
    body["allow_overlap"] = json!(true);
    let second = world.post("stig.testkvist", APPOINTMENTS, body).await?;
    made(&second)?;
    sure(
        second.json()["warnings"]
            .as_array()
            .into_iter()
            .flatten()
            .any(|warning| warning["appointment"] == visit["id"]),
        &second.text,
    )
}

pub(super) async fn slots_are_right_over_both_changes_of_clocks(world: World) -> Verdict {
    // The next year's last Sundays of March and October, at 01:30 to 03:30, in quarters.
    for (month, expected) in [(3, 4), (10, 8)] {
        let day = last_sunday(month);
        if day <= training::keys::now().date_in_stockholm() {
            continue;
        }
        let body = json!({
            "role": "nurse",
            "recurrence": { "weekdays": ["sunday"], "from": "01:30", "to": "03:30", "minutes": 15, "valid_from": day, "valid_to": day }
        });
        let laid = world
            .post("nils.hav", "/booking/v1/slot-templates", body)
            .await?;
        same(laid.json()["slots"].clone(), json!(expected))?;
    }
    Ok(())
}

/// Within the year that a template may be laid out for.
fn last_sunday(month: u32) -> chrono::NaiveDate {
    use chrono::Datelike;
    let today = training::keys::now().date_in_stockholm();
    (0..366)
        .filter_map(|days| today.checked_add_days(chrono::Days::new(days)))
        .filter(|day| {
            day.month() == month && day.day() > 24 && day.weekday() == chrono::Weekday::Sun
        })
        .last()
        .unwrap_or(today)
}
