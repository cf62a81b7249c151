//! Matters open as tabs: each session has its own, in their order, within the walls, and none is left after its end.
#![expect(
    clippy::expect_used,
    reason = "a test whose ground is missing stops at once"
)]

use axum::body::Body;
use http::Request;
use serde_json::json;
use shared::page::percent_encoded;
use shared::platform::{Statement, Store};
use world::*;

const OPEN: &str = "/workspace/open";

async fn ground() -> World {
    World::new(&[
        ("workspace", workspace::router),
        ("booking", booking::router),
        ("messaging", messaging::router),
        ("tickets", tickets::router),
    ])
    .await
}

/// A browser in which somebody has signed in.
struct Browser<'a> {
    world: &'a World,
    session: String,
    token: String,
}

impl<'a> Browser<'a> {
    async fn of(world: &'a World, person: &str) -> Self {
        let session = world.session(person);
        let hsa_id = |id: Option<shared::hsa_id::HsaId>| id.map(|id| id.to_string());
        world
            .run(
                "INSERT INTO sessions (
  id, kind, subject, care_provider_id, care_unit_id, role, commission_id, started_by, started_at, renewed_at, ends_at
)
VALUES (?1, 'practitioner', ?2, ?3, ?4, 'nurse', ?5, ?1, 0, 0, 1)",
                [
                    session.id.into(),
                    person.into(),
                    hsa_id(session.care_provider.clone()).into(),
                    hsa_id(session.care_unit.clone()).into(),
                    hsa_id(session.commission.clone()).into(),
                ],
            )
            .await;
        Browser {
            world,
            session: session.id.to_string(),
            token: world.sign(&session),
        }
    }

    async fn get(&self, path: &str) -> Answer {
        let request = Request::get(path)
            .header("authorization", format!("Bearer {}", self.token))
            .body(Body::empty());
        self.world.send(request.expect("a request")).await
    }

    async fn submit(&self, fields: &[(&str, &str)]) -> Answer {
        let mut body = format!("key={}", self.world.new_key());
        for (name, value) in fields {
            body.push_str(&format!("&{name}={}", percent_encoded(value)));
        }
        let request = Request::post(OPEN)
            .header("authorization", format!("Bearer {}", self.token))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Body::from(body));
        self.world.send(request.expect("a request")).await
    }

    async fn keep(&self, kind: &str, matter: &str) -> Answer {
        let fields = [("action", "keep"), ("kind", kind), ("matter", matter)];
        self.submit(&fields).await
    }

    async fn close(&self, matter: &str, return_to: &str) -> Answer {
        let fields = [
            ("action", "close"),
            ("matter", matter),
            ("return_to", return_to),
        ];
        self.submit(&fields).await
    }

    /// Where the tabs lead, in their order.
    async fn tabs(&self) -> Vec<String> {
        tabs_in(&self.get(OPEN).await.text)
    }
}

fn tabs_in(page: &str) -> Vec<String> {
    let Some((_, tabs)) = page.split_once("<nav class=\"tabs\"") else {
        return vec![];
    };
    let (tabs, _) = tabs.split_once("</nav>").expect("the end of the tabs");
    let href = |part: &str| part.split('"').next().expect("an address").to_owned();
    tabs.split("href=\"").skip(1).map(href).collect()
}

async fn case(world: &World, subject: &str) -> String {
    let case = json!({
        "patient": patient(ALEX), "subject": subject, "closes_at": "2026-12-01T12:00"
    });
    world.post(ANNA, "/messaging/v1/cases", case).await.id()
}

async fn visit(world: &World, patient: serde_json::Value) -> String {
    let visit = json!({
        "kind": "free-time", "starts_at": "2026-11-24T08:00", "minutes": 15, "patient": patient,
        "reason": "Samtal", "allow_overlap": true
    });
    world
        .post(ANNA, "/booking/v1/appointments", visit)
        .await
        .id()
}

