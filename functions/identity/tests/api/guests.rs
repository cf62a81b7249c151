//! Guests: a link opens one visit, in its time, until it is taken back.

use axum::body::Body;
use http::Request;
use serde_json::{Value, json};
use shared::session::{Session, SessionKind};
use shared::time::{HOUR, MINUTE};

use crate::browser::{Browser, location};
use crate::provider::*;

const NO_LINK: &str = "Länken gäller inte";

/// A visit on 30 November, one to half past one, with a relative; gives the two ids.
async fn visit(world: &World) -> (String, String) {
    let body = json!({
        "kind": "video", "starts_at": "2026-11-30T13:00", "minutes": 30, "reason": "Samtal",
        "patient": { "personal_identity": ALEX, "name": "Alex Blom" },
        "participants": [{ "role": "relative", "name": "Sam Nour", "phone": "070-174 06 20" }],
    });
    let booked = world.post(ANNA, "/booking/v1/appointments", body).await;
    assert_eq!(booked.status, 201, "{}", booked.text);
    let visit = booked.json();
    let text = |value: &Value| value.as_str().expect("an id").to_owned();
    (text(&visit["id"]), text(&visit["participants"][0]["id"]))
}

async fn link(world: &World, visit: &(String, String)) -> String {
    let body = json!({ "appointment": visit.0, "participant": visit.1 });
    let issued = world.post(ANNA, "guest-links", body).await;
    assert_eq!(issued.status, 201, "{}", issued.text);
    let view = issued.json();
    assert_eq!(view["opens_at"], "2026-11-30T11:30:00Z");
    assert_eq!(view["closes_at"], "2026-11-30T13:00:00Z");
    let link = view["link"].as_str().expect("a link");
    let path = link
        .strip_prefix("https://vard.example")
        .expect("our own address");
    assert!(
        path.strip_prefix("/identity/g/")
            .is_some_and(|code| code.len() == 22),
        "128 bits"
    );
    path.to_owned()
}

#[tokio::test]
async fn a_link_opens_its_visit_from_half_an_hour_before_until_half_an_hour_after() {
    let world = World::new().await;
    let path = link(&world, &visit(&world).await).await;
    for (time, status, words) in [
        ("2026-11-30T12:29", 403, "klockan 12.30 den 2026-11-30"),
        ("2026-11-30T14:00", 410, "Besöket är slut"),
    ] {
        world.set_time(time);
        let browser = Browser::new(&world);
        let answer = browser.post(&path, "").await;
        assert_eq!(answer.status, status, "{time}");
        assert!(answer.text.contains(words), "{}", answer.text);
        assert!(!browser.is_signed_in());
    }
    for time in ["2026-11-30T12:30", "2026-11-30T13:59"] {
        world.set_time(time);
        let browser = Browser::new(&world);
        assert_eq!(
            location(&browser.post(&path, "").await),
            "/identity/guest",
            "{time}"
        );
        assert_eq!(browser.get("/identity/guest").await.status, 200);
    }
}

#[tokio::test]
async fn looking_at_a_link_spends_and_tells_nothing() {
    let world = World::new().await;
    let path = link(&world, &visit(&world).await).await;
    world.set_time("2026-11-30T13:00");
    let rows = world.rows().await;
    let known = Browser::new(&world).get(&path).await;
    let unknown = Browser::new(&world)
        .get("/identity/g/AAAAAAAAAAAAAAAAAAAAAA")
        .await;
    assert_eq!((known.status.as_u16(), unknown.status.as_u16()), (200, 200));
    let code = path.rsplit('/').next().expect("a code");
    assert_eq!(
        known.text.replace(code, "…"),
        unknown.text.replace("AAAAAAAAAAAAAAAAAAAAAA", "…"),
        "nobody can tell which is one"
    );
    assert!(known.headers.get("set-cookie").is_none());
    assert_eq!(world.rows().await, rows);
}

#[tokio::test]
async fn a_guest_reaches_the_one_visit_and_nothing_else_and_ends_with_it() {
    let world = World::new().await;
    let visit = visit(&world).await;
    let path = link(&world, &visit).await;
    world.set_time("2026-11-30T13:50");
    let browser = Browser::new(&world);
    browser.post(&path, "").await;
    let session = Session::verify(&browser.token(), &world.ports).expect("a session");
    assert_eq!(session.kind, SessionKind::Guest);
    assert_eq!(session.subject, visit.1);
    assert_eq!(session.appointment.map(|id| id.to_string()), Some(visit.0));
    for path in ["/booking/v1/appointments", "/booking/v1/slots"] {
        assert_eq!(
            browser.get(path).await.refused(),
            (403, "not-allowed".into())
        );
    }
    let ends_at = world
        .number("SELECT ends_at - started_at AS n FROM sessions")
        .await;
    assert_eq!(ends_at, 10 * MINUTE);
    let token = browser.token();
    world.wait(10 * MINUTE - 1);
    assert!(Session::verify(&token, &world.ports).is_ok());
    world.wait(1);
    let over = browser.get("/identity/v1/session").await;
    assert_eq!(over.status, 401, "at the very moment, though clocks differ");
    assert!(Session::verify(&token, &world.ports).is_err());
    assert_eq!(HOUR, 60 * MINUTE);
}

