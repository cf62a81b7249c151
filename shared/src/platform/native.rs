//! Native adapter: SQLite in this process, a clock and randomness that a test can set.
//! The domain's tests, the simulation and the training data run on it, in memory and in milliseconds.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use rusqlite::types::ValueRef;

use super::filling::Filling;
use super::{
    Batch, Clock, Http, KeyValue, Outcome, Pause, PortError, Ports, Random, Rooms, Secrets,
    Statement, Store, StoreError, Value,
};
use crate::time::Timestamp;

/// The schema's one history, in order: what a new store in memory starts with.
pub const MIGRATIONS: &[&str] = &[
    include_str!("../../../migrations/0001_ground.sql"),
    include_str!("../../../migrations/0002_booking.sql"),
    include_str!("../../../migrations/0003_identity.sql"),
    include_str!("../../../migrations/0004_access_log.sql"),
    include_str!("../../../migrations/0005_tasks.sql"),
    include_str!("../../../migrations/0006_tickets.sql"),
    include_str!("../../../migrations/0007_walls.sql"),
    include_str!("../../../migrations/0008_resealing.sql"),
    include_str!("../../../migrations/0009_sms.sql"),
    include_str!("../../../migrations/0010_messaging.sql"),
    include_str!("../../../migrations/0011_session_question.sql"),
    include_str!("../../../migrations/0012_colleagues.sql"),
    include_str!("../../../migrations/0013_records.sql"),
    include_str!("../../../migrations/0014_slots_by_length.sql"),
    include_str!("../../../migrations/0015_notifications.sql"),
    include_str!("../../../migrations/0017_workspace.sql"),
    include_str!("../../../migrations/0018_unit_settings.sql"),
    include_str!("../../../migrations/0019_ticket_batches.sql"),
    include_str!("../../../migrations/0020_statistics.sql"),
    include_str!("../../../migrations/0021_sms_refusals.sql"),
    include_str!("../../../migrations/0022_objects.sql"),
    include_str!("../../../migrations/0023_attachments.sql"),
    include_str!("../../../migrations/0026_notifications_are_trimmed_by_the_job.sql"),
    include_str!("../../../migrations/0028_staff_are_told_who_is_here.sql"),
    include_str!("../../../migrations/0029_units_and_gateways_as_they_are.sql"),
    include_str!("../../../migrations/0031_open_matters.sql"),
    include_str!("../../../migrations/0040_a_visits_chat_follows_its_visit.sql"),
    include_str!("../../../migrations/0041_colleagues_are_brought_in.sql"),
    include_str!("../../../migrations/0060_a_busy_gateway_is_left_alone.sql"),
    include_str!("../../../migrations/0061_tasks_of_messages_that_arrived.sql"),
    include_str!("../../../migrations/0062_what_waits_for_morning_holds_nothing_up.sql"),
    include_str!("../../../migrations/0063_incoming_messages_count_once.sql"),
    include_str!("../../../migrations/0064_what_nobody_asked_for_waits.sql"),
    include_str!("../../../migrations/0065_slot_templates_end.sql"),
    include_str!("../../../migrations/0070_faults_of_a_list_are_counted.sql"),
    include_str!("../../../migrations/0071_unreadable_cases_are_put_off.sql"),
    include_str!("../../../migrations/0072_gateways_that_refuse_everything.sql"),
    include_str!("../../../migrations/0073_staff_is_told_of_what_waits.sql"),
    include_str!("../../../migrations/0075_tickets_end_with_their_last_day.sql"),
    include_str!("../../../migrations/0085_a_changed_message_comes_again.sql"),
    include_str!("../../../migrations/0086_tasks_end_with_their_end.sql"),
    include_str!("../../../migrations/0087_files_one_by_one_and_notes_that_are_all_shown.sql"),
    include_str!("../../../migrations/0088_handing_over.sql"),
    include_str!("../../../migrations/0089_messages_are_numbered_from_one.sql"),
    include_str!("../../../migrations/0090_a_visits_chat_goes_to_its_visits_practitioner.sql"),
    include_str!("../../../migrations/0091_what_a_text_message_told_of.sql"),
    include_str!("../../../migrations/0092_tasks_whose_grace_runs_out_stand_first.sql"),
    include_str!("../../../migrations/0093_a_visit_that_left_its_chat_behind_opens_it_anew.sql"),
    include_str!("../../../migrations/0094_who_asks_again_keeps_their_place.sql"),
    include_str!("../../../migrations/0095_only_another_time_leaves_a_visits_chat_behind.sql"),
    include_str!("../../../migrations/0096_offers_hold_nothing_up.sql"),
    include_str!("../../../migrations/0097_rooms_that_are_listened_in.sql"),
];

