//! What gateways call: delivery reports and incoming messages. Each kind is a guard of its own, which reads the
//! body only to prove who sent it. A report that comes twice, late or in another order changes nothing more.

use std::net::IpAddr;

use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use axum::response::{IntoResponse, Response};
use http::{StatusCode, header};
use shared::audit;
use shared::environment::Environment;
use shared::hsa_id::HsaId;
use shared::identifiers::SmsId;
use shared::notification::tell;
use shared::phone_number::PhoneNumber;
use shared::platform::{Batch, ClientAddress, Ports, Secrets, Statement};
use shared::post::whole;
use shared::problem::Problem;
use shared::rate_limit::RateLimit;
use shared::same_origin::public_origin;
use shared::sealing::{PhoneIndex, Sealer, equal_in_constant_time};
use shared::time::{HOUR, MINUTE};
use shared::walls::Guard;
use shared::words::{Language, sms};

use crate::gateway::setting;
use crate::gateway::twilio::is_signed;
use crate::store;
use crate::telling::{Whose, failure_task};

/// How many calls that prove nothing one address may make.
const FORGED: RateLimit = RateLimit {
    name: "sms-webhook",
    most: 100,
    within: 10 * MINUTE,
};
/// How often a phone is told that nobody reads its answers.
const TOLD: RateLimit = RateLimit {
    name: "sms-not-read",
    most: 1,
    within: 24 * HOUR,
};

/// A form, as gateways post it, from one that proved who it is.
pub struct Webhook {
    ports: Ports,
    path: Vec<(String, String)>,
    fields: Vec<(String, String)>,
}

impl Webhook {
    fn field(&self, name: &str) -> Result<&str, Problem> {
        find(&self.fields, name)
            .ok_or_else(|| Problem::invalid(name, "this field is missing from the form"))
    }

    /// The message that the address names.
    fn message(&self) -> Option<SmsId> {
        find(&self.path, "id")?.parse().ok()
    }
}

fn find<'a>(pairs: &'a [(String, String)], name: &str) -> Option<&'a str> {
    let found = pairs.iter().find(|(own, _)| own == name);
    found.map(|(_, value)| value.as_str())
}

/// What every webhook is before it has proved anything.
struct Unproven {
    webhook: Webhook,
    address: ClientAddress,
    target: String,
    signature: String,
}

async fn read<S: Send + Sync>(request: Request, state: &S) -> Result<Unproven, Problem> {
    let (mut parts, body) = request.into_parts();
    let ports = Ports::from_request_parts(&mut parts, state).await?;
    let address = ClientAddress::of(&parts);
    FORGED.check(&ports, &address.0).await?;
    let path = Path::<Vec<(String, String)>>::from_request_parts(&mut parts, state)
        .await
        .map_or_else(|_| vec![], |Path(path)| path);
    let target = parts
        .uri
        .path_and_query()
        .map_or("/", |target| target.as_str())
        .to_owned();
    let signature = parts
        .headers
        .get("x-twilio-signature")
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
        .to_owned();
    let bytes = whole(body).await?;
    let fields = form_urlencoded::parse(&bytes).into_owned().collect();
    Ok(Unproven {
        webhook: Webhook {
            ports,
            path,
            fields,
        },
        address,
        target,
        signature,
    })
}

impl Unproven {
    /// The webhook, if it proved who sent it; one that didn't is counted, and leaves a line.
    async fn proved(self, holds: bool, why: &'static str) -> Result<Webhook, Problem> {
        if holds {
            return Ok(self.webhook);
        }
        audit::line(&self.webhook.ports, "sms-webhook-refused", why);
        FORGED.count(&self.webhook.ports, &self.address.0).await?;
        Err(Problem::not_allowed("Only the gateway can call this."))
    }
}

/// The addresses that 46elks calls from (`ELKS_ADDRESSES`). Nothing, where training has none: its simulator calls from
/// wherever it stands. Production takes no call before they are set, for a secret in an address may leak.
fn elks_addresses(secrets: &dyn Secrets) -> Result<Option<Vec<IpAddr>>, Problem> {
    let known = secrets.get("ELKS_ADDRESSES").unwrap_or_default();
    if known.trim().is_empty() {
        return match Environment::of(secrets)? {
            Environment::Training => Ok(None),
            Environment::Production => Err(Problem::internal(
                "ELKS_ADDRESSES is not set: production needs the addresses that 46elks calls from, with commas",
            )),
        };
    }
    let addresses = known.split(',').map(|address| address.trim().parse());
    let addresses: Result<Vec<IpAddr>, _> = addresses.collect();
    addresses
        .map(Some)
        .map_err(|_| Problem::internal("ELKS_ADDRESSES holds something that is no IP address"))
}

/// From 46elks: the address holds the secret, and the call comes from one of its published addresses
/// ([`elks_addresses`]).
pub struct FromElks(Webhook);

impl Guard for FromElks {
    const ADMITS: &'static str = "46elks";
}

