//! One field of a form, made of one member of a tool's schema: what kind of field, what was typed into it, and which
//! value that stands for.

use super::{echo, html};
use askama::Template;
use serde_json::{Map, Value};

/// What a person types into.
#[derive(Debug, PartialEq)]
pub(super) enum Control {
    Text,
    /// Never shown again.
    Secret,
    /// A date with its time and offset.
    Moment,
    Whole,
    Number,
    Truth,
    /// One of these words.
    Choice(Vec<String>),
    /// One value a line; whole numbers only, or texts.
    Lines {
        whole: bool,
    },
    /// An object, a list, or either.
    Json {
        objects: bool,
        lists: bool,
    },
    /// Fields of an object.
    Group(Vec<Field>),
}

/// One field.
#[derive(Debug, PartialEq, Template)]
#[template(path = "try/field.html")]
pub(super) struct Field {
    /// The member's name.
    pub(super) label: String,
    /// The name in the form: `a.` and the path of the member.
    pub(super) name: String,
    pub(super) control: Control,
    pub(super) help: String,
    pub(super) is_required: bool,
    /// What was typed, as far as it may be shown again.
    pub(super) value: String,
    pub(super) slip: String,
}

impl askama::filters::HtmlSafe for Field {}

impl Field {
    /// The fields of an object's schema.
    pub(super) fn all(schema: &Value, prefix: &str) -> Vec<Self> {
        let required: Vec<&str> =
            schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let members = schema["properties"].as_object().into_iter().flatten();
        members
            .map(|(label, schema)| Self::of(label, schema, prefix, required.contains(&label.as_str())))
            .collect()
    }

    fn of(label: &str, schema: &Value, prefix: &str, is_required: bool) -> Self {
        let name = format!("{prefix}.{label}");
        let types: Vec<&str> = match &schema["type"] {
            Value::Array(types) => types.iter().filter_map(Value::as_str).collect(),
            only => only.as_str().into_iter().collect(),
        };
        let words = schema["enum"].as_array().into_iter().flatten().filter_map(Value::as_str);
        let words: Vec<String> = words.map(str::to_owned).collect();
        let items = schema["items"]["type"].as_str();
        let control = match types.as_slice() {
            _ if !words.is_empty() => Control::Choice(words),
            ["object"] if schema["properties"].is_object() => Control::Group(Self::all(schema, &name)),
            ["array"] if matches!(items, Some("integer" | "string")) => {
                Control::Lines { whole: items == Some("integer") }
            }
            types if types.contains(&"object") || types.contains(&"array") => {
                Control::Json { objects: types.contains(&"object"), lists: types.contains(&"array") }
            }
            ["boolean"] => Control::Truth,
            ["integer"] => Control::Whole,
            ["number"] => Control::Number,
            _ => match schema["format"].as_str() {
                Some("password") => Control::Secret,
                Some("date-time") => Control::Moment,
                _ => Control::Text,
            },
        };
        let help = schema["description"].as_str().map(html::sentence).unwrap_or_default();
        let label = label.to_owned();
        Self { label, name, control, help, is_required, value: String::new(), slip: String::new() }
    }

    /// Takes what was typed, one text for each field of this name, and answers the value; none where nothing was.
    pub(super) fn read(&mut self, typed: &dyn Fn(&str) -> Option<String>) -> Option<Value> {
        if let Control::Group(fields) = &mut self.control {
            let members: Map<String, Value> = fields
                .iter_mut()
                .filter_map(|field| Some((field.label.clone(), field.read(typed)?)))
                .collect();
            return (!members.is_empty()).then_some(Value::Object(members));
        }
        let typed = typed(&self.name).unwrap_or_default();
        let text = if self.control == Control::Secret { typed.as_str() } else { typed.trim() };
        self.keep(text);
        if text.is_empty() {
            if self.is_required && self.slip.is_empty() {
                self.slip = "This is needed.".to_owned();
            }
            return None;
        }
        match self.understood(text) {
            Ok(value) => Some(value),
            Err(slip) => {
                // Where what was typed is not shown again, that is said as well.
                self.slip = [slip, std::mem::take(&mut self.slip)].join(" ").trim().to_owned();
                None
            }
        }
    }

