//! Booking, moving, calling off: the domain's sentences, spoken through the API.

use crate::world::*;
use serde_json::json;

#[tokio::test]
async fn a_nurse_books_a_patient_into_a_slot() {
    let world = World::new().await;
    let slots = world.annas_morning().await;
    assert_eq!(slots.len(), 6);

    let booked = world.book(scheduled(&slots[0], ALEX)).await;

    assert_eq!(booked.status, 201, "{}", booked.text);
    let visit = booked.json();
    assert_eq!(visit["state"], "booked");
    assert_eq!(visit["starts_at"], "2026-11-30T08:00:00Z");
    assert_eq!(visit["patient"]["personal_identity"], ALEX);
    assert_eq!(visit["practitioner"]["id"], ANNA);
    let place = booked.headers["location"].to_str().expect("a place");
    assert_eq!(place, format!("/booking/v1/appointments/{}", booked.id()));
    assert!(!world.free_slots().await.contains(&slots[0]));
    let read = world
        .get(ANNA, &format!("appointments/{}", booked.id()))
        .await;
    assert_eq!(read.json()["reason"], "Hosta");
    assert_eq!(read.headers["etag"], "\"1\"");
    assert_eq!(read.headers["cache-control"], "no-store");
}

#[tokio::test]
async fn a_booking_leaves_one_text_message_and_one_log_entry_in_its_transaction() {
    let world = World::new().await;
    let slots = world.annas_morning().await;
    world.book(scheduled(&slots[0], ALEX)).await;
    assert_eq!(world.number("SELECT count(*) AS n FROM sms_outbox WHERE template = 'booked' AND state = 'queued'").await, 1);
    assert_eq!(world.number("SELECT count(*) AS n FROM access_log WHERE activity = 'write' AND json_array_length(patients) = 1").await, 1);
    assert_eq!(
        world
            .number("SELECT max(number) AS n FROM access_log")
            .await,
        1
    );
}

#[tokio::test]
async fn without_consent_the_message_is_withheld_and_staff_sees_it() {
    let world = World::new().await;
    let body = with(
        free_time("2026-11-30T13:00", 30),
        "patient.sms_consent",
        json!(false),
    );
    let booked = world.book(body).await;
    assert_eq!(booked.json()["patient"]["gets_text_messages"], false);
    assert_eq!(world.number("SELECT count(*) AS n FROM sms_outbox WHERE state = 'withheld' AND recipient IS NULL").await, 1);
}

#[tokio::test]
async fn a_slot_is_booked_once() {
    let world = World::new().await;
    let slots = world.annas_morning().await;
    world.book(scheduled(&slots[0], ALEX)).await;
    let rows = world.rows().await;
    let second = world.book(scheduled(&slots[0], BO)).await;
    assert_eq!(second.refused(), (409, "slot-taken".into()));
    assert_eq!(world.rows().await, rows);
}

#[tokio::test]
async fn the_schema_alone_keeps_a_slot_from_being_booked_twice() {
    let world = World::new().await;
    let slots = world.annas_morning().await;
    world.book(scheduled(&slots[0], ALEX)).await;
    // As if a bug had freed the slot without cancelling its visit.
    world.run("UPDATE slots SET occupied_by = NULL", []).await;
    let second = world.book(scheduled(&slots[0], BO)).await;
    assert!(
        second.status == 409 || second.status == 503,
        "{} {}",
        second.status,
        second.text
    );
    assert_eq!(
        world.number("SELECT count(*) AS n FROM appointments").await,
        1
    );
}

#[tokio::test]
async fn a_cancelled_visit_gives_its_slot_back_at_once() {
    let world = World::new().await;
    let slots = world.annas_morning().await;
    let id = world.book(scheduled(&slots[0], ALEX)).await.id();
    let path = format!("appointments/{id}/cancel");

    let without_reason = world.post(ANNA, &path, json!({})).await;
    assert_eq!(without_reason.refused(), (422, "invalid".into()));
    let cancelled = world.post(ANNA, &path, json!({ "reason": "Sjuk" })).await;

    assert_eq!(cancelled.json()["state"], "cancelled");
    assert_eq!(
        cancelled.json()["cancellation"],
        json!({ "by": "staff", "reason": "Sjuk" })
    );
    assert_eq!(world.free_slots().await.len(), 6);
    assert_eq!(world.book(scheduled(&slots[0], BO)).await.status, 201);
    assert_eq!(
        world
            .number("SELECT count(*) AS n FROM sms_outbox WHERE template = 'cancelled'")
            .await,
        1
    );
}

