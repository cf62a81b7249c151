//! The words of tickets, for patients and staff.

use super::Word;
use crate::words;

words! {
    /// The title of the page where a time is picked.
    PICK_TIME: "Välj en tid", "Choose a time";
    /// The same, when a picked time is changed.
    PICK_ANOTHER: "Välj en annan tid", "Choose another time";
    /// What the page is for.
    PICK_TELLS: "Du har fått en biljett till ett digitalt besök. Välj den tid som passar dig bäst.", "You have a ticket for an online appointment. Choose the time that suits you best.";
    /// Before the unit's name.
    AT_UNIT: "Mottagning", "Unit";
    /// Before a practitioner or a role.
    WITH: "Med", "With";
    /// Before a length.
    LENGTH: "Längd", "Length";
    /// After a number.
    MINUTES: "minuter", "minutes";
    /// Before a moment.
    CHOOSE_BY: "Välj senast", "Choose by";
    /// Before instructions.
    PREPARE: "Förbered dig så här", "How to prepare";
    /// A part of the day.
    MORNING: "Förmiddag", "Morning";
    /// A part of the day.
    AFTERNOON: "Eftermiddag", "Afternoon";
    /// Before the time that is picked.
    YOU_BOOK: "Du bokar", "You are booking";
    /// A button.
    BOOK: "Boka tiden", "Book this time";
    /// A button.
    MOVE: "Byt till den här tiden", "Change to this time";
    /// Where nothing was picked.
    NOTHING_PICKED: "Välj en av tiderna först.", "Choose one of the times first.";
    /// Where the time was taken meanwhile.
    TAKEN: "Tiden hann bokas av någon annan. Din biljett gäller fortfarande. Välj en annan tid.", "Somebody else just booked that time. Your ticket is still valid. Choose another time.";
    /// Where there is none.
    NO_TIMES: "Det finns inga lediga tider just nu. Fler tider kan läggas upp, så titta gärna igen. Du kan också berätta för mottagningen att ingen tid passar.", "There are no free times just now. More may be added, so please look again. You can also tell the unit that no time suits you.";
    /// The same on a page of later days.
    NONE_THEN: "Det finns inga fler lediga tider efter de dagar som du såg.", "There are no more free times after the days that you saw.";
    /// A link to the days after those that are shown.
    LATER_DAYS: "Visa senare dagar", "Show later days";
    /// A link back to the first days.
    FIRST_DAYS: "Visa de första dagarna", "Show the first days";
    /// The title of what to do where no time fits.
    NONE_FITS: "Ingen tid passar", "No time suits me";
    /// What comes of it.
    NONE_FITS_TELLS: "Berätta kort varför, så hör mottagningen av sig. Din biljett gäller fortfarande.", "Say briefly why, and the unit will contact you. Your ticket is still valid.";
    /// A field.
    REASON: "Varför passar ingen tid? (frivilligt)", "Why does no time suit you? (optional)";
    /// Where it is too long.
    TOO_LONG: "Skriv kortare, högst 500 tecken.", "Write less, 500 characters at most.";
    /// A button.
    TELL_UNIT: "Skicka till mottagningen", "Send to the unit";
    /// After it was sent.
    TOLD: "Tack. Mottagningen har fått ditt meddelande och hör av sig.", "Thank you. The unit has your message and will contact you.";
    /// The title of a redeemed ticket.
    BOOKED: "Du har bokat en tid", "You have booked a time";
    /// Before the time.
    YOUR_TIME: "Din tid", "Your time";
    /// A link.
    TO_CALENDAR: "Lägg i kalendern", "Add to calendar";
    /// A link.
    CHANGE_TIME: "Byt tid", "Change the time";
    /// A link, to the visit's own page.
    SEE_OR_CANCEL: "Se eller avboka besöket", "See or cancel the visit";
    /// The title of a ticket that is out of date.
    EXPIRED: "Biljetten har gått ut", "The ticket has expired";
    /// What to do then.
    EXPIRED_TELLS: "Kontakta mottagningen om du fortfarande behöver en tid.", "Contact the unit if you still need a time.";
    /// Where a picked time can't be changed any more, and what went wrong with no field to blame.
    TOO_LATE: "Det är för sent att byta tid här.", "It is too late to change the time here.";
    /// The title of a ticket that was taken back.
    REVOKED: "Biljetten är tillbakadragen", "The ticket has been withdrawn";
    /// A link.
    BACK: "Tillbaka", "Back";

    /// The title of the unit's list.
    UNITS_TICKETS: "Enhetens biljetter", "The unit's tickets";
    /// Where there are none.
    NO_TICKETS: "Det finns inga biljetter här.", "There are no tickets here.";
    /// A link to the next page.
    SHOW_MORE: "Visa fler", "Show more";
    /// A column.
    PATIENT: "Patient", "Patient";
    /// A column.
    STATE: "Läge", "State";
    /// A column.
    VALID_UNTIL: "Gäller till", "Valid until";
    /// A state.
    STATE_OPEN: "Öppen", "Open";
    /// A state.
    STATE_REDEEMED: "Inlöst", "Redeemed";
    /// A state.
    STATE_REVOKED: "Tillbakadragen", "Withdrawn";
    /// A state.
    STATE_EXPIRED: "Utgången", "Expired";
    /// A button.
    REVOKE: "Dra tillbaka", "Withdraw";
    /// A button.
    RESEND: "Skicka igen", "Send again";
    /// The title of a ticket's page for staff.
    TICKET: "Biljett", "Ticket";
    /// Before a moment.
    ISSUED: "Skickades", "Sent";
    /// A field.
    EXTEND_TO: "Giltig så här många dagar, räknat från att den skickades (högst 84)", "Valid for this many days, counted from when it was sent (84 at most)";
    /// A button.
    EXTEND: "Förläng", "Extend";
    /// What went wrong.
    WRONG_EXTENSION: "Skriv fler dagar än biljetten redan gäller, så att den gäller i dag, högst 84", "Write more days than the ticket is valid for already, so that it is valid today, 84 at most";
    /// What went wrong.
    WRONG_LAST_DAY: "Välj en senare sista dag: efter den finns inget att välja, så längre gäller biljetten inte", "Choose a later last day: after it there is nothing to choose, so the ticket is valid no longer";
    /// What went wrong with another time, where the visit was cancelled meanwhile.
    CALLED_OFF: "Besöket är avbokat. Välj en tid på nytt.", "The visit was cancelled. Pick a time anew.";
    /// Before what a patient wrote about why no time fits, where the ticket was closed meanwhile.
    NOT_SENT: "Det du skrev har inte skickats:", "What you wrote was not sent:";
    /// What went wrong.
    CLOSED: "Biljetten har redan lösts in, dragits tillbaka eller gått ut.", "The ticket has been redeemed, withdrawn, or has expired already.";
    /// A link, and the title of the form.
    NEW_TICKET: "Ny biljett", "New ticket";
    /// Under it.
    NEW_TICKET_TELLS: "Patienten får ett sms och väljer själv en av enhetens lediga tider.", "The patient gets a text message and chooses one of the unit's free times.";
    /// A field.
    PERSONAL_IDENTITY: "Personnummer (12 siffror)", "Personal identity number (12 digits)";
    /// A field.
    NAME: "Namn (om patienten är ny hos er)", "Name (if the patient is new to you)";
    /// A field.
    PHONE: "Mobilnummer", "Mobile number";
    /// A choice.
    SMS_CONSENT: "Patienten vill ha sms", "The patient wants text messages";
    /// A field.
    ROLE: "Roll", "Role";
    /// A field.
    WITH_WHOM: "Roll eller medarbetare", "Role or colleague";
    /// Colleagues to choose among.
    COLLEAGUES: "Medarbetare", "Colleagues";
    /// A field.
    MINUTES_LONG: "Besökets längd i minuter", "Length of the appointment in minutes";
    /// A field.
    FIRST_DAY: "Första dag som kan väljas", "First day that can be chosen";
    /// A field.
    LAST_DAY: "Sista dag som kan väljas", "Last day that can be chosen";
    /// A field.
    VALID_DAYS: "Biljetten gäller så här många dagar (1 till 84)", "The ticket is valid for this many days (1 to 84)";
    /// A field.
    CONTACT_REASON: "Kontaktorsak", "Reason for contact";
    /// A field.
    INSTRUCTIONS: "Så förbereder patienten sig (frivilligt)", "How the patient should prepare (optional)";
    /// A button.
    ISSUE: "Skicka biljett", "Send ticket";
    /// What is wrong with a form, where no field is to blame.
    WRONG: "Det gick inte att skicka biljetten. Titta på uppgifterna en gång till.", "The ticket could not be sent. Please look at the values once more.";
    /// A choice.
    PROTECTED: "Skyddade personuppgifter", "Protected identity";
    /// A warning before the button.
    SHORT: "Biljetterna som väntar är redan lika många som de lediga tiderna, eller fler. Lägg upp fler tider, så att alla får en tid.", "As many tickets wait as there are free times, or more. Set up more times, so that everybody gets one.";
    /// A warning before the button.
    NONE_FREE: "Enheten har inga lediga tider. Lägg upp tider innan du skickar en biljett.", "The unit has no free times. Set up times before you send a ticket.";
    /// A warning after the button, before the number of free times.
    OUTNUMBERED: "De öppna biljetterna är fler än de lediga tider som passar den här:", "The open tickets are more than the free times that fit this one:";
    /// A warning after the button.
    UNHEARD: "Inget sms har skickats: patienten har inget svenskt mobilnummer här, eller vill inte ha sms. Biljetten finns bland patientens ärenden.", "No text message was sent: the patient has no Swedish mobile number here, or wants no text messages. The ticket is among the patient's matters.";
    /// A link.
    SET_UP_SLOTS: "Lägg upp tider", "Set up times";
    /// What went wrong.
    WRONG_IDENTITY: "Skriv ett riktigt personnummer med tolv siffror", "Write a correct personal number of twelve digits";
    /// What went wrong.
    TOO_YOUNG: "Patienten är under enhetens åldersgräns", "The patient is under the unit's age limit";
    /// What went wrong.
    WRONG_NAME: "Skriv patientens namn: det behövs första gången", "Write the patient's name: it is needed the first time";
    /// What went wrong.
    WRONG_PHONE: "Skriv ett svenskt mobilnummer som 070-174 06 05, och kryssa för att patienten vill ha sms", "Write a Swedish mobile number as 070-174 06 05, and tick that the patient wants text messages";
    /// What went wrong.
    WRONG_MINUTES: "Ett besök är 1 till 480 minuter långt", "An appointment is 1 to 480 minutes long";
    /// What went wrong.
    WRONG_DAYS: "Välj dagar som inte har varit, den sista efter den första, högst tolv veckor fram", "Choose days that haven't passed, the last after the first, twelve weeks ahead at most";
    /// What went wrong.
    WRONG_VALID_DAYS: "En biljett gäller 1 till 84 dagar", "A ticket is valid for 1 to 84 days";
    /// What went wrong.
    WRONG_ROLE: "Välj en roll eller en medarbetare", "Choose a role or a colleague";
    /// What went wrong.
    WRONG_REASON: "Skriv kontaktorsaken, högst 1 000 tecken", "Write the reason for contact, 1,000 characters at most";
    /// What went wrong.
    WRONG_INSTRUCTIONS: "Skriv kortare, högst 4 000 tecken", "Write less, 4,000 characters at most";
    /// The title of the balance.
    CAPACITY: "Biljetter och lediga tider", "Tickets and free times";
    /// A column.
    OPEN_TICKETS: "Öppna biljetter", "Open tickets";
    /// A column.
    FREE_SLOTS: "Lediga tider inom tolv veckor", "Free times within twelve weeks";
    /// Where tickets outnumber slots.
    TOO_FEW: "Fler biljetter än tider: lägg upp fler tider.", "More tickets than times: add more times.";
}

/// A ticket's state, by the store's own word for it.
pub fn state(kept: &str) -> Word {
    match kept {
        "redeemed" => STATE_REDEEMED,
        "revoked" => STATE_REVOKED,
        "expired" => STATE_EXPIRED,
        _ => STATE_OPEN,
    }
}
