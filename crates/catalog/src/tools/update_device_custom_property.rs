//! `n_central-update-device-custom-property`: sets one custom property of a device.

use crate::context::Context;
use crate::device_arg::DeviceArg;
use crate::devices;
use crate::draft::{Draft, ReadBack, Receipt};
use crate::id::Id;
use crate::property_update::Place;
use crate::record::{Area, Record};
use crate::tool::WriteTool;
use model::{Effect, Plan, Problem, Target};
use ncentral::operations;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

fn place() -> Place {
    Place {
        read: operations::GET_DEVICE_CUSTOM_PROPERTY,
        write: operations::SET_DEVICE_CUSTOM_PROPERTY,
        owner: ("deviceId", "device_id"),
    }
}

pub(crate) struct UpdateDeviceCustomProperty;

#[derive(Serialize, Deserialize, JsonSchema)]
pub(crate) struct Input {
    #[serde(flatten)]
    device: DeviceArg,
    property_id: Id,
    value: String,
}

impl WriteTool for UpdateDeviceCustomProperty {
    const RECORD: Record = Record {
        name: "n_central-update-device-custom-property",
        alias: None,
        title: "Update a device's custom property",
        summary: "Set one custom property of a device.",
        area: Area::Devices,
        effect: Effect::Change,
        operations: &["setDeviceCustomProperty", "getDeviceCustomProperty", "getDevice"],
    };
    type Input = Input;

    async fn plan(cx: &Context, input: Input) -> Result<Draft, Problem> {
        let id = input.device.resolve(cx).await?.id()?;
        let device = devices::read(cx, id).await?;
        let facts = devices::facts(&device, cx.clock.now());
        let owner = (id, devices::target(&device));
        place().plan(cx, owner, facts, input.property_id.0, &input.value).await
    }

    async fn recheck(cx: &Context, plan: &Plan) -> Result<Vec<Target>, Problem> {
        devices::recheck(cx, plan).await
    }

    async fn receive(cx: &Context, plan: &Plan, _: usize, answer: Value) -> Receipt {
        place().receive(cx, plan, &answer).await
    }

    async fn read_back(cx: &Context, plan: &Plan, _: usize) -> ReadBack {
        place().read_back(cx, plan).await
    }
}
