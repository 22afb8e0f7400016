//! `api`: a raw call to N-central, which is nothing but the raw tools under a shorter name.

use crate::app::App;
use crate::call::{self, Choices};
use crate::exit::{Ended, usage};
use clap::Args;
use serde_json::{Map, Value};

/// Call an operation of N-central by method and path, under the same policies
///
/// The same as `ncgate call n_central-api-METHOD --path PATH`; there is no other way to N-central.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  ncgate api GET /api/customers --query pageSize=5
  ncgate api POST /api/customers/214/sites --input '{\"siteName\": \"Annex\"}'")]
pub(crate) struct Api {
    /// GET, POST, PUT, PATCH or DELETE
    #[arg(value_parser = ["get", "post", "put", "patch", "delete"], ignore_case = true, hide_possible_values = true)]
    method: String,
    /// The path, from /api on and without a query
    path: String,
    /// A query parameter; once for each
    #[arg(long, value_name = "NAME=VALUE", value_parser = pair)]
    query: Vec<(String, String)>,
    /// The request's body, JSON, or - to read it from standard input
    #[arg(long, value_name = "JSON")]
    input: Option<String>,
    /// Why; shown to whoever decides
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// Wait for a held call until it is over, or that many seconds
    #[arg(long, value_name = "SECONDS", num_args = 0..=1, require_equals = true, default_missing_value = "for-ever")]
    wait: Option<call::Wait>,
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("write it as NAME=VALUE")?;
    Ok((name.to_owned(), value.to_owned()))
}

impl Api {
    pub(crate) async fn run(self, app: &App) -> Ended {
        let tool = call::find(&format!("n_central-api-{}", self.method.to_ascii_lowercase()))?;
        let mut arguments = Map::new();
        arguments.insert("path".into(), self.path.into());
        if !self.query.is_empty() {
            let query: Map<String, Value> =
                self.query.into_iter().map(|(name, value)| (name, value.into())).collect();
            arguments.insert("query".into(), query.into());
        }
        if let Some(body) = call::json_of(self.input.as_deref())? {
            if tool.input_schema()["properties"]["body"].is_null() {
                return Err(usage(format!("a {} carries no body", self.method.to_ascii_uppercase())));
            }
            arguments.insert("body".into(), body);
        }
        arguments.extend(self.reason.map(|reason| ("reason".to_owned(), Value::from(reason))));
        call::run(app, tool, arguments, &Choices { wait: self.wait, ..Choices::default() }).await
    }
}
