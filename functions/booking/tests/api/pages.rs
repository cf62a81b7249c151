//! The pages of visits with scripts off: staff book in three ways by form, the patient sees the visit, says "jag
//! är här" and cancels; what is wrong is said at its field, and nothing that was written is lost.
#![expect(
    clippy::expect_used,
    reason = "a test whose ground is missing stops at once"
)]

use serde_json::json;

use crate::world::*;

const NEW: [(&str, &str); 8] = [
    ("key", "form-0000001"),
    ("personal_identity", "19610307-2390"),
    ("name", "Alex Blom"),
    ("phone", "070-174 06 05"),
    ("sms_consent", "yes"),
    ("starts_at", "2026-11-24T08:00"),
    ("minutes", "20"),
    ("reason", "Hosta"),
];

fn with_field<'a>(
    fields: &[(&'a str, &'a str)],
    name: &'a str,
    value: &'a str,
) -> Vec<(&'a str, &'a str)> {
    let others = fields.iter().filter(|(other, _)| *other != name).copied();
    others.chain([(name, value)]).collect()
}

fn location(answer: &Answer) -> String {
    assert_eq!(answer.status, 303, "{}", answer.text);
    let location = answer.headers["location"].to_str();
    location.expect("a location").to_owned()
}

const VISITS: &str = "SELECT count(*) AS n FROM appointments";

#[tokio::test]
async fn a_form_sent_twice_books_once_and_leads_to_the_same_visit() {
    let world = World::new().await;
    let first = world.submit(ANNA, "/booking/new/free-time", &NEW).await;
    let again = world.submit(ANNA, "/booking/new/free-time", &NEW).await;
    assert_eq!(location(&first), location(&again));
    assert_eq!(world.number(VISITS).await, 1);
}

#[tokio::test]
async fn the_patient_sees_when_with_whom_and_how_to_prepare_and_no_more() {
    let world = World::new().await;
    let mut fields = NEW.to_vec();
    fields.push(("instructions", "Ta med listan över dina läkemedel"));
    fields.push(("entry", "Ring tillbaka"));
    let path = location(&world.submit(ANNA, "/booking/new/free-time", &fields).await);
    let page = world.get(ALEX, &path).await.text;
    for told in [
        "tisdag 24 november 2026 kl. 08.00–08.20",
        "Stig Testkvist, Sjuksköterska",
        "Ta med listan över dina läkemedel",
        "calendar.ics",
    ] {
        assert!(page.contains(told), "{told}: {page}");
    }
    for hidden in ["Ring tillbaka", ALEX, "<script>", "style="] {
        assert!(!page.contains(hidden), "{hidden}");
    }
    assert_eq!(world.get(BO, &path).await.status, 404);
    let staff = world.get(STIG, &path).await.text;
    assert!(staff.contains("Ring tillbaka") && staff.contains("Alex Blom"));
}

#[tokio::test]
async fn all_that_is_wrong_is_said_at_once_and_nothing_written_is_lost() {
    let world = World::new().await;
    let wrong = [
        ("key", "form-0000002"),
        ("personal_identity", "123"),
        ("phone", "abc"),
        ("starts_at", ""),
        ("minutes", "0x"),
        ("reason", ""),
        ("instructions", "Fasta från midnatt <b>"),
    ];
    let page = world.submit(ANNA, "/booking/new/free-time", &wrong).await;
    assert_eq!(page.status, 422);
    for field in [
        "personal_identity",
        "phone",
        "starts_at",
        "minutes",
        "reason",
    ] {
        assert!(page.text.contains(&format!("href=\"#{field}\"")), "{field}");
        assert!(
            page.text.contains(&format!("id=\"{field}-wrong\"")),
            "{field}"
        );
    }
    assert!(page.text.contains("value=\"123\""));
    assert!(page.text.contains("Fasta från midnatt &#60;b&#62;"));
    assert_eq!(world.number(VISITS).await, 0);
}

#[tokio::test]
async fn a_clash_is_a_warning_at_the_time_and_may_be_booked_over_by_name() {
    let world = World::new().await;
    world.submit(ANNA, "/booking/new/free-time", &NEW).await;
    let empty = world.get(ANNA, "/booking/new/free-time").await.text;
    assert!(empty.contains("tisdag 24 november 2026 kl. 08.00–08.20"));
    let other = with_field(&NEW, "personal_identity", BO);
    let other = with_field(&other, "key", "form-0000003");
    let page = world.submit(ANNA, "/booking/new/free-time", &other).await;
    assert_eq!(page.status, 422);
    assert!(page.text.contains("har redan ett besök då") && page.text.contains("Hosta"));
    let mut over = with_field(&other, "key", "form-0000004");
    over.push(("allow_overlap", "yes"));
    location(&world.submit(ANNA, "/booking/new/free-time", &over).await);
    assert_eq!(world.number(VISITS).await, 2);
}

