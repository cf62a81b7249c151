//! A page's form as it was sent: urlencoded, bounded, and a problem in our own words where it can't be read.

use std::fmt::Display;

use axum::body::Body;
use axum::extract::{FromRequest, FromRequestParts, Request};
use http::{HeaderMap, StatusCode, header};
use serde::de::DeserializeOwned;

use super::multipart;
use crate::identifiers::RequestId;
use crate::platform::Ports;
use crate::post::{LARGEST_BODY, RequestIdentity, as_far_as, whole};
use crate::problem::Problem;

/// What a form sent. Whether it came from this site was judged before, in `same_origin`.
pub struct Form<T>(pub T);

/// The pairs of a query or a form, decoded.
pub fn form_pairs(bytes: &[u8]) -> Vec<(String, String)> {
    form_urlencoded::parse(bytes).into_owned().collect()
}

/// A form that changes something: its fields, and by what it is known again when it is sent twice. The form
/// carries the hidden field `key`, from [`new_key`].
pub struct FormPost {
    /// Name and value of each field.
    pub fields: Vec<(String, String)>,
    /// By what it is known again.
    pub identity: RequestIdentity,
}

impl FormPost {
    /// A field's value, with line ends as one sign each; empty where there is none.
    pub fn text(&self, name: &str) -> String {
        let found = self.fields.iter().find(|(field, _)| field == name);
        found.map(|(_, value)| one_sign(value)).unwrap_or_default()
    }

    /// A field's value as one of our types, if it has one and it isn't empty. `Err` where it doesn't parse.
    pub fn parsed<T: std::str::FromStr>(&self, name: &str) -> Result<Option<T>, Problem> {
        match self.text(name).trim() {
            "" => Ok(None),
            value => value
                .parse()
                .map(Some)
                .map_err(|_| Problem::invalid(name, "this value can't be used")),
        }
    }
}

/// A text of several lines, with their ends as one sign each.
fn one_sign(text: &str) -> String {
    text.replace("\r\n", "\n")
}

/// A field's value of a form with a file that was read only so far; empty where it wasn't read as far as that.
pub(crate) fn text_begun(content_type: &str, bytes: &[u8], name: &str) -> String {
    let texts = multipart::texts(content_type, bytes);
    let found = texts.into_iter().find(|(field, _)| field == name);
    found.map(|(_, text)| one_sign(&text)).unwrap_or_default()
}

/// The fields of a form, however it is sent: of one with a file what stands before it, and without the file.
pub async fn written_fields(
    headers: &HeaderMap,
    body: Body,
) -> Result<Vec<(String, String)>, Problem> {
    if !takes_file(headers) {
        return Ok(form_pairs(&whole(body).await?));
    }
    let (Ok(read) | Err(read)) = as_far_as(LARGEST_BODY, body).await;
    Ok(multipart::texts(content_type(headers), &read))
}

/// Whether a form is sent as one that a file can go with.
pub fn takes_file(headers: &HeaderMap) -> bool {
    content_type(headers).starts_with("multipart/form-data")
}

/// As what a body is sent; empty where nothing says so.
pub(crate) fn content_type(headers: &HeaderMap) -> &str {
    let kind = headers.get(header::CONTENT_TYPE);
    kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default()
}

/// As what a form is refused that was opened by another, or at another unit.
pub const OTHERS_FORM: &str = "others-form";

/// The key of a form that is about to be shown. One of staff's says whose it is, for a browser has one session: in
/// another of its tabs somebody else may sign in, or another unit be chosen, before it is sent.
pub fn new_key(ports: &Ports) -> String {
    key_of(ports, &RequestId::new(ports))
}

/// The key of a form for what is done once however often the form is shown: by the id of that.
pub(super) fn key_of(ports: &Ports, id: &impl Display) -> String {
    match &ports.acting {
        Some(acting) => format!("{acting}~{id}"),
        None => id.to_string(),
    }
}

fn others_form() -> Problem {
    Problem::new(
        StatusCode::CONFLICT,
        OTHERS_FORM,
        "The form was opened by another, or at another unit",
    )
}

impl<S: Send + Sync> FromRequest<S> for FormPost {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let (mut parts, body) = request.into_parts();
        let bytes = whole(body).await?;
        let ports = Ports::from_request_parts(&mut parts, state).await?;
        FormPost::read(&ports, parts.uri.path(), &bytes)
    }
}

impl FormPost {
    /// From a request whose body was read already.
    pub fn read(ports: &Ports, path: &str, bytes: &[u8]) -> Result<Self, Problem> {
        FormPost::of_fields(ports, path, form_pairs(bytes), bytes)
    }

    /// A form with a file (multipart) that was read already, and the file's bytes: none where nothing was picked.
    pub(crate) fn with_file<'a>(
        ports: &Ports,
        path: &str,
        content_type: &str,
        bytes: &'a [u8],
        file: &str,
    ) -> Result<(Self, &'a [u8]), Problem> {
        let parts = multipart::fields(content_type, bytes)
            .ok_or_else(|| Problem::invalid(file, "send the form as multipart/form-data"))?;
        let (mut fields, mut picked) = (vec![], None);
        for (name, value) in parts {
            if name == file {
                picked.get_or_insert(value);
            } else {
                fields.push((name, String::from_utf8_lossy(value).into_owned()));
            }
        }
        let form = FormPost::of_fields(ports, path, fields, bytes)?;
        Ok((form, picked.unwrap_or_default()))
    }

    /// From the fields of a form, however it was sent, and the bytes that it came in.
    fn of_fields(
        ports: &Ports,
        path: &str,
        fields: Vec<(String, String)>,
        bytes: &[u8],
    ) -> Result<Self, Problem> {
        let key = fields.iter().find(|(name, _)| name == "key");
        let key = key.map_or("", |(_, key)| key);
        if let Some((whose, _)) = key.split_once('~')
            && ports.acting.as_deref() != Some(whose)
        {
            return Err(others_form());
        }
        let identity = RequestIdentity::of_form(path, key, bytes)?;
        Ok(FormPost { fields, identity })
    }
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
