//! The part of `contract/ncentral.yaml` that tables are made of: one record an operation, in the contract's order,
//! with references followed and defaults applied.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result, ensure};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Map, Value};

/// All operations.
#[derive(Debug)]
pub(crate) struct Contract {
    pub(crate) operations: Vec<Operation>,
}

/// One operation.
#[derive(Debug)]
pub(crate) struct Operation {
    pub(crate) id: String,
    /// Upper case.
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) summary: String,
    pub(crate) parameters: Vec<Parameter>,
    /// Whether it takes a body.
    pub(crate) body: bool,
    pub(crate) envelope: String,
    /// How many calls may be in flight, where that is published.
    pub(crate) concurrency: Option<u16>,
    /// What shares that number: see [`limit_class`].
    pub(crate) class: String,
    /// Whether a call carries a token in `Authorization`: an access token, or what is exchanged for one.
    pub(crate) secured: bool,
    pub(crate) preview: bool,
    pub(crate) since: String,
    pub(crate) permission: Option<String>,
}

impl Operation {
    /// Whether the answer comes in pages.
    pub(crate) fn paged(&self) -> bool {
        self.parameters.iter().any(|parameter| parameter.name == "pageNumber")
    }
}

/// A parameter in the path, the query or a header.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Parameter {
    pub(crate) name: String,
    #[serde(rename = "in")]
    pub(crate) place: Place,
    #[serde(default)]
    pub(crate) required: bool,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Place {
    Path,
    Query,
    Header,
}

/// The tokens that the contract asks for, any one of them; empty means none.
type Security = Vec<IgnoredAny>;

#[derive(Deserialize)]
struct Document {
    security: Security,
    paths: Map<String, Value>,
    components: Components,
}

