//! OpenID Connect as a relying party: authorization code with PKCE (RFC 7636), `iss` in the answer
//! (RFC 9207), private_key_jwt. Knows nothing of patients or staff: it ends with claims that are proven.

pub mod attempt;
pub mod id_token;
pub mod provider;
pub mod registration;

use shared::sealing::encoded;

/// Why a sign-in ended without claims. What the person reads, and the audit line's word, follow from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// No sign-in was begun in this browser, or too long ago.
    NoAttempt,
    /// The answer belongs to another sign-in than the one begun here.
    State,
    /// The answer comes from another provider than the one asked.
    Issuer,
    /// The person stopped, at the provider.
    Stopped,
    /// The provider refused the request as such: a mistake in the registration.
    Refused,
    /// The answer is none: neither code nor error, or one of them twice.
    Malformed,
    /// The provider does not know the code, or it was used before.
    Code,
    /// The provider can't be reached, is too slow, or says that it can't now.
    ProviderDown,
    /// The provider answers what is no OpenID Connect.
    ProviderGarbage,
    /// The ID token does not hold.
    Token(id_token::TokenFault),
}

impl Fault {
    /// The audit line's word.
    pub fn why(self) -> &'static str {
        match self {
            Fault::NoAttempt => "no-attempt",
            Fault::State => "state-mismatch",
            Fault::Issuer => "issuer-mismatch",
            Fault::Stopped => "stopped-at-provider",
            Fault::Refused => "refused-by-provider",
            Fault::Malformed => "malformed-answer",
            Fault::Code => "code-refused",
            Fault::ProviderDown => "provider-down",
            Fault::ProviderGarbage => "provider-garbage",
            Fault::Token(fault) => fault.why(),
        }
    }
}

/// The SHA-256 of a text as base64url: what is kept of a secret of at least 128 bits.
pub fn hashed(text: &str) -> String {
    encoded(&hmac_sha256::Hash::hash(text.as_bytes()))
}
