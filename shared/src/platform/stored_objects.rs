//! Objects as rows of the store, for platforms without an object store of their own: Spin, and natively.
//! As base64url in a text, for blobs don't travel through the store (see [`Value`](super::Value)).

use std::sync::Arc;

use async_trait::async_trait;

use super::{Objects, PortError, Ports, Statement, Store, StoreError};
use crate::sealing::{decoded, encoded};

/// Where objects are kept: the table `objects`.
pub fn objects(ports: &Ports) -> Arc<dyn Objects> {
    Arc::new(StoredObjects(Arc::clone(&ports.store)))
}

struct StoredObjects(Arc<dyn Store>);

fn failed(cause: impl std::fmt::Display) -> PortError {
    PortError {
        port: "objects",
        cause: cause.to_string(),
    }
}

impl From<StoreError> for PortError {
    fn from(error: StoreError) -> Self {
        failed(error)
    }
}

#[async_trait]
impl Objects for StoredObjects {
    async fn put(&self, key: &str, bytes: &[u8]) -> Result<(), PortError> {
        let bytes = encoded(bytes);
        let statement = Statement::new(
            "INSERT INTO objects (key, bytes) VALUES (?1, ?2)
ON CONFLICT (key) DO UPDATE SET bytes = excluded.bytes",
            [key.into(), bytes.into()],
        );
        self.0.query(statement).await?;
        Ok(())
    }

    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, PortError> {
        let statement = Statement::new("SELECT bytes FROM objects WHERE key = ?1", [key.into()]);
        let found = self.0.query(statement).await?;
        let Some(row) = found.rows.first() else {
            return Ok(None);
        };
        let bytes = decoded(row.text("bytes")?);
        bytes
            .map(Some)
            .ok_or_else(|| failed("an object is no base64url"))
    }

    async fn delete(&self, keys: &[String]) -> Result<(), PortError> {
        let keys = json_text::text(keys).map_err(failed)?;
        let statement = Statement::new(
            "DELETE FROM objects WHERE key IN (SELECT value FROM json_each(?1))",
            [keys.into()],
        );
        self.0.query(statement).await?;
        Ok(())
    }
}
