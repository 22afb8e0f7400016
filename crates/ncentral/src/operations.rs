//! Every operation of the contract, by name, by id and by path.
//!
//! The table itself is generated from the contract file; this module adds the ways to look into it.

pub use crate::generated::operations::*;
use crate::operation::{Method, Operation};

/// The operation with this `operationId`.
pub fn find(id: &str) -> Option<&'static Operation> {
    ALL.iter().find(|operation| operation.id == id)
}

/// The operation that a method and a concrete path name. Where a fixed segment and a placeholder both fit
/// (`/api/users/me`), the fixed one wins, as on the server.
pub fn match_path(method: Method, path: &str) -> Option<&'static Operation> {
    ALL.iter()
        .filter(|operation| operation.method == method && operation.matches(path))
        .max_by_key(|operation| operation.fixed_segments())
}
