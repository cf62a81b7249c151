//! What closes a case: the notice, the task about an unanswered message, the grace, and the end.
#![expect(
    clippy::expect_used,
    reason = "a test whose ground is missing stops at once"
)]

use std::sync::atomic::Ordering;

use crate::world::*;
use serde_json::json;
use shared::platform::{Statement, Store};

const TASKS: &str = "SELECT count(*) AS n FROM tasks WHERE kind = 'unanswered-at-close'";
const OPEN_TASKS: &str =
    "SELECT count(*) AS n FROM tasks WHERE kind = 'unanswered-at-close' AND done_at IS NULL";

/// A case whose patient's question had no answer at the end: staff have the task about it.
async fn asked_at_the_end() -> (Clinic, String) {
    let clinic = Clinic::new().await;
    let case = clinic.open_case().await;
    clinic.write(ALEX, &case, "Vad gör jag?").await;
    clinic.clock.set(at("2026-11-30T09:00"));
    clinic.run_job().await;
    (clinic, case)
}

#[tokio::test]
async fn both_sides_are_told_a_day_before() {
    let clinic = Clinic::new().await;
    let case = clinic.open_case().await;
    clinic.clock.set(at("2026-11-29T08:59:59"));
    assert_eq!(clinic.run_job().await["looked_at"], 0);
    clinic.clock.set(at("2026-11-29T09:00"));
    assert_eq!(clinic.run_job().await["noticed"], 1);
    assert_eq!(clinic.run_job().await["looked_at"], 0);
    let chat = clinic.chat(ALEX, &case).await;
    assert_eq!(
        chat["messages"][1]["notice"],
        json!({ "kind": "closing-soon", "until": "2026-11-30T08:00:00Z" })
    );
    assert_eq!(clinic.number("SELECT count(*) AS n FROM sms_outbox WHERE template = 'case-closing' AND state = 'queued'").await, 1);
}

#[tokio::test]
async fn the_unit_chooses_how_long_before() {
    let clinic = Clinic::new().await;
    clinic
        .run("UPDATE care_units SET case_notice_hours = 48", [])
        .await;
    clinic.open_case().await;
    clinic.clock.set(at("2026-11-28T09:00"));
    assert_eq!(clinic.run_job().await["noticed"], 1);
}

#[tokio::test]
async fn at_its_end_a_case_without_a_question_closes_and_says_where_to_turn() {
    let clinic = Clinic::new().await;
    clinic
        .run("UPDATE care_units SET where_to_turn = 'Ring 1177'", [])
        .await;
    let case = clinic.open_case().await;
    clinic.write(ALEX, &case, "Hur gör jag?").await;
    clinic.write(ANNA, &case, "Så här.").await;
    clinic.clock.set(at("2026-11-30T08:59:59.999"));
    assert_eq!(clinic.write(ANNA, &case, "Lycka till!").await.status, 201);
    clinic.clock.set(at("2026-11-30T09:00"));
    for person in [ALEX, ANNA] {
        assert_eq!(clinic.state(person, &case).await, "closed");
        assert_eq!(
            clinic.write(person, &case, "Hej").await.refused(),
            (409, "case-closed".into())
        );
    }
    assert_eq!(clinic.run_job().await["closed"], 1);
    assert_eq!(clinic.run_job().await["looked_at"], 0);
    assert_eq!(
        clinic.thread(ALEX, &case).await.last().expect("one").1,
        "system: closed"
    );
    assert_eq!(
        clinic.get(ALEX, &format!("cases/{case}")).await.json()["where_to_turn"],
        "Ring 1177"
    );
    let chat = clinic.chat(ALEX, &case).await;
    assert_eq!(chat["messages"][3]["text"], "Lycka till!");
    assert!(chat["messages"][3]["where_to_turn"].is_null());
    assert_eq!(chat["messages"][4]["where_to_turn"], "Ring 1177");
    assert_eq!(clinic.number(TASKS).await, 0);
    assert_eq!(
        clinic.get(ANNA, "cases?current=true").await.json()["cases"],
        json!([])
    );
}

#[tokio::test]
async fn a_unit_that_has_not_said_where_to_turn_says_so_in_the_services_words() {
    let clinic = Clinic::new().await;
    let case = clinic.open_case().await;
    let close = json!({ "reason": "Klart" });
    clinic
        .post(ANNA, &format!("cases/{case}/close"), close)
        .await;
    let chat = clinic.chat(ALEX, &case).await;
    for told in [&chat["messages"][1], &chat["chat"]] {
        let told = told["where_to_turn"].as_str();
        assert!(
            told.is_some_and(|told| told.contains("ring 1177")),
            "{chat}"
        );
    }
    // Open again, it has nowhere to send the patient; what was said stays in the thread.
    let until = json!({ "closes_at": "2026-12-04T09:00" });
    clinic
        .post(ANNA, &format!("cases/{case}/reopen"), until)
        .await;
    let chat = clinic.chat(ALEX, &case).await;
    assert!(chat["chat"]["where_to_turn"].is_null());
    assert!(chat["messages"][1]["where_to_turn"].is_string());
    assert!(chat["messages"][2]["where_to_turn"].is_null());
}

