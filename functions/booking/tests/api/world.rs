//! Booking in the small world of `tests/world`, and what its tests ask for most.
#![expect(
    clippy::expect_used,
    reason = "a test whose ground is missing stops at once"
)]

use std::ops::Deref;

use http::StatusCode;
use serde_json::{Value, json};
pub use world::*;

const FUNCTIONS: [Function; 1] = [("booking", booking::router)];

pub struct World(world::World);

impl Deref for World {
    type Target = world::World;
    fn deref(&self) -> &world::World {
        &self.0
    }
}

impl World {
    pub async fn new() -> Self {
        World(world::World::new(&FUNCTIONS).await)
    }

    pub async fn in_environment(environment: &str) -> Self {
        World(world::World::in_environment(&FUNCTIONS, environment).await)
    }

    /// Lays out Anna's Monday morning of 30 November, 9 to 12, half an hour each, and gives the slots.
    pub async fn annas_morning(&self) -> Vec<String> {
        let laid = self
            .post(ANNA, "slot-templates", morning(ANNA, "2026-11-30"))
            .await;
        assert_eq!(laid.status, StatusCode::CREATED, "{}", laid.text);
        self.free_slots().await
    }

    pub async fn free_slots(&self) -> Vec<String> {
        let page = self
            .get(ANNA, "slots?from=2026-11-23&to=2026-12-14")
            .await
            .json();
        let slots = page["slots"].as_array().expect("slots").clone();
        slots
            .iter()
            .map(|slot| slot["id"].as_str().expect("an id").to_owned())
            .collect()
    }

    pub async fn book(&self, body: Value) -> Answer {
        self.post(ANNA, "appointments", body).await
    }
}

pub fn scheduled(slot: &str, identity: &str) -> Value {
    json!({ "kind": "scheduled", "slot": slot, "patient": patient(identity), "reason": "Hosta" })
}

pub fn free_time(starts_at: &str, minutes: i64) -> Value {
    json!({
        "kind": "free-time", "starts_at": starts_at, "minutes": minutes,
        "patient": patient(ALEX), "reason": "Hosta"
    })
}
