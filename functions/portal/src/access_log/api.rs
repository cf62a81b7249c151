//! The access log as JSON: a patient's own entries; for a unit's administrator the chain's verification, the
//! export in Inera's StoreLog form, and samples for the recurring check.

use std::collections::BTreeSet;

use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use http::{StatusCode, header};
use serde::{Deserialize, Serialize};
use serde_json::json;
use shared::access_log::{self, Activity, Resource};
use shared::hsa_id::HsaId;
use shared::identifiers::LogSampleId;
use shared::json::Json;
use shared::log_entry_over;
use shared::paging::{Cursor, page_size, period};
use shared::platform::{Ports, Row, Statement, Store};
use shared::post::{ATTEMPTS, Post, RequestIdentity, was_repeated};
use shared::practitioner;
use shared::problem::Problem;
use shared::query::Query;
use shared::sealing::{Place, Sealer, secret_key};
use shared::session::{Administrator, Caller, SignedInPatient, Staff};
use shared::text::Text;
use shared::time::{HOUR, Timestamp};
use utoipa::{IntoParams, ToSchema};

use super::chain::{Entry, Fault};
use super::keeping::{link_waiting, signing_key, verify_after};
use super::store::{self, NewSample};

/// Where a sample's remark is sealed.
const REMARK_COLUMN: &str = "access_log_samples.remark";
/// A month, which is how far back a sample looks if nothing else is asked.
const MONTH: i64 = 30 * 24 * HOUR;

/// An entry as people see it.
#[derive(Serialize, ToSchema)]
pub struct EntryView {
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// What kind of user: practitioner, patient, guest or system.
    pub user_kind: String,
    /// Their name, where it is care staff.
    pub user_name: Option<String>,
    /// Their unit.
    pub care_unit: Option<String>,
    /// What was done: read, write, sign, print, attest, delete or emergency.
    pub activity: String,
    /// Why: care, own, or what an emergency's reason is kept under.
    pub purpose: String,
    /// What was read or written.
    pub resource: String,
    /// In a sample: of whom, by the care provider's own ids.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub patients: Vec<String>,
}

impl EntryView {
    /// From a row with the names of who and where.
    pub fn from_row(sealer: &Sealer, row: Row) -> Result<Self, Problem> {
        let care_provider: HsaId = row.parsed("care_provider_id")?;
        let user = row.text("user_id")?;
        let user_name = match row.optional_text("practitioner_name")? {
            Some(sealed) => Some(practitioner::open_name(
                sealer,
                &care_provider,
                user,
                sealed,
            )?),
            None => None,
        };
        Ok(EntryView {
            at: Timestamp::from_millis(row.integer("at")?),
            user_kind: row.text("user_kind")?.to_owned(),
            user_name,
            care_unit: row.optional_text("care_unit_name")?.map(str::to_owned),
            activity: row.text("activity")?.to_owned(),
            purpose: row.text("purpose")?.to_owned(),
            resource: row.text("resource_type")?.to_owned(),
            patients: vec![],
        })
    }
}

/// A page of a patient's own entries.
#[derive(Serialize, ToSchema)]
pub struct OwnLog {
    /// The newest first.
    pub entries: Vec<EntryView>,
    /// Give it as `cursor` for the next page; null on the last.
    pub next: Option<String>,
}

/// Which page of the own log.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct OwnLogQuery {
    /// 1 to 500; 200, if left out.
    pub limit: Option<u16>,
    /// `next` of the page before.
    pub cursor: Option<String>,
}

/// Who has read or written about the patient who asks. Reading it is an entry, too.
#[utoipa::path(get, path = "/portal/v1/access-log", params(OwnLogQuery),
    responses((status = 200, body = OwnLog)))]
pub async fn own(
    patient: SignedInPatient,
    ports: Ports,
    Query(query): Query<OwnLogQuery>,
) -> Result<Json<OwnLog>, Problem> {
    own_log(&ports, patient, &query).await.map(Json)
}

