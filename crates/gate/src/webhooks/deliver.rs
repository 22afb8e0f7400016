//! Delivering: whatever is due is claimed, sent, and settled with what came of it. A webhook that fails is tried with one
//! message at a time, so that a dead one costs the others nothing.

use super::format::Message;
use super::{Answer, Target, schedule, secret_place, sign, url_place};
use crate::admin::webhook_format;
use crate::gate::{Gate, new_id, store_problem};
use crate::record::Line;
use http::{HeaderMap, HeaderName, HeaderValue, header};
use model::{Problem, Timestamp};
use std::sync::Arc;
use std::time::Duration;
use store::webhooks::{Attempt, DeliveryState, Due, Hook};
use store::{Change, Sealed, Topic};
use tokio::sync::broadcast::{self, error::RecvError};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How many messages are on their way at once, from this node.
const AT_ONCE: usize = 64;

/// How many are on their way to one webhook at once, from all nodes, while it takes them.
const TO_ONE: u32 = 4;

/// How long a claim holds beyond the deadline of an exchange.
const GRACE: Duration = Duration::from_secs(45);

/// The longest the worker sleeps when nothing wakes it.
const NAP: Duration = Duration::from_secs(60);

/// How long settled deliveries are kept to be looked at, and how often the older ones are forgotten.
const KEEP: Duration = Duration::from_secs(30 * 24 * 3600);
const TIDY: Duration = Duration::from_secs(3600);

/// A new `webhook-id`.
pub(crate) fn message_id() -> String {
    format!("msg_{}", new_id())
}

/// Delivers what is due until the gate goes down.
pub(crate) async fn worker(gate: Gate) {
    let mut changes = gate.inner.store.changes();
    if gate.inner.member.is_alone()
        && let Err(error) = gate.inner.store.write(store::webhooks::release_all).await
    {
        tracing::error!(%error, "what an earlier process was delivering could not be freed; it waits until its claims run out");
    }
    let slots = Arc::new(Semaphore::new(AT_ONCE));
    let mut tidied: Option<Timestamp> = None;
    while !gate.inner.stopping.is_cancelled() {
        let woken = gate.inner.webhooks.wake.notified();
        tokio::pin!(woken);
        woken.as_mut().enable();
        if tidied.is_none_or(|at| gate.now() >= at + TIDY) {
            tidied = Some(gate.now());
            gate.forget_old_deliveries().await;
        }
        let nap = match gate.deliver_due(&slots).await {
            Ok(nap) => nap,
            Err(problem) => {
                tracing::error!(%problem, "the outbox of the webhooks could not be read");
                Duration::from_secs(1)
            }
        };
        tokio::select! {
            () = gate.inner.stopping.cancelled() => {}
            () = tokio::time::sleep(nap) => {}
            () = woken => {}
            () = webhook_changed(&mut changes) => {}
        }
    }
}

/// Waits until something is put into the outbox, or a webhook is changed.
async fn webhook_changed(changes: &mut broadcast::Receiver<Change>) {
    loop {
        match changes.recv().await {
            Ok(change) if change.topic == Topic::Webhook => return,
            Ok(_) => {}
            Err(RecvError::Lagged(_)) => return,
            Err(RecvError::Closed) => std::future::pending().await,
        }
    }
}

impl Gate {
    /// Begins everything that is due. Answers how long the worker may sleep.
    async fn deliver_due(&self, slots: &Arc<Semaphore>) -> Result<Duration, Problem> {
        loop {
            let slot = Arc::clone(slots).acquire_owned();
            let Some(Ok(slot)) = self.inner.stopping.run_until_cancelled(slot).await else { return Ok(NAP) };
            let now = self.now();
            let lease = now + self.inner.options.webhook_deadline + GRACE;
            let claim = self.inner.store.write(move |tx| store::webhooks::claim_due(tx, now, lease, TO_ONE));
            match claim.await.map_err(store_problem)? {
                Some(due) => self.begin_delivery(due, slot),
                None => break,
            }
        }
        let now = self.now();
        let next = self.inner.store.read(move |tx| store::webhooks::next_due(tx, now));
        let next = next.await.map_err(store_problem)?;
        Ok(next.and_then(|at| Duration::try_from(at.duration_since(now)).ok()).unwrap_or(NAP).min(NAP))
    }

    fn begin_delivery(&self, due: Due, slot: OwnedSemaphorePermit) {
        crate::crash::point("webhook-claimed");
        let gate = self.clone();
        self.spawn(async move {
            let id = due.id.clone();
            if let Err(problem) = gate.deliver(due).await {
                tracing::error!(delivery = %id, %problem, "a webhook's delivery could not be settled; it is tried again");
            }
            drop(slot);
        });
    }

