//! The access log (åtkomstlogg): who read or wrote what about whom, written in the batch of what it records.
//! HSLF-FS 2016:40 4:9 and PDL 8:5 ask for it; the fields are those of Inera's StoreLog 2.0.
//!
//! An entry's number is the next of its care provider's, found inside the batch. Its MAC (HMAC-SHA-256
//! under `ACCESS_LOG_KEY`) covers what is known before the batch: id, time, user, commission, unit,
//! activity, purpose and resource. Number, care provider and patients come from the rows themselves; the
//! chain covers them, a minute later at most (`functions/portal/src/access_log`).

use crate::identifiers::LogEntryId;
use crate::platform::{Ports, Statement, Value};
use crate::problem::Problem;
use crate::sealing::{encoded, secret_key};
use crate::session::Caller;
use crate::time::Timestamp;
use crate::words::access_log as words;

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Activity {
    /// Läsa
    Read,
    /// Skriva
    Write,
    /// Signera
    Sign,
    /// Utskrift
    Print,
    /// Vidimera
    Attest,
    /// Radera
    Delete,
    /// Nödöppning
    Emergency,
}

impl Activity {
    /// As the log keeps it.
    pub fn as_str(self) -> &'static str {
        match self {
            Activity::Read => "read",
            Activity::Write => "write",
            Activity::Sign => "sign",
            Activity::Print => "print",
            Activity::Attest => "attest",
            Activity::Delete => "delete",
            Activity::Emergency => "emergency",
        }
    }

    /// As Inera's StoreLog 2.0 calls it.
    pub fn in_store_log(kept: &str) -> &'static str {
        match kept {
            "write" => "Skriva",
            "sign" => "Signera",
            "print" => "Utskrift",
            "attest" => "Vidimera",
            "delete" => "Radera",
            "emergency" => "Nödöppning",
            _ => "Läsa",
        }
    }
}

/// What it was done to: a type, and an id or the frame of a list.
#[derive(Debug, Clone)]
pub struct Resource {
    /// As `appointment`.
    pub kind: &'static str,
    /// An id, or what a list was asked for.
    pub id: String,
}

impl Resource {
    /// One thing. Its type has words that people read in the log: a debug build stops at one without.
    pub fn new(kind: &'static str, id: impl ToString) -> Self {
        debug_assert!(
            words::is_named(kind),
            "{kind} has no words in shared/src/words/access_log.rs"
        );
        Resource {
            kind,
            id: id.to_string(),
        }
    }
}

/// What an entry's MAC covers.
pub struct Covered<'a> {
    /// The entry's own id.
    pub id: &'a str,
    /// When.
    pub at: Timestamp,
    /// What kind of user.
    pub user_kind: &'a str,
    /// Who.
    pub user_id: &'a str,
    /// Under which commission.
    pub commission: Option<&'a str>,
    /// At which unit.
    pub care_unit: Option<&'a str>,
    /// What was done.
    pub activity: &'a str,
    /// Why.
    pub purpose: &'a str,
    /// To what kind of thing.
    pub resource_type: &'a str,
    /// To which.
    pub resource_id: &'a str,
}

impl Covered<'_> {
    /// The MAC under `ACCESS_LOG_KEY`, in base64url.
    pub fn mac(&self, key: &[u8]) -> String {
        let covered = (
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
        );
        // Numbers and texts: there is nothing to go wrong with.
        let covered = crate::json::text(&covered).unwrap_or_default();
        encoded(&hmac_sha256::HMAC::mac(covered, key))
    }
}

/// How many parameters an entry takes; a scope's own begin after them.
pub const PARAMETERS: usize = 11;

