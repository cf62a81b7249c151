//! What gateways call: reports and answers, forged, replayed, cut, late and in any order.
#![expect(
    clippy::expect_used,
    reason = "a test whose ground is missing stops at once"
)]

use ct_codecs::{Base64, Encoder};
use serde_json::{Value, json};
use shared::time::{HOUR, MINUTE};

use crate::gateway::Answers;
use crate::world::*;

async fn sent() -> (Clinic, String) {
    let clinic = Clinic::new().await;
    clinic.book("2026-11-30T09:00").await;
    clinic.deliver().await;
    let path = clinic.gateway.report_path(0);
    (clinic, path)
}

const DELIVERED: [(&str, &str); 3] = [
    ("id", "s1"),
    ("status", "delivered"),
    ("delivered", "2026-11-23T08:00:05"),
];
const OPEN_TASKS: &str =
    "SELECT count(*) AS n FROM tasks WHERE kind = 'message-failed' AND done_at IS NULL";
const FAILED: [(&str, &str); 2] = [("id", "s1"), ("status", "failed")];

#[tokio::test]
async fn a_report_says_what_became_of_a_message_and_a_replay_changes_nothing() {
    let (clinic, path) = sent().await;
    for _ in 0..3 {
        assert_eq!(clinic.call(&path, &DELIVERED).await.status, 204);
        assert_eq!(clinic.states().await, ["delivered"]);
    }
    // Late news of the way there, or of failure, do not take it back.
    assert_eq!(
        clinic
            .call(&path, &[("id", "s1"), ("status", "sent")])
            .await
            .status,
        204
    );
    assert_eq!(clinic.call(&path, &FAILED).await.status, 204);
    assert_eq!(clinic.states().await, ["delivered"]);
    assert_eq!(clinic.tasks().await, 0);
}

#[tokio::test]
async fn a_failure_is_one_task_and_a_late_delivery_still_counts() {
    let (clinic, path) = sent().await;
    for _ in 0..3 {
        assert_eq!(clinic.call(&path, &FAILED).await.status, 204);
    }
    assert_eq!(clinic.states().await, ["failed"]);
    assert_eq!(clinic.tasks().await, 1);
    // Staff of the unit are told of the message, once.
    for told in [
        "SELECT count(*) AS n FROM notifications WHERE kind = 'sms-not-delivered'",
        "SELECT count(*) AS n FROM notifications
JOIN sms_outbox ON sms_outbox.id = notifications.resource_id
WHERE notifications.kind = 'sms-not-delivered' AND notifications.resource_type = 'text-message'
  AND notifications.care_unit_id = 'SE2321000131-U1' AND notifications.times = 1",
    ] {
        assert_eq!(clinic.number(told).await, 1);
    }
    // The task is logged, and that it was closed.
    let logged = "SELECT count(*) AS n FROM access_log WHERE user_id = 'sms/report' AND json_array_length(patients) = 1";
    assert_eq!(clinic.number(logged).await, 1);
    for _ in 0..3 {
        assert_eq!(clinic.call(&path, &DELIVERED).await.status, 204);
    }
    assert_eq!(clinic.number(logged).await, 2);
    assert_eq!(clinic.states().await, ["delivered"]);
    // Staff sees no reason why not any more, and has nothing to look at.
    assert_eq!(clinic.failures().await, [""]);
    assert_eq!(clinic.number(OPEN_TASKS).await, 0);
}

#[tokio::test]
async fn a_late_failure_of_the_first_try_does_not_take_back_the_second() {
    let (clinic, path) = sent().await;
    assert_eq!(clinic.call(&path, &FAILED).await.status, 204);
    let id = clinic.ids().await.remove(0);
    let again = format!("messages/{id}/send-again");
    assert_eq!(clinic.post(ANNA, &again, json!({})).await.status, 200);
    // Before the second try, while it is on its way, and after it.
    assert_eq!(clinic.call(&path, &FAILED).await.status, 204);
    clinic.gateway.will(Answers::Nothing);
    clinic.deliver().await;
    assert_eq!(clinic.call(&path, &FAILED).await.status, 204);
    clinic.pass(HOUR);
    assert_eq!(clinic.deliver().await["sent"], 1);
    assert_eq!(clinic.call(&path, &FAILED).await.status, 204);
    assert_eq!(clinic.states().await, ["sent"]);
    assert_eq!(clinic.tasks().await, 1);
    // Its own failure counts.
    let own = [("id", "s3"), ("status", "failed")];
    assert_eq!(clinic.call(&path, &own).await.status, 204);
    assert_eq!(clinic.states().await, ["failed"]);
    assert_eq!(clinic.tasks().await, 2);
}

