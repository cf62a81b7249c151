//! Signing in through the local identity providers, as a browser does it, page by page.

use super::*;
use crate::browser::Browser;

const SESSION: &str = "__Host-session";
const REFRESH: &str = "__Host-refresh";

async fn signed_in(world: &World, audience: &str, person: &str) -> Result<Browser, Failure> {
    let mut browser = Browser::new(world);
    let answer = browser.sign_in(audience, person).await?;
    sure(browser.cookie(SESSION).is_some(), answer.text)?;
    sure(browser.address.ends_with("/start"), &browser.address)?;
    Ok(browser)
}

fn token(browser: &Browser) -> Result<String, Failure> {
    Ok(browser.cookie(SESSION).ok_or("no session")?.to_owned())
}

async fn session(world: &World, token: &str) -> Result<Answer, Failure> {
    world.get_by(token, "/identity/v1/session").await
}

pub(super) async fn a_patient_signs_in_and_sees_their_own(world: World) -> Verdict {
    for person in ["alex.blom", "ali.nour", "okand.person", "ebba.hundra"] {
        let browser = signed_in(&world, "patient", person).await?;
        let by_sign_in = session(&world, &token(&browser)?).await?;
        same(&by_sign_in.json()["kind"], &json!("patient"))?;
        let own = world.get_by(&token(&browser)?, APPOINTMENTS).await?;
        about(person, same(own.outcome(), "200".into()))?;
    }
    Ok(())
}

pub(super) async fn a_practitioner_signs_in_and_works(world: World) -> Verdict {
    let browser = signed_in(&world, "staff", "anna.lind").await?;
    let view = session(&world, &token(&browser)?).await?.json();
    same(&view["practitioner"], &json!(NURSE))?;
    same(&view["role"], &json!("nurse"))?;
    same(
        world.get_by(&token(&browser)?, SLOTS).await?.outcome(),
        "200".into(),
    )
}

pub(super) async fn who_has_two_commissions_chooses_one(world: World) -> Verdict {
    let mut browser = Browser::new(&world);
    let page = browser.sign_in("staff", "lars.ek").await?;
    sure(page.text.contains("Välj uppdrag"), &page.text)?;
    sure(
        browser.cookie(SESSION).is_none(),
        "signed in before the choice",
    )?;
    let address = browser.address.clone();
    browser
        .follow(&address, Some("commission=SE165565594230-C107"), "/start")
        .await?;
    let view = session(&world, &token(&browser)?).await?.json();
    same(&view["care_unit"], &json!("SE165565594230-VF1A"))
}

pub(super) async fn a_child_is_told_where_to_turn(world: World) -> Verdict {
    let mut browser = Browser::new(&world);
    let page = browser.sign_in("patient", "liv.tolv").await?;
    same(page.status.as_u16(), 403)?;
    sure(
        page.text.contains("Du är för ung") && page.text.contains("1177"),
        &page.text,
    )?;
    sure(browser.cookie(SESSION).is_none(), "signed in")
}

pub(super) async fn who_stops_at_the_provider_is_not_signed_in(world: World) -> Verdict {
    let mut browser = Browser::new(&world);
    let page = browser.sign_in("patient", "").await?;
    same(page.status.as_u16(), 403)?;
    sure(page.text.contains("Inloggningen avbröts"), &page.text)?;
    sure(browser.cookie(SESSION).is_none(), "signed in")
}

