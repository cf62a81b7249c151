//! The chat's pages with scripts off: read, write, take back, and staff's own forms.
#![expect(
    clippy::expect_used,
    reason = "a test whose ground is missing stops at once"
)]

use crate::world::*;
use axum::body::Body;
use http::Request;
use serde_json::{Value, json};
use shared::page::percent_encoded;

impl Clinic {
    async fn page(&self, person: &str, path: &str) -> Answer {
        let request = Request::get(path)
            .header("accept", "text/html")
            .header("cookie", format!("__Host-session={}", self.token(person)));
        self.send(request.body(Body::empty()).expect("a request"))
            .await
    }

    async fn form(&self, person: &str, path: &str, fields: &[(&str, &str)]) -> Answer {
        let pairs: Vec<String> = fields
            .iter()
            .map(|(name, value)| format!("{name}={}", percent_encoded(value)))
            .collect();
        let request = Request::post(path)
            .header("accept", "text/html")
            .header("cookie", format!("__Host-session={}", self.token(person)))
            .header("sec-fetch-site", "same-origin")
            .header("content-type", "application/x-www-form-urlencoded");
        self.send(
            request
                .body(Body::from(pairs.join("&")))
                .expect("a request"),
        )
        .await
    }
}

/// The key that a shown form carries.
fn key(page: &Answer) -> String {
    let (_, rest) = page
        .text
        .split_once("name=\"key\" value=\"")
        .expect("a key");
    rest.split_once('"').expect("its end").0.to_owned()
}

#[tokio::test]
async fn a_patient_reads_and_answers_by_forms_alone() {
    let clinic = Clinic::new().await;
    let case = clinic
        .post(
            ANNA,
            "cases",
            with(a_week(), "message", json!("Hur mår du?")),
        )
        .await
        .id();
    let list = clinic.page(ALEX, "/messaging/cases").await;
    assert!(
        list.text.contains("Blodtryck") && list.text.contains("2 olästa"),
        "{}",
        list.text
    );
    let path = format!("/messaging/chats/{case}");
    let page = clinic.page(ALEX, &path).await;
    assert_eq!(page.status, 200);
    for told in [
        "Hur mår du?",
        "SMS skickat",
        "7 dagar kvar",
        "Stig Testkvist",
        "Sjuksköterska",
    ] {
        assert!(page.text.contains(told), "{told}: {}", page.text);
    }
    for hidden in [
        ALEX,
        "Interna anteckningar",
        "<script>",
        "style=",
        "onclick",
    ] {
        assert!(!page.text.contains(hidden), "{hidden}");
    }
    let fields = [
        ("key", key(&page)),
        ("action", "write".into()),
        ("text", "Bättre!\r\nTack <b>".into()),
    ];
    let fields = fields
        .each_ref()
        .map(|(name, value)| (*name, value.as_str()));
    for _ in 0..2 {
        let sent = clinic.form(ALEX, &path, &fields).await;
        assert_eq!(
            (sent.status.as_u16(), &sent.headers["location"]),
            (303, &format!("{path}#end").parse().expect("a header"))
        );
    }
    let thread = clinic.thread(ANNA, &case).await;
    assert_eq!(thread.len(), 3, "sent twice, there once: {thread:?}");
    assert_eq!(thread[2].1, "patient: Bättre!\nTack <b>");
    let page = clinic.page(ALEX, &path).await;
    assert!(
        page.text.contains("Tack &#60;b&#62;"),
        "markup is text: {}",
        page.text
    );
    assert!(
        page.text
            .contains("Du kan räkna med svar senast onsdag 25 november 2026 kl. 09.00"),
        "{}",
        page.text
    );
    // Looking at the page is reading it.
    let list = clinic.page(ALEX, "/messaging/cases").await;
    assert!(!list.text.contains("olästa"));
    let back = clinic
        .form(
            ALEX,
            &path,
            &[
                ("key", "another-key"),
                ("action", "withdraw"),
                ("number", "3"),
            ],
        )
        .await;
    assert_eq!(back.status, 303);
    assert!(
        clinic
            .page(ANNA, &path)
            .await
            .text
            .contains("Meddelandet har tagits tillbaka.")
    );
}