#[tokio::test]
async fn a_stopp_that_is_replayed_takes_back_no_consent_given_since() {
    let (clinic, _) = sent().await;
    let path = format!("/sms/v1/incoming/46elks/{SECRET}");
    let stopp = [("from", "+46701740605"), ("message", "STOPP"), ("id", "i1")];
    assert_eq!(clinic.call(&path, &stopp).await.status, 204);
    let consents = "SELECT count(*) AS n FROM patients WHERE sms_consent = 1";
    assert_eq!(clinic.number(consents).await, 0);
    clinic.run("UPDATE patients SET sms_consent = 1", []).await;
    assert_eq!(clinic.call(&path, &stopp).await.status, 204);
    assert_eq!(clinic.number(consents).await, 1);
    let another = [stopp[0], stopp[1], ("id", "i2")];
    assert_eq!(clinic.call(&path, &another).await.status, 204);
    assert_eq!(clinic.number(consents).await, 0);
}

#[tokio::test]
async fn stopp_holds_for_the_phone_where_another_care_provider_first_meets_the_patient() {
    let (clinic, _) = sent().await;
    let path = format!("/sms/v1/incoming/46elks/{SECRET}");
    let stopp = [("from", "+46701740605"), ("message", "STOPP"), ("id", "i1")];
    assert_eq!(clinic.call(&path, &stopp).await.status, 204);
    let body = json!({
        "kind": "free-time", "starts_at": "2026-12-01T09:00", "minutes": 30, "patient": patient(ALEX), "reason": "Hosta"
    });
    clinic
        .post(OLOF, "/booking/v1/appointments", body)
        .await
        .id();
    assert_eq!(clinic.deliver().await["withheld"], 1);
    assert_eq!(clinic.gateway.texts().len(), 1);
    assert!(clinic.failures().await.contains(&"unreachable".to_owned()));
}

#[tokio::test]
async fn a_report_that_is_quicker_than_the_gateways_own_answer_spares_the_second_try() {
    let clinic = Clinic::new().await;
    clinic.book("2026-11-30T09:00").await;
    clinic.gateway.will(Answers::NothingButTakes);
    assert_eq!(clinic.deliver().await["again"], 1);
    let path = clinic.gateway.report_path(0);
    assert_eq!(clinic.call(&path, &DELIVERED).await.status, 204);
    clinic.pass(HOUR);
    assert_eq!(clinic.deliver().await["sent"], 0);
    assert_eq!(clinic.gateway.texts().len(), 1);
}

#[tokio::test]
async fn no_report_within_a_day_is_a_task_once() {
    let (clinic, path) = sent().await;
    clinic.pass(24 * HOUR - 1);
    assert_eq!(clinic.deliver().await["overdue"], 0);
    clinic.pass(1);
    assert_eq!(clinic.deliver().await["overdue"], 1);
    assert_eq!(clinic.deliver().await["overdue"], 0);
    assert_eq!(clinic.tasks().await, 1);
    assert_eq!(clinic.failures().await, ["no-report"]);
    let logged =
        "SELECT count(*) AS n FROM access_log WHERE user_id = 'sms/deliver' AND activity = 'write'";
    assert_eq!(clinic.number(logged).await, 1);
    assert_eq!(clinic.call(&path, &DELIVERED).await.status, 204);
    assert_eq!(clinic.states().await, ["delivered"]);
    assert_eq!(clinic.failures().await, [""]);
    assert_eq!(clinic.number(OPEN_TASKS).await, 0);
}

#[tokio::test]
async fn whoever_does_not_know_the_secret_changes_nothing() {
    let (clinic, path) = sent().await;
    let rows = clinic.rows().await;
    for forged in [
        path.replace(SECRET, "guess"),
        path.replace(SECRET, &SECRET[1..]),
        path.replace("46elks/a-secret-of-more-than-128-bits", "twilio"),
        path.replace(SECRET, "%20"),
    ] {
        let refused = clinic.call(&forged, &DELIVERED).await;
        assert_eq!(refused.status, 403, "{forged}");
    }
    assert_eq!(clinic.states().await, ["sent"]);
    assert_eq!(clinic.rows().await, rows);
}

