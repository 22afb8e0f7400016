//! What the list is narrowed to, as it stands in the address: read field by field, so that a slip in one is told beside
//! it and the others stay.

use super::html;
use crate::pages::customers;
use gate::{AuditFilter, Cursor};
use model::{Outcome, Timestamp};
use serde::Deserialize;

/// How many entries a page has.
const ROWS: u32 = 50;

/// The fields; an empty one means any.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Wanted {
    pub(super) connection: String,
    pub(super) caller: String,
    pub(super) tool: String,
    pub(super) event: String,
    pub(super) outcome: String,
    pub(super) customer: String,
    pub(super) from: String,
    pub(super) to: String,
    pub(super) call: String,
    pub(super) cursor: String,
}

/// What can't be understood, by field.
#[derive(Default)]
pub(super) struct Slips(Vec<(&'static str, String)>);

impl Slips {
    /// What is wrong with a field.
    pub(super) fn of(&self, field: &str) -> Option<&str> {
        self.0.iter().find(|(name, _)| *name == field).map(|(_, slip)| slip.as_str())
    }

    /// Says something else of a field, or what is wrong with it.
    pub(super) fn put(&mut self, field: &'static str, slip: impl Into<String>) {
        self.0.retain(|(name, _)| *name != field);
        self.0.push((field, slip.into()));
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Wanted {
    /// The filter for the gate, and what was left out of it because it can't be understood.
    pub(super) fn filter(&self) -> (AuditFilter, Slips) {
        let mut slips = Slips::default();
        let any = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let mut moment = |field, text: &str| {
            let at = any(text).map(|text| moment(&text));
            if at == Some(None) {
                slips.put(field, "Give a time like 2026-03-01T08:30, in UTC.");
            }
            at.flatten()
        };
        let (from, to) = (moment("from", &self.from), moment("to", &self.to));
        if from.zip(to).is_some_and(|(from, to)| from > to) {
            slips.put("to", "This is earlier than “From”.");
        }
        let customer = any(&self.customer).map(|text| customers::id(&text));
        if customer == Some(None) {
            slips.put("customer", "Give the customer's id, or its name as on the page.");
        }
        let outcome = any(&self.outcome).map(|text| text.parse::<Outcome>().ok());
        if outcome == Some(None) {
            slips.put("outcome", "Choose done, failed or unknown.");
        }
        let filter = AuditFilter {
            connection: any(&self.connection),
            caller: any(&self.caller),
            tool: any(&self.tool),
            event: any(&self.event),
            call: any(&self.call),
            outcome: outcome.flatten(),
            customer: customer.flatten(),
            from,
            to,
            page: Cursor { cursor: any(&self.cursor), limit: Some(ROWS) },
        };
        (filter, slips)
    }

    /// The name of a customer that is to be looked up, where no id was given.
    pub(super) fn customer_name(&self) -> Option<&str> {
        Some(self.customer.trim()).filter(|text| !text.is_empty() && customers::id(text).is_none())
    }

    fn fields(&self) -> [(&'static str, &str); 9] {
        [
            ("connection", &self.connection),
            ("caller", &self.caller),
            ("tool", &self.tool),
            ("event", &self.event),
            ("outcome", &self.outcome),
            ("customer", &self.customer),
            ("from", &self.from),
            ("to", &self.to),
            ("call", &self.call),
        ]
    }

    /// An address with the same filters, and this besides.
    pub(super) fn address(&self, path: &str, more: &[(&str, &str)]) -> String {
        html::address(path, &[&self.fields()[..], more].concat())
    }

    /// The same list for one customer.
    pub(super) fn with_customer(&self, customer: &str) -> String {
        let wanted = Self { customer: customer.to_owned(), cursor: String::new(), ..self.clone() };
        wanted.address("/activity", &[])
    }

    /// Whether anything is left out.
    pub(super) fn is_narrowed(&self) -> bool {
        self.fields().iter().any(|(_, value)| !value.trim().is_empty())
    }

    /// Whether one of the filters is in use that the form folds away.
    pub(super) fn is_special(&self) -> bool {
        [&self.event, &self.customer, &self.from, &self.to, &self.call]
            .iter()
            .any(|value| !value.trim().is_empty())
    }
}

/// A moment as a browser's field writes it, which is taken for UTC, or with an offset of its own.
fn moment(text: &str) -> Option<Timestamp> {
    let whole = |end: &str| format!("{text}{end}").parse().ok();
    text.parse().ok().or_else(|| whole("Z")).or_else(|| whole(":00Z")).or_else(|| whole("T00:00:00Z"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_utc_unless_it_says_otherwise() {
        let at = |text: &str| moment(text).map(|at| at.to_string());
        assert_eq!(at("2026-11-22T08:30").as_deref(), Some("2026-11-22T08:30:00Z"));
        assert_eq!(at("2026-11-22T08:30:05").as_deref(), Some("2026-11-22T08:30:05Z"));
        assert_eq!(at("2026-11-22T08:30:00+01:00").as_deref(), Some("2026-11-22T07:30:00Z"));
        assert_eq!(at("2026-11-22").as_deref(), Some("2026-11-22T00:00:00Z"));
        assert_eq!(at("yesterday"), None);
    }

    #[test]
    fn slips_are_told_by_field_and_the_rest_is_taken() {
        let wanted = Wanted {
            from: "2026-11-23".into(),
            to: "2026-11-22".into(),
            customer: "Acme".into(),
            outcome: "fine".into(),
            tool: " list_devices ".into(),
            ..Wanted::default()
        };
        let (filter, slips) = wanted.filter();
        assert!(["to", "customer", "outcome"].iter().all(|field| slips.of(field).is_some()));
        assert_eq!((filter.tool.as_deref(), slips.of("from")), (Some("list_devices"), None));
        assert_eq!(wanted.address("/activity", &[("cursor", "1~2")]).matches('&').count(), 5);
    }
}
