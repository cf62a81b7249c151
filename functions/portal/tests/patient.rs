//! The patient's own pages: home, my matters and my profile, which show what is theirs and nobody else's.
#![expect(
    clippy::expect_used,
    reason = "a test whose ground is missing stops at once"
)]

use axum::body::Body;
use http::{Method, Request};
use serde_json::{Value, json};
use world::*;

async fn ground() -> World {
    let functions: [Function; 4] = [
        ("portal", portal::router),
        ("booking", booking::router),
        ("tickets", tickets::router),
        ("messaging", messaging::router),
    ];
    World::new(&functions).await
}

async fn visit(world: &World, starts_at: &str) -> String {
    let visit = json!({
        "kind": "free-time", "starts_at": starts_at, "minutes": 15, "allow_overlap": true,
        "patient": patient(ALEX), "reason": "Hosta"
    });
    let answer = world.post(ANNA, "/booking/v1/appointments", visit).await;
    answer.id()
}

async fn send(world: &World, method: Method, path: &str, kind: &str, body: String) -> Answer {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("authorization", format!("Bearer {}", world.token(ALEX)))
        .header("content-type", kind)
        .body(Body::from(body));
    world.send(request.expect("a request")).await
}

async fn put(world: &World, profile: Value) -> Answer {
    let (path, kind) = ("/portal/v1/profile", "application/json");
    send(world, Method::PUT, path, kind, profile.to_string()).await
}

async fn save(world: &World, form: &str) -> Answer {
    let (path, kind) = ("/portal/profile", "application/x-www-form-urlencoded");
    send(world, Method::POST, path, kind, form.to_owned()).await
}

#[tokio::test]
async fn consent_in_the_profile_takes_back_a_stopp_of_that_phone_and_of_no_other() {
    let world = ground().await;
    visit(&world, "2026-11-24T08:00").await;
    let phone = "+46701740605".parse().expect("a number");
    let index = shared::sealing::PhoneIndex::of(&*world.ports.secrets, &phone).expect("an index");
    for phone in [index.as_str(), "another"] {
        world
            .run(
                "INSERT INTO sms_refusals (phone_index, refused_at) VALUES (?1, 1)",
                [phone.into()],
            )
            .await;
    }
    for (consents, refusals) in [(false, 2), (true, 1)] {
        let profile =
            json!({ "phone": "070-174 06 05", "language": "sv", "sms_consent": consents });
        assert_eq!(put(&world, profile).await.status, 200);
        let left = "SELECT count(*) AS n FROM sms_refusals";
        assert_eq!(world.number(left).await, refusals);
    }
}

#[tokio::test]
async fn home_says_what_the_region_says_and_what_is_next() {
    let world = ground().await;
    let id = visit(&world, "2026-11-24T08:00").await;
    let page = world.get(ALEX, "/portal/home").await;
    assert_eq!(page.status, 200, "{}", page.text);
    for told in [
        "Vi finns här för dig",
        "Vid livshotande besvär ring 112.",
        "Sök vård",
        "Här kan du som är över 16 år få hjälp med dina besvär.",
        "Vi är bemannade mellan 8.00-20.30 alla dagar i veckan.",
        "Så fungerar det",
        "tisdag 24 november 2026 kl. 08.00",
        &format!("/booking/appointments/{id}"),
    ] {
        assert!(page.text.contains(told), "{told}: {}", page.text);
    }
    let nobody = world.get(BO, "/portal/home").await;
    assert!(nobody.text.contains("Du har inget på gång just nu."));
    assert!(nobody.text.contains("Sök vård"));
}

/// What a page says, without its markup, each run of blanks as one.
fn said(page: &str) -> String {
    let mut text = String::new();
    for part in page.split('<') {
        let (_, shown) = part.split_once('>').unwrap_or(("", part));
        text.push(' ');
        text.push_str(&shown.replace("&#38;", "&"));
    }
    let words: Vec<_> = text.split_whitespace().collect();
    words.join(" ")
}

