//! From a patient's claims to who it is, and whether they are old enough. Pure: it gets the day.

use chrono::NaiveDate;
use shared::environment::Environment;
use shared::personal_identity::PersonalIdentity;

use crate::open_id::id_token::Claims;
use crate::refusal::Refusal;

/// From what age a patient signs in, unless a unit of a care provider that knows them has set another.
pub const AGE_LIMIT: i32 = 16;

/// The one identity that the claims hold. Two that differ are refused: nobody can tell which is meant.
pub fn identity(
    claims: &Claims,
    names: &[String],
    environment: Environment,
) -> Result<PersonalIdentity, Refusal> {
    let mut found: Option<PersonalIdentity> = None;
    for name in names {
        let Some(value) = claims.get(name) else {
            continue;
        };
        let identity: PersonalIdentity = value
            .as_str()
            .and_then(|text| text.parse().ok())
            .ok_or(Refusal::NotAnIdentity)?;
        if found.is_some_and(|other| other != identity) {
            return Err(Refusal::SeveralIdentities);
        }
        found = Some(identity);
    }
    let identity = found.ok_or(Refusal::MissingClaims)?;
    if environment == Environment::Training && !identity.is_test_identity() {
        return Err(Refusal::NotATestIdentity);
    }
    Ok(identity)
}

/// Whether they may sign in on this day: `lowered` is the lowest limit of the units at care providers
/// that know them.
pub fn is_old_enough(identity: &PersonalIdentity, today: NaiveDate, lowered: Option<i32>) -> bool {
    identity.age_on(today) >= lowered.unwrap_or(AGE_LIMIT).min(AGE_LIMIT)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn names() -> Vec<String> {
        ["personal", "coordination"].map(str::to_owned).to_vec()
    }

    fn read(claims: Value) -> Result<String, Refusal> {
        let claims: Claims = serde_json::from_value(claims).expect("claims");
        identity(&claims, &names(), Environment::Training).map(|one| one.as_str().to_owned())
    }

    #[test]
    fn either_claim_names_the_person_and_an_empty_one_is_none() {
        assert_eq!(
            read(json!({ "personal": "196103072390" })),
            Ok("196103072390".into())
        );
        assert_eq!(
            read(json!({ "coordination": "196109732393", "personal": null })),
            Ok("196109732393".into())
        );
        assert_eq!(
            read(json!({ "coordination": "196103072390", "personal": "19610307-2390" })),
            Ok("196103072390".into()),
            "the same person twice"
        );
    }

    #[test]
    fn what_names_nobody_or_two_is_refused() {
        assert_eq!(read(json!({})), Err(Refusal::MissingClaims));
        assert_eq!(
            read(json!({ "personal": "196103072390", "coordination": "196109732393" })),
            Err(Refusal::SeveralIdentities)
        );
        for value in [
            json!(["196103072390", "197905222399"]),
            json!("196103072391"),
            json!(""),
            json!(196103072390_i64),
        ] {
            assert_eq!(
                read(json!({ "personal": value })),
                Err(Refusal::NotAnIdentity)
            );
        }
        assert_eq!(
            read(json!({ "personal": "199001011239" })),
            Err(Refusal::NotATestIdentity)
        );
    }

    #[test]
    fn the_day_itself_decides_who_is_sixteen_and_a_unit_can_lower_it_to_its_own() {
        let noa: PersonalIdentity = "201110012398".parse().expect("an identity");
        let day = |text: &str| text.parse::<NaiveDate>().expect("a date");
        assert!(!is_old_enough(&noa, day("2027-09-30"), None));
        assert!(is_old_enough(&noa, day("2027-10-01"), None));
        assert!(is_old_enough(&noa, day("2024-10-01"), Some(13)));
        assert!(!is_old_enough(&noa, day("2024-09-30"), Some(13)));
        assert!(
            is_old_enough(&noa, day("2027-10-01"), Some(18)),
            "never raised"
        );
    }
}
