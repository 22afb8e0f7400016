//! How the nodes that share a database share what N-central takes at once: a row for each class of a connection,
//! with what is known of its limit, and a leased row for each node that uses it, with how many slots it holds and
//! how many it could use. Who gets how many is not decided here.

use crate::sql::bind;
use crate::{Error, Result, Row, Sql, Tx};
use model::{ConnectionId, Timestamp};

/// What one node holds of a class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// Which node.
    pub node: String,
    /// How many slots it holds.
    pub slots: u16,
    /// How many it could use: those in use, and those that its callers wait for.
    pub wants: u16,
    /// The turn at which it was last served, or began to wait: the lowest has waited longest.
    pub since: i64,
    /// Until when it holds them.
    pub until: Timestamp,
}

/// Takes the row of a class until the transaction is over, making it if it is not there. Answers the number of this
/// turn and what is known of the limit.
///
/// # Errors
/// The store's.
pub fn take(tx: &mut Tx<'_>, connection: &ConnectionId, class: &str, unknown: &str) -> Result<(i64, String)> {
    const TAKE: &str = "UPDATE permit_classes SET turn = turn + 1 WHERE connection_id = $1 AND class = $2
         RETURNING turn, in_flight";
    let taken = |row: &Row| Ok((row.get(0)?, row.get(1)?));
    if let Some(class) = tx.first(TAKE, bind![connection, class], taken)? {
        return Ok(class);
    }
    tx.execute(
        "INSERT INTO permit_classes (connection_id, class, turn, in_flight) VALUES ($1, $2, 0, $3)
         ON CONFLICT DO NOTHING",
        bind![connection, class, unknown],
    )?;
    tx.first(TAKE, bind![connection, class], taken)?
        .ok_or_else(|| Error::Corrupt { what: "a permit class is gone as soon as it is made".into() })
}

/// Keeps what is known of a limit.
///
/// # Errors
/// The store's.
pub fn put_limit(tx: &mut Tx<'_>, connection: &ConnectionId, class: &str, limit: &str) -> Result<()> {
    tx.execute(
        "UPDATE permit_classes SET in_flight = $3 WHERE connection_id = $1 AND class = $2",
        bind![connection, class, limit],
    )?;
    Ok(())
}

/// The leases of a class that have not run out, those that waited longest first. Those that have are dropped.
///
/// # Errors
/// The store's.
pub fn leases(tx: &mut Tx<'_>, connection: &ConnectionId, class: &str, now: Timestamp) -> Result<Vec<Lease>> {
    tx.execute(
        "DELETE FROM permit_leases WHERE connection_id = $1 AND class = $2 AND lease_until <= $3",
        bind![connection, class, now],
    )?;
    tx.all(
        "SELECT node_id, slots, wants, since, lease_until FROM permit_leases
         WHERE connection_id = $1 AND class = $2 ORDER BY since, node_id",
        bind![connection, class],
        |row| {
            Ok(Lease {
                node: row.get(0)?,
                slots: row.get(1)?,
                wants: row.get(2)?,
                since: row.get(3)?,
                until: row.get(4)?,
            })
        },
    )
}

/// Puts in what a node holds now; nothing held and nothing wanted leaves no row.
///
/// # Errors
/// The store's.
pub fn put(tx: &mut Tx<'_>, connection: &ConnectionId, class: &str, lease: &Lease) -> Result<()> {
    if lease.slots == 0 && lease.wants == 0 {
        tx.execute(
            "DELETE FROM permit_leases WHERE connection_id = $1 AND class = $2 AND node_id = $3",
            bind![connection, class, &lease.node],
        )?;
        return Ok(());
    }
    tx.execute(
        "INSERT INTO permit_leases (connection_id, class, node_id, slots, wants, since, lease_until)
         VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (connection_id, class, node_id) DO UPDATE SET slots = excluded.slots, wants = excluded.wants,
             since = excluded.since, lease_until = excluded.lease_until",
        bind![connection, class, &lease.node, lease.slots, lease.wants, lease.since, lease.until],
    )?;
    Ok(())
}
