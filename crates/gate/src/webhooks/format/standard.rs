//! For programs: `type`, `timestamp` and `data`, as Standard Webhooks has them.

use super::Message;
use serde_json::{Value, json};

pub(super) fn body(message: &Message<'_>) -> Value {
    let mut data = message.data.clone();
    if let (Some(page), Some(members)) = (message.page(), data.as_object_mut()) {
        let name = if members.contains_key("approval_id") { "approval_url" } else { "connection_url" };
        members.insert(name.to_owned(), json!(page));
    }
    json!({ "type": message.name, "timestamp": message.at, "data": data })
}
