//! The words of the pages of the access log: who has read a patient's data, and the administrator's check.

use super::{Language, Word};
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
    /// To what.
    OF_ACCESS_LOG: "åtkomstloggen", "the access log";
    /// To what.
    OF_SAMPLE: "ett urval ur åtkomstloggen", "a sample of the access log";
    /// To what.
    OF_APPOINTMENT: "ett besök", "a visit";
    /// To what.
    OF_APPOINTMENTS: "en lista över besök", "a list of visits";
    /// To what.
    OF_ATTACHMENT: "en bifogad fil", "an attached file";
    /// To what.
    OF_ATTACHMENTS: "bifogade filer", "attached files";
    /// To what.
    OF_CASE: "ett ärende", "a case";
    /// To what.
    OF_CASES: "en lista över ärenden", "a list of cases";
    /// To what.
    OF_CHAT: "en chatt", "a chat";
    /// To what.
    OF_CHAT_NOTES: "interna anteckningar", "internal notes";
    /// To what.
    OF_GUEST_LINK: "en länk till en inbjuden deltagare", "a link for an invited participant";
    /// To what.
    OF_HAND_OVERS: "överlämnade ärenden", "matters handed over";
    /// To what.
    OF_MATTERS: "en lista över besök, biljetter och ärenden", "a list of visits, tickets and cases";
    /// To what.
    OF_OPEN_MATTERS: "öppna flikar", "open tabs";
    /// To what.
    OF_PATIENT: "patientens uppgifter", "the patient's data";
    /// To what.
    OF_PATIENTS: "en sökning bland patienter", "a search among patients";
    /// To what.
    OF_PROFILE: "profilen", "the profile";
    /// To what.
    OF_RECORD: "journalpanelen", "the record panel";
    /// To what.
    OF_SMS_CONSENT: "samtycket till sms", "the consent to text messages";
    /// To what.
    OF_TASK: "en uppgift", "a task";
    /// To what.
    OF_TASKS: "en lista över uppgifter", "a list of tasks";
    /// To what.
    OF_TEXT_MESSAGES: "sms", "text messages";
    /// To what.
    OF_TICKET: "en biljett", "a ticket";
    /// To what.
    OF_TICKET_CODE: "en biljetts länk", "a ticket's link";
    /// To what.
    OF_TICKETS: "en lista över biljetter", "a list of tickets";
    /// To what.
    OF_WAITING: "vad som väntar vid enheten", "what waits at the unit";
    /// To what, where nothing better is known.
    OF_SOMETHING: "uppgifter", "data";
    /// Why.
    FOR_CARE: "för din vård", "for your care";
    /// Why.
    FOR_YOURSELF: "för att du själv bad om det", "because you asked for it yourself";
    /// Why.
    FOR_OPERATION: "för att tjänsten skulle fungera", "for the service to work";

    /// A link and a title of the administrator.
    REVIEW: "Granska åtkomstloggen", "Review the access log";
    /// Under it.
    REVIEW_TELLS: "Loggen ska granskas återkommande. Dra ett slumpvis urval av enhetens poster, se om varje åtkomst hade ett skäl, och signera.", "The log must be reviewed regularly. Draw a random sample of the unit's entries, see whether each access had a reason, and sign it off.";
    /// A heading.
    CHAIN: "Är loggen hel?", "Is the log whole?";
    /// A button.
    VERIFY: "Kontrollera loggens kedja", "Verify the log's chain";
    /// A button, where there is more.
    VERIFY_ON: "Kontrollera nästa del", "Verify the next part";
    /// Where it isn't.
    IS_BROKEN: "Loggen är inte hel. Kontakta den som ansvarar för driften.", "The log is not whole. Contact those who run the service.";
    /// A heading.
    DRAW: "Nytt urval", "A new sample";
    /// A field.
    FROM_DAY: "Från och med dag (tomt: en månad tillbaka)", "From day (empty: a month back)";
    /// A field.
    TO_DAY: "Till dag (tomt: nu)", "Until day (empty: now)";
    /// A field.
    HOW_MANY: "Antal poster, 1–100", "Number of entries, 1–100";
    /// A button.
    DRAW_SAMPLE: "Dra urval", "Draw the sample";
    /// At the number.
    WRONG_SIZE: "Skriv ett heltal från 1 till 100", "Write a whole number from 1 to 100";
    /// At a day.
    WRONG_PERIOD: "Skriv en dag; perioden får vara högst 92 dagar", "Write a day; the period may be at most 92 days";
    /// A heading.
    SAMPLES: "Tidigare urval", "Earlier samples";
    /// Where there are none.
    NO_SAMPLES: "Inget urval har dragits än.", "No sample has been drawn yet.";
    /// Before a name.
    DRAWN_BY: "Draget av", "Drawn by";
    /// Before when.
    SIGNED_OFF: "Signerat", "Signed off";
    /// At a sample.
    NOT_SIGNED_OFF: "Inte signerat", "Not signed off";
    /// A title.
    SAMPLE: "Urval ur åtkomstloggen", "Sample of the access log";
    /// Where a sample has no entries.
    EMPTY_SAMPLE: "Enheten har inga poster i perioden.", "The unit has no entries in the period.";
    /// A table.
    DRAWN_ENTRIES: "Dragna poster", "Drawn entries";
    /// A column.
    WHEN: "När", "When";
    /// A column.
    WHO: "Vem", "Who";
    /// A column.
    WHERE: "Enhet", "Unit";
    /// A column.
    WHAT: "Vad och varför", "What and why";
    /// A column.
    OF_WHOM: "Patient (id)", "Patient (id)";
    /// Who, in a sample.
    A_PATIENT: "Patienten", "The patient";
    /// Why, in a sample.
    CARE: "för vården", "for care";
    /// Why, in a sample.
    OWN: "på egen begäran", "at their own request";
    /// A field.
    REMARK: "Vad du fann", "What you found";
    /// Under it.
    REMARK_HINT: "Högst 2 000 tecken. Lämna tomt om inget avvek. Skriv inga personnummer.", "At most 2,000 characters. Leave empty if nothing was odd. Write no personal numbers.";
    /// At it.
    WRONG_REMARK: "Skriv högst 2 000 tecken, utan styrtecken", "Write at most 2,000 characters, without control characters";
    /// A button.
    SIGN_OFF: "Signera granskningen", "Sign off the review";
    /// Where somebody was first.
    SIGNED_OFF_ALREADY: "Urvalet är redan signerat.", "The sample is signed off already.";
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

