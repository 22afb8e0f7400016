//! The nodes that share a database: each signs on, says every second that it is there, and signs off. One that was
//! killed stays on the list for a while, so that people can see that it did not go by itself.

use crate::sql::bind;
use crate::{Result, Row, Sealed, Sql, Tx};
use model::{ConnectionId, Timestamp};

/// A node as it was last seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// Its id, which it keeps over restarts.
    pub id: String,
    /// When its process started.
    pub started_at: Timestamp,
    /// When it last said that it is there, by its own clock.
    pub seen_at: Timestamp,
    /// The version of its program.
    pub version: String,
    /// Where it listens, as it sees itself.
    pub address: String,
}

/// Says that a node is there.
///
/// # Errors
/// The store's.
pub fn beat(tx: &mut Tx<'_>, node: &Node) -> Result<()> {
    tx.execute(
        "INSERT INTO nodes (id, started_at, seen_at, version, address) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (id) DO UPDATE SET started_at = excluded.started_at, seen_at = excluded.seen_at,
             version = excluded.version, address = excluded.address",
        bind![&node.id, node.started_at, node.seen_at, &node.version, &node.address],
    )?;
    Ok(())
}

/// Every node that has not signed off, the longest running first.
///
/// # Errors
/// The store's.
pub fn list(tx: &mut Tx<'_>) -> Result<Vec<Node>> {
    tx.all("SELECT id, started_at, seen_at, version, address FROM nodes ORDER BY started_at, id", &[], read)
}

/// Signs a node off, with the slots it held.
///
/// # Errors
/// The store's.
pub fn sign_off(tx: &mut Tx<'_>, id: &str) -> Result<()> {
    tx.execute("DELETE FROM permit_leases WHERE node_id = $1", bind![id])?;
    tx.execute("DELETE FROM nodes WHERE id = $1", bind![id])?;
    Ok(())
}

/// Forgets the nodes that were last seen before this moment; answers how many there were.
///
/// # Errors
/// The store's.
pub fn forget(tx: &mut Tx<'_>, before: Timestamp) -> Result<u64> {
    tx.execute("DELETE FROM nodes WHERE seen_at < $1", bind![before])
}

/// The tokens under which a node last signed in to a connection's server.
///
/// # Errors
/// The store's.
pub fn tokens(tx: &mut Tx<'_>, connection: &ConnectionId, node: &str) -> Result<Option<Sealed>> {
    let found = tx.first(
        "SELECT tokens_key, tokens FROM node_tokens WHERE connection_id = $1 AND node_id = $2",
        bind![connection, node],
        |row| row.sealed("tokens_key", "tokens"),
    )?;
    Ok(found.flatten())
}

/// Keeps the tokens of a node.
///
/// # Errors
/// The store's.
pub fn keep_tokens(
    tx: &mut Tx<'_>,
    connection: &ConnectionId,
    node: &str,
    tokens: &Sealed,
    at: Timestamp,
) -> Result<()> {
    tx.execute(
        "INSERT INTO node_tokens (connection_id, node_id, tokens_key, tokens, kept_at) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (connection_id, node_id) DO UPDATE SET tokens_key = excluded.tokens_key,
             tokens = excluded.tokens, kept_at = excluded.kept_at",
        bind![connection, node, tokens.key_version, tokens.bytes.clone(), at],
    )?;
    Ok(())
}

/// Drops the tokens of every node for a connection: its credential is another one now, or it is gone.
///
/// # Errors
/// The store's.
pub fn drop_tokens(tx: &mut Tx<'_>, connection: &ConnectionId) -> Result<()> {
    tx.execute("DELETE FROM node_tokens WHERE connection_id = $1", bind![connection])?;
    Ok(())
}

/// Drops tokens that were kept before this moment and can't be of use any more.
///
/// # Errors
/// The store's.
pub fn drop_old_tokens(tx: &mut Tx<'_>, before: Timestamp) -> Result<u64> {
    tx.execute("DELETE FROM node_tokens WHERE kept_at < $1", bind![before])
}

fn read(row: &Row) -> Result<Node> {
    Ok(Node {
        id: row.get(0)?,
        started_at: row.get(1)?,
        seen_at: row.get(2)?,
        version: row.get(3)?,
        address: row.get(4)?,
    })
}
