//! The pages: the short link, picking a time without scripts, and staff's form, as a browser sends them.
#![expect(
    clippy::expect_used,
    reason = "a test whose ground is missing stops at once"
)]

use axum::body::Body;
use http::Request;
use serde_json::json;
use shared::time::HOUR;

use crate::world::*;

impl Clinic {
    /// A page, as somebody's browser asks for it.
    async fn page(&self, person: Option<&str>, path: &str) -> Answer {
        let mut request = Request::get(path).header("accept", "text/html");
        if let Some(person) = person {
            request = request.header("authorization", format!("Bearer {}", self.token(person)));
        }
        self.send(request.body(Body::empty()).expect("a request"))
            .await
    }

    /// A form, as somebody's browser sends it.
    async fn form(&self, person: &str, path: &str, body: &str) -> Answer {
        let request = Request::post(path)
            .header("accept", "text/html")
            .header("authorization", format!("Bearer {}", self.token(person)))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Body::from(format!("key={}&{body}", self.new_key())))
            .expect("a request");
        self.send(request).await
    }
}

fn location(answer: &Answer) -> &str {
    assert_eq!(answer.status, 303, "{}", answer.text);
    answer.headers["location"].to_str().expect("text")
}

#[tokio::test]
async fn the_link_leads_over_sign_in_to_the_times_and_to_the_visit() {
    let clinic = Clinic::new().await;
    let ticket = clinic.issue().await;
    let code = clinic.codes().await.remove(0);
    let link = format!("/t/{code}");
    let signed_out = clinic.page(None, &link).await;
    assert_eq!(
        location(&signed_out),
        format!("/identity/sign-in/patient?return_to=%2Ft%2F{code}")
    );
    // A preview or a scanner spends nothing.
    for _ in 0..3 {
        assert_eq!(
            location(&clinic.page(Some(ALEX), &link).await),
            format!("/tickets/{ticket}")
        );
    }
    let page = clinic.page(Some(ALEX), &format!("/tickets/{ticket}")).await;
    assert_eq!(page.status, 200, "{}", page.text);
    for shown in [
        "Välj en tid",
        "måndag 30 november 2026",
        "Förmiddag",
        "09.00",
        "Sjuksköterska",
        "Ingen tid passar",
        "<details open>",
    ] {
        assert!(
            page.text.contains(shown),
            "{shown} is missing: {}",
            page.text
        );
    }
    assert!(
        !page.text.contains(" checked"),
        "something is picked beforehand"
    );
    let slots = clinic.slots(ALEX, &ticket).await;
    let body = format!("action=redeem&slot={}", slots[1]);
    let booked = clinic
        .form(ALEX, &format!("/tickets/{ticket}"), &body)
        .await;
    assert_eq!(location(&booked), format!("/tickets/{ticket}"));
    let page = clinic.page(Some(ALEX), &format!("/tickets/{ticket}")).await;
    assert!(
        page.text.contains("Du har bokat en tid") && page.text.contains("09.30"),
        "{}",
        page.text
    );
    // Another time, from the same page.
    let page = clinic
        .page(Some(ALEX), &format!("/tickets/{ticket}?rebook=1"))
        .await;
    assert!(page.text.contains("Välj en annan tid"), "{}", page.text);
    let body = format!("action=rebook&slot={}", slots[4]);
    clinic
        .form(ALEX, &format!("/tickets/{ticket}"), &body)
        .await;
    let page = clinic.page(Some(ALEX), &format!("/tickets/{ticket}")).await;
    assert!(page.text.contains("11.00"), "{}", page.text);
}