    /// Keeps what may be shown again.
    fn keep(&mut self, text: &str) {
        (self.value, self.slip) = match self.control {
            Control::Secret => (String::new(), String::new()),
            Control::Json { .. } => match echo::text(text) {
                (shown, true) => (shown, "Type the secrets in it again.".to_owned()),
                (shown, false) => (shown, String::new()),
            },
            _ => (text.to_owned(), String::new()),
        };
    }

    fn understood(&self, text: &str) -> Result<Value, String> {
        let whole = |text: &str| text.parse::<i64>().ok().map(Value::from);
        match &self.control {
            Control::Whole => whole(text).ok_or_else(|| "Give a whole number.".to_owned()),
            Control::Number => {
                let number = text.parse::<f64>().ok().and_then(serde_json::Number::from_f64);
                number.map(Value::Number).ok_or_else(|| "Give a number.".to_owned())
            }
            Control::Truth => Ok(Value::Bool(text == "true")),
            Control::Lines { whole: is_whole } => {
                let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
                let values = lines.map(|line| if *is_whole { whole(line) } else { Some(line.into()) });
                let values: Option<Vec<Value>> = values.collect();
                values.map(Value::Array).ok_or_else(|| "Give whole numbers, one a line.".to_owned())
            }
            Control::Json { objects, lists } => {
                let value: Value = serde_json::from_str(text).map_err(|slip| {
                    format!("This is no JSON: line {}, column {}.", slip.line(), slip.column())
                })?;
                if value.is_object() && *objects || value.is_array() && *lists {
                    return Ok(value);
                }
                Err(match (objects, lists) {
                    (true, true) => "Give an object {…} or a list […].".to_owned(),
                    (true, false) => "Give an object {…}.".to_owned(),
                    _ => "Give a list […].".to_owned(),
                })
            }
            Control::Text | Control::Secret | Control::Moment | Control::Choice(_) | Control::Group(_) => {
                Ok(text.into())
            }
        }
    }

    /// Puts a value into the field, as if it had been typed.
    pub(super) fn fill(&mut self, value: &Value) {
        match &mut self.control {
            Control::Group(fields) => fields.iter_mut().for_each(|field| field.fill(&value[&field.label])),
            _ if value.is_null() => self.value.clear(),
            Control::Lines { .. } => {
                let lines = value.as_array().map(|items| items.iter().map(html::plain).collect::<Vec<_>>());
                self.value = lines.map_or_else(|| html::plain(value), |lines| lines.join("\n"));
            }
            Control::Json { .. } => {
                let text = echo::pretty(value);
                self.keep(&text);
            }
            _ => {
                let text = html::plain(value);
                self.keep(&text);
            }
        }
    }

    /// Puts a slip beside the field of this member; answers whether it is this one.
    pub(super) fn blame(&mut self, member: &str, slip: &str) -> bool {
        let is_it = self.label == member;
        if is_it {
            self.slip = slip.to_owned();
        }
        is_it
    }

    /// Whether something is in it, or wrong with it.
    pub(super) fn is_used(&self) -> bool {
        !self.value.is_empty() || !self.slip.is_empty()
    }

    /// Whether something in it can't be taken.
    pub(super) fn has_slip(&self) -> bool {
        match &self.control {
            Control::Group(fields) => fields.iter().any(Field::has_slip),
            // That secrets have to be typed again is no slip as long as they were typed.
            _ => !self.slip.is_empty() && !self.slip.starts_with("Type the secrets"),
        }
    }

    /// The element's id.
    fn id(&self) -> String {
        self.name.replace('.', "-")
    }

    fn described_by(&self) -> String {
        let id = self.id();
        let parts = [(!self.help.is_empty(), "help"), (!self.slip.is_empty(), "error")];
        parts
            .iter()
            .filter(|(is, _)| *is)
            .map(|(_, part)| format!("{id}-{part}"))
            .collect::<Vec<_>>()
            .join(" ")
    }
}
