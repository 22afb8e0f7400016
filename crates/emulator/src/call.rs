//! One request as an operation sees it: its path ids, its query and its body, read as leniently as the server reads
//! them, and refused with the server's words.

use bytes::Bytes;
use http::HeaderMap;
use serde_json::{Map, Value};

use crate::failure::Failure;
use crate::generated::routes::Route;
use crate::shift::Shift;

pub(crate) struct Call<'a> {
    pub(crate) route: &'static Route,
    pub(crate) path: &'a str,
    pub(crate) parameters: Vec<(&'static str, &'a str)>,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) body: Bytes,
    /// How the rows lie, where it asks for a list.
    pub(crate) shift: Shift,
}

impl Call<'_> {
    /// The text of a path parameter; the route table guarantees that it is there.
    pub(crate) fn parameter(&self, name: &str) -> &str {
        self.parameters.iter().find(|(n, _)| *n == name).map_or("", |(_, v)| v)
    }

    /// A numeric path parameter. Text that is not a 32-bit number gives 400.
    pub(crate) fn id(&self, name: &str) -> Result<i32, Failure> {
        let text = self.parameter(name);
        text.parse()
            .map_err(|_| Failure::format(&format!("For input string: \"{text}\" ({name} must be a number)")))
    }

    /// A path parameter that has to be above zero (units of limits, customers of installers; NOTES §1).
    pub(crate) fn positive_id(&self, name: &str) -> Result<i32, Failure> {
        match self.id(name)? {
            id if id > 0 => Ok(id),
            _ => Err(Failure::validation(vec![(name.to_owned(), "must be a positive number".to_owned())])),
        }
    }

    pub(crate) fn query(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    /// A query parameter out of a fixed set of words, with the word that counts when it is left out.
    pub(crate) fn word(&self, name: &str, words: &[&'static str]) -> Result<&'static str, Failure> {
        let Some(given) = self.query(name) else { return Ok(words[0]) };
        words.iter().find(|w| **w == given).copied().ok_or_else(|| {
            Failure::bad_request(&format!(
                "'{given}' is not a valid {name}; expected one of {}",
                words.join(", ")
            ))
        })
    }

    pub(crate) fn json(&self) -> Result<Value, Failure> {
        serde_json::from_slice(&self.body).map_err(|e| {
            Failure::bad_request(&format!("Required request body is missing or not readable: {e}"))
        })
    }

    pub(crate) fn object(&self) -> Result<Map<String, Value>, Failure> {
        match self.json()? {
            Value::Object(object) => Ok(object),
            _ => Err(Failure::bad_request("The request body must be a JSON object")),
        }
    }
}

/// Reads members of a body and gathers every complaint, as bean validation does: all of them are told at once.
pub(crate) struct Fields<'a> {
    object: &'a Map<String, Value>,
    errors: Vec<(String, String)>,
}

impl<'a> Fields<'a> {
    pub(crate) fn of(object: &'a Map<String, Value>) -> Self {
        Self { object, errors: Vec::new() }
    }

    pub(crate) fn refuse(&mut self, name: &str, why: &str) {
        self.errors.push((name.to_owned(), why.to_owned()));
    }

    fn present(&self, name: &str) -> Option<&'a Value> {
        self.object.get(name).filter(|v| !v.is_null())
    }

    pub(crate) fn text_if_given(&mut self, name: &str) -> Option<String> {
        match self.present(name)? {
            Value::String(text) => Some(text.clone()),
            _ => {
                self.refuse(name, "must be text");
                None
            }
        }
    }

    pub(crate) fn text(&mut self, name: &str) -> String {
        if self.present(name).is_none() {
            self.refuse(name, "must not be null");
        }
        self.text_if_given(name).unwrap_or_default()
    }

    /// Text that must hold more than blanks.
    pub(crate) fn filled(&mut self, name: &str) -> String {
        let text = self.text(name);
        if text.trim().is_empty() && !self.errors.iter().any(|(n, _)| n == name) {
            self.refuse(name, "must not be blank");
        }
        text
    }

    /// Text with an upper bound on its length.
    pub(crate) fn at_most(&mut self, name: &str, length: usize) {
        if let Some(Value::String(text)) = self.present(name)
            && text.chars().count() > length
        {
            self.refuse(name, &format!("size must be between 0 and {length}"));
        }
    }

    pub(crate) fn number_if_given(&mut self, name: &str) -> Option<i32> {
        let number = self.present(name).map(as_id)?;
        if number.is_none() {
            self.refuse(name, "must be a 32-bit number");
        }
        number
    }

    pub(crate) fn number(&mut self, name: &str) -> i32 {
        if self.present(name).is_none() {
            self.refuse(name, "must not be null");
        }
        self.number_if_given(name).unwrap_or_default()
    }

    pub(crate) fn flag_if_given(&mut self, name: &str) -> Option<bool> {
        match self.present(name)? {
            Value::Bool(flag) => Some(*flag),
            _ => {
                self.refuse(name, "must be true or false");
                None
            }
        }
    }

    /// A list of ids, taken as numbers or as text.
    pub(crate) fn ids_if_given(&mut self, name: &str) -> Vec<i32> {
        let Some(value) = self.present(name) else { return Vec::new() };
        let ids: Option<Vec<i32>> = value.as_array().and_then(|a| a.iter().map(as_id).collect());
        if ids.is_none() {
            self.refuse(name, "must be a list of ids");
        }
        ids.unwrap_or_default()
    }

    pub(crate) fn ids(&mut self, name: &str) -> Vec<i32> {
        if self.present(name).is_none() {
            self.refuse(name, "must not be null");
        }
        self.ids_if_given(name)
    }

    /// A list of words, each out of `allowed`.
    pub(crate) fn words_if_given(&mut self, name: &str, allowed: &[&str]) -> Option<Vec<String>> {
        let value = self.present(name)?;
        let words: Option<Vec<String>> = value.as_array().and_then(|a| {
            a.iter().map(|v| v.as_str().filter(|t| allowed.contains(t)).map(str::to_owned)).collect()
        });
        if words.is_none() {
            self.refuse(name, &format!("must be a list out of: {}", allowed.join(", ")));
        }
        words
    }

    pub(crate) fn done(self) -> Result<(), Failure> {
        if self.errors.is_empty() { Ok(()) } else { Err(Failure::validation(self.errors)) }
    }
}

/// An id as number or as decimal text: the server takes both.
pub(crate) fn as_id(value: &Value) -> Option<i32> {
    match value {
        Value::Number(n) => n.as_i64().and_then(|n| i32::try_from(n).ok()),
        Value::String(s) => s.parse().ok(),
        _ => None,
    }
}