pub(super) async fn an_answer_of_the_provider_is_good_once_and_in_its_own_browser(
    world: World,
) -> Verdict {
    let mut browser = Browser::new(&world);
    let begin = format!("{}/identity/sign-in/patient", world.address());
    browser.follow(&begin, None, "/start").await?;
    let attempt = browser
        .cookie("__Host-sign-in")
        .ok_or("no attempt")?
        .to_owned();
    let page = browser.address.clone();
    browser
        .follow(&page, Some("person=alex.blom"), "/identity/callback")
        .await?;
    let callback = browser.address.clone();
    let mut thief = Browser::new(&world);
    let stolen = thief.step(&callback, None).await?;
    same(stolen.status.as_u16(), 400)?;
    same(browser.step(&callback, None).await?.status.as_u16(), 303)?;
    sure(browser.cookie(SESSION).is_some(), "not signed in")?;
    thief.put_cookie("__Host-sign-in", &attempt);
    let replayed = thief.step(&callback, None).await?;
    same(replayed.status.as_u16(), 403)?;
    sure(
        thief.cookie(SESSION).is_none(),
        "signed in by a code that was used",
    )
}

pub(super) async fn a_session_is_renewed_once_by_each_refresh_token(world: World) -> Verdict {
    let browser = signed_in(&world, "staff", "stig.testkvist").await?;
    let first = browser
        .cookie(REFRESH)
        .ok_or("no refresh token")?
        .to_owned();
    let renew = async |token: &str| {
        let body = json!({ "refresh_token": token }).to_string();
        let headers = [("content-type", "application/json")];
        world
            .send("POST", "/identity/v1/renew", &headers, body)
            .await
    };
    let renewed = renew(&first).await?;
    same(renewed.outcome(), "200".into())?;
    let second = text(&renewed.json()["token"]);
    same(session(&world, &second).await?.outcome(), "200".into())?;
    refused(&renew(&first).await?, "401 not-signed-in")?;
    refused(&session(&world, &second).await?, "401 not-signed-in")?;
    refused(
        &renew(&text(&renewed.json()["refresh_token"])).await?,
        "401 not-signed-in",
    )
}

pub(super) async fn many_renewals_at_once_are_one(world: World) -> Verdict {
    let browser = signed_in(&world, "patient", "greta.alm").await?;
    let refresh = browser
        .cookie(REFRESH)
        .ok_or("no refresh token")?
        .to_owned();
    let body = json!({ "refresh_token": refresh }).to_string();
    let headers = [("content-type", "application/json")];
    let renewals = (0..8).map(|_| world.send("POST", "/identity/v1/renew", &headers, body.clone()));
    let answers = futures_util::future::join_all(renewals).await;
    let mut renewed = 0;
    for answer in answers {
        let answer = answer?;
        match answer.status.as_u16() {
            200 => renewed += 1,
            _ => refused(&answer, "401 not-signed-in")?,
        }
    }
    sure(renewed <= 1, format!("{renewed} renewals by one token"))
}

pub(super) async fn signing_out_ends_it_here_and_at_the_provider(world: World) -> Verdict {
    let mut browser = signed_in(&world, "patient", "mia.kvist").await?;
    let held = token(&browser)?;
    let address = format!("{}/identity/sign-out", world.address());
    let page = browser.follow(&address, Some(""), "/start").await?;
    sure(page.text.contains("Du är utloggad"), &page.text)?;
    sure(
        browser.cookie(SESSION).is_none() && browser.cookie(REFRESH).is_none(),
        "cookies stay",
    )?;
    refused(&session(&world, &held).await?, "401 not-signed-in")?;
    let onward = page
        .header("refresh")
        .strip_prefix("0; url=")
        .ok_or("no way to the provider")?
        .to_owned();
    let there = browser.follow(&onward, None, "/start").await?;
    same(there.status.as_u16(), 200)?;
    let (form, secret) = (
        between(&there.text, "action=\"", "\""),
        between(&there.text, "name=\"xsrf\" value=\"", "\""),
    );
    let back = browser
        .follow(
            form,
            Some(&format!("xsrf={secret}&logout=yes")),
            "/identity/signed-out",
        )
        .await?;
    same(back.status.as_u16(), 303)?;
    sure(
        browser.address.ends_with("/identity/signed-out"),
        &browser.address,
    )
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> &'a str {
    let rest = text.split_once(before).map_or("", |(_, rest)| rest);
    rest.split_once(after).map_or("", |(found, _)| found)
}

