//! Writing, reading, taking back; notes and reply phrases.

use crate::world::*;
use axum::body::Body;
use http::Request;
use serde_json::json;
use shared::time::MINUTE;

#[tokio::test]
async fn both_sides_write_and_see_the_same_numbers() {
    let clinic = Clinic::new().await;
    let case = clinic.open_case().await;
    for (person, text) in [
        (ANNA, "Hur mår du?"),
        (ALEX, "Bättre"),
        (STIG, "Det var bra att höra"),
    ] {
        let posted = clinic.write(person, &case, text).await;
        assert_eq!(posted.status, 201, "{}", posted.text);
    }
    let thread = clinic.thread(ALEX, &case).await;
    assert_eq!(thread, clinic.thread(ANNA, &case).await);
    assert_eq!(
        thread.iter().map(|(number, _)| *number).collect::<Vec<_>>(),
        [1, 2, 3, 4]
    );
    assert_eq!(clinic.state(ALEX, &case).await, "awaiting-patient");
    let chat = clinic.chat(ALEX, &case).await;
    assert_eq!(chat["messages"][2]["own"], true);
    assert_eq!(chat["messages"][1]["name"], "Stig Testkvist");
}

#[tokio::test]
async fn a_repeated_post_is_one_message_and_gets_the_same_answer() {
    let clinic = Clinic::new().await;
    let case = clinic.open_case().await;
    let path = format!("chats/{case}/messages");
    let key = clinic.new_key();
    let first = clinic
        .post_again(ALEX, &path, &key, json!({ "text": "Hej" }))
        .await;
    clinic.write(ANNA, &case, "Hej Alex").await;
    let again = clinic
        .post_again(ALEX, &path, &key, json!({ "text": "Hej" }))
        .await;
    assert_eq!(first.json(), again.json());
    assert_eq!(again.headers["idempotency-replayed"], "true");
    assert_eq!(
        clinic
            .number("SELECT count(*) AS n FROM messages WHERE sender = 'patient'")
            .await,
        1
    );
    let other = clinic
        .post_again(ALEX, &path, &key, json!({ "text": "Nej" }))
        .await;
    assert_eq!(other.refused(), (422, "idempotency-key-reused".into()));
}

#[tokio::test]
async fn the_patient_hears_when_an_answer_can_be_expected() {
    let clinic = Clinic::new().await;
    let case = clinic.open_case().await;
    // Friday evening: 18 opening hours are Monday and Tuesday.
    clinic.clock.set(at("2026-11-27T20:00"));
    let posted = clinic.write(ALEX, &case, "Det gör ont").await;
    assert_eq!(posted.json()["answer_by"], "2026-12-01T16:00:00Z");
    let seen = clinic.get(ALEX, &format!("cases/{case}")).await.json();
    assert_eq!(seen["answer_by"], "2026-12-01T16:00:00Z");
    assert_eq!(seen["care_unit"]["is_open"], false);
    assert_eq!(seen["care_unit"]["opens_at"], "2026-11-30T07:00:00Z");
}

#[tokio::test]
async fn who_writes_again_is_promised_no_later_answer_and_one_that_is_taken_back_is_none() {
    let clinic = Clinic::new().await;
    let case = clinic.open_case().await;
    let promised = async || {
        let seen = clinic.get(ALEX, &format!("cases/{case}")).await.json();
        seen["answer_by"].as_str().map(str::to_owned)
    };
    let take_back = async |person, number: i64| {
        let path = format!("chats/{case}/messages/{number}/withdraw");
        assert_eq!(clinic.post(person, &path, json!({})).await.status, 200);
    };
    // Eighteen opening hours on from Monday at nine, and from each minute after it.
    let by = |minute: u32| Some(format!("2026-11-25T08:{minute:02}:00Z"));
    clinic.write(ALEX, &case, "Det gör ont").await;
    clinic.pass(MINUTE);
    let again = clinic.write(ALEX, &case, "Det kliar också").await.json();
    assert_eq!(
        (again["answer_by"].as_str(), promised().await),
        (by(0).as_deref(), by(0))
    );
    clinic.pass(MINUTE);
    clinic.write(ANNA, &case, "Vila.").await;
    assert_eq!(promised().await, None);
    take_back(ANNA, 4).await;
    assert_eq!(promised().await, by(0));
    take_back(ALEX, 2).await;
    assert_eq!(promised().await, by(1));
    clinic.write(ANNA, &case, "Vila.").await;
    let next = clinic.write(ALEX, &case, "Hur länge?").await.json();
    assert_eq!(
        (next["answer_by"].as_str(), promised().await),
        (by(2).as_deref(), by(2))
    );
    take_back(ALEX, 6).await;
    assert_eq!(promised().await, None);
}