/// A page of the patient's own entries, with none left waiting for the chain.
pub async fn own_log(
    ports: &Ports,
    patient: SignedInPatient,
    query: &OwnLogQuery,
) -> Result<OwnLog, Problem> {
    const OWN: &str = log_entry_over!(
        "SELECT care_provider_id, id AS patient_id FROM patients WHERE identity_index = ?12"
    );
    let before = match query.cursor.as_deref().map(Cursor::parse).transpose()? {
        Some(cursor) => {
            let number = cursor.id.parse().map_err(|_| {
                Problem::invalid("cursor", "use `next` of an earlier page as it is")
            })?;
            (cursor.moment, number)
        }
        None => (
            Timestamp::from_millis(i64::from(u32::MAX) * 1000),
            i64::from(u32::MAX),
        ),
    };
    let size = page_size(query.limit)?;
    let identity = patient.identity.clone();
    let caller = Caller::Patient(patient);
    let store = ports.store_for(&caller);
    let known = store.query(store::care_providers_of(&identity)).await?;
    for row in known.rows.iter() {
        link_waiting(ports, &*store, row.text("id")?).await?;
    }
    let resource = Resource::new("access-log", "own");
    let log = access_log::entry(
        ports,
        &caller,
        Activity::Read,
        &resource,
        OWN,
        vec![identity.as_str().into()],
    )?;
    // One more than the page shows tells whether there is another page.
    let found = store
        .batch(vec![
            store::of_patient(&identity, before, size as i64 + 1),
            log,
        ])
        .await?;
    let sealer = Sealer::from_secrets(&*ports.secrets)?;
    let rows = &found[0].rows;
    let next = match rows.iter().nth(size - 1) {
        Some(last) if rows.len() > size => {
            let moment = Timestamp::from_millis(last.integer("at")?);
            let id = last.integer("number")?.to_string();
            Some(Cursor { moment, id }.to_text())
        }
        _ => None,
    };
    Ok(OwnLog {
        entries: rows
            .iter()
            .take(size)
            .map(|row| EntryView::from_row(&sealer, row))
            .collect::<Result<_, _>>()?,
        next,
    })
}

/// What a step of the verification found.
#[derive(Serialize, ToSchema)]
pub struct VerificationView {
    /// How many entries this step looked at.
    pub entries: usize,
    /// How many of them wait for their links, a minute at most.
    pub not_yet_linked: usize,
    /// What is wrong, and where; nothing, if the log is whole.
    #[schema(value_type = Vec<Object>)]
    pub faults: Vec<Fault>,
    /// Give it as `after` for the next step; null at the end of the log.
    pub next: Option<i64>,
}

/// From where on to verify, or to export.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct After {
    /// The number of the last entry before the piece; 0, if left out.
    pub after: Option<i64>,
}

impl After {
    fn number(&self) -> Result<i64, Problem> {
        match self.after.unwrap_or(0) {
            number @ 0..=9_007_199_254_740_991 => Ok(number),
            _ => Err(Problem::invalid("after", "use `next` of the step before")),
        }
    }
}

/// Verifies a piece of the care provider's chain. It shows places, nobody's data.
#[utoipa::path(get, path = "/portal/v1/access-log/verification", params(After),
    responses((status = 200, body = VerificationView)))]
pub async fn verification(
    Administrator(staff): Administrator,
    ports: Ports,
    Query(query): Query<After>,
) -> Result<Json<VerificationView>, Problem> {
    let after = query.number()?;
    verified(&staff, &ports, after).await.map(Json)
}

/// Verifies the care provider's chain from after a number on, a piece.
pub async fn verified(
    staff: &Staff,
    ports: &Ports,
    after: i64,
) -> Result<VerificationView, Problem> {
    let care_provider = &staff.care_provider;
    let store = ports.store_for(&Caller::Staff(staff.clone()));
    link_waiting(ports, &*store, care_provider.as_str()).await?;
    let mac_key = secret_key(&*ports.secrets, "ACCESS_LOG_KEY")?;
    let public = signing_key(ports)?.public();
    let step = verify_after(
        &*store,
        care_provider.as_str(),
        after,
        &[],
        &mac_key,
        &public,
    )
    .await?;
    Ok(VerificationView {
        entries: step.report.entries,
        not_yet_linked: step.report.not_yet_linked,
        faults: step.report.faults,
        next: step.next,
    })
}

/// The unit's entries as lines of JSON in the form of Inera's StoreLog 2.0, 500 at most; the header `x-next`
/// says where the next piece begins.
#[utoipa::path(get, path = "/portal/v1/access-log/export", params(After),
    responses((status = 200, body = String, content_type = "application/x-ndjson")))]
