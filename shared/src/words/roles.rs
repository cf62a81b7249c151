//! What the professions are called.

use super::Word;
use crate::role::Role;
use crate::words;

words! {
    /// läkare
    PHYSICIAN: "Läkare", "Physician";
    /// sjuksköterska
    NURSE: "Sjuksköterska", "Nurse";
    /// kurator
    COUNSELLOR: "Kurator", "Counsellor";
    /// psykolog
    PSYCHOLOGIST: "Psykolog", "Psychologist";
    /// fysioterapeut
    PHYSIOTHERAPIST: "Fysioterapeut", "Physiotherapist";
    /// barnmorska
    MIDWIFE: "Barnmorska", "Midwife";
    /// enhetsadministratör
    ADMINISTRATOR: "Enhetsadministratör", "Unit administrator";
}

/// A role's name.
pub fn name(role: Role) -> Word {
    match role {
        Role::Physician => PHYSICIAN,
        Role::Nurse => NURSE,
        Role::Counsellor => COUNSELLOR,
        Role::Psychologist => PSYCHOLOGIST,
        Role::Physiotherapist => PHYSIOTHERAPIST,
        Role::Midwife => MIDWIFE,
        Role::Administrator => ADMINISTRATOR,
    }
}
