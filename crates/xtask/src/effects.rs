//! The reviewed effect of each operation, from `contract/effects.toml`: the one part of the operation table that
//! no contract can tell and a person has to answer for.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};
use serde::Deserialize;

use crate::contract::Contract;

/// What an operation does to the world.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Effect {
    Read,
    SensitiveRead,
    Change,
    Run,
}

impl Effect {
    /// What the verb alone says.
    fn of_verb(method: &str) -> Self {
        if method == "GET" { Self::Read } else { Self::Change }
    }
}

/// One line of the file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Review {
    pub(crate) effect: Effect,
    /// Whether a raw call may reach the operation.
    #[serde(default = "yes")]
    pub(crate) raw: bool,
    /// Why, where the verb doesn't tell.
    why: Option<String>,
}

fn yes() -> bool {
    true
}

/// Every line, by operationId.
#[derive(Debug)]
pub(crate) struct Effects(BTreeMap<String, Review>);

impl Effects {
    pub(crate) fn parse(text: &str) -> Result<Self> {
        toml::from_str(text).map(Self).context("contract/effects.toml")
    }

    /// The review of an operation that [`Effects::disagreements`] has found to be there.
    pub(crate) fn of(&self, id: &str) -> &Review {
        &self.0[id]
    }

    /// Where the file and the contract don't fit together, a sentence each.
    pub(crate) fn disagreements(&self, contract: &Contract) -> Vec<String> {
        let known = |id: &String| contract.operations.iter().any(|operation| operation.id == *id);
        let unknown = self
            .0
            .keys()
            .filter(|id| !known(id))
            .map(|id| format!("`{id}` has an effect, but the contract has no such operation"));
        let unreviewed = contract.operations.iter().filter_map(|operation| {
            let id = &operation.id;
            let Some(review) = self.0.get(id) else {
                return Some(format!("`{id}` is in the contract, but nobody has reviewed its effect"));
            };
            let evident = review.raw && review.effect == Effect::of_verb(&operation.method);
            (!evident && review.why.as_deref().is_none_or(str::is_empty))
                .then(|| format!("`{id}` needs a `why`: its verb, {}, doesn't tell", operation.method))
        });
        unknown.chain(unreviewed).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONTRACT: &str = "
security: [{accessToken: []}]
paths:
  /api/devices:
    get: {operationId: listDevices, summary: Devices., x-envelope: list, x-since: '2024'}
  /api/device:
    post: {operationId: createDevice, summary: Add., x-envelope: bare, x-since: '2025'}
components: {parameters: {}}
";

    fn disagreements(effects: &str) -> Vec<String> {
        Effects::parse(effects).unwrap().disagreements(&Contract::parse(CONTRACT).unwrap())
    }

    #[test]
    fn a_file_that_fits_has_none() {
        let fits = "listDevices = { effect = 'read' }\ncreateDevice = { effect = 'change' }";
        assert_eq!(disagreements(fits), Vec::<String>::new());
    }

    #[test]
    fn both_sides_must_name_the_same_operations() {
        assert_eq!(
            disagreements("listDevices = { effect = 'read' }\nlistGadgets = { effect = 'read' }"),
            [
                "`listGadgets` has an effect, but the contract has no such operation",
                "`createDevice` is in the contract, but nobody has reviewed its effect",
            ]
        );
    }

    #[test]
    fn what_the_verb_does_not_tell_needs_a_reason() {
        assert_eq!(
            disagreements(
                "listDevices = { effect = 'sensitive_read' }\ncreateDevice = { effect = 'change', raw = false }"
            ),
            [
                "`listDevices` needs a `why`: its verb, GET, doesn't tell",
                "`createDevice` needs a `why`: its verb, POST, doesn't tell",
            ]
        );
    }

    #[test]
    fn a_misspelt_member_or_effect_is_refused() {
        assert!(Effects::parse("listDevices = { effect = 'read', rav = false }").is_err());
        assert!(Effects::parse("listDevices = { effect = 'reads' }").is_err());
    }
}
