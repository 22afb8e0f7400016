//! The one interface behind which the databases stand. It is synchronous on purpose: a transaction is a closure,
//! and what can't be awaited can't hold a lock over an await.
//!
//! Rules for statements, so that one text serves both databases: parameters are `$1`, `$2` …; types are `bigint`,
//! `text`, `bytea` and `double precision`; `ON CONFLICT` and `RETURNING` instead of anything a single database
//! has; a conflict that is expected is asked for with `ON CONFLICT DO NOTHING`, because an error would end the
//! whole transaction in PostgreSQL.

use crate::value::Value;
use crate::{Result, Row};
use std::ops::ControlFlow;

/// A database inside a transaction.
pub trait Sql {
    /// Runs a statement that returns no rows; answers how many it touched.
    ///
    /// # Errors
    /// What the database said.
    fn execute(&mut self, sql: &'static str, params: &[Value]) -> Result<u64>;

    /// Runs a statement and hands over one row after the other, until the visitor breaks off.
    ///
    /// # Errors
    /// What the database or the visitor said.
    fn each(
        &mut self,
        sql: &'static str,
        params: &[Value],
        visit: &mut dyn FnMut(Row) -> Result<ControlFlow<()>>,
    ) -> Result<()>;

    /// Runs several statements without parameters, as a migration has.
    ///
    /// # Errors
    /// What the database said.
    fn batch(&mut self, sql: &'static str) -> Result<()>;

    /// Runs a statement and collects its rows.
    ///
    /// # Errors
    /// What the database said.
    fn query(&mut self, sql: &'static str, params: &[Value]) -> Result<Vec<Row>> {
        let mut rows = Vec::new();
        self.each(sql, params, &mut |row| {
            rows.push(row);
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(rows)
    }
}

/// Parameters of a statement, each turned into a [`Value`].
macro_rules! bind {
    ($($value:expr),* $(,)?) => { &[$($crate::Value::from($value)),*] };
}
pub(crate) use bind;
