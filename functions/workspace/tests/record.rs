//! The record panel beside a chat: drafts are their writer's, what is signed stands, and nothing is overwritten unseen.
#![expect(
    clippy::expect_used,
    reason = "a test whose ground is missing stops at once"
)]

use serde_json::json;
use shared::platform::{Statement, Store};
use world::*;

/// The value of a hidden field of a page's first form that has it.
fn hidden<'a>(page: &'a str, name: &str) -> &'a str {
    let start = format!("name=\"{name}\" value=\"");
    let (_, value) = page.split_once(&start).expect("the field");
    value.split_once('"').expect("its end").0
}

/// When a draft was changed last, as the answer that kept it says.
fn changed_at(kept: &Answer) -> String {
    let at = kept.json()["changed_at"].as_str().map(str::to_owned);
    at.expect("a moment")
}

/// A world with a case, the record's address and its page's.
async fn ground() -> (World, String, String) {
    let functions: [Function; 3] = [
        ("workspace", workspace::router),
        ("messaging", messaging::router),
        ("attachments", attachments::router),
    ];
    let world = World::new(&functions).await;
    let case = json!({
        "patient": patient(ALEX), "subject": "Hosta", "closes_at": "2026-12-01T12:00"
    });
    let case = world.post(ANNA, "/messaging/v1/cases", case).await.id();
    let path = format!("/workspace/v1/chats/{case}/record");
    (world, path, format!("/workspace/records/{case}"))
}

#[tokio::test]
async fn a_note_is_a_draft_until_it_is_signed_and_then_stands() {
    let (world, path, _) = ground().await;
    let notes = format!("{path}/notes");
    let kept = world.post(ANNA, &notes, json!({ "text": "Utkast" })).await;
    let (draft, read) = (kept.id(), changed_at(&kept));
    let seen = world.get(STIG, &path).await.json();
    assert_eq!(seen["notes"], json!([]), "a draft is its writer's");
    let others = json!({ "note": draft, "changed_at": read, "text": "Mitt" });
    let refused = world.post(STIG, &notes, others).await.refused();
    assert_eq!(refused, (404, "not-found".into()));
    let text = "Torrhosta sedan en vecka";
    let again = json!({ "note": draft, "changed_at": read, "text": text });
    let kept = world.post(ANNA, &notes, again).await;
    assert_eq!(kept.id(), draft);
    let as_read = json!({ "changed_at": changed_at(&kept) });
    let sign = format!("{notes}/{draft}/sign");
    let refused = world.post(STIG, &sign, as_read.clone()).await.refused();
    assert_eq!(refused, (404, "not-found".into()));
    let signed = world.post(ANNA, &sign, as_read.clone()).await;
    assert_eq!(signed.status, 200, "{}", signed.text);
    let changed = json!({ "note": draft, "changed_at": changed_at(&kept), "text": "Ändrat" });
    for refused in [
        world.post(ANNA, &sign, as_read).await,
        world.post(ANNA, &notes, changed.clone()).await,
        world.post(STIG, &notes, changed).await,
    ] {
        assert_eq!(refused.refused(), (409, "signed".into()));
    }
    world.clock.set(at("2026-11-23T09:05"));
    let addendum = json!({ "text": "Även feber", "adds_to": draft });
    let addendum = world.post(STIG, &notes, addendum).await;
    let sign = format!("{notes}/{}/sign", addendum.id());
    let as_read = json!({ "changed_at": changed_at(&addendum) });
    assert_eq!(world.post(STIG, &sign, as_read).await.status, 200);
    let record = world.get(ANNA, &path).await.json();
    assert_eq!(record["notes"][1]["adds_to"], draft);
    let plain = record["plain_text"].as_str().expect("text");
    assert!(
        plain.contains(&format!(
            "Anteckning, signerad 2026-11-23 09.00 av Stig Testkvist:\n{text}"
        )),
        "{plain}"
    );
    let signatures = "SELECT count(*) AS n FROM access_log WHERE activity = 'sign'";
    assert_eq!(world.number(signatures).await, 2);
    for sql in [
        "UPDATE record_notes SET signed_at = NULL",
        "DELETE FROM record_notes",
    ] {
        let refused = world.store.query(Statement::new(sql, [])).await;
        let refused = refused.expect_err("refused");
        assert!(refused.refused_by("record_notes_stay_signed"));
    }
}

#[tokio::test]
async fn the_record_is_staffs_and_is_not_overwritten_unseen() {
    let (world, path, _) = ground().await;
    assert_eq!(world.get(ANNA, &path).await.json()["version"], 0);
    let first = json!({ "version": 0, "entry": "1177", "triage": "Låg", "details": "Hosta" });
    let kept = world.post(ANNA, &path, first.clone()).await.json();
    assert_eq!(kept["version"], 1);
    let refused = world.post(STIG, &path, first).await.refused();
    assert_eq!(refused, (409, "record-changed".into()));
    let next = json!({ "version": 1, "entry": "Telefon" });
    assert_eq!(world.post(STIG, &path, next).await.json()["version"], 2);
    let record = world.get(ANNA, &path).await.json();
    assert_eq!(
        (&record["entry"], record.get("triage")),
        (&json!("Telefon"), None)
    );
    assert_eq!(record["plain_text"], "Ingång: Telefon");
    assert_eq!(world.get(ALEX, &path).await.status, 403);
    assert_eq!(
        world.get(EVA, &path).await.refused(),
        (404, "not-found".into())
    );
    let foreign = world.post(EVA, &path, json!({ "version": 2 })).await;
    assert_eq!(foreign.refused(), (404, "not-found".into()));
}

