//! The nodes that share the database: which are there, which went without a word, whose clock or program differs.

use super::{ok, warning};
use crate::api::Finding;
use crate::gate::Gate;
use model::Problem;
use std::collections::BTreeSet;
use std::time::Duration;

/// How far a node's clock may be ahead of this one's: leases of slots and calls are kept by the nodes' clocks.
const AHEAD: Duration = Duration::from_secs(1);

impl Gate {
    /// Nothing for a process that owns its state alone.
    pub(super) async fn examine_nodes(&self) -> Result<Vec<Finding>, Problem> {
        let (nodes, now) = (self.nodes().await?, self.now());
        let mut findings: Vec<Finding> = nodes
            .iter()
            .map(|(node, is_there)| {
                let check = format!("node {}", node.id);
                let Some(ago) = (!is_there).then(|| now.duration_since(node.seen_at).as_secs()) else {
                    if node.seen_at > now + AHEAD {
                        return warning(
                            &check,
                            format!("its clock is ahead of the one of {}", self.inner.member.node().unwrap_or_default()),
                            "set the clocks of all nodes by a time server",
                        );
                    }
                    return ok(&check, format!("{}, version {}, since {}", node.address, node.version, node.started_at));
                };
                warning(
                    &check,
                    format!("{} has not been heard of for {ago} s, and it did not sign off", node.address),
                    "what it had begun is taken up by the other nodes; start it again, or leave it: it is forgotten after a day",
                )
            })
            .collect();
        let versions: BTreeSet<&str> =
            nodes.iter().filter(|(_, is_there)| *is_there).map(|(node, _)| node.version.as_str()).collect();
        if versions.len() > 1 {
            let versions: Vec<&str> = versions.into_iter().collect();
            findings.push(warning(
                "nodes",
                format!("they run several versions: {}", versions.join(", ")),
                "finish the upgrade: all nodes should run the same version",
            ));
        }
        Ok(findings)
    }
}
