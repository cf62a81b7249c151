//! Every sealed column of the store, in one place: what it is bound to, and how its rows are gone through in
//! bounded pages when keys change. A column that migrations mark `-- sealed` and that is missing here fails a test.
//!
//! A new one is a line of [`SEALED_COLUMNS`]: table, column, primary key and the SQL of the row name that
//! [`Place`](super::Place) gets. The table needs a `care_provider_id`, and a primary key of texts, whose second
//! column may be a number (`number "number"`), which pages then carry as text.

/// A column that holds sealed values.
#[derive(Debug, Clone, Copy)]
pub struct SealedColumn {
    /// Table and column, as `patients.name`: a part of the associated data.
    pub name: &'static str,
    /// The columns of the table's primary key, one or two.
    pub key: &'static [&'static str],
    /// Reads a page: the rows whose key comes after `?1` (and `?2` where it has two columns), in its order,
    /// at most so many as the last parameter says. Gives `key_1`, `key_2` (or an empty text),
    /// `care_provider_id`, `row_name` and `sealed`, which is null where nothing is kept.
    pub read: &'static str,
    /// Counts the rows after a key, with the same parameters as [`SealedColumn::read`]: `n`.
    pub count: &'static str,
    /// Puts `?1` in the place of `?2` in the row of this key (`?3`, and `?4`), and gives a row back unless
    /// somebody changed the value meanwhile.
    pub write: &'static str,
}

macro_rules! sealed {
    ($table:literal . $column:literal, key: [$key:literal], row: $row:literal) => {
        SealedColumn {
            name: concat!($table, ".", $column),
            key: &[$key],
            read: concat!(
                "SELECT ",
                $key,
                " AS key_1, '' AS key_2, care_provider_id, ",
                $row,
                " AS row_name, ",
                $column,
                " AS sealed FROM ",
                $table,
                " WHERE ",
                $key,
                " > ?1 ORDER BY ",
                $key,
                " LIMIT ?2"
            ),
            count: concat!(
                "SELECT count(*) AS n FROM (SELECT 1 FROM ",
                $table,
                " WHERE ",
                $key,
                " > ?1 ORDER BY ",
                $key,
                " LIMIT ?2)"
            ),
            write: concat!(
                "UPDATE ",
                $table,
                " SET ",
                $column,
                " = ?1 WHERE ",
                $key,
                " = ?3 AND ",
                $column,
                " = ?2 RETURNING 1 AS written"
            ),
        }
    };
    ($table:literal . $column:literal, key: [$first:literal, $second:literal], row: $row:literal) => {
        sealed!(@pair $table . $column, [$first, $second], $row, $second, "?2", "?4")
    };
    // Pages carry every key as text.
    ($table:literal . $column:literal, key: [$first:literal, number $second:literal], row: $row:literal) => {
        sealed!(
            @pair $table . $column, [$first, $second], $row,
            concat!("CAST(", $second, " AS TEXT)"), "CAST(?2 AS INTEGER)", "CAST(?4 AS INTEGER)"
        )
    };
    (@pair $table:literal . $column:literal, [$first:literal, $second:literal], $row:literal, $as_text:expr, $read_key:literal, $write_key:literal) => {
        SealedColumn {
            name: concat!($table, ".", $column),
            key: &[$first, $second],
            read: concat!(
                "SELECT ",
                $first,
                " AS key_1, ",
                $as_text,
                " AS key_2, care_provider_id, ",
                $row,
                " AS row_name, ",
                $column,
                " AS sealed FROM ",
                $table,
                " WHERE (",
                $first,
                ", ",
                $second,
                ") > (?1, ",
                $read_key,
                ") ORDER BY ",
                $first,
                ", ",
                $second,
                " LIMIT ?3"
            ),
            count: concat!(
                "SELECT count(*) AS n FROM (SELECT 1 FROM ",
                $table,
                " WHERE (",
                $first,
                ", ",
                $second,
                ") > (?1, ",
                $read_key,
                ") ORDER BY ",
                $first,
                ", ",
                $second,
                " LIMIT ?3)"
            ),
            write: concat!(
                "UPDATE ",
                $table,
                " SET ",
                $column,
                " = ?1 WHERE ",
                $first,
                " = ?3 AND ",
                $second,
                " = ",
                $write_key,
                " AND ",
                $column,
                " = ?2 RETURNING 1 AS written"
            ),
        }
    };
}

