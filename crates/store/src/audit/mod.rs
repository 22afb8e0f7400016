//! The audit chains in the store: appended in the transaction they describe, listed, and verified.
//!
//! What is searched by stands in columns beside the entry's text. It is copied out of the text when the entry is
//! written and compared with it when the chain is verified, so a list can't be made to say something else.

mod list;
mod verify;

pub(crate) use verify::{Ends, first_break, leads_to};

pub use list::{Filter, chains, content, heads, list, place, scan};
pub use verify::{Verdict, Watch, verify_database, verify_file, verify_open};

use crate::sql::bind;
use crate::{Error, Result, Row, Sql, Tx};
use model::audit::{Entry, GENESIS, Head};
use model::{Timestamp, time};
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

/// What entries can be searched by, out of the members of their body that have these names and hold text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Index {
    /// `connection`: the connection's id.
    pub connection: Option<String>,
    /// `caller`: the caller's id.
    pub caller: Option<String>,
    /// `call`: the call's id.
    pub call: Option<String>,
    /// `tool`: the tool's canonical name.
    pub tool: Option<String>,
    /// `outcome`: what came of it.
    pub outcome: Option<String>,
}

impl Index {
    /// Reads the members out of a body.
    pub fn from_body(body: &Value) -> Self {
        let text = |member: &str| body.get(member).and_then(Value::as_str).map(str::to_owned);
        Self {
            connection: text("connection"),
            caller: text("caller"),
            call: text("call"),
            tool: text("tool"),
            outcome: text("outcome"),
        }
    }

    /// The same out of a body that is text still, and of which nothing else is wanted.
    fn from_text(body: &RawValue) -> Self {
        // A body without members has none of these either; a list would be taken for their values in order.
        let has_members = body.get().starts_with('{');
        let members: Members<'_> =
            has_members.then(|| serde_json::from_str(body.get()).ok()).flatten().unwrap_or_default();
        let text = |member: Option<&RawValue>| member.and_then(|text| serde_json::from_str(text.get()).ok());
        Self {
            connection: text(members.connection),
            caller: text(members.caller),
            call: text(members.call),
            tool: text(members.tool),
            outcome: text(members.outcome),
        }
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Members<'a> {
    #[serde(borrow)]
    connection: Option<&'a RawValue>,
    #[serde(borrow)]
    caller: Option<&'a RawValue>,
    #[serde(borrow)]
    call: Option<&'a RawValue>,
    #[serde(borrow)]
    tool: Option<&'a RawValue>,
    #[serde(borrow)]
    outcome: Option<&'a RawValue>,
}

/// Appends an entry to a chain. The head is taken first, so that two who append wait for each other.
///
/// # Errors
/// The store's.
pub fn append(tx: &mut Tx<'_>, chain: &str, at: Timestamp, event: &str, body: Value) -> Result<Entry> {
    let head = take_head(tx, chain)?;
    let index = Index::from_body(&body);
    let millis = time::to_millis(at);
    let (entry, next) = head.append(chain, millis, event, body);
    tx.execute(
        "INSERT INTO audit_entries (chain, seq, text, hash, time, event, connection, caller, call, tool, outcome)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        bind![
            chain,
            entry.seq,
            &entry.text,
            &entry.hash,
            millis,
            event,
            index.connection.as_ref(),
            index.caller.as_ref(),
            index.call.as_ref(),
            index.tool.as_ref(),
            index.outcome.as_ref()
        ],
    )?;
    crate::overview::count(tx, chain, millis, event, index.outcome.as_deref())?;
    crate::tool_uses::note(tx, millis, event, &index)?;
    tx.execute("UPDATE audit_heads SET hash = $2 WHERE chain = $1", bind![chain, &next.hash])?;
    tx.advance(chain, head, next);
    Ok(entry)
}

/// Takes the next place of a chain, and with it the lock on the chain; answers the head before.
fn take_head(tx: &mut Tx<'_>, chain: &str) -> Result<Head> {
    const TAKE: &str = "UPDATE audit_heads SET seq = seq + 1 WHERE chain = $1 RETURNING seq, hash";
    let head = |row: &Row| Ok(Head { seq: row.get::<u64>(0)?.saturating_sub(1), hash: row.get(1)? });
    if let Some(head) = tx.first(TAKE, bind![chain], head)? {
        return Ok(head);
    }
    tx.execute(
        "INSERT INTO audit_heads (chain, seq, hash) VALUES ($1, 0, $2) ON CONFLICT DO NOTHING",
        bind![chain, GENESIS],
    )?;
    tx.first(TAKE, bind![chain], head)?
        .ok_or_else(|| Error::Corrupt { what: "a chain's head is gone as soon as it is made".into() })
}

fn read(row: &Row) -> Result<Entry> {
    Ok(Entry {
        chain: row.get("chain")?,
        seq: row.get("seq")?,
        text: row.get("text")?,
        hash: row.get("hash")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_body_is_searched_by_the_same_whether_it_is_read_or_not() {
        for body in [
            json!({"connection": "acme", "caller": "a \"b\" \u{e9}", "call": "c1", "tool": "t", "outcome": "done"}),
            json!({"connection": null, "caller": 7, "call": ["c1"], "tool": {"tool": "t"}, "else": "x"}),
            json!({"body": {"tool": "inner"}}),
            json!(["tool"]),
            json!("tool"),
            json!(null),
        ] {
            let text = RawValue::from_string(body.to_string()).unwrap();
            assert_eq!(Index::from_text(&text), Index::from_body(&body), "{body}");
        }
    }
}
