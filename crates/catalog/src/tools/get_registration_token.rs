//! `n_central-get-registration-token`: the token with which agents and probes join a unit. Whoever has it can enrol
//! devices, so it is a look-up that prints a credential.

use crate::context::Context;
use crate::id::Id;
use crate::record::{Area, Record};
use crate::tool::ReadTool;
use crate::units::{self, UnitArgs};
use crate::upstream;
use crate::{moment, object};
use model::{Effect, Kind, Problem, Target};
use ncentral::{Operation, Params, operations};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

pub(crate) struct GetRegistrationToken;

#[derive(Serialize, Deserialize, JsonSchema)]
pub(crate) struct Input {
    #[serde(flatten)]
    unit: UnitArgs,
    org_unit_id: Option<Id>,
}

impl Input {
    /// The one unit that was named: where to ask, the parameter, the id.
    fn place(&self) -> Result<(&'static Operation, &'static str, Id), Problem> {
        match (self.unit.customer_id, self.unit.site_id, self.org_unit_id) {
            // A customer beside a site says where the site's name was looked for.
            (_, Some(id), None) => Ok((operations::GET_SITE_REGISTRATION_TOKEN, "siteId", id)),
            (Some(id), None, None) => Ok((operations::GET_CUSTOMER_REGISTRATION_TOKEN, "customerId", id)),
            (None, None, Some(id)) => Ok((operations::GET_ORG_UNIT_REGISTRATION_TOKEN, "orgUnitId", id)),
            _ => Err(Problem::new(Kind::InvalidArguments, "not exactly one unit is given")
                .hint("give one of customer_id, site_id and org_unit_id, or customer or site by name")),
        }
    }
}

impl ReadTool for GetRegistrationToken {
    const RECORD: Record = Record {
        name: "n_central-get-registration-token",
        alias: None,
        title: "Get a registration token",
        summary: "Get the token with which agents join a customer or site.",
        area: Area::Administration,
        effect: Effect::SensitiveRead,
        operations: &[
            "getCustomerRegistrationToken",
            "getSiteRegistrationToken",
            "getOrgUnitRegistrationToken",
            "getOrgUnit",
        ],
    };
    type Input = Input;

    async fn resolve(cx: &Context, input: Input) -> Result<Input, Problem> {
        let input = Input { unit: input.unit.resolve(cx).await?, ..input };
        input.place().map(|_| input)
    }

    async fn targets(cx: &Context, input: &Input) -> Result<Vec<Target>, Problem> {
        let (_, _, Id(id)) = input.place()?;
        Ok(vec![units::target(cx, id).await?])
    }

    async fn read(cx: &Context, input: Input) -> Result<Value, Problem> {
        let (operation, parameter, id) = input.place()?;
        units::check_scope(cx, id.0).await?;
        let token = upstream::object(cx, operation, Params::new().set(parameter, id)).await?;
        let expires = token["registrationTokenExpiryDate"].as_str().and_then(moment::iso);
        let mut answer = object::compact(&token);
        answer["registration_token_expiry_date"] = json!(expires);
        answer["org_unit_id"] = json!(id);
        Ok(answer)
    }
}
