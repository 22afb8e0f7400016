//! Changing the master key. The new version is in the key file before anything is sealed under it, everything is
//! sealed again in small transactions while the gateway works, and the old version leaves the file when nothing needs
//! it any more. A process that dies in the middle leaves both versions in the file, and the next one goes on.

use crate::admin::need;
use crate::api::Requester;
use crate::ask::idempotency_place;
use crate::execute::receipt_place;
use crate::gate::{Gate, jwt_place, result_place, secrets_place, store_problem, tokens_place};
use crate::keyring::MasterKey;
use crate::nodes::node_tokens_place;
use crate::record::Line;
use crate::seal::Sealer;
use crate::webhooks::{secret_place, url_place};
use model::{CallId, ConnectionId, Kind, Problem, Role};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use store::Tx;
use store::sealed::{RowName, SealedColumn};
use tokio::sync::oneshot;

/// Values that one transaction seals again.
const BATCH: u32 = 100;

/// How long to wait for what was sealed under the old version and is still on its way into the store.
const ON_ITS_WAY: Duration = Duration::from_secs(1);

/// What became of a change of the master key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct KeyChange {
    /// The version that seals now.
    pub version: i64,
    /// How many values were sealed again.
    pub sealed_again: u64,
    /// How many did not open, and are as they were.
    pub unreadable: u64,
    /// Whether the version before is gone from the key file.
    pub old_key_removed: bool,
}

/// Goes on with a change that an earlier process began.
pub(crate) async fn resume(gate: Gate) {
    if !gate.inner.sealer.key().is_changing() {
        return;
    }
    let _changing = gate.inner.changing_key.lock().await;
    match gate.finish_key_change().await {
        Ok(change) => tracing::info!(?change, "went on with the change of the master key"),
        Err(problem) => {
            tracing::error!(%problem, "the change of the master key could not be finished; the next start goes on");
        }
    }
}

impl Gate {
    /// Changes the master key, and seals everything again under the new version. It goes on if whoever asked goes
    /// away, and after a crash.
    ///
    /// # Errors
    /// Not an administrator; a change that is under way; a key file that can't be written.
    pub async fn change_master_key(&self, who: &Requester) -> Result<KeyChange, Problem> {
        need(who, Role::Admin)?;
        let (gate, who) = (self.clone(), who.clone());
        let (told, changed) = oneshot::channel();
        self.spawn(async move {
            // Whoever asked may have gone.
            let _ = told.send(gate.change_key_for(&who).await);
        });
        changed.await.unwrap_or_else(|_| {
            Err(Problem::new(Kind::Internal, "the change of the master key broke off")
                .hint("restart the gateway: it goes on with the change"))
        })
    }

    async fn change_key_for(&self, who: &Requester) -> Result<KeyChange, Problem> {
        if !self.inner.member.is_alone() {
            return Err(Problem::new(Kind::Conflict, "several nodes share this database, and each has the key in a file of its own")
                .hint("stop every node but one, and start that one on a state directory of its own; see docs/operate.md"));
        }
        let Ok(_changing) = self.inner.changing_key.try_lock() else {
            return Err(Problem::new(Kind::Conflict, "the master key is being changed already")
                .hint("wait until that is done")
                .retryable(true));
        };
        if self.nodes().await?.iter().filter(|(_, is_there)| *is_there).count() > 1 {
            return Err(Problem::new(Kind::Conflict, "other nodes work on this database under the key as it is")
                .hint("end all nodes but this one, change the key, and give them its new key file before they start"));
        }
        let key = self.inner.sealer.key().with_new_version();
        let line = Line::new(None, "master_key.changed", self.now()).by(who).with("version", key.version());
        self.keep_key(&key)?;
        crate::crash::point("key_kept");
        self.inner.sealer.take(key);
        self.record(line).await?;
        self.finish_key_change().await
    }

    /// Seals again what lies under an older version, and lets go of that version.
    async fn finish_key_change(&self) -> Result<KeyChange, Problem> {
        let version = self.inner.sealer.key().version();
        self.note_master_key().await?;
        let (mut sealed_again, _) = self.seal_all_again(version).await?;
        crate::crash::point("sealed_again");
        tokio::time::sleep(ON_ITS_WAY).await;
        let (late, unreadable) = self.seal_all_again(version).await?;
        sealed_again += late;
        let left = self.inner.store.read(move |tx| store::sealed::count_older(tx, version)).await;
        let done = left.map_err(store_problem)? == 0;
        let line = Line::new(None, "master_key.sealed_again", self.now())
            .with("version", version)
            .with("values", sealed_again)
            .with("unreadable", unreadable)
            .with("old_key_removed", done);
        // Every entry is followed by new checkpoints, all of them under the newest version.
        self.record(line).await?;
        let old_key_removed = done && self.checkpoints_follow() && !self.inner.stopping.is_cancelled();
        if old_key_removed {
            self.let_go_of_old_key().await?;
        } else {
            tracing::error!(
                unreadable,
                "something is still under the old master key, which stays in the key file"
            );
        }
        Ok(KeyChange { version, sealed_again, unreadable, old_key_removed })
    }