#[tokio::test]
async fn an_unanswered_question_becomes_a_task_and_staff_may_still_answer() {
    let clinic = Clinic::new().await;
    let case = clinic.open_case().await;
    clinic.write(ALEX, &case, "Vad gör jag?").await;
    clinic.clock.set(at("2026-11-30T09:00"));
    assert_eq!(clinic.state(ANNA, &case).await, "awaiting-staff");
    assert_eq!(
        clinic.write(ALEX, &case, "Hallå?").await.refused(),
        (409, "time-is-over".into())
    );
    let seen = clinic.get(ALEX, &format!("cases/{case}")).await.json();
    assert_eq!(seen["why_not"], "time-is-over");
    assert_eq!(clinic.run_job().await["asked_staff"], 1);
    assert_eq!(clinic.number(OPEN_TASKS).await, 1);
    // 48 opening hours of nine a day: five days and three hours.
    let seen = clinic.get(ANNA, &format!("cases/{case}")).await.json();
    assert_eq!(seen["grace_ends_at"], "2026-12-07T11:00:00Z");
    clinic.clock.set(at("2026-12-07T11:59"));
    assert_eq!(clinic.run_job().await["looked_at"], 0);
    assert_eq!(clinic.write(ANNA, &case, "Vila.").await.status, 201);
    assert_eq!(clinic.number(OPEN_TASKS).await, 0);
    assert_eq!(
        clinic.write(ANNA, &case, "Och drick vatten.").await.status,
        201
    );
    clinic.pass(hours(1) / 12);
    assert_eq!(clinic.state(ANNA, &case).await, "closed");
    assert_eq!(clinic.run_job().await["closed"], 1);
}

#[tokio::test]
async fn an_answer_that_is_taken_back_in_the_grace_leaves_the_task_to_do() {
    let (clinic, case) = asked_at_the_end().await;
    let number = clinic.write(ANNA, &case, "Fel").await.json()["number"].clone();
    let back = clinic
        .post(
            ANNA,
            &format!("chats/{case}/messages/{number}/withdraw"),
            json!({}),
        )
        .await;
    assert_eq!(back.status, 200, "{}", back.text);
    assert_eq!(clinic.number(OPEN_TASKS).await, 1);
    clinic.pass(hours(24));
    clinic.run_job().await;
    assert_eq!(clinic.state(ANNA, &case).await, "awaiting-staff");
}

#[tokio::test]
async fn who_takes_an_answer_back_as_the_grace_ends_has_an_hour_to_write_another() {
    for answers_anew in [true, false] {
        let (clinic, case) = asked_at_the_end().await;
        clinic.clock.set(at("2026-12-07T11:59"));
        let number = clinic.write(ANNA, &case, "Fel").await.json()["number"].clone();
        clinic.clock.set(at("2026-12-07T12:02"));
        let back = format!("chats/{case}/messages/{number}/withdraw");
        assert_eq!(clinic.post(ANNA, &back, json!({})).await.status, 200);
        let seen = clinic.get(ANNA, &format!("cases/{case}")).await.json();
        assert_eq!(
            (&seen["state"], &seen["grace_ends_at"]),
            (&json!("awaiting-staff"), &json!("2026-12-07T12:02:00Z"))
        );
        clinic.clock.set(at("2026-12-07T13:01:59.999"));
        assert_eq!(clinic.run_job().await["closed"], 0);
        assert_eq!(clinic.number(OPEN_TASKS).await, 1);
        if answers_anew {
            assert_eq!(clinic.write(ANNA, &case, "Vila.").await.status, 201);
            assert_eq!(clinic.number(OPEN_TASKS).await, 0);
            clinic.pass(hours(1) / 12);
        } else {
            clinic.clock.set(at("2026-12-07T13:02"));
        }
        assert_eq!(clinic.state(ANNA, &case).await, "closed");
        assert_eq!(clinic.run_job().await["closed"], 1);
    }
}