#[tokio::test]
async fn the_page_says_how_far_the_chat_has_come_and_has_the_form_while_staff_may_write() {
    let (world, _, page) = ground().await;
    let opened = async |more: serde_json::Value| {
        let mut case = json!({
            "patient": patient(ALEX), "subject": "Feber", "closes_at": "2026-12-01T12:00"
        });
        case.as_object_mut()
            .expect("an object")
            .extend(more.as_object().expect("an object").clone());
        world.post(ANNA, "/messaging/v1/cases", case).await.id()
    };
    let shows = async |page: &str, state: &str, why_not: Option<&str>| {
        let shown = world.get(ANNA, page).await.text;
        assert!(
            shown.contains(&format!("<strong>{state}</strong>")),
            "{state}: {shown}"
        );
        for form in ["class=\"write\"", "formaction=\"/attachments/chats/"] {
            assert_eq!(shown.contains(form), why_not.is_none(), "{form}: {shown}");
        }
        if let Some(why) = why_not {
            let said = format!("<p class=\"panel\">{why}</p>");
            assert!(shown.contains(&said), "{said}: {shown}");
        }
    };
    let later = opened(json!({ "opens_at": "2026-11-24T08:00" })).await;
    let later = format!("/workspace/records/{later}");
    let patient_begins = opened(json!({ "first_writer": "patient" })).await;
    let begins = format!("/workspace/records/{patient_begins}");
    shows(&page, "Öppet", None).await;
    let not_yet = "Ärendet har inte öppnat än.";
    shows(&later, "Öppnar senare", Some(not_yet)).await;
    shows(&begins, "Öppet", Some("Patienten skriver först.")).await;
    let write = format!("/messaging/v1/chats/{patient_begins}/messages");
    world.post(ALEX, &write, json!({ "text": "Hej" })).await;
    shows(&begins, "Väntar på svar från oss", None).await;
    world.clock.set(at("2026-11-24T08:00"));
    shows(&later, "Öppet", None).await;
    assert!(world.get(ANNA, &begins).await.text.contains("Stänger"));
    // Over by the clock, before any job has said so; a question without an answer may be answered still.
    world.clock.set(at("2026-12-01T12:00"));
    let over = "Ärendet är avslutat. Det går inte att skriva mer här.";
    shows(&page, "Avslutat", Some(over)).await;
    shows(&begins, "Väntar på svar från oss", None).await;
    let begins = world.get(ANNA, &begins).await.text;
    assert!(!begins.contains("Stänger"), "of a past time: {begins}");
}

#[tokio::test]
async fn no_note_is_kept_that_would_never_be_shown() {
    let (world, path, page) = ground().await;
    let notes = format!("{path}/notes");
    let draft = json!({ "text": "Utkast" });
    let draft = world.post(ANNA, &notes, draft).await;
    let (draft, read) = (draft.id(), changed_at(&draft));
    // Drafts of somebody else's, as many as leave place for one more.
    world
        .run(
            "WITH RECURSIVE more (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM more WHERE n < 498)
INSERT INTO record_notes (chat_id, id, care_provider_id, practitioner_id, text, changed_at)
SELECT chat_id, 'draft-' || n, care_provider_id, ?1, text, changed_at FROM record_notes CROSS JOIN more",
            [STIG.into()],
        )
        .await;
    let last = json!({ "text": "Den sista" });
    assert_eq!(world.post(ANNA, &notes, last).await.status, 200);
    let one_more = world.post(ANNA, &notes, json!({ "text": "En till" })).await;
    assert_eq!(one_more.refused(), (409, "notes-full".into()));
    let key = world.new_key();
    let fields = [
        ("key", key.as_str()),
        ("action", "sign"),
        ("text", "Skrivet förgäves"),
    ];
    let shown = world.submit(ANNA, &page, &fields).await;
    assert_eq!(shown.status, 422);
    shown.assert_tells(&["Det finns redan 500 anteckningar", "Skrivet förgäves"]);
    // What is there is written on, signed and shown.
    let again = json!({ "note": draft, "changed_at": read, "text": "Torrhosta" });
    let kept = world.post(ANNA, &notes, again).await;
    assert_eq!(kept.id(), draft);
    let sign = format!("{notes}/{draft}/sign");
    let as_read = json!({ "changed_at": changed_at(&kept) });
    assert_eq!(world.post(ANNA, &sign, as_read).await.status, 200);
    let record = world.get(ANNA, &path).await.json();
    let texts: Vec<_> = record["notes"].as_array().into_iter().flatten().collect();
    assert_eq!(
        texts.iter().map(|note| &note["text"]).collect::<Vec<_>>(),
        ["Torrhosta", "Den sista"]
    );
}

