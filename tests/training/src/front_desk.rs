//! Speaks to booking's own router as anyone of the training environment, over a store in memory and by a
//! clock that can be set. What the unit week is made with: no row of it is written past the API.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use http::{Method, Request, StatusCode, header};
use serde_json::Value;
use shared::platform::native::{SeededRandom, SetClock, Sqlite, ports};
use shared::platform::{Clock, Ports, Random};
use shared::time::Timestamp;
use tower_service::Service;

use crate::keys::{Failure, Keys};
use crate::reference::reference;

/// A request that was answered with a problem document.
#[derive(Debug)]
pub struct Refused {
    /// Its status.
    pub status: StatusCode,
    asked: String,
    answer: String,
}

impl std::fmt::Display for Refused {
    fn fmt(&self, formatter: &mut std::fmt::Formatter) -> std::fmt::Result {
        write!(formatter, "{}: {} {}", self.asked, self.status, self.answer)
    }
}

impl std::error::Error for Refused {}

/// Booking, running here.
pub struct FrontDesk {
    /// Everything that is written.
    pub store: Arc<Sqlite>,
    clock: Arc<SetClock>,
    ports: Ports,
    router: Router,
    keys: Keys,
    requests: u64,
}

impl FrontDesk {
    /// With the units and their people, and nothing booked. All that is random repeats for a seed.
    pub fn open(keys: &Keys, seed: u64, now: Timestamp) -> Result<Self, Failure> {
        let store = Arc::new(Sqlite::migrated()?);
        let clock = Arc::new(SetClock::at(now));
        let random: Arc<dyn Random> = Arc::new(SeededRandom::new(seed));
        for row in reference(keys, &*random)? {
            store.execute_script(&row)?;
        }
        Ok(FrontDesk {
            ports: ports(Arc::clone(&store), clock.clone(), random, keys.secrets()),
            store,
            clock,
            router: booking::router(),
            keys: keys.clone(),
            requests: 0,
        })
    }

    /// Moves the clock.
    pub fn set_clock(&self, now: Timestamp) {
        self.clock.set(now);
    }

    /// What a person reads under `/booking/v1/`.
    pub async fn get(&self, person: &str, path: &str) -> Result<Value, Failure> {
        let request = self.request(Method::GET, person, path)?;
        Ok(self.send(request.body(Body::empty())?).await??)
    }

    /// What a person is answered to a POST under `/booking/v1/`, or why it was refused.
    pub async fn post(
        &mut self,
        person: &str,
        path: &str,
        body: &Value,
    ) -> Result<Result<Value, Refused>, Failure> {
        self.requests += 1;
        let request = self
            .request(Method::POST, person, path)?
            .header(header::CONTENT_TYPE, "application/json")
            .header("idempotency-key", format!("training-{}", self.requests));
        self.send(request.body(Body::from(body.to_string()))?).await
    }

    fn request(
        &self,
        method: Method,
        person: &str,
        path: &str,
    ) -> Result<http::request::Builder, Failure> {
        let token = self.keys.session(person, self.clock.now())?;
        let request = Request::builder()
            .method(method)
            .uri(format!("/booking/v1/{path}"));
        Ok(request.header(header::AUTHORIZATION, format!("Bearer {token}")))
    }

    async fn send(&self, mut request: Request<Body>) -> Result<Result<Value, Refused>, Failure> {
        let asked = format!("{} {}", request.method(), request.uri());
        request.extensions_mut().insert(self.ports.clone());
        let Ok(answer) = self.router.clone().call(request).await;
        let status = answer.status();
        let bytes = axum::body::to_bytes(answer.into_body(), usize::MAX).await?;
        Ok(if status.is_success() {
            Ok(serde_json::from_slice(&bytes)?)
        } else {
            Err(Refused {
                status,
                asked,
                answer: String::from_utf8_lossy(&bytes).into_owned(),
            })
        })
    }
}
