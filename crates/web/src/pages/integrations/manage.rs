//! What an administrator does to a connection beside its policies: a new JWT, settings, disconnecting, deleting.

use super::one::{Form, One, Typed};
use super::{Answer, Posted, Web, given, html, place};
use crate::pages::cookies::Flash;
use axum::Router;
use axum::extract::{Path, State};
use axum::routing::post;
use gate::ConnectionChange;
use model::{Kind, Problem, Role};
use secrecy::SecretString;
use serde::Deserialize;

pub(super) fn routes() -> Router<Web> {
    Router::new()
        .route("/integrations/{connection}/reconnect", post(reconnect))
        .route("/integrations/{connection}/settings", post(settings))
        .route("/integrations/{connection}/disconnect", post(disconnect))
        .route("/integrations/{connection}/delete", post(delete))
}

#[derive(Deserialize)]
struct NewJwt {
    jwt: SecretString,
}

async fn reconnect(
    State(web): State<Web>,
    Path(connection): Path<String>,
    Posted { page, form }: Posted<NewJwt>,
) -> Answer {
    page.need(Role::Admin)?;
    let change = ConnectionChange { jwt: Some(form.jwt), ..ConnectionChange::default() };
    let known = web.gate.connection(&page.who, &connection).await?;
    let under_way = web.attempts.begin(&page, &known.url);
    match web.gate.change_connection_watched(&page.who, &connection, change, under_way.watch()).await {
        Ok(connected) => {
            let said = format!("{} Its policies are as they were.", super::connect::said(&connected));
            let to = format!("{}?connected=1", place(&connected.connection));
            Ok(html::go(&web, &to, &Flash::done(said)))
        }
        Err(problem) if problem.kind == Kind::NotFound => Err(problem.into()),
        Err(problem) => {
            One::again(&web, page, &connection, (Form::Reconnect, problem), None, under_way.done()).await
        }
    }
}

#[derive(Deserialize)]
struct Settings {
    name: String,
    max_targets: String,
    #[serde(default)]
    self_approval: bool,
    #[serde(default)]
    ca: String,
    #[serde(default)]
    no_ca: bool,
}

async fn settings(
    State(web): State<Web>,
    Path(connection): Path<String>,
    Posted { page, form }: Posted<Settings>,
) -> Answer {
    page.need(Role::Admin)?;
    let typed = |form: Settings| Typed {
        name: form.name,
        max_targets: form.max_targets,
        self_approval: form.self_approval,
        ca: form.ca,
    };
    let Ok(max_targets) = form.max_targets.trim().parse() else {
        let problem =
            Problem::new(Kind::InvalidArguments, "the most devices a call may act on is a whole number");
        let wrong = (Form::Settings, problem.hint("type a number from 1 to 1000"));
        return One::again(&web, page, &connection, wrong, Some(typed(form)), None).await;
    };
    let change = ConnectionChange {
        name: Some(form.name.clone()),
        max_targets: Some(max_targets),
        self_approval: Some(form.self_approval),
        ca: given(&form.ca).or_else(|| form.no_ca.then(String::new)),
        jwt: None,
    };
    match web.gate.change_connection(&page.who, &connection, change).await {
        Ok(changed) => {
            let said = Flash::done("The settings are saved, and the change is on the record.");
            Ok(html::go(&web, &place(&changed.connection), &said))
        }
        Err(problem) if problem.kind == Kind::NotFound => Err(problem.into()),
        Err(problem) => {
            One::again(&web, page, &connection, (Form::Settings, problem), Some(typed(form)), None).await
        }
    }
}

async fn disconnect(
    State(web): State<Web>,
    Path(connection): Path<String>,
    Posted { page, .. }: Posted<Vec<(String, String)>>,
) -> Answer {
    page.need(Role::Admin)?;
    let off = web.gate.disconnect(&page.who, &connection).await?;
    let said = "Disconnected. The JWT is forgotten; policies, scripts and keys are kept for the next one.";
    Ok(html::go(&web, &place(&off), &Flash::done(said)))
}

#[derive(Deserialize)]
struct Deletion {
    #[serde(default)]
    name: String,
}

async fn delete(
    State(web): State<Web>,
    Path(connection): Path<String>,
    Posted { page, form }: Posted<Deletion>,
) -> Answer {
    page.need(Role::Admin)?;
    let known = web.gate.connection(&page.who, &connection).await?;
    if form.name.trim() != known.name {
        let problem = Problem::new(
            Kind::WrongConfirmation,
            "nothing was deleted: the name is not that of this connection",
        )
        .hint(format!("type {} exactly as it is written here", known.name));
        return One::again(&web, page, &connection, (Form::Delete, problem), None, None).await;
    }
    web.gate.remove_connection(&page.who, known.id.as_str()).await?;
    let said = format!("{} is deleted. Its record is kept.", known.name);
    Ok(html::go(&web, super::PLACE, &Flash::done(said)))
}
