//! Cloudflare adapter: D1, KV, service bindings and fetch, the isolate's clock and randomness.
//! It and its two modules (D1, promises) alone know the Workers runtime; everything above sees ports.

mod d1;
mod promise;

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use axum::body::{Body, HttpBody};
use js_sys::JsString;
use wasm_bindgen::prelude::*;
use worker::send::SendFuture;
use worker::worker_sys::web_sys;

use d1::D1;
use promise::promised;

use super::expiry::{unless_expired, with_expiry};
use super::{
    ClientAddress, Clock, Entering, Following, Http, KeyValue, Objects, PATIENCE, Pause, PortError,
    Ports, Random, Remembered, Room, Rooms, Secrets,
};
use crate::job;
use crate::sealing::{SealError, Sealer};
use crate::session::ProvenToken;
use crate::time::Timestamp;

/// The memory that everything in a module lives in: smaller and quicker than the one that comes with Rust.
#[global_allocator]
static MEMORY: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();

/// Names of the bindings, the same in every function's wrangler.toml.
const STORE_BINDING: &str = "STORE";
const KEY_VALUE_BINDING: &str = "KEY_VALUE";
const ROOMS_BINDING: &str = "LIVE";
/// A host of this ending names another function of the application.
const FUNCTION_HOST: &str = ".spin.internal";

/// One log line to the Worker's log.
pub fn log(line: &str) {
    worker::console_log!("{line}");
}

/// Answers one request with `router`, or hands it on to the function whose prefix it has.
pub async fn answer(
    router: fn() -> axum::Router,
    forwards: &[&str],
    following: Option<Following>,
    request: web_sys::Request,
    environment: worker::Env,
    context: &worker::Context,
) -> worker::Result<web_sys::Response> {
    if !forwards.is_empty() {
        let target = target_of(&request.url());
        if let Some(function) = forwards
            .iter()
            .find(|function| has_prefix(&target, function))
        {
            let service = binding(&environment, &binding_of(function));
            let following = following.filter(|following| {
                following.functions.contains(function) && request.method() == "POST"
            });
            let answer = match following {
                Some(Following { job, .. }) => {
                    let follower = job.split('/').nth(1).unwrap_or_default();
                    let follower = binding(&environment, &binding_of(follower));
                    let key = EnvironmentSecrets(Arc::new(environment)).get(job::KEY);
                    let key = key.as_deref().unwrap_or_default();
                    let context: &JsValue = context.as_ref().as_ref();
                    forward_and_follow(&service, &request, &follower, job, key, context)
                }
                None => forward(&service, &request),
            };
            let answer = promised(answer).await;
            return answer.map(JsCast::unchecked_into).map_err(js_error);
        }
    }
    let mut request = to_http(&request).await?;
    // Cloudflare sets it, over whatever the caller sent.
    if let Some(address) = request.headers().get("cf-connecting-ip") {
        let address = ClientAddress(String::from_utf8_lossy(address.as_bytes()).into_owned());
        request.extensions_mut().insert(address);
    }
    let context: &JsValue = context.as_ref().as_ref();
    let rooms = DurableRooms::of(&environment, context.clone());
    let answer = routed(router, request, environment, &rooms).await;
    match answer.extensions().get::<Entering>() {
        Some(entering) => rooms.enter(entering, answer.headers()).await,
        None => from_http(answer).await,
    }
}

/// A Durable Object around a room: its requests, and its alarm as the room's waking.
pub struct RoomObject<R> {
    room: Arc<R>,
    state: worker::State,
    environment: worker::Env,
    /// When the alarm rings that was set last.
    rings_at: Cell<Option<Timestamp>>,
}

impl<R: Room> RoomObject<R> {
    /// As the platform makes it, with nobody in it.
    pub fn new(state: worker::State, environment: worker::Env) -> Self {
        RoomObject {
            room: Arc::default(),
            state,
            environment,
            rings_at: Cell::new(None),
        }
    }

    /// Answers one request.
    pub async fn answer(&self, request: worker::Request) -> worker::Result<worker::Response> {
        let request = to_http(request.inner()).await?;
        let answer = Arc::clone(&self.room).answer(self.ports(), request).await;
        self.set_alarm().await;
        from_http(answer).await.map(worker::Response::from)
    }

