//! Reading values the way servers of many versions write them.
//!
//! An id is a number here and text there, a number may be quoted, anything may be missing (NOTES, section 6). A
//! record reads what it can and never fails as a whole because of one member.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

/// An id in the JSON type in which it came. Two ids are equal if they read the same.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub enum Id {
    /// A number, as in device objects.
    Number(i64),
    /// Text, as in unit objects.
    Text(String),
}

impl Id {
    /// The id as a number, where it is one.
    pub fn as_i64(&self) -> Option<i64> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Text(text) => text.trim().parse().ok(),
        }
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => number.fmt(f),
            Self::Text(text) => f.write_str(text),
        }
    }
}

impl PartialEq for Id {
    fn eq(&self, other: &Self) -> bool {
        self.to_string() == other.to_string()
    }
}

impl Eq for Id {}

impl std::hash::Hash for Id {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.to_string().hash(state);
    }
}

impl From<i64> for Id {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

impl From<&str> for Id {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

/// What can be read from whatever a server wrote.
pub(crate) trait Lenient: Sized {
    fn read(value: Value) -> Option<Self>;
}

impl Lenient for Value {
    fn read(value: Value) -> Option<Self> {
        Some(value).filter(|value| !value.is_null())
    }
}

impl Lenient for Id {
    fn read(value: Value) -> Option<Self> {
        match value {
            Value::Number(number) => number.as_i64().map(Self::Number),
            Value::String(text) => Some(Self::Text(text)),
            _ => None,
        }
    }
}

impl Lenient for String {
    fn read(value: Value) -> Option<Self> {
        match value {
            Value::String(text) => Some(text),
            Value::Number(number) => Some(number.to_string()),
            Value::Bool(flag) => Some(flag.to_string()),
            _ => None,
        }
    }
}

impl Lenient for bool {
    fn read(value: Value) -> Option<Self> {
        match value {
            Value::Bool(flag) => Some(flag),
            Value::String(text) => text.trim().to_ascii_lowercase().parse().ok(),
            _ => None,
        }
    }
}

macro_rules! lenient_numbers {
    ($($number:ty: $read:ident),*) => {$(
        impl Lenient for $number {
            fn read(value: Value) -> Option<Self> {
                match value {
                    Value::Number(number) => number.$read(),
                    Value::String(text) => text.trim().parse().ok(),
                    _ => None,
                }
            }
        }
    )*};
}

lenient_numbers!(i64: as_i64, u64: as_u64, f64: as_f64);

impl<T: Lenient> Lenient for Vec<T> {
    fn read(value: Value) -> Option<Self> {
        match value {
            Value::Array(values) => Some(values.into_iter().filter_map(T::read).collect()),
            _ => None,
        }
    }
}

impl Lenient for serde_json::Map<String, Value> {
    fn read(value: Value) -> Option<Self> {
        match value {
            Value::Object(members) => Some(members),
            _ => None,
        }
    }
}

impl<T: Lenient> Lenient for std::collections::BTreeMap<String, T> {
    fn read(value: Value) -> Option<Self> {
        match value {
            Value::Object(members) => {
                Some(members.into_iter().filter_map(|(name, value)| Some((name, T::read(value)?))).collect())
            }
            _ => None,
        }
    }
}

/// Reads a member of a record; `None` where it is null or of a type that makes no sense.
pub(crate) fn member<'de, D: Deserializer<'de>, T: Lenient>(deserializer: D) -> Result<Option<T>, D::Error> {
    Value::deserialize(deserializer).map(T::read)
}

/// Declares records: every member optional, unknown ones kept, each read leniently.
macro_rules! records {
    ($($(#[$about:meta])* $name:ident { $($(#[$member_about:meta])* $member:ident: $kind:ty,)* })*) => {$(
        $(#[$about])*
        #[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
        #[serde(rename_all = "camelCase", default)]
        #[non_exhaustive]
        pub struct $name {
            $(
                $(#[$member_about])*
                #[serde(deserialize_with = "crate::lenient::member", skip_serializing_if = "Option::is_none")]
                pub $member: Option<$kind>,
            )*
            /// Members that this version of the client doesn't know.
            #[serde(flatten)]
            pub extra: serde_json::Map<String, serde_json::Value>,
        }

        impl crate::lenient::Lenient for $name {
            fn read(value: serde_json::Value) -> Option<Self> {
                serde_json::from_value(value).ok()
            }
        }
    )*};
}

pub(crate) use records;

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[expect(unreachable_pub, reason = "the macro declares public records")]
    mod sample {
        use super::super::*;

        records! {
            /// A record with a member of each kind.
            Sample {
                /// An id.
                device_id: Id,
                /// A number.
                generation: i64,
                /// Text.
                still_logged_in: String,
                /// A truth.
                is_probe: bool,
            }
        }
    }

    use sample::Sample;

    #[test]
    fn types_that_servers_mix_up_are_read() {
        let sample = Sample::read(json!({
            "deviceId": "17", "generation": "2", "stillLoggedIn": true, "isProbe": "True", "new": {"a": 1},
        }))
        .expect("a record");
        assert_eq!(sample.device_id, Some(Id::from(17)));
        assert_eq!(sample.generation, Some(2));
        assert_eq!(sample.still_logged_in.as_deref(), Some("true"));
        assert_eq!(sample.is_probe, Some(true));
        assert_eq!(sample.extra["new"]["a"], 1);
    }

    #[test]
    fn one_odd_member_does_not_spoil_the_rest() {
        let sample =
            Sample::read(json!({"deviceId": 17, "generation": [], "isProbe": null})).expect("a record");
        assert_eq!((sample.device_id, sample.generation, sample.is_probe), (Some(Id::from(17)), None, None));
    }

    #[test]
    fn ids_keep_their_json_type() {
        let ids: Vec<Id> = Vec::read(json!([1, "1"])).expect("a list");
        assert_eq!(ids[0], ids[1]);
        assert_eq!(json!(ids), json!([1, "1"]));
    }
}
