//! A visit's own chat, and the two phases.
#![expect(
    clippy::expect_used,
    reason = "a test whose ground is missing stops at once"
)]

use crate::world::*;
use serde_json::json;

/// A clinic with booking in it, and a visit of Alex at ten to half past ten.
pub async fn with_visit() -> (Clinic, String) {
    let clinic = Clinic::with_booking().await;
    let visit = clinic
        .post(
            ANNA,
            "/booking/v1/appointments",
            json!({
                "kind": "free-time", "starts_at": "2026-11-23T10:00", "minutes": 30,
                "patient": patient(ALEX), "reason": "Hosta"
            }),
        )
        .await
        .id();
    (clinic, visit)
}

/// Staff move a visit.
pub async fn move_to(clinic: &Clinic, visit: &str, starts_at: &str) {
    let path = format!("/booking/v1/appointments/{visit}/reschedule");
    let to = json!({ "starts_at": starts_at });
    let moved = clinic.post(ANNA, &path, to).await;
    assert_eq!(moved.status, 200, "{}", moved.text);
}

#[tokio::test]
async fn a_visits_chat_opens_at_its_time_in_the_synchronous_phase() {
    let (clinic, visit) = with_visit().await;
    let path = format!("visits/{visit}/chat");
    clinic.clock.set(at("2026-11-23T08:59:59"));
    assert_eq!(
        clinic.post(ALEX, &path, json!({})).await.refused(),
        (409, "case-not-open".into())
    );
    clinic.clock.set(at("2026-11-23T09:00"));
    let chat = clinic.post(ALEX, &path, json!({})).await;
    assert_eq!(chat.status, 200, "{}", chat.text);
    assert_eq!(
        (&chat.json()["state"], &chat.json()["phase"]),
        (&json!("planned"), &json!("synchronous"))
    );
    assert_eq!(chat.json()["appointment"], visit);
    let chat = chat.id();
    assert_eq!(
        clinic.post(STIG, &path, json!({})).await.id(),
        chat,
        "both sides have the same"
    );
    assert_eq!(
        clinic.write(ALEX, &chat, "Hej").await.refused(),
        (409, "case-not-open".into())
    );
    clinic.clock.set(at("2026-11-23T10:00"));
    assert_eq!(clinic.write(ALEX, &chat, "Hej").await.status, 201);
    assert_eq!(clinic.write(ANNA, &chat, "Hej Alex").await.status, 201);
    assert_eq!(
        clinic
            .number("SELECT count(*) AS n FROM sms_outbox WHERE template = 'new-message'")
            .await,
        0,
        "who sits in the chat needs no text message"
    );
    clinic.clock.set(at("2026-11-23T11:30"));
    assert_eq!(clinic.state(ALEX, &chat).await, "closed");
    for person in [BO, EVA, OLOF] {
        assert_eq!(
            clinic.post(person, &path, json!({})).await.refused(),
            (404, "not-found".into())
        );
    }
}

#[tokio::test]
async fn staff_who_come_after_a_visits_time_get_its_chat_closed_and_patients_get_none() {
    let (clinic, visit) = with_visit().await;
    let path = format!("visits/{visit}/chat");
    clinic.clock.set(at("2026-11-23T11:30"));
    let refused = clinic.post(ALEX, &path, json!({})).await.refused();
    assert_eq!(refused, (409, "case-closed".into()));
    let opened = clinic.post(ANNA, &path, json!({})).await;
    assert_eq!(opened.status, 200, "{}", opened.text);
    let (chat, seen) = (opened.id(), opened.json());
    assert_eq!(
        (&seen["state"], &seen["may_write"]),
        (&json!("closed"), &json!(false))
    );
    assert_eq!(seen["closed_at"], "2026-11-23T10:30:00Z");
    for person in [ALEX, ANNA] {
        let refused = clinic.write(person, &chat, "Hej").await.refused();
        assert_eq!(refused, (409, "case-closed".into()), "{person}");
    }
    let phase = json!({ "phase": "synchronous" });
    let refused = clinic
        .post(ANNA, &format!("chats/{chat}/phase"), phase)
        .await;
    assert_eq!(refused.refused(), (409, "case-closed".into()));
    assert_eq!(clinic.post(STIG, &path, json!({})).await.id(), chat);
    // Nobody is told of it, and no job has anything to do with it.
    assert_eq!(clinic.run_job().await["looked_at"], 0);
    assert_eq!(
        clinic
            .number("SELECT count(*) AS n FROM notifications WHERE kind = 'patient-arrived'")
            .await,
        0
    );
    assert!(clinic.thread(ALEX, &chat).await.is_empty());
    // It goes on as a case where staff want it to, as any that was closed.
    let reopen = json!({ "closes_at": "2026-11-30T09:00" });
    let reopened = clinic
        .post(ANNA, &format!("cases/{chat}/reopen"), reopen)
        .await;
    assert_eq!(reopened.status, 200, "{}", reopened.text);
    assert_eq!(clinic.write(ALEX, &chat, "Hej").await.status, 201);
}

