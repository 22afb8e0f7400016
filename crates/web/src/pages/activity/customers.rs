//! The customers to choose from when the list is narrowed to one: those for whom something was asked lately that took a
//! decision. They are read when somebody is about to choose, because most who read the record don't.

use super::{Answer, Page, Web, html};
use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::routing::get;
use gate::{ApprovalFilter, Cursor};
use std::collections::BTreeSet;

pub(super) fn routes() -> Router<Web> {
    Router::new().route("/activity/customers", get(show))
}

/// How many approvals are looked through.
const LATELY: u32 = 50;

#[derive(Template)]
#[template(path = "activity/customers.html")]
struct Customers {
    /// By name and id.
    customers: BTreeSet<String>,
}

async fn show(State(web): State<Web>, page: Page) -> Answer {
    let latest = Cursor { cursor: None, limit: Some(LATELY) };
    let filter = ApprovalFilter { page: latest, ..Default::default() };
    let approvals = web.gate.approvals(&page.who, filter).await?;
    let targets = approvals.items.iter().flat_map(|approval| &approval.targets);
    let named = targets.filter_map(|target| match target["kind"].as_str() {
        Some("customer") => Some((target["name"].as_str()?, html::plain(&target["id"]))),
        _ => Some((target["customer_name"].as_str()?, html::plain(&target["customer_id"]))),
    });
    let customers = named.map(|(name, id)| format!("{name} ({id})")).collect();
    Ok(html::show(&Customers { customers }))
}
