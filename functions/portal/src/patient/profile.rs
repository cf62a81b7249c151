//! My profile: phone, language and consent to text messages, at every care provider that knows the patient.

use askama::Template;
use axum::response::Response;
use http::header;
use serde::{Deserialize, Serialize};
use shared::access_log::Activity;
use shared::cookie;
use shared::hsa_id::HsaId;
use shared::json::Json;
use shared::page::{Faults, Form, LocalPath, Viewer, follow_profile, go_to};
use shared::patient::Patient;
use shared::phone_number::{MobileNumber, PhoneNumber};
use shared::platform::Ports;
use shared::post::StrictBody;
use shared::problem::Problem;
use shared::query::Query;
use shared::sealing::{PhoneIndex, Place, Sealer};
use shared::session::{Caller, SignedInPatient};
use shared::words::{Language, common, portal as words};
use utoipa::ToSchema;

use super::store;

/// What a patient may say about how they are reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// Where text messages go; null: nowhere.
    pub phone: Option<String>,
    /// Of pages and text messages.
    pub language: Language,
    /// Whether the patient wants text messages.
    pub sms_consent: bool,
}

/// The profile, and at which care providers it stands. `None` where nobody knows the patient.
async fn find(
    ports: &Ports,
    patient: &SignedInPatient,
) -> Result<Option<(Profile, Vec<(String, HsaId)>)>, Problem> {
    let sealer = Sealer::from_secrets(&*ports.secrets)?;
    let found = ports
        .store_for(&Caller::Patient(patient.clone()))
        .batch(vec![
            store::known(patient),
            store::log(ports, patient, Activity::Read, "profile")?,
        ])
        .await?;
    let mut rows = vec![];
    let mut profile = None;
    for row in found[0].rows.iter() {
        let known = Patient::from_row(&sealer, row)?;
        rows.push((known.id.to_string(), row.parsed("care_provider_id")?));
        profile = profile.or_else(|| {
            Some(Profile {
                phone: known.phone.as_ref().map(|phone| phone.as_str().to_owned()),
                language: Language::from_tag(&known.language).unwrap_or(Language::Sv),
                sms_consent: known.sms_consent,
            })
        });
    }
    Ok(profile.map(|profile| (profile, rows)))
}

/// What is wrong with a profile, and the number that it names.
fn checked(profile: &Profile) -> (Faults, Option<PhoneNumber>) {
    let mut faults = Faults::none();
    let written = profile.phone.as_deref().unwrap_or_default().trim();
    let phone = written.parse::<MobileNumber>().ok().map(PhoneNumber::from);
    match (written.is_empty(), &phone) {
        (true, _) if profile.sms_consent => faults.add("phone", words::PHONE_NEEDED),
        (false, None) => faults.add("phone", words::PHONE_WRONG),
        _ => {}
    }
    (faults, phone)
}

/// Writes the profile at every care provider that knows the patient.
async fn keep(
    ports: &Ports,
    patient: &SignedInPatient,
    profile: &Profile,
    phone: Option<&PhoneNumber>,
) -> Result<(), Problem> {
    let sealer = Sealer::from_secrets(&*ports.secrets)?;
    let (_, rows) = find(ports, patient).await?.ok_or_else(unknown)?;
    let phone_index = phone
        .map(|phone| PhoneIndex::of(&*ports.secrets, phone))
        .transpose()?;
    let mut writing = vec![];
    for (row, care_provider) in &rows {
        let place = Place {
            care_provider,
            column: "patients.phone",
            row,
        };
        let sealed = phone
            .map(|phone| sealer.seal(&*ports.random, place, phone.as_str()))
            .transpose()?;
        writing.push(store::update_profile(
            patient,
            care_provider,
            sealed,
            phone_index.as_ref().map(PhoneIndex::as_str),
            profile.language.tag(),
            profile.sms_consent,
        ));
    }
    // Whoever consents again takes back a STOPP of this phone.
    if let Some(index) = phone_index.as_ref().filter(|_| profile.sms_consent) {
        writing.push(store::take_text_messages(index.as_str()));
    }
    writing.push(store::log(ports, patient, Activity::Write, "profile")?);
    ports
        .store_for(&Caller::Patient(patient.clone()))
        .batch(writing)
        .await?;
    Ok(())
}

fn unknown() -> Problem {
    Problem::not_found()
        .detail("No care provider knows you here yet, so there is no profile to change.")
}

/// The patient's profile.
#[utoipa::path(get, path = "/portal/v1/profile",
    responses((status = 200, body = Profile), (status = 404, description = "no care provider knows you yet")))]
