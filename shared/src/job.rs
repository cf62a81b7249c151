//! Scheduled jobs: work that makes visible what the clock has already decided, tells people, and tidies.
//! A job is a POST to `/<function>/v1/jobs/<name>` with the secret `JOB_KEY`. On Workers the platform's own
//! schedule posts it (`serve!(router, jobs: […])`); on Spin any scheduler does, as docs/operations.md shows.

use axum::extract::FromRequestParts;
use http::header::AUTHORIZATION;
use http::request::Parts;

use crate::platform::Ports;
use crate::problem::Problem;
use crate::sealing::equal_in_constant_time;
use crate::walls::Guard;

/// The setting that holds the jobs' secret.
pub const KEY: &str = "JOB_KEY";
/// A secret of fewer characters is none: 128 bits in base64url have 22.
const SHORTEST_KEY: usize = 22;

/// The platform's own schedule, or whoever knows its secret. It acts for nobody and reads for nobody.
#[derive(Debug, Clone, Copy)]
pub struct Job;

impl Guard for Job {
    const ADMITS: &'static str = "job";
}

impl<S: Send + Sync> FromRequestParts<S> for Job {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let ports = Ports::from_request_parts(parts, state).await?;
        let key = ports
            .secrets
            .get(KEY)
            .filter(|key| key.len() >= SHORTEST_KEY)
            .ok_or_else(|| Problem::internal("JOB_KEY is not set, or too short"))?;
        let given = parts
            .headers
            .get(AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.strip_prefix("Bearer "))
            .unwrap_or_default();
        if equal_in_constant_time(given, &key) {
            Ok(Job)
        } else {
            Err(Problem::not_signed_in("Only the scheduler can run this."))
        }
    }
}
