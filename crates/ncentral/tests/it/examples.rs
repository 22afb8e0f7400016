//! Every example of the contract decodes, and what the client does not know survives the way through it.

use futures::TryStreamExt;
use ncentral::operations::{self, ALL};
use ncentral::{Operation, Params, Place};
use serde_json::{Value, json};

use crate::double::{Act, Double};

/// A member that no contract has.
const UNKNOWN: &str = "zzNotInAnyContract";

fn contract() -> Value {
    serde_saphyr::from_str(include_str!("../../../../contract/ncentral.yaml")).expect("the contract is YAML")
}

/// The success statuses of an operation with their example bodies; `Null` where the answer has none.
fn examples(contract: &Value, operation: &Operation) -> Vec<(u16, Value)> {
    let method = operation.method.as_str().to_lowercase();
    let responses =
        contract["paths"][operation.path][method.as_str()]["responses"].as_object().expect("responses");
    responses
        .iter()
        .filter_map(|(status, response)| Some((status.parse::<u16>().ok().filter(|s| *s < 300)?, response)))
        .map(|(status, response)| (status, response["content"]["application/json"].clone()))
        // A second success status may leave its example to the first.
        .filter(|(_, content)| content.is_null() || content.get("example").is_some())
        .map(|(status, content)| (status, content["example"].clone()))
        .collect()
}

async fn answer(operation: &'static Operation, status: u16, body: Value) -> ncentral::Reply {
    let served = body.clone();
    let double = Double::bare(move |seen| match seen.path.as_str() {
        "/api/auth/authenticate" if operation.id != "authenticate" => {
            Act::Answer(200, crate::double::tokens(1))
        }
        _ => Act::Answer(status, served.clone()),
    });
    let params = operation.parameters.iter().filter(|p| p.required && p.place != Place::Header);
    let params = params.fold(Params::new(), |params, p| params.set(p.name, 7));
    let sent = operation.body.then(|| json!({}));
    double
        .client()
        .call(operation, params, sent)
        .await
        .unwrap_or_else(|e| panic!("{}: {e}: {body}", operation.id))
}

/// Puts the unknown member into every object.
fn sprinkle(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(sprinkle),
        Value::Object(members) => {
            members.values_mut().for_each(sprinkle);
            members.insert(UNKNOWN.into(), json!({"kept": true}));
        }
        _ => {}
    }
}

#[tokio::test(start_paused = true)]
async fn every_example_decodes_and_unknown_members_survive() {
    let contract = contract();
    let mut seen = 0;
    // Signing in has a reader of its own, which the session tests hold to its example.
    for operation in ALL.iter().filter(|operation| !operation.path.starts_with("/api/auth/")) {
        for (status, mut example) in examples(&contract, operation) {
            assert_eq!(answer(operation, status, example.clone()).await.body, example, "{}", operation.id);
            if example.is_object() {
                sprinkle(&mut example);
                assert_eq!(
                    answer(operation, status, example.clone()).await.body,
                    example,
                    "{}",
                    operation.id
                );
            }
            seen += 1;
        }
    }
    assert!(seen >= 99, "{seen} examples");
}

#[tokio::test(start_paused = true)]
async fn typed_records_keep_what_they_do_not_know() {
    let contract = contract();
    let mut page = examples(&contract, operations::LIST_DEVICES).remove(0).1;
    sprinkle(&mut page);
    let row = page["data"][0].clone();
    let device: ncentral::Device = serde_json::from_value(row.clone()).expect("a device");
    let back = serde_json::to_value(&device).expect("JSON");
    assert_eq!(back[UNKNOWN], row[UNKNOWN]);
    for (name, value) in row.as_object().expect("a row").iter().filter(|(_, value)| !value.is_null()) {
        assert_eq!(&back[name], value, "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_row_of_every_paged_list_is_known_by_its_id() {
    let contract = contract();
    for operation in ALL.iter().filter(|operation| operation.paged) {
        let (_, example) = examples(&contract, operation).swap_remove(0);
        let row = example["data"][0].clone();
        let mut again = row.clone();
        sprinkle(&mut again);
        let page = json!({"data": [&row, again]});
        let double = Double::new(move |_| Act::Answer(200, page.clone()));
        let required = operation.parameters.iter().filter(|parameter| parameter.required);
        let params = required.fold(Params::new(), |params, parameter| params.set(parameter.name, 7));
        let rows: Vec<Value> = double.client().rows(operation, params).try_collect().await.expect("rows");
        assert_eq!(rows, [row], "{}", operation.id);
    }
}
