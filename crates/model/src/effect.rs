//! What a tool does to the world, the one property on which policy is decided.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a tool does to the world.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Looks things up.
    Read,
    /// A look-up that prints a credential.
    SensitiveRead,
    /// Changes something in N-central.
    Change,
    /// Executes on a device.
    Run,
}

impl Effect {
    /// Every effect, mildest first.
    pub const ALL: [Effect; 4] = [Effect::Read, Effect::SensitiveRead, Effect::Change, Effect::Run];

    /// Whether a call of this effect sends writes, and so passes through plan, decision and execution.
    pub fn writes(self) -> bool {
        matches!(self, Effect::Change | Effect::Run)
    }

    /// Whether its audit entry must be durable before the answer leaves (product.md, *The record*).
    pub fn durable_record(self) -> bool {
        self != Effect::Read
    }

    /// The name used on every face.
    pub fn as_str(self) -> &'static str {
        match self {
            Effect::Read => "read",
            Effect::SensitiveRead => "sensitive_read",
            Effect::Change => "change",
            Effect::Run => "run",
        }
    }
}

impl std::fmt::Display for Effect {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}
