//! The chain over a care provider's access log: how a link and a checkpoint are made, and how the places are
//! found where somebody changed, deleted, reordered or cut. Pure: everything is handed in.
//!
//! A link is HMAC-SHA-256 under `ACCESS_LOG_KEY` over the link before and the whole entry, number, care
//! provider and patients included. A checkpoint is a JWS in Ed25519 over a batch's last link; whoever keeps
//! a copy elsewhere (each is a log line, too) can prove that the log was longer once.

use std::collections::{BTreeMap, BTreeSet};

use jwt_simple::prelude::{
    Duration, Ed25519PublicKey, EdDSAPublicKeyLike, JWTClaims, UnixTimeStamp, VerificationOptions,
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use shared::access_log::Covered;
use shared::platform::{Row, StoreError};
use shared::problem::Problem;
use shared::sealing::{encoded, equal_in_constant_time};
use shared::session::SigningKey;
use shared::time::Timestamp;

/// An entry as it stands in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Whose log.
    pub care_provider: String,
    /// Its place in it, from 1 without gaps.
    pub number: i64,
    /// Its own id.
    pub id: String,
    /// When.
    pub at: Timestamp,
    /// What kind of user.
    pub user_kind: String,
    /// Who: an HSA-id, a patient's blind index, a participant's id.
    pub user_id: String,
    /// Under which commission.
    pub commission: Option<String>,
    /// At which unit.
    pub care_unit: Option<String>,
    /// What was done.
    pub activity: String,
    /// Why.
    pub purpose: String,
    /// To what kind of thing.
    pub resource_type: String,
    /// To which.
    pub resource_id: String,
    /// About whom: a JSON array of patient ids, letter by letter as it is kept.
    pub patients: String,
    /// The MAC that it was written with.
    pub mac: String,
}

impl Entry {
    /// From a row of all the log's columns.
    pub fn from_row(row: Row) -> Result<Self, StoreError> {
        let text = |column| row.text(column).map(str::to_owned);
        let optional = |column| Ok(row.optional_text(column)?.map(str::to_owned));
        Ok(Entry {
            care_provider: text("care_provider_id")?,
            number: row.integer("number")?,
            id: text("id")?,
            at: Timestamp::from_millis(row.integer("at")?),
            user_kind: text("user_kind")?,
            user_id: text("user_id")?,
            commission: optional("commission_id")?,
            care_unit: optional("care_unit_id")?,
            activity: text("activity")?,
            purpose: text("purpose")?,
            resource_type: text("resource_type")?,
            resource_id: text("resource_id")?,
            patients: text("patients")?,
            mac: text("mac")?,
        })
    }

    /// Whether its MAC fits what it covers.
    pub fn mac_holds(&self, key: &[u8]) -> Result<bool, Problem> {
        let covered = Covered {
            id: &self.id,
            at: self.at,
            user_kind: &self.user_kind,
            user_id: &self.user_id,
            commission: self.commission.as_deref(),
            care_unit: self.care_unit.as_deref(),
            activity: &self.activity,
            purpose: &self.purpose,
            resource_type: &self.resource_type,
            resource_id: &self.resource_id,
        };
        Ok(equal_in_constant_time(&covered.mac(key), &self.mac))
    }

    /// The link that follows `before`.
    pub fn link(&self, key: &[u8], before: &str) -> String {
        let whole = json!([
            before,
            self.care_provider,
            self.number,
            self.id,
            self.at.millis(),
            self.user_kind,
            self.user_id,
            self.commission,
            self.care_unit,
            self.activity,
            self.purpose,
            self.resource_type,
            self.resource_id,
            self.patients,
            self.mac
        ]);
        encoded(&hmac_sha256::HMAC::mac(whole.to_string(), key))
    }
}

/// What stands before a care provider's first link.
pub fn beginning(care_provider: &str) -> String {
    format!("the access log of {care_provider}")
}

/// What a checkpoint says: so far the log went, and with this link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Checkpoint {
    /// Whose log.
    pub care_provider: String,
    /// The number of the last entry.
    pub number: i64,
    /// Its link.
    pub link: String,
}

impl Checkpoint {
    /// Signs it.
    pub fn sign(&self, key: &SigningKey, now: Timestamp) -> Result<String, Problem> {
        key.sign(JWTClaims {
            issued_at: Some(UnixTimeStamp::from_millis(now.millis().unsigned_abs())),
            expires_at: None,
            invalid_before: None,
            issuer: None,
            subject: None,
            audiences: None,
            jwt_id: None,
            nonce: None,
            custom: self.clone(),
        })
    }

    /// From its token, if that was signed by this key. A checkpoint never grows old.
    pub fn proven(token: &str, key: &Ed25519PublicKey) -> Option<Self> {
        let options = VerificationOptions {
            artificial_time: Some(UnixTimeStamp::from_secs(0)),
            time_tolerance: Some(Duration::from_secs(0)),
            accept_future: true,
            max_token_length: Some(2_000),
            ..VerificationOptions::default()
        };
        let claims = key.verify_token::<Checkpoint>(token, Some(options));
        claims.ok().map(|claims| claims.custom)
    }
}

/// The last numbers of a whole log.
#[derive(Debug, Clone, Copy, Default)]
pub struct Ends {
    /// Of its entries.
    pub entries: i64,
    /// Of its links and checkpoints, those kept elsewhere among them.
    pub linked: i64,
}

