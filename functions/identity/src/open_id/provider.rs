//! What is asked of a provider: how it is laid out, its keys, and the tokens for a code. The first two are
//! kept in key-value for an hour; a key that isn't among them is looked for once more, and not again for a
//! minute, so that nobody can make us hammer the provider with made-up names.

use http::{Request, StatusCode, header};
use jwt_simple::prelude::{
    Audiences, Duration, ECDSAP256KeyPairLike, JWTClaims, NoCustomClaims, UnixTimeStamp,
};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use shared::page::percent_encoded;
use shared::platform::Ports;
use shared::problem::Problem;
use shared::time::{HOUR, MINUTE};

use super::attempt::{Attempt, secret};
use super::id_token::{self, Claims, Expected, PublicKey, TokenFault};
use super::registration::{Registration, may_be_called};
use super::{Fault, hashed};

/// How long layout and keys are kept, in milliseconds.
const KEPT: i64 = HOUR;
/// How long nobody looks again for a key that wasn't there, in milliseconds.
const NOT_AGAIN: i64 = MINUTE;
/// Nothing a provider answers is larger, in bytes.
const LARGEST_ANSWER: usize = 256 * 1024;
/// How long the proof of who we are holds, in seconds.
const ASSERTION_SECONDS: u64 = 60;

/// How a provider is laid out (OpenID Connect Discovery): of it only what is used.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Discovery {
    issuer: String,
    /// Where people sign in.
    pub authorization_endpoint: String,
    token_endpoint: String,
    jwks_uri: String,
    /// Where people sign out, if the provider has such a place.
    #[serde(default)]
    pub end_session_endpoint: Option<String>,
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
}

impl Discovery {
    /// The layout of a registration's provider.
    pub async fn of(ports: &Ports, registration: &Registration) -> Result<Self, Fault> {
        let key = kept_under("layout", &registration.issuer);
        if let Some(kept) = kept::<Discovery>(ports, &key).await {
            return Ok(kept);
        }
        let address = format!(
            "{}/.well-known/openid-configuration",
            registration.issuer.trim_end_matches('/')
        );
        let found: Discovery = fetched(ports, &address).await?;
        let addresses = [
            Some(&found.authorization_endpoint),
            Some(&found.token_endpoint),
            Some(&found.jwks_uri),
            found.end_session_endpoint.as_ref(),
        ];
        let sound = addresses
            .into_iter()
            .flatten()
            .all(|address| may_be_called(address, registration.environment));
        if found.issuer != registration.issuer || !sound {
            return Err(Fault::ProviderGarbage);
        }
        keep(ports, &key, &found, KEPT).await;
        Ok(found)
    }

    /// Whether an answer comes from this provider, by its parameter `iss` (RFC 9207).
    pub fn answered(&self, iss: Option<&str>) -> Result<(), Fault> {
        match iss {
            Some(iss) if iss == self.issuer => Ok(()),
            None if !self.authorization_response_iss_parameter_supported => Ok(()),
            _ => Err(Fault::Issuer),
        }
    }

    /// The proven claims that a code stands for.
    pub async fn claims(
        &self,
        ports: &Ports,
        registration: &Registration,
        attempt: &Attempt,
        code: &str,
    ) -> Result<Claims, Fault> {
        let token = self.redeemed(ports, registration, attempt, code).await?;
        let expected = Expected {
            issuer: &registration.issuer,
            client_id: &registration.client_id,
            nonce: &attempt.nonce,
            now: ports.clock.now(),
        };
        let keys = self.keys(ports).await?;
        match id_token::verify(&token, &keys, &expected) {
            Err(TokenFault::UnknownKey) => match self.newer_keys(ports).await? {
                Some(keys) => id_token::verify(&token, &keys, &expected),
                None => Err(TokenFault::UnknownKey),
            },
            verified => verified,
        }
        .map_err(Fault::Token)
    }

    async fn keys(&self, ports: &Ports) -> Result<Vec<PublicKey>, Fault> {
        let key = kept_under("keys", &self.jwks_uri);
        match kept(ports, &key).await {
            Some(keys) => Ok(keys),
            None => self.fetched_keys(ports).await,
        }
    }

    /// The keys as they are now, unless somebody looked within the last minute.
    async fn newer_keys(&self, ports: &Ports) -> Result<Option<Vec<PublicKey>>, Fault> {
        let marker = kept_under("keys-looked-for", &self.jwks_uri);
        if kept::<bool>(ports, &marker).await.is_some() {
            return Ok(None);
        }
        keep(ports, &marker, &true, NOT_AGAIN).await;
        self.fetched_keys(ports).await.map(Some)
    }