    /// The alarm rang.
    pub async fn wake(&self) -> worker::Result<worker::Response> {
        self.rings_at.set(None);
        // It may ring for a time that the room has thought better of since.
        if self.room.is_to_be_woken(IsolateClock.now()) {
            Arc::clone(&self.room).wake(self.ports()).await;
        }
        self.set_alarm().await;
        worker::Response::empty()
    }

    fn ports(&self) -> Ports {
        let rooms = DurableRooms::of(&self.environment, JsValue::UNDEFINED);
        ports(self.environment.clone(), &rooms)
    }

    /// Setting it writes a row: one that rings earlier than wanted stays, and is set anew when it does.
    async fn set_alarm(&self) {
        let now = IsolateClock.now();
        let Some(at) = self.room.wakes_at(now) else {
            return;
        };
        if self.rings_at.get().is_some_and(|rings_at| rings_at <= at) {
            return;
        }
        self.rings_at.set(Some(at));
        let wait = (at.millis() - now.millis()).max(0);
        if let Err(error) = self.state.storage().set_alarm(wait).await {
            // The next answer sets it.
            self.rings_at.set(None);
            log(&format!("{{\"room\":\"alarm\",\"cause\":\"{error}\"}}"));
        }
    }
}

/// Posts each job to the function's own router, one after the other. A job that fails has left its line in
/// the log, and is run again at the next minute.
pub async fn run_jobs(router: fn() -> axum::Router, jobs: &[&str], environment: worker::Env) {
    let key = EnvironmentSecrets(Arc::new(environment.clone())).get(job::KEY);
    for job in jobs {
        let request = http::Request::post(*job)
            .header(
                http::header::AUTHORIZATION,
                format!("Bearer {}", key.as_deref().unwrap_or_default()),
            )
            .body(Body::empty());
        match request {
            Ok(request) => {
                let rooms = DurableRooms::of(&environment, JsValue::UNDEFINED);
                drop(routed(router, request, environment.clone(), &rooms).await);
            }
            Err(error) => log(&format!("{{\"job\":\"{job}\",\"cause\":\"{error}\"}}")),
        }
    }
    // What the jobs told is told before the schedule's event ends.
    let _ = promised(told()).await;
}

async fn routed(
    router: fn() -> axum::Router,
    mut request: http::Request<Body>,
    environment: worker::Env,
    rooms: &DurableRooms,
) -> http::Response<Body> {
    thread_local! {
        // Laying out the routes costs more than most requests: once an isolate is enough.
        static ROUTER: std::cell::OnceCell<axum::Router> = const { std::cell::OnceCell::new() };
    }
    request.extensions_mut().insert(ports(environment, rooms));
    let mut router = ROUTER.with(|laid| laid.get_or_init(router).clone());
    match tower_service::Service::call(&mut router, request).await {
        Ok(answer) => answer,
        Err(never) => match never {},
    }
}

/// Path and query of a request, cut from its URL by hand: the URL parser and its tables of international
/// names would be a tenth of the function.
fn target_of(url: &str) -> String {
    let after_scheme = url.split_once("://").map_or(url, |(_, rest)| rest);
    let target = after_scheme
        .find('/')
        .map_or("/", |start| &after_scheme[start..]);
    target.split('#').next().unwrap_or("/").to_owned()
}

/// A function's own path without more is the function's, too: `/tickets` is a page.
fn has_prefix(target: &str, function: &str) -> bool {
    target
        .strip_prefix('/')
        .and_then(|path| path.strip_prefix(function))
        .is_some_and(|rest| matches!(rest.as_bytes().first(), None | Some(b'/' | b'?')))
}

fn binding_of(function: &str) -> String {
    function.to_ascii_uppercase()
}

