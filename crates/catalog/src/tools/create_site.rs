//! `n_central-create-site`: a site under a customer. A preview endpoint: both shapes of its answer are taken.

use crate::context::Context;
use crate::creation::Creation;
use crate::draft::{Draft, ReadBack, Receipt};
use crate::id::Id;
use crate::names;
use crate::record::{Area, Record};
use crate::tool::WriteTool;
use crate::unit_creation::Particulars;
use model::{Effect, Kind, Plan, Problem, Target};
use ncentral::operations;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

fn creation() -> Creation {
    Creation {
        what: "site",
        create: operations::CREATE_SITE,
        siblings: operations::LIST_CUSTOMER_SITES,
        above: ("customerId", "customer_id"),
        members: ("siteId", "siteName"),
    }
}

pub(crate) struct CreateSite;

#[derive(Serialize, Deserialize, JsonSchema)]
pub(crate) struct Input {
    customer_id: Option<Id>,
    customer: Option<String>,
    site_name: String,
    #[serde(flatten)]
    particulars: Particulars,
}

impl WriteTool for CreateSite {
    const RECORD: Record = Record {
        name: "n_central-create-site",
        alias: None,
        title: "Create a site",
        summary: "Create a site under a customer.",
        area: Area::Organisation,
        effect: Effect::Change,
        operations: &["createSite", "listCustomerSites", "getOrgUnit"],
    };
    type Input = Input;

    async fn plan(cx: &Context, input: Input) -> Result<Draft, Problem> {
        let words = ("customer_id", "customer");
        let name = input.customer.as_deref();
        let above =
            names::either(
                input.customer_id,
                name,
                words,
                |name| async move { names::customer(cx, &name).await },
            )
            .await?;
        let Some(Id(above)) = above else {
            return Err(Problem::new(Kind::InvalidArguments, "`customer_id` is missing")
                .hint("give customer_id, or customer with the exact name"));
        };
        creation().plan(cx, above, &input.site_name, &input.particulars).await
    }

    async fn recheck(cx: &Context, plan: &Plan) -> Result<Vec<Target>, Problem> {
        creation().recheck(cx, plan).await
    }

    async fn receive(cx: &Context, plan: &Plan, _: usize, answer: Value) -> Receipt {
        creation().receive(cx, plan, &answer).await
    }

    async fn read_back(cx: &Context, plan: &Plan, _: usize) -> ReadBack {
        creation().read_back(cx, plan).await
    }
}
