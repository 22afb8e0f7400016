//! Windows service actions: the answer repeats the state a service is in afterwards, which is no success flag; success
//! is `overallStatus` alone (NOTES §8).

use std::collections::HashMap;

use serde_json::{Value, json};

use super::Served;
use crate::answer::{Answer, Outcome};
use crate::call::{Call, Fields};
use crate::failure::Failure;
use crate::world::World;

/// Services of every Windows device: internal name, display name, executable.
pub(crate) const SERVICES: [(&str, &str, &str); 8] = [
    ("Spooler", "Print Spooler", "C:\\Windows\\System32\\spoolsv.exe"),
    ("wuauserv", "Windows Update", "C:\\Windows\\system32\\svchost.exe -k netsvcs"),
    ("BITS", "Background Intelligent Transfer Service", "C:\\Windows\\System32\\svchost.exe -k netsvcs"),
    ("W32Time", "Windows Time", "C:\\Windows\\system32\\svchost.exe -k LocalService"),
    ("LanmanServer", "Server", "C:\\Windows\\system32\\svchost.exe -k netsvcs"),
    ("Dnscache", "DNS Client", "C:\\Windows\\system32\\svchost.exe -k NetworkService"),
    ("EventLog", "Windows Event Log", "C:\\Windows\\System32\\svchost.exe -k LocalServiceNetworkRestricted"),
    (
        "Windows Agent Service",
        "Windows Agent Service",
        "C:\\Program Files (x86)\\N-able Technologies\\Windows Agent\\bin\\agent.exe",
    ),
];

/// States of services that an action has changed; all others run.
#[derive(Default)]
pub(crate) struct ServiceStates {
    changed: HashMap<(u32, usize), &'static str>,
}

const ACTIONS: [(&str, &str); 5] = [
    ("Start", "Running"),
    ("Stop", "Stopped"),
    ("Restart", "Running"),
    ("Pause", "Paused"),
    ("Resume", "Running"),
];

pub(crate) const SERVED: Served = &[("runWindowsServiceAction", act)];

fn act(world: &mut World, call: &Call<'_>) -> Outcome {
    let device = world.device(call.id("deviceId")?)?;
    let body = call.object()?;
    let mut fields = Fields::of(&body);
    let names: Vec<&str> = body
        .get("serviceNames")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .map(|n| n.as_str().unwrap_or_default())
        .collect();
    if names.is_empty() || names.len() > 100 || names.iter().any(|n| n.trim().is_empty()) {
        fields.refuse("serviceNames", "must hold 1 to 100 names that are not blank");
    }
    let action = fields.text("action");
    let state = ACTIONS.iter().find(|(a, _)| *a == action).map(|(_, state)| *state);
    if state.is_none() {
        fields.refuse("action", "must be one of Start, Stop, Restart, Pause, Resume");
    }
    fields.done()?;
    if !device.class.is_windows() {
        return Err(Failure::bad_request(&format!("Device {} does not run Windows", device.id)));
    }
    let reachable = device.online();
    let mut failed = 0;
    let rows: Vec<Value> = names
        .iter()
        .map(|name| {
            let known = SERVICES.iter().position(|(n, _, _)| n.eq_ignore_ascii_case(name));
            let Some(at) = known.filter(|_| reachable) else {
                failed += 1;
                let why = if reachable { "The specified service does not exist as an installed service." } else { "The agent did not respond." };
                return json!({"serviceName": name, "displayName": name, "serviceStatus": "Unknown", "actionStatus": "Unknown", "actionDetails": why});
            };
            let key = (device.index, at);
            if let Some(state) = state {
                world.services.changed.insert(key, state);
            }
            let now = world.services.changed.get(&key).copied().unwrap_or("Running");
            json!({"serviceName": SERVICES[at].0, "displayName": SERVICES[at].1, "serviceStatus": now, "actionStatus": now, "actionDetails": null})
        })
        .collect();
    let overall = match failed {
        0 => "Completed",
        n if n == rows.len() && reachable => "Failed",
        n if n == rows.len() => "NotCompleted",
        _ => "CompletedWithError",
    };
    let any = failed < rows.len();
    let answer =
        Answer::message(200, "Service action completed", json!({"overallStatus": overall, "services": rows}));
    Ok(if any { answer.changed() } else { answer })
}
