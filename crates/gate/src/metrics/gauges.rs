//! What is looked up when somebody asks: the state in numbers, and the health of the connections.

use super::labels::{ByChain, ByConnection, ByState};
use crate::registry::Live;
use model::audit::SYSTEM_CHAIN;
use model::{ConnectionState, Timestamp};
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Registry, Unit};
use std::collections::BTreeMap;
use std::sync::Arc;
use store::measures::Measures;

#[derive(Default)]
pub(super) struct Gauges {
    approvals: Family<ByState, Gauge>,
    oldest_pending: Gauge,
    calls: Family<ByState, Gauge>,
    audit_heads: Family<ByChain, Gauge>,
    connected: Family<ByConnection, Gauge>,
    sessions: Gauge,
    webhooks_waiting: Gauge,
    webhooks_oldest: Gauge,
}

impl Gauges {
    pub(super) fn register(registry: &mut Registry) -> Self {
        let gauges = Self::default();
        registry.register("approvals", "Approvals that are kept, by state", gauges.approvals.clone());
        registry.register_with_unit(
            "approvals_oldest_pending_age",
            "How long the oldest pending approval has been waiting",
            Unit::Seconds,
            gauges.oldest_pending.clone(),
        );
        registry.register("calls_kept", "Calls that are kept, by state or outcome", gauges.calls.clone());
        registry.register("audit_head", "The last entry of each audit chain", gauges.audit_heads.clone());
        registry.register(
            "connection_up",
            "Whether a connection works (1), or is to be looked at (0)",
            gauges.connected.clone(),
        );
        registry.register("sessions", "Sessions of signed-in people", gauges.sessions.clone());
        registry.register(
            "webhook_deliveries_waiting",
            "Webhook deliveries that wait for an attempt",
            gauges.webhooks_waiting.clone(),
        );
        registry.register_with_unit(
            "webhook_deliveries_oldest_age",
            "How long the oldest waiting webhook delivery has been waiting",
            Unit::Seconds,
            gauges.webhooks_oldest.clone(),
        );
        gauges
    }

    pub(super) fn set(&self, measures: &Measures, connections: &[Arc<Live>], now: Timestamp) {
        let age = |since: Option<Timestamp>| since.map_or(0, |at| now.duration_since(at).as_secs().max(0));
        self.approvals.clear();
        // The one that alerts hang on is there from the beginning.
        self.approvals.get_or_create(&ByState { state: "pending".into() }).set(0);
        for (state, count) in &measures.approvals {
            self.approvals.get_or_create(&ByState { state: state.clone() }).set(*count);
        }
        self.oldest_pending.set(age(measures.oldest_pending));
        self.calls.clear();
        self.calls.get_or_create(&ByState { state: "unknown".into() }).set(0);
        for (state, count) in &measures.calls {
            self.calls.get_or_create(&ByState { state: state.clone() }).set(*count);
        }
        let names: BTreeMap<&str, &str> = connections
            .iter()
            .map(|live| (live.connection.id.as_str(), live.connection.name.as_str()))
            .collect();
        self.audit_heads.clear();
        for (chain, head) in &measures.audit_heads {
            // A removed connection's chain goes by its id.
            let chain = if chain == SYSTEM_CHAIN {
                chain
            } else {
                *names.get(chain.as_str()).unwrap_or(&chain.as_str())
            };
            self.audit_heads.get_or_create(&ByChain { chain: chain.to_owned() }).set(*head);
        }
        self.connected.clear();
        for live in connections {
            let up = i64::from(live.connection.state == ConnectionState::Connected);
            self.connected.get_or_create(&ByConnection { connection: live.connection.name.clone() }).set(up);
        }
        self.sessions.set(measures.sessions);
        let waiting: u64 = measures.webhooks.iter().map(|backlog| backlog.waiting).sum();
        self.webhooks_waiting.set(i64::try_from(waiting).unwrap_or(i64::MAX));
        self.webhooks_oldest.set(age(measures.webhooks.iter().map(|backlog| backlog.oldest).min()));
    }
}
