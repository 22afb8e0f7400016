//! Flags made of a tool's schema, and their values turned into the JSON that the schema asks for. The gateway checks
//! the arguments anyway; here they only get their types.

use super::Choices;
use crate::app::Global;
use crate::exit::usage;
use clap::{Arg, ArgAction, ArgMatches, Args, Command};
use model::Problem;
use serde_json::{Map, Value};

/// What tells a tool's own flags from `call`'s inside the parser.
const OWN: &str = "tool.";

/// The command that parses what follows the tool's name.
pub(crate) fn command(tool: &catalog::Entry, called: &str) -> Command {
    let record = &tool.record;
    let base = Command::new(format!("ncgate call {called}"))
        .no_binary_name(true)
        .next_help_heading("Arguments of the tool")
        .max_term_width(110)
        .after_help(format!(
            "{} ({}). Policy decides whether it runs, waits for a person, or is refused.",
            record.title, record.effect
        ));
    let base = properties(tool).fold(base, |command, (name, schema)| command.arg(flag(name, schema)));
    let whole = Global::augment_args(Choices::augment_args(base.next_help_heading(None::<&str>)));
    // Last, because what is added to a command brings a description of its own.
    whole.about(record.summary).long_about(None::<&str>)
}

/// The arguments in what was parsed, on top of those given whole.
///
/// # Errors
/// A value that can't be what the schema asks for.
pub(crate) fn arguments(
    tool: &catalog::Entry,
    given: &ArgMatches,
    mut whole: Map<String, Value>,
) -> Result<Map<String, Value>, Problem> {
    for (name, schema) in properties(tool) {
        let Some(values) = given.get_many::<String>(&format!("{OWN}{name}")) else { continue };
        let values: Vec<&str> = values.map(String::as_str).collect();
        whole.insert(name.clone(), value(name, schema, &values)?);
    }
    Ok(whole)
}

fn properties(tool: &catalog::Entry) -> impl Iterator<Item = (&String, &Value)> {
    tool.input_schema()["properties"].as_object().into_iter().flatten()
}

fn flag(name: &str, schema: &Value) -> Arg {
    // A flag of ours keeps its name; the tool's argument of the same name can still be given in --input.
    const OURS: [&str; 8] = ["input", "wait", "output", "state", "url", "connection", "json", "help"];
    let long = name.replace('_', "-");
    let long = if OURS.contains(&long.as_str()) { format!("arg-{long}") } else { long };
    let mut help = schema["description"].as_str().unwrap_or_default().to_owned();
    if let Some(words) = schema["enum"].as_array() {
        let words = words.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", ");
        help.push_str(&format!(" [{words}]"));
    }
    let kind = Kinds::of(schema);
    let arg =
        Arg::new(format!("{OWN}{name}")).long(long).help(help.trim().to_owned()).allow_hyphen_values(true);
    let arg = if name.contains('_') { arg.alias(name.to_owned()) } else { arg };
    let arg = if kind.array { arg.action(ArgAction::Append) } else { arg.action(ArgAction::Set) };
    if kind.boolean {
        return arg
            .num_args(0..=1)
            .require_equals(true)
            .default_missing_value("true")
            .value_name("BOOL")
            .allow_hyphen_values(false);
    }
    arg.value_name(kind.value_name())
}

/// The JSON types that a schema allows.
#[derive(Clone, Copy, Debug, Default)]
struct Kinds {
    integer: bool,
    number: bool,
    boolean: bool,
    array: bool,
    object: bool,
    text: bool,
}

impl Kinds {
    fn of(schema: &Value) -> Kinds {
        let mut kinds = Kinds::default();
        kinds.add(schema);
        kinds
    }

    fn add(&mut self, schema: &Value) {
        let types = match &schema["type"] {
            Value::Array(types) => types.iter().filter_map(Value::as_str).collect(),
            Value::String(one) => vec![one.as_str()],
            _ => Vec::new(),
        };
        for name in types {
            match name {
                "integer" => self.integer = true,
                "number" => self.number = true,
                "boolean" => self.boolean = true,
                "array" => self.array = true,
                "object" => self.object = true,
                "string" => self.text = true,
                _ => {}
            }
        }
        for union in ["anyOf", "oneOf"] {
            schema[union].as_array().into_iter().flatten().for_each(|option| self.add(option));
        }
        self.text |= schema["enum"].is_array();
    }

