//! JSON handlers of batches. A list is kept checked; nothing of it is sent before staff confirms.

use std::ops::ControlFlow;

use axum::response::Response;
use chrono::NaiveDate;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use shared::care_unit::CareUnit;
use shared::commission::{named, role_at};
use shared::environment::Environment;
use shared::hsa_id::HsaId;
use shared::identifiers::TicketBatchId;
use shared::json::Json;
use shared::platform::Ports;
use shared::post::{ATTEMPTS, Nothing, Post, RequestIdentity, located, was_repeated};
use shared::problem::Problem;
use shared::role::Role;
use shared::sealing::Sealer;
use shared::session::{Caller, Staff};
use shared::text::Text;
use utoipa::ToSchema;

use super::list::{Fault, ListError, MOST_ROWS, Rules, check};
use super::store::{self, TicketBatch};
use super::work::{Worker, work};
use super::{BatchState, Common, STEP, STEPS_AT_ONCE, Wish};
use crate::By;
use crate::api::issue::check_with_whom;
use crate::api::problems::unfit;
use crate::store::balance;
use crate::ticket::{Frame, USUAL_DAYS, length, moments, valid_until};

/// The largest list, in bytes, with what goes along with it.
pub const LARGEST_LIST: usize = 2 * 1024 * 1024;
/// How many faults of a list are kept: some hundred bytes each, of the two million that a row may have.
const KEPT_FAULTS: usize = 1_000;
/// How many batches a list of them has.
const LISTED: i64 = 50;

/// A list of patients who are to get a ticket each.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewBatch {
    /// With anyone of this role.
    pub role: Option<Role>,
    /// With this practitioner (HSA-id).
    #[schema(value_type = Option<String>)]
    pub practitioner: Option<HsaId>,
    /// How long each visit is, 1 to 480 minutes.
    pub minutes: i64,
    /// The first day that may be picked; today, if left out.
    #[schema(value_type = Option<String>, format = Date)]
    pub first_day: Option<NaiveDate>,
    /// The last day that may be picked.
    #[schema(value_type = String, format = Date)]
    pub last_day: NaiveDate,
    /// For how many days from its issue each ticket is valid, 1 to 84; 7, if left out.
    pub valid_days: Option<u16>,
    /// Reason for contact, 1 to 1,000 characters.
    #[schema(value_type = String)]
    pub reason: Text<1000>,
    /// How the patients should prepare, up to 4,000 characters.
    #[schema(value_type = Option<String>)]
    pub instructions: Option<Text<4000>>,
    /// Whether the patients want text messages, where the list has no column `sms`.
    #[serde(default)]
    pub sms_consent: bool,
    /// The list as CSV. Its first row names the columns: `personnummer` and `namn`, and as you like `mobil`,
    /// `sms` and `språk`. At most 5,000 further rows.
    pub csv: String,
}

/// What is asked of every ticket of a list.
pub struct Wanted {
    /// With anyone of this role …
    pub role: Option<Role>,
    /// … or with this practitioner.
    pub practitioner: Option<HsaId>,
    /// How long each visit is.
    pub minutes: i64,
    /// The first day that may be picked; today, if left out.
    pub first_day: Option<NaiveDate>,
    /// The last day that may be picked.
    pub last_day: NaiveDate,
    /// For how many days from its issue each ticket is valid.
    pub valid_days: Option<u16>,
    /// Reason for contact.
    pub reason: Text<1000>,
    /// How the patients should prepare.
    pub instructions: Option<Text<4000>>,
}

/// A batch.
#[derive(Serialize, ToSchema)]
pub struct BatchView {
    /// Its id, for good.
    pub id: String,
    /// How far it has come.
    pub state: BatchState,
    /// How many rows the list has.
    pub rows: i64,
    /// How many of them are without a fault: so many tickets it gives.
    pub wanted: i64,
    /// How many tickets it has given.
    pub issued: i64,
    /// What is wrong with the other rows: the first thousand faults.
    #[schema(value_type = Vec<Fault>)]
    pub faults: Value,
    /// How many faults there are.
    pub fault_count: i64,
    /// Before it is confirmed: how many tickets would be open for its role with those it gives; at least so many,
    /// where the slots are too few for these already.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub open_tickets: Option<i64>,
    /// Before it is confirmed: how many free slots fit one of its tickets, counted to `open_tickets` at most. Fewer
    /// are too few.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub free_slots: Option<i64>,
    /// When it was uploaded, in UTC.
    #[schema(format = DateTime)]
    pub created_at: String,
}

