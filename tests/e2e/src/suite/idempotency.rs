//! Repeated requests: the first answer again, and everything once.

use super::*;
use crate::caller::new_key;

pub(super) async fn a_repeated_request_gets_the_first_answer_again(world: World) -> Verdict {
    let laid = an_hour_of_slots(&world).await?;
    let booked = made(
        &world
            .post("anna.lind", APPOINTMENTS, scheduled(&laid.slots[0]))
            .await?,
    )?;
    let posts = [
        (APPOINTMENTS.to_owned(), scheduled(&laid.slots[1])),
        (
            path(&booked, "reschedule"),
            json!({ "slot": laid.slots[2] }),
        ),
        (path(&booked, "cancel"), json!({ "reason": "Sjuk" })),
        (format!("{SLOTS}/{}/withdraw", laid.slots[0]), json!({})),
        (
            SLOT_TEMPLATES.to_owned(),
            json!({ "role": "nurse", "recurrence": recurrence(laid.day, "05:00", "05:20") }),
        ),
    ];
    for (path, body) in posts {
        let key = new_key();
        let send = || world.post_under(&key, "anna.lind", &path, body.to_string());
        let first = send().await?;
        about(&path, made(&first).map(drop))?;
        same(first.header("idempotency-replayed"), "")?;
        let again = send().await?;
        same(
            (again.status, again.text.as_str()),
            (first.status, first.text.as_str()),
        )?;
        same(again.header("idempotency-replayed"), "true")?;
    }
    // Each of them happened once.
    let query = format!("{APPOINTMENTS}?from={}&to={}", laid.from, laid.to);
    let listed = world.get("anna.lind", &query).await?.json();
    let visits = rows(&listed, "appointments");
    same(visits.len(), 2)?;
    let moved = visits.iter().find(|visit| visit["id"] == booked);
    same(moved.map(|visit| &visit["version"]), Some(&json!(3)))
}

pub(super) async fn requests_sent_at_once_under_one_key_happen_once(world: World) -> Verdict {
    let laid = an_hour_of_slots(&world).await?;
    let key = new_key();
    let body = scheduled(&laid.slots[0]).to_string();
    let sending = (0..8).map(|_| world.post_under(&key, "anna.lind", APPOINTMENTS, body.clone()));
    let answers = futures_util::future::try_join_all(sending).await?;
    let id = made(&answers[0])?;
    for answer in &answers {
        same(
            (answer.status.as_u16(), answer.text.as_str()),
            (201, answers[0].text.as_str()),
        )?;
    }
    let replayed = answers
        .iter()
        .filter(|answer| answer.header("idempotency-replayed") == "true");
    same(replayed.count(), answers.len() - 1)?;
    let query = format!("{APPOINTMENTS}?from={}&to={}", laid.from, laid.to);
    let listed = world.get("anna.lind", &query).await?.json();
    same(ids(&rows(&listed, "appointments")), vec![id])
}

pub(super) async fn a_key_used_for_another_request_is_refused(world: World) -> Verdict {
    let laid = an_hour_of_slots(&world).await?;
    let key = new_key();
    let body = scheduled(&laid.slots[0]);
    let first = world
        .post_under(&key, "anna.lind", APPOINTMENTS, body.to_string())
        .await?;
    let id = made(&first)?;
    for (path, body) in [
        (APPOINTMENTS.to_owned(), scheduled(&laid.slots[1])),
        (
            APPOINTMENTS.to_owned(),
            with(body, "reason", json!("Annat")),
        ),
        (path(&id, "cancel"), json!({ "reason": "Sjuk" })),
        (format!("{SLOTS}/{}/withdraw", laid.slots[1]), json!({})),
    ] {
        let other = world
            .post_under(&key, "anna.lind", &path, body.to_string())
            .await?;
        about(&path, refused(&other, "422 idempotency-key-reused"))?;
    }
    same(laid.free(&world).await?, laid.slots[1..].to_vec())
}

pub(super) async fn a_key_is_the_callers_own(world: World) -> Verdict {
    let laid = an_hour_of_slots(&world).await?;
    let key = new_key();
    let mut visits = vec![];
    for (person, slot) in [("anna.lind", 0), ("maria.berg", 1)] {
        let body = scheduled(&laid.slots[slot]).to_string();
        let booked = world.post_under(&key, person, APPOINTMENTS, body).await?;
        visits.push(made(&booked)?);
    }
    sure(visits[0] != visits[1], visits)
}

pub(super) async fn a_refusal_is_not_kept(world: World) -> Verdict {
    let laid = an_hour_of_slots(&world).await?;
    let first = made(
        &world
            .post("anna.lind", APPOINTMENTS, scheduled(&laid.slots[0]))
            .await?,
    )?;
    let key = new_key();
    let body = scheduled(&laid.slots[0]).to_string();
    let send = || world.post_under(&key, "anna.lind", APPOINTMENTS, body.clone());
    refused(&send().await?, "409 slot-taken")?;
    let cancel = json!({ "reason": "Sjuk" });
    made(
        &world
            .post("anna.lind", &path(&first, "cancel"), cancel)
            .await?,
    )?;
    made(&send().await?)?;
    Ok(())
}

pub(super) async fn a_post_without_a_good_key_is_refused(world: World) -> Verdict {
    let laid = an_hour_of_slots(&world).await?;
    let bearer = format!("Bearer {}", world.token("anna.lind")?);
    let body = scheduled(&laid.slots[0]).to_string();
    let headers = [
        ("authorization", bearer.as_str()),
        ("content-type", "application/json"),
    ];
    for path in [
        APPOINTMENTS.to_owned(),
        SLOT_TEMPLATES.to_owned(),
        format!("{SLOTS}/{}/withdraw", laid.slots[0]),
        path(UNKNOWN, "cancel"),
        path(UNKNOWN, "reschedule"),
        path(UNKNOWN, "arrive"),
        path(UNKNOWN, "start"),
        path(UNKNOWN, "complete"),
        path(UNKNOWN, "no-show"),
    ] {
        let unkeyed = world.send("POST", &path, &headers, body.clone()).await?;
        about(&path, refused(&unkeyed, "400 idempotency-key"))?;
    }
    for key in ["short", "       ", &"x".repeat(129)] {
        let answer = world
            .post_under(key, "anna.lind", APPOINTMENTS, body.clone())
            .await?;
        about(key, refused(&answer, "400 idempotency-key"))?;
    }
    same(laid.free(&world).await?, laid.slots.clone())?;
    let longest = format!("{:x<128}", new_key());
    made(
        &world
            .post_under(&longest, "anna.lind", APPOINTMENTS, body)
            .await?,
    )?;
    Ok(())
}
