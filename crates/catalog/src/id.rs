//! Ids and counts as callers write them: numbers and numeric strings are both taken.

use model::canonical::LARGEST;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Error, Unexpected, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use std::borrow::Cow;
use std::fmt;

/// The id of a unit, a device, a task or a saved filter: a whole number from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub(crate) struct Id(pub(crate) i64);

/// The id of a report, which N-central also counts downwards from 0 (contract/NOTES.md, section 7).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub(crate) struct ReportId(pub(crate) i64);

/// A page number, a page size, a number of seconds: a whole number from 0, whose own bounds are checked where it
/// is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub(crate) struct Count(pub(crate) u64);

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Each id once, in their order: the same request is the same however it is put.
pub(crate) fn unique(ids: &mut Vec<Id>) {
    ids.sort_unstable();
    ids.dedup();
}

struct WholeNumber;

impl Visitor<'_> for WholeNumber {
    type Value = i64;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a whole number")
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<i64, E> {
        Ok(number)
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<i64, E> {
        i64::try_from(number).map_err(|_| E::invalid_value(Unexpected::Unsigned(number), &self))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<i64, E> {
        // JSON knows one kind of number: 5.0 is 5.
        let whole = number as i64;
        if whole as f64 == number {
            Ok(whole)
        } else {
            Err(E::invalid_value(Unexpected::Float(number), &self))
        }
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<i64, E> {
        text.trim().parse().map_err(|_| E::invalid_value(Unexpected::Str(text), &self))
    }
}

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match deserializer.deserialize_any(WholeNumber)? {
            number if (1..=LARGEST).contains(&number) => Ok(Id(number)),
            number if number > LARGEST => {
                Err(D::Error::custom(format!("{number} is not an id; no id is that large")))
            }
            number => Err(D::Error::custom(format!("{number} is not an id; ids are whole numbers from 1"))),
        }
    }
}

impl<'de> Deserialize<'de> for ReportId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(WholeNumber).map(ReportId)
    }
}

impl<'de> Deserialize<'de> for Count {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = deserializer.deserialize_any(WholeNumber)?;
        u64::try_from(number).map(Count).map_err(|_| D::Error::custom(format!("{number} is below 0")))
    }
}

macro_rules! inline_schema {
    ($name:ident, $schema:tt) => {
        impl JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!($schema)
            }
        }
    };
}

// Numeric strings are taken too; saying so with every id would cost a model more than it gains.
inline_schema!(Id, { "type": "integer" });
inline_schema!(ReportId, { "type": "integer" });
inline_schema!(Count, { "type": "integer" });

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn numbers_and_numeric_strings_are_both_ids() {
        for given in [json!(214), json!("214"), json!(" 214 "), json!(214.0)] {
            assert_eq!(serde_json::from_value::<Id>(given).unwrap(), Id(214));
        }
        assert_eq!(serde_json::to_value(Id(214)).unwrap(), json!(214));
    }

    #[test]
    fn what_is_no_id_is_told_so() {
        for (given, said) in [
            (json!(0), "ids are whole numbers from 1"),
            (json!(-3), "ids are whole numbers from 1"),
            (json!("9007199254740993"), "no id is that large"),
            (json!("FS01"), "expected a whole number"),
            (json!(1.5), "expected a whole number"),
            (json!([1]), "expected a whole number"),
        ] {
            let error = serde_json::from_value::<Id>(given).unwrap_err().to_string();
            assert!(error.contains(said), "{error}");
        }
        assert_eq!(serde_json::from_value::<ReportId>(json!(-88231)).unwrap(), ReportId(-88231));
        assert!(serde_json::from_value::<Count>(json!(-1)).is_err());
    }
}