#[tokio::test]
async fn a_guest_who_stays_is_renewed_and_one_whose_visit_is_over_is_told_to_open_the_link_again() {
    let world = World::new().await;
    let path = link(&world, &visit(&world).await).await;
    world.set_time("2026-11-30T12:40");
    let browser = Browser::new(&world);
    assert_eq!(browser.sign_in("patient").await.status, 303);
    assert!(browser.cookie("__Host-name").is_some());
    browser.post(&path, "").await;
    assert_eq!(browser.cookie("__Host-name"), None, "a guest has none");
    world.wait(20 * MINUTE);
    let renewing = browser.get("/identity/guest").await;
    assert_eq!(
        location(&renewing),
        "/identity/renew?return_to=%2Fidentity%2Fguest"
    );
    let back = browser.get(&location(&renewing)).await;
    assert_eq!(location(&back), "/identity/guest");
    assert_eq!(browser.get("/identity/guest").await.status, 200);
    world.wait(90 * MINUTE);
    let over = browser
        .get(&location(&browser.get("/identity/guest").await))
        .await;
    assert_eq!(location(&over), "/identity/guest");
    let told = browser.get("/identity/guest").await;
    assert_eq!(told.status, 401);
    assert!(told.text.contains("Öppna länken igen") && !told.text.contains("1177"));
}

#[tokio::test]
async fn a_guest_whose_visit_was_moved_or_called_off_is_not_renewed() {
    for (step, body) in [
        ("reschedule", json!({ "starts_at": "2026-12-01T13:00" })),
        ("cancel", json!({ "reason": "x" })),
    ] {
        let world = World::new().await;
        let visit = visit(&world).await;
        let path = link(&world, &visit).await;
        world.set_time("2026-11-30T12:30");
        let browser = Browser::new(&world);
        browser.post(&path, "").await;
        let renewed = browser.get("/identity/renew").await;
        assert_eq!(location(&renewed), "/", "while it stands");
        let path = format!("/booking/v1/appointments/{}/{step}", visit.0);
        let changed = world.post(ANNA, &path, body).await;
        assert_eq!(changed.status, 200, "{}", changed.text);
        let renewed = browser.get("/identity/renew").await;
        assert_eq!(location(&renewed), "/", "{step}");
        assert!(!browser.is_signed_in());
    }
}

#[tokio::test]
async fn a_link_that_is_unknown_replaced_revoked_or_of_a_cancelled_visit_is_one_answer() {
    let world = World::new().await;
    let visit = visit(&world).await;
    let first = link(&world, &visit).await;
    let second = link(&world, &visit).await;
    world.set_time("2026-11-30T13:00");
    let opens = async |path: &str| {
        let browser = Browser::new(&world);
        let answer = browser.post(path, "").await;
        if answer.status == 303 {
            return Some(browser.token());
        }
        assert_eq!(answer.status, 404, "{path}");
        assert!(answer.text.contains(NO_LINK));
        None
    };
    assert_eq!(opens(&first).await, None, "replaced");
    let token = opens(&second).await.expect("it opens");
    for path in [
        "/identity/g/AAAAAAAAAAAAAAAAAAAAAA",
        "/identity/g/x",
        "/identity/g/%00",
    ] {
        assert_eq!(opens(path).await, None);
    }
    let who = json!({ "appointment": visit.0, "participant": visit.1 });
    let revoked = world.post(ANNA, "guest-links/revoke", who.clone()).await;
    assert_eq!(
        (revoked.status.as_u16(), revoked.json()),
        (200, json!({ "revoked": true }))
    );
    assert_eq!(opens(&second).await, None, "revoked");
    let request =
        Request::get("/identity/v1/session").header("authorization", format!("Bearer {token}"));
    let answer = world
        .send(request.body(Body::empty()).expect("a request"))
        .await;
    assert_eq!(answer.status, 401, "and what it had opened is over");
    let third = link(&world, &visit).await;
    let cancel = format!("/booking/v1/appointments/{}/cancel", visit.0);
    assert_eq!(
        world
            .post(ANNA, &cancel, json!({ "reason": "x" }))
            .await
            .status,
        200
    );
    assert_eq!(opens(&third).await, None, "cancelled");
    let late = world.post(ANNA, "guest-links", who).await;
    assert_eq!(late.refused(), (409, "visit-over".into()));
}

