//! The deliveries of a webhook: looked at, tried again, and tested.

use super::roles::need;
use crate::api::{Cursor, DeliveryState, DeliveryView, Page, Requester, WebhookTest};
use crate::decide::list_problem;
use crate::gate::Gate;
use crate::record::Line;
use model::{Kind, Problem, Role};
use store::Topic;
use store::webhooks::{Delivery, DeliveryState as Kept, Filter};

impl Gate {
    /// The deliveries of a webhook, newest first. Those that are settled are kept for 30 days.
    ///
    /// # Errors
    /// [`Kind::Forbidden`] for keys, [`Kind::NotFound`], a cursor that is none.
    pub async fn webhook_deliveries(
        &self,
        who: &Requester,
        id_or_name: &str,
        state: Option<DeliveryState>,
        page: Cursor,
    ) -> Result<Page<DeliveryView>, Problem> {
        need(who, Role::Viewer)?;
        let state = state.map(|state| match state {
            DeliveryState::Pending => Kept::Pending,
            DeliveryState::Delivered => Kept::Delivered,
            DeliveryState::Failed => Kept::Failed,
        });
        let filter = Filter { hook_id: self.hook(id_or_name).await?.id, state };
        let limit = page.rows();
        let found = self
            .inner
            .store
            .read(move |tx| store::webhooks::deliveries(tx, &filter, page.cursor.as_deref(), limit))
            .await
            .map_err(list_problem)?;
        Ok(Page { items: found.items.into_iter().map(view).collect(), next: found.next })
    }

    /// Has a message delivered again at once, whatever became of it, under the id it had.
    ///
    /// # Errors
    /// [`Kind::Conflict`] while it is being sent, or where the webhook is disabled; [`Kind::NotFound`].
    pub async fn redeliver_webhook(
        &self,
        who: &Requester,
        id_or_name: &str,
        delivery: &str,
    ) -> Result<DeliveryView, Problem> {
        need(who, Role::Admin)?;
        let hook = self.hook(id_or_name).await?;
        if hook.disabled_at.is_some() {
            return Err(Problem::new(Kind::Conflict, "the webhook is disabled, so nothing is sent to it")
                .hint("enable it first"));
        }
        let (now, wanted) = (self.now(), delivery.to_owned());
        let line = Line::new(None, "webhook.redelivered", now)
            .by(who)
            .with("webhook", &hook.id)
            .with("name", &hook.name)
            .with("delivery", &wanted);
        let again = self
            .commit(move |tx| {
                store::webhooks::delivery(tx, &hook.id, &wanted)?.ok_or_else(no_such)?;
                if !store::webhooks::redeliver(tx, &wanted, now)? {
                    return Err(Problem::new(Kind::Conflict, "the message is being sent at this moment")
                        .retryable(true)
                        .hint("look at the delivery again in a minute")
                        .into());
                }
                line.append(tx)?;
                tx.announce(Topic::Webhook, &hook.id, hook.connection.as_ref());
                Ok(store::webhooks::delivery(tx, &hook.id, &wanted)?.ok_or_else(no_such)?)
            })
            .await?;
        Ok(view(again))
    }

    /// Sends a test message at once, and tells what came of it.
    ///
    /// # Errors
    /// [`Kind::NotFound`]. A message that did not arrive is an answer.
    pub async fn test_webhook(&self, who: &Requester, id_or_name: &str) -> Result<WebhookTest, Problem> {
        need(who, Role::Admin)?;
        let hook = self.hook(id_or_name).await?;
        self.send_test(who, &hook).await
    }
}

fn view(kept: Delivery) -> DeliveryView {
    let state = match kept.state {
        Kept::Pending => DeliveryState::Pending,
        Kept::Delivered => DeliveryState::Delivered,
        Kept::Failed => DeliveryState::Failed,
    };
    DeliveryView {
        id: kept.id,
        event: kept.event,
        state,
        attempts: kept.attempts,
        created_at: kept.created_at,
        next_attempt_at: (state == DeliveryState::Pending).then_some(kept.next_at),
        last_attempt_at: kept.last_attempt_at,
        status: kept.status,
        error: kept.error,
    }
}

fn no_such() -> Problem {
    Problem::new(Kind::NotFound, "no such delivery")
        .hint("those that are settled are forgotten after 30 days")
}
