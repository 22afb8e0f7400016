//! Scheduled tasks: the direct task with its preconditions, and looking at tasks. A run leaves three tasks, one a level
//! (SYSTEM, CUSTOMER, DEVICE), linked by `parentId` (NOTES §9).

use std::collections::HashSet;

use serde_json::{Map, Value, json};

use super::Served;
use crate::answer::{Answer, Outcome};
use crate::call::{Call, Fields};
use crate::failure::Failure;
use crate::fleet::device::Device;
use crate::fleet::scripts::{self, Script};
use crate::fleet::units::Level;
use crate::ops::task_tree::{self, Progress, TaskRef, Tier};
use crate::world::World;

pub(crate) const SERVED: Served = &[
    ("createDirectScheduledTask", create),
    ("getScheduledTask", info),
    ("getScheduledTaskStatus", status),
    ("listScheduledTaskStatusDetails", details),
    ("listDeviceScheduledTasks", of_device),
];

const TASK_TYPES: [&str; 3] = ["AutomationPolicy", "Script", "MacScript"];
const CREDENTIALS: [&str; 3] = ["LocalSystem", "DeviceCredentials", "CustomCredentials"];
const PARAMETER_TYPES: [&str; 6] = ["string", "integer", "boolean", "text", "dword", "password"];

/// The direct tasks that were created, in order.
#[derive(Default)]
pub(crate) struct Tasks {
    pub(crate) runs: Vec<Run>,
    names: HashSet<String>,
}

/// One direct task: a script on a device.
pub(crate) struct Run {
    pub(crate) name: String,
    pub(crate) script: &'static Script,
    pub(crate) device: u32,
    /// Place of the unit that held the device.
    pub(crate) home: usize,
    /// A required parameter that was left out: the run is accepted, and fails on the device.
    pub(crate) missing: Option<&'static str>,
    pub(crate) created_ms: i64,
}

struct Request {
    name: String,
    item_id: i32,
    customer: i32,
    device: i32,
    parameters: Vec<(String, Option<String>)>,
}

impl Request {
    fn read(body: &Map<String, Value>) -> Result<Self, Failure> {
        let mut fields = Fields::of(body);
        let mut request = Self {
            name: fields.filled("name"),
            item_id: fields.number("itemId"),
            customer: fields.number("customerId"),
            device: fields.number("deviceId"),
            parameters: Vec::new(),
        };
        // A published client writes "Automation Policy" with a blank; the type is not compared with the item's.
        if !TASK_TYPES.contains(&fields.filled("taskType").replace(' ', "").as_str()) {
            fields.refuse("taskType", &format!("must be one of {}", TASK_TYPES.join(", ")));
        }
        // The schema requires a credential, the portal calls it optional: a missing one is taken as LocalSystem.
        if let Some(credential) = body.get("credential").filter(|c| !c.is_null()) {
            let kind = credential["type"].as_str().unwrap_or_default();
            let given = |name: &str| credential[name].as_str().is_some_and(|text| !text.is_empty());
            if !CREDENTIALS.contains(&kind) {
                fields.refuse("credential.type", &format!("must be one of {}", CREDENTIALS.join(", ")));
            } else if kind == "CustomCredentials" && !(given("username") && given("password")) {
                fields.refuse("credential", "CustomCredentials need a username and a password");
            }
        }
        match body.get("parameters") {
            None | Some(Value::Null) => {}
            Some(Value::Array(list)) => {
                for (at, parameter) in list.iter().enumerate() {
                    request.parameters.extend(read_parameter(&mut fields, at, parameter));
                }
            }
            Some(_) => fields.refuse("parameters", "must be a list"),
        }
        fields.done()?;
        Ok(request)
    }
}

/// Samples leave out description and type, so their absence is no fault here.
fn read_parameter(fields: &mut Fields<'_>, at: usize, parameter: &Value) -> Option<(String, Option<String>)> {
    let name = parameter["name"].as_str().filter(|name| !name.is_empty());
    if name.is_none() {
        fields.refuse(&format!("parameters[{at}].name"), "must not be empty");
    }
    if !matches!(&parameter["value"], Value::Null | Value::String(_)) {
        fields.refuse(&format!("parameters[{at}].value"), "must be text");
    }
    if !parameter["type"].is_null()
        && !parameter["type"].as_str().is_some_and(|t| PARAMETER_TYPES.contains(&t))
    {
        fields.refuse(
            &format!("parameters[{at}].type"),
            &format!("must be one of {}", PARAMETER_TYPES.join(", ")),
        );
    }
    Some((name?.to_owned(), parameter["value"].as_str().map(str::to_owned)))
}

