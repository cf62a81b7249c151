//! The small world with booking, tickets, messaging and text messages in it, and a gateway beside.
#![expect(
    clippy::expect_used,
    reason = "a test whose ground is missing stops at once"
)]

use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

use ::world::World;
pub use ::world::*;
use axum::body::Body;
use http::Request;
use serde_json::{Value, json};
use shared::patient::Patient;
use shared::platform::native::SetSecrets;
use shared::platform::{ClientAddress, Secrets, Statement, Store};
use shared::sealing::{IdentityIndex, Place, Sealer};
use shared::time::Timestamp;

use crate::gateway::FakeGateway;

/// The secret in 46elks' webhook addresses.
pub const SECRET: &str = "a-secret-of-more-than-128-bits";

/// The world, and the gateway that it sends through.
pub struct Clinic {
    world: World,
    pub gateway: Arc<FakeGateway>,
}

impl Deref for Clinic {
    type Target = World;
    fn deref(&self) -> &World {
        &self.world
    }
}

/// Settings over those of another source.
struct Over(Arc<dyn Secrets>, SetSecrets);

impl Secrets for Over {
    fn get(&self, name: &str) -> Option<String> {
        self.1.get(name).or_else(|| self.0.get(name))
    }
}

impl Clinic {
    /// Monday 23 November 2026, nine in the morning, in training with a simulator.
    pub async fn new() -> Self {
        Self::with(&[("SMS_SIMULATOR_URL", "http://127.0.0.1:8793")]).await
    }

    /// With settings of its own.
    pub async fn with(settings: &[(&str, &str)]) -> Self {
        let functions: [Function; 4] = [
            ("sms", sms::router),
            ("booking", booking::router),
            ("tickets", tickets::router),
            ("messaging", messaging::router),
        ];
        let mut world = World::new(&functions).await;
        let gateway = Arc::new(FakeGateway::default());
        world.ports.http = gateway.clone();
        let mut clinic = Clinic { world, gateway };
        clinic.set(&[("ELKS_WEBHOOK_SECRET", SECRET)]);
        clinic.set(settings);
        clinic
    }

    /// Sets settings over those there are.
    pub fn set(&mut self, settings: &[(&str, &str)]) {
        let settings = settings.iter();
        let settings = settings.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let before = Arc::clone(&self.world.ports.secrets);
        self.world.ports.secrets = Arc::new(Over(before, SetSecrets::new(settings)));
    }

    /// Counts the statements that the functions ask of the store from now on.
    pub fn count_statements(&mut self) -> Arc<AtomicUsize> {
        self.world.count_statements()
    }

    /// Puts another way of waiting in the functions' place.
    pub fn pause_by(&mut self, pause: Arc<dyn shared::platform::Pause>) {
        self.world.ports.pause = pause;
    }

    /// So many messages more as the first one of all, each to a phone of its own.
    pub async fn copy_first(&self, copies: i64) {
        self.run(
            "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?1)
INSERT INTO sms_outbox (
  id, care_provider_id, care_unit_id, patient_id, appointment_id, template, language, recipient, state, due_at,
  created_at, recipient_index
)
SELECT first.id || '-' || printf('%06d', n), care_provider_id, care_unit_id, patient_id, appointment_id, template,
  language, recipient, 'queued', due_at, created_at, 'phone-' || n
FROM (SELECT * FROM sms_outbox ORDER BY created_at, id LIMIT 1) AS first, numbers",
            [copies.into()],
        )
        .await;
    }

    /// What the clock shows.
    pub fn now(&self) -> Timestamp {
        self.ports.clock.now()
    }

    /// Puts the clock forward.
    pub fn pass(&self, millis: i64) {
        self.clock.set(self.now().plus(millis));
    }

    /// Runs the job that sends.
    pub async fn deliver(&self) -> Value {
        self.run_job("/sms/v1/jobs/deliver").await
    }

    /// Runs the job that writes reminders.
    pub async fn remind(&self) -> Value {
        self.run_job("/sms/v1/jobs/remind").await
    }

    /// A visit of Alex with Anna, half an hour from a moment.
    pub async fn book(&self, starts_at: &str) -> String {
        self.book_for(ALEX, starts_at).await
    }

