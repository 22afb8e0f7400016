//! What `cargo xtask codegen` writes from the contract.

pub(crate) mod routes;
