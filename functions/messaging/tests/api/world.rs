//! The small world, with what messaging's sentences say over and over.
#![expect(
    clippy::expect_used,
    reason = "a test whose ground is missing stops at once"
)]

pub use ::world::*;

use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use serde_json::{Value, json};
use shared::time::{HOUR, Timestamp};

/// The world with messaging in it.
pub struct Clinic(World);

impl Deref for Clinic {
    type Target = World;

    fn deref(&self) -> &World {
        &self.0
    }
}

impl Clinic {
    /// Monday 23 November 2026, nine in the morning; the unit is open from 8 to 17 on weekdays.
    pub async fn new() -> Self {
        Clinic(World::new(&[("messaging", messaging::router)]).await)
    }

    /// The same, with booking beside messaging.
    pub async fn with_booking() -> Self {
        let functions: [Function; 2] = [
            ("messaging", messaging::router),
            ("booking", booking::router),
        ];
        Clinic(World::new(&functions).await)
    }

    /// Counts the statements that the functions ask of the store from now on.
    pub fn count_statements(&mut self) -> Arc<AtomicUsize> {
        self.0.count_statements()
    }

    /// Gives which rooms are told what from now on.
    pub fn hear_rooms(&mut self) -> Told {
        self.0.hear_rooms()
    }

    /// The same, where streams are led into the rooms.
    pub fn hear_rooms_with_streams(&mut self) -> Told {
        self.0.hear_rooms_with_streams()
    }

    /// Puts the clock forward.
    pub fn pass(&self, millis: i64) {
        self.clock.set(self.now().plus(millis));
    }

    /// What the clock shows.
    pub fn now(&self) -> Timestamp {
        self.ports.clock.now()
    }

    /// A case that Anna opens for Alex now, for a week.
    pub async fn open_case(&self) -> String {
        self.post(ANNA, "cases", a_week()).await.id()
    }

    /// Somebody writes.
    pub async fn write(&self, person: &str, case: &str, text: &str) -> Answer {
        let path = format!("chats/{case}/messages");
        self.post(person, &path, json!({ "text": text })).await
    }

    /// Somebody offers a matter to a colleague: the offer's id.
    pub async fn offer(&self, person: &str, case: &str, to: &str) -> String {
        let path = format!("chats/{case}/hand-over");
        let offered = self
            .post(person, &path, json!({ "practitioner": to }))
            .await;
        assert_eq!(offered.status, 200, "{}", offered.text);
        let offer = offered.json()["offer"].as_str().map(str::to_owned);
        offer.expect("an offer")
    }

    /// Somebody answers an offer.
    pub async fn answer(&self, person: &str, case: &str, offer: &str, accept: bool) -> Answer {
        let path = format!("chats/{case}/hand-over/answer");
        let body = json!({ "offer": offer, "accept": accept });
        self.post(person, &path, body).await
    }

    /// The chat as somebody sees it.
    pub async fn chat(&self, person: &str, case: &str) -> Value {
        let page = self
            .get(person, &format!("chats/{case}/messages?limit=200"))
            .await;
        assert_eq!(page.status, 200, "{}", page.text);
        page.json()
    }

    /// How far the case has come, as somebody sees it.
    pub async fn state(&self, person: &str, case: &str) -> String {
        let case = self.get(person, &format!("cases/{case}")).await.json();
        case["state"].as_str().expect("a state").to_owned()
    }

    /// Runs the job, and gives what it did.
    pub async fn run_job(&self) -> Value {
        self.0.run_job("/messaging/v1/jobs/close").await
    }

    /// The messages of a chat in short: number, who, and the text or what the service says.
    pub async fn thread(&self, person: &str, case: &str) -> Vec<(i64, String)> {
        let chat = self.chat(person, case).await;
        let messages = chat["messages"].as_array().expect("messages");
        messages
            .iter()
            .map(|message| {
                let said = message["text"]
                    .as_str()
                    .or(message["notice"]["kind"].as_str())
                    .unwrap_or("withdrawn");
                let from = message["from"].as_str().expect("a sender");
                (
                    message["number"].as_i64().expect("a number"),
                    format!("{from}: {said}"),
                )
            })
            .collect()
    }
}

/// A case for Alex, open from now for a week.
pub fn a_week() -> Value {
    json!({ "patient": patient(ALEX), "subject": "Blodtryck", "closes_at": "2026-11-30T09:00" })
}

/// Hours in milliseconds.
pub const fn hours(hours: i64) -> i64 {
    hours * HOUR
}
