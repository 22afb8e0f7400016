//! Being there: every node says so every second, and signs off when it goes. One that was killed stays on the list
//! for a while, so that `doctor` can tell.

use super::Member;
use crate::gate::{Gate, store_problem};
use model::Problem;
use std::time::Duration;
use store::nodes::Node;

/// How often a node says that it is there.
const BEAT: Duration = Duration::from_secs(1);

/// How long a node may be silent before it counts as gone.
const SILENT: Duration = Duration::from_secs(5);

/// How long one that went without signing off is kept on the list.
const KEPT: Duration = Duration::from_secs(24 * 3600);

/// How long tokens are of any use: as long as N-central takes the longer-lived of them, and an hour.
const TOKENS: Duration = Duration::from_secs(26 * 3600);

impl Member {
    fn described(&self, gate: &Gate) -> Option<Node> {
        let address = gate.inner.options.address.clone().unwrap_or_default();
        Some(Node {
            id: self.node()?.to_owned(),
            started_at: self.started_at,
            seen_at: gate.now(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            address,
        })
    }
}

/// Says that this node is there, keeps what it has leased, and looks whether it missed anything, until it goes.
pub(crate) async fn beat(gate: Gate) {
    let mut tick = tokio::time::interval(BEAT);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    while gate.inner.stopping.run_until_cancelled(tick.tick()).await.is_some() {
        if let Err(error) = gate.say_present().await {
            tracing::warn!(%error, "this node could not say that it is there");
            continue;
        }
        gate.inner.member.all_permits().iter().for_each(super::LeasedPermits::tend);
        // Other nodes tell what they change; this is for what was not heard.
        gate.catch_up().await;
    }
}

impl Gate {
    async fn say_present(&self) -> Result<(), store::Error> {
        let Some(node) = self.inner.member.described(self) else { return Ok(()) };
        self.inner
            .store
            .write(move |tx| {
                store::nodes::beat(tx, &node)?;
                store::nodes::forget(tx, node.seen_at - KEPT)?;
                store::nodes::drop_old_tokens(tx, node.seen_at - TOKENS)?;
                Ok(())
            })
            .await
    }

    /// Takes this node off the list, and gives back the slots that it held.
    pub(crate) async fn sign_off(&self) {
        let Some(node) = self.inner.member.node().map(str::to_owned) else { return };
        if let Err(error) = self.inner.store.write(move |tx| store::nodes::sign_off(tx, &node)).await {
            tracing::warn!(%error, "this node could not sign off; the others find out that it is gone");
        }
    }

    /// The nodes on this database, each with whether it is there. Empty for a process that owns its state alone.
    pub(crate) async fn nodes(&self) -> Result<Vec<(Node, bool)>, Problem> {
        if self.inner.member.is_alone() {
            return Ok(Vec::new());
        }
        let now = self.now();
        let nodes = self.inner.store.read(store::nodes::list).await.map_err(store_problem)?;
        Ok(nodes.into_iter().map(|node| (node.clone(), node.seen_at + SILENT > now)).collect())
    }
}