    async fn let_go_of_old_key(&self) -> Result<(), Problem> {
        let mut key = self.inner.sealer.key().newest_alone();
        // A plan that holds a mark is recognised by it when it is asked for again.
        let open = self.inner.store.read(store::calls::open_with_marks).await.map_err(store_problem)?;
        if open == 0 {
            key = key.with_own_marks();
        }
        self.keep_key(&key)?;
        self.inner.sealer.take(key);
        Ok(())
    }

    fn keep_key(&self, key: &MasterKey) -> Result<(), Problem> {
        match &self.inner.owner {
            Some(owner) => owner.keep_master_key(key).map_err(|error| crate::state_error(&error)),
            None => Ok(()),
        }
    }

    fn checkpoints_follow(&self) -> bool {
        self.inner.owner.as_ref().is_none_or(|owner| {
            let file = crate::boundary::checkpoints(owner.dir());
            let points = store::Checkpoints::file(file, self.inner.sealer.checkpoint_keys());
            points.are_under_newest_key().unwrap_or(false)
        })
    }

    /// Seals every value of every column again; answers how many, and how many did not open.
    async fn seal_all_again(&self, version: i64) -> Result<(u64, u64), Problem> {
        let (mut sealed, mut unreadable) = (0, 0);
        for column in SealedColumn::ALL {
            let mut after = RowName::default();
            loop {
                if self.inner.stopping.is_cancelled() {
                    return Err(Problem::new(
                        Kind::ShuttingDown,
                        "the gateway goes down while the master key is changed",
                    )
                    .changed(model::Changed::Yes)
                    .hint("the next start goes on with the change"));
                }
                let (sealer, from) = (self.inner.sealer.clone(), after.clone());
                let batch = self
                    .inner
                    .store
                    .write(move |tx| seal_batch(tx, &sealer, column, version, &from))
                    .await
                    .map_err(store_problem)?;
                crate::crash::point("batch_sealed");
                sealed += batch.sealed;
                unreadable += batch.unreadable;
                match batch.last {
                    Some(last) => after = last,
                    None => break,
                }
            }
        }
        Ok((sealed, unreadable))
    }
}

#[derive(Default)]
struct Batch {
    sealed: u64,
    unreadable: u64,
    last: Option<RowName>,
}

fn seal_batch(
    tx: &mut Tx<'_>,
    sealer: &Sealer,
    column: SealedColumn,
    version: i64,
    after: &RowName,
) -> Result<Batch, store::Error> {
    let mut batch = Batch::default();
    for (row, old) in store::sealed::older(tx, column, version, after, BATCH)? {
        let place = place(column, &row);
        match sealer.open(&place, &old) {
            Ok(clear) => {
                let new = sealer.seal(&place, &clear);
                store::sealed::replace(tx, column, &row, old.key_version, &new)?;
                batch.sealed += 1;
            }
            Err(_) => {
                tracing::error!(column = column.name(), row = row.0, "a sealed value does not open");
                batch.unreadable += 1;
            }
        }
        batch.last = Some(row);
    }
    Ok(batch)
}

/// Where a value of a column lies, for sealing.
fn place(column: SealedColumn, (first, second): &RowName) -> String {
    match column {
        SealedColumn::ConnectionJwt => jwt_place(&ConnectionId::new(first)),
        SealedColumn::ConnectionTokens => tokens_place(&ConnectionId::new(first)),
        SealedColumn::CallSecrets => secrets_place(&CallId::new(first)),
        SealedColumn::CallResult => result_place(&CallId::new(first)),
        SealedColumn::WriteReceipt => receipt_place(&CallId::new(first), second.parse().unwrap_or(-1)),
        SealedColumn::IdempotencyResponse => idempotency_place(first, second),
        SealedColumn::NodeTokens => node_tokens_place(&ConnectionId::new(first), second),
        SealedColumn::WebhookUrl => url_place(first),
        SealedColumn::WebhookSecret | SealedColumn::WebhookOldSecret => secret_place(first),
    }
}
