//! The form of a key: what was typed, what is wrong with it and at which field, and what the gate is asked for.

use super::{Page, Refusal, Web, status};
use crate::pages::customers;
use gate::{KeyChange, KeyKind, KeyView, NewKey, TOOLS};
use http::StatusCode;
use model::{Effect, Kind, NameSet, Problem, Timestamp};
use serde::Deserialize;
use std::time::Duration;

/// A day has ended this long after it began.
const DAY: Duration = Duration::from_secs(24 * 3600);

/// What was typed.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Fields {
    pub(super) name: String,
    pub(super) kind: String,
    pub(super) connection: String,
    /// `all`, or `some`: those that are ticked.
    pub(super) tools: String,
    pub(super) tool: Vec<String>,
    pub(super) customers: String,
    pub(super) plan_only: bool,
    pub(super) names: String,
    /// The last day, in UTC.
    pub(super) expires_on: String,
    pub(super) rate: String,
    pub(super) notes: String,
    /// Tells one form from another, so that one that is sent twice makes one key.
    pub(super) form: String,
}

impl Fields {
    /// The fields of a key as it is.
    pub(super) fn of(key: &KeyView) -> Self {
        let ids = key.customers.iter().flatten().map(i64::to_string).collect::<Vec<_>>();
        Self {
            name: key.name.clone(),
            kind: super::kind(key.kind).to_owned(),
            connection: key.connection.clone(),
            tools: if key.tools.is_some() { "some" } else { "all" }.to_owned(),
            tool: key.tools.clone().unwrap_or_default(),
            customers: ids.join(", "),
            plan_only: key.plan_only,
            names: if key.names == NameSet::Alias { "alias" } else { "canonical" }.to_owned(),
            expires_on: key.expires_at.map(last_day).unwrap_or_default(),
            rate: key.requests_per_minute.to_string(),
            notes: key.notes.clone(),
            form: String::new(),
        }
    }
}

/// Something wrong, and the field it is about; an empty one for the form as a whole.
pub(super) struct Wrong {
    field: &'static str,
    pub(super) problem: Problem,
}

impl Wrong {
    /// The status of the form that is shown again.
    pub(super) fn status(&self) -> StatusCode {
        if self.field.is_empty() { status(self.problem.kind) } else { StatusCode::UNPROCESSABLE_ENTITY }
    }
}

impl From<Problem> for Wrong {
    fn from(problem: Problem) -> Self {
        Self { field: "", problem }
    }
}

fn wrong(field: &'static str, message: &str) -> Wrong {
    Wrong { field, problem: Problem::new(Kind::InvalidArguments, message) }
}

/// A tool to tick.
pub(super) struct Tick {
    pub(super) name: &'static str,
    pub(super) summary: &'static str,
    pub(super) effect: Effect,
    pub(super) is_ticked: bool,
}

/// The form as it is shown.
pub(super) struct Form {
    pub(super) fields: Fields,
    /// The tools by the part of the work they belong to.
    pub(super) areas: Vec<(&'static str, Vec<Tick>)>,
    pub(super) connections: Vec<String>,
    pub(super) wrong: Option<Wrong>,
}

impl Form {
    pub(super) async fn new(
        web: &Web,
        page: &Page,
        fields: Fields,
        wrong: Option<Wrong>,
    ) -> Result<Self, Refusal> {
        let connections = web.gate.connections(&page.who).await?;
        let mut tools: Vec<_> = TOOLS.iter().map(|tool| tool.record).collect();
        tools.sort_by_key(|record| record.area);
        let areas = tools.chunk_by(|one, other| one.area == other.area).map(|of_area| {
            let ticks = of_area.iter().map(|record| Tick {
                name: record.name,
                summary: record.summary,
                effect: record.effect,
                is_ticked: fields.tool.iter().any(|name| name == record.name),
            });
            (of_area[0].area.title(), ticks.collect())
        });
        Ok(Self {
            areas: areas.collect(),
            connections: connections.into_iter().map(|connection| connection.name).collect(),
            wrong,
            fields,
        })
    }

