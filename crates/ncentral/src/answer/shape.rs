//! Whether an answer has the shape that its operation's envelope promises (NOTES, section 6).

use serde_json::Value;

use crate::error::Error;
use crate::operation::{Envelope, Operation};
use crate::operations;

/// Members that may stand in an answer whose contract has no body.
const ENVELOPE_MEMBERS: [&str; 6] = ["_links", "_warnings", "status", "message", "success", "data"];

pub(super) fn check(value: &Value, operation: Option<&Operation>) -> Result<(), Error> {
    let Some(operation) = operation else { return Ok(()) };
    let (fits, expected) = match operation.envelope {
        Envelope::Page | Envelope::List => {
            (value.get("data").is_some_and(Value::is_array), "an object with a list under \"data\"")
        }
        // The deprecated PSA mapping answers a list on some servers and an object on others (NOTES, section 13).
        Envelope::Array if operation.id == operations::GET_PSA_CUSTOMER_MAPPING_DEPRECATED.id => {
            (value.is_array() || value.is_object(), "a list or an object")
        }
        Envelope::Array => (value.is_array(), "a list"),
        // Creations answer a bare id, a wrapped one, or the echoed request.
        Envelope::Bare if operation.effect.is_write() => {
            let inner = value.get("data").unwrap_or(value);
            (inner.is_object() || is_id(inner), "an object or an id")
        }
        Envelope::Bare | Envelope::Links => (value.is_object(), "an object"),
        // Assets come without the wrapper on some servers; a report's data is null until it is complete.
        Envelope::Data | Envelope::Report | Envelope::StatusMessageData | Envelope::MessageData => {
            let inner =
                value.get("data").is_none_or(|data| data.is_object() || data.is_array() || data.is_null());
            (value.is_object() && inner, "an object, with an object under \"data\" if there is such a member")
        }
        Envelope::Empty => (is_envelope_only(value), "no body"),
    };
    if fits { Ok(()) } else { Err(Error::BadShape { detail: format!("expected {expected}") }) }
}

fn is_id(value: &Value) -> bool {
    value.is_number() || value.as_str().is_some_and(|text| text.parse::<i64>().is_ok())
}

fn is_envelope_only(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Object(members) => members.keys().all(|name| ENVELOPE_MEMBERS.contains(&name.as_str())),
        _ => false,
    }
}