#[tokio::test]
async fn a_visit_moves_to_another_slot_and_frees_the_first() {
    let world = World::new().await;
    let slots = world.annas_morning().await;
    let id = world.book(scheduled(&slots[0], ALEX)).await.id();
    let taken = world.book(scheduled(&slots[2], BO)).await;
    assert_eq!(taken.status, 201);
    let path = format!("appointments/{id}/reschedule");

    assert_eq!(
        world
            .post(ANNA, &path, json!({ "slot": slots[2] }))
            .await
            .refused(),
        (409, "slot-taken".into())
    );
    assert_eq!(
        world
            .post(ANNA, &path, json!({ "starts_at": "2026-12-01T09:00" }))
            .await
            .status,
        422
    );
    assert_eq!(world.post(ANNA, &path, json!({})).await.status, 422);
    let moved = world.post(ANNA, &path, json!({ "slot": slots[1] })).await;

    assert_eq!(moved.json()["starts_at"], "2026-11-30T08:30:00Z");
    let free = world.free_slots().await;
    assert!(free.contains(&slots[0]) && !free.contains(&slots[1]));
    assert_eq!(
        world
            .number("SELECT count(*) AS n FROM sms_outbox WHERE template = 'changed'")
            .await,
        1
    );
}

#[tokio::test]
async fn a_free_time_visit_moves_and_keeps_its_length() {
    let world = World::new().await;
    let id = world.book(free_time("2026-11-30T13:00", 45)).await.id();
    let path = format!("appointments/{id}/reschedule");
    assert_eq!(world.post(ANNA, &path, json!({})).await.status, 422);
    assert_eq!(
        world
            .post(ANNA, &path, json!({ "starts_at": "2026-11-22T13:00" }))
            .await
            .status,
        422
    );
    // Half an hour later: over its own old time, which is no clash.
    let moved = world
        .post(ANNA, &path, json!({ "starts_at": "2026-11-30T13:30" }))
        .await;
    assert_eq!(
        moved.json()["ends_at"],
        "2026-11-30T13:15:00Z",
        "{}",
        moved.text
    );
}

#[tokio::test]
async fn a_visit_over_another_of_the_practitioner_is_refused_with_the_clash() {
    let world = World::new().await;
    let first = world.book(free_time("2026-11-30T13:00", 60)).await.id();
    let rows = world.rows().await;

    let clash = world
        .book(with(
            free_time("2026-11-30T13:30", 60),
            "patient",
            patient(BO),
        ))
        .await;

    assert_eq!(clash.refused(), (409, "practitioner-busy".into()));
    assert_eq!(
        clash.json()["clash"],
        json!({ "appointment": first, "starts_at": "2026-11-30T12:00:00Z", "ends_at": "2026-11-30T13:00:00Z" })
    );
    assert_eq!(world.rows().await, rows);
    let touching = world
        .book(with(
            free_time("2026-11-30T14:00", 60),
            "patient",
            patient(BO),
        ))
        .await;
    assert_eq!(touching.status, 201);
}

#[tokio::test]
async fn a_long_visit_clashes_with_one_that_began_hours_ago() {
    let world = World::new().await;
    world.book(free_time("2026-11-30T08:00", 480)).await;
    let clash = world.book(free_time("2026-11-30T15:59", 10)).await;
    assert_eq!(clash.refused(), (409, "practitioner-busy".into()));
}

#[tokio::test]
async fn an_overlap_can_be_allowed_and_says_by_whom() {
    let world = World::new().await;
    world.book(free_time("2026-11-30T13:00", 60)).await;
    let over = world
        .book(with(
            with(free_time("2026-11-30T13:30", 60), "patient", patient(BO)),
            "allow_overlap",
            json!(true),
        ))
        .await;
    assert_eq!(over.status, 201, "{}", over.text);
    assert_eq!(over.json()["overlap_allowed_by"], ANNA);
}

