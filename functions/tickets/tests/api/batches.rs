//! Tickets for many patients at once: a list is checked, confirmed, worked off in steps, stopped and resumed, and
//! nobody gets two whenever the worker is killed.
#![expect(
    clippy::expect_used,
    reason = "a test whose ground is missing stops at once"
)]

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use async_trait::async_trait;
use axum::body::Body;
use http::Request;
use serde_json::{Value, json};
use shared::identifiers::TicketBatchId;
use shared::personal_identity::PersonalIdentity;
use shared::platform::{Batch, Outcome, Ports, Statement, Store, StoreError};
use tickets::batch::work::{Worker, work};

use crate::world::*;

const DAY: i64 = 24 * 3_600_000;

/// So many made-up patients, all grown up.
fn identities(wanted: usize) -> Vec<String> {
    let days = (1..=28).flat_map(|day| (1..=12).map(move |month| (month, day)));
    let births = days.flat_map(|(month, day)| {
        (1950..1990).map(move |year| format!("{year}{month:02}{day:02}238"))
    });
    let whole = births.filter_map(|birth| {
        let mut checked = (0..10).map(|digit| format!("{birth}{digit}"));
        checked.find(|text| text.parse::<PersonalIdentity>().is_ok())
    });
    whole.take(wanted).collect()
}

/// A list of so many patients with a phone each.
fn list(wanted: usize) -> String {
    let mut list = "personnummer;namn;mobil;sms\n".to_owned();
    for identity in identities(wanted) {
        list.push_str(&format!("{identity};Test Testsson;070-174 06 05;ja\n"));
    }
    list
}

fn batch_of(csv: &str) -> Value {
    json!({
        "role": "nurse", "minutes": 30, "first_day": "2026-11-30", "last_day": "2026-12-04",
        "reason": "Uppföljning av blodtryck", "csv": csv
    })
}

impl Clinic {
    async fn upload(&self, csv: &str) -> Value {
        let kept = self.post(ANNA, "batches", batch_of(csv)).await;
        assert_eq!(kept.status, 201, "{}", kept.text);
        kept.json()
    }

    async fn wish(&self, batch: &str, wish: &str) -> Answer {
        let path = format!("batches/{batch}/{wish}");
        self.post(ANNA, &path, json!({})).await
    }

    async fn batch(&self, batch: &str) -> Value {
        self.get(ANNA, &format!("batches/{batch}")).await.json()
    }

    async fn run_batches(&self) -> Value {
        self.run_job("/tickets/v1/jobs/batches").await
    }

    async fn count(&self, sql: &'static str) -> i64 {
        let found = self.store.query(Statement::new(sql, [])).await;
        let found = found.expect("a count");
        found.rows.first().expect("a row").integer("n").expect("n")
    }

    async fn tickets(&self) -> i64 {
        self.count("SELECT count(*) AS n FROM tickets").await
    }

    async fn waiting(&self) -> i64 {
        self.count("SELECT count(*) AS n FROM ticket_batch_steps")
            .await
    }

    /// Everyone of a list has one ticket, one message with a code of its own, and one entry in the log.
    async fn everyone_has_one(&self, wanted: i64) {
        for sql in [
            "SELECT count(*) AS n FROM tickets",
            "SELECT count(DISTINCT patient_id) AS n FROM tickets",
            "SELECT count(*) AS n FROM ticket_codes",
            "SELECT count(*) AS n FROM sms_outbox WHERE template = 'ticket'",
            "SELECT count(DISTINCT ticket_id) AS n FROM sms_outbox",
            "SELECT count(DISTINCT resource_id) AS n FROM access_log WHERE resource_type = 'ticket'",
        ] {
            assert_eq!(self.count(sql).await, wanted, "{sql}");
        }
        assert_eq!(
            self.waiting().await,
            0,
            "patients are kept though all is done"
        );
    }
}

