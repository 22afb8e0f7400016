//! What code generation wrote from the contract. Don't edit below this folder.

pub(crate) mod operations;
