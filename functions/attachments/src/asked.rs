//! What the routes of attachments take: who asks, and what. One extractor for all of them, read by one function,
//! for each combination of extractors costs a function five kilobytes a route.

use std::pin::Pin;

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, RawPathParams, Request};
use http::header;
use http::request::Parts;
use shared::page::{FormPost, Viewer};
use shared::platform::Ports;
use shared::post::{LARGEST_BODY, Post, too_large};
use shared::problem::Problem;
use shared::session::Caller;
use shared::walls::Guard;

use crate::file;

/// The largest body: a file, and what a form says around it.
const LARGEST_UPLOAD: usize = file::LARGEST + LARGEST_BODY;

/// Who asks, and what.
pub struct By<Who> {
    /// Who.
    pub who: Who,
    /// What the platform gives.
    pub ports: Ports,
    parts: Box<Parts>,
    path: Vec<String>,
    /// Nothing where there is more than the largest upload has: reading stops there.
    body: Option<Bytes>,
}

impl<Who: Guard> Guard for By<Who> {
    const ADMITS: &'static str = Who::ADMITS;
}

impl<S: Send + Sync> FromRequest<S> for By<Caller> {
    type Rejection = Problem;

    fn from_request(
        request: Request,
        _state: &S,
    ) -> impl Future<Output = Result<Self, Problem>> + Send {
        gather(request)
    }
}

/// Boxed, so that no route carries its states.
fn gather(request: Request) -> Pin<Box<dyn Future<Output = Result<By<Caller>, Problem>> + Send>> {
    Box::pin(async move {
        let (mut parts, body) = request.into_parts();
        let who = Caller::from_request_parts(&mut parts, &()).await?;
        let ports = Ports::from_request_parts(&mut parts, &()).await?;
        let path = RawPathParams::from_request_parts(&mut parts, &())
            .await
            .map_err(|_| Problem::not_found())?;
        let path = path.iter().map(|(_, value)| value.to_owned()).collect();
        Ok(By {
            who,
            ports,
            path,
            body: axum::body::to_bytes(body, LARGEST_UPLOAD).await.ok(),
            parts: Box::new(parts),
        })
    })
}

impl<Who> By<Who> {
    /// The `{id}` of the address.
    pub fn id(&self) -> &str {
        self.path.first().map_or("", String::as_str)
    }

    /// The path of the address.
    pub fn path(&self) -> &str {
        self.parts.uri.path()
    }

    /// The headers.
    pub fn headers(&self) -> &http::HeaderMap {
        &self.parts.headers
    }

    /// As what the body is sent.
    pub fn content_type(&self) -> &str {
        let kind = self.parts.headers.get(header::CONTENT_TYPE);
        kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default()
    }

    /// A body as large as an upload has, if it is no larger.
    pub fn upload(&self) -> Option<&Bytes> {
        self.body.as_ref()
    }

    fn body(&self) -> Result<&Bytes, Problem> {
        let usual = self.body.as_ref().filter(|body| body.len() <= LARGEST_BODY);
        usual.ok_or_else(too_large)
    }

    /// What is posted by a program.
    pub fn post<T: serde::de::DeserializeOwned>(&self) -> Result<Post<T>, Problem> {
        Post::read(self.headers(), self.path(), self.body()?)
    }

    /// What is posted by a page.
    pub fn form(&self) -> Result<FormPost, Problem> {
        FormPost::read(self.path(), self.body()?)
    }

    /// Who looks at a page.
    pub fn viewer(&self) -> Result<Viewer, Problem> {
        let path = self.parts.uri.path_and_query();
        let path = path.map_or("/", |path| path.as_str());
        Viewer::of(&self.ports, &self.parts.method, path, &self.parts.headers)
    }
}
