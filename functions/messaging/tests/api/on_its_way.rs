//! What happens while a request is on its way: between its looking and its writing others close, answer and write.
//! It is in or it is refused, and whoever was told that it is in finds it there.
#![expect(
    clippy::expect_used,
    reason = "a test whose ground is missing stops at once"
)]

use std::sync::Arc;

use async_trait::async_trait;
use axum::body::Body;
use http::Request;
use serde_json::{Value, json};
use shared::platform::native::Sqlite;
use shared::platform::{Batch, Outcome, Ports, Statement, Store, StoreError};
use tokio::sync::Semaphore;
use tower_service::Service;

use crate::visits::{move_to, with_visit};
use crate::world::*;

/// A store that holds each batch of a request back until it is let through, and says that it waits.
struct HeldBack {
    store: Arc<Sqlite>,
    waits: Semaphore,
    goes: Semaphore,
}

#[async_trait]
impl Store for HeldBack {
    async fn query(&self, statement: Statement) -> Result<Outcome, StoreError> {
        self.store.query(statement).await
    }

    async fn batch(&self, statements: Batch) -> Result<Vec<Outcome>, StoreError> {
        self.waits.add_permits(1);
        self.goes.acquire().await.expect("leave").forget();
        self.store.batch(statements).await
    }
}

impl Clinic {
    /// Somebody's POST, and what happens after it has looked and before it writes.
    async fn meanwhile<T>(
        &self,
        person: &str,
        path: &str,
        body: Value,
        happens: impl Future<Output = T>,
    ) -> (u16, Value, T) {
        let request = Request::post(format!("/messaging/v1/{path}"))
            .header("authorization", format!("Bearer {}", self.token(person)))
            .header("content-type", "application/json")
            .header("idempotency-key", self.new_key())
            .body(Body::from(body.to_string()));
        // The first batch looks, the second writes.
        self.hold_back(request.expect("a request"), 2, happens)
            .await
    }

    /// A run of the job, and what happens after it has looked and before it writes.
    async fn meanwhile_the_job<T>(&self, happens: impl Future<Output = T>) -> (Value, T) {
        let key = self.ports.secrets.get(shared::job::KEY).expect("a key");
        let request = Request::post("/messaging/v1/jobs/close")
            .header("authorization", format!("Bearer {key}"))
            .body(Body::empty());
        let (status, done, happened) = self
            .hold_back(request.expect("a request"), 1, happens)
            .await;
        assert_eq!(status, 200, "{done}");
        (done, happened)
    }

    /// A request whose batches go up to the one that writes, and what happens before that goes.
    async fn hold_back<T>(
        &self,
        mut request: Request<Body>,
        writes: u32,
        happens: impl Future<Output = T>,
    ) -> (u16, Value, T) {
        let store = Arc::new(HeldBack {
            store: Arc::clone(&self.store),
            waits: Semaphore::new(0),
            goes: Semaphore::new(writes as usize - 1),
        });
        let ports = Ports {
            store: Arc::clone(&store) as Arc<dyn Store>,
            ..self.ports.clone()
        };
        request.extensions_mut().insert(ports);
        let mut router = messaging::router();
        let asking = async {
            let answer = router.call(request).await.expect("an answer");
            let status = answer.status().as_u16();
            let body = axum::body::to_bytes(answer.into_body(), usize::MAX).await;
            let body = serde_json::from_slice(&body.expect("a body")).expect("JSON");
            (status, body)
        };
        let others = async {
            store
                .waits
                .acquire_many(writes)
                .await
                .expect("it waits")
                .forget();
            let happened = happens.await;
            // All that it still does, for looking again after it was passed by, too.
            store.goes.add_permits(100);
            happened
        };
        let ((status, body), happened) = tokio::join!(asking, others);
        (status, body, happened)
    }
}

fn kind(problem: &Value) -> &str {
    let kind = problem["type"].as_str().unwrap_or_default();
    kind.strip_prefix("urn:vardflode:problem:").unwrap_or(kind)
}

