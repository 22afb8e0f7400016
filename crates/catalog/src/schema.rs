//! Input schemas: made of the input types, slimmed to what a model needs, and checked before a tool sees anything.

use model::{Kind, Problem, canonical, secret};
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

/// The argument that every change and run takes besides its own.
pub const REASON: &str = "reason";

/// The schema of a look-up's input.
pub fn of<T: JsonSchema>() -> Value {
    let settings = SchemaSettings::draft2020_12().with(|s| {
        s.inline_subschemas = true;
        s.meta_schema = None;
    });
    let mut schema = settings.into_generator().into_root_schema_for::<T>().to_value();
    slim(&mut schema);
    if let Some(root) = schema.as_object_mut() {
        root.remove("description");
        root.insert("type".into(), json!("object"));
        root.entry("properties").or_insert_with(|| Value::Object(Map::new()));
        root.insert("additionalProperties".into(), json!(false));
    }
    schema
}

/// The schema of a change's or a run's input: the tool's own arguments and `reason`.
pub fn of_write<T: JsonSchema>() -> Value {
    let mut schema = of::<T>();
    if let Some(properties) = schema["properties"].as_object_mut() {
        properties.insert(REASON.into(), json!({"type": "string", "description": "For the approver"}));
    }
    schema
}

/// Drops what costs tokens and tells a model nothing: titles, number formats, nulls of optional members, what is
/// the default of a choice, that an open object is open.
fn slim(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            members.remove("title");
            members.remove("$schema");
            if let Some(Value::Array(words)) = members.get_mut("enum") {
                words.retain(|word| !word.is_null());
                members.remove("default");
                members.remove("type");
            }
            if members.get("default").is_some_and(Value::is_null) {
                members.remove("default");
            }
            if members.get("additionalProperties") == Some(&Value::Bool(true)) {
                members.remove("additionalProperties");
            }
            if members
                .get("format")
                .and_then(Value::as_str)
                .is_some_and(|f| f.starts_with("int") || f.starts_with("uint"))
            {
                members.remove("format");
            }
            if let Some(Value::Array(types)) = members.get_mut("type") {
                types.retain(|t| t != "null");
                if let [only] = types.as_slice() {
                    let only = only.clone();
                    members.insert("type".into(), only);
                }
            }
            for union in ["anyOf", "oneOf"] {
                let Some(Value::Array(options)) = members.get_mut(union) else { continue };
                options.retain(|option| option.get("type").is_none_or(|t| t != "null"));
                if let [only] = options.as_slice() {
                    let only = only.clone();
                    members.remove(union);
                    if let Value::Object(inner) = only {
                        for (name, value) in inner {
                            members.entry(name).or_insert(value);
                        }
                    }
                }
            }
            // A property may itself be called "title" or "default", so the map of properties is not a schema.
            for (name, value) in members.iter_mut() {
                match name.as_str() {
                    "properties" => {
                        value.as_object_mut().into_iter().flat_map(|p| p.values_mut()).for_each(slim);
                    }
                    "const" | "enum" | "default" | "examples" => {}
                    _ => slim(value),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(slim),
        _ => {}
    }
}

/// Checks the outside of arguments: an object that a plan can hold as it is, known members only, no reserved mark, a
/// reason of bearable length.
///
/// # Errors
/// One problem that names the member and, for an unknown one, the nearest known.
pub fn check(tool: &str, schema: &Value, arguments: &Value) -> Result<(), Problem> {
    let Some(given) = arguments.as_object() else {
        return Err(Problem::new(
            Kind::InvalidArguments,
            format!("the arguments of {tool} must be a JSON object"),
        ));
    };
    if secret::uses_mark(arguments) {
        return Err(Problem::new(
            Kind::InvalidArguments,
            format!("`{}` is a reserved member name and can't be used in arguments", secret::MARK),
        ));
    }
    if let Some(why) = canonical::unfit(arguments) {
        return Err(Problem::new(
            Kind::InvalidArguments,
            format!("the arguments of {tool} can't be taken: {why}"),
        ));
    }
    let known: Vec<&str> =
        schema["properties"].as_object().map(|p| p.keys().map(String::as_str).collect()).unwrap_or_default();
    for name in given.keys() {
        if !known.contains(&name.as_str()) {
            return Err(unknown_word("argument", name, &known));
        }
    }
    if let Some(required) = schema["required"].as_array() {
        for name in required.iter().filter_map(Value::as_str) {
            if given.get(name).is_none_or(Value::is_null) {
                return Err(Problem::new(Kind::InvalidArguments, format!("`{name}` is missing"))
                    .hint(format!("{tool} can't do without `{name}`")));
            }
        }
    }
    for (name, value) in given.iter().filter(|(_, value)| !value.is_null()) {
        check_value(name, value, &schema["properties"][name])?;
    }
    match given.get(REASON) {
        Some(Value::String(reason)) if reason.chars().count() > 500 => {
            Err(Problem::new(Kind::InvalidArguments, "`reason` is longer than 500 characters"))
        }
        _ => Ok(()),
    }
}

/// Checks a member's JSON type and, where its words are fixed, the word. Never repeats a value of another type,
/// because it may be a secret.
fn check_value(name: &str, value: &Value, property: &Value) -> Result<(), Problem> {
    if let (Some(words), Value::String(word)) = (property["enum"].as_array(), value) {
        let words: Vec<&str> = words.iter().filter_map(Value::as_str).collect();
        return if words.contains(&word.as_str()) { Ok(()) } else { Err(unknown_word(name, word, &words)) };
    }
    let types: Vec<&str> = match &property["type"] {
        Value::String(only) => vec![only],
        Value::Array(several) => several.iter().filter_map(Value::as_str).collect(),
        _ => return Ok(()),
    };
    let is_number = |text: &str| text.trim().parse::<i64>().is_ok();
    let fits = types.iter().any(|kind| match (*kind, value) {
        ("integer", Value::String(text)) => is_number(text),
        ("string", Value::String(_)) => true,
        // One text with commas is a list of words.
        ("array", Value::Array(_) | Value::String(_)) | ("object", Value::Object(_)) => true,
        ("integer" | "number", Value::Number(_)) | ("boolean", Value::Bool(_)) => true,
        _ => false,
    });
    if fits {
        return Ok(());
    }
    let expected = if types.contains(&"integer") { "a whole number".to_owned() } else { types.join(" or ") };
    let mut problem = Problem::new(Kind::InvalidArguments, format!("`{name}` must be {expected}"))
        .hint("look at the tool's input schema");
    if let Some(by_name) = name.strip_suffix("_id").filter(|_| types.contains(&"integer")) {
        problem =
            problem.hint(format!("ids are numbers; a name goes into `{by_name}`, where the tool has it"));
    }
    Err(problem)
}

/// The error for a word that is none of the known ones: names the nearest, lists the rest.
pub fn unknown_word(what: &str, given: &str, known: &[&str]) -> Problem {
    let nearest = known
        .iter()
        .map(|name| (strsim::damerau_levenshtein(&given.to_lowercase(), &name.to_lowercase()), *name))
        .min()
        .map(|(_, name)| name);
    let message = match nearest {
        Some(nearest) => {
            format!("unknown {what} `{}`; did you mean `{nearest}`?", model::text::shorten(given, 60))
        }
        None => format!("unknown {what} `{}`", model::text::shorten(given, 60)),
    };
    let hint =
        if known.is_empty() { "it takes none".to_owned() } else { format!("known: {}", known.join(", ")) };
    Problem::new(Kind::InvalidArguments, message).hint(hint)
}