#[tokio::test]
async fn in_the_grace_a_case_is_not_closed_for_staff_and_can_be_extended() {
    let (clinic, case) = asked_at_the_end().await;
    let shorten = format!("cases/{case}/shorten");
    let sooner = json!({ "closes_at": "2026-11-30T08:00" });
    let refused = clinic.post(ANNA, &shorten, sooner).await;
    assert_eq!(refused.refused(), (409, "time-is-over".into()));
    for phase in ["synchronous", "asynchronous"] {
        let path = format!("chats/{case}/phase");
        let refused = clinic.post(ANNA, &path, json!({ "phase": phase })).await;
        assert_eq!(refused.refused(), (409, "time-is-over".into()));
    }
    clinic.clock.set(at("2026-12-07T12:00"));
    let later = json!({ "phase": "synchronous" });
    let path = format!("chats/{case}/phase");
    let refused = clinic.post(ANNA, &path, later).await;
    assert_eq!(refused.refused(), (409, "case-closed".into()));
}

#[tokio::test]
async fn of_two_late_answers_one_may_be_taken_back_and_the_other_stands() {
    let (clinic, case) = asked_at_the_end().await;
    clinic.write(ANNA, &case, "Vila.").await;
    let number = clinic.write(ANNA, &case, "Fel").await.json()["number"].clone();
    let path = format!("chats/{case}/messages/{number}/withdraw");
    assert_eq!(clinic.post(ANNA, &path, json!({})).await.status, 200);
    assert_eq!(clinic.number(OPEN_TASKS).await, 0);
    clinic.pass(hours(1) / 12);
    assert_eq!(clinic.run_job().await["closed"], 1);
    assert_eq!(clinic.number(OPEN_TASKS).await, 0);
}

#[tokio::test]
async fn a_late_answer_that_is_taken_back_before_the_job_ran_is_asked_for_at_once() {
    let clinic = Clinic::new().await;
    let case = clinic.open_case().await;
    clinic.write(ALEX, &case, "Vad gör jag?").await;
    clinic.clock.set(at("2026-11-30T09:00"));
    clinic.write(ANNA, &case, "Fel").await;
    clinic
        .post(
            ANNA,
            &format!("chats/{case}/messages/3/withdraw"),
            json!({}),
        )
        .await;
    assert_eq!(clinic.run_job().await["asked_staff"], 1);
}

#[tokio::test]
async fn after_the_grace_it_closes_for_a_task_has_stood() {
    let (clinic, case) = asked_at_the_end().await;
    clinic.clock.set(at("2026-12-07T12:00"));
    assert_eq!(clinic.state(ANNA, &case).await, "closed");
    assert_eq!(
        clinic.write(ANNA, &case, "Vila").await.refused(),
        (409, "case-closed".into())
    );
    assert_eq!(clinic.run_job().await["closed"], 1);
    assert_eq!(clinic.number(OPEN_TASKS).await, 1);
}

#[tokio::test]
async fn without_the_job_nothing_closes_over_a_question_and_afterwards_it_catches_up() {
    let clinic = Clinic::new().await;
    let asked = clinic.open_case().await;
    let answered = clinic.open_case().await;
    clinic.write(ALEX, &asked, "Vad gör jag?").await;
    clinic.clock.set(at("2026-12-14T09:00"));
    assert_eq!(clinic.state(ANNA, &asked).await, "awaiting-staff");
    assert_eq!(clinic.state(ANNA, &answered).await, "closed");
    let done = clinic.run_job().await;
    assert_eq!(
        (&done["asked_staff"], &done["closed"], &done["noticed"]),
        (&json!(1), &json!(1), &json!(0))
    );
    // The grace begins with the task.
    let seen = clinic.get(ANNA, &format!("cases/{asked}")).await.json();
    assert_eq!(seen["grace_ends_at"], "2026-12-21T11:00:00Z");
}

#[tokio::test]
async fn how_late_the_job_runs_decides_nothing_about_when_a_case_was_over() {
    let clinic = Clinic::new().await;
    clinic
        .run("UPDATE care_units SET case_reopen_hours = 24", [])
        .await;
    // One runs out, one was answered late, one's grace ran out; the job was away meanwhile.
    let run_out = clinic.open_case().await;
    let answered_late = clinic.open_case().await;
    let unanswered = clinic.open_case().await;
    for case in [&answered_late, &unanswered] {
        clinic.write(ALEX, case, "Vad gör jag?").await;
    }
    clinic.clock.set(at("2026-11-30T10:00"));
    clinic.write(ANNA, &answered_late, "Vila.").await;
    clinic.clock.set(at("2026-12-02T08:00"));
    let until = json!({ "closes_at": "2026-12-09T09:00" });
    let path = format!("cases/{run_out}/reopen");
    let before = clinic.post(ANNA, &path, until.clone()).await.refused();
    assert_eq!(before, (409, "too-late".into()));
    assert_eq!(clinic.run_job().await["closed"], 2);
    for (case, over) in [
        (&run_out, "2026-11-30T08:00:00Z"),
        (&answered_late, "2026-11-30T09:05:00Z"),
    ] {
        let seen = clinic.get(ANNA, &format!("cases/{case}")).await.json();
        assert_eq!(seen["closed_at"], over);
        let path = format!("cases/{case}/reopen");
        let refused = clinic.post(ANNA, &path, until.clone()).await.refused();
        assert_eq!(refused, (409, "too-late".into()));
    }
    let path = format!("cases/{unanswered}");
    let grace_ends_at = clinic.get(ANNA, &path).await.json()["grace_ends_at"].clone();
    clinic.clock.set(at("2026-12-20T09:00"));
    assert_eq!(clinic.run_job().await["closed"], 1);
    let seen = clinic.get(ANNA, &path).await.json();
    assert_eq!(seen["closed_at"], grace_ends_at);
}

