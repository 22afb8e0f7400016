//! What a caller is offered: the tools its standing and the policies leave it, under the names it is shown.

use crate::api::{Offer, Requester};
use crate::gate::Gate;
use model::{Mode, NameSet, Problem};

impl Gate {
    /// The tools of a caller on its connection. For a key, disabled ones do not exist; a person sees every tool of
    /// the role with its policy.
    ///
    /// # Errors
    /// No connection, or several and none named.
    pub async fn offers(&self, who: &Requester, connection: Option<&str>) -> Result<Vec<Offer>, Problem> {
        let live = self.choose(who, connection)?;
        let offers = catalog::TOOLS.iter().filter_map(|tool| {
            let mode = live.policies.mode(tool.record.name, tool.record.effect);
            let hidden = !who.caller.may_ask(tool.record.name, tool.record.effect)
                || (mode == Mode::Disabled && !who.caller.is_person());
            let shown_name = match who.caller.names {
                NameSet::Canonical => tool.record.name,
                NameSet::Alias => tool.record.alias.unwrap_or(tool.record.name),
            };
            (!hidden).then_some(Offer { tool, shown_name, policy: mode })
        });
        Ok(offers.collect())
    }
}
