//! The schemas of what the gate takes and gives, made from its own types. What is answered goes among the
//! document's components, under the name of its type; what is taken stands where it is taken.

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map, Value};

/// The two ways of looking at a type: as it is written, and as it is read.
pub(crate) struct Schemas {
    given: SchemaGenerator,
    taken: SchemaGenerator,
}

impl Schemas {
    pub(crate) fn new() -> Self {
        let settings = || {
            SchemaSettings::draft2020_12().with(|settings| {
                settings.meta_schema = None;
                settings.definitions_path = "/components/schemas".into();
            })
        };
        Self {
            given: settings().for_serialize().into_generator(),
            taken: settings().with(|settings| settings.inline_subschemas = true).into_generator(),
        }
    }

    /// The schema of what is answered.
    pub(crate) fn given<T: JsonSchema>(&mut self) -> Value {
        self.given.subschema_for::<T>().to_value()
    }

    /// The schema of what is taken.
    pub(crate) fn taken<T: JsonSchema>(&mut self) -> Value {
        self.taken.subschema_for::<T>().to_value()
    }

    /// The parameters of a query: the members of its type.
    pub(crate) fn query<T: JsonSchema>(&mut self) -> Vec<Value> {
        let mut schema = self.taken::<T>();
        let members = schema["properties"].as_object_mut().map(std::mem::take).unwrap_or_default();
        members.into_iter().map(|(name, schema)| parameter(name, schema)).collect()
    }

    /// Every named schema, and what is kept of it: names in order, so that the document has one text.
    pub(crate) fn into_components(mut self) -> Map<String, Value> {
        let mut named: Vec<(String, Value)> = self.given.take_definitions(true).into_iter().collect();
        named.sort_by(|(a, _), (b, _)| a.cmp(b));
        named.into_iter().collect()
    }
}

fn parameter(name: String, mut schema: Value) -> Value {
    // A parameter that is not there has no value, so none of them can be null.
    if let Some(Value::Array(types)) = schema.get_mut("type") {
        types.retain(|kind| kind != "null");
        if let [only] = types.as_slice() {
            schema["type"] = only.clone();
        }
    }
    if let Some(Value::Array(options)) = schema.get_mut("anyOf") {
        options.retain(|option| option["type"] != "null");
        if let [only] = options.as_slice() {
            let mut only = only.clone();
            only["description"] = schema["description"].take();
            schema = only;
        }
    }
    if let Some(Value::Array(words)) = schema.get_mut("enum") {
        words.retain(|word| !word.is_null());
    }
    let members = schema.as_object_mut().expect("the schema of a member is an object");
    members.remove("default");
    let description = members.remove("description").unwrap_or_default();
    serde_json::json!({
        "name": name, "in": "query", "required": false, "schema": schema, "description": description,
    })
}
