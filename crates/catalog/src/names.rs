//! Names instead of ids: an exact match counts, whatever its case; nothing acts on a name that fits several things.

use crate::context::Context;
use crate::id::Id;
use crate::upstream::{self, id_of, text_of};
use crate::{devices, scope};
use futures::stream::{self, StreamExt, TryStreamExt};
use model::text::{clean, shorten};
use model::{Kind, Problem};
use ncentral::{Operation, Params, operations};
use serde_json::{Value, json};

/// Most candidates that a refusal lists.
const MOST_CANDIDATES: usize = 10;

/// Refuses an id and a name for the same thing.
///
/// # Errors
/// Where both are given.
pub(crate) fn not_both(id: bool, name: bool, id_word: &str, name_word: &str) -> Result<(), Problem> {
    if id && name {
        return Err(Problem::new(
            Kind::InvalidArguments,
            format!("`{id_word}` and `{name_word}` are both given"),
        )
        .hint(format!("give one of them; {id_word} is the surer one")));
    }
    Ok(())
}

/// The id of a thing given by id, or by name, or not at all.
///
/// # Errors
/// Both given; a name that fits none or several.
pub(crate) async fn either<F: Future<Output = Result<Id, Problem>>>(
    id: Option<Id>,
    name: Option<&str>,
    words: (&str, &str),
    find: impl FnOnce(String) -> F,
) -> Result<Option<Id>, Problem> {
    not_both(id.is_some(), name.is_some(), words.0, words.1)?;
    match name {
        Some(name) => find(name.to_owned()).await.map(Some),
        None => Ok(id),
    }
}

/// The service organisation of this name.
///
/// # Errors
/// None or several.
pub(crate) async fn service_org(cx: &Context, name: &str) -> Result<Id, Problem> {
    let search = Search::new("service organisation", "service_org_id", [name]);
    units(cx, search, operations::LIST_SERVICE_ORGS, Params::new(), ("soId", "soName"), |_| true).await
}

/// The customer of this name, among all the caller may see.
///
/// # Errors
/// None or several.
pub(crate) async fn customer(cx: &Context, name: &str) -> Result<Id, Problem> {
    let search = Search::new("customer", "customer_id", [name]);
    let members = ("customerId", "customerName");
    units(cx, search, operations::LIST_CUSTOMERS, Params::new(), members, |row| {
        scope::allows(cx, id_of(&row["customerId"]))
    })
    .await
}

/// The site of this name, of one customer or of all the caller may see.
///
/// # Errors
/// None or several.
pub(crate) async fn site(cx: &Context, name: &str, customer: Option<Id>) -> Result<Id, Problem> {
    let search = Search::new("site", "site_id", [name]);
    let (operation, params) = match customer {
        Some(customer) => (operations::LIST_CUSTOMER_SITES, Params::new().set("customerId", customer)),
        None => (operations::LIST_SITES, Params::new()),
    };
    units(cx, search, operation, params, ("siteId", "siteName"), |row| {
        scope::allows(cx, id_of(&row["parentId"]))
    })
    .await
}

async fn units(
    cx: &Context,
    mut search: Search,
    operation: &'static Operation,
    params: Params,
    (id, name): (&str, &str),
    within: impl Fn(&Value) -> bool,
) -> Result<Id, Problem> {
    let mut pages = std::pin::pin!(upstream::pages(cx, operation, params));
    while let Some(page) = pages.try_next().await? {
        for row in page.rows.iter().filter(|row| within(row)) {
            search.offer(
                &row[id],
                &row[name],
                |id, name| json!({"id": id, "name": name, "parent_id": row["parentId"]}),
            );
        }
    }
    Ok(search.finish()?[0])
}

/// The devices of these names, in their order, of one unit or of all the caller may see. One pass over the fleet,
/// whatever the number of names.
///
/// # Errors
/// The first name that fits none or several.
pub(crate) async fn devices(cx: &Context, names: &[String], unit: Option<Id>) -> Result<Vec<Id>, Problem> {
    let mut search = Search::new("device", "device_id", names.iter().map(String::as_str));
    let sources = devices::sources(cx, unit.map(|unit| unit.0));
    let mut pages = stream::iter(sources)
        .flat_map(|(operation, params)| Box::pin(upstream::pages(cx, operation, params)));
    let mut seen = 0;
    while let Some(page) = pages.try_next().await? {
        seen += page.rows.len() as u64;
        cx.progress.advance(seen, page.total_items, "devices searched for the name");
        for row in &page.rows {
            search.offer(&row["deviceId"], &row["longName"], |id, name| {
                json!({"id": id, "name": name, "class": text_of(&row["deviceClass"]),
                    "customer": text_of(&row["customerName"]), "site": text_of(&row["siteName"])})
            });
        }
    }
    search.finish()
}

/// One or more names looked for among what is offered.
struct Search {
    what: &'static str,
    id_argument: &'static str,
    wanted: Vec<Wanted>,
}

