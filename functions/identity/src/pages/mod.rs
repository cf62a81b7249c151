//! The pages of identity: HTML handlers. Each shows a page of the common layout, or goes on to another.

pub mod guest;
pub mod kept_form;
pub mod sign_in;
pub mod sign_out;

use axum::extract::{FromRequest, FromRequestParts, Request};
use http::HeaderMap;
use shared::page::{LocalPath, Viewer, form_pairs, written_fields};
use shared::platform::{ClientAddress, Ports};
use shared::problem::Problem;
use shared::walls::Guard;

/// Whoever comes, and all that a page here may need of the request, in one extractor: each one more would
/// cost every handler its bytes.
pub struct AnyVisitor {
    /// How pages are shown to them.
    pub viewer: Viewer,
    /// What the function reaches.
    pub ports: Ports,
    /// The request's headers.
    pub headers: HeaderMap,
    /// Where it came from.
    pub address: ClientAddress,
    path: String,
    parameters: Vec<(String, String)>,
    fields: Vec<(String, String)>,
}

impl Guard for AnyVisitor {
    const ADMITS: &'static str = "anyone";
}

impl<S: Send + Sync> FromRequest<S> for AnyVisitor {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let (mut parts, body) = request.into_parts();
        Ok(AnyVisitor {
            viewer: Viewer::from_request_parts(&mut parts, state).await?,
            ports: Ports::from_request_parts(&mut parts, state).await?,
            address: ClientAddress::of(&parts),
            path: parts.uri.path().to_owned(),
            parameters: form_pairs(parts.uri.query().unwrap_or_default().as_bytes()),
            fields: written_fields(&parts.headers, body).await?,
            headers: parts.headers,
        })
    }
}

impl AnyVisitor {
    /// The last part of the path.
    pub fn last_segment(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or_default()
    }

    /// A parameter of the query; none where it comes twice, for then it can't be read as either.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        only(&self.parameters, name)
    }

    /// Whether a parameter comes more than once.
    pub fn repeats(&self, name: &str) -> bool {
        self.parameters
            .iter()
            .filter(|(key, _)| key == name)
            .count()
            > 1
    }

    /// A field of the form; none where it comes twice.
    pub fn field(&self, name: &str) -> Option<&str> {
        only(&self.fields, name)
    }

    /// Where to go on afterwards: the parameter `return_to`, within this site.
    pub fn return_to(&self) -> LocalPath {
        LocalPath::from_outside(self.parameter("return_to").unwrap_or("/"))
    }
}

fn only<'a>(pairs: &'a [(String, String)], name: &str) -> Option<&'a str> {
    let mut found = pairs.iter().filter(|(key, _)| key == name);
    match (found.next(), found.next()) {
        (Some((_, value)), None) => Some(value),
        _ => None,
    }
}
