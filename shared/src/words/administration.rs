//! The words of the pages of a unit's administrator.

use super::{Language, Word};
use crate::words;

words! {
    /// A heading on the start page.
    UNIT: "Enheten", "The unit";
    /// A link and a title.
    SETTINGS: "Enhetens inställningar", "The unit's settings";
    /// A heading.
    SLOT_RULES: "Bokningsbara tider", "Slots";
    /// The link under it.
    TO_SLOT_RULES: "Veckomallar: se dem och lägg upp tider", "Weekly templates: see them and set up slots";
    /// The link to the unit's reply phrases.
    TO_PHRASES: "Se, lägg till och ta bort fraser", "See, add and remove phrases";
    /// Above the phrases.
    PHRASES_TELL: "All personal vid enheten kan lägga in fraserna i sina svar i en chatt och ändra dem innan de skickas.", "All staff of the unit can put the phrases into their answers in a chat, and change them before they are sent.";
    /// Where there are none.
    NO_PHRASES: "Enheten har inga svarsfraser än.", "The unit has no reply phrases yet.";
    /// A heading.
    NEW_PHRASE: "Ny fras", "New phrase";
    /// Before the fields that a phrase may have.
    PHRASE_FIELDS: "Skriv ett fält med sina klamrar i texten, så fylls det i när frasen används:", "Write a field with its braces in the text, and it is filled in when the phrase is used:";
    /// What a field is filled with.
    FIELD_PATIENT: "Patientens namn", "The patient's name";
    /// What a field is filled with.
    FIELD_PRACTITIONER: "Namnet på den som skriver", "The name of whoever writes";
    /// What a field is filled with.
    FIELD_UNIT: "Enhetens namn", "The unit's name";
    /// What a field is filled with.
    FIELD_CLOSES: "När chatten stängs, som 2026-11-30 09.00", "When the chat closes, as 2026-11-30 09.00";
    /// A field of the form.
    PHRASE_TITLE: "Rubrik", "Title";
    /// Under it.
    PHRASE_TITLE_HINT: "Det som personalen väljer frasen efter. Högst 60 tecken.", "What staff choose the phrase by. At most 60 characters.";
    /// At it.
    PHRASE_TITLE_WRONG: "Skriv en rubrik på högst 60 tecken, utan styrtecken", "Write a title of at most 60 characters, without control characters";
    /// A field of the form.
    PHRASE_TEXT: "Text", "Text";
    /// Under it.
    PHRASE_TEXT_HINT: "Högst 2 000 tecken. Skriv inget om någon enskild patient.", "At most 2,000 characters. Write nothing about any one patient.";
    /// At it.
    PHRASE_TEXT_WRONG: "Skriv en text på högst 2 000 tecken, utan styrtecken", "Write a text of at most 2,000 characters, without control characters";
    /// At it, where it has a field that nothing is known of.
    PHRASE_FIELD_WRONG: "Använd bara fälten {patient}, {practitioner}, {unit} och {closes}", "Use only the fields {patient}, {practitioner}, {unit} and {closes}";
    /// After saving.
    PHRASE_ADDED: "Frasen är sparad.", "The phrase is saved.";
    /// A button.
    REMOVE_PHRASE: "Ta bort", "Remove";
    /// After removing.
    PHRASE_REMOVED: "Frasen är borttagen.", "The phrase is removed.";
    /// After saving.
    SAVED: "Inställningarna är sparade.", "The settings are saved.";
    /// Where another administrator was first.
    OVERTAKEN: "Någon annan har ändrat inställningarna sedan du öppnade sidan. Inget av ditt är sparat än, men det står kvar nedan. Spara igen om det är så det ska vara.", "Somebody else has changed the settings since you opened the page. Nothing of yours is saved yet, but it still stands below. Save again if this is how it shall be.";
    /// A legend.
    OPENING_HOURS: "Öppettider", "Opening hours";
    /// Under it.
    HOURS_HINT: "Skriv som 8–12, 13–17. Lämna tomt när det är stängt. Helgdagar räknas som stängda.", "Write as 8–12, 13–17. Leave empty where it is closed. Public holidays count as closed.";
    /// At a day.
    HOURS_WRONG: "Skriv tiderna som 8–12, 13–17, i ordning", "Write the hours as 8–12, 13–17, in order";
    /// A legend.
    RULES: "Regler", "Rules";
    /// At a number.
    NUMBER_WRONG: "Skriv ett heltal inom gränserna", "Write a whole number within the bounds";
    /// A setting.
    CANCELLATION_CUTOFF: "Patienten får avboka fram till så här många timmar före besöket", "Patients may cancel until so many hours before the visit";
    /// A setting.
    AGE_LIMIT: "Lägsta ålder för patienter", "Lowest age of patients";
    /// A setting.
    CASE_NOTICE: "Så många timmar innan ett ärende stängs får båda veta det", "Both sides are told so many hours before a case closes";
    /// A setting.
    CASE_GRACE: "Så många öppettimmar får en obesvarad fråga vänta när ärendet skulle ha stängts", "A question without an answer may wait so many opening hours when the case should have closed";
    /// A setting.
    CASE_REOPEN: "Ett stängt ärende kan öppnas igen inom så många timmar", "A closed case can be opened again within so many hours";
    /// A setting.
    CASE_ANSWER: "Patienten får veta att svar kommer inom så många öppettimmar", "Patients are told to expect an answer within so many opening hours";
    /// A setting.
    REMINDS_DAY_BEFORE: "Påminn med sms dagen före besöket", "Remind by text message the day before the visit";
    /// A setting.
    REMINDS_HOUR_BEFORE: "Påminn med sms en timme före besöket", "Remind by text message an hour before the visit";
    /// A setting.
    SHOWS_READ_MARKS: "Patienten ser när personalen har läst", "Patients see when staff have read";
    /// A setting.
    WHERE_TO_TURN: "Vart patienten kan vända sig när ett ärende är stängt, en biljett har gått ut eller det är för sent att avboka", "Where patients can turn when a case is closed, a ticket has expired or it is too late to cancel";
    /// Under it.
    WHERE_TO_TURN_HINT: "Skriv gärna enhetens telefonnummer. Högst 500 tecken. Lämna tomt för tjänstens egna ord.", "The unit's phone number, for one. At most 500 characters. Leave empty for the service's own words.";
    /// At it.
    WHERE_TO_TURN_WRONG: "Skriv högst 500 tecken, utan styrtecken", "Write at most 500 characters, without control characters";
    /// A heading.
    LAST_CHANGES: "Senaste ändringarna", "The last changes";
    /// Where there are none.
    NO_CHANGES: "Inget har ändrats än.", "Nothing has been changed yet.";

    /// A link and a title of the administrator.
    OPERATIONS: "Drift och åtkomst", "Operations and access";
    /// A heading.
    CONNECTED_UNITS: "Anslutna enheter", "Connected units";
    /// A column.
    UNIT_NAME: "Enhet", "Unit";
    /// A column.
    AGE_LIMIT_SHORT: "Åldersgräns", "Age limit";
    /// A state of a unit.
    OPEN_NOW: "Öppet nu", "Open now";
    /// A state of a unit.
    CLOSED_NOW: "Stängt nu", "Closed now";
    /// A column.
    LAST_ACTIVITY: "Senaste aktivitet", "Last activity";
    /// A column and a heading.
    PRACTITIONERS: "Medarbetare", "Staff";
    /// A column, and at somebody's name.
    SIGNED_IN_NOW: "Inloggade nu", "Signed in now";
    /// A heading.
    GATEWAYS: "Sms-växlar", "Text message gateways";
    /// A column.
    GATEWAY: "Växel", "Gateway";
    /// A column.
    LAST_FAILURE: "Senaste felet", "Last failure";
    /// A column.
    LAST_USE: "Senast använd", "Last used";
    /// Where none has been used.
    NO_GATEWAY_USED: "Ingen växel har använts än.", "No gateway has been used yet.";
    /// A state.
    WORKS: "Fungerar", "Works";
    /// Where no message waits.
    NOTHING_WAITS: "Inget meddelande väntar på att skickas.", "No message waits to be sent.";
    /// A heading.
    MESSAGES_LATELY: "Enhetens meddelanden det senaste dygnet", "The unit's messages of the last 24 hours";
    /// Above the staff.
    SIGN_OUT_TELLS: "Logga ut en medarbetare om ett kort är borta eller någon har slutat. Alla personens sessioner vid enheten avslutas direkt.", "Sign somebody out if a card is lost or they have left. All their sessions at the unit end at once.";
    /// A button.
    SIGN_OUT: "Logga ut", "Sign out";

    /// A link and a title.
    STATISTICS: "Enhetens statistik", "The unit's statistics";
    /// Under it.
    STATISTICS_TELL: "Siffrorna räknar besök, biljetter, ärenden och meddelanden vid enheten. Den sista veckan pågår.", "The numbers count visits, tickets, cases and messages at the unit. The last week is not over.";
    /// Names a navigation.
    PERIOD: "Period", "Period";
    /// Where a chart has nothing.
    NOTHING_COUNTED: "Här finns inget att räkna under perioden.", "There is nothing to count here in the period.";
    /// Over the sums.
    TOGETHER: "Totalt", "Total";
    /// A chart.
    VISITS_BY_WEEK: "Besök per vecka och sort", "Visits by week and kind";
    /// Before the weeks.
    WEEK_FROM: "Vecka från", "Week from";
    /// A chart.
    NO_SHOWS_BY_WEEK: "Uteblivna besök per vecka", "No-shows by week";
    /// What it counts.
    NO_SHOWS: "Uteblivna", "No-shows";
    /// A chart.
    TICKETS: "Vad som blev av biljetterna", "What became of the tickets";
    /// What it counts.
    HOW_MANY_TICKETS: "Biljetter", "Tickets";
    /// A chart.
    FIRST_ANSWERS: "Tid till första svar i ärenden", "Time to the first answer in cases";
    /// Before the times.
    WITHIN: "Svar inom", "Answer within";
    /// What it counts.
    HOW_MANY_CASES: "Ärenden", "Cases";
    /// A chart.
    MESSAGES: "Vad som blev av textmeddelandena", "What became of the text messages";
    /// What it counts.
    HOW_MANY_MESSAGES: "Meddelanden", "Messages";
    /// Before the states.
    STATE: "Läge", "State";
    /// How soon.
    WITHIN_AN_HOUR: "1 timme", "1 hour";
    /// How soon.
    WITHIN_FOUR_HOURS: "4 timmar", "4 hours";
    /// How soon.
    WITHIN_A_DAY: "1 dygn", "1 day";
    /// How soon.
    WITHIN_THREE_DAYS: "3 dygn", "3 days";
    /// How soon.
    LATER: "Senare", "Later";
    /// How soon.
    NOT_YET: "Inget svar än", "No answer yet";
    /// A state.
    OPEN: "Öppna", "Open";
    /// A state.
    REDEEMED: "Inlösta", "Redeemed";
    /// A state.
    REVOKED: "Återkallade", "Revoked";
    /// A state.
    EXPIRED: "Utgångna", "Expired";
    /// A state.
    QUEUED: "I kö", "Queued";
    /// A state.
    SENT: "Skickade", "Sent";
    /// A state.
    DELIVERED: "Levererade", "Delivered";
    /// A state.
    FAILED: "Misslyckade", "Failed";
    /// A state.
    WITHHELD: "Inte skickade", "Not sent";
}

