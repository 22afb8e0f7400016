//! SQLite behind the interface: how a file is opened so that a committed transaction survives a power cut, and
//! how `$n` parameters are bound.

use crate::backend::Backend;
use crate::value::Value;
use crate::{Change, Error, Result, Row, Sql};
use rusqlite::types::ValueRef;
use rusqlite::{CachedStatement, Connection, OpenFlags};
use std::cell::RefCell;
use std::collections::HashMap;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// How long a statement waits for another process that holds the file, before it fails.
const BUSY: Duration = Duration::from_secs(5);

/// More than there are statements, so that each is compiled once.
const STATEMENTS: usize = 256;

/// One connection to an SQLite database.
pub(crate) struct Sqlite {
    connection: Connection,
    /// By where a statement's text lies and how long it is: none is ever freed.
    shapes: RefCell<HashMap<(usize, usize), Shape>>,
    /// Whether statements that would change something are refused.
    only_reads: bool,
}

/// What is asked of a statement before it runs, and is the same every time.
#[derive(Clone)]
struct Shape {
    /// Where each parameter is bound. SQLite numbers `$n` by first appearance, so each is looked up by its name.
    places: Arc<[usize]>,
    /// The columns of its answer.
    columns: Arc<[String]>,
}

impl Sqlite {
    /// A database that lives as long as the connection.
    pub(crate) fn memory() -> Result<Self> {
        Self::prepare(Connection::open_in_memory()?)
    }

    /// The file, made with access for its owner alone if it is not there.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        create_private(path)?;
        let connection = Connection::open_with_flags(
            path,
            OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
        )?;
        let sqlite = Self::prepare(connection)?;
        // Write-ahead: readers see the last commit while one is being written. Full: a commit is on the disk.
        sqlite.connection.pragma_update_and_check(None, "journal_mode", "wal", |_| Ok(()))?;
        sqlite.connection.pragma_update(None, "synchronous", "full")?;
        Ok(sqlite)
    }

    /// The file, to look at only.
    pub(crate) fn open_to_read(path: &Path) -> Result<Self> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        Self::prepare(Connection::open_with_flags(path, flags)?)
    }

    fn prepare(connection: Connection) -> Result<Self> {
        connection.busy_timeout(BUSY)?;
        connection.pragma_update(None, "foreign_keys", true)?;
        connection.pragma_update(None, "trusted_schema", false)?;
        // What a savepoint needs for its way back stays in memory.
        connection.pragma_update(None, "temp_store", "memory")?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        Ok(Self { connection, shapes: RefCell::default(), only_reads: false })
    }

    /// Refuses, or allows again, every statement that would change something.
    fn only_read(&mut self, only_reads: bool) -> Result<()> {
        if self.only_reads != only_reads {
            self.connection.pragma_update(None, "query_only", only_reads)?;
            self.only_reads = only_reads;
        }
        Ok(())
    }

    fn run(&mut self, sql: &'static str) -> Result<()> {
        self.execute(sql, &[]).map(|_| ())
    }

    fn statement(&self, sql: &'static str, params: &[Value]) -> Result<(CachedStatement<'_>, Arc<[String]>)> {
        let mut statement = self.connection.prepare_cached(sql)?;
        let Shape { places, columns } = self.shape(sql, &statement)?;
        if places.len() != params.len() {
            return Err(rusqlite::Error::InvalidParameterCount(params.len(), places.len()).into());
        }
        for (value, place) in params.iter().zip(places.iter().copied()) {
            match value {
                Value::Null => statement.raw_bind_parameter(place, rusqlite::types::Null)?,
                Value::Int(n) => statement.raw_bind_parameter(place, n)?,
                Value::Real(n) => statement.raw_bind_parameter(place, n)?,
                Value::Text(text) => statement.raw_bind_parameter(place, text)?,
                Value::Bytes(bytes) => statement.raw_bind_parameter(place, bytes)?,
            }
        }
        Ok((statement, columns))
    }

    fn shape(&self, sql: &'static str, statement: &CachedStatement<'_>) -> Result<Shape> {
        let key = (sql.as_ptr().addr(), sql.len());
        if let Some(shape) = self.shapes.borrow().get(&key) {
            return Ok(shape.clone());
        }
        let place = |name: &&str| -> Result<usize> {
            let place = statement.parameter_index(name)?;
            Ok(place.ok_or_else(|| rusqlite::Error::InvalidParameterName((*name).to_owned()))?)
        };
        let shape = Shape {
            places: NAMES.iter().take(statement.parameter_count()).map(place).collect::<Result<_>>()?,
            columns: statement.column_names().map(str::to_owned).collect(),
        };
        self.shapes.borrow_mut().insert(key, shape.clone());
        Ok(shape)
    }
}

