//! `n_central-create-device-access-group`: an access group over devices. N-central answers without the new group's id
//! (contract/NOTES.md, section 12), so it is found by its name among the unit's groups.

use crate::context::Context;
use crate::creation::Creation;
use crate::device_set::DeviceSet;
use crate::devices;
use crate::draft::{Draft, ReadBack, Receipt};
use crate::id::{self, Id};
use crate::record::{Area, Record};
use crate::tool::WriteTool;
use crate::units::{self, UnitArgs};
use crate::users;
use model::{Effect, Plan, Problem, Target};
use ncentral::operations;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

fn creation() -> Creation {
    Creation {
        what: "device access group",
        create: operations::CREATE_DEVICE_ACCESS_GROUP,
        siblings: operations::LIST_ACCESS_GROUPS,
        above: ("orgUnitId", "org_unit_id"),
        members: ("groupId", "groupName"),
    }
}

pub(crate) struct CreateDeviceAccessGroup;

#[derive(Serialize, Deserialize, JsonSchema)]
pub(crate) struct Input {
    org_unit_id: Option<Id>,
    #[serde(flatten)]
    unit: UnitArgs,
    group_name: String,
    group_description: String,
    #[serde(flatten)]
    of: DeviceSet,
    user_ids: Option<Vec<Id>>,
}

impl WriteTool for CreateDeviceAccessGroup {
    const RECORD: Record = Record {
        name: "n_central-create-device-access-group",
        alias: None,
        title: "Create a device access group",
        summary: "Create an access group over devices in a unit.",
        area: Area::Administration,
        effect: Effect::Change,
        operations: &[
            "createDeviceAccessGroup",
            "listAccessGroups",
            "listOrgUnitUsers",
            "listDevices",
            "getDevice",
            "getOrgUnit",
            "getSite",
        ],
    };
    type Input = Input;

    async fn plan(cx: &Context, mut input: Input) -> Result<Draft, Problem> {
        let unit = units::one(cx, input.org_unit_id, input.unit.resolve(cx).await?).await?;
        let mut ids = input.of.ids(cx).await?;
        ids.sort_unstable();
        input.user_ids.iter_mut().for_each(id::unique);
        let found = devices::read_all(cx, &ids).await?;
        let particulars = json!({
            "group_description": input.group_description,
            "device_ids": ids,
            "user_ids": input.user_ids,
        });
        let mut draft = creation().plan(cx, unit.0, &input.group_name, &particulars).await?;
        let now = cx.clock.now();
        draft.targets.extend(found.iter().map(devices::target));
        draft.facts.extend(found.iter().map(|device| devices::facts(device, now)));
        draft.summary.push_str(&match draft.targets.as_slice() {
            [_] => " It holds no devices yet.".to_owned(),
            [_, device] => format!(" It holds {}.", device.name),
            [_, devices @ ..] => format!(" It holds {} devices.", devices.len()),
            [] => String::new(),
        });
        let unit = draft.targets[0].clone();
        users::tell(cx, &unit, input.user_ids.as_deref().unwrap_or_default(), &mut draft).await?;
        Ok(draft)
    }

    async fn recheck(cx: &Context, plan: &Plan) -> Result<Vec<Target>, Problem> {
        let mut targets = creation().recheck(cx, plan).await?;
        targets.extend(devices::recheck(cx, plan).await?);
        Ok(targets)
    }

    async fn receive(cx: &Context, plan: &Plan, _: usize, answer: Value) -> Receipt {
        creation().receive(cx, plan, &answer).await
    }

    async fn read_back(cx: &Context, plan: &Plan, _: usize) -> ReadBack {
        creation().read_back(cx, plan).await
    }
}
