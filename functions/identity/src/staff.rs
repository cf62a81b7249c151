//! From a practitioner's claims (Inera IdP) to who it is and under which commissions they may act. What is
//! true of a commission stands in our own tables: the claims only name it. Pure.

use serde_json::Value;
use shared::hsa_id::HsaId;

use crate::open_id::id_token::Claims;
use crate::refusal::Refusal;

/// What the provider says of a practitioner.
#[derive(Debug, PartialEq, Eq)]
pub struct Claimed {
    /// Who.
    pub practitioner: HsaId,
    /// The commissions they may choose from: one, where they chose at the provider.
    pub commissions: Vec<HsaId>,
}

impl Claimed {
    /// From the claims, of which one of `levels` must be the level of assurance.
    pub fn read(claims: &Claims, levels: &[String]) -> Result<Self, Refusal> {
        let level = claims.text("acr").unwrap_or_default();
        if !levels.iter().any(|demanded| demanded == level) {
            return Err(Refusal::TooWeak);
        }
        let practitioner = claims.get("employeeHsaId").ok_or(Refusal::MissingClaims)?;
        let mut commissions: Vec<HsaId> = match claims.get("commissionHsaId") {
            Some(chosen) => vec![hsa_id(chosen)?],
            None => match claims.get("allCommissions") {
                Some(Value::Array(all)) => all.iter().map(commission).collect::<Result<_, _>>()?,
                Some(one) => vec![commission(one)?],
                None => return Err(Refusal::MissingClaims),
            },
        };
        commissions.sort();
        commissions.dedup();
        Ok(Claimed {
            practitioner: hsa_id(practitioner)?,
            commissions,
        })
    }
}

/// One of `allCommissions`: its id, or an object that has it.
fn commission(value: &Value) -> Result<HsaId, Refusal> {
    hsa_id(value.get("commissionHsaId").unwrap_or(value))
}

fn hsa_id(value: &Value) -> Result<HsaId, Refusal> {
    value
        .as_str()
        .and_then(|text| text.parse().ok())
        .ok_or(Refusal::MissingClaims)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const LEVEL: &str = "http://id.sambi.se/loa/loa3";

    fn read(claims: Value) -> Result<Vec<String>, Refusal> {
        let claims: Claims = serde_json::from_value(claims).expect("claims");
        let claimed = Claimed::read(&claims, &[LEVEL.to_owned()])?;
        Ok(claimed
            .commissions
            .iter()
            .map(ToString::to_string)
            .collect())
    }

    #[test]
    fn the_commission_chosen_at_the_provider_stands_and_else_all_of_them_may_be_chosen() {
        let all = json!([{ "commissionHsaId": "SE2321000131-C2" }, { "commissionHsaId": "SE2321000131-C1" }]);
        let of = |more: Value| {
            let mut claims =
                json!({ "acr": LEVEL, "employeeHsaId": "SE2321000131-P1", "allCommissions": all });
            claims["commissionHsaId"] = more;
            read(claims)
        };
        assert_eq!(
            of(json!("SE2321000131-C2")),
            Ok(vec!["SE2321000131-C2".into()])
        );
        assert_eq!(
            of(json!(null)),
            Ok(vec!["SE2321000131-C1".into(), "SE2321000131-C2".into()])
        );
    }

    #[test]
    fn a_weak_sign_in_and_missing_or_odd_claims_are_refused() {
        let whole = json!({ "acr": LEVEL, "employeeHsaId": "SE2321000131-P1", "commissionHsaId": "SE2321000131-C1" });
        for (name, value, refusal) in [
            (
                "acr",
                json!("http://id.sambi.se/loa/loa2"),
                Refusal::TooWeak,
            ),
            ("acr", json!(null), Refusal::TooWeak),
            ("acr", json!([LEVEL]), Refusal::TooWeak),
            ("employeeHsaId", json!(null), Refusal::MissingClaims),
            ("employeeHsaId", json!("P1"), Refusal::MissingClaims),
            ("commissionHsaId", json!(null), Refusal::MissingClaims),
            (
                "commissionHsaId",
                json!(["SE2321000131-C1"]),
                Refusal::MissingClaims,
            ),
        ] {
            let mut claims = whole.clone();
            claims[name] = value;
            assert_eq!(read(claims), Err(refusal), "{name}");
        }
    }
}