#[tokio::test]
async fn what_waited_before_there_was_a_place_to_keep_has_it_by_the_migration_and_by_older_functions()
 {
    let clinic = Clinic::new().await;
    let waits = "SELECT coalesce(sum(waits_since), 0) AS n FROM chats";
    let began = clinic.now();
    let asked_twice = clinic.open_case().await;
    let answered = clinic.open_case().await;
    for case in [&asked_twice, &answered] {
        clinic.write(ALEX, case, "Ett").await;
        clinic.write(ANNA, case, "Två").await;
    }
    clinic.pass(MINUTE);
    for text in ["Tre", "Fyra"] {
        clinic.write(ALEX, &asked_twice, text).await;
        clinic.pass(MINUTE);
    }
    let since = began.plus(MINUTE).millis();
    assert_eq!(clinic.number(waits).await, since);

    clinic.run("UPDATE chats SET waits_since = NULL", []).await;
    let migration =
        include_str!("../../../../migrations/0094_who_asks_again_keeps_their_place.sql");
    let fills = migration.split("\n\n").nth(2).expect("a statement");
    clinic.run(fills, []).await;
    assert_eq!(clinic.number(waits).await, since);

    // As functions write that don't know of it.
    let staff = "UPDATE chats SET last_from = 'staff'";
    clinic.run(staff, []).await;
    assert_eq!(clinic.number(waits).await, 0);
    let patient = "UPDATE chats SET last_from = 'patient', last_at = 7 WHERE id = ?1";
    clinic.run(patient, [asked_twice.as_str().into()]).await;
    assert_eq!(clinic.number(waits).await, 7);
}

#[tokio::test]
async fn a_unit_without_opening_hours_is_closed_and_promises_neither_an_opening_nor_an_answer() {
    let clinic = Clinic::new().await;
    let case = clinic.open_case().await;
    clinic
        .run(
            "UPDATE care_units SET opening_hours = '[[],[],[],[],[],[],[]]'",
            [],
        )
        .await;
    let posted = clinic.write(ALEX, &case, "Det gör ont").await;
    assert_eq!(
        (posted.status.as_u16(), &posted.json()["answer_by"]),
        (201, &json!(null))
    );
    let seen = clinic.get(ALEX, &format!("cases/{case}")).await.json();
    assert_eq!(seen["state"], "awaiting-staff");
    assert_eq!(seen["answer_by"], json!(null));
    assert_eq!(seen["care_unit"]["is_open"], false);
    assert_eq!(seen["care_unit"]["opens_at"], json!(null));
    let page = clinic
        .get(ALEX, &format!("/messaging/chats/{case}"))
        .await
        .text;
    assert!(page.contains("Mottagningen är stängd just nu."), "{page}");
    assert!(
        !page.contains("Den öppnar") && !page.contains("räkna med svar"),
        "{page}"
    );
}

#[tokio::test]
async fn one_text_message_tells_of_all_that_is_unread() {
    let clinic = Clinic::new().await;
    let case = clinic
        .post(
            ANNA,
            "cases",
            with(a_week(), "patient.sms_consent", json!(false)),
        )
        .await
        .id();
    let texts = "SELECT count(*) AS n FROM sms_outbox WHERE template = 'new-message'";
    assert_eq!(clinic.number(texts).await, 1);
    clinic.write(ANNA, &case, "Ett").await;
    clinic.write(ANNA, &case, "Två").await;
    assert_eq!(clinic.number(texts).await, 2);
    clinic
        .post(ALEX, &format!("chats/{case}/read"), json!({ "number": 2 }))
        .await;
    clinic.write(ANNA, &case, "Tre").await;
    assert_eq!(clinic.number(texts).await, 3);
    clinic.write(ALEX, &case, "Fyra").await;
    assert_eq!(clinic.number(texts).await, 3);
}

