//! The small world with tickets and booking in it, and what the tickets' sentences say over and over.
#![expect(
    clippy::expect_used,
    reason = "a test whose ground is missing stops at once"
)]

use std::ops::Deref;

pub use ::world::*;
use serde_json::{Value, json};
use shared::platform::{Statement, Store};
use shared::time::Timestamp;

/// The world with a Monday morning of Anna's laid out: 30 November, nine to twelve, half an hour each.
pub struct Clinic(World);

impl Deref for Clinic {
    type Target = World;
    fn deref(&self) -> &World {
        &self.0
    }
}

impl Clinic {
    /// Monday 23 November 2026, nine in the morning.
    pub async fn new() -> Self {
        let world = World::new(&[("tickets", tickets::router), ("booking", booking::router)]).await;
        let morning = morning(ANNA, "2026-11-30");
        let laid = world
            .post(ANNA, "/booking/v1/slot-templates", morning)
            .await;
        assert_eq!(laid.status, 201, "{}", laid.text);
        Clinic(world)
    }

    /// What the clock shows.
    pub fn now(&self) -> Timestamp {
        self.ports.clock.now()
    }

    /// Puts the clock forward.
    pub fn pass(&self, millis: i64) {
        self.clock.set(self.now().plus(millis));
    }

    /// A ticket for Alex, issued by Anna.
    pub async fn issue(&self) -> String {
        self.post(ANNA, "tickets", for_alex()).await.id()
    }

    /// The ids of the slots that somebody is offered with a ticket.
    pub async fn slots(&self, person: &str, ticket: &str) -> Vec<String> {
        let list = self.get(person, &format!("tickets/{ticket}/slots")).await;
        assert_eq!(list.status, 200, "{}", list.text);
        let slots = list.json()["slots"].as_array().expect("slots").clone();
        let id = |slot: &Value| slot["id"].as_str().expect("an id").to_owned();
        slots.iter().map(id).collect()
    }

    /// Picks a slot.
    pub async fn redeem(&self, person: &str, ticket: &str, slot: &str) -> Answer {
        let path = format!("tickets/{ticket}/redeem");
        self.post(person, &path, json!({ "slot": slot })).await
    }

    /// The state of a ticket, as staff sees it.
    pub async fn state(&self, ticket: &str) -> String {
        let read = self.get(ANNA, &format!("tickets/{ticket}")).await.json();
        read["state"].as_str().expect("a state").to_owned()
    }

    /// Runs the job.
    pub async fn look(&self) -> Value {
        self.run_job("/tickets/v1/jobs/look").await
    }

    /// The codes in the outbox's messages: those of tickets, the newest last, and then those of reminders.
    pub async fn codes(&self) -> Vec<String> {
        let mut codes = vec![];
        for template in ["ticket", "ticket-expiring"] {
            for link in self.links(template).await {
                let code = link.strip_prefix("https://vard.example/t/").expect("ours");
                codes.push(code.to_owned());
            }
        }
        codes
    }

    /// How many messages of a template wait in the outbox.
    pub async fn messages(&self, template: &str) -> usize {
        let found = self
            .store
            .query(Statement::new(
                "SELECT id FROM sms_outbox WHERE template = ?1",
                [template.into()],
            ))
            .await
            .expect("the outbox");
        found.rows.len()
    }
}

/// A ticket for Alex with any nurse, half an hour on 30 November.
pub fn for_alex() -> Value {
    for_patient(ALEX)
}

/// The same for somebody else.
pub fn for_patient(identity: &str) -> Value {
    json!({
        "patient": patient(identity), "role": "nurse", "minutes": 30,
        "first_day": "2026-11-30", "last_day": "2026-12-04", "reason": "Uppföljning av blodtryck"
    })
}

/// A value with one member changed; null takes it away.
pub fn with(mut value: Value, name: &str, to: Value) -> Value {
    match to {
        Value::Null => {
            value.as_object_mut().expect("an object").remove(name);
        }
        to => value[name] = to,
    }
    value
}
