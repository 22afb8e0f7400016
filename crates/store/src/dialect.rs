//! Where SQLite and PostgreSQL differ, and what is done about it. Statements and migrations have one text; this is
//! the whole list of what that text can't say, and of what it has to mind.
//!
//! Done by the implementations, so that nobody else need know:
//!
//! - **Parameters.** SQLite numbers `$n` by first appearance, so they are bound by name (`sqlite.rs`). PostgreSQL
//!   tells the type of each, and a value that does not fit is an error there (`postgres/value.rs`).
//! - **Type words.** `bigint`, `text`, `bytea` and `double precision` are PostgreSQL's; SQLite takes any word, and
//!   keeps each value as it is.
//! - **Order of text.** SQLite compares bytes, PostgreSQL as the database's language does: lists would be ordered
//!   and cut into pages differently. [`COMPARE_BY_BYTES`] runs after the migrations.
//! - **Failed statements.** In PostgreSQL a statement that fails spoils its transaction; a closure that goes on as
//!   if nothing had been is undone, and gets that error (`Backend::spoiled`).
//! - **Settings.** What is a `PRAGMA` there is a `SET` here (`Sqlite::prepare`, `postgres/session.rs`).
//! - **One writer.** A lock on the file there, an advisory lock here (`Backend::begin`).
//! - **NUL.** PostgreSQL keeps no text with a NUL character, and answers with an error.
//!
//! To be minded by whoever writes a statement:
//!
//! - The first place of a parameter must tell its type: `(state = $1 OR $1 IS NULL)`, not the other way round. One
//!   that has no such place needs `CAST($1 AS text)`.
//! - `sum` of whole numbers is a `numeric` in PostgreSQL, which the store does not know: `CAST(sum(n) AS bigint)`.
//! - `1` and `0` are no truth in PostgreSQL: `is_on = 1`, not `is_on`.
//! - `LIKE` minds case in PostgreSQL alone, `INSERT OR …`, `rowid`, `ifnull` and `datetime` are SQLite's alone.
//! - A conflict that is expected is asked for with `ON CONFLICT`. Its columns must be those of a whole index; with
//!   a partial one, leave them out.
//! - A column that is only added, with a default or without `NOT NULL`, is the one kind of migration under which
//!   nodes of the version before go on working: several nodes are upgraded one after the other.

/// Makes PostgreSQL compare every text column by its bytes. Nothing is rewritten but the indexes of columns that
/// are new.
pub(crate) const COMPARE_BY_BYTES: &str = r#"
DO $$
DECLARE
    place record;
BEGIN
    FOR place IN
        SELECT table_name, column_name FROM information_schema.columns
        WHERE table_schema = current_schema() AND data_type = 'text' AND collation_name IS DISTINCT FROM 'C'
    LOOP
        EXECUTE format('ALTER TABLE %I ALTER COLUMN %I TYPE text COLLATE "C"', place.table_name, place.column_name);
    END LOOP;
END
$$"#;
