//! Digital colleagues: matters are offered, taken and handed over by forms alone.

use serde_json::json;
use world::*;

const PAGE: &str = "/workspace/colleagues";

async fn ground() -> World {
    let functions: [Function; 2] = [
        ("workspace", workspace::router),
        ("messaging", messaging::router),
    ];
    World::new(&functions).await
}

async fn case(world: &World) -> String {
    let case = json!({
        "patient": patient(ALEX), "subject": "Blodtryck", "closes_at": "2026-12-01T12:00"
    });
    let case = world.post(ANNA, "/messaging/v1/cases", case).await.id();
    format!("/messaging/chats/{case}")
}

async fn act(world: &World, who: &str, chat: &str, fields: &[(&str, &str)]) {
    let key = world.new_key();
    let mut form = vec![("key", key.as_str()), ("return_to", PAGE)];
    form.extend(fields);
    let done = world.submit(who, chat, &form).await;
    assert_eq!(done.status, 303, "{}", done.text);
    assert_eq!(done.headers["location"], PAGE);
}

/// Answers the one offer that stands on somebody's page, by its form.
async fn answer(world: &World, who: &str, chat: &str, how: &str) {
    let page = world.get(who, PAGE).await.text;
    let mut after = page.split("name=\"offer\" value=\"").skip(1);
    let offer = after.next().and_then(|rest| rest.split('"').next());
    let offer = offer.unwrap_or_default();
    act(world, who, chat, &[("action", how), ("offer", offer)]).await;
}

#[tokio::test]
async fn a_matter_goes_to_a_colleague_who_takes_it_with_what_they_should_know() {
    let world = ground().await;
    let chat = case(&world).await;
    let own = world.get(ANNA, PAGE).await.text;
    assert!(own.contains("Lämna över: Blodtryck"), "{own}");
    let offer = [
        ("action", "hand-over"),
        ("practitioner", STIG),
        ("handover_note", "Behöver en läkare"),
    ];
    act(&world, ANNA, &chat, &offer).await;
    let mine = world.get(ANNA, PAGE).await.text;
    assert!(mine.contains("Du har erbjudit") && mine.contains("Ta tillbaka: Blodtryck"));
    let stigs = world.get(STIG, PAGE).await.text;
    for told in ["Ta över: Blodtryck", "Behöver en läkare", "Alex Blom"] {
        assert!(stigs.contains(told), "{told}: {stigs}");
    }
    answer(&world, STIG, &chat, "accept").await;
    let stigs = world.get(STIG, PAGE).await.text;
    assert!(stigs.contains("Lämna över: Blodtryck"), "{stigs}");
    let mine = world.get(ANNA, PAGE).await.text;
    assert!(!mine.contains("Blodtryck"), "{mine}");
}

#[tokio::test]
async fn what_lies_in_the_pool_is_taken_by_one_and_the_second_is_told() {
    let world = ground().await;
    let chat = case(&world).await;
    let to_pool = [("action", "hand-over"), ("practitioner", "")];
    act(&world, ANNA, &chat, &to_pool).await;
    for who in [ANNA, STIG] {
        let page = world.get(who, PAGE).await.text;
        assert!(page.contains("Ta hand om: Blodtryck"), "{who}: {page}");
    }
    act(&world, STIG, &chat, &[("action", "take")]).await;
    let late = [("key", "form-0000001"), ("action", "take")];
    let late = world.submit(ANNA, &chat, &late).await;
    assert_eq!(late.status, 422);
    assert!(late.text.contains("Någon annan hann före"), "{}", late.text);
}

#[tokio::test]
async fn however_many_matters_one_has_the_pool_shows_its_own_and_the_page_says_that_there_are_more()
{
    let world = ground().await;
    let open = async |subject: &str, closes_at: &str| {
        let case = json!({ "patient": patient(ALEX), "subject": subject, "closes_at": closes_at });
        let case = world.post(ANNA, "/messaging/v1/cases", case).await.id();
        format!("/messaging/chats/{case}")
    };
    let more = "Det finns fler";
    // Due after all of Anna's own.
    let pooled = open("Sen fråga", "2026-12-08T12:00").await;
    let to_pool = [("action", "hand-over"), ("practitioner", "")];
    act(&world, ANNA, &pooled, &to_pool).await;
    for number in 1..=100 {
        open(&format!("Egen {number:03}"), "2026-12-01T12:00").await;
    }
    let page = world.get(ANNA, PAGE).await.text;
    assert!(page.contains("Ta hand om: Sen fråga"), "{page}");
    assert_eq!(page.matches("Lämna över: Egen").count(), 100);
    assert!(!page.contains(more), "{page}");
    open("Egen 101", "2026-12-01T13:00").await;
    let page = world.get(ANNA, PAGE).await.text;
    assert!(page.contains("Ta hand om: Sen fråga"), "{page}");
    assert_eq!(page.matches("Lämna över: Egen").count(), 100);
    assert!(!page.contains("Egen 101"), "{page}");
    let (_, own) = page.split_once("id=\"own\"").expect("a list of one's own");
    assert_eq!(page.matches(more).count(), 1);
    assert!(own.contains(more) && own.contains("href=\"/messaging/cases\""));
}