#[tokio::test]
async fn a_slot_is_picked_by_day_and_one_that_was_taken_loses_nothing() {
    let world = World::new().await;
    let laid = world
        .post(
            ANNA,
            "/booking/v1/slot-templates",
            morning(ANNA, "2026-11-30"),
        )
        .await;
    assert_eq!(laid.status, 201, "{}", laid.text);
    let form = world.get(ANNA, "/booking/new/scheduled").await.text;
    assert!(
        form.contains("måndag 30 november 2026")
            && form.contains("09.00 Stig Testkvist, Sjuksköterska")
    );
    assert!(!form.contains(" checked"), "nothing is picked beforehand");
    let (_, rest) = form.split_once("name=\"slot\" value=\"").expect("a slot");
    let (slot, _) = rest.split_once('"').expect("an id");
    let fields = with_field(&NEW[..5], "slot", slot);
    let fields = with_field(&fields, "reason", "Hosta");
    location(&world.submit(ANNA, "/booking/new/scheduled", &fields).await);
    let late = with_field(&fields, "key", "form-0000005");
    let late = with_field(&late, "personal_identity", BO);
    let page = world.submit(STIG, "/booking/new/scheduled", &late).await;
    assert_eq!(page.status, 422);
    assert!(page.text.contains("hann bokas av någon annan") && page.text.contains("Hosta"));
}

#[tokio::test]
async fn a_video_visit_invites_participants_who_can_be_reached() {
    let world = World::new().await;
    let mut fields = NEW.to_vec();
    fields.push(("participant_role_1", "interpreter"));
    fields.push(("participant_name_1", "Sam Nour"));
    let page = world.submit(ANNA, "/booking/new/video", &fields).await;
    assert_eq!(page.status, 422);
    page.assert_tells(&[
        "href=\"#participant_phone_1\"",
        "aria-describedby=\"participant_phone_1-wrong\"",
        "id=\"participant_phone_1-wrong\"",
        "value=\"Sam Nour\"",
    ]);
    fields.push(("participant_phone_1", "070-174 06 20"));
    let path = location(&world.submit(ANNA, "/booking/new/video", &fields).await);
    let visit = world.get(ALEX, &path).await.text;
    assert!(visit.contains("Sam Nour, Tolk") && visit.contains("Videobesök"));
}

#[tokio::test]
async fn staff_sees_on_the_visits_page_which_participants_got_no_link() {
    let world = World::new().await;
    let mut video = free_time("2026-11-30T13:00", 30);
    video["kind"] = json!("video");
    video["participants"] = json!([
        { "role": "relative", "name": "Sam Nour", "phone": "070-174 06 20" },
        { "role": "interpreter", "name": "Tom Tolk", "email": "tolk@example.com" }
    ]);
    let path = format!("/booking/appointments/{}", world.book(video).await.id());
    let page = world.get(ANNA, &path).await.text;
    assert!(
        page.contains("Tom Tolk, Tolk. Inget sms med länk"),
        "{page}"
    );
    assert_eq!(page.matches("Inget sms med länk").count(), 1, "{page}");
    let own = world.get(ALEX, &path).await.text;
    assert!(!own.contains("Inget sms med länk"), "{own}");
}

#[tokio::test]
async fn the_patient_says_i_am_here_within_the_hour_and_cancels_in_time() {
    let world = World::new().await;
    let path = location(&world.submit(ANNA, "/booking/new/free-time", &NEW).await);
    let page = world.get(ALEX, &path).await.text;
    assert!(!page.contains("Jag är här</button>") && page.contains("En timme före besöket"));
    world.clock.set(at("2026-11-24T07:30"));
    let page = world.get(ALEX, &path).await.text;
    assert!(page.contains("Jag är här</button>") && page.contains("för sent att avboka"));
    let here = [("key", "form-0000006"), ("action", "arrive")];
    location(&world.submit(ALEX, &path, &here).await);
    let page = world.get(ALEX, &path).await.text;
    let (_, then) = page.split_once("Vi vet att du är här").expect("told");
    let update = format!("<a href=\"{path}\">Uppdatera</a>");
    assert!(then.contains(&update) && then.contains("Till besökets chatt"));
    let late = [("key", "form-0000007"), ("action", "cancel")];
    let refused = world.submit(ALEX, &path, &late).await;
    assert_eq!(refused.status, 422);

    let later = with_field(&NEW, "starts_at", "2026-12-01T08:00");
    let later = with_field(&later, "key", "form-0000008");
    let path = location(&world.submit(ANNA, "/booking/new/free-time", &later).await);
    location(&world.submit(ALEX, &path, &late).await);
    assert!(world.get(ALEX, &path).await.text.contains("Avbokat"));
}

#[tokio::test]
async fn who_is_to_call_the_unit_reads_how() {
    let world = World::new().await;
    let later = with_field(&NEW, "starts_at", "2026-12-01T08:00");
    let path = location(&world.submit(ANNA, "/booking/new/free-time", &later).await);
    let page = world.get(ALEX, &path).await.text;
    assert!(page.contains("Avboka och kontakta mottagningen. Om du behöver mer hjälp"));
    world
        .run(
            "UPDATE care_units SET where_to_turn = 'Ring 08-465 004 10'",
            [],
        )
        .await;
    let page = world.get(ALEX, &path).await.text;
    assert!(
        page.contains("kontakta mottagningen. Ring 08-465 004 10"),
        "{page}"
    );
    world.clock.set(at("2026-12-01T07:30"));
    let page = world.get(ALEX, &path).await.text;
    assert!(
        page.contains("för sent att avboka här. Ring 08-465 004 10"),
        "{page}"
    );
}

