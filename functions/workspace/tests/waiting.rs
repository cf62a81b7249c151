//! What waits at a unit: the start page, tasks, and finding a patient by form.
#![expect(
    clippy::expect_used,
    reason = "a test whose ground is missing stops at once"
)]

use serde_json::{Value, json};
use world::*;

async fn ground() -> World {
    let functions: [Function; 5] = [
        ("workspace", workspace::router),
        ("booking", booking::router),
        ("messaging", messaging::router),
        ("tickets", tickets::router),
        ("portal", portal::router),
    ];
    World::new(&functions).await
}

async fn visit(world: &World, patient: Value) -> String {
    let visit = json!({
        "kind": "free-time", "starts_at": "2026-11-23T09:30", "minutes": 15, "allow_overlap": true,
        "patient": patient, "reason": "Hosta"
    });
    world
        .post(ANNA, "/booking/v1/appointments", visit)
        .await
        .id()
}

async fn task(world: &World) -> String {
    let slots = morning(ANNA, "2026-11-30");
    world.post(ANNA, "/booking/v1/slot-templates", slots).await;
    let ticket = json!({
        "patient": patient(ALEX), "role": "nurse", "minutes": 30, "last_day": "2026-11-30",
        "reason": "Hosta"
    });
    let ticket = world.post(ANNA, "/tickets/v1/tickets", ticket).await.id();
    let path = format!("/tickets/v1/tickets/{ticket}/no-time-fits");
    let told = world
        .post(ALEX, &path, json!({ "reason": "Jag arbetar då" }))
        .await;
    assert!(told.status.is_success(), "{}", told.text);
    let tasks = world.get(ANNA, "tasks").await.json();
    tasks["tasks"][0]["id"].as_str().expect("a task").to_owned()
}

#[tokio::test]
async fn the_start_page_shows_today_who_waits_and_what_is_unanswered() {
    let world = ground().await;
    let id = visit(&world, patient(ALEX)).await;
    let arrive = format!("/booking/v1/appointments/{id}/arrive");
    world.clock.set(at("2026-11-23T09:10"));
    assert_eq!(world.post(ALEX, &arrive, json!({})).await.status, 200);
    let case = json!({
        "patient": patient(ALEX), "subject": "Blodtryck", "closes_at": "2026-12-01T12:00"
    });
    let case = world.post(ANNA, "/messaging/v1/cases", case).await.id();
    let write = format!("/messaging/v1/chats/{case}/messages");
    let written = world
        .post(ALEX, &write, json!({ "text": "Hur gör jag?" }))
        .await;
    assert_eq!(written.status, 201, "{}", written.text);
    task(&world).await;

    let page = world.get(ANNA, "/workspace/start").await.text;
    for told in [
        "09.30–09.45",
        "sedan kl. 09.10",
        "Blodtryck",
        "Ingen tid passade patienten",
        "Jag arbetar då",
        "Asynkront ärende",
    ] {
        assert!(page.contains(told), "{told}: {page}");
    }
    let others = world.get(EVA, "/workspace/start").await.text;
    assert!(!others.contains("Blodtryck") && !others.contains("Alex"));
    let logged = "SELECT count(*) AS n FROM access_log WHERE resource_type = 'waiting'";
    assert_eq!(world.number(logged).await, 1, "an empty page shows nobody");
}

