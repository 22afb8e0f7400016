//! Every tool of ncgate, once.
//!
//! A tool is a unit type that implements [`ReadTool`] or [`WriteTool`]: its input, its record (name, alias, effect,
//! operations used) and what it does. [`TOOLS`] lists them all, with their types erased; every face walks that
//! slice, so that the MCP list, the REST paths, the command-line flags and the documentation can't disagree.
//! Adding a tool touches its own file under `tools/` and one line of the slice.

pub mod budget;
mod column;
pub mod context;
mod creation;
mod detail;
mod device_arg;
mod device_set;
mod device_tasks;
mod devices;
pub mod draft;
pub mod entry;
mod fan_out;
mod id;
mod list;
mod moment;
mod names;
mod naming;
mod object;
mod org_units;
pub mod problem;
mod properties;
mod property_update;
pub mod raw;
pub mod record;
mod scan;
pub mod schema;
mod scope;
mod state;
mod tasks;
pub mod tool;
pub mod tools;
mod unit_creation;
mod units;
mod upstream;
mod users;

pub use context::{Context, Local, Progress, Silent};
pub use draft::{Draft, ReadBack, Receipt};
pub use entry::Entry;
pub use record::{Area, Record};
pub use tool::{ReadTool, WriteTool};
pub use tools::TOOLS;

/// The tool of this name, canonical or alias.
pub fn find(name: &str) -> Option<&'static Entry> {
    TOOLS.iter().find(|tool| tool.record.name == name || tool.record.alias == Some(name))
}
