//! What an administrator does to a webhook beside changing its fields: enable it, try it, give it another secret, have
//! a message sent again, remove it.

use super::secret::Secret;
use super::{Answer, Flash, Posted, Tone, Web, html, one, place};
use axum::Router;
use axum::extract::{Path, State};
use axum::routing::post;
use gate::{WebhookChange, WebhookTest, WebhookView};
use model::{Kind, Problem, Role};
use serde::Deserialize;

pub(super) fn routes() -> Router<Web> {
    Router::new()
        .route("/webhooks/{id}/enabled", post(enable))
        .route("/webhooks/{id}/test", post(test))
        .route("/webhooks/{id}/rotate", post(rotate))
        .route("/webhooks/{id}/remove", post(remove))
        .route("/webhooks/{id}/deliveries/{delivery}/again", post(redeliver))
}

/// A form that is only its button.
#[derive(Deserialize)]
struct Pressed {}

#[derive(Deserialize)]
struct Enabled {
    enabled: bool,
}

async fn enable(
    State(web): State<Web>,
    Path(id): Path<String>,
    Posted { page, form }: Posted<Enabled>,
) -> Answer {
    let change = WebhookChange { enabled: Some(form.enabled), ..WebhookChange::default() };
    let hook = web.gate.change_webhook(&page.who, &id, change).await?;
    let said = match form.enabled {
        true => "It is enabled. What waits for it is sent first.",
        false => "It is disabled. Nothing is sent to it and nothing new is kept for it; what waits stays.",
    };
    Ok(html::go(&web, &place(&hook.id), &Flash::done(said)))
}

async fn test(
    State(web): State<Web>,
    Path(id): Path<String>,
    Posted { page, .. }: Posted<Pressed>,
) -> Answer {
    let tested = web.gate.test_webhook(&page.who, &id).await?;
    Ok(html::go(&web, &place(&id), &result(&tested)))
}

/// What came of a test message, in words.
fn result(test: &WebhookTest) -> Flash {
    let took = format!("It took {} ms, under the id {}.", html::number(test.duration_ms), test.webhook_id);
    let error = test.error.as_deref().unwrap_or("the receiver did not take it");
    match (test.delivered, test.status) {
        (true, Some(status)) => Flash::done(format!("The test message arrived: answered {status}. {took}")),
        (true, None) => Flash::done(format!("The test message arrived. {took}")),
        (false, _) => Flash {
            tone: Tone::Bad,
            text: format!("The test message did not arrive: {} {took}", html::sentence(error)),
        },
    }
}

/// What marks the secret that a page knows of.
pub(super) fn rotation(hook: &WebhookView) -> String {
    hook.old_secret_until.map(|until| until.to_string()).unwrap_or_default()
}

#[derive(Deserialize)]
struct Rotation {
    #[serde(default)]
    rotation: String,
}

async fn rotate(
    State(web): State<Web>,
    Path(id): Path<String>,
    Posted { page, form }: Posted<Rotation>,
) -> Answer {
    page.need(Role::Admin)?;
    if rotation(&web.gate.webhook(&page.who, &id).await?) != form.rotation {
        let problem = Problem::new(
            Kind::Conflict,
            "the secret was replaced since this form was opened, so no other was made",
        );
        let hint = "a secret is shown once; if that one got lost, make another from this page";
        return one::again(&web, page, &id, problem.hint(hint)).await;
    }
    match web.gate.rotate_webhook_secret(&page.who, &id).await {
        Ok(made) => {
            let secret = made.secret.expect("what was rotated has a secret");
            Ok(html::show(&Secret { page, hook: made.webhook, secret }))
        }
        Err(problem) if problem.kind == Kind::Conflict => one::again(&web, page, &id, problem).await,
        Err(problem) => Err(problem.into()),
    }
}

#[derive(Deserialize)]
struct Removal {
    #[serde(default)]
    name: String,
}

async fn remove(
    State(web): State<Web>,
    Path(id): Path<String>,
    Posted { page, form }: Posted<Removal>,
) -> Answer {
    page.need(Role::Admin)?;
    let hook = web.gate.webhook(&page.who, &id).await?;
    if form.name.trim() != hook.name {
        let problem = Problem::new(Kind::WrongConfirmation, "nothing was removed: the name was not typed")
            .hint(format!("type `{}` into the last field", hook.name));
        return one::again(&web, page, &id, problem).await;
    }
    web.gate.remove_webhook(&page.who, &hook.id).await?;
    let said = format!("“{}” is removed, with all that waited for it.", hook.name);
    Ok(html::go(&web, "/webhooks", &Flash::done(said)))
}

async fn redeliver(
    State(web): State<Web>,
    Path((id, delivery)): Path<(String, String)>,
    Posted { page, .. }: Posted<Pressed>,
) -> Answer {
    match web.gate.redeliver_webhook(&page.who, &id, &delivery).await {
        Ok(_) => {
            let said = "It is sent again at once, under the id it had. What came of it appears below.";
            Ok(html::go(&web, &place(&id), &Flash::note(said)))
        }
        Err(problem) if problem.kind == Kind::Conflict => one::again(&web, page, &id, problem).await,
        Err(problem) => Err(problem.into()),
    }
}