#[tokio::test]
async fn who_is_here_is_told_of_once_and_waits_whether_by_button_or_in_the_chat() {
    let world = ground().await;
    let told = "SELECT count(*) AS n FROM notifications WHERE kind = 'patient-arrived'";
    let by_button = visit(&world, patient(ALEX)).await;
    let in_chat = visit(&world, patient(BO)).await;
    world.clock.set(at("2026-11-23T09:05"));
    let arrive = format!("/booking/v1/appointments/{by_button}/arrive");
    assert_eq!(world.post(ALEX, &arrive, json!({})).await.status, 200);
    assert_eq!(world.number(told).await, 1);
    let page = world.get(ANNA, "/workspace/notifications").await.text;
    let path = format!("href=\"/booking/appointments/{by_button}\">En patient är här och väntar");
    assert!(page.contains(&path), "{page}");
    let begun = world.get(ANNA, "/workspace/start").await.text;
    assert_eq!(begun.matches("sedan kl.").count(), 1, "{begun}");

    world.clock.set(at("2026-11-23T09:10"));
    let chat_of = |visit: &str| format!("/messaging/v1/visits/{visit}/chat");
    let chat = world.post(BO, &chat_of(&in_chat), json!({})).await;
    assert_eq!(chat.status, 200, "{}", chat.text);
    assert_eq!(world.number(told).await, 2);
    let page = world.get(ANNA, "/workspace/start").await.text;
    let link = format!("href=\"/messaging/chats/{}\">är i chatten", chat.id());
    assert!(
        page.contains(&link) && page.contains("sedan kl. 09.10"),
        "{page}"
    );
    assert_eq!(page.matches("sedan kl.").count(), 2);
    assert_eq!(world.get(ANNA, "waiting").await.json()["arrived"], 2);
    assert_eq!(world.get(EVA, "waiting").await.json()["arrived"], 0);

    // Both, in either order: told of once.
    let chat = world.post(ALEX, &chat_of(&by_button), json!({})).await;
    assert_eq!(chat.status, 200, "{}", chat.text);
    let arrive = format!("/booking/v1/appointments/{in_chat}/arrive");
    assert_eq!(world.post(BO, &arrive, json!({})).await.status, 200);
    assert_eq!(world.number(told).await, 2);
    assert_eq!(world.get(ANNA, "waiting").await.json()["arrived"], 2);

    let start = format!("/booking/v1/appointments/{in_chat}/start");
    world.clock.set(at("2026-11-23T09:30"));
    assert_eq!(world.post(ANNA, &start, json!({})).await.status, 200);
    assert_eq!(world.get(ANNA, "waiting").await.json()["arrived"], 1);
}

#[tokio::test]
async fn a_protected_identity_is_named_in_no_list() {
    let world = ground().await;
    let protected = with(patient(ALEX), "protected_identity", json!(true));
    visit(&world, protected).await;
    task(&world).await;
    let page = world.get(ANNA, "/workspace/start").await.text;
    assert!(page.contains("Skyddade personuppgifter") && !page.contains("Alex Blom"));
    let tasks = world.get(ANNA, "tasks").await.json();
    assert_eq!(tasks["tasks"][0]["patient_name"], Value::Null);
    let search = [("key", "form-0000001"), ("name", "Alex")];
    let page = world.submit(ANNA, "/workspace/find-patient", &search).await;
    assert!(page.text.contains("Ingen patient hittades"));
}

#[tokio::test]
async fn a_task_is_ticked_off_once_by_its_own_unit() {
    let world = ground().await;
    let task = task(&world).await;
    let done = format!("tasks/{task}/done");
    assert_eq!(world.post(EVA, &done, json!({})).await.status, 404);
    assert_eq!(world.post(ANNA, &done, json!({})).await.status, 200);
    assert_eq!(world.post(STIG, &done, json!({})).await.status, 200);
    let by_first = "SELECT count(*) AS n FROM tasks WHERE done_by = 'SE2321000131-P1'";
    assert_eq!(world.number(by_first).await, 1);
    assert_eq!(world.get(ANNA, "tasks").await.json()["tasks"], json!([]));
}

/// More tasks like the one there is, `first` to `last`; the 59th about a question that a case closes with.
async fn more_tasks(world: &World, first: i64, last: i64) {
    world
        .run(
            "INSERT INTO tasks (id, care_provider_id, care_unit_id, kind, patient_id, resource_type, resource_id, created_at)
WITH RECURSIVE numbers (n) AS (SELECT ?1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?2)
SELECT printf('task%02d', n), care_provider_id, care_unit_id,
  CASE n WHEN 59 THEN 'unanswered-at-close' ELSE 'no-time-fits' END, patient_id, resource_type, resource_id, created_at
FROM numbers, (SELECT * FROM tasks ORDER BY id LIMIT 1)",
            [first.into(), last.into()],
        )
        .await;
}

