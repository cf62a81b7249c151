//! The run: the training week, then every route as every caller, then the same routes with requests that are
//! broken, misplaced or come while a key is lost. It keeps what it was told, and what the stores hold at the end.

use std::collections::BTreeSet;

use axum::body::Body;
use http::header::{AUTHORIZATION, COOKIE, SET_COOKIE};
use http::{HeaderValue, Method, Request};
use matrix::callers::{CALLERS, CalledBy};
use matrix::ground::Ground;
use matrix::{requests, routes};
use serde_json::Value;
use shared::platform::native::{SeededRandom, SetSecrets, Sqlite};
use shared::platform::{Ports, Statement, Store, Value as Kept};
use shared::sealing::{Place, SEALED_COLUMNS, Sealer};
use training::keys::Keys;
use training::people::{PATIENTS, PRACTITIONERS};
use training::unit_week::{DEFAULT_SEED, unit_week};
use world::{ALEX, ANNA, Answer};

use crate::Secrets;

/// What a run leaves.
#[derive(Default)]
pub struct Traces {
    /// What it was told.
    pub secrets: Secrets,
    /// Every value that stands in its stores, as `table.column: value`.
    pub dump: BTreeSet<String>,
}

impl Traces {
    /// The run.
    pub async fn of_everything() -> Self {
        let mut traces = Traces::default();
        traces.people();
        traces.training_week().await;
        traces.every_route_as_everybody().await;
        traces.every_route_from_a_browser().await;
        traces.jobs().await;
        traces.broken_requests().await;
        traces.a_lost_key().await;
        traces
    }

    fn people(&mut self) {
        for patient in &PATIENTS {
            self.secrets.name(patient.name);
            self.secrets.identity(patient.identity);
            patient
                .phone
                .into_iter()
                .for_each(|phone| self.secrets.phone(phone));
        }
        for practitioner in &PRACTITIONERS {
            self.secrets.name(practitioner.name);
        }
    }

    async fn training_week(&mut self) {
        let keys = Keys::generate(&SeededRandom::new(3)).expect("keys");
        let monday = "2026-11-23".parse().expect("a date");
        let desk = unit_week(&keys, DEFAULT_SEED, monday)
            .await
            .expect("a week");
        let sealer = Sealer::from_secrets(&keys.secrets()).expect("a ring");
        self.keep(&desk.store, &sealer).await;
    }

    /// Keeps a store's values, and as secrets what its sealed columns hold.
    async fn keep(&mut self, store: &Sqlite, sealer: &Sealer) {
        let tables = rows(
            store,
            "SELECT name FROM sqlite_schema WHERE type = 'table'".to_owned(),
        )
        .await;
        for table in tables.iter() {
            let table = table.text("name").expect("a name");
            let found = rows(store, format!("SELECT * FROM {table}")).await;
            for row in found.iter() {
                for (column, value) in found.columns().zip(row.values()) {
                    if let Kept::Text(text) = value {
                        self.dump.insert(format!("{table}.{column}: {text}"));
                    }
                }
            }
        }
        for column in SEALED_COLUMNS {
            let after = vec![Kept::from(""); column.key.len()]
                .into_iter()
                .chain([100_000.into()]);
            let page = Statement {
                sql: column.read,
                parameters: after.collect(),
            };
            for row in store.query(page).await.expect("a page").rows.iter() {
                let care_provider = row.parsed("care_provider_id").expect("an HSA-id");
                let place = Place {
                    care_provider: &care_provider,
                    column: column.name,
                    row: row.text("row_name").expect("a row"),
                };
                let Some(sealed) = row.optional_text("sealed").expect("a text") else {
                    continue;
                };
                let text = sealer.open(place, sealed).expect("it opens");
                // Kept answers repeat what callers may see: names of units and states, too.
                match (column.name, serde_json::from_str::<Value>(&text)) {
                    ("idempotency_keys.answer", _) => {}
                    ("patients.phone" | "sms_outbox.recipient", _) => self.secrets.phone(&text),
                    (_, Ok(document @ (Value::Object(_) | Value::Array(_)))) => {
                        self.secrets.document(&document)
                    }
                    _ => self.secrets.text(&text),
                }
            }
        }
    }