async fn ticket(world: &World) -> String {
    let ticket = json!({
        "patient": patient(ALEX), "role": "nurse", "minutes": 30, "last_day": "2026-12-04", "reason": "Uppföljning"
    });
    world.post(ANNA, "/tickets/v1/tickets", ticket).await.id()
}

fn location(answer: &Answer) -> &str {
    assert_eq!(answer.status, 303, "{}", answer.text);
    answer.headers["location"].to_str().expect("text")
}

#[tokio::test]
async fn what_is_looked_at_beside_its_record_or_kept_open_stays_as_a_tab_in_its_order() {
    let world = ground().await;
    let (cough, visit, ticket) = (
        case(&world, "Hosta").await,
        visit(&world, patient(ALEX)).await,
        ticket(&world).await,
    );
    let anna = Browser::of(&world, ANNA).await;
    let empty = anna.get(OPEN).await.text;
    assert!(empty.contains("Du har inget öppet.") && tabs_in(&empty).is_empty());
    let [record, visits, tickets] = [
        format!("/workspace/records/{cough}"),
        format!("/booking/appointments/{visit}"),
        format!("/tickets/{ticket}"),
    ];
    // The pages themselves have the form.
    for (page, kind, matter) in [(&visits, "visit", &visit), (&tickets, "ticket", &ticket)] {
        let shown = anna.get(page).await.text;
        assert!(shown.contains("Håll öppen som flik"), "{shown}");
        let fields = format!(
            "name=\"kind\" value=\"{kind}\"><input type=\"hidden\" name=\"matter\" value=\"{matter}\""
        );
        assert!(shown.contains(&fields), "{shown}");
    }
    world.clock.set(at("2026-11-23T09:01"));
    assert_eq!(location(&anna.keep("visit", &visit).await), visits);
    world.clock.set(at("2026-11-23T09:02"));
    let first = anna.get(&record).await.text;
    world.clock.set(at("2026-11-23T09:03"));
    assert_eq!(location(&anna.keep("ticket", &ticket).await), tickets);
    // Once more changes neither their order nor their number.
    anna.keep("visit", &visit).await;
    let shown = anna.get(&record).await.text;
    assert_eq!(tabs_in(&first), [visits.clone(), record.clone()]);
    let all = [visits, record, tickets];
    assert_eq!(tabs_in(&shown), all);
    assert_eq!(anna.tabs().await, all);
    assert_eq!(shown.matches("aria-current=\"page\"").count(), 1);
    for said in [
        format!(
            "<a href=\"{}\" aria-current=\"page\"><strong>Alex Blom</strong> Hosta</a>",
            all[1]
        ),
        "<strong>Alex Blom</strong> Besök ".to_owned(),
        "<strong>Alex Blom</strong> Biljett".to_owned(),
        "Stäng fliken: Alex Blom, Hosta</span>".to_owned(),
    ] {
        assert!(shown.contains(&said), "{said}: {shown}");
    }
    let read = "SELECT count(*) AS n FROM access_log WHERE resource_type = 'open-matters'";
    assert_eq!(
        world.number(read).await,
        3,
        "each page that shows a tab is a read"
    );
}

#[tokio::test]
async fn a_tab_says_what_is_unread_until_it_is_looked_at() {
    let world = ground().await;
    let (cough, fever) = (case(&world, "Hosta").await, case(&world, "Feber").await);
    let anna = Browser::of(&world, ANNA).await;
    for chat in [&cough, &fever] {
        anna.get(&format!("/workspace/records/{chat}")).await;
    }
    let write = format!("/messaging/v1/chats/{fever}/messages");
    world.post(ALEX, &write, json!({ "text": "Hej" })).await;
    let beside = anna.get(&format!("/workspace/records/{cough}")).await.text;
    let unread = "<strong>Alex Blom</strong> Feber <span class=\"tag\">Oläst</span>";
    assert!(beside.contains(unread), "{beside}");
    assert_eq!(beside.matches("Oläst").count(), 1);
    let looked = anna.get(&format!("/workspace/records/{fever}")).await.text;
    assert!(!looked.contains("Oläst"), "{looked}");
}

