//! `n_central-list-service-orgs`: the service organisations; for a narrowed key, those above its customers.

use crate::context::Context;
use crate::list::{self, ListArgs};
use crate::org_units::{self, Level, Wanted};
use crate::record::{Area, Record};
use crate::tool::ReadTool;
use model::{Effect, Problem};
use serde_json::Value;

pub(crate) struct ListServiceOrgs;

impl ReadTool for ListServiceOrgs {
    const RECORD: Record = Record {
        name: "n_central-list-service-orgs",
        alias: None,
        title: "List service organisations",
        summary: "List the service organizations.",
        area: Area::Organisation,
        effect: Effect::Read,
        operations: &["listServiceOrgs"],
    };
    type Input = ListArgs;

    async fn resolve(_: &Context, input: ListArgs) -> Result<ListArgs, Problem> {
        input.check(Level::ServiceOrg.columns())?;
        Ok(input)
    }

    async fn read(cx: &Context, input: ListArgs) -> Result<Value, Problem> {
        let level = Level::ServiceOrg;
        let listing = input.check(level.columns())?;
        let wanted = Wanted { level, service_org: None, customer: None };
        Ok(list::answer(&org_units::table(cx, wanted, &listing).await?))
    }
}
