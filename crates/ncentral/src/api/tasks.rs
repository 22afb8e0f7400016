//! Scheduled tasks: those of a device, and running an item of the script repository on one.

use std::collections::BTreeMap;
use std::fmt;

use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

use crate::api::{number, read};
use crate::client::Client;
use crate::error::Error;
use crate::lenient::{Id, records};
use crate::operations;
use crate::page::Page;
use crate::params::Params;

records! {
    /// A task of a device.
    DeviceTask {
        /// Its id.
        task_id: Id,
        /// Its name.
        task_name: String,
        /// Its status.
        status: String,
    }

    /// A task that was created.
    TaskCreated {
        /// Its id, for [`Client::task`] and its siblings.
        task_id: Id,
    }

    /// A task. Tasks form a tree, SYSTEM over CUSTOMER over DEVICE, by `parent_id`.
    Task {
        /// Its id.
        task_id: Id,
        /// The task above.
        parent_id: Id,
        /// Its name.
        name: String,
        /// Its name, where the server uses the other member.
        task_name: String,
        /// The repository item that it runs.
        item_id: Id,
        /// What kind of item.
        #[serde(rename = "type")]
        kind: String,
        /// The unit.
        org_unit_id: Id,
        /// The service organisation.
        so_id: Id,
        /// The customer.
        customer_id: Id,
        /// The site.
        site_id: Id,
        /// Whether it is enabled.
        is_enabled: bool,
        /// The devices; text on the wire.
        device_ids: Vec<Id>,
    }

    /// How many devices are in which status.
    TaskStatus {
        /// The task's name.
        task_name: String,
        /// Devices by status text, for example `Completed`.
        status_counts: BTreeMap<String, i64>,
    }

    /// How a task went on one device.
    TaskDetail {
        /// The device-level task.
        task_id: Id,
        /// The device.
        device_id: Id,
        /// The device's name.
        device_name: String,
        /// The task's name.
        task_name: String,
        /// Success and Failed are final; the words before them aren't published.
        status: String,
        /// What the script wrote.
        output: String,
        /// What N-central says about it.
        message: String,
        /// The name of the output file.
        output_file_name: String,
    }
}

/// What kind of repository item a direct task runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TaskType {
    /// An automation policy.
    AutomationPolicy,
    /// A script.
    Script,
    /// A script for Macs.
    MacScript,
}

impl TaskType {
    /// The type's name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AutomationPolicy => "AutomationPolicy",
            Self::Script => "Script",
            Self::MacScript => "MacScript",
        }
    }
}

/// The account under which a direct task runs.
#[derive(Clone, Debug, Default)]
pub enum Credential {
    /// The system account.
    #[default]
    LocalSystem,
    /// The credentials that N-central has for the device.
    DeviceCredentials,
    /// An account of its own.
    Custom {
        /// The account's name.
        username: String,
        /// Its password.
        password: SecretString,
    },
}

impl Credential {
    fn to_body(&self) -> Value {
        match self {
            Self::LocalSystem => json!({"type": "LocalSystem", "username": null, "password": null}),
            Self::DeviceCredentials => {
                json!({"type": "DeviceCredentials", "username": null, "password": null})
            }
            Self::Custom { username, password } => {
                json!({"type": "CustomCredentials", "username": username, "password": password.expose_secret()})
            }
        }
    }
}

/// One input parameter of a direct task. Scripts take one, named `CommandLine`.
#[derive(Clone)]
pub struct TaskParameter {
    /// Its name.
    pub name: String,
    /// Its value; may be a secret.
    pub value: SecretString,
    /// string, integer, boolean, text, dword or password.
    pub kind: String,
    /// What it means.
    pub description: String,
}

impl fmt::Debug for TaskParameter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TaskParameter")
            .field("name", &self.name)
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

/// A task that runs at once, once, on one device.
#[derive(Clone, Debug)]
pub struct DirectTask {
    /// Its name; must be unique on the server.
    pub name: String,
    /// The repository item; it must have "Enable API" on.
    pub item_id: Id,
    /// What kind of item that is.
    pub task_type: TaskType,
    /// The customer or site that holds the device.
    pub customer_id: Id,
    /// The device.
    pub device_id: Id,
    /// The account under which it runs.
    pub credential: Credential,
    /// Its input.
    pub parameters: Vec<TaskParameter>,
}

impl DirectTask {
    /// The request's body. Every member is sent, because schema and samples disagree on what may be left out
    /// (NOTES, section 9).
    pub fn to_body(&self) -> Value {
        let parameter = |parameter: &TaskParameter| {
            json!({
                "name": parameter.name,
                "value": parameter.value.expose_secret(),
                "description": parameter.description,
                "type": parameter.kind,
            })
        };
        json!({
            "name": self.name,
            "itemId": number(&self.item_id),
            "taskType": self.task_type.as_str(),
            "customerId": number(&self.customer_id),
            "deviceId": number(&self.device_id),
            "credential": self.credential.to_body(),
            "parameters": self.parameters.iter().map(parameter).collect::<Vec<_>>(),
        })
    }
}

impl Client {
    /// The tasks of a device.
    ///
    /// # Errors
    ///
    /// As [`Client::call`].
    pub async fn device_tasks(&self, device_id: &Id) -> Result<Page<DeviceTask>, Error> {
        self.list(operations::LIST_DEVICE_SCHEDULED_TASKS, Params::new().set("deviceId", device_id)).await
    }

    /// Runs a repository item on a device. This executes something: it is sent at most once.
    ///
    /// # Errors
    ///
    /// As [`Client::call`]. If [`Error::certainty`] is unknown, the task may exist: look for its name.
    pub async fn create_direct_task(&self, task: &DirectTask) -> Result<TaskCreated, Error> {
        let body = Some(task.to_body());
        read(self.call(operations::CREATE_DIRECT_SCHEDULED_TASK, Params::new(), body).await?)
    }

    /// One task.
    ///
    /// # Errors
    ///
    /// As [`Client::call`].
    pub async fn task(&self, task_id: &Id) -> Result<Task, Error> {
        self.get(operations::GET_SCHEDULED_TASK, Params::new().set("taskId", task_id)).await
    }

    /// How many devices are in which status.
    ///
    /// # Errors
    ///
    /// As [`Client::call`].
    pub async fn task_status(&self, task_id: &Id) -> Result<TaskStatus, Error> {
        self.get(operations::GET_SCHEDULED_TASK_STATUS, Params::new().set("taskId", task_id)).await
    }

    /// How a task went on each device. Takes tasks of the SYSTEM and CUSTOMER levels only.
    ///
    /// # Errors
    ///
    /// As [`Client::call`].
    pub async fn task_details(&self, task_id: &Id) -> Result<Page<TaskDetail>, Error> {
        self.list(operations::LIST_SCHEDULED_TASK_STATUS_DETAILS, Params::new().set("taskId", task_id)).await
    }
}