/// All of them, in the order in which they are gone through.
pub const SEALED_COLUMNS: &[SealedColumn] = &[
    sealed!("practitioners"."name", key: ["id"], row: "id"),
    sealed!("patients"."identity", key: ["id"], row: "id"),
    sealed!("patients"."name", key: ["id"], row: "id"),
    sealed!("patients"."phone", key: ["id"], row: "id"),
    sealed!("appointments"."details", key: ["id"], row: "id"),
    sealed!("appointments"."cancellation", key: ["id"], row: "id"),
    sealed!("participants"."contact", key: ["appointment_id", "id"], row: "id"),
    sealed!("sms_outbox"."recipient", key: ["id"], row: "id"),
    sealed!("sms_outbox"."fields", key: ["id"], row: "id"),
    sealed!("tasks"."note", key: ["id"], row: "id"),
    sealed!("tickets"."details", key: ["id"], row: "id"),
    sealed!("ticket_batches"."common", key: ["id"], row: "id"),
    sealed!("ticket_batch_steps"."patients", key: ["batch_id", number "number"], row: "batch_id || '/' || number"),
    sealed!("chats"."subject", key: ["id"], row: "id"),
    sealed!("chats"."closing", key: ["id"], row: "id"),
    sealed!("attachments"."data_key", key: ["id"], row: "id"),
    sealed!("messages"."text", key: ["chat_id", number "number"], row: "id"),
    sealed!("chat_notes"."text", key: ["chat_id", "id"], row: "id"),
    sealed!("chat_handovers"."note", key: ["id"], row: "id"),
    sealed!("chat_records"."record", key: ["chat_id"], row: "chat_id"),
    sealed!("record_notes"."text", key: ["chat_id", "id"], row: "id"),
    sealed!("reply_phrases"."phrase", key: ["id"], row: "id"),
    sealed!("emergency_accesses"."reason", key: ["id"], row: "id"),
    sealed!("access_log_samples"."remark", key: ["id"], row: "id"),
    sealed!("idempotency_keys"."answer", key: ["subject", "key"], row: "subject || char(10) || key"),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::platform::native::{MIGRATIONS, Sqlite};
    use crate::platform::{Statement, Store, Value};

    /// Each `table.column` whose line in a migration says `-- sealed`.
    fn marked() -> BTreeSet<String> {
        let mut marked = BTreeSet::new();
        for migration in MIGRATIONS {
            let mut table = "";
            for line in migration.lines() {
                let words: Vec<&str> = line.split_whitespace().collect();
                let column = match words.as_slice() {
                    ["CREATE", "TABLE", name, ..] => {
                        table = name;
                        continue;
                    }
                    ["ALTER", "TABLE", name, "ADD", "COLUMN", column, ..]
                    | ["ALTER", "TABLE", name, "ADD", column, ..] => {
                        table = name;
                        column
                    }
                    [column, ..] => column,
                    [] => continue,
                };
                if line.contains("-- sealed") {
                    marked.insert(format!("{table}.{column}"));
                }
            }
        }
        marked
    }

    #[test]
    fn every_column_that_migrations_mark_sealed_is_here_and_no_other() {
        let here: BTreeSet<String> = SEALED_COLUMNS
            .iter()
            .map(|one| one.name.to_owned())
            .collect();
        assert_eq!(here.len(), SEALED_COLUMNS.len(), "each once");
        assert_eq!(
            here,
            marked(),
            "here beside marked `-- sealed` in migrations/"
        );
    }

    /// One column of a question's answer, as texts.
    async fn texts(store: &Sqlite, sql: String, column: &str) -> Vec<String> {
        let found = store.query(Statement::new(sql.leak(), [])).await;
        let found = found.expect("an answer");
        let text = |row: crate::platform::Row| row.text(column).expect("a text").to_owned();
        found.rows.iter().map(text).collect()
    }

    #[tokio::test]
    async fn each_is_gone_through_by_its_primary_key_of_texts() {
        let store = Sqlite::migrated().expect("a store");
        for sealed in SEALED_COLUMNS {
            let (table, _) = sealed.name.split_once('.').expect("table.column");
            let of_key = format!("FROM pragma_table_info('{table}') WHERE pk > 0 ORDER BY pk");
            let names = texts(&store, format!("SELECT name {of_key}"), "name").await;
            assert_eq!(names, sealed.key, "{}", sealed.name);
            let types = texts(&store, format!("SELECT type {of_key}"), "type").await;
            for (name, kind) in names.iter().zip(&types) {
                let as_text = sealed.read.contains(&format!("CAST({name} AS TEXT)"));
                assert_eq!(as_text, kind == "INTEGER", "{}", sealed.name);
                assert!(as_text || kind == "TEXT", "{}", sealed.name);
            }
        }
    }

    #[tokio::test]
    async fn a_page_is_found_by_the_key_and_reads_no_more_than_it_shows() {
        let store = Sqlite::migrated().expect("a store");
        for sealed in SEALED_COLUMNS {
            for sql in [sealed.read, sealed.count, sealed.write] {
                let mut parameters = vec![Value::from(""); sealed.key.len()];
                match sql {
                    sql if sql == sealed.write => parameters.extend(["".into(), "".into()]),
                    _ => parameters.push(10.into()),
                }
                let plan = Statement {
                    sql: format!("EXPLAIN QUERY PLAN {sql}").leak(),
                    parameters,
                };
                let plan = store.query(plan).await.expect("a plan");
                let steps: Vec<String> = plan
                    .rows
                    .iter()
                    .map(|row| row.text("detail").expect("a step").to_owned())
                    .collect();
                let (table, _) = sealed.name.split_once('.').expect("table.column");
                assert!(
                    steps
                        .iter()
                        .any(|step| step.contains(&format!("SEARCH {table} USING PRIMARY KEY"))),
                    "{sql}: {steps:?}"
                );
                assert!(
                    steps.iter().all(|step| !step.contains("TEMP B-TREE")),
                    "{sql}: {steps:?}"
                );
            }
        }
    }
}
