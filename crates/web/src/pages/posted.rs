//! A form that was sent. Whether it came from a page of this very session is checked here, for every form there is: by
//! the token in it, or, where nobody is signed in yet, by what the browser says of the page that sent it.

use super::page::{Page, source};
use super::refusal::Refusal;
use super::{Web, csrf};
use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use http::HeaderMap;
use model::{Kind, Source};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::time::Duration;

/// The name of the field with the token.
const FIELD: &str = "csrf";
/// How long a browser may take to send a form.
const READ_WITHIN: Duration = Duration::from_secs(30);

/// A form of a signed-in person, genuine and understood. `Vec<(String, String)>` takes whatever fields there are.
pub(crate) struct Posted<T> {
    /// The page it is answered with, where it is not accepted.
    pub(crate) page: Page,
    /// The fields.
    pub(crate) form: T,
}

impl<T: DeserializeOwned> FromRequest<Web> for Posted<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, web: &Web) -> Result<Self, Refusal> {
        let (parts, body) = request.into_parts();
        let page = Page::of(web, &parts).await?;
        same_site(&parts.headers)?;
        let body = read(Request::from_parts(parts, body)).await?;
        let given: Vec<(String, String)> = understood(&body)?;
        let mut tokens = given.iter().filter(|(name, _)| name == FIELD);
        if !tokens.next().is_some_and(|(_, token)| csrf::is_genuine(page.token(), token)) {
            return Err(Refusal::new(
                Kind::Forbidden,
                "This form was not sent from a page of your session. Nothing was changed.",
                "Open the page again, and send the form from there.",
            ));
        }
        Ok(Self { page, form: understood(&body)? })
    }
}

/// A form of somebody who is not signed in: signing in, setting up.
pub(crate) struct PostedByAnyone<T> {
    /// From where it came.
    pub(crate) source: Source,
    /// The fields.
    pub(crate) form: T,
}

impl<T: DeserializeOwned> FromRequest<Web> for PostedByAnyone<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, _: &Web) -> Result<Self, Refusal> {
        same_site(request.headers())?;
        let (parts, body) = request.into_parts();
        let source = source(&parts);
        let body = read(Request::from_parts(parts, body)).await?;
        Ok(Self { source, form: understood(&body)? })
    }
}

/// Refuses what another site had the browser send. An `Origin` that isn't ours was refused by the guard already.
fn same_site(headers: &HeaderMap) -> Result<(), Refusal> {
    match headers.get("sec-fetch-site").map(http::HeaderValue::as_bytes) {
        None | Some(b"same-origin" | b"none") => Ok(()),
        Some(_) => Err(Refusal::new(
            Kind::Forbidden,
            "Another site had your browser send this form. Nothing was changed.",
            "Open the page here, and send the form from there.",
        )),
    }
}

async fn read(request: Request) -> Result<Bytes, Refusal> {
    let body = tokio::time::timeout(READ_WITHIN, Bytes::from_request(request, &())).await;
    body.ok().and_then(Result::ok).ok_or_else(|| {
        Refusal::new(
            Kind::BadRequest,
            "The form did not arrive whole. Nothing was changed.",
            "Send it again; a form may have up to 1 MiB.",
        )
    })
}

fn understood<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, Refusal> {
    serde_html_form::from_bytes(body).map_err(|_| {
        // What the reader says can quote a value, and that may be a password.
        Refusal::new(
            Kind::InvalidArguments,
            "A field of the form is missing or is not what is expected there. Nothing was changed.",
            "Open the page again, and send the form from there.",
        )
    })
}
