//! A key narrowed to customers: what lies outside is refused, lists are filtered.

use crate::context::Context;
use model::{Kind, Problem};

/// Whether the caller may see what belongs to this customer. What belongs to none is seen only by callers that
/// are not narrowed.
pub(crate) fn allows(cx: &Context, customer: Option<i64>) -> bool {
    match (&cx.customers, customer) {
        (None, _) => true,
        (Some(_), None) => false,
        (Some(allowed), Some(customer)) => allowed.contains(&customer),
    }
}

/// Refuses what does not belong to a customer the caller may see; `what` names it.
///
/// # Errors
/// [`Kind::OutOfScope`].
pub(crate) fn check(
    cx: &Context,
    customer: Option<i64>,
    what: impl FnOnce() -> String,
) -> Result<(), Problem> {
    if allows(cx, customer) { Ok(()) } else { Err(outside(&what())) }
}

/// Refuses a narrowed caller what spans all customers.
///
/// # Errors
/// [`Kind::OutOfScope`].
pub(crate) fn check_all(cx: &Context, what: &str) -> Result<(), Problem> {
    if cx.customers.is_none() { Ok(()) } else { Err(outside(what)) }
}

fn outside(what: &str) -> Problem {
    Problem::new(Kind::OutOfScope, format!("{what} is outside the customers that this key is narrowed to"))
        .hint("ask an administrator for a key that covers it")
}