impl<S: Send + Sync> FromRequest<S> for FromElks {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let unproven = read(request, state).await?;
        let secrets = &*unproven.webhook.ports.secrets;
        let expected = setting(secrets, "ELKS_WEBHOOK_SECRET")?;
        let given = find(&unproven.webhook.path, "secret").unwrap_or_default();
        let from_there = match elks_addresses(secrets)? {
            Some(known) => {
                let address = unproven.address.0.parse();
                address.is_ok_and(|address| known.contains(&address))
            }
            None => true,
        };
        let holds = equal_in_constant_time(given, &expected) && from_there;
        unproven.proved(holds, "46elks").await.map(FromElks)
    }
}

/// From Twilio: the call is signed.
pub struct FromTwilio(Webhook);

impl Guard for FromTwilio {
    const ADMITS: &'static str = "twilio";
}

impl<S: Send + Sync> FromRequest<S> for FromTwilio {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let unproven = read(request, state).await?;
        let secrets = &*unproven.webhook.ports.secrets;
        // Where Twilio isn't used, nobody can sign for it.
        let token = secrets.get("TWILIO_AUTH_TOKEN").unwrap_or_default();
        let origin = public_origin(secrets).unwrap_or_default();
        let holds = !token.is_empty()
            && is_signed(
                &token,
                &format!("{origin}{}", unproven.target),
                &unproven.webhook.fields,
                &unproven.signature,
            );
        unproven.proved(holds, "twilio").await.map(FromTwilio)
    }
}

/// A delivery report of 46elks: `status` is `sent`, `delivered` or `failed`.
pub async fn elks_report(FromElks(webhook): FromElks) -> Result<StatusCode, Problem> {
    let delivered = match webhook.field("status")? {
        "delivered" => Some(true),
        "failed" => Some(false),
        _ => None,
    };
    settle(&webhook, "id", delivered).await
}

/// A status callback of Twilio: `MessageStatus` is `queued`, `sent`, `delivered`, `undelivered` or `failed`.
pub async fn twilio_report(FromTwilio(webhook): FromTwilio) -> Result<StatusCode, Problem> {
    let delivered = match webhook.field("MessageStatus")? {
        "delivered" => Some(true),
        "failed" | "undelivered" => Some(false),
        _ => None,
    };
    settle(&webhook, "MessageSid", delivered).await
}

/// Writes down what became of a message. One that we don't know is none of ours to tell of: it is answered
/// like any other, so that nobody calls again.
async fn settle(
    webhook: &Webhook,
    gateway_id: &'static str,
    delivered: Option<bool>,
) -> Result<StatusCode, Problem> {
    let (Some(id), Some(delivered)) = (webhook.message(), delivered) else {
        return Ok(StatusCode::NO_CONTENT);
    };
    let ports = &webhook.ports;
    let id = id.to_string();
    let now = ports.clock.now();
    if delivered {
        let reported = store::report_delivered(ports, &id, now)?;
        let outcomes = ports.store.batch(reported.into()).await?;
        for row in outcomes.iter().flat_map(|one| one.rows.iter()) {
            tell(ports, &row.parsed("care_unit_id")?);
        }
        return Ok(StatusCode::NO_CONTENT);
    }
    let found = ports.store.query(store::find(&id)).await?;
    let Some(row) = found.rows.first() else {
        return Ok(StatusCode::NO_CONTENT);
    };
    let sealer = Sealer::from_secrets(&*ports.secrets)?;
    let care_provider: HsaId = row.parsed("care_provider_id")?;
    let care_unit: HsaId = row.parsed("care_unit_id")?;
    let patient = row.parsed("patient_id")?;
    let mut writing = vec![
        store::report_failed(&id, webhook.field(gateway_id)?, now),
        Statement::require_changes(),
    ];
    writing.extend(failure_task(
        ports,
        &sealer,
        "sms/report",
        &Whose {
            id: &id,
            care_provider: &care_provider,
            care_unit: &care_unit,
            patient,
        },
        "not-delivered",
    )?);
    match ports.store.batch(writing).await {
        Ok(_) => {
            tell(ports, &care_unit);
            Ok(StatusCode::NO_CONTENT)
        }
        // It was delivered before, or this report has been here.
        Err(error) if error.refused_by("require_changes") => Ok(StatusCode::NO_CONTENT),
        Err(error) => Err(error.into()),
    }
}

/// Somebody answered a message, through 46elks: the body of a 200 goes back as a text message.
pub async fn elks_incoming(FromElks(webhook): FromElks) -> Result<Response, Problem> {
    let answer = answered(
        &webhook,
        "id",
        webhook.field("from")?,
        webhook.field("message")?,
    )
    .await?;
    Ok(match answer {
        Some(text) => ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response(),
        None => StatusCode::NO_CONTENT.into_response(),
    })
}