#[tokio::test]
async fn what_was_written_is_still_there_when_it_cannot_be_sent() {
    let clinic = Clinic::new().await;
    let case = clinic.open_case().await;
    let path = format!("/messaging/chats/{case}");
    let long = "å".repeat(4001);
    let refused = clinic
        .form(
            ALEX,
            &path,
            &[
                ("key", "key-of-the-form"),
                ("action", "write"),
                ("text", &long),
            ],
        )
        .await;
    assert_eq!(refused.status, 422);
    assert!(refused.text.contains(&long) && refused.text.contains("role=\"alert\""));
    clinic.clock.set(at("2026-11-30T09:00"));
    let late = clinic
        .form(
            ALEX,
            &path,
            &[
                ("key", "key-of-the-form"),
                ("action", "write"),
                ("text", "Precis för sent"),
            ],
        )
        .await;
    assert_eq!(late.status, 422);
    assert!(
        late.text.contains("Precis för sent") && late.text.contains("Ärendet är avslutat"),
        "{}",
        late.text
    );
    assert!(late.text.contains("ring 1177"));
    let without_key = clinic
        .form(ALEX, &path, &[("action", "write"), ("text", "Hej")])
        .await;
    assert_eq!(without_key.status, 422);
    assert_eq!(
        clinic
            .number("SELECT count(*) AS n FROM messages WHERE sender = 'patient'")
            .await,
        0
    );
}

#[tokio::test]
async fn where_the_link_to_earlier_messages_stands_is_there_before_there_are_any() {
    let clinic = Clinic::new().await;
    let case = clinic.open_case().await;
    let path = format!("/messaging/chats/{case}");
    let page = clinic.page(ALEX, &path).await.text;
    assert!(page.contains("<div data-live=\"earlier\"></div>"), "{page}");
    for line in 0..60 {
        let text = json!({ "text": format!("Rad {line}") });
        let messages = format!("chats/{case}/messages");
        assert_eq!(clinic.post(ANNA, &messages, text).await.status, 201);
    }
    let page = clinic.page(ALEX, &path).await.text;
    let (_, list) = page.split_once("<li ").expect("messages");
    let (_, first) = list.split_once("value=\"").expect("a number");
    let first = first.split('"').next().expect("its end");
    let link = format!("<div data-live=\"earlier\"><p><a href=\"{path}?before={first}\">");
    assert!(page.contains(&link), "{link}: {page}");
}

#[tokio::test]
async fn a_form_that_was_changed_after_it_was_sent_says_so_and_keeps_what_was_written() {
    let clinic = Clinic::new().await;
    let case = clinic.open_case().await;
    let path = format!("/messaging/chats/{case}");
    let new_case = |subject| {
        [
            ("key", "key-of-a-new-case"),
            ("personal_identity", ALEX),
            ("subject", subject),
            ("closes_at", "2026-11-30T09:00"),
        ]
    };
    let written = |text| {
        [
            ("key", "key-of-the-form"),
            ("action", "write"),
            ("text", text),
        ]
    };
    let noted = |text| [("key", "key-of-a-note"), ("action", "note"), ("note", text)];
    for (path, first, changed, kept) in [
        (
            path.as_str(),
            written("Hej").to_vec(),
            written("Hej igen").to_vec(),
            "Hej igen</textarea>",
        ),
        (
            path.as_str(),
            noted("Ett").to_vec(),
            noted("Två").to_vec(),
            ">Två</textarea>",
        ),
        (
            "/messaging/new-case",
            new_case("Ett").to_vec(),
            new_case("Två").to_vec(),
            "value=\"Två\"",
        ),
    ] {
        assert_eq!(clinic.form(ANNA, path, &first).await.status, 303, "{path}");
        let page = clinic.form(ANNA, path, &changed).await;
        page.assert_sent_before(kept);
    }
}

#[tokio::test]
async fn staff_find_closed_cases_too_where_they_ask_for_them() {
    let clinic = Clinic::new().await;
    let case = clinic.open_case().await;
    let closing = json!({ "reason": "Klart" });
    clinic
        .post(ANNA, &format!("cases/{case}/close"), closing)
        .await;
    let link = format!("/messaging/chats/{case}");
    let page = clinic.page(ANNA, "/messaging/cases").await.text;
    assert!(
        !page.contains(&link) && page.contains("/messaging/cases?all=1"),
        "{page}"
    );
    let page = clinic.page(ANNA, "/messaging/cases?all=1").await.text;
    assert!(
        page.contains(&link) && page.contains("Avslutades"),
        "{page}"
    );
}

