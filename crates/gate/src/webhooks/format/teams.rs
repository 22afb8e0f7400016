//! For Teams: an Adaptive Card. What devices and people wrote stands in text runs, which know no Markdown, so a device
//! called `[click](https://…)` is a device with an odd name and no link.

use super::words::Words;
use serde_json::{Value, json};

pub(super) fn body(words: &Words) -> Value {
    let mut shown = vec![rich(vec![
        json!({ "type": "TextRun", "text": words.headline, "size": "Large", "weight": "Bolder" }),
    ])];
    if !words.sentence.is_empty() {
        shown.push(rich(vec![run(&words.sentence)]));
    }
    for (label, value) in &words.facts {
        let label = json!({ "type": "TextRun", "text": format!("{label}: "), "weight": "Bolder" });
        shown.push(rich(vec![label, run(value)]));
    }
    let actions: Vec<Value> = words
        .link
        .iter()
        .map(|(title, page)| json!({ "type": "Action.OpenUrl", "title": title, "url": page }))
        .collect();
    json!({
        "type": "message",
        "attachments": [{
            "contentType": "application/vnd.microsoft.card.adaptive",
            "contentUrl": null,
            "content": {
                "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
                "type": "AdaptiveCard",
                "version": "1.4",
                "body": shown,
                "actions": actions,
            },
        }],
    })
}

fn rich(inlines: Vec<Value>) -> Value {
    json!({ "type": "RichTextBlock", "inlines": inlines })
}

fn run(text: &str) -> Value {
    json!({ "type": "TextRun", "text": text })
}