#[tokio::test]
async fn every_task_is_listed_page_by_page_and_those_whose_grace_runs_out_come_first() {
    let world = ground().await;
    task(&world).await;
    more_tasks(&world, 1, 59).await;
    let first = world.get(ANNA, "tasks").await.json();
    let (begun, next) = (
        &first["tasks"],
        first["next"].as_str().expect("a next page"),
    );
    assert_eq!(begun.as_array().map(Vec::len), Some(50));
    assert_eq!(
        (&begun[0]["id"], &begun[0]["kind"]),
        (&json!("task59"), &json!("unanswered-at-close"))
    );
    let rest = world
        .get(ANNA, &format!("tasks?cursor={next}"))
        .await
        .json();
    assert_eq!(rest["next"], Value::Null);
    let ids = |page: &Value| -> Vec<String> {
        let tasks = page["tasks"].as_array().expect("tasks").iter();
        tasks.map(|task| task["id"].to_string()).collect()
    };
    let mut all = [ids(&first), ids(&rest)].concat();
    assert_eq!(all.len(), 60);
    all.sort();
    all.dedup();
    assert_eq!(all.len(), 60, "each once");
    for wrong in ["tasks?cursor=x", "tasks?after=1"] {
        assert_eq!(world.get(ANNA, wrong).await.status, 422, "{wrong}");
    }
}

#[tokio::test]
async fn the_start_page_says_that_there_are_more_tasks_and_leads_to_them() {
    let world = ground().await;
    let task = task(&world).await;
    more_tasks(&world, 1, 49).await;
    let page = world.get(ANNA, "/workspace/start").await.text;
    assert!(!page.contains("Det finns fler"), "fifty are all");
    assert_eq!(
        page.matches("Ingen tid passade patienten</strong>").count(),
        50
    );
    more_tasks(&world, 50, 59).await;
    let page = world.get(ANNA, "/workspace/start").await.text;
    assert!(page.contains("Det finns fler: femtio visas åt gången."));
    let urgent = page.find("stänger med en obesvarad fråga</strong>");
    assert!(urgent < page.find("Ingen tid passade patienten</strong>") && urgent.is_some());
    let (_, link) = page
        .split_once("href=\"/workspace/start?tasks=")
        .expect("a link");
    let (cursor, _) = link.split_once("#tasks").expect("an end");
    let there = format!("/workspace/start?tasks={cursor}");
    let rest = world.get(ANNA, &there).await.text;
    assert!(!rest.contains("Det finns fler") && rest.contains("från början"));
    assert_eq!(
        rest.matches("Ingen tid passade patienten</strong>").count(),
        10
    );
    // Whoever ticks one off there stays there.
    assert!(rest.contains(&format!("name=\"tasks\" value=\"{cursor}\"")));
    let form = [("key", "form-0000041"), ("tasks", cursor)];
    let ticked = world
        .submit(ANNA, &format!("/workspace/tasks/{task}"), &form)
        .await;
    assert_eq!(ticked.headers["location"], format!("{there}#tasks"));
}

#[tokio::test]
async fn the_start_page_leads_to_every_unanswered_question_and_the_log_tells_of_whom_it_showed() {
    let world = ground().await;
    for number in 1..=51 {
        let person = if number < 51 { ALEX } else { BO };
        let case = json!({
            "patient": patient(person), "subject": format!("Fråga {number}."), "closes_at": "2026-12-01T12:00"
        });
        let case = world.post(ANNA, "/messaging/v1/cases", case).await.id();
        world.pass(1_000);
        let path = format!("/messaging/v1/chats/{case}/messages");
        let written = world.post(person, &path, json!({ "text": "Hej" })).await;
        assert_eq!(written.status, 201, "{}", written.text);
    }
    let page = world.get(ANNA, "/workspace/start").await.text;
    assert!(page.contains("Fråga 50.") && !page.contains("Fråga 51."));
    assert!(page.contains("Det finns fler: femtio visas åt gången."));
    let last = "SELECT count(*) AS n FROM access_log WHERE resource_type = 'waiting'
  AND instr(patients, (SELECT patient_id FROM chats ORDER BY last_at DESC LIMIT 1)) > 0";
    assert_eq!(world.number(last).await, 0);
    let (_, link) = page
        .split_once("href=\"/workspace/start?unanswered=")
        .expect("a link");
    let (cursor, _) = link.split_once("#unanswered").expect("an end");
    let there = format!("/workspace/start?unanswered={cursor}");
    let rest = world.get(ANNA, &there).await.text;
    assert!(rest.contains("Fråga 51.") && !rest.contains("Fråga 50."));
    assert!(!rest.contains("Det finns fler"));
    assert_eq!(world.number(last).await, 1);
}

