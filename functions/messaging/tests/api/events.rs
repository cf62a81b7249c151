//! The chat as a stream: nothing is missed and nothing comes twice, wherever a reader left off.
#![expect(
    clippy::expect_used,
    reason = "a test whose ground is missing stops at once"
)]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use axum::body::{Body, BodyDataStream};
use futures_util::StreamExt;
use http::Request;
use serde_json::{Value, json};
use shared::platform::native::SetClock;
use shared::platform::{Clock, Pause, Ports};
use tower_service::Service;

use crate::world::*;

/// One event of a stream: its kind, its id and its data.
#[derive(Debug, Clone)]
struct Event {
    kind: String,
    id: String,
    data: Value,
}

fn events(stream: &str) -> Vec<Event> {
    let field = |block: &str, name: &str| {
        let found = block
            .lines()
            .find_map(|line| line.strip_prefix(&format!("{name}: ")));
        found.map(str::to_owned)
    };
    stream
        .split("\n\n")
        .filter_map(|block| {
            Some(Event {
                kind: field(block, "event")?,
                id: field(block, "id")?,
                data: serde_json::from_str(&field(block, "data")?).expect("JSON"),
            })
        })
        .collect()
}

/// How often streams paused; each pause lets the time pass that it asks for.
struct Pauses {
    clock: Arc<SetClock>,
    counted: AtomicUsize,
}

#[async_trait]
impl Pause for Pauses {
    async fn pause(&self, millis: u32) {
        self.counted.fetch_add(1, Ordering::Relaxed);
        self.clock.set(self.clock.now().plus(i64::from(millis)));
    }
}

impl Pauses {
    fn count(&self) -> usize {
        self.counted.load(Ordering::Relaxed)
    }
}

/// What comes next of a stream that is open.
async fn piece(stream: &mut BodyDataStream) -> Option<String> {
    let piece = stream.next().await?.expect("a piece");
    Some(String::from_utf8(piece.to_vec()).expect("text"))
}

impl Clinic {
    /// A stream that is read piece by piece, and its pauses.
    async fn listen(&self, person: &str, case: &str, since: &str) -> (BodyDataStream, Arc<Pauses>) {
        let pauses = Arc::new(Pauses {
            clock: Arc::clone(&self.clock),
            counted: AtomicUsize::new(0),
        });
        let ports = Ports {
            pause: pauses.clone(),
            ..self.ports.clone()
        };
        let mut request = Request::get(format!("/messaging/v1/chats/{case}/events?since={since}"))
            .header("authorization", format!("Bearer {}", self.token(person)))
            .body(Body::empty())
            .expect("a request");
        request.extensions_mut().insert(ports);
        let answer = messaging::router().call(request).await.expect("an answer");
        assert_eq!(answer.status(), 200);
        let mut stream = answer.into_body().into_data_stream();
        assert_eq!(piece(&mut stream).await.as_deref(), Some("retry: 1000\n\n"));
        (stream, pauses)
    }

    /// A whole stream, read to its end.
    async fn stream(&self, person: &str, case: &str, since: &str) -> Vec<Event> {
        let answer = self
            .get(person, &format!("chats/{case}/events?since={since}"))
            .await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        assert_eq!(answer.headers["content-type"], "text/event-stream");
        assert!(answer.text.starts_with("retry: ") && answer.text.ends_with(": come again\n\n"));
        events(&answer.text)
    }
}

#[tokio::test]
async fn a_reader_who_comes_again_gets_what_they_missed_once() {
    let clinic = Clinic::new().await;
    let case = clinic.open_case().await;
    let first = clinic.stream(ALEX, &case, "").await;
    assert_eq!(first.len(), 1, "how it stands: {first:?}");
    assert_eq!(
        (first[0].kind.as_str(), &first[0].data["state"]),
        ("chat", &json!("open"))
    );

    let mut last = first[0].id.clone();
    let mut seen = vec![];
    for round in 0..4 {
        for number in 0..3 {
            clinic
                .write(
                    if number == 1 { ALEX } else { ANNA },
                    &case,
                    &format!("{round}/{number}"),
                )
                .await;
        }
        let stream = clinic.stream(ALEX, &case, &last).await;
        assert_eq!(stream.len(), 4);
        // Cut at every place: what comes then is what had not come.
        for (place, event) in stream.iter().enumerate() {
            let rest = clinic.stream(ALEX, &case, &event.id).await;
            let tells = rest.iter().any(|event| event.kind == "chat");
            assert_eq!(tells, place < 3, "how it stands comes before the last");
            let numbers = |events: &[Event]| -> Vec<i64> {
                events
                    .iter()
                    .filter(|event| event.kind == "message")
                    .map(|event| event.data["number"].as_i64().expect("a number"))
                    .collect()
            };
            assert_eq!(numbers(&rest), numbers(&stream[place + 1..]));
        }
        seen.extend(
            stream
                .iter()
                .filter(|event| event.kind == "message")
                .map(|event| {
                    (
                        event.data["number"].as_i64().expect("a number"),
                        format!(
                            "{}: {}",
                            event.data["from"].as_str().expect("who"),
                            event.data["text"].as_str().expect("a text")
                        ),
                    )
                }),
        );
        last = stream[3].id.clone();
    }
    assert_eq!(seen, clinic.thread(ALEX, &case).await[1..]);
}

