//! The words of booked visits, for patients and staff, and of the forms by which staff book them.

use super::{Language, Word};
use crate::appointment::{AppointmentKind, AppointmentState, ParticipantRole};
use crate::words;

words! {
    /// The title of a visit's page, to the patient.
    YOUR_VISIT: "Ditt besök", "Your visit";
    /// The title of a visit's page, to staff.
    VISIT: "Besök", "Visit";
    /// A fact's name.
    WHEN: "När", "When";
    /// A fact's name.
    WITH: "Med", "With";
    /// A fact's name.
    WHERE: "Enhet", "Unit";
    /// A fact's name.
    KIND: "Typ av besök", "Kind of visit";
    /// A fact's name.
    STATE: "Läge", "State";
    /// A fact's name.
    PREPARE: "Så förbereder du dig", "How to prepare";
    /// A fact's name.
    PATIENT: "Patient", "Patient";
    /// A fact's name.
    IDENTITY: "Personnummer", "Personal number";
    /// A fact's name.
    REASON: "Kontaktorsak", "Reason for contact";
    /// A fact's name.
    ENTRY: "Ingång", "Entry";
    /// A fact's name.
    PARTICIPANTS: "Inbjudna deltagare", "Invited participants";
    /// After a participant without a phone number.
    NOT_INVITED: "Inget sms med länk: mobilnummer saknas", "No text message with a link: no mobile number";
    /// A fact's name.
    CANCELLED_BECAUSE: "Avbokat för att", "Cancelled because";
    /// A kind of visit.
    SCHEDULED: "Schemalagd", "Scheduled";
    /// A kind of visit.
    FREE_TIME: "Schemalagt fri", "Free time";
    /// A kind of visit.
    VIDEO: "Videobesök", "Video visit";
    /// A kind of visit.
    BY_TICKET: "Bokad med biljett", "Booked with a ticket";
    /// A state.
    BOOKED: "Bokat", "Booked";
    /// A state.
    ARRIVED: "Patienten är här", "The patient is here";
    /// A state.
    STARTED: "Pågår", "In progress";
    /// A state.
    COMPLETED: "Klart", "Done";
    /// A state.
    CANCELLED: "Avbokat", "Cancelled";
    /// A state.
    NO_SHOW: "Patienten kom inte", "The patient did not come";
    /// A link.
    TO_CALENDAR: "Lägg i kalendern", "Put into the calendar";
    /// A button of the patient's.
    I_AM_HERE: "Jag är här", "I am here";
    /// Said after it.
    WE_KNOW: "Vi vet att du är här. Uppdatera sidan för att se om besöket har börjat.", "We know that you are here. Update the page to see whether the visit has begun.";
    /// The link there.
    UPDATE: "Uppdatera", "Update";
    /// When the button comes.
    HERE_LATER: "En timme före besöket kan du säga till här att du är på plats.", "An hour before the visit you can tell us here that you are in place.";
    /// A button.
    CANCEL: "Avboka besöket", "Cancel the visit";
    /// A button.
    TO_CHAT: "Till besökets chatt", "To the visit's chat";
    /// A heading.
    CANCEL_HEADING: "Avboka", "Cancel";
    /// To a patient.
    CANCEL_TELLS: "Tiden går då till någon annan. Du får ett sms om att besöket är avbokat.", "The time then goes to somebody else. You get a text message that the visit is cancelled.";
    /// To a patient who is too late.
    TOO_LATE: "Det är för sent att avboka här.", "It is too late to cancel here.";
    /// To a patient.
    REBOOK: "Vill du byta tid? Avboka och kontakta mottagningen.", "Want another time? Cancel and contact the unit.";
    /// To a patient whose visit was booked with a ticket.
    REBOOK_TICKET: "Vill du byta tid? Välj en annan i stället för att avboka: du behåller den här tills du har valt.", "Want another time? Pick another instead of cancelling: you keep this one until you have picked.";
    /// The link there.
    CHANGE_TIME: "Byt till en annan tid", "Change to another time";
    /// The label of a field, to staff.
    WHY: "Varför avbokas besöket? (patienten ser det)", "Why is the visit cancelled? (the patient sees it)";
    /// A heading, to staff.
    STEPS: "Nästa steg", "Next step";
    /// A button, to staff.
    MARK_ARRIVED: "Patienten är här", "The patient is here";
    /// A button, to staff.
    START: "Börja besöket", "Begin the visit";
    /// A button, to staff.
    COMPLETE: "Besöket är klart", "The visit is done";
    /// A button, to staff.
    MARK_NO_SHOW: "Patienten kom inte", "The patient did not come";
    /// A heading and a button, to staff.
    MOVE: "Flytta besöket", "Move the visit";
    /// The label of a field, to staff.
    NEW_TIME: "Ny tid", "New time";
    /// The label of a choice, to staff.
    NEW_SLOT: "Ny bokningsbar tid", "New slot";
    /// The label of a box, to staff.
    OVERLAP: "Boka över ett annat besök (ditt namn sparas)", "Book over another visit (your name is kept)";

    /// The title of the form.
    NEW_SCHEDULED: "Bokat besök: Schemalagd", "Booked visit: Scheduled";
    /// The title of the form.
    NEW_FREE_TIME: "Bokat besök: Schemalagt fri", "Booked visit: Free time";
    /// The title of the form.
    NEW_VIDEO: "Bokat besök: Videobesök", "Booked visit: Video";
    /// Under it.
    SCHEDULED_TELLS: "Välj en av de bokningsbara tiderna som är upplagda i förväg.", "Pick one of the slots that were set up in advance.";
    /// Under it.
    FREE_TIME_TELLS: "Välj själv fritt datum och tid.", "Pick any date and time yourself.";
    /// Under it.
    VIDEO_TELLS: "Välj själv datum och tid, och bjud in fler deltagare om det behövs.", "Pick date and time yourself, and invite more participants if needed.";
    /// A legend.
    WHO: "Patient", "Patient";
    /// The label of a field.
    PERSONAL_IDENTITY: "Personnummer, samordningsnummer eller reservnummer", "Personal number, coordination number or reserve number";
    /// Under it.
    IDENTITY_HINT: "Tolv siffror, till exempel 19121212-1212", "Twelve digits, as 19121212-1212";
    /// The label of a field.
    NAME: "Namn (första gången)", "Name (the first time)";
    /// The label of a field.
    PHONE: "Mobilnummer (första gången)", "Mobile number (the first time)";
    /// The label of a box.
    SMS_CONSENT: "Patienten vill ha sms", "The patient wants text messages";
    /// The label of a box.
    PROTECTED: "Skyddade personuppgifter", "Protected identity";
    /// The legend of the slots.
    PICK_SLOT: "Bokningsbar tid", "Slot";
    /// Where there is none.
    NO_SLOTS: "Det finns inga lediga tider de två veckor som visas. Visa senare tider, eller lägg upp tider.", "There are no free slots in the two weeks that are shown. Show later slots, or set up slots.";
    /// The label of a field.
    SLOTS_FROM: "Visa lediga tider från", "Show free slots from";
    /// Under it.
    SLOTS_FROM_HINT: "Två veckor visas åt gången, högst 200 tider", "Two weeks are shown at once, 200 slots at most";
    /// A button.
    SHOW_SLOTS: "Visa tider", "Show slots";
    /// The label of a field.
    STARTS_AT: "Datum och tid", "Date and time";
    /// The label of a field.
    MINUTES: "Längd i minuter", "Length in minutes";
    /// The label of a field.
    INSTRUCTIONS: "Så förbereder patienten sig (frivilligt)", "How the patient prepares (optional)";
    /// The label of a field.
    ENTRY_FIELD: "Ingång (frivilligt, bara för personalen)", "Entry (optional, for staff alone)";
    /// A legend, before a number.
    PARTICIPANT: "Deltagare", "Participant";
    /// The label of a field.
    PARTICIPANT_ROLE: "Roll", "Role";
    /// The label of a field.
    PARTICIPANT_NAME: "Namn", "Name";
    /// The label of a field.
    PARTICIPANT_PHONE: "Telefon", "Phone";
    /// The label of a field.
    PARTICIPANT_EMAIL: "E-post", "E-mail";
    /// A role of a participant.
    RELATIVE: "Närstående", "Relative";
    /// A role of a participant.
    INTERPRETER: "Tolk", "Interpreter";
    /// A role of a participant.
    COLLEAGUE: "Kollega", "Colleague";
    /// A role of a participant.
    OTHER: "Annan", "Other";
    /// A choice of none.
    NONE: "Ingen", "None";
    /// A button.
    BOOK: "Boka och skicka sms", "Book and send a text message";
    /// A button: what would be booked is shown first.
    CHECK: "Granska innan du bokar", "Check before you book";
    /// The title of the check.
    CHECK_TITLE: "Granska bokningen", "Check the booking";
    /// Under it.
    CHECK_TELLS: "Inget är bokat än.", "Nothing is booked yet.";
    /// A link back to the form.
    CHANGE: "Ändra", "Change";
    /// A warning, before times.
    YOU_CLASH: "Du har redan ett besök då:", "You already have a visit then:";
    /// A warning, before times.
    PATIENT_CLASHES: "Patienten har redan ett besök hos vårdgivaren då:", "The patient already has a visit at the care provider then:";
    /// Where there is no warning.
    NO_CLASH: "Tiden krockar inte med något annat besök.", "The time clashes with no other visit.";
    /// What was booked already at the time, before the button.
    BUSY_LIST: "Redan bokat de närmaste dagarna", "Booked already in the next days";
    /// Where nothing is.
    NOT_BUSY: "Du har inga andra besök bokade de närmaste dagarna.", "You have no other visits booked in the next days.";

    /// The title of the form, and its button.
    SET_UP_SLOTS: "Lägg upp tider", "Set up slots";
    /// Under it.
    SET_UP_TELLS: "Bokningsbara tider läggs upp vecka för vecka mellan två datum. Tider som krockar med andra bokningsbara tider lämnas ut.", "Slots are set up week by week between two dates. Those that clash with other slots are left out.";
    /// A link.
    TO_SCHEDULE: "Till schemat", "To the schedule";
    /// Before a role, where no practitioner is named.
    ANYONE_OF_ROLE: "Vem som helst", "Anyone";
    /// A legend.
    WEEKDAYS: "Veckodagar", "Days of the week";
    /// The label of a field.
    FROM_CLOCK: "Från klockan", "From";
    /// The label of a field.
    TO_CLOCK: "Till klockan", "To";
    /// The label of a field.
    SLOT_MINUTES: "Varje tids längd i minuter", "Length of each slot in minutes";
    /// The label of a field.
    PAUSE_MINUTES: "Paus mellan tiderna i minuter", "Pause between slots in minutes";
    /// The label of a field.
    FIRST_DAY: "Första dagen", "First day";
    /// The label of a field.
    LAST_DAY: "Sista dagen", "Last day";
    /// The label of a field.
    EXCEPTIONS: "Dagar utan tider (frivilligt)", "Days without slots (optional)";
    /// Under it.
    EXCEPTIONS_HINT: "Datum med mellanslag emellan, till exempel 2026-12-24 2026-12-25", "Dates with spaces between, as 2026-12-24 2026-12-25";
    /// A heading.
    TEMPLATES: "Upplagda veckomallar", "Weekly templates that stand";
    /// Under it.
    END_TELLS: "När du avslutar en mall dras dess lediga tider tillbaka på en gång. Bokade besök står kvar.", "When you end a template its free slots are withdrawn at once. Booked visits stay.";
    /// A column.
    COMING: "Kommande tider", "Coming slots";
    /// A button.
    END: "Avsluta", "End";
    /// After it.
    TEMPLATE_ENDED: "Mallen är avslutad och dess lediga tider är tillbakadragna.", "The template is ended and its free slots are withdrawn.";
    /// Before the visits in its other slots.
    THESE_STAY: "De här besöken är bokade och står kvar:", "These visits are booked and stay:";
    /// What went wrong.
    WITHDRAWN_TAKEN: "Inget är tillbakadraget än: en tid är inte längre ledig. De andra är kvar här.", "Nothing is withdrawn yet: a slot is no longer free. The others are still here.";
    /// What went wrong.
    TOO_MANY: "Inget är tillbakadraget än: högst 100 tider går åt gången. Dra tillbaka de här, och kryssa sedan för resten i schemat.", "Nothing is withdrawn yet: 100 slots at most go at once. Withdraw these, and then tick the rest in the schedule.";
    /// Before slots that can't be withdrawn.
    NO_LONGER_FREE: "De här är bokade eller redan tillbakadragna:", "These are booked or withdrawn already:";
    /// What went wrong.
    WRONG_WHOSE: "Välj en behandlare vid enheten eller en roll", "Pick a practitioner of the unit or a role";
    /// What went wrong.
    WRONG_WEEKDAYS: "Välj minst en veckodag", "Pick at least one day of the week";
    /// What went wrong.
    WRONG_CLOCK: "Skriv klockslag så att minst en tid får plats och inte har varit", "Write clock times between which at least one slot that hasn't passed has room";
    /// What went wrong.
    WRONG_SLOT_MINUTES: "En tid är 1 till 480 minuter lång, en paus högst 480", "A slot is 1 to 480 minutes long, a pause 480 at most";
    /// What went wrong.
    WRONG_DATES: "Välj en första och en sista dag, högst ett år emellan och högst 5 000 tider", "Pick a first and a last day, at most a year apart and at most 5,000 slots";
    /// What went wrong.
    WRONG_EXCEPTIONS: "Skriv dagarna som 2026-12-24, högst 366", "Write the days as 2026-12-24, 366 at most";

    /// What went wrong.
    WRONG_IDENTITY: "Skriv ett riktigt personnummer med tolv siffror", "Write a correct personal number of twelve digits";
    /// What went wrong.
    WRONG_TEST_IDENTITY: "Utbildningsmiljön tar bara emot testpersoner med giltigt nummer", "The training environment takes test people with a valid number only";
    /// What went wrong.
    WRONG_NAME: "Skriv patientens namn: det behövs första gången", "Write the patient's name: it is needed the first time";
    /// What went wrong.
    WRONG_PHONE: "Skriv ett svenskt mobilnummer som 070-174 06 05: sms går inte till andra", "Write a Swedish mobile number as 070-174 06 05: text messages go to no other";
    /// What went wrong.
    WRONG_SLOT: "Välj en av de lediga tiderna", "Pick one of the free slots";
    /// What went wrong.
    TAKEN: "Tiden hann bokas av någon annan. Välj en annan tid: allt annat du skrev finns kvar.", "Somebody else was quicker to book the time. Pick another: all else that you wrote is still here.";
    /// What went wrong.
    TAKEN_SLOT: "Tiden är inte längre ledig. Välj en annan.", "This slot is no longer free. Pick another.";
    /// What went wrong.
    WRONG_TIME: "Välj en tid som inte har varit, högst två år fram", "Pick a time that hasn't passed, two years ahead at most";
    /// What went wrong.
    WRONG_MINUTES: "Ett besök är 1 till 480 minuter långt", "A visit is 1 to 480 minutes long";
    /// What went wrong.
    WRONG_REASON: "Skriv kontaktorsaken, högst 1 000 tecken", "Write the reason for contact, 1,000 characters at most";
    /// What went wrong.
    WRONG_PARTICIPANT: "Varje deltagare behöver ett telefonnummer eller en e-postadress som stämmer", "Each participant needs a correct phone number or e-mail address";
    /// What went wrong.
    BUSY: "Behandlaren har redan ett besök då. Välj en annan tid, eller kryssa för att boka över det.", "The practitioner already has a visit then. Pick another time, or tick the box to book over it.";
    /// What went wrong.
    TOO_YOUNG: "Patienten är under enhetens åldersgräns den dagen", "The patient is under the unit's age limit that day";
    /// What went wrong.
    WRONG_VALUE: "Titta på uppgiften en gång till", "Please look at this value once more";
    /// What went wrong.
    WRONG_WHY: "Skriv varför besöket avbokas", "Write why the visit is cancelled";
    /// What went wrong.
    NOT_NOW: "Det går inte just nu: besöket har ändrats, eller tiden är inte inne.", "That isn't possible now: the visit has changed, or the time hasn't come.";
}

