//! What `tools/list` shows of a tool; the one place that knows the shape of a listed tool. Every word here is paid
//! for by a model on each turn, so there is nothing that can be left out: no title beside the name, no output schema
//! unless the address asks for them, and only those annotations whose default would be wrong or is commonly missed.

use crate::doorway::{Schema, Tool};
use model::Effect;
use rmcp::model::{CacheScope, ListToolsResult, Tool as ListedTool, ToolAnnotations};
use serde_json::{Value, json};
use std::sync::Arc;

/// How long a client may keep the list, in milliseconds. A policy that an administrator changes is enforced at once
/// whatever a client still shows.
const FRESH_FOR_MS: u64 = 60_000;

/// The whole list, on one page. `cacheable` where the revision knows how long a list is good for.
pub(crate) fn list(tools: Vec<Tool>, output_schemas: bool, cacheable: bool) -> ListToolsResult {
    let listed = tools.into_iter().map(|tool| listed(tool, output_schemas)).collect();
    let list = ListToolsResult::with_all_items(listed);
    match cacheable {
        true => list.with_ttl_ms(FRESH_FOR_MS).with_cache_scope(CacheScope::Private),
        false => list,
    }
}

fn listed(tool: Tool, output_schemas: bool) -> ListedTool {
    let listed = ListedTool::new(tool.name, tool.summary, tool.input_schema)
        .with_annotations(annotations(tool.effect));
    match output_schemas {
        true => listed.with_raw_output_schema(output_schema(tool.effect)),
        false => listed,
    }
}

/// What an answer may hold. Nothing is required, because a policy can hold any tool, and then the held answer comes.
fn output_schema(effect: Effect) -> Schema {
    let text = json!({"type": "string"});
    let mut members = json!({
        "status": text, "call_id": text, "approval_id": text, "approval_url": {"type": ["string", "null"]},
        "expires_at": text, "summary": text, "plan_digest": text, "next_step": text,
        "targets": {"type": "array", "items": {"type": "object"}},
    });
    let own = match effect.writes() {
        true => {
            json!({"result": {}, "writes": {"type": "array", "items": {"type": "object"}}, "run_at": {"type": ["string", "null"]}})
        }
        false => json!({
            "columns": {"type": "array", "items": text}, "rows": {"type": "array", "items": {"type": "array"}},
            "returned": {"type": "integer"}, "total": {"type": "integer"}, "next_page": {"type": "integer"}, "note": text,
        }),
    };
    if let (Value::Object(members), Value::Object(own)) = (&mut members, own) {
        members.extend(own);
    }
    let schema = json!({"type": "object", "properties": members});
    Arc::new(schema.as_object().cloned().unwrap_or_default())
}

/// A look-up changes nothing, even one that prints a credential. A change or a run may destroy: what a script does
/// and what an update overwrites can't be told from outside. Open world is the default and true: the devices are.
fn annotations(effect: Effect) -> ToolAnnotations {
    match effect.writes() {
        false => ToolAnnotations::new().read_only(true),
        true => ToolAnnotations::new().destructive(true),
    }
}
