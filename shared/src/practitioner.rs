//! Practitioners' names: kept sealed by their care provider, opened wherever one stands beside something.

use crate::hsa_id::HsaId;
use crate::platform::Row;
use crate::problem::Problem;
use crate::sealing::{Place, Sealer};

/// A practitioner's name, opened. `practitioner` is the HSA-id of the row that `sealed` comes from.
pub fn open_name(
    sealer: &Sealer,
    care_provider: &HsaId,
    practitioner: &str,
    sealed: &str,
) -> Result<String, Problem> {
    let place = Place {
        care_provider,
        column: "practitioners.name",
        row: practitioner,
    };
    Ok(sealer.open(place, sealed)?)
}

/// Names that were opened for one answer, in which the same few people stand again and again.
#[derive(Default)]
pub struct OpenedNames(Vec<(HsaId, Option<String>)>);

impl OpenedNames {
    /// As [`from_row`], opening each person's name once.
    pub fn from_row(
        &mut self,
        sealer: &Sealer,
        care_provider: &HsaId,
        row: Row,
    ) -> Result<(Option<HsaId>, Option<String>), Problem> {
        let Some(practitioner) = row.optional_text("practitioner_id")? else {
            return Ok((None, None));
        };
        let known = self.0.iter().find(|(id, _)| id.as_str() == practitioner);
        if let Some((id, name)) = known {
            return Ok((Some(id.clone()), name.clone()));
        }
        let (id, name) = from_row(sealer, care_provider, row)?;
        self.0.extend(id.clone().map(|id| (id, name.clone())));
        Ok((id, name))
    }
}

/// Whom a row names in `practitioner_id` and `practitioner_name`, if anybody.
pub fn from_row(
    sealer: &Sealer,
    care_provider: &HsaId,
    row: Row,
) -> Result<(Option<HsaId>, Option<String>), Problem> {
    let practitioner: Option<HsaId> = row.optional_parsed("practitioner_id")?;
    let name = match (&practitioner, row.optional_text("practitioner_name")?) {
        (Some(practitioner), Some(sealed)) => Some(open_name(
            sealer,
            care_provider,
            practitioner.as_str(),
            sealed,
        )?),
        _ => None,
    };
    Ok((practitioner, name))
}