fn create(world: &mut World, call: &Call<'_>) -> Outcome {
    let request = Request::read(&call.object()?)?;
    let device = world.device(request.device)?;
    let unit = world.unit(request.customer)?;
    let holds = matches!(world.fleet.units[unit].level, Level::Customer | Level::Site)
        && world.fleet.is_under(device.home, unit);
    if !holds {
        return Err(Failure::bad_request(&format!(
            "Device {} does not belong to customer {}",
            device.id, request.customer
        )));
    }
    let script = runnable(&request)?;
    if !world.tasks.names.insert(request.name.clone()) {
        return Err(Failure::bad_request(&format!(
            "A task named '{}' already exists; names must be unique",
            request.name
        )));
    }
    let missing = script.missing(&request.parameters);
    let run = Run {
        name: request.name,
        script,
        device: device.index,
        home: device.home,
        missing,
        created_ms: world.now_ms(),
    };
    world.tasks.runs.push(run);
    let id = TaskRef::run(world.tasks.runs.len() - 1, Tier::Customer).id();
    let mut answer = Answer::data(json!({"taskId": id}), &[("task", format!("/api/scheduled-tasks/{id}"))]);
    answer.status = 201;
    Ok(answer.changed())
}

/// The repository item, if it may be run through the API at all.
fn runnable(request: &Request) -> Result<&'static Script, Failure> {
    let refused = |why: &str| {
        Failure::forbidden(
            "ScriptNotRunnableException",
            &format!("Script or policy {} {why}", request.item_id),
        )
    };
    // What ships with the product cannot be run through the API, whether we list it or not.
    if request.item_id < 2000 {
        return Err(refused("is a system item and cannot be run through the API."));
    }
    let script = scripts::script(request.item_id).ok_or_else(|| {
        Failure::not_found(&format!("Repository item with ID {} was not found!", request.item_id))
    })?;
    if !script.api_enabled {
        return Err(refused("is not enabled for the API."));
    }
    Ok(script)
}

fn task(world: &World, call: &Call<'_>) -> Result<TaskRef, Failure> {
    let id = call.id("taskId")?;
    task_tree::find(world, id).ok_or_else(|| unknown(id))
}

fn unknown(id: i32) -> Failure {
    Failure::not_found(&format!("Scheduled task with ID {id} was not found!"))
}

fn info(world: &mut World, call: &Call<'_>) -> Outcome {
    let task = task(world, call)?;
    let id = task.id();
    let script = task.script(world);
    let place = task.unit(world);
    let devices = task.devices(world);
    let device: Option<Device> = match (task.tier, devices.as_slice()) {
        (Tier::System, _) | (_, []) => None,
        (Tier::Device, [index]) => Some(world.device_at(*index)),
        (_, many) => (many.len() == 1).then(|| world.device_at(many[0])),
    };
    let unit_id = |level| world.above(place, level).map(|u| u.id);
    let name = task.name(world);
    let data = json!({
        "taskId": id,
        "parentId": task.parent(world).map(|p| p.id()),
        "name": name,
        "taskName": name,
        "itemId": script.item_id,
        "type": script.task_type,
        "orgUnitId": world.fleet.units[place].id,
        "soId": unit_id(Level::ServiceOrg),
        "customerId": unit_id(Level::Customer),
        "siteId": unit_id(Level::Site),
        "applianceId": device.and_then(|d| d.appliance),
        "isReactive": false,
        "isEnabled": true,
        "deviceIds": devices.iter().map(|i| world.fleet.device_ids.id(*i).to_string()).collect::<Vec<_>>(),
    });
    let path = format!("/api/scheduled-tasks/{id}");
    Ok(Answer::data(data, &[("status", format!("{path}/status")), ("self", path)]))
}

fn status(world: &mut World, call: &Call<'_>) -> Outcome {
    let task = task(world, call)?;
    let mut counts: Map<String, Value> =
        Progress::COUNTED.iter().map(|w| ((*w).to_owned(), Value::from(0))).collect();
    for index in task.devices(world) {
        let word = task.progress(world, index).counted();
        let count = counts.get(word).and_then(Value::as_u64).unwrap_or_default();
        counts.insert(word.to_owned(), (count + 1).into());
    }
    let details = format!("/api/scheduled-tasks/{}/status/details", task.id());
    Ok(Answer::data(json!({"taskName": task.name(world), "statusCounts": counts}), &[("details", details)]))
}

/// Takes SYSTEM and CUSTOMER tasks; the rows carry the ids of the DEVICE tasks, which it does not take (NOTES §9).
fn details(world: &mut World, call: &Call<'_>) -> Outcome {
    let task = task(world, call)?;
    if task.tier == Tier::Device {
        return Err(Failure::not_found(&format!(
            "No SYSTEM or CUSTOMER level task with ID {} was found!",
            task.id()
        )));
    }
    let name = task.name(world);
    let rows = task.devices(world).into_iter().map(|index| {
        let device = world.device_at(index);
        let (progress, output, message) = task.result(world, &device);
        json!({
            "taskId": task.at_device(index).id(),
            "deviceId": device.id,
            "deviceName": device.name,
            "taskName": name,
            "status": progress.word(),
            "output": output,
            "message": message,
            "outputFileName": null,
        })
    });
    Ok(Answer::list(rows.collect()))
}

fn of_device(world: &mut World, call: &Call<'_>) -> Outcome {
    let device = world.device(call.id("deviceId")?)?;
    let rows = task_tree::of_device(world, &device).into_iter().map(|task| {
        json!({
            "taskId": task.id(),
            "taskName": task.name(world),
            "status": task.progress(world, device.index).counted(),
        })
    });
    Ok(Answer::list(rows.collect()))
}
