//! The seam between the record and the outbox: whoever appends an entry that a webhook wants to hear of has put the
//! message into the outbox with it, in the same transaction, and could not forget to.

use super::message_id;
use super::subject::{self, Subject};
use crate::api::WebhookEvent;
use crate::gate::new_id;
use crate::record::Line;
use store::webhooks::{Event, Hook};
use store::{Topic, Tx};

/// The event that an entry of the record stands for, if webhooks are told of it.
fn event_of(entry: &str) -> Option<WebhookEvent> {
    Some(match entry {
        "call.held" => WebhookEvent::ApprovalRequested,
        "approval.approved" | "approval.denied" => WebhookEvent::ApprovalDecided,
        "approval.expired" => WebhookEvent::ApprovalExpired,
        "approval.withdrawn" => WebhookEvent::ApprovalWithdrawn,
        "call.finished" => WebhookEvent::CallFinished,
        "call.not_run" => WebhookEvent::CallRefused,
        "connection.health_changed" => WebhookEvent::ConnectionHealthChanged,
        _ => return None,
    })
}

/// Puts what an entry tells into the outbox of every webhook that wants to hear of it.
pub(crate) fn enqueue(tx: &mut Tx<'_>, line: &Line) -> Result<(), store::Error> {
    let Some(event) = event_of(line.event()) else { return Ok(()) };
    let hooks = store::webhooks::enabled(tx)?;
    if !hooks.iter().any(|hook| listens(hook, event)) {
        return Ok(());
    }
    let Some(subject) = subject::of(tx, event, line)? else { return Ok(()) };
    let wanting: Vec<Hook> = hooks.into_iter().filter(|hook| wants(hook, event, &subject)).collect();
    if wanting.is_empty() {
        return Ok(());
    }
    let kept = Event {
        id: new_id(),
        name: event.as_str().to_owned(),
        created_at: line.at(),
        connection: subject.connection,
        data: subject.data,
    };
    store::webhooks::add_event(tx, &kept)?;
    for hook in wanting {
        store::webhooks::add_delivery(tx, &message_id(), &hook.id, &kept)?;
        tx.announce(Topic::Webhook, &hook.id, hook.connection.as_ref());
    }
    Ok(())
}

fn listens(hook: &Hook, event: WebhookEvent) -> bool {
    hook.events.as_ref().is_none_or(|wanted| wanted.iter().any(|name| name == event.as_str()))
}

fn wants(hook: &Hook, event: WebhookEvent, subject: &Subject) -> bool {
    listens(hook, event)
        && hook.connection.as_ref().is_none_or(|wanted| subject.connection.as_ref() == Some(wanted))
        && hook.caller.as_ref().is_none_or(|wanted| subject.caller.as_ref() == Some(wanted))
}