    fn value_name(self) -> &'static str {
        match self {
            Kinds { array: true, .. } => "LIST",
            Kinds { object: true, .. } => "JSON",
            Kinds { integer: true, text: true, .. } => "ID",
            Kinds { integer: true, .. } | Kinds { number: true, .. } => "N",
            _ => "TEXT",
        }
    }
}

fn value(name: &str, schema: &Value, given: &[&str]) -> Result<Value, Problem> {
    let kinds = Kinds::of(schema);
    let last = given.last().copied().unwrap_or_default();
    let json = |text: &str| serde_json::from_str::<Value>(text).ok();
    // Lists and objects may be given whole.
    let whole = if given.len() == 1 { json(last) } else { None };
    if let Some(whole) = whole.filter(|v| kinds.array && v.is_array() || kinds.object && v.is_object()) {
        return Ok(whole);
    }
    if kinds.array {
        let items = &schema["items"];
        let inner = Kinds::of(items);
        // Objects hold commas of their own, so each of them comes with a flag of its own.
        let parts: Vec<&str> = match inner.object {
            true => given.to_vec(),
            false => given
                .iter()
                .flat_map(|text| text.split(','))
                .map(str::trim)
                .filter(|t| !t.is_empty())
                .collect(),
        };
        return parts.into_iter().map(|part| value(name, items, &[part])).collect();
    }
    let refused =
        |what: &str| usage(format!("`{last}` is not {what}, which --{} takes", name.replace('_', "-")));
    if kinds.boolean {
        return last.parse::<bool>().map(Value::from).map_err(|_| refused("true or false"));
    }
    if kinds.integer
        && let Ok(number) = last.parse::<i64>()
    {
        return Ok(number.into());
    }
    if kinds.number
        && let Ok(number) = last.parse::<f64>()
    {
        return Ok(number.into());
    }
    if kinds.text {
        return Ok(last.into());
    }
    if kinds.integer || kinds.number {
        return Err(refused("a number"));
    }
    if kinds.object {
        return json(last).filter(Value::is_object).ok_or_else(|| refused("a JSON object"));
    }
    Ok(json(last).unwrap_or_else(|| last.into()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_get_the_types_that_the_schema_asks_for() {
        let taken = |schema: Value, given: &[&str]| value("x", &schema, given).unwrap();
        assert_eq!(taken(json!({"type": "integer"}), &["5"]), json!(5));
        assert_eq!(taken(json!({"type": ["integer", "string"]}), &["5"]), json!(5));
        assert_eq!(taken(json!({"type": ["integer", "string"]}), &["a5"]), json!("a5"));
        assert_eq!(taken(json!({"type": "string"}), &["5"]), json!("5"));
        assert_eq!(taken(json!({"type": "boolean"}), &["true"]), json!(true));
        let ids = json!({"type": "array", "items": {"type": "integer"}});
        assert_eq!(taken(ids.clone(), &["1,2", "3"]), json!([1, 2, 3]));
        assert_eq!(taken(ids, &["[1, 2]"]), json!([1, 2]));
        assert_eq!(taken(json!({"type": "object"}), &["{\"a\": 1}"]), json!({"a": 1}));
        let either = json!({"anyOf": [{"type": "object"}, {"type": "array", "items": {"type": "object"}}]});
        assert_eq!(taken(either.clone(), &["{\"a\": 1}"]), json!({"a": 1}));
        assert_eq!(taken(either, &["[{\"a\": 1}]"]), json!([{"a": 1}]));
        assert_eq!(taken(json!({}), &["[1]"]), json!([1]));
    }

    #[test]
    fn what_can_not_be_meant_is_refused_with_the_flag() {
        let refusal = value("page_size", &json!({"type": "integer"}), &["many"]).unwrap_err();
        assert_eq!(refusal.message, "`many` is not a number, which --page-size takes");
    }
}
