//! The two registrations with providers: patients (1177, BankID) and staff (SITHS), each with its settings.
//! A setting that is missing or can't be right is an error of ours that names it in the log.

use jwt_simple::prelude::{ECDSAP256PublicKeyLike, ES256KeyPair};
use serde::{Deserialize, Serialize};
use shared::environment::Environment;
use shared::platform::{Ports, Secrets};
use shared::problem::Problem;
use shared::same_origin::own_origin;
use shared::sealing::{decoded, encoded};

/// For whom one signs in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Audience {
    /// Invånare, by 1177 or BankID.
    Patient,
    /// Vårdpersonal, by SITHS card.
    Staff,
}

impl Audience {
    /// As it stands in paths.
    pub fn as_str(self) -> &'static str {
        match self {
            Audience::Patient => "patient",
            Audience::Staff => "staff",
        }
    }

    /// The one of this name in a path.
    pub fn named(name: &str) -> Option<Self> {
        [Audience::Patient, Audience::Staff]
            .into_iter()
            .find(|audience| audience.as_str() == name)
    }
}

/// The Swedish profile's scope and claims (oidc-sweden/specifications): what patients' providers follow
/// unless the settings say otherwise.
const PATIENT_SCOPE: &str = "openid https://id.oidc.se/scope/naturalPersonNumber";
const PATIENT_CLAIMS: &str =
    "https://id.oidc.se/claim/personalIdentityNumber https://id.oidc.se/claim/coordinationNumber";
/// Inera IdP's scopes for commissions.
const STAFF_SCOPE: &str = "openid commission authorization_scope";
/// What PDL's strong authentication comes to in Sambi.
const STAFF_LEVEL: &str = "http://id.sambi.se/loa/loa3";

/// How we are known to one provider.
pub struct Registration {
    /// For whom.
    pub audience: Audience,
    /// Where we stand ourselves.
    pub environment: Environment,
    /// The provider, exactly as it names itself.
    pub issuer: String,
    /// What it calls us.
    pub client_id: String,
    /// What is asked for.
    pub scope: String,
    /// Levels of assurance of which one is demanded; none, if empty.
    pub levels: Vec<String>,
    /// Patients: the claims that may hold the personal identity.
    pub identity_claims: Vec<String>,
    /// Where answers come back to.
    pub redirect_uri: String,
    /// Where sign-out comes back to.
    pub signed_out_uri: String,
    client_key: ES256KeyPair,
}

impl Registration {
    /// From the settings.
    pub fn of(audience: Audience, ports: &Ports) -> Result<Self, Problem> {
        let secrets = &*ports.secrets;
        let environment = Environment::of(secrets)?;
        let prefix = match audience {
            Audience::Patient => "PATIENT_OIDC",
            Audience::Staff => "STAFF_OIDC",
        };
        let origin = own_origin(secrets)?;
        let issuer = needed(secrets, prefix, "ISSUER")?;
        if !may_be_called(&issuer, environment) {
            return Err(Problem::internal(format!(
                "{prefix}_ISSUER must be https, and in production no local provider"
            )));
        }
        let (scope, claims, levels) = match audience {
            Audience::Patient => (PATIENT_SCOPE, PATIENT_CLAIMS, ""),
            Audience::Staff => (STAFF_SCOPE, "", STAFF_LEVEL),
        };
        let list = |name, default: &str| -> Vec<String> {
            let text = optional(secrets, prefix, name).unwrap_or_else(|| default.to_owned());
            text.split_whitespace().map(str::to_owned).collect()
        };
        let key = decoded(&needed(secrets, prefix, "CLIENT_KEY")?)
            .and_then(|bytes| ES256KeyPair::from_bytes(&bytes).ok())
            .ok_or_else(|| {
                Problem::internal(format!(
                    "{prefix}_CLIENT_KEY is not base64url of a P-256 key's 32 bytes"
                ))
            })?;
        let key_id = key_id(&key)?;
        Ok(Registration {
            audience,
            environment,
            issuer,
            client_id: needed(secrets, prefix, "CLIENT_ID")?,
            scope: optional(secrets, prefix, "SCOPE").unwrap_or_else(|| scope.to_owned()),
            levels: list("LEVELS", levels),
            identity_claims: list("CLAIMS", claims),
            redirect_uri: format!("{origin}/identity/callback/{}", audience.as_str()),
            signed_out_uri: format!("{origin}/identity/signed-out"),
            client_key: key.with_key_id(&key_id),
        })
    }

    /// The key that proves us to the provider.
    pub fn client_key(&self) -> &ES256KeyPair {
        &self.client_key
    }

    /// The public half of that key, as the provider's registration wants it (JWK).
    pub fn public_key(&self) -> Result<serde_json::Value, Problem> {
        let point = point(&self.client_key)?;
        Ok(serde_json::json!({
            "kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256",
            "kid": key_id(&self.client_key)?,
            "x": encoded(&point[1..33]),
            "y": encoded(&point[33..]),
        }))
    }
}

/// The uncompressed point: 4, x and y.
fn point(key: &ES256KeyPair) -> Result<[u8; 65], Problem> {
    let public = key.public_key().public_key().to_bytes_uncompressed();
    public
        .try_into()
        .map_err(|_| Problem::internal("a client key's point has another length"))
}

/// A key's own thumbprint as its id, so that it changes with the key.
fn key_id(key: &ES256KeyPair) -> Result<String, Problem> {
    let hash = hmac_sha256::Hash::hash(&point(key)?);
    Ok(encoded(&hash[..12]))
}

/// Whether an address of a provider may be called at all: encrypted, and in training also this very
/// machine, where the local provider is. Production never speaks to that.
pub fn may_be_called(address: &str, environment: Environment) -> bool {
    const LOCAL: [&str; 3] = ["127.0.0.1", "localhost", "[::1]"];
    let Some((scheme, rest)) = address.split_once("://") else {
        return false;
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => authority,
    };
    let is_local = LOCAL.contains(&host);
    let plain = !host.is_empty()
        && !authority.contains('@')
        && address.bytes().all(|b| b.is_ascii_graphic());
    plain
        && match environment {
            Environment::Training => scheme == "https" || (scheme == "http" && is_local),
            Environment::Production => scheme == "https" && !is_local,
        }
}

fn optional(secrets: &dyn Secrets, prefix: &str, name: &str) -> Option<String> {
    secrets
        .get(&format!("{prefix}_{name}"))
        .filter(|value| !value.trim().is_empty())
}

fn needed(secrets: &dyn Secrets, prefix: &str, name: &str) -> Result<String, Problem> {
    optional(secrets, prefix, name)
        .ok_or_else(|| Problem::internal(format!("{prefix}_{name} is not set")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_encrypted_addresses_are_called_and_the_local_provider_in_training_alone() {
        use Environment::{Production, Training};
        for address in ["https://idp.example", "https://idp.example:8443/oidc?x=1"] {
            assert!(may_be_called(address, Training) && may_be_called(address, Production));
        }
        for address in ["http://127.0.0.1:9901", "http://localhost:9901/oidc"] {
            assert!(may_be_called(address, Training));
            assert!(!may_be_called(address, Production), "{address}");
        }
        for address in [
            "http://idp.example",
            "http://127.0.0.1@idp.example",
            "http://127.0.0.1.idp.example",
            "https://127.0.0.1@",
            "https://",
            "ftp://idp.example",
            "idp.example",
            "https://idp.example/a b",
        ] {
            assert!(!may_be_called(address, Training), "{address}");
        }
        assert!(!may_be_called("https://127.0.0.1", Production));
    }
}
