//! The schedule: a day side by side, a week, who may see it, and what leads from it to booking's forms.

use serde_json::json;
use world::*;

async fn ground() -> World {
    let functions: [Function; 2] = [
        ("workspace", workspace::router),
        ("booking", booking::router),
    ];
    let world = World::new(&functions).await;
    let slots = morning(ANNA, "2026-11-30");
    let laid = world.post(ANNA, "/booking/v1/slot-templates", slots).await;
    assert_eq!(laid.status, 201, "{}", laid.text);
    world
}

const MONDAY: &str = "/workspace/schedule?view=day&date=2026-11-30";

/// The ids of the free slots that a schedule shows, in its order.
fn free(page: &str) -> Vec<String> {
    let slots = page.split("data-slot=\"").skip(1);
    slots
        .filter_map(|rest| rest.split('"').next().map(str::to_owned))
        .collect()
}

async fn booked(world: &World, slot: &str) -> String {
    let visit = json!({
        "kind": "scheduled", "slot": slot, "patient": patient(ALEX), "reason": "Hosta"
    });
    world
        .post(ANNA, "/booking/v1/appointments", visit)
        .await
        .id()
}

async fn free_time(world: &World, who: &str, starts_at: &str) -> String {
    let visit = json!({
        "kind": "free-time", "starts_at": starts_at, "minutes": 15, "patient": patient(ALEX),
        "reason": "Hosta"
    });
    world
        .post(who, "/booking/v1/appointments", visit)
        .await
        .id()
}

#[tokio::test]
async fn a_day_is_a_table_of_practitioners_with_its_visits_and_free_slots() {
    let world = ground().await;
    let slots = free(&world.get(ANNA, MONDAY).await.text);
    assert_eq!(slots.len(), 6);
    let id = booked(&world, &slots[1]).await;
    free_time(&world, STIG, "2026-11-30T13:10").await;
    let page = world.get(ANNA, MONDAY).await.text;
    for told in [
        "<caption>Hela enheten, måndag 30 november 2026</caption>",
        "<th scope=\"col\">Stig Testkvist (du)</th>",
        "<th scope=\"row\">09.30</th>",
        "09.30–10.00 Alex Blom",
        "13.10–13.25 Alex Blom",
        "09.00–09.30 ledig",
        "data-at=\"2026-11-30T13:00\"",
        &format!("href=\"/booking/appointments/{id}\""),
    ] {
        assert!(page.contains(told), "{told}: {page}");
    }
    assert_eq!(free(&page).len(), 5);
    let logged = "SELECT count(*) AS n FROM access_log WHERE resource_type = 'appointments'";
    assert_eq!(
        world.number(logged).await,
        1,
        "an empty schedule shows nobody"
    );
}

#[tokio::test]
async fn a_schedule_can_be_one_practitioners_or_a_week() {
    let world = ground().await;
    free_time(&world, STIG, "2026-12-02T13:10").await;
    let week = "/workspace/schedule?view=week&date=2026-12-02";
    let all = world.get(ANNA, week).await.text;
    assert!(all.contains("Hela enheten, vecka 49, 2026"), "{all}");
    assert!(all.contains("onsdag 2/12") && !all.contains("lördag"));
    assert_eq!(free(&all).len(), 6);
    let stig = world
        .get(ANNA, &format!("{week}&practitioner={STIG}"))
        .await
        .text;
    assert!(stig.contains("13.10–13.25") && free(&stig).is_empty());
    assert!(stig.contains("<th scope=\"row\">13.00</th>"));
}

#[tokio::test]
async fn nobody_of_another_unit_sees_the_schedule() {
    let world = ground().await;
    let slots = free(&world.get(ANNA, MONDAY).await.text);
    booked(&world, &slots[0]).await;
    let others = world.get(EVA, MONDAY).await.text;
    assert!(!others.contains("Alex") && free(&others).is_empty());
    let path = format!("{MONDAY}&practitioner={ANNA}");
    assert_eq!(world.get(EVA, &path).await.status, 404);
    assert_eq!(world.get(ALEX, MONDAY).await.status, 403);
    let protected = with(patient(BO), "protected_identity", json!(true));
    let visit = json!({
        "kind": "scheduled", "slot": slots[1], "patient": protected, "reason": "Hosta"
    });
    world
        .post(ANNA, "/booking/v1/appointments", visit)
        .await
        .id();
    let page = world.get(ANNA, MONDAY).await.text;
    assert!(
        page.contains("09.30–10.00 Skyddade personuppgifter"),
        "{page}"
    );
}

