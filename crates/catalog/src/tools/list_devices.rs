//! `n_central-list-devices`: every device the caller may see, or those of a customer, a site, a saved filter; by a
//! part of the name or by class.

use crate::column::Column;
use crate::context::Context;
use crate::id::Id;
use crate::list::{self, ListArgs};
use crate::record::{Area, Record};
use crate::scan::{Sources, scan};
use crate::tool::ReadTool;
use crate::units::UnitArgs;
use crate::upstream::{self, text_of};
use crate::{devices, names};
use model::{Effect, Problem};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

const COLUMNS: &[Column] = &[
    Column::shown("deviceId"),
    Column::shown("longName"),
    Column::shown("deviceClass"),
    Column::shown("customerName"),
    Column::shown("siteName"),
    Column::shown("lastApplianceCheckinTime").moment(),
    Column::extra("customerId"),
    Column::extra("siteId"),
    Column::extra("orgUnitId"),
    Column::extra("soId"),
    Column::extra("soName"),
    Column::extra("supportedOs"),
    Column::extra("lastLoggedInUser"),
    Column::extra("stillLoggedIn").flag(),
    Column::extra("description"),
    Column::extra("discoveredName"),
    Column::extra("uri"),
    Column::extra("isProbe"),
    Column::extra("licenseMode"),
    Column::extra("applianceId"),
    Column::extra("osId"),
];

pub(crate) struct ListDevices;

#[derive(Serialize, Deserialize, JsonSchema)]
pub(crate) struct Input {
    #[serde(flatten)]
    unit: UnitArgs,
    filter_id: Option<Id>,
    /// Part of the name
    search: Option<String>,
    /// Part of it, e.g. server
    device_class: Option<String>,
    #[serde(flatten)]
    list: ListArgs,
}

impl ReadTool for ListDevices {
    const RECORD: Record = Record {
        name: "n_central-list-devices",
        alias: Some("list_devices"),
        title: "List devices",
        summary: "List devices: all, or of a customer, a site or a saved filter.",
        area: Area::Devices,
        effect: Effect::Read,
        operations: &["listDevices", "listOrgUnitDevices"],
    };
    type Input = Input;

    async fn resolve(cx: &Context, input: Input) -> Result<Input, Problem> {
        input.list.check(COLUMNS)?;
        Ok(Input { unit: input.unit.resolve(cx).await?, ..input })
    }

    async fn read(cx: &Context, input: Input) -> Result<Value, Problem> {
        let listing = input.list.check(COLUMNS)?;
        let unit = input.unit.unit(cx).await?;
        let mut lists = devices::sources(cx, unit.map(|unit| unit.0));
        for (_, params) in &mut lists {
            *params = std::mem::take(params).set_some("filterId", input.filter_id);
        }
        let table = match (lists.as_slice(), &input.search, &input.device_class) {
            ([(operation, params)], None, None) => {
                let params = listing.sorting(params.clone());
                let page =
                    upstream::page(cx, operation, params, listing.page_number, listing.page_size).await?;
                listing.page(&page)
            }
            (_, search, class) => {
                let sources = Sources { lists, id: "deviceId", what: "devices read" };
                let name = Part::of(search.as_deref());
                let class = Part::of(class.as_deref());
                scan(cx, sources, &listing, |device| {
                    name.is_in(&device["longName"]) && class.is_in(&device["deviceClass"])
                })
                .await?
            }
        };
        Ok(list::answer(&table))
    }
}

/// A part of a text, whatever its case; nothing is part of everything.
struct Part(Option<String>);

impl Part {
    fn of(text: Option<&str>) -> Self {
        Self(text.map(names::fold))
    }

    fn is_in(&self, value: &Value) -> bool {
        let Some(part) = &self.0 else { return true };
        text_of(value).is_some_and(|text| names::fold(&text).contains(part))
    }
}