#[tokio::test]
async fn the_regions_own_words_stand_on_the_patients_pages_word_for_word() {
    let world = ground().await;
    visit(&world, "2026-11-24T08:00").await;
    let as_browser = |path: &str| {
        let session = world.token(ALEX);
        let cookies = format!("__Host-session={session}; __Host-refresh=x");
        let request = Request::get(path).header("cookie", cookies);
        request.header("accept", "text/html")
    };
    let home = as_browser("/portal/home").body(Body::empty());
    let home = world.send(home.expect("a request")).await.text;
    let welcome = Request::get("/").header("accept", "text/html");
    let welcome = world
        .send(welcome.body(Body::empty()).expect("a request"))
        .await
        .text;
    for (page, words) in [
        (&welcome, "Välkommen till Vård och hälsa"),
        (
            &welcome,
            "Logga in för att söka vård och se dina bokningar.",
        ),
        (&welcome, "Logga in med 1177"),
        (
            &welcome,
            "Genom att fortsätta godkänner du våra användarvillkor",
        ),
        (&welcome, "Läs mer om hur vi behandlar dina personuppgifter"),
        (
            &welcome,
            "Inloggning via 1177:s inloggningssida, exempelvis med Mobilt BankID",
        ),
        (&home, "Vi finns här för dig"),
        (
            &home,
            "Västra Götalandsregionen satsar på en mer tillgänglig hälso- och sjukvård för patienter och invånare. Här kan du få hjälp med att söka vård och träffa oss online. Vid livshotande besvär ring 112.",
        ),
        (
            &home,
            "Sök vård Här kan du som är över 16 år få hjälp med dina besvär. Börja med att svara på några frågor så guidar vi dig till rätt vård. Vi är bemannade mellan 8.00-20.30 alla dagar i veckan.",
        ),
        (&home, "Om vård och hälsa Så fungerar det"),
        (&home, "Hem Mina ärenden Min profil Support"),
    ] {
        let said = said(page);
        assert!(said.contains(words), "{words}: {said}");
    }
}

#[tokio::test]
async fn care_is_sought_from_sixteen_years() {
    let world = ground().await;
    let visit = json!({
        "kind": "free-time", "starts_at": "2026-11-24T10:00", "minutes": 15,
        "patient": { "personal_identity": NOA, "name": "Noa Nour" }, "reason": "Samtal"
    });
    let booked = world.post(EVA, "/booking/v1/appointments", visit).await;
    assert_eq!(booked.status, 201, "{}", booked.text);
    let page = world.get(NOA, "/portal/home").await;
    assert_eq!(page.status, 200);
    assert!(!page.text.contains("Sök vård"), "at fifteen");
}

#[tokio::test]
async fn a_list_that_does_not_hold_all_says_so_and_leads_to_the_rest_where_that_can_be_seen() {
    let world = ground().await;
    let page = async || world.get(ALEX, "/portal/matters").await.text;
    let visits = "Alla dina besök visas inte här";
    let tickets = "Alla dina biljetter visas inte här";
    let cases = "href=\"/messaging/cases\"";
    let counts = async || {
        let page = page().await;
        let links = ["/booking/appointments/", "/tickets/", "/messaging/chats/"];
        links.map(|link| page.matches(&format!("<a href=\"{link}")).count())
    };
    let first =
        json!({ "role": "nurse", "minutes": 15, "last_day": "2026-12-04", "reason": "Prov" });
    for number in 0..101 {
        if number == 100 {
            let page = page().await;
            for more in [visits, tickets, cases] {
                assert!(!page.contains(more), "{more}: {page}");
            }
            assert_eq!(counts().await, [100, 100, 100]);
        }
        // Ids are in the order of their milliseconds.
        world.pass(1);
        let (hour, minute) = (8 + number / 60, number % 60);
        visit(&world, &format!("2026-11-24T{hour:02}:{minute:02}")).await;
        let ticket = with(first.clone(), "patient", patient(ALEX));
        world.post(ANNA, "/tickets/v1/tickets", ticket).await.id();
        let case = json!({
            "patient": patient(ALEX), "subject": format!("Ärende {number}."),
            "closes_at": "2026-12-01T12:00"
        });
        world.post(ANNA, "/messaging/v1/cases", case).await.id();
    }
    let shown = page().await;
    for more in [visits, tickets, cases] {
        assert!(shown.contains(more), "{more}: {shown}");
    }
    assert_eq!(counts().await, [100, 100, 100]);
    // The oldest case is left out here, and found there.
    assert!(!shown.contains("Ärende 0."));
    let mut list = world.get(ALEX, "/messaging/cases").await.text;
    while !list.contains("Ärende 0.") {
        let (_, next) = list
            .split_once("href=\"/messaging/cases?cursor=")
            .expect("more");
        let cursor = next.split('"').next().expect("its end");
        let path = format!("/messaging/cases?cursor={cursor}");
        list = world.get(ALEX, &path).await.text;
    }
}