#[tokio::test]
async fn nobodys_name_stands_with_a_visit_that_lies_over_no_other() {
    let world = World::new().await;
    let allowed = |body| with(body, "allow_overlap", json!(true));
    let first = world.book(allowed(free_time("2026-11-30T13:00", 60))).await;
    let second = with(free_time("2026-11-30T15:00", 60), "patient", patient(BO));
    let second = world.book(allowed(second)).await;
    for visit in [&first, &second] {
        assert!(
            visit.json().get("overlap_allowed_by").is_none(),
            "{}",
            visit.text
        );
    }
    let kept = "SELECT count(*) AS n FROM appointments WHERE overlap_allowed_by IS NOT NULL";
    assert_eq!(world.number(kept).await, 0);
    // The same where it moves; and where it comes to lie over another, the name stands until it moves away.
    let path = format!("appointments/{}/reschedule", second.id());
    for (starts_at, allowed_by) in [
        ("2026-11-30T16:00", json!(null)),
        ("2026-11-30T13:30", json!(ANNA)),
        ("2026-11-30T17:00", json!(null)),
    ] {
        let to = json!({ "starts_at": starts_at, "allow_overlap": true });
        let moved = world.post(ANNA, &path, to).await;
        assert_eq!(moved.status, 200, "{}", moved.text);
        assert_eq!(
            moved.json()["overlap_allowed_by"],
            allowed_by,
            "{starts_at}"
        );
        let expected = i64::from(!allowed_by.is_null());
        assert_eq!(world.number(kept).await, expected, "{starts_at}");
    }
}

#[tokio::test]
async fn cancelling_under_an_allowed_overlap_works_and_gives_no_slot_back_too_early() {
    let world = World::new().await;
    let slots = world.annas_morning().await;
    let below = world.book(scheduled(&slots[0], ALEX)).await.id();
    let over = world
        .book(with(
            with(free_time("2026-11-30T09:00", 30), "patient", patient(BO)),
            "allow_overlap",
            json!(true),
        ))
        .await
        .id();
    let cancelled = world
        .post(
            ANNA,
            &format!("appointments/{below}/cancel"),
            json!({ "reason": "x" }),
        )
        .await;
    assert_eq!(cancelled.status, 200, "{}", cancelled.text);
    assert!(
        !world.free_slots().await.contains(&slots[0]),
        "the other visit still lies over the slot"
    );
    world
        .post(
            ANNA,
            &format!("appointments/{over}/cancel"),
            json!({ "reason": "x" }),
        )
        .await;
    assert!(world.free_slots().await.contains(&slots[0]));
}

#[tokio::test]
async fn a_free_time_visit_takes_the_practitioners_slots_below_it_out_of_the_list() {
    let world = World::new().await;
    let slots = world.annas_morning().await;
    let id = world.book(free_time("2026-11-30T09:15", 30)).await.id();
    let free = world.free_slots().await;
    assert_eq!(free, slots[2..].to_vec());
    assert_eq!(
        world.book(scheduled(&slots[0], BO)).await.refused(),
        (409, "slot-taken".into())
    );
    // Moving it along frees the first slot and takes the third.
    let moved = world
        .post(
            ANNA,
            &format!("appointments/{id}/reschedule"),
            json!({ "starts_at": "2026-11-30T09:45" }),
        )
        .await;
    assert_eq!(moved.status, 200, "{}", moved.text);
    let free = world.free_slots().await;
    assert!(free.contains(&slots[0]) && !free.contains(&slots[1]) && !free.contains(&slots[2]));
}

