//! The gateway of the fixture: it lists every tool of the suite, and answers those whose answer the product could
//! give as well, so that these go through the product's results, errors and progress.

use futures::future::BoxFuture;
use mcp::{Call, Doorway, Entrance, Tool, View, Visitor};
use model::{Effect, Kind, Problem};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

/// Between two steps; the product passes on at most one in 200 ms.
const STEP: Duration = Duration::from_millis(250);

/// Admits everybody.
#[derive(Clone)]
pub(crate) struct Gateway;

impl Entrance for Gateway {
    fn admit(&self, _visitor: Visitor) -> BoxFuture<'_, Result<Arc<dyn Doorway>, Problem>> {
        Box::pin(async { Ok(Arc::new(Gateway) as Arc<dyn Doorway>) })
    }
}

impl Doorway for Gateway {
    fn tools<'a>(&'a self, _view: &'a View) -> BoxFuture<'a, Result<Vec<Tool>, Problem>> {
        Box::pin(async { Ok(TOOLS.iter().map(|(name, summary)| tool(name, summary)).collect()) })
    }

    fn call<'a>(&'a self, _view: &'a View, call: Call) -> BoxFuture<'a, Result<Value, Problem>> {
        Box::pin(async move {
            match call.tool.as_str() {
                "test_simple_text" => Ok(json!({"text": "This is a simple text response for testing."})),
                "test_error_handling" => Err(Problem::new(
                    Kind::BadRequest,
                    "This tool intentionally returns an error for testing",
                )),
                "test_tool_with_progress" => {
                    for done in [0, 50, 100] {
                        call.progress.advance(done, Some(100), "testing");
                        tokio::time::sleep(STEP).await;
                    }
                    Ok(json!({"text": "Said how far it was, three times."}))
                }
                "json_schema_2020_12_tool" => Ok(json!({"arguments": call.arguments})),
                other => Err(Problem::new(Kind::UnknownTool, format!("there is no tool {other}"))),
            }
        })
    }
}

/// Every tool that the suite calls, but those that ask the client something in the middle of a call, which takes a
/// session.
const TOOLS: &[(&str, &str)] = &[
    ("json_schema_2020_12_tool", "Tool with JSON Schema 2020-12 features"),
    ("test_audio_content", "Answers a sound."),
    ("test_embedded_resource", "Answers a resource."),
    ("test_error_handling", "Always fails."),
    ("test_image_content", "Answers a picture."),
    ("test_input_required_result_capabilities", "Asks only for what the client can do."),
    ("test_input_required_result_elicitation", "Asks for a name."),
    ("test_input_required_result_list_roots", "Asks for the client's roots."),
    ("test_input_required_result_multi_round", "Asks twice."),
    ("test_input_required_result_multiple_inputs", "Asks for three things at once."),
    ("test_input_required_result_request_state", "Remembers that it asked."),
    ("test_input_required_result_sampling", "Asks the client's model."),
    ("test_input_required_result_tampered_state", "Notices a memory that was changed."),
    ("test_logging_tool", "Logs where the request asks for it."),
    ("test_missing_capability", "Needs a client that samples."),
    ("test_multiple_content_types", "Answers a text, a picture and a resource."),
    ("test_simple_text", "Answers a text."),
    ("test_streaming_elicitation", "Asks for a name, never on the stream."),
    ("test_tool_with_logging", "Logs three lines."),
    ("test_tool_with_progress", "Says how far it is."),
];

fn tool(name: &'static str, summary: &'static str) -> Tool {
    let schema = match name {
        "json_schema_2020_12_tool" => schema_with_every_keyword(),
        _ => json!({"type": "object", "additionalProperties": false}),
    };
    Tool {
        name: name.into(),
        summary: summary.into(),
        effect: Effect::Read,
        input_schema: Arc::new(schema.as_object().expect("written as an object").clone()),
    }
}

/// The schema whose keywords have to come through unchanged.
fn schema_with_every_keyword() -> Value {
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "$defs": {
            "address": {
                "$anchor": "addressDef",
                "type": "object",
                "properties": {"street": {"type": "string"}, "city": {"type": "string"}},
            },
        },
        "properties": {
            "name": {"type": "string"},
            "address": {"$ref": "#/$defs/address"},
            "contactMethod": {"type": "string", "enum": ["phone", "email"]},
            "phone": {"type": "string"},
            "email": {"type": "string"},
        },
        "allOf": [{"anyOf": [{"required": ["phone"]}, {"required": ["email"]}]}],
        "if": {"properties": {"contactMethod": {"const": "phone"}}, "required": ["contactMethod"]},
        "then": {"required": ["phone"]},
        "else": {"required": ["email"]},
        "additionalProperties": false,
    })
}