#[tokio::test]
async fn a_message_that_a_closing_overtakes_is_refused_and_says_so() {
    for by_hand in [true, false] {
        let clinic = Clinic::new().await;
        let case = clinic.open_case().await;
        let writes = format!("chats/{case}/messages");
        for person in [ALEX, ANNA] {
            let text = json!({ "text": "På väg" });
            let closing = async {
                if by_hand {
                    let path = format!("cases/{case}/close");
                    clinic.post(STIG, &path, json!({ "reason": "Klart" })).await;
                } else {
                    clinic.clock.set(at("2026-11-30T09:00"));
                    clinic.run_job().await;
                }
            };
            let before = clinic.thread(STIG, &case).await.len();
            let (status, refused, ()) = clinic.meanwhile(person, &writes, text, closing).await;
            assert_eq!((status, kind(&refused)), (409, "case-closed"), "{refused}");
            let thread = clinic.thread(STIG, &case).await;
            assert!(thread.iter().all(|(_, said)| !said.contains("På väg")));
            assert_eq!(thread.len(), before + 1, "{thread:?}");
            assert_eq!(clinic.state(person, &case).await, "closed");
            if by_hand {
                let path = format!("cases/{case}/reopen");
                let until = json!({ "closes_at": "2026-11-30T09:00" });
                assert_eq!(clinic.post(STIG, &path, until).await.status, 200);
            } else {
                break;
            }
        }
    }
}

#[tokio::test]
async fn a_message_that_overtakes_a_closing_is_in_and_the_case_stays_open_for_its_answer() {
    let clinic = Clinic::new().await;
    let case = clinic.open_case().await;
    let closes = format!("cases/{case}/close");
    let closing = json!({ "reason": "Klart" });
    let asking = clinic.write(ALEX, &case, "Vänta, en sak till?");
    let (status, refused, asked) = clinic.meanwhile(STIG, &closes, closing, asking).await;
    assert_eq!(asked.status, 201, "{}", asked.text);
    assert_eq!((status, kind(&refused)), (409, "unanswered"), "{refused}");
    assert_eq!(clinic.state(ALEX, &case).await, "awaiting-staff");
    let thread = clinic.thread(ALEX, &case).await;
    assert_eq!(
        thread.last().expect("one").1,
        "patient: Vänta, en sak till?"
    );
}

/// A question that was asked for by a task after the case's end, and that Stig has answered: the number of his answer.
async fn answered_in_the_grace() -> (Clinic, String, Value) {
    let clinic = Clinic::new().await;
    let case = clinic.open_case().await;
    clinic.write(ALEX, &case, "Vad gör jag?").await;
    clinic.clock.set(at("2026-11-30T09:00"));
    assert_eq!(clinic.run_job().await["asked_staff"], 1);
    let answered = clinic.write(STIG, &case, "Fel").await;
    assert_eq!(answered.status, 201, "{}", answered.text);
    let number = answered.json()["number"].clone();
    (clinic, case, number)
}

const OPEN_TASKS: &str = "SELECT count(*) AS n FROM tasks WHERE done_at IS NULL";

#[tokio::test]
async fn a_closing_that_the_taking_back_of_the_answer_overtakes_is_refused_and_the_task_stands() {
    let (clinic, case, number) = answered_in_the_grace().await;
    let back = format!("chats/{case}/messages/{number}/withdraw");
    let taking_back = clinic.post(STIG, &back, json!({}));
    let closes = format!("cases/{case}/close");
    let closing = json!({ "reason": "Klart" });
    let (status, refused, back) = clinic.meanwhile(ANNA, &closes, closing, taking_back).await;
    assert_eq!(back.status, 200, "{}", back.text);
    assert_eq!((status, kind(&refused)), (409, "unanswered"), "{refused}");
    assert_eq!(clinic.number(OPEN_TASKS).await, 1);
    assert_eq!(clinic.state(ANNA, &case).await, "awaiting-staff");
}

