//! The words of signing in and out, of guests, and of every way in which that can fail.

use super::Language;
use crate::words;

words! {
    /// The title of a form that was sent after its session had ended.
    KEPT_FORM: "Det du skrev finns kvar", "What you wrote is still here";
    /// Under it.
    KEPT_FORM_TELLS: "Du hade varit borta en stund när du skickade. Inget har skickats än.", "You had been away for a while when you sent it. Nothing was sent yet.";
    /// After it, where a file could go with the form.
    FILE_ANEW: "Hade du valt en fil får du välja den på nytt i nästa steg.", "If you had chosen a file, choose it anew in the next step.";
    /// A heading.
    YOU_WROTE: "Du skrev", "You wrote";
    /// Before what was written in a field.
    KEPT_IDENTITY: "Personnummer", "Personal number";
    /// Before what was written in a field.
    KEPT_NAME: "Namn", "Name";
    /// Before what was written in a field.
    KEPT_PHONE: "Telefon", "Phone";
    /// Before what was written in a field.
    KEPT_SUBJECT: "Rubrik", "Subject";
    /// Before what was written in a field.
    KEPT_REASON: "Skäl eller orsak", "Reason";
    /// Before what was written in a field.
    KEPT_INSTRUCTIONS: "Så förbereder patienten sig", "How the patient prepares";
    /// Before what was written in a field.
    KEPT_TEXT: "Text", "Text";
    /// Before what was written in a field.
    KEPT_MESSAGE: "Meddelande", "Message";
    /// Before what was written in a field.
    KEPT_NOTE: "Anteckning", "Note";
    /// Before what was written in a field.
    KEPT_DAYS: "Dagar", "Days";
    /// A button.
    SEND_KEPT: "Skicka nu", "Send now";
    /// A link.
    DROP_KEPT: "Skicka inte", "Don't send";
    /// The title of the sign-in page.
    SIGN_IN: "Logga in", "Sign in";
    /// Before the patients' link.
    FOR_PATIENTS: "För dig som är invånare", "For you as a patient";
    /// The patients' link, from the region's own introduction.
    WITH_1177: "Logga in med 1177", "Sign in with 1177";
    /// Under it.
    WITH_1177_TELLS: "Inloggning via 1177:s inloggningssida, exempelvis med Mobilt BankID.", "You sign in on 1177's own page, with Mobile BankID for example.";
    /// Before the staff's link.
    FOR_STAFF: "För vårdpersonal", "For care staff";
    /// The staff's link.
    WITH_SITHS: "Logga in med SITHS", "Sign in with SITHS";

    /// The title where staff choose their commission.
    CHOOSE_COMMISSION: "Välj uppdrag", "Choose your commission";
    /// Under it.
    CHOOSE_COMMISSION_TELLS: "Du har uppdrag på flera enheter. Välj det som du arbetar i nu.", "You have commissions at several units. Choose the one you work under now.";

    /// After signing out.
    SIGNED_OUT: "Du är utloggad", "You are signed out";
    /// Under it.
    SIGNED_OUT_TELLS: "Stäng webbläsaren om fler använder datorn.", "Close the browser if others use this computer.";
    /// On the way to the provider's own sign-out.
    SIGNED_OUT_GOES_ON: "Vi loggar ut dig hos inloggningstjänsten också.", "We are signing you out at the sign-in service, too.";
    /// The link, where the browser doesn't go on by itself.
    SIGN_OUT_THERE: "Fortsätt till inloggningstjänsten", "Go on to the sign-in service";

    /// The title of a guest's link.
    GUEST: "Du är inbjuden till ett videobesök", "You are invited to a video visit";
    /// Under it.
    GUEST_TELLS: "Länken är din egen. Skicka den inte vidare.", "The link is your own. Don't pass it on.";
    /// The button.
    GUEST_OPEN: "Gå till besöket", "Go to the visit";
    /// The second confirmation's field.
    GUEST_PHONE: "De fyra sista siffrorna i ditt telefonnummer", "The last four digits of your phone number";
    /// Why it is asked.
    GUEST_PHONE_TELLS: "Det här besöket behöver en extra kontroll av att länken har kommit till rätt person.", "This visit needs an extra check that the link has reached the right person.";
    /// They weren't those.
    GUEST_PHONE_WRONG: "Siffrorna stämmer inte. Titta en gång till på ditt telefonnummer.", "Those digits aren't right. Look at your phone number once more.";
    /// Where a guest lands.
    GUEST_IN: "Du är med", "You are in";
    /// Under it.
    GUEST_IN_TELLS: "Vården släpper in dig när besöket börjar. Låt sidan vara öppen.", "Staff will let you in when the visit begins. Leave this page open.";
    /// Whose session is over.
    GUEST_AWAY: "Öppna länken igen", "Open the link again";
    /// Under it.
    GUEST_AWAY_TELLS: "Du är inte längre med i besöket här. Öppna länken i meddelandet igen. Den gäller till en halvtimme efter besöket.", "You are no longer in the visit here. Open the link in the message again. It holds until half an hour after the visit.";
    /// Unknown, revoked, or of a visit that was called off.
    NO_LINK: "Länken gäller inte", "The link doesn't hold";
    /// What to do.
    NO_LINK_TELLS: "Den kan vara felskriven eller ersatt av en ny, eller så är besöket inställt. Titta i det senaste meddelandet, eller fråga den som bjöd in dig.", "It may be mistyped or replaced by a newer one, or the visit was called off. Look in the latest message, or ask whoever invited you.";
    /// Before the time.
    TOO_EARLY: "Du är lite tidig", "You are a little early";
    /// After it.
    TOO_LATE: "Besöket är slut", "The visit is over";
    /// Under it.
    TOO_LATE_TELLS: "Länken gäller till en halvtimme efter besöket. Fråga den som bjöd in dig om du behöver en ny.", "The link holds until half an hour after the visit. Ask whoever invited you if you need a new one.";

    /// The title of most refusals.
    NOT_SIGNED_IN: "Du blev inte inloggad", "You were not signed in";
    /// No attempt, or another's.
    NO_ATTEMPT: "Inloggningen hör inte ihop med den som började i den här webbläsaren, eller så tog den för lång tid. Börja om.", "This sign-in isn't the one that began in this browser, or it took too long. Start again.";
    /// Stopped at the provider.
    STOPPED: "Inloggningen avbröts.", "The sign-in was stopped.";
    /// Whatever did not hold.
    NOT_PROVEN: "Svaret från inloggningstjänsten gick inte att lita på. Börja om; om det händer igen, berätta för supporten.", "The answer from the sign-in service could not be trusted. Start again; if it happens again, tell support.";
    /// The title while a provider is down.
    PROVIDER_DOWN: "Inloggningstjänsten svarar inte", "The sign-in service doesn't answer";
    /// Under it.
    PROVIDER_DOWN_TELLS: "Felet ligger inte hos dig. Vänta en stund och försök igen. Behöver du vård nu, ring 1177.", "It isn't your fault. Wait a little and try again. If you need care now, call 1177.";
    /// A registration that is wrong.
    REFUSED: "Inloggningstjänsten tog inte emot oss. Berätta för supporten.", "The sign-in service did not accept us. Tell support.";
    /// Claims that are missing or can't be used.
    MISSING: "Inloggningstjänsten berättade inte det vi behöver veta om dig. Berätta för supporten.", "The sign-in service did not tell what we need to know about you. Tell support.";
    /// Two identities at once.
    SEVERAL: "Inloggningstjänsten gav två olika personnummer. Vi kan inte veta vilket som är ditt. Berätta för supporten.", "The sign-in service gave two different personal numbers. We can't know which is yours. Tell support.";
    /// A real person in training.
    NOT_TEST: "Utbildningsmiljön tar bara emot påhittade personer.", "The training environment takes made-up people only.";
    /// The title for the young.
    UNDER_AGE: "Du är för ung för att logga in här", "You are too young to sign in here";
    /// Where to turn.
    UNDER_AGE_TELLS: "Här loggar man in från 16 år. Ring 1177 dygnet runt för råd om vård, eller vänd dig till elevhälsan, ungdomsmottagningen eller din vårdcentral. Är det bråttom och allvarligt, ring 112.", "You can sign in here from the age of 16. Call 1177 at any hour for advice on care, or turn to the school's health service, the youth clinic or your health centre. If it is urgent and serious, call 112.";
    /// Too weak a level.
    TOO_WEAK: "Du behöver logga in med ditt SITHS-kort.", "You need to sign in with your SITHS card.";
    /// Too weak a level, as a patient.
    TOO_WEAK_PATIENT: "Du behöver logga in med en säkrare e-legitimation.", "You need to sign in with a stronger e-identification.";
    /// No commission that is connected.
    NO_COMMISSION: "Du har inget uppdrag på en enhet som är ansluten här. Vänd dig till din enhets administratör.", "You have no commission at a unit that is connected here. Turn to your unit's administrator.";
}

/// When a guest may come.
pub fn opens_at(language: Language, clock: &str, date: &str) -> String {
    match language {
        Language::Sv => format!("Länken öppnar klockan {clock} den {date}. Kom tillbaka då."),
        Language::En => format!("The link opens at {clock} on {date}. Come back then."),
    }
}

/// One commission to choose: as what, and where.
pub fn role_at(language: Language, role: crate::role::Role, unit: &str) -> String {
    let role = super::roles::name(role);
    format!("{}, {unit}", language.say(role))
}