#[tokio::test]
async fn who_asks_again_keeps_their_place_among_the_unanswered() {
    let world = ground().await;
    let mut cases = vec![];
    for person in [ALEX, BO] {
        let case = json!({
            "patient": patient(person), "subject": format!("Fråga av {person}"), "closes_at": "2026-12-01T12:00"
        });
        cases.push(world.post(ANNA, "/messaging/v1/cases", case).await.id());
    }
    let write = async |person, case: &str| {
        world.pass(60_000);
        let path = format!("/messaging/v1/chats/{case}/messages");
        let written = world.post(person, &path, json!({ "text": "Hej" })).await;
        assert_eq!(written.status, 201, "{}", written.text);
    };
    write(ALEX, &cases[0]).await;
    write(BO, &cases[1]).await;
    write(ALEX, &cases[0]).await;
    let alex_is_first = async || {
        let page = world.get(ANNA, "/workspace/start").await.text;
        let place = |person| page.find(&format!("Fråga av {person}")).expect("a line");
        place(ALEX) < place(BO)
    };
    assert!(alex_is_first().await);
    // Whose first question was answered waits since the next.
    write(ANNA, &cases[0]).await;
    write(ALEX, &cases[0]).await;
    assert!(!alex_is_first().await);
}

#[tokio::test]
async fn a_patient_is_found_by_name_among_the_units_own_and_by_number() {
    let world = ground().await;
    visit(&world, patient(ALEX)).await;
    let search = [("key", "form-0000002"), ("name", "blom al")];
    let page = world.submit(ANNA, "/workspace/find-patient", &search).await;
    assert!(page.text.contains("Alex Blom"), "{}", page.text);
    let logged = "SELECT count(*) AS n FROM access_log WHERE resource_type = 'patients'";
    assert_eq!(world.number(logged).await, 1);
    let elsewhere = world.submit(EVA, "/workspace/find-patient", &search).await;
    assert!(elsewhere.text.contains("Ingen patient hittades"));

    let number = [
        ("key", "form-0000003"),
        ("personal_identity", "19610307-2390"),
    ];
    let page = world.submit(ANNA, "/workspace/find-patient", &number).await;
    assert!(page.text.contains("+46701740605") && page.text.contains("Schemalagt fri"));
    assert!(!page.text.contains("?personal_identity"));
    for way in [
        "/booking/new/scheduled",
        "/booking/new/free-time",
        "/booking/new/video",
        "/tickets/new",
        "/messaging/new-case",
    ] {
        let form = format!("<form method=\"post\" action=\"{way}\">");
        assert!(page.text.contains(&form), "{way}: {}", page.text);
        let begin = [
            ("key", "form-0000007"),
            ("action", "begin"),
            ("personal_identity", ALEX),
        ];
        let begun = world.submit(ANNA, way, &begin).await;
        assert_eq!(begun.status, 200, "{way}");
        let filled = format!("value=\"{ALEX}\"");
        assert!(begun.text.contains(&filled), "{way}: {}", begun.text);
    }
}

#[tokio::test]
async fn without_a_matter_a_reason_is_asked_for_and_what_is_wrong_is_said() {
    let world = ground().await;
    visit(&world, patient(ALEX)).await;
    let number = [("key", "form-0000004"), ("personal_identity", ALEX)];
    let page = world.submit(EVA, "/workspace/find-patient", &number).await;
    assert!(page.text.contains("emergency_reason") && !page.text.contains("Alex Blom"));
    let reason = [
        ("key", "form-0000005"),
        ("personal_identity", ALEX),
        ("emergency_reason", "Hittad medvetslös"),
    ];
    let page = world.submit(EVA, "/workspace/find-patient", &reason).await;
    assert!(page.text.contains("Alex Blom"), "{}", page.text);
    // Born on 7 March 1961, on a day of November 2026.
    let told = format!("<dd>{ALEX} (65 år)</dd>");
    assert!(page.text.contains(&told), "{}", page.text);
    for wrong in [("personal_identity", "123"), ("name", "a")] {
        let fields = [("key", "form-0000006"), wrong];
        let page = world.submit(EVA, "/workspace/find-patient", &fields).await;
        assert_eq!(page.status, 422);
        assert!(page.text.contains(&format!("href=\"#{}\"", wrong.0)));
    }
}