#[tokio::test]
async fn the_secret_serves_only_from_the_addresses_that_are_set() {
    let (mut clinic, path) = sent().await;
    clinic.set(&[("ELKS_ADDRESSES", "192.0.2.10, 192.0.2.11")]);
    let rows = clinic.rows().await;
    // Another's, one that begins alike, the whole list, and none known.
    for stranger in [
        Some("198.51.100.7"),
        Some("192.0.2.1"),
        Some("192.0.2.110"),
        Some("192.0.2.10, 192.0.2.11"),
        Some(""),
        None,
    ] {
        let refused = clinic.call_from(stranger, &path, &DELIVERED).await;
        assert_eq!(refused.status, 403, "{stranger:?}");
    }
    let guessed = path.replace(SECRET, "guess");
    let refused = clinic
        .call_from(Some("192.0.2.10"), &guessed, &DELIVERED)
        .await;
    assert_eq!(refused.status, 403);
    assert_eq!(clinic.states().await, ["sent"]);
    assert_eq!(clinic.rows().await, rows);
    let incoming = format!("/sms/v1/incoming/46elks/{SECRET}");
    let refused = clinic
        .call_from(Some("198.51.100.7"), &incoming, &[("message", "STOPP")])
        .await;
    assert_eq!(refused.status, 403);

    let own = clinic
        .call_from(Some("192.0.2.11"), &path, &DELIVERED)
        .await;
    assert_eq!(own.status, 204);
    assert_eq!(clinic.states().await, ["delivered"]);
}

#[tokio::test]
async fn production_takes_no_call_of_46elks_before_its_addresses_are_set() {
    let (mut clinic, path) = sent().await;
    let incoming = format!("/sms/v1/incoming/46elks/{SECRET}");
    let stopp = [("from", "+46701740605"), ("message", "STOPP"), ("id", "i1")];
    clinic.set(&[("ENVIRONMENT", "production")]);
    let rows = clinic.rows().await;
    for (path, fields) in [(&path, &DELIVERED), (&incoming, &stopp)] {
        let refused = clinic.call_from(Some("192.0.2.10"), path, fields).await;
        // 46elks comes again for hours, until the setting is mended; the log alone says which it is.
        assert_eq!(refused.status, 500);
        assert!(!refused.text.contains("ELKS"), "{}", refused.text);
    }
    assert_eq!(clinic.states().await, ["sent"]);
    assert_eq!(clinic.rows().await, rows);
    clinic.set(&[("ELKS_ADDRESSES", "192.0.2.10")]);
    let taken = clinic
        .call_from(Some("192.0.2.10"), &path, &DELIVERED)
        .await;
    assert_eq!(taken.status, 204);
    assert_eq!(clinic.states().await, ["delivered"]);
}

#[tokio::test]
async fn a_cut_or_unknown_report_changes_nothing() {
    let (clinic, path) = sent().await;
    let rows = clinic.rows().await;
    assert_eq!(clinic.call(&path, &[("id", "s1")]).await.status, 422);
    assert_eq!(clinic.call(&path, &[]).await.status, 422);
    assert_eq!(
        clinic.call(&path, &[("status", "surprise")]).await.status,
        204
    );
    let unknown = format!("/sms/v1/reports/46elks/{SECRET}/019aa000-0000-7000-8000-000000000000");
    assert_eq!(clinic.call(&unknown, &DELIVERED).await.status, 204);
    assert_eq!(clinic.call(&unknown, &FAILED).await.status, 204);
    let nonsense = format!("/sms/v1/reports/46elks/{SECRET}/nonsense");
    assert_eq!(clinic.call(&nonsense, &DELIVERED).await.status, 204);
    assert_eq!(clinic.rows().await, rows);
    assert_eq!(clinic.states().await, ["sent"]);
}

#[tokio::test]
async fn a_message_that_was_never_tried_cannot_be_reported_on() {
    let clinic = Clinic::new().await;
    clinic.book("2026-11-30T09:00").await;
    let id = clinic.ids().await.remove(0);
    let path = format!("/sms/v1/reports/46elks/{SECRET}/{id}");
    for report in [&DELIVERED[..], &FAILED[..]] {
        assert_eq!(clinic.call(&path, report).await.status, 204);
    }
    assert_eq!(clinic.states().await, ["queued"]);
}

