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
}
