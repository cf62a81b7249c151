//! The SQL of the access log's chain, of a patient's own entries and of samples; nothing else.

use shared::hsa_id::HsaId;
use shared::platform::{Batch, Statement};
use shared::sealing::IdentityIndex;
use shared::time::Timestamp;

/// How many entries one batch links, and one step of a verification looks at.
pub const BATCH: i64 = 500;

/// The last link of a care provider, and the entries that wait for theirs.
pub fn waiting(care_provider: &str) -> Batch {
    vec![
        Statement::new(
            "SELECT number, link
FROM access_log_links
WHERE care_provider_id = ?1
ORDER BY number DESC
LIMIT 1",
            [care_provider.into()],
        ),
        Statement::new(
            "SELECT *
FROM access_log
WHERE care_provider_id = ?1
  AND number > coalesce((SELECT max(number) FROM access_log_links WHERE care_provider_id = ?1), 0)
ORDER BY number
LIMIT ?2",
            [care_provider.into(), BATCH.into()],
        ),
    ]
}

/// A batch's links (a JSON array of `[number, link]`), who the entries are about, and the checkpoint. Two who
/// link the same entries at once: the second is refused by `access_log_links`.
pub fn link(
    care_provider: &str,
    links: String,
    (first, last): (i64, i64),
    token: String,
    now: Timestamp,
) -> Batch {
    vec![
        Statement::new(
            "INSERT INTO access_log_links (care_provider_id, number, link)
SELECT ?1, value ->> 0, value ->> 1
FROM json_each(?2)",
            [care_provider.into(), links.into()],
        ),
        Statement::new(
            "INSERT INTO access_log_patients (patient_id, at, care_provider_id, number)
SELECT DISTINCT patient.value, log.at, log.care_provider_id, log.number
FROM access_log AS log, json_each(log.patients) AS patient
WHERE log.care_provider_id = ?1 AND log.number BETWEEN ?2 AND ?3",
            [care_provider.into(), first.into(), last.into()],
        ),
        Statement::new(
            "INSERT INTO access_log_checkpoints (care_provider_id, number, at, token)
VALUES (?1, ?2, ?3, ?4)",
            [care_provider.into(), last.into(), now.into(), token.into()],
        ),
    ]
}

/// Every care provider.
pub fn care_providers() -> Statement {
    Statement::new("SELECT id FROM care_providers ORDER BY id", [])
}

/// The care providers at which a patient is known.
pub fn care_providers_of(patient: &IdentityIndex) -> Statement {
    Statement::new(
        "SELECT care_provider_id AS id FROM patients WHERE identity_index = ?1 ORDER BY id",
        [patient.as_str().into()],
    )
}

/// A piece of a log to be verified: the link before it, its entries, links and checkpoints.
pub fn piece(care_provider: &str, after: i64) -> Batch {
    let until = after.saturating_add(BATCH);
    vec![
        Statement::new(
            "SELECT link FROM access_log_links WHERE care_provider_id = ?1 AND number = ?2",
            [care_provider.into(), after.into()],
        ),
        Statement::new(
            "SELECT *
FROM access_log
WHERE care_provider_id = ?1 AND number > ?2 AND number <= ?3
ORDER BY number",
            [care_provider.into(), after.into(), until.into()],
        ),
        Statement::new(
            "SELECT number, link
FROM access_log_links
WHERE care_provider_id = ?1 AND number > ?2 AND number <= ?3",
            [care_provider.into(), after.into(), until.into()],
        ),
        Statement::new(
            "SELECT number, token
FROM access_log_checkpoints
WHERE care_provider_id = ?1 AND number > ?2 AND number <= ?3
ORDER BY number",
            [care_provider.into(), after.into(), until.into()],
        ),
        Statement::new(
            "SELECT
  coalesce((SELECT max(number) FROM access_log WHERE care_provider_id = ?1), 0) AS entries,
  coalesce((SELECT max(number) FROM access_log_links WHERE care_provider_id = ?1), 0) AS links,
  coalesce((SELECT max(number) FROM access_log_checkpoints WHERE care_provider_id = ?1), 0) AS checkpoints",
            [care_provider.into()],
        ),
    ]
}

/// The columns by which an entry is shown: its own, and the names of who and where.
macro_rules! shown {
    () => {
        "log.*, practitioners.name AS practitioner_name, care_units.name AS care_unit_name"
    };
}

macro_rules! with_names {
    () => {
        "
LEFT JOIN practitioners ON log.user_kind = 'practitioner' AND practitioners.id = log.user_id
LEFT JOIN care_units ON care_units.id = log.care_unit_id"
    };
}

/// A patient's own entries, the newest first, at every care provider.
pub fn of_patient(patient: &IdentityIndex, before: (Timestamp, i64), limit: i64) -> Statement {
    Statement::new(
        concat!(
            "SELECT ",
            shown!(),
            "
FROM patients
JOIN access_log_patients AS mine ON mine.patient_id = patients.id
JOIN access_log AS log ON log.care_provider_id = mine.care_provider_id AND log.number = mine.number",
            with_names!(),
            "
WHERE patients.identity_index = ?1 AND (mine.at, mine.number) < (?2, ?3)
ORDER BY mine.at DESC, mine.number DESC
LIMIT ?4"
        ),
        [
            patient.as_str().into(),
            before.0.into(),
            before.1.into(),
            limit.into(),
        ],
    )
}