#[tokio::test]
async fn no_chat_is_made_afterwards_of_a_visit_that_was_not_held() {
    let (clinic, visit) = with_visit().await;
    let cancel = format!("/booking/v1/appointments/{visit}/cancel");
    clinic
        .post(ANNA, &cancel, json!({ "reason": "Läkaren är sjuk" }))
        .await;
    clinic.clock.set(at("2026-11-24T09:00"));
    let refused = clinic
        .post(ANNA, &format!("visits/{visit}/chat"), json!({}))
        .await;
    assert_eq!(refused.refused(), (409, "case-closed".into()));
}

#[tokio::test]
async fn two_who_ask_at_once_get_one_chat() {
    let (clinic, visit) = with_visit().await;
    let path = format!("visits/{visit}/chat");
    let (one, other) = tokio::join!(
        clinic.post(ALEX, &path, json!({})),
        clinic.post(ANNA, &path, json!({}))
    );
    assert_eq!(one.id(), other.id());
    assert_eq!(clinic.number("SELECT count(*) AS n FROM chats").await, 1);
}

#[tokio::test]
async fn the_chat_moves_with_its_visit_and_not_for_one_that_was_called_off() {
    let (clinic, visit) = with_visit().await;
    let path = format!("visits/{visit}/chat");
    let chat = clinic.post(ANNA, &path, json!({})).await.id();
    move_to(&clinic, &visit, "2026-11-23T13:00").await;
    let again = clinic.post(ALEX, &path, json!({})).await;
    assert_eq!(
        (again.id(), &again.json()["opens_at"]),
        (chat, &json!("2026-11-23T12:00:00Z"))
    );

    let (clinic, visit) = with_visit().await;
    let cancel = format!("/booking/v1/appointments/{visit}/cancel");
    clinic
        .post(ANNA, &cancel, json!({ "reason": "Läkaren är sjuk" }))
        .await;
    let refused = clinic
        .post(ALEX, &format!("visits/{visit}/chat"), json!({}))
        .await;
    assert_eq!(refused.refused(), (409, "case-closed".into()));
}

#[tokio::test]
async fn a_visits_chat_goes_on_as_a_case() {
    let (clinic, visit) = with_visit().await;
    clinic.clock.set(at("2026-11-23T10:00"));
    let chat = clinic
        .post(ANNA, &format!("visits/{visit}/chat"), json!({}))
        .await
        .id();
    clinic.write(ALEX, &chat, "Ska jag höra av mig?").await;
    let path = format!("chats/{chat}/phase");
    let body = json!({ "phase": "asynchronous", "closes_at": "2026-12-07T10:00" });
    assert_eq!(
        clinic.post(ALEX, &path, body.clone()).await.refused(),
        (403, "not-allowed".into())
    );
    let moved = clinic.post(ANNA, &path, body).await;
    assert_eq!(moved.status, 200, "{}", moved.text);
    let seen = clinic.chat(ALEX, &chat).await;
    assert_eq!(seen["chat"]["phase"], "asynchronous");
    assert_eq!(
        seen["messages"][1]["notice"],
        json!({ "kind": "now-asynchronous", "until": "2026-12-07T09:00:00Z" })
    );
    clinic.clock.set(at("2026-12-01T10:00"));
    assert_eq!(
        clinic.write(ALEX, &chat, "Nu är det bättre").await.status,
        201
    );
    clinic.clock.set(at("2026-12-06T10:00"));
    assert_eq!(clinic.run_job().await["noticed"], 1);
}

#[tokio::test]
async fn a_case_becomes_synchronous_when_staff_are_there() {
    let clinic = Clinic::new().await;
    let body = with(a_week(), "opens_at", json!("2026-11-24T09:00"));
    let case = clinic.post(ANNA, "cases", body).await.id();
    let path = format!("chats/{case}/phase");
    let moved = clinic
        .post(ANNA, &path, json!({ "phase": "synchronous" }))
        .await;
    assert_eq!(
        (&moved.json()["state"], &moved.json()["phase"]),
        (&json!("open"), &json!("synchronous")),
        "{}",
        moved.text
    );
    assert_eq!(clinic.write(ALEX, &case, "Hej").await.status, 201);
    clinic
        .post(ANNA, &path, json!({ "phase": "asynchronous" }))
        .await;
    assert_eq!(
        clinic.thread(ALEX, &case).await.last().expect("one").1,
        "system: now-asynchronous"
    );
    clinic.clock.set(at("2026-12-07T10:00"));
    clinic.write(ANNA, &case, "Hej").await;
    clinic.pass(hours(1));
    let over = clinic
        .post(ANNA, &path, json!({ "phase": "synchronous" }))
        .await;
    assert_eq!(over.refused(), (409, "case-closed".into()));
    let wrong = clinic.post(ANNA, &path, json!({ "phase": "later" })).await;
    assert_eq!(wrong.refused(), (422, "invalid".into()));
}

