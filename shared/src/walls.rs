//! The walls: a route's handler names who may come as its first argument, a [`Guard`], or it does not compile.
//! `Routes` also keeps the list of what it laid, by which tests/matrix calls every route as every caller.
//! What a caller may reach within a route (own unit, own matters) stands in the WHERE of its queries.

use axum::Router;
use axum::extract::FromRequestParts;
use axum::handler::Handler;
use axum::routing::{MethodFilter, on};
use http::Method;
use http::request::Parts;

use crate::session::{Administrator, Caller, Guest, Session, SignedInPatient, Staff};

/// An extractor that lets some callers in and refuses the others.
pub trait Guard {
    /// Whom it lets in, in a word.
    const ADMITS: &'static str;
}

impl Guard for Staff {
    const ADMITS: &'static str = "staff";
}
impl Guard for SignedInPatient {
    const ADMITS: &'static str = "patient";
}
impl Guard for Caller {
    const ADMITS: &'static str = "staff or patient";
}
impl Guard for Administrator {
    const ADMITS: &'static str = "administrator";
}
/// Whoever is signed in, for what is about the session itself.
impl Guard for Session {
    const ADMITS: &'static str = "staff, patient or guest";
}
impl Guard for Guest {
    const ADMITS: &'static str = "guest";
}

/// Lets everybody in: for what shows nobody's data, and says so by standing in the signature.
#[derive(Debug, Clone, Copy)]
pub struct Anyone;

impl Guard for Anyone {
    const ADMITS: &'static str = "anyone";
}

impl<S: Send + Sync> FromRequestParts<S> for Anyone {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(
        _parts: &mut Parts,
        _state: &S,
    ) -> Result<Self, std::convert::Infallible> {
        Ok(Anyone)
    }
}

/// The arguments of a handler whose first is a guard. (axum puts a marker of its own before them.)
pub trait Guarded {
    /// Whom the guard lets in.
    const ADMITS: &'static str;
}

macro_rules! guarded {
    ($($other:ident)*) => {
        impl<Marker, First: Guard, $($other),*> Guarded for (Marker, First, $($other,)*) {
            const ADMITS: &'static str = First::ADMITS;
        }
    };
}
guarded!();
guarded!(A);
guarded!(A B);
guarded!(A B C);
guarded!(A B C D);
guarded!(A B C D E);
guarded!(A B C D E F);
guarded!(A B C D E F G);

/// One route as it was laid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// GET, POST …
    pub method: Method,
    /// The pattern, as `/booking/v1/slots/{id}/withdraw`.
    pub path: &'static str,
    /// Whom its guard lets in.
    pub admits: &'static str,
}

/// The routes of a function. A route without a guard does not compile:
///
/// ```compile_fail
/// async fn open_to_all() -> &'static str { "" }
/// shared::walls::Routes::new().get("/", open_to_all);
/// ```
///
/// ```
/// use shared::walls::{Anyone, Routes};
/// async fn open_to_all(_: Anyone) -> &'static str { "" }
/// let routes = Routes::new().get("/", open_to_all);
/// assert_eq!(routes.laid()[0].admits, "anyone");
/// ```
#[derive(Default)]
pub struct Routes {
    router: Router,
    laid: Vec<Route>,
}

impl Routes {
    /// None yet.
    pub fn new() -> Self {
        Routes::default()
    }

    /// A GET.
    #[must_use]
    pub fn get<H, T>(self, path: &'static str, handler: H) -> Self
    where
        H: Handler<T, ()>,
        T: Guarded + 'static,
    {
        self.lay(Method::GET, MethodFilter::GET, path, handler)
    }

    /// A POST.
    #[must_use]
    pub fn post<H, T>(self, path: &'static str, handler: H) -> Self
    where
        H: Handler<T, ()>,
        T: Guarded + 'static,
    {
        self.lay(Method::POST, MethodFilter::POST, path, handler)
    }

    /// A PUT.
    #[must_use]
    pub fn put<H, T>(self, path: &'static str, handler: H) -> Self
    where
        H: Handler<T, ()>,
        T: Guarded + 'static,
    {
        self.lay(Method::PUT, MethodFilter::PUT, path, handler)
    }

    fn lay<H, T>(
        mut self,
        method: Method,
        filter: MethodFilter,
        path: &'static str,
        handler: H,
    ) -> Self
    where
        H: Handler<T, ()>,
        T: Guarded + 'static,
    {
        self.laid.push(Route {
            method,
            path,
            admits: T::ADMITS,
        });
        self.router = self.router.route(path, on(filter, handler));
        self
    }

    /// What was laid, in order.
    pub fn laid(&self) -> &[Route] {
        &self.laid
    }

    /// For `service` alone, which puts the guard rails around them.
    pub(crate) fn into_router(self) -> Router {
        self.router
    }
}
