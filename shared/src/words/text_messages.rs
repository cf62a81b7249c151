//! What staff reads of text messages: which text it was, what became of it, and why.

use super::Word;
use crate::words;

words! {
    /// The title of the page, and of its part on others' pages.
    TITLE: "Sms", "Text messages";
    /// Under it.
    TELLS: "Vad som har hänt med varje sms. Vad det stod i dem sparas inte.", "What became of each text message. What they said is not kept.";
    /// Where there are none.
    NONE: "Inga sms har skrivits om det här.", "No text messages have been written about this.";
    /// A column.
    WHAT: "Vad det berättar", "What it tells";
    /// A column.
    STATE: "Läge", "State";
    /// A column.
    WRITTEN: "Skrevs", "Written";
    /// A column.
    SETTLED: "Skickades eller avgjordes", "Sent or settled";
    /// Behind what was sent to somebody invited.
    TO_GUEST: "till en inbjuden", "to somebody invited";
    /// A button.
    SEND_AGAIN: "Skicka igen", "Send again";
    /// A link.
    ABOUT: "Visa det som sms:et gäller", "Show what the text message is about";

    /// A state.
    QUEUED: "Väntar på att skickas", "Waiting to be sent";
    /// A state.
    SENT: "Skickat", "Sent";
    /// A state.
    DELIVERED: "Framme hos mottagaren", "Delivered";
    /// A state.
    FAILED: "Kom inte fram", "Not delivered";
    /// A state.
    WITHHELD: "Skickades inte", "Not sent";

    /// Which text.
    BOOKED: "Bokad tid", "Booked";
    /// Which text.
    CHANGED: "Ändrad tid", "Changed";
    /// Which text.
    CANCELLED: "Avbokad tid", "Cancelled";
    /// Which text.
    VIDEO_LINK: "Länk till videobesöket", "Link to the video visit";
    /// Which text.
    REMINDER_DAY: "Påminnelse dagen före", "Reminder the day before";
    /// Which text.
    REMINDER_HOUR: "Påminnelse timmen före", "Reminder the hour before";
    /// Which text.
    TICKET: "Biljett", "Ticket";
    /// Which text.
    TICKET_EXPIRING: "Biljetten går snart ut", "The ticket expires soon";
    /// Which text.
    NEW_MESSAGE: "Nytt meddelande i chatten", "New message in the chat";
    /// Which text.
    CASE_CLOSING: "Ärendet stängs snart", "The case closes soon";

    /// Why it did not arrive.
    UNREACHABLE: "Mobilnummer eller samtycke till sms saknas", "No mobile number, or no consent to text messages";
    /// Why it did not arrive.
    UNDER_AGE: "Patienten är under enhetens åldersgräns", "The patient is under the unit's age limit";
    /// Why it did not arrive.
    OUTDATED: "Det som skulle berättas gällde inte längre", "What it would have told was no longer so";
    /// Why it did not arrive.
    FORBIDDEN: "Texten innehöll något som inte får stå i ett sms", "The text held something that no text message may";
    /// Why it did not arrive.
    NOT_DELIVERED: "Telefonnätet lämnade inte fram det", "The network did not deliver it";
    /// Why it did not arrive.
    NO_REPORT: "Ingen leveransrapport kom inom ett dygn", "No delivery report came within a day";
    /// Why it has not arrived.
    WAITS: "Det har väntat i flera timmar och har inte kunnat skickas. Det skickas när det går", "It has waited for hours and could not be sent. It goes as soon as it can";
    /// Why it did not arrive.
    REFUSED: "Sms-leverantören tog inte emot det", "The gateway refused it";
    /// Why it did not arrive.
    NO_GATEWAY: "Sms-leverantören svarade inte som den ska, ett nytt försök görs eller gjordes", "The gateway did not answer as it should; it is or was tried again";
}

/// Which text it was, by the store's own word for it.
pub fn template(name: &str) -> Word {
    match name {
        "booked" => BOOKED,
        "changed" => CHANGED,
        "cancelled" => CANCELLED,
        "video-link" => VIDEO_LINK,
        "reminder-day" => REMINDER_DAY,
        "reminder-hour" => REMINDER_HOUR,
        "ticket" => TICKET,
        "ticket-expiring" => TICKET_EXPIRING,
        "new-message" => NEW_MESSAGE,
        _ => CASE_CLOSING,
    }
}

/// What became of it, by the store's own word for it.
pub fn state(name: &str) -> Word {
    match name {
        "queued" => QUEUED,
        "sent" => SENT,
        "delivered" => DELIVERED,
        "failed" => FAILED,
        _ => WITHHELD,
    }
}

/// Why it failed, was withheld or waits, by the store's own word for it.
pub fn why(name: &str) -> Word {
    match name {
        "unreachable" => UNREACHABLE,
        "under-age" => UNDER_AGE,
        "outdated" => OUTDATED,
        "forbidden" => FORBIDDEN,
        "not-delivered" => NOT_DELIVERED,
        "no-report" => NO_REPORT,
        "waits" => WAITS,
        "refused" => REFUSED,
        _ => NO_GATEWAY,
    }
}
