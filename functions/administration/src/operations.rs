//! How the service is: which units are connected, who is signed in, how the gateways of text messages do, and
//! what has not left. Put together from `store`; names of staff alone, nothing about patients.

use serde::Serialize;
use shared::colleagues::{Colleague, colleagues};
use shared::opening_hours::OpeningHours;
use shared::platform::{Ports, Row};
use shared::problem::Problem;
use shared::role::Role;
use shared::sealing::Sealer;
use shared::session::{Caller, Staff};
use shared::time::{HOUR, Timestamp};
use utoipa::ToSchema;

use crate::statistics::Count;
use crate::store;

/// Of so long a time the unit's messages are counted, in milliseconds.
const LATELY: i64 = 24 * HOUR;

/// How the service is.
#[derive(Serialize, ToSchema)]
pub struct Operations {
    /// The care provider's connected units, by name.
    pub care_units: Vec<ConnectedUnit>,
    /// The gateways of text messages that have been used or have failed.
    pub gateways: Vec<Gateway>,
    /// How many messages of the care provider's units should have left by now, a thousand at most.
    pub waiting: i64,
    /// Since when the first of them waits.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub waiting_since: Option<Timestamp>,
    /// What became of the unit's messages of the last 24 hours.
    pub messages: Vec<Count>,
    /// Who works at the unit.
    pub practitioners: Vec<Practitioner>,
}

/// A unit of the care provider.
#[derive(Serialize, ToSchema)]
pub struct ConnectedUnit {
    /// HSA-id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The lowest age of its patients.
    pub age_limit: i64,
    /// Its week from Monday: each day's spans in minutes after midnight.
    #[schema(value_type = Vec<Vec<(u16, u16)>>)]
    pub opening_hours: OpeningHours,
    /// Whether it is open now.
    pub is_open: bool,
    /// When staff last were active or something last happened there, as far back as it is remembered.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub active_at: Option<Timestamp>,
    /// How many have a commission there.
    pub practitioners: i64,
    /// How many of them are signed in.
    pub signed_in: i64,
}

/// A gateway of text messages.
#[derive(Serialize, ToSchema)]
pub struct Gateway {
    /// Which.
    pub name: String,
    /// Since when it fails; null where it works.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub failing_since: Option<Timestamp>,
    /// Since when it works; null where it fails, or never has failed.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub works_since: Option<Timestamp>,
    /// When it last failed.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub failed_at: Option<Timestamp>,
    /// When something last was handed to it.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub used_at: Option<Timestamp>,
}

/// Somebody who works at the unit.
#[derive(Serialize, ToSchema)]
pub struct Practitioner {
    /// HSA-id.
    pub id: String,
    /// Their name.
    pub name: String,
    /// As what.
    pub role: Role,
    /// Whether they are signed in and were active within a quarter of an hour.
    pub is_on: bool,
}

fn moment(row: Row, column: &str) -> Result<Option<Timestamp>, Problem> {
    let at = row.optional_integer(column)?.filter(|at| *at > 0);
    Ok(at.map(Timestamp::from_millis))
}

impl ConnectedUnit {
    fn from_row(row: Row, now: Timestamp) -> Result<Self, Problem> {
        let opening_hours: OpeningHours = row.parsed("opening_hours")?;
        Ok(ConnectedUnit {
            is_open: opening_hours.is_open(now),
            opening_hours,
            active_at: moment(row, "active_at")?,
            id: row.text("id")?.to_owned(),
            name: row.text("name")?.to_owned(),
            age_limit: row.integer("age_limit")?,
            practitioners: row.integer("practitioners")?,
            signed_in: row.integer("signed_in")?,
        })
    }
}

impl Gateway {
    fn from_row(row: Row) -> Result<Self, Problem> {
        Ok(Gateway {
            name: row.text("name")?.to_owned(),
            failing_since: moment(row, "failing_since")?,
            works_since: moment(row, "works_since")?,
            failed_at: moment(row, "failed_at")?,
            used_at: moment(row, "window_began")?,
        })
    }
}

/// Looks at all of it in one round trip.
pub async fn look(staff: &Staff, ports: &Ports) -> Result<Operations, Problem> {
    let sealer = Sealer::from_secrets(&*ports.secrets)?;
    let now = ports.clock.now();
    let found = ports
        .store_for(&Caller::Staff(staff.clone()))
        .batch(vec![
            store::units(staff, now),
            store::gateways(),
            store::waiting(staff, now),
            store::messages(staff, now.plus(-LATELY), now.plus(1)),
            colleagues(staff, now),
        ])
        .await?;
    let [units, gateways, waiting, messages, practitioners] = found.as_slice() else {
        return Err(Problem::internal(
            "a batch answered with another number of outcomes",
        ));
    };
    let waiting = waiting
        .rows
        .first()
        .ok_or_else(|| Problem::internal("a count came without a row"))?;
    let mut of_unit = vec![];
    for row in practitioners.rows.iter() {
        let one = Colleague::from_row(&sealer, &staff.care_provider, row)?;
        of_unit.push(Practitioner {
            id: one.id.to_string(),
            name: one.name,
            role: one.role,
            is_on: one.is_on,
        });
    }
    Ok(Operations {
        care_units: units
            .rows
            .iter()
            .map(|row| ConnectedUnit::from_row(row, now))
            .collect::<Result<_, _>>()?,
        gateways: gateways
            .rows
            .iter()
            .map(Gateway::from_row)
            .collect::<Result<_, _>>()?,
        waiting: waiting.integer("n")?,
        waiting_since: moment(waiting, "since")?,
        messages: crate::statistics::of_messages(&messages.rows)?,
        practitioners: of_unit,
    })
}