#[tokio::test]
async fn what_no_schedule_has_is_refused() {
    let world = ground().await;
    for wrong in [
        "date=igår",
        "date=9999-12-31",
        "date=-262143-01-01",
        "view=year",
        "date=%FF",
    ] {
        let page = world
            .get(ANNA, &format!("/workspace/schedule?{wrong}"))
            .await;
        assert_eq!(page.status, 422, "{wrong}");
        // A date is said at its field, over today's schedule.
        if wrong.starts_with("date") {
            assert!(page.text.contains("id=\"date-wrong\""), "{}", page.text);
            assert!(page.text.contains("måndag 23 november 2026</caption>"));
        }
    }
    let far = world.get(ANNA, "/workspace/schedule?date=9999-12-31").await;
    assert!(far.text.contains("name=\"date\" value=\"9999-12-31\""));
    for fine in [
        "",
        "date=&view=day&practitioner=",
        "view=week&date=2027-03-28",
    ] {
        let page = world
            .get(ANNA, &format!("/workspace/schedule?{fine}"))
            .await;
        assert_eq!(page.status, 200, "{fine}");
    }
}

#[tokio::test]
async fn free_slots_are_withdrawn_by_form_all_or_none_and_the_form_leads_back() {
    let world = ground().await;
    let slots = free(&world.get(ANNA, MONDAY).await.text);
    let form = [
        ("key", "form-0000001"),
        ("action", "withdraw"),
        ("return_to", MONDAY),
        ("slot", slots[0].as_str()),
        ("slot", slots[1].as_str()),
    ];
    for _ in 0..2 {
        let done = world.submit(ANNA, "/booking/slots", &form).await;
        assert_eq!(done.status, 303, "{}", done.text);
        assert_eq!(done.headers["location"], MONDAY);
    }
    assert_eq!(free(&world.get(ANNA, MONDAY).await.text), slots[2..]);
    let mixed = [
        ("key", "form-0000002"),
        ("action", "withdraw"),
        ("slot", slots[2].as_str()),
        ("slot", slots[0].as_str()),
    ];
    let refused = world.submit(ANNA, "/booking/slots", &mixed).await;
    assert_eq!(refused.status, 422);
    let foreign = [
        ("key", "form-0000003"),
        ("action", "withdraw"),
        ("slot", slots[2].as_str()),
    ];
    let refused = world.submit(EVA, "/booking/slots", &foreign).await;
    assert_eq!(refused.status, 404);
    assert_eq!(free(&world.get(ANNA, MONDAY).await.text), slots[2..]);
}

#[tokio::test]
async fn a_visit_is_moved_by_form_and_the_form_leads_back_to_the_schedule() {
    let world = ground().await;
    let slots = free(&world.get(ANNA, MONDAY).await.text);
    let id = booked(&world, &slots[0]).await;
    let page = format!("/booking/appointments/{id}");
    let form = [
        ("key", "form-0000004"),
        ("action", "move"),
        ("slot", slots[2].as_str()),
        ("return_to", MONDAY),
    ];
    let moved = world.submit(ANNA, &page, &form).await;
    assert_eq!(moved.status, 303, "{}", moved.text);
    assert_eq!(moved.headers["location"], MONDAY);
    let shown = world.get(ANNA, MONDAY).await.text;
    assert!(shown.contains("10.00–10.30 Alex Blom") && free(&shown).contains(&slots[0]));
    let elsewhere = [
        ("key", "form-0000005"),
        ("action", "move"),
        ("slot", slots[3].as_str()),
        ("return_to", "https://elsewhere.example/"),
    ];
    let moved = world.submit(ANNA, &page, &elsewhere).await;
    assert_eq!(moved.headers["location"], "/");
}
