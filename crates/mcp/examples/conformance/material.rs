//! Pictures, sounds and resources: what the suite wants to see and the product has no use for.

use rmcp::ErrorData;
use rmcp::model::{ContentBlock, Resource, ResourceContents, ResourceTemplate};
use serde_json::json;

/// One red dot, PNG.
pub(crate) const PICTURE: &str =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg==";
/// One sample of silence, WAV.
const SOUND: &str = "UklGRiYAAABXQVZFZm10IBAAAAABAAEAQB8AAIA+AAACABAAZGF0YQIAAAAAAA==";

/// What these tools answer; none for any other.
pub(crate) fn content(tool: &str) -> Option<Vec<ContentBlock>> {
    let picture = || ContentBlock::image(PICTURE, "image/png");
    Some(match tool {
        "test_image_content" => vec![picture()],
        "test_audio_content" => vec![ContentBlock::audio(SOUND, "audio/wav")],
        "test_embedded_resource" => {
            vec![embedded("This is an embedded resource content.", "test://embedded-resource", "text/plain")]
        }
        "test_multiple_content_types" => {
            let data = json!({"test": "data", "value": 123}).to_string();
            let resource = embedded(data, "test://mixed-content-resource", "application/json");
            vec![ContentBlock::text("Multiple content types test:"), picture(), resource]
        }
        _ => return None,
    })
}

/// A resource inside of an answer.
pub(crate) fn embedded(text: impl Into<String>, uri: impl Into<String>, kind: &str) -> ContentBlock {
    ContentBlock::resource(ResourceContents::text(text, uri).with_mime_type(kind))
}

/// The resources that have an address of their own.
pub(crate) fn resources() -> Vec<Resource> {
    [
        ("test://static-binary", "static-binary", "A picture.", "image/png"),
        ("test://static-text", "static-text", "A text.", "text/plain"),
        ("test://watched-resource", "watched-resource", "A text that can be watched.", "text/plain"),
    ]
    .map(|(uri, name, what, kind)| Resource::new(uri, name).with_description(what).with_mime_type(kind))
    .to_vec()
}

/// The resources whose address has a part to fill in.
pub(crate) fn templates() -> Vec<ResourceTemplate> {
    let template = ResourceTemplate::new("test://template/{id}/data", "template");
    vec![template.with_description("Data of an id.").with_mime_type("application/json")]
}

/// What is at this address.
pub(crate) fn read(uri: &str) -> Result<ResourceContents, ErrorData> {
    let text = |text: &str, kind| Ok(ResourceContents::text(text, uri).with_mime_type(kind));
    let id = uri.strip_prefix("test://template/").and_then(|rest| rest.strip_suffix("/data"));
    match (uri, id) {
        ("test://static-text", _) => text("This is the content of the static text resource.", "text/plain"),
        ("test://static-binary", _) => Ok(ResourceContents::blob(PICTURE, uri).with_mime_type("image/png")),
        ("test://watched-resource", _) => text("This text never changes.", "text/plain"),
        (_, Some(id)) => {
            let data = json!({"id": id, "templateTest": true, "data": format!("Data for ID: {id}")});
            text(&data.to_string(), "application/json")
        }
        _ => Err(ErrorData::resource_not_found("there is no such resource", Some(json!({"uri": uri})))),
    }
}