#[tokio::test]
async fn staff_hear_once_that_the_patient_came_into_the_visits_chat() {
    let (clinic, visit) = with_visit().await;
    clinic.clock.set(at("2026-11-23T09:55"));
    let path = format!("visits/{visit}/chat");
    let told = "SELECT count(*) AS n FROM notifications WHERE kind = 'patient-arrived'";
    clinic.post(ANNA, &path, json!({})).await;
    assert_eq!(clinic.number(told).await, 0);
    clinic.post(ALEX, &path, json!({})).await;
    clinic.post(ALEX, &path, json!({})).await;
    assert_eq!(clinic.number(told).await, 1);
}

const ARRIVED: &str = "SELECT count(*) AS n FROM notifications WHERE kind = 'patient-arrived'";

#[tokio::test]
async fn a_patient_who_comes_by_the_chats_own_page_is_here_and_the_unit_hears_of_it_once() {
    let (mut clinic, visit) = with_visit().await;
    clinic.clock.set(at("2026-11-23T09:30"));
    let path = format!("visits/{visit}/chat");
    let chat = clinic.post(ANNA, &path, json!({})).await.id();
    let page = format!("/messaging/chats/{chat}");
    let unit = messaging::notification::room_of(&UNIT.parse().expect("an HSA-id"));
    let told = clinic.hear_rooms();
    // Neither staff who look at it nor a program that fetches messages.
    clinic.get(ANNA, &page).await;
    clinic.chat(ALEX, &chat).await;
    assert!(heard_in(&told, &unit).is_empty());
    assert_eq!(clinic.number(ARRIVED).await, 0);
    assert_eq!(clinic.get(ALEX, &page).await.status, 200);
    assert_eq!(heard_in(&told, &unit), ["change"]);
    assert_eq!(clinic.get(ALEX, &page).await.status, 200);
    assert!(heard_in(&told, &unit).is_empty());
    assert_eq!(clinic.number(ARRIVED).await, 1);
}

#[tokio::test]
async fn who_waits_through_a_moved_visit_is_here_again_within_an_hour_of_its_new_time() {
    let (clinic, visit) = with_visit().await;
    clinic.clock.set(at("2026-11-23T09:55"));
    let path = format!("visits/{visit}/chat");
    let chat = clinic.post(ALEX, &path, json!({})).await.id();
    move_to(&clinic, &visit, "2026-11-23T13:00").await;
    for (moment, arrived) in [("11:59", 1), ("12:00", 2), ("12:01", 2)] {
        clinic.clock.set(at(&format!("2026-11-23T{moment}")));
        clinic.get(ALEX, &format!("/messaging/chats/{chat}")).await;
        assert_eq!(clinic.number(ARRIVED).await, arrived, "{moment}");
    }
}

#[tokio::test]
async fn nobody_arrives_by_the_page_of_a_case_or_of_a_visit_that_was_missed_or_went_on_as_a_case() {
    for ended in ["no-show", "asynchronous"] {
        let (clinic, visit) = with_visit().await;
        clinic.clock.set(at("2026-11-23T10:00"));
        let path = format!("visits/{visit}/chat");
        let chat = clinic.post(ANNA, &path, json!({})).await.id();
        clinic.write(ALEX, &chat, "Jag kommer inte in").await;
        let answer = match ended {
            "no-show" => {
                let path = format!("/booking/v1/appointments/{visit}/no-show");
                clinic.post(ANNA, &path, json!({})).await
            }
            _ => {
                let body = json!({ "phase": "asynchronous", "closes_at": "2026-12-07T10:00" });
                let path = format!("chats/{chat}/phase");
                clinic.post(ANNA, &path, body).await
            }
        };
        assert_eq!(answer.status, 200, "{}", answer.text);
        let case = clinic.open_case().await;
        for chat in [chat, case] {
            let page = clinic.get(ALEX, &format!("/messaging/chats/{chat}")).await;
            assert_eq!(page.status, 200);
            assert_eq!(clinic.number(ARRIVED).await, 0, "{ended}");
        }
    }
}

