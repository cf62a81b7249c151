//! The ports: what a function asks of the platform it runs on, and nothing more.
//! One adapter file each for Cloudflare Workers, Spin and native SQLite; no other module knows a platform.
//! The contract every adapter keeps is written down, and run, in `tests/contract`.

use std::sync::Arc;

use async_trait::async_trait;
use axum::extract::FromRequestParts;
use http::HeaderMap;
use http::request::Parts;

use crate::problem::Problem;
use crate::sealing::{SealError, Sealer};
use crate::session::{Caller, ProvenToken};
use crate::time::Timestamp;

#[cfg(any(target_arch = "wasm32", test))]
mod expiry;
#[cfg(any(not(target_arch = "wasm32"), target_os = "wasi"))]
mod filling;
mod remembered;
mod rows;
pub mod static_files;
mod store;
#[cfg(any(not(target_arch = "wasm32"), target_os = "wasi"))]
mod stored_objects;
pub use remembered::Remembered;
pub use rows::{Row, Rows};
pub use store::{Batch, Outcome, Statement, Store, StoreError, Value};

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
pub mod cloudflare;
#[cfg(not(target_arch = "wasm32"))]
pub mod native;
#[cfg(target_os = "wasi")]
pub mod spin;

#[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
pub use cloudflare::{log, objects};
#[cfg(not(target_arch = "wasm32"))]
pub use native::log;
#[cfg(target_os = "wasi")]
pub use spin::log;
#[cfg(any(not(target_arch = "wasm32"), target_os = "wasi"))]
pub use stored_objects::objects;

/// Why a port other than the store could not do what was asked. The text is for logs of ours, never for people.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{port} failed: {cause}")]
pub struct PortError {
    /// Which port: "key-value", "http" …
    pub port: &'static str,
    /// What the platform said.
    pub cause: String,
}

/// Read-mostly values. Writes may be seen elsewhere only after a minute: never the home of a truth.
#[async_trait]
pub trait KeyValue: Send + Sync {
    /// The value under `key`, unless it was never put, was deleted, or its time ran out.
    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, PortError>;
    /// Puts `value` under `key` until `expires_at` (for good where none is given).
    async fn put(
        &self,
        key: &str,
        value: &[u8],
        expires_at: Option<Timestamp>,
    ) -> Result<(), PortError>;
    /// Forgets `key`; forgetting what isn't there is no error.
    async fn delete(&self, key: &str) -> Result<(), PortError>;
}

/// Large values of their own, which no query looks into: an attachment's sealed chunks. R2 on Workers, rows of the
/// store elsewhere. No part of [`Ports`], but asked for by `objects(&ports)`: only who asks carries its code.
#[async_trait]
pub trait Objects: Send + Sync {
    /// Puts `bytes` (of some megabytes at most) under `key`, in the place of what was there.
    async fn put(&self, key: &str, bytes: &[u8]) -> Result<(), PortError>;
    /// What was put under `key`, at once and whole; nothing where nothing was, or it was deleted.
    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, PortError>;
    /// Deletes what is under these keys, 1,000 at most. Deleting what isn't there is no error. No key has a line end.
    async fn delete(&self, keys: &[String]) -> Result<(), PortError>;
}

/// How long a call out may take, in milliseconds: who hasn't answered whole by then hasn't answered.
#[cfg(target_arch = "wasm32")]
const PATIENCE: u32 = 10_000;

/// Calls out of the function. One that takes longer than ten seconds ends in an error. A host named `<function>.spin.internal` is another function of this
/// application (a service binding on Workers, local chaining on Spin) and never leaves it.
#[async_trait]
pub trait Http: Send + Sync {
    /// Sends one request with its whole body and gives the whole answer.
    async fn send(
        &self,
        request: http::Request<Vec<u8>>,
    ) -> Result<http::Response<Vec<u8>>, PortError>;
}

/// The time now. Only adapters read a real clock.
pub trait Clock: Send + Sync {
    /// Milliseconds since 1970 in UTC.
    fn now(&self) -> Timestamp;
}

/// Unpredictable bytes, fit for keys and nonces.
pub trait Random: Send + Sync {
    /// Fills `bytes` whole.
    fn fill(&self, bytes: &mut [u8]);
}

