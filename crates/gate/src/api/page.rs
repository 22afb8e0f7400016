//! Lists are cut into pages that a cursor continues.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A page of a list; `next` is the cursor to go on with.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub struct Page<T> {
    /// The items.
    pub items: Vec<T>,
    /// The cursor of the next page; none at the end.
    pub next: Option<String>,
}

/// Which page.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
pub struct Cursor {
    /// From an earlier page's `next`.
    #[serde(default)]
    pub cursor: Option<String>,
    /// Rows; 50 by default, at most 500.
    #[serde(default)]
    pub limit: Option<u32>,
}

impl Cursor {
    /// How many rows a page has at most.
    pub fn rows(&self) -> u32 {
        self.limit.unwrap_or(50).clamp(1, 500)
    }
}
