//! Look-ups: read at once where the policy is `auto`, frozen and held like any other call where it is not.

use super::Admitted;
use crate::api::{Answer, Ask};
use crate::gate::Gate;
use crate::limits;
use crate::record::{Exchanges, Line};
use catalog::entry::Reader;
use model::{CallId, Plan, Problem, plan};
use std::sync::Arc;
use store::idempotency::Attempt;

impl Gate {
    pub(super) async fn read_now(
        &self,
        ask: &Ask,
        admitted: &Admitted,
        reader: &Reader,
        call_id: CallId,
    ) -> Result<Answer, Problem> {
        let exchanges = Arc::new(Exchanges::default());
        let live = &admitted.live;
        let cx = self.context(live, &ask.requester, call_id.clone(), &exchanges, Arc::clone(&ask.progress));
        let started = tokio::time::Instant::now();
        let prepared = (reader.prepare)(&cx, ask.arguments.clone(), false).await;
        let result = match prepared {
            Ok(prepared) => {
                let arguments = prepared.arguments;
                let most = self.inner.options.limits.result_bytes;
                let read = (reader.read)(&cx, arguments.clone()).await;
                read.and_then(|result| limits::check_result(&result, most).map(|()| (arguments, result)))
            }
            Err(problem) => Err(problem),
        };
        let result = result.map_err(|problem| live.explain(problem));
        let requests = exchanges.take();
        // A look-up in the gateway's own lists says nothing about the server.
        if !requests.is_empty() {
            self.watch_health(live, result.as_ref().err());
        }
        let line = Line::new(Some(&live.connection.id), "call.read", self.now())
            .by(&ask.requester)
            .call(&call_id)
            .with("tool", admitted.tool.record.name)
            .with("policy", &admitted.decided_by)
            .with("requests", requests)
            .with("ms", u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX));
        let line = match &result {
            Ok((arguments, _)) => line.with("arguments", arguments).with("outcome", "done"),
            Err(problem) => line.with("problem", problem).with("outcome", "failed"),
        };
        if admitted.effect.durable_record() {
            self.record(line).await?;
        } else {
            self.note(line);
        }
        let (_, mut result) = result?;
        model::text::clean_json(&mut result);
        Ok(Answer::Read { call_id, result })
    }

    /// A look-up that needs a person: what is frozen is its resolved arguments; nothing is written upstream.
    pub(super) async fn hold_read(
        &self,
        ask: &Ask,
        admitted: &Admitted,
        reader: &Reader,
        call_id: CallId,
        attempt: Option<Attempt>,
    ) -> Result<Answer, Problem> {
        let exchanges = Arc::new(Exchanges::default());
        let live = &admitted.live;
        let cx = self.context(live, &ask.requester, call_id.clone(), &exchanges, Arc::clone(&ask.progress));
        let prepared = (reader.prepare)(&cx, ask.arguments.clone(), true).await;
        self.watch_health(live, prepared.as_ref().err());
        let mut prepared = prepared?;
        // What an approver reads is what is looked up.
        model::text::clean_json(&mut prepared.arguments);
        let plan = Plan {
            v: plan::VERSION,
            connection_id: live.connection.id.clone(),
            server_url: live.connection.url.clone(),
            caller_id: ask.requester.caller.id.clone(),
            tool: admitted.tool.record.name.to_owned(),
            effect: admitted.effect,
            arguments: prepared.arguments,
            targets: prepared.targets,
            writes: Vec::new(),
            run_at: None,
            policy_version: live.policies.version,
        };
        let frozen = super::write::Frozen {
            call_id,
            plan,
            summary: model::text::clean(&prepared.summary, false),
            facts: serde_json::json!({}),
            secrets: Default::default(),
            reason: None,
            write_targets: Vec::new(),
            attempt,
        };
        self.hold_or_queue(ask, admitted, frozen, exchanges.take()).await
    }
}