#[tokio::test]
async fn the_first_page_after_the_link_says_what_is_agreed_to_and_how_personal_data_is_handled() {
    let clinic = Clinic::new().await;
    let ticket = clinic.issue().await;
    let path = format!("/tickets/{ticket}");
    for (language, agreed, handled) in [
        (
            "sv",
            "Genom att fortsätta godkänner du våra <a href=\"/portal/terms\">användarvillkor</a>.",
            "Läs mer om <a href=\"/portal/personal-data\">hur vi behandlar dina personuppgifter</a>.",
        ),
        (
            "en",
            "By continuing you accept our <a href=\"/portal/terms\">terms of use</a>.",
            "Read more about <a href=\"/portal/personal-data\">how we handle your personal data</a>.",
        ),
    ] {
        let request = Request::get(&path)
            .header("accept", "text/html")
            .header("accept-language", language)
            .header("authorization", format!("Bearer {}", clinic.token(ALEX)));
        let page = clinic
            .send(request.body(Body::empty()).expect("a request"))
            .await
            .text;
        assert!(page.contains(agreed) && page.contains(handled), "{page}");
    }
    // Whoever has booked has agreed.
    let slots = clinic.slots(ALEX, &ticket).await;
    clinic.redeem(ALEX, &ticket, &slots[1]).await;
    for path in [path.clone(), format!("{path}?rebook=1")] {
        let page = clinic.page(Some(ALEX), &path).await.text;
        assert!(!page.contains("Genom att fortsätta"), "{page}");
    }
}

#[tokio::test]
async fn a_form_without_a_time_or_with_one_that_was_taken_comes_back_with_the_times_that_are_left()
{
    let clinic = Clinic::new().await;
    let ticket = clinic.issue().await;
    let path = format!("/tickets/{ticket}");
    let slots = clinic.slots(ALEX, &ticket).await;
    let empty = clinic.form(ALEX, &path, "action=redeem").await;
    assert_eq!(empty.status, 422);
    assert!(
        empty.text.contains("Välj en av tiderna först."),
        "{}",
        empty.text
    );
    let bos = clinic.post(ANNA, "tickets", for_patient(BO)).await.id();
    clinic.redeem(BO, &bos, &slots[0]).await;
    let body = format!("action=redeem&slot={}", slots[0]);
    let taken = clinic.form(ALEX, &path, &body).await;
    assert_eq!(taken.status, 409);
    assert!(taken.text.contains("Tiden hann bokas"), "{}", taken.text);
    assert!(
        !taken.text.contains(&slots[0]) && taken.text.contains(&slots[1]),
        "{}",
        taken.text
    );
}

/// Lays out slots of some minutes, from eight to four, on weekdays of the week that tickets are for.
async fn lay_out(clinic: &Clinic, weekdays: &[&str], minutes: i64) {
    let template = json!({
        "practitioner": ANNA,
        "recurrence": {
            "weekdays": weekdays, "from": "08:00", "to": "16:00", "minutes": minutes,
            "valid_from": "2026-11-30", "valid_to": "2026-12-04"
        }
    });
    let laid = clinic
        .post(ANNA, "/booking/v1/slot-templates", template)
        .await;
    assert_eq!(laid.status, 201, "{}", laid.text);
}

/// The path that a page's link of some words leads to.
fn link<'a>(page: &'a str, words: &str) -> Option<&'a str> {
    let (before, _) = page.split_once(&format!("\">{words}</a>"))?;
    before.rsplit_once("href=\"").map(|(_, path)| path)
}

#[tokio::test]
async fn however_many_times_there_are_the_patient_comes_to_each_of_the_tickets_days() {
    let clinic = Clinic::new().await;
    let days = ["monday", "tuesday", "wednesday", "thursday", "friday"];
    lay_out(&clinic, &days, 5).await;
    let ticket = with(for_alex(), "minutes", json!(5));
    let ticket = clinic.post(ANNA, "tickets", ticket).await.id();
    let mut path = format!("/tickets/{ticket}");
    let named = [
        "måndag 30 november 2026",
        "tisdag 1 december 2026",
        "onsdag 2 december 2026",
        "torsdag 3 december 2026",
        "fredag 4 december 2026",
    ];
    let mut pages = vec![];
    for shown in [&named[..2], &named[2..4], &named[4..]] {
        let page = clinic.page(Some(ALEX), &path).await.text;
        for name in named {
            let summary = format!("<summary>{name}");
            assert_eq!(
                page.contains(&summary),
                shown.contains(&name),
                "{name} {path}"
            );
        }
        let is_first = path == format!("/tickets/{ticket}");
        assert_eq!(link(&page, "Visa de första dagarna").is_none(), is_first);
        path = link(&page, "Visa senare dagar")
            .unwrap_or_default()
            .to_owned();
        pages.push(page);
    }
    assert_eq!(path, "", "the last page leads no further");
    // What is picked on a later page is booked; where nothing is, or it was taken, the page is the same.
    let (_, rest) = pages[1]
        .split_once("name=\"slot\" value=\"")
        .expect("a slot");
    let (slot, _) = rest.split_once('"').expect("an id");
    let (_, cursor) = link(&pages[0], "Visa senare dagar")
        .and_then(|path| path.split_once("?cursor="))
        .expect("a cursor");
    let path = format!("/tickets/{ticket}");
    let none = format!("action=redeem&cursor={cursor}");
    let none = clinic.form(ALEX, &path, &none).await;
    assert_eq!(none.status, 422);
    assert!(none.text.contains(slot) && none.text.contains(&format!("value=\"{cursor}\"")));
    let pick = format!("action=redeem&cursor={cursor}&slot={slot}");
    location(&clinic.form(ALEX, &path, &pick).await);
    // Another time is found in the same way.
    let page = clinic.page(Some(ALEX), &format!("{path}?rebook=1")).await;
    let later = link(&page.text, "Visa senare dagar").expect("a link");
    let page = clinic.page(Some(ALEX), &later.replace("&amp;", "&")).await;
    assert!(page.text.contains("Välj en annan tid") && page.text.contains("onsdag 2 december"));
}