// What crosses into WASM and out of it crosses whole: cloudflare.js says how.
#[wasm_bindgen(module = "/src/platform/cloudflare.js")]
extern "C" {
    #[wasm_bindgen(js_name = encodeInto)]
    fn encode_into(text: &JsString, bytes: &mut [u8]) -> i32;
    fn incoming(request: &web_sys::Request) -> JsString;
    fn received(request: &web_sys::Request) -> js_sys::Promise;
    #[wasm_bindgen(catch)]
    fn outgoing(
        status: u16,
        usual: &str,
        headers: &str,
        bytes: &[u8],
    ) -> Result<web_sys::Response, JsValue>;
    #[wasm_bindgen(catch)]
    fn streamed(
        status: u16,
        usual: &str,
        headers: &str,
        body: &web_sys::ReadableStream,
    ) -> Result<web_sys::Response, JsValue>;
    fn forward(service: &JsValue, request: &web_sys::Request) -> js_sys::Promise;
    #[wasm_bindgen(js_name = forwardAndFollow)]
    fn forward_and_follow(
        service: &JsValue,
        request: &web_sys::Request,
        follower: &JsValue,
        job: &str,
        key: &str,
        context: &JsValue,
    ) -> js_sys::Promise;
    fn send(
        service: &JsValue,
        method: &str,
        address: &str,
        headers: &str,
        bytes: &[u8],
        patience: u32,
    ) -> js_sys::Promise;
    #[wasm_bindgen(js_name = getValue)]
    fn get_value(namespace: &JsValue, key: &str) -> js_sys::Promise;
    #[wasm_bindgen(js_name = putValue)]
    fn put_value(namespace: &JsValue, key: &str, bytes: &[u8], expiration: f64) -> js_sys::Promise;
    #[wasm_bindgen(js_name = deleteValue)]
    fn delete_value(namespace: &JsValue, key: &str) -> js_sys::Promise;
    fn pause(millis: u32) -> js_sys::Promise;
    fn tell(rooms: &JsValue, room: &str, what: &str, context: &JsValue);
    fn told() -> js_sys::Promise;
    fn enter(rooms: &JsValue, room: &str, asked: &str, headers: &str) -> js_sys::Promise;
}

// Beside the others, for it names the environment itself: only functions that keep objects carry it.
#[wasm_bindgen(module = "/src/platform/objects.js")]
extern "C" {
    #[wasm_bindgen(js_name = putObject)]
    fn put_object(key: &str, bytes: &[u8]) -> js_sys::Promise;
    #[wasm_bindgen(js_name = getObject)]
    fn get_object(key: &str) -> js_sys::Promise;
    #[wasm_bindgen(js_name = deleteObjects)]
    fn delete_objects(keys: &str) -> js_sys::Promise;
}

/// Where objects are kept: the R2 bucket bound as `OBJECTS`.
pub fn objects(_ports: &Ports) -> Arc<dyn Objects> {
    Arc::new(Bucket)
}

struct Bucket;

/// Ends a call to the bucket.
async fn of_bucket(called: js_sys::Promise) -> Result<JsValue, PortError> {
    promised(called).await.map_err(|error| PortError {
        port: "objects",
        cause: format!("{error:?}"),
    })
}

#[async_trait]
impl Objects for Bucket {
    async fn put(&self, key: &str, bytes: &[u8]) -> Result<(), PortError> {
        SendFuture::new(async move { of_bucket(put_object(key, bytes)).await.map(|_| ()) }).await
    }

    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, PortError> {
        SendFuture::new(async move {
            let found = of_bucket(get_object(key)).await?;
            Ok((!found.is_null()).then(|| js_sys::Uint8Array::unchecked_from_js(found).to_vec()))
        })
        .await
    }

    async fn delete(&self, keys: &[String]) -> Result<(), PortError> {
        SendFuture::new(async move {
            of_bucket(delete_objects(&keys.join("\n")))
                .await
                .map(|_| ())
        })
        .await
    }
}

/// A JavaScript text as ours.
fn text_of(text: &JsString) -> String {
    of_units(text.length() as usize, |bytes| encode_into(text, bytes))
}

