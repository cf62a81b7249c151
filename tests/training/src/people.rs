//! The people and units of the training environment: three units of two care providers, a dozen
//! practitioners, a dozen patients. All invented; identities are published test identities.

use shared::role::Role;

/// A care provider.
pub struct CareProvider {
    /// HSA-id.
    pub id: &'static str,
    /// Its name.
    pub name: &'static str,
}

/// A care unit.
pub struct CareUnit {
    /// HSA-id.
    pub id: &'static str,
    /// Whose.
    pub care_provider: &'static str,
    /// Its name to those signed in.
    pub name: &'static str,
    /// Its neutral name.
    pub public_name: &'static str,
    /// From what age.
    pub age_limit: i64,
    /// Where its patients can turn, with a number that PTS keeps for fiction.
    pub where_to_turn: &'static str,
}

/// A practitioner with a commission at one unit.
pub struct Practitioner {
    /// What `make session AS=…` calls them.
    pub key: &'static str,
    /// HSA-id.
    pub id: &'static str,
    /// Their name.
    pub name: &'static str,
    /// As what.
    pub role: Role,
    /// Where.
    pub care_unit: &'static str,
    /// Under which commission.
    pub commission: &'static str,
}

/// A patient.
pub struct Patient {
    /// What `make session AS=…` calls them.
    pub key: &'static str,
    /// A published test identity.
    pub identity: &'static str,
    /// Their name.
    pub name: &'static str,
    /// A number reserved for fiction (PTS), or none.
    pub phone: Option<&'static str>,
    /// Whether their identity is protected (skyddade personuppgifter).
    pub protected: bool,
}

/// A commission beside the first: who has one chooses at sign-in.
pub struct FurtherCommission {
    /// Whose, as `make session AS=…` calls them.
    pub key: &'static str,
    /// HSA-id.
    pub id: &'static str,
    /// As what.
    pub role: Role,
    /// Where.
    pub care_unit: &'static str,
}