#[tokio::test]
async fn a_list_is_checked_row_by_row_and_nothing_is_sent_before_staff_confirms() {
    let clinic = Clinic::new().await;
    let csv = list(3) + "1234;Fel Nummer;;\n" + &format!("{NOA};För Ung;;\n");
    let batch = clinic.upload(&csv).await;
    assert_eq!(
        (
            &batch["state"],
            &batch["rows"],
            &batch["wanted"],
            &batch["issued"]
        ),
        (&json!("checked"), &json!(5), &json!(3), &json!(0))
    );
    assert_eq!(
        batch["faults"],
        json!([
            { "line": 5, "column": "identity", "fault": "not-an-identity" },
            { "line": 6, "column": "identity", "fault": "under-age" },
        ])
    );
    clinic.run_batches().await;
    assert_eq!(clinic.tickets().await, 0);
    // Three tickets, and a time for each of them that Monday.
    let id = batch["id"].as_str().expect("an id");
    let read = clinic.batch(id).await;
    assert_eq!(
        (&read["open_tickets"], &read["free_slots"]),
        (&json!(3), &json!(3))
    );
    // What waits is sealed.
    let kept = clinic
        .count("SELECT count(*) AS n FROM ticket_batch_steps WHERE patients LIKE '%Testsson%'");
    assert_eq!((kept.await, clinic.waiting().await), (0, 1));
}

#[tokio::test]
async fn of_a_list_that_is_wrong_all_through_the_first_faults_are_kept_and_all_are_counted() {
    let clinic = Clinic::new().await;
    let csv = "personnummer;namn;mobil;sms;språk\n".to_owned() + &"1;=;2;3;4;5\n".repeat(5_000);
    let batch = clinic.upload(&csv).await;
    assert_eq!(batch["faults"].as_array().map(Vec::len), Some(1_000));
    assert_eq!(batch["fault_count"], 30_000);
    assert_eq!(
        clinic.batch(batch["id"].as_str().expect("an id")).await["fault_count"],
        30_000
    );
    // No row is near the two million bytes that D1 takes.
    for length in [
        "SELECT max(length(faults)) AS n FROM ticket_batches",
        "SELECT max(length(answer)) AS n FROM idempotency_keys",
    ] {
        assert!(clinic.count(length).await < 200_000);
    }
}

#[tokio::test]
async fn a_confirmed_list_is_worked_off_and_its_patients_are_forgotten() {
    let clinic = Clinic::new().await;
    let batch = clinic.upload(&list(25)).await;
    let id = batch["id"].as_str().expect("an id");
    assert_eq!(clinic.waiting().await, 3);
    assert_eq!(clinic.wish(id, "confirm").await.status, 200);
    let report = clinic.run_batches().await;
    assert_eq!(
        (&report["working"], &report["issued"]),
        (&json!(1), &json!(25))
    );
    let done = clinic.batch(id).await;
    assert_eq!(
        (&done["state"], &done["issued"]),
        (&json!("done"), &json!(25))
    );
    clinic.everyone_has_one(25).await;
    // The tickets are like any other: one of them is redeemed.
    let first = &identities(1)[0];
    let tickets = clinic.get(first, "tickets").await.json();
    let ticket = tickets["tickets"][0]["id"]
        .as_str()
        .expect("an id")
        .to_owned();
    let slots = clinic.slots(first, &ticket).await;
    assert_eq!(clinic.redeem(first, &ticket, &slots[0]).await.status, 201);
    // There is nothing left to do, to stop or to confirm.
    clinic.run_batches().await;
    for wish in ["confirm", "stop", "discard"] {
        assert_eq!(
            clinic.wish(id, wish).await.refused(),
            (409, "batch-state".into())
        );
    }
    clinic.everyone_has_one(25).await;
}

#[tokio::test]
async fn a_patient_the_unit_knows_keeps_their_own_profile() {
    let clinic = Clinic::new().await;
    let silent = with(
        with(for_alex(), "patient", patient(ALEX)),
        "reason",
        json!("Annat"),
    );
    let mut silent = silent;
    silent["patient"]["sms_consent"] = json!(false);
    clinic.post(ANNA, "tickets", silent).await.id();
    let csv = format!("personnummer;namn;mobil;sms\n{ALEX};Annat Namn;070-174 06 06;ja\n");
    let id = clinic.upload(&csv).await["id"]
        .as_str()
        .expect("an id")
        .to_owned();
    clinic.wish(&id, "confirm").await;
    clinic.run_batches().await;
    assert_eq!(clinic.tickets().await, 2);
    // Neither got a message: Alex wants none, and staff sees that it did not go.
    let withheld =
        "SELECT count(*) AS n FROM sms_outbox WHERE template = 'ticket' AND recipient IS NULL";
    assert_eq!(clinic.count(withheld).await, 2);
}