pub async fn export(
    Administrator(staff): Administrator,
    ports: Ports,
    Query(query): Query<After>,
) -> Result<Response, Problem> {
    const EXPORTED: &str = log_entry_over!(
        "SELECT log.care_provider_id, patient.value AS patient_id
FROM (
  SELECT care_provider_id, patients
  FROM access_log
  WHERE care_provider_id = ?12 AND care_unit_id = ?13 AND number > ?14
  ORDER BY number
  LIMIT ?15
) AS log, json_each(log.patients) AS patient"
    );
    let after = query.number()?;
    let caller = Caller::Staff(staff.clone());
    let resource = Resource::new("access-log", format!("export after {after}"));
    let log = access_log::entry(
        &ports,
        &caller,
        Activity::Print,
        &resource,
        EXPORTED,
        vec![
            (&staff.care_provider).into(),
            (&staff.care_unit).into(),
            after.into(),
            store::BATCH.into(),
        ],
    )?;
    let found = ports
        .store_for(&caller)
        .batch(vec![
            store::of_unit(&staff.care_provider, &staff.care_unit, after, store::BATCH),
            log,
        ])
        .await?;
    let mut lines = String::new();
    let mut last = None;
    for row in found[0].rows.iter() {
        let entry = Entry::from_row(row)?;
        lines.push_str(&in_store_log(&entry)?.to_string());
        lines.push('\n');
        last = Some(entry.number);
    }
    let full = found[0].rows.len() as i64 == store::BATCH;
    let next = last.filter(|_| full).map(|number| number.to_string());
    let headers = [
        (header::CONTENT_TYPE, "application/x-ndjson".to_owned()),
        (
            header::HeaderName::from_static("x-next"),
            next.unwrap_or_default(),
        ),
    ];
    Ok((headers, lines).into_response())
}

/// An entry with the names of StoreLog 2.0. Patients go by the care provider's own ids: who must turn one
/// into a person does so under a log entry of its own.
fn in_store_log(entry: &Entry) -> Result<serde_json::Value, Problem> {
    let patients: Vec<String> = serde_json::from_str(&entry.patients)
        .map_err(|_| Problem::internal("an entry's patients are no list"))?;
    let resource = |patient: &String| {
        json!({
            "resourceType": entry.resource_type,
            "patient": patient,
            "careProvider": entry.care_provider,
            "careUnit": entry.care_unit,
        })
    };
    Ok(json!({
        "logId": entry.id,
        "system": "vardflode",
        "number": entry.number,
        "activity": {
            "activityType": Activity::in_store_log(&entry.activity),
            "startDate": entry.at.to_string(),
            "purpose": entry.purpose,
        },
        "user": {
            "userId": entry.user_id,
            "careProvider": entry.care_provider,
            "careUnit": entry.care_unit,
        },
        "resources": patients.iter().map(resource).collect::<Vec<_>>(),
    }))
}

/// A sample to be drawn.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSampleView {
    /// From this moment or Swedish date; a month ago, if left out.
    pub from: Option<String>,
    /// Until this moment or Swedish date, exclusive; now, if left out. 92 days at most.
    pub to: Option<String>,
    /// How many entries, 1 to 100; 20, if left out.
    pub size: Option<usize>,
}

/// A sample.
#[derive(Serialize, ToSchema)]
pub struct SampleView {
    /// Its id.
    pub id: String,
    /// When it was drawn.
    #[schema(value_type = String, format = DateTime)]
    pub drawn_at: Timestamp,
    /// By whom (HSA-id).
    pub drawn_by: String,
    /// Their name, where it is known.
    pub drawn_by_name: Option<String>,
    /// From the entries of this time …
    #[schema(value_type = String, format = DateTime)]
    pub from: Timestamp,
    /// … until this, exclusive.
    #[schema(value_type = String, format = DateTime)]
    pub to: Timestamp,
    /// How many entries were drawn.
    pub size: usize,
    /// Who signed it off (HSA-id), if anybody did.
    pub signed_off_by: Option<String>,
    /// Their name, where it is known.
    pub signed_off_by_name: Option<String>,
    /// When.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub signed_off_at: Option<Timestamp>,
    /// What they found.
    pub remark: Option<String>,
    /// The entries, where one sample is read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entries: Option<Vec<EntryView>>,
}

