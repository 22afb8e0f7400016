//! Customers as people name them on the command line: by id, or by the name that N-central has for them.

use crate::call;
use crate::gateway::Gateway;
use model::{Kind, Problem};
use serde_json::{Map, Value, json};

/// The tool that knows all of them.
const LIST: &str = "n_central-list-customers";

/// The ids of these customers. A name is looked up in N-central, as whoever runs the command, and counts only as a
/// whole, in capitals or not.
///
/// # Errors
/// A name that nobody has, or several; a list that can't be read.
pub(super) async fn ids(gateway: &Gateway, connection: &str, wanted: &[String]) -> Result<Vec<i64>, Problem> {
    let wanted: Vec<&str> = wanted.iter().map(|one| one.trim()).collect();
    let known = if wanted.iter().all(|one| one.parse::<i64>().is_ok()) {
        Vec::new()
    } else {
        everybody(gateway, connection).await?
    };
    wanted.into_iter().map(|one| one.parse().or_else(|_| id_of(one, &known))).collect()
}

async fn everybody(gateway: &Gateway, connection: &str) -> Result<Vec<(i64, String)>, Problem> {
    let mut known = Vec::new();
    let arguments = Map::from_iter([("fields".to_owned(), json!(["customer_id", "customer_name"]))]);
    call::each_page(gateway, call::find(LIST)?, Some(connection), arguments, |_, rows| {
        known.extend(rows.iter().filter_map(|row| Some((id(&row[0])?, row[1].as_str()?.to_owned()))));
        Ok(())
    })
    .await
    .map_err(|problem| problem.hint("name the customers by their ids: `ncgate call list_customers`"))?;
    Ok(known)
}

/// An id, which lists give as text and objects as a number.
fn id(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.parse().ok())
}

fn id_of(name: &str, known: &[(i64, String)]) -> Result<i64, Problem> {
    let shown = model::text::clean(name, false);
    let lower = name.to_lowercase();
    let found: Vec<i64> =
        known.iter().filter(|(_, name)| name.trim().to_lowercase() == lower).map(|(id, _)| *id).collect();
    match found.as_slice() {
        [only] => Ok(*only),
        [] => {
            let near =
                known.iter().map(|(id, name)| (strsim::jaro_winkler(&name.to_lowercase(), &lower), id, name));
            let nearest = near.filter(|(near, ..)| *near > 0.8).max_by(|a, b| a.0.total_cmp(&b.0));
            let problem = Problem::new(Kind::NotFound, format!("there is no customer `{shown}`"));
            Err(problem.hint(match nearest {
                Some((_, id, name)) => format!("did you mean {} ({id})?", model::text::clean(name, false)),
                None => "`ncgate call list_customers` lists them".to_owned(),
            }))
        }
        several => {
            let ids: Vec<String> = several.iter().map(i64::to_string).collect();
            let message = format!("there are several customers `{shown}`: {}", ids.join(", "));
            Err(Problem::new(Kind::AmbiguousName, message).hint("name the one that is meant by its id"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_counts_as_a_whole_and_only_where_one_customer_has_it() {
        let known = [(101, "Acme"), (103, "Globex"), (105, "globex"), (107, "Müller")]
            .map(|(id, name)| (id, name.to_owned()));
        assert_eq!(id_of("ACME", &known).unwrap(), 101);
        assert_eq!(id_of("müller", &known).unwrap(), 107);
        let several = id_of("Globex", &known).unwrap_err();
        assert_eq!(several.kind, Kind::AmbiguousName);
        assert!(several.message.contains("103, 105"), "{several}");
        let unknown = id_of("Acm", &known).unwrap_err();
        assert_eq!((unknown.kind, unknown.hint.as_str()), (Kind::NotFound, "did you mean Acme (101)?"));
    }
}
