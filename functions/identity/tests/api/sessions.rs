//! Sessions: renewed once by each refresh token, ended by idleness, age, sign-out and copies.

use axum::body::Body;
use http::Request;
use serde_json::{Value, json};
use shared::session::Session;
use shared::time::{HOUR, MINUTE};
use world::{PROVIDER, UNIT, YOUTH_UNIT};

use crate::browser::{Browser, location};
use crate::provider::*;

async fn signed_in<'a>(world: &'a World, audience: &str) -> Browser<'a> {
    let browser = Browser::new(world);
    assert_eq!(browser.sign_in(audience).await.status, 303);
    browser
}

async fn renewed_by_program(world: &World, refresh_token: &str) -> Answer {
    let request = Request::post("/identity/v1/renew")
        .header("content-type", "application/json")
        .body(Body::from(
            json!({ "refresh_token": refresh_token }).to_string(),
        ));
    world.send(request.expect("a request")).await
}

fn refresh(browser: &Browser<'_>) -> String {
    browser.cookie("__Host-refresh").expect("a refresh token")
}

async fn stands(world: &World, token: &str) -> u16 {
    let request =
        Request::get("/identity/v1/session").header("authorization", format!("Bearer {token}"));
    let answer = world
        .send(request.body(Body::empty()).expect("a request"))
        .await;
    answer.status.as_u16()
}

#[tokio::test]
async fn a_page_renews_silently_and_comes_back() {
    let world = World::new().await;
    let browser = signed_in(&world, "patient").await;
    let (token, old) = (browser.token(), refresh(&browser));
    world.wait(5 * MINUTE);
    let passing = browser.get("/booking/something").await;
    assert_eq!(
        location(&passing),
        "/identity/renew?return_to=%2Fbooking%2Fsomething"
    );
    let back = browser.get(&location(&passing)).await;
    assert_eq!(location(&back), "/booking/something");
    assert_ne!((browser.token(), refresh(&browser)), (token.clone(), old));
    let of = |token: &str| Session::verify(token, &world.ports).expect("a session").id;
    assert_eq!(of(&browser.token()), of(&token), "the same session");
    assert_eq!(
        browser.get("/booking/something").await.status,
        404,
        "young again"
    );
}

#[tokio::test]
async fn a_program_renews_with_what_it_was_given_and_never_twice_with_the_same() {
    let world = World::new().await;
    let browser = signed_in(&world, "staff").await;
    let first = refresh(&browser);
    let renewed = renewed_by_program(&world, &first).await;
    assert_eq!(renewed.status, 200, "{}", renewed.text);
    let tokens = renewed.json();
    let text = |name: &str| tokens[name].as_str().expect("a text").to_owned();
    assert_eq!(
        text("ends_at"),
        "2026-11-23T20:00:00Z",
        "twelve hours after the sign-in"
    );
    assert_eq!(text("expires_at"), "2026-11-23T08:15:00Z");
    assert_eq!(stands(&world, &text("token")).await, 200);
    let again = renewed_by_program(&world, &first).await;
    assert_eq!(again.refused(), (401, "not-signed-in".into()));
    assert_eq!(
        stands(&world, &text("token")).await,
        401,
        "the session has ended"
    );
    let newest = renewed_by_program(&world, &text("refresh_token")).await;
    assert_eq!(newest.status, 401, "also for who held the newest");
}

#[tokio::test]
async fn two_tabs_at_once_are_no_thief_and_a_copy_later_is() {
    let world = World::new().await;
    let browser = signed_in(&world, "patient").await;
    let second = Browser::new(&world);
    second
        .cookies
        .borrow_mut()
        .clone_from(&browser.cookies.borrow());
    let first = browser.get("/identity/renew?return_to=%2Fa").await;
    let other = second.get("/identity/renew?return_to=%2Fa").await;
    assert_eq!((first.status.as_u16(), other.status.as_u16()), (303, 303));
    assert_eq!(location(&other), "/a");
    assert!(other.headers.get("set-cookie").is_none(), "it gets nothing");
    assert_eq!(stands(&world, &browser.token()).await, 200);
    world.wait(10_000);
    let thief = second.get("/identity/renew?return_to=%2Fa").await;
    assert_eq!(location(&thief), "/a");
    assert!(!second.is_signed_in());
    assert_eq!(stands(&world, &browser.token()).await, 401);
}

