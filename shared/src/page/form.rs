//! A page's form as it was sent: urlencoded, bounded, and a problem in our own words where it can't be read.

use axum::extract::{FromRequest, Request};
use http::StatusCode;
use serde::de::DeserializeOwned;

use crate::post::whole;
use crate::problem::Problem;

/// What a form sent. Whether it came from this site was judged before, in `same_origin`.
pub struct Form<T>(pub T);

/// The pairs of a query or a form, decoded.
pub fn form_pairs(bytes: &[u8]) -> Vec<(String, String)> {
    form_urlencoded::parse(bytes).into_owned().collect()
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Form<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        let bytes = whole(body).await?;
        let request = Request::from_parts(parts, bytes.into());
        let axum::Form(form) =
            axum::Form::from_request(request, state)
                .await
                .map_err(|rejection| {
                    let detail = rejection.body_text();
                    Problem::new(
                        StatusCode::BAD_REQUEST,
                        "malformed",
                        "The body is not the form that is expected here",
                    )
                    .detail(detail)
                })?;
        Ok(Form(form))
    }
}