    async fn deliver(&self, due: Due) -> Result<(), Problem> {
        let wanted = due.hook_id.clone();
        let hook = self.inner.store.read(move |tx| store::webhooks::get(tx, &wanted));
        let Some(hook) = hook.await.map_err(store_problem)? else { return Ok(()) };
        let message = Message {
            name: &due.event.name,
            at: due.event.created_at,
            data: &due.event.data,
            base: self.inner.options.public_url.as_deref(),
        };
        let answer = self.send_message(&hook, &due.id, &message).await;
        crate::crash::point("webhook-answered");
        self.settle_delivery(hook, due, answer).await?;
        crate::crash::point("webhook-settled");
        Ok(())
    }

    /// Sends one message to a webhook, signed where its format is.
    ///
    /// # Errors
    /// In words: what kept it from arriving.
    pub(super) async fn send_message(
        &self,
        hook: &Hook,
        id: &str,
        message: &Message<'_>,
    ) -> Result<Answer, String> {
        let url: String =
            self.inner.sealer.open_json(&url_place(&hook.id), &hook.url).map_err(|e| e.to_string())?;
        let target = Target::parse(&url.into(), hook.allow_private).map_err(|problem| problem.message)?;
        let body = message.body(webhook_format(hook));
        let now = self.now();
        let seconds = now.as_second();
        let secrets = self.open_secrets(hook, now)?;
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if !secrets.is_empty() {
            let signed = sign::signatures(id, seconds, body.as_bytes(), secrets.iter().map(|s| s.as_str()));
            for (name, value) in [
                ("webhook-id", id),
                ("webhook-timestamp", &seconds.to_string()),
                ("webhook-signature", &signed),
            ] {
                let value = HeaderValue::from_str(value).map_err(|error| error.to_string())?;
                headers.insert(HeaderName::from_static(name), value);
            }
        }
        self.inner.webhooks.post.send(&target, headers, body).await
    }

    /// The secrets that sign now, the newest first.
    fn open_secrets(&self, hook: &Hook, now: Timestamp) -> Result<Vec<zeroize::Zeroizing<String>>, String> {
        let old = hook.old_secret.as_ref().filter(|_| hook.old_secret_until.is_some_and(|until| now < until));
        let place = secret_place(&hook.id);
        let open = |sealed: &Sealed| {
            let opened: Result<String, _> = self.inner.sealer.open_json(&place, sealed);
            opened.map(zeroize::Zeroizing::new).map_err(|error| error.to_string())
        };
        hook.secret.iter().chain(old).map(open).collect()
    }

    /// Writes down what came of an attempt, and what follows for the webhook.
    async fn settle_delivery(
        &self,
        hook: Hook,
        due: Due,
        answer: Result<Answer, String>,
    ) -> Result<(), Problem> {
        let now = self.now();
        let attempts = due.attempts + 1;
        let (error, status, asked, gone) = match &answer {
            Ok(answer) => {
                let wait = answer.retry_after.filter(|_| matches!(answer.status, 429 | 503));
                (answer.error(), Some(answer.status), wait, answer.is_gone())
            }
            Err(error) => (Some(error.clone()), None, None, false),
        };
        let [chance] = crate::seal::random::<1>();
        let next = if gone { None } else { schedule::next(attempts, now, chance, asked) };
        let state = match (&error, next) {
            (None, _) => DeliveryState::Delivered,
            (Some(_), Some(_)) => DeliveryState::Pending,
            (Some(_), None) => DeliveryState::Failed,
        };
        let attempt = Attempt { state, at: now, next_at: next.unwrap_or(now), status, error };
        let line =
            move |event| Line::new(None, event, now).with("webhook", &hook.id).with("name", &hook.name);
        self.inner
            .store
            .write(move |tx| -> Result<(), store::Error> {
                if !store::webhooks::settle(tx, &due.id, due.fence, &attempt)? {
                    return Ok(());
                }
                tx.announce(Topic::Webhook, &due.hook_id, due.event.connection.as_ref());
                let Some(error) = &attempt.error else {
                    return store::webhooks::delivered(tx, &due.hook_id, now);
                };
                let since = store::webhooks::failed(tx, &due.hook_id, now, error)?;
                if state == DeliveryState::Failed {
                    line("webhook.delivery_failed")
                        .with("delivery", &due.id)
                        .with("event", &due.event.name)
                        .with("attempts", attempts)
                        .with("error", error)
                        .append(tx)?;
                }
                let disabled = match since {
                    _ if gone => Some("the receiver answered 410 Gone: it wants no more messages".to_owned()),
                    Some(since) if now >= since + schedule::PATIENCE => {
                        Some(format!("nothing could be delivered since {since}"))
                    }
                    _ => None,
                };
                if let Some(reason) = disabled
                    && store::webhooks::disable(tx, &due.hook_id, now, &reason)?
                {
                    line("webhook.disabled").with("reason", &reason).append(tx)?;
                }
                Ok(())
            })
            .await
            .map_err(store_problem)
    }

    async fn forget_old_deliveries(&self) {
        let before = self.now() - KEEP;
        let forgotten = self.inner.store.write(move |tx| store::webhooks::forget_settled(tx, before)).await;
        if let Err(error) = forgotten {
            tracing::warn!(%error, "old deliveries of webhooks could not be forgotten");
        }
    }
}
