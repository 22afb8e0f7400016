//! Webhooks: where messages go, how that fares, and what administrators do about it. A URL can be as good as a
//! password, so no page repeats one; a signing secret stands on the answer to its making and nowhere else.

mod acts;
mod form;
mod list;
mod new;
mod one;
mod secret;

use super::cookies::{Flash, Tone};
use super::page::Page;
use super::posted::Posted;
use super::refusal::status;
use super::{Answer, Web, html};
use axum::Router;
use gate::{DeliveryState, WebhookFormat, WebhookState};

pub(super) fn routes() -> Router<Web> {
    list::routes().merge(new::routes()).merge(one::routes()).merge(acts::routes())
}

/// The page of a webhook.
fn place(id: &str) -> String {
    format!("/webhooks/{}", html::encoded(id))
}

/// How a webhook fares.
fn state(state: &WebhookState) -> html::Html {
    match state {
        WebhookState::Active => html::badge("green", "active"),
        WebhookState::Failing => html::badge("red", "failing"),
        WebhookState::Disabled => html::badge("quiet", "disabled"),
    }
}

/// Where a delivery stands.
fn delivery(state: &DeliveryState) -> html::Html {
    match state {
        DeliveryState::Pending => html::badge("amber", "waiting"),
        DeliveryState::Delivered => html::badge("green", "delivered"),
        DeliveryState::Failed => html::badge("red", "given up"),
    }
}

/// What a format is for.
fn format_help(format: &WebhookFormat) -> &'static str {
    match format {
        WebhookFormat::Standard => "For programs: JSON, signed as Standard Webhooks says.",
        WebhookFormat::Slack => "For an incoming webhook of Slack: a message that people read.",
        WebhookFormat::Teams => {
            "For a Teams workflow that takes an Adaptive Card: a message that people read."
        }
    }
}
