//! `n_central-update-org-custom-property`: sets one custom property of a unit.

use crate::context::Context;
use crate::draft::{Draft, ReadBack, Receipt};
use crate::id::Id;
use crate::property_update::Place;
use crate::record::{Area, Record};
use crate::tool::WriteTool;
use crate::units::{self, UnitArgs};
use model::{Effect, Plan, Problem, Target};
use ncentral::operations;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

fn place() -> Place {
    Place {
        read: operations::GET_ORG_CUSTOM_PROPERTY,
        write: operations::SET_ORG_CUSTOM_PROPERTY,
        owner: ("orgUnitId", "org_unit_id"),
    }
}

pub(crate) struct UpdateOrgCustomProperty;

#[derive(Serialize, Deserialize, JsonSchema)]
pub(crate) struct Input {
    org_unit_id: Option<Id>,
    #[serde(flatten)]
    unit: UnitArgs,
    property_id: Id,
    value: String,
}

impl WriteTool for UpdateOrgCustomProperty {
    const RECORD: Record = Record {
        name: "n_central-update-org-custom-property",
        alias: None,
        title: "Update a unit's custom property",
        summary: "Set one custom property of a customer, a site or another unit.",
        area: Area::Organisation,
        effect: Effect::Change,
        operations: &["setOrgCustomProperty", "getOrgCustomProperty", "getOrgUnit", "getSite"],
    };
    type Input = Input;

    async fn plan(cx: &Context, input: Input) -> Result<Draft, Problem> {
        let unit = units::one(cx, input.org_unit_id, input.unit.resolve(cx).await?).await?;
        let target = units::target(cx, unit.0).await?;
        place().plan(cx, (unit.0, target), json!({}), input.property_id.0, &input.value).await
    }

    async fn recheck(cx: &Context, plan: &Plan) -> Result<Vec<Target>, Problem> {
        let unit = plan.arguments["org_unit_id"].as_i64().unwrap_or_default();
        units::recheck(cx, unit).await
    }

    async fn receive(cx: &Context, plan: &Plan, _: usize, answer: Value) -> Receipt {
        place().receive(cx, plan, &answer).await
    }

    async fn read_back(cx: &Context, plan: &Plan, _: usize) -> ReadBack {
        place().read_back(cx, plan).await
    }
}