#[tokio::test]
async fn long_and_short_times_are_given_back_when_no_visit_long_or_short_lies_over_them() {
    let world = World::new().await;
    // Half hours from nine, and two times of an hour and a half from half past twelve.
    let half_hours = world.annas_morning().await;
    let long_ones = with(
        with(
            with(
                morning(ANNA, "2026-11-30"),
                "recurrence.from",
                json!("12:30"),
            ),
            "recurrence.to",
            json!("15:30"),
        ),
        "recurrence.minutes",
        json!(90),
    );
    let laid = world.post(ANNA, "slot-templates", long_ones).await;
    assert_eq!(laid.status, 201, "{}", laid.text);
    let all = world.free_slots().await;
    assert_eq!(all.len(), 8);
    let over = async |starts_at: &str, minutes, of| {
        let body = with(free_time(starts_at, minutes), "patient", patient(of));
        let body = with(body, "allow_overlap", json!(true));
        world.book(body).await.id()
    };
    let day = over("2026-11-30T09:15", 360, ALEX).await;
    assert!(world.free_slots().await.is_empty());
    let hours = over("2026-11-30T08:00", 150, BO).await;
    let short = over("2026-11-30T13:30", 20, BO).await;
    let cancel = async |id: &str| {
        let path = format!("appointments/{id}/cancel");
        let cancelled = world.post(ANNA, &path, json!({ "reason": "x" })).await;
        assert_eq!(cancelled.status, 200, "{}", cancelled.text);
        world.free_slots().await
    };
    // What the other two lie over stays taken: half hours until half past ten, and the time that 13.30 lies in.
    let free = cancel(&day).await;
    assert_eq!(free, [&half_hours[3..], &all[7..]].concat());
    let free = cancel(&hours).await;
    assert_eq!(free, [&half_hours[..], &all[7..]].concat());
    assert_eq!(cancel(&short).await, all);
}

#[tokio::test]
async fn slots_laid_out_over_a_visit_are_born_taken() {
    let world = World::new().await;
    world.book(free_time("2026-11-30T09:00", 30)).await;
    assert_eq!(world.annas_morning().await.len(), 5);
}

#[tokio::test]
async fn the_patients_own_overlap_is_a_warning() {
    let world = World::new().await;
    let slots = world.annas_morning().await;
    let first = world.book(scheduled(&slots[0], ALEX)).await.id();
    let second = world
        .post(
            STIG,
            "appointments",
            with(
                free_time("2026-11-30T09:15", 30),
                "practitioner",
                json!(STIG),
            ),
        )
        .await;
    assert_eq!(second.status, 201, "{}", second.text);
    let warning = &second.json()["warnings"][0];
    assert_eq!(
        (&warning["kind"], &warning["appointment"]),
        (&json!("patient-overlap"), &json!(first))
    );
    let in_a_slot = world.book(scheduled(&slots[1], ALEX)).await;
    assert_eq!(in_a_slot.json()["warnings"][0]["kind"], "patient-overlap");
}

#[tokio::test]
async fn moving_a_visit_warns_of_the_patients_own_overlap_and_never_of_itself() {
    let world = World::new().await;
    let slots = world.annas_morning().await;
    let in_a_slot = world.book(scheduled(&slots[0], ALEX)).await.id();
    let with_stig = with(
        free_time("2026-11-30T13:00", 30),
        "practitioner",
        json!(STIG),
    );
    let free = world.post(STIG, "appointments", with_stig).await.id();
    let path = format!("appointments/{free}/reschedule");

    let over = json!({ "starts_at": "2026-11-30T09:15" });
    let moved = world.post(STIG, &path, over).await;
    assert_eq!(moved.status, 200, "{}", moved.text);
    let warnings = moved.json()["warnings"].clone();
    assert_eq!(warnings.as_array().map(Vec::len), Some(1), "{warnings}");
    assert_eq!(
        (&warnings[0]["kind"], &warnings[0]["appointment"]),
        (&json!("patient-overlap"), &json!(in_a_slot))
    );

    for over_its_old_self in ["2026-11-30T14:00", "2026-11-30T14:10"] {
        let to = json!({ "starts_at": over_its_old_self });
        let moved = world.post(STIG, &path, to).await;
        assert_eq!(moved.status, 200, "{}", moved.text);
        assert_eq!(moved.json()["warnings"], json!(null));
    }

    let to_the_next_slot = json!({ "starts_at": "2026-11-30T09:35" });
    world.post(STIG, &path, to_the_next_slot).await;
    let path = format!("appointments/{in_a_slot}/reschedule");
    let to_a_slot = json!({ "slot": slots[1] });
    let moved = world.post(ANNA, &path, to_a_slot).await;
    assert_eq!(moved.status, 200, "{}", moved.text);
    assert_eq!(moved.json()["warnings"][0]["appointment"], json!(free));
}

