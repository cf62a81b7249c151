//! The words of the pages of a unit's administrator.

use super::{Language, Word};
use crate::words;

words! {
    /// A heading on the start page of whoever administers the unit.
    UNIT: "Enheten", "The unit";
    /// A link and a title.
    SETTINGS: "Enhetens inställningar", "The unit's settings";
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
    WHERE_TO_TURN: "Vart patienten kan vända sig när ett ärende är stängt", "Where patients can turn when a case is closed";
    /// Under it.
    WHERE_TO_TURN_HINT: "Högst 500 tecken. Lämna tomt för tjänstens egna ord.", "At most 500 characters. Leave empty for the service's own words.";
    /// At it.
    WHERE_TO_TURN_WRONG: "Skriv högst 500 tecken, utan styrtecken", "Write at most 500 characters, without control characters";
    /// A heading.
    LAST_CHANGES: "Senaste ändringarna", "The last changes";
    /// Where there are none.
    NO_CHANGES: "Inget har ändrats än.", "Nothing has been changed yet.";
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

/// A number's bounds.
pub fn from_to(language: Language, least: i64, most: i64) -> String {
    match language {
        Language::Sv => format!("Från {least} till {most}."),
        Language::En => format!("From {least} to {most}."),
    }
}