impl BatchView {
    /// What staff sees.
    pub fn of(batch: &TicketBatch) -> Self {
        BatchView {
            id: batch.id.to_string(),
            state: batch.state,
            rows: batch.rows,
            wanted: batch.wanted,
            issued: batch.issued,
            faults: batch.faults.clone(),
            fault_count: batch.fault_count,
            open_tickets: None,
            free_slots: None,
            created_at: batch.created_at.to_string(),
        }
    }
}

/// Batches, the newest first.
#[derive(Serialize, ToSchema)]
pub struct BatchList {
    /// The unit's latest fifty.
    pub batches: Vec<BatchView>,
}

fn too_large() -> Problem {
    Problem::new(
        StatusCode::PAYLOAD_TOO_LARGE,
        "too-large",
        "The list is too large",
    )
    .detail(format!(
        "A list has at most {MOST_ROWS} rows and {LARGEST_LIST} bytes: divide it."
    ))
}

/// Checks a list, row by row. Nothing is sent: what is wrong comes back, and the others wait for `confirm`.
#[utoipa::path(post, path = "/tickets/v1/batches", request_body = NewBatch,
    responses(
        (status = 201, body = BatchView),
        (status = 413, description = "the list is too large"),
        (status = 422, description = "a value can't be used; `field` says which, `csv` for a file that is no list")))]
pub async fn upload(asked: By<Staff>) -> Result<Response, Problem> {
    let bytes = asked.large_body().ok_or_else(too_large)?;
    let Post { body, identity } = Post::<NewBatch>::read(asked.headers(), asked.path(), bytes)?;
    let wanted = Wanted {
        role: body.role,
        practitioner: body.practitioner,
        minutes: body.minutes,
        first_day: body.first_day,
        last_day: body.last_day,
        valid_days: body.valid_days,
        reason: body.reason,
        instructions: body.instructions,
    };
    let list = (body.csv.as_bytes(), body.sms_consent);
    keep_checked(&asked.who, &asked.ports, wanted, list, &identity).await
}

/// What [`upload`] does, for a program and for a page, with a list's bytes and whether its patients want text
/// messages where it doesn't say.
pub async fn keep_checked(
    staff: &Staff,
    ports: &Ports,
    new: Wanted,
    (file, sms_consent): (&[u8], bool),
    request: &RequestIdentity,
) -> Result<Response, Problem> {
    let caller = Caller::Staff(staff.clone());
    let sealer = Sealer::from_secrets(&*ports.secrets)?;
    let now = ports.clock.now();
    let today = now.date_in_stockholm();
    let minutes = length(new.minutes).map_err(|error| unfit("minutes", error))?;
    let valid_days = new.valid_days.unwrap_or(USUAL_DAYS);
    valid_until(now, valid_days).map_err(|error| unfit("valid_days", error))?;
    check_with_whom(new.role, new.practitioner.as_ref())?;

    let store = ports.store_for(&caller);
    let mut reading = vec![
        request.lookup(&caller),
        CareUnit::find(&staff.care_unit, &staff.care_provider),
    ];
    if let Some(practitioner) = &new.practitioner {
        reading.push(role_at(
            practitioner,
            &staff.care_unit,
            &staff.care_provider,
        ));
    }
    let found = store.batch(reading).await?;
    if let Some(answer) = request.replay(&sealer, &caller, &found[0])? {
        return Ok(answer);
    }
    // Days that have passed since are no fault of a request that was answered before.
    let (from, until) = moments(new.first_day.unwrap_or(today), new.last_day, now)
        .map_err(|error| unfit("last_day", error))?;
    let care_unit = CareUnit::from_row(CareUnit::connected(&found[1])?)?;
    let role = match (&new.practitioner, found.get(2)) {
        (Some(practitioner), Some(found)) => {
            let care_provider = &staff.care_provider;
            named(&sealer, care_provider, practitioner, found, "practitioner")?.0
        }
        _ => new.role.unwrap_or(staff.role),
    };
    let rules = Rules {
        today,
        age_limit: care_unit.age_limit,
        training: Environment::of(&*ports.secrets)? == Environment::Training,
        sms_consent,
    };
    let checked = check(file, &rules).map_err(no_list)?;
    let batch = TicketBatch {
        id: TicketBatchId::new(ports),
        care_provider: staff.care_provider.clone(),
        care_unit: staff.care_unit.clone(),
        state: BatchState::Checked,
        common: Common {
            role,
            practitioner: new.practitioner,
            minutes,
            from,
            until,
            valid_days,
            reason: new.reason,
            instructions: new.instructions,
        },
        rows: checked.rows as i64,
        wanted: checked.listed.len() as i64,
        issued: 0,
        faults: (checked.faults.iter().take(KEPT_FAULTS))
            .map(Fault::to_json)
            .collect(),
        fault_count: checked.faults.len() as i64,
        next_step: 0,
        steps: checked.listed.len().div_ceil(STEP) as i64,
        issued_by: staff.practitioner.clone(),
        created_at: now,
    };
    let (keep, answer) = request.keep(
        ports,
        &sealer,
        &caller,
        &staff.care_provider,
        StatusCode::CREATED,
        &BatchView::of(&batch),
    )?;
    let mut writing = vec![keep];
    writing.extend(store::insert(ports, &sealer, &batch, &checked.listed)?);
    store.batch(writing).await.map_err(|error| {
        if was_repeated(&error) {
            Problem::unavailable("the same list was just sent")
        } else {
            error.into()
        }
    })?;
    Ok(located(answer, format!("/tickets/v1/batches/{}", batch.id)))
}