/// A case that Alex has read all of, who asks something after it.
async fn asked_and_read() -> (Clinic, String) {
    let clinic = Clinic::new().await;
    let case = clinic.open_case().await;
    clinic
        .post(ALEX, &format!("chats/{case}/read"), json!({ "number": 1 }))
        .await;
    clinic.write(ALEX, &case, "Vad gör jag?").await;
    (clinic, case)
}

#[tokio::test]
async fn what_the_service_says_in_the_chat_alone_keeps_no_text_message_back() {
    let texts = "SELECT count(*) AS n FROM sms_outbox WHERE template = 'new-message'";

    let (clinic, case) = asked_and_read().await;
    clinic.clock.set(at("2026-11-30T09:00"));
    assert_eq!(clinic.run_job().await["asked_staff"], 1);
    clinic.write(ANNA, &case, "Vila.").await;
    assert_eq!(clinic.number(texts).await, 2, "an answer in the grace");

    let (clinic, case) = asked_and_read().await;
    let longer = json!({ "closes_at": "2026-12-07T09:00" });
    let path = format!("cases/{case}/extend");
    assert_eq!(clinic.post(ANNA, &path, longer).await.status, 200);
    clinic.write(ANNA, &case, "Vila.").await;
    assert_eq!(clinic.number(texts).await, 2, "after an extension");
    clinic.write(ANNA, &case, "Och drick.").await;
    assert_eq!(clinic.number(texts).await, 2, "one tells of both");

    let (clinic, case) = asked_and_read().await;
    let body = json!({ "reason": "Klart", "message": "Vila." });
    let path = format!("cases/{case}/close");
    assert_eq!(clinic.post(ANNA, &path, body).await.status, 200);
    assert_eq!(clinic.number(texts).await, 2, "a last message");
    clinic
        .post(ALEX, &format!("chats/{case}/read"), json!({ "number": 4 }))
        .await;
    let again = json!({ "closes_at": "2026-12-07T09:00" });
    let path = format!("cases/{case}/reopen");
    assert_eq!(clinic.post(ANNA, &path, again).await.status, 200);
    clinic.write(ANNA, &case, "En sak till.").await;
    assert_eq!(clinic.number(texts).await, 3, "after reopening");
}

#[tokio::test]
async fn what_no_text_message_told_of_keeps_none_back() {
    let texts = "SELECT count(*) AS n FROM sms_outbox WHERE template = 'new-message'";

    let (clinic, case) = asked_and_read().await;
    let phase = format!("chats/{case}/phase");
    let move_to = async |to| assert_eq!(clinic.post(ANNA, &phase, to).await.status, 200);
    move_to(json!({ "phase": "synchronous" })).await;
    clinic.write(ANNA, &case, "Är du kvar?").await;
    assert_eq!(clinic.number(texts).await, 1, "both sit in the chat");
    move_to(json!({ "phase": "asynchronous" })).await;
    assert_eq!(clinic.number(texts).await, 2, "the patient has left");
    clinic.write(ANNA, &case, "Hör av dig om febern.").await;
    assert_eq!(clinic.number(texts).await, 2, "one tells of both");
    move_to(json!({ "phase": "synchronous" })).await;
    move_to(json!({ "phase": "asynchronous" })).await;
    assert_eq!(clinic.number(texts).await, 2, "it still does");

    let (clinic, case) = asked_and_read().await;
    clinic.clock.set(at("2026-11-29T09:00"));
    assert_eq!(clinic.run_job().await["noticed"], 1);
    clinic.write(ANNA, &case, "Vila.").await;
    assert_eq!(clinic.number(texts).await, 2, "an answer after the notice");

    let (clinic, case) = asked_and_read().await;
    clinic.run("UPDATE patients SET sms_consent = 0", []).await;
    clinic.write(ANNA, &case, "Ett").await;
    clinic.run("UPDATE patients SET sms_consent = 1", []).await;
    let withheld = clinic.number(texts).await;
    clinic.write(ANNA, &case, "Två").await;
    clinic.write(ANNA, &case, "Tre").await;
    assert_eq!(
        clinic.number(texts).await,
        withheld + 1,
        "who consents later"
    );
}