/// To what, by the log's own word for it.
const RESOURCES: [(&str, Word); 27] = [
    ("access-log", OF_ACCESS_LOG),
    ("access-log-sample", OF_SAMPLE),
    ("appointment", OF_APPOINTMENT),
    ("appointments", OF_APPOINTMENTS),
    ("attachment", OF_ATTACHMENT),
    ("attachments", OF_ATTACHMENTS),
    ("case", OF_CASE),
    ("cases", OF_CASES),
    ("chat", OF_CHAT),
    ("chat-notes", OF_CHAT_NOTES),
    ("guest-link", OF_GUEST_LINK),
    ("hand-overs", OF_HAND_OVERS),
    ("matters", OF_MATTERS),
    ("open-matters", OF_OPEN_MATTERS),
    ("patient", OF_PATIENT),
    ("patients", OF_PATIENTS),
    ("profile", OF_PROFILE),
    ("record", OF_RECORD),
    ("sms-consent", OF_SMS_CONSENT),
    ("task", OF_TASK),
    ("tasks", OF_TASKS),
    ("text-message", OF_TEXT_MESSAGES),
    ("text-messages", OF_TEXT_MESSAGES),
    ("ticket", OF_TICKET),
    ("ticket-code", OF_TICKET_CODE),
    ("tickets", OF_TICKETS),
    ("waiting", OF_WAITING),
];

/// To what it was done: something of the service's, where an entry is older than its word.
pub fn resource(kept: &str) -> Word {
    let found = RESOURCES.iter().find(|(kind, _)| *kind == kept);
    found.map_or(OF_SOMETHING, |(_, word)| *word)
}

/// Whether a type of resource has words.
pub(crate) fn is_named(kind: &str) -> bool {
    RESOURCES.iter().any(|(known, _)| *known == kind)
}

/// Why, by the log's own word for it.
pub fn purpose(kept: &str) -> Word {
    match kept {
        "own" => FOR_YOURSELF,
        "care" => FOR_CARE,
        _ => FOR_OPERATION,
    }
}

/// Why, as an administrator sees it.
pub fn reason(kept: &str) -> Word {
    match kept {
        "own" => OWN,
        "care" => CARE,
        _ => FOR_OPERATION,
    }
}

/// Who, where the log has no name: by the kind of user.
pub fn user(kind: &str) -> Word {
    match kind {
        "patient" => A_PATIENT,
        "guest" => A_GUEST,
        _ => THE_SERVICE,
    }
}

/// How many entries a sample has.
pub fn entries(language: Language, number: usize) -> String {
    match (language, number) {
        (Language::Sv, 1) => "1 post".to_owned(),
        (Language::Sv, _) => format!("{number} poster"),
        (Language::En, 1) => "1 entry".to_owned(),
        (Language::En, _) => format!("{number} entries"),
    }
}

/// What a verification without faults says.
pub fn is_whole(language: Language, number: usize) -> String {
    let entries = entries(language, number);
    match language {
        Language::Sv => format!("Inget fattas och inget är ändrat: {entries} kontrollerade."),
        Language::En => format!("Nothing is missing and nothing was changed: {entries} verified."),
    }
}

/// Entries that are gone, from the first to the last.
pub fn gone(language: Language, from: i64, to: i64) -> String {
    match language {
        Language::Sv => format!("Posterna {from}–{to} saknas."),
        Language::En => format!("The entries {from}–{to} are missing."),
    }
}

/// An entry that isn't as it was written.
pub fn changed(language: Language, number: i64) -> String {
    match language {
        Language::Sv => format!("Post {number} är ändrad, eller har förlorat sin länk."),
        Language::En => format!("Entry {number} was changed, or has lost its link."),
    }
}

/// A checkpoint that isn't ours.
pub fn foreign_checkpoint(language: Language, number: i64) -> String {
    match language {
        Language::Sv => format!("Kontrollpunkten vid post {number} är inte signerad av tjänsten."),
        Language::En => format!("The checkpoint at entry {number} is not signed by the service."),
    }
}
