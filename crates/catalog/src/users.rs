//! Users named in a change, told by name to whoever decides on it.

use crate::context::Context;
use crate::draft::Draft;
use crate::id::Id;
use crate::upstream::{self, id_of, text_of};
use futures::TryStreamExt;
use model::{Kind, Problem, Target};
use ncentral::{Params, operations};
use std::collections::BTreeMap;

/// Adds the names of `users` to a draft that is about `unit`. Whoever is not among the unit's users is pointed out;
/// a narrowed caller can't name such a user at all.
///
/// # Errors
/// A user who is none of the unit's, or a list that can't be read, where the caller is narrowed.
pub(crate) async fn tell(
    cx: &Context,
    unit: &Target,
    users: &[Id],
    draft: &mut Draft,
) -> Result<(), Problem> {
    if users.is_empty() {
        return Ok(());
    }
    let known = match names(cx, unit.org_unit_id, users).await {
        Err(problem) if cx.customers.is_none() => {
            let why = format!("the names of the users could not be read: {}", problem.message);
            draft.warnings.push(why);
            BTreeMap::new()
        }
        read => {
            let known = read?;
            for stranger in users.iter().filter(|user| !known.contains_key(user)) {
                let what = format!("user {stranger} is not among the users of {}", unit.name);
                if cx.customers.is_some() {
                    return Err(Problem::new(Kind::OutOfScope, what)
                        .hint("n_central-list-users shows the users that this key may name"));
                }
                draft.warnings.push(what);
            }
            known
        }
    };
    let told = users.iter().map(|user| known.get(user).cloned().unwrap_or_else(|| user.to_string()));
    draft.summary.push_str(&format!(" Users: {}.", told.collect::<Vec<_>>().join(", ")));
    Ok(())
}

async fn names(cx: &Context, unit: Option<i64>, users: &[Id]) -> Result<BTreeMap<Id, String>, Problem> {
    let params = Params::new().set_some("orgUnitId", unit);
    let mut pages = std::pin::pin!(upstream::pages(cx, operations::LIST_ORG_UNIT_USERS, params));
    let mut names = BTreeMap::new();
    while let Some(page) = pages.try_next().await? {
        let found =
            page.rows.iter().filter_map(|row| Some((Id(id_of(&row["userId"])?), text_of(&row["userName"])?)));
        names.extend(found.filter(|(id, _)| users.contains(id)));
    }
    Ok(names)
}
