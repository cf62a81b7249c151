//! JSON handlers for slots: laying out, listing, withdrawing. For staff, at their own unit. Slots hold
//! nothing about patients, so reading them leaves no entry in the access log.

use axum::response::{IntoResponse, Response};
use http::{StatusCode, header};
use serde::{Deserialize, Serialize};
use shared::appointment::Period;
use shared::asked::{By, parsed};
use shared::commission::{nobody_here, role_at};
use shared::hsa_id::HsaId;
use shared::identifiers::{SlotId, SlotTemplateId};
use shared::json::Json;
use shared::paging::{Cursor, page_size, period};
use shared::platform::{Outcome, Ports, Row, Statement, StoreError};
use shared::post::{ATTEMPTS, Nothing, Post, RequestIdentity, was_repeated};
use shared::problem::Problem;
use shared::role::Role;
use shared::sealing::Sealer;
use shared::session::{Caller, Staff};
use shared::slot::{self, Slot, Wanted};
use shared::time::Timestamp;
use utoipa::{IntoParams, ToSchema};

use crate::slot_template::{Recurrence, RecurrenceError, still_open};
use crate::store::{self, NewSlotTemplate};

/// Bookable times to be laid out: a practitioner's own, or of anyone of a role.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewTemplate {
    /// With this practitioner (HSA-id) …
    #[schema(value_type = Option<String>)]
    pub practitioner: Option<HsaId>,
    /// … or with anyone of this role. One of the two.
    pub role: Option<Role>,
    /// When.
    pub recurrence: Recurrence,
}

/// A template that was laid out.
#[derive(Serialize, ToSchema)]
pub struct TemplateView {
    /// Its id.
    pub id: String,
    /// With whom, where one is named.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub practitioner: Option<String>,
    /// With what role.
    pub role: Role,
    /// When.
    pub recurrence: Recurrence,
    /// How many slots it made. Times where the practitioner had a slot already are left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slots: Option<usize>,
    /// How many were left out for that reason.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub left_out: Option<usize>,
    /// In a list: how many of its coming slots are free.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub free: Option<i64>,
    /// In a list: how many of them are booked, or taken by a visit that lies over them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub booked: Option<i64>,
}

/// A template that was ended.
#[derive(Serialize, ToSchema)]
pub struct EndedTemplate {
    /// Its id.
    pub id: String,
    /// How many free slots were withdrawn with it.
    pub withdrawn: i64,
    /// The visits that take its other slots: they stay. The first 500.
    pub booked: Vec<StayingVisit>,
}

/// A visit in a slot of a template that was ended.
#[derive(Serialize, ToSchema)]
pub struct StayingVisit {
    /// The visit's id.
    pub appointment: String,
    /// When its slot begins, in UTC.
    #[schema(value_type = String, format = DateTime)]
    pub starts_at: Timestamp,
}

impl StayingVisit {
    /// From the rows of [`store::booked_of_template`].
    pub fn all(found: &Outcome) -> Result<Vec<Self>, StoreError> {
        let one = |row: Row| {
            Ok(StayingVisit {
                appointment: row.text("occupied_by")?.to_owned(),
                starts_at: Timestamp::from_millis(row.integer("starts_at")?),
            })
        };
        found.rows.iter().map(one).collect()
    }
}

/// The templates of a unit.
#[derive(Serialize, ToSchema)]
pub struct TemplateList {
    /// The newest first, 200 at most.
    pub slot_templates: Vec<TemplateView>,
}

/// Lays out bookable times by a weekly template.
#[utoipa::path(post, path = "/booking/v1/slot-templates", request_body = NewTemplate,
    responses((status = 201, body = TemplateView), (status = 422, description = "a problem document")))]
pub async fn lay_out(asked: By<Staff>) -> Result<Response, Problem> {
    let post: Post<NewTemplate> = asked.post()?;
    lay_out_slots(&asked.who, &asked.ports, &post.body, &post.identity).await
}

