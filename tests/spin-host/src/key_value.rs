//! Key-value stores for components: rows of one table in one SQLite file, as
//! Spin keeps them when nothing else is configured.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::{Connection, OptionalExtension, params};
use wasmtime::component::Resource;

use crate::instance::Instance;
use crate::interfaces::fermyon::spin::key_value::{Error, Host, HostStore};
use crate::sqlite::blocking;

const CREATE: &str = "CREATE TABLE IF NOT EXISTS spin_key_value (store TEXT NOT NULL, \
    key TEXT NOT NULL, value BLOB NOT NULL, PRIMARY KEY (store, key))";
const GET: &str = "SELECT value FROM spin_key_value WHERE store = ?1 AND key = ?2";
const SET: &str = "INSERT INTO spin_key_value (store, key, value) VALUES (?1, ?2, ?3) \
    ON CONFLICT (store, key) DO UPDATE SET value = excluded.value";
const DELETE: &str = "DELETE FROM spin_key_value WHERE store = ?1 AND key = ?2";
const KEYS: &str = "SELECT key FROM spin_key_value WHERE store = ?1";

/// The file that holds every store.
pub struct KeyValue(Arc<Mutex<Connection>>);

impl KeyValue {
    pub fn open(path: &Path) -> rusqlite::Result<Self> {
        let connection = Connection::open(path)?;
        connection.execute(CREATE, [])?;
        Ok(Self(Arc::new(Mutex::new(connection))))
    }

    fn store(&self, label: String) -> Store {
        Store {
            label,
            connection: self.0.clone(),
        }
    }
}

/// One store, opened by a component.
#[derive(Clone)]
pub struct Store {
    label: String,
    connection: Arc<Mutex<Connection>>,
}

impl Store {
    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection, &str) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, Error> {
        let Self { label, connection } = self.clone();
        let work = move || {
            let connection = connection.lock().unwrap_or_else(PoisonError::into_inner);
            work(&connection, &label)
        };
        blocking(work).await.map_err(Error::Other)
    }

    async fn get(&self, key: String) -> Result<Option<Vec<u8>>, Error> {
        self.run(move |connection, label| {
            let mut statement = connection.prepare_cached(GET)?;
            let row = statement.query_row(params![label, key], |row| row.get(0));
            row.optional()
        })
        .await
    }

    async fn set(&self, key: String, value: Vec<u8>) -> Result<(), Error> {
        self.run(move |connection, label| {
            let mut statement = connection.prepare_cached(SET)?;
            statement.execute(params![label, key, value]).map(drop)
        })
        .await
    }

    async fn delete(&self, key: String) -> Result<(), Error> {
        self.run(move |connection, label| {
            let mut statement = connection.prepare_cached(DELETE)?;
            statement.execute(params![label, key]).map(drop)
        })
        .await
    }

    async fn get_keys(&self) -> Result<Vec<String>, Error> {
        self.run(|connection, label| {
            let mut statement = connection.prepare_cached(KEYS)?;
            let keys = statement.query_map([label], |row| row.get(0))?;
            keys.collect()
        })
        .await
    }
}

impl Instance {
    fn store(&self, store: &Resource<Store>) -> Result<&Store, Error> {
        let store = self.table.get(store);
        store.map_err(|error| Error::Other(error.to_string()))
    }
}

impl Host for Instance {}

impl HostStore for Instance {
    async fn open(&mut self, label: String) -> Result<Resource<Store>, Error> {
        if !self.manifest().key_value_stores.contains(&label) {
            return Err(Error::AccessDenied);
        }
        let store = self.key_value().store(label);
        self.table.push(store).map_err(|_| Error::StoreTableFull)
    }

    async fn get(&mut self, store: Resource<Store>, key: String) -> Result<Option<Vec<u8>>, Error> {
        self.store(&store)?.get(key).await
    }

    async fn set(
        &mut self,
        store: Resource<Store>,
        key: String,
        value: Vec<u8>,
    ) -> Result<(), Error> {
        self.store(&store)?.set(key, value).await
    }

    async fn delete(&mut self, store: Resource<Store>, key: String) -> Result<(), Error> {
        self.store(&store)?.delete(key).await
    }

    async fn exists(&mut self, store: Resource<Store>, key: String) -> Result<bool, Error> {
        Ok(self.store(&store)?.get(key).await?.is_some())
    }

    async fn get_keys(&mut self, store: Resource<Store>) -> Result<Vec<String>, Error> {
        self.store(&store)?.get_keys().await
    }

    async fn drop(&mut self, store: Resource<Store>) -> wasmtime::Result<()> {
        self.table.delete(store)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn stores_keep_the_last_value_of_a_key_apart_from_each_other() {
        let file = KeyValue::open(Path::new(":memory:")).expect("memory opens");
        let [one, two] = ["one", "two"].map(|label| file.store(label.to_owned()));
        for value in [b"first".to_vec(), b"last".to_vec()] {
            one.set("key".to_owned(), value).await.expect("it is set");
        }
        let get = one.get("key".to_owned()).await;
        assert_eq!(get.expect("it is read"), Some(b"last".to_vec()));
        assert_eq!(one.get_keys().await.expect("keys are read"), ["key"]);
        assert_eq!(two.get("key".to_owned()).await.expect("it is read"), None);

        one.delete("key".to_owned()).await.expect("it is deleted");
        one.delete("key".to_owned())
            .await
            .expect("nor is it missed");
        assert_eq!(one.get("key".to_owned()).await.expect("it is read"), None);
    }
}