#[tokio::test]
async fn staff_open_a_case_note_extend_and_close_by_forms() {
    let clinic = Clinic::new().await;
    let form = clinic.page(ANNA, "/messaging/new-case").await;
    assert_eq!(form.status, 200);
    assert_eq!(clinic.page(ALEX, "/messaging/new-case").await.status, 403);
    let key = key(&form);
    let mut fields = vec![
        ("key", key.as_str()),
        ("personal_identity", ALEX),
        ("name", "Alex Blom"),
        ("phone", "070-174 06 05"),
        ("sms_consent", "yes"),
        ("subject", "Blodtryck"),
        ("closes_at", "2026-11-23T09:30"),
        ("message", "Hej!"),
    ];
    let refused = clinic.form(ANNA, "/messaging/new-case", &fields).await;
    assert_eq!(refused.status, 422);
    assert!(
        refused.text.contains("minst en timme") && refused.text.contains("value=\"Blodtryck\""),
        "{}",
        refused.text
    );
    fields[6].1 = "2026-11-30T09:00";
    let opened = clinic.form(ANNA, "/messaging/new-case", &fields).await;
    assert_eq!(opened.status, 303, "{}", opened.text);
    let path = opened.headers["location"]
        .to_str()
        .expect("a place")
        .to_owned();
    clinic
        .post(
            ANNA,
            "reply-phrases",
            json!({ "title": "Hälsning", "text": "Hej {patient}, stänger {closes}." }),
        )
        .await;
    let page = clinic.page(ANNA, &path).await;
    assert!(page.text.contains(ALEX) && page.text.contains("Hälsning"));
    let (_, link) = page.text.split_once("?phrase=").expect("a link");
    let phrase = link.split_once('#').expect("its end").0;
    let with_phrase = clinic.page(ANNA, &format!("{path}?phrase={phrase}")).await;
    assert!(
        with_phrase
            .text
            .contains("Hej Alex Blom, stänger 2026-11-30 09.00.</textarea>"),
        "{}",
        with_phrase.text
    );
    for fields in [
        [
            ("key", "note-key-1"),
            ("action", "note"),
            ("note", "Ringer dottern"),
        ],
        [
            ("key", "extend-key"),
            ("action", "extend"),
            ("closes_at", "2026-12-04T09:00"),
        ],
        [
            ("key", "close-key-1"),
            ("action", "close"),
            ("reason", "Frisk"),
        ],
    ] {
        let done = clinic.form(ANNA, &path, &fields).await;
        assert_eq!(done.status, 303, "{fields:?} {}", done.text);
    }
    let page = clinic.page(STIG, &path).await;
    page.assert_tells(&[
        "Ringer dottern",
        "Frisk",
        "Ärendet är förlängt till fredag 4 december 2026 kl. 09.00",
        "Öppna igen",
    ]);
    let of_patient = clinic.page(ALEX, &path).await;
    for hidden in ["Ringer dottern", "Frisk", "Öppna igen"] {
        assert!(!of_patient.text.contains(hidden), "{hidden}");
    }
    let refused = clinic
        .form(
            ALEX,
            &path,
            &[("key", "patients-key"), ("action", "note"), ("note", "Hej")],
        )
        .await;
    assert_eq!(refused.status, 403);
}

#[tokio::test]
async fn a_colleague_is_brought_in_and_leaves_by_forms_and_the_patient_reads_who_takes_part() {
    let clinic = Clinic::new().await;
    let case = clinic.open_case().await;
    let path = format!("/messaging/chats/{case}");
    let page = clinic.page(ANNA, &path).await.text;
    assert!(page.contains("?bring=colleague#bring-in") && !page.contains("Kollega</label>"));
    let asked = clinic
        .page(ANNA, &format!("{path}?bring=colleague"))
        .await
        .text;
    assert!(asked.contains(&format!("<option value=\"{STIG}\">Stig Testkvist, Läkare")));
    assert!(!asked.contains(&format!("<option value=\"{ANNA}\"")));
    let mut fields = vec![
        ("key", "bring-key-1"),
        ("action", "bring-in"),
        ("practitioner", ""),
        ("bring_note", "Titta på bilden"),
    ];
    let refused = clinic.form(ANNA, &path, &fields).await;
    assert_eq!(refused.status, 422);
    for told in [
        "Välj en kollega",
        "href=\"#practitioner\"",
        "Titta på bilden</textarea>",
    ] {
        assert!(refused.text.contains(told), "{told}: {}", refused.text);
    }
    (fields[0].1, fields[2].1) = ("bring-key-2", STIG);
    let done = clinic.form(ANNA, &path, &fields).await;
    assert_eq!(done.status, 303, "{}", done.text);
    let of_patient = clinic.page(ALEX, &path).await.text;
    for told in [
        "Med i ärendet: Stig Testkvist, Stig Testkvist",
        "Stig Testkvist är nu med i ärendet.",
    ] {
        assert!(of_patient.contains(told), "{told}: {of_patient}");
    }
    assert!(!of_patient.contains("Titta på bilden") && !of_patient.contains("value=\"leave\""));
    let of_colleague = clinic.page(STIG, &path).await.text;
    assert!(of_colleague.contains("Titta på bilden") && of_colleague.contains("value=\"leave\""));
    fields[0].1 = "bring-key-3";
    let twice = clinic.form(ANNA, &path, &fields).await;
    assert_eq!(twice.status, 422);
    assert!(
        twice.text.contains("Kollegan är redan med"),
        "{}",
        twice.text
    );
    let leave = [
        ("key", "leave-key-1"),
        ("action", "leave"),
        ("practitioner", STIG),
    ];
    assert_eq!(clinic.form(STIG, &path, &leave).await.status, 303);
    let of_patient = clinic.page(ALEX, &path).await.text;
    assert!(of_patient.contains("Stig Testkvist är inte längre med i ärendet."));
    assert!(!of_patient.contains("Med i ärendet:"), "{of_patient}");
}