#[tokio::test]
async fn bad_input_writes_nothing() {
    let (world, path, page) = ground().await;
    let notes = format!("{path}/notes");
    let rows = world.rows().await;
    let long = "å".repeat(8_001);
    for (path, body) in [
        (&notes, json!({ "text": "" })),
        (&notes, json!({ "text": long })),
        (&notes, json!({ "text": "dolt\u{202e}" })),
        (
            &notes,
            json!({ "text": "x", "adds_to": "01890000-0000-7000-8000-000000000000" }),
        ),
        (&notes, json!({ "text": "x", "more": 1 })),
        (&path, json!({ "version": -1 })),
        (&path, json!({ "version": 0, "entry": "å".repeat(201) })),
    ] {
        assert_eq!(world.post(ANNA, path, body).await.status, 422);
    }
    for action in ["nothing", ""] {
        let key = world.new_key();
        let fields = [("key", key.as_str()), ("action", action), ("text", "x")];
        assert_eq!(world.submit(ANNA, &page, &fields).await.status, 422);
    }
    // Looking at the page again after what was refused is a read, which is logged: of the record and of the chat.
    assert_eq!(world.rows().await, rows + 4);
}

#[tokio::test]
async fn by_form_a_record_is_kept_and_a_note_signed_and_added_to() {
    let (world, path, page) = ground().await;
    let shown = world.get(ANNA, &page).await.text;
    for word in [
        "ONLINE BESÖK (ASYNKRON FAS)",
        "Hosta",
        "Ingång",
        "Triage",
        "Besöksdetaljer",
        "Anteckningar",
    ] {
        assert!(shown.contains(word), "{word}: {shown}");
    }
    let act = async |who: &str, fields: &[(&str, &str)]| {
        let key = world.new_key();
        let mut form = vec![("key", key.as_str())];
        form.extend(fields);
        world.submit(who, &page, &form).await
    };
    let keep = |entry: &'static str| {
        [
            ("action", "keep"),
            ("version", "0"),
            ("entry", entry),
            ("triage", "Låg"),
        ]
    };
    assert_eq!(act(ANNA, &keep("1177")).await.status, 303);
    // Who was slower loses nothing and sees what stands.
    let slower = act(STIG, &keep("Telefon")).await;
    assert_eq!(slower.status, 422);
    assert!(slower.text.contains("value=\"Telefon\"") && slower.text.contains("1177"));
    assert!(slower.text.contains("name=\"version\" value=\"1\""));

    assert_eq!(
        act(ANNA, &[("action", "sign"), ("text", "Torrhosta")])
            .await
            .status,
        303
    );
    let record = world.get(ANNA, &path).await.json();
    assert!(record["notes"][0]["signed_at"].is_string());
    let note = record["notes"][0]["id"].as_str().expect("an id");
    let shown = world.get(STIG, &format!("{page}/addendum/{note}")).await;
    assert!(shown.text.contains("Nytt tillägg"), "{}", shown.text);
    let added = [
        ("action", "draft"),
        ("text", "<b>Feber</b>"),
        ("adds_to", note),
    ];
    assert_eq!(act(STIG, &added).await.status, 303);
    let shown = world.get(STIG, &page).await.text;
    assert!(shown.contains("&#60;b&#62;Feber"), "{shown}");
    assert!(!world.get(ANNA, &page).await.text.contains("Feber"));
    let late = act(
        ANNA,
        &[("action", "draft"), ("note", note), ("text", "Ändrat")],
    )
    .await;
    assert_eq!(late.status, 422);
    assert!(late.text.contains("Ändrat"));
}