#[tokio::test]
async fn a_batch_is_stopped_and_goes_on_where_it_was() {
    let clinic = Clinic::new().await;
    let batch = clinic.upload(&list(150)).await;
    let id = batch["id"].as_str().expect("an id");
    clinic.wish(id, "confirm").await;
    // One run does a bounded part.
    clinic.run_batches().await;
    assert_eq!(clinic.tickets().await, 120);
    assert_eq!(clinic.wish(id, "stop").await.json()["state"], "stopped");
    clinic.run_batches().await;
    assert_eq!(clinic.wish(id, "work").await.json()["issued"], 120);
    assert_eq!(clinic.wish(id, "confirm").await.json()["state"], "working");
    assert_eq!(clinic.wish(id, "work").await.json()["state"], "done");
    clinic.everyone_has_one(150).await;
}

#[tokio::test]
async fn a_discarded_list_and_one_that_nobody_came_back_to_are_forgotten() {
    let clinic = Clinic::new().await;
    let discarded = clinic.upload(&list(15)).await;
    let discarded = discarded["id"].as_str().expect("an id");
    assert_eq!(
        clinic.wish(discarded, "discard").await.json()["state"],
        "discarded"
    );
    assert_eq!(clinic.waiting().await, 0);
    let left = clinic.upload(&list(15)).await;
    let left = left["id"].as_str().expect("an id");
    clinic.pass(6 * DAY);
    clinic.run_batches().await;
    assert_eq!(clinic.waiting().await, 2);
    clinic.pass(2 * DAY);
    clinic.run_batches().await;
    assert_eq!((clinic.waiting().await, clinic.tickets().await), (0, 0));
    assert_eq!(clinic.batch(left).await["state"], "discarded");
}

#[tokio::test]
async fn a_batch_whose_days_have_passed_stops_and_sends_nothing() {
    let clinic = Clinic::new().await;
    let id = clinic.upload(&list(15)).await["id"]
        .as_str()
        .expect("an id")
        .to_owned();
    clinic.wish(&id, "confirm").await;
    clinic.pass(20 * DAY);
    clinic.run_batches().await;
    assert_eq!(
        (
            clinic.tickets().await,
            clinic.batch(&id).await["state"].clone()
        ),
        (0, json!("stopped"))
    );
    let refused = clinic.wish(&id, "confirm").await.refused();
    assert_eq!(refused, (409, "batch-nothing-to-send".into()));
}

#[tokio::test]
async fn what_is_no_list_is_refused_and_keeps_nothing() {
    let clinic = Clinic::new().await;
    let long = "personnummer;namn\n".to_owned() + &"x;y\n".repeat(100_000);
    for (csv, kind) in [
        ("", "list-empty"),
        ("personnummer;namn\n", "list-empty"),
        ("PK\0\0", "list-not-text"),
        ("a;b\n1;2\n", "list-without-columns"),
        ("personnummer;namn\n1;\"x\n", "list-open-quote"),
        (long.as_str(), "list-too-long"),
    ] {
        let refused = clinic.post(ANNA, "batches", batch_of(csv)).await;
        assert_eq!(refused.refused(), (422, kind.into()));
    }
    let huge = "personnummer;namn\n".to_owned() + &"x".repeat(2 * 1024 * 1024);
    let refused = clinic.post(ANNA, "batches", batch_of(&huge)).await;
    assert_eq!(refused.refused(), (413, "too-large".into()));
    for (field, value) in [
        ("minutes", json!(0)),
        ("last_day", json!("2026-11-22")),
        ("valid_days", json!(85)),
        ("role", json!("administrator")),
        ("practitioner", json!(ANNA)),
    ] {
        let mut body = batch_of(&list(1));
        body[field] = value;
        let refused = clinic.post(ANNA, "batches", body).await;
        assert_eq!(refused.status, 422, "{field}: {}", refused.text);
    }
    let kept = "SELECT count(*) AS n FROM ticket_batches";
    assert_eq!((clinic.count(kept).await, clinic.waiting().await), (0, 0));
    // A list without a single row that can be used is kept, for its faults, and can't be sent.
    let id = clinic.upload("personnummer;namn\nx;y\n").await["id"]
        .as_str()
        .expect("an id")
        .to_owned();
    let refused = clinic.wish(&id, "confirm").await.refused();
    assert_eq!(refused, (409, "batch-nothing-to-send".into()));
}

