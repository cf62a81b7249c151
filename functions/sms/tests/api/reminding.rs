//! Reminders of visits, of tickets that expire and of cases that close: once each, as each unit chooses, to whom they
//! reach now, and never of what is no longer so.
#![expect(
    clippy::expect_used,
    reason = "a test whose ground is missing stops at once"
)]

use serde_json::json;
use shared::platform::{Row, Statement, Store};
use shared::time::{HOUR, MINUTE};

use crate::world::*;

#[tokio::test]
async fn a_patient_is_reminded_a_day_and_an_hour_before() {
    let clinic = Clinic::new().await;
    clinic.remind().await;
    clinic.book("2026-11-30T14:00").await;
    clinic.deliver().await;
    clinic.clock.set(at("2026-11-29T13:59"));
    assert_eq!(clinic.remind().await["written"], 0);
    for _ in 0..5 {
        clinic.pass(MINUTE);
        clinic.remind().await;
        clinic.deliver().await;
    }
    clinic.clock.set(at("2026-11-30T12:59"));
    for _ in 0..5 {
        clinic.pass(MINUTE);
        clinic.remind().await;
        clinic.deliver().await;
    }
    let texts = clinic.gateway.texts();
    assert_eq!(texts.len(), 3, "{texts:?}");
    assert_eq!(
        texts[1],
        "Påminnelse: du har ett digitalt besök mån 30 nov kl 14.00, Testberget. Läs mer: https://vard.example"
    );
    assert_eq!(
        texts[2],
        "Ditt digitala besök börjar snart, mån 30 nov kl 14.00, Testberget. Logga in: https://vard.example"
    );
}

#[tokio::test]
async fn an_outage_of_hours_passes_nobody_over_and_reminds_nobody_twice() {
    let clinic = Clinic::new().await;
    clinic.remind().await;
    let visits = 230;
    for number in 0..visits {
        let minute = number % 60;
        let hour = 10 + number / 60;
        clinic
            .book(&format!("2026-11-30T{hour:02}:{minute:02}"))
            .await;
    }
    // Nothing runs until six hours before the first visit, and then two at once.
    clinic.clock.set(at("2026-11-30T09:00"));
    tokio::join!(clinic.remind(), clinic.remind());
    clinic.remind().await;
    let day = clinic
        .number("SELECT count(*) AS n FROM sms_outbox WHERE template = 'reminder-day'")
        .await;
    let distinct = clinic
        .number("SELECT count(DISTINCT appointment_id) AS n FROM sms_outbox WHERE template = 'reminder-day'")
        .await;
    assert_eq!((day, distinct), (visits, visits));
}

#[tokio::test]
async fn a_unit_that_wants_no_reminders_sends_none() {
    let clinic = Clinic::new().await;
    clinic.remind().await;
    clinic
        .run("UPDATE care_units SET reminds_day_before = 0", [])
        .await;
    clinic.book("2026-11-30T14:00").await;
    clinic.clock.set(at("2026-11-29T14:30"));
    assert_eq!(clinic.remind().await["written"], 0);
    clinic.clock.set(at("2026-11-30T13:30"));
    assert_eq!(clinic.remind().await["written"], 1);
}

#[tokio::test]
async fn a_visit_that_was_cancelled_or_moved_away_is_not_reminded_of() {
    let clinic = Clinic::new().await;
    clinic.remind().await;
    let cancelled = clinic.book("2026-11-30T14:00").await;
    let moved = clinic.book("2026-11-30T15:00").await;
    clinic.deliver().await;
    clinic.clock.set(at("2026-11-29T15:30"));
    assert_eq!(clinic.remind().await["written"], 2);
    let path = |visit: &str, step: &str| format!("/booking/v1/appointments/{visit}/{step}");
    clinic
        .post(
            ANNA,
            &path(&cancelled, "cancel"),
            json!({ "reason": "Sjuk" }),
        )
        .await;
    let later = json!({ "starts_at": "2026-12-04T15:00" });
    clinic.post(ANNA, &path(&moved, "reschedule"), later).await;
    let before = clinic.gateway.texts().len();
    for _ in 0..3 {
        clinic.deliver().await;
        clinic.pass(HOUR);
    }
    let texts = clinic.gateway.texts();
    assert_eq!(texts.len(), before + 2, "{texts:?}");
    assert!(
        texts[before..]
            .iter()
            .all(|text| !text.starts_with("Påminnelse")),
        "{texts:?}"
    );
}