#[tokio::test]
async fn after_its_end_nobody_is_told_to_come_back_before_the_visit() {
    let world = World::new().await;
    let path = location(&world.submit(ANNA, "/booking/new/free-time", &NEW).await);
    for (time, is_told) in [
        ("2026-11-24T06:59", true),
        ("2026-11-24T07:00", false),
        ("2026-11-24T08:20", false),
        ("2026-11-25T08:20", false),
    ] {
        world.clock.set(at(time));
        let page = world.get(ALEX, &path).await.text;
        assert_eq!(page.contains("En timme före besöket"), is_told, "{time}");
    }
}

#[tokio::test]
async fn staff_take_each_step_move_a_visit_and_say_why_they_cancel() {
    let world = World::new().await;
    let path = location(&world.submit(ANNA, "/booking/new/free-time", &NEW).await);
    let moved = [
        ("key", "form-0000009"),
        ("action", "move"),
        ("starts_at", "2026-11-24T09:00"),
    ];
    location(&world.submit(ANNA, &path, &moved).await);
    assert!(
        world
            .get(ANNA, &path)
            .await
            .text
            .contains("kl. 09.00–09.20")
    );
    let silent = [("key", "form-0000010"), ("action", "cancel")];
    let page = world.submit(ANNA, &path, &silent).await;
    assert_eq!(page.status, 422);
    assert!(page.text.contains("Skriv varför besöket avbokas"));
    world.clock.set(at("2026-11-24T08:55"));
    for (key, action) in [
        ("form-0000011", "arrive"),
        ("form-0000012", "start"),
        ("form-0000013", "complete"),
    ] {
        location(
            &world
                .submit(ANNA, &path, &[("key", key), ("action", action)])
                .await,
        );
    }
    assert!(world.get(ANNA, &path).await.text.contains("Klart"));
    let forged = [("key", "form-0000014"), ("action", "start")];
    assert_eq!(world.submit(ALEX, &path, &forged).await.status, 422);
}

const WEEKLY: [(&str, &str); 9] = [
    ("key", "form-0000020"),
    ("whose", "practitioner:SE2321000131-P1"),
    ("weekdays", "monday"),
    ("weekdays", "thursday"),
    ("from", "09:00"),
    ("to", "12:00"),
    ("minutes", "30"),
    ("valid_from", "2026-11-30"),
    ("valid_to", "2026-12-06"),
];

#[tokio::test]
async fn slots_are_set_up_by_form_once_and_what_clashes_is_told() {
    let world = World::new().await;
    for _ in 0..2 {
        let made = location(&world.submit(ANNA, "/booking/slots", &WEEKLY).await);
        assert_eq!(made, "/booking/slots?made=12&left_out=0");
    }
    let page = world
        .get(ANNA, "/booking/slots?made=12&left_out=0")
        .await
        .text;
    for told in [
        "12 tider är upplagda.",
        "måndag, torsdag 09.00–12.00, 30 min",
    ] {
        assert!(page.contains(told), "{told}: {page}");
    }
    let again = with_field(&WEEKLY, "key", "form-0000021");
    let again = location(&world.submit(ANNA, "/booking/slots", &again).await);
    assert_eq!(again, "/booking/slots?made=0&left_out=12");
    let slots = "SELECT count(*) AS n FROM slots";
    assert_eq!(world.number(slots).await, 12);
    let foreign = with_field(&WEEKLY, "key", "form-0000022");
    let refused = world.submit(EVA, "/booking/slots", &foreign).await;
    assert_eq!(refused.status, 422);
    assert!(refused.text.contains("href=\"#whose\""));
    assert_eq!(world.number(slots).await, 12);
}

#[tokio::test]
async fn a_template_is_ended_by_form_once_and_the_visits_that_stay_are_shown() {
    let world = World::new().await;
    world.submit(ANNA, "/booking/slots", &WEEKLY).await;
    let slots = world.get(ANNA, "slots?from=2026-11-30").await.json()["slots"].clone();
    let slot = slots[0]["id"].as_str().expect("a slot");
    let visit = world.book(scheduled(slot, ALEX)).await.id();
    let page = world.get(ANNA, "/booking/slots").await.text;
    assert!(page.contains("11 lediga, 1 bokade"), "{page}");
    let (_, rest) = page
        .split_once("name=\"template\" value=\"")
        .expect("a form");
    let (template, _) = rest.split_once('"').expect("an id");
    let end = [
        ("key", "form-0000031"),
        ("action", "end"),
        ("template", template),
    ];
    assert_eq!(world.submit(EVA, "/booking/slots", &end).await.status, 404);
    for _ in 0..2 {
        let ended = location(&world.submit(ANNA, "/booking/slots", &end).await);
        assert_eq!(ended, format!("/booking/slots?ended={template}"));
    }
    let page = world
        .get(ANNA, &format!("/booking/slots?ended={template}"))
        .await
        .text;
    for told in [
        "Mallen är avslutad och dess lediga tider är tillbakadragna.",
        "De här besöken är bokade och står kvar:",
        &format!("href=\"/booking/appointments/{visit}\""),
    ] {
        assert!(page.contains(told), "{told}: {page}");
    }
    assert!(
        !page.contains("name=\"template\""),
        "it is gone from the list"
    );
    let free = world.get(ANNA, "slots?from=2026-11-30").await.json();
    assert_eq!(free["slots"], json!([]));
    // Another unit's staff see nothing of its visits.
    let foreign = format!("/booking/slots?ended={template}");
    assert!(!world.get(EVA, &foreign).await.text.contains(&visit));
}

