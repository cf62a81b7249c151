//! How much leaves at once: within a gateway's rate and patience, and within what one run may ask of the store.
#![expect(
    clippy::expect_used,
    reason = "a test whose ground is missing stops at once"
)]

use std::sync::Arc;
use std::sync::atomic::Ordering;

use async_trait::async_trait;
use shared::platform::native::{SetClock, Sqlite};
use shared::platform::{Clock, Pause, Statement, Store};
use shared::time::{HOUR, MINUTE};

use crate::gateway::Answers;
use crate::world::*;

const NOW: &str = "/sms/v1/jobs/deliver-now";

#[tokio::test]
async fn whatever_waits_one_run_of_the_schedule_stays_below_what_the_store_takes() {
    for refused in [false, true] {
        let mut clinic = Clinic::new().await;
        clinic.remind().await;
        clinic.book("2026-11-30T14:00").await;
        clinic.copy_first(700).await;
        clinic.set(&[("SMS_RATE_PER_SECOND", "1000")]);
        // Visits of which both reminders are due at once, and reports that never came.
        clinic
            .run(
                "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 500)
INSERT INTO appointments (
  id, care_provider_id, care_unit_id, patient_id, kind, state, role, starts_at, ends_at, details, booked_by, booked_at, changed_at
)
SELECT substr(id, 1, 30) || printf('%06d', n), care_provider_id, care_unit_id, patient_id, kind, state, role,
  starts_at + CASE WHEN n <= 250 THEN 0 ELSE 23 * 3600000 END,
  ends_at + CASE WHEN n <= 250 THEN 0 ELSE 23 * 3600000 END, details, booked_by, booked_at, changed_at
FROM appointments, numbers",
                [],
            )
            .await;
        clinic
            .run(
                "UPDATE sms_outbox SET state = 'sent', report_due_at = 1 WHERE id > (SELECT id || '-000600' FROM sms_outbox ORDER BY id LIMIT 1)",
                [],
            )
            .await;
        if refused {
            // As many as a gateway may refuse that is well, and each time it takes one.
            for number in 0..700 {
                clinic.gateway.will(match number % 6 {
                    5 => Answers::With(200, None, r#"{"id":"s1"}"#),
                    _ => Answers::With(400, None, ""),
                });
            }
        }
        clinic.clock.set(at("2026-11-30T13:30"));
        let asked = clinic.count_statements();
        let written = clinic.remind().await["written"].clone();
        let sent = clinic.deliver().await;
        let asked = asked.load(Ordering::Relaxed);
        assert!(
            asked < 1000,
            "{asked} statements: {written} written, {sent}"
        );
        // And not because nothing was done.
        let did = if refused {
            &sent["failed"]
        } else {
            &sent["sent"]
        };
        assert!(did.as_i64().expect("a number") >= 80, "{sent}");
        assert_eq!(written, 400);
        assert_eq!(sent["overdue"], 25);
    }
}

#[tokio::test]
async fn no_second_gets_more_messages_than_the_gateways_rate() {
    for (rate, sent) in [("1", 1), ("7", 7), ("20", 20), ("45", 40)] {
        let mut clinic = Clinic::new().await;
        clinic.set(&[("SMS_RATE_PER_SECOND", rate)]);
        clinic.book("2026-11-30T09:00").await;
        clinic.copy_first(60).await;
        // The clock stands, so all of it is one second.
        assert_eq!(clinic.run_job(NOW).await["sent"], sent, "{rate} a second");
        clinic.pass(1000);
        assert_eq!(
            clinic.run_job(NOW).await["sent"],
            sent.min(61 - sent),
            "{rate} a second"
        );
    }
}

#[tokio::test]
async fn a_busy_gateway_hears_of_no_message_until_it_said_and_no_try_is_lost() {
    for retry_after in ["600", "Mon, 23 Nov 2026 08:10:00 GMT"] {
        let clinic = Clinic::new().await;
        clinic.book("2026-12-04T09:00").await;
        clinic.copy_first(29).await;
        let asked = || clinic.gateway.asked.lock().expect("free").len();
        for _ in 0..10 {
            let busy = Answers::With(429, Some(("retry-after", retry_after)), "");
            clinic.gateway.will(busy);
        }
        assert_eq!(clinic.deliver().await["again"], 10);
        assert_eq!(asked(), 10, "no page after the one that met a 429");
        clinic.pass(10 * MINUTE - 1);
        assert_eq!(clinic.deliver().await["sent"], 0);
        assert_eq!(asked(), 10);
        let tried = "SELECT max(attempts) AS n FROM sms_outbox";
        assert_eq!(clinic.number(tried).await, 0);
        clinic.pass(1);
        for _ in 0..3 {
            clinic.deliver().await;
            clinic.pass(1000);
        }
        assert_eq!(clinic.gateway.texts().len(), 30);
    }
}

#[tokio::test]
async fn a_message_that_met_a_busy_gateway_is_not_overtaken_in_a_run_that_began_before() {
    let clinic = Clinic::new().await;
    for at in ["2026-11-30T09:00", "2026-11-30T10:00"] {
        clinic.book(at).await;
        clinic.pass(1);
    }
    let began_before = clinic.now();
    let first = clinic.due(began_before).await;
    assert_eq!(first.len(), 1);
    clinic.pass(1000);
    clinic.gateway.will(Answers::With(429, None, ""));
    assert_eq!(clinic.deliver().await["again"], 1);
    assert_eq!(clinic.due(began_before).await, first);
}

#[tokio::test]
async fn an_hour_of_busy_makes_no_dead_letters() {
    let clinic = Clinic::new().await;
    clinic.book("2026-12-04T09:00").await;
    for _ in 0..60 {
        clinic.gateway.will(Answers::With(429, None, ""));
        clinic.deliver().await;
        assert_eq!(clinic.failures().await, ["busy"]);
        clinic.pass(MINUTE);
    }
    assert_eq!(clinic.tasks().await, 0);
    assert_eq!(clinic.deliver().await["sent"], 1);
}

#[tokio::test]
async fn what_waits_for_four_hours_of_the_day_is_one_task_and_goes_when_it_can() {
    let clinic = Clinic::new().await;
    clinic.book("2026-12-04T09:00").await;
    let mut told = vec![];
    // Busy until the next evening.
    while clinic.now() < at("2026-11-24T20:00") {
        let busy = Answers::With(429, Some(("retry-after", "1800")), "");
        clinic.gateway.will(busy);
        if clinic.deliver().await["waiting"] == 1 {
            told.push(clinic.now());
        }
        clinic.gateway.next.lock().expect("free").clear();
        clinic.pass(30 * MINUTE);
    }
    assert_eq!(told, [at("2026-11-23T13:00")]);
    assert_eq!(clinic.tasks().await, 1);
    assert_eq!(clinic.states().await, ["queued"]);
    let done = clinic.deliver().await;
    assert_eq!((&done["sent"], &done["waiting"]), (&1.into(), &0.into()));
    // It arrived: nobody needs to look any more.
    let path = clinic.gateway.report_path(0);
    let report = [("id", "s1"), ("status", "delivered")];
    assert_eq!(clinic.call(&path, &report).await.status, 204);
    let open = "SELECT count(*) AS n FROM tasks WHERE done_at IS NULL";
    assert_eq!(clinic.number(open).await, 0);
}

#[tokio::test]
async fn what_waits_for_the_morning_has_not_waited_too_long() {
    let clinic = Clinic::new().await;
    clinic.clock.set(at("2026-11-23T20:59"));
    clinic.book("2026-12-04T09:00").await;
    clinic.pass(HOUR);
    assert_eq!(clinic.deliver().await["put_off"], 1);
    // Until eight, and then for three hours and fifty-eight minutes.
    for moment in ["2026-11-24T07:00", "2026-11-24T08:00", "2026-11-24T11:58"] {
        clinic.clock.set(at(moment));
        clinic.gateway.will(Answers::With(429, None, ""));
        assert_eq!(clinic.deliver().await["waiting"], 0, "{moment}");
    }
    clinic.pass(MINUTE);
    clinic.gateway.will(Answers::With(429, None, ""));
    assert_eq!(clinic.deliver().await["waiting"], 1);
}

#[tokio::test]
async fn a_message_that_cannot_be_read_for_hours_is_a_task_too() {
    let clinic = Clinic::new().await;
    clinic.book("2026-12-04T09:00").await;
    let lost = "UPDATE patients SET identity = 'sealed under a key that is not here'";
    clinic.run(lost, []).await;
    for _ in 0..4 {
        let done = clinic.deliver().await;
        assert_eq!((&done["put_off"], &done["waiting"]), (&1.into(), &0.into()));
        clinic.pass(HOUR);
    }
    assert_eq!(clinic.deliver().await["waiting"], 1);
    clinic.pass(HOUR);
    assert_eq!(clinic.deliver().await["waiting"], 0);
    assert_eq!(clinic.failures().await, ["waits"]);
}

#[tokio::test]
async fn of_a_message_that_was_sent_again_the_hours_count_anew() {
    let clinic = Clinic::new().await;
    clinic.book("2026-12-04T09:00").await;
    clinic.gateway.will(Answers::With(400, None, ""));
    clinic.deliver().await;
    clinic.pass(5 * HOUR);
    let id = clinic.ids().await.remove(0);
    let again = format!("messages/{id}/send-again");
    let again = clinic.post(ANNA, &again, serde_json::json!({})).await;
    assert_eq!(again.status, 200, "{}", again.text);
    let busy = || {
        clinic
            .gateway
            .will(Answers::With(429, Some(("retry-after", "60")), ""))
    };
    busy();
    assert_eq!(clinic.deliver().await["waiting"], 0);
    clinic.pass(4 * HOUR);
    busy();
    assert_eq!(clinic.deliver().await["waiting"], 1);
}

/// 46elks in front and Twilio behind it.
async fn two_gateways() -> Clinic {
    let mut clinic = Clinic::with(&[]).await;
    clinic.book("2026-12-04T09:00").await;
    clinic.set(&[
        ("ENVIRONMENT", "production"),
        ("SMS_GATEWAYS", "46elks,twilio"),
        ("ELKS_USERNAME", "u"),
        ("ELKS_PASSWORD", "p"),
        ("TWILIO_ACCOUNT_SID", "AC1"),
        ("TWILIO_AUTH_TOKEN", "12345"),
        ("TWILIO_FROM", "+46701740699"),
    ]);
    clinic
}

/// Which gateways were asked, in order.
fn asked(clinic: &Clinic) -> Vec<bool> {
    let asked = clinic.gateway.asked.lock().expect("free");
    asked
        .iter()
        .map(|(address, _)| address.contains("twilio"))
        .collect()
}

#[tokio::test]
async fn while_the_first_gateway_is_busy_the_second_gets_the_message() {
    let clinic = two_gateways().await;
    clinic
        .gateway
        .will(Answers::With(503, Some(("retry-after", "60")), ""));
    assert_eq!(clinic.deliver().await["sent"], 1);
    assert_eq!(asked(&clinic), [false, true]);
}

#[tokio::test]
async fn a_gateway_that_fails_again_and_again_is_replaced_after_two_minutes() {
    let clinic = two_gateways().await;
    let mut rounds = 0;
    while asked(&clinic).last() != Some(&true) {
        clinic.gateway.will(Answers::With(500, None, ""));
        clinic.deliver().await;
        clinic.pass(MINUTE);
        rounds += 1;
        assert!(rounds < 10, "nobody took over");
    }
    assert!(asked(&clinic).iter().filter(|twilio| !**twilio).count() >= 2);
    clinic.gateway.next.lock().expect("free").clear();
    clinic.pass(HOUR);
    assert_eq!(clinic.deliver().await["sent"], 1);
}

#[tokio::test]
async fn a_gateway_that_refuses_whatever_it_gets_is_replaced_and_few_messages_are_given_up() {
    let clinic = two_gateways().await;
    clinic.copy_first(29).await;
    let mut rounds = 0;
    while asked(&clinic).last() != Some(&true) {
        for _ in 0..40 {
            clinic.gateway.will(Answers::With(400, None, ""));
        }
        clinic.deliver().await;
        clinic.gateway.next.lock().expect("free").clear();
        clinic.pass(MINUTE);
        rounds += 1;
        assert!(rounds < 10, "nobody took over");
    }
    for _ in 0..120 {
        clinic.deliver().await;
        clinic.pass(MINUTE);
    }
    let states = clinic.states().await;
    let failed = states.iter().filter(|state| *state == "failed").count();
    let sent = states.iter().filter(|state| *state == "sent").count();
    assert!(failed >= 5 && failed + sent == 30, "{failed} and {sent}");
    assert!(failed < 20, "{failed}");
}

#[tokio::test]
async fn numbers_that_are_refused_among_others_are_no_fault_of_the_gateways() {
    let clinic = Clinic::new().await;
    clinic.book("2026-12-04T09:00").await;
    clinic.copy_first(11).await;
    for number in 0..12 {
        clinic.gateway.will(match number % 6 {
            5 => Answers::With(200, None, r#"{"id":"s1"}"#),
            _ => Answers::With(400, None, ""),
        });
    }
    for _ in 0..3 {
        clinic.deliver().await;
        clinic.pass(1000);
    }
    assert_eq!(clinic.tasks().await, 10);
    let failing = "SELECT count(*) AS n FROM sms_gateways WHERE failed_at IS NOT NULL";
    assert_eq!(clinic.number(failing).await, 0);
}

#[tokio::test]
async fn each_gateway_has_a_rate_of_its_own() {
    let mut clinic = two_gateways().await;
    clinic.copy_first(60).await;
    clinic.set(&[
        ("SMS_RATE_PER_SECOND", "1"),
        ("ELKS_RATE_PER_SECOND", "3"),
        ("TWILIO_RATE_PER_SECOND", "7"),
    ]);
    assert_eq!(clinic.run_job(NOW).await["sent"], 3);
    let busy = "UPDATE sms_gateways SET not_before = ?1 WHERE name = '46elks'";
    clinic.run(busy, [clinic.now().plus(HOUR).into()]).await;
    assert_eq!(clinic.run_job(NOW).await["sent"], 7);
    clinic.set(&[("TWILIO_RATE_PER_SECOND", "many")]);
    clinic.pass(1000);
    assert_eq!(clinic.run_job(NOW).await["sent"], 1);
}

/// Lets a second pass, in which every consent is withdrawn.
struct WithdrawingPause(Arc<SetClock>, Arc<Sqlite>);

#[async_trait]
impl Pause for WithdrawingPause {
    async fn pause(&self, millis: u32) {
        self.0.set(self.0.now().plus(i64::from(millis)));
        let withdrawn = Statement::new("UPDATE patients SET sms_consent = 0", []);
        self.1.query(withdrawn).await.expect("written");
    }
}

#[tokio::test]
async fn what_changes_while_a_run_waits_for_the_rate_is_not_overtaken() {
    let mut clinic = Clinic::new().await;
    clinic.set(&[("SMS_RATE_PER_SECOND", "1")]);
    clinic.book("2026-11-30T09:00").await;
    clinic.copy_first(1).await;
    let pause = WithdrawingPause(Arc::clone(&clinic.clock), Arc::clone(&clinic.store));
    clinic.pause_by(Arc::new(pause));
    let did = clinic.deliver().await;
    assert_eq!((&did["sent"], &did["withheld"]), (&1.into(), &1.into()));
    assert_eq!(clinic.gateway.texts().len(), 1);
}
