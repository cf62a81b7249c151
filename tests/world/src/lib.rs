//! A small world for the functions' own tests: two care providers, three units, a clock that can be set, and
//! a caller who speaks to the functions' routers over SQLite in memory.
#![expect(
    clippy::expect_used,
    reason = "a test whose ground is missing stops at once"
)]

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use axum::Router;
use axum::body::Body;
use http::{Method, Request, StatusCode};
use serde_json::{Value, json};
use shared::environment::Environment;
use shared::identifiers::SessionId;
use shared::page::percent_encoded;
use shared::platform::native::{SeededRandom, SetClock, SetSecrets, Sqlite, ports};
use shared::platform::{Batch, Outcome, Ports, Rooms, Row, Statement, Store, StoreError};
use shared::role::Role;
use shared::sealing::{IdentityIndex, Place, Sealer, encoded};
use shared::session::{Session, SignedInPatient, SigningKey, Staff};
use shared::sms_outbox::SmsFields;
use shared::time::Timestamp;
use tower_service::Service;

/// The care provider of two of the units.
pub const PROVIDER: &str = "SE2321000131-V1";
/// The other one.
pub const OTHER_PROVIDER: &str = "SE2321000131-V2";
/// Where Anna and Stig work; from 16 years.
pub const UNIT: &str = "SE2321000131-U1";
/// Where Eva works; from 13 years.
pub const YOUTH_UNIT: &str = "SE2321000131-U2";
/// The other care provider's.
pub const FOREIGN_UNIT: &str = "SE2321000131-U3";
/// A nurse.
pub const ANNA: &str = "SE2321000131-P1";
/// A physician at the same unit.
pub const STIG: &str = "SE2321000131-P2";
/// A counsellor at the youth unit.
pub const EVA: &str = "SE2321000131-P3";
/// A nurse at the other care provider.
pub const OLOF: &str = "SE2321000131-P4";
/// A nurse at Anna's unit, once [`World::connect_maja`] was called.
pub const MAJA: &str = "SE2321000131-P5";
/// Born 7 March 1961.
pub const ALEX: &str = "196103072390";
/// Born 22 May 1979.
pub const BO: &str = "197905222399";
/// Born 1 October 2011: 15 in the autumn of 2026.
pub const NOA: &str = "201110012398";

/// An answer, read to its end.
pub struct Answer {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: http::HeaderMap,
    /// Its body.
    pub text: String,
}

impl Answer {
    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).expect("a JSON answer")
    }

    /// The kind of a problem document, without its common beginning.
    pub fn problem(&self) -> String {
        assert_eq!(self.headers["content-type"], "application/problem+json");
        let document = self.json();
        assert_eq!(document["status"], self.status.as_u16());
        let kind = document["type"].as_str().expect("a type");
        kind.strip_prefix("urn:vardflode:problem:")
            .expect("our own type")
            .to_owned()
    }

    /// Status and kind of a problem.
    pub fn refused(&self) -> (u16, String) {
        (self.status.as_u16(), self.problem())
    }

    /// That all of these stand in a page.
    #[track_caller]
    pub fn assert_tells(&self, all: &[&str]) {
        for told in all {
            assert!(self.text.contains(told), "{told}");
        }
    }

    /// That a page is the form again, which was sent before with other values, and keeps what was written.
    #[track_caller]
    pub fn assert_sent_before(&self, kept: &str) {
        assert_eq!(self.status, 422, "{}", self.text);
        assert!(
            self.text.contains("redan skickats") && self.text.contains(kept),
            "{}",
            self.text
        );
    }

    /// The `id` of what an answer shows.
    pub fn id(&self) -> String {
        assert!(self.status.is_success(), "{} {}", self.status, self.text);
        self.json()["id"].as_str().expect("an id").to_owned()
    }
}

/// The functions under test, their store and their clock.
pub struct World {
    /// The clock, to be set.
    pub clock: Arc<SetClock>,
    /// The store, to look behind the API.
    pub store: Arc<Sqlite>,
    /// What the functions reach.
    pub ports: Ports,
    functions: Vec<Function>,
    signing: SigningKey,
    keys: AtomicU64,
}

