//! Fan-outs: look-ups that N-central offers per customer only, made for every customer the caller may see, with an
//! account of what could not be read.

use crate::context::Context;
use crate::scope;
use crate::upstream::{self, id_of, text_of};
use futures::stream::{self, StreamExt, TryStreamExt};
use model::Problem;
use ncentral::{Params, operations};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Most customers that the note names.
const MOST_NAMED: usize = 20;

/// How much of what was asked for could be read.
#[derive(Default)]
pub(crate) struct Coverage {
    customers: usize,
    missing: Vec<(i64, Option<String>, Problem)>,
}

impl Coverage {
    /// Names what could not be read.
    pub(crate) fn note(&self) -> Option<String> {
        if self.missing.is_empty() {
            return None;
        }
        let names = self.missing.iter().take(MOST_NAMED).map(|(id, name, _)| match name {
            Some(name) => format!("{name} ({id})"),
            None => format!("customer {id}"),
        });
        Some(format!(
            "{} of {} customers could not be read and are not counted: {}",
            self.missing.len(),
            self.customers,
            names.collect::<Vec<_>>().join(", ")
        ))
    }

    /// The same for programs.
    pub(crate) fn tell(&self, answer: &mut Value) {
        if !self.missing.is_empty() {
            let missing = self.missing.iter().take(MOST_NAMED).map(|(id, name, problem)| {
                json!({
                    "customer_id": id,
                    "customer_name": name,
                    "error": problem.message,
                    "retryable": problem.retryable,
                })
            });
            answer["not_read"] = missing.collect();
        }
    }
}

/// What `read` finds for each customer, in no order.
///
/// # Errors
/// The list of customers, or every single customer, can't be read.
pub(crate) async fn over_customers<F>(
    cx: &Context,
    read: impl Fn(i64) -> F,
) -> Result<(Vec<Value>, Coverage), Problem>
where
    F: Future<Output = Result<Vec<Value>, Problem>>,
{
    let customers = customers(cx).await?;
    let total = customers.len();
    let reads = customers.into_iter().map(|(id, name)| {
        let read = read(id);
        async move { (read.await, id, name) }
    });
    let mut reads = stream::iter(reads.collect::<Vec<_>>()).buffer_unordered(upstream::FAN_OUT);
    let mut rows = Vec::new();
    let mut coverage = Coverage { customers: total, missing: Vec::new() };
    let mut done = 0;
    while let Some((read, id, name)) = reads.next().await {
        done += 1;
        cx.progress.advance(done, Some(total as u64), "customers read");
        match read {
            Ok(found) => rows.extend(found),
            Err(problem) => coverage.missing.push((id, name, problem)),
        }
    }
    if total > 0 && coverage.missing.len() == total {
        return Err(coverage.missing.swap_remove(0).2);
    }
    coverage.missing.sort_by_key(|(id, _, _)| *id);
    Ok((rows, coverage))
}

async fn customers(cx: &Context) -> Result<BTreeMap<i64, Option<String>>, Problem> {
    let mut customers = BTreeMap::new();
    let mut pages = std::pin::pin!(upstream::pages(cx, operations::LIST_CUSTOMERS, Params::new()));
    while let Some(page) = pages.try_next().await? {
        let rows = page
            .rows
            .iter()
            .filter_map(|row| Some((id_of(&row["customerId"])?, text_of(&row["customerName"]))));
        customers.extend(rows.filter(|(id, _)| scope::allows(cx, Some(*id))));
    }
    Ok(customers)
}