#[tokio::test]
async fn a_batch_is_its_units_own() {
    let clinic = Clinic::new().await;
    let id = clinic.upload(&list(3)).await["id"]
        .as_str()
        .expect("an id")
        .to_owned();
    for stranger in [EVA, OLOF] {
        let path = format!("batches/{id}");
        assert_eq!(clinic.get(stranger, &path).await.status, 404);
        for wish in ["confirm", "work", "stop", "discard"] {
            let refused = clinic
                .post(stranger, &format!("{path}/{wish}"), json!({}))
                .await;
            assert_eq!(refused.status, 404, "{wish}");
        }
        assert_eq!(
            clinic.get(stranger, "batches").await.json()["batches"],
            json!([])
        );
    }
    assert_eq!(clinic.batch(&id).await["state"], "checked");
}

#[tokio::test]
async fn a_request_that_is_repeated_is_done_once() {
    let clinic = Clinic::new().await;
    let body = batch_of(&list(12));
    let first = clinic
        .post_again(ANNA, "batches", "key-upload", body.clone())
        .await;
    let again = clinic.post_again(ANNA, "batches", "key-upload", body).await;
    assert_eq!((first.status.as_u16(), &first.text), (201, &again.text));
    assert_eq!(
        clinic
            .count("SELECT count(*) AS n FROM ticket_batches")
            .await,
        1
    );
    let path = format!("batches/{}/confirm", first.id());
    for _ in 0..2 {
        let confirmed = clinic
            .post_again(ANNA, &path, "key-confirm", json!({}))
            .await;
        assert_eq!(confirmed.json()["state"], "working", "{}", confirmed.text);
    }
}

/// How a worker is killed at a call to the store.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Death {
    /// Before the call.
    Before,
    /// In the middle of the transaction, which the store then undoes.
    Inside,
    /// After the call, before anybody learns of it.
    After,
}

/// A store whose user is killed at the so-manieth call, and asks nothing more.
struct Mortal {
    store: Arc<dyn Store>,
    calls_left: AtomicI64,
    death: Death,
}

impl Mortal {
    fn killed() -> StoreError {
        StoreError::Unavailable("killed".into())
    }
}

#[async_trait]
impl Store for Mortal {
    async fn query(&self, statement: Statement) -> Result<Outcome, StoreError> {
        let mut outcomes = self.batch(vec![statement]).await?;
        Ok(outcomes.remove(0))
    }

    async fn batch(&self, mut statements: Batch) -> Result<Vec<Outcome>, StoreError> {
        match (self.calls_left.fetch_sub(1, Ordering::Relaxed), self.death) {
            (2.., _) => self.store.batch(statements).await,
            (1, Death::Inside) => {
                statements.truncate(statements.len().div_ceil(2));
                // What a kill leaves of a transaction is nothing.
                statements.push(Statement::new("INSERT INTO require VALUES (0)", []));
                let undone = self.store.batch(statements).await;
                assert!(undone.is_err());
                Err(Self::killed())
            }
            (1, Death::After) => {
                self.store.batch(statements).await?;
                Err(Self::killed())
            }
            _ => Err(Self::killed()),
        }
    }
}

fn mortal(ports: &Ports, calls: i64, death: Death) -> Ports {
    Ports {
        store: Arc::new(Mortal {
            store: Arc::clone(&ports.store),
            calls_left: AtomicI64::new(calls),
            death,
        }),
        ..ports.clone()
    }
}

/// Killed at every call of three steps, in every way, and at another one on the way back.
#[tokio::test]
async fn whenever_a_worker_is_killed_everyone_gets_one_ticket_in_the_end() {
    for death in [Death::Before, Death::Inside, Death::After] {
        for call in 1..=13 {
            let clinic = Clinic::new().await;
            let batch = clinic.upload(&list(25)).await;
            let id = batch["id"].as_str().expect("an id");
            clinic.wish(id, "confirm").await;
            let batch: TicketBatchId = id.parse().expect("an id");
            for calls in [call, 1 + call * 7 % 13] {
                let ports = mortal(&clinic.ports, calls, death);
                let killed = work(&ports, Worker::Job, batch, 12).await;
                let is_done = clinic.batch(id).await["state"] == "done";
                assert!(killed.is_err() || is_done, "{death:?} at {calls}");
                // What is kept is told as it is, also in between.
                let told = clinic.batch(id).await["issued"].as_i64();
                assert_eq!(told, Some(clinic.tickets().await), "{death:?} at {calls}");
            }
            clinic.run_batches().await;
            assert_eq!(
                clinic.batch(id).await["state"],
                "done",
                "{death:?} at {call}"
            );
            clinic.everyone_has_one(25).await;
        }
    }
}