#[tokio::test]
async fn many_at_once_get_one_renewal() {
    let world = World::new().await;
    let browser = signed_in(&world, "staff").await;
    let token = refresh(&browser);
    let (mut renewed, mut refused) = (0, 0);
    for _ in 0..5 {
        match renewed_by_program(&world, &token).await.status.as_u16() {
            200 => renewed += 1,
            _ => refused += 1,
        }
    }
    assert_eq!((renewed, refused), (1, 4));
}

#[tokio::test]
async fn who_is_idle_too_long_signs_in_again() {
    for (audience, idle) in [("patient", 20), ("staff", 30)] {
        let world = World::new().await;
        let browser = signed_in(&world, audience).await;
        world.wait(idle * MINUTE - 1);
        let renewed = renewed_by_program(&world, &refresh(&browser)).await;
        assert_eq!(renewed.status, 200, "{audience}");
        let token = renewed.json()["refresh_token"]
            .as_str()
            .expect("a token")
            .to_owned();
        world.wait(idle * MINUTE);
        assert_eq!(
            renewed_by_program(&world, &token).await.status,
            401,
            "{audience}"
        );
    }
}

#[tokio::test]
async fn a_browser_keeps_what_says_whose_session_it_was_and_is_led_to_sign_in_where_that_is_needed()
{
    for (audience, idle) in [("patient", 20), ("staff", 30)] {
        let world = World::new().await;
        let browser = signed_in(&world, audience).await;
        world.wait(idle * MINUTE);
        let passing = browser.get("/booking/slots").await;
        let on = browser.get(&location(&passing)).await;
        assert_eq!(location(&on), "/booking/slots", "{audience}");
        assert!(!browser.is_signed_in(), "it is forgotten then");
        let over = browser.get("/booking/slots").await;
        assert_eq!(
            location(&over),
            "/identity/sign-in?return_to=%2Fbooking%2Fslots"
        );
    }
    let world = World::new().await;
    let browser = signed_in(&world, "patient").await;
    world.wait(5 * HOUR - 1);
    assert!(browser.cookie("__Host-refresh").is_some());
    world.wait(1);
    assert_eq!(browser.cookie("__Host-refresh"), None);
}

#[tokio::test]
async fn every_page_says_who_is_signed_in_and_staffs_where_too() {
    let world = World::new().await;
    let body = json!({
        "kind": "free-time", "starts_at": "2026-11-30T13:00", "minutes": 15, "reason": "Hosta",
        "patient": { "personal_identity": ALEX, "name": "Alex Blom" },
    });
    let booked = world.post(ANNA, "/booking/v1/appointments", body).await;
    assert_eq!(booked.status, 201, "{}", booked.text);
    let patient = signed_in(&world, "patient").await;
    let staff = signed_in(&world, "staff").await;
    for (browser, told) in [
        (&patient, "</span>Alex Blom</p>"),
        (&staff, "</span>Stig Testkvist, "),
    ] {
        let page = browser.get("/identity/signed-out").await;
        assert!(!page.text.contains("class=\"who\""), "{}", page.text);
        let page = browser.get("/identity/sign-in").await;
        assert!(page.text.contains(told), "{}", page.text);
        let kept = browser.cookie("__Host-name").expect("a cookie");
        assert!(!kept.contains("Alex") && !kept.contains("Stig"), "{kept}");
    }
    // Whoever signs in here next is somebody else.
    world.claim(PATIENTS, NUMBER, json!(BO));
    assert_eq!(patient.sign_in("patient").await.status, 303);
    let page = patient.get("/identity/sign-in").await;
    assert!(!page.text.contains("Alex Blom"), "{}", page.text);
    staff.post("/identity/sign-out", "").await;
    assert_eq!(staff.cookie("__Host-name"), None);
}