fn no_list(error: ListError) -> Problem {
    let kind = match error {
        ListError::TooLong => "list-too-long",
        ListError::Empty => "list-empty",
        ListError::NotText => "list-not-text",
        ListError::NoHeader | ListError::RepeatedColumn => "list-without-columns",
        ListError::OpenQuote(_) => "list-open-quote",
    };
    Problem::new(
        StatusCode::UNPROCESSABLE_ENTITY,
        kind,
        "This file can't be read as a list",
    )
    .detail(error.to_string())
    .with("field", "csv")
}

/// The unit's batches, the newest first.
#[utoipa::path(get, path = "/tickets/v1/batches", responses((status = 200, body = BatchList)))]
pub async fn list(asked: By<Staff>) -> Result<Json<BatchList>, Problem> {
    let batches = of_unit(&asked.who, &asked.ports).await?;
    Ok(Json(BatchList { batches }))
}

/// What [`list`] answers, for a program and for a page.
pub async fn of_unit(staff: &Staff, ports: &Ports) -> Result<Vec<BatchView>, Problem> {
    let sealer = Sealer::from_secrets(&*ports.secrets)?;
    let store = ports.store_for(&Caller::Staff(staff.clone()));
    let found = store.query(store::list(staff, LISTED)).await?;
    let batches = found.rows.iter().map(|row| {
        let batch = TicketBatch::from_row(&sealer, row)?;
        Ok(BatchView::of(&batch))
    });
    batches.collect()
}

/// One batch: what is wrong with its rows, and how far it has come.
#[utoipa::path(get, path = "/tickets/v1/batches/{id}", params(("id" = String, Path, description = "the batch")),
    responses((status = 200, body = BatchView), (status = 404, description = "no such batch of your unit")))]
pub async fn read(asked: By<Staff>) -> Result<Json<BatchView>, Problem> {
    Ok(Json(view(&asked.who, &asked.ports, asked.id()).await?))
}

/// What [`read`] answers, for a program and for a page.
pub async fn view(staff: &Staff, ports: &Ports, id: &str) -> Result<BatchView, Problem> {
    let id: TicketBatchId = id.parse().map_err(|_| Problem::not_found())?;
    let sealer = Sealer::from_secrets(&*ports.secrets)?;
    let store = ports.store_for(&Caller::Staff(staff.clone()));
    let found = store.query(store::find(id, staff)).await?;
    let row = found.rows.first().ok_or_else(Problem::not_found)?;
    let batch = TicketBatch::from_row(&sealer, row)?;
    let mut view = BatchView::of(&batch);
    if batch.state == BatchState::Checked {
        let common = batch.common;
        let frame = Frame {
            practitioner: common.practitioner,
            role: common.role,
            minutes: common.minutes,
            from: common.from,
            until: common.until,
        };
        let now = ports.clock.now();
        let balance = balance(&*store, &batch.care_unit, &frame, batch.wanted, now).await?;
        view.open_tickets = Some(balance.tickets);
        view.free_slots = Some(balance.slots);
    }
    Ok(view)
}

/// Sends the tickets, or goes on after a stop: they are worked off from now on.
#[utoipa::path(post, path = "/tickets/v1/batches/{id}/confirm", request_body = Nothing,
    params(("id" = String, Path, description = "the batch")),
    responses((status = 200, body = BatchView), (status = 409, description = "it can't be sent any more, or there is nothing to send")))]
pub async fn confirm(asked: By<Staff>) -> Result<Response, Problem> {
    let post: Post<Nothing> = asked.post()?;
    let (staff, ports) = (&asked.who, &asked.ports);
    change(staff, ports, asked.id(), Wish::Confirm, &post.identity).await
}

/// Sends no more for now. What was sent stands.
#[utoipa::path(post, path = "/tickets/v1/batches/{id}/stop", request_body = Nothing,
    params(("id" = String, Path, description = "the batch")),
    responses((status = 200, body = BatchView), (status = 409, description = "it isn't being worked off")))]
pub async fn stop(asked: By<Staff>) -> Result<Response, Problem> {
    let post: Post<Nothing> = asked.post()?;
    let (staff, ports) = (&asked.who, &asked.ports);
    change(staff, ports, asked.id(), Wish::Stop, &post.identity).await
}

