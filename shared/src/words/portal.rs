//! The words of the patient's own pages: home, my matters, my profile, support, terms and personal data.

use super::{Language, Word};
use crate::words;

words! {
    /// Where a form stood open while somebody else signed in.
    ANOTHER_PATIENT: "Någon annan har loggat in i den här webbläsaren sedan du öppnade sidan. Inget har ändrats. Det här är profilen för den som är inloggad nu.", "Somebody else has signed in in this browser since you opened the page. Nothing was changed. This is the profile of who is signed in now.";
    /// Under the home page's title, from the region's own introduction.
    HOME_TELLS: "Västra Götalandsregionen satsar på en mer tillgänglig hälso- och sjukvård för patienter och invånare. Här kan du få hjälp med att söka vård och träffa oss online.", "Region Västra Götaland invests in more accessible care for patients and residents. Here you can get help with seeking care and meet us online.";
    /// After it, from the region's own introduction.
    LIFE_THREATENING: "Vid livshotande besvär ring 112.", "If life is in danger, call 112.";
    /// A heading and a link, from the region's own introduction.
    SEEK_CARE: "Sök vård", "Seek care";
    /// Under it, from the region's own introduction.
    SEEK_CARE_TELLS: "Här kan du som är över 16 år få hjälp med dina besvär. Börja med att svara på några frågor så guidar vi dig till rätt vård. Vi är bemannade mellan 8.00-20.30 alla dagar i veckan.", "If you are over 16 you can get help with your trouble here. Begin by answering a few questions and we guide you to the right care. We are staffed between 8.00 and 20.30 every day of the week.";
    /// Where the region has set no link.
    SEEK_CARE_CALL: "Ring 1177 för råd om vård.", "Call 1177 for advice on care.";
    /// A heading.
    NEXT: "Det här är på gång", "What is next";
    /// Where nothing is.
    NOTHING_NEXT: "Du har inget på gång just nu.", "You have nothing coming up right now.";
    /// A heading, from the region's own introduction.
    ABOUT: "Om vård och hälsa", "About Care and health";
    /// A link, from the region's own introduction.
    HOW_IT_WORKS: "Så fungerar det", "How it works";
    /// Before the links to terms and personal data, from the region's own introduction.
    BY_CONTINUING: "Genom att fortsätta godkänner du våra", "By continuing you accept our";
    /// The link.
    OUR_TERMS: "användarvillkor", "terms of use";
    /// Before the link.
    READ_MORE: "Läs mer om", "Read more about";
    /// The link.
    OUR_HANDLING: "hur vi behandlar dina personuppgifter", "how we handle your personal data";
    /// A link for staff.
    STAFF_SIGN_IN: "För vårdpersonal: logga in med SITHS", "For care staff: sign in with SITHS";

    /// A title, for those who build programs.
    API_DOCUMENTS: "Gränssnitt för program", "Interfaces for programs";
    /// Under it.
    API_DOCUMENTS_TELL: "Varje funktions gränssnitt i OpenAPI 3.1. Det som provas här görs på riktigt, med din egen inloggning.", "Each function's interface in OpenAPI 3.1. What is tried out here is done for real, with your own sign-in.";
    /// A navigation's name.
    API_DOCUMENTS_OF: "Funktioner", "Functions";
    /// Where scripts are off.
    API_DOCUMENTS_SCRIPTS: "Utan skript kan dokumenten läsas som de är, via länkarna ovan.", "Without scripts the documents can be read as they are, by the links above.";

    /// A heading in the list.
    NOW: "Nu", "Now";
    /// A heading in the list.
    EARLIER: "Tidigare", "Earlier";
    /// Where a list is empty.
    NO_MATTERS: "Här finns inga ärenden än. När en mottagning bokar ett besök, skickar en biljett eller skriver till dig syns det här.", "There are no matters here yet. When a unit books a visit, sends a ticket or writes to you, you see it here.";
    /// Where there are more visits than the list shows.
    MORE_VISITS: "Alla dina besök visas inte här, bara de hundra närmaste framåt och de hundra senaste bakåt i tiden. Fråga mottagningen om de andra.", "Not all of your visits are shown here, only the next hundred and the last hundred. Ask the unit about the others.";
    /// The same of tickets.
    MORE_TICKETS: "Alla dina biljetter visas inte här, bara de hundra nyaste. Fråga mottagningen om de andra.", "Not all of your tickets are shown here, only the newest hundred. Ask the unit about the others.";
    /// The same of cases, before a link.
    MORE_CASES: "Här visas bara dina hundra nyaste ärenden med meddelanden.", "Only your newest hundred cases with messages are shown here.";
    /// The link.
    ALL_CASES: "Visa alla mina meddelanden", "Show all my messages";
    /// A kind of matter.
    VISIT: "Bokat besök", "Booked visit";
    /// A kind of matter.
    VIDEO_VISIT: "Videobesök", "Video visit";
    /// A kind of matter.
    TICKET: "Biljett: välj en tid", "Ticket: pick a time";
    /// A kind of matter.
    CASE: "Meddelanden", "Messages";
    /// A state of a visit.
    BOOKED: "Bokat", "Booked";
    /// A state of a visit.
    ARRIVED: "Vi vet att du är här", "We know that you are here";
    /// A state of a visit.
    STARTED: "Pågår", "In progress";
    /// A state of a visit.
    COMPLETED: "Klart", "Done";
    /// A state of a visit.
    CANCELLED: "Avbokat", "Cancelled";
    /// A state of a visit.
    NO_SHOW: "Du kom inte", "You did not come";
    /// A state of a ticket.
    TICKET_OPEN: "Välj tid senast", "Pick a time by";
    /// A state of a ticket.
    TICKET_EXPIRED: "Tiden att välja är slut", "The time to pick is over";
    /// A state of a ticket.
    TICKET_REVOKED: "Återkallad av vården", "Revoked by the unit";
    /// A state of a case, before a moment.
    CASE_CLOSES: "Öppet till", "Open until";
    /// A case whose time is over while a question of the patient's waits for its answer.
    CASE_AWAITS: "Du väntar på svar", "You are waiting for an answer";
    /// A state of a case.
    CASE_CLOSED: "Avslutat", "Closed";
    /// A state of a case, before a moment.
    CASE_OPENS: "Öppnar", "Opens";

    /// Under the profile's title.
    PROFILE_TELLS: "Uppgifterna gäller hos de mottagningar som du har kontakt med här.", "This is what the units that you have contact with here go by.";
    /// Where no unit knows the patient.
    UNKNOWN_YET: "Ingen mottagning har kontaktat dig här än. När någon gör det kan du ändra dina uppgifter här.", "No unit has contacted you here yet. When one does, you can change your details here.";
    /// The label of a field.
    PHONE: "Mobilnummer", "Mobile number";
    /// Under it.
    PHONE_HINT: "Till exempel 070-174 06 05", "For example 070-174 06 05";
    /// What is wrong.
    PHONE_WRONG: "Skriv ett svenskt mobilnummer som 070-174 06 05: sms går inte till andra", "Write a Swedish mobile number as 070-174 06 05: text messages go to no other";
    /// What is wrong.
    PHONE_NEEDED: "Skriv ett mobilnummer om du vill ha sms", "Write a mobile number if you want text messages";
    /// The label of a choice.
    MESSAGE_LANGUAGE: "Språk på sidorna och i sms", "Language of the pages and of text messages";
    /// The label of a box.
    WANTS_SMS: "Jag vill ha påminnelser och besked med sms", "I want reminders and notices by text message";
    /// Under it.
    WANTS_SMS_HINT: "Inget om din hälsa står i ett sms.", "Nothing about your health stands in a text message.";
    /// A link.
    WHO_READ: "Se vem som har läst mina uppgifter", "See who has read my data";
    /// A heading.
    YOUR_SIGN_INS: "Dina inloggningar", "Your sign-ins";
    /// A button.
    SIGN_OUT_EVERYWHERE: "Logga ut på alla enheter", "Sign out on all devices";
    /// Said where it was done.
    SAVED: "Dina uppgifter är sparade.", "Your details are saved.";

    /// A heading.
    HELP: "Hjälp", "Help";
    /// Help.
    HELP_VISIT: "När en mottagning bokar ett besök får du ett sms. Logga in för att se tiden, hur du förbereder dig och för att lägga tiden i din kalender.", "When a unit books a visit you get a text message. Sign in to see the time, how to prepare, and to put the time into your calendar.";
    /// Help.
    HELP_TICKET: "En biljett är en inbjudan att själv välja en tid. Öppna länken i sms:et, eller gå till Mina ärenden.", "A ticket is an invitation to pick a time yourself. Open the link in the text message, or go to My matters.";
    /// Help.
    HELP_CASE: "I ett ärende skriver du och vården till varandra när det passar. Vi skickar ett sms när det finns något nytt.", "In a case you and the unit write to each other when it suits. We send a text message when there is something new.";
    /// Help.
    HELP_SIGN_IN: "Kommer du inte in? Stäng webbläsaren, öppna den igen och logga in med 1177. Hjälper det inte, kontakta supporten.", "Can't get in? Close the browser, open it again and sign in with 1177. If that doesn't help, contact support.";
    /// Before an address.
    CONTACT_SUPPORT: "Kontakta supporten:", "Contact support:";
    /// A heading.
    DEVICE_TEST: "Testa kamera och mikrofon", "Test camera and microphone";
    /// Under it.
    DEVICE_TEST_TELLS: "Gör testet före ett videobesök. Bild och ljud stannar i din webbläsare: inget skickas och inget sparas.", "Run the test before a video visit. Picture and sound stay in your browser: nothing is sent and nothing is kept.";
    /// A button.
    DEVICE_TEST_BEGIN: "Börja testet", "Begin the test";
    /// A button.
    DEVICE_TEST_END: "Avsluta testet", "End the test";
    /// Where scripts are off.
    DEVICE_TEST_SCRIPTS: "Testet behöver att skript är på i webbläsaren.", "The test needs scripts to be on in the browser.";
    /// The test says.
    DEVICE_SEEN: "Kameran fungerar. Säg något: mätaren ska röra sig.", "The camera works. Say something: the meter should move.";
    /// The test says.
    DEVICE_HEARD: "Kameran och mikrofonen fungerar.", "The camera and the microphone work.";
    /// The test says.
    DEVICE_REFUSED: "Webbläsaren fick inte använda kamera och mikrofon. Tillåt det i adressfältet eller i telefonens inställningar och försök igen.", "The browser may not use camera and microphone. Allow it in the address bar or in the phone's settings and try again.";
    /// The test says.
    DEVICE_MISSING: "Vi hittar ingen kamera eller mikrofon på den här enheten.", "We find no camera or microphone on this device.";
    /// Names the meter.
    DEVICE_SOUND: "Ljudnivå", "Sound level";
    /// Names the picture.
    DEVICE_PICTURE: "Bilden från din kamera", "The picture from your camera";
    /// A heading.
    ACCESSIBILITY: "Tillgänglighetsredogörelse", "Accessibility statement";
    /// Under it.
    ACCESSIBILITY_TELLS: "Tjänsten ska gå att använda för alla. Vi bygger den enligt WCAG 2.2 nivå AA och provar varje sida med verktyg, tangentbord, förstoring och utan skript.", "Everyone should be able to use the service. We build it by WCAG 2.2 level AA and try every page with tools, keyboard, zoom and without scripts.";
    /// What isn't there yet.
    ACCESSIBILITY_LACKS: "Känt hinder: videobesök kräver skript och saknar automatisk textning.", "Known obstacle: video visits need scripts and have no automatic captions.";
    /// How to report.
    ACCESSIBILITY_REPORT: "Hittar du ett hinder? Berätta för oss, så svarar vi inom två veckor:", "Did you meet an obstacle? Tell us, and we answer within two weeks:";
    /// Where to turn then.
    ACCESSIBILITY_AGENCY: "Är du inte nöjd med svaret kan du anmäla till Myndigheten för digital förvaltning (Digg), som har tillsyn över lagen om tillgänglighet till digital offentlig service.", "If the answer does not satisfy you, you can turn to the Agency for Digital Government (Digg), which supervises the law on accessibility of public digital services.";
    /// Where no address is set.
    CALL_1177: "ring 1177", "call 1177";

    /// Terms.
    TERMS_WHO: "Tjänsten är till för dig som har kontakt med en ansluten mottagning. Du loggar in med din egen e-legitimation och använder den bara för dig själv.", "The service is for you who have contact with a connected unit. You sign in with your own e-identification and use it for yourself alone.";
    /// Terms.
    TERMS_NOT_URGENT: "Tjänsten är inte till för akuta besvär. Ring 112 vid livshotande besvär och 1177 för råd.", "The service is not for emergencies. Call 112 if life is in danger, and 1177 for advice.";
    /// Terms.
    TERMS_RECORD: "Det som du och vården skriver kan bli en del av din journal.", "What you and the unit write can become a part of your record.";
    /// Terms.
    TERMS_CARE: "Ta hand om din telefon och dina inloggningar. Lämna inte vidare länkar som du får i sms.", "Look after your phone and your sign-ins. Don't pass on links that you get by text message.";
    /// Personal data.
    DATA_WHO: "Den vårdgivare som du har kontakt med är personuppgiftsansvarig. Uppgifterna behandlas för din vård, med stöd av patientdatalagen och dataskyddsförordningen.", "The care provider that you have contact with is the controller. Your data is handled for your care, under the Patient Data Act and the General Data Protection Regulation.";
    /// Personal data.
    DATA_WHAT: "Vi behandlar ditt namn, personnummer, telefonnummer, dina besök och det som ni skriver till varandra. Allt sådant lagras krypterat.", "We handle your name, personal number, phone number, your visits and what you write to each other. All of it is stored encrypted.";
    /// Personal data.
    DATA_SMS: "Ett sms säger aldrig något om din hälsa. Du kan avstå från sms i din profil eller svara STOPP.", "A text message never says anything about your health. You can do without text messages in your profile or by answering STOPP.";
    /// Personal data.
    DATA_LOG: "Varje gång någon läser eller skriver om dig sparas det i en logg som du själv kan läsa i din profil.", "Each time somebody reads or writes about you it is kept in a log, which you can read in your profile.";
    /// Personal data.
    DATA_RIGHTS: "Du har rätt att få veta vad som finns om dig och att få fel rättade. Vänd dig till mottagningen. Du kan klaga hos Integritetsskyddsmyndigheten.", "You have the right to know what is kept about you and to have errors corrected. Turn to the unit. You can complain to the Swedish Authority for Privacy Protection.";
    /// Personal data.
    DATA_COOKIES: "Vi använder bara kakor som behövs för inloggning och språk. Ingen annan följer dig här.", "We use only the cookies that sign-in and language need. Nobody else follows you here.";
}

/// How many messages the patient hasn't read.
pub fn unread(language: Language, count: i64) -> String {
    match (language, count) {
        (Language::Sv, 1) => "1 oläst meddelande".to_owned(),
        (Language::Sv, _) => format!("{count} olästa meddelanden"),
        (Language::En, 1) => "1 unread message".to_owned(),
        (Language::En, _) => format!("{count} unread messages"),
    }
}

/// A visit's state to its patient, by the store's own word for it.
pub fn visit_state(kept: &str) -> Word {
    match kept {
        "arrived" => ARRIVED,
        "started" => STARTED,
        "completed" => COMPLETED,
        "cancelled" => CANCELLED,
        "no-show" => NO_SHOW,
        _ => BOOKED,
    }
}
