//! Staff open a patient: who it is and what stands. Without a matter at their own unit they must say why
//! (nödöppning), which the access log and the unit's administrator see.

use askama::Template;
use axum::response::Response;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use shared::access_log::{self, Activity, LOG_ENTRY_OF_ONE, Resource};
use shared::appointment::store::{Found, Which};
use shared::first_contact::check_identity;
use shared::hsa_id::HsaId;
use shared::identifiers::{EmergencyAccessId, PatientId};
use shared::json::Json;
use shared::page::Viewer;
use shared::patient::Patient;
use shared::personal_identity::PersonalIdentity;
use shared::platform::{Ports, Row, Statement};
use shared::post::{ATTEMPTS, Post, RequestIdentity, was_repeated};
use shared::practitioner::open_name;
use shared::problem::Problem;
use shared::role::Role;
use shared::sealing::{IdentityIndex, Place, Sealer};
use shared::session::{Administrator, Caller, Staff};
use shared::text::Text;
use shared::time::Timestamp;
use shared::words::dates::moment;
use shared::words::{Language, workspace as words};
use utoipa::ToSchema;

use crate::store;

/// Where the reason is sealed.
const REASON_COLUMN: &str = "emergency_accesses.reason";
/// How many of a patient's visits are shown, and of cases and of tickets, the newest first.
const MOST: i64 = 100;

/// Whom to open.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Opening {
    /// Personal number, coordination number or reserve number, twelve characters.
    #[schema(value_type = String)]
    pub personal_identity: PersonalIdentity,
    /// Why the patient is opened without a matter at your unit. It is logged and looked at.
    #[schema(value_type = Option<String>)]
    pub emergency_reason: Option<Text<500>>,
}

/// By what right a patient was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum OpenedBy {
    /// The patient has a matter at the unit.
    Matter,
    /// Staff said why (nödöppning).
    Emergency,
}

/// A visit of the opened patient.
#[derive(Serialize, Deserialize, ToSchema)]
pub struct VisitView {
    /// Its id.
    pub id: String,
    /// At which unit.
    pub care_unit: String,
    /// How far it has come.
    #[schema(value_type = String)]
    pub state: shared::appointment::AppointmentState,
    /// With what role.
    pub role: Role,
    /// With whom, where one is named.
    pub practitioner: Option<String>,
    /// When it begins, in UTC.
    #[schema(value_type = String, format = DateTime)]
    pub starts_at: Timestamp,
    /// When it ends, in UTC.
    #[schema(value_type = String, format = DateTime)]
    pub ends_at: Timestamp,
    /// Reason for contact.
    pub reason: String,
}

/// A case of the opened patient, or a visit's chat.
#[derive(Serialize, Deserialize, ToSchema)]
pub struct CaseOfPatient {
    /// Its id.
    pub id: String,
    /// What it is about.
    pub subject: String,
    /// When the patient's writing stops, in UTC.
    #[schema(value_type = String, format = DateTime)]
    pub closes_at: Timestamp,
    /// When it was closed.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub closed_at: Option<Timestamp>,
}

/// A ticket of the opened patient.
#[derive(Serialize, Deserialize, ToSchema)]
pub struct TicketOfPatient {
    /// Its id.
    pub id: String,
    /// With what role.
    pub role: Role,
    /// `open`, `redeemed`, `revoked` or `expired`.
    pub state: String,
    /// Until when it can be redeemed, in UTC.
    #[schema(value_type = String, format = DateTime)]
    pub valid_until: Timestamp,
}

/// An opened patient.
#[derive(Serialize, Deserialize, ToSchema)]
pub struct OpenedPatient {
    /// Their id at this care provider.
    pub id: String,
    /// By what right.
    pub opened_by: OpenedBy,
    /// Twelve characters.
    pub personal_identity: String,
    /// Their name.
    pub name: String,
    /// Their phone number.
    pub phone: Option<String>,
    /// Whether they want text messages.
    pub sms_consent: bool,
    /// In which language.
    pub language: String,
    /// Skyddade personuppgifter.
    pub protected_identity: bool,
    /// The unit's own visits, or in an emergency those of all the care provider's units; the newest first, 100 at most.
    pub appointments: Vec<VisitView>,
    /// The unit's own cases, closed ones too; the newest first, 100 at most.
    #[serde(default)]
    pub cases: Vec<CaseOfPatient>,
    /// The unit's own tickets, in every state; the newest first, 100 at most.
    #[serde(default)]
    pub tickets: Vec<TicketOfPatient>,
}

/// Opens a patient.
#[utoipa::path(post, path = "/workspace/v1/patients/open", request_body = Opening,
    responses((status = 200, body = OpenedPatient),
        (status = 403, description = "no matter at your unit: give an emergency_reason")))]
