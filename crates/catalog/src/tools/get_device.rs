//! `n_central-get-device`: one device. What only the list knows (last user, check-in) is read at the same time and
//! merged in.

use crate::context::Context;
use crate::detail::Detail;
use crate::device_arg::DeviceArg;
use crate::record::{Area, Record};
use crate::tool::ReadTool;
use crate::upstream::{self, id_of};
use crate::{budget, devices, moment, object};
use futures::future::{Either, select};
use futures::join;
use model::{Effect, Problem, Target};
use ncentral::{Params, operations};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// What the single look-up may leave out although the list has it (contract/NOTES.md, section 8).
const LIST_KNOWS: [&str; 3] = ["lastLoggedInUser", "stillLoggedIn", "lastApplianceCheckinTime"];

/// Members that repeat another one on nearly every device.
const DUPLICATES: [(&str, &str); 7] = [
    ("device_class_label", "device_class"),
    ("supported_os_label", "supported_os"),
    ("discovered_name", "long_name"),
    ("remote_control_uri", "uri"),
    ("source_uri", "uri"),
    ("org_unit_id", "site_id"),
    ("org_unit_id", "customer_id"),
];

pub(crate) struct GetDevice;

#[derive(Serialize, Deserialize, JsonSchema)]
pub(crate) struct Input {
    #[serde(flatten)]
    device: DeviceArg,
    /// full adds the assets
    #[serde(default)]
    detail: Detail,
}

impl ReadTool for GetDevice {
    const RECORD: Record = Record {
        name: "n_central-get-device",
        alias: Some("get_device"),
        title: "Get a device",
        summary: "Get one device: class, system, site, last user, check-in.",
        area: Area::Devices,
        effect: Effect::Read,
        operations: &["getDevice", "listDevices", "getDeviceAssets"],
    };
    type Input = Input;

    async fn resolve(cx: &Context, input: Input) -> Result<Input, Problem> {
        Ok(Input { device: input.device.resolve(cx).await?, ..input })
    }

    async fn targets(cx: &Context, input: &Input) -> Result<Vec<Target>, Problem> {
        input.device.targets(cx).await
    }

    async fn read(cx: &Context, input: Input) -> Result<Value, Problem> {
        let id = input.device.id()?;
        match input.detail {
            Detail::Concise => device(cx, id).await.map(|device| concise(cx, &device)),
            Detail::Full => {
                let params = Params::new().set("deviceId", id);
                let (device, assets) =
                    join!(device(cx, id), upstream::find(cx, operations::GET_DEVICE_ASSETS, params));
                let mut answer = concise(cx, &device?);
                answer["assets"] = assets?.map_or(Value::Null, |assets| object::compact(&assets));
                if budget::trim(&mut answer) > 0 {
                    answer["note"] = json!(
                        "long lists are cut; n_central-get-device-assets searches software and patches whole"
                    );
                }
                Ok(answer)
            }
        }
    }
}

/// The device with what only the list knows. The list is asked at the same time, so that it costs nothing where the
/// single look-up knows all, and is waited for only where something is missing.
async fn device(cx: &Context, id: i64) -> Result<Value, Problem> {
    let row = Box::pin(list_row(cx, id));
    let single = Box::pin(devices::read(cx, id));
    let (mut device, row) = match select(single, row).await {
        Either::Left((device, row)) => {
            let device = device?;
            let complete = LIST_KNOWS.iter().all(|member| !device[*member].is_null());
            (device, if complete { None } else { row.await })
        }
        Either::Right((row, single)) => (single.await?, row),
    };
    if let Some(row) = row {
        for member in LIST_KNOWS.iter().filter(|member| !row[**member].is_null()) {
            device[*member] = row[*member].clone();
        }
    }
    Ok(device)
}

/// The device's row in the list; none where the list can't be narrowed to it. Not having it costs a few members,
/// no more, so no failure here is one of the call.
async fn list_row(cx: &Context, id: i64) -> Option<Value> {
    let params = Params::new().set("select", format!("deviceId=={id}"));
    let page = upstream::page(cx, operations::LIST_DEVICES, params, 1, 1).await.ok()?;
    page.rows.into_iter().find(|row| id_of(&row["deviceId"]) == Some(id))
}

fn concise(cx: &Context, device: &Value) -> Value {
    let now = cx.clock.now();
    let mut answer = object::compact(device);
    if let Some(members) = answer.as_object_mut() {
        object::drop_duplicates(members, &DUPLICATES);
        members.shift_remove("last_appliance_checkin_time_local");
        members.shift_remove("device_status");
        if let Some(flag) = device["stillLoggedIn"].as_str().and_then(|text| text.parse::<bool>().ok()) {
            members.insert("still_logged_in".into(), json!(flag));
        }
        if let (Some(offline), Some(seen)) = (devices::offline(device, now), devices::last_checkin(device)) {
            members.insert("offline".into(), json!(offline));
            if offline {
                members.insert("silent_for".into(), json!(moment::age(seen, now)));
            }
        }
    }
    answer
}
