//! Roles: what a slot or a ticket can ask for instead of a named practitioner.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::platform::Value;

/// A profession, or the administration of a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// läkare
    Physician,
    /// sjuksköterska
    Nurse,
    /// kurator
    Counsellor,
    /// psykolog
    Psychologist,
    /// fysioterapeut
    Physiotherapist,
    /// barnmorska
    Midwife,
    /// enhetsadministratör
    Administrator,
}

impl Role {
    /// Every role.
    pub const ALL: [Role; 7] = [
        Role::Physician,
        Role::Nurse,
        Role::Counsellor,
        Role::Psychologist,
        Role::Physiotherapist,
        Role::Midwife,
        Role::Administrator,
    ];

    /// Every role in which somebody meets patients.
    pub fn meeting_patients() -> impl Iterator<Item = Role> {
        Role::ALL.into_iter().filter(|role| role.meets_patients())
    }

    /// Whether somebody meets patients in it.
    pub fn meets_patients(self) -> bool {
        self != Role::Administrator
    }

    /// Its name in the store and the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Role::Physician => "physician",
            Role::Nurse => "nurse",
            Role::Counsellor => "counsellor",
            Role::Psychologist => "psychologist",
            Role::Physiotherapist => "physiotherapist",
            Role::Midwife => "midwife",
            Role::Administrator => "administrator",
        }
    }
}

/// A text that names no role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no such role")]
pub struct NoSuchRole;

impl std::str::FromStr for Role {
    type Err = NoSuchRole;
    fn from_str(text: &str) -> Result<Self, NoSuchRole> {
        Role::ALL
            .into_iter()
            .find(|role| role.as_str() == text)
            .ok_or(NoSuchRole)
    }
}

impl From<Role> for Value {
    fn from(role: Role) -> Self {
        role.as_str().into()
    }
}