#[tokio::test]
async fn an_answer_is_not_taken_back_where_a_closing_was_quicker() {
    let (clinic, case, number) = answered_in_the_grace().await;
    let back = format!("chats/{case}/messages/{number}/withdraw");
    let closes = format!("cases/{case}/close");
    let closing = clinic.post(ANNA, &closes, json!({ "reason": "Klart" }));
    let (status, refused, closed) = clinic.meanwhile(STIG, &back, json!({}), closing).await;
    assert_eq!(closed.status, 200, "{}", closed.text);
    assert_eq!(
        (status, kind(&refused)),
        (409, "not-withdrawable"),
        "{refused}"
    );
    assert_eq!(clinic.number(OPEN_TASKS).await, 0);
    let thread = clinic.thread(ALEX, &case).await;
    assert!(
        thread.iter().any(|(_, said)| said == "staff: Fel"),
        "{thread:?}"
    );
}

#[tokio::test]
async fn two_staff_who_answer_at_the_same_moment_are_both_in_and_end_the_task_once() {
    let clinic = Clinic::new().await;
    let case = clinic.open_case().await;
    clinic.write(ALEX, &case, "Vad gör jag?").await;
    clinic.clock.set(at("2026-11-30T09:00"));
    assert_eq!(clinic.run_job().await["asked_staff"], 1);
    let writes = format!("chats/{case}/messages");
    let answer = json!({ "text": "Vila." });
    let other = clinic.write(STIG, &case, "Drick vatten.");
    let (status, annas, stigs) = clinic.meanwhile(ANNA, &writes, answer, other).await;
    assert_eq!((status, stigs.status.as_u16()), (201, 201), "{annas}");
    assert_eq!(
        (&stigs.json()["number"], &annas["number"]),
        (&json!(4), &json!(5))
    );
    let thread = clinic.thread(ALEX, &case).await;
    let said: Vec<&str> = thread[3..].iter().map(|(_, said)| said.as_str()).collect();
    assert_eq!(said, ["staff: Drick vatten.", "staff: Vila."]);
    let done = "SELECT count(*) AS n FROM tasks WHERE done_at IS NOT NULL";
    assert_eq!(clinic.number(done).await, 1);
}

#[tokio::test]
async fn what_changes_a_case_at_the_same_moment_is_done_one_after_the_other() {
    let clinic = Clinic::new().await;
    let case = clinic.open_case().await;
    let extend = format!("cases/{case}/extend");
    let until = |day: &str| json!({ "closes_at": format!("{day}T09:00") });
    let other = clinic.post(STIG, &extend, until("2026-12-07"));
    let later = until("2026-12-04");
    let (status, refused, first) = clinic.meanwhile(ANNA, &extend, later, other).await;
    assert_eq!(first.status, 200, "{}", first.text);
    // What Anna asked for is no extension any more: she hears it, and nothing is undone unseen.
    assert_eq!(
        (status, &refused["field"]),
        (422, &json!("closes_at")),
        "{refused}"
    );
    let seen = clinic.get(ANNA, &format!("cases/{case}")).await.json();
    assert_eq!(seen["closes_at"], "2026-12-07T08:00:00Z");
    // A phase that is moved while somebody writes takes the message along.
    let writes = format!("chats/{case}/messages");
    let phase = format!("chats/{case}/phase");
    let moving = clinic.post(STIG, &phase, json!({ "phase": "synchronous" }));
    let text = json!({ "text": "Är du där?" });
    let (status, posted, moved) = clinic.meanwhile(ALEX, &writes, text, moving).await;
    assert_eq!((status, moved.status.as_u16()), (201, 200), "{posted}");
    let numbers: Vec<i64> = clinic
        .thread(ANNA, &case)
        .await
        .iter()
        .map(|one| one.0)
        .collect();
    assert_eq!(numbers, (1..=4).collect::<Vec<_>>());
}

const TEXTS: &str = "SELECT count(*) AS n FROM sms_outbox WHERE template = 'new-message'";

/// A case in which both sides sat, with all read that there was.
async fn sat_in() -> (Clinic, String) {
    let clinic = Clinic::new().await;
    let case = clinic.open_case().await;
    let phase = format!("chats/{case}/phase");
    let synchronous = json!({ "phase": "synchronous" });
    assert_eq!(clinic.post(ANNA, &phase, synchronous).await.status, 200);
    let read = json!({ "number": 2 });
    clinic.post(ALEX, &format!("chats/{case}/read"), read).await;
    (clinic, case)
}

