//! What a person is told when a page can't be shown: what is the matter, and what to do.

use http::StatusCode;

use super::Word;
use crate::words;

words! {
    /// 404
    NOT_FOUND: "Sidan finns inte", "There is no such page";
    /// 404
    NOT_FOUND_TELLS: "Länken kan vara gammal eller felskriven, eller så är det här inget för dig. Gå till startsidan och börja därifrån.", "The link may be old or mistyped, or this isn't for you. Go to the start page and begin from there.";
    /// 401
    NOT_SIGNED_IN: "Du behöver logga in", "You need to sign in";
    /// 401
    NOT_SIGNED_IN_TELLS: "Du är inte inloggad, eller så har du varit borta en stund och blivit utloggad.", "You aren't signed in, or you were away for a while and have been signed out.";
    /// 401, a form that could not be kept
    NOT_KEPT_TELLS: "Inget har skickats, för du har varit borta en stund och blivit utloggad. Logga in och fyll i formuläret igen. Hade du valt en fil måste du välja den på nytt.", "Nothing was sent, for you were away for a while and have been signed out. Sign in and fill in the form again. If you had chosen a file, you must choose it anew.";
    /// 409, a form of another person's or unit's
    OTHERS_FORM: "Du är inloggad som någon annan än när sidan öppnades", "You are signed in as another than when the page was opened";
    /// 409, a form of another person's or unit's
    OTHERS_FORM_TELLS: "Inget har skickats. Formuläret öppnades av någon annan, eller på en annan enhet än den du arbetar på nu. Gå tillbaka om du vill läsa det du skrev, och öppna sedan formuläret på nytt.", "Nothing was sent. The form was opened by somebody else, or at another unit than the one you work at now. Go back if you want to read what you wrote, then open the form anew.";
    /// 403
    NOT_ALLOWED: "Det här är inte för dig", "This isn't for you";
    /// 403
    NOT_ALLOWED_TELLS: "Du är inloggad, men den här sidan är för någon annan roll.", "You are signed in, but this page is for another role.";
    /// 403, sent from another site
    CROSS_SITE: "Det här kom från en annan webbplats", "This came from another site";
    /// 403, sent from another site
    CROSS_SITE_TELLS: "Inget har ändrats. Gå till startsidan och gör om det härifrån.", "Nothing was changed. Go to the start page and do it again from here.";
    /// A code that leads nowhere
    UNKNOWN_TICKET: "Ingen biljett öppnas med den här länken", "No ticket opens with this link";
    /// A code that leads nowhere
    UNKNOWN_TICKET_TELLS: "Den kan vara använd, ha gått ut eller vara till någon annan. Det du har bokat finns under Mina ärenden. Kontakta annars mottagningen.", "It may be used, out of date or somebody else's. What you have booked stands under My matters. Otherwise contact the unit.";
    /// 410
    GONE: "Det här finns inte längre", "This is no longer here";
    /// 410
    GONE_TELLS: "Tiden för den här sidan har gått ut.", "The time of this page is over.";
    /// 409, a file that the scanner has not answered about
    BEING_CHECKED: "Filen kontrolleras", "The file is being checked";
    /// 409, a file that the scanner has not answered about
    BEING_CHECKED_TELLS: "Vi letar efter virus i den. Vänta någon minut och öppna den sedan igen.", "We are looking for viruses in it. Wait a minute or so, then open it again.";
    /// 410, a file that the scanner refused
    HARMFUL: "Filen är borttagen", "The file was removed";
    /// 410, a file that the scanner refused
    HARMFUL_TELLS: "Den kan vara skadlig. Be den som skickade den att skicka en annan.", "It may be harmful. Ask whoever sent it to send another.";
    /// 429
    TOO_MANY: "För många försök", "Too many attempts";
    /// 429
    TOO_MANY_TELLS: "Vänta några minuter och försök sedan igen.", "Wait a few minutes, then try again.";
    /// 503
    UNAVAILABLE: "Det är mycket att göra just nu", "There is much to do just now";
    /// 503
    UNAVAILABLE_TELLS: "Inget har ändrats. Försök igen om en liten stund.", "Nothing was changed. Try again in a little while.";
    /// 500
    INTERNAL: "Något gick fel hos oss", "Something went wrong on our side";
    /// 500
    INTERNAL_TELLS: "Det är inte ditt fel. Försök igen; om det fortsätter, berätta för supporten.", "It isn't your fault. Try again; if it goes on, tell support.";
    /// Every other 4xx
    INVALID: "Det gick inte att använda", "That couldn't be used";
    /// Every other 4xx
    INVALID_TELLS: "Något i det som skickades stämmer inte. Gå tillbaka och titta en gång till.", "Something in what was sent isn't right. Go back and look once more.";
    /// Before a number that support can find the request by.
    REQUEST_ID: "Ärendenummer för supporten:", "Number for support:";
}

/// Title and text for an answer's status and the kind of its problem.
pub fn for_people(status: StatusCode, kind: &str) -> (Word, Word) {
    match (status, kind) {
        (_, "unknown-ticket") => (UNKNOWN_TICKET, UNKNOWN_TICKET_TELLS),
        (_, "being-checked") => (BEING_CHECKED, BEING_CHECKED_TELLS),
        (StatusCode::GONE, "harmful-file") => (HARMFUL, HARMFUL_TELLS),
        (_, "cross-site") => (CROSS_SITE, CROSS_SITE_TELLS),
        (StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED, _) => (NOT_FOUND, NOT_FOUND_TELLS),
        (_, crate::page::OTHERS_FORM) => (OTHERS_FORM, OTHERS_FORM_TELLS),
        (_, crate::renewal::NOT_KEPT) => (NOT_SIGNED_IN, NOT_KEPT_TELLS),
        (StatusCode::UNAUTHORIZED, _) => (NOT_SIGNED_IN, NOT_SIGNED_IN_TELLS),
        (StatusCode::FORBIDDEN, _) => (NOT_ALLOWED, NOT_ALLOWED_TELLS),
        (StatusCode::GONE, _) => (GONE, GONE_TELLS),
        (StatusCode::TOO_MANY_REQUESTS, _) => (TOO_MANY, TOO_MANY_TELLS),
        (StatusCode::SERVICE_UNAVAILABLE, _) => (UNAVAILABLE, UNAVAILABLE_TELLS),
        (status, _) if status.is_server_error() => (INTERNAL, INTERNAL_TELLS),
        _ => (INVALID, INVALID_TELLS),
    }
}
