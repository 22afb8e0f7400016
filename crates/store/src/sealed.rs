//! Everything that is sealed in the database, column by column, so that all of it can be sealed again under another
//! key. A test compares the list with the tables: a sealed column that is missing here would outlive its key.

use crate::sql::bind;
use crate::value::Sealed;
use crate::{Result, Tx};

/// A column that holds sealed values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SealedColumn {
    /// A connection's JWT.
    ConnectionJwt,
    /// A connection's access and refresh token.
    ConnectionTokens,
    /// What the marks of a plan stand for.
    CallSecrets,
    /// A call's result.
    CallResult,
    /// What N-central answered to a write.
    WriteReceipt,
    /// The answer to a look-up that has an idempotency key.
    IdempotencyResponse,
    /// One node's access and refresh token of a connection.
    NodeTokens,
    /// The address of a webhook, which may hold a token.
    WebhookUrl,
    /// What a webhook's deliveries are signed with.
    WebhookSecret,
    /// The secret before, while both count.
    WebhookOldSecret,
}

/// The statements of one column.
struct Statements {
    /// `table.column`.
    name: &'static str,
    older: &'static str,
    replace: &'static str,
    count: &'static str,
}

macro_rules! column {
    ($table:literal, $first:literal, $second:literal, $value:literal) => {
        Statements {
            name: concat!($table, ".", $value),
            // What is empty was wiped; no key opens it, and none is needed.
            older: concat!(
                "SELECT ",
                $first,
                ", ",
                $second,
                ", ",
                $value,
                "_key, ",
                $value,
                " FROM ",
                $table,
                " WHERE ",
                $value,
                "_key < $1 AND length(",
                $value,
                ") > 0 AND (",
                $first,
                ", ",
                $second,
                ") > ($2, $3) ORDER BY ",
                $first,
                ", ",
                $second,
                " LIMIT $4"
            ),
            replace: concat!(
                "UPDATE ",
                $table,
                " SET ",
                $value,
                "_key = $1, ",
                $value,
                " = $2 WHERE ",
                $first,
                " = $3 AND ",
                $second,
                " = $4 AND ",
                $value,
                "_key = $5"
            ),
            count: concat!(
                "SELECT count(*) FROM ",
                $table,
                " WHERE ",
                $value,
                "_key < $1 AND length(",
                $value,
                ") > 0"
            ),
        }
    };
}

impl SealedColumn {
    /// All of them.
    pub const ALL: [SealedColumn; 10] = [
        SealedColumn::ConnectionJwt,
        SealedColumn::ConnectionTokens,
        SealedColumn::CallSecrets,
        SealedColumn::CallResult,
        SealedColumn::WriteReceipt,
        SealedColumn::IdempotencyResponse,
        SealedColumn::NodeTokens,
        SealedColumn::WebhookUrl,
        SealedColumn::WebhookSecret,
        SealedColumn::WebhookOldSecret,
    ];

    /// `table.column`.
    pub fn name(self) -> &'static str {
        self.statements().name
    }

    fn statements(self) -> Statements {
        match self {
            SealedColumn::ConnectionJwt => column!("connections", "id", "''", "jwt"),
            SealedColumn::ConnectionTokens => column!("connections", "id", "''", "tokens"),
            SealedColumn::CallSecrets => column!("calls", "id", "''", "secrets"),
            SealedColumn::CallResult => column!("calls", "id", "''", "result"),
            SealedColumn::WriteReceipt => {
                column!("call_writes", "call_id", "cast(position AS text)", "receipt")
            }
            SealedColumn::IdempotencyResponse => {
                column!("idempotency", "caller_id", "idempotency_key", "response")
            }
            SealedColumn::NodeTokens => column!("node_tokens", "connection_id", "node_id", "tokens"),
            SealedColumn::WebhookUrl => column!("webhooks", "id", "''", "url"),
            SealedColumn::WebhookSecret => column!("webhooks", "id", "''", "secret"),
            SealedColumn::WebhookOldSecret => column!("webhooks", "id", "''", "old_secret"),
        }
    }
}

/// Names a row of a sealed column: its key, or the two parts of it.
pub type RowName = (String, String);

/// Rows sealed under a version before this one, in order of their names and beyond `after`.
///
/// # Errors
/// The store's.
pub fn older(
    tx: &mut Tx<'_>,
    column: SealedColumn,
    version: i64,
    after: &RowName,
    limit: u32,
) -> Result<Vec<(RowName, Sealed)>> {
    tx.all(column.statements().older, bind![version, &after.0, &after.1, limit], |row| {
        Ok(((row.get(0)?, row.get(1)?), Sealed { key_version: row.get(2)?, bytes: row.get(3)? }))
    })
}

/// Puts a value that was sealed again in the place of the one sealed under `was`. Answers false, and changes
/// nothing, if another one stands there by now.
///
/// # Errors
/// The store's.
pub fn replace(
    tx: &mut Tx<'_>,
    column: SealedColumn,
    row: &RowName,
    was: i64,
    sealed: &Sealed,
) -> Result<bool> {
    tx.touch(
        column.statements().replace,
        bind![sealed.key_version, sealed.bytes.clone(), &row.0, &row.1, was],
    )
}

/// How many values are sealed under a version before this one.
///
/// # Errors
/// The store's.
pub fn count_older(tx: &mut Tx<'_>, version: i64) -> Result<i64> {
    let counts = SealedColumn::ALL.map(|column| tx.value::<i64>(column.statements().count, bind![version]));
    counts.into_iter().sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Sql as _;
    use crate::migrations;
    use crate::sqlite::Sqlite;

    #[test]
    fn every_column_of_bytes_is_on_the_list() {
        let mut database = Sqlite::memory().unwrap();
        migrations::run(&mut database).unwrap();
        let rows = database
            .query(
                "SELECT tables.name || '.' || columns.name FROM sqlite_master tables, pragma_table_info(tables.name) columns
                 WHERE tables.type = 'table' AND columns.type = 'bytea' ORDER BY 1",
                &[],
            )
            .unwrap();
        let found: Vec<String> = rows.iter().map(|row| row.get(0).unwrap()).collect();
        let mut listed = SealedColumn::ALL.map(SealedColumn::name);
        listed.sort_unstable();
        assert_eq!(found, listed);
    }
}
