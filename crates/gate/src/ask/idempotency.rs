//! `Idempotency-Key`: the same key and the same body are the same call for a day, whatever has become of it.

use super::Admitted;
use crate::api::{Answer, Ask};
use crate::gate::{Gate, Refused, new_call_id};
use model::{CallId, Kind, Problem, canonical};
use serde_json::Value;
use std::time::Duration;

/// How long a key is remembered.
const KEPT: Duration = Duration::from_secs(24 * 3600);

/// What became of a claim.
pub(crate) enum Claim {
    /// The key is new; the call that it shall stand for.
    New(CallId),
    /// The key stands for a look-up that was answered.
    Answered(Answer),
    /// The key stands for this call.
    Call(CallId),
}

fn place(caller: &str, key: &str) -> String {
    format!("idempotency/{caller}/{key}/response")
}

impl Gate {
    pub(crate) async fn claim_idempotency(
        &self,
        ask: &Ask,
        admitted: &Admitted,
        key: &str,
    ) -> Result<Claim, Problem> {
        if key.is_empty() || key.len() > 200 {
            return Err(Problem::new(Kind::InvalidArguments, "an Idempotency-Key has 1 to 200 characters"));
        }
        let body =
            canonical::digest(&(&admitted.live.connection.id, admitted.tool.record.name, &ask.arguments));
        let caller = ask.requester.caller.id.clone();
        let (now, key_text, fresh) = (self.now(), key.to_owned(), new_call_id());
        let found = self
            .inner
            .store
            .write(move |tx| -> Result<_, Refused> {
                store::idempotency::delete_older(tx, now - KEPT)?;
                if let Some(row) = store::idempotency::get(tx, &caller, &key_text)? {
                    if row.body_hash != body {
                        return Err(Problem::new(
                            Kind::IdempotencyConflict,
                            "this Idempotency-Key was used with another request",
                        )
                        .hint("use a new key for a new request")
                        .into());
                    }
                    let made = match &row.call_id {
                        Some(id) => store::calls::get(tx, id)?.is_some(),
                        None => false,
                    };
                    return Ok(Some((row, made)));
                }
                let row = store::idempotency::Remembered {
                    body_hash: body.clone(),
                    call_id: Some(fresh.clone()),
                    response: None,
                    created_at: now,
                };
                store::idempotency::put(tx, &caller, &key_text, &row)?;
                Ok(None)
            })
            .await
            .map_err(Problem::from)?;
        Ok(match found {
            Some((row, made)) => match (row.call_id, row.response) {
                (Some(call_id), _) if made => Claim::Call(call_id),
                (Some(call_id), Some(sealed)) => {
                    let place = place(ask.requester.caller.id.as_str(), key);
                    let result: Value = self
                        .inner
                        .sealer
                        .open_json(&place, &sealed)
                        .map_err(|e| Problem::new(Kind::Internal, e.to_string()))?;
                    Claim::Answered(Answer::Read { call_id, result })
                }
                // Asked before, and it never got as far as a call: it is asked again under the same id.
                (Some(call_id), None) => Claim::New(call_id),
                (None, _) => Claim::New(new_call_id()),
            },
            None => self.claimed(ask, key).await?,
        })
    }

    /// The id that was just put under the key.
    async fn claimed(&self, ask: &Ask, key: &str) -> Result<Claim, Problem> {
        let (caller, key) = (ask.requester.caller.id.clone(), key.to_owned());
        let row = self
            .inner
            .store
            .write(move |tx| store::idempotency::get(tx, &caller, &key))
            .await
            .map_err(crate::gate::store_problem)?;
        Ok(Claim::New(row.and_then(|r| r.call_id).unwrap_or_else(new_call_id)))
    }

    /// Keeps a look-up's answer under its key, or the call that a repeated request turned out to be.
    pub(crate) async fn keep_idempotent_answer(
        &self,
        ask: &Ask,
        key: &str,
        call_id: &CallId,
        answer: &Answer,
    ) -> Result<(), Problem> {
        let caller = ask.requester.caller.id.clone();
        let response = match answer {
            Answer::Read { result, .. } => {
                Some(self.inner.sealer.seal_json(&place(caller.as_str(), key), result))
            }
            _ => None,
        };
        let call_id = answer.call_id().unwrap_or(call_id).clone();
        let key = key.to_owned();
        self.inner
            .store
            .write(move |tx| -> Result<(), store::Error> {
                if let Some(mut row) = store::idempotency::get(tx, &caller, &key)? {
                    row.call_id = Some(call_id.clone());
                    row.response = response.clone();
                    store::idempotency::put(tx, &caller, &key, &row)?;
                }
                Ok(())
            })
            .await
            .map_err(crate::gate::store_problem)
    }
}