#[tokio::test]
async fn what_is_wrong_with_slots_is_said_at_its_field_and_nothing_is_lost() {
    let world = World::new().await;
    let cases = [
        ("whose", "", "whose"),
        ("weekdays", "", "weekdays"),
        ("from", "25:00", "from"),
        ("to", "08:00", "to"),
        ("minutes", "0", "minutes"),
        ("pause_minutes", "x", "pause_minutes"),
        ("valid_to", "2026-11-01", "valid_to"),
        ("valid_from", "", "valid_from"),
        ("exceptions", "jul", "exceptions"),
    ];
    for (number, (field, value, told)) in cases.into_iter().enumerate() {
        let key = format!("form-{number:07}");
        let form = with_field(&with_field(&WEEKLY, field, value), "key", &key);
        let page = world.submit(ANNA, "/booking/slots", &form).await;
        assert_eq!(page.status, 422, "{field}");
        assert!(page.text.contains(&format!("href=\"#{told}\"")), "{field}");
        if field != "minutes" {
            assert!(
                page.text
                    .contains("id=\"minutes\" name=\"minutes\" autocomplete=\"off\" value=\"30\"")
            );
        }
    }
    assert_eq!(world.number("SELECT count(*) AS n FROM slots").await, 0);
}

#[tokio::test]
async fn the_schedule_leads_to_a_form_with_its_slot_picked() {
    let world = World::new().await;
    world.submit(ANNA, "/booking/slots", &WEEKLY).await;
    let slot = world.get(ANNA, "slots?from=2026-12-03").await.json()["slots"][0]["id"].clone();
    let slot = slot.as_str().expect("a slot").to_owned();
    let page = world
        .get(ANNA, &format!("/booking/new/scheduled?slot={slot}"))
        .await
        .text;
    assert!(
        page.contains(&format!("value=\"{slot}\" checked")),
        "{page}"
    );
    let wrong = world.get(ANNA, "/booking/new/scheduled?slot=1").await;
    assert!(!wrong.text.contains(" checked>"), "a slot that isn't there");
}

/// Lays out a Tuesday's slots, from eight to four.
async fn tuesday(world: &World, whose: (&str, &str), date: &str, minutes: i64) {
    let template = json!({
        (whose.0): whose.1,
        "recurrence": {
            "weekdays": ["tuesday"], "from": "08:00", "to": "16:00", "minutes": minutes,
            "valid_from": date, "valid_to": date
        }
    });
    let laid = world.post(ANNA, "slot-templates", template).await;
    assert_eq!(laid.status, 201, "{}", laid.text);
}

#[tokio::test]
async fn a_slot_weeks_ahead_is_booked_from_the_schedule_and_found_from_the_form() {
    let world = World::new().await;
    tuesday(&world, ("practitioner", ANNA), "2026-12-15", 30).await;
    let slots = world.get(ANNA, "slots?from=2026-12-15").await.json()["slots"].clone();
    let slot = slots[3]["id"].as_str().expect("a slot").to_owned();
    let picked = format!("value=\"{slot}\" checked");
    let form = "/booking/new/scheduled";
    let page = world.get(ANNA, form).await.text;
    assert!(page.contains("inga lediga tider de två veckor") && !page.contains(&slot));
    let page = world.get(ANNA, &format!("{form}?slot={slot}")).await.text;
    assert!(page.contains(&picked), "{page}");
    assert!(page.contains("<details open><summary>tisdag 15 december 2026"));
    // With a fault it is still picked.
    let unfit = with_field(&NEW[..5], "slot", &slot);
    let page = world.submit(ANNA, form, &unfit).await;
    assert_eq!(page.status, 422);
    assert!(page.text.contains(&picked), "{}", page.text);
    // Slots of other days are shown, and nothing that was written is lost.
    let fields = with_field(&NEW, "action", "change");
    let fields = with_field(&fields, "from", "2026-12-10T00:00");
    let page = world.submit(ANNA, form, &fields).await;
    assert_eq!(page.status, 200, "{}", page.text);
    for kept in ["19610307-2390", "Hosta", "2026-12-10T00:00", &slot] {
        assert!(page.text.contains(&format!("value=\"{kept}\"")), "{kept}");
    }
    let check = with_field(&fields, "action", "check");
    let check = with_field(&check, "slot", &slot);
    let page = world.submit(ANNA, form, &check).await.text;
    assert!(
        page.contains("name=\"from\" value=\"2026-12-10T00:00\""),
        "{page}"
    );
    let book = with_field(&check, "action", "book");
    let path = location(&world.submit(ANNA, form, &book).await);
    // It moves in the same way.
    let other = slots[5]["id"].as_str().expect("a slot").to_owned();
    assert!(!world.get(ANNA, &path).await.text.contains(&other));
    let later = format!("{path}?from=2026-12-15T10%3A30");
    let page = world.get(ANNA, &later).await.text;
    assert!(page.contains(&format!("value=\"{other}\"")), "{page}");
    let nowhere = [
        ("key", "form-0000061"),
        ("action", "move"),
        ("from", "2026-12-15T10:30"),
        ("slot", &slot),
    ];
    let page = world.submit(ANNA, &path, &nowhere).await;
    assert_eq!(page.status, 422);
    assert!(page.text.contains(&other), "{}", page.text);
    let moved = with_field(&nowhere, "slot", &other);
    let moved = with_field(&moved, "key", "form-0000062");
    location(&world.submit(ANNA, &path, &moved).await);
}

