//! Policies: which mode a tool has on a connection, what the presets give, and which of several modes wins.

use crate::effect::Effect;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::str::FromStr;

/// What happens when a tool is asked for. Ordered by strictness: the greater of two modes is the stricter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// It runs.
    Auto,
    /// A person decides first.
    ApprovalNeeded,
    /// It is refused; for a key it does not even exist.
    Disabled,
}

impl Mode {
    /// The strictest of several modes; `Auto` of none.
    pub fn strictest(modes: impl IntoIterator<Item = Mode>) -> Mode {
        modes.into_iter().max().unwrap_or(Mode::Auto)
    }

    /// The name used on every face.
    pub fn as_str(self) -> &'static str {
        match self {
            Mode::Auto => "auto",
            Mode::ApprovalNeeded => "approval_needed",
            Mode::Disabled => "disabled",
        }
    }
}

impl std::fmt::Display for Mode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A word that is none of the known ones, with those that are.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{given}` is not a {what}; use one of: {known}")]
pub struct UnknownWord {
    /// What was expected.
    pub what: &'static str,
    /// What came.
    pub given: String,
    /// The words that are understood.
    pub known: &'static str,
}

impl FromStr for Mode {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, UnknownWord> {
        match word {
            "auto" => Ok(Mode::Auto),
            "approval_needed" => Ok(Mode::ApprovalNeeded),
            "disabled" => Ok(Mode::Disabled),
            _ => Err(UnknownWord {
                what: "policy",
                given: word.into(),
                known: "auto, approval_needed, disabled",
            }),
        }
    }
}

/// The policies a connection starts with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Preset {
    /// Look-ups run, changes and runs need a person.
    #[default]
    Standard,
    /// Look-ups that print a credential need a person too.
    Cautious,
    /// Changes and runs are disabled.
    ReadOnly,
}

impl Preset {
    /// The mode this preset gives to an effect (product.md, *Connecting*).
    pub fn mode(self, effect: Effect) -> Mode {
        match (self, effect) {
            (_, Effect::Read) => Mode::Auto,
            (Preset::Cautious, Effect::SensitiveRead) => Mode::ApprovalNeeded,
            (_, Effect::SensitiveRead) => Mode::Auto,
            (Preset::ReadOnly, Effect::Change | Effect::Run) => Mode::Disabled,
            (_, Effect::Change | Effect::Run) => Mode::ApprovalNeeded,
        }
    }

    /// The name used on every face.
    pub fn as_str(self) -> &'static str {
        match self {
            Preset::Standard => "standard",
            Preset::Cautious => "cautious",
            Preset::ReadOnly => "read-only",
        }
    }
}

impl FromStr for Preset {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, UnknownWord> {
        match word {
            "standard" => Ok(Preset::Standard),
            "cautious" => Ok(Preset::Cautious),
            "read-only" => Ok(Preset::ReadOnly),
            _ => Err(UnknownWord {
                what: "preset",
                given: word.into(),
                known: "standard, cautious, read-only",
            }),
        }
    }
}

/// All policies of one connection at one version. The version rises by one with every change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policies {
    /// Rises with every change; a plan carries the one it was made under.
    pub version: u64,
    /// The preset last applied; it decides for raw calls to operations that no typed tool covers.
    pub preset: Preset,
    /// Mode by canonical tool name. A tool that is missing has the preset's mode for its effect.
    pub modes: BTreeMap<String, Mode>,
}

impl Policies {
    /// What a fresh connection has.
    pub fn from_preset(preset: Preset) -> Self {
        Self { version: 1, preset, modes: BTreeMap::new() }
    }

    /// The mode of a tool, by its canonical name and effect.
    pub fn mode(&self, tool: &str, effect: Effect) -> Mode {
        self.modes.get(tool).copied().unwrap_or_else(|| self.preset.mode(effect))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn presets_give_what_the_specification_says() {
        let table = [
            (Preset::Standard, [Mode::Auto, Mode::Auto, Mode::ApprovalNeeded, Mode::ApprovalNeeded]),
            (
                Preset::Cautious,
                [Mode::Auto, Mode::ApprovalNeeded, Mode::ApprovalNeeded, Mode::ApprovalNeeded],
            ),
            (Preset::ReadOnly, [Mode::Auto, Mode::Auto, Mode::Disabled, Mode::Disabled]),
        ];
        for (preset, modes) in table {
            assert_eq!(Effect::ALL.map(|effect| preset.mode(effect)), modes, "{}", preset.as_str());
            assert_eq!(preset.as_str().parse::<Preset>(), Ok(preset));
        }
    }

    #[test]
    fn the_strictest_mode_wins() {
        assert_eq!(Mode::strictest([Mode::Auto, Mode::Disabled, Mode::ApprovalNeeded]), Mode::Disabled);
        assert_eq!(Mode::strictest([]), Mode::Auto);
    }

    #[test]
    fn an_unknown_word_names_the_known_ones() {
        let refusal = "yes".parse::<Mode>().unwrap_err().to_string();
        assert_eq!(refusal, "`yes` is not a policy; use one of: auto, approval_needed, disabled");
    }
}
