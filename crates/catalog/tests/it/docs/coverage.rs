//! `docs/coverage.md`: every operation of the contract, and who has to do with it. Nothing in it is claimed: the
//! emulator is asked, the client's sources are read, the tools' records are walked.

use super::{check, code, root, table};
use crate::world::World;
use catalog::TOOLS;
use ncentral::operations::ALL;
use ncentral::{Operation, Params};
use serde_json::json;
use std::collections::HashSet;
use std::path::Path;

#[tokio::test]
async fn the_page_of_coverage_is_up_to_date() {
    check("coverage.md", &page(&served().await, &typed()));
}

fn page(served: &HashSet<String>, typed: &HashSet<&str>) -> String {
    let tools = |operation: &Operation| -> Vec<&str> {
        let uses = TOOLS.iter().filter(|tool| tool.record.operations.contains(&operation.id));
        uses.map(|tool| tool.record.name).collect()
    };
    let count = |holds: &dyn Fn(&Operation) -> bool| ALL.iter().filter(|operation| holds(operation)).count();
    let yes = |holds: bool| if holds { "yes" } else { "" }.to_owned();
    let mut text = format!(
        "# Coverage of the contract\n\nThe {} operations of `contract/ncentral.yaml`: {} served by the emulator, {} called by the client \
         itself or typed in it, {} used by a tool, {} reachable through a raw call.\n\nAn operation without a type can \
         be called all the same: paging, unwrapping and lenient ids hold for every one. A raw call takes the effect of its operation.\n\n",
        ALL.len(),
        count(&|operation| served.contains(operation.id)),
        count(&|operation| typed.contains(operation.id)),
        count(&|operation| !tools(operation).is_empty()),
        count(&|operation| raw(operation).is_some()),
    );
    let rows = ALL.iter().map(|operation| {
        vec![
            code(operation.id),
            code(&format!("{} {}", operation.method, operation.path)),
            code(operation.effect.as_str()),
            yes(served.contains(operation.id)),
            yes(typed.contains(operation.id)),
            tools(operation)
                .iter()
                .map(|name| code(name.trim_start_matches("n_central-")))
                .collect::<Vec<_>>()
                .join(", "),
            raw(operation).map(code).unwrap_or_default(),
        ]
    });
    text.push_str(&table(&["operation", "request", "effect", "emulator", "client", "tools", "raw"], rows));
    text
}

/// The raw tool that may name an operation by its path.
fn raw(operation: &Operation) -> Option<&'static str> {
    let tool = catalog::find(&format!("n_central-api-{}", operation.method.as_str().to_lowercase()))?;
    operation.raw.then(|| tool.record.name.trim_start_matches("n_central-"))
}

/// The operations that an emulator knows when they are asked for. Whether they answer well is for its own tests.
async fn served() -> HashSet<String> {
    let world = World::new();
    let cx = world.context();
    for operation in &ALL {
        let needed = operation.parameters.iter().filter(|parameter| parameter.required);
        let params = needed.fold(Params::new(), |params, parameter| params.set(parameter.name, 1));
        // Most of them refuse a request that holds nothing sensible, and that is an answer too.
        let _ = cx.client.call(operation, params, operation.body.then(|| json!({}))).await;
    }
    world.emulator.requests().operations.into_keys().collect()
}

/// The operations that the client's own sources name.
fn typed() -> HashSet<&'static str> {
    let mut sources = String::new();
    for place in ["api", "session.rs"] {
        read(&root().join("crates/ncentral/src").join(place), &mut sources);
    }
    let named: HashSet<&str> = sources
        .split("operations::")
        .skip(1)
        .filter_map(|rest| rest.split(|c: char| !(c.is_ascii_uppercase() || c == '_')).next())
        .collect();
    ALL.iter().map(|operation| operation.id).filter(|id| named.contains(constant(id).as_str())).collect()
}

/// The constant that code generation makes of an `operationId`.
fn constant(id: &str) -> String {
    let mut name = String::new();
    for letter in id.chars() {
        if letter.is_ascii_uppercase() {
            name.push('_');
        }
        name.push(letter.to_ascii_uppercase());
    }
    name
}

fn read(path: &Path, into: &mut String) {
    if path.is_dir() {
        return std::fs::read_dir(path).unwrap().for_each(|entry| read(&entry.unwrap().path(), into));
    }
    into.push_str(&std::fs::read_to_string(path).unwrap());
}
