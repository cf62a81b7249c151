//! What a route takes: who asks, and what. One extractor for all routes of a function, for every combination of
//! axum's own costs five kilobytes a route. Handlers become function pointers by [`by_staff!`](crate::by_staff)
//! and its like, for the same reason.

use std::pin::Pin;

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, RawPathParams, Request};
use axum::response::{IntoResponse, Response};
use http::request::Parts;
use http::{HeaderMap, Method};
use serde::de::DeserializeOwned;

use crate::page::{FormPost, Viewer, content_type, form_pairs, text_begun};
use crate::platform::{ClientAddress, Ports};
use crate::post::{LARGEST_BODY, Post, StrictBody, as_far_as, too_large, whole};
use crate::problem::Problem;
use crate::session::{Caller, SignedInPatient, Staff};
use crate::walls::{Anyone, Guard};

/// Who asks (staff, a patient, either, or anyone), and what. `LARGEST` is how many bytes of a body are read: more
/// than [`LARGEST_BODY`] where some of a function's routes take files.
pub struct By<Who, const LARGEST: usize = LARGEST_BODY> {
    /// Who.
    pub who: Who,
    /// What the platform gives.
    pub ports: Ports,
    parts: Box<Parts>,
    path: Vec<String>,
    /// Where there is more than a file may have, only how it begins: the route says so in its own words.
    body: Result<Bytes, Bytes>,
}

impl<Who: Guard, const LARGEST: usize> Guard for By<Who, LARGEST> {
    const ADMITS: &'static str = Who::ADMITS;
}

/// What a handler comes to, whatever it is made of: one type, so that what axum makes of a handler's type is made
/// a few times and not forty.
pub type Answering = Pin<Box<dyn Future<Output = Result<Response, Problem>> + Send>>;

/// A handler's answer, boxed.
pub fn answering<A: IntoResponse>(
    answer: impl Future<Output = Result<A, Problem>> + Send + 'static,
) -> Answering {
    Box::pin(async move { answer.await.map(IntoResponse::into_response) })
}

/// A handler for some, as a function pointer.
#[doc(hidden)]
#[macro_export]
macro_rules! by {
    ($who:ty, $handler:path) => {
        (|asked| $crate::asked::answering($handler(asked)))
            as fn($crate::asked::By<$who, _>) -> $crate::asked::Answering
    };
}

/// A handler for staff, as a function pointer.
#[macro_export]
macro_rules! by_staff {
    ($handler:path) => {
        $crate::by!($crate::session::Staff, $handler)
    };
}

/// A handler for patients, as a function pointer.
#[macro_export]
macro_rules! by_patient {
    ($handler:path) => {
        $crate::by!($crate::session::SignedInPatient, $handler)
    };
}

/// A handler for staff and patients, as a function pointer.
#[macro_export]
macro_rules! by_caller {
    ($handler:path) => {
        $crate::by!($crate::session::Caller, $handler)
    };
}

/// A handler for everybody, as a function pointer.
#[macro_export]
macro_rules! by_anyone {
    ($handler:path) => {
        $crate::by!($crate::walls::Anyone, $handler)
    };
}

type Gathering<Who, const LARGEST: usize> =
    Pin<Box<dyn Future<Output = Result<By<Who, LARGEST>, Problem>> + Send>>;

async fn gather_parts<const LARGEST: usize>(
    request: Request,
) -> Result<By<Anyone, LARGEST>, Problem> {
    let (mut parts, body) = request.into_parts();
    let ports = Ports::from_request_parts(&mut parts, &()).await?;
    let path = RawPathParams::from_request_parts(&mut parts, &())
        .await
        .map_err(|_| Problem::not_found())?;
    let path = path.iter().map(|(_, value)| value.to_owned()).collect();
    // Boxed, so that a function without files carries nothing of their way.
    let reading: Reading = match LARGEST {
        LARGEST_BODY => Box::pin(async { whole(body).await.map_err(|_| Bytes::new()) }),
        _ => Box::pin(as_far_as(LARGEST, body)),
    };
    let body = reading.await;
    if body.is_err() && LARGEST == LARGEST_BODY {
        return Err(too_large());
    }
    Ok(By {
        who: Anyone,
        ports,
        path,
        body,
        parts: Box::new(parts),
    })
}

type Reading = Pin<Box<dyn Future<Output = Result<Bytes, Bytes>> + Send>>;

// Boxed, so that no route carries their states.

fn gather_of_anyone<const LARGEST: usize>(request: Request) -> Gathering<Anyone, LARGEST> {
    Box::pin(gather_parts(request))
}

fn gather<const LARGEST: usize>(request: Request) -> Gathering<Caller, LARGEST> {
    Box::pin(async move {
        let (mut parts, body) = request.into_parts();
        let who = Caller::from_request_parts(&mut parts, &()).await?;
        let asked = gather_parts(Request::from_parts(parts, body)).await?;
        Ok(asked.with(who))
    })
}

