//! What the log tells of a call. Each line that is written on a call's way carries its id and its tool, from a span
//! around that way; within a request that a face answers, the face's own span adds the request's id. Of arguments,
//! names and results the log knows nothing.

use crate::api::Answer;
use model::{CallId, Problem};
use tracing::{Span, error_span, info};

/// Stands around whatever is done for a call. It is an error's span, so that a warning carries the id as well where
/// nothing else is logged.
pub(crate) fn call(id: &CallId, tool: &str) -> Span {
    error_span!("call", call_id = %id, tool)
}

/// Stands around looking whether a call of unknown outcome happened.
pub(crate) fn read_back(id: &CallId) -> Span {
    error_span!("read_back", call_id = %id)
}

/// One line for a call that a caller asked for, within its span.
pub(crate) fn answered(asked: &CallId, answer: &Result<Answer, Problem>) {
    match answer {
        Ok(answer) => {
            // The same call asked again is answered with the one there is.
            let attached_to = answer.call_id().filter(|id| *id != asked).map(CallId::as_str);
            info!(status = status(answer), attached_to, "a call was asked for and answered");
        }
        Err(problem) => info!(problem = problem.kind.as_str(), "a call was asked for and refused, or failed"),
    }
}

/// The status in the answer's own words.
fn status(answer: &Answer) -> &'static str {
    match answer {
        Answer::Read { .. } => "done",
        Answer::Held(_) => "approval_required",
        Answer::Queued(queued) => queued.status.as_str(),
        Answer::Planned(planned) => planned.status,
        Answer::Ran(ran) => ran.status.as_str(),
    }
}
