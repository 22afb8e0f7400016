//! Customers as people type them: by id, or by the name that N-central has for them. Names are resolved by
//! the gate, as the person who types them, so what counts as a name is the same as for every tool.

use super::{Web, html};
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
        let id = match id(one) {
            Some(id) => id,
            None => find(web, who, connection, one).await?.0,
        };
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    Ok((!ids.is_empty()).then_some(ids))
}

/// The id in a text: the text itself, or what stands in brackets at its end, as in `Acme (101)`.
pub(super) fn id(text: &str) -> Option<i64> {
    let text = text.trim();
    text.parse().ok().or_else(|| text.strip_suffix(')')?.rsplit_once('(')?.1.parse().ok())
}

/// A customer by name: its id, and the name as N-central writes it.
///
/// # Errors
/// A name that nobody has, or several: those are among the details, as [`candidates`].
pub(super) async fn find(
    web: &Web,
    who: &Requester,
    connection: &str,
    name: &str,
) -> Result<(i64, String), Problem> {
    let found = look(web, who, connection, json!({"customer": name})).await?;
    let id = number(&found["customer_id"])
        .ok_or_else(|| Problem::new(Kind::NotFound, format!("no customer is called “{name}”")))?;
    Ok((id, found["customer_name"].as_str().unwrap_or(name).to_owned()))
}

/// The customers of which one may be meant, as far as a problem names them.
pub(super) fn candidates(problem: &Problem) -> Vec<String> {
    let near = problem.details.get("candidates").and_then(Value::as_array).into_iter().flatten();
    near.filter_map(|one| Some(format!("{} ({})", one["name"].as_str()?, html::plain(&one["id"])))).collect()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_stands_alone_or_after_the_name() {
        assert_eq!(["101", " 101 ", "Acme (101)", "Acme (North) (101)"].map(id), [Some(101); 4]);
        assert_eq!(["", "Acme", "Acme (North)", "(", "101 Acme"].map(id), [None; 5]);
    }
}
