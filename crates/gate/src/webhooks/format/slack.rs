//! For Slack. What devices and people wrote stands in texts that Slack does not read as markup, and is escaped besides,
//! because `text` is read in notifications: a device called `<!channel>` calls nobody.

use super::words::Words;
use serde_json::{Value, json};

/// What Slack takes in a header, in a section, and in a line of context, less the ellipsis.
const HEADLINE: usize = 149;
const SENTENCE: usize = 2999;
const FACT: usize = 1999;

pub(super) fn body(words: &Words) -> Value {
    let mut blocks = vec![json!({ "type": "header", "text": plain(&words.headline, HEADLINE) })];
    if !words.sentence.is_empty() {
        blocks.push(json!({ "type": "section", "text": plain(&words.sentence, SENTENCE) }));
    }
    for (label, value) in &words.facts {
        blocks.push(json!({ "type": "context", "elements": [plain(&format!("{label}: {value}"), FACT)] }));
    }
    if let Some((title, page)) = &words.link {
        let link = format!("<{}|{title}>", escape(page, SENTENCE).replace('|', "%7C"));
        blocks
            .push(json!({ "type": "section", "text": { "type": "mrkdwn", "verbatim": true, "text": link } }));
    }
    json!({
        "text": escape(&format!("{}: {}", words.headline, words.sentence), SENTENCE),
        "mrkdwn": false,
        "parse": "none",
        "link_names": false,
        "unfurl_links": false,
        "unfurl_media": false,
        "blocks": blocks,
    })
}

fn plain(text: &str, most: usize) -> Value {
    json!({ "type": "plain_text", "emoji": false, "text": escape(text, most) })
}

/// Slack's three control characters as it wants them escaped; a backtick, for which it has no escape, as a quote. What
/// would make it longer than Slack takes is cut.
fn escape(text: &str, most: usize) -> String {
    let mut escaped = String::new();
    let mut length = 0;
    for letter in text.chars() {
        let mut buffer = [0; 4];
        let piece = match letter {
            '&' => "&amp;",
            '<' => "&lt;",
            '>' => "&gt;",
            '`' => "'",
            other => &*other.encode_utf8(&mut buffer),
        };
        length += piece.chars().count();
        if length > most {
            return escaped + "…";
        }
        escaped.push_str(piece);
    }
    escaped
}
