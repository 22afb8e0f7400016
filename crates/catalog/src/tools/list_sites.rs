//! `n_central-list-sites`: sites, all or of one customer.

use crate::context::Context;
use crate::id::Id;
use crate::list::{self, ListArgs};
use crate::org_units::{self, Level, Wanted};
use crate::record::{Area, Record};
use crate::tool::ReadTool;
use crate::{names, scope};
use model::{Effect, Problem};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub(crate) struct ListSites;

#[derive(Serialize, Deserialize, JsonSchema)]
pub(crate) struct Input {
    customer_id: Option<Id>,
    customer: Option<String>,
    #[serde(flatten)]
    list: ListArgs,
}

impl ReadTool for ListSites {
    const RECORD: Record = Record {
        name: "n_central-list-sites",
        alias: None,
        title: "List sites",
        summary: "List sites, all or of a customer.",
        area: Area::Organisation,
        effect: Effect::Read,
        operations: &["listSites", "listCustomerSites", "listCustomers"],
    };
    type Input = Input;

    async fn resolve(cx: &Context, input: Input) -> Result<Input, Problem> {
        input.list.check(Level::Site.columns())?;
        let words = ("customer_id", "customer");
        let name = input.customer.as_deref();
        let customer_id =
            names::either(
                input.customer_id,
                name,
                words,
                |name| async move { names::customer(cx, &name).await },
            )
            .await?;
        Ok(Input { customer_id, customer: None, ..input })
    }

    async fn read(cx: &Context, input: Input) -> Result<Value, Problem> {
        let level = Level::Site;
        let listing = input.list.check(level.columns())?;
        if let Some(customer) = input.customer_id {
            scope::check(cx, Some(customer.0), || format!("customer {customer}"))?;
        }
        let wanted = Wanted { level, service_org: None, customer: input.customer_id.map(|id| id.0) };
        Ok(list::answer(&org_units::table(cx, wanted, &listing).await?))
    }
}
