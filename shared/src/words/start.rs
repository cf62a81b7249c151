//! The words of the start page, from the region's own introduction.

use crate::words;

words! {
    /// The title for those who aren't signed in.
    WELCOME: "Välkommen till Vård och hälsa", "Welcome to Care and health";
    /// Under it.
    WELCOME_TELLS: "Logga in för att söka vård och se dina bokningar.", "Sign in to seek care and see your bookings.";
    /// The title for those who are.
    HERE_FOR_YOU: "Vi finns här för dig", "We are here for you";
}
