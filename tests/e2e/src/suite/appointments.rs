//! Booking in the three ways, moving, calling off, and a visit's way: what staff and patients do.

use chrono::{Days, Months};
use shared::time::Timestamp;
use training::keys::now;

use super::*;

/// Whose time near today is booked, over whatever the training week has there.
const ADMINISTRATOR: &str = "SE165565594230-P005";
const PHYSIOTHERAPIST: &str = "SE165565594230-P004";

/// A visit near today: so many milliseconds ahead.
fn soon(ahead: i64) -> Value {
    let starts_at = now().plus(ahead).to_string();
    let body = with(free_time(&starts_at), "practitioner", json!(ADMINISTRATOR));
    with(body, "allow_overlap", json!(true))
}

async fn book(world: &World, body: Value) -> Result<Answer, Failure> {
    world.post("anna.lind", APPOINTMENTS, body).await
}

async fn step(world: &World, person: &str, id: &str, step: &str) -> Result<Answer, Failure> {
    world.post(person, &path(id, step), json!({})).await
}

async fn cancel(world: &World, id: &str) -> Result<Answer, Failure> {
    let body = json!({ "reason": "Sjuk" });
    world.post("anna.lind", &path(id, "cancel"), body).await
}

pub(super) async fn a_slot_is_booked_read_and_listed(world: World) -> Verdict {
    let laid = an_hour_of_slots(&world).await?;
    let body = scheduled(&laid.slots[0]);
    let booked = book(&world, body.clone()).await?;
    let id = made(&booked)?;
    same(booked.status.as_u16(), 201)?;
    same(booked.header("location"), &format!("{APPOINTMENTS}/{id}"))?;
    // A colleague of the unit reads what was booked.
    let read = world
        .get("maria.berg", &format!("{APPOINTMENTS}/{id}"))
        .await?;
    let visit = read.json();
    for (member, value) in [
        ("kind", json!("scheduled")),
        ("state", json!("booked")),
        ("slot", json!(laid.slots[0])),
        ("reason", json!("Uppföljning")),
        ("role", json!("nurse")),
    ] {
        same((member, &visit[member]), (member, &value))?;
    }
    same(
        &visit["practitioner"],
        &json!({ "id": NURSE, "name": "Anna Lind" }),
    )?;
    same(
        &visit["patient"]["personal_identity"],
        &body["patient"]["personal_identity"],
    )?;
    let query = format!(
        "{APPOINTMENTS}?from={}&to={}&practitioner={NURSE}",
        laid.from, laid.to
    );
    let listed = world.get("stig.testkvist", &query).await?.json();
    same(ids(&rows(&listed, "appointments")), vec![id])
}

pub(super) async fn a_slot_is_booked_once(world: World) -> Verdict {
    let laid = an_hour_of_slots(&world).await?;
    let id = made(&book(&world, scheduled(&laid.slots[0])).await?)?;
    // Nothing of the second is left: not even the patient is known.
    let who = a_stranger(&world).await?;
    let second = with(scheduled(&laid.slots[0]), "patient", who.clone());
    refused(&book(&world, second).await?, "409 slot-taken")?;
    let unnamed = unnamed(scheduled(&laid.slots[1]), &who);
    refused_at(&book(&world, unnamed).await?, "patient.name")?;
    let query = format!("{APPOINTMENTS}?from={}&to={}", laid.from, laid.to);
    let listed = world.get("anna.lind", &query).await?.json();
    same(ids(&rows(&listed, "appointments")), vec![id])
}