#[tokio::test]
async fn guessing_the_secret_is_slowed_down() {
    let (clinic, path) = sent().await;
    let forged = path.replace(SECRET, "guess");
    for _ in 0..100 {
        assert_eq!(clinic.call(&forged, &DELIVERED).await.status, 403);
    }
    assert_eq!(clinic.call(&forged, &DELIVERED).await.status, 429);
    clinic.pass(11 * MINUTE);
    assert_eq!(clinic.call(&path, &DELIVERED).await.status, 204);
}

#[tokio::test]
async fn stopp_withdraws_consent_everywhere_and_anything_else_is_told_once_that_nobody_reads_it() {
    let (clinic, _) = sent().await;
    let path = format!("/sms/v1/incoming/46elks/{SECRET}");
    let write = async |message: &str| {
        clinic
            .call(
                &path,
                &[
                    ("from", "+46701740605"),
                    ("to", "+46701740699"),
                    ("message", message),
                    ("id", "i1"),
                ],
            )
            .await
    };
    let told = write("Kan jag komma i morgon?").await;
    assert_eq!(told.status, 200);
    assert!(
        told.text.starts_with("Det här numret läses inte."),
        "{}",
        told.text
    );
    assert_eq!(write("Hallå?").await.status, 204);
    let consents = "SELECT count(*) AS n FROM patients WHERE sms_consent = 1";
    assert_eq!(clinic.number(consents).await, 1);
    assert_eq!(write(" stopp ").await.status, 204);
    assert_eq!(clinic.number(consents).await, 0);
    let logged = "SELECT count(*) AS n FROM access_log WHERE resource_type = 'sms-consent'";
    assert_eq!(clinic.number(logged).await, 1);
    assert_eq!(write("STOPP").await.status, 204);
    assert_eq!(clinic.number(logged).await, 1);
    clinic.book("2026-12-01T09:00").await;
    clinic.deliver().await;
    assert_eq!(clinic.gateway.texts().len(), 1);
    // Short numbers and names are nobody's.
    let short = clinic
        .call(&path, &[("from", "Banken"), ("message", "STOPP")])
        .await;
    assert_eq!(short.status, 204);
}

#[tokio::test]
async fn that_nobody_reads_it_is_said_in_the_language_of_whose_phone_it_is() {
    let clinic = Clinic::new().await;
    clinic.book("2026-11-30T09:00").await;
    clinic.run("UPDATE patients SET language = 'en'", []).await;
    let path = format!("/sms/v1/incoming/46elks/{SECRET}");
    let told = async |from: &str| {
        let fields = [("from", from), ("message", "Hello?"), ("id", "i1")];
        clinic.call(&path, &fields).await.text
    };
    let told = [told("+46701740605").await, told("+46701740699").await];
    assert!(told[0].starts_with("This number is not read."), "{told:?}");
    assert!(
        told[1].starts_with("Det här numret läses inte."),
        "{told:?}"
    );
}

#[tokio::test]
async fn a_guest_who_writes_stopp_is_left_in_peace_until_they_write_start() {
    let clinic = Clinic::new().await;
    let path = format!("/sms/v1/incoming/46elks/{SECRET}");
    let write = async |message: &str| {
        let fields = [
            ("from", "+46701740606"),
            ("message", message),
            ("id", message),
        ];
        assert_eq!(clinic.call(&path, &fields).await.status, 204);
    };
    let invite = async |starts_at: &str| {
        let mut silent = patient(ALEX);
        silent["sms_consent"] = json!(false);
        let body = json!({
            "kind": "video", "starts_at": starts_at, "minutes": 30, "patient": silent, "reason": "Hosta",
            "participants": [{ "role": "relative", "name": "Bo Testkvist", "phone": "070-174 06 06" }]
        });
        let visit = clinic.post(ANNA, "/booking/v1/appointments", body).await;
        assert_eq!(visit.status, 201, "{}", visit.text);
        clinic.deliver().await;
        clinic.gateway.texts().len()
    };
    assert_eq!(invite("2026-11-30T09:00").await, 1);
    write("STOPP").await;
    assert_eq!(invite("2026-12-01T09:00").await, 1);
    // Staff sees that it did not go.
    assert!(clinic.failures().await.contains(&"unreachable".to_owned()));
    write("Start").await;
    assert_eq!(invite("2026-12-02T09:00").await, 2);
}

