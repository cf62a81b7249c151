//! SMS gateways behind one trait: what to send to each, and what its answer means. Making requests and judging
//! answers is pure; only `delivery` sends. Training reaches the simulator alone, production never does.

pub mod elks;
pub mod twilio;

use ct_codecs::{Base64, Encoder};
use http::{Request, Response};
use shared::environment::Environment;
use shared::phone_number::PhoneNumber;
use shared::platform::Secrets;
use shared::problem::Problem;
use shared::time::Timestamp;

use elks::Elks;
use twilio::Twilio;

/// A text message as a gateway gets it.
pub struct Outgoing<'a> {
    /// Our id of it: delivery reports come to an address that holds it.
    pub id: &'a str,
    /// Where to.
    pub to: &'a PhoneNumber,
    /// What it says.
    pub text: &'a str,
}

/// What became of one try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The gateway took it, and calls it this.
    Taken(String),
    /// It never will: the number is none, or is barred.
    Refused(&'static str),
    /// Not now: the gateway is out of reach, out of order or confused.
    Failed(&'static str),
    /// Nothing for so many milliseconds: the gateway asks to be left alone.
    Busy(i64),
}

/// How long a gateway is left alone that doesn't say how long, in milliseconds.
const USUAL_WAIT: i64 = 30_000;
/// The shortest and the longest wait, in milliseconds, whatever a gateway asks.
const WAITS: std::ops::RangeInclusive<i64> = 1_000..=3_600_000;

/// One gateway.
pub trait Gateway: Send + Sync {
    /// Its name in the store and the settings.
    fn name(&self) -> &'static str;
    /// The setting that says how many messages a second it takes, where `SMS_RATE_PER_SECOND` isn't for it.
    fn rate_setting(&self) -> &'static str {
        "SMS_RATE_PER_SECOND"
    }
    /// The request that hands a message over.
    fn request(&self, message: &Outgoing) -> Result<Request<Vec<u8>>, Problem>;
    /// Whether it reports what became of a message.
    fn reports(&self) -> bool {
        true
    }
    /// What its answer means, which came now.
    fn judge(&self, answer: &Response<Vec<u8>>, now: Timestamp) -> Verdict;
}

/// Takes every message and sends none: for training without a simulator. That it was taken shows as sent.
pub struct Log;

impl Gateway for Log {
    fn name(&self) -> &'static str {
        "log"
    }

    fn request(&self, _message: &Outgoing) -> Result<Request<Vec<u8>>, Problem> {
        Ok(Request::new(vec![]))
    }

    fn reports(&self) -> bool {
        false
    }

    fn judge(&self, _answer: &Response<Vec<u8>>, _now: Timestamp) -> Verdict {
        Verdict::Taken("logged".to_owned())
    }
}

/// The gateways of the environment, the one to ask first in front. Training has the simulator, or the log;
/// production those that `SMS_GATEWAYS` names, in its order.
pub fn configured(secrets: &dyn Secrets) -> Result<Vec<Box<dyn Gateway>>, Problem> {
    let simulator = secrets
        .get("SMS_SIMULATOR_URL")
        .filter(|url| !url.is_empty());
    if Environment::of(secrets)? == Environment::Training {
        return Ok(match simulator {
            Some(url) => vec![Box::new(Elks::simulator(secrets, url)?)],
            None => vec![Box::new(Log)],
        });
    }
    if simulator.is_some() {
        return Err(Problem::internal("production has no SMS_SIMULATOR_URL"));
    }
    let names = setting(secrets, "SMS_GATEWAYS")?;
    names
        .split(',')
        .map(|name| match name.trim() {
            "46elks" => Ok(Box::new(Elks::from_secrets(secrets)?) as Box<dyn Gateway>),
            "twilio" => Ok(Box::new(Twilio::from_secrets(secrets)?) as Box<dyn Gateway>),
            _ => Err(Problem::internal(
                "SMS_GATEWAYS names 46elks, twilio or both",
            )),
        })
        .collect()
}

/// A setting that must be there.
pub fn setting(secrets: &dyn Secrets, name: &'static str) -> Result<String, Problem> {
    secrets
        .get(name)
        .filter(|value| !value.is_empty())
        .ok_or_else(|| Problem::internal(format!("{name} is not set")))
}

/// HTTP's Basic authorization.
fn basic(user: &str, password: &str) -> Result<String, Problem> {
    let pair = Base64::encode_to_string(format!("{user}:{password}"))
        .map_err(|error| Problem::internal(error.to_string()))?;
    Ok(format!("Basic {pair}"))
}

/// A form as a POST.
fn form(
    address: &str,
    authorization: &str,
    fields: &[(&str, &str)],
) -> Result<Request<Vec<u8>>, Problem> {
    let mut body = form_urlencoded::Serializer::new(String::new());
    body.extend_pairs(fields);
    Request::post(address)
        .header("authorization", authorization)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(body.finish().into_bytes())
        .map_err(|error| Problem::internal(error.to_string()))
}

/// What an answer that isn't 2xx means, with every gateway: 4xx about the message is final, everything about
/// ourselves, the network or the gateway may pass. What isn't there, or not for us, is the account, or its address.
fn judge_failure(answer: &Response<Vec<u8>>, now: Timestamp) -> Verdict {
    match (answer.status().as_u16(), retry_after(answer, now)) {
        (429, wait) => Verdict::Busy(wait.unwrap_or(USUAL_WAIT)),
        (503, Some(wait)) => Verdict::Busy(wait),
        (401..=405 | 407 | 410, _) => Verdict::Failed("not-let-in"),
        (408, _) => Verdict::Failed("no-answer"),
        (400..=499, _) => Verdict::Refused("refused"),
        _ => Verdict::Failed("out-of-order"),
    }
}

/// `Retry-After` in milliseconds, in seconds or as a date, between a second and an hour.
fn retry_after(answer: &Response<Vec<u8>>, now: Timestamp) -> Option<i64> {
    let value = answer.headers().get("retry-after")?.to_str().ok()?.trim();
    let wait = match value.parse::<u32>() {
        Ok(seconds) => i64::from(seconds) * 1000,
        Err(_) => {
            let date = chrono::DateTime::parse_from_rfc2822(value).ok()?;
            date.timestamp_millis() - now.millis()
        }
    };
    Some(wait.clamp(*WAITS.start(), *WAITS.end()))
}
