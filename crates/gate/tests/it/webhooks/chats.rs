//! Messages to Slack and Teams: a summary and the link, never a decision, and nothing that a device's name could start.

use super::receiver::Receiver;
use super::{house, new};
use emulator::DevicePatch;
use gate::*;
use serde_json::{Value, json};

/// A name that would call everybody, lead elsewhere, and look like something else.
const NASTY: &str = "<!channel> <https://evil.example|click> `x` [click](https://evil.example) @here & co";

/// What a chat is told when a run on a device of that name is held.
async fn told(format: WebhookFormat) -> (String, Value) {
    let house = house().await;
    let mut receiver = Receiver::new().await;
    let hook = NewWebhook {
        format,
        events: Some(vec![WebhookEvent::ApprovalRequested]),
        ..new("chat", &receiver.url)
    };
    house.gate.add_webhook(&house.admin, hook).await.unwrap();
    let device = house.workstations(1).await[0];
    let renamed = DevicePatch { long_name: Some(NASTY.into()), ..DevicePatch::default() };
    assert!(house.emulator.patch_device(i32::try_from(device).unwrap(), &renamed).unwrap());
    let held = house.hold_cleanup(&[device]).await;
    assert_eq!(held.targets[0].name, NASTY);
    let message = receiver.next().await;
    assert_eq!(message.find("webhook-signature"), None, "a chat checks none");
    let page = format!("https://ncgate.example.com/approvals/{}", held.approval_id);
    house.shut().await;
    (page, message.json())
}

/// Every text in a value that stands under one of these names.
fn texts<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| texts(item, found)),
        Value::Object(members) => members.values().for_each(|member| texts(member, found)),
        Value::String(text) => found.push(text),
        _ => {}
    }
}

#[tokio::test]
async fn a_devices_name_starts_nothing_in_slack() {
    let (page, message) = told(WebhookFormat::Slack).await;
    let mut all = Vec::new();
    texts(&message, &mut all);
    let links: Vec<&&str> = all.iter().filter(|text| text.contains('<') || text.contains('>')).collect();
    assert_eq!(links, [&format!("<{page}|Look and decide in ncgate>").as_str()], "our own link and no other");
    assert!(all.iter().all(|text| !text.contains('`')));
    assert!(all.iter().any(|text| text.contains("&lt;!channel&gt;") && text.contains("&amp; co")));
    let blocks = message["blocks"].as_array().unwrap();
    let marked_up = blocks.iter().filter(|block| block["text"]["type"] == "mrkdwn").count();
    assert_eq!(marked_up, 1, "only our own link is read as markup: {message}");
    assert_eq!((&message["mrkdwn"], &message["parse"]), (&json!(false), &json!("none")));
    assert!(!message.to_string().contains("\"actions\""), "nothing in a chat decides");
}

#[tokio::test]
async fn a_devices_name_starts_nothing_in_teams() {
    let (page, message) = told(WebhookFormat::Teams).await;
    let card = &message["attachments"][0]["content"];
    assert_eq!((&card["type"], &card["version"]), (&json!("AdaptiveCard"), &json!("1.4")));
    assert_eq!(card["actions"].as_array().unwrap().len(), 1);
    assert_eq!(
        (&card["actions"][0]["type"], &card["actions"][0]["url"]),
        (&json!("Action.OpenUrl"), &json!(page))
    );
    for block in card["body"].as_array().unwrap() {
        assert_eq!(block["type"], "RichTextBlock", "the one kind of block that reads no Markdown");
        assert!(block["inlines"].as_array().unwrap().iter().all(|run| run["type"] == "TextRun"));
    }
    assert!(card["body"].to_string().contains("<!channel>"), "the name is told as it is");
}
