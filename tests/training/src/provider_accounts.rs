//! What the local identity providers know of each person: the claims of the two profiles, as JSON, for
//! `tests/providers`. Everything comes from `people`.

use serde_json::{Value, json};
use shared::role::Role;

use crate::keys::Failure;
use crate::people::{
    CARE_UNITS, FURTHER_COMMISSIONS, PATIENTS, PRACTITIONERS, Patient, Practitioner,
};

/// `{"patients": […], "staff": […]}`, each with `key`, `label` and `claims`.
pub fn provider_accounts() -> Result<Value, Failure> {
    let patients = PATIENTS
        .iter()
        .map(patient)
        .collect::<Result<Vec<_>, Failure>>()?;
    let staff: Vec<Value> = PRACTITIONERS.iter().map(practitioner).collect();
    Ok(json!({ "patients": patients, "staff": staff }))
}

fn patient(patient: &Patient) -> Result<Value, Failure> {
    use shared::personal_identity::PersonalIdentity;
    let claim = match patient.identity.parse()? {
        PersonalIdentity::CoordinationNumber(_) => "https://id.oidc.se/claim/coordinationNumber",
        _ => "https://id.oidc.se/claim/personalIdentityNumber",
    };
    let protected = if patient.protected { ", skyddad" } else { "" };
    Ok(json!({
        "key": patient.key,
        "label": format!("{} ({}{protected})", patient.name, patient.identity),
        "claims": { claim: patient.identity },
    }))
}

fn practitioner(one: &Practitioner) -> Value {
    let (given_name, family_name) = one.name.split_once(' ').unwrap_or((one.name, ""));
    let own = commission(one.commission, one.role, one.care_unit);
    let further = FURTHER_COMMISSIONS
        .iter()
        .filter(|more| more.key == one.key);
    let mut all = vec![own.clone()];
    all.extend(further.map(|more| commission(more.id, more.role, more.care_unit)));
    let mut claims = json!({
        "employeeHsaId": one.id, "given_name": given_name, "family_name": family_name, "name": one.name,
        "allCommissions": all,
    });
    // Who has one is taken to have chosen it; who has several chooses with us.
    if let ([only], Some(claims)) = (all.as_slice(), claims.as_object_mut()) {
        claims.extend(only.as_object().cloned().unwrap_or_default());
    }
    json!({
        "key": one.key,
        "label": format!("{}, {}, {}", one.name, one.role.as_str(), one.unit().name),
        "claims": claims,
    })
}

fn commission(id: &str, role: Role, care_unit: &str) -> Value {
    let unit = CARE_UNITS.iter().find(|unit| unit.id == care_unit);
    let purpose = match role {
        Role::Administrator => "Administration",
        _ => "Vård och behandling",
    };
    json!({
        "commissionHsaId": id,
        "commissionName": format!("{purpose} {}", unit.map_or("", |unit| unit.name)),
        "commissionPurpose": purpose,
        "healthCareProviderHsaId": unit.map(|unit| unit.care_provider),
        "healthCareUnitHsaId": care_unit,
        "healthCareUnitName": unit.map(|unit| unit.name),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_is_there_and_only_who_has_several_commissions_is_asked() {
        let accounts = provider_accounts().expect("accounts");
        let staff = accounts["staff"].as_array().expect("staff");
        assert_eq!(staff.len(), PRACTITIONERS.len());
        let chooses = staff
            .iter()
            .filter(|one| one["claims"]["commissionHsaId"].is_null());
        let keys: Vec<_> = chooses.map(|one| &one["key"]).collect();
        assert_eq!(keys, ["lars.ek"]);
        assert_eq!(
            accounts["patients"].as_array().map(Vec::len),
            Some(PATIENTS.len())
        );
    }
}