pub(super) async fn a_guest_opens_the_visit_by_link_and_nothing_else(world: World) -> Verdict {
    let soon = training::keys::now()
        .plus(10 * shared::time::MINUTE)
        .to_string();
    let body = json!({
        "kind": "video", "starts_at": soon, "minutes": 15, "reason": "Samtal", "allow_overlap": true,
        "patient": { "personal_identity": identity(random(50_000)), "name": "Alex Blom" },
        "participants": [{ "role": "relative", "name": "Sam Nour", "phone": "070-174 06 20" }],
    });
    let booked = world.post("anna.lind", APPOINTMENTS, body).await?;
    same(booked.outcome(), "201".into())?;
    let visit = booked.json();
    let who = json!({ "appointment": visit["id"], "participant": visit["participants"][0]["id"] });
    let issued = world
        .post("anna.lind", "/identity/v1/guest-links", who.clone())
        .await?;
    same(issued.outcome(), "201".into())?;
    let link = text(&issued.json()["link"]);
    let mut browser = Browser::new(&world);
    let looked = browser.step(&link, None).await?;
    same(looked.status.as_u16(), 200)?;
    sure(browser.cookie(SESSION).is_none(), "looking opened it")?;
    let landed = browser.follow(&link, Some(""), "/start").await?;
    sure(landed.text.contains("Du är med"), &landed.text)?;
    let held = token(&browser)?;
    same(
        &session(&world, &held).await?.json()["appointment"],
        &visit["id"],
    )?;
    refused(&world.get_by(&held, APPOINTMENTS).await?, "403 not-allowed")?;
    let revoked = world
        .post("anna.lind", "/identity/v1/guest-links/revoke", who)
        .await?;
    same(revoked.outcome(), "200".into())?;
    refused(&session(&world, &held).await?, "401 not-signed-in")?;
    same(
        Browser::new(&world)
            .step(&link, Some(""))
            .await?
            .status
            .as_u16(),
        404,
    )
}

pub(super) async fn another_site_cannot_use_a_browsers_session(world: World) -> Verdict {
    let browser = signed_in(&world, "patient", "bo.fors").await?;
    let cookies = format!("{SESSION}={}", token(&browser)?);
    for (name, value) in [
        ("sec-fetch-site", "cross-site"),
        ("origin", "https://elsewhere.example"),
    ] {
        let headers = [
            ("cookie", cookies.as_str()),
            ("content-type", "application/json"),
            (name, value),
        ];
        let answer = world
            .send("POST", "/identity/v1/sign-out", &headers, "{}")
            .await?;
        refused(&answer, "403 cross-site")?;
    }
    same(
        session(&world, &token(&browser)?).await?.outcome(),
        "200".into(),
    )
}

pub(super) async fn pages_are_in_both_languages_and_say_training(world: World) -> Verdict {
    for (language, words) in [("sv", "Logga in med 1177"), ("en", "Sign in with 1177")] {
        let headers = [("accept", "text/html"), ("accept-language", language)];
        let page = world.send("GET", "/identity/sign-in", &headers, "").await?;
        sure(
            page.text.contains(words) && page.text.contains("UTBILDNING"),
            &page.text,
        )?;
        let policy = page.header("content-security-policy");
        sure(
            policy.starts_with("default-src 'self'") && !policy.contains("unsafe"),
            policy,
        )?;
        let missing = world.send("GET", "/nothing", &headers, "").await?;
        same(missing.status.as_u16(), 404)?;
        sure(
            missing.header("content-type").starts_with("text/html"),
            &missing.text,
        )?;
    }
    let style = world
        .send("GET", shared::page::assets::STYLESHEET_PATH, &[], "")
        .await?;
    same(style.header("content-type"), "text/css; charset=utf-8")
}
