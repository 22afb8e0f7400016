//! Whether a tool exists for a caller, on which connection, and under which policy.

use super::Admitted;
use crate::api::Ask;
use crate::gate::Gate;
use catalog::Entry;
use model::{Caller, Effect, Kind, Mode, Policies, Problem};
use serde_json::Value;

impl Gate {
    /// Lets a request in or refuses it. For a key, unknown, hidden and disabled are one and the same.
    pub(crate) fn admit(&self, ask: &Ask) -> Result<Admitted, Problem> {
        let caller = &ask.requester.caller;
        let tool = catalog::find(&ask.tool).ok_or_else(|| unknown(caller, &ask.tool))?;
        may_ask(caller, tool, tool.record.effect, &ask.tool)?;
        let live = self.choose(&ask.requester, ask.connection.as_deref())?;
        // A key learns nothing of a disabled raw tool, not even what is wrong with its path.
        if live.policies.mode(tool.record.name, tool.record.effect) == Mode::Disabled && !caller.is_person() {
            return Err(unknown(caller, &ask.tool));
        }
        let Ruling { effect, mode, decided_by } = rule(&live.policies, tool, &ask.arguments)?;
        may_ask(caller, tool, effect, &ask.tool)?;
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

/// Whether a caller's standing reaches a tool and effect.
fn may_ask(caller: &Caller, tool: &Entry, effect: Effect, asked: &str) -> Result<(), Problem> {
    if caller.may_ask(tool.record.name, effect) {
        return Ok(());
    }
    Err(match caller.role() {
        None => unknown(caller, asked),
        Some(role) => Problem::new(
            Kind::Forbidden,
            format!(
                "a {} may not make this call of {}: its effect is `{effect}`",
                role.as_str(),
                tool.record.name
            ),
        )
        .hint("ask an approver or an administrator"),
    })
}

/// What the policies say of one call.
pub(crate) struct Ruling {
    pub(crate) effect: Effect,
    pub(crate) mode: Mode,
    /// What decided, in words.
    pub(crate) decided_by: String,
}

/// What the policies say of one call: the tool's own, and for a raw call the strictest of the raw tool's, of the typed
/// tools that cover the operation, or, where none does, of what the preset gives to the operation's effect.
pub(crate) fn rule(policies: &Policies, tool: &Entry, arguments: &Value) -> Result<Ruling, Problem> {
    let own = policies.mode(tool.record.name, tool.record.effect);
    let version = policies.version;
    let Some(govern) = tool.govern else {
        let decided_by = format!("policy of {}: {own} (version {version})", tool.record.name);
        return Ok(Ruling { effect: tool.record.effect, mode: own, decided_by });
    };
    let governed = govern(arguments)?;
    let mut voices = vec![(tool.record.name.to_owned(), own)];
    for name in &governed.covered_by {
        if let Some(typed) = catalog::find(name) {
            voices.push(((*name).to_owned(), policies.mode(name, typed.record.effect)));
        }
    }
    if governed.covered_by.is_empty() {
        let preset = policies.preset;
        voices.push((
            format!("preset {} for {}", preset.as_str(), governed.effect),
            preset.mode(governed.effect),
        ));
    }
    let mode = Mode::strictest(voices.iter().map(|(_, mode)| *mode));
    let said: Vec<String> = voices.iter().map(|(name, mode)| format!("{name}: {mode}")).collect();
    let decided_by = format!("strictest of {} (version {version})", said.join(", "));
    Ok(Ruling { effect: governed.effect, mode, decided_by })
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
