//! A store's rows as SQL that builds it anew in an empty, migrated one, on D1 and SQLite alike: one
//! statement a line, in an order that foreign keys and triggers let pass. May be run again: rows that
//! stand are left as they are.

use std::collections::BTreeMap;

use shared::platform::native::Sqlite;
use shared::platform::{Statement, Store, StoreError, Value};

use crate::reference::quote;

struct Table {
    name: &'static str,
    /// How to read its rows, in the order in which they may be written.
    reading: &'static str,
    /// Its triggers ask before SQLite sees that the row is there already, so the statement asks first.
    has_triggers: bool,
}

macro_rules! table {
    ($name:literal by $order:literal) => {
        Table {
            name: $name,
            reading: concat!("SELECT * FROM ", $name, " ORDER BY ", $order),
            has_triggers: false,
        }
    };
    ($name:literal by $order:literal, with triggers) => {
        Table { has_triggers: true, ..table!($name by $order) }
    };
}

/// Every table but `idempotency_keys`, whose answers are nobody's any more.
const TABLES: [Table; 10] = [
    table!("care_providers" by "id"),
    table!("care_units" by "id"),
    table!("practitioners" by "id"),
    table!("commissions" by "practitioner_id, care_unit_id"),
    table!("patients" by "id"),
    table!("slot_templates" by "id"),
    // Withdrawn ones first: others may have been laid out over them, and not they over others.
    table!("slots" by "withdrawn_at IS NULL, id", with triggers),
    // What has ended first, for the same reason, and last what was booked over another by leave.
    table!(
        "appointments" by "state IN ('booked', 'arrived', 'started'), overlap_allowed_by IS NOT NULL, id",
        with triggers
    ),
    table!("participants" by "appointment_id, id"),
    table!("sms_outbox" by "id"),
];

/// The access log apart, for its order is part of what it says.
const ACCESS_LOG: Table = table!("access_log" by "care_provider_id, number");

/// The statements.
pub async fn rows_as_sql(store: &Sqlite) -> Result<Vec<String>, StoreError> {
    let mut statements = Vec::new();
    for table in TABLES.iter().chain([&ACCESS_LOG]) {
        let found = store.query(Statement::new(table.reading, [])).await?.rows;
        let columns = found.columns().collect::<Vec<_>>().join(", ");
        let identity = found.columns().position(|column| column == "id");
        for row in found.iter() {
            let (name, row) = (
                table.name,
                row.values().iter().map(literal).collect::<Vec<_>>(),
            );
            statements.push(match identity.filter(|_| table.has_triggers) {
                Some(place) => format!(
                    "INSERT INTO {name} ({columns}) SELECT {} WHERE NOT EXISTS (SELECT 1 FROM {name} WHERE id = {});",
                    row.join(", "),
                    row[place]
                ),
                None => format!("INSERT OR IGNORE INTO {name} ({columns}) VALUES ({});", row.join(", ")),
            });
        }
    }
    Ok(statements)
}

fn literal(value: &Value) -> String {
    match value {
        Value::Null => "NULL".into(),
        Value::Integer(integer) => integer.to_string(),
        Value::Real(real) => format!("{real:?}"),
        Value::Text(text) => quote(text),
    }
}

/// How many there are, by a question that gives `name` and `n`.
pub async fn counts(
    store: &Sqlite,
    sql: &'static str,
) -> Result<BTreeMap<String, i64>, StoreError> {
    let found = store.query(Statement::new(sql, [])).await?.rows;
    let pairs = found
        .iter()
        .map(|row| Ok((row.text("name")?.to_owned(), row.integer("n")?)));
    pairs.collect()
}

/// A line about slots and one about visits.
pub async fn summary(store: &Sqlite) -> Result<String, StoreError> {
    let slots = counts(
        store,
        "SELECT CASE WHEN withdrawn_at IS NOT NULL THEN 'withdrawn' WHEN occupied_by IS NOT NULL THEN 'taken' ELSE 'free' END AS name, count(*) AS n
FROM slots GROUP BY 1",
    );
    let states = counts(
        store,
        "SELECT state AS name, count(*) AS n FROM appointments GROUP BY 1",
    );
    let kinds = counts(
        store,
        "SELECT kind AS name, count(*) AS n FROM appointments GROUP BY 1",
    );
    let line = |what: &str, counts: BTreeMap<String, i64>| {
        let parts: Vec<_> = counts
            .iter()
            .map(|(name, n)| format!("{name} {n}"))
            .collect();
        format!(
            "{} {what}: {}",
            counts.values().sum::<i64>(),
            parts.join(", ")
        )
    };
    let lines = [
        line("slots", slots.await?),
        line("appointments by state", states.await?),
        line("appointments by kind", kinds.await?),
    ];
    Ok(lines.join("\n"))
}
