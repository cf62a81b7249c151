//! Opening a case, reading it, and giving it another course.

use crate::world::*;
use axum::body::Body;
use http::Request;
use serde_json::json;

#[tokio::test]
async fn a_nurse_opens_a_case_and_both_sides_see_it() {
    let clinic = Clinic::new().await;
    let opened = clinic.post(ANNA, "cases", a_week()).await;
    assert_eq!(opened.status, 201, "{}", opened.text);
    let case = opened.json();
    assert_eq!(case["state"], "open");
    assert_eq!(case["responsible"]["practitioner"], ANNA);
    assert_eq!(case["patient"]["personal_identity"], ALEX);
    let place = opened.headers["location"].to_str().expect("a place");
    assert_eq!(place, format!("/messaging/v1/cases/{}", opened.id()));

    let of_patient = clinic
        .get(ALEX, &format!("cases/{}", opened.id()))
        .await
        .json();
    assert_eq!(of_patient["subject"], "Blodtryck");
    assert_eq!(of_patient["may_write"], true);
    assert!(of_patient["patient"].get("personal_identity").is_none());
    for (person, path) in [
        (ALEX, "cases"),
        (ANNA, "cases"),
        (STIG, "cases?current=true"),
    ] {
        let list = clinic.get(person, path).await.json();
        assert_eq!(list["cases"][0]["id"], opened.id(), "{person} {path}");
        assert_eq!(list["next"], json!(null));
    }
}

#[tokio::test]
async fn whoever_has_a_case_as_it_stands_hears_that_nothing_has_changed() {
    let clinic = Clinic::new().await;
    let case = clinic.open_case().await;
    let path = format!("/messaging/v1/cases/{case}");
    let first = clinic.get(ALEX, &path).await;
    let tag = String::from_utf8_lossy(first.headers["etag"].as_bytes()).into_owned();
    let again = async |person: &str, tag: &str| {
        let request = Request::get(&path)
            .header("authorization", format!("Bearer {}", clinic.token(person)))
            .header("if-none-match", tag);
        let answer = clinic.send(request.body(Body::empty()).expect("a request"));
        answer.await
    };
    let rows = clinic.rows().await;
    for known in [tag.clone(), format!("W/{tag}"), "*".to_owned()] {
        let unchanged = again(ALEX, &known).await;
        assert_eq!(unchanged.status, 304, "{known}");
        assert_eq!(
            (unchanged.text.as_str(), &unchanged.headers["etag"]),
            ("", &first.headers["etag"])
        );
    }
    assert_eq!(
        clinic.rows().await,
        rows,
        "nothing was read, so nothing is logged"
    );
    assert_eq!(again(BO, &tag).await.status, 404);
    clinic.write(ANNA, &case, "Hej").await;
    assert_eq!(again(ALEX, &tag).await.status, 200);
}

#[tokio::test]
async fn a_case_whose_answer_was_lost_is_opened_once_however_late_it_is_asked_for_again() {
    let clinic = Clinic::new().await;
    let body = with(a_week(), "opens_at", json!("2026-11-23T09:01"));
    let key = clinic.new_key();
    let first = clinic.post_again(ANNA, "cases", &key, body.clone()).await;
    assert_eq!(first.status, 201, "{}", first.text);
    clinic.pass(hours(1));
    let again = clinic.post_again(ANNA, "cases", &key, body).await;
    assert_eq!((again.status, again.text), (first.status, first.text));
    let cases = "SELECT count(*) AS n FROM chats";
    assert_eq!(clinic.number(cases).await, 1);
}

