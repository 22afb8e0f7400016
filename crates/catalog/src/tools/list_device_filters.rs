//! `n_central-list-device-filters`: the saved filters that list-devices takes.

use crate::column::Column;
use crate::context::Context;
use crate::list::{self, ListArgs};
use crate::record::{Area, Record};
use crate::tool::ReadTool;
use crate::upstream;
use model::{Effect, Problem};
use ncentral::{Params, operations};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

const COLUMNS: &[Column] =
    &[Column::shown("filterId"), Column::shown("filterName"), Column::shown("description")];

pub(crate) struct ListDeviceFilters;

#[derive(Clone, Copy, Default, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
enum ViewScope {
    #[default]
    #[serde(rename = "ALL")]
    All,
    #[serde(rename = "OWN_AND_USED")]
    OwnAndUsed,
}

#[derive(Serialize, Deserialize, JsonSchema)]
pub(crate) struct Input {
    view_scope: Option<ViewScope>,
    #[serde(flatten)]
    list: ListArgs,
}

impl ReadTool for ListDeviceFilters {
    const RECORD: Record = Record {
        name: "n_central-list-device-filters",
        alias: None,
        title: "List device filters",
        summary: "List the saved device filters.",
        area: Area::Devices,
        effect: Effect::Read,
        operations: &["listDeviceFilters"],
    };
    type Input = Input;

    async fn resolve(_: &Context, input: Input) -> Result<Input, Problem> {
        input.list.check(COLUMNS)?;
        Ok(input)
    }

    async fn read(cx: &Context, input: Input) -> Result<Value, Problem> {
        let listing = input.list.check(COLUMNS)?;
        let scope = input.view_scope.map(|scope| match scope {
            ViewScope::All => "ALL",
            ViewScope::OwnAndUsed => "OWN_AND_USED",
        });
        let params = listing.sorting(Params::new().set_some("viewScope", scope));
        let operation = operations::LIST_DEVICE_FILTERS;
        let page = upstream::page(cx, operation, params, listing.page_number, listing.page_size).await?;
        Ok(list::answer(&listing.page(&page)))
    }
}
