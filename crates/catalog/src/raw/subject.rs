//! What a raw call is about: the device and the units in its path, and the devices in its body. They are read like the
//! targets of any other call, so that a person sees names, and nothing runs on a device that has moved meanwhile.

use crate::context::Context;
use crate::upstream::id_of;
use crate::{devices, units};
use model::{Kind, Problem, Target};
use ncentral::Operation;
use serde_json::{Value, json};

/// Path parameters that name a unit.
const UNITS: [&str; 4] = ["soId", "customerId", "siteId", "orgUnitId"];

/// Body members that name devices, as the contract spells them (contract/NOTES.md, section 6).
const DEVICES: [&str; 4] = ["deviceId", "deviceIds", "deviceIDs", "deviceID"];

/// The targets of a call, each with what an approver has to know beside it.
///
/// # Errors
/// More than the cap, or one that can't be read.
pub(crate) async fn targets(
    cx: &Context,
    operation: &Operation,
    path: &str,
    body: Option<&Value>,
) -> Result<Vec<(Target, Value)>, Problem> {
    let mut unit_ids = Vec::new();
    let mut device_ids = Vec::new();
    for (template, given) in operation.path.split('/').zip(path.split('/')) {
        let Some(name) = template.strip_prefix('{').and_then(|name| name.strip_suffix('}')) else { continue };
        let Ok(id) = given.parse::<i64>() else { continue };
        match name {
            "deviceId" => device_ids.push(id),
            name if UNITS.contains(&name) => unit_ids.push(id),
            _ => {}
        }
    }
    if let Some(body) = body {
        collect_devices(body, &mut device_ids);
    }
    device_ids.sort_unstable();
    device_ids.dedup();
    if device_ids.len() > cx.max_targets as usize {
        return Err(Problem::new(
            Kind::TooManyTargets,
            format!("{} devices; one call may act on {}", device_ids.len(), cx.max_targets),
        )
        .hint("split it, or have an administrator raise the cap"));
    }
    let mut found = Vec::new();
    for unit in unit_ids {
        found.push((units::target(cx, unit).await?, json!({})));
    }
    for device in devices::read_all(cx, &device_ids).await? {
        found.push((devices::target(&device), devices::facts(&device, cx.clock.now())));
    }
    Ok(found)
}

/// Every device that a body names, however deep.
fn collect_devices(body: &Value, ids: &mut Vec<i64>) {
    match body {
        Value::Object(members) => {
            for (name, value) in members {
                if DEVICES.contains(&name.as_str()) {
                    match value {
                        Value::Array(several) => ids.extend(several.iter().filter_map(id_of)),
                        one => ids.extend(id_of(one)),
                    }
                } else {
                    collect_devices(value, ids);
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect_devices(item, ids)),
        _ => {}
    }
}
