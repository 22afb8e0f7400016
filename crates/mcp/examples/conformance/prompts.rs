//! The suite's prompts.

use crate::material::{PICTURE, embedded};
use rmcp::ErrorData;
use rmcp::model::{ContentBlock, JsonObject, Prompt, PromptArgument, PromptMessage, Role};

/// The prompt that asks for something before it answers; `rounds` knows what.
pub(crate) const ASKING: &str = "test_input_required_result_prompt";

/// All of them, with what has to be filled in.
pub(crate) fn prompts() -> Vec<Prompt> {
    let needs = |names: &[&str]| {
        let arguments = names
            .iter()
            .map(|name| PromptArgument::new(*name).with_description("To be filled in.").with_required(true));
        Some(arguments.collect())
    };
    vec![
        Prompt::new(ASKING, Some("Asks for its context."), None),
        Prompt::new("test_prompt_with_arguments", Some("Repeats two words."), needs(&["arg1", "arg2"])),
        Prompt::new("test_prompt_with_embedded_resource", Some("Has a resource."), needs(&["resourceUri"])),
        Prompt::new("test_prompt_with_image", Some("Has a picture."), None),
        Prompt::new("test_simple_prompt", Some("Is one sentence."), None),
    ]
}

/// The messages of one, filled in.
pub(crate) fn messages(name: &str, arguments: &JsonObject) -> Result<Vec<PromptMessage>, ErrorData> {
    let filled_in = |argument: &str| {
        let text = arguments.get(argument).and_then(|value| value.as_str());
        text.ok_or_else(|| ErrorData::invalid_params(format!("{argument} is missing"), None))
    };
    let content = match name {
        "test_simple_prompt" => vec![ContentBlock::text("This is a simple prompt for testing.")],
        "test_prompt_with_arguments" => {
            let (first, second) = (filled_in("arg1")?, filled_in("arg2")?);
            vec![ContentBlock::text(format!("Prompt with arguments: arg1='{first}', arg2='{second}'"))]
        }
        "test_prompt_with_embedded_resource" => vec![
            embedded("Embedded resource content for testing.", filled_in("resourceUri")?, "text/plain"),
            ContentBlock::text("Please process the embedded resource above."),
        ],
        "test_prompt_with_image" => vec![
            ContentBlock::image(PICTURE, "image/png"),
            ContentBlock::text("Please analyze the image above."),
        ],
        _ => return Err(ErrorData::invalid_params(format!("there is no prompt {name}"), None)),
    };
    Ok(content.into_iter().map(|content| PromptMessage::new(Role::User, content)).collect())
}