#[tokio::test]
async fn a_patient_who_cannot_be_read_holds_up_nobodys_reminder() {
    let clinic = Clinic::new().await;
    clinic.remind().await;
    let unreadable = clinic.book("2026-11-30T14:00").await;
    clinic.book_for(BO, "2026-11-30T14:00").await;
    clinic
        .run(
            "UPDATE patients SET name = 'sealed under a key that is not here'
WHERE id = (SELECT patient_id FROM appointments WHERE id = ?1)",
            [unreadable.as_str().into()],
        )
        .await;
    for moment in ["2026-11-29T14:30", "2026-11-30T13:30"] {
        clinic.clock.set(at(moment));
        let done = clinic.remind().await;
        assert_eq!(
            (&done["written"], &done["unreadable"]),
            (&json!(1), &json!(1))
        );
        // Their moment is past: nobody looks at them each minute.
        assert_eq!(clinic.remind().await["unreadable"], 0);
    }
}

#[tokio::test]
async fn reminders_are_logged_as_the_services_own_and_nothing_else_is() {
    let clinic = Clinic::new().await;
    clinic.remind().await;
    clinic.book("2026-11-30T14:00").await;
    clinic.book_for(BO, "2026-11-30T14:10").await;
    let logged = "SELECT count(*) AS n FROM access_log WHERE user_id = 'sms/remind'";
    clinic.remind().await;
    assert_eq!(clinic.number(logged).await, 0);
    clinic.clock.set(at("2026-11-29T14:30"));
    clinic.remind().await;
    clinic.remind().await;
    assert_eq!(clinic.number(logged).await, 1);
    let both = "SELECT json_array_length(patients) AS n FROM access_log WHERE user_id = 'sms/remind' AND activity = 'write'";
    assert_eq!(clinic.number(both).await, 2);
}

#[tokio::test]
async fn a_case_that_is_shortened_into_its_notice_is_told_of_by_text_message() {
    let clinic = Clinic::new().await;
    let case =
        json!({ "patient": patient(ALEX), "subject": "Hosta", "closes_at": "2026-11-30T14:00" });
    let case = clinic.post(ANNA, "/messaging/v1/cases", case).await.id();
    clinic.deliver().await;
    clinic.pass(MINUTE);
    let sooner = json!({ "closes_at": "2026-11-23T16:00" });
    let path = format!("/messaging/v1/cases/{case}/shorten");
    assert_eq!(clinic.post(ANNA, &path, sooner).await.status, 200);
    clinic.run_job("/messaging/v1/jobs/close").await;
    clinic.pass(1000);
    clinic.deliver().await;
    let texts = clinic.gateway.texts();
    let last = texts.last().expect("a text");
    assert!(last.contains("stängs mån 23 nov kl 16.00"), "{texts:?}");
}

/// A reminder of each kind that was written and has not left, and what it is about.
const KINDS: [&str; 4] = [
    "reminder-day",
    "reminder-hour",
    "ticket-expiring",
    "case-closing",
];

struct Waiting {
    clinic: Clinic,
    kind: &'static str,
    /// The address of what it is about.
    matter: String,
}

