//! Bookable times: laid out by weekly templates, listed, withdrawn.

use super::*;

/// A psychologist and her unit's nobody else's cases lay out or book.
const PSYCHOLOGIST: &str = "SE165565594230-P008";

pub(super) async fn a_weekly_template_lays_out_its_slots_and_is_listed(world: World) -> Verdict {
    use chrono::{Datelike, Days};
    let first = world.day(MOST_DAYS_OF_SLOTS);
    let weekday = |date: NaiveDate| EVERY_WEEKDAY[date.weekday().num_days_from_monday() as usize];
    let third = first + Days::new(2);
    let body = json!({
        "role": "administrator",
        "recurrence": {
            // Two days of the week, for two weeks but one date: 3 days of 08:00, 08:25 and 08:50.
            "weekdays": [weekday(first), weekday(third)],
            "from": "08:00", "to": "09:10", "minutes": 20, "pause_minutes": 5,
            "valid_from": first, "valid_to": first + Days::new(13), "exceptions": [first]
        }
    });
    let laid = world.post("sara.gran", SLOT_TEMPLATES, body).await?;
    let id = made(&laid)?;
    same(
        (&laid.json()["slots"], &laid.json()["left_out"]),
        (&json!(9), &json!(0)),
    )?;
    let listed = world.get("sara.gran", SLOT_TEMPLATES).await?.json();
    let kept = rows(&listed, "slot_templates");
    let kept = kept.iter().find(|one| one["id"] == id);
    same(
        kept.map(|one| one["recurrence"].clone()),
        Some(laid.json()["recurrence"].clone()),
    )
}

pub(super) async fn a_practitioners_time_is_laid_out_once(world: World) -> Verdict {
    let laid = an_hour_of_slots(&world).await?;
    let (_, from) = laid.from.split_once('T').ok_or("no time")?;
    let (_, to) = laid.to.split_once('T').ok_or("no time")?;
    let body = json!({ "practitioner": NURSE, "recurrence": recurrence(laid.day, from, to) });
    let again = world.post("maria.berg", SLOT_TEMPLATES, body).await?;
    made(&again)?;
    same(
        (&again.json()["slots"], &again.json()["left_out"]),
        (&json!(0), &json!(3)),
    )?;
    same(laid.free(&world).await?, laid.slots)
}

pub(super) async fn slots_are_right_over_both_changes_of_clocks(world: World) -> Verdict {
    // In spring the hour from two is left out; in autumn, where it comes twice, it is meant once.
    for (month, expected) in [(3, 4), (10, 8)] {
        let day = last_sunday(month);
        let night = json!({
            "role": "nurse",
            "recurrence": with(recurrence(day, "01:30", "03:30"), "minutes", json!(15))
        });
        let laid = world.post("nils.hav", SLOT_TEMPLATES, night).await?;
        about(day, same(&laid.json()["slots"], &json!(expected)))?;

        // Five in the morning stays five in the morning.
        let before = day - chrono::Days::new(1);
        let days = with(
            with(
                recurrence(before, "05:00", "05:20"),
                "valid_to",
                json!(day + chrono::Days::new(1)),
            ),
            "weekdays",
            json!(EVERY_WEEKDAY),
        );
        let mornings = json!({ "practitioner": PSYCHOLOGIST, "recurrence": days });
        made(&world.post("sara.gran", SLOT_TEMPLATES, mornings).await?)?;
        for (date, utc) in [
            (before, if month == 3 { "04:00" } else { "03:00" }),
            (day, if month == 3 { "03:00" } else { "04:00" }),
        ] {
            let query =
                format!("{SLOTS}?from={date}T05:00&to={date}T05:20&practitioner={PSYCHOLOGIST}");
            let listed = world.get("sara.gran", &query).await?.json();
            same(
                &listed["slots"][0]["starts_at"],
                &json!(format!("{date}T{utc}:00Z")),
            )?;
        }
    }
    Ok(())
}

pub(super) async fn slots_are_listed_by_practitioner_and_role_free_ones_or_all(
    world: World,
) -> Verdict {
    let laid = an_hour_of_slots(&world).await?;
    made(
        &world
            .post("anna.lind", APPOINTMENTS, scheduled(&laid.slots[1]))
            .await?,
    )?;
    same(
        laid.free(&world).await?,
        vec![laid.slots[0].clone(), laid.slots[2].clone()],
    )?;
    let all = world
        .get("stig.testkvist", &format!("{}&free=false", laid.query()))
        .await?
        .json();
    let all = rows(&all, "slots");
    same(ids(&all), laid.slots.clone())?;
    same(
        all.iter().map(|slot| &slot["free"]).collect::<Vec<_>>(),
        vec![&json!(true), &json!(false), &json!(true)],
    )?;
    same(&all[0]["practitioner"], &json!(NURSE))?;
    let of_role = |role: &str| format!("{SLOTS}?from={}&to={}&role={role}", laid.from, laid.to);
    let nurses = world.get("anna.lind", &of_role("nurse")).await?.json();
    sure(
        ids(&rows(&nurses, "slots")).contains(&laid.slots[0]),
        nurses,
    )?;
    let physicians = world.get("anna.lind", &of_role("physician")).await?.json();
    sure(
        !ids(&rows(&physicians, "slots")).contains(&laid.slots[0]),
        physicians,
    )
}

