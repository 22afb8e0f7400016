//! `n_central-api-post`, `-put`, `-patch`, `-delete`: any write of the contract by its path. One implementation,
//! because only the verb differs.

use crate::context::Context;
use crate::draft::{Draft, ReadBack, Receipt};
use crate::raw::{self, Governed, Query};
use crate::record::{Area, Record};
use crate::tool::{Govern, WriteTool};
use model::{Effect, Kind, Plan, Problem, Target};
use ncentral::{Method, operations};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::marker::PhantomData;

/// One of the verbs that write.
pub(crate) trait Verb: Send + Sync + 'static {
    const METHOD: Method;
    const NAME: &'static str;
    const TITLE: &'static str;
    const SUMMARY: &'static str;
}

macro_rules! verbs {
    ($($verb:ident $method:ident $name:literal $title:literal $summary:literal;)*) => { $(
        pub(crate) struct $verb;

        impl Verb for $verb {
            const METHOD: Method = Method::$method;
            const NAME: &'static str = $name;
            const TITLE: &'static str = $title;
            const SUMMARY: &'static str = $summary;
        }
    )* };
}

verbs! {
    Post Post "n_central-api-post" "Raw POST" "POST to a path of N-central's API.";
    Put Put "n_central-api-put" "Raw PUT" "PUT to a path of N-central's API.";
    Patch Patch "n_central-api-patch" "Raw PATCH" "PATCH a path of N-central's API.";
    Delete Delete "n_central-api-delete" "Raw DELETE" "DELETE a path of N-central's API.";
}

/// A raw call with a verb that writes.
pub(crate) struct ApiWrite<V>(PhantomData<V>);

/// `n_central-api-post`.
pub(crate) type ApiPost = ApiWrite<Post>;
/// `n_central-api-put`.
pub(crate) type ApiPut = ApiWrite<Put>;
/// `n_central-api-patch`.
pub(crate) type ApiPatch = ApiWrite<Patch>;
/// `n_central-api-delete`.
pub(crate) type ApiDelete = ApiWrite<Delete>;

#[derive(Serialize, Deserialize, JsonSchema)]
pub(crate) struct Input {
    path: String,
    query: Option<Query>,
    #[serde(default)]
    #[schemars(schema_with = "any_body")]
    body: Option<Value>,
}

fn any_body(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": ["object", "array"] })
}

impl<V: Verb> WriteTool for ApiWrite<V> {
    const RECORD: Record = Record {
        name: V::NAME,
        alias: None,
        title: V::TITLE,
        summary: V::SUMMARY,
        area: Area::Gateway,
        effect: Effect::Change,
        operations: &[],
    };
    const GOVERN: Option<Govern> = Some(govern::<V>);
    type Input = Input;

    async fn plan(cx: &Context, input: Input) -> Result<Draft, Problem> {
        let operation = govern::<V>(&json!({ "path": input.path }))?.operation.ok_or_else(|| {
            Problem::new(Kind::InvalidArguments, "only operations of the contract are written to")
        })?;
        raw::plan(cx, operation, &input.path, &input.query.unwrap_or_default(), input.body).await
    }

    async fn recheck(cx: &Context, plan: &Plan) -> Result<Vec<Target>, Problem> {
        let mut found = Vec::new();
        for write in &plan.writes {
            if let Some(operation) = operations::find(&write.operation) {
                found.extend(raw::targets(cx, operation, &write.path, write.body.as_ref()).await?);
            }
        }
        Ok(found.into_iter().map(|(target, _)| target).collect())
    }

    async fn receive(_: &Context, plan: &Plan, position: usize, answer: Value) -> Receipt {
        let operation = plan.writes.get(position).and_then(|write| operations::find(&write.operation));
        let task_id = answer.get("taskId").cloned();
        Receipt { task_id, result: Some(raw::result(operation, answer)), not_taken: None }
    }

    /// Nothing general can be read back of any operation whatever; a person settles it.
    async fn read_back(_: &Context, _: &Plan, _: usize) -> ReadBack {
        ReadBack::CannotTell
    }
}

fn govern<V: Verb>(arguments: &Value) -> Result<Governed, Problem> {
    raw::govern(V::METHOD, arguments)
}