#[tokio::test]
async fn a_draft_is_neither_written_over_nor_signed_but_as_it_was_read() {
    let (world, path, _) = ground().await;
    let notes = format!("{path}/notes");
    let first = json!({ "text": "Hostar" });
    let first = world.post(ANNA, &notes, first).await;
    let (draft, read) = (first.id(), changed_at(&first));
    let sign = format!("{notes}/{draft}/sign");
    let over = |read: &str, text: &str| json!({ "note": draft, "changed_at": read, "text": text });
    // One tab writes on, at the very same moment of the clock; the answer is the same whenever it is asked for again.
    let longer = over(&read, "Hostar sedan i går, har feber");
    let key = world.new_key();
    let kept = world.post_again(ANNA, &notes, &key, longer.clone()).await;
    let now = changed_at(&kept);
    assert_eq!(now, "2026-11-23T08:00:00.001Z");
    let again = world.post_again(ANNA, &notes, &key, longer).await;
    assert_eq!((again.status, &again.text), (kept.status, &kept.text));
    // Another tab has the old text.
    for refused in [
        world.post(ANNA, &notes, over(&read, "Hostar!")).await,
        world
            .post(ANNA, &notes, json!({ "note": draft, "text": "Hostar!" }))
            .await,
        world.post(ANNA, &sign, json!({ "changed_at": read })).await,
    ] {
        assert_eq!(refused.refused(), (409, "draft-changed".into()));
    }
    assert_eq!(world.post(ANNA, &sign, json!({})).await.status, 422);
    // Somebody who is quicker between its looking and its writing is seen by the write itself.
    world
        .run(
            "CREATE TRIGGER meanwhile AFTER INSERT ON idempotency_keys
BEGIN UPDATE record_notes SET changed_at = changed_at + 1; END",
            [],
        )
        .await;
    for (path, body) in [
        (&notes, over(&now, "Hostar!")),
        (&sign, json!({ "changed_at": now })),
    ] {
        let refused = world.post(ANNA, path, body).await.refused();
        assert_eq!(refused, (503, "unavailable".into()));
    }
    world.run("DROP TRIGGER meanwhile", []).await;
    let record = world.get(ANNA, &path).await.json();
    let note = &record["notes"][0];
    assert_eq!(note["text"], "Hostar sedan i går, har feber");
    assert_eq!(
        (&note["changed_at"], note.get("signed_at")),
        (&json!(now), None)
    );
    // As it was read it is signed; and again under the same key, the answer is the first.
    let key = world.new_key();
    let as_read = json!({ "changed_at": now });
    let signed = world.post_again(ANNA, &sign, &key, as_read.clone()).await;
    assert_eq!(signed.status, 200, "{}", signed.text);
    let again = world.post_again(ANNA, &sign, &key, as_read).await;
    assert_eq!((again.status, &again.text), (signed.status, &signed.text));
}

#[tokio::test]
async fn of_two_tabs_with_a_draft_the_later_shows_both_texts_and_loses_neither() {
    for action in ["draft", "sign"] {
        let (world, path, page) = ground().await;
        let notes = format!("{path}/notes");
        world.post(ANNA, &notes, json!({ "text": "Hostar" })).await;
        // Both tabs.
        let shown = world.get(ANNA, &page).await.text;
        let (note, read) = (hidden(&shown, "note"), hidden(&shown, "changed_at"));
        let act = async |action: &str, read: &str, text: &str| {
            let key = world.new_key();
            let fields = [
                ("key", key.as_str()),
                ("action", action),
                ("note", note),
                ("changed_at", read),
                ("text", text),
            ];
            world.submit(ANNA, &page, &fields).await
        };
        let first = act("draft", read, "Hostar sedan i går.\n\nHar feber.").await;
        assert_eq!(first.status, 303, "{}", first.text);
        // Whatever is wrong besides: what is pressed next overwrites nothing that was not shown.
        let long = "å".repeat(8_001);
        for typed in ["Hostar <mest> på natten", &long] {
            let later = act(action, read, typed).await;
            assert_eq!(later.status, 422);
            let escaped = typed.replace('<', "&#60;").replace('>', "&#62;");
            later.assert_tells(&[
                "Utkastet har ändrats sedan du läste det",
                "Utkastet som det är sparat nu",
                &format!("href=\"#draft-{note}\""),
                &format!("id=\"draft-{note}-wrong\""),
                &format!("aria-describedby=\"draft-{note}-wrong\">{escaped}</textarea>"),
                "<p class=\"panel text\">Hostar sedan i går.\n\nHar feber.</p>",
            ]);
            assert_ne!(hidden(&later.text, "changed_at"), read);
        }
        let record = world.get(ANNA, &path).await.json();
        let kept = &record["notes"][0];
        assert_eq!(kept["text"], "Hostar sedan i går.\n\nHar feber.");
        assert_eq!(kept.get("signed_at"), None);
        // Who has seen both chooses.
        let shown = act(action, read, "Hostar på natten").await.text;
        let chosen = act(action, hidden(&shown, "changed_at"), "Hostar på natten").await;
        assert_eq!(chosen.status, 303, "{}", chosen.text);
        let record = world.get(ANNA, &path).await.json();
        let kept = &record["notes"][0];
        assert_eq!(kept["text"], "Hostar på natten");
        assert_eq!(kept.get("signed_at").is_some(), action == "sign");
        let shown = world.get(ANNA, &page).await.text;
        assert!(!shown.contains("Utkastet som det är sparat nu"), "{shown}");
    }
}

#[tokio::test]
async fn what_does_not_fit_a_record_that_somebody_else_changed_meanwhile_overwrites_nothing_unseen()
{
    let (world, path, page) = ground().await;
    let first = json!({ "version": 0, "entry": "1177", "triage": "Brådskande" });
    assert_eq!(world.post(STIG, &path, first).await.status, 200);
    let (key, long) = (world.new_key(), "å".repeat(4_001));
    let fields = [
        ("key", key.as_str()),
        ("action", "keep"),
        ("version", "0"),
        ("entry", "Telefon"),
        ("details", long.as_str()),
    ];
    let shown = world.submit(ANNA, &page, &fields).await;
    assert_eq!(shown.status, 422);
    shown.assert_tells(&[
        "Någon annan har ändrat panelen",
        "id=\"details-wrong\"",
        "value=\"Telefon\"",
        "<p class=\"panel text\">1177</p>",
        "<p class=\"panel text\">Brådskande</p>",
    ]);
}

