//! Customers as an administrator types them: by id, or by the name that N-central has for them. Names are resolved by
//! the gate, as the person who types them, so what counts as a name is the same as for every tool.

use super::Web;
use gate::{Ask, Requester, Silent};
use model::{Kind, Problem};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

/// The tool that knows a customer by id and by name.
const TOOL: &str = "n_central-get-customer";

/// The ids of the customers in a text, one a line or separated by commas; none for an empty text.
///
/// # Errors
/// A name that nobody has, or several.
pub(super) async fn ids(
    web: &Web,
    who: &Requester,
    connection: &str,
    typed: &str,
) -> Result<Option<Vec<i64>>, Problem> {
    let mut ids = Vec::new();
    for one in typed.split([',', ';', '\n']).map(str::trim).filter(|one| !one.is_empty()) {
        let id = match one.parse() {
            Ok(id) => id,
            Err(_) => {
                let found = look(web, who, connection, json!({"customer": one})).await?;
                number(&found["customer_id"])
                    .ok_or_else(|| Problem::new(Kind::NotFound, format!("no customer is called “{one}”")))?
            }
        };
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    Ok((!ids.is_empty()).then_some(ids))
}

/// The name of a customer.
///
/// # Errors
/// No customer of that id; an N-central that does not answer.
pub(super) async fn name(web: &Web, who: &Requester, connection: &str, id: i64) -> Result<String, Problem> {
    let found = look(web, who, connection, json!({"customer_id": id})).await?;
    let name = found["customer_name"].as_str().map(str::to_owned);
    name.ok_or_else(|| Problem::new(Kind::NotFound, "it has no name"))
}

async fn look(web: &Web, who: &Requester, connection: &str, arguments: Value) -> Result<Value, Problem> {
    let ask = Ask {
        requester: who.clone(),
        connection: Some(connection.to_owned()).filter(|name| !name.is_empty()),
        tool: TOOL.to_owned(),
        arguments,
        hold: Duration::ZERO,
        idempotency_key: None,
        progress: Arc::new(Silent),
    };
    Ok(web.gate.ask(ask).await?.body())
}

/// An id, which lists give as text and objects as a number.
fn number(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.parse().ok())
}