#[tokio::test]
async fn a_session_ends_at_its_limit_however_busy_and_no_token_outlives_it() {
    for (audience, hours) in [("patient", 4), ("staff", 12)] {
        let world = World::new().await;
        let browser = signed_in(&world, audience).await;
        let mut token = refresh(&browser);
        let mut last = Value::Null;
        for _ in 0..(hours * 4 - 1) {
            world.wait(15 * MINUTE);
            let renewed = renewed_by_program(&world, &token).await;
            assert_eq!(renewed.status, 200, "{audience}");
            last = renewed.json();
            token = last["refresh_token"].as_str().expect("a token").to_owned();
        }
        world.wait(10 * MINUTE);
        let renewed = renewed_by_program(&world, &token).await;
        assert_eq!(renewed.status, 200);
        assert_eq!(
            renewed.json()["expires_at"],
            last["ends_at"],
            "cut at the end"
        );
        token = renewed.json()["refresh_token"]
            .as_str()
            .expect("a token")
            .to_owned();
        world.wait(5 * MINUTE);
        assert_eq!(renewed_by_program(&world, &token).await.status, 401);
    }
    assert_eq!(4 * HOUR, 240 * MINUTE);
}

#[tokio::test]
async fn signing_out_ends_the_session_here_and_at_the_provider() {
    let world = World::new().await;
    for (audience, issuer) in [("patient", PATIENTS), ("staff", STAFF)] {
        let browser = signed_in(&world, audience).await;
        let (token, refresh_token) = (browser.token(), refresh(&browser));
        let answer = browser.post("/identity/sign-out", "").await;
        assert_eq!(
            location(&answer),
            format!("/identity/signed-out?from={audience}")
        );
        assert_eq!(answer.headers["clear-site-data"], "\"storage\"");
        assert!(!browser.is_signed_in());
        assert_eq!(stands(&world, &token).await, 401);
        assert_eq!(renewed_by_program(&world, &refresh_token).await.status, 401);
        let page = browser.get(&location(&answer)).await;
        assert!(page.text.contains("Du är utloggad"));
        let onward = page.headers["refresh"].to_str().expect("text");
        assert!(
            onward.starts_with(&format!(
                "0; url={issuer}/end?client_id={CLIENT}&post_logout_redirect_uri="
            )),
            "{onward}"
        );
        assert!(
            !onward.contains("id_token"),
            "no personal number in an address"
        );
        let back = browser.get("/identity/signed-out").await;
        assert!(back.headers.get("refresh").is_none() && back.text.contains("Du är utloggad"));
    }
}

#[tokio::test]
async fn signing_out_everywhere_ends_all_of_ones_own_and_nobody_elses() {
    let world = World::new().await;
    let (phone, computer) = (
        signed_in(&world, "patient").await,
        signed_in(&world, "patient").await,
    );
    world.claim(PATIENTS, NUMBER, json!(BO));
    let other = signed_in(&world, "patient").await;
    phone.post("/identity/sign-out", "everywhere=true").await;
    assert_eq!(stands(&world, &computer.token()).await, 401);
    assert_eq!(stands(&world, &other.token()).await, 200);
    // A program, which may repeat it: ending what has ended is no error.
    for _ in 0..2 {
        let program = Request::post("/identity/v1/sign-out")
            .header("content-type", "application/json")
            .header("authorization", format!("Bearer {}", other.token()))
            .body(Body::from("{}"));
        assert_eq!(world.send(program.expect("a request")).await.status, 204);
        assert_eq!(stands(&world, &other.token()).await, 401);
    }
}