/// What JavaScript writes of so many units of sixteen bits, or -1 where it does not fit. Mostly it is ASCII or nearly so;
/// three bytes a unit always suffice.
fn of_units(units: usize, write: impl Fn(&mut [u8]) -> i32) -> String {
    for room in [units + units / 16, 3 * units] {
        let mut bytes = vec![0; room];
        if let Ok(written) = usize::try_from(write(&mut bytes)) {
            bytes.truncate(written);
            // TextEncoder gives UTF-8 and nothing else: to look again would take longer than writing it.
            #[expect(unsafe_code, reason = "cloudflare.js has it from a TextEncoder")]
            return unsafe { String::from_utf8_unchecked(bytes) };
        }
    }
    String::new()
}

fn js_error(error: JsValue) -> worker::Error {
    worker::Error::JsError(format!("{error:?}"))
}

async fn to_http(request: &web_sys::Request) -> worker::Result<http::Request<Body>> {
    let head = text_of(&incoming(request));
    let mut lines = head.split('\n');
    let method = lines.next().unwrap_or_default();
    let target = target_of(lines.next().unwrap_or_default());
    let mut builder = http::Request::builder().method(method).uri(target);
    while let (Some(name), Some(value)) = (lines.next(), lines.next()) {
        builder = builder.header(name, value);
    }
    let body = if method == "GET" || method == "HEAD" {
        Body::empty()
    } else {
        let bytes = promised(received(request)).await.map_err(js_error)?;
        Body::from(js_sys::Uint8Array::unchecked_from_js(bytes).to_vec())
    };
    builder
        .body(body)
        .map_err(|error| worker::Error::RustError(error.to_string()))
}

/// Headers whose values most answers have in common.
const USUAL: [http::HeaderName; 6] = [
    http::header::CONTENT_TYPE,
    http::header::CACHE_CONTROL,
    http::header::X_CONTENT_TYPE_OPTIONS,
    http::header::REFERRER_POLICY,
    http::header::CONTENT_SECURITY_POLICY,
    http::header::STRICT_TRANSPORT_SECURITY,
];

/// Headers as cloudflare.js wants them: names and values, a line each.
fn headers_as_lines(headers: &http::HeaderMap) -> String {
    let (mut lines, others) = usual_and_others(headers);
    lines.push_str(&others);
    lines
}

/// The same in two texts: the [`USUAL`] ones, and the others.
fn usual_and_others(headers: &http::HeaderMap) -> (String, String) {
    let mut usual = String::with_capacity(1024);
    let mut others = String::with_capacity(512);
    for (name, value) in headers {
        let lines = if USUAL.contains(name) {
            &mut usual
        } else {
            &mut others
        };
        for part in [name.as_str(), value.to_str().unwrap_or_default()] {
            lines.push_str(part);
            lines.push('\n');
        }
    }
    (usual, others)
}

/// What the environment has under a name; undefined where nothing is.
fn named(environment: &worker::Env, name: &str) -> JsValue {
    js_sys::Reflect::get(environment, &JsValue::from_str(name)).unwrap_or(JsValue::UNDEFINED)
}

/// A store, a namespace or another function by its name; undefined where there is none. They are the isolate's for
/// as long as it lives, and asking for one costs two crossings.
fn binding(environment: &worker::Env, name: &str) -> JsValue {
    thread_local! {
        static KNOWN: RefCell<Vec<(String, JsValue)>> = const { RefCell::new(Vec::new()) };
    }
    KNOWN.with_borrow_mut(|known| {
        if let Some((_, binding)) = known.iter().find(|(one, _)| one == name) {
            return binding.clone();
        }
        let binding = named(environment, name);
        known.push((name.to_owned(), binding.clone()));
        binding
    })
}

async fn from_http(answer: http::Response<Body>) -> worker::Result<web_sys::Response> {
    let (parts, body) = answer.into_parts();
    let status = parts.status.as_u16();
    let (usual, headers) = usual_and_others(&parts.headers);
    // A whole body goes over in one piece; only real streams pay for streaming.
    if HttpBody::size_hint(&body).exact().is_some() {
        let bytes = axum::body::to_bytes(body, usize::MAX)
            .await
            .map_err(|error| worker::Error::RustError(error.to_string()))?;
        return outgoing(status, &usual, &headers, &bytes).map_err(js_error);
    }
    let chunks = futures_util::TryStreamExt::map_err(body.into_data_stream(), |error| {
        worker::Error::RustError(error.to_string())
    });
    let raw: web_sys::Response = worker::Response::from_stream(chunks)?.into();
    let body = raw
        .body()
        .ok_or_else(|| worker::Error::RustError("a stream without a body".to_owned()))?;
    streamed(status, &usual, &headers, &body).map_err(js_error)
}