#[tokio::test]
async fn what_staff_write_as_the_phase_ends_is_told_of() {
    let (clinic, case) = sat_in().await;
    let before = clinic.number(TEXTS).await;
    let writes = format!("chats/{case}/messages");
    let phase = format!("chats/{case}/phase");
    let text = json!({ "text": "Vila." });
    let ending = clinic.post(ANNA, &phase, json!({ "phase": "asynchronous" }));
    let (status, posted, ended) = clinic.meanwhile(STIG, &writes, text, ending).await;
    assert_eq!((status, ended.status.as_u16()), (201, 200), "{posted}");
    assert_eq!(clinic.number(TEXTS).await, before + 1);

    let (clinic, case) = sat_in().await;
    let closes = format!("cases/{case}/close");
    let closing = json!({ "reason": "Klart" });
    let writing = clinic.write(STIG, &case, "Vila.");
    let (status, closed, written) = clinic.meanwhile(ANNA, &closes, closing, writing).await;
    assert_eq!((status, written.status.as_u16()), (200, 201), "{closed}");
    assert_eq!(clinic.number(TEXTS).await, before + 1);
}

#[tokio::test]
async fn the_patient_writes_until_the_closing_second_and_not_in_it() {
    let clinic = Clinic::new().await;
    let case = clinic.open_case().await;
    clinic.clock.set(at("2026-11-30T08:59:59.999"));
    assert_eq!(clinic.write(ALEX, &case, "I tid").await.status, 201);
    clinic.clock.set(at("2026-11-30T09:00"));
    let late = clinic.write(ALEX, &case, "För sent").await;
    assert_eq!(late.refused(), (409, "time-is-over".into()));
    // One that looked in time and comes to write in the closing second is judged by the moment it came.
    let clinic = Clinic::new().await;
    let case = clinic.open_case().await;
    clinic.clock.set(at("2026-11-30T08:59:59.999"));
    let writes = format!("chats/{case}/messages");
    let striking = async { clinic.clock.set(at("2026-11-30T09:00")) };
    let text = json!({ "text": "I sista stund" });
    let (status, posted, ()) = clinic.meanwhile(ALEX, &writes, text, striking).await;
    assert_eq!((status, &posted["number"]), (201, &json!(2)), "{posted}");
    // It was in: so nothing closes over it.
    let done = clinic.run_job().await;
    assert_eq!(
        (&done["asked_staff"], &done["closed"]),
        (&json!(1), &json!(0))
    );
    // And where the job was quicker, it is refused.
    let clinic = Clinic::new().await;
    let case = clinic.open_case().await;
    clinic.clock.set(at("2026-11-30T08:59:59.999"));
    let writes = format!("chats/{case}/messages");
    let closing = async {
        clinic.clock.set(at("2026-11-30T09:00"));
        clinic.run_job().await
    };
    let text = json!({ "text": "För sent" });
    let (status, refused, done) = clinic.meanwhile(ALEX, &writes, text, closing).await;
    assert_eq!(done["closed"], 1);
    assert_eq!((status, kind(&refused)), (409, "case-closed"), "{refused}");
}

/// Staff answer a question in the last millisecond, and the job has made the task about it before their answer is
/// written: the status, and that the task is done.
async fn answered_as_the_task_is_made(what: &str, body: Value) -> (Clinic, String, u16) {
    let clinic = Clinic::new().await;
    let case = clinic.open_case().await;
    clinic.write(ALEX, &case, "Vad gör jag?").await;
    clinic.clock.set(at("2026-11-30T08:59:59.999"));
    let path = what.replace("{}", &case);
    let asking = async {
        clinic.clock.set(at("2026-11-30T09:00"));
        clinic.run_job().await
    };
    let (status, _, done) = clinic.meanwhile(ANNA, &path, body, asking).await;
    assert_eq!(done["asked_staff"], 1);
    let open = "SELECT count(*) AS n FROM tasks WHERE done_at IS NULL";
    assert_eq!(clinic.number(open).await, 0);
    (clinic, case, status)
}