#[tokio::test]
async fn an_addendum_says_what_it_adds_to_and_stands_below_it() {
    let (world, path, page) = ground().await;
    let notes = format!("{path}/notes");
    let signed = async |who: &str, at_clock: &str, text: &str, adds_to: Option<&str>| {
        world.clock.set(at(&format!("2026-11-23T{at_clock}")));
        let kept = json!({ "text": text, "adds_to": adds_to });
        let kept = world.post(who, &notes, kept).await;
        let sign = format!("{notes}/{}/sign", kept.id());
        let as_read = json!({ "changed_at": changed_at(&kept) });
        assert_eq!(world.post(who, &sign, as_read).await.status, 200);
        kept.id()
    };
    let waran = signed(ANNA, "09:00", "Waran 2 tabl.", None).await;
    let weight = signed(STIG, "09:10", "Vikt 70 kg", None).await;
    signed(STIG, "09:20", "Ska vara 75 kg", Some(&weight)).await;
    let half = signed(ANNA, "09:30", "Ska vara 1 tabl.", Some(&waran)).await;
    signed(STIG, "09:40", "Till kvällen", Some(&half)).await;
    signed(STIG, "09:50", "Från i morgon", Some(&waran)).await;
    let record = world.get(ANNA, &path).await.json();
    let by = "av Stig Testkvist";
    let day = "2026-11-23";
    let expected = [
        format!("Anteckning, signerad {day} 09.00 {by}:\nWaran 2 tabl."),
        format!(
            "Tillägg till anteckning signerad {day} 09.00 {by}, signerat {day} 09.30 {by}:\nSka vara 1 tabl."
        ),
        format!(
            "Tillägg till tillägg signerat {day} 09.30 {by}, signerat {day} 09.40 {by}:\nTill kvällen"
        ),
        format!(
            "Tillägg till anteckning signerad {day} 09.00 {by}, signerat {day} 09.50 {by}:\nFrån i morgon"
        ),
        format!("Anteckning, signerad {day} 09.10 {by}:\nVikt 70 kg"),
        format!(
            "Tillägg till anteckning signerad {day} 09.10 {by}, signerat {day} 09.20 {by}:\nSka vara 75 kg"
        ),
    ];
    assert_eq!(record["plain_text"], expected.join("\n\n"));

    // The page says and orders it alike.
    let shown = world.get(STIG, &page).await.text;
    let places = [
        ">Waran 2 tabl.<",
        ">Ska vara 1 tabl.<",
        ">Till kvällen<",
        ">Från i morgon<",
        ">Vikt 70 kg<",
        ">Ska vara 75 kg<",
    ]
    .map(|text| shown.find(text).expect("it is there"));
    assert!(places.is_sorted(), "{places:?}");
    let of_waran = format!("till anteckning signerad måndag 23 november 2026 kl. 09.00 {by}");
    let told = format!("<strong>Tillägg {of_waran}</strong> · Signerat <time");
    assert_eq!(shown.matches(&told).count(), 2, "{shown}");
    let of_half = format!("Tillägg till tillägg signerat måndag 23 november 2026 kl. 09.30 {by}");
    assert!(shown.contains(&of_half), "{shown}");

    // So does the form for one, and a draft of one; and one that was signed in another tab goes on as one.
    let form = world.get(STIG, &format!("{page}/addendum/{waran}")).await;
    form.assert_tells(&["Nytt tillägg", &format!("Tillägg {of_waran}.<br>")]);
    let draft = json!({ "text": "Provtas på fredag", "adds_to": waran });
    let draft = world.post(STIG, &notes, draft).await;
    let (draft, read) = (draft.id(), changed_at(&draft));
    let label = format!(">Utkast (syns bara för dig) · Tillägg {of_waran}</label>");
    world.get(STIG, &page).await.assert_tells(&[&label]);
    let sign = format!("{notes}/{draft}/sign");
    let as_read = json!({ "changed_at": read });
    assert_eq!(world.post(STIG, &sign, as_read).await.status, 200);
    let key = world.new_key();
    let fields = [
        ("key", key.as_str()),
        ("action", "draft"),
        ("note", draft.as_str()),
        ("changed_at", read.as_str()),
        ("text", "Provtas på lördag"),
    ];
    let late = world.submit(STIG, &page, &fields).await;
    assert_eq!(late.status, 422);
    late.assert_tells(&[
        "Anteckningen är redan signerad",
        &format!("name=\"adds_to\" value=\"{waran}\""),
        ">Provtas på lördag</textarea>",
    ]);
}