#[tokio::test]
async fn visits_tickets_and_cases_stand_in_one_list_now_and_earlier() {
    let world = ground().await;
    visit(&world, "2026-11-24T08:00").await;
    let past = visit(&world, "2026-11-23T09:30").await;
    let reason = json!({ "reason": "Sjuk" });
    let cancel = format!("/booking/v1/appointments/{past}/cancel");
    assert_eq!(world.post(ANNA, &cancel, reason).await.status, 200);
    let case = json!({
        "patient": patient(ALEX), "subject": "Uppföljning av blodtryck",
        "closes_at": "2026-12-01T12:00", "message": "Hej!"
    });
    let case = world.post(ANNA, "/messaging/v1/cases", case).await;
    assert_eq!(case.status, 201, "{}", case.text);

    let page = world.get(ALEX, "/portal/matters").await.text;
    let (now, earlier) = page.split_once("Tidigare").expect("both lists");
    assert!(
        now.contains("tisdag 24 november 2026 kl. 08.00")
            && now.contains("Uppföljning av blodtryck")
    );
    assert!(now.contains("2 olästa meddelanden"), "{now}");
    assert!(earlier.contains("måndag 23 november 2026 kl. 09.30") && earlier.contains("Avbokat"));

    let others = world.get(BO, "/portal/matters").await.text;
    assert!(others.contains("Här finns inga ärenden än") && !others.contains("blodtryck"));
}

#[tokio::test]
async fn a_patient_who_is_seen_late_finds_the_visit_among_those_of_now() {
    let world = ground().await;
    let waiting = visit(&world, "2026-11-23T09:30").await;
    let missed = visit(&world, "2026-11-23T09:30").await;
    let arrive = format!("/booking/v1/appointments/{waiting}/arrive");
    assert_eq!(world.post(ALEX, &arrive, json!({})).await.status, 200);
    let (waiting, missed) = (waiting.as_str(), missed.as_str());
    let lists = async |time: &str| {
        world.clock.set(at(time));
        let page = world.get(ALEX, "/portal/matters").await.text;
        let (now, earlier) = page.split_once("Tidigare").expect("both lists");
        let home = world.get(ALEX, "/portal/home").await.text;
        assert_eq!(now.contains(waiting), home.contains(waiting));
        assert_eq!(now.contains(waiting), !earlier.contains(waiting));
        assert!(!now.contains(missed) && earlier.contains(missed));
        now.contains(waiting)
    };
    assert!(lists("2026-11-23T10:00").await);
    let start = format!("/booking/v1/appointments/{waiting}/start");
    assert_eq!(world.post(ANNA, &start, json!({})).await.status, 200);
    assert!(lists("2026-11-23T13:45").await);
    assert!(!lists("2026-11-23T13:46").await);
}

#[tokio::test]
async fn what_the_patient_reads_and_changes_stands_in_the_log() {
    let world = ground().await;
    visit(&world, "2026-11-24T08:00").await;
    world.get(ALEX, "/portal/matters").await;
    let read = "SELECT count(*) AS n FROM access_log WHERE resource_type = 'matters' AND activity = 'read'";
    assert_eq!(world.number(read).await, 1);
    world.get(BO, "/portal/matters").await;
    assert_eq!(world.number(read).await, 1, "nobody was read of");
    put(
        &world,
        json!({ "phone": null, "language": "sv", "sms_consent": false }),
    )
    .await;
    let written = "SELECT count(*) AS n FROM access_log WHERE resource_type = 'profile' AND activity = 'write'";
    assert_eq!(world.number(written).await, 1);
}

#[tokio::test]
async fn a_profile_is_changed_by_program_and_by_form() {
    let world = ground().await;
    let unknown = world.get(ALEX, "profile").await;
    assert_eq!(unknown.refused(), (404, "not-found".into()));
    visit(&world, "2026-11-24T08:00").await;
    let known = world.get(ALEX, "profile").await.json();
    assert_eq!(known["phone"], "+46701740605");
    assert_eq!(known["sms_consent"], true);

    let changed = json!({ "phone": "070-174 06 06", "language": "en", "sms_consent": true });
    let answer = put(&world, changed).await;
    assert_eq!(answer.json()["phone"], "+46701740606", "{}", answer.text);
    let read = world.get(ALEX, "profile").await.json();
    assert_eq!(
        (&read["phone"], &read["language"]),
        (&json!("+46701740606"), &json!("en"))
    );

    let saved = save(&world, "phone=070-174+06+07&message_language=sv").await;
    assert_eq!(saved.status, 303, "{}", saved.text);
    let cookies = saved.headers.get_all("set-cookie");
    let mut cookies = cookies.iter().map(|one| one.to_str().expect("text"));
    assert!(cookies.any(|one| one.starts_with("__Host-profile-language=sv")));
    let read = world.get(ALEX, "profile").await.json();
    assert_eq!(
        (&read["phone"], &read["sms_consent"]),
        (&json!("+46701740607"), &json!(false))
    );
}

