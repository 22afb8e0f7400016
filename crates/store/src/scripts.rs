//! The script list of each connection.

use crate::sql::bind;
use crate::value::Json;
use crate::words::any_case;
use crate::{Error, Result, Row, Tx};
use model::{ConnectionId, Script};

const TABLE: &str = "scripts";

macro_rules! select {
    ($rest:literal) => {
        concat!("SELECT id, name, item_id, task_type, parameters, description FROM scripts ", $rest)
    };
}

fn read(row: &Row) -> Result<Script> {
    let Json(parameters) = row.get("parameters")?;
    Ok(Script {
        id: row.get("id")?,
        name: row.get("name")?,
        item_id: row.get("item_id")?,
        task_type: row.get("task_type")?,
        parameters,
        description: row.get("description")?,
    })
}

/// The list, by name.
///
/// # Errors
/// The store's.
pub fn list(tx: &mut Tx<'_>, connection: &ConnectionId) -> Result<Vec<Script>> {
    tx.all(select!("WHERE connection_id = $1 ORDER BY name_key"), bind![connection], read)
}

/// Adds a script to the list.
///
/// # Errors
/// [`Error::Unique`] if the list has one of that id, or of that name in any case.
pub fn insert(tx: &mut Tx<'_>, connection: &ConnectionId, script: &Script) -> Result<()> {
    tx.must_insert(
        TABLE,
        "INSERT INTO scripts (connection_id, id, name, name_key, item_id, task_type, parameters, description)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING",
        bind![
            connection,
            &script.id,
            &script.name,
            any_case(&script.name),
            script.item_id,
            script.task_type,
            Json(&script.parameters),
            &script.description
        ],
    )
}

/// Puts another name, item, parameters and description in place of those of the script with this id.
///
/// # Errors
/// [`Error::Unique`] if another on the list has that name in any case, [`Error::NotFound`].
pub fn update(tx: &mut Tx<'_>, connection: &ConnectionId, script: &Script) -> Result<()> {
    // Asked for first, because an error of the database would end the whole transaction in PostgreSQL.
    if by_name(tx, connection, &script.name)?.is_some_and(|other| other.id != script.id) {
        return Err(Error::Unique { table: TABLE });
    }
    tx.must_touch(
        TABLE,
        "UPDATE scripts SET name = $3, name_key = $4, item_id = $5, task_type = $6, parameters = $7, description = $8
         WHERE connection_id = $1 AND id = $2",
        bind![
            connection,
            &script.id,
            &script.name,
            any_case(&script.name),
            script.item_id,
            script.task_type,
            Json(&script.parameters),
            &script.description
        ],
    )
}

/// The script of a name in any case.
///
/// # Errors
/// The store's.
pub fn by_name(tx: &mut Tx<'_>, connection: &ConnectionId, name: &str) -> Result<Option<Script>> {
    tx.first(select!("WHERE connection_id = $1 AND name_key = $2"), bind![connection, any_case(name)], read)
}

/// Takes a script off the list, by its id or its name; false if there is none.
///
/// # Errors
/// The store's.
pub fn remove(tx: &mut Tx<'_>, connection: &ConnectionId, id_or_name: &str) -> Result<bool> {
    tx.touch(
        "DELETE FROM scripts WHERE connection_id = $1 AND (id = $2 OR name_key = $3)",
        bind![connection, id_or_name, any_case(id_or_name)],
    )
}
