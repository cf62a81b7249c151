//! The words of tickets for many patients at once: staff's alone.

use super::{Language, Word};
use crate::words;

words! {
    /// The title of the unit's list, and a link to it.
    BATCHES: "Biljetter till många", "Tickets for many";
    /// What it is.
    BATCHES_TELLS: "Ladda upp en lista med patienter. Listan kontrolleras rad för rad, och inget skickas förrän du har bekräftat.", "Upload a list of patients. It is checked row by row, and nothing is sent before you confirm.";
    /// A link, and the title of the form.
    NEW_BATCH: "Ladda upp en lista", "Upload a list";
    /// Where there are none.
    NO_BATCHES: "Enheten har inte laddat upp någon lista.", "The unit has uploaded no list.";
    /// A column.
    UPLOADED: "Uppladdad", "Uploaded";
    /// A field.
    FILE: "Lista (CSV)", "List (CSV)";
    /// Under it.
    FILE_TELLS: "Högst 5 000 rader. Första raden namnger kolumnerna: personnummer och namn, och om du vill mobil, sms (ja eller nej) och språk (sv eller en).", "5,000 rows at most. The first row names the columns: personnummer and namn, and as you like mobil, sms (ja or nej) and språk (sv or en).";
    /// A choice.
    SMS_CONSENT: "Patienterna vill ha sms, om listan inte säger annat", "The patients want text messages, unless the list says otherwise";
    /// A button.
    CHECK: "Kontrollera listan", "Check the list";
    /// The title of a batch.
    BATCH: "Biljetter från en lista", "Tickets from a list";
    /// A state.
    STATE_CHECKED: "Kontrollerad, inget är skickat", "Checked, nothing is sent";
    /// A state.
    STATE_WORKING: "Skickas", "Being sent";
    /// A state.
    STATE_STOPPED: "Stoppad", "Stopped";
    /// A state.
    STATE_DONE: "Klar", "Done";
    /// A state.
    STATE_DISCARDED: "Kastad", "Discarded";
    /// A number of the list.
    ROWS: "Rader i listan", "Rows in the list";
    /// A number of the list.
    WANTED: "Rader utan fel", "Rows without a fault";
    /// A number of the list.
    FAULTY: "Rader med fel, som inte får någon biljett", "Rows with a fault, which get no ticket";
    /// A number of the list.
    ISSUED: "Skickade biljetter", "Tickets sent";
    /// The title of what is wrong.
    FAULTS: "Det här är fel i listan", "This is wrong in the list";
    /// What to do about it.
    FAULTS_TELL: "Rätta listan och ladda upp den igen, eller skicka till raderna utan fel.", "Mend the list and upload it again, or send to the rows without a fault.";
    /// A column.
    LINE: "Rad i filen", "Line of the file";
    /// A column.
    COLUMN: "Kolumn", "Column";
    /// A column.
    FAULT: "Fel", "Fault";
    /// Where only the first are shown.
    AND_MORE: "De första hundra felen visas.", "The first hundred faults are shown.";
    /// A button.
    STOP: "Stoppa", "Stop";
    /// A button.
    RESUME: "Fortsätt skicka", "Go on sending";
    /// A button.
    DISCARD: "Kasta listan", "Discard the list";
    /// A button.
    GO_ON: "Fortsätt nu och visa hur långt det har kommit", "Go on now and show how far it has come";
    /// While it is being sent.
    WORKING_TELLS: "Biljetterna skickas i omgångar, också om du lämnar sidan.", "The tickets are sent in portions, also if you leave this page.";
    /// Beside the progress bar.
    PROGRESS: "Så långt har det kommit", "This far it has come";
    /// Where there are not as many free slots.
    TOO_FEW: "Listans biljetter och de som redan är öppna är tillsammans fler än de lediga tider som passar. Lägg upp fler tider.", "The list's tickets and those open already are together more than the free times that fit. Set up more times.";
    /// Where no row can be used.
    NOTHING_TO_SEND: "Ingen rad kan få en biljett, eller så har sista dagen varit. Ladda upp listan igen.", "No row can get a ticket, or the last day has passed. Upload the list again.";
    /// Where no file came.
    NO_FILE: "Välj en fil", "Choose a file";
    /// The file is too large.
    TOO_LARGE: "Filen är för stor. Dela upp den: högst 5 000 rader och två megabyte.", "The file is too large. Divide it: 5,000 rows and two megabytes at most.";
    /// The file has no rows.
    LIST_EMPTY: "Filen har inga rader med patienter", "The file has no rows with patients";
    /// The file is no text.
    LIST_NOT_TEXT: "Filen är ingen CSV-fil. Spara listan som CSV i kalkylprogrammet.", "The file is no CSV file. Save the list as CSV in the spreadsheet program.";
    /// The first row is wrong.
    LIST_WITHOUT_COLUMNS: "Första raden ska namnge kolumnerna, varje kolumn en gång: personnummer och namn måste finnas", "The first row must name the columns, each once: personnummer and namn must be there";
    /// Too many rows.
    LIST_TOO_LONG: "Listan har fler än 5 000 rader. Dela upp den.", "The list has more than 5,000 rows. Divide it.";
    /// A quote that never ends.
    LIST_OPEN_QUOTE: "Ett citattecken i listan avslutas aldrig", "A quotation mark in the list never ends";

    /// A column of the list.
    COLUMN_IDENTITY: "Personnummer", "Personal number";
    /// A column of the list.
    COLUMN_NAME: "Namn", "Name";
    /// A column of the list.
    COLUMN_PHONE: "Mobil", "Mobile";
    /// A column of the list.
    COLUMN_SMS: "Sms", "Text messages";
    /// A column of the list.
    COLUMN_LANGUAGE: "Språk", "Language";
    /// The row as a whole.
    COLUMN_ROW: "Hela raden", "The whole row";
    /// A fault.
    MISSING: "Fattas", "Missing";
    /// A fault.
    NOT_AN_IDENTITY: "Inget riktigt personnummer med tolv siffror", "Not a correct personal number of twelve digits";
    /// A fault.
    NOT_A_TEST_IDENTITY: "Utbildningsmiljön tar bara testpersonnummer", "The training environment takes test identities alone";
    /// A fault.
    UNDER_AGE: "Under enhetens åldersgräns", "Under the unit's age limit";
    /// A fault.
    REPEATED: "Samma patient står på en tidigare rad", "The same patient stands on an earlier row";
    /// A fault.
    NOT_A_TEXT: "Kan inte läsas som ett namn på högst 100 tecken", "Can't be read as a name of 100 characters at most";
    /// A fault.
    FORMULA: "Börjar som en formel i ett kalkylprogram", "Begins like a formula of a spreadsheet program";
    /// A fault.
    NOT_A_PHONE: "Inget telefonnummer", "Not a phone number";
    /// A fault.
    NOT_A_SWEDISH_MOBILE: "Inget svenskt mobilnummer: sms kommer inte fram", "Not a Swedish mobile number: text messages don't arrive";
    /// A fault.
    NEITHER_YES_NOR_NO: "Skriv ja eller nej", "Write ja or nej";
    /// A fault.
    NOT_A_LANGUAGE: "Skriv sv eller en", "Write sv or en";
    /// A fault.
    TOO_MANY_VALUES: "Fler värden än kolumner", "More values than columns";
}

/// A button: how many tickets it sends.
pub fn send(language: Language, tickets: i64) -> String {
    match language {
        Language::Sv => format!("Skicka {tickets} biljetter"),
        Language::En => format!("Send {tickets} tickets"),
    }
}

/// What is said where a file is no list, by the kind of the problem.
pub fn of_list_problem(kind: &str) -> Option<Word> {
    Some(match kind {
        "list-empty" => LIST_EMPTY,
        "list-not-text" => LIST_NOT_TEXT,
        "list-without-columns" => LIST_WITHOUT_COLUMNS,
        "list-too-long" => LIST_TOO_LONG,
        "list-open-quote" => LIST_OPEN_QUOTE,
        _ => return None,
    })
}