#[tokio::test]
async fn what_was_delivered_and_read_shows_to_the_other_side_as_the_unit_allows() {
    let clinic = Clinic::new().await;
    let case = clinic
        .post(ANNA, "cases", with(a_week(), "message", json!("Hej")))
        .await
        .id();
    let staffs = async || clinic.chat(ANNA, &case).await["messages"][1].clone();
    assert_eq!(
        (
            staffs().await["delivered"].clone(),
            staffs().await["read"].clone()
        ),
        (json!(false), json!(false))
    );
    let unread =
        async |person| clinic.get(person, &format!("cases/{case}")).await.json()["unread"].clone();
    assert_eq!(unread(ALEX).await, 2);
    clinic.chat(ALEX, &case).await;
    assert_eq!(
        (
            staffs().await["delivered"].clone(),
            staffs().await["read"].clone()
        ),
        (json!(true), json!(false))
    );
    let read = clinic
        .post(ALEX, &format!("chats/{case}/read"), json!({ "number": 2 }))
        .await;
    assert_eq!(read.json()["read"], 2);
    assert_eq!(staffs().await["read"], true);
    assert_eq!(unread(ALEX).await, 0);

    clinic.write(ALEX, &case, "Hej").await;
    assert_eq!(unread(ANNA).await, 1);
    assert_eq!(
        clinic
            .post(STIG, &format!("chats/{case}/read"), json!({ "number": 3 }))
            .await
            .status,
        200
    );
    assert_eq!(unread(ANNA).await, 0);
    assert_eq!(clinic.chat(ALEX, &case).await["messages"][2]["read"], true);
    clinic
        .run("UPDATE care_units SET shows_read_marks = 0", [])
        .await;
    assert!(
        clinic.chat(ALEX, &case).await["messages"][2]
            .get("read")
            .is_none()
    );
    // What was read stays read.
    let back = clinic
        .post(STIG, &format!("chats/{case}/read"), json!({ "number": 1 }))
        .await;
    assert_eq!(back.json()["read"], 3);
    let ahead = clinic
        .post(STIG, &format!("chats/{case}/read"), json!({ "number": 4 }))
        .await;
    assert_eq!(ahead.refused(), (422, "invalid".into()));
}

#[tokio::test]
async fn delivered_is_what_a_page_gave_and_nothing_after_it() {
    let clinic = Clinic::new().await;
    let case = clinic.open_case().await;
    for number in 2..=12 {
        clinic.write(ANNA, &case, &number.to_string()).await;
    }
    for (page, delivered) in [
        ("before=8&limit=5", 0),
        ("after=0&limit=5", 5),
        ("after=1&limit=2", 5),
        ("after=5&limit=3", 8),
        ("before=12&limit=3", 8),
        ("after=12", 8),
        ("after=8", 12),
    ] {
        let path = format!("chats/{case}/messages?{page}");
        assert_eq!(clinic.get(ALEX, &path).await.status, 200);
        let seen = clinic.get(ANNA, &format!("cases/{case}")).await.json();
        assert_eq!(seen["other_delivered"], delivered, "{page}");
    }
    // The other way the same, and the newest are there up to the last.
    let case = clinic.open_case().await;
    for number in 2..=4 {
        clinic.write(ALEX, &case, &number.to_string()).await;
    }
    for (page, delivered) in [("before=4", 0), ("after=1&limit=1", 2), ("limit=1", 4)] {
        let path = format!("chats/{case}/messages?{page}");
        assert_eq!(clinic.get(ANNA, &path).await.status, 200);
        let seen = clinic.get(ALEX, &format!("cases/{case}")).await.json();
        assert_eq!(seen["other_delivered"], delivered, "{page}");
    }
}