#[tokio::test]
async fn a_video_visit_invites_relatives_and_an_interpreter() {
    let world = World::new().await;
    let body = with(
        with(free_time("2026-11-30T13:00", 30), "kind", json!("video")),
        "participants",
        json!([
            { "role": "relative", "name": "Mia Kvist", "phone": "070-174 06 06" },
            { "role": "interpreter", "email": "tolk@example.se" }
        ]),
    );
    let booked = world.book(body).await;
    assert_eq!(booked.status, 201, "{}", booked.text);
    let read = world
        .get(ANNA, &format!("appointments/{}", booked.id()))
        .await
        .json();
    let mut roles: Vec<_> = read["participants"]
        .as_array()
        .expect("some")
        .iter()
        .map(|p| p["role"].clone())
        .collect();
    roles.sort_by_key(ToString::to_string);
    assert_eq!(roles, [json!("interpreter"), json!("relative")]);
    assert_eq!(
        world
            .number("SELECT count(*) AS n FROM sms_outbox WHERE template = 'video-link'")
            .await,
        1
    );
    // The patient sees who comes, and not how they are reached.
    let own = world
        .get(ALEX, &format!("appointments/{}", booked.id()))
        .await;
    assert!(
        own.text.contains("Mia Kvist")
            && !own.text.contains("0701740606")
            && !own.text.contains("tolk@")
    );
    assert!(own.json()["patient"].get("personal_identity").is_none());
}

#[tokio::test]
async fn a_visit_goes_its_way_and_refuses_wrong_steps_by_name() {
    let world = World::new().await;
    let id = world.book(free_time("2026-11-30T13:00", 30)).await.id();
    let step = |step: &'static str| format!("appointments/{id}/{step}");
    assert_eq!(
        world.post(ANNA, &step("arrive"), json!({})).await.refused(),
        (409, "too-early".into())
    );
    assert_eq!(
        world
            .post(ANNA, &step("no-show"), json!({}))
            .await
            .refused(),
        (409, "not-begun".into())
    );
    let wrong = world.post(ANNA, &step("complete"), json!({})).await;
    assert_eq!(wrong.refused(), (409, "wrong-step".into()));
    assert_eq!(
        (&wrong.json()["state"], &wrong.json()["step"]),
        (&json!("booked"), &json!("complete"))
    );

    world.clock.set(at("2026-11-30T12:30"));
    assert_eq!(
        world.post(ALEX, &step("arrive"), json!({})).await.json()["state"],
        "arrived"
    );
    assert_eq!(
        world.post(ALEX, &step("start"), json!({})).await.refused(),
        (403, "not-allowed".into())
    );
    assert_eq!(
        world.post(ANNA, &step("start"), json!({})).await.json()["state"],
        "started"
    );
    assert_eq!(
        world.post(ANNA, &step("complete"), json!({})).await.json()["state"],
        "completed"
    );
    let cancelled = world
        .post(ANNA, &step("cancel"), json!({ "reason": "x" }))
        .await;
    assert_eq!(cancelled.refused(), (409, "wrong-step".into()));
}

#[tokio::test]
async fn who_does_not_come_is_a_no_show_once_the_time_has_come() {
    let world = World::new().await;
    let id = world.book(free_time("2026-11-30T13:00", 30)).await.id();
    world.clock.set(at("2026-11-30T14:00"));
    assert_eq!(
        world
            .post(ANNA, &format!("appointments/{id}/arrive"), json!({}))
            .await
            .refused(),
        (409, "over".into())
    );
    let missed = world
        .post(ANNA, &format!("appointments/{id}/no-show"), json!({}))
        .await;
    assert_eq!(missed.json()["state"], "no-show");
}

#[tokio::test]
async fn a_patient_cancels_until_the_units_cutoff() {
    let world = World::new().await;
    let id = world.book(free_time("2026-11-30T13:00", 30)).await.id();
    let path = format!("appointments/{id}/cancel");
    assert_eq!(
        world
            .post(ALEX, &path, json!({ "reason": "x" }))
            .await
            .status,
        422
    );
    world.clock.set(at("2026-11-29T13:00:01"));
    assert_eq!(
        world.post(ALEX, &path, json!({})).await.refused(),
        (409, "too-late-to-cancel".into())
    );
    world.clock.set(at("2026-11-29T13:00"));
    let cancelled = world.post(ALEX, &path, json!({})).await;
    assert_eq!(cancelled.json()["cancellation"], json!({ "by": "patient" }));
    assert_eq!(world.number("SELECT count(*) AS n FROM access_log WHERE user_kind = 'patient' AND activity = 'write'").await, 1);
}

