//! Training and production: two deployments with their own stores and keys, which never mix.

use serde::{Deserialize, Serialize};

use crate::platform::Secrets;
use crate::problem::Problem;

/// Where a deployment stands. Named in every session, so that one of the other environment is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Environment {
    /// Utbildning: test identities alone, no real phone is ever reached.
    Training,
    /// Produktion: real people.
    Production,
}

impl Environment {
    /// From the setting `ENVIRONMENT`. A deployment without it answers nothing: a guess could let
    /// training data into production.
    pub fn of(secrets: &dyn Secrets) -> Result<Self, Problem> {
        match secrets.get("ENVIRONMENT").as_deref() {
            Some("training") => Ok(Environment::Training),
            Some("production") => Ok(Environment::Production),
            _ => Err(Problem::internal(
                "ENVIRONMENT is neither training nor production",
            )),
        }
    }
}
