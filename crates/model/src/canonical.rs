//! Canonical JSON (RFC 8785) and digests: the same value has the same bytes everywhere, so a digest means something.

use serde::Serialize;
use sha2::{Digest, Sha256};

/// The RFC 8785 form of a value.
///
/// # Panics
/// Never for values made of JSON types with finite numbers and text keys, which is all the model holds.
pub fn to_text<T: Serialize>(value: &T) -> String {
    serde_json_canonicalizer::to_string(value).expect("a value of JSON types has a canonical form")
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
}