impl SampleView {
    fn from_row(sealer: &Sealer, row: Row) -> Result<Self, Problem> {
        let id = row.text("id")?;
        let care_provider: HsaId = row.parsed("care_provider_id")?;
        let place = Place {
            care_provider: &care_provider,
            column: REMARK_COLUMN,
            row: id,
        };
        let remark = row
            .optional_text("remark")?
            .map(|sealed| sealer.open(place, sealed));
        let name = |who: &str, name: &str| match (row.optional_text(who)?, row.optional_text(name)?)
        {
            (Some(who), Some(name)) => {
                practitioner::open_name(sealer, &care_provider, who, name).map(Some)
            }
            _ => Ok(None),
        };
        let numbers: Vec<i64> = serde_json::from_str(row.text("numbers")?)
            .map_err(|_| Problem::internal("a sample's numbers are no list"))?;
        Ok(SampleView {
            id: id.to_owned(),
            drawn_at: Timestamp::from_millis(row.integer("drawn_at")?),
            drawn_by_name: name("drawn_by", "drawn_by_name")?,
            drawn_by: row.text("drawn_by")?.to_owned(),
            signed_off_by_name: name("signed_off_by", "signed_off_by_name")?,
            from: Timestamp::from_millis(row.integer("from_at")?),
            to: Timestamp::from_millis(row.integer("until_at")?),
            size: numbers.len(),
            signed_off_by: row.optional_text("signed_off_by")?.map(str::to_owned),
            signed_off_at: row
                .optional_integer("signed_off_at")?
                .map(Timestamp::from_millis),
            remark: remark.transpose()?,
            entries: None,
        })
    }
}

/// The unit's samples.
#[derive(Serialize, ToSchema)]
pub struct SampleList {
    /// The newest first, 100 at most.
    pub samples: Vec<SampleView>,
}

/// Draws entries of the unit at random, for the recurring check (HSLF-FS 2016:40 4:9).
#[utoipa::path(post, path = "/portal/v1/access-log/samples", request_body = NewSampleView,
    responses((status = 201, body = SampleView)))]
pub async fn draw_sample(
    Administrator(staff): Administrator,
    ports: Ports,
    post: Post<NewSampleView>,
) -> Result<Response, Problem> {
    draw(&staff, &ports, &post.body, &post.identity).await
}

