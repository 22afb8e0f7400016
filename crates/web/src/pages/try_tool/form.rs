//! The form of a tool: one field a member of its schema, or all of them as one text of JSON. What a list takes for
//! paging and columns is folded away.

use super::echo;
use super::field::Field;
use gate::Tool;
use serde_json::{Map, Value};

/// The arguments of lists that are folded away.
const LISTING: [&str; 5] = ["fields", "page_number", "page_size", "sort_by", "sort_order"];

/// The form of a tool.
pub(super) struct Form {
    pub(super) fields: Vec<Field>,
    pub(super) listing: Vec<Field>,
    /// All arguments as JSON, in place of the fields.
    pub(super) json: Option<Json>,
}

/// Arguments as one text.
#[derive(Default)]
pub(super) struct Json {
    pub(super) text: String,
    pub(super) slip: String,
}

impl Form {
    /// An empty one.
    pub(super) fn of(tool: &Tool) -> Self {
        let all = Field::all(tool.input_schema(), "a");
        let (listing, fields) = all.into_iter().partition(|field| LISTING.contains(&field.label.as_str()));
        Self { fields, listing, json: None }
    }

    fn each(&mut self) -> impl Iterator<Item = &mut Field> {
        self.fields.iter_mut().chain(&mut self.listing)
    }

    /// Takes what was typed into the fields; what can't be understood stands beside its field.
    pub(super) fn read(&mut self, typed: &dyn Fn(&str) -> Option<String>) -> Value {
        let members = self.each().filter_map(|field| Some((field.label.clone(), field.read(typed)?)));
        Value::Object(members.collect::<Map<_, _>>())
    }

    /// Takes all arguments as one text.
    pub(super) fn read_json(&mut self, text: &str) -> Value {
        let text = text.trim();
        let (shown, is_changed) = echo::text(text);
        let read = serde_json::from_str::<Value>(if text.is_empty() { "{}" } else { text });
        let slip = match &read {
            Ok(Value::Object(_)) if is_changed => "Type the secrets in it again.".to_owned(),
            Ok(Value::Object(_)) => String::new(),
            Ok(_) => "Give one JSON object, {…}.".to_owned(),
            Err(slip) => format!("This is no JSON: line {}, column {}.", slip.line(), slip.column()),
        };
        self.json = Some(Json { text: shown, slip });
        read.ok().filter(Value::is_object).unwrap_or_default()
    }

    /// Puts arguments into the form, secrets left out.
    pub(super) fn fill(&mut self, arguments: &Value) {
        if let Some(json) = &mut self.json {
            let (shown, is_changed) = echo::value_of(arguments.clone());
            json.text = echo::pretty(&shown);
            json.slip = if is_changed { "Type the secrets in it again.".to_owned() } else { String::new() };
        }
        self.each().for_each(|field| field.fill(&arguments[&field.label]));
    }

    /// Whether it can be asked for as it is.
    pub(super) fn is_good(&self) -> bool {
        match &self.json {
            Some(json) => json.slip.is_empty() || json.slip.starts_with("Type the secrets"),
            None => !self.fields.iter().chain(&self.listing).any(Field::has_slip),
        }
    }

    /// Puts what the gate says of an argument beside its field; answers whether there is one.
    pub(super) fn blame(&mut self, said: &str) -> bool {
        if self.json.is_some() {
            return false;
        }
        let Some(member) = said.split('`').nth(1).map(str::to_owned) else { return false };
        self.each().any(|field| field.blame(&member, said))
    }

    /// Whether what is folded away is in use.
    pub(super) fn is_listing_used(&self) -> bool {
        self.listing.iter().any(Field::is_used)
    }
}

#[cfg(test)]
mod tests {
    use super::super::field::Control;
    use super::*;
    use serde_json::json;

    fn form(tool: &str) -> Form {
        Form::of(gate::TOOLS.iter().find(|entry| entry.record.name == tool).unwrap())
    }

    fn read(form: &mut Form, typed: &[(&str, &str)]) -> Value {
        form.read(&|name| typed.iter().find(|(n, _)| *n == name).map(|(_, text)| (*text).to_owned()))
    }

    #[test]
    fn every_argument_of_every_tool_has_a_field() {
        for tool in gate::TOOLS {
            let form = Form::of(tool);
            let members = tool.input_schema()["properties"].as_object().unwrap().len();
            assert_eq!(form.fields.len() + form.listing.len(), members, "{}", tool.record.name);
        }
    }

    #[test]
    fn what_is_typed_becomes_what_the_schema_wants() {
        let mut run = form("n_central-run-direct-task");
        let read = read(
            &mut run,
            &[
                ("a.devices", " WS01 \r\n\r\nWS02"),
                ("a.item_id", "2014"),
                ("a.parameters", "{\"days\": 30}"),
                ("a.credential.type", "CustomCredentials"),
                ("a.credential.password", " hunter2 "),
                ("a.reason", ""),
            ],
        );
        assert_eq!(
            read,
            json!({"devices": ["WS01", "WS02"], "item_id": 2014, "parameters": {"days": 30},
                   "credential": {"type": "CustomCredentials", "password": " hunter2 "}})
        );
        assert!(run.is_good());
        let Control::Group(credential) =
            &run.fields.iter().find(|field| field.label == "credential").unwrap().control
        else {
            panic!("a group")
        };
        assert_eq!(credential[2].control, Control::Secret);
        assert_eq!(credential[2].value, "", "never shown again");
    }

    #[test]
    fn slips_stand_beside_their_fields() {
        let mut run = form("n_central-run-direct-task");
        read(&mut run, &[("a.device_ids", "1\nx"), ("a.item_id", "two"), ("a.parameters", "{")]);
        let slip = |label: &str| run.fields.iter().find(|field| field.label == label).unwrap().slip.clone();
        assert_eq!(slip("device_ids"), "Give whole numbers, one a line.");
        assert_eq!(slip("item_id"), "Give a whole number.");
        assert_eq!(slip("parameters"), "This is no JSON: line 1, column 1.");
        assert!(!run.is_good());
        let mut site = form("n_central-create-customer");
        read(&mut site, &[]);
        assert!(!site.is_good(), "the name is needed");
    }

    #[test]
    fn json_and_fields_are_two_ways_to_the_same() {
        let arguments = json!({"device": "WS01", "credential": {"password": "hunter2", "username": "x"}});
        let mut run = form("n_central-run-direct-task");
        assert_eq!(run.read_json(&arguments.to_string()), arguments);
        assert!(run.is_good());
        let json = run.json.take().unwrap();
        assert!(!json.text.contains("hunter2") && json.text.contains("WS01"));
        run.fill(&arguments);
        assert_eq!(run.fields.iter().find(|field| field.label == "device").unwrap().value, "WS01");
        assert_eq!(run.read_json("[1]"), Value::Null);
        assert!(!run.is_good());
    }
}