    /// What is wrong with a field.
    pub(super) fn at(&self, field: &str) -> Option<&Problem> {
        self.wrong.as_ref().filter(|wrong| wrong.field == field).map(|wrong| &wrong.problem)
    }
}

/// What the fields say, where they say it rightly.
struct Read {
    name: String,
    tools: Option<Vec<String>>,
    customers: Option<Vec<i64>>,
    names: NameSet,
    expires_at: Option<Timestamp>,
    rate: Option<u32>,
}

async fn read(web: &Web, page: &Page, fields: &Fields) -> Result<Read, Wrong> {
    if fields.name.trim().is_empty() {
        return Err(wrong("name", "the key needs a name, which approvers and the record will show"));
    }
    let tools = match fields.tools.as_str() {
        "some" if fields.tool.is_empty() => {
            return Err(wrong(
                "tools",
                "no tool is ticked, so the key could do nothing; tick some, or take all tools",
            ));
        }
        "some" => Some(fields.tool.clone()),
        _ => None,
    };
    let expires_at = match fields.expires_on.trim() {
        "" => None,
        day => {
            Some(end_of(day).ok_or_else(|| wrong("expires_on", "this is no date; write it as 2027-01-31"))?)
        }
    };
    let rate = match fields.rate.trim() {
        "" => None,
        rate => {
            let rate = rate.parse().ok().filter(|rate| *rate > 0);
            Some(rate.ok_or_else(|| wrong("rate", "this is not a whole number above 0"))?)
        }
    };
    let customers = customers::ids(web, &page.who, &fields.connection, &fields.customers)
        .await
        .map_err(|problem| Wrong { field: "customers", problem })?;
    let names = if fields.names == "alias" { NameSet::Alias } else { NameSet::Canonical };
    Ok(Read { name: fields.name.clone(), tools, customers, names, expires_at, rate })
}

/// The key that is asked for.
pub(super) async fn new_key(web: &Web, page: &Page, fields: &Fields) -> Result<NewKey, Wrong> {
    let kind = match fields.kind.as_str() {
        "agent" => KeyKind::Agent,
        "workflow" => KeyKind::Workflow,
        _ => return Err(wrong("kind", "choose who will use the key")),
    };
    let read = read(web, page, fields).await?;
    Ok(NewKey {
        connection: Some(fields.connection.clone()).filter(|name| !name.is_empty()),
        tools: read.tools,
        customers: read.customers,
        plan_only: fields.plan_only,
        names: read.names,
        expires_at: read.expires_at,
        requests_per_minute: read.rate,
        notes: Some(fields.notes.clone()),
        form: Some(fields.form.clone()).filter(|form| !form.is_empty()),
        ..NewKey::new(read.name, kind)
    })
}

/// What is to change about a key. A field that still says what it said leaves its part of the key alone: the end to
/// the second, and the gateway's own limit.
pub(super) async fn change(
    web: &Web,
    page: &Page,
    key: &KeyView,
    fields: &Fields,
) -> Result<KeyChange, Wrong> {
    let (read, before) = (read(web, page, fields).await?, Fields::of(key));
    Ok(KeyChange {
        name: Some(read.name),
        tools: Some(read.tools),
        customers: Some(read.customers),
        plan_only: Some(fields.plan_only),
        names: Some(read.names),
        expires_at: (fields.expires_on != before.expires_on).then_some(read.expires_at),
        requests_per_minute: (fields.rate != before.rate).then_some(read.rate),
        notes: Some(fields.notes.clone()),
    })
}

/// The moment at which a day ends, in UTC.
fn end_of(day: &str) -> Option<Timestamp> {
    let begin: Timestamp = format!("{day}T00:00:00Z").parse().ok()?;
    begin.checked_add(DAY).ok()
}

/// The last day of a key that ends then, in UTC.
fn last_day(end: Timestamp) -> String {
    let last = end.checked_sub(Duration::from_nanos(1)).unwrap_or(end);
    last.strftime("%Y-%m-%d").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_works_to_the_end_of_its_last_day() {
        let end = end_of("2026-12-31").unwrap();
        assert_eq!(end.to_string(), "2027-01-01T00:00:00Z");
        assert_eq!(last_day(end), "2026-12-31");
        assert_eq!(end_of("tomorrow"), None);
    }
}
