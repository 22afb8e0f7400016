//! Changing a key: what it is narrowed to, how fast it may be, until when, and what is noted about it. It holds from
//! the next request on, and the record tells what it was before.

use super::input;
use super::keys::{canonical, check_customers, check_end, check_rate, no_such};
use super::roles::need;
use crate::api::{KeyChange, KeyView, Requester};
use crate::gate::Gate;
use crate::record::Line;
use model::{CallerId, Kind, Problem, Role};
use serde_json::json;
use store::Topic;

impl Gate {
    /// Changes a key.
    ///
    /// # Errors
    /// As [`Gate::create_key`]; [`Kind::NotFound`]; [`Kind::Conflict`] for a key that was revoked.
    pub async fn change_key(&self, who: &Requester, id: &str, change: KeyChange) -> Result<KeyView, Problem> {
        need(who, Role::Admin)?;
        let name = change.name.as_deref().map(|name| input::name("name", name)).transpose()?;
        let notes = change.notes.as_deref().map(input::description).transpose()?;
        let tools = match &change.tools {
            Some(Some(tools)) => Some(Some(canonical(tools)?)),
            Some(None) => Some(None),
            None => None,
        };
        check_customers(change.customers.as_ref().and_then(Option::as_deref))?;
        check_rate(change.requests_per_minute.flatten())?;
        let now = self.now();
        check_end(change.expires_at.flatten(), now)?;
        let (wanted, by) = (CallerId::new(id), who.clone());
        self.commit(move |tx| {
            let before = store::keys::get(tx, &wanted)?.ok_or_else(no_such)?;
            if before.revoked_at.is_some() {
                return Err(Problem::new(Kind::Conflict, "this key was revoked, and stays so")
                    .hint("make a new one")
                    .into());
            }
            let mut after = before.clone();
            let caller = &mut after.caller;
            caller.name = name.clone().unwrap_or_else(|| before.caller.name.clone());
            caller.tools = tools.clone().unwrap_or_else(|| before.caller.tools.clone());
            caller.customers = change.customers.clone().unwrap_or_else(|| before.caller.customers.clone());
            caller.plan_only = change.plan_only.unwrap_or(before.caller.plan_only);
            caller.names = change.names.unwrap_or(before.caller.names);
            caller.requests_per_minute =
                change.requests_per_minute.unwrap_or(before.caller.requests_per_minute);
            after.expires_at = change.expires_at.unwrap_or(before.expires_at);
            after.notes = notes.clone().unwrap_or_else(|| before.notes.clone());
            if after == before {
                return Ok(());
            }
            store::keys::update(tx, &after)?;
            Line::new(None, "key.changed", now)
                .by(&by)
                .with("connection", &after.caller.connection)
                .with("key", &after.caller)
                .with("expires_at", after.expires_at)
                .with("notes", json!({ "from": before.notes, "to": after.notes }))
                .with("before", json!({ "key": before.caller, "expires_at": before.expires_at }))
                .append(tx)?;
            tx.announce(Topic::Key, &after.id, after.caller.connection.as_ref());
            Ok(())
        })
        .await?;
        self.inner.known_keys.forget();
        self.key(who, id).await
    }
}