#[tokio::test]
async fn the_slots_of_a_day_that_has_more_than_a_form_shows_are_all_found() {
    let world = World::new().await;
    tuesday(&world, ("practitioner", ANNA), "2026-11-24", 2).await;
    let form = "/booking/new/scheduled";
    let count = |page: &str| page.matches("name=\"slot\"").count();
    let page = world.get(ANNA, form).await.text;
    assert_eq!(count(&page), 200);
    let from = [
        ("key", "form-0000063"),
        ("action", "change"),
        ("from", "2026-11-24T14:00"),
    ];
    let page = world.submit(ANNA, form, &from).await.text;
    assert_eq!(count(&page), 60);
    // The last one of the day, from the schedule.
    let last = "SELECT max(starts_at) AS n FROM slots";
    let last = shared::time::Timestamp::from_millis(world.number(last).await);
    let slots = world.get(ANNA, &format!("slots?from={last}")).await.json();
    let slot = slots["slots"][0]["id"].as_str().expect("a slot").to_owned();
    let page = world.get(ANNA, &format!("{form}?slot={slot}")).await.text;
    assert_eq!(count(&page), 201);
    assert!(page.contains(&format!("value=\"{slot}\" checked")));
    // A moment that is none shows the first ones.
    for nonsense in ["", "x", "2026-02-30T10:00", "-262143-01-01T00:00"] {
        let from = with_field(&from, "from", nonsense);
        let page = world.submit(ANNA, form, &from).await;
        assert_eq!(
            (page.status.as_u16(), count(&page.text)),
            (200, 200),
            "{nonsense}"
        );
    }
}

#[tokio::test]
async fn whose_a_slot_is_stands_in_the_list_on_the_check_and_where_a_visit_is_moved() {
    let world = World::new().await;
    tuesday(&world, ("practitioner", ANNA), "2026-11-24", 30).await;
    tuesday(&world, ("practitioner", STIG), "2026-11-24", 30).await;
    tuesday(&world, ("role", "nurse"), "2026-11-24", 30).await;
    let page = world.get(ANNA, "/booking/new/scheduled").await.text;
    let named = [
        "Stig Testkvist, Sjuksköterska",
        "Stig Testkvist, Läkare",
        "Vem som helst: Sjuksköterska",
    ];
    let slots = world.get(ANNA, "slots?to=2026-11-25&limit=3").await.json();
    let mut first = String::new();
    for slot in slots["slots"].as_array().expect("slots") {
        let id = slot["id"].as_str().expect("an id");
        let whose = match slot["practitioner"].as_str() {
            Some(ANNA) => named[0],
            Some(_) => named[1],
            None => named[2],
        };
        let (_, rest) = page.split_once(id).expect("the slot");
        let (label, _) = rest.split_once("</label>").expect("its label");
        assert!(label.contains(&format!("08.00 {whose}")), "{label}");
        let check = with_field(&NEW, "slot", id);
        let check = with_field(&check, "action", "check");
        let check = world.submit(ANNA, "/booking/new/scheduled", &check).await;
        let with = format!("<dt>Med</dt><dd>{whose}</dd>");
        assert!(check.text.contains(&with), "{}", check.text);
        first = id.to_owned();
    }
    let free_time = with_field(&NEW, "action", "check");
    let free_time = with_field(&free_time, "starts_at", "2026-11-25T08:00");
    let check = world
        .submit(ANNA, "/booking/new/free-time", &free_time)
        .await;
    let with = format!("<dt>Med</dt><dd>{}</dd>", named[0]);
    assert!(check.text.contains(&with), "{}", check.text);
    let book = with_field(&NEW, "slot", &first);
    let path = location(&world.submit(ANNA, "/booking/new/scheduled", &book).await);
    let page = world.get(ANNA, &path).await.text;
    for whose in named {
        assert!(page.contains(&format!("08.30 {whose}")), "{whose}: {page}");
    }
}

#[tokio::test]
async fn slots_that_cannot_all_be_withdrawn_come_back_with_the_ticks_and_which_is_taken() {
    let world = World::new().await;
    world.submit(ANNA, "/booking/slots", &WEEKLY).await;
    let slots = world.get(ANNA, "slots?from=2026-11-30").await.json()["slots"].clone();
    let slot = |place: usize| slots[place]["id"].as_str().expect("a slot").to_owned();
    let (first, taken, third) = (slot(0), slot(1), slot(2));
    let book = with_field(&NEW, "slot", &taken);
    location(&world.submit(ANNA, "/booking/new/scheduled", &book).await);
    let mut ticked = vec![
        ("key", "form-0000064"),
        ("action", "withdraw"),
        ("return_to", "/workspace/schedule?date=2026-11-30"),
        ("slot", &first),
        ("slot", &taken),
        ("slot", &third),
    ];
    let withdrawn = "SELECT count(*) AS n FROM slots WHERE withdrawn_at IS NOT NULL";
    let page = world.submit(ANNA, "/booking/slots", &ticked).await;
    assert_eq!(page.status, 422, "{}", page.text);
    assert_eq!(world.number(withdrawn).await, 0);
    for told in [
        "id=\"slot-wrong\"",
        "<li>måndag 30 november 2026 kl. 09.30, Stig Testkvist, Sjuksköterska</li>",
        "name=\"return_to\" value=\"/workspace/schedule?date=2026-11-30\"",
        &format!("value=\"{first}\" checked"),
        &format!("value=\"{third}\" checked"),
    ] {
        assert!(page.text.contains(told), "{told}: {}", page.text);
    }
    assert!(!page.text.contains(&taken));
    ticked.retain(|(_, value)| *value != taken);
    ticked[0] = ("key", "form-0000065");
    let back = location(&world.submit(ANNA, "/booking/slots", &ticked).await);
    assert_eq!(back, "/workspace/schedule?date=2026-11-30");
    assert_eq!(world.number(withdrawn).await, 2);
}