#[tokio::test]
async fn the_units_administrator_ends_a_practitioners_sessions_there_and_nobody_elses() {
    let world = World::new().await;
    let anna = signed_in(&world, "staff").await;
    let patient = signed_in(&world, "patient").await;
    let administrator = world.sign(&world.administrator());
    let sign_out = async |practitioner: &str| {
        let request = Request::post(format!(
            "/identity/v1/practitioners/{practitioner}/sign-out"
        ))
        .header("content-type", "application/json")
        .header("authorization", format!("Bearer {administrator}"))
        .body(Body::from("{}"));
        world.send(request.expect("a request")).await
    };
    for stranger in [EVA, "SE2321000131-NOBODY", "nonsense"] {
        assert_eq!(sign_out(stranger).await.status, 404, "{stranger}");
    }
    assert_eq!(stands(&world, &anna.token()).await, 200);
    let ended = sign_out(ANNA).await;
    assert_eq!(
        (ended.status.as_u16(), ended.json()),
        (200, json!({ "ended": 1 }))
    );
    assert_eq!(stands(&world, &anna.token()).await, 401);
    let renewed = renewed_by_program(&world, &refresh(&anna)).await;
    assert_eq!(renewed.status, 401, "nor is it renewed");
    assert_eq!(stands(&world, &patient.token()).await, 200);
    assert_eq!(
        sign_out(ANNA).await.json(),
        json!({ "ended": 0 }),
        "again is no error"
    );
}

#[tokio::test]
async fn a_form_of_the_administrators_page_does_the_same_and_leads_back() {
    let world = World::new().await;
    let anna = signed_in(&world, "staff").await;
    let administrator = world.sign(&world.administrator());
    let form = Request::post(format!("/identity/practitioners/{ANNA}/sign-out"))
        .header("content-type", "application/x-www-form-urlencoded")
        .header("authorization", format!("Bearer {administrator}"))
        .body(Body::empty());
    let answer = world.send(form.expect("a request")).await;
    assert_eq!(answer.status, 303);
    assert_eq!(
        answer.headers["location"],
        "/administration/operations?ended=1"
    );
    assert_eq!(stands(&world, &anna.token()).await, 401);
}

#[tokio::test]
async fn what_has_served_its_time_is_deleted_and_nothing_before() {
    const DAY: i64 = 24 * HOUR;
    let world = World::new().await;
    let old = signed_in(&world, "patient").await;
    let refresh_token = refresh(&old);
    for attempt in 0..250 {
        let bucket = format!("sign-in.{attempt}");
        world
            .run(
                "INSERT INTO rate_limits VALUES (?1, ?2, 1)",
                [bucket.as_str().into(), world.ports.clock.now().into()],
            )
            .await;
    }
    world
        .run(
            "INSERT INTO idempotency_keys VALUES ('someone', 'key', ?1, '', 201, '', ?2)",
            [PROVIDER.into(), world.ports.clock.now().into()],
        )
        .await;
    let tidied = async || {
        let told = world.run_job("/identity/v1/jobs/tidy").await;
        let count = |name: &str| told[name].as_i64().expect("a count");
        assert_eq!(told["left"], false);
        (count("sessions"), count("tries"), count("answers"))
    };
    let before = world.number("SELECT count(*) AS n FROM rate_limits").await;
    assert!(before >= 250);
    assert_eq!(tidied().await, (0, 0, 0), "all is young");
    world.wait(DAY + MINUTE);
    let new = signed_in(&world, "staff").await;
    assert_eq!(tidied().await, (0, 250, 1), "of a day ago");
    assert_eq!(stands(&world, &new.token()).await, 200);
    // A patient's session has four hours, and stands for thirty days more.
    world.wait(29 * DAY);
    assert_eq!(tidied().await.0, 0);
    world.wait(4 * HOUR);
    assert_eq!(tidied().await.0, 1);
    assert_eq!(world.number("SELECT count(*) AS n FROM sessions").await, 1);
    assert_eq!(
        world
            .number("SELECT count(*) AS n FROM refresh_tokens")
            .await,
        1
    );
    assert_eq!(renewed_by_program(&world, &refresh_token).await.status, 401);
}

