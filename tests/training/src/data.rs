//! A realistic unit week: templates, a few hundred slots and some fifty visits in every state at three
//! units, made by the functions' own router under a clock that is moved, and written out as SQL. The same
//! seed, keys and date give the same data.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use chrono::{Datelike, Days, NaiveDate};
use http::Request;
use serde_json::{Value, json};
use shared::platform::native::{SeededRandom, SetClock, Sqlite, ports};
use shared::platform::{Ports, Random, Statement, Store, Value as Cell};
use shared::time::{HOUR, MINUTE, Timestamp, start_of_day};
use tower_service::Service;

use crate::keys::{Failure, Keys};
use crate::people::{CARE_UNITS, PATIENTS, PRACTITIONERS, Patient, Practitioner};
use crate::reference::{quote, reference};

/// Tables in the order in which their rows can be loaded again. Kept answers are nobody's training.
const TABLES: [&str; 11] = [
    "care_providers",
    "care_units",
    "practitioners",
    "commissions",
    "patients",
    "slot_templates",
    "slots",
    "appointments",
    "participants",
    "sms_outbox",
    "access_log",
];

const REASONS: [&str; 8] = [
    "Uppföljning av provsvar",
    "Förnyelse av recept",
    "Hosta sedan två veckor",
    "Frågor om läkemedel",
    "Återbesök efter sjukskrivning",
    "Samtal om sömn",
    "Rådgivning inför vaccination",
    "Uppföljning av blodtryck",
];

/// What was made, and as which SQL.
pub struct Training {
    /// One statement a line, in an order that loads.
    pub sql: Vec<String>,
    /// How many visits there are by state.
    pub states: Vec<(String, i64)>,
    /// How many slots there are.
    pub slots: i64,
}

struct Maker<'a> {
    keys: &'a Keys,
    clock: Arc<SetClock>,
    store: Arc<Sqlite>,
    ports: Ports,
    router: Router,
    random: SeededRandom,
    requests: usize,
}

/// Makes the data around the week that `monday` begins.
pub async fn make(keys: &Keys, seed: u64, monday: NaiveDate) -> Result<Training, Failure> {
    let clock = Arc::new(SetClock::at(
        start_of_day(monday - Days::new(10)).plus(8 * HOUR),
    ));
    let store = Arc::new(Sqlite::migrated()?);
    let random: Arc<dyn Random> = Arc::new(SeededRandom::new(seed));
    store.execute_script(&reference(keys, &*random)?.join("\n"))?;
    let ports = ports(Arc::clone(&store), clock.clone(), random, keys.secrets());
    let mut maker = Maker {
        keys,
        clock,
        store,
        ports,
        router: booking::router(),
        random: SeededRandom::new(seed ^ 0x5eed),
        requests: 0,
    };
    for practitioner in &PRACTITIONERS {
        maker.lay_out(practitioner, monday).await?;
    }
    for unit in &CARE_UNITS {
        maker.lay_out_for_a_role(unit.id, monday).await?;
    }
    for practitioner in &PRACTITIONERS {
        maker.book(practitioner, monday).await?;
    }
    maker.written().await
}

