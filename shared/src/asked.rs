//! What a route takes: who asks, and what. One extractor for all routes of a function, for every combination of
//! axum's own costs five kilobytes a route. Handlers become function pointers by [`by_staff!`](crate::by_staff)
//! and [`by_caller!`](crate::by_caller), for the same reason.

use std::pin::Pin;

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, RawPathParams, Request};
use axum::response::{IntoResponse, Response};
use http::HeaderMap;
use http::request::Parts;
use serde::de::DeserializeOwned;

use crate::page::{FormPost, Viewer, form_pairs};
use crate::platform::Ports;
use crate::post::{LARGEST_BODY, Post, too_large};
use crate::problem::Problem;
use crate::session::{Caller, Staff};
use crate::walls::Guard;

/// Who asks (staff, or staff or a patient), and what.
pub struct By<Who> {
    /// Who.
    pub who: Who,
    /// What the platform gives.
    pub ports: Ports,
    parts: Box<Parts>,
    path: Vec<String>,
    /// Nothing where it is larger than any that is taken.
    body: Option<Bytes>,
}

impl<Who: Guard> Guard for By<Who> {
    const ADMITS: &'static str = Who::ADMITS;
}

/// What a handler comes to, whatever it is made of: one type, so that what axum makes of a handler's type is made
/// twice and not twenty times.
pub type Answering = Pin<Box<dyn Future<Output = Result<Response, Problem>> + Send>>;

/// A handler's answer, boxed.
pub fn answering<A: IntoResponse>(
    answer: impl Future<Output = Result<A, Problem>> + Send + 'static,
) -> Answering {
    Box::pin(async move { answer.await.map(IntoResponse::into_response) })
}

/// A handler for staff, as a function pointer.
#[macro_export]
macro_rules! by_staff {
    ($handler:path) => {
        (|asked| $crate::asked::answering($handler(asked)))
            as fn($crate::asked::By<$crate::session::Staff>) -> $crate::asked::Answering
    };
}

/// A handler for staff and patients, as a function pointer.
#[macro_export]
macro_rules! by_caller {
    ($handler:path) => {
        (|asked| $crate::asked::answering($handler(asked)))
            as fn($crate::asked::By<$crate::session::Caller>) -> $crate::asked::Answering
    };
}

type Gathering<Who> = Pin<Box<dyn Future<Output = Result<By<Who>, Problem>> + Send>>;

/// Boxed, so that no route carries its states.
fn gather(request: Request) -> Gathering<Caller> {
    Box::pin(async move {
        let (mut parts, body) = request.into_parts();
        let who = Caller::from_request_parts(&mut parts, &()).await?;
        let ports = Ports::from_request_parts(&mut parts, &()).await?;
        let path = RawPathParams::from_request_parts(&mut parts, &())
            .await
            .map_err(|_| Problem::not_found())?;
        Ok(By {
            who,
            ports,
            path: path.iter().map(|(_, value)| value.to_owned()).collect(),
            body: axum::body::to_bytes(body, LARGEST_BODY).await.ok(),
            parts: Box::new(parts),
        })
    })
}

fn gather_of_staff(request: Request) -> Gathering<Staff> {
    Box::pin(async move {
        let asked = gather(request).await?;
        match asked.who {
            Caller::Staff(who) => Ok(By {
                who,
                ports: asked.ports,
                parts: asked.parts,
                path: asked.path,
                body: asked.body,
            }),
            Caller::Patient(_) => Err(Problem::not_allowed("Only care staff can do this.")),
        }
    })
}

macro_rules! gathered {
    ($($who:ty: $gather:ident;)+) => {
        $(impl<S: Send + Sync> FromRequest<S> for By<$who> {
            type Rejection = Problem;

            fn from_request(
                request: Request,
                _state: &S,
            ) -> impl Future<Output = Result<Self, Problem>> + Send {
                $gather(request)
            }
        })+
    };
}

gathered! {
    Caller: gather;
    Staff: gather_of_staff;
}

impl<Who> By<Who> {
    /// The `{id}` of the address; empty where it has none.
    pub fn id(&self) -> &str {
        self.path.first().map_or("", String::as_str)
    }

    /// The path of the address.
    pub fn path(&self) -> &str {
        self.parts.uri.path()
    }

    /// The headers.
    pub fn headers(&self) -> &HeaderMap {
        &self.parts.headers
    }

    /// What the query says under each of these names, as [`asked_for`] reads it.
    pub fn query<const N: usize>(
        &self,
        names: [&'static str; N],
    ) -> Result<[Option<String>; N], Problem> {
        let mut asked = [const { None }; N];
        asked_for(self.parts.uri.query(), &names, &mut asked)?;
        Ok(asked)
    }

    fn body(&self) -> Result<&Bytes, Problem> {
        self.body.as_ref().ok_or_else(too_large)
    }

    /// What is posted by a program.
    pub fn post<T: DeserializeOwned>(&self) -> Result<Post<T>, Problem> {
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

/// What a query says under each of these names: by hand, for a type of its own costs a route four kilobytes.
/// A name that isn't one of them, or is there twice, is an error.
fn asked_for(
    query: Option<&str>,
    names: &[&'static str],
    asked: &mut [Option<String>],
) -> Result<(), Problem> {
    for (name, value) in form_pairs(query.unwrap_or_default().as_bytes()) {
        let place = names.iter().position(|known| *known == name);
        match place.and_then(|place| asked.get_mut(place)) {
            Some(slot) if slot.is_none() => *slot = Some(value),
            _ => {
                let detail = format!("ask for {}, once each", names.join(", "));
                return Err(Problem::invalid("query", detail));
            }
        }
    }
    Ok(())
}

/// A value of a query as one of our types.
pub fn parsed<T: std::str::FromStr>(
    name: &'static str,
    value: Option<String>,
) -> Result<Option<T>, Problem> {
    let unfit = |_| Problem::invalid(name, "this value can't be used");
    value.map(|value| value.parse().map_err(unfit)).transpose()
}