/// Somebody answered a message, through Twilio: TwiML says what goes back.
pub async fn twilio_incoming(FromTwilio(webhook): FromTwilio) -> Result<Response, Problem> {
    let answer = answered(
        &webhook,
        "MessageSid",
        webhook.field("From")?,
        webhook.field("Body")?,
    )
    .await?;
    Ok(match answer {
        Some(text) => (
            [(header::CONTENT_TYPE, "application/xml; charset=utf-8")],
            format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?><Response><Message>{text}</Message></Response>"),
        )
            .into_response(),
        None => StatusCode::NO_CONTENT.into_response(),
    })
}

/// What an incoming message does: STOPP withdraws the consent of everybody with this phone, and no guest is
/// invited by it until it writes START, each once however often the gateway tells of it; anything else is answered,
/// once a day, by that nobody reads it. Says what goes back, if anything.
async fn answered(
    webhook: &Webhook,
    gateway_id: &'static str,
    from: &str,
    message: &str,
) -> Result<Option<&'static str>, Problem> {
    let ports = &webhook.ports;
    // Short numbers and names write, too: nobody of ours.
    let Ok(phone) = from.parse::<PhoneNumber>() else {
        return Ok(None);
    };
    let index = PhoneIndex::of(&*ports.secrets, &phone)?;
    let now = ports.clock.now();
    match first_word(message).as_str() {
        "STOPP" | "STOP" => {
            let mut batch = vec![store::received(webhook.field(gateway_id)?, now)];
            batch.extend(store::refuse(ports, index.as_str())?);
            return once(ports, batch).await.map(|()| None);
        }
        "START" => {
            let received = store::received(webhook.field(gateway_id)?, now);
            let batch = vec![received, store::take_again(index.as_str())];
            return once(ports, batch).await.map(|()| None);
        }
        _ => {}
    }
    let answer = match TOLD.count(ports, index.as_str()).await {
        Ok(()) => {
            let known = ports.store.query(store::languages(index.as_str())).await?;
            let language = known.rows.first().map(|row| row.text("language"));
            let language = language.transpose()?.and_then(Language::from_tag);
            Some(language.unwrap_or(Language::Sv).say(sms::NOT_READ))
        }
        Err(problem) if problem.kind() == "too-many-attempts" => None,
        Err(problem) => return Err(problem),
    };
    Ok(answer)
}

/// Writes what an incoming message changes, unless it has been here before.
async fn once(ports: &Ports, batch: Batch) -> Result<(), Problem> {
    match ports.store.batch(batch).await {
        Ok(_) => Ok(()),
        Err(error) if error.refused_by("sms_incoming.id") => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// The first word of a message, in whatever case it was written and with whatever around it.
fn first_word(message: &str) -> String {
    let words = message.split(|c: char| !c.is_alphabetic());
    let first = words.into_iter().find(|word| !word.is_empty());
    first.unwrap_or_default().to_uppercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::platform::native::SetSecrets;
    use shared::problem::Cause;

    fn addresses(environment: &str, set: Option<&str>) -> Result<Option<Vec<IpAddr>>, String> {
        let settings = [("ENVIRONMENT", Some(environment)), ("ELKS_ADDRESSES", set)];
        let settings = settings
            .into_iter()
            .filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned())));
        elks_addresses(&SetSecrets::new(settings)).map_err(|problem| {
            let answer = problem.into_response();
            assert_eq!(answer.status(), StatusCode::INTERNAL_SERVER_ERROR);
            let cause = answer.extensions().get::<Cause>().expect("a cause");
            cause.0.clone()
        })
    }

    #[test]
    fn production_has_the_addresses_that_46elks_calls_from_or_says_so_in_its_log() {
        for nothing in [None, Some(""), Some("  ")] {
            assert_eq!(addresses("training", nothing), Ok(None));
            let cause = addresses("production", nothing).expect_err("a fault");
            assert!(cause.starts_with("ELKS_ADDRESSES is not set"), "{cause}");
        }
        for environment in ["training", "production"] {
            let known = addresses(environment, Some("192.0.2.10, 2001:db8::1"));
            assert_eq!(
                known.map(|known| known.map(|known| known.len())),
                Ok(Some(2))
            );
            for nonsense in [",", "192.0.2.10,", "192.0.2.0/24", "api.46elks.com"] {
                let cause = addresses(environment, Some(nonsense)).expect_err("a fault");
                assert!(cause.contains("no IP address"), "{nonsense}: {cause}");
            }
        }
    }

    #[test]
    fn stopp_is_understood_as_people_write_it() {
        for message in [
            "STOPP",
            "stopp",
            " Stopp. ",
            "\"Stopp\"!",
            "Stopp tack",
            "STOPP!\nMvh Alex",
            "stopp, inga fler sms",
        ] {
            assert_eq!(first_word(message), "STOPP", "{message}");
        }
        for message in ["", "...", "Stoppa inte", "tack", "STOPPA", "Kan ni stopp"] {
            assert_ne!(first_word(message), "STOPP", "{message}");
        }
    }
}