/// A kind's name.
pub fn kind(kind: AppointmentKind) -> Word {
    match kind {
        AppointmentKind::Scheduled => SCHEDULED,
        AppointmentKind::FreeTime => FREE_TIME,
        AppointmentKind::Video => VIDEO,
        AppointmentKind::Ticket => BY_TICKET,
    }
}

/// A state's name, to staff.
pub fn state(state: AppointmentState) -> Word {
    match state {
        AppointmentState::Booked => BOOKED,
        AppointmentState::Arrived => ARRIVED,
        AppointmentState::Started => STARTED,
        AppointmentState::Completed => COMPLETED,
        AppointmentState::Cancelled => CANCELLED,
        AppointmentState::NoShow => NO_SHOW,
    }
}

/// A participant's role.
pub fn participant(role: ParticipantRole) -> Word {
    match role {
        ParticipantRole::Relative => RELATIVE,
        ParticipantRole::Interpreter => INTERPRETER,
        ParticipantRole::Colleague => COLLEAGUE,
        ParticipantRole::Other => OTHER,
    }
}

/// How many coming slots of a template are free, and how many booked.
pub fn slots_coming(language: Language, free: i64, booked: i64) -> String {
    match language {
        Language::Sv => format!("{free} lediga, {booked} bokade"),
        Language::En => format!("{free} free, {booked} booked"),
    }
}

/// What a form that sets up slots did.
pub fn slots_made(language: Language, made: u32, left_out: u32) -> String {
    match (language, left_out) {
        (Language::Sv, 0) => format!("{made} tider är upplagda."),
        (Language::Sv, _) => {
            format!("{made} tider är upplagda, {left_out} lämnades ut för att de krockade.")
        }
        (Language::En, 0) => format!("{made} slots are set up."),
        (Language::En, _) => {
            format!("{made} slots are set up, {left_out} were left out because they clashed.")
        }
    }
}
