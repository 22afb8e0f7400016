//! `n_central-get-device-service-monitor-status`: every service monitored on a device, worst first.

use crate::column::Column;
use crate::context::Context;
use crate::device_arg::DeviceListArgs;
use crate::list;
use crate::record::{Area, Record};
use crate::tool::ReadTool;
use crate::upstream::{self, id_of, text_of};
use crate::{devices, moment, state};
use futures::join;
use model::{Effect, Problem, Target};
use ncentral::{Params, operations};
use serde_json::{Map, Value, json};

const COLUMNS: &[Column] = &[
    Column::shown("taskId"),
    Column::shown("moduleName"),
    Column::shown("taskIdent"),
    Column::shown("stateStatus").named("state"),
    Column::shown("transitionTime").moment(),
    Column::shown("lastScanTime").moment(),
    Column::shown("taskNote"),
    Column::extra("serviceId"),
    Column::extra("serviceItemId"),
    Column::extra("lastUpdate").moment(),
    Column::extra("createdOn").moment(),
    Column::extra("timeToStale"),
    Column::extra("isManagedTask"),
    Column::extra("applianceId"),
    Column::extra("applianceName"),
];

pub(crate) struct GetDeviceServiceMonitorStatus;

impl ReadTool for GetDeviceServiceMonitorStatus {
    const RECORD: Record = Record {
        name: "n_central-get-device-service-monitor-status",
        alias: Some("list_device_details"),
        title: "Get a device's monitored services",
        summary: "List a device's monitored services and their states, worst first.",
        area: Area::Monitoring,
        effect: Effect::Read,
        operations: &["listDeviceServiceMonitorStatus", "getDevice"],
    };
    type Input = DeviceListArgs;

    async fn resolve(cx: &Context, input: DeviceListArgs) -> Result<DeviceListArgs, Problem> {
        input.resolve(cx, COLUMNS).await
    }

    async fn targets(cx: &Context, input: &DeviceListArgs) -> Result<Vec<Target>, Problem> {
        input.device.targets(cx).await
    }

    async fn read(cx: &Context, input: DeviceListArgs) -> Result<Value, Problem> {
        let listing = input.list.check(COLUMNS)?;
        let id = input.device.id()?;
        let params = Params::new().set("deviceId", id);
        let (device, services) = join!(
            devices::read(cx, id),
            upstream::rows(cx, operations::LIST_DEVICE_SERVICE_MONITOR_STATUS, params)
        );
        let (device, mut services) = (device?, services?);
        for service in &mut services {
            let state = service["stateStatus"].as_str().map_or_else(|| "no_state".to_owned(), state::of_text);
            service["stateStatus"] = json!(state);
            // Some of its times come in the server's own time, without saying so; others beside them say it.
            if let (Some(time), Some(beside)) =
                (service["transitionTime"].as_str(), service["lastScanTime"].as_str())
            {
                service["transitionTime"] = json!(moment::with_offset_of(time, beside));
            }
        }
        services.sort_by_cached_key(|service| {
            let state = service["stateStatus"].as_str().unwrap_or_default();
            (state::rank(state), text_of(&service["moduleName"]), text_of(&service["taskIdent"]))
        });
        let mut answer = json!({
            "device_id": id_of(&device["deviceId"]),
            "device_name": text_of(&device["longName"]),
            "states": count(&services),
        });
        let table = list::answer(&listing.whole(&services));
        if let (Some(answer), Value::Object(table)) = (answer.as_object_mut(), table) {
            answer.extend(table);
        }
        Ok(answer)
    }
}

/// How many services are in which state, worst first.
fn count(services: &[Value]) -> Value {
    let mut counts = Map::new();
    for state in services.iter().filter_map(|service| service["stateStatus"].as_str()) {
        let count = counts.get(state).and_then(Value::as_u64).unwrap_or(0);
        counts.insert(state.to_owned(), json!(count + 1));
    }
    Value::Object(counts)
}