#[tokio::test]
async fn extending_in_the_grace_lets_the_patient_write_again() {
    let (clinic, case) = asked_at_the_end().await;
    let extended = clinic
        .post(
            ANNA,
            &format!("cases/{case}/extend"),
            json!({ "closes_at": "2026-12-04T09:00" }),
        )
        .await;
    assert_eq!(
        extended.json()["state"],
        "awaiting-staff",
        "{}",
        extended.text
    );
    assert_eq!(clinic.number(OPEN_TASKS).await, 0);
    assert_eq!(clinic.write(ALEX, &case, "Hallå?").await.status, 201);
    // The question still has no answer: at the new end there is a new task.
    clinic.clock.set(at("2026-12-04T09:00"));
    assert_eq!(clinic.run_job().await["asked_staff"], 1);
    assert_eq!(clinic.number(TASKS).await, 2);
}

#[tokio::test]
async fn the_store_itself_refuses_to_close_over_a_question_without_a_task() {
    let clinic = Clinic::new().await;
    let case = clinic.open_case().await;
    clinic.write(ALEX, &case, "Vad gör jag?").await;
    let close = Statement::new("UPDATE chats SET closed_at = 1, due_at = NULL", []);
    let refused = clinic.store.query(close).await.expect_err("refused");
    assert!(refused.refused_by("CHECK"), "{refused}");
    // Nor over somebody else's task.
    clinic.run("INSERT INTO tasks (id, care_provider_id, care_unit_id, kind, patient_id, resource_type, resource_id, created_at)
SELECT 'other', care_provider_id, care_unit_id, 'unanswered-at-close', patient_id, 'case', 'another', 1 FROM chats", []).await;
    let close = Statement::new(
        "UPDATE chats SET closed_at = 1, due_at = NULL, task_id = 'other', grace_ends_at = 1",
        [],
    );
    let refused = clinic.store.query(close).await.expect_err("refused");
    assert!(refused.refused_by("chats_name_their_own_task"), "{refused}");
}

#[tokio::test]
async fn two_runs_at_once_do_everything_once() {
    let clinic = Clinic::new().await;
    for _ in 0..20 {
        let case = clinic.open_case().await;
        clinic.write(ALEX, &case, "Vad gör jag?").await;
        clinic.open_case().await;
    }
    clinic.clock.set(at("2026-11-29T09:00"));
    let (one, other) = tokio::join!(clinic.run_job(), clinic.run_job());
    let sum =
        |name: &str| one[name].as_i64().expect("a count") + other[name].as_i64().expect("a count");
    assert_eq!(sum("noticed"), 40);
    clinic.clock.set(at("2026-11-30T09:00"));
    let (one, other) = tokio::join!(clinic.run_job(), clinic.run_job());
    let sum =
        |name: &str| one[name].as_i64().expect("a count") + other[name].as_i64().expect("a count");
    assert_eq!((sum("asked_staff"), sum("closed")), (20, 20));
    assert_eq!(clinic.number(TASKS).await, 20);
    assert_eq!(
        clinic
            .number("SELECT count(*) AS n FROM messages WHERE notice = 'closed'")
            .await,
        20
    );
    assert_eq!(
        clinic
            .number("SELECT count(*) AS n FROM sms_outbox WHERE template = 'case-closing'")
            .await,
        40
    );
    assert_eq!(clinic.number("SELECT count(*) AS n FROM (SELECT chat_id FROM messages GROUP BY chat_id HAVING max(number) <> count(*))").await, 0);
}

#[tokio::test]
async fn more_than_a_page_is_done_in_one_run_and_logged_as_the_services_own() {
    let clinic = Clinic::new().await;
    clinic.open_case().await;
    clinic.run("INSERT INTO chats (id, care_provider_id, care_unit_id, patient_id, role, subject, phase, first_writer, patient_may_reply, opens_at, closes_at, due_at, opened_by, opened_at)
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000)
SELECT 'c' || i, care_provider_id, care_unit_id, patient_id, role, subject, phase, first_writer, patient_may_reply, opens_at, closes_at, due_at, opened_by, opened_at
FROM chats, n", []).await;
    clinic.clock.set(at("2026-12-01T09:00"));
    let done = clinic.run_job().await;
    assert_eq!(
        (&done["closed"], &done["left"]),
        (&json!(1001), &json!(false))
    );
    assert_eq!(clinic.number("SELECT count(*) AS n FROM access_log WHERE user_kind = 'system' AND activity = 'write' AND json_array_length(patients) = 1").await, 251, "one a transaction, and each takes 4");
}

/// The name of a case's patient as it is kept, in whose place stands what no key opens.
async fn make_unreadable(clinic: &Clinic, case: &str) -> String {
    let name = "SELECT name FROM patients WHERE id = (SELECT patient_id FROM chats WHERE id = ?1)";
    let found = clinic
        .store
        .query(Statement::new(name, [case.into()]))
        .await;
    let found = found.expect("a patient").rows;
    let name = found
        .first()
        .expect("a patient")
        .text("name")
        .expect("a name")
        .to_owned();
    rename(clinic, case, "sealed under a key that is not here").await;
    name
}

async fn rename(clinic: &Clinic, case: &str, name: &str) {
    clinic
        .run(
            "UPDATE patients SET name = ?2 WHERE id = (SELECT patient_id FROM chats WHERE id = ?1)",
            [case.into(), name.into()],
        )
        .await;
}

#[tokio::test]
async fn a_case_whose_patient_cannot_be_read_holds_up_no_other() {
    let clinic = Clinic::new().await;
    let unreadable = clinic.open_case().await;
    clinic
        .post(ANNA, "cases", with(a_week(), "patient", patient(BO)))
        .await
        .id();
    let name = make_unreadable(&clinic, &unreadable).await;
    clinic.clock.set(at("2026-11-29T09:00"));
    let done = clinic.run_job().await;
    assert_eq!((&done["noticed"], &done["put_off"]), (&json!(1), &json!(1)));
    // Only the other patient's chat was touched.
    let logged =
        "SELECT sum(json_array_length(patients)) AS n FROM access_log WHERE user_kind = 'system'";
    assert_eq!(clinic.number(logged).await, 1);
    // It is looked at again in an hour, not each minute.
    assert_eq!(clinic.run_job().await["looked_at"], 0);
    clinic.pass(hours(1));
    assert_eq!(clinic.run_job().await["put_off"], 1);
    rename(&clinic, &unreadable, &name).await;
    clinic.pass(hours(1));
    assert_eq!(clinic.run_job().await["noticed"], 1);
    clinic.clock.set(at("2026-11-30T09:00"));
    assert_eq!(clinic.run_job().await["closed"], 2);
}

#[tokio::test]
async fn a_case_that_cannot_be_read_closes_at_its_end_all_the_same() {
    let clinic = Clinic::new().await;
    let unreadable = clinic.open_case().await;
    make_unreadable(&clinic, &unreadable).await;
    clinic.clock.set(at("2026-11-30T08:30"));
    assert_eq!(clinic.run_job().await["put_off"], 1);
    clinic.clock.set(at("2026-11-30T09:00"));
    assert_eq!(clinic.run_job().await["closed"], 1);
}

#[tokio::test]
async fn one_that_cannot_be_read_closes_also_where_a_text_message_would_tell_of_it() {
    let texts = "SELECT count(*) AS n FROM sms_outbox WHERE template = 'new-message'";
    let clinic = Clinic::new().await;
    let mut cases = vec![];
    for person in [ALEX, BO] {
        let body = with(a_week(), "patient", patient(person));
        let case = clinic.post(ANNA, "cases", body).await.id();
        let read = json!({ "number": 1 });
        clinic
            .post(person, &format!("chats/{case}/read"), read)
            .await;
        let phase = json!({ "phase": "synchronous" });
        change(&clinic, &format!("chats/{case}/phase"), phase).await;
        clinic.write(ANNA, &case, "Hej").await;
        cases.push(case);
    }
    assert_eq!(clinic.number(texts).await, 2, "the openings");
    make_unreadable(&clinic, &cases[0]).await;
    clinic.clock.set(at("2026-11-30T09:00"));
    assert_eq!(clinic.run_job().await["closed"], 2);
    assert_eq!(clinic.number(texts).await, 3);
}

#[tokio::test]
async fn a_case_that_could_not_be_read_when_it_opened_is_announced_later_and_not_told_to_close() {
    let clinic = Clinic::new().await;
    let planned = with(a_week(), "opens_at", json!("2026-11-24T09:00"));
    let case = clinic.post(ANNA, "cases", planned).await.id();
    let name = make_unreadable(&clinic, &case).await;
    clinic.clock.set(at("2026-11-24T09:00"));
    assert_eq!(clinic.run_job().await["put_off"], 1);
    rename(&clinic, &case, &name).await;
    clinic.pass(hours(1));
    let done = clinic.run_job().await;
    assert_eq!(
        (&done["announced"], &done["noticed"]),
        (&json!(1), &json!(0))
    );
}

#[tokio::test]
async fn an_opening_that_comes_late_is_followed_by_the_notice_that_is_late_too() {
    let clinic = Clinic::new().await;
    let planned = with(a_week(), "opens_at", json!("2026-11-28T08:00"));
    let case = clinic.post(ANNA, "cases", planned).await.id();
    // The job was away over the opening and the moment of the notice.
    clinic.clock.set(at("2026-11-29T12:00"));
    assert_eq!(clinic.run_job().await["announced"], 1);
    assert_eq!(clinic.run_job().await["noticed"], 1);
    clinic.clock.set(at("2026-11-30T09:00"));
    assert_eq!(clinic.run_job().await["closed"], 1);
    let said: Vec<String> = clinic
        .thread(ALEX, &case)
        .await
        .into_iter()
        .map(|one| one.1)
        .collect();
    assert_eq!(
        said,
        ["system: sms-sent", "system: closing-soon", "system: closed"]
    );
}

#[tokio::test]
async fn a_case_that_the_store_refuses_holds_up_no_other_and_is_counted() {
    let clinic = Clinic::new().await;
    let refused = clinic.open_case().await;
    for _ in 0..3 {
        clinic.open_case().await;
    }
    clinic
        .run("CREATE TABLE broken (id TEXT PRIMARY KEY) STRICT", [])
        .await;
    clinic
        .run("INSERT INTO broken VALUES (?1)", [refused.as_str().into()])
        .await;
    clinic
        .run(
            "CREATE TRIGGER chats_break BEFORE UPDATE OF closed_at ON chats WHEN NEW.id IN (SELECT id FROM broken)
BEGIN SELECT RAISE(ABORT, 'refused: chats_break'); END",
            [],
        )
        .await;
    clinic.clock.set(at("2026-11-30T09:00"));
    let done = clinic.run_job().await;
    assert_eq!(
        (&done["closed"], &done["failed"], &done["left"]),
        (&json!(3), &json!(1), &json!(false))
    );
    // It is looked at again in an hour, not each minute.
    assert_eq!(clinic.run_job().await["looked_at"], 0);
    clinic.run("DELETE FROM broken", []).await;
    clinic.pass(hours(1));
    assert_eq!(clinic.run_job().await["closed"], 1);
}

#[tokio::test]
async fn whoever_has_the_chat_open_is_told_of_what_the_job_did_in_it() {
    let mut clinic = Clinic::new().await;
    let told = clinic.hear_rooms();
    let case = clinic.open_case().await;
    for when in ["2026-11-29T09:00", "2026-11-30T09:00"] {
        clinic.clock.set(at(when));
        heard_in(&told, &case);
        clinic.run_job().await;
        assert_eq!(heard_in(&told, &case), ["change"], "{when}");
    }
}

#[tokio::test]
async fn a_unit_whose_rules_cannot_be_read_holds_up_no_other() {
    let clinic = Clinic::new().await;
    // The youth unit's id comes after: its cases would never be reached.
    clinic.open_case().await;
    clinic.post(EVA, "cases", a_week()).await.id();
    clinic
        .run(
            "UPDATE care_units SET opening_hours = 'always' WHERE id = ?1",
            [UNIT.into()],
        )
        .await;
    clinic.clock.set(at("2026-11-30T09:00"));
    let done = clinic.run_job().await;
    assert_eq!((&done["closed"], &done["put_off"]), (&json!(1), &json!(1)));
    assert_eq!(clinic.run_job().await["put_off"], 0);
}

#[tokio::test]
async fn however_much_is_due_a_run_stays_below_what_the_store_takes_and_the_next_goes_on() {
    let mut clinic = Clinic::new().await;
    // One of each step, all due at the same moment, and many as they are.
    let opens = |opens: &str, closes: &str| {
        let case = with(a_week(), "opens_at", json!(opens));
        with(case, "closes_at", json!(closes))
    };
    let planned = opens("2026-11-30T09:00", "2026-12-07T09:00");
    clinic.post(ANNA, "cases", planned).await.id();
    let long = with(a_week(), "closes_at", json!("2026-12-01T09:00"));
    clinic.post(ANNA, "cases", long).await.id();
    clinic.open_case().await;
    let asked = clinic.open_case().await;
    clinic.write(ALEX, &asked, "Vad gör jag?").await;
    clinic
        .run(
            "INSERT INTO chats (id, care_provider_id, care_unit_id, patient_id, role, subject, phase, first_writer, patient_may_reply, opens_at, closes_at, due_at, begun, last_from, last_at, opened_by, opened_at)
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 400)
SELECT printf('c%04d-', i) || id, care_provider_id, care_unit_id, patient_id, role, subject, phase, first_writer, patient_may_reply, opens_at, closes_at, due_at, begun, last_from, last_at, opened_by, opened_at
FROM chats, n",
            [],
        )
        .await;
    clinic
        .run(
            "UPDATE chats SET due_at = ?1 WHERE closes_at = ?1",
            [at("2026-11-30T09:00").into()],
        )
        .await;
    // And one of a unit that comes after.
    let other = clinic.post(EVA, "cases", a_week()).await.id();
    clinic.clock.set(at("2026-11-30T09:00"));
    let asked = clinic.count_statements();
    let mut runs = vec![];
    while runs
        .last()
        .is_none_or(|run: &serde_json::Value| run["left"] == true)
    {
        let before = asked.load(Ordering::Relaxed);
        runs.push(clinic.run_job().await);
        let statements = asked.load(Ordering::Relaxed) - before;
        assert!(statements < 1000, "{statements} statements: {runs:?}");
        if runs.len() == 1 {
            // Many cases of one unit hold up no other's.
            let closed = clinic
                .get(EVA, &format!("chats/{other}/messages"))
                .await
                .json();
            assert_eq!(
                closed["messages"][1]["notice"]["kind"], "closed",
                "{closed}"
            );
        }
        assert!(runs.len() < 10, "{runs:?}");
    }
    assert!(runs.len() > 1, "{runs:?}");
    for (what, count) in [
        ("announced", 401),
        ("noticed", 401),
        ("asked_staff", 401),
        ("closed", 402),
    ] {
        let sum: i64 = runs.iter().filter_map(|run| run[what].as_i64()).sum();
        assert_eq!(sum, count, "{what} {runs:?}");
    }
}