#[tokio::test]
async fn a_closed_tab_leads_to_its_neighbour_or_back_to_where_it_was_closed() {
    let world = ground().await;
    let anna = Browser::of(&world, ANNA).await;
    let mut chats = vec![];
    for (minute, subject) in ["Hosta", "Feber", "Utslag"].into_iter().enumerate() {
        chats.push(case(&world, subject).await);
        world.clock.set(at(&format!("2026-11-23T09:0{minute}")));
        anna.get(&format!("/workspace/records/{}", chats[minute]))
            .await;
    }
    let page = |chat: &str| format!("/workspace/records/{chat}");
    let shown = anna.get(&page(&chats[1])).await.text;
    let leads = |chat: &str, to: &str| {
        let fields = format!(
            "name=\"matter\" value=\"{chat}\"><input type=\"hidden\" name=\"return_to\" value=\"{to}\""
        );
        assert!(shown.contains(&fields), "{fields}: {shown}");
    };
    leads(&chats[0], &page(&chats[1]));
    leads(&chats[1], &page(&chats[2]));
    leads(&chats[2], &page(&chats[1]));
    for _ in 0..2 {
        let closed = anna.close(&chats[1], &page(&chats[2])).await;
        assert_eq!(location(&closed), page(&chats[2]));
    }
    assert_eq!(anna.tabs().await, [page(&chats[0]), page(&chats[2])]);
    let last = anna.get(&page(&chats[2])).await.text;
    assert!(last.contains(&format!("value=\"{}\"", page(&chats[0]))));
    anna.close(&chats[0], "/").await;
    let only = anna.get(&page(&chats[2])).await.text;
    assert!(only.contains("name=\"return_to\" value=\"/workspace/start\""));
    let away = anna.close(&chats[2], "https://elsewhere.example/").await;
    assert_eq!(location(&away), "/");
    assert!(anna.tabs().await.is_empty());
}

#[tokio::test]
async fn nobody_has_another_units_matter_or_another_sessions_tabs() {
    let world = ground().await;
    let (cough, visit) = (
        case(&world, "Hosta").await,
        visit(&world, patient(ALEX)).await,
    );
    let (anna, eva, olof) = (
        Browser::of(&world, ANNA).await,
        Browser::of(&world, EVA).await,
        Browser::of(&world, OLOF).await,
    );
    anna.get(&format!("/workspace/records/{cough}")).await;
    let rows = world.rows().await;
    for stranger in [&eva, &olof] {
        for (kind, matter) in [("chat", &cough), ("visit", &visit), ("ticket", &visit)] {
            assert_eq!(stranger.keep(kind, matter).await.status, 404);
        }
        let record = stranger.get(&format!("/workspace/records/{cough}")).await;
        assert_eq!(record.status, 404);
        stranger.close(&cough, OPEN).await;
        assert!(stranger.tabs().await.is_empty());
    }
    assert_eq!(
        world.rows().await,
        rows,
        "who reached nothing wrote nothing"
    );
    assert_eq!(anna.tabs().await.len(), 1);
    // Where a row came to be in some other way, the walls still stand.
    for stranger in [&eva, &olof] {
        world
            .run(
                "INSERT INTO open_matters VALUES (?1, 'chat', ?2, 1)",
                [stranger.session.as_str().into(), cough.as_str().into()],
            )
            .await;
        let rows = world.rows().await;
        let shown = stranger.get(OPEN).await.text;
        assert!(tabs_in(&shown).is_empty() && !shown.contains("Alex"));
        assert_eq!(world.rows().await, rows);
    }
    // The same person in another browser begins with none.
    assert!(Browser::of(&world, ANNA).await.tabs().await.is_empty());
    assert_eq!(world.get(ALEX, OPEN).await.status, 403);
}