#[tokio::test]
async fn a_message_is_taken_back_within_five_minutes_and_leaves_a_tombstone() {
    let clinic = Clinic::new().await;
    let case = clinic.open_case().await;
    clinic.write(ANNA, &case, "Till fel patient").await;
    let path = format!("chats/{case}/messages/2/withdraw");
    assert_eq!(
        clinic.post(ALEX, &path, json!({})).await.refused(),
        (409, "not-withdrawable".into())
    );
    assert_eq!(
        clinic.post(STIG, &path, json!({})).await.refused(),
        (409, "not-withdrawable".into())
    );
    clinic.pass(hours(1) / 12 - 1);
    let withdrawn = clinic.post(ANNA, &path, json!({})).await;
    assert_eq!(withdrawn.status, 200, "{}", withdrawn.text);
    for person in [ANNA, ALEX] {
        let chat = clinic.get(person, &format!("chats/{case}/messages")).await;
        assert!(!chat.text.contains("fel patient"));
        assert_eq!(
            chat.json()["messages"][1]["withdrawn_at"],
            withdrawn.json()["withdrawn_at"]
        );
    }
    assert_eq!(
        clinic
            .number("SELECT count(*) AS n FROM messages WHERE text IS NULL AND number = 2")
            .await,
        1
    );
    assert_eq!(clinic.state(ANNA, &case).await, "open");
    assert_eq!(
        clinic.post(ANNA, &path, json!({})).await.refused(),
        (409, "not-withdrawable".into())
    );

    clinic.write(ALEX, &case, "Ett").await;
    clinic.pass(hours(1) / 12);
    let late = clinic
        .post(
            ALEX,
            &format!("chats/{case}/messages/3/withdraw"),
            json!({}),
        )
        .await;
    assert_eq!(late.refused(), (409, "not-withdrawable".into()));
    let system = clinic
        .post(
            ANNA,
            &format!("chats/{case}/messages/1/withdraw"),
            json!({}),
        )
        .await;
    assert_eq!(system.refused(), (409, "not-withdrawable".into()));
}

#[tokio::test]
async fn taking_back_the_answer_makes_the_question_unanswered_again() {
    let clinic = Clinic::new().await;
    let case = clinic.open_case().await;
    clinic.write(ALEX, &case, "Vad gör jag?").await;
    clinic.write(ANNA, &case, "Fel svar").await;
    assert_eq!(clinic.state(ANNA, &case).await, "awaiting-patient");
    clinic
        .post(
            ANNA,
            &format!("chats/{case}/messages/3/withdraw"),
            json!({}),
        )
        .await;
    assert_eq!(clinic.state(ANNA, &case).await, "awaiting-staff");
}

#[tokio::test]
async fn polling_costs_nothing_until_something_changes() {
    let clinic = Clinic::new().await;
    let case = clinic.open_case().await;
    let path = format!("/messaging/v1/chats/{case}/messages");
    let first = clinic.get(ALEX, &path).await;
    let again = async |tag: &str| {
        let request = Request::get(&path)
            .header("authorization", format!("Bearer {}", clinic.token(ALEX)))
            .header("if-none-match", tag);
        clinic
            .send(request.body(Body::empty()).expect("a request"))
            .await
    };
    let tag = first.headers["etag"].to_str().expect("a tag").to_owned();
    let rows = clinic.rows().await;
    let unchanged = again(&tag).await;
    assert_eq!(
        (unchanged.status.as_u16(), unchanged.text.as_str()),
        (304, "")
    );
    assert!(
        unchanged.headers["server-timing"]
            .to_str()
            .expect("costs")
            .contains("calls=1")
    );
    assert_eq!(
        clinic.rows().await,
        rows,
        "nothing was read, so nothing is logged"
    );
    // A proxy that compresses makes a tag weak, and a reader may have several copies.
    for known in [format!("W/{tag}"), format!("\"1-planned\", W/{tag}")] {
        assert_eq!(again(&known).await.status, 304, "{known}");
    }
    clinic.write(ANNA, &case, "Hej").await;
    assert_eq!(again(&tag).await.status, 200);
    // The clock changes what is seen, too.
    let tag = again("").await.headers["etag"]
        .to_str()
        .expect("a tag")
        .to_owned();
    clinic.clock.set(at("2026-11-30T09:00"));
    let closed = again(&tag).await;
    assert_eq!(closed.json()["chat"]["state"], "closed");
}

