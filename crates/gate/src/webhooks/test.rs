//! A test message, sent at once and answered with what came of it. It is not put into the outbox and says nothing of the
//! webhook's health, so it can be tried while the webhook is disabled.

use super::format::Message;
use super::message_id;
use crate::api::{Requester, WebhookTest};
use crate::gate::Gate;
use crate::record::Line;
use model::Problem;
use serde_json::json;
use store::webhooks::Hook;

/// What a test message is called.
const NAME: &str = "webhook.test";

impl Gate {
    /// Sends a test message, and waits for the answer.
    pub(crate) async fn send_test(&self, who: &Requester, hook: &Hook) -> Result<WebhookTest, Problem> {
        let data = json!({ "message": "This is a test. Nothing happened.", "webhook": hook.name });
        let base = self.inner.options.public_url.as_deref();
        let message = Message { name: NAME, at: self.now(), data: &data, base };
        let id = message_id();
        let begun = tokio::time::Instant::now();
        let answer = self.send_message(hook, &id, &message).await;
        let duration_ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        let (delivered, status, error) = match answer {
            Ok(answer) => (answer.is_delivered(), Some(answer.status), answer.error()),
            Err(error) => (false, None, Some(error)),
        };
        let line = Line::new(None, "webhook.tested", self.now())
            .by(who)
            .with("webhook", &hook.id)
            .with("name", &hook.name)
            .with("status", status)
            .with("error", &error);
        self.record(line).await?;
        Ok(WebhookTest { delivered, status, error, duration_ms, webhook_id: id })
    }
}
