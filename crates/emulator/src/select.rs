//! The `select` parameter: an RSQL row filter of which only equality can be relied upon (NOTES §5). The failures are
//! the server's: a parse error and an unknown field give 400, an operator it stumbles over gives 500.

use serde_json::Value;

use crate::failure::Failure;

/// Alternatives (`,`) of conjunctions (`;`).
#[derive(Debug)]
pub(crate) struct Filter {
    alternatives: Vec<Vec<Condition>>,
}

#[derive(Debug)]
struct Condition {
    field: String,
    equal: bool,
    value: String,
}

/// Comparison words of RSQL that parse and then fail behind the API.
const STUMBLING: [&str; 10] = ["=gt=", "=ge=", "=lt=", "=le=", "=in=", "=out=", ">=", "<=", ">", "<"];

impl Filter {
    /// Parses a filter over rows with these fields.
    pub(crate) fn parse(text: &str, fields: &[&str]) -> Result<Self, Failure> {
        let mut alternatives = Vec::new();
        for alternative in split(text, ',') {
            let mut conditions = Vec::new();
            for condition in split(alternative, ';') {
                conditions.push(Condition::parse(condition, text, fields)?);
            }
            alternatives.push(conditions);
        }
        Ok(Self { alternatives })
    }

    pub(crate) fn matches(&self, mut field: impl FnMut(&str) -> Value) -> bool {
        self.alternatives.iter().any(|all| all.iter().all(|c| c.matches(&field(&c.field))))
    }
}

impl Condition {
    fn parse(condition: &str, whole: &str, fields: &[&str]) -> Result<Self, Failure> {
        let unparsable = || Failure::bad_request(&format!("Unable to parse select expression: '{whole}'"));
        let end = condition
            .find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '.'))
            .ok_or_else(unparsable)?;
        let (field, rest) = condition.split_at(end);
        let (equal, value) = if let Some(value) = rest.strip_prefix("==") {
            (true, value)
        } else if let Some(value) = rest.strip_prefix("!=") {
            (false, value)
        } else if STUMBLING.iter().any(|word| rest.starts_with(word)) {
            return Err(Failure::server("ApiServiceRuntimeException", "java.lang.NullPointerException"));
        } else {
            return Err(unparsable());
        };
        if field.is_empty() || value.is_empty() {
            return Err(unparsable());
        }
        if !fields.contains(&field) {
            return Err(Failure::bad_request(&format!("Field not found: {field}")));
        }
        let bare = ['\'', '"'].iter().find_map(|q| value.strip_prefix(*q)?.strip_suffix(*q)).unwrap_or(value);
        Ok(Self { field: field.to_owned(), equal, value: bare.to_owned() })
    }

    fn matches(&self, value: &Value) -> bool {
        let same = match value {
            Value::Null => false,
            Value::String(text) => like(text, &self.value),
            Value::Bool(flag) => (if *flag { "true" } else { "false" }) == self.value,
            Value::Number(number) => {
                self.value.parse().is_ok_and(|wanted: serde_json::Number| wanted == *number)
            }
            Value::Array(_) | Value::Object(_) => false,
        };
        same == self.equal
    }
}

/// Equality in which `*` stands for any text, as RSQL has it.
fn like(text: &str, pattern: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(rest) = text.strip_prefix(parts.next().unwrap_or_default()) else { return false };
    let mut rest = Some(rest);
    let mut last = None;
    for part in parts {
        if let Some(previous) = last.replace(part) {
            rest = rest.and_then(|r: &str| r.find(previous).map(|at| &r[at + previous.len()..]));
        }
    }
    match (rest, last) {
        (Some(rest), Some(last)) => rest.ends_with(last),
        (Some(rest), None) => rest.is_empty(),
        (None, _) => false,
    }
}

/// Splits outside quotes.
fn split(text: &str, at: char) -> Vec<&str> {
    let (mut quote, mut start, mut parts) = (None, 0, Vec::new());
    for (position, c) in text.char_indices() {
        match quote {
            Some(q) if c == q => quote = None,
            Some(_) => {}
            None if c == '\'' || c == '"' => quote = Some(c),
            None if c == at => {
                parts.push(&text[start..position]);
                start = position + c.len_utf8();
            }
            None => {}
        }
    }
    parts.push(&text[start..]);
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const FIELDS: [&str; 2] = ["customerName", "customerId"];

    fn keeps(select: &str) -> bool {
        let row = json!({"customerName": "Acme", "customerId": 214});
        Filter::parse(select, &FIELDS).unwrap().matches(|f| row[f].clone())
    }

    #[test]
    fn equality_and_semicolon_select_rows() {
        assert!(keeps("customerName==Acme"));
        assert!(keeps("customerName=='Acme';customerId==214"));
        assert!(!keeps("customerName==Acme;customerId==215"));
        assert!(!keeps("customerName==acme"));
        assert!(keeps("customerName==A*e"));
        assert!(!keeps("customerName==A*x"));
        assert!(keeps("customerName==Globex,customerId==214"));
        assert!(keeps("customerName!=Globex"));
    }

    #[test]
    fn failures_are_those_of_the_server() {
        let status = |select| Filter::parse(select, &FIELDS).unwrap_err().status;
        assert_eq!(status("customerName,customerId"), 400);
        assert_eq!(status("nonsense==1"), 400);
        assert_eq!(status(""), 400);
        assert_eq!(status("customerId=gt=3"), 500);
    }
}