#[tokio::test]
async fn an_offer_is_declined_or_taken_back_and_others_see_nothing() {
    let world = ground().await;
    let chat = case(&world).await;
    let offer = [("action", "hand-over"), ("practitioner", STIG)];
    for who in [STIG, ANNA] {
        act(&world, ANNA, &chat, &offer).await;
        answer(&world, who, &chat, "decline").await;
        let own = world.get(ANNA, PAGE).await.text;
        assert!(own.contains("Lämna över: Blodtryck"), "{own}");
    }
    let others = world.get(EVA, PAGE).await;
    assert!(!others.text.contains("Blodtryck") && others.status == 200);
    assert_eq!(world.get(ALEX, PAGE).await.status, 403);
    let logged = "SELECT count(*) AS n FROM access_log WHERE resource_type = 'matters'";
    assert_eq!(world.number(logged).await, 3, "an empty list shows nobody");
    let page = world.get(ANNA, PAGE).await.text;
    assert!(
        page.contains("<th scope=\"row\">Stig Testkvist</th>"),
        "{page}"
    );
}

#[tokio::test]
async fn who_is_brought_in_is_told_and_finds_the_matter_and_can_leave_it() {
    let world = ground().await;
    let chat = case(&world).await;
    let bring = [("action", "bring-in"), ("practitioner", STIG)];
    act(&world, ANNA, &chat, &bring).await;
    let told = "En kollega vill ha med dig i ett ärende";
    let list = "/workspace/notifications";
    assert!(world.get(STIG, list).await.text.contains(told));
    assert!(!world.get(ANNA, list).await.text.contains(told));
    let stigs = world.get(STIG, PAGE).await.text;
    assert!(
        stigs.contains("Du är med i") && stigs.contains("Gå ur ärendet: Blodtryck"),
        "{stigs}"
    );
    let leave = [("action", "leave"), ("practitioner", STIG)];
    act(&world, STIG, &chat, &leave).await;
    let stigs = world.get(STIG, PAGE).await.text;
    assert!(!stigs.contains("Blodtryck"), "{stigs}");
}

#[tokio::test]
async fn who_is_offered_a_matter_and_who_offered_it_read_so_in_their_notifications() {
    let world = ground().await;
    let list = "/workspace/notifications";
    let chat = case(&world).await;
    let offer = [("action", "hand-over"), ("practitioner", STIG)];
    for (how, told) in [
        (
            "decline",
            "En kollega har tackat nej till ett ärende som du erbjöd",
        ),
        (
            "accept",
            "En kollega har tagit över ett ärende som du erbjöd",
        ),
    ] {
        act(&world, ANNA, &chat, &offer).await;
        let offered =
            format!("<a href=\"{chat}\">En kollega vill lämna över ett ärende till dig</a>");
        assert!(world.get(STIG, list).await.text.contains(&offered));
        assert!(!world.get(ANNA, list).await.text.contains(&offered));
        answer(&world, STIG, &chat, how).await;
        let told = format!("<a href=\"{chat}\">{told}</a>");
        assert!(world.get(ANNA, list).await.text.contains(&told));
        assert!(!world.get(STIG, list).await.text.contains(&told));
    }
}

#[tokio::test]
async fn what_was_written_for_a_colleague_is_there_again_where_the_matter_could_not_be_handed_over()
{
    let world = ground().await;
    let chat = case(&world).await;
    let offer = [("action", "hand-over"), ("practitioner", STIG)];
    act(&world, ANNA, &chat, &offer).await;
    let again = [
        ("key", "form-0000001"),
        ("return_to", PAGE),
        ("action", "hand-over"),
        ("practitioner", STIG),
        ("handover_note", "Väntar på provsvar"),
    ];
    let late = world.submit(ANNA, &chat, &again).await;
    assert_eq!(late.status, 422);
    for told in [
        "Någon annan hann före",
        ">Väntar på provsvar</textarea>",
        "value=\"hand-over\"",
        "name=\"return_to\" value=\"/workspace/colleagues\"",
    ] {
        assert!(late.text.contains(told), "{told}: {}", late.text);
    }
    let long = "x".repeat(1_001);
    let mut unfit = again;
    unfit[0].1 = "form-0000002";
    unfit[4].1 = &long;
    let unfit = world.submit(ANNA, &chat, &unfit).await;
    assert!(unfit.text.contains("href=\"#bring_note\"") && unfit.text.contains(&long));
}
