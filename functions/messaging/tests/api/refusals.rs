//! Bad input and foreign callers: a clear no, and nothing written.

use crate::world::*;
use serde_json::{Value, json};

#[tokio::test]
async fn a_case_that_cannot_be_is_refused_at_its_field_and_leaves_nothing() {
    let clinic = Clinic::new().await;
    let rows = clinic.rows().await;
    let cases: Vec<(Value, &str)> = vec![
        (
            with(a_week(), "closes_at", json!("2026-11-23T09:59")),
            "closes_at",
        ),
        (
            with(a_week(), "closes_at", json!("2027-02-21T09:01")),
            "closes_at",
        ),
        (with(a_week(), "closes_at", json!("igår")), "closes_at"),
        (
            with(a_week(), "closes_at", json!("2027-03-28T02:30")),
            "closes_at",
        ),
        (
            with(a_week(), "opens_at", json!("2026-11-23T08:59")),
            "opens_at",
        ),
        (
            with(
                with(a_week(), "opens_at", json!("2028-11-23T08:59")),
                "closes_at",
                json!("2028-11-24T08:59"),
            ),
            "opens_at",
        ),
        (with(a_week(), "subject", json!("")), "subject"),
        (with(a_week(), "subject", json!("å".repeat(201))), "subject"),
        (with(a_week(), "subject", json!("a\u{202e}b")), "subject"),
        (with(a_week(), "practitioner", json!(EVA)), "practitioner"),
        (
            with(
                with(a_week(), "practitioner", json!(ANNA)),
                "role",
                json!("nurse"),
            ),
            "role",
        ),
        (
            with(a_week(), "first_writer", json!("nobody")),
            "first_writer",
        ),
        (
            with(
                with(a_week(), "patient_may_reply", json!(false)),
                "first_writer",
                json!("patient"),
            ),
            "first_writer",
        ),
        (
            with(
                with(a_week(), "first_writer", json!("patient")),
                "message",
                json!("Hej"),
            ),
            "message",
        ),
        (
            with(
                with(a_week(), "opens_at", json!("2026-11-24T09:00")),
                "message",
                json!("Hej"),
            ),
            "message",
        ),
        (
            with(a_week(), "patient.personal_identity", json!("196103072391")),
            "patient.personal_identity",
        ),
        (
            with(a_week(), "patient", json!({ "personal_identity": BO })),
            "patient.name",
        ),
        (with(a_week(), "more", json!(1)), "more"),
    ];
    for (body, field) in cases {
        let refused = clinic.post(ANNA, "cases", body.clone()).await;
        assert_eq!(refused.status, 422, "{body} {}", refused.text);
        assert_eq!(refused.json()["field"], field, "{body}");
    }
    let young = clinic
        .post(ANNA, "cases", with(a_week(), "patient", patient(NOA)))
        .await;
    assert_eq!(young.refused(), (422, "under-age".into()));
    assert_eq!(clinic.rows().await, rows);
}

#[tokio::test]
async fn a_text_that_cannot_be_shown_is_refused_and_markup_is_text() {
    let clinic = Clinic::new().await;
    let case = clinic.open_case().await;
    let rows = clinic.rows().await;
    for text in [
        "".to_owned(),
        " \n\t ".to_owned(),
        "å".repeat(4001),
        "a\0b".to_owned(),
        "a\u{1b}[31m".to_owned(),
        "faktura\u{202e}fdp.exe".to_owned(),
        "a\u{2066}b\u{2069}".to_owned(),
    ] {
        for person in [ALEX, ANNA] {
            let refused = clinic.write(person, &case, &text).await;
            assert_eq!(refused.refused(), (422, "invalid".into()), "{text:?}");
        }
    }
    for body in [
        "",
        "{",
        "[]",
        "null",
        "{\"text\":1}",
        "{\"text\":\"a\",\"html\":true}",
    ] {
        let key = clinic.new_key();
        let refused = clinic
            .post_text(
                ALEX,
                &format!("chats/{case}/messages"),
                &key,
                body.to_owned(),
            )
            .await;
        assert!(
            matches!(refused.status.as_u16(), 400 | 422),
            "{body}: {}",
            refused.text
        );
    }
    assert_eq!(clinic.rows().await, rows);
    let longest = clinic.write(ALEX, &case, &"å".repeat(4000)).await;
    assert_eq!(longest.status, 201);
    let markup = "<script>alert(1)</script> & <b>fet</b> {{ 7 * 7 }}";
    clinic.write(ALEX, &case, markup).await;
    assert_eq!(
        clinic.chat(ANNA, &case).await["messages"][2]["text"],
        markup
    );
}

