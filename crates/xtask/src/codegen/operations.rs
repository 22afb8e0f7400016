//! The client's table: every operation with all that the contract and its reviewer say of it, and a name for each.

use super::{HEADER, quoted};
use crate::contract::{Contract, Operation, Parameter};
use crate::effects::Effects;

/// The Rust source of the table, not yet formatted.
pub(crate) fn render(contract: &Contract, effects: &Effects) -> String {
    let mut text = format!("//! Every operation of N-central's contract, and a name for each.\n{HEADER}");
    text += "use crate::operation::{Effect, Envelope, Method, Operation, Parameter, Place};\n\n";
    text += "/// Every operation, in the contract's order.\n";
    text += &format!("pub static ALL: [Operation; {}] = [\n", contract.operations.len());
    for operation in &contract.operations {
        text += &literal(operation, effects);
    }
    text += "];\n";
    for (index, operation) in contract.operations.iter().enumerate() {
        let Operation { method, path, summary, id, .. } = operation;
        let name = constant(id);
        text +=
            &format!("\n/// `{method} {path}`: {summary}\npub static {name}: &Operation = &ALL[{index}];\n");
    }
    text
}

fn literal(operation: &Operation, effects: &Effects) -> String {
    let review = effects.of(&operation.id);
    let parameters: String = operation.parameters.iter().map(parameter).collect();
    let members = [
        ("id", quoted(&operation.id)),
        ("method", format!("Method::{}", camel(&operation.method))),
        ("path", quoted(&operation.path)),
        ("parameters", format!("&[{parameters}]")),
        ("paged", operation.paged().to_string()),
        ("envelope", format!("Envelope::{}", camel(&operation.envelope))),
        ("class", quoted(&operation.class)),
        ("limit", format!("{:?}", operation.concurrency)),
        ("effect", format!("Effect::{:?}", review.effect)),
        ("raw", review.raw.to_string()),
        ("secured", operation.secured.to_string()),
        ("body", operation.body.to_string()),
        ("preview", operation.preview.to_string()),
        ("since", quoted(&operation.since)),
        ("permission", format!("{:?}", operation.permission)),
        ("summary", quoted(&operation.summary)),
    ];
    let members: String = members.iter().map(|(name, value)| format!("{name}: {value},\n")).collect();
    format!("Operation {{ {members} }},\n")
}

fn parameter(parameter: &Parameter) -> String {
    let Parameter { name, place, required } = parameter;
    format!("Parameter {{ name: {}, place: Place::{place:?}, required: {required} }},\n", quoted(name))
}

/// `status+message+data` → `StatusMessageData`, `GET` → `Get`.
fn camel(text: &str) -> String {
    text.split('+').map(|word| word[..1].to_uppercase() + &word[1..].to_lowercase()).collect()
}

/// `listDevices` → `LIST_DEVICES`.
fn constant(id: &str) -> String {
    let mut name = String::new();
    for letter in id.chars() {
        if letter.is_uppercase() {
            name.push('_');
        }
        name.extend(letter.to_uppercase());
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operation_becomes_a_record_and_a_name() {
        let contract = "
security: [{accessToken: []}]
paths:
  /api/devices:
    get:
      operationId: listDevices
      summary: All \"devices\".
      parameters: [{name: pageNumber, in: query}]
      x-envelope: page
      x-concurrency: 5
      x-since: '2024'
      x-permission: DEVICES_VIEW
components: {parameters: {}}
";
        let effects =
            Effects::parse("listDevices = { effect = 'sensitive_read', raw = false, why = 'a test' }")
                .unwrap();
        let text = render(&Contract::parse(contract).unwrap(), &effects);
        for part in [
            "pub static ALL: [Operation; 1] = [",
            "method: Method::Get,",
            "parameters: &[Parameter { name: \"pageNumber\", place: Place::Query, required: false },",
            "paged: true,",
            "class: \"GET /api/devices\",",
            "limit: Some(5),",
            "effect: Effect::SensitiveRead,",
            "raw: false,",
            "permission: Some(\"DEVICES_VIEW\"),",
            r#"summary: "All \"devices\".","#,
            "/// `GET /api/devices`: All \"devices\".\npub static LIST_DEVICES: &Operation = &ALL[0];",
        ] {
            assert!(text.contains(part), "{part} is not in\n{text}");
        }
    }

    #[test]
    fn names_are_spelt_as_rust_spells_them() {
        assert_eq!(camel("status+message+data"), "StatusMessageData");
        assert_eq!(camel("PATCH"), "Patch");
        assert_eq!(constant("getCustomPsaTicketWithCredential"), "GET_CUSTOM_PSA_TICKET_WITH_CREDENTIAL");
    }
}
