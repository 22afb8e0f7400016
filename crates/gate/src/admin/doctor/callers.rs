//! Who may do what: switches that are on, whether there is somebody to administer and to decide, keys that can't be
//! used, and calls that wait for a person.

use super::{counted, ok, warning};
use crate::api::Finding;
use crate::gate::Gate;
use model::{ApprovalState, CallerId, Outcome, Problem, Role};
use std::collections::BTreeSet;

/// Most calls that one finding counts.
const MOST: u32 = 200;

impl Gate {
    pub(super) async fn examine_stops(&self) -> Result<Vec<Finding>, Problem> {
        let stops = self.look(store::stops::list).await?;
        let on = stops.into_iter().filter(|stop| stop.on).map(|stop| {
            let view = self.stop_view(stop);
            let scope = view
                .connection
                .map_or_else(|| "all connections".to_owned(), |name| format!("connection {name}"));
            let why = view.reason.map(|reason| format!(": {reason}")).unwrap_or_default();
            let message = format!("stopped by {} at {}{why}; no change and no run leaves", view.by, view.at);
            warning(
                &format!("stop switch, {scope}"),
                message,
                "an administrator resumes with `ncgate resume`",
            )
        });
        Ok(on.collect())
    }

    pub(super) async fn examine_callers(&self) -> Result<Vec<Finding>, Problem> {
        let (people, keys) = self.look(|tx| Ok((store::people::list(tx)?, store::keys::list(tx)?))).await?;
        let active: Vec<_> = people.iter().filter(|person| person.disabled_at.is_none()).collect();
        let mut findings = Vec::new();
        if !active.iter().any(|person| person.role == Role::Admin) {
            findings.push(warning(
                "people",
                "there is no administrator, so whoever runs commands as this user administers",
                "make one: `ncgate user add NAME --role admin`",
            ));
        }
        let deciders: BTreeSet<&CallerId> =
            active.iter().filter(|person| person.role >= Role::Approver).map(|person| &person.id).collect();
        if deciders.is_empty() {
            findings.push(warning(
                "approvals",
                "nobody could decide an approval",
                "add a person with the role approver: `ncgate user add NAME --role approver`",
            ));
        }
        let now = self.now();
        for key in
            keys.iter().filter(|key| key.revoked_at.is_none() && key.expires_at.is_none_or(|at| at > now))
        {
            let check = format!("key {}", key.caller.name);
            let owner = people.iter().find(|person| Some(&person.id) == key.caller.owner.as_ref());
            if let Some(owner) = owner.filter(|owner| owner.disabled_at.is_some()) {
                let message = format!("its owner, {}, is disabled, so it is refused", owner.name);
                findings.push(warning(&check, message, "revoke it, and have somebody else make a new one"));
                continue;
            }
            let live = key.caller.connection.as_ref().map(|id| self.inner.registry.get(id));
            match live {
                Some(None) => findings.push(warning(&check, "its connection was removed", "revoke it")),
                Some(Some(live)) if live.connection.self_approval => {}
                _ if deciders.is_empty()
                    || deciders.iter().any(|id| Some(*id) != key.caller.owner.as_ref()) => {}
                _ => findings.push(warning(
                    &check,
                    "its owner is the only approver, and may not decide what it asks for",
                    "add another approver, or allow self-approval for its connection",
                )),
            }
        }
        if findings.is_empty() {
            findings.push(ok("people", format!("{} can decide approvals", deciders.len())));
        }
        Ok(findings)
    }

    /// Calls that only a person can move on, and those that nobody could.
    pub(super) async fn examine_waiting(&self) -> Result<Vec<Finding>, Problem> {
        let (pending, unknown) = self
            .look(|tx| {
                let filter =
                    store::approvals::Filter { state: Some(ApprovalState::Pending), ..Default::default() };
                let pending = store::approvals::list(tx, &filter, None, MOST)?;
                let filter = store::calls::Filter { outcome: Some(Outcome::Unknown), ..Default::default() };
                Ok((pending, store::calls::list(tx, &filter, None, MOST)?))
            })
            .await?;
        let mut findings = Vec::new();
        let mut stuck = 0;
        for approval in &pending.items {
            if let Some(row) = self.call_row(&approval.call_id).await?
                && self.nobody_can_decide(&row).await?.is_some()
            {
                stuck += 1;
            }
        }
        if stuck > 0 {
            findings.push(warning(
                "approvals",
                format!("{} that nobody could approve", counted(stuck, "call waits", "calls wait")),
                "add an approver who neither asked nor owns the asking key: `ncgate user add NAME --role approver`",
            ));
        }
        if !unknown.items.is_empty() {
            let count = counted(unknown.items.len(), "call has", "calls have");
            findings.push(warning(
                "outcomes",
                format!("{count} an unknown outcome; nothing is repeated until a person says what happened"),
                "look in N-central, then settle each with `ncgate calls settle` (`ncgate calls list --only unknown` names them), or on its page under Activity",
            ));
        }
        Ok(findings)
    }
}