impl Maker<'_> {
    fn below(&self, limit: u64) -> u64 {
        let mut bytes = [0; 8];
        self.random.fill(&mut bytes);
        u64::from_le_bytes(bytes) % limit
    }

    async fn call(
        &mut self,
        person: &str,
        path: &str,
        body: Option<Value>,
    ) -> Result<Value, Failure> {
        self.requests += 1;
        let token = self.keys.session(person, self.ports.clock.now())?;
        let method = if body.is_some() { "POST" } else { "GET" };
        let mut request = Request::builder()
            .method(method)
            .uri(format!("/booking/v1/{path}"))
            .header("authorization", format!("Bearer {token}"))
            .header("content-type", "application/json")
            .header("idempotency-key", format!("training-{}", self.requests))
            .body(Body::from(
                body.map(|body| body.to_string()).unwrap_or_default(),
            ))?;
        request.extensions_mut().insert(self.ports.clone());
        let answer = match self.router.call(request).await {
            Ok(answer) => answer,
            Err(never) => match never {},
        };
        let status = answer.status();
        let bytes = axum::body::to_bytes(answer.into_body(), usize::MAX).await?;
        if !status.is_success() {
            return Err(format!(
                "{method} {path}: {status} {}",
                String::from_utf8_lossy(&bytes)
            )
            .into());
        }
        Ok(serde_json::from_slice(&bytes)?)
    }

    /// A practitioner's mornings or afternoons of the week before, this one and the next, without the
    /// last Friday.
    async fn lay_out(
        &mut self,
        practitioner: &Practitioner,
        monday: NaiveDate,
    ) -> Result<(), Failure> {
        let (from, to) = if self.below(2) == 0 {
            ("08:30", "11:30")
        } else {
            ("13:00", "16:00")
        };
        let minutes = [20, 30, 45][usize::try_from(self.below(3))?];
        let weekdays = [
            ["monday", "wednesday", "friday"],
            ["tuesday", "thursday", "friday"],
        ][usize::try_from(self.below(2))?];
        let body = json!({
            "practitioner": practitioner.id,
            "recurrence": {
                "weekdays": weekdays, "from": from, "to": to, "minutes": minutes, "pause_minutes": 5,
                "valid_from": monday - Days::new(7), "valid_to": monday + Days::new(20),
                "exceptions": [monday + Days::new(18)]
            }
        });
        self.call(practitioner.key, "slot-templates", Some(body))
            .await?;
        Ok(())
    }

    /// Times of a unit's nurses that anyone of them takes.
    async fn lay_out_for_a_role(&mut self, unit: &str, monday: NaiveDate) -> Result<(), Failure> {
        let Some(someone) = PRACTITIONERS.iter().find(|one| one.care_unit == unit) else {
            return Ok(());
        };
        let body = json!({
            "role": "nurse",
            "recurrence": {
                "weekdays": ["monday", "tuesday", "wednesday", "thursday", "friday"],
                "from": "10:00", "to": "12:00", "minutes": 20,
                "valid_from": monday, "valid_to": monday + Days::new(11)
            }
        });
        self.call(someone.key, "slot-templates", Some(body)).await?;
        Ok(())
    }

    fn patient(&self, number: u64) -> Value {
        let adults: Vec<&Patient> = PATIENTS
            .iter()
            .filter(|one| one.key != "liv.tolv" && one.key != "noa.femton" && one.key != "elin.ung")
            .collect();
        let one = adults[usize::try_from(number).unwrap_or_default() % adults.len()];
        json!({ "personal_identity": one.identity, "name": one.name, "phone": one.phone, "sms_consent": one.phone.is_some() })
    }

    /// Four or five visits of a practitioner, each taken some steps on its way.
    async fn book(
        &mut self,
        practitioner: &Practitioner,
        monday: NaiveDate,
    ) -> Result<(), Failure> {
        let key = practitioner.key;
        let number = self.below(1000);
        let reason = |this: &Self| REASONS[usize::try_from(this.below(8)).unwrap_or_default()];
        let before = monday - Days::new(6);
        let planned = start_of_day(before).plus(-2 * 24 * HOUR);

        // Last week: one that came, one that did not, one that is called off; then this week and the next.
        for (step, day, hour) in [
            ("completed", 0, 17),
            ("no-show", 1, 17),
            ("cancelled", 2, 17),
            ("arrived", 3, 17),
        ] {
            self.clock.set(planned);
            let starts_at = start_of_day(before + Days::new(day)).plus(hour * HOUR);
            let body = json!({
                "kind": "free-time", "starts_at": starts_at, "minutes": 30,
                "patient": self.patient(number + day), "reason": reason(self),
                "instructions": "Logga in fem minuter före besöket."
            });
            let id = text(&self.call(key, "appointments", Some(body)).await?["id"]);
            let at = |step: &str| format!("appointments/{id}/{step}");
            self.clock.set(starts_at.plus(MINUTE));
            match step {
                "completed" => {
                    self.call(key, &at("arrive"), Some(json!({}))).await?;
                    self.call(key, &at("start"), Some(json!({}))).await?;
                    self.clock.set(starts_at.plus(30 * MINUTE));
                    self.call(key, &at("complete"), Some(json!({}))).await?;
                }
                "no-show" => {
                    self.call(key, &at("no-show"), Some(json!({}))).await?;
                }
                "cancelled" => {
                    self.clock.set(planned);
                    self.call(
                        key,
                        &at("cancel"),
                        Some(json!({ "reason": "Mottagningen är stängd den dagen" })),
                    )
                    .await?;
                }
                _ => {
                    self.call(key, &at("arrive"), Some(json!({}))).await?;
                    if self.below(2) == 0 {
                        self.call(key, &at("start"), Some(json!({}))).await?;
                    }
                }
            }
        }
        self.clock
            .set(start_of_day(monday - Days::new(1)).plus(9 * HOUR));
        self.book_ahead(practitioner, monday, number).await
    }

    /// Next week: a slot, and for some a video visit with others and a moved visit.
    async fn book_ahead(
        &mut self,
        practitioner: &Practitioner,
        monday: NaiveDate,
        number: u64,
    ) -> Result<(), Failure> {
        let key = practitioner.key;
        let listed = self
            .call(
                key,
                &format!(
                    "slots?from={}&to={}&practitioner={}",
                    monday + Days::new(7),
                    monday + Days::new(14),
                    practitioner.id
                ),
                None,
            )
            .await?;
        let slot = text(&listed["slots"][usize::try_from(self.below(4))?]["id"]);
        let body = json!({
            "kind": "scheduled", "slot": slot, "patient": self.patient(number + 4),
            "reason": "Planerad uppföljning", "entry": "Telefonrådgivning"
        });
        self.call(key, "appointments", Some(body)).await?;
        if number % 2 == 0 {
            let starts_at = start_of_day(monday + Days::new(9)).plus(17 * HOUR);
            let body = json!({
                "kind": "video", "starts_at": starts_at, "minutes": 45, "patient": self.patient(number + 5),
                "reason": "Samtal med närstående och tolk",
                "participants": [
                    { "role": "relative", "name": "Närstående Testsson", "phone": "070-174 06 20" },
                    { "role": "interpreter", "email": "tolk@example.se" }
                ]
            });
            let id = text(&self.call(key, "appointments", Some(body)).await?["id"]);
            if number % 4 == 0 {
                let moved = json!({ "starts_at": starts_at.plus(HOUR) });
                self.call(key, &format!("appointments/{id}/reschedule"), Some(moved))
                    .await?;
            }
        }
        Ok(())
    }

    async fn written(&self) -> Result<Training, Failure> {
        let mut sql = Vec::new();
        for table in TABLES {
            // No parameter can stand for a table's name.
            let all = match table {
                "care_providers" => "SELECT * FROM care_providers",
                "care_units" => "SELECT * FROM care_units",
                "practitioners" => "SELECT * FROM practitioners",
                "commissions" => "SELECT * FROM commissions",
                "patients" => "SELECT * FROM patients",
                "slot_templates" => "SELECT * FROM slot_templates",
                "slots" => "SELECT * FROM slots",
                "appointments" => {
                    "SELECT * FROM appointments ORDER BY overlap_allowed_by IS NOT NULL"
                }
                "participants" => "SELECT * FROM participants",
                "sms_outbox" => "SELECT * FROM sms_outbox",
                _ => "SELECT * FROM access_log",
            };
            let rows = self.store.query(Statement::new(all, [])).await?.rows;
            let columns = rows.columns.join(", ");
            for values in &rows.values {
                let values: Vec<String> = values.iter().map(written_value).collect();
                sql.push(format!(
                    "INSERT INTO {table} ({columns}) VALUES ({});",
                    values.join(", ")
                ));
            }
        }
        let counted = self
            .store
            .query(Statement::new(
                "SELECT state, count(*) AS n FROM appointments GROUP BY state ORDER BY state",
                [],
            ))
            .await?;
        let states: Result<Vec<_>, shared::platform::StoreError> = counted
            .rows
            .iter()
            .map(|row| Ok((row.text("state")?.to_owned(), row.integer("n")?)))
            .collect();
        let slots = self
            .store
            .query(Statement::new("SELECT count(*) AS n FROM slots", []))
            .await?;
        let slots = slots.rows.first().ok_or("no count")?.integer("n")?;
        Ok(Training {
            sql,
            states: states?,
            slots,
        })
    }
}

