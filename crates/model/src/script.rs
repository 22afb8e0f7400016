//! Scripts: the list an administrator keeps per connection, because N-central has no endpoint that lists its
//! script repository (product.md, *Scripts*).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The kind of a repository item, in the contract's words (`DirectSupportTask.taskType`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum TaskType {
    /// An automation policy.
    AutomationPolicy,
    /// A script for Windows or Linux.
    Script,
    /// A script for macOS.
    MacScript,
}

impl TaskType {
    /// The word on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            TaskType::AutomationPolicy => "AutomationPolicy",
            TaskType::Script => "Script",
            TaskType::MacScript => "MacScript",
        }
    }
}

impl std::str::FromStr for TaskType {
    type Err = crate::policy::UnknownWord;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        [TaskType::AutomationPolicy, TaskType::Script, TaskType::MacScript]
            .into_iter()
            .find(|t| t.as_str().eq_ignore_ascii_case(word))
            .ok_or_else(|| crate::policy::UnknownWord {
                what: "task type",
                given: word.into(),
                known: "AutomationPolicy, Script, MacScript",
            })
    }
}

/// One parameter of a script.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ScriptParameter {
    /// Its name, as N-central knows it.
    pub name: String,
    /// The contract's type: string, integer, boolean, text, dword, password.
    #[serde(rename = "type")]
    pub kind: String,
    /// Whether a run without it is refused.
    #[serde(default)]
    pub required: bool,
    /// Whether its value is a secret.
    #[serde(default)]
    pub secret: bool,
}

/// The parameter types of the contract.
pub const PARAMETER_TYPES: [&str; 6] = ["string", "integer", "boolean", "text", "dword", "password"];

/// One item of the script repository that agents may name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Script {
    /// Id of this entry of the list.
    pub id: String,
    /// The name callers use.
    pub name: String,
    /// The id in N-central's repository; items that can run through the API are 2000 and above.
    pub item_id: i64,
    /// What kind of item it is.
    pub task_type: TaskType,
    /// Its parameters.
    #[serde(default)]
    pub parameters: Vec<ScriptParameter>,
    /// What it does, for whoever chooses and whoever approves.
    #[serde(default)]
    pub description: String,
}