/// One log line to standard error, where a test runner keeps it apart from what a program prints.
pub fn log(line: &str) {
    eprintln!("{line}");
}

/// SQLite in a file or in memory, one connection.
pub struct Sqlite {
    connection: Mutex<rusqlite::Connection>,
}

impl Sqlite {
    /// A store in memory with the whole schema and no rows.
    pub fn migrated() -> Result<Self, StoreError> {
        let store = Self::in_memory()?;
        for migration in MIGRATIONS {
            store.execute_script(migration)?;
        }
        Ok(store)
    }

    /// A store in memory, empty.
    pub fn in_memory() -> Result<Self, StoreError> {
        rusqlite::Connection::open_in_memory()
            .map_err(engine_error)
            .and_then(Self::ready)
    }

    /// A store in a file, made where there is none.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        rusqlite::Connection::open(path)
            .map_err(engine_error)
            .and_then(Self::ready)
    }

    fn ready(connection: rusqlite::Connection) -> Result<Self, StoreError> {
        // D1 enforces foreign keys always; SQLite only where asked.
        connection
            .execute_batch("PRAGMA foreign_keys = ON")
            .map_err(engine_error)?;
        Ok(Sqlite {
            connection: Mutex::new(connection),
        })
    }

    /// Runs a script of several statements, such as a migration.
    pub fn execute_script(&self, sql: &str) -> Result<(), StoreError> {
        self.lock().execute_batch(sql).map_err(engine_error)
    }

    fn lock(&self) -> MutexGuard<'_, rusqlite::Connection> {
        // A panic elsewhere leaves no half-done transaction: rusqlite rolls back on drop.
        self.connection
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

fn engine_error(error: rusqlite::Error) -> StoreError {
    StoreError::from_engine(error.to_string())
}

fn run(connection: &rusqlite::Connection, statement: &Statement) -> Result<Outcome, StoreError> {
    let mut prepared = connection
        .prepare_cached(statement.sql)
        .map_err(engine_error)?;
    let mut filling = Filling::new(prepared.column_names());
    let columns = prepared.column_count();
    for (place, parameter) in statement.parameters.iter().enumerate() {
        match parameter {
            Value::Null => prepared.raw_bind_parameter(place + 1, rusqlite::types::Null),
            Value::Integer(integer) => prepared.raw_bind_parameter(place + 1, integer),
            Value::Real(real) => prepared.raw_bind_parameter(place + 1, real),
            Value::Text(text) => prepared.raw_bind_parameter(place + 1, text),
        }
        .map_err(engine_error)?;
    }
    let mut found = prepared.raw_query();
    while let Some(row) = found.next().map_err(engine_error)? {
        for place in 0..columns {
            match row.get_ref(place).map_err(engine_error)? {
                ValueRef::Null => filling.null(),
                ValueRef::Integer(integer) => filling.integer(integer),
                ValueRef::Real(real) => filling.real(real),
                ValueRef::Text(text) => filling.text(&String::from_utf8_lossy(text)),
                ValueRef::Blob(_) => {
                    return Err(StoreError::Broken("blobs are kept as text here".into()));
                }
            }
        }
    }
    Ok(Outcome {
        rows: filling.finish(),
        ..Outcome::default()
    })
}

#[async_trait]
impl Store for Sqlite {
    async fn query(&self, statement: Statement) -> Result<Outcome, StoreError> {
        run(&self.lock(), &statement)
    }

    async fn batch(&self, statements: Batch) -> Result<Vec<Outcome>, StoreError> {
        let mut connection = self.lock();
        let transaction = connection
            .transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)
            .map_err(engine_error)?;
        let outcomes = statements
            .iter()
            .map(|statement| run(&transaction, statement))
            .collect::<Result<Vec<_>, _>>()?;
        transaction.commit().map_err(engine_error)?;
        Ok(outcomes)
    }
}

/// A value and when it runs out.
type Expiring = (Vec<u8>, Option<Timestamp>);