/// Lays out bookable times for whoever asked: a program or a page.
pub async fn lay_out_slots(
    staff: &Staff,
    ports: &Ports,
    new: &NewTemplate,
    request: &RequestIdentity,
) -> Result<Response, Problem> {
    let caller = Caller::Staff(staff.clone());
    let sealer = Sealer::from_secrets(&*ports.secrets)?;
    let store = ports.store_for(&caller);
    let now = ports.clock.now();
    // What the clock says of them counts only where the request isn't one that was answered before.
    let periods = new.recurrence.periods(now);
    let span = periods
        .as_ref()
        .ok()
        .and_then(|periods| Some((periods.first()?.starts_at, periods.last()?.ends_at)));
    for _ in 0..ATTEMPTS {
        let mut reading = vec![request.lookup(&caller)];
        if let (Some(practitioner), Some((from, until))) = (&new.practitioner, span) {
            reading.push(role_at(
                practitioner,
                &staff.care_unit,
                &staff.care_provider,
            ));
            reading.push(store::standing_slots(practitioner, from, until));
        }
        let found = store.batch(reading).await?;
        if let Some(answer) = request.replay(&sealer, &caller, &found[0])? {
            return Ok(answer);
        }
        let periods = periods.clone().map_err(unfit)?;
        let role = match (&new.practitioner, new.role) {
            (Some(_), Some(_)) | (None, None) => {
                let detail = "name a practitioner or a role, one of the two";
                return Err(Problem::invalid("role", detail));
            }
            (None, Some(role)) => role,
            (Some(_), None) => match found.get(1).and_then(|found| found.rows.first()) {
                Some(row) => row.parsed("role")?,
                None => return Err(nobody_here("practitioner")),
            },
        };
        let standing = match found.get(2) {
            Some(outcome) => outcome
                .rows
                .iter()
                .map(Period::from_row)
                .collect::<Result<_, _>>()?,
            None => vec![],
        };
        let wanted = periods.len();
        let open = still_open(periods, &standing);

        let template = NewSlotTemplate {
            id: SlotTemplateId::new(ports),
            care_provider: &staff.care_provider,
            care_unit: &staff.care_unit,
            practitioner: new.practitioner.as_ref(),
            role,
            definition: shared::json::text(&new.recurrence)?,
            created_by: &staff.practitioner,
            created_at: now,
        };
        let view = TemplateView {
            id: template.id.to_string(),
            practitioner: new.practitioner.as_ref().map(ToString::to_string),
            role,
            recurrence: new.recurrence.clone(),
            slots: Some(open.len()),
            left_out: Some(wanted - open.len()),
            free: None,
            booked: None,
        };
        let (keep, answer) = request.keep(
            ports,
            &sealer,
            &caller,
            &staff.care_provider,
            StatusCode::CREATED,
            &view,
        )?;
        let slots: Vec<_> = open
            .into_iter()
            .map(|period| (SlotId::new(ports), period))
            .collect();
        let mut writing = vec![keep];
        writing.extend(store::insert_template(&template, &slots));
        match store.batch(writing).await {
            Ok(_) => return Ok(answer),
            // Repeated, or somebody laid out the same practitioner's time meanwhile: look again.
            Err(error) if was_repeated(&error) || error.refused_by("slots_do_not_overlap") => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(Problem::unavailable(
        "others were quicker at every attempt to lay out slots",
    ))
}

/// A template that can't be laid out.
fn unfit(error: RecurrenceError) -> Problem {
    Problem::invalid(&format!("recurrence.{}", error.field()), error.to_string())
}

/// Ends a template: it leaves the list, and its coming free slots are withdrawn. What is booked stays.
#[utoipa::path(post, path = "/booking/v1/slot-templates/{id}/end", request_body = Nothing,
    params(("id" = String, Path, description = "the template")),
    responses((status = 200, body = EndedTemplate), (status = 404, description = "none at your unit, or ended already")))]
pub async fn end(asked: By<Staff>) -> Result<Response, Problem> {
    let post: Post<Nothing> = asked.post()?;
    end_template(&asked.who, &asked.ports, asked.id(), &post.identity).await
}

