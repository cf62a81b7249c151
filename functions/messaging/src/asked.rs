//! What every route of messaging takes: who asks, and what. One extractor for all of them, read by one function,
//! for each combination of extractors costs a function five kilobytes a route.

use std::pin::Pin;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, RawPathParams, Request};
use http::request::Parts;
use http::{HeaderMap, Method};
use serde::de::DeserializeOwned;
use shared::identifiers::{ChatId, SessionId};
use shared::page::{FormPost, Viewer, form_pairs};
use shared::platform::{Ports, Rooms};
use shared::post::{Post, whole};
use shared::problem::Problem;
use shared::session::{Caller, Session, Staff};
use shared::time::Timestamp;
use shared::walls::Guard;

/// Who asks (staff, or whoever may), and what.
pub struct By<Who> {
    /// Who.
    pub who: Who,
    /// What the platform gives.
    pub ports: Ports,
    parts: Box<Parts>,
    path: Vec<String>,
    body: Bytes,
}

impl<Who: Guard> Guard for By<Who> {
    const ADMITS: &'static str = Who::ADMITS;
}

type Gathering<Who> = Pin<Box<dyn Future<Output = Result<By<Who>, Problem>> + Send>>;

/// A chat that is about to be changed.
pub struct Changing {
    rooms: Arc<dyn Rooms>,
    chat: String,
}

impl Changing {
    /// Tells those who are in the chat that it was.
    pub fn tell(&self) {
        self.rooms.tell(&self.chat, "change");
    }
}

/// Boxed, so that no route carries its states.
fn gather(request: Request) -> Gathering<Caller> {
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
            body: whole(body).await?,
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

impl<S: Send + Sync> FromRequest<S> for By<Caller> {
    type Rejection = Problem;

    fn from_request(
        request: Request,
        _state: &S,
    ) -> impl Future<Output = Result<Self, Problem>> + Send {
        gather(request)
    }
}

impl<S: Send + Sync> FromRequest<S> for By<Staff> {
    type Rejection = Problem;

    fn from_request(
        request: Request,
        _state: &S,
    ) -> impl Future<Output = Result<Self, Problem>> + Send {
        gather_of_staff(request)
    }
}

impl By<Staff> {
    /// The same, as one whom staff and patients can be.
    pub fn of_caller(self) -> By<Caller> {
        By {
            who: Caller::Staff(self.who),
            ports: self.ports,
            parts: self.parts,
            path: self.path,
            body: self.body,
        }
    }
}

impl<Who> By<Who> {
    /// The chat that is changed by what is asked, if it is done. Saying that one writes changes nothing.
    pub fn changes(&self) -> Option<Changing> {
        let chat = self
            .path
            .first()
            .filter(|chat| chat.parse::<ChatId>().is_ok())?;
        let changes =
            self.parts.method == Method::POST && !self.parts.uri.path().ends_with("/writing");
        changes.then(|| Changing {
            rooms: Arc::clone(&self.ports.rooms),
            chat: chat.clone(),
        })
    }

    /// The headers.
    pub fn headers(&self) -> &HeaderMap {
        &self.parts.headers
    }

    /// Which session's the token is that came along, and until when it holds.
    pub fn session_holds_until(&self) -> Result<(SessionId, Timestamp), Problem> {
        Session::holds_until(&self.parts.headers, &self.ports)
    }

    /// Part of the address: `{id}`, or the second of its kind; empty where there is none.
    pub fn part(&self, place: usize) -> String {
        self.path.get(place).cloned().unwrap_or_default()
    }

    /// One header as text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.parts.headers.get(name)?.to_str().ok()
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

    /// What is posted by a program.
    pub fn post<T: DeserializeOwned>(&self) -> Result<Post<T>, Problem> {
        Post::read(&self.parts.headers, self.parts.uri.path(), &self.body)
    }

    /// What is posted by a page.
    pub fn form(&self) -> Result<FormPost, Problem> {
        FormPost::read(self.parts.uri.path(), &self.body)
    }

    /// Who looks at a page.
    pub fn viewer(&self) -> Result<Viewer, Problem> {
        let path = self.parts.uri.path_and_query();
        let path = path.map_or("/", |path| path.as_str());
        Viewer::of(&self.ports, &self.parts.method, path, &self.parts.headers)
    }
}

/// A value of a query as one of our types.
pub fn parsed<T: std::str::FromStr>(
    name: &'static str,
    value: Option<String>,
) -> Result<Option<T>, Problem> {
    value
        .map(|value| {
            value
                .parse()
                .map_err(|_| Problem::invalid(name, "this value can't be used"))
        })
        .transpose()
}