    async fn every_route_as_everybody(&mut self) {
        for route in routes() {
            let mut ground = Ground::lay().await;
            for caller in CALLERS {
                let now = ground.world.ports.clock.now();
                let request = requests::sent(&route, caller, &ground);
                let answer = self.send(&ground, request).await;
                ground.world.clock.set(now);
                if answer.status.is_success() && !route.starts_with("GET ") {
                    self.keep_ground(&ground).await;
                    ground = Ground::lay().await;
                }
            }
            self.keep_ground(&ground).await;
        }
    }

    /// With the token in a cookie, as browsers bring it, and a page wanted.
    async fn every_route_from_a_browser(&mut self) {
        for caller in [CalledBy::Owner, CalledBy::SameUnit, CalledBy::Guest] {
            let ground = Ground::lay().await;
            for route in routes() {
                let mut request = requests::sent(&route, caller, &ground);
                let headers = request.headers_mut();
                if let Some(token) = headers.remove(AUTHORIZATION) {
                    let token = token.to_str().unwrap_or_default().replace("Bearer ", "");
                    let cookie =
                        format!("__Host-session={token}; __Host-refresh=never-given-to-anybody");
                    headers.insert(COOKIE, cookie.parse().expect("a cookie"));
                }
                headers.insert("sec-fetch-site", HeaderValue::from_static("same-origin"));
                headers.insert("accept", HeaderValue::from_static("text/html"));
                self.send(&ground, request).await;
            }
            self.keep_ground(&ground).await;
        }
    }

    /// Each job, by its key.
    async fn jobs(&mut self) {
        let ground = Ground::lay().await;
        let key = ground.world.ports.secrets.get("JOB_KEY").expect("a key");
        for route in routes() {
            let (_, path) = route.split_once(' ').expect("a route");
            if path.contains("/jobs/") {
                let request = Request::post(path).header(AUTHORIZATION, format!("Bearer {key}"));
                let request = request.body(Body::empty()).expect("a request");
                let answer = self.send(&ground, request).await;
                assert!(answer.status.is_success(), "{path}: {}", answer.text);
            }
        }
        self.keep_ground(&ground).await;
    }

    async fn keep_ground(&mut self, ground: &Ground) {
        let sealer = Sealer::from_secrets(&*ground.world.ports.secrets).expect("a ring");
        self.keep(&ground.world.store, &sealer).await;
    }

    /// Sends a request, and keeps as secrets what it and its answer hold.
    async fn send(&mut self, ground: &Ground, request: Request<Body>) -> Answer {
        let (parts, body) = request.into_parts();
        let headers = &parts.headers;
        let texts = |name| {
            headers
                .get_all(name)
                .iter()
                .filter_map(|value| value.to_str().ok())
        };
        for token in texts(AUTHORIZATION).filter_map(|value| value.strip_prefix("Bearer ")) {
            self.secrets.token(token);
        }
        for (_, value) in texts(COOKIE)
            .flat_map(|line| line.split(';'))
            .filter_map(|one| one.split_once('='))
        {
            self.secrets.token(value);
        }
        let body = axum::body::to_bytes(body, usize::MAX)
            .await
            .expect("a body");
        match serde_json::from_slice(&body) {
            Ok(document) => self.secrets.document(&document),
            Err(_) => self.form(&String::from_utf8_lossy(&body)),
        }
        let answer = ground
            .world
            .send(Request::from_parts(parts, body.into()))
            .await;
        for line in answer.headers.get_all(SET_COOKIE) {
            let line = line.to_str().unwrap_or_default();
            if let Some((_, value)) = line.split(';').next().and_then(|pair| pair.split_once('=')) {
                self.secrets.token(value);
            }
        }
        if let Ok(document) = serde_json::from_str(&answer.text) {
            self.handed_out(&document);
        }
        answer
    }

    fn form(&mut self, text: &str) {
        for (name, value) in shared::page::form_pairs(text.as_bytes()) {
            self.secrets.document(&serde_json::json!({ name: value }));
        }
    }