#[tokio::test]
async fn whoever_polls_hears_of_all_that_the_clock_changes() {
    let clinic = Clinic::new().await;
    let ends_at_noon = with(a_week(), "closes_at", json!("2026-11-25T12:00"));
    let case = clinic.post(ANNA, "cases", ends_at_noon).await.id();
    clinic.write(ALEX, &case, "Ett").await;
    clinic.pass(2 * MINUTE);
    clinic.write(ALEX, &case, "Två").await;
    let chat = format!("/messaging/v1/chats/{case}/messages");
    let alone = format!("/messaging/v1/cases/{case}");
    let ask = async |path: &str, tag: &str| {
        let request = Request::get(path)
            .header("authorization", format!("Bearer {}", clinic.token(ALEX)))
            .header("if-none-match", tag);
        clinic
            .send(request.body(Body::empty()).expect("a request"))
            .await
    };
    let mut tags = [String::new(), String::new()];
    for (moment, changes, why) in [
        ("2026-11-23T09:02", true, "it is asked for the first time"),
        (
            "2026-11-23T09:05",
            true,
            "the first can't be taken back any more",
        ),
        ("2026-11-23T09:07", true, "nor the second"),
        ("2026-11-23T16:59", false, "nothing"),
        ("2026-11-23T17:00", true, "the unit closes"),
        ("2026-11-24T07:59", false, "nothing"),
        ("2026-11-24T19:00", true, "the unit opens at another time"),
        ("2026-11-25T09:00", true, "the unit is open"),
        ("2026-11-25T11:59", false, "nothing"),
        (
            "2026-11-25T12:00",
            true,
            "the patient's time is over, before the job has come",
        ),
        ("2026-11-25T12:01", false, "nothing"),
    ] {
        clinic.clock.set(at(moment));
        for (path, tag) in [&chat, &alone].into_iter().zip(&mut tags) {
            let answer = ask(path, tag).await;
            let expected = if changes { 200 } else { 304 };
            assert_eq!(answer.status, expected, "{moment}: {why}");
            answer.headers["etag"]
                .to_str()
                .expect("a tag")
                .clone_into(tag);
        }
    }
    let over = ask(&chat, "").await.json();
    assert_eq!(
        (&over["chat"]["state"], &over["chat"]["why_not"]),
        (&json!("awaiting-staff"), &json!("time-is-over"))
    );
}

#[tokio::test]
async fn pages_of_a_long_chat_join_without_gap_or_repeat() {
    let clinic = Clinic::new().await;
    let case = clinic.open_case().await;
    for number in 2..=12 {
        clinic
            .write(
                if number % 2 == 0 { ANNA } else { ALEX },
                &case,
                &number.to_string(),
            )
            .await;
    }
    let numbers = async |query: &str| -> (Vec<i64>, bool) {
        let page = clinic
            .get(ALEX, &format!("chats/{case}/messages?{query}"))
            .await
            .json();
        let messages = page["messages"].as_array().expect("messages");
        let numbers = messages
            .iter()
            .map(|one| one["number"].as_i64().expect("a number"));
        (
            numbers.collect(),
            page["more"].as_bool().expect("whether there are more"),
        )
    };
    assert_eq!(numbers("limit=5").await, (vec![8, 9, 10, 11, 12], true));
    assert_eq!(
        numbers("limit=5&before=8").await,
        (vec![3, 4, 5, 6, 7], true)
    );
    assert_eq!(numbers("limit=5&before=3").await, (vec![1, 2], false));
    assert_eq!(numbers("limit=5&after=9").await, (vec![10, 11, 12], false));
    assert_eq!(
        numbers("limit=5&after=2").await,
        (vec![3, 4, 5, 6, 7], true)
    );
    assert_eq!(numbers("after=12").await, (vec![], false));
}