pub(super) async fn a_free_time_visit_is_booked_with_a_colleague(world: World) -> Verdict {
    let (visit, starts_at) = a_visit(
        &world,
        &[
            ("practitioner", json!("SE165565594230-P002")),
            ("minutes", json!(25)),
            (
                "instructions",
                json!("Sitt i ett lugnt rum.\nHa din lista redo."),
            ),
            ("entry", json!("Telefon")),
        ],
    )
    .await?;
    same(&visit["practitioner"]["name"], &json!("Stig Testkvist"))?;
    same(&visit["role"], &json!("physician"))?;
    let starts: Timestamp = starts_at.parse()?;
    same(&visit["starts_at"], &json!(starts.to_string()))?;
    same(
        &visit["ends_at"],
        &json!(starts.plus(25 * 60_000).to_string()),
    )?;
    let address = format!("{APPOINTMENTS}/{}", text(&visit["id"]));
    same(world.get("anna.lind", &address).await?.json(), visit)
}

pub(super) async fn a_video_visit_has_up_to_ten_participants(world: World) -> Verdict {
    let mut invited = vec![
        json!({ "role": "relative", "name": "Mia Kvist", "phone": "070-174 06 06" }),
        json!({ "role": "interpreter", "email": "tolk@example.se" }),
        json!({ "role": "colleague", "name": "Karin Holm", "phone": "+46701740607", "email": "k@example.se" }),
    ];
    invited.resize(10, json!({ "role": "other", "phone": "0701740608" }));
    let (visit, _) = a_visit(
        &world,
        &[("kind", json!("video")), ("participants", json!(invited))],
    )
    .await?;
    let address = format!("{APPOINTMENTS}/{}", text(&visit["id"]));
    let read = world.get("anna.lind", &address).await?.json();
    let participants = rows(&read, "participants");
    same(participants.len(), 10)?;
    let relative = participants.iter().find(|one| one["role"] == "relative");
    same(
        relative.map(|one| (&one["name"], &one["phone"])),
        Some((&json!("Mia Kvist"), &json!("+46701740606"))),
    )?;
    let (alone, _) = a_visit(&world, &[("kind", json!("video"))]).await?;
    same(&alone["participants"], &json!(null))
}

pub(super) async fn a_visit_that_overlaps_another_is_refused_with_the_clash(
    world: World,
) -> Verdict {
    let (visit, starts_at) = a_visit(&world, &[]).await?;
    let who = a_stranger(&world).await?;
    for kind in ["free-time", "video"] {
        let body = with(
            free_time(&minutes_past(&starts_at, 15)),
            "patient",
            who.clone(),
        );
        let clash = book(&world, with(body, "kind", json!(kind))).await?;
        refused(&clash, "409 practitioner-busy")?;
        same(
            &clash.json()["clash"],
            &json!({ "appointment": visit["id"], "starts_at": visit["starts_at"], "ends_at": visit["ends_at"] }),
        )?;
    }
    // Nothing of them is left: not even the patient is known.
    let unnamed = unnamed(free_time(&minutes_past(&starts_at, 30)), &who);
    refused_at(&book(&world, unnamed).await?, "patient.name")?;
    // One that begins where the other ends is none.
    let touching = free_time(&minutes_past(&starts_at, 30));
    made(&book(&world, touching).await?)?;
    Ok(())
}

pub(super) async fn a_long_visit_clashes_with_one_that_began_hours_ago(world: World) -> Verdict {
    for _ in 0..DRAWS {
        let day = world.day(MOST_DAYS);
        let at = |time: &str| {
            let body = free_time(&format!("{day}T{time}"));
            with(body, "practitioner", json!(PHYSIOTHERAPIST))
        };
        let long = book(&world, with(at("13:00"), "minutes", json!(480))).await?;
        if long.status != 201 {
            continue;
        }
        let clash = book(&world, at("20:59")).await?;
        refused(&clash, "409 practitioner-busy")?;
        same(&clash.json()["clash"]["appointment"], &long.json()["id"])?;
        made(&book(&world, at("21:00")).await?)?;
        return Ok(());
    }
    Err("no day was found for a visit of eight hours".into())
}