#[tokio::test]
async fn a_message_that_is_taken_back_comes_again_as_a_tombstone_once() {
    let clinic = Clinic::new().await;
    let case = clinic.open_case().await;
    clinic.write(ANNA, &case, "Ett").await;
    clinic.write(ANNA, &case, "Två").await;
    let seen = clinic.stream(ALEX, &case, &format!("{case}.1.0")).await;
    assert_eq!(
        seen.iter().filter(|event| event.kind == "message").count(),
        3
    );
    let last = &seen.last().expect("an event").id;
    for number in [3, 2] {
        clinic
            .post(
                ANNA,
                &format!("chats/{case}/messages/{number}/withdraw"),
                json!({}),
            )
            .await;
    }
    let after = clinic.stream(ALEX, &case, last).await;
    let told: Vec<(&str, &Value)> = after
        .iter()
        .map(|event| (event.kind.as_str(), &event.data["number"]))
        .collect();
    let (three, two) = (("message", &json!(3)), ("message", &json!(2)));
    assert_eq!(told, [three, ("chat", &Value::Null), two]);
    assert!(after[0].data["withdrawn_at"].is_string() && after[0].data.get("text").is_none());
    for cut in &after[..2] {
        let rest = clinic.stream(ALEX, &case, &cut.id).await;
        assert_eq!((rest.len(), rest[0].kind.as_str()), (2, "chat"));
        assert_eq!(rest[1].data["number"], 2, "cut between the two");
    }
    let rest = clinic.stream(ALEX, &case, &after[2].id).await;
    assert!(rest.is_empty(), "{rest:?}");
}

#[tokio::test]
async fn of_more_tombstones_than_a_look_takes_none_is_lost_and_none_comes_twice() {
    let clinic = Clinic::new().await;
    let case = clinic.open_case().await;
    for number in 2..=251 {
        clinic.write(ANNA, &case, &number.to_string()).await;
    }
    let seen = clinic.stream(ALEX, &case, &format!("{case}.1.0")).await;
    let last = &seen.last().expect("an event").id;
    for number in 2..=251 {
        let path = format!("chats/{case}/messages/{number}/withdraw");
        assert_eq!(clinic.post(ANNA, &path, json!({})).await.status, 200);
    }
    clinic.write(ANNA, &case, "Nytt").await;
    let numbers = |events: &[Event]| -> Vec<i64> {
        let number = |event: &Event| event.data["number"].as_i64();
        events.iter().filter_map(number).collect()
    };
    let all: Vec<i64> = (2..=252).collect();
    assert_eq!(numbers(&clinic.stream(ALEX, &case, last).await), all);
    // As a room asks, look by look.
    let (mut at, mut told) = (last.clone(), vec![]);
    loop {
        let path = format!("chats/{case}/events?once=true&since={at}");
        let looked = events(&clinic.get(ALEX, &path).await.text);
        let Some(end) = looked.last() else { break };
        at = end.id.clone();
        told.extend(numbers(&looked));
        if looked.len() < 100 {
            break;
        }
    }
    assert_eq!(told, all);
}

#[tokio::test]
async fn a_long_backlog_comes_whole_and_reads_and_closing_show() {
    let clinic = Clinic::new().await;
    let case = clinic.open_case().await;
    for number in 2..=230 {
        clinic.write(ANNA, &case, &number.to_string()).await;
    }
    let stream = clinic.stream(ALEX, &case, &format!("{case}.1.0")).await;
    let numbers: Vec<i64> = stream
        .iter()
        .filter_map(|event| event.data["number"].as_i64())
        .collect();
    assert_eq!(numbers, (1..=230).collect::<Vec<_>>());
    let stands: Vec<&Event> = stream.iter().filter(|event| event.kind == "chat").collect();
    assert_eq!(
        (stands.len(), &stands[0].data["last_number"]),
        (1, &json!(230))
    );
    let staff = clinic.stream(ANNA, &case, "").await;
    assert_eq!(staff[0].data["other_delivered"], 230);
    clinic
        .post(
            ALEX,
            &format!("chats/{case}/read"),
            json!({ "number": 230 }),
        )
        .await;
    let staff = clinic.stream(ANNA, &case, &staff[0].id).await;
    assert_eq!(
        (staff.len(), &staff[0].data["other_read"]),
        (1, &json!(230))
    );
    clinic.clock.set(at("2026-11-30T09:00"));
    let closed = clinic
        .stream(ALEX, &case, &stream.last().expect("one").id)
        .await;
    assert_eq!(closed.last().expect("one").data["state"], "closed");
}

