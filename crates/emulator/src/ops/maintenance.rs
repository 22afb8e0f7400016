//! Patch maintenance windows. Those that come from rules are read-only; the others are created, changed and deleted
//! here, all of a request or none (NOTES §8). Member names differ between reading and writing, as the server's do.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::Served;
use crate::answer::{Answer, Outcome};
use crate::call::{Call, Fields};
use crate::clock::{DAY, scan_time_bare};
use crate::failure::Failure;
use crate::fleet::class::Class;
use crate::ops::users::API_USER_NAME;
use crate::world::World;

struct Window {
    device: u32,
    members: Map<String, Value>,
    updated_ms: i64,
}

/// Windows that were created on devices, by schedule id.
#[derive(Default)]
pub(crate) struct Windows {
    created: BTreeMap<i32, Window>,
    last: i32,
}

const FIRST: i32 = 5102;
/// Schedule ids of windows that come from rules: this plus the device's index.
const FROM_RULE: i32 = 100_000_000;

pub(crate) const SERVED: Served = &[
    ("listDeviceMaintenanceWindows", |world, call| {
        let device = world.device(call.id("deviceId")?)?;
        let mut rows = Vec::new();
        let server = device.class == Class::ServerWindows;
        if device.class.is_windows() {
            let mut window =
                Map::from_iter(DEFAULTS.iter().map(|(name, value)| ((*name).to_owned(), value())));
            let (rule, cron) = if server {
                ("Servers - Sunday", "0 0 2 ? * SUN *")
            } else {
                ("Workstations - Tuesday", "0 0 12 ? * TUE *")
            };
            let actions: Vec<Value> = ["detect", "install", "reboot"]
                .iter()
                .map(|key| json!({"Key": key, "Value": null}))
                .collect();
            window.insert("applicableAction".to_owned(), json!([{"type": "Patch", "actions": actions}]));
            window.insert("name".to_owned(), rule.into());
            window.insert("cron".to_owned(), cron.into());
            window.insert("duration".to_owned(), 120.into());
            let rule_id = if server { 311 } else { 312 };
            let updated = world.fleet.started_ms - 90 * DAY;
            rows.push(row(FROM_RULE + device.index.cast_signed(), window, updated, Some((rule_id, rule))));
        }
        let created = world.windows.created.iter().filter(|(_, w)| w.device == device.index);
        rows.extend(created.map(|(id, w)| row(*id, w.members.clone(), w.updated_ms, None)));
        Ok(Answer::list(rows))
    }),
    ("createMaintenanceWindows", create),
    ("updateMaintenanceWindows", update),
    ("deleteMaintenanceWindows", delete),
];