/// Draws a sample for whoever asked: a program or a page.
pub async fn draw(
    staff: &Staff,
    ports: &Ports,
    wanted: &NewSampleView,
    request: &RequestIdentity,
) -> Result<Response, Problem> {
    let caller = Caller::Staff(staff.clone());
    let sealer = Sealer::from_secrets(&*ports.secrets)?;
    let store = ports.store_for(&caller);
    let now = ports.clock.now();
    let size = wanted.size.unwrap_or(20);
    if !(1..=100).contains(&size) {
        return Err(Problem::invalid("size", "a sample has 1 to 100 entries"));
    }
    let to = Some(wanted.to.clone().unwrap_or_else(|| now.to_string()));
    for _ in 0..ATTEMPTS {
        let found = store.query(request.lookup(&caller)).await?;
        if let Some(answer) = request.replay(&sealer, &caller, &found)? {
            return Ok(answer);
        }
        // Days that have passed since are no fault of a request that was answered before.
        let (from, until) = period(&wanted.from, &to, now.plus(-MONTH), 1, 92)?;
        let numbers = drawn(ports, &*store, staff, (from, until), size).await?;
        let id = LogSampleId::new(ports).to_string();
        let view = SampleView {
            id: id.clone(),
            drawn_at: now,
            drawn_by: staff.practitioner.to_string(),
            drawn_by_name: None,
            from,
            to: until,
            size: numbers.len(),
            signed_off_by: None,
            signed_off_by_name: None,
            signed_off_at: None,
            remark: None,
            entries: None,
        };
        let (keep, answer) = request.keep(
            ports,
            &sealer,
            &caller,
            &staff.care_provider,
            StatusCode::CREATED,
            &view,
        )?;
        let sample = store::insert_sample(NewSample {
            id,
            care_provider: &staff.care_provider,
            care_unit: &staff.care_unit,
            drawn_by: &staff.practitioner,
            drawn_at: now,
            from,
            until,
            numbers: shared::json::text(&numbers)?,
        });
        match store.batch(vec![keep, sample]).await {
            Ok(_) => return Ok(answer),
            Err(error) if was_repeated(&error) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(Problem::unavailable(
        "a sample was repeated at every attempt",
    ))
}

/// Numbers of the unit's entries in the period, drawn at random: all entries have the same chance.
async fn drawn(
    ports: &Ports,
    store: &dyn Store,
    staff: &Staff,
    (from, until): (Timestamp, Timestamp),
    size: usize,
) -> Result<Vec<i64>, Problem> {
    /// How many numbers one round tries: the log of a care provider holds its other units' entries, too.
    const TRIED: i64 = 2_000;
    const ROUNDS: usize = 8;
    let care_provider = &staff.care_provider;
    let about = store
        .query(store::numbers_about(care_provider, from, until))
        .await?;
    let row = about
        .rows
        .first()
        .ok_or_else(|| Problem::internal("no numbers of the log"))?;
    let (after, last) = (row.integer("after")?, row.integer("until")?);
    let span = last - after;
    let all_fit = span <= TRIED;
    let mut sample = vec![];
    for _ in 0..if all_fit { 1 } else { ROUNDS } {
        let mut tried: Vec<i64> = if all_fit {
            (after + 1..=last).collect()
        } else {
            (0..TRIED).map(|_| after + 1 + below(ports, span)).collect()
        };
        shuffle(ports, &mut tried);
        let found = store
            .query(store::drawn(
                care_provider,
                &staff.care_unit,
                (from, until),
                shared::json::text(&tried)?,
            ))
            .await?;
        let of_unit = found
            .rows
            .iter()
            .map(|row| row.integer("number"))
            .collect::<Result<BTreeSet<i64>, _>>()?;
        // In the order in which they were tried, which is random; the store's own order isn't.
        for number in tried {
            if sample.len() < size && of_unit.contains(&number) && !sample.contains(&number) {
                sample.push(number);
            }
        }
        if sample.len() == size {
            break;
        }
    }
    sample.sort_unstable();
    Ok(sample)
}

/// A random number from 0 up to `bound`, exclusive. Of 64 bits: what is uneven about the remainder is less
/// than one in 10¹³ at any size of log.
fn below(ports: &Ports, bound: i64) -> i64 {
    let mut bytes = [0; 8];
    ports.random.fill(&mut bytes);
    let bound = bound.unsigned_abs().max(1);
    i64::try_from(u64::from_le_bytes(bytes) % bound).unwrap_or(0)
}

fn shuffle(ports: &Ports, numbers: &mut [i64]) {
    for last in (1..numbers.len()).rev() {
        let other = below(ports, last as i64 + 1);
        numbers.swap(last, usize::try_from(other).unwrap_or(0));
    }
}

/// The unit's samples, signed off or not.
#[utoipa::path(get, path = "/portal/v1/access-log/samples", responses((status = 200, body = SampleList)))]
pub async fn list_samples(
    Administrator(staff): Administrator,
    ports: Ports,
) -> Result<Json<SampleList>, Problem> {
    samples(&staff, &ports).await.map(Json)
}

/// The unit's samples, the newest first.
pub async fn samples(staff: &Staff, ports: &Ports) -> Result<SampleList, Problem> {
    let sealer = Sealer::from_secrets(&*ports.secrets)?;
    let found = ports
        .store_for(&Caller::Staff(staff.clone()))
        .query(store::list_samples(&staff.care_unit))
        .await?;
    let samples = found
        .rows
        .iter()
        .map(|row| SampleView::from_row(&sealer, row));
    Ok(SampleList {
        samples: samples.collect::<Result<_, _>>()?,
    })
}

/// One sample with its entries. Who reads it reads about patients, and leaves an entry.
#[utoipa::path(get, path = "/portal/v1/access-log/samples/{id}", params(("id" = String, Path, description = "the sample")),
    responses((status = 200, body = SampleView)))]
pub async fn read_sample(
    Administrator(staff): Administrator,
    ports: Ports,
    Path(id): Path<String>,
) -> Result<Json<SampleView>, Problem> {
    sample(&staff, &ports, &id).await.map(Json)
}

