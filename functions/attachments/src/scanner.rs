//! The virus scanner, where the setting `SCANNER_ADDRESS` names one: the file's bytes are posted there, and it
//! answers 200 with `{"clean": true}` or `{"clean": false}`. Any other answer is none, and is asked for again.

use http::{Request, header};
use serde::Deserialize;
use shared::platform::Ports;

/// The setting with the scanner's address.
const ADDRESS: &str = "SCANNER_ADDRESS";

/// What is known about a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing in it, or nobody to ask.
    Clean,
    /// It may not be kept.
    Harmful,
    /// The scanner has not answered.
    Unknown,
}

#[derive(Deserialize)]
struct Answer {
    clean: bool,
}

/// Asks the scanner about a file, if there is one.
pub async fn ask(ports: &Ports, file: Vec<u8>) -> Verdict {
    let Some(address) = ports.secrets.get(ADDRESS) else {
        return Verdict::Clean;
    };
    let request = Request::post(address)
        .header(header::CONTENT_TYPE, "application/octet-stream")
        .body(file);
    let Ok(request) = request else {
        return Verdict::Unknown;
    };
    let answer = match ports.http.send(request).await {
        Ok(answer) if answer.status() == 200 => answer.into_body(),
        _ => return Verdict::Unknown,
    };
    match serde_json::from_slice::<Answer>(&answer) {
        Ok(Answer { clean: true }) => Verdict::Clean,
        Ok(Answer { clean: false }) => Verdict::Harmful,
        Err(_) => Verdict::Unknown,
    }
}