#[tokio::test]
async fn with_the_session_the_tabs_end() {
    let world = ground().await;
    let cough = case(&world, "Hosta").await;
    let anna = Browser::of(&world, ANNA).await;
    let elsewhere = Browser::of(&world, ANNA).await;
    let record = format!("/workspace/records/{cough}");
    for browser in [&anna, &elsewhere] {
        browser.get(&record).await;
    }
    let open = "SELECT count(*) AS n FROM open_matters";
    assert_eq!(world.number(open).await, 2);
    world
        .run(
            "UPDATE sessions SET ended_at = 1 WHERE id = ?1",
            [anna.session.as_str().into()],
        )
        .await;
    assert_eq!(world.number(open).await, 1);
    assert_eq!(elsewhere.tabs().await, [record]);
    let late = Statement::new(
        "INSERT INTO open_matters VALUES (?1, 'chat', ?2, 1)",
        [anna.session.as_str().into(), cough.as_str().into()],
    );
    let refused = world.store.query(late).await.expect_err("refused");
    assert!(refused.refused_by("open_matters_are_of_a_standing_session"));
    world.run("DELETE FROM sessions", []).await;
    assert_eq!(world.number(open).await, 0);
}

#[tokio::test]
async fn a_thirteenth_tab_takes_the_place_of_the_one_that_was_opened_first() {
    let world = ground().await;
    let anna = Browser::of(&world, ANNA).await;
    let mut visits = vec![];
    for minute in 0..13 {
        world.clock.set(at(&format!("2026-11-23T09:{minute:02}")));
        let visit = visit(&world, patient(ALEX)).await;
        anna.keep("visit", &visit).await;
        visits.push(format!("/booking/appointments/{visit}"));
    }
    assert_eq!(anna.tabs().await, visits[1..]);
}

#[tokio::test]
async fn a_protected_patient_is_not_named_in_a_tab() {
    let world = ground().await;
    let mut bo = patient(BO);
    bo["protected_identity"] = json!(true);
    let visit = visit(&world, bo).await;
    let anna = Browser::of(&world, ANNA).await;
    anna.keep("visit", &visit).await;
    let shown = anna.get(OPEN).await.text;
    assert_eq!(tabs_in(&shown).len(), 1);
    assert!(shown.contains("<strong>Skyddade personuppgifter</strong>"));
    assert!(!shown.contains("Blom"), "{shown}");
}

#[tokio::test]
async fn what_is_no_tab_is_refused() {
    let world = ground().await;
    let anna = Browser::of(&world, ANNA).await;
    let rows = world.rows().await;
    for fields in [
        &[("action", "")][..],
        &[("action", "keep"), ("matter", "x")],
        &[("action", "keep"), ("kind", "note"), ("matter", "x")],
    ] {
        assert_eq!(anna.submit(fields).await.status, 422);
    }
    let nothing = anna.keep("chat", "' OR 1 = 1").await;
    assert_eq!(nothing.refused(), (404, "not-found".into()));
    assert_eq!(world.rows().await, rows);
}

#[tokio::test]
async fn a_record_that_a_script_fetches_anew_is_not_opened_again() {
    let world = ground().await;
    let browser = Browser::of(&world, ANNA).await;
    let id = case(&world, "Hosta").await;
    let record = format!("/workspace/records/{id}");
    browser.get(&record).await;
    assert_eq!(browser.tabs().await, [record.as_str()]);
    browser.close(&id, OPEN).await;
    let request = Request::get(&record)
        .header("authorization", format!("Bearer {}", browser.token))
        .header("sec-fetch-mode", "cors")
        .body(Body::empty());
    let answer = world.send(request.expect("a request")).await;
    assert_eq!(answer.status, 200);
    assert_eq!(browser.tabs().await, [] as [&str; 0]);
}
