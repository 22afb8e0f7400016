//! The nouns and pure rules of ncgate: plans, policies, approvals, outcomes, the audit chain. No I/O.