#[tokio::test]
async fn a_list_that_cannot_be_read_holds_up_no_other() {
    let clinic = Clinic::new().await;
    let mut ids = vec![];
    for wanted in [2, 5] {
        let batch = clinic.upload(&list(wanted)).await;
        let id = batch["id"].as_str().expect("an id").to_owned();
        clinic.wish(&id, "confirm").await;
        clinic.pass(1);
        ids.push(id);
    }
    clinic
        .run(
            "UPDATE ticket_batches SET common = 'sealed under a key that is not here' WHERE id = ?1",
            [ids[0].as_str().into()],
        )
        .await;
    clinic.run_batches().await;
    assert_eq!(clinic.tickets().await, 5);
    // Among those that are worked off it has the last turn.
    let moved = clinic.count("SELECT changed_at AS n FROM ticket_batches WHERE state = 'working'");
    assert_eq!(moved.await, clinic.now().millis());
}

#[tokio::test]
async fn many_workers_at_once_do_each_step_once() {
    let clinic = Clinic::new().await;
    let id = clinic.upload(&list(45)).await["id"]
        .as_str()
        .expect("an id")
        .to_owned();
    clinic.wish(&id, "confirm").await;
    let batch: TicketBatchId = id.parse().expect("an id");
    let (one, two, three) = tokio::join!(
        work(&clinic.ports, Worker::Job, batch, 12),
        work(&clinic.ports, Worker::Job, batch, 12),
        work(&clinic.ports, Worker::Job, batch, 12),
    );
    let issued = one.expect("worked") + two.expect("worked") + three.expect("worked");
    assert_eq!(issued, 45);
    assert_eq!(clinic.batch(&id).await["state"], "done");
    clinic.everyone_has_one(45).await;
}

impl Clinic {
    async fn page_of_staff(&self, path: &str) -> Answer {
        let request = Request::get(path)
            .header("accept", "text/html")
            .header("authorization", format!("Bearer {}", self.token(ANNA)));
        self.send(request.body(Body::empty()).expect("a request"))
            .await
    }

    /// The form with a file, as a browser sends it.
    async fn upload_by_form(&self, file: &[u8], minutes: &str) -> Answer {
        let key = self.new_key();
        let mut body = vec![];
        for (name, value) in [
            ("key", key.as_bytes()),
            ("role", b"nurse"),
            ("minutes", minutes.as_bytes()),
            ("first_day", b"2026-11-30"),
            ("last_day", b"2026-12-04"),
            ("valid_days", b"7"),
            ("reason", "Uppföljning".as_bytes()),
            ("instructions", b""),
            ("csv\"; filename=\"lista.csv", file),
        ] {
            let head =
                format!("--grans\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n");
            body.extend(head.as_bytes());
            body.extend(value);
            body.extend(b"\r\n");
        }
        body.extend(b"--grans--\r\n");
        let request = Request::post("/tickets/batches/new")
            .header("accept", "text/html")
            .header("authorization", format!("Bearer {}", self.token(ANNA)))
            .header("content-type", "multipart/form-data; boundary=grans")
            .body(Body::from(body));
        self.send(request.expect("a request")).await
    }
}

#[tokio::test]
async fn staff_uploads_a_spreadsheets_list_sees_its_faults_and_sends_it_without_scripts() {
    let clinic = Clinic::new().await;
    let form = clinic.page_of_staff("/tickets/batches/new").await;
    assert!(form.text.contains("multipart/form-data"), "{}", form.text);
    // Latin-1, as an older spreadsheet writes it.
    let list = list(12).replace("Test Testsson", "Åsa Öberg") + "x;Fel;;\n";
    let latin_1: Vec<u8> = list.chars().map(|character| character as u8).collect();
    let kept = clinic.upload_by_form(&latin_1, "30").await;
    assert_eq!(kept.status, 303, "{}", kept.text);
    let place = kept.headers["location"].to_str().expect("text").to_owned();
    let page = clinic.page_of_staff(&place).await.text;
    assert!(page.contains("Skicka 12 biljetter"), "{page}");
    assert!(page.contains("Inget riktigt personnummer"), "{page}");
    // Six free times for twelve tickets.
    assert!(
        page.contains("fler än de lediga tider som passar"),
        "{page}"
    );
    let press = async |action| {
        let key = clinic.new_key();
        let pressed = clinic
            .submit(ANNA, &place, &[("key", &key), ("action", action)])
            .await;
        assert_eq!(
            pressed.headers["location"],
            place.as_str(),
            "{}",
            pressed.text
        );
        clinic.page_of_staff(&place).await.text
    };
    let working = press("confirm").await;
    assert!(
        working.contains("<progress") && working.contains("ticket-batch-"),
        "{working}"
    );
    assert!(press("stop").await.contains("Fortsätt skicka"));
    press("confirm").await;
    let done = press("work").await;
    assert!(
        done.contains("Klar") && done.contains("value=\"12\""),
        "{done}"
    );
    clinic.everyone_has_one(12).await;
    let listed = clinic.page_of_staff("/tickets/batches").await.text;
    assert!(listed.contains(&place), "{listed}");
}

