//! The values of an operation's path and query parameters, by their wire names.

use std::borrow::Cow;

/// Values for an operation's parameters. Which ones exist is checked when the request is built.
///
/// ```
/// use ncentral::Params;
/// let params = Params::new().set("deviceId", 5).set("pageNumber", 1).set_some("select", None::<String>);
/// assert_eq!(params.get("deviceId"), Some("5"));
/// assert_eq!(params.get("select"), None);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Params(Vec<(Cow<'static, str>, String)>);

impl Params {
    /// No values.
    pub fn new() -> Self {
        Self::default()
    }

    /// Gives a parameter its value, in place of an earlier one.
    #[must_use]
    pub fn set(mut self, name: impl Into<Cow<'static, str>>, value: impl ToString) -> Self {
        let (name, value) = (name.into(), value.to_string());
        match self.0.iter_mut().find(|(known, _)| *known == name) {
            Some((_, old)) => *old = value,
            None => self.0.push((name, value)),
        }
        self
    }

    /// Gives a parameter its value where there is one.
    #[must_use]
    pub fn set_some(self, name: impl Into<Cow<'static, str>>, value: Option<impl ToString>) -> Self {
        match value {
            Some(value) => self.set(name, value),
            None => self,
        }
    }

    /// The value of a parameter.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Names and values, in the order in which they were first set.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_ref(), value.as_str()))
    }
}