#[tokio::test]
async fn of_a_long_backlog_only_what_a_look_gave_is_delivered() {
    let clinic = Clinic::new().await;
    let case = clinic.open_case().await;
    for number in 2..=230 {
        clinic.write(ANNA, &case, &number.to_string()).await;
    }
    let mut at = format!("{case}.1.0");
    for delivered in [100, 200, 230] {
        let path = format!("chats/{case}/events?once=true&since={at}");
        let looked = events(&clinic.get(ALEX, &path).await.text);
        let last = looked.last().expect("an event");
        assert_eq!(last.data["number"], delivered);
        let seen = clinic.get(ANNA, &format!("cases/{case}")).await.json();
        assert_eq!(seen["other_delivered"], delivered);
        at.clone_from(&last.id);
    }
}

#[tokio::test]
async fn ids_that_are_not_this_chats_are_refused() {
    let clinic = Clinic::new().await;
    let case = clinic.open_case().await;
    let other = clinic.open_case().await;
    for since in [
        format!("{other}.1.1"),
        format!("{case}.99.1"),
        format!("{case}.1.99"),
        format!("{case}.-1.0"),
        format!("{case}.1.1.1"),
        "x".into(),
        "1.1".into(),
        format!("{case}.1.99999999999999999999"),
    ] {
        let refused = clinic
            .get(ALEX, &format!("chats/{case}/events?since={since}"))
            .await;
        assert_eq!(refused.refused(), (422, "invalid".into()), "{since}");
    }
    // By the header, and by what a room asks, as by the query.
    for id in [
        format!("{other}.1.1"),
        format!("{case}.1.99"),
        "\u{fffd}".into(),
    ] {
        let request = http::Request::get(format!("/messaging/v1/chats/{case}/events"))
            .header("authorization", format!("Bearer {}", clinic.token(ALEX)))
            .header("last-event-id", &id)
            .body(axum::body::Body::empty())
            .expect("a request");
        let answer = clinic.send(request).await;
        if id.is_ascii() {
            assert_eq!(answer.refused(), (422, "invalid".into()), "{id}");
        } else {
            // No header of ours has other than ASCII: as if none was sent, it begins with what comes.
            assert_eq!(answer.status, 200);
        }
    }
    for since in [
        format!("{case}.1.99"),
        format!("{case}.99.1"),
        format!("{other}.1.1"),
    ] {
        let path = format!("chats/{case}/events?once=true&since={since}");
        let refused = clinic.get(ALEX, &path).await;
        assert_eq!(refused.refused(), (422, "invalid".into()), "{since}");
    }
    assert_eq!(
        clinic
            .get(BO, &format!("chats/{case}/events"))
            .await
            .refused(),
        (404, "not-found".into())
    );
}

#[tokio::test]
async fn an_idle_stream_reads_one_row_a_look_and_logs_once() {
    let mut clinic = Clinic::new().await;
    let case = clinic.open_case().await;
    let entries = "SELECT count(*) AS n FROM access_log WHERE activity = 'read'";
    let before = clinic.number(entries).await;
    let statements = clinic.count_statements();
    let asked = || statements.swap(0, Ordering::Relaxed);
    let first = clinic.stream(ALEX, &case, "").await;
    // Where it begins, thirty looks of one row, once all of it; and at every eighth whether the session stands.
    assert_eq!((first.len(), asked()), (1, 1 + 30 + 5 + 4));
    assert_eq!(clinic.number(entries).await, before + 1);
    // Who comes again and has had all that came hears nothing, and has read nothing.
    for _ in 0..2 {
        let again = clinic.stream(ALEX, &case, &first[0].id).await;
        assert!(again.is_empty(), "{again:?}");
        assert_eq!(asked(), 1 + 30 + 4);
    }
    assert_eq!(clinic.number(entries).await, before + 1);
}

