//! The tools, one file each, and the slice that lists them.

use crate::entry::Entry;

/// Every tool, in the order in which they are listed.
pub static TOOLS: &[Entry] = &[];
