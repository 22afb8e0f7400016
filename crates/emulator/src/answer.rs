//! What an operation answers: a status, a JSON body or none, and whether it changed anything. The helpers are the
//! envelope styles of NOTES §6, so that no operation spells its envelope by hand.

use serde_json::{Map, Value, json};

use crate::failure::Failure;

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Option<Value>,
    /// The journal takes the request down when this is set.
    pub(crate) changed: bool,
}

pub(crate) type Outcome = Result<Answer, Failure>;

impl Answer {
    pub(crate) fn of(status: u16, body: Value) -> Self {
        Self { status, body: Some(body), changed: false }
    }

    /// A bare object, or an array.
    pub(crate) fn ok(body: Value) -> Self {
        Self::of(200, body)
    }

    pub(crate) fn created(body: Value) -> Self {
        Self::of(201, body)
    }

    pub(crate) fn empty(status: u16) -> Self {
        Self { status, body: None, changed: false }
    }

    /// `{data, _links}`
    pub(crate) fn data(data: Value, links: &[(&str, String)]) -> Self {
        Self::ok(json!({"data": data, "_links": link_map(links)}))
    }

    /// `{_links}` alone: a directory.
    pub(crate) fn links(links: &[(&str, &str)]) -> Self {
        let links: Map<String, Value> =
            links.iter().map(|(k, v)| ((*k).to_owned(), Value::from(*v))).collect();
        Self::ok(json!({"_links": links}))
    }

    /// `{data, totalItems}`: a list that takes no paging.
    pub(crate) fn list(rows: Vec<Value>) -> Self {
        let total = rows.len();
        Self::ok(json!({"data": rows, "totalItems": total}))
    }

    /// `{status, message, data}`
    pub(crate) fn message(status: u16, message: &str, data: Value) -> Self {
        Self::of(status, json!({"status": status, "message": message, "data": data}))
    }

    pub(crate) fn changed(mut self) -> Self {
        self.changed = true;
        self
    }
}

pub(crate) fn link_map(links: &[(&str, String)]) -> Value {
    links.iter().map(|(k, v)| ((*k).to_owned(), Value::from(v.clone()))).collect::<Map<_, _>>().into()
}