#[tokio::test]
async fn no_signed_note_is_left_out_whatever_it_says_that_it_adds_to() {
    let (world, path, page) = ground().await;
    let notes = format!("{path}/notes");
    for text in ["Hostar", "Har feber"] {
        let kept = world.post(ANNA, &notes, json!({ "text": text })).await;
        assert_eq!(kept.status, 200);
    }
    world
        .run(
            "UPDATE record_notes SET adds_to = 'unknown', signed_at = changed_at",
            [],
        )
        .await;
    let record = world.get(ANNA, &path).await.json();
    let (at, by) = ("2026-11-23 09.00", "av Stig Testkvist");
    let told = ["Hostar", "Har feber"].map(|text| format!("Tillägg, signerat {at} {by}:\n{text}"));
    assert_eq!(record["plain_text"], told.join("\n\n"));
    let shown = world.get(STIG, &page).await;
    shown.assert_tells(&["<strong>Tillägg</strong>", ">Hostar<", ">Har feber<"]);
}

#[tokio::test]
async fn what_does_not_fit_a_record_is_said_at_its_field_and_in_the_summary_and_stays_typed() {
    let (world, _, page) = ground().await;
    let long = format!("Hosta{}", "å".repeat(4_000));
    for (field, action) in [("triage", "keep"), ("details", "keep"), ("text", "draft")] {
        let key = world.new_key();
        let mut fields = vec![("key", key.as_str()), ("action", action), ("version", "0")];
        let (long, other) = match field {
            "text" => (format!("{long}{long}"), ""),
            _ => (long.clone(), "Ingång som står kvar"),
        };
        fields.extend([(field, long.as_str()), ("entry", other)]);
        let shown = world.submit(ANNA, &page, &fields).await;
        assert_eq!(shown.status, 422, "{field}");
        for told in [
            "<ds-error-summary".to_owned(),
            format!("href=\"#{field}\""),
            format!("id=\"{field}-wrong\""),
            format!(">{long}</textarea>"),
            format!("value=\"{other}\""),
        ] {
            assert!(
                shown.text.contains(&told),
                "{field}: {}",
                &told[..20.min(told.len())]
            );
        }
        assert_eq!(shown.text.matches("aria-invalid=\"true\"").count(), 1);
    }
    let whole = world.get(ANNA, &page).await.text;
    assert!(!whole.contains("ds-error-summary") && !whole.contains("aria-invalid"));
}

#[tokio::test]
async fn what_does_not_fit_a_draft_is_said_at_that_draft_and_stays_typed_there() {
    let (world, path, page) = ground().await;
    let notes = format!("{path}/notes");
    let draft = world.post(ANNA, &notes, json!({ "text": "Hostar" })).await;
    let (draft, read) = (draft.id(), changed_at(&draft));
    let long = "å".repeat(8_001);
    for typed in ["", &long] {
        let key = world.new_key();
        let fields = [
            ("key", key.as_str()),
            ("action", "sign"),
            ("note", &draft),
            ("changed_at", &read),
            ("text", typed),
        ];
        let shown = world.submit(ANNA, &page, &fields).await;
        assert_eq!(shown.status, 422);
        let (before, new) = shown.text.split_once("id=\"new\"").expect("both forms");
        for told in [
            format!("href=\"#draft-{draft}\""),
            format!("id=\"draft-{draft}-wrong\""),
            format!("aria-describedby=\"draft-{draft}-wrong\">{typed}</textarea>"),
        ] {
            assert!(before.contains(&told), "{}", &told[..30]);
        }
        assert!(!new.contains("aria-invalid") && new.contains("></textarea>"));
    }
}

#[tokio::test]
async fn a_forms_text_that_was_changed_after_it_was_sent_stays_and_it_is_said_why() {
    let (world, _, page) = ground().await;
    let sent = [
        ("key", "form-0000001"),
        ("action", "draft"),
        ("text", "Hostar"),
    ];
    assert_eq!(world.submit(ANNA, &page, &sent).await.status, 303);
    let changed = [
        ("key", "form-0000001"),
        ("action", "draft"),
        ("text", "Hostar, feber"),
    ];
    let shown = world.submit(ANNA, &page, &changed).await;
    shown.assert_sent_before(">Hostar, feber</textarea>");
}

#[tokio::test]
async fn a_note_about_a_visit_is_written_and_signed_whenever_staff_come_to_it() {
    let functions: [Function; 3] = [
        ("workspace", workspace::router),
        ("messaging", messaging::router),
        ("booking", booking::router),
    ];
    let world = World::new(&functions).await;
    let visit = json!({
        "kind": "free-time", "starts_at": "2026-11-23T10:00", "minutes": 30, "patient": patient(ALEX), "reason": "Hosta"
    });
    let visits = "/booking/v1/appointments";
    let visit = world.post(ANNA, visits, visit).await.id();
    world.clock.set(at("2026-11-23T10:00"));
    for step in ["start", "complete"] {
        let path = format!("{visits}/{visit}/{step}");
        assert_eq!(world.post(ANNA, &path, json!({})).await.status, 200);
    }
    world.clock.set(at("2026-11-25T08:00"));
    let form = [("key", "form-0000001")];
    let chat = world
        .submit(ANNA, &format!("/messaging/visits/{visit}"), &form)
        .await;
    assert_eq!(chat.status, 303, "{}", chat.text);
    let chat = chat.headers["location"].to_str().expect("a location");
    let page = chat.replace("/messaging/chats/", "/workspace/records/");
    let shown = world.get(ANNA, &page).await;
    assert_eq!(shown.status, 200, "{}", shown.text);
    assert!(
        !shown.text.contains("class=\"write\""),
        "nothing more is written to the patient"
    );
    let note = [
        ("key", "form-0000002"),
        ("action", "sign"),
        ("text", "Hostan är bättre."),
    ];
    assert_eq!(world.submit(ANNA, &page, &note).await.status, 303);
    let shown = world.get(STIG, &page).await.text;
    assert!(
        shown.contains("Hostan är bättre.") && shown.contains("Signerad"),
        "{shown}"
    );
}