pub(super) async fn an_overlap_can_be_allowed_and_says_by_whom(world: World) -> Verdict {
    let (_, starts_at) = a_visit(&world, &[]).await?;
    let over = with(free_time(&starts_at), "allow_overlap", json!(true));
    let over = world
        .post(
            "maria.berg",
            APPOINTMENTS,
            with(over, "practitioner", json!(NURSE)),
        )
        .await?;
    let id = made(&over)?;
    let read = world
        .get("anna.lind", &format!("{APPOINTMENTS}/{id}"))
        .await?;
    same(
        &read.json()["overlap_allowed_by"],
        &json!("SE165565594230-P003"),
    )?;
    // Both stand.
    let query = format!(
        "{APPOINTMENTS}?from={starts_at}&to={}&practitioner={NURSE}",
        minutes_past(&starts_at, 30)
    );
    let listed = world.get("anna.lind", &query).await?.json();
    same(rows(&listed, "appointments").len(), 2)
}

pub(super) async fn the_patients_own_overlap_is_a_warning(world: World) -> Verdict {
    let who = patient();
    let (visit, starts_at) = a_visit(&world, &[("patient", who.clone())]).await?;
    same(&visit["warnings"], &json!(null))?;
    let body = with(free_time(&starts_at), "patient", who);
    let body = with(body, "allow_overlap", json!(true));
    let of_unit = world
        .post("stig.testkvist", APPOINTMENTS, body.clone())
        .await?;
    made(&of_unit)?;
    let warning = json!({ "kind": "patient-overlap", "starts_at": visit["starts_at"], "ends_at": visit["ends_at"], "appointment": visit["id"] });
    same(&of_unit.json()["warnings"], &json!([warning]))?;
    // Another unit of the care provider learns that the time is taken, and no more; another care
    // provider learns nothing.
    let of_other_unit = world.post("eva.dahl", APPOINTMENTS, body.clone()).await?;
    made(&of_other_unit)?;
    let document = of_other_unit.json();
    let warnings = rows(&document, "warnings");
    same(warnings.len(), 2)?;
    for one in &warnings {
        same(
            (&one["kind"], &one["starts_at"], &one["appointment"]),
            (&json!("patient-overlap"), &visit["starts_at"], &json!(null)),
        )?;
    }
    let of_another = world.post("olof.strand", APPOINTMENTS, body).await?;
    made(&of_another)?;
    same(&of_another.json()["warnings"], &json!(null))
}

pub(super) async fn a_free_time_visit_takes_the_slots_below_it_until_it_is_called_off(
    world: World,
) -> Verdict {
    let laid = an_hour_of_slots(&world).await?;
    let over = with(free_time(&laid.from), "minutes", json!(30));
    let id = made(&book(&world, over).await?)?;
    same(laid.free(&world).await?, vec![laid.slots[2].clone()])?;
    refused(
        &book(&world, scheduled(&laid.slots[0])).await?,
        "409 slot-taken",
    )?;
    // Moved along, it gives the first back and takes the third.
    let to = json!({ "starts_at": minutes_past(&laid.from, 25) });
    made(
        &world
            .post("anna.lind", &path(&id, "reschedule"), to)
            .await?,
    )?;
    same(laid.free(&world).await?, vec![laid.slots[0].clone()])?;
    made(&cancel(&world, &id).await?)?;
    same(laid.free(&world).await?, laid.slots)
}

pub(super) async fn a_cancelled_slot_can_be_booked_again_at_once(world: World) -> Verdict {
    let laid = an_hour_of_slots(&world).await?;
    let id = made(&book(&world, scheduled(&laid.slots[1])).await?)?;
    let cancelled = cancel(&world, &id).await?;
    made(&cancelled)?;
    same(&cancelled.json()["state"], &json!("cancelled"))?;
    same(
        &cancelled.json()["cancellation"],
        &json!({ "by": "staff", "reason": "Sjuk" }),
    )?;
    let second = made(&book(&world, scheduled(&laid.slots[1])).await?)?;
    // The first stays cancelled, and cancelling it again does not touch the second.
    let again = cancel(&world, &id).await?;
    refused(&again, "409 wrong-step")?;
    same(
        laid.free(&world).await?,
        vec![laid.slots[0].clone(), laid.slots[2].clone()],
    )?;
    let read = world
        .get("anna.lind", &format!("{APPOINTMENTS}/{second}"))
        .await?;
    same(&read.json()["state"], &json!("booked"))
}