#[tokio::test]
async fn who_chooses_themselves_or_who_is_responsible_reads_why_the_matter_is_not_handed_over() {
    let clinic = Clinic::new().await;
    let case = clinic.open_case().await;
    let path = format!("/messaging/chats/{case}");
    for (key, to, told) in [
        ("hand-over-1", STIG, "Du kan inte lämna över till dig själv"),
        ("hand-over-2", ANNA, "Kollegan är redan ansvarig"),
    ] {
        let fields = [
            ("key", key),
            ("action", "hand-over"),
            ("practitioner", to),
            ("bring_note", "Vet mer"),
        ];
        let refused = clinic.form(STIG, &path, &fields).await;
        assert_eq!(refused.status, 422);
        for told in [told, "href=\"#practitioner\"", ">Vet mer</textarea>"] {
            assert!(refused.text.contains(told), "{told}: {}", refused.text);
        }
    }
}

#[tokio::test]
async fn an_offer_stands_on_the_page_of_its_matter_and_everybody_of_the_unit_has_the_buttons_that_are_theirs()
 {
    let clinic = Clinic::new().await;
    clinic.connect_maja().await;
    let case = clinic.open_case().await;
    let path = format!("/messaging/chats/{case}");
    let offered = json!({ "practitioner": STIG, "note": "Behöver en läkare" });
    let hand_over = format!("chats/{case}/hand-over");
    let offer = clinic.post(ANNA, &hand_over, offered).await.json()["offer"].clone();
    let accept = "value=\"accept\">Ta över<";
    let decline = ">Tacka nej<";
    let take_back = ">Ta tillbaka erbjudandet<";
    let anybody = "Dröjer svaret";
    let shown = async |person: &str| {
        let page = clinic.page(person, &path).await.text;
        [accept, decline, take_back, anybody].map(|part| page.contains(part))
    };
    assert_eq!(shown(STIG).await, [true, true, false, false]);
    assert_eq!(shown(ANNA).await, [false, false, true, false]);
    assert_eq!(shown(MAJA).await, [false, false, true, true]);
    assert_eq!(shown(ALEX).await, [false; 4]);
    let page = clinic.page(MAJA, &path).await;
    page.assert_tells(&[
        "Stig Testkvist vill lämna över ärendet till Stig Testkvist.",
        "<p class=\"text\">Behöver en läkare</p>",
    ]);
    // Fetched anew, the page shows the same, so that it stays as it stands where somebody looks at it.
    let state = |page: &Answer| {
        let (_, state) = page.text.split_once("data-live=\"state\"").expect("it");
        state.split_once("<section").expect("its end").0.to_owned()
    };
    assert_eq!(state(&clinic.page(MAJA, &path).await), state(&page));
    // What is closed is accepted no more, and taken back all the same.
    clinic.clock.set(at("2026-11-30T09:00"));
    assert_eq!(shown(STIG).await, [false, true, false, false]);
    let key = key(&page);
    let form = [
        ("key", key.as_str()),
        ("return_to", &path),
        ("offer", offer.as_str().expect("an offer")),
        ("action", "decline"),
    ];
    let taken_back = clinic.form(MAJA, &path, &form).await;
    assert_eq!(taken_back.status, 303, "{}", taken_back.text);
    assert_eq!(taken_back.headers["location"], path);
    for person in [ANNA, STIG, MAJA] {
        assert_eq!(shown(person).await, [false; 4], "{person}");
    }
    // Who is late reads why.
    let late = [("key", "late-answer"), form[1], form[2], form[3]];
    let late = clinic.form(STIG, &path, &late).await;
    assert_eq!(late.status, 422);
    assert!(late.text.contains("Någon annan hann före"), "{}", late.text);
}

