//! Attachments: pictures and documents that go with a chat's messages. `/attachments/v1/…` is JSON and the files
//! themselves, other paths are pages. What a file is and what is left of it is in `file`, how it is kept in
//! `keeping` and `chunks`, the SQL in `store`, the virus scanner in `scanner`, what the schedule does in `job`.

pub mod api;
pub mod chunks;
pub mod file;
pub mod job;
pub mod keeping;
pub mod pages;
pub mod problems;
pub mod scanner;
pub mod store;

use axum::Router;
use shared::by_caller;
use shared::post::LARGEST_BODY;
use shared::walls::Routes;

shared::serve!(router, jobs: ["/attachments/v1/jobs/tidy"]);

/// The whole function, as both platforms serve it.
pub fn router() -> Router {
    shared::service::service("attachments", routes())
}

/// The largest body: a file, and what a form says around it.
const LARGEST_UPLOAD: usize = file::LARGEST + LARGEST_BODY;

/// What a route takes, with a body as large as an upload.
pub type By<Who> = shared::asked::By<Who, LARGEST_UPLOAD>;

/// Every route of the function.
pub fn routes() -> Routes {
    Routes::new()
        .get("/attachments/chats/{id}", by_caller!(pages::show))
        .post("/attachments/chats/{id}", by_caller!(pages::act))
        .get("/attachments/files/{id}", by_caller!(api::read))
        .get("/attachments/v1/openapi.json", api::openapi)
        .post(
            "/attachments/v1/chats/{id}/attachments",
            by_caller!(api::upload),
        )
        .get("/attachments/v1/{id}", by_caller!(api::read))
        .post("/attachments/v1/{id}/remove", by_caller!(api::remove))
        .post("/attachments/v1/jobs/tidy", job::tidy)
}
