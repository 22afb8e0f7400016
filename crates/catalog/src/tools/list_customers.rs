//! `n_central-list-customers`: customers, all or of one service organisation; by `level` also the other units.

use crate::context::Context;
use crate::id::Id;
use crate::list::{self, ListArgs};
use crate::names;
use crate::org_units::{self, Level, Wanted};
use crate::record::{Area, Record};
use crate::tool::ReadTool;
use model::{Effect, Problem};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub(crate) struct ListCustomers;

#[derive(Serialize, Deserialize, JsonSchema)]
pub(crate) struct Input {
    service_org_id: Option<Id>,
    service_org: Option<String>,
    #[serde(default)]
    level: Level,
    #[serde(flatten)]
    list: ListArgs,
}

impl ReadTool for ListCustomers {
    const RECORD: Record = Record {
        name: "n_central-list-customers",
        alias: Some("list_customers"),
        title: "List customers",
        summary: "List customers, of all service orgs or one; with level also sites and service orgs.",
        area: Area::Organisation,
        effect: Effect::Read,
        operations: &[
            "listCustomers",
            "listServiceOrgCustomers",
            "listServiceOrgs",
            "listSites",
            "listOrgUnits",
            "getCustomer",
        ],
    };
    type Input = Input;

    async fn resolve(cx: &Context, input: Input) -> Result<Input, Problem> {
        input.list.check(input.level.columns())?;
        let words = ("service_org_id", "service_org");
        let name = input.service_org.as_deref();
        let service_org_id = names::either(input.service_org_id, name, words, |name| async move {
            names::service_org(cx, &name).await
        })
        .await?;
        Ok(Input { service_org_id, service_org: None, ..input })
    }

    async fn read(cx: &Context, input: Input) -> Result<Value, Problem> {
        let listing = input.list.check(input.level.columns())?;
        let service_org = input.service_org_id.map(|id| id.0);
        let wanted = Wanted { level: input.level, service_org, customer: None };
        Ok(list::answer(&org_units::table(cx, wanted, &listing).await?))
    }
}