pub async fn open(staff: Staff, ports: Ports, post: Post<Opening>) -> Result<Response, Problem> {
    open_patient(&staff, &ports, &post.body, &post.identity).await
}

/// Opens a patient for whoever asked: a program or a page.
pub async fn open_patient(
    staff: &Staff,
    ports: &Ports,
    opening: &Opening,
    request: &RequestIdentity,
) -> Result<Response, Problem> {
    let identity = &opening.personal_identity;
    check_identity(ports, identity)?;
    let caller = Caller::Staff(staff.clone());
    let sealer = Sealer::from_secrets(&*ports.secrets)?;
    let index = IdentityIndex::of(&*ports.secrets, identity)?;
    let patients = ports.store_for(&caller);
    let now = ports.clock.now();
    for _ in 0..ATTEMPTS {
        let found = patients
            .batch(vec![
                request.lookup(&caller),
                Patient::find(&index, &staff.care_provider),
                store::has_matter(&index, staff),
            ])
            .await?;
        if let Some(answer) = request.replay(&sealer, &caller, &found[0])? {
            return Ok(answer);
        }
        let has_matter = found[2].rows.first().is_some();
        let opened_by = match (has_matter, &opening.emergency_reason) {
            (true, _) => OpenedBy::Matter,
            (false, Some(_)) => OpenedBy::Emergency,
            // The same answer whether the patient is known elsewhere or nowhere.
            (false, None) => return Err(emergency_reason_needed()),
        };
        let patient = found[1].rows.first().ok_or_else(Problem::not_found)?;
        let patient = Patient::from_row(&sealer, patient)?;
        let which = match opened_by {
            OpenedBy::Matter => Which::OfUnit(&staff.care_unit),
            OpenedBy::Emergency => Which::OfCareProvider,
        };
        let provider = &staff.care_provider;
        let found = patients
            .batch(vec![
                shared::appointment::store::of_patient(patient.id, provider, which, MOST),
                store::chats_of(patient.id, staff, MOST),
                store::tickets_of(patient.id, staff, MOST),
            ])
            .await?;
        let mut appointments = vec![];
        for row in found[0].rows.iter() {
            appointments.push(visit(&Found::from_row(&sealer, row)?));
        }
        let cases = found[1].rows.iter().map(|row| case(&sealer, row));
        let tickets = found[2].rows.iter().map(|row| ticket(row, now));
        let view = OpenedPatient {
            id: patient.id.to_string(),
            opened_by,
            personal_identity: patient.identity.as_str().to_owned(),
            name: patient.name.clone(),
            phone: patient
                .phone
                .as_ref()
                .map(|phone| phone.as_str().to_owned()),
            sms_consent: patient.sms_consent,
            language: patient.language.clone(),
            protected_identity: patient.protected_identity,
            appointments,
            cases: cases.collect::<Result<_, _>>()?,
            tickets: tickets.collect::<Result<_, _>>()?,
        };
        let (keep, answer) = request.keep(
            ports,
            &sealer,
            &caller,
            &staff.care_provider,
            StatusCode::OK,
            &view,
        )?;
        let mut writing = vec![keep];
        let activity = match (&opening.emergency_reason, opened_by) {
            (Some(reason), OpenedBy::Emergency) => {
                writing.push(emergency(ports, &sealer, staff, patient.id, reason, now)?);
                Activity::Emergency
            }
            _ => Activity::Read,
        };
        writing.push(access_log::entry(
            ports,
            &caller,
            activity,
            &Resource::new("patient", patient.id),
            LOG_ENTRY_OF_ONE,
            vec![(&staff.care_provider).into(), patient.id.into()],
        )?);
        match patients.batch(writing).await {
            Ok(_) => return Ok(answer),
            Err(error) if was_repeated(&error) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(Problem::unavailable(
        "a patient was opened at every attempt",
    ))
}

fn emergency_reason_needed() -> Problem {
    Problem::new(
        StatusCode::FORBIDDEN,
        "emergency-reason",
        "The patient has no matter at your unit",
    )
    .detail("To open them all the same, give an emergency_reason. It is logged, the patient sees it in their log, and your unit's administrator looks at it.")
}

fn visit(found: &Found) -> VisitView {
    let appointment = &found.appointment;
    VisitView {
        id: appointment.id.to_string(),
        care_unit: found.care_unit.name.clone(),
        state: appointment.state,
        role: appointment.role,
        practitioner: found.practitioner_name.clone(),
        starts_at: appointment.period.starts_at,
        ends_at: appointment.period.ends_at,
        reason: appointment.details.reason.as_str().to_owned(),
    }
}

fn case(sealer: &Sealer, row: Row) -> Result<CaseOfPatient, Problem> {
    let id = row.text("id")?;
    let place = Place {
        care_provider: &row.parsed("care_provider_id")?,
        column: "chats.subject",
        row: id,
    };
    let closed_at = row.optional_integer("closed_at")?;
    Ok(CaseOfPatient {
        id: id.to_owned(),
        subject: sealer.open(place, row.text("subject")?)?,
        closes_at: Timestamp::from_millis(row.integer("closes_at")?),
        closed_at: closed_at.map(Timestamp::from_millis),
    })
}

/// That an open one has run out the clock says before the job writes it down.
fn ticket(row: Row, now: Timestamp) -> Result<TicketOfPatient, Problem> {
    let valid_until = Timestamp::from_millis(row.integer("valid_until")?);
    let state = match row.text("state")? {
        "open" if valid_until <= now => "expired",
        state => state,
    };
    Ok(TicketOfPatient {
        id: row.text("id")?.to_owned(),
        role: row.parsed("role")?,
        state: state.to_owned(),
        valid_until,
    })
}

fn emergency(
    ports: &Ports,
    sealer: &Sealer,
    staff: &Staff,
    patient: PatientId,
    reason: &Text<500>,
    now: Timestamp,
) -> Result<Statement, Problem> {
    let id = EmergencyAccessId::new(ports).to_string();
    let place = Place {
        care_provider: &staff.care_provider,
        column: REASON_COLUMN,
        row: &id,
    };
    let reason = sealer.seal(&*ports.random, place, reason.as_str())?;
    Ok(store::insert_emergency(staff, id, patient, now, reason))
}

/// One time that somebody opened a patient in an emergency.
#[derive(Serialize, ToSchema)]
pub struct EmergencyView {
    /// Its id.
    pub id: String,
    /// Who (HSA-id).
    pub practitioner: String,
    /// Their name, for the page.
    #[serde(skip)]
    pub name: String,
    /// Whom, by the care provider's own id.
    pub patient: String,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// Why.
    pub reason: String,
}

/// The unit's emergencies.
#[derive(Serialize, ToSchema)]
pub struct EmergencyList {
    /// The newest first, 200 at most.
    pub emergencies: Vec<EmergencyView>,
}

/// The times that the unit's staff opened a patient in an emergency, for its administrator to look at.
#[utoipa::path(get, path = "/workspace/v1/emergency-accesses", responses((status = 200, body = EmergencyList)))]
pub async fn emergencies(
    Administrator(staff): Administrator,
    ports: Ports,
) -> Result<Json<EmergencyList>, Problem> {
    units_emergencies(staff, &ports).await.map(Json)
}

#[derive(Template)]
#[template(path = "emergencies.html")]
struct EmergenciesPage {
    language: Language,
    list: EmergencyList,
}

impl EmergenciesPage {
    fn at(&self, one: &EmergencyView) -> String {
        moment(self.language, one.at)
    }
}

/// The same as a page.
pub async fn emergencies_page(
    Administrator(staff): Administrator,
    ports: Ports,
    viewer: Viewer,
) -> Result<Response, Problem> {
    let content = EmergenciesPage {
        language: viewer.language,
        list: units_emergencies(staff, &ports).await?,
    };
    let title = viewer.say(words::EMERGENCIES);
    viewer.wide().show(title, &content)
}

async fn units_emergencies(staff: Staff, ports: &Ports) -> Result<EmergencyList, Problem> {
    let sealer = Sealer::from_secrets(&*ports.secrets)?;
    let unit = staff.care_unit.clone();
    let found = ports
        .store_for(&Caller::Staff(staff))
        .query(store::list_emergencies(&unit))
        .await?;
    let shown = |row: Row| -> Result<EmergencyView, Problem> {
        let care_provider: HsaId = row.parsed("care_provider_id")?;
        let id = row.text("id")?;
        let who = row.text("practitioner_id")?;
        let employer = row.parsed("employer")?;
        let place = Place {
            care_provider: &care_provider,
            column: REASON_COLUMN,
            row: id,
        };
        Ok(EmergencyView {
            id: id.to_owned(),
            practitioner: who.to_owned(),
            name: open_name(&sealer, &employer, who, row.text("practitioner_name")?)?,
            patient: row.text("patient_id")?.to_owned(),
            at: Timestamp::from_millis(row.integer("at")?),
            reason: sealer.open(place, row.text("reason")?)?,
        })
    };
    Ok(EmergencyList {
        emergencies: found.rows.iter().map(shown).collect::<Result<_, _>>()?,
    })
}
