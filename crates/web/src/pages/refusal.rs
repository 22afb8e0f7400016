//! What a page answers when it can't be shown: the problem in words on a page of the usual look, with its status, or
//! the way to sign in. A handler hands up the problem where it happens; it is dressed here, once.

use super::cookies::Flash;
use super::page::{Bare, Page};
use super::{Web, html};
use askama::Template;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use model::{Kind, Problem};

/// Tells htmx to go to another page.
const HX_REDIRECT: HeaderName = HeaderName::from_static("hx-redirect");
/// Sent by htmx with every request.
const HX_REQUEST: HeaderName = HeaderName::from_static("hx-request");
/// Where the browser is, as htmx tells it.
const HX_CURRENT_URL: HeaderName = HeaderName::from_static("hx-current-url");

/// Why a page is not shown.
#[derive(Clone, Debug)]
pub(crate) enum Refusal {
    /// Nobody is signed in, or no longer.
    SignIn,
    /// The gate, or the page itself, says no.
    Problem(Box<Problem>),
}

impl Refusal {
    /// A problem of the page's own, and what to do about it.
    pub(crate) fn new(kind: Kind, message: impl Into<String>, hint: &str) -> Self {
        Self::Problem(Box::new(Problem::new(kind, message).hint(hint)))
    }
}

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        match problem.kind {
            Kind::Unauthenticated => Self::SignIn,
            _ => Self::Problem(Box::new(problem)),
        }
    }
}

impl From<crate::problem::Failure> for Refusal {
    fn from(failure: crate::problem::Failure) -> Self {
        failure.into_problem().into()
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let kind = match &self {
            Refusal::SignIn => Kind::Unauthenticated,
            Refusal::Problem(problem) => problem.kind,
        };
        let mut response = status(kind).into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// The status of an answer that tells of a problem of this kind.
pub(super) fn status(kind: Kind) -> StatusCode {
    StatusCode::from_u16(kind.http_status()).expect("every kind has a valid HTTP status")
}

/// Gives every refusal of the pages its look.
pub(super) async fn dress(State(web): State<Web>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let answer = next.run(Request::from_parts(parts.clone(), body)).await;
    let mut answer = match answer.extensions().get::<Refusal>().cloned() {
        None => answer,
        Some(Refusal::SignIn) => sign_in(&parts),
        Some(Refusal::Problem(problem)) => explain(&web, &parts, &problem, answer.status()).await,
    };
    // A message was for this one page; the parts that it fetches later don't show it.
    let is_page = answer.headers().get(header::CONTENT_TYPE) == Some(&html::CONTENT_TYPE);
    if is_page && !is_partial(&parts.headers) && Flash::of(&parts.headers).is_some() {
        answer.headers_mut().append(header::SET_COOKIE, Flash::forget(&web));
    }
    answer
}

/// The way to sign in and back. A page to come back to is one that can be looked at again.
fn sign_in(parts: &Parts) -> Response {
    let here = match is_partial(&parts.headers) {
        true => parts.headers.get(HX_CURRENT_URL).and_then(|url| url.to_str().ok()).and_then(path_of),
        false => (parts.method == Method::GET)
            .then(|| parts.uri.path_and_query().map(ToString::to_string))
            .flatten(),
    };
    let to = match here.as_deref() {
        None | Some("/") => "/login".to_owned(),
        Some(path) => format!("/login?next={}", html::encoded(path)),
    };
    if is_partial(&parts.headers) {
        let to = HeaderValue::from_str(&to).expect("what is encoded is plain");
        return (StatusCode::NO_CONTENT, [(HX_REDIRECT, to)]).into_response();
    }
    Redirect::to(&to).into_response()
}

/// The same way for htmx, which would fetch the other page as a part of this one.
pub(crate) fn redirect(mut to: Response) -> Response {
    if let Some(place) = to.headers_mut().remove(header::LOCATION) {
        to.headers_mut().insert(HX_REDIRECT, place);
        *to.status_mut() = StatusCode::NO_CONTENT;
    }
    to
}

/// Path and query of an address.
fn path_of(url: &str) -> Option<String> {
    let url = url::Url::parse(url).ok()?;
    Some(url[url::Position::BeforePath..url::Position::AfterQuery].to_owned())
}

/// Whether a part of a page is asked for, to be put into one that is there.
pub(crate) fn is_partial(headers: &HeaderMap) -> bool {
    headers.contains_key(HX_REQUEST)
}

#[derive(Template)]
#[template(path = "problem.html")]
struct InPage<'a> {
    page: &'a Page,
    title: String,
    problem: &'a Problem,
}

#[derive(Template)]
#[template(path = "problem-bare.html")]
struct Outside<'a> {
    page: &'a Bare,
    title: String,
    problem: &'a Problem,
}

async fn explain(web: &Web, parts: &Parts, problem: &Problem, status: StatusCode) -> Response {
    let title = title(problem.kind);
    let body = if is_partial(&parts.headers) {
        html::problem(problem).to_string()
    } else {
        match Page::of(web, parts).await {
            Ok(page) => html::text(&InPage { page: &page, title, problem }),
            Err(_) => html::text(&Outside { page: &Bare::of(&parts.headers), title, problem }),
        }
    };
    let mut response = (status, body).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, html::CONTENT_TYPE);
    response
}

/// The heading of a page that tells of a problem.
fn title(kind: Kind) -> String {
    match kind {
        Kind::NotFound => "There is nothing here".to_owned(),
        Kind::Forbidden => "This is not open to you".to_owned(),
        Kind::Internal => "Something went wrong".to_owned(),
        other => crate::problem::title(other),
    }
}