/// Waiting, for streams that look at the store again and again.
#[async_trait]
pub trait Pause: Send + Sync {
    /// Ends after so many milliseconds. Natively at once: there the clock is a test's.
    async fn pause(&self, millis: u32);
}

/// Rooms: what lives on between requests, one a name, and holds streams open together. Only Workers has them
/// (Durable Objects of functions/live); elsewhere a stream looks at the store itself.
pub trait Rooms: Send + Sync {
    /// Whether this platform has rooms.
    fn are_here(&self) -> bool;
    /// Tells a room that something happened, after the commit of it. Nobody waits for it, and nothing of anybody
    /// goes along: who is in the room asks for what is new by their own right.
    fn tell(&self, room: &str, what: &str);
}

/// A job of another function that the front door runs in the background of a POST which it handed on to one of some
/// functions and which was no refusal. Nobody waits for it, and the schedule makes up for what it leaves.
#[derive(Debug, Clone, Copy)]
pub struct Following {
    /// After which functions.
    pub functions: &'static [&'static str],
    /// The job's path: the function is its first part.
    pub job: &'static str,
}

/// Laid beside an answer: the platform gives a room's own answer instead, under this answer's headers.
#[derive(Debug, Clone)]
pub struct Entering {
    /// Which room.
    pub room: String,
    /// What the room is told of who comes in.
    pub headers: HeaderMap,
}

/// Something in a room, which the platform's object of that name answers with.
#[async_trait]
pub trait Room: Default + Send + Sync + 'static {
    /// Answers whoever comes in, or tells something.
    async fn answer(
        self: Arc<Self>,
        ports: Ports,
        request: http::Request<axum::body::Body>,
    ) -> http::Response<axum::body::Body>;
    /// When it wants to be woken next; asked after each answer and each waking.
    fn wakes_at(&self, now: Timestamp) -> Option<Timestamp>;
    /// Whether it wants to be woken now.
    fn is_to_be_woken(&self, now: Timestamp) -> bool {
        self.wakes_at(now).is_some_and(|at| at <= now)
    }
    /// Woken when it wants to be, or somewhat later.
    async fn wake(self: Arc<Self>, ports: Ports);
}

/// Settings and secrets by their names, in capitals: `ENVIRONMENT`, `SEALING_KEYS` …
pub trait Secrets: Send + Sync {
    /// The value, or nothing where it isn't set.
    fn get(&self, name: &str) -> Option<String>;
    /// The ring of keys in `SEALING_KEYS`, ready for use: read once where settings outlive a request.
    fn sealer(&self) -> Result<Arc<Sealer>, SealError> {
        let ring = self.get("SEALING_KEYS").ok_or(SealError::NoRing)?;
        Sealer::from_ring(&ring).map(Arc::new)
    }
}

/// All that a function may reach. Handed to every request anew; cloning it is cheap.
#[derive(Clone)]
pub struct Ports {
    /// The one store there is today; ask [`Ports::store_for`] instead, so that there can be more.
    pub store: Arc<dyn Store>,
    /// Read-mostly values.
    pub key_value: Arc<dyn KeyValue>,
    /// Calls out.
    pub http: Arc<dyn Http>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub random: Arc<dyn Random>,
    /// Waiting.
    pub pause: Arc<dyn Pause>,
    /// Rooms, where there are any.
    pub rooms: Arc<dyn Rooms>,
    /// Settings and secrets.
    pub secrets: Arc<dyn Secrets>,
    /// Tokens whose signature this isolate has checked already.
    pub proven_tokens: Arc<Remembered<ProvenToken>>,
    /// Who of the staff acts and at which unit, once a guard has let them in: whose the forms are.
    pub acting: Option<Arc<str>>,
}

impl Ports {
    /// The store a caller works in. A care provider is the wall between records (PDL 4:1) and so the
    /// shard key: when each has a store of its own, this is the only line that learns it.
    pub fn store_for(&self, _caller: &Caller) -> Arc<dyn Store> {
        Arc::clone(&self.store)
    }
}

/// The address that a request came from, as far as the platform can vouch for it. For rate limits alone:
/// many people share one, and it is personal data.
#[derive(Debug, Clone)]
pub struct ClientAddress(pub String);