#[tokio::test]
async fn an_answer_that_the_task_overtakes_ticks_it_off_and_the_case_closes_after_it() {
    let text = json!({ "text": "Vila." });
    let (clinic, _, status) = answered_as_the_task_is_made("chats/{}/messages", text).await;
    assert_eq!(status, 201);
    clinic.clock.set(at("2026-11-30T09:05"));
    assert_eq!(clinic.run_job().await["closed"], 1);
}

#[tokio::test]
async fn a_closing_by_hand_that_the_task_overtakes_ticks_it_off() {
    let body = json!({ "reason": "Klart", "message": "Vila." });
    let (clinic, case, status) = answered_as_the_task_is_made("cases/{}/close", body).await;
    assert_eq!(status, 200);
    assert_eq!(clinic.state(ALEX, &case).await, "closed");
}

#[tokio::test]
async fn what_changed_while_the_job_was_on_its_way_is_left_to_its_next_run() {
    let clinic = Clinic::new().await;
    let planned = with(a_week(), "opens_at", json!("2026-11-24T09:00"));
    let case = clinic.post(ANNA, "cases", planned).await.id();
    clinic.clock.set(at("2026-11-24T09:00"));
    // Nothing is written in the chat yet, and putting it into the pool writes nothing in it either.
    let path = format!("chats/{case}/hand-over");
    let pooling = clinic.post(ANNA, &path, json!({ "practitioner": null }));
    let (done, pooled) = clinic.meanwhile_the_job(pooling).await;
    assert_eq!(pooled.status, 200, "{}", pooled.text);
    assert_eq!(done["announced"], 0);
    assert_eq!(clinic.thread(ALEX, &case).await, []);
    assert_eq!(clinic.run_job().await["announced"], 1);
    assert_eq!(
        clinic.thread(ALEX, &case).await,
        [(1, "system: sms-sent".to_owned())]
    );
}

#[tokio::test]
async fn the_job_is_logged_for_nobody_whose_chat_it_left_as_it_was() {
    let clinic = Clinic::new().await;
    let case = clinic.open_case().await;
    clinic.clock.set(at("2026-11-29T09:00"));
    let asking = clinic.write(ALEX, &case, "Vänta, en sak till?");
    let (done, asked) = clinic.meanwhile_the_job(asking).await;
    assert_eq!((asked.status.as_u16(), &done["noticed"]), (201, &json!(0)));
    let logged = "SELECT count(*) AS n FROM access_log WHERE user_kind = 'system'";
    assert_eq!(clinic.number(logged).await, 0);
    assert_eq!(clinic.run_job().await["noticed"], 1);
    assert_eq!(clinic.number(logged).await, 1);
}

#[tokio::test]
async fn the_store_itself_refuses_a_message_before_the_first() {
    let clinic = Clinic::new().await;
    let planned = with(a_week(), "opens_at", json!("2026-11-24T09:00"));
    clinic.post(ANNA, "cases", planned).await.id();
    let zeroth = Statement::new(
        "INSERT INTO messages (chat_id, number, id, care_provider_id, version, sender, notice, sent_at)
SELECT id, last_number, 'zeroth', care_provider_id, version, 'system', 'closed', 1 FROM chats",
        [],
    );
    let refused = clinic.store.query(zeroth).await.expect_err("refused");
    assert!(
        refused.refused_by("messages_are_numbered_from_one"),
        "{refused}"
    );
}