pub(super) async fn a_moved_visit_frees_its_slot_at_once(world: World) -> Verdict {
    let laid = an_hour_of_slots(&world).await?;
    let id = made(&book(&world, scheduled(&laid.slots[0])).await?)?;
    made(&book(&world, scheduled(&laid.slots[1])).await?)?;
    let reschedule = path(&id, "reschedule");
    let taken = world
        .post("anna.lind", &reschedule, json!({ "slot": laid.slots[1] }))
        .await?;
    refused(&taken, "409 slot-taken")?;
    let moved = world
        .post("anna.lind", &reschedule, json!({ "slot": laid.slots[2] }))
        .await?;
    same(made(&moved)?, id)?;
    same(&moved.json()["slot"], &json!(laid.slots[2]))?;
    same(laid.free(&world).await?, vec![laid.slots[0].clone()])?;
    made(&book(&world, scheduled(&laid.slots[0])).await?)?;
    Ok(())
}

pub(super) async fn a_free_time_visit_moves_and_keeps_its_length(world: World) -> Verdict {
    let (visit, starts_at) = a_visit(&world, &[]).await?;
    let reschedule = path(&text(&visit["id"]), "reschedule");
    // Over its own old time, which is no clash.
    let later: Timestamp = minutes_past(&starts_at, 15).parse()?;
    let moved = world
        .post(
            "anna.lind",
            &reschedule,
            json!({ "starts_at": later.to_string() }),
        )
        .await?;
    made(&moved)?;
    same(
        (&moved.json()["starts_at"], &moved.json()["ends_at"]),
        (
            &json!(later.to_string()),
            &json!(later.plus(30 * 60_000).to_string()),
        ),
    )?;
    let (other, taken) = a_visit(&world, &[]).await?;
    let to = |more: Value| {
        let body = json!({ "starts_at": taken, "minutes": 20 });
        world.post("anna.lind", &reschedule, with(body, "allow_overlap", more))
    };
    let clash = to(json!(false)).await?;
    refused(&clash, "409 practitioner-busy")?;
    same(&clash.json()["clash"]["appointment"], &other["id"])?;
    let over = to(json!(true)).await?;
    made(&over)?;
    same(
        (
            &over.json()["starts_at"],
            &over.json()["overlap_allowed_by"],
        ),
        (&other["starts_at"], &json!(NURSE)),
    )
}

pub(super) async fn a_visit_is_changed_by_its_version(world: World) -> Verdict {
    let (visit, starts_at) = a_visit(&world, &[]).await?;
    let id = text(&visit["id"]);
    let address = format!("{APPOINTMENTS}/{id}");
    let first = world.get("anna.lind", &address).await?;
    same(
        (first.header("etag"), &visit["version"]),
        ("\"1\"", &json!(1)),
    )?;
    let to = json!({ "starts_at": minutes_past(&starts_at, 10) });
    made(
        &world
            .post("anna.lind", &path(&id, "reschedule"), to)
            .await?,
    )?;
    let second = world.get("anna.lind", &address).await?;
    same(second.header("etag"), "\"2\"")?;
    // Many change it at once: each change happens to the end, or says why not.
    let steps = (0..6).map(|_| cancel(&world, &id));
    let answers = futures_util::future::try_join_all(steps).await?;
    let outcomes: Vec<String> = answers.iter().map(Answer::outcome).collect();
    let won = outcomes.iter().filter(|one| *one == "200").count();
    let late = outcomes
        .iter()
        .filter(|one| *one == "409 wrong-step")
        .count();
    same(
        (won, late, outcomes),
        (1, 5, answers.iter().map(Answer::outcome).collect()),
    )?;
    let third = world.get("anna.lind", &address).await?;
    same(third.header("etag"), "\"3\"")
}