thread_local! {
    static PROVEN_TOKENS: Arc<Remembered<ProvenToken>> = Arc::default();
}

fn ports(environment: worker::Env, rooms: &DurableRooms) -> Ports {
    let environment = Arc::new(environment);
    Ports {
        store: Arc::new(D1 {
            database: Some(binding(&environment, STORE_BINDING)).filter(|it| !it.is_undefined()),
        }),
        key_value: Arc::new(WorkersKeyValue(Arc::clone(&environment))),
        http: Arc::new(Fetch(Arc::clone(&environment))),
        clock: Arc::new(IsolateClock),
        random: Arc::new(IsolateRandom),
        pause: Arc::new(IsolatePause),
        rooms: Arc::new(rooms.clone()),
        secrets: Arc::new(EnvironmentSecrets(environment)),
        proven_tokens: PROVEN_TOKENS.with(Arc::clone),
        acting: None,
    }
}

struct WorkersKeyValue(Arc<worker::Env>);

fn port_error(port: &'static str) -> impl Fn(JsValue) -> PortError {
    move |error| PortError {
        port,
        cause: format!("{error:?}"),
    }
}

impl WorkersKeyValue {
    fn namespace(&self) -> JsValue {
        binding(&self.0, KEY_VALUE_BINDING)
    }
}

#[async_trait]
impl KeyValue for WorkersKeyValue {
    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, PortError> {
        SendFuture::new(async move {
            let kept = promised(get_value(&self.namespace(), key))
                .await
                .map_err(port_error("key-value"))?;
            let kept: Option<js_sys::Uint8Array> = kept.dyn_into().ok();
            Ok(kept.and_then(|kept| unless_expired(&kept.to_vec(), IsolateClock.now())))
        })
        .await
    }

    async fn put(
        &self,
        key: &str,
        value: &[u8],
        expires_at: Option<Timestamp>,
    ) -> Result<(), PortError> {
        SendFuture::new(async move {
            // KV takes no expiry nearer than 60 seconds; the true one stands in the value.
            let floor = IsolateClock.now().millis() / 1000 + 61;
            let expiration = expires_at.map_or(0, |at| (at.millis() / 1000 + 1).max(floor));
            let value = with_expiry(value, expires_at);
            #[expect(clippy::cast_precision_loss, reason = "seconds")]
            let putting = put_value(&self.namespace(), key, &value, expiration as f64);
            let put = promised(putting).await;
            put.map(drop).map_err(port_error("key-value"))
        })
        .await
    }

    async fn delete(&self, key: &str) -> Result<(), PortError> {
        SendFuture::new(async move {
            let deleted = promised(delete_value(&self.namespace(), key)).await;
            deleted.map(drop).map_err(port_error("key-value"))
        })
        .await
    }
}

struct IsolatePause;

#[async_trait]
impl Pause for IsolatePause {
    async fn pause(&self, millis: u32) {
        SendFuture::new(async move { drop(promised(pause(millis)).await) }).await;
    }
}

/// Durable Objects of functions/live, where the function is bound to them, and what outlives the request.
#[derive(Clone)]
struct DurableRooms {
    namespace: JsValue,
    context: JsValue,
}

// As the store: an isolate has one thread.
#[expect(unsafe_code, reason = "an isolate has one thread")]
unsafe impl Send for DurableRooms {}
#[expect(unsafe_code, reason = "an isolate has one thread")]
unsafe impl Sync for DurableRooms {}

impl DurableRooms {
    fn of(environment: &worker::Env, context: JsValue) -> Self {
        DurableRooms {
            namespace: binding(environment, ROOMS_BINDING),
            context,
        }
    }

