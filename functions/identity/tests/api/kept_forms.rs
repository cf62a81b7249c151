//! A form that is sent after its session has ended: kept, and shown again to whoever wrote it, and to nobody else.

use shared::time::{HOUR, MINUTE};

use crate::browser::{Browser, location};
use crate::provider::*;

const SENT: &str = "key=form-0000001&action=write&text=Jag+har+feber&reason=%3Cb%3EHosta";
const KEEP: &str = "/identity/kept-form?to=%2Fbooking%2Fnew%2Ffree-time";
const PAGE: &str = "/identity/kept-form";

async fn signed_in<'a>(world: &'a World, audience: &str) -> Browser<'a> {
    let browser = Browser::new(world);
    assert_eq!(browser.sign_in(audience).await.status, 303);
    browser
}

/// Keeps the form, and gives where the browser is led.
async fn kept(browser: &Browser<'_>) -> String {
    let answer = browser.post(KEEP, SENT).await;
    assert_eq!(answer.status, 303, "{}", answer.text);
    location(&answer)
}

fn is_shown(answer: &Answer) -> bool {
    [
        "action=\"/booking/new/free-time\"",
        "name=\"text\" value=\"Jag har feber\"",
        "name=\"key\" value=\"form-0000001\"",
        "&#60;b&#62;Hosta",
    ]
    .iter()
    .all(|told| answer.text.contains(told))
}

#[tokio::test]
async fn a_form_that_was_sent_late_is_there_again_after_a_silent_renewal() {
    let world = World::new().await;
    for audience in ["patient", "staff"] {
        let browser = signed_in(&world, audience).await;
        world.wait(16 * MINUTE);
        let renewal = kept(&browser).await;
        assert_eq!(renewal, "/identity/renew?return_to=%2Fidentity%2Fkept-form");
        let back = browser.get(&renewal).await;
        assert_eq!(location(&back), PAGE);
        let page = browser.get(PAGE).await;
        assert!(is_shown(&page), "{audience}: {}", page.text);
    }
}

#[tokio::test]
async fn after_a_session_has_ended_it_is_there_after_the_sign_in() {
    let world = World::new().await;
    let browser = signed_in(&world, "patient").await;
    world.wait(25 * MINUTE);
    let over = browser.get(&kept(&browser).await).await;
    assert_eq!(location(&over), PAGE);
    assert_eq!(
        location(&browser.get(PAGE).await),
        "/identity/sign-in?return_to=%2Fidentity%2Fkept-form"
    );
    assert_eq!(browser.sign_in("patient").await.status, 303);
    assert!(is_shown(&browser.get(PAGE).await));
    world.wait(HOUR);
    assert_eq!(browser.sign_in("patient").await.status, 303);
    let gone = browser.get(PAGE).await;
    assert_eq!((gone.status.as_u16(), location(&gone).as_str()), (303, "/"));
}

#[tokio::test]
async fn it_is_kept_where_the_script_of_its_page_was_told_of_the_end_first() {
    let world = World::new().await;
    for audience in ["patient", "staff"] {
        let browser = signed_in(&world, audience).await;
        world.wait(31 * MINUTE);
        let to = "return_to=%2Fmessaging%2Fchats%2Fx";
        let over = browser.fetch(&format!("/identity/renew?{to}")).await;
        assert_eq!(location(&over), format!("/identity/sign-in?{to}"));
        kept(&browser).await;
        assert_eq!(browser.sign_in(audience).await.status, 303);
        assert!(is_shown(&browser.get(PAGE).await), "{audience}");
    }
}

#[tokio::test]
async fn what_was_sent_to_a_flow_after_long_idleness_is_led_here_and_back() {
    let world = World::new().await;
    let browser = signed_in(&world, "staff").await;
    world.wait(3 * HOUR);
    let late = browser.post("/booking/new/free-time", SENT).await;
    assert_eq!(
        (late.status.as_u16(), location(&late).as_str()),
        (307, KEEP)
    );
    browser.get(&kept(&browser).await).await;
    assert_eq!(browser.sign_in("staff").await.status, 303);
    assert!(is_shown(&browser.get(PAGE).await));
}

