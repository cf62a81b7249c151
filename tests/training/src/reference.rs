//! The rows that must stand before anything can be booked: care providers, units, practitioners and
//! their commissions, as SQL that may be run again and again. Names are sealed with the local keys.

use shared::platform::Random;
use shared::sealing::{Place, Sealer};

use crate::keys::{Failure, Keys};
use crate::people::{self, CARE_PROVIDERS, CARE_UNITS, FURTHER_COMMISSIONS, PRACTITIONERS, Person};

/// One statement a line.
pub fn reference(keys: &Keys, random: &dyn Random) -> Result<Vec<String>, Failure> {
    let sealer = Sealer::from_secrets(&keys.secrets())?;
    let mut rows = Vec::new();
    for one in &CARE_PROVIDERS {
        rows.push(insert("care_providers (id, name)", &[one.id, one.name]));
    }
    for one in &CARE_UNITS {
        rows.push(insert(
            "care_units (id, care_provider_id, name, public_name, age_limit, where_to_turn)",
            &[
                one.id,
                one.care_provider,
                one.name,
                one.public_name,
                &one.age_limit.to_string(),
                one.where_to_turn,
            ],
        ));
    }
    for one in &PRACTITIONERS {
        let care_provider = one.unit().care_provider;
        let place = Place {
            care_provider: &care_provider.parse()?,
            column: "practitioners.name",
            row: one.id,
        };
        let name = sealer.seal(random, place, one.name)?;
        rows.push(insert(
            "practitioners (id, care_provider_id, name)",
            &[one.id, care_provider, &name],
        ));
        rows.push(insert(
            "commissions (practitioner_id, care_unit_id, id, role)",
            &[one.id, one.care_unit, one.commission, one.role.as_str()],
        ));
    }
    for one in &FURTHER_COMMISSIONS {
        let Some(Person::Practitioner(practitioner)) = people::find(one.key) else {
            return Err(format!("nobody is called {}", one.key).into());
        };
        rows.push(insert(
            "commissions (practitioner_id, care_unit_id, id, role)",
            &[practitioner.id, one.care_unit, one.id, one.role.as_str()],
        ));
    }
    Ok(rows)
}

fn insert(table: &str, values: &[&str]) -> String {
    let quoted: Vec<String> = values.iter().map(|value| quote(value)).collect();
    format!(
        "INSERT OR IGNORE INTO {table} VALUES ({});",
        quoted.join(", ")
    )
}

/// A text as SQL writes it.
pub(crate) fn quote(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
