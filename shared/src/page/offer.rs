//! The offer of a matter that waits for an answer, wherever that matter is shown to staff: who wants to hand it over to
//! whom, and the buttons of who reads it.

use askama::Template;

use super::LocalPath;
use super::form::key_of;
use crate::colleagues::Offer;
use crate::platform::Ports;
use crate::problem::Problem;
use crate::session::Staff;
use crate::words::dates::moment;
use crate::words::{Language, workspace as words};

#[derive(Template)]
#[template(path = "offer.html")]
struct WaitingOffer<'a> {
    language: Language,
    /// The same as long as it waits, so that a page that is fetched anew shows nothing new by it.
    key: String,
    offer: &'a Offer,
    /// The page on which it is shown, and to which its form leads back.
    here: &'a LocalPath,
    is_to_reader: bool,
    is_from_reader: bool,
    is_closed: bool,
}

impl WaitingOffer<'_> {
    fn moment(&self) -> String {
        moment(self.language, self.offer.offered_at)
    }
}

/// An offer that waits, as HTML. What is closed is taken back, and not accepted.
pub fn waiting_offer(
    language: Language,
    ports: &Ports,
    reader: &Staff,
    offer: &Offer,
    is_closed: bool,
    here: &LocalPath,
) -> Result<String, Problem> {
    let shown = WaitingOffer {
        language,
        key: key_of(ports, &offer.id),
        offer,
        here,
        is_to_reader: offer.to == reader.practitioner,
        is_from_reader: offer.from == reader.practitioner,
        is_closed,
    };
    shown
        .render()
        .map_err(|error| Problem::internal(format!("an offer: {error}")))
}
