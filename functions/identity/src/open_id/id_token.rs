//! ID tokens: proven by the provider's published keys, never by what the token says of itself. The key is
//! found by `kid` among those, and its own type decides which algorithm may be tried. Pure.

use std::collections::HashSet;

use jwt_simple::JWTError;
use jwt_simple::prelude::{
    Audiences, Duration, ECDSAP256PublicKeyLike, ES256PublicKey, Ed25519PublicKey,
    EdDSAPublicKeyLike, JWTClaims, PS256PublicKey, RS256PublicKey, RSAPublicKeyLike, UnixTimeStamp,
    VerificationOptions,
};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};
use shared::sealing::{decoded, equal_in_constant_time};
use shared::time::Timestamp;

/// How far a provider's clock may lie from ours, in seconds.
pub const SKEW_SECONDS: u64 = 60;
/// No ID token with all commissions of a person comes near this many characters.
const LONGEST_TOKEN: usize = 16 * 1024;
/// No key's name is longer.
const LONGEST_KEY_ID: usize = 256;

/// Why an ID token does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenFault {
    /// No token, or one that can't be read.
    Malformed,
    /// It tells how to verify it (jku, jwk, x5u, x5c) or asks for what we don't know (crit).
    Header,
    /// None of RS256, PS256, ES256 and EdDSA, or not one of the key's type.
    Algorithm,
    /// The provider publishes no such key.
    UnknownKey,
    /// Not signed by that key.
    Signature,
    /// By another provider.
    Issuer,
    /// For another client.
    Audience,
    /// Its time is over.
    Expired,
    /// Its time has not come.
    Future,
    /// Of another sign-in.
    Nonce,
    /// A claim that every ID token has is missing.
    Incomplete,
}

impl TokenFault {
    /// The audit line's word.
    pub fn why(self) -> &'static str {
        match self {
            TokenFault::Malformed => "token-malformed",
            TokenFault::Header => "token-header",
            TokenFault::Algorithm => "token-algorithm",
            TokenFault::UnknownKey => "token-unknown-key",
            TokenFault::Signature => "token-signature",
            TokenFault::Issuer => "token-issuer",
            TokenFault::Audience => "token-audience",
            TokenFault::Expired => "token-expired",
            TokenFault::Future => "token-from-the-future",
            TokenFault::Nonce => "nonce-mismatch",
            TokenFault::Incomplete => "token-incomplete",
        }
    }
}

/// A provider's published key (JWK, RFC 7517): of it only what is used.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PublicKey {
    kty: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    kid: Option<String>,
    #[serde(rename = "use", default, skip_serializing_if = "Option::is_none")]
    usage: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    alg: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    crv: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    n: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    e: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    x: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    y: Option<String>,
}

/// What a token must say besides being signed.
pub struct Expected<'a> {
    /// By whom.
    pub issuer: &'a str,
    /// For whom.
    pub client_id: &'a str,
    /// In which sign-in.
    pub nonce: &'a str,
    /// When.
    pub now: Timestamp,
}

/// The claims of a token that holds. None stands in it twice.
#[derive(Debug, Clone, Default)]
pub struct Claims(Map<String, Value>);

impl Claims {
    /// A claim, if it is there and isn't null.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name).filter(|value| !value.is_null())
    }

    /// A claim that is a text.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.get(name)?.as_str()
    }
}

impl FromIterator<(String, Value)> for Claims {
    fn from_iter<I: IntoIterator<Item = (String, Value)>>(pairs: I) -> Self {
        Claims(pairs.into_iter().collect())
    }
}

impl<'de> Deserialize<'de> for Claims {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;
        impl<'de> serde::de::Visitor<'de> for Members {
            type Value = Claims;
            fn expecting(&self, formatter: &mut std::fmt::Formatter) -> std::fmt::Result {
                formatter.write_str("claims")
            }
            fn visit_map<A: serde::de::MapAccess<'de>>(
                self,
                mut map: A,
            ) -> Result<Claims, A::Error> {
                let mut claims = Map::new();
                while let Some((name, value)) = map.next_entry::<String, Value>()? {
                    // Whoever reads the first of two would see another person than who reads the last.
                    if claims.insert(name, value).is_some() {
                        return Err(serde::de::Error::custom("a claim comes twice"));
                    }
                }
                Ok(Claims(claims))
            }
        }
        deserializer.deserialize_map(Members)
    }
}

impl Serialize for Claims {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

/// What a token says of itself: good for finding the key, and no more.
#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    crit: Option<Value>,
    jku: Option<Value>,
    jwk: Option<Value>,
    x5u: Option<Value>,
    x5c: Option<Value>,
}

/// The claims of `token`, if one of `keys` signed it for this very sign-in.
pub fn verify(token: &str, keys: &[PublicKey], expected: &Expected) -> Result<Claims, TokenFault> {
    let header = header(token)?;
    let mut fault = TokenFault::UnknownKey;
    for key in keys
        .iter()
        .filter(|key| key.is_named(header.kid.as_deref()))
    {
        match key.verify(&header.alg, token, expected.now) {
            Ok(claims) => return judged(claims, expected),
            Err(found) => fault = found,
        }
    }
    Err(fault)
}