#[tokio::test]
async fn a_unit_keeps_its_last_thousand_notifications_and_numbers_them_on() {
    let world = World::new().await;
    let write = async |care_unit: &str, wanted: i64| {
        world
            .run(
                "INSERT INTO notifications (care_unit_id, number, care_provider_id, kind, resource_type, resource_id, created_at)
WITH RECURSIVE numbers (number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM numbers WHERE number < ?2)
SELECT ?1, number, (SELECT care_provider_id FROM care_units WHERE id = ?1), 'patient-wrote', 'case', 'c', 1 FROM numbers",
                [care_unit.into(), wanted.into()],
            )
            .await;
    };
    write(UNIT, 1_250).await;
    write(YOUTH_UNIT, 1_000).await;
    let told = world.run_job("/identity/v1/jobs/tidy").await;
    assert_eq!(told["notifications"], 250);
    assert_eq!(told["left"], false);
    let newest = "SELECT max(number) - min(number) AS n FROM notifications GROUP BY care_unit_id HAVING max(number) = 1250";
    assert_eq!(world.number(newest).await, 999);
    assert_eq!(
        world
            .number("SELECT count(*) AS n FROM notifications")
            .await,
        2_000
    );
    let told = world.run_job("/identity/v1/jobs/tidy").await;
    assert_eq!(told["notifications"], 0);
}

#[tokio::test]
async fn signing_out_without_a_session_is_no_error_and_a_provider_that_is_down_holds_nobody() {
    let world = World::new().await;
    let nobody = Browser::new(&world).post("/identity/sign-out", "").await;
    assert_eq!(location(&nobody), "/identity/signed-out");
    world.provider(PATIENTS, |provider| {
        provider.layout = Some((503, String::new()))
    });
    let page = Browser::new(&world)
        .get("/identity/signed-out?from=patient")
        .await;
    assert_eq!(page.status, 200);
    assert!(page.headers.get("refresh").is_none());
}

#[tokio::test]
async fn signing_in_anew_ends_the_session_that_the_browser_had() {
    let world = World::new().await;
    let browser = signed_in(&world, "patient").await;
    let before = browser.token();
    browser.sign_in("staff").await;
    assert_eq!(stands(&world, &before).await, 401);
    assert_eq!(stands(&world, &browser.token()).await, 200);
}

#[tokio::test]
async fn cookies_of_two_people_in_one_browser_end_what_they_would_renew() {
    let world = World::new().await;
    let alex = signed_in(&world, "patient").await;
    world.claim(PATIENTS, NUMBER, json!(BO));
    let bo = signed_in(&world, "patient").await;
    alex.cookies
        .borrow_mut()
        .insert("__Host-refresh".into(), refresh(&bo));
    let answer = alex.get("/identity/renew?return_to=%2Fa").await;
    assert_eq!(location(&answer), "/a");
    assert!(!alex.is_signed_in());
    assert_eq!(stands(&world, &bo.token()).await, 401);
}