#[tokio::test]
async fn an_end_that_comes_nearer_than_the_notice_is_told_to_both_sides_at_once() {
    let texts =
        "SELECT count(*) AS n FROM sms_outbox WHERE template = 'case-closing' AND state = 'queued'";
    let told = "SELECT count(*) AS n FROM notifications WHERE kind = 'closing-soon'";
    let soon = json!({ "closes_at": "2026-11-24T08:30" });
    for reopens in [false, true] {
        let clinic = Clinic::new().await;
        let case = clinic.open_case().await;
        clinic.write(ANNA, &case, "Hej!").await;
        clinic
            .post(ALEX, &format!("chats/{case}/read"), json!({ "number": 2 }))
            .await;
        clinic.pass(hours(1));
        // A notice that still has its time comes in it.
        let sooner = json!({ "closes_at": "2026-11-27T09:00" });
        let path = format!("cases/{case}/shorten");
        assert_eq!(clinic.post(ANNA, &path, sooner).await.status, 200);
        assert_eq!(clinic.run_job().await["looked_at"], 0);

        let path = if reopens {
            let closed = json!({ "reason": "Klart" });
            clinic
                .post(ANNA, &format!("cases/{case}/close"), closed)
                .await;
            format!("cases/{case}/reopen")
        } else {
            path
        };
        assert_eq!(clinic.post(ANNA, &path, soon.clone()).await.status, 200);
        assert_eq!(clinic.run_job().await["noticed"], 1);
        assert_eq!(clinic.run_job().await["looked_at"], 0);
        assert_eq!(
            (clinic.number(texts).await, clinic.number(told).await),
            (1, 1)
        );
        let chat = clinic.chat(ALEX, &case).await;
        assert_eq!(chat["chat"]["unread"], 1, "{chat}");
        let last = chat["messages"].as_array().and_then(|all| all.last());
        assert_eq!(
            last.expect("a message")["notice"],
            json!({ "kind": "closing-soon", "until": "2026-11-24T07:30:00Z" })
        );
        clinic.clock.set(at("2026-11-24T08:30"));
        assert_eq!(clinic.run_job().await["closed"], 1);
    }
}