/// A unit's entries in the order of their numbers.
pub fn of_unit(care_provider: &HsaId, care_unit: &HsaId, after: i64, limit: i64) -> Statement {
    Statement::new(
        "SELECT *
FROM access_log
WHERE care_provider_id = ?1 AND care_unit_id = ?2 AND number > ?3
ORDER BY number
LIMIT ?4",
        [
            care_provider.into(),
            care_unit.into(),
            after.into(),
            limit.into(),
        ],
    )
}

/// Between which numbers the entries of a period lie, as far as checkpoints tell: the last that was linked
/// before it, and the first that was linked after it.
pub fn numbers_about(care_provider: &HsaId, from: Timestamp, until: Timestamp) -> Statement {
    Statement::new(
        "SELECT
  coalesce((SELECT number FROM access_log_checkpoints WHERE care_provider_id = ?1 AND at < ?2 ORDER BY at DESC LIMIT 1), 0) AS after,
  coalesce(
    (SELECT number FROM access_log_checkpoints WHERE care_provider_id = ?1 AND at >= ?3 ORDER BY at LIMIT 1),
    (SELECT max(number) FROM access_log WHERE care_provider_id = ?1),
    0
  ) AS until",
        [care_provider.into(), from.into(), until.into()],
    )
}

/// Which of these numbers (a JSON array) are entries of the unit in the period.
pub fn drawn(
    care_provider: &HsaId,
    care_unit: &HsaId,
    (from, until): (Timestamp, Timestamp),
    numbers: String,
) -> Statement {
    Statement::new(
        "SELECT log.number
FROM json_each(?5) AS wanted
JOIN access_log AS log ON log.care_provider_id = ?1 AND log.number = wanted.value
WHERE log.care_unit_id = ?2 AND log.at >= ?3 AND log.at < ?4",
        [
            care_provider.into(),
            care_unit.into(),
            from.into(),
            until.into(),
            numbers.into(),
        ],
    )
}

/// A sample to be kept.
pub struct NewSample<'a> {
    /// Its id.
    pub id: String,
    /// Whose log.
    pub care_provider: &'a HsaId,
    /// Which unit's entries.
    pub care_unit: &'a HsaId,
    /// By whom.
    pub drawn_by: &'a HsaId,
    /// When.
    pub drawn_at: Timestamp,
    /// From the entries of this time …
    pub from: Timestamp,
    /// … until this, exclusive.
    pub until: Timestamp,
    /// The entries' numbers, as a JSON array.
    pub numbers: String,
}

/// Keeps a sample.
pub fn insert_sample(sample: NewSample) -> Statement {
    Statement::new(
        "INSERT INTO access_log_samples (
  id, care_provider_id, care_unit_id, drawn_by, drawn_at, from_at, until_at, numbers
)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        [
            sample.id.into(),
            sample.care_provider.into(),
            sample.care_unit.into(),
            sample.drawn_by.into(),
            sample.drawn_at.into(),
            sample.from.into(),
            sample.until.into(),
            sample.numbers.into(),
        ],
    )
}

macro_rules! samples {
    ($where:literal) => {
        concat!(
            "SELECT sample.id, sample.care_provider_id, sample.drawn_by, sample.drawn_at, sample.from_at, sample.until_at,
  sample.numbers, sample.signed_off_by, sample.signed_off_at, sample.remark,
  drawer.name AS drawn_by_name, signer.name AS signed_off_by_name
FROM access_log_samples AS sample
LEFT JOIN practitioners AS drawer ON drawer.id = sample.drawn_by
LEFT JOIN practitioners AS signer ON signer.id = sample.signed_off_by
WHERE ",
            $where
        )
    };
}

/// The unit's samples, the newest first.
pub fn list_samples(care_unit: &HsaId) -> Statement {
    Statement::new(
        samples!(
            "sample.care_unit_id = ?1
ORDER BY sample.id DESC
LIMIT 100"
        ),
        [care_unit.into()],
    )
}

/// One sample of a unit.
pub fn find_sample(id: &str, care_unit: &HsaId) -> Statement {
    Statement::new(
        samples!("sample.id = ?1 AND sample.care_unit_id = ?2"),
        [id.into(), care_unit.into()],
    )
}

/// The entries of a sample, with names, in the order of their numbers.
pub fn entries_of_sample(id: &str, care_unit: &HsaId) -> Statement {
    Statement::new(
        concat!(
            "SELECT ",
            shown!(),
            "
FROM access_log_samples AS sample, json_each(sample.numbers) AS drawn
JOIN access_log AS log ON log.care_provider_id = sample.care_provider_id AND log.number = drawn.value",
            with_names!(),
            "
WHERE sample.id = ?1 AND sample.care_unit_id = ?2
ORDER BY log.number"
        ),
        [id.into(), care_unit.into()],
    )
}

/// Signs a sample off, once: to be followed by [`Statement::require_changes`].
pub fn sign_off(
    id: &str,
    care_unit: &HsaId,
    by: &HsaId,
    now: Timestamp,
    remark: Option<String>,
) -> Statement {
    Statement::new(
        "UPDATE access_log_samples
SET signed_off_by = ?3, signed_off_at = ?4, remark = ?5
WHERE id = ?1 AND care_unit_id = ?2 AND signed_off_at IS NULL",
        [
            id.into(),
            care_unit.into(),
            by.into(),
            now.into(),
            remark.into(),
        ],
    )
}
