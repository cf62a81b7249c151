//! The words of the record panel beside a chat, from the region's own introduction.

use super::{Language, Word};
use crate::words;

words! {
    /// The page's title, and a link to it from the chat.
    RECORD: "Journalpanel", "Record panel";
    /// The heading while both sides are there.
    SYNCHRONOUS_VISIT: "ONLINE BESÖK (SYNKRON FAS)", "ONLINE VISIT (SYNCHRONOUS PHASE)";
    /// The heading while each writes when they can.
    ASYNCHRONOUS_VISIT: "ONLINE BESÖK (ASYNKRON FAS)", "ONLINE VISIT (ASYNCHRONOUS PHASE)";
    /// A link to the chat's own page, with everything that can be done there.
    TO_THE_CHAT: "Ändra ärendet, svarsfraser och interna anteckningar", "Change the case, reply phrases and internal notes";
    /// What became of a text message.
    SMS_QUEUED: "väntar på att skickas", "waits to be sent";
    /// What became of a text message.
    SMS_SENT: "skickat till operatören", "handed to the operator";
    /// What became of a text message.
    SMS_DELIVERED: "levererat", "delivered";
    /// What became of a text message.
    SMS_FAILED: "kom inte fram", "did not arrive";
    /// What became of a text message.
    SMS_WITHHELD: "skickades inte", "was not sent";
    /// A field.
    ENTRY: "Ingång", "Entry";
    /// What the field is for.
    ENTRY_HINT: "Hur kontakten kom till, högst 200 tecken.", "How the contact came about, 200 characters at most.";
    /// A field.
    TRIAGE: "Triage", "Triage";
    /// A field.
    DETAILS: "Besöksdetaljer", "Visit details";
    /// A button.
    KEEP: "Spara", "Save";
    /// A heading.
    NOTES: "Anteckningar", "Notes";
    /// Where there is none.
    NO_NOTES: "Ingen anteckning är signerad.", "No note is signed.";
    /// Before a moment and a name.
    SIGNED: "Signerad", "Signed";
    /// Of a note that adds to another.
    ADDENDUM: "Tillägg", "Addendum";
    /// After the word for an addendum, before a moment and a name: what it adds to.
    TO_NOTE: "till anteckning signerad", "to the note signed";
    /// After the word for an addendum, before a moment and a name: what it adds to.
    TO_ADDENDUM: "till tillägg signerat", "to the addendum signed";
    /// Of an addendum, before a moment and a name.
    ADDENDUM_SIGNED: "Signerat", "Signed";
    /// A link.
    WRITE_ADDENDUM: "Skriv tillägg", "Write an addendum";
    /// A field: somebody's own that isn't signed.
    DRAFT: "Utkast (syns bara för dig)", "Draft (only you see it)";
    /// Above a draft's text that was saved elsewhere, below what is typed.
    DRAFT_AS_SAVED: "Utkastet som det är sparat nu", "The draft as it is saved now";
    /// A field.
    NEW_NOTE: "Ny anteckning", "New note";
    /// A field.
    NEW_ADDENDUM: "Nytt tillägg", "New addendum";
    /// A button.
    KEEP_DRAFT: "Spara utkast", "Save draft";
    /// A button.
    SIGN: "Signera", "Sign";
    /// What signing does.
    SIGN_HINT: "Det som är signerat kan inte ändras, bara få tillägg.", "What is signed can't be changed, only added to.";
    /// A field that is copied from.
    FOR_THE_JOURNAL: "Som text till journalen", "As text for the journal";
    /// Above the form.
    CHANGED: "Någon annan har ändrat panelen. Det du skrev står kvar; det som gäller nu står här under. Spara igen för att ersätta det.", "Somebody else changed the panel. What you wrote is kept; what stands now is shown below. Save again to replace it.";
    /// Above the form, and at the draft.
    DRAFT_CHANGED: "Utkastet har ändrats sedan du läste det, till exempel i en annan flik. Det du skrev står kvar; det som är sparat nu står under det. Spara eller signera igen för att ersätta det.", "The draft was changed since you read it, in another tab for example. What you wrote is kept; what is saved now is shown below it. Save or sign again to replace it.";
    /// Above the form.
    SIGNED_ALREADY: "Anteckningen är redan signerad. Det du skrev står kvar som ny anteckning.", "The note is signed already. What you wrote is kept as a new note.";
    /// Above the form.
    NOTES_FULL: "Det finns redan 500 anteckningar här, utkast medräknade, och fler går inte att spara. Det du skrev står kvar.", "There are 500 notes here already, drafts counted, and no more can be kept. What you wrote is kept.";
    /// Above the form.
    DOES_NOT_FIT: "Skriv något, men inte mer än fältet rymmer, och bara vanlig text. Det du skrev står kvar.", "Write something, but no more than the field holds, and plain text only. What you wrote is kept.";
}

/// What an addendum is to, [`TO_NOTE`] or [`TO_ADDENDUM`], with when that was signed and by whom.
pub fn signed_by(language: Language, to: Word, when: &str, whom: &str) -> String {
    let to = language.say(to);
    match language {
        Language::Sv => format!("{to} {when} av {whom}"),
        Language::En => format!("{to} {when} by {whom}"),
    }
}
