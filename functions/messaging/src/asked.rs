//! What the routes of messaging take beside what `shared::asked` reads: the chat that a request changes, whose open
//! streams are told when it is done.

use std::sync::Arc;

use axum::response::Response;
use http::Method;
pub use shared::asked::{By, parsed};
use shared::identifiers::ChatId;
use shared::platform::Rooms;

/// Goes with an answer: nobody can be in the chat that was changed, so nobody is told.
#[derive(Clone, Copy)]
pub struct Unheard;

/// A chat that is about to be changed.
pub struct Changing {
    rooms: Arc<dyn Rooms>,
    chat: String,
}

impl Changing {
    /// The chat that is changed by what is asked, if it is done. Saying that one writes changes nothing.
    pub fn of<Who>(asked: &By<Who>) -> Option<Self> {
        let chat = asked.part(0);
        let changes = chat.parse::<ChatId>().is_ok()
            && asked.method() == Method::POST
            && !asked.path().ends_with("/writing");
        changes.then(|| Changing {
            rooms: Arc::clone(&asked.ports.rooms),
            chat,
        })
    }

    /// Tells those who are in the chat that it was, unless the answer says that there is nobody.
    pub fn tell(&self, answer: &Response) {
        if answer.extensions().get::<Unheard>().is_none() {
            self.rooms.tell(&self.chat, "change");
        }
    }
}