#[tokio::test]
async fn a_message_to_a_landline_that_was_kept_before_is_withheld_and_not_swallowed() {
    let clinic = Clinic::new().await;
    clinic.book("2026-11-30T09:00").await;
    clinic.change_phone(ALEX, "+46313900605").await;
    clinic.deliver().await;
    assert_eq!(clinic.gateway.texts().len(), 0);
    assert_eq!(clinic.states().await, ["withheld"]);
    assert_eq!(clinic.failures().await, ["unreachable"]);
}

/// The signatures of Twilio's own library over addresses of ours with these fields.
fn signed_by_twilio(callbacks: &[(&str, &[(&str, &str)])]) -> Vec<String> {
    let callbacks: Vec<Value> = callbacks
        .iter()
        .map(|(address, fields)| {
            let fields = fields
                .iter()
                .map(|(name, value)| ((*name).to_owned(), json!(value)));
            json!(["12345", address, serde_json::Map::from_iter(fields)])
        })
        .collect();
    let output = std::process::Command::new("node")
        .arg(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/tests/api/twilio-sign.mjs"
        ))
        .arg(json!(callbacks).to_string())
        .output()
        .expect("node and Twilio's library, which make setup installs");
    assert!(output.status.success(), "{output:?}");
    let lines = String::from_utf8(output.stdout).expect("text");
    lines.lines().map(str::to_owned).collect()
}

#[tokio::test]
async fn what_twilios_own_library_signs_holds_and_altered_it_does_not() {
    let clinic = Clinic::with(&[
        ("SMS_SIMULATOR_URL", "http://127.0.0.1:8793"),
        ("TWILIO_AUTH_TOKEN", "12345"),
    ])
    .await;
    clinic.book("2026-11-30T09:00").await;
    clinic.deliver().await;
    let id = clinic.gateway.report_path(0);
    let path = format!(
        "/sms/v1/reports/twilio/{}",
        id.rsplit('/').next().expect("an id")
    );
    let fields = [("MessageSid", "SM1"), ("MessageStatus", "delivered")];
    let text = [
        ("From", "+46701740605"),
        ("To", "+46701740699"),
        ("Body", "Tack så mycket! ÅÄÖ & = % 💐"),
    ];
    let incoming = "/sms/v1/incoming/twilio";
    let origin = "https://vard.example";
    let signatures = signed_by_twilio(&[
        (&format!("{origin}{path}"), &fields),
        (&format!("{origin}:443{path}"), &fields),
        (&format!("{origin}{path}?x=1"), &fields),
        (&format!("{origin}{incoming}"), &text),
    ]);
    let [plain, with_port, with_query, message] = signatures.as_slice() else {
        panic!("four signatures, not {signatures:?}");
    };
    let failed = [("MessageSid", "SM1"), ("MessageStatus", "failed")];
    let longer = [fields[0], fields[1], ("ErrorCode", "30003")];
    for (path, fields, signature) in [
        (path.as_str(), &failed[..], plain.as_str()),
        (path.as_str(), &longer[..], plain),
        (path.as_str(), &fields[..1], plain),
        (path.as_str(), &fields[..], with_query),
        (path.as_str(), &fields[..], &plain.to_lowercase()),
        (path.as_str(), &fields[..], ""),
        (incoming, &fields[..], plain),
    ] {
        let answer = clinic.call_signed(path, fields, signature).await;
        assert_eq!(answer.status, 403, "{fields:?} {signature}");
    }
    assert_eq!(clinic.states().await, ["sent"]);
    for signature in [plain, with_port] {
        let answer = clinic.call_signed(&path, &fields, signature).await;
        assert_eq!(answer.status, 204, "{}", answer.text);
        assert_eq!(clinic.states().await, ["delivered"]);
    }
    let queried = format!("{path}?x=1");
    let answer = clinic.call_signed(&queried, &fields, with_query).await;
    assert_eq!(answer.status, 204);
    let answer = clinic.call_signed(incoming, &text, message).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert!(answer.text.starts_with("<?xml"), "{}", answer.text);
    // Where Twilio isn't set, nobody signs for it, not even with an empty token.
    let without = Clinic::new().await;
    let empty = Base64::encode_to_string(hmac_sha1_compact::HMAC::mac(b"", b"")).expect("text");
    assert_eq!(
        without.call_signed(&path, &fields, &empty).await.status,
        403
    );
}
