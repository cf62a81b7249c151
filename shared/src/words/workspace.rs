//! The words of staff's own pages: the start page, tasks and finding a patient.

use super::{Language, Word};
use crate::words;

words! {
    /// The navigation, from the region's own introduction.
    FIND_PATIENT: "Sök patient", "Find patient";
    /// The navigation and the title, from the region's own introduction.
    START: "Startsida", "Start page";
    /// The navigation, from the region's own introduction.
    SCHEDULE: "Schema", "Schedule";
    /// The navigation and the title, from the region's own introduction.
    COLLEAGUES: "Digitala kollegor", "Digital colleagues";
    /// A heading.
    OFFERED_TO_ME: "Erbjudna till dig", "Offered to you";
    /// A heading.
    OFFERED_BY_ME: "Du har erbjudit", "Offered by you";
    /// Where there is none.
    NOTHING_OFFERED: "Ingen har erbjudit dig något ärende.", "Nobody has offered you a matter.";
    /// Before a name.
    FROM: "från", "from";
    /// Before a name.
    TO: "till", "to";
    /// A button.
    ACCEPT: "Ta över", "Take over";
    /// A button.
    DECLINE: "Tacka nej", "Decline";
    /// A button.
    TAKE_BACK: "Ta tillbaka", "Take back";
    /// A button, where one matter is shown.
    TAKE_OFFER_BACK: "Ta tillbaka erbjudandet", "Take the offer back";
    /// Between two names.
    OFFERS_IT_TO: "vill lämna över ärendet till", "offers the matter to";
    /// Above the button, to a third.
    ANYBODY_TAKES_IT_BACK: "Dröjer svaret kan vem som helst vid enheten ta tillbaka erbjudandet, så att någon annan kan få ärendet. De två får veta det.", "If no answer comes, anybody at the unit can take the offer back, so that somebody else can have the matter. The two are told.";
    /// A heading.
    POOL: "Väntar på någon som tar hand om dem", "Waiting for somebody to take care of them";
    /// Where there is none.
    POOL_IS_EMPTY: "Alla ärenden har någon som är ansvarig.", "Every matter has somebody responsible.";
    /// A button.
    TAKE: "Ta hand om", "Take care of";
    /// A heading.
    MY_OWN: "Dina ärenden", "Your matters";
    /// Where there is none.
    NONE_OWN: "Du är inte ansvarig för något ärende.", "You are responsible for no matter.";
    /// Below a list of matters, before a link to all of them.
    MORE_MATTERS: "Det finns fler: de hundra som ligger närmast i tid visas här.", "There are more: the hundred that are nearest in time are shown here.";
    /// A heading, above the matters into which a colleague brought the reader.
    JOINED: "Du är med i", "You take part in";
    /// A button.
    LEAVE: "Gå ur ärendet", "Leave the matter";
    /// A button, and what it opens.
    HAND_OVER: "Lämna över", "Hand over";
    /// The label of a field.
    TO_WHOM: "Till", "To";
    /// A choice.
    TO_POOL: "Vem som helst vid enheten", "Anyone at the unit";
    /// A title, and the administrator's link to it.
    EMERGENCIES: "Nödöppningar vid enheten", "Emergency openings at the unit";
    /// Under it.
    EMERGENCIES_TELL: "Varje gång någon vid enheten har öppnat en patient utan ärende här, med skälet. De 200 senaste visas. Patienten visas med vårdgivarens egna id; den som behöver veta vem det är öppnar patienten med ett eget skäl.", "Each time somebody at the unit opened a patient without a matter here, with the reason. The latest 200 are shown. Patients are shown by the care provider's own ids; whoever must know who one is opens the patient with a reason of their own.";
    /// Where there are none.
    NO_EMERGENCIES: "Ingen har nödöppnat någon patient.", "Nobody has opened a patient in an emergency.";
    /// A column.
    EMERGENCY_AT: "När", "When";
    /// A column.
    EMERGENCY_BY: "Vem", "Who";
    /// A column.
    EMERGENCY_WHY: "Skäl", "Reason";
    /// A column.
    EMERGENCY_OF: "Patient (id)", "Patient (id)";
    /// The label of a field.
    HANDOVER_NOTE: "Vad behöver kollegan veta? (frivilligt)", "What should the colleague know? (optional)";
    /// A heading.
    WHO_WORKS_HERE: "Vid enheten", "At the unit";
    /// A column.
    ROLE: "Roll", "Role";
    /// A state of a colleague.
    IS_ON: "Inloggad nu", "Signed in now";
    /// A state of a colleague.
    IS_OFF: "Inte inloggad", "Not signed in";
    /// Said aloud and on the computer where more waits than before.
    SOMETHING_NEW: "Något nytt väntar.", "Something new waits.";
    /// Before a number.
    COUNT_ARRIVED: "Väntar nu:", "Waiting now:";
    /// Before a number.
    COUNT_UNANSWERED: "Obesvarade:", "Unanswered:";
    /// Before a number.
    COUNT_OFFERED: "Erbjudna till dig:", "Offered to you:";
    /// Before a number.
    COUNT_TASKS: "Uppgifter:", "Tasks:";
    /// A button.
    ALLOW_NOTICES: "Visa notiser på datorn", "Show notices on this computer";
    /// The navigation, from the region's own introduction.
    NOTIFICATIONS: "Notifieringar", "Notifications";
    /// In the schedule: a slot that nobody has.
    FREE: "ledig", "free";
    /// The whole unit, in the schedule.
    WHOLE_UNIT: "Hela enheten", "The whole unit";
    /// After one's own name.
    YOU: "du", "you";
    /// Before a role, where no practitioner is named.
    ANYONE: "Vem som helst", "Anyone";
    /// A choice of the schedule.
    DAY: "Dag", "Day";
    /// A choice of the schedule.
    WEEK: "Vecka", "Week";
    /// The label of a field.
    DATE: "Datum", "Date";
    /// What went wrong.
    WRONG_DATE: "Välj ett datum, högst två år bort. Dagens schema visas.", "Choose a date, two years away at most. Today's schedule is shown.";
    /// The label of a field.
    VIEW: "Visa", "View";
    /// The label of a field.
    WHOSE: "Vems schema", "Whose schedule";
    /// A button.
    SHOW: "Visa schemat", "Show the schedule";
    /// Names a navigation.
    OTHER_DAYS: "Andra dagar", "Other days";
    /// A link.
    DAY_BEFORE: "Dagen före", "The day before";
    /// A link.
    DAY_AFTER: "Dagen efter", "The day after";
    /// A link.
    WEEK_BEFORE: "Veckan före", "The week before";
    /// A link.
    WEEK_AFTER: "Veckan efter", "The week after";
    /// A link.
    TO_TODAY: "I dag", "Today";
    /// A link.
    SET_UP_SLOTS: "Lägg upp tider", "Set up slots";
    /// Where there is none.
    NO_VISITS: "Inga besök är bokade.", "No visits are booked.";
    /// A heading, before a number.
    FREE_SLOTS: "Lediga tider", "Free slots";
    /// A legend.
    WITHDRAW_TELLS: "Kryssa för de tider som ingen längre ska kunna boka", "Tick the slots that nobody shall be able to book any more";
    /// A button.
    WITHDRAW: "Dra tillbaka tiderna", "Withdraw the slots";
    /// A button.
    LEAVE_IT: "Låt bli", "Leave it";
    /// Where there is none.
    NOTHING_HAPPENED: "Inget har hänt än.", "Nothing has happened yet.";
    /// A notification.
    TOLD_ARRIVED: "En patient är här och väntar", "A patient is here and waits";
    /// A notification.
    TOLD_WROTE: "En patient har skrivit", "A patient has written";
    /// A notification.
    TOLD_REDEEMED: "En biljett är inlöst", "A ticket was redeemed";
    /// A notification, to whom it concerns alone.
    TOLD_BROUGHT_IN: "En kollega vill ha med dig i ett ärende", "A colleague has brought you into a matter";
    /// A notification, to whom a matter is offered alone.
    TOLD_OFFERED: "En kollega vill lämna över ett ärende till dig", "A colleague offers you a matter";
    /// A notification, to who offered a matter alone.
    TOLD_ACCEPTED: "En kollega har tagit över ett ärende som du erbjöd", "A colleague has taken over a matter that you offered";
    /// A notification, to who offered a matter alone.
    TOLD_DECLINED: "En kollega har tackat nej till ett ärende som du erbjöd", "A colleague has declined a matter that you offered";
    /// A notification, to who offered a matter and to whom it was offered alone.
    TOLD_TAKEN_BACK: "En kollega har tagit tillbaka erbjudandet om ett ärende", "A colleague has taken back the offer of a matter";
    /// A notification.
    TOLD_CLOSING: "Ett ärende stänger snart", "A case closes soon";
    /// The navigation.
    CASES: "Ärenden", "Cases";
    /// The navigation, the title, and the name of the tabs.
    OPEN_MATTERS: "Öppna ärenden", "Open matters";
    /// Under the title.
    OPEN_MATTERS_TELLS: "Flikarna här ovanför är det som du har öppet.", "The tabs above are what you have open.";
    /// Under the title, where there is none.
    NOTHING_OPEN: "Du har inget öppet.", "You have nothing open.";
    /// Under the title.
    HOW_TO_KEEP_OPEN: "En chatt öppnas som flik när du går till dess journalpanel, ett besök eller en biljett med knappen ”Håll öppen som flik”. Tolv får plats: den som öppnades först ger plats åt en trettonde. Alla stängs när du loggar ut.", "A chat opens as a tab when you go to its record panel, a visit or a ticket by the button “Keep open as a tab”. There is room for twelve: the one opened first makes room for a thirteenth. All of them close when you sign out.";
    /// A button.
    KEEP_OPEN: "Håll öppen som flik", "Keep open as a tab";
    /// A button, before what the tab holds.
    CLOSE_TAB: "Stäng fliken", "Close the tab";
    /// A mark on a tab.
    UNREAD: "Oläst", "Unread";
    /// A heading.
    NEW_CONTACT: "Ny kontakt", "New contact";
    /// A way of contact, from the region's own introduction.
    WAY_SCHEDULED: "Bokat besök: Schemalagd", "Booked visit: Scheduled";
    /// A way of contact, from the region's own introduction.
    WAY_FREE_TIME: "Bokat besök: Schemalagt fri", "Booked visit: Free time";
    /// A way of contact, from the region's own introduction.
    WAY_VIDEO: "Bokat besök: Videobesök", "Booked visit: Video";
    /// A way of contact, from the region's own introduction.
    WAY_TICKET: "Biljett", "Ticket";
    /// A link.
    ALL_TICKETS: "Enhetens biljetter", "The unit's tickets";
    /// A link.
    CAPACITY: "Biljetter och lediga tider", "Tickets and free slots";
    /// A way of contact, from the region's own introduction.
    WAY_CASE: "Asynkront ärende", "Asynchronous case";
    /// A heading.
    TODAY: "Dagens besök", "Today's visits";
    /// Where there is none.
    NONE_TODAY: "Inga besök är bokade i dag.", "No visits are booked today.";
    /// A heading.
    WAITING: "Väntar nu", "Waiting now";
    /// Where nobody does.
    NOBODY_WAITS: "Ingen väntar.", "Nobody is waiting.";
    /// Before a time.
    SINCE: "sedan kl.", "since";
    /// A link, where who waits has come into the visit's chat.
    IN_CHAT: "är i chatten", "is in the chat";
    /// A heading.
    UNANSWERED: "Obesvarade meddelanden, äldst först", "Unanswered messages, the oldest first";
    /// Where there is none.
    ALL_ANSWERED: "Alla meddelanden är besvarade.", "All messages are answered.";
    /// A heading.
    OPEN_TICKETS: "Biljetter som inte är inlösta", "Tickets not redeemed";
    /// Where there is none.
    NO_TICKETS: "Inga biljetter väntar.", "No tickets are waiting.";
    /// A heading.
    TASKS: "Uppgifter", "Tasks";
    /// Where there is none.
    NO_TASKS: "Inga uppgifter väntar.", "No tasks are waiting.";
    /// Below a list of what waits, before a link to what comes next.
    MORE_WAIT: "Det finns fler: femtio visas åt gången.", "There are more: fifty are shown at a time.";
    /// A link.
    NEXT_UNANSWERED: "Visa nästa obesvarade", "Show the next unanswered";
    /// A link.
    NEXT_TASKS: "Visa nästa uppgifter", "Show the next tasks";
    /// A link above a list that goes on from an earlier page.
    FROM_THE_FIRST: "Visa listan från början", "Show the list from its beginning";
    /// A button.
    TICK_OFF: "Klar", "Done";
    /// A kind of task.
    NO_TIME_FITS: "Ingen tid passade patienten", "No time fitted the patient";
    /// A kind of task.
    MESSAGE_FAILED: "Ett sms kom inte fram", "A text message did not arrive";
    /// A kind of task.
    UNANSWERED_AT_CLOSE: "Ett ärende stänger med en obesvarad fråga", "A case closes with an unanswered question";
    /// In the place of a name.
    PROTECTED: "Skyddade personuppgifter", "Protected identity";
    /// A link to a task's matter.
    OPEN: "Öppna", "Open";
    /// A column.
    TIME: "Tid", "Time";
    /// A column.
    PATIENT: "Patient", "Patient";
    /// A column.
    WITH: "Med", "With";
    /// A column.
    STATE: "Läge", "State";
    /// A column.
    UNTIL: "Giltig till", "Valid until";
    /// A column.
    SINCE_COLUMN: "Sedan", "Since";
    /// A column.
    WHAT: "Vad", "What";

    /// Under the title.
    FIND_TELLS: "Sök med personnummer, eller med namn bland dem som har ett ärende hos er enhet.", "Search by personal number, or by name among those with a matter at your unit.";
    /// The label of a field.
    IDENTITY: "Personnummer, samordningsnummer eller reservnummer", "Personal number, coordination number or reserve number";
    /// The label of a field.
    NAME: "Namn eller del av namn", "Name or part of a name";
    /// The label of a field.
    EMERGENCY_REASON: "Patienten har inget ärende hos er enhet. Skriv varför du ändå öppnar uppgifterna (nödöppning). Det loggas, patienten ser det och er administratör granskar det.", "The patient has no matter at your unit. Write why you open the data all the same (emergency). It is logged, the patient sees it, and your administrator looks at it.";
    /// A button.
    SEARCH: "Sök", "Search";
    /// A button.
    OPEN_IN_EMERGENCY: "Öppna ändå", "Open all the same";
    /// Where nobody is found.
    NOBODY_FOUND: "Ingen patient hittades. En ny patient läggs till när du bokar det första besöket.", "No patient was found. A new patient is added as you book the first visit.";
    /// What went wrong.
    WRONG_IDENTITY: "Skriv ett riktigt personnummer med tolv siffror", "Write a correct personal number of twelve digits";
    /// What went wrong.
    WRONG_EMERGENCY: "Skriv varför du öppnar uppgifterna, högst 500 tecken", "Write why you open the data, 500 characters at most";
    /// What went wrong.
    WRONG_SEARCH: "Skriv ett personnummer eller minst två bokstäver av ett namn", "Write a personal number, or at least two letters of a name";
    /// A heading.
    VISITS: "Besök", "Visits";
    /// A heading.
    TICKETS: "Biljetter", "Tickets";
    /// A fact's name.
    PHONE: "Telefon", "Phone";
    /// Where there is none.
    NO_PHONE: "saknas", "none";
    /// A button.
    CHOOSE: "Öppna patienten", "Open the patient";
}