/// The SQL of an entry about every patient in a scope: a SELECT of `care_provider_id` and `patient_id`
/// whose parameters begin at `?12`. An empty scope shows nobody, and writes nothing.
#[macro_export]
macro_rules! log_entry_over {
    ($scope:expr) => {
        concat!(
            "INSERT INTO access_log (
  care_provider_id, number, id, at, user_kind, user_id, commission_id, care_unit_id,
  activity, purpose, resource_type, resource_id, mac, patients
)
SELECT
  scope.care_provider_id,
  1 + coalesce((SELECT max(number) FROM access_log AS log WHERE log.care_provider_id = scope.care_provider_id), 0),
  ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11,
  json_group_array(DISTINCT scope.patient_id)
FROM (",
            $scope,
            ") AS scope
GROUP BY scope.care_provider_id"
        )
    };
}

/// The SQL of an entry about one patient whom the writer knows: `?12` is the care provider, `?13` the
/// patient. Cheaper than a scope by the rows that a scope reads.
pub const LOG_ENTRY_OF_ONE: &str = "INSERT INTO access_log (
  care_provider_id, number, id, at, user_kind, user_id, commission_id, care_unit_id,
  activity, purpose, resource_type, resource_id, mac, patients
)
VALUES (
  ?12,
  1 + coalesce((SELECT max(number) FROM access_log AS log WHERE log.care_provider_id = ?12), 0),
  ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11,
  json_array(?13)
)";

/// An entry: `sql` is [`LOG_ENTRY_OF_ONE`] or comes from [`log_entry_over!`], `scope` holds the parameters
/// from `?12` on.
pub fn entry(
    ports: &Ports,
    caller: &Caller,
    activity: Activity,
    resource: &Resource,
    sql: &'static str,
    scope: Vec<Value>,
) -> Result<Statement, Problem> {
    let user = match caller {
        Caller::Staff(staff) => User {
            kind: "practitioner",
            id: staff.practitioner.as_str(),
            commission: Some(staff.commission.as_str()),
            care_unit: Some(staff.care_unit.as_str()),
            purpose: "care",
        },
        Caller::Patient(patient) => User {
            kind: "patient",
            id: patient.identity.as_str(),
            commission: None,
            care_unit: None,
            purpose: "own",
        },
    };
    entry_of(ports, &user, activity, resource, sql, scope)
}

/// As [`entry`], of a scheduled job: no person is behind it. `job` is its name.
pub fn entry_of_job(
    ports: &Ports,
    job: &'static str,
    activity: Activity,
    resource: &Resource,
    sql: &'static str,
    scope: Vec<Value>,
) -> Result<Statement, Problem> {
    let user = User {
        kind: "system",
        id: job,
        commission: None,
        care_unit: None,
        purpose: "operation",
    };
    entry_of(ports, &user, activity, resource, sql, scope)
}

/// Who did it, and why.
struct User<'a> {
    kind: &'static str,
    id: &'a str,
    commission: Option<&'a str>,
    care_unit: Option<&'a str>,
    purpose: &'static str,
}

fn entry_of(
    ports: &Ports,
    user: &User,
    activity: Activity,
    resource: &Resource,
    sql: &'static str,
    scope: Vec<Value>,
) -> Result<Statement, Problem> {
    let id = LogEntryId::new(ports).to_string();
    let at = ports.clock.now();
    let activity = activity.as_str();
    let mac = Covered {
        id: &id,
        at,
        user_kind: user.kind,
        user_id: user.id,
        commission: user.commission,
        care_unit: user.care_unit,
        activity,
        purpose: user.purpose,
        resource_type: resource.kind,
        resource_id: &resource.id,
    }
    .mac(&secret_key(&*ports.secrets, "ACCESS_LOG_KEY")?);
    let mut parameters: Vec<Value> = vec![
        id.into(),
        at.into(),
        user.kind.into(),
        user.id.into(),
        user.commission.into(),
        user.care_unit.into(),
        activity.into(),
        user.purpose.into(),
        resource.kind.into(),
        resource.id.as_str().into(),
        mac.into(),
    ];
    debug_assert_eq!(parameters.len(), PARAMETERS);
    parameters.extend(scope);
    Ok(Statement { sql, parameters })
}