pub(super) async fn a_visit_goes_its_way_from_arrived_to_completed(world: World) -> Verdict {
    let alex = json!({ "personal_identity": "196103072390", "name": "Alex Blom" });
    let body = with(soon(30 * 60_000), "patient", alex);
    let id = made(&book(&world, body).await?)?;
    let arrived = step(&world, "alex.blom", &id, "arrive").await?;
    same(&arrived.json()["state"], &json!("arrived"))?;
    refused(
        &step(&world, "alex.blom", &id, "start").await?,
        "403 not-allowed",
    )?;
    let moved = json!({ "starts_at": now().plus(3_600_000).to_string() });
    let moved = world
        .post("anna.lind", &path(&id, "reschedule"), moved)
        .await?;
    refused(&moved, "409 wrong-step")?;
    for (taken, state) in [("start", "started"), ("complete", "completed")] {
        let answer = step(&world, "anna.lind", &id, taken).await?;
        same(&answer.json()["state"], &json!(state))?;
    }
    for taken in ["arrive", "start", "complete", "no-show"] {
        let answer = step(&world, "anna.lind", &id, taken).await?;
        refused(&answer, "409 wrong-step")?;
        same(
            (&answer.json()["state"], &answer.json()["step"]),
            (&json!("completed"), &json!(taken)),
        )?;
    }
    refused(&cancel(&world, &id).await?, "409 wrong-step")
}

pub(super) async fn who_does_not_come_is_a_no_show_once_the_time_has_come(world: World) -> Verdict {
    const AHEAD: i64 = 4_000;
    let body = soon(AHEAD);
    let starts_at: Timestamp = text(&body["starts_at"]).parse()?;
    let id = made(&book(&world, body).await?)?;
    refused(
        &step(&world, "anna.lind", &id, "no-show").await?,
        "409 not-begun",
    )?;
    let left = u64::try_from(starts_at.millis() - now().millis()).unwrap_or(0);
    tokio::time::sleep(std::time::Duration::from_millis(left + 100)).await;
    let missed = step(&world, "anna.lind", &id, "no-show").await?;
    same(&missed.json()["state"], &json!("no-show"))?;
    refused(
        &step(&world, "anna.lind", &id, "arrive").await?,
        "409 wrong-step",
    )
}

pub(super) async fn a_wrong_step_is_refused_by_name(world: World) -> Verdict {
    let (visit, _) = a_visit(&world, &[]).await?;
    let id = text(&visit["id"]);
    let wrong = step(&world, "anna.lind", &id, "complete").await?;
    refused(&wrong, "409 wrong-step")?;
    same(
        (&wrong.json()["state"], &wrong.json()["step"]),
        (&json!("booked"), &json!("complete")),
    )?;
    for (taken, outcome) in [
        ("arrive", "409 too-early"),
        ("start", "409 too-early"),
        ("no-show", "409 not-begun"),
    ] {
        refused(&step(&world, "anna.lind", &id, taken).await?, outcome)?;
    }
    let read = world
        .get("anna.lind", &format!("{APPOINTMENTS}/{id}"))
        .await?;
    same(read.json(), visit)
}

pub(super) async fn a_patient_sees_and_cancels_their_own_visit(world: World) -> Verdict {
    let alex = json!({ "personal_identity": "196103072390", "name": "Alex Blom" });
    let invited = json!([{ "role": "relative", "name": "Mia Kvist", "phone": "070-174 06 06", "email": "mia@example.se" }]);
    let (visit, starts_at) = a_visit(
        &world,
        &[
            ("patient", alex),
            ("kind", json!("video")),
            ("participants", invited),
            ("entry", json!("Telefon")),
        ],
    )
    .await?;
    let id = text(&visit["id"]);
    let query = format!(
        "{APPOINTMENTS}?from={starts_at}&to={}",
        minutes_past(&starts_at, 1)
    );
    let own = world.get("alex.blom", &query).await?;
    same(ids(&rows(&own.json(), "appointments")), vec![id.clone()])?;
    let read = world
        .get("alex.blom", &format!("{APPOINTMENTS}/{id}"))
        .await?;
    same(&read.json()["reason"], &json!("Uppföljning"))?;
    same(&read.json()["participants"][0]["name"], &json!("Mia Kvist"))?;
    for hidden in ["196103072390", "+46701740606", "mia@example.se", "Telefon"] {
        sure(
            !own.text.contains(hidden) && !read.text.contains(hidden),
            format!("a patient is shown {hidden}"),
        )?;
    }
    let cancelled = step(&world, "alex.blom", &id, "cancel").await?;
    same(
        &cancelled.json()["cancellation"],
        &json!({ "by": "patient" }),
    )
}