#[tokio::test]
async fn more_slots_than_are_withdrawn_at_once_come_back_with_as_many_ticked() {
    let world = World::new().await;
    tuesday(&world, ("practitioner", ANNA), "2026-11-24", 4).await;
    let slots = world.get(ANNA, "slots?from=2026-11-24").await.json()["slots"].clone();
    let ids: Vec<&str> = slots
        .as_array()
        .expect("slots")
        .iter()
        .filter_map(|slot| slot["id"].as_str())
        .collect();
    let mut ticked = vec![("key", "form-0000066"), ("action", "withdraw")];
    ticked.extend(ids[..101].iter().map(|id| ("slot", *id)));
    let page = world.submit(ANNA, "/booking/slots", &ticked).await;
    assert_eq!(page.status, 422, "{}", page.text);
    assert_eq!(page.text.matches("\" checked").count(), 100);
    assert!(page.text.contains("högst 100 tider går åt gången"));
}

#[tokio::test]
async fn a_scheduled_visit_moves_to_another_slot_by_form_and_a_taken_one_is_said() {
    let world = World::new().await;
    world.submit(ANNA, "/booking/slots", &WEEKLY).await;
    let slots = world.get(ANNA, "slots?from=2026-11-30").await.json()["slots"].clone();
    let slot = |place: usize| slots[place]["id"].as_str().expect("a slot").to_owned();
    let new = with_field(&NEW, "slot", "");
    let (first, second, third) = (slot(0), slot(1), slot(2));
    let path = location(
        &world
            .submit(
                ANNA,
                "/booking/new/scheduled",
                &with_field(&new, "slot", &first),
            )
            .await,
    );
    let other = with_field(&with_field(&new, "slot", &second), "personal_identity", BO);
    let other = with_field(&other, "key", "form-0000031");
    location(&world.submit(ANNA, "/booking/new/scheduled", &other).await);
    let page = world.get(ANNA, &path).await.text;
    assert!(page.contains(&format!("value=\"{third}\"")), "{page}");
    let to_taken = [
        ("key", "form-0000032"),
        ("action", "move"),
        ("slot", &second),
    ];
    let page = world.submit(ANNA, &path, &to_taken).await;
    assert_eq!(page.status, 422, "{}", page.text);
    assert!(page.text.contains("href=\"#slot\"") && page.text.contains("inte längre ledig"));
    let to_free = [
        ("key", "form-0000033"),
        ("action", "move"),
        ("slot", &third),
    ];
    location(&world.submit(ANNA, &path, &to_free).await);
    assert!(
        world
            .get(ALEX, &path)
            .await
            .text
            .contains("kl. 10.00–10.30")
    );
}

#[tokio::test]
async fn a_clash_is_told_before_the_button_and_nothing_is_booked_by_looking() {
    let world = World::new().await;
    let clear = with_field(&NEW, "action", "check");
    let page = world.submit(ANNA, "/booking/new/free-time", &clear).await;
    assert_eq!(page.status, 200, "{}", page.text);
    for told in [
        "Inget är bokat än.",
        "tisdag 24 november 2026 kl. 08.00–08.20",
        "krockar inte",
        "value=\"book\"",
        "name=\"phone\" value=\"070-174 06 05\"",
    ] {
        assert!(page.text.contains(told), "{told}: {}", page.text);
    }
    assert_eq!(world.number(VISITS).await, 0);
    let logged = "SELECT count(*) AS n FROM access_log WHERE resource_id = 'clashes'";
    assert_eq!(world.number(logged).await, 0, "nobody is known yet");

    world.submit(ANNA, "/booking/new/free-time", &NEW).await;
    let again = with_field(&clear, "key", "form-0000041");
    let page = world.submit(ANNA, "/booking/new/free-time", &again).await;
    for told in [
        "Du har redan ett besök då:",
        "Patienten har redan ett besök",
        "name=\"allow_overlap\"",
    ] {
        assert!(page.text.contains(told), "{told}: {}", page.text);
    }
    assert_eq!(world.number(logged).await, 1);
    let stigs = world.submit(STIG, "/booking/new/free-time", &again).await;
    assert!(!stigs.text.contains("Du har redan") && stigs.text.contains("Patienten har redan"));
    let booked = with_field(
        &with_field(&again, "action", "book"),
        "allow_overlap",
        "yes",
    );
    location(&world.submit(ANNA, "/booking/new/free-time", &booked).await);
    assert_eq!(world.number(VISITS).await, 2);
}

