//! The server: compiles the components once, finds the one that a request is
//! for, and answers with a fresh instance of it.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONNECTION, HOST};
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::block_in_place;
use wasmtime::component::{Component, HasSelf, Linker};
use wasmtime::error::{Context, Result};
use wasmtime::{
    Cache, CacheConfig, Config, Engine, InstanceAllocationStrategy, PoolingAllocationConfig, Store,
    bail,
};
use wasmtime_wasi_http::io::TokioIo;
use wasmtime_wasi_http::p2::bindings::ProxyPre;
use wasmtime_wasi_http::p2::bindings::http::types::Scheme;
use wasmtime_wasi_http::{Error, WasiBody, WasiHttpView};

use crate::instance::Instance;
use crate::interfaces::Platform;
use crate::key_value::KeyValue;
use crate::manifest::{self, Application};
use crate::outbound::AllowedHosts;
use crate::routes::{Match, Routes};

/// How many instances can live at once, as many as in Spin.
const INSTANCES: u32 = 1000;

/// A component built by the Rust toolchain is a module and a few small shims.
const MODULES_PER_INSTANCE: u32 = 4;

/// How long a component may compute before others get their turn.
const TURN: Duration = Duration::from_millis(10);

const HEALTH: &str = "/.well-known/spin/health";

/// A running application.
pub struct Server {
    engine: Engine,
    components: BTreeMap<String, Served>,
    routes: Routes,
    key_value: KeyValue,
    sqlite: PathBuf,
    quiet: bool,
}

struct Served {
    manifest: manifest::Component,
    pre: ProxyPre<Instance>,
}

impl Server {
    /// Compiles an application that keeps its state in the folder `state`. With
    /// `quiet` the output of components is dropped.
    pub fn new(application: Application, state: &Path, quiet: bool) -> Result<Self> {
        let sqlite = state.join("sqlite");
        std::fs::create_dir_all(&sqlite)
            .with_context(|| format!("cannot create {}", sqlite.display()))?;
        let engine = engine()?;
        let mut linker = Linker::new(&engine);
        wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
        wasmtime_wasi_http::p2::add_only_http_to_linker_async(&mut linker)?;
        Platform::add_to_linker::<_, HasSelf<_>>(&mut linker, |instance| instance)?;

        let compile = |(name, manifest): (String, manifest::Component)| {
            let pre = Component::from_file(&engine, &manifest.source)
                .and_then(|component| linker.instantiate_pre(&component))
                .and_then(ProxyPre::new)
                .with_context(|| format!("the component {name:?} cannot be served"))?;
            Ok((name, Served { manifest, pre }))
        };
        let components = application.components.into_iter().map(compile);
        Ok(Self {
            components: components.collect::<Result<_>>()?,
            routes: application.routes,
            key_value: KeyValue::open(&state.join("key_value.db"))?,
            engine,
            sqlite,
            quiet,
        })
    }

    /// Serves every caller of `listener` until it fails.
    pub async fn listen(self: Arc<Self>, listener: TcpListener) -> Result<()> {
        loop {
            let (stream, client) = listener.accept().await?;
            stream.set_nodelay(true)?;
            let server = self.clone();
            let client = client.to_string();
            tokio::spawn(async move {
                let service = service_fn(|request| {
                    let response = server.route(request, &client);
                    async { Ok::<_, Infallible>(response.await) }
                });
                let connection = http1::Builder::new();
                let served = connection.serve_connection(TokioIo::new(stream), service);
                // A caller that hangs up is no fault of the application's.
                let _ = served.await;
            });
        }
    }

    async fn route(
        self: &Arc<Self>,
        mut request: Request<Incoming>,
        client: &str,
    ) -> Response<WasiBody> {
        let path = request.uri().path();
        if path == HEALTH {
            return plain(StatusCode::OK, "OK");
        }
        let Some(matched) = self.routes.find(path) else {
            return plain(StatusCode::NOT_FOUND, "");
        };
        request.headers_mut().remove(CONNECTION);
        let request = request.map(|body| body.map_err(Error::from).boxed_unsync());
        let response = self.answer(matched, request, client).await;
        response.unwrap_or_else(|| plain(StatusCode::NOT_FOUND, ""))
    }

