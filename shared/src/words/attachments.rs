//! The words of attachments: pictures and documents that go with a chat's messages.

use super::{Language, Word};
use crate::words;

words! {
    /// The title of the page, and a link to it from the chat.
    ATTACH: "Bifoga bilder eller dokument", "Attach pictures or documents";
    /// What it is.
    ATTACH_TELLS: "Ladda upp en fil i taget. Filerna följer med nästa meddelande som du skriver här, högst tio åt gången.", "Upload one file at a time. The files go with the next message that you write here, ten at most.";
    /// After it, and wherever it is said that files wait.
    WITHIN_A_DAY: "Filer som inte skickas inom ett dygn tas bort.", "Files that are not sent within a day are deleted.";
    /// The field.
    FILE: "Välj en bild eller ett dokument", "Choose a picture or a document";
    /// Under it.
    FILE_TELLS: "JPEG, PNG, WebP eller PDF, högst 10 MB. Var och när en bild är tagen tas bort ur den.", "JPEG, PNG, WebP or PDF, 10 MB at most. Where and when a picture was taken is removed from it.";
    /// A button.
    UPLOAD: "Ladda upp", "Upload";
    /// A heading.
    WAITING: "Följer med ditt nästa meddelande", "Go with your next message";
    /// Where there are none.
    NOTHING_WAITS: "Inga filer än.", "No files yet.";
    /// A button.
    REMOVE: "Ta bort", "Remove";
    /// The message's field.
    MESSAGE: "Skriv ett meddelande till filerna", "Write a message to go with the files";
    /// A button.
    SEND: "Skicka meddelandet och filerna", "Send the message and the files";
    /// After the name of a file that is looked at while a message is written, for those who don't see.
    IN_ANOTHER_TAB: "(öppnas i en ny flik)", "(opens in a new tab)";
    /// A link.
    BACK: "Till samtalet", "To the chat";
    /// What a file is.
    PICTURE: "Bild", "Picture";
    /// What a file is.
    DOCUMENT: "Dokument (PDF)", "Document (PDF)";
    /// What a file is that the scanner has not answered for.
    IS_CHECKED: "En fil kontrolleras och kan snart öppnas", "A file is being checked and can soon be opened";
    /// What a file is that the scanner refused.
    WAS_REFUSED: "En fil togs bort: den kunde vara skadlig", "A file was removed: it might be harmful";
    /// No file was chosen.
    NO_FILE: "Välj en fil först", "Choose a file first";
    /// More than 10 MB.
    TOO_LARGE: "Filen är större än 10 MB. Välj en mindre, eller ta bilden i lägre kvalitet.", "The file is larger than 10 MB. Choose a smaller one, or take the picture in a lower quality.";
    /// Another kind of file.
    UNKNOWN: "Filen är varken JPEG, PNG, WebP eller PDF. Ta en skärmbild av den, eller spara den som PDF.", "The file is no JPEG, PNG, WebP or PDF. Take a screenshot of it, or save it as a PDF.";
    /// It ends before its end.
    CUT: "Filen är inte hel. Kanske bröts något när den sparades: försök med originalet.", "The file isn't whole. Maybe something broke off as it was saved: try the original.";
    /// It isn't made as it should.
    BROKEN: "Filen går inte att läsa. Försök spara den på nytt, eller ta en skärmbild av den.", "The file can't be read. Try to save it anew, or take a screenshot of it.";
    /// Too many pixels.
    TOO_MANY_PIXELS: "Bilden har för många bildpunkter (högst 50 miljoner). Förminska den först.", "The picture has too many pixels (50 million at most). Make it smaller first.";
    /// The scanner did not want it.
    HARMFUL: "Filen kan vara skadlig och togs inte emot.", "The file may be harmful and was not taken.";
    /// Ten are waiting.
    TEN_WAIT: "Tio filer väntar redan. Skicka dem först, eller ta bort någon.", "Ten files are waiting already. Send them first, or remove one.";
    /// Neither the file's fault nor its sender's.
    TRY_AGAIN: "Det gick inte just nu. Det du har skrivit står kvar: försök igen om en stund.", "It did not work just now. What you have written is still here: try again in a moment.";
    /// Nothing can be written in the chat.
    NOT_NOW: "Det går inte att skriva i samtalet just nu, och därför inte heller att bifoga något.", "Nothing can be written in the chat now, and so nothing can be attached.";
}

/// What a message says of a file, by the word that the store keeps (`<id>.<what>`).
pub fn name(language: Language, kept: &str) -> &'static str {
    language.say(match kept.rsplit('.').next() {
        Some("pdf") => DOCUMENT,
        Some("checking") => IS_CHECKED,
        Some("refused") => WAS_REFUSED,
        _ => PICTURE,
    })
}

/// What is wrong with a file, by the kind of the problem that says so.
pub fn of_problem(kind: &str) -> Option<Word> {
    Some(match kind {
        "empty-file" => NO_FILE,
        "too-large" => TOO_LARGE,
        "unknown-file" => UNKNOWN,
        "cut-file" => CUT,
        "broken-file" => BROKEN,
        "too-many-pixels" => TOO_MANY_PIXELS,
        "harmful-file" => HARMFUL,
        "ten-wait" => TEN_WAIT,
        "case-closed" => NOT_NOW,
        "unavailable" => TRY_AGAIN,
        _ => return None,
    })
}
