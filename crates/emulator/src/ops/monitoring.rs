//! The state of monitored services, the last scan behind one of them, and the activation key of an agent.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::Served;
use crate::answer::{Answer, Outcome};
use crate::call::Call;
use crate::clock::{DAY, iso_utc, scan_time, scan_time_bare};
use crate::failure::Failure;
use crate::fleet::service::{Check, State};
use crate::ops::measures;
use crate::world::World;

/// Stands for "no upper bound" in a threshold.
const UNBOUNDED: i64 = 4_294_967_295;

pub(crate) const SERVED: Served = &[
    ("listDeviceServiceMonitorStatus", status),
    ("getApplianceTask", appliance_task),
    ("getDeviceActivationKey", |world, call| {
        let device = world.device(call.id("deviceId")?)?;
        let key = format!(
            "{}-{}-{}||https",
            world.dice.serial("activation", device.index.into(), 5),
            device.name,
            device.id
        );
        let until = iso_utc(world.now_ms() + 7 * DAY);
        Ok(Answer::ok(json!({"activationKey": STANDARD.encode(key), "expirationDate": until})))
    }),
];

fn status(world: &mut World, call: &Call<'_>) -> Outcome {
    let device = world.device(call.id("deviceId")?)?;
    let created = world.fleet.started_ms - (200 + i64::from(device.index % 900)) * DAY;
    let rows = world.fleet.checks(&device, world.now_ms()).into_iter().map(|check| {
        json!({
            "taskId": check.task_id,
            "serviceId": check.kind.service_id,
            "serviceItemId": 0,
            "moduleName": check.kind.name,
            "taskIdent": check.ident,
            "stateStatus": check.state.title(),
            "taskNote": null,
            "timeToStale": 20,
            "lastScanTime": scan_time(check.scanned_ms),
            "transitionTime": scan_time_bare(check.since_ms),
            "lastUpdate": scan_time(check.scanned_ms),
            "lastDataId": 1 + check.scanned_ms.rem_euclid(97),
            "createdOn": scan_time(created),
            "isManagedTask": device.appliance.is_some(),
            "applianceId": device.appliance,
            "applianceName": device.appliance.map(|_| device.name.as_str()),
        })
    });
    Ok(Answer::list(rows.collect()))
}

fn appliance_task(world: &mut World, call: &Call<'_>) -> Outcome {
    let id = call.id("taskId")?;
    let unknown = || Failure::not_found(&format!("Appliance task with ID {id} was not found!"));
    let (index, slot) = world.fleet.monitor_slot(id).ok_or_else(unknown)?;
    let device_id = world.fleet.device_ids.id(index);
    let device = world.device(device_id).map_err(|_| unknown())?;
    let check = world.fleet.checks(&device, world.now_ms()).into_iter().nth(slot).ok_or_else(unknown)?;
    let mut details: Vec<Value> =
        (0..check.kind.readings.len()).map(|place| detail(world, &check, place)).collect();
    let values: Vec<f64> =
        details.iter().filter_map(|row| row["detailValue"].as_str()?.parse().ok()).collect();
    details.extend(measures::details(world, &device, &check, &values));
    let mut scanned = scan_time_bare(check.scanned_ms);
    scanned.pop();
    Ok(Answer::ok(json!({
        "scanTime": scanned,
        "state": check.state.constant(),
        "errorMessage": matches!(check.state, State::Failed | State::Warning | State::Disconnected).then_some(check.kind.trouble),
        "serviceDetails": details,
    })))
}

fn detail(world: &World, check: &Check, place: usize) -> Value {
    let reading = &check.kind.readings[place];
    let (value, state) = world.fleet.reading_value(check, place);
    let mut thresholds = vec![json!({"state": "NORMAL", "lowValue": 0, "highValue": reading.warning_from})];
    if reading.warning_from < reading.failed_from {
        thresholds.push(
            json!({"state": "WARNING", "lowValue": reading.warning_from, "highValue": reading.failed_from}),
        );
    }
    thresholds.push(json!({"state": "FAILED", "lowValue": reading.failed_from, "highValue": UNBOUNDED}));
    json!({
        "scanDetailId": 10_000 + check.kind.service_id * 10 + place as i32,
        "detailName": reading.name,
        "description": reading.description,
        "detailValue": value,
        "state": state.constant(),
        "monitoringType": "Range",
        "thresholds": thresholds,
    })
}