/// Which rooms were told what, in order.
pub type Told = Arc<Mutex<Vec<(String, String)>>>;

/// What a room was told since the last time that somebody asked.
pub fn heard_in(told: &Told, room: &str) -> Vec<String> {
    let told = std::mem::take(&mut *told.lock().expect("what was told"));
    let of_room = told.into_iter().filter(|(one, _)| one == room);
    of_room.map(|(_, what)| what).collect()
}

struct Heard {
    told: Told,
    are_here: bool,
}

impl Rooms for Heard {
    fn are_here(&self) -> bool {
        self.are_here
    }

    fn tell(&self, room: &str, what: &str) {
        let mut told = self.told.lock().expect("what was told");
        told.push((room.to_owned(), what.to_owned()));
    }
}

/// A store that counts what it is asked.
struct Counting(Arc<dyn Store>, Arc<AtomicUsize>);

#[async_trait]
impl Store for Counting {
    async fn query(&self, statement: Statement) -> Result<Outcome, StoreError> {
        self.1.fetch_add(1, Ordering::Relaxed);
        self.0.query(statement).await
    }

    async fn batch(&self, statements: Batch) -> Result<Vec<Outcome>, StoreError> {
        self.1.fetch_add(statements.len(), Ordering::Relaxed);
        self.0.batch(statements).await
    }
}