/// A member with what it is when it is left out.
type Usual = (&'static str, fn() -> Value);

/// A window as it was sent: the schedule id that it names, and its members.
type Sent = (Option<i32>, Map<String, Value>);

/// Members that may be left out, with what they are then.
static DEFAULTS: [Usual; 11] = [
    ("type", || "action".into()),
    ("enabled", || true.into()),
    ("maxDowntime", || 30.into()),
    ("rebootMethod", || "allowUserToPostpone".into()),
    ("rebootDelay", || 15.into()),
    ("downtimeOnAction", || true.into()),
    ("userMessageEnabled", || false.into()),
    ("userMessage", || "".into()),
    ("messageSenderEnabled", || false.into()),
    ("messageSender", || "".into()),
    ("preserveStateEnabled", || false.into()),
];

fn row(id: i32, mut window: Map<String, Value>, updated_ms: i64, rule: Option<(i32, &str)>) -> Value {
    window.insert("scheduleID".to_owned(), id.into());
    window.insert("userName".to_owned(), API_USER_NAME.into());
    window.insert("lastUpdated".to_owned(), scan_time_bare(updated_ms).into());
    window.insert("ruleID".to_owned(), rule.map(|r| r.0).into());
    window.insert("ruleName".to_owned(), rule.map(|r| r.1).into());
    window.into()
}

/// Reads the list of windows; each with the schedule id that it carries.
fn read(body: &Map<String, Value>) -> Result<Vec<Sent>, Failure> {
    let missing =
        || Failure::validation(vec![("maintenanceWindows".to_owned(), "must be a list".to_owned())]);
    let list = body.get("maintenanceWindows").and_then(Value::as_array).ok_or_else(missing)?;
    list.iter().map(|window| read_one(window.as_object().ok_or_else(missing)?)).collect()
}

fn read_one(window: &Map<String, Value>) -> Result<Sent, Failure> {
    let mut fields = Fields::of(window);
    fields.filled("name");
    fields.filled("cron");
    fields.number("duration");
    if fields.text("type") != "action" {
        fields.refuse("type", "must be 'action'");
    }
    if fields.flag_if_given("enabled").is_none() {
        fields.refuse("enabled", "must be true or false");
    }
    for name in ["maxDowntime", "rebootDelay"] {
        fields.number_if_given(name);
    }
    for name in ["rebootMethod", "userMessage", "messageSender"] {
        fields.text_if_given(name);
    }
    for name in ["downtimeOnAction", "userMessageEnabled", "messageSenderEnabled", "preserveStateEnabled"] {
        fields.flag_if_given(name);
    }
    let id = fields.number_if_given("scheduleId");
    let actions = window.get("applicableAction").and_then(Value::as_array);
    if !actions.is_some_and(|list| list.iter().all(|a| a["type"] == "Patch")) {
        fields.refuse("applicableAction", "must be a list of actions of type 'Patch'");
    }
    fields.done()?;
    let mut kept: Map<String, Value> =
        DEFAULTS.iter().map(|(name, value)| ((*name).to_owned(), value())).collect();
    let known = |name: &str| {
        DEFAULTS.iter().any(|(n, _)| *n == name)
            || ["applicableAction", "name", "cron", "duration"].contains(&name)
    };
    kept.extend(
        window
            .iter()
            .filter(|(name, value)| known(name) && !value.is_null())
            .map(|(n, v)| (n.clone(), v.clone())),
    );
    Ok((id, kept))
}

/// Puts every window of the list on every device of the list.
fn create(world: &mut World, call: &Call<'_>) -> Outcome {
    let body = call.object()?;
    let mut fields = Fields::of(&body);
    let ids = fields.ids("deviceIDs");
    fields.done()?;
    let windows = read(&body)?;
    let devices: Vec<u32> =
        ids.iter().map(|id| world.device(*id).map(|d| d.index)).collect::<Result<_, _>>()?;
    let updated_ms = world.now_ms();
    for device in &devices {
        for (_, members) in &windows {
            let id = FIRST + world.windows.last;
            world.windows.last += 1;
            world
                .windows
                .created
                .insert(id, Window { device: *device, members: members.clone(), updated_ms });
        }
    }
    let answer = Answer::created(json!({"success": true}));
    Ok(if devices.is_empty() || windows.is_empty() { answer } else { answer.changed() })
}

/// A schedule that may be written: one that was created on a device.
fn writable(world: &World, id: i32) -> Result<i32, Failure> {
    if world.windows.created.contains_key(&id) {
        return Ok(id);
    }
    let from_rule = id.checked_sub(FROM_RULE).and_then(|i| u32::try_from(i).ok());
    if from_rule.is_some_and(|index| world.device_index(world.fleet.device_ids.id(index)).is_some()) {
        return Err(Failure::bad_request(&format!(
            "Schedule {id} comes from a rule and cannot be changed here"
        )));
    }
    Err(Failure::not_found(&format!("Maintenance window with schedule ID {id} was not found!")))
}

fn update(world: &mut World, call: &Call<'_>) -> Outcome {
    let windows = read(&call.object()?)?;
    let without = || Failure::validation(vec![("scheduleId".to_owned(), "must not be null".to_owned())]);
    let mut changes = Vec::new();
    for (id, members) in windows {
        changes.push((writable(world, id.ok_or_else(without)?)?, members));
    }
    let updated_ms = world.now_ms();
    let answer = Answer::empty(204);
    let answer = if changes.is_empty() { answer } else { answer.changed() };
    for (id, members) in changes {
        if let Some(window) = world.windows.created.get_mut(&id) {
            window.members = members;
            window.updated_ms = updated_ms;
        }
    }
    Ok(answer)
}

fn delete(world: &mut World, call: &Call<'_>) -> Outcome {
    let body = call.object()?;
    let mut fields = Fields::of(&body);
    let ids = fields.ids("scheduleIds");
    fields.done()?;
    let ids = ids.into_iter().map(|id| writable(world, id)).collect::<Result<Vec<_>, _>>()?;
    let answer = Answer::ok(json!({"success": true}));
    let answer = if ids.is_empty() { answer } else { answer.changed() };
    for id in ids {
        world.windows.created.remove(&id);
    }
    Ok(answer)
}
