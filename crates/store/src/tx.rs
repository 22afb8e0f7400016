//! The transaction that a closure is given: the database, and what shall happen once it is committed.

use crate::value::{FromValue, Value};
use crate::{Change, Error, Result, Row, Sql, Topic};
use model::audit::Head;
use std::collections::BTreeMap;
use std::ops::ControlFlow;

/// A transaction. Whatever is done through it happens together or not at all.
pub struct Tx<'a> {
    sql: &'a mut dyn Sql,
    pub(crate) after: AfterCommit,
}

/// What a transaction leaves to be done after its commit.
#[derive(Default)]
pub(crate) struct AfterCommit {
    pub(crate) changes: Vec<Change>,
    pub(crate) heads: BTreeMap<String, Advance>,
}

/// How far an audit chain was written on.
#[derive(Clone, Debug)]
pub(crate) struct Advance {
    /// Where it ended before.
    pub(crate) from: Head,
    /// Where it ends now.
    pub(crate) to: Head,
}

impl AfterCommit {
    /// Adds what a later transaction of the same group left.
    pub(crate) fn extend(&mut self, later: AfterCommit) {
        self.changes.extend(later.changes);
        for (chain, Advance { from, to }) in later.heads {
            self.advance(&chain, from, to);
        }
    }

    fn advance(&mut self, chain: &str, from: Head, to: Head) {
        match self.heads.get_mut(chain) {
            Some(advance) => advance.to = to,
            None => {
                self.heads.insert(chain.to_owned(), Advance { from, to });
            }
        }
    }
}

impl<'a> Tx<'a> {
    /// Starts collecting; a backend does that, inside a transaction it has begun.
    pub(crate) fn new(sql: &'a mut dyn Sql) -> Self {
        Self { sql, after: AfterCommit::default() }
    }

    /// Tells the watchers after the commit that something changed; nobody is told of what was rolled back.
    pub fn announce(&mut self, topic: Topic, id: impl ToString, connection: Option<&model::ConnectionId>) {
        let connection = connection.map(ToString::to_string);
        self.after.changes.push(Change { topic, id: id.to_string(), connection });
    }

    /// Notes the new end of an audit chain, for the checkpoint outside the database.
    pub(crate) fn advance(&mut self, chain: &str, from: Head, to: Head) {
        self.after.advance(chain, from, to);
    }

    /// The first row of an answer, turned into something.
    pub(crate) fn first<T>(
        &mut self,
        sql: &'static str,
        params: &[Value],
        read: impl FnOnce(&Row) -> Result<T>,
    ) -> Result<Option<T>> {
        self.query(sql, params)?.first().map(read).transpose()
    }

    /// Every row of an answer, each turned into something.
    pub(crate) fn all<T>(
        &mut self,
        sql: &'static str,
        params: &[Value],
        read: impl FnMut(&Row) -> Result<T>,
    ) -> Result<Vec<T>> {
        self.query(sql, params)?.iter().map(read).collect()
    }

    /// The one value of an answer with one row.
    pub(crate) fn value<T: FromValue>(&mut self, sql: &'static str, params: &[Value]) -> Result<T> {
        self.first(sql, params, |row| row.get(0))?
            .ok_or_else(|| Error::Corrupt { what: "an answer that always has a row had none".into() })
    }

    /// Runs a statement that may touch one row; answers whether it did.
    pub(crate) fn touch(&mut self, sql: &'static str, params: &[Value]) -> Result<bool> {
        Ok(self.execute(sql, params)? > 0)
    }

    /// Runs a statement that must touch a row of this table.
    pub(crate) fn must_touch(
        &mut self,
        table: &'static str,
        sql: &'static str,
        params: &[Value],
    ) -> Result<()> {
        if self.touch(sql, params)? { Ok(()) } else { Err(Error::NotFound { table }) }
    }

    /// Runs an insertion that does nothing on conflict.
    pub(crate) fn must_insert(
        &mut self,
        table: &'static str,
        sql: &'static str,
        params: &[Value],
    ) -> Result<()> {
        if self.touch(sql, params)? { Ok(()) } else { Err(Error::Unique { table }) }
    }
}

impl Sql for Tx<'_> {
    fn execute(&mut self, sql: &'static str, params: &[Value]) -> Result<u64> {
        self.sql.execute(sql, params)
    }

    fn each(
        &mut self,
        sql: &'static str,
        params: &[Value],
        visit: &mut dyn FnMut(Row) -> Result<ControlFlow<()>>,
    ) -> Result<()> {
        self.sql.each(sql, params, visit)
    }

    fn batch(&mut self, sql: &'static str) -> Result<()> {
        self.sql.batch(sql)
    }
}