#[tokio::test]
async fn who_comes_again_after_the_clock_closed_the_case_hears_of_it_before_the_job_runs() {
    let clinic = Clinic::new().await;
    let case = clinic.open_case().await;
    let first = clinic.stream(ALEX, &case, "").await;
    clinic.clock.set(at("2026-11-30T09:00"));
    let again = clinic.stream(ALEX, &case, &first[0].id).await;
    assert_eq!(
        (again.len(), &again[0].data["state"]),
        (1, &json!("closed"))
    );
    assert_eq!(again[0].id, first[0].id, "nothing was written");
}

#[tokio::test]
async fn who_waits_for_an_answer_hears_at_the_closing_second_that_their_time_is_over() {
    let clinic = Clinic::new().await;
    let case = clinic.open_case().await;
    clinic.write(ALEX, &case, "Vad gör jag?").await;
    let all = clinic.stream(ALEX, &case, &format!("{case}.1.0")).await;
    let since = all.last().expect("an event").id.clone();
    clinic.clock.set(at("2026-11-30T08:59:50"));
    let (mut stream, pauses) = clinic.listen(ALEX, &case, &since).await;
    let mut told = vec![];
    while let Some(piece) = piece(&mut stream).await {
        let came = events(&piece);
        told.extend(came.into_iter().map(|event| (pauses.count(), event)));
    }
    assert_eq!(told.len(), 1, "{told:?}");
    let (looks, event) = &told[0];
    assert_eq!((*looks, event.kind.as_str()), (10, "chat"));
    assert_eq!(
        (&event.data["state"], &event.data["why_not"]),
        (&json!("awaiting-staff"), &json!("time-is-over"))
    );
}

#[tokio::test]
async fn a_reader_hears_that_the_unit_closes_also_where_it_does_between_two_streams() {
    let clinic = Clinic::new().await;
    let case = clinic.open_case().await;
    let since = clinic.stream(ALEX, &case, "").await[0].id.clone();
    for (moment, opens_at) in [
        ("2026-11-23T16:59:45", json!("2026-11-24T07:00:00Z")),
        ("2026-11-24T07:59:45", Value::Null),
        ("2026-11-24T17:00:01", json!("2026-11-25T07:00:00Z")),
    ] {
        clinic.clock.set(at(moment));
        let (mut stream, _) = clinic.listen(ALEX, &case, &since).await;
        let mut told = vec![];
        while let Some(piece) = piece(&mut stream).await {
            told.extend(events(&piece));
        }
        assert_eq!(told.len(), 1, "{moment}: {told:?}");
        assert_eq!(told[0].data["care_unit"]["opens_at"], opens_at, "{moment}");
    }
}

#[tokio::test]
async fn while_the_other_side_types_a_message_comes_with_the_next_look_and_there_is_one_a_second() {
    let mut clinic = Clinic::new().await;
    let case = clinic.open_case().await;
    let since = clinic.stream(ANNA, &case, "").await[0].id.clone();
    let typing = format!("chats/{case}/writing");
    assert_eq!(clinic.post(ALEX, &typing, json!({})).await.status, 204);
    let statements = clinic.count_statements();
    let (mut stream, pauses) = clinic.listen(ANNA, &case, &since).await;
    let types =
        "event: presence\ndata: {\"patient\":true,\"staff\":true,\"writing\":\"patient\"}\n\n";
    assert_eq!(piece(&mut stream).await.as_deref(), Some(types));
    clinic.write(ALEX, &case, "Hej").await;
    let came = piece(&mut stream).await.expect("a message");
    assert!(
        came.contains("\"text\":\"Hej\"") && !came.contains("presence"),
        "{came}"
    );
    assert_eq!(pauses.count(), 1);
    // For eight seconds after the last key, told every three; then that it is over.
    statements.store(0, Ordering::Relaxed);
    let mut told = vec![];
    while let Some(piece) = piece(&mut stream).await {
        told.push((pauses.count(), piece));
    }
    let here = "event: presence\ndata: {\"patient\":false,\"staff\":true}\n\n";
    let expected = [(3, types), (6, types), (8, here), (29, ": come again\n\n")];
    assert_eq!(told, expected.map(|(at, piece)| (at, piece.to_owned())));
    // A row a look, and three times whether the session stands.
    assert_eq!(statements.load(Ordering::Relaxed), 28 + 3);
    // What a look finds of both comes in one piece.
    clinic.post(ALEX, &typing, json!({})).await;
    clinic.write(ALEX, &case, "Är du där?").await;
    let (mut stream, pauses) = clinic.listen(ANNA, &case, &since).await;
    let came = piece(&mut stream).await.expect("both");
    assert!(
        came.starts_with(types) && came.contains("Är du där?"),
        "{came}"
    );
    assert_eq!(pauses.count(), 0);
}