#[tokio::test]
async fn a_day_with_more_times_than_a_page_goes_on_on_the_next() {
    let clinic = Clinic::new().await;
    lay_out(&clinic, &["tuesday"], 2).await;
    let ticket = with(for_alex(), "minutes", json!(2));
    let ticket = clinic.post(ANNA, "tickets", ticket).await.id();
    let first = clinic.page(Some(ALEX), &format!("/tickets/{ticket}")).await;
    let times = |page: &Answer| page.text.matches("name=\"slot\"").count();
    assert_eq!(times(&first), 200);
    let later = link(&first.text, "Visa senare dagar").expect("a link");
    let page = clinic.page(Some(ALEX), later).await;
    assert_eq!(times(&page), 40);
    assert!(link(&page.text, "Visa senare dagar").is_none());
    // Where somebody took the rest meanwhile, the page says so and leads back.
    clinic
        .run(
            "UPDATE slots SET withdrawn_at = 1 WHERE ends_at - starts_at = 120000",
            [],
        )
        .await;
    let page = clinic.page(Some(ALEX), later).await.text;
    assert!(page.contains("Det finns inga fler lediga tider"), "{page}");
    assert!(link(&page, "Visa de första dagarna").is_some());
}

#[tokio::test]
async fn a_form_sent_twice_books_once_and_whoever_finds_no_time_tells_staff() {
    let clinic = Clinic::new().await;
    let ticket = clinic.issue().await;
    let path = format!("/tickets/{ticket}");
    let told = clinic
        .form(ALEX, &path, "action=none&reason=Jag+arbetar+dagtid")
        .await;
    assert_eq!(location(&told), format!("{path}?told=1"));
    let page = clinic.page(Some(ALEX), &format!("{path}?told=1")).await;
    assert!(
        page.text.contains("Mottagningen har fått ditt meddelande"),
        "{}",
        page.text
    );
    assert_eq!(clinic.number("SELECT count(*) AS n FROM tasks").await, 1);
    let slots = clinic.slots(ALEX, &ticket).await;
    for slot in [&slots[0], &slots[1]] {
        let body = format!("action=redeem&slot={slot}");
        assert_eq!(location(&clinic.form(ALEX, &path, &body).await), path);
    }
    assert_eq!(
        clinic
            .number("SELECT count(*) AS n FROM appointments")
            .await,
        1
    );
}