#[derive(Deserialize)]
struct Components {
    parameters: BTreeMap<String, Parameter>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Declared {
    operation_id: String,
    summary: String,
    #[serde(default)]
    parameters: Vec<Reference>,
    request_body: Option<IgnoredAny>,
    security: Option<Security>,
    #[serde(rename = "x-envelope")]
    envelope: String,
    #[serde(rename = "x-concurrency")]
    concurrency: Option<u16>,
    #[serde(rename = "x-preview", default)]
    preview: bool,
    #[serde(rename = "x-since")]
    since: String,
    #[serde(rename = "x-permission")]
    permission: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Reference {
    To {
        #[serde(rename = "$ref")]
        target: String,
    },
    Inline(Parameter),
}

impl Contract {
    pub(crate) fn parse(yaml: &str) -> Result<Self> {
        let document: Document = serde_saphyr::from_str(yaml).context("contract/ncentral.yaml")?;
        let mut operations = Vec::new();
        for (path, item) in &document.paths {
            let methods = item.as_object().with_context(|| format!("{path} is no path item"))?;
            for (method, declared) in methods {
                let place = format!("{} {path}", method.to_uppercase());
                operations.push(
                    operation(&document, path, method, declared, limit_class(methods, method, path))
                        .context(place)?,
                );
            }
        }
        Ok(Self { operations })
    }
}

fn operation(
    document: &Document,
    path: &str,
    method: &str,
    declared: &Value,
    class: String,
) -> Result<Operation> {
    let declared = Declared::deserialize(declared)?;
    let parameters =
        declared.parameters.iter().map(|parameter| resolve(document, parameter)).collect::<Result<_>>()?;
    let operation = Operation {
        id: declared.operation_id,
        method: method.to_uppercase(),
        path: path.to_owned(),
        summary: declared.summary,
        parameters,
        body: declared.request_body.is_some(),
        envelope: declared.envelope,
        concurrency: declared.concurrency,
        class,
        secured: !declared.security.as_ref().unwrap_or(&document.security).is_empty(),
        preview: declared.preview,
        since: declared.since,
        permission: declared.permission,
    };
    ensure!(
        operation.paged() == (operation.envelope == "page"),
        "`pageNumber` and the envelope `page` come together, or neither"
    );
    ensure!(
        template_parameters(path).eq(path_parameters(&operation.parameters)),
        "the path template and the path parameters name different things"
    );
    Ok(operation)
}

fn resolve(document: &Document, parameter: &Reference) -> Result<Parameter> {
    match parameter {
        Reference::Inline(parameter) => Ok(parameter.clone()),
        Reference::To { target } => target
            .strip_prefix("#/components/parameters/")
            .and_then(|name| document.components.parameters.get(name))
            .cloned()
            .with_context(|| format!("`{target}` leads nowhere")),
    }
}

/// Operations with the same class share one number of calls in flight. Each has its own, except where several
/// operations of one path publish a limit: NOTES.md, section 4, reads that as one limit for the path.
fn limit_class(methods: &Map<String, Value>, method: &str, path: &str) -> String {
    let limited = |operation: &Value| operation.get("x-concurrency").is_some();
    if limited(&methods[method]) && methods.values().filter(|operation| limited(operation)).count() > 1 {
        path.to_owned()
    } else {
        format!("{} {path}", method.to_uppercase())
    }
}

fn template_parameters(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'))
}

fn path_parameters(parameters: &[Parameter]) -> impl Iterator<Item = &str> {
    parameters
        .iter()
        .filter(|parameter| parameter.place == Place::Path)
        .map(|parameter| parameter.name.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONTRACT: &str = "
security: [{accessToken: []}]
paths:
  /api/devices/{deviceId}/lifecycle:
    get:
      operationId: getLifecycle
      summary: Warranty.
      parameters: [{$ref: '#/components/parameters/deviceId'}]
      x-envelope: bare
      x-concurrency: 1
      x-since: '2024'
    put:
      operationId: setLifecycle
      summary: Warranty.
      parameters: [{$ref: '#/components/parameters/deviceId'}]
      requestBody: {content: {application/json: {}}}
      x-envelope: empty
      x-concurrency: 1
      x-since: '2024'
      x-preview: true
  /api/devices:
    get:
      operationId: listDevices
      summary: Devices.
      parameters: [{name: pageNumber, in: query}]
      x-envelope: page
      x-concurrency: 5
      x-since: '2024'
  /api/auth/refresh:
    post:
      operationId: refresh
      summary: New tokens.
      security: []
      requestBody: {content: {text/plain: {}}}
      x-envelope: bare
      x-since: after 2026.3
components:
  parameters:
    deviceId: {name: deviceId, in: path, required: true}
";

    fn operation(id: &str) -> Operation {
        let contract = Contract::parse(CONTRACT).unwrap();
        contract.operations.into_iter().find(|operation| operation.id == id).unwrap()
    }

    fn refusal(from: &str, to: &str) -> String {
        format!("{:#}", Contract::parse(&CONTRACT.replace(from, to)).unwrap_err())
    }

    #[test]
    fn operations_keep_the_order_of_the_contract() {
        let contract = Contract::parse(CONTRACT).unwrap();
        let ids: Vec<_> = contract.operations.iter().map(|operation| operation.id.as_str()).collect();
        assert_eq!(ids, ["getLifecycle", "setLifecycle", "listDevices", "refresh"]);
    }

    #[test]
    fn references_are_followed_and_defaults_applied() {
        let get = operation("getLifecycle");
        assert_eq!((get.parameters[0].name.as_str(), get.parameters[0].place), ("deviceId", Place::Path));
        assert!(get.parameters[0].required && get.secured && !get.preview && !get.body);
        let list = operation("listDevices");
        assert!(!list.parameters[0].required && list.paged());
    }

    #[test]
    fn what_an_operation_says_of_itself_is_kept() {
        assert!(operation("setLifecycle").preview);
        let refresh = operation("refresh");
        assert_eq!(refresh.since, "after 2026.3");
        assert!(refresh.body && !refresh.secured);
    }

    #[test]
    fn a_limit_published_for_several_operations_of_a_path_is_shared() {
        assert_eq!(operation("getLifecycle").class, "/api/devices/{deviceId}/lifecycle");
        assert_eq!(operation("setLifecycle").class, "/api/devices/{deviceId}/lifecycle");
        assert_eq!(operation("listDevices").class, "GET /api/devices");
        assert_eq!(operation("refresh").class, "POST /api/auth/refresh");
    }

    #[test]
    fn a_contract_that_contradicts_itself_is_refused_with_the_place() {
        assert_eq!(
            refusal("x-envelope: page", "x-envelope: list"),
            "GET /api/devices: `pageNumber` and the envelope `page` come together, or neither"
        );
        assert_eq!(
            refusal("/api/devices/{deviceId}/lifecycle", "/api/devices/{id}/lifecycle"),
            "GET /api/devices/{id}/lifecycle: the path template and the path parameters name different things"
        );
        assert_eq!(
            refusal("'#/components/parameters/deviceId'", "'#/components/parameters/gadgetId'"),
            "GET /api/devices/{deviceId}/lifecycle: `#/components/parameters/gadgetId` leads nowhere"
        );
    }
}
