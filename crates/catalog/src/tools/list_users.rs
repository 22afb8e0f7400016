//! `n_central-list-users`: the users of a unit; without one, those of every service organisation the caller may see,
//! each once.

use crate::column::Column;
use crate::context::Context;
use crate::id::Id;
use crate::list::{self, ListArgs};
use crate::record::{Area, Record};
use crate::scan::{Sources, scan};
use crate::tool::ReadTool;
use crate::units::{self, UnitArgs};
use crate::upstream::{self, id_of};
use futures::TryStreamExt;
use model::{Effect, Kind, Problem};
use ncentral::{Params, operations};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

const COLUMNS: &[Column] = &[
    Column::shown("userId").unsortable(),
    Column::shown("userName").sorted_as("username"),
    Column::shown("fullName").sorted_as("name"),
    Column::shown("isEnabled").sorted_as("isenabled"),
    Column::shown("isLocked"),
    Column::shown("apiOnlyUser").unsortable(),
    Column::shown("twoFactorEnabled").sorted_as("twofactorenabled"),
    Column::extra("firstName").unsortable(),
    Column::extra("lastName"),
    Column::extra("description"),
    Column::extra("isLdap").sorted_as("isldap"),
    Column::extra("readOnly").unsortable(),
    Column::extra("supportUser").unsortable(),
    Column::extra("currentSsoProvider").sorted_as("currentssoprovider"),
    Column::extra("accessGroupIds").unsortable(),
    Column::extra("roleIds").unsortable(),
    Column::extra("customerTree").unsortable(),
];

pub(crate) struct ListUsers;

#[derive(Serialize, Deserialize, JsonSchema)]
pub(crate) struct Input {
    org_unit_id: Option<Id>,
    #[serde(flatten)]
    unit: UnitArgs,
    #[serde(flatten)]
    list: ListArgs,
}

impl ReadTool for ListUsers {
    const RECORD: Record = Record {
        name: "n_central-list-users",
        alias: None,
        title: "List users",
        summary: "List N-central's users, all or of a unit.",
        area: Area::Administration,
        effect: Effect::Read,
        operations: &["listOrgUnitUsers", "listServiceOrgs", "getOrgUnit", "getSite"],
    };
    type Input = Input;

    async fn resolve(cx: &Context, input: Input) -> Result<Input, Problem> {
        input.list.check(COLUMNS)?;
        Ok(Input { unit: input.unit.resolve(cx).await?, ..input })
    }

    async fn read(cx: &Context, input: Input) -> Result<Value, Problem> {
        let listing = input.list.check(COLUMNS)?;
        let units = match (input.org_unit_id, input.unit.unit(cx).await?) {
            (Some(_), Some(_)) => {
                return Err(Problem::new(Kind::InvalidArguments, "two units are given")
                    .hint("give one of customer_id, site_id and org_unit_id"));
            }
            (Some(unit), None) => {
                units::check_scope(cx, unit.0).await?;
                vec![unit.0]
            }
            (None, Some(unit)) => vec![unit.0],
            (None, None) => match &cx.customers {
                Some(customers) => customers.clone(),
                None => service_orgs(cx).await?,
            },
        };
        let of_unit = |unit| (operations::LIST_ORG_UNIT_USERS, Params::new().set("orgUnitId", unit));
        let table = if let [unit] = units.as_slice() {
            let (operation, params) = of_unit(*unit);
            let params = listing.sorting(params);
            let page = upstream::page(cx, operation, params, listing.page_number, listing.page_size).await?;
            listing.page(&page)
        } else {
            let lists = units.into_iter().map(of_unit).collect();
            scan(cx, Sources { lists, id: "userId", what: "users read" }, &listing, |_| true).await?
        };
        Ok(list::answer(&table))
    }
}

async fn service_orgs(cx: &Context) -> Result<Vec<i64>, Problem> {
    let mut found = Vec::new();
    let mut pages = std::pin::pin!(upstream::pages(cx, operations::LIST_SERVICE_ORGS, Params::new()));
    while let Some(page) = pages.try_next().await? {
        found.extend(page.rows.iter().filter_map(|row| id_of(&row["soId"])));
    }
    Ok(found)
}
