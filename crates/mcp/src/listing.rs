//! What `tools/list` shows of a tool; the one place that knows the shape of a listed tool. Every word here is paid
//! for by a model on each turn, so there is nothing that can be left out: no output schema, and only those
//! annotations whose default would be wrong or is commonly missed.

use crate::doorway::Tool;
use model::Effect;
use rmcp::model::{CacheScope, ListToolsResult, Tool as ListedTool, ToolAnnotations};

/// How long a client may keep the list, in milliseconds. A policy that an administrator changes is enforced at once
/// whatever a client still shows.
const FRESH_FOR_MS: u64 = 60_000;

/// The whole list, on one page. `cacheable` where the revision knows how long a list is good for.
pub(crate) fn list(tools: Vec<Tool>, cacheable: bool) -> ListToolsResult {
    let list = ListToolsResult::with_all_items(tools.into_iter().map(listed).collect());
    match cacheable {
        true => list.with_ttl_ms(FRESH_FOR_MS).with_cache_scope(CacheScope::Private),
        false => list,
    }
}

fn listed(tool: Tool) -> ListedTool {
    let listed = ListedTool::new(tool.name, tool.summary, tool.input_schema)
        .with_annotations(annotations(tool.effect));
    match tool.title {
        Some(title) => listed.with_title(title),
        None => listed,
    }
}

/// A look-up changes nothing, even one that prints a credential. A change or a run may destroy: what a script does
/// and what an update overwrites can't be told from outside. Open world is the default and true: the devices are.
fn annotations(effect: Effect) -> ToolAnnotations {
    match effect.writes() {
        false => ToolAnnotations::new().read_only(true),
        true => ToolAnnotations::new().read_only(false).destructive(true),
    }
}