pub(super) async fn a_patient_cancels_until_the_units_cutoff_and_staff_after_it(
    world: World,
) -> Verdict {
    let alex = json!({ "personal_identity": "196103072390", "name": "Alex Blom" });
    let within = with(soon(23 * 3_600_000), "patient", alex.clone());
    let id = made(&book(&world, within).await?)?;
    refused(
        &step(&world, "alex.blom", &id, "cancel").await?,
        "409 too-late-to-cancel",
    )?;
    same(
        &cancel(&world, &id).await?.json()["state"],
        &json!("cancelled"),
    )?;
    let before = with(soon(25 * 3_600_000), "patient", alex);
    let id = made(&book(&world, before).await?)?;
    let cancelled = step(&world, "alex.blom", &id, "cancel").await?;
    same(&cancelled.json()["state"], &json!("cancelled"))
}

pub(super) async fn the_units_visits_come_in_pages(world: World) -> Verdict {
    let (visit, starts_at) = a_visit(&world, &[]).await?;
    let mut expected = vec![text(&visit["id"])];
    // Three begin at the same moment: the pages part them by id.
    for _ in 0..2 {
        let over = with(free_time(&starts_at), "allow_overlap", json!(true));
        expected.push(made(&book(&world, over).await?)?);
    }
    let later = with(
        free_time(&minutes_past(&starts_at, 30)),
        "allow_overlap",
        json!(true),
    );
    let last = made(&book(&world, later).await?)?;
    expected.sort();
    expected.push(last);
    let query = format!(
        "{APPOINTMENTS}?from={starts_at}&to={}&practitioner={NURSE}&limit=1",
        minutes_past(&starts_at, 59)
    );
    let mut seen = vec![];
    let mut cursor = String::new();
    for _ in 0..=expected.len() {
        let page = world
            .get("anna.lind", &format!("{query}{cursor}"))
            .await?
            .json();
        seen.extend(ids(&rows(&page, "appointments")));
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    same(seen, expected)
}

pub(super) async fn a_visit_over_a_change_of_clocks_keeps_its_length(world: World) -> Verdict {
    for (month, starts_at, ends_at) in [(3, "00:30", "02:30"), (10, "23:30", "01:30")] {
        let day = last_sunday(month);
        let utc_day = if month == 3 { day } else { day - Days::new(1) };
        let body = with(free_time(&format!("{day}T01:30")), "minutes", json!(120));
        let booked = book(&world, with(body, "allow_overlap", json!(true))).await?;
        made(&booked)?;
        same(
            (&booked.json()["starts_at"], &booked.json()["ends_at"]),
            (
                &json!(format!("{utc_day}T{starts_at}:00Z")),
                &json!(format!("{day}T{ends_at}:00Z")),
            ),
        )?;
    }
    // The hour that comes twice needs its offset.
    let day = last_sunday(10);
    for (offset, utc) in [("+02:00", "00:30"), ("+01:00", "01:30")] {
        let body = free_time(&format!("{day}T02:30:00{offset}"));
        let booked = book(&world, with(body, "allow_overlap", json!(true))).await?;
        made(&booked)?;
        same(
            &booked.json()["starts_at"],
            &json!(format!("{day}T{utc}:00Z")),
        )?;
    }
    sure(day < now().date_in_stockholm() + Months::new(12), day)
}