#[tokio::test]
async fn the_last_message_says_where_to_turn_once_and_in_the_readers_language() {
    let clinic = Clinic::new().await;
    let case = clinic.open_case().await;
    let path = format!("/messaging/chats/{case}");
    clinic.clock.set(at("2026-11-30T09:00"));
    // The clock has closed it; the job has yet to say so in the thread.
    let before = clinic.page(ALEX, &path).await.text;
    clinic.run_job().await;
    let after = clinic.page(ALEX, &path).await.text;
    for page in [&before, &after] {
        assert_eq!(page.matches("ring 1177").count(), 1, "{page}");
    }
    let (_, last) = after.split_once("tiden är slut.").expect("the notice");
    assert!(last.contains("ring 1177"), "{after}");
    let request = Request::get(&path).header("accept", "text/html").header(
        "cookie",
        format!("__Host-session={}; __Host-language=en", clinic.token(ALEX)),
    );
    let english = clinic
        .send(request.body(Body::empty()).expect("a request"))
        .await;
    assert!(english.text.contains("call 1177"), "{}", english.text);
    let own = "UPDATE care_units SET where_to_turn = 'Ring växeln, 08-123'";
    clinic.run(own, []).await;
    let page = clinic.page(ALEX, &path).await.text;
    assert!(page.contains("Ring växeln, 08-123") && !page.contains("ring 1177"));
}

#[tokio::test]
async fn in_the_evening_only_a_patient_who_writes_or_waits_by_the_hours_reads_that_the_unit_is_closed()
 {
    let clinic = Clinic::new().await;
    let opened = async |name: &str, value: Value| {
        let case = clinic.post(ANNA, "cases", with(a_week(), name, value));
        case.await.id()
    };
    let case = clinic.open_case().await;
    let read_only = opened("patient_may_reply", json!(false)).await;
    let staff_begin = opened("first_writer", json!("staff")).await;
    let planned = opened("opens_at", json!("2026-11-24T09:00")).await;
    clinic.clock.set(at("2026-11-23T19:00"));
    let says_closed = async |case: &str| {
        let page = clinic.page(ALEX, &format!("/messaging/chats/{case}")).await;
        page.text
            .contains("Mottagningen är stängd just nu. Den öppnar")
    };
    assert!(says_closed(&case).await);
    for other in [&read_only, &staff_begin, &planned] {
        assert!(!says_closed(other).await);
    }
    let phase = format!("chats/{case}/phase");
    let body = json!({ "phase": "synchronous" });
    assert_eq!(clinic.post(ANNA, &phase, body).await.status, 200);
    assert!(!says_closed(&case).await, "both sides are there");
    clinic
        .post(ANNA, &phase, json!({ "phase": "asynchronous" }))
        .await;
    clinic.write(ALEX, &case, "Vad gör jag?").await;
    clinic.clock.set(at("2026-11-30T19:00"));
    assert!(says_closed(&case).await, "an answer is still owed");
}

#[tokio::test]
async fn a_patient_reads_by_when_an_answer_comes_and_then_that_it_is_late() {
    let clinic = Clinic::new().await;
    let case = clinic.open_case().await;
    clinic.write(ALEX, &case, "Vad gör jag?").await;
    for (moment, promised) in [("2026-11-25T08:59", true), ("2026-11-25T09:00", false)] {
        clinic.clock.set(at(moment));
        let page = clinic.page(ALEX, &format!("/messaging/chats/{case}")).await;
        let (by, late) = ("räkna med svar senast", "Svaret dröjer längre än väntat");
        let said = (page.text.contains(by), page.text.contains(late));
        assert_eq!(said, (promised, !promised), "{moment}: {}", page.text);
    }
}

#[tokio::test]
async fn a_message_with_a_file_that_was_only_chosen_is_not_sent_without_it_unseen() {
    let clinic = Clinic::new().await;
    let case = clinic.open_case().await;
    let path = format!("/messaging/chats/{case}");
    let sent = async |file: &str| {
        let fields = [
            ("key", "form-0000007"),
            ("action", "write"),
            ("text", "Så här ser det ut"),
            ("file", file),
        ];
        clinic.submit(ALEX, &path, &fields).await
    };
    let refused = sent("IMG_1.jpg").await;
    assert_eq!(refused.status, 422, "{}", refused.text);
    refused.assert_tells(&[
        "inte uppladdad än",
        "<a href=\"#text\">",
        ">Så här ser det ut</textarea>",
    ]);
    assert!(!refused.text.contains("IMG_1"), "{}", refused.text);
    assert_eq!(clinic.thread(ANNA, &case).await.len(), 1);
    assert_eq!(sent("").await.status, 303);
}

