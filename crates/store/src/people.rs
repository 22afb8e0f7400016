//! People who sign in.

use crate::sql::bind;
use crate::words::any_case;
use crate::{Result, Row, Tx};
use model::{CallerId, Role, Timestamp};

/// A person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// The person's id as a caller.
    pub id: CallerId,
    /// The name to sign in with, as it was given.
    pub name: String,
    /// What the person may do.
    pub role: Role,
    /// The argon2 hash of the password, in PHC form.
    pub password_hash: String,
    /// When the account was made.
    pub created_at: Timestamp,
    /// Who made it, by name; none where that was not kept.
    pub created_by: Option<String>,
    /// When it was disabled.
    pub disabled_at: Option<Timestamp>,
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, name, role, password_hash, created_at, created_by, disabled_at FROM people ",
            $rest
        )
    };
}

fn read(row: &Row) -> Result<Person> {
    Ok(Person {
        id: row.get(0)?,
        name: row.get(1)?,
        role: row.get(2)?,
        password_hash: row.get(3)?,
        created_at: row.get(4)?,
        created_by: row.get(5)?,
        disabled_at: row.get(6)?,
    })
}

/// Adds a person.
///
/// # Errors
/// [`crate::Error::Unique`] if there is one of that name in any case.
pub fn insert(tx: &mut Tx<'_>, person: &Person) -> Result<()> {
    tx.must_insert(
        "people",
        "INSERT INTO people (id, name, name_key, role, password_hash, created_at, created_by, disabled_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING",
        bind![
            &person.id,
            &person.name,
            any_case(&person.name),
            person.role,
            &person.password_hash,
            person.created_at,
            person.created_by.as_ref(),
            person.disabled_at
        ],
    )
}

/// One person.
///
/// # Errors
/// The store's.
pub fn get(tx: &mut Tx<'_>, id: &CallerId) -> Result<Option<Person>> {
    tx.first(select!("WHERE id = $1"), bind![id], read)
}

/// The person of a name in any case.
///
/// # Errors
/// The store's.
pub fn by_name(tx: &mut Tx<'_>, name: &str) -> Result<Option<Person>> {
    tx.first(select!("WHERE name_key = $1"), bind![any_case(name)], read)
}

/// Everybody, disabled ones too, by name.
///
/// # Errors
/// The store's.
pub fn list(tx: &mut Tx<'_>) -> Result<Vec<Person>> {
    tx.all(select!("ORDER BY name_key"), &[], read)
}

/// Disables a person, or enables again with none.
///
/// # Errors
/// [`crate::Error::NotFound`].
pub fn set_disabled(tx: &mut Tx<'_>, id: &CallerId, disabled_at: Option<Timestamp>) -> Result<()> {
    tx.must_touch("people", "UPDATE people SET disabled_at = $2 WHERE id = $1", bind![id, disabled_at])
}

/// Sets another password.
///
/// # Errors
/// [`crate::Error::NotFound`].
pub fn set_password(tx: &mut Tx<'_>, id: &CallerId, password_hash: &str) -> Result<()> {
    tx.must_touch("people", "UPDATE people SET password_hash = $2 WHERE id = $1", bind![id, password_hash])
}

/// Gives another role.
///
/// # Errors
/// [`crate::Error::NotFound`].
pub fn set_role(tx: &mut Tx<'_>, id: &CallerId, role: Role) -> Result<()> {
    tx.must_touch("people", "UPDATE people SET role = $2 WHERE id = $1", bind![id, role])
}

/// How many administrators could sign in.
///
/// # Errors
/// The store's.
pub fn count_active_admins(tx: &mut Tx<'_>) -> Result<i64> {
    tx.value("SELECT count(*) FROM people WHERE role = 'admin' AND disabled_at IS NULL", &[])
}
