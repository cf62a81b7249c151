//! A sign-in under way: what was asked of the provider, kept sealed in a cookie of the browser that asks,
//! so that an answer is only taken there. Nothing is written to the store until somebody is signed in.

use serde::{Deserialize, Serialize};
use shared::page::{LocalPath, percent_encoded};
use shared::platform::{Ports, Random};
use shared::problem::Problem;
use shared::sealing::{Sealer, encoded, equal_in_constant_time};
use shared::time::{MINUTE, Timestamp};
use shared::words::Language;

use super::provider::Discovery;
use super::registration::{Audience, Registration};
use super::{Fault, hashed};

/// How long a person may take at the provider, in milliseconds.
pub const PATIENCE: i64 = 15 * MINUTE;
/// What the cookie is sealed for.
const USE: &str = "sign-in attempt";

/// One sign-in that was begun.
#[derive(Debug, Serialize, Deserialize)]
pub struct Attempt {
    /// With which provider.
    pub audience: Audience,
    state: String,
    /// What the ID token must repeat.
    pub nonce: String,
    /// What proves to the provider that the code is redeemed by who asked for it (PKCE).
    pub verifier: String,
    return_to: String,
    begun_at: i64,
}

impl Attempt {
    /// A new one, which comes back to a page of ours. State, nonce and verifier have 256 bits each.
    pub fn begin(
        ports: &Ports,
        audience: Audience,
        return_to: &LocalPath,
    ) -> Result<Self, Problem> {
        Ok(Attempt {
            audience,
            state: secret(&*ports.random),
            nonce: secret(&*ports.random),
            verifier: secret(&*ports.random),
            return_to: return_to.as_str().to_owned(),
            begun_at: ports.clock.now().millis(),
        })
    }

    /// Where the person goes to sign in.
    pub fn address(
        &self,
        registration: &Registration,
        discovery: &Discovery,
        language: Language,
    ) -> Result<String, Problem> {
        let challenge = hashed(&self.verifier);
        let levels = registration.levels.join(" ");
        let mut parameters = vec![
            ("response_type", "code"),
            ("client_id", &registration.client_id),
            ("redirect_uri", &registration.redirect_uri),
            ("scope", &registration.scope),
            ("state", &self.state),
            ("nonce", &self.nonce),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
            ("ui_locales", language.tag()),
        ];
        if !levels.is_empty() {
            parameters.push(("acr_values", &levels));
        }
        Ok(with_query(&discovery.authorization_endpoint, &parameters))
    }

    /// As the cookie holds it.
    pub fn sealed(&self, ports: &Ports) -> Result<String, Problem> {
        let text = shared::json::text(self)?;
        Ok(Sealer::from_secrets(&*ports.secrets)?.seal_for(&*ports.random, USE, &text)?)
    }

    /// The attempt that an answer with this state belongs to.
    pub fn answered(
        ports: &Ports,
        cookie: Option<&str>,
        audience: Audience,
        state: &str,
    ) -> Result<Self, Fault> {
        let sealer = Sealer::from_secrets(&*ports.secrets).map_err(|_| Fault::NoAttempt)?;
        let text = cookie
            .and_then(|sealed| sealer.open_for(USE, sealed).ok())
            .ok_or(Fault::NoAttempt)?;
        let attempt: Attempt = serde_json::from_str(&text).map_err(|_| Fault::NoAttempt)?;
        if attempt.audience != audience || !equal_in_constant_time(&attempt.state, state) {
            return Err(Fault::State);
        }
        let begun_at = Timestamp::from_millis(attempt.begun_at);
        if ports.clock.now() >= begun_at.plus(PATIENCE) {
            return Err(Fault::NoAttempt);
        }
        Ok(attempt)
    }

    /// What the store keeps of it, so that it starts one session and no second.
    pub fn hash(&self) -> String {
        hashed(&self.nonce)
    }

    /// Where to go on afterwards.
    pub fn return_to(&self) -> LocalPath {
        LocalPath::from_outside(&self.return_to)
    }
}

/// 256 random bits as base64url.
pub fn secret(random: &dyn Random) -> String {
    let mut bytes = [0; 32];
    random.fill(&mut bytes);
    encoded(&bytes)
}

/// An address with parameters added to whatever query it has.
pub fn with_query(address: &str, parameters: &[(&str, &str)]) -> String {
    let mut whole = address.to_owned();
    let mut before = if address.contains('?') { '&' } else { '?' };
    for (name, value) in parameters {
        whole.push(before);
        whole.push_str(name);
        whole.push('=');
        whole.push_str(&percent_encoded(value));
        before = '&';
    }
    whole
}