#[tokio::test]
async fn staff_issues_by_form_and_gets_back_what_was_written_where_something_is_wrong() {
    let clinic = Clinic::new().await;
    let form = |identity: &str| {
        format!(
            "personal_identity={identity}&name=Alex+Blom&phone=070-174+06+05&sms_consent=yes&role=nurse&minutes=30&first_day=2026-11-30&last_day=2026-12-04&valid_days=7&reason=Blodtryck"
        )
    };
    let wrong = clinic
        .form(ANNA, "/tickets/new", &form("196103072391"))
        .await;
    assert_eq!(wrong.status, 422);
    assert!(
        wrong.text.contains("aria-invalid=\"true\"") && wrong.text.contains("Blodtryck"),
        "{}",
        wrong.text
    );
    let sent = clinic.form(ANNA, "/tickets/new", &form(ALEX)).await;
    let page = clinic.page(Some(ANNA), location(&sent)).await;
    assert_eq!(page.status, 200, "{}", page.text);
    assert!(!page.text.contains("class=\"warning\""), "{}", page.text);
    let list = clinic.page(Some(ANNA), "/tickets").await;
    assert!(
        list.text.contains("Alex Blom") && list.text.contains("Öppen"),
        "{}",
        list.text
    );
    let ticket = clinic.get(ALEX, "tickets").await.json()["tickets"][0]["id"].clone();
    let path = format!("/tickets/{}/change", ticket.as_str().expect("an id"));
    let own = path.replace("/change", "");
    assert_eq!(
        location(&clinic.form(ANNA, &path, "action=revoke").await),
        own
    );
    let list = clinic.page(Some(ANNA), "/tickets").await;
    assert!(list.text.contains("Tillbakadragen"), "{}", list.text);
    let balance = clinic.page(Some(ANNA), "/tickets/capacity").await;
    assert!(balance.text.contains("Sjuksköterska"), "{}", balance.text);
}

#[tokio::test]
async fn staff_is_warned_on_the_new_tickets_page_of_too_few_times_and_of_a_message_that_did_not_go()
{
    let clinic = Clinic::new().await;
    let form = |more: &str| {
        format!(
            "personal_identity={ALEX}&name=Alex+Blom&role=nurse&first_day=2026-11-30&last_day=2026-12-04&reason=Blodtryck{more}"
        )
    };
    // Six half hours are free, and none of 45 minutes; the patient wants no messages.
    let sent = clinic
        .form(ANNA, "/tickets/new", &form("&minutes=45"))
        .await;
    let page = clinic.page(Some(ANNA), location(&sent)).await.text;
    assert!(page.contains("som passar den här: 0."), "{page}");
    assert!(page.contains("Inget sms har skickats"), "{page}");
    let plain = location(&sent)
        .split('?')
        .next()
        .expect("a path")
        .to_owned();
    let page = clinic.page(Some(ANNA), &plain).await.text;
    assert!(!page.contains("class=\"warning\""), "{page}");
    // Sent twice, the form leads to the list, where the one ticket stands.
    let key = clinic.new_key();
    let fields = [
        ("key", key.as_str()),
        ("personal_identity", ALEX),
        ("role", "nurse"),
        ("minutes", "30"),
        ("last_day", "2026-12-04"),
        ("reason", "Blodtryck"),
    ];
    let first = clinic.submit(ANNA, "/tickets/new", &fields).await;
    assert!(location(&first).ends_with("?issued=1"));
    let again = clinic.submit(ANNA, "/tickets/new", &fields).await;
    assert_eq!(location(&again), "/tickets");
}

#[tokio::test]
async fn staff_names_a_colleague_in_the_form_and_the_ticket_is_for_them_alone() {
    let clinic = Clinic::new().await;
    let form = clinic.page(Some(ANNA), "/tickets/new").await;
    assert!(
        form.text.contains(&format!("<option value=\"{STIG}\"")),
        "{}",
        form.text
    );
    // Nobody meets patients as an administrator.
    assert!(!form.text.contains(&format!("<option value=\"{OLOF}\"")));
    let ticket = |whom: &str| {
        format!(
            "personal_identity={ALEX}&name=Alex+Blom&role={whom}&minutes=30&last_day=2026-12-04&reason=Blodtryck"
        )
    };
    let sent = clinic.form(ANNA, "/tickets/new", &ticket(STIG)).await;
    assert_eq!(sent.status, 303, "{}", sent.text);
    let list = clinic.get(ANNA, "tickets").await.json();
    assert_eq!(list["tickets"][0]["practitioner"]["id"], STIG);
    // A colleague of another unit is refused at the field, which keeps what else was written.
    let wrong = clinic.form(ANNA, "/tickets/new", &ticket(EVA)).await;
    assert_eq!(wrong.status, 422, "{}", wrong.text);
    assert!(wrong.text.contains("href=\"#role\"") && wrong.text.contains("Blodtryck"));
    let nonsense = clinic.form(ANNA, "/tickets/new", &ticket("nobody")).await;
    assert_eq!(nonsense.status, 422);
}

