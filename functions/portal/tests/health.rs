//! The health of the whole system: every function is asked, and rooms where there are any.
#![expect(
    clippy::expect_used,
    reason = "a test whose ground is missing stops at once"
)]

use std::sync::Arc;

use async_trait::async_trait;
use axum::body::Body;
use http::Request;
use portal::health::FUNCTIONS;
use serde_json::{Value, json};
use shared::platform::{Http, PortError, Ports, Rooms};
use tower_service::Service;
use world::*;

/// Every function is well but this one.
struct AllBut(&'static str);

#[async_trait]
impl Http for AllBut {
    async fn send(&self, request: Request<Vec<u8>>) -> Result<http::Response<Vec<u8>>, PortError> {
        assert_eq!(request.uri().path(), "/healthz");
        let is_down = request.uri().host() == Some(&format!("{}.spin.internal", self.0));
        let status = if is_down { 500 } else { 200 };
        let answer = http::Response::builder().status(status);
        Ok(answer.body(vec![]).expect("an answer"))
    }
}

/// As on Workers.
struct WithRooms;

impl Rooms for WithRooms {
    fn are_here(&self) -> bool {
        true
    }

    fn tell(&self, _room: &str, _what: &str) {}
}

async fn health(down: &'static str, has_rooms: bool) -> (u16, Value) {
    let world = World::new(&[("portal", portal::router)]).await;
    let mut ports = Ports {
        http: Arc::new(AllBut(down)),
        ..world.ports.clone()
    };
    if has_rooms {
        ports.rooms = Arc::new(WithRooms);
    }
    let request = Request::get("/healthz").body(Body::empty());
    let mut request = request.expect("a request");
    request.extensions_mut().insert(ports);
    let answer = portal::router().call(request).await.expect("an answer");
    let status = answer.status().as_u16();
    let body = axum::body::to_bytes(answer.into_body(), usize::MAX).await;
    let body = serde_json::from_slice(&body.expect("a body")).expect("JSON");
    (status, body)
}

#[tokio::test]
async fn it_names_every_function_and_rooms_where_there_are_any() {
    for has_rooms in [false, true] {
        let (status, health) = health("nobody", has_rooms).await;
        assert_eq!((status, &health["status"]), (200, &json!("ok")));
        for function in ["portal"].into_iter().chain(FUNCTIONS) {
            assert_eq!(health["functions"][function], "ok", "{function}");
        }
        let rooms = has_rooms.then_some("ok");
        assert_eq!(health["functions"]["live"].as_str(), rooms);
    }
}

#[tokio::test]
async fn it_is_degraded_while_one_is_down() {
    for function in FUNCTIONS.into_iter().chain(["live"]) {
        let (status, health) = health(function, true).await;
        assert_eq!((status, &health["status"]), (503, &json!("degraded")));
        assert_eq!(health["functions"][function], "down");
    }
    assert_eq!(health("live", false).await.0, 200);
}
