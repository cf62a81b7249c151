//! The words of cases and chats, for patients and staff.

use super::dates::moment;
use super::{Language, Word};
use crate::case::{CaseState, NotNow};
use crate::chat_notice::{Notice, NoticeKind};
use crate::words;

words! {
    /// What went wrong.
    HANDED_OVER_MEANWHILE: "Någon annan hann före: ärendet är redan erbjudet, besvarat eller taget.", "Somebody else was quicker: the matter is offered, answered or taken already.";
    /// The title of the list, to the patient.
    MY_CASES: "Mina meddelanden", "My messages";
    /// The title of the list, to staff.
    UNITS_CASES: "Enhetens ärenden", "The unit's cases";
    /// Where there is none.
    NO_CASES: "Det finns inga ärenden här.", "There are no cases here.";
    /// A link to the list with those.
    CLOSED_TOO: "Visa avslutade också", "Show closed ones, too";
    /// A link to the next page.
    MORE_CASES: "Visa fler", "Show more";
    /// A state.
    PLANNED: "Öppnar senare", "Opens later";
    /// A state.
    OPEN: "Öppet", "Open";
    /// A state, to the patient.
    YOUR_TURN: "Vården har skrivit till dig", "The unit has written to you";
    /// A state, to the patient.
    WE_ANSWER: "Du väntar på svar", "You are waiting for an answer";
    /// A state, to staff.
    AWAITING_PATIENT: "Väntar på patienten", "Awaiting the patient";
    /// A state, to staff.
    AWAITING_STAFF: "Väntar på svar från oss", "Awaiting our answer";
    /// A state.
    CLOSED: "Avslutat", "Closed";
    /// Before a moment.
    OPENS: "Öppnar", "Opens";
    /// Before a moment.
    CLOSES: "Stänger", "Closes";
    /// Before a moment.
    WAS_CLOSED: "Avslutades", "Was closed";
    /// After a span of time.
    LEFT: "kvar", "left";
    /// Before a moment.
    ANSWER_BY: "Du kan räkna med svar senast", "You can expect an answer by";
    /// To a patient who has waited for longer than that.
    ANSWER_IS_LATE: "Svaret dröjer längre än väntat. Din fråga finns kvar hos mottagningen.", "The answer is taking longer than expected. The unit still has your question.";
    /// To a patient who comes outside the hours.
    UNIT_IS_CLOSED: "Mottagningen är stängd just nu.", "The unit is closed just now.";
    /// Before a moment, after that.
    UNIT_OPENS: "Den öppnar", "It opens";
    /// Before a moment, to staff.
    GRACE: "Patienten kan inte skriva längre. Svara eller förläng senast", "The patient can't write any more. Answer or extend by";
    /// Of the phase in which an answer is expected at once.
    SYNCHRONOUS: "Ni skriver till varandra just nu.", "You are writing to each other right now.";
    /// Of the phase in which each writes when they can.
    ASYNCHRONOUS: "Var och en skriver när det passar. Svaret kommer inte genast.", "Each writes when it suits. The answer doesn't come at once.";
    /// The list of messages.
    MESSAGES: "Meddelanden", "Messages";
    /// Where there is none.
    NO_MESSAGES: "Ingen har skrivit något än.", "Nobody has written anything yet.";
    /// A link.
    EARLIER: "Visa tidigare meddelanden", "Show earlier messages";
    /// While the patient has the chat open.
    PATIENT_IS_HERE: "Patienten är här nu.", "The patient is here now.";
    /// While the patient writes.
    PATIENT_WRITES: "Patienten skriver …", "The patient is writing …";
    /// While staff have the chat open.
    STAFF_ARE_HERE: "Vårdpersonalen är här nu.", "The care staff are here now.";
    /// While staff write.
    STAFF_WRITE: "Vårdpersonalen skriver …", "The care staff are writing …";
    /// While nobody uses the page.
    RESTING: "Här visas inget nytt, för sidan har inte använts på en stund. Tryck någonstans på den för att fortsätta. Det du skrivit finns kvar.", "Nothing new is shown here, for the page has not been used for a while. Press anywhere on it to go on. What you wrote is still here.";
    /// A link that loads the page anew.
    REFRESH: "Uppdatera", "Refresh";
    /// Who wrote it.
    YOU: "Du", "You";
    /// Who wrote it.
    PATIENT: "Patienten", "The patient";
    /// In the place of a text.
    WITHDRAWN: "Meddelandet har tagits tillbaka.", "The message was taken back.";
    /// How far a message has come.
    SENT: "Skickat", "Sent";
    /// How far a message has come.
    DELIVERED: "Levererat", "Delivered";
    /// How far a message has come.
    READ: "Läst", "Read";
    /// A button.
    WITHDRAW: "Ta tillbaka", "Take back";
    /// The label of the field.
    WRITE: "Skriv ett meddelande", "Write a message";
    /// Under it.
    WRITE_HINT: "Högst 4 000 tecken. Vänta inte på svar här om det är bråttom: ring 1177 för råd. Vid livshotande besvär, ring 112.", "4,000 characters at most. Don't wait for an answer here if it is urgent: call 1177 for advice. If life is in danger, call 112.";
    /// A button.
    SEND: "Skicka", "Send";
    /// Where no answer came to what was sent.
    NOT_SENT: "Tjänsten svarar inte. Det du skrivit finns kvar: försök igen.", "The service does not answer. What you wrote is still here: try again.";
    /// Why one may not write.
    NOT_YET_OPEN: "Ärendet har inte öppnat än.", "The case has not opened yet.";
    /// Why one may not write.
    IS_CLOSED: "Ärendet är avslutat. Det går inte att skriva mer här.", "The case is closed. Nothing more can be written here.";
    /// Why one may not write, to the patient.
    STAFF_BEGIN: "Vården skriver först. Du kan svara när deras meddelande har kommit.", "The unit writes first. You can answer when their message has come.";
    /// Why one may not write, to staff.
    PATIENT_BEGINS: "Patienten skriver först.", "The patient writes first.";
    /// Why one may not write.
    READ_ONLY: "Du kan läsa här, men inte svara.", "You can read here, but not answer.";
    /// Where to turn, where the unit has not said.
    WHERE_TO_TURN: "Om du behöver mer hjälp: kontakta mottagningen, eller ring 1177 för råd.", "If you need more help: contact the unit, or call 1177 for advice.";
    /// A heading, for staff.
    ABOUT_THE_CASE: "Om ärendet", "About the case";
    /// Before the reason that staff gave.
    WHY_CLOSED: "Varför det avslutades", "Why it was closed";
    /// Who is responsible.
    RESPONSIBLE: "Ansvarig", "Responsible";
    /// The patient's number.
    PERSONAL_IDENTITY: "Personnummer", "Personal number";
    /// A heading, for staff.
    NOTES: "Interna anteckningar", "Internal notes";
    /// Under it.
    NOTES_TELLS: "Patienten ser dem inte.", "The patient doesn't see them.";
    /// The label of the field.
    WRITE_NOTE: "Skriv en intern anteckning", "Write an internal note";
    /// A button.
    KEEP_NOTE: "Spara anteckningen", "Keep the note";
    /// A heading, for staff.
    PHRASES: "Svarsfraser", "Reply phrases";
    /// A heading, for staff.
    CHANGE: "Ändra ärendet", "Change the case";
    /// The label of a time.
    NEW_END: "Ny tid när ärendet stänger", "New time when the case closes";
    /// A button.
    EXTEND: "Förläng", "Extend";
    /// A button.
    SHORTEN: "Förkorta", "Shorten";
    /// A button.
    REOPEN: "Öppna igen", "Reopen";
    /// The label of a field.
    CLOSING_REASON: "Varför avslutas ärendet? (bara för personalen)", "Why is the case closed? (for staff only)";
    /// The label of a field.
    LAST_MESSAGE: "Sista meddelande till patienten", "Last message to the patient";
    /// A button.
    CLOSE: "Avsluta ärendet", "Close the case";
    /// The title of the form.
    NEW_CASE: "Nytt ärende", "New case";
    /// Under it.
    NEW_CASE_TELLS: "Du och patienten kan skriva till varandra tills ärendet stänger.", "You and the patient can write to each other until the case closes.";
    /// The label of a field.
    NAME: "Namn (första gången)", "Name (the first time)";
    /// The label of a field.
    PHONE: "Mobilnummer (första gången)", "Mobile number (the first time)";
    /// The label of a box.
    SMS_CONSENT: "Patienten vill ha sms", "The patient wants text messages";
    /// The label of a field.
    SUBJECT: "Ämne (patienten ser det)", "Subject (the patient sees it)";
    /// The label of a time.
    CLOSES_AT: "När stänger ärendet?", "When does the case close?";
    /// The label of a box.
    READ_ONLY_CASE: "Patienten kan bara läsa, inte svara", "The patient can only read, not answer";
    /// The label of a field.
    FIRST_MESSAGE: "Första meddelandet", "The first message";
    /// What the rest of the form is folded into.
    MORE_CHOICES: "Fler val: öppna senare, annan ansvarig, vem som skriver", "More choices: open later, somebody else responsible, who writes";
    /// The label of a time.
    OPENS_AT: "När öppnar ärendet?", "When does the case open?";
    /// Under it.
    OPENS_AT_TELLS: "Lämna tomt för att öppna det nu. Öppnar det senare kan ingen skriva förrän då.", "Leave empty to open it now. If it opens later, nobody can write until then.";
    /// Above roles to choose from.
    ANYONE_OF_ROLE: "Vem som helst med rollen", "Anyone of the role";
    /// The label of a field.
    FIRST_WRITER: "Vem får skriva först?", "Who may write first?";
    /// A choice.
    EITHER_FIRST: "Den som vill", "Whoever wants to";
    /// A choice.
    STAFF_FIRST: "Vårdpersonalen", "The care staff";
    /// A choice.
    PATIENT_FIRST: "Patienten", "The patient";
    /// A button.
    OPEN_CASE: "Öppna ärendet", "Open the case";
    /// What went wrong.
    OTHER_SIDE_BEGINS: "Den andra parten skriver först. Du kan skriva när det meddelandet har kommit.", "The other side writes first. You can write when that message has come.";
    /// What went wrong.
    TEXT_UNFIT: "Texten gick inte att skicka: den är tom, för lång eller innehåller osynliga tecken.", "The text couldn't be sent: it is empty, too long or holds invisible characters.";
    /// What went wrong.
    NOT_WITHDRAWABLE: "Meddelandet går inte längre att ta tillbaka.", "The message can no longer be taken back.";
    /// What went wrong.
    UNANSWERED: "Patientens senaste meddelande har inget svar. Skriv ett sista meddelande, eller svara först.", "The patient's last message has no answer. Write a last message, or answer first.";
    /// What went wrong.
    TIME_UNFIT: "Den tiden går inte. Ett ärende är öppet i minst en timme och högst 90 dagar. Förläng till en senare tid än den som gäller, förkorta till en tidigare.", "That time isn't possible. A case is open for at least an hour and at most 90 days. Extend to a later time than the present one, shorten to an earlier.";
    /// What went wrong.
    OPENING_UNFIT: "Välj en tid som inte har varit och som är inom ett år, eller lämna tomt för att öppna nu.", "Choose a time that has not passed and is within a year, or leave it empty to open now.";
    /// What went wrong.
    FIRST_WRITER_UNFIT: "En patient som bara kan läsa kan inte skriva först.", "A patient who can only read can't write first.";
    /// What went wrong.
    MESSAGE_TOO_EARLY: "Du kan inte skriva än när ärendet öppnar senare eller patienten skriver först. Ta bort meddelandet, eller ändra det valet.", "You can't write yet when the case opens later or the patient writes first. Remove the message, or change that choice.";
    /// What went wrong.
    EXTEND_INSTEAD: "Patientens tid för att skriva är slut. Förläng ärendet till en senare tid i stället.", "The patient's time to write is over. Extend the case to a later time instead.";
    /// What went wrong.
    NOT_CLOSED: "Ärendet är inte avslutat. Förläng eller förkorta det i stället.", "The case isn't closed. Extend or shorten it instead.";
    /// What went wrong.
    TOO_LATE: "Ärendet avslutades för länge sedan för att öppnas igen. Öppna ett nytt ärende.", "The case was closed too long ago to be opened again. Open a new case.";
    /// What went wrong.
    NOT_DONE: "Det gick inte. Titta på uppgifterna en gång till.", "That didn't work. Look at what you wrote once more.";
    /// The service says.
    SMS_SENT: "SMS skickat", "Text message sent";
    /// The service says.
    CLOSED_BY_TIME: "Ärendet avslutat: tiden är slut.", "The case is closed: its time is over.";
    /// The service says.
    CLOSED_BY_STAFF: "Ärendet avslutat av vården.", "The case was closed by the unit.";
    /// The service says; and why the patient may not write.
    TIME_IS_OVER: "Tiden för att skriva är slut. Vården kan fortfarande svara på det senaste meddelandet.", "The time to write is over. The unit can still answer the last message.";
    /// The service says, before a moment.
    CLOSING_SOON: "Ärendet stänger snart:", "The case closes soon:";
    /// The service says, before a moment.
    EXTENDED: "Ärendet är förlängt till", "The case goes on until";
    /// The service says, before a moment.
    ENDS_SOONER: "Ärendet stänger tidigare:", "The case closes sooner:";
    /// The service says, before a moment.
    REOPENED: "Ärendet är öppet igen till", "The case is open again until";
    /// The service says.
    NOW_SYNCHRONOUS: "Nu skriver ni till varandra direkt.", "You are now writing to each other directly.";
    /// The service says, before a moment.
    NOW_ASYNCHRONOUS: "Nu skriver var och en när det passar. Chatten är öppen till", "Each now writes when it suits. The chat is open until";
    /// The service says, after a name.
    COLLEAGUE_JOINED: "är nu med i ärendet.", "now takes part in the case.";
    /// The service says, after a name.
    COLLEAGUE_LEFT: "är inte längre med i ärendet.", "no longer takes part in the case.";
    /// Before names: who takes part.
    TAKING_PART: "Med i ärendet", "Taking part";
    /// A heading, and a button.
    BRING_IN: "Ta in en kollega", "Bring a colleague in";
    /// Under the heading.
    BRING_IN_TELLS: "Kollegan får en notifiering, och patienten ser i chatten att kollegan är med.", "The colleague is notified, and the patient sees in the chat that the colleague takes part.";
    /// The label of a field.
    COLLEAGUE: "Kollega", "Colleague";
    /// The label of a field.
    BRING_IN_NOTE: "Vad behöver kollegan veta? (frivilligt, sparas bland de interna anteckningarna)", "What should the colleague know? (optional, kept among the internal notes)";
    /// A button, by which one leaves or lets a colleague go.
    LEAVE: "Inte längre med", "No longer takes part";
    /// What went wrong.
    NOBODY_CHOSEN: "Välj en kollega som arbetar vid enheten.", "Choose a colleague who works at the unit.";
    /// What went wrong.
    NOT_UPLOADED: "Filen du valde är inte uppladdad än. Bifoga den på nytt, eller skicka meddelandet utan den.", "The file you chose is not uploaded yet. Attach it again, or send the message without it.";
    /// What went wrong.
    NOTES_FULL: "Det finns redan 500 interna anteckningar här, och fler går inte att spara. Det du skrev står kvar.", "There are 500 internal notes here already, and no more can be kept. What you wrote is still here.";
    /// What went wrong.
    TAKES_PART_ALREADY: "Kollegan är redan med i ärendet. Skriv en intern anteckning om det är något de behöver veta.", "The colleague takes part already. Write an internal note if there is something they should know.";
    /// What went wrong.
    OFFERED_TO_ONESELF: "Du kan inte lämna över till dig själv. Välj en kollega.", "You can't hand over to yourself. Choose a colleague.";
    /// What went wrong.
    RESPONSIBLE_ALREADY: "Kollegan är redan ansvarig för ärendet. Välj en annan.", "The colleague is responsible for the matter already. Choose another.";
    /// What went wrong.
    NOT_TAKING_PART: "Kollegan är inte med i ärendet längre.", "The colleague takes part no longer.";
    /// A button.
    GO_SYNCHRONOUS: "Chatta direkt", "Chat directly";
    /// A button.
    GO_ASYNCHRONOUS: "Fortsätt som ärende", "Go on as a case";
    /// How many are unread.
    UNREAD: "olästa", "unread";
}