impl Waiting {
    async fn new(kind: &'static str) -> Self {
        let clinic = Clinic::new().await;
        clinic.remind().await;
        let (matter, moment) = match kind {
            "reminder-day" | "reminder-hour" => {
                let visit = clinic.book("2026-11-30T14:00").await;
                let moment = match kind {
                    "reminder-day" => "2026-11-29T14:30",
                    _ => "2026-11-30T13:30",
                };
                (format!("/booking/v1/appointments/{visit}"), moment)
            }
            "ticket-expiring" => {
                let ticket = json!({
                    "patient": patient(ALEX), "role": "nurse", "minutes": 30, "last_day": "2026-12-04",
                    "reason": "Hosta"
                });
                let ticket = clinic.post(ANNA, "/tickets/v1/tickets", ticket).await.id();
                (format!("/tickets/v1/tickets/{ticket}"), "2026-11-28T10:00")
            }
            _ => {
                let case = json!({
                    "patient": patient(ALEX), "subject": "Hosta", "closes_at": "2026-11-30T14:00",
                    "message": "Hur mår du i dag?"
                });
                let case = clinic.post(ANNA, "/messaging/v1/cases", case).await.id();
                (format!("/messaging/v1/cases/{case}"), "2026-11-29T14:30")
            }
        };
        clinic.deliver().await;
        if kind == "reminder-hour" {
            clinic
                .run("UPDATE care_units SET reminds_day_before = 0", [])
                .await;
        }
        clinic.clock.set(at(moment));
        let waiting = Waiting {
            clinic,
            kind,
            matter,
        };
        waiting.write().await;
        assert_eq!(waiting.all().await.len(), 1, "{kind}");
        waiting
    }

    /// Runs the jobs that write reminders.
    async fn write(&self) {
        self.clinic.remind().await;
        self.clinic.run_job("/tickets/v1/jobs/look").await;
        self.clinic.run_job("/messaging/v1/jobs/close").await;
    }

    /// Staff change what it is about.
    async fn change(&self, step: &str, body: serde_json::Value) {
        let path = format!("{}/{step}", self.matter);
        let changed = self.clinic.post(ANNA, &path, body).await;
        assert!(changed.status.is_success(), "{step}: {}", changed.text);
    }

    /// Calls off what it is about.
    async fn end(&self) {
        match self.kind {
            "reminder-day" | "reminder-hour" => {
                self.change("cancel", json!({ "reason": "Sjuk" })).await
            }
            "ticket-expiring" => self.change("revoke", json!({})).await,
            _ => self.change("close", json!({ "reason": "Klart" })).await,
        }
    }

    /// Puts off what it is about by a week.
    async fn put_off(&self) {
        match self.kind {
            "reminder-day" | "reminder-hour" => {
                let later = json!({ "starts_at": "2026-12-07T14:00" });
                self.change("reschedule", later).await;
            }
            "ticket-expiring" => {
                let later = json!({ "valid_days": 14, "last_day": "2026-12-11" });
                self.change("extend", later).await;
            }
            _ => {
                let later = json!({ "closes_at": "2026-12-07T14:00" });
                self.change("extend", later).await;
            }
        }
    }

    /// Each reminder's state and, of one that didn't leave, why.
    async fn all(&self) -> Vec<(String, String)> {
        let of_kind = Statement::new(
            "SELECT state, coalesce(failure, '') AS failure FROM sms_outbox WHERE template = ?1 ORDER BY created_at, id",
            [self.kind.into()],
        );
        let found = self.clinic.store.query(of_kind).await.expect("rows");
        let text = |row: Row, column| row.text(column).expect("a text").to_owned();
        let state = |row| (text(row, "state"), text(row, "failure"));
        found.rows.iter().map(state).collect()
    }

    /// The same after everything was sent.
    async fn sent(&self) -> Vec<(String, String)> {
        for _ in 0..3 {
            self.clinic.deliver().await;
            self.clinic.pass(1000);
        }
        self.all().await
    }
}

fn withheld(why: &str) -> (String, String) {
    ("withheld".to_owned(), why.to_owned())
}

