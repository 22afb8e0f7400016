//! Approvals and the transitions they may take. An approval is decided at most once; the rules stand here, and
//! the store makes each transition a compare-and-set.

use crate::id::{ApprovalId, CallId, CallerId, ConnectionId};
use crate::problem::{Kind, Problem};
use crate::time::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Where an approval stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ApprovalState {
    /// Waits for a person.
    Pending,
    /// A person said yes.
    Approved,
    /// A person said no.
    Denied,
    /// Nobody decided in time.
    Expired,
    /// Its caller or a person took it back.
    Withdrawn,
}

impl ApprovalState {
    /// The name used on every face.
    pub fn as_str(self) -> &'static str {
        match self {
            ApprovalState::Pending => "pending",
            ApprovalState::Approved => "approved",
            ApprovalState::Denied => "denied",
            ApprovalState::Expired => "expired",
            ApprovalState::Withdrawn => "withdrawn",
        }
    }
}

impl std::str::FromStr for ApprovalState {
    type Err = crate::policy::UnknownWord;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        match word {
            "pending" => Ok(ApprovalState::Pending),
            "approved" => Ok(ApprovalState::Approved),
            "denied" => Ok(ApprovalState::Denied),
            "expired" => Ok(ApprovalState::Expired),
            "withdrawn" => Ok(ApprovalState::Withdrawn),
            _ => Err(crate::policy::UnknownWord {
                what: "state of an approval",
                given: word.into(),
                known: "pending, approved, denied, expired, withdrawn",
            }),
        }
    }
}

/// The durable request for a person's decision on one plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// Its id.
    pub id: ApprovalId,
    /// The call that waits for it.
    pub call_id: CallId,
    /// The connection it would run on.
    pub connection_id: ConnectionId,
    /// Who asked.
    pub caller_id: CallerId,
    /// Where it stands.
    pub state: ApprovalState,
    /// The digest of the plan that is to be decided on.
    pub plan_digest: String,
    /// Why the caller asks, in the caller's words.
    pub reason: Option<String>,
    /// The policy that held it, in words.
    pub held_by: String,
    /// What the approver has to type, if anything.
    pub confirm_required: Option<String>,
    /// When it was asked.
    pub created_at: Timestamp,
    /// When it expires undecided.
    pub expires_at: Timestamp,
    /// The person who decided.
    pub decided_by: Option<CallerId>,
    /// When.
    pub decided_at: Option<Timestamp>,
    /// What that person said.
    pub decision_reason: Option<String>,
}

impl Approval {
    /// The state it has now, expiry included, whether or not the store has noticed yet.
    pub fn state_at(&self, now: Timestamp) -> ApprovalState {
        match self.state {
            ApprovalState::Pending if now >= self.expires_at => ApprovalState::Expired,
            state => state,
        }
    }

    /// Whether it may still go from pending to somewhere.
    ///
    /// # Errors
    /// A conflict that names the state it already has.
    pub fn check_open(&self, now: Timestamp) -> Result<(), Problem> {
        match self.state_at(now) {
            ApprovalState::Pending => Ok(()),
            ApprovalState::Expired => {
                Err(Problem::new(Kind::Expired, "this approval expired before anyone decided")
                    .hint("ask for the call again; a new approval is raised"))
            }
            other => Err(Problem::new(
                Kind::AlreadyDecided,
                format!("this approval is already {}", other.as_str()),
            )
            .hint("look at the call for what became of it")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn approval(state: ApprovalState) -> Approval {
        Approval {
            id: ApprovalId::new("a"),
            call_id: CallId::new("c"),
            connection_id: ConnectionId::new("n"),
            caller_id: CallerId::new("k"),
            state,
            plan_digest: String::new(),
            reason: None,
            held_by: String::new(),
            confirm_required: None,
            created_at: Timestamp::UNIX_EPOCH,
            expires_at: crate::time::from_millis(3_600_000),
            decided_by: None,
            decided_at: None,
            decision_reason: None,
        }
    }

    #[test]
    fn only_a_pending_and_unexpired_approval_can_be_decided() {
        let early = Timestamp::UNIX_EPOCH;
        let late = crate::time::from_millis(3_600_000);
        assert!(approval(ApprovalState::Pending).check_open(early).is_ok());
        assert_eq!(approval(ApprovalState::Pending).check_open(late).unwrap_err().kind, Kind::Expired);
        for state in [ApprovalState::Approved, ApprovalState::Denied, ApprovalState::Withdrawn] {
            assert_eq!(approval(state).check_open(early).unwrap_err().kind, Kind::AlreadyDecided);
        }
    }
}
