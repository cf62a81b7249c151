//! A virus scanner: a real little HTTP server on this machine, and the way to it.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use http::{Request, Response};
use shared::platform::{Http, PortError};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// The scanner. It finds everything clean until it is told otherwise.
pub struct Scanner {
    port: u16,
    took: Mutex<Vec<Vec<u8>>>,
    answer: Mutex<&'static str>,
}

impl Scanner {
    /// Listens on a free port.
    pub async fn start() -> Arc<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let scanner = Arc::new(Scanner {
            port: listener.local_addr().expect("an address").port(),
            took: Mutex::default(),
            answer: Mutex::new(r#"{"clean":true}"#),
        });
        let serving = Arc::clone(&scanner);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                serving.serve(stream).await;
            }
        });
        scanner
    }

    async fn serve(&self, mut stream: TcpStream) {
        let mut asked = vec![];
        let (head, length) = loop {
            let mut part = [0; 4096];
            let read = stream.read(&mut part).await.expect("read");
            asked.extend(&part[..read]);
            let end = asked.windows(4).position(|found| found == b"\r\n\r\n");
            if let Some(end) = end {
                let head = String::from_utf8_lossy(&asked[..end]).into_owned();
                let length = head
                    .lines()
                    .find_map(|line| line.strip_prefix("content-length: "));
                break (
                    end + 4,
                    length
                        .expect("a length")
                        .parse::<usize>()
                        .expect("a number"),
                );
            }
        };
        while asked.len() < head + length {
            let mut part = vec![0; 65_536];
            let read = stream.read(&mut part).await.expect("read");
            asked.extend(&part[..read]);
        }
        self.took.lock().expect("free").push(asked[head..].to_vec());
        let answer = *self.answer.lock().expect("free");
        // Without an answer it hangs up.
        if !answer.is_empty() {
            let answer = format!("HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n{answer}");
            stream.write_all(answer.as_bytes()).await.expect("written");
        }
    }

    /// Where it is.
    pub fn address(&self) -> String {
        format!("http://127.0.0.1:{}/scan", self.port)
    }

    /// Says so from now on; hangs up where it is to say nothing.
    pub fn answers(&self, answer: &'static str) {
        *self.answer.lock().expect("free") = answer;
    }

    /// Every file that it was sent.
    pub fn took(&self) -> Vec<Vec<u8>> {
        self.took.lock().expect("free").clone()
    }
}

/// The way there, as the platforms' adapters go it.
#[async_trait]
impl Http for Scanner {
    async fn send(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, PortError> {
        let failed = |cause: String| PortError {
            port: "http",
            cause,
        };
        let address = request.uri().authority().expect("a host").to_string();
        let sent = async {
            let mut stream = TcpStream::connect(address).await?;
            let (parts, body) = request.into_parts();
            let head = format!(
                "{} {} HTTP/1.1\r\ncontent-length: {}\r\n\r\n",
                parts.method,
                parts.uri.path(),
                body.len()
            );
            stream.write_all(head.as_bytes()).await?;
            stream.write_all(&body).await?;
            let mut answer = vec![];
            stream.read_to_end(&mut answer).await?;
            Ok::<_, std::io::Error>(answer)
        };
        let answer = sent.await.map_err(|error| failed(error.to_string()))?;
        let end = answer.windows(4).position(|found| found == b"\r\n\r\n");
        let end = end.ok_or_else(|| failed("it hung up".into()))?;
        Ok(Response::new(answer[end + 4..].to_vec()))
    }
}