#[tokio::test]
async fn opening_a_case_tells_the_patient_by_text_message_and_the_chat_says_so() {
    let clinic = Clinic::new().await;
    let body = with(a_week(), "message", json!("Hej och välkommen!"));
    let case = clinic.post(ANNA, "cases", body).await;
    assert_eq!(case.json()["state"], "awaiting-patient");
    assert_eq!(
        clinic.thread(ALEX, &case.id()).await,
        [
            (1, "system: sms-sent".to_owned()),
            (2, "staff: Hej och välkommen!".to_owned())
        ]
    );
    assert_eq!(clinic.number("SELECT count(*) AS n FROM sms_outbox WHERE template = 'new-message' AND state = 'queued' AND chat_id IS NOT NULL").await, 1);
    assert_eq!(clinic.number("SELECT count(*) AS n FROM access_log WHERE activity = 'write' AND resource_type = 'case'").await, 1);
}

#[tokio::test]
async fn without_consent_nothing_is_sent_and_the_chat_does_not_say_so() {
    let clinic = Clinic::new().await;
    let case = clinic
        .post(
            ANNA,
            "cases",
            with(a_week(), "patient.sms_consent", json!(false)),
        )
        .await
        .id();
    assert_eq!(clinic.thread(ALEX, &case).await, []);
    assert_eq!(
        clinic
            .number("SELECT count(*) AS n FROM sms_outbox WHERE state = 'withheld'")
            .await,
        1
    );
}

#[tokio::test]
async fn a_planned_case_opens_by_the_clock_and_the_job_tells_the_patient() {
    let clinic = Clinic::new().await;
    let body = with(a_week(), "opens_at", json!("2026-11-24T09:00"));
    let case = clinic.post(ANNA, "cases", body).await.id();
    assert_eq!(clinic.state(ALEX, &case).await, "planned");
    for person in [ANNA, ALEX] {
        let refused = clinic.write(person, &case, "Hej").await;
        assert_eq!(refused.refused(), (409, "case-not-open".into()));
    }
    assert_eq!(
        clinic.number("SELECT count(*) AS n FROM sms_outbox").await,
        0
    );
    clinic.clock.set(at("2026-11-24T08:59"));
    assert_eq!(clinic.run_job().await["looked_at"], 0);
    clinic.clock.set(at("2026-11-24T09:00"));
    assert_eq!(clinic.state(ALEX, &case).await, "open");
    assert_eq!(clinic.run_job().await["announced"], 1);
    assert_eq!(clinic.run_job().await["looked_at"], 0);
    assert_eq!(
        clinic.number("SELECT count(*) AS n FROM sms_outbox").await,
        1
    );
    assert_eq!(clinic.write(ALEX, &case, "Hej").await.status, 201);
}

#[tokio::test]
async fn who_may_write_first_writes_first() {
    let clinic = Clinic::new().await;
    for (first, waits, begins) in [("staff", ALEX, ANNA), ("patient", ANNA, ALEX)] {
        let case = clinic
            .post(ANNA, "cases", with(a_week(), "first_writer", json!(first)))
            .await
            .id();
        let refused = clinic.write(waits, &case, "Hej").await;
        assert_eq!(refused.refused(), (409, "other-side-begins".into()));
        assert_eq!(clinic.write(begins, &case, "Hej").await.status, 201);
        assert_eq!(clinic.write(waits, &case, "Hej").await.status, 201);
    }
}

#[tokio::test]
async fn a_patient_who_may_not_reply_reads() {
    let clinic = Clinic::new().await;
    let body = with(
        with(a_week(), "patient_may_reply", json!(false)),
        "message",
        json!("Så här gör du."),
    );
    let case = clinic.post(ANNA, "cases", body).await;
    assert_eq!(case.json()["state"], "open");
    let refused = clinic.write(ALEX, &case.id(), "Tack").await;
    assert_eq!(refused.refused(), (409, "read-only".into()));
    let seen = clinic
        .get(ALEX, &format!("cases/{}", case.id()))
        .await
        .json();
    assert_eq!(
        (&seen["may_write"], &seen["why_not"]),
        (&json!(false), &json!("read-only"))
    );
}