    async fn fetched_keys(&self, ports: &Ports) -> Result<Vec<PublicKey>, Fault> {
        #[derive(Deserialize)]
        struct KeySet {
            keys: Vec<serde_json::Value>,
        }
        let set: KeySet = fetched(ports, &self.jwks_uri).await?;
        // Keys of kinds we don't know stand beside ours in many sets.
        let keys: Vec<PublicKey> = set
            .keys
            .into_iter()
            .filter_map(|key| serde_json::from_value(key).ok())
            .filter(PublicKey::is_usable)
            .collect();
        if keys.is_empty() {
            return Err(Fault::ProviderGarbage);
        }
        keep(ports, &kept_under("keys", &self.jwks_uri), &keys, KEPT).await;
        Ok(keys)
    }

    /// The ID token for a code.
    async fn redeemed(
        &self,
        ports: &Ports,
        registration: &Registration,
        attempt: &Attempt,
        code: &str,
    ) -> Result<String, Fault> {
        #[derive(Deserialize)]
        struct Tokens {
            id_token: String,
        }
        #[derive(Deserialize)]
        struct Refusal {
            error: String,
        }
        let assertion = self
            .assertion(ports, registration)
            .map_err(|_| Fault::Refused)?;
        let form = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", &registration.redirect_uri),
            ("code_verifier", &attempt.verifier),
            ("client_id", &registration.client_id),
            (
                "client_assertion_type",
                "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            ),
            ("client_assertion", &assertion),
        ]
        .map(|(name, value)| format!("{name}={}", percent_encoded(value)))
        .join("&");
        let request = Request::post(&self.token_endpoint)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::ACCEPT, "application/json")
            .body(form.into_bytes())
            .map_err(|_| Fault::ProviderGarbage)?;
        let (status, body) = sent(ports, request).await?;
        if status.is_success() {
            let tokens: Tokens =
                serde_json::from_slice(&body).map_err(|_| Fault::ProviderGarbage)?;
            return Ok(tokens.id_token);
        }
        match serde_json::from_slice::<Refusal>(&body) {
            Ok(refusal) if refusal.error == "invalid_grant" => Err(Fault::Code),
            Ok(_) if status.is_client_error() => Err(Fault::Refused),
            _ if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS => {
                Err(Fault::ProviderDown)
            }
            _ => Err(Fault::ProviderGarbage),
        }
    }

    /// Who we are, signed (RFC 7523): for this provider, once, for a minute.
    fn assertion(&self, ports: &Ports, registration: &Registration) -> Result<String, Problem> {
        // By hand, for the library's own way takes its own clock.
        let now = UnixTimeStamp::from_millis(ports.clock.now().millis().unsigned_abs());
        let claims = JWTClaims {
            issued_at: Some(now),
            expires_at: Some(now + Duration::from_secs(ASSERTION_SECONDS)),
            invalid_before: None,
            issuer: Some(registration.client_id.clone()),
            subject: Some(registration.client_id.clone()),
            audiences: Some(Audiences::AsString(self.token_endpoint.clone())),
            jwt_id: Some(secret(&*ports.random)),
            nonce: None,
            custom: NoCustomClaims {},
        };
        registration
            .client_key()
            .sign(claims)
            .map_err(|error| Problem::internal(format!("a client assertion did not sign: {error}")))
    }
}

async fn fetched<T: DeserializeOwned>(ports: &Ports, address: &str) -> Result<T, Fault> {
    let request = Request::get(address)
        .header(header::ACCEPT, "application/json")
        .body(Vec::new())
        .map_err(|_| Fault::ProviderGarbage)?;
    let (status, body) = sent(ports, request).await?;
    if !status.is_success() {
        return Err(if status.is_server_error() {
            Fault::ProviderDown
        } else {
            Fault::ProviderGarbage
        });
    }
    serde_json::from_slice(&body).map_err(|_| Fault::ProviderGarbage)
}

async fn sent(ports: &Ports, request: Request<Vec<u8>>) -> Result<(StatusCode, Vec<u8>), Fault> {
    let answer = ports
        .http
        .send(request)
        .await
        .map_err(|_| Fault::ProviderDown)?;
    let (parts, body) = answer.into_parts();
    if body.len() > LARGEST_ANSWER {
        return Err(Fault::ProviderGarbage);
    }
    Ok((parts.status, body))
}

fn kept_under(what: &str, address: &str) -> String {
    format!("open-id.{what}.{}", hashed(address))
}

/// What is kept, if it can be had: without key-value the provider is asked each time.
async fn kept<T: DeserializeOwned>(ports: &Ports, key: &str) -> Option<T> {
    let bytes = ports.key_value.get(key).await.ok()??;
    serde_json::from_slice(&bytes).ok()
}

async fn keep(ports: &Ports, key: &str, value: &impl Serialize, millis: i64) {
    if let Ok(text) = shared::json::text(value) {
        let until = ports.clock.now().plus(millis);
        // Not kept is asked for again.
        let _ = ports.key_value.put(key, text.as_bytes(), Some(until)).await;
    }
}