/// A function's name and its router.
pub type Function = (&'static str, fn() -> Router);

impl World {
    /// Monday 23 November 2026, nine in the morning, in the training environment. A path that doesn't begin
    /// with a slash is one of the first function's `/v1/`.
    pub async fn new(functions: &[Function]) -> Self {
        Self::in_environment(functions, "training").await
    }

    /// As [`World::new`], in another environment.
    pub async fn in_environment(functions: &[Function], environment: &str) -> Self {
        let clock = Arc::new(SetClock::at(at("2026-11-23T09:00")));
        let store = Arc::new(Sqlite::migrated().expect("a store"));
        let signing = SigningKey::generate();
        let key = |byte: u8| encoded(&[byte; 32]);
        let secrets = [
            ("ENVIRONMENT", environment.to_owned()),
            (
                "SEALING_KEYS",
                format!(r#"{{"primary":"a","keys":{{"a":"{}"}}}}"#, key(1)),
            ),
            ("BLIND_INDEX_KEY", key(2)),
            ("ACCESS_LOG_KEY", key(3)),
            ("ACCESS_LOG_SIGNING_KEY", SigningKey::generate().to_text()),
            ("SESSION_PUBLIC_KEY", signing.public_text()),
            ("SESSION_SIGNING_KEY", signing.to_text()),
            ("PUBLIC_ORIGIN", "https://vard.example".to_owned()),
            ("JOB_KEY", key(4)),
            ("ELKS_WEBHOOK_SECRET", key(7)),
            ("PATIENT_OIDC_ISSUER", "https://patients.example".to_owned()),
            ("PATIENT_OIDC_CLIENT_ID", "vardflode-test".to_owned()),
            ("PATIENT_OIDC_CLIENT_KEY", key(5)),
            ("STAFF_OIDC_ISSUER", "https://staff.example".to_owned()),
            ("STAFF_OIDC_CLIENT_ID", "vardflode-test".to_owned()),
            ("STAFF_OIDC_CLIENT_KEY", key(6)),
        ];
        let secrets = secrets.map(|(name, value)| (name.to_owned(), value));
        let ports = ports(
            Arc::clone(&store),
            clock.clone(),
            Arc::new(SeededRandom::new(7)),
            SetSecrets::new(secrets),
        );
        let world = World {
            clock,
            store,
            functions: functions.to_vec(),
            ports,
            signing,
            keys: AtomicU64::new(0),
        };
        world.connect_units().await;
        world
    }

    async fn connect_units(&self) {
        self.run(
            "INSERT INTO care_providers VALUES (?1, 'Region')",
            [PROVIDER.into()],
        )
        .await;
        self.run(
            "INSERT INTO care_providers VALUES (?1, 'Other')",
            [OTHER_PROVIDER.into()],
        )
        .await;
        for (unit, provider, age_limit) in [
            (UNIT, PROVIDER, 16),
            (YOUTH_UNIT, PROVIDER, 13),
            (FOREIGN_UNIT, OTHER_PROVIDER, 16),
        ] {
            self.run(
                "INSERT INTO care_units (id, care_provider_id, name, public_name, age_limit) VALUES (?1, ?2, 'Mottagningen för blodtryck', 'Testberget', ?3)",
                [unit.into(), provider.into(), i64::from(age_limit).into()],
            )
            .await;
        }
        for (person, unit, provider, role) in [
            (ANNA, UNIT, PROVIDER, "nurse"),
            (STIG, UNIT, PROVIDER, "physician"),
            (EVA, YOUTH_UNIT, PROVIDER, "counsellor"),
            (OLOF, FOREIGN_UNIT, OTHER_PROVIDER, "nurse"),
        ] {
            self.connect(person, unit, provider, role).await;
        }
    }

    /// Gives Anna's unit a third practitioner.
    pub async fn connect_maja(&self) {
        self.connect(MAJA, UNIT, PROVIDER, "nurse").await;
    }

    async fn connect(&self, person: &str, unit: &str, provider: &str, role: &str) {
        let sealer = Sealer::from_secrets(&*self.ports.secrets).expect("a ring");
        let provider_id = provider.parse().expect("an HSA-id");
        let place = Place {
            care_provider: &provider_id,
            column: "practitioners.name",
            row: person,
        };
        let name = sealer
            .seal(&*self.ports.random, place, "Stig Testkvist")
            .expect("sealed");
        self.run(
            "INSERT INTO practitioners VALUES (?1, ?2, ?3)",
            [person.into(), provider.into(), name.into()],
        )
        .await;
        self.run(
            "INSERT INTO commissions VALUES (?1, ?2, ?3, ?4)",
            [
                person.into(),
                unit.into(),
                format!("{person}C").into(),
                role.into(),
            ],
        )
        .await;
    }

    /// Counts the statements that the functions ask of the store from now on.
    pub fn count_statements(&mut self) -> Arc<AtomicUsize> {
        let counted = Arc::new(AtomicUsize::new(0));
        let before = Arc::clone(&self.ports.store);
        self.ports.store = Arc::new(Counting(before, Arc::clone(&counted)));
        counted
    }

    /// Gives which rooms are told what from now on. Streams look at the store themselves all the same.
    pub fn hear_rooms(&mut self) -> Told {
        self.hear(false)
    }

    /// The same, where streams are led into the rooms.
    pub fn hear_rooms_with_streams(&mut self) -> Told {
        self.hear(true)
    }

    fn hear(&mut self, are_here: bool) -> Told {
        let told = Told::default();
        self.ports.rooms = Arc::new(Heard {
            told: Arc::clone(&told),
            are_here,
        });
        told
    }

    /// Runs one statement.
    pub async fn run<const N: usize>(
        &self,
        sql: &'static str,
        values: [shared::platform::Value; N],
    ) {
        self.store
            .query(Statement::new(sql, values))
            .await
            .expect("a statement");
    }

    /// One number from the store.
    pub async fn number(&self, sql: &'static str) -> i64 {
        let found = self
            .store
            .query(Statement::new(sql, []))
            .await
            .expect("a query");
        found
            .rows
            .first()
            .expect("a row")
            .integer("n")
            .expect("a number")
    }

    /// How many rows all tables have together, and how many slots are taken: to show that nothing was
    /// written. The counters of rate limits aside, which count what was refused.
    pub async fn rows(&self) -> i64 {
        let tables = self
            .store
            .query(Statement::new(
                "SELECT name FROM sqlite_schema WHERE type = 'table' AND name <> 'rate_limits'",
                [],
            ))
            .await
            .expect("the tables");
        let mut rows = self
            .number("SELECT count(*) AS n FROM slots WHERE occupied_by IS NOT NULL OR withdrawn_at IS NOT NULL")
            .await;
        for table in tables.rows.iter() {
            let name = table.text("name").expect("a name");
            // Statements are constants everywhere but here.
            rows += self
                .number(format!("SELECT count(*) AS n FROM {name}").leak())
                .await;
        }
        rows
    }

    /// Somebody's session: of staff by HSA-id, of anyone else by personal identity.
    pub fn session(&self, person: &str) -> Session {
        let id = SessionId::new(&self.ports);
        let staff = |unit: &str, provider: &str, role| {
            let hsa_id = |text: &str| text.parse().expect("an HSA-id");
            let staff = Staff {
                practitioner: hsa_id(person),
                care_provider: hsa_id(provider),
                care_unit: hsa_id(unit),
                role,
                commission: hsa_id(&format!("{person}C")),
            };
            Session::of_staff(&staff, id, Environment::Training)
        };
        match person {
            ANNA | MAJA => staff(UNIT, PROVIDER, Role::Nurse),
            STIG => staff(UNIT, PROVIDER, Role::Physician),
            EVA => staff(YOUTH_UNIT, PROVIDER, Role::Counsellor),
            OLOF => staff(FOREIGN_UNIT, OTHER_PROVIDER, Role::Nurse),
            identity => {
                let identity = identity.parse().expect("an identity");
                let identity =
                    IdentityIndex::of(&*self.ports.secrets, &identity).expect("an index");
                Session::of_patient(&SignedInPatient { identity }, id, Environment::Training)
            }
        }
    }

    /// The session of the administrator of Anna's unit.
    pub fn administrator(&self) -> Session {
        Session {
            role: Some(Role::Administrator),
            ..self.session(ANNA)
        }
    }

    /// A token for a session.
    pub fn sign(&self, session: &Session) -> String {
        session
            .sign(&self.signing, self.ports.clock.now())
            .expect("a token")
    }

    /// A token for somebody.
    pub fn token(&self, person: &str) -> String {
        self.sign(&self.session(person))
    }

    /// Sends a request to the function whose prefix its path has, or else to the first.
    pub async fn send(&self, mut request: Request<Body>) -> Answer {
        request.extensions_mut().insert(self.ports.clone());
        let prefix = match request.uri().path().split('/').nth(1).unwrap_or_default() {
            "t" => "tickets", // the short link
            prefix => prefix,
        };
        let (_, router) = self
            .functions
            .iter()
            .find(|(name, _)| *name == prefix)
            .or(self.functions.first())
            .expect("a function");
        let answer = router().call(request).await.expect("an answer");
        let (parts, body) = answer.into_parts();
        let bytes = axum::body::to_bytes(body, usize::MAX)
            .await
            .expect("a body");
        Answer {
            status: parts.status,
            headers: parts.headers,
            text: String::from_utf8(bytes.to_vec()).expect("text"),
        }
    }

    fn target(&self, path: &str) -> String {
        if path.starts_with('/') {
            path.to_owned()
        } else {
            let (first, _) = self.functions.first().expect("a function");
            format!("/{first}/v1/{path}")
        }
    }

    /// GETs as somebody.
    pub async fn get(&self, person: &str, path: &str) -> Answer {
        let request = Request::get(self.target(path))
            .header("authorization", format!("Bearer {}", self.token(person)));
        self.send(request.body(Body::empty()).expect("a request"))
            .await
    }

    /// Lets time pass, in milliseconds.
    pub fn pass(&self, millis: i64) {
        self.clock.set(self.ports.clock.now().plus(millis));
    }

    /// POSTs a form as somebody's browser does.
    pub async fn submit(&self, person: &str, path: &str, fields: &[(&str, &str)]) -> Answer {
        let body: Vec<String> = fields
            .iter()
            .map(|(name, value)| format!("{name}={}", percent_encoded(value)))
            .collect();
        let request = Request::post(path)
            .header("authorization", format!("Bearer {}", self.token(person)))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Body::from(body.join("&")));
        self.send(request.expect("a request")).await
    }

    /// Runs a scheduled job, and gives what it says it did.
    pub async fn run_job(&self, path: &str) -> Value {
        let key = self.ports.secrets.get(shared::job::KEY).expect("a key");
        let request = Request::post(path)
            .header("authorization", format!("Bearer {key}"))
            .body(Body::empty());
        let answer = self.send(request.expect("a request")).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
        answer.json()
    }

    /// The links in the text messages of a template that wait in the outbox, the newest last.
    pub async fn links(&self, template: &str) -> Vec<String> {
        let sealer = Sealer::from_secrets(&*self.ports.secrets).expect("a ring");
        let found = self
            .store
            .query(Statement::new(
                "SELECT id, care_provider_id, fields FROM sms_outbox
WHERE template = ?1 AND fields IS NOT NULL
ORDER BY id",
                [template.into()],
            ))
            .await
            .expect("the outbox");
        let link = |row: Row| {
            let care_provider = row.parsed("care_provider_id").expect("an HSA-id");
            let place = Place {
                care_provider: &care_provider,
                column: "sms_outbox.fields",
                row: row.text("id").expect("an id"),
            };
            let fields = sealer.open(place, row.text("fields").expect("fields"));
            let fields: SmsFields = serde_json::from_str(&fields.expect("opened")).expect("fields");
            fields.link.expect("a link")
        };
        found.rows.iter().map(link).collect()
    }

    /// An idempotency key that was not used before.
    pub fn new_key(&self) -> String {
        format!("key-{:08}", self.keys.fetch_add(1, Ordering::Relaxed))
    }

    /// POSTs JSON as somebody.
    pub async fn post(&self, person: &str, path: &str, body: Value) -> Answer {
        let key = self.new_key();
        self.post_again(person, path, &key, body).await
    }

    /// As [`World::post`], under a key that may have been used.
    pub async fn post_again(&self, person: &str, path: &str, key: &str, body: Value) -> Answer {
        self.post_text(person, path, key, body.to_string()).await
    }

    /// As [`World::post_again`], with whatever body.
    pub async fn post_text(&self, person: &str, path: &str, key: &str, body: String) -> Answer {
        let request = Request::builder()
            .method(Method::POST)
            .uri(self.target(path))
            .header("authorization", format!("Bearer {}", self.token(person)))
            .header("content-type", "application/json")
            .header("idempotency-key", key);
        self.send(request.body(Body::from(body)).expect("a request"))
            .await
    }
}

/// Holds a function's `openapi.json`, in its folder, against the document that its code makes; writes it
/// anew where `WRITE_OPENAPI` is set (`make openapi`).
pub fn assert_openapi_is_kept(folder: &str, made: &str) {
    let made = format!("{made}\n");
    let path = format!("{folder}/openapi.json");
    if std::env::var_os("WRITE_OPENAPI").is_some() {
        std::fs::write(&path, &made).expect("written");
    }
    let kept = std::fs::read_to_string(&path).expect("openapi.json");
    assert!(
        kept == made,
        "openapi.json is not what the code makes: run `make openapi`"
    );
}

/// A moment.
pub fn at(text: &str) -> Timestamp {
    text.parse().expect("a time")
}

/// A Monday morning's template of a practitioner, nine to twelve, half an hour each.
pub fn morning(practitioner: &str, date: &str) -> Value {
    json!({
        "practitioner": practitioner,
        "recurrence": {
            "weekdays": ["monday"], "from": "09:00", "to": "12:00", "minutes": 30,
            "valid_from": date, "valid_to": date
        }
    })
}

/// A patient as staff names one, who gets text messages.
pub fn patient(identity: &str) -> Value {
    json!({ "personal_identity": identity, "name": "Alex Blom", "phone": "070-174 06 05", "sms_consent": true })
}

/// `body` with one member set to a value; `a.b` is the member `b` of `a`.
pub fn with(mut body: Value, member: &str, value: Value) -> Value {
    let mut target = &mut body;
    for name in member.split('.') {
        target = match name.parse::<usize>() {
            Ok(place) => &mut target[place],
            Err(_) => &mut target[name],
        };
    }
    *target = value;
    body
}
