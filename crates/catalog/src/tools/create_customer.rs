//! `n_central-create-customer`: a customer under a service organisation.

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
        what: "customer",
        create: operations::CREATE_CUSTOMER,
        siblings: operations::LIST_SERVICE_ORG_CUSTOMERS,
        above: ("soId", "service_org_id"),
        members: ("customerId", "customerName"),
    }
}

pub(crate) struct CreateCustomer;

#[derive(Serialize, Deserialize, JsonSchema)]
pub(crate) struct Input {
    service_org_id: Option<Id>,
    service_org: Option<String>,
    customer_name: String,
    #[serde(flatten)]
    particulars: Particulars,
}

impl WriteTool for CreateCustomer {
    const RECORD: Record = Record {
        name: "n_central-create-customer",
        alias: None,
        title: "Create a customer",
        summary: "Create a customer under a service org.",
        area: Area::Organisation,
        effect: Effect::Change,
        operations: &["createCustomer", "listServiceOrgCustomers", "getOrgUnit"],
    };
    type Input = Input;

    async fn plan(cx: &Context, input: Input) -> Result<Draft, Problem> {
        let words = ("service_org_id", "service_org");
        let name = input.service_org.as_deref();
        let above = names::either(input.service_org_id, name, words, |name| async move {
            names::service_org(cx, &name).await
        })
        .await?;
        let Some(Id(above)) = above else {
            return Err(Problem::new(Kind::InvalidArguments, "`service_org_id` is missing")
                .hint("give service_org_id, or service_org with the exact name"));
        };
        creation().plan(cx, above, &input.customer_name, &input.particulars).await
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