#[tokio::test]
async fn the_chat_follows_its_visit_also_once_it_has_begun() {
    let (clinic, visit) = with_visit().await;
    clinic.clock.set(at("2026-11-23T09:55"));
    let path = format!("visits/{visit}/chat");
    let chat = clinic.post(ALEX, &path, json!({})).await.id();
    clinic.clock.set(at("2026-11-23T10:05"));
    clinic.write(ANNA, &chat, "Läkaren är sen").await;
    move_to(&clinic, &visit, "2026-11-24T10:00").await;
    assert_eq!(clinic.state(ALEX, &chat).await, "planned");

    let arrived = "SELECT count(*) AS n FROM notifications WHERE kind = 'patient-arrived'";
    clinic.post(ALEX, &path, json!({})).await;
    assert_eq!(
        clinic.number(arrived).await,
        1,
        "a day before is no arrival"
    );
    clinic.clock.set(at("2026-11-24T10:00"));
    assert_eq!(clinic.post(ALEX, &path, json!({})).await.id(), chat);
    assert_eq!(clinic.number(arrived).await, 2);
    assert_eq!(clinic.write(ALEX, &chat, "Hej igen").await.status, 201);
    clinic.clock.set(at("2026-11-24T11:29"));
    assert_eq!(clinic.write(ANNA, &chat, "Hej").await.status, 201);
    clinic.clock.set(at("2026-11-24T11:30"));
    assert_eq!(clinic.state(ALEX, &chat).await, "closed");
}

/// Who is responsible for a chat, by themselves or by their role.
async fn responsible(clinic: &Clinic, chat: &str) -> (Option<String>, String) {
    let case = clinic.get(ALEX, &format!("cases/{chat}")).await.json();
    let of = |what: &str| case["responsible"][what].as_str().map(str::to_owned);
    (of("practitioner"), of("role").expect("a role"))
}

#[tokio::test]
async fn the_chat_goes_with_its_visit_to_another_practitioner_also_at_the_same_time() {
    let clinic = Clinic::with_booking().await;
    let mut slots = vec![];
    for person in [ANNA, STIG] {
        let morning = morning(person, "2026-11-23");
        let made = clinic.post(ANNA, "/booking/v1/slot-templates", morning);
        assert!(made.await.status.is_success());
        let path = format!("/booking/v1/slots?from=2026-11-23&practitioner={person}");
        let listed = clinic.get(ANNA, &path).await.json();
        slots.push(listed["slots"].as_array().expect("slots").clone());
    }
    let slot = |whose: usize, starts_at: &str| {
        let starts = |slot: &&serde_json::Value| slot["starts_at"] == starts_at;
        slots[whose].iter().find(starts).expect("a slot")["id"].clone()
    };
    let booked = json!({
        "kind": "scheduled", "slot": slot(0, "2026-11-23T09:00:00Z"), "patient": patient(ALEX), "reason": "Hosta"
    });
    let visit = clinic.post(ANNA, "/booking/v1/appointments", booked).await;
    assert_eq!(visit.status, 201, "{}", visit.text);
    let visit = visit.id();
    clinic.clock.set(at("2026-11-23T09:40"));
    let path = format!("visits/{visit}/chat");
    let chat = clinic.post(ALEX, &path, json!({})).await.id();
    let of_anna = (Some(ANNA.to_owned()), "nurse".to_owned());
    assert_eq!(responsible(&clinic, &chat).await, of_anna);

    let reschedule = format!("/booking/v1/appointments/{visit}/reschedule");
    clinic.connect_maja().await;
    for (whose, starts_at, then) in [
        (1, "2026-11-23T09:00:00Z", (STIG, "physician")),
        (0, "2026-11-23T09:30:00Z", (ANNA, "nurse")),
    ] {
        let offer = clinic.offer(ANNA, &chat, MAJA).await;
        let to = json!({ "slot": slot(whose, starts_at) });
        let moved = clinic.post(ANNA, &reschedule, to).await;
        assert_eq!(moved.status, 200, "{}", moved.text);
        let then = (Some(then.0.to_owned()), then.1.to_owned());
        // Nor is it lost to what was offered before.
        let late = clinic.answer(MAJA, &chat, &offer, true).await;
        assert_eq!(late.refused(), (409, "not-offered".into()));
        assert_eq!(responsible(&clinic, &chat).await, then, "{starts_at}");
        let seen = clinic.get(ALEX, &format!("cases/{chat}")).await.json();
        assert_eq!(seen["opens_at"], starts_at);
    }
}

#[tokio::test]
async fn whoever_took_a_visits_chat_over_keeps_it_when_the_visit_moves_with_its_practitioner() {
    let (clinic, visit) = with_visit().await;
    clinic.clock.set(at("2026-11-23T09:30"));
    let path = format!("visits/{visit}/chat");
    let chat = clinic.post(ANNA, &path, json!({})).await.id();
    let offer = clinic.offer(ANNA, &chat, STIG).await;
    assert_eq!(clinic.answer(STIG, &chat, &offer, true).await.status, 200);
    // What he offers stays, too.
    let offer = clinic.offer(STIG, &chat, ANNA).await;
    move_to(&clinic, &visit, "2026-11-23T13:00").await;
    let (practitioner, _) = responsible(&clinic, &chat).await;
    assert_eq!(practitioner.as_deref(), Some(STIG));
    assert_eq!(clinic.answer(ANNA, &chat, &offer, true).await.status, 200);
}

