//! A copy of a database file as it is at one moment, for backups. Whoever has the database open goes on writing; the
//! copy is one commit of it.

use crate::sql::bind;
use crate::sqlite::Sqlite;
use crate::{Error, Result, Sql};
use std::path::Path;

/// Copies the last commit of a database into a file, which has to be empty: make it with the permissions that it
/// shall have.
///
/// # Errors
/// A database that can't be read, a file that can't be written.
pub fn snapshot(database: &Path, to: &Path) -> Result<()> {
    let name = to.to_str().ok_or_else(|| {
        Error::file(to, std::io::Error::new(std::io::ErrorKind::InvalidFilename, "the name is not UTF-8"))
    })?;
    let mut database = Sqlite::open_to_read(database)?;
    database.execute("VACUUM INTO $1", bind![name])?;
    Ok(())
}

/// Reads every page of a database file and checks that it hangs together.
///
/// # Errors
/// [`Error::Corrupt`] with the first thing that is wrong.
pub fn check_file(database: &Path) -> Result<()> {
    let rows = Sqlite::open_to_read(database)?.query("PRAGMA integrity_check(1)", &[])?;
    match rows.first().map(|row| row.get::<String>(0)).transpose()?.as_deref() {
        Some("ok") => Ok(()),
        found => Err(Error::Corrupt { what: found.unwrap_or("nothing was checked").to_owned() }),
    }
}