/// A case that opens on Tuesday at nine, for a week.
async fn planned() -> (Clinic, String) {
    let clinic = Clinic::new().await;
    let body = with(a_week(), "opens_at", json!("2026-11-24T09:00"));
    let body = with(body, "closes_at", json!("2026-12-01T09:00"));
    let case = clinic.post(ANNA, "cases", body).await.id();
    (clinic, case)
}

/// Staff give a case another course.
async fn change(clinic: &Clinic, path: &str, to: serde_json::Value) {
    let changed = clinic.post(ANNA, path, to).await;
    assert_eq!(changed.status, 200, "{path} {}", changed.text);
}

#[tokio::test]
async fn an_opening_that_a_change_overtakes_is_announced_all_the_same() {
    let changes = [
        (
            "cases/{}/extend",
            json!({ "closes_at": "2026-12-04T09:00" }),
        ),
        (
            "cases/{}/shorten",
            json!({ "closes_at": "2026-11-27T09:00" }),
        ),
        ("chats/{}/phase", json!({ "phase": "synchronous" })),
        ("chats/{}/phase", json!({ "phase": "asynchronous" })),
    ];
    // Before the minute's run, or hours later where that was away.
    for late in ["2026-11-24T09:00:30", "2026-11-24T14:00"] {
        for (path, to) in &changes {
            let (clinic, case) = planned().await;
            clinic.clock.set(at(late));
            let path = path.replace("{}", &case);
            change(&clinic, &path, to.clone()).await;
            assert_eq!(clinic.run_job().await["announced"], 1, "{path} {to}");
            assert_eq!(clinic.run_job().await["looked_at"], 0, "{path} {to}");
            let thread = clinic.thread(ALEX, &case).await;
            assert_eq!(thread.last().expect("one").1, "system: sms-sent");
        }
    }
}