/// Someone who can be signed in as.
pub enum Person {
    /// Staff.
    Practitioner(&'static Practitioner),
    /// A patient.
    Patient(&'static Patient),
}

/// Both care providers.
pub const CARE_PROVIDERS: [CareProvider; 2] = [
    CareProvider {
        id: "SE165565594230-VF1",
        name: "Testregionen",
    },
    CareProvider {
        id: "SE165565594230-VF2",
        name: "Testkustens vård AB",
    },
];

/// All three units.
pub const CARE_UNITS: [CareUnit; 3] = [
    CareUnit {
        id: "SE165565594230-VF1A",
        care_provider: "SE165565594230-VF1",
        name: "Testbergets vårdcentral",
        public_name: "Testberget",
        age_limit: 16,
        where_to_turn: "Ring mottagningen på 08-465 004 10, vardagar 8–16. Andra tider: ring 1177.",
    },
    CareUnit {
        id: "SE165565594230-VF1B",
        care_provider: "SE165565594230-VF1",
        name: "Testbergets ungdomsmottagning",
        public_name: "Testberget 2",
        age_limit: 13,
        where_to_turn: "Ring mottagningen på 08-465 004 11, vardagar 8–16. Andra tider: ring 1177.",
    },
    CareUnit {
        id: "SE165565594230-VF2A",
        care_provider: "SE165565594230-VF2",
        name: "Testkustens vårdcentral",
        public_name: "Testkusten",
        age_limit: 16,
        where_to_turn: "Ring mottagningen på 0980-319 210, vardagar 8–16. Andra tider: ring 1177.",
    },
];

macro_rules! practitioner {
    ($key:literal, $number:literal, $name:literal, $role:ident, $unit:literal) => {
        Practitioner {
            key: $key,
            id: concat!("SE165565594230-P", $number),
            name: $name,
            role: Role::$role,
            care_unit: concat!("SE165565594230-", $unit),
            commission: concat!("SE165565594230-C", $number),
        }
    };
}

/// A dozen practitioners.
pub const PRACTITIONERS: [Practitioner; 12] = [
    practitioner!("anna.lind", "001", "Anna Lind", Nurse, "VF1A"),
    practitioner!("stig.testkvist", "002", "Stig Testkvist", Physician, "VF1A"),
    practitioner!("maria.berg", "003", "Maria Berg", Nurse, "VF1A"),
    practitioner!("karin.holm", "004", "Karin Holm", Physiotherapist, "VF1A"),
    practitioner!("per.sand", "005", "Per Sand", Administrator, "VF1A"),
    practitioner!("eva.dahl", "006", "Eva Dahl", Counsellor, "VF1B"),
    practitioner!("lars.ek", "007", "Lars Ek", Midwife, "VF1B"),
    practitioner!("sara.gran", "008", "Sara Gran", Psychologist, "VF1B"),
    practitioner!("olof.strand", "009", "Olof Strand", Physician, "VF2A"),
    practitioner!("lena.vik", "010", "Lena Vik", Nurse, "VF2A"),
    practitioner!("nils.hav", "011", "Nils Hav", Nurse, "VF2A"),
    practitioner!("ida.skar", "012", "Ida Skär", Counsellor, "VF2A"),
];

/// A midwife of the youth clinic works at the health centre, too.
pub const FURTHER_COMMISSIONS: [FurtherCommission; 1] = [FurtherCommission {
    key: "lars.ek",
    id: "SE165565594230-C107",
    role: Role::Midwife,
    care_unit: "SE165565594230-VF1A",
}];

macro_rules! patient {
    ($key:literal, $identity:literal, $name:literal, $phone:expr) => {
        Patient {
            key: $key,
            identity: $identity,
            name: $name,
            phone: $phone,
            protected: false,
        }
    };
}

/// Fourteen patients, of every identity format, 12, 15, 16 and 101 years old (in autumn 2026) and ages
/// between; the last one's identity is protected.
pub const PATIENTS: [Patient; 14] = [
    patient!(
        "alex.blom",
        "196103072390",
        "Alex Blom",
        Some("070-174 06 05")
    ),
    patient!(
        "tolva.tolvsson",
        "191212122392",
        "Tolva Tolvsson",
        Some("070-174 06 06")
    ),
    patient!(
        "greta.alm",
        "194410172383",
        "Greta Alm",
        Some("070-174 06 07")
    ),
    patient!("bo.fors", "197905222399", "Bo Fors", Some("070-174 06 08")),
    patient!("mia.kvist", "199304152383", "Mia Kvist", None),
    patient!(
        "ali.nour",
        "196109732393",
        "Ali Nour",
        Some("070-174 06 09")
    ),
    patient!("okand.man", "19810829M071", "Okänd Man", None),
    patient!("okand.kvinna", "19450829K088", "Okänd Kvinna", None),
    patient!(
        "okand.person",
        "19930829X802",
        "Okänd Person",
        Some("070-174 06 10")
    ),
    patient!(
        "elin.ung",
        "201011052386",
        "Elin Ung",
        Some("070-174 06 11")
    ),
    patient!(
        "noa.femton",
        "201110012398",
        "Noa Femton",
        Some("070-174 06 12")
    ),
    patient!("liv.tolv", "201410012387", "Liv Tolv", None),
    patient!(
        "ebba.hundra",
        "192506102389",
        "Ebba Hundra",
        Some("070-174 06 13")
    ),
    Patient {
        key: "vera.skydd",
        identity: "198802142383",
        name: "Vera Skydd",
        phone: Some("070-174 06 14"),
        protected: true,
    },
];

impl Practitioner {
    /// The unit of their commission.
    pub fn unit(&self) -> &'static CareUnit {
        CARE_UNITS
            .iter()
            .find(|unit| unit.id == self.care_unit)
            .unwrap_or(&CARE_UNITS[0])
    }
}

/// Who goes by this key.
pub fn find(key: &str) -> Option<Person> {
    let practitioner = PRACTITIONERS
        .iter()
        .find(|one| one.key == key)
        .map(Person::Practitioner);
    practitioner.or_else(|| {
        PATIENTS
            .iter()
            .find(|one| one.key == key)
            .map(Person::Patient)
    })
}

/// What everyone is called by `make session AS=…`.
pub fn names() -> Vec<&'static str> {
    let practitioners = PRACTITIONERS.iter().map(|one| one.key);
    practitioners
        .chain(PATIENTS.iter().map(|one| one.key))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::personal_identity::PersonalIdentity;
    use shared::phone_number::PhoneNumber;

    #[test]
    fn every_patient_has_a_test_identity_and_a_number_that_rings_nowhere() {
        for patient in &PATIENTS {
            let identity: Result<PersonalIdentity, _> = patient.identity.parse();
            assert!(
                identity.is_ok_and(|identity| identity.is_test_identity()),
                "{}",
                patient.key
            );
            if let Some(phone) = patient.phone {
                let phone: Result<PhoneNumber, _> = phone.parse();
                // PTS reserves 070-174 06 05 to 06 99 for fiction.
                assert!(phone.is_ok_and(|phone| phone.as_str().starts_with("+46701740")));
            }
        }
    }
}