#[tokio::test]
async fn whoever_signs_in_at_the_same_computer_sees_nothing_of_it() {
    let world = World::new().await;
    let browser = signed_in(&world, "patient").await;
    kept(&browser).await;
    assert_eq!(browser.sign_in("staff").await.status, 303);
    let other = browser.get(PAGE).await;
    assert_eq!(location(&other), "/");
    assert_eq!(browser.cookie("__Host-kept-form"), None, "it is forgotten");
}

#[tokio::test]
async fn a_form_of_nobodys_is_not_kept() {
    let world = World::new().await;
    let nobody = Browser::new(&world);
    assert_eq!(
        kept(&nobody).await,
        "/identity/sign-in?return_to=%2Fbooking%2Fnew%2Ffree-time"
    );
    assert_eq!(nobody.cookie("__Host-kept-form"), None);
    let signed_out = nobody.get(PAGE).await;
    assert!(location(&signed_out).starts_with("/identity/sign-in"));
    let foreign = signed_in(&world, "patient").await;
    let to = "/identity/kept-form?to=https%3A%2F%2Felsewhere.example%2F";
    foreign.post(to, SENT).await;
    let page = foreign.get(PAGE).await;
    assert!(page.text.contains("action=\"/\""), "{}", page.text);
}

#[tokio::test]
async fn what_is_shown_of_it_is_what_a_person_wrote() {
    let world = World::new().await;
    let browser = signed_in(&world, "patient").await;
    let sent = "key=form-0000009&whose=0123abcd&version=7&phone=070-174+06+05&language=sv&sms_consent=yes&practitioner=SE2321000131-P1&note=019aa000-0000-7000-8000-000000000000";
    browser
        .post("/identity/kept-form?to=%2Fportal%2Fprofile", sent)
        .await;
    let page = browser.get(PAGE).await.text;
    assert!(
        page.contains("<dt>Telefon</dt><dd class=\"text\">070-174 06 05</dd>"),
        "{page}"
    );
    assert_eq!(page.matches("<dt>").count(), 1, "{page}");
    for sent_along in [
        "0123abcd",
        "7",
        "sv",
        "SE2321000131-P1",
        "019aa000-0000-7000-8000-000000000000",
    ] {
        assert!(page.contains(&format!("value=\"{sent_along}\"")));
    }
}

#[tokio::test]
async fn a_form_with_a_file_is_kept_without_the_file_however_large_it_is() {
    let world = World::new().await;
    let browser = signed_in(&world, "patient").await;
    let to = "/booking/new/free-time?return_to=%2Fworkspace";
    let sent = |file: usize| {
        let field = |name: &str, value: &str| {
            format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
        };
        let [key, text] = [field("key", "form-0000002"), field("text", "Så\r\nhär <b>")];
        let file = field("file\"; filename=\"Alex Blom.jpg", &"x".repeat(file));
        format!("{key}{text}{file}--b--\r\n")
    };
    for file in [0, 300, 200_000] {
        assert_eq!(browser.sign_in("patient").await.status, 303);
        world.wait(16 * MINUTE);
        let late = browser.post_with_file(to, sent(file)).await;
        assert_eq!(late.status, 307, "{}", late.text);
        let kept = browser.post_with_file(&location(&late), sent(file)).await;
        assert_eq!(kept.status, 303, "{}", kept.text);
        browser.get(&location(&kept)).await;
        let page = browser.get(PAGE).await.text;
        for told in [
            &format!("action=\"{to}\" enctype=\"multipart/form-data\""),
            "name=\"key\" value=\"form-0000002\"",
            "<dd class=\"text\">Så\r\nhär &#60;b&#62;</dd>",
            "välja den på nytt",
        ] {
            assert!(page.contains(told), "{told}: {page}");
        }
        assert!(
            !page.contains("Alex Blom.jpg") && !page.contains("xxx"),
            "{page}"
        );
    }
}
