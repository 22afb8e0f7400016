//! Custom properties as they are shown: the value of a PASSWORD never, a DATE as a time.

use crate::column::Column;
use crate::moment;
use serde_json::{Value, json};

/// What stands in place of a value that is never shown.
const HIDDEN: &str = "secret, set";

/// The types whose values may be shown (contract/NOTES.md, section 11). A value of any other type, or of one that
/// is not told, counts as secret.
const SHOWN: [&str; 4] = ["HTML_LINK", "TEXT", "DATE", "ENUMERATED"];

pub(crate) const COLUMNS: &[Column] = &[
    Column::shown("propertyId"),
    Column::shown("propertyName"),
    Column::shown("propertyType"),
    Column::shown("value"),
    Column::extra("enumeratedValueList"),
];

/// Whether values of a type may be shown.
pub(crate) fn may_be_shown(kind: Option<&str>) -> bool {
    kind.is_some_and(|kind| SHOWN.contains(&kind))
}

/// The property with a value that may be shown.
pub(crate) fn masked(mut property: Value) -> Value {
    let value = property["value"].take();
    let value = match (property["propertyType"].as_str(), value) {
        (_, Value::Null) => Value::Null,
        (_, Value::String(text)) if text.is_empty() => Value::Null,
        (Some("DATE"), Value::String(text)) => json!(moment::iso(&text).unwrap_or(text)),
        (kind, value) if may_be_shown(kind) => value,
        _ => json!(HIDDEN),
    };
    property["value"] = value;
    property
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_values_of_known_harmless_types_are_shown() {
        let shown =
            |kind: Value, value: &str| masked(json!({"propertyType": kind, "value": value}))["value"].clone();
        assert_eq!(shown(json!("TEXT"), "R2-U14"), "R2-U14");
        assert_eq!(shown(json!("DATE"), "1772632701000"), "2026-03-04T13:58:21Z");
        assert_eq!(shown(json!("PASSWORD"), "hunter2"), HIDDEN);
        assert_eq!(shown(json!(null), "hunter2"), HIDDEN);
        assert_eq!(shown(json!("NEW_KIND"), "hunter2"), HIDDEN);
        assert_eq!(shown(json!("PASSWORD"), ""), Value::Null);
    }
}
