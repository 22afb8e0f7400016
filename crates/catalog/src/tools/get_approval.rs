//! `n_central-get-approval`: what became of a held call, waiting a while for the decision if asked to.

use crate::context::Context;
use crate::id::Count;
use crate::record::{Area, Record};
use crate::tool::ReadTool;
use model::{Effect, Kind, Problem};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::time::Duration;

/// The longest wait: several clients give up after a minute.
const MOST_SECONDS: u64 = 45;

pub(crate) struct GetApproval;

#[derive(Serialize, Deserialize, JsonSchema)]
pub(crate) struct Input {
    approval_id: String,
    /// Up to 45
    wait_seconds: Option<Count>,
}

impl ReadTool for GetApproval {
    const RECORD: Record = Record {
        name: "n_central-get-approval",
        alias: None,
        title: "Get an approval",
        summary: "Get the decision on a held call, and its outcome. Can wait.",
        area: Area::Gateway,
        effect: Effect::Read,
        operations: &[],
    };
    type Input = Input;

    async fn resolve(_: &Context, input: Input) -> Result<Input, Problem> {
        if input.approval_id.trim().is_empty() {
            return Err(Problem::new(Kind::InvalidArguments, "`approval_id` is empty")
                .hint("it is in the answer that said approval_required"));
        }
        Ok(input)
    }

    async fn read(cx: &Context, input: Input) -> Result<Value, Problem> {
        let seconds = input.wait_seconds.map_or(0, |seconds| seconds.0.min(MOST_SECONDS));
        cx.local.approval(input.approval_id.trim(), Duration::from_secs(seconds)).await
    }
}