#[tokio::test]
async fn a_note_is_for_staff_alone() {
    let clinic = Clinic::new().await;
    let case = clinic.open_case().await;
    let path = format!("chats/{case}/notes");
    let note = clinic
        .post(ANNA, &path, json!({ "text": "Ringer dottern" }))
        .await;
    assert_eq!(note.status, 201, "{}", note.text);
    let notes = clinic.get(STIG, &path).await.json();
    assert_eq!(notes["notes"][0]["text"], "Ringer dottern");
    assert_eq!(notes["notes"][0]["name"], "Stig Testkvist");
    assert_eq!(
        clinic.get(ALEX, &path).await.refused(),
        (403, "not-allowed".into())
    );
    assert_eq!(
        clinic
            .post(ALEX, &path, json!({ "text": "Hej" }))
            .await
            .refused(),
        (403, "not-allowed".into())
    );
    for path in [
        format!("cases/{case}"),
        format!("chats/{case}/messages"),
        "cases".into(),
    ] {
        let seen = clinic.get(ALEX, &path).await;
        assert!(
            seen.status.is_success() && !seen.text.contains("dottern"),
            "{path}"
        );
    }
    // It takes none of the chat's numbers, by whose gap a patient could know of it.
    assert_eq!(clinic.write(ALEX, &case, "Hej").await.json()["number"], 2);
    assert_eq!(
        clinic.get(EVA, &path).await.refused(),
        (404, "not-found".into())
    );
}

/// What messaging answers somebody who asks about a chat by every route that it has: the route, whether it is one to
/// read by for patients, too, and the answer.
async fn all_answers(clinic: &Clinic, person: &str, case: &str) -> Vec<(String, bool, Answer)> {
    let mut answers = vec![];
    for route in messaging::routes().laid() {
        let path = route.path.replace("{id}", case).replace("{number}", "2");
        let path = path.replace("{practitioner}", STIG);
        let is_page = !path.starts_with("/messaging/v1/");
        if route.method == "GET" {
            let from_the_first = format!("?since={case}.0.0");
            let at_once = format!("{from_the_first}&once=true");
            let queries = match path.ends_with("/events") {
                true => vec!["", &from_the_first, &at_once],
                false => vec![""],
            };
            for query in queries {
                let path = format!("{path}{query}");
                let answer = clinic.get(person, &path).await;
                answers.push((path, route.admits == "staff or patient", answer));
            }
        } else if is_page {
            for action in ["write", "note", "close", "hand-over"] {
                let key = clinic.new_key();
                let fields = [
                    ("key", key.as_str()),
                    ("action", action),
                    ("text", "Tack"),
                    ("note", "Tack"),
                ];
                let answer = clinic.submit(person, &path, &fields).await;
                answers.push((format!("{path} {action}"), false, answer));
            }
        } else {
            let body = match path.rsplit('/').next() {
                Some("messages" | "notes") => json!({ "text": "Tack" }),
                Some("read") => json!({ "number": 1 }),
                _ => json!({}),
            };
            let answer = clinic.post(person, &path, body).await;
            answers.push((path, false, answer));
        }
    }
    answers
}

#[tokio::test]
async fn what_staff_write_among_themselves_reaches_a_patient_by_no_route() {
    const NOTE: &str = "ringer-dottern";
    const OFFER: &str = "erbjuds-dig";
    const ASKED: &str = "se-på-såret";
    const REASON: &str = "dubblett-av-annat";
    let clinic = Clinic::new().await;
    let case = clinic.open_case().await;
    clinic.write(ALEX, &case, "Hej").await;
    for (path, body) in [
        ("notes", json!({ "text": NOTE })),
        ("hand-over", json!({ "practitioner": STIG, "note": OFFER })),
        ("colleagues", json!({ "practitioner": STIG, "note": ASKED })),
    ] {
        let path = format!("chats/{case}/{path}");
        let done = clinic.post(ANNA, &path, body).await;
        assert!(done.status.is_success(), "{}", done.text);
    }
    let notes = clinic.get(STIG, &format!("chats/{case}/notes")).await;
    notes.assert_tells(&[NOTE, ASKED]);
    clinic.get(STIG, "hand-overs").await.assert_tells(&[OFFER]);
    let page = format!("/messaging/chats/{case}");
    clinic.get(ANNA, &page).await.assert_tells(&[NOTE, ASKED]);
    for closed in [false, true] {
        if closed {
            let close = json!({ "reason": REASON, "message": "Vila." });
            let path = format!("cases/{case}/close");
            assert_eq!(clinic.post(ANNA, &path, close).await.status, 200);
            let read = clinic.get(STIG, &format!("cases/{case}")).await;
            read.assert_tells(&[REASON]);
        }
        for (route, is_to_read, answer) in all_answers(&clinic, ALEX, &case).await {
            assert!(
                !is_to_read || answer.status == 200,
                "{route}: {}",
                answer.text
            );
            assert!(answer.status != 500, "{route}");
            for hidden in [NOTE, OFFER, ASKED, REASON] {
                assert!(
                    !answer.text.contains(hidden),
                    "{route} tells a patient {hidden}"
                );
            }
        }
    }
}