#[tokio::test]
async fn no_field_of_any_route_takes_what_cannot_be_shown_or_reads_as_something_else() {
    let clinic = Clinic::new().await;
    let case = clinic.open_case().await;
    let rows = clinic.rows().await;
    let until = json!("2026-11-30T09:00");
    for trick in [
        "a\0b",
        "a\u{7}b",
        "a\u{1b}[31m",
        "a\u{85}b",
        "faktura\u{202e}fdp.exe",
        "a\u{2066}b\u{2069}",
        "a\u{200f}b",
        "a\u{61c}b",
    ] {
        let named = with(patient(BO), "name", json!(trick));
        for (path, body) in [
            ("cases".to_owned(), with(a_week(), "subject", json!(trick))),
            ("cases".to_owned(), with(a_week(), "message", json!(trick))),
            ("cases".to_owned(), with(a_week(), "patient", named)),
            (format!("chats/{case}/messages"), json!({ "text": trick })),
            (format!("chats/{case}/notes"), json!({ "text": trick })),
            (format!("cases/{case}/close"), json!({ "reason": trick })),
            (
                format!("cases/{case}/close"),
                json!({ "reason": "Klart", "message": trick }),
            ),
            (
                format!("chats/{case}/hand-over"),
                json!({ "practitioner": STIG, "note": trick }),
            ),
            (
                format!("chats/{case}/colleagues"),
                json!({ "practitioner": STIG, "note": trick }),
            ),
            (
                "reply-phrases".to_owned(),
                json!({ "title": trick, "text": "Hej" }),
            ),
            (
                "reply-phrases".to_owned(),
                json!({ "title": "Hej", "text": trick }),
            ),
        ] {
            let refused = clinic.post(ANNA, &path, body.clone()).await;
            assert_eq!(refused.refused(), (422, "invalid".into()), "{path} {body}");
        }
        let extend = json!({ "closes_at": until, "reason": trick });
        let refused = clinic
            .post(ANNA, &format!("cases/{case}/extend"), extend)
            .await;
        assert_eq!(
            refused.status, 422,
            "a field that isn't there takes nothing"
        );
    }
    assert_eq!(clinic.rows().await, rows);
}

#[tokio::test]
async fn others_find_nothing_and_change_nothing() {
    let clinic = Clinic::new().await;
    let case = clinic.open_case().await;
    clinic.write(ALEX, &case, "Hemligt").await;
    let rows = clinic.rows().await;
    let unknown = case.replace(&case[0..8], "00000000");
    for person in [BO, EVA, OLOF] {
        for path in [format!("cases/{case}"), format!("chats/{case}/messages")] {
            assert_eq!(
                clinic.get(person, &path).await.refused(),
                (404, "not-found".into())
            );
        }
        assert_eq!(
            clinic.write(person, &case, "Hej").await.refused(),
            (404, "not-found".into())
        );
        let read = clinic
            .post(
                person,
                &format!("chats/{case}/read"),
                json!({ "number": 1 }),
            )
            .await;
        assert_eq!(read.refused(), (404, "not-found".into()));
        let back = clinic
            .post(
                person,
                &format!("chats/{case}/messages/2/withdraw"),
                json!({}),
            )
            .await;
        assert_eq!(back.refused(), (404, "not-found".into()));
        assert_eq!(clinic.get(person, "cases").await.json()["cases"], json!([]));
    }
    for path in [
        "cases/x",
        &format!("cases/{unknown}"),
        &format!("chats/{case}/messages/x"),
    ] {
        assert_eq!(clinic.get(ANNA, path).await.status, 404);
    }
    for number in ["0", "-1", "99", "x", "2147483648", "99999999999999999999"] {
        let path = format!("chats/{case}/messages/{number}/withdraw");
        assert_eq!(
            clinic.post(ALEX, &path, json!({})).await.status,
            404,
            "{number}"
        );
    }
    for query in [
        "limit=0",
        "limit=201",
        "limit=x",
        "after=-1",
        "after=1&before=2",
        "nonsense=1",
    ] {
        let refused = clinic
            .get(ANNA, &format!("chats/{case}/messages?{query}"))
            .await;
        assert_eq!(refused.refused(), (422, "invalid".into()), "{query}");
    }
    for query in ["limit=0", "limit=501", "cursor=x", "current=maybe"] {
        let refused = clinic.get(ANNA, &format!("cases?{query}")).await;
        assert_eq!(refused.refused(), (422, "invalid".into()), "{query}");
    }
    assert_eq!(clinic.rows().await, rows);
}

#[tokio::test]
async fn two_staff_who_answer_at_once_are_both_in() {
    let clinic = Clinic::new().await;
    let case = clinic.open_case().await;
    clinic.write(ALEX, &case, "Hej?").await;
    let (anna, stig) = tokio::join!(
        clinic.write(ANNA, &case, "Ja"),
        clinic.write(STIG, &case, "Nej")
    );
    let numbers = [
        anna.json()["number"].as_i64(),
        stig.json()["number"].as_i64(),
    ];
    assert!(
        numbers.contains(&Some(3)) && numbers.contains(&Some(4)),
        "{numbers:?}"
    );
}