/// What a task is about, by the store's own word for it.
pub fn task(kind: &str) -> Word {
    match kind {
        "no-time-fits" => NO_TIME_FITS,
        "message-failed" => MESSAGE_FAILED,
        _ => UNANSWERED_AT_CLOSE,
    }
}

/// What a notification says, by the store's own word for it.
pub fn notification(kind: &str) -> Word {
    match kind {
        "patient-arrived" => TOLD_ARRIVED,
        "patient-wrote" => TOLD_WROTE,
        "ticket-redeemed" => TOLD_REDEEMED,
        "no-time-fits" => NO_TIME_FITS,
        "sms-not-delivered" => MESSAGE_FAILED,
        "closing-soon" => TOLD_CLOSING,
        "brought-in" => TOLD_BROUGHT_IN,
        "handover-offered" => TOLD_OFFERED,
        "handover-accepted" => TOLD_ACCEPTED,
        "handover-declined" => TOLD_DECLINED,
        "handover-taken-back" => TOLD_TAKEN_BACK,
        _ => UNANSWERED_AT_CLOSE,
    }
}

/// A patient's personal number, with the age that it tells today.
pub fn identity_and_age(
    language: Language,
    identity: &crate::personal_identity::PersonalIdentity,
    now: crate::time::Timestamp,
) -> String {
    let (number, age) = (identity.as_str(), identity.age_on(now.date_in_stockholm()));
    match language {
        Language::Sv => format!("{number} ({age} år)"),
        Language::En => format!("{number} ({age} years old)"),
    }
}