pub async fn read(patient: SignedInPatient, ports: Ports) -> Result<Json<Profile>, Problem> {
    let (profile, _) = find(&ports, &patient).await?.ok_or_else(unknown)?;
    Ok(Json(profile))
}

/// Changes the profile. Whole, so that repeating it changes nothing.
#[utoipa::path(put, path = "/portal/v1/profile", request_body = Profile,
    responses((status = 200, body = Profile), (status = 404, description = "no care provider knows you yet"), (status = 422, description = "`field` says what can't be used")))]
pub async fn write(
    patient: SignedInPatient,
    ports: Ports,
    StrictBody(mut profile): StrictBody<Profile>,
) -> Result<Json<Profile>, Problem> {
    let (faults, phone) = checked(&profile);
    if !faults.is_empty() {
        return Err(Problem::invalid(
            "phone",
            "write a phone number as 070-174 06 05; text messages need one",
        ));
    }
    keep(&ports, &patient, &profile, phone.as_ref()).await?;
    profile.phone = phone.map(|phone| phone.as_str().to_owned());
    Ok(Json(profile))
}

#[derive(Template)]
#[template(path = "profile.html")]
struct ProfilePage {
    language: Language,
    languages: [Language; 2],
    profile: Option<Profile>,
    faults: Faults,
    saved: bool,
    whose: String,
}

/// By which a form is known as this patient's: a browser has one session, whatever its other tabs still show.
fn mark_of(patient: &SignedInPatient) -> String {
    patient.identity.as_str().chars().take(12).collect()
}

impl ProfilePage {
    fn wrong(&self, field: &str) -> Option<&'static str> {
        self.faults.of(field).map(|word| self.language.say(word))
    }
}

/// Whether it was just saved.
#[derive(Deserialize)]
pub struct Saved {
    saved: Option<String>,
}

/// "Min profil".
pub async fn page(
    patient: SignedInPatient,
    ports: Ports,
    viewer: Viewer,
    Query(query): Query<Saved>,
) -> Result<Response, Problem> {
    let profile = find(&ports, &patient).await?.map(|(profile, _)| profile);
    let content = ProfilePage {
        language: viewer.language,
        languages: Language::ALL,
        profile,
        faults: Faults::none(),
        saved: query.saved.is_some(),
        whose: mark_of(&patient),
    };
    viewer.show(viewer.say(common::MY_PROFILE), &content)
}

/// What the page's form sends.
#[derive(Deserialize)]
pub struct ProfileForm {
    whose: Option<String>,
    phone: String,
    message_language: Language,
    sms_consent: Option<String>,
}

/// Keeps what the form says, or shows it again with what is wrong.
pub async fn save(
    patient: SignedInPatient,
    ports: Ports,
    viewer: Viewer,
    Form(form): Form<ProfileForm>,
) -> Result<Response, Problem> {
    // Another patient signed in from another tab: what stands in this one is not about them.
    if form.whose.is_some_and(|whose| whose != mark_of(&patient)) {
        let mut faults = Faults::none();
        faults.add("content", words::ANOTHER_PATIENT);
        let content = ProfilePage {
            language: viewer.language,
            languages: Language::ALL,
            profile: find(&ports, &patient).await?.map(|(profile, _)| profile),
            faults,
            saved: false,
            whose: mark_of(&patient),
        };
        let status = http::StatusCode::CONFLICT;
        return viewer.show_as(status, viewer.say(common::MY_PROFILE), &content);
    }
    let profile = Profile {
        phone: Some(form.phone),
        language: form.message_language,
        sms_consent: form.sms_consent.is_some(),
    };
    let (faults, phone) = checked(&profile);
    if !faults.is_empty() {
        let content = ProfilePage {
            language: viewer.language,
            languages: Language::ALL,
            profile: Some(profile),
            faults,
            saved: false,
            whose: mark_of(&patient),
        };
        let status = http::StatusCode::UNPROCESSABLE_ENTITY;
        return viewer.show_as(status, viewer.say(common::MY_PROFILE), &content);
    }
    keep(&ports, &patient, &profile, phone.as_ref()).await?;
    let mut answer = go_to(&LocalPath::from_outside("/portal/profile?saved=yes"));
    // The pages follow the profile's language from here on, and no longer one that was chosen before in this browser.
    let headers = answer.headers_mut();
    if let Some(forgotten) = cookie::forget(cookie::name::LANGUAGE) {
        headers.append(header::SET_COOKIE, forgotten);
    }
    follow_profile(headers, Some(profile.language));
    Ok(answer)
}