#[tokio::test]
async fn the_chat_stands_beside_the_record_and_is_written_in_from_there() {
    let (world, _, page) = ground().await;
    let case = page.rsplit('/').next().expect("an id").to_owned();
    let markup = "<script>alert(1)</script> Hur länge?";
    let chat = format!("/messaging/v1/chats/{case}/messages");
    let asked = world.post(ALEX, &chat, json!({ "text": markup })).await;
    assert_eq!(asked.status, 201, "{}", asked.text);
    let unread = "SELECT unread_by_staff AS n FROM chats";
    assert_eq!(world.number(unread).await, 1);
    let shown = world.get(ANNA, &page).await.text;
    assert_eq!(world.number(unread).await, 0, "who looks has read");
    for word in [
        "Alex Blom",
        "SMS skickat: väntar på att skickas",
        "&#60;script&#62;alert(1)&#60;/script&#62; Hur länge?",
        "Ingång",
    ] {
        assert!(shown.contains(word), "{word}: {shown}");
    }
    assert!(!shown.contains("<script>") && !shown.contains(" style="));
    for (state, became) in [
        ("sent", "skickat till operatören"),
        ("delivered", "levererat"),
        ("failed", "kom inte fram"),
    ] {
        world
            .run("UPDATE sms_outbox SET state = ?1", [state.into()])
            .await;
        let shown = world.get(ANNA, &page).await.text;
        let told = format!("SMS skickat: {became}");
        assert!(shown.contains(&told), "{told}: {shown}");
    }
    // The form leads back to where it was filled in.
    let back = format!("{page}#end");
    let key = world.new_key();
    let fields = [
        ("key", key.as_str()),
        ("action", "write"),
        ("text", "En vecka."),
        ("return_to", back.as_str()),
    ];
    assert!(shown.contains(&format!("name=\"return_to\" value=\"{back}\"")));
    let written = world
        .submit(ANNA, &format!("/messaging/chats/{case}"), &fields)
        .await;
    assert_eq!(written.status, 303, "{}", written.text);
    assert_eq!(written.headers["location"], back.as_str());
    assert!(world.get(STIG, &page).await.text.contains("En vecka."));
    let reads = "SELECT count(*) AS n FROM access_log WHERE activity = 'read' AND resource_type = 'chat' AND user_kind = 'practitioner'";
    assert_eq!(world.number(reads).await, 5);
    // Closed, there is nothing to write in.
    let close = format!("/messaging/v1/cases/{case}/close");
    let closing = json!({ "reason": "Klart" });
    assert_eq!(world.post(ANNA, &close, closing).await.status, 200);
    let shown = world.get(ANNA, &page).await.text;
    assert!(shown.contains("Ärendet avslutat av vården.") && !shown.contains("class=\"write\""));
    for (person, status) in [(EVA, 404), (OLOF, 404), (ALEX, 403)] {
        assert_eq!(world.get(person, &page).await.status, status);
    }
}