#[tokio::test]
async fn a_case_is_extended_and_shortened_and_the_chat_tells() {
    let clinic = Clinic::new().await;
    let case = clinic.open_case().await;
    let later = json!({ "closes_at": "2026-12-07T09:00" });
    let extended = clinic
        .post(ANNA, &format!("cases/{case}/extend"), later.clone())
        .await;
    assert_eq!(extended.json()["closes_at"], "2026-12-07T08:00:00Z");
    let again = clinic
        .post(ANNA, &format!("cases/{case}/extend"), later)
        .await;
    assert_eq!(again.refused(), (422, "invalid".into()));
    let sooner = json!({ "closes_at": "2026-11-23T10:00" });
    let shortened = clinic
        .post(STIG, &format!("cases/{case}/shorten"), sooner)
        .await;
    assert_eq!(shortened.status, 200, "{}", shortened.text);
    let too_soon = json!({ "closes_at": "2026-11-23T09:59:59" });
    let refused = clinic
        .post(ANNA, &format!("cases/{case}/shorten"), too_soon)
        .await;
    assert_eq!(refused.refused(), (422, "invalid".into()));
    clinic.pass(hours(1));
    assert_eq!(clinic.state(ALEX, &case).await, "closed");
    assert_eq!(
        clinic.write(ALEX, &case, "Hej").await.refused(),
        (409, "case-closed".into())
    );
    let seen = clinic.thread(ALEX, &case).await;
    assert_eq!(seen[1].1, "system: extended");
    assert_eq!(seen[2].1, "system: ends-sooner");
}

#[tokio::test]
async fn ninety_days_are_counted_by_the_calendar() {
    let clinic = Clinic::new().await;
    // From winter into summer time: 90 days less an hour, at the same clock time.
    let body = |opens: &str, closes: &str| {
        with(
            with(a_week(), "opens_at", json!(opens)),
            "closes_at",
            json!(closes),
        )
    };
    for (opens, last, too_late) in [
        (
            "2027-01-10T09:00",
            "2027-04-10T09:00",
            "2027-04-10T09:00:00.001",
        ),
        ("2027-09-01T09:00", "2027-11-30T09:00", "2027-11-30T09:01"),
    ] {
        assert_eq!(
            clinic.post(ANNA, "cases", body(opens, last)).await.status,
            201
        );
        let refused = clinic.post(ANNA, "cases", body(opens, too_late)).await;
        assert_eq!(refused.refused(), (422, "invalid".into()));
        assert_eq!(refused.json()["field"], "closes_at");
    }
}

#[tokio::test]
async fn a_planned_case_that_begins_at_once_has_a_period_from_now_on() {
    let clinic = Clinic::new().await;
    let planned = |opens: &str, closes: &str| {
        let case = with(a_week(), "opens_at", json!(opens));
        with(case, "closes_at", json!(closes))
    };
    // Open for ninety days, two months ahead: begun now, it would be open for five.
    let far = planned("2027-01-22T09:00", "2027-04-22T09:00");
    let far = clinic.post(ANNA, "cases", far).await.id();
    let path = format!("chats/{far}/phase");
    let now = json!({ "phase": "synchronous" });
    let refused = clinic.post(ANNA, &path, now.clone()).await;
    assert_eq!(
        (refused.status.as_u16(), &refused.json()["field"]),
        (422, &json!("closes_at")),
        "{}",
        refused.text
    );
    assert_eq!(clinic.state(ANNA, &far).await, "planned");
    let until = with(now.clone(), "closes_at", json!("2027-02-21T09:00"));
    assert_eq!(clinic.post(ANNA, &path, until).await.status, 200);

    // Planned for tomorrow, it may be held and ended today.
    let near = planned("2026-11-24T09:00", "2026-11-25T09:00");
    let near = clinic.post(ANNA, "cases", near).await.id();
    let path = format!("chats/{near}/phase");
    let too_short = with(now.clone(), "closes_at", json!("2026-11-23T09:59"));
    assert_eq!(clinic.post(ANNA, &path, too_short).await.status, 422);
    let today = with(now, "closes_at", json!("2026-11-23T18:00"));
    let begun = clinic.post(ANNA, &path, today).await;
    assert_eq!(begun.status, 200, "{}", begun.text);
    assert_eq!(begun.json()["state"], "open");
    assert_eq!(begun.json()["opens_at"], "2026-11-23T08:00:00Z");
    assert_eq!(begun.json()["closes_at"], "2026-11-23T17:00:00Z");
}