#[tokio::test]
async fn staff_sees_a_ticket_and_extends_sends_and_takes_it_back_on_its_page() {
    let clinic = Clinic::new().await;
    let ticket = clinic.issue().await;
    let path = format!("/tickets/{ticket}");
    let change = format!("{path}/change");
    let page = clinic.page(Some(ANNA), &path).await;
    for part in [
        "Alex Blom",
        "Öppen",
        "name=\"valid_days\"",
        "name=\"last_day\" value=\"2026-12-04\"",
        &format!("/sms/messages/ticket/{ticket}"),
    ] {
        assert!(page.text.contains(part), "{part}: {}", page.text);
    }
    let valid_until = "SELECT max(valid_until) AS n FROM tickets";
    let before = clinic.number(valid_until).await;
    for unfit in ["7", "85", "x", ""] {
        let body = format!("action=extend&valid_days={unfit}");
        let wrong = clinic.form(ANNA, &change, &body).await;
        assert_eq!(wrong.status, 422, "{unfit}");
        assert!(
            wrong.text.contains("id=\"valid_days-wrong\""),
            "{}",
            wrong.text
        );
    }
    assert_eq!(clinic.number(valid_until).await, before);
    // No longer than the last day, and then only with a later one.
    let capped = "action=extend&valid_days=21&last_day=2026-12-04";
    assert_eq!(location(&clinic.form(ANNA, &change, capped).await), path);
    let wrong = clinic.form(ANNA, &change, capped).await;
    assert_eq!(wrong.status, 422);
    assert!(
        wrong.text.contains("id=\"last_day-wrong\""),
        "{}",
        wrong.text
    );
    let longer = "action=extend&valid_days=21&last_day=2026-12-31";
    assert_eq!(location(&clinic.form(ANNA, &change, longer).await), path);
    assert_eq!(clinic.number(valid_until).await, before + 14 * 24 * HOUR);
    let messages = "SELECT count(*) AS n FROM sms_outbox";
    let sent = clinic.number(messages).await;
    let again = clinic.form(ANNA, &change, "action=resend").await;
    assert_eq!(location(&again), path);
    assert_eq!(clinic.number(messages).await, sent + 1);
    // One that has expired opens again by being extended, and is not sent before.
    clinic.clock.set(at("2026-12-21T09:00"));
    let page = clinic.page(Some(ANNA), &path).await;
    assert!(page.text.contains("Utgången") && !page.text.contains("value=\"resend\""));
    let closed = clinic.form(ANNA, &change, "action=resend").await;
    assert_eq!(closed.status, 422);
    assert!(
        closed.text.contains("Biljetten har redan"),
        "{}",
        closed.text
    );
    let longer = "action=extend&valid_days=40";
    assert_eq!(location(&clinic.form(ANNA, &change, longer).await), path);
    let back = clinic.form(ANNA, &change, "action=revoke").await;
    assert_eq!(location(&back), path);
    let page = clinic.page(Some(ANNA), &path).await;
    assert!(page.text.contains("Tillbakadragen") && !page.text.contains("name=\"valid_days\""));
    assert_eq!(clinic.page(Some(EVA), &path).await.status, 404);
}

#[tokio::test]
async fn a_link_that_opens_nothing_says_what_to_do() {
    let clinic = Clinic::new().await;
    clinic.issue().await;
    let code = clinic.codes().await.remove(0);
    for (person, link) in [(ALEX, "/t/nonsense".to_owned()), (BO, format!("/t/{code}"))] {
        let page = clinic.page(Some(person), &link).await;
        assert_eq!(page.status, 404);
        assert!(
            page.text
                .contains("Ingen biljett öppnas med den här länken"),
            "{}",
            page.text
        );
    }
    let expired = clinic.post(ALEX, "open", json!({ "code": code })).await;
    assert_eq!(expired.status, 200);
}