#[tokio::test]
async fn what_is_wrong_is_said_at_the_check_and_what_was_written_can_be_changed() {
    let world = World::new().await;
    for (field, value) in [
        ("name", ""),
        ("reason", ""),
        ("minutes", "481"),
        ("starts_at", "2020-01-01T08:00"),
    ] {
        let form = with_field(&with_field(&NEW, field, value), "action", "check");
        let page = world.submit(ANNA, "/booking/new/free-time", &form).await;
        assert_eq!(page.status, 422, "{field}");
        assert!(
            page.text.contains(&format!("href=\"#{field}\"")),
            "{field}: {}",
            page.text
        );
    }
    let change = with_field(&NEW, "action", "change");
    let page = world.submit(ANNA, "/booking/new/free-time", &change).await;
    assert_eq!(page.status, 200);
    assert!(
        page.text.contains("value=\"Hosta\"") && page.text.contains("value=\"2026-11-24T08:00\"")
    );
}

#[tokio::test]
async fn a_form_that_was_booked_and_is_changed_by_the_back_button_says_so() {
    let world = World::new().await;
    location(&world.submit(ANNA, "/booking/new/free-time", &NEW).await);
    let changed = with_field(&NEW, "starts_at", "2026-11-24T10:00");
    let page = world.submit(ANNA, "/booking/new/free-time", &changed).await;
    page.assert_sent_before("value=\"2026-11-24T10:00\"");
    assert_eq!(world.number(VISITS).await, 1);
}

#[tokio::test]
async fn the_visits_chat_is_a_button_from_an_hour_before() {
    let world = World::new().await;
    let path = location(&world.submit(ANNA, "/booking/new/free-time", &NEW).await);
    let form = path.replace("/booking/appointments/", "action=\"/messaging/visits/");
    for (time, has_button) in [
        ("2026-11-24T06:59", false),
        ("2026-11-24T07:00", true),
        ("2026-11-24T09:19", true),
    ] {
        world.clock.set(at(time));
        for person in [ANNA, ALEX] {
            let page = world.get(person, &path).await.text;
            assert_eq!(page.contains(&form), has_button, "{time} {person}");
        }
    }
    // Staff write about the visit beside it, also when it is over.
    world.clock.set(at("2026-11-24T09:20"));
    assert!(world.get(ANNA, &path).await.text.contains(&form));
    assert!(!world.get(ALEX, &path).await.text.contains(&form));
}

#[tokio::test]
async fn a_form_of_a_visit_or_of_slots_that_was_sent_and_is_changed_by_the_back_button_says_so() {
    let world = World::new().await;
    let path = location(&world.submit(ANNA, "/booking/new/free-time", &NEW).await);
    let moved = [
        ("key", "form-0000061"),
        ("action", "move"),
        ("starts_at", "2026-11-24T10:00"),
    ];
    location(&world.submit(ANNA, &path, &moved).await);
    let again = with_field(&moved, "starts_at", "2026-11-24T11:00");
    location(&world.submit(ANNA, "/booking/slots", &WEEKLY).await);
    let slots = with_field(&WEEKLY, "to", "13:00");
    for (path, fields, kept) in [
        (path.as_str(), again, "value=\"2026-11-24T11:00\""),
        ("/booking/slots", slots, "value=\"13:00\""),
    ] {
        let page = world.submit(ANNA, path, &fields).await;
        page.assert_sent_before(kept);
    }
}

#[tokio::test]
async fn a_visit_that_cannot_be_moved_there_comes_back_with_the_time_the_box_and_where_it_led() {
    let world = World::new().await;
    let path = location(&world.submit(ANNA, "/booking/new/free-time", &NEW).await);
    let other = with_field(&NEW, "personal_identity", BO);
    let other = with_field(&other, "starts_at", "2026-11-24T10:00");
    let other = with_field(&other, "key", "form-0000051");
    location(&world.submit(ANNA, "/booking/new/free-time", &other).await);
    let busy = [
        ("key", "form-0000052"),
        ("action", "move"),
        ("starts_at", "2026-11-24T10:00"),
        ("return_to", "/workspace/schedule?day=2026-11-24"),
    ];
    let page = world.submit(ANNA, &path, &busy).await;
    assert_eq!(page.status, 422);
    for kept in [
        "value=\"2026-11-24T10:00\"",
        "value=\"/workspace/schedule?day=2026-11-24\"",
        "aria-describedby=\"starts_at-wrong\"",
    ] {
        assert!(page.text.contains(kept), "{kept}: {}", page.text);
    }
    let mut past = with_field(&busy, "starts_at", "2026-11-01T10:00");
    past.push(("allow_overlap", "yes"));
    let past = with_field(&past, "key", "form-0000053");
    let page = world.submit(ANNA, &path, &past).await;
    assert_eq!(page.status, 422);
    assert!(
        page.text
            .contains("name=\"allow_overlap\" value=\"yes\" checked"),
        "{}",
        page.text
    );
}

#[tokio::test]
async fn a_visit_moved_to_before_the_age_limit_says_so_at_the_time() {
    let world = World::new().await;
    // Sixteen years old on 24 November 2026, and not the day before.
    let young = with_field(&NEW, "personal_identity", "201011242383");
    let path = location(&world.submit(ANNA, "/booking/new/free-time", &young).await);
    let earlier = [
        ("key", "form-0000054"),
        ("action", "move"),
        ("starts_at", "2026-11-23T15:00"),
    ];
    let page = world.submit(ANNA, &path, &earlier).await;
    assert_eq!(page.status, 422, "{}", page.text);
    assert!(page.text.contains("id=\"starts_at-wrong\""));
    assert!(page.text.contains("under enhetens åldersgräns"));
}

