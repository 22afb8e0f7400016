//! `n_central-get-customer`: one customer with its contact and address.

use crate::context::Context;
use crate::detail::Detail;
use crate::id::Id;
use crate::record::{Area, Record};
use crate::tool::ReadTool;
use crate::upstream::{self, id_of, text_of};
use crate::{names, object, scope};
use model::{Effect, Kind, Problem};
use ncentral::{Params, operations};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// What is told in full only.
const MINOR: [&str; 6] =
    ["is_system", "is_service_org", "generation", "descendant_count", "contact_phone_ext", "external_id2"];

pub(crate) struct GetCustomer;

#[derive(Serialize, Deserialize, JsonSchema)]
pub(crate) struct Input {
    customer_id: Option<Id>,
    customer: Option<String>,
    #[serde(default)]
    detail: Detail,
}

impl ReadTool for GetCustomer {
    const RECORD: Record = Record {
        name: "n_central-get-customer",
        alias: Some("get_customer"),
        title: "Get a customer",
        summary: "Get one customer with its service org, contact and address.",
        area: Area::Organisation,
        effect: Effect::Read,
        operations: &["getCustomer", "getServiceOrg", "listCustomers"],
    };
    type Input = Input;

    async fn resolve(cx: &Context, input: Input) -> Result<Input, Problem> {
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
        if customer_id.is_none() {
            return Err(Problem::new(Kind::InvalidArguments, "`customer_id` is missing")
                .hint("give customer_id, or customer with the exact name"));
        }
        Ok(Input { customer_id, customer: None, ..input })
    }

    async fn read(cx: &Context, input: Input) -> Result<Value, Problem> {
        let id = input.customer_id.map(|id| id.0);
        scope::check(cx, id, || "this customer".to_owned())?;
        let params = Params::new().set_some("customerId", id);
        let customer = upstream::object(cx, operations::GET_CUSTOMER, params).await?;
        let mut answer = object::compact(&customer);
        if let Some(members) = answer.as_object_mut() {
            if let Some(parent) = members.shift_remove("parent_id") {
                members.insert("service_org_name".into(), json!(service_org(cx, &parent).await));
                members.insert("service_org_id".into(), parent);
            }
            if input.detail == Detail::Concise {
                members.retain(|name, value| !MINOR.contains(&name.as_str()) && !value.is_null());
            }
        }
        Ok(answer)
    }
}

/// The name of the service organisation; not having it is no failure of the call.
async fn service_org(cx: &Context, id: &Value) -> Option<String> {
    let params = Params::new().set("soId", id_of(id)?);
    text_of(&upstream::object(cx, operations::GET_SERVICE_ORG, params).await.ok()?["soName"])
}
