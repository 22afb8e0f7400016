//! `n_central-api-get`: any look-up of the contract by its path.

use crate::context::Context;
use crate::problem;
use crate::raw::{self, Governed, Query};
use crate::record::{Area, Record};
use crate::tool::{Govern, ReadTool};
use model::{Effect, Problem, Target};
use ncentral::Method;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

pub(crate) struct ApiGet;

#[derive(Serialize, Deserialize, JsonSchema)]
pub(crate) struct Input {
    /// Such as /api/devices/123
    path: String,
    query: Option<Query>,
}

fn govern(arguments: &Value) -> Result<Governed, Problem> {
    raw::govern(Method::Get, arguments)
}

impl ReadTool for ApiGet {
    const RECORD: Record = Record {
        name: "n_central-api-get",
        alias: None,
        title: "Raw GET",
        summary: "GET a path of N-central's API; find it with n_central-find-operation.",
        area: Area::Gateway,
        effect: Effect::Read,
        operations: &[],
    };
    const GOVERN: Option<Govern> = Some(govern);
    type Input = Input;

    async fn resolve(_: &Context, input: Input) -> Result<Input, Problem> {
        let governed = govern(&json!({ "path": input.path }))?;
        raw::query_of(governed.operation, input.query.as_ref().unwrap_or(&Query::new()))?;
        Ok(input)
    }

    async fn targets(cx: &Context, input: &Input) -> Result<Vec<Target>, Problem> {
        match govern(&json!({ "path": input.path }))?.operation {
            None => Ok(Vec::new()),
            Some(operation) => {
                let found = raw::targets(cx, operation, &input.path, None).await?;
                Ok(found.into_iter().map(|(target, _)| target).collect())
            }
        }
    }

    fn sentence(input: &Input) -> String {
        format!("Look up {} in N-central, as it answers.", model::text::clean(&input.path, false))
    }

    async fn read(cx: &Context, input: Input) -> Result<Value, Problem> {
        let governed = govern(&json!({ "path": input.path }))?;
        let query = raw::query_of(governed.operation, &input.query.unwrap_or_default())?;
        let body = match governed.operation {
            Some(operation) => {
                let params = query
                    .into_iter()
                    .fold(operation.params_of(&input.path).unwrap_or_default(), |params, (name, value)| {
                        params.set(name, value)
                    });
                cx.client.call(operation, params, None).await
            }
            None => {
                let query: Vec<(String, String)> = query.into_iter().collect();
                cx.client.raw(Method::Get, &input.path, &query, None).await
            }
        };
        let body = body.map_err(problem::of_read)?.body;
        Ok(raw::result(governed.operation, body))
    }
}
