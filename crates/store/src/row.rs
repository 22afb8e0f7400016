//! One row of an answer: values with the names of their columns.

use crate::value::{FromValue, Sealed, Value};
use crate::{Error, Result};
use std::sync::Arc;

/// A row.
#[derive(Clone, Debug)]
pub struct Row {
    names: Arc<[String]>,
    values: Vec<Value>,
}

/// How a column is named: by its place from 0, or by its name.
pub trait Column: Copy {
    /// The place of the column in a row with these names.
    fn place(self, names: &[String]) -> Option<usize>;
    /// How an error names it.
    fn describe(self) -> String;
}

impl Column for usize {
    fn place(self, names: &[String]) -> Option<usize> {
        (self < names.len()).then_some(self)
    }

    fn describe(self) -> String {
        format!("column {self}")
    }
}

impl Column for &str {
    fn place(self, names: &[String]) -> Option<usize> {
        names.iter().position(|name| name == self)
    }

    fn describe(self) -> String {
        format!("column `{self}`")
    }
}

impl Row {
    /// Puts a row together; a backend does that.
    pub fn new(names: Arc<[String]>, values: Vec<Value>) -> Self {
        Self { names, values }
    }

    /// The value of a column.
    ///
    /// # Errors
    /// [`Error::Corrupt`] if there is no such column or its value is of another type.
    pub fn get<T: FromValue>(&self, column: impl Column) -> Result<T> {
        column.place(&self.names).and_then(|place| self.values.get(place)).and_then(T::from_value).ok_or_else(
            || Error::Corrupt { what: format!("{} does not hold what it should", column.describe()) },
        )
    }

    /// Something sealed that may be absent, from its two columns.
    pub(crate) fn sealed(&self, key_version: &str, bytes: &str) -> Result<Option<Sealed>> {
        let key_version: Option<i64> = self.get(key_version)?;
        let bytes: Option<Vec<u8>> = self.get(bytes)?;
        Ok(key_version.zip(bytes).map(|(key_version, bytes)| Sealed { key_version, bytes }))
    }
}
