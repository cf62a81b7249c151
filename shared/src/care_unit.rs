//! Care units (vårdenheter) and the rules each sets for itself.

use crate::hsa_id::HsaId;
use crate::platform::{Outcome, Row, Statement, StoreError};
use crate::problem::Problem;
use crate::time::HOUR;
use crate::words::{Language, messaging};

/// The columns that [`CareUnit::from_columns`] reads beside the ids, in a query that joins `care_units`: its
/// name goes by `unit_name`.
#[macro_export]
macro_rules! care_unit_columns {
    () => {
        "care_units.name AS unit_name, care_units.public_name, care_units.cancellation_cutoff_hours, care_units.age_limit, care_units.where_to_turn"
    };
}

/// A unit's names and rules.
#[derive(Debug, Clone)]
pub struct CareUnit {
    /// HSA-id.
    pub id: HsaId,
    /// Whose unit it is.
    pub care_provider: HsaId,
    /// Its name to people who are signed in.
    pub name: String,
    /// A neutral name that may stand in a text message or a calendar.
    pub public_name: String,
    /// How long before a visit the patient may still cancel it, in milliseconds.
    pub cancellation_cutoff: i64,
    /// From what age a patient may be booked, in whole years.
    pub age_limit: i32,
    /// Where its patients can turn, in its own words, if it has any.
    pub where_to_turn: Option<String>,
}

impl CareUnit {
    /// Finds a unit by its id, within one care provider.
    pub fn find(id: &HsaId, care_provider: &HsaId) -> Statement {
        Statement::new(
            "SELECT id, care_provider_id, name, public_name, cancellation_cutoff_hours, age_limit, where_to_turn
FROM care_units
WHERE id = ?1 AND care_provider_id = ?2",
            [id.into(), care_provider.into()],
        )
    }

    /// The row of the caller's own unit among what [`CareUnit::find`] found; a unit that isn't there was never
    /// connected.
    pub fn connected(found: &Outcome) -> Result<Row<'_>, Problem> {
        found.rows.first().ok_or_else(|| {
            Problem::not_allowed("Your unit isn't connected here: turn to its administrator.")
        })
    }

    /// From a row of [`CareUnit::find`].
    pub fn from_row(row: Row) -> Result<Self, StoreError> {
        Self::from_columns(row, "id", "name")
    }

    /// From a row in which the unit's id and name go by these names, because others have the plain ones.
    pub fn from_columns(row: Row, id_column: &str, name_column: &str) -> Result<Self, StoreError> {
        Ok(CareUnit {
            id: row.parsed(id_column)?,
            care_provider: row.parsed("care_provider_id")?,
            name: row.text(name_column)?.to_owned(),
            public_name: row.text("public_name")?.to_owned(),
            cancellation_cutoff: row.integer("cancellation_cutoff_hours")? * HOUR,
            age_limit: i32::try_from(row.integer("age_limit")?).unwrap_or(i32::MAX),
            where_to_turn: row.optional_text("where_to_turn")?.map(str::to_owned),
        })
    }

    /// Where its patients can turn: in its own words, or else in the service's.
    pub fn where_to_turn(&self, language: Language) -> &str {
        let own = self.where_to_turn.as_deref();
        own.unwrap_or(language.say(messaging::WHERE_TO_TURN))
    }
}