#[tokio::test]
async fn a_patient_whose_question_waits_after_the_end_reads_that_their_time_is_over_and_not_that_the_case_is()
 {
    let clinic = Clinic::new().await;
    let case = clinic.open_case().await;
    clinic.write(ALEX, &case, "Vad gör jag?").await;
    let path = format!("/messaging/chats/{case}");
    assert!(clinic.page(ALEX, &path).await.text.contains("Stänger"));
    clinic.clock.set(at("2026-11-30T09:00"));
    let over =
        "Tiden för att skriva är slut. Vården kan fortfarande svara på det senaste meddelandet.";
    let said = format!("<p class=\"panel\">{over}</p>");
    let write = [
        ("key", "too-late-by-a-bit"),
        ("action", "write"),
        ("text", "Hallå?"),
    ];
    let refused = clinic.form(ALEX, &path, &write).await;
    assert_eq!(refused.status, 422);
    assert_eq!(refused.text.matches(over).count(), 2, "{}", refused.text);
    // So until the job has come, and afterwards, in the grace.
    for _ in 0..2 {
        let page = clinic.page(ALEX, &path).await.text;
        assert!(
            page.contains(&said) && page.contains("Du väntar på svar"),
            "{page}"
        );
        assert!(
            clinic
                .page(ALEX, "/messaging/cases")
                .await
                .text
                .contains(over)
        );
        for (person, path) in [
            (ALEX, path.as_str()),
            (ANNA, &path),
            (ALEX, "/messaging/cases"),
            (ANNA, "/messaging/cases"),
        ] {
            let page = clinic.page(person, path).await.text;
            for untrue in ["Stänger", "kvar)", "avslutat."] {
                assert!(!page.contains(untrue), "{untrue}: {page}");
            }
        }
        clinic.run_job().await;
    }
}

#[tokio::test]
async fn staff_whose_change_comes_in_the_grace_read_that_the_case_can_be_extended() {
    let clinic = Clinic::new().await;
    let case = clinic.open_case().await;
    clinic.write(ALEX, &case, "Vad gör jag?").await;
    clinic.clock.set(at("2026-11-30T09:00"));
    clinic.run_job().await;
    let path = format!("/messaging/chats/{case}");
    for action in ["shorten", "synchronous"] {
        let page = clinic
            .form(
                ANNA,
                &path,
                &[
                    ("key", &clinic.new_key()),
                    ("action", action),
                    ("closes_at", "2026-11-30T08:00"),
                ],
            )
            .await;
        page.assert_tells(&["Förläng ärendet till en senare tid i stället."]);
        assert!(!page.text.contains("Ärendet är avslutat"), "{action}");
    }
}

#[tokio::test]
async fn the_page_says_how_many_files_go_with_its_readers_next_message() {
    let clinic = Clinic::new().await;
    let case = clinic.open_case().await;
    let path = format!("/messaging/chats/{case}");
    let upload = async |number: i64, by: Option<&str>, state: &str| {
        clinic
            .run(
                "INSERT INTO attachments (id, care_provider_id, chat_id, practitioner_id, kind, bytes, state, data_key, uploaded_at)
SELECT 'file-' || ?2, care_provider_id, id, ?3, 'pdf', 1, ?4, 'sealed', 0 FROM chats WHERE id = ?1",
                [case.as_str().into(), number.into(), by.into(), state.into()],
            )
            .await;
    };
    for (number, by, state) in [
        (1, None, "ready"),
        (2, None, "quarantined"),
        (3, None, "refused"),
        (4, Some(ANNA), "ready"),
    ] {
        upload(number, by, state).await;
    }
    let says = async |person: &str, count: Option<i64>| {
        let page = clinic.page(person, &path).await.text;
        match count {
            Some(count) => {
                let said =
                    format!("data-live=\"files\">Följer med ditt nästa meddelande: {count}. Filer");
                assert!(page.contains(&said), "{person}: {page}");
            }
            None => assert!(!page.contains("Följer med"), "{person}: {page}"),
        }
    };
    says(ALEX, Some(2)).await;
    says(ANNA, Some(1)).await;
    says(STIG, None).await;
    clinic.write(ALEX, &case, "Här är de").await;
    says(ALEX, None).await;
    says(ANNA, Some(1)).await;
}

