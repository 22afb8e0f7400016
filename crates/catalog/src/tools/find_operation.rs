//! `n_central-find-operation`: the contract's operations, found by words, one in full on request, so that raw calls
//! need no guessing.

use crate::context::Context;
use crate::record::{Area, Record};
use crate::tool::ReadTool;
use crate::{naming, schema};
use model::{Effect, Kind, Problem};
use ncentral::{Operation, Place, operations};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Most operations that a search shows.
const MOST_FOUND: usize = 15;

pub(crate) struct FindOperation;

#[derive(Serialize, Deserialize, JsonSchema)]
pub(crate) struct Input {
    query: Option<String>,
    /// One in full, by id
    operation: Option<String>,
}

impl ReadTool for FindOperation {
    const RECORD: Record = Record {
        name: "n_central-find-operation",
        alias: None,
        title: "Find an operation",
        summary: "Search the operations of N-central's API for raw calls.",
        area: Area::Gateway,
        effect: Effect::Read,
        operations: &[],
    };
    type Input = Input;

    async fn resolve(_: &Context, input: Input) -> Result<Input, Problem> {
        match (&input.query, &input.operation) {
            (None, None) => {
                Err(Problem::new(Kind::InvalidArguments, "neither `query` nor `operation` is given").hint(
                    "query takes words, such as maintenance window; operation an id such as listDevices",
                ))
            }
            _ => Ok(input),
        }
    }

    async fn read(_: &Context, input: Input) -> Result<Value, Problem> {
        if let Some(id) = &input.operation {
            let known: Vec<&str> = operations::ALL.iter().map(|operation| operation.id).collect();
            let found = operations::ALL.iter().find(|operation| operation.id.eq_ignore_ascii_case(id.trim()));
            return found.map(in_full).ok_or_else(|| {
                schema::unknown_word("operation", id, &known).hint("search for it with query")
            });
        }
        let words: Vec<String> =
            input.query.unwrap_or_default().split_whitespace().map(|word| word.to_lowercase()).collect();
        let mut found: Vec<(usize, &Operation)> = operations::ALL
            .iter()
            .map(|operation| (hits(operation, &words), operation))
            .filter(|(hits, _)| *hits > 0)
            .collect();
        // Equally good ones stay in the contract's order.
        found.sort_by_key(|(hits, _)| std::cmp::Reverse(*hits));
        let total = found.len();
        let rows: Vec<Value> = found
            .into_iter()
            .take(MOST_FOUND)
            .map(|(_, op)| json!([op.id, op.method.as_str(), op.path, op.effect.as_str(), op.summary]))
            .collect();
        let mut answer = json!({
            "columns": ["operation", "method", "path", "effect", "summary"],
            "returned": rows.len(),
            "rows": rows,
            "total": total,
        });
        if total > MOST_FOUND {
            answer["note"] = json!(format!("the best {MOST_FOUND} of {total}; use more words to narrow it"));
        } else if total == 0 {
            answer["note"] = json!("nothing fits; try fewer or other words");
        }
        Ok(answer)
    }
}

/// How many of the words an operation has, in its id, its path or its line.
fn hits(operation: &Operation, words: &[String]) -> usize {
    let text = format!(
        "{} {} {} {}",
        naming::words(&naming::snake(operation.id)),
        operation.path.replace('-', " "),
        operation.path,
        operation.summary
    )
    .to_lowercase();
    words.iter().filter(|word| text.contains(word.trim_end_matches('s'))).count()
}

fn in_full(operation: &Operation) -> Value {
    let parameters = |place: Place| -> Vec<Value> {
        let here = operation.parameters.iter().filter(|parameter| parameter.place == place);
        here.map(|parameter| json!({"name": parameter.name, "required": parameter.required})).collect()
    };
    json!({
        "operation": operation.id,
        "method": operation.method.as_str(),
        "path": operation.path,
        "summary": operation.summary,
        "effect": operation.effect.as_str(),
        "path_parameters": parameters(Place::Path),
        "query_parameters": parameters(Place::Query),
        "takes_body": operation.body,
        "raw_calls": operation.raw,
        "preview": operation.preview,
        "since": operation.since,
    })
}
