//! The patient's home page, as the region's own introduction shows it.

use askama::Template;
use axum::response::Response;
use shared::page::Viewer;
use shared::patient::Patient;
use shared::platform::Ports;
use shared::problem::Problem;
use shared::sealing::Sealer;
use shared::session::{Caller, SignedInPatient};
use shared::words::{Language, common, portal as words, start};

use super::matters::{Matter, of_patient};
use super::store;

/// From what age "Sök vård" is shown, in whole years.
const SEEK_CARE_FROM: i32 = 16;
/// How many matters the home page shows.
const SHOWN: usize = 3;

#[derive(Template)]
#[template(path = "home.html")]
struct HomePage {
    language: Language,
    /// Shown to those who are old enough; the link that the region has set, if any.
    seek_care: Option<Option<String>>,
    next: Vec<Matter>,
}

/// "Vi finns här för dig".
pub async fn page(
    patient: SignedInPatient,
    ports: Ports,
    viewer: Viewer,
) -> Result<Response, Problem> {
    let mut next = of_patient(&ports, &patient, viewer.language).await?.current;
    // What waits to be read goes before what is only soon.
    next.sort_by_key(|matter| !matter.is_unread);
    next.truncate(SHOWN);
    let content = HomePage {
        language: viewer.language,
        seek_care: is_old_enough(&ports, &patient).await?.then(|| link(&ports)),
        next,
    };
    viewer.show(viewer.say(start::HERE_FOR_YOU), &content)
}

/// Somebody whom no care provider knows was old enough to sign in, which is the same age.
async fn is_old_enough(ports: &Ports, patient: &SignedInPatient) -> Result<bool, Problem> {
    let sealer = Sealer::from_secrets(&*ports.secrets)?;
    let today = ports.clock.now().date_in_stockholm();
    let known = ports
        .store_for(&Caller::Patient(patient.clone()))
        .query(store::known(patient))
        .await?;
    match known.rows.first() {
        Some(row) => {
            let identity = Patient::from_row(&sealer, row)?.identity;
            Ok(identity.age_on(today) >= SEEK_CARE_FROM)
        }
        None => Ok(true),
    }
}

/// The region's setting `SEEK_CARE_LINK`: an https address, or nothing.
fn link(ports: &Ports) -> Option<String> {
    ports
        .secrets
        .get("SEEK_CARE_LINK")
        .filter(|link| link.starts_with("https://"))
}