/// One sample with its entries; reading it leaves an entry.
pub async fn sample(staff: &Staff, ports: &Ports, id: &str) -> Result<SampleView, Problem> {
    const OF_SAMPLE: &str = log_entry_over!(
        "SELECT log.care_provider_id, patient.value AS patient_id
FROM access_log_samples AS sample, json_each(sample.numbers) AS drawn
JOIN access_log AS log ON log.care_provider_id = sample.care_provider_id AND log.number = drawn.value,
  json_each(log.patients) AS patient
WHERE sample.id = ?12 AND sample.care_unit_id = ?13"
    );
    let sealer = Sealer::from_secrets(&*ports.secrets)?;
    let caller = Caller::Staff(staff.clone());
    let log = access_log::entry(
        ports,
        &caller,
        Activity::Read,
        &Resource::new("access-log-sample", id),
        OF_SAMPLE,
        vec![id.into(), (&staff.care_unit).into()],
    )?;
    let found = ports
        .store_for(&caller)
        .batch(vec![
            store::find_sample(id, &staff.care_unit),
            store::entries_of_sample(id, &staff.care_unit),
            log,
        ])
        .await?;
    let row = found[0].rows.first().ok_or_else(Problem::not_found)?;
    let mut sample = SampleView::from_row(&sealer, row)?;
    let entries = found[1].rows.iter().map(|row| {
        let patients = serde_json::from_str(row.text("patients")?);
        Ok::<_, Problem>(EntryView {
            patients: patients.map_err(|_| Problem::internal("an entry's patients are no list"))?,
            ..EntryView::from_row(&sealer, row)?
        })
    });
    sample.entries = Some(entries.collect::<Result<_, _>>()?);
    Ok(sample)
}

/// What the one who signs a sample off found.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignOff {
    /// In words, if there is anything to say.
    #[schema(value_type = Option<String>)]
    pub remark: Option<Text<2000>>,
}

/// Signs a sample off, once.
#[utoipa::path(post, path = "/portal/v1/access-log/samples/{id}/sign-off", request_body = SignOff,
    params(("id" = String, Path, description = "the sample")),
    responses((status = 200, body = SampleView), (status = 409, description = "it is signed off already")))]
pub async fn sign_off_sample(
    Administrator(staff): Administrator,
    ports: Ports,
    Path(id): Path<String>,
    post: Post<SignOff>,
) -> Result<Response, Problem> {
    sign_off(&staff, &ports, &id, &post.body, &post.identity).await
}

/// Signs a sample off for whoever asked: a program or a page.
pub async fn sign_off(
    staff: &Staff,
    ports: &Ports,
    id: &str,
    body: &SignOff,
    request: &RequestIdentity,
) -> Result<Response, Problem> {
    let caller = Caller::Staff(staff.clone());
    let sealer = Sealer::from_secrets(&*ports.secrets)?;
    let store = ports.store_for(&caller);
    let now = ports.clock.now();
    for _ in 0..ATTEMPTS {
        let found = store
            .batch(vec![
                request.lookup(&caller),
                store::find_sample(id, &staff.care_unit),
            ])
            .await?;
        if let Some(answer) = request.replay(&sealer, &caller, &found[0])? {
            return Ok(answer);
        }
        let row = found[1].rows.first().ok_or_else(Problem::not_found)?;
        let mut view = SampleView::from_row(&sealer, row)?;
        if view.signed_off_at.is_some() {
            return Err(Problem::new(
                StatusCode::CONFLICT,
                "signed-off",
                "This sample is signed off already",
            )
            .detail("Draw a new sample to check again."));
        }
        let remark = body.remark.as_ref().map(Text::as_str);
        view.signed_off_by = Some(staff.practitioner.to_string());
        view.signed_off_at = Some(now);
        view.remark = remark.map(str::to_owned);
        let place = Place {
            care_provider: &staff.care_provider,
            column: REMARK_COLUMN,
            row: id,
        };
        let sealed = remark
            .map(|remark| sealer.seal(&*ports.random, place, remark))
            .transpose()?;
        let (keep, answer) = request.keep(
            ports,
            &sealer,
            &caller,
            &staff.care_provider,
            StatusCode::OK,
            &view,
        )?;
        let signing = store::sign_off(id, &staff.care_unit, &staff.practitioner, now, sealed);
        let writing = vec![keep, signing, Statement::require_changes()];
        match store.batch(writing).await {
            Ok(_) => return Ok(answer),
            // Signed off or repeated meanwhile: look again.
            Err(error) if was_repeated(&error) || error.refused_by("require_changes") => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(Problem::unavailable(
        "a sample changed at every attempt to sign it off",
    ))
}
