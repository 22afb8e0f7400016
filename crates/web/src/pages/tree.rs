//! A JSON value as nested lists of names and values, for whoever doesn't read JSON.

use super::html;
use askama::Template;
use serde_json::Value;

/// How deep it goes before the rest is shown as it is.
const DEEPEST: usize = 6;

/// A value, ready to be shown.
#[derive(Template)]
#[template(path = "parts/tree.html")]
pub(super) struct Tree {
    kind: Node,
}

enum Node {
    /// A text, a number, or a list of such.
    Leaf(String),
    /// A text of several lines.
    Long(String),
    /// Members with their names.
    Members(Vec<(String, Tree)>),
    /// Things of one kind.
    Items(Vec<Tree>),
}

impl askama::filters::HtmlSafe for Tree {}

impl Tree {
    /// Of a value; members without one are left out.
    pub(super) fn of(value: &Value) -> Self {
        Self::within(value, 0)
    }

    fn within(value: &Value, depth: usize) -> Self {
        let kind = match value {
            Value::Object(members) if depth < DEEPEST && !members.is_empty() => {
                let given = members.iter().filter(|(_, value)| !value.is_null());
                Node::Members(
                    given.map(|(name, value)| (name.clone(), Self::within(value, depth + 1))).collect(),
                )
            }
            Value::Array(items)
                if depth < DEEPEST && items.iter().any(|item| item.is_object() || item.is_array()) =>
            {
                Node::Items(items.iter().map(|item| Self::within(item, depth + 1)).collect())
            }
            other => {
                let text = html::plain(other);
                if text.contains('\n') || text.len() > 400 { Node::Long(text) } else { Node::Leaf(text) }
            }
        };
        Self { kind }
    }
}
