//! Items that devices' tasks run, as proposals for the list. They are read from N-central through the gate like
//! everything else, as the person who looks.

use super::Web;
use gate::{Ask, Requester, Silent};
use model::{Connection, Problem};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

const TOOL: &str = "n_central-list-scripts";
/// The most items that are shown.
const ROWS: u32 = 50;

/// An item of the repository that a task ran.
pub(super) struct Item {
    pub(super) item_id: i64,
    pub(super) task_type: String,
    pub(super) task_name: String,
    pub(super) tasks: u64,
    /// The name under which it is on the list.
    pub(super) script: Option<String>,
}

/// What was found.
pub(super) struct Seen {
    pub(super) items: Vec<Item>,
    /// How it was found, and what was left out.
    pub(super) note: String,
}

/// The items in the tasks of the devices of a customer, by name or id, the most frequent first.
///
/// # Errors
/// The gate's: an unknown or ambiguous customer, N-central that can't be reached.
pub(super) async fn look(
    web: &Web,
    who: &Requester,
    connection: &Connection,
    customer: &str,
) -> Result<Seen, Problem> {
    let fields = ["item_id", "task_type", "task_name", "tasks", "script"];
    let customer = match customer.parse::<i64>() {
        Ok(id) => ("customer_id", json!(id)),
        Err(_) => ("customer", json!(customer)),
    };
    let mut arguments = json!({"seen": true, "fields": fields, "page_size": ROWS});
    arguments[customer.0] = customer.1;
    let ask = Ask {
        requester: who.clone(),
        connection: Some(connection.id.to_string()),
        tool: TOOL.to_owned(),
        arguments,
        hold: Duration::ZERO,
        idempotency_key: None,
        progress: Arc::new(Silent),
    };
    let answer = web.gate.ask(ask).await?.body();
    let items = answer["rows"].as_array().into_iter().flatten().filter_map(item).collect();
    let note = answer["note"].as_str().unwrap_or_default().to_owned();
    Ok(Seen { items, note })
}

fn item(row: &Value) -> Option<Item> {
    let text = |at: usize| row[at].as_str().map(str::to_owned);
    Some(Item {
        item_id: row[0].as_i64()?,
        task_type: text(1).unwrap_or_default(),
        task_name: text(2).unwrap_or_default(),
        tasks: row[3].as_u64().unwrap_or_default(),
        script: text(4),
    })
}
