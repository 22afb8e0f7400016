//! The script repository: items that ship with the product (below 2000, never run through the API) and uploaded ones,
//! some of which have "Enable API" switched on.

use serde::{Deserialize, Serialize};

use super::Fleet;

/// An item of the script repository, which N-central itself has no way to list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RepositoryItem {
    /// Repository id; uploaded items begin at 2000.
    pub item_id: i32,
    /// Its name in the repository.
    pub name: String,
    /// `Script`, `AutomationPolicy` or `MacScript`.
    pub task_type: String,
    /// Whether its "Enable API" switch is on.
    pub api_enabled: bool,
    /// What it takes.
    pub parameters: Vec<RepositoryParameter>,
}

/// A parameter of a repository item.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RepositoryParameter {
    /// Its name; scripts take their whole command line as `CommandLine`.
    pub name: String,
    /// `string`, `integer`, `boolean`, `text`, `dword` or `password`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Whether a run without it is refused.
    pub required: bool,
    /// What it means.
    pub description: String,
}

pub(crate) struct Script {
    pub(crate) item_id: i32,
    pub(crate) name: &'static str,
    pub(crate) task_type: &'static str,
    pub(crate) api_enabled: bool,
    parameters: &'static [(&'static str, &'static str, bool, &'static str)],
    /// What a good run prints; `{device}` and the like are filled in.
    pub(crate) output: &'static str,
}

const COMMAND_LINE: (&str, &str, bool, &str) = ("CommandLine", "string", false, "Arguments of the script");

pub(crate) static SCRIPTS: [Script; 13] = [
    Script {
        item_id: 1012,
        name: "Windows Disk Cleanup",
        task_type: "Script",
        api_enabled: false,
        parameters: &[COMMAND_LINE],
        output: "",
    },
    Script {
        item_id: 1207,
        name: "Reboot Device",
        task_type: "Script",
        api_enabled: false,
        parameters: &[COMMAND_LINE],
        output: "",
    },
    Script {
        item_id: 1544,
        name: "Set Power Plan",
        task_type: "AutomationPolicy",
        api_enabled: false,
        parameters: &[],
        output: "",
    },
    Script {
        item_id: 2011,
        name: "Collect disk report",
        task_type: "Script",
        api_enabled: true,
        parameters: &[COMMAND_LINE],
        output: "Drive  Size(GB)  Used(%)  Health\nC:     237.9     {percent}     OK\nReport for {device} written.",
    },
    Script {
        item_id: 2014,
        name: "Cleanup temporary files",
        task_type: "Script",
        api_enabled: true,
        parameters: &[COMMAND_LINE],
        output: "Removed {files} temporary files from {device}, {percent} MB freed.\nRecycle bin emptied.\nExit code 0",
    },
    Script {
        item_id: 2017,
        name: "Restart a Windows service",
        task_type: "AutomationPolicy",
        api_enabled: true,
        parameters: &[
            ("ServiceName", "string", true, "Internal name of the service"),
            ("TimeoutSeconds", "integer", false, "How long to wait for it to stop"),
            ("StartDependents", "boolean", false, "Start the services that depend on it as well"),
        ],
        output: "Service stopped.\nService running (PID {files}).",
    },
    Script {
        item_id: 2018,
        name: "Install approved patches now",
        task_type: "AutomationPolicy",
        api_enabled: true,
        parameters: &[("AllowReboot", "boolean", true, "Restart the device when a patch needs it")],
        output: "{few} patches installed on {device}. Restart pending: no.",
    },
    Script {
        item_id: 2021,
        name: "Reset local administrator password",
        task_type: "AutomationPolicy",
        api_enabled: true,
        parameters: &[
            ("AccountName", "string", true, "Local account"),
            ("NewPassword", "password", true, "Its new password"),
        ],
        output: "The password of the account was set.",
    },
    Script {
        item_id: 2024,
        name: "Clear macOS caches",
        task_type: "MacScript",
        api_enabled: true,
        parameters: &[COMMAND_LINE],
        output: "Cleared /Library/Caches ({percent} MB).\nDone.",
    },
    Script {
        item_id: 2026,
        name: "Set registry value",
        task_type: "AutomationPolicy",
        api_enabled: true,
        parameters: &[
            ("KeyPath", "text", true, "Path below HKLM"),
            ("ValueName", "string", true, "Name of the value"),
            ("Value", "dword", true, "What to store"),
        ],
        output: "1 value written.",
    },
    Script {
        item_id: 2030,
        name: "Flush DNS cache",
        task_type: "Script",
        api_enabled: true,
        parameters: &[COMMAND_LINE],
        output: "",
    },
    Script {
        item_id: 2033,
        name: "Uninstall legacy antivirus",
        task_type: "Script",
        api_enabled: false,
        parameters: &[COMMAND_LINE],
        output: "Nothing to uninstall.",
    },
    Script {
        item_id: 2035,
        name: "Rotate BitLocker key",
        task_type: "AutomationPolicy",
        api_enabled: false,
        parameters: &[],
        output: "Key rotated.",
    },
];

/// The repository item with this id.
pub(crate) fn script(item_id: i32) -> Option<&'static Script> {
    SCRIPTS.iter().find(|s| s.item_id == item_id)
}

impl Script {
    /// A required parameter that a call left out or left empty.
    pub(crate) fn missing(&self, given: &[(String, Option<String>)]) -> Option<&'static str> {
        let has =
            |name: &str| given.iter().any(|(n, v)| n == name && v.as_ref().is_some_and(|v| !v.is_empty()));
        self.parameters.iter().find(|(name, _, required, _)| *required && !has(name)).map(|(name, ..)| *name)
    }
}

impl Fleet {
    pub(crate) fn repository(&self) -> Vec<RepositoryItem> {
        SCRIPTS
            .iter()
            .map(|s| RepositoryItem {
                item_id: s.item_id,
                name: s.name.to_owned(),
                task_type: s.task_type.to_owned(),
                api_enabled: s.api_enabled,
                parameters: s
                    .parameters
                    .iter()
                    .map(|(name, kind, required, description)| RepositoryParameter {
                        name: (*name).to_owned(),
                        kind: (*kind).to_owned(),
                        required: *required,
                        description: (*description).to_owned(),
                    })
                    .collect(),
            })
            .collect()
    }

    /// What a good run of a script prints on a device.
    pub(crate) fn output(&self, script: &Script, device: &str, device_index: u32) -> String {
        if script.output.is_empty() {
            return "The task finished without output.".to_owned();
        }
        let roll = |what: &str, most: u64| self.dice.below(what, device_index.into(), most);
        script
            .output
            .replace("{device}", device)
            .replace(
                "{percent}",
                &format!("{}.{}", 31 + roll("output percent", 60), roll("output tenth", 10)),
            )
            .replace("{files}", &(180 + roll("output files", 4000)).to_string())
            .replace("{few}", &(1 + roll("output few", 9)).to_string())
    }
}