/// A piece of the log, from just after `after` on, as it was found.
pub struct Found<'a> {
    /// Whose log.
    pub care_provider: &'a str,
    /// The number before the piece; 0 for the whole log.
    pub after: i64,
    /// The link of that number, where there is one before.
    pub link_before: Option<String>,
    /// The last number of the piece.
    pub until: i64,
    /// How far the whole log goes.
    pub ends: Ends,
    /// The entries, in whatever order.
    pub entries: &'a [Entry],
    /// The links by number.
    pub links: &'a BTreeMap<i64, String>,
    /// The checkpoints of the piece, as tokens by number; and any that were kept elsewhere.
    pub checkpoints: &'a [(i64, String)],
}

/// What is wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(tag = "fault", rename_all = "kebab-case")]
pub enum Fault {
    /// Entries are gone from the middle.
    Missing {
        /// The first that is gone.
        from: i64,
        /// The last.
        to: i64,
    },
    /// Entries are gone from the end: a link or a checkpoint still knows them.
    Cut {
        /// The first that is gone.
        from: i64,
        /// How far the log went once.
        to: i64,
    },
    /// The entry, its place or its link was changed.
    Changed {
        /// The entry.
        number: i64,
    },
    /// The link of an entry is gone, though later ones stand or a checkpoint covers it.
    Unlinked {
        /// The entry.
        number: i64,
    },
    /// A checkpoint isn't signed by us, or says another link than stands.
    Checkpoint {
        /// Where it stands.
        number: i64,
    },
}

impl Fault {
    /// The first number that it speaks of.
    pub fn place(&self) -> i64 {
        match self {
            Fault::Missing { from, .. } | Fault::Cut { from, .. } => *from,
            Fault::Changed { number }
            | Fault::Unlinked { number }
            | Fault::Checkpoint { number } => *number,
        }
    }
}

/// What a verification found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// How many entries were looked at.
    pub entries: usize,
    /// How many of them wait for their links, at the end.
    pub not_yet_linked: usize,
    /// What is wrong, in the order of the numbers.
    pub faults: Vec<Fault>,
}

/// Verifies a piece of a log.
pub fn verify(found: &Found, mac_key: &[u8], public: &Ed25519PublicKey) -> Result<Report, Problem> {
    let entries: BTreeMap<i64, &Entry> = found
        .entries
        .iter()
        .map(|entry| (entry.number, entry))
        .collect();
    let mut faults = BTreeSet::new();

    for (number, token) in found.checkpoints {
        let proven = Checkpoint::proven(token, public).filter(|checkpoint| {
            checkpoint.number == *number && checkpoint.care_provider == found.care_provider
        });
        match proven {
            Some(checkpoint) => {
                let stands = found.links.get(number);
                if stands.is_some_and(|link| !equal_in_constant_time(link, &checkpoint.link)) {
                    faults.insert(Fault::Checkpoint { number: *number });
                }
            }
            None => {
                faults.insert(Fault::Checkpoint { number: *number });
            }
        }
    }

    let last = found.until.min(found.ends.entries.max(found.ends.linked));
    let mut not_yet_linked = 0;
    // The link before may itself have been changed: then the one that it should be still leads on.
    let first = found
        .link_before
        .clone()
        .unwrap_or_else(|| beginning(found.care_provider));
    let mut before = vec![first];
    for number in found.after + 1..=last {
        let stands = found.links.get(&number).cloned();
        let Some(entry) = entries.get(&number) else {
            let (from, to) = (number, number);
            faults.insert(if number > found.ends.entries {
                Fault::Cut { from, to }
            } else {
                Fault::Missing { from, to }
            });
            before = stands.into_iter().collect();
            continue;
        };
        let mut fitting = vec![];
        for before in &before {
            fitting.push(entry.link(mac_key, before));
        }
        let mut holds = entry.mac_holds(mac_key)?;
        match stands {
            Some(stands) => {
                let fits = fitting
                    .iter()
                    .any(|link| equal_in_constant_time(link, &stands));
                // Without a link before there is nothing to hold the entry against but its MAC.
                holds &= fits || fitting.is_empty();
                if fits {
                    fitting.clear();
                }
                fitting.push(stands);
            }
            None if number <= found.ends.linked => {
                faults.insert(Fault::Unlinked { number });
            }
            None => not_yet_linked += 1,
        }
        if !holds {
            faults.insert(Fault::Changed { number });
        }
        before = fitting;
    }
    Ok(Report {
        entries: entries.len(),
        not_yet_linked,
        faults: joined(faults),
    })
}

/// Neighbouring places that are gone become one fault.
fn joined(faults: BTreeSet<Fault>) -> Vec<Fault> {
    let mut joined: Vec<Fault> = vec![];
    for fault in faults {
        match (joined.last_mut(), &fault) {
            (Some(Fault::Missing { to, .. }), Fault::Missing { from, to: next })
            | (Some(Fault::Cut { to, .. }), Fault::Cut { from, to: next })
                if *to + 1 == *from =>
            {
                *to = *next;
            }
            _ => joined.push(fault),
        }
    }
    joined.sort_by_key(Fault::place);
    joined
}