    /// Lets the component that was matched answer a request; nothing if the
    /// application has no such component.
    pub async fn answer(
        self: &Arc<Self>,
        matched: Match,
        request: Request<WasiBody>,
        client: &str,
    ) -> Option<Response<WasiBody>> {
        let served = self.components.get(&matched.component)?;
        let response = self.run(served, &matched, request, client).await;
        Some(response.unwrap_or_else(|error| {
            report(&matched.component, &error);
            plain(StatusCode::INTERNAL_SERVER_ERROR, "")
        }))
    }

    async fn run(
        self: &Arc<Self>,
        served: &Served,
        matched: &Match,
        mut request: Request<WasiBody>,
        client: &str,
    ) -> Result<Response<WasiBody>> {
        let host = request.headers().get(HOST).map(|host| host.to_str());
        let host = host.transpose()?.unwrap_or("localhost");
        let path = request.uri().path_and_query().map_or("/", |p| p.as_str());
        let full_url = format!("http://{host}{path}");
        matched.append_headers(request.headers_mut(), &full_url, client)?;

        let instance = Instance::new(self.clone(), &matched.component);
        let mut store = Store::new(&self.engine, instance);
        store.set_epoch_deadline(1);
        store.epoch_deadline_async_yield_and_update(1);
        let (sender, receiver) = oneshot::channel();
        let mut http = store.data_mut().http();
        let request = http.new_incoming_request(Scheme::Http, request)?;
        let response = http.new_response_outparam(sender)?;

        let pre = served.pre.clone();
        let instance = tokio::spawn(async move {
            let handled = match pre.instantiate_async(&mut store).await {
                Ok(proxy) => {
                    let handler = proxy.wasi_http_incoming_handler();
                    handler.call_handle(&mut store, request, response).await
                }
                Err(error) => Err(error),
            };
            // Ends the connections to SQLite, which may wait for the disk.
            block_in_place(|| drop(store));
            handled
        });

        let Ok(response) = receiver.await else {
            instance.await??;
            bail!("the component returned without a response");
        };
        // The component goes on after its response has begun: it may still have
        // to stream the body.
        let name = matched.component.clone();
        tokio::spawn(async move {
            if let Err(error) = instance.await.map_err(Into::into).flatten() {
                report(&name, &error);
            }
        });
        Ok(response?)
    }

    pub(crate) fn manifest(&self, component: &str) -> &manifest::Component {
        &self.components[component].manifest
    }

    pub(crate) fn allowed_hosts(&self, component: &str) -> &AllowedHosts {
        &self.manifest(component).allowed_outbound_hosts
    }

    pub(crate) fn key_value(&self) -> &KeyValue {
        &self.key_value
    }

    pub(crate) fn sqlite_file(&self, label: &str) -> PathBuf {
        self.sqlite.join(format!("{label}.db"))
    }

    pub(crate) fn quiet(&self) -> bool {
        self.quiet
    }
}

fn engine() -> Result<Engine> {
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(INSTANCES)
        .total_core_instances(INSTANCES * MODULES_PER_INSTANCE)
        .total_tables(INSTANCES * MODULES_PER_INSTANCE)
        .total_memories(INSTANCES)
        .total_stacks(INSTANCES);
    let mut config = Config::new();
    config
        .allocation_strategy(InstanceAllocationStrategy::Pooling(pool))
        .epoch_interruption(true)
        // Compiled code is kept in the user's own cache, so that the next start
        // is quick; without a place for it, components are compiled anew.
        .cache(Cache::new(CacheConfig::new()).ok());
    let engine = Engine::new(&config)?;
    let clock = engine.weak();
    std::thread::spawn(move || {
        while let Some(engine) = clock.upgrade() {
            engine.increment_epoch();
            drop(engine);
            std::thread::sleep(TURN);
        }
    });
    Ok(engine)
}

fn plain(status: StatusCode, text: &'static str) -> Response<WasiBody> {
    let body = Full::new(Bytes::from_static(text.as_bytes()));
    let mut response = Response::new(body.map_err(Error::from).boxed_unsync());
    *response.status_mut() = status;
    response
}

fn report(component: &str, error: &wasmtime::Error) {
    eprintln!("spin-host: {component} failed: {error:#}");
}
