//! What the visits of the training environment are about: neutral texts in Swedish, by the role that meets
//! the patient. Invented, and such as could stand in anybody's record.

use shared::role::Role;

/// Why a visit takes place.
pub struct Reason {
    /// Reason for contact.
    pub text: &'static str,
    /// How the patient should prepare.
    pub instructions: Option<&'static str>,
    /// How long it takes where staff choose the time.
    pub minutes: i64,
}

const fn reason(text: &'static str, minutes: i64, instructions: &'static str) -> Reason {
    let instructions = if instructions.is_empty() {
        None
    } else {
        Some(instructions)
    };
    Reason {
        text,
        instructions,
        minutes,
    }
}

const NURSE: [Reason; 5] = [
    reason(
        "Uppföljning av blodtryck",
        20,
        "Mät blodtrycket hemma morgon och kväll tre dagar före besöket och ha värdena till hands.",
    ),
    reason(
        "Uppföljning av diabetes",
        30,
        "Ha dina blodsockervärden från de senaste två veckorna till hands.",
    ),
    reason("Rådgivning om egenvård", 20, ""),
    reason(
        "Planering av vaccination inför resa",
        20,
        "Ta fram ditt vaccinationskort om du har ett.",
    ),
    reason("Hjälp att sluta röka", 40, ""),
];

const PHYSICIAN: [Reason; 5] = [
    reason("Genomgång av provsvar", 20, ""),
    reason(
        "Läkemedelsgenomgång",
        45,
        "Ha alla dina läkemedel framför dig, också de receptfria.",
    ),
    reason(
        "Uppföljning av blodtryck",
        30,
        "Ha dina egna mätvärden till hands.",
    ),
    reason("Förnyad bedömning efter tidigare besök", 30, ""),
    reason(
        "Planering av fortsatt utredning",
        30,
        "Skriv gärna ner dina frågor i förväg.",
    ),
];

const PHYSIOTHERAPIST: [Reason; 2] = [
    reason(
        "Uppföljning av hemövningar",
        30,
        "Ha kläder som du kan röra dig i och en stol utan armstöd.",
    ),
    reason(
        "Rådgivning vid ryggbesvär",
        45,
        "Ställ kameran så att du syns stående.",
    ),
];

const COUNSELLOR: [Reason; 3] = [
    reason("Stödsamtal", 45, "Sitt gärna ostört."),
    reason("Uppföljande samtal", 45, ""),
    reason("Samtal om stress i vardagen", 60, "Sitt gärna ostört."),
];

const PSYCHOLOGIST: [Reason; 2] = [
    reason("Första samtal", 60, "Sitt gärna ostört."),
    reason(
        "Uppföljning av sömn",
        45,
        "För sömndagbok veckan före besöket.",
    ),
];

const MIDWIFE: [Reason; 2] = [
    reason("Rådgivning", 30, ""),
    reason(
        "Uppföljning efter tidigare besök",
        20,
        "Skriv gärna ner dina frågor i förväg.",
    ),
];

const ADMINISTRATOR: [Reason; 1] = [reason("Fråga om intyg", 15, "")];

/// By which ways matters come in.
pub const ENTRIES: [&str; 4] = [
    "Telefon",
    "1177 e-tjänster",
    "Remiss",
    "Besök på mottagningen",
];

/// Why staff call visits off.
pub const CALLED_OFF: [&str; 3] = [
    "Medarbetaren är sjuk; ny tid erbjuds.",
    "Patienten har ringt och lämnat återbud.",
    "Besöket behövs inte längre.",
];

/// What a role meets patients for.
pub fn reasons_for(role: Role) -> &'static [Reason] {
    match role {
        Role::Nurse => &NURSE,
        Role::Physician => &PHYSICIAN,
        Role::Physiotherapist => &PHYSIOTHERAPIST,
        Role::Counsellor => &COUNSELLOR,
        Role::Psychologist => &PSYCHOLOGIST,
        Role::Midwife => &MIDWIFE,
        Role::Administrator => &ADMINISTRATOR,
    }
}
