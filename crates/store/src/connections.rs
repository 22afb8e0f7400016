//! Connections with their sealed credentials and their policies. A removed one stays on file, because the record
//! and finished calls name it; its secrets don't.

use crate::sql::bind;
use crate::value::{Json, Sealed};
use crate::words::any_case;
use crate::{Error, Result, Row, Tx};
use model::connection::Reason;
use model::{Connection, ConnectionId, ConnectionState, Policies, Timestamp};

/// A connection as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectionRow {
    /// What every face shows, and the private CA.
    pub connection: Connection,
    /// The mode of every tool.
    pub policies: Policies,
    /// The JWT.
    pub jwt: Sealed,
    /// Access and refresh token, once it has signed in.
    pub tokens: Option<Sealed>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was removed.
    pub removed_at: Option<Timestamp>,
}

const TABLE: &str = "connections";

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, name, url, state, reason, server_version, account, ca, self_approval, max_targets,
                 policy_version, preset, modes, jwt_key, jwt, tokens_key, tokens, created_at, removed_at
             FROM connections ",
            $rest
        )
    };
}

fn read(row: &Row) -> Result<ConnectionRow> {
    let Json(modes) = row.get("modes")?;
    Ok(ConnectionRow {
        connection: Connection {
            id: row.get("id")?,
            name: row.get("name")?,
            url: row.get("url")?,
            state: row.get("state")?,
            reason: row.get::<Option<Json<Reason>>>("reason")?.map(|Json(reason)| reason),
            server_version: row.get("server_version")?,
            user: row.get("account")?,
            ca: row.get("ca")?,
            self_approval: row.get("self_approval")?,
            max_targets: row.get("max_targets")?,
        },
        policies: Policies { version: row.get("policy_version")?, preset: row.get("preset")?, modes },
        jwt: row
            .sealed("jwt_key", "jwt")?
            .ok_or_else(|| Error::Corrupt { what: "a connection without its JWT".into() })?,
        tokens: row.sealed("tokens_key", "tokens")?,
        created_at: row.get("created_at")?,
        removed_at: row.get("removed_at")?,
    })
}

/// Adds a connection.
///
/// # Errors
/// [`Error::Unique`] if there is one of that id, or one of that name in any case that is not removed.
pub fn insert(tx: &mut Tx<'_>, row: &ConnectionRow) -> Result<()> {
    let ConnectionRow { connection, policies, jwt, tokens, created_at, removed_at } = row;
    let (tokens_key, tokens) = Sealed::columns(tokens.as_ref());
    tx.must_insert(
        TABLE,
        "INSERT INTO connections (id, name, name_key, url, state, reason, server_version, account, ca,
             self_approval, max_targets, policy_version, preset, modes, jwt_key, jwt, tokens_key, tokens,
             created_at, removed_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)
         ON CONFLICT DO NOTHING",
        bind![
            &connection.id,
            &connection.name,
            any_case(&connection.name),
            &connection.url,
            connection.state,
            connection.reason.as_ref().map(Json),
            connection.server_version.as_ref(),
            connection.user.as_ref(),
            connection.ca.as_ref(),
            connection.self_approval,
            connection.max_targets,
            policies.version,
            policies.preset,
            Json(&policies.modes),
            jwt.key_version,
            jwt.bytes.clone(),
            tokens_key,
            tokens,
            *created_at,
            *removed_at
        ],
    )
}

/// One connection, removed or not.
///
/// # Errors
/// The store's.
pub fn get(tx: &mut Tx<'_>, id: &ConnectionId) -> Result<Option<ConnectionRow>> {
    tx.first(select!("WHERE id = $1"), bind![id], read)
}

/// The connection of a name in any case, unless it was removed.
///
/// # Errors
/// The store's.
pub fn by_name(tx: &mut Tx<'_>, name: &str) -> Result<Option<ConnectionRow>> {
    tx.first(select!("WHERE name_key = $1 AND removed_at IS NULL"), bind![any_case(name)], read)
}

/// The connections that are not removed, by name.
///
/// # Errors
/// The store's.
pub fn list(tx: &mut Tx<'_>) -> Result<Vec<ConnectionRow>> {
    tx.all(select!("WHERE removed_at IS NULL ORDER BY name_key"), &[], read)
}

/// Puts in another JWT. The tokens that the old one had obtained go with it.
///
/// # Errors
/// [`Error::NotFound`].
pub fn set_jwt(tx: &mut Tx<'_>, id: &ConnectionId, jwt: &Sealed) -> Result<()> {
    tx.must_touch(
        TABLE,
        "UPDATE connections SET jwt_key = $2, jwt = $3, tokens_key = NULL, tokens = NULL WHERE id = $1",
        bind![id, jwt.key_version, jwt.bytes.clone()],
    )
}