#[tokio::test]
async fn a_unit_sees_its_day_and_a_patient_their_own() {
    let world = World::new().await;
    for (hour, identity) in [("10:00", ALEX), ("11:00", BO), ("12:00", ALEX)] {
        let start = format!("2026-11-30T{hour}");
        world
            .book(with(free_time(&start, 30), "patient", patient(identity)))
            .await;
    }
    let before = world.number("SELECT count(*) AS n FROM access_log").await;

    let first = world
        .get(ANNA, "appointments?from=2026-11-30&limit=2")
        .await
        .json();
    assert_eq!(first["appointments"].as_array().map(Vec::len), Some(2));
    let cursor = first["next"].as_str().expect("a next page");
    let last = world
        .get(
            ANNA,
            &format!("appointments?from=2026-11-30&cursor={cursor}"),
        )
        .await
        .json();
    assert_eq!(last["appointments"].as_array().map(Vec::len), Some(1));
    assert_eq!(last["next"], json!(null));
    let own = world.get(ALEX, "appointments").await.json();
    assert_eq!(own["appointments"].as_array().map(Vec::len), Some(2));
    let of_stig = world
        .get(
            ANNA,
            &format!("appointments?from=2026-11-30&practitioner={STIG}"),
        )
        .await
        .json();
    assert_eq!(of_stig["appointments"], json!([]));

    // One entry a page that showed somebody; the empty page shows nobody.
    assert_eq!(
        world.number("SELECT count(*) AS n FROM access_log").await,
        before + 3
    );
    assert_eq!(
        world
            .number("SELECT max(json_array_length(patients)) AS n FROM access_log")
            .await,
        2
    );
    assert_eq!(
        world.number("SELECT count(*) AS n FROM access_log").await,
        world
            .number("SELECT max(number) AS n FROM access_log")
            .await
    );
}

#[tokio::test]
async fn the_calendar_file_keeps_its_uid_and_raises_its_sequence() {
    let world = World::new().await;
    let id = world.book(free_time("2026-11-30T13:00", 30)).await.id();
    let file = format!("appointments/{id}/calendar.ics");
    let first = world.get(ALEX, &file).await;
    assert_eq!(
        first.headers["content-type"],
        "text/calendar; charset=utf-8"
    );
    for line in [
        format!("UID:{id}@vardflode"),
        "SEQUENCE:0".into(),
        "DTSTART:20261130T120000Z".into(),
        "STATUS:CONFIRMED".into(),
    ] {
        assert!(first.text.contains(&line), "{line} in {}", first.text);
    }
    assert!(
        !first.text.contains("Hosta") && !first.text.contains("blodtryck"),
        "no health in a calendar"
    );
    world
        .post(
            ANNA,
            &format!("appointments/{id}/reschedule"),
            json!({ "starts_at": "2026-11-30T14:00" }),
        )
        .await;
    assert!(world.get(ALEX, &file).await.text.contains("SEQUENCE:1"));
    world
        .post(
            ANNA,
            &format!("appointments/{id}/cancel"),
            json!({ "reason": "x" }),
        )
        .await;
    let last = world.get(ALEX, &file).await.text;
    assert!(
        last.contains("SEQUENCE:2")
            && last.contains("STATUS:CANCELLED")
            && last.contains("METHOD:CANCEL")
    );
    assert!(last.contains(&format!("UID:{id}@vardflode")));
}

#[tokio::test]
async fn a_patient_known_already_needs_no_name_and_keeps_their_profile() {
    let world = World::new().await;
    let nameless = json!({ "personal_identity": ALEX });
    let unknown = world
        .book(with(
            free_time("2026-11-30T13:00", 30),
            "patient",
            nameless.clone(),
        ))
        .await;
    assert_eq!(unknown.json()["field"], "patient.name");
    world.book(free_time("2026-11-30T13:00", 30)).await;
    let known = world
        .book(with(free_time("2026-11-30T14:00", 30), "patient", nameless))
        .await;
    assert_eq!(known.json()["patient"]["name"], "Alex Blom");
    assert_eq!(world.number("SELECT count(*) AS n FROM patients").await, 1);
}

