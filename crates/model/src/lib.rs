//! The product's nouns and pure rules, and nothing that touches the world.
//!
//! Everything here is a value or a function from values to values: what a plan is and how its digest is
//! computed, which mode a preset gives to an effect, which transition an approval may take, how one audit entry
//! is chained to the next. No clock is read, no byte is sent, no row is written; the crates around it do that and
//! hand the results in. That is why the rules on which the product's promises rest can be tested exhaustively.

pub mod answer;
pub mod approval;
pub mod audit;
pub mod call;
pub mod caller;
pub mod canonical;
pub mod connection;
pub mod effect;
pub mod id;
pub mod outcome;
pub mod plan;
pub mod policy;
pub mod problem;
pub mod script;
pub mod secret;
pub mod text;
pub mod time;

pub use approval::{Approval, ApprovalState};
pub use call::{Call, CallState};
pub use caller::{Caller, CallerKind, NameSet, Role, Source};
pub use connection::{Connection, ConnectionState};
pub use effect::Effect;
pub use id::{ApprovalId, CallId, CallerId, ConnectionId};
pub use outcome::Outcome;
pub use plan::{Plan, Target, Write};
pub use policy::{Mode, Policies, Preset};
pub use problem::{Changed, Kind, Problem};
pub use script::Script;
pub use time::{Clock, Timestamp};
