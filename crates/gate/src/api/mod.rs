//! What goes in and out of the gate: the requests the faces make of it and the views they show. The members are
//! those of surface.md; a face serialises them as they are.

mod approvals;
mod ask;
mod callers;
mod calls;
mod connections;
mod overview;
mod page;
mod proof;
mod record;
mod webhooks;

pub use approvals::*;
pub use ask::*;
pub use callers::*;
pub use calls::*;
pub use connections::*;
pub use overview::*;
pub use page::*;
pub use proof::*;
pub use record::*;
pub use webhooks::*;