#[tokio::test]
async fn nothing_personal_stands_readable_in_the_store() {
    let world = World::new().await;
    world.book(free_time("2026-11-30T13:00", 30)).await;
    let found = world
        .number(
            "SELECT count(*) AS n FROM (
  SELECT identity || name || phone AS text FROM patients
  UNION ALL SELECT details FROM appointments UNION ALL SELECT recipient FROM sms_outbox
  UNION ALL SELECT answer FROM idempotency_keys UNION ALL SELECT name FROM practitioners
  UNION ALL SELECT user_id || resource_id || patients FROM access_log
) WHERE text LIKE '%Alex%' OR text LIKE '%19610307%' OR text LIKE '%70174%' OR text LIKE '%Hosta%' OR text LIKE '%Testkvist%'",
        )
        .await;
    assert_eq!(found, 0);
}

#[tokio::test]
async fn a_protected_identity_stays_out_of_lists_and_calendars_and_can_only_be_added() {
    let world = World::new().await;
    let protected = with(
        free_time("2026-11-24T08:00", 15),
        "patient.protected_identity",
        json!(true),
    );
    let first = world.book(protected).await;
    assert_eq!(first.json()["patient"]["protected_identity"], true);
    // Naming the patient without it the next time takes nothing away.
    let visit = world.book(free_time("2026-11-24T10:00", 15)).await.json();
    assert_eq!(visit["patient"]["protected_identity"], true);
    let id = visit["id"].as_str().expect("an id");

    let listed = world
        .get(ANNA, "appointments?from=2026-11-24&to=2026-11-25")
        .await;
    assert_eq!(
        listed.json()["appointments"].as_array().map(Vec::len),
        Some(2)
    );
    assert!(!listed.text.contains("Blom") && !listed.text.contains(ALEX));
    let read = world.get(ANNA, &format!("appointments/{id}")).await.json();
    assert_eq!(read["patient"]["name"], "Alex Blom");
    let own = world.get(ALEX, &format!("appointments/{id}")).await.json();
    assert_eq!(own["patient"]["name"], "Alex Blom");
    assert!(own["patient"].get("protected_identity").is_none());
    let calendar = world
        .get(ALEX, &format!("appointments/{id}/calendar.ics"))
        .await;
    assert!(
        !calendar.text.contains("Testberget"),
        "no unit: {}",
        calendar.text
    );
}

#[tokio::test]
async fn a_known_patient_becomes_protected_by_a_later_booking() {
    let world = World::new().await;
    let open = world.book(free_time("2026-11-24T08:00", 15)).await.json();
    assert_eq!(open["patient"]["protected_identity"], false);
    let later = with(
        free_time("2026-11-24T10:00", 15),
        "patient.protected_identity",
        json!(true),
    );
    world.book(later).await.id();
    let id = open["id"].as_str().expect("an id");
    let read = world.get(ANNA, &format!("appointments/{id}")).await.json();
    assert_eq!(read["patient"]["protected_identity"], true);
}

#[tokio::test]
async fn what_was_booked_or_laid_out_is_answered_again_once_its_time_has_passed() {
    let world = World::new().await;
    let visit = free_time("2026-11-23T09:05", 30);
    let morning = with(
        morning(ANNA, "2026-11-23"),
        "recurrence",
        json!({
            "weekdays": ["monday"], "from": "10:00", "to": "11:00", "minutes": 30,
            "valid_from": "2026-11-23", "valid_to": "2026-11-23"
        }),
    );
    let asked = [("appointments", visit), ("slot-templates", morning)];
    let ask = async |key: &'static str| {
        let mut answers = vec![];
        for (path, body) in &asked {
            answers.push(
                world
                    .post_again(ANNA, path, &format!("{key}-{path}"), body.clone())
                    .await,
            );
        }
        answers
    };
    let first = ask("the-same-key").await;
    world.clock.set(at("2026-11-23T12:00"));
    let again = ask("the-same-key").await;
    for (first, again) in first.iter().zip(&again) {
        assert_eq!(first.status, 201, "{}", first.text);
        assert_eq!((again.status, &again.text), (first.status, &first.text));
    }
    // Under another key it is another request, and too late.
    for late in ask("another-key").await {
        assert_eq!(late.refused(), (422, "invalid".into()));
    }
}