#[tokio::test]
async fn files_of_messages_are_seen_beside_the_record_and_sent_from_there() {
    let (world, _, page) = ground().await;
    let case = page.rsplit('/').next().expect("an id").to_owned();
    let attach = format!("/attachments/chats/{case}?return_to={page}");
    let upload = async |person: &str| {
        let path = format!("/attachments/v1/chats/{case}/attachments");
        let document = "%PDF-1.7\n(Remiss)\nstartxref\n9\n%%EOF\n";
        let key = world.new_key();
        let kept = world.post_text(person, &path, &key, document.into()).await;
        kept.id()
    };
    let theirs = upload(ALEX).await;
    let write = format!("/messaging/v1/chats/{case}/messages");
    world
        .post(ALEX, &write, json!({ "text": "Här är den" }))
        .await;
    let shown = world.get(ANNA, &page).await.text;
    let link = |id: &str| format!("<a href=\"/attachments/files/{id}.pdf\">Dokument (PDF)</a>");
    assert!(shown.contains(&link(&theirs)), "{shown}");
    let takes_along = format!("value=\"attach\" formaction=\"{attach}\"");
    assert!(shown.contains(&takes_along), "{shown}");
    assert!(!shown.contains("Följer med"));

    // What was uploaded waits, and the page on which it is leads back here.
    let ours = upload(ANNA).await;
    assert!(world.get(ANNA, &page).await.text.contains(
        "Följer med ditt nästa meddelande: 1. Filer som inte skickas inom ett dygn tas bort."
    ));
    assert!(
        !world.get(STIG, &page).await.text.contains("Följer med"),
        "it is its uploader's"
    );
    let shown = world.get(ANNA, &attach).await.text;
    let back = format!("name=\"return_to\" value=\"{page}#end\"");
    assert!(
        shown.contains(&back) && shown.contains(&format!("formaction=\"{page}#end\"")),
        "{shown}"
    );
    let here =
        format!("action=\"/attachments/chats/{case}?return_to=%2Fworkspace%2Frecords%2F{case}\"");
    assert!(shown.contains(&here), "{shown}");
    // What was begun of the message comes back as it is, and nothing is sent.
    for (begun, status) in [("Se <bilden>", 200), ("", 303)] {
        let key = world.new_key();
        let fields = [("key", key.as_str()), ("action", "back"), ("text", begun)];
        let again = world.submit(ANNA, &page, &fields).await;
        assert_eq!(again.status, status, "{}", again.text);
        let field = "aria-describedby=\"message-hint\">Se &#60;bilden&#62;</textarea>";
        assert_eq!(again.text.contains(field), status == 200, "{}", again.text);
    }
    let messages = "SELECT count(*) AS n FROM messages WHERE sender = 'staff'";
    assert_eq!(world.number(messages).await, 0);
    let key = world.new_key();
    let fields = [
        ("key", key.as_str()),
        ("id", "01890000-0000-7000-8000-000000000000"),
    ];
    let gone = world.submit(ANNA, &attach, &fields).await;
    assert_eq!(gone.status, 303, "{}", gone.text);
    let to = gone.headers["location"].to_str().expect("an address");
    assert!(here.contains(to), "{to}");
    let key = world.new_key();
    let send = [
        ("key", key.as_str()),
        ("action", "write"),
        ("text", "Och vår"),
        ("return_to", &format!("{page}#end")),
    ];
    let sent = world
        .submit(ANNA, &format!("/messaging/chats/{case}"), &send)
        .await;
    assert_eq!(sent.headers["location"], format!("{page}#end"));
    let shown = world.get(STIG, &page).await.text;
    assert!(
        shown.contains(&link(&ours)) && !shown.contains("Följer med"),
        "{shown}"
    );
    // Closed, nothing is attached any more, and what was is still read.
    let close = format!("/messaging/v1/cases/{case}/close");
    world.post(ANNA, &close, json!({ "reason": "Klart" })).await;
    let shown = world.get(ANNA, &page).await.text;
    assert!(shown.contains(&link(&theirs)) && !shown.contains("/attachments/chats/"));
}

#[tokio::test]
async fn an_offer_of_the_matter_stands_beside_its_record_and_anybody_of_the_unit_takes_it_back() {
    let (world, _, page) = ground().await;
    world.connect_maja().await;
    let case = page.rsplit('/').next().expect("an id");
    let chat = format!("/messaging/chats/{case}");
    let hand_over = format!("/messaging/v1/chats/{case}/hand-over");
    let offered = json!({ "practitioner": STIG, "note": "Behöver en läkare" });
    world.post(ANNA, &hand_over, offered).await;
    world
        .get(STIG, &page)
        .await
        .assert_tells(&["value=\"accept\">Ta över<", "value=\"decline\">Tacka nej<"]);
    let shown = world.get(MAJA, &page).await;
    shown.assert_tells(&[
        "Stig Testkvist vill lämna över ärendet till Stig Testkvist.",
        "Behöver en läkare",
        "value=\"decline\">Ta tillbaka erbjudandet<",
    ]);
    let (_, form) = shown
        .text
        .split_once(&format!(
            "action=\"{chat}\"><input type=\"hidden\" name=\"key\" value=\""
        ))
        .expect("the form");
    let value = |after: &str| {
        let (_, rest) = form.split_once(after).expect("a field");
        rest.split_once('"').expect("its end").0
    };
    let fields = [
        ("key", form.split_once('"').expect("a key").0),
        ("return_to", value("name=\"return_to\" value=\"")),
        ("offer", value("name=\"offer\" value=\"")),
        ("action", "decline"),
    ];
    let done = world.submit(MAJA, &chat, &fields).await;
    assert_eq!(done.status, 303, "{}", done.text);
    assert_eq!(done.headers["location"], page);
    let shown = world.get(MAJA, &page).await.text;
    assert!(!shown.contains("erbjudandet"), "{shown}");
    let list = "/workspace/notifications";
    let told = "En kollega har tagit tillbaka erbjudandet om ett ärende";
    for person in [ANNA, STIG] {
        world.get(person, list).await.assert_tells(&[told]);
    }
    assert!(!world.get(MAJA, list).await.text.contains(told));
}
