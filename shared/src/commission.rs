//! Commissions (medarbetaruppdrag): who works at which unit, and as what.

use crate::hsa_id::HsaId;
use crate::platform::{Outcome, Statement};
use crate::practitioner::open_name;
use crate::problem::Problem;
use crate::role::Role;
use crate::sealing::Sealer;

/// Under which role a practitioner works at a unit: no row where they don't.
pub fn role_at(practitioner: &HsaId, care_unit: &HsaId, care_provider: &HsaId) -> Statement {
    Statement::new(
        "SELECT commissions.role, practitioners.name
FROM commissions
JOIN practitioners ON practitioners.id = commissions.practitioner_id
WHERE commissions.practitioner_id = ?1 AND commissions.care_unit_id = ?2
  AND practitioners.care_provider_id = ?3",
        [practitioner.into(), care_unit.into(), care_provider.into()],
    )
}

/// Somebody was named who has no commission at the caller's unit.
pub fn nobody_here(field: &str) -> Problem {
    Problem::invalid(field, "nobody with this HSA-id works at your unit")
}

/// The role and the name of a practitioner whom staff named, from what [`role_at`] found. `field` is where
/// they were named, for the answer to somebody without a commission at the caller's unit.
pub fn named(
    sealer: &Sealer,
    care_provider: &HsaId,
    practitioner: &HsaId,
    found: &Outcome,
    field: &str,
) -> Result<(Role, String), Problem> {
    let row = found.rows.first().ok_or_else(|| nobody_here(field))?;
    let name = open_name(
        sealer,
        care_provider,
        practitioner.as_str(),
        row.text("name")?,
    )?;
    Ok((row.parsed("role")?, name))
}
