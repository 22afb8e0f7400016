//! `docs/tools.md`: each tool with its names, its default policies and its arguments.

use super::{check, code, table};
use catalog::{Area, Entry, TOOLS};
use model::policy::Preset;
use serde_json::Value;
use std::collections::BTreeMap;

const PRESETS: [Preset; 3] = [Preset::Standard, Preset::Cautious, Preset::ReadOnly];

#[test]
fn the_page_of_tools_is_up_to_date() {
    check("tools.md", &page());
}

fn page() -> String {
    let mut areas: BTreeMap<Area, Vec<&Entry>> = BTreeMap::new();
    for tool in TOOLS {
        areas.entry(tool.record.area).or_default().push(tool);
    }
    let names = TOOLS.iter().map(|tool| 1 + usize::from(tool.record.alias.is_some())).sum::<usize>();
    let mut text = format!(
        "# Tools\n\n{} tools under {names} names. A tool is called by its name or its alias, through MCP, REST or the \
         command line; both names have the same policy and the same record. The effect gives the policy that a new \
         connection starts with:\n\n",
        TOOLS.len()
    );
    let presets = PRESETS.map(Preset::as_str);
    text.push_str(&table(&[&["effect"][..], &presets].concat(), effects()));
    for (area, tools) in areas {
        text.push_str(&format!("\n## {}\n", area.title()));
        tools.iter().for_each(|tool| text.push_str(&section(tool)));
    }
    text
}

/// The effects that tools have, with the mode that each preset gives.
fn effects() -> Vec<Vec<String>> {
    let mut effects: Vec<model::Effect> = Vec::new();
    for tool in TOOLS {
        if !effects.contains(&tool.record.effect) {
            effects.push(tool.record.effect);
        }
    }
    effects.sort_by_key(|effect| PRESETS.map(|preset| preset.mode(*effect)));
    effects
        .into_iter()
        .map(|effect| {
            let modes = PRESETS.iter().map(|preset| code(preset.mode(effect).as_str()));
            std::iter::once(code(effect.as_str())).chain(modes).collect()
        })
        .collect()
}

fn section(tool: &Entry) -> String {
    let record = &tool.record;
    let alias = record.alias.map(|alias| format!(" Alias {}.", code(alias))).unwrap_or_default();
    let policies =
        PRESETS.map(|preset| format!("{} {}", preset.as_str(), code(preset.mode(record.effect).as_str())));
    let mut text = format!(
        "\n### {}\n\n{}{alias}\n\nEffect {}; policy: {}.\n\n",
        record.name,
        record.summary,
        code(record.effect.as_str()),
        policies.join(", ")
    );
    let schema = tool.input_schema();
    let required: Vec<&str> =
        schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let rows: Vec<Vec<String>> = schema["properties"]
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, property)| {
            let needed = if required.contains(&name.as_str()) { "yes" } else { "" };
            vec![code(name), kind(property), needed.to_owned(), about(property)]
        })
        .collect();
    if rows.is_empty() {
        text.push_str("It takes no arguments.\n");
    } else {
        text.push_str(&table(&["argument", "type", "required", "about"], rows));
    }
    text
}

/// The type of an argument, in words.
fn kind(schema: &Value) -> String {
    if let Some(words) = schema["enum"].as_array() {
        return words.iter().filter_map(Value::as_str).map(code).collect::<Vec<_>>().join(", ");
    }
    if let Some(word) = schema["const"].as_str() {
        return code(word);
    }
    for union in ["anyOf", "oneOf"] {
        if let Some(options) = schema[union].as_array() {
            return options.iter().map(kind).collect::<Vec<_>>().join(" or ");
        }
    }
    let one = |word: &str| match word {
        "array" if schema["items"].is_object() => format!("array of {}", kind(&schema["items"])),
        "object" => match schema["properties"].as_object() {
            Some(members) => {
                format!("object of {}", members.keys().map(|name| code(name)).collect::<Vec<_>>().join(", "))
            }
            None => "object".to_owned(),
        },
        word => word.to_owned(),
    };
    match &schema["type"] {
        Value::String(word) => one(word),
        Value::Array(words) => {
            words.iter().filter_map(Value::as_str).map(one).collect::<Vec<_>>().join(" or ")
        }
        _ => "any".to_owned(),
    }
}

/// What the schema says of an argument, with its default and its bounds.
fn about(schema: &Value) -> String {
    let description = schema["description"].as_str().unwrap_or_default();
    let facts = [
        ("default", "default"),
        ("minimum", "at least"),
        ("maximum", "at most"),
        ("maxLength", "characters: at most"),
    ];
    let facts = facts
        .iter()
        .filter_map(|(member, word)| Some(format!("{word} {}", code(&plain(schema.get(member)?)))));
    let parts: Vec<String> =
        Some(description.to_owned()).into_iter().filter(|text| !text.is_empty()).chain(facts).collect();
    parts.join("; ")
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
