//! placeholder until training has it
use shared::platform::native::SeededRandom;
use shared::sealing::{Place, Sealer};
use training::people::{CARE_PROVIDERS, CARE_UNITS, PRACTITIONERS};
use crate::Failure;

/// SQL
pub fn reference(keys: &training::keys::Keys) -> Result<String, Failure> {
    let sealer = Sealer::from_secrets(&keys.secrets())?;
    let random = SeededRandom::new(1);
    let mut sql = String::new();
    for one in &CARE_PROVIDERS {
        sql += &format!("INSERT INTO care_providers VALUES ('{}', '{}');\n", one.id, one.name);
    }
    for one in &CARE_UNITS {
        sql += &format!("INSERT INTO care_units VALUES ('{}', '{}', '{}', '{}', 24, {});\n", one.id, one.care_provider, one.name, one.public_name, one.age_limit);
    }
    for one in &PRACTITIONERS {
        let provider = one.unit().care_provider;
        let name = sealer.seal(&random, Place { care_provider: &provider.parse()?, column: "practitioners.name", row: one.id }, one.name)?;
        sql += &format!("INSERT INTO practitioners VALUES ('{}', '{provider}', '{name}');\nINSERT INTO commissions VALUES ('{}', '{}', '{}', '{}');\n", one.id, one.id, one.care_unit, one.commission, one.role.as_str());
    }
    Ok(sql)
}
