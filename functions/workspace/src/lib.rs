//! The staff workspace: the start page with what waits, the schedule, tasks, finding and opening patients, the record
//! panel beside a chat, and what is open as tabs. `/workspace/v1/…` is JSON; other paths are pages. The SQL is in `store`,
//! `record_store` and `tabs_store`.

pub mod api;
pub mod colleagues;
pub mod find;
pub mod notifications;
pub mod patients;
pub mod record;
pub mod record_store;
pub mod schedule;
pub mod signed_notes;
pub mod start;
pub mod store;
pub mod tabs;
pub mod tabs_store;
pub mod tasks;
pub mod waiting;

use axum::Router;
use shared::walls::Routes;

shared::serve!(router);

/// The whole function, as both platforms serve it.
pub fn router() -> Router {
    shared::service::service("workspace", routes())
}

/// Every route of the function.
pub fn routes() -> Routes {
    Routes::new()
        .get("/workspace/start", start::page)
        .get("/workspace/find-patient", find::page)
        .post("/workspace/find-patient", find::find)
        .post("/workspace/tasks/{id}", tasks::tick)
        .get("/workspace/colleagues", colleagues::page)
        .get("/workspace/notifications", notifications::page)
        .get("/workspace/emergencies", patients::emergencies_page)
        .get("/workspace/schedule", schedule::page)
        .get("/workspace/open", tabs::page)
        .post("/workspace/open", tabs::act)
        .get("/workspace/records/{id}", record::page)
        .post("/workspace/records/{id}", record::act)
        .get(
            "/workspace/records/{id}/addendum/{note}",
            record::addendum_page,
        )
        .get("/workspace/v1/chats/{id}/record", record::read)
        .post("/workspace/v1/chats/{id}/record", record::write)
        .post("/workspace/v1/chats/{id}/record/notes", record::write_note)
        .post(
            "/workspace/v1/chats/{id}/record/notes/{note}/sign",
            record::sign,
        )
        .get("/workspace/v1/openapi.json", api::openapi)
        .get("/workspace/v1/waiting", waiting::counts)
        .get("/workspace/v1/tasks", tasks::list)
        .post("/workspace/v1/tasks/{id}/done", tasks::done)
        .post("/workspace/v1/patients/open", patients::open)
        .get("/workspace/v1/emergency-accesses", patients::emergencies)
}