/// As a browser asks that shows pages, with or without somebody's session.
async fn as_browser(
    world: &World,
    person: Option<&str>,
    request: http::request::Builder,
) -> Answer {
    let mut request = request.header("accept", "text/html");
    if let Some(person) = person {
        let cookie = format!("__Host-session={}", world.token(person));
        request = request
            .header("cookie", cookie)
            .header("sec-fetch-site", "same-origin");
    }
    let request = request.body(axum::body::Body::from("key=form-0000031"));
    world.send(request.expect("a request")).await
}

#[tokio::test]
async fn the_calendar_file_leads_a_person_to_sign_in_and_tells_a_program_the_problem() {
    let world = World::new().await;
    let visit = location(&world.submit(ANNA, "/booking/new/free-time", &NEW).await);
    let id = visit.rsplit('/').next().expect("an id");
    let file = format!("/booking/v1/appointments/{id}/calendar.ics");
    let out = as_browser(&world, None, http::Request::get(&file)).await;
    let sign_in = format!(
        "/identity/sign-in?return_to={}",
        shared::page::percent_encoded(&file)
    );
    assert_eq!(location(&out), sign_in);
    let old = http::Request::get(&file).header("cookie", "__Host-refresh=x");
    let renewed = location(&as_browser(&world, None, old).await);
    assert!(renewed.starts_with("/identity/renew?"), "{renewed}");
    let file_of_alex = as_browser(&world, Some(ALEX), http::Request::get(&file)).await;
    assert_eq!(
        file_of_alex.headers["content-type"],
        "text/calendar; charset=utf-8"
    );
    let program = http::Request::get(&file).body(axum::body::Body::empty());
    let program = world.send(program.expect("a request")).await;
    assert_eq!(program.refused(), (401, "not-signed-in".into()));
}

#[tokio::test]
async fn a_form_is_refused_that_somebody_else_opened_or_that_was_opened_at_another_unit() {
    let world = World::new().await;
    let page = world.get(ANNA, "/booking/new/free-time").await;
    let key = key_of(&page.text);
    let fields = with_field(&NEW, "key", &key);
    for other in [EVA, STIG] {
        let refused = world.submit(other, "/booking/new/free-time", &fields).await;
        assert_eq!(refused.refused(), (409, "others-form".into()), "{other}");
    }
    assert_eq!(world.number(VISITS).await, 0);
    let refused = http::Request::post("/booking/new/free-time")
        .header("content-type", "application/x-www-form-urlencoded")
        .header("sec-fetch-site", "same-origin")
        .header("accept", "text/html")
        .header("cookie", format!("__Host-session={}", world.token(EVA)))
        .body(axum::body::Body::from(format!("key={key}")));
    let told = world.send(refused.expect("a request")).await.text;
    assert!(told.contains("Du är inloggad som någon annan"), "{told}");
    world.submit(ANNA, "/booking/new/free-time", &fields).await;
    assert_eq!(world.number(VISITS).await, 1);
}

fn key_of(page: &str) -> String {
    let (_, rest) = page.split_once("name=\"key\" value=\"").expect("a key");
    rest.split_once('"').expect("its end").0.to_owned()
}

#[tokio::test]
async fn one_is_where_a_form_stands_after_it_and_one_that_could_not_be_kept_leads_back_there() {
    let world = World::new().await;
    let faulty = as_browser(
        &world,
        Some(ANNA),
        http::Request::post("/booking/new/free-time")
            .header("content-type", "application/x-www-form-urlencoded"),
    )
    .await;
    assert_eq!(faulty.status, 422, "{}", faulty.text);
    let here = "name=\"return_to\" value=\"/booking/new/free-time\"";
    assert!(faulty.text.contains(here), "{}", faulty.text);
    let late = as_browser(
        &world,
        None,
        http::Request::post("/booking/new/free-time")
            .header("content-type", "multipart/form-data; boundary=x")
            .header("sec-fetch-site", "same-origin"),
    )
    .await;
    assert_eq!(late.status, 401);
    for told in [
        "return_to=%2Fbooking%2Fnew%2Ffree-time\"",
        "Inget har skickats",
        "välja den på nytt",
        "Logga in</a>",
    ] {
        assert!(late.text.contains(told), "{told}: {}", late.text);
    }
}

#[tokio::test]
async fn a_time_that_another_kind_of_visit_would_take_is_wrong_at_a_place_that_the_summary_finds() {
    let world = World::new().await;
    let visit = location(&world.submit(ANNA, "/booking/new/free-time", &NEW).await);
    world
        .submit(
            ANNA,
            &visit,
            &[
                ("key", "form-0000041"),
                ("action", "cancel"),
                ("reason", "Sjuk"),
            ],
        )
        .await;
    let late = [
        ("key", "form-0000042"),
        ("action", "move"),
        ("starts_at", "when I can"),
    ];
    let page = world.submit(ANNA, &visit, &late).await;
    assert_eq!(page.status, 422, "{}", page.text);
    assert!(page.text.contains("href=\"#starts_at\""), "{}", page.text);
    assert_eq!(page.text.matches("id=\"starts_at\"").count(), 1);
}