#[tokio::test]
async fn a_question_of_a_visit_that_is_moved_has_one_task_at_its_new_end() {
    let (clinic, visit) = with_visit().await;
    clinic.clock.set(at("2026-11-23T10:00"));
    let path = format!("visits/{visit}/chat");
    let chat = clinic.post(ALEX, &path, json!({})).await.id();
    clinic.write(ALEX, &chat, "Hallå?").await;
    clinic.clock.set(at("2026-11-23T11:30"));
    assert_eq!(clinic.run_job().await["asked_staff"], 1);
    let open = "SELECT count(*) AS n FROM tasks WHERE done_at IS NULL";
    assert_eq!(clinic.number(open).await, 1);
    move_to(&clinic, &visit, "2026-11-24T10:00").await;
    assert_eq!(clinic.number(open).await, 0);
    clinic.clock.set(at("2026-11-24T11:30"));
    assert_eq!(clinic.run_job().await["asked_staff"], 1);
    assert_eq!(clinic.number(open).await, 1);
    assert_eq!(clinic.write(ANNA, &chat, "Ja?").await.status, 201);
    assert_eq!(clinic.number(open).await, 0);
}

#[tokio::test]
async fn a_visit_that_is_moved_after_its_chat_was_closed_or_went_on_as_a_case_has_it_at_its_new_time()
 {
    for by_hand in [true, false] {
        let (clinic, visit) = with_visit().await;
        let path = format!("visits/{visit}/chat");
        clinic.clock.set(at("2026-11-23T09:55"));
        let chat = clinic.post(ALEX, &path, json!({})).await.id();
        clinic.clock.set(at("2026-11-23T10:00"));
        clinic.write(ANNA, &chat, "Vi tar det i morgon").await;
        let (ends, body) = if by_hand {
            ("cases", json!({ "reason": "Provsvaren saknas" }))
        } else {
            let body = json!({ "phase": "asynchronous", "closes_at": "2026-11-24T11:30" });
            ("chats", body)
        };
        let end = if by_hand { "close" } else { "phase" };
        let ended = clinic
            .post(ANNA, &format!("{ends}/{chat}/{end}"), body)
            .await;
        assert_eq!(ended.status, 200, "{}", ended.text);
        let before = if by_hand {
            "closed"
        } else {
            "awaiting-patient"
        };
        move_to(&clinic, &visit, "2026-11-24T13:00").await;
        assert_eq!(clinic.state(ALEX, &chat).await, before);
        clinic.clock.set(at("2026-11-24T11:29"));
        let early = clinic.post(ALEX, &path, json!({})).await;
        assert_eq!(
            (early.id(), &early.json()["state"]),
            (chat.clone(), &json!(before))
        );

        clinic.clock.set(at("2026-11-24T12:00"));
        clinic.run_job().await;
        let again = clinic.post(ALEX, &path, json!({})).await;
        assert_eq!(again.status, 200, "{}", again.text);
        let seen = again.json();
        assert_eq!(again.id(), chat);
        assert_eq!(
            (&seen["state"], &seen["phase"], &seen["opens_at"]),
            (
                &json!("planned"),
                &json!("synchronous"),
                &json!("2026-11-24T12:00:00Z")
            )
        );
        // The arrival came after it.
        let kept = clinic.get(ALEX, &format!("cases/{chat}")).await.json();
        assert_eq!(seen, with(kept, "version", seen["version"].clone()));
        assert_eq!(clinic.number(ARRIVED).await, 2);
        let notes = clinic.get(STIG, &format!("chats/{chat}/notes")).await.text;
        assert_eq!(notes.contains("Provsvaren saknas"), by_hand, "{notes}");
        clinic.clock.set(at("2026-11-24T13:00"));
        assert_eq!(clinic.write(ALEX, &chat, "Hej igen").await.status, 201);

        // Closed by hand at the time that the visit has, it stays closed.
        let close = json!({ "reason": "Klart", "message": "Hej då" });
        let path = format!("cases/{chat}/close");
        assert_eq!(clinic.post(ANNA, &path, close).await.status, 200);
        let path = format!("visits/{visit}/chat");
        let after = clinic.post(ALEX, &path, json!({})).await;
        assert_eq!(after.json()["state"], "closed", "{}", after.text);
    }
}