struct Wanted {
    given: String,
    folded: String,
    exact: Vec<(i64, Value)>,
    near: Vec<(usize, Value)>,
}

impl Search {
    fn new<'a>(
        what: &'static str,
        id_argument: &'static str,
        names: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        let wanted = names.into_iter().map(|name| Wanted {
            given: shorten(&clean(name, false), 100),
            folded: fold(name),
            exact: Vec::new(),
            near: Vec::new(),
        });
        Self { what, id_argument, wanted: wanted.collect() }
    }

    fn offer(&mut self, id: &Value, name: &Value, candidate: impl Fn(i64, &str) -> Value) {
        let (Some(id), Some(name)) = (id_of(id), text_of(name)) else { return };
        let folded = fold(&name);
        for wanted in &mut self.wanted {
            if folded == wanted.folded {
                // Pages shift while they are read, so the same thing can come twice.
                if !wanted.exact.iter().any(|(known, _)| *known == id) {
                    wanted.exact.push((id, candidate(id, &name)));
                }
            } else if let Some(distance) = distance(&folded, &wanted.folded) {
                wanted.near.push((distance, candidate(id, &name)));
                wanted.near.sort_by_key(|(distance, _)| *distance);
                wanted.near.truncate(MOST_CANDIDATES);
            }
        }
    }

    fn finish(self) -> Result<Vec<Id>, Problem> {
        let (what, argument) = (self.what, self.id_argument);
        self.wanted.into_iter().map(|wanted| wanted.settle(what, argument)).collect()
    }
}

impl Wanted {
    fn settle(self, what: &str, id_argument: &str) -> Result<Id, Problem> {
        let Self { given, mut exact, near, .. } = self;
        match exact.as_slice() {
            [(id, _)] => Ok(Id(*id)),
            [] => {
                let near: Vec<Value> = near.into_iter().map(|(_, candidate)| candidate).collect();
                let names: Vec<&str> = near.iter().take(3).filter_map(|near| near["name"].as_str()).collect();
                let hint = match names.as_slice() {
                    [] => format!("list them to find the right name, or give {id_argument}"),
                    names => {
                        format!("did you mean “{}”? Give the whole name or {id_argument}", names.join("”, “"))
                    }
                };
                Err(Problem::new(Kind::NotFound, format!("no {what} is called “{given}”"))
                    .hint(hint)
                    .detail("candidates", near))
            }
            several => {
                let message = format!("{} {what}s are called “{given}”; nothing was done", several.len());
                exact.truncate(MOST_CANDIDATES);
                let candidates: Vec<Value> = exact.into_iter().map(|(_, candidate)| candidate).collect();
                Err(Problem::new(Kind::AmbiguousName, message)
                    .hint(format!("give {id_argument} of one of the candidates"))
                    .detail("candidates", candidates))
            }
        }
    }
}

/// What counts when names are compared.
pub(crate) fn fold(name: &str) -> String {
    clean(name, false).trim().to_lowercase()
}

/// How far a name is from the one that was given; none where it is not worth a mention.
fn distance(name: &str, wanted: &str) -> Option<usize> {
    if wanted.len() >= 2 && name.contains(wanted) {
        return Some(0);
    }
    let most = wanted.chars().count() / 3;
    // The distance is at least the difference of the lengths, which is cheaper to know.
    if name.len().abs_diff(wanted.len()) > 4 * most {
        return None;
    }
    Some(strsim::damerau_levenshtein(name, wanted)).filter(|distance| *distance <= most)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn search(wanted: &str, offered: &[(i64, &str)]) -> Result<Vec<Id>, Problem> {
        let mut search = Search::new("device", "device_id", [wanted]);
        for (id, name) in offered {
            search.offer(&json!(id), &json!(name), |id, name| json!({"id": id, "name": name}));
        }
        search.finish()
    }

    #[test]
    fn an_exact_match_wins_whatever_its_case() {
        let offered = [(1, "FS01-OLD"), (2, "fs\u{200b}01"), (3, "FS02")];
        assert_eq!(search(" FS01", &offered).unwrap(), [Id(2)]);
        assert_eq!(search("FS02", &[(3, "FS02"), (3, "FS02")]).unwrap(), [Id(3)]);
    }

    #[test]
    fn several_matches_come_back_as_candidates() {
        let problem = search("fs01", &[(1, "FS01"), (2, "fs01"), (3, "X")]).unwrap_err();
        assert_eq!(problem.kind, Kind::AmbiguousName);
        assert_eq!(
            problem.details["candidates"],
            json!([{"id": 1, "name": "FS01"}, {"id": 2, "name": "fs01"}])
        );
    }

    #[test]
    fn an_unknown_name_is_answered_with_near_ones() {
        let problem = search("globx", &[(1, "Globex"), (2, "Acme"), (3, "Globex West")]).unwrap_err();
        assert_eq!(problem.kind, Kind::NotFound);
        assert_eq!(problem.details["candidates"], json!([{"id": 1, "name": "Globex"}]));
        assert!(problem.hint.contains("did you mean “Globex”"));
    }
}
