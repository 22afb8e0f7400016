//! Canonical JSON (RFC 8785) and digests: the same value has the same bytes everywhere, so a digest means something.

use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};

/// How deep JSON from outside may be nested, its outermost value being 1. What is stored wraps it in some more layers, and
/// readers of JSON give up at 128: a value that was taken has to be readable ever after.
pub const DEEPEST: usize = 64;

/// The largest whole number that the canonical form, which knows only doubles, tells from its neighbours: 2^53 - 1.
pub const LARGEST: i64 = 9_007_199_254_740_991;

/// The RFC 8785 form of a value.
///
/// # Panics
/// Never for values made of JSON types with finite numbers and text keys, which is all the model holds.
pub fn to_text<T: Serialize>(value: &T) -> String {
    serde_json_canonicalizer::to_string(value).expect("a value of JSON types has a canonical form")
}

/// Why a value from outside has no canonical form that stands for it alone, or could not be read again; none if it may
/// be taken.
pub fn unfit(value: &Value) -> Option<&'static str> {
    fn within(value: &Value, left: usize) -> Option<&'static str> {
        let Some(left) = left.checked_sub(1) else {
            return Some("it is nested more than 64 levels deep");
        };
        match value {
            Value::Number(number) if number.as_f64().is_none_or(|number| number.abs() > LARGEST as f64) => {
                Some("a number in it is beyond 9007199254740991, where digits get lost; write it as text")
            }
            Value::Array(items) => items.iter().find_map(|item| within(item, left)),
            Value::Object(members) => members.values().find_map(|member| within(member, left)),
            _ => None,
        }
    }
    within(value, DEEPEST)
}

/// Lower-case hex SHA-256 of bytes.
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// Lower-case hex SHA-256 of the canonical form.
pub fn digest<T: Serialize>(value: &T) -> String {
    sha256_hex(to_text(value).as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn member_order_and_number_form_do_not_matter() {
        assert_eq!(to_text(&json!({"b": 1.0, "a": "ü\n"})), "{\"a\":\"ü\\n\",\"b\":1}");
        assert_eq!(digest(&json!({"x": 1, "y": [true, null]})), digest(&json!({"y": [true, null], "x": 1})));
    }

    #[test]
    fn what_the_form_can_not_tell_apart_or_nobody_could_read_again_is_unfit() {
        assert_eq!(to_text(&json!(LARGEST)), LARGEST.to_string());
        assert_eq!(to_text(&json!(LARGEST + 2)), to_text(&json!(LARGEST + 1)), "here digits get lost");
        for number in [json!(LARGEST), json!(-LARGEST), json!(0.5), json!(1e15)] {
            assert_eq!(unfit(&json!([number])), None, "{number}");
        }
        for number in [json!(LARGEST + 1), json!(-LARGEST - 1), json!(u64::MAX), json!(1e300)] {
            assert!(unfit(&json!({"a": [number]})).unwrap().contains("digits"), "{number}");
        }
        let nested = |levels: usize| (1..levels).fold(json!(1), |inner, _| json!([inner]));
        assert_eq!(unfit(&nested(DEEPEST)), None);
        assert!(unfit(&nested(DEEPEST + 1)).unwrap().contains("deep"));
    }
}
