//! The doctor: everything that is wrong or soon will be, each finding with its own remedy.

use super::roles::need;
use crate::LOCAL_AGENT;
use crate::api::{Finding, Requester};
use crate::gate::Gate;
use crate::registry::Live;
use model::{CallerId, Problem, Role, Timestamp};
use ncentral::{Params, operations};
use std::collections::BTreeSet;
use std::sync::Arc;

/// How far N-central's clock may be from ours before somebody should know.
const SKEW_SECONDS: i64 = 60;

impl Gate {
    /// Looks everything over. A key is told about its own connection only; people and programs of the state's own
    /// user are told everything.
    ///
    /// # Errors
    /// The store's; what is wrong is a finding.
    pub async fn doctor(&self, who: &Requester) -> Result<Vec<Finding>, Problem> {
        let everything = who.caller.id.as_str() == LOCAL_AGENT || need(who, Role::Viewer).is_ok();
        let mut connections = self.inner.registry.all();
        if !everything {
            connections.retain(|live| Some(&live.connection.id) == who.caller.connection.as_ref());
        }
        let mut findings = Vec::new();
        if connections.is_empty() {
            findings.push(warning(
                "connections",
                "no N-central server is connected",
                "connect one: `ncgate connect https://YOUR-SERVER`",
            ));
        }
        findings.extend(
            futures::future::join_all(connections.iter().map(|live| self.examine(live))).await.concat(),
        );
        findings.extend(self.examine_stops().await?);
        if everything {
            findings.extend(self.examine_people().await?);
            findings.extend(self.examine_record());
        }
        Ok(findings)
    }

    async fn examine(&self, live: &Arc<Live>) -> Vec<Finding> {
        let check = format!("connection {}", live.connection.name);
        let answered = live.client.server_info().await.map_err(catalog::problem::of_read);
        self.watch_health(live, answered.as_ref().err());
        let info = match answered {
            Ok(info) => info,
            Err(problem) => return vec![failed(&check, &problem.message, &problem.hint)],
        };
        let version = info
            .ncentral
            .map_or_else(|| "of a version it does not tell".to_owned(), |v| model::text::clean(&v, false));
        let mut findings =
            vec![ok(&check, &format!("signed in to {}, N-central {version}", live.connection.url))];
        findings.extend(self.examine_clock(&check, live).await);
        if live.connection.self_approval {
            findings.push(warning(
                &check,
                "self-approval is allowed: who asks, or owns the asking key, may also decide",
                "turn it off once there is a second approver",
            ));
        }
        findings
    }

    /// N-central's clock against ours, where the server tells the time (from 2026.3).
    async fn examine_clock(&self, check: &str, live: &Live) -> Option<Finding> {
        let reply = live.client.call(operations::GET_SERVER_TIME, Params::new(), None).await.ok()?;
        let told = reply.data().get("serverTime")?.as_str()?;
        let theirs: Timestamp = told.split('[').next()?.parse().ok()?;
        let skew = theirs.duration_since(self.now()).as_secs();
        (skew.abs() > SKEW_SECONDS).then(|| {
            let way = if skew > 0 { "ahead of" } else { "behind" };
            warning(
                check,
                &format!("N-central's clock is {} s {way} this machine's", skew.abs()),
                "set both by a time server; expiries and \"tonight\" go by this machine's clock",
            )
        })
    }

    async fn examine_stops(&self) -> Result<Vec<Finding>, Problem> {
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
                &message,
                "an administrator resumes with `ncgate resume`",
            )
        });
        Ok(on.collect())
    }

    async fn examine_people(&self) -> Result<Vec<Finding>, Problem> {
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
                findings.push(warning(&check, &message, "revoke it, and have somebody else make a new one"));
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
            findings.push(ok("people", &format!("{} can decide approvals", deciders.len())));
        }
        Ok(findings)
    }

    fn examine_record(&self) -> Vec<Finding> {
        let torn = self.inner.store.torn_chains();
        if torn.is_empty() {
            return vec![ok("audit", "the record and its checkpoints agree")];
        }
        let chain = |chain: &String| {
            failed(
                "audit",
                &format!(
                    "the chain {chain} and its checkpoint do not agree: entries were cut, or one of the two was restored"
                ),
                "run `ncgate audit verify` for the first missing entry, and find out who had access to the state",
            )
        };
        torn.iter().map(chain).collect()
    }
}

fn ok(check: &str, message: &str) -> Finding {
    finding(check, "ok", message, "")
}

fn warning(check: &str, message: &str, hint: &str) -> Finding {
    finding(check, "warning", message, hint)
}

fn failed(check: &str, message: &str, hint: &str) -> Finding {
    finding(check, "failed", message, hint)
}

fn finding(check: &str, status: &str, message: &str, hint: &str) -> Finding {
    Finding { check: check.into(), status: status.into(), message: message.into(), hint: hint.into() }
}
