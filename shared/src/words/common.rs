//! The words that every page has around its own.

use crate::words;

words! {
    /// The name of the patients' service, from the region's own introduction.
    SERVICE: "Vård och hälsa", "Care and health";
    /// The banner of the training environment: the same in both, for staff call it that.
    TRAINING: "UTBILDNING", "UTBILDNING";
    /// What the banner means.
    TRAINING_MEANS: "Här finns bara påhittade personer.", "Everyone here is made up.";
    /// For those who read by keyboard or screen reader.
    SKIP_TO_CONTENT: "Hoppa till innehållet", "Skip to the content";
    /// Names the choice of language.
    LANGUAGE: "Språk", "Language";
    /// A button and a link.
    SIGN_IN: "Logga in", "Sign in";
    /// Before the name of who is signed in, for those who hear the page.
    SIGNED_IN_AS: "Inloggad:", "Signed in:";
    /// A button.
    SIGN_OUT: "Logga ut", "Sign out";
    /// A button.
    CONTINUE: "Fortsätt", "Continue";
    /// A link.
    TRY_AGAIN: "Försök igen", "Try again";
    /// A link to the front page.
    TO_START: "Till startsidan", "To the start page";
    /// At the foot of every page.
    EMERGENCY: "Vid livshotande besvär, ring 112.", "If life is in danger, call 112.";
    /// Names the navigation.
    SECTIONS: "Delar av tjänsten", "Parts of the service";
    /// The patient's navigation, from the region's own introduction.
    HOME: "Hem", "Home";
    /// The patient's navigation, from the region's own introduction.
    MY_MATTERS: "Mina ärenden", "My matters";
    /// The patient's navigation, from the region's own introduction.
    MY_PROFILE: "Min profil", "My profile";
    /// The patient's navigation, from the region's own introduction.
    SUPPORT: "Support", "Support";
    /// At the foot of every page.
    TERMS: "Användarvillkor", "Terms of use";
    /// At the foot of every page.
    PERSONAL_DATA: "Så behandlar vi dina personuppgifter", "How we handle your personal data";
    /// At the foot of every page.
    ACCESSIBILITY: "Tillgänglighet", "Accessibility";
    /// Said while a form's answer is awaited.
    WAITING: "Vänta, det tar en liten stund …", "Please wait, this takes a little while …";
    /// Said where there is no network.
    OFFLINE: "Du har ingen anslutning till internet just nu. Inget har skickats och det du skrivit finns kvar.", "You have no connection to the internet right now. Nothing was sent, and what you wrote is still here.";
    /// The heading of the summary of what is wrong in a form.
    LOOK_AGAIN: "Titta på det här en gång till", "Please look at this once more";
    /// What went wrong with a form that a browser had kept.
    SENT_ALREADY: "Formuläret har redan skickats med andra uppgifter. Titta efter vad som är gjort, och skicka igen om det behövs.", "This form was sent already with other values. Look at what has been done, and send it again if needed.";
    /// Said where it was done.
    DONE: "Klart.", "Done.";
    /// A button.
    SAVE: "Spara", "Save";
    /// After a label.
    OPTIONAL: "(frivilligt)", "(optional)";
}
