//! The fixed texts of text messages (SMS), Swedish and English. Nothing of a person's health stands in one, and
//! of a unit only its neutral name, where it may be named at all. Times are Swedish.

use chrono::Datelike;

use super::{Language, Word};
use crate::time::{Timestamp, clock};
use crate::words;

/// What fills a text's fields.
#[derive(Debug, Clone, Copy)]
pub struct Filling<'a> {
    /// When the visit begins, or until when something holds.
    pub at: Timestamp,
    /// The unit's neutral name; nothing where it must not be named.
    pub unit: Option<&'a str>,
    /// Where to read on.
    pub link: &'a str,
}

const WEEKDAYS: [(&str, &str); 7] = [
    ("mån", "Mon"),
    ("tis", "Tue"),
    ("ons", "Wed"),
    ("tors", "Thu"),
    ("fre", "Fri"),
    ("lör", "Sat"),
    ("sön", "Sun"),
];
const MONTHS: [(&str, &str); 12] = [
    ("jan", "Jan"),
    ("feb", "Feb"),
    ("mars", "Mar"),
    ("april", "Apr"),
    ("maj", "May"),
    ("juni", "Jun"),
    ("juli", "Jul"),
    ("aug", "Aug"),
    ("sep", "Sep"),
    ("okt", "Oct"),
    ("nov", "Nov"),
    ("dec", "Dec"),
];

/// As `mån 30 nov kl 09.00`, or `Mon 30 Nov at 09.00`.
pub fn day_and_time(language: Language, at: Timestamp) -> String {
    let at = at.in_stockholm();
    let of = |names: (&'static str, &'static str)| match language {
        Language::Sv => names.0,
        Language::En => names.1,
    };
    let weekday = of(WEEKDAYS[at.weekday().num_days_from_monday() as usize]);
    let month = of(MONTHS[at.month0() as usize]);
    let before = match language {
        Language::Sv => "kl",
        Language::En => "at",
    };
    let (day, clock) = (at.day(), clock(at.time()));
    format!("{weekday} {day} {month} {before} {clock}")
}

/// A text with its fields filled: `{at}`, `{unit}` (with the comma before it) and `{link}`.
pub fn filled(text: Word, language: Language, filling: &Filling) -> String {
    let unit = filling
        .unit
        .map_or(String::new(), |unit| format!(", {unit}"));
    language
        .say(text)
        .replace("{at}", &day_and_time(language, filling.at))
        .replace("{unit}", &unit)
        .replace("{link}", filling.link)
}

words! {
    /// A visit was booked.
    BOOKED: "Du har fått en tid för ett digitalt besök {at}{unit}. Läs mer: {link}",
        "You have an online appointment {at}{unit}. Read more: {link}";
    /// A visit was moved.
    CHANGED: "Ditt digitala besök är flyttat till {at}{unit}. Läs mer: {link}",
        "Your online appointment has been moved to {at}{unit}. Read more: {link}";
    /// A visit was called off.
    CANCELLED: "Ditt digitala besök {at}{unit} är avbokat. Läs mer: {link}",
        "Your online appointment {at}{unit} is cancelled. Read more: {link}";
    /// A visit begins tomorrow.
    REMINDER_DAY: "Påminnelse: du har ett digitalt besök {at}{unit}. Läs mer: {link}",
        "Reminder: you have an online appointment {at}{unit}. Read more: {link}";
    /// A visit begins within the hour.
    REMINDER_HOUR: "Ditt digitala besök börjar snart, {at}{unit}. Logga in: {link}",
        "Your online appointment starts soon, {at}{unit}. Log in: {link}";
    /// A guest is invited.
    VIDEO_LINK: "Du är inbjuden till ett videosamtal {at}. Anslut med länken: {link}",
        "You are invited to a video call {at}. Join with the link: {link}";
    /// A guest's visit was moved.
    GUEST_CHANGED: "Videosamtalet som du är inbjuden till är flyttat till {at}.",
        "The video call that you are invited to has been moved to {at}.";
    /// A guest's visit was called off.
    GUEST_CANCELLED: "Videosamtalet {at} som du var inbjuden till är inställt.",
        "The video call {at} that you were invited to is cancelled.";
    /// A ticket.
    TICKET: "Välj själv en tid för ett digitalt besök{unit}, senast {at}: {link}",
        "Choose a time for an online appointment{unit}, by {at}: {link}";
    /// A ticket is about to expire.
    TICKET_EXPIRING: "Påminnelse: välj en tid för ett digitalt besök{unit}, senast {at}: {link}",
        "Reminder: choose a time for an online appointment{unit}, by {at}: {link}";
    /// Something new stands in a chat.
    NEW_MESSAGE: "Du har ett nytt meddelande{unit}. Läs det här: {link}",
        "You have a new message{unit}. Read it here: {link}";
    /// A case will close.
    CASE_CLOSING: "Ditt ärende{unit} stängs {at}. Läs mer: {link}",
        "Your case{unit} closes {at}. Read more: {link}";
    /// What somebody gets who answers a message.
    NOT_READ: "Det här numret läses inte. Logga in i Vård och hälsa för att kontakta vården. Vid livshotande besvär ring 112. Skriv STOPP för att slippa sms.",
        "This number is not read. Log in to contact care. In an emergency call 112. Send STOPP to stop messages.";
}
