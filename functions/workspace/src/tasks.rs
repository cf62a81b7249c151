//! Tasks: what a person at the unit must look at. Listed and ticked off, by program and by form.

use axum::extract::Path;
use axum::response::Response;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use shared::hsa_id::HsaId;
use shared::identifiers::TaskId;
use shared::json::Json;
use shared::notification::page_of;
use shared::page::{FormPost, LocalPath, go_to};
use shared::paging::Cursor;
use shared::platform::{Ports, Row, Rows, Statement};
use shared::post::{ATTEMPTS, Nothing, Post, RequestIdentity, was_repeated};
use shared::problem::Problem;
use shared::query::Query;
use shared::sealing::{Place, Sealer};
use shared::session::{Caller, Staff};
use shared::time::Timestamp;
use utoipa::{IntoParams, ToSchema};

use crate::store;

/// A task.
#[derive(Serialize, ToSchema)]
pub struct TaskView {
    /// Its id.
    pub id: String,
    /// `no-time-fits`, `message-failed` or `unanswered-at-close`.
    pub kind: String,
    /// Since when it stands, in UTC.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// What it is about, as `ticket`.
    pub resource_type: String,
    /// Which.
    pub resource_id: String,
    /// Whom it is about.
    pub patient: String,
    /// Their name; left out where the identity is protected.
    pub patient_name: Option<String>,
    /// What was written or went wrong.
    pub note: Option<String>,
}

/// The unit's tasks.
#[derive(Serialize, ToSchema)]
pub struct TaskList {
    /// Those that aren't done, 50 at most: `unanswered-at-close` first, for their grace runs out; then the oldest.
    pub tasks: Vec<TaskView>,
    /// Give it as `cursor` for the next page; null on the last.
    pub next: Option<String>,
}

/// Which page of the tasks.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct TaskQuery {
    /// `next` of the page before.
    pub cursor: Option<String>,
}

/// A patient's name out of a list's row, unless the identity is protected.
pub fn patient_name(sealer: &Sealer, row: Row) -> Result<Option<String>, Problem> {
    if row.integer("protected_identity")? != 0 {
        return Ok(None);
    }
    let care_provider: HsaId = row.parsed("care_provider_id")?;
    let place = Place {
        care_provider: &care_provider,
        column: "patients.name",
        row: row.text("patient_id")?,
    };
    Ok(Some(sealer.open(place, row.text("patient_name")?)?))
}

impl TaskView {
    /// From a row of [`store::tasks`].
    pub fn from_row(sealer: &Sealer, row: Row) -> Result<Self, Problem> {
        let care_provider: HsaId = row.parsed("care_provider_id")?;
        let id = row.text("id")?;
        let place = Place {
            care_provider: &care_provider,
            column: "tasks.note",
            row: id,
        };
        Ok(TaskView {
            id: id.to_owned(),
            kind: row.text("kind")?.to_owned(),
            created_at: Timestamp::from_millis(row.integer("created_at")?),
            resource_type: row.text("resource_type")?.to_owned(),
            resource_id: row.text("resource_id")?.to_owned(),
            patient: row.text("patient_id")?.to_owned(),
            patient_name: patient_name(sealer, row)?,
            note: row
                .optional_text("note")?
                .map(|note| sealer.open(place, note))
                .transpose()?,
        })
    }

    /// The page of what it is about.
    pub fn path(&self) -> String {
        page_of(&self.resource_type, &self.resource_id, 1)
    }
}

impl TaskList {
    /// From the rows of [`store::tasks`].
    pub fn from_rows(sealer: &Sealer, rows: &Rows) -> Result<Self, Problem> {
        let shown = rows.iter().take(store::LONGEST);
        let read = |row| TaskView::from_row(sealer, row);
        Ok(TaskList {
            tasks: shown.map(read).collect::<Result<_, _>>()?,
            next: store::next(rows, "turn")?,
        })
    }
}

/// The unit's tasks that aren't done.
#[utoipa::path(get, path = "/workspace/v1/tasks", params(TaskQuery), responses((status = 200, body = TaskList)))]
pub async fn list(
    staff: Staff,
    ports: Ports,
    Query(query): Query<TaskQuery>,
) -> Result<Json<TaskList>, Problem> {
    let cursor = query.cursor.as_deref().map(Cursor::parse).transpose()?;
    let sealer = Sealer::from_secrets(&*ports.secrets)?;
    let found = ports
        .store_for(&Caller::Staff(staff.clone()))
        .batch(vec![
            store::tasks(&staff, cursor.as_ref()),
            store::log_tasks(&ports, &staff, cursor.as_ref())?,
        ])
        .await?;
    Ok(Json(TaskList::from_rows(&sealer, &found[0].rows)?))
}

/// A task that was ticked off.
#[derive(Serialize, Deserialize, ToSchema)]
pub struct TickedOff {
    /// Its id.
    pub id: String,
    /// Always true.
    pub done: bool,
}

/// Ticks a task off. Whoever was first stays as the one who did it.
#[utoipa::path(post, path = "/workspace/v1/tasks/{id}/done", request_body = Nothing,
    params(("id" = String, Path, description = "the task")),
    responses((status = 200, body = TickedOff), (status = 404, description = "none, or none for you")))]
pub async fn done(
    staff: Staff,
    ports: Ports,
    Path(id): Path<String>,
    post: Post<Nothing>,
) -> Result<Response, Problem> {
    tick_off(&staff, &ports, &id, &post.identity).await
}

/// Ticks a task off by the start page's form, and goes back there, to the same page of the list.
pub async fn tick(
    staff: Staff,
    ports: Ports,
    Path(id): Path<String>,
    form: FormPost,
) -> Result<Response, Problem> {
    tick_off(&staff, &ports, &id, &form.identity).await?;
    let path = match form.text("tasks") {
        first if first.is_empty() => "/workspace/start#tasks".to_owned(),
        after => format!("/workspace/start?tasks={after}#tasks"),
    };
    Ok(go_to(&LocalPath::from_outside(&path)))
}

async fn tick_off(
    staff: &Staff,
    ports: &Ports,
    id: &str,
    request: &RequestIdentity,
) -> Result<Response, Problem> {
    let task: TaskId = id.parse().map_err(|_| Problem::not_found())?;
    let id = task.to_string();
    let caller = Caller::Staff(staff.clone());
    let sealer = Sealer::from_secrets(&*ports.secrets)?;
    let tasks = ports.store_for(&caller);
    for _ in 0..ATTEMPTS {
        let found = tasks
            .batch(vec![request.lookup(&caller), store::task(staff, &id)])
            .await?;
        if let Some(answer) = request.replay(&sealer, &caller, &found[0])? {
            return Ok(answer);
        }
        found[1].rows.first().ok_or_else(Problem::not_found)?;
        let view = TickedOff {
            id: id.clone(),
            done: true,
        };
        let (keep, answer) = request.keep(
            ports,
            &sealer,
            &caller,
            &staff.care_provider,
            StatusCode::OK,
            &view,
        )?;
        let writing: Vec<Statement> = vec![
            keep,
            store::tick_off(staff, &id, ports.clock.now()),
            store::log_ticked_off(ports, staff, &id)?,
        ];
        match tasks.batch(writing).await {
            Ok(_) => return Ok(answer),
            Err(error) if was_repeated(&error) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(Problem::unavailable(
        "a task was ticked off at every attempt",
    ))
}
