//! What the routes of tickets take: who asks, and what. One extractor for all of them, read by one function, for
//! each combination of extractors costs a function five kilobytes a route.

use std::pin::Pin;

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, RawPathParams, Request};
use axum::response::{IntoResponse, Response};
use http::request::Parts;
use http::{HeaderMap, header};
use serde::de::DeserializeOwned;
use shared::page::{FormPost, Viewer, form_pairs};
use shared::platform::{ClientAddress, Ports};
use shared::post::{LARGEST_BODY, Post, StrictBody, too_large};
use shared::problem::Problem;
use shared::session::{Caller, SignedInPatient, Staff};
use shared::walls::{Anyone, Guard};

use crate::batch::api::LARGEST_LIST;

/// Who asks (staff, a patient, either, or anyone), and what.
pub struct By<Who> {
    /// Who.
    pub who: Who,
    /// What the platform gives.
    pub ports: Ports,
    parts: Box<Parts>,
    path: Vec<String>,
    /// Nothing where there is more than the largest list has.
    body: Option<Bytes>,
}

impl<Who: Guard> Guard for By<Who> {
    const ADMITS: &'static str = Who::ADMITS;
}

type Gathering<Who> = Pin<Box<dyn Future<Output = Result<By<Who>, Problem>> + Send>>;

/// What a handler comes to, whatever it is made of: one type, so that what axum makes of a handler's type is made
/// a few times and not forty.
pub type Answering = Pin<Box<dyn Future<Output = Result<Response, Problem>> + Send>>;

/// A handler's answer, boxed.
pub fn answering<A: IntoResponse>(
    answer: impl Future<Output = Result<A, Problem>> + Send + 'static,
) -> Answering {
    Box::pin(async move { answer.await.map(IntoResponse::into_response) })
}

/// Boxed, so that no route carries its states.
fn gather(request: Request) -> Gathering<Caller> {
    Box::pin(async move {
        let (mut parts, body) = request.into_parts();
        let who = Caller::from_request_parts(&mut parts, &()).await?;
        let asked = gather_parts(Request::from_parts(parts, body), Anyone).await?;
        Ok(asked.with(who))
    })
}

async fn gather_parts(request: Request, who: Anyone) -> Result<By<Anyone>, Problem> {
    let (mut parts, body) = request.into_parts();
    let ports = Ports::from_request_parts(&mut parts, &()).await?;
    let path = RawPathParams::from_request_parts(&mut parts, &())
        .await
        .map_err(|_| Problem::not_found())?;
    let path = path.iter().map(|(_, value)| value.to_owned()).collect();
    Ok(By {
        who,
        ports,
        path,
        body: axum::body::to_bytes(body, LARGEST_LIST).await.ok(),
        parts: Box::new(parts),
    })
}

impl By<Anyone> {
    /// The patient who is signed in, if one is.
    pub async fn patient(&mut self) -> Result<SignedInPatient, Problem> {
        match Caller::from_request_parts(&mut self.parts, &()).await? {
            Caller::Patient(patient) => Ok(patient),
            Caller::Staff(_) => Err(not_for_staff()),
        }
    }
}

fn not_for_staff() -> Problem {
    Problem::not_allowed("Only the patient can do this.")
}

impl<Before> By<Before> {
    fn with<Who>(self, who: Who) -> By<Who> {
        By {
            who,
            ports: self.ports,
            parts: self.parts,
            path: self.path,
            body: self.body,
        }
    }
}

fn gather_of_anyone(request: Request) -> Gathering<Anyone> {
    Box::pin(async move { gather_parts(request, Anyone).await })
}

fn gather_of_staff(request: Request) -> Gathering<Staff> {
    Box::pin(async move {
        let asked = gather(request).await?;
        match asked.who.clone() {
            Caller::Staff(who) => Ok(asked.with(who)),
            Caller::Patient(_) => Err(Problem::not_allowed("Only care staff can do this.")),
        }
    })
}

fn gather_of_patient(request: Request) -> Gathering<SignedInPatient> {
    Box::pin(async move {
        let asked = gather(request).await?;
        match asked.who.clone() {
            Caller::Patient(who) => Ok(asked.with(who)),
            Caller::Staff(_) => Err(not_for_staff()),
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
    Anyone: gather_of_anyone;
    Caller: gather;
    Staff: gather_of_staff;
    SignedInPatient: gather_of_patient;
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
    pub fn headers(&self) -> &HeaderMap {
        &self.parts.headers
    }

    /// As what the body is sent.
    pub fn content_type(&self) -> &str {
        let kind = self.parts.headers.get(header::CONTENT_TYPE);
        kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default()
    }

    /// Where the request came from.
    pub fn address(&self) -> ClientAddress {
        ClientAddress::of(&self.parts)
    }

    /// What the query says under each of these names. By hand, for a type of its own costs a route four kilobytes.
    pub fn query<const N: usize>(
        &self,
        names: [&'static str; N],
    ) -> Result<[Option<String>; N], Problem> {
        let mut asked = [const { None }; N];
        for (name, value) in form_pairs(self.parts.uri.query().unwrap_or_default().as_bytes()) {
            let place = names.iter().position(|known| *known == name);
            let slot = place.and_then(|place| asked.get_mut(place));
            match slot {
                Some(slot) if slot.is_none() => *slot = Some(value),
                _ => {
                    return Err(Problem::invalid(
                        "query",
                        format!("ask for {}, once each", names.join(", ")),
                    ));
                }
            }
        }
        Ok(asked)
    }

    /// A body as large as the largest list has, if it is no larger.
    pub fn large_body(&self) -> Option<&Bytes> {
        self.body.as_ref()
    }

    /// A body of the usual size.
    fn body(&self) -> Result<&Bytes, Problem> {
        let usual = self.body.as_ref().filter(|body| body.len() <= LARGEST_BODY);
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
        FormPost::read(self.path(), self.body()?)
    }

    /// Who looks at a page.
    pub fn viewer(&self) -> Result<Viewer, Problem> {
        let path = self.parts.uri.path_and_query();
        let path = path.map_or("/", |path| path.as_str());
        Viewer::of(&self.ports, &self.parts.method, path, &self.parts.headers)
    }
}
