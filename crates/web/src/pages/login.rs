//! Signing in and out, and the first administrator of a new gateway.

use super::cookies::{self, Flash, Theme};
use super::page::{Bare, Page};
use super::posted::{Posted, PostedByAnyone};
use super::refusal::{Refusal, status};
use super::{Answer, Web, html};
use askama::Template;
use axum::Router;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use gate::NewSession;
use http::{HeaderValue, StatusCode, header};
use model::{Kind, Problem};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

pub(super) fn routes() -> Router<Web> {
    Router::new()
        .route("/login", get(form).post(sign_in))
        .route("/logout", post(sign_out))
        .route("/theme", post(theme))
        .route("/setup/{token}", get(setup_form).post(set_up))
}

#[derive(Template)]
#[template(path = "login.html")]
struct Login<'a> {
    page: &'a Bare,
    next: String,
    name: &'a str,
    problem: Option<&'a Problem>,
}

#[derive(Deserialize)]
struct Next {
    #[serde(default)]
    next: String,
}

async fn form(page: Bare, signed_in: Result<Page, Refusal>, Query(Next { next }): Query<Next>) -> Response {
    let next = local(&next);
    if signed_in.is_ok() {
        return Redirect::to(&next).into_response();
    }
    html::show(&Login { page: &page, next, name: "", problem: None })
}

#[derive(Deserialize)]
struct SignIn {
    name: String,
    password: SecretString,
    #[serde(default)]
    next: String,
}

async fn sign_in(
    State(web): State<Web>,
    page: Bare,
    PostedByAnyone { source, form }: PostedByAnyone<SignIn>,
) -> Answer {
    let next = local(&form.next);
    match web.gate.sign_in(&form.name, form.password, source).await {
        Ok(session) => Ok(enter(&web, session, &next)),
        Err(problem) if matches!(problem.kind, Kind::Internal | Kind::ShuttingDown) => Err(problem.into()),
        Err(problem) => {
            let shown = Login { page: &page, next, name: &form.name, problem: Some(&problem) };
            Ok(html::show_with(status(problem.kind), &shown))
        }
    }
}

/// Puts a new session into the browser.
fn enter(web: &Web, session: NewSession, next: &str) -> Response {
    let cookie = cookies::signed_in(web, &SecretString::from(session.token));
    let next = HeaderValue::from_str(next).expect("a local path is plain");
    (StatusCode::SEE_OTHER, [(header::LOCATION, next), (header::SET_COOKIE, cookie)]).into_response()
}

async fn sign_out(State(web): State<Web>, Posted { page, .. }: Posted<Vec<(String, String)>>) -> Answer {
    web.gate.sign_out(page.token().expose_secret(), page.who.source.clone()).await?;
    let mut response = html::go(&web, "/login", &Flash::done("You are signed out."));
    response.headers_mut().append(header::SET_COOKIE, cookies::signed_out(&web));
    Ok(response)
}

#[derive(Deserialize)]
struct Choice {
    theme: Theme,
    #[serde(default)]
    next: String,
}

async fn theme(State(web): State<Web>, Posted { form, .. }: Posted<Choice>) -> Answer {
    let mut response = Redirect::to(&local(&form.next)).into_response();
    response.headers_mut().append(header::SET_COOKIE, form.theme.keep(&web));
    Ok(response)
}

#[derive(Template)]
#[template(path = "setup.html")]
struct Setup<'a> {
    page: &'a Bare,
    token: &'a str,
    name: &'a str,
    problem: Option<&'a Problem>,
}

async fn setup_form(State(web): State<Web>, page: Bare, Path(token): Path<String>) -> Answer {
    web.gate.check_setup(&token).await?;
    Ok(html::show(&Setup { page: &page, token: &token, name: "", problem: None }))
}

#[derive(Deserialize)]
struct First {
    name: String,
    password: SecretString,
    again: SecretString,
}

async fn set_up(
    State(web): State<Web>,
    page: Bare,
    Path(token): Path<String>,
    PostedByAnyone { source, form }: PostedByAnyone<First>,
) -> Answer {
    web.gate.check_setup(&token).await?;
    let made = if form.password.expose_secret() == form.again.expose_secret() {
        web.gate.set_up(&token, &form.name, form.password, source).await
    } else {
        Err(Problem::new(Kind::InvalidArguments, "the two passwords are not the same")
            .hint("type the same password into both fields"))
    };
    match made {
        Ok(session) => {
            let mut response = enter(&web, session, "/");
            let welcome = Flash::done("You are the first administrator. Next, connect an N-central server.");
            response.headers_mut().append(header::SET_COOKIE, welcome.keep(&web));
            Ok(response)
        }
        Err(problem) if problem.kind == Kind::InvalidArguments => {
            let shown = Setup { page: &page, token: &token, name: &form.name, problem: Some(&problem) };
            Ok(html::show_with(StatusCode::UNPROCESSABLE_ENTITY, &shown))
        }
        Err(problem) => Err(problem.into()),
    }
}

/// Where to go next, if it is one of our own pages; the front page otherwise. A second slash, a backslash or a tab
/// would make a browser take the rest for another host.
fn local(next: &str) -> String {
    let is_plain = next.bytes().all(|byte| matches!(byte, b'!'..=b'~') && byte != b'\\');
    let is_local = next.starts_with('/') && !next.starts_with("//") && is_plain;
    let leads_on = !["/login", "/logout", "/setup"].iter().any(|path| next.starts_with(path));
    if is_local && leads_on { next.to_owned() } else { "/".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_page_is_one_of_ours() {
        assert_eq!(local("/approvals/1?state=pending"), "/approvals/1?state=pending");
        for elsewhere in [
            "",
            "https://evil.example.com",
            "//evil.example.com",
            "/\\evil.example.com",
            "/\t/evil",
            "/login",
            "x",
        ] {
            assert_eq!(local(elsewhere), "/", "{elsewhere}");
        }
    }
}