/// How soon a first answer came, in the order in which they are counted.
pub const ANSWER_TIMES: [Word; 6] = [
    WITHIN_AN_HOUR,
    WITHIN_FOUR_HOURS,
    WITHIN_A_DAY,
    WITHIN_THREE_DAYS,
    LATER,
    NOT_YET,
];

/// What a ticket's or a message's state is called where many are counted.
pub fn state(name: &str) -> Word {
    match name {
        "open" => OPEN,
        "redeemed" => REDEEMED,
        "revoked" => REVOKED,
        "expired" => EXPIRED,
        "queued" => QUEUED,
        "sent" => SENT,
        "delivered" => DELIVERED,
        "failed" => FAILED,
        _ => WITHHELD,
    }
}

/// A period to choose.
pub fn weeks(language: Language, weeks: u64) -> String {
    match language {
        Language::Sv => format!("{weeks} veckor"),
        Language::En => format!("{weeks} weeks"),
    }
}

/// How soon half of the answers came.
pub fn half_within(language: Language, minutes: i64) -> String {
    let (hours, minutes) = (minutes / 60, minutes % 60);
    match language {
        Language::Sv => format!("Hälften av svaren kom inom {hours} timmar och {minutes} minuter."),
        Language::En => {
            format!("Half of the answers came within {hours} hours and {minutes} minutes.")
        }
    }
}