impl ClientAddress {
    /// As the platform laid it beside the request.
    pub fn of(parts: &Parts) -> Self {
        let known = parts.extensions.get::<ClientAddress>().cloned();
        known.unwrap_or_else(|| ClientAddress("unknown".into()))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for ClientAddress {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(
        parts: &mut Parts,
        _state: &S,
    ) -> Result<Self, std::convert::Infallible> {
        Ok(ClientAddress::of(parts))
    }
}

/// The platform's entry lays the ports beside each request.
impl<S: Send + Sync> FromRequestParts<S> for Ports {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        parts
            .extensions
            .get::<Ports>()
            .cloned()
            .ok_or_else(|| Problem::internal("a request came without ports"))
    }
}

/// A function's OpenAPI document from its file. On Workers the platform serves those files before the front door
/// runs (tools/assets puts them there), so that no module carries its own: a hundredth of it.
#[macro_export]
macro_rules! document {
    ($path:literal) => {{
        #[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
        let document = None;
        #[cfg(not(all(target_arch = "wasm32", target_os = "unknown")))]
        let document = Some(include_str!($path));
        $crate::service::Document(document)
    }};
}

/// Makes the crate it stands in a deployable function: the entry point of each platform around one router.
///
/// `serve!(router)` answers every request itself; `forwards: ["booking"]` is the front door's, which hands
/// `/booking/…` on to that function untouched where the platform doesn't route by itself, and `following: FOLLOWING`
/// what it runs in the background then (a [`platform::Following`](crate::platform::Following)); `jobs: ["/…"]`
/// names the scheduled jobs, which Workers' schedule posts in this order (see [`crate::job`]); `room: Type` makes
/// Workers' object `LiveRoom` of a [`platform::Room`](crate::platform::Room).
#[macro_export]
macro_rules! serve {
    ($router:ident) => {
        $crate::serve!($router, forwards: [], jobs: []);
    };
    ($router:ident, room: $room:ident) => {
        $crate::serve!($router);
        #[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
        mod object {
            /// Workers' object around one room.
            #[worker::durable_object]
            pub struct LiveRoom($crate::platform::cloudflare::RoomObject<super::$room>);

            impl worker::DurableObject for LiveRoom {
                fn new(state: worker::State, environment: worker::Env) -> Self {
                    LiveRoom($crate::platform::cloudflare::RoomObject::new(state, environment))
                }

                async fn fetch(&self, request: worker::Request) -> worker::Result<worker::Response> {
                    self.0.answer(request).await
                }

                async fn alarm(&self) -> worker::Result<worker::Response> {
                    self.0.wake().await
                }
            }
        }
    };
    ($router:ident, jobs: [$($job:literal),*]) => {
        $crate::serve!($router, forwards: [], jobs: [$($job),*]);
    };
    ($router:ident, forwards: [$($function:literal),*], jobs: [$($job:literal),*]) => {
        $crate::serve!($router, forwards: [$($function),*], followed: None, jobs: [$($job),*]);
    };
    ($router:ident, forwards: [$($function:literal),*], following: $following:ident, jobs: [$($job:literal),*]) => {
        $crate::serve!($router, forwards: [$($function),*], followed: Some(super::$following), jobs: [$($job),*]);
    };
    ($router:ident, forwards: [$($function:literal),*], followed: $following:expr, jobs: [$($job:literal),*]) => {
        #[cfg(all(target_arch = "wasm32", target_os = "unknown"))]
        mod entry {
            #[worker::event(fetch)]
            async fn fetch(
                request: worker::worker_sys::web_sys::Request,
                environment: worker::Env,
                context: worker::Context,
            ) -> worker::Result<worker::worker_sys::web_sys::Response> {
                $crate::platform::cloudflare::answer(super::$router, &[$($function),*], $following, request, environment, &context).await
            }

            #[worker::event(scheduled)]
            async fn scheduled(
                _event: worker::ScheduledEvent,
                environment: worker::Env,
                _context: worker::ScheduleContext,
            ) {
                $crate::platform::cloudflare::run_jobs(super::$router, &[$($job),*], environment).await;
            }
        }
        #[cfg(target_os = "wasi")]
        mod entry {
            #[spin_sdk::http_component]
            async fn handle(
                request: spin_sdk::http::IncomingRequest,
                answer: spin_sdk::http::ResponseOutparam,
            ) {
                $crate::platform::spin::answer(super::$router, request, answer).await;
            }
        }
    };
}