#[tokio::test]
async fn a_question_that_waits_in_what_a_moved_visit_left_behind_waits_for_the_visit() {
    let (clinic, visit) = with_visit().await;
    let path = format!("visits/{visit}/chat");
    clinic.clock.set(at("2026-11-23T10:00"));
    let chat = clinic.post(ALEX, &path, json!({})).await.id();
    let body = json!({ "phase": "asynchronous", "closes_at": "2026-11-24T11:30" });
    let phase = format!("chats/{chat}/phase");
    assert_eq!(clinic.post(ANNA, &phase, body).await.status, 200);
    clinic.clock.set(at("2026-11-24T11:00"));
    clinic.write(ALEX, &chat, "Vad gör jag?").await;
    move_to(&clinic, &visit, "2026-11-24T13:00").await;
    // The patient's time is over, and staff's isn't.
    clinic.clock.set(at("2026-11-24T12:30"));
    assert_eq!(clinic.run_job().await["asked_staff"], 1);
    assert_eq!(clinic.state(ANNA, &chat).await, "awaiting-staff");

    let arrived = clinic.post(ALEX, &path, json!({})).await;
    assert_eq!(arrived.json()["state"], "planned", "{}", arrived.text);
    assert_eq!(clinic.number(ARRIVED).await, 2);
    let open = "SELECT count(*) AS n FROM tasks WHERE done_at IS NULL";
    assert_eq!(clinic.number(open).await, 0, "it was about the other end");
    clinic.clock.set(at("2026-11-24T13:00"));
    assert_eq!(clinic.state(ANNA, &chat).await, "awaiting-staff");
    assert_eq!(clinic.write(ALEX, &chat, "Hallå?").await.status, 201);
    clinic.clock.set(at("2026-11-24T14:30"));
    assert_eq!(clinic.run_job().await["asked_staff"], 1);
    assert_eq!(clinic.number(open).await, 1);
}

#[tokio::test]
async fn a_chat_that_staff_closed_stays_closed_where_its_visit_only_gets_longer() {
    let (clinic, visit) = with_visit().await;
    clinic.clock.set(at("2026-11-23T09:30"));
    let path = format!("visits/{visit}/chat");
    let chat = clinic.post(ANNA, &path, json!({})).await.id();
    let close = json!({ "reason": "Vi ringer i stället" });
    let closes = format!("cases/{chat}/close");
    assert_eq!(clinic.post(ANNA, &closes, close).await.status, 200);
    let longer = json!({ "starts_at": "2026-11-23T10:00", "minutes": 45 });
    let moves = format!("/booking/v1/appointments/{visit}/reschedule");
    let moved = clinic.post(ANNA, &moves, longer).await;
    assert_eq!(moved.status, 200, "{}", moved.text);
    clinic.clock.set(at("2026-11-23T09:55"));
    let seen = clinic.post(ALEX, &path, json!({})).await;
    assert_eq!(seen.json()["state"], "closed", "{}", seen.text);
}

#[tokio::test]
async fn a_visits_chat_that_was_left_behind_before_that_was_kept_opens_anew_too() {
    const SINCE: &str = include_str!(
        "../../../../migrations/0095_only_another_time_leaves_a_visits_chat_behind.sql"
    );
    let marks = SINCE.rsplit("END;").next().expect("what it marks");
    for (moved, opens) in [(true, "planned"), (false, "closed")] {
        let (clinic, visit) = with_visit().await;
        let path = format!("visits/{visit}/chat");
        clinic.clock.set(at("2026-11-23T09:30"));
        let chat = clinic.post(ANNA, &path, json!({})).await.id();
        let close = json!({ "reason": "Klart" });
        let closes = format!("cases/{chat}/close");
        assert_eq!(clinic.post(ANNA, &closes, close).await.status, 200);
        if moved {
            move_to(&clinic, &visit, "2026-11-23T13:00").await;
        }
        clinic.run("UPDATE chats SET left_behind = 0", []).await;
        clinic.run(marks.trim().trim_end_matches(';'), []).await;
        clinic.clock.set(at(if moved {
            "2026-11-23T12:30"
        } else {
            "2026-11-23T09:45"
        }));
        let seen = clinic.post(ALEX, &path, json!({})).await;
        assert_eq!(seen.json()["state"], opens, "{}", seen.text);
    }
}

#[tokio::test]
async fn a_chat_that_staff_closed_before_its_visit_stays_closed_while_the_visit_keeps_its_time() {
    let (clinic, visit) = with_visit().await;
    clinic.clock.set(at("2026-11-23T09:30"));
    let path = format!("visits/{visit}/chat");
    let chat = clinic.post(ANNA, &path, json!({})).await.id();
    let close = json!({ "reason": "Vi ringer i stället" });
    let closed = clinic
        .post(ANNA, &format!("cases/{chat}/close"), close)
        .await;
    assert_eq!(closed.status, 200, "{}", closed.text);
    clinic.clock.set(at("2026-11-23T10:00"));
    let seen = clinic.post(ALEX, &path, json!({})).await;
    assert_eq!(seen.json()["state"], "closed", "{}", seen.text);
}

const TEXTS: &str =
    "SELECT count(*) AS n FROM sms_outbox WHERE template = 'new-message' AND state = 'queued'";