#[tokio::test]
async fn how_much_waits_is_told_in_numbers_and_nothing_where_nothing_changed() {
    let world = ground().await;
    let nothing = json!({ "arrived": 0, "unanswered": 0, "tasks": 0, "offered": 0 });
    assert_eq!(world.get(ANNA, "waiting").await.json(), nothing);
    let id = visit(&world, patient(ALEX)).await;
    world.clock.set(at("2026-11-23T09:10"));
    let arrive = format!("/booking/v1/appointments/{id}/arrive");
    assert_eq!(world.post(ALEX, &arrive, json!({})).await.status, 200);
    task(&world).await;
    let counted = world.get(ANNA, "waiting").await;
    let some = json!({ "arrived": 1, "unanswered": 0, "tasks": 1, "offered": 0 });
    assert_eq!(counted.json(), some);
    let tag = counted.headers["etag"].to_str().expect("a tag");
    // A proxy that compresses makes it weak.
    for known in [tag.to_owned(), format!("W/{tag}")] {
        let again = http::Request::get("/workspace/v1/waiting")
            .header("authorization", format!("Bearer {}", world.token(ANNA)))
            .header("if-none-match", &known)
            .body(axum::body::Body::empty());
        let again = world.send(again.expect("a request")).await;
        assert_eq!((again.status.as_u16(), again.text.as_str()), (304, ""));
    }
    assert_eq!(world.get(EVA, "waiting").await.json(), nothing);
    let page = world.get(ANNA, "/workspace/start").await.text;
    assert!(page.contains("data-live=\"tasks\"") && page.contains("data-live=\"visits\""));
}

#[tokio::test]
async fn an_open_ticket_on_the_start_page_leads_to_its_own() {
    let world = ground().await;
    task(&world).await;
    let ticket = world.get(ANNA, "/tickets/v1/tickets").await.json()["tickets"][0]["id"].clone();
    let ticket = ticket.as_str().expect("an id").to_owned();
    let page = world.get(ANNA, "/workspace/start").await.text;
    let (_, tickets) = page.split_once("data-live=\"tickets\"").expect("tickets");
    let (tickets, _) = tickets.split_once("data-live=\"tasks\"").expect("tasks");
    assert!(
        tickets.contains(&format!("href=\"/tickets/{ticket}\"")),
        "{tickets}"
    );
}

#[tokio::test]
async fn what_happened_at_the_unit_is_listed_with_where_to_look_and_names_nobody() {
    let world = ground().await;
    let case = json!({
        "patient": patient(ALEX), "subject": "Blodtryck", "closes_at": "2026-12-01T12:00"
    });
    let case = world.post(ANNA, "/messaging/v1/cases", case).await.id();
    let write = format!("/messaging/v1/chats/{case}/messages");
    world.post(ALEX, &write, json!({ "text": "Hej" })).await;
    task(&world).await;
    let page = world.get(ANNA, "/workspace/notifications").await.text;
    for told in [
        "En patient har skrivit",
        &format!("href=\"/messaging/chats/{case}\""),
        "Ingen tid passade patienten",
        "href=\"/tickets/",
    ] {
        assert!(page.contains(told), "{told}: {page}");
    }
    assert!(!page.contains("Alex") && !page.contains("Blodtryck"));
    let others = world.get(EVA, "/workspace/notifications").await.text;
    assert!(others.contains("Inget har hänt än."));
}

#[tokio::test]
async fn a_form_whose_session_has_ended_goes_where_it_is_kept() {
    let world = ground().await;
    let sent = |cookies: &'static str, accept: &'static str| {
        let request = http::Request::post("/booking/new/free-time")
            .header("accept", accept)
            .header("cookie", cookies)
            .header("sec-fetch-site", "same-origin")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(axum::body::Body::from("key=form-0000008&reason=Hosta"));
        world.send(request.expect("a request"))
    };
    let late = sent("__Host-refresh=x", "text/html").await;
    assert_eq!(late.status, 307);
    let keeps = "/identity/kept-form?to=%2Fbooking%2Fnew%2Ffree-time";
    assert_eq!(late.headers["location"], keeps);
    for (cookies, accept) in [
        ("a=b", "text/html"),
        ("__Host-refresh=x", "application/json"),
    ] {
        assert_eq!(
            sent(cookies, accept).await.status,
            401,
            "{cookies} {accept}"
        );
    }
}
