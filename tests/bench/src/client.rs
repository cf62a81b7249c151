//! A client that costs little beside what it measures: one kept-open connection, one request at a time,
//! no TLS. Knows nothing of booking.

use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{HeaderMap, Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use crate::Failure;

/// One connection to one address.
pub struct Connection {
    sender: SendRequest<Full<Bytes>>,
    host: String,
}

/// A whole answer and how long it took, from the first byte sent to the last received.
pub struct Answer {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Bytes,
    /// How long it took.
    pub took: Duration,
}

/// What one request asks, before it knows where it goes.
#[derive(Clone)]
pub struct Asked {
    /// GET or POST.
    pub method: &'static str,
    /// Path and query.
    pub target: String,
    /// Header names and values.
    pub headers: Vec<(&'static str, String)>,
    /// The body; empty for GET.
    pub body: String,
}

impl Connection {
    /// Opens a connection to an address such as `http://127.0.0.1:8787`.
    pub async fn open(address: &str) -> Result<Self, Failure> {
        let host = address
            .trim_start_matches("http://")
            .trim_end_matches('/')
            .to_owned();
        let stream = TcpStream::connect(&host).await?;
        stream.set_nodelay(true)?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        Ok(Connection { sender, host })
    }

    /// Sends one request and reads the whole answer.
    pub async fn send(&mut self, asked: Asked) -> Result<Answer, Failure> {
        let mut request = Request::builder()
            .method(asked.method)
            .uri(asked.target)
            .header("host", &self.host);
        for (name, value) in asked.headers {
            request = request.header(name, value);
        }
        let request = request.body(Full::from(asked.body))?;
        let began = Instant::now();
        self.sender.ready().await?;
        let answer = self.sender.send_request(request).await?;
        let (parts, body) = answer.into_parts();
        let body = body.collect().await?.to_bytes();
        Ok(Answer {
            status: parts.status,
            headers: parts.headers,
            body,
            took: began.elapsed(),
        })
    }
}

impl Answer {
    /// The answer itself where the status is the expected one; otherwise what was said instead.
    pub fn expect(self, status: StatusCode) -> Result<Self, Failure> {
        if self.status == status {
            return Ok(self);
        }
        let said = String::from_utf8_lossy(&self.body);
        Err(format!("{} where {status} was expected: {said}", self.status).into())
    }

    /// The body as JSON.
    pub fn json(&self) -> Result<serde_json::Value, Failure> {
        Ok(serde_json::from_slice(&self.body)?)
    }

    /// Store calls, rows read and rows written, as `server-timing` tells them in training.
    pub fn costs(&self) -> Result<Costs, Failure> {
        let header = self
            .headers
            .get("server-timing")
            .and_then(|value| value.to_str().ok())
            .ok_or("no server-timing: is ENVIRONMENT training?")?;
        let number = |name: &str| -> Result<u64, Failure> {
            let rest = header
                .split_once(name)
                .ok_or_else(|| format!("no {name} in {header}"))?
                .1;
            let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
            Ok(digits.parse()?)
        };
        Ok(Costs {
            calls: number("calls=")?,
            read: number("read=")?,
            written: number("written=")?,
        })
    }
}

/// What one request cost the store, by the engine's own counters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Costs {
    /// Round trips.
    pub calls: u64,
    /// Rows read, indexes included.
    pub read: u64,
    /// Rows written, indexes included.
    pub written: u64,
}

/// The median of some times, in milliseconds.
pub fn median(mut times: Vec<Duration>) -> f64 {
    times.sort();
    times[times.len() / 2].as_secs_f64() * 1000.0
}