#[tokio::test]
async fn whatever_is_written_is_shown_as_text_everywhere() {
    let clinic = Clinic::new().await;
    let markup = "<script>alert(1)</script><img src=x onerror=alert(2)> & \"'><b>";
    let mut case = with(a_week(), "subject", json!(markup));
    case["message"] = json!(markup);
    case["patient"]["name"] = json!("Alex <b>Blom</b>");
    let opened = clinic.post(ANNA, "cases", case).await;
    assert_eq!(opened.status, 201, "{}", opened.text);
    let case = opened.id();
    clinic.write(ALEX, &case, markup).await;
    let note = json!({ "text": markup });
    clinic
        .post(ANNA, &format!("chats/{case}/notes"), note)
        .await;
    let phrase = json!({ "title": "<i>Hej</i>", "text": markup });
    let phrase = clinic.post(ANNA, "reply-phrases", phrase).await;
    assert_eq!(phrase.status, 201, "{}", phrase.text);
    let path = format!("/messaging/chats/{case}");
    let with_phrase = format!("{path}?phrase={}", phrase.id());
    let mut shown = vec![];
    for (person, path) in [
        (ALEX, &path),
        (ANNA, &path),
        (ANNA, &with_phrase),
        (ALEX, &"/messaging/cases".to_owned()),
        (ANNA, &"/messaging/cases".to_owned()),
    ] {
        shown.push(clinic.page(person, path).await.text);
    }
    // What can't be sent comes back in its field.
    let long = markup.repeat(80);
    let fields = [
        ("key", "the-long-one"),
        ("action", "write"),
        ("text", &long),
    ];
    shown.push(clinic.form(ALEX, &path, &fields).await.text);
    let fields = [
        ("key", "a-new-case"),
        ("personal_identity", markup),
        ("subject", markup),
    ];
    shown.push(clinic.form(ANNA, "/messaging/new-case", &fields).await.text);
    // Closed by hand, the reason is shown to staff.
    let close = json!({ "reason": markup, "message": markup });
    clinic
        .post(ANNA, &format!("cases/{case}/close"), close)
        .await;
    shown.push(clinic.page(ANNA, &path).await.text);
    for page in shown {
        assert!(page.contains("&#60;script&#62;alert(1)"), "{page}");
        for raw in ["<script>", "<img", "<b>", "<i>", "onerror=alert(2)>"] {
            assert!(!page.contains(raw), "{raw}: {page}");
        }
    }
}

#[tokio::test]
async fn what_does_not_fit_is_said_at_its_field_and_in_the_summary_and_stays_typed() {
    let clinic = Clinic::new().await;
    let case = clinic.open_case().await;
    let chat = format!("/messaging/chats/{case}");
    let new = "/messaging/new-case";
    let hidden = "Kvar\u{202e}";
    for (path, action, field, wrong) in [
        (new, "", "personal_identity", "19610307-0000"),
        (new, "", "phone", "112"),
        (new, "", "subject", hidden),
        (new, "", "message", hidden),
        (new, "", "closes_at", "2026-11-23T09:05"),
        (new, "", "opens_at", "2026-11-23T08:00"),
        (chat.as_str(), "write", "text", hidden),
        (&chat, "note", "note", hidden),
        (&chat, "close", "reason", hidden),
        (&chat, "extend", "closes_at", "2026-11-23T09:05"),
    ] {
        let key = format!("fault-{action}-{field}");
        let mut fields = vec![("key", key.as_str()), ("action", action)];
        if path == new {
            fields.extend([
                ("personal_identity", ALEX),
                ("name", "Alex Blom"),
                ("subject", "Blodtryck"),
                ("closes_at", "2026-11-30T09:00"),
            ]);
            fields.retain(|(name, _)| *name != field);
        }
        fields.push((field, wrong));
        let shown = clinic.form(ANNA, path, &fields).await;
        assert_eq!(shown.status, 422, "{field}: {}", shown.text);
        for told in [
            "<ds-error-summary".to_owned(),
            format!("href=\"#{field}\""),
            format!("id=\"{field}-wrong\""),
            wrong.to_owned(),
        ] {
            assert!(
                shown.text.contains(&told),
                "{field}, {told}: {}",
                shown.text
            );
        }
        let marked = shown.text.matches("aria-invalid=\"true\"").count();
        assert_eq!(marked, 1, "{field}");
    }
    for path in [new, &chat] {
        let page = clinic.page(ANNA, path).await.text;
        assert!(!page.contains("ds-error-summary class") && !page.contains("aria-invalid"));
    }
}

#[tokio::test]
async fn the_simple_case_needs_no_more_than_a_patient_and_a_subject() {
    let clinic = Clinic::new().await;
    let begin = [
        ("key", "form-begin"),
        ("action", "begin"),
        ("personal_identity", ALEX),
    ];
    for page in [
        clinic.page(ANNA, "/messaging/new-case").await,
        clinic.form(ANNA, "/messaging/new-case", &begin).await,
    ] {
        for told in [
            "name=\"closes_at\" required value=\"2026-11-30T17:00\"",
            &format!("<option value=\"{ANNA}\" selected>"),
            "<option value=\"either\" selected>",
            "<details><summary>",
        ] {
            assert!(page.text.contains(told), "{told}: {}", page.text);
        }
    }
    let fields = [
        ("key", "form-simple"),
        ("personal_identity", ALEX),
        ("name", "Alex Blom"),
        ("subject", "Blodtryck"),
        ("closes_at", "2026-11-30T17:00"),
        ("practitioner", ANNA),
        ("first_writer", "either"),
    ];
    let opened = clinic.form(ANNA, "/messaging/new-case", &fields).await;
    assert_eq!(opened.status, 303, "{}", opened.text);
    let page = clinic
        .page(
            ANNA,
            opened.headers["location"].to_str().expect("a location"),
        )
        .await;
    assert!(
        page.text
            .contains("name=\"closes_at\" required value=\"2026-11-30T17:00\""),
        "an end to be moved begins from the present one: {}",
        page.text
    );
}