fn gone() -> (String, String) {
    ("sent".to_owned(), String::new())
}

#[tokio::test]
async fn a_reminder_of_what_was_called_off_meanwhile_stays_silent() {
    for kind in KINDS {
        let waiting = Waiting::new(kind).await;
        waiting.end().await;
        assert_eq!(waiting.sent().await, [withheld("outdated")], "{kind}");
    }
}

#[tokio::test]
async fn a_reminder_of_what_was_put_off_meanwhile_stays_silent_and_comes_in_its_time_once() {
    for kind in KINDS {
        let waiting = Waiting::new(kind).await;
        waiting.put_off().await;
        waiting.write().await;
        assert_eq!(waiting.sent().await, [withheld("outdated")], "{kind}");
        let moment = match kind {
            "reminder-hour" => "2026-12-07T13:30",
            "ticket-expiring" => "2026-12-05T10:00",
            _ => "2026-12-06T14:30",
        };
        waiting.clinic.clock.set(at(moment));
        for _ in 0..3 {
            waiting.write().await;
        }
        let told = [withheld("outdated"), gone()];
        assert_eq!(waiting.sent().await, told, "{kind}");
        assert!(
            waiting
                .clinic
                .gateway
                .texts()
                .iter()
                .any(|text| text.contains("7 dec")),
            "{kind}"
        );
    }
}

#[tokio::test]
async fn a_reminder_goes_to_nobody_who_withdrew_consent_meanwhile() {
    for kind in KINDS {
        let waiting = Waiting::new(kind).await;
        waiting
            .clinic
            .run("UPDATE patients SET sms_consent = 0", [])
            .await;
        assert_eq!(waiting.sent().await, [withheld("unreachable")], "{kind}");
    }
}

#[tokio::test]
async fn a_reminder_goes_to_the_phone_that_the_patient_has_now() {
    for kind in KINDS {
        let waiting = Waiting::new(kind).await;
        waiting.clinic.change_phone(ALEX, "+46701740699").await;
        assert_eq!(waiting.sent().await, [gone()], "{kind}");
        let asked = waiting.clinic.gateway.asked.lock().expect("free").clone();
        assert_eq!(asked.last().expect("a message").1["to"], "+46701740699");
    }
}

#[tokio::test]
async fn a_reminder_that_the_unit_no_longer_wants_stays_silent() {
    for kind in ["reminder-day", "reminder-hour"] {
        let waiting = Waiting::new(kind).await;
        let none = "UPDATE care_units SET reminds_day_before = 0, reminds_hour_before = 0";
        waiting.clinic.run(none, []).await;
        assert_eq!(waiting.sent().await, [withheld("outdated")], "{kind}");
    }
}

#[tokio::test]
async fn a_night_in_which_a_visit_is_moved_gives_one_reminder_and_not_two() {
    let clinic = Clinic::new().await;
    clinic.remind().await;
    let visit = clinic.book("2026-11-30T21:30").await;
    clinic.deliver().await;
    clinic.clock.set(at("2026-11-29T21:30"));
    assert_eq!(clinic.remind().await["written"], 1);
    assert_eq!(clinic.deliver().await["put_off"], 1);
    let later = json!({ "starts_at": "2026-12-01T07:30" });
    let path = format!("/booking/v1/appointments/{visit}/reschedule");
    assert_eq!(clinic.post(ANNA, &path, later).await.status, 200);
    clinic.deliver().await;
    clinic.clock.set(at("2026-11-30T07:30"));
    assert_eq!(clinic.remind().await["written"], 1);
    clinic.clock.set(at("2026-11-30T08:00"));
    for _ in 0..3 {
        clinic.deliver().await;
        clinic.pass(1000);
    }
    let texts = clinic.gateway.texts();
    let reminders = texts.iter().filter(|text| text.starts_with("Påminnelse"));
    assert_eq!(reminders.count(), 1, "{texts:?}");
}