#[tokio::test]
async fn a_profile_that_cannot_be_used_changes_nothing_and_loses_nothing() {
    let world = ground().await;
    visit(&world, "2026-11-24T08:00").await;
    let before = world.get(ALEX, "profile").await.text;
    for body in [
        json!({ "phone": "abc", "language": "sv", "sms_consent": false }),
        json!({ "phone": null, "language": "sv", "sms_consent": true }),
        json!({ "phone": "0701740605", "language": "fi", "sms_consent": true }),
        json!({ "phone": "0701740605" }),
    ] {
        let answer = put(&world, body.clone()).await;
        assert!(answer.status.is_client_error(), "{body}: {}", answer.text);
    }
    let page = save(&world, "phone=070-1&message_language=sv&sms_consent=yes").await;
    assert_eq!(page.status, 422);
    page.assert_tells(&[
        "ds-error-summary",
        "href=\"#phone\"",
        "value=\"070-1\"",
        "aria-invalid",
    ]);
    assert_eq!(world.get(ALEX, "profile").await.text, before);
}

#[tokio::test]
async fn support_terms_and_personal_data_are_for_everybody() {
    let world = ground().await;
    for (path, told) in [
        ("/portal/support", "Testa kamera och mikrofon"),
        ("/portal/terms", "Användarvillkor"),
        ("/portal/personal-data", "dataskyddsförordningen"),
    ] {
        let request = Request::get(path).body(Body::empty());
        let page = world.send(request.expect("a request")).await;
        assert_eq!(page.status, 200, "{path}");
        assert!(page.text.contains(told), "{path}");
    }
}

#[tokio::test]
async fn a_form_of_another_tab_changes_nothing_for_who_signed_in_since() {
    let world = ground().await;
    for (person, time) in [(ALEX, "2026-11-24T08:00"), (BO, "2026-11-24T09:00")] {
        let visit = json!({
            "kind": "free-time", "starts_at": time, "minutes": 15, "patient": patient(person), "reason": "Hosta"
        });
        let booked = world.post(ANNA, "/booking/v1/appointments", visit).await;
        assert!(booked.status.is_success(), "{}", booked.text);
    }
    let bos = world.get(BO, "/portal/profile").await.text;
    let mark = bos.split("name=\"whose\" value=\"").nth(1);
    let mark = mark
        .and_then(|rest| rest.split('"').next())
        .expect("a mark");
    let form = format!("whose={mark}&phone=070-174+06+99&message_language=en");
    let refused = save(&world, &form).await;
    assert_eq!(refused.status, 409);
    assert!(
        refused.text.contains("Någon annan har loggat in"),
        "{}",
        refused.text
    );
    assert!(!refused.text.contains("0699"));
    let own = world.get(ALEX, "/portal/profile").await.text;
    assert!(own.contains("+46701740605") && !own.contains("0699"));
}

#[tokio::test]
async fn an_unread_message_stands_on_home_before_visits_that_are_sooner() {
    let world = ground().await;
    for day in 24..28 {
        visit(&world, &format!("2026-11-{day}T08:00")).await;
    }
    let case = json!({
        "patient": patient(ALEX), "subject": "Blodtryck", "closes_at": "2026-12-20T12:00",
        "first_writer": "staff"
    });
    let case = world.post(ANNA, "/messaging/v1/cases", case).await.id();
    let write = format!("/messaging/v1/chats/{case}/messages");
    let written = world.post(ANNA, &write, json!({ "text": "Hej" })).await;
    assert_eq!(written.status, 201, "{}", written.text);
    let home = world.get(ALEX, "/portal/home").await.text;
    assert!(home.contains(&case), "{home}");
}

#[tokio::test]
async fn a_case_whose_question_waits_for_its_answer_is_not_over() {
    let world = ground().await;
    let case = json!({
        "patient": patient(ALEX), "subject": "Blodtryck", "closes_at": "2026-11-25T12:00"
    });
    let case = world.post(ANNA, "/messaging/v1/cases", case).await.id();
    let write = format!("/messaging/v1/chats/{case}/messages");
    let written = world.post(ALEX, &write, json!({ "text": "Hur?" })).await;
    assert_eq!(written.status, 201, "{}", written.text);
    world.clock.set(at("2026-11-25T12:01"));
    let matters = world.get(ALEX, "/portal/matters").await.text;
    assert!(matters.contains("Du väntar på svar"), "{matters}");
    assert!(!matters.contains("Avslutat"), "{matters}");
    world.run_job("/messaging/v1/jobs/close").await;
    let matters = world.get(ALEX, "/portal/matters").await.text;
    assert!(matters.contains("Du väntar på svar"), "{matters}");
    world.clock.set(at("2027-01-25T12:01"));
    let matters = world.get(ALEX, "/portal/matters").await.text;
    assert!(!matters.contains("Du väntar på svar"), "{matters}");
    assert!(matters.contains("Avslutat"), "{matters}");
}
