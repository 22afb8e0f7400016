//! The messages: what happened, in the form that the receiver reads.

mod slack;
mod standard;
mod teams;
mod words;

use crate::api::WebhookFormat;
use model::Timestamp;
use serde_json::Value;

/// An event on its way to a receiver.
pub(super) struct Message<'a> {
    /// What happened.
    pub(super) name: &'a str,
    /// When.
    pub(super) at: Timestamp,
    /// What it is about, as it was put into the outbox.
    pub(super) data: &'a Value,
    /// The base of the dashboard's pages, where there is a dashboard.
    pub(super) base: Option<&'a str>,
}

impl Message<'_> {
    /// The body, in the form of a webhook.
    pub(super) fn body(&self, format: WebhookFormat) -> String {
        match format {
            WebhookFormat::Standard => standard::body(self),
            WebhookFormat::Slack => slack::body(&words::say(self)),
            WebhookFormat::Teams => teams::body(&words::say(self)),
        }
        .to_string()
    }

    fn text(&self, member: &str) -> Option<&str> {
        self.data[member].as_str().filter(|text| !text.is_empty())
    }

    /// The page on which a person can look at it, and decide.
    fn page(&self) -> Option<String> {
        let base = self.base?.trim_end_matches('/');
        match (self.text("approval_id"), self.text("connection_id"), self.text("call_id")) {
            (Some(approval), _, _) => Some(format!("{base}/approvals/{approval}")),
            (None, Some(connection), None) => Some(format!("{base}/integrations/{connection}")),
            _ => None,
        }
    }
}