#[tokio::test]
async fn the_booked_page_leads_to_where_the_visit_is_cancelled_and_the_times_are_back() {
    let clinic = Clinic::new().await;
    let ticket = clinic.issue().await;
    let slots = clinic.slots(ALEX, &ticket).await;
    let picked = clinic.redeem(ALEX, &ticket, &slots[0]).await.json();
    let visit = picked["appointment"].as_str().expect("an id");
    let visit = format!("/booking/appointments/{visit}");
    let own = format!("/tickets/{ticket}");
    let page = clinic.page(Some(ALEX), &own).await;
    assert!(page.text.contains(&format!("href=\"{visit}\"")));
    let cancelled = clinic.form(ALEX, &visit, "action=cancel").await;
    assert_eq!(location(&cancelled), visit);
    let page = clinic.page(Some(ALEX), &own).await;
    assert!(page.text.contains("Välj en tid"), "{}", page.text);
    assert_eq!(page.text.matches("type=\"radio\"").count(), slots.len());
}

#[tokio::test]
async fn nothing_that_was_written_is_lost_and_nothing_is_offered_that_would_be_refused() {
    let clinic = Clinic::new().await;
    let ticket = clinic.issue().await;
    let path = format!("/tickets/{ticket}");
    let long = clinic
        .form(
            ALEX,
            &path,
            &format!("action=none&reason={}", "a".repeat(501)),
        )
        .await;
    assert_eq!(long.status, 422);
    assert!(long.text.contains(&"a".repeat(501)), "{}", long.text);
    let unknown = "action=redeem&slot=019aa000-0000-7000-8000-000000000000";
    assert_eq!(clinic.form(ALEX, &path, unknown).await.status, 422);
    let slots = clinic.slots(ALEX, &ticket).await;
    clinic.redeem(ALEX, &ticket, &slots[0]).await;
    let rebook = format!("{path}?rebook=1");
    let link = format!("href=\"{rebook}\"");
    assert!(clinic.page(Some(ALEX), &path).await.text.contains(&link));
    clinic.clock.set(at("2026-11-29T09:00").plus(1));
    for page in [&path, &rebook] {
        let page = clinic.page(Some(ALEX), page).await;
        assert!(
            !page.text.contains(&link) && !page.text.contains("type=\"radio\""),
            "{}",
            page.text
        );
    }
}

#[tokio::test]
async fn the_form_begins_with_a_patient_and_warns_before_the_button_where_times_are_short() {
    let clinic = Clinic::new().await;
    let begun = format!("action=begin&personal_identity={ALEX}");
    let page = clinic.form(ANNA, "/tickets/new", &begun).await;
    assert_eq!(page.status, 200, "{}", page.text);
    assert!(page.text.contains(&format!("value=\"{ALEX}\"")));
    assert!(!page.text.contains("class=\"warning\""), "{}", page.text);
    assert_eq!(clinic.number("SELECT count(*) AS n FROM tickets").await, 0);
    let nobody_is_on = clinic.form(EVA, "/tickets/new", "action=begin").await;
    assert!(nobody_is_on.text.contains("Enheten har inga lediga tider"));
    let slots = "UPDATE slots SET withdrawn_at = 1 WHERE id <> (SELECT min(id) FROM slots)";
    clinic.run(slots, []).await;
    clinic.issue().await;
    let page = clinic.page(Some(ANNA), "/tickets/new").await;
    assert!(
        page.text.contains("class=\"warning\"") && page.text.contains("Öppna biljetter 1"),
        "{}",
        page.text
    );
}

#[tokio::test]
async fn all_that_is_wrong_with_a_ticket_is_said_at_its_field() {
    let clinic = Clinic::new().await;
    let wrong =
        "personal_identity=1&phone=abc&minutes=x&last_day=&valid_days=y&reason=&name=Alex+Blom";
    let page = clinic.form(ANNA, "/tickets/new", wrong).await;
    assert_eq!(page.status, 422);
    for field in [
        "personal_identity",
        "phone",
        "minutes",
        "last_day",
        "valid_days",
        "reason",
    ] {
        assert!(
            page.text.contains(&format!("href=\"#{field}\"")),
            "{field}: {}",
            page.text
        );
        assert!(
            page.text.contains(&format!("id=\"{field}-wrong\"")),
            "{field}"
        );
    }
    assert!(page.text.contains("value=\"Alex Blom\""));
}