/// How far a case has come, as its reader says it.
pub fn state(state: CaseState, is_staff: bool) -> Word {
    match (state, is_staff) {
        (CaseState::Planned, _) => PLANNED,
        (CaseState::Open, _) => OPEN,
        (CaseState::AwaitingPatient, false) => YOUR_TURN,
        (CaseState::AwaitingPatient, true) => AWAITING_PATIENT,
        (CaseState::AwaitingStaff, false) => WE_ANSWER,
        (CaseState::AwaitingStaff, true) => AWAITING_STAFF,
        (CaseState::Closed, _) => CLOSED,
    }
}

/// Why the reader may not write now.
pub fn why_not(why: NotNow, is_staff: bool) -> Word {
    match (why, is_staff) {
        (NotNow::NotYetOpen, _) => NOT_YET_OPEN,
        (NotNow::OtherSideBegins, false) => STAFF_BEGIN,
        (NotNow::OtherSideBegins, true) => PATIENT_BEGINS,
        (NotNow::ReadOnly, _) => READ_ONLY,
        (NotNow::Closed, _) => IS_CLOSED,
        (NotNow::TimeIsOver, _) => TIME_IS_OVER,
    }
}

/// What the service says in a chat, with the moment or the practitioner that it tells of.
pub fn notice(language: Language, notice: &Notice, named: Option<&str>) -> String {
    let said = language.say(match notice.kind {
        NoticeKind::SmsSent => SMS_SENT,
        NoticeKind::ClosingSoon => CLOSING_SOON,
        NoticeKind::TimeIsOver => TIME_IS_OVER,
        NoticeKind::Closed => CLOSED_BY_TIME,
        NoticeKind::ClosedByStaff => CLOSED_BY_STAFF,
        NoticeKind::Extended => EXTENDED,
        NoticeKind::EndsSooner => ENDS_SOONER,
        NoticeKind::Reopened => REOPENED,
        NoticeKind::NowSynchronous => NOW_SYNCHRONOUS,
        NoticeKind::NowAsynchronous => NOW_ASYNCHRONOUS,
        NoticeKind::ColleagueJoined => COLLEAGUE_JOINED,
        NoticeKind::ColleagueLeft => COLLEAGUE_LEFT,
    });
    match (notice.until, named) {
        (Some(until), _) => format!("{said} {}", moment(language, until)),
        (None, Some(name)) => format!("{name} {said}"),
        (None, None) => said.to_owned(),
    }
}

/// A span of time in its largest whole unit: `6 dagar`.
pub fn span(language: Language, minutes: i64) -> String {
    let (count, one, many) = match minutes {
        ..120 => (minutes, ("minut", "minute"), ("minuter", "minutes")),
        120..2880 => (minutes / 60, ("timme", "hour"), ("timmar", "hours")),
        _ => (minutes / 1440, ("dag", "day"), ("dagar", "days")),
    };
    let (sv, en) = if count == 1 { one } else { many };
    format!("{count} {}", language.say(Word { sv, en }))
}
