//! Whether a tool exists for a caller, on which connection, and under which policy.

use super::Admitted;
use crate::api::Ask;
use crate::gate::Gate;
use crate::registry::Live;
use catalog::Entry;
use model::{Caller, Effect, Kind, Mode, Problem};
use std::sync::Arc;

impl Gate {
    /// Lets a request in or refuses it. For a key, unknown, hidden and disabled are one and the same.
    pub(crate) fn admit(&self, ask: &Ask) -> Result<Admitted, Problem> {
        let caller = &ask.requester.caller;
        let tool = catalog::find(&ask.tool).ok_or_else(|| unknown(caller, &ask.tool))?;
        let effect = tool.record.effect;
        if !caller.may_ask(tool.record.name, effect) {
            return Err(match caller.role() {
                None => unknown(caller, &ask.tool),
                Some(role) => Problem::new(
                    Kind::Forbidden,
                    format!(
                        "a {} may not call {}, which is a `{effect}` tool",
                        role.as_str(),
                        tool.record.name
                    ),
                )
                .hint("ask an approver or an administrator"),
            });
        }
        let live = self.choose(&ask.requester, ask.connection.as_deref())?;
        let (mode, decided_by) = policy(&live, tool, effect);
        if mode == Mode::Disabled {
            return Err(if caller.is_person() {
                Problem::new(
                    Kind::ToolDisabled,
                    format!("{} is disabled on {}", tool.record.name, live.connection.name),
                )
                .hint("an administrator can change the policy")
            } else {
                unknown(caller, &ask.tool)
            });
        }
        Ok(Admitted { tool, live, effect, mode, decided_by })
    }
}

/// The mode of a tool on a connection, and what decided it in words.
pub(crate) fn policy(live: &Arc<Live>, tool: &Entry, effect: Effect) -> (Mode, String) {
    let mode = live.policies.mode(tool.record.name, effect);
    (mode, format!("policy of {}: {mode} (version {})", tool.record.name, live.policies.version))
}

fn unknown(caller: &Caller, name: &str) -> Problem {
    let shown = model::text::shorten(&model::text::clean(name, false), 80);
    let problem = Problem::new(Kind::UnknownTool, format!("unknown tool `{shown}`"));
    if !caller.is_person() {
        return problem.hint("list the tools for the ones this key may use");
    }
    let known: Vec<&str> =
        catalog::TOOLS.iter().flat_map(|t| [Some(t.record.name), t.record.alias]).flatten().collect();
    match catalog::schema::unknown_word("tool", name, &known) {
        nearest if nearest.message.contains("did you mean") => {
            Problem { message: nearest.message, ..problem }
        }
        _ => problem.hint("`ncgate tools` lists them"),
    }
}