/// Notes since when the JWT is in use.
///
/// # Errors
/// [`Error::NotFound`].
pub fn set_jwt_at(tx: &mut Tx<'_>, id: &ConnectionId, at: Timestamp) -> Result<()> {
    tx.must_touch(TABLE, "UPDATE connections SET jwt_at = $2 WHERE id = $1", bind![id, at])
}

/// Since when the JWT is in use, where that was noted.
///
/// # Errors
/// The store's.
pub fn jwt_at(tx: &mut Tx<'_>, id: &ConnectionId) -> Result<Option<Timestamp>> {
    let found = tx.first("SELECT jwt_at FROM connections WHERE id = $1", bind![id], |row| row.get(0))?;
    Ok(found.flatten())
}

/// Keeps the tokens of the last sign-in or renewal, or drops them.
///
/// # Errors
/// [`Error::NotFound`].
pub fn set_tokens(tx: &mut Tx<'_>, id: &ConnectionId, tokens: Option<&Sealed>) -> Result<()> {
    let (key_version, bytes) = Sealed::columns(tokens);
    tx.must_touch(
        TABLE,
        "UPDATE connections SET tokens_key = $2, tokens = $3 WHERE id = $1",
        bind![id, key_version, bytes],
    )
}

/// Puts in another private CA, or none.
///
/// # Errors
/// [`Error::NotFound`].
pub fn set_ca(tx: &mut Tx<'_>, id: &ConnectionId, ca: Option<&str>) -> Result<()> {
    tx.must_touch(TABLE, "UPDATE connections SET ca = $2 WHERE id = $1", bind![id, ca])
}

/// Notes the connection's health. What the server tells of itself stays as it was where it now tells nothing.
///
/// # Errors
/// [`Error::NotFound`].
pub fn set_health(
    tx: &mut Tx<'_>,
    id: &ConnectionId,
    state: ConnectionState,
    reason: Option<&Reason>,
    server_version: Option<&str>,
    user: Option<&str>,
) -> Result<()> {
    tx.must_touch(
        TABLE,
        "UPDATE connections SET state = $2, reason = $3, server_version = coalesce($4, server_version),
             account = coalesce($5, account)
         WHERE id = $1",
        bind![id, state, reason.map(Json), server_version, user],
    )
}

/// Puts new policies in the place of those of the expected version. Answers false, and changes nothing, if the
/// version is another one by now.
///
/// # Errors
/// The store's.
pub fn set_policies(
    tx: &mut Tx<'_>,
    id: &ConnectionId,
    expected_version: u64,
    policies: &Policies,
) -> Result<bool> {
    tx.touch(
        "UPDATE connections SET policy_version = $3, preset = $4, modes = $5
         WHERE id = $1 AND policy_version = $2",
        bind![id, expected_version, policies.version, policies.preset, Json(&policies.modes)],
    )
}

/// Sets what an administrator may set beside the policies.
///
/// # Errors
/// [`Error::NotFound`].
pub fn set_settings(tx: &mut Tx<'_>, id: &ConnectionId, self_approval: bool, max_targets: u32) -> Result<()> {
    tx.must_touch(
        TABLE,
        "UPDATE connections SET self_approval = $2, max_targets = $3 WHERE id = $1",
        bind![id, self_approval, max_targets],
    )
}

/// Gives a connection another name, which has to be free.
///
/// # Errors
/// [`Error::Unique`] if another connection that is not removed has it in any case, [`Error::NotFound`].
pub fn set_name(tx: &mut Tx<'_>, id: &ConnectionId, name: &str) -> Result<()> {
    if by_name(tx, name)?.is_some_and(|other| other.connection.id != *id) {
        return Err(Error::Unique { table: TABLE });
    }
    tx.must_touch(
        TABLE,
        "UPDATE connections SET name = $2, name_key = $3 WHERE id = $1",
        bind![id, name, any_case(name)],
    )
}

/// Removes a connection and wipes its secrets; false if it was removed before or never was.
///
/// # Errors
/// The store's.
pub fn remove(tx: &mut Tx<'_>, id: &ConnectionId, at: Timestamp) -> Result<bool> {
    tx.touch(
        "UPDATE connections SET removed_at = $2, jwt = $3, tokens_key = NULL, tokens = NULL
         WHERE id = $1 AND removed_at IS NULL",
        bind![id, at, Vec::new()],
    )
}
