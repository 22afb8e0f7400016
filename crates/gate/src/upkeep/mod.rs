//! What keeps a state in good order over the years: forgetting what is long over, changing the master key, taking
//! the state away in a backup and putting it back.

mod forget;
mod master_key;

pub use master_key::KeyChange;

pub(crate) use forget::{KEEP_CALLS, forget_regularly};
pub(crate) use master_key::resume as resume_key_change;