#[tokio::test]
async fn a_case_is_closed_by_hand_with_a_reason_that_only_staff_see() {
    let clinic = Clinic::new().await;
    let case = clinic.open_case().await;
    let closed = clinic
        .post(
            ANNA,
            &format!("cases/{case}/close"),
            json!({ "reason": "Klart" }),
        )
        .await;
    assert_eq!(closed.json()["state"], "closed");
    assert_eq!(closed.json()["closing_reason"], "Klart");
    let seen = clinic.get(ALEX, &format!("cases/{case}")).await.json();
    assert_eq!(seen["state"], "closed");
    assert!(seen.get("closing_reason").is_none());
    assert_eq!(
        clinic
            .thread(ALEX, &case)
            .await
            .last()
            .expect("a message")
            .1,
        "system: closed-by-staff"
    );
    let again = clinic
        .post(
            STIG,
            &format!("cases/{case}/close"),
            json!({ "reason": "Klart" }),
        )
        .await;
    assert_eq!(again.refused(), (409, "case-closed".into()));
    assert_eq!(
        clinic.write(ANNA, &case, "Hej").await.refused(),
        (409, "case-closed".into())
    );
}

#[tokio::test]
async fn closing_over_an_unanswered_message_needs_an_answer() {
    let clinic = Clinic::new().await;
    let case = clinic.open_case().await;
    clinic.write(ALEX, &case, "Vad gör jag nu?").await;
    let path = format!("cases/{case}/close");
    let refused = clinic.post(ANNA, &path, json!({ "reason": "Klart" })).await;
    assert_eq!(refused.refused(), (409, "unanswered".into()));
    let closed = clinic
        .post(
            ANNA,
            &path,
            json!({ "reason": "Klart", "message": "Vila några dagar." }),
        )
        .await;
    assert_eq!(closed.json()["state"], "closed");
    let thread = clinic.thread(ALEX, &case).await;
    assert_eq!(thread[2].1, "staff: Vila några dagar.");
    assert_eq!(thread[3].1, "system: closed-by-staff");
    assert_eq!(thread.last().expect("one").0, thread.len() as i64);
}

#[tokio::test]
async fn a_closed_case_is_reopened_for_as_long_as_the_unit_has_set() {
    let clinic = Clinic::new().await;
    let case = clinic.open_case().await;
    let reopen = |until: &str| json!({ "closes_at": until });
    let path = format!("cases/{case}/reopen");
    assert_eq!(
        clinic
            .post(ANNA, &path, reopen("2026-12-24T09:00"))
            .await
            .refused(),
        (409, "case-not-closed".into())
    );
    clinic.clock.set(at("2026-12-01T09:00"));
    clinic.run_job().await;
    clinic.clock.set(at("2026-12-14T08:59"));
    let reopened = clinic.post(ANNA, &path, reopen("2026-12-24T09:00")).await;
    assert_eq!(reopened.json()["state"], "open", "{}", reopened.text);
    assert_eq!(clinic.write(ALEX, &case, "Hej igen").await.status, 201);
    clinic.write(ANNA, &case, "Hej").await;
    // Fourteen days after the new end, to the second, it is too late.
    clinic.clock.set(at("2027-01-07T09:00"));
    let late = clinic.post(ANNA, &path, reopen("2027-01-14T09:00")).await;
    assert_eq!(late.refused(), (409, "too-late".into()));
}