    /// What an answer hands out that opens something.
    fn handed_out(&mut self, document: &Value) {
        match document {
            Value::Object(members) => {
                for (member, value) in members {
                    let opens = ["token", "code", "link", "url", "secret"]
                        .iter()
                        .any(|word| member.contains(word));
                    match value {
                        Value::String(text) if opens => self.secrets.token(text),
                        value => self.handed_out(value),
                    }
                }
            }
            Value::Array(values) => values.iter().for_each(|value| self.handed_out(value)),
            _ => {}
        }
    }

    /// Personal data where none belongs: in paths, queries, headers, and bodies of another form.
    async fn broken_requests(&mut self) {
        let ground = Ground::lay().await;
        for route in routes() {
            let (method, path) = route.split_once(' ').expect("a route");
            let method: Method = method.parse().expect("a method");
            let path = path.replace("{id}", ALEX).replace("{code}", ALEX);
            for caller in [
                CalledBy::Nobody,
                CalledBy::Owner,
                CalledBy::SameUnit,
                CalledBy::Guest,
            ] {
                for body in [
                    r#"{"name":"Alex Blom","#,
                    r#"{"Alex Blom":"196103072390"}"#,
                    r#"{"kind":"196103072390","patient":{"personal_identity":"Alex Blom","name":7,"phone":"070-174 06 05x"}}"#,
                    r#""196103072390""#,
                    "name=Alex+Blom&identity=196103072390",
                ] {
                    let request = Request::builder()
                        .method(method.clone())
                        .uri(format!(
                            "{path}?name=Alex%20Blomkvist&identity=196103072390&from=196103072390"
                        ))
                        .header(
                            "content-type",
                            if body.contains('=') {
                                "application/x-www-form-urlencoded"
                            } else {
                                "application/json"
                            },
                        )
                        .header("idempotency-key", ground.world.new_key())
                        .header("traceparent", "Alex Blom 196103072390")
                        .header("user-agent", "Alex Blom")
                        .header(
                            "cookie",
                            "__Host-language=196103072390; __Host-session=Alex-Blom.cut.brief",
                        );
                    let request = caller.authorize(&ground.world, &ground, request);
                    self.send(&ground, request.body(body.into()).expect("a request"))
                        .await;
                }
            }
        }
        for stray in [
            format!("/booking/v1/patients/{ALEX}"),
            format!("/{ALEX}"),
            format!("/portal/{ALEX}?a={ALEX}"),
        ] {
            let request = Request::get(stray)
                .header(
                    AUTHORIZATION,
                    "Bearer header.made-up-claims.made-up-signature",
                )
                .body(Body::empty());
            self.send(&ground, request.expect("a request")).await;
        }
        self.keep_ground(&ground).await;
    }

    /// Reading while a key is lost fails inside, and says so in the log.
    async fn a_lost_key(&mut self) {
        let mut ground = Ground::lay().await;
        let secrets = &ground.world.ports.secrets;
        let kept = [
            "ENVIRONMENT",
            "BLIND_INDEX_KEY",
            "ACCESS_LOG_KEY",
            "SESSION_PUBLIC_KEY",
            "JOB_KEY",
        ];
        let ring = secrets
            .get("SEALING_KEYS")
            .expect("a ring")
            .replace("\"a\"", "\"another\"");
        let secrets = kept
            .into_iter()
            .filter_map(|name| Some((name.to_owned(), secrets.get(name)?)));
        let secrets: Vec<_> = secrets.chain([("SEALING_KEYS".to_owned(), ring)]).collect();
        ground.world.ports = Ports {
            secrets: std::sync::Arc::new(SetSecrets::new(secrets)),
            ..ground.world.ports.clone()
        };
        let token = ground.world.token(ANNA);
        let path = format!("/booking/v1/appointments/{}", ground.visit);
        let request = Request::get(path)
            .header(AUTHORIZATION, format!("Bearer {token}"))
            .body(Body::empty());
        let answer = self.send(&ground, request.expect("a request")).await;
        assert_eq!(answer.status.as_u16(), 500, "{}", answer.text);
    }
}

async fn rows(store: &Sqlite, sql: String) -> shared::platform::Rows {
    // Statements are constants everywhere but where every table is read.
    store
        .query(Statement::new(sql.leak(), []))
        .await
        .expect("rows")
        .rows
}
