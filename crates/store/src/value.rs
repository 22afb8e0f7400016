//! The values that go into and come out of statements: the five kinds both databases share, and how everything
//! else is kept as one of them (times as milliseconds, words and JSON as text).

use model::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// One value of a statement or a row.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Nothing.
    Null,
    /// A whole number; also truth (0, 1) and times (milliseconds since 1970).
    Int(i64),
    /// A floating-point number.
    Real(f64),
    /// Text; also words, ids and JSON.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
}

/// What can be read back from a [`Value`].
pub trait FromValue: Sized {
    /// The value as this type; none if it is not one.
    fn from_value(value: &Value) -> Option<Self>;
}

macro_rules! convert {
    ($($type:ty: |$from:ident| $into:expr, $pattern:pat => $back:expr;)*) => {$(
        impl From<$type> for Value {
            fn from($from: $type) -> Self {
                $into
            }
        }

        impl FromValue for $type {
            fn from_value(value: &Value) -> Option<Self> {
                match value { $pattern => $back, _ => None }
            }
        }
    )*};
}

convert! {
    i64: |n| Value::Int(n), Value::Int(n) => Some(*n);
    u32: |n| Value::Int(n.into()), Value::Int(n) => u32::try_from(*n).ok();
    u16: |n| Value::Int(n.into()), Value::Int(n) => u16::try_from(*n).ok();
    u64: |n| Value::Int(i64::try_from(n).unwrap_or(i64::MAX)), Value::Int(n) => u64::try_from(*n).ok();
    bool: |b| Value::Int(b.into()), Value::Int(n) => Some(*n != 0);
    f64: |n| Value::Real(n), Value::Real(n) => Some(*n);
    String: |text| Value::Text(text), Value::Text(text) => Some(text.clone());
    Vec<u8>: |bytes| Value::Bytes(bytes), Value::Bytes(bytes) => Some(bytes.clone());
    Timestamp: |time| Value::Int(model::time::to_millis(time)),
        Value::Int(millis) => Timestamp::from_millisecond(*millis).ok();
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Value::Text(text.to_owned())
    }
}

impl From<&String> for Value {
    fn from(text: &String) -> Self {
        Value::Text(text.clone())
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Value::Null, Into::into)
    }
}

impl<T: FromValue> FromValue for Option<T> {
    fn from_value(value: &Value) -> Option<Self> {
        match value {
            Value::Null => Some(None),
            value => T::from_value(value).map(Some),
        }
    }
}

impl FromValue for Value {
    fn from_value(value: &Value) -> Option<Self> {
        Some(value.clone())
    }
}

/// A value that is kept as JSON text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Json<T>(pub T);

impl<T: Serialize> From<Json<T>> for Value {
    fn from(Json(value): Json<T>) -> Self {
        Value::Text(
            serde_json::to_string(&value).expect("what the store keeps as JSON is made of JSON types"),
        )
    }
}

impl<T: DeserializeOwned> FromValue for Json<T> {
    fn from_value(value: &Value) -> Option<Self> {
        match value {
            Value::Text(text) => serde_json::from_str(text).ok().map(Json),
            _ => None,
        }
    }
}

/// Bytes that were sealed before they came here, with the version of the key that opens them. The store neither
/// seals nor opens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sealed {
    /// Which version of the key.
    pub key_version: i64,
    /// The sealed bytes.
    pub bytes: Vec<u8>,
}

impl Sealed {
    /// What goes into the two columns of something sealed that may be absent.
    pub(crate) fn columns(sealed: Option<&Sealed>) -> (Option<i64>, Option<Vec<u8>>) {
        (sealed.map(|s| s.key_version), sealed.map(|s| s.bytes.clone()))
    }
}