/// The names of parameters; no statement has more.
const NAMES: &[&str] = &[
    "$1", "$2", "$3", "$4", "$5", "$6", "$7", "$8", "$9", "$10", "$11", "$12", "$13", "$14", "$15", "$16",
    "$17", "$18", "$19", "$20", "$21", "$22", "$23", "$24", "$25", "$26", "$27", "$28", "$29", "$30", "$31",
    "$32",
];

impl Sql for Sqlite {
    fn execute(&mut self, sql: &'static str, params: &[Value]) -> Result<u64> {
        Ok(self.statement(sql, params)?.0.raw_execute()? as u64)
    }

    fn each(
        &mut self,
        sql: &'static str,
        params: &[Value],
        visit: &mut dyn FnMut(Row) -> Result<ControlFlow<()>>,
    ) -> Result<()> {
        let (mut statement, names) = self.statement(sql, params)?;
        let mut rows = statement.raw_query();
        while let Some(row) = rows.next()? {
            let values =
                (0..names.len()).map(|place| Ok(value(row.get_ref(place)?))).collect::<Result<_>>()?;
            if visit(Row::new(Arc::clone(&names), values))?.is_break() {
                break;
            }
        }
        Ok(())
    }

    fn batch(&mut self, sql: &'static str) -> Result<()> {
        Ok(self.connection.execute_batch(sql)?)
    }
}

impl Backend for Sqlite {
    fn begin(&mut self) -> Result<()> {
        self.run("BEGIN IMMEDIATE")
    }

    fn begin_reading(&mut self) -> Result<()> {
        self.run("BEGIN")
    }

    fn enter(&mut self, only_reads: bool) -> Result<()> {
        self.run("SAVEPOINT one")?;
        if only_reads { self.only_read(true) } else { Ok(()) }
    }

    fn leave(&mut self, keep: bool) -> Result<()> {
        self.only_read(false)?;
        // Some failures (a full disk) end the transaction without being asked.
        if self.connection.is_autocommit() {
            return Err(Error::Corrupt { what: "the database ended the transaction by itself".into() });
        }
        if !keep {
            self.run("ROLLBACK TO one")?;
        }
        self.run("RELEASE one")
    }

    fn commit(&mut self, _: &[Change]) -> Result<()> {
        self.run("COMMIT")
    }

    fn roll_back(&mut self) {
        // Refused where the failure itself has ended the transaction; otherwise it must not stay open.
        let _ = self.run("ROLLBACK");
    }
}

fn value(value: ValueRef<'_>) -> Value {
    match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(n) => Value::Int(n),
        ValueRef::Real(n) => Value::Real(n),
        ValueRef::Text(text) => match std::str::from_utf8(text) {
            Ok(text) => Value::Text(text.to_owned()),
            // Only damage puts other bytes into a text column; as bytes they are noticed where text is expected.
            Err(_) => Value::Bytes(text.to_vec()),
        },
        ValueRef::Blob(bytes) => Value::Bytes(bytes.to_vec()),
    }
}

fn create_private(path: &Path) -> Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => Err(Error::file(path, error)),
        _ => Ok(()),
    }
}
