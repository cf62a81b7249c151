//! The process that sends and is killed: the SMS function over SQLite in a file, with real HTTP in and out. Its
//! clock runs fast, so that pauses and leases of minutes pass in seconds; everything else is as it is served.

use std::convert::Infallible;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use axum::body::Body;
use bytes::Bytes;
use e2e::Failure;
use http_body_util::{BodyExt, Full};
use hyper::service::service_fn;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioIo};
use shared::platform::native::{Sqlite, ports};
use shared::platform::{Clock, Http, Pause, PortError};
use shared::time::Timestamp;
use tokio::process::{Child, Command};
use tower_service::Service;
use training::keys::{Keys, MachineRandom, now};

/// How much faster than the machine's the clock runs.
const SPEED: i64 = 30;
/// How long a call out may take, in the machine's time: the platforms' ten seconds by the fast clock, and some
/// more, for this machine is busy. It is still well within a lease, which is two seconds here.
const PATIENCE: Duration = Duration::from_millis(800);

/// How to start it, each time over the same store with the same clock.
pub struct Sender {
    folder: PathBuf,
    port: u16,
    began: Timestamp,
}

impl Sender {
    /// Its clock begins now.
    pub fn new(folder: &Path, port: u16) -> Self {
        Sender {
            folder: folder.to_owned(),
            port,
            began: now(),
        }
    }

    /// Lets so many milliseconds of the fast clock pass before the next one starts.
    pub fn let_pass(&mut self, millis: i64) {
        self.began = self.began.plus(-millis / SPEED);
    }

    /// Starts it.
    pub fn start(&self) -> Result<Child, Failure> {
        let log = std::fs::File::options()
            .create(true)
            .append(true)
            .open(self.folder.join("sender.log"))?;
        Ok(Command::new(std::env::current_exe()?)
            .arg("sender")
            .arg(&self.folder)
            .arg(self.port.to_string())
            .arg(self.began.millis().to_string())
            .stdin(Stdio::null())
            .stderr(log)
            .kill_on_drop(true)
            .spawn()?)
    }
}

/// The fast clock.
struct FastClock {
    began: Timestamp,
}

impl Clock for FastClock {
    fn now(&self) -> Timestamp {
        let passed = now().millis() - self.began.millis();
        crate::ground::morning().plus(passed * SPEED)
    }
}

/// Waiting by the fast clock.
struct FastPause;

#[async_trait]
impl Pause for FastPause {
    async fn pause(&self, millis: u32) {
        let millis = u64::from(millis) / SPEED.unsigned_abs();
        tokio::time::sleep(Duration::from_millis(millis.max(1))).await;
    }
}

/// Calls out over HTTP.
struct RealHttp(Client<HttpConnector, Full<Bytes>>);

#[async_trait]
impl Http for RealHttp {
    async fn send(
        &self,
        request: http::Request<Vec<u8>>,
    ) -> Result<http::Response<Vec<u8>>, PortError> {
        let failed = |cause: String| PortError {
            port: "http",
            cause,
        };
        let answering = async {
            let request = request.map(|body| Full::from(Bytes::from(body)));
            let (parts, body) = self
                .0
                .request(request)
                .await
                .map_err(|error| failed(error.to_string()))?
                .into_parts();
            let body = body
                .collect()
                .await
                .map_err(|error| failed(error.to_string()))?;
            Ok(http::Response::from_parts(parts, body.to_bytes().to_vec()))
        };
        tokio::time::timeout(PATIENCE, answering)
            .await
            .unwrap_or_else(|_| Err(failed("no answer in time".into())))
    }
}

/// Serves until it is killed: `FOLDER PORT BEGAN`.
pub async fn serve(arguments: &[String]) -> Result<(), Failure> {
    let [folder, port, began] = arguments else {
        return Err("torture sender FOLDER PORT BEGAN".into());
    };
    let folder = Path::new(folder);
    let keys = Keys::read(&folder.join("keys.env"))?;
    let store = Arc::new(Sqlite::open(&folder.join("store.db"))?);
    let clock = Arc::new(FastClock {
        began: Timestamp::from_millis(began.parse()?),
    });
    let mut ports = ports(store, clock, Arc::new(MachineRandom), keys.secrets());
    let client = Client::builder(TokioExecutor::new());
    // A connection that the gateway cut is no reason to send a message again beside our back.
    ports.http = Arc::new(RealHttp(
        client
            .to_owned()
            .pool_max_idle_per_host(0)
            .retry_canceled_requests(false)
            .build_http(),
    ));
    ports.pause = Arc::new(FastPause);
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port.parse()?)).await?;
    loop {
        let (stream, _) = listener.accept().await?;
        let ports = ports.clone();
        let service = service_fn(move |request: http::Request<hyper::body::Incoming>| {
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(ports.clone());
            async move {
                let answer: Result<_, Infallible> = sms::router().call(request).await;
                answer
            }
        });
        let serving = hyper::server::conn::http1::Builder::new()
            .serve_connection(TokioIo::new(stream), service);
        tokio::spawn(serving);
    }
}