/// Key-value in memory, judged by the injected clock.
pub struct MemoryKeyValue {
    clock: Arc<dyn Clock>,
    values: Mutex<HashMap<String, Expiring>>,
}

impl MemoryKeyValue {
    /// Empty.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        MemoryKeyValue {
            clock,
            values: Mutex::default(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Expiring>> {
        self.values.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl KeyValue for MemoryKeyValue {
    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, PortError> {
        let now = self.clock.now();
        Ok(self
            .lock()
            .get(key)
            .filter(|(_, expires_at)| expires_at.is_none_or(|at| now < at))
            .map(|(value, _)| value.clone()))
    }

    async fn put(
        &self,
        key: &str,
        value: &[u8],
        expires_at: Option<Timestamp>,
    ) -> Result<(), PortError> {
        self.lock()
            .insert(key.to_owned(), (value.to_vec(), expires_at));
        Ok(())
    }

    async fn delete(&self, key: &str) -> Result<(), PortError> {
        self.lock().remove(key);
        Ok(())
    }
}

/// There is no network natively: every call out is refused.
pub struct NoHttp;

#[async_trait]
impl Http for NoHttp {
    async fn send(
        &self,
        _request: http::Request<Vec<u8>>,
    ) -> Result<http::Response<Vec<u8>>, PortError> {
        Err(PortError {
            port: "http",
            cause: "no network natively".into(),
        })
    }
}

/// A clock that stands until it is moved.
pub struct SetClock(Mutex<Timestamp>);

impl SetClock {
    /// Standing at `now`.
    pub fn at(now: Timestamp) -> Self {
        SetClock(Mutex::new(now))
    }

    /// Moves it to `now`, forwards or back.
    pub fn set(&self, now: Timestamp) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = now;
    }
}

impl Clock for SetClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The machine's own clock.
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let since = std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .unwrap_or_default();
        Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }
}

/// Nobody waits natively: time passes when the clock is put forward. Others get their turn all the same.
pub struct NoPause;

#[async_trait]
impl Pause for NoPause {
    async fn pause(&self, _millis: u32) {
        let mut yielded = false;
        std::future::poll_fn(|context| {
            if std::mem::replace(&mut yielded, true) {
                return std::task::Poll::Ready(());
            }
            context.waker().wake_by_ref();
            std::task::Poll::Pending
        })
        .await;
    }
}

/// Randomness that repeats for the same seed. For tests and simulation, never for keys that matter.
pub struct SeededRandom(Mutex<u64>);

impl SeededRandom {
    /// The sequence of `seed`.
    pub fn new(seed: u64) -> Self {
        SeededRandom(Mutex::new(seed))
    }
}

impl Random for SeededRandom {
    fn fill(&self, bytes: &mut [u8]) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for chunk in bytes.chunks_mut(8) {
            // SplitMix64 (Steele, Lea and Flood 2014): one add and three xor-shifts a step.
            *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
            let mut mixed = *state;
            mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            mixed ^= mixed >> 31;
            let length = chunk.len();
            chunk.copy_from_slice(&mixed.to_le_bytes()[..length]);
        }
    }
}

/// Settings and secrets from a list.
pub struct SetSecrets(HashMap<String, String>);

impl SetSecrets {
    /// These and no others.
    pub fn new(values: impl IntoIterator<Item = (String, String)>) -> Self {
        SetSecrets(values.into_iter().collect())
    }
}

impl Secrets for SetSecrets {
    fn get(&self, name: &str) -> Option<String> {
        self.0.get(name).cloned()
    }
}

/// No rooms: streams look at the store themselves.
pub struct NoRooms;

impl Rooms for NoRooms {
    fn are_here(&self) -> bool {
        false
    }

    fn tell(&self, _room: &str, _what: &str) {}
}

/// Ports around `store`, with the given clock, randomness and secrets.
pub fn ports(
    store: Arc<Sqlite>,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    secrets: SetSecrets,
) -> Ports {
    Ports {
        store,
        key_value: Arc::new(MemoryKeyValue::new(Arc::clone(&clock))),
        http: Arc::new(NoHttp),
        clock,
        random,
        pause: Arc::new(NoPause),
        rooms: Arc::new(NoRooms),
        secrets: Arc::new(secrets),
        proven_tokens: Arc::default(),
        acting: None,
    }
}