#[tokio::test]
async fn tickets_and_times_are_weighed_however_many_there_are() {
    let clinic = Clinic::new().await;
    // 250 minutes of a nurse, one after another.
    let laid = json!({
        "role": "nurse",
        "recurrence": {
            "weekdays": ["monday"], "from": "13:00", "to": "17:10", "minutes": 1,
            "valid_from": "2026-11-30", "valid_to": "2026-11-30"
        }
    });
    let laid = clinic.post(ANNA, "/booking/v1/slot-templates", laid).await;
    assert_eq!(laid.status, 201, "{}", laid.text);
    let upload = async |wanted| {
        let body = with(batch_of(&list(wanted)), "minutes", json!(1));
        clinic.post(ANNA, "batches", body).await.id()
    };
    let weighed = async |batch: &str| {
        let read = clinic.batch(batch).await;
        let page = clinic
            .page_of_staff(&format!("/tickets/batches/{batch}"))
            .await;
        let number = |name: &str| read[name].as_i64().expect("a number");
        let warned = page.text.contains("fler än de lediga tider som passar");
        (number("open_tickets"), number("free_slots"), warned)
    };
    let too_many = upload(300).await;
    assert_eq!(weighed(&too_many).await, (300, 250, true));
    let enough = upload(200).await;
    assert_eq!(weighed(&enough).await, (200, 200, false));
    clinic.wish(&enough, "confirm").await;
    clinic.run_batches().await;
    clinic.run_batches().await;
    assert_eq!(clinic.tickets().await, 200);
    // Two hundred wait already: fifty more fit, and not one beside.
    assert_eq!(weighed(&upload(50).await).await, (250, 250, false));
    let one_too_many = upload(51).await;
    assert!(weighed(&one_too_many).await.2);
    let one = || with(for_alex(), "minutes", json!(1));
    let issued = clinic.post(ANNA, "tickets", one()).await.json();
    assert!(issued.get("warnings").is_none(), "{issued}");
    clinic.wish(&one_too_many, "confirm").await;
    clinic.run_batches().await;
    let issued = clinic.post(ANNA, "tickets", one()).await.json();
    let warning = json!({ "kind": "too-few-slots", "open_tickets": 253, "free_slots": 250 });
    assert_eq!(issued["warnings"][0], warning);
}

#[tokio::test]
async fn a_form_that_cannot_be_used_comes_back_with_what_was_written() {
    let clinic = Clinic::new().await;
    for (file, minutes, said) in [
        (b"".as_slice(), "30", "Välj en fil"),
        (
            b"a;b\n1;2\n".as_slice(),
            "30",
            "personnummer och namn måste finnas",
        ),
        (b"PK\x03\x04\0".as_slice(), "30", "Spara listan som CSV"),
        (list(1).as_bytes(), "0", "1 till 480 minuter"),
        (&[b'x'; 3 * 1024 * 1024], "30", "Filen är för stor"),
    ] {
        let page = clinic.upload_by_form(file, minutes).await;
        assert_eq!(page.status, 422, "{}", page.text);
        assert!(page.text.contains(said), "{said}: {}", page.text);
    }
    let page = clinic.upload_by_form(b"", "45").await.text;
    assert!(
        page.contains("value=\"45\"") && page.contains(">Uppföljning</textarea>"),
        "{page}"
    );
    let foreign = clinic
        .submit(ANNA, "/tickets/batches/new", &[("key", "key-of-a-form")])
        .await;
    assert_eq!(foreign.status, 422);
}
