//! Whether a session still stands: asked in the same round trip as the first thing a request asks the store,
//! so that signing out ends every token at once and costs no round trip of its own.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use async_trait::async_trait;

use crate::identifiers::SessionId;
use crate::platform::{Batch, Outcome, Statement, Store, StoreError};

/// The name by which a batch is refused whose session has ended.
const REFUSAL: &str = "session_stands";

/// How many times the store is asked something between two questions: once for a request, and every eight looks of a
/// stream that looks by itself.
const BETWEEN: u32 = 8;

/// A store that asks first whether a session stands. One that has ended reads nothing and writes nothing.
pub struct StandingStore {
    store: Arc<dyn Store>,
    session: SessionId,
    /// How often something was asked by a session that stood.
    asked: AtomicU32,
}

impl StandingStore {
    /// For one request of this session.
    pub fn new(store: Arc<dyn Store>, session: SessionId) -> Self {
        StandingStore {
            store,
            session,
            asked: AtomicU32::new(0),
        }
    }

    /// Whether the session was seen to stand so lately that nothing needs to be asked of it now.
    fn stands(&self) -> bool {
        let asked = self.asked.load(Ordering::Relaxed);
        let stands = !asked.is_multiple_of(BETWEEN);
        if stands {
            self.asked.store(asked.wrapping_add(1), Ordering::Relaxed);
        }
        stands
    }

    /// Finds nothing where the session stands. For one that has ended it fails, by a path that isn't JSON's
    /// and has our own name for it, and so undoes the batch that it begins. A SELECT: a batch that only reads
    /// needs no writer's place in any store's queue for it, and one that writes pays no trigger.
    fn question(&self) -> Statement {
        Statement::new(
            "SELECT json_extract('{}', 'refused: session_stands ' || ended_at) FROM sessions
WHERE id = ?1 AND ended_at IS NOT NULL",
            [self.session.into()],
        )
    }
}

#[async_trait]
impl Store for StandingStore {
    async fn query(&self, statement: Statement) -> Result<Outcome, StoreError> {
        if self.stands() {
            return self.store.query(statement).await;
        }
        let mut outcomes = self.batch(vec![statement]).await?;
        outcomes
            .pop()
            .ok_or_else(|| StoreError::Broken("a statement without an outcome".into()))
    }

    async fn batch(&self, statements: Batch) -> Result<Vec<Outcome>, StoreError> {
        if self.stands() {
            return self.store.batch(statements).await;
        }
        let mut asking = vec![self.question()];
        asking.extend(statements);
        let answered = self.store.batch(asking).await;
        let mut outcomes = match answered {
            Err(error) if error.refused_by(REFUSAL) => return Err(StoreError::SessionEnded),
            answered => answered?,
        };
        outcomes.remove(0);
        self.asked.fetch_add(1, Ordering::Relaxed);
        Ok(outcomes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::native::{SeededRandom, Sqlite};
    use crate::time::Timestamp;

    const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

    async fn store_with(ended: bool) -> (Arc<Sqlite>, StandingStore) {
        let store = Arc::new(Sqlite::migrated().unwrap());
        let session = SessionId::at(NOW, &SeededRandom::new(1));
        let ended = if ended { "2" } else { "NULL" };
        store
            .execute_script(&format!(
                "INSERT INTO sessions (id, kind, subject, started_by, started_at, renewed_at, ends_at, ended_at)
VALUES ('{session}', 'patient', 'x', 'y', 1, 1, 3, {ended})"
            ))
            .unwrap();
        let standing = StandingStore::new(Arc::clone(&store) as Arc<dyn Store>, session);
        (store, standing)
    }

    fn reading() -> Statement {
        Statement::new("SELECT count(*) AS n FROM rate_limits", [])
    }

    fn writing() -> Statement {
        Statement::new("INSERT INTO rate_limits VALUES ('a', 1, 1)", [])
    }

    async fn written(store: &Sqlite) -> i64 {
        let found = store.query(reading()).await.unwrap();
        found.rows.first().unwrap().integer("n").unwrap()
    }

    #[tokio::test]
    async fn a_standing_session_reads_and_writes_and_gets_only_its_own_outcomes() {
        let (store, standing) = store_with(false).await;
        assert_eq!(standing.query(reading()).await.unwrap().rows.len(), 1);
        assert_eq!(
            standing
                .batch(vec![writing(), reading()])
                .await
                .unwrap()
                .len(),
            2
        );
        assert_eq!(written(&store).await, 1);
    }

    #[tokio::test]
    async fn an_ended_session_reads_nothing() {
        let (_, standing) = store_with(true).await;
        assert_eq!(
            standing.query(reading()).await.err(),
            Some(StoreError::SessionEnded)
        );
        // Asking again doesn't help.
        assert_eq!(
            standing.batch(vec![reading()]).await.err(),
            Some(StoreError::SessionEnded)
        );
    }

    #[tokio::test]
    async fn what_goes_on_asking_stops_soon_after_the_session_has_ended() {
        let (store, standing) = store_with(false).await;
        standing.query(reading()).await.unwrap();
        store
            .execute_script("UPDATE sessions SET ended_at = 2")
            .unwrap();
        for _ in 1..BETWEEN {
            standing.query(reading()).await.unwrap();
        }
        for _ in 0..2 {
            let refused = standing.query(reading()).await;
            assert_eq!(refused.err(), Some(StoreError::SessionEnded));
        }
    }

    #[tokio::test]
    async fn an_ended_session_writes_nothing_though_its_first_batch_does() {
        let (store, standing) = store_with(true).await;
        let refused = standing.batch(vec![writing(), reading()]).await;
        assert_eq!(refused.err(), Some(StoreError::SessionEnded));
        assert_eq!(written(&store).await, 0);
    }
}