#[tokio::test]
async fn only_staff_of_the_visits_unit_issue_and_revoke() {
    let world = World::new().await;
    let visit = visit(&world).await;
    let who = json!({ "appointment": visit.0, "participant": visit.1 });
    let rows = world.rows().await;
    for path in ["guest-links", "guest-links/revoke"] {
        assert_eq!(
            world.post(EVA, path, who.clone()).await.refused(),
            (404, "not-found".into())
        );
        assert_eq!(
            world.post(ALEX, path, who.clone()).await.refused(),
            (403, "not-allowed".into())
        );
        let other = json!({ "appointment": visit.0, "participant": visit.0 });
        assert_eq!(world.post(ANNA, path, other).await.status, 404);
        assert_eq!(
            world
                .post(ANNA, path, json!({ "appointment": "7" }))
                .await
                .status,
            422
        );
    }
    assert_eq!(world.rows().await, rows);
}

#[tokio::test]
async fn issuing_is_logged_and_repeating_it_gives_the_same_link() {
    let world = World::new().await;
    let visit = visit(&world).await;
    let who = json!({ "appointment": visit.0, "participant": visit.1 });
    let logged = "SELECT count(*) AS n FROM access_log WHERE resource_type = 'guest-link'";
    let one = world
        .post_again(ANNA, "guest-links", "one-and-the-same", who.clone())
        .await;
    let two = world
        .post_again(ANNA, "guest-links", "one-and-the-same", who)
        .await;
    assert_eq!((one.status.as_u16(), &one.text), (201, &two.text));
    assert_eq!(world.number(logged).await, 1);
    let link = one.json()["link"].as_str().expect("a link").to_owned();
    let code = link.rsplit('/').next().expect("a code").to_owned();
    let kept = shared::platform::Statement::new(
        "SELECT count(*) AS n FROM guest_links WHERE hash = ?1",
        [code.into()],
    );
    let found = world.ports.store.query(kept).await.expect("a count");
    assert_eq!(
        found.rows.first().expect("a row").integer("n"),
        Ok(0),
        "only its hash"
    );
}

#[tokio::test]
async fn a_second_confirmation_is_the_end_of_the_phone_number_and_guessing_it_is_slow() {
    let world = World::new().await;
    let path = link(&world, &visit(&world).await).await;
    world
        .run("UPDATE guest_links SET asks_for_phone = 1", [])
        .await;
    world.set_time("2026-11-30T13:00");
    let browser = Browser::new(&world);
    let asked = browser.post(&path, "").await;
    assert_eq!(asked.status, 200);
    assert!(asked.text.contains("De fyra sista siffrorna") && !browser.is_signed_in());
    for guess in [
        "phone=1234",
        "phone=",
        "phone=174+06+20",
        "phone=%2B46701740620",
    ] {
        let wrong = browser.post(&path, guess).await;
        assert_eq!(wrong.status, 403, "{guess}");
        assert!(wrong.text.contains("Siffrorna stämmer inte") && !browser.is_signed_in());
        // Said in the summary that takes focus, which leads to the field, and at the field, which keeps what was typed.
        let kept = guess.replace("phone=", "").replace('+', " ");
        for told in [
            "href=\"#phone\"".to_owned(),
            "aria-describedby=\"phone-wrong\"".to_owned(),
            format!("value=\"{}\"", kept.replace("%2B", "+")),
        ] {
            assert!(wrong.text.contains(&told), "{guess} {told}");
        }
    }
    let right = browser.post(&path, "phone=0620").await;
    assert_eq!(location(&right), "/identity/guest");
    let thief = Browser::new(&world);
    thief.post(&path, "phone=0001").await;
    let waits = thief.post(&path, "phone=0620").await;
    assert_eq!(waits.status, 429, "five wrong ones, whoever they were");
    world.run("UPDATE participants SET contact = 'x'", []).await;
    world.wait(15 * MINUTE);
    let broken = Browser::new(&world);
    assert_eq!(broken.post(&path, "phone=0620").await.status, 500);
    assert!(!broken.is_signed_in(), "it fails closed");
}

#[tokio::test]
async fn every_guest_of_a_patient_with_protected_identity_confirms_a_second_time() {
    let world = World::new().await;
    let path = link(&world, &visit(&world).await).await;
    world
        .run("UPDATE patients SET protected_identity = 1", [])
        .await;
    world.set_time("2026-11-30T13:00");
    let browser = Browser::new(&world);
    let asked = browser.post(&path, "").await;
    assert!(asked.text.contains("De fyra sista siffrorna") && !browser.is_signed_in());
    assert_eq!(
        location(&browser.post(&path, "phone=0620").await),
        "/identity/guest"
    );
}

#[tokio::test]
async fn trying_codes_is_slow() {
    let world = World::new().await;
    let path = link(&world, &visit(&world).await).await;
    world.set_time("2026-11-30T13:00");
    let browser = Browser::new(&world);
    for _ in 0..20 {
        assert_eq!(
            browser
                .post("/identity/g/AAAAAAAAAAAAAAAAAAAAAA", "")
                .await
                .status,
            404
        );
    }
    let answer = browser.post(&path, "").await;
    assert_eq!(answer.status, 429);
    assert!(answer.text.contains("För många försök"));
    world.wait(10 * MINUTE);
    assert_eq!(browser.post(&path, "").await.status, 303);
}