/// Ends a template for whoever asked: a program or a page.
pub async fn end_template(
    staff: &Staff,
    ports: &Ports,
    id: &str,
    request: &RequestIdentity,
) -> Result<Response, Problem> {
    let id: SlotTemplateId = id.parse().map_err(|_| Problem::not_found())?;
    let caller = Caller::Staff(staff.clone());
    let sealer = Sealer::from_secrets(&*ports.secrets)?;
    let (store, unit) = (ports.store_for(&caller), &staff.care_unit);
    for _ in 0..ATTEMPTS {
        let now = ports.clock.now();
        let reading = vec![
            request.lookup(&caller),
            store::count_free(id, unit, now),
            store::booked_of_template(id, unit, now),
        ];
        let found = store.batch(reading).await?;
        if let Some(answer) = request.replay(&sealer, &caller, &found[0])? {
            return Ok(answer);
        }
        let counted = found[1].rows.first().ok_or_else(Problem::not_found)?;
        let ended = EndedTemplate {
            id: id.to_string(),
            withdrawn: counted.integer("free")?,
            booked: StayingVisit::all(&found[2])?,
        };
        let (by, free) = (&staff.practitioner, ended.withdrawn);
        let (keep, answer) = request.keep(
            ports,
            &sealer,
            &caller,
            &staff.care_provider,
            StatusCode::OK,
            &ended,
        )?;
        let mut writing = vec![keep];
        writing.extend(store::end_template(id, unit, by, free, now));
        match store.batch(writing).await {
            Ok(_) => return Ok(answer),
            // Repeated or ended meanwhile, or one of the slots was booked or given back: look again.
            Err(error) if was_repeated(&error) || error.refused_by("require_changes") => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(Problem::unavailable(
        "slots changed at every attempt to end a template",
    ))
}

/// The unit's templates that stand.
#[utoipa::path(get, path = "/booking/v1/slot-templates", responses((status = 200, body = TemplateList)))]
pub async fn list_templates(asked: By<Staff>) -> Result<Json<TemplateList>, Problem> {
    let slot_templates = templates(&asked.who, &asked.ports).await?;
    Ok(Json(TemplateList { slot_templates }))
}

/// The unit's templates, the newest first.
pub async fn templates(staff: &Staff, ports: &Ports) -> Result<Vec<TemplateView>, Problem> {
    let caller = Caller::Staff(staff.clone());
    let found = ports
        .store_for(&caller)
        .query(store::list_templates(&staff.care_unit, ports.clock.now()))
        .await?;
    let mut slot_templates = Vec::new();
    for row in found.rows.iter() {
        slot_templates.push(TemplateView {
            id: row.text("id")?.to_owned(),
            practitioner: row.optional_text("practitioner_id")?.map(str::to_owned),
            role: row.parsed("role")?,
            recurrence: serde_json::from_str(row.text("definition")?)
                .map_err(|error| Problem::internal(error.to_string()))?,
            slots: None,
            left_out: None,
            free: Some(row.integer("free")?),
            booked: Some(row.integer("booked")?),
        });
    }
    Ok(slot_templates)
}

/// Which slots to list.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub struct SlotQuery {
    /// From this moment or Swedish date; now, if left out.
    pub from: Option<String>,
    /// Until this moment or Swedish date, exclusive; a week after `from`, if left out. 92 days at most.
    pub to: Option<String>,
    /// With this role alone.
    pub role: Option<Role>,
    /// With this practitioner (HSA-id) alone.
    #[param(value_type = Option<String>)]
    pub practitioner: Option<HsaId>,
    /// This unit (HSA-id); your own, if left out.
    #[param(value_type = Option<String>)]
    pub care_unit: Option<HsaId>,
    /// Free ones alone, which is the default, or all that stand.
    pub free: Option<bool>,
    /// 1 to 500; 200, if left out.
    pub limit: Option<u16>,
    /// `next` of the page before.
    pub cursor: Option<String>,
}

impl SlotQuery {
    fn of(asked: &By<Staff>) -> Result<Self, Problem> {
        let [from, to, role, practitioner, care_unit, free, limit, cursor] = asked.query([
            "from",
            "to",
            "role",
            "practitioner",
            "care_unit",
            "free",
            "limit",
            "cursor",
        ])?;
        Ok(SlotQuery {
            from,
            to,
            role: parsed("role", role)?,
            practitioner: parsed("practitioner", practitioner)?,
            care_unit: parsed("care_unit", care_unit)?,
            free: parsed("free", free)?,
            limit: parsed("limit", limit)?,
            cursor,
        })
    }
}

/// A slot.
#[derive(Serialize, ToSchema)]
pub struct SlotView {
    /// Its id.
    pub id: SlotIdText,
    /// With whom; null means anyone of the role.
    #[schema(value_type = Option<String>)]
    pub practitioner: Option<HsaId>,
    /// With what role.
    pub role: Role,
    /// When it begins, in UTC.
    #[schema(value_type = String, format = DateTime)]
    pub starts_at: Timestamp,
    /// When it ends, in UTC.
    #[schema(value_type = String, format = DateTime)]
    pub ends_at: Timestamp,
    /// Whether it can be booked.
    pub free: bool,
    /// Whether it was taken away.
    pub withdrawn: bool,
}

/// A slot's id as text in the document.
#[derive(Serialize, ToSchema)]
#[serde(transparent)]
#[schema(value_type = String)]
pub struct SlotIdText(SlotId);

/// A page of slots. The store writes its JSON ([`slot::page`]); a test holds that against this form.
#[derive(ToSchema)]
pub struct SlotPage {
    /// In the order of their beginning.
    pub slots: Vec<SlotView>,
    /// Give it as `cursor` for the next page; null on the last.
    pub next: Option<String>,
}

/// The unit's slots in a period.
#[utoipa::path(get, path = "/booking/v1/slots", params(SlotQuery),
    responses((status = 200, body = SlotPage)))]
