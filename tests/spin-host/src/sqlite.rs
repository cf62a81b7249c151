//! SQLite for components: each `open` is a connection of its own on the file of
//! its label, with nothing set beyond what Spin sets.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rusqlite::hooks::{AuthAction, AuthContext, Authorization};
use rusqlite::types::{Value as Owned, ValueRef};
use rusqlite::{Row, params_from_iter};
use tokio::task::spawn_blocking;
use wasmtime::component::Resource;

use crate::instance::Instance;
use crate::interfaces::fermyon::spin::sqlite::{
    Error, Host, HostConnection, QueryResult, RowResult, Value,
};

/// An open connection, kept in the instance's table of resources: when the
/// component drops it or its instance ends, SQLite closes it and rolls back what
/// was not committed.
pub struct Connection(Arc<Mutex<rusqlite::Connection>>);

impl Connection {
    async fn open(path: PathBuf) -> Result<Self, Error> {
        let open = move || {
            let connection = rusqlite::Connection::open(path)?;
            connection.busy_timeout(Duration::from_secs(5))?;
            connection.authorizer(Some(authorize));
            Ok(Self(Arc::new(Mutex::new(connection))))
        };
        blocking(open).await.map_err(Error::Io)
    }

    async fn execute(
        &self,
        statement: String,
        parameters: Vec<Value>,
    ) -> Result<QueryResult, Error> {
        let connection = self.0.clone();
        blocking(move || {
            let connection = connection.lock().unwrap_or_else(PoisonError::into_inner);
            let mut statement = connection.prepare_cached(&statement)?;
            let columns = statement.column_names();
            let columns: Vec<String> = columns.into_iter().map(str::to_owned).collect();
            let width = columns.len();
            let rows = statement
                .query_map(params_from_iter(parameters.into_iter().map(bind)), |row| {
                    read_row(row, width)
                })?
                .collect::<rusqlite::Result<_>>()?;
            Ok(QueryResult { columns, rows })
        })
        .await
        .map_err(Error::Io)
    }
}

/// Runs SQLite's work, which waits for locks, away from the async reactor. The
/// error is SQLite's message.
pub async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> rusqlite::Result<T> + Send + 'static,
) -> Result<T, String> {
    match spawn_blocking(work).await {
        Ok(done) => done.map_err(|error| error.to_string()),
        Err(panic) => Err(panic.to_string()),
    }
}

/// As in Spin, a component cannot attach another file to its database.
fn authorize(context: AuthContext<'_>) -> Authorization {
    match context.action {
        AuthAction::Attach { filename } if !matches!(filename, "" | ":memory:") => {
            Authorization::Deny
        }
        _ => Authorization::Allow,
    }
}

fn bind(value: Value) -> Owned {
    match value {
        Value::Integer(integer) => Owned::Integer(integer),
        Value::Real(real) => Owned::Real(real),
        Value::Text(text) => Owned::Text(text),
        Value::Blob(blob) => Owned::Blob(blob),
        Value::Null => Owned::Null,
    }
}

fn read_row(row: &Row<'_>, width: usize) -> rusqlite::Result<RowResult> {
    let read = |column| {
        Ok(match row.get_ref(column)? {
            ValueRef::Null => Value::Null,
            ValueRef::Integer(integer) => Value::Integer(integer),
            ValueRef::Real(real) => Value::Real(real),
            ValueRef::Text(text) => Value::Text(std::str::from_utf8(text)?.to_owned()),
            ValueRef::Blob(blob) => Value::Blob(blob.to_vec()),
        })
    };
    let values = (0..width).map(read).collect::<rusqlite::Result<_>>()?;
    Ok(RowResult { values })
}

impl Host for Instance {}

impl HostConnection for Instance {
    async fn open(&mut self, label: String) -> Result<Resource<Connection>, Error> {
        let path = self.sqlite_file(&label).ok_or(Error::AccessDenied)?;
        let connection = Connection::open(path).await?;
        self.table
            .push(connection)
            .map_err(|error| Error::Io(error.to_string()))
    }

    async fn execute(
        &mut self,
        connection: Resource<Connection>,
        statement: String,
        parameters: Vec<Value>,
    ) -> Result<QueryResult, Error> {
        match self.table.get(&connection) {
            Ok(connection) => connection.execute(statement, parameters).await,
            Err(_) => Err(Error::InvalidConnection),
        }
    }

    async fn drop(&mut self, connection: Resource<Connection>) -> wasmtime::Result<()> {
        let connection = self.table.delete(connection)?;
        Ok(spawn_blocking(move || drop(connection)).await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn memory() -> Connection {
        Connection::open(":memory:".into())
            .await
            .expect("memory opens")
    }

    #[tokio::test]
    async fn every_kind_of_value_comes_back_as_it_was_given() {
        let given = vec![
            Value::Integer(i64::MIN),
            Value::Real(0.5),
            Value::Text("vårdflöde".to_owned()),
            Value::Blob(vec![0, 255, 1]),
            Value::Null,
        ];
        let statement = "SELECT ?1 AS a, ?2 AS b, ?3 AS c, ?4 AS d, ?5 AS e";
        let result = memory()
            .await
            .execute(statement.to_owned(), given.clone())
            .await
            .expect("the query runs");
        assert_eq!(result.columns, ["a", "b", "c", "d", "e"]);
        assert_eq!(format!("{:?}", result.rows[0].values), format!("{given:?}"));
    }

    #[tokio::test]
    async fn an_error_carries_the_text_that_sqlite_gives() {
        let statement = "SELECT * FROM missing".to_owned();
        let error = memory().await.execute(statement, Vec::new()).await;
        let error = error.expect_err("there is no such table");
        assert!(matches!(error, Error::Io(text) if text.contains("no such table: missing")));
    }

    #[tokio::test]
    async fn another_file_cannot_be_attached() {
        let connection = memory().await;
        let attach = |file: &str| format!("ATTACH '{file}' AS other");
        let denied = connection.execute(attach("/tmp/other.db"), Vec::new());
        assert!(matches!(denied.await, Err(Error::Io(text)) if text.contains("not authorized")));
        let memory = connection.execute(attach(":memory:"), Vec::new());
        assert!(memory.await.is_ok());
    }
}