pub(super) async fn slots_come_in_pages(world: World) -> Verdict {
    let laid = an_hour_of_slots(&world).await?;
    let mut seen = vec![];
    let mut cursor = String::new();
    loop {
        let query = format!("{}&limit=2{cursor}", laid.query());
        let page = world.get("anna.lind", &query).await?.json();
        let found = ids(&rows(&page, "slots"));
        sure(found.len() <= 2, &page)?;
        seen.extend(found);
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    same(seen, laid.slots)
}

pub(super) async fn a_booked_slot_is_not_withdrawn_and_a_free_one_is(world: World) -> Verdict {
    let laid = an_hour_of_slots(&world).await?;
    made(
        &world
            .post("anna.lind", APPOINTMENTS, scheduled(&laid.slots[0]))
            .await?,
    )?;
    let withdraw = |slot: &str| format!("{SLOTS}/{slot}/withdraw");
    let booked = world
        .post("anna.lind", &withdraw(&laid.slots[0]), json!({}))
        .await?;
    refused(&booked, "409 slot-not-free")?;
    let free = world
        .post("maria.berg", &withdraw(&laid.slots[1]), json!({}))
        .await?;
    same(made(&free)?, laid.slots[1].clone())?;
    same(&free.json()["withdrawn"], &json!(true))?;
    let again = world
        .post("anna.lind", &withdraw(&laid.slots[1]), json!({}))
        .await?;
    refused(&again, "409 slot-not-free")?;
    let gone = world
        .post("anna.lind", APPOINTMENTS, scheduled(&laid.slots[1]))
        .await?;
    refused(&gone, "409 slot-taken")?;
    same(laid.free(&world).await?, vec![laid.slots[2].clone()])
}

pub(super) async fn what_cannot_be_laid_out_is_refused_at_its_field(world: World) -> Verdict {
    let day = world.day(MOST_DAYS_OF_SLOTS);
    let after = |days: u64| json!(day + chrono::Days::new(days));
    let good = || recurrence(day, "22:00", "23:00");
    let cases = [
        (with(good(), "weekdays", json!([])), "weekdays"),
        (with(good(), "weekdays", json!(["someday"])), "weekdays[0]"),
        (with(good(), "from", json!("23:00")), "to"),
        (with(good(), "from", json!("25:00")), "from"),
        (with(good(), "to", json!("21:00")), "to"),
        (with(good(), "to", json!("22:10")), "to"),
        (with(good(), "minutes", json!(0)), "minutes"),
        (with(good(), "minutes", json!(481)), "minutes"),
        (with(good(), "minutes", json!(-20)), "minutes"),
        (with(good(), "minutes", json!("20")), "minutes"),
        (with(good(), "pause_minutes", json!(481)), "pause_minutes"),
        (with(good(), "valid_to", json!("2020-01-01")), "valid_to"),
        (with(good(), "valid_to", after(367)), "valid_to"),
        (
            with(good(), "valid_from", json!("2026-02-30")),
            "valid_from",
        ),
        (
            with(
                with(good(), "valid_from", json!("2099-01-01")),
                "valid_to",
                json!("2099-01-02"),
            ),
            "valid_from",
        ),
        (
            with(
                with(good(), "valid_from", json!("2020-01-01")),
                "valid_to",
                json!("2020-01-02"),
            ),
            "to",
        ),
        (
            with(
                with(good(), "valid_from", json!("-262143-01-01")),
                "valid_to",
                json!("-262143-01-02"),
            ),
            "to",
        ),
        (
            with(
                with(with(good(), "minutes", json!(1)), "from", json!("00:00")),
                "valid_to",
                after(300),
            ),
            "valid_to",
        ),
        (with(good(), "exceptions", json!([day])), "to"),
        (
            with(good(), "exceptions", json!(vec!["2027-01-01"; 367])),
            "exceptions",
        ),
        (with(good(), "surprise", json!(true)), "surprise"),
    ];
    for (recurrence, field) in cases {
        let body = json!({ "practitioner": NURSE, "recurrence": recurrence });
        let answer = world.post("anna.lind", SLOT_TEMPLATES, body).await?;
        about(field, refused_at(&answer, &format!("recurrence.{field}")))?;
    }
    for (member, value, field) in [
        ("practitioner", json!("SE165565594230-P006"), "practitioner"),
        ("practitioner", json!("SE165565594230-P999"), "practitioner"),
        ("practitioner", json!("nobody"), "practitioner"),
        ("practitioner", json!(null), "role"),
        ("role", json!("nurse"), "role"),
        ("role", json!("king"), "role"),
    ] {
        let body = json!({ "practitioner": NURSE, "recurrence": good() });
        let answer = world
            .post("anna.lind", SLOT_TEMPLATES, with(body, member, value))
            .await?;
        about(field, refused_at(&answer, field))?;
    }
    let query = format!("{SLOTS}?from={day}T21:59&to={day}T23:59&practitioner={NURSE}&free=false");
    let laid = world.get("anna.lind", &query).await?;
    same(&laid.json()["slots"], &json!([]))
}