/// What a setting is called, by its field.
pub fn setting(field: &str) -> Word {
    match field {
        "cancellation_cutoff_hours" => CANCELLATION_CUTOFF,
        "age_limit" => AGE_LIMIT,
        "case_notice_hours" => CASE_NOTICE,
        "case_grace_hours" => CASE_GRACE,
        "case_reopen_hours" => CASE_REOPEN,
        "case_answer_hours" => CASE_ANSWER,
        "reminds_day_before" => REMINDS_DAY_BEFORE,
        "reminds_hour_before" => REMINDS_HOUR_BEFORE,
        _ => SHOWS_READ_MARKS,
    }
}

/// With what a field of a reply phrase is filled, by its name.
pub fn phrase_field(name: &str) -> Word {
    match name {
        "patient" => FIELD_PATIENT,
        "practitioner" => FIELD_PRACTITIONER,
        "unit" => FIELD_UNIT,
        _ => FIELD_CLOSES,
    }
}

/// A number's bounds.
pub fn from_to(language: Language, least: i64, most: i64) -> String {
    match language {
        Language::Sv => format!("Från {least} till {most}."),
        Language::En => format!("From {least} to {most}."),
    }
}

/// A state of a gateway that has failed before.
pub fn works_since(language: Language, since: &str) -> String {
    match language {
        Language::Sv => format!("Fungerar sedan {since}"),
        Language::En => format!("Works since {since}"),
    }
}

/// A gateway that fails, since when.
pub fn failing_since(language: Language, since: &str) -> String {
    match language {
        Language::Sv => format!("Svarar inte sedan {since}"),
        Language::En => format!("Fails since {since}"),
    }
}

/// How many messages wait, and since when.
pub fn waiting(language: Language, number: i64, since: &str) -> String {
    match language {
        Language::Sv => {
            format!("Meddelanden som väntar på att skickas: {number}, det äldsta sedan {since}.")
        }
        Language::En => {
            format!("Messages that wait to be sent: {number}, the oldest since {since}.")
        }
    }
}

/// How many sessions of somebody were ended.
pub fn signed_out(language: Language, number: u32) -> String {
    match (language, number) {
        (Language::Sv, 0) => "Medarbetaren var inte inloggad vid enheten.".to_owned(),
        (Language::En, 0) => "They were not signed in at the unit.".to_owned(),
        (Language::Sv, _) => format!("Medarbetaren är utloggad. Avslutade sessioner: {number}."),
        (Language::En, _) => format!("They are signed out. Sessions ended: {number}."),
    }
}
