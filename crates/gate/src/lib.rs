//! The one doorway that every call passes: plan, policy, approval, execution, record.