#[tokio::test]
async fn cut_and_made_up_cookies_open_and_end_nothing() {
    let world = World::new().await;
    let browser = signed_in(&world, "patient").await;
    let (token, refresh_token) = (browser.token(), refresh(&browser));
    for (session, renewal) in [
        (&token[..token.len() - 3], &refresh_token[..20]),
        ("x", "x"),
        ("e30.e30.e30", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
    ] {
        let other = Browser::new(&world);
        other
            .cookies
            .borrow_mut()
            .insert("__Host-session".into(), session.to_owned());
        let answer = other.get("/booking/v1/appointments").await;
        assert_eq!(answer.refused(), (401, "not-signed-in".into()));
        other
            .cookies
            .borrow_mut()
            .insert("__Host-refresh".into(), renewal.to_owned());
        let answer = other.get("/identity/renew").await;
        assert_eq!(location(&answer), "/");
        assert!(!other.is_signed_in());
    }
    assert_eq!(stands(&world, &token).await, 200);
}

#[tokio::test]
async fn a_practitioner_whose_commission_was_taken_away_is_not_renewed() {
    let world = World::new().await;
    let browser = signed_in(&world, "staff").await;
    world
        .run(
            "DELETE FROM commissions WHERE practitioner_id = ?1",
            [ANNA.into()],
        )
        .await;
    assert_eq!(
        renewed_by_program(&world, &refresh(&browser)).await.status,
        401
    );
    assert_eq!(stands(&world, &browser.token()).await, 401);
}

#[tokio::test]
async fn another_site_can_neither_sign_out_nor_renew() {
    let world = World::new().await;
    let browser = signed_in(&world, "patient").await;
    let cookies = format!(
        "__Host-session={}; __Host-refresh={}",
        browser.token(),
        refresh(&browser)
    );
    for (path, kind, body) in [
        (
            "/identity/sign-out",
            "application/x-www-form-urlencoded",
            "",
        ),
        ("/identity/v1/renew", "application/json", "{}"),
        ("/identity/v1/sign-out", "application/json", "{}"),
        ("/booking/v1/appointments", "application/json", "{}"),
    ] {
        for (name, value) in [
            ("sec-fetch-site", "cross-site"),
            ("origin", "https://elsewhere.example"),
            ("origin", "null"),
            ("x-nothing", "x"),
        ] {
            let request = Request::post(path)
                .header("content-type", kind)
                .header("cookie", &cookies)
                .header(name, value)
                .body(Body::from(body));
            let answer = world.send(request.expect("a request")).await;
            assert_eq!(
                answer.refused(),
                (403, "cross-site".into()),
                "{path} {name}"
            );
        }
    }
    assert_eq!(stands(&world, &browser.token()).await, 200);
}

#[tokio::test]
async fn a_script_of_our_own_renews_by_cookie() {
    let world = World::new().await;
    let browser = signed_in(&world, "patient").await;
    let cookies = format!(
        "__Host-session={}; __Host-refresh={}",
        browser.token(),
        refresh(&browser)
    );
    let renew = || {
        let request = Request::post("/identity/v1/renew")
            .header("content-type", "application/json")
            .header("cookie", &cookies)
            .header("sec-fetch-site", "same-origin")
            .body(Body::from("{}"));
        world.send(request.expect("a request"))
    };
    let answer = renew().await;
    assert_eq!((answer.status.as_u16(), answer.text.as_str()), (204, ""));
    assert_eq!(answer.headers.get_all("set-cookie").iter().count(), 2);
    let other_tab = renew().await;
    assert_eq!(other_tab.status, 204);
    assert_eq!(other_tab.headers.get_all("set-cookie").iter().count(), 0);
    world.wait(10_000);
    assert_eq!(renew().await.status, 401);
}

#[tokio::test]
async fn the_store_holds_no_token_and_the_schema_keeps_what_has_ended() {
    let world = World::new().await;
    let browser = signed_in(&world, "patient").await;
    let kept = world.ports.store.query(shared::platform::Statement::new(
        "SELECT hash FROM refresh_tokens",
        [],
    ));
    let kept = kept.await.expect("rows");
    assert_ne!(
        kept.rows.first().expect("one").text("hash"),
        Ok(refresh(&browser).as_str())
    );
    browser.post("/identity/sign-out", "").await;
    let revived = world.ports.store.query(shared::platform::Statement::new(
        "UPDATE sessions SET ended_at = NULL",
        [],
    ));
    assert!(
        revived
            .await
            .is_err_and(|error| error.refused_by("sessions_stay_ended"))
    );
}
