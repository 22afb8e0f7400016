//! Policies: the mode of every tool on a connection. A change is based on a version, so that two administrators
//! can't undo each other's work unseen, and the next call already meets it.

use super::connections::present;
use super::input;
use super::roles::need;
use crate::api::{PoliciesView, PolicyChange, Requester};
use crate::gate::Gate;
use crate::record::Line;
use model::{Kind, Mode, Policies, Problem, Role};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use store::Topic;

impl Gate {
    /// The mode of every tool on a connection.
    ///
    /// # Errors
    /// [`Kind::Forbidden`] for keys, [`Kind::NotFound`].
    pub async fn policies(&self, who: &Requester, connection: &str) -> Result<PoliciesView, Problem> {
        need(who, Role::Viewer)?;
        Ok(view(&self.choose(who, Some(connection))?.policies))
    }

    /// Changes policies: first the preset, if one is given, then the single modes on top.
    ///
    /// # Errors
    /// An unknown tool, naming the nearest; [`Kind::StaleVersion`] if somebody was faster.
    pub async fn set_policies(
        &self,
        who: &Requester,
        connection: &str,
        change: PolicyChange,
    ) -> Result<PoliciesView, Problem> {
        need(who, Role::Admin)?;
        let live = self.choose(who, Some(connection))?;
        let id = live.connection.id.clone();
        let mut modes: BTreeMap<String, Mode> = BTreeMap::new();
        for (name, mode) in &change.policies {
            let canonical = input::tool(name)?.record.name;
            if modes.insert(canonical.to_owned(), *mode).is_some_and(|other| other != *mode) {
                return Err(input::invalid(format!(
                    "{canonical} is given two policies, under its two names"
                )));
            }
        }
        let line = Line::new(Some(&id), "policy.changed", self.now()).by(who);
        let (stored, kept, in_memory) = (live.stored, id.clone(), live.policies.clone());
        crate::crash::point("policy-checked");
        let policies = self
            .commit(move |tx| {
                let before = if stored { present(tx, &kept)?.policies } else { in_memory.clone() };
                if let Some(based_on) = change.version
                    && based_on != before.version
                {
                    return Err(stale(before.version).into());
                }
                let mut after = before.clone();
                if let Some(preset) = change.preset {
                    after.preset = preset;
                    after.modes.clear();
                }
                after.modes.extend(modes.clone());
                if after == before {
                    return Ok(before);
                }
                after.version += 1;
                if stored && !store::connections::set_policies(tx, &kept, before.version, &after)? {
                    return Err(stale(before.version).into());
                }
                line.clone()
                    .with("policy_version", after.version)
                    .with("preset", change.preset)
                    .with("changes", difference(&before, &after))
                    .append(tx)?;
                tx.announce(Topic::Policy, &kept, Some(&kept));
                Ok(after)
            })
            .await?;
        crate::crash::point("policy-stored");
        let shown = view(&policies);
        self.inner.registry.update(&id, |current| {
            // Another change may have been committed and put here since.
            let newest =
                if policies.version > current.policies.version { policies } else { current.policies.clone() };
            current.with(current.connection.clone(), newest)
        });
        Ok(shown)
    }
}

fn view(policies: &Policies) -> PoliciesView {
    let mode = |tool: &catalog::Entry| {
        (tool.record.name.to_owned(), policies.mode(tool.record.name, tool.record.effect))
    };
    PoliciesView {
        version: policies.version,
        preset: policies.preset,
        policies: catalog::TOOLS.iter().map(mode).collect(),
    }
}

/// What is another mode now, by tool.
fn difference(before: &Policies, after: &Policies) -> Value {
    let changes: Map<String, Value> = view(before)
        .policies
        .into_iter()
        .zip(view(after).policies)
        .filter(|((_, from), (_, to))| from != to)
        .map(|((tool, from), (_, to))| (tool, json!({"from": from, "to": to})))
        .collect();
    Value::Object(changes)
}

fn stale(current: u64) -> Problem {
    Problem::new(
        Kind::StaleVersion,
        format!("the policies were changed meanwhile and have version {current} now"),
    )
    .hint("look at them again, and send the change with that version")
    .detail("version", current)
}