#[tokio::test]
async fn who_closed_a_case_by_hand_and_why_is_kept_beside_it_when_it_is_reopened() {
    let clinic = Clinic::new().await;
    let case = clinic.open_case().await;
    let close = json!({ "reason": "Provsvaren är lämnade" });
    let reopen = json!({ "closes_at": "2026-12-04T09:00" });
    let (closes, reopens) = (
        format!("cases/{case}/close"),
        format!("cases/{case}/reopen"),
    );
    for (person, when) in [(STIG, "2026-11-24T10:00"), (ANNA, "2026-11-24T12:00")] {
        clinic.clock.set(at(when));
        let closed = clinic.post(person, &closes, close.clone()).await;
        assert_eq!(closed.status, 200, "{}", closed.text);
        clinic.pass(hours(1));
        let reopened = clinic.post(ANNA, &reopens, reopen.clone()).await;
        assert_eq!(reopened.status, 200, "{}", reopened.text);
    }
    let notes = clinic
        .get(ANNA, &format!("chats/{case}/notes"))
        .await
        .json();
    let notes = notes["notes"].as_array().expect("notes");
    let kept: Vec<_> = notes
        .iter()
        .map(|note| [&note["practitioner"], &note["written_at"], &note["text"]])
        .collect();
    let why = json!("Varför det avslutades: Provsvaren är lämnade");
    assert_eq!(
        kept,
        [
            [&json!(STIG), &json!("2026-11-24T09:00:00Z"), &why],
            [&json!(ANNA), &json!("2026-11-24T11:00:00Z"), &why]
        ]
    );
    // It is staff's alone.
    for path in [
        format!("cases/{case}"),
        format!("chats/{case}/messages"),
        format!("/messaging/chats/{case}"),
    ] {
        let seen = clinic.get(ALEX, &path).await;
        assert!(!seen.text.contains("Provsvaren"), "{path}");
    }
}

#[tokio::test]
async fn a_case_with_as_many_notes_as_are_kept_is_reopened_all_the_same() {
    let clinic = Clinic::new().await;
    let case = clinic.open_case().await;
    clinic
        .run(
            "INSERT INTO chat_notes (chat_id, id, care_provider_id, practitioner_id, text, written_at)
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500)
SELECT chats.id, 'n' || i, care_provider_id, practitioner_id, 'sealed', 1 FROM chats, n",
            [],
        )
        .await;
    let close = json!({ "reason": "Klart" });
    let closes = format!("cases/{case}/close");
    assert_eq!(clinic.post(ANNA, &closes, close).await.status, 200);
    let reopen = json!({ "closes_at": "2026-12-04T09:00" });
    let reopened = clinic
        .post(ANNA, &format!("cases/{case}/reopen"), reopen)
        .await;
    assert_eq!(reopened.status, 200, "{}", reopened.text);
    let notes = "SELECT count(*) AS n FROM chat_notes";
    assert_eq!(clinic.number(notes).await, 500);
}

#[tokio::test]
async fn lists_go_on_where_a_page_ended() {
    let clinic = Clinic::new().await;
    let mut opened = vec![];
    for _ in 0..5 {
        opened.push(clinic.open_case().await);
        clinic.pass(1000);
    }
    for (person, path) in [
        (ANNA, "cases?limit=2"),
        (ALEX, "cases?limit=2"),
        (ANNA, "cases?limit=2&current=true"),
    ] {
        let mut found = vec![];
        let mut next = String::new();
        for _ in 0..3 {
            let page = clinic.get(person, &format!("{path}{next}")).await.json();
            for case in page["cases"].as_array().expect("cases") {
                found.push(case["id"].as_str().expect("an id").to_owned());
            }
            next = match page["next"].as_str() {
                Some(cursor) => format!("&cursor={cursor}"),
                None => break,
            };
        }
        found.sort();
        assert_eq!(found, opened, "{path}");
    }
}

#[tokio::test]
async fn a_protected_patient_is_named_by_no_list() {
    let clinic = Clinic::new().await;
    clinic
        .post(
            ANNA,
            "cases",
            with(a_week(), "patient.protected_identity", json!(true)),
        )
        .await;
    let list = clinic.get(ANNA, "cases").await;
    assert!(
        !list.text.contains("Alex") && !list.text.contains(ALEX),
        "{}",
        list.text
    );
    assert_eq!(
        list.json()["cases"][0]["patient"]["protected_identity"],
        true
    );
}
