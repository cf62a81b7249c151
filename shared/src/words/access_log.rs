//! The words of the page on which patients see who has read their data.

use super::Word;
use crate::words;

words! {
    /// The title.
    WHO_HAS_READ: "Vem har läst mina uppgifter", "Who has read my data";
    /// Under it.
    WHAT_IT_IS: "Här ser du varje gång någon har läst eller skrivit något om dig hos vården här. Undrar du över något, kontakta enheten som står vid raden.", "Here you see each time somebody has read or written something about you in this service. If you wonder about something, contact the unit in the row.";
    /// Where there is no entry.
    NOTHING_YET: "Ingen har läst eller skrivit något om dig ännu.", "Nobody has read or written anything about you yet.";
    /// A link to the next page.
    EARLIER: "Visa tidigare", "Show earlier";
    /// Who, where it is the reader.
    YOURSELF: "Du själv", "You yourself";
    /// Who, where it is somebody invited.
    A_GUEST: "En inbjuden deltagare", "An invited participant";
    /// Who, where no person is behind.
    THE_SERVICE: "Tjänsten", "The service";
    /// What was done.
    READ: "Läste", "Read";
    /// What was done.
    WROTE: "Skrev", "Wrote";
    /// What was done.
    SIGNED: "Signerade", "Signed";
    /// What was done.
    PRINTED: "Skrev ut eller lämnade ut", "Printed or handed out";
    /// What was done.
    ATTESTED: "Vidimerade", "Attested";
    /// What was done.
    DELETED: "Raderade", "Deleted";
    /// What was done.
    OPENED_IN_EMERGENCY: "Nödöppnade", "Opened in an emergency";
    /// Why.
    FOR_CARE: "för din vård", "for your care";
    /// Why.
    FOR_YOURSELF: "för att du själv bad om det", "because you asked for it yourself";
    /// Why.
    FOR_OPERATION: "för att tjänsten skulle fungera", "for the service to work";
}

/// What was done, by the log's own word for it.
pub fn activity(kept: &str) -> Word {
    match kept {
        "write" => WROTE,
        "sign" => SIGNED,
        "print" => PRINTED,
        "attest" => ATTESTED,
        "delete" => DELETED,
        "emergency" => OPENED_IN_EMERGENCY,
        _ => READ,
    }
}

/// Why, by the log's own word for it.
pub fn purpose(kept: &str) -> Word {
    match kept {
        "own" => FOR_YOURSELF,
        "care" => FOR_CARE,
        _ => FOR_OPERATION,
    }
}