#[tokio::test]
async fn what_staff_wrote_while_both_sat_in_the_chat_is_told_of_when_that_ends_by_closing() {
    // Unread, read before it closes, and unread by somebody who wants no text messages.
    for (unread, consents, texts) in [(true, true, 1), (false, true, 0), (true, false, 0)] {
        for by_hand in [true, false] {
            let (clinic, visit) = with_visit().await;
            clinic
                .run(
                    "UPDATE patients SET sms_consent = ?1",
                    [i64::from(consents).into()],
                )
                .await;
            clinic.clock.set(at("2026-11-23T10:00"));
            let path = format!("visits/{visit}/chat");
            let chat = clinic.post(ALEX, &path, json!({})).await.id();
            clinic.write(ANNA, &chat, "Provet var bra").await;
            assert_eq!(clinic.number(TEXTS).await, 0);
            if !unread {
                let read = json!({ "number": 1 });
                clinic.post(ALEX, &format!("chats/{chat}/read"), read).await;
            }
            let closes = async || {
                if by_hand {
                    let close = json!({ "reason": "Klart" });
                    let path = format!("cases/{chat}/close");
                    assert_eq!(clinic.post(ANNA, &path, close).await.status, 200);
                } else {
                    clinic.pass(hours(2));
                    assert_eq!(clinic.run_job().await["closed"], 1);
                }
                assert_eq!(clinic.state(ALEX, &chat).await, "closed");
            };
            closes().await;
            let what = format!("unread {unread}, consents {consents}, by hand {by_hand}");
            assert_eq!(clinic.number(TEXTS).await, texts, "{what}");
            // That one tells of it until the patient has read it.
            let until = clinic.now().plus(hours(2)).to_string();
            let reopen = json!({ "closes_at": until });
            let path = format!("cases/{chat}/reopen");
            assert_eq!(clinic.post(ANNA, &path, reopen).await.status, 200);
            closes().await;
            assert_eq!(clinic.number(TEXTS).await, texts, "again, {what}");
        }
    }
}

#[tokio::test]
async fn the_notice_of_a_closing_alone_is_told_of_once() {
    let clinic = Clinic::new().await;
    let case = clinic.open_case().await;
    let read = json!({ "number": 1 });
    clinic.post(ALEX, &format!("chats/{case}/read"), read).await;
    let phase = format!("chats/{case}/phase");
    for text in [None, Some("Vila.")] {
        let synchronous = json!({ "phase": "synchronous" });
        assert_eq!(clinic.post(ANNA, &phase, synchronous).await.status, 200);
        let before = clinic.number(TEXTS).await;
        clinic.clock.set(at("2026-11-29T09:00"));
        clinic.run_job().await;
        if let Some(text) = text {
            clinic.write(ANNA, &case, text).await;
        }
        let path = format!("cases/{case}/close");
        let closed = clinic.post(ANNA, &path, json!({ "reason": "Klart" })).await;
        assert_eq!(closed.status, 200, "{}", closed.text);
        let told = clinic.number(TEXTS).await - before;
        assert_eq!(told, i64::from(text.is_some()), "{text:?}");
        let reopen = json!({ "closes_at": "2026-11-30T09:00" });
        let path = format!("cases/{case}/reopen");
        assert_eq!(clinic.post(ANNA, &path, reopen).await.status, 200);
    }
    // And where the clock closes it, too.
    let clinic = Clinic::new().await;
    let case = clinic.open_case().await;
    let read = json!({ "number": 1 });
    clinic.post(ALEX, &format!("chats/{case}/read"), read).await;
    let phase = format!("chats/{case}/phase");
    let synchronous = json!({ "phase": "synchronous" });
    assert_eq!(clinic.post(ANNA, &phase, synchronous).await.status, 200);
    let before = clinic.number(TEXTS).await;
    for (moment, did) in [
        ("2026-11-29T09:00", "noticed"),
        ("2026-11-30T09:00", "closed"),
    ] {
        clinic.clock.set(at(moment));
        assert_eq!(clinic.run_job().await[did], 1);
    }
    assert_eq!(clinic.number(TEXTS).await, before);
}

#[tokio::test]
async fn nobody_sits_in_a_chat_that_goes_on_after_its_time_or_until_another_day() {
    let (clinic, visit) = with_visit().await;
    clinic.clock.set(at("2026-11-23T10:00"));
    let chat = clinic
        .post(ALEX, &format!("visits/{visit}/chat"), json!({}))
        .await
        .id();
    let phase_until = async |how: &str, end: &str| {
        let to = json!({ "closes_at": end });
        let changed = clinic.post(ANNA, &format!("cases/{chat}/{how}"), to).await;
        assert_eq!(changed.status, 200, "{}", changed.text);
        changed.json()["phase"].clone()
    };
    clinic.write(ALEX, &chat, "Vad gör jag?").await;
    let longer = phase_until("extend", "2026-11-23T12:00").await;
    assert_eq!(longer, "synchronous", "they are there");
    clinic.clock.set(at("2026-11-23T12:00"));
    assert_eq!(clinic.run_job().await["asked_staff"], 1);
    let late = phase_until("extend", "2026-11-23T16:00").await;
    assert_eq!(late, "asynchronous", "its time was over");
    let seen = clinic.chat(ALEX, &chat).await;
    assert_eq!(seen["chat"]["answer_by"], "2026-11-25T09:00:00Z");
    clinic.write(ANNA, &chat, "Vila.").await;
    assert_eq!(clinic.number(TEXTS).await, 1, "the answer is told of");

    let phase = format!("chats/{chat}/phase");
    let synchronous = json!({ "phase": "synchronous" });
    assert_eq!(
        clinic.post(ANNA, &phase, synchronous.clone()).await.status,
        200
    );
    let overnight = phase_until("extend", "2026-11-24T10:00").await;
    assert_eq!(overnight, "asynchronous");
    assert_eq!(clinic.post(ANNA, &phase, synchronous).await.status, 200);
    let close = json!({ "reason": "Klart" });
    let closes = format!("cases/{chat}/close");
    assert_eq!(clinic.post(ANNA, &closes, close).await.status, 200);
    let again = phase_until("reopen", "2026-11-23T16:00").await;
    assert_eq!(again, "asynchronous");
}