pub async fn list(asked: By<Staff>) -> Result<Response, Problem> {
    let query = SlotQuery::of(&asked)?;
    let (staff, ports) = (asked.who, asked.ports);
    let own = query
        .care_unit
        .as_ref()
        .is_none_or(|unit| *unit == staff.care_unit);
    if !own {
        return Err(Problem::not_found());
    }
    let (from, until) = period(&query.from, &query.to, ports.clock.now(), 7, 92)?;
    let cursor = query.cursor.as_deref().map(Cursor::parse).transpose()?;
    let size = page_size(query.limit)?;
    let caller = Caller::Staff(staff.clone());
    let found = ports
        .store_for(&caller)
        .query(slot::page(&Wanted {
            care_unit: &staff.care_unit,
            until,
            after: cursor
                .as_ref()
                .map_or((from, ""), |cursor| (cursor.moment, &cursor.id)),
            role: query.role,
            practitioner: query.practitioner.as_ref(),
            only_free: query.free.unwrap_or(true),
            limit: size as i64,
        }))
        .await?;
    let page = found
        .rows
        .first()
        .ok_or_else(|| Problem::internal("a page of slots came without a row"))?;
    let next = match page.optional_text("last_id")? {
        Some(id) => Some(
            Cursor {
                moment: page.parsed("last_starts_at")?,
                id: id.to_owned(),
            }
            .to_text(),
        ),
        None => None,
    };
    let answer = format!(
        r#"{{"slots":{},"next":{}}}"#,
        page.text("slots")?,
        shared::json::text(&next)?
    );
    Ok(([(header::CONTENT_TYPE, "application/json")], answer).into_response())
}

/// Takes away a free slot.
#[utoipa::path(post, path = "/booking/v1/slots/{id}/withdraw", request_body = Nothing,
    params(("id" = String, Path, description = "the slot")),
    responses((status = 200, body = SlotView), (status = 409, description = "it is booked, or withdrawn already")))]
pub async fn withdraw(asked: By<Staff>) -> Result<Response, Problem> {
    let post: Post<Nothing> = asked.post()?;
    let id: SlotId = asked.id().parse().map_err(|_| Problem::not_found())?;
    let answer = |slots: &[Slot]| {
        let slot = slots.first().ok_or_else(Problem::not_found)?;
        let view = SlotView {
            id: SlotIdText(slot.id),
            practitioner: slot.practitioner.clone(),
            role: slot.role,
            starts_at: slot.starts_at,
            ends_at: slot.ends_at,
            free: false,
            withdrawn: true,
        };
        serde_json::to_value(view).map_err(|error| Problem::internal(error.to_string()))
    };
    withdraw_slots(&asked.who, &asked.ports, &[id], &post.identity, &answer).await
}

/// What is answered of the slots that were taken away.
type Told<'a> = &'a (dyn Fn(&[Slot]) -> Result<serde_json::Value, Problem> + Sync);

/// Takes away free slots, all of them or none, for whoever asked: a program or a page.
pub async fn withdraw_slots(
    staff: &Staff,
    ports: &Ports,
    ids: &[SlotId],
    request: &RequestIdentity,
    told: Told<'_>,
) -> Result<Response, Problem> {
    let caller = Caller::Staff(staff.clone());
    let sealer = Sealer::from_secrets(&*ports.secrets)?;
    let store = ports.store_for(&caller);
    for _ in 0..ATTEMPTS {
        let mut reading = vec![request.lookup(&caller)];
        reading.extend(ids.iter().map(|id| slot::find(*id, &staff.care_unit)));
        let found = store.batch(reading).await?;
        if let Some(answer) = request.replay(&sealer, &caller, &found[0])? {
            return Ok(answer);
        }
        let mut slots = vec![];
        for outcome in &found[1..] {
            let row = outcome.rows.first().ok_or_else(Problem::not_found)?;
            slots.push(Slot::from_row(row)?);
        }
        if slots.iter().any(|slot| !slot.free) {
            return Err(Problem::new(
                StatusCode::CONFLICT,
                "slot-not-free",
                "This slot can't be withdrawn",
            )
            .detail("It is booked or withdrawn already. Cancel or move the visit first."));
        }
        let (keep, answer) = request.keep(
            ports,
            &sealer,
            &caller,
            &staff.care_provider,
            StatusCode::OK,
            &told(&slots)?,
        )?;
        let mut writing = vec![keep];
        for slot in &slots {
            writing.push(slot::withdraw(slot.id, &staff.care_unit, ports.clock.now()));
            writing.push(Statement::require_changes());
        }
        match store.batch(writing).await {
            Ok(_) => return Ok(answer),
            // Booked, withdrawn or repeated meanwhile: look again.
            Err(error) if was_repeated(&error) || error.refused_by("require_changes") => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(Problem::unavailable(
        "a slot changed at every attempt to withdraw it",
    ))
}
