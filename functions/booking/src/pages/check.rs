//! The step between a booking form and its booking: what would be booked, for whom, and what it would clash with, said
//! before the button. Everything that was written goes along, to be booked or to be changed.

use askama::Template;
use axum::response::Response;
use shared::appointment::{AppointmentKind, Period};
use shared::page::{FormPost, Viewer};
use shared::problem::Problem;
use shared::words::dates::moment;
use shared::words::{Language, booking as words};

use super::free_slots::whose;
use crate::api::appointments::{Foreseen, NewAppointment};

#[derive(Template)]
#[template(path = "check.html")]
struct CheckPage<'a> {
    language: Language,
    kind: AppointmentKind,
    key: String,
    new: &'a NewAppointment,
    foreseen: &'a Foreseen,
    written: Vec<(String, String)>,
}

impl CheckPage<'_> {
    fn time(&self, period: &Period) -> String {
        let (_, ends) = period.ends_at.date_and_clock();
        format!("{}–{ends}", moment(self.language, period.starts_at))
    }

    fn with(&self) -> String {
        let name = self.foreseen.practitioner_name.as_deref();
        whose(self.language, name, self.foreseen.role)
    }

    fn kind(&self) -> &'static str {
        self.language.say(words::kind(self.kind))
    }

    fn participants(&self) -> Vec<String> {
        let said = |one: &crate::api::appointments::ParticipantInput| {
            let role = self.language.say(words::participant(one.role));
            match &one.name {
                Some(name) => format!("{}, {role}", name.as_str()),
                None => role.to_owned(),
            }
        };
        self.new.participants.iter().map(said).collect()
    }

    fn is_clear(&self) -> bool {
        self.foreseen.clashes_of_practitioner.is_empty()
            && self.foreseen.clashes_of_patient.is_empty()
    }
}

/// The check. It keeps the form's own key, so that a booking whose page is gone back to isn't made twice.
pub fn show(
    viewer: &Viewer,
    form: &FormPost,
    kind: AppointmentKind,
    new: &NewAppointment,
    foreseen: &Foreseen,
    mut written: Vec<(String, String)>,
) -> Result<Response, Problem> {
    // A clash with one's own visit is allowed by a box on this very page.
    written.retain(|(name, value)| name != "allow_overlap" && !value.is_empty());
    let content = CheckPage {
        language: viewer.language,
        kind,
        key: form.text("key"),
        new,
        foreseen,
        written,
    };
    viewer.show(viewer.say(words::CHECK_TITLE), &content)
}
