//! Setting a custom property, of a device or of a unit: the type is read first, because it decides whether the new
//! value is a secret; afterwards the property is read back, because 200 does not prove that it took.

use crate::context::Context;
use crate::draft::{Draft, ReadBack, Receipt};
use crate::moment;
use crate::properties;
use crate::schema;
use crate::upstream::{self, text_of};
use model::secret::uses_mark;
use model::{Plan, Problem, Target, Write};
use ncentral::{Operation, Params};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Where a property is.
pub(crate) struct Place {
    pub(crate) read: &'static Operation,
    pub(crate) write: &'static Operation,
    /// The path parameter that holds the owner's id, and the argument of the same meaning.
    pub(crate) owner: (&'static str, &'static str),
}

impl Place {
    fn params(&self, owner: i64, property: i64) -> Params {
        Params::new().set(self.owner.0, owner).set("propertyId", property)
    }

    /// The plan of one PUT.
    pub(crate) async fn plan(
        &self,
        cx: &Context,
        (owner, target): (i64, Target),
        facts: Value,
        property_id: i64,
        value: &str,
    ) -> Result<Draft, Problem> {
        let property = upstream::object(cx, self.read, self.params(owner, property_id)).await?;
        let value = self.value(cx, &property, value)?;
        let path = self
            .write
            .path
            .replace(&format!("{{{}}}", self.owner.0), &owner.to_string())
            .replace("{propertyId}", &property_id.to_string());
        let write = Write {
            operation: self.write.id.to_owned(),
            method: self.write.method.as_str().to_owned(),
            path,
            query: BTreeMap::new(),
            body: Some(json!({ "value": value })),
        };
        let name = text_of(&property["propertyName"]).unwrap_or_else(|| property_id.to_string());
        let shown = |value: &Value| text_of(value).map_or("nothing".to_owned(), |text| format!("“{text}”"));
        let (old, new) = (properties::masked(property)["value"].take(), model::secret::shown(&value));
        let summary =
            format!("Set property “{name}” of {} from {} to {}.", target.name, shown(&old), shown(&new));
        Ok(Draft {
            arguments: json!({ self.owner.1: owner, "property_id": property_id, "value": value }),
            targets: vec![target],
            facts: vec![facts],
            writes: vec![(write, Some(0))],
            summary,
            warnings: Vec::new(),
            run_at: None,
        })
    }

    /// The value as it is sent, hidden where its type is not known to be harmless.
    fn value(&self, cx: &Context, property: &Value, value: &str) -> Result<Value, Problem> {
        match property["propertyType"].as_str() {
            Some("ENUMERATED") => {
                let choices =
                    property["enumeratedValueList"].as_array().map(Vec::as_slice).unwrap_or_default();
                let choices: Vec<&str> = choices.iter().filter_map(Value::as_str).collect();
                if choices.is_empty() || choices.contains(&value) {
                    Ok(json!(value))
                } else {
                    Err(schema::unknown_word("value of this property", value, &choices))
                }
            }
            // Dates travel as milliseconds since 1970, as text.
            Some("DATE") => {
                let moment = moment::parse(value).map(|moment| moment.as_millisecond().to_string());
                Ok(json!(moment.as_deref().unwrap_or(value)))
            }
            kind if properties::may_be_shown(kind) => Ok(json!(value)),
            _ => Ok(cx.hide(value)),
        }
    }

    async fn current(&self, cx: &Context, plan: &Plan) -> Option<Value> {
        let id = |argument: &str| plan.arguments[argument].as_i64();
        let params = self.params(id(self.owner.1)?, id("property_id")?);
        upstream::object(cx, self.read, params).await.ok()
    }

    /// What the accepted PUT did. A secret can't be compared, because only its mark is here.
    pub(crate) async fn receive(&self, cx: &Context, plan: &Plan, answer: &Value) -> Receipt {
        let warnings: Vec<String> =
            answer["_warnings"].as_array().into_iter().flatten().filter_map(text_of).collect();
        let current = self.current(cx, plan).await;
        let mut result = json!({"property_id": plan.arguments["property_id"]});
        if !warnings.is_empty() {
            result["warnings"] = json!(warnings);
        }
        let planned = &plan.arguments["value"];
        let not_taken = match &current {
            Some(current) if !uses_mark(planned) && current["value"] != *planned => {
                Some("N-central accepted the value, but reading it back shows another one".to_owned())
            }
            _ => None,
        };
        if let Some(current) = current {
            let current = properties::masked(current);
            result["property_name"] = json!(text_of(&current["propertyName"]));
            result["value"] = current["value"].clone();
        }
        Receipt { task_id: None, result: Some(result), not_taken }
    }

    /// The value being there settles it; its absence does not, because the request may still be on its way.
    pub(crate) async fn read_back(&self, cx: &Context, plan: &Plan) -> ReadBack {
        let planned = &plan.arguments["value"];
        match self.current(cx, plan).await {
            Some(current) if !uses_mark(planned) && current["value"] == *planned => {
                ReadBack::Applied(self.receive(cx, plan, &Value::Null).await)
            }
            _ => ReadBack::CannotTell,
        }
    }
}