#[tokio::test]
async fn a_visit_by_ticket_leads_to_another_time_without_giving_up_the_first() {
    let clinic = Clinic::new().await;
    let ticket = clinic.issue().await;
    let slots = clinic.slots(ALEX, &ticket).await;
    let picked = clinic.redeem(ALEX, &ticket, &slots[1]).await;
    let visit = picked.headers["location"].to_str().expect("a location");
    let path = visit.replace("/v1/", "/");
    let rebook = format!("href=\"/tickets/{ticket}?rebook=1\"");
    let page = clinic.page(Some(ALEX), &path).await;
    assert!(page.text.contains(&rebook), "{}", page.text);
    let staff = clinic.page(Some(ANNA), &path).await;
    assert!(!staff.text.contains(&rebook), "{}", staff.text);
    // Past the cut-off there is nothing to change any more.
    clinic.clock.set(at("2026-11-30T09:00"));
    let page = clinic.page(Some(ALEX), &path).await;
    assert!(!page.text.contains(&rebook), "{}", page.text);
}

#[tokio::test]
async fn a_ticket_that_is_closed_while_its_page_is_open_says_how_it_stands_and_what_was_written() {
    let clinic = Clinic::new().await;
    let ticket = clinic.issue().await;
    let path = format!("/tickets/{ticket}");
    let slots = clinic.slots(ALEX, &ticket).await;
    let redeem = format!("action=redeem&slot={}", slots[0]);
    let none = "action=none&reason=Jag+arbetar+dagtid";
    let revoke = format!("{path}/change");
    clinic.form(ANNA, &revoke, "action=revoke").await;
    for body in [redeem.as_str(), none] {
        let page = clinic.form(ALEX, &path, body).await;
        assert_eq!(page.status, 409, "{}", page.text);
        assert!(page.text.contains("dragits tillbaka"), "{}", page.text);
        assert!(page.text.contains("Kontakta mottagningen"));
        assert_eq!(page.text.contains("Jag arbetar dagtid"), body == none);
    }
    assert_eq!(clinic.number("SELECT count(*) AS n FROM tasks").await, 0);

    let other = clinic.issue().await;
    let path = format!("/tickets/{other}");
    clinic.clock.set(at("2026-12-21T09:00"));
    for body in [redeem.as_str(), none] {
        let page = clinic.form(ALEX, &path, body).await;
        assert_eq!(page.status, 409, "{}", page.text);
        assert!(page.text.contains("gått ut"), "{}", page.text);
    }
}

#[tokio::test]
async fn where_nothing_can_be_picked_any_more_the_page_says_where_to_turn() {
    let clinic = Clinic::new().await;
    let (expires, redeemed) = (clinic.issue().await, clinic.issue().await);
    let slots = clinic.slots(ALEX, &redeemed).await;
    clinic.redeem(ALEX, &redeemed, &slots[0]).await;
    clinic
        .run(
            "UPDATE care_units SET where_to_turn = 'Ring 08-465 004 10'",
            [],
        )
        .await;
    let page = clinic
        .page(Some(ALEX), &format!("/tickets/{redeemed}"))
        .await;
    assert!(!page.text.contains("Ring 08-465"), "{}", page.text);
    clinic.clock.set(at("2026-11-30T09:00"));
    for (ticket, told) in [
        (
            expires,
            "Kontakta mottagningen om du fortfarande behöver en tid.",
        ),
        (redeemed, "för sent att byta tid här."),
    ] {
        let page = clinic.page(Some(ALEX), &format!("/tickets/{ticket}")).await;
        let told = format!("{told} Ring 08-465 004 10");
        assert!(page.text.contains(&told), "{told}: {}", page.text);
    }
}

#[tokio::test]
async fn another_time_picked_too_late_is_said_on_the_tickets_page() {
    let clinic = Clinic::new().await;
    let ticket = clinic.issue().await;
    let path = format!("/tickets/{ticket}");
    let slots = clinic.slots(ALEX, &ticket).await;
    clinic.redeem(ALEX, &ticket, &slots[0]).await;
    clinic.clock.set(at("2026-11-30T08:00"));
    let body = format!("action=rebook&slot={}", slots[4]);
    let page = clinic.form(ALEX, &path, &body).await;
    assert_eq!(page.status, 409, "{}", page.text);
    assert!(page.text.contains("för sent att byta tid"), "{}", page.text);
    assert!(page.text.contains("Du har bokat en tid"), "{}", page.text);
}