#[tokio::test]
async fn a_visit_that_is_called_off_ends_its_chat_and_nobody_arrives_there() {
    let (clinic, visit) = with_visit().await;
    clinic.clock.set(at("2026-11-23T09:30"));
    let path = format!("visits/{visit}/chat");
    let chat = clinic.post(ANNA, &path, json!({})).await.id();
    let cancel = format!("/booking/v1/appointments/{visit}/cancel");
    let cancelled = clinic
        .post(ANNA, &cancel, json!({ "reason": "Läkaren är sjuk" }))
        .await;
    assert_eq!(cancelled.status, 200, "{}", cancelled.text);
    clinic.clock.set(at("2026-11-23T10:00"));
    let seen = clinic.post(ALEX, &path, json!({})).await;
    assert_eq!(
        (seen.id(), &seen.json()["state"]),
        (chat.clone(), &json!("closed"))
    );
    assert_eq!(
        clinic.write(ALEX, &chat, "Hej").await.refused(),
        (409, "case-closed".into())
    );
    let arrived = "SELECT count(*) AS n FROM chats WHERE arrived_at IS NOT NULL";
    assert_eq!(clinic.number(arrived).await, 0);
    assert_eq!(clinic.run_job().await["closed"], 1);
}

#[tokio::test]
async fn whoever_sits_in_a_visits_chat_is_told_at_once_that_it_was_called_off() {
    let (mut clinic, visit) = with_visit().await;
    clinic.clock.set(at("2026-11-23T09:30"));
    let chat = clinic
        .post(ANNA, &format!("visits/{visit}/chat"), json!({}))
        .await
        .id();
    let told = clinic.hear_rooms();
    let cancel = format!("/booking/v1/appointments/{visit}/cancel");
    let reason = json!({ "reason": "Läkaren är sjuk" });
    assert_eq!(clinic.post(ANNA, &cancel, reason).await.status, 200);
    assert_eq!(heard_in(&told, &chat), ["change"]);
}

#[tokio::test]
async fn the_job_tells_nobody_that_a_visits_chat_opens() {
    let (clinic, visit) = with_visit().await;
    let chat = clinic
        .post(ANNA, &format!("visits/{visit}/chat"), json!({}))
        .await
        .id();
    clinic.clock.set(at("2026-11-23T10:00"));
    let done = clinic.run_job().await;
    assert_eq!(
        (&done["looked_at"], &done["announced"]),
        (&json!(1), &json!(0))
    );
    assert_eq!(clinic.run_job().await["looked_at"], 0);
    let texts = "SELECT count(*) AS n FROM sms_outbox WHERE chat_id IS NOT NULL";
    assert_eq!(clinic.number(texts).await, 0);
    assert!(clinic.thread(ALEX, &chat).await.is_empty());
}

#[tokio::test]
async fn a_visits_chat_promises_no_answer_by_a_time() {
    let (clinic, visit) = with_visit().await;
    clinic.clock.set(at("2026-11-23T09:30"));
    let path = format!("visits/{visit}/chat");
    let chat = clinic.post(ALEX, &path, json!({})).await.id();
    let page = clinic
        .get(ALEX, &format!("/messaging/chats/{chat}"))
        .await
        .text;
    assert!(
        page.contains("Öppnar") && page.contains("kl. 10.00"),
        "{page}"
    );
    assert!(!page.contains("Ni skriver till varandra just nu"), "{page}");
    clinic.clock.set(at("2026-11-23T10:00"));
    let posted = clinic.write(ALEX, &chat, "Hej").await;
    assert_eq!(posted.json()["answer_by"], json!(null));
    let page = clinic
        .get(ALEX, &format!("/messaging/chats/{chat}"))
        .await
        .text;
    assert!(page.contains("Ni skriver till varandra just nu"), "{page}");
    assert!(!page.contains("svar senast"), "{page}");
}
