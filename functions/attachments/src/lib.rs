//! Attachments: pictures and documents that go with a chat's messages. `/attachments/v1/…` is JSON and the files
//! themselves, other paths are pages. What a file is and what is left of it is in `file`, how it is kept in
//! `keeping` and `chunks`, the SQL in `store`, the virus scanner in `scanner`, what the schedule does in `job`.

pub mod api;
pub mod asked;
pub mod chunks;
pub mod file;
pub mod job;
pub mod keeping;
pub mod pages;
pub mod problems;
pub mod scanner;
pub mod store;

use std::pin::Pin;

use asked::By;
use axum::Router;
use axum::response::{IntoResponse, Response};
use shared::problem::Problem;
use shared::session::Caller;
use shared::walls::Routes;

shared::serve!(router, jobs: ["/attachments/v1/jobs/tidy"]);

/// The whole function, as both platforms serve it.
pub fn router() -> Router {
    shared::service::service("attachments", routes())
}

type Answering = Pin<Box<dyn Future<Output = Result<Response, Problem>> + Send>>;

fn answering<A: IntoResponse>(
    answer: impl Future<Output = Result<A, Problem>> + Send + 'static,
) -> Answering {
    Box::pin(async move { answer.await.map(IntoResponse::into_response) })
}

/// A handler as a function pointer: all of them are one type, so that what axum makes of it is made once.
macro_rules! by_caller {
    ($handler:path) => {
        (|asked| answering($handler(asked))) as fn(By<Caller>) -> Answering
    };
}

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