    /// The same for somebody else.
    pub async fn book_for(&self, identity: &str, starts_at: &str) -> String {
        let body = json!({
            "kind": "free-time", "starts_at": starts_at, "minutes": 30, "patient": patient(identity),
            "reason": "Hosta", "allow_overlap": true
        });
        self.post(ANNA, "/booking/v1/appointments", body).await.id()
    }

    /// A list for tickets of patients with their phones, as staff upload it.
    pub fn list_of(&self, patients: &[(&str, &str)]) -> Value {
        let rows = patients.iter();
        let rows: String = rows
            .map(|(identity, phone)| format!("{identity};Anna Testdotter;{phone};ja\n"))
            .collect();
        json!({
            "role": "nurse", "minutes": 30, "last_day": "2026-12-04", "reason": "Hosta",
            "csv": format!("personnummer;namn;mobil;sms\n{rows}")
        })
    }

    /// The states of all messages, in the order in which they were written.
    pub async fn states(&self) -> Vec<String> {
        self.column("SELECT state AS text FROM sms_outbox ORDER BY created_at, id")
            .await
    }

    /// The ids of all messages, in the order in which they were written.
    pub async fn ids(&self) -> Vec<String> {
        self.column("SELECT id AS text FROM sms_outbox ORDER BY created_at, id")
            .await
    }

    /// The ids of the messages that a run would send at a moment.
    pub async fn due(&self, at: Timestamp) -> Vec<String> {
        let found = self.store.query(sms::store::due(at, 20)).await;
        let found = found.expect("rows");
        let id = |row: shared::platform::Row| row.text("id").expect("an id").to_owned();
        found.rows.iter().map(id).collect()
    }

    /// Why messages are in their states.
    pub async fn failures(&self) -> Vec<String> {
        self.column("SELECT coalesce(failure, '') AS text FROM sms_outbox ORDER BY created_at, id")
            .await
    }

    async fn column(&self, sql: &'static str) -> Vec<String> {
        let found = self
            .store
            .query(Statement::new(sql, []))
            .await
            .expect("rows");
        let text = |row: shared::platform::Row| row.text("text").expect("a text").to_owned();
        found.rows.iter().map(text).collect()
    }

    /// Puts another phone in the place of a patient's, whatever number it is.
    pub async fn change_phone(&self, identity: &str, phone: &str) {
        let identity = identity.parse().expect("an identity");
        let index = IdentityIndex::of(&*self.ports.secrets, &identity).expect("an index");
        let care_provider = PROVIDER.parse().expect("an HSA-id");
        let found = self
            .store
            .query(Patient::find(&index, &care_provider))
            .await;
        let found = found.expect("a patient").rows;
        let id = found
            .first()
            .expect("a patient")
            .text("id")
            .expect("an id")
            .to_owned();
        let sealer = Sealer::from_secrets(&*self.ports.secrets).expect("a ring");
        let place = Place {
            care_provider: &care_provider,
            column: "patients.phone",
            row: &id,
        };
        let sealed = sealer
            .seal(&*self.ports.random, place, phone)
            .expect("sealed");
        let update = Statement::new(
            "UPDATE patients SET phone = ?2 WHERE id = ?1",
            [id.as_str().into(), sealed.into()],
        );
        self.store.query(update).await.expect("written");
    }

    /// How many tasks staff has about messages.
    pub async fn tasks(&self) -> i64 {
        self.number("SELECT count(*) AS n FROM tasks WHERE kind = 'message-failed'")
            .await
    }

    /// A gateway calls.
    pub async fn call(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        self.call_signed(path, fields, "").await
    }

    /// The same, from the address that the platform says, if it says one.
    pub async fn call_from(
        &self,
        address: Option<&str>,
        path: &str,
        fields: &[(&str, &str)],
    ) -> Answer {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.extend_pairs(fields);
        let mut request =
            Request::post(path).header("content-type", "application/x-www-form-urlencoded");
        if let Some(address) = address {
            request = request.extension(ClientAddress(address.to_owned()));
        }
        self.send(request.body(Body::from(form.finish())).expect("a request"))
            .await
    }

    /// As [`Clinic::call`], with Twilio's signature.
    pub async fn call_signed(
        &self,
        path: &str,
        fields: &[(&str, &str)],
        signature: &str,
    ) -> Answer {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.extend_pairs(fields);
        let request = Request::post(path)
            .header("content-type", "application/x-www-form-urlencoded")
            .header("x-twilio-signature", signature);
        self.send(request.body(Body::from(form.finish())).expect("a request"))
            .await
    }
}
