//! The labels, and the few values that each can have.

use crate::api::Answer;
use model::{Kind, Problem};
use prometheus_client::encoding::EncodeLabelSet;

/// The label of a tool that nobody has heard of.
const NO_TOOL: &str = "unknown";

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct CallLabels {
    pub(super) tool: &'static str,
    pub(super) outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct ByTool {
    pub(super) tool: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct UpstreamLabels {
    pub(super) operation: &'static str,
    /// The class of the status, `none` where no answer came.
    pub(super) answer: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct ByOperation {
    pub(super) operation: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct ByState {
    pub(super) state: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct ByChain {
    pub(super) chain: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct ByConnection {
    pub(super) connection: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct Build {
    pub(super) version: &'static str,
}

/// The canonical name of a tool that somebody asked for.
pub(super) fn tool_label(name: &str) -> &'static str {
    catalog::find(name).map_or(NO_TOOL, |entry| entry.record.name)
}

/// What an answer counts as; none for the outcome of a stored call, which is counted when it is over.
pub(super) fn outcome_of(answer: &Result<Answer, Problem>) -> Option<&'static str> {
    match answer {
        Ok(Answer::Read { .. }) => Some("done"),
        Ok(Answer::Held(_)) => Some("held"),
        Ok(Answer::Planned(_)) => Some("planned"),
        Ok(_) => None,
        // A stored call that was refused, denied or expired is counted when that happens.
        Err(problem) if problem.details.contains_key("approval_id") => None,
        Err(problem) => Some(match problem.kind {
            Kind::OutcomeUnknown => "unknown",
            kind if kind.http_status() >= 500 => "failed",
            _ => "refused",
        }),
    }
}