fn header(token: &str) -> Result<Header, TokenFault> {
    if token.len() > LONGEST_TOKEN {
        return Err(TokenFault::Malformed);
    }
    let first = token.split('.').next().unwrap_or_default();
    let bytes = decoded(first).ok_or(TokenFault::Malformed)?;
    let header: Header = serde_json::from_slice(&bytes).map_err(|_| TokenFault::Malformed)?;
    let guides = [
        &header.crit,
        &header.jku,
        &header.jwk,
        &header.x5u,
        &header.x5c,
    ];
    if guides.iter().any(|guide| guide.is_some()) {
        return Err(TokenFault::Header);
    }
    if !matches!(
        header.alg.as_str(),
        "RS256" | "PS256" | "ES256" | "EdDSA" | "Ed25519"
    ) {
        return Err(TokenFault::Algorithm);
    }
    if header
        .kid
        .as_ref()
        .is_some_and(|kid| kid.len() > LONGEST_KEY_ID)
    {
        return Err(TokenFault::UnknownKey);
    }
    Ok(header)
}

impl PublicKey {
    fn is_named(&self, kid: Option<&str>) -> bool {
        let signs = self.usage.as_deref().is_none_or(|usage| usage == "sig");
        signs && kid.is_none_or(|kid| self.kid.as_deref() == Some(kid))
    }

    /// Whether it can be used at all: a set of keys of which none can is garbage.
    pub fn is_usable(&self) -> bool {
        matches!(
            (self.kty.as_str(), self.crv.as_deref()),
            ("RSA", _) | ("EC", Some("P-256")) | ("OKP", Some("Ed25519"))
        )
    }

    /// The key's type decides which algorithms there are; where the provider names one, only that.
    fn verify(
        &self,
        alg: &str,
        token: &str,
        now: Timestamp,
    ) -> Result<JWTClaims<Claims>, TokenFault> {
        if self.alg.as_deref().is_some_and(|own| own != alg) {
            return Err(TokenFault::Algorithm);
        }
        let options = Some(options(now));
        let part = |text: &Option<String>| {
            text.as_deref()
                .and_then(decoded)
                .ok_or(TokenFault::UnknownKey)
        };
        let verified = match (self.kty.as_str(), self.crv.as_deref(), alg) {
            ("RSA", _, "RS256") => {
                RS256PublicKey::from_components(&part(&self.n)?, &part(&self.e)?)
                    .map_err(|_| TokenFault::UnknownKey)?
                    .verify_token(token, options)
            }
            ("RSA", _, "PS256") => {
                PS256PublicKey::from_components(&part(&self.n)?, &part(&self.e)?)
                    .map_err(|_| TokenFault::UnknownKey)?
                    .verify_token(token, options)
            }
            ("EC", Some("P-256"), "ES256") => {
                let point = [&[4][..], &part(&self.x)?, &part(&self.y)?].concat();
                ES256PublicKey::from_bytes(&point)
                    .map_err(|_| TokenFault::UnknownKey)?
                    .verify_token(token, options)
            }
            ("OKP", Some("Ed25519"), "EdDSA" | "Ed25519") => {
                Ed25519PublicKey::from_bytes(&part(&self.x)?)
                    .map_err(|_| TokenFault::UnknownKey)?
                    .verify_token(token, options)
            }
            _ => return Err(TokenFault::Algorithm),
        };
        verified.map_err(|error| match error.downcast_ref::<JWTError>() {
            Some(JWTError::TokenHasExpired) => TokenFault::Expired,
            Some(JWTError::ClockDrift | JWTError::TokenNotValidYet) => TokenFault::Future,
            Some(JWTError::AlgorithmMismatch) => TokenFault::Algorithm,
            Some(JWTError::InvalidSignature) => TokenFault::Signature,
            Some(_) => TokenFault::Malformed,
            // The libraries below it, on what is no signature or no JSON.
            None if error.downcast_ref::<serde_json::Error>().is_some() => TokenFault::Malformed,
            None => TokenFault::Signature,
        })
    }
}

fn options(now: Timestamp) -> VerificationOptions {
    VerificationOptions {
        time_tolerance: Some(Duration::from_secs(SKEW_SECONDS)),
        max_token_length: Some(LONGEST_TOKEN),
        artificial_time: Some(UnixTimeStamp::from_millis(now.millis().unsigned_abs())),
        ..VerificationOptions::default()
    }
}

fn judged(token: JWTClaims<Claims>, expected: &Expected) -> Result<Claims, TokenFault> {
    let audiences = match token.audiences {
        Some(Audiences::AsString(one)) => HashSet::from([one]),
        Some(Audiences::AsSet(several)) => several,
        None => return Err(TokenFault::Incomplete),
    };
    let complete =
        token.expires_at.is_some() && token.issued_at.is_some() && token.subject.is_some();
    if !complete {
        return Err(TokenFault::Incomplete);
    }
    if token.issuer.as_deref() != Some(expected.issuer) {
        return Err(TokenFault::Issuer);
    }
    // A token for several is only ours if it was made for us (OpenID Connect Core 3.1.3.7).
    let party = token.custom.text("azp");
    let for_us = audiences == HashSet::from([expected.client_id.to_owned()])
        || (audiences.contains(expected.client_id) && party.is_some());
    if !for_us || party.is_some_and(|party| party != expected.client_id) {
        return Err(TokenFault::Audience);
    }
    let nonce = token.nonce.as_deref().unwrap_or_default();
    if !equal_in_constant_time(nonce, expected.nonce) {
        return Err(TokenFault::Nonce);
    }
    Ok(token.custom)
}