fn written_value(value: &Cell) -> String {
    match value {
        Cell::Null => "NULL".into(),
        Cell::Integer(integer) => integer.to_string(),
        Cell::Real(real) => real.to_string(),
        Cell::Text(text) => quote(text),
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// The Monday of the week that a moment lies in, in Sweden.
pub fn monday_of(moment: Timestamp) -> NaiveDate {
    let day = moment.date_in_stockholm();
    day - Days::new(u64::from(day.weekday().num_days_from_monday()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::MachineRandom;

    #[tokio::test]
    async fn the_same_seed_gives_a_week_with_every_state_that_loads_into_an_empty_store() {
        let keys = Keys::generate(&MachineRandom).expect("keys");
        let monday = NaiveDate::from_ymd_opt(2026, 11, 23).expect("a Monday");
        let one = make(&keys, 7, monday).await.expect("training data");
        let other = make(&keys, 7, monday).await.expect("training data");
        assert!(one.sql == other.sql, "two runs differ");

        assert_eq!(one.states.len(), 6, "every state: {:?}", one.states);
        let visits: i64 = one.states.iter().map(|(_, count)| count).sum();
        assert!((50..=100).contains(&visits), "{visits} visits");
        assert!((200..=900).contains(&one.slots), "{} slots", one.slots);

        let empty = Sqlite::migrated().expect("a store");
        empty.execute_script(&one.sql.join("\n")).expect("it loads");
    }
}
