//! Rate limits: how often one address or person may try something within a span of time. Counted in the
//! store in one statement, so that all instances count together. Who it was is kept as a keyed hash.

use http::StatusCode;

use crate::platform::{Outcome, Ports, Statement};
use crate::problem::Problem;
use crate::sealing::{encoded, secret_key};

/// A limit on one kind of trying.
#[derive(Debug, Clone, Copy)]
pub struct RateLimit {
    /// Its name in the store, as `sign-in`.
    pub name: &'static str,
    /// So many times …
    pub most: i64,
    /// … within this span, in milliseconds.
    pub within: i64,
}

const COUNT: &str = "INSERT INTO rate_limits (bucket, began_at, count)
VALUES (?1, ?2, 1)
ON CONFLICT (bucket) DO UPDATE SET
  count = CASE WHEN began_at <= ?3 THEN 1 ELSE count + 1 END,
  began_at = CASE WHEN began_at <= ?3 THEN excluded.began_at ELSE began_at END
RETURNING began_at, count";

const LOOK: &str = "SELECT began_at, count FROM rate_limits WHERE bucket = ?1 AND began_at > ?2";

impl RateLimit {
    /// Counts one more try of `who` (an address, a subject); refused with 429 once there were too many.
    pub async fn count(&self, ports: &Ports, who: &str) -> Result<(), Problem> {
        let outcome = ports.store.query(self.counting(ports, who)?).await?;
        self.judge_counted(ports, &outcome)
    }

    /// Refuses as [`RateLimit::count`] would, without counting: where only failures count.
    pub async fn check(&self, ports: &Ports, who: &str) -> Result<(), Problem> {
        let outcome = ports.store.query(self.looking(ports, who)?).await?;
        self.judge_looked(ports, &outcome)
    }

    /// The statement of [`RateLimit::count`], for a batch.
    pub fn counting(&self, ports: &Ports, who: &str) -> Result<Statement, Problem> {
        let now = ports.clock.now();
        let parameters = [
            self.bucket(ports, who)?.into(),
            now.into(),
            now.plus(-self.within).into(),
        ];
        Ok(Statement::new(COUNT, parameters))
    }

    /// The statement of [`RateLimit::check`], for a batch.
    pub fn looking(&self, ports: &Ports, who: &str) -> Result<Statement, Problem> {
        let since = ports.clock.now().plus(-self.within);
        let parameters = [self.bucket(ports, who)?.into(), since.into()];
        Ok(Statement::new(LOOK, parameters))
    }

    /// What comes of [`RateLimit::counting`].
    pub fn judge_counted(&self, ports: &Ports, counted: &Outcome) -> Result<(), Problem> {
        // The try that was counted is within the limit itself.
        self.judge(ports, counted, self.most + 1)
    }

    /// What comes of [`RateLimit::looking`].
    pub fn judge_looked(&self, ports: &Ports, looked: &Outcome) -> Result<(), Problem> {
        self.judge(ports, looked, self.most)
    }

    fn judge(&self, ports: &Ports, outcome: &Outcome, too_many: i64) -> Result<(), Problem> {
        let Some(row) = outcome.rows.first() else {
            return Ok(());
        };
        if row.integer("count")? < too_many {
            return Ok(());
        }
        let left = row.integer("began_at")? + self.within - ports.clock.now().millis();
        Err(Problem::new(
            StatusCode::TOO_MANY_REQUESTS,
            "too-many-attempts",
            "Too many attempts",
        )
        .detail("Wait, then try again.")
        .retry_after(u32::try_from(left / 1000 + 1).unwrap_or(1)))
    }

    fn bucket(&self, ports: &Ports, who: &str) -> Result<String, Problem> {
        let key = secret_key(&*ports.secrets, "BLIND_INDEX_KEY")?;
        // A zero byte keeps it apart from every other text that this key is used for.
        let mac = hmac_sha256::HMAC::mac(format!("rate limit\0{}\0{who}", self.name), key);
        Ok(format!("{}.{}", self.name, encoded(&mac[..16])))
    }
}