fn gather_of_staff<const LARGEST: usize>(request: Request) -> Gathering<Staff, LARGEST> {
    Box::pin(async move {
        let asked = gather(request).await?;
        match asked.who.clone() {
            Caller::Staff(who) => Ok(asked.with(who)),
            Caller::Patient(_) => Err(Problem::not_allowed("Only care staff can do this.")),
        }
    })
}

fn gather_of_patient<const LARGEST: usize>(
    request: Request,
) -> Gathering<SignedInPatient, LARGEST> {
    Box::pin(async move {
        let asked = gather(request).await?;
        let who = patient_of(asked.who.clone())?;
        Ok(asked.with(who))
    })
}

fn patient_of(caller: Caller) -> Result<SignedInPatient, Problem> {
    match caller {
        Caller::Patient(patient) => Ok(patient),
        Caller::Staff(_) => Err(Problem::not_allowed("Only the patient can do this.")),
    }
}

macro_rules! gathered {
    ($($who:ty: $gather:ident;)+) => {
        $(impl<S: Send + Sync, const LARGEST: usize> FromRequest<S> for By<$who, LARGEST> {
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
    Anyone: gather_of_anyone;
    Caller: gather;
    Staff: gather_of_staff;
    SignedInPatient: gather_of_patient;
}

impl<const LARGEST: usize> By<Anyone, LARGEST> {
    /// The patient who is signed in, if one is.
    pub async fn patient(&mut self) -> Result<SignedInPatient, Problem> {
        patient_of(Caller::from_request_parts(&mut self.parts, &()).await?)
    }
}

impl<const LARGEST: usize> By<Staff, LARGEST> {
    /// The same, as one whom staff and patients can be.
    pub fn of_caller(self) -> By<Caller, LARGEST> {
        let who = Caller::Staff(self.who.clone());
        self.with(who)
    }
}

impl<Before, const LARGEST: usize> By<Before, LARGEST> {
    fn with<Who>(self, who: Who) -> By<Who, LARGEST> {
        By {
            who,
            ports: self.ports,
            parts: self.parts,
            path: self.path,
            body: self.body,
        }
    }
}

impl<Who, const LARGEST: usize> By<Who, LARGEST> {
    /// The `{id}` of the address; empty where it has none.
    pub fn id(&self) -> &str {
        self.path.first().map_or("", String::as_str)
    }

    /// Part of the address: `{id}`, or the second of its kind; empty where there is none.
    pub fn part(&self, place: usize) -> String {
        self.path.get(place).cloned().unwrap_or_default()
    }

    /// How it is asked.
    pub fn method(&self) -> &Method {
        &self.parts.method
    }

    /// The path of the address.
    pub fn path(&self) -> &str {
        self.parts.uri.path()
    }

    /// The headers.
    pub fn headers(&self) -> &HeaderMap {
        &self.parts.headers
    }

    /// One header as text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.parts.headers.get(name)?.to_str().ok()
    }

    /// As what the body is sent.
    pub fn content_type(&self) -> &str {
        content_type(self.headers())
    }

    /// Where the request came from.
    pub fn address(&self) -> ClientAddress {
        ClientAddress::of(&self.parts)
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

    /// A body of `LARGEST` bytes at most, if it is no larger.
    pub fn large_body(&self) -> Option<&Bytes> {
        self.body.as_ref().ok()
    }

    /// A body of the usual size.
    fn body(&self) -> Result<&Bytes, Problem> {
        let usual = self.large_body().filter(|body| body.len() <= LARGEST_BODY);
        usual.ok_or_else(too_large)
    }

    /// What is posted by a program.
    pub fn post<T: DeserializeOwned>(&self) -> Result<Post<T>, Problem> {
        Post::read(self.headers(), self.path(), self.body()?)
    }

    /// The same without a key, where it may be repeated at will.
    pub fn strict_body<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        StrictBody::read(self.headers(), self.body()?)
    }

    /// What is posted by a page.
    pub fn form(&self) -> Result<FormPost, Problem> {
        FormPost::read(&self.ports, self.path(), self.body()?)
    }

    /// The form that a page posts with a file in this field, and the file's bytes: none where nothing was picked.
    /// Nothing at all where it is larger than what is read.
    pub fn form_with_file(&self, file: &str) -> Result<Option<(FormPost, &[u8])>, Problem> {
        let Some(body) = self.large_body() else {
            return Ok(None);
        };
        FormPost::with_file(&self.ports, self.path(), self.content_type(), body, file).map(Some)
    }

    /// What a field says of a form whose file is larger than what is read, if it stands before the file.
    pub fn text_before_file(&self, name: &str) -> String {
        let begun = self.body.as_ref().err();
        begun.map_or_else(String::new, |begun| {
            text_begun(self.content_type(), begun, name)
        })
    }

    /// Who looks at a page.
    pub fn viewer(&self) -> Result<Viewer, Problem> {
        let path = self.parts.uri.path_and_query();
        let path = path.map_or("/", |path| path.as_str());
        Viewer::of(&self.ports, path, &self.parts.headers)
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
