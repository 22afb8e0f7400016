//! `n_central-list-org-custom-properties`: the custom properties of a unit of any level, passwords hidden.

use crate::context::Context;
use crate::id::Id;
use crate::list::{self, ListArgs};
use crate::properties::{self, COLUMNS};
use crate::record::{Area, Record};
use crate::tool::ReadTool;
use crate::units::{self, UnitArgs};
use crate::upstream;
use model::{Effect, Problem};
use ncentral::{Params, operations};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub(crate) struct ListOrgCustomProperties;

#[derive(Serialize, Deserialize, JsonSchema)]
pub(crate) struct Input {
    org_unit_id: Option<Id>,
    #[serde(flatten)]
    unit: UnitArgs,
    #[serde(flatten)]
    list: ListArgs,
}

impl ReadTool for ListOrgCustomProperties {
    const RECORD: Record = Record {
        name: "n_central-list-org-custom-properties",
        alias: None,
        title: "List a unit's custom properties",
        summary: "List the custom properties of a customer, a site or another unit.",
        area: Area::Organisation,
        effect: Effect::Read,
        operations: &["listOrgCustomProperties", "getOrgUnit", "getSite"],
    };
    type Input = Input;

    async fn resolve(cx: &Context, input: Input) -> Result<Input, Problem> {
        input.list.check(COLUMNS)?;
        Ok(Input { unit: input.unit.resolve(cx).await?, ..input })
    }

    async fn read(cx: &Context, input: Input) -> Result<Value, Problem> {
        let listing = input.list.check(COLUMNS)?;
        let unit = units::one(cx, input.org_unit_id, input.unit).await?;
        let params = listing.sorting(Params::new().set("orgUnitId", unit));
        let operation = operations::LIST_ORG_CUSTOM_PROPERTIES;
        let mut page = upstream::page(cx, operation, params, listing.page_number, listing.page_size).await?;
        page.rows = page.rows.into_iter().map(properties::masked).collect();
        Ok(list::answer(&listing.page(&page)))
    }
}