#[tokio::test]
async fn a_planned_case_that_staff_begin_now_is_announced_now() {
    let (clinic, case) = planned().await;
    clinic.pass(hours(1));
    let path = format!("chats/{case}/phase");
    change(&clinic, &path, json!({ "phase": "synchronous" })).await;
    assert_eq!(clinic.state(ALEX, &case).await, "open");
    assert_eq!(clinic.run_job().await["announced"], 1);
    let texts =
        "SELECT count(*) AS n FROM sms_outbox WHERE template = 'new-message' AND state = 'queued'";
    assert_eq!(clinic.number(texts).await, 1);
    // It is announced once: nothing more is due at what was its opening.
    clinic.clock.set(at("2026-11-24T09:00"));
    assert_eq!(clinic.run_job().await["looked_at"], 0);
}

#[tokio::test]
async fn a_notice_that_a_change_overtakes_is_given_all_the_same() {
    for (path, to, until) in [
        (
            "chats/{}/phase",
            json!({ "phase": "synchronous" }),
            "2026-11-30T08:00:00Z",
        ),
        (
            "cases/{}/extend",
            json!({ "closes_at": "2026-11-30T10:00" }),
            "2026-11-30T09:00:00Z",
        ),
    ] {
        let clinic = Clinic::new().await;
        let case = clinic.open_case().await;
        clinic.clock.set(at("2026-11-29T11:00"));
        let path = path.replace("{}", &case);
        change(&clinic, &path, to.clone()).await;
        assert_eq!(clinic.run_job().await["noticed"], 1, "{to}");
        let chat = clinic.chat(ALEX, &case).await;
        let last = chat["messages"].as_array().and_then(|all| all.last());
        assert_eq!(
            last.expect("a message")["notice"],
            json!({ "kind": "closing-soon", "until": until })
        );
        // Once it was given, a change that brings the end no nearer gives none.
        let path = format!("chats/{case}/phase");
        change(&clinic, &path, json!({ "phase": "asynchronous" })).await;
        assert_eq!(clinic.run_job().await["looked_at"], 0, "{to}");
    }
}

#[tokio::test]
async fn an_end_that_a_phase_brings_nearer_is_told_to_both_sides_at_once() {
    let texts =
        "SELECT count(*) AS n FROM sms_outbox WHERE template = 'case-closing' AND state = 'queued'";
    let told = "SELECT count(*) AS n FROM notifications WHERE kind = 'closing-soon'";
    for phase in ["synchronous", "asynchronous"] {
        let clinic = Clinic::new().await;
        let case = clinic.open_case().await;
        clinic.pass(hours(1));
        let path = format!("chats/{case}/phase");
        let nearer = json!({ "phase": phase, "closes_at": "2026-11-24T06:00" });
        change(&clinic, &path, nearer).await;
        assert_eq!(clinic.run_job().await["noticed"], 1, "{phase}");
        assert_eq!(
            (clinic.number(texts).await, clinic.number(told).await),
            (1, 1)
        );
        assert_eq!(clinic.run_job().await["looked_at"], 0);
    }
}