#[tokio::test]
async fn no_note_is_kept_that_would_never_be_shown() {
    let clinic = Clinic::new().await;
    let case = clinic.open_case().await;
    let path = format!("chats/{case}/notes");
    for number in 1..=500 {
        clinic.pass(1);
        let text = json!({ "text": format!("Anteckning {number}") });
        assert_eq!(clinic.post(ANNA, &path, text).await.status, 201);
    }
    let one_more = clinic.post(STIG, &path, json!({ "text": "En till" })).await;
    assert_eq!(one_more.refused(), (409, "notes-full".into()));
    // Nor one that goes with something else, which is not done either.
    let pool = json!({ "note": "Någon som kan sår" });
    let hand_over = format!("chats/{case}/hand-over");
    let refused = clinic.post(ANNA, &hand_over, pool).await.refused();
    assert_eq!(refused, (409, "notes-full".into()));
    let read = clinic.get(ANNA, &format!("cases/{case}")).await.json();
    assert_eq!(read["responsible"]["practitioner"], ANNA);
    let fields = [
        ("key", "the-key-of-a-note"),
        ("action", "note"),
        ("note", "Skrivet förgäves"),
    ];
    let page = format!("/messaging/chats/{case}");
    let page = clinic.submit(ANNA, &page, &fields).await;
    assert_eq!(page.status, 422);
    page.assert_tells(&[
        "Det finns redan 500 interna anteckningar",
        "Skrivet förgäves",
    ]);
    let notes = clinic.get(ANNA, &path).await.json();
    let notes = notes["notes"].as_array().expect("notes");
    assert_eq!(
        (notes.len(), &notes[499]["text"]),
        (500, &json!("Anteckning 500"))
    );
    // Another chat's are counted by themselves.
    let other = clinic.open_case().await;
    let path = format!("chats/{other}/notes");
    let note = json!({ "text": "Här är plats" });
    assert_eq!(clinic.post(ANNA, &path, note).await.status, 201);
}

#[tokio::test]
async fn a_unit_keeps_replies_ready() {
    let clinic = Clinic::new().await;
    let phrase = json!({ "title": "Hälsning", "text": "Hej {patient}! Hälsar {practitioner}" });
    let kept = clinic.post(ANNA, "reply-phrases", phrase).await;
    assert_eq!(kept.status, 201, "{}", kept.text);
    let list = clinic.get(STIG, "reply-phrases").await.json();
    assert_eq!(list["phrases"][0]["title"], "Hälsning");
    assert_eq!(
        clinic.get(EVA, "reply-phrases").await.json()["phrases"],
        json!([])
    );
    let unknown = clinic
        .post(
            ANNA,
            "reply-phrases",
            json!({ "title": "A", "text": "Hej {namn}" }),
        )
        .await;
    assert_eq!(unknown.json()["field"], "text");
    let remove = format!("reply-phrases/{}/remove", kept.id());
    assert_eq!(
        clinic.post(EVA, &remove, json!({})).await.refused(),
        (404, "not-found".into())
    );
    assert_eq!(clinic.post(ANNA, &remove, json!({})).await.status, 200);
    assert_eq!(
        clinic.post(ANNA, &remove, json!({})).await.refused(),
        (404, "not-found".into())
    );
    assert_eq!(
        clinic.get(ANNA, "reply-phrases").await.json()["phrases"],
        json!([])
    );
}
