//! Local keys: made once per checkout into `.local/keys.env`, read by every local runtime. Never those
//! of a deployment.

use std::collections::BTreeMap;
use std::path::Path;

use shared::environment::Environment;
use shared::identifiers::SessionId;
use shared::platform::native::{SetSecrets, SystemClock};
use shared::platform::{Clock, Random};
use shared::sealing::{IdentityIndex, encoded};
use shared::session::{Session, SignedInPatient, SigningKey, Staff};
use shared::time::Timestamp;

use crate::people::{self, Person};

/// What can go wrong here, in words for a developer.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Settings and secrets by name, as the functions ask for them.
#[derive(Debug, Clone)]
pub struct Keys(BTreeMap<String, String>);

impl Keys {
    /// New ones for the training environment.
    pub fn generate(random: &dyn Random) -> Result<Self, Failure> {
        let key = || {
            let mut bytes = [0; 32];
            random.fill(&mut bytes);
            encoded(&bytes)
        };
        let signing = SigningKey::generate();
        let ring = format!(r#"{{"primary":"local","keys":{{"local":"{}"}}}}"#, key());
        let values = [
            ("ENVIRONMENT", "training".to_owned()),
            ("SEALING_KEYS", ring),
            ("BLIND_INDEX_KEY", key()),
            ("ACCESS_LOG_KEY", key()),
            ("JOB_KEY", key()),
            ("ELKS_WEBHOOK_SECRET", key()),
            // Where `make dev` has its phone.
            ("SMS_SIMULATOR_URL", "http://127.0.0.1:8793".to_owned()),
            ("ACCESS_LOG_SIGNING_KEY", SigningKey::generate().to_text()),
            ("SESSION_PUBLIC_KEY", signing.public_text()),
            ("SESSION_SIGNING_KEY", signing.to_text()),
            // Where `make dev` and its providers stand.
            ("PUBLIC_ORIGIN", "http://127.0.0.1:8787".to_owned()),
            ("PATIENT_OIDC_ISSUER", "http://127.0.0.1:8791".to_owned()),
            ("PATIENT_OIDC_CLIENT_ID", "vardflode-training".to_owned()),
            // Any 32 random bytes are a P-256 key, but for one chance in 2^32.
            ("PATIENT_OIDC_CLIENT_KEY", key()),
            ("STAFF_OIDC_ISSUER", "http://127.0.0.1:8792".to_owned()),
            ("STAFF_OIDC_CLIENT_ID", "vardflode-training".to_owned()),
            ("STAFF_OIDC_CLIENT_KEY", key()),
        ];
        let values = values
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value));
        Ok(Keys(values.collect()))
    }

    /// From lines of `NAME=VALUE`.
    pub fn read(path: &Path) -> Result<Self, Failure> {
        let text = std::fs::read_to_string(path)
            .map_err(|error| format!("{}: {error}; `make keys` makes it", path.display()))?;
        let pairs = text.lines().filter_map(|line| line.split_once('='));
        Ok(Keys(
            pairs
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
        ))
    }

    /// As [`Keys::read`] reads them.
    pub fn to_lines(&self) -> String {
        self.0
            .iter()
            .map(|(name, value)| format!("{name}={value}\n"))
            .collect()
    }

    /// Takes from others what isn't here; says whether there was anything.
    pub fn add_missing(&mut self, others: Keys) -> bool {
        let before = self.0.len();
        // A signing key and its public half belong together.
        let has_session_keys = self.0.contains_key("SESSION_PUBLIC_KEY");
        for (name, value) in others.0 {
            if !(has_session_keys && name.starts_with("SESSION_")) {
                self.0.entry(name).or_insert(value);
            }
        }
        self.0.len() != before
    }

    /// One of them.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// The same with one value more or otherwise: where a test's own runtime stands.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.0.insert(name.to_owned(), value.to_owned());
        self
    }

    /// As Spin names them, in small letters, one a line; the manifest hands each function its own.
    pub fn spin_variables(&self) -> String {
        let hosts = ["PATIENT_OIDC", "STAFF_OIDC"].map(|prefix| {
            let issuer = self.0.get(&format!("{prefix}_ISSUER"));
            (
                format!("{prefix}_HOST"),
                issuer.cloned().unwrap_or_default(),
            )
        });
        let simulator = self.0.get("SMS_SIMULATOR_URL").cloned();
        let simulator = simulator.map(|address| ("SMS_SIMULATOR_HOST".to_owned(), address));
        let given = self.0.clone().into_iter().chain(hosts).chain(simulator);
        given
            .map(|(name, value)| format!("{}={value}\n", name.to_lowercase()))
            .collect()
    }

    /// As secrets for native ports.
    pub fn secrets(&self) -> SetSecrets {
        SetSecrets::new(self.0.clone())
    }

    /// A token for a person, signed with the local key, as if they had just signed in.
    pub fn session(&self, person: &str, now: Timestamp) -> Result<String, Failure> {
        let id = SessionId::at(now, &MachineRandom);
        let session = match people::find(person) {
            Some(Person::Practitioner(practitioner)) => {
                let staff = Staff {
                    practitioner: practitioner.id.parse()?,
                    care_provider: practitioner.unit().care_provider.parse()?,
                    care_unit: practitioner.care_unit.parse()?,
                    role: practitioner.role,
                    commission: practitioner.commission.parse()?,
                };
                Session::of_staff(&staff, id, Environment::Training)
            }
            Some(Person::Patient(patient)) => {
                let identity = IdentityIndex::of(&self.secrets(), &patient.identity.parse()?)
                    .map_err(|_| "BLIND_INDEX_KEY is missing")?;
                Session::of_patient(&SignedInPatient { identity }, id, Environment::Training)
            }
            None => {
                let everyone = people::names().join(", ");
                return Err(
                    format!("nobody here is called {person:?}; there are {everyone}").into(),
                );
            }
        };
        self.sign(&session, now)
    }

    /// Signs any session, also one that no sign-in would give: tests need those.
    pub fn sign(&self, session: &Session, now: Timestamp) -> Result<String, Failure> {
        let key = self
            .0
            .get("SESSION_SIGNING_KEY")
            .and_then(|text| SigningKey::from_text(text))
            .ok_or("SESSION_SIGNING_KEY is missing")?;
        session
            .sign(&key, now)
            .map_err(|_| "the session did not sign".into())
    }
}

/// The machine's own randomness.
pub struct MachineRandom;

impl Random for MachineRandom {
    fn fill(&self, bytes: &mut [u8]) {
        #[expect(clippy::expect_used, reason = "no keys without randomness")]
        getrandom::fill(bytes).expect("the machine has randomness");
    }
}

/// The time now.
pub fn now() -> Timestamp {
    SystemClock.now()
}