/// Gives up what wasn't sent, and forgets its patients.
#[utoipa::path(post, path = "/tickets/v1/batches/{id}/discard", request_body = Nothing,
    params(("id" = String, Path, description = "the batch")),
    responses((status = 200, body = BatchView), (status = 409, description = "it is being worked off, or has ended")))]
pub async fn discard(asked: By<Staff>) -> Result<Response, Problem> {
    let post: Post<Nothing> = asked.post()?;
    let (staff, ports) = (&asked.who, &asked.ports);
    change(staff, ports, asked.id(), Wish::Discard, &post.identity).await
}

/// Works off some steps now, as the job does every minute. Harmless to repeat.
#[utoipa::path(post, path = "/tickets/v1/batches/{id}/work", request_body = Nothing,
    params(("id" = String, Path, description = "the batch")),
    responses((status = 200, body = BatchView), (status = 404, description = "no such batch of your unit")))]
pub async fn go_on(asked: By<Staff>) -> Result<Json<BatchView>, Problem> {
    asked.post::<Nothing>()?;
    let (staff, ports) = (&asked.who, &asked.ports);
    Ok(Json(worked_view(staff, ports, asked.id()).await?))
}

/// What [`go_on`] does, for a program and for a page.
pub async fn worked_view(staff: &Staff, ports: &Ports, id: &str) -> Result<BatchView, Problem> {
    // The wall first: only the unit's own.
    view(staff, ports, id).await?;
    let batch = id.parse().map_err(|_| Problem::not_found())?;
    work(ports, Worker::Staff(staff), batch, STEPS_AT_ONCE).await?;
    view(staff, ports, id).await
}

/// What staff wishes of a batch, written over the state that was read, or looked at again.
pub async fn change(
    staff: &Staff,
    ports: &Ports,
    id: &str,
    wish: Wish,
    request: &RequestIdentity,
) -> Result<Response, Problem> {
    let caller = Caller::Staff(staff.clone());
    let sealer = Sealer::from_secrets(&*ports.secrets)?;
    let store = ports.store_for(&caller);
    for _ in 0..ATTEMPTS {
        let now = ports.clock.now();
        let mut batch = match look(&caller, staff, ports, id, &sealer, request).await? {
            ControlFlow::Break(answer) => return Ok(answer),
            ControlFlow::Continue(batch) => batch,
        };
        let to = batch.state.after(wish).ok_or_else(|| wrong_state(&batch))?;
        let confirms = wish == Wish::Confirm;
        if confirms && (batch.wanted == 0 || !batch.common.can_be_issued(now)) {
            return Err(nothing_to_send());
        }
        let issued_by = confirms.then_some(&staff.practitioner);
        let changing = store::change(&batch, to, issued_by, now);
        batch.state = to;
        let (keep, answer) = request.keep(
            ports,
            &sealer,
            &caller,
            &staff.care_provider,
            StatusCode::OK,
            &BatchView::of(&batch),
        )?;
        let mut writing = vec![keep];
        writing.extend(changing);
        match store.batch(writing).await {
            Ok(_) => return Ok(answer),
            Err(error) if was_repeated(&error) || error.refused_by("require_changes") => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(Problem::unavailable(
        "others were quicker at every attempt to change a batch",
    ))
}

async fn look(
    caller: &Caller,
    staff: &Staff,
    ports: &Ports,
    id: &str,
    sealer: &Sealer,
    request: &RequestIdentity,
) -> Result<ControlFlow<Response, TicketBatch>, Problem> {
    let id: TicketBatchId = id.parse().map_err(|_| Problem::not_found())?;
    let reading = vec![request.lookup(caller), store::find(id, staff)];
    let found = ports.store_for(caller).batch(reading).await?;
    if let Some(answer) = request.replay(sealer, caller, &found[0])? {
        return Ok(ControlFlow::Break(answer));
    }
    let row = found[1].rows.first().ok_or_else(Problem::not_found)?;
    Ok(ControlFlow::Continue(TicketBatch::from_row(sealer, row)?))
}

fn wrong_state(batch: &TicketBatch) -> Problem {
    Problem::new(
        StatusCode::CONFLICT,
        "batch-state",
        "This can't be done with the batch now",
    )
    .detail(
        "A checked or stopped batch can be confirmed or discarded, one that is worked off stopped.",
    )
    .with("state", batch.state.as_str())
}

fn nothing_to_send() -> Problem {
    Problem::new(
        StatusCode::CONFLICT,
        "batch-nothing-to-send",
        "There is nothing to send",
    )
    .detail("No row is without a fault, or the last day has passed: upload the list anew.")
}
