//! One connection to PostgreSQL: how it is set up, so that a node that hangs can't hold up the others for long, and
//! the statements that were prepared on it.

use super::address::Address;
use super::value::Param;
use super::{Failure, describe};
use crate::value::Value;
use crate::{Error, Result, Row};
use postgres::fallible_iterator::FallibleIterator as _;
use postgres::{Client, Statement};
use std::collections::HashMap;
use std::ops::ControlFlow;
use std::sync::Arc;

/// The oldest version whose time limits count each statement of a batch by itself.
const OLDEST: i32 = 130_000;

// Time limits. Who hangs inside a transaction is thrown out after five seconds, and no statement takes ten, so
// whoever waits for the writers' lock gets it long before his own patience ends. The flush of a commit is not left
// to later, whatever the server's default is.
const SET_UP: &str = "
    SET idle_in_transaction_session_timeout = '5s';
    SET statement_timeout = '10s';
    SET lock_timeout = '30s';
    SET client_min_messages = 'warning';
    SELECT set_config('synchronous_commit', 'on', false)
        WHERE current_setting('synchronous_commit') IN ('off', 'local')";

/// A connection.
pub(super) struct Session {
    pub(super) client: Client,
    statements: HashMap<&'static str, Statement>,
    /// The server's name for this connection.
    pub(super) process: i32,
    /// Tells apart the states that lie in several schemas of one database.
    pub(super) place: i32,
}

impl Session {
    pub(super) fn open(address: &Address) -> Result<Self> {
        let mut client = address.connect()?;
        let failed = |error: postgres::Error| Error::Unreachable { why: describe(&error) };
        client.batch_execute(SET_UP).map_err(failed)?;
        let facts = "SELECT current_setting('server_version_num')::int, current_setting('server_encoding'),
                pg_backend_pid(), hashtext(current_schema())";
        let facts = client.query_one(facts, &[]).map_err(failed)?;
        let unfit = |why: &str| Error::Address { why: why.to_owned() };
        if facts.get::<_, i32>(0) < OLDEST {
            return Err(unfit("this PostgreSQL is older than 13"));
        }
        if facts.get::<_, &str>(1) != "UTF8" {
            return Err(unfit("the database's encoding is not UTF8; create it with ENCODING 'UTF8'"));
        }
        let place = facts.get::<_, Option<i32>>(3);
        let place = place.ok_or_else(|| unfit("no schema of the search_path exists in the database"))?;
        Ok(Self { client, statements: HashMap::new(), process: facts.get(2), place })
    }

    fn statement(&mut self, sql: &'static str) -> Result<Statement, postgres::Error> {
        if let Some(statement) = self.statements.get(sql) {
            return Ok(statement.clone());
        }
        let statement = self.client.prepare(sql)?;
        self.statements.insert(sql, statement.clone());
        Ok(statement)
    }

    pub(super) fn execute(&mut self, sql: &'static str, params: &[Value]) -> Result<u64, Failure> {
        let statement = self.statement(sql)?;
        let mut rows = self.client.query_raw(&statement, params.iter().map(Param))?;
        while rows.next()?.is_some() {}
        Ok(rows.rows_affected().unwrap_or_default())
    }

    pub(super) fn each(
        &mut self,
        sql: &'static str,
        params: &[Value],
        visit: &mut dyn FnMut(Row) -> Result<ControlFlow<()>>,
    ) -> Result<(), Failure> {
        let statement = self.statement(sql)?;
        let names: Arc<[String]> =
            statement.columns().iter().map(|column| column.name().to_owned()).collect();
        let mut rows = self.client.query_raw(&statement, params.iter().map(Param))?;
        while let Some(row) = rows.next()? {
            let values = (0..names.len()).map(|place| row.try_get(place)).collect::<Result<_, _>>()?;
            if visit(Row::new(Arc::clone(&names), values)).map_err(Failure::Visitor)?.is_break() {
                break;
            }
        }
        Ok(())
    }
}
