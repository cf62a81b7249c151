//! Every way in which a sign-in ends without a session: what the person reads, what the audit line says,
//! and with which status. No refusal tells anything about the person.

use http::StatusCode;
use shared::words::{Word, identity as words};

use crate::open_id::Fault;
use crate::open_id::registration::Audience;

/// Why nobody was signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The way to the proven claims failed.
    OpenId(Fault),
    /// A claim that we need isn't there, or is none.
    MissingClaims,
    /// The claim that should hold a personal identity holds none.
    NotAnIdentity,
    /// Two identities that differ.
    SeveralIdentities,
    /// A living person's identity in training.
    NotATestIdentity,
    /// Too young.
    UnderAge,
    /// Signed in, but not strongly enough.
    TooWeak,
    /// No commission at a connected unit.
    NoCommission,
    /// This sign-in has started its session already.
    Replayed,
}

impl From<Fault> for Refusal {
    fn from(fault: Fault) -> Self {
        Refusal::OpenId(fault)
    }
}

impl Refusal {
    /// The audit line's word.
    pub fn why(self) -> &'static str {
        match self {
            Refusal::OpenId(fault) => fault.why(),
            Refusal::MissingClaims => "missing-claims",
            Refusal::NotAnIdentity => "not-an-identity",
            Refusal::SeveralIdentities => "several-identities",
            Refusal::NotATestIdentity => "not-a-test-identity",
            Refusal::UnderAge => "under-age",
            Refusal::TooWeak => "too-weak",
            Refusal::NoCommission => "no-commission",
            Refusal::Replayed => "replayed",
        }
    }

    /// The status of its page.
    pub fn status(self) -> StatusCode {
        match self {
            Refusal::OpenId(Fault::ProviderDown) => StatusCode::SERVICE_UNAVAILABLE,
            Refusal::OpenId(Fault::ProviderGarbage | Fault::Refused) => StatusCode::BAD_GATEWAY,
            Refusal::OpenId(Fault::NoAttempt | Fault::State | Fault::Malformed) => {
                StatusCode::BAD_REQUEST
            }
            _ => StatusCode::FORBIDDEN,
        }
    }

    /// Title and text of its page.
    pub fn words(self, audience: Audience) -> (Word, Word) {
        let text = match self {
            Refusal::OpenId(Fault::ProviderDown | Fault::ProviderGarbage) => {
                return (words::PROVIDER_DOWN, words::PROVIDER_DOWN_TELLS);
            }
            Refusal::UnderAge => return (words::UNDER_AGE, words::UNDER_AGE_TELLS),
            Refusal::OpenId(Fault::NoAttempt | Fault::State | Fault::Malformed)
            | Refusal::Replayed => words::NO_ATTEMPT,
            Refusal::OpenId(Fault::Stopped) => words::STOPPED,
            Refusal::OpenId(Fault::Refused) => words::REFUSED,
            Refusal::OpenId(Fault::Issuer | Fault::Code | Fault::Token(_)) => words::NOT_PROVEN,
            Refusal::MissingClaims | Refusal::NotAnIdentity => words::MISSING,
            Refusal::SeveralIdentities => words::SEVERAL,
            Refusal::NotATestIdentity => words::NOT_TEST,
            Refusal::TooWeak => match audience {
                Audience::Staff => words::TOO_WEAK,
                Audience::Patient => words::TOO_WEAK_PATIENT,
            },
            Refusal::NoCommission => words::NO_COMMISSION,
        };
        (words::NOT_SIGNED_IN, text)
    }

    /// Whether starting again may help.
    pub fn may_try_again(self) -> bool {
        !matches!(self, Refusal::UnderAge | Refusal::NoCommission)
    }
}
