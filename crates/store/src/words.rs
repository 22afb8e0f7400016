//! How the model's words and ids stand in columns: as their text. A word that is not known is damage, not a
//! default.

use crate::value::{FromValue, Value};
use crate::webhooks::DeliveryState;
use crate::writes::WriteState;
use model::script::TaskType;
use model::{
    ApprovalId, ApprovalState, CallId, CallState, CallerId, ConnectionId, ConnectionState, Outcome, Preset,
    Role,
};

macro_rules! words {
    ($($word:ty),*) => {$(
        impl From<$word> for Value {
            fn from(word: $word) -> Self {
                word.as_str().into()
            }
        }

        impl FromValue for $word {
            fn from_value(value: &Value) -> Option<Self> {
                match value {
                    Value::Text(text) => text.parse().ok(),
                    _ => None,
                }
            }
        }
    )*};
}

macro_rules! ids {
    ($($id:ty),*) => {$(
        impl From<&$id> for Value {
            fn from(id: &$id) -> Self {
                id.as_str().into()
            }
        }

        impl FromValue for $id {
            fn from_value(value: &Value) -> Option<Self> {
                match value {
                    Value::Text(text) => Some(<$id>::new(text)),
                    _ => None,
                }
            }
        }
    )*};
}

words!(ApprovalState, CallState, ConnectionState, DeliveryState, Outcome, Preset, Role, TaskType, WriteState);
ids!(ApprovalId, CallId, CallerId, ConnectionId);

/// The form in which names are compared: people are `Ana` and `ANA` alike.
pub(crate) fn any_case(name: &str) -> String {
    name.to_lowercase()
}