    async fn enter(
        &self,
        entering: &Entering,
        headers: &http::HeaderMap,
    ) -> worker::Result<web_sys::Response> {
        let entered = enter(
            &self.namespace,
            &entering.room,
            &headers_as_lines(&entering.headers),
            &headers_as_lines(headers),
        );
        let entered = promised(entered).await;
        entered.map(JsCast::unchecked_into).map_err(js_error)
    }
}

impl Rooms for DurableRooms {
    fn are_here(&self) -> bool {
        !self.namespace.is_undefined()
    }

    fn tell(&self, room: &str, what: &str) {
        if self.are_here() {
            tell(&self.namespace, room, what, &self.context);
        }
    }
}

struct Fetch(Arc<worker::Env>);

#[async_trait]
impl Http for Fetch {
    async fn send(
        &self,
        request: http::Request<Vec<u8>>,
    ) -> Result<http::Response<Vec<u8>>, PortError> {
        SendFuture::new(async move {
            let (parts, body) = request.into_parts();
            let function = parts
                .uri
                .host()
                .and_then(|host| host.strip_suffix(FUNCTION_HOST));
            // What is named as a function never leaves the application, whether it is there or not.
            let service = match function.map(|function| binding(&self.0, &binding_of(function))) {
                Some(service) if service.is_undefined() => {
                    return Err(port_error("http")("no such function".into()));
                }
                Some(service) => service,
                None => JsValue::UNDEFINED,
            };
            let sending = send(
                &service,
                parts.method.as_str(),
                &parts.uri.to_string(),
                &headers_as_lines(&parts.headers),
                &body,
                PATIENCE,
            );
            let answer = promised(sending).await.map_err(port_error("http"))?;
            let answer: js_sys::Array = answer.unchecked_into();
            let head = text_of(answer.get(0).unchecked_ref());
            let mut lines = head.split('\n');
            let mut builder = http::Response::builder().status(lines.next().unwrap_or_default());
            while let (Some(name), Some(value)) = (lines.next(), lines.next()) {
                builder = builder.header(name, value);
            }
            let body: js_sys::Uint8Array = answer.get(1).unchecked_into();
            builder.body(body.to_vec()).map_err(|error| PortError {
                port: "http",
                cause: error.to_string(),
            })
        })
        .await
    }
}

struct IsolateClock;

impl Clock for IsolateClock {
    fn now(&self) -> Timestamp {
        #[expect(clippy::cast_possible_truncation, reason = "whole milliseconds")]
        Timestamp::from_millis(js_sys::Date::now() as i64)
    }
}

struct IsolateRandom;

impl Random for IsolateRandom {
    fn fill(&self, bytes: &mut [u8]) {
        // getRandomValues fails only above 65,536 bytes at once; nothing asks for a thousandth of that,
        // and going on without randomness would be worse than stopping.
        #[expect(clippy::expect_used, reason = "no safe way on without randomness")]
        getrandom::fill(bytes).expect("the isolate has randomness");
    }
}

struct EnvironmentSecrets(Arc<worker::Env>);

impl Secrets for EnvironmentSecrets {
    fn get(&self, name: &str) -> Option<String> {
        thread_local! {
            // Settings are the isolate's for as long as it lives.
            static KNOWN: RefCell<BTreeMap<String, Option<String>>> =
                const { RefCell::new(BTreeMap::new()) };
        }
        KNOWN.with_borrow_mut(|known| {
            if let Some(value) = known.get(name) {
                return value.clone();
            }
            let value = named(&self.0, name).as_string();
            known.insert(name.to_owned(), value.clone());
            value
        })
    }

    fn sealer(&self) -> Result<Arc<Sealer>, SealError> {
        thread_local! {
            static RING: RefCell<Option<Arc<Sealer>>> = const { RefCell::new(None) };
        }
        RING.with_borrow_mut(|known| {
            if let Some(sealer) = known {
                return Ok(Arc::clone(sealer));
            }
            let ring = self.get("SEALING_KEYS").ok_or(SealError::NoRing)?;
            let sealer = Arc::new(Sealer::from_ring(&ring)?);
            *known = Some(Arc::clone(&sealer));
            Ok(sealer)
        })
    }
}
