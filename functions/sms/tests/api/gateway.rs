//! A gateway behind the Http port: it speaks 46elks' and Twilio's forms, keeps what it took, and answers as it is told.
#![expect(
    clippy::expect_used,
    reason = "a test whose ground is missing stops at once"
)]

use std::collections::{BTreeMap, VecDeque};
use std::sync::Mutex;

use async_trait::async_trait;
use http::{Request, Response};
use shared::platform::{Http, PortError};

/// How the gateway answers one request.
#[derive(Debug, Clone)]
pub enum Answers {
    /// With this status, header and body.
    With(u16, Option<(&'static str, &'static str)>, &'static str),
    /// Not at all, though it took the message.
    NothingButTakes,
    /// Not at all.
    Nothing,
}

/// The gateway.
#[derive(Default)]
pub struct FakeGateway {
    /// What it was asked, in order: address and fields.
    pub asked: Mutex<Vec<(String, BTreeMap<String, String>)>>,
    /// What it took.
    pub took: Mutex<Vec<BTreeMap<String, String>>>,
    /// How it answers next; a message id, if nothing is said.
    pub next: Mutex<VecDeque<Answers>>,
}

impl FakeGateway {
    /// Answers so to the next request.
    pub fn will(&self, answers: Answers) {
        self.next.lock().expect("free").push_back(answers);
    }

    /// The texts it took, in order.
    pub fn texts(&self) -> Vec<String> {
        let took = self.took.lock().expect("free");
        let text = |fields: &BTreeMap<String, String>| {
            fields
                .get("message")
                .or(fields.get("Body"))
                .cloned()
                .expect("a text")
        };
        took.iter().map(text).collect()
    }

    /// Where the report of a message it took goes, as a path.
    pub fn report_path(&self, place: usize) -> String {
        let took = self.took.lock().expect("free");
        let address = took[place]
            .get("whendelivered")
            .or(took[place].get("StatusCallback"))
            .expect("an address");
        let path = address.strip_prefix("https://vard.example").expect("ours");
        path.to_owned()
    }
}

#[async_trait]
impl Http for FakeGateway {
    async fn send(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, PortError> {
        let fields: BTreeMap<String, String> = form_urlencoded::parse(request.body())
            .into_owned()
            .collect();
        assert!(
            request.headers()["authorization"]
                .to_str()
                .expect("text")
                .starts_with("Basic ")
        );
        let mut asked = self.asked.lock().expect("free");
        asked.push((request.uri().to_string(), fields.clone()));
        let number = asked.len();
        let took = |fields| self.took.lock().expect("free").push(fields);
        let silent = PortError {
            port: "http",
            cause: "no answer".to_owned(),
        };
        match self.next.lock().expect("free").pop_front() {
            None => {
                took(fields);
                let body = format!(r#"{{"id":"s{number}","sid":"SM{number}","status":"created"}}"#);
                Ok(Response::new(body.into_bytes()))
            }
            Some(Answers::NothingButTakes) => {
                took(fields);
                Err(silent)
            }
            Some(Answers::Nothing) => Err(silent),
            Some(Answers::With(status, header, body)) => {
                let mut answer = Response::builder().status(status);
                if let Some((name, value)) = header {
                    answer = answer.header(name, value);
                }
                Ok(answer.body(body.as_bytes().to_vec()).expect("an answer"))
            }
        }
    }
}
