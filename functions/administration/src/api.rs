//! The JSON face of administration, and the keeping of settings that its page shares.

use http::StatusCode;
use serde::{Deserialize, Serialize};
use shared::care_unit::CareUnit;
use shared::json::Json;
use shared::platform::Ports;
use shared::post::StrictBody;
use shared::problem::Problem;
use shared::query::Query;
use shared::service::Document;
use shared::session::{Administrator, Caller, Staff};
use shared::walls::Anyone;
use utoipa::{OpenApi, ToSchema};

use crate::operations::{self, Operations};
use crate::period;
use crate::settings::UnitSettings;
use crate::statistics::{self, Statistics};
use crate::store;

/// The document, made from the code by `make openapi`; a test holds it against the code.
const OPENAPI: Document = shared::document!("../openapi.json");

/// Answers with the OpenAPI 3.1 document. Needs no session.
pub async fn openapi(_: Anyone) -> Document {
    OPENAPI
}

/// What `make openapi` writes out.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Vårdflöde administration",
        description = "A unit's settings and how its service is, for its administrator, and its numbers, for its staff. Every call carries a session (Bearer). Errors are RFC 9457 problem documents with a stable type, urn:vardflode:problem:<kind>."
    ),
    paths(read_settings, write_settings, read_statistics, read_operations)
)]
pub struct Api;

/// A unit's settings, as they stand at a version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct VersionedSettings {
    /// Rises by one with every change. What is written names the version it was made from.
    pub version: i64,
    /// What they are.
    pub settings: UnitSettings,
}

/// The settings of the administrator's unit.
#[utoipa::path(get, path = "/administration/v1/settings",
    responses((status = 200, body = VersionedSettings)))]
pub async fn read_settings(
    Administrator(staff): Administrator,
    ports: Ports,
) -> Result<Json<VersionedSettings>, Problem> {
    find(&staff, &ports).await.map(Json)
}

/// Changes the settings, whole. `version` is the one that was read; where another administrator has changed
/// them since, nothing is written.
#[utoipa::path(put, path = "/administration/v1/settings", request_body = VersionedSettings,
    responses(
        (status = 200, body = VersionedSettings, description = "as they are now, at their new version"),
        (status = 409, description = "`settings-changed`: somebody else was first; `current` is what stands now"),
        (status = 422, description = "`field` says what can't be used")))]
pub async fn write_settings(
    Administrator(staff): Administrator,
    ports: Ports,
    StrictBody(wanted): StrictBody<VersionedSettings>,
) -> Result<Json<VersionedSettings>, Problem> {
    if let Some(fault) = wanted.settings.faults().first() {
        let field = format!("settings.{}", fault.field());
        return Err(Problem::invalid(&field, fault.to_string()));
    }
    match keep(&staff, &ports, wanted).await? {
        Kept::Written(now) => Ok(Json(now)),
        Kept::Overtaken(current) => Err(Problem::new(
            StatusCode::CONFLICT,
            "settings-changed",
            "The settings were changed meanwhile",
        )
        .detail("Look at `current`, and send your change with its version.")
        .with("current", serde_json::to_value(current).unwrap_or_default())),
    }
}

/// Of which weeks.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WeeksQuery {
    weeks: Option<u64>,
}

impl WeeksQuery {
    /// How many, if so many can be counted.
    pub fn weeks(&self) -> Result<u64, Problem> {
        let weeks = self.weeks.unwrap_or(period::USUAL);
        if (1..=period::CHOICES[2]).contains(&weeks) {
            Ok(weeks)
        } else {
            Err(Problem::invalid("weeks", "this is a number from 1 to 26"))
        }
    }
}

/// The numbers of one's unit over the last weeks.
#[utoipa::path(get, path = "/administration/v1/statistics",
    params(("weeks" = Option<u64>, Query, description = "how many weeks, 1 to 26, of which the last is the present one; 13, if left out")),
    responses((status = 200, body = Statistics), (status = 422, description = "too many weeks, or none")))]
pub async fn read_statistics(
    staff: Staff,
    ports: Ports,
    Query(query): Query<WeeksQuery>,
) -> Result<Json<Statistics>, Problem> {
    statistics::count(&staff, &ports, query.weeks()?)
        .await
        .map(Json)
}

/// How the service is, as far as an administrator can do something about it.
#[utoipa::path(get, path = "/administration/v1/operations",
    responses((status = 200, body = Operations)))]
pub async fn read_operations(
    Administrator(staff): Administrator,
    ports: Ports,
) -> Result<Json<Operations>, Problem> {
    operations::look(&staff, &ports).await.map(Json)
}

/// The settings of staff's unit.
pub async fn find(staff: &Staff, ports: &Ports) -> Result<VersionedSettings, Problem> {
    let found = ports
        .store_for(&Caller::Staff(staff.clone()))
        .query(store::settings(staff))
        .await?;
    let (version, settings) = store::settings_from_row(CareUnit::connected(&found)?)?;
    Ok(VersionedSettings { version, settings })
}

/// What came of keeping settings.
pub enum Kept {
    /// They stand, at a new version.
    Written(VersionedSettings),
    /// Somebody else changed them since the version they were made from: what stands now.
    Overtaken(VersionedSettings),
}

/// Keeps settings without faults over the version that they name.
pub async fn keep(
    staff: &Staff,
    ports: &Ports,
    wanted: VersionedSettings,
) -> Result<Kept, Problem> {
    let writing = store::change_settings(
        staff,
        wanted.version,
        &wanted.settings,
        &shared::json::text(&wanted.settings.opening_hours)?,
        &shared::json::text(&wanted.settings)?,
        ports.clock.now(),
    );
    let unit = ports.store_for(&Caller::Staff(staff.clone()));
    match unit.batch(writing).await {
        Ok(_) => Ok(Kept::Written(VersionedSettings {
            version: wanted.version + 1,
            settings: wanted.settings,
        })),
        Err(error) if error.refused_by("require_changes") => {
            find(staff, ports).await.map(Kept::Overtaken)
        }
        Err(error) => Err(error.into()),
    }
}