#[tokio::test]
async fn the_form_says_all_that_a_program_can_about_a_case() {
    let clinic = Clinic::new().await;
    let mut fields = vec![
        ("key", "form-planned"),
        ("personal_identity", BO),
        ("name", "Bo Testkvist"),
        ("protected_identity", "yes"),
        ("subject", "Blodtryck"),
        ("opens_at", "2026-11-25T08:00"),
        ("closes_at", "2026-12-09T17:00"),
        ("practitioner", "physician"),
        ("first_writer", "patient"),
        ("message", "Hej!"),
    ];
    // What can't be stands at its field, and the folded choices that were made stay in sight.
    let refused = clinic.form(ANNA, "/messaging/new-case", &fields).await;
    assert_eq!(refused.status, 422);
    for told in [
        "href=\"#message\"",
        "Du kan inte skriva än",
        "Hej!</textarea>",
        "<details open>",
        "<option value=\"physician\" selected>",
        "<option value=\"patient\" selected>",
        "value=\"2026-11-25T08:00\"",
    ] {
        assert!(refused.text.contains(told), "{told}: {}", refused.text);
    }
    fields.pop();
    let opened = clinic.form(ANNA, "/messaging/new-case", &fields).await;
    assert_eq!(opened.status, 303, "{}", opened.text);
    let list = clinic.get(ANNA, "cases").await.json();
    let case = &list["cases"][0];
    assert_eq!(
        (&case["state"], &case["opens_at"], &case["first_writer"]),
        (
            &json!("planned"),
            &json!("2026-11-25T07:00:00Z"),
            &json!("patient")
        )
    );
    assert_eq!(case["responsible"], json!({ "role": "physician" }));
    assert!(case["patient"]["name"].is_null(), "protected: {case}");
    // Who can only read can't write first; whoever comes first is staff then.
    fields = vec![
        ("key", "form-to-read"),
        ("personal_identity", ALEX),
        ("name", "Alex Blom"),
        ("subject", "Provsvar"),
        ("closes_at", "2026-12-09T17:00"),
        ("practitioner", STIG),
        ("first_writer", "patient"),
        ("read_only", "yes"),
        ("message", "Dina prover är bra."),
    ];
    let refused = clinic.form(ANNA, "/messaging/new-case", &fields).await;
    assert!(
        refused.text.contains("href=\"#first_writer\""),
        "{}",
        refused.text
    );
    fields[6].1 = "either";
    let opened = clinic.form(ANNA, "/messaging/new-case", &fields).await;
    assert_eq!(opened.status, 303, "{}", opened.text);
    let list = clinic.get(ALEX, "cases").await.json();
    let case = &list["cases"][0];
    assert_eq!(
        (&case["patient_may_reply"], &case["first_writer"]),
        (&json!(false), &json!("staff"))
    );
    assert_eq!(case["responsible"]["practitioner"], STIG);
}

#[tokio::test]
async fn all_that_is_wrong_with_a_new_case_is_said_at_once() {
    let clinic = Clinic::new().await;
    let fields = [
        ("key", "form-all-wrong"),
        ("personal_identity", "123"),
        ("subject", ""),
        ("closes_at", ""),
        ("opens_at", "igår"),
        ("practitioner", "somebody"),
        ("first_writer", "nobody"),
    ];
    let refused = clinic.form(ANNA, "/messaging/new-case", &fields).await;
    assert_eq!(refused.status, 422);
    for (field, _) in &fields[1..] {
        let link = format!("href=\"#{field}\"");
        assert!(refused.text.contains(&link), "{field}: {}", refused.text);
    }
}

#[tokio::test]
async fn the_pages_speak_english_too_and_are_nobody_elses() {
    let clinic = Clinic::new().await;
    let case = clinic.open_case().await;
    let path = format!("/messaging/chats/{case}");
    let request = Request::get(&path)
        .header("accept", "text/html")
        .header("accept-language", "en")
        .header("cookie", format!("__Host-session={}", clinic.token(ALEX)));
    let page = clinic
        .send(request.body(Body::empty()).expect("a request"))
        .await;
    assert!(page.text.contains("Write a message") && page.text.contains("7 days left"));
    for person in [BO, EVA, OLOF] {
        assert_eq!(clinic.page(person, &path).await.status, 404);
        let fields = [
            ("key", "somebody-elses"),
            ("action", "write"),
            ("text", "Hej"),
        ];
        assert_eq!(clinic.form(person, &path, &fields).await.status, 404);
    }
}
