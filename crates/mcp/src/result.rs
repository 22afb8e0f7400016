//! What `tools/call` answers; the one place that knows the shape of a tool's result.
//!
//! A success says the same twice, as structured content and as compact text, because some clients show a model only
//! the one and some only the other. A failure is text alone: common clients check structured content against the
//! output schema even of an error, and then hide its message.

use model::{Kind, Problem};
use rmcp::ErrorData;
use rmcp::model::{CallToolResult, ContentBlock};
use serde_json::Value;

/// The result of a call: a tool result in both cases, but for a tool that this caller does not have.
pub(crate) fn of(answer: Result<Value, Problem>) -> Result<CallToolResult, ErrorData> {
    match answer {
        Ok(body) => Ok(CallToolResult::structured(body)),
        Err(problem) if problem.kind == Kind::UnknownTool => {
            Err(ErrorData::invalid_params(problem.to_string(), Some(members(&problem))))
        }
        Err(problem) => Ok(CallToolResult::error(vec![ContentBlock::text(members(&problem).to_string())])),
    }
}

/// The error of a request that has no tool result to be put into.
pub(crate) fn protocol_error(problem: &Problem) -> ErrorData {
    ErrorData::internal_error(problem.to_string(), Some(members(problem)))
}

fn members(problem: &Problem) -> Value {
    serde_json::to_value(problem).expect("problems are JSON")
}
