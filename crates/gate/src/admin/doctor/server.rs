//! A connection: whether the server can be reached and signed in to, and if not, which of the many causes it is;
//! whether it is new enough, and whether its clock is ours.

use super::{failed, ok, warning};
use crate::admin::greeting::{self, refusal};
use crate::api::Finding;
use crate::gate::Gate;
use crate::registry::Live;
use model::Timestamp;
use ncentral::{Params, operations};
use std::sync::Arc;

/// How far N-central's clock may be from ours before somebody should know, in seconds.
const SKEW: i64 = 60;

impl Gate {
    pub(super) async fn examine_connection(&self, live: &Arc<Live>) -> Vec<Finding> {
        let check = format!("connection {}", live.connection.name);
        let reply = live.client.call(operations::GET_SERVER_INFO, Params::new(), None).await;
        let reply = match reply {
            Ok(reply) => reply,
            Err(error) => {
                let problem = live.explain(refusal(error, live.connection.ca.is_some()));
                self.watch_health(live, Some(&problem));
                return vec![failed(&check, problem.message, problem.hint)];
            }
        };
        self.watch_health(live, None);
        let told = reply.data()["ncentral"].as_str().map(|version| model::text::clean(version, false));
        let mut findings = match greeting::check_version(told.as_deref()) {
            Ok(()) => {
                let version = told.unwrap_or_else(|| "of a version it does not tell".to_owned());
                vec![ok(&check, format!("signed in to {}, N-central {version}", live.connection.url))]
            }
            Err(problem) => vec![failed(&check, problem.message, problem.hint)],
        };
        findings.push(self.examine_clock(&check, live, reply.date).await);
        findings.extend(self.examine_account(&check, live).await);
        findings.extend(self.examine_jwt(&check, live).await);
        findings.extend(self.examine_permissions(&check, live).await);
        if live.connection.self_approval {
            findings.push(warning(
                &check,
                "self-approval is allowed: who asks, or owns the asking key, may also decide",
                "turn it off once there is a second approver",
            ));
        }
        findings
    }

    /// N-central's clock against ours: as the server tells it (from 2026.3), else as its answers are dated.
    async fn examine_clock(&self, check: &str, live: &Live, dated: Option<Timestamp>) -> Finding {
        let check = format!("{check}: clock");
        let reply = live.client.call(operations::GET_SERVER_TIME, Params::new(), None).await.ok();
        let told = reply.as_ref().and_then(|reply| {
            // The zone's name in brackets is left out: the offset says it all.
            reply.data().get("serverTime")?.as_str()?.split('[').next()?.parse().ok()
        });
        let Some(theirs) = told.or(dated) else {
            return ok(&check, "the server does not tell what time it has");
        };
        let skew = theirs.duration_since(self.now()).as_secs();
        if skew.abs() <= SKEW {
            return ok(&check, "N-central and this machine have the same time");
        }
        let way = if skew > 0 { "ahead of" } else { "behind" };
        warning(
            &check,
            format!("N-central's clock is {} s {way} this machine's", skew.abs()),
            "set both by a time server; expiries and \"tonight\" go by this machine's clock",
        )
    }
}