#[tokio::test]
async fn a_visit_that_moves_while_its_chat_is_made_takes_the_chat_along() {
    let (clinic, visit) = with_visit().await;
    let path = format!("visits/{visit}/chat");
    let moving = move_to(&clinic, &visit, "2026-11-23T09:45");
    let (status, chat, ()) = clinic.meanwhile(ALEX, &path, json!({}), moving).await;
    assert_eq!(status, 200, "{chat}");
    assert_eq!(chat["opens_at"], "2026-11-23T08:45:00Z");
    clinic.clock.set(at("2026-11-23T09:45"));
    let id = chat["id"].as_str().expect("an id");
    assert_eq!(clinic.state(ALEX, id).await, "open");

    let (clinic, visit) = with_visit().await;
    let path = format!("visits/{visit}/chat");
    let moving = move_to(&clinic, &visit, "2026-11-24T10:00");
    let (status, refused, ()) = clinic.meanwhile(ALEX, &path, json!({}), moving).await;
    assert_eq!(
        (status, kind(&refused)),
        (409, "case-not-open"),
        "{refused}"
    );
    assert_eq!(clinic.number("SELECT count(*) AS n FROM chats").await, 0);
}

#[tokio::test]
async fn a_visit_that_is_called_off_while_its_chat_is_made_gets_none() {
    let (clinic, visit) = with_visit().await;
    let path = format!("visits/{visit}/chat");
    let cancel = format!("/booking/v1/appointments/{visit}/cancel");
    let cancelling = clinic.post(ANNA, &cancel, json!({ "reason": "Läkaren är sjuk" }));
    let (status, refused, cancelled) = clinic.meanwhile(ALEX, &path, json!({}), cancelling).await;
    assert_eq!(cancelled.status, 200, "{}", cancelled.text);
    assert_eq!((status, kind(&refused)), (409, "case-closed"), "{refused}");
    assert_eq!(clinic.number("SELECT count(*) AS n FROM chats").await, 0);
}

#[tokio::test]
async fn a_message_wakes_the_rooms_in_which_somebody_may_listen_and_no_others() {
    let mut clinic = Clinic::new().await;
    let told = clinic.hear_rooms_with_streams();
    let case = clinic.open_case().await;
    let path = format!("/messaging/chats/{case}");
    let events = format!("chats/{case}/events");
    let unit = format!("unit.{UNIT}");
    let woken = || {
        let told = std::mem::take(&mut *told.lock().expect("what was told"));
        told.into_iter().map(|(room, _)| room).collect::<Vec<_>>()
    };
    woken();
    // Nobody has come into a chat that is new. Of the unit, which is older than what is kept, nothing is known.
    clinic.write(ALEX, &case, "Hej").await.id();
    assert_eq!(woken(), [unit.as_str()]);
    // Nor does anybody by asking for what isn't theirs, or by what a room asks for them.
    assert_eq!(clinic.get(BO, &events).await.status, 404);
    let once = format!("{events}?since={case}.0.0&once=true");
    assert_eq!(clinic.get(ANNA, &once).await.status, 200);
    woken();
    clinic.write(ANNA, &case, "Hej").await.id();
    assert!(woken().is_empty());

    assert_eq!(clinic.get(ALEX, &events).await.status, 200);
    clinic.write(ANNA, &case, "Hur mår du?").await.id();
    assert_eq!(woken(), [case.as_str()]);
    assert_eq!(clinic.get(ANNA, "notifications/events").await.status, 200);
    clinic.write(ALEX, &case, "Bra").await.id();
    assert_eq!(woken(), [unit.as_str(), case.as_str()]);
    let by_form = async |key: &str| {
        let fields = [("key", key), ("action", "write"), ("text", "Och hostan?")];
        assert_eq!(clinic.submit(ANNA, &path, &fields).await.status, 303);
    };
    by_form("form-0001").await;
    assert_eq!(woken(), [case.as_str()]);

    // No stream lasts longer than its session's token.
    clinic.pass(hours(1));
    clinic.write(ALEX, &case, "Den är borta").await.id();
    by_form("form-0002").await;
    assert!(woken().is_empty());
    // What is no message is told all the same.
    clinic
        .post(ANNA, &format!("chats/{case}/read"), json!({ "number": 2 }))
        .await;
    assert_eq!(woken(), [case.as_str()]);
    // Of a chat from before it was kept nothing is known.
    clinic
        .run("UPDATE chats SET listened_until = NULL", [])
        .await;
    clinic.write(ANNA, &case, "Bra").await.id();
    assert_eq!(woken(), [case.as_str()]);
}
